package graph

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"sync"
)

// Ref names a node within one Builder. References are given in order of first mention and mean nothing in another
// builder; [Graph.Place] translates them.
type Ref int32

// Builder collects the nodes and edges of a graph, in any order. The zero value is ready for use. An edge may name a
// node before it is described; whatever is still missing is an error of Build.
type Builder struct {
	names names
	nodes []nodeEntry // in order of description
	owner []int32     // Ref → position in nodes + 1; 0 if not described
	from  []Ref
	to    []Ref
	err   error // first fault of a node
}

type nodeEntry struct {
	ref    Ref
	kind   Kind
	need   int32
	cost   float64
	chance float64
}

// Ref returns the reference for an id, a new one if the id was never mentioned.
func (b *Builder) Ref(id string) Ref { return Ref(b.names.intern([]byte(id))) }

// Node describes a node and returns its reference. Faults are reported by Build.
func (b *Builder) Node(n Node) Ref {
	r := b.Ref(n.ID)
	b.describe(r, n)
	return r
}

// Fresh describes a node by an id that was not mentioned before and will not be again: nobody looks it up, which is most of
// what collecting costs. The id is given in parts, and n.ID is not looked at. Where the id is there twice, Build fails.
func (b *Builder) Fresh(n Node, id ...string) Ref {
	r := Ref(b.names.add(id...))
	b.describe(r, n)
	return r
}

// Grow makes room for so many nodes and edges more, with ids of so many bytes together.
func (b *Builder) Grow(nodes, edges, bytes int) {
	b.grow(nodes, edges)
	b.names.text = slices.Grow(b.names.text, bytes)
}

// describe adds a node whose id is interned already; n.ID is not looked at, so the parser need not make a string.
func (b *Builder) describe(r Ref, n Node) {
	if err := check(n); err != nil {
		b.fail(r, err)
	}
	for int(r) >= len(b.owner) {
		b.owner = append(b.owner, 0)
	}
	if first := b.owner[r]; first != 0 {
		b.fail(r, fmt.Errorf("id already used by node %d", first-1))
	} else {
		b.owner[r] = int32(len(b.nodes)) + 1
	}
	if len(b.names.bytes(int32(r))) == 0 {
		b.fail(r, errors.New("empty id"))
	}
	e := nodeEntry{ref: r, kind: n.Kind, need: 1, cost: n.Cost + 0, chance: 1} // + 0 turns -0 into 0
	if n.Kind == KOfN {
		e.need = int32(n.K)
	}
	if n.Uncertain {
		e.chance = n.P
	}
	b.nodes = append(b.nodes, e)
}

func (b *Builder) fail(r Ref, err error) {
	if b.err == nil {
		b.err = fmt.Errorf("node %d (%q): %w", len(b.nodes), b.names.bytes(int32(r)), err)
	}
}

// Edge says that from is a premise of to. An edge given twice counts once.
func (b *Builder) Edge(from, to Ref) {
	b.from = append(b.from, from)
	b.to = append(b.to, to)
}

// grow makes room for so many nodes and edges at most.
func (b *Builder) grow(nodes, edges int) {
	b.nodes = slices.Grow(b.nodes, nodes)
	b.owner = slices.Grow(b.owner, nodes)
	b.from = slices.Grow(b.from, edges)
	b.to = slices.Grow(b.to, edges)
	b.names.off = slices.Grow(b.names.off, nodes+1)
}

func check(n Node) error {
	switch {
	case n.Kind > KOfN:
		return fmt.Errorf("unknown kind %d", uint8(n.Kind))
	case n.Kind == KOfN && n.K < 1:
		return fmt.Errorf("k is %d, a k-of-n node needs at least 1", n.K)
	case n.Kind == KOfN && n.K > math.MaxInt32:
		return fmt.Errorf("k is %d, too large", n.K)
	case n.Kind != KOfN && n.K != 0:
		return fmt.Errorf("k is %d, but only a k-of-n node has one", n.K)
	case math.IsNaN(n.Cost):
		return errors.New("cost is not a number")
	case n.Cost < 0:
		return fmt.Errorf("cost is %v, must not be negative", n.Cost)
	case n.Uncertain && !(n.P >= 0 && n.P <= 1):
		return fmt.Errorf("p is %v, must be from 0 to 1", n.P)
	}
	return nil
}

