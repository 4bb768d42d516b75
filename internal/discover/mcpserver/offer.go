package mcpserver

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// interesting are the methods of servers that say something.
var interesting = map[string]bool{
	"tool": true, "registerTool": true, "addTool": true, "add_tool": true, "addTools": true,
	"resource": true, "registerResource": true, "addResource": true, "add_resource": true, "addResourceTemplate": true,
	"prompt": true, "registerPrompt": true, "addPrompt": true, "add_prompt": true,
	"list_tools": true, "list_resources": true, "list_prompts": true, "setRequestHandler": true, "call_tool": true,
	"connect": true, "run": true, "run_async": true, "run_stdio_async": true, "run_sse_async": true, "run_http_async": true,
	"run_streamable_http_async": true, "start": true, "http_app": true, "sse_app": true, "streamable_http_app": true,
	"mount": true, "import_server": true,
}

// decorated looks at the functions that are decorated with a server's methods.
func (x *pass) decorated() {
	for _, def := range x.Code().Functions() {
		for d := range def.Node.All(syntax.Decorator) {
			e := d.Child(0)
			callee := e
			if e.Is(syntax.Call) {
				callee = e.Child(0)
			}
			if !callee.Is(syntax.Attr) || !interesting[callee.Text()] {
				continue
			}
			if refs, typed := x.servers(callee.Child(0)); len(refs) > 0 || typed {
				x.decorator(refs, def, e, callee.Text())
			}
		}
	}
}

// decorator is @server.tool and its like. E is the decorator's expression.
func (x *pass) decorator(servers []discover.Ref, def *code.Def, e syntax.Node, method string) {
	if def == nil {
		return
	}
	switch method {
	case "tool":
		x.pythonTool(servers, def, e)
	case "resource":
		x.resource(servers, discover.Definition(def), x.optionOr(e, "name", def.Last()), x.option(e, "uri", 0), def.Doc(), discover.Headline(def.Node))
	case "prompt":
		x.prompt(servers, discover.Definition(def), x.optionOr(e, "name", def.Last()), def.Doc(), discover.Headline(def.Node))
	case "list_tools":
		if len(servers) == 1 {
			defer x.Subject(servers[0])()
		}
		x.listed(servers, entriesOf(x.Code().Returns(def)), x.handlerNear(def.Node, "call_tool"), def.Node)
	case "list_resources":
		for _, v := range entriesOf(x.Code().Returns(def)) {
			x.listedResource(servers, v)
		}
	case "list_prompts":
		for _, v := range entriesOf(x.Code().Returns(def)) {
			x.listedPrompt(servers, v)
		}
	}
}

// option is an argument of a decorator as text.
func (x *pass) option(e syntax.Node, name string, position int) string {
	if !e.Is(syntax.Call) {
		return ""
	}
	n := e.Argument(name)
	if n.IsZero() && position >= 0 {
		if n = e.Child(1 + position); n.Is(syntax.Keyword, syntax.Spread) {
			return ""
		}
	}
	if n.IsZero() {
		return ""
	}
	v := x.Code().Eval(n)
	if !v.Is(code.String) && !v.Is(code.Choice) {
		return ""
	}
	return v.Str()
}

func (x *pass) optionOr(e syntax.Node, name, other string) string {
	if s := x.option(e, name, -1); s != "" {
		return s
	}
	return other
}

// pythonTool describes a function that a decorator makes a tool.
func (x *pass) pythonTool(servers []discover.Ref, def *code.Def, e syntax.Node) {
	name := x.option(e, "name", 0)
	if strings.ContainsAny(name, "\n") || len(name) > 80 {
		name = ""
	}
	x.functionTool(servers, def, name, x.option(e, "description", -1), e, discover.Headline(def.Node))
}

func (x *pass) functionTool(servers []discover.Ref, def *code.Def, name, description string, options syntax.Node, at source.Span) {
	ref := discover.Definition(def)
	if !x.told(def) && x.Once("tool:"+ref.Key()) {
		e := x.FunctionTool(def, name, description, technology)
		x.annotations(e, x.Code().Eval(options.Argument("annotations")))
	}
	x.provides(servers, ref, name, at)
}

// told tells whether the pass on a function's own file describes it: it does where that file imports an SDK itself and
// sees that what decorates the function is a server, if not which.
func (x *pass) told(def *code.Def) bool {
	if def.Module.Path == x.Path() || !x.importing(def.Module) {
		return false
	}
	for d := range def.Node.All(syntax.Decorator) {
		callee := d.Child(0)
		if callee.Is(syntax.Call) {
			callee = callee.Child(0)
		}
		if callee.Is(syntax.Attr) && callee.TextIs("tool") {
			if refs, typed := x.servers(callee.Child(0)); typed || len(refs) > 0 {
				return true
			}
		}
	}
	return false
}

