// Package claudeagent reads programs written with the Claude Agent SDK for Python and TypeScript (the Claude Code SDK
// before).
//
// An agent of this SDK is a run of Claude Code with options: the object that holds the options is the agent. In TypeScript
// that is a plain object, which only its use in a run shows to be options (script.go). The package
// finds its model, instructions, built-in tools that are allowed, servers of the process and outside, sub-agents, the
// permission mode, callbacks and hooks that refuse, limits, and the sandbox.
//
// # What it does not do
//
// What the project's .claude folder adds (settings, sub-agents, skills) is left to the extractor of such files, also where
// setting_sources names it. A tool that is neither allowed nor refused can still be asked for; it is not listed.
package claudeagent

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds Claude Agent SDK programs.
var Extractor = &discover.Extractor{
	Name:    "claudeagent",
	Doc:     "Claude Agent SDK (Python, TypeScript): options, allowed tools, permissions, sub-agents, hooks, MCP servers, limits and sandbox.",
	Match:   discover.PythonOrScript,
	Imports: []string{"claude_agent_sdk", "claude_code_sdk", "@anthropic-ai/claude-agent-sdk", "@anthropic-ai/claude-code"},
	Run:     run,
}

const technology = "claude-agent-sdk"

var (
	optionNames   = sdk("ClaudeAgentOptions", "ClaudeCodeOptions")
	subNames      = sdk("AgentDefinition")
	toolNames     = sdk("tool")
	ownServers    = sdk("create_sdk_mcp_server")
	hookMatchers  = sdk("HookMatcher")
	clientNames   = sdk("ClaudeSDKClient")
	queryNames    = sdk("query")
	nameless      = map[string]bool{"options": true, "opts": true, "option": true, "claude_options": true, "agent_options": true, "ClaudeAgentOptions": true, "ClaudeCodeOptions": true}
	delegateTools = map[string]bool{"Task": true, "Agent": true}
)

func sdk(names ...string) []string {
	var all []string
	for _, n := range names {
		for _, module := range []string{"claude_agent_sdk.", "claude_agent_sdk.**.", "claude_code_sdk.", "claude_code_sdk.**."} {
			all = append(all, module+n)
		}
	}
	return all
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.sites = &discover.RunSites{Calls: append(append([]string{}, queryNames...), clientNames...), Tools: toolNames, Starts: x.starts}
	x.box = &discover.Toolbox{Technology: technology, Decorators: toolNames, Sites: x.sites}
	x.sites.Box = x.box
	r := p.Code()
	if discover.Script(p.Tree().Root()) {
		x.script()
		return nil
	}
	for _, v := range r.Instances(optionNames...) {
		x.agent(v)
	}
	for _, d := range r.DecoratedBy(toolNames...) {
		if d.Def.Kind == code.FuncDef {
			x.tool(d.Def, d.Node)
		}
	}
	for _, v := range r.Instances(ownServers...) {
		x.ownServer(v)
	}
	for _, attr := range []string{"mcp_servers", "allowed_tools", "agents", "system_prompt", "model", "permission_mode", "can_use_tool", "hooks", "max_turns"} {
		for _, w := range r.Writes(attr) {
			if x.isOptions(w.Target) {
				x.changed(w)
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

func (x *pass) isOptions(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Base == nil && x.Code().Derives(v.Ref, optionNames...)
}

func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Name: "system_prompt", Position: -1}, discover.Telling{Name: "allowed_tools", Position: -1}, discover.Telling{Name: "agents", Position: -1})
}

// named is the name of an agent: what holds its options, unless that only says that they are options.
func (x *pass) named(v *code.Value) string {
	_, symbol := v.Symbol()
	parts := strings.Split(symbol, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		s := strings.TrimSuffix(strings.TrimSuffix(parts[i], "_options"), "_opts")
		if s != "" && !nameless[s] && s != "main" && s != "self" && s != "_options" {
			return strings.TrimPrefix(s, "_")
		}
	}
	return "Claude"
}

func (x *pass) agent(v *code.Value) {
	if !x.isOptions(v) {
		return
	}
	x.described(x.ref(v), x.named(v), v)
}

// described describes an agent by its options.
func (x *pass) described(ref discover.Ref, name string, v *code.Value) {
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := place(v)
	if spread := v.Spread(); spread != nil {
		x.Unresolved("arguments of "+name, spread.Reason(), spread.Node.Span())
	}
	x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).
		FactBecause("loops", model.Yes, "it goes on until it gives a final answer", at)
	x.instructions(ref, name, opt(v, "system_prompt", -1))
	if opt(v, "system_prompt", -1) == nil {
		x.instructions(ref, name, opt(v, "append_system_prompt", -1))
	}
	x.model(ref, opt(v, "model", -1), v)
	mode := opt(v, "permission_mode", -1)
	x.permission(ref, mode)
	x.allowed(ref, v, mode)
	x.servers(ref, name, opt(v, "mcp_servers", -1))
	x.subAgents(ref, name, opt(v, "agents", -1))
	x.hooks(ref, name, opt(v, "hooks", -1))
	x.callback(ref, name, opt(v, "can_use_tool", -1))
	x.Limit("iteration-limit", ref, opt(v, "max_turns", -1))
	x.Limit("budget-limit", ref, opt(v, "max_budget_usd", -1))
	x.sandbox(ref, opt(v, "sandbox", -1))
}

