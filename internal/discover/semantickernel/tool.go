package semantickernel

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// otherTool knows what both libraries take as a tool beyond functions.
func (x *pass) otherTool(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if v.Is(code.Class) && v.Ref.Def != nil { // a plugin class that is not made yet
		if refs := x.plugin(agent, v.Ref.Def); len(refs) > 0 {
			return refs, true
		}
	}
	if !v.Is(code.Instance) || v.Typed() {
		return nil, false
	}
	root := v.Root()
	at := v.Node.Span()
	if v.Base != nil && v.Ref.Last() == "as_tool" {
		if to, _ := x.actor(v.Base); !to.IsZero() {
			flow := x.Flow(model.Delegation, agent, to, at)
			if label := v.Arg("name", 0).Str(); label != "" {
				flow.Label(label)
			}
			return nil, true
		}
	}
	if to, _ := x.actor(v); !to.IsZero() {
		x.Flow(model.Delegation, agent, to, at)
		return nil, true
	}
	switch {
	case x.Code().Derives(root.Ref, mcpNames...):
		return []discover.Ref{x.server(root)}, true
	case strings.HasPrefix(v.Ref.Last(), "get_") && strings.HasSuffix(v.Ref.Last(), "_tool") && v.Ref.Is("agent_framework.**", "agent_framework_*.**"):
		return []discover.Ref{x.hosted(v)}, true
	case v.Ref.Is("semantic_kernel.functions.KernelPlugin.*", "semantic_kernel.functions.**.KernelPlugin.*"):
		for _, a := range v.Args() {
			if a.Value.Is(code.Instance) && a.Value.Ref.Def != nil {
				if refs := x.plugin(agent, a.Value.Ref.Def); len(refs) > 0 {
					return refs, true
				}
			}
		}
		ref := discover.Object(v)
		x.Element(model.Tool, ref, x.NameOf(v), at).Technology(kernel)
		return []discover.Ref{ref}, true
	case v.Ref.Def != nil && v.Ref.Def.Kind == code.ClassDef:
		if refs := x.plugin(agent, v.Ref.Def); len(refs) > 0 {
			return refs, true
		}
	}
	return nil, false
}

// plugin gives the functions of a class that agents may call: those with the decorator.
func (x *pass) plugin(agent discover.Ref, def *code.Def) []discover.Ref {
	var all []discover.Ref
	for _, m := range x.Code().Methods(def) {
		for _, d := range x.Code().Decorators(m) {
			if d.Decorator.Is(toolNames...) {
				ref := x.GiveFunction(x.box, agent, m)
				x.options(ref, m)
				all = append(all, ref)
				break
			}
		}
	}
	return all
}

// options reads what a tool's decorator says of approval.
func (x *pass) options(tool discover.Ref, def *code.Def) {
	for _, d := range x.Code().Decorators(def) {
		if d.Node.Is(syntax.Call) && d.Decorator.Is(toolNames...) {
			x.approval(tool, x.Code().Eval(d.Node.Argument("approval_mode")))
		}
	}
}

// approval reads approval_mode: always or never, or tools by either.
func (x *pass) approval(tool discover.Ref, v *code.Value) {
	switch {
	case v == nil:
	case v.Str() == "always_require" || v.Is(code.Dict):
		x.Control("human-approval", tool, discover.Ref{}, model.Evidenced, v.Node.Span())
	case v.Str() == "never_require":
		x.Control("human-approval", tool, discover.Ref{}, model.Absent, v.Node.Span())
	}
}

// server describes the MCP server behind a plugin or tool.
func (x *pass) server(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if !x.Once("server:" + ref.Key()) {
		return ref
	}
	at := v.Call.Span()
	e := x.MCPGiven(ref, "", v, at)
	if label := v.Arg("name", 0).Str(); label != "" && len(label) < 60 {
		e.Alias(label)
	}
	if strings.HasPrefix(v.Ref.Last(), "Hosted") {
		e.FactBecause("third-party", model.Yes, "the model's provider calls it over the network", at)
	}
	x.approval(ref, v.Arg("approval_mode", -1))
	if allowed := v.Arg("allowed_tools", -1); allowed != nil && !allowed.Is(code.Null) {
		x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, allowed.Node.Span())
	}
	return ref
}

