package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/score"
)

// place is evidence on one line.
func place(ev model.Evidence) string {
	if ev.File == "" {
		return "assumed: " + ev.Excerpt
	}
	text := fmt.Sprintf("%s:%d:%d", ev.File, ev.Line, ev.Col)
	if ev.Excerpt != "" {
		text += "  " + ev.Excerpt
	}
	return text
}

func places(list []model.Evidence, most int) []string {
	var all []string
	for _, ev := range list {
		all = append(all, place(ev))
	}
	all = firstDistinct(all, len(all)) // two facts may rest on one line
	if len(all) > most {
		return append(all[:most:most], fmt.Sprintf("and %d more", len(all)-most))
	}
	return all
}

// tell says a power in words.
func (v *view) tell(power string) string {
	p, err := model.ParsePower(power)
	if err != nil {
		return power
	}
	return p.Words(v.name(p.On))
}

// heldBack says of a finding that it would be graver if the ways through it rested on nothing that is only assumed.
func (v *view) heldBack(f *result.Finding) string {
	if f.Status != result.Live {
		return ""
	}
	for i := range v.r.Paths {
		p := &v.r.Paths[i]
		if p.Capped == nil || p.Severity != f.Severity || !slices.ContainsFunc(p.Steps, func(h result.Hop) bool { return h.Finding == f.ID }) {
			continue
		}
		return v.capped(p)
	}
	return ""
}

func (e *Engine) explainFinding(f *result.Finding, v *view) Explanation {
	x := Explanation{Kind: "finding", ID: f.ID, Title: f.Message}
	state := fmt.Sprintf("It is %s, of %s severity.", f.Status, f.Severity)
	switch {
	case f.Status == result.Condition:
		state = fmt.Sprintf("It is a condition of %s severity: worth mending, and no step of an attack by itself.", f.Severity)
	case f.Why != "":
		state = fmt.Sprintf("It is %s: %s.", f.Status, f.Why)
	}
	rl := e.rules.Rule(f.Rule)
	doc := ""
	if rl != nil {
		doc = rl.Doc
	}
	x.section("What it is", []string{state, v.heldBack(f), doc}, nil)
	x.section("Seen here", nil, places(f.Evidence, 8))
	if f.Code != nil {
		x.section("How the value gets there", nil, trail(f.Code.Trail))
	}
	x.section("Assumed, because nothing says otherwise", nil, f.Assumes)
	if p := v.pathThrough(f.ID); p != nil {
		x.section("How an attacker gets here", []string{v.opening(p)}, v.hops(p))
	}
	var losses []string
	for _, p := range v.r.Paths {
		for _, h := range p.Steps {
			if h.Finding == f.ID {
				losses = append(losses, fmt.Sprintf("%s: %s (%s)", p.Severity, v.assetName(p.Goal.Asset), p.Attacker))
				break
			}
		}
	}
	x.section("What it leads to", nil, firstDistinct(losses, 6))
	x.section("What breaks it", nil, e.controlLines(f.Controls, v))
	if rl != nil {
		x.section("When it is no threat", []string{rl.FalsePositives}, nil)
		x.section("What to do instead", nil, nonEmpty("avoid "+rl.Avoid, rl.Avoid, "prefer "+rl.Prefer, rl.Prefer))
	}
	x.section("In the frameworks", nil, e.mapLines(f.Maps))
	if f.Status == result.Live {
		x.section("If you can live with it", nil, []string{fmt.Sprintf("fermata accept '%s' --reason '…' --until YYYY-MM-DD", f.ID)})
	}
	return x
}

// trail tells the places on the way of a value.
func trail(way []result.Trace) []string {
	var lines []string
	for i := range way {
		t := &way[i]
		lines = append(lines, fmt.Sprintf("%s:%d  %s", t.Evidence.File, t.Evidence.Line, t.What))
	}
	return lines
}

// scoreQuery begins the query about the scores of a finding.
const scoreQuery = "score:"

