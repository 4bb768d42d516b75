package casestudy

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fermata/internal/result"
	"fermata/internal/taxonomy"
)

// Scan makes the result of a folder.
type Scan func(dir string) (*result.Result, error)

// Shown is the path that shows a case.
type Shown struct {
	Path *result.Path
	Hops []int // for each step of the case the hop of the path that shows it; -1 for none
}

// Follow finds the path that holds the case's hops, in the order of the steps. Where there is none, the error says what
// the nearest path lacks.
func (c *Case) Follow(r *result.Result) (*Shown, error) {
	byID := map[string]*result.Finding{}
	for i := range r.Findings {
		byID[r.Findings[i].ID] = &r.Findings[i]
	}
	var nearest []string
	for i := range r.Paths {
		p := &r.Paths[i]
		if p.Attacker != c.From || p.Goal.Asset != c.To {
			continue
		}
		shown, faults := c.along(p, byID)
		faults = append(faults, c.elsewhere(r, byID)...)
		if len(faults) == 0 {
			return shown, nil
		}
		if nearest == nil || len(faults) < len(nearest) {
			nearest = faults
		}
	}
	if nearest == nil {
		return nil, fmt.Errorf("%s: no path leads from %s to %s", c.Entry.ID, c.From, c.To)
	}
	return nil, fmt.Errorf("%s: %s", c.Entry.ID, strings.Join(nearest, "; "))
}

// along joins the steps to the hops of one path, and lists what does not fit.
func (c *Case) along(p *result.Path, byID map[string]*result.Finding) (*Shown, []string) {
	shown := &Shown{Path: p}
	var faults []string
	last := 0
	for i := range c.Steps {
		s := &c.Steps[i]
		at := -1
		for j := range p.Steps {
			f := byID[p.Steps[j].Finding]
			if f == nil {
				continue
			}
			switch fits := s.fits(f.Maps["atlas"]); {
			case s.Hop == "":
				if fits == same {
					faults = append(faults, fmt.Sprintf("step %d (%s) is said to be missing (%s), and %s shows it", i+1, s.Technique.ID, s.Not, f.Rule))
				}
			case f.Rule != s.Hop || at >= last:
			case fits == strange:
				faults = append(faults, fmt.Sprintf("step %d: %s is not mapped to %s", i+1, f.Rule, s.Technique.ID))
			case fits == sibling && s.Why == "":
				faults = append(faults, fmt.Sprintf("step %d: %s shows a sibling of %s, and nothing says why", i+1, f.Rule, s.Technique.ID))
			case at < 0 || j >= last:
				at = j
			}
		}
		switch {
		case s.Hop == "":
		case at < 0:
			faults = append(faults, fmt.Sprintf("step %d (%s): no hop of %s", i+1, s.Technique.ID, s.Hop))
		case at < last && s.Why == "":
			faults = append(faults, fmt.Sprintf("step %d (%s): the hop comes before that of an earlier step, and nothing says why", i+1, s.Technique.ID))
		default:
			last = max(last, at)
		}
		shown.Hops = append(shown.Hops, at)
	}
	return shown, faults
}

// elsewhere holds what is said of the rest of the result: what belongs to another path stands in one, and what no rule
// tells apart is told by no live finding.
func (c *Case) elsewhere(r *result.Result, byID map[string]*result.Finding) []string {
	var faults []string
	for i := range c.Steps {
		s := &c.Steps[i]
		shows := func(f *result.Finding) bool { return f != nil && s.fits(f.Maps["atlas"]) == same }
		switch s.Not {
		case otherPath:
			if !slices.ContainsFunc(r.Paths, func(p result.Path) bool {
				return slices.ContainsFunc(p.Steps, func(h result.Hop) bool { return shows(byID[h.Finding]) })
			}) {
				faults = append(faults, fmt.Sprintf("step %d (%s) is said to belong to another path, and none shows it", i+1, s.Technique.ID))
			}
		case untold:
			for j := range r.Findings {
				if f := &r.Findings[j]; f.Status == result.Live && shows(f) {
					faults = append(faults, fmt.Sprintf("step %d (%s): no rule is said to tell it, and %s does", i+1, s.Technique.ID, f.ID))
				}
			}
		}
	}
	return faults
}

