// Package mcpclient reads the configurations by which chat and coding clients start MCP servers.
//
// A client (Claude Desktop and Code, Cursor, VS Code, Windsurf, Zed, Gemini CLI, Codex, Continue, Cline, Goose,
// LibreChat and others) is an agent whose model decides which tool to call; each server in its configuration is one
// more hand that it has. So a configuration becomes an agent for the client, a server for each entry, and a tool-call
// flow between them. What a server can do is not in the configuration: it comes from the technology table by the
// package that is started, and stays unknown for packages that nobody described.
//
// # Which files
//
// The shape decides, not the name alone: a JSON, YAML or TOML file with a table of servers under one of the keys that
// clients use, whose entries name a command or an address. The name says which client it is for. A table without any
// such key is taken only from files that a client reads as a bare table (".mcp.json").
//
// A server's own papers (the manifest of a bundle, its entry for the registry) describe a server that no client here
// uses; they are joined with its source. A client may also be told to act without asking, or inside a sandbox, in the
// same files.
//
// # Guarantees
//
// A server that is switched off is left out. Values of environment variables and headers are looked at for whether
// they are literal secrets and are never copied.
package mcpclient

import (
	"path"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds MCP servers in client configurations.
var Extractor = &discover.Extractor{
	Name:  "mcpclient",
	Doc:   "MCP client configurations. Servers that chat and coding clients start or reach, with their packages, credentials and approvals.",
	Match: matches,
	Traces: []string{
		"mcpServers", "mcp_servers", "context_servers", "\"servers\"", "servers:", "\"mcp\"", "mcp:", "[[mcp]]", "extensions:", "modelContextProtocolServers", "\"command\"", "\"url\"", "mcp__",
		"mcp_config", "registryType", "registry_type", "\"remotes\"", "mcp-gateway",
		"approval_policy", "sandbox_mode", "autoAccept", "autoApprove", "yolo", "always_allow_tool_actions", "dangerouslyAllowAll", "GOOSE_MODE", "\"permission\"",
	},
	Run: run,
}

func matches(path string) bool {
	if isLock(path) {
		return false
	}
	switch syntax.LanguageOf(path) {
	case syntax.JSON:
		return true
	case syntax.YAML, syntax.TOML:
		return mayHoldServers(path)
	}
	return false
}

func run(p *discover.Pass) error {
	root := p.Tree().Root()
	if root.Is(syntax.Module) {
		root = root.Child(0)
	}
	if !root.Is(syntax.Map) {
		return p.Broken(tableKeys...)
	}
	client := clientOf(p.Path())
	if client.technology == "mcp-client" && p.ClaudeFolder(client.home) {
		client.technology = "claude-code"
	}
	permissions(p, root, client)
	autonomy(p, root, client)
	manifest(p, root)
	registered(p, root)
	gateway(p, root)
	misshapen(p, root)
	tables := tablesOf(root, client, p.Path())
	var servers []server
	for _, t := range tables {
		servers = append(servers, entries(t)...)
	}
	if len(servers) == 0 {
		return p.Broken(tableKeys...)
	}
	p.BreaksOff("the MCP servers of the file")
	for _, user := range describeUsers(p, root, client, tables[0].at.Span()) {
		for _, s := range servers {
			describeServer(p, user, s)
		}
	}
	return nil
}

// describeUsers describes who uses the servers of a file: the client that reads it, each client that the file names
// itself, or the plugin that brings them along to whatever client it is installed in.
func describeUsers(p *discover.Pass, root syntax.Node, c client, at source.Span) []discover.Ref {
	if discover.AgentFile(p.Path()) {
		return []discover.Ref{discover.AgentFileRef(p.Path())}
	}
	for _, manifest := range manifests {
		if p.Path() == join(c.home, manifest) || p.Exists(join(c.home, manifest)) {
			ref := discover.Local(c.home, "plugin")
			name := path.Base(c.home)
			if c.home == "." {
				name = "plugin"
			}
			p.Element(model.Plugin, ref, name, at).Technology(c.technology).Detail("brings MCP servers to the client that installs it")
			return []discover.Ref{ref}
		}
	}
	if named := root.Argument("agents"); named.Is(syntax.List) && c.technology == "mcp-client" {
		var users []discover.Ref
		for item := range named.Children() {
			for _, row := range patterns {
				if item.Is(syntax.String) && (row.technology == item.Text() || row.technology == item.Text()+"-code" || row.technology == item.Text()+"-cli") {
					users = append(users, describeClient(p, client{row.technology, c.home, false}, item.Span()))
					break
				}
			}
		}
		if len(users) > 0 {
			return users
		}
	}
	return []discover.Ref{describeClient(p, c, at)}
}

// assistant is the client of a project: the same one for every configuration that it reads there.
func (c client) assistant() discover.Assistant {
	return discover.Assistant{Technology: c.technology, Home: c.home}
}

func describeClient(p *discover.Pass, c client, at source.Span) discover.Ref {
	return p.Assistant(c.assistant(), "MCP client: its model decides which tools of these servers to call", at).Ref
}

func describeServer(p *discover.Pass, agent discover.Ref, s server) {
	ref := discover.Local(p.Path(), s.name)
	at := s.at.Span()
	element := p.MCP(discover.MCPServer{
		Ref: ref, Name: s.name, Transport: s.transport, Command: s.command, Args: s.args, URL: s.url,
		Env: s.env, At: at,
	})
	if s.detail != "" {
		element.Detail(s.detail)
	}
	if ofOnePerson(p.Path()) {
		element.Fact("unlisted", model.Yes, at)
	}
	call := p.Flow(model.ToolCall, agent, element.Ref, at)
	switch {
	case s.url == "":
		call.Fact("remote", model.No, at)
	case isLocalAddress(s.url):
		call.Fact("remote", model.No, s.urlAt.Span())
	default:
		call.Fact("remote", model.Yes, s.urlAt.Span())
		call.Fact("encrypted", discover.YesNo(isEncrypted(s.url)), s.urlAt.Span())
	}
	if !s.auth.IsZero() {
		call.Fact("authenticated", model.Yes, s.auth.Span())
	}
	for _, n := range s.unasked {
		p.Control("human-approval", call.Ref(), discover.Ref{}, model.Absent, n.Span())
	}
	for _, n := range s.limited {
		p.Control("tool-allow-list", call.Ref(), discover.Ref{}, model.Evidenced, n.Span())
	}
	for _, g := range s.gaps {
		p.Unresolved("MCP server "+s.name, g.why, g.at.Span())
	}
}
