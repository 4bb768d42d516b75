package syntax

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/source"
)

// TestPythonChains shows that what is long but not nested is read whole, and what is nested by being long up to a bound.
func TestPythonChains(t *testing.T) {
	const n, most = 10000, mostLinks
	for _, test := range []struct {
		name, text string
		kind       Kind
		want       int
	}{
		{"calls", "a" + strings.Repeat(".b()", most), Call, most},
		{"subscripts", "a" + strings.Repeat("[0]", most), Subscript, most},
		{"sum", "''" + strings.Repeat(" + 'a'", n), String, n + 1},
		{"mixed operators", "0" + strings.Repeat(" + a * b - c", most/2), Binary, 3 * most / 2},
		{"and", "a" + strings.Repeat(" and a", n), Name, n + 1},
		{"comparisons", "a" + strings.Repeat(" < a", n), Name, n + 1},
		{"elif", "if a: b\n" + strings.Repeat("elif a: b\n", most), If, most + 1},
		{"conditionals", "a" + strings.Repeat(" if b else a", most), Cond, most},
		{"joined strings", "(" + strings.Repeat("'a'\n", n) + ")", String, 1},
		{"joined f-strings", "(" + strings.Repeat("f'{a}'\n", n) + ")", Interp, n},
		{"list", "[" + strings.Repeat("a,", n) + "]", Name, n},
		{"targets", strings.Repeat("a = ", n) + "b", Name, n + 1},
		{"alternatives", "match a:\n  case " + strings.Repeat("b | ", n) + "b: pass", Name, n + 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := readPython(t, test.text)
			for _, d := range tree.Diagnostics {
				t.Errorf("diagnostic %s", d)
			}
			got := 0
			tree.Root().Walk(func(n Node) bool {
				if n.Kind() == test.kind {
					got++
				}
				return true
			})
			if got != test.want {
				t.Errorf("%d of kind %s, want %d", got, kindNames[test.kind], test.want)
			}
		})
	}
}

// TestPythonDepth shows that what is nested too deep costs its statement, with a diagnostic, and nothing else.
func TestPythonDepth(t *testing.T) {
	const n = 100000
	for _, test := range []struct{ name, text string }{
		{"brackets", strings.Repeat("(", n) + strings.Repeat(")", n)},
		{"lists", strings.Repeat("[", n) + strings.Repeat("]", n)},
		{"open brackets", strings.Repeat("{", n)},
		{"calls in calls", strings.Repeat("a(", n) + strings.Repeat(")", n)},
		{"subscripts", strings.Repeat("a[", n) + strings.Repeat("]", n)},
		{"minus", strings.Repeat("-", n) + "a"},
		{"not", strings.Repeat("not ", n) + "a"},
		{"power", "a" + strings.Repeat("**a", n)},
		{"lambda", strings.Repeat("lambda: ", n) + "a"},
		{"f-strings", strings.Repeat(`f"{`, n)},
		{"f-string fields", `f"{a` + strings.Repeat(`:{a`, n)},
		{"await and yield", strings.Repeat("(yield ", n)},
		{"patterns", "match a:\n case " + strings.Repeat("[", n)},
		{"spread", strings.Repeat("*", n) + "a"},
		{"calls", "a" + strings.Repeat(".b()", n)},
		{"calls of calls", "a" + strings.Repeat("()", n)},
		{"mixed operators", "0" + strings.Repeat(" + a - b", n)},
		{"conditionals", "a" + strings.Repeat(" if b else a", n)},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := readPython(t, "first()\n"+test.text+"\nlast()\n")
			if len(tree.Diagnostics) == 0 {
				t.Error("nothing was said")
			}
			root := tree.Root()
			if root.Child(0).Source() != "first()" || root.Child(-1).Source() != "last()" {
				t.Errorf("more than the statement was lost: %d nodes", tree.Len())
			}
			deepest := 0
			root.Walk(func(n Node) bool {
				depth := 0
				for p := n.Parent(); !p.IsZero() && depth < 3*mostLinks; p = p.Parent() {
					depth++
				}
				deepest = max(deepest, depth)
				return true
			})
			if deepest > max(MaxDepth, 2*mostLinks+5) {
				t.Errorf("nodes are nested %d deep", deepest)
			}
		})
	}
	t.Run("elif", func(t *testing.T) {
		tree := readPython(t, "if a: b\n"+strings.Repeat("elif a: b\n", 3*mostLinks)+"last()\n")
		ifs := 0
		tree.Root().Walk(func(n Node) bool {
			if n.Kind() == If {
				ifs++
			}
			return true
		})
		if ifs != 3*mostLinks+1 || len(tree.Diagnostics) != 1 || tree.Root().Child(-1).Source() != "last()" {
			t.Errorf("%d ifs, diagnostics %v", ifs, tree.Diagnostics)
		}
	})
	t.Run("blocks", func(t *testing.T) {
		var b strings.Builder
		for i := range 600 {
			fmt.Fprintf(&b, "%*sif a%d:\n", i, "", i)
		}
		fmt.Fprintf(&b, "%*sb()\nlast()\n", 600, "")
		tree := readPython(t, b.String())
		ifs, calls := 0, 0
		tree.Root().Walk(func(n Node) bool {
			if n.Kind() == If {
				ifs++
			}
			if n.Kind() == Call {
				calls++
			}
			return true
		})
		if ifs != 600 || calls != 2 || len(tree.Diagnostics) == 0 {
			t.Errorf("%d ifs, %d calls, %d diagnostics", ifs, calls, len(tree.Diagnostics))
		}
	})
}

