package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"fermata/internal/devtool/casestudy"
	"fermata/internal/pipeline"
	"fermata/internal/result"
)

// scenarioDocs writes the guide's six chains across layers and where they come out.
func scenarioDocs(b *strings.Builder, rpa *result.Result) {
	b.WriteString("\n## The guide's six scenarios across layers\n\nIn `examples/rpa-expense`, as chains of live findings: each step needs what the one before gave.\n\n| Scenario | Begins with | Steps | Comes out as |\n|---|---|---|---|\n")
	for i := range casestudy.Scenarios {
		s := &casestudy.Scenarios[i]
		var steps []string
		for _, step := range s.Steps {
			steps = append(steps, fmt.Sprintf("`%s` gives `%s`", step.Rule, step.Gains))
		}
		out := "derivation: " + escape(s.Why)
		if p := s.Path(rpa); p != nil {
			out = "path " + code([]string{p.ID})
		}
		fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", escape(s.Name), s.Start, strings.Join(steps, "; "), out)
	}
}

// atlasDocs writes for each case study of ATLAS that is modelled its published steps beside the hops that show them.
func atlasDocs(ctx context.Context, e *pipeline.Engine, b *strings.Builder) error {
	cases, err := casestudy.Load(filepath.FromSlash(casestudy.Folder), e.Catalog())
	if err != nil {
		return err
	}
	scan := func(dir string) (*result.Result, error) { return scanCase(ctx, e, dir) }
	var table, sections strings.Builder
	for _, c := range cases {
		r, err := scan(c.Dir)
		if err != nil {
			return err
		}
		shown, err := c.Follow(r)
		if err != nil {
			return err
		}
		effects, err := c.Remedied(shown, scan)
		if err != nil {
			return err
		}
		hops := 0
		for _, at := range shown.Hops {
			if at >= 0 {
				hops++
			}
		}
		fmt.Fprintf(&table, "| [%s](#%s) | %s | %d | %d | %d | %s |\n", c.Entry.ID, anchor(c.Entry.ID), escape(c.Entry.Title), len(c.Steps), hops, len(c.Steps)-hops, gone(effects))
		atlasCase(&sections, c, r, shown, effects)
	}
	fmt.Fprintf(b, "\n# Case studies of ATLAS\n\n%d cases that concern agents, MCP or copilots, each a written model under `%s/`. For each step that ATLAS published there is\nthe attack step of one path that shows it, or the reason why none does. The attack steps stand in the published order unless the note says otherwise.\n\n", len(cases), casestudy.Folder)
	b.WriteString("| Case | Title | Steps | Shown | Not | With its remedies |\n|---|---|---|---|---|---|\n" + table.String())
	b.WriteString("\nWhy no attack step shows a published one:\n\n")
	for _, n := range casestudy.Nots {
		fmt.Fprintf(b, "- *%s*: %s\n", n.Word, n.Doc)
	}
	b.WriteString(sections.String())
	return nil
}

func anchor(id string) string { return strings.ToLower(strings.ReplaceAll(id, ".", "")) }

func gone(effects []casestudy.Effect) string {
	var away, less int
	for _, e := range effects {
		if e.After == 0 {
			away++
		} else {
			less++
		}
	}
	switch {
	case less == 0:
		return fmt.Sprintf("gone with each of %d", away)
	case away == 0:
		return fmt.Sprintf("less likely with each of %d", less)
	}
	return fmt.Sprintf("gone with %d, less likely with %d", away, less)
}

func atlasCase(b *strings.Builder, c *casestudy.Case, r *result.Result, shown *casestudy.Shown, effects []casestudy.Effect) {
	rules := map[string]string{}
	for i := range r.Findings {
		rules[r.Findings[i].ID] = r.Findings[i].Rule
	}
	fmt.Fprintf(b, "\n## %s\n\n%s: `%s`, path `%s`.\n\n| Tactic | Technique | Attack step | Note |\n|---|---|---|---|\n", c.Entry.ID, escape(c.Entry.Title), filepath.ToSlash(c.Dir), shown.Path.ID)
	for i := range c.Steps {
		s := &c.Steps[i]
		hop, note := "none", s.Why
		if at := shown.Hops[i]; at >= 0 {
			h := &shown.Path.Steps[at]
			hop = fmt.Sprintf("%d. `%s` gives %s", at+1, rules[h.Finding], code(h.Gains))
		} else {
			note = "*" + s.Not + "*: " + note
		}
		fmt.Fprintf(b, "| %s | %s %s | %s | %s |\n", escape(s.Tactic.Title), technique(s), escape(s.Technique.Title), hop, escape(note))
	}
	b.WriteString("\nWhat the remedies do:\n\n")
	for _, e := range effects {
		after := fmt.Sprintf("falls from about 1 in %.0f to 1 in %.0f", 1/e.Before, math.Round(1/e.After))
		if e.After == 0 {
			after = "is gone"
		}
		fmt.Fprintf(b, "- `%s` on `%s` (%s): the path %s\n", e.Control, e.On, escape(e.Why), after)
	}
}

func technique(s *casestudy.Step) string {
	if len(s.Now) == 0 {
		return s.Technique.ID
	}
	return fmt.Sprintf("%s (now %s)", s.Technique.ID, strings.Join(s.Now, ", "))
}
