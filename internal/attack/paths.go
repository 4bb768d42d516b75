package attack

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// paths lists the cheapest way of each source of harm to each loss, other ways to the worst losses, and the ways that
// need several sources together.
func (a *analysis) paths(ctx context.Context, all *graph.Solution, goals []goal) error {
	alone := map[string]bool{} // assets that one attacker reaches
	s, firm := &graph.Solution{}, &graph.Solution{}
	var within, firmWithin *graph.Solution // the same with steps of the main code only; nil until somebody needs them
	worst := make([]bool, len(goals))      // the losses with more than one way
	for _, i := range a.room(a.in.Limits.Ways, goals) {
		worst[i] = true
	}
	elsewhere := a.elsewhere()
	for n, id := range a.everybody() {
		if err := ctx.Err(); err != nil {
			return err
		}
		q := graph.Query{Entries: a.entries([]string{id}), Closed: a.closedLeaves}
		surer := q
		surer.Closed = slices.Concat(q.Closed, a.guesses)
		switch {
		case n > 0:
			s.Reset(q)
			if firm != s {
				firm.Reset(surer)
			}
		case len(a.guesses) == 0:
			s = a.g.Solve(q)
			firm = s
		default:
			s, firm = a.g.Solve(q), a.g.Solve(surer)
		}
		solved := false
		for place, g := range goals {
			if !s.Reached(g.node) {
				continue
			}
			alone[g.asset.ID] = true
			from := s
			if firm.Reached(g.node) {
				from = firm // a way without a guess, where there is one
			}
			rank, inMain := a.alternatives(from, id, g, worst[place])
			if inMain || len(elsewhere) == 0 || !a.ofMain(g) {
				continue
			}
			// The cheapest way leads through an example or a test. Who looks at the main code alone needs the way within it.
			if !solved {
				q.Closed, surer.Closed = slices.Concat(q.Closed, elsewhere), slices.Concat(surer.Closed, elsewhere)
				if within == nil {
					within, firmWithin = a.g.Solve(q), a.g.Solve(surer)
				} else {
					within.Reset(q)
					firmWithin.Reset(surer)
				}
				solved = true
			}
			if d, ok := firmWithin.Derivation(g.node); ok {
				a.tell(a.candidate([]string{id}, g, d, rank+1))
			} else if d, ok := within.Derivation(g.node); ok {
				a.tell(a.candidate([]string{id}, g, d, rank+1))
			}
		}
	}
	for _, g := range goals {
		if alone[g.asset.ID] {
			continue
		}
		if d, ok := all.Derivation(g.node); ok {
			a.tell(a.candidate(a.together(d), g, d, 1))
		}
	}
	a.worst()
	a.ways = pick(a.ways, shared(a.in.Limits.Paths, len(a.ways), func(i int) bool { return a.ways[i].scope == mainScope }))
	for i := range a.ways {
		a.out.Paths = append(a.out.Paths, a.path(&a.ways[i]))
	}
	if most := a.in.Limits.Paths; a.told > most {
		a.truncated(fmt.Sprintf("%d of %d paths are listed, "+worstFirst, most, a.told))
	}
	a.ways = nil
	return nil
}

// candidate is a way to a loss before it is told: what decides whether it is listed. Of a large system a few hundred of
// ten thousand are.
type candidate struct {
	id        string
	attackers []string
	goal      goal
	way       graph.Derivation
	severity  int
	scope     string // the least serious part of the tree that it passes
}

func (a *analysis) candidate(attackers []string, g goal, d graph.Derivation, rank int) candidate {
	c := candidate{
		id:        fmt.Sprintf("%s>%s@%s#%d", strings.Join(attackers, "+"), g.asset.Capability, g.asset.Element, rank),
		attackers: attackers, goal: g, way: d, severity: severityAt(lossSeverity(g.asset.Loss), d.Cost), scope: a.passed(&d),
	}
	for i, node := range d.Nodes {
		switch {
		case a.restsOnGuess[node], a.remote[node] && len(d.Uses[i]) == 0:
			c.severity = max(c.severity, severityIndex("medium"))
		case a.guessed[node] && len(d.Uses[i]) == 0, a.standsIn(node):
			c.severity = max(c.severity, severityIndex("high"))
		}
	}
	return c
}

// worst puts the candidates in the order of the paths and keeps those that can be listed: as many of the main code, and as many
// of everything else, as there is room for.
func (a *analysis) worst() {
	slices.SortFunc(a.ways, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(x.severity, y.severity), cmp.Compare(x.way.Once, y.way.Once), cmp.Compare(x.id, y.id))
	})
	most := a.in.Limits.Paths
	kept := map[bool]int{} // by whether it is of the main code
	a.ways = slices.DeleteFunc(a.ways, func(c candidate) bool {
		kept[c.scope == mainScope]++
		return kept[c.scope == mainScope] > most
	})
}

