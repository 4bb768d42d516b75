// Package mcpserver reads the source of MCP servers, in Python, in TypeScript or JavaScript, and in Go.
//
// It finds servers however they are made (FastMCP of the SDK and of the fastmcp package, the low-level Server, McpServer
// and Server of the TypeScript SDK, Gradio apps that are launched as one, subclasses, factories, servers that Cloudflare's and Vercel's wrappers make, code that answers the protocol's requests itself), what
// they offer (tools, resources, prompts), how they are composed (mount, import_server, as_proxy), run and protected.
// A tool's effects come from its body; in a low-level server from the branch of the handler that answers for it.
//
// # Who offers a tool
//
// Tools are often registered by functions that are given the server: configure_notes(mcp), registerTools(server). Such
// a function is followed from the call that passes the server, through further functions, constructors and attributes;
// so a tool has the servers that really reach it. One that no call reaches is a tool whose server is unresolved.
//
// Servers of TypeScript often keep their tools in a registry that is filled and filtered when they start. Where it cannot
// be followed, the tools are the objects with a name, a description, a schema and a function in the modules that the
// registering file imports. A file of MCP Toolbox for Databases is a server with a statement for each tool.
//
// # Identity
//
// A Python tool is its function. A tool of TypeScript is its name in the file that registers it: several tools may share
// a handler. A server that a client's configuration starts is the one whose source is here, see [discover.Pass.StartedBy].
//
// # What it does not do
//
// Tools that are made from an OpenAPI document or fetched from another server when the program runs are unresolved.
// That outsiders can reach a server is never assumed. They can where its own run listens on every interface and nothing
// that it is made or run with asks who calls; they cannot where it listens on this machine or is made with such a check.
// What a web framework puts before a server that it serves is not read.
package mcpserver

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds MCP servers in source code.
var Extractor = &discover.Extractor{
	Name:  "mcpserver",
	Doc:   "MCP servers (Python, TypeScript, Go): tools with the effects of their code, resources, prompts, composition, transport and authentication.",
	Match: matches,
	Imports: []string{
		"mcp.server", "mcp", "fastmcp", "fastapi_mcp", "@modelcontextprotocol/sdk", "@modelcontextprotocol/server", "mcp-handler", "@vercel/mcp-adapter", "gradio",
		goOfficial, goMark, goMarkMCP, goMetoro,
	},
	Traces: append([]string{callRequest}, toolboxTraces...), // servers that are written by hand, or by a file of YAML
	Run:    run,
}

const technology = "mcp"

func matches(path string) bool {
	switch syntax.LanguageOf(path) {
	case syntax.Python, syntax.Notebook, syntax.TypeScript, syntax.Go:
		return !strings.HasSuffix(path, ".d.ts")
	case syntax.YAML:
		return strings.Contains(strings.ToLower(path), "tool")
	}
	return false
}

// Names of the SDKs.
var (
	highNames = []string{
		"mcp.server.fastmcp.FastMCP", "mcp.server.FastMCP", "mcp.server.fastmcp.server.FastMCP", "mcp.server.mcpserver.MCPServer",
		"mcp.server.MCPServer", "mcp.server.mcpserver.server.MCPServer", "fastmcp.FastMCP", "fastmcp.server.FastMCP", "fastmcp.server.server.FastMCP",
		"@modelcontextprotocol/sdk/server/mcp.js.McpServer", "@modelcontextprotocol/sdk/server/mcp.McpServer",
		"@modelcontextprotocol/sdk/server.McpServer", "@modelcontextprotocol/sdk.McpServer", "@modelcontextprotocol/server.McpServer",
		"@modelcontextprotocol/sdk/dist/esm/server/mcp.js.McpServer",
	}
	lowNames = []string{
		"mcp.server.Server", "mcp.server.lowlevel.Server", "mcp.server.lowlevel.server.Server", "mcp.server.server.Server",
		"@modelcontextprotocol/sdk/server/index.js.Server", "@modelcontextprotocol/sdk/server/index.Server",
		"@modelcontextprotocol/sdk/server.Server", "@modelcontextprotocol/sdk.Server", "@modelcontextprotocol/server.Server",
	}
	madeNames = []string{ // servers that a method makes of something else
		"fastmcp.FastMCP.from_openapi", "fastmcp.FastMCP.from_fastapi", "fastmcp.FastMCP.as_proxy", "fastmcp.FastMCP.from_client",
		"fastmcp.server.FastMCP.from_openapi", "fastmcp.server.FastMCP.from_fastapi", "fastmcp.server.FastMCP.as_proxy",
		"fastmcp.server.openapi.FastMCPOpenAPI", "fastmcp.server.proxy.FastMCPProxy", "fastapi_mcp.FastApiMCP", "fastapi_mcp.server.FastApiMCP",
	}
	handlerNames = []string{"mcp-handler.createMcpHandler", "@vercel/mcp-adapter.createMcpHandler", "@vercel/mcp-adapter.default", "mcp-handler.default"}
	serverNames  = append(append(append([]string{}, highNames...), lowNames...), madeNames...)
)

