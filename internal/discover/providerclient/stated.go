package providerclient

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

// states tells whether what a call hands on of a model's words can get into the text of a query that the function asks. Of
// arguments that are gathered by their names the names stand in the source, and only the values are the model's. It says no
// only of a query that stands in the function itself.
func states(call syntax.Node, def *code.Def, query syntax.Node, says func(syntax.Node) bool) bool {
	if script(call) || !within(query, def.Node) || !call.First(syntax.Spread).IsZero() {
		return true
	}
	in := stating{names: map[string]bool{}, values: map[string]bool{}}
	position := 0
	for a := range call.Children() {
		switch {
		case a == call.Child(0):
		case a.Is(syntax.Keyword):
			if says(a) && !in.gives(def, a.Text(), -1) {
				return true
			}
		default:
			if says(a) && !in.gives(def, "", position) {
				return true
			}
			position++
		}
	}
	in.spread(def.Node)
	return in.touches(query.Child(1))
}

// within tells whether a node stands in another.
func within(n, outer syntax.Node) bool {
	for ; !n.IsZero(); n = n.Parent() {
		if n == outer {
			return true
		}
	}
	return false
}

// stating follows by their names what a function is given.
type stating struct {
	names  map[string]bool
	values map[string]bool // dictionaries whose values are the model's, and whose keys are not
	from   syntax.Node     // a call whose result is followed; the zero Node for none
}

// gives notes the parameter that an argument is for; false where that cannot be told.
func (s *stating) gives(def *code.Def, name string, position int) bool {
	i := 0
	for p := range def.Node.All(syntax.Param) {
		if i == 0 && (p.TextIs("self") || p.TextIs("cls")) {
			continue // what a method is called on stands before its arguments
		}
		switch {
		case p.Op() == 2 && name != "":
			s.values[p.Text()] = true
			return true
		case p.Op() == 0 && (name != "" && p.TextIs(name) || name == "" && i == position):
			s.names[p.Text()] = true
			return true
		case p.Op() == 1 && name == "":
			s.names[p.Text()] = true
			return true
		}
		i++
	}
	return false
}

// spread adds the names that are set to what holds something of it.
func (s *stating) spread(function syntax.Node) {
	for before := -1; before != len(s.names); {
		before = len(s.names)
		function.Walk(func(n syntax.Node) bool {
			switch n.Kind() {
			case syntax.Assign, syntax.AnnAssign, syntax.AugAssign, syntax.Walrus:
				value := n.Child(-1)
				if s.touches(value) {
					for target := range n.Children() {
						if target != value && !target.Is(syntax.Annotation) {
							s.add(target)
						}
					}
				}
			case syntax.For, syntax.CompFor:
				if s.touches(n.Child(1)) {
					s.add(n.Child(0))
				}
			case syntax.WithItem:
				if s.touches(n.Child(0)) {
					s.add(n.Child(1))
				}
			case syntax.Call: // parts.append(given)
				if callee := n.Child(0); callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Name) {
					for a := range n.Children() {
						if a != callee && s.touches(a) {
							s.add(callee.Child(0))
						}
					}
				}
			}
			return true
		})
	}
}

// add notes the names in a target.
func (s *stating) add(target syntax.Node) {
	target.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name) && !s.values[n.Text()] {
			s.names[n.Text()] = true
		}
		return true
	})
}

// touches tells whether an expression holds something of what is followed. Going over a dictionary gives its keys.
func (s *stating) touches(n syntax.Node) bool {
	found := false
	n.Walk(func(m syntax.Node) bool {
		if m.Is(syntax.Call) && m == s.from {
			found = true
		}
		if m.Is(syntax.Name) {
			found = found || s.names[m.Text()] || s.values[m.Text()] && !overKeys(m)
		}
		return !found
	})
	return found
}

// overKeys tells whether a use of a dictionary asks for its keys only.
func overKeys(n syntax.Node) bool {
	p := n.Parent()
	switch {
	case p.Is(syntax.For, syntax.CompFor):
		return p.Child(1) == n
	case p.Is(syntax.Attr) && p.TextIs("keys"):
		return p.Parent().Is(syntax.Call)
	}
	return false
}
