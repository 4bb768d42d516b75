package code

import (
	"strings"

	"fermata/internal/syntax"
)

// attribute is v.name.
func (r *Resolver) attribute(v *Value, name string, n syntax.Node) *Value {
	switch v.Kind {
	case Choice:
		var all []*Value
		for _, one := range v.Items {
			if one.Kind == Null {
				continue
			}
			if got := r.attribute(one, name, n); got.Kind != Unknown || len(v.Items) == 1 {
				all = append(all, got)
			}
		}
		if len(all) == 0 {
			return unknown(n, "it is an attribute of something that is not known")
		}
		return choice(n, all...)
	case External:
		if v.Ref.Name == "builtins.process.env" || v.Ref.Name == "builtins.Bun.env" {
			return &Value{Kind: Env, Node: n, Text: name}
		}
		if !isCallee(n) {
			if got := r.held(slotOf(n), n); got != nil {
				return got
			}
		}
		return &Value{Kind: External, Node: n, Ref: v.Ref.dot(name), Base: v.Base}
	case Package:
		if v.more != nil && v.more.pkg != nil {
			if got := r.member(*v.more.pkg, name, 0); got != nil {
				return got.named(v.Ref.Name + "." + name)
			}
		}
		return &Value{Kind: External, Node: n, Ref: v.Ref.dot(name)}
	case Class:
		return r.classAttribute(v, name, n)
	case Instance:
		return r.instanceAttribute(v, name, n)
	case Dict:
		if r.at(n).module.language == syntax.TypeScript && !objectMethods[name] {
			if got := v.Get(name); got != nil {
				return got
			}
			return unknown(n, "nothing says what the object has as %s", name)
		}
		if isConfig(v.Node) && !isCallee(n) {
			// A dictionary has no such attribute: something made an object of what the file says.
			if got := v.Get(name); got != nil {
				return got
			}
			return unknown(n, "the configuration says nothing of %s", name)
		}
		return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins.dict." + name}, Base: v}
	case List:
		return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins.list." + name}, Base: v}
	case String:
		if name == "value" {
			return v
		}
		return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins.str." + name}, Base: v}
	case Number, Bool:
		if name == "value" {
			return v
		}
		return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins." + v.Kind.String() + "." + name}, Base: v}
	case Env:
		return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins.str." + name}, Base: v}
	case Function:
		if inGo(n) {
			return unknown(n, "it has no attribute %s", name)
		}
		if name == "__name__" || name == "name" {
			return &Value{Kind: String, Node: n, Text: v.Ref.Last()}
		}
		// What a decorator made of the function has methods of its own.
		ref := v.Ref.dot(name)
		ref.Def = nil
		return &Value{Kind: External, Node: n, Ref: ref, Base: v}
	case Unknown:
		if v.Ref.Name != "" { // a parameter whose type is built in
			return &Value{Kind: External, Node: n, Ref: v.Ref.dot(name), Base: v}
		}
		return unknown(n, "it is an attribute of something that is not known: %s", v.Text)
	}
	return unknown(n, "it has no attribute %s", name)
}

// dot adds a part to all names.
func (r Ref) dot(name string) Ref {
	out := Ref{Name: r.Name + "." + name}
	for _, other := range r.Names {
		out.Names = append(out.Names, other+"."+name)
	}
	return out
}

func (r *Resolver) classAttribute(v *Value, name string, n syntax.Node) *Value {
	k := r.classOf(v.Ref.Def)
	if k == nil {
		return &Value{Kind: External, Node: n, Ref: v.Ref.dot(name)}
	}
	for _, c := range k.line {
		if m := c.method(r, name); m != nil {
			fn := r.unbound(m, v.frame)
			if hasDecorator(m.Node, "classmethod") {
				fn.self = v
			}
			return fn
		}
		if got := r.classVariable(c, name, n); got != nil {
			return r.grown(v, c, name, got)
		}
	}
	if name == "__name__" {
		return &Value{Kind: String, Node: n, Text: v.Ref.Last()}
	}
	if len(k.outside) > 0 {
		return &Value{Kind: External, Node: n, Ref: k.outside[0].dot(name), Base: v}
	}
	ref := v.Ref.dot(name)
	return &Value{Kind: External, Node: n, Ref: ref, Base: v}
}

