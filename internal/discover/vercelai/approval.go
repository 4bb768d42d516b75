package vercelai

import (
	"regexp"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// leave are names by which a function that the host hands in asks a person for leave, written as asking: what is loaded, kept or
// looked up under a like name asks nobody, nor does what the program answers itself.
var (
	leave   = regexp.MustCompile(`^(?:on(?:Tool)?(?:Call)?Approval|(?:ask|request|prompt)\w*(?:Approval|Permission|Consent|Confirmation)|confirm(?:[A-Z]\w*)?)$`)
	unasked = regexp.MustCompile(`(?i)(auto|skip|bypass|always|without|setting|flag|config|polic|default|cache|rule|stored|saved|state|status)`)
)

// Modules that put a question to whoever sits there, and how they are asked.
var (
	seated   = map[string]bool{"readline": true, "readline/promises": true, "node:readline": true, "node:readline/promises": true, "inquirer": true, "@inquirer/prompts": true, "prompts": true, "enquirer": true, "@clack/prompts": true}
	question = regexp.MustCompile(`^(?:question|prompt|prompts|confirm|select)$`)
)

// quiet are calls that run no tool, whatever they are given: they word, look up and write down.
var quiet = map[string]bool{"log": true, "warn": true, "error": true, "info": true, "debug": true, "push": true, "add": true, "get": true, "has": true, "includes": true, "stringify": true, "String": true}

// running are names of functions that may run what a model called for.
var running = regexp.MustCompile(`(?i)^(run|exec|invoke|call|dispatch|perform|handle|process|apply)`)

// takes is code that takes up what a model called for.
var takes = regexp.MustCompile(`(?i)tool_?calls?|\.(?:input|args|arguments)\b|\bexecute\b`)

// approved: a loop of the program's own hands a model its tools without what they do, and runs each call itself after a
// person has said yes to it. All of that is asked for: tools that this very call is given bare, a loop after it over what
// the model called for, and in that loop, before anything runs, an answer about the call in hand that ends the round when
// it is no.
func (x *pass) approved(agent discover.Ref, function syntax.Node, calls []*code.Value) {
	if function.IsZero() {
		return
	}
	asked := int32(0) // where the last call of a model that is given tools ends
	for _, v := range calls {
		if !holds(v.Arg("tools", -1)) {
			continue
		}
		if !x.bare(discover.Said(v.Call, "tools"), 0) {
			return
		}
		asked = max(asked, v.Call.Span().End)
	}
	if asked == 0 {
		return
	}
	var at source.Span
	early := false // something that may be a tool runs before anybody is asked
	own(function, func(n syntax.Node) bool {
		switch {
		case early || !at.IsZero():
			return false
		case n.Span().Start < asked:
		case n.Is(syntax.For):
			if at = x.asksFor(n, function); !at.IsZero() {
				return false
			}
		case n.Is(syntax.Call) && (running.MatchString(lastName(n.Child(0))) || !silent(n) && takes.MatchString(n.Source())):
			early = true
		}
		return true
	})
	if !at.IsZero() && !early {
		x.Control("human-approval", agent, discover.Ref{}, model.Evidenced, at)
	}
}

// asksFor finds where the round of a loop asks for leave to what it is about: among its own statements, since what stands
// in a condition asks for some of the calls only, and before anything runs.
func (x *pass) asksFor(loop, function syntax.Node) source.Span {
	one, answer := loop.Child(0), ""
	var at source.Span
	for s := range loop.Child(2).Children() {
		switch {
		case answer != "" && s.Is(syntax.If) && s.Child(0).Is(syntax.Unary) && s.Child(0).Child(0).Is(syntax.Name) && s.Child(0).Child(0).TextIs(answer):
			ends, left := leaves(s.Child(1))
			if !ends || !silent(s.Child(1)) || left && refusedRun(function, loop, s.Span().End) {
				return source.Span{}
			}
			return at
		case answer == "" && s.Is(syntax.Assign, syntax.AnnAssign) && s.Child(0).Is(syntax.Name) && s.Child(-1).Is(syntax.Await) && x.asksLeave(s.Child(-1).Child(0), one, function):
			answer, at = s.Child(0).Text(), s.Child(-1).Child(0).Span()
		case !silent(s), answer != "" && sets(s, answer):
			return source.Span{}
		}
	}
	return source.Span{}
}

// asksLeave tells whether a call asks a person about one thing: by what the host hands in for it, or by a function of the
// program that puts a question to whoever sits there.
func (x *pass) asksLeave(call, one, function syntax.Node) bool {
	callee := call.Child(0)
	name := lastName(callee)
	if !call.Is(syntax.Call) || unasked.MatchString(name) {
		return false
	}
	if def := x.Code().Resolve(callee).Def; def != nil {
		if !asksSeated(def.Node) {
			return false
		}
	} else if !leave.MatchString(name) || !handedIn(callee, function) {
		return false
	}
	about := false
	for arg := range call.Children() {
		about = about || arg != callee && mentions(arg, one.Text())
	}
	return about && one.Is(syntax.Name)
}

// handedIn tells whether a callee is a parameter of a function, or hangs at one.
func handedIn(callee, function syntax.Node) bool {
	for callee.Is(syntax.Attr) {
		callee = callee.Child(0)
	}
	for p := range function.All(syntax.Param) {
		if callee.Is(syntax.Name) && (p.TextIs(callee.Text()) || p.TextIs("") && mentions(p.Child(0), callee.Text())) {
			return true
		}
	}
	return false
}

// asksSeated tells whether a function asks whoever sits there, by a module that is known for it, and never agrees by itself.
func asksSeated(function syntax.Node) bool {
	known := false
	for n := range function.Tree().Root().All(syntax.ImportFrom) {
		known = known || seated[n.Text()]
	}
	asks, agrees := false, false
	function.Walk(func(n syntax.Node) bool {
		asks = asks || n.Is(syntax.Call) && question.MatchString(lastName(n.Child(0)))
		agrees = agrees || n.Is(syntax.Return) && (n.Child(0).Is(syntax.Bool) && n.Child(0).TextIs("true") || !asks)
		return true
	})
	return known && asks && !agrees
}

// silent tells whether code calls nothing but what runs no tool. A function that it hands over counts as called.
func silent(s syntax.Node) bool {
	loud := false
	s.Walk(func(n syntax.Node) bool {
		loud = loud || n.Is(syntax.Call) && !quiet[lastName(n.Child(0))] || n.Is(syntax.Lambda, syntax.Yield)
		return !loud
	})
	return !loud
}

// bare tells whether tools are given without what they do: {...tool, execute: undefined} for each of them.
func (x *pass) bare(n syntax.Node, depth int) bool {
	switch {
	case n.IsZero() || depth > 4:
		return false
	case n.Is(syntax.Name):
		value := x.onlyValue(n)
		return !value.IsZero() && x.bare(value, depth+1)
	case n.Is(syntax.Map):
		for part := range n.Children() {
			if part.Is(syntax.Spread) && !x.bare(part.Child(0), depth+1) || part.Is(syntax.Pair) && !stripped(part.Child(1)) {
				return false
			}
		}
		return true
	case n.Is(syntax.Call):
		def := x.Code().Resolve(n.Child(0)).Def
		if def == nil || def.Kind != code.FuncDef {
			return mapped(n)
		}
		var returned []syntax.Node
		own(def.Node, func(r syntax.Node) bool {
			if r.Is(syntax.Return) {
				returned = append(returned, r.Child(0))
			}
			return true
		})
		return len(returned) == 1 && mapped(returned[0])
	}
	return false
}

// mapped tells whether an expression gives each of some tools bare: Object.fromEntries(Object.entries(all).map(…)).
func mapped(n syntax.Node) bool {
	if !n.Is(syntax.Call) {
		return false
	}
	bares, other := 0, false
	own(n, func(c syntax.Node) bool {
		switch {
		case c.Is(syntax.Lambda):
			made := c.Child(-1)
			if made.Is(syntax.Block) {
				made = made.Child(-1).Child(0)
				other = other || c.Child(-1).Child(0) != c.Child(-1).Child(-1)
			}
			if made.Is(syntax.List, syntax.Tuple) {
				made = made.Child(-1)
			}
			if stripped(made) {
				bares++
			} else {
				other = true
			}
		case c.Is(syntax.Call):
			switch lastName(c.Child(0)) {
			case "fromEntries", "entries", "map", "mapValues":
			default:
				other = true
			}
		case c.Is(syntax.Spread, syntax.Cond, syntax.Logic, syntax.Map):
			other = true
		}
		return true
	})
	return bares == 1 && !other
}

// stripped tells whether an object ends without what a tool does, whatever it takes over.
func stripped(n syntax.Node) (yes bool) {
	if !n.Is(syntax.Map) {
		return false
	}
	for part := range n.Children() {
		switch {
		case part.Is(syntax.Spread):
			yes = false
		case part.Is(syntax.Pair) && part.Child(0).TextIs("execute"):
			yes = part.Child(1).Is(syntax.Null)
		}
	}
	return yes
}

// onlyValue is what a name stands for that is set once in its file and never added to; the zero Node for others.
func (x *pass) onlyValue(name syntax.Node) (value syntax.Node) {
	sets, changed := 0, false
	x.Tree().Root().Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Assign, syntax.AnnAssign, syntax.AugAssign):
			switch target := n.Child(0); {
			case target.Is(syntax.Name) && target.TextIs(name.Text()):
				sets++
				value = n.Child(-1)
			case target.Is(syntax.Attr, syntax.Subscript) && target.Child(0).Is(syntax.Name) && target.Child(0).TextIs(name.Text()):
				changed = true
			}
		case n.Is(syntax.Call) && lastName(n.Child(0)) == "assign" && n.Child(1).Is(syntax.Name) && n.Child(1).TextIs(name.Text()):
			changed = true // Object.assign(tools, …)
		}
		return true
	})
	if sets != 1 || changed {
		return syntax.Node{}
	}
	return value
}