// hosted is a tool that the provider runs: client.get_web_search_tool().
func (x *pass) hosted(v *code.Value) discover.Ref {
	last := v.Ref.Last()
	at := v.Call.Span()
	label := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(last, "get_"), "_tool"), "_", " ")
	if last == "get_mcp_tool" {
		ref := discover.Object(v)
		if x.Once("server:" + ref.Key()) {
			x.MCPGiven(ref, v.Arg("name", -1).Str(), v, at).FactBecause("third-party", model.Yes, "the model's provider calls it over the network", at)
			x.approval(ref, v.Arg("approval_mode", -1))
			if allowed := v.Arg("allowed_tools", -1); allowed != nil && !allowed.Is(code.Null) {
				x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, allowed.Node.Span())
			}
		}
		return ref
	}
	ref := discover.Local(x.Path(), last)
	e := x.Element(model.Tool, ref, label, at)
	if info, ok := discover.ProductNamed("agent_framework." + last); ok {
		e.Product(info, at)
	} else {
		e.Technology(framework).FactBecause("third-party", model.Yes, "the model's provider runs it", at).FactBecause("provider", "the model's provider", "it is one of the provider's own tools", at)
	}
	return ref
}

// added finds what calls on a kernel add to it: plugins as tools, services as models. A kernel that a function of another
// file makes is looked for there too.
func (x *pass) added(k *code.Value, each func(verb string, call *code.Value)) {
	same := func(on *code.Value) bool { return on.Key() == k.Key() }
	x.addedIn(x.Code(), same, each)
	if t := k.Call.Tree(); !k.Call.IsZero() && t != nil && t.File.Path() != x.Path() {
		if there := x.CodeOf(t.File.Path()); there != nil {
			made := k.Call.Span().String()
			x.addedIn(there, func(on *code.Value) bool {
				return on.Is(code.Instance) && !on.Typed() && on.Call.Span().String() == made
			}, each)
		}
	}
	x.addedWhenMade(k, each)
}

// addedIn finds the calls of one file that add something to a kernel.
func (x *pass) addedIn(r *code.Resolver, same func(on *code.Value) bool, each func(verb string, call *code.Value)) {
	for _, c := range r.Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !adding[callee.Text()] {
			continue
		}
		for _, run := range r.Rounds(c.Node) {
			for _, on := range run.Inside(callee.Child(0)).Each() {
				if same(on) {
					each(callee.Text(), run)
				}
			}
		}
	}
}

// adding are the methods of a kernel that add something to it.
var adding = map[string]bool{"add_plugin": true, "add_plugins": true, "add_service": true, "add_functions": true, "add_function": true}

// addedWhenMade gives what a kernel is made with.
func (x *pass) addedWhenMade(k *code.Value, each func(verb string, call *code.Value)) {
	for _, one := range k.Arg("plugins", -1).Members() {
		each("plugin", one)
	}
	for _, one := range k.Arg("services", -1).Members() {
		each("service", one)
	}
}

// plugged gives an agent what its kernel holds.
func (x *pass) plugged(agent discover.Ref, name string, k *code.Value) {
	x.added(k, func(verb string, call *code.Value) {
		switch verb {
		case "add_service", "service":
			x.served(agent, name, verb, call)
		case "plugin":
			x.Give(x.box, agent, name, call)
		default:
			for _, key := range []string{"plugin", "plugins", "functions"} {
				if p := call.Arg(key, 0); p != nil {
					if p.Is(code.String) {
						continue // add_plugin(plugin_name=…, parent_directory=…)
					}
					x.Give(x.box, agent, name, p)
					return
				}
			}
		}
	})
}

