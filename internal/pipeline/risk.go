package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/risk"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// RiskOptions say how risk is reckoned.
type RiskOptions struct {
	Attacker string   // static or adaptive; "" means static
	Seed     uint64   // the same seed gives the same figures
	Trials   int      // most trials of each attacker; 0: as many as the mean needs
	Currency string   // only losses in this currency, or in units; "" means all
	Scopes   []string // parts of the tree; see [result.Result.Scopes]
	Plan     bool     // reckon with the plan of harden carried out, too
	Simple   bool     // figures only, without what drives them
	// Progress is told what is done and how much of it, from several goroutines; may be nil.
	Progress func(stage string, done, all int)
}

// stage is progress within one stage of the work.
func (o *RiskOptions) stage(name string) risk.Progress {
	if o.Progress == nil {
		return nil
	}
	return func(done, all int) { o.Progress(name, done, all) }
}

// Risk fills in the risks of a result.
func (e *Engine) Risk(ctx context.Context, r *result.Result, o RiskOptions) error {
	t, in, err := e.reckoning(ctx, r, o, true)
	if err != nil {
		return err
	}
	var plan []result.Break
	if o.Plan {
		p, err := e.Harden(ctx, r, "", 0, o.Scopes...)
		if err != nil {
			return err
		}
		for _, s := range p.Steps {
			in.Planned = append(in.Planned, s.Control+"@"+s.On)
			plan = append(plan, result.Break{Control: s.Control, On: s.On, Effect: "blocks"})
		}
	}
	in.Progress = o.stage("reckoning risk")
	out, err := risk.Compute(ctx, *in)
	if err != nil {
		return fmt.Errorf("reckon risk: %w", err)
	}
	r.Risks, r.RiskBasis = out.Risks, out.Basis
	r.RiskBasis.Trust, r.RiskBasis.Plan = r.Trust, plan
	r.RiskBasis.Notes = slices.Concat(t.notes(), unseen(r, o.Scopes), out.Basis.Notes, t.together(in, out))
	if o.Plan && plan == nil {
		r.RiskBasis.Notes = append(r.RiskBasis.Notes, "fermata harden has no step to propose, so nothing is planned")
	}
	return nil
}

