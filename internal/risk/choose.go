package risk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"fermata/internal/graph"
	"fermata/internal/result"
	"fermata/internal/stat"
)

// Limits of a choice.
const (
	chooseDraws   = 64  // of what is not known and who tries; each is a block of 64 trials
	chooseTried   = 120 // placements that are tried alone, those first on the steps that most leads through
	chooseOptions = 32  // of them that are weighed together
	chooseGreedy  = 16  // of these that were each the best beside those before; the others are the best alone
	tryDraws      = 16  // of what is not known, in each of which every source of harm has a block of trials, while they are tried
	gentlePoints  = 12  // of a front under other prices of friction
	chooseWork    = 1 << 27
	frontPoints   = 40
	toldPoints    = 16   // of each front, which are reckoned again as the plan is
	worthwhile    = 0.01 // of the expected loss, for one more of effort: below it a plan without a budget ends
)

// Choose finds the placements that leave the least expected loss a year in one unit: for a budget, and for every budget (the
// front). What it minimises counts a loss each time that it happens; the figures it tells are those of the reckoning, in
// which a loss happens once a year.
func Choose(ctx context.Context, in Input, unit string, budget float64) (*result.RiskPlan, error) {
	in.Quick = true
	e, err := newEngine(&in)
	if err != nil {
		return nil, err
	}
	r := &run{engine: e}
	u := slices.Index(e.units, unit)
	plan := &result.RiskPlan{Schema: result.RiskPlanSchema, Unit: unit, Budget: budget, Attacker: in.Mode, Seed: in.Seed, Steps: []result.RiskPlacing{}, Front: []result.RiskPoint{}, Pareto: []result.RiskPoint{}, Notes: []string{}}
	if u < 0 {
		return plan, nil
	}
	chosen, tried, err := r.candidates(ctx, u)
	if err != nil {
		return nil, err
	}
	switch {
	case tried < len(in.Offers):
		plan.Notes = append(plan.Notes, fmt.Sprintf("of %d placements the %d on the steps that most leads through were tried, and the %d that take away most weighed together", len(in.Offers), tried, len(chosen)))
	case len(chosen) < tried:
		plan.Notes = append(plan.Notes, fmt.Sprintf("of %d placements the %d that take away most were weighed together", tried, len(chosen)))
	}
	problem := e.problem(u, chosen)
	c, err := in.Graph.Choices(ctx, problem.query, problem.stakes, problem.options, problem.draws, len(problem.draws), in.Seed)
	if err != nil {
		return nil, err
	}
	front, err := c.Front(frontPoints, chooseWork/frontPoints)
	if err != nil {
		return nil, err
	}
	slices.Reverse(front) // cheapest first
	best, nothing, err := pick(c, front, budget)
	if err != nil {
		return nil, err
	}
	plan.Proven = best.Proven() && c.Complete()
	if nothing > 0 {
		plan.Gap = max(0, (best.Loss-best.Bound)/nothing)
	}
	order, err := e.order(ctx, c, best.Options, chosen)
	if err != nil {
		return nil, err
	}
	points := make([]set, 0, len(front))
	for _, p := range front {
		points = append(points, e.point(p, chosen, nothing))
	}
	gentle, err := e.pareto(c, points, chosen, nothing)
	if err != nil {
		return nil, err
	}
	points, gentle = thin(points), thin(gentle)
	if own := e.point(best, chosen, nothing); !slices.ContainsFunc(points, func(x set) bool { return x.Effort == own.Effort && x.Left == own.Left }) {
		points = append(points, own) // the plan itself has its line
		slices.SortStableFunc(points, func(x, y set) int { return cmp.Compare(x.Effort, y.Effort) })
	}
	return plan, e.tell(ctx, plan, unit, e.offersOf(chosen, order), points, gentle, chosen)
}