// instructions are a text, or a preset with a text that is added.
func (x *pass) instructions(ref discover.Ref, name string, v *code.Value) {
	for _, one := range v.Each() {
		if one.Is(code.Dict) {
			if added := one.Get("append"); added != nil {
				x.Prompt(ref, name, added)
			}
			continue
		}
		x.Prompt(ref, name, one)
	}
}

// model finds whom an agent asks; without a model it is Claude Code's default.
func (x *pass) model(agent discover.Ref, m, v *code.Value) {
	if m == nil || m.Is(code.Null) {
		x.ClaudeDefaultModel(agent, place(v))
		return
	}
	for _, one := range m.Each() {
		if one.Str() == "inherit" {
			continue
		}
		x.UsesModel(agent, x.Model(one, "anthropic"), one.Node.Span())
	}
}

// permission reads how far an agent may go without asking.
func (x *pass) permission(agent discover.Ref, mode *code.Value) {
	if mode == nil {
		return
	}
	at := mode.Node.Span()
	switch mode.Str() {
	case "bypassPermissions", "dontAsk":
		x.Control("human-approval", agent, discover.Ref{}, model.Absent, at)
	case "plan":
		x.Control("human-approval", agent, discover.Ref{}, model.Evidenced, at)
	}
}

// allowed describes the tools that an agent may use without being asked. Where permissions are bypassed and no base set
// is named, that is every tool.
func (x *pass) allowed(agent discover.Ref, v, mode *code.Value) {
	defer x.ToolsOf(agent)()
	refused := map[string]bool{}
	for _, one := range opt(v, "disallowed_tools", -1).Members() {
		refused[discover.ClaudeTool(one.Str())] = true
	}
	base, list := opt(v, "tools", -1), opt(v, "allowed_tools", -1)
	given := map[string]bool{}
	for _, source := range []*code.Value{base, list} {
		for _, one := range source.Members() {
			if one.Is(code.Unknown) {
				x.UnresolvedTools("an allowed tool", one.Reason(), one.Node.Span())
				continue
			}
			name := discover.ClaudeTool(one.Str())
			if !given[name] && !refused[name] {
				given[name] = true
				x.builtIn(agent, one.Str(), one.Node)
			}
		}
	}
	if mode.Str() == "bypassPermissions" && (base == nil || base.Is(code.Dict)) {
		for _, name := range discover.ClaudeTools {
			if !given[name] && !refused[name] {
				x.builtIn(agent, name, mode.Node)
			}
		}
		return
	}
	if list.Is(code.List) && mode.Str() != "bypassPermissions" {
		x.Control("tool-allow-list", agent, discover.Ref{}, model.Evidenced, list.Node.Span())
	}
}

// builtIn describes a tool of Claude Code and gives it to an agent. Tools of MCP servers are given by their servers.
func (x *pass) builtIn(agent discover.Ref, said string, at syntax.Node) {
	name := discover.ClaudeTool(said)
	if name == "" || strings.HasPrefix(name, "mcp__") || delegateTools[name] || strings.ContainsAny(name, " \n") {
		return
	}
	ref := discover.Beside(agent, name)
	e := x.Element(model.Tool, ref, name, at.Span())
	if info, ok := discover.ProductNamed("claude_code." + name); ok {
		e.Product(info, at.Span())
	} else {
		e.Technology("claude-code")
	}
	if rule := strings.TrimPrefix(said, name); name == "Bash" && rule != "" && rule != "(*)" {
		e.FactBecause("fixed-commands", model.Yes, "only "+said+" is allowed", at.Span())
	}
	x.Flow(model.ToolCall, agent, ref, at.Span())
}

