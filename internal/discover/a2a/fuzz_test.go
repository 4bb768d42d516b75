package a2a

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor, "from a2a.types import AgentCard, AgentSkill\nfrom a2a.server.request_handlers import DefaultRequestHandler\nfrom a2a.server.apps import A2AStarletteApplication\nfrom a2a.client import A2AClient, A2ACardResolver\n",
		"A2AStarletteApplication(agent_card=AgentCard(name='a', url=f'http://{h}:1/', skills=[AgentSkill(name=1)]), http_handler=DefaultRequestHandler(agent_executor=E(), task_store=None))\n",
		"class E:\n    def __init__(self):\n        self.a = E()\nDefaultRequestHandler(agent_executor=E())\n",
		"for u in us:\n    A2ACardResolver(c, u)\nA2AClient(url=A2AClient)\n")
}
