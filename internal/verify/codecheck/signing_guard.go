package codecheck

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/result"
	"fermata/internal/syntax"
)

// A program may refuse to start with the word from its source, and do so only where an environment says that it is in
// production. Where nobody says anything, such a refusal never comes: the word signs. Whether it comes there is asked of
// each condition around it, with every variable of the environment at its default.

// setting is a name whose value says where a program runs.
var setting = regexp.MustCompile(`(?i)env|prod|stag(?:e|ing)|debug|(?:^|_|is)dev|local|deploy|mode$`)

// mostConditions is how deep conditions and the names in them are followed.
const mostConditions = 8

// comes tells whether a refusal at an offset of a tree is reached where no variable of the environment is set. What the
// text or the name of the key stands in is the refusal's own question, and not asked.
func (f *fileLook) comes(r *code.Resolver, tree *syntax.Tree, offset int, text, key string) result.Truth {
	at := nodeAt(tree, offset)
	if at.IsZero() {
		return result.Yes // in a text that no reader took apart
	}
	g := guard{r: r, text: text, key: key}
	truth := result.Yes
	for n := at; !n.IsZero() && !n.Is(syntax.FuncDef, syntax.ClassDef, syntax.Module, syntax.Lambda); n = n.Parent() {
		parent := n.Parent()
		switch {
		case parent.Is(syntax.If) && parent.Child(0) != n:
			said := g.holds(parent.Child(0), 0)
			if n.Is(syntax.Else) {
				said = not(said)
			}
			truth = both(truth, said)
		case parent.Is(syntax.Cond) && parent.Child(0) != n:
			said := g.holds(parent.Child(0), 0)
			if parent.Child(2) == n {
				said = not(said)
			}
			truth = both(truth, said)
		case parent.Is(syntax.Block):
			for before := range parent.Children() {
				if before == n {
					break
				}
				if before.Is(syntax.If) && before.First(syntax.Else).IsZero() && before.Child(1).Child(-1).Is(syntax.Return) { // if env != "prod": return
					truth = both(truth, not(g.holds(before.Child(0), 0)))
				}
			}
		}
	}
	return truth
}

// nodeAt is the smallest node around an offset of the file.
func nodeAt(tree *syntax.Tree, offset int) syntax.Node {
	var found syntax.Node
	tree.Root().Walk(func(n syntax.Node) bool {
		at := n.Span()
		if !n.Is(syntax.Module) && (offset < int(at.Start) || offset >= int(at.End)) {
			return false
		}
		found = n
		return true
	})
	if found.Is(syntax.Module) {
		return syntax.Node{}
	}
	return found
}

// guard asks conditions what they say where nothing is set.
type guard struct {
	r         *code.Resolver
	text, key string
}

// holds tells whether a condition is met. One that says nothing about where the program runs is taken to be: it asks
// whether the key is used at all.
func (g *guard) holds(n syntax.Node, depth int) result.Truth {
	if depth > mostConditions {
		return result.Unknown
	}
	switch n.Kind() {
	case syntax.Logic:
		all := result.Is(n.TextIs("and"))
		for c := range n.Children() {
			if n.TextIs("and") {
				all = both(all, g.holds(c, depth+1))
			} else if g.about(c) || g.own(c) {
				all = not(both(not(all), not(g.holds(c, depth+1))))
			}
		}
		return all
	case syntax.Unary:
		if n.TextIs("not") || n.TextIs("!") {
			if g.about(n) && !g.own(n) {
				return not(g.holds(n.Child(0), depth+1))
			}
		}
	}
	if g.own(n) || !g.about(n) {
		return result.Yes
	}
	switch n.Kind() {
	case syntax.Compare:
		return g.compared(n)
	case syntax.Bool:
		return result.Is(n.TextIs("true"))
	}
	value, ok := g.byDefault(n, 0)
	switch strings.ToLower(value) {
	case "", "false", "0", "no", "off", "null":
		if ok {
			return result.No
		}
	case "true", "1", "yes", "on":
		return result.Yes
	}
	if body := g.meaning(n); !body.IsZero() { // is_production = app_env == "production"
		return g.holds(body, depth+1)
	}
	return result.Unknown
}

// own tells whether a condition asks about the key itself.
func (g *guard) own(n syntax.Node) bool {
	found := false
	n.Walk(func(c syntax.Node) bool {
		found = found || c.Is(syntax.String) && c.TextIs(g.text) || c.Is(syntax.Name, syntax.Attr) && strings.EqualFold(c.Text(), g.key)
		return !found
	})
	return found
}

// about tells whether a condition names what says where the program runs.
func (g *guard) about(n syntax.Node) bool {
	found := false
	n.Walk(func(c syntax.Node) bool {
		found = found || c.Is(syntax.Name, syntax.Attr) && !c.TextIs("environ") && setting.MatchString(c.Text()) ||
			c.Is(syntax.String) && c.Parent().Is(syntax.Call, syntax.Subscript) && setting.MatchString(c.Text())
		return !found
	})
	return found
}

// compared tells whether a comparison with constants holds for the default.
func (g *guard) compared(n syntax.Node) result.Truth {
	left, right := n.Child(0), n.Child(1)
	if n.Count() != 2 {
		return result.Unknown
	}
	value, ok := g.byDefault(left, 0)
	if !ok {
		if value, ok = g.byDefault(right, 0); !ok {
			return result.Unknown
		}
		right = left
	}
	others, known := g.constants(right)
	if !known {
		return result.Unknown
	}
	among := false
	for _, one := range others {
		among = among || one == value
	}
	switch n.Text() {
	case "==", "===", "in", "is":
		return result.Is(among)
	case "!=", "!==", "not in", "is not":
		return result.Is(!among)
	}
	return result.Unknown
}

