package azureagents

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Azure AI Agents.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from azure.ai.projects import AIProjectClient\nfrom azure.ai.agents.models import FunctionTool, ToolSet, ConnectedAgentTool, McpTool, CodeInterpreterTool\nfrom openai import OpenAI\nc = AIProjectClient()\n",
		"t = ToolSet()\nt.add(FunctionTool({t, c}))\na = c.agents.create_agent(model=a, name=a, toolset=t, tools=[{'type': 'function', 'function': a}, ConnectedAgentTool(id=a.id)])\nc.agents.runs.create(agent_id=a.id)\n",
		"m = McpTool(server_url=m)\nm.set_approval_mode(m)\nOpenAI().beta.assistants.create(tools=[{'type': 'code_interpreter'}, {'type': m}, m.definitions])\n")
}
