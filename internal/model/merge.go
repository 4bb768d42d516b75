package model

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"fermata/internal/source"
)

// Merge makes one system of what was discovered and what people wrote. What is written adds to what was seen and
// corrects it: a declared fact takes the place of an observed one and keeps the evidence of both. Observed may be
// nil, and is not changed. The order of documents does not matter. What could not be merged is left out and said.
func Merge(observed *System, documents ...*Document) (*System, []source.Diagnostic) {
	system, diagnostics := merge(observed, documents...)
	return system, finish(diagnostics)
}

func merge(observed *System, documents ...*Document) (*System, []source.Diagnostic) {
	m := newMerger(observed, documents)
	m.parts()
	m.late()
	return m.s.settled(), m.diagnostics
}

// Assemble is [Merge] and [Complete] in one: what is written may also speak of what completion assumes, such as
// assumed:host, and completion goes by the answers that are written about it. Where nothing is written, observed itself is
// completed and given back: a system of tens of thousands of elements is not copied to be forgotten.
func Assemble(observed *System, documents ...*Document) (*System, []source.Diagnostic) {
	if observed != nil && !slices.ContainsFunc(documents, func(d *Document) bool { return d != nil }) {
		Complete(observed, nil)
		return observed.settled(), nil
	}
	m := newMerger(observed, documents)
	m.completes = true
	m.parts()
	except := m.except()
	Complete(m.s, except)
	if len(m.queue) > 0 {
		m.reindex()
		m.late()
		// What is worth protecting and who starts where follow from facts that have just been said.
		m.s.Assets = slices.DeleteFunc(m.s.Assets, func(a Asset) bool { return a.Origin == Assumed })
		m.s.Attackers = slices.DeleteFunc(m.s.Attackers, func(a Attacker) bool { return a.Origin == Assumed })
		Complete(m.s, except)
	}
	return m.s.settled(), finish(m.diagnostics)
}

// merger merges documents into a copy of what was observed.
type merger struct {
	s         *System
	documents []*Document
	completes bool // completion follows: what is not found may yet come

	index      *index
	flows      map[string]*Flow
	removed    map[string]source.Span // what was removed, by id and alias
	unmatched  []Ref                  // removals that matched nothing observed
	elements   map[string]source.Span // elements that a document spoke of, by merged id
	same       map[string]string      // id in a document → id of the observed element that it speaks of
	corrected  map[string]source.Span
	drawn      map[string]source.Span // flows that a document gave, by id
	bounded    map[string]source.Span
	valued     map[string]source.Span
	threatened map[string]source.Span
	placed     map[placement][]int // index in s.Controls

	// What names an element that is not there waits for completion; missing says that this just happened.
	queue   []func()
	missing bool
	last    bool

	suggestions int
	diagnostics []source.Diagnostic
}

type placement struct{ control, on string }

func newMerger(observed *System, documents []*Document) *merger {
	m := &merger{
		s: clone(observed), flows: map[string]*Flow{}, removed: map[string]source.Span{}, elements: map[string]source.Span{},
		same: map[string]string{}, corrected: map[string]source.Span{}, drawn: map[string]source.Span{}, bounded: map[string]source.Span{},
		valued: map[string]source.Span{}, threatened: map[string]source.Span{}, placed: map[placement][]int{},
	}
	for _, d := range documents {
		if d != nil {
			m.documents = append(m.documents, d)
		}
	}
	sort.SliceStable(m.documents, func(i, j int) bool { return m.documents[i].path() < m.documents[j].path() })
	return m
}

func (d *Document) path() string {
	if d.File == nil {
		return ""
	}
	return d.File.Path()
}

// clone copies a system so deep that nothing of the copy is shared but strings and evidence, which nobody changes.
func clone(s *System) *System {
	c := &System{}
	if s == nil {
		return c
	}
	c.Name = s.Name
	for _, e := range s.Elements {
		copied := *e
		copied.Effects, copied.Facts = maps.Clone(e.Effects), maps.Clone(e.Facts)
		copied.Aliases = slices.Clone(e.Aliases)
		c.Elements = append(c.Elements, &copied)
	}
	for _, f := range s.Flows {
		copied := *f
		copied.Facts = maps.Clone(f.Facts)
		c.Flows = append(c.Flows, &copied)
	}
	for _, b := range s.Boundaries {
		b.Members = slices.Clone(b.Members)
		c.Boundaries = append(c.Boundaries, b)
	}
	for _, a := range s.Attackers {
		a.Starts = slices.Clone(a.Starts)
		c.Attackers = append(c.Attackers, a)
	}
	c.Assets, c.Controls = slices.Clone(s.Assets), slices.Clone(s.Controls)
	return c
}

