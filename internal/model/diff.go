package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// How says what became of a part of a system.
type How string

// The ways in which a part can change.
const (
	Added   How = "added"
	Removed How = "removed"
	Changed How = "changed" // it has another id, or other fields
)

// Changes are the differences between two systems, each list sorted by id.
type Changes struct {
	Elements   []Change `json:"elements"`
	Flows      []Change `json:"flows"`
	Boundaries []Change `json:"boundaries"`
	Assets     []Change `json:"assets"`
	Attackers  []Change `json:"attackers"`
	Controls   []Change `json:"controls"` // the id is control@element or flow, with "/" and the enforcer when there is one
}

// Change is one part that was added, removed or changed.
type Change struct {
	How    How           `json:"how"`
	ID     string        `json:"id"`             // in the new system; in the old one for what was removed
	Was    string        `json:"was,omitempty"`  // the id in the old system, where it was another: moved or renamed
	Name   string        `json:"name,omitempty"` // for people
	Fields []FieldChange `json:"fields,omitempty"`
}

// FieldChange is one field with its two values: "kind", "effects.exec", "facts.shared", "state", "members" …; empty for a
// value that is not there.
type FieldChange struct {
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Empty tells whether nothing changed.
func (c Changes) Empty() bool {
	return len(c.Elements)+len(c.Flows)+len(c.Boundaries)+len(c.Assets)+len(c.Attackers)+len(c.Controls) == 0
}

// Diff compares two systems. Elements are the same when [Match] says so. Facts are compared by what they say, not by
// where that is from; a fact that nobody knows is unknown.
func Diff(before, after *System) Changes {
	return DiffBy(Match(before, after), before, after)
}

// DiffBy compares two systems whose elements were paired before. The pairing learns the ids of flows.
func DiffBy(pairing *Pairing, before, after *System) Changes {
	d := &differ{to: pairing.To}
	var c Changes
	c.Elements = d.elements(before, after)
	c.Flows = d.flows(before, after) // what stands on a flow follows it, so flows come before the rest
	c.Boundaries = compare(before.Boundaries, after.Boundaries, d.boundary, Boundary.describe, nil)
	c.Assets = compare(before.Assets, after.Assets, d.asset, Asset.describe, nil)
	c.Attackers = compare(before.Attackers, after.Attackers, d.attacker, Attacker.describe, nil)
	c.Controls = compare(before.Controls, after.Controls, d.control, Placement.describe, nil)
	return c
}

// differ rewrites parts of the old system in terms of the ids of the new one.
type differ struct {
	to map[string]string // old id of an element or flow → its new id
}

// id is an element's or flow's id in terms of the new system.
func (d *differ) id(old string) string {
	if id, ok := d.to[old]; ok {
		return id
	}
	return old
}

// PairElements says under which id each element of the older system stands in the newer one: the same, or another where
// it was moved or renamed. What is gone is not in it.
func PairElements(before, after *System) map[string]string { return Match(before, after).To }

// symbolKey knows an element again that moved: by kind and the symbol of its id, or its name.
func symbolKey(e *Element) string {
	if symbol := symbolOf(e.ID); symbol != "" {
		return string(e.Kind) + "\x00" + symbol
	}
	return string(e.Kind) + "\x00" + e.Name
}

// contentKey knows an element again by what it says and does; "" when that is too little to go by.
func contentKey(e *Element) string {
	known := 0
	var b strings.Builder
	b.WriteString("\x00" + e.Technology + "\x00" + e.Detail)
	for _, name := range slices.Sorted(maps.Keys(e.Effects)) {
		if value := e.Effects[name].Value; value != Unknown {
			b.WriteString("\x00" + name + "=" + value)
			known++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Facts)) {
		if value := e.Facts[name].Value; value != Unknown {
			b.WriteString("\x00." + name + "=" + value)
			known++
		}
	}
	if e.Detail == "" && known < 3 {
		return ""
	}
	return b.String()
}

// described is a part as the comparison sees it.
type described struct {
	id, name string
	fields   []FieldChange // New only
}

func (m *described) add(field, value string) {
	if value != "" {
		m.fields = append(m.fields, FieldChange{Field: field, New: value})
	}
}

// facts adds what is known; unknown is as good as not said.
func (m *described) facts(prefix string, facts map[string]Fact) {
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		if value := facts[name].Value; value != Unknown {
			m.add(prefix+name, value)
		}
	}
}

func (e *Element) describe() described {
	m := described{id: e.ID, name: e.Name}
	m.add("kind", string(e.Kind))
	m.add("name", e.Name)
	m.add("layer", e.Layer)
	m.add("scope", e.Scope)
	m.add("system", e.System)
	m.add("technology", e.Technology)
	m.add("detail", e.Detail)
	m.facts("effects.", e.Effects)
	m.facts("facts.", e.Facts)
	return m
}

func (f *Flow) describe() described {
	m := described{id: f.ID, name: f.Label}
	m.add("label", f.Label)
	m.facts("facts.", f.Facts)
	return m
}

func (b Boundary) describe() described {
	m := described{id: b.ID, name: b.Name}
	m.add("name", b.Name)
	m.add("members", strings.Join(b.Members, " "))
	return m
}