// How a rule's techniques go with a published one.
const (
	strange = iota
	sibling // another child of the same technique
	same    // the technique itself, its parent or its child
)

func (s *Step) fits(techniques []string) int {
	best := strange
	for _, id := range techniques {
		for _, want := range s.ids() {
			wantBase, _, _ := strings.Cut(strings.TrimPrefix(want, "AML."), ".")
			base, _, _ := strings.Cut(strings.TrimPrefix(id, "AML."), ".")
			switch {
			case id == want || strings.HasPrefix(id, want+".") || strings.HasPrefix(want, id+"."):
				return same
			case base == wantBase:
				best = sibling
			}
		}
	}
	return best
}

// ids are the step's technique, and what has taken its place since.
func (s *Step) ids() []string { return append([]string{s.Technique.ID}, s.Now...) }

// Effect is what a remedy does to the path of a case.
type Effect struct {
	Remedy
	Before, After float64 // the most likely chance of the path; After is 0 when it is gone
}

// Remedied scans the case once more with each of its remedies, and says what becomes of the path. A remedy that changes
// nothing is an error.
func (c *Case) Remedied(shown *Shown, scan Scan) ([]Effect, error) {
	var out []Effect
	for _, remedy := range c.Remedies {
		r, err := c.with(remedy, scan)
		if err != nil {
			return nil, err
		}
		effect := Effect{Remedy: remedy, Before: math.Exp(-shown.Path.Cost)}
		for i := range r.Paths {
			if p := &r.Paths[i]; sameHops(p, shown.Path) {
				effect.After = max(effect.After, math.Exp(-p.Cost))
			}
		}
		if effect.After >= effect.Before-1e-9 {
			return nil, fmt.Errorf("%s: %s on %s does nothing to the path", c.Entry.ID, remedy.Control, remedy.On)
		}
		out = append(out, effect)
	}
	return out, nil
}

func sameHops(a, b *result.Path) bool {
	if a.Attacker != b.Attacker || a.Goal.Asset != b.Goal.Asset {
		return false
	}
	// What a control adds to a path (how it is defeated) may stand between the hops.
	for _, hop := range b.Steps {
		if !slices.ContainsFunc(a.Steps, func(h result.Hop) bool { return h.Finding == hop.Finding }) {
			return false
		}
	}
	return true
}

// with scans a copy of the model in which a remedy stands.
func (c *Case) with(remedy Remedy, scan Scan) (*result.Result, error) {
	const name = "fermata.yaml"
	text, err := os.ReadFile(filepath.Join(c.Dir, name))
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	if strings.Contains(string(text), "\ncontrols:") {
		return nil, fmt.Errorf("%s: its controls stand under the elements, so that remedies can be added", c.Entry.ID)
	}
	dir, err := os.MkdirTemp("", "case")
	if err != nil {
		return nil, fmt.Errorf("make room for a copy: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	text = fmt.Appendf(text, "\ncontrols:\n  - {control: %s, on: %q, state: evidenced, reason: %q}\n", remedy.Control, remedy.On, remedy.Why)
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		return nil, fmt.Errorf("write a copy: %w", err)
	}
	r, err := scan(dir)
	if err != nil {
		return nil, fmt.Errorf("%s with %s: %w", c.Entry.ID, remedy.Control, err)
	}
	for _, d := range r.Diagnostics {
		return nil, fmt.Errorf("%s with %s on %s: %s", c.Entry.ID, remedy.Control, remedy.On, d.Message)
	}
	return r, nil
}

// successors are the ids that have taken a technique's place.
func successors(catalog *taxonomy.Catalog, e *taxonomy.Entry) []string {
	var out []string
	for _, next := range catalog.Related(e, taxonomy.ReplacedBy, "atlas") {
		out = append(out, next.ID)
	}
	return out
}
