package smolagents

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of smolagents.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from smolagents import *\n",
		"a = CodeAgent([a, tool(a)], a, managed_agents=[a], executor_type=a, additional_authorized_imports=[a, '*'])\na.run(a)\n",
		"class T(Tool):\n    name = T\n    def forward(self): return a.run(T())\nwith ToolCollection.from_mcp(T) as t:\n    b = ToolCallingAgent(tools=[*t.tools, *t], add_base_tools=True)\n")
}
