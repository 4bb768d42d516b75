package code

import (
	"slices"

	"fermata/internal/syntax"
)

// A class around the framework's object often makes it in a method, when it is first asked for: an agent in a property
// or in a helper that the property calls. What comes out depends on what the outer object was made with, and on nothing
// else. Such an object is told apart by the outer one and stands where that is made, whichever way leads to the method.
// That is so where the outer object is told a text of its own, such as a name; one that is handed its work makes the same
// inner objects each time.

// holder is the object by which alone the object is told apart in whose method a frame runs; nil where something else
// tells, or nobody says with what the outer object was made.
func (r *Resolver) holder(f *frame) *Value {
	if !f.node.Is(syntax.FuncDef) || inGo(f.node) || f.node.TextIs("__init__") || f.node.TextIs("constructor") || !f.node.Parent().Parent().Is(syntax.ClassDef) {
		return nil
	}
	self := f.bound.seen(selfName(f.node))
	if !self.Is(Instance) || !toldText(self.Call) || self.Ref.Def == nil || self.Ref.Def.Kind != ClassDef {
		return nil
	}
	if f.site.Is(syntax.Call) && f.site.Count() > 1 && f.site != self.Call {
		return nil
	}
	return self
}

// toldText tells whether a call is given a text that is written there.
func toldText(call syntax.Node) bool {
	if !call.Is(syntax.Call) {
		return false
	}
	for i := 1; i < call.Count(); i++ {
		a := call.Child(i)
		if a.Is(syntax.Keyword) {
			a = a.Child(0)
		}
		if a.Is(syntax.String) {
			return true
		}
	}
	return false
}

// selfName is what a method calls its object.
func selfName(method syntax.Node) string {
	if t := method.Tree(); t != nil && t.Language == syntax.TypeScript {
		return "this"
	}
	return method.First(syntax.Param).Text()
}

// needsOnlySelf tells whether a method, not a constructor, takes nothing beside its object.
func needsOnlySelf(m *Def) bool {
	count := 0
	for range m.Node.All(syntax.Param) {
		count++
	}
	if selfName(m.Node) == "this" {
		count++
	}
	return count == 1 && !constructs(m)
}

// ofMethods lists the objects that methods of an object make from what it was made with alone.
func (r *Resolver) ofMethods(v *Value, patterns []string) []*Value {
	if v.Kind != Instance || v.Ref.Def == nil || v.Ref.Def.Kind != ClassDef || !toldText(v.Call) || inGo(v.Call) {
		return nil
	}
	var found []*Value
	for _, m := range r.makersOf(v.Ref.Def, patterns) {
		f := r.insideOf(&Value{Kind: Function, Node: m.Node, self: v, in: r})
		for _, call := range r.madeIn(m, patterns) {
			for one := range r.eval(call, f).alternatives() {
				if one.Template() != "" {
					found = append(found, one)
				}
			}
		}
	}
	return found
}

// CallsOn lists the calls of methods of an object, by their last names, that the function makes which makes the object,
// once for each round of the loops that they stand in: what it gives this object, and no other of the same function.
func (v *Value) CallsOn(names ...string) []*Value {
	if v == nil || v.in == nil || v.Kind != Instance || v.Call.IsZero() {
		return nil
	}
	r, around := v.in, outerScope(v.Call)
	if !around.Is(syntax.FuncDef) {
		return nil
	}
	var found []*Value
	around.Walk(func(n syntax.Node) bool {
		callee := n.Child(0)
		if !n.Is(syntax.Call) || !callee.Is(syntax.Attr) || !slices.Contains(names, callee.Text()) || outerScope(n) != around {
			return true
		}
		for _, f := range r.unroll(n, around, v.frame.at(n)) {
			r.start()
			for on := range r.eval(callee.Child(0), f).alternatives() {
				if on.Kind == Instance && on.Call == v.Call && on.Key() == v.Key() {
					found = append(found, &Value{Kind: Instance, Node: n, Call: n, in: r, frame: f})
					break
				}
			}
		}
		return true
	})
	return found
}

// MadeBeside tells whether an object is made in the same function that a node stands in.
func (v *Value) MadeBeside(n syntax.Node) bool {
	around := outerScope(n)
	return around.Is(syntax.FuncDef) && !v.Call.IsZero() && outerScope(v.Call) == around
}