func (a Asset) describe() described {
	m := described{id: a.ID, name: a.Name}
	m.add("name", a.Name)
	m.add("element", a.Element)
	m.add("capability", string(a.Capability))
	m.add("scope", a.Scope)
	m.add("loss", a.Loss)
	if a.High > 0 {
		m.add("low", strconv.FormatFloat(a.Low, 'f', -1, 64))
		m.add("high", strconv.FormatFloat(a.High, 'f', -1, 64))
	}
	m.add("currency", a.Currency)
	m.add("event", a.Event)
	return m
}

func (a Attacker) describe() described {
	m := described{id: a.ID}
	var starts []string
	for _, s := range a.Starts {
		starts = append(starts, s.Capability)
	}
	slices.Sort(starts)
	m.add("starts", strings.Join(starts, " "))
	return m
}

func (c Placement) describe() described {
	m := described{id: c.Control + "@" + c.On}
	if c.By != "" {
		m.id += "/" + c.By
	}
	m.add("state", string(c.State))
	return m
}

func (d *differ) elements(before, after *System) []Change {
	back := map[string]string{}
	for old, now := range d.to {
		if old != now {
			back[now] = old
		}
	}
	return compare(before.Elements, after.Elements, func(e *Element) *Element {
		moved := *e
		moved.ID = d.id(e.ID)
		if e.Name == e.ID {
			moved.Name = moved.ID
		}
		return &moved
	}, (*Element).describe, back)
}

func (d *differ) flows(before, after *System) []Change {
	back := map[string]string{}
	return compare(before.Flows, after.Flows, func(f *Flow) *Flow {
		moved := *f
		moved.From, moved.To = d.id(f.From), d.id(f.To)
		moved.ID = FlowID(f.Kind, moved.From, moved.To)
		if moved.ID != f.ID {
			back[moved.ID] = f.ID
			d.to[f.ID] = moved.ID // what stands on the flow moves with it
		}
		return &moved
	}, (*Flow).describe, back)
}

func (d *differ) boundary(b Boundary) Boundary {
	members := make([]string, len(b.Members))
	for i, id := range b.Members {
		members[i] = d.id(id)
	}
	slices.Sort(members)
	b.Members = members
	return b
}

func (d *differ) asset(a Asset) Asset {
	// Assets that were assumed have an id made of the element's.
	if prefix, found := strings.CutSuffix(a.ID, "@"+a.Element); found {
		id := prefix + "@" + d.id(a.Element)
		if a.Name == a.ID {
			a.Name = id
		}
		a.ID = id
	}
	a.Element = d.id(a.Element)
	return a
}

func (d *differ) attacker(a Attacker) Attacker {
	starts := slices.Clone(a.Starts)
	for i, s := range starts {
		if p, err := ParsePower(s.Capability); err == nil {
			p.On = d.id(p.On)
			starts[i].Capability = p.String()
		}
	}
	a.Starts = starts
	return a
}

func (d *differ) control(c Placement) Placement {
	c.On = d.id(c.On)
	if c.By != "" {
		c.By = d.id(c.By)
	}
	return c
}

// compare compares two lists, the old one in terms of the new. Back gives the old id of what was moved.
func compare[T any](before, after []T, moved func(T) T, describe func(T) described, back map[string]string) []Change {
	olds := make(map[string]described, len(before))
	order := make([]string, len(before))
	for i, x := range before {
		m := describe(moved(x))
		olds[m.id], order[i] = m, m.id
	}
	changes := []Change{}
	seen := make(map[string]bool, len(after))
	for _, x := range after {
		now := describe(x)
		seen[now.id] = true
		old, both := olds[now.id]
		if !both {
			changes = append(changes, Change{How: Added, ID: now.id, Name: now.name, Fields: now.fields})
			continue
		}
		if fields := differing(old.fields, now.fields); len(fields) > 0 || back[now.id] != "" {
			changes = append(changes, Change{How: Changed, ID: now.id, Was: back[now.id], Name: now.name, Fields: fields})
		}
	}
	for i, id := range order {
		if seen[id] {
			continue
		}
		seen[id] = true
		old := describe(before[i])
		gone := Change{How: Removed, ID: old.id, Name: old.name}
		for _, f := range old.fields {
			gone.Fields = append(gone.Fields, FieldChange{Field: f.Field, Old: f.New})
		}
		changes = append(changes, gone)
	}
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.How, b.How))
	})
	return changes
}

// differing pairs the fields of two descriptions and keeps those that differ, in the order of their names.
func differing(before, after []FieldChange) []FieldChange {
	var list []FieldChange
	old := map[string]string{}
	for _, f := range before {
		old[f.Field] = f.New
	}
	for _, f := range after {
		if old[f.Field] != f.New {
			list = append(list, FieldChange{Field: f.Field, Old: old[f.Field], New: f.New})
		}
		delete(old, f.Field)
	}
	for field, value := range old {
		list = append(list, FieldChange{Field: field, Old: value})
	}
	slices.SortFunc(list, func(a, b FieldChange) int { return cmp.Compare(a.Field, b.Field) })
	return list
}
