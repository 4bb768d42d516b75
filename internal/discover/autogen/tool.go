package autogen

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

var toolDecorators = []string{
	"autogen.tools.tool", "autogen.tools.**.tool", "autogen.beta.tool", "autogen.beta.tools.tool", "autogen.beta.tools.**.tool",
	"autogen.**.register_for_llm", "autogen.**.register_for_execution", "autogen.**.*.tool",
}

// mcpNames are the classes and functions that reach an MCP server.
var mcpNames = []string{
	"autogen_ext.tools.mcp.*", "autogen_ext.tools.mcp.**", "autogen.mcp.**",
}

// otherTool knows what AutoGen takes as a tool beyond functions: agents and teams as tools, workbenches, executors.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if v.Is(code.Instance) && v.Base != nil && v.Ref.Last() == "as_tool" && x.isAgent(v.Base) {
		x.Flow(model.Delegation, agent, x.ref(v.Base), v.Node.Span())
		return nil, true
	}
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	at := v.Node.Span()
	switch {
	case v.Ref.Is("autogen_agentchat.tools.AgentTool", "autogen_agentchat.tools.TeamTool", "autogen_agentchat.tools.**.AgentTool", "autogen_agentchat.tools.**.TeamTool", "autogen.beta.tools.subagents.*", "autogen.**.subagent_tool"):
		for _, key := range []string{"agent", "team"} {
			for _, one := range v.Arg(key, 0).Each() {
				if to := x.actor(one); !to.IsZero() {
					flow := x.Flow(model.Delegation, agent, to, at)
					if label := v.Arg("name", -1).Str(); label != "" {
						flow.Label(label)
					}
					return nil, true
				}
			}
		}
		x.UnresolvedTools("a tool of "+name, "which agent is used as a tool could not be followed", at)
		return nil, true
	case x.isAgent(v), x.isTeam(v):
		x.Flow(model.Delegation, agent, x.actor(v), at)
		return nil, true
	case v.Ref.Is(mcpNames...) || v.Base != nil && v.Root().Ref.Is(mcpNames...):
		root := v.Root()
		ref := discover.Object(root)
		if x.Once("server:" + ref.Key()) {
			x.MCPGiven(ref, "", root, root.Call.Span())
		}
		return []discover.Ref{ref}, true
	case v.Ref.Is("autogen_core.tools.StaticWorkbench", "autogen_core.tools.**.StaticWorkbench", "autogen_core.tools.StaticStreamWorkbench"):
		var all []discover.Ref
		for _, t := range v.Arg("tools", 0).Members() {
			all = append(all, x.Tools(x.box, agent, name, t)...)
		}
		return all, true
	case v.Ref.Is("autogen_ext.tools.code_execution.PythonCodeExecutionTool", "autogen_ext.tools.code_execution.**", "autogen.tools.**.PythonCodeExecutionTool"):
		ref := discover.Object(v)
		x.executorTool(ref, x.NameOf(v), v.Arg("executor", 0))
		return []discover.Ref{ref}, true
	case v.Ref.Is("autogen_ext.tools.langchain.LangChainToolAdapter", "autogen_ext.tools.langchain.**"):
		inner := v.Arg("langchain_tool", 0)
		if inner == nil {
			return nil, false
		}
		return x.Tools(x.box, agent, name, inner), true
	case v.Ref.Is("autogen_ext.tools.http.HttpTool", "autogen_ext.tools.http.**"):
		ref := discover.Object(v)
		label := v.Arg("name", -1).Str()
		if label == "" {
			label = x.NameOf(v)
		}
		e := x.Element(model.Tool, ref, label, at).Technology(technology).Detail(v.Arg("description", -1).Str()).
			Effect("net-read", model.Yes, "it sends a request", at).FactBecause("untrusted-output", model.Yes, "it returns what it fetches", at)
		if method := v.Arg("method", -1).Str(); method != "" && !strings.EqualFold(method, "GET") || v.Arg("method", -1) == nil {
			e.Effect("net-write", model.Yes, "it sends what the model writes", at)
		}
		return []discover.Ref{ref}, true
	}
	return nil, false
}

