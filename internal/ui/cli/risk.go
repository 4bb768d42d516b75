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
	f := cmd.Flags()
	f.StringVar(&o.Attacker, "attacker", "static", "`WHO` attacks: static uses known attacks as they are, adaptive changes and repeats them until one works")
	f.Uint64Var(&o.Seed, "seed", 1, "the same `SEED` gives the same figures")
	f.IntVar(&o.Trials, "trials", 0, "at most so many trials (`N`) of each source of harm; as many as the mean needs if not given")
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
			if err := e.Risk(cmd.Context(), r, o.RiskOptions); err != nil {
				return err
			}
			a.within(r, o.Scopes)
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
	r := v.Result
	page.head("Risk of " + r.System.Name)
	totals := risksOf(r, result.RiskTotal)
	if len(totals) == 0 {
		page.wrap("", "No source of harm alone brings about a loss that is counted, with or without controls. That is no proof that none can: fermata scan says what was not seen.")
		a.riskNotes(page, v)
		return
	}
	for _, x := range totals {
		a.riskTotal(page, v, x)
	}
	few := func(n, most int) int {
		if everything {
			return n
		}
		return min(n, most)
	}
	page.line("")
	page.head("What is lost")
	assets := risksOf(r, result.RiskAsset)
	n := few(len(assets), shownRisks)
	for i, x := range assets[:n] {
		page.wrap(fmt.Sprintf("%2d. ", i+1), fmt.Sprintf("%s: %s a year (%s)", v.Asset(x.Name), report.Money(x.Annual.Mean, x.Unit), report.Span(x.Annual)))
		page.wrap("    ", riskLoss(v, x))
	}
	if len(assets) > n {
		page.line("and %d more: --all", len(assets)-n)
	}
	page.line("")
	page.head("Who brings it about")
	for _, x := range risksOf(r, result.RiskAttacker) {
		page.wrap(fmt.Sprintf("  %-16s ", x.Name), fmt.Sprintf("%s a year (%s); %s without any control", report.Money(x.Annual.Mean, x.Unit), report.Span(x.Annual), report.Figure(x.Inherent.Mean)))
	}
	page.line("")
	page.head("In which layer")
	for _, x := range risksOf(r, result.RiskLayer) {
		page.wrap(fmt.Sprintf("  %-3s ", x.Name), fmt.Sprintf("%s: %s a year", v.Layer(x.Name), report.Money(x.Annual.Mean, x.Unit)))
	}
	a.riskDrivers(page, v, few)
	a.riskControls(page, v, few)
	a.riskSteps(page, v, few)
	a.riskNotes(page, v)
}

func risksOf(r *result.Result, of string) []*result.Risk {
	var out []*result.Risk
	for i := range r.Risks {
		if r.Risks[i].Of == of {
			out = append(out, &r.Risks[i])
		}
	}
	return out
}

// riskTotal tells a total and draws its curve.
func (a *app) riskTotal(page *page, v *report.View, x *result.Risk) {
	q := x.Quantiles
	text := fmt.Sprintf("Expected loss a year: %s. What is not known puts it between %s (nine in ten). Without any control it would be %s.",
		report.Money(x.Annual.Mean, x.Unit), strings.Replace(report.Span(x.Annual), " to ", " and ", 1), report.Figure(x.Inherent.Mean))
	if x.Planned != nil {
		text += fmt.Sprintf(" With the plan of fermata harden carried out: %s (%s).", report.Money(x.Planned.Mean, x.Unit), report.Span(*x.Planned))
	}
	page.wrap("", text)
	page.wrap("", fmt.Sprintf("Some loss happens in %s of years (%s). One year in ten costs more than %s, one in a hundred more than %s; the worst five of a hundred cost %s on average.",
		report.Share(x.Chance.Mean), report.ShareSpan(x.Chance), report.Money(q.P90, x.Unit), report.Figure(q.P99), report.Figure(q.Tail)))
	if x.Unit == "units" {
		page.wrap("", "Units are ordinal: a typical loss of the grade critical counts 100, high 30, medium 10. They compare; they are no money. Give assets low, high and currency in fermata.yaml for money.")
	}
	if len(x.Curve) < 2 {
		return
	}
	page.line("")
	page.line("Chance that a year costs more than …")
	wide := max(page.width-54, 10)
	lead := 8
	for _, p := range curveLines(x.Curve) {
		lead = max(lead, len(report.Figure(p.Loss)))
	}
	for _, p := range curveLines(x.Curve) {
		page.line("  %*s  %s %-*s %s", lead, report.Figure(p.Loss), fmt.Sprintf("%-9s", report.Share(p.Chance.Mean)), wide, bar(p.Chance.Mean, wide), report.ShareSpan(p.Chance))
	}
}

