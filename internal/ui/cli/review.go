package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

func (a *app) reviewOf() *cobra.Command {
	var output, scheme string
	cmd := &cobra.Command{
		Use:   "review COMPONENT [PATH]",
		Short: "a security review of one component, as Markdown that can be sent on",
		Long: `Review writes down six steps for one agent, tool, tool server or plugin: the stack,
the seven layers with threats and places, the checklist, the matrix of frameworks,
patterns that were found or looked for, and tests to write; with open questions and
a box for the decision.
` + pathOrResult,
		Example: `  fermata review desk/tools.py:refund
  fermata review triage examples/support-desk -o review.md`,
		Args: between(2, "a component"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--scheme", "scheme", scheme, checklistSchemes); err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			c, err := a.checked(cmd, e, argument(args, 1, "."))
			if err != nil {
				return err
			}
			doc, err := e.Checklist(c, pipeline.ChecklistAsk{Scheme: scheme, Components: args[:1]})
			if err != nil {
				return err
			}
			a.incomplete(c.Result)
			text, err := reviewText(e, c, doc)
			if err != nil {
				return err
			}
			return a.document(output, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "write a `FILE` of Markdown")
	cmd.Flags().StringVar(&scheme, "scheme", checklistSchemes[0], "the `SCHEME` that layers of checks are named by: "+strings.Join(checklistSchemes, ", "))
	completes(cmd, "scheme", checklistSchemes...)
	a.system(cmd)
	return cmd
}

// reviewPaths is how many ways of an attacker a review tells.
const reviewPaths = 5

// reviewText is the review of the only component of a checklist.
func reviewText(e *pipeline.Engine, c *pipeline.Checked, doc *result.Checklist) (string, error) {
	var b strings.Builder
	it := &doc.Components[0]
	r := pipeline.About(c.Result, it.ID)
	view := report.NewView(c.Result)
	fmt.Fprintf(&b, "# Review: %s\n\n", report.Markdown(it.Name))
	fmt.Fprintf(&b, "%s, %s, of the system %s. %s\n", report.Capital(strings.ReplaceAll(string(it.Kind), "-", " ")), report.MarkdownCode(it.ID), report.Markdown(c.Result.System.Name), countText(doc))
	if !doc.Code {
		b.WriteString("\nThe code was not at hand: what only code can show needs a person.\n")
	}

	b.WriteString("\n## 1. The stack\n\nATLAS says how such systems are attacked, MAESTRO where to look, NIST AI RMF how to govern, map, measure and manage what was found, and ISO/IEC 42001 with 23894 how to keep that going. Step 4 gives this component's ids in each.\n")

	b.WriteString("\n## 2. The seven layers\n")
	for _, layer := range c.Result.Layers {
		fmt.Fprintf(&b, "\n### %s %s\n\n", layer.ID, report.Markdown(layer.Name))
		n := 0
		for i := range r.Findings {
			f := &r.Findings[i]
			if report.FirstLayer(f) != layer.ID {
				continue
			}
			n++
			fmt.Fprintf(&b, "- %s, %s: %s (%s)%s\n", f.Severity, f.Status, report.Markdown(f.Message), report.MarkdownCode(f.ID), at(f))
			if f.Why != "" {
				fmt.Fprintf(&b, "  %s.\n", report.Markdown(report.Capital(strings.TrimSuffix(f.Why, "."))))
			}
		}
		if n == 0 {
			b.WriteString("No rule made a finding about it here.\n")
		}
	}
	fmt.Fprintf(&b, "\n%s asked. That none made a finding is no proof: what was looked at stands in step 5.\n", report.Plural(c.Result.Tool.Rules, "rule was", "rules were"))
	if len(r.Paths) > 0 {
		b.WriteString("\nWays of an attacker that lead through it, worst first:\n\n")
		for i := range r.Paths[:min(len(r.Paths), reviewPaths)] {
			p := &r.Paths[i]
			fmt.Fprintf(&b, "- %s: %s, %s (%s)\n", p.Severity, report.Markdown(p.Attacker), report.Markdown(view.Asset(p.Goal.Asset)), report.MarkdownCode(p.ID))
		}
		if left := len(r.Paths) - reviewPaths; left > 0 {
			fmt.Fprintf(&b, "- and %d more\n", left)
		}
	}

	b.WriteString("\n## 3. The checklist\n")
	reviewChecks(&b, doc)

	b.WriteString("\n## 4. The frameworks\n\n")
	var table bytes.Buffer
	if len(r.Findings) > 0 {
		if err := e.Matrix(r, "finding", true).Write(&table, "md"); err != nil {
			return "", err
		}
		for _, line := range strings.Split(table.String(), "\n") { // the table only; the reasons of its ids are those of fermata matrix
			if strings.HasPrefix(line, "|") {
				b.WriteString(line + "\n")
			} else if strings.HasPrefix(line, "## ") {
				break
			}
		}
	} else {
		b.WriteString("No finding is about it, so there is no row.\n")
	}

	b.WriteString("\n## 5. Patterns found, and where was looked\n\n")
	found := 0
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Code != nil {
			found++
			fmt.Fprintf(&b, "- found: %s (%s)%s\n", report.Markdown(f.Title), report.MarkdownCode(f.Rule), at(f))
		}
	}
	looked := c.Looked(it.ID)
	var parts []string
	for _, sort := range result.SubjectSorts {
		if n := looked[sort]; n > 0 {
			parts = append(parts, report.Plural(n, sort, sort+"s"))
		}
	}
	switch {
	case !doc.Code:
		b.WriteString("No code was looked at.\n")
	case len(parts) == 0:
		b.WriteString("No code of its own was seen, so no pattern was looked for in it.\n")
	case found == 0:
		fmt.Fprintf(&b, "None was found in what was seen of its code: %s.\n", strings.Join(parts, ", "))
	default:
		fmt.Fprintf(&b, "\nSeen of its code: %s.\n", strings.Join(parts, ", "))
	}

	b.WriteString("\n## 6. Tests to write\n\nOne for each check that failed or that nothing shows.\n")
	reviewTests(&b, doc)

	b.WriteString("\n## Open questions\n\n")
	for _, q := range r.Questions {
		fmt.Fprintf(&b, "- %s (%s)\n", report.Markdown(q.Text), report.MarkdownCode(q.ID))
	}
	said := map[string]bool{}
	for i := range doc.Answers {
		if x := &doc.Answers[i]; x.Verdict == result.NeedsPerson && !said[x.Why] {
			said[x.Why] = true
			fmt.Fprintf(&b, "- %s (%s)\n", report.Markdown(x.Why), report.MarkdownCode(x.Check))
		}
	}
	b.WriteString("\n## Decision\n\n- [ ] go ahead\n- [ ] go ahead when the failed checks are mended\n- [ ] do not go ahead\n\n| Decided by | Day | Holds until | Reason |\n|---|---|---|---|\n|  |  |  |  |\n")
	return b.String(), nil
}

// at is where a finding was seen first.
func at(f *result.Finding) string {
	if e, ok := report.Where(f.Evidence); ok {
		return " at " + report.MarkdownCode(fmt.Sprintf("%s:%d", e.File, e.Line))
	}
	return ""
}

func reviewChecks(b *strings.Builder, doc *result.Checklist) {
	cells := answers(doc)
	last := ""
	for i, head := range heads(doc) {
		c := &doc.Checks[i]
		x := cells[[2]string{c.ID, doc.Components[0].ID}]
		if x == nil {
			continue
		}
		if head != last {
			fmt.Fprintf(b, "\n### %s\n\n| Check | Layer | Answer | Why |\n|---|---|---|---|\n", report.Capital(head))
			last = head
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s%s |\n", report.Markdown(c.Title), c.Layer, verdictNames[x.Verdict], report.Markdown(x.Why), markdownPlaces(x))
	}
}

func reviewTests(b *strings.Builder, doc *result.Checklist) {
	cells := answers(doc)
	seen := map[string]bool{}
	for _, layer := range []string{"L1", "L2", "L3", "L4", "L5", "L6", "L7"} {
		first := true
		for i := range doc.Checks {
			c := &doc.Checks[i]
			x := cells[[2]string{c.ID, doc.Components[0].ID}]
			if c.Layer != layer || x == nil || x.Verdict != result.Fail && x.Verdict != result.NeedsPerson || seen[c.Test] {
				continue
			}
			seen[c.Test] = true
			if first {
				fmt.Fprintf(b, "\n%s %s:\n\n", layer, report.Markdown(c.LayerName))
				first = false
			}
			fmt.Fprintf(b, "- [ ] %s\n", report.Markdown(c.Test))
		}
	}
}
