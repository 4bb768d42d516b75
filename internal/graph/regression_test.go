package graph

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// reached returns the ids that are reached.
func reached(g *Graph, q Query) []string {
	var out []string
	s := g.Solve(q)
	for v := range int32(g.Len()) {
		if s.Reached(v) {
			out = append(out, g.ID(v))
		}
	}
	return out
}

// TestBothPremisesInOneRound: 1 is the root, 3 follows from 1, and 9 needs both. Evaluators that combine only what is new in
// a round with what was known before lose 9, because both of its premises are derived from recursive rules.
func TestBothPremisesInOneRound(t *testing.T) {
	g := small(t, []Node{{ID: "1"}, {ID: "3"}, {ID: "9", Kind: And}, {ID: "prefix 9"}},
		[][2]string{{"1", "3"}, {"1", "prefix 9"}, {"prefix 9", "9"}, {"3", "9"}})
	root, _ := g.Index("1")
	if diff := cmp.Diff([]string{"1", "3", "9", "prefix 9"}, reached(g, Query{Entries: []int32{root}})); diff != "" {
		t.Error(diff)
	}
}

// TestReachAfterReach: asking for 1 and then for 3 on the same memory must not leave anything out. A cache of results that
// were incomplete when they were stored answers {3, 4} for 3.
func TestReachAfterReach(t *testing.T) {
	g := small(t, []Node{{ID: "1"}, {ID: "2"}, {ID: "3"}, {ID: "4"}, {ID: "5"}, {ID: "6"}},
		[][2]string{{"1", "2"}, {"1", "3"}, {"2", "4"}, {"3", "4"}, {"4", "5"}, {"5", "6"}})
	at := func(id string) Query {
		v, _ := g.Index(id)
		return Query{Entries: []int32{v}}
	}
	s := g.Spread(at("1"))
	if len(s.Order()) != 6 {
		t.Errorf("1 reaches %d nodes, want 6", len(s.Order()))
	}
	s.Reset(at("3"))
	var got []string
	for _, v := range s.Order() {
		got = append(got, g.ID(v))
	}
	if diff := cmp.Diff([]string{"3", "4", "5", "6"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"3", "4", "5", "6"}, reached(g, at("3"))); diff != "" {
		t.Error(diff)
	}
}

// TestGoalNeedsBoth: a derivation of a AND b holds both and the ways to both, not only one of them.
func TestGoalNeedsBoth(t *testing.T) {
	g := small(t, []Node{{ID: "in"}, {ID: "a", Cost: 1}, {ID: "b", Cost: 1}, {ID: "goal", Kind: And, Cost: 1}},
		[][2]string{{"in", "a"}, {"in", "b"}, {"a", "goal"}, {"b", "goal"}})
	in, _ := g.Index("in")
	goal, _ := g.Index("goal")
	s := g.Solve(Query{Entries: []int32{in}})
	check := func(d Derivation) {
		t.Helper()
		var ids []string
		for _, v := range d.Nodes {
			ids = append(ids, g.ID(v))
		}
		if diff := cmp.Diff([]string{"in", "a", "b", "goal"}, ids); diff != "" || d.Cost != 3 || d.Once != 3 {
			t.Errorf("cost %v, once %v: %s", d.Cost, d.Once, diff)
		}
	}
	d, _ := s.Derivation(goal)
	check(d)
	r := s.Best(goal, 3)
	if len(r.Derivations) != 1 {
		t.Fatalf("%d derivations, want 1", len(r.Derivations))
	}
	check(r.Derivations[0])
}

// TestSharedPremiseCountsTwice: the cost is that of the unfolded derivation, Once that of its nodes.
func TestSharedPremiseCountsTwice(t *testing.T) {
	g := small(t, []Node{{ID: "in", Cost: 10}, {ID: "a", Cost: 1}, {ID: "b", Cost: 1}, {ID: "goal", Kind: And}},
		[][2]string{{"in", "a"}, {"in", "b"}, {"a", "goal"}, {"b", "goal"}})
	in, _ := g.Index("in")
	goal, _ := g.Index("goal")
	if d, _ := g.Solve(Query{Entries: []int32{in}}).Derivation(goal); d.Cost != 22 || d.Once != 12 {
		t.Errorf("cost %v, once %v, want 22 and 12", d.Cost, d.Once)
	}
}

// TestHugeCostsStayFinite: a chain of nodes that need two copies of their predecessor doubles the cost at each step. After
// some thousand steps it no longer fits a float64, but the node is still reached.
func TestHugeCostsStayFinite(t *testing.T) {
	var b Builder
	last := b.Node(Node{ID: "in", Cost: 1})
	in := last
	for i := range 3000 {
		x := b.Node(Node{ID: "x" + string(rune(0x4e00+i))})
		y := b.Node(Node{ID: "y" + string(rune(0x4e00+i))})
		both := b.Node(Node{ID: "z" + string(rune(0x4e00+i)), Kind: And})
		b.Edge(last, x)
		b.Edge(last, y)
		b.Edge(x, both)
		b.Edge(y, both)
		last = both
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	s := g.Solve(Query{Entries: []int32{g.Place(in)}})
	goal := g.Place(last)
	if !s.Reached(goal) || s.Cost(goal) <= 1e300 || s.Cost(goal) > 1.7976931348623157e308 {
		t.Errorf("reached %v at %v", s.Reached(goal), s.Cost(goal))
	}
	if d, ok := s.Derivation(goal); !ok || len(d.Nodes) != 9001 || d.Once != 1 {
		t.Errorf("derivation of %d nodes, once %v", len(d.Nodes), d.Once)
	}
}
