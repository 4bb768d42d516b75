package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fermata/internal/model"
	"fermata/internal/pipeline"
	"fermata/internal/report"
	"fermata/internal/result"
)

// The formats of a plan, and of what whatif says.
var (
	planFormats   = []string{"text", "markdown", "json"}
	whatIfFormats = []string{"text", "json"}
)

// endings are the endings of files by format.
var endings = map[string]string{"text": ".txt", "markdown": ".md", "json": ".json", "svg": ".svg", "csv": ".csv", "sarif": ".sarif"}

func (a *app) harden() *cobra.Command {
	var goal, format, output string
	var budget float64
	var scopes []string
	var everything bool
	var by string
	var o riskFlags
	cmd := &cobra.Command{
		Use:   "harden [PATH]",
		Short: "an ordered plan: which control to place where, what it ends, and what remains",
		Long: `Harden plans which controls to place, in which order: first what takes away most
for its effort, given the steps before it. The plan is a cheapest set of controls
after which no source of harm reaches the losses aimed at, and says whether that is
proven. Only controls that stop a step cut a loss off; those that make it less
likely are listed apart. Effort counts 1 (none) to 4 (high) for each placement, as
the catalogue says.

With --by risk the plan is the set of controls that leaves the least expected loss a
year for the effort, those that only weaken a step among them, with what every
effort buys at best.
` + pathOrResult,
		Example: `  fermata harden
  fermata harden --goal critical --budget 10
  fermata harden result.json --goal money -o plan.md`,
		Args: atMost(1, "one path"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("budget") && !(budget > 0) {
				return usage("--budget: the effort that may be spent is more than 0")
			}
			if err := knownScopes(scopes); err != nil {
				return err
			}
			if err := checkBy(cmd, by, goal, &o); err != nil {
				return err
			}
			form, err := formatFor(format, output, planFormats)
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
			if by == "risk" {
				o.Scopes = scopes
				return a.hardenRisk(cmd, e, r, budget, &o, form, output, everything)
			}
			plan, err := e.Harden(cmd.Context(), r, goal, budget, scopes...)
			if err != nil {
				return err
			}
			progress := a.progress()
			err = e.BesideRisk(cmd.Context(), r, plan, pipeline.RiskOptions{Seed: 1, Scopes: scopes, Progress: progress.report})
			progress.done()
			if err != nil {
				return err
			}
			if left := a.leftOut(r, scopes); left != "" && (output != "" || form == "json") {
				plan.Notes = append(plan.Notes, left) // who reads the plan elsewhere does not see what stands on the screen
			}
			a.incomplete(r)
			return a.document(output, func(w io.Writer) error {
				switch form {
				case "json":
					return writeJSON(w, plan)
				case "markdown":
					planMarkdown(w, report.NewView(r), report.Options{Scopes: scopes}, plan)
					return nil
				}
				a.planText(a.pageOn(w, output), report.NewView(r), report.Options{Scopes: scopes}, plan, argument(args, 0, "."), everything)
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&goal, "goal", "", "cut off only this `LOSS`: an asset, an element, a class of loss such as money, or a severity and what is worse")
	f.Float64Var(&budget, "budget", 0, "the effort (`N`) that may be spent; as much as it takes if not given")
	f.BoolVar(&everything, "all", false, "list every step and every loss that remains")
	f.StringVar(&by, "by", "ways", "what to plan by (`WHAT`): ways, so that nobody reaches the losses; or risk, so that least is expected to be lost")
	completes(cmd, "by", byNames...)
	o.add(cmd)
	scopeFlag(cmd, &scopes)
	documentFlags(cmd, &format, &output, planFormats)
	a.system(cmd)
	return cmd
}

// documentFlags are those of commands whose answer is a document of its own.
func documentFlags(cmd *cobra.Command, format, output *string, formats []string) {
	cmd.Flags().StringVarP(format, "format", "f", "", "the format (`NAME`) of the answer: "+either(formats))
	cmd.Flags().StringVarP(output, "output", "o", "", "write the answer to a `FILE`; its ending chooses the format: "+either(endingsOf(formats)))
	completes(cmd, "format", formats...)
}

func endingsOf(formats []string) []string {
	var list []string
	for _, f := range formats {
		list = append(list, endings[f])
	}
	return list
}

// formatWord takes md and markdown for one word, whichever of them a command knows.
func formatWord(word string, words []string) string {
	for _, other := range []string{"md", "markdown"} {
		if (word == "md" || word == "markdown") && slices.Contains(words, other) {
			return other
		}
	}
	return word
}

// formatFor settles the format before the work begins.
func formatFor(format, output string, formats []string) (string, error) {
	if format = formatWord(format, formats); format != "" {
		return format, oneOf("--format", "format", format, formats)
	}
	if output == "" {
		return "text", nil
	}
	for _, f := range formats {
		if strings.EqualFold(filepath.Ext(output), endings[f]) {
			return f, nil
		}
	}
	return "", &usageError{message: fmt.Sprintf("no format is known by the ending of %s", output), hint: "the endings are " + strings.Join(endingsOf(formats), " ") + "; or say --format"}
}

// document prints an answer, or writes it to a file as a whole.
func (a *app) document(output string, write func(io.Writer) error) error {
	if output == "" {
		return write(a.out)
	}
	if err := pipeline.WriteAside(output, write); err != nil {
		return err
	}
	if !a.shared.quiet {
		fmt.Fprintf(a.err, "fermata: wrote %s\n", output)
	}
	return nil
}

// pageOn is a page on the screen, or in a file.
func (a *app) pageOn(w io.Writer, output string) *page {
	p := a.page()
	p.w = w
	if output != "" {
		p.width, p.colour = 100, false
	}
	return p
}

func writeJSON(w io.Writer, document any) error {
	content, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(report.EscapeJSON(content), '\n'))
	return err
}

// Of a plan this much is shown without --all.
const (
	shownSteps   = 20
	shownRemains = 8
	shownLosses  = 3
)

// bySeverity spells out counts: "3 critical, 1 high".
func bySeverity(counts map[string]int) string {
	var parts []string
	for _, s := range result.Severities {
		if counts[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[s], s))
		}
	}
	return strings.Join(parts, ", ")
}

