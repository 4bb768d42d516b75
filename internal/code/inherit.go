package code

import (
	"slices"

	"fermata/internal/syntax"
)

// A project's own base class often makes the framework's object in a method that every subclass inherits: what the
// object is depends on what the subclass says of itself. Such an object is told apart by the subclass, and stands where
// the subclass does, so that it is the same one whoever makes it and from wherever.

// overrides tells whether a class has its own of an attribute or method that the code of one of its bases reads from
// self, or of something that such a method of self reads in turn.
func (r *Resolver) overrides(k *class, base syntax.Node, name string) bool {
	own, m := r.ownOr(k, base, name)
	return own || m != nil && r.readsOverridden(k, m.Node)
}

// ownOr tells whether a class, or what lies between it and one of its bases, has its own of a name; else it gives the
// method of that name which the base sees.
func (r *Resolver) ownOr(k *class, base syntax.Node, name string) (own bool, inherited *Def) {
	at := 0
	for at < len(k.line) && k.line[at].def.Node != base {
		at++
	}
	if at == 0 || at == len(k.line) {
		return false, nil
	}
	for _, c := range k.line[:at] {
		text := c.text(r)
		if _, ok := text.methods[name]; ok || len(text.attrs[name]) > 0 {
			return true, nil
		}
		if bindings, ok := r.scope(c.def.Node).names[name]; ok && binds(bindings) {
			return true, nil
		}
	}
	for _, c := range k.line[at:] {
		if m := c.method(r, name); m != nil {
			return false, m
		}
	}
	return false, nil
}

type overrideKey struct{ class, method syntax.Node }

// readsOverridden tells whether a method reads something from self that a derived class overrides, itself or through
// other methods of self.
func (r *Resolver) readsOverridden(k *class, method syntax.Node) bool {
	key := overrideKey{k.def.Node, method}
	if known, ok := r.overridden[key]; ok {
		return known
	}
	found := false
	seen := map[syntax.Node]bool{method: true}
	queue := []syntax.Node{method}
	for len(queue) > 0 && !found {
		m := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		self := m.First(syntax.Param).Text()
		if r.at(m).module.language == syntax.TypeScript {
			self = "this"
		}
		base := enclosingClass(m)
		m.Walk(func(n syntax.Node) bool {
			if name := selfAttr(n, self); name != "" && !found {
				own, next := r.ownOr(k, base, name)
				found = own
				if next != nil && !seen[next.Node] {
					seen[next.Node] = true
					queue = append(queue, next.Node)
				}
			}
			return !found
		})
	}
	put(&r.overridden, key, found)
	return found
}

// heir is the class by which alone the object is told apart in whose inherited method a frame runs; the zero Node where
// that is not what tells, or where what the object was made with does.
func (r *Resolver) heir(f *frame) syntax.Node {
	if !f.node.Is(syntax.FuncDef) || f.site.Is(syntax.Call) && f.site.Count() > 1 {
		return syntax.Node{}
	}
	self := r.boundSelf(f)
	if self == nil || self.Call.Is(syntax.Call) && self.Call.Count() > 1 || !r.readsOverridden(r.classOf(self.Ref.Def), f.node) {
		return syntax.Node{}
	}
	return self.Ref.Def.Node
}

// boundSelf is the object of a derived class whose inherited method a frame runs; nil when it is no such.
func (r *Resolver) boundSelf(f *frame) *Value {
	base := f.node.Parent().Parent()
	if !base.Is(syntax.ClassDef) || inGo(f.node) {
		return nil
	}
	self := f.bound.seen("this")
	if r.at(f.node).module.language != syntax.TypeScript {
		self = f.bound.seen(f.node.First(syntax.Param).Text())
	}
	if !self.Is(Instance) || self.Ref.Def == nil || self.Ref.Def.Kind != ClassDef || self.Ref.Def.Node == base {
		return nil
	}
	return self
}