// classVariable is an attribute that the body of the class sets.
func (r *Resolver) classVariable(c *class, name string, n syntax.Node) *Value {
	s := r.scope(c.def.Node)
	bindings, ok := s.names[name]
	if !ok || !binds(bindings) {
		return nil
	}
	v := r.bound(s, name, syntax.Node{}, nil)
	if v == nil {
		return nil
	}
	// dataclasses.field(default=…), pydantic.Field("…"): the default is what counts.
	if v.Kind == Instance && v.Ref.Is("dataclasses.field", "pydantic.Field", "pydantic.fields.Field", "attr.ib", "attrs.field") {
		if d := v.Arg("default", -1); d != nil {
			return d
		}
		if d := v.Arg("default_factory", -1); d != nil {
			if d.Kind == Function {
				return r.run(d, d.Node, nil)
			}
			if d.Ref.Is("builtins.list") {
				return r.heldField(bindings, &Value{Kind: List, Node: d.Node})
			}
			if d.Ref.Is("builtins.dict") {
				return r.heldField(bindings, &Value{Kind: Dict, Node: d.Node})
			}
			if d.Kind == Class || d.Kind == External {
				return d.called(r, d.Node, nil)
			}
		}
		if d := v.Arg("", 0); d != nil && d.Kind != Unknown {
			return d
		}
		return unknown(n, "the field %s has no default that is known", name)
	}
	return v
}

func (r *Resolver) instanceAttribute(v *Value, name string, n syntax.Node) *Value {
	if v.Ref.Name == "builtins.super" {
		return r.superAttribute(v, name, n)
	}
	if r.refOnly && v.Ref.Def != nil && v.Ref.Def.Module != r.module {
		return r.summarisedAttribute(v, name, n)
	}
	k := r.classOf(v.Ref.Def)
	if k == nil {
		// An outside object: a keyword that made it is readable again (agent.name, agent.tools).
		if !v.Call.IsZero() && v.Call.Is(syntax.Call) && !isCallee(n) {
			if got := v.Call.Argument(name); !got.IsZero() {
				return r.eval(got, v.frame)
			}
		}
		if got := r.option(v, name, n); got != nil {
			return got
		}
		if !isCallee(n) {
			if got := r.held(slotOf(n), n); got != nil {
				return got
			}
		}
		return &Value{Kind: External, Node: n, Ref: v.Ref.dot(name), Base: v}
	}
	if v.Call.Op() == 2 && inGo(v.Call) {
		if got := v.Call.Argument(name); !got.IsZero() {
			return r.eval(got, v.frame)
		}
	}
	for _, c := range k.line {
		if got := r.selfAttribute(v, c, name, n); got != nil {
			return got
		}
		if m := c.method(r, name); m != nil {
			fn := r.unbound(m, nil)
			fn.self = v
			if hasDecorator(m.Node, "staticmethod") {
				fn.self = nil
			}
			if hasDecorator(m.Node, "classmethod") {
				fn.self = r.definition(k.def.Node, nil)
			}
			if hasDecorator(m.Node, "property") || hasDecorator(m.Node, "cached_property") || hasDecorator(m.Node, "computed_field") || isGetter(m.Node) {
				return r.run(fn, n, nil)
			}
			return fn
		}
		if r.isField(c, name) && !v.Call.IsZero() {
			if got := v.argument(name, r.fieldIndex(k, name)); got != nil {
				return got
			}
		}
		if got := r.classVariable(c, name, n); got != nil {
			return r.grown(v, c, name, got)
		}
	}
	if !v.Call.IsZero() && v.Call.Is(syntax.Call) && len(k.outside) > 0 {
		if got := v.Call.Argument(name); !got.IsZero() {
			return r.eval(got, v.frame)
		}
	}
	if len(k.outside) > 0 {
		ref := k.outside[0].dot(name)
		for _, other := range k.outside[1:] {
			ref.Names = append(ref.Names, other.dot(name).Name)
		}
		ref.Names = append(ref.Names, v.Ref.dot(name).Name)
		return &Value{Kind: External, Node: n, Ref: ref, Base: v}
	}
	if inGo(n) && !isCallee(n) { // the field of a struct that is set outside its methods
		if got := r.held(slotOf(n), n); got != nil {
			return got
		}
	}
	if name == "__class__" {
		return r.definition(k.def.Node, nil)
	}
	return unknown(n, "%s is not set in %s", name, v.Ref.Last())
}

