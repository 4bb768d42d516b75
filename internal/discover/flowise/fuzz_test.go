package flowise

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzFlow reads any bytes as a flow.
func FuzzFlow(f *testing.F) {
	discovertest.FuzzFile(f, Extractor, "flow.json",
		`{"nodes":[{"id":"a","data":{"name":"toolAgent","category":"Agents","label":"A","inputs":{"systemMessage":"{{question}}"}}},{"id":"m","data":{"name":"chatOpenAI","category":"Chat Models","inputs":{"modelName":"x"}}}],"edges":[{"source":"m","target":"a","targetHandle":"a-input-model-B"}],"x":"baseClasses"}`,
		`{"nodes":[{"id":"a","parentNode":"a","data":{"name":"agentAgentflow","category":"Agent Flows","inputs":{"agentModel":"m","agentTools":[{"agentSelectedTool":"customMCP","agentSelectedToolConfig":{"mcpServerConfig":"{\"command\":1}"}}],"agentToolsBuiltInOpenAI":"[1]"}}}],"edges":[{"source":"a","target":"a"}]}`,
		`{"nodes":[{"id":"p","data":{"name":"promptTemplate","category":"Prompts","inputs":{"template":"{a}","promptValues":"{\"a\""}}},{"id":"c","data":{"name":"llmChain","category":"Chains","inputs":[]}}],"edges":[{"source":"p","target":"c"},{"source":"c","target":"p"},4]}`)
}
