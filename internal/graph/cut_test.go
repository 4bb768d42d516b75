package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// cheapestCut is the oracle for Cut: every subset of the removable nodes.
func (s sample) cheapestCut(goals []int32, removable []Removable) float64 {
	best := math.Inf(1)
	for set := range 1 << len(removable) {
		sum := 0.0
		var shut []int
		for i, r := range removable {
			if set>>i&1 == 1 {
				sum += r.Cost
				shut = append(shut, int(r.Node))
			}
		}
		if sum >= best {
			continue
		}
		costs := s.costs(func(v int) bool { return slices.Contains(shut, v) || s.isClosed(v) })
		if !slices.ContainsFunc(goals, func(v int32) bool { return !math.IsInf(costs[v], 1) }) {
			best = sum
		}
	}
	return best
}

func (s sample) compareCut(r *rand.Rand) (kind string, err error) {
	g, err := s.build(nil, nil)
	if err != nil {
		return "", err
	}
	sol := g.Solve(s.query())
	n := len(s.nodes)
	var removable []Removable
	for _, v := range r.Perm(n)[:min(n, 2+r.IntN(7))] {
		removable = append(removable, Removable{int32(v), float64(r.IntN(9)) / 4})
	}
	goals := []int32{int32(r.IntN(n))}
	if settled := sol.Order(); len(settled) > 0 {
		goals = append(goals, settled[r.IntN(len(settled))])
	}
	want := s.cheapestCut(goals, removable)
	cut := sol.Cut(goals, removable)
	switch {
	case cut.Possible != !math.IsInf(want, 1):
		return "", fmt.Errorf("possible is %v, cheapest cut costs %v", cut.Possible, want)
	case !cut.Possible:
		return "impossible", nil
	case cut.Cost != want || !cut.Exact():
		return "", fmt.Errorf("cut %+v, want cost %v", cut, want)
	}
	sum := 0.0
	for _, x := range cut.Nodes {
		at := slices.IndexFunc(removable, func(r Removable) bool { return r.Node == x })
		if at < 0 {
			return "", fmt.Errorf("cut %+v has a node that is not removable", cut)
		}
		sum += removable[at].Cost
	}
	for _, goal := range goals {
		if _, open := sol.Without(goal, cut.Nodes...); open || sum != cut.Cost {
			return "", fmt.Errorf("cut %+v does not cut off %d", cut, goal)
		}
	}
	for _, set := range cut.Proof {
		if !slices.ContainsFunc(set, func(v int32) bool { return slices.Contains(cut.Nodes, v) }) {
			return "", fmt.Errorf("cut %+v misses the constraint %v", cut, set)
		}
	}
	return fmt.Sprint(min(len(cut.Nodes), 3)), nil
}

// TestCutAgainstBruteForce compares cuts with the cheapest of all subsets, and expects to have met every size of cut.
func TestCutAgainstBruteForce(t *testing.T) {
	n := 10_000
	if *long {
		n = 300_000
	}
	met := map[string]int{}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 5))
		s := randomSample(r, i%4 != 0)
		if i%8 == 0 {
			s = ladder(r)
		}
		kind, err := s.compareCut(r)
		if err != nil {
			t.Fatalf("sample %d: %v\n%+v", i, err, s)
		}
		met[kind]++
	}
	for _, kind := range []string{"impossible", "0", "1", "2", "3"} {
		if met[kind] == 0 {
			t.Errorf("no sample with answer %s: %v", kind, met)
		}
	}
}

// TestHit compares the branch and bound with every subset on random constraint sets.
func TestHit(t *testing.T) {
	for i := range 3000 {
		r := rand.New(rand.NewPCG(uint64(i), 6))
		n := 2 + r.IntN(9)
		price := map[int32]float64{}
		for v := range n {
			price[int32(v)] = float64(r.IntN(9)) / 4
		}
		sets := make([][]int32, 1+r.IntN(8))
		for j := range sets {
			for _, v := range r.Perm(n)[:1+r.IntN(min(n, 4))] {
				sets[j] = append(sets[j], int32(v))
			}
			slices.Sort(sets[j])
		}
		want := math.Inf(1)
		for set := range 1 << n {
			sum := 0.0
			for v := range n {
				if set>>v&1 == 1 {
					sum += price[int32(v)]
				}
			}
			if !slices.ContainsFunc(sets, func(c []int32) bool {
				return !slices.ContainsFunc(c, func(v int32) bool { return set>>v&1 == 1 })
			}) {
				want = min(want, sum)
			}
		}
		budget := cutBranches
		choice, bound, proven := hit(sets, price, &budget)
		sum := 0.0
		for _, v := range choice {
			sum += price[v]
		}
		if !proven || bound != want || sum != want {
			t.Fatalf("sample %d: choice %v costs %v, bound %v, want %v", i, choice, sum, bound, want)
		}
		budget = 1
		if choice, bound, proven := hit(sets, price, &budget); proven && bound != want || bound > want || len(choice) == 0 {
			t.Fatalf("sample %d with no budget: choice %v, bound %v, want at most %v", i, choice, bound, want)
		}
	}
}

// TestCutGap: when the branches run out, the answer is still a cut, and its gap is stated. Any two corners of one of the
// triangles reach the goal, so two of each three must go, which disjoint derivations alone do not prove.
func TestCutGap(t *testing.T) {
	var b Builder
	goal := b.Node(Node{ID: "goal"})
	var q Query
	var corners []Ref
	for i := range 12 {
		var c [3]Ref
		for j := range c {
			c[j] = b.Node(Node{ID: fmt.Sprintf("corner %d %d", i, j)})
		}
		for j := range c {
			side := b.Node(Node{ID: fmt.Sprintf("side %d %d", i, j), Kind: And})
			b.Edge(c[j], side)
			b.Edge(c[(j+1)%3], side)
			b.Edge(side, goal)
		}
		corners = append(corners, c[:]...)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	price := map[int32]float64{}
	var removable []Removable
	for _, r := range corners {
		q.Entries = append(q.Entries, g.Place(r))
		price[g.Place(r)] = 1
		removable = append(removable, Removable{g.Place(r), 1})
	}
	s := g.Solve(q)
	goals := []int32{g.Place(goal)}
	short := cutter{s: s, price: price, goals: goals, budget: 20, work: cutWork}
	gap := short.run()
	if !gap.Possible || gap.Exact() || gap.Cost < 24 || gap.Bound > 24 || gap.Bound < 12 {
		t.Errorf("cut with few branches: cost %v, bound %v", gap.Cost, gap.Bound)
	}
	if _, open := s.Without(goals[0], gap.Nodes...); open {
		t.Error("a cut with a gap does not cut")
	}
	if full := s.Cut(goals, removable); !full.Exact() || full.Cost != 24 {
		t.Errorf("full cut costs %v, bound %v", full.Cost, full.Bound)
	}
}

func BenchmarkCut(b *testing.B) {
	g, q := benchGraph(b, 10_000, 16_000)
	s := g.Solve(q)
	r := rand.New(rand.NewPCG(1, 9))
	var removable []Removable
	for range 40 {
		removable = append(removable, Removable{int32(r.IntN(g.Len())), 1 + float64(r.IntN(8))})
	}
	for _, v := range q.Entries {
		if r.IntN(2) == 0 {
			removable = append(removable, Removable{v, 20})
		}
	}
	goals := s.Order()[len(s.Order())-20:]
	var c Cut
	for b.Loop() {
		c = s.Cut(goals, removable)
	}
	b.ReportMetric(c.Cost, "cost")
	b.ReportMetric(c.Bound, "bound")
}
