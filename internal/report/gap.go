package report

import (
	"fmt"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Of a gap that is in several places, so many things and places are named.
const (
	gapNames  = 3
	gapPlaces = 3
)

// OpenGaps counts the constructs in the shown parts that were not followed and about which nobody answered.
func (v *View) OpenGaps(o Options) int { return v.Result.OpenGaps(v.part(o).scopes) }

// Unfollowed says how many constructs of the shown parts were not followed, and how many of them somebody answered: "3
// constructs not followed, 1 of them answered". It is "" where there are none.
func (v *View) Unfollowed(o Options) string {
	_, all, settled, _ := v.Result.Gaps(v.part(o).scopes)
	if all == 0 {
		return ""
	}
	text := Plural(all, "construct", "constructs") + " not followed"
	switch {
	case settled == 0:
		return text
	case settled == all:
		return text + " and answered since"
	}
	return text + fmt.Sprintf(", %d of them answered since", settled)
}

// Gap is what was not followed, as a line of a report.
type Gap struct {
	Places []string // the first of them
	Text   string
}

// Gaps lists what was not followed in the shown parts under a heading that counts it. What is the same in several places is one
// line; the heading counts each. It is empty where there is nothing.
func (v *View) Gaps(o Options) (heading string, lines []Gap) {
	gaps, all, settled, elsewhere := v.Result.Gaps(v.part(o).scopes)
	if all == 0 {
		return "", nil
	}
	heading = Plural(all, "construct was", "constructs were") + " recognised and not followed"
	if settled > 0 {
		heading += fmt.Sprintf(", %d of them answered since", settled)
	}
	if elsewhere > 0 {
		heading += fmt.Sprintf("; %d more in the parts that are left out", elsewhere)
	}
	for i := range gaps {
		g := &gaps[i]
		one := Gap{Text: g.Text(gapNames)}
		for k, u := range g.Each {
			if k == gapPlaces {
				one.Places = append(one.Places, fmt.Sprintf("and %d more", len(g.Each)-k))
				break
			}
			one.Places = append(one.Places, gapPlace(u, one.Places, g.Each[:k]))
		}
		lines = append(lines, one)
	}
	return heading, lines
}

// gapPlace writes file:line; the line alone where the place before is of the same file.
func gapPlace(u *result.Unresolved, said []string, before []*result.Unresolved) string {
	if n := len(before); n > 0 && len(said) == n && before[n-1].Evidence.File == u.Evidence.File && u.Evidence.Line > 0 {
		return fmt.Sprintf(":%d", u.Evidence.Line)
	}
	return Place(model.Evidence{File: u.Evidence.File, Line: u.Evidence.Line})
}