// tool describes a function of the process: @tool("name", "description", schema).
func (x *pass) tool(def *code.Def, node syntax.Node) discover.Ref {
	ref := discover.Definition(def)
	if !x.Once("tool:" + ref.Key()) {
		return ref
	}
	name, description := "", ""
	if node.Is(syntax.Call) {
		name, description = x.Code().Eval(node.Child(1)).Str(), x.Code().Eval(node.Child(2)).Str()
		if n := node.Argument("name"); !n.IsZero() {
			name = x.Code().Eval(n).Str()
		}
		if n := node.Argument("description"); !n.IsZero() {
			description = x.Code().Eval(n).Str()
		}
	}
	e := x.FunctionTool(def, name, description, technology)
	if node.Is(syntax.Call) && !node.Child(3).IsZero() {
		e.FactBecause("typed-input", model.Yes, "its arguments follow a schema", node.Child(3).Span())
	}
	x.GiveFunction(&discover.Toolbox{Technology: technology, Sites: x.sites}, discover.Ref{}, def)
	return ref
}

// ownServer describes an MCP server that lives in the process, with the functions that it offers.
func (x *pass) ownServer(v *code.Value) (discover.Ref, []discover.Ref) {
	ref := discover.Object(v)
	defer x.ToolsOf(ref)()
	var tools []discover.Ref
	for _, one := range v.Arg("tools", 2).Members() {
		switch {
		case discover.Script(one.Node) && one.Is(code.Instance) && one.Ref.Is(scriptTools...):
			tools = append(tools, x.scriptTool(one))
		case one.Is(code.Function) && one.Ref.Def != nil:
			tools = append(tools, x.decoratedTool(one.Ref.Def))
		case one.Is(code.Instance) && one.Ref.Is(toolNames...):
			if f := one.Arg("", 0); f.Is(code.Function) && f.Ref.Def != nil {
				tools = append(tools, x.decoratedTool(f.Ref.Def))
			}
		case one.Is(code.Unknown):
			x.UnresolvedTools("a tool of an MCP server", one.Reason(), one.Node.Span())
		}
	}
	if v.Typed() || !x.Once("server:"+ref.Key()) {
		return ref, tools
	}
	at := v.Call.Span()
	x.Element(model.MCPServer, ref, x.Title(v, v.Arg("name", 0)), at).Technology("mcp").Fact("transport", "in-process", at).
		FactBecause("third-party", model.No, "it is part of the program", at)
	for _, t := range tools {
		x.Flow(model.Provides, ref, t, at)
	}
	return ref, tools
}

func (x *pass) decoratedTool(def *code.Def) discover.Ref {
	for _, d := range x.Code().Decorators(def) {
		if d.Decorator.Is(toolNames...) {
			return x.tool(def, d.Node)
		}
	}
	return x.tool(def, syntax.Node{})
}

// servers describes the MCP servers of an agent, by name.
func (x *pass) servers(agent discover.Ref, owner string, v *code.Value) {
	for _, one := range v.Each() {
		if one.Is(code.Unknown) {
			x.Unresolved("the MCP servers of "+owner, one.Reason(), one.Node.Span())
		}
		for _, pair := range one.Pairs {
			name := pair.Key.Str()
			at := pair.Value.Node.Span()
			for _, s := range pair.Value.Each() {
				switch {
				case s.Is(code.Instance) && (s.Ref.Is(ownServers...) || s.Ref.Is(scriptServers...)):
					ref, tools := x.ownServer(s)
					x.Flow(model.ToolCall, agent, ref, at)
					for _, t := range tools {
						x.Flow(model.ToolCall, agent, t, at)
					}
				case s.Is(code.Dict), s.Is(code.Instance):
					ref := discover.Of(agent, name)
					x.MCPGiven(ref, name, s, at)
					x.Flow(model.ToolCall, agent, ref, at)
				default:
					x.Unresolved("MCP server "+name+" of "+owner, discover.WhyNot(s), at)
				}
			}
		}
	}
}

