package code

import (
	"bytes"
	"strings"

	"fermata/internal/syntax"
)

// methodCall is a call of a method on text, a list or a dictionary.
func (r *Resolver) methodCall(object *Value, method string, n syntax.Node, f *frame) *Value {
	arg := func(i int) *Value { return r.eval(n.Child(i+1), f) }
	if object.Kind == Instance && object.Ref.Name == "builtins.Map" {
		return r.mapMethod(object, method, n, f)
	}
	switch object.Kind {
	case String:
		c := *object
		c.Node = n
		switch method {
		case "strip", "trim":
			c.Text = strings.TrimSpace(object.Text)
		case "rstrip", "trimEnd":
			c.Text = strings.TrimRight(object.Text, " \t\r\n")
		case "lstrip", "trimStart":
			c.Text = strings.TrimLeft(object.Text, " \t\r\n")
		case "lower", "toLowerCase", "casefold":
			c.Text = strings.ToLower(object.Text)
		case "upper", "toUpperCase":
			c.Text = strings.ToUpper(object.Text)
		case "title", "capitalize", "encode", "expandtabs", "toString":
		case "format", "format_map", "safe_substitute", "substitute":
			return r.formatted(object, n, f)
		case "join":
			return r.joined(object, n, f)
		case "replace", "replaceAll":
			return r.replaced(object, n, f)
		case "rsplit", "partition", "rpartition":
			if parts := r.splitOnce(object, method, n, f); parts != nil {
				return parts
			}
			return unknown(n, "it is computed from a text")
		case "split", "splitlines":
			if method == "split" && r.at(n).module.language != syntax.TypeScript {
				if parts := r.splitOnce(object, method, n, f); parts != nil {
					return parts
				}
			}
			sep := "\n"
			if method == "split" {
				sep, _ = arg(0).Constant()
			}
			out := &Value{Kind: List, Node: n, Open: len(object.Holes) > 0}
			parts := strings.Fields(object.Text)
			if sep != "" {
				parts = strings.Split(object.Text, sep)
			}
			for _, part := range parts {
				if len(out.Items) < maxItems {
					out.Items = append(out.Items, &Value{Kind: String, Node: n, Text: part})
				}
			}
			return out
		case "partial": // a template with some of its holes filled
			return object
		default:
			return unknown(n, "it is computed from a text")
		}
		return &c
	case List:
		switch method {
		case "copy", "concat", "slice", "filter", "reverse", "sort":
			if method == "concat" && n.Count() > 1 {
				return r.plus(n, object, arg(0))
			}
			return object
		case "pop", "at", "popleft":
			if len(object.Items) > 0 {
				return object.memberOr(choice(n, object.Items...))
			}
			return object.memberOr(unknown(n, "it is computed from a list"))
		case "map", "flatMap":
			return r.mapped(object, arg(0), n)
		case "reduce":
			return r.reduced(object, n, f)
		case "find", "findLast":
			if len(object.Items) > 0 {
				return choice(n, object.Items...)
			}
		case "join":
			return r.listJoined(object, n, f)
		}
		return unknown(n, "it is computed from a list")
	case Dict:
		switch method {
		case "copy":
			return object
		case "get", "pop", "setdefault":
			if n.Count() < 2 {
				break
			}
			key := arg(0)
			if s, ok := key.Constant(); ok {
				if v := object.Get(s); v != nil {
					return v
				}
				if n.Count() > 2 {
					return object.memberOr(arg(1))
				}
				if !object.Open {
					return object.memberOr(&Value{Kind: Null, Node: n})
				}
				return object.memberOr(unknown(n, "the dictionary is not known in full"))
			}
			var all []*Value
			for _, pair := range object.Pairs {
				all = append(all, pair.Value)
			}
			if n.Count() > 2 {
				all = append(all, arg(1))
			}
			if len(all) > 0 {
				return object.memberOr(choice(n, all...))
			}
			return object.memberOr(unknown(n, "the key is computed"))
		case "values", "keys", "items":
			out := &Value{Kind: List, Node: n, Open: object.Open}
			for _, pair := range object.Pairs {
				switch method {
				case "values":
					out.Items = append(out.Items, pair.Value)
				case "keys":
					out.Items = append(out.Items, pair.Key)
				default:
					out.Items = append(out.Items, &Value{Kind: List, Node: pair.Key.Node, Items: []*Value{pair.Key, pair.Value}})
				}
			}
			return object.view(method, out)
		}
		return unknown(n, "it is computed from a dictionary")
	case Env:
		switch method {
		case "strip", "lower", "upper", "rstrip", "lstrip":
			return object
		}
		return unknown(n, "it is computed from an environment variable")
	case Unknown:
		if object.Ref.Name != "" {
			return unknown(n, "it is computed from a parameter")
		}
	}
	return nil
}

