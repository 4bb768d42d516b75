package discover

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Assistant is a coding or chat assistant that people run on their own machines, with a project's configuration.
// Whatever several files of a project say about it (its servers, its permissions, its instructions) is about one agent.
type Assistant struct {
	Technology string // "claude-code"
	Home       string // the folder of the project that it is configured in, "." for the root
}

// assistantNames are the assistants by technology, with the names that people know them by.
var assistantNames = map[string]string{
	"aider": "Aider", "amazon-q": "Amazon Q", "amp": "Amp", "antigravity": "Antigravity", "augment": "Augment", "claude-code": "Claude Code",
	"claude-desktop": "Claude Desktop", "cline": "Cline", "codex": "Codex", "continue": "Continue", "crush": "Crush", "cursor": "Cursor",
	"docker-mcp": "Docker MCP gateway", "factory": "Factory Droid", "gemini-cli": "Gemini CLI", "github-copilot": "GitHub Copilot", "goose": "Goose", "junie": "Junie",
	"kilo-code": "Kilo Code", "kiro": "Kiro", "librechat": "LibreChat", "lmstudio": "LM Studio", "mcp-agent": "mcp-agent", "mcp-client": "MCP client",
	"opencode": "opencode", "qwen-code": "Qwen Code", "roo-code": "Roo Code", "trae": "Trae", "visual-studio": "Visual Studio",
	"vscode": "VS Code", "warp": "Warp", "windsurf": "Windsurf", "zed": "Zed",
}

// AssistantName is the name that people know an assistant by, from its technology.
func AssistantName(technology string) string {
	if name, ok := assistantNames[technology]; ok {
		return name
	}
	return technology
}

// Ref names the assistant: the same one for all files of a project that configure it.
func (a Assistant) Ref() Ref { return Local(a.Home, a.Technology) }

// File is the path of a file of the assistant's project.
func (a Assistant) File(name string) string { return path.Join(a.Home, name) }

// Folder is the folder that a path is in when its ending is cut off, "." for the root: the Home of an assistant.
func Folder(path, ending string) string {
	if dir := strings.TrimSuffix(strings.TrimSuffix(path, ending), "/"); dir != "" {
		return dir
	}
	return "."
}

// Assistant describes an assistant, and the person who uses it. Who sits at an assistant on a desk is who owns the
// desk: nobody to be protected from.
func (p *Pass) Assistant(a Assistant, detail string, at source.Span) *Element {
	ref := a.Ref()
	e := p.Element(model.Agent, ref, AssistantName(a.Technology), at).
		Technology(a.Technology).
		Detail(detail).
		Fact("loops", model.Yes, at).
		Fact("third-party", model.Yes, at)
	if a.Technology == "librechat" {
		return e // it serves whoever has an account
	}
	owner := Named(model.Human, "owner of the machine")
	p.Element(model.Human, owner, "owner of the machine", at).
		FactBecause("role", "owner", "the client runs on the machine of the person who uses it", at)
	p.Flow(model.PromptFlow, owner, ref, at)
	return e
}

// agentFolders are the folders in which each file is an agent of an assistant, with servers of its own.
var agentFolders = []string{".amazonq/cli-agents", ".amazonq/agents", ".kiro/agents", ".codex/agents"}

// AgentFile tells whether a configuration is that of one agent, to whom its servers belong.
func AgentFile(file string) bool {
	return slices.ContainsFunc(agentFolders, func(folder string) bool { return strings.HasSuffix("/"+path.Dir(file), "/"+folder) })
}

// AgentFileRef names the agent of such a file.
func AgentFileRef(file string) Ref {
	return Local(file, strings.TrimSuffix(path.Base(file), path.Ext(file)))
}

// ClaudeDefaultModel describes the model of an agent that runs in Claude Code and names none.
func (p *Pass) ClaudeDefaultModel(agent Ref, at source.Span) {
	ref := Named(model.Model, "claude-default")
	p.Element(model.Model, ref, "Claude Code default model", at).Technology("anthropic").Detail("no model is named: Claude Code's default").
		Fact("provider", "anthropic", at).
		FactBecause("third-party", model.Yes, "the provider anthropic runs it", at).
		FactBecause("pinned", model.No, "no model is named, so the version of Claude Code decides", at)
	p.UsesModel(agent, ref, at)
}

// ClaudeHooks are the events at which Claude Code asks a hook that can refuse, with the control that such a hook is.
var ClaudeHooks = map[string]string{
	"PreToolUse": "argument-policy", "PermissionRequest": "argument-policy", "UserPromptSubmit": "input-guardrail",
	"PostToolUse": "output-guardrail", "Stop": "output-guardrail",
}

