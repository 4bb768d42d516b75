package graph

import "math/bits"

// diagram is a set of ordered, reduced binary decision diagrams over coins. Number 0 is never, 1 is always; every other node
// asks whether a coin is open. There are only such as can be made by "and" and "or", so all of them rise with every coin.
type diagram struct {
	nodes  []branching
	unique []int32 // open addressing; 0 is free
	and    cache
	or     cache
	limit  int
	full   bool // the limit was met, and answers mean nothing
}

type branching struct{ coin, closed, open int32 }

// cache remembers results of an operation on two nodes; a later one may take the place of an earlier one.
type cache []struct{ a, b, result int32 }

func newDiagram(limit int) *diagram {
	d := &diagram{limit: limit, nodes: make([]branching, 2, 1024), unique: make([]int32, 4096)}
	d.nodes[0].coin, d.nodes[1].coin = 1<<30, 1<<30
	size := 1 << min(max(bits.Len(uint(limit)), 12), 16)
	d.and, d.or = make(cache, size), make(cache, size)
	return d
}

func mix(a, b, c int32) uint32 {
	h := uint32(a)*0x9E3779B1 ^ uint32(b)*0x85EBCA77 ^ uint32(c)*0xC2B2AE3D
	h ^= h >> 15
	h *= 0x2C1B3C6D
	return h ^ h>>13
}

// node returns the node that asks this coin.
func (d *diagram) node(coin, closed, open int32) int32 {
	if closed == open {
		return closed
	}
	mask := uint32(len(d.unique) - 1)
	at := mix(coin, closed, open) & mask
	for ; d.unique[at] != 0; at = (at + 1) & mask {
		if d.nodes[d.unique[at]] == (branching{coin, closed, open}) {
			return d.unique[at]
		}
	}
	if len(d.nodes) >= d.limit {
		d.full = true
		return 0
	}
	id := int32(len(d.nodes))
	d.nodes = append(d.nodes, branching{coin, closed, open})
	d.unique[at] = id
	if 2*len(d.nodes) > len(d.unique) {
		old := d.unique
		d.unique = make([]int32, 2*len(old))
		mask := uint32(len(d.unique) - 1)
		for _, x := range old {
			if x == 0 {
				continue
			}
			n := d.nodes[x]
			at := mix(n.coin, n.closed, n.open) & mask
			for d.unique[at] != 0 {
				at = (at + 1) & mask
			}
			d.unique[at] = x
		}
	}
	return id
}

// both returns a and b.
func (d *diagram) both(a, b int32) int32 {
	switch {
	case a == 0 || b == 0 || d.full:
		return 0
	case a == 1 || a == b:
		return b
	case b == 1:
		return a
	}
	return d.apply(d.and, a, b, d.both)
}

// either returns a or b.
func (d *diagram) either(a, b int32) int32 {
	switch {
	case a == 1 || b == 1 || d.full:
		return 1
	case a == 0 || a == b:
		return b
	case b == 0:
		return a
	}
	return d.apply(d.or, a, b, d.either)
}

func (d *diagram) apply(memo cache, a, b int32, f func(a, b int32) int32) int32 {
	if a > b {
		a, b = b, a
	}
	slot := &memo[mix(a, b, 0)&uint32(len(memo)-1)]
	if slot.a == a && slot.b == b {
		return slot.result
	}
	x, y := d.nodes[a], d.nodes[b]
	coin := min(x.coin, y.coin)
	ax, ay, bx, by := a, a, b, b
	if x.coin == coin {
		ax, ay = x.closed, x.open
	}
	if y.coin == coin {
		bx, by = y.closed, y.open
	}
	r := d.node(coin, f(ax, bx), f(ay, by))
	if !d.full {
		*slot = struct{ a, b, result int32 }{a, b, r}
	}
	return r
}

// atLeast returns that at least k of the list hold.
func (d *diagram) atLeast(k int, list []int32) int32 {
	if k <= 0 {
		return 1
	}
	if k > len(list) {
		return 0
	}
	// have[j]: at least j of those looked at.
	have := make([]int32, k+1)
	have[0] = 1
	for _, x := range list {
		for j := k; j > 0; j-- {
			have[j] = d.either(have[j], d.both(have[j-1], x))
		}
	}
	return have[k]
}

// chances returns the chance of every node, given those of the coins. A node's successors have smaller numbers.
func (d *diagram) chances(p []float64) []float64 { return d.chancesIn(nil, p) }

// chancesIn is chances in a slice that is at hand, if that is large enough.
func (d *diagram) chancesIn(out, p []float64) []float64 {
	if out = out[:0]; cap(out) < len(d.nodes) {
		out = make([]float64, len(d.nodes))
	}
	out = out[:len(d.nodes)]
	out[0], out[1] = 0, 1
	for i := 2; i < len(d.nodes); i++ {
		n := d.nodes[i]
		// closed + p·(open - closed): it cannot leave the range between the two.
		out[i] = out[n.closed] + float64(p[n.coin]*(out[n.open]-out[n.closed]))
	}
	return out
}

// diagrams gives every slot of a program its diagram, or reports false if more than limit nodes would be needed. at gives
// the place of a slot's coin in the order, -1 for none.
func (p *program) diagrams(limit int, at []int32) (*diagram, []int32, bool) {
	d := newDiagram(limit)
	of := make([]int32, len(p.nodes))
	var list []int32
	value := func(i int32) int32 {
		x := int32(0)
		switch preds := p.preds(i); p.op[i] {
		case always:
			x = 1
		case some:
			for _, u := range preds {
				x = d.either(x, of[u])
			}
		case every:
			x = 1
			for _, u := range preds {
				x = d.both(x, of[u])
			}
		default:
			list = list[:0]
			for _, u := range preds {
				list = append(list, of[u])
			}
			x = d.atLeast(int(p.need[i]), list)
		}
		if at[i] >= 0 {
			x = d.both(x, d.node(at[i], 0, 1))
		}
		return x
	}
	for _, part := range p.parts {
		if !part.cyclic {
			of[part.begin] = value(part.begin)
		} else {
			for changed := true; changed && !d.full; {
				changed = false
				for i := part.begin; i < part.end; i++ {
					if x := value(i); x != of[i] {
						of[i], changed = x, true
					}
				}
			}
		}
		if d.full {
			return nil, nil, false
		}
	}
	return d, of, true
}

// coinOrder puts the coins of a program in the order in which a walk from the goals towards the entries leaves them, the
// deepest first: coins that decide about the same things then stand together, which keeps diagrams small.
func (p *program) coinOrder(goals []int32, has func(slot int32) bool) (at []int32, n int) {
	at = make([]int32, len(p.nodes))
	for i := range at {
		at[i] = -1
	}
	type frame struct{ slot, next int32 }
	seen := make([]bool, len(p.nodes))
	var stack []frame
	for _, goal := range goals {
		if goal < 0 || seen[goal] {
			continue
		}
		seen[goal] = true
		stack = append(stack, frame{goal, 0})
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if preds := p.preds(f.slot); int(f.next) < len(preds) {
				u := preds[f.next]
				f.next++
				if !seen[u] {
					seen[u] = true
					stack = append(stack, frame{u, 0})
				}
				continue
			}
			if has(f.slot) {
				at[f.slot] = int32(n)
				n++
			}
			stack = stack[:len(stack)-1]
		}
	}
	return at, n
}
