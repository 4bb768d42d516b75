package taint

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

// Quiet tells whether a walk through a file comes upon nothing that is marked, whoever owns functions elsewhere, as long as
// nobody owns one of the file's own. Where it says false there may still be nothing.
func (m *Memory) Quiet(r *code.Resolver) bool {
	tree := r.Tree()
	t := tableOf(tree.Language)
	switch {
	case t == nil:
		return true
	case tree.Language == syntax.Go: // see idle
		return false
	}
	w := &walk{mem: m, r: r, t: t, depth: depthOfCalls, alias: Aliases(tree)}
	quiet := true
	tree.Root().Walk(func(n syntax.Node) bool {
		if quiet {
			quiet = !w.sounds(n)
		}
		return quiet
	})
	return quiet
}

// sounds tells whether a node may give a mark. It is marks without summaries, in which others' functions have a say.
func (w *walk) sounds(n syntax.Node) bool {
	switch n.Kind() {
	case syntax.Name, syntax.Attr:
		return w.known(n)
	case syntax.Call:
		def, gives := w.opens(n)
		return gives || def != nil
	case syntax.FuncDef:
		if w.decorated(n) != nil {
			return true
		}
		if _, _, ok := w.inherited(n); ok {
			return true
		}
		for p := range n.All(syntax.Param) {
			if a := p.First(syntax.Annotation).Child(0); !a.IsZero() && w.strange(a) {
				return true
			}
		}
	}
	return false
}

// opens tells whether a call by itself gives a mark, or else which function of the program, that is not mute, may give one; nil
// and false where nothing can.
func (w *walk) opens(n syntax.Node) (def *code.Def, gives bool) {
	if !w.telling(n.Child(0)) {
		return nil, false
	}
	c := w.callee(n)
	if w.begins(&c) {
		return nil, true
	}
	if c.def == nil || c.def.Kind != code.FuncDef || w.mute(c.def, w.depth) {
		return nil, false
	}
	return c.def, false
}

// begins tells whether a call by itself may give a mark, or hands functions on to where they are given what is marked.
func (w *walk) begins(c *callee) bool {
	switch c.last {
	case "to_thread", "run_in_executor", "run_sync":
		return true
	}
	return w.t.sources.first(c) != nil || w.t.callbacks.first(c) != nil
}
