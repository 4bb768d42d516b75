package model

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/source"
)

// index finds elements by what people call them: the id; else an alias or the symbol of the id ("planner" of
// "app/team.py:planner"); else the name.
type index struct {
	byID  map[string]*Element
	short map[string][]string // alias or symbol → ids
	names map[string][]string
	all   []string // every word that finds something, made when first needed
}

func newIndex(elements []*Element) *index {
	x := &index{byID: make(map[string]*Element, len(elements)), short: make(map[string][]string, len(elements)), names: make(map[string][]string, len(elements))}
	for _, e := range elements {
		x.byID[e.ID] = e
		for _, alias := range e.Aliases {
			x.short[alias] = append(x.short[alias], e.ID)
		}
		if symbol := symbolOf(e.ID); symbol != "" && !slices.Contains(e.Aliases, symbol) {
			x.short[symbol] = append(x.short[symbol], e.ID)
		}
		if e.Name != "" {
			x.names[e.Name] = append(x.names[e.Name], e.ID)
		}
	}
	return x
}

// symbolOf is what follows the last colon of an id; of what is assumed, all but the word that says so.
func symbolOf(id string) string {
	if rest, ok := strings.CutPrefix(id, "assumed:"); ok {
		return rest
	}
	if i := strings.LastIndexByte(id, ':'); i >= 0 {
		return id[i+1:]
	}
	return ""
}

// element finds the element that a word means. Several ids are all that it may mean.
func (x *index) element(word string) (ids []string, ok bool) {
	if x.byID[word] != nil {
		return []string{word}, true
	}
	ids = x.short[word]
	if len(ids) == 0 {
		ids = x.names[word]
	}
	if len(ids) > 1 {
		ids = slices.Clone(ids)
		sort.Strings(ids)
		ids = slices.Compact(ids)
	}
	return ids, len(ids) == 1
}

// flow finds a flow by its id, or by kind:from->to with short names for the ends; "" when there is none.
func (x *index) flow(word string, flows map[string]*Flow) string {
	if flows[word] != nil {
		return word
	}
	kind, ends, found := strings.Cut(word, ":")
	if !found || FlowKindNamed(FlowKind(kind)) == nil {
		return ""
	}
	// An id may hold the arrow itself, so every arrow is tried.
	for at := 0; ; {
		i := strings.Index(ends[at:], "->")
		if i < 0 {
			return ""
		}
		from, fromOK := x.element(ends[:at+i])
		to, toOK := x.element(ends[at+i+2:])
		if fromOK && toOK {
			if id := FlowID(FlowKind(kind), from[0], to[0]); flows[id] != nil {
				return id
			}
		}
		at += i + 2
	}
}

// words lists every word that finds an element.
func (x *index) words() []string {
	if x.all == nil {
		for id := range x.byID {
			x.all = append(x.all, id)
		}
		for word := range x.short {
			x.all = append(x.all, word)
		}
		sort.Strings(x.all)
		x.all = slices.Compact(x.all)
	}
	return x.all
}

// mergedID is the id in the merged system of an element that a document calls id.
func (m *merger) mergedID(id string) string {
	if other, ok := m.same[id]; ok {
		return other
	}
	return id
}

// find gives the element that a reference means; it says what is wrong when there is not exactly one.
func (m *merger) find(ref Ref) (*Element, bool) {
	if id, ok := m.same[ref.Name]; ok {
		return m.index.byID[id], true
	}
	ids, ok := m.index.element(ref.Name)
	switch {
	case ok:
		return m.index.byID[ids[0]], true
	case len(ids) > 1:
		m.ambiguous(ref, ids)
	default:
		m.absent(ref, "an element of this model")
	}
	return nil, false
}

// lookup gives the id of the element or flow that a name means, or all that it may mean.
func (m *merger) lookup(name string) (ids []string, ok bool) {
	if id, ok := m.same[name]; ok {
		return []string{id}, true
	}
	ids, ok = m.index.element(name)
	if ok || len(ids) > 1 {
		return ids, ok
	}
	if flow := m.index.flow(name, m.flows); flow != "" {
		return []string{flow}, true
	}
	return nil, false
}

