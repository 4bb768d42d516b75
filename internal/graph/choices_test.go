package graph

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// randomChoices makes options for some nodes of a random graph, with chances and stakes.
func randomChoices(r *rand.Rand) (*Graph, Query, []Stake, []Option, []Draw) {
	s := randomSample(r, true)
	for i := range s.nodes {
		s.nodes[i].Cost = 0
	}
	g, err := s.build(nil, nil)
	if err != nil {
		panic(err)
	}
	n := g.Len()
	var stakes []Stake
	for range 1 + r.IntN(3) {
		stakes = append(stakes, Stake{int32(r.IntN(n)), float64(r.IntN(5))})
	}
	var options []Option
	for range 1 + r.IntN(6) {
		o := Option{Cost: float64(r.IntN(4))}
		for range 1 + r.IntN(2) {
			o.Nodes = append(o.Nodes, int32(r.IntN(n)))
		}
		options = append(options, o)
	}
	var draws []Draw
	for range 1 + r.IntN(2) {
		d := Draw{make([]float64, n), make([]float64, n)}
		for v := range d.Off {
			d.Off[v] = []float64{1, 1, 0.5, 0.9}[r.IntN(4)]
			d.On[v] = d.Off[v] * []float64{0, 0.3, 1, 0.05}[r.IntN(4)]
		}
		draws = append(draws, d)
	}
	return g, s.query(), stakes, options, draws
}

// subset lists the bits of a number.
func subset(x int) (out []int) {
	for i := range 16 {
		if x>>i&1 == 1 {
			out = append(out, i)
		}
	}
	return out
}

// TestChoicesAgainstBruteForce tries every set of options, by the graph: the loss by witnesses is the same, and Best finds the
// least for every budget, proves it, and of equal ones takes the cheapest.
func TestChoicesAgainstBruteForce(t *testing.T) {
	ctx := context.Background()
	n, useful, incomplete := 400, 0, 0
	if *long {
		n = 10_000
	}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 31))
		g, q, stakes, options, draws := randomChoices(r)
		c, err := g.Choices(ctx, q, stakes, options, draws, 2, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		if !c.Complete() {
			t.Fatalf("sample %d: witnesses are missing", i)
		}
		// The same with one witness a trial, so that the others are found when they are missed.
		short, err := g.choices(ctx, q, stakes, options, draws, 2, uint64(i), unionsMost+1)
		if err != nil {
			t.Fatal(err)
		}
		if !short.Complete() {
			incomplete++
		}
		losses := make([]float64, 1<<len(options))
		costs := make([]float64, len(losses))
		for set := range losses {
			e, err := c.Loss(ctx, subset(set))
			if err != nil {
				t.Fatal(err)
			}
			losses[set] = e.Value
			h := newChooser(c, math.Inf(1), 1<<30)
			for _, o := range subset(set) {
				h.set(int32(o), 1)
				costs[set] += options[o].Cost
			}
			if got := c.sure + h.value(); math.Abs(got-e.Value) > 1e-9 {
				t.Fatalf("sample %d: %v leaves %v by witnesses, %v by the graph", i, subset(set), got, e.Value)
			}
			for o := range options {
				if losses[set&^(1<<o)] < losses[set]-1e-12 {
					t.Fatalf("sample %d: option %d raises the loss", i, o)
				}
			}
		}
		if losses[len(losses)-1] < losses[0] {
			useful++
		}
		for budget := range 8 {
			want, cost := math.Inf(1), 0.0
			for set, x := range losses {
				if costs[set] <= float64(budget) && (x < want-1e-12 || x < want+1e-12 && costs[set] < cost) {
					want, cost = x, costs[set]
				}
			}
			got, err := c.Best(float64(budget), 0)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Loss-want) > 1e-9 || !got.Proven() || got.Cost > float64(budget) {
				t.Fatalf("sample %d: for %d got %+v, want loss %v at %v", i, budget, got, want, cost)
			}
			again, err := short.Best(float64(budget), 0)
			if err != nil || math.Abs(again.Loss-want) > 1e-9 || !again.Proven() {
				t.Fatalf("sample %d: for %d got %+v with few witnesses, want loss %v, %v", i, budget, again, want, err)
			}
			stopped, err := c.Best(float64(budget), 1)
			if err != nil || stopped.Bound > want+1e-9 || stopped.Loss < want-1e-9 {
				t.Fatalf("sample %d: a search that is stopped at once says %+v, the best is %v", i, stopped, want)
			}
		}
		front, err := c.Front(20, 0)
		if err != nil {
			t.Fatal(err)
		}
		for set, x := range losses {
			beaten := false
			for _, f := range front {
				beaten = beaten || f.Cost <= costs[set]+1e-9 && f.Loss <= x+1e-9
			}
			if !beaten {
				t.Fatalf("sample %d: nothing of the front is as good as %v at %v, %v", i, subset(set), costs[set], x)
			}
		}
		for j := 1; j < len(front); j++ {
			if front[j].Cost >= front[j-1].Cost || front[j].Loss <= front[j-1].Loss {
				t.Fatalf("sample %d: front %+v", i, front)
			}
		}
	}
	if incomplete < n/40 {
		t.Errorf("witnesses are missing in %d of %d samples only", incomplete, n)
	}
	if useful < n/4 {
		t.Errorf("options help in %d of %d samples only", useful, n)
	}
}

