package autogen

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of AutoGen.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"import autogen\nfrom autogen import *\nfrom autogen_agentchat.agents import *\nfrom autogen_agentchat.teams import *\nfrom autogen_core import *\n",
		"a = AssistantAgent('a', tools=[a], handoffs=[a, 'a'], memory=[a], llm_config={'config_list': [{}]})\nt = Swarm([t, a], termination_condition=a | t)\n",
		"a = autogen.UserProxyAgent(code_execution_config=a)\na.initiate_chat(a)\nautogen.register_function(a, caller=a)\n@a.register_for_llm()\ndef f(): return ReplyResult(target=f)\n",
		"class R(RoutedAgent):\n    @message_handler\n    def h(self, m: R): self.publish_message(R())\n")
}

// FuzzComponents reads any bytes as components that are written down.
func FuzzComponents(f *testing.F) {
	discovertest.FuzzFile(f, Extractor, "team.json",
		`{"provider":"autogen_agentchat.teams.X","component_type":"team","config":{"participants":[{"provider":"autogen_agentchat.agents.A","config":{"name":1,"tools":{},"workbench":[[{}]]}}]}}`,
		`[{"provider":"autogen_agentchat.agents.A","component_type":"agent","config":{"code_executor":{},"model_client":{"config":{"client":{}}},"team":7}}]`)
}
