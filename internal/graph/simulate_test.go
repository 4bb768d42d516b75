package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"fermata/internal/stat"

	"github.com/google/go-cmp/cmp"
)

// chanceGraph makes a graph of OR nodes; each edge is an AND node of its own that is open with the given chance.
func chanceGraph(t *testing.T, entry string, prior float64, edges map[[2]string]float64, joint ...[2]string) (*Graph, Query) {
	t.Helper()
	var b Builder
	seen := map[string]bool{}
	point := func(id string) Ref {
		if !seen[id] {
			seen[id] = true
			return b.Node(Node{ID: id, Uncertain: id == entry, P: prior})
		}
		return b.Ref(id)
	}
	for e, p := range edges {
		step := b.Node(Node{ID: e[0] + "→" + e[1], Kind: And, Uncertain: true, P: p})
		b.Edge(point(e[0]), step)
		b.Edge(step, point(e[1]))
	}
	for _, j := range joint {
		both := b.Node(Node{ID: j[0] + "∧" + j[1], Kind: And})
		b.Edge(b.Ref(j[0]), both)
		b.Edge(b.Ref(j[1]), both)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	at, _ := g.Index(entry)
	return g, Query{Entries: []int32{at}}
}

func chancesOf(t *testing.T, g *Graph, q Query, o Sampling) (Chances, func(id string) float64) {
	t.Helper()
	c, err := g.Simulate(context.Background(), q, o)
	if err != nil {
		t.Fatal(err)
	}
	return c, func(id string) float64 {
		v, ok := g.Index(id)
		if !ok {
			t.Fatalf("no node %q", id)
		}
		return c.P[v]
	}
}

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if !(math.Abs(got-want) <= by) {
		t.Errorf("%s = %.9f, want %.9f", what, got, want)
	}
}

// TestBayesianAttackGraph is the example of Poolsappasit, Dewri and Ray: exact chances and posteriors. Combining the
// chances of B and C at A as if they were independent forgets their common cause D, and gives another number.
func TestBayesianAttackGraph(t *testing.T) {
	g, q := chanceGraph(t, "D", 0.70, map[[2]string]float64{
		{"D", "B"}: 0.85, {"D", "C"}: 0.70, {"B", "A"}: 0.65, {"C", "A"}: 1,
	}, [2]string{"A", "B"}, [2]string{"A", "C"}, [2]string{"A", "D"})
	c, p := chancesOf(t, g, q, Sampling{})
	if !c.Exact {
		t.Error("not exact")
	}
	near(t, "P(B)", p("B"), 0.595, 1e-12)
	near(t, "P(C)", p("C"), 0.49, 1e-12)
	near(t, "P(A)", p("A"), 0.606025, 1e-12)
	near(t, "P(C|A)", p("A∧C")/p("A"), 0.808548, 5e-7)
	near(t, "P(B|A)", p("A∧B")/p("A"), 0.878718, 5e-7)
	near(t, "P(D|A)", p("A∧D")/p("A"), 1, 1e-12)
	naive := 1 - (1-0.65*p("B"))*(1-1*p("C"))
	near(t, "noisy-OR at A", naive, 0.687243, 1e-6)
	if naive-p("A") < 0.08 {
		t.Errorf("the formula node by node gives %v, the graph %v: they must differ", naive, p("A"))
	}

	g, q = chanceGraph(t, "A", 0.6, map[[2]string]float64{
		{"A", "B"}: 0.4, {"A", "C"}: 0.6, {"B", "D"}: 0.9, {"C", "D"}: 0.9, {"C", "E"}: 0.7,
	})
	_, p = chancesOf(t, g, q, Sampling{})
	for id, want := range map[string]float64{"B": 0.24, "C": 0.36, "D": 0.42336, "E": 0.252} {
		near(t, "P("+id+")", p(id), want, 1e-12)
	}
	if naive := 1 - (1-0.9*p("B"))*(1-0.9*p("C")); math.Abs(naive-0.470016) > 1e-9 || naive-p("D") < 0.04 {
		t.Errorf("the formula node by node gives %v for D, the graph %v", naive, p("D"))
	}
}

