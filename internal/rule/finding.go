package rule

import (
	"slices"
	"sort"
	"strconv"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// mostEvidence bounds the places that one finding shows.
const mostEvidence = 12

// mostMembers bounds the members that the id of a cycle's finding spells out. Groups are disjoint, so the first member
// alone would do; the others are there for people.
const mostMembers = 8

// finding makes the finding of the visit at hand. A rule whose powers lead nowhere here makes none.
func (m *matcher) finding(widened bool) {
	steps, ok := m.steps(widened)
	r := m.rule
	if !ok {
		if !r.Code() {
			return
		}
		steps = nil // it stands in no element that the model knows: a weakness, and no step
	}
	f := &result.Finding{
		Rule: r.ID, Title: r.Title, Message: m.message(""), Layers: r.layers, Maps: r.Maps, Success: r.Success, Steps: steps,
		Requires: []string{}, Grants: []string{}, Controls: []result.Control{}, Evidence: []model.Evidence{},
	}
	if r.Condition() || r.Code() {
		f.Status, f.Severity = result.Condition, r.Severity
	}
	if r.Code() && len(steps) == 0 {
		f.Success = nil
	}
	for i := range r.requires {
		if need, ok := m.need(&r.requires[i], r.requires[i].scope); ok {
			if len(need.Powers) == 1 {
				f.Requires = joined(f.Requires, need.Powers)
			} else {
				f.Requires = append(f.Requires, needText(need))
			}
		}
	}
	for i := range r.grants {
		f.Grants = joined(f.Grants, m.gains(&r.grants[i], r.grants[i].scope))
	}
	if len(steps) > 0 && slices.Equal(f.Grants, steps[0].Gives) {
		f.Grants = steps[0].Gives
	}
	f.ID = r.ID + "@" + m.boundIDs()
	f.Group, f.Follows, f.ToldBy = m.group(f.ID), r.Follows, r.ToldBy
	places := m.places()
	elements, flows, evidence := m.subjects(places)
	about := m.first(places)
	f.Elements = keep(&about.ids, elements, slices.Equal)
	f.Flows = keep(&about.ids, flows, slices.Equal)
	f.Evidence = keep(&about.evidence, m.decisive(evidence), slices.Equal)
	if f.Code = m.codeOf(); f.Code != nil {
		f.Evidence = m.subjectEvidence(m.order[0].subject)
	}
	if f.Each = m.eachOf(); len(f.Each) > 1 {
		f.Told = m.message(result.Here)
	}
	f.Controls = m.controls(places)
	f.Assumes, f.Guesses = m.assumes()
	m.findings = append(m.findings, f)
}

// group names the condition: the rule, and what it is about here.
func (m *matcher) group(id string) string {
	if len(m.order) > 0 && m.order[0].subject != nil && m.order[0].subject.s.Place != "" {
		return m.rule.ID + "@" + m.order[0].subject.s.Place
	}
	if len(m.rule.about) == 0 {
		return id
	}
	var ids []string
	for _, p := range m.rule.about {
		switch v := m.valueAt(p).(type) {
		case *element:
			ids = append(ids, v.m.ID)
		case *flow:
			ids = append(ids, v.m.ID)
		}
	}
	return m.rule.ID + "@" + strings.Join(ids, ",")
}

// boundIDs joins the ids of what is bound, subject first. Sets and absent flows have no place in it, so that another
// member renames nothing.
func (m *matcher) boundIDs() string {
	ids := make([]string, 0, len(m.order))
	for i, b := range m.order {
		if m.rule.On == OnCycle && i == mostMembers {
			ids = append(ids, "+"+strconv.Itoa(len(m.order)-i))
			break
		}
		ids = append(ids, b.id())
	}
	return strings.Join(ids, ",")
}

// message fills in the rule's message; each, if it is not empty, stands for the names of what the step gives powers over
// one by one.
func (m *matcher) message(each string) string {
	b := m.text[:0]
	for i, p := range m.rule.message.paths {
		b = append(b, m.rule.message.texts[i]...)
		if each != "" && p.member() == "names" && m.rule.paths[p.name] == eachT {
			b = append(b, each...)
			continue
		}
		b = append(b, m.textAt(p)...)
	}
	b = append(b, m.rule.message.texts[len(m.rule.message.paths)]...)
	m.text = b
	return string(b)
}

// eachOf lists what the step gives its powers over one by one, by id; nil where the rule has no such bind.
func (m *matcher) eachOf() []string {
	for i := range m.rule.Binds {
		if b := &m.rule.Binds[i]; b.Each {
			ids := unique[string]{}
			for _, f := range m.sets[i] {
				ids.add(f.end(b.free()).m.ID)
			}
			sort.Strings(ids.list)
			return ids.list
		}
	}
	return nil
}

// end is one end of a flow.
func (f *flow) end(which string) *element {
	if which == "to" {
		return f.to
	}
	return f.from
}

// setText is what a message shows for a set: its size, or the names at the end that is not joined.
func setText(set []*flow, end, field string) string {
	if field == "size" {
		return strconv.Itoa(len(set))
	}
	all := unique[string]{}
	for _, f := range set {
		all.add(f.end(end).name())
	}
	return someNames(all.list)
}

// someNames joins names for people, who do not read a hundred of them.
func someNames(all []string) string {
	if len(all) > mostMembers {
		return strings.Join(all[:mostMembers], ", ") + " and " + strconv.Itoa(len(all)-mostMembers) + " more"
	}
	return strings.Join(all, ", ")
}

// unique keeps the first of equal things, in order. Most lists are short, and comparing a few beats hashing.
type unique[T comparable] struct {
	list  []T
	seen  map[T]bool
	spare map[T]bool // the table of a list that was longer, for the next one that is
}

// anew empties the list and keeps its room.
func (u *unique[T]) anew() *unique[T] {
	u.list = u.list[:0]
	if u.seen != nil {
		u.seen, u.spare = nil, u.seen
	}
	return u
}

// add tells whether it was new.
func (u *unique[T]) add(one T) bool {
	if u.seen == nil {
		for _, other := range u.list {
			if other == one {
				return false
			}
		}
		if u.list = append(u.list, one); len(u.list) > 32 {
			if u.seen, u.spare = u.spare, nil; u.seen == nil {
				u.seen = make(map[T]bool, 2*len(u.list))
			}
			clear(u.seen)
			for _, other := range u.list {
				u.seen[other] = true
			}
		}
		return true
	}
	if u.seen[one] {
		return false
	}
	u.seen[one] = true
	u.list = append(u.list, one)
	return true
}

// places lists what controls may stand on and evidence comes from: bound flows, then their ends and bound elements,
// then what powers name besides (a host, a server).
func (m *matcher) places() []bound {
	places := m.around.anew()
	add := func(b bound) {
		if b.element == nil || !b.element.absent {
			places.add(b)
		}
	}
	for _, b := range m.order {
		if b.flow != nil {
			add(b)
		}
	}
	if m.rule.On == OnCycle {
		if c, ok := m.scope.values[0].(*cycle); ok {
			for _, f := range c.flows {
				add(bound{flow: f})
			}
		}
	}
	for _, b := range m.order {
		switch {
		case b.flow != nil:
			add(bound{element: b.flow.from})
			add(bound{element: b.flow.to})
		case b.subject != nil:
			add(bound{element: b.subject.element})
		default:
			add(b)
		}
	}
	for _, powers := range [][]power{m.rule.grants, m.rule.requires} {
		for i := range powers {
			switch v := m.powerValue(powers[i].on).(type) {
			case *element:
				add(bound{element: v})
			case *flow:
				add(bound{flow: v})
			}
		}
	}
	return places.list
}

// powerValue is what a power's path leads to, unless that is the members of a cycle or set.
func (m *matcher) powerValue(p dotted) any {
	if m.rule.On == OnCycle || m.rule.setIndex(p.name) >= 0 {
		return nil
	}
	return m.valueAt(p)
}

// comesBy tells whether one of the flows that a finding is about begins or ends at an element, and says where in the files.
func comesBy(id string, places []bound) bool {
	return slices.ContainsFunc(places, func(p bound) bool {
		return p.flow != nil && (p.flow.m.From == id || p.flow.m.To == id) &&
			slices.ContainsFunc(p.flow.m.Evidence, func(e model.Evidence) bool { return e.File != "" })
	})
}

// first is what a finding is about in the first place.
func (m *matcher) first(places []bound) *target {
	if len(places) == 0 {
		return &target{}
	}
	return places[0].target()
}

// subjects lists the ids that a finding is about, with the evidence of each, most specific first. The members of sets
// come last. The lists are used anew by the next finding.
func (m *matcher) subjects(places []bound) (elements, flows []string, evidence []model.Evidence) {
	told, ids := m.told.anew(), unique[string]{}
	note := func(b bound) {
		of := b.target()
		var from []model.Evidence
		if b.flow != nil {
			from = b.flow.m.Evidence
		} else {
			from = b.element.m.Evidence
		}
		id := of.on
		if id == "" || !told.add(of) || m.old != nil && !ids.add(id) { // what was there before and is there now is one thing
			return
		}
		if b.flow != nil {
			flows = append(flows, id)
		} else {
			elements = append(elements, id)
		}
		placed := b.flow == nil && b.element.m.Kind == model.Human && comesBy(b.element.m.ID, places)
		for _, e := range from {
			if placed && e.File != "" {
				continue // the flow says where people come in by this way; they come in by others, too
			}
			if len(evidence) < mostEvidence && !slices.Contains(evidence, e) {
				evidence = append(evidence, e)
			}
		}
	}
	elements, flows, evidence = m.elements[:0], m.flows[:0], m.evidence[:0]
	for _, p := range places {
		note(p)
	}
	for _, set := range m.sets {
		for _, f := range set {
			note(bound{flow: f})
			note(bound{element: f.from})
			note(bound{element: f.to})
		}
	}
	sort.Strings(elements)
	sort.Strings(flows)
	m.elements, m.flows, m.evidence = elements, flows, evidence
	return elements, flows, evidence
}

// assumes says which elements, flows and facts the finding rests on that nobody saw or declared.
// Those that may as well be wrong come a second time, by themselves.
func (m *matcher) assumes() (assumed, hunches []string) {
	var all, doubtful unique[string]
	note := func(text string) { all.add(text) }
	for _, b := range m.order {
		if b.flow != nil {
			if b.flow.m.Origin == model.Assumed {
				note(b.id() + because(b.flow.m.Evidence))
			}
			for _, e := range []*element{b.flow.from, b.flow.to} {
				if e.m.Origin == model.Assumed {
					note(e.m.ID + because(e.m.Evidence))
				}
			}
		} else if b.subject != nil {
			if e := b.subject.element; e.m.Origin == model.Assumed {
				note(e.m.ID + because(e.m.Evidence))
			}
		} else if b.element.m.Origin == model.Assumed {
			note(b.id() + because(b.element.m.Evidence))
		}
	}
	for i, set := range m.sets {
		if m.rule.Binds[i].Each {
			m.assumesEach(set, note)
		}
	}
	for _, e := range m.asked {
		for _, use := range e.facts {
			if _, ok := m.scope.ResolveName(use.on.name); ok {
				if text, hunch := assumedFact(m.valueAt(use.on), use.slot); text != "" {
					note(text)
					if hunch {
						doubtful.add(text)
					}
				}
			}
		}
	}
	return all.list, doubtful.list
}

// assumesEach tells of what a step gives powers over one by one that nobody saw it there, of some of many.
func (m *matcher) assumesEach(set []*flow, note func(string)) {
	told, more := 0, 0
	tell := func(text string) {
		if told++; told <= mostMembers {
			note(text)
		} else {
			more++
		}
	}
	for _, f := range set {
		if f.m.Origin == model.Assumed {
			tell(f.m.ID + because(f.m.Evidence))
		}
		for _, e := range []*element{f.from, f.to} {
			if e.m.Origin == model.Assumed && !m.isBound(e) {
				tell(e.m.ID + because(e.m.Evidence))
			}
		}
	}
	if more > 0 {
		note("and " + strconv.Itoa(more) + " more like these")
	}
}

// isBound tells of an element that the visit is about it.
func (m *matcher) isBound(e *element) bool {
	for _, b := range m.order {
		if b.element == e || b.flow != nil && (b.flow.from == e || b.flow.to == e) {
			return true
		}
	}
	return false
}

// because gives the reason that an assumption's evidence states.
func because(evidence []model.Evidence) string {
	for _, e := range evidence {
		if e.File == "" && e.Excerpt != "" {
			return ": " + e.Excerpt
		}
	}
	return ""
}

// factOf is the fact that a slot of an element or flow holds; false when nobody said it.
func factOf(of any, slot int) (fact model.Fact, ok bool) {
	switch v := of.(type) {
	case *element:
		info := &elementSlots[slot]
		if info.effect != nil {
			fact, ok = v.m.Effects[info.name]
		} else {
			fact, ok = v.m.Facts[info.name]
		}
	case *flow:
		fact, ok = v.m.Facts[flowSlots[slot].name]
	}
	return fact, ok
}

// factName names a slot of an element or flow.
func factName(of any, slot int) string {
	switch v := of.(type) {
	case *element:
		return v.m.ID + " " + elementSlots[slot].path
	case *flow:
		return v.m.ID + " " + flowSlots[slot].path
	}
	return ""
}

// assumedFact names a fact that was assumed and has an answer, and tells whether it may as well be wrong; "" otherwise.
func assumedFact(of any, slot int) (text string, hunch bool) {
	fact, ok := factOf(of, slot)
	if !ok || fact.Origin != model.Assumed || fact.Value == model.Unknown {
		return "", false
	}
	text = factName(of, slot) + ": " + fact.Value
	if fact.Reason != "" {
		text += " (" + fact.Reason + ")"
	}
	return text, fact.Hunch
}

// decisive puts the places that made the rule apply where a reader looks: the line of code that runs a command comes before
// the line that names the tool, and the places of other facts come behind the first one. The list is used anew by the next.
func (m *matcher) decisive(evidence []model.Evidence) []model.Evidence {
	effects, facts := m.effects[:0], m.facts[:0]
	defer func() { m.effects, m.facts = effects, facts }()
	for _, e := range m.asked {
		for _, use := range e.facts {
			if _, ok := m.scope.ResolveName(use.on.name); !ok {
				continue
			}
			of := m.valueAt(use.on)
			fact, ok := factOf(of, use.slot)
			if !ok || fact.Value != model.Yes {
				continue
			}
			list := &facts
			if _, element := of.(*element); element && elementSlots[use.slot].effect != nil && fact.Origin == model.Observed {
				list = &effects
			}
			for _, place := range fact.Evidence {
				if place.File != "" {
					*list = append(*list, place)
				}
			}
		}
	}
	if len(effects)+len(facts) == 0 {
		return evidence
	}
	first := min(1, len(evidence))
	out := m.decided[:0]
	for _, list := range [][]model.Evidence{effects, evidence[:first], facts, evidence[first:]} {
		for _, place := range list {
			if len(out) < mostEvidence && !slices.Contains(out, place) {
				out = append(out, place)
			}
		}
	}
	m.decided = out
	return out
}
