package providerclient

import (
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// goTurns tells whether each round of the loop nearest to a call reads a line before the call, so that it is the turn of a
// conversation: the model's word alone brings no further round.
func goTurns(p *discover.Pass, loop, call syntax.Node) bool {
	if !loop.Is(syntax.While) {
		return false
	}
	if readsLine(p, loop.Child(0)) {
		return true
	}
	for s := range loop.Child(1).Children() {
		if s.Span().End > call.Span().Start {
			return false
		}
		if s.Is(syntax.If) { // of a branch only the condition is come to in every round
			s = s.Child(0)
		}
		if readsLine(p, s) {
			return true
		}
	}
	return false
}

// readsLine tells whether a statement or condition reads a line whenever it is come to.
func readsLine(p *discover.Pass, s syntax.Node) (yes bool) {
	s.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.If, syntax.While, syntax.For, syntax.FuncDef, syntax.Lambda, syntax.Match:
			return false
		case syntax.Logic: // its right side may be passed over
			yes = yes || readsLine(p, n.Child(0))
			return false
		case syntax.Call:
			callee := n.Child(0)
			switch {
			case p.Code().Resolve(callee).Is("fmt.Scan", "fmt.Scanln", "fmt.Scanf"):
				yes = true
			case callee.Is(syntax.Attr) && (callee.TextIs("Scan") || callee.TextIs("ReadString") || callee.TextIs("ReadLine")):
				v := p.Code().Eval(callee.Child(0))
				yes = yes || v.Ref.Is("bufio.NewScanner", "bufio.NewReader", "bufio.Scanner", "bufio.Reader")
			}
		}
		return !yes
	})
	return yes
}
