package code

import (
	"slices"

	"fermata/internal/syntax"
)

// Call is a call in the resolver's file.
type Call struct {
	Node   syntax.Node
	Callee Ref
	// Value is set for calls that [Resolver.Instances] gives.
	Value *Value
	// Driven and Depth are set in a [Body]: whether an argument, or what the call is made on, holds something of what
	// the function's caller gave; and how many functions of the program lie between.
	Driven bool
	Depth  int
	// Own is set in a [Body]: who asks, as the code knows it and not as the caller says, has a part in the statement of
	// the call (of all calls of that name): where("user_id", "=", session.user_id).
	Own bool
	// Bound is set in a [Body]: code alone decides on a key in the statement of the call (of all calls of that name that are
	// driven), whoever's it is.
	Bound bool

	checks *checks  // of a driven call
	more   Alphabet // what other calls of the name are given: see [Call.Given]
}

// Calls lists every call of the file in the order of the text, with what is called.
func (r *Resolver) Calls() []Call {
	r.index()
	return r.calls
}

// CallsTo lists the calls of the file whose callee has a name of the patterns, or is a class of the program that
// derives from such a class.
func (r *Resolver) CallsTo(patterns ...string) []Call {
	return r.callsAt(r.callsFitting(patterns))
}

// CallsLike is CallsTo, and adds the calls of attributes whose name is the last part of a pattern, whatever they are
// attributes of.
func (r *Resolver) CallsLike(patterns ...string) []Call {
	if len(patterns) == 0 {
		return nil
	}
	places, named := r.callsFitting(patterns), r.callsByAttribute()
	for _, last := range r.program.questions.of(patterns).lasts {
		places = merged(places, named[last])
	}
	return r.callsAt(places)
}

// callsFitting lists the places of the calls whose callee has a name of the patterns, in order.
func (r *Resolver) callsFitting(patterns []string) []int32 {
	same := r.byCallee()
	candidates := r.callHeads().places(patterns, len(same))
	if len(candidates) == 0 {
		return nil
	}
	var found []int32
	q := r.program.questions.of(patterns)
	for _, i := range candidates {
		if s := same[i]; q.fits(r, *r.callee(s)) {
			found = slices.AppendSeq(found, r.placesOf(s))
		}
	}
	slices.Sort(found)
	return found
}

func (r *Resolver) callsAt(places []int32) []Call {
	if len(places) == 0 {
		return nil
	}
	found := make([]Call, len(places))
	for i, at := range places {
		found[i] = r.calls[at]
	}
	return found
}

// Instances lists the objects made in this file by calls whose callee has a name of the patterns or derives from such
// a class: by the call itself, by a factory of the program that is called here with arguments, in a loop over a
// literal list. Each object comes once. An object made inside a function from the function's own parameters comes
// with them unknown: see [Value.Template].
func (r *Resolver) Instances(patterns ...string) []*Value { return r.instances(patterns) }

// DecoratedBy lists the functions and classes of the file with a decorator whose name matches.
func (r *Resolver) DecoratedBy(patterns ...string) []Decorated {
	all, by := r.decorations()
	var found []Decorated
	last := syntax.Node{}
	for _, i := range by.places(patterns, len(all)) {
		if d := all[i]; d.on != last && r.derives(d.ref, patterns, 0) {
			last = d.on // the first decorator that matches counts
			found = append(found, Decorated{Def: r.defOf(d.on), Decorator: d.ref, Node: d.expression})
		}
	}
	return found
}

// Decorated is a definition with the decorator that was asked for.
type Decorated struct {
	Def       *Def
	Decorator Ref
	Node      syntax.Node // the decorator's expression: a name, or a call with arguments
}

// ClassesOf lists the classes of the file that derive, directly or through classes of the program, from a class whose
// name matches.
func (r *Resolver) ClassesOf(patterns ...string) []*Def {
	var found []*Def
	for _, i := range r.classHeads().places(patterns, len(r.klasses)) {
		def := r.defOf(r.klasses[i])
		for _, base := range r.classOf(def).bases {
			if r.derives(base, patterns, 0) {
				found = append(found, def)
				break
			}
		}
	}
	return found
}

