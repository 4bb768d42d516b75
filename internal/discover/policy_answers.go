package discover

import (
	"slices"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// A function in which nothing refuses lets everything pass only where all that it answers can be read. What a table, a
// parameter or an object that is not known answers may be a refusal.

// AnswersOnly tells whether everything that a function answers is seen to be of a kind: in its own ways out, and in those of
// functions of the program that it asks. The zero node stands for a way out that gives nothing, and what it raises is asked about too.
func (p *Pass) AnswersOnly(function syntax.Node, kind func(syntax.Node) bool) bool {
	a := reply{r: p.Code(), kind: kind, seen: map[syntax.Node]bool{}}
	return a.all(function)
}

type reply struct {
	r    *code.Resolver
	kind func(syntax.Node) bool
	seen map[syntax.Node]bool // functions and values that were asked: they may lead back to themselves
}

func (a *reply) all(function syntax.Node) bool {
	if a.seen[function] {
		return true
	}
	a.seen[function] = true
	if large(function) {
		return false
	}
	if body := function.Child(-1); function.Is(syntax.Lambda) && !body.Is(syntax.Block) {
		return a.one(body)
	}
	out := exits(function, syntax.Return)
	for _, n := range out {
		if !a.one(n.Child(0)) {
			return false
		}
	}
	for _, n := range exits(function, syntax.Raise) {
		if !a.kind(n) {
			return false
		}
	}
	return len(out) > 0 || a.kind(syntax.Node{})
}

func (a *reply) one(n syntax.Node) bool {
	n = awaited(n)
	switch {
	case a.kind(n):
		return true
	case n.IsZero():
		return false
	case n.Is(syntax.Cond):
		return a.one(n.Child(1)) && a.one(n.Child(2))
	case n.Is(syntax.Tuple): // several results of Go
		for part := range n.Children() {
			if !a.one(part) {
				return false
			}
		}
		return true
	case n.Is(syntax.Name):
		return a.named(n)
	case n.Is(syntax.Call):
		callee := n.Child(0)
		if callee.Is(syntax.Attr) && callee.TextIs("resolve") && callee.Child(0).TextIs("Promise") {
			return a.one(n.Child(1))
		}
		def := a.r.Resolve(callee).Def
		return def != nil && def.Kind == code.FuncDef && a.all(def.Node)
	}
	return false
}

// named follows a name to all that it is given, here or else in the file: each must be of the kind, and nothing but plain
// words may be put into it later.
func (a *reply) named(name syntax.Node) bool {
	if isParam(name) {
		return false
	}
	scope := enclosing(name)
	for {
		found, good := false, true
		scope.Walk(func(n syntax.Node) bool {
			target := n.Child(0)
			switch {
			case n.Is(syntax.Call):
				good = good && !mayPut(n, name.Text())
			case !n.Is(syntax.Assign, syntax.AnnAssign, syntax.AugAssign, syntax.Walrus):
			case target.Is(syntax.Subscript, syntax.Attr) && target.Child(0).Is(syntax.Name) && target.Child(0).TextIs(name.Text()):
				good = good && n.Child(-1).Is(syntax.String, syntax.Number, syntax.Bool, syntax.Null)
			case slices.Contains(targets(target), name.Text()):
				found = true
				good = good && (target.Is(syntax.Name) || target.Is(syntax.Tuple) && n.Child(-1).Is(syntax.Call)) && !n.Is(syntax.AugAssign) && a.given(n)
			}
			return good
		})
		if found || !good || scope.Parent().IsZero() {
			return found && good
		}
		for scope = scope.Parent(); !scope.Parent().IsZero() && !scope.Is(syntax.FuncDef); {
			scope = scope.Parent()
		}
	}
}

// mayPut tells whether a call may put something into what a name holds: by a method of it, or because it is handed over.
func mayPut(call syntax.Node, name string) bool {
	callee := call.Child(0)
	reads := slices.Contains(plainCalls, callee.Text()) && !callee.TextIs("setdefault") && !callee.TextIs("pop")
	switch {
	case reads:
		return false
	case callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Name) && callee.Child(0).TextIs(name):
		return true
	case slices.Contains(lookingOn, callee.Text()):
		return false
	}
	for arg := range call.Children() {
		if arg != callee && arg.Is(syntax.Name) && arg.TextIs(name) {
			return true
		}
	}
	return false
}

// given judges what an assignment gives; a declaration without a value gives nothing.
func (a *reply) given(set syntax.Node) bool {
	value := set.Child(-1)
	if value.Is(syntax.Annotation) || a.seen[set] {
		return true
	}
	a.seen[set] = true
	return a.one(value)
}

// exits lists the ways out of a function that stand in it itself.
func exits(function syntax.Node, kind syntax.Kind) (found []syntax.Node) {
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.Lambda) && n != function {
			return false
		}
		if n.Is(kind) {
			found = append(found, n)
		}
		return true
	})
	return found
}
