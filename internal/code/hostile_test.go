package code_test

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/code"
	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// everything asks all that can be asked about a file.
func everything(p *code.Program, path string) string {
	r := p.Resolver(path)
	if r == nil || r.Tree() == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range r.Calls() {
		v := r.Eval(c.Node)
		key := v.Key()
		_, symbol := v.Symbol()
		fmt.Fprintln(&b, c.Callee.Name, v.Kind, key, symbol, v.Template(), v.Arg("name", 0).Str(), len(v.Members()))
	}
	for _, v := range r.Instances("**.Agent", "agents.**") {
		fmt.Fprintln(&b, v.Key(), len(v.Args()), v.Spread().Reason())
	}
	for _, f := range r.Functions() {
		body := r.BodyOf(f)
		fmt.Fprintln(&b, f.ID(), len(body.Calls), body.Complete, r.Returns(f).String(), f.Doc())
	}
	for _, w := range r.Writes("tools") {
		fmt.Fprintln(&b, w.Target.Key(), w.Value.String())
	}
	for _, d := range r.ClassesOf("**.Base*") {
		fmt.Fprintln(&b, d.ID(), r.ClassValue(d, "x").String())
	}
	for _, i := range r.ImportsOf() {
		fmt.Fprintln(&b, i.Name)
	}
	return b.String()
}

// TestHostile holds the resolver to its bounds on code that is written to hang it. That it ends is what is tested.
func TestHostile(t *testing.T) {
	doubling := "def f0(x): return [x, x]\n"
	for i := 1; i < 60; i++ {
		doubling += fmt.Sprintf("def f%d(x): return f%d([x, x]) + f%d([x])\n", i, i-1, i-1)
	}
	doubling += "y = f59(1)\n"
	growing := "s = 'ab'\n" + strings.Repeat("s = s + s\n", 200) + "t = f(s)\n"
	circle := "from b import x as y\nfrom b import *\nclass A(B): pass\nclass B(A): pass\nx = y\nA().go().stop()\n"
	nested := "v = " + strings.Repeat("f(", 300) + strings.Repeat(")", 300) + "\n"
	loops := "a = list(range(9))\nfor i in [1,2,3,4,5,6,7,8,9]:\n"
	for i := range 12 {
		loops += strings.Repeat(" ", i+1) + "for j" + fmt.Sprint(i) + " in [1,2,3,4,5,6,7,8,9]:\n"
	}
	loops += strings.Repeat(" ", 14) + "a.append(Agent(name=str(i)))\n" + "z = g(a)\n"
	comps := "q = [[ [ [ (a,b,c,d) for a in r] for b in r] for c in r] for d in r]\n"
	comps = "r = [" + strings.Repeat("1,", 60) + "]\n" + comps + "w = g(q)\n"
	around := "" // decorators that may be called first, each of which answers with the next in two ways
	for i := range 40 {
		around += fmt.Sprintf("%sdef d%d(f):\n", strings.Repeat(" ", i), i)
	}
	around += strings.Repeat(" ", 40) + "return f\n"
	for i := 39; i > 0; i-- {
		around += fmt.Sprintf("%[1]sif f: return d%[2]d\n%[1]sreturn d%[2]d(f)\n", strings.Repeat(" ", i), i)
	}
	around += "@d0\ndef decorated(x): return x\n"
	kwargs := "def k(**kw): return k2(**kw, **kw)\ndef k2(**kw): return k(**kw)\nu = k(a=1)\n"
	cases := map[string]string{
		"doubling": doubling, "growing": growing, "circle": circle, "nested": nested, "loops": loops, "comps": comps, "kwargs": kwargs, "around": around,
		"self": "x = x.y.z(x)[x](*x, **x)\nf(x)\nclass C:\n def __init__(self): self.a = self.b; self.b = self.a\n def m(self): return self.m().a\nC().a\nC().m()\n",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			p := program([]txtar.File{{Name: "a.py", Data: []byte(text)}, {Name: "b.py", Data: []byte("from a import *\nfrom a import x\n")}})
			if everything(p, "a.py") == "" {
				t.Error("nothing was found")
			}
			everything(p, "b.py")
		})
	}
}

// TestHostileGo is TestHostile for Go.
func TestHostileGo(t *testing.T) {
	doubling := "package a\nfunc f0(x []T) []T { return append(x, x...) }\n"
	for i := 1; i < 60; i++ {
		doubling += fmt.Sprintf("func f%d(x []T) []T { return append(f%d(append(x, x...)), f%d(x)...) }\n", i, i-1, i-1)
	}
	loops := "package a\nfunc g() { l := []int{1,2,3,4,5,6,7,8,9}\n" + strings.Repeat("for _, i := range l {\n", 12) + "l = append(l, Agent(i))\n" + strings.Repeat("}\n", 12) + "h(l) }\n"
	cases := map[string]string{
		"doubling": doubling + "var y = f59(nil)\n", "loops": loops,
		"self":   "package a\ntype T struct { T; *U; a, b *T }\ntype U struct { T }\nfunc (t *T) M() *T { t.a = t.b; t.b = t.a.M(); return t.M().a }\nvar t = T{a: t, b: u}\nvar u = &U{t}\nvar x = t.M().M().a.b.zzz(t, u)\n",
		"circle": "package a\nimport \"example.com/m/b\"\nimport a \"example.com/m\"\nvar x = b.Y\nvar z = a.x\nfunc f() { return f() }\nfunc (T) m() { m() }\nvar q = f()\nvar r = q(q(q))\n",
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			p := program([]txtar.File{
				{Name: "go.mod", Data: []byte("module example.com/m\n")},
				{Name: "a.go", Data: []byte(text)},
				{Name: "a2.go", Data: []byte("package a\nvar v = x\nfunc w() { w2 := v; w2.x = w2 }\n")},
				{Name: "b/b.go", Data: []byte("package b\nimport m \"example.com/m\"\nvar Y = m.x\n")},
			})
			if everything(p, "a.go") == "" {
				t.Error("nothing was found")
			}
			everything(p, "a2.go")
			everything(p, "b/b.go")
		})
	}
}

