package mcpserver

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// Some programs make all their low-level servers by one function that is given the tools: build(name, tools). The handlers
// in it list what each of its calls passes.

// madeWith describes the tools of a server that a function makes anew for each of its calls.
func (x *pass) madeWith(ref discover.Ref, v *code.Value) {
	holder := v.Call.Parent()
	if v.Template() == "" || !holder.Is(syntax.Assign, syntax.AnnAssign) || !holder.Child(0).Is(syntax.Name) || x.script() {
		return
	}
	function := holder.Parent()
	for !function.IsZero() && !function.Is(syntax.FuncDef) {
		function = function.Parent()
	}
	function.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.FuncDef) || n == function || !handles(n, holder.Child(0).Text(), "list_tools") {
			return true
		}
		list := entriesOf(insideOf(v, n))
		for _, one := range list {
			if one.Arg("name", -1).Str() == "" && one.Get("name").Str() == "" {
				return false // what all calls have in common is told where the function stands
			}
		}
		if len(list) > 0 {
			x.listed([]discover.Ref{ref}, list, x.handlerNear(n, "call_tool"), v.Site())
		}
		return false
	})
}

// handles tells whether a function is decorated as a handler of the server that a name holds.
func handles(function syntax.Node, server, request string) bool {
	for d := range function.All(syntax.Decorator) {
		e := d.Child(0)
		if e.Is(syntax.Call) {
			e = e.Child(0)
		}
		if e.Is(syntax.Attr) && e.TextIs(request) && e.Child(0).TextIs(server) {
			return true
		}
	}
	return false
}

// insideOf is what a function returns that closes over the names by which a value was made.
func insideOf(v *code.Value, function syntax.Node) (result *code.Value) {
	function.First(syntax.Block).Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Return) && result == nil {
			result = v.Inside(n.Child(0))
		}
		return !n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef)
	})
	return result
}
