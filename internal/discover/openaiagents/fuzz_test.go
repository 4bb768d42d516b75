package openaiagents

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program that uses the SDK: the extractor must not fail on it, and must say the same
// with one worker and with several.
func FuzzProgram(f *testing.F) {
	f.Add([]byte("a = Agent('a', tools=[f, a.as_tool()], handoffs=[a, handoff(a)])\na.handoffs.append(a)\nRunner.run(a, max_turns=a)\n"))
	f.Add([]byte("class A(Agent):\n def __init__(self): super().__init__(name=self.x, **self.y)\nA().clone(model=A)\n"))
	f.Add([]byte("s = MCPServerStdio(params={'command': c, 'args': [*d], **e})\nAgent(mcp_servers=[s, *s], input_guardrails=s)\n"))
	f.Add([]byte("@function_tool(needs_approval=f)\ndef f(x): Runner.run(f)\n@input_guardrail\ndef g(): return g()\nAgent(instructions=f, model=g, output_guardrails=[g])\n"))
	f.Fuzz(func(t *testing.T, program []byte) {
		head := "from agents import *\nfrom agents.mcp import *\nfrom agents import Agent, Runner, function_tool, handoff, input_guardrail\n"
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "app.py"), append([]byte(head), program...), 0o644); err != nil {
			t.Fatal(err)
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", program, out.Diagnostics)
		}
	})
}

// FuzzScript is FuzzProgram for TypeScript.
func FuzzScript(f *testing.F) {
	discovertest.FuzzScript(f, Extractor, "import { Agent, run, tool, handoff, Runner, hostedMcpTool, MCPServerStdio } from '@openai/agents';\n",
		"const a = new Agent({ name: 'a', tools: [tool({ name: 'x', execute: async (i) => run(a, i) })], handoffs: [handoff(a), ...a] }); a.handoffs.push(a, a);\n",
		"const s = new MCPServerStdio({ fullCommand: s, ...s }); Agent.create({ mcpServers: [s], inputGuardrails: [{ name: 1, execute: s }], model: m(m) });\n",
		"new Runner({ model: 'x' }).run(a.clone({}), '', { maxTurns: null, session: a }); hostedMcpTool(a)\n")
}
