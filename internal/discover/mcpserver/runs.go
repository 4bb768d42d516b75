package mcpserver

import (
	"strconv"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// said is how a server is run, as one place says it.
type said struct {
	transport string // "" when it is not known
	at        source.Span
}

// ran is a call that runs a server: run(transport=…), connect(transport), http_app().
func (x *pass) ran(servers []discover.Ref, call syntax.Node, method string) {
	var transport string
	v := x.Code().Eval(call)
	switch method {
	case "run", "run_async":
		if v.Is(code.Instance) {
			transport = x.runTransport(v, call)
		}
	case "run_stdio_async":
		transport = "stdio"
	case "run_sse_async", "sse_app":
		transport = "sse"
	case "run_http_async", "run_streamable_http_async", "streamable_http_app":
		transport = "http"
	case "http_app":
		transport = "http"
		if v.Arg("transport", -1).Str() == "sse" {
			transport = "sse"
		}
	case "connect":
		transport = transportOf(x.Code().Eval(call.Child(1)))
	case "start":
		transport = wordOf(x.Code().Eval(call.Child(1)).Get("transportType").Str())
	default:
		return
	}
	for _, ref := range servers {
		x.tie(ref, call, discover.Running)
		if x.transports[ref.Key()] == nil {
			x.order = append(x.order, ref)
		}
		x.transports[ref.Key()] = append(x.transports[ref.Key()], said{transport, call.Span()})
		if v.Is(code.Instance) && (method != "connect" && method != "run" || transport != "stdio") {
			x.listenAt(ref, v.Arg("host", -1), v.Arg("port", -1), true)
			if v.Arg("port", -1) == nil { // the run's own goes before the settings
				x.portOf(ref, x.portSet(ref))
			}
			if (transport == "http" || transport == "sse") && strings.HasPrefix(method, "run") {
				x.open(ref, v)
			}
		}
	}
}

// open says that whoever reaches a server's port may call it: its own run listens on every interface, and nothing that
// it is made or run with, or that any file puts before it (see [pass.barred]), asks who calls. Under a web framework what stands before it decides, and nothing is said here.
func (x *pass) open(ref discover.Ref, run *code.Value) {
	made := run.Base
	if made == nil || made.Spread() != nil || run.Spread() != nil || guarded(made) || guarded(run) {
		return
	}
	for _, host := range []*code.Value{run.Arg("host", -1), x.hostSet(ref), made.Arg("host", -1)} {
		if host == nil || host.Is(code.Null) {
			continue
		}
		if everywhere(host) {
			x.Element(model.MCPServer, ref, "").Unbarred().FactBecause("exposed", model.Yes, "it listens on every interface, and nothing in its code asks who calls", host.Node.Span(), run.Node.Span())
		}
		return
	}
}

// names tells whether an expression is a server.
func (x *pass) names(n syntax.Node, ref discover.Ref) bool {
	for _, v := range x.Code().Eval(n).Each() {
		if x.isServer(v) && x.ref(v).Key() == ref.Key() {
			return true
		}
	}
	return false
}

// hostSet is what mcp.settings.host is set to; nil where it is not.
func (x *pass) hostSet(ref discover.Ref) (host *code.Value) {
	for _, n := range x.settingOf(ref, "host") {
		host = x.Code().Eval(n.Child(-1))
	}
	return host
}

// portSet is what mcp.settings.port is set to; nil where it is not, and where it is set in several places: which of them
// counts is not followed.
func (x *pass) portSet(ref discover.Ref) *code.Value {
	if list := x.settingOf(ref, "port"); len(list) == 1 {
		return x.Code().Eval(list[0].Child(-1))
	}
	return nil
}

// settingOf lists the assignments of the file to a setting of a server: mcp.settings.port = 8080.
func (x *pass) settingOf(ref discover.Ref, setting string) (list []syntax.Node) {
	if x.settings == nil { // a file may run many servers, and is walked once
		x.settings = map[string][]syntax.Node{}
		x.Tree().Root().Walk(func(n syntax.Node) bool {
			if to := n.Child(0); n.Is(syntax.Assign) && to.Is(syntax.Attr) && to.Child(0).Is(syntax.Attr) && to.Child(0).TextIs("settings") {
				x.settings[to.Text()] = append(x.settings[to.Text()], n)
			}
			return true
		})
	}
	for _, n := range x.settings[setting] {
		if x.names(n.Child(0).Child(0).Child(0), ref) {
			list = append(list, n)
		}
	}
	return list
}

// everywhere tells whether a host stands for every interface of the machine.
func everywhere(host *code.Value) bool {
	h, ok := host.Constant()
	return ok && (h == "0.0.0.0" || h == "::" || h == "[::]")
}

// runTransport is the transport of run(…).
func (x *pass) runTransport(v *code.Value, call syntax.Node) string {
	t := v.Arg("transport", 0)
	if strings.Contains(v.Ref.Name, "FastMCP") || strings.Contains(v.Ref.Name, "MCPServer") || x.high(v) {
		if t == nil && v.Spread() == nil {
			return "stdio" // what run does when nothing is said
		}
		if t.Is(code.Choice) || t.Is(code.Env) {
			return ""
		}
		return wordOf(t.Str())
	}
	// The low-level run is given the two ends of a transport that the code around it opens.
	scope := call
	for p := call.Parent(); !p.IsZero(); p = p.Parent() {
		scope = p
		if p.Is(syntax.FuncDef) {
			break
		}
	}
	found := ""
	scope.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) || found != "" {
			return true
		}
		switch name := x.Code().Resolve(n.Child(0)); name.Last() {
		case "stdio_server":
			found = "stdio"
		case "connect_sse", "SseServerTransport":
			found = "sse"
		case "StreamableHTTPSessionManager", "StreamableHTTPServerTransport":
			found = "http"
		case "websocket_server":
			found = "websocket"
		}
		return true
	})
	return found
}

