package code

import (
	"maps"

	"fermata/internal/syntax"
)

// filledElsewhere lists the statements by which functions of a module of Python change a name of the module that they
// do not bind themselves: a registry that stands empty at the top and is filled by setup(). It is found when first
// asked for, which is where a module holds such a registry.
func (l *loaded) filledElsewhere(name string) []binding {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.filled == nil {
		l.filled = map[string][]binding{}
		l.fill(l.tree.Root(), map[string]bool{}, 0)
	}
	return l.filled[name]
}

// fill collects what the functions within a node change. Own holds the names that functions around it bind.
func (l *loaded) fill(n syntax.Node, own map[string]bool, depth int) {
	for c := range n.Children() {
		if !c.Is(syntax.FuncDef) {
			if depth < maxNesting {
				l.fill(c, own, depth+1)
			}
			continue
		}
		inner := newScope(l, c)
		bound := own
		for name, bindings := range inner.names {
			if !inner.outer[name] && binds(bindings) {
				if len(bound) == len(own) {
					bound = maps.Clone(own)
				}
				bound[name] = true
			}
		}
		for name, bindings := range inner.names {
			if bound[name] || l.top.names[name] == nil {
				continue
			}
			for _, b := range bindings {
				if b.kind == bindMutate {
					l.filled[name] = append(l.filled[name], b)
				}
			}
		}
		if depth < maxNesting {
			l.fill(c, bound, depth+1)
		}
	}
}

// maxNesting is how deep functions and statements within each other are looked through.
const maxNesting = 200
