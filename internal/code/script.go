package code

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// scriptImport is what an import of JavaScript binds.
func (r *Resolver) scriptImport(t target, alias syntax.Node) *Value {
	name := alias.Text()
	if name == "*" {
		return r.packageValue(t)
	}
	if v := r.member(t, name, 0); v != nil {
		return v.named(t.name + "." + name)
	}
	if strings.HasSuffix(t.name, ".json") && strings.HasPrefix(t.name, ".") {
		if root := r.program.config(path.Join(path.Dir(r.at(alias).module.Path), t.name)); !root.IsZero() {
			v := r.eval(root, nil)
			if name != "default" {
				v = v.Get(name)
			}
			if v != nil {
				return v
			}
		}
	}
	return &Value{Kind: External, Ref: Ref{Name: t.name + "." + name}}
}

// exported is what a JavaScript module exports under a name: a declaration, an entry of an export list, the default,
// or what it passes on from another module.
func (r *Resolver) exported(l *loaded, name string, depth int) *Value {
	for n := range l.tree.Root().All(syntax.Export) {
		from := n.Text()
		for c := range n.Children() {
			switch {
			case c.Is(syntax.Alias):
				local := c.Text()
				as := local
				if c.Child(0).Is(syntax.Name) {
					as = c.Child(0).Text()
				}
				if from != "" {
					t := r.importTarget(l.module, 0, from)
					switch {
					case local == "*" && as == "*":
						if v := r.member(t, name, depth+1); v != nil {
							return v
						}
					case as == name && local == "*":
						return r.packageValue(t)
					case as == name:
						if v := r.member(t, local, depth+1); v != nil {
							return v.named(t.name + "." + local)
						}
						if len(t.modules) == 0 {
							return &Value{Kind: External, Ref: Ref{Name: t.name + "." + local}}
						}
					}
				} else if as == name {
					if _, ok := l.top.names[local]; ok {
						return r.bound(l.top, local, syntax.Node{}, nil)
					}
				}
			case n.Op() == 1 && name == "default":
				if c.Is(syntax.FuncDef, syntax.ClassDef) {
					return r.definition(c, nil)
				}
				return r.eval(c, nil)
			}
		}
	}
	if v := r.commonExport(l, name); v != nil {
		return v
	}
	if _, ok := l.top.names[name]; ok {
		if v := r.bound(l.top, name, syntax.Node{}, nil); v != nil {
			return v
		}
	}
	return nil
}

// boundTo is what f.bind(object, …) gives in JavaScript: the function, with the object as its this, and with what it is
// given before the rest. A function that is bound already keeps its this, as the language has it.
func (r *Resolver) boundTo(function *Value, n syntax.Node, f *frame) *Value {
	fn := *function
	a := r.arguments(n, f, nil)
	if len(a.positional) == 0 {
		return &fn
	}
	if this := a.at(0); fn.self == nil && !this.Is(Null) && !this.Is(Unknown) {
		fn.self = this
	}
	if len(a.positional) > 1 {
		given := slices.Clip(function.extras())
		for i := range a.positional[1:] {
			given = append(given, extra{"", a.at(i + 1)})
		}
		fn.more = &more{extra: given}
	}
	return &fn
}
