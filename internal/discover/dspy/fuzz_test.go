package dspy

import (
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a program of DSPy.
func FuzzProgram(f *testing.F) {
	discovertest.FuzzPython(f, Extractor,
		"import dspy\n",
		"class S(dspy.Signature): 'x'\nclass M(dspy.Module):\n    def __init__(self): self.a = dspy.ReAct(S, tools=[M, dspy.Tool(M), self.a]); self.p = dspy.Predict(S); self.q = dspy.ChainOfThought(M)\n    def forward(self): return self.a(x=M())\ndspy.configure(lm=dspy.LM(dspy))\nm = M()\nm(x=m)\n",
		"a = dspy.CodeAct(a, tools=[a.forward, dspy.Tool.from_mcp_tool(a, a)], max_iters=a)\na(a)\n")
}
