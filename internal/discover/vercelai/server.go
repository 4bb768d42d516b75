package vercelai

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// isClient tells whether a value is a client of an MCP server.
func isClient(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Ref.Is(mcpClients...)
}

// server describes the MCP server that a client reaches.
func (x *pass) server(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if x.Once("server:" + ref.Key()) {
		x.MCPGiven(ref, v.Arg("name", -1).Str(), v, v.Call.Span())
	}
	return ref
}

// other handles what the SDK's tools may be besides tools: those of an MCP client (client.tools()), an agent's own.
func (x *pass) other(agent discover.Ref, _ string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) {
		return nil, false
	}
	for b := v; b != nil; b = b.Base {
		for _, one := range b.Each() {
			if isClient(one) && strings.HasPrefix(v.Ref.Last(), "tools") {
				return []discover.Ref{x.server(one)}, true
			}
			if isClient(one) && one.Base == nil {
				return []discover.Ref{x.server(one)}, true
			}
		}
	}
	if x.isAgent(v) {
		x.Flow(model.Delegation, agent, x.ref(v), v.Node.Span())
		return nil, true
	}
	return nil, false
}
