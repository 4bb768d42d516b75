package code

import (
	"slices"

	"fermata/internal/syntax"
)

// What is put into a container while a program runs often stands in another file, and comes there by a way that nobody
// can follow: sessions that are made at login, clients by the name of their server. Where the container is said to hold
// objects of a class, whatever is taken out of it is one.

// containers are the types that hold objects, with where their members' type stands among what is in the brackets.
var containers = map[string]int{
	"list": 0, "List": 0, "set": 0, "Set": 0, "frozenset": 0, "FrozenSet": 0, "deque": 0, "Deque": 0,
	"Sequence": 0, "MutableSequence": 0, "MutableSet": 0, "Iterable": 0, "Collection": 0,
	"dict": 1, "Dict": 1, "OrderedDict": 1, "defaultdict": 1, "DefaultDict": 1, "Mapping": 1, "MutableMapping": 1,
	"WeakValueDictionary": 1,
}

// memberType is the object that an annotation says a container holds: the class in dict[str, Session]; nil where it says
// none.
func (r *Resolver) memberType(annotation, at syntax.Node) *Value {
	for annotation.Is(syntax.Binary) { // dict[str, Session] | None
		if annotation.Child(0).Is(syntax.Null) {
			annotation = annotation.Child(1)
		} else {
			annotation = annotation.Child(0)
		}
	}
	if !annotation.Is(syntax.Subscript) || at.Tree().Language == syntax.TypeScript || inGo(at) {
		return nil
	}
	name, inside := last(r.refIn(annotation.Child(0))), annotation.Child(1)
	if name == "Optional" {
		return r.memberType(inside, at)
	}
	place, ok := containers[name]
	if !ok {
		return nil
	}
	if inside.Is(syntax.Tuple) {
		if inside.Count() != place+1 {
			return nil
		}
		inside = inside.Child(place)
	} else if place > 0 {
		return nil
	}
	v := r.typed(inside, at)
	if v == nil || v.Kind != Instance {
		return nil
	}
	return v
}

// holding is a list or dictionary of which the annotation says what it holds.
func (r *Resolver) holding(v *Value, annotation, at syntax.Node) *Value {
	if v.Kind != List && v.Kind != Dict || annotation.IsZero() {
		return v
	}
	member := r.memberType(annotation, at)
	if member == nil {
		return v
	}
	return v.withMember(member)
}

// heldField is a field of a class of data that starts empty.
func (r *Resolver) heldField(bindings []binding, v *Value) *Value {
	for i := range bindings {
		if n := bindings[i].node; n.Is(syntax.AnnAssign) {
			return r.holding(v, n.Child(1).Child(0), n)
		}
	}
	return v
}

// withMember is the same list or dictionary, with what any member of it is.
func (v *Value) withMember(member *Value) *Value {
	c := *v
	m := more{}
	if v.more != nil {
		m = *v.more
	}
	m.member = member
	c.more = &m
	return &c
}

// anyMember is what any member of a list or dictionary is of which only that is known, and nil for others.
func (v *Value) anyMember() *Value {
	if v == nil || v.more == nil || v.Kind != List && v.Kind != Dict {
		return nil
	}
	return v.more.member
}

// memberOr is what was found of one member, or where that is nothing, what the annotation says of all.
func (v *Value) memberOr(found *Value) *Value {
	if member := v.anyMember(); member != nil && (found.Is(Unknown) || found.Is(Null)) {
		return member
	}
	return found
}

// view is what a dictionary gives to go over, with what any of that is.
func (v *Value) view(method string, out *Value) *Value {
	member := v.anyMember()
	if member == nil {
		return out
	}
	switch method {
	case "values":
		return out.withMember(member)
	case "items":
		key := unknown(out.Node, "the key is computed")
		return out.withMember(&Value{Kind: List, Node: out.Node, Items: slices.Clip([]*Value{key, member})})
	}
	return out
}
