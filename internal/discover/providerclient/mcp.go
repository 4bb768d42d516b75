package providerclient

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// mcpClients are the objects that talk to an MCP server.
var mcpClients = []string{
	"fastmcp.Client", "fastmcp.client.Client", "fastmcp.client.client.Client",
	"mcp.ClientSession", "mcp.client.session.ClientSession", "mcp.Client", "mcp.client.Client",
	"@modelcontextprotocol/sdk/client/index.js.Client", "@modelcontextprotocol/sdk/client/index.Client", "@modelcontextprotocol/sdk/client.Client",
	"@modelcontextprotocol/client.Client",
}

// inProgram are the classes of the servers that a client is given as objects of the same program.
var inProgram = []string{"fastmcp.FastMCP", "fastmcp.server.FastMCP", "mcp.server.fastmcp.FastMCP", "mcp.server.FastMCP", "mcp.server.mcpserver.MCPServer"}

// lists are the methods that ask a server what it offers.
var lists = map[string]bool{"list_tools": true, "listTools": true, "list_tools_mcp": true}

// deepestList is how many functions of the program may lie between an agent and the call that asks a server for its tools.
const deepestList = 2

// served finds the MCP servers whose tools an agent gives to its model: it asks a client for a server's tools, and what its
// model is given is made when the program runs. It returns how many servers that are.
func (x *pass) served(u *unit, agent discover.Ref) int {
	known := map[string]bool{}
	seen := map[syntax.Node]bool{}
	for i, scope := range u.scopes {
		x.listing(scope, func(n syntax.Node) bool { return i > 0 || u.part(n) }, 0, seen, func(client *code.Value, at source.Span) {
			for _, ref := range x.behind(client, at) {
				if !known[ref.Key()] {
					known[ref.Key()] = true
					x.Flow(model.ToolCall, agent, ref, at)
				}
			}
		})
	}
	return len(known)
}

// listing looks through a function, and those of the program that it calls, for clients that are asked for tools.
func (x *pass) listing(scope syntax.Node, part func(syntax.Node) bool, depth int, seen map[syntax.Node]bool, found func(*code.Value, source.Span)) {
	if seen[scope] {
		return
	}
	seen[scope] = true
	scope.Walk(func(n syntax.Node) bool {
		if !part(n) {
			return false
		}
		if !n.Is(syntax.Call) {
			return true
		}
		callee := n.Child(0)
		if callee.Is(syntax.Attr) && lists[callee.Text()] {
			for _, v := range x.Code().Eval(callee.Child(0)).Each() {
				if v.Is(code.Instance) && (x.Code().Derives(v.Ref, mcpClients...) || x.asksByHand(v, callee.Text())) {
					found(v, n.Span())
					return true
				}
			}
		}
		if depth < deepestList {
			if def := x.called(n).Def; def != nil && def.Kind == code.FuncDef && def.Node.Is(syntax.FuncDef) {
				x.listing(def.Node, func(syntax.Node) bool { return true }, depth+1, seen, found)
			}
		}
		return true
	})
}

// asksByHand tells of an object of a class of the program that speaks to a server of tools without a library: its method
// sends the request of the protocol itself.
func (x *pass) asksByHand(v *code.Value, method string) bool {
	if v.Ref.Def == nil || v.Ref.Def.Kind != code.ClassDef {
		return false
	}
	m := x.Code().Method(v.Ref.Def, method)
	if m == nil {
		return false
	}
	asks := false
	m.Node.Walk(func(n syntax.Node) bool {
		asks = asks || n.Is(syntax.String) && n.TextIs("tools/list") && !n.Parent().Is(syntax.Compare, syntax.Case)
		return !asks
	})
	return asks
}

// addressOf is the address that a hand-written client is made with; "" where the code does not say it.
func (x *pass) addressOf(client *code.Value) string {
	for i, name := range []string{"url", "base_url", "baseUrl", "server_url", "serverUrl", "endpoint"} {
		position := -1
		if i == 0 {
			position = 0
		}
		for _, to := range client.Arg(name, position).Each() {
			if s := to.Str(); len(to.Holes) == 0 && strings.Contains(s, "://") {
				return s
			}
		}
	}
	return ""
}

// behind describes the servers that a client reaches: one that the program holds itself, those of a configuration by
// their names, or what is started or reached.
func (x *pass) behind(client *code.Value, at source.Span) []discover.Ref {
	if client.Typed() {
		ref := discover.Local(x.Path(), "mcp-client")
		x.MCP(discover.MCPServer{Ref: ref, Name: "MCP server", At: at})
		return []discover.Ref{ref}
	}
	at = client.Call.Span()
	if client.Ref.Def != nil && !x.Code().Derives(client.Ref, mcpClients...) {
		s := discover.MCPServer{Ref: discover.Object(client), Name: "MCP server", URL: x.addressOf(client), At: at}
		if s.URL != "" {
			s.Name = discover.ServerName(s)
		}
		x.MCP(s)
		return []discover.Ref{s.Ref}
	}
	var refs []discover.Ref
	for _, to := range client.Arg("transport", 0).Each() {
		switch servers := to.Get("mcpServers"); {
		case to.Is(code.Instance) && !to.Typed() && x.Code().Derives(to.Ref, inProgram...):
			return []discover.Ref{x.Made(to, discover.Telling{Name: "name", Position: 0})}
		case servers.Is(code.Dict):
			for _, pair := range servers.Pairs {
				if name := pair.Key.Str(); name != "" {
					ref := discover.Of(discover.Object(client), name)
					x.MCPGiven(ref, name, pair.Value, pair.Value.Node.Span())
					refs = append(refs, ref)
				}
			}
			return refs
		}
	}
	ref := discover.Object(client)
	for _, to := range client.Arg("transport", 0).Each() {
		switch s := to.Str(); {
		case len(to.Holes) > 0 || s == "":
		case strings.Contains(s, "://"):
			x.named(discover.MCPServer{Ref: ref, URL: s, At: at})
			return []discover.Ref{ref}
		case strings.HasSuffix(s, ".py"):
			x.named(discover.MCPServer{Ref: ref, Command: "python", Args: []string{s}, At: at})
			return []discover.Ref{ref}
		case strings.HasSuffix(s, ".js"):
			x.named(discover.MCPServer{Ref: ref, Command: "node", Args: []string{s}, At: at})
			return []discover.Ref{ref}
		}
	}
	x.MCPGiven(ref, "", client, at)
	return []discover.Ref{ref}
}

// named describes a server that nobody gave a name.
func (x *pass) named(s discover.MCPServer) {
	s.Name = discover.ServerName(s)
	x.MCP(s)
}

// made tells whether what a model is given as tools comes to be when the program runs.
func (x *pass) made(v *code.Value, depth int) bool {
	if v == nil || depth > 5 {
		return false
	}
	switch v.Kind {
	case code.Unknown:
		return true
	case code.Instance:
		return v.Ref.Def == nil
	case code.Choice, code.List:
		if v.Is(code.List) && v.Open {
			return true
		}
		for _, one := range v.Items {
			if x.made(one, depth+1) {
				return true
			}
		}
	case code.Dict:
		for _, key := range []string{"function", "toolSpec", "tools", "function_declarations", "functionDeclarations"} {
			if inner := v.Get(key); inner != nil {
				return x.made(inner, depth+1)
			}
		}
		return unnamedSchema(v)
	}
	return false
}

// unnamedSchema tells whether an object describes a tool whose name is not in the code.
func unnamedSchema(v *code.Value) bool {
	name := v.Get("name")
	return name != nil && name.Str() == ""
}
