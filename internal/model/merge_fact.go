package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fermata/internal/source"
)

// say puts a declared fact over what is known. Two declarations that differ are a mistake.
func (m *merger) say(facts map[string]Fact, s said) {
	old, known := facts[s.name]
	if !known {
		facts[s.name] = s.fact
		return
	}
	fact := s.fact
	fact.Evidence = slices.Concat(s.fact.Evidence, old.Evidence)
	switch {
	case old.Value == fact.Value && old.Origin == Assumed:
	case old.Value == fact.Value:
		fact.Origin, fact.Evidence = old.Origin, slices.Concat(old.Evidence, s.fact.Evidence)
		if old.Reason != "" {
			fact.Reason = old.Reason
		}
	case old.Origin == Declared:
		m.error(s.on, "contradiction", fmt.Sprintf("%s is %s here and %s %s", s.name, fact.Value, old.Value, m.placeOf(old.Evidence, s.on)), "keep the one that is true")
		return
	case old.Value != Unknown:
		fact.Reason = joined(fact.Reason, fmt.Sprintf("%s %s, declared %s", old.Origin, old.Value, fact.Value))
	}
	facts[s.name] = fact
}

func joined(reason, more string) string {
	if reason == "" || more == "" {
		return reason + more
	}
	return reason + "; " + more
}

// place says where another part stands, as seen from a part.
func (m *merger) place(at, from source.Span) string {
	if at.IsZero() {
		return "elsewhere"
	}
	if at.File != from.File {
		return "in " + at.String()
	}
	return fmt.Sprintf("in line %d", m.lineOf(at))
}

func (m *merger) placeOf(evidence []Evidence, from source.Span) string {
	switch {
	case len(evidence) == 0 || evidence[0].File == "":
		return "elsewhere"
	case from.File == nil || evidence[0].File != from.File.Path():
		return fmt.Sprintf("in %s:%d", evidence[0].File, evidence[0].Line)
	}
	return fmt.Sprintf("in line %d", evidence[0].Line)
}

// controls places the controls listed under an element or flow.
func (m *merger) controls(list []controlPart, on string) {
	for _, p := range list {
		m.do(func() { m.control(p, on, false) })
	}
}

// ranks orders the states in which a control is there, from a claim to a proof.
var ranks = map[State]int{Unseen: 1, DeclaredOnly: 2, Evidenced: 3, Tested: 4, Attested: 5}

// control places a control. A placement that discovery saw is kept, unless the document says that it is not so.
func (m *merger) control(p controlPart, on string, answer bool) {
	c := p.placement
	c.On = on
	if p.by.Name != "" {
		e, ok := m.find(p.by)
		if !ok {
			return
		}
		c.By = e.ID
	}
	key := placement{c.Control, on}
	i, known := m.standing(key, c.By)
	if !known {
		m.placed[key] = append(m.placed[key], len(m.s.Controls))
		m.s.Controls = append(m.s.Controls, c)
		return
	}
	old := m.s.Controls[i]
	there := ranks[old.State] > 0 == (ranks[c.State] > 0)
	if old.Origin == Declared {
		switch {
		case !answer:
			m.error(p.control.At, "duplicate-control", fmt.Sprintf("%s stands on %s twice; the other is %s", c.Control, quote(on), m.placeOf(old.Evidence, p.control.At)), "keep one of them")
			return
		case !there:
			m.error(p.control.At, "contradiction", fmt.Sprintf("%s on %s is %s here and %s %s", c.Control, quote(on), c.State, old.State, m.placeOf(old.Evidence, p.control.At)), "keep the one that is true")
			return
		}
	}
	merged := c
	merged.Evidence = slices.Concat(c.Evidence, old.Evidence)
	if there && ranks[old.State] >= ranks[c.State] {
		merged.State, merged.Origin, merged.Evidence = old.State, old.Origin, slices.Concat(old.Evidence, c.Evidence)
		if old.Reason != "" {
			merged.Reason = old.Reason
		}
	} else if !there {
		merged.Reason = joined(c.Reason, fmt.Sprintf("%s %s, declared %s", old.Origin, old.State, c.State))
	}
	if merged.By == "" {
		merged.By = old.By
	}
	m.s.Controls[i] = merged
}

