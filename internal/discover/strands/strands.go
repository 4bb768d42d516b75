// Package strands reads programs written with Strands Agents for Python and TypeScript.
//
// It finds agents, their tools (decorated functions, modules, the tools package, MCP clients, other agents), graphs and
// swarms, models with their guardrails, sessions that are kept, hooks that stop a tool or ask a person, and agents that
// are served or asked over A2A.
//
// # What it does not do
//
// Tools that are loaded from a folder when the program runs are not listed. Conversation managers are not modelled. Of
// TypeScript hooks, graphs and A2A are not read.
package strands

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds Strands Agents systems in Python and TypeScript.
var Extractor = &discover.Extractor{
	Name:    "strands",
	Doc:     "Strands Agents: agents, tools, MCP clients, graphs, swarms, guardrails, sessions, hooks and A2A.",
	Match:   discover.PythonOrScript,
	Imports: []string{"strands", "strands_tools", "@strands-agents/sdk"},
	Run:     run,
}

const (
	technology = "strands"
	scriptSDK  = "@strands-agents/sdk" // its parts are imported from below it: @strands-agents/sdk/models/openai
)

var (
	agentNames = []string{"strands.Agent", "strands.agent.Agent", "strands.agent.agent.Agent", "strands.experimental.**.BidiAgent", scriptSDK + ".Agent"}
	teamNames  = []string{"strands.multiagent.Swarm", "strands.multiagent.**.Swarm", scriptSDK + "**.Swarm"}
	builders   = []string{"strands.multiagent.GraphBuilder", "strands.multiagent.**.GraphBuilder"}
	toolNames  = []string{"strands.tool", "strands.tools.tool", "strands.tools.decorator.tool"}
	mcpNames   = []string{"strands.tools.mcp.MCPClient", "strands.tools.mcp.**.MCPClient", scriptSDK + ".McpClient"}
	sessions   = []string{"strands.session.**.*SessionManager", "bedrock_agentcore.memory.**.*SessionManager", "strands.session.*SessionManager", scriptSDK + "**.SessionManager"}
	remotes    = []string{"strands.agent.a2a_agent.A2AAgent", "strands.agent.**.A2AAgent"}
)

