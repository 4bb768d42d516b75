package syntax

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/source"
)

func TestAppendItem(t *testing.T) {
	for _, c := range []struct{ name, before, path, item, want string }{
		{"block", "a:\n  - x  # one\n  # two\nb: 1\n", "a", "y", "a:\n  - x  # one\n  - y\n  # two\nb: 1\n"},
		{"not indented", "a:\n- x\nb: 1\n", "a", "k: 1\nl: 2", "a:\n- x\n- k: 1\n  l: 2\nb: 1\n"},
		{"no line end", "a:\n  - x", "a", "y", "a:\n  - x\n  - y"},
		{"flow", "a: [x, 'y' ]  # c\n", "a", "k: z", "a: [x, 'y', {k: z} ]  # c\n"},
		{"empty brackets", "a: []  # c\nb: 1\n", "a", "k: z\nl: 1", "a:  # c\n  - k: z\n    l: 1\nb: 1\n"},
		{"nothing", "a:   # c\nb: 1\n", "a", "z", "a:   # c\n  - z\nb: 1\n"},
		{"missing", "b: 1\n", "a", "z", "b: 1\na:\n  - z\n"},
		{"missing deep", "b: 1\n", "a.c", "z", "b: 1\na:\n  c:\n    - z\n"},
		{"empty file", "# only a comment\n", "a", "z", "# only a comment\na:\n  - z\n"},
		{"literal last", "a:\n  - |\n    text\n    more\n\nb: 1\n", "a", "z", "a:\n  - |\n    text\n    more\n  - z\n\nb: 1\n"},
		{"nested", "a:\n  - id: p\n    tools:\n      - x\n  - id: q\n", "a.id=p.tools", "y", "a:\n  - id: p\n    tools:\n      - x\n      - y\n  - id: q\n"},
		{"crlf", "a:\r\n  - x\r\nb: 1\r\n", "a", "k: 1\nl: 2", "a:\r\n  - x\r\n  - k: 1\r\n    l: 2\r\nb: 1\r\n"},
		{"root", "- x\n", "", "y", "- x\n- y\n"},
		{"in brackets", "a: {b: []}\n", "a.b", "x y", "a: {b: [x y]}\n"},
		{"text block", "a:\n  - x\n", "a", "reason: |\n  one\n\n  two", "a:\n  - x\n  - reason: |\n      one\n\n      two\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := AppendItem(source.NewFile("f.yaml", []byte(c.before)), splitPath(c.path), c.item)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func splitPath(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, ".")
}

func TestSetKey(t *testing.T) {
	for _, c := range []struct{ name, before, path, value, want string }{
		{"replace", "a: 1  # c\nb: 2\n", "a", "yes", "a: yes  # c\nb: 2\n"},
		{"add", "a: 1  # c\n\n# end\n", "b", "x", "a: 1  # c\nb: x\n\n# end\n"},
		{"add below", "a:\n  b: 1\nc: 2\n", "a.d", "[x, y]", "a:\n  b: 1\n  d: [x, y]\nc: 2\n"},
		{"add map", "a: 1\n", "b", "x: 1\ny: 2", "a: 1\nb:\n  x: 1\n  y: 2\n"},
		{"replace by map", "a: 1  # c\nb: 2\n", "a", "x: 1\ny: 2", "a:  # c\n  x: 1\n  y: 2\nb: 2\n"},
		{"replace map", "a:  # c\n  x: 1\n  y: 2\nb: 2\n", "a", "3", "a: 3  # c\nb: 2\n"},
		{"flow", "a: {b: 1}  # c\n", "a.c", "x, y", "a: {b: 1, c: \"x, y\"}  # c\n"},
		{"flow replace", "a: {b: 1}  # c\n", "a.b", "z", "a: {b: z}  # c\n"},
		{"item", "a:\n  - id: p\n    x: 1\n  - id: q\n", "a.id=q.facts.net", "yes", "a:\n  - id: p\n    x: 1\n  - id: q\n    facts:\n      net: yes\n"},
		{"null", "a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"},
		{"empty map", "a: {}\n", "a.b", "1", "a:\n  b: 1\n"},
		{"odd key", "a: 1\n", "x: y", "1", "a: 1\n\"x: y\": 1\n"},
		{"text", "a: old\nb: 1\n", "a", "|\n  one\n  two", "a: |\n    one\n    two\nb: 1\n"},
		{"text at the end", "a: old", "b", "|\n  one", "a: old\nb: |\n    one\n"},
		{"same", "a: 1\n", "b", "1", "a: 1\nb: 1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := strings.Split(c.path, ".")
			got, err := SetKey(source.NewFile("f.yaml", []byte(c.before)), path, c.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	for _, c := range []struct{ name, before, path, value, want string }{
		{"broken file", "a: [1\n", "a", "1", "mend the file first"},
		{"broken value", "a: 1\n", "a", "[1", "the new value is not YAML"},
		{"alias", "x: &x {b: 1}\na: *x\n", "a.b", "2", "alias"},
		{"merged", "x: &x\n  b: 1\na:\n  <<: *x\n  c: 2\n", "a.b", "2", "alias"},
		{"documents", "a: 1\n---\nb: 2\n", "a", "1", "several documents"},
		{"scalar", "a: 1\n", "a.b", "1", "neither a map nor a list"},
		{"no item", "a:\n  - id: p\n", "a.id=q.b", "1", "no item id=q"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := SetKey(source.NewFile("f.yaml", []byte(c.before)), strings.Split(c.path, "."), c.value)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// FuzzEdit changes any file in any place: what comes back must be readable, with the change and all the rest in it.
func FuzzEdit(f *testing.F) {
	f.Add("a:\n  - x\nb: {c: 1}\n", "a", "y")
	f.Add("a: |+\n  x\n\n", "b", "k: 1\nl: [2]")
	f.Add("? a\n: b\n", "a", "- x")
	f.Add("'a': &x\n  b\nc: *x", "c", "|\n  text")
	f.Fuzz(func(t *testing.T, text, path, value string) {
		file := source.NewFile("f.yaml", []byte(text))
		for _, change := range []func(*source.File, []string, string) ([]byte, error){SetKey, AppendItem} {
			got, err := change(file, strings.Split(path, "."), value)
			if err != nil {
				continue
			}
			tree := ParseAs(source.NewFile("f.yaml", got), YAML)
			for _, d := range tree.Diagnostics {
				if d.Severity == source.Error {
					t.Fatalf("%q became %q: %s", text, got, d)
				}
			}
		}
	})
}
