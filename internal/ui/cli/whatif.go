package cli

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// minus is the sign that stands for the hyphen of -CONTROL@ELEMENT while flags are read: a flag library takes a hyphen for
// the beginning of flags.
const minus = "−"

var removal = regexp.MustCompile(`^-[a-z][a-z0-9-]*@`)

// keepRemovals lets the changes of whatif pass the flag library.
func keepRemovals(args []string) []string {
	if len(args) == 0 || args[0] != "whatif" {
		return args
	}
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = arg
		if removal.MatchString(arg) {
			out[i] = minus + arg[1:]
		}
	}
	return out
}

func (a *app) whatif() *cobra.Command {
	var format, output string
	var everything bool
	var scopes []string
	cmd := &cobra.Command{
		Use:   "whatif [PATH] +CONTROL@ELEMENT | -CONTROL@ELEMENT …",
		Short: "what placing a control, or taking one away, changes",
		Long: `Whatif solves a system again with controls placed (+) as if they were seen in code
or configuration, or taken away (-), all of them together, and prints what changes:
losses and ways that go or come, findings, and what falls with what. ELEMENT is an
element's id or name, a flow's id, or FROM->TO for a flow.
` + pathOrResult,
		Example: `  fermata whatif +sandbox@run_shell
  fermata whatif result.json +human-approval@refund -input-filter@triage`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := knownScopes(scopes); err != nil {
				return err
			}
			path, changes, err := placements(args)
			if err != nil {
				return err
			}
			form, err := formatFor(format, output, whatIfFormats)
			if err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			r, err := a.look(cmd, e, path, -1)
			if err != nil {
				return err
			}
			doc, err := e.WhatIf(cmd.Context(), r, changes, scopes...)
			if err != nil {
				return err
			}
			if left := a.leftOut(r, scopes); left != "" && (output != "" || form == "json") {
				doc.Notes = append(doc.Notes, left)
			}
			a.incomplete(r)
			return a.document(output, func(w io.Writer) error {
				if form == "json" {
					return writeJSON(w, doc)
				}
				whatIfText(a.pageOn(w, output), report.NewView(r), report.Options{Scopes: scopes}, doc, everything)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&everything, "all", false, "list every change")
	scopeFlag(cmd, &scopes)
	documentFlags(cmd, &format, &output, whatIfFormats)
	a.system(cmd)
	return cmd
}

// placements tells changes from the path among the words of the command.
func placements(args []string) (path string, changes []string, err error) {
	path = "."
	given := false
	for _, arg := range args {
		if rest, ok := strings.CutPrefix(arg, minus); ok {
			arg = "-" + rest
		}
		switch {
		case strings.HasPrefix(arg, "+") || strings.HasPrefix(arg, "-"):
			if _, _, _, ok := pipeline.ParseChange(arg); !ok {
				return "", nil, &usageError{message: fmt.Sprintf("%q is no change", arg), hint: "write +CONTROL@ELEMENT or -CONTROL@ELEMENT"}
			}
			changes = append(changes, arg)
		case given:
			return "", nil, &usageError{message: fmt.Sprintf("fermata whatif takes one path, and %q is one too many", arg), hint: "changes begin with + or -: +CONTROL@ELEMENT"}
		default:
			path, given = arg, true
		}
	}
	if len(changes) == 0 {
		return "", nil, &usageError{message: "fermata whatif needs a change", hint: "write +CONTROL@ELEMENT to place a control, -CONTROL@ELEMENT to take one away"}
	}
	return path, changes, nil
}

// shownChanges is how many changes of a kind are listed without --all.
const shownChanges = 12

func whatIfText(page *page, v *report.View, o report.Options, doc *result.WhatIf, everything bool) {
	for _, c := range doc.Changes {
		verb := "With"
		if !c.Add {
			verb = "Without"
		}
		text := fmt.Sprintf("%s (%s) on %s", v.Control(c.Control), c.Control, spot(v, c.On))
		if c.Guards > 0 {
			guards := "guards"
			if !c.Add {
				guards = "guarded"
			}
			text += fmt.Sprintf("; it %s %s", guards, report.Plural(c.Guards, "finding", "findings"))
		}
		page.wrap(verb+" ", text)
		if c.Note != "" {
			page.wrap("  ", c.Note)
		}
	}
	page.line("")
	before, after := standing(doc.Before), standing(doc.After)
	switch { // said once, of what reads as if all were well
	case total(doc.After.Losses) == 0:
		after += v.OpenEffects(o)
	case total(doc.Before.Losses) == 0:
		before += v.OpenEffects(o)
	}
	page.wrap("before: ", before)
	page.wrap("after:  ", after)
	riskChanges(page, doc.Risk)
	if total(doc.After.Losses) == 0 && slices.ContainsFunc(doc.Risk, func(c result.RiskChange) bool { return c.After.Mean > 0 }) {
		page.wrap("        ", "Expected loss counts that controls fail, as published; the lines above take them to hold.")
	}
	if len(doc.Losses)+len(doc.Ways)+len(doc.Findings)+len(doc.Blast) == 0 {
		page.line("")
		page.line("Nothing changes.")
	}
	list := func(head string, n int, item func(i int) (lead, text string)) {
		if n == 0 {
			return
		}
		page.line("")
		page.head(head)
		for i := range n {
			if i == shownChanges && !everything {
				page.line("  and %d more: --all", n-i)
				return
			}
			lead, text := item(i)
			page.wrap("  "+lead, text)
		}
	}
	list("Losses", len(doc.Losses), func(i int) (string, string) {
		l := doc.Losses[i]
		return fmt.Sprintf("%-20s ", turn(l.Before, l.After)), v.Asset(l.Asset)
	})
	list("Ways", len(doc.Ways), func(i int) (string, string) {
		w := &doc.Ways[i]
		text := fmt.Sprintf("%s to %s", v.Attacker(w.Attacker), v.Asset(w.Asset))
		switch {
		case w.After == nil:
			return "- gone     ", text
		case w.Before == nil && strings.Contains(w.Attacker, "+") && slices.ContainsFunc(doc.Ways, func(x result.WayChange) bool { return x.Asset == w.Asset && x.Before != nil }):
			return "  together ", text + ", none alone any more: " + report.WayChance(w.After)
		case w.Before == nil:
			return "+ new      ", text + ": " + report.WayChance(w.After)
		case w.After.Cost > w.Before.Cost:
			return "  harder   ", fmt.Sprintf("%s: %s, was %s", text, report.WayChance(w.After), report.WayChance(w.Before))
		}
		return "  easier   ", fmt.Sprintf("%s: %s, was %s", text, report.WayChance(w.After), report.WayChance(w.Before))
	})
	findings := slices.Clone(doc.Findings)
	sort.SliceStable(findings, func(i, j int) bool { return rank(&findings[i]) < rank(&findings[j]) })
	list("Findings", len(findings), func(i int) (string, string) {
		f := &findings[i]
		message := f.Finding
		if found := v.Finding(f.Finding); found != nil {
			message = v.Message(found)
		}
		change := turn(grade(f.Before, f.SeverityBefore), grade(f.After, f.SeverityAfter))
		return fmt.Sprintf("%-28s ", change), message
	})
	list("What falls with what", len(doc.Blast), func(i int) (string, string) {
		b := &doc.Blast[i]
		return "", fmt.Sprintf("%s: %d elements and %d losses fall with it, before %d and %d", v.Name(b.Element), b.ElementsAfter, b.LossesAfter, b.ElementsBefore, b.LossesBefore)
	})
	for _, n := range doc.Notes {
		page.line("")
		page.wrap("note: ", n)
	}
}

// rank is how grave a changed finding is where it is gravest.
func rank(f *result.FindingChange) int {
	return min(report.Rank(f.SeverityBefore), report.Rank(f.SeverityAfter))
}

// grade is a finding's status, with the severity of a live one.
func grade(status result.Status, severity string) string {
	if status == result.Live || status == result.Accepted {
		return string(status) + " " + severity
	}
	return string(status)
}

// turn is a change of something that may not be there.
func turn(before, after string) string {
	switch {
	case before == "":
		return "now " + after
	case after == "":
		return before + " → gone"
	}
	return before + " → " + after
}
