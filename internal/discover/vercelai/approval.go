package vercelai

import (
	"regexp"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// leave are names of functions that ask a person for leave.
var leave = regexp.MustCompile(`(?i)(approv|confirm|permission|consent)`)

// approved: a loop of the program's own hands a model its tools without what they do, and runs each call itself after a
// person has said yes.
func (x *pass) approved(agent discover.Ref, function syntax.Node) {
	if function.IsZero() || !x.stripped() {
		return
	}
	answers := map[string]source.Span{} // names that hold what a person answered
	done := false
	function.Walk(func(n syntax.Node) bool {
		switch {
		case done:
		case n.Is(syntax.Assign, syntax.AnnAssign):
			if call := n.Child(-1).Child(0); n.Child(-1).Is(syntax.Await) && call.Is(syntax.Call) && leave.MatchString(call.Child(0).Text()) && n.Child(0).Is(syntax.Name) {
				answers[n.Child(0).Text()] = call.Span()
			}
		case n.Is(syntax.If):
			refused := n.Child(0)
			if at, ok := answers[refused.Child(0).Text()]; ok && refused.Is(syntax.Unary) && refused.Child(0).Is(syntax.Name) && leaves(n.Child(1)) {
				x.Control("human-approval", agent, discover.Ref{}, model.Evidenced, at)
				done = true
			}
		}
		return !done
	})
}

// stripped tells whether the file takes from tools what they do before a model sees them: {...tool, execute: undefined}.
func (x *pass) stripped() (yes bool) {
	x.Tree().Root().Walk(func(n syntax.Node) bool {
		yes = yes || n.Is(syntax.Pair) && n.Child(0).TextIs("execute") && n.Child(1).Is(syntax.Null)
		return !yes
	})
	return yes
}

// leaves tells whether a block ends the round or the function that it stands in.
func leaves(block syntax.Node) bool {
	last := block.Child(-1)
	if !block.Is(syntax.Block) {
		last = block
	}
	return last.Is(syntax.Return, syntax.Raise) || last.Is(syntax.Simple) && (last.TextIs("break") || last.TextIs("continue"))
}
