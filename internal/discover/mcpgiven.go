package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// MCPGiven describes the MCP server that a Python object reaches. Frameworks wrap the parameters (a command with
// arguments, or an address) in classes of their own, dictionaries and functions; wherever they are inside the object,
// they are found. The name may be empty. It returns the server's element.
func (p *Pass) MCPGiven(ref Ref, name string, v *code.Value, at source.Span) *Element {
	s := MCPServer{Ref: ref, Name: name, At: at}
	p.launchIn(&s, v, 0)
	switch last := strings.ToLower(className(v.RefOf().Name)); {
	case s.Transport != "":
	case s.Command != "":
		s.Transport = "stdio"
	case strings.Contains(last, "sse"), strings.HasSuffix(strings.TrimSuffix(s.URL, "/"), "/sse"):
		s.Transport = "sse"
	case strings.Contains(last, "http"):
		s.Transport = "http"
	case strings.Contains(last, "stdio"):
		s.Transport = "stdio"
	case strings.Contains(last, "websocket"):
		s.Transport = "websocket"
	}
	if s.Name == "" {
		s.Name = serverNamed(s)
	}
	return p.MCP(s)
}

// launchIn looks for a command or an address in a value and in what it is made from.
func (p *Pass) launchIn(s *MCPServer, v *code.Value, depth int) bool {
	if v == nil || depth > 4 {
		return false
	}
	switch v.Kind {
	case code.Choice, code.List:
		for _, one := range v.Members() {
			if p.launchIn(s, one, depth+1) {
				return true
			}
		}
	case code.Dict:
		if p.launchFrom(s, func(key string, _ int) *code.Value { return v.Get(key) }) {
			return true
		}
		for _, pair := range v.Pairs {
			if p.launchIn(s, pair.Value, depth+1) {
				return true
			}
		}
	case code.Instance:
		last := v.Ref.Last()
		if p.launchFrom(s, placed(v, strings.ToLower(last))) {
			return true
		}
		if s.Transport == "" {
			switch {
			case strings.Contains(strings.ToLower(last), "sse"):
				s.Transport = "sse"
			case strings.Contains(strings.ToLower(last), "http"):
				s.Transport = "http"
			}
		}
		for i, a := range v.Args() {
			value := a.Value
			if value.Is(code.String) && a.Key.Str() == "" && i == 0 && strings.Contains(value.Text, "://") {
				s.URL = value.Text // sse_client("http://…")
				return true
			}
			if p.launchIn(s, value, depth+1) {
				return true
			}
		}
	case code.Function:
		found := false
		v.Node.Walk(func(n syntax.Node) bool {
			if found {
				return false
			}
			if n.Is(syntax.Call) {
				if inside := v.Inside(n); inside.Is(code.Instance) && p.launchIn(s, inside, depth+1) {
					found = true
				}
				return !found
			}
			return true
		})
		return found
	}
	return false
}

// placed gives an object's arguments by name, and those that classes of MCP servers take by position: the command and
// its arguments, or the address.
func placed(v *code.Value, class string) func(key string, position int) *code.Value {
	return func(key string, position int) *code.Value {
		if got := v.Arg(key, position); got != nil {
			return got
		}
		at := -1
		switch {
		case !strings.Contains(class, "server") && !strings.Contains(class, "client") && !strings.Contains(class, "transport"):
		case strings.Contains(class, "stdio") && key == "command", strings.Contains(class, "sse") && key == "url", strings.Contains(class, "http") && key == "url":
			at = 0
		case strings.Contains(class, "stdio") && key == "args":
			at = 1
		}
		if at < 0 {
			return nil
		}
		got := v.Arg("", at)
		if key == "args" && got.Is(code.List) || got.Is(code.String) || got.Is(code.Env) {
			return got
		}
		return nil
	}
}

