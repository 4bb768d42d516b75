package model

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"fermata/internal/source"
)

// Validate checks what every stage takes for granted of a system: ids are unique and in order, words are of the
// tables, ends and members exist, flows stand between kinds that the table allows. [Merge] gives only systems that
// are valid; for what else makes systems, a diagnostic here is a bug of its own, named in the order of the system.
func Validate(s *System) []source.Diagnostic {
	v := &validator{s: s, elements: make(map[string]*Element, len(s.Elements)), flows: make(map[string]bool, len(s.Flows))}
	v.checkElements()
	v.checkFlows()
	v.checkRest()
	return v.diagnostics
}

type validator struct {
	s           *System
	elements    map[string]*Element
	flows       map[string]bool
	diagnostics []source.Diagnostic
}

func (v *validator) wrong(evidence []Evidence, format string, args ...any) {
	d := source.Diagnostic{Severity: source.Error, Code: "invalid-system", Message: fmt.Sprintf(format, args...)}
	if len(evidence) > 0 {
		d.Path = evidence[0].File
	}
	v.diagnostics = append(v.diagnostics, d)
}

func (v *validator) checkElements() {
	for i, e := range v.s.Elements {
		if e == nil {
			v.wrong(nil, "element %d is nil", i)
			continue
		}
		if strings.TrimSpace(e.ID) == "" {
			v.wrong(e.Evidence, "element %d has no id", i)
		}
		if v.elements[e.ID] != nil {
			v.wrong(e.Evidence, "the element id %s is not unique", quote(e.ID))
		}
		v.elements[e.ID] = e
		if i > 0 && v.s.Elements[i-1] != nil && v.s.Elements[i-1].ID > e.ID {
			v.wrong(e.Evidence, "element %s is not in order of ids", quote(e.ID))
		}
		if KindNamed(e.Kind) == nil {
			v.wrong(e.Evidence, "element %s has the kind %s, which is none", quote(e.ID), quote(string(e.Kind)))
		}
		if e.Name == "" {
			v.wrong(e.Evidence, "element %s has no name", quote(e.ID))
		}
		if !slices.Contains(layerNames, e.Layer) {
			v.wrong(e.Evidence, "element %s has the layer %s, which is none", quote(e.ID), quote(e.Layer))
		}
		if !slices.Contains(scopeNames, e.Scope) {
			v.wrong(e.Evidence, "element %s has the scope %s, which is none", quote(e.ID), quote(e.Scope))
		}
		if !slices.IsSorted(e.Aliases) || len(slices.Compact(slices.Clone(e.Aliases))) != len(e.Aliases) || slices.Contains(e.Aliases, "") {
			v.wrong(e.Evidence, "the aliases of %s are not sorted and unique", quote(e.ID))
		}
		about := "element " + quote(e.ID)
		v.checkOrigin(about, e.Origin, e.Evidence)
		for _, name := range slices.Sorted(maps.Keys(e.Effects)) {
			if !slices.Contains(effectNames, name) || !HasEffects(e.Kind) {
				v.wrong(e.Evidence, "%s, of kind %s, cannot have the effect %s", about, e.Kind, quote(name))
				continue
			}
			v.checkFact(about, name, e.Effects[name], slices.Contains(factValues, e.Effects[name].Value), e.Evidence)
		}
		for _, name := range slices.Sorted(maps.Keys(e.Facts)) {
			info := FactNamed("element", name)
			if info == nil || !info.Asks(e.Kind) {
				v.wrong(e.Evidence, "%s, of kind %s, cannot have the fact %s", about, e.Kind, quote(name))
				continue
			}
			v.checkFact(about, name, e.Facts[name], info.Allows(e.Facts[name].Value), e.Evidence)
		}
	}
}

func (v *validator) checkFlows() {
	for i, f := range v.s.Flows {
		if f == nil {
			v.wrong(nil, "flow %d is nil", i)
			continue
		}
		about := "flow " + quote(f.ID)
		if f.ID != FlowID(f.Kind, f.From, f.To) {
			v.wrong(f.Evidence, "%s does not have the id of its kind and ends", about)
		}
		if v.flows[f.ID] {
			v.wrong(f.Evidence, "%s is not unique", about)
		}
		v.flows[f.ID] = true
		if i > 0 && v.s.Flows[i-1] != nil && v.s.Flows[i-1].ID > f.ID {
			v.wrong(f.Evidence, "%s is not in order of ids", about)
		}
		from, to := v.elements[f.From], v.elements[f.To]
		if from == nil || to == nil {
			v.wrong(f.Evidence, "%s has an end that is not an element", about)
		} else if wrong := misfit(f.Kind, from, to); wrong != "" {
			v.wrong(f.Evidence, "%s: %s", about, wrong)
		}
		v.checkOrigin(about, f.Origin, f.Evidence)
		for _, name := range slices.Sorted(maps.Keys(f.Facts)) {
			info := FactNamed("flow", name)
			if info == nil || !info.AsksFlow(f.Kind) {
				v.wrong(f.Evidence, "%s cannot have the fact %s", about, quote(name))
				continue
			}
			v.checkFact(about, name, f.Facts[name], info.Allows(f.Facts[name].Value), f.Evidence)
		}
	}
}

