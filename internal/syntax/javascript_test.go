package syntax

import (
	"strings"
	"testing"

	"fermata/internal/source"
)

func FuzzJavaScript(f *testing.F) {
	for _, seed := range []string{
		"", "import a, {b as c} from 'x'", "const x = {a, ...b, c() {}, [d]: 1}", "class A extends B { #x = 1; static { f() } @d() m(@p() q) {} }",
		"enum E { A, B = 'x' }\nf(E.B)", "namespace N { export const x = 1 }", "`a${b}c` + t`d${e}`", "<a b={c} {...d}>e{f}</a>",
		"a = = b\nfunction f() { g(; }\nc()", "for (const [a, {b = 1}] of c) d?.e!.f[g](...h)", "if (a) b; else if (c) d; else e",
		"export default async (a, {b}) => { await b }", "/[(]/.test('x'); x = a / b / c", "\ufeffimport type {A as B} from 'x'",
		"switch (a) { case 1: b; default: }", "try { a } catch { b } finally { c }", "a || b || c && d ?? e", "'use server'\nlet a, b = 1",
	} {
		f.Add(seed, byte(0))
	}
	f.Fuzz(func(t *testing.T, text string, kind byte) {
		name := []string{"f.ts", "f.tsx", "f.js", "f.mts"}[kind%4]
		checkTree(t, parseText(name, text))
	})
}

// TestJavaScriptDepth nests each construct far deeper than a stack can hold. It must be refused, not crash.
func TestJavaScriptDepth(t *testing.T) {
	const n = 500_000
	for _, part := range []string{
		"(", "[", "{", "!", "- ", "a?b:", "if(a)", "if(a)b;else ", "a=>", "a=", "a**", "typeof ", "await ", "new ", "class A extends ",
		"<a>", "`${", "f(", "a.", "a()", "a[0]", "while(a)", "for(;;)", "do ", "x:", "...", "async a=>", "a?.", "let x:Array<", "(a,",
		"if(a)\n", "typeof\n", "a?function(){}:", "a?b\n:", "type X=A extends B?C:", "throw ", "/[)]/,(", "@a ", "function f(){", "a``",
		"else if(a){}\n", "() => ", "keyof ", "let {a:", "let [", "x as ", "a!", "a+", "a,", "a;", "a++\n", "<T>",
	} {
		for _, name := range []string{"d.ts", "d.tsx"} {
			tree := parseText(name, strings.Repeat(part, n))
			if tree.Root().Kind() != Module {
				t.Errorf("%s of %q: no module", name, part)
			}
			if tree.Len() > n*20 {
				t.Errorf("%s of %q: %d nodes", name, part, tree.Len())
			}
		}
	}
}

// TestJavaScriptNear nests as deep as is still read, so that the bound itself is known to be safe.
func TestJavaScriptNear(t *testing.T) {
	for _, part := range []string{"!", "a?b:", "if(a)b;else ", "a=>", "a=", "typeof ", "<a>", "a.", "a().", "while(a)"} {
		text := strings.Repeat(part, maxJSNesting/4)
		checkTree(t, parseText("n.tsx", text+"x"))
	}
	tree := parseText("sum.ts", "x = "+strings.Repeat("f(a) + ", 5000)+"last()")
	checkTree(t, tree)
	calls := 0
	tree.Root().Walk(func(n Node) bool {
		if n.Kind() == Call {
			calls++
		}
		return true
	})
	if calls != 5001 || len(tree.Diagnostics) > 0 {
		t.Errorf("%d calls of 5001; %v", calls, tree.Diagnostics)
	}
}

