package code

import (
	"strconv"

	"fermata/internal/syntax"
)

// frame says what names mean inside a function while it runs for one call, or inside a loop for one round. The nil
// frame is "nobody said": parameters then are what their defaults, annotations and known callers tell.
type frame struct {
	node    syntax.Node // FuncDef, Lambda, For or Comp
	lexical *frame      // of the scopes around it
	caller  *frame      // function: what names mean at the call
	site    syntax.Node // function: the call
	round   int         // loop: which member; function: which member of a list, or of which of several objects it is the method
	bound   passing
	memo    memo   // what expressions are in it, by node
	inner   frames // those of the calls and rounds in it
	calls   int    // functions that are running inside each other
	id      string
}

// memo holds values by node. Most frames have few, which are found by going through them.
type memo struct {
	list []known
	more map[int32]*Value // all of them, where there are many
}

type known struct {
	node  int32
	value *Value
}

// manyKnown is how many values are gone through one by one.
const manyKnown = 16

func (m *memo) get(node int32) *Value {
	if m.more != nil {
		return m.more[node]
	}
	for i := range m.list {
		if m.list[i].node == node {
			return m.list[i].value
		}
	}
	return nil
}

func (m *memo) set(node int32, v *Value) {
	if m.more != nil {
		m.more[node] = v
		return
	}
	for i := range m.list {
		if m.list[i].node == node {
			m.list[i].value = v
			return
		}
	}
	if m.list == nil {
		m.list = make([]known, 0, 4)
	}
	if m.list = append(m.list, known{node, v}); len(m.list) > manyKnown {
		m.more = make(map[int32]*Value, 2*len(m.list))
		for _, k := range m.list {
			m.more[k.node] = k.value
		}
		m.list = nil
	}
}

// frames holds frames by what they are made of, in the same way.
type frames struct {
	list []*frame
	more map[frameKey]*frame
}

// manyFrames is how many frames are gone through one by one.
const manyFrames = 16

func (s *frames) get(key frameKey) *frame {
	if s.more != nil {
		return s.more[key]
	}
	for _, f := range s.list {
		if f.key() == key {
			return f
		}
	}
	return nil
}

func (s *frames) add(key frameKey, f *frame) {
	if s.more != nil {
		s.more[key] = f
		return
	}
	if s.list = append(s.list, f); len(s.list) > manyFrames {
		s.more = make(map[frameKey]*frame, 2*len(s.list))
		for _, f := range s.list {
			s.more[f.key()] = f
		}
		s.list = nil
	}
}

// around is where the frames are kept that have the same caller, or stand in the same frame.
func (r *Resolver) around(key frameKey) *frames {
	switch {
	case key.caller != nil:
		return &key.caller.inner
	case key.lexical != nil:
		return &key.lexical.inner
	}
	return &r.frames
}

// frameKey makes equal frames the same frame, so that what is remembered is found again.
type frameKey struct {
	node    syntax.Node
	lexical *frame
	caller  *frame
	site    syntax.Node
	round   int
}

func (f *frame) key() frameKey { return frameKey{f.node, f.lexical, f.caller, f.site, f.round} }

// at is the frame as seen from a node: frames of functions and loops that the node is not in are dropped.
func (f *frame) at(n syntax.Node) *frame {
	for f != nil && !within(n, f.node) {
		f = f.lexical
	}
	return f
}

// of finds the frame of a scope or loop.
func (f *frame) of(node syntax.Node) *frame {
	for ; f != nil; f = f.lexical {
		if f.node == node {
			return f
		}
	}
	return nil
}

// running tells whether a function runs already.
func (f *frame) running(function syntax.Node) bool {
	for ; f != nil; f = f.caller {
		for g := f; g != nil; g = g.lexical {
			if g.node == function {
				return true
			}
		}
		for f.caller == nil && f.lexical != nil {
			f = f.lexical
		}
	}
	return false
}

// value is what the frame binds a name to. Arguments of a call are looked at when somebody asks for them.
func (f *frame) value(name string) (*Value, bool) {
	return f.bound.value(name)
}

func (f *frame) depth() int {
	if f == nil {
		return 0
	}
	return f.calls
}

// enter makes the frame of a call, or finds the one that was made for it.
func (r *Resolver) enter(function syntax.Node, lexical *frame, site syntax.Node, caller *frame, bind func() passing) *frame {
	return r.enterKey(frameKey{function, lexical, caller, site, 0}, bind)
}

// enterKey is enter where one call runs the function several times: once for each member of a list, or for each of several
// objects whose method it may mean.
func (r *Resolver) enterKey(key frameKey, bind func() passing) *frame {
	near := r.around(key)
	if f := near.get(key); f != nil {
		return f
	}
	f := &frame{node: key.node, lexical: key.lexical, caller: key.caller, site: key.site, round: key.round, calls: max(key.caller.depth(), key.lexical.depth()) + 1}
	near.add(key, f)
	f.bound = bind()
	return f
}

