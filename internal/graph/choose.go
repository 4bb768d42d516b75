package graph

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// chooseWork is the limit of [Choices.Best] if none is given: witnesses looked at.
const chooseWork = 1 << 30

// refineRounds is how often a choice is made anew because witnesses were missing.
const refineRounds = 60

// Choice is a set of options.
type Choice struct {
	Options []int // ascending
	Cost    float64
	Loss    float64 // the expected loss that they leave in the trials
	// Bound is a proven lower bound on the loss of any set within the budget, in these trials.
	Bound float64
	Work  int // witnesses looked at
}

// Proven says whether no set within the budget leaves less in these trials, but for rounding.
func (c Choice) Proven() bool { return c.Bound >= c.Loss-float64(1e-9*c.Loss) }

// Complete says whether all witnesses are known. If not, [Choices.Best] adds some as it finds that it lacks them, and its bound
// holds all the same.
func (c *Choices) Complete() bool { return c.complete }

// Cases returns the number of different cases that the trials come to.
func (c *Choices) Cases() int { return len(c.cases) }

// Best returns options within a budget that leave the least expected loss, by branch and bound. Of equal ones it prefers the
// cheaper. work limits the witnesses looked at, 0 for 2^30; when that is used up, the best set seen is returned with the bound
// proven so far.
//
// The bound is the dual of a linear program: the loss of a case is at least 1 less the number of options bought out of any one
// of its witnesses. Each case divides its weight among its witnesses, and the options that collect most per cost are
// bought until the budget is used up, the last in part. A few rounds of subgradients improve the division. A start is made
// greedily, and single options are exchanged.
func (c *Choices) Best(budget float64, work int) (Choice, error) {
	if !(budget >= 0) {
		return Choice{}, fmt.Errorf("the budget is %v, must be a number of at least 0", budget)
	}
	if work < 0 {
		return Choice{}, fmt.Errorf("a limit of %d makes no sense", work)
	}
	if work == 0 {
		work = chooseWork
	}
	out := Choice{Loss: math.Inf(1)}
	for round := range refineRounds {
		h := newChooser(c, budget, max((work-out.Work)/3, 1))
		h.greedy()
		bound := h.search()
		out.Work += h.work
		out.Bound = max(out.Bound, c.sure+min(bound, h.best))
		found := Choice{Cost: h.bestCost, Loss: c.sure + h.best}
		for o, on := range h.bestSet {
			if on {
				found.Options = append(found.Options, o)
			}
		}
		more := 0
		if !c.complete { // by the witnesses that are known the loss may be too small
			e, err := c.Loss(context.Background(), found.Options)
			if err != nil {
				return Choice{}, err
			}
			found.Loss = e.Value
			if more, err = c.refine(context.Background(), h.bestSet); err != nil {
				return Choice{}, err
			}
		}
		if found.Loss < out.Loss || found.Loss == out.Loss && found.Cost < out.Cost {
			out.Options, out.Cost, out.Loss = found.Options, found.Cost, found.Loss
		}
		if more == 0 || out.Work >= work || round == refineRounds-1 {
			break
		}
	}
	out.Bound = min(out.Bound, out.Loss)
	return out, nil
}

// Front returns choices of falling cost, each with less loss than any cheaper one that it lists: the best for every budget,
// if all are proven. It begins with what unlimited means buy and takes a little less than the last choice cost each time. It
// stops after so many points.
func (c *Choices) Front(points, work int) ([]Choice, error) {
	var out []Choice
	budget := 0.0
	for _, o := range c.options {
		budget += o.Cost
	}
	for range points {
		b, err := c.Best(budget, work)
		if err != nil {
			return nil, err
		}
		// A search that was stopped may find less with more means.
		for len(out) > 0 && out[len(out)-1].Loss >= b.Loss {
			out = out[:len(out)-1]
		}
		out = append(out, b)
		if b.Cost == 0 {
			break
		}
		budget = b.Cost - float64(1e-9*b.Cost)
	}
	return out, nil
}

// At returns the same choices with other costs, one for each option. What the two learn about witnesses they share, so they
// belong to one goroutine together.
func (c *Choices) At(costs []float64) (*Choices, error) {
	if len(costs) != len(c.options) {
		return nil, fmt.Errorf("%d costs for %d options", len(costs), len(c.options))
	}
	out := *c
	out.options = slices.Clone(c.options)
	for i, x := range costs {
		if !(x >= 0) || math.IsInf(x, 1) {
			return nil, fmt.Errorf("option %d: the cost is %v, must be a finite number of at least 0", i, x)
		}
		out.options[i].Cost = x
	}
	return &out, nil
}

// chooser is one run of Best.
type chooser struct {
	c         *Choices
	budget    float64
	limit     int
	work      int
	sets      [][]int32 // all witnesses
	caseOf    []int32
	first     []int32   // case → its first witness; one more at the end
	in        [][]int32 // option → witnesses that have it
	bought    []int32   // witness → options bought in it
	open      []int32   // witness → options undecided in it
	missing   []int32   // case → witnesses in which nothing is bought
	dead      []int32   // case → witnesses in which nothing is bought and nothing is undecided
	state     []int8    // option: 1 bought, -1 left, 0 undecided
	cost      float64
	dual      []float64
	best      float64
	bestCost  float64
	bestSet   []bool
	gain      []float64
	rank      []int32
	part      []float64
	stopBound float64
}

