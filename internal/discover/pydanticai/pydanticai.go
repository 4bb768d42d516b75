// Package pydanticai reads programs written with Pydantic AI.
//
// It finds agents, their models (names, model objects, fallbacks), instructions from arguments and decorators, tools
// from lists, decorators and toolsets, the provider's own tools, MCP servers, agents that a tool's function asks,
// output validators as checks, limits of use, approvals, and graphs whose nodes run agents.
//
// # What it does not do
//
// Output types are not modelled. Hooks, history processors and durable execution are passed over. Servers that are
// loaded from an MCP configuration are left to the extractor of such files.
package pydanticai

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds Pydantic AI systems in Python.
var Extractor = &discover.Extractor{
	Name:    "pydanticai",
	Doc:     "Pydantic AI: agents, tools and toolsets, MCP servers, delegation, output validators, limits and graphs.",
	Match:   discover.PythonCode,
	Imports: []string{"pydantic_ai", "pydantic_graph"},
	Run:     run,
}

const technology = "pydantic-ai"

var (
	agentNames   = []string{"pydantic_ai.Agent", "pydantic_ai.agent.Agent", "pydantic_ai.agent.**.Agent", "pydantic_ai.durable_exec.**.*Agent"}
	runNames     = methods("run", "run_sync", "run_stream", "run_stream_sync", "run_stream_events", "iter", "to_a2a", "to_ag_ui", "to_cli", "to_cli_sync", "to_web")
	toolNames    = append(methods("tool", "tool_plain"), "pydantic_ai.**.FunctionToolset.tool", "pydantic_ai.**.FunctionToolset.tool_plain", "pydantic_ai.FunctionToolset.tool")
	agentTools   = methods("tool", "tool_plain")
	promptNames  = methods("system_prompt", "instructions")
	checkNames   = methods("output_validator", "result_validator")
	mcpNames     = []string{"pydantic_ai.mcp.MCPServer*", "pydantic_ai.mcp.MCPToolset", "pydantic_ai.**.MCPServer*", "pydantic_ai.**.FastMCPToolset"}
	toolsetNames = []string{"pydantic_ai.**.FunctionToolset"}
	graphNames   = []string{"pydantic_graph.Graph", "pydantic_graph.**.Graph"}
)

func methods(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, "pydantic_ai.Agent."+n, "pydantic_ai.agent.Agent."+n, "pydantic_ai.agent.**.Agent."+n)
	}
	return all
}

var modelClasses = []discover.ModelClass{
	{Pattern: "pydantic_ai.models.openai.*Model", Provider: "openai", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.anthropic.AnthropicModel", Provider: "anthropic", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.gemini.GeminiModel", Provider: "google", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.google.GoogleModel", Provider: "google", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.vertexai.VertexAIModel", Provider: "google", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.groq.GroqModel", Provider: "groq", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.mistral.MistralModel", Provider: "mistral", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.cohere.CohereModel", Provider: "cohere", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.bedrock.*Model", Provider: "aws-bedrock", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.ollama.OllamaModel", Provider: "ollama", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.openrouter.OpenRouterModel", Provider: "openrouter", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.huggingface.HuggingFaceModel", Provider: "huggingface", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.xai.*Model", Provider: "xai", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai.models.instrumented.InstrumentedModel", Args: []string{"wrapped"}, Position: 0},
	{Pattern: "pydantic_ai.models.*.*Model", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai_litellm.**.LiteLLMModel", Args: []string{"model_name"}, Position: 0},
	{Pattern: "pydantic_ai_litellm.LiteLLMModel", Args: []string{"model_name"}, Position: 0},
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.sites = &discover.RunSites{Calls: runNames, Tools: append(append([]string{}, toolNames...), checkNames...), Starts: x.starts, Reading: x.reading}
	x.box = &discover.Toolbox{
		Technology: technology,
		Decorators: toolNames,
		Wrappers:   []discover.Wrapper{{Patterns: []string{"pydantic_ai.Tool", "pydantic_ai.tools.Tool"}, Func: "function", Position: 0}},
		Products:   []string{"pydantic_ai.native_tools", "pydantic_ai.common_tools"},
		Other:      x.otherTool,
		Sites:      x.sites,
	}
	x.sites.Box = x.box
	r := p.Code()
	x.classes()
	for _, v := range r.Instances(agentNames...) {
		x.agent(v)
	}
	x.decorated()
	x.later()
	for _, v := range r.Instances(graphNames...) {
		x.graph(v)
	}
	x.Runs(x.sites)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	box   *discover.Toolbox
	sites *discover.RunSites
}

func (x *pass) isAgent(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Base == nil && x.Code().Derives(v.Ref, agentNames...)
}

func (x *pass) ref(v *code.Value) discover.Ref {
	if def := x.ownClass(v); def != nil {
		return discover.Definition(def)
	}
	return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "system_prompt", Position: -1},
		discover.Telling{Name: "instructions", Position: -1}, discover.Telling{Name: "tools", Position: -1}, discover.Telling{Name: "toolsets", Position: -1})
}