// pattern is the key of what an object would be if its class were made without saying with what; "" when that says no
// more than the constructing call.
func (v *Value) pattern() string {
	r := v.in
	f := r.trim(v.Call, v.frame)
	if f == nil || r.boundSelf(f) == nil {
		return ""
	}
	id := ""
	switch class := r.boundSelf(f).Ref.Def; {
	case !r.heir(f).IsZero():
		return "" // it is that already
	case superCallOf(f.site):
		if r.trim(f.site, f.caller) == nil {
			return ""
		}
		id = "<" + r.place(f.node) + "@" + r.place(f.site) + ">"
	case r.readsOverridden(r.classOf(class), f.node):
		id = "<" + r.place(f.node) + "%" + r.place(class.Node) + ">"
	default:
		return ""
	}
	return r.place(v.Call) + id
}

// superCallOf tells whether a call is one of the base's constructor.
func superCallOf(n syntax.Node) bool {
	if !n.Is(syntax.Call) {
		return false
	}
	callee := n.Child(0)
	if callee.Is(syntax.Name) {
		return callee.TextIs("super")
	}
	return callee.Is(syntax.Attr) && callee.TextIs("__init__")
}

// inherited lists the objects of the patterns that the objects of a class of the file make in what the class inherits
// from bases of the program, where something uses the class. What is left open there is what the class's own
// constructor takes.
func (r *Resolver) inherited(node syntax.Node, patterns []string) []*Value {
	if inGo(node) || !standsAlone(node) {
		return nil
	}
	def := r.defOf(node)
	k := r.classOf(def)
	if len(k.line) < 2 {
		return nil
	}
	var makers []*Def
	var calls [][]syntax.Node
	for _, c := range k.line[1:] {
		for _, m := range r.Methods(c.def) {
			if !r.inherits(k, m) {
				continue
			}
			handsOn := constructs(m) && r.method(def, m.Last()).Node != m.Node
			if made := r.madeIn(m, patterns); len(made) > 0 && (handsOn || r.readsOverridden(k, m.Node)) {
				makers, calls = append(makers, m), append(calls, made)
			}
		}
	}
	if len(makers) == 0 || !r.used(def) {
		return nil
	}
	r.start()
	self := r.standIn(node)
	var found []*Value
	for i, m := range makers {
		var f *frame
		if constructs(m) {
			f = r.selfFrame(self, r.classOf(r.defOf(enclosingClass(m.Node))), m.Node)
		} else {
			fn := &Value{Kind: Function, Node: m.Node, self: self, in: r}
			f = r.enter(m.Node, nil, node, nil, func() passing { return r.bind(fn, node, nil) })
		}
		for _, call := range calls[i] {
			for one := range r.eval(call, f).alternatives() {
				if site := one.Site(); one.Template() != "" && (site == node || superCallOf(site) && enclosingClass(site) == node) {
					found = append(found, one)
				}
			}
		}
	}
	return found
}

// inherits tells whether a method of a base is what objects of a class run: the class has no other of that name, unless
// it is a constructor, which the class's own one calls.
func (r *Resolver) inherits(k *class, m *Def) bool {
	own := r.method(k.def, m.Last())
	return own != nil && (own.Node == m.Node || constructs(m))
}

// ofConstructor lists the objects that the constructors of a class make for one of its objects.
func (r *Resolver) ofConstructor(v *Value, patterns []string) []*Value {
	if v.Kind != Instance || v.Ref.Def == nil || v.Ref.Def.Kind != ClassDef || !v.Call.Is(syntax.Call) || inGo(v.Call) {
		return nil
	}
	var found []*Value
	for _, c := range r.classOf(v.Ref.Def).line {
		m := c.constructor(r)
		if m == nil {
			continue
		}
		for _, call := range r.madeIn(m, patterns) {
			f := r.selfFrame(v, c, m.Node)
			for one := range r.eval(call, f).alternatives() {
				if f != nil && one.Template() != "" {
					found = append(found, one)
				}
			}
		}
	}
	return found
}

func constructs(m *Def) bool { return m.Last() == "__init__" || m.Last() == "constructor" }

// madeIn lists the calls in a method whose callee has a name of the patterns, or is a class that derives from one.
func (r *Resolver) madeIn(m *Def, patterns []string) []syntax.Node {
	var found []syntax.Node
	for _, c := range r.program.callees(m).list {
		if matchesAny(patterns, c.names) {
			found = append(found, r.load(m.Module).tree.At(c.node))
		}
	}
	return found
}

