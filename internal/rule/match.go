package rule

import (
	"sort"
	"strconv"

	"cel.dev/cel-go/common/types"

	"fermata/internal/model"
)

// visitFlows asks the rule about every flow of its kinds with the right ends.
func (m *matcher) visitFlows() {
	for _, kind := range m.rule.Kinds {
		for _, f := range m.x.flowKinds[kind] {
			if !kindIn(f.from, m.rule.From) || !kindIn(f.to, m.rule.To) {
				continue
			}
			if m.stopped() {
				return
			}
			m.visit([]string{"flow"}, []any{f}, bound{flow: f})
		}
	}
}

// kindIn tells whether an element is of one of the kinds; no kinds mean any.
func kindIn(e *element, kinds []string) bool {
	return len(kinds) == 0 || contains(kinds, string(e.m.Kind))
}

func (m *matcher) visitElements() {
	for _, kind := range m.rule.Kinds {
		for _, e := range m.x.byKind[kind] {
			if m.stopped() {
				return
			}
			m.visit([]string{"element"}, []any{e}, bound{element: e})
		}
	}
}

// visitPairs asks about every two elements that share a neighbour. The flows may run either way.
func (m *matcher) visitPairs() {
	for _, kind := range m.rule.Share.Of {
		for _, shared := range m.x.byKind[kind] {
			near := m.sharers(shared)
			first, second := m.mayBe("a", near, shared), m.mayBe("b", near, shared)
			for i, a := range near {
				if first != nil && !first[i] {
					continue
				}
				for j, b := range near[i+1:] {
					if second != nil && !second[i+1+j] {
						continue
					}
					if m.stopped() {
						return
					}
					m.visit([]string{"a", "b", "shared"}, []any{a, b, shared}, bound{element: a}, bound{element: b}, bound{element: shared})
				}
			}
		}
	}
}

// sharers are the elements of the rule's kinds around a neighbour, in the order of ids.
func (m *matcher) sharers(shared *element) []*element {
	var near []*element
	seen := map[*element]bool{shared: true}
	add := func(e *element) {
		if !seen[e] && kindIn(e, m.rule.Kinds) {
			seen[e] = true
			near = append(near, e)
		}
	}
	for _, kind := range m.rule.Share.Kinds {
		for _, f := range shared.in.of(kind) {
			add(f.from)
		}
		for _, f := range shared.out.of(kind) {
			add(f.to)
		}
	}
	sort.Slice(near, func(i, j int) bool { return near[i].m.ID < near[j].m.ID })
	return near
}

// visitChanges asks about every element (or flow) of the kinds that either system has.
func (m *matcher) visitChanges() {
	pair := map[string]*[2]any{}
	var ids []string
	// What was moved or renamed since is the same thing still.
	now := func(e *element) string {
		if e.past && e.twin != nil {
			return e.twin.m.ID
		}
		return e.m.ID
	}
	note := func(id string, side int, value any) {
		p := pair[id]
		if p == nil {
			p = new([2]any)
			pair[id] = p
			ids = append(ids, id)
		}
		p[side] = value
	}
	none := any(missing)
	for _, kind := range m.rule.Kinds {
		for side, x := range []*index{m.old, m.x} {
			for _, e := range x.byKind[kind] {
				note(now(e), side, e)
			}
			for _, f := range x.flowKinds[kind] {
				if m.rule.names["new"] == flowT {
					note(model.FlowID(f.m.Kind, now(f.from), now(f.to)), side, f)
					none = missingFlow
				}
			}
		}
	}
	sort.Strings(ids)
	for _, id := range ids {
		if m.stopped() {
			return
		}
		p := pair[id]
		about := p[1]
		if about == nil {
			about = p[0]
		}
		var b bound
		switch v := about.(type) {
		case *element:
			b.element = v
		case *flow:
			b.flow = v
		}
		for side := range p {
			if p[side] == nil {
				p[side] = none
			}
		}
		m.visit([]string{"old", "new"}, []any{p[0], p[1]}, b)
	}
}

// visit binds the subject, then the rule's binds one after the other, and ends in a finding, an open question or
// nothing.
func (m *matcher) visit(names []string, values []any, subject ...bound) {
	m.scope.names, m.scope.values = append(m.scope.names[:0], names...), append(m.scope.values[:0], values...)
	m.order = append(m.order[:0], subject...)
	m.open = m.open[:0]
	m.bind(0)
}

// bind binds what is left from the i-th bind on. It leaves scope, order and open as it found them.
func (m *matcher) bind(i int) {
	waits := len(m.open)
	if i == m.whenAt && m.ask(m.rule.when) == isFalse || m.failure != nil {
		m.open = m.open[:waits]
		return
	}
	if i == len(m.rule.Binds) {
		m.conclude()
		m.open = m.open[:waits]
		return
	}
	b := &m.rule.Binds[i]
	switch {
	case b.Absent:
		if m.absent(i) {
			m.bind(i + 1)
		}
	case b.Set > 0:
		if m.gather(i) {
			m.bind(i + 1)
		}
		m.sets[i] = nil
	default:
		m.each(i, func(f *flow) bool {
			inner := len(m.open)
			m.scope.push(b.Name, f)
			m.order = append(m.order, bound{flow: f})
			if m.ask(m.rule.bindWhen[i]) != isFalse {
				m.bind(i + 1)
			}
			m.order = m.order[:len(m.order)-1]
			m.scope.pop()
			m.open = m.open[:inner]
			return m.failure == nil
		})
	}
	m.open = m.open[:waits]
}

