package mcpserver

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Some servers use no library: gateways and adapters compare the request's method with those of the protocol, or have a
// route or an entry of a table for each. What answers "tools/list" lists the tools, what answers "tools/call" runs them.

// The requests of the protocol that make a server of tools.
const (
	listRequest = "tools/list"
	callRequest = "tools/call"
)

// byHand describes the server that a file is by answering both requests itself. One of which no tool is seen may be part
// of a library, and is left out.
func (x *pass) byHand() {
	lists, calls := x.answers(listRequest), x.answers(callRequest)
	if len(lists) == 0 || len(calls) == 0 {
		return
	}
	var list []*code.Value
	for _, n := range lists {
		list = append(list, x.toolsIn(n)...)
	}
	if len(list) == 0 {
		return
	}
	ref := discover.Local(x.Path(), "mcp-server")
	at := calls[0]
	defer x.Subject(ref)()
	x.Element(model.MCPServer, ref, x.handName(at), at.Span()).Technology(technology).FactBecause("third-party", model.No, "its source is in the tree", at.Span())
	x.tie(ref, at, discover.Held)
	x.listed([]discover.Ref{ref}, list, at, lists[0])
}

// answers lists what answers a request in the file: the branch of a condition or a switch, an entry of a table, or the
// function of a route.
func (x *pass) answers(request string) (found []syntax.Node) {
	x.Tree().Root().Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.String) || n.Text() != request && !strings.HasSuffix(n.Text(), "/"+request) {
			return true
		}
		switch p := n.Parent(); {
		case n.Text() == request && p.Is(syntax.Compare) && (p.TextIs("==") || p.TextIs("===")):
			branch := p.Parent()
			for branch.Is(syntax.Logic) {
				branch = branch.Parent()
			}
			if branch.Is(syntax.If) {
				found = append(found, branch.First(syntax.Block))
			}
		case n.Text() == request && p.Is(syntax.Case):
			found = append(found, p.First(syntax.Block))
		case n.Text() == request && p.Is(syntax.Pair) && p.Child(0) == n:
			found = append(found, x.functions(p.Child(1))...)
		case p.Is(syntax.Call) && p.Child(1) == n && p.Parent().Is(syntax.Decorator):
			found = append(found, p.Parent().Parent())
		case p.Is(syntax.Call) && p.Child(1) == n && routes[p.Child(0).Text()] && p.Count() > 2:
			found = append(found, x.functions(p.Child(-1))...)
		}
		return true
	})
	return found
}

// routes are the methods by which web frameworks of JavaScript take a route.
var routes = map[string]bool{"get": true, "post": true, "all": true, "use": true, "route": true}

// functions are the functions of the program that an expression may be.
func (x *pass) functions(n syntax.Node) (found []syntax.Node) {
	for _, v := range x.Code().Eval(n).Each() {
		if v.Is(code.Function) {
			found = append(found, v.Node)
		}
	}
	return found
}

// toolsIn lists the tools that a part of the program answers with: what stands under "tools", and what it gives back or
// sends. A list that it only writes down, or looks something up in, is no answer.
func (x *pass) toolsIn(branch syntax.Node) (found []*code.Value) {
	take := func(v *code.Value) {
		for _, one := range v.Each() {
			if tools := memberOf(one, "tools"); tools != nil {
				one = tools
			}
			for _, tool := range entriesOf(one) {
				if one.Is(code.List) && memberOf(tool, "name").Str() != "" {
					found = append(found, tool)
				}
			}
		}
	}
	branch.Walk(func(n syntax.Node) bool {
		switch {
		case len(found) > 0:
		case n.Is(syntax.Pair) && n.Child(0).TextIs("tools"):
			take(x.Code().Eval(n.Child(1)))
		case n.Is(syntax.Call) && answered(n):
			take(x.Code().Eval(n))
		case n.Is(syntax.Return):
			take(x.Code().Eval(n.Child(0)))
		}
		return len(found) == 0
	})
	return found
}

// answered tells whether an expression is given back, sent, or kept under a name of which that is so.
func answered(n syntax.Node) bool {
	if given(n) {
		return true
	}
	kept := n.Parent()
	for kept.Is(syntax.Await) {
		kept = kept.Parent()
	}
	if !kept.Is(syntax.Assign, syntax.AnnAssign) || kept.Child(0) == n {
		return false
	}
	name := kept.Child(0)
	if !name.Is(syntax.Name) {
		return true // response["result"] = …: it is part of something that goes out
	}
	around := kept
	for !around.Parent().IsZero() && !around.Is(syntax.FuncDef, syntax.Lambda) {
		around = around.Parent()
	}
	found := false
	around.Walk(func(use syntax.Node) bool {
		found = found || use.Is(syntax.Name) && use.TextIs(name.Text()) && use != name && given(use)
		return !found
	})
	return found
}

// given tells whether an expression stands in what is given back, in what a call sends, or under a key of an answer.
func given(n syntax.Node) bool {
	for child, up := n, n.Parent(); !up.IsZero() && !up.Is(syntax.Block); child, up = up, up.Parent() {
		switch {
		case up.Is(syntax.Return, syntax.Yield):
			return true
		case up.Is(syntax.Lambda):
			return child == up.Child(-1)
		case up.Is(syntax.Pair) && child != up.Child(0) && (up.Child(0).TextIs("tools") || up.Child(0).TextIs("result")):
			return true
		case up.Is(syntax.Call) && child != up.Child(0) && sends.MatchString(up.Child(0).Text()):
			return true
		}
	}
	return false
}

// sends are the words in the names of functions that answer a request with what they are given.
var sends = regexp.MustCompile(`(?i)send|write|respon|reply|answer|result|json|encode|emit`)

// handName is what a server that is written by hand calls itself when it is asked who it is, else the class that it is.
func (x *pass) handName(at syntax.Node) string {
	name := ""
	x.Tree().Root().Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Pair) && n.Child(0).TextIs("serverInfo") && name == "" {
			name = x.Code().Eval(n.Child(1)).Get("name").Str()
		}
		return name == ""
	})
	for p := at; name == "" && !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.ClassDef) {
			name = p.Text()
		}
	}
	if name == "" {
		name = strings.TrimSuffix(path.Base(x.Path()), path.Ext(x.Path()))
	}
	return name
}
