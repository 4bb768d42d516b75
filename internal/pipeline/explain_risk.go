package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/risk"
)

// RiskQuery tells whether a question is about risk: risk:total, risk:ASSET, risk:ATTACKER, risk:rule/ID, risk:control/ID.
func RiskQuery(query string) (string, bool) { return strings.CutPrefix(query, "risk:") }

// RiskNeedsSystem tells whether a question about risk needs a system: a rule or control can be asked about without one.
func RiskNeedsSystem(query string) bool {
	about, _ := RiskQuery(query)
	return !strings.HasPrefix(about, "rule/") && !strings.HasPrefix(about, "control/")
}

// ExplainRisk says what a figure of risk rests on: how it was reckoned, from which inputs, and how sure it is. The result's
// risks must be filled in, unless the question is about a rule or a control.
func (e *Engine) ExplainRisk(query string, r *result.Result) (Explanation, error) {
	about, _ := RiskQuery(query)
	for _, prefix := range []string{"rule/", "control/"} {
		if name, ok := strings.CutPrefix(about, prefix); ok {
			return e.explainQuantity(prefix, name, r)
		}
	}
	names := []string{"total"}
	for i := range r.Risks {
		x := &r.Risks[i]
		short := strings.TrimPrefix(x.ID, x.Of+":")
		names = append(names, x.ID, x.Name, short)
		if asset := assetOf(r, x.Name); asset != nil {
			names = append(names, asset.Name)
		}
		if about == x.ID || about == x.Name || about == short || x.Of == result.RiskTotal && (about == "total" || about == "total:"+x.Unit) {
			return e.explainFigure(x, r), nil
		}
		if asset := assetOf(r, x.Name); asset != nil && (strings.EqualFold(asset.Name, about) || asset.Element == about) {
			return e.explainFigure(x, r), nil
		}
	}
	for i := range r.RiskBasis.Inputs {
		q := &r.RiskBasis.Inputs[i]
		names = append(names, q.ID)
		if q.ID == about {
			x := Explanation{Kind: "risk", ID: "risk:" + q.ID, Title: inputTitle(q.ID)}
			x.section("What is taken", []string{inputLine(q)}, nil)
			return x, nil
		}
	}
	for i := range names {
		names[i] = "risk:" + names[i]
	}
	return Explanation{}, notCalled(fmt.Sprintf("no figure of risk is called %q", about), "risk:"+about, names, "say risk:total, risk:ASSET, risk:ATTACKER, risk:rule/ID or risk:control/ID")
}

func assetOf(r *result.Result, id string) *model.Asset {
	for i := range r.System.Assets {
		if r.System.Assets[i].ID == id {
			return &r.System.Assets[i]
		}
	}
	return nil
}

func (e *Engine) explainQuantity(prefix, name string, r *result.Result) (Explanation, error) {
	if prefix == "rule/" && e.rules.Rule(name) == nil || prefix == "control/" && e.rules.Controls.Get(name) == nil {
		_, err := e.EvidenceFor(name)
		if err == nil {
			err = &InputError{Message: fmt.Sprintf("%s is no %s", name, strings.TrimSuffix(prefix, "/"))}
		}
		return Explanation{}, err
	}
	x, err := e.EvidenceFor(name)
	if err != nil {
		return x, err
	}
	x.ID = "risk:" + prefix + name
	if prefix == "control/" {
		var given []model.RiskInput
		if r != nil {
			given = r.System.Risk
		}
		if err := e.shownSection(&x, name, r, given); err != nil {
			return x, err
		}
	}
	if r == nil {
		return x, nil
	}
	of := model.SuccessOf
	if prefix == "control/" {
		of = model.EfficacyOf
	}
	for i := range r.System.Risk {
		if in := &r.System.Risk[i]; in.Of == of && in.Name == name {
			var given Explanation
			if err := e.quantitySections(&given, r.System.Risk, of, name, risk.Static); err != nil {
				return x, err
			}
			given.Sections[0].Heading = "What the model of this system gives in its place"
			x.Sections = append(given.Sections[:1], x.Sections...)
		}
	}
	return x, nil
}

