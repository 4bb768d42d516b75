package code

import (
	"strings"

	"fermata/internal/syntax"
)

// class is what a class of the program has.
type class struct {
	def     *Def
	bases   []Ref
	line    []*class   // itself and its bases of the program, in the order of lookup
	outside []Ref      // bases that are not of the program
	body    *classBody // methods and attributes: see bodyOf
}

// classBody is what the text of a class says, without looking anything up.
type classBody struct {
	methods map[string]syntax.Node
	attrs   map[string][]attrSet  // self.x = … in methods
	grows   map[string][]attrGrow // self.x.append(…) in methods
}

type attrSet struct {
	node, value syntax.Node
	path        []int16
	method      syntax.Node
	annotation  syntax.Node
}

type attrGrow struct {
	node, method syntax.Node
}

// classOf describes a class; nil when the definition is none.
func (r *Resolver) classOf(def *Def) *class {
	if def == nil || def.Kind != ClassDef {
		return nil
	}
	if k := r.classes[def.Node]; k != nil {
		return k
	}
	k := &class{def: def}
	r.classes[def.Node] = k
	k.line = []*class{k}
	defer r.cheaply()()
	for b := range def.Node.All(syntax.Base) {
		e := b.Child(0)
		if e.Is(syntax.Spread, syntax.Keyword) {
			continue
		}
		ref := refOf(r.eval(e, nil))
		k.bases = append(k.bases, ref)
		if ref.Def != nil && ref.Def.Kind == ClassDef {
			if base := r.classOf(ref.Def); base != nil {
				k.line = append(k.line, base.line...)
				k.outside = append(k.outside, base.outside...)
			}
		} else if ref.Name != "" {
			k.outside = append(k.outside, ref)
		}
		if len(k.line) > 64 {
			k.line = k.line[:64]
			break
		}
	}
	return k
}

// text is the body of a class. It is shared by all resolvers.
func (k *class) text(r *Resolver) *classBody {
	if k.body != nil {
		return k.body
	}
	l := r.at(k.def.Node)
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.bodies[k.def.Node]; b != nil {
		k.body = b
		return b
	}
	b := &classBody{methods: map[string]syntax.Node{}, attrs: map[string][]attrSet{}, grows: map[string][]attrGrow{}}
	for block := range k.def.Node.All(syntax.Block) {
		b.read(block, l.module.language)
	}
	if l.bodies == nil {
		l.bodies = map[syntax.Node]*classBody{}
	}
	l.bodies[k.def.Node] = b
	k.body = b
	return b
}

// method is a class's own method; nil when it has none of that name.
func (k *class) method(r *Resolver, name string) *Def {
	if n, ok := k.text(r).methods[name]; ok {
		return r.defOf(n)
	}
	return nil
}

func (k *classBody) read(block syntax.Node, language syntax.Language) {
	for c := range block.Children() {
		switch c.Kind() {
		case syntax.FuncDef:
			if _, ok := k.methods[c.Text()]; !ok || !hasDecorator(c, "setter") {
				k.methods[c.Text()] = c
			}
			k.selfWrites(c, language)
		case syntax.If, syntax.Else, syntax.Try:
			for b := range c.Children() {
				if b.Is(syntax.Block) {
					k.read(b, language)
				}
			}
		}
	}
}

// selfWrites finds self.x = value and self.x.append(value) in a method.
func (k *classBody) selfWrites(method syntax.Node, language syntax.Language) {
	self := method.First(syntax.Param).Text()
	if language == syntax.TypeScript {
		self = "this"
	}
	if self == "" || hasDecorator(method, "staticmethod") {
		return
	}
	method.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Assign:
			value := n.Child(-1)
			for c := range n.Children() {
				if c != value {
					k.selfTarget(c, n, value, method, self, nil)
				}
			}
		case syntax.AnnAssign:
			if name := selfAttr(n.Child(0), self); name != "" {
				k.attrs[name] = append(k.attrs[name], attrSet{node: n, value: n.Child(2), method: method, annotation: n.Child(1).Child(0)})
			}
		case syntax.WithItem:
			if name := selfAttr(n.Child(1), self); name != "" {
				k.attrs[name] = append(k.attrs[name], attrSet{node: n, value: n.Child(0), method: method})
			}
		case syntax.AugAssign:
			if name := selfAttr(n.Child(0), self); name != "" {
				k.grows[name] = append(k.grows[name], attrGrow{n, method})
			}
		case syntax.ExprStmt:
			if call := n.Child(0); call.Is(syntax.Call) && call.Child(0).Is(syntax.Attr) {
				switch call.Child(0).Text() {
				case "append", "extend", "insert", "add", "update", "push", "setdefault":
					if name := selfAttr(call.Child(0).Child(0), self); name != "" {
						k.grows[name] = append(k.grows[name], attrGrow{n, method})
					}
				}
			}
		}
		return true
	})
}