// actor finds the agent that a value is; wrappers of durable execution count as what they wrap.
func (x *pass) actor(v *code.Value) discover.Ref {
	for _, one := range v.Each() {
		if !x.isAgent(one) {
			continue
		}
		if inner := one.Arg("wrapped", 0); x.isAgent(inner) {
			one = inner
		}
		return x.ref(one)
	}
	return discover.Ref{}
}

func (x *pass) agent(v *code.Value) {
	if !x.isAgent(v) || x.isAgent(v.Arg("wrapped", 0)) || x.ownClass(v) != nil {
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
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology)
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	x.prompt(ref, name, v)
	x.models(ref, name, v.Arg("model", 0))
	count := 0
	for _, key := range []string{"tools", "toolsets", "mcp_servers", "builtin_tools", "native_tools", "capabilities"} {
		if list := v.Arg(key, -1); list != nil {
			count += x.Give(x.box, ref, name, list)
		}
	}
	for _, given := range v.CallsOn("tool", "tool_plain") { // agent.tool(f) where the agent is made
		if f := given.Arg("func", 0); f.Is(code.Function) {
			count += x.Give(x.box, ref, name, f)
		}
	}
	if count > 0 {
		e.FactBecause("loops", model.Yes, "it is called until it gives a final answer", at)
	}
}

// models finds whom an agent asks. A model for tests asks nobody.
func (x *pass) models(ref discover.Ref, name string, m *code.Value) {
	for _, one := range m.Each() {
		if one.Ref.Is("pydantic_ai.models.test.TestModel", "pydantic_ai.models.function.FunctionModel", "pydantic_ai.models.**.TestModel", "pydantic_ai.models.**.FunctionModel") {
			continue
		}
		if one.Is(code.Instance) && one.Ref.Is("pydantic_ai.models.fallback.FallbackModel") {
			for _, a := range one.Args() {
				x.models(ref, name, a.Value)
			}
			continue
		}
		if one.Is(code.Instance) && one.Ref.Is("pydantic_ai.models.infer_model") {
			x.models(ref, name, one.Arg("model", 0))
			continue
		}
		for _, asked := range x.ModelObjects(one, name, modelClasses) {
			x.UsesModel(ref, asked, one.Node.Span())
		}
	}
}

