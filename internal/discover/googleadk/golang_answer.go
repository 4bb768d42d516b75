package googleadk

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// goResponds tells whether a callback answers in a tool's place: it gives back a result or an error. Where it gives back a
// name whatever happens, the places at which the name is set say it.
func (x *pass) goResponds(n syntax.Node) bool {
	switch {
	case n.Is(syntax.Return) && n.Child(0).Is(syntax.Tuple) && n.Child(0).Count() == 2:
		for value := range n.Child(0).Children() {
			if value.Is(syntax.Null) {
				continue
			}
			sets := settings(value)
			if len(sets) == 0 || depends(n) && slices.ContainsFunc(sets, something) {
				return true
			}
		}
	case n.Is(syntax.Assign, syntax.AnnAssign) && something(n):
		function := around(n)
		back := goResults(function)
		return slices.ContainsFunc(targets(n), func(name string) bool { return slices.Contains(back, name) }) && !x.followed(n)
	}
	return false
}

// followed tells whether all of a callback's answer is what a function of the program gives: its own places say it.
func (x *pass) followed(set syntax.Node) bool {
	value := set.Child(-1)
	if !value.Is(syntax.Call) || !set.Child(0).Is(syntax.Tuple) {
		return false
	}
	def := x.Code().Resolve(value.Child(0)).Def
	return def != nil && def.Kind == code.FuncDef
}

// goResults are the names that a function of two results gives back whatever happens: those of a way out that depends on no
// condition, and its named results where it leaves without saying more.
func goResults(function syntax.Node) (back []string) {
	results := function.First(syntax.Returns)
	if !results.IsZero() && results.Child(0).Count() != 2 {
		return nil
	}
	function.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.FuncDef, syntax.Lambda) && n != function:
			return false
		case n.Is(syntax.Return) && n.Count() == 0:
			for part := range strings.SplitSeq(strings.Trim(results.Span().Text(), "()"), ",") {
				if words := strings.Fields(part); len(words) > 0 {
					back = append(back, words[0])
				}
			}
		case n.Is(syntax.Return) && n.Child(0).Is(syntax.Tuple) && n.Child(0).Count() == 2 && !depends(n):
			for value := range n.Child(0).Children() {
				if value.Is(syntax.Name) {
					back = append(back, value.Text())
				}
			}
		}
		return true
	})
	return back
}

// settings lists where a function sets a name that it gives back: nowhere for a parameter and for what is set elsewhere.
func settings(name syntax.Node) (sets []syntax.Node) {
	if !name.Is(syntax.Name) {
		return nil
	}
	around(name).Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign, syntax.AnnAssign) && slices.Contains(targets(n), name.Text()) {
			sets = append(sets, n)
		}
		return true
	})
	return sets
}

// targets are the names that a statement sets.
func targets(set syntax.Node) (all []string) {
	target := set.Child(0)
	if target.Is(syntax.Name) {
		return []string{target.Text()}
	}
	for part := range target.Children() {
		if target.Is(syntax.Tuple) && part.Is(syntax.Name) {
			all = append(all, part.Text())
		}
	}
	return all
}

// something tells whether a statement sets a name to more than nil.
func something(set syntax.Node) bool {
	return !set.Child(-1).Is(syntax.Null, syntax.Annotation)
}

// depends tells whether a way out stands under a condition.
func depends(n syntax.Node) bool {
	for up := n.Parent(); !up.IsZero() && !up.Is(syntax.FuncDef, syntax.Lambda); up = up.Parent() {
		if up.Is(syntax.If, syntax.Match, syntax.For, syntax.While) {
			return true
		}
	}
	return false
}

// around is the function that a place stands in.
func around(n syntax.Node) syntax.Node {
	for !n.IsZero() && !n.Is(syntax.FuncDef, syntax.Lambda) {
		n = n.Parent()
	}
	return n
}
