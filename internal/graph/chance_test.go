package graph

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"fermata/internal/stat"
)

// TestExactChances compares diagrams with enumeration of all combinations, which shares no code with them.
func TestExactChances(t *testing.T) {
	n := 3000
	if *long {
		n = 100_000
	}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 41))
		s := randomSample(r, i%4 != 0)
		want := s.exactChances(s.uncertain(r, 8))
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := g.Chance(context.Background(), s.query(), everyNode(g), own(g), Accuracy{})
		if err != nil {
			t.Fatal(err)
		}
		for v, c := range got {
			if math.Abs(c.Value-want[v]) > 1e-12 || c.Method != Exact || c.Low != c.High {
				t.Fatalf("sample %d: chance of %d is %+v, want %v\n%+v", i, v, c, want[v], s)
			}
		}
	}
}

// grid is a square of points, each open with chance p, from one corner to the other over steps right, down and, every third,
// left.
func grid(tb testing.TB, side int, p float64) (*Graph, Query, int32) {
	var b Builder
	id := func(x, y int) string { return fmt.Sprintf("point %02d %02d", x, y) }
	for y := range side {
		for x := range side {
			b.Node(Node{ID: id(x, y), Uncertain: p < 1, P: min(p, 1)})
		}
	}
	for y := range side {
		for x := range side {
			if x+1 < side {
				b.Edge(b.Ref(id(x, y)), b.Ref(id(x+1, y)))
			}
			if y+1 < side {
				b.Edge(b.Ref(id(x, y)), b.Ref(id(x, y+1)))
			}
			if x > 0 && (x+y)%3 == 0 {
				b.Edge(b.Ref(id(x, y)), b.Ref(id(x-1, y)))
			}
		}
	}
	g, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	at, _ := g.Index(id(0, 0))
	goal, _ := g.Index(id(side-1, side-1))
	return g, Query{Entries: []int32{at}}, goal
}

