package graph

import "fmt"

// maxBlock is the first block that a [Sampler] does not have.
const maxBlock = 1 << 58

// Sampler draws trials of one query, 64 to a machine word, under chances that each call brings along. It holds the part of
// the graph on which one of the watched nodes can rest. It belongs to one goroutine; [Sampler.Clone] makes another for the
// next.
type Sampler struct {
	g     *Graph
	l     *lanes
	watch []int32 // slots; -1 for what is never reached
	odds  []odds
}

// Sampler compiles a query for the nodes that shall be watched. The graph's own chances have no part in it. It panics if a
// number is not of the graph.
func (g *Graph) Sampler(q Query, watch []int32) *Sampler {
	p := compileFor(g, q, append([]int32{}, watch...), func(int32) bool { return true })
	at := make([]int32, g.Len())
	for slot, v := range p.nodes {
		at[v] = int32(slot) + 1
	}
	s := &Sampler{g: g, l: p.lanes(), watch: make([]int32, len(watch)), odds: make([]odds, len(p.coins))}
	for i, v := range watch {
		s.watch[i] = at[v] - 1
	}
	return s
}

// Clone returns a sampler of the same query and watched nodes for another goroutine.
func (s *Sampler) Clone() *Sampler {
	return &Sampler{s.g, s.l.lanes(), s.watch, make([]odds, len(s.odds))}
}

// Nodes returns the nodes on which a watched node can rest, the watched ones included, in no order of meaning. Chances of
// other nodes make no difference. The caller must not change the slice.
func (s *Sampler) Nodes() []int32 { return s.l.nodes }

// Check returns an error if p is no list of chances for [Sampler.Block]: one for each node, from 0 to 1.
func (g *Graph) Check(p []float64) error {
	if len(p) != g.Len() {
		return fmt.Errorf("%d chances for %d nodes", len(p), g.Len())
	}
	for v, x := range p {
		if !(x >= 0 && x <= 1) {
			return fmt.Errorf("chance of node %q is %v, must be from 0 to 1", g.ids[v], x)
		}
	}
	return nil
}

// Block computes the trials 64·block to 64·block+63 in which each node v is open with chance p[v], independently of the
// others; 1 is always open. Bit t of out[i] says whether watched node i holds in trial 64·block+t.
//
// What is drawn for a node in a trial depends on the seed, the node's id and the trial, and on nothing else: not on p, and
// not on the other nodes. So under one seed a lower chance makes fewer trials and no other ones, and graphs that share ids
// are compared trial by trial. Block panics if p does not pass [Graph.Check] for a node that matters, or if block is 2^58 or
// more.
func (s *Sampler) Block(p []float64, seed, block uint64, out []uint64) {
	s.run(p, seed, block)
	for i, slot := range s.watch {
		out[i] = 0
		if slot >= 0 {
			out[i] = s.l.state[slot]
		}
	}
}

// run leaves the state of every slot in the lanes.
func (s *Sampler) run(p []float64, seed, block uint64) {
	l := s.l
	if len(p) != s.g.Len() || block >= maxBlock {
		panic(fmt.Sprintf("graph: %d chances for %d nodes, block %d", len(p), s.g.Len(), block))
	}
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	for c, v := range l.nodes { // every slot has a coin, so they have the same numbers
		x := p[v]
		switch {
		case x == 1:
			s.odds[c] = odds{sure: true}
		case x >= 0 && x < 1:
			s.odds[c] = odds{threshold: threshold(x)}
		default:
			panic(fmt.Sprintf("graph: chance of node %q is %v", s.g.ids[v], x))
		}
	}
	l.sample(s.odds, block, key)
}

// coinWord returns the trials in which a slot is open with chance x. Every slot has a coin, so they have the same numbers.
func (s *Sampler) coinWord(slot int32, x float64, block uint64, key [2]uint32) uint64 {
	switch {
	case x == 0:
		return 0
	case x == 1:
		return ^uint64(0)
	case !(x > 0 && x < 1):
		panic(fmt.Sprintf("graph: chance of node %q is %v", s.g.ids[s.l.nodes[slot]], x))
	}
	return coin{threshold(x), s.l.coins[slot].stream}.flip(block, key)
}
