// Package smolagents reads programs written with smolagents.
//
// It finds code agents and tool-calling agents, their tools (decorated functions, classes, tools of the Hub, of other
// libraries and of MCP servers), the agents that they manage, models, limits, and where a code agent's code is run. A
// code agent writes Python that is run for it: that is a tool of its own here, with the effect exec and the sandbox that
// its executor is or is not.
//
// # What it does not do
//
// Prompt templates of YAML files and step callbacks are not modelled. The library's own default of twenty steps is not
// reported as a limit: nobody wrote it down.
package smolagents

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Extractor finds smolagents systems in Python.
var Extractor = &discover.Extractor{
	Name:    "smolagents",
	Doc:     "smolagents: code agents and tool-calling agents, tools, managed agents, executors and their sandboxes.",
	Match:   discover.PythonCode,
	Imports: []string{"smolagents"},
	Run:     run,
}

const technology = "smolagents"

var (
	agentNames = []string{"smolagents.CodeAgent", "smolagents.**.CodeAgent", "smolagents.**.ToolCallingAgent", "smolagents.**.MultiStepAgent", "smolagents.**.ReactCodeAgent", "smolagents.**.ReactJsonAgent"}
	codeAgents = []string{"smolagents.CodeAgent", "smolagents.**.CodeAgent", "smolagents.**.ReactCodeAgent"}
	toolNames  = []string{"smolagents.tool", "smolagents.tools.tool"}
	runNames   = []string{"smolagents.**.CodeAgent.run", "smolagents.**.ToolCallingAgent.run", "smolagents.**.MultiStepAgent.run", "smolagents.**.GradioUI", "smolagents.**.stream_to_gradio", "smolagents.**.CodeAgent.__call__"}
)

var modelClasses = []discover.ModelClass{
	{Pattern: "smolagents.**.LiteLLM*", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.AzureOpenAI*", Provider: "azure", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.OpenAI*", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.AmazonBedrock*", Provider: "aws-bedrock", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.HfApiModel", Provider: "huggingface", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.InferenceClientModel", Provider: "huggingface", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.TransformersModel", Provider: "local", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.VLLMModel", Provider: "vllm", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.MLXModel", Provider: "local", Args: []string{"model_id"}, Position: 0},
	{Pattern: "smolagents.**.*Model", Args: []string{"model_id"}, Position: 0},
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.sites = &discover.RunSites{Calls: runNames, Tools: toolNames, Starts: x.starts, Reading: x.reading}
	x.box = &discover.Toolbox{
		Technology: technology, Decorators: toolNames, Classes: []string{"smolagents.Tool", "smolagents.**.Tool", "smolagents.**.PipelineTool"},
		Methods: []string{"forward"}, Products: []string{"smolagents"}, Other: x.otherTool, Sites: x.sites,
	}
	x.sites.Box = x.box
	r := p.Code()
	for _, v := range r.Instances(agentNames...) {
		x.agent(v)
	}
	for _, d := range r.DecoratedBy(toolNames...) {
		if d.Def.Kind == code.FuncDef {
			x.GiveFunction(x.box, discover.Ref{}, d.Def)
		}
	}
	for _, def := range r.ClassesOf(x.box.Classes...) {
		if forward := r.Method(def, "forward"); forward != nil {
			tool := x.ToolClass(x.box, def)
			for _, other := range x.StartedIn(forward, x.sites) {
				x.Flow(model.Message, tool, other, discover.Headline(forward.Node))
			}
		}
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
	return x.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "tools", Position: 0},
		discover.Telling{Name: "managed_agents", Position: -1}, discover.Telling{Name: "instructions", Position: -1})
}