func run(p *discover.Pass) error {
	if p.Tree().Language == syntax.YAML {
		return toolbox(p)
	}
	r := p.Code()
	if r == nil {
		return nil
	}
	x := &pass{Pass: p, done: map[string]bool{}, walked: map[walkKey]bool{}, transports: map[string][]said{}, imports: map[string]bool{}}
	if p.Tree().Language == syntax.Go {
		x.golang()
		return nil
	}
	held := map[string]discover.Ref{}
	for _, v := range r.Instances(serverNames...) {
		h := holderOf(v)
		if first, ok := held[h]; ok && h != "" {
			x.SameAs(x.ref(v), first)
			continue
		}
		held[h] = x.server(v)
	}
	x.handlers()
	x.decorated()
	x.called()
	x.barred()
	x.listens()
	x.hosted()
	if !x.script() {
		x.gradio()
	}
	if len(held) == 0 {
		x.byHand()
	}
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	done       map[string]bool
	walked     map[walkKey]bool
	transports map[string][]said        // by server: how it is run in this file
	settings   map[string][]syntax.Node // by setting: the assignments to it; nil before anybody asked
	imports    map[string]bool          // by path: whether a module imports an SDK
	order      []discover.Ref           // the servers that are run in this file

	goBeside map[string][]syntax.Node // by tool: the calls, structs and tuples that its definition stands in
	goTyped  map[string]bool          // by tool: whether its input is a type of the program
}

// script tells whether the file is TypeScript or JavaScript.
func (x *pass) script() bool { return x.Tree().Language == syntax.TypeScript }

// isServer tells whether a value is a server that somebody made.
func (x *pass) isServer(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && x.Code().Derives(v.Ref, serverNames...)
}

func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Name: "name", Position: 0})
}

// holderOf is the variable that holds a server: what several branches put into one variable is one server, the first
// of them. It is "" for servers that are told apart by how a factory is called.
func holderOf(v *code.Value) string {
	if v.Template() != "" {
		return ""
	}
	file, symbol := v.Symbol()
	if symbol == "" {
		return ""
	}
	return file + ":" + symbol
}

// servers names the servers that an expression may be. Typed is set when all that is known is that it is some server.
func (x *pass) servers(n syntax.Node) (refs []discover.Ref, typed bool) {
	// What a name refers to is cheap to ask, and most are something else; only what passes is followed in full.
	ref := x.Code().Resolve(n)
	if known := ref.Name != ""; known && !x.Code().Derives(ref, serverNames...) || !known && !strings.Contains(ref.Reason, "parameter") {
		return nil, false
	}
	held := map[string]bool{}
	for _, v := range x.Code().Eval(n).Each() {
		switch {
		case x.isServer(v):
			if h := holderOf(v); h != "" {
				if held[h] {
					continue
				}
				held[h] = true
			}
			refs = append(refs, x.ref(v))
		case v.Is(code.Instance) && v.Typed() && x.Code().Derives(v.Ref, serverNames...):
			typed = true
		}
	}
	return refs, typed && len(refs) == 0
}

// noTool is why the tools of a server are not known for which no file registers any.
const noTool = "no tool was found on it: what registers them could not be followed, or there is none"

