// Package githubactions reads the workflows in which agents run.
//
// A job that starts a coding agent (by its action, or by its command line in a script) gives an agent, the runner that
// hosts it, what the job's token and the agent's options let it do as tools, the secrets that lie in its environment,
// and who can give it work: on some events anybody with an account writes the text that the agent reads. A job that
// runs a program of the tree in which agents are defined gives a runner that hosts those.
//
// # Who can start it
//
// Issues, comments, reviews, discussions, and pull_request_target come from outsiders, with the repository's secrets at
// hand. Pull requests from forks run without secrets, and pushes, schedules and manual starts are the developers' own.
// A check of who acts, in a condition or in the action itself, is a control on the flow and takes no flow away: what an
// agent reads of an issue is still an outsider's text.
//
// # What it does not do
//
// Workflows that run no agent are left out, however they are written. Reusable workflows are not followed, and neither are
// actions of other repositories. What an action of the tree is given is not written into it.
package githubactions

import (
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds agents that run in workflows.
var Extractor = &discover.Extractor{
	Name:       "githubactions",
	Doc:        "GitHub Actions. Coding agents and programs of the tree that run in workflows, who can trigger them, with which token, secrets and tools.",
	Match:      func(file string) bool { return workflowFile(file) || actionFile(file) },
	Standalone: true,
	Run:        run,
}

func workflowFile(file string) bool {
	return (strings.HasPrefix(file, ".github/workflows/") || strings.Contains(file, "/.github/workflows/")) &&
		(strings.HasSuffix(file, ".yml") || strings.HasSuffix(file, ".yaml"))
}

// workflow is one file.
type workflow struct {
	p      *discover.Pass
	root   syntax.Node
	events []syntax.Node // that outsiders can cause
	others []syntax.Node
}

func run(p *discover.Pass) error {
	root := p.Tree().Root()
	jobs := root.Argument("jobs")
	w := &workflow{p: p, root: root}
	if actionFile(p.Path()) && !workflowFile(p.Path()) {
		w.action()
		return nil
	}
	if !jobs.Is(syntax.Map) {
		return nil
	}
	w.triggers()
	found := false
	for key, job := range jobs.Pairs() {
		if w.job(key, job) {
			found = true
		}
	}
	if !found {
		w.programs(jobs)
	}
	return nil
}

// outside are events whose content anybody with an account writes, and that run with the repository's secrets.
var outside = map[string]bool{
	"issues": true, "issue_comment": true, "discussion": true, "discussion_comment": true, "pull_request_target": true,
	"pull_request_review_comment": true, "pull_request_review": true, "commit_comment": true, "gollum": true, "fork": true, "watch": true,
}

// triggers sorts the events by who can cause them.
func (w *workflow) triggers() {
	on := w.root.Argument("on")
	if on.IsZero() {
		on = w.root.Argument("true") // YAML of old reads "on" as a truth value
	}
	add := func(n syntax.Node) {
		if outside[n.Text()] {
			w.events = append(w.events, n)
		} else {
			w.others = append(w.others, n)
		}
	}
	for _, n := range discover.Strings(on) {
		add(n)
	}
	for key := range on.Pairs() {
		add(key)
	}
}

// job describes the agents of a job; false when it runs none.
func (w *workflow) job(key, job syntax.Node) bool {
	var agents []*started
	for step := range job.Argument("steps").Children() {
		agents = append(agents, w.startedIn(step)...)
	}
	if uses := job.Argument("uses"); uses.Text() != "" { // a reusable workflow
		if row := actionOf(uses.Text()); row != nil {
			agents = append(agents, &started{technology: row.technology, name: row.name, at: uses, uses: uses, step: job})
		}
	}
	if len(agents) == 0 {
		return false
	}
	p := w.p
	runner := discover.Local(p.Path(), key.Text(), "runner")
	e := p.Element(model.Runtime, runner, "runner of "+key.Text(), key.Span()).Technology("github-actions")
	if n := job.Argument("runs-on"); strings.Contains(n.Source(), "self-hosted") {
		e.Detail("a machine of the owner's, which other jobs use too")
	} else if hostedRunner.MatchString(n.Text()) {
		e.FactBecause("thrown-away", model.Yes, "GitHub makes a machine for the job and throws it away", n.Span())
	}
	if n := job.Argument("container").Argument("options"); strings.Contains(n.Text(), "--privileged") {
		e.FactBecause("privileged", model.Yes, "its container is privileged", n.Span())
	}
	w.secrets(runner, job)
	for i, a := range agents {
		parts := []string{key.Text()}
		if id := a.step.Argument("id").Text(); id != "" {
			parts = append(parts, id)
		} else if len(agents) > 1 && i > 0 {
			parts = append(parts, "agent"+strings.Repeat("'", i))
		}
		w.agent(discover.Local(p.Path(), parts...), runner, key, job, a)
	}
	w.injections(runner, key, job)
	return true
}

// agent describes one agent of a job.
func (w *workflow) agent(ref, runner discover.Ref, key, job syntax.Node, a *started) {
	p := w.p
	at := a.at.Span()
	name := a.name + " in " + key.Text()
	e := p.Element(model.Agent, ref, name, at).Technology(a.technology).
		Detail("runs in the workflow "+title(w)).
		Fact("loops", model.Yes, at).
		FactBecause("autonomous", model.Yes, "it runs in a job, where nobody watches each step", at)
	p.Flow(model.Hosts, runner, ref, at)
	w.supply(ref, a)
	if w.askers(ref, job, a) {
		e.FactBecause("entry", model.No, "only who can push to the repository starts it", at)
	} else {
		e.Fact("entry", model.Yes, at)
	}
	w.does(ref, runner, name, job, a)
	if n := job.Argument("timeout-minutes"); !n.IsZero() {
		p.Control("timeout", ref, discover.Ref{}, model.Evidenced, n.Span())
	}
}

// does describes what an agent is told, and what it can do.
func (w *workflow) does(ref, runner discover.Ref, name string, job syntax.Node, a *started) {
	w.instructions(ref, name, a)
	w.tools(ref, runner, job, a)
	if n := a.option("--max-turns", "max_turns", "maxSessionTurns"); !n.IsZero() {
		w.p.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, n.Span())
	}
	if model, n := a.model(); model != "" {
		w.p.UsesModel(ref, w.p.ModelNamed(model, a.provider(), n.Span()), n.Span())
	}
}

