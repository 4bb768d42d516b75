package code_test

import (
	"strings"
	"testing"

	"fermata/internal/code"
	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestUsesUnseen holds that an object is not said to have all its uses seen where it is reached in a way that is not
// followed, and is where what looks alike is something else.
func TestUsesUnseen(t *testing.T) {
	const made = "agent = Desk()\nagent.run('x')\n"
	keeps := func(body string) string {
		return "class C:\n    def __init__(self, agent):\n        self.agent = agent\n    def go(self, q):\n        " + body + "\n"
	}
	cases := []struct {
		name, own, other string
		want             bool
	}{
		{"alone", made, "", true},
		{"globals", made + "globals()['agent'].run(input())\n", "", false},
		{"a dictionary of a function", made + "def f(x):\n    return vars(x)\n", "", true},
		{"eval", made + "eval('agent.run(1)')\n", "", false},
		{"model.eval", made + "model.eval()\n", "", true},
		{"Fire", made + "import fire\nfire.Fire()\n", "", false},
		{"a name in a pattern", made + "match agent:\n    case other:\n        other.run(input())\n", "", false},
		{"a class as a pattern", made + "match agent:\n    case Desk():\n        print('desk')\n    case _:\n        print('none')\n", "", true},
		{"import_module", made, "import importlib\nmod = importlib.import_module('a')\nmod.agent.run(input())\n", false},
		{"import_module of another", made, "import a\nimport importlib\nmod = importlib.import_module('c')\n", true},
		{"getattr", made, "import a\ngetattr(a, 'agent').run(input())\n", false},
		{"getattr of another name", made, "import a\ngetattr(a, 'order')\n", true},
		{"kept in two files under one name", "from b import C as One\nfrom c import C as Two\n" + made + "one = One(agent)\ntwo = Two(agent)\n", keeps("return self.agent.run('x')"), false},
		{"kept in one file", "from b import C as One\n" + made + "one = One(agent)\n", keeps("return self.agent.run('x')"), true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := program([]txtar.File{{Name: "a.py", Data: []byte(c.own)}, {Name: "b.py", Data: []byte(c.other)}, {Name: "c.py", Data: []byte(keeps("return self.agent.run(q)"))}})
			importers := map[string][]string{}
			for _, path := range p.Paths() {
				for _, m := range code.Mentions(p.Module(path).Tree().File.Content(), syntax.Python) {
					for _, target := range p.Imported(path, m.Name) {
						importers[target] = append(importers[target], path)
					}
				}
			}
			p.Importers(importers)
			r := p.Resolver("a.py")
			var made syntax.Node
			r.Tree().Root().Walk(func(n syntax.Node) bool {
				if n.Is(syntax.Call) && n.Child(0).TextIs("Desk") && made.IsZero() {
					made = n
				}
				return true
			})
			u := &code.Uses{
				Call: func(call, use syntax.Node) code.Verdict {
					if strings.Contains(call.Source(), ".run('x')") {
						return code.Fine
					}
					return code.Lost
				},
				Read: func(syntax.Node) code.Verdict { return code.Lost },
				Set:  func(syntax.Node) bool { return false },
			}
			if got := r.Follow(made, u); got != c.want {
				t.Errorf("all its uses are seen: %v, want %v", got, c.want)
			}
		})
	}
}

// TestCallersUnderOtherNames holds that a function that a file imports under another name is called there, and that what
// is passed on by a second file is.
func TestCallersUnderOtherNames(t *testing.T) {
	for other, want := range map[string]bool{
		"from a import go as start\nstart(input())\n":          false,
		"from a import go as start\nstart('x')\n":              true,
		"from a import rest as start\nstart(input())\n":        true,
		"from a import go\ndef f(run=go):\n    run(input())\n": false,
	} {
		p := program([]txtar.File{{Name: "a.py", Data: []byte("def rest(text):\n    pass\ndef go(text):\n    say(text)\ngo('x')\n")}, {Name: "b.py", Data: []byte(other)}})
		p.Importers(map[string][]string{"a.py": {"b.py"}})
		r := p.Resolver("a.py")
		r.Tree().Root().Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Call) && n.Child(0).TextIs("say") {
				if got := r.Written(n.Child(1)); got != want {
					t.Errorf("%s: %v, want %v", other, got, want)
				}
			}
			return true
		})
	}
}
