package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawSample makes a sample whose source rapid can shrink by its seed.
func drawSample(t *rapid.T) (sample, *rand.Rand) {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 11))
	return randomSample(r, rapid.Bool().Draw(t, "lively")), r
}

func mustBuild(t *rapid.T, s sample) *Graph {
	g, err := s.build(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestRelabelling: other ids, and so another order of nodes, change no cost and no cost of a ranking.
func TestRelabelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSample(t)
		g := mustBuild(t, s)
		before := g.Solve(s.query())
		perm := r.Perm(len(s.nodes))
		renamed := sample{nodes: slices.Clone(s.nodes), edges: s.edges}
		for i := range renamed.nodes {
			renamed.nodes[i].ID = fmt.Sprintf("other %02d", perm[i])
		}
		h := mustBuild(t, renamed)
		var q Query
		for _, e := range s.entries {
			q.Entries = append(q.Entries, int32(perm[e]))
		}
		for _, c := range s.closed {
			q.Closed = append(q.Closed, int32(perm[c]))
		}
		after := h.Solve(q)
		for v := range s.nodes {
			if before.Cost(int32(v)) != after.Cost(int32(perm[v])) {
				t.Fatalf("cost of %d was %v, is %v", v, before.Cost(int32(v)), after.Cost(int32(perm[v])))
			}
			x, y := before.Best(int32(v), 4), after.Best(int32(perm[v]), 4)
			if len(x.Derivations) != len(y.Derivations) {
				t.Fatalf("%d derivations of %d, %d under other names", len(x.Derivations), v, len(y.Derivations))
			}
			for i := range x.Derivations {
				if x.Derivations[i].Cost != y.Derivations[i].Cost {
					t.Fatalf("derivation %d of %d costs %v, under other names %v", i, v, x.Derivations[i].Cost, y.Derivations[i].Cost)
				}
			}
		}
	})
}

// TestInsertionOrder: the order of insertion changes nothing at all, not even which of equal derivations is chosen.
func TestInsertionOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSample(t)
		x := mustBuild(t, s).Solve(s.query())
		g, err := s.build(r.Perm(len(s.nodes)), r.Perm(len(s.edges)))
		if err != nil {
			t.Fatal(err)
		}
		y := g.Solve(s.query())
		for v := range int32(len(s.nodes)) {
			dx, _ := x.Derivation(v)
			dy, _ := y.Derivation(v)
			if fmt.Sprint(dx) != fmt.Sprint(dy) || fmt.Sprint(x.Best(v, 3)) != fmt.Sprint(y.Best(v, 3)) {
				t.Fatalf("derivation of %d is %v or %v", v, dx, dy)
			}
		}
	})
}

// TestRemovingAnEdge: without an edge, or with one more node closed, nothing new is reached and nothing gets cheaper. An
// AND node that loses a premise is the exception by definition, so edges to AND nodes stay.
func TestRemovingAnEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSample(t)
		before := mustBuild(t, s).Solve(s.query())
		fewer := s
		fewer.closed = append(slices.Clone(s.closed), r.IntN(len(s.nodes)))
		if len(s.edges) > 0 {
			if i := r.IntN(len(s.edges)); s.nodes[s.edges[i][1]].Kind != And {
				fewer.edges = slices.Delete(slices.Clone(s.edges), i, i+1)
			}
		}
		after := mustBuild(t, fewer).Solve(fewer.query())
		for v := range int32(len(s.nodes)) {
			if after.Cost(v) < before.Cost(v) {
				t.Fatalf("cost of %d fell from %v to %v", v, before.Cost(v), after.Cost(v))
			}
		}
	})
}

// TestSplittingAnEdge: an OR node in the middle of an edge that carries half of its target's cost changes no cost of the
// other nodes, if the target has no other premise.
func TestSplittingAnEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := drawSample(t)
		before := mustBuild(t, s).Solve(s.query())
		preds, halved := s.preds(), map[int]bool{}
		split := sample{nodes: slices.Clone(s.nodes), entries: s.entries, closed: s.closed}
		for _, e := range s.edges {
			v := e[1]
			if halved[v] {
				continue // the edge is given twice
			}
			if len(preds[v]) != 1 || s.nodes[v].needs(1) != 1 || slices.Contains(s.entries, v) || math.IsInf(s.nodes[v].Cost, 1) {
				split.edges = append(split.edges, e)
				continue
			}
			middle := len(split.nodes)
			split.nodes = append(split.nodes, Node{ID: fmt.Sprintf("z%03d", middle), Cost: s.nodes[v].Cost / 2})
			split.nodes[v].Cost = s.nodes[v].Cost / 2
			split.edges = append(split.edges, [2]int{e[0], middle}, [2]int{middle, v})
			halved[v] = true
		}
		after := mustBuild(t, split).Solve(split.query())
		for v := range int32(len(s.nodes)) {
			if after.Cost(v) != before.Cost(v) {
				t.Fatalf("cost of %d was %v, is %v", v, before.Cost(v), after.Cost(v))
			}
		}
	})
}

