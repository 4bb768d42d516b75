package report

import (
	"fmt"

	"fermata/internal/result"
)

// Lived marks a step of a way whose finding somebody decided to live with: such a step works as before. It is "" for others.
func Lived(f *result.Finding) string {
	if f.Status == result.Accepted {
		return " (accepted)"
	}
	return ""
}

// LivedSteps says how many steps of a way somebody decided to live with: "1 step is accepted". It is "" where there is none.
func (v *View) LivedSteps(p *result.Path) string {
	n := 0
	for i := range p.Steps {
		if f := v.Step(&p.Steps[i]); f != nil && f.Status == result.Accepted {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return Plural(n, "step is accepted", "steps are accepted")
}

// LivedWays says beside a plan that the ways through accepted findings count in it; "" where there are none.
func (v *View) LivedWays() string {
	n := 0
	for i := range v.Result.Paths {
		if v.LivedSteps(&v.Result.Paths[i]) != "" {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s a finding that is accepted, and count here like any other: to live with a finding does not end its way.", Plural(n, "way leads through", "ways lead through"))
}