func (x *pass) agent(v *code.Value) {
	if !x.isAgent(v) {
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
		FactBecause("loops", model.Yes, "it takes steps until it gives a final answer", at)
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	for _, key := range []string{"instructions", "system_prompt"} {
		if text := v.Arg(key, -1); text != nil {
			x.Prompt(ref, name, text)
			break
		}
	}
	if m := v.Arg("model", 1); m != nil {
		for _, one := range x.ModelObjects(m, name, modelClasses) {
			x.UsesModel(ref, one, m.Node.Span())
		}
	}
	x.Give(x.box, ref, name, v.Arg("tools", 0))
	if base := v.Arg("add_base_tools", -1); base.Is(code.Bool) && base.Text == "true" {
		x.baseTools(ref, base.Node)
	}
	for _, managed := range v.Arg("managed_agents", -1).Members() {
		if managed.Is(code.Instance) && managed.Ref.Is("smolagents.**.ManagedAgent") {
			managed = managed.Arg("agent", 0)
		}
		for _, one := range managed.Each() {
			if x.isAgent(one) {
				x.Flow(model.Delegation, ref, x.ref(one), one.Node.Span())
			} else {
				x.Unresolved("a managed agent of "+name, discover.WhyNot(one), one.Node.Span())
			}
		}
	}
	x.Limit("iteration-limit", ref, v.Arg("max_steps", -1))
	x.Limit("iteration-limit", ref, v.Arg("max_iterations", -1))
	x.checks(ref, name, v.Arg("final_answer_checks", -1))
	if x.Code().Derives(v.Ref, codeAgents...) {
		x.interpreter(ref, name, v)
	}
}

// baseTools are the tools that add_base_tools=True gives an agent.
func (x *pass) baseTools(agent discover.Ref, at syntax.Node) {
	for _, class := range []string{"WebSearchTool", "VisitWebpageTool"} {
		info, ok := discover.ProductNamed("smolagents." + class)
		if !ok {
			continue
		}
		ref := discover.Local(x.Path(), class)
		x.Element(model.Tool, ref, class, at.Span()).Product(info, at.Span())
		x.Flow(model.ToolCall, agent, ref, at.Span())
	}
}

// interpreter is what runs the code that a code agent writes.
func (x *pass) interpreter(agent discover.Ref, name string, v *code.Value) {
	at := v.Call.Span()
	tool := discover.Of(agent, "interpreter")
	e := x.Element(model.Tool, tool, name+" interpreter", at).Technology(technology).
		Detail("built in: runs the code that the agent writes").
		Effect("exec", model.Yes, "a code agent acts by writing code", at)
	x.Flow(model.ToolCall, agent, tool, at)
	kind, kindAt := "", at
	for _, key := range []string{"executor_type", "executor"} {
		option := v.Arg(key, -1)
		if option == nil {
			continue
		}
		kindAt = option.Node.Span()
		if kind = option.Str(); kind == "" && option.Is(code.Instance) {
			kind = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(option.Ref.Last(), "Executor"), "Python"))
		}
	}
	if remote := v.Arg("use_e2b_executor", -1); remote.Is(code.Bool) && remote.Text == "true" {
		kind, kindAt = "e2b", remote.Node.Span()
	}
	switch kind {
	case "docker", "wasm":
		x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, kindAt)
	case "e2b", "modal", "blaxel":
		x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, kindAt)
		e.FactBecause("third-party", model.Yes, "the code is run at "+kind, kindAt)
	case "local":
		x.Control("sandbox", tool, discover.Ref{}, model.Absent, kindAt)
	case "":
		if v.Arg("executor_type", -1) == nil && v.Arg("executor", -1) == nil {
			// The library says itself that its local interpreter is no security boundary.
			x.Control("sandbox", tool, discover.Ref{}, model.Absent, at)
		}
	}
	for _, name := range v.Arg("additional_authorized_imports", -1).Members() {
		switch strings.SplitN(name.Str(), ".", 2)[0] {
		case "*":
			e.FactBecause("broad-permissions", model.Yes, "it may import anything", name.Node.Span())
		case "os", "subprocess", "sys", "shutil", "pathlib":
			e.FactBecause("broad-permissions", model.Yes, "it may import "+name.Str(), name.Node.Span())
		case "requests", "httpx", "urllib", "socket":
			e.Effect("net-read", model.Yes, "it may import "+name.Str(), name.Node.Span())
			e.Effect("net-write", model.Yes, "it may import "+name.Str(), name.Node.Span())
		}
	}
}

// checks are functions that a final answer must pass.
func (x *pass) checks(agent discover.Ref, name string, list *code.Value) {
	for _, v := range list.Members() {
		if !v.Is(code.Function) || v.Ref.Def == nil {
			x.Unresolved("a check of "+name, discover.WhyNot(v), v.Node.Span())
			continue
		}
		def := v.Ref.Def
		ref := discover.Definition(def)
		x.Element(model.Guardrail, ref, def.Last(), discover.Headline(def.Node)).Technology(technology).Detail(def.Doc())
		x.Flow(model.Enforces, ref, agent, v.Node.Span())
		x.Control("output-guardrail", agent, ref, model.Evidenced, v.Node.Span())
	}
}

// otherTool knows what smolagents takes as a tool beyond functions and classes.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	root := v.Root()
	at := v.Node.Span()
	switch {
	case root.Ref.Is("smolagents.**.MCPClient", "smolagents.**.ToolCollection.from_mcp", "mcpadapt.**.MCPAdapt"):
		ref := discover.Object(root)
		if x.Once("server:" + ref.Key()) {
			x.MCPGiven(ref, "", root, root.Call.Span())
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is("smolagents.**.load_tool", "smolagents.**.Tool.from_hub", "smolagents.**.Tool.from_space", "smolagents.**.ToolCollection.from_hub"):
		from := v.Arg("repo_id", 0)
		if from == nil {
			from = v.Arg("space_id", 0)
		}
		label := v.Arg("name", -1).Str()
		if label == "" {
			label = from.Str()
		}
		if label == "" {
			label = x.NameOf(v)
		}
		ref := discover.Object(v)
		e := x.Element(model.Tool, ref, label, at).Technology("huggingface").
			FactBecause("third-party", model.Yes, "its code or service is fetched from the Hub", at).
			FactBecause("remote-description", model.Yes, "its description is fetched from the Hub", at)
		if v.Ref.Last() != "from_space" && v.Arg("revision", -1) == nil {
			e.FactBecause("pinned", model.No, "no revision is named", at)
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is("smolagents.**.Tool.from_langchain"):
		return x.Tools(x.box, agent, name, v.Arg("langchain_tool", 0)), true
	case v.Ref.Is("smolagents.**.Tool.from_gradio"):
		return nil, false
	case x.isAgent(v):
		x.Flow(model.Delegation, agent, x.ref(v), at)
		return nil, true
	case v.Ref.Is("smolagents.**.ManagedAgent"):
		if inner := v.Arg("agent", 0); x.isAgent(inner) {
			x.Flow(model.Delegation, agent, x.ref(inner), at)
		}
		return nil, true
	}
	return nil, false
}

// starts is the agent that a run or an interface starts.
func (x *pass) starts(run *code.Value) []discover.Started {
	on := run.Base
	if !x.isAgent(on) {
		on = run.Arg("agent", 0)
	}
	for _, one := range on.Each() {
		if x.isAgent(one) {
			return []discover.Started{{Ref: x.ref(one), Kind: model.Agent}}
		}
	}
	return nil
}

func (x *pass) reading(s discover.Started, run *code.Value) {
	x.Limit("iteration-limit", s.Ref, run.Arg("max_steps", -1))
}