var modelClasses = []discover.ModelClass{
	{Pattern: scriptSDK + "**.BedrockModel", Provider: "aws-bedrock", Args: []string{"model_id"}, Position: -1},
	{Pattern: scriptSDK + "**.AnthropicModel", Provider: "anthropic", Args: []string{"model_id"}, Position: -1},
	{Pattern: scriptSDK + "**.OpenAI*Model", Provider: "openai", Args: []string{"model_id"}, Position: -1},
	{Pattern: scriptSDK + "**.G*Model", Provider: "google", Args: []string{"model_id"}, Position: -1},
	{Pattern: scriptSDK + "**.*Model", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.BedrockModel", Provider: "aws-bedrock", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.BedrockModel", Provider: "aws-bedrock", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.AnthropicModel", Provider: "anthropic", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.OpenAI*Model", Provider: "openai", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.GeminiModel", Provider: "google", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.LiteLLMModel", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.OllamaModel", Provider: "ollama", Args: []string{"model_id"}, Position: 1},
	{Pattern: "strands.models.**.LlamaCppModel", Provider: "llamacpp", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.MistralModel", Provider: "mistral", Args: []string{"model_id"}, Position: -1},
	{Pattern: "strands.models.**.SageMakerAIModel", Provider: "aws-sagemaker", Args: []string{"endpoint_config"}, Position: -1},
	{Pattern: "strands.models.**.*Model", Args: []string{"model_id"}, Position: -1},
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	var calls []string
	for _, verb := range []string{"invoke_async", "stream_async", "structured_output", "structured_output_async"} {
		calls = append(calls, "strands.Agent."+verb, "strands.multiagent.Swarm."+verb, "strands.multiagent.graph.Graph."+verb)
	}
	calls = append(calls, scriptSDK+".Agent.invoke", scriptSDK+".Agent.stream", scriptSDK+"**.Swarm.invoke", scriptSDK+"**.Swarm.stream")
	x.sites = &discover.RunSites{Calls: append(calls, lambdaCalls...), Direct: append(append([]string{"strands.multiagent.GraphBuilder.build", "strands.multiagent.**.GraphBuilder.build"}, agentNames...), teamNames...), Tools: toolNames, Starts: x.starts}
	x.box = &discover.Toolbox{
		Technology: technology, Decorators: toolNames, Classes: []string{"strands.types.tools.AgentTool", "strands.tools.tools.PythonAgentTool"}, Methods: []string{"stream", "invoke"},
		Wrappers: []discover.Wrapper{{Patterns: []string{"strands.tools.**.PythonAgentTool"}, Func: "tool_func", Position: 2}, {Patterns: []string{scriptSDK + ".tool", scriptSDK + ".FunctionTool"}, Func: "callback", Position: -1}},
		Products: []string{"strands_tools", scriptSDK + "/vended-tools", scriptSDK + "/vended_tools"}, Other: x.otherTool, Sites: x.sites,
	}
	x.sites.Box = x.box
	r := p.Code()
	for _, v := range r.Instances(agentNames...) {
		x.agent(v)
	}
	for _, v := range r.Instances(teamNames...) {
		x.swarm(v)
	}
	for _, v := range r.Instances(builders...) {
		x.graph(v)
	}
	for _, v := range r.Instances(remotes...) {
		x.remote(v)
	}
	for _, d := range r.DecoratedBy(toolNames...) {
		if d.Def.Kind == code.FuncDef {
			x.GiveFunction(x.box, discover.Ref{}, d.Def)
		}
	}
	x.served()
	x.direct()
	x.Runs(x.sites)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	box   *discover.Toolbox
	sites *discover.RunSites
}

// actor names an agent, a swarm, a graph or a remote agent, and says which.
func (x *pass) actor(v *code.Value) (discover.Ref, model.Kind) {
	if !v.Is(code.Instance) || v.Typed() {
		return discover.Ref{}, ""
	}
	r := x.Code()
	if v.Ref.Last() == "build" && v.Base != nil && r.Derives(v.Root().Ref, builders...) {
		return discover.Object(v.Root()), model.Orchestrator
	}
	if v.Base != nil || v.Call.Child(0).IsZero() || x.called(v) {
		return discover.Ref{}, ""
	}
	switch {
	case r.Derives(v.Ref, agentNames...):
		return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "system_prompt", Position: -1}, discover.Telling{Name: "tools", Position: -1}), model.Agent
	case r.Derives(v.Ref, teamNames...):
		return discover.Object(v), model.Orchestrator
	case r.Derives(v.Ref, remotes...):
		return discover.Object(v), model.External
	}
	return discover.Ref{}, ""
}

// called tells whether a value is what calling an agent gave: agent("hello") is an answer, no agent.
func (x *pass) called(v *code.Value) bool {
	callee := v.Call.Child(0)
	if !callee.Is(syntax.Name, syntax.Attr) {
		return false
	}
	for _, one := range v.Inside(callee).Each() {
		if one.Is(code.Instance) {
			return true
		}
	}
	return false
}

