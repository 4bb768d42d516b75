package code

import (
	"fermata/internal/syntax"
)

// reaches tells whether a binding can have happened before a use in the same scope.
func (r *Resolver) reaches(b *binding, use syntax.Node) bool {
	if b.kind == bindParam {
		return true
	}
	if within(use, b.node) {
		// A loop's target is bound in its body, a comprehension's everywhere in it, a with's after the item.
		switch {
		case b.kind == bindFor:
			return !within(use, b.value)
		case b.kind == bindWith, b.kind == bindExcept:
			return !within(use, b.value)
		}
		return false
	}
	if b.node.Is(syntax.CompFor) {
		return true
	}
	return start(b.node) < start(use) && !apart(b.node, use)
}

func start(n syntax.Node) int32 { return n.Span().Start }

// apart tells whether two places are in branches of one statement of which only one runs.
func apart(a, b syntax.Node) bool {
	child := a
	for p := a.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.If:
			if within(b, p) {
				other := branchOf(b, p)
				return other != child && child.Is(syntax.Block, syntax.Else) && other.Is(syntax.Block, syntax.Else)
			}
		case syntax.Match:
			if within(b, p) {
				other := branchOf(b, p)
				return other != child && child.Is(syntax.Case) && other.Is(syntax.Case)
			}
		case syntax.FuncDef, syntax.Module, syntax.ClassDef:
			return false
		}
		child = p
	}
	return false
}

// branchOf is the child of p that n is in.
func branchOf(n, p syntax.Node) syntax.Node {
	for q := n.Parent(); !q.IsZero(); q = q.Parent() {
		if q == p {
			return n
		}
		n = q
	}
	return syntax.Node{}
}

// unconditional tells whether a binding is sure to have happened where use stands (or at the end of the scope).
func unconditional(b, scope, use syntax.Node) bool {
	child := b
	for p := b.Parent(); !p.IsZero() && p != scope; p = p.Parent() {
		switch p.Kind() {
		case syntax.If:
			if child.Is(syntax.Block, syntax.Else) && !isMainGuard(p) && !within2(use, child) {
				return false
			}
		case syntax.Except, syntax.Case, syntax.For, syntax.While:
			if !within2(use, child) {
				return false
			}
		case syntax.Try:
			// The body of a try is what is meant to happen; but an import that may fail has its alternative.
			if child.Is(syntax.Else) || b.Is(syntax.Alias) && !within2(use, child) {
				return false
			}
		}
		child = p
	}
	return true
}

func within2(use, top syntax.Node) bool { return !use.IsZero() && within(use, top) }

// IsMainGuard recognises if __name__ == "__main__".
func IsMainGuard(n syntax.Node) bool { return isMainGuard(n) }

// isMainGuard recognises if __name__ == "__main__".
func isMainGuard(n syntax.Node) bool {
	c := n.Child(0)
	return c.Is(syntax.Compare) && c.Child(0).TextIs("__name__")
}