// TestBestOnLargeGraphs: where no oracle reaches, costs do not decrease, the first is the cheapest, sets differ and each
// derivation holds.
func TestBestOnLargeGraphs(t *testing.T) {
	for _, size := range benchSizes[:2] {
		b, first := layered(size.nodes, size.edges)
		s := sample{}
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		for v := range int32(g.Len()) {
			s.nodes = append(s.nodes, g.Node(v))
			for _, w := range g.Succs(v) {
				s.edges = append(s.edges, [2]int{int(v), int(w)})
			}
		}
		for _, r := range first {
			s.entries = append(s.entries, int(g.Place(r)))
		}
		sol := g.Solve(s.query())
		for i := range 8 {
			goal := sol.Order()[len(sol.Order())-1-i*len(sol.Order())/10]
			r := sol.Best(goal, 10)
			sets := map[string]bool{}
			for j, d := range r.Derivations {
				if err := s.checkDerivation(d); err != nil && d.Cost < 1e9 {
					t.Fatalf("%s: derivation %d of %d: %v", size.name, j, goal, err)
				}
				if j == 0 && d.Cost != sol.Cost(goal) || j > 0 && d.Cost < r.Derivations[j-1].Cost {
					t.Fatalf("%s: derivation %d of %d costs %v", size.name, j, goal, d.Cost)
				}
				key := fmt.Sprint(stepsOf(g, d).Steps)
				if sets[key] {
					t.Fatalf("%s: derivation %d of %d is listed twice", size.name, j, goal)
				}
				sets[key] = true
			}
			if len(sets) == 0 {
				t.Fatalf("%s: no derivation of %d", size.name, goal)
			}
		}
	}
}

// TestBestTruncated: a search that is stopped says so, and what it lists is the beginning of the full list.
func TestBestTruncated(t *testing.T) {
	g, q := benchGraph(t, 1000, 1600)
	s := g.Solve(q)
	goal := s.Order()[len(s.Order())-1]
	full := s.Best(goal, 20)
	if full.Truncated || len(full.Derivations) != 20 {
		t.Fatalf("%d derivations, truncated %v", len(full.Derivations), full.Truncated)
	}
	stopped := 0
	for tries := 1; tries < 60; tries++ {
		part := s.best(goal, 20, 8, tries)
		if !part.Truncated {
			continue
		}
		stopped++
		for i, d := range part.Derivations {
			if d.Cost != full.Derivations[i].Cost {
				t.Fatalf("after %d tries number %d costs %v, want %v", tries, i, d.Cost, full.Derivations[i].Cost)
			}
		}
	}
	if stopped == 0 {
		t.Error("no search was stopped")
	}
}

// TestResetLeavesNothing: a solution and a spread that are used again answer as fresh ones do.
func TestResetLeavesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSample(t)
		g := mustBuild(t, s)
		sol, spread := g.Solve(Query{}), g.Spread(Query{})
		for range 4 {
			q := Query{Entries: []int32{int32(r.IntN(g.Len()))}, Closed: []int32{int32(r.IntN(g.Len()))}}
			if r.IntN(2) == 0 {
				q = s.query()
			}
			sol.Reset(q)
			spread.Reset(q)
			fresh, fs := g.Solve(q), g.Spread(q)
			for v := range int32(g.Len()) {
				if sol.Cost(v) != fresh.Cost(v) || spread.Rounds(v) != fs.Rounds(v) || sol.Reached(v) != spread.Reached(v) {
					t.Fatalf("node %d: cost %v, want %v; rounds %d, want %d", v, sol.Cost(v), fresh.Cost(v), spread.Rounds(v), fs.Rounds(v))
				}
				if fmt.Sprint(sol.Best(v, 2), sol.Chokes(v)) != fmt.Sprint(fresh.Best(v, 2), fresh.Chokes(v)) {
					t.Fatalf("node %d has other derivations after a reset", v)
				}
			}
		}
	})
}