func (x *pass) agent(v *code.Value) {
	ref, kind := x.actor(v)
	if ref.IsZero() || kind != model.Agent || !x.Once("agent:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	at := v.Call.Span()
	if spread := v.Spread(); spread != nil {
		x.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Detail(v.Arg("description", -1).Str())
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	x.Prompt(ref, name, v.Arg("system_prompt", -1))
	x.model(ref, name, v)
	if x.Give(x.box, ref, name, v.Arg("tools", -1)) > 0 {
		e.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", at)
	}
	if load := v.Arg("load_tools_from_directory", -1); load.Is(code.Bool) && load.Text == "true" {
		e.FactBecause("self-modifying", model.Yes, "it loads what lies in its tools folder while it runs", load.Node.Span())
	}
	for _, s := range v.Arg("session_manager", -1).Each() {
		x.session(ref, s)
	}
	for _, h := range v.Arg("hooks", -1).Members() {
		x.hook(ref, name, h, v.Arg("tools", -1))
	}
	for _, p := range v.Arg("plugins", -1).Members() {
		if !x.steering(ref, p) {
			x.hook(ref, name, p, v.Arg("tools", -1))
		}
	}
}

// steering: a plugin of the library that asks a model about each tool call, and keeps back what that refuses.
func (x *pass) steering(agent discover.Ref, v *code.Value) bool {
	if !v.Is(code.Instance) || v.Typed() || !x.Code().Derives(v.Ref, "strands.**.LLMSteeringHandler") {
		return false
	}
	guard := discover.Object(v)
	at := v.Call.Span()
	if x.Once("steering:" + guard.Key()) {
		x.Element(model.Guardrail, guard, x.NameOf(v), at).Technology(technology).Alias(v.Ref.Last()).Detail("asks a model about each tool call")
	}
	x.Flow(model.Enforces, guard, agent, v.Node.Span())
	x.Control("judge-model", agent, guard, model.Evidenced, at)
	return true
}

// model finds whom an agent asks; without a model it is the library's default at Bedrock.
func (x *pass) model(agent discover.Ref, name string, v *code.Value) {
	m := v.Arg("model", 0)
	at := v.Call.Span()
	if m == nil || m.Is(code.Null) {
		ref := discover.Named(model.Model, "strands-default")
		x.Element(model.Model, ref, "Strands default model", at).Technology("aws-bedrock").Detail("no model is named: the library's default at Bedrock").
			Fact("provider", "aws-bedrock", at).
			FactBecause("third-party", model.Yes, "the provider aws-bedrock runs it", at).
			FactBecause("pinned", model.No, "no model is named, so the library's version decides", at)
		x.UsesModel(agent, ref, at)
		return
	}
	for _, one := range m.Each() {
		if one.Is(code.String) || one.Is(code.Env) { // a name means a model of Bedrock
			x.UsesModel(agent, x.Model(one, "aws-bedrock"), one.Node.Span())
			continue
		}
		for _, ref := range x.ModelObjects(one, name, modelClasses) {
			x.UsesModel(agent, ref, one.Node.Span())
		}
		if id := one.Arg("guardrail_id", -1); id != nil && !id.Is(code.Null) {
			guard := discover.Of(discover.Object(one), "guardrail")
			x.Element(model.Guardrail, guard, "Bedrock guardrail", id.Node.Span()).Technology("aws-bedrock").Fact("third-party", model.Yes, id.Node.Span())
			x.Flow(model.Enforces, guard, agent, id.Node.Span())
			x.Control("input-guardrail", agent, guard, model.Evidenced, id.Node.Span())
			x.Control("output-guardrail", agent, guard, model.Evidenced, id.Node.Span())
		}
	}
}

// session is where an agent's conversation is kept.
func (x *pass) session(agent discover.Ref, v *code.Value) {
	if !v.Is(code.Instance) || v.Typed() || !x.Code().Derives(v.Ref, sessions...) {
		return
	}
	ref := discover.Object(v)
	at := v.Call.Span()
	if x.Once("session:" + ref.Key()) {
		e := x.Element(model.Memory, ref, x.NameOf(v), at).Technology(technology).Alias(v.Ref.Last()).FactBecause("persistent", model.Yes, "it is kept between runs", at)
		switch last := v.Ref.Last(); {
		case strings.HasPrefix(last, "S3"):
			e.Technology("aws-s3")
		case strings.HasPrefix(last, "AgentCore"):
			e.Technology("aws-agentcore").FactBecause("third-party", model.Yes, "the provider keeps it", at)
		}
	}
	x.Remembers(agent, ref, at)
}

// hook: a class of the project that stops tools, or asks a person before they run.
func (x *pass) hook(agent discover.Ref, owner string, v, tools *code.Value) {
	def := v.RefOf().Def
	if def == nil || def.Kind != code.ClassDef {
		return
	}
	ref := discover.Definition(def)
	at := discover.Headline(def.Node)
	asks, stops := false, false
	def.Node.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("interrupt"):
			asks = true
		case cancels(n):
			stops = true
		}
		return true
	})
	if !asks && !stops {
		return // it looks on
	}
	x.Element(model.Guardrail, ref, def.Last(), at).Technology(technology).Detail(def.Doc())
	x.Flow(model.Enforces, ref, agent, v.Node.Span())
	if asks {
		x.Control("human-approval", agent, ref, model.Evidenced, v.Node.Span())
		return
	}
	policy := x.PolicyOf(def.Node, cancels)
	switch {
	case !policy.Counts:
		x.Unresolved("what "+def.Last()+" lets through", discover.WhyNoPolicy, v.Node.Span())
	case len(policy.Only) == 0:
		x.Control("argument-policy", agent, ref, model.Evidenced, v.Node.Span())
	default:
		x.Unresolved("what "+def.Last()+" lets through", discover.WhyOnlySome, v.Node.Span())
		for _, tool := range tools.Members() {
			if d := tool.RefOf().Def; d != nil && slices.Contains(policy.Only, d.Last()) {
				for _, on := range x.Tools(x.box, agent, owner, tool) {
					x.Control("argument-policy", discover.FlowRef(model.ToolCall, agent, on), ref, model.Evidenced, v.Node.Span())
				}
			}
		}
	}
}