// explainScore tells the scores of a finding: those that it has, else by the default system and CVSS.
func explainScore(id string, v *view) []Explanation {
	f, ok := v.findings[v.r.FindingID(id)]
	if !ok {
		return nil
	}
	systems := []string{score.Default, score.CVSS40}
	threat := ""
	if len(f.Scores) > 0 {
		systems = nil
		for _, s := range f.Scores {
			systems = append(systems, s.System)
		}
	}
	d := score.NewDeriver(v.r)
	var out []Explanation
	for _, system := range systems {
		about := score.Find(system)
		if about == nil {
			continue // a later program knew it
		}
		x := Explanation{Kind: "score", ID: scoreQuery + id, Title: about.Title + " " + about.Edition + ": " + f.Message}
		s, why := d.Finding(f, system, threat)
		if s == nil {
			x.section("It has no score", []string{"It has none: " + why + "."}, nil)
			out = append(out, x)
			continue
		}
		x.section(s.Label()+" "+s.Value(), s.Notes, s.Vectors())
		way := "The way that is scored starts with " + s.Source
		if s.Loss != "" {
			way += " and ends in " + v.assetName(s.Loss)
		}
		if s.Path != "" {
			way += fmt.Sprintf("; fermata explain '%s' tells it", s.Path)
		}
		x.section("The way", []string{way + "."}, nil)
		var inputs []string
		for i := range s.Inputs {
			in := &s.Inputs[i]
			inputs = append(inputs, fmt.Sprintf("%s %s: %s", in.Name, in.Range(), in.Why()))
		}
		x.section("Inputs", nil, inputs)
		x.section("By the formula", nil, about.Formula)
		x.section("Known of this system", nil, about.Notes)
		out = append(out, x)
	}
	return out
}

// nonEmpty keeps each first text whose second is not empty.
func nonEmpty(pairs ...string) []string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.TrimSpace(pairs[i+1]) != "" {
			out = append(out, strings.TrimSpace(pairs[i]))
		}
	}
	return out
}

