package pipeline

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fermata/controls"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/syntax"
)

// Pattern is what people read about a control; nil when there is no such control. It is read when it is asked for.
func (e *Engine) Pattern(control string) *rule.Pattern {
	if e.rules.Controls.Get(control) == nil {
		return nil
	}
	p, _ := rule.LoadPattern(rule.Options{}, rule.Source{FS: controls.FS, Name: "controls"}, control)
	return p
}

// Guarded is the rules that list a control, in the order of their layers.
func (e *Engine) Guarded(control string) []*rule.Rule {
	var out []*rule.Rule
	for _, r := range e.RulesByLayer() {
		if slices.ContainsFunc(r.Controls, func(u rule.ControlUse) bool { return u.Control == control }) {
			out = append(out, r)
		}
	}
	return out
}

// ControlFilter says which controls are listed; what is empty does not count.
type ControlFilter struct{ Layer, Effect, Framework string }

// layerWord is the short name of a rule's layer: l3 of l3-agent-frameworks.
func layerWord(folder string) string {
	if short, _, ok := strings.Cut(folder, "-"); ok && len(short) == 2 && short[0] == 'l' {
		return short
	}
	return folder
}

// ControlFilters are the words that each filter may say.
func ControlFilters() (layers, effects, frameworks []string) {
	for _, l := range rule.Layers {
		layers = append(layers, layerWord(l))
	}
	for i := range rule.BuildKits {
		frameworks = append(frameworks, rule.BuildKits[i].ID)
	}
	return layers, []string{rule.EffectBlocks, rule.EffectWeakens}, frameworks
}

