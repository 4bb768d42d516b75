package entrypoint

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

// What a route depends on refuses by an error. One that only says yes or no, and raises none, refuses nobody unless the
// route looks at its answer.

// looking are calls that raise nothing in what looks at a header: they compare texts, or read them.
var looking = map[string]bool{
	"compare_digest": true, "getenv": true, "strip": true, "lower": true, "startswith": true, "endswith": true, "encode": true, "decode": true,
	"removeprefix": true, "split": true, "len": true, "bool": true, "str": true, "info": true, "warning": true, "debug": true, "print": true,
}

// onlyAnswers tells whether a function says yes or no, and certainly raises nothing of its own.
func (x *pass) onlyAnswers(fn syntax.Node) bool {
	answers, sure := false, fn.Is(syntax.FuncDef) && fn.Tree().Language == syntax.Python
	sure = sure && fn.First(syntax.Decorator).IsZero() // what stands around it may refuse by its answer
	for p := range fn.All(syntax.Param) {
		p.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Call) {
				header := lastOf(n.Child(0)) == "Header" || lastOf(n.Child(0)) == "Cookie"
				// It depends on more, or the framework refuses a request without it.
				sure = sure && header && n.Count() > 1 && !argument(n, 1).Is(syntax.Ellipsis)
			}
			return sure
		})
		sure = sure && (!p.First(syntax.Default).IsZero() || lastOf(p.First(syntax.Annotation).Child(0)) == "Request")
	}
	bodyOf(fn).Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Simple:
			sure = sure && n.TextIs("pass")
		case syntax.Raise, syntax.Yield, syntax.Await, syntax.FuncDef, syntax.Lambda:
			sure = false
		case syntax.Subscript: // of a dictionary, which raises where there is none
			sure = false
		case syntax.Call:
			sure = sure && (looking[lastOf(n.Child(0))] || x.readsHeader(n.Child(0)))
		case syntax.Return:
			v := n.Child(0)
			if said := v.Is(syntax.Bool, syntax.Compare) || v.Is(syntax.Logic) || v.Is(syntax.Call) && lastOf(v.Child(0)) == "compare_digest"; said {
				answers = true
			} else {
				sure = false
			}
		}
		return sure
	})
	return sure && answers
}

// readsHeader tells whether what is called is the get of a dictionary, which raises nothing: of the headers of a request,
// of the environment, or of one that stands in the code. Of another object nobody knows what it does.
func (x *pass) readsHeader(callee syntax.Node) bool {
	if !callee.Is(syntax.Attr) || !callee.TextIs("get") {
		return false
	}
	object := callee.Child(0)
	if object.Is(syntax.Attr) {
		switch object.Text() {
		case "headers", "cookies", "query_params", "environ":
			return true
		}
	}
	return object.TextIs("headers") || object.TextIs("cookies") || x.Code().Resolve(callee).Is("os.environ.get") || x.Code().Eval(object).Is(code.Dict)
}

// usesName tells whether a name is used in a piece of code.
func usesName(body syntax.Node, name string) bool {
	used := false
	body.Walk(func(n syntax.Node) bool {
		used = used || n.Is(syntax.Name) && n.TextIs(name)
		return !used
	})
	return used
}