// served says that an agent asks a service which its kernel was told of.
func (x *pass) served(agent discover.Ref, name, verb string, call *code.Value) {
	m := call
	if verb == "add_service" {
		m = call.Arg("service", 0)
	}
	for _, one := range m.Each() {
		if x.isService(one) {
			for _, ref := range x.ModelObjects(one, name, modelClasses) {
				x.UsesModel(agent, ref, m.Node.Span())
			}
		}
	}
}

// kernels: a kernel that has plugins and lets the model choose among them is an agent without the name. Those that an
// agent holds are part of it.
func (x *pass) kernels() {
	r := x.Code()
	auto := r.CallsTo("semantic_kernel.**.FunctionChoiceBehavior.Auto", "semantic_kernel.**.FunctionChoiceBehavior.Required", "semantic_kernel.**.FunctionCallBehavior.*")
	if len(auto) == 0 {
		return
	}
	held := map[string]bool{}
	for _, v := range r.Instances(kernelAgents...) {
		for _, k := range v.Arg("kernel", -1).Each() {
			held[k.Key()] = true
		}
	}
	for _, k := range r.Instances("semantic_kernel.Kernel", "semantic_kernel.kernel.Kernel") {
		if k.Typed() || k.Base != nil || held[k.Key()] {
			continue
		}
		ref := discover.Object(k)
		name := x.NameOf(k)
		x.box.Technology = kernel
		plugins := false
		x.added(k, func(verb string, _ *code.Value) {
			plugins = plugins || strings.Contains(verb, "plugin") || strings.Contains(verb, "function")
		})
		if !plugins {
			continue
		}
		x.plugged(ref, name, k)
		x.Element(model.Agent, ref, name, k.Call.Span(), auto[0].Node.Span()).Technology(kernel).Detail("a kernel whose model chooses functions by itself").
			FactBecause("loops", model.Yes, "it calls functions until it gives an answer", auto[0].Node.Span())
	}
}

// middleware: code around a run that can end it, or keep a function from being called.
func (x *pass) middleware(agent discover.Ref, name string, list *code.Value) {
	for _, v := range list.Members() {
		def := v.RefOf().Def
		if def == nil {
			if v.Is(code.Unknown) {
				x.Unresolved("middleware of "+name, v.Reason(), v.Node.Span())
			}
			continue
		}
		policy := x.PolicyOf(def.Node, discover.Around())
		if !policy.Counts && policy.Why == "" {
			continue // it looks on
		}
		control := "input-guardrail"
		source := strings.ToLower(def.Node.Source())
		if head, _, ok := strings.Cut(source, "await "); ok && strings.Contains(head, "functioninvocationcontext") || strings.Contains(source, "functionmiddleware)") {
			control = "argument-policy"
		}
		if control == "input-guardrail" && policy.Why == discover.WhyElsewhere {
			continue
		}
		ref := discover.Definition(def)
		x.Element(model.Guardrail, ref, def.Last(), discover.Headline(def.Node)).Technology(framework).Detail(def.Doc())
		x.Flow(model.Enforces, ref, agent, v.Node.Span())
		if policy.Why != "" {
			x.Unresolved("what "+def.Last()+" lets through", policy.Why, v.Node.Span())
			continue
		}
		x.Control(control, agent, ref, model.Evidenced, v.Node.Span())
	}
}