func title(w *workflow) string {
	if name := w.root.Argument("name").Text(); name != "" {
		return name
	}
	return w.p.Path()
}

// supply says where the agent's program comes from.
func (w *workflow) supply(ref discover.Ref, a *started) {
	name, version, _ := strings.Cut(a.uses.Text(), "@")
	if name == "" || strings.HasPrefix(name, ".") {
		return
	}
	at := a.uses.Span()
	from := discover.Local(w.p.Path(), "action "+name)
	w.p.Element(model.External, from, "action "+name, at).Technology("github-actions").
		FactBecause("role", "package", "an action of another repository", at)
	pinned := model.No
	if commit.MatchString(version) {
		pinned = model.Yes
	}
	w.p.Flow(model.Supply, from, ref, at).Fact("pinned", pinned, at)
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}$`)

// askers says who gives the agent work, and whether that are its owners alone.
func (w *workflow) askers(ref discover.Ref, job syntax.Node, a *started) (owners bool) {
	p := w.p
	if len(w.events) > 0 {
		from := discover.Local(p.Path(), "outsiders")
		p.Element(model.External, from, "who writes issues and comments", w.events[0].Span()).Technology("github").
			FactBecause("role", "site", "anybody with an account writes them", w.events[0].Span())
		var at []source.Span
		for _, n := range w.events {
			at = append(at, n.Span())
		}
		for _, n := range []syntax.Node{job.Argument("if"), a.step.Argument("if")} {
			if actorCheck.MatchString(n.Text()) {
				// Whoever may call it calls it into a thread, and the thread is what it reads.
				p.Flow(model.DataRead, from, ref, at...).Fact("untrusted", model.Yes, at...)
				w.developers(ref, n.Span(), "the workflow runs for no others: who can push to the repository can run what they like there")
				return true
			}
		}
		flow := p.Flow(model.PromptFlow, from, ref, at...).Fact("content", "free-text", at...).Fact("untrusted", model.Yes, at...)
		switch open := a.with("allowed_non_write_users", "allow-users", "allowed-users"); {
		case open.TextIs("*"):
			p.Control("access-control", flow.Ref(), discover.Ref{}, model.Absent, open.Span())
		case a.checksActor:
			p.Control("access-control", flow.Ref(), discover.Ref{}, model.Evidenced, a.at.Span())
		}
	}
	if len(w.others) > 0 && len(w.events) == 0 {
		w.developers(ref, w.others[0].Span(), "who can push to the repository starts it, and can run what they like there")
		return true
	}
	return false
}

// developers gives an agent its work.
func (w *workflow) developers(ref discover.Ref, at source.Span, why string) {
	from := discover.Local(w.p.Path(), "developers")
	w.p.Element(model.Human, from, "developers of the repository", at).FactBecause("role", "owner", why, at)
	w.p.Flow(model.PromptFlow, from, ref, at)
}

var actorCheck = regexp.MustCompile(`author_association|github\.actor\s*==|github\.triggering_actor\s*==|sender\.login\s*==|user\.login\s*==|fromJSON\([^)]*\),\s*github\.([\w.]*\.)?(actor|login)\b|permission`)

// untrusted are expressions that hold text of whoever caused the event.
var untrusted = regexp.MustCompile(`\$\{\{[^}]*(github\.event\.(issue|comment|review|pull_request|discussion|head_commit|commits|pages|inputs\.[a-z_]*body)[^}]*(title|body|head\.ref|head\.label|message|default_branch|page_name|author\.(name|email))|github\.head_ref)[^}]*\}\}`)

// instructions describes the prompt that the workflow writes.
func (w *workflow) instructions(ref discover.Ref, name string, a *started) {
	n := a.prompt()
	if n.IsZero() || strings.TrimSpace(n.Text()) == "" {
		return
	}
	p := w.p
	prompt := discover.Of(ref, "prompt")
	e := p.Element(model.Prompt, prompt, name+" prompt", n.Span())
	switch {
	case untrusted.MatchString(n.Text()) || w.passesOn(n.Text()):
		e.FactBecause("untrusted-text", model.Yes, "text of whoever caused the event is written into it", n.Span())
	case !strings.Contains(harmless.ReplaceAllString(n.Text(), ""), "${{") && !strings.Contains(n.Text(), "$("):
		e.FactBecause("untrusted-text", model.No, "it is written in the workflow", n.Span())
	}
	p.Flow(model.PromptFlow, prompt, ref, n.Span())
}

// harmless are expressions that hold numbers and names which nobody outside can choose.
var harmless = regexp.MustCompile(`\$\{\{\s*(github\.(repository|repository_owner|run_id|run_number|sha|server_url|event_name|event\.(issue|pull_request|discussion|comment|review)\.(number|id))|github\.event\.number)\s*\}\}`)

var output = regexp.MustCompile(`steps\.([\w-]+)\.outputs\.`)

// passesOn tells whether a text takes over what a step gives into which text of outsiders was written.
func (w *workflow) passesOn(text string) bool {
	for _, m := range output.FindAllStringSubmatch(text, 20) {
		for _, job := range w.root.Argument("jobs").Pairs() {
			for step := range job.Argument("steps").Children() {
				if step.Argument("id").TextIs(m[1]) && (untrusted.MatchString(step.Argument("run").Text()) || untrusted.MatchString(step.Argument("env").Source())) {
					return true
				}
			}
		}
	}
	return false
}

// injections are scripts into which text of outsiders is written, so that it runs as a command.
func (w *workflow) injections(runner discover.Ref, key, job syntax.Node) {
	p := w.p
	for step := range job.Argument("steps").Children() {
		script := step.Argument("run")
		if script.IsZero() || len(w.events) == 0 || !untrusted.MatchString(script.Text()) || startedBy(step) != nil {
			continue
		}
		name := step.Argument("name").Text()
		if name == "" {
			name = "script"
		}
		ref := discover.Local(p.Path(), key.Text(), name)
		p.Element(model.Tool, ref, name, script.Span()).Technology("shell").
			Effect("exec", model.Yes, "text of whoever caused the event is written into the script", script.Span())
		p.Flow(model.Hosts, runner, ref, script.Span())
		p.Flow(model.DataRead, discover.Local(p.Path(), "outsiders"), ref, script.Span()).Fact("untrusted", model.Yes, script.Span())
	}
}

var secretUse = regexp.MustCompile(`secrets\.([A-Za-z_][A-Za-z0-9_]*)|secrets\[['"]([A-Za-z_][A-Za-z0-9_]*)['"]\]`)

// secrets lists what lies in the job's environment. The token that every job has is described with the tools.
func (w *workflow) secrets(runner discover.Ref, job syntax.Node) {
	p := w.p
	seen := map[string]bool{}
	look := func(n syntax.Node) {
		n.Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.String) {
				return true
			}
			for _, m := range secretUse.FindAllStringSubmatch(n.Text(), 20) {
				name := m[1] + m[2]
				if name == "GITHUB_TOKEN" || seen[name] {
					continue
				}
				seen[name] = true
				ref := discover.Local(p.Path(), "secret "+name)
				p.Element(model.Credential, ref, name, n.Span()).
					FactBecause("plain-text", model.No, "it is a secret of the repository", n.Span()).
					FactBecause("long-lived", model.Yes, "a stored secret stays until somebody changes it", n.Span())
				p.Control("secret-store", ref, discover.Ref{}, model.Evidenced, n.Span())
				p.Flow(model.CredentialUse, runner, ref, n.Span())
				p.Element(model.Runtime, runner, "").FactBecause("holds-secrets", model.Yes, "the job is given "+name, n.Span())
			}
			return true
		})
	}
	look(w.root.Argument("env"))
	look(job.Argument("env"))
	look(job.Argument("secrets"))
	for step := range job.Argument("steps").Children() {
		look(step.Argument("env"))
		look(step.Argument("with"))
		look(step.Argument("run"))
	}
	if n := job.Argument("secrets"); n.TextIs("inherit") {
		p.Element(model.Runtime, runner, "").FactBecause("holds-secrets", model.Yes, "it is given all secrets", n.Span())
	}
}

