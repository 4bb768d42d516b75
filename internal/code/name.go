package code

import (
	"slices"

	"fermata/internal/syntax"
)

// name follows a name through the scopes around it.
func (r *Resolver) name(n syntax.Node, f *frame) *Value {
	name := n.Text()
	first := true
	for s := scopeOf(n); ; s = scopeOf(s) {
		if !s.Is(syntax.ClassDef) || first && !inGo(s) { // fields of Go are no names
			sc := r.scope(s)
			if bindings, ok := sc.names[name]; ok && !sc.outer[name] && binds(bindings) {
				use := syntax.Node{}
				if first {
					use = n
				}
				if v := r.bound(sc, name, use, f); v != nil {
					return v
				}
			}
			if s.Is(syntax.Module) {
				for i := len(sc.stars) - 1; i >= 0; i-- {
					star := sc.stars[i]
					t := r.importTarget(sc.of.module, star.Op(), star.Text())
					if v := r.member(t, name, 0); v != nil {
						return v.named(t.name + "." + name)
					}
				}
			}
		}
		if s.Is(syntax.Module) {
			break
		}
		if !s.Is(syntax.Comp) {
			first = false
		}
	}
	if inGo(n) {
		return r.goName(n, name)
	}
	if v := r.special(n, name, f); v != nil {
		return v
	}
	if full := builtins[name]; full != "" {
		if r.refOnly {
			return builtinValues[name]
		}
		return &Value{Kind: External, Node: n, Ref: Ref{Name: full}}
	}
	// One star import of a library is the likeliest origin of a name that is defined nowhere.
	if l := r.at(n); len(l.top.stars) > 0 {
		if all := r.starred(nil, l, map[*Module]bool{l.module: true}); len(all) == 1 {
			return &Value{Kind: External, Node: n, Ref: Ref{Name: all[0] + "." + name}}
		}
	}
	return unknown(n, "%s is not defined in what was read", name)
}

// starred adds the libraries of which a file has everything: by an import of its own, or by one of a module of the
// program of which it has everything.
func (r *Resolver) starred(all []string, l *loaded, seen map[*Module]bool) []string {
	if l.tree == nil {
		return all
	}
	for _, star := range l.top.stars {
		t := r.importTarget(l.module, star.Op(), star.Text())
		switch {
		case len(t.modules) == 0 && t.folder == "":
			if !slices.Contains(all, t.name) {
				all = append(all, t.name)
			}
		case len(t.modules) > 0 && !seen[t.modules[0]]:
			seen[t.modules[0]] = true
			all = r.starred(all, r.load(t.modules[0]), seen)
		}
	}
	return all
}

// binds tells whether at least one of the bindings gives a value; changes alone do not make a name local.
func binds(bindings []binding) bool {
	for i := range bindings {
		if bindings[i].kind != bindMutate {
			return true
		}
	}
	return false
}

// special knows names that the language itself defines.
func (r *Resolver) special(n syntax.Node, name string, f *frame) *Value {
	switch name {
	case "__file__":
		return &Value{Kind: String, Node: n, Text: r.at(n).module.Path}
	case "__name__":
		return &Value{Kind: String, Node: n, Text: r.at(n).module.Name}
	case "this":
		for g := f; g != nil; g = g.lexical {
			if v, ok := g.value("this"); ok {
				return v
			}
		}
		if k := enclosingClass(n); !k.IsZero() {
			return r.selfOf(k, n, f)
		}
	case "undefined":
		return &Value{Kind: Null, Node: n}
	case "exports":
		if l := r.at(n); l.module.language == syntax.TypeScript {
			return r.packageValue(target{name: l.module.Name, modules: []*Module{l.module}})
		}
	}
	return nil
}