// cancels tells whether a statement keeps a tool from being called.
func cancels(n syntax.Node) bool {
	return n.Is(syntax.Assign) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("cancel_tool")
}

// swarm: agents that hand a task to each other.
func (x *pass) swarm(v *code.Value) {
	ref, kind := x.actor(v)
	if ref.IsZero() || kind != model.Orchestrator || !x.Once("team:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.NameOf(v)
	at := v.Call.Span()
	x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).
		FactBecause("loops", model.Yes, "its agents hand on until one answers", at).
		FactBecause("shared-state", model.Yes, "its agents share a context", at)
	var members []discover.Ref
	for _, one := range v.Arg("nodes", 0).Members() {
		if to, _ := x.actor(one); !to.IsZero() {
			members = append(members, to)
			x.Flow(model.Delegation, ref, to, one.Node.Span())
		} else {
			x.Unresolved("a member of "+name, discover.WhyNot(one), one.Node.Span())
		}
	}
	for _, from := range members {
		for _, to := range members {
			if from.Key() != to.Key() {
				x.Flow(model.Handoff, from, to, at)
			}
		}
	}
	x.Limit("iteration-limit", ref, v.Arg("max_handoffs", -1))
	x.Limit("iteration-limit", ref, v.Arg("max_iterations", -1))
	x.Limit("timeout", ref, v.Arg("execution_timeout", -1))
}

// graph: nodes and edges that calls on a builder add.
func (x *pass) graph(v *code.Value) {
	if v.Typed() || v.Base != nil || v.Call.IsZero() {
		return
	}
	ref := discover.Object(v)
	if !x.Once("team:" + ref.Key()) {
		return
	}
	name := x.NameOf(v)
	nodes := map[string]discover.Ref{}
	x.Element(model.Orchestrator, ref, name, v.Call.Span()).Technology(technology)
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) {
			continue
		}
		verb := callee.Text()
		if verb != "add_node" && verb != "add_edge" && verb != "set_execution_timeout" && verb != "set_max_node_executions" {
			continue
		}
		for _, run := range x.CallAs(c.Node) {
			if run.Base == nil || run.Base.Root().Key() != v.Key() {
				continue
			}
			switch verb {
			case "add_node":
				to, _ := x.actor(run.Arg("executor", 0))
				if to.IsZero() {
					x.Unresolved("a node of "+name, discover.WhyNot(run.Arg("executor", 0)), c.Node.Span())
					continue
				}
				nodes[run.Arg("node_id", 1).Str()] = to
				x.Flow(model.Delegation, ref, to, c.Node.Span())
			case "add_edge":
				from, to := nodes[run.Arg("from_node", 0).Str()], nodes[run.Arg("to_node", 1).Str()]
				x.Flow(model.Message, from, to, c.Node.Span())
			case "set_execution_timeout":
				x.Limit("timeout", ref, run.Arg("timeout", 0))
			case "set_max_node_executions":
				x.Limit("iteration-limit", ref, run.Arg("max_executions", 0))
			}
		}
	}
}

// remote describes an agent elsewhere that is reached over A2A.
func (x *pass) remote(v *code.Value) {
	if v.Typed() || v.Base != nil || x.called(v) {
		return
	}
	at := v.Call.Span()
	e := x.Element(model.External, discover.Object(v), x.Title(v, v.Arg("name", -1)), at).Technology("a2a").Fact("role", "remote-agent", at)
	if url := x.Address(v.Arg("endpoint", 0)); url != "" {
		e.Alias(url)
		x.A2ASame(discover.Object(v), "", url)
		if discover.IsLoopback(url) {
			e.FactBecause("third-party", model.No, "it is reached on this machine", at)
		}
	}
}

