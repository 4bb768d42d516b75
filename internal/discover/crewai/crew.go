package crewai

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// crew describes a crew: its agents, its process, its memory and knowledge.
func (f *file) crew(v *code.Value) {
	ref := f.object(v)
	name := f.crewName(v)
	at := v.Call.Span()
	_, symbol := v.Symbol()
	e := f.Element(model.Orchestrator, ref, name, at).Technology(technology).Alias(last(symbol))
	members := f.members(v)
	idle := f.idle(v)
	for _, m := range members {
		if seen, is := idle[m.ref.Key()]; is {
			if e := f.Element(model.Agent, m.ref, ""); seen {
				e.FactBecause("entry", model.No, "no task of its crew is for it, and nobody there hands on work", at)
			} else {
				e.Fact("entry", model.Unknown, at) // something else is done with it
			}
			continue
		}
		f.Flow(model.Delegation, ref, m.ref, m.at.Span())
	}
	if len(members) == 0 {
		f.Unresolved("the agents of crew "+name, v.Arg("agents", -1).Reason(), at)
	}
	var refs []discover.Ref
	for _, m := range members {
		refs = append(refs, m.ref)
	}
	hierarchical := false
	if process := v.Arg("process", -1); process != nil && strings.HasSuffix(process.Ref.Name, "hierarchical") || process.Str() == "hierarchical" {
		hierarchical = true
		e.Fact("loops", model.Yes, process.Node.Span())
	}
	f.manager(v, ref, name, refs)
	if !hierarchical {
		e.Fact("loops", model.No, at)
		f.sequence(v)
	}
	f.coworkers(v, refs)
	if memory := v.Arg("memory", -1); memory.Is(code.Bool) && memory.Text == "true" {
		f.memory(ref, refs, memory.Node)
	}
	for _, key := range []string{"short_term_memory", "long_term_memory", "entity_memory", "external_memory"} {
		if memory := v.Arg(key, -1); memory.Is(code.Instance) {
			f.memoryObject(memory, refs)
		}
	}
	for _, k := range v.Arg("knowledge_sources", -1).Members() {
		source := f.knowledge(k)
		for _, agent := range refs {
			if !source.IsZero() {
				f.Flow(model.Retrieval, source, agent, k.Node.Span())
			}
		}
	}
	if limit := v.Arg("max_rpm", -1); limit.Is(code.Number) {
		f.Control("rate-limit", ref, discover.Ref{}, model.Evidenced, limit.Node.Span())
	}
	if planning := v.Arg("planning", -1); planning.Is(code.Bool) && planning.Text == "true" {
		if llm := v.Arg("planning_llm", -1); llm != nil {
			for _, m := range f.ChatModel(llm) {
				f.UsesModel(ref, m, llm.Node.Span())
			}
		}
	}
}

func (f *file) crewName(v *code.Value) string {
	if s := v.Arg("name", -1).Str(); s != "" {
		return s
	}
	if def := f.classAround(v.Call); def != nil {
		return def.Last()
	}
	if _, symbol := v.Symbol(); symbol != "" {
		return last(symbol)
	}
	return "crew"
}

type member struct {
	ref discover.Ref
	at  syntax.Node
}

// members are the agents of a crew: those that it lists, or with agents=self.agents those that the class's @agent
// methods make.
func (f *file) members(v *code.Value) []member {
	var all []member
	seen := map[string]bool{}
	add := func(ref discover.Ref, at syntax.Node) {
		if !ref.IsZero() && !seen[ref.Key()] {
			seen[ref.Key()] = true
			all = append(all, member{ref, at})
		}
	}
	list := v.Arg("agents", -1)
	for _, one := range list.Members() {
		for _, ref := range f.agentRefs(one) {
			at := one.Node
			if at.IsZero() {
				at = v.Call
			}
			add(ref, at)
		}
	}
	if written := v.Call.Argument("agents"); len(all) == 0 && written.Is(syntax.Attr) && written.TextIs("agents") {
		for _, one := range f.made(v.Call, "agent") {
			for _, ref := range f.agentRefs(one) {
				add(ref, written)
			}
		}
	}
	// Agents that only their tasks name work in the crew as well.
	for _, t := range f.tasksOf(v) {
		for _, one := range f.agentOfTask(t) {
			add(one, t.Call)
		}
	}
	return all
}

