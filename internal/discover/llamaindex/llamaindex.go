// Package llamaindex reads programs written with LlamaIndex for Python and TypeScript.
//
// It finds agents of the workflow kind (FunctionAgent, ReActAgent, CodeActAgent) and of the older kind (workers, runners,
// from_tools), AgentWorkflow with its handoffs, workflows of the project's own, function tools, query engines and
// retrievers as tools, tool specifications, MCP tools, indexes as knowledge with what is taken into them, chat engines
// and memories.
//
// # What it does not do
//
// A model that Settings holds counts for agents of the same file only. Node parsers and rerankers are not modelled, response
// synthesis only where code asks it itself; ingestion pipelines only as far as an index is made of what they give.
package llamaindex

import (
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds LlamaIndex systems.
var Extractor = &discover.Extractor{
	Name:    "llamaindex",
	Doc:     "LlamaIndex (Python, TypeScript): agents, AgentWorkflow, workflows, function and query engine tools, indexes, loaders and memory.",
	Match:   discover.PythonOrScript,
	Imports: []string{"llama_index", "workflows", "llamaindex", "@llamaindex"},
	Run:     run,
}

const technology = "llamaindex"

var (
	agentNames = append(made("FunctionAgent", "ReActAgent", "CodeActAgent", "OpenAIAgent", "OpenAIAssistantAgent", "FunctionCallingAgent", "StructuredPlannerAgent",
		"FunctionCallingAgentWorker", "ReActAgentWorker", "OpenAIAgentWorker", "MultimodalReActAgentWorker", "LLMCompilerAgentWorker", "ContextRetrieverOpenAIAgent",
		"FnRetrieverOpenAIAgent", "IntrospectiveAgentWorker", "CoAAgentWorker", "LATSAgentWorker", "BaseWorkflowAgent", "GoogleGenAIAgent", "AzureAgent"), scriptAgents...)
	runnerNames = made("AgentRunner", "ParallelAgentRunner")
	teamNames   = []string{"llama_index.**.AgentWorkflow", "llamaindex.multiAgent", "@llamaindex/workflow*.multiAgent"}
	flowNames   = []string{"llama_index.**.Workflow", "workflows.Workflow", "workflows.**.Workflow"}
	runNames    = []string{"llama_index.**.run", "llama_index.**.chat", "llama_index.**.achat", "llama_index.**.stream_chat", "llama_index.**.astream_chat", "llama_index.**.query", "llama_index.**.aquery", "@llamaindex/workflow*.**.runStream", "llamaindex.**.run", "llamaindex.**.chat", "llamaindex.**.query"}
	humanWaits  = []string{"**.HumanResponseEvent"}
)

// made gives the names of classes with the class methods that make objects of them.
func made(classes ...string) []string {
	var all []string
	for _, c := range classes {
		for _, by := range []string{"", ".from_tools", ".from_defaults", ".from_llm", ".from_new", ".from_existing"} {
			all = append(all, "llama_index.**."+c+by)
		}
	}
	return all
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.common = sync.OnceValue(x.settings)
	x.sites = &discover.RunSites{Calls: runNames, Starts: x.starts, Reading: x.reading}
	x.box = &discover.Toolbox{
		Technology: technology,
		Wrappers: []discover.Wrapper{
			{Patterns: []string{"llama_index.**.FunctionTool.from_defaults", "llama_index.**.FunctionTool", "llama_index.**.get_function_tool"}, Func: "fn", Position: 0},
			{Patterns: []string{"llama_index.**.FunctionTool.from_defaults"}, Func: "async_fn", Position: -1},
			{Patterns: scriptTools, Func: "execute", Position: -1},
		},
		Classes:  []string{"llama_index.**.BaseTool", "llama_index.**.AsyncBaseTool", "llama_index.**.BaseToolSpec", "llamaindex.BaseTool", "llamaindex.BaseToolWithCall"},
		Methods:  []string{"call", "acall", "__call__"},
		Products: []string{"llama_index.tools"},
		Other:    x.otherTool,
		Sites:    x.sites,
	}
	x.sites.Box = x.box
	r := p.Code()
	for _, v := range r.Instances(agentNames...) {
		x.agent(v)
	}
	for _, v := range r.Instances("llama_index.**.AgentWorkflow.from_tools_or_functions") {
		x.agent(v)
	}
	for _, v := range r.Instances(runnerNames...) {
		if !x.isAgent(v.Arg("agent_worker", 0)) {
			x.agent(v)
		}
	}
	for _, v := range r.Instances(teamNames...) {
		x.team(v)
	}
	for _, def := range r.ClassesOf(flowNames...) {
		x.workflow(def)
	}
	for _, v := range r.Instances("**.AgentConfig", "**.*AgentConfig") {
		x.configured(v)
	}
	for _, v := range r.Instances(indexNames...) {
		x.index(v)
	}
	for _, v := range r.Instances("@llamaindex/workflow*.createWorkflow", "@llama-flow/core.createWorkflow") {
		x.eventWorkflow(v)
	}
	x.chatEngines()
	x.retrieved()
	x.synthesis()
	x.humans()
	x.Runs(x.sites)
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	box    *discover.Toolbox
	sites  *discover.RunSites
	common func() *code.Value // what Settings.llm is set to; nil where the file does not say
}

// settled goes from what stands for an agent to the object that is one: the worker of a runner, of as_agent().
func (x *pass) settled(v *code.Value) *code.Value {
	for range 4 {
		switch {
		case v.Is(code.Instance) && v.Base != nil && v.Ref.Last() == "as_agent":
			v = v.Base
		case v.Is(code.Instance) && x.Code().Derives(v.Ref, runnerNames...) && v.Arg("agent_worker", 0).Is(code.Instance):
			v = v.Arg("agent_worker", 0)
		default:
			return v
		}
	}
	return v
}

func (x *pass) isAgent(v *code.Value) bool {
	v = x.settled(v)
	return v.Is(code.Instance) && !v.Typed() && v.Base == nil &&
		(x.Code().Derives(v.Ref, agentNames...) || v.Ref.Is("llama_index.**.AgentWorkflow.from_tools_or_functions") || x.Code().Derives(v.Ref, runnerNames...))
}

func (x *pass) isTeam(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Base == nil && x.Code().Derives(v.Ref, teamNames...)
}

func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(x.settled(v), discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "system_prompt", Position: -1}, discover.Telling{Name: "tools", Position: 0})
}

