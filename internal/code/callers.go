package code

import (
	"slices"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// called holds the calls of a function, and whether they are all that use it.
type called struct {
	sites []syntax.Node
	all   bool
}

// mostNames is under how many names, in how many files, a function is looked for.
const mostNames = 32

// Callers lists the calls of a function of the program outside tests, and tells whether they are all that use it.
func (r *Resolver) Callers(function syntax.Node) (sites []syntax.Node, all bool) {
	defer r.follows()()
	return r.callers(function)
}

// callers is Callers within a question. What was found for one question holds for the next.
func (r *Resolver) callers(function syntax.Node) (sites []syntax.Node, all bool) {
	if known, ok := r.callSites[function]; ok {
		return known.sites, known.all
	}
	found := r.callersOf(function)
	if !r.tired() {
		put(&r.callSites, function, found)
	}
	return found.sites, found.all
}

// nameAt is a name as the modules that import a file have it.
type nameAt struct {
	module *Module
	name   string
}

func (r *Resolver) callersOf(function syntax.Node) (c called) {
	home := r.at(function).module
	queue := []nameAt{{home, function.Text()}}
	seen := map[syntax.Node]bool{}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		paths, all := r.users(at.module)
		if !all || len(queue) > mostNames {
			return called{}
		}
		for _, path := range paths {
			l := r.load(r.program.modules[path])
			if l.tree == nil {
				continue
			}
			if !r.look(1) || r.reached(l, at.module, at.name) {
				return called{}
			}
			names := []string{at.name}
			for _, local := range r.importedAs(l, at) {
				if local != at.name {
					names = append(names, local)
				}
				if next := (nameAt{l.module, local}); !slices.Contains(queue, next) {
					queue = append(queue, next)
				}
			}
			for _, name := range names {
				if !r.callsIn(l, name, function, seen, &c) {
					return called{}
				}
			}
		}
	}
	c.all = true
	return c
}

// callsIn adds the calls of a function by a name in a file; false where it is used otherwise, or too often.
func (r *Resolver) callsIn(l *loaded, name string, function syntax.Node, seen map[syntax.Node]bool, c *called) bool {
	method := !enclosingClass(function).IsZero()
	for _, n := range l.mentions(name) {
		if n.Is(syntax.Alias) || n.Parent().Is(syntax.Alias) || seen[n] {
			continue
		}
		seen[n] = true
		if !r.look(1) {
			return false
		}
		v := r.eval(n, nil)
		if r.tired() || v.Kind == Unknown && n.Is(syntax.Attr) && method { // a method of nobody knows what
			return false
		}
		here := false
		for _, one := range v.Each() {
			here = here || one.Kind == Function && one.Node == function
		}
		if site := n.Parent(); here && site.Is(syntax.Call) && site.Child(0) == n {
			c.sites = append(c.sites, site)
		} else if here {
			return false
		}
	}
	return len(c.sites) <= mostCallers
}

// HandedOn tells whether the program hands a function on as a value: to a call, or in a list or a table. Another name for it
// in its file is the function still.
func (r *Resolver) HandedOn(function syntax.Node) bool {
	defer r.follows()()
	home := r.at(function).module
	paths, _ := r.users(home)
	for _, path := range paths {
		l := r.load(r.program.modules[path])
		if l.tree == nil {
			continue
		}
		for _, name := range append(r.importedAs(l, nameAt{home, function.Text()}), function.Text()) {
			for _, n := range l.mentions(name) {
				up := n.Parent()
				if n.Is(syntax.Alias) || up.Is(syntax.Alias, syntax.Assign) || up.Is(syntax.Call) && up.Child(0) == n || !r.look(1) {
					continue
				}
				for _, one := range r.eval(n, nil).Each() {
					if one.Is(Function) && one.Node == function {
						return true
					}
				}
			}
		}
	}
	return false
}

