package providerclient

import (
	"slices"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// coming follows in one function what comes of a model's answer. It is stricter than [flow], for which all that is put
// together with an answer holds it: here, {"name": given, "text": answer}["name"] does not come of it.
type coming struct {
	x        *pass
	function syntax.Node
	call     syntax.Node     // what asks the model, in this function; the zero Node where another function asks
	handed   map[string]bool // parameters that are handed what comes of the answer
	depth    int             // how many functions deep
	said     map[string]bool // outside of these nothing comes of the answer; nil where that is not known
	setting  []syntax.Node   // what sets variables in the function
	seen     map[comingKey]bool
}

type comingKey struct {
	name, key string
}

// from starts to follow what a call answers, or what is handed in, in a function.
func (x *pass) from(function, call syntax.Node, handed map[string]bool, depth int) *coming {
	c := &coming{x: x, function: function, call: call, handed: handed, depth: depth}
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign, syntax.AnnAssign, syntax.AugAssign, syntax.Walrus, syntax.For, syntax.CompFor, syntax.WithItem) {
			c.setting = append(c.setting, n)
		}
		return true
	})
	return c
}

// is tells whether an expression comes of the answer.
func (c *coming) is(n syntax.Node) bool {
	if c.said != nil && !touchesAny(n, c.said) {
		return false
	}
	c.seen = map[comingKey]bool{}
	return c.of(n, "")
}

// of tells whether an expression comes of the answer, or the member of it that is called key.
func (c *coming) of(n syntax.Node, key string) bool {
	switch {
	case n.IsZero():
		return false
	case n == c.call:
		return true
	case n.Is(syntax.Attr) && itself(n.Child(0)):
		return c.named("self."+n.Text(), key)
	case n.Is(syntax.Attr):
		return c.of(n.Child(0), n.Text())
	case n.Is(syntax.Subscript):
		inner := ""
		if n.Child(1).Is(syntax.String) {
			inner = n.Child(1).Text()
		}
		return c.of(n.Child(0), inner)
	case n.Is(syntax.Name):
		return c.named(n.Text(), key)
	case n.Is(syntax.Map):
		return c.entry(n, key)
	case n.Is(syntax.Call):
		return c.answered(n, key)
	case n.Is(syntax.Cond):
		return c.of(n.Child(1), key) || c.of(n.Child(2), key)
	case n.Is(syntax.Lambda, syntax.Compare, syntax.FuncDef):
		return false
	}
	return c.any(n, key)
}

func (c *coming) any(n syntax.Node, key string) bool {
	for child := range n.Children() {
		if c.of(child, key) {
			return true
		}
	}
	return false
}

// entry is of for an object that is written out: what stands under the key decides.
func (c *coming) entry(n syntax.Node, key string) bool {
	for child := range n.Children() {
		switch {
		case child.Is(syntax.Pair) && key != "" && child.Child(0).TextIs(key):
			return c.of(child.Child(-1), "")
		case child.Is(syntax.Pair) && key != "":
		case child.Is(syntax.Pair):
			if c.of(child.Child(-1), "") {
				return true
			}
		case c.of(child, key):
			return true
		}
	}
	return false
}

// deepestComing is how many functions deep it is looked at what they return.
const deepestComing = 2

// answered is of for what a call gives: it comes of the answer if its object or an argument does, and a function of the
// program gives it on.
func (c *coming) answered(n syntax.Node, key string) bool {
	callee := n.Child(0)
	if callee.Is(syntax.Attr) && (callee.TextIs("get") || callee.TextIs("pop")) && n.Child(1).Is(syntax.String) && c.of(callee.Child(0), n.Child(1).Text()) {
		return true
	}
	if callee.Is(syntax.Attr) && !itself(callee.Child(0)) && !callee.TextIs("get") && !callee.TextIs("pop") && c.of(callee.Child(0), "") {
		return true
	}
	arguments := false
	for a := range n.Children() {
		switch {
		case a == callee:
		case a.Is(syntax.Keyword) && key != "" && a.TextIs(key):
			return c.of(a.Child(-1), "") // Step(action=answer)
		case c.of(a, ""):
			arguments = true
		}
	}
	if !arguments {
		return false
	}
	def := c.x.called(n).Def
	if def == nil || def.Kind != code.FuncDef || c.depth >= deepestComing {
		return true
	}
	inner := c.x.from(def.Node, syntax.Node{}, handedAs(n, def, func(a syntax.Node) bool { return c.of(a, "") }), c.depth+1)
	returns, comes := inner.returning(key)
	return comes || !returns
}

// returning tells whether the function gives something, and whether some of that comes of the answer.
func (c *coming) returning(key string) (returns, comes bool) {
	c.function.First(syntax.Block).Walk(func(r syntax.Node) bool {
		if r.Is(syntax.Return) && r.Count() > 0 && !comes {
			c.seen = map[comingKey]bool{}
			returns, comes = true, c.of(r.Child(0), key)
		}
		return !comes && !r.Is(syntax.FuncDef, syntax.Lambda)
	})
	return returns, comes
}

// named is of for a variable: it comes of the answer if something that it is set to does.
func (c *coming) named(name, key string) bool {
	if c.handed[name] {
		return true
	}
	k := comingKey{name, key}
	if known, ok := c.seen[k]; ok {
		return known
	}
	c.seen[k] = false // while it is looked at: what is set to itself comes of nothing by that
	for _, n := range c.setting {
		value, targets := n.Child(-1), n.Children()
		inner := func(t syntax.Node) string { return c.within(t, name, key) }
		switch n.Kind() {
		case syntax.For, syntax.CompFor:
			value, targets = n.Child(1), slices.Values([]syntax.Node{n.Child(0)})
			inner = func(syntax.Node) string { return "" }
		case syntax.WithItem:
			value, targets = n.Child(0), slices.Values([]syntax.Node{n.Child(1)})
		}
		for t := range targets {
			if t != value && !t.Is(syntax.Annotation) && c.sets(t, name, key) && c.of(value, inner(t)) {
				c.seen[k] = true
				return true
			}
		}
	}
	return false
}

// sets tells whether a target sets a variable, or the member of it that is called key.
func (c *coming) sets(target syntax.Node, name, key string) bool {
	if target.Is(syntax.Subscript, syntax.Attr) && !(target.Is(syntax.Attr) && itself(target.Child(0))) {
		member := target.Text()
		if target.Is(syntax.Subscript) {
			if member = ""; target.Child(1).Is(syntax.String) {
				member = target.Child(1).Text()
			}
		}
		if member != "" && key != "" && member != key {
			return false
		}
		target = target.Child(0)
	}
	return touchesAny(target, map[string]bool{name: true})
}

// within is the key under which a value holds what a target sets a name to: the same where all of it is set, the name
// itself where the target takes the value apart by names.
func (c *coming) within(target syntax.Node, name, key string) string {
	switch {
	case target.Is(syntax.Name) || target.Is(syntax.Attr) && itself(target.Child(0)):
		return key
	case target.Is(syntax.Map):
		return name
	}
	return ""
}
