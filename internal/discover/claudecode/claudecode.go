// Package claudecode reads what a project tells Claude Code: settings, permissions, hooks, sub-agents, commands, skills
// and plugins.
//
// Claude Code is an agent that people run on a repository. It is an element of a system only where the project
// configures it: a folder ".claude" with settings, sub-agents, commands or skills (or a table of MCP servers, which
// package mcpclient reads). Then it has its built-in tools, less those that the settings refuse, and the sub-agents that
// it may give tasks to. Instructions alone (CLAUDE.md) make no agent; package instructions reads them.
//
// # Permissions
//
// The rules of settings.json and settings.local.json count together. A tool that is refused without a pattern is not
// there. One that is allowed without a pattern, or with one that lets any program through ("Bash(python:*)"), runs
// without asking: human-approval is absent from its calls. So are modes that ask nobody, and scripts of the project that
// start Claude Code with --dangerously-skip-permissions. Before all other calls that change or fetch something a person
// is asked: that is what the product does by itself, and human-approval stands there as an assumption, whether or not the
// project has rules. What is refused by a pattern is no control: the same deed by another name gets through.
//
// # Hooks
//
// A hook that can refuse, by its command or by the script in the tree that it runs, is a guardrail. One that is asked
// before calls is a policy for them where it refuses whatever it does not name; where it lets that pass, or where the end
// cannot be told, what it holds up is a gap that is told, and no control. Any other hook is a tool that always runs the
// same command.
//
// # Plugins
//
// What a plugin brings (agents, commands, skills, hooks) belongs to the plugin, as long as nobody here installs it. A
// folder "agents" or "commands" that is no plugin's is documentation and is passed over; so are files without a head
// that names them.
//
// # Folders of a home
//
// People put the ".claude" of their home into version control under other names, at the top of a repository or in a
// folder for each profile. Such a folder is known by its settings, and read as if its name were ".claude".
package claudecode

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds what projects configure for Claude Code.
var Extractor = &discover.Extractor{
	Name:  "claudecode",
	Doc:   "Claude Code projects: settings, permissions, hooks, sandbox, sub-agents, commands, skills, plugins and marketplaces.",
	Match: func(path string) bool { return kindOf(path) != none },
	Run:   run,
}

const technology = "claude-code"

// kind is what a file is by its name.
type kind int

const (
	none kind = iota
	settings
	agent
	command
	skill
	hooksFile
	pluginFile
	marketplace
)

// kindOf tells by the name what a file may be. Agents and commands of plugins stand in folders of any project, so that
// the pass has to look whose they are.
func kindOf(file string) kind {
	dir, base := path.Split(file)
	parent := path.Base(dir)
	switch {
	case strings.Contains(dir, "/_") || strings.HasPrefix(dir, "_"):
		return none // put aside: Claude Code does not look into such folders
	case base == "SKILL.md":
		return skill
	case strings.HasSuffix(base, ".md"):
		if strings.EqualFold(base, "README.md") || base == "CLAUDE.md" || base == "AGENTS.md" {
			return none
		}
		return kindOfText(strings.Split(strings.Trim(dir, "/"), "/"))
	case parent != ".vscode" && (base == "settings.json" || base == "settings.local.json"), base == "managed-settings.json":
		return settings
	case base == "definition.json":
		return kindOfText(strings.Split(strings.Trim(dir, "/"), "/"))
	case parent == "hooks" && base == "hooks.json":
		return hooksFile
	case parent == ".claude-plugin" && base == "plugin.json":
		return pluginFile
	case parent == ".claude-plugin" && base == "marketplace.json":
		return marketplace
	}
	return none
}

func kindOfText(folders []string) kind {
	for i := len(folders) - 1; i >= 0 && i >= len(folders)-3; i-- {
		switch folders[i] {
		case "agents":
			return agent
		case "commands":
			return command
		case "skills", "references":
			return none // a file that goes with a skill
		}
	}
	return none
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	owner owner
	rules *permissions // of the project; nil for plugins
}

// owner is whose a file is: a project's Claude Code, a plugin, or nobody's.
type owner struct {
	home   string       // folder of the project or plugin
	folder string       // where its settings, agents, commands and skills stand
	ref    discover.Ref // agent or plugin; zero when nobody's
	plugin bool
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p, owner: ownerOf(p, p.Path())}
	kind := kindOf(p.Path())
	if x.owner.ref.IsZero() && kind != skill && kind != marketplace {
		return nil
	}
	if !x.owner.plugin && !x.owner.ref.IsZero() {
		x.rules = x.permissions()
	}
	switch kind {
	case settings:
		x.settings()
	case agent:
		x.subAgent()
	case command:
		x.command()
	case skill:
		x.skill()
	case hooksFile:
		if x.owner.plugin {
			x.describeOwner(x.top())
			x.hooks(x.owner.ref, x.root().Argument("hooks"))
		}
	case pluginFile:
		x.plugin()
	case marketplace:
		x.marketplace()
	}
	return nil
}

// ownerOf finds whose a file is by where it stands.
func ownerOf(p *discover.Pass, file string) owner {
	if i := strings.LastIndex("/"+file, "/.claude/"); i >= 0 {
		home := discover.Folder(file[:i], "")
		return owner{home: home, folder: path.Join(home, ".claude"), ref: discover.Assistant{Technology: technology, Home: home}.Ref()}
	}
	if path.Base(file) == "managed-settings.json" {
		home := discover.Folder(path.Dir(file), ".")
		return owner{home: home, folder: path.Join(home, ".claude"), ref: discover.Assistant{Technology: technology, Home: home}.Ref()}
	}
	for dir := path.Dir(file); ; dir = path.Dir(dir) {
		if p.Exists(path.Join(dir, ".claude-plugin/plugin.json")) {
			return owner{home: dir, folder: dir, ref: discover.Local(dir, "plugin"), plugin: true}
		}
		if market := path.Join(dir, ".claude-plugin/marketplace.json"); p.Exists(market) {
			if o, ok := listedPlugin(p, market, file); ok {
				return o
			}
		}
		if dir == "." || dir == "/" {
			return homeFolder(p, file)
		}
	}
}