// each visits the flows that a bind may name, in order, until take says false.
func (m *matcher) each(i int, take func(*flow) bool) {
	from, to, ok := m.ends(i)
	if !ok {
		return
	}
	b := &m.rule.Binds[i]
	if b.Relayed {
		m.relayedFlows(i, from, take)
		return
	}
	for _, kind := range b.Kinds {
		var candidates []*flow
		if from != nil {
			candidates = m.fitting(i, from, from.out.of(kind))
		} else {
			candidates = m.fitting(i, to, to.in.of(kind))
		}
		for _, f := range candidates {
			if to != nil && f.to != to || !kindIn(f.from, b.FromKinds) || !kindIn(f.to, b.ToKinds) {
				continue
			}
			if m.stopped() || !take(f) {
				return
			}
		}
	}
}

// ends are the elements between which a bind looks, nil where it names none; false when one that it names is not there.
func (m *matcher) ends(i int) (from, to *element, ok bool) {
	b := &m.rule.Binds[i]
	if b.From != "" {
		if from = present(m.elementAt(b.from)); from.absent {
			return nil, nil, false
		}
	}
	if b.To != "" {
		if to = present(m.elementAt(b.to)); to.absent {
			return nil, nil, false
		}
	}
	return from, to, true
}

// present is an element of the older system as it stands in the newer one: neighbours are those that it has now.
func present(e *element) *element {
	if !e.past {
		return e
	}
	if e.twin == nil {
		return missing
	}
	return e.twin
}

// manyFlows is from how many flows on at one element their kinds of ends are looked at only once. One machine hosts all
// there is, and a rule that looks from each of its programs at the others would take a time that grows with the square.
const manyFlows = 64

type fit struct {
	bind int
	at   *element
	kind string
}

// fitting keeps the flows whose ends are of the kinds that a bind asks for.
func (m *matcher) fitting(i int, at *element, flows []*flow) []*flow {
	b := &m.rule.Binds[i]
	if len(flows) < manyFlows || (len(b.FromKinds) == 0 && len(b.ToKinds) == 0) {
		return flows
	}
	key := fit{i, at, string(flows[0].m.Kind)}
	if kept, ok := m.fits[key]; ok {
		return kept
	}
	var kept []*flow
	for _, f := range flows {
		if kindIn(f.from, b.FromKinds) && kindIn(f.to, b.ToKinds) {
			kept = append(kept, f)
		}
	}
	if m.fits == nil {
		m.fits = map[fit][]*flow{}
	}
	m.fits[key] = kept
	return kept
}

// conclude ends a visit whose tests all held or are open.
func (m *matcher) conclude() {
	if len(m.open) > 0 {
		m.stat.Undecided++
		m.wait(m.open)
		return
	}
	widens := isFalse
	if m.rule.widens != nil {
		before := len(m.open)
		widens = m.ask(m.rule.widens)
		if m.failure != nil {
			return
		}
		if widens == isOpen {
			m.wait(m.open[before:])
		}
		m.open = m.open[:before]
	}
	m.finding(widens == isTrue)
}

// wait notes that one more finding waits for each of the facts.
func (m *matcher) wait(numbers []int64) {
	sort.Slice(numbers, func(i, j int) bool { return numbers[i] < numbers[j] })
	if len(numbers) > 0 && numbers[len(numbers)-1] >= silent {
		return // something about code is not known, and nobody can be asked: the rest decides nothing
	}
	for i, n := range numbers {
		if i == 0 || numbers[i-1] != n {
			m.waiting[n]++
		}
	}
}

// valueAt follows a path from a name that is bound.
func (m *matcher) valueAt(p dotted) any {
	value, _ := m.scope.ResolveName(p.name)
	for _, name := range p.fields {
		switch v := value.(type) {
		case *element:
			value = v.field(name)
		case *flow:
			value = v.field(name)
		case *cycle:
			value = v.field(name)
		case *subject:
			value = subjectField(v, fieldsOf[v.t].byName[name])
		default:
			return nil
		}
	}
	return value
}

// elementAt follows a path to an element; missing when it leads to none.
func (m *matcher) elementAt(p dotted) *element {
	if e, ok := m.valueAt(p).(*element); ok {
		return e
	}
	return missing
}

// textAt is what a message shows for a path.
func (m *matcher) textAt(p dotted) string {
	if i := m.rule.setIndex(p.name); i >= 0 {
		return setText(m.sets[i], m.rule.Binds[i].free(), p.member())
	}
	switch v := m.valueAt(p).(type) {
	case types.String:
		return string(v)
	case types.Int:
		return strconv.Itoa(int(v))
	case string:
		return v
	}
	return ""
}

// setIndex is the place of a set bind by name; -1 when it is none.
func (r *Rule) setIndex(name string) int {
	for i := range r.Binds {
		if r.Binds[i].Name == name && r.Binds[i].Set > 0 {
			return i
		}
	}
	return -1
}
