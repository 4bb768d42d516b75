package code

import "fermata/internal/syntax"

// meaning is the scope that a name means where it stands, with all that is bound to it there: also what functions
// within that scope set it to, which say so (nonlocal) or declare no name of their own (JavaScript). Nil where nothing
// binds it.
func (r *Resolver) meaning(n syntax.Node) (*scope, []binding) {
	name, first := n.Text(), true
	var nearest *scope // where a script sets it and declares it nowhere
	for s := scopeOf(n); !s.IsZero(); s = scopeOf(s) {
		if !s.Is(syntax.ClassDef) || first {
			sc := r.scope(s)
			if bindings, ok := sc.names[name]; ok && !sc.outer[name] && binds(bindings) {
				if declares(bindings) {
					return sc, r.bindings(sc, name)
				}
				if nearest == nil {
					nearest = sc
				}
			}
		}
		if s.Is(syntax.Module) {
			break
		}
		if !s.Is(syntax.Comp) {
			first = false
		}
	}
	if nearest == nil {
		return nil, nil
	}
	return nearest, r.bindings(nearest, name)
}

// declares tells whether a scope has a name of its own: only JavaScript sets names that it does not.
func declares(bindings []binding) bool {
	for i := range bindings {
		if b := &bindings[i]; b.kind != bindMutate && b.kind != bindAugment && !(b.node.Is(syntax.Assign) && b.node.Op() == 1) {
			return true
		}
	}
	return false
}

// bindings are what a scope binds to a name itself, and what functions within it bind to it.
func (r *Resolver) bindings(s *scope, name string) []binding {
	own := s.names[name]
	outward := s.of.outward()[name]
	if len(outward) == 0 {
		return own
	}
	all := own[:len(own):len(own)]
	for _, b := range outward {
		if r.reachesOut(b.node, name, s.node) {
			all = append(all, b)
		}
	}
	return all
}

// reachesOut tells whether what a statement within a scope sets is the scope's name, and no function between has a name
// of its own that is called the same.
func (r *Resolver) reachesOut(n syntax.Node, name string, to syntax.Node) bool {
	at := scopeOf(n)
	if at == to {
		return n.Is(syntax.Walrus) // the others are its own
	}
	for ; at != to; at = scopeOf(at) {
		if sc := r.scope(at); declares(sc.names[name]) && !sc.outer[name] || at.Is(syntax.Module) {
			return false
		}
	}
	return true
}

// outward lists what the functions of a file bind in scopes around them, by name: in Python what they call nonlocal, in
// JavaScript what is set without being declared there. It is found once for a file.
func (l *loaded) outward() map[string][]binding {
	l.outwardOnce.Do(func() {
		switch {
		case l.module.language == syntax.TypeScript:
			l.set = scriptSets(l.tree.Root())
		case l.nonlocal:
			l.set = nonlocals(l)
		}
	})
	return l.set
}

// scriptSets lists the assignments of a script that declare nothing.
func scriptSets(root syntax.Node) map[string][]binding {
	set := map[string][]binding{}
	var target func(t, statement, value syntax.Node)
	target = func(t, statement, value syntax.Node) {
		switch t.Kind() {
		case syntax.Name:
			set[t.Text()] = append(set[t.Text()], binding{kind: bindAssign, node: statement, value: value})
		case syntax.List, syntax.Map, syntax.Pair, syntax.Spread:
			for c := range t.Children() {
				if !t.Is(syntax.Pair) || c != t.Child(0) {
					target(c, statement, value)
				}
			}
		case syntax.Walrus: // a default in a pattern
			target(t.Child(0), statement, value)
			target(t.Child(0), statement, t.Child(1))
		}
	}
	root.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Assign) && n.Op() == 1:
			target(n.Child(0), n, n.Child(-1))
		case n.Is(syntax.AugAssign) && n.Child(0).Is(syntax.Name):
			set[n.Child(0).Text()] = append(set[n.Child(0).Text()], binding{kind: bindAugment, node: n, value: n.Child(1)})
		case n.Is(syntax.Walrus) && n.Child(0).Is(syntax.Name):
			set[n.Child(0).Text()] = append(set[n.Child(0).Text()], binding{kind: bindAssign, node: n, value: n.Child(1)})
		}
		return true
	})
	return set
}

// nonlocals lists what functions of Python bind in functions around them.
func nonlocals(l *loaded) map[string][]binding {
	set := map[string][]binding{}
	l.tree.Root().Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Simple) || !n.TextIs("nonlocal") {
			return true
		}
		function := outerScope(n)
		inner := newScope(l, function)
		for c := range n.Children() {
			for _, b := range inner.names[c.Text()] {
				if b.kind != bindParam {
					set[c.Text()] = append(set[c.Text()], b)
				}
			}
		}
		return false
	})
	return set
}
