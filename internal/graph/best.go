package graph

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"math"
	"slices"
)

// Limits of [Solution.Best]: whichever is met first ends the search.
const (
	bestTries = 2000    // what-if solves per derivation asked for
	bestWork  = 1 << 27 // edges looked at
)

// Ranking is a list of derivations of one goal, cheapest first.
type Ranking struct {
	Derivations []Derivation
	// Truncated says that the search met its limit; what is listed is still the cheapest there is.
	Truncated bool
}

// Best returns the k cheapest derivations of goal; fewer if there are no more.
//
// Two derivations with the same AND nodes are one. A derivation is left out as redundant when some of its AND nodes alone
// reach the goal at no greater cost. So the list is a property of the graph and not of the search, costs never decrease,
// and the first is as cheap as [Solution.Derivation]. Equally cheap derivations are listed fewer AND nodes first, then by
// their ids; if there are more of the last cost than the list has room for, the search decides which of them it holds.
//
// The search is Lawler's: the cheapest derivation that avoids some AND nodes and, after it, for each of its own AND nodes
// the cheapest that avoids that one too. Enumerating hyperpaths lazily (Huang and Chiang, algorithm 3) needs fewer steps
// where there are no cycles, but here it lists every way to run round a cycle and every mix of two ways to reach a shared
// premise, and their number is not bounded by anything of interest. The search stops after 2,000 what-if solves per
// derivation asked for or 2^27 edges looked at.
func (s *Solution) Best(goal int32, k int) Ranking { return s.best(goal, k, 1<<10, bestTries*k) }

// best is Best with a limit of what-if solves and the number of nodes near the cheapest derivations that are looked at
// first. Most of what leads to the goal is far from any of them; it is looked at only if the near part has too few.
func (s *Solution) best(goal int32, k, near, tries int) Ranking {
	if k < 1 || !s.Reached(goal) {
		return Ranking{}
	}
	r := ranker{s: s, sc: newScope(s), goal: goal, k: k, most: tries}
	r.begun = s.patched().work
	for ; ; near *= 8 {
		extra := s.focusNear(goal, near)
		r.search(s.Cost(goal) + extra)
		if math.IsInf(extra, 1) || r.out.Truncated || len(r.found) == k {
			break
		}
	}
	slices.SortFunc(r.found, func(x, y *branch) int { return x.compare(y) })
	for _, b := range r.found {
		r.out.Derivations = append(r.out.Derivations, r.sc.derive(goal, b.steps))
	}
	return r.out
}

// ranker is one run of Best.
type ranker struct {
	s           *Solution
	sc          *scope
	goal        int32
	k           int
	tries, most int       // what-if solves made and allowed
	begun       int       // work done before
	found       []*branch // in the order of costs
	out         Ranking
	queue       branchQueue
	seen        map[string]bool // sets of steps met
	costs       []float64       // of the k cheapest of them, ascending
}

// search lists the k cheapest derivations that cost at most so much, within the focus.
func (r *ranker) search(most float64) {
	before := r.found
	r.found, r.queue, r.costs, r.seen = nil, nil, nil, map[string]bool{}
	emitted := map[string]bool{}
	r.try(nil, nil, most)
	for len(r.queue) > 0 {
		b := heap.Pop(&r.queue).(*branch)
		if !emitted[b.key] {
			emitted[b.key] = true
			r.found = append(r.found, b)
			if len(r.found) == r.k {
				return
			}
		}
		// A set still to be found lacks one of these steps. Let it be the first it lacks: then it has the ones before,
		// and no set is looked for in two branches.
		kept := b.kept
		for _, v := range b.steps {
			if _, ok := slices.BinarySearch(b.kept, v); ok {
				continue
			}
			if r.tries >= r.most || r.s.patch.work+r.sc.work-r.begun > bestWork {
				r.out.Truncated = true
				if len(before) > len(r.found) {
					r.found = before // the smaller search got farther
				}
				return
			}
			r.try(with(b.closed, v), kept, most)
			kept = with(kept, v)
		}
	}
}

// try adds the cheapest derivation that avoids the closed nodes, if there is one that costs at most so much. What is dearer
// than k sets that are known already cannot be listed either.
func (r *ranker) try(closed, kept []int32, most float64) {
	r.tries++
	if len(r.costs) == r.k {
		most = min(most, r.costs[r.k-1])
	}
	if _, ok := r.s.without(r.goal, closed, most); !ok {
		return
	}
	steps, cost := r.sc.reduce(r.goal, r.s.steps(r.goal))
	b := &branch{cost: cost, steps: steps, key: setKey(steps), closed: closed, kept: kept, seq: r.tries}
	heap.Push(&r.queue, b)
	if !r.seen[b.key] {
		r.seen[b.key] = true
		at, _ := slices.BinarySearch(r.costs, cost)
		r.costs = slices.Insert(r.costs, at, cost)
		r.costs = r.costs[:min(len(r.costs), r.k)]
	}
}

// with returns a sorted copy of set with v added.
func with(set []int32, v int32) []int32 {
	at, _ := slices.BinarySearch(set, v)
	return slices.Insert(slices.Clone(set), at, v)
}

func setKey(set []int32) string {
	key := make([]byte, 0, 4*len(set))
	for _, v := range set {
		key = binary.LittleEndian.AppendUint32(key, uint32(v))
	}
	return string(key)
}

// branch is the cheapest derivation that avoids the closed AND nodes. Sets of steps below it contain all of kept.
type branch struct {
	cost         float64
	steps        []int32
	key          string // of steps
	closed, kept []int32
	seq          int
}

func (b *branch) compare(c *branch) int {
	return cmp.Or(cmp.Compare(b.cost, c.cost), cmp.Compare(len(b.steps), len(c.steps)),
		slices.Compare(b.steps, c.steps), cmp.Compare(b.seq, c.seq))
}

// branchQueue is a heap of branches, cheapest first.
type branchQueue []*branch

func (q branchQueue) Len() int { return len(q) }

func (q branchQueue) Less(i, j int) bool { return q[i].compare(q[j]) < 0 }

func (q branchQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *branchQueue) Push(x any) { *q = append(*q, x.(*branch)) }

func (q *branchQueue) Pop() any {
	old := *q
	b := old[len(old)-1]
	*q = old[:len(old)-1]
	return b
}
