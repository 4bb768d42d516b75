package mastra

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program that uses Mastra: the extractor must not fail on it, and must say the same
// with one worker and with several.
func FuzzProgram(f *testing.F) {
	head := "import { Agent } from '@mastra/core/agent';\nimport { createTool } from '@mastra/core/tools';\nimport { createWorkflow, createStep } from '@mastra/core/workflows';\n" +
		"import { Mastra } from '@mastra/core';\nimport { MCPClient } from '@mastra/mcp';\nimport { Memory } from '@mastra/memory';\n"
	discovertest.FuzzScript(f, Extractor, head,
		"const a = new Agent({ name: a, tools: () => ({ a, ...a }), agents: { a }, memory: () => new Memory(a), inputProcessors: [a, w] });\n",
		"const s = createStep({ execute: async ({ mastra }) => { const a = mastra.getAgent(s); await a.generate(a); suspend() } });\nconst w = createWorkflow({ id: w }).then(s).branch([[w, s]]).then(w);\n",
		"export const mastra = new Mastra({ agents: { mastra }, workflows: mastra });\nmastra.getAgent('mastra').stream(new MCPClient({ servers: { a: { url: new URL(mastra) } } }).getTools());\n",
	)
}