// prompt joins the instructions of the constructor with those that decorated functions of the agent's file add.
func (x *pass) prompt(ref discover.Ref, name string, v *code.Value) {
	all := &code.Value{Kind: code.List}
	add := func(p *code.Value) {
		for _, one := range p.Members() {
			if one.Is(code.Function) && one.Ref.Def != nil {
				for _, text := range x.Code().Returns(one.Ref.Def).Each() {
					all.Items = append(all.Items, text)
				}
			} else {
				all.Items = append(all.Items, one)
			}
			if all.Node.IsZero() {
				all.Node = one.Node
			}
		}
	}
	add(v.Arg("system_prompt", -1))
	add(v.Arg("instructions", -1))
	for _, def := range x.Code().Functions() {
		for _, on := range x.owners(def, promptNames) {
			if x.ref(on).Key() != ref.Key() {
				continue
			}
			for _, text := range x.Code().Returns(def).Each() {
				all.Items = append(all.Items, text)
			}
			if all.Node.IsZero() {
				all.Node = def.Node
			}
		}
	}
	switch len(all.Items) {
	case 0:
	case 1:
		x.Prompt(ref, name, all.Items[0])
	default:
		x.Prompt(ref, name, all)
	}
}

// owners gives the agents whose decorator (a method of them, of the names) a function carries.
func (x *pass) owners(def *code.Def, names []string) []*code.Value {
	var all []*code.Value
	for d := range def.Node.All(syntax.Decorator) {
		e := d.Child(0)
		if e.Is(syntax.Call) {
			e = e.Child(0)
		}
		if !e.Is(syntax.Attr) || !lastOf(names, e.Text()) {
			continue
		}
		for _, v := range x.Code().Eval(e.Child(0)).Each() {
			if x.isAgent(v) {
				all = append(all, v)
			}
		}
	}
	return all
}

func lastOf(names []string, last string) bool {
	for _, n := range names {
		if strings.HasSuffix(n, "."+last) {
			return true
		}
	}
	return false
}

// decorated finds what decorators give agents: tools and checks.
func (x *pass) decorated() {
	for _, def := range x.Code().Functions() {
		for _, on := range x.owners(def, agentTools) {
			agent := x.ref(on)
			at := discover.Headline(def.Node)
			tool := x.GiveFunction(x.box, agent, def)
			x.Flow(model.ToolCall, agent, tool, at)
			x.options(tool, def)
			x.Element(model.Agent, agent, "").FactBecause("loops", model.Yes, "it is called until it gives a final answer", at)
		}
		for _, on := range x.owners(def, checkNames) {
			agent := x.ref(on)
			check := discover.Definition(def)
			e := x.Element(model.Guardrail, check, def.Last(), discover.Headline(def.Node)).Technology(technology).Detail(def.Doc())
			x.judged(e, def)
			x.Flow(model.Enforces, check, agent, discover.Headline(def.Node))
			x.Control("output-validation", agent, check, model.Evidenced, discover.Headline(def.Node))
		}
	}
}

// judged tells whether a check asks a model.
func (x *pass) judged(e *discover.Element, def *code.Def) {
	body := x.Code().BodyOf(def)
	for _, c := range body.Calls {
		if c.Callee.Is(runNames...) || strings.HasPrefix(c.Callee.Name, "openai.") {
			e.FactBecause("model-based", model.Yes, "it asks a model", c.Node.Span())
			return
		}
	}
	if body.Complete {
		e.FactBecause("model-based", model.No, "its code asks no model", discover.Headline(def.Node))
	}
}

// options reads what a tool's decorator says beyond its name.
func (x *pass) options(tool discover.Ref, def *code.Def) {
	for d := range def.Node.All(syntax.Decorator) {
		call := d.Child(0)
		if !call.Is(syntax.Call) {
			continue
		}
		if n := call.Argument("requires_approval"); !n.IsZero() {
			x.Switch("human-approval", tool, x.Code().Eval(n))
		}
		if n := call.Argument("timeout"); !n.IsZero() {
			x.Limit("timeout", tool, x.Code().Eval(n))
		}
	}
}

