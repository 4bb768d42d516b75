package code

import (
	"fermata/internal/syntax"
)

// Programs keep their agents in objects of their frameworks: app.state.agent = …, st.session_state["agent"] = …,
// user_session.set("agent", …). What such an object holds is not known from its class, but what the same file put
// there under the same name is as good.

// putsOf lists, by the text of the place, the values that a file puts into attributes, keys and named slots.
func (r *Resolver) putsOf(l *loaded) map[string][]syntax.Node {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.puts != nil {
		return l.puts
	}
	l.puts = map[string][]syntax.Node{}
	put := func(place string, value syntax.Node) {
		if place != "" && len(l.puts[place]) < 8 {
			l.puts[place] = append(l.puts[place], value)
		}
	}
	l.tree.Root().Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Assign:
			value := n.Child(-1)
			for c := range n.Children() {
				if c != value && c.Is(syntax.Attr, syntax.Subscript) {
					put(slotOf(c), value)
				}
			}
		case syntax.AnnAssign:
			if c := n.Child(0); c.Is(syntax.Attr, syntax.Subscript) && !n.Child(2).IsZero() {
				put(slotOf(c), n.Child(2))
			}
		case syntax.Call:
			if callee := n.Child(0); callee.Is(syntax.Attr) && callee.TextIs("set") && n.Child(1).Is(syntax.String) && !n.Child(2).IsZero() {
				if object := chain(callee.Child(0)); object != "" {
					put(object+"["+n.Child(1).Text()+"]", n.Child(2))
				}
			}
		}
		return true
	})
	return l.puts
}

// slotOf is the text of a place in an object: "app.state.agent", "session[agent]"; "" for others and for self.
func slotOf(n syntax.Node) string {
	switch {
	case n.Is(syntax.Attr):
		if root := rootName(n); root == "self" || root == "this" || root == "cls" {
			return ""
		}
		return chain(n)
	case n.Is(syntax.Subscript) && n.Child(1).Is(syntax.String):
		if object := chain(n.Child(0)); object != "" {
			return object + "[" + n.Child(1).Text() + "]"
		}
	}
	return ""
}

// held is what the file put into a place of an outside object; nil when it put nothing there.
func (r *Resolver) held(place string, n syntax.Node) *Value {
	if place == "" {
		return nil
	}
	var values []*Value
	for _, value := range r.putsOf(r.at(n))[place] {
		if within(n, value) {
			continue
		}
		if v := r.eval(value, nil); v.Kind != Unknown && v.Kind != Null {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return choice(n, values...)
}
