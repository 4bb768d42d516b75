package mcpclient

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/discover"
)

// client is a program that reads a configuration.
type client struct {
	technology string // "cursor"
	home       string // the folder of the project that it is configured in, "." for the root
	bare       bool   // it reads a table of servers without any key around it
}

// pattern is a row of the table of clients: where each keeps its configuration.
type pattern struct {
	ends       string // end of the path, from the project's folder on
	technology string
	bare       bool
}

// patterns are tried in order; the first whose end fits names the client.
var patterns = []pattern{
	{".cursor/mcp.json", "cursor", false},
	{".cursor/settings.json", "cursor", false},
	{".vscode/mcp.json", "vscode", false},
	{".vscode/settings.json", "vscode", false},
	{".devcontainer/devcontainer.json", "vscode", false},
	{".devcontainer.json", "vscode", false},
	{".codex/config.toml", "codex", false},
	{".gemini/settings.json", "gemini-cli", false},
	{"gemini-extension.json", "gemini-cli", false},
	{".qwen/settings.json", "qwen-code", false},
	{".codeium/windsurf/mcp_config.json", "windsurf", false},
	{".windsurf/mcp_config.json", "windsurf", false},
	{".windsurf/mcp.json", "windsurf", false},
	{"windsurf/mcp_config.json", "windsurf", false},
	{".zed/settings.json", "zed", false},
	{"zed/settings.json", "zed", false},
	{"cline_mcp_settings.json", "cline", false},
	{".cline/mcp.json", "cline", false},
	{".roo/mcp.json", "roo-code", false},
	{".kilocode/mcp.json", "kilo-code", false},
	{".continue/config.json", "continue", false},
	{".continue/config.yaml", "continue", false},
	{".continue/config.yml", "continue", false},
	{"librechat.yaml", "librechat", false},
	{"librechat.yml", "librechat", false},
	{"goose/config.yaml", "goose", false},
	{".goose/config.yaml", "goose", false},
	{".amazonq/mcp.json", "amazon-q", false},
	{".aws/amazonq/mcp.json", "amazon-q", false},
	{".copilot/mcp-config.json", "github-copilot", false},
	{".github/mcp.json", "github-copilot", false},
	{".vs/mcp.json", "visual-studio", false},
	{".lmstudio/mcp.json", "lmstudio", false},
	{".config/goose/config.yaml", "goose", false},
	{".factory/mcp.json", "factory", false},
	{".kiro/settings/mcp.json", "kiro", false},
	{".junie/mcp/mcp.json", "junie", false},
	{".trae/mcp.json", "trae", false},
	{".opencode/opencode.json", "opencode", false},
	{"opencode.json", "opencode", false},
	{"opencode.jsonc", "opencode", false},
	{".crush.json", "crush", false},
	{"crush.json", "crush", false},
	{"mcp_agent.config.yaml", "mcp-agent", false},
	{"claude_desktop_config.json", "claude-desktop", false},
	{".claude/settings.json", "claude-code", false},
	{".claude/settings.local.json", "claude-code", false},
	{".claude/mcp.json", "claude-code", false},
	{".claude-plugin/plugin.json", "claude-code", false},
	{".claude.json", "claude-code", false},
	{".mcp.json", "claude-code", true},
	{"agents.toml", "mcp-client", false},
}

// personal are the files that lie with one person and not with a project: what stands there, nobody reviews with the project.
var personal = []string{
	"claude_desktop_config.json", ".claude.json", ".claude/settings.local.json", ".codeium/windsurf/mcp_config.json", "cline_mcp_settings.json",
	".lmstudio/mcp.json", ".config/goose/config.yaml", ".aws/amazonq/mcp.json", ".copilot/mcp-config.json",
}

// ofOnePerson tells whether a file is one of those.
func ofOnePerson(file string) bool {
	return slices.ContainsFunc(personal, func(end string) bool { return file == end || strings.HasSuffix(file, "/"+end) })
}

// manifests are the files by which a folder is a plugin of a client.
var manifests = []string{".claude-plugin/plugin.json", ".cursor-plugin/plugin.json", ".codex-plugin/plugin.json", "gemini-extension.json"}

// clientOf says which client reads a file. A file of another name is for a client that nobody can tell.
func clientOf(file string) client {
	for _, row := range patterns {
		if file == row.ends || strings.HasSuffix(file, "/"+row.ends) {
			return client{row.technology, discover.Folder(file, row.ends), row.bare}
		}
	}
	dir, base := path.Split(file)
	if i := strings.Index(dir, ".continue/"); i == 0 || i > 0 && dir[i-1] == '/' {
		return client{"continue", discover.Folder(dir[:i], ""), false}
	}
	lower := strings.ToLower(base)
	for _, row := range []struct{ part, technology string }{
		{"claude_desktop", "claude-desktop"},
		{"claude-desktop", "claude-desktop"},
		{"cursor", "cursor"},
		{"cline", "cline"},
		{"windsurf", "windsurf"},
		{"vscode", "vscode"},
	} {
		if strings.Contains(lower, row.part) {
			return client{row.technology, discover.Folder(dir, ""), false}
		}
	}
	return client{"mcp-client", discover.Folder(dir, ""), base == "mcp.json"}
}

// isLock passes over files that are large, generated and never a client's.
func isLock(file string) bool {
	switch base := path.Base(file); base {
	case "package-lock.json", "npm-shrinkwrap.json", "composer.lock", "Cargo.lock", "poetry.lock", "uv.lock", "pnpm-lock.yaml", "tsconfig.json":
		return true
	default:
		return strings.HasSuffix(base, ".map.json") || strings.HasSuffix(base, ".schema.json")
	}
}

// mayHoldServers keeps YAML and TOML, of which trees hold many, to names that some client or agent program uses.
func mayHoldServers(file string) bool {
	base := strings.ToLower(path.Base(file))
	if strings.Contains(base, "mcp") || strings.Contains(base, "agent") || strings.Contains(base, "librechat") || strings.Contains(base, "fastagent") {
		return true
	}
	stem := strings.TrimSuffix(base, path.Ext(base))
	return stem == "config" || strings.Contains(stem, "compose") || stem == "settings" || strings.Contains(file, ".continue/") || strings.Contains(file, "goose")
}
