package rule

import (
	"slices"

	"cel.dev/cel-go/common/types"
)

// absent tells whether the rule may still apply: no such flow is certain. Flows that may be one leave their questions.
func (m *matcher) absent(i int) bool {
	clear := true
	m.each(i, func(f *flow) bool {
		m.scope.push(m.rule.Binds[i].Name, f)
		clear = m.ask(m.rule.bindWhen[i]) != isTrue
		m.scope.pop()
		return clear && m.failure == nil
	})
	return clear && m.failure == nil
}

// gathering is what a set came to between two elements.
type gathering struct {
	flows []*flow
	maybe int
	open  []int64 // what the matches that are not certain wait for, each once
}

type gatheringAt struct {
	bind     int
	from, to *element
}

// gather collects all matches of a set. Matches that are not certain are asked about only when the certain ones are
// too few.
func (m *matcher) gather(i int) bool {
	b := &m.rule.Binds[i]
	waits := len(m.open)
	maybe := 0
	from, to, ok := m.ends(i)
	key := gatheringAt{i, from, to}
	keep := ok && m.alike(i, from, to)
	if keep {
		if known := m.gathered[key]; known != nil {
			m.sets[i] = known.flows
			if len(known.flows) >= b.Set {
				return true
			}
			m.open = append(m.open, known.open...)
			return len(known.flows)+known.maybe >= b.Set
		}
	}
	m.sets[i] = nil
	m.each(i, func(f *flow) bool {
		m.scope.push(b.Name, f)
		switch m.ask(m.rule.bindWhen[i]) {
		case isTrue:
			m.sets[i] = append(m.sets[i], f)
		case isOpen:
			if maybe++; b.Each { // what the others give does not answer for this one
				m.stat.Undecided++
				m.wait(slices.Clone(m.open))
				m.open = m.open[:waits]
			}
		}
		m.scope.pop()
		return m.failure == nil
	})
	if keep && m.failure == nil {
		if m.gathered == nil {
			m.gathered = map[gatheringAt]*gathering{}
		}
		open := slices.Clone(m.open[waits:])
		slices.Sort(open)
		m.gathered[key] = &gathering{slices.Clip(m.sets[i]), maybe, slices.Compact(open)}
	}
	if len(m.sets[i]) >= b.Set {
		m.open = m.open[:waits]
		return m.failure == nil
	}
	return !b.Each && len(m.sets[i])+maybe >= b.Set && m.failure == nil
}

// alike tells whether a set is the same in every visit that looks between the same elements, and long enough to be kept: its test
// names nothing but its own flow, and no match is asked about by itself. Of a model that a thousand agents ask each answer looked at
// each question, which grows with the square.
func (m *matcher) alike(i int, from, to *element) bool {
	b := &m.rule.Binds[i]
	if b.Each {
		return false
	}
	if e := m.rule.bindWhen[i]; e != nil {
		for name := range e.uses {
			if name != b.Name {
				return false
			}
		}
	}
	flows := 0
	for _, kind := range b.Kinds {
		if from != nil {
			flows += len(from.out.of(kind))
		} else if to != nil {
			flows += len(to.in.of(kind))
		}
	}
	return flows >= manyFlows
}

// manyNear is from how many elements around a neighbour on each is first asked by itself.
const manyNear = 8

// anyElement stands for the element of a pair that is not chosen yet: nothing is known of it. Nobody waits for its number.
var anyElement = types.NewUnknown(silent, nil)

// mayBe tells of each element around a neighbour whether any pair with it in one place, "a" or "b", may come to something. With
// the other place left open, the rule is asked as far as that goes: pairs are many, and what rules out most is said of one element. It
// is nil where all may.
func (m *matcher) mayBe(place string, near []*element, shared *element) []bool {
	if len(near) < manyNear {
		return nil
	}
	may := make([]bool, len(near))
	for i, e := range near {
		if m.failure != nil {
			return nil
		}
		values := []any{any(e), any(anyElement), any(shared)}
		if place == "b" {
			values[0], values[1] = values[1], values[0]
		}
		m.scope.names, m.scope.values = append(m.scope.names[:0], "a", "b", "shared"), append(m.scope.values[:0], values...)
		m.open = m.open[:0]
		may[i] = m.mayHold(0)
	}
	m.open = m.open[:0]
	return may
}

// mayHold tells whether what is left from the i-th bind on may come to something. It says so, too, of what rests on the element that
// is left open.
func (m *matcher) mayHold(i int) bool {
	if i == m.whenAt && m.ask(m.rule.when) == isFalse {
		return m.failure != nil // the visits tell of it
	}
	if i == len(m.rule.Binds) {
		return true
	}
	b := &m.rule.Binds[i]
	if b.Set > 0 || b.Absent || m.rests(b.from) || m.rests(b.to) {
		return true
	}
	may := false
	m.each(i, func(f *flow) bool {
		m.scope.push(b.Name, f)
		may = m.ask(m.rule.bindWhen[i]) != isFalse && m.mayHold(i+1) || m.failure != nil
		m.scope.pop()
		return !may
	})
	return may || m.failure != nil
}

// rests tells whether a path begins at the element that is left open.
func (m *matcher) rests(p dotted) bool {
	value, _ := m.scope.ResolveName(p.name)
	return value == any(anyElement)
}
