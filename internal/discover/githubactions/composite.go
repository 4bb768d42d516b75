package githubactions

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// actionFile tells whether a file says what an action does.
func actionFile(file string) bool {
	base := path.Base(file)
	return base == "action.yml" || base == "action.yaml"
}

// startedIn lists the agents that a step starts: itself, or in the steps of an action of the tree that it uses.
func (w *workflow) startedIn(step syntax.Node) []*started {
	if a := startedBy(step); a != nil {
		return []*started{a}
	}
	var all []*started
	for inner := range w.steps(step.Argument("uses").Text()).Children() {
		if a := startedBy(inner); a != nil {
			all = append(all, a)
		}
	}
	return all
}

// steps are those of a composite action that a workflow of the same repository uses by its path.
func (w *workflow) steps(uses string) syntax.Node {
	if !strings.HasPrefix(uses, "./") {
		return syntax.Node{}
	}
	root, _, _ := strings.Cut(w.p.Path(), ".github/")
	for _, base := range [...]string{"action.yml", "action.yaml"} {
		if file := path.Join(root, uses, base); w.p.Exists(file) {
			if tree := w.p.Read(file); tree != nil {
				return tree.Root().Argument("runs").Argument("steps")
			}
		}
	}
	return syntax.Node{}
}

// action describes the agents of a composite action that no workflow of the tree uses: it is there for others, whose events and
// tokens nobody knows here.
func (w *workflow) action() {
	p := w.p
	runs := w.root.Argument("runs")
	if w.usedHere() {
		return
	}
	runner := discover.Local(p.Path(), "runner")
	for i, step := range stepsOf(runs) {
		a := startedBy(step)
		if a == nil {
			continue
		}
		name := title(w)
		p.Element(model.Runtime, runner, "runner of who uses "+name, runs.Span()).Technology("github-actions")
		part := step.Argument("id").Text()
		if part == "" {
			part = "agent" + strings.Repeat("'", i)
		}
		ref, at := discover.Local(p.Path(), part), a.at.Span()
		p.Element(model.Agent, ref, a.name+" in "+name, at).Technology(a.technology).
			Detail("runs in the workflows that use the action "+name).
			Fact("loops", model.Yes, at).
			FactBecause("autonomous", model.Yes, "it runs in a job, where nobody watches each step", at)
		p.Flow(model.Hosts, runner, ref, at)
		events := discover.Local(p.Path(), "events")
		p.Element(model.External, events, "events of the workflows that use "+name, runs.Span()).Technology("github")
		p.Flow(model.PromptFlow, events, ref, at) // whether strangers cause them is for who uses it to say
		w.supply(ref, a)
		w.does(ref, runner, a.name+" in "+name, syntax.Node{}, a)
	}
}

func stepsOf(job syntax.Node) (steps []syntax.Node) {
	for step := range job.Argument("steps").Children() {
		steps = append(steps, step)
	}
	return steps
}

// usedHere tells whether a workflow of the same repository uses the action by its path.
func (w *workflow) usedHere() bool {
	folder := path.Dir(w.p.Path())
	for _, file := range w.p.Paths(".github/workflows") {
		tree := w.p.Read(file)
		if !workflowFile(file) || tree == nil {
			continue
		}
		for _, job := range tree.Root().Argument("jobs").Pairs() {
			for _, step := range stepsOf(job) {
				if uses := step.Argument("uses").Text(); strings.HasPrefix(uses, "./") && path.Clean(uses) == folder {
					return true
				}
			}
		}
	}
	return false
}
