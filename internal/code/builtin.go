package code

import (
	"path"
	"strings"

	"fermata/internal/syntax"
)

// builtin knows what a few functions of the language and its standard library do to values. Nil means that it knows
// nothing: the call is then an object of what was called.
func (r *Resolver) builtin(v *Value, n syntax.Node, f *frame) *Value {
	if !n.Is(syntax.Call) {
		return nil
	}
	name := v.Ref.Name
	if strings.HasPrefix(name, "builtins.") {
		if v.Base != nil {
			return r.methodCall(v.Base, name[strings.LastIndexByte(name, '.')+1:], n, f)
		}
		return r.builtinCall(name[len("builtins."):], n, f)
	}
	arg := func(i int) *Value { return r.eval(n.Child(i+1), f) }
	switch name {
	case "os.getenv", "os.environ.get", "environ.get", "decouple.config", "os.environ.setdefault":
		key, ok := arg(0).Constant()
		if !ok {
			return unknown(n, "an environment variable whose name is computed")
		}
		e := &Value{Kind: Env, Node: n, Text: key}
		if d := n.Child(2); !d.IsZero() {
			if d.Is(syntax.Keyword) {
				d = d.Child(0)
			}
			if value := r.eval(d, f); value.Kind != Null {
				e.Items = []*Value{value}
			}
		}
		return e
	case "functools.partial":
		a := r.arguments(n, f, nil)
		if len(a.positional) == 0 {
			return nil
		}
		fn := *a.positional[0]
		fn.extra = fn.extra[:len(fn.extra):len(fn.extra)]
		for _, p := range a.positional[1:] {
			fn.extra = append(fn.extra, extra{"", p})
		}
		for c := range n.All(syntax.Keyword) {
			fn.extra = append(fn.extra, extra{c.Text(), a.keyword[c.Text()]})
		}
		return &fn
	case "textwrap.dedent", "inspect.cleandoc":
		if s := arg(0); s.Kind == String {
			c := *s
			c.Text = dedent(s.Text)
			if name == "inspect.cleandoc" {
				c.Text = strings.TrimSpace(c.Text)
			}
			return &c
		}
		return arg(0)
	case "typing.cast", "cast":
		return arg(1)
	case "copy.copy", "copy.deepcopy", "asyncio.run", "asyncio.create_task", "asyncio.ensure_future", "asyncio.wait_for",
		"functools.cache", "functools.lru_cache", "anyio.run", "nest_asyncio.apply", "contextlib.closing", "contextlib.aclosing",
		"itertools.cycle", "Object.freeze", "builtins.Object.freeze":
		if n.Count() > 1 {
			return arg(0)
		}
	case "asyncio.gather", "itertools.chain", "Promise.all":
		out := &Value{Kind: List, Node: n}
		for c := range n.Children() {
			if c != n.Child(0) && !c.Is(syntax.Keyword) {
				out.extend(r.eval(c, f))
			}
		}
		return out
	case "dataclasses.replace":
		return arg(0)
	case "contextlib.AsyncExitStack.enter_async_context", "contextlib.ExitStack.enter_context":
		return r.entered(n.Child(1), f)
	case "os.path.dirname", "os.path.abspath", "os.path.realpath", "os.path.normpath", "path.dirname", "path.resolve":
		if v := arg(0); v.Kind == String && len(v.Holes) == 0 {
			c := *v
			c.Node = n
			if strings.HasSuffix(name, "dirname") {
				c.Text = path.Dir(v.Text)
			}
			return &c
		}
	case "os.path.join", "path.join", "node:path.join":
		out := &Value{Kind: String, Node: n}
		var b strings.Builder
		for c := range n.Children() {
			if c == n.Child(0) {
				continue
			}
			if b.Len() > 0 && !strings.HasSuffix(b.String(), "/") {
				b.WriteByte('/')
			}
			r.write(&b, out, c, r.eval(c, f))
		}
		out.Text = b.String()
		return out
	}
	return nil
}