// actor names whatever a value starts: an agent, a team, an object of a workflow class.
func (x *pass) actor(v *code.Value) (discover.Ref, model.Kind) {
	switch {
	case x.isAgent(v):
		return x.ref(v), model.Agent
	case x.isTeam(v):
		return discover.Object(v), model.Orchestrator
	case v.Is(code.Instance) && v.Ref.Def != nil && v.Base == nil && x.Code().Derives(v.Ref, flowNames...):
		if x.asksModel(v.Ref.Def) {
			return discover.Definition(v.Ref.Def), model.Agent
		}
		return discover.Ref{}, "" // it is code; what it runs in turn is said where its class is
	case isChatEngine(v):
		return discover.Object(v), model.Agent
	}
	return discover.Ref{}, ""
}

// settings finds the model that the whole program shares.
func (x *pass) settings() (common *code.Value) {
	x.Tree().Root().Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("llm") && x.Code().Resolve(n.Child(0).Child(0)).Is("llama_index.**.Settings", "llamaindex.Settings", "@llamaindex/core/global.Settings") {
			common = x.Code().Eval(n.Child(1))
		}
		return true
	})
	return common
}

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
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Detail(v.Arg("description", -1).Str())
	if _, symbol := v.Symbol(); symbol != "" {
		e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
	}
	for _, key := range []string{"system_prompt", "instructions", "prefix_messages", "context"} {
		if text := v.Arg(key, -1); text != nil && !text.Is(code.Null) {
			x.Prompt(ref, name, message(text))
			break
		}
	}
	x.models(ref, name, v.Arg("llm", -1))
	tools := v.Arg("tools", 0)
	if tools == nil {
		tools = v.Arg("tools_or_functions", 0)
	}
	if x.Give(x.box, ref, name, tools)+x.Give(x.box, ref, name, v.Arg("tool_retriever", -1)) > 0 {
		e.FactBecause("loops", model.Yes, "it calls tools until it gives an answer", at)
	}
	for _, key := range []string{"memory", "chat_memory"} {
		for _, m := range v.Arg(key, -1).Each() {
			x.memory(ref, m)
		}
	}
	for _, key := range []string{"max_iterations", "max_function_calls"} {
		x.Limit("iteration-limit", ref, v.Arg(key, -1))
	}
	x.Limit("timeout", ref, v.Arg("timeout", -1))
	if f := v.Arg("code_execute_fn", -1); f != nil {
		x.codeAct(ref, name, f)
	}
}

