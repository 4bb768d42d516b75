// Package semantickernel reads programs written with Semantic Kernel for Python and with Microsoft Agent Framework, which
// goes on from it and from AutoGen.
//
// Of Semantic Kernel it finds agents, kernels that call functions by themselves, plugins as the functions that they hold,
// MCP plugins, services as models, group chats and orchestrations with their handoffs. Of Agent Framework it finds
// agents however they are made, tools and approvals, MCP and hosted tools, middleware that can stop a run, context
// providers, and workflows and orchestrations by their builders.
//
// # What it does not do
//
// Processes, prompt functions without function calling but those that lead a group chat, YAML and JSON declarations of agents and workflows, and filters
// of a kernel are not modelled.
package semantickernel

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds systems of Semantic Kernel and Microsoft Agent Framework in Python.
var Extractor = &discover.Extractor{
	Name:    "semantickernel",
	Doc:     "Semantic Kernel and Microsoft Agent Framework (Python): agents, plugins, tools, MCP, orchestrations, workflows, middleware.",
	Match:   discover.PythonCode,
	Imports: []string{"semantic_kernel", "agent_framework", "agent_framework_foundry", "agent_framework_openai", "agent_framework_orchestrations"},
	Run:     run,
}

// Technologies by library.
const (
	kernel    = "semantic-kernel"
	framework = "agent-framework"
)

var (
	kernelAgents = []string{
		"semantic_kernel.agents.*Agent", "semantic_kernel.agents.**.*Agent", "semantic_kernel.agents.*Agent.create", "semantic_kernel.agents.**.*Agent.create",
		"semantic_kernel.agents.*Agent.create_and_prepare_agent", "semantic_kernel.agents.**.*Agent.create_and_prepare_agent",
	}
	frameworkAgents = []string{
		"agent_framework.Agent", "agent_framework.ChatAgent", "agent_framework.**.Agent", "agent_framework.**.ChatAgent", "agent_framework.**.ClaudeAgent",
		"agent_framework.**.GitHubCopilotAgent", "agent_framework.**.FoundryAgent", "agent_framework.**.CopilotStudioAgent", "agent_framework_*.**.*Agent",
	}
	madeByClient = []string{"agent_framework.**.as_agent", "agent_framework.**.create_agent", "agent_framework_*.**.as_agent", "agent_framework_*.**.create_agent"}
	fronts       = []string{"agent_framework.**.AgentFrameworkAgent", "agent_framework_*.AgentFrameworkAgent", "agent_framework_*.**.AgentFrameworkAgent"} // what serves an agent to a page
	agentBases   = []string{"agent_framework.BaseAgent", "agent_framework.**.BaseAgent"}
	remotes      = []string{"agent_framework.**.A2AAgent", "agent_framework_a2a.**.A2AAgent"}
	groups       = []string{"semantic_kernel.agents.*Orchestration", "semantic_kernel.agents.**.*Orchestration", "semantic_kernel.agents.AgentGroupChat", "semantic_kernel.agents.**.AgentGroupChat"}
	builders     = []string{"agent_framework.**.*Builder", "agent_framework.*Builder", "agent_framework_orchestrations.**.*Builder"}
	kernelNames  = []string{"semantic_kernel.functions.kernel_function", "semantic_kernel.functions.**.kernel_function", "semantic_kernel.**.kernel_function"}
	frameNames   = []string{"agent_framework.tool", "agent_framework.ai_function", "agent_framework.**.tool", "agent_framework.**.ai_function"}
	toolNames    = append(append([]string{}, kernelNames...), frameNames...)
	mcpNames     = []string{"semantic_kernel.connectors.mcp.MCP*Plugin", "semantic_kernel.connectors.mcp.**.MCP*Plugin", "agent_framework.MCP*Tool", "agent_framework.**.MCP*Tool", "agent_framework.HostedMCPTool", "agent_framework.**.HostedMCPTool"}
	serves       = []string{"agent_framework.devui.serve", "agent_framework_devui.serve", "agent_framework.**.AgentFunctionApp", "agent_framework.**.add_agent_framework_fastapi_endpoint", "agent_framework.**.AgentFrameworkAgent", "agent_framework.**.*HostServer", "agent_framework.**.from_agent_framework", "azure.ai.agentserver.agentframework.from_agent_framework"}
)