// programs describes the runners of jobs that run a program of the tree in which agents may be defined.
func (w *workflow) programs(jobs syntax.Node) {
	p := w.p
	for key, job := range jobs.Pairs() {
		var files []string
		var at syntax.Node
		for step := range job.Argument("steps").Children() {
			script := step.Argument("run")
			for _, m := range program.FindAllStringSubmatch(script.Text(), 20) {
				file := strings.TrimPrefix(m[1], "./")
				if dir := step.Argument("working-directory").Text(); dir != "" {
					file = strings.Trim(dir, "./") + "/" + file
				}
				if p.Exists(file) {
					files = append(files, file)
					at = script
				}
			}
		}
		if len(files) == 0 {
			continue
		}
		runner := discover.Local(p.Path(), key.Text(), "runner")
		p.Place(discover.Place{Ref: runner, Files: files, Flow: model.Hosts, At: at.Span()})
		done := p.Subject(runner)
		p.Element(model.Runtime, runner, "runner of "+key.Text(), key.Span()).Technology("github-actions")
		w.secrets(runner, job)
		done()
	}
}

var program = regexp.MustCompile(`(?m)(?:^|[\s;&|])(?:python3?|node|tsx|bun|deno run|uv run(?: python)?|poetry run python|npx tsx|go run)\s+(?:-[A-Za-z-]+\s+)*([\w./-]+\.(?:py|js|ts|mjs|go))\b`)

// hostedRunner are GitHub's own runners.
var hostedRunner = regexp.MustCompile(`^(ubuntu|windows|macos)-[\w.-]+$`)