// message is the text of a chat message, or of a list of them.
func message(v *code.Value) *code.Value {
	for _, m := range v.Members() {
		if m.Is(code.Instance) {
			if text := m.Arg("content", -1); text != nil {
				return text
			}
		}
	}
	return v
}

// models finds whom an agent asks: its own model, else that of the settings.
func (x *pass) models(ref discover.Ref, name string, m *code.Value) {
	if m == nil || m.Is(code.Null) {
		m = x.common()
	}
	if m == nil {
		return
	}
	if m.Is(code.External) && m.Ref.Is("llama_index.**.Settings.llm", "llamaindex.Settings.llm") && x.common() != nil {
		m = x.common()
	}
	if m.Is(code.External) && m.Ref.Is("llama_index.**.Settings.llm", "llamaindex.Settings.llm") {
		return // set somewhere else
	}
	for _, one := range x.ModelObjects(m, name, modelClasses) {
		x.UsesModel(ref, one, m.Node.Span())
	}
}

// codeAct is what runs the code that a CodeActAgent writes.
func (x *pass) codeAct(ref discover.Ref, name string, f *code.Value) {
	at := f.Node.Span()
	tool := discover.Of(ref, "code-executor")
	e := x.Element(model.Tool, tool, name+" code executor", at).Technology(technology).Effect("exec", model.Yes, "code_execute_fn", at).
		Detail("runs the code that the agent writes")
	if f.Is(code.Function) && f.Ref.Def != nil {
		e.Evidence(discover.Headline(f.Ref.Def.Node)).Effects(x.EffectsOf(f.Ref.Def))
	}
	x.Flow(model.ToolCall, ref, tool, at)
}

// team describes AgentWorkflow: agents of which one speaks at a time and hands on.
func (x *pass) team(v *code.Value) {
	if !x.isTeam(v) {
		return
	}
	ref := discover.Object(v)
	if !x.Once("team:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	name := x.NameOf(v)
	x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).Alias(v.Ref.Last()).
		FactBecause("loops", model.Yes, "its agents go on until one answers", at).
		FactBecause("shared-state", model.Yes, "its agents share one conversation", at)
	byName := map[string]discover.Ref{}
	type member struct {
		ref discover.Ref
		v   *code.Value
	}
	var members []member
	for _, one := range v.Arg("agents", 0).Members() {
		if !x.isAgent(one) {
			x.Unresolved("an agent of "+name, discover.WhyNot(one), one.Node.Span())
			continue
		}
		to := x.ref(one)
		x.Flow(model.Delegation, ref, to, one.Node.Span())
		members = append(members, member{to, one})
		byName[one.Arg("name", -1).Str()] = to
	}
	for _, m := range members {
		allowed := m.v.Arg("can_handoff_to", -1)
		if allowed == nil && len(members) > 1 && !discover.Script(v.Node) { // who names nobody may hand on to everybody
			for _, other := range members {
				if other.ref.Key() != m.ref.Key() {
					x.Flow(model.Handoff, m.ref, other.ref, at)
				}
			}
			continue
		}
		for _, to := range allowed.Members() {
			if x.isAgent(to) { // TypeScript names the agent itself
				x.Flow(model.Handoff, m.ref, x.ref(to), to.Node.Span())
			} else if target, ok := byName[to.Str()]; ok {
				x.Flow(model.Handoff, m.ref, target, to.Node.Span())
			} else {
				x.Unresolved("a handoff of "+name, "no agent of this name is in the workflow: "+to.String(), to.Node.Span())
			}
		}
	}
	x.Limit("timeout", ref, v.Arg("timeout", -1))
}

// asks are the methods by which code asks a model.
var asks = map[string]bool{
	"chat": true, "achat": true, "complete": true, "acomplete": true, "stream_chat": true, "astream_chat": true, "chat_with_tools": true, "achat_with_tools": true,
	"predict": true, "apredict": true, "structured_predict": true, "astructured_predict": true, "predict_and_call": true, "apredict_and_call": true,
	"astream_chat_with_tools": true, "stream_complete": true, "astream_complete": true,
}

// asksModel tells whether the methods of a workflow ask a model themselves.
func (x *pass) asksModel(def *code.Def) bool {
	found := false
	def.Node.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && asks[n.Child(0).Text()] {
			object := n.Child(0).Child(0)
			if object.Is(syntax.Attr, syntax.Name) && strings.Contains(strings.ToLower(object.Text()), "llm") {
				found = true
			} else if ref := x.Code().Resolve(n.Child(0)); ref.Is("llama_index.llms.**", "llama_index.**.LLM.*", "llama_index.**.FunctionCallingLLM.*") {
				found = true
			}
		}
		return !found
	})
	return found
}