// idle lists the agents of a crew that never run: its tasks are all known and are done one after the other, none is for
// them, and no agent of the crew may give work to another.
func (f *file) idle(v *code.Value) map[string]bool {
	if process := v.Arg("process", -1); process != nil && !strings.HasSuffix(process.Ref.Name, "sequential") && process.Str() != "sequential" {
		return nil
	}
	list := v.Arg("tasks", -1)
	if !list.Is(code.List) || list.Open || len(list.Items) == 0 || v.Has("manager_llm") || v.Has("manager_agent") || v.Spread() != nil {
		return nil
	}
	busy := map[string]bool{}
	for _, one := range list.Items {
		var agents []discover.Ref
		if one.Is(code.Instance) && f.code.Derives(one.Ref, taskTypes...) {
			agents = f.agentOfTask(one)
		}
		if len(agents) == 0 {
			return nil
		}
		for _, ref := range agents {
			busy[ref.Key()] = true
		}
	}
	idle := map[string]bool{}
	for _, one := range v.Arg("agents", -1).Members() {
		if !one.Is(code.Instance) || !f.code.Derives(one.Ref, agentTypes...) {
			return nil
		}
		a := f.read(one)
		if allowed, at := f.setting(a, "allow_delegation"); !at.IsZero() && allowed != "false" {
			return nil
		}
		if !busy[a.ref.Key()] {
			idle[a.ref.Key()] = !one.Call.IsZero() && f.Seen(one.Call)
		}
	}
	return idle
}

// made gives what the methods of the class around a node make that carry a decorator of crewai.project.
func (f *file) made(n syntax.Node, decorator string) []*code.Value {
	def := f.classAround(n)
	if def == nil {
		return nil
	}
	var all []*code.Value
	for _, m := range f.code.Methods(def) {
		for d := range m.Node.All(syntax.Decorator) {
			e := d.Child(0)
			if e.Is(syntax.Call) {
				e = e.Child(0)
			}
			if f.code.Resolve(e).Is("crewai.project."+decorator, "crewai.project.**."+decorator) {
				all = append(all, f.code.Returns(m).Members()...)
			}
		}
	}
	return all
}

// tasksOf lists the tasks of a crew in order.
func (f *file) tasksOf(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, t := range v.Arg("tasks", -1).Members() {
		if t.Is(code.Instance) && f.code.Derives(t.Ref, taskTypes...) {
			all = append(all, t)
		}
	}
	if written := v.Call.Argument("tasks"); len(all) == 0 && written.Is(syntax.Attr) && written.TextIs("tasks") {
		for _, t := range f.made(v.Call, "task") {
			if t.Is(code.Instance) && f.code.Derives(t.Ref, taskTypes...) {
				all = append(all, t)
			}
		}
	}
	return all
}

// agentOfTask gives the agents that a task is for: agent=…, or the name in its YAML entry.
func (f *file) agentOfTask(t *code.Value) []discover.Ref {
	if refs := f.agentRefs(t.Arg("agent", -1)); len(refs) > 0 {
		return refs
	}
	_, entry := f.entryOf(t, "tasks_config", "tasks.yaml")
	name := entry.Argument("agent").Text()
	if name == "" {
		return nil
	}
	for _, one := range f.made(t.Call, "agent") {
		if a := f.read(one); a.key.TextIs(name) || a.name == name {
			return []discover.Ref{a.ref}
		}
		if _, symbol := one.Symbol(); last(symbol) == name {
			return []discover.Ref{f.object(one)}
		}
	}
	return nil
}

// sequence joins the agents of tasks that follow each other: what one writes is put into the next one's prompt.
func (f *file) sequence(v *code.Value) {
	tasks := f.tasksOf(v)
	instead := alternatives(v.Arg("tasks", -1))
	for i, t := range tasks {
		before := []*code.Value{}
		at := v.Call
		if context := t.Arg("context", -1); context != nil {
			at = context.Node
			for _, c := range context.Members() {
				if c.Is(code.Instance) && f.code.Derives(c.Ref, taskTypes...) {
					before = append(before, c)
				}
			}
		} else if i > 0 && (instead[t.Key()] == 0 || instead[t.Key()] != instead[tasks[i-1].Key()]) {
			before = append(before, tasks[i-1])
		}
		for _, b := range before {
			for _, from := range f.agentOfTask(b) {
				for _, to := range f.agentOfTask(t) {
					if from.Key() != to.Key() {
						f.Flow(model.Message, from, to, at.Span())
					}
				}
			}
		}
	}
}