func (k *classBody) selfTarget(t, n, value, method syntax.Node, self string, path []int16) {
	switch {
	case t.Is(syntax.Attr):
		if name := selfAttr(t, self); name != "" {
			k.attrs[name] = append(k.attrs[name], attrSet{node: n, value: value, path: path, method: method})
		}
	case t.Is(syntax.Subscript):
		if name := selfAttr(t.Child(0), self); name != "" {
			k.grows[name] = append(k.grows[name], attrGrow{n, method})
		}
	case t.Is(syntax.Tuple, syntax.List):
		i := int16(0)
		for c := range t.Children() {
			k.selfTarget(c, n, value, method, self, append(path[:len(path):len(path)], i))
			i++
		}
	}
}

// selfAttr is x in self.x.
func selfAttr(n syntax.Node, self string) string {
	if n.Is(syntax.Attr) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs(self) {
		return n.Text()
	}
	return ""
}

// method finds a method by the order of lookup.
func (r *Resolver) method(def *Def, name string) *Def {
	k := r.classOf(def)
	if k == nil {
		return nil
	}
	for _, c := range k.line {
		if m := c.method(r, name); m != nil {
			return m
		}
	}
	return nil
}

// selfOf is an object of a class as its own methods see it.
func (r *Resolver) selfOf(k, at syntax.Node, f *frame) *Value {
	v := r.definition(k, nil)
	return &Value{Kind: Instance, Node: at, Ref: v.Ref, in: r, key: "self:" + r.place(k)}
}

func (r *Resolver) derives(ref Ref, patterns []string, depth int) bool {
	if ref.Name == "" || depth > 16 {
		return false
	}
	if ref.Is(patterns...) {
		return true
	}
	if ref.Def == nil || ref.Def.Kind != ClassDef {
		return false
	}
	if ref.Def.Module != r.module {
		return matchesAny(patterns, r.program.lineage(ref.Def))
	}
	if k := r.classOf(ref.Def); k != nil {
		for _, base := range k.bases {
			if r.derives(base, patterns, depth+1) {
				return true
			}
		}
	}
	return false
}

