package mcpserver

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// gradioApps are the classes of Gradio's user interfaces. One that is launched with mcp_server=True offers the functions
// behind it as tools.
var gradioApps = []string{"gradio.Blocks", "gradio.Interface", "gradio.ChatInterface", "gradio.TabbedInterface", "gradio.**.Blocks", "gradio.**.Interface", "gradio.**.ChatInterface", "gradio.**.TabbedInterface"}

// gradioEvents are the methods of Gradio's components that a function is bound with.
var gradioEvents = map[string]bool{
	"click": true, "change": true, "submit": true, "input": true, "select": true, "upload": true, "load": true, "then": true, "success": true,
	"release": true, "blur": true, "focus": true, "tick": true, "clear": true, "stop_recording": true, "play": true, "like": true, "edit": true,
	"delete": true, "double_click": true, "key_up": true, "stream": true, "unload": true,
}

// gradioDeep is how many functions deep the building of a user interface is followed.
const gradioDeep = 4

// gradio finds the user interfaces that are launched as MCP servers.
func (x *pass) gradio() {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		app := callee.Child(0)
		switch {
		case callee.Is(syntax.Attr) && callee.TextIs("launch"):
		case c.Callee.Is("gradio.mount_gradio_app", "gradio.**.mount_gradio_app"):
			app = argumentAt(c.Node, "blocks", 1)
		default:
			continue
		}
		option := c.Node.Argument("mcp_server")
		if option.IsZero() {
			continue
		}
		on := x.Code().Eval(option)
		if text, known := on.Constant(); known && text == "true" {
			x.gradioServer(app, c.Node)
		} else if !known && !on.Is(code.Null) {
			x.Unresolved("whether a Gradio app is an MCP server", discover.WhyNot(on), option.Span())
		}
	}
}

// argumentAt is the expression of an argument by its keyword or its place.
func argumentAt(call syntax.Node, name string, position int) syntax.Node {
	if n := call.Argument(name); !n.IsZero() {
		return n
	}
	if n := call.Child(1 + position); !n.Is(syntax.Keyword, syntax.Spread) {
		return n
	}
	return syntax.Node{}
}

// gradioServer describes one user interface that a call launches as a server.
func (x *pass) gradioServer(app, launch syntax.Node) {
	var apps []*code.Value
	for _, v := range x.Code().Eval(app).Each() {
		if root := v.Root(); root.Is(code.Instance) && !root.Typed() && x.Code().Derives(root.Ref, gradioApps...) {
			apps = append(apps, root)
		}
	}
	at := launch.Span()
	if len(apps) == 0 {
		ref := discover.Local(x.Path(), "gradio")
		x.Element(model.MCPServer, ref, x.nameOf(nil), at).Technology("gradio")
		x.gradioRuns(ref, launch)
		defer x.ToolsOf(ref)()
		x.UnresolvedTools("the tools of a Gradio app", "what is launched could not be followed", app.Span())
		return
	}
	for _, v := range apps {
		ref := x.ref(v)
		if !x.Once("gradio:" + ref.Key()) {
			continue
		}
		done := x.Subject(ref)
		name := strings.Join(strings.Fields(v.Arg("title", -1).Str()), " ")
		if name == "" || len(name) > 80 {
			name = x.nameOf(v)
		}
		e := x.Element(model.MCPServer, ref, name, v.Call.Span(), at).Technology("gradio").
			FactBecause("third-party", model.No, "its source is in the tree", at)
		if _, symbol := v.Symbol(); symbol != "" {
			e.Alias(symbol[strings.LastIndexByte(symbol, '.')+1:])
		}
		x.gradioRuns(ref, launch)
		b := &gradioBuilt{pass: x, server: ref, seen: map[string]bool{}}
		b.app(v, 0)
		if b.count == 0 {
			x.UnresolvedTools("the tools of MCP server "+name, "no function behind the user interface could be followed", v.Call.Span())
		}
		done()
	}
}

// gradioRuns says how a user interface is served.
func (x *pass) gradioRuns(ref discover.Ref, launch syntax.Node) {
	at := launch.Span()
	e := x.Element(model.MCPServer, ref, "").Fact("transport", "http", at)
	x.tie(ref, launch, discover.Running)
	for _, v := range x.Code().Rounds(launch) {
		if share := v.Arg("share", -1); share.Is(code.Bool) && share.Text == "true" {
			e.FactBecause("exposed", model.Yes, "it is shared under a public address", share.Node.Span())
		}
		if a := v.Arg("auth", -1); a.Is(code.List) || a.Is(code.Function) {
			x.Control("access-control", ref, discover.Ref{}, model.Evidenced, a.Node.Span())
		} else if host := v.Arg("server_name", -1); (a == nil || a.Is(code.Null)) && v.Spread() == nil && everywhere(host) {
			e.FactBecause("exposed", model.Yes, "it listens on every interface, and nothing in its code asks who calls", host.Node.Span())
		}
		x.listenAt(ref, v.Arg("server_name", -1), v.Arg("server_port", -1), true)
	}
}

// gradioBuilt collects the functions behind one user interface.
type gradioBuilt struct {
	*pass
	server discover.Ref
	seen   map[string]bool
	count  int
}

