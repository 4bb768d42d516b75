package code

import (
	"sort"
	"sync/atomic"

	"fermata/internal/syntax"
)

// part is a function, class, lambda or comprehension of a file. What follows from its text alone is found when somebody
// asks, and shared by all resolvers. Two that ask at once find the same, so nobody waits: the first answer stays.
type part struct {
	node     int32
	scope    atomic.Pointer[scope]
	def      atomic.Pointer[Def]
	body     atomic.Pointer[classBody]
	exits    atomic.Pointer[[]syntax.Node]
	params   atomic.Pointer[[]Param]
	defaults atomic.Pointer[map[string]syntax.Node] // of parameters, by their names
}

// partOf finds the part that a node is; nil when it is none of those.
func (l *loaded) partOf(n syntax.Node) *part {
	l.partsOnce.Do(func() {
		if l.tree == nil {
			return
		}
		count := 0
		parts := func(yield func(int32)) {
			for i := range l.tree.Len() {
				if l.tree.At(i).Is(syntax.FuncDef, syntax.ClassDef, syntax.Lambda, syntax.Comp) {
					yield(int32(i))
				}
			}
		}
		parts(func(int32) { count++ })
		l.parts = make([]part, count)
		count = 0
		parts(func(i int32) {
			l.parts[count].node = i
			count++
		})
	})
	if n.Tree() != l.tree {
		return nil
	}
	at := int32(n.Index())
	i := sort.Search(len(l.parts), func(i int) bool { return l.parts[i].node >= at })
	if i == len(l.parts) || l.parts[i].node != at {
		return nil
	}
	return &l.parts[i]
}

// first keeps the answer that came first, and gives it.
func first[T any](place *atomic.Pointer[T], answer *T) *T {
	if place.CompareAndSwap(nil, answer) {
		return answer
	}
	return place.Load()
}

// scope gives the names of a scope node.
func (r *Resolver) scope(n syntax.Node) *scope {
	if s := r.lastScope; s != nil && s.node == n { // names stand together
		return s
	}
	l := r.at(n)
	if n.Is(syntax.Module) {
		return l.top
	}
	p := l.partOf(n)
	if p == nil {
		return newScope(l, n)
	}
	s := p.scope.Load()
	if s == nil {
		s = first(&p.scope, newScope(l, n))
	}
	r.lastScope = s
	return s
}

// defOf is the definition that a FuncDef or ClassDef makes.
func (r *Resolver) defOf(n syntax.Node) *Def {
	l := r.at(n)
	p := l.partOf(n)
	if p == nil {
		return newDef(l, n)
	}
	if d := p.def.Load(); d != nil {
		return d
	}
	return first(&p.def, newDef(l, n))
}

func newDef(l *loaded, n syntax.Node) *Def {
	kind := FuncDef
	if n.Is(syntax.ClassDef) {
		kind = ClassDef
	}
	name := qualified(n)
	return &Def{Kind: kind, Name: name, Module: l.module, Node: n, full: l.module.Name + "." + name}
}

// bodyOfClass is what the text of a class says.
func (l *loaded) bodyOfClass(n syntax.Node) *classBody {
	p := l.partOf(n)
	if p != nil {
		if b := p.body.Load(); b != nil {
			return b
		}
	}
	b := &classBody{methods: map[string]syntax.Node{}, attrs: map[string][]attrSet{}, grows: map[string][]attrGrow{}}
	for block := range n.All(syntax.Block) {
		b.read(block, l.module.language)
	}
	if p == nil {
		return b
	}
	return first(&p.body, b)
}

// params are the parameters of a function.
func (r *Resolver) params(function syntax.Node) []Param {
	p := r.at(function).partOf(function)
	if p == nil {
		return paramsOf(function)
	}
	if list := p.params.Load(); list != nil {
		return *list
	}
	list := paramsOf(function)
	return *first(&p.params, &list)
}

// defaults are the parameters of a function that have a default.
func (r *Resolver) defaults(function syntax.Node, params []Param) map[string]syntax.Node {
	p := r.at(function).partOf(function)
	if p != nil {
		if known := p.defaults.Load(); known != nil {
			return *known
		}
	}
	var known map[string]syntax.Node
	for _, one := range params {
		if one.Rest == 0 && one.pattern.IsZero() && !one.Default.IsZero() {
			if known == nil {
				known = map[string]syntax.Node{}
			}
			known[one.Name] = one.Default
		}
	}
	if p == nil {
		return known
	}
	return *first(&p.defaults, &known)
}

// returnsOf lists the expressions that a function returns or yields, not those of functions inside it.
func (r *Resolver) returnsOf(function syntax.Node) []syntax.Node {
	p := r.at(function).partOf(function)
	if p != nil {
		if list := p.exits.Load(); list != nil {
			return *list
		}
	}
	var list []syntax.Node
	for c := range function.Children() {
		if !c.Is(syntax.Block) {
			continue
		}
		c.Walk(func(n syntax.Node) bool {
			switch n.Kind() {
			case syntax.FuncDef, syntax.ClassDef, syntax.Lambda:
				return false
			case syntax.Return, syntax.Yield:
				if e := n.Child(0); !e.IsZero() && len(list) < 24 {
					list = append(list, e)
				}
				return n.Is(syntax.Return)
			}
			return true
		})
	}
	if p == nil {
		return list
	}
	return *first(&p.exits, &list)
}
