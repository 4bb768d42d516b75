package langgraph

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
)

// mcpServers describes the servers of a MultiServerMCPClient.
func (f *file) mcpServers(client *code.Value) []discover.Ref {
	connections := client.Arg("connections", 0)
	if discover.Script(client.Call) {
		if connections = client.Arg("mcp_servers", -1); connections == nil {
			connections = client.Arg("", 0)
		}
	}
	var refs []discover.Ref
	for _, one := range connections.Each() {
		for _, pair := range one.Pairs {
			name := pair.Key.Str()
			if name == "" {
				name = "server"
			}
			refs = append(refs, f.mcpServer(client, name, pair))
		}
		if one.Open || one.Is(code.Unknown) {
			f.Unresolved("the MCP servers of a client", one.Reason(), client.Call.Span())
		}
	}
	if len(refs) == 0 {
		ref := discover.Of(discover.Object(client), "server")
		f.MCP(discover.MCPServer{Ref: ref, Name: "MCP server", At: client.Call.Span()})
		refs = append(refs, ref)
	}
	return refs
}

func (f *file) mcpServer(client *code.Value, name string, entry code.Entry) discover.Ref {
	ref := discover.Of(discover.Object(client), name)
	field := func(key string) *code.Value {
		if entry.Value.Is(code.Instance) {
			return entry.Value.Arg(key, -1)
		}
		return entry.Value.Get(key)
	}
	at := entry.Key.Node.Span()
	if at.IsZero() {
		at = client.Call.Span()
	}
	s := discover.MCPServer{Ref: ref, Name: name, Transport: transport(field("transport").Str()), Command: field("command").Str(), URL: field("url").Str(), At: at}
	for _, a := range field("args").Members() {
		s.Args = append(s.Args, a.Str())
	}
	for _, key := range []string{"env", "headers"} {
		for _, pair := range pairs(field(key)) {
			variable := discover.EnvVar{Name: pair.Key.Str(), At: pair.Value.Node.Span()}
			if text, ok := pair.Value.Constant(); ok && !pair.Value.Is(code.Env) {
				variable.Value = text
			} else {
				variable.Value = "${" + pair.Key.Str() + "}"
			}
			s.Env = append(s.Env, variable)
		}
	}
	f.MCP(s)
	return ref
}

func transport(said string) string {
	switch {
	case strings.Contains(said, "http"):
		return "http"
	case said == "":
		return ""
	}
	return said
}

func pairs(v *code.Value) []code.Entry {
	var all []code.Entry
	for _, one := range v.Each() {
		all = append(all, one.Pairs...)
	}
	return all
}
