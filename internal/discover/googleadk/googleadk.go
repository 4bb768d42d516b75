// Package googleadk reads programs written with Google's Agent Development Kit for Python, TypeScript and Go.
//
// It finds agents (LlmAgent and its short name Agent), the agents that only order others (sequential, parallel, loop,
// classes of the project's own) as orchestrators, transfers to sub-agents, agents as tools, function tools, MCP
// toolsets, ready-made and provider tools, code executors, remote agents and agents that are served over A2A, the
// callbacks that can answer in a model's or tool's place, and the services that keep sessions and memory.
//
// # What it does not do
//
// An agent without a model takes its parent's; that is not reported as a use of it. Planners, schemas of output and
// evaluation sets are not modelled. What passes between steps through the session's state is not followed.
package googleadk

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds systems of Google's Agent Development Kit.
var Extractor = &discover.Extractor{
	Name:    "googleadk",
	Doc:     "Google ADK (Python, TypeScript, Go): agents, workflow agents, sub-agents, tools, MCP toolsets, A2A, callbacks, sessions and memory.",
	Match:   matches,
	Imports: []string{"google.adk", "@google/adk", "google.golang.org/adk"},
	Run:     run,
}

func matches(path string) bool { return discover.PythonOrScript(path) || discover.GoCode(path) }

const technology = "google-adk"

var (
	llmAgents    = []string{"google.adk.Agent", "google.adk.agents.Agent", "google.adk.**.LlmAgent", "google.adk.agents.**.Agent", "@google/adk.LlmAgent", "@google/adk.Agent"}
	flowAgents   = []string{"google.adk.**.SequentialAgent", "google.adk.**.ParallelAgent", "google.adk.**.LoopAgent", "google.adk.**.LangGraphAgent", "@google/adk.SequentialAgent", "@google/adk.ParallelAgent", "@google/adk.LoopAgent", "@google/adk.RoutedAgent"}
	baseAgents   = []string{"google.adk.**.BaseAgent", "@google/adk.BaseAgent"}
	remoteAgents = []string{"google.adk.**.RemoteA2aAgent", "@google/adk.RemoteA2AAgent", "@google/adk.RemoteA2aAgent"}
	runners      = []string{"google.adk.**.Runner", "google.adk.**.InMemoryRunner", "google.adk.**.App", "google.adk.**.AdkApp", "vertexai.**.AdkApp", "google.adk.apps.App", "@google/adk.Runner", "@google/adk.InMemoryRunner"}
	toolsets     = []string{"google.adk.**.MCPToolset", "google.adk.**.McpToolset", "google.adk.**.MCPToolset.from_server", "@google/adk.MCPToolset", "@google/adk.McpToolset"}
)

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	if discover.GoCode(p.Path()) {
		x.golang()
		return nil
	}
	x.box = &discover.Toolbox{
		Technology: technology,
		Wrappers: []discover.Wrapper{
			{Patterns: []string{"google.adk.**.FunctionTool", "google.adk.**.LongRunningFunctionTool"}, Func: "func", Position: 0},
			{Patterns: []string{"@google/adk.FunctionTool", "@google/adk.LongRunningFunctionTool"}, Func: "execute", Position: -1},
		},
		Classes:  []string{"google.adk.**.BaseTool", "google.adk.**.BaseToolset", "google.adk.**.FunctionTool", "google.adk.**.LongRunningFunctionTool", "google.adk.**.BaseRetrievalTool", "@google/adk.BaseTool", "@google/adk.BaseToolset"},
		Methods:  []string{"run_async", "runAsync", "_run_async_impl", "call", "get_tools", "getTools"},
		Products: []string{"google.adk.tools"},
		Other:    x.otherTool,
	}
	r := p.Code()
	for _, v := range r.Instances(llmAgents...) {
		x.agent(v)
	}
	for _, v := range r.Instances(append(append([]string{}, flowAgents...), baseAgents...)...) {
		x.workflow(v)
	}
	for _, v := range r.Instances("@google/adk.Workflow") {
		x.steps(v)
	}
	for _, v := range r.Instances(remoteAgents...) {
		x.remote(v)
	}
	for _, v := range r.Instances(runners...) {
		x.runner(v)
	}
	for _, c := range r.CallsTo("google.adk.**.to_a2a", "@google/adk.toA2a") {
		x.served(c.Node)
	}
	for _, c := range r.CallsTo("google.adk.**.AgentTool.run_async", "@google/adk.AgentTool.runAsync") {
		x.asks(c.Node)
	}
	x.root()
	x.changes()
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	box *discover.Toolbox
	kit *discover.GoKit
}

