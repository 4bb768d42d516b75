package taint

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

// Of fifty functions one takes in something that a stranger controls. What goes through the others carries no mark, so
// going through them, branch by branch and every loop twice, would find nothing. These functions tell them apart by one
// look at each of their nodes.

// idle tells whether going through a function, whose parameters nobody outside fills, can come upon nothing that is
// marked. Where it says false there may still be none.
func (w *walk) idle(function syntax.Node, e env) bool {
	if function.Tree().Language == syntax.Go { // what a walk notes about "ok" holds for what comes after
		return false
	}
	if e.marked() {
		return false
	}
	body := function.Child(-1)
	idle := true
	look := func(n syntax.Node) bool {
		if idle {
			idle = !w.marks(n)
		}
		return idle
	}
	for p := range function.All(syntax.Param) {
		if a := p.First(syntax.Annotation).Child(0); !a.IsZero() && w.strange(a) {
			return false
		}
	}
	body.Walk(look)
	return idle
}

// marks tells whether evaluating a node, by itself and with nothing marked around it, may give a mark.
func (w *walk) marks(n syntax.Node) bool {
	switch n.Kind() {
	case syntax.Name, syntax.Attr:
		return w.known(n)
	case syntax.Call:
		def, gives := w.opens(n)
		if def == nil {
			return gives
		}
		s := w.summary(def)
		return s != nil && s.gives()
	case syntax.FuncDef:
		if _, _, _, ok := w.enters(n); ok {
			return true
		}
		for p := range n.All(syntax.Param) {
			if a := p.First(syntax.Annotation).Child(0); !a.IsZero() && w.strange(a) {
				return true
			}
		}
	case syntax.Lambda:
		_, _, ok := w.mem.owner(w.r.ModuleOf(n).Path, n)
		return ok
	}
	return false
}

// mute tells whether nothing that a function does, with as much depth as there is, can be a source, so that what it
// answers can only come from what it is given. Where it says false its summary has to tell.
func (w *walk) mute(def *code.Def, depth int) bool {
	if depth <= 0 || def.Node.IsZero() {
		return true
	}
	key := summaryKey{def.Module.Path, def.Node.Index(), depth}
	if known, ok := w.mem.mutes.Load(key); ok {
		return known.(bool)
	}
	t := tableOf(def.Node.Tree().Language)
	if t == nil {
		return true
	}
	inner := &walk{mem: w.mem, r: w.r, t: t}
	mute := true
	look := func(n syntax.Node) bool {
		if mute {
			mute = inner.silent(n, depth)
		}
		return mute
	}
	body := def.Node.First(syntax.Block)
	if body.IsZero() {
		body = def.Node.Child(-1)
	}
	body.Walk(look)
	w.mem.mutes.Store(key, mute)
	return mute
}

// silent is mute for one node.
func (w *walk) silent(n syntax.Node, depth int) bool {
	switch n.Kind() {
	case syntax.Name, syntax.Attr:
		return !w.known(n)
	case syntax.Call:
		c := w.callee(n)
		switch {
		case w.t.sources.first(&c) != nil:
			return false
		case c.last == "to_thread" || c.last == "run_in_executor" || c.last == "run_sync":
			return false
		case c.def != nil && c.def.Kind == code.FuncDef:
			return w.mute(c.def, depth-1)
		}
	}
	return true
}

// known tells whether a name or attribute is a value that the tables know.
func (w *walk) known(n syntax.Node) bool {
	if len(w.t.values.byLast[n.Text()]) == 0 && len(w.t.values.open) == 0 {
		return false
	}
	c := w.calleeOf(n)
	return w.t.values.first(&c) != nil
}

// strange tells whether a type alone says that a stranger fills a parameter.
func (w *walk) strange(annotation syntax.Node) bool {
	if w.plainType(annotation) {
		return false
	}
	for annotation.Is(syntax.Unary) {
		annotation = annotation.Child(0)
	}
	c := w.calleeOf(annotation)
	return w.t.values.first(&c) != nil
}

// builtinTypes are types of the languages, which need not be looked up.
var builtinTypes = map[string]bool{
	"str": true, "int": true, "float": true, "bool": true, "bytes": true, "dict": true, "list": true, "set": true, "tuple": true, "object": true,
	"Optional": true, "Union": true, "Any": true, "List": true, "Dict": true, "Callable": true, "Literal": true, "Sequence": true, "Iterator": true, "AsyncIterator": true,
	"string": true, "number": true, "boolean": true, "any": true, "unknown": true, "void": true,
}

// plainType tells by its name that a type is one of the language's own.
func (w *walk) plainType(annotation syntax.Node) bool {
	if annotation.Is(syntax.Subscript) {
		annotation = annotation.Child(0)
	}
	return annotation.Is(syntax.Name) && builtinTypes[annotation.Text()] && !w.alias[annotation.Text()]
}

// gives tells whether what a function answers comes from a stranger whatever the function is given.
func (s *summary) gives() bool {
	for _, m := range s.returns {
		if m.param == 0 {
			return true
		}
	}
	return false
}