// TestBridge is the bridge network, whose middle link can be used either way: reliability 2p²+2p³−5p⁴+2p⁵.
func TestBridge(t *testing.T) {
	for p, want := range map[float64]float64{0.9: 0.97848, 0.5: 0.5} {
		links := map[string]float64{"s1": p, "s2": p, "12": p, "1t": p, "2t": p}
		var b Builder
		point := map[string]Ref{}
		for _, id := range []string{"s", "1", "2", "t"} {
			point[id] = b.Node(Node{ID: "point " + id})
		}
		for id, p := range links {
			link := b.Node(Node{ID: "link " + id, Uncertain: true, P: p})
			for _, way := range [][2]string{{id[:1], id[1:]}, {id[1:], id[:1]}} {
				step := b.Node(Node{ID: "step " + way[0] + way[1], Kind: And})
				b.Edge(point[way[0]], step)
				b.Edge(link, step)
				b.Edge(step, point[way[1]])
			}
		}
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		entries, err := g.Lookup("point s", "link s1", "link s2", "link 12", "link 1t", "link 2t")
		if err != nil {
			t.Fatal(err)
		}
		c, chance := chancesOf(t, g, Query{Entries: entries}, Sampling{})
		near(t, fmt.Sprintf("reliability at %v", p), chance("point t"), want, 1e-12)
		if !c.Exact {
			t.Error("not exact")
		}
		sampled, _ := chancesOf(t, g, Query{Entries: entries}, Sampling{Always: true, Trials: 1_000_000, Seed: 1})
		at, _ := g.Index("point t")
		if sampled.Exact || sampled.Low[at] > want || sampled.High[at] < want {
			t.Errorf("sampled interval %v to %v misses %v", sampled.Low[at], sampled.High[at], want)
		}
	}
}

// uncertain gives some nodes of a sample a chance.
func (s sample) uncertain(r *rand.Rand, most int) []int {
	var out []int
	for _, v := range r.Perm(len(s.nodes))[:min(len(s.nodes), r.IntN(most+1))] {
		s.nodes[v].Uncertain = true
		s.nodes[v].P = []float64{0, 1, 0.5, 0.25, r.Float64()}[r.IntN(5)]
		out = append(out, v)
	}
	return out
}

// exactChances is the oracle: solve once for every combination of the uncertain nodes.
func (s sample) exactChances(uncertain []int) []float64 {
	out := make([]float64, len(s.nodes))
	for set := range 1 << len(uncertain) {
		w := 1.0
		shut := map[int]bool{}
		for i, v := range uncertain {
			if set>>i&1 == 1 {
				w *= s.nodes[v].P
			} else {
				w *= 1 - s.nodes[v].P
				shut[v] = true
			}
		}
		for v, c := range s.costs(func(v int) bool { return shut[v] || s.isClosed(v) }) {
			if !math.IsInf(c, 1) {
				out[v] += w
			}
		}
	}
	return out
}

// TestChancesAgainstBruteForce compares enumeration and sampling with the oracle.
func TestChancesAgainstBruteForce(t *testing.T) {
	n := 1500
	if *long {
		n = 50_000
	}
	inside, outside := 0, 0
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		s := randomSample(r, i%4 != 0)
		want := s.exactChances(s.uncertain(r, 8))
		g, err := s.build(r.Perm(len(s.nodes)), nil)
		if err != nil {
			t.Fatal(err)
		}
		exact, _ := chancesOf(t, g, s.query(), Sampling{})
		sampled, _ := chancesOf(t, g, s.query(), Sampling{Always: true, Trials: 1000 + r.IntN(100), Seed: uint64(i)})
		for v := range s.nodes {
			if math.Abs(exact.P[v]-want[v]) > 1e-12 || !exact.Exact {
				t.Fatalf("sample %d: chance of %d is %v, want %v\n%+v", i, v, exact.P[v], want[v], s)
			}
			switch sure := math.Round(want[v]); {
			case math.Abs(want[v]-sure) < 1e-12: // the oracle adds up to 1 with rounding errors
				if sampled.P[v] != sure || exact.P[v] != sure {
					t.Fatalf("sample %d: chance of %d is %v or %v, want %v\n%+v", i, v, sampled.P[v], exact.P[v], sure, s)
				}
			case sampled.Low[v] <= want[v] && want[v] <= sampled.High[v]:
				inside++
			default:
				outside++
			}
		}
	}
	if rate := float64(inside) / float64(inside+outside); rate < 0.93 || rate > 0.97 || inside < 500 {
		t.Errorf("%d intervals hold the true chance, %d do not: rate %.3f, want 0.95", inside, outside, rate)
	}
}

