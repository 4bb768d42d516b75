package syntax

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"fermata/internal/source"
)

func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"", "a: 1\nb:\n- x\n- y: é z\n", "a: [1, 2\nb: 3\n", "a:\n\tb: 1\n", "a: b: c\nd: 1\n", "x: \"abc\ny: 1\n", "a: *foo\n",
		"a: &x !!str 12\n<<: *x\n", "---\na: 1\n---\nb: 2\n---\n", "k: |2\n   x\n\n  y\nz: >-\n a\n b", "? {a: 1}\n: v\n",
		"a: {b: 1}}\nc: 1", "@x: 1", "&a [*a]", "a: !!null &x\nb: 'it''s'", "- - - a\n    - b", "\u2028a: 1\r\nb: 2\rc: 3",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { checkTree(t, parseText("f.yaml", text)) })
}

// TestYAMLSpans reads the text of every scalar's span again, alone: it must say the same.
func TestYAMLSpans(t *testing.T) {
	const text = "a: plain text\nb: \"x\\ty # no\"  # c\nc: 'it''s # fine'\nd: several\n  words  with   gaps\n\n  and a gap\n" +
		"e: [one two, \"three\", 'four']\nf: {g: h i, \"j\": k}\nl: http://x.y/z#w\nm: |\n  lit\n   eral\nn: >-\n  fol\n  ded\n\n\no: é ü # c\n" +
		"p: &q !!str value\nr: \"over\n  two \\\n  lines\"\n"
	tree := parseText("s.yaml", text)
	if len(tree.Diagnostics) > 0 {
		t.Fatal(tree.Diagnostics)
	}
	count := 0
	tree.Root().Walk(func(n Node) bool {
		if n.Kind() != String {
			return true
		}
		count++
		var got string
		if err := yaml.Unmarshal([]byte(n.Span().Text()), &got); err != nil || strings.TrimSpace(got) != strings.TrimSpace(n.Text()) {
			t.Errorf("span %q reads as %q, not %q (%v)", n.Span().Text(), got, n.Text(), err)
		}
		return true
	})
	if count < 25 {
		t.Errorf("only %d strings", count)
	}
}

func TestYAMLAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	b.WriteString("last: 1\n")
	tree := parseText("bomb.yaml", b.String())
	checkTree(t, tree)
	if tree.Len() > 2*maxAliasNodes {
		t.Errorf("%d nodes", tree.Len())
	}
	if len(tree.Diagnostics) != 1 || tree.Diagnostics[0].Code != "alias-limit" {
		t.Errorf("diagnostics: %v", tree.Diagnostics)
	}
	if tree.Root().Argument("last").Text() != "1" {
		t.Error("what follows the bomb is lost")
	}
}

func TestYAMLTrouble(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a: &x\n  b: *x\n", `recursive-alias t.yaml:2:6`},
		{"a: 1\n\tb: 2\n", `syntax-error t.yaml:2:1`},
		{"a: 1\nb: @c\n", `syntax-error t.yaml:2:4`},
		{"a: \"open\nb: 1\n", `syntax-error t.yaml:1:4`},
		{"a: 1\nb:\n  c: 2\n d: 3\n", `syntax-error t.yaml:4:2`},
		{"a: 1\nb: {c: 1\nd: 2\n", `syntax-error t.yaml:2:4`},
		{"a: 1\n<<: 3\n", `merge-key t.yaml:2:5`},
		{"a: x\x01y\nb: 1\n", `syntax-error t.yaml:1:5`},
	} {
		tree := parseText("t.yaml", c.text)
		got := ""
		if len(tree.Diagnostics) > 0 {
			got = tree.Diagnostics[0].Code + " " + tree.Diagnostics[0].Where()
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q\n%v", c.text, got, c.want, tree.Diagnostics)
		}
		if tree.Root().IsZero() {
			t.Errorf("%q: nothing was read", c.text)
		}
	}
}

func TestYAMLDepth(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 5000) + strings.Repeat("]", 5000), strings.Repeat("- ", 5000) + "x", strings.Repeat("[", 50_000)} {
		tree := parseText("deep.yaml", text)
		checkTree(t, tree)
		if len(tree.Diagnostics) == 0 {
			t.Errorf("%.10s…: no diagnostic", text)
		}
	}
}

// TestYAMLOneLine holds the reader to linear time on a file of one long line: the square would take minutes.
func TestYAMLOneLine(t *testing.T) {
	text := "[" + strings.Repeat("{a: é, b: 2}, ", 20_000) + "last]"
	tree := parseText("line.yaml", text)
	if got := tree.Root().Child(-1).Span().Text(); got != "last" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkYAML(b *testing.B) {
	text := strings.Repeat("- name: something\n  value: 'abc def'\n  list: [a, b, 3]\n  text: some longer plain text here\n", 2000)
	file := source.NewFile("big.yaml", []byte(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(file)
	}
}