// ListControls is the controls that pass a filter, by id.
func (e *Engine) ListControls(f ControlFilter) rule.Controls {
	var out rule.Controls
	for _, c := range e.rules.Controls {
		if f.Effect != "" && c.Effect != f.Effect {
			continue
		}
		if f.Layer != "" && !slices.ContainsFunc(e.Guarded(c.ID), func(r *rule.Rule) bool { return layerWord(r.Layer) == strings.ToLower(f.Layer) }) {
			continue
		}
		if f.Framework != "" {
			p := e.Pattern(c.ID)
			if p == nil || !slices.ContainsFunc(p.Build, func(s rule.Snippet) bool { return s.Framework == f.Framework }) {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// ShowControl is one control in full; snippets of one framework only when one is named. The error says what is near.
func (e *Engine) ShowControl(id, framework string) (Explanation, error) {
	c := e.rules.Controls.Get(id)
	if c == nil {
		ids := e.controlIDs()
		return Explanation{}, notCalled(fmt.Sprintf("no control is called %q", id), id, ids, "fermata controls lists them")
	}
	return e.controlPage(c, framework, nil), nil
}

// controlPage tells a control: what it is for, what it does, how it is built, what it is worth.
func (e *Engine) controlPage(c *rule.Control, framework string, r *result.Result) Explanation {
	p := e.Pattern(c.ID)
	x := Explanation{Kind: "control", ID: c.ID, Title: c.Title}
	x.section("What it is", []string{c.Gist, c.Doc}, nil)
	if p != nil {
		x.section("What goes wrong without it", []string{p.Problem}, nil)
		x.section("What pulls in different directions", nil, p.Forces)
		x.section("How it is built", []string{p.Form}, nil)
	}
	effect := fmt.Sprintf("It %s the steps that it guards.", c.Effect)
	x.section("What it does", []string{effect, rangeLine("Relative reduction of success", &c.Efficacy)}, nil)
	if p != nil {
		e.measuredSections(&x, p)
	}
	var defeated []string
	for _, d := range c.DefeatedBy {
		defeated = append(defeated, fmt.Sprintf("whoever gains %s over what enforces it", d))
	}
	x.section("What defeats it", nil, defeated)
	if p != nil {
		x.section("What it does not stop", nil, p.DoesNotStop)
		x.section("What it costs", []string{CostLine(p.Costs)}, nil)
		x.section("What it breaks", nil, p.Breaks)
		x.section("What must hold", nil, p.Preconditions)
		e.buildSection(&x, p, framework)
		var checks []string
		for _, v := range p.Verify {
			checks = append(checks, v.How+": "+v.Text)
		}
		x.section("How to verify it", nil, checks)
	}
	var guards []string
	for _, rl := range e.Guarded(c.ID) {
		guards = append(guards, fmt.Sprintf("%s  (%s)", rl.Title, rl.ID))
	}
	text := ""
	if len(guards) == 0 {
		text = "No rule of the catalogue lists it yet."
	}
	x.section(ThreatsHeading(c.Effect), []string{text}, guards)
	x.section("Where it stands, best place first", []string{strings.Join(c.Where, ", ")}, nil)
	x.section("In the frameworks", nil, e.mapLines(c.Maps))
	if r != nil {
		v := newView(r)
		var here []string
		for _, placed := range r.System.Controls {
			if placed.Control == c.ID {
				here = append(here, fmt.Sprintf("on %s: %s", v.name(placed.On), stateWords(placed.State)))
			}
		}
		x.section("In this system", nil, firstDistinct(here, 20))
	}
	return x
}

// ThreatsHeading heads the list of the rules that a control guards against.
func ThreatsHeading(effect string) string { return "Which threats it " + effect }

// CostLine says costs in one line.
func CostLine(c rule.Costs) string {
	return fmt.Sprintf("latency %s, tokens %s, friction %s, effort %s", c.Latency, c.Tokens, c.Friction, c.Effort)
}

// buildSection lists the snippets: all of them, or those of one framework.
func (e *Engine) buildSection(x *Explanation, p *rule.Pattern, framework string) {
	if p.BuildWhy != "" {
		x.section("How to build it", []string{"No code: " + p.BuildWhy}, nil)
		return
	}
	var code []Listing
	var others []string
	for i := range p.Build {
		if s := &p.Build[i]; framework == "" || s.Framework == framework {
			code = append(code, listing(s))
		} else {
			others = append(others, s.Framework)
		}
	}
	text := ""
	if len(code) == 0 {
		text = fmt.Sprintf("There is no example for %s; there is one for %s.", framework, strings.Join(firstDistinct(others, len(others)), ", "))
	}
	x.section("How to build it", []string{text}, nil)
	if len(code) > 0 {
		x.Sections = append(x.Sections, Section{Heading: "How to build it", Code: code})
	}
}

// listing is a snippet with what it is for.
func listing(s *rule.Snippet) Listing {
	about := []string{s.Language}
	if s.Install != "" {
		about = append(about, "needs "+s.Install)
	}
	if s.Seen {
		about = append(about, "a scan sees it")
	}
	return Listing{
		Head:     fmt.Sprintf("%s (%s)", rule.Kit(s.Framework).Title, strings.Join(about, "; ")),
		Language: s.Language, Lines: strings.Split(strings.TrimRight(s.Code, "\n"), "\n"),
	}
}

// measuredSections tells the rows of evidence, attackers who knew the control apart from those who did not.
func (e *Engine) measuredSections(x *Explanation, p *rule.Pattern) {
	if len(p.Evidence) == 0 {
		x.section("What was measured", []string{"Nothing that was published fits: the figures are judgement."}, nil)
		return
	}
	headings := map[string]string{
		"static": "Measured against attacks that did not know of it", "adaptive": "Measured against attacks that were made for it",
		"none": "Measured without an attacker",
	}
	for _, kind := range rule.Adversaries {
		var items []string
		var figures []float64
		for _, m := range p.Evidence {
			if m.Attacker != kind.Name {
				continue
			}
			about := m.About
			if m.Shared {
				about += "; measured together with other controls"
			}
			items = append(items, m.Row+": "+FigureLine(m.Row)+"; "+about)
			if less, ok := reduction(table()[m.Row]); ok {
				figures = append(figures, less)
			}
		}
		x.section(headings[kind.Name], []string{spread(kind.Name, figures)}, items)
	}
}

// spread sums up which share of the attacks of one kind was stopped.
func spread(attacker string, figures []float64) string {
	if attacker == "none" || len(figures) < 2 {
		return ""
	}
	low, high := slices.Min(figures), slices.Max(figures)
	return fmt.Sprintf("In %d measurements it stopped between %.0f and %.0f %% of the attacks.", len(figures), 100*low, 100*high)
}

// FigureLine says what a row of the evidence table measured, in one line.
func FigureLine(id string) string {
	row, ok := table()[id]
	if !ok {
		return "no such row"
	}
	text := row.Argument("metric").Text() + " " + row.Argument("value").Text()
	if base := row.Argument("baseline_without_defence"); !base.IsZero() {
		text += " against " + base.Text() + " without it"
	}
	if less, ok := reduction(row); ok && !row.Argument("baseline_without_defence").IsZero() {
		if less >= 0 {
			text += fmt.Sprintf(", %.0f %% less", 100*less)
		} else {
			text += fmt.Sprintf(", %.0f %% more", -100*less)
		}
	}
	if c := row.Argument("conditions").Text(); c != "" {
		text += " (" + c + ")"
	}
	return text
}

// reduction is by how much a row's defence lowered success, relatively; false where the row does not say.
func reduction(row syntax.Node) (float64, bool) {
	value, err := strconv.ParseFloat(row.Argument("value").Text(), 64)
	if err != nil {
		return 0, false
	}
	metric := row.Argument("metric").Text()
	if base, err := strconv.ParseFloat(row.Argument("baseline_without_defence").Text(), 64); err == nil && base > 0 {
		if strings.HasPrefix(metric, "runs in which") { // a share of runs that end well
			return 1 - float64((1-value)/(1-base)), true
		}
		return 1 - float64(value/base), true
	}
	for _, word := range []string{"block rate", "blocking rate", "recall", "detection rate", "share of lost performance recovered", "performance recovered"} {
		if strings.HasPrefix(metric, word) {
			return value, true
		}
	}
	for _, word := range []string{"approval rate", "click-through", "leaks", "violations missed", "miss rate", "defences that eventually failed"} {
		if strings.HasPrefix(metric, word) {
			return 1 - value, true
		}
	}
	return 0, false
}

// Kits are the frameworks of snippets that a system is made with, in the order of the list.
func Kits(r *result.Result) []string {
	there := map[string]bool{}
	for _, el := range r.System.Elements {
		for _, id := range kitsOf(el.Technology) {
			there[id] = true
		}
	}
	var out []string
	for i := range rule.BuildKits {
		if there[rule.BuildKits[i].ID] {
			out = append(out, rule.BuildKits[i].ID)
		}
	}
	return out
}

// kitsOf is the frameworks of snippets that a technology belongs to.
func kitsOf(technology string) []string {
	var out []string
	if technology == "" {
		return nil
	}
	for i := range rule.BuildKits {
		for _, t := range rule.BuildKits[i].Technologies {
			if start, more := strings.CutSuffix(t, "*"); t == technology || more && strings.HasPrefix(technology, start) {
				out = append(out, rule.BuildKits[i].ID)
			}
		}
	}
	sort.Strings(out)
	return out
}