// bound is the value of a name in a scope as seen from use; the zero Node for a use elsewhere, which sees what stands
// at the end. Branches give alternatives. Nil when nothing useful is bound.
func (r *Resolver) bound(s *scope, name string, use syntax.Node, f *frame) *Value {
	bindings := s.names[name]
	if len(bindings) == 1 { // as most names are
		return r.boundOnce(s, name, &bindings[0], use, f)
	}
	var reaching []*binding
	for i := len(bindings) - 1; i >= 0; i-- {
		b := &bindings[i]
		if b.kind == bindMutate || b.kind == bindAugment || b.kind == bindOther && len(reaching) > 0 {
			continue
		}
		if !use.IsZero() && !r.reaches(b, use) || takesBack(s, b) {
			continue
		}
		if len(reaching) >= 16 {
			break
		}
		reaching = append(reaching, b)
		if unconditional(b.node, s.node, use) {
			break
		}
	}
	if len(reaching) == 0 && !use.IsZero() {
		// Used before it is set in the order of the text: a loop, or a notebook's cells. The first will do.
		for i := range bindings {
			if b := &bindings[i]; b.kind != bindMutate && b.kind != bindAugment && !within(use, b.node) {
				reaching = append(reaching, b)
				break
			}
		}
	}
	var values []*Value
	for i := len(reaching) - 1; i >= 0; i-- {
		v := r.binding(s, name, reaching[i], f)
		if v == nil {
			continue
		}
		values = append(values, r.changed(s, name, bindings, reaching[i], v, use, f))
	}
	if len(values) == 0 {
		return nil
	}
	return choice(use, values...)
}

// takesBack tells whether a binding only empties a module's name, in a function that says "global": the program does so
// between two uses, and what others bind is meant wherever the name is used.
func takesBack(s *scope, b *binding) bool {
	if b.kind != bindAssign || !s.of.global || !s.node.Is(syntax.Module) || !b.value.Is(syntax.Null) {
		return false
	}
	for p := b.node.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			return true
		}
	}
	return false
}

// boundOnce is bound for a name that has one binding: wherever the use stands, nothing else can be meant.
func (r *Resolver) boundOnce(s *scope, name string, b *binding, use syntax.Node, f *frame) *Value {
	switch {
	case b.kind == bindMutate || b.kind == bindAugment:
		return nil
	case use.IsZero() || b.kind == bindParam:
	case within(use, b.node) && !r.reaches(b, use):
		return nil
	}
	v := r.binding(s, name, b, f)
	if v == nil {
		return nil
	}
	if v.Kind == List || v.Kind == Dict || v.Kind == String || v.isMap() {
		return r.changed(s, name, s.names[name], b, v, use, f)
	}
	return choice(use, v)
}

// binding is the value that one binding gives.
func (r *Resolver) binding(s *scope, name string, b *binding, f *frame) *Value {
	switch b.kind {
	case bindImport, bindFrom:
		key := importKey{b.node, r.refOnly}
		if v := r.imports[key]; v != nil {
			return v
		}
		v := r.importBinding(s, b)
		if len(r.seeking) == 0 { // not while modules that import each other are searched
			put(&r.imports, key, v)
		}
		return v
	case bindDef:
		return r.definition(b.node, f)
	case bindParam:
		if g := f.of(s.node); g != nil {
			if v, ok := g.value(name); ok {
				return v
			}
		}
		return r.parameter(s, b.node, f)
	case bindFor:
		loop := b.node
		if loop.Is(syntax.CompFor) {
			loop = loop.Parent()
			if g := f.of(b.node); g != nil {
				if v, ok := g.value(name); ok {
					return v
				}
			}
		}
		if g := f.of(loop); g != nil {
			if v, ok := g.value(name); ok {
				return v
			}
		}
		return r.loopVariable(b, f)
	case bindWith:
		return r.part(r.entered(b.value, f), b.path, b.node)
	case bindExcept:
		return unknown(b.node, "it is an exception")
	case bindAssign:
		if name == "err" && len(b.path) > 0 && inGo(b.node) {
			return &Value{Kind: Unknown, Node: b.node, Text: "it is an error", Ref: Ref{Name: "builtins.error"}}
		}
		if appends(b.value, name) {
			return r.appended(s, b, f)
		}
		v := r.part(r.eval(b.value, f), b.path, b.value)
		if b.node.Is(syntax.AnnAssign) {
			return r.holding(v, b.node.Child(1).Child(0), b.node)
		}
		return v
	case bindOther:
		if b.node.Is(syntax.Param) {
			if g := f.of(s.node); g != nil {
				if v, ok := g.value(name); ok {
					return v
				}
			}
		}
		if !b.value.IsZero() { // JavaScript: const { key: name } = value
			return r.attribute(r.eval(b.node.Child(-1), f), b.value.Text(), b.node)
		}
		if b.node.Is(syntax.AnnAssign) {
			if v := nothingYet(s, b.node); v != nil {
				return v
			}
			if v := r.typed(b.node.Child(1).Child(0), b.node); v != nil {
				return v
			}
			return unknown(b.node, "only its type is said")
		}
		return unknown(b.node, "it is part of a parameter")
	}
	return nil
}