// isGetter tells whether a function is what reading an attribute of JavaScript runs.
func isGetter(function syntax.Node) bool {
	return function.Op() == 3 && function.Tree().Language == syntax.TypeScript
}

// unbound is a method as a value of its own, which the caller may bind.
func (r *Resolver) unbound(m *Def, f *frame) *Value {
	return r.defined(m, f.at(m.Node))
}

// option is a command line's option that parse_args gives: the default that add_argument was given for it.
func (r *Resolver) option(v *Value, name string, n syntax.Node) *Value {
	if !v.Ref.Is("argparse.ArgumentParser.parse_args", "argparse.ArgumentParser.parse_known_args") || v.Call.IsZero() {
		return nil
	}
	for _, site := range r.sitesOf(r.at(v.Call), "add_argument") {
		for c := range site.Children() {
			if c == site.Child(0) || !c.Is(syntax.String) {
				continue
			}
			if strings.ReplaceAll(strings.TrimLeft(c.Text(), "-"), "-", "_") != name {
				continue
			}
			if d := site.Argument("default"); !d.IsZero() {
				return r.eval(d, nil)
			}
			return unknown(n, "it is the command line's option %s, which has no default", name)
		}
	}
	return nil
}

// isCallee tells whether an expression is what a call calls.
func isCallee(n syntax.Node) bool {
	p := n.Parent()
	return p.Is(syntax.Call) && p.Child(0) == n
}

// isField tells whether a class of data (dataclass, pydantic model) declares a field.
func (r *Resolver) isField(c *class, name string) bool {
	for _, b := range r.scope(c.def.Node).names[name] {
		if b.node.Is(syntax.AnnAssign) {
			return true
		}
	}
	return false
}

// fieldIndex is the position of a field among those of a dataclass; -1 when it is none.
func (r *Resolver) fieldIndex(k *class, name string) int {
	i := 0
	for c := range k.def.Node.First(syntax.Block).All(syntax.AnnAssign) {
		if c.Child(0).TextIs(name) {
			return i
		}
		i++
	}
	return -1
}

// selfAttribute is what methods of a class set self.name to. What __init__ sets comes first.
func (r *Resolver) selfAttribute(v *Value, c *class, name string, n syntax.Node) *Value {
	sets := c.text(r).attrs[name]
	if len(sets) == 0 {
		return nil
	}
	key := memoKey{sets[0].node, r.selfFrame(v, c, sets[0].method), r.refOnly}
	if r.busyAttr[key] {
		return unknown(n, "%s refers to itself", name)
	}
	put(&r.busyAttr, key, true)
	defer delete(r.busyAttr, key)
	var values []*Value
	for _, set := range sets {
		f := r.selfFrame(v, c, set.method)
		var got *Value
		switch {
		case !set.value.IsZero():
			got = r.holding(r.part(r.eval(set.value, f), set.path, set.value), set.annotation, set.node)
		case !set.annotation.IsZero():
			got = r.typed(set.annotation, set.node)
		}
		if got == nil {
			continue
		}
		if got.Kind == Unknown && !set.annotation.IsZero() {
			if t := r.typed(set.annotation, set.node); t != nil {
				got = t
			}
		}
		if set.method.TextIs("__init__") && got.Kind != Null {
			// The last assignment of the constructor is what other methods meet, unless it is in a branch.
			if unconditional(set.node, set.method, syntax.Node{}) {
				values = values[:0]
			}
		}
		values = append(values, got)
	}
	if len(values) == 0 {
		return nil
	}
	result := dropNull(choice(n, values...))
	return r.grown(v, c, name, result)
}

