package discover

import "fermata/internal/syntax"

// HandedTo are the names that a function, and those around it, are given: a function within another passes on what that
// was handed.
func HandedTo(function syntax.Node) map[string]bool {
	names := map[string]bool{}
	for ; !function.IsZero(); function = around(function) {
		given(function, names)
	}
	return names
}

// given adds the names of what a function itself is given.
func given(function syntax.Node, names map[string]bool) {
	for p := range function.All(syntax.Param) {
		if p.Text() != "" {
			names[p.Text()] = true
			continue
		}
		p.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Name) {
				names[n.Text()] = true
			}
			return true
		})
	}
}

// around is the function that another stands in, none where it stands in no other.
func around(function syntax.Node) syntax.Node {
	for up := function.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.Lambda) {
			return up
		}
	}
	return syntax.Node{}
}
