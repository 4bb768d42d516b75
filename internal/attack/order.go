package attack

import (
	"context"
	"maps"
	"math"
	"slices"
	"sort"

	"fermata/internal/graph"
	"fermata/internal/result"
)

// order puts the chosen placements in an order and says of each what it takes away, given those before it.
//
// Where there are few, each step is the one that takes away most for its effort. Where there are many, it goes the other way
// round: the last step is the one that would be missed least, and so on back to the first. What opening a placement again
// brings back is cheap to compute, what closing it takes away is not.
func (p *planner) order(ctx context.Context, chosen []int) error {
	n := len(chosen)
	var err error
	if n*n/2*p.g.Len() <= forward {
		chosen, err = p.forward(ctx, chosen)
	} else {
		chosen, err = p.backward(ctx, chosen)
	}
	if err != nil {
		return err
	}
	return p.tell(ctx, chosen)
}

// worth weighs what nodes stand for: losses that are wanted, and live findings. A loss counts for more than any number of
// findings that is usual.
func (p *planner) worth(nodes []int32) float64 {
	sum := 0.0
	seen := map[int]bool{}
	for _, v := range nodes {
		for _, g := range p.goalsAt[v] {
			if p.wanted[g.asset.ID] {
				sum += 100 * (1 + grade(g.severity))
			}
		}
		if f, ok := p.stepAt(v); ok && !seen[f] {
			seen[f] = true
			sum += grades[p.in.Findings[f].Severity]
		}
	}
	return sum
}

// grades are the weights of severities when losses and findings are added up.
var grades = map[string]float64{"critical": 8, "high": 4, "medium": 2, "low": 1}

func grade(severity int) float64 { return grades[result.Severities[severity]] }

// forward takes, again and again, the placement that takes away most for its effort.
func (p *planner) forward(ctx context.Context, chosen []int) ([]int, error) {
	var order []int
	var closed []int32
	waiting := slices.Clone(chosen)
	spread := p.g.Spread(p.query(nil))
	for len(waiting) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at, least := 0, math.Inf(1)
		spread.Reset(p.query(closed))
		base := p.worth(spread.Order())
		for i, c := range waiting {
			spread.Reset(p.query(append(slices.Clone(closed), p.blocking[c].leaf)))
			gain := (base - p.worth(spread.Order())) / p.blocking[c].Cost
			if rank := -gain; rank < least || rank == least && len(p.blocking[c].guards) > len(p.blocking[waiting[at]].guards) {
				at, least = i, rank
			}
		}
		order = append(order, waiting[at])
		closed = append(closed, p.blocking[waiting[at]].leaf)
		waiting = slices.Delete(waiting, at, at+1)
	}
	return order, nil
}

// backward takes, again and again, the placement that would be missed least for its effort, and puts it last. Each is
// weighed again only when it seems to be the least: what is missed seldom shrinks while more is open.
func (p *planner) backward(ctx context.Context, chosen []int) ([]int, error) {
	growth := p.g.Grow(p.query(p.leavesOf(chosen)))
	missed := map[int]float64{}
	weigh := func(c int) {
		missed[c] = p.worth(growth.Open(p.blocking[c].leaf)) / p.blocking[c].Cost
		growth.Undo()
	}
	for _, c := range chosen {
		weigh(c)
	}
	waiting := slices.Clone(chosen)
	var order []int
	for len(waiting) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fresh, at := -1, 0
		for tries := 0; ; tries++ {
			for i, c := range waiting {
				if missed[c] < missed[waiting[at]] || missed[c] == missed[waiting[at]] && c > waiting[at] {
					at = i
				}
			}
			if waiting[at] == fresh || tries == mostTries {
				break
			}
			fresh = waiting[at]
			weigh(fresh)
		}
		growth.Open(p.blocking[waiting[at]].leaf)
		order = append(order, waiting[at])
		waiting = slices.Delete(waiting, at, at+1)
	}
	slices.Reverse(order)
	return order, nil
}

// mostTries is how many placements are weighed again for one step back.
const mostTries = 6

func (p *planner) leavesOf(chosen []int) []int32 {
	out := make([]int32, len(chosen))
	for i, c := range chosen {
		out[i] = p.blocking[c].leaf
	}
	return out
}

// reach is what one source of harm, or all together, reach.
type reach struct {
	growth *graph.Growth
	starts map[int32]bool
	losses map[string]bool
}

