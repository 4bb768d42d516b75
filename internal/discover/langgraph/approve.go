package langgraph

import (
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// always is the step at which a node stops for a person whenever it runs; the zero Node where it may go on unasked. A node of a
// graph may return before it asks, or ask in some cases only.
func (d *deeds) always() syntax.Node {
	for _, at := range d.interrupts {
		if !mayPass(at, true) {
			return at
		}
	}
	return syntax.Node{}
}

// pauses is the step at which a tool stops for a person whenever it goes on; the zero Node where it asks in some cases only. A tool
// that returns before it asks has refused what it was asked for.
func (d *deeds) pauses() syntax.Node {
	for _, at := range d.interrupts {
		if !mayPass(at, false) {
			return at
		}
	}
	return syntax.Node{}
}

// mayPass tells whether the function around a step may go past the step without it, or end before it where that counts.
func mayPass(at syntax.Node, ending bool) (yes bool) {
	inner := at
	for up := at.Parent(); !up.IsZero(); inner, up = up, up.Parent() {
		switch up.Kind() {
		case syntax.FuncDef, syntax.Lambda:
			up.Walk(func(n syntax.Node) bool {
				yes = yes || ending && n.Is(syntax.Return) && n.Span().End <= at.Span().Start
				return !yes && (n == up || !n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef))
			})
			return yes
		case syntax.If, syntax.Cond:
			if inner != up.Child(0) {
				return true
			}
		case syntax.While:
			if inner != up.Child(0) && !up.Child(0).TextIs("True") && !up.Child(0).TextIs("true") {
				return true
			}
		case syntax.Logic:
			if inner != up.Child(0) {
				return true
			}
		case syntax.For:
			return true
		case syntax.Try: // who catches what stops the graph and goes on, asks nobody
			if inner != up.Child(0) {
				return true
			}
			for handler := range up.All(syntax.Except) {
				if handler.Parent() == up && !leaves(handler.Child(-1)) {
					return true
				}
			}
		}
	}
	return true
}

// actsBefore tells whether a tool has done its work, or some of it, before it stops for a person.
func (f *file) actsBefore(asked syntax.Node) bool {
	function := functionOf(asked)
	if function.IsZero() {
		return false
	}
	for _, effect := range f.EffectsAt(function) {
		if effect.Value != model.Yes || strings.HasSuffix(effect.Name, "-read") {
			continue
		}
		for _, at := range effect.At {
			if at.File == asked.Span().File && function.Span().Start < at.Start && at.End <= asked.Span().Start {
				return true
			}
		}
	}
	return false
}

// onlyAsked tells whether a step of a graph is come to only from steps that stop for a person each time. Where one of the edges
// could not be followed, nobody knows.
func (f *file) onlyAsked(g *graph, to string) bool {
	for _, d := range g.dead {
		if d.what == deadTargets {
			return false
		}
	}
	for _, name := range g.order {
		if d := g.nodes[name].deeds; d != nil {
			for _, v := range d.gotos {
				if len(f.names(v)) == 0 {
					return false
				}
			}
		}
	}
	for _, ed := range g.edges {
		if ed.to != to {
			continue
		}
		before := g.nodes[ed.from]
		if before == nil || before.deeds == nil || before.deeds.agentic() || before.deeds.always().IsZero() {
			return false
		}
	}
	return true
}

// agreed places human approval on the tools that a step runs by itself only after a person said yes.
func (f *file) agreed(g *graph) {
	for _, name := range g.order {
		d := g.nodes[name].deeds
		if d == nil || d.agentic() {
			continue
		}
		for _, use := range d.runsTools {
			for _, asked := range d.interrupts {
				if !onlyOnYes(use.at, asked) {
					continue
				}
				reviewer := f.reviewer(g.ref, asked)
				for _, t := range f.toolRefs(use.value) {
					f.Control("human-approval", discover.FlowRef(model.ToolCall, g.ref, t.ref), reviewer, model.Evidenced, asked.Span())
				}
				break
			}
		}
	}
}

// Words of a person who agrees, and keys of an answer that hold whether they do.
var (
	yesWord = regexp.MustCompile(`(?i)^(y|yes|ok|okay|true|approved?|accept(ed)?|confirm(ed)?|allow(ed)?|agreed?|proceed|continue|grant(ed)?|authori[sz]ed?)$`)
	yesKey  = regexp.MustCompile(`(?i)^(is_?|was_?)?(ok|okay|yes|approved?|approval|accept(ed)?|confirm(ed)?|allow(ed)?|agreed?|proceed|grant(ed)?|authori[sz]ed?)$`)
)

// onlyOnYes tells whether a call is come to only where the answer to a question was compared and is yes: in a branch that asks
// for it, or behind one that leaves otherwise. What is not seen is no yes.
func onlyOnYes(call, asked syntax.Node) bool {
	function := functionOf(asked)
	if function.IsZero() || functionOf(call) != function || call.Span().Start < asked.Span().End {
		return false
	}
	a := &assent{asked: asked, function: function}
	inner := call
	for up := call.Parent(); inner != function; inner, up = up, up.Parent() {
		switch up.Kind() {
		case syntax.If:
			if inner != up.Child(0) && a.yes(up.Child(0), inner == up.Child(1), 0) {
				return true
			}
		case syntax.Block:
			for before := range up.Children() {
				if before == inner {
					break
				}
				if before.Is(syntax.If) && before.Count() == 2 && leaves(before.Child(1)) && a.yes(before.Child(0), false, 0) {
					return true
				}
			}
		}
	}
	return false
}

