package code

import "fermata/internal/syntax"

// dict is a dictionary as it is written, with what is spread into it.
func (r *Resolver) dict(n syntax.Node, f *frame) *Value {
	v := &Value{Kind: Dict, Node: n}
	if count := n.Count(); count > 0 {
		v.Pairs = make([]Entry, 0, min(count, maxItems))
	}
	for c := range n.Children() {
		if len(v.Pairs) >= maxItems {
			v.Open = true
			break
		}
		switch {
		case c.Is(syntax.Spread):
			v.update(r.eval(c.Child(0), f))
		case c.Is(syntax.Pair):
			key := c.Child(0)
			kv := r.eval(key, f)
			if key.Is(syntax.Name) && r.at(n).module.language == syntax.TypeScript {
				kv = &Value{Kind: String, Node: key, Text: key.Text()}
			}
			v.Pairs = append(v.Pairs, Entry{kv, r.eval(c.Child(1), f)})
		}
	}
	return v
}

// update adds what another dictionary holds.
func (v *Value) update(other *Value) {
	if other.Is(Choice) {
		other = other.anyOf(v)
	}
	for one := range other.alternatives() {
		switch one.Kind {
		case Dict:
			if len(v.Pairs)+len(one.Pairs) > maxItems {
				v.Open = true
				return
			}
			v.Pairs = append(v.Pairs, one.Pairs...)
			v.Open = v.Open || one.Open
		case Null:
		default:
			v.Open = true
			if len(v.Items) < maxItems {
				v.Items = append(v.Items, one)
			}
			if v.Text == "" {
				v.Text = one.Reason()
			}
		}
	}
}

// anyOf makes of a choice with several dictionaries one with what any of them has under a key: what one of them lacks is
// what the dictionary that they go into has.
func (v *Value) anyOf(into *Value) *Value {
	var all []*Value
	others := []*Value{nil}
	for one := range v.alternatives() {
		if one.Is(Dict) && len(one.Pairs) > 0 {
			all = append(all, one)
		} else {
			others = append(others, one)
		}
	}
	if len(all) < 2 {
		return v
	}
	joined := &Value{Kind: Dict, Node: v.Node}
	seen := map[string]bool{}
	for _, d := range all {
		joined.Open = joined.Open || d.Open
		for _, pair := range d.Pairs {
			key, ok := pair.Key.Constant()
			if len(joined.Pairs) >= maxItems {
				joined.Open = true
				break
			}
			if !ok {
				joined.Pairs = append(joined.Pairs, pair)
				continue
			}
			if seen[key] {
				continue
			}
			seen[key] = true
			var values []*Value
			for _, from := range all {
				got := from.get(key)
				if got == nil {
					got = into.get(key)
				}
				if got != nil {
					values = append(values, got)
				}
			}
			joined.Pairs = append(joined.Pairs, Entry{pair.Key, choice(v.Node, values...)})
		}
	}
	others[0] = joined
	return &Value{Kind: Choice, Node: v.Node, Items: others}
}