func (v *validator) checkRest() {
	ids := map[string]bool{}
	last := ""
	unique := func(what, id string, evidence []Evidence) {
		key := what + " " + id
		if id == "" || ids[key] {
			v.wrong(evidence, "the %s id %s is empty or not unique", what, quote(id))
		}
		if strings.HasPrefix(last, what+" ") && last > key {
			v.wrong(evidence, "the %s %s is not in order of ids", what, quote(id))
		}
		ids[key], last = true, key
	}
	for _, b := range v.s.Boundaries {
		unique("boundary", b.ID, b.Evidence)
		v.checkOrigin("boundary "+quote(b.ID), b.Origin, b.Evidence)
		if !slices.IsSorted(b.Members) {
			v.wrong(b.Evidence, "the members of boundary %s are not sorted", quote(b.ID))
		}
		for _, id := range b.Members {
			if v.elements[id] == nil {
				v.wrong(b.Evidence, "boundary %s has the member %s, which is not an element", quote(b.ID), quote(id))
			}
		}
	}
	for _, a := range v.s.Assets {
		about := "asset " + quote(a.ID)
		unique("asset", a.ID, a.Evidence)
		v.checkOrigin(about, a.Origin, a.Evidence)
		switch {
		case v.elements[a.Element] == nil:
			v.wrong(a.Evidence, "%s is of %s, which is not an element", about, quote(a.Element))
		case !slices.Contains(capabilityNames, string(a.Capability)):
			v.wrong(a.Evidence, "%s has the capability %s, which is none", about, quote(string(a.Capability)))
		case !slices.Contains(lossNames, a.Loss):
			v.wrong(a.Evidence, "%s has the loss %s, which is none", about, quote(a.Loss))
		case a.Scope != "" && a.Scope != ScopeOwn:
			v.wrong(a.Evidence, "%s has the scope %s", about, quote(a.Scope))
		case !(a.Low >= 0 && a.Low <= a.High && a.High < maxAmount):
			v.wrong(a.Evidence, "%s costs from %g to %g, which is no range", about, a.Low, a.High)
		}
	}
	for _, a := range v.s.Attackers {
		unique("attacker", a.ID, a.Evidence)
		v.checkOrigin("attacker "+quote(a.ID), a.Origin, a.Evidence)
		if !slices.Contains(attackerNames, a.ID) {
			v.wrong(a.Evidence, "%s is not an attacker", quote(a.ID))
		}
		for _, start := range a.Starts {
			power, err := ParsePower(start.Capability)
			if err != nil || power.String() != start.Capability {
				v.wrong(a.Evidence, "attacker %s starts with %s, which is not a power", a.ID, quote(start.Capability))
			} else if v.elements[power.On] == nil && !v.flows[power.On] {
				v.wrong(a.Evidence, "attacker %s starts at %s, which is not an element or flow", a.ID, quote(power.On))
			}
		}
		if !sort.SliceIsSorted(a.Starts, func(i, j int) bool { return a.Starts[i].Capability < a.Starts[j].Capability }) {
			v.wrong(a.Evidence, "the starts of attacker %s are not sorted", a.ID)
		}
	}
	placed := map[[3]string]bool{}
	for _, c := range v.s.Controls {
		about := fmt.Sprintf("control %s on %s", quote(c.Control), quote(c.On))
		v.checkOrigin(about, c.Origin, c.Evidence)
		key := [3]string{c.Control, c.On, c.By}
		switch {
		case c.Control == "":
			v.wrong(c.Evidence, "%s has no id", about)
		case v.elements[c.On] == nil && !v.flows[c.On]:
			v.wrong(c.Evidence, "%s does not stand on an element or flow", about)
		case c.By != "" && v.elements[c.By] == nil:
			v.wrong(c.Evidence, "%s is enforced by %s, which is not an element", about, quote(c.By))
		case !slices.Contains(States, c.State):
			v.wrong(c.Evidence, "%s has the state %s, which is none", about, quote(string(c.State)))
		case placed[key]:
			v.wrong(c.Evidence, "%s stands there twice", about)
		}
		placed[key] = true
	}
}

func (v *validator) checkOrigin(about string, origin Origin, evidence []Evidence) {
	if origin != Observed && origin != Declared && origin != Assumed {
		v.wrong(evidence, "%s has the origin %s, which is none", about, quote(string(origin)))
	}
	for _, e := range evidence {
		if e.File != "" && (e.Line < 1 || e.Col < 1) || e.File == "" && (e.Line != 0 || e.Excerpt == "") {
			v.wrong(evidence, "%s has evidence without a place or a reason", about)
			return
		}
	}
}

func (v *validator) checkFact(about, name string, fact Fact, allowed bool, evidence []Evidence) {
	if !allowed {
		v.wrong(evidence, "%s has %s as %s, which it cannot be", about, quote(fact.Value), name)
	}
	v.checkOrigin(about+", "+name, fact.Origin, fact.Evidence)
}