// actor names an agent of any kind, and says of which; the zero Ref when a value is none.
func (x *pass) actor(v *code.Value) (discover.Ref, model.Kind) {
	if !v.Is(code.Instance) || v.Typed() || v.Base != nil {
		return discover.Ref{}, ""
	}
	switch r := x.Code(); {
	case r.Derives(v.Ref, remoteAgents...):
		return discover.Object(v), model.External
	case r.Derives(v.Ref, llmAgents...):
		return x.ref(v), model.Agent
	case r.Derives(v.Ref, flowAgents...), r.Derives(v.Ref, baseAgents...):
		return x.ref(v), model.Orchestrator
	case v.Ref.Is("@google/adk.Workflow"):
		return discover.Object(v), model.Orchestrator
	}
	return discover.Ref{}, ""
}

func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "instruction", Position: -1},
		discover.Telling{Name: "tools", Position: -1}, discover.Telling{Name: "sub_agents", Position: -1})
}

// agent describes an agent with a model.
func (x *pass) agent(v *code.Value) {
	if v.Typed() || v.Base != nil {
		return
	}
	ref := x.ref(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	at := v.Call.Span()
	if spread := v.Spread(); spread != nil {
		x.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Detail(v.Arg("description", -1).Str()).
		FactBecause("loops", model.Yes, "the runner calls it until it gives a final answer", at)
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	for _, key := range []string{"instruction", "static_instruction", "global_instruction"} {
		if text := v.Arg(key, -1); text != nil && !text.Is(code.Null) {
			x.Prompt(ref, name, filled(text))
			break
		}
	}
	if m := v.Arg("model", -1); m != nil && m.Str() != "" || m != nil && !m.Is(code.String) {
		for _, one := range x.ModelObjects(m, name, modelClasses) {
			x.UsesModel(ref, one, m.Node.Span())
		}
	}
	x.Give(x.box, ref, name, v.Arg("tools", -1))
	x.subAgents(ref, name, v.Arg("sub_agents", -1), model.Handoff)
	x.callbacks(ref, name, v)
	if executor := v.Arg("code_executor", -1); executor != nil && !executor.Is(code.Null) {
		x.executor(ref, name, executor)
	}
}

// filled adds a hole for each piece of the session's state that ADK writes into an instruction: "{topic}".
func filled(v *code.Value) *code.Value {
	if !v.Is(code.String) || len(v.Holes) > 0 || !strings.Contains(v.Text, "{") {
		return v
	}
	with := *v
	for rest := v.Text; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			break
		}
		rest = tail
		bare := strings.TrimSuffix(strings.TrimPrefix(name, "app:"), "?")
		if isWord(bare) {
			with.Holes = append(with.Holes, code.Hole{Name: name, Value: &code.Value{Kind: code.Unknown, Node: v.Node, Text: "it is of the session's state"}})
		}
	}
	return &with
}

