package code

import (
	"sort"

	"fermata/internal/syntax"
)

// Many files ask what the calls in a library's file call, when they follow their own calls into it. That does not depend
// on who asks, so it is found once for the file, for all its calls in the order of the text, by a resolver of its own.

// elsewhere is what the calls of a file call.
type elsewhere struct {
	callees []int32 // by node, in the order of the text
	refs    []Ref   // definitions left out
	defs    []defPlace
}

// calledElsewhere is what the callee of a call in another file refers to; false where that has to be looked up, since it
// is no callee, or what it leads to is no definition that others can find.
func (r *Resolver) calledElsewhere(n syntax.Node) (Ref, bool) {
	if !isCallee(n) {
		return Ref{}, false
	}
	l := r.at(n)
	if l.tree != n.Tree() || l.module.language != syntax.Python {
		return Ref{}, false
	}
	l.calledOnce.Do(func() {
		if known, ok := r.program.called.Load(l.module); ok { // found before its tree was dropped and read again
			l.called = known.(*elsewhere)
			return
		}
		l.called = r.program.calledIn(l)
		r.program.called.Store(l.module, l.called)
	})
	return r.calleeOf(l.called, n)
}

// calledHere is what others found out of the resolver's own file already; nil where nobody asked.
func (r *Resolver) calledHere() *elsewhere {
	if known, ok := r.program.called.Load(r.module); ok && !r.brief {
		return known.(*elsewhere)
	}
	return nil
}

// calleeOf is what a callee refers to of which that was found; false for others.
func (r *Resolver) calleeOf(e *elsewhere, n syntax.Node) (Ref, bool) {
	if e == nil {
		return Ref{}, false
	}
	at := int32(n.Index())
	i := sort.Search(len(e.callees), func(i int) bool { return e.callees[i] >= at })
	if i == len(e.callees) || e.callees[i] != at {
		return Ref{}, false
	}
	ref, place := e.refs[i], e.defs[i]
	if place.module == nil {
		return ref, true
	}
	of := r.load(place.module)
	if of.tree == nil {
		return Ref{}, false
	}
	ref.Def = r.defOf(of.tree.At(place.node))
	return ref, true
}

// calledIn finds what the calls of a file call.
func (p *Program) calledIn(l *loaded) *elsewhere {
	r := &Resolver{program: p, module: l.module, level: summaryLevels, own: l}
	put(&r.byModule, l.module, l)
	put(&r.loads, l.tree, l)
	r.index()
	found := &elsewhere{}
	for _, c := range r.calls {
		ref, place := c.Callee, defPlace{}
		if d := ref.Def; d != nil {
			if !d.Node.Is(syntax.FuncDef, syntax.ClassDef) {
				continue
			}
			place = defPlace{d.Module, d.Node.Index()}
			ref.Def = nil // it would keep the other file's tree in memory
		}
		found.callees = append(found.callees, int32(c.Node.Child(0).Index()))
		found.refs = append(found.refs, ref)
		found.defs = append(found.defs, place)
	}
	sort.Sort(found)
	return found
}

func (e *elsewhere) Len() int           { return len(e.callees) }
func (e *elsewhere) Less(i, j int) bool { return e.callees[i] < e.callees[j] }
func (e *elsewhere) Swap(i, j int) {
	e.callees[i], e.callees[j] = e.callees[j], e.callees[i]
	e.refs[i], e.refs[j] = e.refs[j], e.refs[i]
	e.defs[i], e.defs[j] = e.defs[j], e.defs[i]
}
