package code

import (
	"strings"

	"fermata/internal/syntax"
)

func (r *Resolver) fstring(n syntax.Node, f *frame) *Value {
	v := &Value{Kind: String, Node: n}
	var b strings.Builder
	for c := range n.Children() {
		if c.Is(syntax.String) {
			b.WriteString(c.Text())
			continue
		}
		r.write(&b, v, c.Child(0), r.eval(c.Child(0), f))
	}
	v.Text = cutText(b.String())
	return v
}

// write puts a value into a string, as its text or as a hole.
func (r *Resolver) write(b *strings.Builder, into *Value, n syntax.Node, v *Value) {
	if s, ok := v.Constant(); ok && v.Kind != Env {
		b.WriteString(s)
		return
	}
	if v.Kind == String { // a text with holes
		b.WriteString(v.Text)
		into.Holes = append(into.Holes, v.Holes...)
		return
	}
	name := strings.Join(strings.Fields(n.Source()), " ")
	if len(name) > 60 {
		name = name[:57] + "..."
	}
	into.Holes = append(into.Holes, Hole{Name: name, Value: v})
	b.WriteString("{" + name + "}")
}

func cutText(s string) string {
	if len(s) > maxText {
		return s[:maxText]
	}
	return s
}

// plus adds strings and lists.
func (r *Resolver) plus(n syntax.Node, left, right *Value) *Value {
	switch {
	case left.mayBeList() || right.mayBeList():
		v := &Value{Kind: List, Node: n}
		for _, side := range []*Value{left, right} {
			if side.Kind == Unknown {
				v.Open = true
				v.Text = side.Text
				continue
			}
			v.extend(side)
		}
		return v
	case left.Kind == String || right.Kind == String:
		v := &Value{Kind: String, Node: n}
		var b strings.Builder
		r.write(&b, v, n.Child(0), left)
		r.write(&b, v, n.Child(1), right)
		v.Text = cutText(b.String())
		return v
	}
	return unknown(n, "it is computed")
}

// mayBeList tells whether a value, or one of its alternatives, is a list.
func (v *Value) mayBeList() bool {
	for one := range v.alternatives() {
		if one.Kind == List {
			return true
		}
	}
	return false
}

// percent is "… %s …" % values.
func (r *Resolver) percent(n syntax.Node, format, args *Value) *Value {
	values := []*Value{args}
	if args.Kind == List {
		values = args.Items
	}
	v := &Value{Kind: String, Node: n, Holes: format.Holes}
	var b strings.Builder
	text := format.Text
	for {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found || after == "" {
			break
		}
		text = after
		if text[0] == '%' {
			b.WriteByte('%')
			text = text[1:]
			continue
		}
		if text[0] == '(' {
			key, rest, _ := strings.Cut(text[1:], ")")
			text = strings.TrimLeft(rest, "-0123456789.")
			if text != "" {
				text = text[1:]
			}
			if value := args.Get(key); value != nil {
				r.write(&b, v, value.Node, value)
			} else {
				v.Holes = append(v.Holes, Hole{Name: key, Value: unknown(n, "it is computed")})
				b.WriteString("{" + key + "}")
			}
			continue
		}
		text = strings.TrimLeft(text, "-0123456789.")
		if text != "" {
			text = text[1:]
		}
		if len(values) > 0 {
			r.write(&b, v, values[0].Node, values[0])
			values = values[1:]
		}
	}
	v.Text = cutText(b.String())
	return v
}
