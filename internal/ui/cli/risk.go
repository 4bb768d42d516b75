package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

var attackerNames = []string{"static", "adaptive"}

// riskFlags are those of the reckoning.
type riskFlags struct {
	pipeline.RiskOptions
}

func (o *riskFlags) add(cmd *cobra.Command) {
	o.addFew(cmd)
	cmd.Flags().IntVar(&o.Trials, "trials", 0, "at most so many trials (`N`) of each source of harm, but at least those of one batch of draws; as many as the mean needs if not given")
}

// addFew adds those that choose what is reckoned, and not how long.
func (o *riskFlags) addFew(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Attacker, "attacker", "static", "`WHO` attacks: static uses known attacks as they are, adaptive changes and repeats them until one works")
	f.Uint64Var(&o.Seed, "seed", 1, "the same `SEED` gives the same figures")
	f.StringVar(&o.Currency, "currency", "", "count only losses in this currency (`CODE`, such as EUR), or in units")
	completes(cmd, "attacker", attackerNames...)
}

func (o *riskFlags) check() error {
	if o.Trials < 0 || o.Trials > 1<<26 {
		return usage("--trials: from 1 to %d, or 0 for as many as the mean needs", 1<<26)
	}
	return oneOf("--attacker", "attacker", o.Attacker, attackerNames)
}

func (a *app) risk() *cobra.Command {
	var o riskFlags
	var format, output string
	var everything bool
	cmd := &cobra.Command{
		Use:   "risk [PATH]",
		Short: "what the losses are expected to cost a year, how sure that is, and what drives it",
		Long: `Risk reckons how likely each loss is within a year and what it costs: attempts of
every source of harm are tried on the attack graph, with the chances of success and
of controls' failing drawn from what is published or judged. Every figure is a mean
with the middle nine tenths of what is not known; docs/risk.md tells the model.
fermata explain risk:total, risk:ASSET or risk:rule/ID lists what a figure rests on.
` + pathOrResult,
		Example: `  fermata risk
  fermata risk result.json --attacker adaptive
  fermata risk shop.yaml --plan -o risk.html`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if err := knownScopes(o.Scopes); err != nil {
				return err
			}
			form, err := riskFormat(format, output)
			if err != nil {
				return err
			}
			e, err := a.engine()
			if err != nil {
				return err
			}
			r, err := a.look(cmd, e, argument(args, 0, "."), -1)
			if err != nil {
				return err
			}
			progress := a.progress()
			o.Progress = progress.report
			err = e.Risk(cmd.Context(), r, o.RiskOptions)
			progress.done()
			if err != nil {
				return err
			}
			a.within(r, o.Scopes)
			a.broken(r)
			a.incomplete(r)
			return a.document(output, func(w io.Writer) error {
				if form != nil {
					return form.Write(w, r, report.Options{Scopes: o.Scopes})
				}
				a.riskText(a.pageOn(w, output), report.NewView(r), everything)
				return nil
			})
		},
	}
	o.add(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.Plan, "plan", false, "reckon with the plan of fermata harden carried out, too")
	f.BoolVar(&everything, "all", false, "list every loss, input, control and step")
	scopeFlag(cmd, &o.Scopes)
	f.StringVarP(&format, "format", "f", "", "the format (`NAME`) of the answer: text, or a whole report with the risks in it: "+strings.Join(formatNames(), ", "))
	f.StringVarP(&output, "output", "o", "", "write the answer to a `FILE`; its ending chooses the format")
	completes(cmd, "format", formatNames()...)
	a.system(cmd)
	return cmd
}

// riskFormat settles the format before the work begins: text of its own, or that of a whole report.
func riskFormat(name, output string) (*report.Format, error) {
	switch {
	case name == "text", name == "" && (output == "" || strings.EqualFold(filepath.Ext(output), ".txt")):
		return nil, nil
	case name == "":
		f, err := formatOf(output)
		return &f, err
	}
	f, err := formatNamed(name)
	return &f, err
}

// Of each list this much is shown without --all.
const (
	shownRisks   = 8
	shownDrivers = 6
	shownCuts    = 6
)

