// Package openaiagents reads programs written with the OpenAI Agents SDK, for Python and for TypeScript.
//
// It finds agents however they are made (Agent[Context](…), subclasses, factories, clone), their instructions, models,
// tools (functions, hosted tools, other agents), handoffs, MCP servers, guardrails, sessions, and the places that run
// them with their limits. Controls are reported where the code shows them, and as absent only where it says so. The two
// SDKs say the same in the same words; what is different in TypeScript (options, tools as objects) is in script.go.
//
// # What it does not do
//
// Lifecycle hooks and output types are not modelled. The SDK's own default of ten turns is not reported as a limit:
// nobody wrote it down.
package openaiagents

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds OpenAI Agents SDK systems.
var Extractor = &discover.Extractor{
	Name:    "openaiagents",
	Doc:     "OpenAI Agents SDK (Python, TypeScript): agents, tools, handoffs, guardrails, sessions and MCP servers.",
	Match:   discover.PythonOrScript,
	Imports: []string{"agents", "@openai/agents", "@openai/agents-core", "@openai/agents-realtime", "@openai/agents-openai"},
	Run:     run,
}

const technology = "openai-agents"

// Names of the SDK, by the module that people import from and the one that defines them.
var (
	agentNames = []string{
		"agents.Agent", "agents.agent.Agent", "agents.realtime.RealtimeAgent", "agents.realtime.agent.RealtimeAgent",
		"agents.sandbox.SandboxAgent", "agents.sandbox.sandbox_agent.SandboxAgent",
		"@openai/agents*.Agent", "@openai/agents*.Agent.create", "@openai/agents*.RealtimeAgent", "@openai/agents/sandbox.SandboxAgent",
	}
	cloneNames = []string{
		"agents.Agent.clone", "agents.agent.Agent.clone", "agents.realtime.RealtimeAgent.clone", "agents.Agent.clone.clone",
		"@openai/agents*.Agent.clone",
	}
	runNames = []string{
		"agents.Runner.run", "agents.Runner.run_sync", "agents.Runner.run_streamed", "agents.run.Runner.run",
		"agents.run.Runner.run_sync", "agents.run.Runner.run_streamed", "agents.run_demo_loop", "agents.repl.run_demo_loop",
		"agents.realtime.RealtimeRunner", "agents.realtime.runner.RealtimeRunner", "agents.voice.SingleAgentVoiceWorkflow",
		"@openai/agents*.run", "@openai/agents*.Runner.run", "@openai/agents*.runDemoLoop", "@openai/agents*.RealtimeSession",
	}
	toolDecorators = []string{"agents.function_tool", "agents.tool.function_tool"}
	inputChecks    = []string{"agents.input_guardrail", "agents.guardrail.input_guardrail"}
	outputChecks   = []string{"agents.output_guardrail", "agents.guardrail.output_guardrail"}
	asTool         = []string{"agents.Agent.as_tool", "agents.agent.Agent.as_tool", "agents.Agent.clone.as_tool", "@openai/agents*.**.asTool"}
	mcpServers     = []string{
		"agents.mcp.MCPServerStdio", "agents.mcp.MCPServerSse", "agents.mcp.MCPServerStreamableHttp",
		"agents.mcp.server.MCPServerStdio", "agents.mcp.server.MCPServerSse", "agents.mcp.server.MCPServerStreamableHttp",
		"@openai/agents*.MCPServerStdio", "@openai/agents*.MCPServerSSE", "@openai/agents*.MCPServerStreamableHttp",
	}
	sessions = []string{
		"agents.SQLiteSession", "agents.memory.SQLiteSession", "agents.OpenAIConversationsSession", "agents.memory.OpenAIConversationsSession",
		"agents.OpenAIResponsesCompactionSession", "agents.memory.OpenAIResponsesCompactionSession", "agents.extensions.memory.*", "agents.extensions.memory.**",
		"@openai/agents*.MemorySession", "@openai/agents*.OpenAIConversationsSession", "@openai/agents*.OpenAIResponsesCompactionSession",
	}
)