// Functions lists the functions and methods of the file, in the order of the text.
func (r *Resolver) Functions() []*Def {
	r.index()
	all := make([]*Def, len(r.functs))
	for i, n := range r.functs {
		all[i] = r.defOf(n)
	}
	return all
}

// Derives tells whether a name matches, or refers to a class of the program that derives from one that does.
func (r *Resolver) Derives(ref Ref, patterns ...string) bool { return r.derives(ref, patterns, 0) }

// Write is a change to an attribute of an object: agent.handoffs.append(other), agent.tools = [...].
type Write struct {
	Node   syntax.Node // the statement
	Target *Value      // the object
	Attr   string
	Value  *Value // what is put there; for append the one member
	Adds   bool   // append, extend, +=: what was there stays
}

// Writes lists the changes of the file to an attribute of that name, on anything but self.
func (r *Resolver) Writes(attr string) []Write { return r.writesTo(attr) }

// Sets lists the statements of the file that assign to an attribute of one of the names, on whatever object.
func (r *Resolver) Sets(names ...string) []syntax.Node {
	r.index()
	var found []syntax.Node
	for _, n := range r.writes {
		if n.Is(syntax.Assign) && slices.Contains(names, n.Child(0).Text()) {
			found = append(found, n)
		}
	}
	return found
}

// index walks the file once.
func (r *Resolver) index() {
	if r.indexed {
		return
	}
	r.indexed = true
	r.calls = make([]Call, 0, r.own.tree.CountOf(syntax.Call))
	here, unasked := r.calledHere(), r.unasked()
	r.own.tree.Root().Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Call:
			callee, known := r.calleeOf(here, n.Child(0))
			if !known {
				callee = r.Resolve(n.Child(0))
			}
			r.calls = append(r.calls, Call{Node: n, Callee: callee})
		case syntax.FuncDef:
			r.functs = append(r.functs, n)
		case syntax.ClassDef:
			r.klasses = append(r.klasses, n)
		case syntax.Assign, syntax.AugAssign, syntax.AnnAssign:
			if n.Child(0).Is(syntax.Attr) {
				r.writes = append(r.writes, n)
			}
		case syntax.ExprStmt:
			if call := n.Child(0); call.Is(syntax.Call) && call.Child(0).Is(syntax.Attr) && call.Child(0).Child(0).Is(syntax.Attr) {
				r.writes = append(r.writes, n)
			}
		}
		return true
	})
	if here == nil && unasked {
		r.program.called.LoadOrStore(r.module, r.calledOf())
	}
}

// ImportsOf lists what the file imports, as dotted names with the statement that does ("agents.Agent", "os").
func (r *Resolver) ImportsOf() []Import { return r.importsOf() }

// Import is a name that a file imports.
type Import struct {
	Name string
	Node syntax.Node
	Def  *Module // the module of the program that it is from, if any
}

// Body is what a function does, as far as it calls things.
type Body struct {
	Calls    []Call // calls to what is outside the program, in order, each callee's name once with its first place
	Unknown  []Call // calls that could not be followed
	Complete bool   // every call was followed, within the bounds
}

// BodyOf lists the outside calls that a function makes, itself or through functions of the program (bounded). For a
// class it is its methods.
func (r *Resolver) BodyOf(def *Def) Body { return r.bodyOf(def) }

// BodyAt is BodyOf for a function without a name or for a part of one, such as the branch that answers one request:
// what the functions around it are given counts as given to it, and so do the variables that are named.
func (r *Resolver) BodyAt(n syntax.Node, given ...string) Body { return r.bodyAt(n, given) }

// Decorators lists the decorators of a definition with what they refer to.
func (r *Resolver) Decorators(def *Def) []Decorated {
	if def == nil || def.Kind == VarDef {
		return nil
	}
	var all []Decorated
	for d := range def.Node.All(syntax.Decorator) {
		e := d.Child(0)
		callee := e
		if e.Is(syntax.Call) {
			callee = e.Child(0)
		}
		all = append(all, Decorated{Def: def, Decorator: r.Resolve(callee), Node: e})
	}
	return all
}

// DefinitionOf is the definition that a FuncDef or ClassDef node makes; nil for other nodes.
func (r *Resolver) DefinitionOf(n syntax.Node) *Def {
	if !n.Is(syntax.FuncDef, syntax.ClassDef) {
		return nil
	}
	return r.defOf(n)
}
