package providerclient

import (
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/discover/discovertest"
)

// FuzzProgram reads any bytes as a Python file around a provider's client: the extractor must not fail on them.
func FuzzProgram(f *testing.F) {
	f.Add([]byte("def a(m):\n    while a(m):\n        r = client.chat.completions.create(messages=m, tools=[a, {a: m}])\n        m.append(r)\n        exec(r)\n"))
	f.Add([]byte("class A(A):\n    def __init__(self, tools): self.m = self.m\n    def q(self): return self.q(litellm.completion(**self.m))\nA(A(A))\n"))
	f.Fuzz(func(t *testing.T, program []byte) {
		head := "import litellm, ollama, anthropic\nfrom openai import OpenAI\nclient = OpenAI()\n"
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "app.py"), append([]byte(head), program...), 0o644); err != nil {
			t.Fatal(err)
		}
		if out := discovertest.Scan(t, dir, Extractor); out.Failed > 0 {
			t.Errorf("failed on %q: %v", program, out.Diagnostics)
		}
	})
}

// FuzzGo reads any bytes as a program of Go that asks models by hand.
func FuzzGo(f *testing.F) {
	discovertest.FuzzGo(f, Extractor, "package main\nimport \"github.com/openai/openai-go\"\n",
		"func f() { c := openai.NewClient(); for { c.Chat.Completions.New(f, openai.ChatCompletionNewParams{Model: c, Tools: []any{c, T{Name: \"f\", Parameters: c}}, Messages: f}); f() } }\ntype T struct { Name string; Parameters any }\n",
		"var c = openai.NewClient(c)\nvar r = c.Responses.New(c, c, c)\n")
}