// subAgents describes the agents that an agent may give tasks to.
func (x *pass) subAgents(parent discover.Ref, owner string, v *code.Value) {
	for _, one := range v.Each() {
		if one.Is(code.Unknown) {
			x.Unresolved("the sub-agents of "+owner, one.Reason(), one.Node.Span())
		}
		made := map[string]int{} // pairs for which one place makes the agent with one set of options
		for _, pair := range one.Pairs {
			for _, d := range pair.Value.Each() {
				made[discover.Object(d).Key()]++
			}
		}
		for _, pair := range one.Pairs {
			name := pair.Key.Str()
			if name == "" { // a loop goes over names that only the run knows
				name = "sub-agent of " + owner
			}
			for _, d := range pair.Value.Each() {
				if !x.isSub(d) {
					if d.Is(code.Unknown) {
						x.Unresolved("sub-agent "+name, d.Reason(), d.Node.Span())
					}
					continue
				}
				at := place(d)
				ref := discover.Object(d)
				if made[ref.Key()] > 1 { // only its name tells it from the others
					ref = discover.Of(ref, name)
				}
				x.Flow(model.Delegation, parent, ref, at)
				if !x.Once("agent:" + ref.Key()) {
					continue
				}
				e := x.Element(model.Agent, ref, name, at).Technology(technology).Detail(opt(d, "description", 0).Str())
				e.FactBecause("loops", model.Yes, "it goes on until it gives a final answer", at)
				x.Prompt(ref, name, opt(d, "prompt", 1))
				if m := opt(d, "model", 3); m != nil && !m.Is(code.Null) {
					x.model(ref, m, d)
				}
				for _, t := range opt(d, "tools", 2).Members() {
					if t.Is(code.String) {
						x.builtIn(ref, t.Text, t.Node)
					}
				}
				if list := opt(d, "tools", 2); list.Is(code.List) {
					x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, list.Node.Span())
				}
				x.Limit("iteration-limit", ref, opt(d, "maxTurns", -1))
			}
		}
	}
}

// isSub tells whether a value defines a sub-agent.
func (x *pass) isSub(v *code.Value) bool {
	if discover.Script(v.Node) {
		return v.Is(code.Dict)
	}
	return v.Is(code.Instance) && !v.Typed() && x.Code().Derives(v.Ref, subNames...)
}

// opt is an option by its name in Python: of a constructor's arguments, or of a plain object.
func opt(v *code.Value, name string, position int) *code.Value {
	if v.Is(code.Dict) {
		return v.Get(name)
	}
	return v.Arg(name, position)
}

// place is where options stand.
func place(v *code.Value) source.Span {
	if v.Call.IsZero() {
		return v.Node.Span()
	}
	return v.Call.Span()
}

// hooks: functions that are asked before or after a tool, or about a prompt, and can refuse.
func (x *pass) hooks(agent discover.Ref, owner string, v *code.Value) {
	for _, one := range v.Each() {
		for _, pair := range one.Pairs {
			event := pair.Key.Str()
			control, known := discover.ClaudeHooks[event]
			for _, matcher := range pair.Value.Listed() {
				functions := matcher
				if matcher.Is(code.Dict) && discover.Script(matcher.Node) {
					functions = matcher.Get("hooks")
				} else if matcher.Is(code.Instance) && matcher.Ref.Is(hookMatchers...) {
					functions = matcher.Arg("hooks", 1)
				}
				for _, f := range functions.Members() {
					if !f.Is(code.Function) {
						if f.Is(code.Unknown) {
							x.Unresolved("a hook of "+owner, f.Reason(), f.Node.Span())
						}
						continue
					}
					if known {
						x.check(agent, f, event+" hook", control, quiet)
					}
				}
			}
		}
	}
}

// callback is the function that decides about each use of a tool.
func (x *pass) callback(agent discover.Ref, owner string, v *code.Value) {
	for _, f := range v.Each() {
		switch {
		case f.Is(code.Function):
			guard := x.check(agent, f, "permission callback", "argument-policy", allows)
			switch {
			case !guard.IsZero() && asksPerson(f.Node):
				x.Control("human-approval", agent, guard, model.Evidenced, f.Node.Span())
			case guard.IsZero():
				x.Control("human-approval", agent, discover.Ref{}, model.Absent, f.Node.Span())
			}
		case f.Is(code.Unknown):
			x.Unresolved("the permission callback of "+owner, f.Reason(), f.Node.Span())
		case f.Is(code.Instance): // of a class that can be called
			x.Unresolved("the permission callback of "+owner, discover.WhyUnread, f.Node.Span())
		}
	}
}

// check describes a function that can refuse; one without a name goes by what it is for. One whose every answer is seen to
// let pass what it is asked about only looks on, and is nothing.
func (x *pass) check(agent discover.Ref, f *code.Value, label, control string, passing func(syntax.Node) bool) discover.Ref {
	ref, own, at, doc := discover.Object(f), f.Node, f.Node.Span(), ""
	if def := f.Ref.Def; def != nil {
		ref, own, label, at, doc = discover.Definition(def), def.Node, def.Last(), discover.Headline(def.Node), def.Doc()
	}
	policy := x.PolicyOf(own, refuses)
	if !policy.Counts && policy.Why == "" {
		if x.AnswersOnly(own, passing) {
			return discover.Ref{}
		}
		policy.Why = discover.WhyUnread
	}
	x.Element(model.Guardrail, ref, label, at).Technology(technology).Detail(doc)
	x.Flow(model.Enforces, ref, agent, f.Node.Span())
	if policy.Why == discover.WhyElsewhere || policy.Why == discover.WhyUnread || control == "argument-policy" && policy.Why != "" {
		x.Unresolved("what "+label+" lets through", policy.Why, f.Node.Span())
		return ref
	}
	x.Control(control, agent, ref, model.Evidenced, f.Node.Span())
	return ref
}

