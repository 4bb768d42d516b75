package markdown

import "fermata/internal/report"

// Of the lists of risks this much is shown; with Options.All everything is.
const (
	topLosses = 15
	topCuts   = 8
)

// risk tells what the losses are expected to cost; nothing when nobody reckoned it.
func (p *page) risk() {
	s := p.v.Risk()
	if s == nil {
		return
	}
	p.heading("Risk")
	if len(s.Totals) == 0 {
		p.line("No source of harm alone brings about a loss that is counted, with or without controls.")
	}
	for i := range s.Totals {
		if i > 0 {
			p.line("")
		}
		for _, text := range s.Totals[i].Text {
			p.line("%s", esc(text))
		}
	}
	p.riskList("What is lost", s.Assets, topLosses)
	p.riskList("Who brings it about", s.Sources, len(s.Sources))
	p.riskList("In which layer", s.Layers, len(s.Layers))
	var drivers []report.RiskLine
	for _, d := range s.Drivers {
		drivers = append(drivers, report.RiskLine{Name: d.Name, Amount: report.Swing(d)})
	}
	p.riskList("What is not known and moves it most", drivers, topCuts)
	p.riskList("What the controls that stand take away", s.Standing, topCuts)
	p.riskList("Which control would take away most", s.Missing, topCuts)
	p.riskList("On which steps it hangs", s.Steps, topCuts)
	p.line("")
	for _, text := range append(s.Method, s.Notes...) {
		p.line("> %s", esc(text))
	}
}

func (p *page) riskList(head string, lines []report.RiskLine, most int) {
	if len(lines) == 0 {
		return
	}
	p.line("")
	p.line("**%s**", head)
	p.line("")
	n := p.most(len(lines), most)
	for _, l := range lines[:n] {
		text := ""
		if l.Text != "" {
			text = "; " + esc(l.Text)
		}
		p.line("- %s: %s%s", esc(l.Name), esc(l.Amount), text)
	}
	p.more(len(lines)-n, "`fermata risk --all`")
}