// importing tells whether a module imports an SDK, so that this extractor reads it.
func (x *pass) importing(m *code.Module) bool {
	known, ok := x.imports[m.Path]
	if ok {
		return known
	}
	tree := m.Tree()
	if tree == nil {
		return false
	}
	for n := range tree.Root().Children() {
		names := []string{n.Text()}
		if n.Is(syntax.Import) {
			names = nil
			for a := range n.All(syntax.Alias) {
				names = append(names, a.Text())
			}
		} else if !n.Is(syntax.ImportFrom) {
			continue
		}
		for _, name := range names {
			top, _, _ := strings.Cut(name, ".")
			known = known || top == "mcp" || top == "fastmcp"
		}
	}
	x.imports[m.Path] = known
	return known
}

// provides records which servers offer a thing; when none is known, that is said.
func (x *pass) provides(servers []discover.Ref, thing discover.Ref, name string, at source.Span) {
	for _, s := range servers {
		x.Flow(model.Provides, s, thing, at)
	}
}

// annotations reads what a tool says of itself.
func (x *pass) annotations(e *discover.Element, v *code.Value) {
	if v == nil {
		return
	}
	get := func(key string) *code.Value {
		if got := v.Get(key); got != nil {
			return got
		}
		return v.Arg(key, -1)
	}
	if d := get("destructiveHint"); d.Is(code.Bool) && d.Text == "true" {
		e.FactBecause("irreversible", model.Yes, "its annotation says that it destroys", d.Node.Span())
	}
	if d := get("openWorldHint"); d.Is(code.Bool) && d.Text == "true" {
		e.FactBecause("untrusted-output", model.Yes, "its annotation says that it reaches an open world", d.Node.Span())
	}
}

// method is a call of a server's method within what runs.
func (x *pass) method(servers []discover.Ref, call syntax.Node, method string, in running) {
	if call.Parent().Is(syntax.Decorator) {
		return // see decorated
	}
	if outer := call.Parent(); method == "tool" && !x.script() && outer.Is(syntax.Call) && outer.Child(0) == call {
		x.applied(servers, call, outer, in)
		return
	}
	switch method {
	case "tool", "registerTool", "addTool", "add_tool", "addTools":
		for _, v := range x.Code().RoundsIn(in.function, call) {
			x.toolCall(servers, v, call, method)
		}
	case "resource", "registerResource", "addResource", "add_resource", "addResourceTemplate":
		for _, v := range x.Code().RoundsIn(in.function, call) {
			x.resourceCall(servers, v, call)
		}
	case "prompt", "registerPrompt", "addPrompt", "add_prompt":
		for _, v := range x.Code().RoundsIn(in.function, call) {
			x.promptCall(servers, v, call)
		}
	case "setRequestHandler":
		x.requestHandler(servers, call)
	case "mount", "import_server":
		x.mounted(servers, call)
	default:
		x.ran(servers, call, method)
	}
}

// toolCall is a tool that is registered by a call.
func (x *pass) toolCall(servers []discover.Ref, v *code.Value, call syntax.Node, method string) {
	first := v.Arg("", 0)
	if first == nil {
		if first = v.Arg("fn", -1); first == nil {
			if first = v.Arg("tool", -1); first == nil {
				return // server.tool(name="x") makes a decorator that is kept
			}
		}
	}
	switch {
	case method == "add_tool" || first.Is(code.Function) || method == "tool" && !isText(first):
		x.addTool(servers, first, v, call)
	case first.Is(code.Dict) || method == "addTool" || method == "addTools":
		for _, one := range entriesOf(first) {
			x.objectTool(servers, one, call)
		}
	default:
		if call.Tree().Language != syntax.TypeScript {
			return // mcp.tool("name") makes a decorator that is kept
		}
		x.namedTool(servers, v, first, call)
	}
}

// applied is server.tool(name="x")(function): the decorator is made and applied at once.
func (x *pass) applied(servers []discover.Ref, call, outer syntax.Node, in running) {
	for _, v := range x.Code().RoundsIn(in.function, outer) {
		if what := v.Arg("", 0); what != nil {
			x.addTool(servers, what, in.eval(x, call), outer)
		}
	}
}

func isText(v *code.Value) bool {
	for _, one := range v.Each() {
		if one.Is(code.String) || one.Is(code.Unknown) {
			return true
		}
	}
	return false
}

