package bedrock

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Amazon Bedrock.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"import boto3\nfrom InlineAgent.agent import InlineAgent\nfrom InlineAgent.action_group import ActionGroup\nc = boto3.client(\"bedrock-agent\")\n",
		"r = c.create_agent(agentName=r, foundationModel=r, instruction=c)\nc.create_agent_action_group(actionGroupName=r, functionSchema={'functions': [{'name': 'x'}, r]})\nc.associate_agent_collaborator(collaboratorName=r)\nc.invoke_inline_agent(inputText=c, actionGroups=[{'actionGroupName': c}, c], collaborators=[{}], **c)\n",
		"a = InlineAgent(action_groups=[ActionGroup(tools=[a, f], mcp_clients=[a])], collaborators=[a])\na.invoke(a)\nc.create_gateway(protocolType=c, name=f'{c}')\nc.create_agent(agentName=f'{c}')\n")
}
