package code

import (
	"cmp"
	"slices"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Registries are filled by calls: register(tool) puts what it is given into a table, and what the table holds is what
// all calls of it pass, each call for itself and each round of the loops around it, so that a name stays with the
// function that was registered under it.

// Bounds of looking for the calls that fill a registry.
const (
	mostFillers = 32 // files that import the registry and are searched for calls
	deepestFill = 3  // functions that register by calling each other
)

// filler is a function as it runs for one call that fills a registry.
type filler struct {
	self  *Value // the object whose method is called; nil for a function
	frame *frame
}

// runs gives the frames in which a statement changes what a registry holds: one for each round of the loops around it
// and, where it depends on what the function around it is called with, for each call of that function. Of is the object
// that keeps the registry, nil where a name does.
func (r *Resolver) runs(n, scope syntax.Node, of *Value, f *frame) []*frame {
	function := functionAround(n)
	if r.refOnly || function.IsZero() || f.of(function) != nil || of == nil && function == scope || !r.takesPart(function, n) {
		return r.unroll(n, scope, f)
	}
	var all []*frame
	calls := r.fillers(function, 0)
	if r.keepsGiven(function, n) {
		calls = append(calls[:len(calls):len(calls)], r.marked(function)...)
	}
	for _, call := range calls {
		if of != nil && call.self != nil && otherObject(of, call.self) {
			continue
		}
		if all = append(all, r.unroll(n, function, call.frame)...); len(all) > maxUnroll {
			return all[:maxUnroll]
		}
	}
	if len(all) == 0 {
		return r.unroll(n, scope, f)
	}
	return all
}

// functionAround is the function whose code a statement is of; the zero Node at the top of a file or class.
func functionAround(n syntax.Node) syntax.Node {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.FuncDef, syntax.Lambda:
			return p
		case syntax.ClassDef:
			return syntax.Node{}
		}
	}
	return syntax.Node{}
}

// takesPart tells whether an expression or statement names something that the function binds for each call: a parameter,
// or what it makes of one.
func (r *Resolver) takesPart(function, n syntax.Node) bool {
	self := ""
	if !enclosingClass(function).IsZero() && function.Is(syntax.FuncDef) && functionAround(function).IsZero() {
		self = selfName(function)
	}
	params := false
	for p := range function.All(syntax.Param) {
		params = params || p.Text() != self
	}
	if !params {
		return false
	}
	names := r.scope(function).names
	found := false
	n.Walk(func(c syntax.Node) bool {
		if c.Is(syntax.Name) && !c.TextIs(self) {
			_, bound := names[c.Text()]
			found = found || bound
		}
		return !found
	})
	return found
}

// otherObject tells whether two objects are two for sure: different calls make them.
func otherObject(a, b *Value) bool {
	return a.Call.Is(syntax.Call) && b.Call.Is(syntax.Call) && a.Call != b.Call
}

// fillers lists the calls of a function, as it runs for each of them.
func (r *Resolver) fillers(function syntax.Node, depth int) []filler {
	if known, ok := r.filledBy[function]; ok {
		return known
	}
	if depth > deepestFill || r.filling[function] {
		return nil // functions that call each other
	}
	put(&r.filling, function, true)
	defer delete(r.filling, function)
	var all []filler
	for _, site := range r.fillingSites(function) {
		run := r.ranAt(site, function)
		if run == nil {
			continue
		}
		for _, g := range r.runsAround(site, depth) {
			if max(g.depth(), run.frame.depth()) >= maxCalls || g.running(function) || run.frame.running(function) {
				break
			}
			all = append(all, r.ran(run, site, g)...)
		}
		if len(all) >= maxUnroll {
			all = all[:maxUnroll]
			break
		}
	}
	if depth == 0 {
		put(&r.filledBy, function, all)
	}
	return all
}

// runsAround gives the frames in which a call runs: those of the loops around it, for each call of the function that it
// stands in where that matters.
func (r *Resolver) runsAround(site syntax.Node, depth int) []*frame {
	around := functionAround(site)
	if around.IsZero() || !r.takesPart(around, site) {
		return r.unroll(site, outerScope(site), nil)
	}
	var all []*frame
	for _, call := range r.fillers(around, depth+1) {
		all = append(all, r.unroll(site, around, call.frame)...)
	}
	if len(all) == 0 {
		return r.unroll(site, outerScope(site), nil)
	}
	return all
}