// addTool is add_tool(function), add_tool(Tool.from_function(function)), tool(function, name=…).
func (x *pass) addTool(servers []discover.Ref, what, options *code.Value, call syntax.Node) {
	defer x.ToolsOf(servers...)()
	at := call.Span()
	var defs []*code.Def
	given := argument(call, "fn") // the expression that names the function
	place := 1                    // where add_tool takes the name
	if call.Child(0).Is(syntax.Call) {
		place = 0 // a decorator takes it first
	}
	name, description := options.Arg("name", place).Str(), options.Arg("description", -1).Str()
	var annotations *code.Value
	if options != nil {
		annotations = options.Arg("annotations", -1)
	}
	for _, v := range what.Each() {
		switch {
		case v.Is(code.Function) && v.Ref.Def != nil:
			defs = append(defs, v.Ref.Def)
		case v.Is(code.Instance) && (v.Ref.Last() == "from_function" || v.Has("fn")):
			if name == "" {
				name = v.Arg("name", 1).Str()
			}
			if description == "" {
				description = v.Arg("description", -1).Str()
			}
			annotations = v.Arg("annotations", -1)
			given = argument(v.Call, "fn")
			for _, fn := range v.Arg("fn", 0).Each() {
				if fn.Is(code.Function) && fn.Ref.Def != nil {
					defs = append(defs, fn.Ref.Def)
				}
			}
		case v.Is(code.Dict):
			x.objectTool(servers, v, call)
			return
		case v.Is(code.Instance) && v.Ref.Def != nil && v.Ref.Def.Kind == code.ClassDef:
			x.classTool(servers, v, call)
			return
		}
	}
	if len(defs) == 0 {
		x.UnresolvedTools("a tool of an MCP server", discover.WhyNot(what), at)
		return
	}
	if inner, wrapper := x.unwrapped(defs); wrapper {
		if len(inner) == 0 {
			x.UnresolvedTools("a tool of an MCP server", "which function its wrapper stands for could not be followed", at)
		}
		for _, def := range inner {
			known := def.Last()
			if len(inner) == 1 && name != "" {
				known = name
			}
			ref := discover.Definition(def)
			if x.Once("tool:" + ref.Key()) {
				x.annotations(x.FunctionTool(def, known, description, technology), annotations)
			}
			x.provides(servers, ref, known, at)
		}
		return
	}
	plain := len(defs) == 1 && (name == "" || given.Is(syntax.Name, syntax.Attr) && given.TextIs(defs[0].Last()))
	if plain {
		ref := discover.Definition(defs[0])
		if x.Once("tool:" + ref.Key()) {
			x.annotations(x.FunctionTool(defs[0], name, description, technology), annotations)
		}
		x.provides(servers, ref, name, at)
		return
	}
	// What is registered was wrapped on the way: its name is what it is known by.
	if name == "" {
		name = defs[0].Last()
	}
	if description == "" {
		description = defs[0].Doc()
	}
	var effects [][]discover.Effect
	for _, d := range defs {
		effects = append(effects, x.EffectsOf(d))
	}
	x.described(servers, name, description, discover.JoinEffects(effects), annotations, call)
}

// unwrapped are the functions that wrappers stand for, as functools.wraps says of them; false when one of the functions is no
// such wrapper.
func (x *pass) unwrapped(defs []*code.Def) (out []*code.Def, wrapper bool) {
	for _, def := range defs {
		wrapper = false
		for d := range def.Node.All(syntax.Decorator) {
			call := d.Child(0)
			if !call.Is(syntax.Call) || !strings.HasSuffix(call.Child(0).Text(), "wraps") {
				continue
			}
			wrapper = true
			for _, v := range x.Code().Eval(call.Child(1)).Each() {
				if v.Is(code.Function) && v.Ref.Def != nil && v.Ref.Def != def && !slices.Contains(out, v.Ref.Def) {
					out = append(out, v.Ref.Def)
				}
			}
		}
		if !wrapper {
			return nil, false
		}
	}
	return out, wrapper
}

// argument is the expression that a call is given by keyword, else first.
func argument(call syntax.Node, name string) syntax.Node {
	if n := call.Argument(name); !n.IsZero() {
		return n
	}
	return call.Child(1)
}

// classTool is an object of a class of the program that is a tool.
func (x *pass) classTool(servers []discover.Ref, v *code.Value, call syntax.Node) {
	name := v.Arg("name", -1).Str()
	if name == "" {
		name = v.Ref.Def.Last()
	}
	description := v.Arg("description", -1).Str()
	if description == "" {
		description = v.Ref.Def.Doc()
	}
	x.described(servers, name, description, x.EffectsOf(v.Ref.Def), nil, call)
}