// tell fills in what the plan and each set leave: all from the same draws, and in the same way, each loss at most once a year.
func (e *engine) tell(ctx context.Context, plan *result.RiskPlan, unit string, order []int, points, gentle []set, chosen []int) error {
	ids := func(offers []int) []string {
		var out []string
		for _, o := range offers {
			out = append(out, e.in.Offers[o].id())
		}
		return out
	}
	var sets [][]string
	for n := range len(order) + 1 {
		sets = append(sets, ids(order[:n]))
	}
	told := slices.Concat(points, gentle)
	for _, x := range told {
		sets = append(sets, ids(e.offersOf(chosen, x.options)))
	}
	list, err := sketches(ctx, *e.in, sets)
	if err != nil {
		return err
	}
	plan.Before, plan.After = list[0].Band(unit), list[len(order)].Band(unit)
	for i, o := range order {
		g := &e.in.Offers[o]
		plan.Effort += g.Effort
		plan.Friction += g.Friction
		plan.Steps = append(plan.Steps, result.RiskPlacing{
			Control: g.Control, On: g.On, Effort: g.Effort, Friction: g.Friction, Cut: Change(pick1(list[i], unit), pick1(list[i+1], unit))[0].Cut, After: list[i+1].Band(unit).Mean,
		})
	}
	for i := range told {
		told[i].Left = 0
		if plan.Before.Mean > 0 {
			told[i].Left = list[len(order)+1+i].Band(unit).Mean / plan.Before.Mean
		}
	}
	for _, x := range told[:len(points)] {
		if n := len(plan.Front); n == 0 || x.Left < plan.Front[n-1].Left {
			plan.Front = append(plan.Front, x.RiskPoint) // one that was better by all cases and is not by the year is left out
		}
	}
	for _, x := range unbeaten(told) {
		plan.Pareto = append(plan.Pareto, x.RiskPoint)
	}
	plan.Draws, plan.Trials = quickBatches*batch, 64*quickBlocks
	return nil
}

// set is a point with the options that it takes.
type set struct {
	result.RiskPoint
	options []int
}

// thin keeps so many of a list as are reckoned again, spread over it, with its ends.
func thin(list []set) []set {
	if len(list) <= toldPoints {
		return slices.Clone(list)
	}
	var out []set
	for i := range toldPoints {
		out = append(out, list[i*(len(list)-1)/(toldPoints-1)])
	}
	return out
}

// offersOf are the offers that options stand for.
func (e *engine) offersOf(chosen, options []int) []int {
	out := make([]int, len(options))
	for i, o := range options {
		out[i] = chosen[o]
	}
	return out
}

// point tells a choice, with what it leaves if each case is counted.
func (e *engine) point(p graph.Choice, chosen []int, nothing float64) set {
	x := set{result.RiskPoint{Controls: len(p.Options), Proven: p.Proven()}, p.Options}
	for _, o := range p.Options {
		g := &e.in.Offers[chosen[o]]
		x.Effort += g.Effort
		x.Friction += g.Friction
	}
	if nothing > 0 {
		x.Left = p.Loss / nothing
	}
	return x
}

// frictionPrices are what one of friction counts against one of effort where sets with less friction are sought.
var frictionPrices = []float64{0.5, 1, 2, 8}

// pareto gathers fronts under several prices of friction, and keeps what is not beaten in effort, friction and loss at once.
// A set that no price prefers can be missing.
func (e *engine) pareto(c *graph.Choices, front []set, chosen []int, nothing float64) ([]set, error) {
	all := slices.Clone(front)
	for _, price := range frictionPrices {
		costs := make([]float64, len(chosen))
		for o, at := range chosen {
			costs[o] = e.in.Offers[at].Effort + float64(price*e.in.Offers[at].Friction)
		}
		priced, err := c.At(costs)
		if err != nil {
			return nil, err
		}
		more, err := priced.Front(gentlePoints, chooseWork/frontPoints/4)
		if err != nil {
			return nil, err
		}
		for _, p := range more {
			x := e.point(p, chosen, nothing)
			x.Proven = false // proven for the price, and not for each of the two
			all = append(all, x)
		}
	}
	return unbeaten(all), nil
}