// workflow describes a workflow of the project's own: an agent when it asks a model itself, else code that orders others.
func (x *pass) workflow(def *code.Def) {
	ref := discover.Definition(def)
	at := discover.Headline(def.Node)
	kind := model.Orchestrator
	if x.asksModel(def) {
		kind = model.Agent
	}
	starts := false
	for _, m := range x.Code().Methods(def) {
		for _, agent := range x.StartedIn(m, x.sites) {
			if agent.Key() != ref.Key() {
				starts = true
				x.Flow(model.Delegation, ref, agent, discover.Headline(m.Node))
			}
		}
	}
	if kind != model.Agent && !starts {
		return // steps without a model or an agent in them
	}
	x.Element(kind, ref, def.Last(), at).Technology(technology).Detail(def.Doc())
	if kind != model.Agent {
		return
	}
	for _, key := range []string{"llm", "_llm"} {
		if m := x.Code().ClassValue(def, key); m.Is(code.Instance) {
			x.models(ref, def.Last(), m)
			return
		}
	}
}

// configured: an object that holds a name, instructions and tools for an agent that a workflow then plays.
func (x *pass) configured(v *code.Value) {
	tools := v.Arg("tools", -1)
	if v.Typed() || v.Ref.Def == nil || tools == nil || v.Arg("system_prompt", -1) == nil && v.Arg("instructions", -1) == nil {
		return
	}
	ref := discover.Object(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name := x.Title(v, v.Arg("name", -1))
	x.Element(model.Agent, ref, name, v.Call.Span()).Technology(technology).Detail(v.Arg("description", -1).Str())
	x.Prompt(ref, name, v.Arg("system_prompt", -1))
	x.Give(x.box, ref, name, tools)
	for _, gated := range v.Arg("tools_requiring_human_confirmation", -1).Members() {
		for _, t := range tools.Members() {
			if f := x.functionOf(t); f != nil && f.Last() == gated.Str() {
				x.Control("human-approval", discover.Definition(f), discover.Ref{}, model.Evidenced, gated.Node.Span())
			}
		}
	}
}

func (x *pass) functionOf(v *code.Value) *code.Def {
	if v.Is(code.Instance) {
		for _, key := range []string{"fn", "async_fn"} {
			if f := v.Arg(key, -1); f.Is(code.Function) {
				return f.Ref.Def
			}
		}
		v = v.Arg("", 0)
	}
	if v.Is(code.Function) {
		return v.Ref.Def
	}
	return nil
}

// humans: a function that waits for a person's answer before it goes on asks for approval.
func (x *pass) humans() {
	waits := map[syntax.Node]source.Span{} // by function: the last call
	for _, c := range x.Code().Calls() {
		if callee := c.Node.Child(0); !callee.Is(syntax.Attr) || !callee.TextIs("wait_for_event") {
			continue
		}
		for a := range c.Node.Children() {
			if !a.Is(syntax.Name, syntax.Attr) || !x.Code().Derives(x.Code().Resolve(a), humanWaits...) {
				continue
			}
			waits[functionAround(c.Node)] = c.Node.Span()
		}
	}
	if len(waits) == 0 {
		return
	}
	for _, def := range x.Code().Functions() {
		if at, ok := waits[def.Node]; ok && x.box.Given(def) {
			x.Control("human-approval", discover.Definition(def), discover.Ref{}, model.Evidenced, at)
		}
	}
}

// functionAround is the innermost function that a node stands in; the zero Node outside of functions.
func functionAround(n syntax.Node) syntax.Node {
	for n = n.Parent(); !n.IsZero() && !n.Is(syntax.FuncDef); {
		n = n.Parent()
	}
	return n
}

func (x *pass) starts(run *code.Value) []discover.Started {
	for _, on := range run.Base.Each() {
		if ref, kind := x.actor(on); !ref.IsZero() {
			return []discover.Started{{Ref: ref, Kind: kind}}
		}
	}
	return nil
}

func (x *pass) reading(s discover.Started, run *code.Value) {
	for _, m := range run.Arg("memory", -1).Each() {
		if s.Kind == model.Agent || s.Kind == model.Orchestrator {
			x.memory(s.Ref, m)
		}
	}
	x.Limit("iteration-limit", s.Ref, run.Arg("max_iterations", -1))
}