func functionOf(n syntax.Node) syntax.Node {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.Lambda) {
			return up
		}
	}
	return syntax.Node{}
}

// leaves tells whether a block ends the function that it stands in.
func leaves(block syntax.Node) bool {
	if !block.Is(syntax.Block) {
		return block.Is(syntax.Return, syntax.Raise)
	}
	return block.Child(-1).Is(syntax.Return, syntax.Raise)
}

// assent reads conditions about the answer of a person.
type assent struct{ asked, function syntax.Node }

// yes tells whether the person agreed where a condition is true, or false.
func (a *assent) yes(cond syntax.Node, truth bool, depth int) bool {
	if depth > deepest {
		return false
	}
	switch cond.Kind() {
	case syntax.Logic:
		any := cond.TextIs("and") == truth // all of them are so; otherwise one is, and nobody knows which
		for operand := range cond.Children() {
			if a.yes(operand, truth, depth+1) == any {
				return any
			}
		}
		return !any
	case syntax.Unary:
		return (cond.TextIs("not") || cond.TextIs("!")) && a.yes(cond.Child(0), !truth, depth+1)
	case syntax.Compare:
		if cond.Count() != 2 {
			return false
		}
		same := cond.TextIs("==") || cond.TextIs("===") || cond.TextIs("is")
		if !same && !cond.TextIs("!=") && !cond.TextIs("!==") && !cond.TextIs("is not") || same != truth {
			return false
		}
		word := cond.Child(1)
		return word.Is(syntax.String, syntax.Bool) && yesWord.MatchString(strings.TrimSpace(word.Text())) && a.of(cond.Child(0), depth+1)
	case syntax.Name: // approved = answer["approved"], then: if approved
		value := a.once(cond)
		switch {
		case !truth || value.IsZero():
			return false
		case value == a.asked:
			return yesKey.MatchString(cond.Text())
		}
		return a.yes(value, true, depth+1)
	case syntax.Attr, syntax.Subscript, syntax.Call:
		return truth && a.key(cond, depth+1)
	}
	return false
}

// key tells whether an expression is the part of the answer that says whether the person agrees: answer.get("approved").
func (a *assent) key(n syntax.Node, depth int) bool {
	switch {
	case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("get") && n.Child(1).Is(syntax.String):
		other := n.Child(2) // what stands for no answer
		return yesKey.MatchString(n.Child(1).Text()) && (other.IsZero() || other.Is(syntax.Null) || other.Is(syntax.Bool) && !yesWord.MatchString(other.Text())) && a.of(n.Child(0).Child(0), depth+1)
	case n.Is(syntax.Subscript):
		return n.Child(1).Is(syntax.String) && yesKey.MatchString(n.Child(1).Text()) && a.of(n.Child(0), depth+1)
	case n.Is(syntax.Attr):
		return yesKey.MatchString(n.Text()) && a.of(n.Child(0), depth+1)
	}
	return false
}

// of tells whether an expression is the answer, or a part of it.
func (a *assent) of(n syntax.Node, depth int) bool {
	if depth > deepest {
		return false
	}
	switch {
	case n == a.asked:
		return true
	case n.Is(syntax.Name):
		value := a.once(n)
		return !value.IsZero() && a.of(value, depth+1)
	case n.Is(syntax.Attr, syntax.Subscript), n.Is(syntax.Await):
		return a.of(n.Child(0), depth+1)
	case n.Is(syntax.Logic):
		return n.TextIs("or") && a.of(n.Child(0), depth+1) && n.Child(1).Is(syntax.Map) && n.Child(1).Count() == 0
	case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr):
		switch n.Child(0).Text() {
		case "get", "lower", "upper", "strip", "casefold", "trim", "toLowerCase":
			return n.Child(2).IsZero() && a.of(n.Child(0).Child(0), depth+1)
		}
	}
	return false
}

// once is what a name is set to in the function, where that is so in one place and nothing else sets it.
func (a *assent) once(name syntax.Node) (value syntax.Node) {
	sets := 0
	a.function.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Name) && n.TextIs(name.Text()) && bound(n):
			sets++
			if up := n.Parent(); up.Is(syntax.Assign, syntax.AnnAssign) && up.Child(0) == n {
				value = up.Child(-1)
			}
		case n.Is(syntax.Param) && n.TextIs(name.Text()):
			sets += 2
		}
		return true
	})
	if sets != 1 {
		return syntax.Node{}
	}
	return value
}

// bound tells whether a name is set where it stands.
func bound(name syntax.Node) bool {
	up := name.Parent()
	switch up.Kind() {
	case syntax.Assign, syntax.AnnAssign, syntax.AugAssign:
		return name != up.Child(-1)
	case syntax.For, syntax.Walrus:
		return name == up.Child(0)
	case syntax.Tuple, syntax.List:
		return up.Parent().Is(syntax.Assign) && up != up.Parent().Child(-1) || up.Parent().Is(syntax.For) && up == up.Parent().Child(0)
	}
	return false
}
