package discover

import (
	"regexp"
	"slices"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// approving are words by which a class says that it asks for leave.
var approving = regexp.MustCompile(`(?i)approv|human.?review|pending.?confirm|confirmation`)

// Withholds tells of a tool of the program's own class that is made around others whether it only asks for leave: it runs
// none of them itself, and files what it is told for somebody who does. The span is that of what it does instead.
//
// It says so only where nothing in its methods may run what it holds. What it holds may be told apart, compared, named
// and filed; whatever else is done with it may run it. That it asks is told by the names of what it is and calls and by
// the texts that it hands on, never by remarks.
func (p *Pass) Withholds(v *code.Value, bases []string, methods ...string) source.Span {
	def := v.Ref.Def
	if def == nil || def.Kind != code.ClassDef {
		return source.Span{}
	}
	var at source.Span
	asks := approving.MatchString(def.Last())
	for _, name := range methods {
		work := p.code.Method(def, name)
		if work == nil {
			continue
		}
		h := holding{pass: p, class: def, bases: bases, seen: map[syntax.Node]bool{}}
		if h.runs(work.Node, nil) {
			return source.Span{}
		}
		asks = asks || saysApproving(work.Node)
		if at.IsZero() {
			at = Headline(work.Node)
		}
	}
	if !asks {
		return source.Span{}
	}
	return at
}

// saysApproving tells whether code calls something by a name of approval, or hands on a text that speaks of it.
func saysApproving(function syntax.Node) (yes bool) {
	function.Walk(func(n syntax.Node) bool {
		switch {
		case yes || n.Is(syntax.ExprStmt) && n.Child(0).Is(syntax.String): // what describes the function
			return false
		case n.Is(syntax.Call):
			yes = n.Child(0).Is(syntax.Name, syntax.Attr) && approving.MatchString(n.Child(0).Text())
		case n.Is(syntax.String):
			yes = approving.MatchString(n.Text())
		}
		return !yes
	})
	return yes
}

// holding looks whether methods of a class may run an object that its objects hold.
type holding struct {
	pass  *Pass
	class *code.Def
	bases []string // classes of tools
	seen  map[syntax.Node]bool
	steps int
}

// runs tells whether a function may run what is held: in an attribute of its object, or under one of some names.
func (h *holding) runs(function syntax.Node, names map[string]bool) (yes bool) {
	if names == nil && h.seen[function] {
		return false
	}
	h.seen[function] = h.seen[function] || names == nil
	if h.steps++; h.steps > 20 {
		return true
	}
	held := names
	if held == nil {
		held = map[string]bool{}
	}
	for again := true; again; { // a name for it is it
		again = false
		function.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Assign, syntax.AnnAssign) && n.Child(0).Is(syntax.Name) && h.holds(n.Child(-1), held) && !held[n.Child(0).Text()] {
				held[n.Child(0).Text()], again = true, true
			}
			return true
		})
	}
	function.Walk(func(n syntax.Node) bool {
		switch {
		case yes:
			return false
		case n.Is(syntax.Call):
			yes = h.others(n)
		case itself(n):
			yes = !n.Parent().Is(syntax.Attr) // the whole object is handed on
		case n.Is(syntax.Attr) && itself(n.Child(0)) && h.method(n) != nil:
			yes = h.runs(h.method(n).Node, nil)
			return false
		case n.Is(syntax.Name, syntax.Attr) && h.holds(n, held):
			yes = h.used(n)
			return n.Is(syntax.Name) && !yes
		}
		return !yes
	})
	return yes
}

// others tells whether a call gets at what is held past the names that are looked for.
func (h *holding) others(call syntax.Node) bool {
	callee := call.Child(0)
	return callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Call) && callee.Child(0).Child(0).TextIs("super")
}

// method is the method of the class that an attribute of its object is; nil for others.
func (h *holding) method(attr syntax.Node) *code.Def {
	return h.pass.code.Method(h.class, attr.Text())
}

// holds tells whether an expression is what is held.
func (h *holding) holds(n syntax.Node, names map[string]bool) bool {
	switch {
	case n.Is(syntax.Name):
		return names[n.Text()] && !n.Parent().Is(syntax.Keyword)
	case n.Is(syntax.Attr) && itself(n.Child(0)) && h.method(n) == nil:
		return h.mayBeTool(n)
	}
	return false
}

// telling are what is read of a tool to tell which it is and what it takes.
var telling = []string{"name", "description", "args", "args_schema", "inputs", "id", "__class__", "__name__", "__doc__", "tool_name"}

