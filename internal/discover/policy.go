package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// A function that is asked before a tool runs is a policy where what the arguments are decides. Whether they are there at
// all keeps no value out: a call with every field filled in passes, whatever it asks for.

// Policy is what a function looks at before it refuses a call of a tool.
type Policy struct {
	Counts bool     // some refusal depends on what a value is
	Only   []string // where that is so for these tools alone, while of others only the presence of their arguments is looked at
	Why    string   // why it does not count; empty where it does, and where no way through it refuses anything: it looks on
}

// WhyNoPolicy says why a check of nothing but presence is none, WhyOnlySome why one of some tools is none of the others,
// and WhyElsewhere why nothing is said of one that leaves its answer to code outside the program.
const (
	WhyNoPolicy  = "it refuses calls in which something is missing, and no comparison with what is allowed was found: which values it holds up is not known, so it does not count as a policy"
	WhyOnlySome  = "it compares the arguments of some tools, and of others only looks whether they are there: which of their values it holds up is not known, so it does not count as a policy for them"
	WhyKept      = "where it does not go on it answers with what is looked up: whether that refuses anything is not known, so it does not count as a policy"
	WhyUnread    = "what it answers could not be followed to the end: whether it refuses anything is not known, so it does not count as a policy"
	WhyElsewhere = "what it answers is decided by code that is not in the tree: whether it refuses anything is not known, so it does not count as a policy"
)

// PolicyOf judges a function, or a class of functions, by the places at which it refuses: its own, else those of the
// functions of the program that it calls.
func (p *Pass) PolicyOf(body syntax.Node, refusal func(syntax.Node) bool) Policy {
	w := newWeighing(p.Code())
	if large(body) {
		return Policy{Why: WhyUnread}
	}
	places := refusals(body, refusal)
	called := []syntax.Node{body}
	if len(places) == 0 {
		called = append(called, w.called(body)...)
		for _, function := range called[1:] {
			places = append(places, refusals(function, refusal)...)
		}
	}
	var only []string
	everywhere, hollow, kept := false, false, true
	for _, n := range places {
		switch tools, named := w.place(n); {
		case w.kept(n):
			hollow = true
		case !w.governed(n):
			hollow, kept = true, false
		case named:
			only = append(only, tools...)
		default:
			everywhere = true
		}
	}
	elsewhere := len(places) == 0 && slices.ContainsFunc(called, w.decidedElsewhere)
	switch {
	case w.lost:
		return Policy{Why: WhyUnread}
	case elsewhere:
		return Policy{Why: WhyElsewhere}
	case len(places) == 0:
		return Policy{}
	case everywhere || !hollow:
		return Policy{Counts: true}
	case len(only) == 0 && kept:
		return Policy{Why: WhyKept}
	case len(only) == 0:
		return Policy{Why: WhyNoPolicy}
	}
	slices.Sort(only)
	return Policy{Counts: true, Only: slices.Compact(only), Why: WhyOnlySome}
}

// refusals lists the places of a function at which it refuses.
func refusals(body syntax.Node, refusal func(syntax.Node) bool) (found []syntax.Node) {
	body.Walk(func(n syntax.Node) bool {
		if refusal(n) {
			found = append(found, n)
		}
		return true
	})
	return found
}

// governed tells whether what a refusal depends on looks at values: the condition that is nearest to it, or the ways out
// before it. A refusal that depends on nothing refuses everything.
func (w *weighing) governed(refusal syntax.Node) bool {
	near, set := false, false
	if refusal.Is(syntax.Logic) {
		near = true
		if w.value(refusal.Child(0)) {
			return true
		}
	}
	for child, n := refusal, refusal.Parent(); !n.IsZero() && !child.Is(syntax.FuncDef, syntax.Lambda); child, n = n, n.Parent() {
		switch {
		case n.Is(syntax.Block):
			for before := range n.Children() {
				if before == child {
					break
				}
				if !before.Is(syntax.If) || !leaves(before.Child(1)) || near && toolName(before.Child(0)) {
					continue
				}
				if w.fixed(before.Child(0)) {
					set = true
					continue
				}
				if w.value(before.Child(0)) {
					return true
				}
				near = near || !refusing(before.Child(1))
			}
		case near:
		case n.Is(syntax.If, syntax.While, syntax.Cond) && child != n.Child(0) && w.fixed(n.Child(0)):
			set = true
		case n.Is(syntax.If, syntax.While, syntax.Cond) && child != n.Child(0):
			near = true
			if w.value(n.Child(0)) {
				return true
			}
		case n.Is(syntax.Match) && child.Is(syntax.Case):
			return true
		case n.Is(syntax.Try) && child.Is(syntax.Except):
			near = true
			if w.calls(n.Child(0)) {
				return true
			}
		}
	}
	return !near && !set
}

