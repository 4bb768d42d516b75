package code

import (
	"strings"

	"fermata/internal/syntax"
)

// comprehension unrolls [f(x) for x in literal].
func (r *Resolver) comprehension(n syntax.Node, f *frame) *Value {
	v := &Value{Kind: List, Node: n}
	element := n.Child(0)
	if element.Is(syntax.Pair) {
		v.Kind = Dict
	}
	frames, open := r.rounds(n, n.First(syntax.CompFor), f)
	if next := n.Child(2); next.Is(syntax.CompFor) {
		open = true // a second loop: its target stays unbound, so its members come as one
		for c := range n.All(syntax.CompFor) {
			if c != n.First(syntax.CompFor) {
				var deeper []*frame
				for _, g := range frames {
					more, inner := r.rounds(n, c, g)
					open = inner
					deeper = append(deeper, more...)
				}
				if len(deeper) > maxUnroll {
					deeper, open = deeper[:maxUnroll], true
				}
				frames = deeper
			}
		}
	}
	v.Open = open
	if open {
		v.Text = "the loop goes over something that is not known"
	}
	for _, g := range frames {
		if v.Kind == Dict {
			v.Pairs = append(v.Pairs, Entry{r.eval(element.Child(0), g), r.eval(element.Child(1), g)})
		} else {
			v.Items = append(v.Items, r.eval(element, g))
		}
	}
	return v
}

// rounds gives one frame for each member of what a loop goes over; a single frame that binds nothing, and true, when
// that is not known.
func (r *Resolver) rounds(loop, clause syntax.Node, f *frame) ([]*frame, bool) {
	members, ok := r.iterate(clause.Child(1), f)
	if inGo(clause) {
		members, ok = r.ranged(clause, f)
	}
	if !ok || len(members) > maxUnroll {
		return []*frame{f}, true
	}
	var frames []*frame
	node := loop
	if clause != loop && clause != loop.First(syntax.CompFor) {
		node = clause // a further "for" of a comprehension has frames of its own
	}
	for i, member := range members {
		var bound slots
		bindTarget(clause.Child(0), member, &bound)
		g := r.round(node, f, i, bound)
		if clause.Is(syntax.CompFor) && r.leavesOut(clause, g) {
			continue
		}
		frames = append(frames, g)
	}
	return frames, false
}

// iterate gives the members that a loop over an expression meets.
func (r *Resolver) iterate(n syntax.Node, f *frame) ([]*Value, bool) {
	v := r.eval(n, f).orNothing()
	switch v.Kind {
	case List:
		return v.Items, !v.Open
	case Dict:
		var keys []*Value
		for _, pair := range v.Pairs {
			keys = append(keys, pair.Key)
		}
		return keys, !v.Open
	case Choice:
		if !r.asGiven(n) {
			return eitherList(v)
		}
	case Instance:
		if held := r.mapHolds(v); held != nil {
			return r.methodCall(held, "items", n, f).Items, !held.Open
		}
	case Class:
		if r.isEnum(v) {
			var members []*Value
			s := r.scope(v.Node)
			for c := range v.Node.First(syntax.Block).Children() {
				if c.Is(syntax.Assign) && c.Child(0).Is(syntax.Name) {
					members = append(members, r.eval(c.Child(-1), nil))
				}
			}
			_ = s
			return members, true
		}
	}
	return nil, false
}

// orNothing is the one of several that holds something, where all others are empty: load(path) or {}. A loop meets nothing
// in those.
func (v *Value) orNothing() *Value {
	if v.Kind != Choice {
		return v
	}
	var one *Value
	for _, other := range v.Items {
		switch {
		case other.Kind == Null, (other.Kind == List || other.Kind == Dict) && len(other.Items) == 0 && len(other.Pairs) == 0 && !other.Open && other.anyMember() == nil:
		case one != nil:
			return v
		default:
			one = other
		}
	}
	if one == nil {
		return v
	}
	return one
}

// asGiven tells whether an expression is what a plain function is given, or a part of it: each call of the function goes over
// its own list, and what it makes of that is not what other calls make.
func (r *Resolver) asGiven(n syntax.Node) bool {
	function := functionAround(n)
	for n.Is(syntax.Attr, syntax.Subscript, syntax.Call) {
		n = n.Child(0)
	}
	if !n.Is(syntax.Name) || function.IsZero() || !enclosingClass(function).IsZero() {
		return false
	}
	return hasParam(r.params(function), n.Text())
}

