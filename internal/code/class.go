package code

import (
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
	order   []syntax.Node         // Go: the methods, by file and place
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
	put(&r.classes, def.Node, k)
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
	if inGo(k.def.Node) { // its methods stand in several files, and nodes are only good with the tree they are of
		k.body = r.goBody(k.def)
		return k.body
	}
	k.body = r.at(k.def.Node).bodyOfClass(k.def.Node)
	return k.body
}

// method is a class's own method; nil when it has none of that name.
func (k *class) method(r *Resolver, name string) *Def {
	if n, ok := k.text(r).methods[name]; ok {
		return r.defOf(n)
	}
	return nil
}

// constructor is a class's own constructor; nil when it has none.
func (k *class) constructor(r *Resolver) *Def {
	if m := k.method(r, "__init__"); m != nil {
		return m
	}
	return k.method(r, "constructor")
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
		case syntax.ExprStmt, syntax.Lambda: // (tool) => this.tools.push(tool)
			if call := n.Child(-1); call.Is(syntax.Call) && call.Child(0).Is(syntax.Attr) {
				switch call.Child(0).Text() {
				case "append", "extend", "insert", "add", "update", "push", "setdefault", "set":
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
	key := r.selves[k]
	if key == nil {
		key = new("self:" + r.place(k))
		put(&r.selves, k, key)
	}
	return &Value{Kind: Instance, Node: at, Ref: v.Ref, in: r, key: key}
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
		return matchesAny(patterns, r.program.lineage(ref.Def.Module, ref.Def.Node.Index()))
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
