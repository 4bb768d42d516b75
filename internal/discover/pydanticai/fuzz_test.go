package pydanticai

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Pydantic AI.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from pydantic_ai import Agent, Tool, FunctionToolset\nfrom pydantic_ai.mcp import *\nfrom pydantic_graph import Graph\n",
		"a = Agent(a, tools=[a, Tool(a)], toolsets=[MCPServerStdio(a, a), FunctionToolset([a])], system_prompt=a)\n@a.tool\ndef f(c): return a.run_sync(f, usage_limits=f)\n@a.output_validator\ndef v(o): return o\n",
		"g = Graph(nodes=[g])\nt = FunctionToolset()\n@t.tool\ndef f(): pass\nb = Agent('x:y', toolsets=[t.filtered(f).approval_required()])\n")
}