// TestPythonNodes shows that a tree stops growing at a number of nodes, and says so.
func TestPythonNodes(t *testing.T) {
	text := "a = 1\nb = 2\nc = [" + strings.Repeat("0,", 1000) + "]\nd = 3\n"
	tree := parsePythonUpTo(500, source.NewFile("a.py", []byte(text)), Python, []byte(text), nil)
	checkPython(t, tree)
	if got := dump(tree.Root()); got != "(Assign a 1) (Assign b 2) (Error)" {
		t.Errorf("got %s", got)
	}
	if len(tree.Diagnostics) != 1 || tree.Diagnostics[0].Code != TooDeep {
		t.Errorf("diagnostics %v", tree.Diagnostics)
	}
	// At every limit the tree is sound and no larger than it says, but for an Error and the Block around it.
	for most := 1; most < 60; most++ {
		text := "@d\nclass A(B):\n  def f(self, x=[1, 2]):\n    if x: return f'{x:>{y}}'\n    elif z: match = 1\n"
		tree := parsePythonUpTo(most, source.NewFile("a.py", []byte(text)), Python, []byte(text), nil)
		checkPython(t, tree)
		if tree.Len() > most+2 {
			t.Errorf("%d nodes, not %d", tree.Len(), most)
		}
	}
}

// hostilePython is text made to be read again and again by a careless reader.
func hostilePython(n int) map[string]string {
	return map[string]string{
		"open brackets":       strings.Repeat("a = (\n", n),
		"open matches":        strings.Repeat("match (\n", n),
		"open withs":          strings.Repeat("with (a,\n", n),
		"open long strings":   strings.Repeat("a = '''\n\\'''\n", n),
		"open f-strings":      strings.Repeat("f'''{\n", n),
		"open fields":         strings.Repeat("f'''{a:\n", n),
		"decorators":          strings.Repeat("@a\n", n) + "b",
		"escaped quotes":      "a = \"\"\"" + strings.Repeat("\n\\\"\"\"", n),
		"backslashes":         "a = '''" + strings.Repeat("\\\n", n),
		"lone quotes":         strings.Repeat("'\n\"\n", n),
		"old line ends":       strings.Repeat("# a\r", n) + "\n",
		"errors":              strings.Repeat("a b\n", n),
		"errors in brackets":  strings.Repeat("(a b\n", n),
		"errors below blocks": strings.Repeat("if a:\n (b c\n", n),
		"blanks":              strings.Repeat("a b"+strings.Repeat(" ", 50)+"\n", n/10),
		"bad clauses":         "if a: b\n" + strings.Repeat("elif a b: c\n", n),
		"bad cases":           "match a:\n" + strings.Repeat(" case (1: b\n", n),
	}
}

// TestPythonReadsOnce shows that errors never make the reader go over a file more than a fixed number of times.
func TestPythonReadsOnce(t *testing.T) {
	for name, text := range hostilePython(20000) {
		t.Run(name, func(t *testing.T) {
			file := source.NewFile("a.py", []byte(text))
			p := &pyParser{tree: newBuilder(file, Python, file.Content()), most: MaxNodes}
			p.read()
			if most := 8*len(text) + 1<<16 + len(text); p.spent > most {
				t.Errorf("%d bytes were read again, of %d", p.spent, len(text))
			}
			if len(p.tree.tree.Diagnostics) > maxPythonErrors+1 {
				t.Errorf("%d diagnostics", len(p.tree.tree.Diagnostics))
			}
		})
	}
}

// BenchmarkPythonHostile reads text that is made to be slow; bytes per second should be of one order for all.
func BenchmarkPythonHostile(b *testing.B) {
	for name, text := range hostilePython(50000) {
		b.Run(name, func(b *testing.B) {
			file := source.NewFile("a.py", []byte(text))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				parsePython(file, Python, file.Content(), nil)
			}
		})
	}
}

// FuzzPython reads any bytes: no panic, an end, spans in bounds, children within parents.
func FuzzPython(f *testing.F) {
	for _, text := range []string{
		"", "a\n", "def f(a, /, *b: int = 1, **c) -> d:\n\treturn (yield)\n", "@a\nasync def f(): await b\n",
		"match a:\n  case A.B(1, x=[*y]) | {'k': v, **r} if z: pass\n", "with (a as b, c): d\n", "f'{a!r:>{b}}{{' rb'\\x' t\"{x=}\"\n",
		"try: a\nexcept* E as e: b\nelse: c\nfinally: d\n", "x = [a if b else lambda *c: d for e in f if not g]\n",
		"from ..a . b import (c as d,)\nimport e.f as g\n", "if a:\n  b c\n elif\n", "a(\n'''\n\\\r\n\xff“\x00", "type X[T: int] = {**a, 'b': c[1:2, ::3]}\n",
		"x: int = y = 1\nx += 1; del x, (y); global z\n", "%magic\n!ls\na?\n", "# coding: latin-1\n\xe9 = '\xe9'\n",
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, notebook bool) {
		language := Python
		if notebook {
			language = Notebook
		}
		checkPython(t, parsePython(source.NewFile("a.py", text), language, text, nil))
		checkPython(t, parsePythonUpTo(20, source.NewFile("a.py", text), language, text, nil))
	})
}
