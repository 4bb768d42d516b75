package graph

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// everyNode lists the nodes of a graph.
func everyNode(g *Graph) []int32 {
	out := make([]int32, g.Len())
	for v := range out {
		out[v] = int32(v)
	}
	return out
}

// own returns the graph's own chances.
func own(g *Graph) []float64 { return slices.Clone(g.chance) }

// TestSamplerIsSimulate: under the graph's own chances the trials are those that Simulate counts, whichever nodes are
// watched, for all of them together and for each alone, and by a clone as well.
func TestSamplerIsSimulate(t *testing.T) {
	for i := range 300 {
		r := rand.New(rand.NewPCG(uint64(i), 21))
		s := randomSample(r, i%4 != 0)
		s.uncertain(r, len(s.nodes))
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		const blocks = 8
		want, err := g.Simulate(context.Background(), s.query(), Sampling{Trials: 64 * blocks, Seed: uint64(i), Always: true})
		if err != nil {
			t.Fatal(err)
		}
		p := own(g)
		all := g.Sampler(s.query(), everyNode(g)).Clone()
		hits, out, one := make([]int, g.Len()), make([]uint64, g.Len()), make([]uint64, 1)
		for b := range uint64(blocks) {
			all.Block(p, uint64(i), b, out)
			for v, x := range out {
				hits[v] += bits.OnesCount64(x)
			}
			v := int32(r.IntN(g.Len()))
			g.Sampler(s.query(), []int32{v}).Block(p, uint64(i), b, one)
			if one[0] != out[v] {
				t.Fatalf("sample %d: node %d alone holds in %x, among others in %x", i, v, one[0], out[v])
			}
		}
		for v, n := range hits {
			if float64(n)/(64*blocks) != want.P[v] {
				t.Fatalf("sample %d: node %d holds in %d trials, Simulate says %v", i, v, n, want.P[v])
			}
		}
	}
}

// TestCommonRandomNumbers: a lower chance, a node more that is closed, an edge less to an OR node: each makes a node hold in a
// subset of the trials, for the same seed and whatever else the graph has.
func TestCommonRandomNumbers(t *testing.T) {
	fewer := 0
	for i := range 500 {
		r := rand.New(rand.NewPCG(uint64(i), 22))
		s := randomSample(r, true)
		s.uncertain(r, len(s.nodes))
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		p := own(g)
		lower := own(g)
		for v := range lower {
			if r.IntN(3) == 0 {
				lower[v] *= r.Float64()
			}
		}
		less := s
		less.closed = append(slices.Clone(s.closed), r.IntN(len(s.nodes)))
		if e := r.IntN(len(s.edges)); s.nodes[s.edges[e][1]].Kind != And {
			less.edges = slices.Delete(slices.Clone(s.edges), e, e+1)
		}
		less.nodes = append(slices.Clone(s.nodes), Node{ID: "a first one"}, Node{ID: "z last one"})
		h, err := less.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		moved := make([]int32, g.Len())
		ph := make([]float64, h.Len())
		for v := range moved {
			moved[v], _ = h.Index(g.ID(int32(v)))
			ph[moved[v]] = p[v]
		}
		q := Query{}
		for _, e := range less.entries {
			q.Entries = append(q.Entries, moved[e])
		}
		for _, c := range less.closed {
			q.Closed = append(q.Closed, moved[c])
		}
		base, other, removed := make([]uint64, g.Len()), make([]uint64, g.Len()), make([]uint64, g.Len())
		sg, sh := g.Sampler(s.query(), everyNode(g)), h.Sampler(q, moved)
		for b := range uint64(4) {
			sg.Block(p, 5, b, base)
			sg.Block(lower, 5, b, other)
			sh.Block(ph, 5, b, removed)
			for v := range base {
				if other[v]&^base[v] != 0 || removed[v]&^base[v] != 0 {
					t.Fatalf("sample %d: node %d holds in %x, with lower chances in %x, with less graph in %x", i, v, base[v], other[v], removed[v])
				}
				fewer += bits.OnesCount64(base[v] &^ other[v])
			}
		}
	}
	if fewer == 0 {
		t.Error("lower chances changed nothing")
	}
}

func TestSamplerRefuses(t *testing.T) {
	g, q := chanceGraph(t, "a", 0.5, map[[2]string]float64{{"a", "b"}: 0.25})
	if err := g.Check(own(g)); err != nil {
		t.Error(err)
	}
	for want, p := range map[string][]float64{
		"2 chances for 3 nodes":                            {1, 1},
		`chance of node "a→b" is 1.5, must be from 0 to 1`: {1, 1.5, 1},
	} {
		if err := g.Check(p); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v is drawn from", p)
				}
			}()
			g.Sampler(q, everyNode(g)).Block(p, 1, 1, make([]uint64, 3))
		}()
	}
	low, high := make([]uint64, 3), make([]uint64, 3)
	s := g.Sampler(q, everyNode(g))
	s.Block(own(g), 1, 1, low)
	s.Block(own(g), 1, 1+1<<32, high)
	if slices.Equal(low, high) {
		t.Error("a block beyond 2^32 repeats an early one")
	}
	if n := g.Sampler(q, []int32{0}).Nodes(); len(n) != 1 {
		t.Errorf("%d nodes matter to an entry", len(n))
	}
}

// steps1000 is a graph of a thousand steps, each open with a chance of its own, and some six hundred other nodes.
func steps1000(tb testing.TB) (*Graph, Query, []int32) {
	b, first := layered(2000, 3200)
	n := 0
	for i := range b.nodes {
		if b.nodes[i].kind != Or && n < 1000 || b.nodes[i].kind == Or && i%5 == 0 && n < 1000 {
			b.nodes[i].chance = 0.3 + float64(i%60)/100
			n++
		}
	}
	g, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	var q Query
	for _, r := range first {
		q.Entries = append(q.Entries, g.Place(r))
	}
	order := g.Solve(q).Order()
	if n != 1000 {
		tb.Fatalf("%d steps", n)
	}
	return g, q, order[len(order)-20:]
}

// BenchmarkSampler draws a million trials of a graph with a thousand steps, on one processor.
func BenchmarkSampler(b *testing.B) {
	g, q, watch := steps1000(b)
	s, p, out := g.Sampler(q, watch), own(g), make([]uint64, len(watch))
	for b.Loop() {
		for block := range uint64(1_000_000 / 64) {
			s.Block(p, 1, block, out)
		}
	}
}
