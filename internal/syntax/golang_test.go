package syntax

import (
	"strings"
	"testing"

	"fermata/internal/source"
)

func FuzzGo(f *testing.F) {
	for _, seed := range []string{
		"", "package a\nimport b \"c\"\nfunc (r *T) F(x ...int) (a, b error) { return f(x...), nil }", "package a\ntype T struct { A; B int }\nvar x = T{B: 1}",
		"package a\nfunc f() { x := = 1\n}\nfunc g() {}", "package a\nfunc f() { switch x := y.(type) { case int: }; select { case <-c: } }", "package",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkTree(t, parseText("f.go", text)) })
}

func TestGoDepth(t *testing.T) {
	for _, text := range []string{
		"package a\nvar x = " + strings.Repeat("(", 200_000), "package a\nvar x = " + strings.Repeat("-", 200_000) + "1",
		"package a\nvar x = " + strings.Repeat("a.", 200_000) + "b", "package a\nvar x = " + strings.Repeat("a + ", 200_000) + "b",
		"package a\nvar x = " + strings.Repeat("[]T{", 200_000), "package a\nfunc f() { " + strings.Repeat("if a {", 200_000),
		"package a\nfunc f() { " + strings.Repeat("if a {} else ", 200_000), "package a\nvar x " + strings.Repeat("[]", 200_000) + "int",
		"package a\nfunc f() { " + strings.Repeat("a: ", 200_000) + "}", "package a\nvar x = f" + strings.Repeat("()", 200_000),
	} {
		tree := parseText("deep.go", text)
		checkTree(t, tree)
		if len(tree.Diagnostics) == 0 {
			t.Errorf("%.24s…: no diagnostic", text)
		}
	}
}

func BenchmarkGo(b *testing.B) {
	text := "package a\n" + strings.Repeat("func f(a int, b string) error {\n\tc := agent.New(agent.Config{Name: b, Tools: []Tool{search}})\n\tif err := c.Run(a); err != nil {\n\t\treturn fmt.Errorf(\"run: %w\", err)\n\t}\n\treturn nil\n}\n\n", 2000)
	file := source.NewFile("big.go", []byte(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(file)
	}
}