// shownSection says how much of a control's efficacy counts by how its presence is shown: where it stands in the system, if
// there is one, and how its places fail together.
func (e *Engine) shownSection(x *Explanation, control string, r *result.Result, given []model.RiskInput) error {
	in := e.knowledge(risk.Static, given)
	e.know(&in, control)
	efficacy, _, err := risk.Describe(in, model.EfficacyOf, control)
	if err != nil {
		return err
	}
	together, _, err := risk.Describe(in, model.TogetherOf, control)
	if err != nil {
		return err
	}
	counted := func(state model.State) string {
		share := attack.Weight(state)
		return fmt.Sprintf("counts %g: stops %s on average", share, result.Share(float64(share*efficacy.Value.Mean)))
	}
	items := []string{
		"declared, which is a claim: " + counted(model.DeclaredOnly),
		"evidenced, seen in code, or attested: " + counted(model.Evidenced),
		"tested: " + counted(model.Tested),
		"unseen, absent or refuted: counts nothing",
	}
	if r != nil {
		for i := range r.System.Controls {
			if p := &r.System.Controls[i]; p.Control == control && attack.Counts(p.State, model.State(r.Trust)) {
				items = append(items, fmt.Sprintf("here on %s it is %s: %s", newView(r).name(p.On), p.State, counted(p.State)))
			}
		}
	}
	x.section("How much of it counts, by how its presence is shown", []string{
		"What a state counts is judgement: published tests are of controls that were there and worked as meant; a claim may be neither.",
		fmt.Sprintf("Where it stands on several places, %s of what its best place lets through gets past all of them at once (%s). %s.", result.Share(together.Value.Mean), together.Value.Shares(), sentence(together.Text)),
	}, items)
	return nil
}

// attemptMethod says how the chance of a loss within an attempt came about, with the error that it has.
func attemptMethod(method string) string {
	switch method {
	case result.ByDiagram:
		return "Given the inputs, the chance that an attempt brings it about is exact (decision diagrams)."
	case result.ByTrials:
		return "Given the inputs, the chance that an attempt brings it about is the frequency of trials."
	case result.ByRare:
		return "Trials hardly meet it: given the inputs, the chance that an attempt brings it about was reckoned in some of the draws, by large diagrams or by importance sampling."
	case "":
		return ""
	}
	return "Given the inputs, the chance that an attempt brings it about is reckoned by " + strings.ReplaceAll(method, "+", " or ") + ", as the source of harm allows."
}

// inputTitle names an input in words.
func inputTitle(id string) string {
	of, name, _ := strings.Cut(id, ":")
	switch of {
	case model.SuccessOf:
		return "how often an attempt succeeds: " + name
	case model.EfficacyOf:
		return "how much a control stops: " + name
	case model.AttemptsOf:
		return "how often a year it is tried: " + name
	case model.TogetherOf:
		return "how much of a control's failing befalls all its places alike: " + name
	}
	return "what a case costs: " + name
}

// inputLine tells an input with where it comes from.
func inputLine(q *result.RiskQuantity) string {
	value := fmt.Sprintf("%s (%s)", result.Share(q.Value.Mean), q.Value.Shares())
	switch q.Of {
	case model.AttemptsOf:
		value = fmt.Sprintf("%s a year (%s)", result.Figure(q.Value.Mean), q.Value.Span())
	case model.LossOf:
		value = fmt.Sprintf("%s (%s)", result.Money(q.Value.Mean, q.Unit), q.Value.Span())
	}
	return fmt.Sprintf("%s: %s; %s", inputTitle(q.ID), value, q.Text)
}

