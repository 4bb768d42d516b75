package strands

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Strands Agents.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from strands import Agent, tool\nfrom strands.multiagent import GraphBuilder, Swarm\nfrom strands.tools.mcp import MCPClient\nimport strands_tools\n",
		"a = Agent(a, tools=[a, tool(a), strands_tools, MCPClient(lambda: a)], hooks=[a], session_manager=a)\na(a)\ns = Swarm([a, s])\n",
		"b = GraphBuilder()\nb.add_node(b, 'b')\nb.add_edge('b', b)\ng = b.build()\ng('x')\n@tool\ndef t(): return Agent(tools=[t])(t)\n")
}

// FuzzScriptProgram reads any bytes as a program of Strands Agents for TypeScript.
func FuzzScriptProgram(f *testing.F) {
	discovertest.FuzzScript(f, Extractor,
		"import { Agent, McpClient, BedrockModel, SessionManager, tool } from '@strands-agents/sdk'\n",
		"const t = tool({ name: 't', callback: (a) => new Agent({ tools: [t] }).invoke(a) })\nconst a = new Agent({ name: a, model: new BedrockModel({ modelId: a }), tools: [a, t, new McpClient({ transport: a })], sessionManager: new SessionManager(a) })\na.invoke(a)\n")
}