// parts merges the documents, in the order in which one part needs another.
func (m *merger) parts() {
	for _, d := range m.documents {
		if m.s.Name == "" || d.Name != "" {
			m.s.Name = d.Name
		}
	}
	m.reindex()
	m.remove()
	for _, d := range m.documents {
		for _, p := range d.replaced {
			m.do(func() { m.replace(p) })
		}
	}
	for _, d := range m.documents {
		for _, p := range d.elements {
			m.element(p)
		}
	}
	m.reindex()
	m.unfit()
	m.last = !m.completes // all elements are known now, but for those that completion assumes
	for _, d := range m.documents {
		for _, p := range d.flows {
			m.do(func() { m.flow(p) })
		}
	}
	for _, d := range m.documents {
		for _, p := range d.elements {
			if e := m.index.byID[m.mergedID(p.id.Name)]; e != nil {
				m.controls(p.controls, e.ID)
			}
		}
		for _, p := range d.boundaries {
			m.do(func() { m.boundary(p) })
		}
		for _, p := range d.assets {
			m.do(func() { m.asset(p) })
		}
		for _, p := range d.attackers {
			m.do(func() { m.attacker(p) })
		}
		for _, p := range d.controls {
			m.do(func() {
				if on, ok := m.subject(p.on); ok {
					m.control(p, on, false)
				}
			})
		}
		for _, a := range d.Answers {
			m.do(func() { m.answer(a) })
		}
		m.risk(d)
	}
}

// do merges a part, now or, when it names what is not there, at the end.
func (m *merger) do(part func()) {
	m.missing = false
	part()
	if m.missing {
		m.queue = append(m.queue, part)
	}
	m.missing = false // a part within a part has waited for itself
}

// late merges what had to wait; what is missing now is a mistake.
func (m *merger) late() {
	m.last = true
	for i := 0; i < len(m.queue); i++ { // a part may add its own: a flow has controls
		m.queue[i]()
	}
	m.unfit()
}

func (m *merger) reindex() {
	m.index = newIndex(m.s.Elements)
	clear(m.flows)
	for _, f := range m.s.Flows {
		m.flows[f.ID] = f
	}
	clear(m.placed)
	for i, c := range m.s.Controls {
		key := placement{c.Control, c.On}
		m.placed[key] = append(m.placed[key], i)
	}
}

func (m *merger) error(at source.Span, code, message, hint string) {
	m.diagnostics = append(m.diagnostics, source.Diagnostic{Severity: source.Error, Code: code, Message: message, Hint: hint, Span: at})
}

func (m *merger) warn(at source.Span, code, message, hint string) {
	m.diagnostics = append(m.diagnostics, source.Diagnostic{Severity: source.Warning, Code: code, Message: message, Hint: hint, Span: at})
}

