package code

import "fermata/internal/syntax"

// Inside evaluates an expression that stands within what made a value, as it is there: an operand of prompt | llm, an
// expression of a function's or lambda's body with what the function closes over. It never returns nil for an
// expression.
func (v *Value) Inside(n syntax.Node) *Value {
	if v == nil || n.IsZero() {
		return nil
	}
	r := v.in
	if r == nil {
		return unknown(n, "it could not be followed")
	}
	r.start()
	return r.eval(n, r.insideOf(v))
}

// insideOf is what names mean within what made a value. In a method it binds the object that the method is of, so that
// self.llm is what that object was made with; other parameters stay what their callers tell.
func (r *Resolver) insideOf(v *Value) *frame {
	if v.Kind != Function || v.self == nil || !v.Node.Is(syntax.FuncDef) || v.frame.depth() >= maxCalls {
		return v.frame
	}
	self := selfName(v.Node)
	if self == "" {
		return v.frame
	}
	return r.enter(v.Node, v.frame.at(v.Node), v.self.Call, v.self.frame, func() passing {
		return passing{slots: slots{list: []slot{{name: self, value: v.self}}}}
	})
}

// Of is the object of the program whose method made a value, while that ran for it; nil for others.
func (v *Value) Of() *Value {
	if v == nil {
		return nil
	}
	for f := v.frame; f != nil; f = f.lexical {
		if f.node.Is(syntax.FuncDef) && !enclosingClass(f.node).IsZero() {
			if self, ok := f.value(selfName(f.node)); ok && self.Is(Instance) && !self.Typed() {
				return self
			}
			return nil
		}
	}
	return nil
}

// Called is a function as it runs for one call, which stands within what by is (nil for a place of which nobody said who
// calls it): [Value.Inside] then tells what its expressions are with its parameters bound to what the call passes.
// Anything but a function of the program stays as it is.
func (v *Value) Called(site syntax.Node, by *Value) *Value {
	if v == nil || v.in == nil || v.Kind != Function || !v.Node.Is(syntax.FuncDef, syntax.Lambda) || !site.Is(syntax.Call) {
		return v
	}
	var caller *frame
	if by != nil {
		caller = by.frame.at(site)
	}
	if max(caller.depth(), v.frame.depth()) >= maxCalls || caller.running(v.Node) || v.frame.running(v.Node) {
		return v
	}
	r := v.in
	r.start()
	run := *v
	run.self = nil // it is bound with the rest
	run.frame = r.enter(v.Node, v.frame.at(v.Node), site, caller, func() passing { return r.bind(v, site, caller) })
	return &run
}

// RoundsIn is [Resolver.Rounds] of a call that stands in a function which runs for one call, as [Value.Called] gives it.
func (r *Resolver) RoundsIn(within *Value, call syntax.Node) []*Value {
	if within == nil || within.frame == nil {
		return r.Rounds(call)
	}
	r.start()
	var all []*Value
	for _, f := range r.roundsAround(call, within.frame.at(call)) {
		all = append(all, &Value{Kind: Instance, Node: call, Call: call, Ref: refOf(r.eval(call.Child(0), f)), in: r, frame: f})
	}
	return all
}

// Rounds gives a call of the resolver's file as a value, once for each round of the loops over known lists that it
// stands in (of JavaScript's list.forEach too), so that [Value.Arg] tells what each round passes.
func (r *Resolver) Rounds(call syntax.Node) []*Value {
	var all []*Value
	for _, f := range r.roundsAround(call, nil) {
		r.start()
		all = append(all, &Value{Kind: Instance, Node: call, Call: call, Ref: refOf(r.eval(call.Child(0), f)), in: r, frame: f})
	}
	return all
}

// roundsAround gives the frames of the loops around a call, up to the function that it stands in.
func (r *Resolver) roundsAround(call syntax.Node, f *frame) []*frame {
	scope := outerScope(call)
	if each := scope.Parent(); scope.Is(syntax.Lambda) && isEach(each) && f.of(scope) == nil {
		r.start()
		if members, whole := r.eachMember(each.Child(0).Child(0), f); whole && len(members) <= maxUnroll {
			var frames []*frame
			for i, member := range members {
				if bound := boundTo(scope, member); bound != nil {
					frames = append(frames, r.unroll(call, scope, r.round(scope, f, i, *bound))...)
				}
			}
			if len(frames) > 0 {
				return frames
			}
		}
	}
	return r.unroll(call, scope, f)
}
