package code

import (
	"strings"

	"fermata/internal/syntax"
)

// when is what a name may hold where a condition is true, or false.
func (c *checks) when(cond syntax.Node, name string, truth bool, depth int) limit {
	if depth > deepestCheck || c.depth > deepestCheck*4 {
		return unlimited
	}
	switch cond.Kind() {
	case syntax.Logic:
		if cond.TextIs("and") != truth { // one of them is so, and nobody knows which
			l := limit{}
			for operand := range cond.Children() {
				l = l.either(c.when(operand, name, truth, depth+1))
			}
			return l
		}
		l := unlimited
		for operand := range cond.Children() {
			l = l.both(c.when(operand, name, truth, depth+1))
		}
		return l
	case syntax.Unary:
		if cond.TextIs("not") || cond.TextIs("!") {
			return c.when(cond.Child(0), name, !truth, depth+1)
		}
	case syntax.Walrus:
		return c.when(cond.Child(-1), name, truth, depth+1)
	case syntax.Await:
		return c.when(cond.Child(0), name, truth, depth+1)
	case syntax.Name: // ok = all(…), then: if not ok
		if b := c.r.once(cond); !b.IsZero() && !b.Is(syntax.Name) {
			return c.when(b, name, truth, depth+1)
		}
	case syntax.Compare:
		return c.compared(cond, name, truth, depth)
	case syntax.Binary:
		if cond.TextIs("-") && !truth { // not (set(text) - allowed)
			if extra, ok := c.subject(cond.Child(0), name); ok {
				return c.within(cond.Child(1), cond, extra, false)
			}
		}
	case syntax.Call:
		return c.answered(cond, name, truth, depth)
	}
	return unlimited
}

// within is the limit of a text whose characters, or which itself, is in a list. A text is a list of characters.
func (c *checks) within(list, by syntax.Node, extra Alphabet, whole bool) limit {
	a, words, ok := c.r.listed(list, 0)
	switch {
	case !ok:
		return unlimited
	case whole: // one of the words of the code
		return limit{by: by}
	case words && a&Letters != 0:
		return unlimited
	}
	return limit{opened(a | extra), by}
}

func (c *checks) compared(cond syntax.Node, name string, truth bool, depth int) limit {
	if cond.Count() != 2 {
		return unlimited
	}
	left, right := cond.Child(0), cond.Child(1)
	switch op := cond.Text(); op {
	case "in", "not in":
		if (op == "in") != truth { // "/" in text, and it leaves
			if text, ok := c.constant(left); ok && (text == "/" || text == "..") {
				if _, ok := c.subject(right, name); ok {
					return limit{anything &^ (Slashes | Start), cond}
				}
			}
			break
		}
		if c.hostOf(left, name) && !c.text(right) {
			return limit{anything &^ Start, cond}
		}
		if left.Is(syntax.Name) && left.TextIs(name) && !c.text(right) {
			return c.within(right, cond, 0, true)
		}
	case "==", "===", "!=", "!==":
		same := op == "==" || op == "==="
		for _, pair := range [2][2]syntax.Node{{left, right}, {right, left}} {
			switch one, other := pair[0], pair[1]; {
			case other.Is(syntax.Null), other.Is(syntax.Bool) && other.TextIs("false"):
				return c.when(one, name, same != truth, depth+1)
			case other.Is(syntax.Bool):
				return c.when(one, name, same == truth, depth+1)
			case same == truth && one.Is(syntax.Name) && one.TextIs(name):
				if _, ok := c.constant(other); ok {
					return limit{by: cond}
				}
			}
		}
		// list.indexOf(x) !== -1
		if left.Is(syntax.Call) && left.Child(0).TextIs("indexOf") && right.Source() == "-1" && same != truth && left.Child(1).TextIs(name) && !c.text(left.Child(0).Child(0)) {
			return c.within(left.Child(0).Child(0), cond, 0, true)
		}
	case "is", "is not":
		if right.Is(syntax.Null) {
			return c.when(left, name, (op == "is") != truth, depth+1)
		}
	case "<=", "<": // set(text) <= allowed
		if truth {
			if extra, ok := c.subject(left, name); ok && left.Is(syntax.Call) && left.Child(0).TextIs("set") {
				return c.within(right, cond, extra, false)
			}
		}
	}
	return unlimited
}

// text tells whether an expression is a text, so that "in" asks for a part of it.
func (c *checks) text(n syntax.Node) bool { return c.r.Eval(n).Is(String) }

