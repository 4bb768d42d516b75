package code

// Returned is what a function value gives back when nobody says with what it is called; unlike [Resolver.Returns] it
// takes functions without a name too, with what they close over. Nil for what is no function.
func (v *Value) Returned() *Value {
	if !v.Is(Function) || v.in == nil || v.Node.IsZero() {
		return nil
	}
	v.in.start()
	return v.in.result(v.Node, v.in.insideOf(v), v.Node)
}

// Listed gives the items of lists (nested lists flattened) and the alternatives of choices. Unlike [Value.Members] it
// keeps dictionaries whole: JavaScript lists objects where Python lists instances.
func (v *Value) Listed() []*Value { return v.listed(nil, 0) }

func (v *Value) listed(all []*Value, depth int) []*Value {
	if v == nil || depth > 8 || len(all) >= mostMembers {
		return all
	}
	switch v.Kind {
	case List, Choice:
		for _, item := range v.Items {
			all = item.listed(all, depth+1)
		}
		if v.Open {
			all = append(all, &Value{Kind: Unknown, Node: v.Node, Text: openReason(v)})
		}
	case Null:
	default:
		all = append(all, v)
	}
	return all
}
