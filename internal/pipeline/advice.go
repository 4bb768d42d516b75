package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
)

// mostExamples is how many examples of one control advice shows, where a system is made with several frameworks.
const mostExamples = 2

// inFull is how many controls advice tells in full; the rest is listed.
const inFull = 6

// advised is a control with what it would do for some findings.
type advised struct {
	control  *rule.Control
	places   []string          // ids of elements and flows where it would stand, in the order of findings
	standing []*result.Control // where it stands already
	findings map[string]bool   // ids of findings that it would guard
	held     map[string]bool   // ids of findings that it guards
}

// Advise says which controls would block or weaken a finding, all findings of a rule, or all findings of an element, and
// where each would stand, with examples for a framework, or for the frameworks of the system when none is named. The
// result may be nil: then only a rule can be advised about.
func (e *Engine) Advise(query string, r *result.Result, framework string) (Explanation, error) {
	query = strings.TrimSpace(query)
	if r == nil {
		if rl := e.rules.Rule(query); rl != nil {
			return e.adviseRule(rl, framework), nil
		}
		return Explanation{}, e.unknown(query, r, e.Catalog().Resolve(query))
	}
	v := newView(r)
	query = r.FindingID(query)
	if f, ok := v.findings[query]; ok {
		x := Explanation{Kind: "advice", ID: f.ID, Title: f.Message}
		state := fmt.Sprintf("It is %s, of %s severity.", f.Status, f.Severity)
		if f.Why != "" {
			state = fmt.Sprintf("It is %s: %s.", f.Status, f.Why)
		}
		x.section("What it is about", []string{state}, nil)
		e.advise(&x, v, []*result.Finding{f}, framework)
		return x, nil
	}
	for i := range r.Paths {
		if p := &r.Paths[i]; p.ID == query || p.Handle() == query {
			found := v.choose(func(f *result.Finding) bool {
				return slices.ContainsFunc(p.Steps, func(h result.Hop) bool { return h.Finding == f.ID })
			})
			x := Explanation{Kind: "advice", ID: p.ID, Title: fmt.Sprintf("%s reaches %s", p.Attacker, v.assetName(p.Goal.Asset))}
			x.section("What it is about", []string{tally(found)}, nil)
			e.advise(&x, v, found, framework)
			return x, nil
		}
	}
	if rl := e.rules.Rule(query); rl != nil {
		found := v.choose(func(f *result.Finding) bool { return f.Rule == rl.ID })
		if len(found) == 0 {
			x := e.adviseRule(rl, framework)
			x.Sections = append([]Section{{Heading: "In this system", Text: []string{"The rule finds nothing here."}}}, x.Sections...)
			return x, nil
		}
		x := Explanation{Kind: "advice", ID: rl.ID, Title: rl.Title}
		x.section("What it is about", []string{tally(found)}, nil)
		e.advise(&x, v, found, framework)
		return x, nil
	}
	if el := v.element(query); el != nil {
		found := v.choose(func(f *result.Finding) bool { return slices.Contains(f.Elements, el.ID) })
		x := Explanation{Kind: "advice", ID: el.ID, Title: fmt.Sprintf("%s (%s)", el.Name, el.Kind)}
		if len(found) == 0 {
			x.section("What it is about", []string{"Nothing was found that concerns it."}, nil)
			return x, nil
		}
		x.section("What it is about", []string{tally(found)}, nil)
		e.advise(&x, v, found, framework)
		return x, nil
	}
	return Explanation{}, e.unknown(query, r, e.Catalog().Resolve(query))
}

func (v *view) choose(keep func(*result.Finding) bool) []*result.Finding {
	var out []*result.Finding
	for i := range v.r.Findings {
		if f := &v.r.Findings[i]; keep(f) {
			out = append(out, f)
		}
	}
	return out
}