// constants are the texts that an expression is one of.
func (g *guard) constants(n syntax.Node) ([]string, bool) {
	switch n.Kind() {
	case syntax.List, syntax.Tuple, syntax.Set:
		var all []string
		for c := range n.Children() {
			value, ok := g.byDefault(c, 0)
			if !ok {
				return nil, false
			}
			all = append(all, value)
		}
		return all, true
	case syntax.Name, syntax.Attr:
		if at := g.assigned(n); at.Is(syntax.List, syntax.Tuple, syntax.Set) {
			return g.constants(at)
		}
	}
	value, ok := g.byDefault(n, 0)
	return []string{value}, ok
}

// byDefault is what an expression is where no variable of the environment is set: "" also for one that has no default.
func (g *guard) byDefault(n syntax.Node, depth int) (string, bool) {
	if n.IsZero() || depth > mostConditions {
		return "", false
	}
	switch n.Kind() {
	case syntax.String, syntax.Number, syntax.Bool:
		return n.Text(), true
	case syntax.Null:
		return "", true
	case syntax.Logic: // process.env.NODE_ENV || "development"
		if !n.TextIs("or") {
			return "", false
		}
		value, ok := g.byDefault(n.Child(0), depth+1)
		if ok && value == "" {
			return g.byDefault(n.Child(1), depth+1)
		}
		return value, ok
	case syntax.Call:
		callee := n.Child(0)
		if callee.Is(syntax.Attr) && n.Count() == 1 {
			value, ok := g.byDefault(callee.Child(0), depth+1)
			switch {
			case !ok:
			case callee.TextIs("lower"), callee.TextIs("casefold"), callee.TextIs("toLowerCase"):
				return strings.ToLower(value), true
			case callee.TextIs("upper"), callee.TextIs("toUpperCase"):
				return strings.ToUpper(value), true
			case callee.TextIs("strip"), callee.TextIs("trim"):
				return strings.TrimSpace(value), true
			}
		}
		if callee.Is(syntax.Name) && (callee.TextIs("bool") || callee.TextIs("str")) && n.Count() == 2 {
			return g.byDefault(n.Child(1), depth+1)
		}
		if callee.TextIs("Field") {
			if d := n.Argument("default"); !d.IsZero() {
				return g.byDefault(d, depth+1)
			}
			return g.byDefault(n.Child(1), depth+1)
		}
	}
	v := g.r.Eval(n)
	switch {
	case v.Is(code.Env):
		if v.Default() == nil {
			return "", true
		}
		return v.Default().Text, v.Default().Is(code.String) || v.Default().Is(code.Bool) || v.Default().Is(code.Number)
	case v.Is(code.String), v.Is(code.Bool), v.Is(code.Number):
		return v.Text, true
	}
	if at := g.assigned(n); !at.IsZero() && at != n {
		return g.byDefault(at, depth+1)
	}
	return "", false
}

// assigned is the one value that the file gives a name, or a field of that name; none where it gives several.
func (g *guard) assigned(n syntax.Node) syntax.Node {
	if !n.Is(syntax.Name, syntax.Attr) {
		return syntax.Node{}
	}
	var value syntax.Node
	several := false
	n.Tree().Root().Walk(func(c syntax.Node) bool {
		if c.Is(syntax.Assign, syntax.AnnAssign) && c.Count() >= 2 && c.Child(0).Is(syntax.Name, syntax.Attr) && c.Child(0).TextIs(n.Text()) &&
			!c.Child(-1).Is(syntax.Annotation) && c.Child(-1) != n {
			several = several || !value.IsZero()
			value = c.Child(-1)
		}
		return true
	})
	if several {
		return syntax.Node{}
	}
	return value
}

// meaning is the condition that a name or a property without arguments stands for.
func (g *guard) meaning(n syntax.Node) syntax.Node {
	if at := g.assigned(n); at.Is(syntax.Compare, syntax.Logic, syntax.Unary) {
		return at
	}
	if n.Is(syntax.Call) && n.Count() == 1 {
		n = n.Child(0)
	}
	if !n.Is(syntax.Name, syntax.Attr) {
		return syntax.Node{}
	}
	var found syntax.Node
	several := false
	n.Tree().Root().Walk(func(c syntax.Node) bool {
		if c.Is(syntax.FuncDef) && c.TextIs(n.Text()) {
			several = several || !found.IsZero()
			if last := c.First(syntax.Block).Child(-1); last.Is(syntax.Return) {
				found = last.Child(0)
			}
		}
		return true
	})
	if several {
		return syntax.Node{}
	}
	return found
}

// both is Yes where two are, No where one is not.
func both(a, b result.Truth) result.Truth {
	switch {
	case a == result.No || b == result.No:
		return result.No
	case a == result.Yes && b == result.Yes:
		return result.Yes
	}
	return result.Unknown
}

// not turns an answer round.
func not(t result.Truth) result.Truth {
	switch t {
	case result.Yes:
		return result.No
	case result.No:
		return result.Yes
	}
	return result.Unknown
}
