package discover

import (
	"slices"

	"fermata/internal/syntax"
)

// Some functions stand around a call: they are handed what goes on with it (`next`, `function_call`), and refuse by raising, by
// leaving before they go on, or by giving an answer of their own in its place.

// standing knows the functions that go on by calling a parameter.
type standing struct {
	on map[syntax.Node][]syntax.Node // of a function, where it goes on
}

// Around tells of the places of a function that stands around a call whether they keep the call from being made. It is
// asked about one function and what that calls.
func Around() func(syntax.Node) bool {
	return (&standing{on: map[syntax.Node][]syntax.Node{}}).refuses
}

func (a *standing) refuses(n syntax.Node) bool {
	switch {
	case n.Is(syntax.Raise):
		return n.Count() > 0 && !a.after(n)
	case n.Is(syntax.Return):
		return len(a.goesOn(n)) > 0 && !a.within(n) && !a.after(n) && !a.keeps(n)
	case n.Is(syntax.Assign) && n.Child(0).Is(syntax.Attr) && (n.Child(0).TextIs("terminate") || n.Child(0).TextIs("result")):
		return !a.within(n) && !a.after(n)
	case n.Is(syntax.Block, syntax.Else) && n.Parent().Is(syntax.If):
		return a.skips(n)
	case n.Is(syntax.Simple) && n.TextIs("break"): // the loop's else is what goes on
		loop := n
		for !loop.IsZero() && !loop.Is(syntax.For, syntax.While, syntax.FuncDef, syntax.Lambda) {
			loop = loop.Parent()
		}
		other := loop.First(syntax.Else)
		return !other.IsZero() && a.within(other) && !a.after(n) && !a.later(loop)
	case n.Is(syntax.Logic): // asked and goes_on()
		return n.TextIs("and") && !(n.Child(0).Is(syntax.Name) && isParam(n.Child(0))) && !a.within(n.Child(0)) && a.within(n) && !a.after(n) && !a.later(n)
	case n.Parent().Is(syntax.Cond):
		choice := n.Parent()
		return n != choice.Child(0) && !a.within(n) && a.within(choice) && !a.within(choice.Child(0)) && !a.after(n) && !a.later(choice)
	}
	return false
}

// keeps tells whether a way out gives back what the function itself keeps of earlier calls: `KEPT[key] = answer`.
func (a *standing) keeps(out syntax.Node) bool {
	holder := lookedUp(out.Child(0))
	found := false
	if holder.Is(syntax.Name, syntax.Attr) {
		enclosing(out).Walk(func(n syntax.Node) bool {
			to := n.Child(0)
			found = found || n.Is(syntax.Assign) && to.Is(syntax.Subscript) && to.Child(0).Span().Text() == holder.Span().Text()
			return !found
		})
	}
	return found
}

// lookedUp is what a value is read out of by a key.
func lookedUp(n syntax.Node) syntax.Node {
	n = awaited(n)
	if n.Is(syntax.Subscript) {
		return n.Child(0)
	}
	if callee := n.Child(0); n.Is(syntax.Call) && callee.Is(syntax.Attr) && callee.TextIs("get") {
		return callee.Child(0)
	}
	return syntax.Node{}
}

// skips tells whether a branch is what decides that the call is not made: the other one makes it, or it does and nothing does without it.
func (a *standing) skips(branch syntax.Node) bool {
	choice := branch.Parent()
	other := choice.First(syntax.Else)
	if other == branch {
		other = choice.Child(1)
	}
	if a.after(choice) || leaves(branch) || leaves(other) {
		return false // its ways out say it
	}
	for _, call := range a.goesOn(choice) {
		if call.Span().Start >= choice.Span().End {
			return false
		}
	}
	if other.IsZero() {
		return a.within(branch)
	}
	return a.within(other) && !a.within(branch)
}

// goesOn lists where the function around a place calls one of its parameters.
func (a *standing) goesOn(n syntax.Node) []syntax.Node {
	for !n.IsZero() && !n.Is(syntax.FuncDef, syntax.Lambda) {
		n = n.Parent()
	}
	if calls, known := a.on[n]; known || n.IsZero() {
		return calls
	}
	var calls []syntax.Node
	n.Walk(func(c syntax.Node) bool {
		if c.Is(syntax.FuncDef, syntax.Lambda) && c != n {
			return false
		}
		if callee := c.Child(0); c.Is(syntax.Call) && callee.Is(syntax.Name) && isParam(callee) {
			calls = append(calls, c)
		}
		return true
	})
	a.on[n] = calls
	return calls
}

// within tells whether a part of a function goes on.
func (a *standing) within(part syntax.Node) bool {
	span := part.Span()
	for _, call := range a.goesOn(part) {
		if at := call.Span(); at.Start >= span.Start && at.End <= span.End {
			return true
		}
	}
	return false
}

// after tells whether the function has gone on where a place is reached: in a statement before it, or in what it makes good for.
func (a *standing) after(n syntax.Node) bool {
	for child, up := n, n.Parent(); !up.IsZero() && !child.Is(syntax.FuncDef, syntax.Lambda); child, up = up, up.Parent() {
		if up.Is(syntax.Try) && child != up.Child(0) && a.within(up.Child(0)) {
			return true
		}
		for before := range up.Children() {
			if !up.Is(syntax.Block) || before == child {
				break
			}
			if a.within(before) && !(before.Is(syntax.If) && leaves(before.Child(1)) && before.First(syntax.Else).IsZero()) {
				return true
			}
		}
	}
	return false
}

// later tells whether the function may go on behind a place all the same: in what is left of a statement around it, or in a
// statement that follows.
func (a *standing) later(n syntax.Node) bool {
	left := false // the way ends before what follows
	for child, up := n, n.Parent(); !up.IsZero() && !child.Is(syntax.FuncDef, syntax.Lambda); child, up = up, up.Parent() {
		if child.Is(syntax.Return, syntax.Raise) {
			left = true
		}
		if left && !up.Is(syntax.Try) || up.Is(syntax.If, syntax.Match) && child.Is(syntax.Block, syntax.Else, syntax.Case) {
			continue // the other branches are not run
		}
		behind := false
		for part := range up.Children() {
			if behind && !(left && up.Is(syntax.Block)) && a.within(part) {
				return true
			}
			left = left || behind && up.Is(syntax.Block) && part.Is(syntax.Return, syntax.Raise)
			behind = behind || part == child
		}
	}
	return false
}

// GoesOn tells whether a function that stands around a call is seen to make it on its way, whatever it is asked about. Ways
// out before that are places at which it refuses.
func GoesOn(function syntax.Node) bool {
	a := &standing{on: map[syntax.Node][]syntax.Node{}}
	return !large(function) && len(a.goesOn(function)) > 0 && a.sure(function.Child(-1), a.goesOn(function))
}

// sure tells whether one of some calls is made wherever a part of a function is run.
func (a *standing) sure(n syntax.Node, calls []syntax.Node) bool {
	switch {
	case slices.Contains(calls, n):
		return true
	case n.Is(syntax.FuncDef, syntax.Lambda, syntax.Match, syntax.Except):
		return false
	case n.Is(syntax.If, syntax.Cond):
		return a.sure(n.Child(0), calls) || n.Count() > 2 && a.sure(n.Child(1), calls) && a.sure(n.Child(2), calls)
	case n.Is(syntax.Logic):
		return a.sure(n.Child(0), calls)
	}
	loop := n.Is(syntax.For, syntax.While)
	for part := range n.Children() {
		if !(loop && part.Is(syntax.Else)) && a.sure(part, calls) {
			return true
		}
	}
	return false
}
