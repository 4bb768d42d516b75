package claudecode

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// settings reads a settings file.
func (x *pass) settings() {
	root := x.root()
	if root.Count() == 0 {
		return
	}
	at := root.Child(0).Child(0).Span()
	main := x.owner.ref
	x.describeOwner(at)
	if m := root.Argument("model"); m == x.rules.model && m.Is(syntax.String) {
		x.UsesModel(main, x.ModelNamed(m.Text(), "anthropic", m.Span()), m.Span())
	}
	if mode := root.Argument("permissions").Argument("defaultMode"); mode == x.rules.mode && mode.Is(syntax.String) {
		x.mode(main, mode)
	}
	for key, value := range root.Argument("env").Pairs() {
		text, _ := value.Scalar()
		x.Secret(main, discover.EnvVar{Name: key.Text(), Value: text, At: key.Span()})
	}
	if helper := root.Argument("apiKeyHelper"); helper.Is(syntax.String) {
		x.Secret(main, discover.EnvVar{Name: "apiKeyHelper", Value: "${" + "command}", At: helper.Span()})
	}
	if runs := root.Argument("agent"); runs.Is(syntax.String) { // the project's Claude Code works as this agent
		if file := path.Join(x.owner.folder, "agents", runs.Text()+".md"); x.Exists(file) {
			x.Flow(model.Handoff, main, agentRef(file), runs.Span()).IfDescribed()
		}
	}
	x.hooks(main, root.Argument("hooks"))
	x.sandbox(root.Argument("sandbox"))
	x.projectServers(root)
	x.installed(root)
}

// mode is what an agent does with calls that no rule is about.
func (x *pass) mode(agent discover.Ref, mode syntax.Node) {
	switch mode.Text() {
	case "bypassPermissions", "dontAsk":
		x.Control("human-approval", agent, discover.Ref{}, model.Absent, mode.Span())
	case "plan":
		x.Control("human-approval", agent, discover.Ref{}, model.Evidenced, mode.Span())
	}
}

// sandbox reads how commands are kept apart.
func (x *pass) sandbox(box syntax.Node) {
	enabled := box.Argument("enabled")
	if !enabled.Is(syntax.Bool) {
		return
	}
	shell := x.tool("Bash")
	if !enabled.TextIs("true") {
		x.Control("sandbox", shell, discover.Ref{}, model.Absent, enabled.Span())
		return
	}
	x.Control("sandbox", shell, discover.Ref{}, model.Evidenced, enabled.Span())
	if hosts := box.Argument("network").Argument("allowedDomains"); hosts.Is(syntax.List) {
		x.Control("egress-allow-list", shell, discover.Ref{}, model.Evidenced, hosts.Span())
	}
	if unasked := box.Argument("autoAllowBashIfSandboxed"); unasked.Is(syntax.Bool) && unasked.TextIs("true") {
		x.Control("human-approval", discover.FlowRef(model.ToolCall, x.owner.ref, shell), discover.Ref{}, model.Absent, unasked.Span())
	}
}

// projectServers: the servers of a project's table are started without asking whether they are wanted.
func (x *pass) projectServers(root syntax.Node) {
	all := root.Argument("enableAllProjectMcpServers")
	if !all.Is(syntax.Bool) || !all.TextIs("true") {
		return
	}
	for _, server := range x.serversOf() {
		x.Control("registration-review", server, discover.Ref{}, model.Absent, all.Span())
	}
}

// serversOf names the MCP servers of the project's tables; package mcpclient describes them.
func (x *pass) serversOf() []discover.Ref {
	if x.owner.plugin {
		return nil
	}
	var all []discover.Ref
	for _, file := range x.serverFiles() {
		for _, name := range x.serversIn(file) {
			all = append(all, discover.Local(file, name))
		}
	}
	return all
}

// serverFiles are the files in which the project's servers may stand.
func (x *pass) serverFiles() []string {
	all := []string{path.Join(x.owner.home, ".mcp.json")}
	if x.owner.plugin {
		return append(all, path.Join(x.owner.home, ".claude-plugin/plugin.json"))
	}
	for _, name := range []string{"mcp.json", "settings.json", "settings.local.json"} {
		all = append(all, path.Join(x.owner.folder, name))
	}
	return all
}

