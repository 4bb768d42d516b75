package openaiagents

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// tools records what an agent may call; it returns how many there are.
func (x *pass) tools(agent discover.Ref, name string, list *code.Value) int {
	defer x.ToolsOf(agent)()
	count := 0
	for _, v := range list.Listed() {
		if x.tool(agent, name, v) {
			count++
		}
	}
	return count
}

func (x *pass) tool(agent discover.Ref, name string, v *code.Value) bool {
	at := v.Node.Span()
	switch v.Kind {
	case code.Function:
		def := v.Ref.Def
		if def == nil {
			x.UnresolvedTools("a tool of "+name, "it is a lambda without a name", at)
			return false
		}
		var decorator code.Ref
		var node syntax.Node
		for _, d := range x.Code().Decorators(def) {
			if d.Decorator.Is(toolDecorators...) {
				decorator, node = d.Decorator, d.Node
			}
		}
		x.calls(agent, x.functionTool(def, decorator, node), at)
		return true
	case code.Dict:
		if !discover.Script(v.Node) {
			count := 0
			for _, one := range v.Members() {
				if x.tool(agent, name, one) {
					count++
				}
			}
			return count > 0
		}
	case code.Instance:
		if refs, mine := x.GatewayTools(v); mine {
			for _, ref := range refs {
				x.calls(agent, ref, at)
			}
			return true
		}
		return x.toolObject(agent, name, v)
	case code.External:
		if v.Base != nil && x.isAgent(v.Base) {
			break
		}
		ref := discover.Named(model.Tool, v.Ref.Name)
		e := x.Element(model.Tool, ref, v.Ref.Last(), at)
		if info, ok := discover.Product(v.Ref); ok {
			e.Product(info, at)
		} else {
			e.FactBecause("third-party", model.Yes, "it comes from the library "+v.Ref.Name, at)
		}
		x.calls(agent, ref, at)
		return true
	case code.Bool, code.String, code.Number:
		return false
	}
	x.UnresolvedTools("a tool of "+name, reason(v), at)
	return false
}

// calls records that an agent may call a tool or server.
func (x *pass) calls(agent, tool discover.Ref, at source.Span) {
	x.Flow(model.ToolCall, agent, tool, at)
}

// toolObject is a tool that a call makes.
func (x *pass) toolObject(agent discover.Ref, name string, v *code.Value) bool {
	at := v.Node.Span()
	switch {
	case v.Ref.Is(asTool...) || v.Base != nil && x.isAgent(v.Base) && (v.Ref.Last() == "as_tool" || v.Ref.Last() == "asTool"):
		if v.Base == nil || v.Base.Typed() {
			x.UnresolvedTools("a tool of "+name, "which agent is used as a tool could not be followed", at)
			return false
		}
		other := x.ref(v.Base)
		flow := x.Flow(model.Delegation, agent, other, at)
		if label := v.Arg("tool_name", 0).Str(); label != "" {
			flow.Label(label)
		}
		x.approval(flow.Ref(), v)
		turns := v.Arg("max_turns", -1)
		if turns == nil {
			turns = v.Arg("run_options", -1).Get("max_turns")
		}
		if turns.Is(code.Number) {
			x.Control("iteration-limit", other, discover.Ref{}, model.Evidenced, turns.Node.Span())
		}
		return true
	case v.Ref.Is(toolDecorators...):
		fn := v.Arg("func", 0)
		if !fn.Is(code.Function) || fn.Ref.Def == nil {
			if product, ok := discover.Product(fn.RefOf()); ok && fn != nil {
				ref := discover.Object(v)
				x.Element(model.Tool, ref, product.Name, at).Product(product, at)
				x.calls(agent, ref, at)
				return true
			}
			if fn.Is(code.External) {
				return x.tool(agent, name, fn)
			}
			x.UnresolvedTools("a tool of "+name, reason(fn), at)
			return false
		}
		ref := x.functionTool(fn.Ref.Def, v.Ref, v.Call)
		x.calls(agent, ref, at)
		return true
	case v.Ref.Is("agents.FunctionTool", "agents.tool.FunctionTool") || x.Code().Derives(v.Ref, "agents.FunctionTool", "agents.tool.FunctionTool"):
		x.calls(agent, x.rawTool(v), at)
		return true
	case v.Ref.Is("agents.HostedMCPTool", "agents.tool.HostedMCPTool"):
		x.calls(agent, x.hostedServer(v), at)
		return true
	case v.Ref.Is("@openai/agents*.hostedMcpTool"):
		x.calls(agent, x.hostedServer(v), at)
		return true
	case v.Ref.Is(scriptTools...):
		x.calls(agent, x.scriptTool(agent, v), at)
		return true
	case v.Ref.Is("@openai/agents*.getAllMcpTools"):
		servers := v.Arg("mcp_servers", -1)
		if servers == nil {
			servers = v.Arg("", 0)
		}
		return x.servers(agent, name, servers) > 0
	case x.isAgent(v):
		x.UnresolvedTools("a tool of "+name, "an agent stands where a tool is expected", at)
		return false
	}
	if v.Typed() {
		x.UnresolvedTools("a tool of "+name, "only its type is known here", at)
		return false
	}
	ref := discover.Object(v)
	if !x.Once("tool:" + ref.Key()) {
		x.calls(agent, ref, at)
		return true
	}
	if info, ok := discover.Product(v.Ref); ok {
		e := x.Element(model.Tool, ref, info.Name, at).Product(info, at)
		if n := v.Arg("name", -1).Str(); n != "" {
			e.Alias(n)
		}
		x.stores(ref, v)
		x.approval(ref, v)
		x.calls(agent, ref, at)
		return true
	}
	toolName := v.Arg("name", -1).Str()
	if toolName == "" {
		toolName = v.Ref.Last()
	}
	e := x.Element(model.Tool, ref, toolName, at).Alias(v.Ref.Last())
	if def := v.Ref.Def; def != nil {
		e.Detail(def.Doc()).Effects(x.EffectsOf(def))
	} else {
		e.FactBecause("third-party", model.Yes, "it is made by the library "+v.Ref.Name, at)
	}
	x.calls(agent, ref, at)
	return true
}

