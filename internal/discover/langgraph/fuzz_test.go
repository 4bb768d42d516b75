package langgraph

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a Python file that imports LangGraph: the extractor must not fail on them.
func FuzzProgram(f *testing.F) {
	f.Add([]byte("g = StateGraph(dict)\ng.add_node('a', lambda s: llm.invoke(s))\ng.add_conditional_edges('a', f, {1: END})\n"))
	f.Add([]byte("a = create_react_agent(m, [t, *ts, {'type': 'x'}], name=n)\ng.add_sequence([a, ('b', c), 3])\ng.add_node()\ng.add_edge(*x)\n"))
	f.Add([]byte("@tool\ndef t(x: int): return t(x)\nc = p | llm.bind_tools(t) | c\nclass A(BaseTool):\n    name = name\n    def _run(self): return self._run()\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		head := "from langgraph.graph import END, StateGraph\nfrom langgraph.prebuilt import create_react_agent\nfrom langchain_core.tools import BaseTool, tool\nfrom langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model='m')\n"
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "app.py"), append([]byte(head), data...), 0o644); err != nil {
			t.Fatal(err)
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", data, out.Diagnostics)
		}
	})
}

// FuzzScript is FuzzProgram for TypeScript.
func FuzzScript(f *testing.F) {
	discovertest.FuzzScript(f, Extractor, "import { StateGraph, START, Command, Send, interrupt } from '@langchain/langgraph';\nimport { ToolNode, createReactAgent } from '@langchain/langgraph/prebuilt';\nimport { tool } from '@langchain/core/tools';\nimport { ChatOpenAI } from '@langchain/openai';\n",
		"const m = new ChatOpenAI({ model: m }).bindTools([tool(async (x) => m.invoke(x), { name: 't', schema: m })]);\nconst g = new StateGraph(g).addNode('a', async (s) => new Command({ goto: m.invoke([{ role: 'system', content: s }]) }), { ends: ['a', g] }).addNode({ b: g }).addEdge(START, 'a').addConditionalEdges('a', (s) => 'b', [g]).compile({ checkpointer: g });\n",
		"const a = createReactAgent({ llm: a, tools: [a], prompt: a.pipe(a) }); function loop() { return a.bindTools([loop]).invoke(loop); }\n")
}