// fixed tells whether a condition looks at constants only: how the program is set up judges no call.
func (w *weighing) fixed(n syntax.Node) bool {
	switch {
	case n.Is(syntax.String, syntax.Number, syntax.Bool, syntax.Null):
		return true
	case n.Is(syntax.Name):
		return len(n.Text()) > 1 && n.Text() == strings.ToUpper(n.Text()) && !isParam(n) && len(w.given(n)) == 0
	case !n.Is(syntax.Compare, syntax.Logic, syntax.Unary):
		return false
	}
	for part := range n.Children() {
		if !w.fixed(part) {
			return false
		}
	}
	return true
}

// kept tells whether a place answers with what is read out of something by a key, as it is: a cache does, and a table of
// refusals too.
func (w *weighing) kept(refusal syntax.Node) bool {
	if !refusal.Is(syntax.Return) {
		return false
	}
	value := awaited(refusal.Child(0))
	holder := lookedUp(value)
	if value.Is(syntax.Name) && !isParam(value) {
		enclosing(value).Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Assign, syntax.AnnAssign) && n.Count() > 1 && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs(value.Text()) {
				holder = lookedUp(n.Child(-1))
			}
			return holder.IsZero()
		})
	}
	return holder.Is(syntax.Attr) || holder.Is(syntax.Name) && !isParam(holder)
}

// place gives the tools for which a refusal is reached, where conditions around it name them.
func (w *weighing) place(refusal syntax.Node) (tools []string, named bool) {
	for child, n := refusal, refusal.Parent(); !n.IsZero() && !n.Is(syntax.FuncDef, syntax.Lambda); child, n = n, n.Parent() {
		if !n.Is(syntax.If) || child != n.Child(1) {
			continue
		}
		asked := n.Child(0)
		if asked.Is(syntax.Logic) && asked.TextIs("and") {
			asked = asked.Child(0) // name == "a" and …
		}
		if toolName(asked) && (asked.TextIs("==") || asked.TextIs("===") || asked.TextIs("in")) {
			return constants(asked.Child(1)), true
		}
	}
	return nil, false
}

// leaves tells whether a branch ends by leaving the function or the round.
func leaves(block syntax.Node) bool {
	var last syntax.Node
	for n := range block.Children() {
		last = n
	}
	return last.Is(syntax.Return, syntax.Raise) || last.Is(syntax.Simple) && last.TextIs("continue")
}

// refusing tells whether a way out does more than leave: what it lets by is not what this is about.
func refusing(block syntax.Node) bool {
	return block.Count() > 1 || !block.Child(0).Is(syntax.Return) || block.Child(0).Count() > 0 && !block.Child(0).Child(0).Is(syntax.Null)
}

// toolName tells whether a condition asks which tool is called.
func toolName(n syntax.Node) bool {
	one := n.Child(0)
	return n.Is(syntax.Compare) && n.Count() == 2 && one.Is(syntax.Name, syntax.Attr) && slices.Contains(toolNames, strings.ToLower(one.Text())) && len(constants(n.Child(1))) > 0
}

var toolNames = []string{"name", "tool", "tool_name", "toolname", "function_name", "functionname"}

// constants are the words that an expression is: a text, or a list of texts.
func constants(n syntax.Node) []string {
	if n.Is(syntax.String) {
		return []string{n.Text()}
	}
	var all []string
	if n.Is(syntax.List, syntax.Tuple, syntax.Set) {
		for item := range n.Children() {
			if !item.Is(syntax.String) {
				return nil
			}
			all = append(all, item.Text())
		}
	}
	return all
}

// value tells whether a condition depends on what something is, and not only on whether it is there.
func (w *weighing) value(n syntax.Node) bool {
	return !n.IsZero() && w.once(question{n, depends}, w.look)
}

func (w *weighing) look(n syntax.Node) bool {
	switch {
	case n.Is(syntax.Compare):
		return w.compares(n)
	case n.Is(syntax.Call):
		return w.asks(n)
	case n.Is(syntax.Name):
		return w.assigned(n)
	case n.Is(syntax.Attr, syntax.Subscript):
		return w.verdict(n)
	}
	both := n.Is(syntax.Logic) && n.TextIs("and")
	for child := range n.Children() {
		if !(both && toolName(child)) && w.value(child) {
			return true
		}
	}
	return false
}

// compares judges a comparison: with nothing, with nought, of a type's name or of a key's presence it is of presence only.
func (w *weighing) compares(n syntax.Node) bool {
	one, other := n.Child(0), n.Child(1)
	if n.Count() != 2 {
		return true
	}
	for _, pair := range [][2]syntax.Node{{one, other}, {other, one}} {
		if empty(pair[0]) {
			return w.value(pair[1]) // err != nil, where a call that decides gave it
		}
		if counted(pair[1]) && pair[0].Is(syntax.Number) && (pair[0].TextIs("0") || pair[0].TextIs("1")) || typed(pair[1]) {
			return false
		}
	}
	if n.TextIs("in") || n.TextIs("not in") {
		return !w.keyed(n, other)
	}
	return true
}

