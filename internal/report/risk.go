package report

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/result"
)

// RiskStory is what a result's risks say, in words, for every report alike. Lists are whole; a report shows their heads.
type RiskStory struct {
	Totals   []RiskTotal
	Assets   []RiskLine
	Sources  []RiskLine
	Layers   []RiskLine
	Drivers  []RiskDriver
	Standing []RiskLine // what the controls that stand take away
	Missing  []RiskLine // what those that could be placed would
	Steps    []RiskLine
	Method   []string // paragraphs
	Notes    []string
}

// RiskTotal is the risk in one unit.
type RiskTotal struct {
	*result.Risk
	Text []string // sentences
}

// RiskLine is an amount with what it is of.
type RiskLine struct {
	Amount string // a figure, or a range of them
	Name   string
	Text   string // what else is to be said; may be empty
}

// RiskDriver is a bar of the tornado.
type RiskDriver struct {
	*result.RiskDriver
	Name string
}

// Risk tells the risks of a result; nil when nobody reckoned them.
func (v *View) Risk() *RiskStory {
	b := v.Result.RiskBasis
	if b == nil {
		return nil
	}
	s := &RiskStory{}
	for i := range v.Result.Risks {
		x := &v.Result.Risks[i]
		amount := result.Money(x.Annual.Mean, x.Unit)
		switch x.Of {
		case result.RiskTotal:
			s.Totals = append(s.Totals, RiskTotal{x, append(totalText(x), v.unlisted(x.Unit)...)})
		case result.RiskAsset:
			s.Assets = append(s.Assets, RiskLine{fmt.Sprintf("%s a year (%s)", amount, x.Annual.Span()), v.Asset(x.Name), v.lossText(x)})
		case result.RiskAttacker:
			s.Sources = append(s.Sources, RiskLine{fmt.Sprintf("%s a year (%s)", amount, x.Annual.Span()), x.Name, result.Figure(x.Inherent.Mean) + " without any control"})
		case result.RiskLayer:
			s.Layers = append(s.Layers, RiskLine{amount + " a year", fmt.Sprintf("%s %s", x.Name, v.Layer(x.Name)), ""})
		}
	}
	for i := range b.Drivers {
		s.Drivers = append(s.Drivers, RiskDriver{&b.Drivers[i], v.riskInput(b.Drivers[i].Input)})
	}
	places, first := map[string]int{}, map[string]int{}
	for i := range b.Controls {
		c := &b.Controls[i]
		if c.Cut <= 0 {
			continue
		}
		line := RiskLine{"−" + result.Money(c.Cut, c.Unit), fmt.Sprintf("%s (%s) on %s", v.Control(c.Control), c.Control, v.Name(c.On)), result.Band{Low: c.Low, High: c.High}.Span()}
		if c.Stands {
			s.Standing = append(s.Standing, line)
			continue
		}
		if c.Effort > 0 {
			line.Text += fmt.Sprintf("; effort %g", c.Effort)
		}
		key := c.Control + " " + c.Unit
		if places[key]++; places[key] == 1 { // its best place; the others often stop the same
			first[key] = len(s.Missing)
			s.Missing = append(s.Missing, line)
		}
	}
	for key, at := range first {
		if n := places[key] - 1; n > 0 {
			s.Missing[at].Text += "; or on " + Plural(n, "other place", "other places")
		}
	}
	for i := range b.Steps {
		x := &b.Steps[i]
		name := x.Finding
		if f := v.Finding(x.Finding); f != nil {
			name = v.Message(f)
		}
		s.Steps = append(s.Steps, RiskLine{result.Figure(x.Never) + " … " + result.Money(x.Always, x.Unit), name, ""})
	}
	s.Method, s.Notes = append(riskMethod(b), methodCounts(v.Result)...), b.Notes
	return s
}

// totalText tells a total.
func totalText(x *result.Risk) []string {
	q := x.Quantiles
	text := []string{
		fmt.Sprintf("Expected loss a year: %s. What is not known puts it between %s and %s (nine in ten). Without any control it would be %s.",
			result.Money(x.Annual.Mean, x.Unit), result.Figure(x.Annual.Low), result.Figure(x.Annual.High), result.Figure(x.Inherent.Mean)),
	}
	if x.Planned != nil {
		text = append(text, fmt.Sprintf("With the plan of fermata harden carried out: %s (%s).", result.Money(x.Planned.Mean, x.Unit), x.Planned.Span()))
	}
	some := fmt.Sprintf("Some loss happens in %s of years (%s).", result.Share(x.Chance.Mean), x.Chance.Shares())
	switch { // most years of a safe system cost nothing, and "more than 0" says little
	case q.P99 == 0:
		some += fmt.Sprintf(" The worst five years of a hundred cost %s on average.", result.Money(q.Tail, x.Unit))
	case q.P90 == 0:
		some += fmt.Sprintf(" One year in a hundred costs more than %s; the worst five of a hundred cost %s on average.", result.Money(q.P99, x.Unit), result.Figure(q.Tail))
	default:
		some += fmt.Sprintf(" One year in ten costs more than %s, one in a hundred more than %s; the worst five of a hundred cost %s on average.", result.Money(q.P90, x.Unit), result.Figure(q.P99), result.Figure(q.Tail))
	}
	text = append(text, some)
	if x.Unit == "units" {
		text = append(text, "Units are ordinal: a typical loss of the grade critical counts 100, high 30, medium 10. They compare; they are no money. Give assets low, high and currency in fermata.yaml for money.")
	}
	return text
}

