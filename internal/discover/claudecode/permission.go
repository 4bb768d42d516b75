package claudecode

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// permissions are the rules of a project, of all its settings together.
type permissions struct {
	allow, ask, deny []rule
	at               syntax.Node // the first map of rules; zero when there is none
	mode             syntax.Node // what happens with calls that no rule is about
	model            syntax.Node
	skipped          source.Span // where the project starts Claude Code without its questions
}

// rule is one entry: "Bash(git diff:*)".
type rule struct {
	tool, pattern string
	at            syntax.Node
}

// permissions reads the settings of a project. A local file's mode and model count before those that all share.
func (x *pass) permissions() *permissions {
	all := &permissions{}
	for _, file := range []string{path.Join(x.owner.home, "managed-settings.json"), path.Join(x.owner.folder, "settings.json"), path.Join(x.owner.folder, "settings.local.json")} {
		if !x.Exists(file) {
			continue
		}
		root := x.Read(file).Root()
		if !root.Is(syntax.Map) {
			continue
		}
		if m := root.Argument("model"); m.Is(syntax.String) {
			all.model = m
		}
		lists := root.Argument("permissions")
		if !lists.Is(syntax.Map) {
			continue
		}
		if all.at.IsZero() {
			all.at = lists
		}
		if mode := lists.Argument("defaultMode"); mode.Is(syntax.String) {
			all.mode = mode
		}
		all.allow = append(all.allow, rules(lists.Argument("allow"))...)
		all.ask = append(all.ask, rules(lists.Argument("ask"))...)
		all.deny = append(all.deny, rules(lists.Argument("deny"))...)
	}
	all.skipped = x.skipped()
	return all
}

func rules(list syntax.Node) []rule {
	var all []rule
	for item := range list.Children() {
		if !item.Is(syntax.String) {
			continue
		}
		name := discover.ClaudeTool(item.Text())
		pattern := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(item.Text()), name), "("), ")")
		all = append(all, rule{name, pattern, item})
	}
	return all
}

// covers tells whether a rule is about calls of a tool. A rule for Edit is about all that writes files.
func (r rule) covers(tool string) bool {
	return r.tool == tool || r.tool == "Edit" && (tool == "Write" || tool == "MultiEdit" || tool == "NotebookEdit")
}

// whole tells whether a rule is about every call of its tool.
func (r rule) whole() bool {
	switch r.pattern {
	case "", "*", "**", ":*", "domain:*", "/**", "./**":
		return true
	}
	return false
}

// openers are programs that run or fetch whatever their arguments say: to allow one is to allow everything.
var openers = []string{
	"bash", "sh", "zsh", "python", "python3", "node", "deno", "bun", "ruby", "perl", "npx", "uvx", "bunx", "eval", "xargs", "sudo",
	"env", "ssh", "docker run", "docker exec", "uv run", "pip install", "npm install", "npm exec", "make", "powershell", "pwsh", "osascript",
}

// open tells whether a rule lets any call through, if by a detour.
func (r rule) open() bool {
	if r.whole() {
		return true
	}
	command, any := strings.CutSuffix(r.pattern, "*")
	command = strings.TrimRight(command, ": ")
	return r.tool == "Bash" && any && slices.Contains(openers, command)
}

// refused tells whether a tool is not to be used at all.
func (p *permissions) refused(tool string) bool {
	if p == nil {
		return false
	}
	for _, r := range p.deny {
		if r.covers(tool) && r.whole() && r.tool == tool {
			return true
		}
	}
	return p.mode.TextIs("dontAsk") && !slices.ContainsFunc(p.allow, func(r rule) bool { return r.covers(tool) })
}

// grant is what lets calls of a tool run unasked: a rule, the mode, or how the project starts Claude Code.
func (p *permissions) grant(tool string) source.Span {
	if p == nil || !asking[tool] || slices.ContainsFunc(p.ask, func(r rule) bool { return r.covers(tool) && r.whole() }) {
		return source.Span{}
	}
	for _, r := range p.allow {
		if r.covers(tool) && r.open() {
			return r.at.Span()
		}
	}
	switch {
	case p.mode.TextIs("bypassPermissions"), p.mode.TextIs("dontAsk"), p.mode.TextIs("auto"), p.mode.TextIs("acceptEdits") && tool != "Bash" && !strings.HasPrefix(tool, "Web"):
		return p.mode.Span()
	}
	return p.skipped
}