// refuses tells whether a hook says no at a place: it answers with deny, ask or block, or ends the run. To say "continue_":
// True only looks on.
func refuses(n syntax.Node) bool {
	switch {
	case n.Is(syntax.String) && (n.TextIs("deny") || n.TextIs("block") || n.TextIs("ask")):
		return !n.Parent().Is(syntax.Compare, syntax.Case) && (!n.Parent().Is(syntax.Pair) || n.Parent().Child(0) != n)
	case n.Is(syntax.Pair):
		return (n.Child(0).TextIs("continue_") || n.Child(0).TextIs("continue")) && n.Child(1).Is(syntax.Bool) && n.Child(1).TextIs("false")
	case n.Is(syntax.Keyword):
		return n.TextIs("continue_") && n.Child(0).Is(syntax.Bool) && n.Child(0).TextIs("false")
	}
	return n.Is(syntax.Call) && n.Child(0).TextIs("PermissionResultDeny")
}

// asksPerson tells whether a function waits for what somebody types.
func asksPerson(n syntax.Node) bool {
	found := false
	n.Walk(func(n syntax.Node) bool {
		if callee := n.Child(0); n.Is(syntax.Call) {
			found = found || callee.Is(syntax.Name) && (callee.TextIs("input") || callee.TextIs("prompt") || callee.TextIs("confirm")) ||
				callee.Is(syntax.Attr) && callee.TextIs("question")
		}
		return !found
	})
	return found
}

// sandbox reads sandbox={"enabled": True}: commands are run in one.
func (x *pass) sandbox(agent discover.Ref, v *code.Value) {
	enabled := v.Get("enabled")
	if enabled == nil {
		enabled = v.Arg("enabled", -1)
	}
	switch {
	case enabled == nil:
	case enabled.Is(code.Bool) && enabled.Text == "true":
		x.Control("sandbox", discover.Beside(agent, "Bash"), discover.Ref{}, model.Evidenced, enabled.Node.Span())
	case enabled.Is(code.Bool):
		x.Control("sandbox", discover.Beside(agent, "Bash"), discover.Ref{}, model.Absent, enabled.Node.Span())
	}
}

// changed reads options that are set after they were made.
func (x *pass) changed(w code.Write) {
	ref, name := x.ref(w.Target), x.named(w.Target)
	switch w.Attr {
	case "mcp_servers":
		x.servers(ref, name, w.Value)
	case "allowed_tools":
		for _, one := range w.Value.Members() {
			x.builtIn(ref, one.Str(), one.Node)
		}
	case "agents":
		x.subAgents(ref, name, w.Value)
	case "system_prompt":
		x.instructions(ref, name, w.Value)
	case "model":
		x.model(ref, w.Value, w.Target)
	case "permission_mode":
		x.permission(ref, w.Value)
	case "can_use_tool":
		x.callback(ref, name, w.Value)
	case "hooks":
		x.hooks(ref, name, w.Value)
	case "max_turns":
		x.Limit("iteration-limit", ref, w.Value)
	}
}

// starts is the agent that a query or a client runs: the one with its options, or one with none.
func (x *pass) starts(run *code.Value) []discover.Started {
	options := run.Arg("options", -1)
	if options == nil && run.Ref.Is(clientNames...) {
		options = run.Arg("options", 0)
	}
	if client := run.Base; client.Is(code.Instance) && x.Code().Derives(client.Ref, clientNames...) {
		options = client.Arg("options", 0)
	}
	for _, one := range options.Each() {
		if x.isOptions(one) {
			return []discover.Started{{Ref: x.ref(one), Kind: model.Agent}}
		}
	}
	if options != nil && !options.Is(code.Null) || !run.Ref.Is(queryNames...) && !run.Ref.Is(clientNames...) {
		return nil
	}
	ref := discover.Local(x.Path(), "Claude")
	at := run.Node.Span()
	x.Element(model.Agent, ref, "Claude", at).Technology(technology).Detail("run with no options")
	if x.Once("default") {
		x.model(ref, nil, run)
	}
	return []discover.Started{{Ref: ref, Kind: model.Agent}}
}
