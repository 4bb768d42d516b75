package graph

import "fmt"

// Diagrams holds a decision diagram for each of some watched nodes, over the nodes that are uncertain; all others are always
// open. From it follow the chances of the watched nodes under any chances of the uncertain ones, without sampling and at the
// cost of one walk over the diagram. It is not changed by its methods and may be shared.
type Diagrams struct {
	d     *diagram
	roots []int32 // of each watched node
	coins []int32 // coin → node
}

// Diagrams makes them, or reports false if more than limit nodes would be needed. It panics if a number is not of the graph.
func (g *Graph) Diagrams(q Query, watch, uncertain []int32, limit int) (*Diagrams, bool) {
	is := make([]bool, g.Len())
	for _, v := range uncertain {
		is[v] = true
	}
	if len(watch) == 0 {
		return &Diagrams{d: newDiagram(2)}, true
	}
	prog := compileFor(g, q, watch, func(v int32) bool { return is[v] })
	slot := prog.slots(g, watch)
	at, n := prog.coinOrder(slot, func(i int32) bool { return prog.coinOf[i] >= 0 })
	d, of, ok := prog.diagrams(limit, at)
	if !ok {
		return nil, false
	}
	out := &Diagrams{d: d, roots: make([]int32, len(watch)), coins: make([]int32, n)}
	for i, c := range at {
		if c >= 0 {
			out.coins[c] = prog.nodes[i]
		}
	}
	for i, s := range slot {
		if s >= 0 {
			out.roots[i] = of[s]
		}
	}
	d.unique, d.and, d.or = nil, nil, nil // only for making it
	return out, true
}

// Size is the number of nodes of the diagrams.
func (x *Diagrams) Size() int { return len(x.d.nodes) }

// Chances fills in the chance of each watched node if every uncertain node v is open with chance p[v]. It returns the chances
// of all diagram nodes for [Diagrams.Given], in scratch if that is large enough. It panics for what is no chance.
func (x *Diagrams) Chances(p, scratch, out []float64) []float64 {
	own := make([]float64, len(x.coins))
	for c, v := range x.coins {
		if !(p[v] >= 0 && p[v] <= 1) {
			panic(fmt.Sprintf("graph: chance of node %d is %v", v, p[v]))
		}
		own[c] = p[v]
	}
	all := x.d.chancesIn(scratch, own)
	for i, r := range x.roots {
		out[i] = min(max(all[r], 0), 1)
	}
	return all
}

// Given draws one trial in which watched node i holds, and fills in which of all watched nodes hold in it. all is what
// [Diagrams.Chances] returned for p, and draw gives a number from 0 to below 1 for each node, always the same. The trial has
// the distribution that trials have among those in which node i holds. It reports false if node i never holds.
func (x *Diagrams) Given(p, all []float64, i int, draw func(node int32) float64, out []bool) bool {
	at := x.roots[i]
	if all[at] <= 0 {
		return false
	}
	fixed := map[int32]bool{}
	for at > 1 {
		n := x.d.nodes[at]
		v := x.coins[n.coin]
		open := draw(v) < float64(p[v]*all[n.open])/all[at]
		if open && all[n.open] <= 0 || !open && all[n.closed] <= 0 {
			open = !open // rounding must not lead to where the node never holds
		}
		fixed[n.coin] = open
		if at = n.closed; open {
			at = n.open
		}
	}
	for j, r := range x.roots {
		for r > 1 {
			n := x.d.nodes[r]
			open, ok := fixed[n.coin]
			if !ok {
				v := x.coins[n.coin]
				open = draw(v) < p[v]
				fixed[n.coin] = open
			}
			if r = n.closed; open {
				r = n.open
			}
		}
		out[j] = r == 1
	}
	return true
}
