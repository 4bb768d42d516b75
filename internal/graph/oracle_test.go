package graph

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// long asks for a million random graphs in place of the twenty thousand of a normal run.
var long = flag.Bool("graph.long", false, "compare with brute force on 1,000,000 random graphs")

// sample is a random graph with a question, kept in the plainest form for the oracles below, which share no code with
// the package.
type sample struct {
	nodes   []Node
	edges   [][2]int
	entries []int
	closed  []int
}

// randomSample makes two sorts of graph in turn: arbitrary ones, where little is reached, and lively ones, where every node
// has the few predecessors that its kind likes, so that goals have many derivations, shared premises and cycles.
func randomSample(r *rand.Rand, lively bool) sample {
	n := 1 + r.IntN(10)
	if lively {
		n = 6 + r.IntN(7)
	}
	var s sample
	ands := 0
	for i := range n {
		nd := Node{ID: fmt.Sprintf("n%02d", i), Kind: Kind(r.IntN(3))}
		if lively {
			nd.Kind = []Kind{Or, And, Or, And, Or, And, KOfN}[r.IntN(7)]
		}
		if nd.Kind == And {
			if ands++; ands > 7 {
				nd.Kind = Or
			}
		}
		if nd.Kind == KOfN {
			nd.K = 1 + r.IntN(3)
		}
		switch r.IntN(8) {
		case 0:
			nd.Cost = 0.5
			if r.IntN(3) == 0 {
				nd.Cost = math.Inf(1)
			}
		case 1, 2:
			nd.Cost = 0
		default:
			nd.Cost = float64(r.IntN(16)) / 4
		}
		s.nodes = append(s.nodes, nd)
		if !lively {
			continue
		}
		few := 1 + r.IntN(5)/4
		if nd.Kind != And {
			few = nd.K + 1 + r.IntN(3)
		}
		for range few {
			s.edges = append(s.edges, [2]int{r.IntN(n), i})
		}
	}
	for range r.IntN(3*n + 1) {
		if !lively {
			s.edges = append(s.edges, [2]int{r.IntN(n), r.IntN(n)})
		}
	}
	for range 1 + r.IntN(3) {
		s.entries = append(s.entries, r.IntN(n))
	}
	for range r.IntN(3) {
		if !lively || r.IntN(3) == 0 {
			s.closed = append(s.closed, r.IntN(n))
		}
	}
	return s
}

// ladder makes a third sort of graph, with the many derivations of its last node that arbitrary graphs seldom have: rungs of
// OR nodes, each with several AND nodes that lead to it from the rungs below, and an edge back now and then.
func ladder(r *rand.Rand) sample {
	var s sample
	add := func(n Node) int {
		n.ID = fmt.Sprintf("n%02d", len(s.nodes))
		n.Cost = float64(r.IntN(5)) / 4
		s.nodes = append(s.nodes, n)
		return len(s.nodes) - 1
	}
	below := []int{add(Node{}), add(Node{}), add(Node{Kind: And})}
	s.entries = slices.Clone(below)
	ands := 1
	for rungs := 2 + r.IntN(3); rungs > 0; rungs-- {
		n := Node{}
		if r.IntN(5) == 0 {
			n = Node{Kind: KOfN, K: 1 + r.IntN(2)}
		}
		rung := add(n)
		for range 2 + r.IntN(2) {
			if r.IntN(5) == 0 || ands > 8 {
				s.edges = append(s.edges, [2]int{below[r.IntN(len(below))], rung})
				continue
			}
			ands++
			step := add(Node{Kind: And})
			s.edges = append(s.edges, [2]int{step, rung})
			for range 1 + r.IntN(2) {
				s.edges = append(s.edges, [2]int{below[r.IntN(len(below))], step})
			}
			if r.IntN(4) == 0 {
				s.edges = append(s.edges, [2]int{step, below[r.IntN(len(below))]}, [2]int{rung, below[r.IntN(len(below))]})
			}
		}
		below = append(below, rung)
	}
	return s
}