// curveLines takes every third point: a screen has no room for more.
func curveLines(curve []result.Exceedance) []result.Exceedance {
	var out []result.Exceedance
	for i := 0; i < len(curve); i += 3 {
		out = append(out, curve[i])
	}
	return out
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

// riskLoss tells one loss.
func riskLoss(v *report.View, x *result.Risk) string {
	text := fmt.Sprintf("happens in %s of years (%s); a case costs %s (%s)", report.Share(x.Chance.Mean), report.ShareSpan(x.Chance), report.Figure(x.Case.Mean), report.Span(*x.Case))
	if x.Repeats > 1 {
		text += fmt.Sprintf(", up to %d times a year", x.Repeats)
	}
	var by []string
	for i, p := range x.By {
		if i == 3 || p.Share < 0.05 {
			break
		}
		by = append(by, fmt.Sprintf("%s %s", p.Name, report.Share(p.Share)))
	}
	if len(by) > 0 {
		text += "; by " + strings.Join(by, ", ")
	}
	return text + fmt.Sprintf("; %s without any control", report.Figure(x.Inherent.Mean))
}

func (a *app) riskDrivers(page *page, v *report.View, few func(n, most int) int) {
	list := v.Result.RiskBasis.Drivers
	if len(list) == 0 {
		return
	}
	page.line("")
	page.head("What is not known and moves it most")
	page.wrap("", "Expected loss a year where the input lies in its lowest fifth, and in its highest; and how much of what is not known that explains alone.")
	n := few(len(list), shownDrivers)
	for i := range list[:n] {
		d := &list[i]
		page.wrap(fmt.Sprintf("  %8s … %-8s %5s  ", report.Figure(d.Low), report.Figure(d.High), report.Share(d.Share)), v.RiskInput(d.Input))
	}
	if len(list) > n {
		page.line("and %d more: --all", len(list)-n)
	}
}

func (a *app) riskControls(page *page, v *report.View, few func(n, most int) int) {
	for _, part := range []struct {
		stands     bool
		head, what string
	}{
		{true, "What the controls that stand take away", "Each alone, against the same attempts."},
		{false, "Which control would take away most", "Each alone, placed as if seen in code, against the same attempts."},
	} {
		var list []*result.RiskControl
		for i := range v.Result.RiskBasis.Controls {
			if c := &v.Result.RiskBasis.Controls[i]; c.Stands == part.stands && c.Cut > 0 {
				list = append(list, c)
			}
		}
		if len(list) == 0 {
			continue
		}
		page.line("")
		page.head(part.head)
		page.wrap("", part.what)
		n := few(len(list), shownCuts)
		for _, c := range list[:n] {
			text := fmt.Sprintf("%s (%s) on %s", v.Control(c.Control), c.Control, v.Name(c.On))
			if c.Effort > 0 {
				text += fmt.Sprintf("; effort %g", c.Effort)
			}
			page.wrap(fmt.Sprintf("  %9s ", "−"+report.Figure(c.Cut)), fmt.Sprintf("%s (%s)", text, report.Span(result.Band{Low: c.Low, High: c.High})))
		}
		if len(list) > n {
			page.line("and %d more: --all", len(list)-n)
		}
	}
}

func (a *app) riskSteps(page *page, v *report.View, few func(n, most int) int) {
	list := v.Result.RiskBasis.Steps
	if len(list) == 0 {
		return
	}
	page.line("")
	page.head("On which steps it hangs")
	page.wrap("", "Expected loss a year if the step never succeeded, and if it always did.")
	n := few(len(list), shownCuts)
	for i := range list[:n] {
		s := &list[i]
		message := s.Finding
		if f := v.Finding(s.Finding); f != nil {
			message = v.Message(f)
		}
		page.wrap(fmt.Sprintf("  %8s … %-8s ", report.Figure(s.Never), report.Figure(s.Always)), message)
	}
	if len(list) > n {
		page.line("and %d more: --all", len(list)-n)
	}
}

// riskNotes says how the figures came about.
func (a *app) riskNotes(page *page, v *report.View) {
	b := v.Result.RiskBasis
	page.line("")
	page.head("How this was reckoned")
	who := "attackers who use known attacks as they are (--attacker adaptive: who change and repeat them until one works)"
	if b.Attacker == "adaptive" {
		who = "attackers who change and repeat an attack until it works"
	}
	page.wrap("", fmt.Sprintf("%d draws of what is not known; in each %d attempts of every source of harm and %d years; seed %d. %s. Against %s. Controls count from the state %s.",
		b.Draws, b.Trials, b.Years, b.Seed, report.Capital(b.Stopped), who, b.Trust))
	count := map[string]int{}
	for i := range b.Inputs {
		count[b.Inputs[i].Basis]++
	}
	page.wrap("", fmt.Sprintf("Of %s %d rest on published figures, %d on judgement, %d on what you gave. A loss happens at most once a year unless the model says otherwise: its owner is taken to put an end to it. fermata explain risk:total lists every input.",
		report.Plural(len(b.Inputs), "input", "inputs"), count["fitted"], count["judgement"], count["given"]))
	for _, n := range b.Notes {
		page.wrap("note: ", n)
	}
}
