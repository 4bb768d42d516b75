package code

import (
	"maps"

	"fermata/internal/syntax"
)

// fillable tells whether functions that stand in a scope are looked through for what they put into its registries: those
// of a module, and of a function, whose inner functions keep a registry between them. Of functions of Python that is asked of
// dictionaries only: most of their lists are filled where they stand.
func fillable(s *scope, v *Value) bool {
	switch s.of.module.language {
	case syntax.TypeScript:
		return s.node.Is(syntax.Module, syntax.FuncDef, syntax.Lambda)
	case syntax.Go:
		return false
	}
	return s.node.Is(syntax.Module) || s.node.Is(syntax.FuncDef) && v.Kind == Dict
}

// filledElsewhere lists the statements by which functions that stand in a scope change a name of the scope that they
// do not bind themselves: a registry that stands empty at the top and is filled by setup(). It is found when first
// asked for, which is where the scope holds such a registry.
func (l *loaded) filledElsewhere(scope syntax.Node, name string) []binding {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.filled[scope.Index()]
	if !ok {
		known = changes{}
		l.fill(known, scope, map[string]bool{}, 0, 0)
		put(&l.filled, scope.Index(), known)
	}
	return known[name]
}

// changes are the statements that change what names hold, by the names.
type changes map[string][]binding

// fill collects what the functions within a node change. Own holds the names that functions around it bind.
func (l *loaded) fill(found changes, n syntax.Node, own map[string]bool, depth, functions int) {
	for c := range n.Children() {
		if !c.Is(syntax.FuncDef) && !(c.Is(syntax.Lambda) && l.module.language == syntax.TypeScript) {
			if depth < maxNesting {
				l.fill(found, c, own, depth+1, functions)
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
			if bound[name] {
				continue
			}
			for _, b := range bindings {
				if b.kind == bindMutate {
					found[name] = append(found[name], b)
				}
			}
		}
		if depth < maxNesting && functions < maxFunctions {
			l.fill(found, c, bound, depth+1, functions+1)
		}
	}
}

// Bounds of how deep statements, and functions within each other, are looked through. Each function is looked through again
// for the scopes around it, so that the second keeps the work of a file in step with its length.
const (
	maxNesting   = 200
	maxFunctions = 10
)
