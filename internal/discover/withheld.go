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
// It says so only where nothing in its methods may run what it holds. What it holds may be compared, named in a text, and
// filed where the class never looks; whatever else is done with it may run it, and so may whoever runs a tool of another
// origin. That it asks is told by the names of what it is and calls and by
// the texts that it hands on, never by remarks.
func (p *Pass) Withholds(v *code.Value, bases []string, methods ...string) source.Span {
	def := v.Ref.Def
	if def == nil || def.Kind != code.ClassDef {
		return source.Span{}
	}
	var at source.Span
	asks := approving.MatchString(def.Last())
	h := &holding{pass: p, class: def, bases: bases, answers: methods, seen: map[syntax.Node]bool{}, filed: map[string]bool{}, read: map[string]bool{}}
	for _, name := range slices.Concat(methods, runVerbs) {
		if work := p.code.Method(def, name); work != nil && h.runs(work.Node, nil) {
			return source.Span{}
		}
	}
	for _, own := range p.code.Methods(def) {
		if h.runs(own.Node, nil) {
			return source.Span{}
		}
	}
	for place := range h.filed {
		if h.read[place] {
			return source.Span{} // what was filed may be taken out again
		}
	}
	for _, name := range methods {
		work := p.code.Method(def, name)
		if work == nil {
			continue
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
	// answers are the methods whose answer is the tool's.
	answers []string
	seen    map[syntax.Node]bool
	steps   int

	filed map[string]bool // what it is put into, as written
	read  map[string]bool // what is mentioned otherwise than to file
}

// runs tells whether a function may run what is held: in an attribute of its object, or under one of some names.
func (h *holding) runs(function syntax.Node, names map[string]bool) (yes bool) {
	if len(names) == 0 && h.seen[function] {
		return false
	}
	h.seen[function] = h.seen[function] || len(names) == 0
	if h.steps++; h.steps > 40 {
		return true
	}
	held := map[string]bool{}
	for name := range names {
		held[name] = true
	}
	for again := true; again; { // a name for it is it
		again = false
		function.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Assign, syntax.AnnAssign) && h.holds(n.Child(-1), held) {
				for to := range n.Children() {
					if to.Is(syntax.Name) && to != n.Child(-1) && !held[to.Text()] {
						held[to.Text()], again = true, true
					}
				}
			}
			return true
		})
	}
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name, syntax.Attr) && !onlyFiled(n) {
			h.read[n.Source()] = true
		}
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

// onlyFiled tells whether a mention of a collection only puts something into it.
func onlyFiled(n syntax.Node) bool {
	up := n.Parent()
	switch {
	case up.Is(syntax.Attr):
		return slices.Contains(filing, up.Text()) && up.Parent().Is(syntax.Call) && up.Parent().Child(0) == up && up.Parent().Parent().Is(syntax.ExprStmt)
	case up.Is(syntax.Subscript):
		return n == up.Child(0) && up.Parent().Is(syntax.Assign) && up != up.Parent().Child(-1)
	}
	return up.Is(syntax.Call) && up.Child(0).TextIs("len")
}

// others tells whether a call gets at what is held past the names that are looked for: by the class above, by a tool of
// another origin, or in a function of the program that does so.
func (h *holding) others(call syntax.Node) bool {
	callee := call.Child(0)
	ref := h.pass.code.Resolve(callee)
	if callee.Is(syntax.Attr) {
		object := callee.Child(0)
		if object.Is(syntax.Call) && object.Child(0).TextIs("super") && !callee.TextIs("__init__") {
			return true
		}
		if slices.Contains(runVerbs, callee.Text()) && !itself(object) && !h.library(object) && !ref.Is(keepers...) {
			return true
		}
	}
	switch def := ref.Def; {
	case def == nil:
		return false
	case def.Kind == code.ClassDef:
		return h.pass.code.Derives(ref, h.bases...) // made afresh
	case def.Kind == code.FuncDef && (callee.Is(syntax.Name) || h.library(callee.Child(0))):
		return h.runs(def.Node, nil)
	}
	return false
}

// library tells whether an expression is a module, and no object.
func (h *holding) library(n syntax.Node) bool {
	v := h.pass.code.Eval(n)
	return v.Is(code.Package) || v.Is(code.External)
}

// method is the method of the class that an attribute of its object is; nil for others.
func (h *holding) method(attr syntax.Node) *code.Def {
	return h.pass.code.Method(h.class, attr.Text())
}

