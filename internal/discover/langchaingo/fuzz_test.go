package langchaingo

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of LangChainGo.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzGo(f, Extractor, "package main\nimport (\n\"github.com/tmc/langchaingo/agents\"\n\"github.com/tmc/langchaingo/chains\"\n\"github.com/tmc/langchaingo/memory\"\n\"github.com/tmc/langchaingo/vectorstores\"\n)\n",
		"var a = agents.NewOneShotAgent(a, []any{a}, agents.WithMaxIterations(a))\nvar e = agents.NewExecutor(e)\nfunc f() { chains.Run(c, e, a) }\n",
		"var c = chains.NewRetrievalQAFromLLM(c, vectorstores.ToRetriever(c, 1))\nvar d = chains.NewConversation(d, memory.NewConversationBuffer(d))\nvar s = chains.NewSimpleSequentialChain([]any{s, c})\n")
}