// ran gives a function as it runs at a call: once, or once for each member of the list that forEach hands it.
func (r *Resolver) ran(run *Value, site syntax.Node, g *frame) []filler {
	function, g := run.Node, g.at(site)
	if !isEach(site) || site.Child(1).IsZero() || r.eval(site.Child(0), g).Is(Function) {
		return []filler{{run.self, r.enter(function, run.frame.at(function), site, g, func() passing { return r.bind(run, site, g) })}}
	}
	members, _ := r.eachMember(site.Child(0).Child(0), g)
	var all []filler
	for i, member := range members {
		if i >= maxUnroll {
			break
		}
		given := *run
		given.more = &more{whole: true, extra: []extra{{"", member}}}
		key := frameKey{function, run.frame.at(function), g, site, i}
		all = append(all, filler{run.self, r.enterKey(key, func() passing { return r.bind(&given, site, g) })})
	}
	return all
}

// ranAt is the function that a call calls, or that forEach is handed there, with the object that it is of; nil where it is
// another.
func (r *Resolver) ranAt(site, function syntax.Node) *Value {
	expressions := [...]syntax.Node{site.Child(0), {}}
	if isEach(site) {
		expressions[1] = site.Child(1)
	}
	for _, e := range expressions {
		if e.IsZero() {
			continue
		}
		for one := range r.eval(e, nil).alternatives() {
			if one.Kind == Function && one.Node == function {
				return one
			}
		}
	}
	return nil
}

// fillingSites lists the calls that may be of a function: in its own file, and in those that import it.
func (r *Resolver) fillingSites(function syntax.Node) []syntax.Node {
	if each := function.Parent(); function.Is(syntax.Lambda) && isEach(each) && each.Child(1) == function {
		return []syntax.Node{each}
	}
	home, name := r.at(function), calledAs(function)
	if name == "" {
		return nil
	}
	sites := r.sitesByName(home, name)
	for _, l := range r.importing(home) {
		sites = append(sites[:len(sites):len(sites)], r.sitesByName(l, name)...)
	}
	return sites
}

// importing lists the files that import one, and then those that import these: what a registry is made of and what it is
// filled with may each have a file of its own. Tests fill it for themselves.
func (r *Resolver) importing(home *loaded) (files []*loaded) {
	seen := map[string]bool{home.module.Path: true}
	level := append(r.siblings(home.module), r.program.importers[home.module.Path]...)
	for range 2 {
		var next []string
		for _, path := range level {
			if seen[path] || len(files) >= mostFillers || source.Scope(path) == source.ScopeTest {
				continue
			}
			seen[path] = true
			if l := r.load(r.program.modules[path]); l.tree != nil {
				files = append(files, l)
				next = append(next, r.program.importers[path]...)
			}
		}
		level = next
	}
	return files
}

// sitesByName lists the calls of a file of what has a name, and those of forEach that are handed it.
func (r *Resolver) sitesByName(l *loaded, name string) []syntax.Node {
	sites := r.sitesOf(l, name)
	if l.module.language != syntax.TypeScript {
		return sites
	}
	for _, each := range r.sitesOf(l, "forEach") {
		if handed := each.Child(1); handed.Is(syntax.Name, syntax.Attr) && handed.TextIs(name) {
			sites = append(sites[:len(sites):len(sites)], each)
		}
	}
	return slices.SortedFunc(slices.Values(sites), func(a, b syntax.Node) int { return cmp.Compare(a.Index(), b.Index()) })
}

// calledAs is the name by which a function is called: its own, that of the variable which holds it, or that of the class
// that it makes objects of.
func calledAs(function syntax.Node) string {
	if function.Is(syntax.FuncDef) {
		if name := function.Text(); name != "__init__" && name != "constructor" {
			return name
		}
		return enclosingClass(function).Text()
	}
	switch p := function.Parent(); {
	case p.Is(syntax.Assign) && p.Child(-1) == function && p.Child(0).Is(syntax.Name, syntax.Attr):
		return p.Child(0).Text()
	case p.Is(syntax.Pair) && p.Child(1) == function: // { register: (t) => … }
		return p.Child(0).Text()
	}
	return ""
}

// isEach tells whether a call is JavaScript's list.forEach(…).
func isEach(n syntax.Node) bool {
	return n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("forEach")
}

// eachMember gives what forEach hands its function, one after the other: of a Map the values.
func (r *Resolver) eachMember(n syntax.Node, f *frame) ([]*Value, bool) {
	if v := r.eval(n, f); v.isMap() {
		held := r.mapHolds(v)
		var members []*Value
		if held != nil {
			for _, pair := range held.Pairs {
				members = append(members, pair.Value)
			}
		}
		return members, held != nil && !held.Open
	}
	return r.iterate(n, f)
}
