package googleadk

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of the Agent Development Kit.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from google.adk.agents import *\nfrom google.adk.tools import *\nfrom google.adk.runners import Runner\n",
		"a = Agent(name='a', model=a, tools=[a, AgentTool(a)], sub_agents=[a], before_model_callback=a)\nroot_agent = LoopAgent(sub_agents=a, max_iterations=a)\n",
		"t = MCPToolset(connection_params=t)\nr = Runner(agent=r, session_service=r)\nclass B(BaseAgent):\n    x: B = B()\n")
}

// FuzzScript is FuzzProgram for TypeScript.
func FuzzScript(f *testing.F) {
	discovertest.FuzzScript(f, Extractor, "import { LlmAgent, LoopAgent, AgentTool, FunctionTool, MCPToolset, Runner } from '@google/adk';\n",
		"const a = new LlmAgent({ name: 'a', model: a, tools: [a, new AgentTool({ agent: a }), new FunctionTool({ execute: (x) => a })], subAgents: [a], beforeModelCallback: () => a });\nexport const rootAgent = new LoopAgent({ subAgents: a, maxIterations: a });\n",
		"new Runner({ agent: new MCPToolset(a), sessionService: a });\nclass B extends LlmAgent { constructor() { super({ ...b }); } }\n")
}

// FuzzGo is FuzzProgram for Go.
func FuzzGo(f *testing.F) {
	discovertest.FuzzGo(f, Extractor, "package main\nimport (\n\"google.golang.org/adk/agent\"\n\"google.golang.org/adk/agent/llmagent\"\n\"google.golang.org/adk/agent/workflowagents/loopagent\"\n\"google.golang.org/adk/tool/agenttool\"\n\"google.golang.org/adk/tool/functiontool\"\n\"google.golang.org/adk/tool/mcptoolset\"\n)\n",
		"var a, err = llmagent.New(llmagent.Config{Name: \"a\", Model: a, Tools: []any{a, agenttool.New(a, nil), functiontool.New(functiontool.Config{Name: a}, f)}, SubAgents: []any{a}})\nfunc f() { f(a) }\n",
		"var l = loopagent.New(loopagent.Config{AgentConfig: agent.Config{SubAgents: l}, MaxIterations: l})\nvar m = mcptoolset.New(mcptoolset.Config{Transport: m})\nvar r = agent.NewSingleLoader(l)\n")
}