// callees are the calls in a method, and the first parts of all their names.
type callees struct {
	list  []calleeIn
	heads []string
}

// calleeIn is a call in a method: the names of what it calls, of its bases too where that is a class.
type calleeIn struct {
	node  int
	names []string
}

// mostMade is how many calls of a method are looked at.
const mostMade = 200

// callees lists the calls in a function that can make an object; it is found once for the program.
func (p *Program) callees(def *Def) *callees {
	at := def.Node.Index()
	if known, ok := def.Module.told().made.get(at); ok {
		return known
	}
	r := p.Resolver(def.Module.Path)
	r.total = maxTotal - maxSummary
	found := &callees{}
	function := r.own.tree.At(at)
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.ClassDef) && n != function || len(found.list) >= mostMade {
			return false
		}
		if n.Is(syntax.Call) {
			if ref := r.refIn(n.Child(0)); ref.Name != "" {
				names := append([]string{ref.Name}, ref.Names...)
				if ref.Def != nil && ref.Def.Kind == ClassDef {
					names = append(names, p.lineage(ref.Def.Module, ref.Def.Node.Index())...)
				}
				names = cloned(names)
				found.list = append(found.list, calleeIn{n.Index(), names})
				for _, name := range names {
					if head := headOf(name); head != "" && !slices.Contains(found.heads, head) {
						found.heads = append(found.heads, head)
					}
				}
			}
		}
		return true
	})
	return def.Module.told().made.put(at, found)
}

// standIn is an object of a class of which nobody says with what it is made.
func (r *Resolver) standIn(class syntax.Node) *Value {
	return &Value{Kind: Instance, Node: class, Call: class, Ref: r.definition(class, nil).Ref, in: r, key: new("self:" + r.place(class))}
}

// standsAlone tells whether a class stands at the top of its file, and not in a function or in what only runs when the
// file is started by itself.
func standsAlone(class syntax.Node) bool {
	for p := class.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.FuncDef, syntax.Lambda, syntax.ClassDef:
			return false
		case syntax.If:
			if c := p.Child(0); c.Is(syntax.Compare) && c.Child(0).TextIs("__name__") {
				return false
			}
		}
	}
	return true
}

// used tells whether something makes objects of a class or holds it in a registry: its name stands in its own file or
// in one that imports it where it is neither a base nor a type.
func (r *Resolver) used(def *Def) bool {
	if def.Node.Parent().Is(syntax.Export) && def.Node.Parent().Op() == 1 || !def.Node.First(syntax.Decorator).IsZero() {
		return true
	}
	name := def.Last()
	if r.mentions(r.own, name, def.Node) {
		return true
	}
	seen := map[string]bool{}
	files := r.program.importers[r.module.Path]
	for depth := 0; depth < 2; depth++ { // a package hands on what its files hold
		var next []string
		for _, path := range files {
			if seen[path] || len(seen) > 64 {
				continue
			}
			seen[path] = true
			m := r.program.modules[path]
			if m == nil {
				continue
			}
			l := r.load(m)
			if l.tree == nil {
				continue
			}
			if r.mentions(l, name, syntax.Node{}) {
				return true
			}
			if m.Package {
				next = append(next, r.program.importers[path]...)
			}
		}
		files = next
	}
	return false
}

// mentions tells whether a file uses a name as a value, outside a part of it.
func (r *Resolver) mentions(l *loaded, name string, but syntax.Node) bool {
	found := false
	l.tree.Root().Walk(func(n syntax.Node) bool {
		if found || n == but && !but.IsZero() || n.Is(syntax.Import, syntax.ImportFrom, syntax.Base, syntax.Annotation, syntax.Returns, syntax.Alias, syntax.TypeParam) {
			return false
		}
		if n.Is(syntax.Call) && n.Child(0).TextIs("isinstance") {
			return false
		}
		found = n.Is(syntax.Name, syntax.Attr) && n.TextIs(name)
		return !found
	})
	return found
}
