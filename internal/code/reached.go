package code

import (
	"slices"
	"strings"

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
	attrs   map[string]bool // attributes of objects
	objects []syntax.Node   // objects of which it reaches any attribute
}

// reaching are calls that reach the names of the module around them.
var reaching = map[string]bool{"globals": true, "vars": true, "locals": true, "eval": true, "exec": true}

// textual finds once how a file reaches names by texts.
func (l *loaded) textual() *byText {
	l.textsOnce.Do(func() {
		l.texts.names, l.texts.attrs = map[string]bool{}, map[string]bool{}
		if l.module.language == syntax.Go {
			return
		}
		if l.module.language == syntax.TypeScript {
			l.tree.Root().Walk(func(n syntax.Node) bool { l.texts.script(n); return true })
			return
		}
		l.tree.Root().Walk(func(n syntax.Node) bool {
			switch {
			case n.Is(syntax.Attr) && n.TextIs("__dict__"):
				l.texts.members(n.Child(0), n)
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
	case name == "getattr", name == "__getattribute__", name == "attrgetter", name == "vars" && n.Count() > 1:
		t.attribute(n, name)
	}
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

// attribute notes a call of Python that reaches attributes by texts.
func (t *byText) attribute(n syntax.Node, name string) {
	object, key := n.Child(1), n.Child(2)
	switch {
	case name == "vars":
		t.members(object, n)
		return
	case name == "attrgetter":
		for c := range n.Children() {
			if c.Is(syntax.String) {
				for part := range strings.SplitSeq(c.Text(), ".") {
					t.attrs[part] = true
				}
			}
		}
		return
	case name == "__getattribute__":
		object, key = n.Child(0).Child(0), n.Child(1)
	}
	if key.Is(syntax.String) {
		t.attrs[key.Text()] = true
		return
	}
	t.objects = append(t.objects, object)
}

// members notes that a file has all attributes of an object in a dictionary, and reads one of them or any.
func (t *byText) members(object, dictionary syntax.Node) {
	p := dictionary.Parent()
	key := p.Child(1)
	if p.Is(syntax.Attr) && p.TextIs("get") && p.Parent().Is(syntax.Call) {
		p, key = p.Parent(), p.Parent().Child(1)
	}
	switch {
	case p.Is(syntax.Subscript, syntax.Call) && key.Is(syntax.String):
		t.attrs[key.Text()] = true
	case p.Is(syntax.Attr) && (p.TextIs("update") || p.TextIs("keys")), p.Is(syntax.Subscript) && isSet(p):
	default:
		t.objects = append(t.objects, object)
	}
}

// script notes how a script reaches attributes by texts, and by the names that a parameter is taken apart into.
func (t *byText) script(n syntax.Node) {
	switch {
	case n.Is(syntax.Subscript) && n.Child(1).Is(syntax.String):
		t.attrs[n.Child(1).Text()] = true
	case n.Is(syntax.Subscript) && n.Child(0).Is(syntax.Name) && !n.Child(1).Is(syntax.Number):
		t.objects = append(t.objects, n.Child(0))
	case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && (n.Child(0).Child(0).TextIs("Object") || n.Child(0).Child(0).TextIs("Reflect")) && n.Count() > 1:
		for c := range n.Children() {
			if c.Is(syntax.Name) {
				t.objects = append(t.objects, c)
			}
		}
	case n.Is(syntax.Param) && n.Text() == "":
		for pair := range n.Child(0).Pairs() {
			t.attrs[pair.Text()] = true
		}
	}
}

// unnamed tells whether a file may reach an attribute that an object of a class of a module keeps, without saying its name as one.
func (r *Resolver) unnamed(l *loaded, home *Module, name string) bool {
	t := l.textual()
	return t.attrs[name] || slices.ContainsFunc(t.objects, func(object syntax.Node) bool {
		if object.TextIs("self") || object.TextIs("this") || object.TextIs("cls") {
			class := enclosingClass(object)
			return l.module == home || class.IsZero() || class.First(syntax.Base).Is(syntax.Base)
		}
		if !r.look(1) {
			return true
		}
		for _, one := range r.eval(object, nil).Each() {
			switch def := one.Ref.Def; {
			case one.Is(Unknown), one.Is(Instance) && def != nil && def.Module == home:
				return true
			}
		}
		return false
	})
}

// below lists the modules of the program that a file imports.
func (r *Resolver) below(l *loaded) (all []*Module) {
	add := func(t target) {
		for _, m := range t.modules {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	for _, n := range l.fromStatements() {
		t := r.fromTarget(l, n)
		add(t)
		if n.Is(syntax.ImportFrom) && l.module.language == syntax.Python {
			for a := range n.All(syntax.Alias) { // from . import other
				dot := "."
				if n.Text() == "" {
					dot = ""
				}
				add(r.importTarget(l.module, n.Op(), n.Text()+dot+a.Text()))
			}
		}
	}
	for _, n := range l.imports {
		for a := range n.All(syntax.Alias) {
			add(r.importTarget(l.module, 0, a.Text()))
		}
	}
	return all
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