// subject gives the id of the element or flow that a reference means; it says what is wrong when there is not
// exactly one.
func (m *merger) subject(ref Ref) (string, bool) {
	ids, ok := m.lookup(ref.Name)
	switch {
	case ok:
		return ids[0], true
	case len(ids) > 1:
		m.ambiguous(ref, ids)
	default:
		m.absent(ref, "an element or flow of this model")
	}
	return "", false
}

// lineOf is the line that a span of a document begins in.
func (m *merger) lineOf(at source.Span) int { return at.File.Position(int(at.Start)).Line }

// absent deals with a name that nothing has: completion may bring it, else it is a mistake.
func (m *merger) absent(ref Ref, what string) {
	if !m.last {
		m.missing = true
		return
	}
	for _, d := range m.documents {
		if d.broken[ref.Name] {
			return // what is wrong with that element has been said
		}
	}
	if at, ok := m.removed[ref.Name]; ok {
		m.error(ref.At, "removed-element", fmt.Sprintf("%s is removed in line %d", quote(ref.Name), m.lineOf(at)), "remove it or use it, not both")
		return
	}
	m.error(ref.At, "unknown-element", fmt.Sprintf("%s is not %s", quote(ref.Name), what), m.nearest(ref.Name))
}

// nearest is the hint for a name that nothing has. Comparing a word with a hundred thousand others takes time, so
// that is done for the first mistakes only.
func (m *merger) nearest(word string) string {
	list := m.index.words()
	if m.suggestions++; m.suggestions > 20 && len(list) > 1000 {
		return ""
	}
	if kind, ends, found := strings.Cut(word, ":"); found && FlowKindNamed(FlowKind(kind)) != nil && strings.Contains(ends, "->") {
		ids := make([]string, 0, len(m.flows))
		for id := range m.flows {
			ids = append(ids, id)
		}
		sort.Strings(ids)
		list = ids
	}
	near := suggest(word, list)
	switch {
	case near != "":
		return "did you mean " + quote(near) + "?"
	case len(list) == 0 || len(list) > 12:
		return ""
	}
	return "there is " + words(list, "and")
}

// ambiguous says that a short name may mean several elements.
func (m *merger) ambiguous(ref Ref, ids []string) {
	const most = 4
	shown := ids
	if len(ids) > most {
		shown = append(slices.Clone(ids[:most-1]), fmt.Sprintf("%d others", len(ids)-most+1))
	}
	m.error(ref.At, "ambiguous-name", fmt.Sprintf("%s may mean %s", quote(ref.Name), words(shown, "or")), "write the full id")
}

// UnknownControls says which controls of the document are none of the known ones. Which controls there are is data
// that this package does not load.
func (d *Document) UnknownControls(known []string) []source.Diagnostic {
	have := make(map[string]bool, len(known))
	for _, id := range known {
		have[id] = true
	}
	var list []source.Diagnostic
	check := func(ref Ref) {
		if !have[ref.Name] {
			list = append(list, source.Diagnostic{
				Severity: source.Error, Code: "unknown-control", Span: ref.At,
				Message: fmt.Sprintf("%s is not a control", quote(ref.Name)), Hint: hintNear(ref.Name, known),
			})
		}
	}
	for _, parts := range [][]elementPart{d.elements, d.replaced} {
		for _, p := range parts {
			for _, c := range p.controls {
				check(c.control)
			}
		}
	}
	for _, p := range d.flows {
		for _, c := range p.controls {
			check(c.control)
		}
	}
	for _, c := range d.controls {
		check(c.control)
	}
	for _, a := range d.Answers {
		if a.sort == "control" {
			check(Ref{a.name, a.about.At})
		}
	}
	return finish(list)
}