func run(p *discover.Pass) error {
	x := &pass{Pass: p, configured: map[string]bool{}}
	r := p.Code()
	x.runs()
	for _, v := range r.Instances(agentNames...) {
		x.agent(v)
	}
	for _, v := range r.Instances(cloneNames...) {
		x.agent(v)
	}
	for _, d := range r.DecoratedBy(toolDecorators...) {
		x.functionTool(d.Def, d.Decorator, d.Node)
	}
	for _, d := range r.DecoratedBy(inputChecks...) {
		x.guardrail(d.Def, "")
	}
	for _, d := range r.DecoratedBy(outputChecks...) {
		x.guardrail(d.Def, "")
	}
	for _, v := range r.Instances(mcpServers...) {
		x.server(v)
	}
	for _, v := range r.Instances(scriptTools...) {
		x.scriptTool(discover.Ref{}, v)
	}
	x.changes()
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	configured map[string]bool // agents whose model a run decides
}

// arg is an argument of an agent, or of the agent that it is a clone of.
func arg(v *code.Value, name string, position int) *code.Value {
	for range 8 {
		if got := v.Arg(name, position); got != nil {
			return got
		}
		if v == nil || v.Base == nil || !strings.HasSuffix(v.Ref.Name, ".clone") {
			return nil
		}
		v = v.Base
	}
	return nil
}

// isAgent tells whether a value is an agent that somebody made.
func (x *pass) isAgent(v *code.Value) bool {
	return v.Is(code.Instance) && (x.Code().Derives(v.Ref, agentNames...) || v.Ref.Is(cloneNames...))
}

// ref names an agent. Calls of a factory that say nothing about the agent make one agent.
func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Name: "name", Position: 0}, discover.Telling{Name: "instructions", Position: -1},
		discover.Telling{Name: "tools", Position: -1})
}

// named is the agent's name for people: what is written into it when the program runs is left out.
func (x *pass) named(v *code.Value) string {
	if name := arg(v, "name", 0); name != nil {
		s := name.Str()
		for _, one := range name.Each() {
			if one.Is(code.String) && one.Str() == s {
				for _, h := range one.Holes {
					s = strings.ReplaceAll(s, "{"+h.Name+"}", "")
				}
			}
		}
		if s = strings.Join(strings.Fields(s), " "); s != "" && len(s) < 80 {
			return s
		}
	}
	if _, symbol := v.Symbol(); symbol != "" {
		return symbol[strings.LastIndexByte(symbol, '.')+1:]
	}
	return v.Ref.Last()
}