// high tells whether the object that a method is called on is a server of the high-level kind.
func (x *pass) high(v *code.Value) bool {
	return v.Base != nil && x.Code().Derives(v.Base.Ref, append(append([]string{}, highNames...), madeNames...)...)
}

// wordOf is a transport in the words of the model.
func wordOf(s string) string {
	switch s = strings.ToLower(s); s {
	case "streamable-http", "streamable_http", "httpstream", "http-stream", "http":
		return "http"
	case "stdio", "sse", "websocket":
		return s
	}
	return ""
}

// transportOf is the transport that an object of the TypeScript SDK is.
func transportOf(v *code.Value) string {
	found := ""
	for _, one := range v.Each() {
		word := ""
		switch last := one.RefOf().Last(); {
		case strings.HasPrefix(last, "StdioServerTransport"):
			word = "stdio"
		case strings.Contains(last, "StreamableHTTP"), strings.Contains(last, "StreamableHttp"):
			word = "http"
		case strings.HasPrefix(last, "SSEServerTransport"):
			word = "sse"
		case one.Is(code.Null):
			continue
		}
		if found != "" && found != word {
			return ""
		}
		found = word
	}
	return found
}

// listenAt reads where a server listens.
func (x *pass) listenAt(ref discover.Ref, host, port *code.Value, running bool) {
	x.portOf(ref, port)
	if !running {
		return
	}
	if h, ok := host.Constant(); ok && (h == "127.0.0.1" || h == "localhost" || h == "::1") {
		x.Element(model.MCPServer, ref, "").FactBecause("exposed", model.No, "it listens on this machine only", host.Node.Span())
	}
}

// portOf ties a server to the port that it listens at: a number, or the one that a variable of the environment has when
// nobody sets it.
func (x *pass) portOf(ref discover.Ref, port *code.Value) {
	for _, one := range port.Each() {
		if one.Is(code.Instance) && one.Ref.Is("builtins.int") {
			one = one.Arg("", 0)
		}
		text, ok := one.Constant()
		if one.Is(code.Number) {
			text, ok = one.Text, true
		}
		if n, err := strconv.Atoi(text); ok && err == nil {
			x.StartedBy(ref, discover.Held, discover.PortName(n))
			return
		}
	}
}

// hosted ties a server to the port of the web server that the file runs its application on.
func (x *pass) hosted() {
	for _, c := range x.Code().CallsTo("uvicorn.run", "uvicorn.Config", "uvicorn.config.Config", "hypercorn.run", "waitress.serve") {
		for _, app := range x.Code().Eval(c.Node.Child(1)).Each() {
			if app.Is(code.Instance) && app.Base != nil && x.isServer(app.Base) {
				x.portOf(x.ref(app.Base), x.Code().Eval(c.Node.Argument("port")))
			}
		}
	}
}

// listens says over which transport each server speaks that the file runs. Where the code offers several, which one
// it is depends on how it is started, and nothing is said.
func (x *pass) listens() {
	for _, c := range x.Code().CallsTo("mcp.server.streamable_http_manager.StreamableHTTPSessionManager", "mcp.server.StreamableHTTPSessionManager") {
		if v := x.Code().Eval(c.Node); v.Is(code.Instance) {
			for _, app := range v.Arg("app", 0).Each() {
				if x.isServer(app) {
					ref := x.ref(app)
					x.tie(ref, c.Node, discover.Running)
					if x.transports[ref.Key()] == nil {
						x.order = append(x.order, ref)
					}
					x.transports[ref.Key()] = append(x.transports[ref.Key()], said{"http", c.Node.Span()})
				}
			}
		}
	}
	for _, ref := range x.order {
		list := x.transports[ref.Key()]
		word := list[0].transport
		var at []source.Span
		for _, s := range list {
			if s.transport != word {
				word = ""
			}
			at = append(at, s.at)
		}
		if word == "" {
			continue
		}
		x.Element(model.MCPServer, ref, "").Fact("transport", word, at...)
	}
}

// handlerServer describes a server that a web framework's wrapper makes.
func (x *pass) handlerServer(ref discover.Ref, call syntax.Node) {
	at := call.Span()
	v := x.Code().Eval(call)
	name := v.Arg("", 1).Get("serverInfo").Get("name").Str()
	if name == "" {
		name = x.nameOf(v)
	}
	x.Element(model.MCPServer, ref, name, at).Technology(technology).
		Fact("transport", "http", at).
		FactBecause("third-party", model.No, "its source is in the tree", at)
	x.tie(ref, call, discover.Running)
	x.OffersNothing(ref, "the tools of MCP server "+name, noTool, at)
}