func total(counts map[string]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

// counted is a number of things with their severities: "4 losses (3 critical, 1 high)".
func counted(counts map[string]int, one, many string) string {
	text := report.Plural(total(counts), one, many)
	if total(counts) > 0 {
		text += " (" + bySeverity(counts) + ")"
	}
	return text
}

// standing is what a system amounts to in one sentence.
func standing(s result.Standing) string {
	text := fmt.Sprintf("%s, %s, %s", counted(s.Losses, "loss is reached", "losses are reached"), report.Plural(s.Ways, "way there", "ways there"), counted(leading(s.Live), "live finding", "live findings")+sharing(leading(s.Live)))
	if n := s.Live["info"]; n > 0 {
		text += "; " + report.Plural(n, "more leads", "more lead") + " to no loss"
	}
	return text
}

// leading leaves out the live findings that lead to no loss that is known, as the report of a scan does.
func leading(live map[string]int) map[string]int {
	out := maps.Clone(live)
	delete(out, "info")
	return out
}

// sharing says how live findings are counted, where there are several.
func sharing(live map[string]int) string {
	n := 0
	for _, some := range live {
		n += some
	}
	if n < 2 {
		return ""
	}
	return ", one for each cause"
}

// spot is a place with where it is written.
func spot(v *report.View, id string) string {
	text := v.Name(id)
	var seen []model.Evidence
	if e := v.Element(id); e != nil {
		text, seen = fmt.Sprintf("%s (%s)", e.Name, e.Kind), e.Evidence
	} else if f := v.Flow(id); f != nil {
		seen = f.Evidence
	}
	if at, ok := report.Where(seen); ok {
		text += "  [" + report.Place(at) + "]"
	}
	return text
}

// takes says what a step takes away.
func takes(v *report.View, s *result.Placing) string {
	var parts []string
	if n := len(s.Losses); n > 0 {
		names := make([]string, 0, shownLosses)
		for i, id := range s.Losses {
			if i == shownLosses {
				break
			}
			names = append(names, v.Asset(id))
		}
		text := "cuts off " + report.Plural(n, "loss", "losses") + ": " + report.Sentence(names)
		if n > shownLosses {
			text += fmt.Sprintf(" and %d more", n-shownLosses)
		}
		parts = append(parts, text)
	}
	if s.Ways > 0 {
		parts = append(parts, "closes "+report.Plural(s.Ways, "way", "ways"))
	}
	if live := leading(s.Live); total(live) > 0 {
		parts = append(parts, "stops "+counted(live, "live finding", "live findings"))
	} else if n := total(s.Live); n > 0 {
		parts = append(parts, "stops "+report.Plural(n, "live finding that leads", "live findings that lead")+" to no loss that is known")
	}
	if len(parts) == 0 {
		parts = append(parts, "ends nothing by itself: the steps after it need it")
	}
	return strings.Join(parts, "; ")
}

// verdict says how good a plan is.
func verdict(p *result.Plan) string {
	switch {
	case p.Proven:
		return "Proven minimal: no set of controls with less effort cuts the same losses."
	case p.Bound > 0:
		return fmt.Sprintf("Not proven minimal: no set of controls that cuts the same losses takes less effort than %g; this one takes %g.", p.Bound, p.Effort)
	}
	return "Not proven to be the best for this effort."
}

// counting says what a plan counts on.
const counting = "It counts on each control to stop what it guards; none does so always."

// outcome is what a plan reaches, in one sentence.
func outcome(p *result.Plan) string {
	if p.Cut == p.Wanted {
		if p.Wanted == 1 {
			return "the loss aimed at is cut off"
		}
		return fmt.Sprintf("all %d losses aimed at are cut off", p.Wanted)
	}
	return fmt.Sprintf("%d of %s aimed at are cut off", p.Cut, report.Plural(p.Wanted, "loss", "losses"))
}

func (a *app) planText(page *page, v *report.View, o report.Options, p *result.Plan, path string, everything bool) {
	if p.Wanted == 0 {
		page.wrap("", nothingToDo(v, o, p))
		return
	}
	page.head("To harden " + p.System)
	page.wrap("", "Now: "+standing(p.Before)+".")
	if why := choice(p); why != "" {
		page.wrap("", why)
	}
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
		page.wrap("    ", takes(v, s))
		line := fmt.Sprintf("effort %g; guards %s; stops about %.0f %% of tries", s.Effort, report.Plural(s.Guards, "attack step", "attack steps"), 100*s.Efficacy)
		page.wrap("    ", line)
		page.line("    %s", clean(report.WhatIf(command(path), s.Control, s.On))) // it is copied whole, so it is not broken
		for k := range s.Instead {
			if k == mostInstead && !everything {
				page.line("    and %d more instead: --all", len(s.Instead)-k)
				break
			}
			page.wrap("    instead: ", instead(v, &s.Instead[k]))
			page.line("             %s", clean(report.Shell("+"+s.Instead[k].Control+"@"+s.Instead[k].On)))
		}
	}
	page.line("")
	if len(p.Steps) == 0 {
		page.wrap("", "No control of the catalogue that is missing here cuts any of them off.")
	} else {
		page.wrap("", fmt.Sprintf("After %s with effort %g: %s; %s.", report.Plural(len(p.Steps), "step", "steps"), p.Effort, outcome(p), standing(p.After)))
		page.wrap("", verdict(p)+" "+counting)
	}
	if text := planByRisk(v, p); text != "" {
		page.line("")
		page.head("By expected loss")
		page.wrap("", text)
	}
	planRemains(page, v, p, everything)
	if len(p.Weaken) > 0 {
		page.line("")
		page.head("Makes what remains less likely")
		for _, w := range p.Weaken {
			page.wrap("  - ", weakening(v, &w))
		}
	}
	for _, n := range lived(v, p.Notes) {
		page.line("")
		page.wrap("note: ", n)
	}
}

