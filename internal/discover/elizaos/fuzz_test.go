package elizaos

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of ElizaOS.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzScript(f, Extractor, "import { AgentRuntime, type Character, type Plugin } from '@elizaos/core';\nimport solanaPlugin from '@elizaos/plugin-solana';\n",
		"const a = { name: 'a', handler: async (r) => r, validate: a, description: a };\nconst p = { name: 'p', description: 'p', actions: [a, p], providers: [{ get: p }] };\nexport const c = { ...c, name: 'c', bio: c, style: {}, plugins: [p, 'x', solanaPlugin, ...c], clients: [c], settings: { secrets: { A_TOKEN: 'x' }, mcp: { servers: { s: c } } }, knowledge: [c] };\n",
		"new AgentRuntime({ character: r, plugins: [r] });\nexport const project = { character: r, plugins: r };\n")
}
