package graph

import (
	"math/bits"
	"slices"

	"fermata/internal/stat"
)

// program computes the least fixed point for 64 trials at once, one bit each. It holds the part of a graph that some trial
// can reach, component by component so that premises come first; only inside a component with a cycle is there anything to
// repeat.
type program struct {
	nodes   []int32 // the node of each slot
	op      []op
	need    []int32 // for atLeast
	predOff []int32
	pred    []int32 // slots
	parts   []part
	succOff []int32 // slot → those of its own component that it is a premise of
	succ    []int32
	coins   []coin  // of uncertain slots, in order of slots
	coinOf  []int32 // index into coins; -1 if always open
}

type op uint8

const (
	always op = iota // entry
	some
	every
	atLeast
)

// part is a strongly connected component: slots from begin to end.
type part struct {
	begin, end int32
	cyclic     bool
}

// compile takes the nodes that are reached when everything uncertain is open. The graph's own chances make the coins.
func compile(g *Graph, q Query) *program {
	closed := slices.Clone(q.Closed)
	for v, p := range g.chance {
		if p == 0 {
			closed = append(closed, int32(v))
		}
	}
	return compileFor(g, Query{Entries: q.Entries, Closed: closed}, nil, func(v int32) bool { return g.chance[v] < 1 })
}

// compileFor takes the nodes that are reached when everything is open that the query does not close; if goals are given,
// only those on which a goal can rest. uncertain says which of them have a coin.
func compileFor(g *Graph, q Query, goals []int32, uncertain func(v int32) bool) *program {
	s := g.Solve(q)
	p := &program{}
	var matters []bool
	if goals != nil {
		matters = restsOn(s, goals)
	}
	slot := make([]int32, g.Len())
	for _, c := range components(s) {
		if matters != nil && !matters[c[0]] {
			continue // of a component all nodes matter or none
		}
		begin := int32(len(p.nodes))
		for _, v := range c {
			slot[v] = int32(len(p.nodes))
			p.nodes = append(p.nodes, v)
		}
		p.parts = append(p.parts, part{begin, int32(len(p.nodes)), len(c) > 1})
	}
	p.predOff = append(p.predOff, 0)
	at := 0
	for i, v := range p.nodes {
		if int32(i) >= p.parts[at].end {
			at++
		}
		o := [...]op{Or: some, And: every, KOfN: atLeast}[g.kind[v]]
		if s.isEntry(v) {
			o = always
		} else {
			for _, u := range g.Preds(v) {
				if s.Reached(u) {
					p.pred = append(p.pred, slot[u])
					p.parts[at].cyclic = p.parts[at].cyclic || u == v
				}
			}
		}
		p.op = append(p.op, o)
		p.need = append(p.need, g.need[v])
		p.predOff = append(p.predOff, int32(len(p.pred)))
		p.coinOf = append(p.coinOf, -1)
		if uncertain(v) {
			p.coinOf[i] = int32(len(p.coins))
			// A node keeps its luck when the graph around it changes, and two graphs compared under one seed differ by
			// their structure only.
			c := coin{stream: stat.Stream(g.ids[v])}
			if g.chance[v] < 1 {
				c.threshold = threshold(g.chance[v])
			}
			p.coins = append(p.coins, c)
		}
	}
	p.linkCycles()
	return p
}

// linkCycles lists, within components that have a cycle, what each slot is a premise of.
func (p *program) linkCycles() {
	p.succOff = make([]int32, len(p.nodes)+1)
	visit := func(f func(from, to int32)) {
		for _, part := range p.parts {
			if !part.cyclic {
				continue
			}
			for i := part.begin; i < part.end; i++ {
				for _, u := range p.preds(i) {
					if u >= part.begin {
						f(u, i)
					}
				}
			}
		}
	}
	visit(func(from, _ int32) { p.succOff[from+1]++ })
	for i := range p.nodes {
		p.succOff[i+1] += p.succOff[i]
	}
	p.succ = make([]int32, p.succOff[len(p.nodes)])
	next := slices.Clone(p.succOff)
	visit(func(from, to int32) {
		p.succ[next[from]] = to
		next[from]++
	})
}

// restsOn marks the reached nodes on which one of the goals can rest, the goals included.
func restsOn(s *Solution, goals []int32) []bool {
	marked := make([]bool, s.g.Len())
	var list []int32
	for _, v := range goals {
		if s.Reached(v) && !marked[v] {
			marked[v] = true
			list = append(list, v)
		}
	}
	for len(list) > 0 {
		v := list[len(list)-1]
		list = list[:len(list)-1]
		if s.isEntry(v) {
			continue
		}
		for _, u := range s.g.Preds(v) {
			if s.Reached(u) && !marked[u] {
				marked[u] = true
				list = append(list, u)
			}
		}
	}
	return marked
}