// used tells whether what is done with an expression may run what it is.
func (h *holding) used(n syntax.Node) bool {
	up := n.Parent()
	switch up.Kind() {
	case syntax.Attr:
		return !slices.Contains(telling, up.Text())
	case syntax.Interp, syntax.Compare, syntax.If, syntax.Unary:
		return false
	case syntax.Cond:
		return n != up.Child(0)
	case syntax.Logic:
		return h.used(up)
	case syntax.Assign, syntax.AnnAssign:
		if up.Child(0).Is(syntax.Name) { // the name of it is followed; one of a list with it is not
			return !n.Is(syntax.Name, syntax.Attr)
		}
		return !up.Child(0).Is(syntax.Attr, syntax.Subscript) // what is filed under a place
	case syntax.Pair, syntax.Map, syntax.List, syntax.Tuple, syntax.Set:
		return h.used(up)
	case syntax.Keyword:
		return h.given(n, up, up.Parent())
	case syntax.Call:
		return h.given(n, n, up)
	}
	return true
}

// given tells whether a call may run what it is given.
func (h *holding) given(n, arg, call syntax.Node) bool {
	callee := call.Child(0)
	if arg == callee {
		return true
	}
	last := ""
	if callee.Is(syntax.Name, syntax.Attr) {
		last = callee.Text()
	}
	ref := h.pass.code.Resolve(callee)
	def := ref.Def
	switch {
	case callee.Is(syntax.Attr) && slices.Contains(filing, last) && def == nil:
		return false
	case ref.Is("builtins.str", "builtins.repr", "builtins.type", "builtins.id", "builtins.isinstance", "builtins.hasattr"):
		return false
	case ref.Is("builtins.getattr") && call.Child(2).Is(syntax.String):
		return !slices.Contains(telling, call.Child(2).Text())
	case def == nil || def.Kind != code.FuncDef || n != arg && !arg.Is(syntax.Keyword):
		return true
	}
	if first := def.Node.First(syntax.Param); first.TextIs("self") && !itself(callee.Child(0)) {
		return true // of another object, which may keep it and run it
	}
	name := ""
	if arg.Is(syntax.Keyword) {
		name = arg.Text()
	} else {
		at := -1
		for c := range call.Children() {
			if c == arg {
				break
			}
			at++
		}
		if at >= 0 {
			for param := range def.Node.All(syntax.Param) {
				if param.TextIs("self") || param.TextIs("cls") {
					continue
				}
				if at == 0 {
					name = param.Text()
					break
				}
				at--
			}
		}
	}
	return name == "" || h.runs(def.Node, map[string]bool{name: true})
}

// filing are methods of collections by which something is put away.
var filing = []string{"append", "appendleft", "add", "put", "put_nowait", "insert", "setdefault", "push"}

// mayBeTool tells whether an attribute may hold something that can be run: whatever is not known to be something else.
func (h *holding) mayBeTool(attr syntax.Node) bool {
	if slices.Contains(telling, attr.Text()) {
		return false
	}
	p := h.pass
	for _, v := range p.code.Eval(attr).Each() {
		switch v.Kind {
		case code.Unknown:
			if !v.Ref.Is(keepers...) {
				return true
			}
		case code.Instance:
			def := v.Ref.Def
			if def == nil && !v.Ref.Is(keepers...) || def != nil && (p.code.Derives(v.Ref, h.bases...) || slices.ContainsFunc(runVerbs, func(verb string) bool { return p.code.Method(def, verb) != nil })) {
				return true
			}
		case code.Function, code.Class, code.External, code.List, code.Dict, code.Choice:
			return true
		}
	}
	return false
}

// runVerbs are names of methods that run a tool.
var runVerbs = []string{"run", "_run", "arun", "_arun", "invoke", "ainvoke", "call", "acall", "forward", "execute", "_execute", "func", "coroutine", "__call__"}

// keepers are libraries whose objects write down or put away, and run nothing that they are not given.
var keepers = []string{
	"builtins.str", "builtins.int", "builtins.float", "builtins.bool", "builtins.bytes", "logging.*", "structlog.*", "loguru.*", "queue.*", "asyncio.*", "threading.*", "datetime.*", "pathlib.*", "uuid.*",
	"redis.*", "sqlite3.*", "sqlalchemy.*", "pymongo.*", "psycopg2.*", "psycopg.*", "requests.*", "httpx.*", "boto3.*",
}
