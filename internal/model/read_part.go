package model

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// element reads an element or a correction of one.
func (r *reader) element(n syntax.Node, info *mapInfo) (elementPart, bool) {
	m, ok := r.open(n, info)
	if !ok {
		return elementPart{}, false
	}
	e := elementPart{evidence: evidenceOf(n.Span()), at: n.Span()}
	e.id, ok = r.requiredRef(m, "id")
	kind, kindOK := r.word(m, "kind", "an element kind", kindNames)
	if f, given := m.field("kind"); given {
		ok = ok && kindOK
		e.kindAt = f.value.Span()
	} else if info == &elementMap {
		r.required(m, "kind")
		ok = false
	}
	e.kind = Kind(kind)
	e.name, e.system, e.technology, e.detail = r.text(m, "name"), r.text(m, "system"), r.text(m, "technology"), r.text(m, "detail")
	e.layer, _ = r.word(m, "layer", "a layer", layerNames)
	e.scope, _ = r.word(m, "scope", "a scope", scopeNames)
	e.aliases = r.texts(m, "aliases")
	e.effects = r.facts(m, effectTable)
	e.facts = r.facts(m, elementFactTable(e.kind))
	e.controls = r.placed(m)
	if !ok && e.id.Name != "" {
		r.document.broken[e.id.Name] = true
		for _, alias := range e.aliases {
			r.document.broken[alias] = true
		}
	}
	return e, ok
}

func (r *reader) flow(n syntax.Node) (flowPart, bool) {
	m, ok := r.open(n, &flowMap)
	if !ok {
		return flowPart{}, false
	}
	kind, ok1 := r.requiredWord(m, "kind", "a flow kind", flowKindNames)
	f := flowPart{kind: FlowKind(kind), evidence: evidenceOf(n.Span()), at: n.Span()}
	var ok2, ok3 bool
	f.from, ok2 = r.requiredRef(m, "from")
	f.to, ok3 = r.requiredRef(m, "to")
	f.label = r.text(m, "label")
	f.facts = r.facts(m, flowFactTable(f.kind))
	f.controls = r.placed(m)
	return f, ok1 && ok2 && ok3
}

func (r *reader) boundary(n syntax.Node) (boundaryPart, bool) {
	m, ok := r.open(n, &boundaryMap)
	if !ok {
		return boundaryPart{}, false
	}
	b := boundaryPart{name: r.text(m, "name"), evidence: evidenceOf(n.Span())}
	b.id, ok = r.requiredRef(m, "id")
	r.required(m, "members")
	r.each(m, "members", func(item syntax.Node) {
		if ref, ok := r.refOf(item, "members"); ok {
			b.members = append(b.members, ref)
		}
	})
	return b, ok
}

func (r *reader) asset(n syntax.Node) (assetPart, bool) {
	m, ok := r.open(n, &assetMap)
	if !ok {
		return assetPart{}, false
	}
	var p assetPart
	var ok1, ok2 bool
	p.id, ok = r.requiredRef(m, "id")
	p.element, ok1 = r.requiredRef(m, "element")
	capability, ok2 := r.requiredWord(m, "capability", "a capability", capabilityNames)
	loss, ok3 := r.requiredWord(m, "loss", "a class of loss", lossNames)
	scope, _ := r.word(m, "scope", "a scope of a power", []string{ScopeAll, ScopeOwn})
	if scope == ScopeAll {
		scope = ""
	}
	low, lowGiven := r.number(m, "low")
	high, highGiven := r.number(m, "high")
	lowField, lowWritten := m.field("low")
	_, highWritten := m.field("high")
	switch {
	case lowWritten && !highWritten:
		r.error(lowField.key, "bad-range", "low stands without high", "say what the loss costs at the most, too")
	case lowGiven && highGiven && low > high:
		r.error(lowField.value, "bad-range", fmt.Sprintf("low (%s) is above high (%s)", amountText(low), amountText(high)), "swap them")
		low, high = 0, 0
	}
	if !highGiven {
		low = 0 // half a range is none
	}
	p.asset = Asset{
		ID: p.id.Name, Name: r.text(m, "name"), Capability: Capability(capability), Scope: scope, Loss: loss, Low: low, High: high,
		Currency: r.currency(m), Event: r.text(m, "event"), Origin: Declared, Reason: r.text(m, "reason"), Evidence: evidenceOf(n.Span()),
	}
	if p.asset.Name == "" {
		p.asset.Name = p.asset.ID
	}
	return p, ok && ok1 && ok2 && ok3
}

