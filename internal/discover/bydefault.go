package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// A tool that begins by asking for a switch, and answers that it is off where nobody set it, does what its body does where
// somebody set it. Whether anybody did is not in the code: what it can do is not known then, and is asked.

// offByDefault gives the switch that a function asks for before anything else, and that is off where nobody sets it; the zero
// Node where there is none.
func offByDefault(r *code.Resolver, function syntax.Node) syntax.Node {
	body := function.First(syntax.Block)
	for n := range body.Children() {
		if n.Is(syntax.ExprStmt) && n.Child(0).Is(syntax.String) {
			continue
		}
		if n.Is(syntax.If) && refuses(n.Child(1)) && !n.Child(2).Is(syntax.Else) && off(r, n.Child(0)) {
			return n.Child(0)
		}
		return syntax.Node{}
	}
	return syntax.Node{}
}

// refuses tells whether a branch only says that something is off: it raises, or answers with a text of its own.
func refuses(block syntax.Node) bool {
	c := closing{}
	for n := range block.Children() {
		switch {
		case n.Is(syntax.Raise):
			return true
		case n.Is(syntax.Return):
			return n.Count() == 0 || c.answer(n.Child(0))
		case n.Is(syntax.ExprStmt) && n.Child(0).Is(syntax.Call) && n.Child(0).Child(0).Is(syntax.Attr):
			if root := rootName(n.Child(0)); !slices.Contains([]string{"logger", "log", "logging", "console"}, strings.ToLower(root)) {
				return false
			}
		default:
			return false
		}
	}
	return false
}

// off tells whether a condition holds where nobody sets anything: it asks whether a switch is not set.
func off(r *code.Resolver, n syntax.Node) bool {
	switch {
	case n.Is(syntax.Unary) && (n.TextIs("not") || n.TextIs("!")):
		return unset(r, n.Child(0))
	case n.Is(syntax.Logic) && n.TextIs("or"):
		for part := range n.Children() {
			if off(r, part) {
				return true
			}
		}
	case n.Is(syntax.Compare) && n.Count() == 2:
		one, other := n.Child(0), n.Child(1)
		switch n.Text() {
		case "!=", "!==", "is not":
			return other.Is(syntax.Bool) && other.TextIs("true") && unset(r, one) || saysYes(other) && unlike(r, one, other)
		case "not in":
			return saysYes(other) && unlike(r, one, other)
		case "==", "===", "is":
			return other.Is(syntax.Bool) && other.TextIs("false") && unset(r, one)
		}
	}
	return false
}

// unset tells whether an expression is a switch that is off by default: a setting of the kind yes or no whose default is no,
// or the question whether a variable says yes.
func unset(r *code.Resolver, n syntax.Node) bool {
	if n.Is(syntax.Compare) && n.Count() == 2 && (n.TextIs("==") || n.TextIs("===") || n.TextIs("in")) && saysYes(n.Child(1)) {
		return unlike(r, n.Child(0), n.Child(1))
	}
	if !n.Is(syntax.Name, syntax.Attr) {
		return false
	}
	values := r.Eval(n).Each()
	for _, v := range values {
		if !v.Is(code.Bool) || v.Text != "false" && v.Text != "False" {
			return n.Is(syntax.Name, syntax.Attr) && len(values) == 1 && v.Node.Is(syntax.Compare) && v.Node != n && unset(r, v.Node)
		}
	}
	return len(values) > 0
}

// yes are words by which a variable switches something on.
var yes = []string{"1", "true", "yes", "on", "y", "t", "enabled"}

// saysYes tells whether an expression is such a word, or a list of them.
func saysYes(n syntax.Node) bool {
	switch {
	case n.Is(syntax.String):
		return slices.Contains(yes, strings.ToLower(n.Text()))
	case n.Is(syntax.List, syntax.Tuple, syntax.Set):
		for item := range n.Children() {
			if !saysYes(item) {
				return false
			}
		}
		return n.Count() > 0
	}
	return false
}

// unlike tells whether what is read from a variable of the environment is, where nobody sets it, none of the words.
func unlike(r *code.Resolver, n, words syntax.Node) bool {
	for n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && textMethods[n.Child(0).Text()] {
		n = n.Child(0).Child(0) // .lower()
	}
	if !n.Is(syntax.Name, syntax.Attr, syntax.Call) {
		return false
	}
	values := r.Eval(n).Each()
	for _, v := range values {
		if !v.Is(code.Env) {
			return false
		}
		if word, ok := v.Default().Constant(); ok && slices.Contains(yes, strings.ToLower(word)) || !ok && v.Default() != nil && !v.Default().Is(code.Null) {
			return false
		}
	}
	return len(values) > 0 && saysYes(words)
}

// withheld says of effects that a switch before them is off by default: whether they are there is not known.
func (p *Pass) withheld(def *code.Def, effects []Effect) []Effect {
	if def.Kind != code.FuncDef {
		return effects
	}
	r := p.run.program.Resolver(def.Module.Path)
	own := r.Tree().At(def.Node.Index())
	gate := offByDefault(r, own)
	if gate.IsZero() {
		return effects
	}
	asked := strings.Join(strings.Fields(gate.Source()), " ")
	if len(asked) > 80 {
		asked = "in its first lines"
	}
	out := slices.Clone(effects)
	for i := range out {
		if e := &out[i]; e.Value == model.Yes {
			e.Value, e.Reason = model.Unknown, e.Reason+", and first asks for a switch that is off by default: "+asked
			e.At = append(slices.Clone(e.At), gate.Span())
			e.Known = false
		}
	}
	return out
}