// Build freezes what was collected. The first fault is the error, and it names the node or edge by its position and id:
// an empty or repeated id, a negative cost or one that is not a number, a k or p out of range, an edge to or from a node
// that was not described.
func (b *Builder) Build() (*Graph, error) {
	if b.err != nil {
		return nil, b.err
	}
	for len(b.owner) < b.names.len() {
		b.owner = append(b.owner, 0)
	}
	if len(b.from) > math.MaxInt32 {
		return nil, fmt.Errorf("%d edges are too many", len(b.from))
	}
	for i := range b.from {
		for _, r := range [2]Ref{b.from[i], b.to[i]} {
			if r < 0 || int(r) >= len(b.owner) {
				return nil, fmt.Errorf("edge %d: reference %d is not of this builder", i, r)
			}
			if b.owner[r] == 0 {
				return nil, fmt.Errorf("edge %d: unknown node %q", i, b.names.bytes(int32(r)))
			}
		}
	}
	n := len(b.nodes)
	g := &Graph{
		queues: &sync.Pool{New: func() any { return new(queue) }},
		ids:    make([]string, n), kind: make([]Kind, n), need: make([]int32, n), cost: make([]float64, n),
		chance: make([]float64, n), place: make([]int32, b.names.len()),
	}
	for i := range g.place {
		g.place[i] = -1 // mentioned by Ref only
	}
	all := string(b.names.text) // one string; every id is a part of it
	for i, ref := range b.sorted() {
		if id := b.names.bytes(int32(ref)); i > 0 && g.ids[i-1] == string(id) {
			return nil, fmt.Errorf("id %q is given to two nodes", id)
		}
		e := &b.nodes[b.owner[ref]-1]
		g.place[ref] = int32(i)
		g.ids[i] = all[b.names.off[ref]:b.names.off[ref+1]]
		g.kind[i], g.need[i], g.cost[i], g.chance[i] = e.kind, e.need, e.cost, e.chance
	}
	g.link(b.from, b.to)
	g.start = make([]cell, n)
	for v := range g.start {
		if g.kind[v] == And {
			g.need[v] = int32(g.predOff[v+1] - g.predOff[v])
		}
		g.start[v] = cell{cost: g.cost[v], need: g.need[v], rank: unreached}
		if g.isClosed(int32(v)) {
			g.start[v].need = 0
		}
	}
	return g, nil
}

// link makes both adjacency arrays by counting sorts: bucket the edges by target, scatter them to their sources (which
// leaves targets ascending, so that repeated edges are neighbours and drop out), scatter once more to the targets.
func (g *Graph) link(from, to []Ref) {
	n, m := len(g.ids), len(from)
	off := make([]uint32, n+2)
	for _, r := range to {
		off[g.place[r]+2]++
	}
	prefix(off)
	byTarget := make([][2]int32, m)
	for i, r := range to {
		t := g.place[r]
		byTarget[off[t+1]] = [2]int32{g.place[from[i]], t}
		off[t+1]++
	}

	clear(off)
	for _, e := range byTarget {
		off[e[0]+2]++
	}
	prefix(off)
	succ := make([]int32, m)
	for _, e := range byTarget {
		succ[off[e[0]+1]] = e[1]
		off[e[0]+1]++
	}

	g.succOff = make([]uint32, n+1)
	g.predOff = make([]uint32, n+2)
	kept := uint32(0)
	for v := range n {
		row := succ[off[v]:off[v+1]]
		last := int32(-1)
		for _, w := range row {
			if w != last {
				succ[kept] = w
				g.predOff[w+2]++
				kept++
				last = w
			}
		}
		g.succOff[v+1] = kept
	}
	g.succ = succ[:kept:kept]

	prefix(g.predOff)
	g.pred = make([]int32, kept)
	for v := range n {
		for _, w := range g.succ[g.succOff[v]:g.succOff[v+1]] {
			g.pred[g.predOff[w+1]] = int32(v)
			g.predOff[w+1]++
		}
	}
	g.predOff = g.predOff[:n+1]
}

func prefix(off []uint32) {
	sum := uint32(0)
	for i, c := range off {
		sum += c
		off[i] = sum
	}
}

// sorted returns the described references in ascending order of their ids.
func (b *Builder) sorted() []Ref {
	items := make([]keyed, len(b.nodes))
	for i := range b.nodes {
		items[i].ref = b.nodes[i].ref
	}
	b.names.sort(items, 0)
	out := make([]Ref, len(items))
	for i, it := range items {
		out[i] = it.ref
	}
	return out
}

