package rule

import (
	"cmp"

	"fermata/internal/model"
	"fermata/internal/result"
)

// controls lists, for each control of the rule, where it stands among the places; and where it could stand when it
// stands nowhere. Where every place is asked for, a place without the control is listed as one where nobody saw it.
func (m *matcher) controls(places []bound) []result.Control {
	listed := m.guards[:0]
	var first *target // where the first one stands
	for i := range m.rule.uses {
		use := &m.rule.uses[i]
		on := places
		if len(use.on) > 0 {
			on = nil
			for _, p := range use.on {
				switch v := m.valueAt(p).(type) {
				case *element:
					if !v.absent {
						on = append(on, bound{element: v})
					}
				case *flow:
					on = append(on, bound{flow: v})
				}
			}
		}
		before := len(listed)
		for _, p := range on {
			there := len(listed)
			stands := p.target()
			for _, n := range m.x.placed[p.id()] {
				placement := &m.x.controls[n]
				if placement.Control == use.control.ID {
					listed = append(listed, result.Control{
						Control: placement.Control, On: placement.On, By: placement.By, State: placement.State,
						Effect: use.effect, Evidence: placement.Evidence,
					})
					first = cmp.Or(first, stands)
				}
			}
			if m.everyPlace && len(listed) == there {
				listed = append(listed, result.Control{Control: use.control.ID, On: p.id(), State: model.Unseen, Effect: use.effect})
				first = cmp.Or(first, stands)
			}
		}
		if len(listed) > before {
			continue
		}
		if at, ok := firstPlace(use.control, on); ok {
			listed = append(listed, result.Control{Control: use.control.ID, On: at.id(), State: model.Unseen, Effect: use.effect})
			first = cmp.Or(first, at.target())
		}
	}
	m.guards = listed
	if first == nil {
		return []result.Control{}
	}
	return keep(&first.controls, listed, sameControls)
}

func (b bound) id() string {
	switch {
	case b.flow != nil:
		return b.flow.m.ID
	case b.subject != nil:
		return b.subject.s.ID
	}
	return b.element.m.ID
}

// target is what powers over it and lists about it are kept by. What is absent keeps nothing: it is the same for all systems.
func (b bound) target() *target {
	t := &missing.target
	switch {
	case b.flow != nil:
		t = &b.flow.target
	case b.subject != nil:
		t = &b.subject.element.target
	case b.element != nil:
		t = &b.element.target
	}
	if t.on == "" {
		return &target{}
	}
	return t
}

func (b bound) kind() string {
	if b.flow != nil {
		return string(b.flow.m.Kind)
	}
	return string(b.element.m.Kind)
}

// firstPlace is where a control would stand: the control's best kind that is there.
func firstPlace(c *Control, places []bound) (at bound, ok bool) {
	for _, kind := range c.Where {
		for _, p := range places {
			if p.kind() == kind {
				return p, p.id() != ""
			}
		}
	}
	return at, false
}
