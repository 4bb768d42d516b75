package attack

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// Offer is a control that could stand on a place, and what that costs.
type Offer struct {
	Control, On string
	Cost        float64
}

// Hardening says what a plan is for.
type Hardening struct {
	Offers []Offer
	Wanted func(asset *model.Asset, severity string) bool // the losses to cut; nil: all
	Budget float64                                        // effort that may be spent; 0: as much as it takes
}

// Limits of [Harden]. They count work and not time, so that the same question has the same answer everywhere.
const (
	hardenWork  = 1 << 28 // edges looked at in the search for cuts
	singleCuts  = 200     // losses for which cuts of their own are sought when the budget does not reach
	forward     = 1 << 27 // nodes looked at, up to which steps are ordered from the first to the last
	mostRemains = 200     // losses that remain and are listed
	mostWeaken  = 30      // weakening placements that are solved
	shownWeaken = 10
	mostInstead = 4
)

// Harden plans which controls to place, in which order. The findings must have status and severity, and their controls must
// list every place where each would count.
//
// Only controls that block cut a loss off. The set of steps is a cheapest one where that is proven; it is found with every
// placement as a node of the graph that may be closed. The order puts first what takes away most, given what stands before it.
// With a budget that does not reach, the worst losses come first, and of these the ones that are cheapest to cut.
func Harden(ctx context.Context, in Input, h Hardening) (*result.Plan, error) {
	in.Limits = in.Limits.withDefaults()
	if in.Trust == "" {
		in.Trust = model.DeclaredOnly
	}
	in.offers = map[spot]bool{}
	for _, o := range h.Offers {
		in.offers[spot{o.Control, o.On}] = true
	}
	a, err := build(in)
	if err != nil {
		return nil, fmt.Errorf("build attack graph: %w", err)
	}
	a.out.Findings = in.Findings
	p := &planner{analysis: a, h: h, wanted: map[string]bool{}, severity: map[string]string{}, goalsAt: map[int32][]goal{}}
	return p.plan(ctx)
}

// placement is an offer that would stop or weaken something here.
type placement struct {
	Offer
	leaf    int32
	guards  []int32 // steps that count for the losses wanted, ascending
	blocks  bool
	better  float64 // efficacy, to choose between equals
	instead []result.Alternative
}

type planner struct {
	*analysis
	h        Hardening
	all      *graph.Solution
	goals    []goal
	goalsAt  map[int32][]goal
	wanted   map[string]bool   // asset ids
	severity map[string]string // of a loss before the plan
	blocking []placement
	weak     []placement
	doc      *result.Plan
}

func (p *planner) query(closed []int32) graph.Query {
	return graph.Query{Entries: p.entries(p.everybody()), Closed: slices.Concat(p.closedLeaves, closed)}
}

func (p *planner) plan(ctx context.Context) (*result.Plan, error) {
	p.doc = &result.Plan{
		Schema: result.PlanSchema, System: p.in.System.Name, Trust: string(p.in.Trust), Budget: p.h.Budget,
		Steps: []result.Placing{}, Weaken: []result.Weakening{}, Remains: []result.Remaining{}, Why: map[string]int{}, Notes: []string{}, Proven: true,
	}
	p.all = p.g.Solve(p.query(nil))
	p.guess()
	p.surely(nil)
	p.goals = p.analysis.goals(p.all)
	for _, g := range p.goals {
		name := result.Severities[g.severity]
		p.severity[g.asset.ID] = name
		p.goalsAt[g.node] = append(p.goalsAt[g.node], g)
		if p.h.Wanted == nil || p.h.Wanted(g.asset, name) {
			p.wanted[g.asset.ID] = true
		}
	}
	p.doc.Wanted = len(p.wanted)
	p.offers()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var leaves []int32
	for i := range p.blocking {
		leaves = append(leaves, p.blocking[i].leaf)
	}
	held := p.g.Solve(p.query(leaves)) // everything that could be placed, placed
	var cuttable []goal
	for _, g := range p.goals {
		if p.wanted[g.asset.ID] && !held.Reached(g.node) {
			cuttable = append(cuttable, g)
		}
	}
	chosen, err := p.choose(ctx, cuttable)
	if err != nil {
		return nil, err
	}
	if err := p.order(ctx, chosen); err != nil {
		return nil, err
	}
	leaves = leaves[:0]
	for _, c := range chosen {
		leaves = append(leaves, p.blocking[c].leaf)
		p.doc.Effort += p.blocking[c].Cost
	}
	left := p.g.Solve(p.query(leaves))
	p.surely(leaves)
	p.remains(left, held)
	p.weaken(left, leaves)
	return p.doc, nil
}

// offers turns what is offered into placements that would do something here, without those that another one makes needless:
// one that stops at least the same for no more effort.
func (p *planner) offers() {
	matters := p.matters()
	for _, o := range p.h.Offers {
		leaf, ok := p.offered[spot{o.Control, o.On}]
		if !ok {
			continue
		}
		c := p.in.Controls[o.Control]
		at := placement{Offer: o, leaf: leaf, blocks: c.Blocks, better: c.Efficacy}
		for _, guard := range p.g.Succs(leaf) {
			for _, step := range p.g.Succs(guard) {
				if matters[step] {
					at.guards = append(at.guards, step)
				}
			}
		}
		if len(at.guards) == 0 {
			continue
		}
		slices.Sort(at.guards)
		if at.blocks {
			p.blocking = append(p.blocking, at)
		} else {
			p.weak = append(p.weak, at)
		}
	}
	for _, list := range [][]placement{p.blocking, p.weak} {
		sort.Slice(list, func(i, j int) bool {
			x, y := &list[i], &list[j]
			return cmp.Or(cmp.Compare(x.Cost, y.Cost), cmp.Compare(len(y.guards), len(x.guards)), cmp.Compare(y.better, x.better),
				strings.Compare(x.Control, y.Control), strings.Compare(x.On, y.On)) < 0
		})
	}
	p.blocking = undominated(p.blocking)
}

