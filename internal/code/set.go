package code

import (
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// setElsewhere tells whether a name of a module of Python may be set by others: by a file that imports it, or by its
// name as a text.
func (r *Resolver) setElsewhere(l *loaded, name string) bool {
	if sets := l.setsByName(); sets[name] || sets[anyName] {
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
		if other := r.load(r.program.modules[path]); other.tree != nil && other.setsByName()[name] {
			return true
		}
	}
	return false
}

// anyName stands for names that are computed.
const anyName = "*"

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