func (r *reader) currency(m openMap) string {
	text := r.text(m, "currency")
	if text == "" {
		return ""
	}
	if len(text) != 3 || strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		f, _ := m.field("currency")
		r.error(f.value, "bad-value", fmt.Sprintf("currency must be three capital letters such as EUR, not %s", quote(text)), "")
		return ""
	}
	return text
}

func (r *reader) attacker(n syntax.Node) (attackerPart, bool) {
	m, ok := r.open(n, &attackerMap)
	if !ok {
		return attackerPart{}, false
	}
	a := attackerPart{reason: r.text(m, "reason"), evidence: evidenceOf(n.Span())}
	id, ok := r.requiredWord(m, "id", "an attacker", attackerNames)
	f, _ := m.field("id")
	a.id = Ref{id, f.value.Span()}
	if f, given := m.field("starts"); !given {
		r.error(m.node, "missing-key", "an attacker needs the key starts", "write starts: [] when this attacker is not considered")
		ok = false
	} else if f.value.Is(syntax.Null) {
		// Other lists may be left empty by commenting them out; here that would take an attacker away unseen.
		r.error(f.key, "no-value", "starts has no value", "write starts: [] when this attacker is not considered")
		ok = false
	}
	r.each(m, "starts", func(item syntax.Node) {
		if s, ok := r.start(item); ok {
			if s.reason == "" {
				s.reason = a.reason
			}
			a.starts = append(a.starts, s)
		}
	})
	return a, ok
}

func (r *reader) start(n syntax.Node) (startPart, bool) {
	var s startPart
	value := n
	if n.Is(syntax.Map) {
		m, _ := r.open(n, &startMap)
		f, ok := r.required(m, "power")
		if !ok {
			return s, false
		}
		s.reason = r.text(m, "reason")
		value = f.value
	}
	text, ok := value.Scalar()
	if !ok {
		r.error(value, "wrong-type", fmt.Sprintf("a start must be of the form capability@element, not %s", describe(value)), "")
		return s, false
	}
	power, ok := r.power(value.Span(), strings.TrimSpace(text))
	s.power, s.on = power, Ref{power.On, value.Span()}
	return s, ok
}

// power reads capability@element.
func (r *reader) power(at source.Span, text string) (Power, bool) {
	power, err := ParsePower(text)
	if err == nil {
		return power, true
	}
	head, _, found := strings.Cut(text, "@")
	name, scope, scoped := strings.Cut(head, ":")
	switch {
	case !found || strings.HasSuffix(text, "@"):
		r.errorAt(at, "bad-value", fmt.Sprintf("a power must be of the form capability@element, not %s", quote(text)), "for example influence@chat, or influence:own@chat")
	case !slices.Contains(capabilityNames, name):
		r.errorAt(at, "unknown-word", fmt.Sprintf("%s is not a capability", quote(name)), near(name, capabilityNames))
	case scoped:
		r.errorAt(at, "unknown-word", fmt.Sprintf("%s is not a scope of a power", quote(scope)), near(scope, []string{ScopeAll, ScopeOwn}))
	}
	return Power{}, false
}

// placed reads the controls that are listed under an element or flow: bare words, or maps.
func (r *reader) placed(m openMap) []controlPart {
	var list []controlPart
	r.each(m, "controls", func(item syntax.Node) {
		if item.Is(syntax.Map) {
			if c, ok := r.control(item, &placedMap); ok {
				list = append(list, c)
			}
			return
		}
		if ref, ok := r.refOf(item, "controls"); ok {
			list = append(list, controlPart{control: ref, placement: Placement{
				Control: ref.Name, State: DeclaredOnly, Origin: Declared, Evidence: evidenceOf(item.Span()),
			}})
		}
	})
	return list
}

