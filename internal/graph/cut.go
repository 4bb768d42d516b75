package graph

import (
	"cmp"
	"math"
	"slices"
)

// Limits of [Solution.Cut]: whichever is met first ends the search with a gap.
const (
	cutRounds   = 2000    // derivations turned into constraints
	cutBranches = 1 << 21 // nodes of the branch and bound, over all rounds
	cutWork     = 1 << 28 // edges looked at
)

// Removable is a node that a cut may close, and what that costs.
type Removable struct {
	Node int32
	Cost float64 // at least 0; +Inf and less than 0 take the node out of consideration
}

// Cut is a set of nodes whose closing leaves no derivation of any goal.
type Cut struct {
	// Possible is false if some derivation has no removable node; the rest is empty then.
	Possible bool
	Nodes    []int32 // ascending
	Cost     float64
	// Bound is a proven lower bound on the cost of any cut; the cut is a cheapest one if Bound equals Cost.
	Bound float64
	// Proof holds sets of removable nodes, each ascending. Each is all that one derivation of a goal has, so every cut
	// takes a node of each; no cheaper choice than Bound does.
	Proof [][]int32
}

// Exact says whether the cut is proven to be a cheapest one.
func (c Cut) Exact() bool { return c.Possible && c.Bound >= c.Cost }

// Cut returns a cheapest set of removable nodes that cuts off all goals, on top of what the query closed. Goals that are
// not reached need no cut. A node listed twice has its lower cost.
//
// It works by implicit hitting sets. A derivation of a goal is a constraint: one of its removable nodes must go. The
// cheapest choice that meets the constraints so far is tried; if a goal still has a derivation, that one is the next
// constraint; if not, the choice is a cheapest cut and the constraints prove it. The number of derivations that are
// needed is mostly small even where there are billions. The search stops after 2,000 derivations, 2^21 branches or 2^28
// edges looked at; then the cheapest cut seen is returned with the bound proven so far.
func (s *Solution) Cut(goals []int32, removable []Removable) Cut {
	c := cutter{s: s, price: map[int32]float64{}, budget: cutBranches}
	for _, r := range removable {
		if p, twice := c.price[r.Node]; r.Cost >= 0 && !math.IsInf(r.Cost, 1) && (!twice || r.Cost < p) {
			c.price[r.Node] = r.Cost
		}
	}
	for _, v := range goals {
		if s.Reached(v) {
			c.goals = append(c.goals, v)
		}
	}
	return c.run()
}

type cutter struct {
	s      *Solution
	goals  []int32
	price  map[int32]float64
	sets   [][]int32 // constraints
	budget int       // branches left

	entries, closed []int32 // of the query
	spread          *Spread
}

func (c *cutter) run() Cut {
	s := c.s
	s.patched().coneOf = 0
	begun := s.patch.work
	for v := range int32(s.g.Len()) {
		switch {
		case s.cells[v].rank == shut:
			c.closed = append(c.closed, v)
		case s.isEntry(v):
			c.entries = append(c.entries, v)
		}
	}
	c.spread = s.g.Spread(Query{})
	best := Cut{Possible: true, Cost: math.Inf(1), Nodes: []int32{}}
	for {
		choice, bound, proven := hit(c.sets, c.price, &c.budget)
		best.Bound = max(best.Bound, bound)
		// Extend the choice to a cut, with a new constraint for every derivation met on the way. They share no chosen
		// node, so they are worth much to the bound.
		first := true
		for {
			set, found := c.open(choice)
			if !found {
				break
			}
			if len(set) == 0 {
				return Cut{}
			}
			first = false
			c.sets = append(c.sets, set)
			for _, v := range set {
				choice = with(choice, v)
			}
		}
		choice = c.thin(choice)
		if cost := c.cost(choice); cost < best.Cost {
			best.Cost, best.Nodes = cost, choice
		}
		if first && proven {
			best.Bound = best.Cost
		}
		if best.Bound >= best.Cost || !proven || len(c.sets) > cutRounds || s.patch.work-begun > cutWork {
			break
		}
	}
	best.Bound = min(best.Bound, best.Cost)
	best.Proof = c.sets
	return best
}

func (c *cutter) cost(set []int32) float64 {
	sum := 0.0
	for _, v := range set {
		sum += c.price[v]
	}
	return sum
}

// open returns the removable nodes of a derivation that the closed set leaves to some goal.
func (c *cutter) open(closed []int32) (set []int32, found bool) {
	for _, goal := range c.goals {
		if _, ok := c.s.without(goal, closed, math.Inf(1)); ok {
			for _, v := range c.s.used(goal) {
				if _, ok := c.price[v]; ok {
					set = append(set, v)
				}
			}
			slices.Sort(set)
			return set, true
		}
	}
	return nil, false
}

// thin drops from a cut, dearest first, what is not needed.
func (c *cutter) thin(cut []int32) []int32 {
	order := slices.Clone(cut)
	slices.SortFunc(order, func(x, y int32) int {
		return cmp.Or(cmp.Compare(c.price[y], c.price[x]), cmp.Compare(x, y))
	})
	for _, v := range order {
		at, _ := slices.BinarySearch(cut, v)
		rest := slices.Delete(slices.Clone(cut), at, at+1)
		c.spread.Reset(Query{Entries: c.entries, Closed: slices.Concat(c.closed, rest)})
		if !slices.ContainsFunc(c.goals, c.spread.Reached) {
			cut = rest
		}
	}
	return cut
}