// TestExactBeyondEnumeration: graphs with more uncertain nodes than could be enumerated, of known chances: a chain, ways side
// by side, and k of n; and a grid, against sampling.
func TestExactBeyondEnumeration(t *testing.T) {
	ctx := context.Background()
	var b Builder
	start := b.Node(Node{ID: "start"})
	end := b.Node(Node{ID: "end"})
	most := b.Node(Node{ID: "most", Kind: KOfN, K: 30})
	for way := range 40 {
		from := start
		for step := range 3 {
			to := b.Node(Node{ID: fmt.Sprintf("way %d step %d", way, step), Kind: And, Uncertain: true, P: 0.8})
			b.Edge(from, to)
			from = to
		}
		b.Edge(from, end)
		b.Edge(from, most)
	}
	g, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	goals, err := g.Lookup("end", "most")
	if err != nil {
		t.Fatal(err)
	}
	entry, _ := g.Index("start")
	got, err := g.Chance(ctx, Query{Entries: []int32{entry}}, goals, own(g), Accuracy{})
	if err != nil {
		t.Fatal(err)
	}
	p := 0.8 * 0.8 * 0.8
	near(t, "one of 40", got[0].Value, 1-math.Pow(1-p, 40), 1e-12)
	binomial := 0.0
	for k := 30; k <= 40; k++ {
		lg := func(n int) float64 { x, _ := math.Lgamma(float64(n + 1)); return x }
		binomial += math.Exp(lg(40) - lg(k) - lg(40-k) + float64(k)*math.Log(p) + float64(40-k)*math.Log(1-p))
	}
	near(t, "30 of 40", got[1].Value, binomial, 1e-11)
	if got[0].Method != Exact || got[1].Method != Exact {
		t.Errorf("methods %v and %v", got[0].Method, got[1].Method)
	}
	g, q, goal := grid(t, 9, 0.8)
	exact, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{})
	if err != nil || exact[0].Method != Exact {
		t.Fatalf("%+v, %v", exact, err)
	}
	inside := 0
	for seed := range uint64(100) {
		s, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{Diagram: -1, Relative: 0.02, Seed: seed})
		if err != nil || s[0].Method != Sampled || s[0].Stopped != "width" || s[0].High-s[0].Low > 0.04*s[0].Value {
			t.Fatalf("%+v, %v", s, err)
		}
		if s[0].Low <= exact[0].Value && exact[0].Value <= s[0].High {
			inside++
		}
	}
	if inside < 89 {
		t.Errorf("%d of 100 intervals hold %v", inside, exact[0].Value)
	}
	// A diagram that is not allowed to grow gives way to sampling.
	s, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{Diagram: 16, Relative: 0.001, Trials: 10_000})
	if err != nil || s[0].Method != Sampled || s[0].Stopped != "trials" || s[0].Trials < 10_000 {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestRareGoals: goals of a chance from 1e-6 to 1e-12 by importance sampling, against diagrams: the intervals hold the chance
// at their rate, and the mean over many seeds shows no bias.
func TestRareGoals(t *testing.T) {
	ctx := context.Background()
	for _, p := range []float64{0.2, 0.1, 0.03} {
		g, q, goal := grid(t, 5, p)
		exact, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{})
		if err != nil || exact[0].Method != Exact {
			t.Fatal(exact, err)
		}
		want := exact[0].Value
		inside, sum, squares := 0, 0.0, 0.0
		const runs = 40
		for seed := range uint64(runs) {
			got, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{Diagram: -1, Trials: 1 << 16, Seed: seed, Relative: 0.03})
			if err != nil || got[0].Method != Tilted {
				t.Fatalf("chance %v: %+v, %v", want, got, err)
			}
			if got[0].Low <= want && want <= got[0].High {
				inside++
			}
			x := got[0].Value / want
			sum += x
			squares += x * x
		}
		mean := stat.MeanOf(runs, sum, squares)
		if inside < 33 || math.Abs(mean.Value-1) > 2*(mean.High-mean.Low) || mean.High-mean.Low > 0.05 {
			t.Errorf("chance %v: %d of %d intervals hold it; mean of the ratios %+v", want, inside, runs, mean)
		}
	}
	// Where there are more derivations than can be listed, none of them much likelier than the others, splitting is right; what
	// is known of derivations would be a tenth of the chance.
	g, q, goal := grid(t, 8, 0.3)
	exact, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{})
	if err != nil || exact[0].Method != Exact {
		t.Fatal(exact, err)
	}
	got, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{Diagram: -1, Trials: 1 << 16, Relative: 0.3})
	wide := got[0].High - got[0].Low
	if err != nil || got[0].Method != Split || got[0].Low-wide > exact[0].Value || got[0].High+wide < exact[0].Value {
		t.Errorf("%+v, %v, want %v", got, err, exact[0].Value)
	}
	g, q, goal = grid(t, 4, 0.08)
	if exact, err = g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{}); err != nil {
		t.Fatal(err)
	}
	inside, sum, squares := 0, 0.0, 0.0
	const runs = 16
	for seed := range uint64(runs) {
		s := newSplitter(newTilt(g, q, goal, own(g), seed))
		c, ok, err := s.chance(ctx, Accuracy{Relative: 0.2})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if c.Low <= exact[0].Value && exact[0].Value <= c.High {
			inside++
		}
		x := c.Value / exact[0].Value
		sum += x
		squares += x * x
	}
	if mean := stat.MeanOf(runs, sum, squares); inside < 12 || math.Abs(mean.Value-1) > 2*(mean.High-mean.Low) || exact[0].Value > 1e-5 {
		t.Errorf("%d of %d intervals hold %v; mean of the ratios %+v", inside, runs, exact[0].Value, mean)
	}
	// What cannot be is known without drawing.
	g, q, goal = grid(t, 5, 0.5)
	none := own(g)
	for v := range none {
		none[v] = 0
	}
	got, err = g.Chance(ctx, q, []int32{goal}, none, Accuracy{Diagram: -1})
	if err != nil || got[0].Value != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRareOnRandomGraphs compares what is drawn for rare goals of random graphs with diagrams.