// alternatives numbers the tasks that stand for each other at one place of a list: what a helper's callers give it. They
// do not follow each other.
func alternatives(tasks *code.Value) map[string]int {
	groups := map[string]int{}
	for _, list := range tasks.Each() {
		for i, item := range list.Items {
			if item.Is(code.Choice) {
				for _, one := range item.Each() {
					groups[one.Key()] = i + 1
				}
			}
		}
	}
	return groups
}

// manager describes who leads a hierarchical crew: an agent of its own, or one that CrewAI makes around a model.
func (f *file) manager(v *code.Value, crew discover.Ref, name string, members []discover.Ref) {
	if llm := v.Arg("manager_llm", -1); llm != nil && !llm.Is(code.Null) {
		ref := discover.Of(crew, "manager")
		at := llm.Node.Span()
		f.Element(model.Agent, ref, name+" manager", at).Technology(technology).Detail("made by CrewAI to lead the crew").
			FactBecause("loops", model.No, "the framework ends each task after a number of steps, unless it is told otherwise", at)
		for _, m := range f.ChatModel(llm) {
			f.UsesModel(ref, m, at)
		}
		f.Flow(model.Delegation, crew, ref, at)
		for _, to := range members {
			f.Flow(model.Delegation, ref, to, at)
		}
	}
	if manager := v.Arg("manager_agent", -1); manager != nil {
		for _, ref := range f.agentRefs(manager) {
			f.Flow(model.Delegation, crew, ref, manager.Node.Span())
			for _, to := range members {
				if to.Key() != ref.Key() {
					f.Flow(model.Delegation, ref, to, manager.Node.Span())
				}
			}
		}
	}
}

// coworkers: an agent with allow_delegation=True can give work to every other agent of its crew.
func (f *file) coworkers(v *code.Value, members []discover.Ref) {
	for _, list := range [][]*code.Value{v.Arg("agents", -1).Members(), f.made(v.Call, "agent")} {
		for _, one := range list {
			if !one.Is(code.Instance) || !f.code.Derives(one.Ref, agentTypes...) {
				continue
			}
			a := f.read(one)
			allowed, at := f.setting(a, "allow_delegation")
			if allowed != "true" {
				continue
			}
			for _, to := range members {
				if to.Key() != a.ref.Key() {
					f.Flow(model.Delegation, a.ref, to, at)
				}
			}
		}
	}
}

// task describes what a task says beyond its agent: tools that it brings, a person who looks at it, checks.
func (f *file) task(t *code.Value) {
	agents := f.agentOfTask(t)
	_, entry := f.entryOf(t, "tasks_config", "tasks.yaml")
	for _, agent := range agents {
		if tools := t.Arg("tools", -1); tools != nil {
			f.giveTools(agent, "a task", tools)
		}
		if guard := t.Arg("guardrail", -1); guard != nil {
			f.guard(agent, guard)
		}
		for _, guard := range t.Arg("guardrails", -1).Members() {
			f.guard(agent, guard)
		}
		for _, key := range []string{"output_pydantic", "output_json", "response_model"} {
			if schema := t.Arg(key, -1); schema != nil && !schema.Is(code.Null) {
				f.Control("output-validation", agent, discover.Ref{}, model.Evidenced, schema.Node.Span())
			}
		}
		asked := t.Arg("human_input", -1)
		at := t.Call
		yes := asked.Is(code.Bool) && asked.Text == "true"
		if yes {
			at = asked.Node
		}
		if n := entry.Argument("human_input"); n.Is(syntax.Bool) && n.TextIs("true") {
			yes, at = true, n
		}
		if yes {
			reviewer := discover.Of(agent, "reviewer")
			f.Element(model.Reviewer, reviewer, "person who reviews", at.Span()).Technology(technology).Fact("sees-agent-text", model.Yes, at.Span())
			f.Flow(model.Approval, agent, reviewer, at.Span())
		}
	}
}