// build inserts nodes and edges in the given orders; nil keeps the order of the sample.
func (s sample) build(nodeOrder, edgeOrder []int) (*Graph, error) {
	var b Builder
	for i := range s.nodes {
		if nodeOrder != nil {
			i = nodeOrder[i]
		}
		b.Node(s.nodes[i])
	}
	for i := range s.edges {
		if edgeOrder != nil {
			i = edgeOrder[i]
		}
		b.Edge(b.Ref(s.nodes[s.edges[i][0]].ID), b.Ref(s.nodes[s.edges[i][1]].ID))
	}
	return b.Build()
}

// query translates the question; ids of samples ascend, so position and number agree.
func (s sample) query() Query {
	var q Query
	for _, e := range s.entries {
		q.Entries = append(q.Entries, int32(e))
	}
	for _, c := range s.closed {
		q.Closed = append(q.Closed, int32(c))
	}
	return q
}

func (s sample) preds() [][]int {
	out := make([][]int, len(s.nodes))
	for _, e := range s.edges {
		if !slices.Contains(out[e[1]], e[0]) {
			out[e[1]] = append(out[e[1]], e[0])
		}
	}
	return out
}

func (n Node) needs(preds int) int {
	switch n.Kind {
	case And:
		return max(preds, 1)
	case KOfN:
		return n.K
	}
	return 1
}

// costs is the oracle: repeat the definition of cost from +Inf until nothing changes.
func (s sample) costs(closed func(int) bool) []float64 { return s.costsFrom(s.preds(), closed) }

func (s sample) costsFrom(preds [][]int, closed func(int) bool) []float64 {
	cost := make([]float64, len(s.nodes))
	for i := range cost {
		cost[i] = math.Inf(1)
	}
	for changed := true; changed; {
		changed = false
		for v, n := range s.nodes {
			c := math.Inf(1)
			switch {
			case closed(v):
			case slices.Contains(s.entries, v):
				c = n.Cost
			default:
				ps := make([]float64, 0, 16)
				for _, u := range preds[v] {
					ps = append(ps, cost[u])
				}
				slices.Sort(ps)
				if k := n.needs(len(ps)); k <= len(ps) {
					c = n.Cost
					for _, p := range ps[:k] {
						c += p
					}
				}
			}
			if c < cost[v] {
				cost[v], changed = c, true
			}
		}
	}
	return cost
}

func (s sample) isClosed(v int) bool { return slices.Contains(s.closed, v) }

// rounds is the oracle for Spread: fire all AND nodes at once, then saturate the others.
func (s sample) rounds() []int32 {
	preds := s.preds()
	out := make([]int32, len(s.nodes))
	for v := range out {
		out[v] = -1
		if slices.Contains(s.entries, v) && !s.isClosed(v) && !math.IsInf(s.nodes[v].Cost, 1) {
			out[v] = 0
		}
	}
	holds := func(v int, before int32) bool {
		if s.isClosed(v) || math.IsInf(s.nodes[v].Cost, 1) {
			return false
		}
		have := 0
		for _, u := range preds[v] {
			if out[u] >= 0 && out[u] < before {
				have++
			}
		}
		return have >= s.nodes[v].needs(len(preds[v]))
	}
	for round := int32(0); round <= int32(len(s.nodes)); round++ {
		for v, n := range s.nodes {
			if out[v] < 0 && n.Kind == And && round > 0 && holds(v, round) {
				out[v] = round
			}
		}
		for changed := true; changed; {
			changed = false
			for v, n := range s.nodes {
				if out[v] < 0 && n.Kind != And && holds(v, round+1) {
					out[v], changed = round, true
				}
			}
		}
	}
	return out
}