// TestLanes compares 64 trials in a word with one solve for each of them.
func TestLanes(t *testing.T) {
	for i := range 1000 {
		r := rand.New(rand.NewPCG(uint64(i), 8))
		s := randomSample(r, i%4 != 0)
		uncertain := s.uncertain(r, len(s.nodes))
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		l := compile(g, s.query()).lanes()
		draws := map[int32]uint64{}
		for slot, coin := range l.coinOf {
			if coin >= 0 {
				draws[coin] = r.Uint64()
				if l.nodes[slot] < 0 {
					t.Fatal("slot without a node")
				}
			}
		}
		l.run(func(coin int32) uint64 { return draws[coin] })
		got := make([]uint64, len(s.nodes))
		open := make([]uint64, len(s.nodes))
		for slot, v := range l.nodes {
			got[v] = l.state[slot]
			if coin := l.coinOf[slot]; coin >= 0 {
				open[v] = draws[coin]
			}
		}
		for _, lane := range []int{0, r.IntN(64), 63} {
			q := s.query()
			for _, v := range uncertain {
				if s.nodes[v].P < 1 && open[v]>>lane&1 == 0 {
					q.Closed = append(q.Closed, int32(v))
				}
			}
			sol := g.Solve(q)
			for v := range int32(len(s.nodes)) {
				if sol.Reached(v) != (got[v]>>lane&1 == 1) {
					t.Fatalf("sample %d lane %d: node %d reached is %v by solving\n%+v", i, lane, v, sol.Reached(v), s)
				}
			}
		}
	}
}

// TestCoins checks the chances of single coins, that a lower chance opens in a subset of the trials, and that coins of
// different nodes are not alike.
func TestCoins(t *testing.T) {
	const blocks = 20_000
	key := [2]uint32{1, 2}
	for _, p := range []float64{0.5, 0.1, 0.9, 1.0 / 3, 1e-3, 0.999} {
		c, lower, other := coin{threshold(p), stat.Stream("a")}, coin{threshold(p * 0.9), stat.Stream("a")}, coin{threshold(p), stat.Stream("b")}
		n, both := 0, 0
		for b := range uint64(blocks) {
			x := c.flip(b, key)
			if lower.flip(b, key)&^x != 0 {
				t.Fatalf("a lower chance than %v opens in another trial", p)
			}
			n += bits.OnesCount64(x)
			both += bits.OnesCount64(x & other.flip(b, key))
		}
		trials := 64.0 * blocks
		near(t, "frequency", float64(n)/trials, p, 4*math.Sqrt(p*(1-p)/trials))
		near(t, "joint frequency", float64(both)/trials, p*p, 4*math.Sqrt(p*p*(1-p*p)/trials))
	}
	if x := (coin{threshold: 0, stream: 5}).flip(1, key); x != 0 {
		t.Errorf("a coin without a chance shows %x", x)
	}
}

