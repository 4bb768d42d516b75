package code

import (
	"fermata/internal/syntax"
)

// selfFrame is what names mean in a method of an object: in __init__ the arguments that made it.
func (r *Resolver) selfFrame(v *Value, c *class, method syntax.Node) *frame {
	if r.refOnly || !v.Call.Is(syntax.Call, syntax.ClassDef) || v.frame.depth() >= maxCalls {
		return nil
	}
	if !method.TextIs("__init__") && !method.TextIs("constructor") {
		return nil
	}
	fn := &Value{Kind: Function, Node: method, self: v, more: v.more, in: r}
	site, caller := v.Call, v.frame
	if v.Ref.Def != nil && v.Ref.Def.Node != c.def.Node {
		// A base's constructor: its arguments come from super().__init__(…) in the derived one.
		if call, f := r.superCall(v, v.Ref.Def, c); !call.IsZero() {
			site, caller = call, f
		} else if own := r.constructorOf(v.Ref.Def); own == nil || own.Node != method {
			return nil
		}
	}
	if caller.running(method) {
		return nil
	}
	return r.enter(method, nil, site, caller, func() passing { return r.bind(fn, site, caller) })
}

// constructorOf is the constructor by which objects of a class are made, its own or a base's; nil when there is none.
func (r *Resolver) constructorOf(def *Def) *Def {
	if m := r.method(def, "__init__"); m != nil {
		return m
	}
	return r.method(def, "constructor")
}

// superCall finds the call of super().__init__(…) in the constructor of a class, and its frame.
func (r *Resolver) superCall(v *Value, def *Def, base *class) (syntax.Node, *frame) {
	k := r.classOf(def)
	if k == nil {
		return syntax.Node{}, nil
	}
	init := k.method(r, "__init__")
	if init == nil {
		if init = k.method(r, "constructor"); init == nil {
			return syntax.Node{}, nil
		}
	}
	fn := &Value{Kind: Function, Node: init.Node, self: v, more: v.more, in: r}
	f := r.enter(init.Node, nil, v.Call, v.frame, func() passing { return r.bind(fn, v.Call, v.frame) })
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
	if inGo(def.Node) {
		for _, n := range k.text(r).order {
			all = append(all, r.defOf(n))
		}
		return all
	}
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