func newChooser(c *Choices, budget float64, limit int) *chooser {
	h := &chooser{
		c: c, budget: budget + float64(1e-12*budget), // sums of decimal costs are not exact
		limit: limit, best: math.Inf(1), in: make([][]int32, len(c.options)), state: make([]int8, len(c.options)),
		gain: make([]float64, len(c.options)), part: make([]float64, len(c.options)),
	}
	for i, k := range c.cases {
		h.first = append(h.first, int32(len(h.sets)))
		for _, set := range k.witnesses {
			w := int32(len(h.sets))
			for _, o := range set {
				h.in[o] = append(h.in[o], w)
			}
			h.sets, h.caseOf = append(h.sets, set), append(h.caseOf, int32(i))
			h.open = append(h.open, int32(len(set)))
			h.dual = append(h.dual, k.weight/float64(len(k.witnesses)))
		}
		h.missing = append(h.missing, int32(len(k.witnesses)))
	}
	h.first = append(h.first, int32(len(h.sets)))
	h.bought, h.dead = make([]int32, len(h.sets)), make([]int32, len(c.cases))
	return h
}

// set decides an option or takes the decision back.
func (h *chooser) set(o int32, to int8) {
	from := h.state[o]
	h.state[o] = to
	h.work += len(h.in[o])
	switch {
	case to == 1:
		h.cost += h.c.options[o].Cost
	case from == 1:
		h.cost = h.spent()
	}
	for _, w := range h.in[o] {
		k := h.caseOf[w]
		before := h.bought[w] == 0 && h.open[w] == 0
		free := h.bought[w] == 0
		switch from {
		case 1:
			h.bought[w]--
		case 0:
			h.open[w]--
		}
		switch to {
		case 1:
			h.bought[w]++
		case 0:
			h.open[w]++
		}
		if now := h.bought[w] == 0; now != free {
			if now {
				h.missing[k]++
			} else {
				h.missing[k]--
			}
		}
		if after := h.bought[w] == 0 && h.open[w] == 0; after != before {
			if after {
				h.dead[k]++
			} else {
				h.dead[k]--
			}
		}
	}
}

// spent adds up what is bought, in the order of the options, so that it does not depend on how the search came there.
func (h *chooser) spent() float64 {
	sum := 0.0
	for o, s := range h.state {
		if s == 1 {
			sum += h.c.options[o].Cost
		}
	}
	return sum
}

// value returns the loss if nothing more is bought.
func (h *chooser) value() float64 {
	h.work += len(h.missing)
	sum := 0.0
	for k, n := range h.missing {
		if n > 0 {
			sum += h.c.cases[k].weight
		}
	}
	return sum
}

// offer takes what is bought as the best set if it is one.
func (h *chooser) offer() {
	v, cost := h.value(), h.spent()
	if cost > h.budget || v > h.best || v == h.best && cost >= h.bestCost {
		return
	}
	h.best, h.bestCost = v, cost
	h.bestSet = make([]bool, len(h.state))
	for o, s := range h.state {
		h.bestSet[o] = s == 1
	}
}

// greedy buys what prevents most per cost, where a case that needs several options gives each a part; then it exchanges single
// options while that helps.
func (h *chooser) greedy() {
	h.offer()
	for {
		h.shares()
		pick, rate := int32(-1), 0.0
		for o := range h.state {
			if x := h.rate(int32(o)); h.state[o] == 0 && h.gain[o] > 0 && h.cost+h.c.options[o].Cost <= h.budget && x > rate {
				pick, rate = int32(o), x
			}
		}
		if pick < 0 || h.work > h.limit/4 {
			break
		}
		h.set(pick, 1)
		h.offer()
	}
	for o, s := range h.state {
		if s == 1 {
			h.set(int32(o), 0)
		}
	}
	for improved := true; improved && h.work < h.limit/2; {
		improved = h.exchange()
	}
	for o, s := range h.state {
		if s != 0 {
			h.set(int32(o), 0)
		}
	}
}

// exchange starts from the best set and tries to leave one option, to buy one, and both.
func (h *chooser) exchange() bool {
	before, cost := h.best, h.bestCost
	for o, on := range h.bestSet {
		switch {
		case on && h.state[o] == 0:
			h.set(int32(o), 1)
		case !on && h.state[o] == 1:
			h.set(int32(o), 0)
		}
	}
	from := slices.Clone(h.bestSet)
	for out := -1; out < len(from) && h.work < h.limit/2; out++ {
		if out >= 0 {
			if !from[out] {
				continue
			}
			h.set(int32(out), 0)
			h.offer()
		}
		for in := range from {
			if from[in] || in == out || h.cost+h.c.options[in].Cost > h.budget || len(h.in[in]) == 0 {
				continue
			}
			h.set(int32(in), 1)
			h.offer()
			h.set(int32(in), 0)
		}
		if out >= 0 {
			h.set(int32(out), 1)
		}
	}
	return h.best < before || h.best == before && h.bestCost < cost
}