func firstDistinct(list []string, most int) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] && len(out) < most {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// pathThrough is the worst path that has the finding.
func (v *view) pathThrough(finding string) *result.Path {
	for i := range v.r.Paths {
		for _, h := range v.r.Paths[i].Steps {
			if h.Finding == finding {
				return &v.r.Paths[i]
			}
		}
	}
	return nil
}

// opening says from whom to what a path leads, and what it starts from.
func (v *view) opening(p *result.Path) string {
	var starts []string
	for _, s := range p.Start {
		starts = append(starts, fmt.Sprintf("%s (%s)", v.tell(s.Power), s.Reason))
	}
	who := p.Attacker
	for _, a := range model.Attackers {
		if a.Name == p.Attacker {
			who = fmt.Sprintf("%s (%s)", a.Name, a.Doc)
		}
	}
	return fmt.Sprintf("In %s from %s to %s. At the start they %s.", plural(len(p.Steps), "step", "steps"), who, v.assetName(p.Goal.Asset), strings.Join(starts, " and "))
}

func (v *view) hops(p *result.Path) []string {
	var out []string
	for i, h := range p.Steps {
		f := v.findings[h.Finding]
		if f == nil {
			continue
		}
		line := fmt.Sprintf("%d. %s: %s", i+1, h.Layer, cmp.Or(h.Message, f.Message))
		for _, ev := range f.Evidence {
			if ev.File != "" {
				line += fmt.Sprintf("  [%s:%d]", ev.File, ev.Line)
				break
			}
		}
		if f.Status == result.Accepted {
			line += "  (accepted: " + f.Why + ")"
		}
		out = append(out, line)
	}
	return out
}

func (v *view) assetName(id string) string {
	for i := range v.r.System.Assets {
		if v.r.System.Assets[i].ID == id {
			return v.r.System.Assets[i].Name
		}
	}
	return id
}

func (e *Engine) controlLines(list []result.Control, v *view) []string {
	var out []string
	for _, c := range list {
		title := c.Control
		if def := e.rules.Controls.Get(c.Control); def != nil {
			title = fmt.Sprintf("%s (%s)", def.Title, c.Control)
		}
		line := fmt.Sprintf("%s, on %s: %s it; %s", title, v.name(c.On), c.Effect, stateWords(c.State))
		for _, ev := range c.Evidence {
			if ev.File != "" {
				line += fmt.Sprintf("  [%s:%d]", ev.File, ev.Line)
				break
			}
		}
		out = append(out, line)
	}
	return out
}

func stateWords(s model.State) string {
	switch s {
	case model.Unseen:
		return "nobody saw it"
	case model.Absent:
		return "it is absent"
	case model.DeclaredOnly:
		return "claimed"
	case model.Evidenced:
		return "seen in code or configuration"
	case model.Tested:
		return "a test passed"
	case model.Attested:
		return "somebody vouches for it"
	case model.Refuted:
		return "a test failed"
	}
	return string(s)
}

func (e *Engine) explainPath(p *result.Path, v *view) Explanation {
	x := Explanation{Kind: "path", ID: p.ID, Title: fmt.Sprintf("%s reaches %s", p.Attacker, v.assetName(p.Goal.Asset))}
	x.section("In short", []string{v.opening(p), fmt.Sprintf("Severity %s; it crosses %s.", p.Severity, strings.Join(p.Layers, ", ")), v.capped(p), v.probability(p)}, nil)
	x.section("Step by step", nil, v.hops(p))
	var breaks []string // of each step some, so that none hides the steps behind it
	for i, h := range p.Steps {
		var all []string
		for _, b := range h.Breaks {
			all = append(all, fmt.Sprintf("step %d: %s on %s %s it", i+1, b.Control, v.name(b.On), b.Effect))
		}
		shown := firstDistinct(all, mostBreaks)
		breaks = append(breaks, shown...)
		if left := len(firstDistinct(all, len(all))) - len(shown); left > 0 {
			breaks = append(breaks, fmt.Sprintf("step %d: %d more", i+1, left))
		}
	}
	x.section("What breaks it", nil, breaks)
	return x
}

// capped says why a path is less grave than its loss and its chance make it.
func (v *view) capped(p *result.Path) string { return p.CappedWords(v.r, v.name) }

// mostBreaks is how many controls are listed that break one step.
const mostBreaks = 8

// probability tells the chance of a path, with what is in it and what is not.
func (v *view) probability(p *result.Path) string {
	if p.Probability == nil {
		return ""
	}
	text := fmt.Sprintf("One attempt goes all along it with a chance of %s (%s), the mean over what is not known, which scan and paths give, too", result.Odds(*p.Probability), result.Share(*p.Probability))
	if p.Adaptive != nil && result.Share(*p.Adaptive) != result.Share(*p.Probability) {
		text += fmt.Sprintf("; %s if who attacks changes and repeats each step until it works", result.Share(*p.Adaptive))
	}
	if len(p.Passes) > 0 {
		var names []string
		for _, c := range p.Passes {
			names = append(names, fmt.Sprintf("%s on %s", c.Control, v.name(c.On)))
		}
		text += "; it gets past " + strings.Join(names, ", ") + " with the chance that this fails"
	}
	return text + ". How often somebody tries is not in it: fermata risk reckons with that."
}

func explainQuestion(q *result.Question, v *view) Explanation {
	x := Explanation{Kind: "question", ID: q.ID, Title: q.Text}
	x.section("What hangs on it", []string{q.Change}, nil)
	x.section("Rules that wait for it", nil, q.Rules)
	if el := v.elements[q.Subject]; el != nil {
		x.section("About", nil, append([]string{el.Name + " (" + string(el.Kind) + ")"}, places(el.Evidence, 3)...))
	}
	x.section("How to answer", nil, []string{
		"the answer is " + Answers(*q),
		fmt.Sprintf("fermata ask PATH --answer ID=VALUE --by WHO writes it, where ID is %s", q.ID),
		fmt.Sprintf("or by hand in fermata.yaml, under answers:  - {question: %q, answer: …}", q.ID),
	})
	return x
}

func (e *Engine) explainElement(el *model.Element, v *view) Explanation {
	x := Explanation{Kind: "element", ID: el.ID, Title: fmt.Sprintf("%s: %s on layer %s, %s", el.Name, el.Kind, el.Layer, el.Origin)}
	x.section("What it is", []string{el.Detail}, nil)
	x.section("Seen here", nil, places(el.Evidence, 8))
	var facts []string
	for _, name := range slices.Sorted(maps.Keys(el.Effects)) {
		facts = append(facts, factLine("effect "+name, el.Effects[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(el.Facts)) {
		facts = append(facts, factLine(name, el.Facts[name]))
	}
	x.section("Facts", nil, facts)
	var flows []string
	for _, f := range v.r.System.Flows {
		switch el.ID {
		case f.From:
			flows = append(flows, fmt.Sprintf("%s to %s", f.Kind, v.name(f.To)))
		case f.To:
			flows = append(flows, fmt.Sprintf("%s from %s", f.Kind, v.name(f.From)))
		}
	}
	x.section("Flows", nil, firstDistinct(flows, 30))
	var about []*result.Finding
	for i := range v.r.Findings {
		if f := &v.r.Findings[i]; slices.Contains(f.Elements, el.ID) {
			about = append(about, f)
		}
	}
	slices.SortStableFunc(about, func(a, b *result.Finding) int { return standingOrder(a) - standingOrder(b) })
	var findings []string
	for _, f := range about {
		findings = append(findings, fmt.Sprintf("%s %s: %s  (%s)", f.Severity, f.Status, f.Message, f.ID))
	}
	x.section("Findings", nil, firstDistinct(findings, 20))
	for _, b := range v.r.Blast {
		if b.Element == el.ID {
			var fallen []string
			for _, id := range b.Elements {
				fallen = append(fallen, v.name(id))
			}
			x.section("If it falls", []string{Fall(b)}, firstDistinct(fallen, 20))
		}
	}
	return x
}

// standingOrder puts what is live first, and the worst of it before the rest.
func standingOrder(f *result.Finding) int {
	status := slices.Index([]result.Status{result.Live, result.Condition, result.Accepted, result.Blocked, result.Unreachable}, f.Status)
	return 10*status + slices.Index(result.Severities, f.Severity)
}

// Fall says how much falls with an element.
func Fall(b result.Blast) string {
	return fmt.Sprintf("%s with it, in at most %s; %s.", plural(len(b.Elements), "element falls", "elements fall"),
		plural(b.Depth, "step", "steps"), plural(len(b.Assets), "loss follows", "losses follow"))
}

// Answers says what may be answered to a question, in words.
func Answers(q result.Question) string {
	if q.Fact == toolsFact {
		return "none where there are no others, or what they can do: a list of " + strings.Join(keep(q.Values, func(v string) bool { return v != "none" }), ", ")
	}
	if q.Lists() {
		return "none, or a list of " + strings.Join(keep(q.Values, func(v string) bool { return v != "none" }), ", ")
	}
	if n := len(q.Values) - 1; n > 0 {
		return strings.Join(q.Values[:n], ", ") + " or " + q.Values[n]
	}
	return strings.Join(q.Values, "")
}

func factLine(name string, f model.Fact) string {
	line := fmt.Sprintf("%s: %s, %s", name, f.Value, f.Origin)
	if f.Reason != "" {
		line += ": " + f.Reason
	}
	for _, ev := range f.Evidence {
		if ev.File != "" {
			return line + fmt.Sprintf("  [%s:%d]", ev.File, ev.Line)
		}
	}
	return line
}
