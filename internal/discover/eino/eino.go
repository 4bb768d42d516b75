// Package eino reads programs written with CloudWeGo's Eino, a framework of agents for Go.
//
// It finds agents with a model (ReAct agents, agents of the adk package, the deep and plan-execute prebuilts), agents
// that only order others or let a supervisor do so, functions that ask a model with words of their own, hosts with their
// specialists, agents given as tools, graphs and chains of compose with the models and tools that stand in their nodes,
// tools (inferred from functions, types of the project, those of MCP servers), limits, checkpoints, and which agents are
// run.
//
// # What it does not do
//
// What flows along the edges of a graph is not followed: a graph is one orchestrator that uses what its nodes hold.
// Callbacks and middlewares are not judged.
package eino

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
)

// Extractor finds systems of Eino.
var Extractor = &discover.Extractor{
	Name:    "eino",
	Doc:     "Eino (Go): ReAct and ADK agents, supervisors, hosts, workflows, graphs and chains, tools, MCP, limits, checkpoints.",
	Match:   discover.GoCode,
	Imports: []string{"github.com/cloudwego/eino"},
	Run:     run,
}

const (
	technology = "eino"
	root       = "github.com/cloudwego/eino/"
)

var (
	agents     = []string{root + "flow/agent/react.NewAgent", root + "adk.NewChatModelAgent", root + "adk/prebuilt/deep.New"}
	workflows  = []string{root + "adk.NewSequentialAgent", root + "adk.NewParallelAgent", root + "adk.NewLoopAgent"}
	leaders    = []string{root + "adk/prebuilt/supervisor.New", root + "adk.SetSubAgents", root + "adk/prebuilt/planexecute.New"}
	steps      = []string{root + "adk/prebuilt/planexecute.NewPlanner", root + "adk/prebuilt/planexecute.NewExecutor", root + "adk/prebuilt/planexecute.NewReplanner"}
	hosts      = []string{root + "flow/agent/multiagent/host.NewMultiAgent"}
	specialist = []string{root + "flow/agent/multiagent/host.Specialist"}
	graphs     = []string{root + "compose.NewGraph", root + "compose.NewChain", root + "compose.NewWorkflow"}
)

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.kit = &discover.GoKit{
		Technology: technology,
		Makers: []discover.GoMaker{
			{Patterns: []string{root + "components/tool/utils.Infer*Tool"}, Name: 0, Description: 1, Func: 2, Config: -1},
			{Patterns: []string{root + "components/tool/utils.New*Tool"}, Config: 0, NameField: "Name", DescField: "Desc", Func: 1},
		},
		Methods: []string{"InvokableRun", "StreamableRun"},
		Servers: []string{"github.com/cloudwego/eino-ext/components/tool/mcp.GetTools"},
		Other:   x.other,
	}
	r := p.Code()
	for _, v := range r.Instances(append(append([]string{}, agents...), steps...)...) {
		x.agent(v)
	}
	for _, v := range r.Instances(workflows...) {
		x.workflow(v)
	}
	for _, v := range r.Instances(leaders...) {
		x.leader(v)
	}
	for _, v := range r.Instances(hosts...) {
		x.host(v)
	}
	x.nodes()
	for _, v := range r.Instances(root+"adk.NewRunner", root+"adk.RunnerConfig") {
		x.runner(v)
	}
	for _, c := range p.MethodCalls(root+"flow/agent/react.NewAgent.Generate", root+"flow/agent/react.NewAgent.Stream", root+"flow/agent/multiagent/host.NewMultiAgent.Generate", root+"flow/agent/multiagent/host.NewMultiAgent.Stream") {
		for _, v := range r.Eval(c.Node.Child(0).Child(0)).Each() {
			if ref, kind := x.actor(v); !ref.IsZero() {
				x.GoEntry(kind, ref, "the program runs it", c.Node.Span())
			}
		}
	}
	x.questions()
	x.spare()
	return nil
}

// spare describes the tools that the file makes, whoever holds them: which agent does is often settled only when the
// program runs, by a registry or a configuration.
func (x *pass) spare() {
	if source.Scope(x.Path()) == source.ScopeTest {
		return
	}
	for i := range x.kit.Makers {
		for _, v := range x.Code().Instances(x.kit.Makers[i].Patterns...) {
			if !v.Typed() {
				x.GoTools(x.kit, discover.Ref{}, "", v)
			}
		}
	}
}

type pass struct {
	*discover.Pass
	kit *discover.GoKit
}

// actor names an agent of any kind; the zero Ref when a value is none.
func (x *pass) actor(v *code.Value) (discover.Ref, model.Kind) {
	if !v.Is(code.Instance) || v.Typed() {
		return discover.Ref{}, ""
	}
	switch {
	case v.Ref.Is(agents...), v.Ref.Is(steps...):
		return x.ref(v), model.Agent
	case v.Ref.Is(workflows...), v.Ref.Is(leaders...), v.Ref.Is(graphs...):
		return x.ref(v), model.Orchestrator
	case v.Ref.Is(hosts...):
		return x.ref(v), model.Agent
	}
	return discover.Ref{}, ""
}