// functionTool describes a function that agents may call. Node is the decorator or call with its options.
func (x *pass) functionTool(def *code.Def, _ code.Ref, node syntax.Node) discover.Ref {
	ref := discover.Definition(def)
	if !x.Once("tool:" + ref.Key()) {
		return ref
	}
	option := func(key string) *code.Value {
		if !node.Is(syntax.Call) {
			return nil
		}
		return x.Code().Eval(node.Argument(key))
	}
	e := x.FunctionTool(def, option("name_override").Str(), option("description_override").Str(), technology)
	if option("strict_mode").Str() == "false" {
		e.FactBecause("typed-input", model.No, "strict mode is off", node.Span())
	}
	x.approvalValue(ref, option("needs_approval"))
	if t := option("timeout"); t.Is(code.Number) {
		x.Control("timeout", ref, discover.Ref{}, model.Evidenced, t.Node.Span())
	}
	x.checks(ref, def.Last(), option("tool_input_guardrails"), "input-guardrail")
	x.checks(ref, def.Last(), option("tool_output_guardrails"), "output-guardrail")
	return ref
}

// rawTool describes FunctionTool(name=…, on_invoke_tool=…).
func (x *pass) rawTool(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if !x.Once("tool:" + ref.Key()) {
		return ref
	}
	at := v.Call.Span()
	name := v.Arg("name", 0).Str()
	if name == "" {
		name = "function tool"
		if _, symbol := v.Symbol(); symbol != "" {
			name = symbol[strings.LastIndexByte(symbol, '.')+1:]
		}
	}
	e := x.Element(model.Tool, ref, name, at).Technology(technology).Detail(v.Arg("description", 1).Str())
	if v.Has("params_json_schema") {
		e.Fact("typed-input", model.Yes, at)
	}
	if f := v.Arg("on_invoke_tool", 3); f.Is(code.Function) && f.Ref.Def != nil {
		e.Effects(x.EffectsOf(f.Ref.Def))
	}
	x.approval(ref, v)
	return ref
}

// approval looks for needs_approval among a call's arguments.
func (x *pass) approval(on discover.Ref, v *code.Value) {
	x.approvalValue(on, v.Arg("needs_approval", -1))
}

func (x *pass) approvalValue(on discover.Ref, v *code.Value) {
	if v.Is(code.Bool) || v.Is(code.Function) {
		x.Switch("human-approval", on, v)
	}
}

// stores finds the vector stores that file search looks into.
func (x *pass) stores(tool discover.Ref, v *code.Value) {
	if last := v.Ref.Last(); last != "FileSearchTool" && last != "fileSearchTool" {
		return
	}
	for _, id := range v.Arg("vector_store_ids", 0).Members() {
		name := id.Str()
		if id.Is(code.Env) && name == "" {
			name = "$" + id.Text
		}
		if name == "" {
			name = "vector store"
		}
		at := id.Node.Span()
		ref := discover.Named(model.Knowledge, name)
		x.Element(model.Knowledge, ref, name, at).Technology("openai").
			FactBecause("persistent", model.Yes, "the provider keeps it", at).
			FactBecause("third-party", model.Yes, "the provider openai keeps it", at)
		x.Flow(model.Retrieval, ref, tool, at)
	}
}