// empty tells whether an expression is nothing: None, an empty text, list or map.
func empty(n syntax.Node) bool {
	return n.Is(syntax.Null) || n.Is(syntax.String) && n.TextIs("") || n.Is(syntax.List, syntax.Tuple, syntax.Map) && n.Count() == 0 || n.Is(syntax.Name) && n.TextIs("undefined")
}

// counted tells whether an expression is a length.
func counted(n syntax.Node) bool {
	return n.Is(syntax.Call) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs("len") || n.Is(syntax.Attr) && n.TextIs("length")
}

// typed tells whether an expression is the name of something's type.
func typed(n syntax.Node) bool {
	return n.Is(syntax.Unary) && n.TextIs("typeof") || n.Is(syntax.Call) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs("type")
}

// keyed tells whether what something is looked for in is a dictionary: its values are read by their keys nearby.
func (w *weighing) keyed(at, in syntax.Node) bool {
	if !in.Is(syntax.Name) {
		return false
	}
	found := false
	enclosing(at).Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("get"):
			found = found || n.Child(0).Child(0).Is(syntax.Name) && n.Child(0).Child(0).TextIs(in.Text())
		case n.Is(syntax.Subscript) && n.Child(1).Is(syntax.String):
			found = found || n.Child(0).Is(syntax.Name) && n.Child(0).TextIs(in.Text())
		}
		return !found
	})
	return found
}

// enclosing is the function that a place stands in.
func enclosing(n syntax.Node) syntax.Node {
	for !n.Parent().IsZero() && !n.Is(syntax.FuncDef) {
		n = n.Parent()
	}
	return n
}

// assigned follows a name to what the function gave it: `ok = path.startswith(base)`.
func (w *weighing) assigned(name syntax.Node) bool {
	return slices.ContainsFunc(w.given(name), func(n syntax.Node) bool { return n != name && w.value(n) })
}

// plainCalls only read, count or reshape what they are given.
var plainCalls = []string{
	"str", "len", "bool", "dict", "list", "getattr", "hasattr", "type", "all", "any", "strip", "lstrip", "rstrip", "trim", "lower", "upper", "get", "keys", "items",
	"toString", "toLowerCase", "hasOwnProperty", "String", "Boolean", "loads", "dumps", "parse", "stringify", "isArray", "isdict", "setdefault", "pop", "Marshal", "Unmarshal", "Decode", "TrimSpace",
}

// formTypes are types that restrict nothing but the form of a value.
var formTypes = []string{"str", "dict", "list", "tuple", "bytes", "bool", "int", "float", "Mapping", "Sequence"}

// asks judges a call. What is not in the program may decide, and counts.
func (w *weighing) asks(call syntax.Node) bool {
	callee := call.Child(0)
	def := w.r.Resolve(callee).Def
	switch {
	case def != nil && def.Kind == code.FuncDef && w.depth < maxWeighing:
		return w.inside(def.Node)
	case def != nil:
		return true
	case callee.TextIs("isinstance"):
		return !formType(call.Child(2))
	case !slices.Contains(plainCalls, callee.Text()):
		return true
	}
	for arg := range call.Children() {
		if arg != callee && w.value(arg) {
			return true
		}
	}
	return callee.Is(syntax.Attr) && w.value(callee.Child(0))
}

// formType tells whether a type, or each of several, restricts only the form.
func formType(n syntax.Node) bool {
	if n.Is(syntax.Tuple, syntax.Binary) {
		for part := range n.Children() {
			if !formType(part) {
				return false
			}
		}
		return true
	}
	return n.Is(syntax.Name, syntax.Attr) && slices.Contains(formTypes, n.Text())
}

// inside judges a function of the program by its conditions and what it gives back.
func (w *weighing) inside(function syntax.Node) bool {
	return w.once(question{function, decides}, w.conditions)
}

func (w *weighing) conditions(function syntax.Node) bool {
	if large(function) {
		w.lost = true
		return false
	}
	w.depth++
	defer func() { w.depth-- }()
	found := false
	function.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.If, syntax.Return, syntax.Cond):
			found = found || w.value(n.Child(0))
		case n.Is(syntax.Match):
			found = true
		case n.Is(syntax.Try):
			found = found || w.calls(n.Child(0))
		case n.Is(syntax.Simple) && n.TextIs("assert"):
			found = found || w.value(n.Child(0))
		}
		return !found
	})
	return found
}

// calls tells whether code calls something that may decide by raising.
func (w *weighing) calls(block syntax.Node) bool {
	return w.once(question{block, decides}, func(syntax.Node) bool {
		found := false
		block.Walk(func(n syntax.Node) bool {
			found = found || n.Is(syntax.Call) && w.asks(n)
			return !found
		})
		return found
	})
}
