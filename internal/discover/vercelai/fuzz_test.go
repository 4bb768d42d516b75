package vercelai

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program that uses the SDK: the extractor must not fail on it, and must say the same
// with one worker and with several.
func FuzzProgram(f *testing.F) {
	head := "import { generateText, streamText, tool, ToolLoopAgent, stepCountIs, experimental_createMCPClient } from 'ai';\nimport { openai } from '@ai-sdk/openai';\n"
	discovertest.FuzzScript(f, Extractor, head,
		"const a = new ToolLoopAgent({ model: openai(a), tools: { a: tool({ execute: () => a.generate(a) }), ...a } });\n",
		"export async function POST({ tools, ...o }) { return streamText({ ...o, tools, messages: [...o.m, tools] }) }\nPOST({ tools: { POST } });\n",
		"const c = await experimental_createMCPClient({ transport: c });\nconst run = (x) => generateText({ tools: { ...(await c.tools()) }, system: `${x}`, stopWhen: [stepCountIs(run)] });\n",
	)
}
