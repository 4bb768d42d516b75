package langgraph

import (
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

var (
	toolDecorators = []string{
		"langchain_core.tools.tool", "langchain_core.tools.**.tool", "langchain.tools.tool", "langchain.tools.**.tool",
		"langchain.agents.tool", "langchain_classic.tools.tool", "langchain_classic.agents.tool",
		"@langchain/core/tools*.tool", "langchain.tool", "langchain/tools.tool",
	}
	toolBases = []string{
		"langchain_core.tools.BaseTool", "langchain_core.tools.**.BaseTool", "langchain.tools.BaseTool", "langchain.tools.**.BaseTool",
		"langchain_core.tools.StructuredTool", "langchain_classic.tools.BaseTool", "langchain_community.tools.**",
		"@langchain/core/tools*.StructuredTool", "@langchain/core/tools*.Tool", "@langchain/core/tools*.BaseTool", "langchain/tools.Tool", "langchain/tools.StructuredTool",
	}
	toolMakers = []string{
		"langchain_core.tools.Tool", "langchain_core.tools.**.Tool", "langchain.tools.Tool", "langchain.agents.Tool", "langchain.tools.**.Tool",
		"langchain_core.tools.StructuredTool", "langchain.tools.StructuredTool", "langchain_core.tools.**.StructuredTool",
		"langchain_core.tools.StructuredTool.from_function", "langchain.tools.StructuredTool.from_function", "langchain_core.tools.**.StructuredTool.from_function",
		"langchain_core.tools.Tool.from_function", "langchain.tools.Tool.from_function", "langchain.agents.Tool.from_function",
		"langchain_classic.tools.Tool", "langchain_classic.tools.StructuredTool.from_function", "langchain_classic.agents.Tool",
		"@langchain/core/tools*.DynamicTool", "@langchain/core/tools*.DynamicStructuredTool", "langchain/tools.DynamicTool", "langchain/tools.DynamicStructuredTool", "langchain.DynamicStructuredTool", "langchain.DynamicTool",
	}
	retrieverTools = []string{
		"langchain.tools.retriever.create_retriever_tool", "langchain_core.tools.create_retriever_tool", "langchain_core.tools.**.create_retriever_tool",
		"langchain.agents.agent_toolkits.create_retriever_tool", "langchain_classic.tools.retriever.create_retriever_tool", "langchain.tools.create_retriever_tool",
		"langchain/tools/retriever.createRetrieverTool", "@langchain/classic/tools/retriever.createRetrieverTool", "langchain/agents/toolkits.createRetrieverTool",
	}
	handoffTools = []string{"langgraph_swarm.create_handoff_tool", "langgraph_swarm.**.create_handoff_tool", "langgraph_supervisor.create_handoff_tool", "langgraph_supervisor.**.create_handoff_tool", "@langchain/langgraph-swarm.createHandoffTool", "@langchain/langgraph-supervisor.createHandoffTool"}
	toolNodes    = []string{"langgraph.prebuilt.ToolNode", "langgraph.prebuilt.**.ToolNode", "langgraph.prebuilt.ToolExecutor", "langgraph.prebuilt.ToolInvocation", "@langchain/langgraph*.ToolNode", "langchain.ToolNode", "@langchain/langgraph*.ToolExecutor"}
	mcpClients   = []string{"langchain_mcp_adapters.client.MultiServerMCPClient", "langchain_mcp_adapters.**.MultiServerMCPClient", "@langchain/mcp-adapters.MultiServerMCPClient"}
	mcpLoaders   = []string{"langchain_mcp_adapters.tools.load_mcp_tools", "@langchain/mcp-adapters.loadMcpTools"}
	// madeTools are packages whose classes are tools when an object of one is given to an agent.
	madeTools = []string{
		"@langchain/community/tools/*.**", "@langchain/community/agents/toolkits*.**", "@langchain/community/experimental/*.**", "@langchain/tavily.**", "@langchain/exa.**", "langchain/tools*.**", "@langchain/google-*.**", "langchain/agents/toolkits*.**", "@langchain/classic/tools/*.**",
		"langchain_community.tools.**", "langchain_community.agent_toolkits.**", "langchain_experimental.tools.**", "langchain_experimental.utilities.**", "langchain.tools.**",
		"langchain_tavily.**", "langchain_exa.**", "langchain_google_community.**", "langchain_sandbox.**", "langchain_community.utilities.**",
		"langchain_azure_dynamic_sessions.**", "langchain_mcp_adapters.**", "langchain_hyperbrowser.**", "langchain_browserbase.**", "langchain_apify.**",
	}

	toolCalls = slices.Concat(toolMakers, toolDecorators, retrieverTools)
)

// tools describes the tools that the file defines.
func (f *file) tools() {
	for _, d := range f.code.DecoratedBy(toolDecorators...) {
		if d.Def.Kind != code.FuncDef {
			continue
		}
		f.FunctionTool(d.Def, decoratedName(f, d), "", "langchain")
		f.toolBody(discover.Definition(d.Def), d.Def)
	}
	for _, def := range f.code.ClassesOf(toolBases...) {
		f.toolClass(def)
	}
	for _, v := range f.instances(toolCalls...) {
		if !v.Call.Parent().Is(syntax.Decorator) {
			f.toolRefs(v)
		}
	}
	for _, v := range f.instances(mcpClients...) {
		f.mcpServers(v)
	}
}

// decoratedName is the name that a decorator's first argument gives a tool: @tool("search").
func decoratedName(f *file, d code.Decorated) string {
	if !d.Node.Is(syntax.Call) {
		return ""
	}
	if n := d.Node.Argument("name_or_callable"); !n.IsZero() {
		return f.code.Eval(n).Str()
	}
	if arg := d.Node.Child(1); arg.Is(syntax.String) {
		return arg.Text()
	}
	return ""
}

// toolClass describes a class of the project that is a tool.
func (f *file) toolClass(def *code.Def) *discover.Element {
	name := f.code.ClassValue(def, "name").Str()
	if name == "" {
		name = def.Last()
	}
	e := f.Element(model.Tool, discover.Definition(def), name, def.Node.Span()).Technology("langchain").Alias(def.Last())
	if d := f.code.ClassValue(def, "description").Str(); d != "" {
		e.Detail(d)
	} else {
		e.Detail(def.Doc())
	}
	if !f.code.ClassValue(def, "args_schema").IsZero() {
		e.Fact("typed-input", model.Yes, def.Node.Span())
	}
	run := f.code.Method(def, "_run")
	if run == nil {
		run = f.code.Method(def, "_call")
	}
	if run == nil {
		run = f.code.Method(def, "_arun")
	}
	if run != nil {
		e.Effects(f.EffectsOf(run))
		f.toolBody(e.Ref, run)
	}
	return e
}

// toolBody says what a tool's function does beyond its effects: agents and models that it asks, knowledge that it
// searches, a person whom it waits for.
func (f *file) toolBody(tool discover.Ref, def *code.Def) {
	f.toolDeeds(tool, f.lookAt(def))
}

// toolDeeds is toolBody for what a function was found to do.
func (f *file) toolDeeds(tool discover.Ref, d *deeds) {
	f.owned(d)
	for _, def := range d.functions { // what helpers of another file ask, they ask for the tool
		f.Covers(tool, discover.Definition(def))
	}
	for _, use := range d.delegates {
		for _, to := range f.agentRefs(use.value) {
			f.Flow(model.PromptFlow, tool, to, use.at.Span())
		}
	}
	for i, m := range d.models {
		for _, ref := range f.ChatModel(m) {
			f.UsesModel(tool, ref, d.asks[min(i, len(d.asks)-1)].Span())
		}
	}
	for _, k := range d.retrieves {
		f.retrieval(k.value, tool, k.at)
	}
	for _, s := range d.stores {
		f.remembers(tool, s)
	}
	if len(d.interrupts) > 0 {
		reviewer := f.reviewer(tool, d.interrupts[0])
		f.Flow(model.Approval, tool, reviewer, d.interrupts[0].Span())
		if at := d.pauses(); !at.IsZero() && !f.actsBefore(at) {
			f.Control("human-approval", tool, reviewer, model.Evidenced, at.Span())
		}
	}
}

// giveTools says that an agent may call the tools of a list.
func (f *file) giveTools(agent discover.Ref, name string, list *code.Value) {
	defer f.ToolsOf(agent)()
	for _, v := range members(list, 0) {
		if v.Is(code.Class) && !f.code.Derives(v.Ref, toolBases...) {
			continue // a schema that shapes an answer: nothing runs when it is "called"
		}
		if v.Is(code.Dict) && v.Get("schema") != nil && v.Get("func") == nil {
			continue // JavaScript's form of one
		}
		if v.Is(code.Instance) && v.Ref.Is(toolNodes...) {
			f.giveTools(agent, name, v.Arg("tools", 0))
			continue
		}
		refs := f.toolRefs(v)
		for _, t := range refs {
			kind := model.ToolCall
			if t.agent {
				kind = model.Delegation
				if t.handoff {
					kind = model.Handoff
				}
			}
			flow := f.Flow(kind, agent, t.ref, v.Node.Span())
			if t.label != "" {
				flow.Label(t.label)
			}
		}
		if len(refs) == 0 {
			why := v.Reason()
			if why == "" {
				why = v.String() + " is no tool that is known"
			}
			f.UnresolvedTools("a tool of "+name, why, v.Node.Span())
		}
	}
}

// members lists what a list of tools holds. Unlike [code.Value.Members] it leaves dictionaries whole: one is a tool.
func members(v *code.Value, depth int) []*code.Value {
	if v == nil || depth > 8 {
		return nil
	}
	if !v.Is(code.List) && !v.Is(code.Choice) {
		if v.Is(code.Null) {
			return nil
		}
		return []*code.Value{v}
	}
	var all []*code.Value
	for _, item := range v.Items {
		all = append(all, members(item, depth+1)...)
	}
	if v.Open {
		for _, m := range v.Members() {
			if m.Is(code.Unknown) && m.Node == v.Node {
				all = append(all, m)
			}
		}
	}
	return all
}

// toolRef is a thing that an agent can call.
type toolRef struct {
	ref     discover.Ref
	agent   bool // another agent, not a tool
	handoff bool
	label   string
}

// toolRefs gives what a member of a list of tools is, describing it where this file is the one that makes it.
func (f *file) toolRefs(v *code.Value) []toolRef {
	switch v.Kind {
	case code.Choice, code.List:
		var all []toolRef
		for _, one := range v.Members() {
			all = append(all, f.toolRefs(one)...)
		}
		return all
	case code.Function:
		return f.functionTool(v)
	case code.Class:
		if def := v.Ref.Def; def != nil && f.code.Derives(v.Ref, toolBases...) {
			return []toolRef{{ref: discover.Definition(def)}}
		}
		return nil // a Pydantic schema that stands for structured output, not for something that runs
	case code.Dict:
		return f.serverTool(v)
	case code.External:
		if info, ok := discover.Product(v.Ref); ok && info.Kind == model.Tool {
			return []toolRef{{ref: f.product(v, info)}}
		}
		return nil
	case code.Instance:
		if refs, mine := f.GatewayTools(v); mine {
			var all []toolRef
			for _, ref := range refs {
				all = append(all, toolRef{ref: ref})
			}
			return all
		}
		return f.objectTool(v)
	}
	return nil
}

// functionTool is a plain function that is given as a tool.
func (f *file) functionTool(v *code.Value) []toolRef {
	def := v.Ref.Def
	if def == nil {
		ref := discover.Object(v)
		f.Element(model.Tool, ref, "lambda", v.Node.Span()).Technology("langchain")
		return []toolRef{{ref: ref}}
	}
	if def.Module == f.code.Module() || !f.decorated(def) {
		if !f.decorated(def) {
			f.FunctionTool(def, "", "", "langchain")
		}
	}
	return []toolRef{{ref: discover.Definition(def)}}
}

// decorated tells whether a function is described as a tool where it stands.
func (f *file) decorated(def *code.Def) bool {
	for d := range def.Node.All(syntax.Decorator) {
		e := d.Child(0)
		if e.Is(syntax.Call) {
			e = e.Child(0)
		}
		if f.code.Resolve(e).Is(toolDecorators...) {
			return true
		}
	}
	return false
}

// objectTool is an object that is given as a tool.
func (f *file) objectTool(v *code.Value) []toolRef {
	ref := v.Ref
	switch {
	case f.isAgent(v) || isCompiled(v):
		var all []toolRef
		for _, r := range f.agentRefs(v) {
			all = append(all, toolRef{ref: r, agent: true})
		}
		return all
	case ref.Is(handoffTools...):
		if name := v.Arg("agent_name", 0).Str(); name != "" {
			if target := f.agentNamed(name); !target.IsZero() {
				return []toolRef{{ref: target, agent: true, handoff: true, label: v.Arg("name", -1).Str()}}
			}
		}
		return nil
	case ref.Is(retrieverTools...):
		r := discover.Object(v)
		name := v.Arg("name", 1).Str()
		if name == "" {
			name = "retriever"
		}
		e := f.Element(model.Tool, r, name, v.Call.Span()).Technology("langchain").Detail(v.Arg("description", 2).Str())
		for _, none := range []string{"exec", "fs-write", "net-write", "db-write", "message-send", "money", "code-change", "identity-admin", "physical"} {
			e.Effect(none, model.No, "a retriever tool only searches", v.Call.Span())
		}
		f.retrieval(v.Arg("retriever", 0), r, v.Call)
		return []toolRef{{ref: r}}
	case ref.Is("langchain.agents.load_tools", "langchain_community.agent_toolkits.load_tools.load_tools", "langchain.agents.**.load_tools"):
		return f.loaded(v)
	case ref.Is("langmem.create_manage_memory_tool", "langmem.create_search_memory_tool"):
		return f.memoryTool(v)
	case ref.Is(toolDecorators...) || ref.Is(toolMakers...):
		if given := v.Arg("", 0); given.Is(code.Choice) && ref.Is(toolDecorators...) { // a registry makes a tool of each function that it keeps
			var all []toolRef
			for _, one := range given.Each() {
				if one.Is(code.Function) && one.Ref.Def != nil {
					all = append(all, f.functionTool(one)...)
				}
			}
			if len(all) > 0 {
				return all
			}
		}
		return f.wrapped(v)
	case v.Root().Ref.Is(mcpClients...):
		return servers(f.mcpServers(v.Root()))
	case ref.Is(mcpLoaders...):
		r := discover.Object(v)
		f.MCP(discover.MCPServer{Ref: r, Name: "MCP session", At: v.Call.Span()})
		return servers([]discover.Ref{r})
	case ref.Def != nil && f.code.Derives(ref, toolBases...):
		return []toolRef{{ref: discover.Definition(ref.Def)}}
	}
	if object := v.Root(); object.Ref.Is(madeTools...) || ref.Is(madeTools...) {
		return []toolRef{{ref: f.product(object, productOf(object.Ref))}}
	}
	if info, ok := discover.Product(ref); ok && (info.Kind == model.Tool || info.Kind == model.MCPServer) {
		return []toolRef{{ref: f.product(v, info)}}
	}
	return nil
}

// productOf looks a tool up by its class, which packages re-export by many paths.
func productOf(ref code.Ref) discover.ProductInfo {
	info, ok := discover.Product(ref)
	if !ok {
		info, _ = discover.ProductNamed("langchain_community.tools." + classOf(ref.Name))
	}
	return info
}

func servers(refs []discover.Ref) []toolRef {
	var all []toolRef
	for _, r := range refs {
		all = append(all, toolRef{ref: r})
	}
	return all
}

// isToolCall tells whether a method call runs a tool by itself: search.invoke(…) on a tool of the program.
func (f *file) isToolCall(object *code.Value, method string) bool {
	if !invoking[method] && method != "func" {
		return false
	}
	for _, one := range object.Each() {
		switch {
		case one.Is(code.Function) && one.Ref.Def != nil && f.decorated(one.Ref.Def):
			return true
		case one.Is(code.Instance) && (one.Ref.Is(toolDecorators...) || one.Ref.Is(toolMakers...) || one.Ref.Is("langchain_community.tools.**", "langchain_tavily.**") || one.Ref.Def != nil && f.code.Derives(one.Ref, toolBases...)):
			return true
		}
	}
	return false
}