// eitherList gives the members of lists of which a loop goes over one: all that it may meet.
func eitherList(v *Value) (members []*Value, ok bool) {
	for one := range v.alternatives() {
		switch {
		case one.Kind == Null:
		case one.Kind == List && !one.Open && len(members)+len(one.Items) <= maxUnroll:
			for _, item := range one.Items {
				if !hasSame(members, item) {
					members = append(members, item)
				}
			}
		default:
			return nil, false
		}
	}
	return members, len(members) > 0
}

// bindTarget binds the names of a loop's or parameter's target to the parts of a value.
func bindTarget(target syntax.Node, v *Value, bound *slots) {
	switch target.Kind() {
	case syntax.Name:
		bound.set(target.Text(), v, syntax.Node{})
	case syntax.Map: // JavaScript: { a, b: c }
		for pair := range target.All(syntax.Pair) {
			part := v.Get(pair.Child(0).Text())
			if part == nil {
				part = unknown(target, "it is part of something that is not known")
			}
			bindTarget(pair.Child(1), part, bound)
		}
	case syntax.Tuple, syntax.List:
		i := 0
		for c := range target.Children() {
			if v.Kind == List && i < len(v.Items) {
				bindTarget(c, v.Items[i], bound)
			} else {
				bindTarget(c, unknown(target, "it is part of something that is not known"), bound)
			}
			i++
		}
	}
}

// leavesOut tells whether the conditions of a comprehension leave a member out for sure.
func (r *Resolver) leavesOut(clause syntax.Node, f *frame) bool {
	i := 0
	for c := range clause.Children() {
		if i++; i > 2 {
			if yes, known := r.decide(c, f); known && !yes {
				return true
			}
		}
	}
	return false
}

// decide tells whether a condition on texts holds, where that can be known: comparisons with constants, membership,
// and what is put together of them.
func (r *Resolver) decide(n syntax.Node, f *frame) (yes, known bool) {
	switch n.Kind() {
	case syntax.Bool:
		return n.TextIs("true"), true
	case syntax.Unary:
		if n.TextIs("not") {
			yes, known = r.decide(n.Child(0), f)
			return !yes, known
		}
	case syntax.Logic:
		and := n.TextIs("and")
		known = true
		for c := range n.Children() {
			one, sure := r.decide(c, f)
			if sure && one != and {
				return one, true // it decides all
			}
			known = known && sure
		}
		return and, known
	case syntax.Compare:
		if n.Count() != 2 {
			return false, false
		}
		left, ok := r.eval(n.Child(0), f).Constant()
		if !ok {
			return false, false
		}
		right := r.eval(n.Child(1), f)
		switch n.Text() {
		case "==", "!=":
			if other, ok := right.Constant(); ok {
				return (left == other) == n.TextIs("=="), true
			}
		case "in", "not in":
			in := n.TextIs("in")
			if text, ok := right.Constant(); ok && right.Is(String) {
				return strings.Contains(text, left) == in, true
			}
			return r.among(left, right, in)
		}
	case syntax.Call:
		callee := n.Child(0)
		if !callee.Is(syntax.Attr) || n.Count() != 2 {
			return false, false
		}
		text, ok := r.eval(callee.Child(0), f).Constant()
		part, fine := r.eval(n.Child(1), f).Constant()
		if !ok || !fine {
			return false, false
		}
		switch callee.Text() {
		case "startswith":
			return strings.HasPrefix(text, part), true
		case "endswith":
			return strings.HasSuffix(text, part), true
		}
	}
	return false, false
}

// among tells whether a text is one of a list's or dictionary's, which is known in full.
func (r *Resolver) among(text string, list *Value, in bool) (yes, known bool) {
	if !list.Is(List) && !list.Is(Dict) || list.Open {
		return false, false
	}
	items := list.Items
	for _, pair := range list.Pairs {
		items = append(items[:len(items):len(items)], pair.Key)
	}
	for _, item := range items {
		one, ok := item.Constant()
		if !ok {
			return false, false
		}
		if one == text {
			return in, true
		}
	}
	return !in, true
}
