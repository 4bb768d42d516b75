package mcpclient

import (
	"net/url"
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// table is a map or list of servers in a file.
type table struct {
	at    syntax.Node // the map or list
	loose bool        // entries are servers only if they look like one
}

// tablesOf finds the tables of servers in a configuration.
func tablesOf(root syntax.Node, c client, file string) []table {
	var found []table
	add := func(n syntax.Node, loose bool) {
		if n.Is(syntax.Map, syntax.List) {
			found = append(found, table{n, loose})
		}
	}
	for _, key := range []string{"mcpServers", "mcp_servers", "context_servers", "amp.mcpServers", "cody.mcpServers"} {
		add(root.Argument(key), false)
	}
	add(root.Argument("experimental").Argument("modelContextProtocolServers"), false)
	if isAbout(file, "mcp") {
		add(root.Argument("servers"), true)
	}
	switch mcp := root.Argument("mcp"); {
	case mcp.Argument("servers").Is(syntax.Map):
		add(mcp.Argument("servers"), true)
	case mcp.Is(syntax.Map, syntax.List):
		add(mcp, true)
	}
	add(root.Argument("customizations").Argument("vscode").Argument("mcp").Argument("servers"), true)
	if c.technology == "goose" || strings.Contains(file, "goose") {
		add(root.Argument("extensions"), true)
	}
	if projects := root.Argument("projects"); projects.Is(syntax.Map) && c.technology == "claude-code" {
		for _, project := range projects.Pairs() {
			add(project.Argument("mcpServers"), false)
		}
	}
	if len(found) == 0 && c.bare && allServers(root) {
		add(root, true)
	}
	return found
}

// tableKeys are the keys under which clients look for servers and nothing else.
var tableKeys = []string{"mcpServers", "mcp_servers", "context_servers"}

// misshapen says which known settings hold something else than a client reads there.
func misshapen(p *discover.Pass, root syntax.Node) {
	for _, key := range tableKeys {
		t := root.Argument(key)
		if !t.Is(syntax.Map, syntax.List) {
			p.Misshapen(key, t, "a table of servers")
			continue
		}
		for name, value := range t.Pairs() {
			if !value.Is(syntax.Map) && !strings.HasPrefix(name.Text(), "$") && !strings.HasPrefix(name.Text(), "//") {
				p.Misshapen("server "+name.Text(), value, "a table with a command or an address")
				continue
			}
			for _, setting := range []struct {
				key, want string
				kinds     []syntax.Kind
			}{
				{"command", "a text", []syntax.Kind{syntax.String, syntax.List, syntax.Map}},
				{"args", "a list", []syntax.Kind{syntax.List}},
				{"env", "a table", []syntax.Kind{syntax.Map}},
				{"url", "a text", []syntax.Kind{syntax.String}},
				{"headers", "a table", []syntax.Kind{syntax.Map}},
			} {
				if v := value.Argument(setting.key); v.Is(syntax.String, syntax.Number, syntax.Bool, syntax.List, syntax.Map) && !v.Is(setting.kinds...) {
					p.Misshapen(setting.key+" of server "+name.Text(), v, setting.want)
				}
			}
		}
	}
}

func isAbout(file, word string) bool { return strings.Contains(strings.ToLower(path.Base(file)), word) }

// allServers tells whether a map is a bare table of servers.
func allServers(root syntax.Node) bool {
	any := false
	for key, value := range root.Pairs() {
		if strings.HasPrefix(key.Text(), "$") {
			continue
		}
		if !looksLikeServer(value) {
			return false
		}
		any = true
	}
	return any
}

func looksLikeServer(n syntax.Node) bool {
	if !n.Is(syntax.Map) {
		return false
	}
	for _, key := range []string{"command", "cmd", "url", "serverUrl", "httpUrl", "uri", "transport"} {
		if !n.Argument(key).IsZero() {
			return true
		}
	}
	return false
}

// server is one entry of a table.
type server struct {
	name      string
	at        syntax.Node // where the entry is named
	transport string
	command   string
	args      []string
	url       string
	urlAt     syntax.Node
	env       []discover.EnvVar
	auth      syntax.Node   // what shows that the client authenticates
	unasked   []syntax.Node // settings by which calls run without asking the user
	limited   []syntax.Node // settings that name the only tools to offer
	detail    string
	gaps      []gap
}

type gap struct {
	at  syntax.Node
	why string
}

// entries reads the servers of a table.
func entries(t table) []server {
	var all []server
	take := func(name string, at, n syntax.Node) {
		if !n.Is(syntax.Map) || t.loose && !looksLikeServer(n) {
			return
		}
		if switchedOff(n) {
			return
		}
		if s := entry(name, at, n); s.command != "" || s.url != "" || len(s.gaps) > 0 {
			all = append(all, s)
		}
	}
	if t.at.Is(syntax.List) {
		for item := range t.at.Children() {
			name := item.Argument("name")
			if name.IsZero() {
				name = item.Argument("id")
			}
			if name.Is(syntax.String) {
				take(name.Text(), name, item)
			} else if transport := item.Argument("transport"); transport.Is(syntax.Map) {
				s := entry("", item, transport)
				take(nameOfCommand(s), item, transport)
			}
		}
		return all
	}
	for key, value := range t.at.Pairs() {
		take(key.Text(), key, value)
	}
	return all
}

// nameOfCommand is the name of a server whose entry has none: the package that it starts, or its host.
func nameOfCommand(s server) string {
	for _, a := range s.args {
		if !strings.HasPrefix(a, "-") {
			return a
		}
	}
	if s.command != "" {
		return path.Base(s.command)
	}
	if u, err := url.Parse(s.url); err == nil && u.Host != "" {
		return u.Host
	}
	return "server"
}

func switchedOff(n syntax.Node) bool {
	return n.Argument("disabled").TextIs("true") && n.Argument("disabled").Is(syntax.Bool) ||
		n.Argument("enabled").Is(syntax.Bool) && n.Argument("enabled").TextIs("false")
}

func entry(name string, at, n syntax.Node) server {
	s := server{name: name, at: at}
	command := first(n, "command", "cmd")
	switch {
	case command.Is(syntax.Map): // Zed: {path, args, env}
		s.command = command.Argument("path").Text()
		s.args = texts(command.Argument("args"))
		s.environment(command.Argument("env"))
	case command.Is(syntax.List): // opencode: the program and its arguments in one list
		if all := texts(command); len(all) > 0 && command.Child(0).Is(syntax.String) {
			s.command, s.args = all[0], all[1:]
		}
	case command.Is(syntax.String):
		s.command = command.Text()
		if fields := strings.Fields(s.command); len(fields) > 1 && n.Argument("args").IsZero() {
			s.command, s.args = fields[0], fields[1:]
		}
	case !command.IsZero():
		s.gaps = append(s.gaps, gap{command, "its command is put together when the client starts"})
	}
	s.args = append(s.args, texts(n.Argument("args"))...)
	if address := first(n, "url", "serverUrl", "httpUrl", "uri", "endpoint"); address.Is(syntax.String) {
		s.url, s.urlAt = address.Text(), address
	}
	s.transport = transportOf(n, s)
	for _, key := range []string{"env", "environment", "envs"} {
		s.environment(n.Argument(key))
	}
	for item := range n.Argument("env_keys").Children() {
		s.env = append(s.env, discover.EnvVar{Name: item.Text(), Value: "${" + item.Text() + "}", At: item.Span()})
	}
	s.headers(n)
	s.approvals(n)
	if d := n.Argument("description"); d.Is(syntax.String) {
		s.detail = d.Text()
	}
	return s
}

func first(n syntax.Node, keys ...string) syntax.Node {
	for _, key := range keys {
		if v := n.Argument(key); !v.IsZero() {
			return v
		}
	}
	return syntax.Node{}
}

func texts(list syntax.Node) []string {
	var all []string
	for item := range list.Children() {
		if text, ok := item.Scalar(); ok {
			all = append(all, text)
		}
	}
	return all
}

// transportOf says how the client talks to the server, in one word.
func transportOf(n syntax.Node, s server) string {
	said := strings.ToLower(first(n, "type", "transport", "transportType").Text())
	switch {
	case strings.Contains(said, "sse"):
		return "sse"
	case strings.Contains(said, "http"), said == "remote":
		return "http"
	case strings.Contains(said, "ws"), strings.Contains(said, "websocket"):
		return "websocket"
	case said == "stdio", said == "local", s.command != "":
		return "stdio"
	case strings.HasSuffix(strings.SplitN(s.url, "?", 2)[0], "/sse"):
		return "sse"
	case strings.HasPrefix(s.url, "ws:"), strings.HasPrefix(s.url, "wss:"):
		return "websocket"
	case s.url != "":
		return "http"
	}
	return ""
}

// environment takes the variables that the client sets for the server.
func (s *server) environment(env syntax.Node) {
	for key, value := range env.Pairs() {
		text, _ := value.Scalar()
		s.env = append(s.env, discover.EnvVar{Name: key.Text(), Value: text, At: key.Span()})
	}
}

// headers takes what the client sends with each request; a header that carries a credential shows that the client
// authenticates.
func (s *server) headers(n syntax.Node) {
	for _, table := range []syntax.Node{n.Argument("headers"), n.Argument("http_headers"), n.Argument("requestOptions").Argument("headers"), n.Argument("env_http_headers")} {
		for key, value := range table.Pairs() {
			if !isCredentialHeader(key.Text()) {
				continue
			}
			s.auth = key
			text, _ := value.Scalar()
			if table == n.Argument("env_http_headers") {
				text = "${" + text + "}"
			}
			s.env = append(s.env, discover.EnvVar{Name: key.Text(), Value: text, At: key.Span()})
		}
	}
	if token := n.Argument("bearer_token_env_var"); token.Is(syntax.String) {
		s.auth = token
		s.env = append(s.env, discover.EnvVar{Name: token.Text(), Value: "${" + token.Text() + "}", At: token.Span()})
	}
	if oauth := first(n, "oauth", "auth"); oauth.Is(syntax.Map) || oauth.TextIs("oauth") {
		s.auth = oauth
	}
}

func isCredentialHeader(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"authorization", "api-key", "apikey", "token", "secret", "cookie", "access-key"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// approvals takes the settings about what the client asks its user.
func (s *server) approvals(n syntax.Node) {
	for _, key := range []string{"autoApprove", "alwaysAllow", "auto_approve"} {
		switch v := n.Argument(key); {
		case v.Is(syntax.List) && v.Count() > 0, v.Is(syntax.Bool) && v.TextIs("true"):
			s.unasked = append(s.unasked, v)
		}
	}
	if trust := n.Argument("trust"); trust.Is(syntax.Bool) && trust.TextIs("true") {
		s.unasked = append(s.unasked, trust)
	}
	for _, key := range []string{"includeTools", "enabledTools", "enabled_tools", "available_tools", "tools"} {
		if v := n.Argument(key); v.Is(syntax.List) && v.Count() > 0 && !v.Child(0).TextIs("*") {
			s.limited = append(s.limited, v)
		}
	}
}

func isEncrypted(address string) bool {
	return strings.HasPrefix(address, "https:") || strings.HasPrefix(address, "wss:")
}

func isLocalAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch host := u.Hostname(); host {
	case "localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal":
		return true
	default:
		return strings.HasSuffix(host, ".localhost")
	}
}