// checkDerivation replays a derivation and recomputes its costs from the definition.
func (s sample) checkDerivation(d Derivation) error {
	preds := s.preds()
	tree := map[int32]float64{}
	once := 0.0
	for i, v := range d.Nodes {
		if _, twice := tree[v]; twice {
			return fmt.Errorf("node %d is listed twice", v)
		}
		n := s.nodes[v]
		if s.isClosed(int(v)) || math.IsInf(n.Cost, 1) {
			return fmt.Errorf("node %d is closed", v)
		}
		c := n.Cost
		once += n.Cost
		if slices.Contains(s.entries, int(v)) {
			if len(d.Uses[i]) != 0 {
				return fmt.Errorf("entry %d has premises", v)
			}
		} else {
			if len(d.Uses[i]) != n.needs(len(preds[v])) {
				return fmt.Errorf("node %d has %d premises", v, len(d.Uses[i]))
			}
			for j, u := range d.Uses[i] {
				cu, before := tree[u]
				if !before || !slices.Contains(preds[v], int(u)) || (j > 0 && d.Uses[i][j-1] >= u) {
					return fmt.Errorf("node %d uses %d, which is later, no predecessor or repeated", v, u)
				}
				c += cu
			}
		}
		tree[v] = c
	}
	last := d.Nodes[len(d.Nodes)-1]
	if last != d.Goal || tree[last] != d.Cost || once != d.Once {
		return fmt.Errorf("goal %d cost %v once %v, want goal %d cost %v once %v", last, tree[last], once, d.Goal, d.Cost, d.Once)
	}
	used := map[int32]bool{d.Goal: true}
	for _, us := range d.Uses {
		for _, u := range us {
			used[u] = true
		}
	}
	if len(used) != len(d.Nodes) {
		return fmt.Errorf("%d nodes, %d of them used", len(d.Nodes), len(used))
	}
	return nil
}

// ranked is the oracle for Best: the cost of the goal with every subset of the AND nodes, of which those stay that no
// smaller part matches.
func (s sample) ranked(goal int) []rankedSet {
	var ands []int
	for v, n := range s.nodes {
		if n.Kind == And && !s.isClosed(v) {
			ands = append(ands, v)
		}
	}
	preds := s.preds()
	cost := make([]float64, 1<<len(ands))
	for set := range cost {
		cost[set] = s.costsFrom(preds, func(v int) bool {
			if s.isClosed(v) {
				return true
			}
			i := slices.Index(ands, v)
			return i >= 0 && set>>i&1 == 0
		})[goal]
	}
	var out []rankedSet
	for set, c := range cost {
		if math.IsInf(c, 1) {
			continue
		}
		redundant := false
		for sub := (set - 1) & set; set != 0; sub = (sub - 1) & set {
			if cost[sub] <= c {
				redundant = true
				break
			}
			if sub == 0 {
				break
			}
		}
		if !redundant {
			r := rankedSet{Cost: c, Steps: []int32{}}
			for i, v := range ands {
				if set>>i&1 == 1 {
					r.Steps = append(r.Steps, int32(v))
				}
			}
			out = append(out, r)
		}
	}
	slices.SortFunc(out, rankedSet.compare)
	return out
}

type rankedSet struct {
	Cost  float64
	Steps []int32
}

func (a rankedSet) compare(b rankedSet) int {
	switch {
	case a.Cost != b.Cost:
		if a.Cost < b.Cost {
			return -1
		}
		return 1
	case len(a.Steps) != len(b.Steps):
		return len(a.Steps) - len(b.Steps)
	}
	return slices.Compare(a.Steps, b.Steps)
}

func stepsOf(g *Graph, d Derivation) rankedSet {
	r := rankedSet{Cost: d.Cost, Steps: []int32{}}
	for _, v := range d.Nodes {
		if g.Kind(v) == And {
			r.Steps = append(r.Steps, v)
		}
	}
	slices.Sort(r.Steps)
	return r
}