// importedAs lists the names under which a file has one of another module, where it imports it by that name.
func (r *Resolver) importedAs(l *loaded, at nameAt) (names []string) {
	if l.module == at.module {
		return nil
	}
	for _, n := range l.fromStatements() {
		if !slices.Contains(r.fromTarget(l, n).modules, at.module) {
			continue
		}
		for a := range n.All(syntax.Alias) {
			as := a.Child(0)
			switch {
			case !a.TextIs(at.name) && !(a.TextIs("*") && as.IsZero()):
			case as.Is(syntax.Name):
				names = append(names, as.Text())
			default:
				names = append(names, at.name)
			}
		}
	}
	return names
}

// fromTarget is what a statement imports from, or exports again.
func (r *Resolver) fromTarget(l *loaded, n syntax.Node) target {
	if n.Is(syntax.Export) {
		return r.importTarget(l.module, 0, n.Text())
	}
	return r.importTarget(l.module, n.Op(), n.Text())
}

// users lists a module and those that import it, without tests, and tells whether these are all.
func (r *Resolver) users(home *Module) (paths []string, all bool) {
	importers, known := r.program.importers[home.Path]
	if known && importers == nil {
		return nil, false
	}
	paths = []string{home.Path}
	for _, path := range importers {
		if path != home.Path && (source.Scope(path) != source.ScopeTest || source.Scope(home.Path) == source.ScopeTest) {
			paths = append(paths, path)
		}
	}
	return paths, true
}

// Bounds of looking at uses. They are counted and not timed, so that every machine gives the same answers. Where they
// are reached nothing more is said to be written, or to have all its uses seen.
const (
	mostLooked    = 4_000   // places for one question
	mostLookedAll = 120_000 // places for all questions of one file
)

// follows begins a question of uses, unless it is asked within another; the function that it returns ends it.
func (r *Resolver) follows() (done func()) {
	if r.following == 0 {
		r.looked = 0
		r.start()
	}
	r.following++
	return func() { r.following-- }
}

// look counts places that are looked at; it is false where there were too many.
func (r *Resolver) look(places int) bool {
	r.looked += places
	r.lookedAll += places
	return !r.tired()
}

// tired tells whether a bound is reached, of looking or of evaluating: from there on what is not known says nothing.
func (r *Resolver) tired() bool {
	return r.looked > mostLooked || r.lookedAll > mostLookedAll || r.steps > maxSteps || r.total > maxTotal
}

// mentions lists the names, attributes and imported names of a file with a text, in the order of the text.
func (l *loaded) mentions(name string) []syntax.Node {
	l.index()
	return l.mentioned[name]
}

// mentionsIn lists the mentions of a name below a scope. Of a function its own code is walked through: a name like
// "text" stands in every function of a file.
func (r *Resolver) mentionsIn(sc *scope, name string) []syntax.Node {
	if sc.node.Is(syntax.Module) {
		all := sc.of.mentions(name)
		r.look(len(all) / 16)
		return all
	}
	var found []syntax.Node
	nodes := 0
	sc.node.Walk(func(n syntax.Node) bool {
		nodes++
		if n.Is(syntax.Name, syntax.Alias) && n.TextIs(name) {
			found = append(found, n)
		}
		return true
	})
	r.look(nodes / 64)
	return found
}

// fromStatements lists the statements of a file by which it has names of other modules.
func (l *loaded) fromStatements() []syntax.Node {
	l.index()
	return l.froms
}

func (l *loaded) index() {
	l.mentionsOnce.Do(func() {
		l.mentioned = map[string][]syntax.Node{}
		l.tree.Root().Walk(func(n syntax.Node) bool {
			switch {
			case n.Is(syntax.Name, syntax.Attr, syntax.Alias):
				l.mentioned[n.Text()] = append(l.mentioned[n.Text()], n)
			}
			if n.Is(syntax.ImportFrom) || n.Is(syntax.Export) && n.Text() != "" {
				l.froms = append(l.froms, n)
			}
			if n.Is(syntax.Import) {
				l.imports = append(l.imports, n)
			}
			return true
		})
	})
}
