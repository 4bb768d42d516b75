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

var blastFormats = []string{"text", "json"}

// blastRiskFlags are those of blast that go with --risk.
var blastRiskFlags = []string{"attacker", "seed", "currency", "format", "output"}

// checkBlast settles which flags go with which.
func checkBlast(cmd *cobra.Command, byRisk bool, o *riskFlags) error {
	if byRisk {
		return o.check()
	}
	for _, name := range blastRiskFlags {
		if cmd.Flags().Changed(name) {
			return usage("--%s goes with --risk", name)
		}
	}
	return nil
}

// blastRisk answers with chances: for all elements, or for one.
func (a *app) blastRisk(cmd *cobra.Command, e *pipeline.Engine, r *result.Result, element string, o *riskFlags, form, output string, everything bool) error {
	only := ""
	if element != "" {
		el, err := pipeline.Element(r, element)
		if err != nil {
			return err
		}
		only = el.ID
	}
	progress := a.progress()
	o.Progress = progress.report
	x, err := e.BlastRisk(cmd.Context(), r, o.RiskOptions)
	progress.done()
	if err != nil {
		return err
	}
	a.within(r, o.Scopes)
	a.incomplete(r)
	return a.document(output, func(w io.Writer) error {
		if form == "json" {
			return writeJSON(w, x)
		}
		v, page := report.NewView(r), a.pageOn(w, output)
		if only != "" {
			blastRiskOne(page, v, x, only)
			return nil
		}
		blastRiskText(page, v, x, everything)
		return nil
	})
}

// shownBlasts is how many of each list are shown without --all.
const shownBlasts = 8

func blastRiskText(page *page, v *report.View, x *result.BlastRisks, everything bool) {
	page.head("Blast radius by chance: " + x.System)
	if len(x.Blasts) == 0 {
		page.wrap("", "No fall of an agent, tool server, plugin or runtime has others or a loss follow.")
	}
	few := func(n int) int {
		if everything {
			return n
		}
		return min(n, shownBlasts)
	}
	more := func(n int) {
		if n > few(n) {
			page.line("and %d more: --all", n-few(n))
		}
	}
	for i := range x.Blasts[:few(len(x.Blasts))] {
		b := &x.Blasts[i]
		page.wrap(fmt.Sprintf("%2d. ", i+1), fmt.Sprintf("%s (%s)", v.Name(b.Element), b.Element))
		page.wrap("    ", blastSizes(b, x.Elements))
		page.wrap("    ", blastStakes(b))
	}
	more(len(x.Blasts))
	if len(x.Agents) > 0 {
		page.line("")
		page.head("Which agent to contain first")
		page.wrap("", "Expected loss a year that is gone if the agent can never be taken over or misled into acting, and its share of all that agents bring about.")
		for i := range x.Agents[:few(len(x.Agents))] {
			w := &x.Agents[i]
			page.wrap(fmt.Sprintf("  %14s ", "−"+result.Money(w.Cut.Mean, w.Unit)), fmt.Sprintf("%s (%s; of %s; share %s)", v.Name(w.Element), w.Cut.Span(), result.Figure(w.Annual), result.Share(w.Share)))
		}
		more(len(x.Agents))
	}
	if len(x.Coalitions) > 0 {
		page.line("")
		page.head("How many agents it takes")
		page.wrap("", "The fewest agents whose fall brings a critical loss about, if every step works and every blocking control holds.")
		for i := range x.Coalitions[:few(len(x.Coalitions))] {
			c := &x.Coalitions[i]
			var names []string
			for _, id := range c.Elements {
				names = append(names, v.Name(id))
			}
			text := fmt.Sprintf("%s: %s", v.Asset(c.Asset), strings.Join(names, " and "))
			if c.Least < float64(len(c.Elements)) {
				text += fmt.Sprintf(" (not proven the fewest: at least %g)", c.Least)
			}
			page.wrap(fmt.Sprintf("  %d  ", len(c.Elements)), text)
		}
		more(len(x.Coalitions))
	}
	if x.Reproduction.Agents > 1 {
		page.line("")
		page.head("How agents take each other over")
		page.wrap("", reproduction(x.Reproduction))
	}
	page.line("")
	page.head("How this was reckoned")
	page.wrap("", blastMethod(x))
	for _, n := range x.Notes {
		page.wrap("note: ", n)
	}
}

func blastRiskOne(page *page, v *report.View, x *result.BlastRisks, id string) {
	page.title(id, "if "+v.Name(id)+" falls, by chance")
	for i := range x.Blasts {
		b := &x.Blasts[i]
		if b.Element != id {
			continue
		}
		page.wrap("", blastSizes(b, x.Elements))
		page.wrap("", blastStakes(b))
		for _, l := range v.Result.Layers {
			if b.ByLayer[l.ID] > 0 {
				page.wrap("  ", fmt.Sprintf("%s %s: %.2g on average", l.ID, l.Name, b.ByLayer[l.ID]))
			}
		}
		for _, w := range x.Agents {
			if w.Element == id {
				page.wrap("", fmt.Sprintf("Containing it takes away %s a year (%s) of %s; its share of all that agents bring about is %s.", result.Money(w.Cut.Mean, w.Unit), w.Cut.Span(), result.Figure(w.Annual), result.Share(w.Share)))
			}
		}
		page.line("")
		page.wrap("", blastMethod(x))
		return
	}
	page.wrap("", "Nothing follows from its fall in any of the trials, or its fall is not one that is assumed: agents, tool servers, plugins and runtimes are.")
}

func blastSizes(b *result.BlastRisk, elements int) string {
	text := fmt.Sprintf("%.2g of %d others fall on average; at most %.0f in half of the cases and %.0f in nineteen of twenty", b.Others.Mean, elements-1, b.Others.P50, b.Others.P95)
	var parts []string
	for _, p := range b.Passes {
		parts = append(parts, fmt.Sprintf("%s that %s or more do", result.Share(p.Chance), result.Share(p.Share)))
	}
	return text + "; the chance is " + strings.Join(parts, ", ") + fmt.Sprintf(", and %s that a critical loss follows.", result.Share(b.Crown))
}

func blastStakes(b *result.BlastRisk) string {
	var parts []string
	for _, s := range b.Stake {
		parts = append(parts, fmt.Sprintf("%s on average, %s in half of the cases at most, %s in nineteen of twenty", result.Money(s.Mean, s.Unit), result.Figure(s.P50), result.Figure(s.P95)))
	}
	if len(parts) == 0 {
		return "No loss follows."
	}
	return "At stake: " + strings.Join(parts, "; ") + "."
}

// reproduction tells what a growth rate means.
func reproduction(r result.Reproduction) string {
	text := fmt.Sprintf("Among %d agents one that has fallen takes over %.2f to %.2f further ones directly, step after step (bounds of the growth rate, with the error of trials in them): ", r.Agents, r.Low, r.High)
	switch {
	case r.High == 0:
		return text + "none takes over another."
	case r.High < 1:
		return text + "a spread dies out by itself."
	case r.Low > 1:
		return text + "above 1 a spread sustains itself."
	}
	return text + "near 1, where a spread may or may not sustain itself."
}

func blastMethod(x *result.BlastRisks) string {
	return fmt.Sprintf("Each fall was tried %d times, %d in each of %d draws of what is not known, with nobody attacking besides and the controls that count from the state %s; seed %d, attacker %s.",
		x.Trials, x.Trials/max(x.Draws, 1), x.Draws, x.Trust, x.Seed, x.Attacker)
}