// shares gives each undecided option its part of the cases that can still be prevented.
func (h *chooser) shares() {
	clear(h.gain)
	h.work += len(h.sets)
	for k, n := range h.missing {
		if n == 0 || h.dead[k] > 0 {
			continue
		}
		part := h.c.cases[k].weight / float64(n)
		for w := h.first[k]; w < h.first[k+1]; w++ {
			if h.bought[w] > 0 {
				continue
			}
			for _, o := range h.sets[w] {
				if h.state[o] == 0 {
					h.gain[o] += part
				}
			}
		}
	}
}

// rate is what an option gains per cost.
func (h *chooser) rate(o int32) float64 {
	if h.c.options[o].Cost == 0 {
		return h.gain[o] * 1e300
	}
	return h.gain[o] / h.c.options[o].Cost
}

// bound returns a lower bound on the loss below this state: the weight of the cases that are lost for good, and of the others
// what the best options that can still be paid cannot collect. rounds of subgradients change the dual weights in place.
func (h *chooser) bound(rounds int) float64 {
	best := 0.0
	for round := 0; ; round++ {
		h.work += len(h.sets)
		lost, total := 0.0, 0.0
		clear(h.gain)
		for k, n := range h.missing {
			if n == 0 {
				continue
			}
			weight := h.c.cases[k].weight
			if h.dead[k] > 0 {
				lost += weight
				continue
			}
			sum := 0.0
			for w := h.first[k]; w < h.first[k+1]; w++ {
				if h.bought[w] == 0 {
					sum += h.dual[w]
				}
			}
			scale := 1.0
			if sum > weight {
				scale = weight / sum
			}
			total += min(sum, weight)
			for w := h.first[k]; w < h.first[k+1]; w++ {
				if h.bought[w] > 0 {
					continue
				}
				h.dual[w] = float64(h.dual[w] * scale)
				for _, o := range h.sets[w] {
					if h.state[o] == 0 {
						h.gain[o] += h.dual[w]
					}
				}
			}
		}
		// The fractional knapsack.
		h.rank = h.rank[:0]
		for o, s := range h.state {
			if s == 0 && h.gain[o] > 0 && h.cost+h.c.options[o].Cost <= h.budget {
				h.rank = append(h.rank, int32(o))
			}
		}
		slices.SortFunc(h.rank, func(a, b int32) int { return cmp.Or(cmp.Compare(h.rate(b), h.rate(a)), cmp.Compare(a, b)) })
		left, collected := h.budget-h.cost, 0.0
		part := h.part // of each option that is bought
		clear(part)
		for _, o := range h.rank {
			price := h.c.options[o].Cost
			if price <= left {
				part[o] = 1
				left -= price
				collected += h.gain[o]
				continue
			}
			part[o] = left / price
			collected += float64(h.gain[o] * part[o])
			break
		}
		best = max(best, lost+max(total-collected, 0))
		if round >= rounds || best >= h.best {
			return best
		}
		// Towards what is violated: a witness of which less than one option is bought has a loss to show.
		step := 0.3 / (1 + float64(0.15*float64(round)))
		for k, n := range h.missing {
			if n == 0 || h.dead[k] > 0 {
				continue
			}
			weight := h.c.cases[k].weight
			for w := h.first[k]; w < h.first[k+1]; w++ {
				if h.bought[w] > 0 {
					continue
				}
				slope := 1.0
				for _, o := range h.sets[w] {
					if h.state[o] == 0 {
						slope -= part[o]
					}
				}
				h.dual[w] = min(max(h.dual[w]+float64(float64(step*slope)*weight), 0), weight)
			}
		}
	}
}

// search is the branch and bound. It returns a bound on what any set leaves.
func (h *chooser) search() float64 {
	h.stopBound = math.Inf(1)
	root := h.bound(150)
	h.branch(root)
	return max(min(h.best, h.stopBound), min(root, h.best))
}

func (h *chooser) branch(bound float64) {
	if bound >= h.best-float64(1e-12*h.best) {
		return
	}
	if h.work > h.limit {
		h.stopBound = min(h.stopBound, bound)
		return
	}
	// The option that would collect most, of those that can be paid.
	pick := int32(-1)
	for o, s := range h.state {
		if s == 0 && h.gain[o] > 0 && h.cost+h.c.options[o].Cost <= h.budget && (pick < 0 || h.gain[o] > h.gain[pick]) {
			pick = int32(o)
		}
	}
	if pick < 0 {
		h.shares()
		for o, s := range h.state {
			if s == 0 && h.gain[o] > 0 && h.cost+h.c.options[o].Cost <= h.budget && (pick < 0 || h.gain[o] > h.gain[pick]) {
				pick = int32(o)
			}
		}
	}
	if pick < 0 {
		h.offer()
		return
	}
	saved := slices.Clone(h.dual)
	for _, to := range []int8{1, -1} {
		h.set(pick, to)
		if to == 1 {
			h.offer()
		}
		h.branch(max(bound, h.bound(4)))
		h.set(pick, 0)
		copy(h.dual, saved)
	}
}
