package discover

import (
	"path"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
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

// ClaudeTool is a tool's name without the rule that narrows it: "Bash" of "Bash(git:*)".
func ClaudeTool(said string) string {
	name, _, _ := strings.Cut(said, "(")
	return strings.TrimSpace(name)
}

// ClaudeTools are the built-in tools that an agent in Claude Code has when nothing says otherwise; readers of single
// kinds of files and lists of steps are left out.
var ClaudeTools = []string{"Bash", "Edit", "Read", "WebFetch", "WebSearch", "Write"}