func (x *pass) serversIn(file string) []string {
	if !x.Exists(file) {
		return nil
	}
	var all []string
	root := x.Read(file).Root()
	for key := range root.Argument("mcpServers").Pairs() {
		all = append(all, key.Text())
	}
	return all
}

// remoteTool gives an agent what a name such as "mcp__github__create_issue" means: the server where the project
// configures it, else a tool of a server that stands elsewhere.
func (x *pass) remoteTool(agent discover.Ref, name string, at source.Span) {
	server, tool, _ := strings.Cut(strings.TrimPrefix(name, "mcp__"), "__")
	for _, file := range x.serverFiles() {
		if slices.Contains(x.serversIn(file), server) {
			x.Flow(model.ToolCall, agent, discover.Local(file, server), at).IfDescribed()
			return
		}
	}
	ref := x.tool(name)
	switch {
	case server == "":
		return
	case tool == "" || strings.Contains(tool, "*"):
		ref = x.tool("mcp__" + server)
		x.Element(model.MCPServer, ref, server, at).Technology("mcp").Detail("agents may call its tools; where it is configured is not in the tree")
	default:
		x.Element(model.Tool, ref, name, at).Technology("mcp").Detail("a tool of the MCP server " + server + ", which is not configured in the tree")
	}
	x.Flow(model.ToolCall, agent, ref, at)
}

// hooks reads a table of hooks: for each event a list of matchers, each with hooks.
func (x *pass) hooks(agent discover.Ref, table syntax.Node) {
	for event, list := range table.Pairs() {
		n := 0
		for matcher := range list.Children() {
			entries := matcher.Argument("hooks")
			for one := range entries.Children() {
				n++
				x.hook(agent, event.Text(), matcher.Argument("matcher").Text(), one, n)
			}
		}
	}
}

// hook describes one hook: a check when it can refuse, else a command that always runs.
func (x *pass) hook(agent discover.Ref, event, matcher string, one syntax.Node, n int) {
	control := discover.ClaudeHooks[event]
	word := one.Argument("type").Text()
	switch text := one.Argument("command"); {
	case word == "prompt" || word == "agent":
		ask := one.Argument("prompt")
		if control == "" || ask.IsZero() {
			return
		}
		ref := discover.Local(x.Path(), "hooks", event, strconv.Itoa(n))
		x.Element(model.Guardrail, ref, event+" hook", ask.Span()).Technology(technology).Detail(ask.Text()).
			FactBecause("model-based", model.Yes, "a model answers the hook's question", ask.Span())
		x.check(agent, ref, control, matcher, ask.Span())
	case word == "http" || one.Argument("url").Is(syntax.String):
		x.remoteHook(agent, event, one.Argument("url"))
	case text.Is(syntax.String) && strings.TrimSpace(text.Text()) != "":
		x.commandHook(agent, event, matcher, control, text, n)
	}
}

// remoteHook: events are sent to a server.
func (x *pass) remoteHook(agent discover.Ref, event string, url syntax.Node) {
	if !url.Is(syntax.String) || url.Text() == "" {
		return
	}
	host := discover.HostOf(url.Text())
	ref := discover.Named(model.Service, host)
	x.Element(model.Service, ref, host, url.Span()).Fact("transport", "http", url.Span())
	flow := x.Flow(model.Message, agent, ref, url.Span()).Label(event)
	if !discover.IsLoopback(url.Text()) {
		flow.Fact("remote", model.Yes, url.Span())
		flow.Fact("encrypted", discover.YesNo(strings.HasPrefix(url.Text(), "https:")), url.Span())
	}
}