// server describes a server where it is made.
func (x *pass) server(v *code.Value) discover.Ref {
	ref := x.ref(v)
	if !x.Once("server:" + ref.Key()) {
		return ref
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	name := x.nameOf(v)
	e := x.Element(model.MCPServer, ref, name, v.Site().Span(), at).Technology(technology)
	if d := v.Arg("instructions", 1); d != nil && d.Str() != name {
		e.Detail(d.Str())
	}
	e.FactBecause("third-party", model.No, "its source is in the tree", at)
	x.tie(ref, v.Call, discover.Held)
	x.auth(e, v)
	defer x.ToolsOf(ref)()
	switch last := v.Ref.Last(); last {
	case "from_openapi", "from_fastapi", "FastMCPOpenAPI", "FastApiMCP":
		spec := v.Arg("openapi_spec", 0)
		if tools := x.Interface(spec); len(tools) > 0 {
			for _, tool := range tools {
				x.Flow(model.Provides, ref, tool, at)
			}
			break
		}
		x.UnresolvedTools("the tools of MCP server "+name, "they are made from an API's description when the program runs", at)
	case "as_proxy", "from_client", "FastMCPProxy":
		x.UnresolvedTools("the tools of MCP server "+name, "they are those of the servers behind it", at)
	}
	x.OffersNothing(ref, "the tools of MCP server "+name, noTool, at)
	for _, t := range v.Arg("tools", -1).Members() { // FastMCP("x", tools=[f, g])
		if t.Is(code.Function) || t.Is(code.Instance) {
			x.addTool([]discover.Ref{ref}, t, nil, t.Node)
		}
	}
	if def := v.Ref.Def; def != nil && def.Kind == code.ClassDef {
		x.inside(ref, def)
	}
	x.madeWith(ref, v)
	x.listenAt(ref, v.Arg("host", -1), v.Arg("port", -1), false)
	return ref
}

// nameOf is the server's name for people.
func (x *pass) nameOf(v *code.Value) string {
	for _, position := range []int{-1, 0} {
		if s := v.Arg("name", position).Str(); s != "" && len(s) < 80 {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	if _, symbol := v.Symbol(); symbol != "" {
		if last := symbol[strings.LastIndexByte(symbol, '.')+1:]; last != "server" && last != "mcp" && last != "app" {
			return last
		}
	}
	dir := path.Base(path.Dir(x.Path()))
	if dir == "src" || dir == "." {
		dir = path.Base(path.Dir(path.Dir(x.Path())))
	}
	if dir == "." {
		dir = strings.TrimSuffix(path.Base(x.Path()), path.Ext(x.Path()))
	}
	return dir
}

// auth looks at whether the server is made with a check of who calls.
func (x *pass) auth(e *discover.Element, v *code.Value) {
	for _, key := range checking {
		a := v.Arg(key, -1)
		if a == nil || a.Is(code.Null) || a.Is(code.Unknown) || a.Is(code.Choice) {
			continue // not given, or decided when the program runs
		}
		x.checked(e, a.Node.Span())
		return
	}
}

// tie says under which names the server that stands at a place is started.
func (x *pass) tie(ref discover.Ref, at syntax.Node, weight int) {
	file := x.Path()
	if t := at.Tree(); t != nil && t.File != nil {
		file = t.File.Path()
	}
	x.StartedBy(ref, weight, "file:"+file)
	if source.Scope(file) != source.ScopeMain {
		return
	}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if names := x.manifest(dir); len(names) > 0 {
			x.StartedBy(ref, weight, names...)
			return
		}
		if dir == "." || dir == "/" {
			return
		}
	}
}

// manifest gives the launch names that a folder's manifest declares; none when it has no manifest.
func (x *pass) manifest(dir string) []string {
	var names []string
	add := func(n syntax.Node) {
		if n.Is(syntax.String) && n.Text() != "" {
			names = append(names, discover.PackageName(n.Text()))
		}
	}
	if file := path.Join(dir, "package.json"); x.Exists(file) {
		root := x.Read(file).Root()
		add(root.Argument("name"))
		for key := range root.Argument("bin").Pairs() {
			names = append(names, discover.PackageName(key.Text()))
		}
	}
	if file := path.Join(dir, "pyproject.toml"); x.Exists(file) {
		root := x.Read(file).Root()
		for _, project := range []syntax.Node{root.Argument("project"), root.Argument("tool").Argument("poetry")} {
			add(project.Argument("name"))
			for key := range project.Argument("scripts").Pairs() {
				names = append(names, discover.PackageName(key.Text()))
			}
		}
	}
	return names
}