// provider is what brings an agent memories or passages.
func (x *pass) provider(agent discover.Ref, v *code.Value) {
	if !v.Is(code.Instance) || v.Typed() || v.Base != nil {
		return
	}
	at := v.Call.Span()
	ref := discover.Object(v)
	class := v.Ref.Last()
	switch {
	case strings.Contains(class, "Search"):
		x.Element(model.Knowledge, ref, x.NameOf(v), at).Technology("azure-ai-search").Alias(class).FactBecause("persistent", model.Yes, "a service keeps it", at)
		x.Flow(model.Retrieval, ref, agent, at)
	case v.Ref.Is("agent_framework.mem0.**", "agent_framework.redis.**", "agent_framework_*.**") || strings.Contains(class, "Memory") || strings.Contains(class, "History") || strings.Contains(class, "Mem0") || strings.Contains(class, "Redis"):
		e := x.Element(model.Memory, ref, x.NameOf(v), at).Technology(framework).Alias(class)
		if strings.Contains(class, "Redis") || strings.Contains(class, "Mem0") || strings.Contains(class, "Cosmos") {
			e.FactBecause("persistent", model.Yes, "it is kept in a store", at)
		}
		x.Remembers(agent, ref, at)
	}
}

// mcpServers describes what the program offers over MCP itself: the functions of a plugin, a kernel or an agent.
func (x *pass) mcpServers() {
	r := x.Code()
	serverOf := func(v *code.Value, name string) discover.Ref {
		ref := discover.Object(v)
		at := v.Call.Span()
		if name == "" {
			name = x.NameOf(v)
		}
		x.Element(model.MCPServer, ref, name, at).Technology("mcp").FactBecause("third-party", model.No, "its source is in the tree", at)
		x.StartedBy(ref, discover.Held, "file:"+x.Path())
		return ref
	}
	for _, v := range r.Instances("semantic_kernel.connectors.mcp.create_mcp_server_from_functions", "semantic_kernel.connectors.mcp.create_mcp_server_from_kernel") {
		ref := serverOf(v, v.Arg("server_name", -1).Str())
		found := false
		for _, given := range []*code.Value{v.Arg("functions", 0), v.Arg("kernel", 0)} {
			for _, one := range given.Members() {
				for _, tool := range x.offeredBy(one) {
					found = true
					x.Flow(model.Provides, ref, tool, v.Call.Span())
				}
			}
		}
		if !found {
			x.UnresolvedTools("the tools of MCP server "+v.Arg("server_name", -1).Str(), discover.WhyNot(v.Arg("", 0)), v.Call.Span())
		}
	}
	for _, c := range r.Calls() {
		if callee := c.Node.Child(0); !callee.Is(syntax.Attr) || !callee.TextIs("as_mcp_server") {
			continue
		}
		v := r.Eval(c.Node)
		if !v.Is(code.Instance) || v.Base == nil {
			continue
		}
		to, _ := x.actor(v.Base)
		tools := x.offeredBy(v.Base)
		if to.IsZero() && len(tools) == 0 {
			continue
		}
		ref := serverOf(v, v.Arg("server_name", -1).Str())
		x.Flow(model.Message, ref, to, c.Node.Span())
		for _, tool := range tools {
			x.Flow(model.Provides, ref, tool, c.Node.Span())
		}
	}
}

// offeredBy gives the functions that a plugin, or a kernel with plugins, holds.
func (x *pass) offeredBy(v *code.Value) []discover.Ref {
	switch {
	case v.Is(code.Function) && v.Ref.Def != nil:
		return []discover.Ref{x.GiveFunction(x.box, discover.Ref{}, v.Ref.Def)}
	case v.Is(code.Instance) && v.Ref.Is("semantic_kernel.Kernel", "semantic_kernel.**.Kernel"):
		var all []discover.Ref
		x.added(v, func(verb string, call *code.Value) {
			if verb != "plugin" && verb != "add_plugin" && verb != "add_plugins" {
				return
			}
			plugin := call
			if call.Is(code.Instance) && strings.HasPrefix(verb, "add_") {
				plugin = call.Arg("plugin", 0)
			}
			for _, one := range plugin.Members() {
				if one.RefOf().Def != nil {
					all = append(all, x.offeredBy(one)...)
				}
			}
		})
		return all
	case v.RefOf().Def != nil && v.RefOf().Def.Kind == code.ClassDef:
		return x.plugin(discover.Ref{}, v.Ref.Def)
	}
	return nil
}