func (x *pass) commandHook(agent discover.Ref, event, matcher, control string, command syntax.Node, n int) {
	text := command.Text()
	name, ref := "", discover.Local(x.Path(), "hooks", event, strconv.Itoa(n))
	said, body := text, text
	file := x.script(text)
	if file != "" {
		name, ref = path.Base(file), discover.Local(file, "hook")
		if tree := x.Read(file); tree != nil && tree.File != nil {
			body = string(tree.File.Content())
			said += "\n" + body
		}
	}
	if name == "" {
		name = program(text, event)
	}
	at := command.Span()
	switch {
	case control != "" && refusing.MatchString(said):
		x.Element(model.Guardrail, ref, name, at).Technology(technology).Detail("asked at " + event)
		if control == "argument-policy" && !refusesByDefault(body) {
			if !x.owner.plugin {
				x.Flow(model.Enforces, ref, agent, at)
			}
			x.Unresolved("what "+name+" lets through", "it refuses some calls, and whatever it does not name passes: which calls of "+
				matched(matcher)+" it holds up is not decided, so it does not count as a policy", at)
			return
		}
		x.check(agent, ref, control, matcher, at)
		return
	case (event == "PermissionRequest" || event == "PreToolUse") && allowing.MatchString(said):
		for _, on := range x.about(agent, matcher) {
			x.Control("human-approval", on, discover.Ref{}, model.Absent, at)
		}
	}
	e := x.Element(model.Tool, ref, name, at).Technology(technology).Detail("runs at "+event).
		Effect("exec", model.Yes, "the hook runs a command", at).
		FactBecause("fixed-commands", model.Yes, "the command stands in the configuration", at)
	if fetching.MatchString(said) {
		e.Effect("net-write", model.Yes, "its command sends a request", at)
	}
	x.Flow(model.ToolCall, agent, ref, at).Label(event)
}

// check puts a guardrail before what its matcher names.
func (x *pass) check(agent, guard discover.Ref, control, matcher string, at source.Span) {
	if !x.owner.plugin {
		x.Flow(model.Enforces, guard, agent, at)
	}
	for _, on := range x.about(agent, matcher) {
		x.Control(control, on, guard, model.Evidenced, at)
	}
}

// matched says in words which tools a matcher means.
func matched(matcher string) string {
	if strings.Trim(matcher, "*. ") == "" {
		return "all tools"
	}
	return strings.ReplaceAll(matcher, "|", ", ")
}

// about is what a hook's matcher means: calls of some tools, or the agent when it means all or what is not known.
func (x *pass) about(agent discover.Ref, matcher string) []discover.Ref {
	var all []discover.Ref
	for name := range strings.SplitSeq(matcher, "|") {
		if !asking[name] && name != "Read" || x.owner.plugin {
			return []discover.Ref{agent}
		}
		if x.rules.refused(name) || name == "MultiEdit" || name == "NotebookEdit" {
			continue
		}
		all = append(all, discover.FlowRef(model.ToolCall, agent, x.tool(name)))
	}
	return all
}

// scripts are the endings of files that hooks and skills run.
var scripts = map[string]bool{".sh": true, ".bash": true, ".zsh": true, ".py": true, ".js": true, ".mjs": true, ".cjs": true, ".ts": true, ".rb": true, ".pl": true, ".ps1": true, ".go": true}

// base is how a command names the folder that a path is in: "$CLAUDE_PROJECT_DIR", "${CLAUDE_PROJECT_DIR:-$HOME/.claude}".
var base = regexp.MustCompile(`^(\$\{[^}]*\}|\$\w+|~)`)

// script finds the file of the tree that a command runs.
func (x *pass) script(command string) string {
	for _, word := range strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(" \t\n\"'`;|&()=", r) }) {
		if !scripts[path.Ext(word)] {
			continue
		}
		word = strings.TrimLeft(base.ReplaceAllString(word, ""), "/")
		for _, base := range []string{x.owner.home, path.Dir(x.Path())} {
			if file := path.Join(base, word); x.Exists(file) {
				return file
			}
		}
		if rest, ok := strings.CutPrefix(word, ".claude/"); ok { // of the home, which the folder is under another name
			if file := path.Join(x.owner.folder, rest); x.Exists(file) {
				return file
			}
		}
	}
	return ""
}

// shellWords are words of a command line that say nothing of what it does.
var shellWords = map[string]bool{
	"npx": true, "bunx": true, "uvx": true, "sudo": true, "cd": true, "bash": true, "sh": true, "python3": true, "python": true, "node": true,
	"uv": true, "run": true, "if": true, "then": true, "else": true, "fi": true, "do": true, "done": true, "for": true, "while": true,
	"test": true, "[": true, "true": true, "false": true, "exec": true, "env": true, "!": true, "not": true,
}

// program is a name for what a command runs: its first word that is a program's.
func program(command, event string) string {
	for _, word := range strings.Fields(command) {
		switch base := path.Base(strings.Trim(word, `"'`)); {
		case shellWords[base], strings.ContainsAny(word, "=$<>&|{}[]()"), strings.HasPrefix(word, "-"), base == "." || base == "/":
		default:
			return base
		}
	}
	return event + " hook"
}