// TestSameAnswers holds that asking other files first changes nothing.
func TestSameAnswers(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/calls.txtar")
	if err != nil {
		t.Fatal(err)
	}
	alone := everything(program(archive.Files), "other.py")
	p := program(archive.Files)
	for _, path := range []string{"team.py", "cli.py", "other.py", "team.py"} {
		everything(p, path)
	}
	if again := everything(p, "other.py"); again != alone || alone == "" {
		t.Errorf("alone:\n%s\nafter others:\n%s", alone, again)
	}
	// A program without a budget for trees reads files again and gives the same.
	if a, b := everything(program(archive.Files), "team.py"), everything(p, "team.py"); a != b {
		t.Errorf("first:\n%s\nlater:\n%s", a, b)
	}
}

func FuzzResolver(f *testing.F) {
	for _, name := range []string{"names", "values", "calls"} {
		archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			f.Add(string(file.Data), "x = 1\nfrom a import *\n", true)
		}
	}
	f.Fuzz(func(t *testing.T, one, two string, python bool) {
		if len(one)+len(two) > 4000 {
			return
		}
		ending := ".py"
		if !python {
			ending = ".ts"
		}
		p := program([]txtar.File{{Name: "a" + ending, Data: []byte(one)}, {Name: "pkg/b" + ending, Data: []byte(two)}})
		for _, path := range p.Paths() {
			if first, second := everything(p, path), everything(p, path); first != second {
				t.Errorf("%s: asked twice, answered twice:\n%s\n%s", path, first, second)
			}
		}
	})
}

func FuzzGo(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/golang.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range archive.Files {
		f.Add(string(file.Data), "package b\n")
	}
	f.Add("package a\nimport (\n\"x/y-go\"\n)\nfunc (t T) m() { y.m(t.m) }\n", "package a\ntype T struct{ T }\nvar x = T{x}\n")
	f.Fuzz(func(t *testing.T, one, two string) {
		if len(one)+len(two) > 4000 {
			return
		}
		p := program([]txtar.File{{Name: "go.mod", Data: []byte("module x/y-go\n")}, {Name: "a.go", Data: []byte(one)}, {Name: "b.go", Data: []byte(two)}, {Name: "pkg/b.go", Data: []byte(two)}})
		for _, path := range p.Paths() {
			if first, second := everything(p, path), everything(p, path); first != second {
				t.Errorf("%s: asked twice, answered twice:\n%s\n%s", path, first, second)
			}
		}
	})
}

func TestMentions(t *testing.T) {
	cases := []struct {
		language syntax.Language
		text     string
		want     string
	}{
		{syntax.Python, "import os, agents.mcp as m\n", "os agents.mcp"},
		{syntax.Python, "from agents import (Agent, Runner)\n", "agents agents.Agent agents.Runner"},
		{syntax.Python, "  from . import tools\n", ". .tools"},
		{syntax.Python, "from ..a.b import c as d\n", "..a.b ..a.b.c"},
		{syntax.Python, "m = importlib.import_module('a.b')\nn = __import__(\"c\")\nimport_module(d)\n", "a.b c"},
		{syntax.Python, "\ufeffimport os\nfrom a import b\n", "os a a.b"},
		{syntax.Python, "\ufefffrom agents import Agent\n", "agents agents.Agent"},
		{syntax.Python, "reimport = 1\nimportlib.x()\n", ""},
		{syntax.Python, "x = 1; import crewai\n", ""},
		{syntax.Notebook, `"source": ["import langgraph\n", "from agents import Agent\n"]`, "langgraph agents agents.Agent"},
		{syntax.TypeScript, `import { a } from "@openai/agents"; import "./x"; const y = require('ai'); await import("./z")`, "./x ./z @openai/agents ai"},
		{syntax.Go, "package a\n\nimport \"fmt\"\n\nimport (\n\t// \"none\"\n\tx \"a/b\"\n\t_ \"c/d\" // e\n)\n\nvar s = `import \"no\"`\n", "fmt a/b c/d"},
	}
	for _, c := range cases {
		var names []string
		for _, m := range code.Mentions([]byte(c.text), c.language) {
			names = append(names, m.Name)
			if got := c.text[m.Offset:]; !strings.HasPrefix(got, strings.TrimLeft(m.Name, "")) && !strings.Contains(m.Name, ".") {
				t.Errorf("%q: %s is not at %d", c.text, m.Name, m.Offset)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%q: got %s, want %s", c.text, got, c.want)
		}
	}
}

func BenchmarkResolver(b *testing.B) {
	archive, err := txtar.ParseFile("testdata/calls.txtar")
	if err != nil {
		b.Fatal(err)
	}
	size := 0
	for _, f := range archive.Files {
		size += len(f.Data)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		p := program(archive.Files)
		for _, path := range p.Paths() {
			everything(p, path)
		}
	}
}
