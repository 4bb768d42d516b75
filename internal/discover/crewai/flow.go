package crewai

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// started is a crew or agent that code starts.
type started struct {
	ref discover.Ref
	at  syntax.Node
}

// kickoffs start a crew, an agent or a flow.
var kickoffs = map[string]bool{
	"kickoff": true, "kickoff_async": true, "akickoff": true, "kickoff_for_each": true, "kickoff_for_each_async": true, "execute": true,
	"execute_task": true, "execute_sync": true, "execute_async": true,
}

// flow describes a flow: the crews and agents that its steps start, and where it waits for a person.
func (f *file) flow(def *code.Def) {
	ref := discover.Definition(def)
	at := def.Node.Span()
	f.Element(model.Orchestrator, ref, def.Last(), at).Technology(technology).Detail(def.Doc())
	for _, m := range f.code.Methods(def) {
		for _, s := range f.starts(m) {
			f.Flow(model.Delegation, ref, s.ref, s.at.Span())
		}
		for d := range m.Node.All(syntax.Decorator) {
			callee := d.Child(0)
			if callee.Is(syntax.Call) {
				callee = callee.Child(0)
			}
			if f.code.Resolve(callee).Is("crewai.flow.human_feedback", "crewai.flow.**.human_feedback") {
				reviewer := discover.Of(ref, "reviewer")
				f.Element(model.Reviewer, reviewer, "person asked", d.Span()).Technology(technology).Fact("sees-agent-text", model.Yes, d.Span())
				f.Flow(model.Approval, ref, reviewer, d.Span())
			}
		}
	}
	for d := range def.Node.All(syntax.Decorator) {
		callee := d.Child(0)
		if callee.Is(syntax.Call) {
			callee = callee.Child(0)
		}
		if f.code.Resolve(callee).Is("crewai.flow.persistence.persist", "crewai.flow.**.persist") {
			state := discover.Of(ref, "state")
			f.Element(model.Memory, state, def.Last()+" state", d.Span()).Technology(technology).Fact("persistent", model.Yes, d.Span())
			f.Flow(model.MemoryWrite, ref, state, d.Span())
			f.Flow(model.MemoryRead, state, ref, d.Span())
		}
	}
}

// starts finds the crews and agents that a function starts: Crew().kickoff(), agent.kickoff(), MyCrew().crew()
// .kickoff(), a class of a crew that is passed on to a helper which starts it.
func (f *file) starts(def *code.Def) []started {
	var all []started
	seen := map[string]bool{}
	add := func(ref discover.Ref, at syntax.Node) {
		if !ref.IsZero() && !seen[ref.Key()] {
			seen[ref.Key()] = true
			all = append(all, started{ref, at})
		}
	}
	var visit func(*code.Def, int)
	done := map[string]bool{}
	visit = func(d *code.Def, depth int) {
		if d == nil || depth > 3 || done[d.ID()] {
			return
		}
		done[d.ID()] = true
		d.Node.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Decorator) {
				return false
			}
			if !n.Is(syntax.Call) {
				return true
			}
			callee := n.Child(0)
			if callee.Is(syntax.Attr) && kickoffs[callee.Text()] {
				for _, ref := range f.startable(f.code.Eval(callee.Child(0))) {
					add(ref, n)
				}
			}
			for c := range n.Children() {
				if c == callee {
					continue
				}
				if c.Is(syntax.Keyword) {
					c = c.Child(0)
				}
				if v := f.code.Eval(c); v.Is(code.Class) {
					for _, ref := range f.crewsOfClass(v.Ref.Def) {
						add(ref, n)
					}
				}
			}
			if ref := f.code.Resolve(callee); ref.Def != nil && ref.Def.Kind == code.FuncDef {
				visit(ref.Def, depth+1)
			}
			return true
		})
	}
	visit(def, 0)
	return all
}

// kicked says of crews and agents that code starts with text of its own that nobody else gives them any: what the tasks
// say and the inputs that are written into them stand in the code.
func (f *file) kicked() {
	for _, c := range f.code.Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !kickoffs[callee.Text()] {
			continue
		}
		fixed := f.Fixed(c.Node) || c.Node.Count() == 1
		for _, one := range f.code.Eval(callee.Child(0)).Each() {
			kind := model.Agent
			if !one.Is(code.Instance) || one.Call.IsZero() {
				continue
			}
			words := f.code.Derives(one.Ref, agentTypes...) && c.Node.Count() > 1
			if f.code.Derives(one.Ref, crewTypes...) {
				kind, words = model.Orchestrator, f.worded(one)
			}
			if !f.code.Derives(one.Ref, append(agentTypes, crewTypes...)...) {
				continue
			}
			e := f.Element(kind, f.object(one), "")
			if fixed && words && f.Seen(one.Call) {
				e.FixedText(c.Node.Span())
			} else {
				e.Fact("entry", model.Unknown, c.Node.Span()) // a step of a flow may start it, or somebody who was not seen
			}
		}
	}
}

// worded tells whether all that a crew's tasks ask for stands in the code, or in the file that describes them.
func (f *file) worded(crew *code.Value) bool {
	tasks := f.tasksOf(crew)
	for _, t := range tasks {
		if _, entry := f.entryOf(t, "tasks_config", "tasks.yaml"); entry.Argument("description").Is(syntax.String) {
			continue
		}
		description := t.Call.Argument("description")
		if description.IsZero() {
			description = t.Call.Child(1)
		}
		if !f.code.Written(description) {
			return false
		}
	}
	return len(tasks) > 0
}

// startable gives the crews, agents and flows that a value is; a task stands for its agents.
func (f *file) startable(v *code.Value) []discover.Ref {
	var refs []discover.Ref
	for _, one := range v.Each() {
		if !one.Is(code.Instance) {
			continue
		}
		switch {
		case f.code.Derives(one.Ref, crewTypes...), f.code.Derives(one.Ref, agentTypes...):
			if !one.Call.IsZero() {
				refs = append(refs, f.object(one))
			}
		case f.code.Derives(one.Ref, taskTypes...):
			refs = append(refs, f.agentOfTask(one)...)
		case one.Ref.Def != nil && f.code.Derives(one.Ref, flowTypes...):
			refs = append(refs, discover.Definition(one.Ref.Def))
		}
	}
	return refs
}

// crewsOfClass gives the crews that a @CrewBase class makes.
func (f *file) crewsOfClass(def *code.Def) []discover.Ref {
	if def == nil || def.Kind != code.ClassDef {
		return nil
	}
	if !f.decoratedWith(def.Node, crewBase) {
		return nil
	}
	var refs []discover.Ref
	for _, m := range f.code.Methods(def) {
		for _, one := range f.code.Returns(m).Members() {
			if one.Is(code.Instance) && f.code.Derives(one.Ref, crewTypes...) && !one.Call.IsZero() {
				refs = append(refs, f.object(one))
			}
		}
	}
	return refs
}
