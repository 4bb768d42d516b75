package graph

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
)

// TestWithAny: the nodes of a graph keep their numbers, premises and trials, and a new node holds exactly when one of its list does.
func TestWithAny(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for round := range 40 {
		sample := randomSample(rng, round%2 == 0)
		sample.uncertain(rng, 6)
		g, err := sample.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		q, p := sample.query(), own(g)
		var lists [][]int32
		for range 1 + rng.IntN(3) {
			var list []int32
			for range 1 + rng.IntN(3) {
				list = append(list, int32(rng.IntN(g.Len())))
			}
			lists = append(lists, list)
		}
		more, added, err := g.WithAny(lists)
		if err != nil {
			t.Fatal(err)
		}
		for v := range int32(g.Len()) {
			if more.ID(v) != g.ID(v) || more.Node(v) != g.Node(v) || len(more.Preds(v)) != len(g.Preds(v)) {
				t.Fatalf("round %d: node %d is %v, and %v with more nodes", round, v, g.Node(v), more.Node(v))
			}
		}
		wide := append(append([]float64{}, p...), make([]float64, len(lists))...)
		for _, v := range added {
			wide[v] = 1
		}
		watch := append([]int32{}, added...)
		for _, list := range lists {
			watch = append(watch, list...)
		}
		s, words := more.Sampler(q, watch), make([]uint64, len(watch))
		for block := range uint64(4) {
			s.Block(wide, 9, block, words)
			at := len(added)
			for i, list := range lists {
				any := uint64(0)
				for range list {
					any |= words[at]
					at++
				}
				if words[i] != any {
					t.Fatalf("round %d: the node holds in trials %x, one of its list in %x", round, words[i], any)
				}
			}
		}
		before, err := g.Chance(context.Background(), q, lists[0][:1], p, Accuracy{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		after, err := more.Chance(context.Background(), q, lists[0][:1], wide, Accuracy{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(before[0].Value-after[0].Value) > 1e-12 {
			t.Fatalf("round %d: a chance of %v became %v", round, before[0], after[0])
		}
	}
	if _, _, err := new(Graph).WithAny([][]int32{{3}}); err == nil {
		t.Error("a node that is not there is accepted")
	}
}
