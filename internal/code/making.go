package code

import (
	"slices"
)

// making is what objects of a class can make by what they are made with alone: in the constructors of the class and of
// its bases, and in methods that need nothing but the object. It is found once for the program.
type making struct {
	constructors []*callees
	methods      []makingMethod
	heads        []string // first parts of the names of what constructors call
	methodHeads  []string // and of what those methods call
	methodNames  []string // all their names, each once: most questions end there
}

type makingMethod struct {
	place defPlace
	calls *callees
}

// making finds what objects of a class can make.
func (p *Program) making(def *Def) *making {
	at := def.Node.Index()
	if known, ok := def.Module.told().makings.get(at); ok {
		return known
	}
	found := &making{}
	r := p.Resolver(def.Module.Path)
	if k := r.classOf(r.defOf(r.own.tree.At(at))); k != nil && !inGo(k.def.Node) {
		for _, c := range k.line {
			if m := c.constructor(r); m != nil {
				if calls := p.callees(m); len(calls.list) > 0 {
					found.constructors = append(found.constructors, calls)
					found.heads = addedHeads(found.heads, calls.heads)
				}
			}
			for _, m := range r.Methods(c.def) {
				if !needsOnlySelf(m) || !r.inherits(k, m) {
					continue
				}
				if calls := p.callees(m); len(calls.list) > 0 {
					found.methods = append(found.methods, makingMethod{defPlace{m.Module, m.Node.Index()}, calls})
					found.methodHeads = addedHeads(found.methodHeads, calls.heads)
					for _, c := range calls.list {
						found.methodNames = append(found.methodNames, c.names...)
					}
				}
			}
		}
	}
	slices.Sort(found.methodNames)
	found.methodNames = slices.Clip(slices.Compact(found.methodNames))
	return def.Module.told().makings.put(at, found)
}

func addedHeads(all, more []string) []string {
	for _, head := range more {
		if !slices.Contains(all, head) {
			all = append(all, head)
		}
	}
	return all
}

// constructorMakes tells whether a constructor of a class or of its bases makes something that fits.
func (r *Resolver) constructorMakes(def *Def, patterns []string) bool {
	for _, calls := range r.program.making(def).constructors {
		if calls.makes(patterns) {
			return true
		}
	}
	return false
}

// makersOf lists the methods of a class and its bases that need nothing but the object and make something that fits.
func (r *Resolver) makersOf(def *Def, patterns []string) []*Def {
	made := r.program.making(def)
	if !matchesAny(patterns, made.methodNames) {
		return nil
	}
	var found []*Def
	for _, m := range made.methods {
		if m.calls.makes(patterns) {
			if l := r.load(m.place.module); l.tree != nil {
				found = append(found, r.defOf(l.tree.At(m.place.node)))
			}
		}
	}
	return found
}

// makes tells whether one of the calls is of something that fits.
func (c *callees) makes(patterns []string) bool {
	for i := range c.list {
		if matchesAny(patterns, c.list[i].names) {
			return true
		}
	}
	return false
}