// builtinCall is a call of a builtin function.
func (r *Resolver) builtinCall(name string, n syntax.Node, f *frame) *Value {
	first := n.Child(1)
	arg := func() *Value { return r.eval(first, f) }
	switch name {
	case "list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "filter":
		if name == "filter" {
			first = n.Child(2)
		}
		if first.IsZero() || first.Is(syntax.Keyword) {
			return &Value{Kind: List, Node: n}
		}
		v := arg()
		switch v.Kind {
		case List:
			return v
		case Dict, Choice:
			out := &Value{Kind: List, Node: n}
			out.extend(v)
			return out
		case Unknown:
			return &Value{Kind: List, Node: n, Open: true, Text: v.Text}
		}
		return v
	case "dict":
		out := &Value{Kind: Dict, Node: n}
		for c := range n.Children() {
			if c == n.Child(0) {
				continue
			}
			switch {
			case c.Is(syntax.Keyword):
				out.Pairs = append(out.Pairs, Entry{&Value{Kind: String, Node: c, Text: c.Text()}, r.eval(c.Child(0), f)})
			case c.Is(syntax.Spread):
				out.update(r.eval(c.Child(0), f))
			default:
				v := r.eval(c, f)
				if v.Kind == List {
					for _, item := range v.Items {
						if item.Kind == List && len(item.Items) == 2 {
							out.Pairs = append(out.Pairs, Entry{item.Items[0], item.Items[1]})
						}
					}
					out.Open = out.Open || v.Open
				} else {
					out.update(v)
				}
			}
		}
		return out
	case "enumerate":
		v := arg()
		if v.Kind != List {
			return unknown(n, "it is computed")
		}
		out := &Value{Kind: List, Node: n, Open: v.Open}
		for _, item := range v.Items {
			out.Items = append(out.Items, &Value{Kind: List, Node: n, Items: []*Value{unknown(n, "a counter"), item}})
		}
		return out
	case "zip":
		var columns [][]*Value
		least := maxUnroll
		for c := range n.Children() {
			if c == n.Child(0) || c.Is(syntax.Keyword) {
				continue
			}
			v := r.eval(c, f)
			if v.Kind != List || v.Open {
				return unknown(n, "it is computed")
			}
			columns = append(columns, v.Items)
			least = min(least, len(v.Items))
		}
		out := &Value{Kind: List, Node: n}
		for i := 0; i < least && len(columns) > 0; i++ {
			row := &Value{Kind: List, Node: n}
			for _, column := range columns {
				row.Items = append(row.Items, column[i])
			}
			out.Items = append(out.Items, row)
		}
		return out
	case "map":
		fn, over := arg(), r.eval(n.Child(2), f)
		if over.Kind != List || len(over.Items) > maxUnroll {
			return unknown(n, "it is computed")
		}
		out := &Value{Kind: List, Node: n, Open: over.Open}
		for i, item := range over.Items {
			if fn.Kind == Function && fn.Node.Is(syntax.Lambda, syntax.FuncDef) {
				params := paramsOf(fn.Node)
				if len(params) > 0 && !fn.frame.running(fn.Node) {
					g := r.round(fn.Node, fn.frame.at(fn.Node), i, map[string]*Value{params[0].Name: item})
					out.Items = append(out.Items, r.result(fn.Node, g, n))
				}
			}
		}
		return out
	case "str", "repr", "String":
		v := arg()
		if s, ok := v.Constant(); ok {
			return &Value{Kind: String, Node: n, Text: s}
		}
		if v.Kind == String || v.Kind == Env {
			return v
		}
		return unknown(n, "it is computed")
	case "int", "float", "bool", "Number", "Boolean":
		v := arg()
		if s, ok := v.Constant(); ok && v.Kind != Env {
			return &Value{Kind: Number, Node: n, Text: s}
		}
		return v
	case "getattr":
		object, key := arg(), r.eval(n.Child(2), f)
		if s, ok := key.Constant(); ok {
			return r.attribute(object, s, n)
		}
		return unknown(n, "an attribute whose name is computed")
	case "next", "min", "max":
		if v := arg(); v.Kind == List && len(v.Items) > 0 {
			return choice(n, v.Items...)
		} else if v.Kind == Instance || v.Kind == Choice {
			return v
		}
		return unknown(n, "it is computed")
	case "vars":
		return arg()
	case "type":
		if v := arg(); v.Kind == Instance && v.Ref.Def != nil && n.Count() == 2 {
			return r.definition(v.Ref.Def.Node, nil)
		}
		return unknown(n, "it is computed")
	case "super":
		return &Value{Kind: Instance, Node: n, Call: n, Ref: Ref{Name: "builtins.super"}, in: r, frame: f}
	case "require":
		if s, ok := arg().Constant(); ok {
			return r.packageValue(r.importTarget(r.at(n).module, 0, s))
		}
	case "len", "sum", "abs", "round", "hash", "id", "ord", "isinstance", "issubclass", "callable", "hasattr", "any", "all", "bin", "hex", "print":
		return unknown(n, "it is computed")
	}
	return nil
}

// methodCall is a call of a method on text, a list or a dictionary.
func (r *Resolver) methodCall(object *Value, method string, n syntax.Node, f *frame) *Value {
	arg := func(i int) *Value { return r.eval(n.Child(i+1), f) }
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
		case "split", "splitlines":
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
		case "pop", "at":
			if len(object.Items) > 0 {
				return choice(n, object.Items...)
			}
		case "map", "flatMap":
			fn := arg(0)
			out := &Value{Kind: List, Node: n, Open: object.Open}
			for i, item := range object.Items {
				if i >= maxUnroll || fn.Kind != Function || fn.frame.running(fn.Node) {
					out.Open = true
					break
				}
				if params := paramsOf(fn.Node); len(params) > 0 && params[0].Name != "" {
					g := r.round(fn.Node, fn.frame.at(fn.Node), i, map[string]*Value{params[0].Name: item})
					out.Items = append(out.Items, r.result(fn.Node, g, n))
				}
			}
			return out
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
					return arg(1)
				}
				if !object.Open {
					return &Value{Kind: Null, Node: n}
				}
				return unknown(n, "the dictionary is not known in full")
			}
			var all []*Value
			for _, pair := range object.Pairs {
				all = append(all, pair.Value)
			}
			if n.Count() > 2 {
				all = append(all, arg(1))
			}
			if len(all) > 0 {
				return choice(n, all...)
			}
			return unknown(n, "the key is computed")
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
			return out
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
			value = a.positional[next]
			next++
		case len(base) > 0:
			value = a.keyword[base[0]]
			if i, ok := smallNumber(&Value{Kind: Number, Text: base[0]}); ok && value == nil && i >= 0 && i < len(a.positional) {
				value = a.positional[i]
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
