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
