package code

import "fermata/internal/syntax"

// A registry that a decorator fills is filled once for each definition that the decorator stands on, with what the decorator
// was given: @tool("find") def search(…) keeps search under "find".

// marked gives a function as it runs for each definition that it is handed as a decorator: it stands there itself, or it is
// what the function around it gives.
func (r *Resolver) marked(function syntax.Node) (all []filler) {
	home := r.at(function)
	if r.brief || home.module.language != syntax.Python || !function.Is(syntax.FuncDef) {
		return nil
	}
	files := append([]*loaded{home}, r.importing(home)...)
	for _, l := range files {
		for _, d := range r.decoratorsOf(l, function.Text()) {
			all = append(all, r.markedAt(function, d.Child(0), d)...)
		}
	}
	maker := functionAround(function)
	if maker.IsZero() || calledAs(maker) == "" || !r.gives(maker, function.Text()) {
		return all
	}
	for _, l := range files {
		for _, site := range r.sitesOf(l, calledAs(maker)) {
			if d := site.Parent(); d.Is(syntax.Decorator) {
				all = append(all, r.markedAt(function, site, d)...)
			}
		}
	}
	return all
}

// keepsGiven tells whether a statement keeps what its function was given, or a function that stands in it, and nothing that
// the function makes of it: that is an object of its own, which is known by where it is made.
func (r *Resolver) keepsGiven(function, n syntax.Node) bool {
	names, ok := r.scope(function).names, true
	n.Walk(func(c syntax.Node) bool {
		if c.Is(syntax.Name) {
			for _, b := range names[c.Text()] {
				ok = ok && (b.kind == bindParam || b.kind == bindMutate || b.node.Is(syntax.FuncDef))
			}
		}
		return ok
	})
	return ok
}

// gives tells whether a function returns what stands under a name in it.
func (r *Resolver) gives(function syntax.Node, name string) bool {
	for _, e := range r.returnsOf(function) {
		if e.Is(syntax.Name) && e.TextIs(name) {
			return true
		}
	}
	return false
}

// markedAt is the function as it runs for the definition under a decorator; none where the decorator is another.
func (r *Resolver) markedAt(function, e, decorator syntax.Node) []filler {
	on := decorator.Parent()
	if !on.Is(syntax.FuncDef, syntax.ClassDef) || on == function {
		return nil
	}
	for one := range r.eval(e, nil).alternatives() {
		if one.Kind != Function || one.Node != function || one.frame.running(function) {
			continue
		}
		given := *one
		given.more = &more{whole: true, extra: []extra{{"", r.definition(on, nil)}}}
		key := frameKey{function, one.frame.at(function), nil, decorator, 0}
		return []filler{{one.self, r.enterKey(key, func() passing { return r.bind(&given, decorator, nil) })}}
	}
	return nil
}
