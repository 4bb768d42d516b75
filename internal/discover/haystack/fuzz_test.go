package haystack

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Haystack.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from haystack import Pipeline, SuperComponent\nfrom haystack.components.agents import Agent\nfrom haystack.components.generators.chat import OpenAIChatGenerator\nfrom haystack.components.builders import ChatPromptBuilder\nfrom haystack.tools import tool, Tool, ComponentTool, PipelineTool, Toolset\nfrom haystack_integrations.tools.mcp import MCPToolset\n",
		"p = Pipeline()\np.add_component('a', OpenAIChatGenerator(tools=[p, Tool(function=p)]))\np.add_component('b', ChatPromptBuilder(template=[p]))\na = Agent(chat_generator=a, tools=[a, ComponentTool(component=a), PipelineTool(p), Toolset([a]), MCPToolset(a)])\np.add_component('c', SuperComponent(pipeline=p))\n")
}
