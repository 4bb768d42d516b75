package providerclient

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// asked are what clients call the text that a model is asked.
var asked = []string{"messages", "prompt", "input", "contents", "content", "message", "instructions", "system"}

// fetched joins an agent with what strangers write, where the function that asks the model fetches it itself and writes it into
// what is asked: the mails of a box, the hits of a search.
func (x *pass) fetched(u *unit, ref discover.Ref) {
	told := map[string]bool{}
	for _, c := range u.calls {
		function := wholeFunction(c.node)
		if function.IsZero() || c.node.Tree() != x.Tree() || c.via != nil {
			continue
		}
		for _, from := range x.bringing(function) {
			library, _, _ := strings.Cut(strings.TrimPrefix(from.Callee.Name, "@"), ".")
			if told[library] {
				continue
			}
			follow := stating{names: map[string]bool{}, values: map[string]bool{}, from: from.Node}
			follow.spread(function)
			if !asks(c.node, &follow) {
				continue
			}
			told[library] = true
			web := discover.Local(x.Path(), "fetched."+library)
			at := from.Node.Span()
			x.Element(model.External, web, "content from "+library, at).Fact("role", "site", at)
			x.Flow(model.DataRead, web, ref, at)
		}
	}
}

// wholeFunction is the outermost function around a call, within its class.
func wholeFunction(n syntax.Node) (function syntax.Node) {
	for n = n.Parent(); !n.IsZero() && !n.Is(syntax.ClassDef); n = n.Parent() {
		if n.Is(syntax.FuncDef, syntax.Lambda) {
			function = n
		}
	}
	return function
}

// mostBringing is how many calls of a function are followed to what it asks.
const mostBringing = 16

// bringing lists the calls of libraries in a function by which text of strangers comes in.
func (x *pass) bringing(function syntax.Node) (all []code.Call) {
	function.Walk(func(n syntax.Node) bool {
		if len(all) < mostBringing && n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr, syntax.Name) {
			if c := (code.Call{Node: n, Callee: x.Code().Resolve(n.Child(0))}); c.Callee.Name != "" && c.Callee.Def == nil && x.BringsText(c) {
				all = append(all, c)
			}
		}
		return true
	})
	return all
}

// asks tells whether what a call asks a model holds something of what is followed.
func asks(call syntax.Node, in *stating) bool {
	for a := range call.Children() {
		switch {
		case a == call.Child(0):
		case a.Is(syntax.Keyword):
			if slices.Contains(asked, a.Text()) && in.touches(a) {
				return true
			}
		case a.Is(syntax.Map):
			for pair := range a.All(syntax.Pair) {
				if slices.Contains(asked, pair.Child(0).Text()) && in.touches(pair.Child(-1)) {
					return true
				}
			}
		case in.touches(a):
			return true
		}
	}
	return false
}