// homeFolder finds the folder that a person keeps for Claude Code, under whatever name, around a file.
func homeFolder(p *discover.Pass, file string) owner {
	for dir := path.Dir(file); dir != "/"; dir = path.Dir(dir) {
		if p.ClaudeFolder(dir) {
			return owner{home: dir, folder: dir, ref: discover.Assistant{Technology: technology, Home: dir}.Ref()}
		}
		if dir == "." {
			break
		}
	}
	return owner{}
}

// top is the first line of the file, or the name in its head.
func (x *pass) top() source.Span {
	if name := x.head().Argument("name"); name.Is(syntax.String) {
		return name.Span()
	}
	content := x.File().Content()
	end := 0
	for end < len(content) && end < 200 && content[end] != '\n' && content[end] != '\r' {
		end++
	}
	return x.File().Span(0, end)
}

// head is the head of a Markdown file.
func (x *pass) head() syntax.Node {
	if x.Tree().Language != "" {
		return x.root() // an agent that stands as JSON
	}
	tree, _ := syntax.Frontmatter(x.File())
	return tree.Root()
}

// text is what stands behind the head of a Markdown file.
func (x *pass) text() string {
	if x.Tree().Language != "" {
		for _, key := range []string{"prompt", "instructions"} {
			if text := x.root().Argument(key); text.Is(syntax.String) {
				return text.Text()
			}
		}
		return ""
	}
	_, body := syntax.Frontmatter(x.File())
	return string(x.File().Content()[body:])
}

// root is the map that a JSON file holds.
func (x *pass) root() syntax.Node {
	if root := x.Tree().Root(); root.Is(syntax.Map) {
		return root
	}
	return syntax.Node{}
}

// describeOwner describes whose the file is. The tools of the main agent are described once, by the pass on the file
// that comes first.
func (x *pass) describeOwner(at source.Span) {
	if x.owner.plugin {
		x.Element(model.Plugin, x.owner.ref, pluginName(x.Pass, x.owner.home), at).Technology(technology).
			Detail("brings instructions, agents and commands to the Claude Code that installs it").
			FactBecause("at-desk", model.Yes, "who installs it runs it on their own machine", at)
		return
	}
	x.Assistant(discover.Assistant{Technology: technology, Home: x.owner.home}, "coding assistant that people run on this project", at)
	if x.leads() {
		for _, name := range discover.ClaudeTools {
			x.builtIn(x.owner.ref, name, syntax.Node{}, at, false)
		}
		if x.rules.model.IsZero() {
			x.ClaudeDefaultModel(x.owner.ref, at)
		}
	}
}

// leads tells whether this file comes first among those that configure the project's Claude Code.
func (x *pass) leads() bool {
	folder := x.owner.folder
	for _, name := range []string{"settings.json", "settings.local.json"} {
		if file := path.Join(folder, name); x.Exists(file) {
			return file == x.Path()
		}
	}
	for _, file := range x.Paths(folder) {
		if k := kindOf(file); (k == agent || k == command || k == skill) && ownerOf(x.Pass, file) == x.owner && x.counts(file, k) {
			return file == x.Path()
		}
	}
	return true
}

// counts tells whether a Markdown file is what its place says.
func (x *pass) counts(file string, k kind) bool {
	tree := x.Read(file)
	if tree == nil || tree.File == nil {
		return false
	}
	head, body := syntax.Frontmatter(tree.File)
	name, description := head.Root().Argument("name"), head.Root().Argument("description")
	switch k {
	case agent:
		return !name.IsZero() || !description.IsZero()
	case skill:
		return !name.IsZero() && !description.IsZero()
	default:
		return strings.TrimSpace(string(tree.File.Content()[body:])) != ""
	}
}

// builtIn gives a built-in tool to an agent, unless the project refuses it, and puts what the permissions say on the
// calls. Where something lets it run unasked, that is the place that shows it; at is where the agent gets it, and named
// tells whether its own list says so.
func (x *pass) builtIn(agent discover.Ref, name string, mode syntax.Node, at source.Span, named bool) {
	if x.rules.refused(name) {
		return
	}
	ref := x.tool(name)
	shown := at
	if grant := x.rules.grant(name); !grant.IsZero() {
		shown = grant
		if !named {
			at = grant
		}
	}
	e := x.Element(model.Tool, ref, name, shown)
	if info, ok := discover.ProductNamed("claude_code." + name); ok {
		e.Product(info, at)
	} else {
		e.Technology(technology)
	}
	x.gate(x.Flow(model.ToolCall, agent, ref, at).Ref(), name, mode, at)
}

// tool names a built-in tool: one for all agents of a project. The plugins of a marketplace share them, for they all run
// in the Claude Code that installs them.
func (x *pass) tool(name string) discover.Ref {
	home := x.owner.home
	for dir := home; x.owner.plugin; dir = path.Dir(dir) {
		if x.Exists(path.Join(dir, ".claude-plugin/marketplace.json")) {
			home = dir
			break
		}
		if dir == "." || dir == "/" {
			break
		}
	}
	return discover.Local(home, technology, name)
}