// answered is when for a condition that is a call.
func (c *checks) answered(call syntax.Node, name string, truth bool, depth int) limit {
	callee := call.Child(0)
	if callee.Is(syntax.Name) {
		switch callee.Text() {
		case "bool", "Boolean":
			return c.when(call.Child(1), name, truth, depth+1)
		case "all", "any":
			e := call.Child(1)
			loop := e.First(syntax.CompFor)
			if !e.Is(syntax.Comp) || loop.Count() != 2 || !loop.Child(0).Is(syntax.Name) {
				return unlimited
			}
			extra, ok := c.subject(loop.Child(1), name)
			if !ok && truth { // any(path.is_relative_to(folder) for folder in FOLDERS)
				return c.when(e.Child(0), name, true, depth+1)
			}
			if !ok || callee.TextIs("all") != truth {
				return unlimited
			}
			l := c.letter(e.Child(0), loop.Child(0).Text(), truth)
			l.alphabet |= extra
			if l.alphabet != anything {
				l.by = call
			}
			return l
		}
	}
	if callee.Is(syntax.Attr) {
		object, argument := callee.Child(0), call.Child(1)
		switch callee.Text() {
		case "isdigit", "isdecimal", "isnumeric":
			if extra, ok := c.subject(object, name); ok && truth {
				return limit{extra, call}
			}
		case "isidentifier", "isalnum", "isalpha":
			if extra, ok := c.subject(object, name); ok && truth {
				return limit{opened(Letters | extra), call}
			}
		case "issubset":
			if extra, ok := c.subject(object, name); ok && truth {
				return c.within(argument, call, extra, false)
			}
		case "issuperset":
			if extra, ok := c.subject(argument, name); ok && truth {
				return c.within(object, call, extra, false)
			}
		case "includes", "has", "hasOwnProperty", "__contains__":
			if truth && argument.Is(syntax.Name) && argument.TextIs(name) && !c.text(object) {
				return c.within(object, call, 0, true)
			}
			if truth && c.hostOf(argument, name) && !c.text(object) {
				return limit{anything &^ Start, call}
			}
			if text, ok := c.constant(argument); ok && !truth && (text == "/" || text == "..") {
				if _, ok := c.subject(object, name); ok {
					return limit{anything &^ (Slashes | Start), call}
				}
			}
		case "is_relative_to":
			if truth && c.about(object, name) {
				return limit{anything &^ (Slashes | Start), call}
			}
		case "HasPrefix": // of Go
			if l, ok := c.begun(argument, call.Child(2), call, name, truth); ok {
				return l
			}
		case "startswith", "startsWith":
			if l, ok := c.begun(object, argument, call, name, truth); ok {
				return l
			}
			if !truth || !c.about(object, name) {
				break
			}
			if text, ok := c.constant(argument); ok && strings.Contains(text, "://") && addresses(text) {
				return limit{anything &^ Start, call}
			}
			if !argument.Is(syntax.String) && c.resolved(object, name) {
				return limit{anything &^ (Slashes | Start), call}
			}
		case "endswith", "endsWith":
			if text, ok := c.constant(argument); ok && truth && endsAsData(text) && c.about(object, name) {
				return limit{anything &^ End, call}
			}
		case "every", "some":
			if extra, ok := c.subject(object, name); ok && callee.TextIs("every") == truth && argument.Is(syntax.Lambda) {
				l := c.letter(argument.Child(-1), argument.First(syntax.Param).Text(), truth)
				l.alphabet |= extra
				return l
			} else if !ok && truth && argument.Is(syntax.Lambda) && !argument.Child(-1).Is(syntax.Block) {
				return c.when(argument.Child(-1), name, true, depth+1)
			}
		case "fullmatch", "match", "search", "test", "MatchString", "exec":
			if l, ok := c.matched(call, name, truth); ok {
				return l
			}
		}
	}
	if def, param := c.helper(call, name); !def.IsZero() && c.depth < deepestCheck {
		return c.returned(def, param, truth)
	}
	return unlimited
}

// begun is when for a question after the first characters of a text, where the answer shows that they are no hyphens.
func (c *checks) begun(text, with, call syntax.Node, name string, truth bool) (limit, bool) {
	first, ok := c.constant(with)
	if !ok || first == "" || strings.Contains(first, "://") || truth == (first[0] == '-') || !truth && first != "-" || !c.about(text, name) {
		return limit{}, false
	}
	return limit{anything &^ Hyphen, call}, true
}