// app looks at one user interface: its own function, those that it is made of, and what is built inside its block.
func (b *gradioBuilt) app(v *code.Value, depth int) {
	if !v.Is(code.Instance) || v.Typed() || depth > gradioDeep || b.seen["app:"+v.Key()] {
		return
	}
	b.seen["app:"+v.Key()] = true
	switch v.Ref.Last() {
	case "TabbedInterface":
		for _, one := range v.Arg("interface_list", 0).Members() {
			b.app(one.Root(), depth+1)
		}
	default:
		if fn := v.Arg("fn", 0); fn != nil && !v.Ref.Is("gradio.Blocks", "gradio.**.Blocks") {
			b.function(v, fn, v.Call)
		}
	}
	for up := v.Call.Parent(); up.Is(syntax.WithItem); up = up.Parent() {
		b.inside(up.Parent().First(syntax.Block), depth)
	}
}

// inside looks for what is bound in a part of the program.
func (b *gradioBuilt) inside(part syntax.Node, depth int) {
	if depth > gradioDeep || part.IsZero() {
		return
	}
	part.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.FuncDef):
			for d := range n.All(syntax.Decorator) { // @button.click(inputs=…)
				if call := d.Child(0); call.Is(syntax.Call) && b.event(call.Child(0)) {
					for _, v := range b.Code().Rounds(call) {
						if def := b.Code().DefinitionOf(n); def != nil {
							b.tool(v, def, call)
						}
					}
				}
			}
			return false // what it does when it is called is no part of the interface
		case n.Is(syntax.Call):
			b.call(n, depth)
		}
		return true
	})
}

// event tells whether a callee binds a function to a component.
func (b *gradioBuilt) event(callee syntax.Node) bool {
	return callee.Is(syntax.Attr) && gradioEvents[callee.Text()] && b.Code().Resolve(callee).Is("gradio.**")
}

// call is a call while a user interface is built.
func (b *gradioBuilt) call(n syntax.Node, depth int) {
	callee := n.Child(0)
	ref := b.Code().Resolve(callee)
	position := 0
	switch {
	case b.event(callee), ref.Is("gradio.api", "gradio.**.api"):
	case ref.Is("gradio.on", "gradio.**.on"):
		position = 1
	case b.Code().Derives(ref, gradioApps...):
		for _, v := range b.Code().Eval(n).Each() {
			b.app(v, depth+1)
		}
		return
	case callee.Is(syntax.Attr) && callee.TextIs("render") && b.Code().Derives(b.Code().Resolve(callee.Child(0)), gradioApps...):
		for _, v := range b.Code().Eval(callee.Child(0)).Each() {
			b.app(v.Root(), depth+1)
		}
		return
	default:
		if def := ref.Def; def != nil && def.Kind == code.FuncDef && !b.seen["def:"+def.ID()] { // build_tab()
			b.seen["def:"+def.ID()] = true
			b.inside(def.Node.First(syntax.Block), depth+1)
		}
		return
	}
	for _, v := range b.Code().Rounds(n) {
		if fn := v.Arg("fn", position); fn != nil {
			b.function(v, fn, n)
		}
	}
}

// function is a function that a call binds.
func (b *gradioBuilt) function(call, fn *code.Value, at syntax.Node) {
	for _, one := range fn.Members() {
		switch {
		case one.Is(code.Function) && one.Ref.Def != nil:
			b.tool(call, one.Ref.Def, at)
		case one.Is(code.Function), one.Is(code.External): // a lambda, or a library's function
		default:
			b.UnresolvedTools("a tool of an MCP server", discover.WhyNot(one), at.Span())
		}
	}
}

// tool describes a function as a tool, unless it is kept out of the interface for programs.
func (b *gradioBuilt) tool(call *code.Value, def *code.Def, at syntax.Node) {
	name := ""
	switch api := call.Arg("api_name", -1); {
	case api.Is(code.Bool):
		if api.Text == "false" {
			return
		}
	default:
		name = strings.TrimPrefix(api.Str(), "/")
	}
	for _, key := range []string{"show_api", "api_visibility"} {
		switch text, _ := call.Arg(key, -1).Constant(); text {
		case "false", "private", "undocumented":
			return
		}
	}
	for _, d := range b.Code().Decorators(def) {
		options := d.Node
		switch {
		case d.Decorator.Is("gradio.mcp.resource", "gradio.**.resource"):
			b.resource([]discover.Ref{b.server}, discover.Definition(def), def.Last(), b.option(options, "uri_template", 0), def.Doc(), discover.Headline(def.Node))
			b.count++
			return
		case d.Decorator.Is("gradio.mcp.prompt", "gradio.**.prompt"):
			b.prompt([]discover.Ref{b.server}, discover.Definition(def), def.Last(), def.Doc(), discover.Headline(def.Node))
			b.count++
			return
		case d.Decorator.Is("gradio.mcp.tool", "gradio.**.tool"):
			if s := b.option(options, "name", 0); s != "" {
				name = s
			}
		}
	}
	b.count++
	ref := discover.Definition(def)
	if b.Once("tool:" + ref.Key()) {
		b.FunctionTool(def, name, call.Arg("api_description", -1).Str(), "gradio")
	}
	b.Flow(model.Provides, b.server, ref, spanOr(at.Span(), discover.Headline(def.Node)))
}

// spanOr is the first of two places that is one.
func spanOr(a, b source.Span) source.Span {
	if a.IsZero() {
		return b
	}
	return a
}
