package graph

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"fermata/internal/stat"
)

// TestWorthAgainstBruteForce compares importance measures with their definition, by enumeration, and the sampled way with the
// exact one.
func TestWorthAgainstBruteForce(t *testing.T) {
	ctx := context.Background()
	for i := range 300 {
		r := rand.New(rand.NewPCG(uint64(i), 54))
		s := randomSample(r, true)
		uncertain := s.uncertain(r, 6)
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		goal := r.IntN(g.Len())
		whole := s.exactChances(uncertain)[goal]
		got, err := g.Worth(ctx, s.query(), int32(goal), everyNode(g), own(g), 64, 1)
		if err != nil {
			t.Fatal(err)
		}
		for v, w := range got {
			with := func(p float64) float64 {
				x := sample{nodes: slices.Clone(s.nodes), edges: s.edges, entries: s.entries, closed: s.closed}
				x.nodes[v].Uncertain, x.nodes[v].P = true, p
				return x.exactChances(append(slices.DeleteFunc(slices.Clone(uncertain), func(u int) bool { return u == v }), v))[goal]
			}
			open, closed := with(1), with(0)
			if math.Abs(w.Open-open) > 1e-12 || math.Abs(w.Closed-closed) > 1e-12 || math.Abs(w.Birnbaum.Value-(open-closed)) > 1e-12 || w.Method != Exact {
				t.Fatalf("sample %d: node %d for %d is %+v, want %v and %v", i, v, goal, w, open, closed)
			}
			if whole > 0 && (math.Abs(w.FussellVesely-(whole-closed)/whole) > 1e-9 || math.Abs(w.Achievement-open/whole) > 1e-9) {
				t.Fatalf("sample %d: node %d is %+v, chance %v", i, v, w, whole)
			}
			if math.IsNaN(w.Achievement) || math.IsNaN(w.Reduction) || math.IsNaN(w.FussellVesely) {
				t.Fatalf("sample %d: %+v", i, w)
			}
		}
	}
	g, q, watch := steps1000(t)
	nodes := []int32{q.Entries[0], watch[3], watch[len(watch)-1], g.Preds(watch[0])[0]}
	got, err := g.Worth(ctx, q, watch[0], nodes, own(g), 20_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, err := g.Simulate(ctx, q, Sampling{Trials: 20_000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range got {
		if w.Method != Sampled || w.Closed > c.P[watch[0]]+1e-12 || w.Open < c.P[watch[0]]-1e-12 {
			t.Errorf("%+v around %v", w, c.P[watch[0]])
		}
	}
}

// shapley is the definition: the mean over all orders of what a player adds.
func (s sample) shapley(goal int, players [][]int32, chance func(closed map[int]bool) float64) []float64 {
	out := make([]float64, len(players))
	orders := 0
	var walk func(order []int)
	worth := map[int]float64{}
	value := func(set int) float64 {
		if x, ok := worth[set]; ok {
			return x
		}
		closed, open := map[int]bool{}, map[int]bool{}
		for i, nodes := range players {
			for _, v := range nodes {
				closed[int(v)] = true
				open[int(v)] = open[int(v)] || set>>i&1 == 1
			}
		}
		for v := range open {
			closed[v] = !open[v]
		}
		worth[set] = chance(closed)
		return worth[set]
	}
	walk = func(order []int) {
		if len(order) == len(players) {
			orders++
			set := 0
			for _, i := range order {
				out[i] += value(set|1<<i) - value(set)
				set |= 1 << i
			}
			return
		}
		for i := range players {
			if !slices.Contains(order, i) {
				walk(append(slices.Clone(order), i))
			}
		}
	}
	walk(nil)
	for i := range out {
		out[i] /= float64(orders)
	}
	return out
}

// TestShares compares the shares of players with the definition of the Shapley value: they are inside the intervals at their
// rate, and add up.
func TestShares(t *testing.T) {
	inside, all := 0, 0
	for i := range 80 {
		r := rand.New(rand.NewPCG(uint64(i), 55))
		s := randomSample(r, true)
		uncertain := s.uncertain(r, 4)
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		goal := r.IntN(g.Len())
		var players [][]int32
		for range 1 + r.IntN(4) {
			players = append(players, []int32{int32(r.IntN(g.Len())), int32(r.IntN(g.Len()))})
		}
		want := s.shapley(goal, players, func(closed map[int]bool) float64 {
			x := sample{nodes: slices.Clone(s.nodes), edges: s.edges, entries: s.entries, closed: slices.Clone(s.closed)}
			for v, c := range closed {
				if c {
					x.closed = append(x.closed, v)
				}
			}
			return x.exactChances(uncertain)[goal]
		})
		got, err := g.Shares(context.Background(), s.query(), int32(goal), players, own(g), 6400, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		for k, e := range got {
			if want[k] < 1e-12 {
				if e.Value != 0 {
					t.Fatalf("sample %d: player %d of no use has %v", i, k, e)
				}
				continue
			}
			if all++; e.Low <= want[k] && want[k] <= e.High {
				inside++
			}
		}
	}
	if rate := float64(inside) / float64(all); rate < 0.88 || all < 30 {
		t.Errorf("%d of %d intervals hold the share", inside, all)
	}
}

// TestCoalition compares with all sets of nodes.
func TestCoalition(t *testing.T) {
	reached := 0
	for i := range 2000 {
		r := rand.New(rand.NewPCG(uint64(i), 56))
		s := randomSample(r, true)
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		q := Query{Closed: s.query().Closed}
		goal := int32(r.IntN(g.Len()))
		var from []Removable
		for v := range g.Len() {
			if r.IntN(3) > 0 && int32(v) != goal {
				from = append(from, Removable{int32(v), float64(1 + r.IntN(3))})
			}
		}
		best := math.Inf(1)
		for set := range 1 << len(from) {
			if bits.OnesCount(uint(set)) > 5 {
				continue
			}
			cost := 0.0
			var entries []int32
			for k, f := range from {
				if set>>k&1 == 1 {
					entries, cost = append(entries, f.Node), cost+f.Cost
				}
			}
			if cost < best && g.Spread(Query{Entries: entries, Closed: q.Closed}).Reached(goal) {
				best = cost
			}
		}
		c := g.Coalition(q, goal, from)
		if math.IsInf(best, 1) {
			continue
		}
		reached++
		if !c.Exact() || c.Cost != best || !g.Spread(Query{Entries: c.Nodes, Closed: q.Closed}).Reached(goal) {
			t.Fatalf("sample %d: %+v, want cost %v", i, c, best)
		}
	}
	if reached < 500 {
		t.Errorf("%d samples reach their goals", reached)
	}
}

// TestPassage: with fixed times the first passage is the longest or shortest way, and the chance ever is that of Simulate; with
// exponential times along a chain it is a gamma variable, and the first of many is faster.
func TestPassage(t *testing.T) {
	ctx := context.Background()
	one, err := stat.Point(1)
	if err != nil {
		t.Fatal(err)
	}
	wait, err := stat.Gamma(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		r := rand.New(rand.NewPCG(uint64(i), 57))
		s := randomSample(r, true)
		for v := range s.nodes {
			s.nodes[v].Cost = 0
		}
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		times := make([]stat.Dist, g.Len())
		for v := range times {
			if g.Kind(int32(v)) == And {
				times[v] = one
			}
		}
		p := slices.Repeat([]float64{1}, g.Len())
		got, err := g.Passage(ctx, s.query(), everyNode(g), p, times, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		rounds := g.Spread(s.query())
		for v := range g.Len() {
			want := float64(rounds.Rounds(int32(v)))
			if rounds.Reached(int32(v)) && slices.Contains(s.query().Entries, int32(v)) && g.Kind(int32(v)) == And {
				want = 1 // an entry takes its time
			} else if anyEntryAnd(g, s.query()) {
				continue
			}
			if want < 0 {
				want = math.Inf(1)
			}
			if x := got.Quantile(v, 0.5); x != want {
				t.Fatalf("sample %d: node %d holds at %v, after %v rounds\n%+v", i, v, x, want, s)
			}
		}
	}
	var b Builder
	last := b.Node(Node{ID: "start"})
	for k := range 4 {
		next := b.Node(Node{ID: fmt.Sprintf("step %d", k), Kind: And, Uncertain: true, P: 0.9})
		b.Edge(last, next)
		last = next
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	entry, _ := g.Index("start")
	end, _ := g.Index("step 3")
	times := make([]stat.Dist, g.Len())
	for v := range times {
		if int32(v) != entry {
			times[v] = wait
		}
	}
	const trials = 20_000
	got, err := g.Passage(ctx, Query{Entries: []int32{entry}}, []int32{end}, own(g), times, trials, 4)
	if err != nil {
		t.Fatal(err)
	}
	sum, _ := stat.Gamma(4, 1)
	always := math.Pow(0.9, 4)
	near(t, "ever", got.Ever(0).Value, always, 0.01)
	for _, at := range []float64{1, 3, 6} {
		near(t, fmt.Sprint("by ", at), got.By(0, at).Value, always*sum.(stat.Cumulative).CDF(at), 0.012)
	}
	near(t, "median of those", got.Quantile(0, 0.5*always), sum.Quantile(0.5), 0.1)
	if !math.IsInf(got.Quantile(0, 0.9), 1) {
		t.Errorf("a share of %v never holds, and the 90 %% quantile is %v", 1-always, got.Quantile(0, 0.9))
	}
}

func anyEntryAnd(g *Graph, q Query) bool {
	return slices.ContainsFunc(q.Entries, func(v int32) bool { return g.Kind(v) == And })
}