// matched is when for a regular expression.
func (c *checks) matched(call syntax.Node, name string, truth bool) (limit, bool) {
	callee := call.Child(0)
	object := callee.Child(0)
	var pattern, text syntax.Node
	whole, atStart := callee.TextIs("fullmatch"), callee.TextIs("match")
	switch {
	case (object.TextIs("re") || object.TextIs("regex")) && call.Count() > 2:
		pattern, text = call.Child(1), call.Child(2)
	case callee.TextIs("match") && call.Count() == 2 && c.isPattern(call.Child(1)): // JavaScript: text.match(/…/)
		pattern, text, atStart = call.Child(1), object, false
	case c.isPattern(object):
		pattern, text = object, call.Child(1)
	default:
		pattern, text = c.compiled(object), call.Child(1)
	}
	extra, ok := c.subject(text, name)
	if !ok {
		return limit{}, false
	}
	if b := c.compiled(pattern); !b.IsZero() {
		pattern = b
	}
	word, ok := c.constant(pattern)
	if !ok {
		return limit{}, false
	}
	switch e := regular(word); {
	case truth && !e.outside && (whole || (e.start || atStart) && e.end):
		if e.begins {
			e.alphabet &^= Hyphen
		}
		return limit{opened(e.alphabet | extra), call}, true
	case !truth && e.outside && !whole && (!atStart || callee.TextIs("match") && !object.TextIs("re")): // none of the others is in it
		if atStart {
			return limit{}, false // only the first character was looked at
		}
		return limit{opened(e.alphabet | extra), call}, true
	}
	return limit{}, false
}

// isPattern tells whether an expression is a regular expression of JavaScript, or a name for one.
func (c *checks) isPattern(n syntax.Node) bool {
	if n.Is(syntax.Name) {
		if b := c.r.once(n); !b.IsZero() {
			n = b
		}
	}
	if !n.Is(syntax.String) || n.Tree() == nil || n.Tree().Language != syntax.TypeScript {
		return false
	}
	_, _, ok := script(n.Source())
	return ok
}

// about tells whether an expression is a name, or the name turned into a text or a path: str(path), path.resolve().
func (c *checks) about(e syntax.Node, name string) bool {
	for range 4 {
		switch {
		case e.Is(syntax.Name):
			if e.TextIs(name) {
				return true
			}
			if e = c.r.once(e); e.IsZero() {
				return false
			}
		case e.Is(syntax.Call) && e.Child(0).Is(syntax.Name) && e.Count() == 2:
			e = e.Child(1)
		case e.Is(syntax.Call) && e.Child(0).Is(syntax.Attr):
			if object := e.Child(0).Child(0); e.Count() > 1 && (object.TextIs("path") || object.TextIs("os")) {
				e = e.Child(1)
			} else {
				e = object
			}
		default:
			return false
		}
	}
	return false
}

// resolved tells whether a path is free of "..": it is made so where it is asked about, or was when the name was set.
func (c *checks) resolved(e syntax.Node, name string) bool {
	makes := func(n syntax.Node) bool {
		found := false
		n.Walk(func(x syntax.Node) bool {
			if x.Is(syntax.Call) && x.Child(0).Is(syntax.Attr) {
				switch x.Child(0).Text() {
				case "resolve", "realpath", "abspath", "normpath", "realpathSync", "normalize", "absolute": //nolint:misspell // names of libraries
					found = true
				}
			}
			return !found
		})
		return found
	}
	if makes(e) {
		return true
	}
	for e.Is(syntax.Call) {
		e = e.Child(1)
	}
	for _, b := range c.r.setIn(e) {
		if makes(b) {
			return true
		}
	}
	b := c.r.once(e)
	return !b.IsZero() && makes(b)
}

// hostOf tells whether an expression is the host of the address that a name holds.
func (c *checks) hostOf(e syntax.Node, name string) bool {
	for range 4 {
		if e.Is(syntax.Name) {
			e = c.r.once(e)
			continue
		}
		if e.Is(syntax.Call) && e.Child(0).Is(syntax.Attr) && e.Count() == 1 { // parsed.hostname.lower()
			e = e.Child(0).Child(0)
			continue
		}
		break
	}
	if !e.Is(syntax.Attr) {
		return false
	}
	switch e.Text() {
	case "netloc", "hostname", "host", "origin":
	default:
		return false
	}
	from := e.Child(0)
	if from.Is(syntax.Name) {
		if b := c.r.once(from); !b.IsZero() {
			from = b
		}
	}
	return touches(from, given{name: anything})
}