// lived puts what is accepted before the other notes of a plan.
func lived(v *report.View, notes []string) []string {
	if text := v.LivedWays(); text != "" {
		return append([]string{text}, notes...)
	}
	return notes
}

// planByRisk says where a plan by ways stands beside one by expected loss; empty where that was not reckoned.
func planByRisk(v *report.View, p *result.Plan) string {
	if p.ByRisk == nil {
		return ""
	}
	b, text := p.ByRisk, ""
	for _, c := range p.Risk {
		if c.Unit == b.Unit {
			text = fmt.Sprintf("A loss of %s a year is expected now, as fermata risk says, and %s after the whole plan, with controls that fail as published. ", result.Money(c.Before.Mean, c.Unit), lossLeft(c.After.Mean))
		}
	}
	same := func(x, y *result.RiskPlacing) bool { return x.Control == y.Control && x.On == y.On }
	first := result.RiskPlacing{Control: p.Steps[0].Control, On: p.Steps[0].On}
	name := func(x *result.RiskPlacing) string {
		step := ""
		for i := range p.Steps {
			if same(x, &result.RiskPlacing{Control: p.Steps[i].Control, On: p.Steps[i].On}) {
				step = fmt.Sprintf(", step %d here", i+1)
			}
		}
		return fmt.Sprintf("%s (%s) on %s: %s (effort %g%s)", v.Control(x.Control), x.Control, v.Name(x.On), result.Money(x.Cut.Mean, b.Unit), x.Effort, step)
	}
	alone := fmt.Sprintf("step 1 takes away %s", result.Money(b.First.Mean, b.Unit))
	switch {
	case same(&b.Most, &first):
		alone += ", the most of all"
		if same(&b.Best, &first) {
			alone += ", and the most for its effort"
		} else {
			alone += "; the most for each unit of effort takes " + name(&b.Best)
		}
	case same(&b.Best, &first):
		alone += ", the most for each unit of effort; the most of all takes " + name(&b.Most)
	case same(&b.Best, &b.Most):
		alone += "; the most, and the most for its effort, takes " + name(&b.Most)
	default:
		alone += "; the most takes " + name(&b.Most) + "; the most for each unit of effort takes " + name(&b.Best)
	}
	return text + "The steps above count ways that are cut off. By what is lost a year, each control alone: " + alone + ". fermata risk ranks them by that, whatever their effort; fermata harden --by risk plans by it."
}

