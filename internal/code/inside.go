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
	self := v.Node.First(syntax.Param).Text()
	if self == "" {
		return v.frame
	}
	return r.enter(v.Node, v.frame.at(v.Node), v.self.Call, v.self.frame, func() map[string]*Value {
		return map[string]*Value{self: v.self}
	})
}

// Rounds gives a call of the resolver's file as a value, once for each round of the loops over known lists that it
// stands in, so that [Value.Arg] tells what each round passes.
func (r *Resolver) Rounds(call syntax.Node) []*Value {
	var all []*Value
	for _, f := range r.unroll(call, outerScope(call), nil) {
		r.start()
		all = append(all, &Value{Kind: Instance, Node: call, Call: call, Ref: refOf(r.eval(call.Child(0), f)), in: r, frame: f})
	}
	return all
}