// tell says what each step takes away. It begins with the whole plan in place and takes the steps back one by one, from the
// last to the first: what comes back is what the step takes away.
func (p *planner) tell(ctx context.Context, chosen []int) error {
	closed := slices.Concat(p.closedLeaves, p.leavesOf(chosen))
	everybody := p.everybody()
	sources := make([]reach, len(everybody)+1) // the last is all of them together
	for i := range sources {
		who := everybody
		if i < len(everybody) {
			who = everybody[i : i+1]
		}
		sources[i] = reach{p.g.Grow(graph.Query{Entries: p.entries(who), Closed: closed}), map[int32]bool{}, map[string]bool{}}
		for _, id := range who {
			for _, v := range p.starts[id] {
				sources[i].starts[v] = true
			}
		}
		for v, list := range p.goalsAt {
			if sources[i].growth.Reached(v) {
				for _, g := range list {
					sources[i].losses[g.asset.ID] = true
				}
			}
		}
	}
	together := len(everybody)
	// ways are those to one loss: of each source alone; of several together where none reaches it alone.
	ways := func(g goal) map[string]bool {
		out := map[string]bool{}
		alone := false
		for i := range everybody {
			if sources[i].losses[g.asset.ID] {
				alone = true
				if !sources[i].starts[g.node] {
					out[everybody[i]] = true
				}
			}
		}
		if !alone && sources[together].losses[g.asset.ID] {
			out["+"] = true
		}
		return out
	}
	live, causes := map[int]bool{}, p.causes()
	s := result.Standing{Live: map[string]int{}, Losses: map[string]int{}}
	for i := range p.in.Findings {
		if !p.acceptedAt(i) && slices.ContainsFunc(p.stepsOf[i], sources[together].growth.Reached) {
			live[i] = true
			causes.count(&p.in.Findings[i], s.Live)
		}
	}
	for _, g := range p.goals {
		s.Ways += len(ways(g))
	}
	p.doc.After = s
	p.doc.After.Live = maps.Clone(s.Live)
	steps := make([]result.Placing, len(chosen))
	for n := len(chosen) - 1; n >= 0; n-- {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := &p.blocking[chosen[n]]
		step := result.Placing{
			Control: b.Control, On: b.On, Effort: b.Cost, Efficacy: b.better, Guards: len(b.guards), Instead: b.instead,
			Losses: []string{}, Findings: []string{}, Live: map[string]int{},
		}
		added := make([][]int32, len(sources))
		touched := map[string]goal{}
		for i := range sources {
			added[i] = sources[i].growth.Open(b.leaf)
			for _, v := range added[i] {
				for _, g := range p.goalsAt[v] {
					touched[g.asset.ID] = g
				}
			}
		}
		before := map[string]map[string]bool{}
		for id, g := range touched {
			before[id] = ways(g)
		}
		for i := range sources {
			for _, v := range added[i] {
				for _, g := range p.goalsAt[v] {
					sources[i].losses[g.asset.ID] = true
					if i == together {
						step.Losses = append(step.Losses, g.asset.ID)
					}
				}
			}
		}
		for id, g := range touched {
			now := ways(g)
			step.Ways += missing(now, before[id])
			s.Ways += len(now) - len(before[id])
		}
		for _, v := range added[together] {
			if f, ok := p.analysis.stepAt(v); ok && !live[f] && !p.acceptedAt(f) {
				live[f] = true
				finding := &p.in.Findings[f]
				step.Findings = append(step.Findings, finding.ID)
				causes.count(finding, s.Live, step.Live)
			}
		}
		sort.Strings(step.Losses)
		sort.Strings(step.Findings)
		steps[n] = step
	}
	for _, name := range p.severity {
		s.Losses[name]++
	}
	p.doc.Before, p.doc.Steps = s, append(p.doc.Steps, steps...)
	return nil
}

// causes counts conditions: findings that share a cause are one, of the severity of that which stands for them today.
type causes struct {
	heads map[string]*result.Finding
	told  map[string]bool
}

func (p *planner) causes() *causes {
	var live []*result.Finding
	for i := range p.in.Findings {
		if f := &p.in.Findings[i]; f.Status == result.Live {
			live = append(live, f)
		}
	}
	return &causes{result.Heads(live), map[string]bool{}}
}

