package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fermata/internal/matrix"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/taxonomy"
)

// mapLines lists the ids of other frameworks. Beside threats of the OWASP lists it says who relates the others to them, and why.
func (e *Engine) mapLines(ids map[string][]string) []string {
	var out []string
	threats := matrix.Threats(e.Catalog(), ids)
	for _, namespace := range slices.Sorted(maps.Keys(ids)) {
		for _, id := range ids[namespace] {
			line := namespace + " " + id
			if entry := e.Catalog().Lookup(namespace, id); entry != nil {
				line += "  " + entry.Title
				if own, why := matrix.Provenance(e.Catalog(), entry, threats); why != "" && own {
					line += "  (ours: " + why + ")"
				} else if why != "" {
					line += "  (" + why + ")"
				}
			} else if namespace == "maestro" {
				if l := e.Catalog().Layer(DefaultScheme, id); l != nil {
					line += "  " + l.Title
				}
			}
			out = append(out, line)
		}
	}
	return out
}

func (e *Engine) explainRule(rl *rule.Rule, r *result.Result) Explanation {
	x := Explanation{Kind: "rule", ID: rl.ID, Title: rl.Title}
	x.section("What it is", []string{rl.Doc}, nil)
	x.section("What to do instead", nil, nonEmpty("avoid "+rl.Avoid, rl.Avoid, "prefer "+rl.Prefer, rl.Prefer))
	x.section("When it is no threat", []string{rl.FalsePositives}, nil)
	when := strings.Join(strings.Fields(rl.When), " ")
	x.section("When it applies", nil, nonEmpty(fmt.Sprintf("visits each %s of kind %s", rl.On, strings.Join(rl.Kinds, ", ")), strings.Join(rl.Kinds, ""), "when "+when, strings.TrimPrefix(when, "true")))
	if rl.Condition() {
		x.section("What it means for an attacker", []string{"It is a condition: reported, and never a step of an attack."}, nil)
	} else {
		x.section("What it means for an attacker", nil, []string{"needs " + strings.Join(rl.Requires, " and "), "gives " + strings.Join(rl.Grants, " and "), rangeLine("chance of success of one attempt", rl.Success)})
	}
	var controls []string
	for _, use := range rl.Controls {
		if c := e.rules.Controls.Get(use.Control); c != nil {
			controls = append(controls, fmt.Sprintf("%s (%s) %s it", c.Title, c.ID, c.Effect))
		}
	}
	x.section("What breaks it", nil, controls)
	x.section("In the frameworks", nil, e.mapLines(rl.Maps))
	if r != nil {
		var here []string
		for i := range r.Findings {
			if r.Findings[i].Rule == rl.ID {
				here = append(here, fmt.Sprintf("%s %s  (%s)", r.Findings[i].Status, r.Findings[i].Message, r.Findings[i].ID))
			}
		}
		x.section("In this system", nil, firstDistinct(here, 20))
	}
	return x
}

func rangeLine(what string, r *result.Range) string {
	if r == nil {
		return ""
	}
	from := "judgement"
	if len(r.Evidence) > 0 {
		from = "evidence rows " + strings.Join(r.Evidence, ", ")
	}
	return fmt.Sprintf("%s: %g, between %g and %g (%s)", what, r.Mode, r.Low, r.High, from)
}

// covers tells whether an id is the one that is asked about, or a part of it: a rule for a sub-technique is one for the
// technique.
func covers(asked, id string) bool { return id == asked || strings.HasPrefix(id, asked+".") }

func (e *Engine) explainEntry(entry *taxonomy.Entry, answer taxonomy.Answer, r *result.Result) Explanation {
	x := Explanation{Kind: "entry", ID: entry.Namespace + " " + entry.ID, Title: e.Catalog().FullTitle(entry)}
	x.section("What it is", []string{entry.Gist, entry.Note}, nil)
	var conflicts []string
	for _, m := range answer.Conflicts() {
		conflicts = append(conflicts, m.String())
	}
	x.section("Other documents mean something else by this id", nil, conflicts)
	var rulesHere []string
	for _, rl := range e.rules.Rules {
		for _, id := range rl.Maps[entry.Namespace] {
			if covers(entry.ID, id) {
				rulesHere = append(rulesHere, fmt.Sprintf("%s  (%s)", rl.Title, rl.ID))
			}
		}
	}
	x.section("Rules that look for it", nil, rulesHere)
	if r != nil {
		var here []string
		for i := range r.Findings {
			f := &r.Findings[i]
			for _, id := range f.Maps[entry.Namespace] {
				if covers(entry.ID, id) {
					here = append(here, fmt.Sprintf("%s %s: %s  (%s)", f.Severity, f.Status, f.Message, f.ID))
				}
			}
		}
		x.section("In this system", nil, firstDistinct(here, 20))
	}
	var related []string
	for _, rel := range e.Catalog().Relations(entry) {
		line := fmt.Sprintf("%s %s %s  %s", rel.Words(), rel.Entry.Namespace, rel.Entry.ID, rel.Entry.Title)
		switch reason := (taxonomy.Reason{Crosswalk: rel.Crosswalk}); {
		case reason.Own():
			line += fmt.Sprintf("  (ours: %s)", rel.Note)
		case rel.Crosswalk != nil:
			line += fmt.Sprintf("  (published crosswalk %s)", rel.Crosswalk.ID)
		}
		related = append(related, line)
	}
	x.section("Related", nil, firstDistinct(related, 25))
	if entry.URL != "" {
		x.section("Read more", nil, []string{entry.URL})
	}
	return x
}
