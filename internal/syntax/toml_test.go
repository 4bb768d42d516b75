package syntax

import (
	"strings"
	"testing"

	"fermata/internal/source"
)

func FuzzTOML(f *testing.F) {
	for _, seed := range []string{
		"", "a = 1\n[b.c]\nd = \"e\"\n[[f]]\ng = [1, {h = 2}]\n", "a = = 1\nb = [1,\nc = 2", "a.b = 1\na = 2\n[a]\n[a]", "\"x\\u00e9\" = '''\ny'''", "[[a]]\n[a.b]\n[[a]]\n[a.b]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkTree(t, parseText("f.toml", text)) })
}

func TestTOMLDepth(t *testing.T) {
	for _, text := range []string{
		"a = " + strings.Repeat("[", 100_000), "a = " + strings.Repeat("{a = ", 100_000), strings.Repeat("a.", 100_000) + "b = 1",
		"[" + strings.Repeat("a.", 100_000) + "b]\nc = 1",
	} {
		tree := parseText("deep.toml", text)
		checkTree(t, tree)
		if len(tree.Diagnostics) == 0 {
			t.Errorf("%.12s…: no diagnostic", text)
		}
	}
}

func BenchmarkTOML(b *testing.B) {
	text := strings.Repeat("[[package]]\nname = \"something\"\nversion = \"1.2.3\"\ndependencies = [\"a\", \"b >= 2\"]\nfiles = [{file = \"x\", hash = \"sha256:00\"}]\n\n", 2000)
	file := source.NewFile("big.toml", []byte(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(file)
	}
}