// uncertainGraph gives every second node of a layered graph a chance.
func uncertainGraph(tb testing.TB, nodes, edges int) (*Graph, Query) {
	b, first := layered(nodes, edges)
	for i := range b.nodes {
		if i%2 == 1 {
			b.nodes[i].chance = 0.3 + float64(i%60)/100
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
	return g, q
}

// TestSameOnAnyNumberOfProcessors compares the bytes written, for sampling and for enumeration.
func TestSameOnAnyNumberOfProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	large, lq := uncertainGraph(t, 3000, 5000)
	r := rand.New(rand.NewPCG(4, 4))
	var small *Graph
	var sq Query
	for i := 0; ; i++ {
		s := randomSample(r, true)
		s.uncertain(r, len(s.nodes))
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if small, sq = g, s.query(); len(compile(g, sq).coins) > 7 {
			break
		}
	}
	run := func() []byte {
		var out bytes.Buffer
		for _, job := range []func() (Chances, error){
			func() (Chances, error) {
				return large.Simulate(context.Background(), lq, Sampling{Trials: 100_001, Seed: 42})
			},
			func() (Chances, error) { return small.Simulate(context.Background(), sq, Sampling{}) },
		} {
			c, err := job()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.WriteJSON(&out); err != nil {
				t.Fatal(err)
			}
		}
		return out.Bytes()
	}
	runtime.GOMAXPROCS(1)
	want := run()
	for _, n := range []int{2, 8} {
		runtime.GOMAXPROCS(n)
		if !bytes.Equal(want, run()) {
			t.Errorf("%d processors give other figures than one", n)
		}
	}
}

// TestManyUncertain: more uncertain nodes than can be enumerated, still exact, for every node, against sampling.
func TestManyUncertain(t *testing.T) {
	g, q, goal := grid(t, 8, 0.85)
	exact, _ := chancesOf(t, g, q, Sampling{})
	sampled, _ := chancesOf(t, g, q, Sampling{Always: true, Trials: 200_000, Seed: 5})
	inside := 0
	for v := range exact.P {
		if sampled.Low[v] <= exact.P[v] && exact.P[v] <= sampled.High[v] {
			inside++
		}
	}
	if !exact.Exact || exact.P[goal] < 0.3 || inside < g.Len()*85/100 {
		t.Errorf("exact %v, chance %v, %d of %d intervals hold", exact.Exact, exact.P[goal], inside, g.Len())
	}
}

func TestSimulateLimits(t *testing.T) {
	g, q := uncertainGraph(t, 500, 800)
	for _, trials := range []int64{-1, 1<<38 + 1} {
		if int64(int(trials)) != trials {
			continue // an int of this machine cannot ask for so many
		}
		if _, err := g.Simulate(context.Background(), q, Sampling{Trials: int(trials)}); err == nil {
			t.Errorf("%d trials are accepted", trials)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := g.Simulate(ctx, q, Sampling{}); err != context.Canceled {
		t.Errorf("cancelled simulation returns %v", err)
	}
	c, err := g.Simulate(context.Background(), q, Sampling{})
	if err != nil || c.Exact || c.Trials != 65536 {
		t.Errorf("by default: exact %v, %d trials, %v", c.Exact, c.Trials, err)
	}
}

func TestWriteChances(t *testing.T) {
	g, q := chanceGraph(t, "a", 0.5, map[[2]string]float64{{"a", "b"}: 0.25, {"x", "y"}: 1})
	exact, _ := chancesOf(t, g, q, Sampling{})
	var out bytes.Buffer
	if err := exact.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	want := `{"method":"exact","nodes":[
{"id":"a","p":0.5,"low":0.5,"high":0.5},
{"id":"a→b","p":0.125,"low":0.125,"high":0.125},
{"id":"b","p":0.125,"low":0.125,"high":0.125},
{"id":"x","p":0,"low":0,"high":0},
{"id":"x→y","p":0,"low":0,"high":0},
{"id":"y","p":0,"low":0,"high":0}
]}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	sampled, _ := chancesOf(t, g, q, Sampling{Always: true, Trials: 100, Seed: 9})
	out.Reset()
	if err := sampled.WriteJSON(&out); err != nil || !json.Valid(out.Bytes()) {
		t.Errorf("wrote %s, %v", out.Bytes(), err)
	}
	if !bytes.HasPrefix(out.Bytes(), []byte(`{"method":"sampled","trials":100,"seed":9,"nodes":[`)) {
		t.Errorf("wrote %s", out.Bytes())
	}
}

// TestCommonNumbers: closing a node never raises a chance under the same seed, trial by trial and so in every count.
func TestCommonNumbers(t *testing.T) {
	g, q := uncertainGraph(t, 1000, 1600)
	base, _ := chancesOf(t, g, q, Sampling{Trials: 10_000, Seed: 3})
	lower := false
	for _, v := range q.Entries[:10] {
		less, _ := chancesOf(t, g, Query{Entries: q.Entries, Closed: []int32{v}}, Sampling{Trials: 10_000, Seed: 3})
		for i := range less.P {
			if less.P[i] > base.P[i] {
				t.Fatalf("closing %d raises the chance of %d from %v to %v", v, i, base.P[i], less.P[i])
			}
			lower = lower || less.P[i] < base.P[i]
		}
	}
	if !lower || slices.Max(base.P) < 0.5 {
		t.Error("closing entries changed nothing")
	}
}

func BenchmarkSimulate(b *testing.B) {
	for _, size := range benchSizes[:2] {
		b.Run(size.name, func(b *testing.B) {
			g, q := uncertainGraph(b, size.nodes, size.edges)
			for b.Loop() {
				if _, err := g.Simulate(context.Background(), q, Sampling{Trials: 1 << 17}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
