package code

import (
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// Many extractors ask each file for many names, and most files have none of them. The calls, decorators and bases of a
// file are therefore filed by the first parts of all their names ("agno" of "agno.agent.Agent"): a question whose
// patterns begin with none of them is answered at once, and others look at what can match only.

// heads says at which places of a list names with a first part stand, in order, each place once.
type heads struct {
	at    map[string][]int32
	first [4]uint64 // the first bytes of all keys, as bits: most patterns begin with no such byte
}

// add files a place under the first parts of a reference's names, and of those that its class derives from.
func (r *Resolver) file(h *heads, ref Ref, place int32) {
	r.eachHead(ref, 0, func(head string) { h.put(head, place) })
}

func (h *heads) put(head string, place int32) {
	list := h.at[head]
	if len(list) == 0 {
		if h.at == nil {
			h.at = map[string][]int32{}
		}
		list = make([]int32, 0, 4)
		h.first[head[0]>>6] |= 1 << (head[0] & 63)
	}
	if len(list) == 0 || list[len(list)-1] != place {
		h.at[head] = append(list, place)
	}
}

// eachHead gives the first parts of all names by which [Resolver.derives] knows a reference.
func (r *Resolver) eachHead(ref Ref, depth int, yield func(head string)) {
	if ref.Name == "" || depth > 16 {
		return
	}
	give := func(name string) {
		if head := headOf(name); head != "" {
			yield(head)
		}
	}
	give(ref.Name)
	for _, name := range ref.Names {
		give(name)
	}
	if ref.Def == nil || ref.Def.Kind != ClassDef {
		return
	}
	if ref.Def.Module != r.module {
		for _, name := range r.program.lineage(ref.Def.Module, ref.Def.Node.Index()) {
			give(name)
		}
		return
	}
	if k := r.classOf(ref.Def); k != nil {
		for _, base := range k.bases {
			r.eachHead(base, depth+1, yield)
		}
	}
}

func headOf(name string) string {
	if i := strings.IndexByte(name, '.'); i >= 0 {
		return name[:i]
	}
	return name
}

// places lists the places whose names can match one of the patterns, in order; all of n places where a pattern leaves
// its first part open.
func (h *heads) places(patterns []string, n int) []int32 {
	if len(h.at) == 0 {
		return nil
	}
	var found []int32
	last := ""
	for i, p := range patterns {
		if p == "" || p[0] != '*' && h.first[p[0]>>6]&(1<<(p[0]&63)) == 0 {
			continue
		}
		if i > 0 && len(p) > len(last) && p[len(last)] == '.' && p[:len(last)] == last {
			continue // patterns of one library stand together
		}
		head := headOf(p)
		last = head
		star := strings.IndexByte(head, '*')
		switch {
		case star < 0:
			found = merged(found, h.at[head])
		case strings.Contains(head, "**") || star == 0:
			return everyPlace(n)
		default:
			for other, list := range h.at {
				if matchPart(head, other) {
					found = merged(found, list)
				}
			}
		}
	}
	return found
}

// Heads gives the first parts of patterns, each once: what [Resolver.MayMake] goes by.
func Heads(patterns []string) []string {
	var all []string
	for _, p := range patterns {
		if head := headOf(p); !slices.Contains(all, head) {
			all = append(all, head)
		}
	}
	return all
}

// MayMake tells whether [Resolver.Instances] can find anything at all for patterns, by their first parts.
func (r *Resolver) MayMake(patterns ...string) bool {
	for _, h := range []*heads{r.callHeads(), r.madeBy(), r.builtBy(), r.inheritedBy()} {
		if h.any(patterns) {
			return true
		}
	}
	return false
}

// any tells whether there are places whose names can match one of the patterns.
func (h *heads) any(patterns []string) bool {
	for _, p := range patterns {
		if p == "" || len(h.at) == 0 || p[0] != '*' && h.first[p[0]>>6]&(1<<(p[0]&63)) == 0 {
			continue
		}
		head := headOf(p)
		if len(h.at[head]) > 0 {
			return true
		}
		if strings.Contains(head, "*") {
			for other := range h.at {
				if strings.Contains(head, "**") || matchPart(head, other) {
					return true
				}
			}
		}
	}
	return false
}

func everyPlace(n int) []int32 {
	all := make([]int32, n)
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// merged joins two lists in order.
func merged(a, b []int32) []int32 {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	all := make([]int32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			all, a = append(all, a[0]), a[1:]
		case a[0] > b[0]:
			all, b = append(all, b[0]), b[1:]
		default:
			all, a, b = append(all, a[0]), a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// madeHeads are the first parts of the names of the objects that calling a function can give: see [Resolver.makes].
func (r *Resolver) madeHeads(def *Def) []string {
	key := summaryKey{def.Node.Index(), "", r.level}
	if known, ok := def.Module.told().given.get(key); ok {
		return known
	}
	found := []string{}
	add := func(name string) {
		if head := headOf(name); head != "" && !slices.Contains(found, head) {
			found = append(found, strings.Clone(head))
		}
	}
	for _, m := range r.program.summary(def, r.level).members {
		if m.kind != Instance {
			continue
		}
		add(m.name)
		for _, name := range m.names {
			add(name)
		}
		if m.module != nil {
			for _, name := range r.program.lineage(m.module, m.node) {
				add(name)
			}
		}
	}
	return def.Module.told().given.put(key, found)
}

// callHeads files the calls of the file by what they call.
func (r *Resolver) callHeads() *heads {
	r.index()
	if r.called == nil {
		r.called = new(heads)
		for i, c := range r.calls {
			r.file(r.called, c.Callee, int32(i))
		}
	}
	return r.called
}

// madeBy files the calls of functions of the program by the objects that they can give.
func (r *Resolver) madeBy() *heads {
	r.index()
	if r.made == nil {
		r.made = new(heads)
		for i, c := range r.calls {
			if c.Callee.Def != nil && c.Callee.Def.Kind == FuncDef {
				for _, head := range r.madeHeads(c.Callee.Def) {
					r.made.put(head, int32(i))
				}
			}
		}
	}
	return r.made
}

// builtBy files the calls of classes of the program by the objects that their constructors make, or methods that need
// nothing but the object.
func (r *Resolver) builtBy() *heads {
	r.index()
	if r.built == nil {
		r.built = new(heads)
		for i, c := range r.calls {
			if d := c.Callee.Def; d != nil && d.Kind == ClassDef {
				made := r.program.making(d)
				r.built.putAll(made.heads, int32(i))
				if toldText(c.Node) {
					r.built.putAll(made.methodHeads, int32(i))
				}
			}
		}
	}
	return r.built
}

// inheritedBy files the classes of the file by the objects that their bases' methods make: see [Resolver.inherited].
func (r *Resolver) inheritedBy() *heads {
	r.index()
	if r.handedOn == nil {
		r.handedOn = new(heads)
		for i, n := range r.klasses {
			if k := r.classOf(r.defOf(n)); len(k.line) > 1 && !inGo(n) && standsAlone(n) {
				for _, c := range k.line[1:] {
					for _, m := range r.Methods(c.def) {
						if r.inherits(k, m) {
							r.handedOn.putAll(r.program.callees(m).heads, int32(i))
						}
					}
				}
			}
		}
	}
	return r.handedOn
}

func (h *heads) putAll(all []string, place int32) {
	for _, head := range all {
		h.put(head, place)
	}
}

// decoration is a decorator of a function or class of the file.
type decoration struct {
	on, expression syntax.Node
	ref            Ref
}

// decorations lists the decorators of the file, those of functions first, and files them by their names.
func (r *Resolver) decorations() ([]decoration, *heads) {
	r.index()
	if r.decoratedBy == nil {
		r.decoratedBy = new(heads)
		for _, group := range [][]syntax.Node{r.functs, r.klasses} {
			for _, n := range group {
				for d := range n.All(syntax.Decorator) {
					e := d.Child(0)
					callee := e
					if e.Is(syntax.Call) {
						callee = e.Child(0)
					}
					ref := r.Resolve(callee)
					r.file(r.decoratedBy, ref, int32(len(r.decorated)))
					r.decorated = append(r.decorated, decoration{n, e, ref})
				}
			}
		}
	}
	return r.decorated, r.decoratedBy
}

// classHeads files the classes of the file by the names that they derive from.
func (r *Resolver) classHeads() *heads {
	r.index()
	if r.derived == nil {
		r.derived = new(heads)
		for i, n := range r.klasses {
			for _, base := range r.classOf(r.defOf(n)).bases {
				r.file(r.derived, base, int32(i))
			}
		}
	}
	return r.derived
}