// unbeaten keeps what is not beaten in effort, friction and loss at once, by effort, then friction.
func unbeaten(list []set) []set {
	all := slices.Clone(list)
	slices.SortStableFunc(all, func(x, y set) int {
		return cmp.Or(cmp.Compare(x.Effort, y.Effort), cmp.Compare(x.Friction, y.Friction), cmp.Compare(x.Left, y.Left), cmp.Compare(x.Controls, y.Controls))
	})
	out := []set{}
	for i, x := range all {
		beaten := false
		for j, y := range all {
			// What is noticeably worse in nothing, and better in something or listed first, beats.
			if i == j || y.Effort > x.Effort || y.Friction > x.Friction || y.Left > x.Left+1e-9 {
				continue
			}
			beaten = beaten || y.Effort < x.Effort || y.Friction < x.Friction || y.Left < x.Left-1e-9 || j < i
		}
		if !beaten {
			out = append(out, x)
		}
	}
	return out
}

// trier gives the expected loss in a unit with each of some sets of offers placed, in a few draws.
func (r *run) trier(ctx context.Context, u int) func(sets []map[int]bool) ([]float64, error) {
	for len(r.values) < tryDraws {
		r.extend()
	}
	draws := make([]*drawn, tryDraws)
	for n := range draws {
		draws[n] = r.draw(n)
	}
	return func(sets []map[int]bool) ([]float64, error) {
		out := make([]float64, len(sets))
		err := each(ctx, len(sets), func() func(int) {
			w := r.worker()
			return func(i int) {
				parts := make([]float64, tryDraws)
				for n, d := range draws {
					parts[n] = r.moments(d, w.try(n, d, &scenario{placed: sets[i]}, 1, false)).total[u]
				}
				out[i] = stat.Sum(parts)
			}
		})
		return out, err
	}
}

// candidates chooses the placements that are weighed together: each tried alone, then the best beside those before, by what it
// takes away for its effort, and what is left of the number by what is best alone.
func (r *run) candidates(ctx context.Context, u int) (chosen []int, tried int, err error) {
	list := r.first(r.in.Offers, chooseTried)
	if len(list) <= chooseOptions {
		return list, len(list), nil
	}
	loss := r.trier(ctx, u)
	with := func(base map[int]bool, o int) map[int]bool {
		out := maps.Clone(base)
		out[o] = true
		return out
	}
	base := map[int]bool{}
	sets := []map[int]bool{base}
	for _, o := range list {
		sets = append(sets, with(base, o))
	}
	first, err := loss(sets)
	if err != nil {
		return nil, 0, err
	}
	now := first[0]
	alone, bound := map[int]float64{}, map[int]float64{}
	for i, o := range list {
		alone[o] = now - first[i+1]
		bound[o] = alone[o] / max(r.in.Offers[o].Effort, 1e-9)
	}
	by := func(worth map[int]float64) []int {
		out := slices.DeleteFunc(slices.Clone(list), func(o int) bool { return slices.Contains(chosen, o) })
		slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(worth[b], worth[a]) })
		return out
	}
	// What a placement takes away beside others was mostly more before they stood, so only the first few are tried again.
	for len(chosen) < chooseGreedy {
		few := by(bound)
		few = few[:min(len(few), 8)]
		sets = sets[:0]
		for _, o := range few {
			sets = append(sets, with(base, o))
		}
		after, err := loss(sets)
		if err != nil {
			return nil, 0, err
		}
		best := 0
		for i, o := range few {
			bound[o] = (now - after[i]) / max(r.in.Offers[o].Effort, 1e-9)
			if bound[o] > bound[few[best]] {
				best = i
			}
		}
		if bound[few[best]] <= 0 {
			break
		}
		chosen, now = append(chosen, few[best]), after[best]
		base = with(base, few[best])
	}
	for _, o := range by(alone) {
		if len(chosen) < chooseOptions {
			chosen = append(chosen, o)
		}
	}
	slices.Sort(chosen)
	return chosen, len(list), nil
}

// pick1 keeps one unit of a sketch.
func pick1(s Sketch, unit string) Sketch { return Sketch{unit: s[unit]} }