// asking are the built-in tools that Claude Code asks about before each use that no rule allows.
var asking = map[string]bool{"Bash": true, "Edit": true, "Write": true, "WebFetch": true, "WebSearch": true, "MultiEdit": true, "NotebookEdit": true}

// gate puts on calls of a tool what the permissions say about them. Where they say nothing, a person is asked before
// each call: that is what the product does by itself. The mode is that of the agent's own head, if it has one; at is
// where the agent gets the tool.
func (x *pass) gate(call discover.Ref, tool string, mode syntax.Node, at source.Span) {
	p := x.rules
	// Patterns that are denied bound nothing: what is not on such a list gets through, the same deed by another name too.
	if !asking[tool] {
		return
	}
	if p == nil { // of a plugin: the permissions are those of who installs it
		x.ControlByDefault("human-approval", call, "Claude Code asks before each "+tool+" that no rule of who installs the plugin allows", at)
		return
	}
	for _, r := range p.ask {
		if r.covers(tool) && r.whole() { // asking counts before allowing
			x.Control("human-approval", call, discover.Ref{}, model.Evidenced, r.at.Span())
			return
		}
	}
	unasked := false
	for _, r := range p.allow {
		if r.covers(tool) && r.open() {
			unasked = true
			x.Control("human-approval", call, discover.Ref{}, model.Absent, r.at.Span())
		}
	}
	if mode.IsZero() || p.mode.TextIs("bypassPermissions") { // a sub-agent cannot take back what the whole session may
		mode = p.mode
	}
	switch {
	case unasked:
	case mode.TextIs("bypassPermissions"), mode.TextIs("dontAsk"), mode.TextIs("auto"):
		x.Control("human-approval", call, discover.Ref{}, model.Absent, mode.Span())
	case mode.TextIs("acceptEdits") && (tool == "Edit" || tool == "Write" || tool == "MultiEdit"):
		x.Control("human-approval", call, discover.Ref{}, model.Absent, mode.Span())
	case !p.skipped.IsZero():
		x.Control("human-approval", call, discover.Ref{}, model.Absent, p.skipped)
	default:
		if shown := p.place(tool); !shown.IsZero() {
			at = shown.Span()
		}
		x.ControlByDefault("human-approval", call, "Claude Code asks before each "+tool+" that no rule allows", at)
	}
}

// skipping is how people start Claude Code so that it asks nobody.
var skipping = regexp.MustCompile(`\bclaude\b[^\n#]*--(?:dangerously-skip-permissions|permission-mode[= ]+bypassPermissions)\b`)

// starters are where a project keeps the commands by which its people start things, beside its scripts at the top.
var starters = []string{"Makefile", "makefile", "justfile", "Justfile", "package.json", "Taskfile.yml", "Dockerfile"}

// mostStarters is how many scripts are looked at.
const mostStarters = 40

// skipped finds where the project itself starts Claude Code without its questions.
func (x *pass) skipped() source.Span {
	files := make([]string, 0, len(starters))
	for _, name := range starters {
		files = append(files, path.Join(x.owner.home, name))
	}
	for _, dir := range []string{".", "scripts", "bin", ".devcontainer"} {
		dir = path.Join(x.owner.home, dir)
		for _, file := range x.Paths(dir) {
			if ext := path.Ext(file); path.Dir(file) == dir && (ext == ".sh" || ext == ".bash" || ext == ".zsh") && len(files) < mostStarters {
				files = append(files, file)
			}
		}
	}
	for _, file := range files {
		if !x.Exists(file) {
			continue
		}
		tree := x.Read(file)
		if tree == nil || tree.File == nil {
			continue
		}
		content := tree.File.Content()
		for _, m := range skipping.FindAllIndex(content, -1) {
			line := content[bytes.LastIndexByte(content[:m[0]], '\n')+1 : m[0]]
			if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) && !bytes.Contains(line, []byte("echo ")) {
				return tree.File.Span(m[0], m[1])
			}
		}
	}
	return source.Span{}
}

// place is what shows that calls of a tool are asked about: a rule that lets only some through, else the mode, else the
// table of rules.
func (p *permissions) place(tool string) syntax.Node {
	for _, list := range [][]rule{p.ask, p.allow} {
		for _, r := range list {
			if r.covers(tool) {
				return r.at
			}
		}
	}
	if !p.mode.IsZero() {
		return p.mode
	}
	return p.at
}