// manyOptions gives a large layered graph chances, options at random steps and stakes at its end.
func manyOptions(tb testing.TB, nodes, edges, n int) (*Graph, Query, []Stake, []Option, []Draw) {
	g, q := uncertainGraph(tb, nodes, edges)
	order := g.Solve(q).Order()
	r := rand.New(rand.NewPCG(uint64(n), 5))
	var stakes []Stake
	for range 10 {
		stakes = append(stakes, Stake{order[len(order)*3/4+r.IntN(len(order)/4)], float64(1+r.IntN(100)) * 1000})
	}
	d := Draw{own(g), own(g)}
	var options []Option
	// Options stand where they can matter: on what the stakes rest on.
	goals := []int32{}
	for _, s := range stakes {
		goals = append(goals, s.Node)
	}
	near := g.Sampler(q, goals).Nodes()
	for range n {
		// An option acts on many places, as a control does; what stands at random acts on little.
		o := Option{Cost: float64(1 + r.IntN(20))}
		for range 1 + len(near)/120 {
			v := near[r.IntN(len(near))]
			o.Nodes = append(o.Nodes, v)
			d.On[v] = d.Off[v] * 0.1
		}
		options = append(options, o)
	}
	return g, q, stakes, options, []Draw{d}
}

// TestChoicesSame: the same bytes on any number of processors.
func TestChoicesSame(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	g, q, stakes, options, draws := manyOptions(t, 1000, 1600, 20)
	run := func() string {
		c, err := g.Choices(context.Background(), q, stakes, options, draws, 20, 7)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := c.Best(40, 1<<22)
		e, _ := c.Loss(context.Background(), b.Options)
		return fmt.Sprint(b, e, c.Cases(), c.sure)
	}
	runtime.GOMAXPROCS(1)
	want := run()
	for _, n := range []int{2, 8} {
		runtime.GOMAXPROCS(n)
		if got := run(); got != want {
			t.Errorf("on %d processors\n%s\nwant\n%s", n, got, want)
		}
	}
}

func TestChoicesRefuse(t *testing.T) {
	g, q := chanceGraph(t, "a", 0.5, map[[2]string]float64{{"a", "b"}: 0.25})
	one := []float64{1, 1, 1}
	good := []Draw{{one, one}}
	for _, c := range []struct {
		want    string
		stakes  []Stake
		options []Option
		draws   []Draw
		blocks  int
	}{
		{"stake 0: there is no node 9", []Stake{{9, 1}}, nil, good, 1},
		{`stake 0 ("b"): the loss is -1`, []Stake{{2, -1}}, nil, good, 1},
		{"the loss is NaN", []Stake{{2, math.NaN()}}, nil, good, 1},
		{"option 0: the cost is -1", nil, []Option{{nil, -1}}, good, 1},
		{"option 0: there is no node -1", nil, []Option{{[]int32{-1}, 1}}, good, 1},
		{"1001 options are too many", nil, make([]Option, 1001), good, 1},
		{"no chances", nil, nil, nil, 1},
		{"draw 0: 1 chances for 3 nodes", nil, nil, []Draw{{one[:1], one}}, 1},
		{"with chance 1 with an option and 0.5 without", nil, []Option{{[]int32{1}, 1}}, []Draw{{[]float64{1, 0.5, 1}, one}}, 1},
		{"0 blocks", nil, nil, good, 0},
	} {
		if _, err := g.Choices(context.Background(), q, c.stakes, c.options, c.draws, c.blocks, 1); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	c, err := g.Choices(context.Background(), q, nil, nil, good, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, budget := range []float64{-1, math.NaN()} {
		if _, err := c.Best(budget, 0); err == nil {
			t.Errorf("a budget of %v is accepted", budget)
		}
	}
	if b, err := c.Best(0, 0); err != nil || b.Loss != 0 || !b.Proven() {
		t.Errorf("nothing at stake: %+v, %v", b, err)
	}
}

// BenchmarkChoices chooses among forty options on a graph of ten thousand nodes, with 4,096 trials.
func BenchmarkChoices(b *testing.B) {
	g, q, stakes, options, draws := manyOptions(b, 10_000, 16_000, 40)
	for b.Loop() {
		c, err := g.Choices(context.Background(), q, stakes, options, draws, 64, 1)
		if err != nil {
			b.Fatal(err)
		}
		best, err := c.Best(60, 0)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(c.Cases()), "cases")
		b.ReportMetric((best.Loss-best.Bound)/best.Loss*100, "gap%")
		b.ReportMetric(float64(best.Work), "work")
		b.ReportMetric(best.Loss, "loss")
		b.ReportMetric(c.sure, "sure")
	}
}
