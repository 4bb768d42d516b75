package pipeline

import (
	"fmt"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// controlIDs are the ids of the catalogue's controls.
func (e *Engine) controlIDs() []string {
	ids := make([]string, 0, len(e.rules.Controls))
	for _, c := range e.rules.Controls {
		ids = append(ids, c.ID)
	}
	return ids
}

// misplaced says which written controls stand where their pattern has no place: no rule will look for them there.
func (s *scan) misplaced() {
	for i := range s.r.System.Controls {
		p := &s.r.System.Controls[i]
		control := s.engine.rules.Controls.Get(p.Control)
		if control == nil || p.Origin != model.Declared {
			continue
		}
		kind := ""
		if e := s.r.System.Element(p.On); e != nil {
			kind = string(e.Kind)
		} else if f := s.r.System.Flow(p.On); f != nil {
			kind = string(f.Kind)
		}
		if kind == "" || control.StandsOn(kind) {
			continue
		}
		d := result.Diagnostic{
			Severity: "warning", Code: "control-out-of-place",
			Message: fmt.Sprintf("%s is written on %s, a %s, where it guards little", p.Control, p.On, kind),
			Hint:    "it stands on " + strings.Join(control.Where, ", "),
		}
		if len(p.Evidence) > 0 {
			d.File, d.Line, d.Col = p.Evidence[0].File, p.Evidence[0].Line, p.Evidence[0].Col
		}
		s.r.Diagnostics = append(s.r.Diagnostics, d)
	}
}
