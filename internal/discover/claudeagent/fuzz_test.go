package claudeagent

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of the Claude Agent SDK.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from claude_agent_sdk import *\nfrom claude_agent_sdk import AgentDefinition, ClaudeAgentOptions, ClaudeSDKClient, HookMatcher, create_sdk_mcp_server, query, tool\n",
		"@tool('a', 'b', {})\nasync def f(args): pass\ns = create_sdk_mcp_server('s', tools=[f, s])\no = ClaudeAgentOptions(allowed_tools=['Bash(git:*)', o], mcp_servers={'s': s, 't': o}, agents={'x': AgentDefinition(o, o)}, hooks={'PreToolUse': [HookMatcher(hooks=[f])]}, can_use_tool=f, permission_mode='bypassPermissions')\nquery(prompt=o, options=o)\n",
		"o = ClaudeAgentOptions()\no.mcp_servers = o\no.agents = {o: o}\nquery(prompt='x')\nc = ClaudeSDKClient(o)\nc.query(c)\n")
}

// FuzzScript is FuzzProgram for TypeScript.
func FuzzScript(f *testing.F) {
	discovertest.FuzzScript(f, Extractor, "import { query, tool, createSdkMcpServer, unstable_v2_createSession } from '@anthropic-ai/claude-agent-sdk';\n",
		"const o = { model: m, agents: { a: { prompt: o, tools: [o] } }, mcpServers: { s: createSdkMcpServer({ name: s, tools: [tool('a', 'b', {}, async (x) => query({ prompt: x, options: o }))] }) }, ...o };\nquery({ prompt: '', options: o });\n",
		"unstable_v2_createSession({ hooks: { PreToolUse: [{ hooks: [async () => ({ decision: 'block' })] }] }, canUseTool: (a) => a, permissionMode: 'bypassPermissions' });\nquery(query);\n")
}
