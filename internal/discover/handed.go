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
	if len(names) == 0 || !Script(function) {
		return
	}
	for s := range function.Child(-1).All(syntax.Assign) { // const { model, input } = options
		if value := s.Child(-1); s.Child(0).Is(syntax.Map) && value.Is(syntax.Name) && names[value.Text()] {
			takenApart(s.Child(0), names)
		}
	}
}

// takenApart adds the names that a pattern gives to parts of what it takes apart.
func takenApart(pattern syntax.Node, names map[string]bool) {
	for c := range pattern.Children() {
		switch c.Kind() {
		case syntax.Name:
			names[c.Text()] = true
		case syntax.Pair:
			takenApart(c, names)
		case syntax.Map, syntax.Assign, syntax.Spread: // { input = [] }: what is left out has its default
			takenApart(c, names)
		}
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