func (r *Resolver) importBinding(s *scope, b *binding) *Value {
	if b.kind == bindFrom {
		statement := b.node.Parent()
		t := r.importTarget(s.of.module, statement.Op(), statement.Text())
		if s.of.module.language == syntax.TypeScript {
			return r.scriptImport(t, b.node)
		}
		return r.imported(t, b.node.Text())
	}
	text := b.node.Text()
	if s.of.module.language == syntax.Python || s.of.module.language == syntax.Notebook {
		if b.node.Child(0).IsZero() {
			// import a.b.c binds a
			text, _, _ = cut(text)
		}
	}
	return r.packageValue(r.importTarget(s.of.module, 0, text))
}

// definition is a function or class as a value.
func (r *Resolver) definition(n syntax.Node, f *frame) *Value {
	f = f.at(n)
	if f == nil {
		if v := r.known[n]; v != nil {
			return v
		}
	}
	v := r.defined(r.defOf(n), f)
	if f == nil {
		put(&r.known, n, v)
	}
	return v
}

// defined makes a value of a definition.
func (r *Resolver) defined(def *Def, f *frame) *Value {
	kind := Function
	if def.Kind == ClassDef {
		kind = Class
	}
	return &Value{Kind: kind, Node: def.Node, Ref: Ref{Name: def.full, Def: def}, in: r, frame: f}
}

// qualified is the name of a definition with the names of what it is inside of.
func qualified(n syntax.Node) string {
	name := n.Text()
	for p := n; !p.IsZero(); p = p.Parent() {
		if p != n && p.Is(syntax.FuncDef, syntax.ClassDef) {
			name = p.Text() + "." + name
		}
		if goMethod(p) {
			name = receiverType(p) + "." + name
		}
	}
	return name
}

// part follows a path into a value: a, (b, c) = value.
func (r *Resolver) part(v *Value, path []int16, n syntax.Node) *Value {
	for _, i := range path {
		switch {
		case i == -2:
			return unknown(n, "it is part of something that is not known")
		case v.Kind == List && i >= 0 && int(i) < len(v.Items) && !v.Open:
			v = v.Items[i]
		case v.Kind == Choice:
			var all []*Value
			for _, one := range v.Items {
				if one.Kind == List && i >= 0 && int(i) < len(one.Items) {
					all = append(all, one.Items[i])
				}
			}
			if len(all) == 0 {
				return unknown(n, "it is part of something that is not known")
			}
			v = choice(n, all...)
		case v.Kind == Instance:
			return v // a part of what an outside call answers keeps its name
		default:
			return unknown(n, "it is part of something that is not known")
		}
	}
	return v
}

// loopVariable is any of the members that a loop goes over.
func (r *Resolver) loopVariable(b *binding, f *frame) *Value {
	v := r.eval(b.value, f)
	members, _ := r.iterate(b.value, f)
	if inGo(b.node) && b.node.Is(syntax.For) {
		members, _ = r.ranged(b.node, f)
	}
	if len(members) > 0 {
		var all []*Value
		for _, m := range members {
			all = append(all, r.part(m, b.path, b.node))
		}
		if got := choice(b.node, all...); got.Kind != Unknown || v.anyMember() == nil {
			return got
		}
	}
	if member := v.anyMember(); member != nil && v.Kind == List {
		return r.part(member, b.path, b.node)
	}
	if v.Kind == Instance { // something an outside call answers, one of its members
		return v
	}
	if v.Kind == Unknown {
		return unknown(b.node, "the loop goes over something that is not known: %s", v.Text)
	}
	return unknown(b.node, "the loop goes over something that is not known")
}
