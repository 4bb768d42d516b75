// Package crewai reads CrewAI programs: Python code and the YAML files that its crews are described in.
//
// A crew is an orchestrator over its agents. An agent is found where it is constructed; when it takes its role, goal
// and tools from config/agents.yaml, what the file says is joined to what the code says, so that there is one agent
// with spans in both. A task joins agents: what it is given, which tools it brings, whether a person looks at its
// result. A flow is an orchestrator over the crews and agents that its steps start.
//
// # What it does not do
//
// It does not read YAML that no code names: an entry that nothing constructs is text.
package crewai

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// technology marks what this package finds.
const technology = "crewai"

// Extractor finds CrewAI crews and agents.
var Extractor = &discover.Extractor{
	Name:    "crewai",
	Doc:     "CrewAI. Agents, crews, tasks, flows and tools in Python, with their YAML.",
	Match:   discover.PythonCode,
	Imports: []string{"crewai", "crewai_tools"},
	Run:     run,
}

var (
	agentTypes = []string{"crewai.Agent", "crewai.agent.Agent", "crewai.agent.**.Agent", "crewai.LiteAgent", "crewai.lite_agent.LiteAgent"}
	crewTypes  = []string{"crewai.Crew", "crewai.crew.Crew"}
	taskTypes  = []string{"crewai.Task", "crewai.task.Task", "crewai.tasks.**.Task", "crewai.ConditionalTask", "crewai.tasks.conditional_task.ConditionalTask"}
	flowTypes  = []string{"crewai.flow.Flow", "crewai.flow.flow.Flow", "crewai.Flow"}
	// telling are the arguments that tell agents or crews of one factory apart; the model is none of them.
	telling  = []discover.Telling{{Name: "role", Position: -1}, {Name: "goal", Position: -1}, {Name: "backstory", Position: -1}, {Name: "config", Position: -1}, {Name: "agents", Position: -1}, {Name: "name", Position: -1}}
	makers   = []string{"crewai.project.agent", "crewai.project.crew", "crewai.project.**.agent", "crewai.project.**.crew"}
	crewBase = []string{"crewai.project.CrewBase", "crewai.project.**.CrewBase"}
)

// file is the work on one file.
type file struct {
	*discover.Pass
	code *code.Resolver
}

func run(p *discover.Pass) error {
	f := &file{Pass: p, code: p.Code()}
	if f.code == nil {
		return nil
	}
	f.tools()
	for _, v := range f.code.Instances(append(discover.ChatModelClasses(), "crewai.LLM")...) {
		f.ChatModel(v)
	}
	described := map[string]bool{}
	for _, v := range f.once(agentTypes) {
		described[v.Key()] = true
		f.agent(v)
	}
	for _, v := range f.code.Instances(agentTypes...) {
		if !described[v.Key()] && f.baseMethod(v.Call) == nil {
			a := f.read(v) // the same agent, made once more with tools of its own
			done := f.Subject(a.ref)
			f.toolsOf(a)
			done()
		}
	}
	for _, v := range f.code.Instances(taskTypes...) {
		f.task(v)
	}
	for _, v := range f.once(crewTypes) {
		f.crew(v)
	}
	f.kicked()
	for _, def := range f.code.ClassesOf(flowTypes...) {
		f.flow(def)
	}
	return nil
}

// once lists the objects of a type that this file is to describe. What a method of a @CrewBase class makes is one thing,
// described where the class stands, however often and with whatever arguments the class is used elsewhere.
func (f *file) once(types []string) []*code.Value {
	var all []*code.Value
	seen := map[string]bool{}
	take := func(v *code.Value) {
		if key := f.object(v).Key(); !seen[key] {
			seen[key] = true
			all = append(all, v)
		}
	}
	for _, v := range f.code.Instances(types...) {
		if m := f.baseMethod(v.Call); m != nil && m.Module != f.code.Module() {
			continue
		}
		take(v)
	}
	for _, c := range f.code.Calls() {
		if f.code.Derives(c.Callee, types...) && f.baseMethod(c.Node) != nil {
			if v := f.code.Eval(c.Node); v.Is(code.Instance) && v.Call == c.Node {
				take(v)
			}
		}
	}
	return all
}

// object names an object: by the method that makes it where that belongs to a @CrewBase class, else as itself. An agent
// is its role, and what any caller of a factory gives it is within its reach; where only the run knows the role, tools tell
// agents apart.
func (f *file) object(v *code.Value) discover.Ref {
	if m := f.baseMethod(v.Call); m != nil {
		return discover.Definition(m)
	}
	if v.Arg("role", -1).Str() != "" {
		return f.Made(v, telling...)
	}
	return f.Made(v, append([]discover.Telling{{Name: "tools", Position: -1}}, telling...)...)
}

// baseMethod is the method of a @CrewBase class that a node stands in, if it is one that makes an agent or crew; nil
// elsewhere.
func (f *file) baseMethod(n syntax.Node) *code.Def {
	method := syntax.Node{}
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			method = p
		}
		if p.Is(syntax.ClassDef) {
			if method.IsZero() || !f.decoratedWith(p, crewBase) || !f.decoratedWith(method, makers) {
				return nil
			}
			def := f.code.Eval(p).Ref.Def
			return f.code.Method(def, method.Text())
		}
	}
	return nil
}

// decoratedWith tells whether a definition carries a decorator of one of the names.
func (f *file) decoratedWith(definition syntax.Node, names []string) bool {
	for d := range definition.All(syntax.Decorator) {
		e := d.Child(0)
		if e.Is(syntax.Call) {
			e = e.Child(0)
		}
		if f.code.Resolve(e).Is(names...) {
			return true
		}
	}
	return false
}
