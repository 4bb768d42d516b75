package llamaindex

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of LlamaIndex.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"from llama_index.core import *\nfrom llama_index.core import Settings, VectorStoreIndex, SimpleDirectoryReader\nfrom llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent\nfrom llama_index.core.tools import FunctionTool, QueryEngineTool\nfrom llama_index.core.workflow import Workflow\n",
		"i = VectorStoreIndex.from_documents(SimpleDirectoryReader(i).load_data())\nt = QueryEngineTool(i.as_query_engine(llm=i), metadata=t)\na = FunctionAgent(name='a', tools=[t, a], can_handoff_to=['a', a], llm=a)\nw = AgentWorkflow(agents=[a, w])\n",
		"class W(Workflow):\n    def s(self): return self.llm.chat(W().run())\nSettings.llm = W\ne = i.as_chat_engine(memory=e)\ne.chat(e)\n")
}

// FuzzScript is FuzzProgram for TypeScript.
func FuzzScript(f *testing.F) {
	discovertest.FuzzScript(f, Extractor, "import { agent, multiAgent, createWorkflow } from '@llamaindex/workflow';\nimport { tool, VectorStoreIndex, Settings } from 'llamaindex';\n",
		"const a = agent({ name: 'a', tools: [tool({ name: 't', execute: (x) => a }), a], llm: a, canHandoffTo: [a, 'b'] });\nmultiAgent({ agents: [a], rootAgent: a }).runStream('x');\n",
		"const i = await VectorStoreIndex.fromDocuments(i); i.queryTool({ metadata: { name: i } }); i.asChatEngine(i); const w = createWorkflow(); w.handle([w], async () => Settings.llm.chat(w));\n")
}