// count adds a finding's condition where it is the first of it.
func (c *causes) count(f *result.Finding, to ...map[string]int) {
	key := f.Condition()
	if c.told[key] || f.CountsAs != "" {
		return
	}
	c.told[key] = true
	severity := f.Severity
	if head := c.heads[key]; head != nil {
		severity = head.Severity
	}
	for _, live := range to {
		live[severity]++
	}
}

func (p *planner) acceptedAt(finding int) bool {
	_, ok := p.in.Accepted[p.in.Findings[finding].ID]
	return ok
}

// missing counts what is in the first and not in the second.
func missing(in, from map[string]bool) int {
	n := 0
	for key := range in {
		if !from[key] {
			n++
		}
	}
	return n
}

// remains says which losses are left and why.
func (p *planner) remains(left, held *graph.Solution) {
	still := p.analysis.goals(left)
	p.doc.After.Losses = map[string]int{}
	reached := 0
	for _, g := range still {
		name := result.Severities[g.severity]
		p.doc.After.Losses[name]++
		out := result.Remaining{Asset: g.asset.ID, Severity: name, Before: p.severity[g.asset.ID], Way: []string{}}
		way := left
		switch {
		case !p.wanted[g.asset.ID]:
			out.Why = result.NotAsked
		case held.Reached(g.node):
			out.Why, way = result.NoControl, held
			reached++
		default:
			out.Why = result.NoBudget
			reached++
		}
		p.doc.Why[out.Why]++
		if len(p.doc.Remains) >= mostRemains {
			continue
		}
		if d, ok := way.Derivation(g.node); ok {
			for _, node := range d.Nodes {
				if f, ok := p.stepAt(node); ok && !slices.Contains(out.Way, p.in.Findings[f].ID) {
					out.Way = append(out.Way, p.in.Findings[f].ID)
				}
			}
		}
		p.doc.Remains = append(p.doc.Remains, out)
	}
	p.doc.Cut = p.doc.Wanted - reached
}

// weaken lists the controls that stop nothing and make what remains less likely. Those on the cheapest ways that are left
// are solved one by one.
func (p *planner) weaken(left *graph.Solution, closed []int32) {
	still := p.analysis.goals(left)
	if len(still) > singleCuts {
		still = still[:singleCuts]
	}
	guarding := map[int32][]int{} // step → weakening placements
	for i := range p.weak {
		for _, s := range p.weak[i].guards {
			guarding[s] = append(guarding[s], i)
		}
	}
	tally := map[int]float64{}
	for _, g := range still {
		if !p.wanted[g.asset.ID] {
			continue
		}
		d, _ := left.Derivation(g.node)
		seen := map[int]bool{}
		for _, node := range d.Nodes {
			for _, w := range guarding[node] {
				if !seen[w] {
					seen[w] = true
					tally[w] += (1 + grade(g.severity)) * p.weak[w].better
				}
			}
		}
	}
	var order []int
	for w := range tally {
		order = append(order, w)
	}
	sort.Slice(order, func(i, j int) bool {
		if tally[order[i]] != tally[order[j]] {
			return tally[order[i]] > tally[order[j]]
		}
		return order[i] < order[j]
	})
	if len(order) > mostWeaken {
		order = order[:mostWeaken]
	}
	type solved struct {
		doc   result.Weakening
		worth float64
	}
	var list []solved
	s := &graph.Solution{}
	for n, w := range order {
		q := p.query(append(slices.Clone(closed), p.weak[w].leaf))
		if n == 0 {
			s = p.g.Solve(q)
		} else {
			s.Reset(q)
		}
		one := solved{doc: result.Weakening{Control: p.weak[w].Control, On: p.weak[w].On, Effort: p.weak[w].Cost}}
		for _, g := range still {
			if more := s.Cost(g.node) - left.Cost(g.node); p.wanted[g.asset.ID] && more > 1e-9 {
				one.doc.Losses++
				one.doc.Factor = max(one.doc.Factor, math.Round(100*math.Exp(min(more, 20)))/100)
				one.worth += more * (1 + grade(g.severity))
			}
		}
		if one.doc.Losses > 0 {
			list = append(list, one)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].worth > list[j].worth })
	for i := range list {
		if i == shownWeaken {
			break
		}
		p.doc.Weaken = append(p.doc.Weaken, list[i].doc)
	}
}
