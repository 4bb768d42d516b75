package checklist

import (
	"fmt"
	"slices"

	"fermata/internal/result"
)

// mostGrounds is how many grounds the answer for a whole system lists.
const mostGrounds = 12

// together makes the answer for the system of those for its components: what fails in one fails, and it passes where
// nothing is open.
func (a *answerer) together(c *Check, of []result.Answer) result.Answer {
	by := map[result.Verdict][]*result.Answer{}
	for i := range of {
		by[of[i].Verdict] = append(by[of[i].Verdict], &of[i])
	}
	out := result.Answer{Check: c.ID, Component: result.WholeSystem, Grounds: []result.Ground{}}
	attested := a.attested(c, result.WholeSystem)
	fails, open, passes := by[result.Fail], by[result.NeedsPerson], by[result.Pass]
	switch {
	case len(fails) > 0:
		out.Verdict, out.Why = result.Fail, fails[0].Component+": "+fails[0].Why
		if n := len(fails) - 1; n > 0 {
			out.Why += fmt.Sprintf("; and %d more of %d", n, len(of))
		}
		if len(attested) > 0 {
			out.Why += "; this goes against what " + attested[0].Name + " attests"
		}
		out.Grounds = append(grounds(fails), attested...)
	case len(attested) > 0:
		out.Verdict, out.Why, out.Grounds = result.Pass, attested[0].Says, slices.Concat(attested, grounds(passes))
	case len(open) > 0:
		out.Verdict, out.Why = result.NeedsPerson, "look at "+c.Person
		if len(passes) > 0 {
			var names []string
			for _, x := range open {
				names = append(names, x.Component)
			}
			out.Why += fmt.Sprintf("; it is shown of %d, and not of %s", len(passes), some(names))
		}
		out.Grounds = append(grounds(open), grounds(passes)...)
	case len(passes) > 0:
		out.Verdict, out.Why, out.Grounds = result.Pass, passes[0].Why, grounds(passes)
		if len(passes) > 1 && len(out.Grounds) > 1 {
			out.Why += fmt.Sprintf("; so it is of %d components", len(passes))
		}
	default:
		out.Verdict, out.Why, out.Grounds = result.NotApplicable, of[0].Why, grounds(by[result.NotApplicable])
	}
	return out
}

// grounds gathers those of several answers, each once.
func grounds(of []*result.Answer) []result.Ground {
	out := []result.Ground{}
	seen := map[[3]string]bool{}
	for _, x := range of {
		for _, g := range x.Grounds {
			if key := [3]string{g.By, g.Name, g.Says}; !seen[key] && len(out) < mostGrounds {
				seen[key] = true
				out = append(out, g)
			}
		}
	}
	return out
}
