package discover

import (
	"slices"

	"fermata/internal/syntax"
)

// What a function answers can be closed: each answer is made of texts that stand in it, and perhaps of the plain values
// that it was given. Whatever it read in between shows in which of them it answers and in nothing else.

// closed tells whether all that a function answers stands in its code, or is a plain value that it was given; or, where that is
// asked, a number of whatever it read. It is false where anything could not be told.
func closed(function syntax.Node, numbers bool) bool {
	body := function.First(syntax.Block)
	if !function.Is(syntax.FuncDef) || function.Tree().Language == syntax.Go || body.IsZero() {
		return false
	}
	c := closing{numbers: numbers, set: map[string][]syntax.Node{}, own: map[string]bool{}, lost: map[string]bool{}}
	c.params(function)
	c.bind(body)
	c.settle()
	answers, all := 0, true
	own(body, func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Yield):
			all = false
		case n.Is(syntax.Return) && n.Count() > 0:
			answers++
			all = all && c.answer(n.Child(0))
		}
		return all
	})
	return all && answers > 0
}

// own visits what is a function's own: not what functions and classes inside of it do.
func own(body syntax.Node, visit func(n syntax.Node) bool) {
	body.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef) {
			return false
		}
		return visit(n)
	})
}

// closing follows the names of one function.
type closing struct {
	set  map[string][]syntax.Node // what each name is set to
	own  map[string]bool          // names that hold plain values made of what stands in the code or was given
	lost map[string]bool          // names that may hold anything

	numbers bool // numbers count too, whatever they are of
}

// plainTypes are types whose values nobody can change once they are made.
var plainTypes = map[string]bool{
	"str": true, "int": true, "float": true, "bool": true, "string": true, "number": true, "boolean": true,
	"str | None": true, "int | None": true, "float | None": true, "Optional[str]": true, "Optional[int]": true,
}

// params notes of each parameter whether it is a plain value of the caller's own.
func (c *closing) params(function syntax.Node) {
	for p := range function.All(syntax.Param) {
		c.lost[p.Text()] = true
		if t := p.First(syntax.Annotation).Child(0); p.Op() == 0 && !t.IsZero() && (plainTypes[t.Source()] || t.Is(syntax.Subscript) && t.Child(0).TextIs("Annotated") && plainType(t)) {
			c.own[p.Text()] = true
			delete(c.lost, p.Text())
		}
	}
}

// plainType tells whether Annotated[…] is of a plain type.
func plainType(t syntax.Node) bool {
	of := t.Child(1)
	if of.Is(syntax.Tuple) {
		of = of.Child(0)
	}
	return plainTypes[of.Source()]
}

// bind notes what names are set to.
func (c *closing) bind(body syntax.Node) {
	lose := func(target syntax.Node) {
		target.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Name) {
				c.lost[n.Text()] = true
			}
			return true
		})
	}
	own(body, func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Assign, syntax.AnnAssign, syntax.AugAssign, syntax.Walrus:
			value := n.Child(-1)
			for target := range n.Children() {
				switch {
				case target == value, target.Is(syntax.Annotation):
				case target.Is(syntax.Name) && (!n.Is(syntax.AnnAssign) || n.Count() > 1 && !value.Is(syntax.Annotation)):
					c.set[target.Text()] = append(c.set[target.Text()], value)
				default:
					lose(target)
				}
			}
		case syntax.For, syntax.CompFor:
			lose(n.Child(0))
		case syntax.WithItem:
			lose(n.Child(1))
		case syntax.Except:
			c.lost[n.Text()] = true
		case syntax.Simple:
			if n.TextIs("global") || n.TextIs("nonlocal") || n.TextIs("del") {
				lose(n)
			}
		case syntax.Case:
			lose(n.Child(0))
		}
		return true
	})
}

// answer tells whether an answer is closed: a text, or a list or dictionary of texts that is made for it.
func (c *closing) answer(n syntax.Node) bool {
	switch n.Kind() {
	case syntax.Map:
		for item := range n.Children() {
			if !item.Is(syntax.Pair) || !c.answer(item.Child(0)) || !c.answer(item.Child(1)) {
				return false
			}
		}
		return true
	case syntax.List, syntax.Tuple, syntax.Set:
		for item := range n.Children() {
			if !c.answer(item) {
				return false
			}
		}
		return true
	case syntax.Cond:
		return c.answer(n.Child(1)) && c.answer(n.Child(2))
	}
	return c.text(n)
}

// textMethods make a text of a text.
var textMethods = map[string]bool{
	"strip": true, "lower": true, "upper": true, "title": true, "trim": true, "toLowerCase": true, "toUpperCase": true, "toString": true, "format": true, "lstrip": true, "rstrip": true, "capitalize": true,
}

// ofNumbers are calls that give a number or fail, and ofAnswers what one asks of an answer for how it went.
var (
	ofNumbers = map[string]bool{"int": true, "float": true, "bool": true, "round": true, "Number": true, "parseInt": true, "parseFloat": true, "Boolean": true}
	ofAnswers = map[string]bool{"status_code": true, "is_success": true}
)

// text tells whether an expression is a plain value that is made of what stands in the code or was given.
func (c *closing) text(n syntax.Node) bool {
	switch n.Kind() {
	case syntax.String, syntax.Number, syntax.Bool, syntax.Null, syntax.Compare:
		return true
	case syntax.Name:
		return c.own[n.Text()] && !c.lost[n.Text()]
	case syntax.Interp, syntax.Slice:
		return c.each(n)
	case syntax.FString, syntax.Binary, syntax.Logic, syntax.Unary:
		return c.each(n)
	case syntax.Cond:
		return c.text(n.Child(1)) && c.text(n.Child(2))
	case syntax.Attr:
		return c.numbers && ofAnswers[n.Text()]
	case syntax.Subscript: // subject[:200]
		return n.Child(1).Is(syntax.Slice, syntax.Number) && c.text(n.Child(0))
	case syntax.Call:
		callee := n.Child(0)
		switch {
		case callee.Is(syntax.Name) && callee.TextIs("len"):
			return true
		case c.numbers && callee.Is(syntax.Name) && ofNumbers[callee.Text()]:
			return true
		case callee.Is(syntax.Name) && (callee.TextIs("str") || callee.TextIs("int") || callee.TextIs("bool") || callee.TextIs("String")) && n.Count() == 2:
			return c.text(n.Child(1))
		case callee.Is(syntax.Attr) && textMethods[callee.Text()] && c.text(callee.Child(0)):
			for a := range n.Children() {
				if a != callee && !c.text(argumentOf(a)) {
					return false
				}
			}
			return true
		}
	}
	return false
}

func (c *closing) each(n syntax.Node) bool {
	for part := range n.Children() {
		if !c.text(part) {
			return false
		}
	}
	return true
}

// settle leaves those names that are set to nothing else, until no more of them fall.
func (c *closing) settle() {
	for name := range c.set {
		c.own[name] = true
	}
	for again := true; again; {
		again = false
		for name, values := range c.set {
			if c.own[name] && !c.lost[name] && slices.ContainsFunc(values, func(v syntax.Node) bool { return !c.text(v) }) {
				c.lost[name], again = true, true
			}
		}
	}
}
