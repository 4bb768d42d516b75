package model

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/source"
)

// replace corrects an element that discovery found (or completion assumed).
func (m *merger) replace(p elementPart) {
	e, ok := m.find(p.id)
	if !ok {
		return
	}
	if at, twice := m.corrected[e.ID]; twice {
		m.error(p.id.At, "duplicate-id", fmt.Sprintf("%s is corrected twice; the first time %s", quote(e.ID), m.place(at, p.id.At)), "make one correction of them")
		return
	}
	if _, written := m.elements[e.ID]; written && e.Origin == Declared {
		m.error(p.id.At, "unknown-element", fmt.Sprintf("%s was written, not discovered", quote(p.id.Name)), "change it under elements instead")
		return
	}
	if p.kind != "" && p.kind != e.Kind && e.Origin == Assumed {
		m.error(p.kindAt, "other-kind", fmt.Sprintf("%s is assumed to be %s, and cannot be made %s", quote(e.ID), article(string(e.Kind)), article(string(p.kind))), "add an element of your own")
		return
	}
	m.corrected[e.ID] = p.at
	if p.kind != "" && p.kind != e.Kind {
		e.Kind, e.Layer = p.kind, LayerOf(p.kind)
		if !HasEffects(e.Kind) {
			clear(e.Effects)
		}
		for name := range e.Facts {
			if info := FactNamed("element", name); info == nil || !info.Asks(e.Kind) {
				delete(e.Facts, name)
			}
		}
	}
	if p.aliases != nil {
		e.Aliases = nil
	}
	m.apply(e, p)
	if m.last {
		m.reindex() // names may have changed
	}
	m.controls(p.controls, e.ID)
}

// element adds an element, or adds to the one that discovery found.
func (m *merger) element(p elementPart) {
	if at, taken := m.elements[p.id.Name]; taken {
		m.error(p.id.At, "duplicate-id", fmt.Sprintf("the id %s is taken by the element %s", quote(p.id.Name), m.place(at, p.id.At)), "give one of them another id")
		return
	}
	e := m.index.byID[p.id.Name]
	if e == nil {
		same := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(m.index.short[p.id.Name]))), func(id string) bool { return m.index.byID[id].Kind != p.kind })
		switch len(same) {
		case 0:
		case 1:
			e = m.index.byID[same[0]]
		default:
			m.ambiguous(p.id, same)
			return
		}
	}
	if e == nil {
		if kind := assumedKind(p.id.Name); kind != "" && kind != p.kind {
			m.error(p.id.At, "other-kind", fmt.Sprintf("the id %s is kept for %s that is assumed", quote(p.id.Name), article(string(kind))), "choose another id")
			return
		}
		e = &Element{
			ID: p.id.Name, Kind: p.kind, Name: p.id.Name, Layer: LayerOf(p.kind), Scope: "main", Origin: Declared,
			Effects: map[string]Fact{}, Facts: map[string]Fact{},
		}
		m.s.Elements = append(m.s.Elements, e)
	} else {
		if e.Kind != p.kind {
			m.error(p.kindAt, "other-kind", fmt.Sprintf("discovery found %s as %s, not %s", quote(e.ID), article(string(e.Kind)), article(string(p.kind))), "correct its kind under replace")
			return
		}
		if at, twice := m.elements[e.ID]; twice {
			m.error(p.id.At, "duplicate-id", fmt.Sprintf("%s is the element %s, which is written %s too", quote(p.id.Name), e.ID, m.place(at, p.id.At)), "make one element of them")
			return
		}
		if e.ID != p.id.Name {
			m.same[p.id.Name] = e.ID
		}
	}
	m.elements[p.id.Name], m.elements[e.ID] = p.at, p.at
	m.apply(e, p)
}

// assumedKind is the kind of an element that completion would give an id; "" when it would give it to none.
func assumedKind(id string) Kind {
	for prefix, kind := range map[string]Kind{AssumedHost: Runtime, AssumedPort: Runtime, AssumedUser: Human, AssumedWeb: External, "assumed:publisher": External} {
		if id == prefix || strings.HasPrefix(id, prefix+":") {
			return kind
		}
	}
	return ""
}