func isWord(s string) bool {
	for _, r := range s {
		if r != '_' && r != ':' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != "" && len(s) < 60
}

// subAgents records to whom an agent transfers, or to whom an orchestrator gives turns.
func (x *pass) subAgents(ref discover.Ref, name string, list *code.Value, kind model.FlowKind) {
	for _, v := range list.Members() {
		to, what := x.actor(v)
		if to.IsZero() {
			x.Unresolved("a sub-agent of "+name, discover.WhyNot(v), v.Node.Span())
			continue
		}
		if what == model.External && kind == model.Handoff {
			x.Flow(model.Delegation, ref, to, v.Node.Span())
			continue
		}
		x.Flow(kind, ref, to, v.Node.Span())
	}
}

// workflow describes an agent that only orders others. A class of the project's own decides in code.
func (x *pass) workflow(v *code.Value) {
	if v.Typed() || v.Base != nil || x.Code().Derives(v.Ref, llmAgents...) || x.Code().Derives(v.Ref, remoteAgents...) {
		return
	}
	ref := x.ref(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	at := v.Call.Span()
	e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).Detail(v.Arg("description", -1).Str()).Alias(v.Ref.Last())
	x.subAgents(ref, name, v.Arg("sub_agents", -1), model.Delegation)
	switch {
	case x.Code().Derives(v.Ref, "google.adk.**.LoopAgent", "@google/adk.LoopAgent"):
		e.FactBecause("loops", model.Yes, "it repeats its steps", at)
		x.Limit("iteration-limit", ref, v.Arg("max_iterations", -1))
	case x.Code().Derives(v.Ref, flowAgents...):
		e.FactBecause("loops", model.No, "it takes each step once", at)
	default:
		for _, a := range v.Args() { // the agents that a class of the project's own is given by name
			if a.Key.Str() == "sub_agents" {
				continue
			}
			for _, one := range a.Value.Members() {
				if to, _ := x.actor(one); !to.IsZero() {
					x.Flow(model.Delegation, ref, to, one.Node.Span())
				}
			}
		}
	}
	x.callbacks(ref, name, v)
}

// steps describes a graph of steps (TypeScript): it gives turns to the agents among them. Which step follows which is not
// followed.
func (x *pass) steps(v *code.Value) {
	if v.Typed() || !x.Once("agent:"+discover.Object(v).Key()) {
		return
	}
	ref := discover.Object(v)
	x.Element(model.Orchestrator, ref, x.Title(v, v.Arg("name", -1)), v.Call.Span()).Technology(technology).Detail(v.Arg("description", -1).Str())
	for _, one := range v.Arg("edges", -1).Members() {
		if to, _ := x.actor(one); !to.IsZero() {
			x.Flow(model.Delegation, ref, to, one.Node.Span())
		}
	}
}

// remote describes an agent elsewhere that is reached over A2A.
func (x *pass) remote(v *code.Value) {
	if v.Typed() {
		return
	}
	ref := discover.Object(v)
	at := v.Call.Span()
	card := v.Arg("agent_card", -1)
	e := x.Element(model.External, ref, x.Title(v, v.Arg("name", 0)), at).Technology("a2a").Fact("role", "remote-agent", at)
	e.Detail(v.Arg("description", -1).Str())
	if url := x.Address(card); strings.Contains(url, "://") {
		e.Alias(url)
		x.A2ASame(ref, "", url)
		if discover.IsLoopback(url) {
			e.FactBecause("third-party", model.No, "it is reached on this machine", at)
		}
	}
}

// served: an agent that is offered to others over A2A.
func (x *pass) served(n syntax.Node) {
	for _, call := range x.Code().Eval(n).Each() {
		agent, kind := x.actor(call.Arg("agent", 0))
		if agent.IsZero() {
			continue
		}
		at := n.Span()
		x.Element(kind, agent, "").FactBecause("entry", model.Yes, "it is served over A2A", at)
		ref := discover.Of(agent, "a2a")
		x.Element(model.Service, ref, "A2A server", at).Technology("a2a").Fact("transport", "http", at)
		x.Flow(model.Provides, ref, agent, at)
		x.Flow(model.PromptFlow, ref, agent, at)
		port := "8000"
		if n := call.Arg("port", -1); n.Is(code.Number) {
			port = n.Text
		}
		x.A2AServed(ref, call.Arg("agent", 0).Arg("name", -1).Str(), "http://localhost:"+port)
	}
}

// asks: a tool's function that calls an agent by hand passes on what it was told.
func (x *pass) asks(call syntax.Node) {
	for up := call.Parent(); !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.FuncDef) {
			continue
		}
		for _, run := range x.Code().Eval(call).Each() {
			if run.Base == nil {
				continue
			}
			for _, one := range run.Base.Arg("agent", 0).Each() {
				if to, _ := x.actor(one); !to.IsZero() {
					x.Flow(model.Message, discover.Definition(x.Code().DefinitionOf(up)), to, call.Span())
				}
			}
		}
		return
	}
}

