package rule

import (
	"fermata/internal/model"
	"fermata/internal/result"
)

// controls lists, for each control of the rule, where it stands among the places; and where it could stand when it
// stands nowhere. Where every place is asked for, a place without the control is listed as one where nobody saw it.
func (m *matcher) controls(places []bound) []result.Control {
	listed := make([]result.Control, 0, len(m.rule.uses))
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
			for _, n := range m.x.placed[p.id()] {
				placement := &m.x.controls[n]
				if placement.Control == use.control.ID {
					listed = append(listed, result.Control{
						Control: placement.Control, On: placement.On, By: placement.By, State: placement.State,
						Effect: use.effect, Evidence: placement.Evidence,
					})
				}
			}
			if m.everyPlace && len(listed) == there {
				listed = append(listed, result.Control{Control: use.control.ID, On: p.id(), State: model.Unseen, Effect: use.effect})
			}
		}
		if len(listed) > before {
			continue
		}
		if at := firstPlace(use.control, on); at != "" {
			listed = append(listed, result.Control{Control: use.control.ID, On: at, State: model.Unseen, Effect: use.effect})
		}
	}
	return listed
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

func (b bound) kind() string {
	if b.flow != nil {
		return string(b.flow.m.Kind)
	}
	return string(b.element.m.Kind)
}

// firstPlace is where a control would stand: the control's best kind that is there.
func firstPlace(c *Control, places []bound) string {
	for _, kind := range c.Where {
		for _, p := range places {
			if p.kind() == kind {
				return p.id()
			}
		}
	}
	return ""
}
