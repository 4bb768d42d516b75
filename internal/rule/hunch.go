package rule

import (
	"maps"
	"slices"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Some of what was assumed may as well be wrong: [model.Fact.Hunch]. Rules that ask for such a fact are asked twice, with it
// and without. What only the first asking gives rests on a guess, and each guess is a question: not known is no yes either.

// doubted gives a system in which what is a mere hunch is not known, and the slots of the facts that were; nil where
// nothing is one.
func doubted(system *model.System) (doubtful *model.System, slots map[int]bool) {
	slots = map[int]bool{}
	// firm gives facts without the hunches among them, or nil where there are none.
	firm := func(facts map[string]model.Fact, at map[string]int, flows bool) (without map[string]model.Fact) {
		for name, f := range facts {
			if !f.Hunch {
				continue
			}
			if without == nil {
				without = maps.Clone(facts)
			}
			without[name] = model.Fact{Value: model.Unknown, Origin: model.Assumed}
			if slot, ok := at[name]; ok {
				slots[doubtKey(slot, flows)] = true
			}
		}
		return without
	}
	elements, flows := slices.Clone(system.Elements), slices.Clone(system.Flows)
	any := false
	for i, e := range elements {
		if facts := firm(e.Facts, elementFactAt, false); facts != nil {
			one := *e
			one.Facts = facts
			elements[i], any = &one, true
		}
	}
	for i, f := range flows {
		if facts := firm(f.Facts, flowFactAt, true); facts != nil {
			one := *f
			one.Facts = facts
			flows[i], any = &one, true
		}
	}
	if !any {
		return nil, nil
	}
	without := *system // all else is shared: rules only read it
	without.Elements, without.Flows = elements, flows
	return &without, slots
}

// doubtKey tells slots of flows from those of elements.
func doubtKey(slot int, flows bool) int {
	if flows {
		return slot + slotsPerSubject
	}
	return slot
}

// asksFor tells whether a rule asks for one of the facts. An element's facts and a flow's may have one name; asking once too
// often does no harm.
func (r *Rule) asksFor(slots map[int]bool) bool {
	for _, e := range r.expressions() {
		for _, use := range e.facts {
			if slots[doubtKey(use.slot, false)] || slots[doubtKey(use.slot, true)] {
				return true
			}
		}
	}
	return false
}

// compare marks of the findings of a rule what the second asking, without hunches, does not give.
func compare(findings, sure []*result.Finding) {
	firm := make(map[string]*result.Finding, len(sure))
	for _, f := range sure {
		firm[f.ID] = f
	}
	for _, f := range findings {
		known := firm[f.ID]
		if known != nil && len(known.Steps) == len(f.Steps) && sameSteps(known.Steps, f.Steps) {
			f.Guesses = nil
			continue
		}
		for n := range f.Steps {
			f.Steps[n].Guess = true
		}
		if len(f.Guesses) == 0 {
			f.Guesses = []string{"a fact of what it looks for beside these"}
		}
		if known != nil { // it holds in the narrow scope, and only a guess widens it
			f.Steps = append(f.Steps, known.Steps...)
		}
	}
}

func sameSteps(a, b []result.Step) bool {
	for i := range a {
		if len(a[i].Needs) != len(b[i].Needs) || len(a[i].Gives) != len(b[i].Gives) {
			return false
		}
		for n := range a[i].Gives {
			if a[i].Gives[n] != b[i].Gives[n] {
				return false
			}
		}
		for n := range a[i].Needs {
			if needText(a[i].Needs[n]) != needText(b[i].Needs[n]) {
				return false
			}
		}
	}
	return true
}
