package mcpserver

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// Programs of Go often keep the functions that register tools as values: in a table, or as what they hand to a helper that
// asks whether a group of tools is wanted. Which server such a function is given only the call of the value says; from
// there it is followed.

// goHanded follows the servers that a call hands to functions which it knows only as values.
func (x *pass) goHanded(c code.Call) {
	callee := c.Node.Child(0)
	if def := c.Callee.Def; def == nil || def.Kind != code.FuncDef || callee.TextIs(def.Last()) {
		return
	}
	position := 0
	for a := range c.Node.Children() {
		if a == callee {
			continue
		}
		if refs, _ := x.goServersAt(a); len(refs) > 0 {
			x.goFollow(refs, callee, position, 0)
		}
		position++
	}
}

// goFollow looks for what is registered in the functions that a callee may be, which are given servers at a place.
func (x *pass) goFollow(servers []discover.Ref, callee syntax.Node, position, depth int) {
	for i, fn := range x.Code().Eval(callee).Each() {
		if i >= mostOptions || depth > deepest {
			return
		}
		if fn.Is(code.Function) && fn.Node.Is(syntax.FuncDef, syntax.Lambda) {
			if name := goParameter(fn.Node, position); name != "" {
				x.goWalk(servers, fn.Node, name, depth)
			}
		}
	}
}

// goParameter is the name by which a function knows an argument; a method's receiver is none.
func goParameter(function syntax.Node, position int) string {
	if function.Is(syntax.FuncDef) && function.Op() == goMethod {
		position++
	}
	for p := range function.All(syntax.Param) {
		if position == 0 {
			return p.Text()
		}
		position--
	}
	return ""
}

// goWalk looks through a function for the tools that it registers on the servers which it knows by a name.
func (x *pass) goWalk(servers []discover.Ref, function syntax.Node, name string, depth int) {
	key := walkKey{server: servers[0].Key(), node: function, names: name}
	if x.walked[key] || len(x.walked) > mostWalked {
		return
	}
	x.walked[key] = true
	function.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) {
			return true
		}
		callee := n.Child(0)
		if callee.Is(syntax.Attr) && callee.Child(0).TextIs(name) && goServerMethods[callee.Text()] {
			x.goMethod(servers, n, callee.Text())
			return true
		}
		position := 0
		for a := range n.Children() {
			if a == callee {
				continue
			}
			if a.Is(syntax.Name) && a.TextIs(name) {
				if x.Code().Resolve(callee).Is(goOfficial + ".AddTool") {
					for _, v := range x.Code().Rounds(n) {
						x.goAddTool(servers, v.Arg("", 1), n)
					}
				} else {
					x.goFollow(servers, callee, position, depth+1)
				}
			}
			position++
		}
		return true
	})
}
