package graph

import (
	"math"
	"slices"
)

// Query is one question: from where, and with which nodes taken away.
type Query struct {
	Entries []int32 // nodes that hold by themselves; repeats do no harm
	Closed  []int32 // nodes that never hold, even as entries
}

// cell is the state of a node during a solve. Cost and counter share a cache line because every edge touches both.
type cell struct {
	cost float64 // own cost plus the settled predecessors counted so far
	need int32   // predecessors still needed; 0 if none can help; less if it is complete, see trigger
	rank int32   // position in the order of settling, or one of the marks below
}

// trigger returns the rank of the predecessor that completed the node, unreached for an entry. It is kept in need, which
// a complete node no longer uses.
func (c *cell) trigger() int32 { return -2 - c.need }

const (
	unreached = -1 // also the trigger of an entry
	queued    = -2
	shut      = -3
)

// Solution holds the cheapest cost of every reached node and how it came about.
type Solution struct {
	g     *Graph
	cells []cell
	order []int32
	warm  int32  // see touch
	patch *patch // made when first asked for
}

// Solve computes reach and cheapest costs. It panics if the query has a number that is not of the graph.
func (g *Graph) Solve(q Query) *Solution {
	s := &Solution{g: g}
	s.Reset(q)
	return s
}

// Reset solves another query of the same graph and reuses the memory of the solution. Slices got from it before are
// no longer valid.
func (s *Solution) Reset(q Query) {
	g := s.g
	if s.cells == nil {
		s.cells = make([]cell, g.Len())
	}
	cells := s.cells
	copy(cells, g.start)
	for _, v := range q.Closed {
		cells[v].need, cells[v].rank = 0, shut
	}
	queue := g.queues.Get().(*queue)
	defer g.queues.Put(queue)
	queue.reset()
	for _, v := range q.Entries {
		if c := &cells[v]; c.rank == unreached && !g.isClosed(v) {
			*c = cell{cost: g.cost[v], need: -2 - unreached, rank: queued}
			queue.push(wait(c.cost, v))
		}
	}
	order, warm := s.order[:0], int32(0)
	for {
		top, ok := queue.pop()
		if !ok {
			break
		}
		if len(queue.fresh) > 1 {
			warm += s.touch(queue.fresh)
		}
		rank, cost := int32(len(order)), top.cost()
		order = append(order, top.node)
		cells[top.node].rank = rank
		for _, w := range g.succ[g.succOff[top.node]:g.succOff[top.node+1]] {
			c := &cells[w]
			if c.need <= 0 {
				continue
			}
			c.cost += cost
			if c.need--; c.need == 0 {
				c.cost = min(c.cost, math.MaxFloat64)
				c.need = -2 - rank
				queue.push(wait(c.cost, w))
			}
		}
	}
	s.order, s.warm = order, warm
}

// touch reads what settling these nodes is about to need. One after the other each read would wait for memory; in a loop
// of their own they wait together. The sum only keeps the reads from being dropped.
func (s *Solution) touch(items []item) (sum int32) {
	for _, it := range items {
		off := s.g.succOff[it.node]
		for _, w := range s.g.succ[off:min(off+4, s.g.succOff[it.node+1])] {
			sum += s.cells[w].need
		}
	}
	return sum
}

// Graph returns the graph that was solved.
func (s *Solution) Graph() *Graph { return s.g }

// Reached says whether v holds.
func (s *Solution) Reached(v int32) bool { return s.cells[v].rank >= 0 }

// Cost returns the cheapest cost of v, +Inf if v is not reached.
func (s *Solution) Cost(v int32) float64 {
	if s.cells[v].rank < 0 {
		return math.Inf(1)
	}
	return s.cells[v].cost
}

// Order returns the reached nodes, cheapest first, each after the premises of its cheapest derivation. The caller must
// not change the slice.
func (s *Solution) Order() []int32 { return s.order }

// Derivation is one way to reach a goal: every node once, premises before what they support, the goal last. It has no
// loops: no node supports itself.
type Derivation struct {
	Goal int32
	// Cost is the cost of the goal as the package comment defines it; a premise used twice is counted twice.
	Cost float64
	// Once is the sum of the own costs of Nodes.
	Once  float64
	Nodes []int32
	// Uses holds for each of Nodes the premises that this derivation uses for it, ascending; empty for an entry.
	Uses [][]int32
}

// Derivation returns the cheapest derivation of a node, and false if the node is not reached. Of several equally cheap
// premises the ones that were settled first are taken: by cost, then by id.
func (s *Solution) Derivation(goal int32) (Derivation, bool) {
	if !s.Reached(goal) {
		return Derivation{}, false
	}
	return collect(s.g, goal, s.cells[goal].cost, s.order, func(v int32) int32 { return s.cells[v].rank }, s.uses), true
}

// collect walks back from goal along the premises in use and puts them in the order of settling.
func collect(g *Graph, goal int32, cost float64, order []int32, rank func(int32) int32, uses func(v, u int32) bool) Derivation {
	seen := map[int32]bool{goal: true}
	ranks := []int32{rank(goal)}
	for i := 0; i < len(ranks); i++ {
		v := order[ranks[i]]
		for _, u := range g.Preds(v) {
			if uses(v, u) && !seen[u] {
				seen[u] = true
				ranks = append(ranks, rank(u))
			}
		}
	}
	slices.Sort(ranks)
	d := Derivation{Goal: goal, Cost: cost, Nodes: make([]int32, len(ranks)), Uses: make([][]int32, len(ranks))}
	for i, r := range ranks {
		v := order[r]
		d.Nodes[i] = v
		d.Once += g.cost[v]
		for _, u := range g.Preds(v) {
			if uses(v, u) {
				d.Uses[i] = append(d.Uses[i], u)
			}
		}
	}
	d.Once = min(d.Once, math.MaxFloat64)
	return d
}

// isEntry says whether the reached node v holds by itself.
func (s *Solution) isEntry(v int32) bool {
	return s.cells[v].rank >= 0 && s.cells[v].trigger() == unreached
}

// uses says whether the cheapest derivation of the reached node v takes its predecessor u as a premise: the ones it
// takes are those settled no later than the one that completed it.
func (s *Solution) uses(v, u int32) bool {
	r := s.cells[u].rank
	return r >= 0 && r <= s.cells[v].trigger()
}