// pick takes the best choice for a budget; without one, the point of the front after which little is to be had.
func pick(c *graph.Choices, front []graph.Choice, budget float64) (graph.Choice, float64, error) {
	nothing, err := c.Best(0, chooseWork/frontPoints)
	if err != nil {
		return graph.Choice{}, 0, err
	}
	if budget > 0 {
		best, err := c.Best(budget, chooseWork)
		return best, nothing.Loss, err
	}
	best := nothing
	for _, p := range front {
		if p.Cost > best.Cost && (best.Loss-p.Loss)/(p.Cost-best.Cost) >= float64(worthwhile*nothing.Loss) {
			best = p
		}
	}
	return best, nothing.Loss, nil
}

// problem is a choice in the words of the graph.
type problem struct {
	query   graph.Query
	stakes  []graph.Stake
	options []graph.Option
	draws   []graph.Draw
}

// problem draws who tries and what is not known. Attackers share the draws by how often they try, so that the mean over
// draws is the loss of a year.
func (e *engine) problem(unit int, chosen []int) *problem {
	p := &problem{query: graph.Query{Closed: e.in.Closed}}
	all := &scenario{placed: map[int]bool{}}
	for _, o := range chosen {
		all.placed[o] = true
	}
	rates, tries := make([]float64, len(e.in.Attackers)), 0.0
	for a := range e.in.Attackers {
		p.query.Entries = append(p.query.Entries, e.in.Attackers[a].Entries...)
		rates[a] = e.rates[a].Dist.Mean()
		tries += rates[a]
	}
	if tries == 0 {
		tries = 1
	}
	number, scale, total := make([]int, len(rates)), 0.0, 0
	for a, rate := range rates {
		number[a] = max(1, int(math.Round(chooseDraws*rate/tries)))
		total += number[a]
		scale = max(scale, rate/float64(number[a]))
	}
	for len(e.values) < total {
		e.extend()
	}
	at := 0
	for a, rate := range rates {
		for range number[a] {
			d := e.draw(at)
			at++
			off := make([]float64, e.in.Graph.Len())
			e.chances(off, d, &scenario{}, e.calm(a))
			for b := range e.in.Attackers {
				off[e.in.Attackers[b].Node] = 0
			}
			if scale > 0 {
				off[e.in.Attackers[a].Node] = min(1, rate/float64(number[a])/scale)
			}
			on, with := slices.Clone(off), make([]float64, len(off))
			e.chances(with, d, all, e.calm(a))
			for _, o := range chosen {
				on[e.in.Offers[o].Node] = with[e.in.Offers[o].Node]
			}
			p.draws = append(p.draws, graph.Draw{Off: off, On: on})
		}
	}
	for _, o := range chosen {
		p.options = append(p.options, graph.Option{Nodes: []int32{e.in.Offers[o].Node}, Cost: e.in.Offers[o].Effort})
	}
	for i := range e.losses {
		l := &e.losses[i]
		if l.unit != unit {
			continue
		}
		p.stakes = append(p.stakes, graph.Stake{Node: l.node, Loss: e.excess(i) * float64(total) * scale})
	}
	return p
}

// order puts the placements of a choice in the order in which they are worth most for their effort, given those before.
func (e *engine) order(ctx context.Context, c *graph.Choices, options, chosen []int) ([]int, error) {
	var out []int
	left := slices.Clone(options)
	before, err := c.Loss(ctx, nil)
	if err != nil {
		return nil, err
	}
	for len(left) > 0 {
		best, bestLoss, bestWorth := 0, before.Value, math.Inf(-1)
		for i, o := range left {
			after, err := c.Loss(ctx, append(slices.Clone(out), o))
			if err != nil {
				return nil, err
			}
			if worth := (before.Value - after.Value) / max(e.in.Offers[chosen[o]].Effort, 1e-9); worth > bestWorth {
				best, bestLoss, bestWorth = i, after.Value, worth
			}
		}
		out, before.Value = append(out, left[best]), bestLoss
		left = slices.Delete(left, best, best+1)
	}
	return out, nil
}
