package discover

import (
	"regexp"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// Code that only tells what an object is called, or of which class it is, gives it no work: a page that lists what is
// registered runs none of it.

// readers are functions of Python that only look at what they are given.
var readers = map[string]bool{"isinstance": true, "issubclass": true, "hasattr": true, "getattr": true, "str": true, "repr": true, "type": true, "len": true, "id": true, "bool": true, "print": true}

// labels are names of attributes that say something about an object, and are nothing that can be run.
var labels = regexp.MustCompile(`^(?:__\w+__|(?:\w+_)?(?:id|name|type|description|title|provider|version|path))$`)

// onlyRead tells whether a call only looks at an argument: it is one of those that never do more, or a short function of the
// program that hands it to such ones only.
func onlyRead(r *code.Resolver, call, arg syntax.Node) bool {
	if !arg.Is(syntax.Name) || Script(call) || r.Tree().Language == syntax.Go {
		return false
	}
	if looksAt(call, arg) {
		return true
	}
	d := r.Resolve(call.Child(0)).Def
	if d == nil || d.Kind != code.FuncDef || !call.Child(0).Is(syntax.Name) || d.Node.Span().End-d.Node.Span().Start > mostRead {
		return false
	}
	position := 0
	for c := range call.Children() {
		if c == arg {
			break
		}
		position++
	}
	for p := range d.Node.All(syntax.Param) {
		if position--; position > 0 {
			continue
		}
		return p.Op() == 0 && idleParam(d.Node, p.Text())
	}
	return false
}

// mostRead is how long a function may be, in bytes, that is looked through for what it does with an argument.
const mostRead = 800

// looksAt tells whether a call is of a function that only looks at its first argument.
func looksAt(call, arg syntax.Node) bool {
	callee := call.Child(0)
	if !call.Is(syntax.Call) || call.Child(1) != arg || !callee.Is(syntax.Name) || !readers[callee.Text()] {
		return false
	}
	return !callee.TextIs("getattr") || call.Child(2).Is(syntax.String) && labels.MatchString(call.Child(2).Text())
}

// idleParam tells whether a function does nothing with a parameter but look at it.
func idleParam(function syntax.Node, name string) bool {
	idle := true
	function.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Name) || !n.TextIs(name) {
			return idle
		}
		switch up := n.Parent(); {
		case up.Is(syntax.Attr):
			idle = idle && labels.MatchString(up.Text()) && !up.Parent().Is(syntax.Call)
		case up.Is(syntax.Compare, syntax.Unary, syntax.If, syntax.Interp):
		default:
			idle = idle && looksAt(up, n)
		}
		return idle
	})
	return idle
}
