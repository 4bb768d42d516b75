package code

import (
	"slices"

	"fermata/internal/syntax"
)

// Python reaches what a module holds by its name as a text too. Where a file does so, what it does with a name of the
// module is not seen.

// byText is how a file reaches what modules hold by texts.
type byText struct {
	own     bool            // the names of its own module
	other   bool            // those of modules that nothing says the names of
	modules []string        // those of modules that it imports by these names
	names   map[string]bool // these names
}

// reaching are calls that reach the names of the module around them.
var reaching = map[string]bool{"globals": true, "vars": true, "locals": true, "eval": true, "exec": true}

// textual finds once how a file reaches names by texts.
func (l *loaded) textual() *byText {
	l.textsOnce.Do(func() {
		l.texts.names = map[string]bool{}
		if l.module.language == syntax.TypeScript || l.module.language == syntax.Go {
			return
		}
		l.tree.Root().Walk(func(n syntax.Node) bool {
			switch {
			case n.Is(syntax.Attr) && n.TextIs("modules") && n.Child(0).TextIs("sys"):
				l.texts.own, l.texts.other = true, true
			case n.Is(syntax.Call):
				l.texts.call(n)
			}
			return true
		})
	})
	return &l.texts
}

func (t *byText) call(n syntax.Node) {
	callee := n.Child(0)
	switch name := callee.Text(); {
	case callee.Is(syntax.Name) && reaching[name]:
		key := n.Parent().Child(1)
		switch {
		case name == "eval", name == "exec":
			t.own = true
		case n.Count() > 1: // vars(args)
		case n.Parent().Is(syntax.Subscript) && key.Is(syntax.String):
			t.names[key.Text()] = true
		default:
			t.own = true
		}
	case name == "Fire" && n.Count() == 1: // the command line of all functions of the file
		t.own = true
	case name == "import_module", name == "__import__", name == "run_module", name == "run_path":
		if arg := n.Child(1); arg.Is(syntax.String) && name != "run_path" {
			t.modules = append(t.modules, arg.Text())
		} else {
			t.other = true
		}
	case callee.Is(syntax.Name) && name == "getattr" && !n.Child(1).TextIs("self") && !n.Child(1).TextIs("cls"):
		if arg := n.Child(2); arg.Is(syntax.String) {
			t.names[arg.Text()] = true
		}
	}
}

// reached tells whether a file may reach a name of a module, its own or one that it imports, by a text.
func (r *Resolver) reached(l *loaded, home *Module, name string) bool {
	t := l.textual()
	if l.module == home {
		return t.own || t.names[name]
	}
	return t.other || t.names[name] || slices.ContainsFunc(t.modules, func(module string) bool {
		return slices.Contains(r.importTarget(l.module, 0, module).modules, home)
	})
}

// captured tells whether a pattern of a match statement of Python gives what is matched, or a part of it, a name.
func captured(match syntax.Node) (yes bool) {
	for one := range match.All(syntax.Case) {
		for pattern := range one.Children() {
			if pattern.Is(syntax.Block, syntax.Guard) {
				continue
			}
			pattern.Walk(func(n syntax.Node) bool {
				if n.Is(syntax.Attr) {
					return false
				}
				if n.Is(syntax.Name) && !n.TextIs("_") && !(n.Parent().Is(syntax.ClassPattern) && n == n.Parent().Child(0)) {
					yes = true
				}
				return !yes
			})
		}
	}
	return yes
}