// launchFrom reads the parameters where they stand.
func (p *Pass) launchFrom(s *MCPServer, get func(key string, position int) *code.Value) bool {
	command, url := get("command", -1), get("url", -1)
	for _, other := range []string{"server_url", "endpoint", "uri", "mcp_server_url"} {
		if url == nil {
			url = get(other, -1)
		}
	}
	if command == nil && url == nil {
		return false
	}
	for _, one := range command.Members() { // command=["npx", "-y", "pkg"]
		if s.Command == "" {
			s.Command = textOf(one)
		} else if !command.Is(code.Choice) {
			s.Args = append(s.Args, textOf(one))
		}
	}
	if parts := strings.Fields(s.Command); len(parts) > 1 && get("args", -1) == nil { // command="npx -y pkg"
		s.Command, s.Args = parts[0], append(parts[1:], s.Args...)
	}
	for _, a := range get("args", -1).Members() {
		s.Args = append(s.Args, textOf(a))
	}
	for _, one := range url.Each() {
		if s.URL == "" {
			s.URL = textOf(one)
		}
	}
	if t := get("transport", -1).Str(); t != "" && s.Transport == "" {
		s.Transport = transportNamed(t)
	}
	if t := get("type", -1).Str(); t != "" && s.Transport == "" {
		s.Transport = transportNamed(t)
	}
	for _, key := range []string{"env", "headers"} {
		for _, one := range get(key, -1).Each() {
			for _, pair := range one.Pairs {
				variable := EnvVar{Name: pair.Key.Str(), Value: "${" + pair.Key.Str() + "}", At: pair.Value.Node.Span()}
				if pair.Value.Is(code.String) && len(pair.Value.Holes) == 0 {
					variable.Value = pair.Value.Text
				}
				s.Env = append(s.Env, variable)
			}
		}
	}
	return true
}

// textOf is a text, or what stands for it: a variable of the environment by its name.
func textOf(v *code.Value) string {
	if s := v.Str(); s != "" {
		return s
	}
	if v.Is(code.Env) {
		return "$" + v.Text
	}
	if v.Is(code.Instance) && v.Ref.Is("builtins.URL", "url.URL", "node:url.URL") { // new URL("https://…")
		return v.Arg("", 0).Str()
	}
	return ""
}

func transportNamed(said string) string {
	switch {
	case strings.Contains(said, "http"):
		return "http"
	case strings.Contains(said, "sse"):
		return "sse"
	case strings.Contains(said, "stdio"):
		return "stdio"
	}
	return said
}

// ServerName is the name by which people know a server that nobody named: the package that is started, or the host that
// is reached.
func ServerName(s MCPServer) string { return serverNamed(s) }

// serverNamed is the package that is started, or the host that is reached.
func serverNamed(s MCPServer) string {
	if s.Command != "" {
		if l := parseLaunch(s.Command, s.Args); l.name != "" {
			if l.local { // the file's name, not the way to it
				return l.name[strings.LastIndexAny(strings.TrimRight(l.name, `/\`), `/\`)+1:]
			}
			return l.name
		}
		return s.Command
	}
	if s.URL != "" {
		return hostOf(s.URL)
	}
	return "MCP server"
}

// Limit places a control where an option of an object has a value: a number or text as evidenced, None as absent.
func (p *Pass) Limit(control string, on Ref, v *code.Value) {
	switch {
	case v == nil:
	case v.Is(code.Null):
		p.Control(control, on, Ref{}, model.Absent, v.Node.Span())
	case v.Is(code.Number), v.Is(code.Instance), v.Is(code.Env), v.Is(code.Unknown) && !v.Node.IsZero():
		p.Control(control, on, Ref{}, model.Evidenced, v.Node.Span())
	}
}

// neverAsks tells whether a function that decides about approval answers the same to everything: that none is needed, or that it is
// given.
func (p *Pass) neverAsks(fn *code.Value) bool {
	if !fn.Node.Is(syntax.FuncDef, syntax.Lambda) {
		return false
	}
	needless := func(n syntax.Node) bool { return n.Is(syntax.Bool) && strings.EqualFold(n.Text(), "false") }
	given := func(n syntax.Node) bool {
		a := n.Argument("approved")
		return n.Is(syntax.Call) && a.Is(syntax.Bool) && strings.EqualFold(a.Text(), "true")
	}
	return p.AnswersOnly(fn.Node, needless) || p.AnswersOnly(fn.Node, given)
}

// Switch places a control where an option is switched on, and says that it is absent where it is switched off.
func (p *Pass) Switch(control string, on Ref, v *code.Value) {
	switch {
	case v == nil:
	case v.Is(code.Function) && p.neverAsks(v):
		p.Control(control, on, Ref{}, model.Absent, v.Node.Span())
	case v.Is(code.Bool) && v.Text == "true", v.Is(code.Function), v.Is(code.Instance):
		p.Control(control, on, Ref{}, model.Evidenced, v.Node.Span())
	case v.Is(code.Bool):
		p.Control(control, on, Ref{}, model.Absent, v.Node.Span())
	}
}