// served: an agent that is offered to others over A2A.
func (x *pass) served() {
	for _, v := range x.Code().Instances("strands.multiagent.a2a.A2AServer", "strands.multiagent.a2a.**.A2AServer") {
		if v.Typed() {
			continue
		}
		agent, kind := x.actor(v.Arg("agent", 0))
		if agent.IsZero() || kind == model.External {
			continue
		}
		at := v.Call.Span()
		x.Element(kind, agent, "").FactBecause("entry", model.Yes, "it is served over A2A", at)
		ref := discover.Of(agent, "a2a")
		x.Element(model.Service, ref, "A2A server", at).Technology("a2a").Fact("transport", "http", at)
		x.Flow(model.Provides, ref, agent, at)
		x.Flow(model.PromptFlow, ref, agent, at)
		port := "9000"
		if n := v.Arg("port", -1); n.Is(code.Number) {
			port = n.Text
		}
		x.A2AServed(ref, v.Arg("agent", 0).Arg("name", -1).Str(), "http://localhost:"+port)
	}
}

func (x *pass) starts(run *code.Value) []discover.Started {
	if there := x.deployed(run); len(there) > 0 {
		return there
	}
	for _, on := range run.Base.Each() {
		if ref, kind := x.actor(on); !ref.IsZero() && kind != model.External {
			return []discover.Started{{Ref: ref, Kind: kind}}
		}
	}
	return nil
}

// otherTool knows what Strands takes as a tool beyond functions.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	at := v.Node.Span()
	switch {
	case v.Is(code.Package):
		return x.module(agent, name, v), true
	case v.Is(code.External) && v.Ref.Is("strands_tools.*", "strands_tools.*.*") && strings.Count(v.Ref.Name, ".") >= 1:
		return []discover.Ref{x.packaged(v)}, true
	case !v.Is(code.Instance) || v.Typed():
		return nil, false
	}
	root := v.Root()
	if to, kind := x.actor(v); !to.IsZero() {
		flow := x.Flow(model.Delegation, agent, to, at)
		if kind == model.External {
			flow.Fact("remote", model.Yes, at)
		}
		return nil, true
	}
	switch {
	case v.Base != nil && v.Ref.Last() == "as_tool":
		if to, _ := x.actor(v.Base); !to.IsZero() {
			x.Flow(model.Delegation, agent, to, at)
			return nil, true
		}
	case x.Code().Derives(root.Ref, mcpNames...):
		ref := discover.Object(root)
		if x.Once("server:" + ref.Key()) {
			x.MCPGiven(ref, "", root, root.Call.Span())
			if filters := root.Arg("tool_filters", -1); filters != nil && !filters.Is(code.Null) {
				x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, filters.Node.Span())
			}
		}
		return []discover.Ref{ref}, true
	case root.Ref.Is("strands_tools.**"): // AgentCoreCodeInterpreter(…).code_interpreter
		return []discover.Ref{x.ReadyTool(x.box, root)}, true
	}
	return nil, false
}

// packaged is a module of the tools package, or the function of the same name in it.
func (x *pass) packaged(v *code.Value) discover.Ref {
	last := v.Ref.Last()
	at := v.Node.Span()
	file := x.Path()
	if t := v.Node.Tree(); t != nil {
		file = t.File.Path()
	}
	ref := discover.Local(file, last) // agents that are deployed apart have each their own
	e := x.Element(model.Tool, ref, last, at)
	if info, ok := discover.ProductNamed("strands_tools." + last); ok {
		e.Product(info, at)
	} else {
		e.Technology(technology).FactBecause("third-party", model.Yes, "it comes from the library strands_tools", at)
	}
	return ref
}

// module is a module of the project that is given as a tool: the function of its name in it does the work.
func (x *pass) module(agent discover.Ref, name string, v *code.Value) []discover.Ref {
	if v.Ref.Is("strands_tools.*") {
		return []discover.Ref{x.packaged(v)}
	}
	for _, path := range x.Code().Program().Imported(x.Path(), v.Ref.Name) {
		module := x.Code().Program().Module(path)
		if module == nil {
			continue
		}
		var all []discover.Ref
		for n := range module.Tree().Root().Children() {
			if !n.Is(syntax.FuncDef) {
				continue
			}
			def := x.Code().DefinitionOf(n)
			if def == nil {
				continue
			}
			decorated := false
			for _, d := range x.Code().Decorators(def) {
				decorated = decorated || d.Decorator.Is(toolNames...)
			}
			if decorated || n.TextIs(v.Ref.Last()) {
				all = append(all, x.GiveFunction(x.box, agent, def))
			}
		}
		if len(all) > 0 {
			return all
		}
	}
	x.UnresolvedTools("a tool of "+name, "no function of the module "+v.Ref.Name+" is a tool", v.Node.Span())
	return nil
}