// apply puts what was given over what an element has.
func (m *merger) apply(e *Element, p elementPart) {
	for _, pair := range []struct {
		field *string
		given string
	}{{&e.Name, p.name}, {&e.Layer, p.layer}, {&e.Scope, p.scope}, {&e.System, p.system}, {&e.Technology, p.technology}, {&e.Detail, p.detail}} {
		if pair.given != "" {
			*pair.field = pair.given
		}
	}
	e.Aliases = append(e.Aliases, p.aliases...)
	e.Evidence = slices.Concat(e.Evidence, p.evidence)
	if e.Effects == nil {
		e.Effects = map[string]Fact{}
	}
	if e.Facts == nil {
		e.Facts = map[string]Fact{}
	}
	for i, s := range p.effects {
		if !HasEffects(e.Kind) {
			if i == 0 {
				m.noEffects(e, s.at)
			}
			continue
		}
		m.say(e.Effects, s)
	}
	for _, s := range p.facts {
		m.sayElement(e, s)
	}
}

func (m *merger) noEffects(e *Element, at source.Span) {
	m.error(at, "no-effects", fmt.Sprintf("%s is %s, and only what a tool call reaches has effects", quote(e.ID), article(string(e.Kind))), "give them to the tool that it calls")
}

// sayElement says a fact of an element, if it is asked of its kind.
func (m *merger) sayElement(e *Element, s said) {
	if info := FactNamed("element", s.name); !info.Asks(e.Kind) {
		m.error(s.at, "other-fact", fmt.Sprintf("the fact %s is not asked of %s", s.name, article(string(e.Kind))), "it is asked of "+kindWords(info.Kinds))
		return
	}
	m.say(e.Facts, s)
}

// sayFlow says a fact of a flow, if it is asked of its kind.
func (m *merger) sayFlow(f *Flow, s said) {
	if info := FactNamed("flow", s.name); !info.AsksFlow(f.Kind) {
		list := make([]string, len(info.Flows))
		for i, kind := range info.Flows {
			list[i] = string(kind)
		}
		m.error(s.at, "other-fact", fmt.Sprintf("the fact %s is not asked of %s flow", s.name, article(string(f.Kind))), "it is asked of "+words(list, "and")+" flows")
		return
	}
	m.say(f.Facts, s)
}

func kindWords(list []Kind) string {
	all := make([]string, len(list))
	for i, kind := range list {
		all[i] = string(kind)
	}
	return words(all, "and")
}

// misfit says why a flow of a kind cannot stand between two elements; "" when it can.
func misfit(kind FlowKind, from, to *Element) string {
	info := FlowKindNamed(kind)
	switch {
	case info == nil:
		return quote(string(kind)) + " is not a flow kind"
	case info.From != nil && !slices.Contains(info.From, from.Kind):
		return fmt.Sprintf("%s cannot start at %s, which is %s", flowWord(kind), quote(from.ID), article(string(from.Kind)))
	case info.To != nil && !slices.Contains(info.To, to.Kind):
		return fmt.Sprintf("%s cannot end at %s, which is %s", flowWord(kind), quote(to.ID), article(string(to.Kind)))
	}
	return ""
}

// flowWord names a flow of a kind in a sentence.
func flowWord(kind FlowKind) string { return article(string(kind)) + " flow" }

// mayStand says what may stand where misfit found something else.
func mayStand(kind FlowKind, from *Element) string {
	info := FlowKindNamed(kind)
	if info.From != nil && !slices.Contains(info.From, from.Kind) {
		return "it starts at " + kindWordsOr(info.From)
	}
	return "it ends at " + kindWordsOr(info.To)
}

func kindWordsOr(list []Kind) string {
	all := make([]string, len(list))
	for i, kind := range list {
		all[i] = article(string(kind))
	}
	return words(all, "or")
}