// standing finds the placement of a control that is meant: with the same enforcer; else the only observed one where one
// side does not say who enforces it.
func (m *merger) standing(key placement, by string) (int, bool) {
	var open []int
	for _, i := range m.placed[key] {
		old := m.s.Controls[i]
		if old.By == by {
			return i, true
		}
		if old.Origin != Declared && (old.By == "" || by == "") {
			open = append(open, i)
		}
	}
	if len(open) != 1 {
		return 0, false
	}
	return open[0], true
}

// answer says what somebody answered to a question.
func (m *merger) answer(a Answer) {
	if system, ok := OfTogether(a.about.Name); ok && a.sort == "facts" {
		m.answerAll(a, system)
		return
	}
	ids, ok := m.lookup(a.about.Name)
	if !ok {
		switch {
		case len(ids) > 1:
			m.ambiguous(a.about, ids)
		case !m.last:
			m.missing = true
		default:
			// Code moves on, and an answer about what is gone does no harm.
			m.warn(a.about.At, "stale-answer", fmt.Sprintf("%s is not an element or flow of this model, so its answer counts for nothing", quote(a.about.Name)), m.nearest(a.about.Name))
		}
		return
	}
	element, flow := m.index.byID[ids[0]], m.flows[ids[0]]
	s := a.said()
	switch {
	case a.sort == "control":
		m.answerControl(a, s.fact, ids[0])
	case a.sort == "tools":
		m.answerTools(a, element, s.fact)
	case a.sort == "effects" && a.name == "" && element != nil && HasEffects(element.Kind):
		m.answerEffects(a, element, s.fact)
	case a.sort == "effects" && element == nil, a.sort == "effects" && !slices.Contains(effectNames, a.name):
		m.error(a.about.At, "unknown-word", fmt.Sprintf("%s asks about %s, which is not an effect", quote(a.Question), quote(a.name)), hintNear(a.name, effectNames))
	case a.sort == "effects" && !HasEffects(element.Kind):
		m.noEffects(element, a.about.At)
	case a.sort == "effects":
		if m.allowed(s, factValues, slices.Contains(factValues, a.Value)) {
			m.say(notNilMap(&element.Effects), s)
		}
	case element != nil:
		if info := FactNamed("element", a.name); info == nil {
			m.error(a.about.At, "unknown-word", fmt.Sprintf("%s asks about %s, which is not a fact of an element", quote(a.Question), quote(a.name)), hintNear(a.name, elementFacts))
		} else if m.allowed(s, info.words(), info.Allows(a.Value)) {
			notNilMap(&element.Facts)
			m.sayElement(element, s)
		}
	default:
		if info := FactNamed("flow", a.name); info == nil {
			m.error(a.about.At, "unknown-word", fmt.Sprintf("%s asks about %s, which is not a fact of a flow", quote(a.Question), quote(a.name)), hintNear(a.name, flowFacts))
		} else if m.allowed(s, info.words(), info.Allows(a.Value)) {
			notNilMap(&flow.Facts)
			m.sayFlow(flow, s)
		}
	}
}

// said is the answer as a fact, with who said it and when.
func (a Answer) said() said {
	reason := a.Reason
	switch {
	case a.By != "" && a.On != "":
		reason = joined(fmt.Sprintf("answered by %s on %s", a.By, a.On), reason)
	case a.By != "":
		reason = joined("answered by "+a.By, reason)
	case a.On != "":
		reason = joined("answered on "+a.On, reason)
	}
	return said{a.name, Fact{Value: a.Value, Origin: Declared, Reason: reason, Evidence: a.evidence}, a.about.At, a.valueAt}
}