// formatted is "… {name} …".format(name=value).
func (r *Resolver) formatted(format *Value, n syntax.Node, f *frame) *Value {
	a := r.arguments(n, f, nil)
	v := &Value{Kind: String, Node: n, Holes: format.Holes}
	var b strings.Builder
	text := format.Text
	next := 0
	for {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			b.WriteString(text)
			break
		}
		b.WriteString(text[:i])
		if i+1 < len(text) && text[i+1] == text[i] {
			b.WriteByte(text[i])
			text = text[i+2:]
			continue
		}
		if text[i] == '}' {
			text = text[i+1:]
			continue
		}
		end := strings.IndexByte(text[i:], '}')
		if end < 0 {
			b.WriteString(text[i:])
			break
		}
		hole := text[i+1 : i+end]
		text = text[i+end+1:]
		key, _, _ := strings.Cut(hole, ":")
		key, _, _ = strings.Cut(key, "!")
		base := strings.FieldsFunc(key, func(c rune) bool { return c == '.' || c == '[' })
		var value *Value
		switch {
		case key == "" && next < len(a.positional):
			value = a.at(next)
			next++
		case len(base) > 0:
			value = a.named(base[0])
			if i, ok := smallNumber(&Value{Kind: Number, Text: base[0]}); ok && value == nil && i >= 0 && i < len(a.positional) {
				value = a.at(i)
			}
		}
		if value == nil {
			v.Holes = append(v.Holes, Hole{Name: key, Value: unknown(n, "it is filled in elsewhere")})
			b.WriteString("{" + key + "}")
			continue
		}
		r.write(&b, v, value.Node, value)
	}
	v.Text = cutText(b.String())
	return v
}

// joined is sep.join(list).
func (r *Resolver) joined(sep *Value, n syntax.Node, f *frame) *Value {
	list := r.eval(n.Child(1), f)
	if list.Kind != List {
		v := &Value{Kind: String, Node: n}
		var b strings.Builder
		r.write(&b, v, n.Child(1), list)
		v.Text = b.String()
		return v
	}
	v := &Value{Kind: String, Node: n}
	var b strings.Builder
	for i, item := range list.Items {
		if i > 0 {
			b.WriteString(sep.Text)
		}
		r.write(&b, v, item.Node, item)
	}
	if list.Open {
		r.write(&b, v, n.Child(1), unknown(n, "the list is not known in full"))
	}
	v.Text = cutText(b.String())
	return v
}

// replaced is text.replace(old, new).
func (r *Resolver) replaced(text *Value, n syntax.Node, f *frame) *Value {
	old, ok := r.eval(n.Child(1), f).Constant()
	with := r.eval(n.Child(2), f)
	v := &Value{Kind: String, Node: n, Holes: text.Holes}
	if !ok || old == "" || !strings.Contains(text.Text, old) {
		v.Text = text.Text
		return v
	}
	var b strings.Builder
	parts := strings.Split(text.Text, old)
	for i, part := range parts {
		if i > 0 {
			if i == 1 || with.Kind == String {
				r.write(&b, v, n.Child(2), with)
			}
		}
		b.WriteString(part)
	}
	v.Text = cutText(b.String())
	return v
}

// boundTo is what a function's first parameter binds when it is given a value; nil when it takes none.
func boundTo(function syntax.Node, v *Value) *slots {
	params := paramsOf(function)
	switch {
	case len(params) == 0:
	case params[0].Name != "":
		return &slots{list: []slot{{name: params[0].Name, value: v}}}
	case !params[0].pattern.IsZero():
		bound := &slots{}
		bindTarget(params[0].pattern, v, bound)
		return bound
	}
	return nil
}

// listJoined is ["a", "b"].join(", ").
func (r *Resolver) listJoined(list *Value, n syntax.Node, f *frame) *Value {
	separator := ","
	if e := n.Child(1); !e.IsZero() {
		s, ok := r.eval(e, f).Constant()
		if !ok {
			return unknown(n, "it is computed from a list")
		}
		separator = s
	}
	v := &Value{Kind: String, Node: n}
	var b strings.Builder
	for i, item := range list.Items {
		if i > 0 {
			b.WriteString(separator)
		}
		r.write(&b, v, item.Node, item)
	}
	v.Text = cutText(b.String())
	return v
}