// reckoning makes of a result what risk is reckoned from, with the controls that could be placed if they are wanted.
func (e *Engine) reckoning(ctx context.Context, r *result.Result, o RiskOptions, offers bool) (*trial, *risk.Input, error) {
	t, err := e.try(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	if err := e.checkRisk(r); err != nil {
		return nil, nil, err
	}
	in, err := t.riskInput(&r.System, t.findings, o, offers)
	if err != nil {
		return nil, nil, err
	}
	return t, in, currencyKnown(in, o.Currency)
}

// unseen notes what no figure can hold because it was not read: a small number for a system that is half seen must not
// look like a safe system.
func unseen(r *result.Result, scopes []string) []string {
	var out []string
	agents := 0
	for i := range r.System.Elements {
		if k := r.System.Elements[i].Kind; k == model.Agent || k == model.Orchestrator {
			agents++
		}
	}
	if agents == 0 {
		out = append(out, "no agent was found, so these figures say nothing about agents that may be there")
	}
	if n := len(r.Coverage.Unsupported); n > 0 {
		names := make([]string, 0, n)
		for _, u := range r.Coverage.Unsupported {
			if !slices.Contains(names, u.Name) {
				names = append(names, u.Name)
			}
		}
		out = append(out, strings.Join(names, ", ")+" "+verb(len(names), "is", "are")+" used and not modelled: what is built with that counts for nothing in these figures")
	}
	if n := r.OpenGaps(r.Scopes(scopes)); n > 0 {
		out = append(out, plural(n, "construct was", "constructs were")+" recognised and not followed: what hangs on that counts for nothing in these figures")
	}
	return out
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// currencyKnown refuses a currency in which nothing is counted.
func currencyKnown(in *risk.Input, currency string) error {
	if currency == "" {
		return nil
	}
	units := risk.UnitsOf(in)
	if slices.Contains(units, currency) {
		return nil
	}
	message := fmt.Sprintf("--currency: no loss is counted in %q", currency)
	if len(units) > 0 {
		message += "; losses are in " + strings.Join(units, ", ")
	}
	return &InputError{Message: message}
}

// together notes the losses that no source of harm reaches alone: attempts are made by one at a time.
func (t *trial) together(in *risk.Input, out *risk.Output) []string {
	counted := map[string]bool{}
	for i := range out.Risks {
		if out.Risks[i].Of == result.RiskAsset {
			counted[out.Risks[i].Name] = true
		}
	}
	joint := map[string]bool{}
	for i := range t.r.Paths {
		if p := &t.r.Paths[i]; strings.Contains(p.Attacker, "+") && !counted[p.Goal.Asset] {
			joint[p.Goal.Asset] = true
		}
	}
	known := map[string]bool{}
	for i := range in.Losses {
		known[in.Losses[i].Asset] = true
	}
	n := 0
	for id := range joint {
		if known[id] {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{plural(n, "loss is", "losses are") + " reached only by several sources of harm together and not counted: attempts are made by one at a time"}
}

// riskInput puts a system and its findings into the neutral form that risk reckons with.
func (t *trial) riskInput(system *model.System, findings []result.Finding, o RiskOptions, offers bool) (*risk.Input, error) {
	e := t.engine
	parts := t.r.Scopes(o.Scopes)
	findings = keep(findings, func(f result.Finding) bool { return parts.Has(parts.OfFinding(&f)) })
	in := t.input(findings)
	in.System = system
	var list []attack.Offer
	if offers {
		list = (&trial{engine: e, r: t.r, view: t.view, findings: findings}).offers()
	}
	scene, err := attack.Expose(in, list)
	if err != nil {
		return nil, err
	}
	known := e.knowledge(o.Attacker, system.Risk)
	out := &known
	out.Graph, out.Closed, out.Seed, out.Trials, out.Currency, out.Simple = scene.Graph, scene.Closed, o.Seed, o.Trials, o.Currency, o.Simple
	weight := t.throughPaths()
	at := map[string][]int32{} // control@on → steps that it guards
	for i, s := range scene.Steps {
		f := &findings[s.Finding]
		if _, ok := out.Rules[f.Rule]; !ok && f.Success != nil {
			out.Rules[f.Rule] = *f.Success // of a rule that this program does not have
		}
		out.Steps = append(out.Steps, risk.Step{Node: s.Node, Finding: f.ID, Rule: f.Rule, Weight: weight[f.ID]})
		for _, c := range f.Controls {
			at[c.Control+"@"+c.On] = append(at[c.Control+"@"+c.On], int32(i))
		}
	}
	guards := func(list []attack.SceneGuard, efforts bool) []risk.Guard {
		var out []risk.Guard
		for _, g := range list {
			one := risk.Guard{
				Node: g.Node, Control: g.Control, On: g.On, State: string(g.State), Believed: attack.Weight(g.State), Guards: at[g.Control+"@"+g.On],
			}
			if efforts {
				one.Effort, one.Friction = e.effort(g.Control), e.friction(g.Control)
			}
			out = append(out, one)
		}
		return out
	}
	out.Guards, out.Offers = guards(scene.Guards, false), guards(scene.Offers, true)
	for _, list := range [][]risk.Guard{out.Guards, out.Offers} {
		for i := range list {
			e.know(out, list[i].Control)
		}
	}
	for _, x := range scene.Together {
		out.Together = append(out.Together, risk.Together(x))
	}
	for _, a := range scene.Attackers {
		out.Attackers = append(out.Attackers, risk.Attacker{ID: a.ID, Node: a.Node, Entries: a.Entries})
	}
	for _, x := range scene.Elements {
		if e := x.Element; parts.Has(parts.Of(e.ID)) {
			out.Elements = append(out.Elements, risk.Element{ID: e.ID, Layer: e.Layer, Agent: e.Kind == model.Agent || e.Kind == model.Orchestrator, Start: x.Start, Falls: x.Falls})
		}
	}
	for _, l := range scene.Losses {
		asset := &system.Assets[l.Asset]
		if !parts.Has(parts.Of(asset.Element)) {
			continue
		}
		layer := ""
		if el := t.view.elements[asset.Element]; el != nil {
			layer = el.Layer
		}
		out.Losses = append(out.Losses, risk.Loss{
			Asset: asset.ID, Class: asset.Loss, Severity: lossSeverity(asset.Loss), Layer: layer, Node: l.Node,
			On: asset.Element, Power: string(asset.Capability), Event: asset.Event,
			Low: asset.Low, High: asset.High, Currency: asset.Currency,
		})
	}
	return out, nil
}

// lossSeverity is the grade of a class of loss.
func lossSeverity(loss string) string {
	for _, l := range model.Losses {
		if l.Name == loss {
			return l.Severity
		}
	}
	return "medium"
}

// riskControl is what risk must know of a control. Its page is read only where its rows on attackers who adapt count.
func (e *Engine) riskControl(id, attacker string) risk.Control {
	c := e.rules.Controls.Get(id)
	if c == nil {
		return risk.Control{}
	}
	out := risk.Control{Efficacy: c.Efficacy, Blocks: c.Effect == rule.EffectBlocks}
	if attacker != risk.Adaptive {
		return out
	}
	if p := e.Pattern(id); p != nil {
		for _, m := range p.Evidence {
			if m.Attacker == risk.Adaptive {
				out.Adaptive = append(out.Adaptive, m.Row)
			}
		}
	}
	return out
}

// throughPaths weighs findings by the listed paths that lead through them: what most leads through is looked at first.
func (t *trial) throughPaths() map[string]float64 {
	out := map[string]float64{}
	for i := range t.r.Paths {
		p := &t.r.Paths[i]
		for _, h := range p.Steps {
			out[h.Finding] += severityWeight[p.Severity]
		}
	}
	return out
}

// evidenceRows gives the table of evidence in the order of its ids.
func evidenceRows() []risk.Row {
	var out []risk.Row
	for id, n := range table() {
		row := risk.Row{
			ID: id, Kind: n.Argument("kind").Text(), Technique: n.Argument("technique").Text(), Metric: n.Argument("metric").Text(),
			Defence: n.Argument("defence").Text(), Conditions: n.Argument("conditions").Text(), Note: n.Argument("note").Text(),
			Adaptive: n.Argument("attacker").TextIs("adaptive"), Seen: n.Argument("seen").Text(),
		}
		row.Value, row.HasValue = numberOf(n.Argument("value"))
		row.N, _ = numberOf(n.Argument("n"))
		row.Baseline, row.HasBaseline = numberOf(n.Argument("baseline_without_defence"))
		from := n.Argument("source")
		row.Title, row.Link = from.Argument("title").Text(), from.Argument("link").Text()
		row.Year, _ = strconv.Atoi(from.Argument("year").Text())
		out = append(out, row)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

func numberOf(n syntax.Node) (float64, bool) {
	if n.IsZero() || !n.Is(syntax.Number) {
		return 0, false
	}
	x, err := strconv.ParseFloat(n.Text(), 64)
	return x, err == nil
}

// checkRisk sees that numbers given for risk speak of rules, controls, assets and rows that exist.
func (e *Engine) checkRisk(r *result.Result) error {
	if wrong := e.riskNames(&r.System); len(wrong) > 0 {
		return &InputError{Message: "the numbers for risk have mistakes", Diagnostics: wrong}
	}
	return nil
}

// riskNames finds the names that numbers for risk speak of and that nothing has.
func (e *Engine) riskNames(system *model.System) []source.Diagnostic {
	var wrong []source.Diagnostic
	var rules, assets, rowIDs []string
	for _, rl := range e.rules.Rules {
		rules = append(rules, rl.ID)
	}
	for i := range system.Assets {
		assets = append(assets, system.Assets[i].ID)
	}
	for id := range table() {
		rowIDs = append(rowIDs, id)
	}
	sort.Strings(rowIDs)
	given := slices.Clone(system.Risk)
	sort.SliceStable(given, func(i, j int) bool { return lineOf(&given[i]) < lineOf(&given[j]) }) // as they are written
	for i := range given {
		in := &given[i]
		where := ""
		if len(in.Evidence) > 0 {
			where = fmt.Sprintf("%s:%d:%d", in.Evidence[0].File, in.Evidence[0].Line, in.Evidence[0].Col)
		}
		check := func(what, name, list string, names []string) {
			if name == "" || slices.Contains(names, name) {
				return
			}
			hint := list
			if near := source.Suggest(name, names); near != "" {
				hint = fmt.Sprintf("did you mean %s?", near)
			}
			wrong = append(wrong, source.Diagnostic{Severity: source.Error, Code: "unknown-word", Message: fmt.Sprintf("risk speaks of the %s %q, and there is none", what, name), Hint: hint, Path: where})
		}
		switch in.Of {
		case model.SuccessOf:
			check("rule", in.Name, "fermata rules lists them", rules)
			check("rule", in.Like, "fermata rules lists them", rules)
		case model.TogetherOf:
			check("control", in.Name, "fermata controls lists them", e.controlIDs())
		case model.EfficacyOf:
			check("control", in.Name, "fermata controls lists them", e.controlIDs())
			check("control", in.Like, "fermata controls lists them", e.controlIDs())
		case model.LossOf:
			if lossClass(in.Name) == "" {
				check("asset", in.Name, "an asset's id stands in the result of a scan, such as assumed:invoke@pay", assets)
			}
		}
		for _, id := range in.Rows {
			check("evidence row", id, "fermata evidence lists them", rowIDs)
		}
	}
	return wrong
}

func lineOf(in *model.RiskInput) int {
	if len(in.Evidence) == 0 {
		return 0
	}
	return in.Evidence[0].Line
}

// lossClass gives the name back when it is a class of loss.
func lossClass(name string) string {
	for _, l := range model.Losses {
		if l.Name == name {
			return name
		}
	}
	return ""
}

// pathChances fills in the chances of each path that was found, against known attacks and against attackers who adapt. Where numbers for risk
// speak of what does not exist there is none: fermata validate and fermata risk say so.
func (e *Engine) pathChances(system *model.System, out *attack.Output) error {
	if len(out.Paths) == 0 || len(e.riskNames(system)) > 0 {
		return nil
	}
	static, err := e.chancesAgainst(risk.Static, system, out)
	if err != nil {
		return err
	}
	adaptive, err := e.chancesAgainst(risk.Adaptive, system, out)
	if err != nil {
		return err
	}
	for i := range out.Paths {
		p := &out.Paths[i]
		p.Probability, p.Adaptive = &static[i], &adaptive[i]
		if p.Attacker == risk.Mishap {
			p.Adaptive = &static[i]
		}
	}
	return nil
}

// chancesAgainst gives the chance of each path against one sort of attacker.
func (e *Engine) chancesAgainst(attacker string, system *model.System, out *attack.Output) ([]float64, error) {
	in := e.knowledge(attacker, system.Risk)
	ruleOf := map[string]string{} // of findings on paths
	for i := range out.Paths {
		for _, h := range out.Paths[i].Steps {
			ruleOf[h.Finding] = ""
		}
	}
	for i := range out.Findings {
		f := &out.Findings[i]
		if f.Success == nil {
			continue
		}
		if _, ok := ruleOf[f.ID]; ok {
			ruleOf[f.ID] = f.Rule
		}
		if _, ok := in.Rules[f.Rule]; !ok {
			in.Rules[f.Rule] = *f.Success
		}
	}
	ways := make([]risk.Way, len(out.Paths))
	for i := range out.Paths {
		p := &out.Paths[i]
		for _, h := range p.Steps {
			if rule := ruleOf[h.Finding]; rule != "" {
				ways[i].Rules = append(ways[i].Rules, rule)
			}
		}
		for _, c := range p.Passes {
			e.know(&in, c.Control)
			ways[i].Passes = append(ways[i].Passes, risk.Passed{Control: c.Control, Believed: attack.Weight(c.State)})
		}
	}
	chances, err := risk.Chances(in, ways)
	if err != nil {
		return nil, fmt.Errorf("chance of paths: %w", err)
	}
	return chances, nil
}