// leaves tells whether a block ends the round or the function that it stands in; left, that only the loop is left.
func leaves(block syntax.Node) (ends, left bool) {
	last := block.Child(-1)
	if !block.Is(syntax.Block) {
		last = block
	}
	if last.Is(syntax.Return, syntax.Raise) {
		return true, false
	}
	left = last.Is(syntax.Simple) && (last.TextIs("break") || last.TextIs("continue"))
	return left, left
}

// own walks what runs with a function or expression, and not the functions that are made in it; they are shown, and no more.
func own(function syntax.Node, visit func(syntax.Node) bool) {
	function.Walk(func(n syntax.Node) bool {
		return visit(n) && (n == function || !n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef))
	})
}

// refusedRun tells whether what a round of a loop was left for may run behind it all the same: what the loop goes over is
// taken up again, or something runs there that is not about a list to which the loop adds what was agreed to.
func refusedRun(function, loop syntax.Node, said int32) (again bool) {
	over := loop.Child(1)
	if over.Is(syntax.Await) {
		over = over.Child(0)
	}
	agreed := func(list syntax.Node) bool {
		return list.Is(syntax.Name) && pushes(loop.Child(2), list.Text(), loop.Child(0).Text(), said)
	}
	end := loop.Span().End
	own(function, func(n syntax.Node) bool {
		if again || n.Span().End <= end {
			return false
		}
		if n.Span().Start < end {
			return true
		}
		switch {
		case n.Is(over.Kind()) && n.Source() == over.Source():
			again = true
		case n.Is(syntax.For) && agreed(n.Child(1)):
			return false
		case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && agreed(n.Child(0).Child(0)):
			return false
		case n.Is(syntax.Call):
			again = running.MatchString(lastName(n.Child(0)))
			for arg := range n.Children() {
				again = again || arg.Is(syntax.Name) && running.MatchString(arg.Text()) || arg.Is(syntax.Lambda) && mayRun(arg)
			}
		}
		return !again
	})
	return again
}