// alternatives tells the ways of one source of harm to one loss: the cheapest, and for the worst losses a few more. Ways
// that differ only in the scope in which a step is taken are one way to a reader. It returns how many it told, and whether one of
// them is of the main code alone.
func (a *analysis) alternatives(s *graph.Solution, attacker string, g goal, worst bool) (told int, main bool) {
	most := a.in.Limits.Alternatives
	var ways []graph.Derivation
	if worst && most > 1 {
		ranking := s.Best(g.node, 2*most)
		ways = ranking.Derivations
		if ranking.Truncated {
			a.truncated(fmt.Sprintf("the search for other ways of %s to %s stopped at its limit", attacker, g.asset.Name))
		}
	} else if d, ok := s.Derivation(g.node); ok {
		ways = append(ways, d)
	}
	seen := map[string]bool{}
	for _, d := range ways {
		if key := a.sequence(d); !seen[key] && len(seen) < most {
			seen[key] = true
			c := a.candidate([]string{attacker}, g, d, len(seen))
			main = main || c.scope == mainScope
			a.tell(c)
		}
	}
	return len(seen), main
}

// tell notes a way that may be listed. Where an attacker begins with the loss there is no way to tell.
func (a *analysis) tell(c candidate) {
	if !slices.ContainsFunc(c.way.Nodes, func(node int32) bool { _, step := a.stepAt(node); return step }) {
		return
	}
	a.told++
	if a.ways = append(a.ways, c); len(a.ways) > 5*a.in.Limits.Paths {
		a.worst()
	}
}

// truncated notes what a limit cut off. Several may at the same time; what is noted is sorted in the end.
func (a *analysis) truncated(sentence string) {
	a.cutOff.Lock()
	defer a.cutOff.Unlock()
	a.out.Truncated = append(a.out.Truncated, sentence)
}

// together names the attackers whose starting powers a derivation uses.
func (a *analysis) together(d graph.Derivation) []string {
	var ids []string
	for _, id := range a.everybody() {
		for i, node := range d.Nodes {
			if _, ok := a.reasons[id][node]; ok && len(d.Uses[i]) == 0 {
				ids = append(ids, id)
				break
			}
		}
	}
	return ids
}

// sequence is the findings of a way in order, with what is passed of a finding about several one by one.
func (a *analysis) sequence(d graph.Derivation) string {
	var key strings.Builder
	for i, node := range d.Nodes {
		if finding, ok := a.stepAt(node); ok {
			fmt.Fprintf(&key, "%d ", finding)
			continue
		}
		for _, before := range d.Uses[i] {
			if finding, ok := a.stepAt(before); ok && len(a.out.Findings[finding].Each) > 1 {
				fmt.Fprintf(&key, "%s ", a.powerOf(node).On)
			}
		}
	}
	return key.String()
}

// path tells a derivation in domain words. Its cost is that of its steps, each once: the search counts a step that two
// premises share twice, since finding the cheapest with each counted once is a Steiner problem.
func (a *analysis) path(c *candidate) result.Path {
	d, asset := &c.way, c.goal.asset
	p := result.Path{
		ID: c.id, Attacker: strings.Join(c.attackers, "+"),
		Goal:     result.Goal{Capability: string(asset.Capability), Element: asset.Element, Asset: asset.ID, Loss: asset.Loss},
		Severity: result.Severities[c.severity],
		Cost:     d.Once, Scope: c.scope,
		Layers: []string{}, Start: []result.Start{}, Steps: []result.Hop{},
		Capped: a.capped(c),
	}
	used := a.rests(d)
	for i, node := range d.Nodes {
		if finding, ok := a.stepAt(node); ok {
			hop := a.hop(finding, node, used)
			p.Steps = append(p.Steps, hop)
			if n := len(p.Layers); n == 0 || p.Layers[n-1] != hop.Layer {
				p.Layers = append(p.Layers, hop.Layer)
			}
			continue
		}
		if leaf, ok := a.placedLeaf[node]; ok {
			p.Passes = append(p.Passes, result.Passed{Control: leaf.control, On: leaf.on, State: leaf.state})
			continue
		}
		power, ok := a.powerAt(node)
		if !ok || len(d.Uses[i]) > 0 {
			continue
		}
		for _, id := range c.attackers {
			if reason, ok := a.reasons[id][node]; ok {
				p.Start = append(p.Start, result.Start{Power: power.String(), Reason: reason})
				break
			}
		}
	}
	sort.Slice(p.Passes, func(i, j int) bool {
		x, y := &p.Passes[i], &p.Passes[j]
		return x.Control < y.Control || x.Control == y.Control && x.On < y.On
	})
	sort.Slice(p.Start, func(i, j int) bool { return p.Start[i].Power < p.Start[j].Power })
	return p
}