// round makes the frame of one round of a loop or comprehension.
func (r *Resolver) round(loop syntax.Node, lexical *frame, i int, bound slots) *frame {
	key := frameKey{loop, lexical, nil, syntax.Node{}, i}
	near := r.around(key)
	if f := near.get(key); f != nil {
		return f
	}
	f := &frame{node: loop, lexical: lexical, round: i, bound: passing{slots: bound}, calls: lexical.depth()}
	near.add(key, f)
	return f
}

// trim drops the frames that make no difference to what an expression is: a factory that is called twice with nothing
// that matters makes the same thing twice.
func (r *Resolver) trim(n syntax.Node, f *frame) *frame {
	f = f.at(n)
	for f != nil && !r.depends(n, f, map[syntax.Node]bool{}) {
		f = f.lexical
	}
	return f
}

// depends tells whether an expression reads something that the frame bound to a known value: directly, or through
// local variables.
func (r *Resolver) depends(n syntax.Node, f *frame, seen map[syntax.Node]bool) bool {
	if seen[n] || len(seen) > 200 {
		return false
	}
	seen[n] = true
	found := false
	n.Walk(func(c syntax.Node) bool {
		if found {
			return false
		}
		if c.Is(syntax.Name) {
			found = r.nameDepends(c, f, seen)
		}
		return !found
	})
	return found
}

func (r *Resolver) nameDepends(c syntax.Node, f *frame, seen map[syntax.Node]bool) bool {
	name := c.Text()
	if v, ok := f.value(name); ok {
		// The frame's own name, unless something inside hides it.
		if f.node.Is(syntax.For, syntax.Comp) {
			return true
		}
		if s := scopeWith(r, c, name, f.node); s == f.node {
			if v != nil && r.isSelf(f, name) {
				return r.selfMatters(c, v)
			}
			if v.known() || name == "this" && r.selfMatters(c, v) {
				return true
			}
		}
	}
	if !f.node.Is(syntax.FuncDef, syntax.Lambda) || !within(c, f.node) {
		return false
	}
	for _, b := range r.scope(f.node).names[name] {
		switch b.kind {
		case bindAssign, bindFor, bindWith, bindAugment:
			if !b.value.IsZero() && r.depends(b.value, f, seen) {
				return true
			}
		case bindMutate:
			if r.depends(b.node, f, seen) {
				return true
			}
		}
	}
	return false
}

// scopeWith is the innermost scope around c, up to limit, that binds the name.
func scopeWith(r *Resolver, c syntax.Node, name string, limit syntax.Node) syntax.Node {
	for s := scopeOf(c); ; s = scopeOf(s) {
		if _, ok := r.scope(s).names[name]; ok {
			return s
		}
		if s == limit || s.Is(syntax.Module) {
			return s
		}
	}
}

// known tells whether a value says anything beyond its type.
func (v *Value) known() bool {
	switch {
	case v == nil:
		return false
	case v.Kind == Unknown:
		return false
	case v.Kind == Instance:
		return !v.Call.IsZero()
	}
	return true
}

func (r *Resolver) isSelf(f *frame, name string) bool {
	if goMethod(f.node) {
		return f.node.First(syntax.Param).TextIs(name)
	}
	if !f.node.Is(syntax.FuncDef) || !f.node.Parent().Parent().Is(syntax.ClassDef) {
		return false
	}
	return f.node.First(syntax.Param).TextIs(name)
}

// selfMatters tells whether an attribute of self that c reads was set from what the object was made with, or is one that
// the object's own class says for itself.
func (r *Resolver) selfMatters(c syntax.Node, self *Value) bool {
	attr := c.Parent()
	if !self.Is(Instance) || !attr.Is(syntax.Attr) || self.Ref.Def == nil {
		return false
	}
	k := r.classOf(self.Ref.Def)
	if k == nil {
		return false
	}
	if self.Call.Is(syntax.Call) && self.Call.Count() >= 2 {
		for _, base := range k.line {
			if _, set := base.text(r).attrs[attr.Text()]; set {
				return true
			}
		}
		if inGo(self.Call) && !self.Call.Argument(attr.Text()).IsZero() {
			return true
		}
	}
	return r.overrides(k, enclosingClass(c), attr.Text())
}

// ident is the frame's part of an object's key.
func (r *Resolver) ident(f *frame) string {
	if f == nil {
		return ""
	}
	if f.id != "" {
		return f.id
	}
	id := r.place(f.node)
	if f.site.IsZero() {
		id += "#" + strconv.Itoa(f.round)
	} else if heir := r.heir(f); !heir.IsZero() {
		id += "%" + r.place(heir)
	} else if self := r.holder(f); self != nil {
		id += "^" + self.Key()
	} else {
		id += "@" + r.place(f.site) + r.ident(r.trim(f.site, f.caller))
		if f.round > 0 {
			id += "#" + strconv.Itoa(f.round)
		}
	}
	f.id = "<" + id + r.ident(r.trim(f.node, f.lexical)) + ">"
	return f.id
}

// place is a node's identity across resolvers: the module and the node's number in its tree.
func (r *Resolver) place(n syntax.Node) string {
	if n.IsZero() {
		return "-"
	}
	return r.at(n).module.Path + "!" + strconv.Itoa(n.Index())
}