// pushes tells whether code adds one thing to a list, and only behind some place.
func pushes(body syntax.Node, list, one string, after int32) (yes bool) {
	early := false
	body.Walk(func(n syntax.Node) bool {
		callee := n.Child(0)
		if n.Is(syntax.Call) && lastName(callee) == "push" && callee.Child(0).TextIs(list) {
			yes = n.Span().Start > after && mentions(n.Child(1), one)
			early = early || n.Span().Start < after
		}
		return true
	})
	return yes && !early
}

// mayRun tells whether a statement calls something that may run a tool.
func mayRun(s syntax.Node) (yes bool) {
	s.Walk(func(n syntax.Node) bool {
		yes = yes || n.Is(syntax.Call) && running.MatchString(lastName(n.Child(0)))
		return !yes
	})
	return yes
}

// sets tells whether a statement sets a name.
func sets(s syntax.Node, name string) (yes bool) {
	s.Walk(func(n syntax.Node) bool {
		yes = yes || n.Is(syntax.Assign, syntax.AnnAssign, syntax.AugAssign) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs(name)
		return !yes
	})
	return yes
}

// mentions tells whether an expression says a name.
func mentions(n syntax.Node, name string) (yes bool) {
	n.Walk(func(c syntax.Node) bool {
		yes = yes || c.Is(syntax.Name) && c.TextIs(name)
		return !yes
	})
	return yes
}

func lastName(callee syntax.Node) string {
	if callee.Is(syntax.Name, syntax.Attr) {
		return callee.Text()
	}
	return ""
}