// control reads a control with its state.
func (r *reader) control(n syntax.Node, info *mapInfo) (controlPart, bool) {
	m, ok := r.open(n, info)
	if !ok {
		return controlPart{}, false
	}
	var c controlPart
	c.control, ok = r.requiredRef(m, "control")
	if info == &controlMap {
		on, onOK := r.requiredRef(m, "on")
		c.on, ok = on, ok && onOK
	}
	if by, given := r.ref(m, "by"); given {
		c.by = by
	}
	state := DeclaredOnly
	if _, given := m.field("state"); given {
		word, stateOK := r.word(m, "state", "a state of a control", stateNames)
		state, ok = State(word), ok && stateOK
	}
	c.placement = Placement{
		Control: c.control.Name, State: state, Origin: Declared, Reason: r.text(m, "reason"),
		Shown: r.text(m, "evidence"), Date: r.day(m, "date"), Evidence: evidenceOf(n.Span()),
	}
	c.placement.State = r.shown(m, &c.placement)
	return c, ok
}

// shown gives the state that a written control counts with. That something was tested or attested is worth more than a
// claim only if one can look it up: without evidence and a day it is the claim that it is.
func (r *reader) shown(m openMap, p *Placement) State {
	if p.State != Tested && p.State != Attested || p.Shown != "" && p.Date != "" {
		return p.State
	}
	lacks := "evidence and a date"
	switch {
	case p.Shown != "":
		lacks = "a date"
	case p.Date != "":
		lacks = "evidence"
	}
	f, _ := m.field("state")
	r.diagnose(source.Diagnostic{
		Severity: source.Warning, Code: "no-evidence", Span: f.value.Span(),
		Message: fmt.Sprintf("%s is said to be %s without %s, so it counts as declared", p.Control, p.State, lacks),
		Hint:    "add evidence: (the report, or who attests it) and date: YYYY-MM-DD",
	})
	return DeclaredOnly
}

func (r *reader) answer(n syntax.Node) (Answer, bool) {
	m, ok := r.open(n, &answerMap)
	if !ok {
		return Answer{}, false
	}
	question, ok := r.requiredRef(m, "question")
	a := Answer{
		Question: question.Name, By: r.text(m, "by"), On: r.day(m, "on"), Reason: r.text(m, "reason"),
		evidence: evidenceOf(n.Span()),
	}
	a.about.At = question.At
	if ok {
		a.about.Name, a.sort, a.name = splitQuestion(question.Name)
		if a.name == "" && a.sort != "effects" && a.sort != "tools" {
			r.errorAt(question.At, "bad-value", fmt.Sprintf("%s is not the id of a question", quote(question.Name)), "fermata ask lists the questions; an id is such as shell.effects.exec")
			ok = false
		}
	}
	f, given := r.required(m, "answer")
	if !given {
		return a, false
	}
	if list := f.value; a.sort != "" && a.name == "" && list.Is(syntax.List) {
		var names []string
		for item := range list.Children() {
			names = append(names, item.Text())
		}
		a.Value, a.valueAt = strings.Join(names, ", "), list.Span()
		return a, ok
	}
	text, valueOK := r.scalar(f)
	a.Value, a.valueAt = truth(f.value, text), f.value.Span()
	return a, ok && valueOK
}

// splitQuestion takes a question's id apart: what it is about, "effects", "facts" or "control", and which. All are
// empty when it is not a question's id. "shell.effects" asks which effects there are at all, "desk.tools" which tools,
// and they have no name.
func splitQuestion(id string) (about, sort, name string) {
	best := 0
	for _, s := range []string{"effects", "facts", "control"} {
		// What it is about may hold dots and these words itself; the last one counts.
		if i := strings.LastIndex(id, "."+s+"."); i > best && len(id) > i+len(s)+2 {
			best, about, sort = i, id[:i], s
			name = strings.ReplaceAll(id[i+len(s)+2:], "_", "-")
		}
	}
	for _, s := range []string{"effects", "tools"} {
		if whole, ok := strings.CutSuffix(id, "."+s); best == 0 && ok && whole != "" {
			return whole, s, ""
		}
	}
	return about, sort, name
}

// maxAmount is more than all money there is; beyond it somebody mistyped.
const maxAmount = 1e16

// amountText writes an amount as people do: without an exponent.
func amountText(amount float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%f", amount), ".000000")
}