// components returns the strongly connected components of the reached nodes, premises first. Nodes within a component stand
// in the order in which they were settled.
func components(s *Solution) [][]int32 {
	list := strong(s.g.Len(), s.order, func(v, i int32) (int32, bool) {
		preds := s.g.Preds(v)
		switch {
		case s.isEntry(v) || int(i) >= len(preds):
			return 0, false
		case !s.Reached(preds[i]):
			return -1, true
		}
		return preds[i], true
	})
	for _, c := range list {
		slices.SortFunc(c, func(x, y int32) int { return int(s.cells[x].rank - s.cells[y].rank) })
	}
	return list
}

// lanes is the state of one worker.
type lanes struct {
	*program
	state []uint64 // slot → trials in which it holds
	open  []uint64 // coin → trials in which it is open
	drawn []bool   // coin → open is set
	dirty []uint64 // set of slots to be looked at again
}

func (p *program) lanes() *lanes {
	return &lanes{p, make([]uint64, len(p.nodes)), make([]uint64, len(p.coins)), make([]bool, len(p.coins)), make([]uint64, (len(p.nodes)+63)/64)}
}

// run computes the state of every slot. draw returns the trials in which a coin is open; it is asked only for nodes whose
// premises hold in some trial.
func (l *lanes) run(draw func(coin int32) uint64) {
	clear(l.drawn)
	for _, part := range l.parts {
		if !part.cyclic {
			l.state[part.begin] = l.gate(part.begin, l.value(part.begin), draw)
			continue
		}
		l.repeat(part, draw)
	}
}

// odds are the chances of coins as they are drawn: in units of 2^-64, all ones if sure.
type odds struct {
	threshold uint64
	sure      bool
}

// sample computes the state of every slot in a block of trials. Where nothing is to be repeated a coin is drawn only for the
// trials in which the premises hold.
func (l *lanes) sample(odds []odds, block uint64, key [2]uint32) {
	clear(l.drawn)
	for _, part := range l.parts {
		if part.cyclic {
			l.repeat(part, func(c int32) uint64 {
				if odds[c].sure {
					return ^uint64(0)
				}
				return coin{odds[c].threshold, l.coins[c].stream}.flip(block, key)
			})
			continue
		}
		i := part.begin
		x := l.value(i)
		if c := l.coinOf[i]; c >= 0 && x != 0 && !odds[c].sure {
			x = coin{odds[c].threshold, l.coins[c].stream}.flipIn(x, block, key)
		}
		l.state[i] = x
	}
}

// repeat computes a component until nothing changes.
func (l *lanes) repeat(part part, draw func(coin int32) uint64) {
	clear(l.state[part.begin:part.end])
	again := false
	for i := part.begin; i < part.end; i++ {
		x := l.gate(i, l.value(i), draw)
		if x == 0 {
			continue
		}
		l.state[i] = x
		for _, u := range l.succ[l.succOff[i]:l.succOff[i+1]] {
			if u <= i { // later ones come in this round
				l.dirty[u>>6] |= 1 << (u & 63)
				again = true
			}
		}
	}
	for again {
		again = false
		for w := part.begin >> 6; w <= (part.end-1)>>6; w++ {
			for l.dirty[w] != 0 {
				i := w<<6 + int32(bits.TrailingZeros64(l.dirty[w]))
				l.dirty[w] &= l.dirty[w] - 1
				x := l.gate(i, l.value(i), draw)
				if x == l.state[i] {
					continue
				}
				l.state[i], again = x, true
				for _, u := range l.succ[l.succOff[i]:l.succOff[i+1]] {
					l.dirty[u>>6] |= 1 << (u & 63)
				}
			}
		}
	}
}

// gate leaves of x the trials in which the slot is open.
func (l *lanes) gate(i int32, x uint64, draw func(int32) uint64) uint64 {
	c := l.coinOf[i]
	if c < 0 || x == 0 {
		return x
	}
	if !l.drawn[c] {
		l.drawn[c], l.open[c] = true, draw(c)
	}
	return x & l.open[c]
}

// preds returns the premises of a slot.
func (p *program) preds(i int32) []int32 { return p.pred[p.predOff[i]:p.predOff[i+1]] }

// value combines the premises of a slot.
func (l *lanes) value(i int32) uint64 {
	preds := l.preds(i)
	switch l.op[i] {
	case always:
		return ^uint64(0)
	case some:
		x, state := uint64(0), l.state
		for _, u := range preds {
			x |= state[u]
		}
		return x
	case every:
		x, state := ^uint64(0), l.state
		for _, u := range preds {
			x &= state[u]
		}
		return x
	}
	// Count in every lane at once: digit d of the 64 counts lies in count[d].
	var count [32]uint64
	digits := bits.Len32(uint32(len(preds)))
	for _, u := range preds {
		carry := l.state[u]
		for d := 0; carry != 0; d++ {
			count[d], carry = count[d]^carry, count[d]&carry
		}
	}
	k := uint64(l.need[i])
	if bits.Len64(k) > digits {
		return 0
	}
	more, same := uint64(0), ^uint64(0)
	for d := digits - 1; d >= 0; d-- {
		if k>>d&1 == 1 {
			same &= count[d]
		} else {
			more |= same & count[d]
			same &^= count[d]
		}
	}
	return more | same
}
