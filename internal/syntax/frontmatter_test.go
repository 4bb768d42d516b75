package syntax

import (
	"testing"

	"fermata/internal/source"
)

func TestFrontmatter(t *testing.T) {
	for _, c := range []struct{ name, text, key, want, body string }{
		{"strict", "---\nname: a\ntools: [Read]\n---\nBody\n", "name", "a", "Body\n"},
		{"colon inside", "---\nname: a\ndescription: Use it when: the user asks\n---\nB", "description", "Use it when: the user asks", "B"},
		{"quoted", "---\nx: y: z\nname: \"b c\"\n---\n", "name", "b c", ""},
		{"several lines", "---\nx: y: z\ndescription: >\n  one\n  two\n---\n", "description", "one two\n", ""},
		{"byte order mark and returns", "\xef\xbb\xbf---\r\nname: a\r\n---\r\nB", "name", "a", "B"},
		{"no head", "# Title\n---\nname: a\n---\n", "name", "", "# Title\n---\nname: a\n---\n"},
		{"no end", "---\nname: a\n", "name", "", "---\nname: a\n"},
	} {
		file := source.NewFile("x.md", []byte(c.text))
		tree, body := Frontmatter(file)
		if got := tree.Root().Argument(c.key).Text(); got != c.want {
			t.Errorf("%s: %s is %q, want %q", c.name, c.key, got, c.want)
		}
		if got := c.text[body:]; got != c.body {
			t.Errorf("%s: the body is %q, want %q", c.name, got, c.body)
		}
	}
}

func TestFrontmatterLists(t *testing.T) {
	file := source.NewFile("x.md", []byte("---\nd: a: b\ntools:\n  - Read\n  - \"Bash(git:*)\"\nmodel: opus\n---\n"))
	tree, _ := Frontmatter(file)
	tools := tree.Root().Argument("tools")
	if !tools.Is(List) || tools.Count() != 2 || tools.Child(1).Text() != "Bash(git:*)" {
		t.Fatalf("tools: %v with %d items", tools.Kind(), tools.Count())
	}
	if got := tools.Child(0).Span(); string(file.Content()[got.Start:got.End]) != "Read" {
		t.Errorf("the first item stands at %v", got)
	}
	file = source.NewFile("x.md", []byte("---\nd: a: b\nhooks:\n  Stop:\n    - run: \"x y\"\ne: f\n---\n"))
	nested, _ := Frontmatter(file)
	run := nested.Root().Argument("hooks").Argument("Stop").Child(0).Argument("run")
	if got := run.Span(); run.Text() != "x y" || string(file.Content()[got.Start:got.End]) != `"x y"` || nested.Root().Argument("e").Text() != "f" {
		t.Errorf("what is nested behind a loose entry: %q at %v", run.Text(), got)
	}
	if got := tree.Root().Argument("model").Text(); got != "opus" {
		t.Errorf("model is %q", got)
	}
}

func FuzzFrontmatter(f *testing.F) {
	f.Add([]byte("---\na: b: c\n- d\n  e\n---\n"))
	f.Add([]byte("---\na:\n  - b\n  c: [\n---"))
	f.Fuzz(func(t *testing.T, text []byte) {
		tree, body := Frontmatter(source.NewFile("x.md", text))
		if body < 0 || body > len(text) {
			t.Fatalf("the body begins at %d of %d", body, len(text))
		}
		tree.Root().Walk(func(n Node) bool {
			if s := n.Span(); s.Start < 0 || s.End < s.Start || int(s.End) > len(text) {
				t.Fatalf("%v of %d bytes", s, len(text))
			}
			n.Text()
			return true
		})
	})
}
