package graph

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"fermata/internal/stat"
)

// TestDiagramsAgreeWithChance holds chances under several p against those of Chance, and trials drawn under a condition against
// what the chances of both say.
func TestDiagramsAgreeWithChance(t *testing.T) {
	tried := 0
	for seed := range uint64(200) {
		made := randomSample(rand.New(rand.NewPCG(seed, 43)), true)
		g, err := made.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		q := made.query()
		var all []int32
		for v := range int32(g.Len()) {
			all = append(all, v)
		}
		d, ok := g.Diagrams(q, all, all, 1<<16)
		if !ok {
			t.Fatal("a small graph has too large a diagram")
		}
		got := make([]float64, g.Len())
		var scratch []float64
		for round := range uint64(3) {
			p := make([]float64, g.Len())
			for v := range p {
				p[v], _ = stat.Uniforms(seed, round, uint64(v))
				if v%5 == int(round) {
					p[v] = 1
				}
			}
			scratch = d.Chances(p, scratch, got)
			want, err := g.Chance(context.Background(), q, all, p, Accuracy{})
			if err != nil {
				t.Fatal(err)
			}
			for v := range got {
				if math.Abs(got[v]-want[v].Value) > 1e-12 {
					t.Fatalf("graph %d, node %d: %g, want %g", seed, v, got[v], want[v].Value)
				}
			}
			if seed >= 20 || round > 0 {
				continue
			}
			// How often v holds among trials in which u does is what the diagram of both would say; with u itself it is always.
			u, trials := int32(g.Len()-1), 4000
			out, count := make([]bool, g.Len()), make([]int, g.Len())
			if got[u] == 0 {
				if d.Given(p, scratch, int(u), func(int32) float64 { return 0 }, out) {
					t.Fatal("a trial was drawn in which what never holds does")
				}
				continue
			}
			tried++
			for n := range trials {
				d.Given(p, scratch, int(u), func(v int32) float64 { x, _ := stat.Uniforms(7, uint64(v), uint64(n)); return x }, out)
				if !out[u] {
					t.Fatal("a trial was drawn in which the node does not hold")
				}
				for v, h := range out {
					if h {
						count[v]++
					}
				}
			}
			s, words := g.Sampler(q, all), make([]uint64, g.Len())
			both, whole := make([]int, g.Len()), 0
			for b := range uint64(2000) {
				s.Block(p, 3, b, words)
				for lane := range 64 {
					if words[u]>>lane&1 == 0 {
						continue
					}
					whole++
					for v, x := range words {
						both[v] += int(x >> lane & 1)
					}
				}
			}
			if whole < 500 {
				continue
			}
			for v := range count {
				x, y := float64(count[v])/float64(trials), float64(both[v])/float64(whole)
				if sd := math.Sqrt(0.25/float64(trials) + 0.25/float64(whole)); math.Abs(x-y) > 5*sd {
					t.Errorf("graph %d: given node %d, node %d holds in %.3f of trials, by plain sampling in %.3f", seed, u, v, x, y)
				}
			}
		}
	}
	if tried < 3 {
		t.Errorf("conditions were tried on %d graphs only", tried)
	}
}