// compare checks every answer about one sample against the oracles and returns how many derivations the goal has.
func (s sample) compare(r *rand.Rand) (derivations int, err error) {
	n := len(s.nodes)
	g, err := s.build(r.Perm(n), r.Perm(len(s.edges)))
	if err != nil {
		return 0, err
	}
	q := s.query()
	sol, spread := g.Solve(q), g.Spread(q)
	want := s.costs(s.isClosed)
	rounds := s.rounds()
	for v := range int32(n) {
		if sol.Cost(v) != want[v] || sol.Reached(v) != !math.IsInf(want[v], 1) {
			return 0, fmt.Errorf("cost of %d is %v, want %v", v, sol.Cost(v), want[v])
		}
		if spread.Rounds(v) != rounds[v] || spread.Reached(v) != sol.Reached(v) {
			return 0, fmt.Errorf("rounds of %d are %d, want %d", v, spread.Rounds(v), rounds[v])
		}
	}
	goal := int32(r.IntN(n))
	if settled := sol.Order(); len(settled) > 0 && r.IntN(4) > 0 {
		goal = settled[len(settled)-1] // the dearest has the longest derivation
	}
	d, ok := sol.Derivation(goal)
	if ok != sol.Reached(goal) {
		return 0, fmt.Errorf("derivation of %d: %v", goal, ok)
	}
	if ok {
		if err := s.checkDerivation(d); err != nil {
			return 0, fmt.Errorf("derivation of %d: %w", goal, err)
		}
	}

	var chokes []int32
	for v := range n {
		if c := s.costs(func(u int) bool { return u == v || s.isClosed(u) }); ok && int32(v) != goal && math.IsInf(c[goal], 1) {
			chokes = append(chokes, int32(v))
		}
	}
	if diff := cmp.Diff(chokes, sol.Chokes(goal)); diff != "" {
		return 0, fmt.Errorf("choke points of %d: %s", goal, diff)
	}
	more := []int32{int32(r.IntN(n)), int32(r.IntN(n))}
	c := s.costs(func(u int) bool { return slices.Contains(more, int32(u)) || s.isClosed(u) })
	if got, _ := sol.Without(goal, more...); got != c[goal] {
		return 0, fmt.Errorf("cost of %d without %v is %v, want %v", goal, more, got, c[goal])
	}
	every, one := make([]int32, n), more[0]
	for v := range every {
		every[v] = int32(v)
	}
	c = s.costs(func(u int) bool { return int32(u) == one || s.isClosed(u) })
	if got := sol.Twin().WithoutEach(nil, every, one); !slices.Equal(got, c) {
		return 0, fmt.Errorf("costs without %d are %v, want %v", one, got, c)
	}
	return s.compareBest(g, sol, goal)
}

func (s sample) compareBest(g *Graph, sol *Solution, goal int32) (derivations int, err error) {
	want := s.ranked(int(goal))
	all := sol.Best(goal, len(want)+1)
	var got []rankedSet
	for _, d := range all.Derivations {
		if err := s.checkDerivation(d); err != nil {
			return 0, fmt.Errorf("best of %d: %w", goal, err)
		}
		got = append(got, stepsOf(g, d))
	}
	if diff := cmp.Diff(want, got); diff != "" || all.Truncated {
		return 0, fmt.Errorf("best of %d (truncated %v): %s", goal, all.Truncated, diff)
	}
	// The same from a focus of a few nodes. Among equally cheap ones another may be the last that is listed.
	for near := 1; near < 4; near++ {
		for k := 1; k <= len(want)+1; k++ {
			got := sol.best(goal, k, near, 1000)
			if len(got.Derivations) != min(k, len(want)) {
				return 0, fmt.Errorf("best %d of %d near %d: %d derivations", k, goal, near, len(got.Derivations))
			}
			for i, d := range got.Derivations {
				if _, found := slices.BinarySearchFunc(want, stepsOf(g, d), rankedSet.compare); !found || d.Cost != want[i].Cost {
					return 0, fmt.Errorf("best %d of %d near %d: number %d costs %v, want %v", k, goal, near, i, d.Cost, want[i].Cost)
				}
			}
		}
	}
	if len(want) > 1 {
		k := 1 + len(want)/2
		for i, d := range sol.Best(goal, k).Derivations {
			if d.Cost != want[i].Cost {
				return 0, fmt.Errorf("best %d of %d: number %d costs %v, want %v", k, goal, i, d.Cost, want[i].Cost)
			}
		}
	}
	return len(want), nil
}

// TestAgainstBruteForce compares every answer on random graphs with cycles, shared premises, closed nodes, repeated
// edges and all kinds of node.
func TestAgainstBruteForce(t *testing.T) {
	n := 20_000
	if *long {
		n = 1_000_000
	}
	many := 0
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		s := randomSample(r, i%2 == 1)
		if i%8 == 0 {
			s = ladder(r)
		}
		found, err := s.compare(r)
		if err != nil {
			t.Fatalf("sample %d: %v\n%+v", i, err, s)
		}
		if found > 3 {
			many++
		}
	}
	if many < n/100 {
		t.Errorf("only %d of %d samples have more than three derivations", many, n)
	}
}
