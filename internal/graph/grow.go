package graph

// Growth is plain reach that grows when closed nodes are opened one by one, and can be taken back. Opening all nodes of a
// set in turn costs no more than one computation of reach.
type Growth struct {
	g     *Graph
	need  []int32
	state []growState
	entry []bool
	last  []int32 // nodes reached by the last opening, the opened one first
	trail []int32 // nodes whose counter it moved, once for each time
	node  int32   // that was opened last; -1 when there is nothing to take back
}

type growState uint8

const (
	growing growState = iota
	grown
	growShut
)

// Grow computes reach. It panics if the query has a number that is not of the graph.
func (g *Graph) Grow(q Query) *Growth {
	r := &Growth{g: g, need: make([]int32, g.Len()), state: make([]growState, g.Len()), entry: make([]bool, g.Len()), node: -1}
	for v := range r.need {
		r.need[v] = g.start[v].need
	}
	for _, v := range q.Closed {
		r.state[v] = growShut
	}
	for _, v := range q.Entries {
		r.entry[v] = !g.isClosed(v)
	}
	for v := range int32(g.Len()) {
		if r.entry[v] && r.state[v] == growing {
			r.state[v] = grown
			r.last = append(r.last, v)
		}
	}
	r.spread()
	r.last, r.trail = r.last[:0], r.trail[:0]
	return r
}

// Reached says whether v holds.
func (r *Growth) Reached(v int32) bool { return r.state[v] == grown }

// Open opens a closed node for good, unless [Growth.Undo] follows. It returns the nodes that are reached by that; the slice
// is valid until the next call.
func (r *Growth) Open(v int32) []int32 {
	r.last, r.trail, r.node = r.last[:0], r.trail[:0], -1
	if r.state[v] != growShut {
		return nil
	}
	r.node, r.state[v] = v, growing
	// The counter of a closed node counts on, so it knows what has come together meanwhile.
	if r.entry[v] || r.g.start[v].need > 0 && r.need[v] <= 0 {
		r.state[v] = grown
		r.last = append(r.last, v)
		r.spread()
	}
	return r.last
}

// Undo takes the last opening back.
func (r *Growth) Undo() {
	if r.node < 0 {
		return
	}
	for _, v := range r.last {
		r.state[v] = growing
	}
	for _, v := range r.trail {
		r.need[v]++
	}
	r.state[r.node], r.node = growShut, -1
}

func (r *Growth) spread() {
	for i := 0; i < len(r.last); i++ {
		for _, w := range r.g.Succs(r.last[i]) {
			r.need[w]--
			r.trail = append(r.trail, w)
			if r.need[w] == 0 && r.state[w] == growing && !r.g.isClosed(w) {
				r.state[w] = grown
				r.last = append(r.last, w)
			}
		}
	}
}
