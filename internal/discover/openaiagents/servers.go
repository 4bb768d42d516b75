package openaiagents

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
)

// servers records the MCP servers that an agent may call.
func (x *pass) servers(agent discover.Ref, name string, list *code.Value) int {
	count := 0
	for _, v := range list.Members() {
		switch {
		case v.Is(code.Instance) && x.Code().Derives(v.Ref, mcpServers...) && !v.Typed():
			x.calls(agent, x.server(v), v.Node.Span())
			count++
		case v.Base != nil && v.Base.Ref.Is("agents.mcp.MCPServerManager", "agents.mcp.manager.MCPServerManager", "@openai/agents*.connectMcpServers"):
			count += x.servers(agent, name, v.Base.Arg("servers", 0))
		case v.Is(code.Null), v.Is(code.Bool):
		default:
			x.Unresolved("an MCP server of "+name, reason(v), v.Node.Span())
		}
	}
	return count
}

// server describes an MCP server that the program starts or reaches.
func (x *pass) server(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if !x.Once("server:" + ref.Key()) {
		return ref
	}
	at := v.Call.Span()
	s := discover.MCPServer{Ref: ref, At: at, Name: v.Arg("name", -1).Str()}
	params := v.Arg("params", 0)
	get := func(key string) *code.Value {
		if got := params.Get(key); got != nil {
			return got
		}
		if params.Is(code.Instance) {
			return params.Arg(key, -1)
		}
		if params == nil {
			return v.Arg(key, -1) // TypeScript: the options themselves
		}
		return nil
	}
	switch last := v.Ref.Last(); {
	case strings.HasSuffix(last, "Sse"), strings.HasSuffix(last, "SSE"):
		s.Transport = "sse"
	case strings.HasSuffix(last, "Http"):
		s.Transport = "http"
	case strings.HasSuffix(last, "Stdio"):
		s.Transport = "stdio"
	}
	s.Command = get("command").Str()
	for _, a := range get("args").Members() {
		s.Args = append(s.Args, a.Str())
	}
	if line := strings.Fields(get("full_command").Str()); len(line) > 0 {
		s.Command, s.Args = line[0], line[1:]
	}
	if url := get("url"); url != nil {
		if s.URL = url.Str(); s.URL == "" && !url.Is(code.Env) {
			x.Unresolved("the address of an MCP server", reason(url), at)
		}
	}
	if env := get("env"); env.Is(code.Dict) {
		for _, pair := range env.Pairs {
			key, ok := pair.Key.Constant()
			if !ok {
				continue
			}
			value := "${" + key + "}"
			if pair.Value.Is(code.String) && len(pair.Value.Holes) == 0 {
				value = pair.Value.Text
			}
			s.Env = append(s.Env, discover.EnvVar{Name: key, Value: value, At: pair.Value.Node.Span()})
		}
	}
	if s.Name == "" {
		if _, symbol := v.Symbol(); symbol != "" {
			s.Name = symbol[strings.LastIndexByte(symbol, '.')+1:]
		} else {
			s.Name = "MCP server"
		}
	}
	if s.Command == "" && s.URL == "" && params.Is(code.Unknown) {
		x.Unresolved("the parameters of MCP server "+s.Name, reason(params), at)
	}
	x.MCP(s)
	if filter := v.Arg("tool_filter", -1); filter != nil && !filter.Is(code.Null) {
		x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, filter.Node.Span())
	}
	x.serverApproval(ref, v.Arg("require_approval", -1))
	return ref
}

// serverApproval reads require_approval: "always", "never", or tools by either.
func (x *pass) serverApproval(ref discover.Ref, v *code.Value) {
	switch {
	case v == nil:
	case v.Str() == "always" || v.Is(code.Bool) && v.Text == "true" || v.Is(code.Dict) || v.Is(code.Function):
		x.Control("human-approval", ref, discover.Ref{}, model.Evidenced, v.Node.Span())
	case v.Str() == "never" || v.Is(code.Bool):
		x.Control("human-approval", ref, discover.Ref{}, model.Absent, v.Node.Span())
	}
}

// hostedServer describes an MCP server that the provider calls for the agent.
func (x *pass) hostedServer(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if !x.Once("server:" + ref.Key()) {
		return ref
	}
	config := v.Arg("tool_config", 0)
	get := func(key string) *code.Value {
		if got := config.Get(key); got != nil {
			return got
		}
		if config == nil {
			return v.Arg(key, -1)
		}
		return config.Arg(key, -1)
	}
	at := v.Call.Span()
	name := get("server_label").Str()
	if name == "" {
		name = "hosted MCP server"
	}
	url := get("server_url").Str()
	if url == "" {
		if connector := get("connector_id").Str(); connector != "" {
			url = "connector:" + connector
		}
	}
	e := x.MCP(discover.MCPServer{Ref: ref, Name: name, Transport: "http", URL: url, At: at})
	e.FactBecause("third-party", model.Yes, "the model's provider calls it over the network", at)
	x.serverApproval(ref, get("require_approval"))
	if tools := get("allowed_tools"); tools != nil {
		x.Control("tool-allow-list", ref, discover.Ref{}, model.Evidenced, tools.Node.Span())
	}
	return ref
}