func TestRareOnRandomGraphs(t *testing.T) {
	n := 200
	if *long {
		n = 4000
	}
	inside, all := 0, 0
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 77))
		size := 30 + r.IntN(90)
		b, first := layered(size, size*8/5)
		for k := range b.nodes {
			if r.IntN(3) > 0 {
				b.nodes[k].chance = 0.02 + 0.4*r.Float64()
			}
		}
		g, err := b.Build()
		if err != nil {
			t.Fatal(err)
		}
		var q Query
		for _, f := range first {
			q.Entries = append(q.Entries, g.Place(f))
		}
		order := g.Solve(q).Order()
		goals := order[len(order)-1-r.IntN(len(order)/4):][:1]
		e, err := g.Chance(context.Background(), q, goals, own(g), Accuracy{})
		if err != nil || e[0].Method != Exact || e[0].Value > 2e-5 || e[0].Value < 1e-14 {
			continue
		}
		c, err := g.Chance(context.Background(), q, goals, own(g), Accuracy{Diagram: -1, Trials: 1 << 17, Seed: uint64(i)})
		if err != nil || c[0].Method == Sampled {
			t.Fatalf("sample %d: %+v, %v, want %v", i, c, err, e[0].Value)
		}
		all++
		if c[0].Low <= e[0].Value && e[0].Value <= c[0].High {
			inside++
		}
		if ratio := c[0].Value / e[0].Value; ratio < 0.8 || ratio > 1.25 {
			t.Errorf("sample %d: %+v, want %v", i, c[0], e[0].Value)
		}
	}
	if all < n/4 || inside < all*90/100 {
		t.Errorf("%d of %d intervals hold the chance", inside, all)
	}
}

func TestChanceSame(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	g, q, goal := grid(t, 5, 0.1)
	run := func() string {
		out := ""
		for _, a := range []Accuracy{{}, {Diagram: -1, Trials: 1 << 16}, {Diagram: -1, Trials: 4096}} {
			c, err := g.Chance(context.Background(), q, []int32{goal, 3, 7}, own(g), a)
			if err != nil {
				t.Fatal(err)
			}
			out += fmt.Sprint(c)
		}
		return out
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

func TestChanceRefuses(t *testing.T) {
	g, q, goal := grid(t, 3, 0.5)
	bad := own(g)
	bad[2] = math.NaN()
	for _, c := range []struct {
		want string
		p    []float64
		a    Accuracy
	}{
		{"is NaN, must be from 0 to 1", bad, Accuracy{}},
		{"-5 trials", own(g), Accuracy{Trials: -5}},
		{"a relative width of 2", own(g), Accuracy{Relative: 2}},
	} {
		if _, err := g.Chance(context.Background(), q, []int32{goal}, c.p, c.a); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := g.Chance(ctx, q, []int32{goal}, own(g), Accuracy{Diagram: -1}); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if c, err := g.Chance(context.Background(), q, nil, own(g), Accuracy{}); err != nil || len(c) != 0 {
		t.Errorf("no goals: %v, %v", c, err)
	}
	if c, _ := g.Chance(context.Background(), Query{}, []int32{goal}, slices.Repeat([]float64{1}, g.Len()), Accuracy{}); c[0].Value != 0 {
		t.Errorf("without entries: %v", c)
	}
}

// BenchmarkChanceExact is a diagram over a hundred uncertain nodes.
func BenchmarkChanceExact(b *testing.B) {
	g, q, goal := grid(b, 10, 0.7)
	for b.Loop() {
		c, err := g.Chance(context.Background(), q, []int32{goal}, own(g), Accuracy{})
		if err != nil || c[0].Method != Exact {
			b.Fatal(c, err)
		}
	}
}

// BenchmarkChanceSplit is a chance of 1.5e-5 for which a thousand derivations are few.
func BenchmarkChanceSplit(b *testing.B) {
	g, q, goal := grid(b, 8, 0.3)
	for b.Loop() {
		c, err := g.Chance(context.Background(), q, []int32{goal}, own(g), Accuracy{Diagram: -1})
		if err != nil || c[0].Method != Split {
			b.Fatal(c, err)
		}
	}
}

// BenchmarkChanceRare is a chance of 6e-8 to a twentieth of itself.
func BenchmarkChanceRare(b *testing.B) {
	g, q, goal := grid(b, 5, 0.1)
	for b.Loop() {
		c, err := g.Chance(context.Background(), q, []int32{goal}, own(g), Accuracy{Diagram: -1})
		if err != nil || c[0].Method != Tilted {
			b.Fatal(c, err)
		}
	}
}