// registered finds tools that older agents get after they were made: register_function(f, caller=…, executor=…), the
// decorators register_for_llm and register_for_execution, and their calls.
func (x *pass) registered() {
	r := x.Code()
	for _, c := range r.CallsTo("autogen.register_function", "autogen.**.register_function", "ag2.register_function", "autogen.agentchat.register_function") {
		for _, call := range r.Rounds(c.Node) {
			f := call.Arg("f", 0)
			caller := call.Arg("caller", 1)
			if caller == nil { // agent.register_function(function_map={…})
				on := x.receiver(c.Node)
				if table := call.Arg("function_map", 0); !on.IsZero() && table != nil {
					x.Give(x.box, on, "an agent", table)
				}
				continue
			}
			if f == nil || !f.Is(code.Function) || f.Ref.Def == nil {
				x.UnresolvedTools("a registered function", discover.WhyNot(f), c.Node.Span())
				continue
			}
			label := call.Arg("name", -1).Str()
			e := x.FunctionTool(f.Ref.Def, label, call.Arg("description", -1).Str(), technology)
			for _, one := range caller.Members() {
				if to := x.actor(one); !to.IsZero() {
					x.Flow(model.ToolCall, to, e.Ref, c.Node.Span())
				}
			}
		}
	}
	// tool.register_for_llm(agent), agent.register_for_llm(…)(f), agent.register_tools([…])
	for _, c := range r.Calls() {
		callee := c.Node.Child(0)
		switch {
		case callee.Is(syntax.Attr) && callee.TextIs("register_tools"):
			for _, on := range x.receivers(c.Node) {
				x.Give(x.box, on, "an agent", r.Eval(c.Node.Child(1)))
			}
		case callee.Is(syntax.Attr) && callee.TextIs("register_for_llm"):
			on := x.receiver(c.Node)
			if on.IsZero() { // a tool registers itself with an agent
				if agent := x.actor(r.Eval(c.Node.Child(1))); !agent.IsZero() {
					x.Give(x.box, agent, "an agent", r.Eval(callee.Child(0)))
				}
			}
		case callee.Is(syntax.Call) && callee.Child(0).Is(syntax.Attr) && callee.Child(0).TextIs("register_for_llm"):
			for _, on := range x.receivers(callee) {
				if f := r.Eval(c.Node.Child(1)); f.Is(code.Function) && f.Ref.Def != nil {
					x.Flow(model.ToolCall, on, x.describe(f.Ref.Def, callee), c.Node.Span())
				} else {
					x.Give(x.box, on, "an agent", f)
				}
			}
		}
	}
	for _, def := range r.Functions() {
		for _, d := range r.Decorators(def) {
			if !d.Node.Is(syntax.Call) || !d.Node.Child(0).Is(syntax.Attr) {
				continue
			}
			switch {
			case d.Node.Child(0).TextIs("register_for_llm"):
				if on := x.receiver(d.Node); !on.IsZero() {
					x.Flow(model.ToolCall, on, x.describe(def, d.Node), d.Node.Span())
				}
			case d.Node.Child(0).TextIs("tool"): // agent.tool() of AG2's new agents
				if on := x.receiver(d.Node); !on.IsZero() {
					x.Flow(model.ToolCall, on, x.describe(def, d.Node), d.Node.Span())
				}
			}
		}
		for d := range def.Node.All(syntax.Decorator) {
			if e := d.Child(0); e.Is(syntax.Attr) && e.TextIs("tool") {
				for _, v := range r.Eval(e.Child(0)).Each() {
					if ref := x.actor(v); !ref.IsZero() {
						x.Flow(model.ToolCall, ref, x.describe(def, syntax.Node{}), e.Span())
					}
				}
			}
		}
	}
	for _, d := range r.DecoratedBy("autogen.tools.tool", "autogen.tools.**.tool", "autogen.beta.tool", "autogen.beta.tools.tool", "autogen.beta.tools.**.tool") {
		x.DecoratedTool(x.box, d.Def)
	}
	for _, v := range r.Instances(x.box.Wrappers[0].Patterns...) {
		x.Tools(x.box, discover.Ref{}, x.NameOf(v), v)
	}
	for _, def := range r.ClassesOf(x.box.Classes...) {
		if (r.Method(def, "run") != nil || r.Method(def, "run_json") != nil) && !x.abstract(def) {
			x.ToolClass(x.box, def)
		}
	}
}

// describe is a function with what the call that registers it says.
func (x *pass) describe(def *code.Def, call syntax.Node) discover.Ref {
	text := func(key string) string {
		if call.Is(syntax.Call) {
			return x.Code().Eval(call.Argument(key)).Str()
		}
		return ""
	}
	return x.FunctionTool(def, text("name"), text("description"), technology).Ref
}

// abstract tells whether a class says itself that nobody makes objects of it.
func (x *pass) abstract(def *code.Def) bool {
	for base := range def.Node.All(syntax.Base) {
		if x.Code().Resolve(base.Child(0)).Is("abc.ABC") {
			return true
		}
	}
	return false
}
