package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

var byNames = []string{"ways", "risk"}

// checkBy settles which flags go with what is planned by.
func checkBy(cmd *cobra.Command, by, goal string, o *riskFlags) error {
	if err := oneOf("--by", "way to plan", by, byNames); err != nil {
		return err
	}
	if by == "risk" {
		if goal != "" {
			return usage("--goal does not go with --by risk: the expected loss is that of all losses in one unit; --currency chooses it")
		}
		return o.check()
	}
	for _, name := range []string{"attacker", "seed", "trials", "currency"} {
		if cmd.Flags().Changed(name) {
			return usage("--%s goes with --by risk", name)
		}
	}
	return nil
}

func (a *app) hardenRisk(cmd *cobra.Command, e *pipeline.Engine, r *result.Result, budget float64, o *riskFlags, form, output string, everything bool) error {
	progress := a.progress()
	o.Progress = progress.report
	plan, err := e.HardenRisk(cmd.Context(), r, budget, o.RiskOptions)
	progress.done()
	if err != nil {
		return err
	}
	a.within(r, o.Scopes)
	a.incomplete(r)
	return a.document(output, func(w io.Writer) error {
		v := report.NewView(r)
		switch form {
		case "json":
			return writeJSON(w, plan)
		case "markdown":
			riskPlanMarkdown(w, v, plan)
			return nil
		}
		riskPlanText(a.pageOn(w, output), v, plan, everything)
		return nil
	})
}

// riskPlanHead tells what the plan comes to.
func riskPlanHead(p *result.RiskPlan) string {
	if p.Before.Mean == 0 {
		return "Nothing to plan: no loss is expected that is counted."
	}
	if len(p.Steps) == 0 {
		return fmt.Sprintf("No control of the catalogue that is missing here takes away a share of the expected loss of %s a year that is worth its effort.", result.Money(p.Before.Mean, p.Unit))
	}
	text := fmt.Sprintf("Expected loss a year: %s now (%s), %s after %s with effort %g (%s).", result.Money(p.Before.Mean, p.Unit), p.Before.Span(), lossLeft(p.After.Mean), report.Plural(len(p.Steps), "step", "steps"), p.Effort, p.After.Span())
	if p.Proven {
		return text + " Proven in the trials drawn: no set of controls for this effort leaves less."
	}
	if p.Gap < 0.001 {
		return text + " No set for this effort can leave noticeably less, as far as the ways that were kept show."
	}
	return text + fmt.Sprintf(" Not proven the best: another set for this effort could take away at most %s of the present loss more.", result.Share(p.Gap))
}

// riskPlanStop says when a plan without a budget ends.
const riskPlanStop = "The plan ends where one more of effort would take away less than 1 % of the present loss; --budget N takes the best for an effort."

func riskPlanText(page *page, v *report.View, p *result.RiskPlan, everything bool) {
	page.head("To harden " + p.System + " by risk")
	page.wrap("", riskPlanHead(p))
	for i := range p.Steps {
		s := &p.Steps[i]
		if i == shownSteps && !everything {
			page.line("")
			page.line("and %s: --all", report.Plural(len(p.Steps)-i, "more step", "more steps"))
			break
		}
		page.line("")
		page.wrap(fmt.Sprintf("%2d. ", i+1), fmt.Sprintf("%s (%s)", v.Control(s.Control), s.Control))
		page.wrap("    on ", spot(v, s.On))
		page.wrap("    ", fmt.Sprintf("takes away %s a year (%s); %s left; effort %g", result.Money(s.Cut.Mean, p.Unit), s.Cut.Span(), result.Figure(s.After), s.Effort)+frictionText(s.Friction))
		if len(s.Breaks) > 0 {
			page.wrap("    breaks: ", strings.Join(firstOf(s.Breaks, 2), " "))
		}
		page.wrap("    ", "+"+s.Control+"@"+s.On)
	}
	if len(p.Front) > 1 {
		page.line("")
		page.head("What an effort buys at best")
		page.line("  effort  friction  controls  left of the present loss")
		for _, f := range thin(p.Front, everything) {
			proof := ""
			if !f.Proven {
				proof = "  (not proven)"
			}
			page.line("  %6g  %8g  %8d  %-12s %s%s", f.Effort, f.Friction, f.Controls, leftShare(f.Left), bar(min(f.Left, 1), 30), proof)
		}
	}
	if gentle := gentler(p); len(gentle) > 0 {
		page.line("")
		page.head("With less friction for those who use the system")
		page.line("  effort  friction  controls  left of the present loss")
		for _, f := range thin(gentle, everything) {
			page.line("  %6g  %8g  %8d  %-12s %s", f.Effort, f.Friction, f.Controls, leftShare(f.Left), bar(min(f.Left, 1), 30))
		}
		page.wrap("  ", "Of the sets found none is better than one of these in effort, friction and loss at once. Friction counts 0 (none) to 3 (high) for each placement, as the catalogue says.")
	}
	page.line("")
	if text := otherWays(v, p); text != "" {
		page.wrap("", text)
	}
	if len(p.Steps) > 0 {
		page.wrap("", riskPlanFigures(p))
	}
	if p.Budget == 0 && len(p.Steps) > 0 {
		page.wrap("", riskPlanStop)
	}
	for _, n := range p.Notes {
		page.wrap("note: ", n)
	}
}