// keyed is a reference with the part of its id that it is sorted by at the moment.
type keyed struct {
	key uint64
	ref Ref
}

// sort puts items whose ids agree in so many bytes into ascending order. Ids of one graph are long and begin alike, so it
// compares eight bytes at a time as one number, and goes on behind them only with those that agree. An id that ends has
// zeros for what is missing: where numbers differ the order is right, and where they agree ids are compared as they are.
func (t *names) sort(items []keyed, depth int) {
	const few = 12 // that are compared as they are
	ended := false
	for len(items) > few && !ended {
		least, most := ^uint64(0), uint64(0)
		for i := range items {
			var head [8]byte
			id := t.bytes(int32(items[i].ref))
			copy(head[:], id[depth:])
			ended = ended || len(id) < depth+len(head)
			k := binary.BigEndian.Uint64(head[:])
			items[i].key = k
			least, most = min(least, k), max(most, k)
		}
		if least == most {
			if !ended {
				depth += 8
			}
			continue
		}
		slices.SortFunc(items, func(x, y keyed) int { return cmp.Compare(x.key, y.key) })
		for len(items) > 0 {
			n := 1
			for n < len(items) && items[n].key == items[0].key {
				n++
			}
			if slices.ContainsFunc(items[:n], func(it keyed) bool { return len(t.bytes(int32(it.ref))) < depth+8 }) {
				t.compare(items[:n], depth)
			} else {
				t.sort(items[:n], depth+8)
			}
			items = items[n:]
		}
		return
	}
	t.compare(items, depth)
}

// compare puts items whose ids agree in so many bytes into ascending order.
func (t *names) compare(items []keyed, depth int) {
	slices.SortFunc(items, func(x, y keyed) int {
		return bytes.Compare(t.bytes(int32(x.ref))[depth:], t.bytes(int32(y.ref))[depth:])
	})
}

// names interns byte strings. Texts lie end to end in one slice and the table holds numbers only, so a million ids cost
// the garbage collector nothing. The hash is seeded per process; nothing that leaves the package depends on it.
type names struct {
	text  []byte
	off   []uint64
	table []slot // open addressing, a power of two
	seed  maphash.Seed
}

// slot holds a number and part of its hash side by side: a look-up that fails mostly touches nothing else.
type slot struct {
	hash uint32
	next uint32 // the number + 1; 0 if the slot is free
}

func (t *names) len() int { return max(len(t.off)-1, 0) }

func (t *names) bytes(i int32) []byte { return t.text[t.off[i]:t.off[i+1]] }

// add gives a number to a text that is made of parts and not in the table, and that nobody looks up.
func (t *names) add(parts ...string) int32 {
	if len(t.off) == 0 {
		t.off = append(t.off, 0)
	}
	i := t.len()
	if i >= math.MaxInt32 {
		panic("graph: too many ids")
	}
	for _, part := range parts {
		t.text = append(t.text, part...)
	}
	t.off = append(t.off, uint64(len(t.text)))
	return int32(i)
}

// intern returns the number of a text and gives it one if it has none.
func (t *names) intern(id []byte) int32 {
	if t.table == nil {
		t.seed = maphash.MakeSeed()
		t.table = make([]slot, 64)
		if len(t.off) == 0 {
			t.off = append(t.off, 0)
		}
	}
	h := uint32(maphash.Bytes(t.seed, id))
	mask := uint32(len(t.table) - 1)
	at := h & mask
	for ; t.table[at].next != 0; at = (at + 1) & mask {
		if s := t.table[at]; s.hash == h && string(t.bytes(int32(s.next-1))) == string(id) {
			return int32(s.next - 1)
		}
	}
	i := t.len()
	if i >= math.MaxInt32 {
		panic("graph: too many ids")
	}
	if len(t.text)+len(id) > cap(t.text) {
		t.text = slices.Grow(t.text, len(t.text)+len(id)) // double; append would copy a large text far more often
	}
	t.text = append(t.text, id...)
	t.off = append(t.off, uint64(len(t.text)))
	t.table[at] = slot{h, uint32(i) + 1}
	if 2*i > len(t.table) {
		t.grow()
	}
	return int32(i)
}

func (t *names) grow() {
	old := t.table
	t.table = make([]slot, 2*len(old))
	mask := uint32(len(t.table) - 1)
	for _, s := range old {
		if s.next == 0 {
			continue
		}
		at := s.hash & mask
		for t.table[at].next != 0 {
			at = (at + 1) & mask
		}
		t.table[at] = s
	}
}