// errorText says what the error of a figure is made of, where rare losses have a part in it.
func errorText(x *result.Risk) string {
	text := ""
	for _, p := range x.Errors {
		switch p.Method {
		case result.ErrorOfDraws:
			text += fmt.Sprintf(" Of that the %d draws and the trials in them leave %s", p.Draws, result.Money(p.Error, x.Unit))
		case result.ErrorOfRare:
			text += fmt.Sprintf(", and what was reckoned in %d draws only, by importance sampling, splitting or large diagrams, leaves %s; the two are joined as the root of the sum of squares.", p.Draws, result.Money(p.Error, x.Unit))
		}
	}
	return text
}

// passageText says how far away a loss is, and what that means.
func passageText(p *result.Passage) []string {
	if p == nil {
		return nil
	}
	text := []string{fmt.Sprintf("In steps: at the least %s must succeed one after another, if every control on the way fails. What happens side by side counts once.", plural(p.Fewest, "step", "steps"))}
	if p.Met > 0 {
		text = append(text, fmt.Sprintf("Of the attempts that bring it about, half take at most %d and all but one in twenty at most %d (%d trials in which it happened; where several ways are open, the shortest counts).", p.P50, p.P95, p.Met))
	} else {
		text = append(text, "Too few trials brought it about to say how many steps they took.")
	}
	if p.HalfAfter > 0 {
		more := ""
		if p.TwentiethAfter > 0 {
			more = fmt.Sprintf(", one in twenty after %s", result.Years(p.TwentiethAfter))
		}
		text = append(text, fmt.Sprintf("In time: half of systems like this have had it for the first time after %s%s, if nothing changes and somebody goes on trying as often.", result.Years(p.HalfAfter), more))
	}
	return text
}

// explainFigure tells one figure with all that it rests on.
func (e *Engine) explainFigure(x *result.Risk, r *result.Result) Explanation {
	b := r.RiskBasis
	v := newView(r)
	out := Explanation{Kind: "risk", ID: "risk:" + strings.TrimPrefix(x.ID, result.RiskAsset+":"), Title: "Expected loss a year"}
	text := []string{fmt.Sprintf("%s a year on average; what is not known puts it between %s and %s in nine of ten cases. Without any control %s.",
		result.Money(x.Annual.Mean, x.Unit), result.Figure(x.Annual.Low), result.Figure(x.Annual.High), result.Figure(x.Inherent.Mean))}
	asset := assetOf(r, x.Name)
	if asset != nil {
		out.Title = "Expected loss a year: " + asset.Name
	} else if x.Name != "" {
		out.Title = fmt.Sprintf("Expected loss a year: %s %s", x.Of, x.Name)
	}
	if x.Case != nil {
		text = append(text, fmt.Sprintf("It happens in %s of years (%s), and a case costs %s (%s).", result.Share(x.Chance.Mean), x.Chance.Shares(), result.Money(x.Case.Mean, x.Unit), x.Case.Span()))
	}
	if len(x.Dearer) > 0 {
		var names []string
		for _, id := range x.Dearer {
			if a := assetOf(r, id); a != nil {
				names = append(names, a.Name)
			}
		}
		text = append(text, fmt.Sprintf("It is one event with %s, which costs more: what one attempt takes together counts once, under the dearest name. So the amount counts only cases without that, while the share of years counts all.", strings.Join(names, " and ")))
	}
	out.section("The figure", text, nil)
	out.section("How far away it is", passageText(x.Passage), nil)
	out.section("How it was reckoned", []string{
		attemptMethod(x.Method),
		fmt.Sprintf("%d draws of what is not known, batches of Latin hypercubes; in each, %d attempts of every source of harm on the attack graph and %d years; seed %d, attacker %s, controls from the state %s.",
			b.Draws, b.Trials, b.Years, b.Seed, b.Attacker, b.Trust),
		fmt.Sprintf("%s. Sampling leaves this mean uncertain by %s to either side (95 %%).%s", sentence(b.Stopped), result.Money(x.Error, x.Unit), errorText(x)),
	}, nil)
	var by []string
	for i, p := range x.By {
		if i == 8 {
			by = append(by, fmt.Sprintf("and %d more", len(x.By)-i))
			break
		}
		name := p.Name
		if a := assetOf(r, name); a != nil {
			name = a.Name
		}
		by = append(by, fmt.Sprintf("%s: %s a year, %s", name, result.Figure(p.Annual), result.Share(p.Share)))
	}
	heading := "Who brings it about"
	if x.Of == result.RiskAttacker {
		heading = "What is lost"
	}
	out.section(heading, nil, by)
	wanted, guarding := v.inputsOf(x), map[string]bool{}
	for i := range r.Findings {
		for _, c := range r.Findings[i].Controls {
			guarding[c.Control] = guarding[c.Control] || stands(c.State)
		}
	}
	for _, part := range []struct{ of, heading string }{
		{model.AttemptsOf, "Inputs: how often a year somebody tries"},
		{model.SuccessOf, "Inputs: how often a step succeeds"},
		{model.EfficacyOf, "Inputs: how much the controls stop"},
		{model.TogetherOf, "Inputs: how much of a control's failing befalls all its places alike"},
		{model.LossOf, "Inputs: what a case costs"},
	} {
		var items []string
		for i := range b.Inputs {
			if q := &b.Inputs[i]; q.Of == part.of && (wanted == nil || wanted[q.ID]) {
				if (q.Of == model.EfficacyOf || q.Of == model.TogetherOf) && !guarding[q.Name] {
					continue // of a control that could be placed: the figure does not rest on it
				}
				items = append(items, inputLine(q))
			}
		}
		out.section(part.heading, nil, items)
	}
	if asset != nil {
		var ways []string
		for i := range r.Paths {
			if p := &r.Paths[i]; p.Goal.Asset == asset.ID {
				var steps []string
				for _, h := range p.Steps {
					rule, _, _ := strings.Cut(h.Finding, "@")
					steps = append(steps, rule)
				}
				ways = append(ways, fmt.Sprintf("%s, by %s: %s", p.ID, p.Attacker, strings.Join(steps, " → ")))
			}
		}
		out.section("Ways that lead there", nil, firstFew(ways, 8))
	}
	return out
}

