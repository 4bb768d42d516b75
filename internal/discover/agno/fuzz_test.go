package agno

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Agno.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from agno.agent import Agent\nfrom agno.team import Team\nfrom agno.workflow import Workflow, Step, Loop\nfrom agno.tools import Toolkit, tool\nfrom agno.tools.mcp import MCPTools\nfrom agno.knowledge.knowledge import Knowledge\n",
		"k = Knowledge(vector_db=k)\nk.insert(url=k)\na = Agent(tools=[a, MCPTools(a), k], knowledge=k, db=k, pre_hooks=[a])\nt = Team(members=[a, t])\nw = Workflow(steps=[Step(agent=a), Loop(steps=[w])])\n",
		"class K(Toolkit):\n    def __init__(self): super().__init__(tools=[self.f]); self.register(self.f)\n    def f(self): return Agent(tools=[K()]).run()\nclass W(Workflow):\n    a: Agent = Agent()\n    def run(self): self.a.run()\nAgent(tools=[K()])\n")
}
