package code

import (
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// Word is one of the words that a call hands on, such as an argument of a program that it starts.
type Word struct {
	Text  string   // what it begins with, as the code says
	Whole bool     // that is all of it
	Given bool     // it holds something of what the function's caller gave
	Holds Alphabet // of that
	Many  bool     // there may be any number of such words
}

// Option tells whether whoever gives a part of the word may make it begin with a hyphen.
func (w Word) Option() bool { return w.Given && w.Holds&Hyphen != 0 }

// mostWordings bounds the ways in which one call may be given its words.
const mostWordings = 32

// Words gives the words that a driven call hands on: those of some expressions, and then those of a list, which may be the
// zero Node. A helper hands on what each of its calls in the body passes, so there is an answer for each; none where there
// are too many of them.
func (c Call) Words(single []syntax.Node, list syntax.Node) [][]Word {
	if c.checks == nil {
		return nil
	}
	all := [][]Word{nil}
	for _, n := range single {
		all = joinWords(all, c.checks.word(n, 0))
	}
	if !list.IsZero() {
		all = joinWords(all, c.checks.words(list, 0))
	}
	return all
}

func joinWords(before, after [][]Word) (all [][]Word) {
	if len(before)*len(after) > mostWordings {
		return nil
	}
	for _, b := range before {
		for _, a := range after {
			all = append(all, append(slices.Clone(b), a...))
		}
	}
	return all
}

// deepestWord bounds how far variables and helpers are followed.
const deepestWord = 12

// word gives what one expression is, in each way that it may come to be.
func (c *checks) word(n syntax.Node, depth int) [][]Word {
	if n.Is(syntax.Spread) {
		return c.words(n.Child(0), depth+1)
	}
	if all, ok := c.passing(n, depth, (*checks).word); ok {
		return all
	}
	l, held := c.of(n)
	w := Word{Given: held, Holds: l.alphabet}
	if v := c.r.Eval(n); v.Is(String) && len(v.Holes) > 0 {
		w.Text, _, _ = strings.Cut(v.Text, "{"+v.Holes[0].Name+"}")
	} else if !held {
		w.Text, w.Whole = v.Constant()
		if method, ok := strings.CutPrefix(v.Ref.Name, "net/http.Method"); ok && v.Is(External) {
			w.Text, w.Whole = strings.ToUpper(method), true
		}
	}
	return [][]Word{{w}}
}

// words is word for an expression that is a list of words.
func (c *checks) words(n syntax.Node, depth int) [][]Word {
	if depth < deepestWord {
		switch {
		case n.Is(syntax.List, syntax.Tuple):
			all := [][]Word{nil}
			for item := range n.Children() {
				all = joinWords(all, c.word(item, depth+1))
			}
			return all
		case n.Is(syntax.Binary) && n.TextIs("+"):
			return joinWords(c.words(n.Child(0), depth+1), c.words(n.Child(1), depth+1))
		case n.Is(syntax.Name):
			if all, ok := c.passing(n, depth, (*checks).words); ok {
				return all
			}
			if all, ok := c.gathered(n, depth); ok {
				return all
			}
		}
	}
	l, held := c.of(n)
	unknown := Word{Given: held, Holds: l.alphabet, Many: true}
	if !parameterOf(n).IsZero() {
		return [][]Word{{unknown}}
	}
	var all [][]Word
	for _, v := range c.r.Eval(n).Each() {
		one := [][]Word{{unknown}}
		if v.Is(List) {
			one = [][]Word{nil}
			for _, item := range v.Items {
				one = joinWords(one, c.item(item, unknown, n, depth))
			}
			if v.Open {
				one = joinWords(one, [][]Word{{unknown}})
			}
		}
		all = append(all, one...)
	}
	if len(all) > mostWordings {
		return nil
	}
	return all
}

// gathered is words for a variable that is set once and grows after that: words = [first], words.append(second).
func (c *checks) gathered(n syntax.Node, depth int) (all [][]Word, ok bool) {
	if !parameterOf(n).IsZero() {
		return nil, false
	}
	_, bindings := c.r.meaning(n)
	if len(bindings) == 0 || bindings[0].kind != bindAssign || len(bindings[0].path) > 0 || within(n, bindings[0].node) || functionAround(bindings[0].node) != functionAround(n) {
		return nil, false
	}
	all = c.words(bindings[0].value, depth+1)
	for i := range bindings[1:] {
		b := &bindings[i+1]
		switch {
		case start(b.node) >= start(n) || apart(b.node, n):
			continue
		case b.kind == bindAugment && b.node.Is(syntax.AugAssign):
			all = joinWords(all, c.words(b.node.Child(1), depth+1))
			continue
		case b.kind != bindMutate || !b.node.Is(syntax.ExprStmt) || !fillsName(b.node.Child(0)):
			return nil, false
		}
		call := b.node.Child(0)
		switch call.Child(0).Text() {
		case "append", "push":
			for i := 1; i < call.Count(); i++ {
				all = joinWords(all, c.word(call.Child(i), depth+1))
			}
		case "extend":
			all = joinWords(all, c.words(call.Child(1), depth+1))
		default:
			return nil, false
		}
	}
	return all, len(all) > 0
}

// item is word for a member of a list that was put together before.
func (c *checks) item(v *Value, unknown Word, list syntax.Node, depth int) [][]Word {
	if text, ok := v.Constant(); ok {
		return [][]Word{{{Text: text, Whole: true}}}
	}
	if !v.Node.IsZero() && !v.Node.Is(syntax.Param) && functionAround(v.Node) == functionAround(list) && !v.Is(List) {
		return c.word(v.Node, depth+1)
	}
	unknown.Many = !v.Is(String)
	return [][]Word{{unknown}}
}

// passing is what calls of a helper in the body pass for a name that is its parameter; false for other names, and for
// parameters of which that is not all.
func (c *checks) passing(n syntax.Node, depth int, as func(*checks, syntax.Node, int) [][]Word) (all [][]Word, ok bool) {
	p := parameterOf(n)
	if p.IsZero() || c.trail == nil || depth >= deepestWord {
		return nil, false
	}
	if _, bindings := c.r.meaning(n); len(bindings) != 1 {
		return nil, false
	}
	function := p.Parent()
	for _, s := range *c.trail {
		if s.function != function {
			continue
		}
		args, known := argumentsFor(s.call, function, p)
		if !known {
			if !leftOut(s.call, p) {
				return nil, false
			}
			args = []syntax.Node{{}}
		}
		one := [][]Word{nil}
		for _, a := range args {
			by := as
			if p.Op() == 1 { // each is a word of its own
				by = (*checks).word
			}
			one = joinWords(one, by(s.checks, a, depth+1))
		}
		all = append(all, one...)
	}
	return all, len(all) > 0 && len(all) <= mostWordings
}

// argumentsFor gives what a call passes for a parameter: one expression, or several for one that takes all the rest. False
// where the call does not say.
func argumentsFor(call, function, param syntax.Node) (args []syntax.Node, known bool) {
	if call.IsZero() {
		return nil, false
	}
	if a := call.Argument(param.Text()); !a.IsZero() {
		return []syntax.Node{a}, true
	}
	position := 0
	for p := range function.All(syntax.Param) {
		if p == param {
			break
		}
		if p.Op() != 0 {
			return nil, false
		}
		if !p.TextIs("self") && !p.TextIs("cls") && !receives(function, p) {
			position++
		}
	}
	for i := 1; i < call.Count(); i++ {
		a := call.Child(i)
		switch {
		case a.Is(syntax.Keyword):
		case param.Op() == 1 && i > position:
			args = append(args, a)
		case a.Is(syntax.Spread):
			return nil, false
		case i == position+1:
			return []syntax.Node{a}, true
		}
	}
	if d := param.First(syntax.Default).Child(0); param.Op() == 0 && !d.IsZero() {
		return []syntax.Node{d}, true
	}
	return args, param.Op() == 1
}

// leftOut tells whether a call of JavaScript, for which no argument was found, leaves out a parameter that may be left out.
func leftOut(call, param syntax.Node) bool {
	if call.IsZero() || call.Tree().Language != syntax.TypeScript || param.Op() != 0 {
		return false
	}
	return call.First(syntax.Spread).IsZero()
}

// passage is a call by which a body came to a function of the program; the zero Node where something else calls it.
type passage struct {
	function, call syntax.Node
	checks         *checks // of where the call stands
}