// later finds tools that are registered by a call: agent.tool(f), agent.tool_plain(f).
func (x *pass) later() {
	for _, c := range x.Code().CallsTo(methods("tool", "tool_plain")...) {
		if c.Node.Parent().Is(syntax.Decorator) {
			continue
		}
		for _, run := range x.Code().Rounds(c.Node) {
			on := x.Code().Eval(c.Node.Child(0).Child(0))
			for _, one := range on.Each() {
				if f := run.Arg("func", 0); x.isAgent(one) && f.Is(code.Function) && !one.MadeBeside(c.Node) {
					x.Give(x.box, x.ref(one), x.Title(one, one.Arg("name", -1)), f)
				}
			}
		}
	}
}

// otherTool knows what Pydantic AI takes as a tool beyond functions.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	r := x.Code()
	root := v.Root()
	switch {
	case r.Derives(root.Ref, mcpNames...), root.Ref.Is("pydantic_ai.**.MCP"):
		ref := discover.Object(root)
		if x.Once("server:" + ref.Key()) {
			if root.Ref.Last() == "MCPServerTool" {
				x.hosted(ref, root)
			} else {
				x.server(ref, root)
			}
		}
		x.wrapping(ref, v)
		return []discover.Ref{ref}, true
	case r.Derives(root.Ref, toolsetNames...):
		return x.toolset(agent, name, v), true
	case root.Ref.Is("pydantic_ai.**.*Toolset", "pydantic_ai.mcp.load_mcp_*"):
		var all []discover.Ref
		for _, key := range []string{"wrapped", "toolsets", "tools"} {
			for _, inner := range root.Arg(key, 0).Members() {
				all = append(all, x.Tools(x.box, agent, name, inner)...)
			}
			if len(all) > 0 {
				break
			}
		}
		for _, ref := range all {
			if root.Ref.Last() == "ApprovalRequiredToolset" {
				x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, root.Call.Span())
			}
			x.wrapping(ref, v)
		}
		if len(all) == 0 {
			x.UnresolvedTools("a toolset of "+name, "what "+root.Ref.Last()+" offers is known when the program runs", v.Node.Span())
		}
		return all, true
	case v.Ref.Is("pydantic_ai.ext.langchain.tool_from_langchain"):
		return x.Tools(x.box, agent, name, v.Arg("langchain_tool", 0)), true
	case v.Ref.Is(x.box.Wrappers[0].Patterns...):
		f := v.Arg("function", 0)
		if f.Is(code.Function) && f.Ref.Def != nil {
			refs := x.Tools(&discover.Toolbox{Technology: technology, Wrappers: x.box.Wrappers, Sites: x.sites, Products: x.box.Products}, agent, name, v)
			for _, ref := range refs {
				x.Switch("human-approval", ref, v.Arg("requires_approval", -1))
			}
			return refs, true
		}
	case v.Ref.Is("pydantic_ai.capabilities.*", "pydantic_ai.capabilities.**"):
		if _, ok := discover.ProductNamed("pydantic_ai.native_tools." + v.Ref.Last()); !ok {
			return nil, true // it changes how the agent runs; it offers no tool
		}
	case x.isAgent(v):
		x.UnresolvedTools("a tool of "+name, "an agent stands where a tool is expected", v.Node.Span())
		return nil, true
	}
	return nil, false
}

// wrapping reads the methods by which a toolset is narrowed: filtered(…), approval_required().
func (x *pass) wrapping(ref discover.Ref, v *code.Value) {
	for ; v != nil && v.Base != nil; v = v.Base {
		switch v.Ref.Last() {
		case "approval_required":
			x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, v.Node.Span())
		case "filtered":
			x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, v.Node.Span())
		}
	}
}

func (x *pass) server(ref discover.Ref, v *code.Value) {
	name := ""
	if id := v.Arg("id", -1); id != nil {
		name = id.Str()
	}
	x.MCPGiven(ref, name, v, v.Call.Span())
	x.Limit("timeout", ref, v.Arg("timeout", -1))
}

