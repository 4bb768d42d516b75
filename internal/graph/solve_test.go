package graph

import (
	"math"
	"testing"
)

// small builds a graph from nodes and pairs of ids.
func small(t *testing.T, nodes []Node, edges [][2]string) *Graph {
	t.Helper()
	var b Builder
	for _, n := range nodes {
		b.Node(n)
	}
	for _, e := range edges {
		b.Edge(b.Ref(e[0]), b.Ref(e[1]))
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestSolveSmall(t *testing.T) {
	g := small(t, []Node{
		{ID: "goal", Kind: And, Cost: 1},
		{ID: "a", Cost: 2},
		{ID: "b", Cost: 3},
		{ID: "in", Cost: 1},
		{ID: "two", Kind: KOfN, K: 2, Cost: 0.5},
		{ID: "lone", Kind: And},
	}, [][2]string{{"in", "a"}, {"in", "b"}, {"a", "goal"}, {"b", "goal"}, {"a", "two"}, {"b", "two"}, {"goal", "two"}})
	in, _ := g.Index("in")
	s := g.Solve(Query{Entries: []int32{in}})
	want := map[string]float64{"in": 1, "a": 3, "b": 4, "goal": 8, "two": 7.5, "lone": math.Inf(1)}
	for id, w := range want {
		v, _ := g.Index(id)
		if got := s.Cost(v); got != w {
			t.Errorf("cost(%s) = %v, want %v", id, got, w)
		}
	}
	goal, _ := g.Index("goal")
	d, ok := s.Derivation(goal)
	if !ok || len(d.Nodes) != 4 || d.Nodes[0] != in || d.Nodes[3] != goal || d.Cost != 8 || d.Once != 7 {
		t.Errorf("derivation = %+v", d)
	}
	if got := g.Spread(Query{Entries: []int32{in}}).Rounds(goal); got != 1 {
		t.Errorf("rounds(goal) = %d, want 1", got)
	}
}