// TestJavaScriptChain reads a long chain of conditions, which is deep in the tree only, and says of code that is nested
// deeper than is read which bound it came to.
func TestJavaScriptChain(t *testing.T) {
	chain := "if (c === 'x') { f() }" + strings.Repeat(" else if (c === 'y') { g() }", 2*MaxDepth)
	if tree := Parse(source.NewFile("a.ts", []byte(chain))); len(tree.Diagnostics) != 0 {
		t.Errorf("a chain: %v", tree.Diagnostics)
	}
	deep := strings.Repeat("const f = () => {\n", 300) + strings.Repeat("};\n", 300)
	tree := Parse(source.NewFile("a.ts", []byte(deep)))
	if len(tree.Diagnostics) != 1 || !strings.Contains(tree.Diagnostics[0].Message, "deeper than 400 levels") {
		t.Errorf("closures: %v", tree.Diagnostics)
	}
}

// TestJavaScriptKeeps names what must be in the tree although nothing uses it, or TypeScript would drop it.
func TestJavaScriptKeeps(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"import { Unused } from 'm'", "Alias \"Unused\""},
		{"import d from 'm'", "Alias \"default\""},
		{"import type T from 'm'", "Alias \"default\""},
		{"import type * as T from 'm'", "Alias \"*\""},
		{"if (false) { dead() }", "Name \"dead\""},
		{"function f() { return 1; dead() }", "Name \"dead\""},
		{"true ? a() : dead()", "Name \"dead\""},
		{"const unused = make()", "Name \"make\""},
		{"export * as ns from 'm'; ns.x", "Export \"m\""},
		{"import * as ns from 'm'; ns.call()", "Attr \"call\""},
		{"namespace N { export const x = call() }", "Name \"call\""},
		{"declare module 'm' {}\nconst a = call()", "Name \"call\""},
		{"label: for (;;) { break label }", "Simple \"break\""},
		{"import fs = require('fs')", "String \"fs\""},
		{"typeof process.env.NODE_ENV === 'x'", "Attr \"NODE_ENV\""},
		{"let a = 1, b", "Simple \"let\""},
		{"class A { 'quoted'() {} }", "FuncDef \"quoted\""},
		{"a ||= b", "AugAssign \"||\""},
		{"f(a = 1)", "Walrus"},
		{"x = <T,>(a: T) => a", "Lambda"},
		{"import x from './x.json' with { type: 'json' }", "ImportFrom \"./x.json\""},
	} {
		if got := dumpTree(parseText("k.ts", c.text)); !strings.Contains(got, c.want) {
			t.Errorf("%s: no %s in\n%s", c.text, c.want, got)
		}
	}
}

func TestJavaScriptTrouble(t *testing.T) {
	tree := parseText("t.ts", "const ok = f();\n\nconst bad = ;\n\nconst tail = g();\n")
	if len(tree.Diagnostics) != 1 || tree.Diagnostics[0].Where() != "t.ts:3:13" || tree.Diagnostics[0].Code != "syntax-error" {
		t.Errorf("diagnostics: %v", tree.Diagnostics)
	}
	if got := dumpTree(tree); !strings.Contains(got, `Name "f"`) || !strings.Contains(got, `Name "g"`) || !strings.Contains(got, "Error") {
		t.Errorf("tree:\n%s", got)
	}
}

func BenchmarkTypeScript(b *testing.B) {
	text := strings.Repeat(`import { tool } from "x";
export const agentN = new Agent({ name: "planner", tools: [search, ...more], handler: async (a: string, { b }: Options) => {
  const result = await client.call(a, { depth: 3, text: `+"`value ${b}`"+` });
  for (const item of result.items) { if (item.ok && item.value > 3) { log.info("found", item); } }
  return result;
} });
`, 1)
	var all strings.Builder
	for i := range 1000 {
		all.WriteString(strings.ReplaceAll(strings.ReplaceAll(text, "agentN", "agent"+string(rune('a'+i%26))+strings.Repeat("x", i/26)), "{ tool }", "'y';//"))
	}
	file := source.NewFile("big.ts", []byte(strings.ReplaceAll(all.String(), "import 'y';// from", "import")))
	if d := Parse(file).Diagnostics; len(d) > 0 {
		b.Fatal(d)
	}
	b.SetBytes(int64(len(file.Content())))
	for b.Loop() {
		Parse(file)
	}
}
