package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/risk"
)

// EvidenceRow is a row of the evidence table as a list tells it.
type EvidenceRow struct {
	ID, Kind, What, Value, Seen string
	Year                        int
	Adaptive                    bool
	Users                       []string // rules and controls that name it
}

// Evidence lists the evidence table in the order of its ids.
func (e *Engine) Evidence() []EvidenceRow {
	users := map[string][]string{}
	for _, rl := range e.rules.Rules {
		if rl.Success != nil {
			for _, id := range rl.Success.Evidence {
				users[id] = append(users[id], rl.ID)
			}
		}
	}
	for _, c := range e.rules.Controls {
		for _, id := range c.Efficacy.Evidence {
			users[id] = append(users[id], c.ID)
		}
	}
	var out []EvidenceRow
	for _, row := range evidenceRows() {
		x := EvidenceRow{ID: row.ID, Kind: row.Kind, What: row.Technique, Year: row.Year, Seen: row.Seen, Adaptive: row.Adaptive, Users: users[row.ID]}
		if row.Defence != "" && row.Defence != "none" {
			x.What += "; against " + row.Defence
		}
		x.Value = table()[row.ID].Argument("value").Text()
		if row.HasValue && row.Value > 1 {
			x.Value = result.Figure(row.Value)
		}
		out = append(out, x)
	}
	return out
}

// knowledge is what risk knows without a system: every rule, every row, and what people gave with the controls that they liken
// others to. Further controls are added by [Engine.know].
func (e *Engine) knowledge(attacker string, given []model.RiskInput) risk.Input {
	in := risk.Input{Rules: map[string]result.Range{}, Controls: map[string]risk.Control{}, Rows: evidenceRows(), Given: given, Mode: attacker}
	for _, rl := range e.rules.Rules {
		if rl.Success != nil {
			in.Rules[rl.ID] = *rl.Success
		}
	}
	for _, g := range given {
		if g.Of == model.EfficacyOf && g.Like != "" {
			e.know(&in, g.Like)
		}
	}
	return in
}

// know adds a control to what risk knows.
func (e *Engine) know(in *risk.Input, control string) {
	if _, ok := in.Controls[control]; !ok {
		in.Controls[control] = e.riskControl(control, in.Mode)
	}
}

// EvidenceFor says which rows a rule or control rests on, what each is to it, and the distribution that follows.
func (e *Engine) EvidenceFor(name string) (Explanation, error) {
	of := ""
	switch {
	case e.rules.Rule(name) != nil:
		of = model.SuccessOf
		if e.rules.Rule(name).Success == nil {
			return Explanation{}, &InputError{Message: fmt.Sprintf("%s is a condition: it is no step of an attack and has no chance of success", name)}
		}
	case e.rules.Controls.Get(name) != nil:
		of = model.EfficacyOf
	default:
		names := e.controlIDs()
		for _, rl := range e.rules.Rules {
			names = append(names, rl.ID)
		}
		return Explanation{}, notCalled(fmt.Sprintf("no rule or control is called %q", name), name, names, "fermata rules and fermata controls list them")
	}
	x := Explanation{Kind: "evidence", ID: of + " of " + name}
	if of == model.SuccessOf {
		x.Title = "How often an attempt succeeds: " + e.rules.Rule(name).Title
	} else {
		x.Title = "How much it stops: " + e.rules.Controls.Get(name).Title
	}
	for _, attacker := range []string{risk.Static, risk.Adaptive} {
		if err := e.quantitySections(&x, nil, of, name, attacker); err != nil {
			return Explanation{}, err
		}
	}
	return x, nil
}

// quantitySections adds what a chance or efficacy is against one sort of attacker, and its rows.
func (e *Engine) quantitySections(x *Explanation, given []model.RiskInput, of, name, attacker string) error {
	in := e.knowledge(attacker, given)
	if of == model.EfficacyOf {
		e.know(&in, name)
	}
	q, uses, err := risk.Describe(in, of, name)
	if err != nil {
		return err
	}
	who := "Against attackers who use known attacks as they are"
	if attacker == risk.Adaptive {
		who = "Against attackers who change and repeat them until one works"
	}
	x.section(who, []string{
		fmt.Sprintf("%s on average; nine in ten between %s.", result.Share(q.Value.Mean), strings.Replace(q.Value.Shares(), " to ", " and ", 1)),
		sentence(q.Text) + ".",
	}, nil)
	var items []string
	for _, u := range uses {
		if u.Adaptive != (attacker == risk.Adaptive) {
			continue
		}
		items = append(items, useText(u, of))
	}
	x.section("Rows measured on them", nil, items)
	return nil
}

// useText tells what a row is to a quantity.
func useText(u risk.Use, of string) string {
	r := u.Row
	text := fmt.Sprintf("%s: %s", r.ID, r.Technique)
	if r.Conditions != "" {
		text += "; " + r.Conditions
	}
	switch {
	case !u.Counts:
		text += ": " + u.Why
	case of == model.EfficacyOf:
		text += fmt.Sprintf(": stopped %s", result.Share(u.Share))
	default:
		text += fmt.Sprintf(": %s got through", result.Share(u.Share))
	}
	if u.Counts {
		text += fmt.Sprintf(", worth %.0f independent trials", u.N)
		if r.N == 0 {
			text += " (it does not say how many there were)"
		}
	}
	if r.Title != "" {
		text += fmt.Sprintf(". %s, %d", r.Title, r.Year)
	}
	if r.Seen == "secondary" {
		text += " (read in a text that quotes it)"
	}
	return text
}

// rowUses are the rules and controls that name a row, each with the chance that follows.
func (e *Engine) rowUses(id string) []string {
	in := e.knowledge(risk.Static, nil)
	var out []string
	for _, rl := range e.rules.Rules {
		if rl.Success == nil || !slices.Contains(rl.Success.Evidence, id) {
			continue
		}
		q, uses, err := risk.Describe(in, model.SuccessOf, rl.ID)
		if err != nil {
			continue
		}
		text := fmt.Sprintf("rule %s: %s on average, %s", rl.ID, result.Share(q.Value.Mean), q.Value.Shares())
		for _, u := range uses {
			if u.Row.ID == id && !u.Counts {
				text += "; supports the judgement only"
			} else if u.Row.ID == id && u.Adaptive {
				text += "; counts where attackers are taken to adapt"
			} else if u.Row.ID == id && q.Basis == risk.Fitted {
				text += "; goes into the fit"
			}
		}
		out = append(out, text)
	}
	for _, c := range e.rules.Controls {
		if slices.Contains(c.Efficacy.Evidence, id) {
			e.know(&in, c.ID)
			if q, _, err := risk.Describe(in, model.EfficacyOf, c.ID); err == nil {
				out = append(out, fmt.Sprintf("control %s: stops %s on average, %s", c.ID, result.Share(q.Value.Mean), q.Value.Shares()))
			}
		}
	}
	return out
}

// sentence begins with a capital letter.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
