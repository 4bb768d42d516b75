package code

import "fermata/internal/syntax"

// Plain tells by the text alone that an expression is no object: a text, a number, a list, a dictionary, a condition,
// or a name that is only ever set to such. It says false where it cannot tell. Evaluating a list that a loop fills can
// take long; whoever looks for objects need not.
func (r *Resolver) Plain(n syntax.Node) bool { return r.plain(n, 0) }

// deepestPlain is how many names behind each other are looked through.
const deepestPlain = 8

func (r *Resolver) plain(n syntax.Node, depth int) bool {
	if depth > deepestPlain || inGo(n) {
		return false
	}
	switch n.Kind() {
	case syntax.String, syntax.FString, syntax.Number, syntax.Bool, syntax.Null, syntax.List, syntax.Tuple, syntax.Set, syntax.Map, syntax.Comp, syntax.Compare:
		return true
	case syntax.Cond:
		return r.plain(n.Child(1), depth+1) && r.plain(n.Child(2), depth+1)
	case syntax.Name:
		return r.plainName(n, depth)
	}
	return false
}

// plainName is plain for a name: all that is bound to it must be.
func (r *Resolver) plainName(n syntax.Node, depth int) bool {
	_, bindings := r.meaning(n)
	for i := range bindings {
		switch b := &bindings[i]; b.kind {
		case bindMutate, bindAugment: // what it is stays the same
		case bindAssign:
			if len(b.path) > 0 || within(n, b.node) || !r.plain(b.value, depth+1) {
				return false
			}
		default:
			return false
		}
	}
	return len(bindings) > 0
}
