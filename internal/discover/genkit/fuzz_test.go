package genkit

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Genkit.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzGo(f, Extractor, "package main\nimport (\n\"github.com/firebase/genkit/go/ai\"\n\"github.com/firebase/genkit/go/genkit\"\n)\n",
		"var g = genkit.Init(c, genkit.WithDefaultModel(g))\nvar t = genkit.DefineTool(g, \"t\", t, t)\nvar f = genkit.DefineFlow(g, \"f\", func() { genkit.Generate(c, g, ai.WithTools(t, f), ai.WithModelName(f)) })\n",
		"var p = genkit.DefinePrompt(g, p, ai.WithTools(p), ai.WithModel(p))\nfunc h() { p.Execute(p); genkit.Generate(h); genkit.Retrieve(h, ai.WithRetriever(p)) }\n")
}

// FuzzScript reads any bytes as a program of Genkit for JavaScript.
func FuzzScript(f *testing.F) {
	discovertest.FuzzScript(f, Extractor, "import { genkit } from 'genkit';\nimport { createMcpHost, createMcpServer, mcpClient } from '@genkit-ai/mcp';\nconst ai = genkit({ plugins: [ai], model: ai });\n",
		"const t = ai.defineTool({ name: t }, async () => t);\nconst p = ai.definePrompt({ name: 'p', tools: [t, p, 'p/t', h.getActiveTools(ai)], model: p }, p);\nconst h = createMcpHost({ mcpServers: { h, a: { url: h } } });\n",
		"const f = ai.defineFlow({ name: 'f' }, async (x) => { await f(x); await p(x, { tools: f }); p.stream(p); ai.chat(p); return ai.generate({ prompt: x, tools: x, ...x }); });\n",
		"ai.prompt(ai)(ai.prompt); ai.retrieve({ retriever: ai }); createMcpServer(ai, { name: ai }); ai.generate(mcpClient({ name: mcpClient }));\n")
}