// handlerKeys are what the objects that describe a tool call its function.
var handlerKeys = []string{"execute", "handler", "callback", "cb", "run", "call", "invoke", "handle", "func", "fn", "function"}

// objectTool is addTool({ name, description, parameters, execute }).
func (x *pass) objectTool(servers []discover.Ref, v *code.Value, call syntax.Node) {
	name := v.Get("name").Str()
	if name == "" {
		name = v.Arg("name", -1).Str()
	}
	if name == "" {
		x.UnresolvedTools("a tool of an MCP server", discover.WhyNot(v), call.Span())
		return
	}
	x.described(servers, name, v.Get("description").Str(), x.effectsOfObject(v), v.Get("annotations"), call)
}

func (x *pass) effectsOfObject(v *code.Value) []discover.Effect {
	if fn := x.handlerOf(v); fn != nil {
		return x.EffectsOfFunction(fn)
	}
	return nil
}

// handlerOf is the function that an object which describes a tool runs: an entry of it, or what it was made with; nil where
// it has none.
func (x *pass) handlerOf(v *code.Value) *code.Value {
	for _, key := range handlerKeys {
		if fn := v.Get(key); fn.Is(code.Function) {
			return fn
		}
		if v.Is(code.Instance) && !v.Typed() {
			if fn := v.Arg(key, -1); fn.Is(code.Function) {
				return fn
			}
		}
	}
	return nil
}

// acts tells whether an object describes a tool with the function that it runs.
func (x *pass) acts(v *code.Value) bool { return v != nil && x.handlerOf(v) != nil }

// namedTool is tool(name, description?, schema?, handler) and registerTool(name, config, handler).
func (x *pass) namedTool(servers []discover.Ref, v, first *code.Value, call syntax.Node) {
	var names []string
	for _, one := range first.Each() {
		if s := one.Str(); s != "" && len(one.Holes) == 0 && !slices.Contains(names, s) {
			names = append(names, s)
		}
	}
	if len(names) == 0 {
		if x.catalog(servers, call) {
			return
		}
		x.Unresolved("the name of a tool of an MCP server", discover.WhyNot(first), call.Child(1).Span())
		return
	}
	last := call.Count() - 2
	description, annotations := "", (*code.Value)(nil)
	typed := false
	for i := 1; i < last; i++ {
		switch a := v.Arg("", i); {
		case a.Is(code.String):
			description = a.Str()
		case a.Is(code.Dict):
			if d := a.Get("description"); d != nil {
				description = d.Str()
			}
			if s := a.Get("annotations"); s != nil {
				annotations = s
			} else if a.Get("destructiveHint") != nil || a.Get("openWorldHint") != nil {
				annotations = a
			}
			typed = typed || len(a.Pairs) > 0
		default:
			typed = true
		}
	}
	var effects []discover.Effect
	if len(names) == 1 {
		var all [][]discover.Effect
		for _, fn := range v.Arg("", last).Each() {
			if fn.Is(code.Function) {
				all = append(all, x.EffectsOfFunction(fn))
			} else {
				all = append(all, nil)
			}
		}
		effects = discover.JoinEffects(all)
	}
	for _, name := range names {
		e := x.described(servers, name, description, effects, annotations, call)
		if typed {
			e.Fact("typed-input", model.Yes, call.Span())
		}
	}
}

// described is a tool that is known by its name in the file that registers it.
func (x *pass) described(servers []discover.Ref, name, description string, effects []discover.Effect, annotations *code.Value, at syntax.Node) *discover.Element {
	ref := discover.Local(fileOf(at, x.Path()), name)
	e := x.Element(model.Tool, ref, name, at.Span()).Technology(technology).Detail(description).Brings(effects)
	x.annotations(e, annotations)
	x.provides(servers, ref, name, at.Span())
	return e
}

// fileOf is the path of the file that a node stands in.
func fileOf(n syntax.Node, other string) string {
	if t := n.Tree(); t != nil && t.File != nil {
		return t.File.Path()
	}
	return other
}

// mounted is a server that passes calls on to another.
func (x *pass) mounted(servers []discover.Ref, call syntax.Node) {
	for a := range call.Children() {
		if a == call.Child(0) {
			continue
		}
		if a.Is(syntax.Keyword) {
			a = a.Child(0)
		}
		if refs, _ := x.servers(a); len(refs) > 0 {
			for _, from := range servers {
				for _, to := range refs {
					if from.Key() != to.Key() {
						x.Flow(model.ToolCall, from, to, call.Span()).Label("mounted")
					}
				}
			}
			return
		}
	}
}