var modelClasses = []discover.ModelClass{
	{Pattern: "semantic_kernel.connectors.ai.open_ai.**.Azure*", Provider: "azure", Args: []string{"deployment_name", "ai_model_id"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.open_ai.**", Provider: "openai", Args: []string{"ai_model_id", "deployment_name"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.azure_ai_inference.**", Provider: "azure-ai", Args: []string{"ai_model_id"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.google.**", Provider: "google", Args: []string{"gemini_model_id", "ai_model_id"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.anthropic.**", Provider: "anthropic", Args: []string{"ai_model_id"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.ollama.**", Provider: "ollama", Args: []string{"ai_model_id"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.mistral_ai.**", Provider: "mistral", Args: []string{"ai_model_id"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.bedrock.**", Provider: "aws-bedrock", Args: []string{"model_id"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.onnx.**", Provider: "local", Args: []string{"ai_model_path"}, Position: -1},
	{Pattern: "semantic_kernel.connectors.ai.**", Args: []string{"ai_model_id"}, Position: -1},
	{Pattern: "agent_framework.azure.Azure*", Provider: "azure", Args: []string{"deployment_name", "model_deployment_name", "model_id", "model"}, Position: -1},
	{Pattern: "agent_framework.foundry.**", Provider: "azure", Args: []string{"model", "model_deployment_name", "model_id"}, Position: -1},
	{Pattern: "agent_framework_foundry.**", Provider: "azure", Args: []string{"model", "model_deployment_name", "model_id"}, Position: -1},
	{Pattern: "agent_framework.openai.**", Provider: "openai", Args: []string{"model", "model_id", "ai_model_id"}, Position: -1},
	{Pattern: "agent_framework_openai.**", Provider: "openai", Args: []string{"model", "model_id"}, Position: -1},
	{Pattern: "agent_framework.anthropic.**", Provider: "anthropic", Args: []string{"model", "model_id"}, Position: -1},
	{Pattern: "agent_framework.ollama.**", Provider: "ollama", Args: []string{"model", "model_id"}, Position: -1},
	{Pattern: "agent_framework.gemini.**", Provider: "google", Args: []string{"model", "model_id"}, Position: -1},
	{Pattern: "agent_framework.amazon.**", Provider: "aws-bedrock", Args: []string{"model", "model_id"}, Position: -1},
	{Pattern: "agent_framework.**.*Client", Args: []string{"model", "model_id"}, Position: -1},
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	var calls []string
	for _, verb := range []string{"get_response", "invoke", "invoke_stream", "run", "run_stream", "get_streaming_response"} {
		calls = append(calls, "semantic_kernel.agents.**."+verb, "agent_framework.**."+verb)
	}
	x.sites = &discover.RunSites{Calls: calls, Tools: toolNames, Starts: x.starts}
	x.box = &discover.Toolbox{
		Decorators: toolNames, Products: []string{"semantic_kernel.core_plugins", "agent_framework"}, Other: x.otherTool, Sites: x.sites,
		Wrappers: []discover.Wrapper{{Patterns: []string{"agent_framework.FunctionTool", "agent_framework.**.FunctionTool", "agent_framework.AIFunction"}, Func: "func", Position: -1}},
	}
	x.sites.Box = x.box
	r := p.Code()
	for _, v := range r.Instances(kernelAgents...) {
		x.agent(v)
	}
	x.box.Technology = framework
	for _, v := range r.Instances(append(append([]string{}, frameworkAgents...), agentBases...)...) {
		if !v.Ref.Is(fronts...) {
			x.agent(v)
		} else if ref, kind := x.actor(v); !ref.IsZero() {
			x.Element(kind, ref, "", v.Call.Span()).Alias(v.Arg("name", -1).Str())
		}
	}
	x.mcpServers()
	x.byClients()
	x.kernels()
	for _, v := range r.Instances(groups...) {
		x.group(v)
	}
	for _, v := range r.Instances(builders...) {
		x.builder(v)
	}
	for _, v := range r.Instances(remotes...) {
		x.remote(v)
	}
	x.decorated(framework, frameNames)
	x.decorated(kernel, kernelNames)
	x.offered()
	x.Runs(x.sites)
	return nil
}

// decorated describes the functions that say themselves that models may call them, whoever is given them: a program's own
// registry hands them on in ways that are not followed.
func (x *pass) decorated(technology string, names []string) {
	for _, d := range x.Code().DecoratedBy(names...) {
		if d.Def.Kind == code.FuncDef {
			x.box.Technology = technology
			x.options(x.GiveFunction(x.box, discover.Ref{}, d.Def), d.Def)
		}
	}
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	box    *discover.Toolbox
	sites  *discover.RunSites
	byName map[string]discover.Ref
}

// isAgent tells whether a value is an agent that somebody made; a thread or a strategy of the same module is none.
func (x *pass) isAgent(v *code.Value) bool {
	if !v.Is(code.Instance) || v.Typed() {
		return false
	}
	if v.Base != nil {
		return v.Ref.Is(madeByClient...) && x.isService(v.Base)
	}
	r := x.Code()
	if r.Derives(v.Ref, remotes...) || r.Derives(v.Ref, groups...) || v.Ref.Is(fronts...) {
		return false
	}
	return r.Derives(v.Ref, kernelAgents...) || r.Derives(v.Ref, frameworkAgents...) || r.Derives(v.Ref, agentBases...)
}

// actor names an agent, an orchestration or a workflow, or an agent elsewhere, and says which.
func (x *pass) actor(v *code.Value) (discover.Ref, model.Kind) {
	r := x.Code()
	switch {
	case x.isAgent(v):
		return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "instructions", Position: -1}, discover.Telling{Name: "tools", Position: -1}, discover.Telling{Name: "plugins", Position: -1}), model.Agent
	case !v.Is(code.Instance) || v.Typed():
	case v.Base == nil && v.Ref.Is(fronts...):
		for _, inner := range v.Arg("agent", 0).Each() {
			if to, kind := x.actor(inner); !to.IsZero() && !inner.Ref.Is(fronts...) {
				return to, kind
			}
		}
	case v.Base != nil && v.Ref.Last() == "build" && r.Derives(v.Root().Ref, builders...):
		return discover.Object(v.Root()), model.Orchestrator
	case v.Base != nil && v.Ref.Last() == "as_agent": // a workflow that serves as an agent
		return x.actor(v.Base)
	case v.Base == nil && r.Derives(v.Ref, groups...):
		return discover.Object(v), model.Orchestrator
	case v.Base == nil && r.Derives(v.Ref, builders...):
		return discover.Object(v), model.Orchestrator
	case v.Base == nil && r.Derives(v.Ref, remotes...):
		return discover.Object(v), model.External
	}
	return discover.Ref{}, ""
}

// actors gives the agents behind what takes part in a workflow: an agent, an executor around one, a class or function of
// the project that runs some.
func (x *pass) actors(v *code.Value) []discover.Ref {
	if to, _ := x.actor(v); !to.IsZero() {
		return []discover.Ref{to}
	}
	switch {
	case v.Is(code.Function) && v.Ref.Def != nil:
		return x.StartedIn(v.Ref.Def, x.sites)
	case v.Is(code.Instance) && !v.Typed():
		var all []discover.Ref
		for _, a := range v.Args() {
			for _, one := range a.Value.Members() {
				if to, _ := x.actor(one); !to.IsZero() {
					all = append(all, to)
				}
			}
		}
		if def := v.Ref.Def; len(all) == 0 && def != nil && def.Kind == code.ClassDef {
			for _, m := range x.Code().Methods(def) {
				all = append(all, x.StartedIn(m, x.sites)...)
			}
		}
		return all
	}
	return nil
}

// named finds an agent of this file by its name.
func (x *pass) named(name string) discover.Ref {
	if x.byName == nil {
		x.byName = map[string]discover.Ref{}
		for _, v := range x.Code().Instances(append(append([]string{}, kernelAgents...), frameworkAgents...)...) {
			if s := v.Arg("name", -1).Str(); s != "" && x.isAgent(v) {
				x.byName[s], _ = x.actor(v)
			}
		}
	}
	return x.byName[name]
}

func (x *pass) agent(v *code.Value) {
	if !x.isAgent(v) {
		return
	}
	ref, _ := x.actor(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	definition := v.Arg("definition", -1) // await client.agents.create_agent(model=…, name=…, instructions=…)
	said := func(key string, position int) *code.Value {
		if got := v.Arg(key, position); got != nil {
			return got
		}
		if definition == nil || definition.Is(code.Instance) {
			return definition.Arg(key, -1)
		}
		// Made by a client that only the run knows: what the call says still stands there.
		call := definition.Node
		if call.Is(syntax.Await) {
			call = call.Child(0)
		}
		for range 8 {
			if up := call.Parent(); !call.Is(syntax.Call) && (up.Is(syntax.Attr) || up.Is(syntax.Call) && up.Child(0) == call) {
				call = up
			}
		}
		if call.Is(syntax.Call) {
			if n := call.Argument(key); !n.IsZero() {
				return x.Code().Eval(n)
			}
		}
		return nil
	}
	name := x.Title(v, said("name", -1))
	at := v.Call.Span()
	if spread := v.Spread(); spread != nil {
		x.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	technology := framework
	if v.Ref.Is("semantic_kernel.**") || x.Code().Derives(v.Ref, kernelAgents...) {
		technology = kernel
	}
	x.box.Technology = technology
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Detail(said("description", -1).Str())
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	position := -1
	if technology == framework && v.Base == nil {
		position = 1
	}
	if text := said("instructions", position); text != nil {
		x.Prompt(ref, name, text)
	} else if config := v.Arg("prompt_template_config", -1); config != nil {
		x.Prompt(ref, name, config.Arg("template", -1))
	}
	x.models(ref, name, v, said)
	count := 0
	for _, key := range []string{"tools", "plugins"} {
		count += x.Give(x.box, ref, name, v.Arg(key, -1))
	}
	if count > 0 {
		e.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", at)
	}
	if k := v.Arg("kernel", -1); k.Is(code.Instance) {
		x.plugged(ref, name, k)
	}
	x.middleware(ref, name, v.Arg("middleware", -1))
	for _, key := range []string{"context_providers", "context_provider"} {
		for _, one := range v.Arg(key, -1).Members() {
			x.provider(ref, one)
		}
	}
}

// models finds whom an agent asks: its service, its client, the name of a model, or the service of its kernel.
func (x *pass) models(ref discover.Ref, name string, v *code.Value, said func(string, int) *code.Value) {
	position := -1
	if x.Code().Derives(v.Ref, frameworkAgents...) && v.Base == nil {
		position = 0
	}
	for _, key := range []string{"ai_model_id", "model", "model_id", "foundation_model"} {
		if m := said(key, -1); m != nil {
			x.UsesModel(ref, x.Model(m, ""), m.Node.Span())
			return
		}
	}
	var m *code.Value
	for i, key := range []string{"client", "chat_client", "service"} {
		if i > 0 {
			position = -1
		}
		if m = v.Arg(key, position); m != nil {
			break
		}
	}
	if v.Base != nil && m == nil {
		m = v.Base
	}
	if m == nil || v.Ref.Is("semantic_kernel.**") && v.Arg("service", -1) == nil && m.Is(code.Instance) && !x.isService(m) {
		return // a client of the provider's agents, not a model
	}
	for _, one := range m.Each() {
		if one.Is(code.Instance) && x.isService(one) {
			for _, asked := range x.ModelObjects(one, name, modelClasses) {
				x.UsesModel(ref, asked, one.Node.Span())
			}
		}
	}
}

func (x *pass) isService(v *code.Value) bool {
	for ; v != nil; v = v.Base {
		for i := range modelClasses {
			if x.Code().Derives(v.Ref, modelClasses[i].Pattern) {
				return true
			}
		}
	}
	return false
}

// byClients finds the agents that a chat client makes: client.as_agent(name=…).
func (x *pass) byClients() {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !callee.TextIs("as_agent") && !callee.TextIs("create_agent") {
			continue
		}
		for _, v := range x.Code().Eval(c.Node).Each() {
			if v.Is(code.Instance) && v.Base != nil && v.Ref.Is(madeByClient...) && x.isService(v.Base) {
				x.agent(v)
			}
		}
	}
}

// remote describes an agent elsewhere that is reached over A2A.
func (x *pass) remote(v *code.Value) {
	if v.Typed() || v.Base != nil {
		return
	}
	at := v.Call.Span()
	e := x.Element(model.External, discover.Object(v), x.Title(v, v.Arg("name", -1)), at).Technology("a2a").Fact("role", "remote-agent", at)
	if url := v.Arg("url", -1).Str(); url != "" {
		e.Alias(url)
		if discover.IsLoopback(url) {
			e.FactBecause("third-party", model.No, "it is reached on this machine", at)
		}
	}
}

// offered: what a server or the development interface offers is entered from outside.
func (x *pass) offered() {
	for _, c := range x.Code().CallsTo(serves...) {
		for _, run := range x.Code().Rounds(c.Node) {
			for _, a := range run.Args() {
				for _, one := range a.Value.Members() {
					if ref, kind := x.actor(one); !ref.IsZero() && kind != model.External {
						x.Element(kind, ref, "").FactBecause("entry", model.Yes, c.Callee.Last()+" offers it", c.Node.Span())
					}
				}
			}
		}
	}
}

func (x *pass) starts(run *code.Value) []discover.Started {
	for _, on := range run.Base.Each() {
		if ref, kind := x.actor(on); !ref.IsZero() && kind != model.External {
			return []discover.Started{{Ref: ref, Kind: kind}}
		}
	}
	return nil
}
