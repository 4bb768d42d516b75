package rule

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// targets are what a power's path leads to: one thing, or the members of a cycle or set. The list is used anew by the next.
func (m *matcher) targets(p dotted) []*target {
	all := m.aims.anew()
	add := func(t *target) {
		if t.on != "" {
			all.add(t)
		}
	}
	if i := m.rule.setIndex(p.name); i >= 0 {
		for _, f := range m.sets[i] {
			switch p.member() {
			case "from":
				add(&f.from.target)
			case "to":
				add(&f.to.target)
			}
		}
	} else if m.rule.On == OnCycle && p.name == "cycle" {
		for _, b := range m.order {
			add(&b.element.target)
		}
	} else {
		switch v := m.valueAt(p).(type) {
		case *element:
			add(&v.target)
		case *flow:
			add(&v.target)
		}
	}
	return all.list
}

// need is a requirement as K of some powers; false when its path leads nowhere.
func (m *matcher) need(p *power, scope string) (result.Need, bool) {
	targets := m.targets(p.on)
	n := result.Need{K: 1}
	if i := m.rule.setIndex(p.on.name); i >= 0 {
		n.K = m.rule.Binds[i].Set
	}
	if len(targets) == 1 && n.K == 1 {
		return targets[0].power(p.capability, scope).need[0], true
	}
	n.Powers = texts(p, scope, targets)
	return n, len(targets) > 0
}

// gains are the powers of a grant.
func (m *matcher) gains(p *power, scope string) []string { return texts(p, scope, m.targets(p.on)) }

// texts says a power over each of some elements or flows.
func texts(p *power, scope string, targets []*target) []string {
	switch len(targets) {
	case 0:
		return nil
	case 1:
		return targets[0].power(p.capability, scope).text[:1:1]
	}
	texts := make([]string, len(targets))
	for i, t := range targets {
		texts[i] = t.power(p.capability, scope).text[0]
	}
	return texts
}

// joined adds to a list, and takes the other list as it is where there is nothing yet.
func joined(list, more []string) []string {
	if len(list) == 0 {
		return more
	}
	return slices.Concat(list, more)
}

func scopeOr(scope string) string {
	if scope == "" {
		return model.ScopeAll
	}
	return scope
}

func needText(n result.Need) string {
	if len(n.Powers) == 1 {
		return n.Powers[0]
	}
	return fmt.Sprintf("%d of (%s)", n.K, strings.Join(n.Powers, " | "))
}

// steps makes the attack steps: one in the whole and one in the attacker's own scope where the scope carries through.
// False when every grant leads nowhere, or a requirement on a set has fewer members than it needs.
func (m *matcher) steps(widened bool) ([]result.Step, bool) {
	r := m.rule
	if r.Condition() {
		return nil, true
	}
	carries := false
	for i := range r.requires {
		carries = carries || r.requires[i].scope == ""
	}
	if !carries {
		step, ok := m.step(model.ScopeAll, model.ScopeAll)
		return []result.Step{step}, ok
	}
	if widened {
		step, ok := m.step(model.ScopeOwn, model.ScopeAll)
		return []result.Step{step}, ok
	}
	whole, ok := m.step(model.ScopeAll, model.ScopeAll)
	own, _ := m.step(model.ScopeOwn, model.ScopeOwn)
	if !ok {
		return nil, false
	}
	// Where the grants have scopes of their own, the narrow step already gives all that the wide one does.
	if slices.Equal(whole.Gives, own.Gives) {
		return []result.Step{own}, true
	}
	return []result.Step{whole, own}, true
}

// step makes one step with a scope for the needs and one for the grants that say none.
func (m *matcher) step(needs, gives string) (result.Step, bool) {
	var step result.Step
	for i := range m.rule.requires {
		p := &m.rule.requires[i]
		need, ok := m.need(p, or(p.scope, needs))
		if !ok {
			continue
		}
		if len(need.Powers) < need.K {
			return step, false
		}
		if need.K == 1 && len(need.Powers) == 1 && len(m.rule.requires) == 1 {
			step.Needs = m.targets(p.on)[0].power(p.capability, or(p.scope, needs)).need[:1:1]
			break
		}
		step.Needs = append(step.Needs, need)
	}
	for i := range m.rule.grants {
		p := &m.rule.grants[i]
		step.Gives = joined(step.Gives, m.gains(p, or(p.scope, gives)))
	}
	// A step that needs nothing would be everybody's: it is one whose only requirement led nowhere.
	return step, len(step.Gives) > 0 && len(step.Needs) > 0
}

func or(text, other string) string {
	if text != "" {
		return text
	}
	return other
}