// lossLeft is an expected loss that may be too small for the trials at hand.
func lossLeft(x float64) string {
	if x == 0 {
		return "nothing that trials met"
	}
	return result.Figure(x)
}

func nothingToDo(v *report.View, o report.Options, p *result.Plan) string {
	open := v.OpenEffects(o)
	if total(p.Before.Losses) > 0 {
		return fmt.Sprintf("Nothing to harden: no source of harm reaches what %s means; it reaches %s%s.", p.Goal, counted(p.Before.Losses, "other loss", "other losses"), open)
	}
	return strings.TrimSpace("Nothing to harden: no source of harm reaches a loss" + open + ". " + v.NoCleanBill(o))
}

// mostInstead is how many other placements a step names.
const mostInstead = 2

// instead is a placement that would do the same as the one proposed, and what it takes.
func instead(v *report.View, x *result.Alternative) string {
	return fmt.Sprintf("%s on %s; effort %g; stops about %.0f %% of tries", x.Control, v.Name(x.On), x.Effort, 100*x.Efficacy)
}

// choice says why a step is proposed and not what would do the same; empty where no step has such.
func choice(p *result.Plan) string {
	for i := range p.Steps {
		if len(p.Steps[i].Instead) > 0 {
			return "Of placements that stop the same steps, the one of least effort is proposed; of equal effort, the one that stops most tries. One under “instead” may take its place: it leaves no other way open."
		}
	}
	return ""
}

func weakening(v *report.View, w *result.Weakening) string {
	return fmt.Sprintf("%s (%s) on %s: %s up to %.1f times less likely; effort %g", v.Control(w.Control), w.Control, v.Name(w.On), report.Plural(w.Losses, "loss", "losses"), w.Factor, w.Effort)
}

// whyRemains are the reasons for what remains, in the order in which they are told.
var whyRemains = []struct{ why, text string }{
	{result.NoControl, "no control of the catalogue that is missing here stops any step of a way that is left"},
	{result.NoBudget, "it takes more effort than the budget has, or than was searched"},
	{result.NotAsked, "the goal does not hold it"},
}

