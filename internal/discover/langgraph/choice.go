package langgraph

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

// onlyChooses tells whether a step's own function returns nothing but values that stand in the code: the name of a route,
// a flag. What a model said in it decides which of them, and no word of the model goes on to the steps that follow.
func (f *file) onlyChooses(n *node) bool {
	if n == nil || n.value == nil {
		return false
	}
	some := false
	for _, v := range n.value.Each() {
		if !v.Is(code.Function) || !f.returnsChoice(v.Node) {
			return false
		}
		some = true
	}
	return some
}

func (f *file) returnsChoice(function syntax.Node) bool {
	body := function.First(syntax.Block)
	if body.IsZero() {
		return false
	}
	some, all := false, true
	body.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef):
			return false
		case n.Is(syntax.Yield):
			all = false
		case n.Is(syntax.Return):
			some = true
			table := n.Child(0)
			all = all && table.Is(syntax.Map) && table.Count() > 0
			for child := range table.Children() {
				all = all && child.Is(syntax.Pair) && f.code.Written(child.Child(1))
			}
		}
		return all
	})
	return some && all
}
