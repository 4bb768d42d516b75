package syntax

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fermata/internal/source"
)

// readPython reads text as Python and checks what holds for every tree.
func readPython(t *testing.T, text string) *Tree {
	t.Helper()
	tree := parsePython(source.NewFile("a.py", []byte(text)), Python, []byte(text), nil)
	checkPython(t, tree)
	return tree
}

// checkPython verifies what holds for every tree of Python text: besides checkTree, that children lie within their
// parents.
func checkPython(t *testing.T, tree *Tree) {
	t.Helper()
	checkTree(t, tree)
	tree.Root().Walk(func(n Node) bool {
		s := n.Span()
		for c := range n.Children() {
			if c.Parent() != n {
				t.Fatalf("%s %q: its parent is another node", kindNames[c.Kind()], c.Source())
			}
			if k := c.Span(); k.Start < s.Start || k.End > s.End {
				t.Fatalf("%s %q [%d %d] reaches out of %s %q [%d %d]", kindNames[c.Kind()], c.Source(), k.Start, k.End,
					kindNames[n.Kind()], n.Source(), s.Start, s.End)
			}
		}
		return true
	})
}

// dump writes a tree on one line: names and numbers bare, strings quoted, everything else in brackets with its kind,
// text, op and children.
func dump(n Node) string {
	var b strings.Builder
	writeDump(&b, n)
	return b.String()
}

func writeDump(b *strings.Builder, n Node) {
	switch n.Kind() {
	case Name, Number, Bool:
		b.WriteString(n.Text())
		return
	case Null:
		b.WriteString("None")
		return
	case String:
		if n.Op() == 1 {
			b.WriteByte('b')
		}
		fmt.Fprintf(b, "%q", n.Text())
		return
	case ExprStmt:
		writeDump(b, n.Child(0))
		return
	case Module:
		for c := range n.Children() {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			writeDump(b, c)
		}
		return
	}
	b.WriteByte('(')
	b.WriteString(kindNames[n.Kind()])
	if n.Text() != "" {
		b.WriteString(":" + n.Text())
	}
	if n.Op() != 0 {
		fmt.Fprintf(b, "/%d", n.Op())
	}
	for c := range n.Children() {
		b.WriteByte(' ')
		writeDump(b, c)
	}
	b.WriteByte(')')
}

