package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"fermata/internal/pipeline"
	"fermata/internal/rule"
)

// controlDocs writes an index of the controls and a page of each. A page whose control is gone is said, not removed.
func controlDocs(_ context.Context, out files) error {
	e, err := engine()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(generated + "# Controls\n\nA blocking control stops the steps that it guards while it stands; a weakening one makes them less likely. " +
		"Efficacy is the\nrelative reduction of success: least, most likely, most. *Rows* counts the published figures behind it; 0 is judgement. " +
		"*Costs* are\nlatency, tokens, friction, effort, each from 0 (none) to 3 (high). A scan sees the control in examples marked ✓.\n`fermata controls show ID` tells one in full, " +
		"`fermata controls for FINDING` says which would help where.\n\n" +
		"| Control | What | Effect | Efficacy | Rows | Rules | Costs | Examples |\n|---|---|---|---|---|---|---|---|\n")
	known := map[string]bool{}
	for _, c := range e.Controls() {
		known[c.ID+".md"] = true
		p := e.Pattern(c.ID)
		if p == nil {
			return fmt.Errorf("control %s has no pattern that loads", c.ID)
		}
		fmt.Fprintf(&b, "| [`%s`](controls/%s.md) | %s: %s | %s | %g, %g, %g | %d | %d | %s | %s |\n", c.ID, c.ID, escape(c.Title), escape(c.Gist), c.Effect,
			c.Efficacy.Low, c.Efficacy.Mode, c.Efficacy.High, len(p.Evidence), len(e.Guarded(c.ID)), grades(p.Costs), kits(p))
		x, err := e.ShowControl(c.ID, "")
		if err != nil {
			return err
		}
		out["docs/controls/"+c.ID+".md"] = controlPage(x, pipeline.ThreatsHeading(c.Effect))
	}
	b.WriteString("\n## What each guards against\n\nComputed from the rules.\n\n")
	for _, c := range e.Controls() {
		var rules []string
		for _, r := range e.Guarded(c.ID) {
			rules = append(rules, r.ID)
		}
		if len(rules) == 0 {
			rules = []string{"no rule yet"}
		}
		fmt.Fprintf(&b, "- `%s` %s: %s\n", c.ID, c.Effect, strings.Join(rules, ", "))
	}
	out["docs/controls.md"] = []byte(b.String())
	pages, err := filepath.Glob("docs/controls/*.md")
	if err != nil {
		return err
	}
	for _, page := range pages {
		if !known[filepath.Base(page)] {
			return fmt.Errorf("%s is the page of a control that is gone: remove it", page)
		}
	}
	return nil
}

// grades are the costs as digits.
func grades(c rule.Costs) string {
	var digits []string
	for _, word := range []string{c.Latency, c.Tokens, c.Friction, c.Effort} {
		for i, w := range rule.CostWords {
			if w == word {
				digits = append(digits, fmt.Sprint(i))
			}
		}
	}
	return strings.Join(digits, " ")
}

// kits are the frameworks that a pattern has examples for.
func kits(p *rule.Pattern) string {
	var list []string
	seen := map[string]bool{}
	for _, s := range p.Build {
		if !seen[s.Framework] {
			seen[s.Framework] = true
			name := s.Framework
			if s.Seen {
				name += " ✓"
			}
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}

// controlPage is what the command line shows of a control, as Markdown, but for the rules that list it: the index has
// those, so that a new rule changes one file.
func controlPage(x pipeline.Explanation, without string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s\n\n`%s`\n", generated, escape(x.Title), x.ID)
	for _, s := range x.Sections {
		if s.Heading == without {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n", s.Heading)
		for i, text := range s.Text {
			if i > 0 {
				b.WriteString("\n")
			}
			for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
				b.WriteString(strings.NewReplacer("<", "&lt;", "*", "\\*").Replace(strings.Join(strings.Fields(paragraph), " ")) + "\n")
			}
		}
		if len(s.Text) > 0 && len(s.Items)+len(s.Code) > 0 {
			b.WriteString("\n")
		}
		for _, item := range s.Items {
			b.WriteString("- " + escape(item) + "\n")
		}
		for i, l := range s.Code {
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "%s:\n\n```%s\n%s\n```\n", escape(l.Head), l.Language, strings.Join(l.Lines, "\n"))
		}
	}
	return []byte(b.String())
}
