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
// their ids.
//
// The search is Lawler's: the cheapest derivation that avoids some AND nodes and, after it, for each of its own AND nodes
// the cheapest that avoids that one too. Enumerating hyperpaths lazily (Huang and Chiang, algorithm 3) needs fewer steps
// where there are no cycles, but here it lists every way to run round a cycle and every mix of two ways to reach a shared
// premise, and their number is not bounded by anything of interest. The search stops after 2,000 what-if solves per
// derivation asked for or 2^27 edges looked at.
func (s *Solution) Best(goal int32, k int) Ranking {
	if k < 1 || !s.Reached(goal) {
		return Ranking{}
	}
	s.focus(goal)
	p := s.patched()
	var (
		out     Ranking
		queue   branchQueue
		sc      = newScope(s)
		emitted = map[string]bool{}
		tries   = 0
		begun   = p.work
	)
	try := func(closed, kept []int32, limit float64) {
		tries++
		if _, ok := s.without(goal, closed, limit); !ok {
			return
		}
		steps, cost := sc.reduce(goal, s.steps(goal))
		heap.Push(&queue, &branch{cost: cost, steps: steps, closed: closed, kept: kept, seq: tries})
	}
	try(nil, nil, math.Inf(1))
	for len(queue) > 0 {
		b := heap.Pop(&queue).(*branch)
		if key := setKey(b.steps); !emitted[key] {
			emitted[key] = true
			out.Derivations = append(out.Derivations, sc.derive(goal, b.steps))
			if len(out.Derivations) == k {
				break
			}
		}
		// A set still to be found lacks one of these steps. Let it be the first it lacks: then it has the ones before,
		// and no set is looked for in two branches.
		kept := b.kept
		for _, v := range b.steps {
			if _, ok := slices.BinarySearch(b.kept, v); ok {
				continue
			}
			if tries >= bestTries*k || p.work+sc.work-begun > bestWork {
				out.Truncated = true
				break
			}
			try(with(b.closed, v), kept, queue.limit(k-len(out.Derivations), emitted))
			kept = with(kept, v)
		}
		if out.Truncated {
			break
		}
	}
	return out
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
	closed, kept []int32
	seq          int
}

type branchQueue []*branch

func (q branchQueue) Len() int { return len(q) }
func (q branchQueue) Less(i, j int) bool {
	x, y := q[i], q[j]
	return cmp.Or(cmp.Compare(x.cost, y.cost), cmp.Compare(len(x.steps), len(y.steps)),
		slices.Compare(x.steps, y.steps), cmp.Compare(x.seq, y.seq)) < 0
}
func (q branchQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *branchQueue) Push(x any)   { *q = append(*q, x.(*branch)) }
func (q *branchQueue) Pop() any {
	old := *q
	b := old[len(old)-1]
	*q = old[:len(old)-1]
	return b
}

// limit returns the cost above which nothing can be among the n next: the n-th cheapest of the different sets that wait.
func (q branchQueue) limit(n int, emitted map[string]bool) float64 {
	if len(q) < n {
		return math.Inf(1)
	}
	seen := make(map[string]bool, len(q))
	var costs []float64
	for _, b := range q {
		if key := setKey(b.steps); !seen[key] && !emitted[key] {
			seen[key] = true
			costs = append(costs, b.cost)
		}
	}
	if len(costs) < n {
		return math.Inf(1)
	}
	slices.Sort(costs)
	return costs[n-1]
}