// letter is what a character may be where a condition on it is true, or false.
func (c *checks) letter(cond syntax.Node, name string, truth bool) limit {
	switch cond.Kind() {
	case syntax.Logic:
		if cond.TextIs("and") != truth {
			l := limit{}
			for operand := range cond.Children() {
				l = l.either(c.letter(operand, name, truth))
			}
			return l
		}
		l := unlimited
		for operand := range cond.Children() {
			l = l.both(c.letter(operand, name, truth))
		}
		return l
	case syntax.Unary:
		if cond.TextIs("not") || cond.TextIs("!") {
			return c.letter(cond.Child(0), name, !truth)
		}
	case syntax.Compare:
		left, right := cond.Child(0), cond.Child(1)
		switch op := cond.Text(); {
		case op == "in" && truth, op == "not in" && !truth:
			if left.TextIs(name) {
				return c.within(right, cond, 0, false)
			}
		case (op == "==" || op == "===") && truth, (op == "!=" || op == "!==") && !truth:
			if text, ok := c.constant(right); ok && left.TextIs(name) {
				return limit{opened(alphabetOf(text)), cond}
			}
		}
	case syntax.Call:
		callee := cond.Child(0)
		if !callee.Is(syntax.Attr) || !truth {
			if l, ok := c.matched(cond, name, truth); ok && callee.Is(syntax.Attr) {
				return l
			}
			return unlimited
		}
		object := callee.Child(0)
		switch {
		case object.TextIs(name) && object.Is(syntax.Name):
			switch callee.Text() {
			case "isdigit", "isdecimal", "isnumeric":
				return limit{by: cond}
			case "isspace":
				return limit{Marks, cond}
			case "isalpha", "isalnum":
				return limit{opened(Letters), cond}
			}
		case (callee.TextIs("includes") || callee.TextIs("has")) && cond.Child(1).TextIs(name):
			return c.within(object, cond, 0, false)
		default:
			if l, ok := c.matched(cond, name, truth); ok {
				return l
			}
		}
	}
	return unlimited
}

// helper finds the program's function that a call asks about a name, and the parameter that the name becomes.
func (c *checks) helper(call syntax.Node, name string) (function syntax.Node, param string) {
	place := -1
	for i := 1; i < call.Count(); i++ {
		if a := call.Child(i); a.Is(syntax.Name) && a.TextIs(name) {
			place = i - 1
			break
		}
	}
	if place < 0 {
		return syntax.Node{}, ""
	}
	v := c.r.glance(call.Child(0))
	if !v.Is(Function) || !v.Node.Is(syntax.FuncDef, syntax.Lambda) {
		return syntax.Node{}, ""
	}
	first := true
	for p := range v.Node.All(syntax.Param) {
		if first && (p.TextIs("self") || p.TextIs("cls")) {
			first = false
			continue
		}
		first = false
		if place == 0 {
			return v.Node, p.Text()
		}
		place--
	}
	return syntax.Node{}, ""
}

// returned is what a helper's parameter may hold where it answers yes, or no.
func (c *checks) returned(function syntax.Node, param string, truth bool) limit {
	inner := c.r.checks(function, given{param: anything}, nil)
	inner.depth = c.depth + 4
	if last := function.Child(-1); function.Is(syntax.Lambda) && !last.Is(syntax.Block) {
		return inner.when(last, param, truth, 0)
	}
	l, any := limit{}, false
	function.First(syntax.Block).Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Return) {
			e := n.Child(0)
			if e.IsZero() || e.Is(syntax.Null) || e.Is(syntax.Bool) {
				if yes := e.Is(syntax.Bool) && e.TextIs("true"); yes != truth {
					return false
				}
				l = l.either(inner.at(param, n))
			} else {
				l = l.either(inner.at(param, n).both(inner.when(e, param, truth, 0)))
			}
			any = true
		}
		return !n.Is(syntax.FuncDef, syntax.Lambda)
	})
	if !any {
		return unlimited
	}
	return l
}

// end is what a helper's parameter may hold when it comes to its end or returns without an exception.
func (c *checks) end(function, body syntax.Node, param string) limit {
	inner := c.r.checks(function, given{param: anything}, nil)
	inner.depth = c.depth + 4
	l := inner.at(param, body)
	last := unlimited
	for s := range body.Children() {
		l = inner.after(s, param, l)
		last = l
	}
	body.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Return) && n.Parent() != body {
			last = last.either(inner.at(param, n))
		}
		return !n.Is(syntax.FuncDef, syntax.Lambda)
	})
	return last
}

// setIn lists the expressions that a name is set to in the scope that it means.
func (r *Resolver) setIn(n syntax.Node) []syntax.Node {
	if !n.Is(syntax.Name) {
		return nil
	}
	var all []syntax.Node
	for _, b := range r.scope(outerScope(n)).names[n.Text()] {
		if b.kind == bindAssign {
			all = append(all, b.value)
		}
	}
	return all
}

// once is the expression that a name is set to once, in the scope that it means; the zero Node when there are several
// or none.
func (r *Resolver) once(n syntax.Node) syntax.Node {
	if !n.Is(syntax.Name) {
		return syntax.Node{}
	}
	_, bindings := r.meaning(n)
	if len(bindings) == 1 && bindings[0].kind == bindAssign && len(bindings[0].path) == 0 && !within(n, bindings[0].node) {
		return bindings[0].value
	}
	return syntax.Node{}
}
