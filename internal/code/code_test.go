package code_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// program makes a program of the files of a txtar archive.
func program(files []txtar.File) *code.Program {
	byPath := map[string]*source.File{}
	var paths []string
	for _, f := range files {
		byPath[f.Name] = source.NewFile(f.Name, f.Data)
		paths = append(paths, f.Name)
	}
	return code.New(paths, func(path string) *source.File { return byPath[path] })
}

// TestValues holds the resolver to what the files of testdata say about themselves: reveal(expression) is followed by
// a comment with the value ("=>"), what it refers to ("ref"), its symbol ("sym"), or an
// argument of the call ("arg name@position value").
func TestValues(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p := program(archive.Files)
			asked := 0
			for _, path := range p.Paths() {
				r := p.Resolver(path)
				for _, d := range r.Tree().Diagnostics {
					t.Errorf("%v", d)
				}
				r.Tree().Root().Walk(func(n syntax.Node) bool {
					if !n.Is(syntax.Call) || !n.Child(0).TextIs("reveal") {
						return true
					}
					asked++
					want, kind := wanted(t, n)
					e := n.Child(1)
					var got string
					switch kind {
					case "=>":
						got = r.Eval(e).String()
					case "ref":
						ref := r.Resolve(e)
						got = ref.Name
						if ref.Def != nil {
							got += " at " + ref.Def.ID()
						}
						if got == "" {
							got = "?(" + ref.Reason + ")"
						}
					case "sym":
						var all []string
						for _, v := range r.Eval(e).Members() {
							path, symbol := v.Symbol()
							all = append(all, path+":"+symbol)
						}
						got = strings.Join(all, " ")
					case "arg":
						name, _, _ := strings.Cut(want, " ")
						position := -1
						if name, at, ok := strings.Cut(name, "@"); ok {
							position, _ = strconv.Atoi(at)
							got = name + "@" + at + " " + r.Eval(e).Arg(name, position).String()
							break
						}
						got = name + " " + r.Eval(e).Arg(name, position).String()
					}
					if got != want {
						t.Errorf("%v: %s\n got %s\nwant %s", n.Span(), e.Source(), got, want)
					}
					return true
				})
			}
			if asked == 0 {
				t.Error("the archive asks nothing")
			}
		})
	}
}

// wanted reads the comment behind a call.
func wanted(t *testing.T, n syntax.Node) (want, kind string) {
	t.Helper()
	span := n.Span()
	line, _, _ := strings.Cut(string(span.File.Content()[span.Start:]), "\n")
	for _, kind := range []string{"=>", "ref", "sym", "arg"} {
		for _, mark := range []string{"  # ", "  // "} {
			if _, rest, ok := strings.Cut(line, mark+kind+" "); ok {
				return strings.TrimSpace(rest), kind
			}
		}
	}
	t.Fatalf("%v: no comment says what is wanted", span)
	return "", ""
}

func TestMatch(t *testing.T) {
	cases := []struct {
		pattern, name string
		want          bool
	}{
		{"a.b", "a.b", true},
		{"a.b", "a.c", false},
		{"a.*", "a.b", true},
		{"a.*", "a", false},
		{"a.*", "a.b.c", false},
		{"a.**", "a", true},
		{"a.**", "a.b.c", true},
		{"a.**.c", "a.c", true},
		{"a.**.c", "a.x.y.c", true},
		{"a.**.c", "a.x.d", false},
		{"**.c", "c", true},
		{"**.c", "a.b.c", true},
		{"a.B*", "a.Bc", true},
		{"a.B*", "a.Cc", false},
		{"a.*Chat", "a.MyChat", true},
		{"a.*Chat*", "a.MyChatModel", true},
		{"a.*Chat*", "a.MyModel", false},
		{"a.x*y*z", "a.x1y2z", true},
		{"a.x*y*z", "a.x1y2", false},
		{"**", "x.y", true},
		{"abc.*.d", "abd.x.d", false},
		{"a*.b", "axx.b", true},
		{"a.**.b.*", "a.b.b.x", true},
		{"a.**", "ab", false},
	}
	for _, c := range cases {
		if got := code.Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
}
