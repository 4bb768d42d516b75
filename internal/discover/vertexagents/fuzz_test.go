package vertexagents

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of Vertex AI's Agent Engine.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"import vertexai\nfrom vertexai import agent_engines\nfrom vertexai.preview import reasoning_engines\n",
		"a = agent_engines.LangchainAgent(model=a, tools=[a, f], chat_history=f)\nagent_engines.create(a)\na.query(input=a)\n",
		"r = reasoning_engines.ReasoningEngine.create(agent_engines.AdkApp(agent=r), requirements=[r])\n")
}