func (a *app) riskText(page *page, v *report.View, everything bool) {
	s := v.Risk()
	page.head("Risk of " + v.Result.System.Name)
	if unseen := v.UnseenTools(report.Options{}); unseen != "" {
		page.wrap("", unseen)
	}
	if len(s.Totals) == 0 {
		page.wrap("", "No source of harm alone brings about a loss that is counted, with or without controls. That is no proof that none can: fermata scan says what was not seen.")
	}
	for i := range s.Totals {
		if i > 0 {
			page.line("")
		}
		riskTotal(page, &s.Totals[i])
	}
	few := func(n, most int) int {
		if everything {
			return n
		}
		return min(n, most)
	}
	list := func(head, what string, lines []report.RiskLine, most int, print func(n int, l *report.RiskLine)) {
		if len(lines) == 0 {
			return
		}
		page.line("")
		page.head(head)
		if what != "" {
			page.wrap("", what)
		}
		n := few(len(lines), most)
		for i := range lines[:n] {
			print(i+1, &lines[i])
		}
		if len(lines) > n {
			page.line("and %d more: --all", len(lines)-n)
		}
	}
	list("What is lost", "", s.Assets, shownRisks, func(n int, l *report.RiskLine) {
		page.wrap(fmt.Sprintf("%2d. ", n), l.Name+": "+l.Amount)
		page.wrap("    ", l.Text)
	})
	list("Who brings it about", "", s.Sources, len(s.Sources), func(_ int, l *report.RiskLine) {
		page.wrap(fmt.Sprintf("  %-16s ", l.Name), l.Amount+"; "+l.Text)
	})
	list("In which layer", "", s.Layers, len(s.Layers), func(_ int, l *report.RiskLine) {
		page.wrap("  ", l.Name+": "+l.Amount)
	})
	if len(s.Drivers) > 0 {
		page.line("")
		page.head("What is not known and moves it most")
		page.wrap("", "Expected loss a year where the input lies in its lowest fifth, and in its highest; and how much of what is not known that explains alone.")
		n := few(len(s.Drivers), shownDrivers)
		for _, d := range s.Drivers[:n] {
			page.wrap(fmt.Sprintf("  %8s … %-15s %5s  ", result.Figure(d.Low), result.Money(d.High, d.Unit), result.Share(d.Share)), d.Name)
		}
		if len(s.Drivers) > n {
			page.line("and %d more: --all", len(s.Drivers)-n)
		}
	}
	cut := func(_ int, l *report.RiskLine) { page.wrap(fmt.Sprintf("  %14s ", l.Amount), l.Name+" ("+l.Text+")") }
	list("What the controls that stand take away", "Each alone, against the same attempts. fermata paths and scan take those that block as holding.", s.Standing, shownCuts, cut)
	list("Which control would take away most", "Each alone, placed as if seen in code, by what is lost a year: an estimate from some of the draws, and fermata whatif reckons one in all of them. fermata harden counts ways that are cut off instead.", s.Missing, shownCuts, cut)
	list("On which steps it hangs", "Expected loss a year if the step never succeeded, and if it always did.", s.Steps, shownCuts, func(_ int, l *report.RiskLine) {
		page.wrap(fmt.Sprintf("  %-22s ", l.Amount), l.Name)
	})
	page.line("")
	page.head("How this was reckoned")
	for _, text := range s.Method {
		page.wrap("", text)
	}
	for _, n := range s.Notes {
		page.wrap("note: ", n)
	}
}

// riskTotal tells a total and draws its curve.
func riskTotal(page *page, x *report.RiskTotal) {
	for _, text := range x.Text {
		page.wrap("", text)
	}
	if len(x.Curve) < 2 {
		return
	}
	page.line("")
	page.line("Chance that a year costs more than …")
	wide := max(page.width-50, 10)
	lead := 8
	for i := range x.Curve {
		lead = max(lead, len(result.Figure(x.Curve[i].Loss)))
	}
	for i := 0; i < len(x.Curve); i += 3 { // a screen has no room for more
		p := &x.Curve[i]
		page.line("  %*s  %-12s %-*s %s", lead, result.Figure(p.Loss), result.Share(p.Chance.Mean), wide, bar(p.Chance.Mean, wide), p.Chance.Shares())
	}
}

// bar draws a share in eighths of a column.
func bar(share float64, width int) string {
	eighths := int(share*float64(8*width) + 0.5)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return text
}

// riskChanges tells what a change does to the expected loss a year.
func riskChanges(page *page, list []result.RiskChange) {
	for _, c := range list {
		if c.Before.Mean == 0 && c.After.Mean == 0 {
			continue
		}
		text := fmt.Sprintf("expected loss a year %s, before %s: ", result.Money(c.After.Mean, c.Unit), result.Figure(c.Before.Mean))
		switch {
		case c.Cut.Mean > 0:
			text += fmt.Sprintf("takes away %s (%s)", result.Figure(c.Cut.Mean), c.Cut.Span())
		case c.Cut.Mean < 0:
			text += fmt.Sprintf("adds %s (%s)", result.Figure(-c.Cut.Mean), result.Band{Low: -c.Cut.High, High: -c.Cut.Low}.Span())
		default:
			text += "no difference"
		}
		page.wrap("risk:   ", text)
	}
}