// grown is a list or dictionary of an object, with what methods of its class put into it.
func (r *Resolver) grown(v *Value, c *class, name string, result *Value) *Value {
	grows := c.text(r).grows[name]
	if len(grows) == 0 {
		return result
	}
	if result.Kind == Choice {
		result = joinedLists(result)
	}
	if result.Kind != List && result.Kind != Dict && !result.isMap() {
		return result
	}
	grown := *result
	grown.Items = result.Items[:len(result.Items):len(result.Items)]
	grown.Pairs = result.Pairs[:len(result.Pairs):len(result.Pairs)]
	for _, g := range grows {
		for _, f := range r.runs(g.node, g.method, v, r.selfFrame(v, c, g.method)) {
			r.grow(&grown, g.node, f)
		}
	}
	return &grown
}

// joinedLists is what lists that stand for each other hold together; the value itself where there is another one among
// them. What refers back to the list itself adds nothing to it.
func joinedLists(v *Value) *Value {
	all := &Value{Kind: List, Node: v.Node}
	for _, one := range v.Items {
		if one.Kind != List {
			return v
		}
		for _, item := range one.Items {
			if item.Kind != Unknown {
				all.Items = append(all.Items, item)
			}
		}
	}
	return all
}

// dropNull leaves None out of alternatives: "not set yet" is not what anybody asks for.
func dropNull(v *Value) *Value {
	if v.Kind != Choice {
		return v
	}
	var items []*Value
	for _, item := range v.Items {
		if item.Kind != Null {
			items = append(items, item)
		}
	}
	if len(items) == len(v.Items) || len(items) == 0 {
		return v
	}
	return choice(v.Node, items...)
}

// grow applies self.x.append(…), self.x[k] = …, self.x += ….
func (r *Resolver) grow(v *Value, n syntax.Node, f *frame) {
	switch n.Kind() {
	case syntax.AugAssign:
		switch v.Kind {
		case List:
			v.extend(r.eval(n.Child(1), f))
		case Dict:
			v.update(r.eval(n.Child(1), f))
		}
	case syntax.Assign:
		target := n.Child(0)
		if v.Kind == Dict && target.Is(syntax.Subscript) {
			v.Pairs = append(v.Pairs, Entry{r.eval(target.Child(1), f), r.eval(n.Child(-1), f)})
		}
	case syntax.ExprStmt, syntax.Lambda:
		call := n.Child(-1)
		argument := r.eval(call.Child(1), f)
		switch call.Child(0).Text() {
		case "append", "add", "push":
			if v.Kind == List || v.isMap() {
				v.Items = append(v.Items, argument)
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
				v.extend(argument)
			}
		case "update":
			if v.Kind == Dict {
				v.update(argument)
			}
		}
	}
}

// superAttribute is super().name.
func (r *Resolver) superAttribute(v *Value, name string, n syntax.Node) *Value {
	def := enclosingClass(v.Call)
	if def.IsZero() {
		return unknown(n, "super() outside a class")
	}
	k := r.classOf(r.defOf(def))
	for _, c := range k.line[1:] {
		if m := c.method(r, name); m != nil {
			fn := r.unbound(m, nil)
			fn.self = r.selfOf(def, n, nil)
			return fn
		}
	}
	if len(k.outside) > 0 {
		return &Value{Kind: External, Node: n, Ref: k.outside[0].dot(name)}
	}
	return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins.object." + name}}
}

// objectMethods are what every object of JavaScript has.
var objectMethods = map[string]bool{
	"constructor": true, "hasOwnProperty": true, "isPrototypeOf": true, "propertyIsEnumerable": true, "toLocaleString": true, "toString": true, "valueOf": true,
}
