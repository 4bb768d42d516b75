package code

import (
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// setElsewhere tells whether a name of a module of Python may be set by others: by a file that imports it, or by its
// name as a text.
func (r *Resolver) setElsewhere(l *loaded, name string) bool {
	if sets := l.setsByName(); sets[name] || sets[anyName] || sets[anyOther] {
		return true
	}
	importers, known := r.program.importers[l.module.Path]
	if known && importers == nil {
		return name != strings.ToUpper(name) // too many to look at: what is called like a constant is taken for one
	}
	for _, path := range importers {
		if source.Scope(path) == source.ScopeTest && source.Scope(l.module.Path) != source.ScopeTest {
			continue
		}
		if other := r.load(r.program.modules[path]); other.tree != nil && (other.setsByName()[name] || other.setsByName()[anyOther]) {
			return true
		}
	}
	return false
}

// anyName stands for computed names of the file itself, anyOther for those of what may be another.
const (
	anyName  = "*"
	anyOther = "**"
)

// setsByName lists the attributes of what is not the object itself that a file sets, and the names that it sets by
// their text.
func (l *loaded) setsByName() map[string]bool {
	l.setsOnce.Do(func() {
		l.sets = map[string]bool{}
		l.tree.Root().Walk(func(n syntax.Node) bool {
			switch {
			case n.Is(syntax.Attr) && isSet(n) && !n.Child(0).TextIs("self") && !n.Child(0).TextIs("cls"):
				l.sets[n.Text()] = true
			case n.Is(syntax.Call) && n.Child(0).TextIs("setattr"):
				if name := n.Child(2); name.Is(syntax.String) {
					l.sets[name.Text()] = true
				} else if !ownObject(n.Child(1)) {
					l.sets[anyOther] = true
				}
			case n.Is(syntax.Attr) && n.TextIs("__dict__") && !ownObject(n.Child(0)):
				switch p := n.Parent(); {
				case p.Is(syntax.Subscript) && n == p.Child(0) && !isSet(p): // read
				case p.Is(syntax.Subscript) && n == p.Child(0) && p.Child(1).Is(syntax.String):
					l.sets[p.Child(1).Text()] = true
				case p.Is(syntax.Attr) && dictReads[p.Text()], p.Is(syntax.Compare, syntax.For, syntax.CompFor, syntax.Interp, syntax.Return):
				default:
					l.sets[anyOther] = true
				}
			case n.Is(syntax.Call) && (n.Child(0).TextIs("globals") || n.Child(0).TextIs("vars")) && n.Child(0).Is(syntax.Name):
				switch p := n.Parent(); {
				case p.Is(syntax.Subscript) && isSet(p):
					if key := p.Child(1); key.Is(syntax.String) {
						l.sets[key.Text()] = true
					} else {
						l.sets[anyName] = true
					}
				case p.Is(syntax.Attr) && (p.TextIs("update") || p.TextIs("setdefault")):
					l.sets[anyName] = true
				}
			}
			return true
		})
	})
	return l.sets
}

// dictReads are methods of dictionaries that only read.
var dictReads = map[string]bool{"get": true, "items": true, "keys": true, "values": true, "copy": true}

// ownObject tells whether an expression is the object or the class around it.
func ownObject(n syntax.Node) bool { return n.TextIs("self") || n.TextIs("cls") }
