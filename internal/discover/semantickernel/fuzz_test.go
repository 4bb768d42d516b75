package semantickernel

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Semantic Kernel or Agent Framework.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from semantic_kernel import Kernel\nfrom semantic_kernel.agents import *\nfrom semantic_kernel.agents import ChatCompletionAgent, HandoffOrchestration, OrchestrationHandoffs\nfrom semantic_kernel.functions import kernel_function\nfrom agent_framework import Agent, WorkflowBuilder, tool\n",
		"k = Kernel()\nk.add_plugin(k)\na = ChatCompletionAgent(kernel=k, plugins=[a, k])\no = HandoffOrchestration(members=[a, o], handoffs=OrchestrationHandoffs().add(a, a).add_many(a, {a: a}))\n",
		"class P:\n    @kernel_function\n    def f(self): return a.run(P())\na = Agent(a, a, tools=[P(), a.as_tool()], middleware=[P])\nw = WorkflowBuilder(start_executor=a).add_edge(a, w).build()\nw.run(w)\n")
}