// capped says why a way is less grave than its loss and its chance make it; nil where it is not. It is the rule of
// [analysis.candidate], with what it met.
func (a *analysis) capped(c *candidate) *result.Cap {
	bare := severityAt(lossSeverity(c.goal.asset.Loss), c.way.Cost)
	if bare >= c.severity {
		return nil
	}
	out := &result.Cap{Severity: result.Severities[bare], Elements: []string{}, Findings: []string{}}
	add := func(list *[]string, id string) {
		if !slices.Contains(*list, id) {
			*list = append(*list, id)
		}
	}
	for i, node := range c.way.Nodes {
		begins := len(c.way.Uses[i]) == 0
		if finding, ok := a.stepAt(node); ok && a.restsOnGuess[node] {
			add(&out.Findings, a.out.Findings[finding].ID)
		} else if begins && (a.remote[node] || a.guessed[node]) {
			add(&out.Elements, a.powerOf(node).On)
		}
	}
	sort.Strings(out.Elements)
	return out
}

func (a *analysis) hop(finding int, node int32, used map[int32]bool) result.Hop {
	f := &a.out.Findings[finding]
	hop := result.Hop{Finding: f.ID, Cost: a.g.Node(node).Cost, Gains: []string{}, Breaks: breaks(f)}
	if ids := f.Maps["atlas"]; len(ids) > 0 {
		hop.Atlas = ids[0]
	}
	for _, n := range a.g.Succs(node) {
		if p, ok := a.powerAt(n); ok && used[n] {
			hop.Gains = append(hop.Gains, p.String())
			if hop.Layer == "" {
				hop.Layer = a.layer(p.On)
			}
		}
	}
	sort.Strings(hop.Gains)
	a.passes(f, &hop)
	if hop.Layer == "" && len(f.Layers) > 0 {
		hop.Layer = f.Layers[0]
	}
	return hop
}

// layer is where a step lands: the layer of the element, or of the receiving end of a flow.
func (a *analysis) layer(id string) string {
	if e, ok := a.byElement[id]; ok {
		return e.Layer
	}
	if f, ok := a.byFlow[id]; ok {
		return a.layer(f.To)
	}
	return ""
}

// missed tells that a control does not stand.
func missed(s model.State) bool {
	return s == model.Unseen || s == model.Absent || s == model.Refuted
}

// breaks lists the controls that would stop or weaken a finding and do not stand, the blocking ones first.
func breaks(f *result.Finding) []result.Break {
	out := []result.Break{}
	for _, c := range f.Controls {
		if missed(c.State) {
			out = append(out, result.Break{Control: c.Control, On: c.On, Effect: c.Effect})
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Effect != out[j].Effect {
			return out[i].Effect == "blocks"
		}
		if out[i].Control != out[j].Control {
			return out[i].Control < out[j].Control
		}
		return out[i].On < out[j].On
	})
	return out
}

var seriousness = map[string]int{"main": 0, "": 0, "example": 1, "test": 2, "vendored": 3}

func lessSerious(a, b string) string {
	if seriousness[b] > seriousness[a] {
		return b
	}
	return a
}

// passes says which of the elements that a step gives powers over one by one a path passes.
func (a *analysis) passes(f *result.Finding, hop *result.Hop) {
	if len(f.Each) == 0 {
		return
	}
	var names []string
	for _, gain := range hop.Gains {
		p, err := model.ParsePower(gain)
		if err != nil || slices.Contains(hop.Each, p.On) {
			continue
		}
		if _, ok := slices.BinarySearch(f.Each, p.On); ok {
			hop.Each = append(hop.Each, p.On)
			names = append(names, a.byElement[p.On].Name)
		}
	}
	if f.Told != "" && len(names) > 0 {
		hop.Message = strings.ReplaceAll(f.Told, result.Here, strings.Join(names, ", "))
	}
}

// passed is the least serious part of the tree that a way passes. Of a finding about several things one by one only those count
// that the way takes powers over from it.
func (a *analysis) passed(d *graph.Derivation) string {
	scope := mainScope
	for i, node := range d.Nodes {
		if finding, ok := a.stepAt(node); ok {
			scope = lessSerious(scope, a.part(finding))
			continue
		}
		for _, before := range d.Uses[i] {
			finding, ok := a.stepAt(before)
			if !ok {
				continue
			}
			on := a.powerOf(node).On
			if _, one := slices.BinarySearch(a.out.Findings[finding].Each, on); one {
				scope = a.least(scope, on)
			}
		}
	}
	return scope
}

// part is the part of the tree that a finding is of, but for what its step gives powers over one by one. It is kept: a finding
// may be about thousands of elements and a step of thousands of ways.
func (a *analysis) part(finding int) string {
	if a.parts == nil {
		a.parts = make([]string, len(a.out.Findings))
	}
	if a.parts[finding] == "" {
		a.parts[finding] = a.least(mainScope, a.out.Findings[finding].Core()...)
	}
	return a.parts[finding]
}

// rests are the powers that a way rests on, its goal among them.
func (a *analysis) rests(d *graph.Derivation) map[int32]bool {
	used := map[int32]bool{d.Goal: true}
	for _, premises := range d.Uses {
		for _, n := range premises {
			used[n] = true
		}
	}
	return used
}

// least is the least serious of a part of the tree and those that elements are of.
func (a *analysis) least(scope string, ids ...string) string {
	for _, id := range ids {
		if e := a.byElement[id]; e != nil && e.Scope != "" {
			scope = lessSerious(scope, e.Scope)
		}
	}
	return scope
}