// tally counts findings by status.
func tally(list []*result.Finding) string {
	count := map[result.Status]int{}
	for _, f := range list {
		count[f.Status]++
	}
	var parts []string
	for _, s := range []result.Status{result.Live, result.Condition, result.Blocked, result.Unreachable, result.Accepted} {
		if count[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	return fmt.Sprintf("%s: %s.", plural(len(list), "finding", "findings"), strings.Join(parts, ", "))
}

// adviseRule advises about a rule without a system.
func (e *Engine) adviseRule(rl *rule.Rule, framework string) Explanation {
	x := Explanation{Kind: "advice", ID: rl.ID, Title: rl.Title}
	x.section("What to do instead", nil, nonEmpty("avoid "+rl.Avoid, rl.Avoid, "prefer "+rl.Prefer, rl.Prefer))
	if len(rl.Controls) == 0 {
		x.section("Controls", []string{"None of the catalogue: " + rl.ControlsWhy}, nil)
		return x
	}
	uses := slices.Clone(rl.Controls)
	sort.SliceStable(uses, func(i, j int) bool {
		return before(e.rules.Controls.Get(uses[i].Control), e.rules.Controls.Get(uses[j].Control))
	})
	var kits []string
	if framework != "" {
		kits = []string{framework}
	}
	for _, use := range uses {
		c := e.rules.Controls.Get(use.Control)
		if c == nil {
			continue
		}
		where := "it stands on what the rule binds: " + strings.Join(c.Where, ", ")
		if len(use.On) > 0 {
			where = "it counts on " + strings.Join(use.On, ", ")
		}
		e.adviceSection(&x, c, []string{where}, kits)
	}
	return x
}

// before puts what blocks before what weakens, then the better one first.
func before(a, b *rule.Control) bool {
	if a.Effect != b.Effect {
		return a.Effect == rule.EffectBlocks
	}
	if a.Efficacy.Mode != b.Efficacy.Mode {
		return a.Efficacy.Mode > b.Efficacy.Mode
	}
	return a.ID < b.ID
}

// advise adds a section for each control that the findings list. What blocks comes before what weakens, what guards more
// findings before what guards fewer, what has an example for the system's frameworks before what has none; what stands
// already comes last.
func (e *Engine) advise(x *Explanation, v *view, findings []*result.Finding, framework string) {
	all := map[string]*advised{}
	for _, f := range findings {
		for i := range f.Controls {
			c := &f.Controls[i]
			definition := e.rules.Controls.Get(c.Control)
			if definition == nil {
				continue
			}
			a := all[c.Control]
			if a == nil {
				a = &advised{control: definition, findings: map[string]bool{}, held: map[string]bool{}}
				all[c.Control] = a
			}
			if stands(c.State) {
				a.held[f.ID] = true
				a.standing = append(a.standing, c)
				continue
			}
			a.findings[f.ID] = true
			if !slices.Contains(a.places, c.On) {
				a.places = append(a.places, c.On)
			}
		}
	}
	var missing, standing []*advised
	for _, id := range slices.Sorted(maps.Keys(all)) {
		if a := all[id]; len(a.findings) > 0 {
			missing = append(missing, a)
		} else {
			standing = append(standing, a)
		}
	}
	kits := Kits(v.r)
	if framework != "" {
		kits = []string{framework}
	}
	here := map[string]bool{} // controls with an example for the frameworks of this system
	for _, a := range missing {
		here[a.control.ID] = e.builds(a.control.ID, kits)
	}
	sort.SliceStable(missing, func(i, j int) bool {
		a, b := missing[i], missing[j]
		switch {
		case a.control.Effect != b.control.Effect:
			return a.control.Effect == rule.EffectBlocks
		case len(a.findings) != len(b.findings):
			return len(a.findings) > len(b.findings)
		case here[a.control.ID] != here[b.control.ID]:
			return here[a.control.ID]
		}
		return before(a.control, b.control)
	})
	var rest []string
	for i, a := range missing {
		if i >= inFull {
			rest = append(rest, fmt.Sprintf("%s (%s) %s %s", a.control.Title, a.control.ID, a.control.Effect, plural(len(a.findings), "finding", "findings")))
			continue
		}
		var lines []string
		for n, id := range a.places {
			if n == 4 {
				lines = append(lines, fmt.Sprintf("and in %s more", plural(len(a.places)-n, "place", "places")))
				break
			}
			lines = append(lines, "place it on "+v.placeOf(id))
		}
		if len(findings) > 1 {
			lines = append(lines, fmt.Sprintf("it %s %d of %s", a.control.Effect, len(a.findings), plural(len(findings), "finding", "findings")))
		}
		own := v.kitsAt(a.places)
		if framework != "" {
			own = nil
		}
		e.adviceSection(x, a.control, lines, append(own, kits...))
	}
	x.section("Also", nil, rest)
	var there []string
	for _, a := range standing {
		for _, c := range a.standing {
			there = append(there, fmt.Sprintf("%s (%s) on %s: %s", a.control.Title, a.control.ID, v.name(c.On), stateWords(c.State)))
		}
	}
	x.section("Stands already", nil, firstDistinct(there, 10))
	if len(missing) == 0 && len(standing) == 0 {
		x.section("Controls", []string{"None of the catalogue meets it."}, nil)
	}
}

// builds tells whether a control has an example for one of the frameworks.
func (e *Engine) builds(control string, kits []string) bool {
	p := e.Pattern(control)
	return p != nil && slices.ContainsFunc(p.Build, func(s rule.Snippet) bool { return slices.Contains(kits, s.Framework) })
}

// stands tells whether somebody saw or claims the control.
func stands(s model.State) bool {
	return s != model.Unseen && s != model.Absent && s != model.Refuted
}

// placeOf is an element or flow with where it is written.
func (v *view) placeOf(id string) string {
	text := v.name(id)
	var at []model.Evidence
	if el, ok := v.elements[id]; ok {
		text, at = fmt.Sprintf("%s (%s)", el.Name, el.Kind), el.Evidence
	} else if f, ok := v.flows[id]; ok {
		at = f.Evidence
	}
	for _, ev := range at {
		if ev.File != "" {
			return fmt.Sprintf("%s  [%s:%d]", text, ev.File, ev.Line)
		}
	}
	return text
}

// kitsAt is the frameworks of what stands at some places: of an element, of the ends of a flow.
func (v *view) kitsAt(ids []string) []string {
	var out []string
	for _, id := range ids {
		ends := []string{id}
		if f, ok := v.flows[id]; ok {
			ends = []string{f.From, f.To}
		}
		for _, end := range ends {
			if el, ok := v.elements[end]; ok {
				out = append(out, kitsOf(el.Technology)...)
			}
		}
	}
	return out
}

// adviceSection tells one control: what it does, where it stands, what it costs, and examples for the frameworks,
// first those of the place where it would stand; one without a framework where there is none.
func (e *Engine) adviceSection(x *Explanation, c *rule.Control, lines, kits []string) {
	p := e.Pattern(c.ID)
	s := Section{Heading: fmt.Sprintf("%s (%s): %s it", c.Title, c.ID, c.Effect), Text: []string{c.Gist}, Items: lines}
	if p == nil {
		x.Sections = append(x.Sections, s)
		return
	}
	s.Items = append(s.Items, "costs: "+CostLine(p.Costs))
	shown := map[string]bool{}
	for _, kit := range append(slices.Clone(kits), "plain") {
		i := slices.IndexFunc(p.Build, func(b rule.Snippet) bool { return b.Framework == kit })
		if i < 0 || shown[kit] || len(shown) == mostExamples || kit == "plain" && len(shown) > 0 {
			continue
		}
		shown[kit] = true
		s.Code = append(s.Code, listing(&p.Build[i]))
	}
	if len(shown) == 0 && len(p.Build) > 0 {
		var have []string
		for i := range p.Build {
			have = append(have, p.Build[i].Framework)
		}
		s.Items = append(s.Items, fmt.Sprintf("examples for %s: fermata controls show %s", strings.Join(firstDistinct(have, 9), ", "), c.ID))
	}
	x.Sections = append(x.Sections, s)
}