// answerAll says a fact of all elements or flows of a system that it is asked of and of which nobody said more.
func (m *merger) answerAll(a Answer, system string) {
	m.missing = !m.last // what is assumed later on is asked too
	s := a.said()
	if Together[a.name] == "" {
		m.error(a.about.At, "unknown-word", fmt.Sprintf("%s asks a whole system about %s, which is asked of one thing at a time", quote(a.Question), quote(a.name)), hintNear(a.name, slices.Sorted(maps.Keys(Together))))
		return
	}
	if info := FactNamed("element", a.name); info != nil && m.allowed(s, info.words(), info.Allows(a.Value)) {
		for _, e := range m.s.Elements {
			if info.Asks(e.Kind) && OfSystem(e, system) && e.Fact(a.name).Value == Unknown {
				notNilMap(&e.Facts)[a.name] = s.fact
			}
		}
	}
	if info := FactNamed("flow", a.name); info != nil && m.allowed(s, info.words(), info.Allows(a.Value)) {
		for _, f := range m.s.Flows {
			if from := m.index.byID[f.From]; from != nil && info.AsksFlow(f.Kind) && OfSystem(from, system) && f.Fact(a.name).Value == Unknown {
				notNilMap(&f.Facts)[a.name] = s.fact
			}
		}
	}
}

// answerEffects says which effects an element has; of those that were not known before, the others it has not.
func (m *merger) answerEffects(a Answer, element *Element, fact Fact) {
	has := m.effectsIn(a)
	if has == nil {
		return
	}
	notNilMap(&element.Effects)
	for _, name := range effectNames {
		fact.Value = No
		if has[name] {
			fact.Value = Yes
		} else if element.Effect(name).Value != Unknown {
			continue
		}
		m.say(element.Effects, said{name, fact, a.about.At, a.valueAt})
	}
}

// effectsIn are the effects that an answer lists, or "none" alone; nil where it is a mistake, which is told.
func (m *merger) effectsIn(a Answer) map[string]bool {
	has := map[string]bool{}
	for _, name := range strings.FieldsFunc(a.Value, func(r rune) bool { return r == ',' || r == ' ' }) {
		name = strings.ReplaceAll(name, "_", "-")
		if name != "none" && !slices.Contains(effectNames, name) {
			m.error(a.valueAt, "bad-value", fmt.Sprintf("%s is not an effect; list effects, or say none", quote(name)), hintNear(name, effectNames))
			return nil
		}
		has[name] = true
	}
	if len(has) == 0 || (has["none"] && len(has) > 1) {
		m.error(a.valueAt, "bad-value", "list the effects that it has, or say none", "")
		return nil
	}
	return has
}

// answerControl says whether a control is there.
func (m *merger) answerControl(a Answer, fact Fact, on string) {
	state := State(a.Value)
	switch a.Value {
	case Yes:
		state = DeclaredOnly
	case No:
		state = Absent
	case Unknown:
		state = Unseen
	}
	if !slices.Contains(States, state) {
		m.error(a.valueAt, "bad-value", fmt.Sprintf("a control is there (yes) or not (no), or in one of the states %s; %s is none of them", words(stateNames, "and"), quote(a.Value)), "")
		return
	}
	if (state == Tested || state == Attested) && (a.On == "" || a.By == "" && a.Reason == "") {
		m.warn(a.valueAt, "no-evidence", fmt.Sprintf("%s is said to be %s without a day and a reason, so it counts as declared", a.name, state), "add on: YYYY-MM-DD, and by: or reason:")
		state = DeclaredOnly
	}
	m.control(controlPart{control: Ref{a.name, a.about.At}, placement: Placement{
		Control: a.name, State: state, Origin: Declared, Reason: fact.Reason, Evidence: fact.Evidence,
	}}, on, true)
}

// allowed checks an answer's value.
func (m *merger) allowed(s said, list []string, ok bool) bool {
	if !ok {
		m.error(s.on, "bad-value", fmt.Sprintf("%s must be %s, not %s", s.name, words(list, "or"), quote(s.fact.Value)), hintNear(s.fact.Value, list))
	}
	return ok
}

func notNilMap(facts *map[string]Fact) map[string]Fact {
	if *facts == nil {
		*facts = map[string]Fact{}
	}
	return *facts
}