// hosted is an MCP server that the provider calls for the agent.
func (x *pass) hosted(ref discover.Ref, v *code.Value) {
	at := v.Call.Span()
	name := v.Arg("id", -1).Str()
	if name == "" {
		name = "hosted MCP server"
	}
	x.MCP(discover.MCPServer{Ref: ref, Name: name, Transport: "http", URL: v.Arg("url", -1).Str(), At: at}).
		FactBecause("third-party", model.Yes, "the model's provider calls it over the network", at)
	if tools := v.Arg("allowed_tools", -1); tools != nil {
		x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, tools.Node.Span())
	}
}

// toolset gives the functions of a toolset: those of its list, and those of its file that carry its decorator.
func (x *pass) toolset(agent discover.Ref, name string, v *code.Value) []discover.Ref {
	root := v.Root()
	var all []discover.Ref
	for _, t := range root.Arg("tools", 0).Members() {
		all = append(all, x.Tools(x.box, agent, name, t)...)
	}
	tree := root.Call.Tree()
	if tree == nil {
		return all
	}
	tree.Root().Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.FuncDef) {
			return true
		}
		for d := range n.All(syntax.Decorator) {
			e := d.Child(0)
			if e.Is(syntax.Call) {
				e = e.Child(0)
			}
			if e.Is(syntax.Attr) && (e.TextIs("tool") || e.TextIs("tool_plain")) && x.Code().Eval(e.Child(0)).Key() == root.Key() {
				if def := x.Code().DefinitionOf(n); def != nil {
					ref := x.GiveFunction(x.box, agent, def)
					x.options(ref, def)
					all = append(all, ref)
				}
			}
		}
		return true
	})
	for _, ref := range all {
		x.wrapping(ref, v)
	}
	return all
}

// starts is the agent that a run starts.
func (x *pass) starts(run *code.Value) []discover.Started {
	if ref := x.actor(run.Base); !ref.IsZero() {
		return []discover.Started{{Ref: ref, Kind: model.Agent}}
	}
	return nil
}

// reading reads the limits of a run, and what it gives the agent.
func (x *pass) reading(s discover.Started, run *code.Value) {
	limits := run.Arg("usage_limits", -1)
	for _, row := range []struct{ key, control string }{
		{"request_limit", "iteration-limit"},
		{"tool_calls_limit", "iteration-limit"},
		{"total_tokens_limit", "budget-limit"},
		{"output_tokens_limit", "budget-limit"},
		{"input_tokens_limit", "budget-limit"},
		{"response_tokens_limit", "budget-limit"},
		{"request_tokens_limit", "budget-limit"},
	} {
		x.Limit(row.control, s.Ref, limits.Arg(row.key, -1))
	}
	if m := run.Arg("model", -1); m != nil {
		x.models(s.Ref, "a run", m)
	}
	if list := run.Arg("toolsets", -1); list != nil {
		x.Give(x.box, s.Ref, "a run", list)
	}
}

// graph is an orchestrator whose steps are classes; their code runs agents.
func (x *pass) graph(v *code.Value) {
	if v.Typed() || v.Base != nil {
		return
	}
	ref := discover.Object(v)
	var asked []discover.Ref
	var at []source.Span
	for _, node := range v.Arg("nodes", 0).Members() {
		if !node.Is(code.Class) || node.Ref.Def == nil {
			continue
		}
		for _, m := range x.Code().Methods(node.Ref.Def) {
			for _, agent := range x.StartedIn(m, x.sites) {
				asked = append(asked, agent)
				at = append(at, discover.Headline(node.Ref.Def.Node))
			}
		}
	}
	if len(asked) == 0 {
		return // a state machine without agents
	}
	x.Element(model.Orchestrator, ref, x.Title(v, v.Arg("name", -1)), v.Call.Span()).Technology(technology).Alias(v.Ref.Last())
	for i, agent := range asked {
		x.Flow(model.Delegation, ref, agent, at[i])
	}
}