func firstFew(list []string, most int) []string {
	if len(list) <= most {
		return list
	}
	return append(slices.Clone(list[:most]), fmt.Sprintf("and %d more", len(list)-most))
}

// inputsOf are the inputs that a loss can rest on: those of the steps from which it can be reached. Nil means all.
func (v *view) inputsOf(x *result.Risk) map[string]bool {
	asset := assetOf(v.r, x.Name)
	if asset == nil {
		return nil
	}
	out := map[string]bool{model.LossOf + ":" + asset.ID: true, model.LossOf + ":" + asset.Loss: true}
	for _, p := range x.By {
		out[model.AttemptsOf+":"+p.Name] = true
	}
	// Backwards from the power that is the loss, through all steps that give what is needed.
	needed := map[string]bool{}
	on := func(power string) string {
		p, err := model.ParsePower(power)
		if err != nil {
			return power
		}
		return string(p.Capability) + "@" + p.On
	}
	widen := func(key string) {
		needed[key] = true
		capability, element, _ := strings.Cut(key, "@")
		for _, stronger := range attack.Stronger(model.Capability(capability)) {
			needed[string(stronger)+"@"+element] = true
		}
	}
	widen(string(asset.Capability) + "@" + asset.Element)
	done := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for i := range v.r.Findings {
			f := &v.r.Findings[i]
			if done[f.ID] {
				continue
			}
			gives := false
			for _, s := range f.Steps {
				for _, g := range s.Gives {
					gives = gives || needed[on(g)]
				}
			}
			if !gives {
				continue
			}
			done[f.ID], changed = true, true
			out[model.SuccessOf+":"+f.Rule] = true
			for _, c := range f.Controls {
				if stands(c.State) {
					out[model.EfficacyOf+":"+c.Control] = true
					out[model.TogetherOf+":"+c.Control] = true
				}
			}
			for _, s := range f.Steps {
				for _, need := range s.Needs {
					for _, p := range need.Powers {
						widen(on(p))
					}
				}
			}
		}
	}
	return out
}