func planRemains(page *page, v *report.View, p *result.Plan, everything bool) {
	for _, reason := range whyRemains {
		if p.Why[reason.why] == 0 {
			continue
		}
		page.line("")
		page.head(fmt.Sprintf("Remains: %s", report.Plural(p.Why[reason.why], "loss", "losses")))
		page.wrap("  ", report.Capital(reason.text)+".")
		shown := 0
		for i := range p.Remains {
			m := &p.Remains[i]
			if m.Why != reason.why {
				continue
			}
			if shown++; shown > shownRemains && !everything {
				page.line("  and %d more: --all", p.Why[reason.why]-shownRemains)
				break
			}
			text := v.Asset(m.Asset)
			if m.Before != m.Severity {
				text += fmt.Sprintf(" (%s before)", m.Before)
			}
			page.wrap(fmt.Sprintf("  %-9s", m.Severity), text)
			if m.Why == result.NoControl && len(m.Way) > 0 {
				page.wrap("           by ", wayWords(v, m.Way))
			}
		}
	}
}

// wayWords tells a way by the titles of its findings.
func wayWords(v *report.View, ids []string) string {
	var words []string
	for _, id := range ids {
		if f := v.Finding(id); f != nil {
			words = append(words, f.Message)
		}
	}
	return strings.Join(words, " → ")
}

// planMarkdown writes a plan as a list to tick off.
func planMarkdown(w io.Writer, v *report.View, o report.Options, p *result.Plan) {
	md := report.Markdown
	fmt.Fprintf(w, "# Hardening plan: %s\n\n", md(p.System))
	if p.Wanted == 0 {
		fmt.Fprintf(w, "%s\n", md(nothingToDo(v, o, p)))
		return
	}
	fmt.Fprintf(w, "Now: %s.\n\n", md(standing(p.Before)))
	if len(p.Steps) > 0 {
		fmt.Fprintf(w, "After the plan: %s; %s. %s\n\n", md(outcome(p)), md(standing(p.After)), md(verdict(p)))
	}
	fmt.Fprintf(w, "## Steps\n\n")
	if why := choice(p); why != "" {
		fmt.Fprintf(w, "%s\n\n", md(why))
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		fmt.Fprintf(w, "- [ ] **%d. %s** (`%s`) on %s\n", i+1, md(v.Control(s.Control)), report.MarkdownCode(s.Control), md(spot(v, s.On)))
		fmt.Fprintf(w, "  - %s\n  - effort %g\n", md(takes(v, s)), s.Effort)
		fmt.Fprintf(w, "  - stops about %.0f %% of tries\n", 100*s.Efficacy)
		for k := range s.Instead[:min(len(s.Instead), mostInstead)] {
			fmt.Fprintf(w, "  - instead: %s\n", md(instead(v, &s.Instead[k])))
		}
	}
	if len(p.Steps) == 0 {
		fmt.Fprintf(w, "No control of the catalogue that is missing here cuts any of them off.\n")
	}
	if text := planByRisk(v, p); text != "" {
		fmt.Fprintf(w, "\n## By expected loss\n\n%s\n", md(text))
	}
	for _, reason := range whyRemains {
		if p.Why[reason.why] == 0 {
			continue
		}
		fmt.Fprintf(w, "\n## Remains: %s\n\n%s.\n\n", report.Plural(p.Why[reason.why], "loss", "losses"), md(report.Capital(reason.text)))
		for _, m := range p.Remains {
			if m.Why == reason.why {
				fmt.Fprintf(w, "- %s: %s\n", m.Severity, md(v.Asset(m.Asset)))
			}
		}
	}
	if len(p.Weaken) > 0 {
		fmt.Fprintf(w, "\n## Makes what remains less likely\n\n")
		for _, weak := range p.Weaken {
			fmt.Fprintf(w, "- [ ] %s\n", md(weakening(v, &weak)))
		}
	}
	for _, n := range lived(v, p.Notes) {
		fmt.Fprintf(w, "\nNote: %s\n", md(n))
	}
}
