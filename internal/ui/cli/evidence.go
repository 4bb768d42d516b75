package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
)

// evidenceKinds are the kinds of rows in the order in which they are listed.
var evidenceKinds = []struct{ kind, head string }{
	{"attack", "Attacks: how often they succeeded"},
	{"control", "Controls: what still got through, or what they stopped"},
	{"detector", "Detectors: how much they saw"},
	{"propagation", "Propagation: how far it spread"},
	{"human", "People: what they let through"},
	{"control_cost", "What controls cost"},
	{"prevalence", "How common it is"},
	{"loss", "What losses cost"},
}

func (a *app) evidence() *cobra.Command {
	var kind string
	var used bool
	cmd := a.list("evidence", "published figures that risk rests on: attack success, control efficacy, and who uses each", "the id of a row, such as C002", func(e *pipeline.Engine, page *page) {
		a.evidenceList(e, page, kind, used)
	})
	check := func(*cobra.Command, []string) error {
		var kinds []string
		for _, k := range evidenceKinds {
			kinds = append(kinds, k.kind)
		}
		if kind == "" {
			return nil
		}
		return oneOf("--kind", "kind of row", kind, kinds)
	}
	for _, c := range append([]*cobra.Command{cmd}, cmd.Commands()...) {
		if c.Name() == "show" {
			continue
		}
		c.Flags().StringVar(&kind, "kind", "", "only rows of this `KIND`: attack, control, detector, propagation, human, control_cost, prevalence or loss")
		c.Flags().BoolVar(&used, "used", false, "only rows that a rule or control rests on")
		c.PreRunE = check
	}
	about := &cobra.Command{
		Use: "for RULE|CONTROL", Short: "the rows of a rule or control, and the chance that follows",
		Args: between(1, "a rule or a control"),
		RunE: func(_ *cobra.Command, args []string) error {
			e, err := a.engine()
			if err != nil {
				return err
			}
			x, err := e.EvidenceFor(args[0])
			if err != nil {
				return err
			}
			a.explanations([]pipeline.Explanation{x})
			return nil
		},
	}
	about.Flags().StringArrayVar(&a.shared.rules, "rules", nil, "a `FOLDER` with more rules (may be repeated)")
	a.terminal(about)
	cmd.AddCommand(about)
	return cmd
}

func (a *app) evidenceList(e *pipeline.Engine, page *page, kind string, used bool) {
	rows := e.Evidence()
	first := true
	for _, k := range evidenceKinds {
		if kind != "" && kind != k.kind {
			continue
		}
		head := false
		for i := range rows {
			r := &rows[i]
			if r.Kind != k.kind || used && len(r.Users) == 0 {
				continue
			}
			if !head {
				if !first {
					page.line("")
				}
				head, first = true, false
				page.head(k.head)
			}
			text := fmt.Sprintf("%s; %d", r.What, r.Year)
			if r.Seen == "secondary" {
				text += ", second-hand"
			}
			if r.Adaptive {
				text += "; attackers who adapt"
			}
			if len(r.Users) > 0 {
				text += "; used by " + strings.Join(r.Users, ", ")
			}
			page.wrap(fmt.Sprintf("  %s %8s  ", r.ID, r.Value), text)
		}
	}
	page.line("")
	page.wrap("", fmt.Sprintf("%s. fermata evidence show ID tells one in full; fermata evidence for RULE or CONTROL tells what follows from its rows.", report.Plural(len(rows), "row in all", "rows in all")))
}