// settled is the system itself, in order and with defaults filled in.
func (s *System) settled() *System {
	s.Sort()
	for _, e := range s.Elements {
		settle(e)
		sort.Strings(e.Aliases)
		e.Aliases = slices.Compact(e.Aliases)
		if e.Evidence == nil {
			e.Evidence = []Evidence{}
		}
	}
	for _, f := range s.Flows {
		if f.Facts == nil {
			f.Facts = map[string]Fact{}
		}
		if f.Evidence == nil {
			f.Evidence = []Evidence{}
		}
	}
	// Lists are never null in a result.
	s.Elements, s.Flows, s.Boundaries = notNil(s.Elements), notNil(s.Flows), notNil(s.Boundaries)
	s.Assets, s.Attackers, s.Controls = notNil(s.Assets), notNil(s.Attackers), notNil(s.Controls)
	return s
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// remove takes out what documents say is not part of the system, with all that hangs on it.
func (m *merger) remove() {
	gone := map[string]bool{}
	for _, d := range m.documents {
		for _, ref := range d.Remove {
			id, ok := m.index.element(ref.Name)
			if len(id) > 1 {
				m.ambiguous(ref, id)
				continue
			}
			if ok {
				gone[id[0]] = true
				e := m.index.byID[id[0]]
				for _, name := range append([]string{e.ID, ref.Name}, e.Aliases...) {
					m.removed[name] = ref.At
				}
				continue
			}
			if flow := m.index.flow(ref.Name, m.flows); flow != "" {
				gone[flow] = true
				m.removed[flow] = ref.At
				continue
			}
			if slices.ContainsFunc(m.s.Boundaries, func(b Boundary) bool { return b.ID == ref.Name }) {
				gone["boundary "+ref.Name] = true
				continue
			}
			m.unmatched = append(m.unmatched, ref)
		}
	}
	if len(m.unmatched) > 0 && !m.completes {
		m.stray(m.unmatched)
	}
	if len(gone) == 0 {
		return
	}
	s := m.s
	s.Elements = slices.DeleteFunc(s.Elements, func(e *Element) bool { return gone[e.ID] })
	s.Flows = slices.DeleteFunc(s.Flows, func(f *Flow) bool {
		return gone[f.ID] || gone[f.From] || gone[f.To]
	})
	s.Boundaries = slices.DeleteFunc(s.Boundaries, func(b Boundary) bool { return gone["boundary "+b.ID] })
	m.prune()
	m.reindex()
}

// prune takes out what hangs on elements and flows that are no longer there.
func (m *merger) prune() {
	s := m.s
	there := make(map[string]bool, len(s.Elements)+len(s.Flows))
	for _, e := range s.Elements {
		there[e.ID] = true
	}
	for _, f := range s.Flows {
		there[f.ID] = true
	}
	for i := range s.Boundaries {
		s.Boundaries[i].Members = slices.DeleteFunc(s.Boundaries[i].Members, func(id string) bool { return !there[id] })
	}
	s.Assets = slices.DeleteFunc(s.Assets, func(a Asset) bool { return !there[a.Element] })
	for i := range s.Attackers {
		s.Attackers[i].Starts = slices.DeleteFunc(s.Attackers[i].Starts, func(start Start) bool {
			_, on, _ := strings.Cut(start.Capability, "@")
			return !there[on]
		})
	}
	s.Controls = slices.DeleteFunc(s.Controls, func(c Placement) bool { return !there[c.On] || c.By != "" && !there[c.By] })
}

// except is what completion must not assume, because a document removes it. Removals that match nothing that would
// be assumed either are mistakes.
func (m *merger) except() map[string]bool {
	except := make(map[string]bool, len(m.removed)+len(m.unmatched))
	for id := range m.removed {
		except[id] = true
	}
	if len(m.unmatched) == 0 {
		return except
	}
	whole := clone(m.s)
	Complete(whole, except)
	would := map[string]bool{}
	flows := map[string]*Flow{}
	for _, e := range whole.Elements {
		would[e.ID] = true
	}
	for _, f := range whole.Flows {
		flows[f.ID] = f
	}
	for _, b := range whole.Boundaries {
		would[b.ID] = true
	}
	for _, a := range whole.Assets {
		would[a.ID] = true
	}
	all := newIndex(whole.Elements)
	var stray []Ref
	for _, ref := range m.unmatched {
		if id := all.flow(ref.Name, flows); id != "" {
			except[id] = true
		} else if would[ref.Name] {
			except[ref.Name] = true
		} else {
			stray = append(stray, ref)
		}
	}
	m.stray(stray)
	return except
}

// stray says which removals match nothing.
func (m *merger) stray(refs []Ref) {
	for _, ref := range refs {
		own := false
		for _, d := range m.documents {
			own = own || slices.ContainsFunc(d.elements, func(p elementPart) bool { return p.id.Name == ref.Name })
		}
		if own {
			m.error(ref.At, "unknown-element", fmt.Sprintf("%s was written, not discovered", quote(ref.Name)), "delete it from elements instead")
			continue
		}
		m.error(ref.At, "unknown-element", fmt.Sprintf("%s is not an element or flow that discovery found", quote(ref.Name)), m.nearest(ref.Name))
	}
}

// unfit takes out observed flows that a corrected kind does not allow.
func (m *merger) unfit() {
	if len(m.corrected) == 0 && len(m.elements) == 0 {
		return
	}
	before := len(m.s.Flows)
	m.s.Flows = slices.DeleteFunc(m.s.Flows, func(f *Flow) bool {
		at, touched := m.corrected[f.From]
		if !touched {
			at, touched = m.corrected[f.To]
		}
		from, to := m.index.byID[f.From], m.index.byID[f.To]
		if !touched || from == nil || to == nil || misfit(f.Kind, from, to) == "" {
			return false
		}
		m.warn(at, "flow-left-out", fmt.Sprintf("the flow %s was left out, because %s", f.ID, misfit(f.Kind, from, to)), "add the flow that takes its place")
		return true
	})
	if len(m.s.Flows) != before {
		m.prune()
		m.reindex()
	}
}