// lossText tells how often one loss happens, what it costs and by whom.
func (v *View) lossText(x *result.Risk) string {
	text := fmt.Sprintf("happens in %s of years (%s); a case costs %s (%s)", result.Share(x.Chance.Mean), x.Chance.Shares(), result.Figure(x.Case.Mean), x.Case.Span())
	if x.Repeats > 1 {
		text += fmt.Sprintf(", up to %d times a year", x.Repeats)
	}
	var by []string
	for i, p := range x.By {
		if i == 3 || p.Share < 0.05 {
			break
		}
		by = append(by, fmt.Sprintf("%s %s", p.Name, result.Share(p.Share)))
	}
	if len(by) > 0 {
		text += "; by " + strings.Join(by, ", ")
	}
	if x.Inherent.Mean > x.Annual.Mean {
		text += fmt.Sprintf("; %s without any control", result.Figure(x.Inherent.Mean))
	}
	if far := Far(x.Passage); far != "" {
		text += "; " + far
	}
	if len(x.Dearer) > 0 {
		text += "; " + v.OneEvent(x)
	}
	return text
}

// Far says how far away a loss is, in steps and in time; empty where a result does not say.
func Far(p *result.Passage) string {
	if p == nil {
		return ""
	}
	text := Plural(p.Fewest, "step", "steps") + " away at the least"
	switch {
	case p.Met > 0 && p.P50 == p.P95:
		text += fmt.Sprintf(" (%d in nearly all attempts that get there)", p.P50)
	case p.Met > 0:
		text += fmt.Sprintf(" (%d in half of the attempts that get there, up to %d in nearly all)", p.P50, p.P95)
	}
	if p.HalfAfter > 0 {
		text += fmt.Sprintf("; half of such systems have it within %s", result.Years(p.HalfAfter))
		if p.TwentiethAfter > 0 {
			text += fmt.Sprintf(", one in twenty within %s", result.Years(p.TwentiethAfter))
		}
	}
	return text
}

// OneEvent says of a loss that it is one name of an event that has dearer ones; empty where it is not.
func (v *View) OneEvent(x *result.Risk) string {
	if len(x.Dearer) == 0 {
		return ""
	}
	var names []string
	for _, id := range x.Dearer {
		names = append(names, v.Asset(id))
	}
	return "one event with " + Sentence(names) + ", so it counts only where that does not happen with it"
}

// riskMethod says how the figures came about.
func riskMethod(b *result.RiskBasis) []string {
	who := "attackers who use known attacks as they are (--attacker adaptive: who change and repeat them until one works)"
	if b.Attacker == "adaptive" {
		who = "attackers who change and repeat an attack until it works"
	}
	count := map[string]int{}
	for i := range b.Inputs {
		count[b.Inputs[i].Basis]++
	}
	return []string{
		fmt.Sprintf("%d draws of what is not known; in each %d attempts of every source of harm and %d years; seed %d. %s. Against %s. Controls count from the state %s.",
			b.Draws, b.Trials, b.Years, b.Seed, Capital(b.Stopped), who, b.Trust),
		fmt.Sprintf("Of %s %d rest on published figures, %d on judgement, %d on what you gave. A loss happens at most once a year unless the model says otherwise: its owner is taken to put an end to it. fermata explain risk:total lists every input.",
			Plural(len(b.Inputs), "input", "inputs"), count["fitted"], count["judgement"], count["given"]),
	}
}

// methodText says how the chance of a loss within an attempt was reckoned; empty where a result does not say.
func methodText(method string) string {
	var parts []string
	for _, m := range strings.Split(method, "+") {
		switch m {
		case result.ByDiagram:
			parts = append(parts, "exactly, by decision diagrams")
		case result.ByTrials:
			parts = append(parts, "by trials")
		case result.ByRare:
			parts = append(parts, "in some of the draws only and with care, because trials hardly meet it")
		}
	}
	return strings.Join(parts, "; by other sources of harm ")
}

// methodCounts says for how many losses the chance of an attempt is exact given the inputs.
func methodCounts(r *result.Result) []string {
	count, order := map[string]int{}, []string{}
	for i := range r.Risks {
		text := methodText(r.Risks[i].Method)
		if text == "" {
			continue
		}
		if count[text]++; count[text] == 1 {
			order = append(order, text)
		}
	}
	if len(order) == 0 {
		return nil
	}
	slices.Sort(order)
	var parts []string
	for _, text := range order {
		parts = append(parts, fmt.Sprintf("%s (%s)", text, Plural(count[text], "loss", "losses")))
	}
	return []string{"Given the inputs, the chance that an attempt brings about a loss is reckoned " + strings.Join(parts, "; ") + ". What happens within a year is drawn."}
}

// riskInput names an input for people.
func (v *View) riskInput(id string) string {
	of, name, _ := strings.Cut(id, ":")
	switch of {
	case "success":
		return "how often an attempt succeeds: " + name
	case "efficacy":
		return "how much the control stops: " + v.Control(name)
	case "together":
		return "how much of its failing befalls all its places alike: " + v.Control(name)
	case "attempts":
		return "how often it is tried: " + v.Attacker(name)
	}
	if v.assets[name] != nil {
		return "what a case costs: " + v.Asset(name)
	}
	return "what a case costs: losses of the class " + name
}

// Swing is what a driver does to the expected loss: "12 … 80 units".
func Swing(d RiskDriver) string {
	return result.Figure(d.Low) + " … " + result.Money(d.High, d.Unit) + " a year, from its lowest fifth to its highest"
}