func (x *pass) agent(v *code.Value) {
	ref := x.ref(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.named(v)
	at := v.Call.Span()
	if spread := v.Spread(); spread != nil {
		x.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	site := v.Site().Span()
	e := x.Element(model.Agent, ref, name, site, at).Technology(technology)
	if d := arg(v, "handoff_description", 1); d != nil {
		e.Detail(d.Str())
	}
	x.Prompt(ref, name, arg(v, "instructions", -1))
	x.model(ref, v)
	tools := x.tools(ref, name, arg(v, "tools", -1))
	handoffs := x.handoffs(ref, name, arg(v, "handoffs", -1))
	servers := x.servers(ref, name, arg(v, "mcp_servers", -1))
	x.checks(ref, name, arg(v, "input_guardrails", -1), "input-guardrail")
	x.checks(ref, name, arg(v, "output_guardrails", -1), "output-guardrail")
	if tools+handoffs+servers > 0 {
		if b := arg(v, "tool_use_behavior", -1); b.Str() == "stop_on_first_tool" {
			e.FactBecause("loops", model.No, "it stops after its first tool call", b.Node.Span())
		} else {
			e.FactBecause("loops", model.No, "the runner ends each run after ten turns, unless it is told otherwise", at)
		}
	}
}

// model finds the agent's model: a name, a model object, or none, which means the SDK's default.
func (x *pass) model(agent discover.Ref, v *code.Value) {
	m := arg(v, "model", -1)
	at := v.Call.Span()
	if m == nil || m.Is(code.Null) {
		if arg(v, "prompt", -1) != nil || x.configured[agent.Key()] {
			return // a run's configuration, or a stored prompt at the provider chooses the model
		}
		if v.Ref.Is("@openai/agents*.RealtimeAgent") {
			return // the session chooses it
		}
		ref := discover.Named(model.Model, "openai-default")
		x.Element(model.Model, ref, "OpenAI default model", at).Technology("openai").Detail("no model is named: the SDK's default").
			Fact("provider", "openai", at).
			FactBecause("third-party", model.Yes, "the provider openai runs it", at).
			FactBecause("pinned", model.No, "no model is named, so the SDK's version decides", at)
		x.UsesModel(agent, ref, at)
		return
	}
	for _, one := range m.Each() {
		ref := x.modelOf(one)
		if !ref.IsZero() {
			x.UsesModel(agent, ref, one.Node.Span())
		}
	}
}

// modelOf describes one model value.
func (x *pass) modelOf(v *code.Value) discover.Ref {
	switch v.Kind {
	case code.Instance:
		if discover.Script(v.Node) {
			return x.scriptModel(v, "", 0)
		}
		provider := ""
		if v.Ref.Is("agents.extensions.models.litellm_model.LitellmModel", "agents.extensions.models.any_llm_model.AnyLLMModel") {
			provider = ""
		} else if strings.HasPrefix(v.Ref.Name, "agents.") {
			provider = x.clientProvider(v.Arg("openai_client", 1))
		}
		for _, name := range []string{"model", "model_name", "model_id"} {
			if m := v.Arg(name, 0); m != nil {
				return x.Model(m, provider)
			}
		}
		if v.Typed() {
			return discover.Ref{}
		}
		x.Unresolved("the model of an agent", "no model is named by "+strings.TrimSuffix(v.Ref.Name, ".__getitem__"), v.Node.Span())
		return discover.Ref{}
	case code.External:
		if v.Ref.Name != "" {
			x.Unresolved("the model of an agent", v.Ref.Name+" is not in what was read", v.Node.Span())
		}
		return discover.Ref{}
	}
	return x.Model(v, "")
}

// clientProvider tells by a client's base_url who serves its models.
func (x *pass) clientProvider(client *code.Value) string {
	for _, c := range client.Each() {
		if !c.Is(code.Instance) {
			continue
		}
		if c.Ref.Is("openai.AsyncAzureOpenAI", "openai.AzureOpenAI") {
			return "azure"
		}
		if provider := discover.ProviderOfURL(c.Arg("base_url", -1).Str()); provider != "" {
			return provider
		}
	}
	return ""
}

// handoffs records to whom an agent passes conversations.
func (x *pass) handoffs(agent discover.Ref, name string, list *code.Value) int {
	count := 0
	for _, v := range list.Members() {
		count += x.handoff(agent, name, v)
	}
	return count
}

func (x *pass) handoff(agent discover.Ref, name string, v *code.Value) int {
	switch {
	case x.isAgent(v):
		if v.Typed() {
			x.Unresolved("a handoff of "+name, "only its type is known here", v.Node.Span())
			return 0
		}
		x.Flow(model.Handoff, agent, x.ref(v), v.Node.Span())
		return 1
	case v.Is(code.Instance) && v.Ref.Is("@openai/agents*.handoff", "agents.handoff", "agents.handoffs.handoff", "agents.realtime.realtime_handoff", "agents.realtime.handoffs.realtime_handoff"):
		count := 0
		for _, target := range v.Arg("agent", 0).Members() {
			if !x.isAgent(target) || target.Typed() {
				x.Unresolved("a handoff of "+name, reason(target), v.Node.Span())
				continue
			}
			flow := x.Flow(model.Handoff, agent, x.ref(target), v.Call.Span())
			if label := v.Arg("tool_name_override", -1).Str(); label != "" {
				flow.Label(label)
			}
			if v.Has("input_type") {
				flow.Fact("content", "free-text", v.Call.Span())
			}
			count++
		}
		return count
	case v.Is(code.Bool):
		return 0
	}
	x.Unresolved("a handoff of "+name, reason(v), v.Node.Span())
	return 0
}

// reason says why a value is not what was expected.
func reason(v *code.Value) string {
	switch {
	case v == nil:
		return "there is nothing"
	case v.Is(code.Unknown):
		return v.Reason()
	case v.Typed():
		return "only its type is known here"
	case v.Ref.Name != "":
		return v.Ref.Name + " is not understood here"
	}
	return "a " + v.Kind.String() + " is not understood here"
}

// checks puts guardrails before or behind an agent.
func (x *pass) checks(agent discover.Ref, name string, list *code.Value, control string) {
	for _, v := range list.Listed() {
		if discover.Script(v.Node) {
			x.scriptCheck(agent, name, v, control)
			continue
		}
		var def *code.Def
		label := ""
		switch {
		case v.Is(code.Function):
			def = v.Ref.Def
		case v.Is(code.Instance):
			if f := v.Arg("guardrail_function", 0); f.Is(code.Function) {
				def = f.Ref.Def
			}
			label = v.Arg("name", 1).Str()
		}
		if def == nil {
			x.Unresolved("a guardrail of "+name, reason(v), v.Node.Span())
			continue
		}
		policy := x.PolicyOf(def.Node, rejects)
		if !policy.Counts && policy.Why == "" {
			continue // whatever it sees, it agrees
		}
		ref := x.guardrail(def, label)
		x.Flow(model.Enforces, ref, agent, v.Node.Span())
		if policy.Why == discover.WhyNoPolicy || policy.Why == discover.WhyKept {
			x.Unresolved("what "+def.Last()+" lets through", policy.Why, v.Node.Span())
			continue
		}
		x.Control(control, agent, ref, model.Evidenced, v.Node.Span())
	}
}

// rejects tells whether a check says no at a place: it raises, rejects what it was shown, or says that it may have tripped.
func rejects(n syntax.Node) bool {
	switch {
	case n.Is(syntax.Raise):
		return n.Count() > 0
	case n.Is(syntax.Keyword) && n.TextIs("tripwire_triggered"):
		return !n.Child(0).Is(syntax.Bool) || n.Child(0).TextIs("true")
	case n.Is(syntax.Call) && strings.HasSuffix(n.Child(0).Text(), "GuardrailFunctionOutput"):
		said := n.Child(2) // behind what it tells about it
		return !said.IsZero() && !said.Is(syntax.Keyword) && (!said.Is(syntax.Bool) || said.TextIs("true"))
	}
	return n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && (n.Child(0).TextIs("reject_content") || n.Child(0).TextIs("raise_exception"))
}

// guardrail describes a check function.
func (x *pass) guardrail(def *code.Def, name string) discover.Ref {
	ref := discover.Definition(def)
	if !x.Once("guardrail:" + ref.Key()) {
		return ref
	}
	for _, d := range decorators(x.Code(), def.Node) {
		if d.Is(syntax.Call) && name == "" {
			name = x.Code().Eval(d.Argument("name")).Str()
		}
	}
	if name == "" {
		name = def.Last()
	}
	e := x.Element(model.Guardrail, ref, name, headline(def.Node)).Technology(technology).Detail(def.Doc()).Alias(def.Last())
	body := x.Code().BodyOf(def)
	asks := false
	for _, c := range body.Calls {
		if c.Callee.Is(runNames...) || isModelCall(c.Callee.Name) {
			asks = true
			e.FactBecause("model-based", model.Yes, "it asks a model", c.Node.Span())
			break
		}
	}
	if !asks && body.Complete {
		e.FactBecause("model-based", model.No, "its code asks no model", headline(def.Node))
	}
	return ref
}

func isModelCall(name string) bool {
	for _, prefix := range []string{"openai.", "anthropic.", "litellm.", "google.genai."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// decorators lists the expressions of a definition's decorators.
func decorators(_ *code.Resolver, n syntax.Node) []syntax.Node {
	var all []syntax.Node
	for d := range n.All(syntax.Decorator) {
		all = append(all, d.Child(0))
	}
	return all
}

// headline is the line on which a definition begins.
func headline(n syntax.Node) source.Span { return discover.Headline(n) }