// TestPython shows the tree of each construct of the language.
func TestPython(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		// Statements.
		{"empty file", "", ""},
		{"comments only", "# a\n\n  # b", ""},
		{"no final newline", "f()", "(Call f)"},
		{"several on a line", "a; b; ", "a b"},
		{"simple statements", "pass\nbreak\ncontinue\nreturn\nraise", "(Simple:pass) (Simple:break) (Simple:continue) (Return) (Raise)"},
		{"return of several", "return a, *b", "(Return (Tuple a (Spread/1 b)))"},
		{"raise from", "raise E(1) from x", "(Raise (Call E 1) x)"},
		{"global and nonlocal", "global a, b\nnonlocal c", "(Simple:global a b) (Simple:nonlocal c)"},
		{"del", "del a, b[0], (c, d),", "(Simple:del a (Subscript b 0) (Tuple c d))"},
		{"assert", "assert a, 'no'\nassert b", `(Simple:assert a "no") (Simple:assert b)`},
		{"import", "import a, b.c as d", "(Import (Alias:a) (Alias:b.c d))"},
		{"import with blanks", "import a . b", "(Import (Alias:a.b))"},
		{"from", "from a.b import c as d, e", "(ImportFrom:a.b (Alias:c d) (Alias:e))"},
		{"from dots", "from . import x\nfrom ..a import (y,\n  z,)\nfrom .... import *", "(ImportFrom/1 (Alias:x)) (ImportFrom:a/2 (Alias:y) (Alias:z)) (ImportFrom/4 (Alias:*))"},
		{"assign", "a = b = 1", "(Assign a b 1)"},
		{"assign tuples", "a, *b = c, = d", "(Assign (Tuple a (Spread/1 b)) (Tuple c) d)"},
		{"annotated", "a: int = 1\nb.c: str\nd[0]: x, y = 2, 3", "(AnnAssign a (Annotation int) 1) (AnnAssign (Attr:c b) (Annotation str)) (AnnAssign (Subscript d 0) (Annotation (Tuple x y)) (Tuple 2 3))"},
		{"augmented", "a += 1; b //= 2; c **= 3; d >>= 4; e @= 5", "(AugAssign:+ a 1) (AugAssign:// b 2) (AugAssign:** c 3) (AugAssign:>> d 4) (AugAssign:@ e 5)"},
		{"if", "if a: b\nelif c:\n  d\nelse: e", "(If a (Block b) (Else (If c (Block d) (Else (Block e)))))"},
		{"for", "for a, b in c, d:\n  e\nelse:\n  f", "(For (Tuple a b) (Tuple c d) (Block e) (Else (Block f)))"},
		{"for star", "for x, in *a, b: pass", "(For (Tuple x) (Tuple (Spread/1 a) b) (Block (Simple:pass)))"},
		{"while", "while a:\n  b\nelse:\n  c", "(While a (Block b) (Else (Block c)))"},
		{"with", "with a as b, c: d", "(With (WithItem a b) (WithItem c) (Block d))"},
		{"with in brackets", "with (a as b, c() as d,): e", "(With (WithItem a b) (WithItem (Call c) d) (Block e))"},
		{"with two in brackets", "with (a, b): e", "(With (WithItem a) (WithItem b) (Block e))"},
		{"with a tuple", "with (a, b) as c: e", "(With (WithItem (Tuple a b) c) (Block e))"},
		{"with a bracket first", "with (a).b as c, (d): e", "(With (WithItem (Attr:b a) c) (WithItem d) (Block e))"},
		{"with a generator", "with (a for a in b): e", "(With (WithItem (Comp:generator a (CompFor a b))) (Block e))"},
		{"with a bracketed call", "with (open(a)): e", "(With (WithItem (Call open a)) (Block e))"},
		{"with a bracketed target", "with a as (b, c): e", "(With (WithItem a (Tuple b c)) (Block e))"},
		{"try", "try: a\nexcept: b\nelse: c\nfinally: d", "(Try (Block a) (Except (Block b)) (Else (Block c)) (Finally (Block d)))"},
		{"except", "try: a\nexcept E as e: b\nexcept (F, G): c\nexcept H, I: d", "(Try (Block a) (Except:e E (Block b)) (Except (Tuple F G) (Block c)) (Except (Tuple H I) (Block d)))"},
		{"except star", "try: a\nexcept* E as e: b", "(Try (Block a) (Except:e/1 E (Block b)))"},
		{"def", "def f(a, b: int = 1, *c, d=2, **e) -> x: pass", "(FuncDef:f (Param:a) (Param:b (Annotation int) (Default 1)) (Param:c/1) (Param:d (Default 2)) (Param:e/2) (Returns x) (Block (Simple:pass)))"},
		{"def marks", "def f(a, /, b, *, c): pass", "(FuncDef:f (Param:a) (Param:b) (Param/1) (Param:c) (Block (Simple:pass)))"},
		{"def star annotation", "def f(*a: *T): pass", "(FuncDef:f (Param:a/1 (Annotation (Spread/1 T))) (Block (Simple:pass)))"},
		{"def with types", "def f[T: int = str, *Ts, **P](a: T): pass", "(FuncDef:f (TypeParam:T (Annotation int) (Default str)) (TypeParam:Ts/1) (TypeParam:P/2) (Param:a (Annotation T)) (Block (Simple:pass)))"},
		{"async", "async def f():\n  async for a in b: c\n  async with d: await e", "(FuncDef:f/1 (Block (For/1 a b (Block c)) (With/1 (WithItem d) (Block (Await e)))))"},
		{"decorators", "@a\n@b.c(1)\n# x\n@d[0] or e\ndef f(): pass", "(FuncDef:f (Decorator a) (Decorator (Call (Attr:c b) 1)) (Decorator (Logic:or (Subscript d 0) e)) (Block (Simple:pass)))"},
		{"decorated class", "@a\nclass C: pass", "(ClassDef:C (Decorator a) (Block (Simple:pass)))"},
		{"decorated async", "@a\nasync def f(): pass", "(FuncDef:f/1 (Decorator a) (Block (Simple:pass)))"},
		{"class", "class A(B, C[int], *D, metaclass=M, **k): pass", "(ClassDef:A (Base B) (Base (Subscript C int)) (Base (Spread/1 D)) (Keyword:metaclass M) (Spread/2 k) (Block (Simple:pass)))"},
		{"class plain", "class A[T]:\n  x: int\n  y = 1", "(ClassDef:A (TypeParam:T) (Block (AnnAssign x (Annotation int)) (Assign y 1)))"},
		{"class no bases", "class A(): pass", "(ClassDef:A (Block (Simple:pass)))"},
		{"type alias", "type X[T] = list[T]", "(Simple:type X (TypeParam:T) (Subscript list T))"},
		{"type as a name", "type = 1\ntype(x)\ntype.y\nx: type", "(Assign type 1) (Call type x) (Attr:y type) (AnnAssign x (Annotation type))"},
		// Match.
		{"match", "match a:\n  case 1: b\n  case _: c", "(Match a (Case 1 (Block b)) (Case _ (Block c)))"},
		{"match as a name", "match = 1\nmatch(x)\nmatch[0] = 2\nmatch.group()\nmatch: int = 3\nmatch * a\nmatch -1\nmatch in b\nprint(match)", "(Assign match 1) (Call match x) (Assign (Subscript match 0) 2) (Call (Attr:group match)) (AnnAssign match (Annotation int) 3) (Binary:* match a) (Binary:- match 1) (Compare:in match b) (Call print match)"},
		{"match of several", "match a, *b:\n case x, *_: pass\n case [y]: pass", "(Match (Tuple a (Spread/1 b)) (Case (Tuple x (Spread/1 _)) (Block (Simple:pass))) (Case (List y) (Block (Simple:pass))))"},
		{"match in brackets", "match (a):\n case (1): pass\n case (1,): pass\n case (): pass", "(Match a (Case 1 (Block (Simple:pass))) (Case (Tuple 1) (Block (Simple:pass))) (Case (Tuple) (Block (Simple:pass))))"},
		{"match negative", "match -a:\n case -1: pass\n case 1+2j: pass", "(Match (Unary:- a) (Case (Unary:- 1) (Block (Simple:pass))) (Case (Binary:+ 1 2j) (Block (Simple:pass))))"},
		{"match class", "match a:\n case A.B(1, x=C() as c) if x > 1: pass", "(Match a (Case (ClassPattern (Attr:B A) 1 (Keyword:x (Walrus c (ClassPattern C)))) (Guard (Compare:> x 1)) (Block (Simple:pass))))"},
		{"match map", "match a:\n case {'k': v, A.b: 1 | None, **rest}: pass\n case {}: pass", `(Match a (Case (Map (Pair "k" v) (Pair (Attr:b A) (Binary:| 1 None)) (Spread/2 rest)) (Block (Simple:pass))) (Case (Map) (Block (Simple:pass))))`},
		{"case and soft words as names", "case = 1\n_ = case", "(Assign case 1) (Assign _ case)"},
		// Expressions.
		{"strengths", "a or b and not c < d | e ^ f & g << h + i * -j ** k", "(Logic:or a (Logic:and b (Unary:not (Compare:< c (Binary:| d (Binary:^ e (Binary:& f (Binary:<< g (Binary:+ h (Binary:* i (Unary:- (Binary:** j k))))))))))))"},
		{"left to right", "a - b - c // d @ e % f", "(Binary:- (Binary:- a b) (Binary:% (Binary:@ (Binary:// c d) e) f))"},
		{"right to left", "a ** -b ** c", "(Binary:** a (Unary:- (Binary:** b c)))"},
		{"logic", "a and b and c or d", "(Logic:or (Logic:and a b c) d)"},
		{"compare", "a < b <= c != d", "(Compare:< <= != a b c d)"},
		{"not in", "a not in b\na is not b\na is b\na in b", "(Compare:not in a b) (Compare:is not a b) (Compare:is a b) (Compare:in a b)"},
		{"not in apart", "a not  in b is  not c", "(Compare:not in is not a b c)"},
		{"conditional", "a if b else c if d else e", "(Cond b a (Cond d c e))"},
		{"lambda", "lambda: 0\nlambda x, *y, z=1, **k: x", "(Lambda 0) (Lambda (Param:x) (Param:y/1) (Param:z (Default 1)) (Param:k/2) x)"},
		{"lambda in conditional", "a if b else lambda: c if d else e", "(Cond b a (Lambda (Cond d c e)))"},
		{"await", "await a.b() ** 2", "(Binary:** (Await (Call (Attr:b a))) 2)"},
		{"yield", "yield\nx = yield a, b\nyield from c\nf((yield))\ny += yield", "(Yield) (Assign x (Yield (Tuple a b))) (Yield/1 c) (Call f (Yield)) (AugAssign:+ y (Yield))"},
		{"walrus", "if (a := b): pass\nf(c := 1)\nd[e := 2]\n[f := 3]", "(If (Walrus a b) (Block (Simple:pass))) (Call f (Walrus c 1)) (Subscript d (Walrus e 2)) (List (Walrus f 3))"},
		{"call", "f(a, b=1, *c, **d, e=2)", "(Call f a (Keyword:b 1) (Spread/1 c) (Spread/2 d) (Keyword:e 2))"},
		{"call comma", "f(a,)(b)[c].d", "(Attr:d (Subscript (Call (Call f a) b) c))"},
		{"call with generator", "f(x for x in y)\nf(a, (x for x in y))", "(Call f (Comp:generator x (CompFor x y))) (Call f a (Comp:generator x (CompFor x y)))"},
		{"generic constructor", "Agent[Ctx](name='x')", `(Call (Subscript Agent Ctx) (Keyword:name "x"))`},
		{"subscripts", "a[1], a[1:2], a[:], a[::2], a[1:, ...], a[*b], a[c, :]", "(Tuple (Subscript a 1) (Subscript a (Slice 1 2)) (Subscript a (Slice None None)) (Subscript a (Slice None None 2)) (Subscript a (Tuple (Slice 1 None) (Ellipsis))) (Subscript a (Tuple (Spread/1 b))) (Subscript a (Tuple c (Slice None None))))"},
		{"brackets", "(), (a), (a,), (a, b), [], [a, *b,], {}, {a}, {a: b, **c}, {*d, e}", "(Tuple (Tuple) a (Tuple a) (Tuple a b) (List) (List a (Spread/1 b)) (Map) (Set a) (Map (Pair a b) (Spread/2 c)) (Set (Spread/1 d) e))"},
		{"map that begins with a spread", "{**a, 'b': c}", `(Map (Spread/2 a) (Pair "b" c))`},
		{"comprehensions", "[a for a in b if c if d for e in f]\n{a for a in b}\n{a: b for a, b in c}\n[x async for x in y]", "(Comp:list a (CompFor a b c d) (CompFor e f)) (Comp:set a (CompFor a b)) (Comp:map (Pair a b) (CompFor (Tuple a b) c)) (Comp:list x (CompFor/1 x y))"},
		{"comprehension of conditional", "[a if b else c for d in e or f]", "(Comp:list (Cond b a c) (CompFor d (Logic:or e f)))"},
		{"literals", "None, True, False, ..., 1_000, 0xFF, 0o17, 0b1, 1., .5, 1e-3, 2j, 1.5E+2J", "(Tuple None true false (Ellipsis) 1_000 0xFF 0o17 0b1 1. .5 1e-3 2j 1.5E+2J)"},
		{"number before a word", "1if a else 2", "(Cond a 1 2)"},
		{"attribute of a number", "1 .real, 1..real", "(Tuple (Attr:real 1) (Attr:real 1.))"},
		{"line joining", "f(a,\n  # x\n\n b)\nc = \\\n  d\n", "(Call f a b) (Assign c d)"},
		{"unicode names", "größe = 名前()", "(Assign größe (Call 名前))"},
		{"names in other letters", "ｅｖａｌ(𝓍)\na.ﬁ", "(Call eval x) (Attr:fi a)"},
		// Strings.
		{"strings", `'a' "b" '''c'd''' """e""f"""`, `"abc'de\"\"f"`},
		{"one string", `'a'; "it's"; r'\d'; b'x'; u'y'; Rb"\z"`, `"a" "it's" "\\d" b"x" "y" b"\\z"`},
		{"escapes", `'\n\t\\\'\x41\u00e9\U0001F600\101\q\N{DASH}\ud800'`, `"\n\t\\'Aé😀A\\q\\N{DASH}�"`},
		{"bytes escapes", `b'\xff\u0041'`, `b"\xff\\u0041"`},
		{"string over lines", "'a\\\nb'\n\"\"\"c\nd\"\"\"", `"ab" "c\nd"`},
		{"strings in brackets", "('a'\n 'b')", `"ab"`},
		{"f-string", `f'a{b}c{d.e()!r:>{w}}'`, `(FString "a" (Interp b) "c" (Interp (Call (Attr:e d)) (Interp w)))`},
		{"f-string doubled", `f'{{a}}{b}'`, `(FString "{a}" (Interp b))`},
		{"f-string debug", `f'{a = }{b=!r}{c==d}'`, `(FString "a = " (Interp a) "b=" (Interp b) (Interp (Compare:== c d)))`},
		{"f-string specification", `f'{t:%H:%M}{x:=5}{y:{a}.{b}}'`, `(FString (Interp t) (Interp x) (Interp y (Interp a) (Interp b)))`},
		{"f-string with compare", `f'{a!=b}{(lambda: 1)()}{ {1: 2}[1] }'`, `(FString (Interp (Compare:!= a b)) (Interp (Call (Lambda 1))) (Interp (Subscript (Map (Pair 1 2)) 1)))`},
		{"f-string nested quotes", `f"{a["b"]}{f"{c}"}"`, `(FString (Interp (Subscript a "b")) (Interp (FString (Interp c))))`},
		{"f-string over lines", "f'''a\n{\nb # x\n}\n'''", `(FString "a\n" (Interp b) "\n")`},
		{"f-string field over lines", "f'{\na\n}'", `(FString (Interp a))`},
		{"f-string joined", `'a' f'{b}' 'c' 'd'`, `(FString "a" (Interp b) "cd")`},
		{"f-string backslash before a field", `f'\{b}'`, `(FString "\\" (Interp b))`},
		{"f-string raw", `rf'\d{a}\''`, `(FString "\\d" (Interp a) "\\'")`},
		{"f-string named character", `f'\N{EM DASH}{a}\x41'`, `(FString "\\N{EM DASH}" (Interp a) "A")`},
		{"f-string tuple and yield", `f'{a, b}{*c,}{(yield)}'`, `(FString (Interp (Tuple a b)) (Interp (Tuple (Spread/1 c))) (Interp (Yield)))`},
		{"f-string empty", `f''`, `(FString)`},
		{"t-string", `t'a{b}'; rt'\d'`, `(FString/1 "a" (Interp b)) (FString/1 "\\d")`},
		// Layout.
		{"carriage returns", "if a:\r\n  b\r\nc = '''d\r\ne'''\r\nf\\\r\n()\r\n", `(If a (Block b)) (Assign c "d\ne") (Call f)`},
		{"old line ends", "if a:\r  b # x\rc", "(If a (Block b)) c"},
		{"tabs", "if a:\n\tb\n        c\n", "(If a (Block b c))"},
		{"form feed", "a\n\f\nif b:\n  c\n\f\nd", "a (If b (Block c)) d"},
		{"byte order mark", "\xef\xbb\xbfa = 1", "(Assign a 1)"},
		{"blank lines in blocks", "if a:\n\n  # x\n  b\n# y\n\n  c\n", "(If a (Block b c))"},
		{"comment at the end", "if a:\n  b\n  # x", "(If a (Block b))"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tree := readPython(t, test.text)
			if diff := cmp.Diff(test.want, dump(tree.Root())); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
			for _, d := range tree.Diagnostics {
				t.Errorf("diagnostic %s", d)
			}
		})
	}
}