// ClaudeFolder tells whether a folder of another name than ".claude" is one that Claude Code keeps: people put the folder
// of their home into version control as it is. Its settings show it (permissions, hooks, plugins or a schema as only
// Claude Code's settings have them), with instructions, agents, commands or skills beside them. Where the settings are
// kept back, a CLAUDE.md shows it with all of: hooks, commands or skills, and an agent whose head only Claude Code reads.
func (p *Pass) ClaudeFolder(dir string) bool {
	if dir == "" {
		dir = "."
	}
	if path.Base(dir) == ".claude" {
		return false
	}
	if !p.Exists(path.Join(dir, "settings.json")) {
		return p.Exists(path.Join(dir, "CLAUDE.md")) && p.claudeParts(dir)
	}
	tree := p.Read(path.Join(dir, "settings.json"))
	if tree == nil || !claudeSettings(tree.Root()) {
		return false
	}
	if p.Exists(path.Join(dir, "CLAUDE.md")) {
		return true
	}
	for _, row := range []struct{ folder, ending string }{{"agents", ".md"}, {"commands", ".md"}, {"skills", "/SKILL.md"}} {
		for _, file := range p.Paths(path.Join(dir, row.folder)) {
			if strings.HasSuffix(file, row.ending) {
				return true
			}
		}
	}
	return false
}

// mostHeads is how many agents are looked at for a head.
const mostHeads = 8

// claudeParts tells whether a folder has hooks, commands or skills, and agents of Claude Code.
func (p *Pass) claudeParts(dir string) bool {
	if len(p.Paths(path.Join(dir, "hooks"))) == 0 || len(p.Paths(path.Join(dir, "commands")))+len(p.Paths(path.Join(dir, "skills"))) == 0 {
		return false
	}
	if p.Exists(path.Join(dir, ".claude-plugin/marketplace.json")) || p.Exists(path.Join(dir, ".claude-plugin/plugin.json")) {
		return false // they are what its plugins are made from
	}
	for i, file := range p.Paths(path.Join(dir, "agents")) {
		if i == mostHeads {
			break
		}
		if !strings.HasSuffix(file, ".md") {
			continue
		}
		tree := p.Read(file)
		if tree == nil || tree.File == nil {
			continue
		}
		front, _ := syntax.Frontmatter(tree.File)
		head := front.Root()
		if head.Argument("name").IsZero() || head.Argument("description").IsZero() {
			continue
		}
		switch head.Argument("model").Text() {
		case "opus", "sonnet", "haiku", "inherit":
			return true
		}
		first, _, _ := strings.Cut(head.Argument("tools").Text(), ",")
		if slices.Contains(ClaudeTools, strings.TrimSpace(first)) || strings.TrimSpace(first) == "Glob" || strings.TrimSpace(first) == "Grep" {
			return true
		}
	}
	return false
}

// claudeSettings tells whether settings are Claude Code's by what they hold.
func claudeSettings(root syntax.Node) bool {
	if root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	if strings.Contains(root.Argument("$schema").Text(), "claude-code-settings") || root.Argument("enabledPlugins").Is(syntax.Map) {
		return true
	}
	rules := root.Argument("permissions")
	for _, key := range []string{"allow", "deny", "ask"} {
		for item := range rules.Argument(key).Children() {
			if name := ClaudeTool(item.Text()); strings.HasPrefix(name, "mcp__") || slices.Contains(ClaudeTools, name) || name == "Glob" || name == "Grep" || name == "Skill" || name == "Task" {
				return true
			}
		}
	}
	for event, list := range root.Argument("hooks").Pairs() {
		if _, asks := ClaudeHooks[event.Text()]; !asks && !claudeEvents[event.Text()] {
			continue
		}
		for matcher := range list.Children() {
			if matcher.Argument("hooks").Is(syntax.List) {
				return true
			}
		}
	}
	return false
}

// claudeEvents are the other events that Claude Code runs hooks at.
var claudeEvents = map[string]bool{
	"SessionStart": true, "SessionEnd": true, "Notification": true, "SubagentStop": true, "SubagentStart": true, "PreCompact": true,
	"PostToolUseFailure": true, "PostCompact": true, "Setup": true,
}

// ClaudeTool is a tool's name without the rule that narrows it: "Bash" of "Bash(git:*)".
func ClaudeTool(said string) string {
	name, _, _ := strings.Cut(said, "(")
	return strings.TrimSpace(name)
}

// ClaudeTools are the built-in tools that an agent in Claude Code has when nothing says otherwise; readers of single
// kinds of files and lists of steps are left out.
var ClaudeTools = []string{"Bash", "Edit", "Read", "WebFetch", "WebSearch", "Write"}
