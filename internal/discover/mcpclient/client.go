package mcpclient

import (
	"path"
	"strings"
)

// client is a program that reads a configuration.
type client struct {
	technology string // "cursor"
	name       string // for people: "Cursor"
	home       string // the folder of the project that it is configured in, "." for the root
	bare       bool   // it reads a table of servers without any key around it
}

// pattern is a row of the table of clients: where each keeps its configuration.
type pattern struct {
	ends       string // end of the path, from the project's folder on
	technology string
	name       string
	bare       bool
}

// patterns are tried in order; the first whose end fits names the client.
var patterns = []pattern{
	{".cursor/mcp.json", "cursor", "Cursor", false},
	{".cursor/settings.json", "cursor", "Cursor", false},
	{".vscode/mcp.json", "vscode", "VS Code", false},
	{".vscode/settings.json", "vscode", "VS Code", false},
	{".devcontainer/devcontainer.json", "vscode", "VS Code", false},
	{".devcontainer.json", "vscode", "VS Code", false},
	{".codex/config.toml", "codex", "Codex", false},
	{".gemini/settings.json", "gemini-cli", "Gemini CLI", false},
	{"gemini-extension.json", "gemini-cli", "Gemini CLI", false},
	{".qwen/settings.json", "qwen-code", "Qwen Code", false},
	{".codeium/windsurf/mcp_config.json", "windsurf", "Windsurf", false},
	{".windsurf/mcp_config.json", "windsurf", "Windsurf", false},
	{".windsurf/mcp.json", "windsurf", "Windsurf", false},
	{"windsurf/mcp_config.json", "windsurf", "Windsurf", false},
	{".zed/settings.json", "zed", "Zed", false},
	{"zed/settings.json", "zed", "Zed", false},
	{"cline_mcp_settings.json", "cline", "Cline", false},
	{".cline/mcp.json", "cline", "Cline", false},
	{".roo/mcp.json", "roo-code", "Roo Code", false},
	{".kilocode/mcp.json", "kilo-code", "Kilo Code", false},
	{".continue/config.json", "continue", "Continue", false},
	{".continue/config.yaml", "continue", "Continue", false},
	{".continue/config.yml", "continue", "Continue", false},
	{"librechat.yaml", "librechat", "LibreChat", false},
	{"librechat.yml", "librechat", "LibreChat", false},
	{"goose/config.yaml", "goose", "Goose", false},
	{".goose/config.yaml", "goose", "Goose", false},
	{".amazonq/mcp.json", "amazon-q", "Amazon Q", false},
	{".kiro/settings/mcp.json", "kiro", "Kiro", false},
	{".junie/mcp/mcp.json", "junie", "Junie", false},
	{".trae/mcp.json", "trae", "Trae", false},
	{".opencode/opencode.json", "opencode", "opencode", false},
	{"opencode.json", "opencode", "opencode", false},
	{"opencode.jsonc", "opencode", "opencode", false},
	{".crush.json", "crush", "Crush", false},
	{"crush.json", "crush", "Crush", false},
	{"mcp_agent.config.yaml", "mcp-agent", "mcp-agent", false},
	{"claude_desktop_config.json", "claude-desktop", "Claude Desktop", false},
	{".claude/settings.json", "claude-code", "Claude Code", false},
	{".claude/settings.local.json", "claude-code", "Claude Code", false},
	{".claude/mcp.json", "claude-code", "Claude Code", false},
	{".claude-plugin/plugin.json", "claude-code", "Claude Code", false},
	{".claude.json", "claude-code", "Claude Code", false},
	{".mcp.json", "claude-code", "Claude Code", true},
	{"agents.toml", "mcp-client", "MCP client", false},
}

// manifests are the files by which a folder is a plugin of a client.
var manifests = []string{".claude-plugin/plugin.json", ".cursor-plugin/plugin.json", ".codex-plugin/plugin.json", "gemini-extension.json"}

// clientOf says which client reads a file. A file of another name is for a client that nobody can tell.
func clientOf(file string) client {
	for _, row := range patterns {
		if file == row.ends || strings.HasSuffix(file, "/"+row.ends) {
			return client{row.technology, row.name, homeOf(strings.TrimSuffix(file, row.ends)), row.bare}
		}
	}
	dir, base := path.Split(file)
	if i := strings.Index(dir, ".continue/"); i == 0 || i > 0 && dir[i-1] == '/' {
		return client{"continue", "Continue", homeOf(dir[:i]), false}
	}
	lower := strings.ToLower(base)
	for _, row := range []struct{ part, technology, name string }{
		{"claude_desktop", "claude-desktop", "Claude Desktop"},
		{"claude-desktop", "claude-desktop", "Claude Desktop"},
		{"cursor", "cursor", "Cursor"},
		{"cline", "cline", "Cline"},
		{"windsurf", "windsurf", "Windsurf"},
		{"vscode", "vscode", "VS Code"},
	} {
		if strings.Contains(lower, row.part) {
			return client{row.technology, row.name, homeOf(dir), false}
		}
	}
	return client{"mcp-client", "MCP client", homeOf(dir), base == "mcp.json"}
}

func homeOf(dir string) string {
	if dir = strings.TrimSuffix(dir, "/"); dir != "" {
		return dir
	}
	return "."
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
	return stem == "config" || stem == "settings" || strings.Contains(file, ".continue/") || strings.Contains(file, "goose")
}