// holds tells whether an expression is what is held.
func (h *holding) holds(n syntax.Node, names map[string]bool) bool {
	switch {
	case n.Is(syntax.Name):
		return names[n.Text()]
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
		return !slices.Contains(telling, up.Text()) || !h.told(up, 0)
	case syntax.Interp, syntax.Compare, syntax.If, syntax.Unary:
		return false
	case syntax.Cond:
		return n != up.Child(0)
	case syntax.Logic:
		return h.used(up)
	case syntax.Assign, syntax.AnnAssign:
		for to := range up.Children() {
			switch {
			case to == up.Child(-1), to.Is(syntax.Annotation):
			case to.Is(syntax.Name): // the name of it is followed; one of a list with it is not
				if !n.Is(syntax.Name, syntax.Attr) {
					return true
				}
			case to.Is(syntax.Attr, syntax.Subscript): // what is filed under a place
				if to.Is(syntax.Subscript) || !itself(to.Child(0)) { // its own attribute is followed
					h.file(to.Child(0))
				}
			default:
				return true
			}
		}
		return false
	case syntax.Pair, syntax.Map, syntax.List, syntax.Tuple, syntax.Set:
		return h.used(up)
	case syntax.Keyword:
		return h.given(n, up, up.Parent())
	case syntax.Call:
		return h.given(n, n, up)
	}
	return true
}

// told tells whether what is read of a tool is only told: put into a text, compared, filed, or asked by a method of its
// own. What is looked up by it may be the tool again.
func (h *holding) told(n syntax.Node, depth int) bool {
	if depth > 20 {
		return false
	}
	up := n.Parent()
	switch up.Kind() {
	case syntax.Compare, syntax.If, syntax.Unary, syntax.ExprStmt, syntax.Raise:
		return true
	case syntax.Interp, syntax.FString, syntax.Binary, syntax.Pair, syntax.Map, syntax.List, syntax.Tuple, syntax.Set, syntax.Logic, syntax.Cond, syntax.Keyword:
		return h.told(up, depth+1)
	case syntax.Return:
		for fn := up; !fn.IsZero(); fn = fn.Parent() {
			if fn.Is(syntax.FuncDef) {
				return slices.Contains(h.answers, fn.Text())
			}
		}
	case syntax.Assign:
		return up.Count() == 2 && up.Child(0).Is(syntax.Attr, syntax.Subscript) && n == up.Child(1) && onlyFiled(up.Child(0).Child(0))
	case syntax.Attr:
		if n.TextIs("__class__") {
			return up.TextIs("__name__") && h.told(up, depth+1)
		}
		if call := up.Parent(); call.Is(syntax.Call) && call.Child(0) == up {
			return true // what it takes is checked, its name is written small
		}
		return h.told(up, depth+1)
	case syntax.Call:
		callee := up.Child(0)
		if n == callee {
			return false
		}
		if ref := h.pass.code.Resolve(callee); ref.Is("builtins.str", "builtins.repr", "builtins.print", "builtins.len") || ref.Is("logging.*", "logging.**", "structlog.**", "loguru.**") {
			return ref.Is("builtins.print") || h.told(up, depth+1)
		}
		if callee.Is(syntax.Attr) && (slices.Contains(filing, callee.Text()) || slices.Contains(noting, callee.Text())) && up.Parent().Is(syntax.ExprStmt) {
			return true
		}
		return callee.Is(syntax.Attr) && callee.TextIs("format") && h.told(up, depth+1)
	}
	return false
}

// noting are methods that write a line of a log.
var noting = []string{"debug", "info", "warning", "error", "exception", "log"}

// file notes what something is filed in: what else is done with that may take it out again.
func (h *holding) file(place syntax.Node) { h.filed[place.Source()] = true }

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
	case callee.Is(syntax.Attr) && slices.Contains(filing, last) && def == nil && call.Parent().Is(syntax.ExprStmt):
		h.file(callee.Child(0))
		return false
	case ref.Is("builtins.str", "builtins.repr", "builtins.id", "builtins.isinstance", "builtins.hasattr"):
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
		for param := range def.Node.All(syntax.Param) {
			if param.Op() == 0 && param.TextIs(arg.Text()) {
				name = arg.Text()
			}
		}
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
					if param.Op() == 0 {
						name = param.Text()
					}
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
	"redis.*", "sqlite3.*", "sqlalchemy.*", "pymongo.*", "psycopg2.*", "psycopg.*", "psycopg_pool.*", "requests.*", "httpx.*", "boto3.*",
}
