package code

import (
	"slices"

	"fermata/internal/syntax"
)

// mostChanges is how many statements that change one list or dictionary are followed for one use of it: each use looks at
// all of those before it.
const mostChanges = 1000

// changed applies what happens to a value between its binding and its use: lists and dictionaries that grow.
func (r *Resolver) changed(s *scope, name string, bindings []binding, from *binding, v *Value, use syntax.Node, f *frame) *Value {
	if v.Kind != List && v.Kind != Dict && v.Kind != String && !v.isMap() {
		return v
	}
	if from.kind == bindAssign && v.empty() && fillable(s, v) {
		bindings = append(bindings[:len(bindings):len(bindings)], s.of.filledElsewhere(s.node, name)...)
	}
	var grown *Value
	for i, changes := 0, 0; i < len(bindings); i++ {
		b := &bindings[i]
		if b.kind != bindMutate && b.kind != bindAugment {
			continue
		}
		if from.kind != bindParam && start(b.node) < start(from.node) || !use.IsZero() && (start(b.node) >= start(use) || within(use, b.node) || apart(b.node, use)) {
			continue
		}
		if from.kind != bindParam && apart(b.node, from.node) {
			continue
		}
		if grown == nil {
			c := *v
			c.Items = v.Items[:len(v.Items):len(v.Items)]
			c.Pairs = v.Pairs[:len(v.Pairs):len(v.Pairs)]
			grown = &c
		}
		if changes++; changes > mostChanges {
			grown.Open = true
			break
		}
		for _, g := range r.runs(b.node, s.node, nil, f) {
			r.change(grown, b, g)
		}
	}
	if grown == nil {
		return v
	}
	return grown
}

// empty tells whether a value is a list or dictionary with nothing in it.
func (v *Value) empty() bool {
	return (v.Kind == List || v.Kind == Dict || v.isMap() && v.Call.Count() == 1) && len(v.Items) == 0 && len(v.Pairs) == 0 && !v.Open
}

// unroll gives the frames of the rounds of the loops that a statement is in, up to a scope.
func (r *Resolver) unroll(n, scope syntax.Node, f *frame) []*frame {
	var loops []syntax.Node
	child := n
	for p := n.Parent(); !p.IsZero() && p != scope; p = p.Parent() {
		if p.Is(syntax.For) && child.Is(syntax.Block) && p.Child(0) != child && f.of(p) == nil {
			loops = append(loops, p)
		}
		if p.Is(syntax.Comp) && f.of(p) == nil {
			loops = append(loops, p)
		}
		if p.Is(syntax.FuncDef, syntax.ClassDef) {
			break
		}
		child = p
	}
	frames := []*frame{f.at(n)}
	for i := len(loops) - 1; i >= 0; i-- {
		clause := loops[i]
		if clause.Is(syntax.Comp) {
			clause = clause.First(syntax.CompFor)
		}
		var next []*frame
		for _, g := range frames {
			more, _ := r.rounds(loops[i], clause, g)
			next = append(next, more...)
		}
		if len(next) > maxUnroll {
			next = next[:maxUnroll]
		}
		frames = next
	}
	return frames
}

// deepen lets what a dictionary holds under a key grow. A key that is not known is taken for an entry whose key is not
// known either; of the others it is then open what they hold.
func (v *Value) deepen(key *Value, kind ValueKind, grow func(held *Value)) {
	if v.Kind != Dict {
		return
	}
	name, known := key.Constant()
	pairs := slices.Clone(v.Pairs) // the value that grew is shared
	for i, pair := range pairs {
		if pair.Value == nil || pair.Value.Kind != kind {
			continue
		}
		other, said := pair.Key.Constant()
		if known && said && name != other {
			continue
		}
		held := *pair.Value
		held.Items, held.Pairs = slices.Clip(held.Items), slices.Clip(held.Pairs)
		if known == said {
			grow(&held)
		} else {
			held.Open = true
		}
		pairs[i].Value = &held
	}
	v.Pairs = pairs
}

// change applies one statement to a growing value.
func (r *Resolver) change(v *Value, b *binding, f *frame) {
	n := b.node
	switch n.Kind() {
	case syntax.AugAssign:
		if n.Child(0).Is(syntax.Name) {
			added := r.eval(n.Child(1), f)
			switch v.Kind {
			case List:
				if added.Kind == Unknown {
					v.Open, v.Text = true, added.Text
				} else {
					v.extend(added)
				}
			case Dict:
				v.update(added)
			case String:
				sum := r.plus(n, v, added)
				v.Text, v.Holes = sum.Text, sum.Holes
			}
		} else if sub := n.Child(0); v.Kind == Dict && sub.Is(syntax.Subscript) {
			v.Open = true
		}
	case syntax.Assign, syntax.AnnAssign:
		for c := range n.Children() {
			if c.Is(syntax.Subscript) && c.Child(0).Is(syntax.Name) && c != n.Child(-1) {
				switch v.Kind {
				case Dict:
					v.Pairs = append(v.Pairs, Entry{r.eval(c.Child(1), f), r.eval(n.Child(-1), f)})
				case List:
					v.Items = append(v.Items, r.eval(n.Child(-1), f))
				}
			} else if inner := c.Child(0); c.Is(syntax.Subscript) && inner.Is(syntax.Subscript) && inner.Child(0).Is(syntax.Name) && c != n.Child(-1) {
				v.deepen(r.eval(inner.Child(1), f), Dict, func(held *Value) { // x[a][b] = …
					held.Pairs = append(held.Pairs, Entry{r.eval(c.Child(1), f), r.eval(n.Child(-1), f)})
				})
			}
		}
	case syntax.ExprStmt, syntax.Call:
		call := n
		for call.Is(syntax.ExprStmt, syntax.Await) {
			call = call.Child(0)
		}
		object := call.Child(0).Child(0)
		if object.Is(syntax.Subscript) && object.Child(0).Is(syntax.Name) && call.Child(0).TextIs("append") {
			v.deepen(r.eval(object.Child(1), f), List, func(held *Value) { // x[a].append(…)
				held.Items = append(held.Items, r.eval(call.Child(1), f))
			})
		}
		if !object.Is(syntax.Name) {
			return // x.y.append(…) changes what x.y holds, not x
		}
		argument := r.eval(call.Child(1), f)
		switch method := call.Child(0).Text(); method {
		case "append", "add", "appendleft", "push":
			if v.Kind == List || v.isMap() {
				for c := range call.Children() {
					if c != call.Child(0) && !c.Is(syntax.Keyword) {
						v.Items = append(v.Items, r.eval(c, f))
					}
				}
			}
		case "set":
			if v.isMap() {
				v.Pairs = append(v.Pairs, Entry{argument, r.eval(call.Child(2), f)})
			}
		case "insert":
			if v.Kind == List {
				v.Items = append(v.Items, r.eval(call.Child(2), f))
			}
		case "extend":
			if v.Kind == List {
				if argument.Kind == Unknown {
					v.Open, v.Text = true, argument.Text
				} else {
					v.extend(argument)
				}
			}
		case "update":
			if v.Kind == Dict {
				if first := call.Child(1); !first.Is(syntax.Keyword) {
					v.update(argument)
				}
				for k, value := range call.Pairs() {
					v.Pairs = append(v.Pairs, Entry{&Value{Kind: String, Node: k, Text: k.Text()}, r.eval(value, f)})
				}
			}
		case "setdefault":
			if v.Kind == Dict {
				v.Pairs = append(v.Pairs, Entry{argument, r.eval(call.Child(2), f)})
			}
		}
	}
}