// mapped is the list of what a function gives for each item of a list.
func (r *Resolver) mapped(list, fn *Value, n syntax.Node) *Value {
	out := &Value{Kind: List, Node: n, Open: list.Open}
	for i, item := range list.Items {
		if i >= maxUnroll || fn.Kind != Function || fn.frame.running(fn.Node) {
			out.Open = true
			break
		}
		if bound := boundTo(fn.Node, item); bound != nil {
			g := r.round(fn.Node, fn.frame.at(fn.Node), list.turn()*maxUnroll+i, *bound)
			out.Items = append(out.Items, r.result(fn.Node, g, n))
		}
	}
	return out
}

// turn is which of several lists it is that one call goes over.
func (v *Value) turn() int {
	if v.more == nil {
		return 0
	}
	return v.more.turn
}

// taking is a method of a list that is one of several of which a call may mean each.
func (v *Value) taking(turn int) *Value {
	if turn == 0 || v.Kind != External || !v.Base.Is(List) {
		return v
	}
	method, list := *v, *v.Base
	list.more = &more{turn: turn}
	if v.Base.more != nil {
		list.more.member = v.Base.more.member
	}
	method.Base = &list
	return &method
}

// reduced is list.reduce((all, one) => …, first): what the function makes of the list step by step.
func (r *Resolver) reduced(list *Value, n syntax.Node, f *frame) *Value {
	fn, result := r.eval(n.Child(1), f), r.eval(n.Child(2), f)
	if list.Open || len(list.Items) > maxUnroll || n.Count() != 3 || fn.Kind != Function || !fn.Node.Is(syntax.FuncDef, syntax.Lambda) || fn.frame.running(fn.Node) {
		return unknown(n, "it is computed from a list")
	}
	params := r.params(fn.Node)
	if len(params) < 2 || params[0].Name == "" {
		return unknown(n, "it is computed from a list")
	}
	for i, item := range list.Items {
		bound := slots{list: []slot{{name: params[0].Name, value: result}}}
		if params[1].Name != "" {
			bound.set(params[1].Name, item, syntax.Node{})
		} else {
			bindTarget(params[1].pattern, item, &bound)
		}
		result = r.result(fn.Node, r.round(fn.Node, fn.frame.at(fn.Node), i, bound), n)
	}
	return result
}

// mapMethod is what a method of a JavaScript Map gives, as far as it is known what it holds.
func (r *Resolver) mapMethod(object *Value, method string, n syntax.Node, f *frame) *Value {
	held := r.mapHolds(object)
	if held == nil {
		return nil
	}
	if method == "entries" {
		method = "items"
	}
	return r.methodCall(held, method, n, f)
}

// Entries are the keys and values that a dictionary or a JavaScript Map is known to hold.
func (v *Value) Entries() []Entry {
	switch {
	case v.Is(Dict):
		return v.Pairs
	case v.Is(Instance) && v.in != nil && v.isMap():
		v.in.start()
		if held := v.in.mapHolds(v); held != nil {
			return held.Pairs
		}
	}
	return nil
}

// mapHolds is what a JavaScript Map holds: the pairs that it is made of, and what was found to be set later. Where nothing
// is found and the file sets anything, there may be more. Nil for other objects, and where nothing is known.
func (r *Resolver) mapHolds(object *Value) *Value {
	if !object.isMap() || object.Call.IsZero() {
		return nil
	}
	held := &Value{Kind: Dict, Node: object.Node}
	if pairs := object.Arg("", 0); pairs.Is(List) {
		held.Open = pairs.Open
		for _, pair := range pairs.Items {
			if pair.Kind != List || len(pair.Items) != 2 {
				return nil
			}
			held.Pairs = append(held.Pairs, Entry{pair.Items[0], pair.Items[1]})
		}
	}
	if held.Pairs = append(held.Pairs, object.Pairs...); len(held.Pairs) == 0 {
		return nil
	}
	if tree := object.Call.Tree(); len(object.Pairs) == 0 && (tree == nil || tree.File == nil || bytes.Contains(tree.File.Content(), []byte(".set("))) {
		held.Open = true
	}
	return held
}

// isMap tells of an object that is a Map of JavaScript.
func (v *Value) isMap() bool { return v.Kind == Instance && v.Ref.Name == "builtins.Map" }