func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Position: 1})
}

// title is the name that an agent is given, else that of the variable that holds it.
func (x *pass) title(v *code.Value) string { return x.Title(v, discover.GoArg(v, "Name")) }

// agent describes an agent with a model.
func (x *pass) agent(v *code.Value) {
	ref := x.ref(v)
	if v.Typed() || !x.Once(ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.title(v)
	at := v.Call.Span()
	config := v.Arg("", 1)
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Detail(config.Arg("Description", -1).Str())
	if !config.Is(code.Instance) {
		x.Unresolved("the configuration of "+name, discover.WhyNot(config), at)
		return
	}
	if !v.Ref.Is(steps...) {
		e.FactBecause("loops", model.Yes, "it is called until it gives a final answer", at)
	}
	for _, key := range []string{"Instruction", "MessageModifier"} {
		if text := config.Arg(key, -1); text.Is(code.String) && text.Text != "" {
			x.Prompt(ref, name, text)
		}
	}
	for _, key := range []string{"Model", "ToolCallingModel", "ChatModel", "ToolCallingChatModel", "ChatModelWithFormattedOutput"} {
		if m := config.Arg(key, -1); m != nil {
			for _, one := range x.GoModels(m, name) {
				x.UsesModel(ref, one, m.Node.Span())
			}
			break
		}
	}
	x.GiveGo(x.kit, ref, name, toolsOf(config))
	for _, v := range config.Arg("SubAgents", -1).Members() {
		x.joins(ref, name, v, model.Handoff)
	}
	for _, key := range []string{"MaxStep", "MaxIterations", "MaxIteration"} {
		x.GoLimit("iteration-limit", ref, config.Arg(key, -1))
	}
}

// toolsOf is the list of tools of a configuration: adk's ToolsConfig has compose's inside of it.
func toolsOf(config *code.Value) *code.Value {
	tools := config.Arg("ToolsConfig", -1)
	for range 3 {
		if list := tools.Arg("Tools", -1); list != nil {
			return list
		}
		tools = tools.Arg("ToolsNodeConfig", -1)
	}
	return nil
}

func (x *pass) joins(from discover.Ref, name string, v *code.Value, kind model.FlowKind) {
	for _, one := range v.Each() {
		to, _ := x.actor(one)
		if to.IsZero() {
			x.Unresolved("an agent of "+name, discover.WhyNot(one), one.Node.Span())
			continue
		}
		x.Flow(kind, from, to, one.Node.Span())
	}
}

// workflow describes an agent that only orders others.
func (x *pass) workflow(v *code.Value) {
	ref := x.ref(v)
	if v.Typed() || !x.Once(ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name, at := x.title(v), v.Call.Span()
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).Detail(discover.GoArg(v, "Description").Str())
	for _, sub := range discover.GoArg(v, "SubAgents").Members() {
		x.joins(ref, name, sub, model.Delegation)
	}
	if v.Ref.Last() == "NewLoopAgent" {
		e.FactBecause("loops", model.Yes, "it repeats its steps", at)
		x.GoLimit("iteration-limit", ref, discover.GoArg(v, "MaxIterations"))
	} else {
		e.FactBecause("loops", model.No, "it takes each step once", at)
	}
}

// leader describes a supervisor with the agents under it, or a plan that one agent makes and another carries out.
func (x *pass) leader(v *code.Value) {
	ref := x.ref(v)
	if v.Typed() || !x.Once(ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	if v.Ref.Last() == "SetSubAgents" { // the agent itself, with others to hand over to
		from, _ := x.actor(v.Arg("", 1))
		for _, sub := range v.Arg("", 2).Members() {
			if !from.IsZero() {
				x.joins(from, x.title(v), sub, model.Handoff)
			}
		}
		return
	}
	name := x.title(v)
	x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology)
	for _, key := range []string{"Supervisor", "Planner", "Executor", "Replanner"} {
		if one := discover.GoArg(v, key); one != nil {
			x.joins(ref, name, one, model.Delegation)
		}
	}
	head, _ := x.actor(discover.GoArg(v, "Supervisor"))
	for _, sub := range discover.GoArg(v, "SubAgents").Members() {
		if head.IsZero() {
			x.joins(ref, name, sub, model.Delegation)
		} else {
			x.joins(head, name, sub, model.Handoff)
		}
	}
	x.GoLimit("iteration-limit", ref, discover.GoArg(v, "MaxIterations"))
}

// host describes a model that picks one of several specialists.
func (x *pass) host(v *code.Value) {
	ref := x.ref(v)
	if v.Typed() || !x.Once(ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name, at := x.NameOf(v), v.Call.Span()
	x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology)
	if h := discover.GoArg(v, "Host"); h != nil {
		for _, key := range []string{"ToolCallingModel", "ChatModel"} {
			if m := h.Arg(key, -1); m != nil {
				for _, one := range x.GoModels(m, name) {
					x.UsesModel(ref, one, m.Node.Span())
				}
			}
		}
		if text := h.Arg("SystemPrompt", -1); text != nil {
			x.Prompt(ref, name, text)
		}
	}
	for _, s := range discover.GoArg(v, "Specialists").Members() {
		if !s.Is(code.Instance) || s.Typed() || !s.Ref.Is(specialist...) {
			x.Unresolved("a specialist of "+name, discover.WhyNot(s), s.Node.Span())
			continue
		}
		to := discover.Object(s)
		meta := s.Arg("AgentMeta", -1)
		x.Element(model.Agent, to, x.Title(s, meta.Arg("Name", -1)), s.Site().Span(), s.Call.Span()).Technology(technology).Detail(meta.Arg("IntendedUse", -1).Str())
		if m := s.Arg("ChatModel", -1); m != nil {
			for _, one := range x.GoModels(m, name) {
				x.UsesModel(to, one, m.Node.Span())
			}
		}
		if text := s.Arg("SystemPrompt", -1); text != nil {
			x.Prompt(to, x.Title(s, meta.Arg("Name", -1)), text)
		}
		x.Flow(model.Handoff, ref, to, s.Node.Span())
	}
}

// nodes reads what stands in the nodes of the file's graphs. A graph that holds neither models nor agents nor tools is
// plain code and is left out.
func (x *pass) nodes() {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		last := callee.Text()
		if !strings.HasPrefix(last, "Add") && !strings.HasPrefix(last, "Append") || !strings.HasPrefix(c.Callee.Name, root+"compose.New") {
			continue
		}
		for _, g := range x.Code().Eval(callee.Child(0)).Each() {
			for g != nil && g.Base != nil {
				g = g.Base
			}
			if !g.Is(code.Instance) || g.Typed() || !g.Ref.Is(graphs...) {
				continue
			}
			x.node(g, last, c)
		}
	}
}