// matters marks the reached nodes from which a wanted loss is supported.
func (p *planner) matters() []bool {
	marked := make([]bool, p.g.Len())
	var list []int32
	for _, g := range p.goals {
		if p.wanted[g.asset.ID] && !marked[g.node] {
			marked[g.node] = true
			list = append(list, g.node)
		}
	}
	for i := 0; i < len(list); i++ {
		for _, u := range p.g.Preds(list[i]) {
			if !marked[u] && p.all.Reached(u) {
				marked[u] = true
				list = append(list, u)
			}
		}
	}
	return marked
}

// undominated drops placements that stop no more than another one that costs no more. Which of several equals stays is
// settled by the order of the list; the others are named with it.
func undominated(list []placement) []placement {
	at := map[int32][]int{} // step → placements that guard it
	for i := range list {
		for _, s := range list[i].guards {
			at[s] = append(at[s], i)
		}
	}
	drop := make([]bool, len(list))
	for i := range list {
		rarest := list[i].guards[0]
		for _, s := range list[i].guards {
			if len(at[s]) < len(at[rarest]) {
				rarest = s
			}
		}
		for _, j := range at[rarest] {
			if j == i || drop[j] || list[j].Cost > list[i].Cost || len(list[j].guards) < len(list[i].guards) || !holdsAll(list[j].guards, list[i].guards) {
				continue
			}
			same := len(list[j].guards) == len(list[i].guards)
			if same && list[j].Cost == list[i].Cost && j > i {
				continue // that one goes
			}
			drop[i] = true
			if same && len(list[j].instead) < mostInstead {
				list[j].instead = append(list[j].instead, result.Alternative{
					Break: result.Break{Control: list[i].Control, On: list[i].On, Effect: "blocks"}, Effort: list[i].Cost, Efficacy: list[i].better,
				})
			}
			break
		}
	}
	var out []placement
	for i := range list {
		if !drop[i] {
			out = append(out, list[i])
		}
	}
	return out
}

// holdsAll says whether an ascending list has all of another.
func holdsAll(list, part []int32) bool {
	for _, v := range part {
		i, ok := slices.BinarySearch(list, v)
		if !ok {
			return false
		}
		list = list[i+1:]
	}
	return true
}

// choose picks the placements of the plan: a cheapest set that cuts all that can be cut, or as much of it as the budget
// allows.
func (p *planner) choose(ctx context.Context, cuttable []goal) ([]int, error) {
	byLeaf := map[int32]int{}
	var removable []graph.Removable
	for i := range p.blocking {
		byLeaf[p.blocking[i].leaf] = i
		removable = append(removable, graph.Removable{Node: p.blocking[i].leaf, Cost: p.blocking[i].Cost})
	}
	if len(cuttable) == 0 {
		return nil, nil
	}
	goals := make([]int32, len(cuttable))
	for i, g := range cuttable {
		goals[i] = g.node
	}
	if p.h.Budget <= 0 || len(cuttable) <= singleCuts {
		cut := p.all.CutWithin(goals, removable, hardenWork)
		if p.h.Budget <= 0 || cut.Cost <= p.h.Budget {
			p.doc.Bound, p.doc.Proven = cut.Bound, cut.Exact()
			var chosen []int
			for _, leaf := range cut.Nodes {
				chosen = append(chosen, byLeaf[leaf])
			}
			slices.Sort(chosen)
			return chosen, nil
		}
	}
	return p.afford(ctx, cuttable, removable, byLeaf)
}

// afford chooses within the budget: of the worst losses first the one that is cheapest to cut off, given what is chosen.
func (p *planner) afford(ctx context.Context, cuttable []goal, removable []graph.Removable, byLeaf map[int32]int) ([]int, error) {
	p.doc.Proven, p.doc.Bound = false, 0
	p.doc.Notes = append(p.doc.Notes, "the budget does not reach for all losses that can be cut off; the worst and cheapest to cut come first, and no other choice was ruled out")
	if len(cuttable) > singleCuts {
		p.doc.Notes = append(p.doc.Notes, fmt.Sprintf("the budget is spent on the worst %d of %d losses that can be cut off", singleCuts, len(cuttable)))
		cuttable = cuttable[:singleCuts]
	}
	sets := make([][]int, len(cuttable))
	for i, g := range cuttable {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, leaf := range p.all.CutWithin([]int32{g.node}, removable, 1<<22).Nodes {
			sets[i] = append(sets[i], byLeaf[leaf])
		}
	}
	taken, done := map[int]bool{}, make([]bool, len(cuttable))
	left := p.h.Budget
	for {
		pick, price := -1, math.Inf(1)
		for i, g := range cuttable {
			if done[i] || pick >= 0 && g.severity > cuttable[pick].severity {
				continue
			}
			sum := 0.0
			for _, c := range sets[i] {
				if !taken[c] {
					sum += p.blocking[c].Cost
				}
			}
			if sum <= left && (pick < 0 || g.severity < cuttable[pick].severity || sum < price) {
				pick, price = i, sum
			}
		}
		if pick < 0 {
			break
		}
		done[pick] = true
		left -= price
		for _, c := range sets[pick] {
			taken[c] = true
		}
	}
	var chosen []int
	for c := range taken {
		chosen = append(chosen, c)
	}
	slices.Sort(chosen)
	return chosen, nil
}