// root: the command line of ADK runs what a module calls root_agent.
func (x *pass) root() {
	for n := range x.Tree().Root().Children() {
		if n.Is(syntax.Export) {
			n = n.Child(0)
		}
		if !n.Is(syntax.Assign) || !n.Child(0).Is(syntax.Name) || !n.Child(0).TextIs("root_agent") && !n.Child(0).TextIs("rootAgent") {
			continue
		}
		for _, v := range x.Code().Eval(n.Child(1)).Each() {
			if ref, kind := x.actor(v); !ref.IsZero() && kind != model.External {
				x.Element(kind, ref, "").FactBecause("entry", model.Yes, "it is the root agent", n.Child(0).Span())
			}
		}
	}
}

// runner reads who is run, and where sessions and memories are kept.
func (x *pass) runner(v *code.Value) {
	if v.Typed() {
		return
	}
	for _, key := range []string{"agent", "root_agent"} {
		position := -1
		if key == "agent" && strings.HasSuffix(v.Ref.Last(), "Runner") {
			position = 0
		}
		for _, one := range v.Arg(key, position).Each() {
			ref, kind := x.actor(one)
			if ref.IsZero() || kind == model.External {
				continue
			}
			x.Element(kind, ref, "").Fact("entry", model.Yes, v.Call.Span())
			for _, service := range []string{"session_service", "memory_service"} {
				for _, s := range v.Arg(service, -1).Each() {
					x.service(ref, s)
				}
			}
		}
	}
}

// service is where conversations or memories are kept.
func (x *pass) service(agent discover.Ref, v *code.Value) {
	if !v.Is(code.Instance) || v.Typed() || !x.Code().Derives(v.Ref, "google.adk.**.*Service", "@google/adk.*Service") {
		return
	}
	ref := discover.Object(v)
	at := v.Call.Span()
	if x.Once("service:" + ref.Key()) {
		e := x.Element(model.Memory, ref, x.NameOf(v), at).Technology(technology).Alias(v.Ref.Last())
		switch last := v.Ref.Last(); {
		case strings.HasPrefix(last, "InMemory"):
			e.FactBecause("persistent", model.No, "it is kept in the process", at)
		case strings.HasPrefix(last, "Database"):
			e.FactBecause("persistent", model.Yes, "it is kept in a database", at)
		case strings.HasPrefix(last, "VertexAi"):
			e.Technology("google-vertex").FactBecause("persistent", model.Yes, "the provider keeps it", at).
				FactBecause("third-party", model.Yes, "the provider google-vertex keeps it", at)
		}
	}
	x.Remembers(agent, ref, at)
}

// changes looks at agents that are completed after they were made.
func (x *pass) changes() {
	for _, attr := range []string{"tools", "sub_agents", "before_model_callback", "after_model_callback", "before_tool_callback"} {
		for _, w := range x.Code().Writes(attr) {
			ref, kind := x.actor(w.Target)
			if ref.IsZero() || kind == model.External {
				continue
			}
			name := x.Title(w.Target, w.Target.Arg("name", -1))
			switch {
			case attr == "tools":
				x.Give(x.box, ref, name, w.Value)
			case attr == "sub_agents" && kind == model.Agent:
				x.subAgents(ref, name, w.Value, model.Handoff)
			case attr == "sub_agents":
				x.subAgents(ref, name, w.Value, model.Delegation)
			default:
				x.callback(ref, name, attr, w.Value)
			}
		}
	}
}
