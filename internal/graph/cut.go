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

// fewGoals is up to how many goals are asked one by one whether a choice cuts them; more are asked all at once.
const fewGoals = 8

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
	Work  int // edges looked at
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
	return s.CutWithin(goals, removable, cutWork)
}

// CutWithin is Cut with another limit on the edges looked at, for callers that ask for many cuts.
func (s *Solution) CutWithin(goals []int32, removable []Removable, work int) Cut {
	c := cutter{s: s, price: map[int32]float64{}, budget: cutBranches, work: work}
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
	work   int       // edges to look at in all
	first  int       // constraints of the first round

	entries, closed []int32   // of the query
	again           *Solution // scratch: the query solved anew with a choice closed
	done            int       // edges looked at besides those of the patch
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
	best := Cut{Possible: true, Cost: math.Inf(1), Nodes: []int32{}}
	for {
		choice, bound, proven := hit(c.sets, c.price, &c.budget)
		best.Bound = max(best.Bound, bound)
		// Extend the choice to a cut, with a new constraint for every derivation met on the way. They share no chosen
		// node, so they are worth much to the bound.
		first := true
		for at := 0; ; {
			sets, found := c.open(choice, &at)
			if !found {
				break
			}
			first = false
			for _, set := range sets {
				if len(set) == 0 {
					return Cut{}
				}
				c.sets = append(c.sets, set)
				for _, v := range set {
					choice = with(choice, v)
				}
			}
		}
		if !first || !proven {
			choice = c.thin(choice)
		}
		if cost := c.cost(choice); cost < best.Cost {
			best.Cost, best.Nodes = cost, choice
		}
		if first && proven {
			best.Bound = best.Cost
		}
		best.Work = c.done + s.patch.work - begun
		if best.Bound >= best.Cost || !proven || len(c.sets) > cutRounds+c.first || best.Work > c.work {
			break
		}
		if c.first == 0 {
			c.first = len(c.sets)
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

// open returns the removable nodes of derivations that the closed set leaves to goals: of one, or of several that share no
// removable node. Goals before from are known to be cut off already: what is closed only grows until the next choice.
func (c *cutter) open(closed []int32, from *int) (sets [][]int32, found bool) {
	if len(c.goals) > fewGoals {
		return c.openMany(closed)
	}
	for ; *from < len(c.goals); *from++ {
		goal := c.goals[*from]
		if _, ok := c.s.without(goal, closed, math.Inf(1)); ok {
			return [][]int32{c.priced(c.s.used(goal))}, true
		}
	}
	return nil, false
}

// priced picks the removable nodes, ascending.
func (c *cutter) priced(nodes []int32) (set []int32) {
	for _, v := range nodes {
		if _, ok := c.price[v]; ok {
			set = append(set, v)
		}
	}
	slices.Sort(set)
	return set
}

// openMany solves the query anew with the closed set, and takes from it a derivation of every goal that shares nothing with
// those taken before.
func (c *cutter) openMany(closed []int32) (sets [][]int32, found bool) {
	q := Query{Entries: c.entries, Closed: slices.Concat(c.closed, closed)}
	if c.again == nil {
		c.again = c.s.g.Solve(q)
	} else {
		c.again.Reset(q)
	}
	c.done += c.s.g.Edges()
	taken := map[int32]bool{}
	for _, goal := range c.goals {
		if !c.again.Reached(goal) {
			continue
		}
		found = true
		set := c.priced(c.again.support(goal, &c.done))
		if len(set) == 0 {
			return [][]int32{nil}, true
		}
		if slices.ContainsFunc(set, func(v int32) bool { return taken[v] }) {
			continue
		}
		for _, v := range set {
			taken[v] = true
		}
		sets = append(sets, set)
	}
	return sets, found
}

// support returns the nodes of the cheapest derivation of a goal, in no special order.
func (s *Solution) support(goal int32, work *int) []int32 {
	seen := map[int32]bool{goal: true}
	list := []int32{goal}
	for i := 0; i < len(list); i++ {
		preds := s.g.Preds(list[i])
		*work += len(preds)
		for _, u := range preds {
			if !seen[u] && s.uses(list[i], u) {
				seen[u] = true
				list = append(list, u)
			}
		}
	}
	return list
}

// thin drops from a cut, dearest first, what is not needed.
func (c *cutter) thin(cut []int32) []int32 {
	order := slices.Clone(cut)
	slices.SortFunc(order, func(x, y int32) int {
		return cmp.Or(cmp.Compare(c.price[y], c.price[x]), cmp.Compare(x, y))
	})
	reach := c.s.g.Grow(Query{Entries: c.entries, Closed: slices.Concat(c.closed, cut)})
	c.done += c.s.g.Edges()
	goal := make(map[int32]bool, len(c.goals))
	for _, v := range c.goals {
		goal[v] = true
	}
	needless := map[int32]bool{}
	for _, v := range order {
		added := reach.Open(v)
		c.done += len(added)
		if slices.ContainsFunc(added, func(v int32) bool { return goal[v] }) {
			reach.Undo()
			continue
		}
		needless[v] = true
	}
	return slices.DeleteFunc(cut, func(v int32) bool { return needless[v] })
}
