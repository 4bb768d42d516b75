package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/source"
)

// TestPythonRecovery shows what is left of broken files, and what is said of them.
func TestPythonRecovery(t *testing.T) {
	for _, test := range []struct{ name, text, want, said string }{
		{
			"one statement", "a\nb c\nd\n", "a (Error) d",
			`2:3 expected the end of a statement, not "c"`,
		},
		{
			"rest of a line", "a; b c; d\ne", "a (Error) e",
			`1:6 expected the end of a statement, not "c"`,
		},
		{
			"Python 2 print", "print 'x'\nprint x\nprint('y')\nexec 'z'", `(Error) (Error) (Call print "y") (Error)`,
			"1:7 expected the end of a statement (this looks like Python 2's \"print\"), not \"'x'\"\n" +
				"2:7 expected the end of a statement (this looks like Python 2's \"print\"), not \"x\"\n" +
				"4:6 expected the end of a statement (this looks like Python 2's \"exec\"), not \"'z'\"",
		},
		{
			"in a block", "def f():\n  a\n  b c\n  d\ne", "(FuncDef:f (Block a (Error) d)) e",
			`3:5 expected the end of a statement, not "c"`,
		},
		{
			"after a colon", "if a: b c\nd", "(If a (Block (Error))) d",
			`1:9 expected the end of a statement, not "c"`,
		},
		{
			"a header keeps its body", "def f(a b):\n  c()\n  if d:\n    e\nf", "(Error) (Call c) (If d (Block e)) f",
			`1:9 expected ")", not "b"`,
		},
		{
			"a clause", "if a:\n  b\nelif c d:\n  e\nf", "(If a (Block b)) (Error) e f",
			`3:8 expected ":", not "d"`,
		},
		{
			"a clause of try", "try:\n  a\nexcept b c:\n  d\nfinally:\n  e", "(Try (Block a)) (Error) d (Error) e",
			"3:10 expected \":\", not \"c\"\n5:1 no statement stands above that this line could belong to",
		},
		{
			"an open bracket", "a = f(b,\nc = 1\nd()\n", "(Error) (Assign c 1) (Call d)",
			"3:1 expected \")\" or \",\", not \"d\"",
		},
		{
			"an open bracket before a definition", "a = [b,\n\ndef f():\n  c\nd", "(Error) (FuncDef:f (Block c)) d",
			`3:1 expected an expression, not "def"`,
		},
		{
			"an open bracket in a method", "class A:\n  def f(self):\n    g(\n  def h(self):\n    k()\nm", "(ClassDef:A (Block (FuncDef:f (Param:self) (Block (Error))) (FuncDef:h (Param:self) (Block (Call k))))) m",
			`4:3 expected an expression, not "def"`,
		},
		{
			"closed brackets over lines", "a(\n  b c,\n  d(),\n)\ne", "(Error) e",
			`2:5 expected ")" or ",", not "c"`,
		},
		{
			"a stray closing bracket", "a)\nb", "(Error) b",
			`1:2 expected the end of a statement, not ")"`,
		},
		{
			"wrong bracket", "a = [b)\nc", "(Error) c",
			`1:7 expected "]" or ",", not ")"`,
		},
		{
			"an open string", "a = 'b\nc", "(Error) c",
			`1:5 this string is not closed`,
		},
		{
			"an open long string", "a\nb = '''c\nd\ne", "a (Error) d e",
			`2:5 this string is not closed`,
		},
		{
			"an open string below a clause", "try: a\nexcept: b\n'c\nd", "(Try (Block a) (Except (Block b))) (Error) d",
			`3:1 this string is not closed`,
		},
		{
			"an open f-string", "a = f'b{c\nd = 1", "(Error) (Assign d 1)",
			`2:1 expected "}", not "d"`,
		},
		{
			"an open field", "a = f'b{c'\nd = 1", "(Error) (Assign d 1)",
			`1:10 this string is not closed`,
		},
		{
			"an empty field", "a = f'{}'\nb", "(Error) b",
			`1:8 expected an expression, not "}"`,
		},
		{
			"a single brace", "a = f'}'\nb", "(Error) b",
			`1:7 a single "}" in an f-string`,
		},
		{
			"no block", "def f():\na", "(FuncDef:f (Block)) a",
			"2:1 expected an indented block here",
		},
		{
			"no block at the end", "if a:", "(If a (Block))",
			"1:6 expected an indented block here",
		},
		{
			"too deep a line", "a\n    b\n    c\nd\n  e", "a b c d e",
			"2:5 this line is indented deeper than the block it stands in\n5:3 this line is indented deeper than the block it stands in",
		},
		{
			"back to no block", "if a:\n    b\n  c\nd", "(If a (Block b)) c d",
			"3:3 this line is indented deeper than the block it stands in",
		},
		{
			"a lone else", "else:\n  a\nb", "(Error) a b",
			"1:1 no statement stands above that this line could belong to",
		},
		{
			"a decorator", "@a b\n@c(d())\ndef f(): pass", "(FuncDef:f (Error) (Decorator (Call c (Call d))) (Block (Simple:pass)))",
			`1:4 expected the end of the line after a decorator, not "b"`,
		},
		{
			"decorators of nothing", "@a\n@b\nc = 1", "(Error) (Assign c 1)",
			`3:1 expected a function or class after decorators, not "c"`,
		},
		{
			"a case", "match a:\n  case 1 2:\n    b\n  case 3:\n    c\nd", "(Match a (Error) b (Case 3 (Block c))) d",
			`2:10 expected ":", not "2"`,
		},
		{
			"no case", "match a:\n  b\nc", "(Match a b) c",
			"2:3 expected a case here",
		},
		{
			"null bytes", "a\n\x00b\nc", "a (Error) c",
			`2:1 expected an expression, not "\x00"`,
		},
		{
			"typographic quotes", "a(“b”)\nc", "(Error) c",
			`1:3 expected an expression, not "“"`,
		},
		{
			"a backslash", "a \\ b\nc", "(Error) c",
			"1:3 unexpected character after a line continuation",
		},
		{
			"merge marks", "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\nd", "a (Error) b (Error) c (Error) d",
			"2:1 expected an expression, not \"<<\"\n4:1 expected an expression, not \"==\"\n6:1 expected an expression, not \">>\"",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := readPython(t, test.text)
			if diff := cmp.Diff(test.want, dump(tree.Root())); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
			var said []string
			for _, d := range tree.Diagnostics {
				if d.Code != "syntax-error" || d.Severity != source.Error {
					t.Errorf("diagnostic %+v", d)
				}
				said = append(said, strings.TrimPrefix(d.Where(), "a.py:")+" "+d.Message)
			}
			if diff := cmp.Diff(test.said, strings.Join(said, "\n")); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPythonMagics shows that a notebook's IPython lines are passed over without a word.
func TestPythonMagics(t *testing.T) {
	text := "%matplotlib inline\nimport a\n!pip install \"b c\\\n  d\nif e:\n    %cd 'f\n    g()\nh = !ls\n?k\nm.n??\no = %env P\np % q\n"
	want := "(Import (Alias:a)) (If e (Block (Call g))) (Binary:% p q)"
	tree := parsePython(source.NewFile("a.ipynb", []byte(text)), Notebook, []byte(text), nil)
	if got := dump(tree.Root()); got != want || len(tree.Diagnostics) != 0 {
		t.Errorf("got %s, %v\nwant %s", got, tree.Diagnostics, want)
	}
	// In a file they are mistakes.
	if tree := readPython(t, text); len(tree.Diagnostics) == 0 {
		t.Error("magics in a .py file are no mistakes")
	}
}

// TestPythonSegments shows that spans of joined cells lead back to the file.
func TestPythonSegments(t *testing.T) {
	file := `["a()\n", "f(\"x\")"]`
	text := "a()\nf(\"x\")"
	// The escapes stand at 5 and 13, 16 of the file; between them text runs as it is.
	segments := []segment{
		{text: 0, file: 2},
		{text: 3, file: 5, escape: true},
		{text: 4, file: 11},
		{text: 6, file: 13, escape: true},
		{text: 7, file: 15},
		{text: 8, file: 16, escape: true},
		{text: 9, file: 18},
	}
	tree := parsePython(source.NewFile("a.ipynb", []byte(file)), Notebook, []byte(text), segments)
	checkPython(t, tree)
	call := tree.Root().Child(1).Child(0)
	if got := call.Span().Text(); got != `f(\"x\")` {
		t.Errorf("the call's span is %q", got)
	}
	if got := call.Child(1).Text(); got != "x" {
		t.Errorf("the argument is %q", got)
	}
}

// TestPythonPositions shows exact spans: of nodes that begin or end with brackets, of decorated functions, of f-string
// insides, behind characters of several bytes.
func TestPythonPositions(t *testing.T) {
	text := "@d\ndef f(a = (1)):\n    return (g)(x).h  # end\n\ns = 'é', f\"é{ n(1)!r}\" , (y for y in z)\nk(v for v in w)\nm = (1,\n     2)\nif p: q\nelse:\n    r; \n"
	tree := readPython(t, text)
	find := func(kind Kind, nth int) string {
		got := ""
		tree.Root().Walk(func(n Node) bool {
			if n.Kind() == kind {
				if nth == 0 {
					got = n.Span().Text()
				}
				nth--
			}
			return true
		})
		return got
	}
	for _, test := range []struct {
		kind Kind
		nth  int
		want string
	}{
		{FuncDef, 0, "@d\ndef f(a = (1)):\n    return (g)(x).h"},
		{Decorator, 0, "@d"},
		{Param, 0, "a = (1)"},
		{Default, 0, "(1)"},
		{Block, 0, "return (g)(x).h"},
		{Attr, 0, "(g)(x).h"},
		{Call, 0, "(g)(x)"},
		{Name, 1, "g"},
		{Tuple, 0, "'é', f\"é{ n(1)!r}\" , (y for y in z)"},
		{FString, 0, "f\"é{ n(1)!r}\""},
		{Interp, 0, "{ n(1)!r}"},
		{Call, 1, "n(1)"},
		{Comp, 0, "(y for y in z)"},
		{Comp, 1, "v for v in w"},
		{CompFor, 1, "for v in w"},
		{Tuple, 1, "(1,\n     2)"},
		{If, 0, "if p: q\nelse:\n    r;"},
		{Else, 0, "else:\n    r;"},
	} {
		if got := find(test.kind, test.nth); got != test.want {
			t.Errorf("%s %d: got %q, want %q", kindNames[test.kind], test.nth, got, test.want)
		}
	}
	call := source.Span{}
	tree.Root().Walk(func(n Node) bool {
		if n.Kind() == Call && n.Child(0).TextIs("n") {
			call = n.Span()
		}
		return true
	})
	if got := call.String(); got != "a.py:5:15" {
		t.Errorf("the call in the f-string stands at %s", got)
	}
}

// TestPythonEncoding shows what becomes of bytes that are not UTF-8.
func TestPythonEncoding(t *testing.T) {
	for _, test := range []struct{ text, want, said string }{
		{"# -*- coding: latin-1 -*-\na = '\xe9'", `(Assign a "é")`, ""},
		{"#!/bin/py\n# vim: set fileencoding=iso-8859-1 :\n\xe9 = 1", "(Assign \xe9 1)", ""},
		{"a = '\xe9'", `(Assign a "é")`, "warning 1:6"},
		{"# coding: utf-8\na = '\xe9'", `(Assign a "é")`, "warning 2:6"},
		{"# coding=koi8-r\na = '\xe9'", `(Assign a "é")`, "note 2:6"},
		{"a = b'\xe9'", `(Assign a b"\xe9")`, "warning 1:7"},
	} {
		tree := readPython(t, test.text)
		if got := dump(tree.Root()); got != test.want {
			t.Errorf("%q: got %s, want %s", test.text, got, test.want)
		}
		said := ""
		for _, d := range tree.Diagnostics {
			said += fmt.Sprint(d.Severity, " ", strings.TrimPrefix(d.Where(), "a.py:"))
			if d.Code != "encoding" {
				t.Errorf("%q: diagnostic %s", test.text, d)
			}
		}
		if said != test.said {
			t.Errorf("%q: said %q, want %q", test.text, said, test.said)
		}
	}
}

// TestPythonDamage puts a mistake at every place of a text in turn, and finds the calls of all other parts still there.
func TestPythonDamage(t *testing.T) {
	parts := []string{
		"import a\nfrom b import (c,\n    d)\n",
		"@e.f(1)\ndef g(h: int, *i, j=k()) -> l:\n    return [m(n) for n in o if p] + {'q': r}\n",
		"class S(T, metaclass=U):\n    v = W(\n        x='y',\n        z=[a(b), c],\n    )\n    def d(self):\n        if e: f()\n        elif g(h): i()\n        else:\n            j()\n",
		"with k(l) as m, n:\n    for o, p in q(r):\n        s += f'{t(u)!r:>{v}} w'\n",
		"try:\n    x(y)\nexcept (z, a) as b:\n    raise c('d') from e\nfinally:\n    f[g:h] = lambda i: j(i)\n",
		"match k:\n    case L(m=1) if n: o()\n    case {'p': q, **r}: s()\n",
		"t = u(\"v\",\n      w) if x else (y or not z)\nawait a(b)\n",
	}
	var text strings.Builder
	var starts []int
	for i, part := range parts {
		fmt.Fprintf(&text, "kept_%d()\n", i)
		starts = append(starts, text.Len())
		text.WriteString(part)
	}
	fmt.Fprintf(&text, "kept_%d()\n", len(parts))
	whole := text.String()
	calls := func(tree *Tree) map[string]bool {
		found := map[string]bool{}
		tree.Root().Walk(func(n Node) bool {
			if n.Kind() == Call {
				found[n.Source()] = true
			}
			return true
		})
		return found
	}
	if tree := readPython(t, whole); len(tree.Diagnostics) > 0 {
		t.Fatal(tree.Diagnostics)
	}
	var own []map[string]bool
	for i, part := range parts {
		own = append(own, calls(readPython(t, part)))
		own[i][fmt.Sprintf("kept_%d()", i)] = true
	}
	own = append(own, map[string]bool{fmt.Sprintf("kept_%d()", len(parts)): true})
	broken := 0
	for i, start := range starts {
		for at := start; at < start+len(parts[i])-1; at++ {
			for _, put := range []string{"", "$", "(", "]", "'", " ! ", "\n"} {
				rest := whole[at:]
				if put == "" {
					rest = whole[at+1:]
				}
				damaged := whole[:at] + put + rest
				tree := readPython(t, damaged)
				if len(tree.Diagnostics) > 0 {
					broken++
				}
				found := calls(tree)
				for j := range own {
					if j == i {
						continue
					}
					for call := range own[j] {
						if !found[call] {
							t.Fatalf("%q put at %d of part %d loses %s of part %d:\n%s", put, at-start, i, call, j, damaged)
						}
					}
				}
			}
		}
	}
	if broken < 2000 {
		t.Errorf("only %d damages were mistakes", broken)
	}
}
