package code

import (
	"cmp"
	"slices"

	"fermata/internal/syntax"
)

// Many files ask what the calls in a library's file call, when they follow their own calls into it. That does not depend
// on who asks, so it is found once for the file, for all its calls in the order of the text, by a resolver that was asked nothing
// before: that of the file's own pass, or one of its own.

// elsewhere is what the calls of a file call, in the order of their callees' nodes.
type elsewhere []callee

// callee is what one callee refers to. It keeps no other file's tree in memory.
type callee struct {
	node int
	ref  Ref      // without its definition
	def  defPlace // where that is; its module is nil where there is none
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
		l.called = r.program.calledIn(l)
	})
	return r.calleeOf(l.called, n)
}

// calledHere is what others found out of the resolver's own file already; nil where nobody asked.
func (r *Resolver) calledHere() elsewhere {
	if known, ok := r.program.called.Load(r.module); ok && !r.brief {
		return known.(elsewhere)
	}
	return nil
}

// calleeOf is what a callee refers to of which that was found; false for others.
func (r *Resolver) calleeOf(e elsewhere, n syntax.Node) (Ref, bool) {
	i, ok := slices.BinarySearchFunc(e, n.Index(), func(c callee, node int) int { return cmp.Compare(c.node, node) })
	if !ok {
		return Ref{}, false
	}
	ref, place := e[i].ref, e[i].def
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

// calledIn is what the calls of a file call.
func (p *Program) calledIn(l *loaded) elsewhere {
	if known, ok := p.called.Load(l.module); ok { // by others, or before the file's tree was dropped and read again
		return known.(elsewhere)
	}
	r := &Resolver{program: p, module: l.module, level: summaryLevels, own: l}
	r.index()
	if known, ok := p.called.Load(l.module); ok {
		return known.(elsewhere)
	}
	return r.calledOf() // somebody forgot it meanwhile
}

// unasked tells whether nobody asked the resolver anything yet, so that what it finds is what any other would.
func (r *Resolver) unasked() bool {
	return r.depth == 0 && r.steps == 0 && r.total == 0 && !r.brief && r.level == summaryLevels && r.module.language == syntax.Python
}

// calledOf is what the calls of the resolver's file call, for others.
func (r *Resolver) calledOf() elsewhere {
	found := make(elsewhere, 0, len(r.calls))
	for _, c := range r.calls {
		ref, place := c.Callee, defPlace{}
		if d := ref.Def; d != nil {
			if !d.Node.Is(syntax.FuncDef, syntax.ClassDef) {
				continue
			}
			place = defPlace{d.Module, d.Node.Index()}
			ref.Def = nil
		}
		found = append(found, callee{c.Node.Child(0).Index(), ref, place})
	}
	slices.SortFunc(found, func(a, b callee) int { return cmp.Compare(a.node, b.node) })
	return found
}
