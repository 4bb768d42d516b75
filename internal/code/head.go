package code

import (
	"iter"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// Many extractors ask each file for many names, and most files have none of them. The calls, decorators and bases of a
// file are therefore filed by the first parts of all their names ("agno" of "agno.agent.Agent"): a question whose
// patterns begin with none of them is answered at once, and others look at what can match only. Calls that call the same
// are filed, and judged, as one.

// heads says at which places of a list names with a first part stand, in order, each place once.
type heads struct {
	at    map[string][]int32
	first [4]uint64 // the first bytes of all keys, as bits: most patterns begin with no such byte
}

// file files a place under the first parts of a reference's names, and of those that its class derives from.
func (r *Resolver) file(h *heads, ref Ref, place int32) {
	for name := range r.NamesOf(ref) {
		if head := headOf(name); head != "" {
			h.put(head, place)
		}
	}
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

// NamesOf gives all names by which [Resolver.Derives] knows a reference: its own, and those of the classes that its class
// derives from.
func (r *Resolver) NamesOf(ref Ref) iter.Seq[string] {
	return func(yield func(string) bool) { r.eachName(ref, 0, yield) }
}

func (r *Resolver) eachName(ref Ref, depth int, yield func(string) bool) bool {
	if ref.Name == "" || depth > 16 {
		return true
	}
	if !yield(ref.Name) || !each(ref.Names, yield) {
		return false
	}
	if ref.Def == nil || ref.Def.Kind != ClassDef {
		return true
	}
	if ref.Def.Module != r.module {
		return each(r.program.lineage(ref.Def.Module, ref.Def.Node.Index()), yield)
	}
	if k := r.classOf(ref.Def); k != nil {
		for _, base := range k.bases {
			if !r.eachName(base, depth+1, yield) {
				return false
			}
		}
	}
	return true
}

func each(names []string, yield func(string) bool) bool {
	for _, name := range names {
		if !yield(name) {
			return false
		}
	}
	return true
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

// sameCalls are the calls of a file that call the same thing: the first of them, and each is followed by the next one in
// Resolver.nextSame.
type sameCalls struct {
	first, last int32
	namesakes   int32 // the number from 1 of the calls of something else with the same name; 0 for none
}

// byCallee lists what the calls of the file call, each thing once. What could not be followed is left out.
func (r *Resolver) byCallee() []sameCalls {
	r.index()
	if r.same != nil {
		return r.same
	}
	r.same = []sameCalls{}
	r.nextSame = make([]int32, len(r.calls))
	named := map[string]int32{} // the number from 1
	for i := range r.calls {
		callee, at := &r.calls[i].Callee, int32(i)
		if callee.Name == "" {
			continue
		}
		k := named[callee.Name]
		for k > 0 && !callee.same(r.callee(r.same[k-1])) {
			k = r.same[k-1].namesakes
		}
		if k > 0 {
			s := &r.same[k-1]
			r.nextSame[s.last], s.last = at, at
			continue
		}
		r.same = append(r.same, sameCalls{at, at, named[callee.Name]})
		named[callee.Name] = int32(len(r.same))
	}
	return r.same
}

// callee is what calls of one sort call.
func (r *Resolver) callee(s sameCalls) *Ref { return &r.calls[s.first].Callee }

// same tells whether two references of one name are the same.
func (r *Ref) same(other *Ref) bool {
	return r.Def.Same(other.Def) && slices.Equal(r.Names, other.Names)
}

// placesOf gives the places of calls that call the same, among all calls of the file.
func (r *Resolver) placesOf(s sameCalls) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for at := s.first; yield(at) && at != s.last; {
			at = r.nextSame[at]
		}
	}
}

// callsByAttribute files the calls of attributes by the attributes' names: client.run(…) under "run".
func (r *Resolver) callsByAttribute() map[string][]int32 {
	r.index()
	if r.attributed == nil {
		r.attributed = map[string][]int32{}
		for i := range r.calls {
			if callee := r.calls[i].Node.Child(0); callee.Is(syntax.Attr) {
				r.attributed[callee.Text()] = append(r.attributed[callee.Text()], int32(i))
			}
		}
	}
	return r.attributed
}

// callHeads files what the calls of the file call.
func (r *Resolver) callHeads() *heads {
	if r.called == nil {
		r.called = new(heads)
		for i, s := range r.byCallee() {
			r.file(r.called, *r.callee(s), int32(i))
		}
	}
	return r.called
}

// madeBy files the functions of the program that the file calls by the objects that they can give.
func (r *Resolver) madeBy() *heads {
	if r.made == nil {
		r.made = new(heads)
		for i, s := range r.byCallee() {
			if d := r.callee(s).Def; d != nil && d.Kind == FuncDef {
				r.made.putAll(r.madeHeads(d), int32(i))
			}
		}
	}
	return r.made
}

// builtBy files the classes of the program that the file calls by the objects that their constructors make, or methods
// that need nothing but the object.
func (r *Resolver) builtBy() *heads {
	if r.built == nil {
		r.built = new(heads)
		for i, s := range r.byCallee() {
			if d := r.callee(s).Def; d != nil && d.Kind == ClassDef {
				made := r.program.making(d)
				r.built.putAll(made.heads, int32(i))
				for at := range r.placesOf(s) {
					if toldText(r.calls[at].Node) {
						r.built.putAll(made.methodHeads, int32(i))
						break
					}
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
