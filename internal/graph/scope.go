package graph

import (
	"math"
	"slices"
)

// scope solves for one goal in the part of the graph that has only some of the AND nodes. That part is small: what lies
// behind the goal through those AND nodes and through other kinds of node.
type scope struct {
	s     *Solution
	pos   []int32 // node → position in nodes, valid if nodes has it there
	nodes []int32
	succ  [][]int32 // positions
	cells []cell
	trig  []int32
	order []int32
	heap  frontier
	work  int
}

func newScope(s *Solution) *scope { return &scope{s: s, pos: make([]int32, s.g.Len())} }

func (sc *scope) has(v int32) bool {
	i := sc.pos[v]
	return int(i) < len(sc.nodes) && sc.nodes[i] == v
}

func (sc *scope) add(v int32) {
	sc.pos[v] = int32(len(sc.nodes))
	sc.nodes = append(sc.nodes, v)
	if len(sc.succ) < len(sc.nodes) {
		sc.succ = append(sc.succ, nil)
	}
	sc.succ[len(sc.nodes)-1] = sc.succ[len(sc.nodes)-1][:0]
}

// open collects the part for a goal and an ascending set of AND nodes.
func (sc *scope) open(goal int32, steps []int32) {
	s, g := sc.s, sc.s.g
	sc.nodes = sc.nodes[:0]
	sc.add(goal)
	for i := 0; i < len(sc.nodes); i++ {
		v := sc.nodes[i]
		if s.isEntry(v) {
			continue // nothing is cheaper than its own cost
		}
		preds := g.Preds(v)
		sc.work += len(preds)
		for _, u := range preds {
			if !s.Reached(u) {
				continue
			}
			if !sc.has(u) {
				if g.kind[u] == And {
					if _, ok := slices.BinarySearch(steps, u); !ok {
						continue
					}
				}
				sc.add(u)
			}
			sc.succ[sc.pos[u]] = append(sc.succ[sc.pos[u]], int32(i))
		}
	}
}

// solve returns the cost of goal in the opened part with one node left out; -1 leaves out none.
func (sc *scope) solve(goal, out int32) float64 {
	s, g := sc.s, sc.s.g
	n := len(sc.nodes)
	sc.cells = slices.Grow(sc.cells[:0], n)[:n]
	sc.trig = slices.Grow(sc.trig[:0], n)[:n]
	sc.order = sc.order[:0]
	h := sc.heap[:0]
	for i, v := range sc.nodes {
		sc.cells[i] = cell{cost: g.cost[v], need: g.need[v], rank: unreached}
		switch {
		case v == out:
			sc.cells[i].need = 0
		case s.isEntry(v):
			sc.cells[i].need, sc.trig[i] = 0, unreached
			h.push(wait(g.cost[v], v))
		}
	}
	for len(h) > 0 {
		top := h.pop()
		i := sc.pos[top.node]
		rank := int32(len(sc.order))
		sc.order = append(sc.order, top.node)
		sc.cells[i].rank = rank
		if top.node == goal {
			break
		}
		sc.work += len(sc.succ[i])
		for _, j := range sc.succ[i] {
			c := &sc.cells[j]
			if c.need <= 0 {
				continue
			}
			c.cost += top.cost()
			if c.need--; c.need == 0 {
				c.cost = min(c.cost, math.MaxFloat64)
				sc.trig[j] = rank
				h.push(wait(c.cost, sc.nodes[j]))
			}
		}
	}
	sc.heap = h
	if c := sc.cells[sc.pos[goal]]; c.rank >= 0 {
		return c.cost
	}
	return math.Inf(1)
}

// reduce drops AND nodes without which the goal costs no more, and returns the rest with the cost. A node that is needed
// stays needed when others go; only the ones kept for the sake of a dropped AND node are looked at again.
func (sc *scope) reduce(goal int32, steps []int32) ([]int32, float64) {
	sc.open(goal, steps)
	cost := sc.solve(goal, -1)
	for again := true; again; {
		again = false
		for i := 0; i < len(steps); {
			v := steps[i]
			if !sc.has(v) { // only a dropped AND node rested on it
				steps = slices.Delete(steps, i, i+1)
				continue
			}
			if v == goal || sc.feedsStep(v) || sc.solve(goal, v) > cost {
				i++
				continue
			}
			steps = slices.Delete(steps, i, i+1)
			sc.open(goal, steps)
			again = true
		}
	}
	return steps, cost
}

// feedsStep says whether an AND node of the part has v as a premise. Then v is needed if that one is.
func (sc *scope) feedsStep(v int32) bool {
	for _, j := range sc.succ[sc.pos[v]] {
		if sc.s.g.kind[sc.nodes[j]] == And {
			return true
		}
	}
	return false
}

// derive returns the cheapest derivation of goal with no other AND nodes than steps.
func (sc *scope) derive(goal int32, steps []int32) Derivation {
	sc.open(goal, steps)
	sc.solve(goal, -1)
	g := sc.s.g
	uses := func(v, u int32) bool {
		if !sc.has(u) {
			return false
		}
		r := sc.cells[sc.pos[u]].rank
		return r >= 0 && r <= sc.trig[sc.pos[v]]
	}
	rank := func(v int32) int32 { return sc.cells[sc.pos[v]].rank }
	return collect(g, goal, sc.cells[sc.pos[goal]].cost, sc.order, rank, uses)
}
