package code

import (
	"strings"

	"fermata/internal/syntax"
)

// Some functions run though no call names them: a method that a subclass has in place of the one that stands in its base, what a
// decorator puts around a function, and what Python calls when an object is made or entered.

// inherited notes of which class the object is that a method of a base is called on, and gives what the method is given.
func (b *bodyWalk) inherited(v *Value, method *Def, from given) given {
	if v.self.Is(Instance) && v.self.Ref.Def != nil && v.self.Ref.Def.Kind == ClassDef {
		b.calledFor(method, v.self.Ref.Def, from)
	}
	return from
}

// calledFor notes a class of objects that a method is called on. It has to be walked again for each.
func (b *bodyWalk) calledFor(method, class *Def, from given) {
	if enclosingClass(method.Node) == class.Node || inGo(method.Node) {
		return
	}
	for _, known := range b.heirs[method.Node] {
		if known.Node == class.Node {
			from[heirMark+class.ID()] = 0
			return
		}
	}
	if b.heirs == nil {
		b.heirs = map[syntax.Node][]*Def{}
	}
	b.heirs[method.Node] = append(b.heirs[method.Node], class)
	from[heirMark+class.ID()] = 0
}

// heirMark begins the marks, among what a function was given, of classes that it was called for. They are no names.
const heirMark = "\x00heir "

// ownMethods follows a call of a method on the object itself into what the classes of the objects that are meant have in its
// place, and hands on to the method of a base for which of them it is called.
func (b *bodyWalk) ownMethods(call Call, taken *Def, c *checks) {
	callee := call.Node.Child(0)
	if !ofOwn(callee) {
		return
	}
	for _, class := range b.heirs[b.within] {
		m := b.r.method(class, callee.Text())
		if m == nil {
			continue
		}
		from := c.handed(call.Node, m)
		b.calledFor(m, class, from)
		if m.Node == taken.Node && enclosingClass(m.Node) == class.Node {
			continue
		}
		b.passed(m.Node, call.Node, c)
		b.def(m, call.Depth+1, from)
	}
}

// made follows what Python calls besides the constructor where an object of a class is made, and where it is entered at once.
func (b *bodyWalk) made(call Call, class *Def, c *checks) {
	if b.r.at(class.Node).module.language != syntax.Python {
		return
	}
	names := []string{"__new__", "__post_init__", "model_post_init"}
	if call.Node.Parent().Is(syntax.WithItem) {
		names = append(names, "__enter__", "__aenter__", "__exit__", "__aexit__")
	}
	for _, name := range names {
		m := b.r.method(class, name)
		if m == nil {
			continue
		}
		from := c.handed(call.Node, m)
		if call.Driven {
			from["self"] = anything
		}
		b.passed(m.Node, call.Node, c)
		b.def(m, call.Depth+1, from)
	}
}

// others follows the functions, classes and outside calls that a call may mean besides the one that it is taken for: a branch,
// or a table of handlers, decides between them. Where one of them is not known, neither is what the call does; nor is it where
// an object calls what it itself holds, and other objects of its class hold something else.
func (b *bodyWalk) others(call Call, v *Value, taken Ref, block syntax.Node, c *checks) {
	if v.Kind != Choice {
		return
	}
	left, own, doubted := maxOthers, ofOwn(call.Node.Child(0)), false
	for one := range v.alternatives() {
		one = b.meant(one, call.Node)
		switch {
		case one.Kind == Unknown && harmless(call.Node):
		case one.Kind == Unknown:
			doubted = true
		case one.Kind != Function && one.Kind != Class && one.Kind != External:
		case one.Ref.Def != nil && taken.Def != nil && one.Ref.Def.Node == taken.Def.Node:
		case one.Kind == External && (one.Ref.Name == taken.Name || taken.Def == nil && call.Node.Child(0).Is(syntax.Attr)): // a method: its name is among those of the one taken
		case own:
			doubted = true
		case left == 0:
			b.complete = false
			return
		default:
			left--
			call.Callee, call.Value = one.Ref, one
			b.follow(call, one, one.Ref, block, c)
		}
	}
	if doubted {
		b.unknown = append(b.unknown, call)
	}
}

// meant is what a call of a value calls: of an object of a class of the program its __call__, and of what a function of the
// language answers, such as one that looks things up by their names, nobody knows what.
func (b *bodyWalk) meant(v *Value, call syntax.Node) *Value {
	if inGo(call) || b.r.at(call).module.language == syntax.TypeScript {
		return v
	}
	switch def := v.Ref.Def; {
	case v.Kind == Instance && def != nil && def.Kind == ClassDef:
		if m := b.r.method(def, "__call__"); m != nil {
			return &Value{Kind: Function, Node: m.Node, Ref: Ref{Name: v.Ref.Name + ".__call__", Def: m}, in: b.r, self: v}
		}
	case v.Kind == Instance && def == nil && v.Base == nil && !v.Call.IsZero() && answersAny[v.Ref.Name], def == nil && fromAny(v.Ref.Name):
		return unknown(call, "what is called was looked up when the program runs")
	}
	return v
}

// answersAny are functions that answer with what may be any function.
var answersAny = map[string]bool{
	"operator.methodcaller": true, "builtins.getattr": true, "builtins.next": true, "builtins.max": true, "builtins.min": true, "builtins.eval": true, "builtins.__import__": true,
}

// fromAny tells whether a name is of a member of a table of all that a module holds, or of all modules.
func fromAny(name string) bool {
	for _, table := range []string{"sys.modules.", "builtins.globals.", "builtins.locals.", "builtins.vars."} {
		if rest, ok := strings.CutPrefix(name, table); ok {
			return rest != "get" && rest != "keys" && rest != "items" && rest != "values" && rest != "pop" && rest != "update" && rest != "copy" && rest != "setdefault"
		}
	}
	return false
}

// maxOthers is how many functions besides the first a call may mean.
const maxOthers = 24