func (m *merger) flow(p flowPart) {
	from, fromOK := m.find(p.from)
	to, toOK := m.find(p.to)
	if !fromOK || !toOK {
		return
	}
	id := FlowID(p.kind, from.ID, to.ID)
	if at, twice := m.drawn[id]; twice {
		m.error(p.at, "duplicate-flow", fmt.Sprintf("%s from %s to %s is written %s already", flowWord(p.kind), quote(from.ID), quote(to.ID), m.place(at, p.at)), "make one flow of them")
		return
	}
	m.drawn[id] = p.at
	if wrong := misfit(p.kind, from, to); wrong != "" {
		at := p.from.At
		if info := FlowKindNamed(p.kind); info.From == nil || slices.Contains(info.From, from.Kind) {
			at = p.to.At
		}
		m.error(at, "flow-ends", wrong, mayStand(p.kind, from))
		return
	}
	f := m.flows[id]
	if f == nil {
		f = &Flow{ID: id, Kind: p.kind, From: from.ID, To: to.ID, Origin: Declared}
		m.s.Flows = append(m.s.Flows, f)
		m.flows[id] = f
	} else if f.Origin == Assumed {
		f.Origin = Declared
	}
	if f.Facts == nil {
		f.Facts = map[string]Fact{}
	}
	if p.label != "" {
		f.Label = p.label
	}
	f.Evidence = slices.Concat(f.Evidence, p.evidence)
	for _, s := range p.facts {
		m.sayFlow(f, s)
	}
	m.controls(p.controls, id)
}

func (m *merger) boundary(p boundaryPart) {
	var members []string
	for _, ref := range p.members {
		if e, ok := m.find(ref); ok {
			members = append(members, e.ID)
		}
	}
	if m.missing {
		return
	}
	if at, twice := m.bounded[p.id.Name]; twice {
		m.error(p.id.At, "duplicate-id", fmt.Sprintf("the id %s is taken by the boundary %s", quote(p.id.Name), m.place(at, p.id.At)), "give one of them another id")
		return
	}
	m.bounded[p.id.Name] = p.id.At
	i := slices.IndexFunc(m.s.Boundaries, func(b Boundary) bool { return b.ID == p.id.Name })
	if i < 0 {
		i = len(m.s.Boundaries)
		m.s.Boundaries = append(m.s.Boundaries, Boundary{ID: p.id.Name, Name: p.id.Name, Origin: Declared})
	}
	b := &m.s.Boundaries[i]
	if p.name != "" {
		b.Name = p.name
	}
	b.Members = append(b.Members, members...)
	sort.Strings(b.Members)
	b.Members = notNil(slices.Compact(b.Members))
	b.Evidence = slices.Concat(b.Evidence, p.evidence)
}

func (m *merger) asset(p assetPart) {
	e, ok := m.find(p.element)
	if !ok {
		return
	}
	if at, twice := m.valued[p.id.Name]; twice {
		m.error(p.id.At, "duplicate-id", fmt.Sprintf("the id %s is taken by the asset %s", quote(p.id.Name), m.place(at, p.id.At)), "give one of them another id")
		return
	}
	m.valued[p.id.Name] = p.id.At
	a := p.asset
	a.Element = e.ID
	// An asset with the same id, or that completion assumed for the same power, gives way.
	m.s.Assets = slices.DeleteFunc(m.s.Assets, func(b Asset) bool { return b.ID == a.ID })
	m.s.Assets = append(m.s.Assets, a)
}

func (m *merger) attacker(p attackerPart) {
	a := Attacker{ID: p.id.Name, Origin: Declared, Reason: p.reason, Evidence: p.evidence}
	seen := map[string]source.Span{}
	for _, s := range p.starts {
		on, ok := m.subject(s.on)
		if !ok {
			continue
		}
		power := Power{s.power.Capability, s.power.Scope, on}.String()
		if _, twice := seen[power]; twice {
			m.error(s.on.At, "duplicate-start", fmt.Sprintf("%s is listed twice", quote(power)), "keep one of them")
			continue
		}
		seen[power] = s.on.At
		a.Starts = append(a.Starts, Start{Capability: power, Reason: s.reason})
	}
	if m.missing {
		return
	}
	if at, twice := m.threatened[a.ID]; twice {
		m.error(p.id.At, "duplicate-id", fmt.Sprintf("the attacker %s is written %s already", a.ID, m.place(at, p.id.At)), "put all starts into one of them")
		return
	}
	m.threatened[a.ID] = p.id.At
	sort.Slice(a.Starts, func(i, j int) bool { return a.Starts[i].Capability < a.Starts[j].Capability })
	m.s.Attackers = slices.DeleteFunc(m.s.Attackers, func(b Attacker) bool { return b.ID == a.ID })
	m.s.Attackers = append(m.s.Attackers, a)
}