func (r *Resolver) isEnum(v *Value) bool {
	return r.derives(v.Ref, []string{"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag"}, 0)
}

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
		if v.Ref.Name == "builtins.process.env" || v.Ref.Name == "Deno.env" {
			return &Value{Kind: Env, Node: n, Text: name}
		}
		if !isCallee(n) {
			if got := r.held(slotOf(n), n); got != nil {
				return got
			}
		}
		return &Value{Kind: External, Node: n, Ref: v.Ref.dot(name), Base: v.Base}
	case Package:
		if v.pkg != nil {
			if got := r.member(*v.pkg, name, 0); got != nil {
				return got.named(v.Ref.Name + "." + name)
			}
		}
		return &Value{Kind: External, Node: n, Ref: v.Ref.dot(name)}
	case Class:
		return r.classAttribute(v, name, n)
	case Instance:
		return r.instanceAttribute(v, name, n)
	case Dict:
		if got := v.Get(name); got != nil && r.at(n).module.language == syntax.TypeScript {
			return got
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
			return got
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
				return &Value{Kind: List, Node: d.Node}
			}
			if d.Ref.Is("builtins.dict") {
				return &Value{Kind: Dict, Node: d.Node}
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
			if hasDecorator(m.Node, "property") || hasDecorator(m.Node, "cached_property") || hasDecorator(m.Node, "computed_field") {
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
			return got
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
	if name == "__class__" {
		return r.definition(k.def.Node, nil)
	}
	return unknown(n, "%s is not set in %s", name, v.Ref.Last())
}

// unbound is a method as a value of its own, which the caller may bind.
func (r *Resolver) unbound(m *Def, f *frame) *Value {
	fn := *r.definition(m.Node, f)
	return &fn
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
	r.busyAttr[key] = true
	defer delete(r.busyAttr, key)
	var values []*Value
	for _, set := range sets {
		f := r.selfFrame(v, c, set.method)
		var got *Value
		switch {
		case !set.value.IsZero():
			got = r.part(r.eval(set.value, f), set.path, set.value)
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
	if grows := c.text(r).grows[name]; len(grows) > 0 && (result.Kind == List || result.Kind == Dict) {
		grown := *result
		grown.Items = result.Items[:len(result.Items):len(result.Items)]
		grown.Pairs = result.Pairs[:len(result.Pairs):len(result.Pairs)]
		for _, g := range grows {
			for _, f := range r.unroll(g.node, g.method, r.selfFrame(v, c, g.method)) {
				r.grow(&grown, g.node, f)
			}
		}
		return &grown
	}
	return result
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
	case syntax.ExprStmt:
		call := n.Child(0)
		argument := r.eval(call.Child(1), f)
		switch call.Child(0).Text() {
		case "append", "add", "push":
			if v.Kind == List {
				v.Items = append(v.Items, argument)
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

// selfFrame is what names mean in a method of an object: in __init__ the arguments that made it.
func (r *Resolver) selfFrame(v *Value, c *class, method syntax.Node) *frame {
	if r.refOnly || v.Call.IsZero() || !v.Call.Is(syntax.Call) || v.frame.depth() >= maxCalls {
		return nil
	}
	if !method.TextIs("__init__") && !method.TextIs("constructor") {
		return nil
	}
	fn := &Value{Kind: Function, Node: method, self: v, extra: v.extra, in: r}
	site, caller := v.Call, v.frame
	if v.Ref.Def != nil && v.Ref.Def.Node != c.def.Node {
		// A base's constructor: its arguments come from super().__init__(…) in the derived one.
		if call, f := r.superCall(v, v.Ref.Def, c); !call.IsZero() {
			site, caller = call, f
		} else if r.method(v.Ref.Def, "__init__").Node != method {
			return nil
		}
	}
	if caller.running(method) {
		return nil
	}
	return r.enter(method, nil, site, caller, func() map[string]*Value { return r.bind(fn, site, caller) })
}

// superCall finds the call of super().__init__(…) in the constructor of a class, and its frame.
func (r *Resolver) superCall(v *Value, def *Def, base *class) (syntax.Node, *frame) {
	k := r.classOf(def)
	if k == nil {
		return syntax.Node{}, nil
	}
	init := k.method(r, "__init__")
	if init == nil {
		return syntax.Node{}, nil
	}
	fn := &Value{Kind: Function, Node: init.Node, self: v, extra: v.extra, in: r}
	f := r.enter(init.Node, nil, v.Call, v.frame, func() map[string]*Value { return r.bind(fn, v.Call, v.frame) })
	var found syntax.Node
	init.Node.Walk(func(n syntax.Node) bool {
		if !found.IsZero() {
			return false
		}
		if n.Is(syntax.Call) {
			if callee := n.Child(0); callee.Is(syntax.Attr) && callee.TextIs("__init__") {
				if object := callee.Child(0); object.Is(syntax.Call) && object.Child(0).TextIs("super") {
					found = n
				}
			} else if callee.Is(syntax.Name) && callee.TextIs("super") && callee.Parent() == n && n.Parent().Is(syntax.ExprStmt) {
				found = n // JavaScript
			}
		}
		return true
	})
	return found, f
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

// OutsideBases are the names of the bases of a class that are not of the program, through those that are.
func (r *Resolver) OutsideBases(def *Def) []string {
	k := r.classOf(def)
	if k == nil {
		return nil
	}
	var names []string
	for _, ref := range k.outside {
		names = append(names, ref.Name)
	}
	return names
}

// ClassValue is what a class sets an attribute to in its body or constructor; nil when it does not.
func (r *Resolver) ClassValue(def *Def, name string) *Value {
	k := r.classOf(def)
	if k == nil {
		return nil
	}
	r.start()
	for _, c := range k.line {
		if v := r.classVariable(c, name, c.def.Node); v != nil {
			return v
		}
		self := r.selfOf(def.Node, def.Node, nil)
		if v := r.selfAttribute(self, c, name, c.def.Node); v != nil {
			return v
		}
	}
	return nil
}

// Method is a method of a class, its own or one of its bases in the program; nil when it has none of that name.
func (r *Resolver) Method(def *Def, name string) *Def { return r.method(def, name) }

// Methods lists a class's own methods in the order of the text.
func (r *Resolver) Methods(def *Def) []*Def {
	k := r.classOf(def)
	if k == nil {
		return nil
	}
	var all []*Def
	for block := range def.Node.All(syntax.Block) {
		for c := range block.All(syntax.FuncDef) {
			all = append(all, r.defOf(c))
		}
	}
	return all
}

// Returns is what a function of the program returns when nobody says with what it is called.
func (r *Resolver) Returns(def *Def) *Value {
	if def == nil || def.Kind != FuncDef {
		return nil
	}
	r.start()
	return r.result(def.Node, nil, def.Node)
}

// ReturnType is the annotation of what a function returns, as a Ref; the zero Ref when there is none.
func (r *Resolver) ReturnType(def *Def) Ref {
	if def == nil || def.Kind != FuncDef {
		return Ref{}
	}
	t := def.Node.First(syntax.Returns).Child(0)
	if t.IsZero() {
		return Ref{}
	}
	if v := r.typed(t, t); v != nil {
		return v.Ref
	}
	return r.Resolve(t)
}