func (x *pass) node(g *code.Value, method string, c code.Call) {
	ref, at := discover.Object(g), c.Node.Span()
	held := x.Code().Eval(c.Node.Child(-1))
	for i := 1; i <= 2; i++ {
		if v := x.Code().Eval(c.Node.Child(i)); v.Is(code.Instance) && !v.Typed() {
			held = v
			break
		}
	}
	said := func() {
		if x.Once("graph:" + ref.Key()) {
			x.Element(model.Orchestrator, ref, x.NameOf(g), g.Site().Span(), g.Call.Span()).Technology(technology)
		}
	}
	switch {
	case strings.Contains(method, "ChatModel"):
		if held.Is(code.Instance) || held.Is(code.Choice) {
			said()
			for _, one := range x.GoModels(held, x.NameOf(g)) {
				x.UsesModel(ref, one, at)
			}
		} else {
			said()
			x.Unresolved("the model of "+x.NameOf(g), discover.WhyNot(held), at)
		}
	case strings.Contains(method, "ToolsNode"):
		said()
		x.GiveGo(x.kit, ref, x.NameOf(g), discover.GoArg(held, "Tools"))
	case strings.Contains(method, "Lambda"): // an agent's own Generate as a step
		for _, a := range held.Args() {
			if a.Value.Is(code.External) && a.Value.Base != nil {
				if to, _ := x.actor(a.Value.Base); !to.IsZero() {
					said()
					x.Flow(model.Delegation, ref, to, at)
					return
				}
			}
		}
	}
}

// runner reads which agent is run, and where it keeps its progress.
func (x *pass) runner(v *code.Value) {
	agent := discover.GoArg(v, "Agent")
	for _, one := range agent.Each() {
		ref, kind := x.actor(one)
		if ref.IsZero() {
			continue
		}
		x.GoEntry(kind, ref, "the program runs it", v.Call.Span())
		for _, store := range discover.GoArg(v, "CheckPointStore").Each() {
			if store.Is(code.Instance) && !store.Typed() {
				memory := discover.Object(store)
				x.Element(model.Memory, memory, x.NameOf(store), store.Call.Span()).Technology(technology)
				x.Remembers(ref, memory, store.Node.Span())
			}
		}
	}
}

// other knows agents as tools.
func (x *pass) other(agent discover.Ref, name string, v *code.Value) (called []discover.Ref, mine bool) {
	if !v.Is(code.Instance) || v.Typed() || !v.Ref.Is(root+"adk.NewAgentTool") {
		return nil, false
	}
	for _, one := range v.Arg("", 1).Each() {
		to, _ := x.actor(one)
		if to.IsZero() {
			x.Unresolved("an agent that "+name+" calls as a tool", discover.WhyNot(one), v.Call.Span())
			continue
		}
		x.Flow(model.Delegation, agent, to, v.Call.Span()).Label("as a tool")
	}
	return nil, true
}