// riskPlanFigures says what the figures of a plan rest on, and why they are not those of fermata risk to the last digit.
func riskPlanFigures(p *result.RiskPlan) string {
	return fmt.Sprintf("All figures here come from the same %d draws of %d attempts of every source of harm, with each loss at most once a year. Sets are chosen in other trials, in which every case counts. fermata risk takes more draws and exact chances, so its mean can differ by a few percent.", p.Draws, p.Trials)
}

// leftShare is a share of the present loss that may be too small for the trials at hand.
func leftShare(x float64) string {
	if x == 0 {
		return "none met"
	}
	return result.Share(x)
}

// frictionText says what a step costs those who use the system.
func frictionText(friction float64) string {
	return fmt.Sprintf("; friction %g", friction)
}

func firstOf(list []string, most int) []string { return list[:min(len(list), most)] }

// gentler are the points off the front of efforts: they take more effort for what they leave, and have less friction.
func gentler(p *result.RiskPlan) []result.RiskPoint {
	var out []result.RiskPoint
	for _, x := range p.Pareto {
		on := false
		for _, f := range p.Front {
			on = on || f.Effort == x.Effort && f.Friction == x.Friction && f.Left == x.Left
		}
		if !on {
			out = append(out, x)
		}
	}
	return out
}

// otherWays says how planning by ways begins, where that is otherwise.
func otherWays(v *report.View, p *result.RiskPlan) string {
	if p.Ways == nil {
		return ""
	}
	text := fmt.Sprintf("fermata harden, which plans by ways, begins otherwise: with %s (%s) on %s. It cuts ways off and counts a blocking control as holding; this plan counts how likely each way is, what it costs, and that controls fail.", v.Control(p.Ways.Control), p.Ways.Control, v.Name(p.Ways.On))
	if p.Ways.Step > 0 {
		return text + fmt.Sprintf(" Here it is step %d.", p.Ways.Step)
	}
	return text + " Here it is no step."
}

// thin leaves points of a long list out.
func thin(front []result.RiskPoint, everything bool) []result.RiskPoint {
	const most = 12
	if everything || len(front) <= most {
		return front
	}
	var out []result.RiskPoint
	for i := range most {
		out = append(out, front[i*(len(front)-1)/(most-1)])
	}
	return out
}

func riskPlanMarkdown(w io.Writer, v *report.View, p *result.RiskPlan) {
	md := report.Markdown
	fmt.Fprintf(w, "# Hardening plan by risk: %s\n\n%s\n\n", md(p.System), md(riskPlanHead(p)))
	for i := range p.Steps {
		s := &p.Steps[i]
		fmt.Fprintf(w, "- [ ] **%d. %s** (`%s`) on %s\n  - takes away %s a year (%s); %s left; effort %g\n", i+1, md(v.Control(s.Control)), report.MarkdownCode(s.Control), md(spot(v, s.On)),
			md(result.Money(s.Cut.Mean, p.Unit)), md(s.Cut.Span()), md(result.Figure(s.After)), s.Effort)
	}
	fmt.Fprintf(w, "\n| Effort | Friction | Controls | Left of the present loss | Proven |\n|---|---|---|---|---|\n")
	for _, f := range p.Front {
		proof := "no"
		if f.Proven {
			proof = "yes"
		}
		fmt.Fprintf(w, "| %g | %g | %d | %s | %s |\n", f.Effort, f.Friction, f.Controls, md(leftShare(f.Left)), proof)
	}
	if text := otherWays(v, p); text != "" {
		fmt.Fprintf(w, "\n%s\n", md(text))
	}
	if len(p.Steps) > 0 {
		fmt.Fprintf(w, "\n%s\n", md(riskPlanFigures(p)))
	}
	for _, n := range p.Notes {
		fmt.Fprintf(w, "\nNote: %s\n", md(n))
	}
}
