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

// randomNet makes links among points, without repeats.
func randomNet(r *rand.Rand, points, links int) []Link {
	seen := map[[2]int32]bool{}
	var out []Link
	for len(out) < links {
		l := Link{int32(r.IntN(points)), int32(r.IntN(points)), []float64{1, 0, r.Float64(), r.Float64()}[r.IntN(4)]}
		if k := [2]int32{l.From, l.To}; !seen[k] {
			seen[k] = true
			out = append(out, l)
		}
	}
	return out
}

// TestNetworkAgainstSearch compares sizes, classes and thresholds of all starts with a search from each in each sample, and
// the order of links with another.
func TestNetworkAgainstSearch(t *testing.T) {
	for i := range 200 {
		r := rand.New(rand.NewPCG(uint64(i), 51))
		n := 1 + r.IntN(90)
		links := randomNet(r, n, r.IntN(min(n*n, 3*n)+1))
		class := make([]uint8, n)
		for v := range class {
			class[v] = uint8(r.IntN(3))
		}
		const samples = 100
		got, err := Network(context.Background(), n, links, class, 3, samples, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(links), func(a, b int) { links[a], links[b] = links[b], links[a] })
		again, err := Network(context.Background(), n, links, class, 3, samples, uint64(i))
		if err != nil || !slices.Equal(got.counts, again.counts) {
			t.Fatalf("sample %d: the order of links matters, %v", i, err)
		}
		sizes, classes := make([][]int, n), make([]int, 3*n)
		for sample := range samples {
			next := make([][]int32, n)
			for _, l := range links {
				c := coin{stream: spread64(uint64(l.From)<<32 | uint64(l.To))}
				open := ^uint64(0)
				if l.P < 1 {
					c.threshold = threshold(l.P)
					open = c.flip(uint64(sample/64), [2]uint32{uint32(i), 0})
				}
				if open>>(sample%64)&1 == 1 {
					next[l.From] = append(next[l.From], l.To)
				}
			}
			for v := range n {
				seen := make([]bool, n)
				seen[v] = true
				list := []int32{int32(v)}
				for k := 0; k < len(list); k++ {
					classes[3*v+int(class[list[k]])]++
					for _, u := range next[list[k]] {
						if !seen[u] {
							seen[u] = true
							list = append(list, u)
						}
					}
				}
				sizes[v] = append(sizes[v], len(list))
			}
		}
		for v := range n {
			sum := 0
			for _, x := range sizes[v] {
				sum += x
			}
			slices.Sort(sizes[v])
			k := 1 + r.IntN(n)
			pass := 0
			for _, x := range sizes[v] {
				if x >= k {
					pass++
				}
			}
			if got.Mean(v).Value != float64(sum)/samples || got.Quantile(v, 0.5) != sizes[v][49] || got.Quantile(v, 0.95) != sizes[v][94] ||
				got.Passes(v, k).Value != float64(pass)/samples || got.MeanOf(v, 1) != float64(classes[3*v+1])/samples {
				t.Fatalf("sample %d, point %d: mean %v, median %d, 95 %% %d; by search %v, %d, %d", i, v, got.Mean(v), got.Quantile(v, 0.5),
					got.Quantile(v, 0.95), float64(sum)/samples, sizes[v][49], sizes[v][94])
			}
		}
	}
}

// TestRadiiOfGraph compares the radii of a graph of OR nodes with the chances of each node, and larger sizes with fewer links.
func TestRadiiOfGraph(t *testing.T) {
	for i := range 100 {
		r := rand.New(rand.NewPCG(uint64(i), 52))
		s := randomSample(r, true)
		s.uncertain(r, 8)
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		all := everyNode(g)
		const samples = 640
		got, err := g.Radii(context.Background(), Query{Closed: s.query().Closed}, all, all, own(g), samples, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range all {
			c, err := g.Simulate(context.Background(), Query{Entries: []int32{v}, Closed: s.query().Closed}, Sampling{Always: true, Trials: samples, Seed: uint64(i)})
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for _, p := range c.P {
				sum += p
			}
			if math.Abs(got.Mean(int(v)).Value-sum) > 1e-9 {
				t.Fatalf("sample %d: radius of %d is %v, the chances add up to %v", i, v, got.Mean(int(v)), sum)
			}
			less := own(g)
			less[r.IntN(len(less))] = 0
			fewer, err := g.Radii(context.Background(), Query{Closed: s.query().Closed}, []int32{v}, all, less, samples, uint64(i))
			if err != nil || fewer.Mean(0).Value > got.Mean(int(v)).Value || fewer.Quantile(0, 0.9) > got.Quantile(int(v), 0.9) {
				t.Fatalf("sample %d: less is open and more falls: %v, %v", i, fewer.Mean(0), err)
			}
		}
	}
}

// TestGiantComponent: in a random network with two links a point on average, a start reaches the share of the points that solves
// x = 1 - e^(-2x), if it gets going, which happens as often.
func TestGiantComponent(t *testing.T) {
	const n = 1000
	r := rand.New(rand.NewPCG(1, 53))
	var links []Link
	for range 40 * n { // a sample of all possible links, each of which carries seldom
		links = append(links, Link{int32(r.IntN(n)), int32(r.IntN(n)), 0.05})
	}
	slices.SortFunc(links, func(a, b Link) int { return int(a.From-b.From)*n + int(a.To-b.To) })
	links = slices.CompactFunc(links, func(a, b Link) bool { return a.From == b.From && a.To == b.To })
	got, err := Network(context.Background(), n, links, nil, 0, 256, 3)
	if err != nil {
		t.Fatal(err)
	}
	pass, large := 0.0, 0.0
	for v := range n {
		pass += got.Passes(v, n/4).Value / n
		large += float64(got.Quantile(v, 0.5)) / n / n
	}
	final := func(links float64) float64 {
		x := 1.0
		for range 200 {
			x = 1 - math.Exp(-links*x)
		}
		return x
	}
	near(t, "share at 2", final(2), 0.796812, 5e-7)
	share := final(float64(len(links)) * 0.05 / n) // repeated links were taken out, so it is not quite 2
	if math.Abs(pass-share) > 0.02 || math.Abs(large-share) > 0.02 || share < 0.77 {
		t.Errorf("the cascade gets going with chance %.3f and reaches %.3f, want %.3f", pass, large, share)
	}
}

func TestFunctionalsSame(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	ctx := context.Background()
	net := randomNet(rand.New(rand.NewPCG(2, 2)), 60, 150)
	g, q, watch := steps1000(t)
	d, _ := stat.LogNormal90(1, 5)
	times := slices.Repeat([]stat.Dist{d}, g.Len())
	run := func() string {
		a, err1 := Network(ctx, 60, net, nil, 0, 300, 1)
		b, err2 := g.Radii(ctx, q, watch[:3], watch, own(g), 300, 1)
		c, err3 := g.Worth(ctx, q, watch[0], watch, own(g), 300, 1)
		d, err4 := g.Shares(ctx, q, watch[0], [][]int32{{watch[1]}, {watch[2], watch[3]}, q.Entries[:4]}, own(g), 300, 1)
		e, err5 := g.Passage(ctx, q, watch[:3], own(g), times, 300, 1)
		for _, err := range []error{err1, err2, err3, err4, err5} {
			if err != nil {
				t.Fatal(err)
			}
		}
		return fmt.Sprint(a.counts, a.sums, b.counts, c, d, e.times)
	}
	runtime.GOMAXPROCS(1)
	want := run()
	for _, n := range []int{2, 8} {
		runtime.GOMAXPROCS(n)
		if got := run(); got != want {
			t.Errorf("%d processors give other figures", n)
		}
	}
}

func TestFunctionalsRefuse(t *testing.T) {
	ctx := context.Background()
	g, q, goal := grid(t, 3, 0.5)
	bad := own(g)
	bad[1] = -1
	check := func(want string) func(x any, err error) {
		return func(_ any, err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		}
	}
	net := func(points int, links []Link, class []uint8, samples int) (any, error) {
		return Network(ctx, points, links, class, 2, samples, 1)
	}
	check("0 points")(net(0, nil, nil, 1))
	check("0 samples")(net(1, nil, nil, 0))
	check("2 classes for 1 points")(net(1, nil, []uint8{0, 1}, 1))
	check("point 0 has class 7 of 2")(net(1, nil, []uint8{7}, 1))
	check("but there are 2 points")(net(2, []Link{{0, 2, 1}}, nil, 1))
	check("has chance NaN")(net(2, []Link{{0, 1, math.NaN()}}, nil, 1))
	check("given twice")(net(2, []Link{{0, 1, 1}, {0, 1, 0.5}}, nil, 1))
	x, err := g.Radii(ctx, q, nil, nil, bad, 1, 1)
	check("is -1")(x, err)
	w, err := g.Worth(ctx, q, goal, nil, own(g), 0, 1)
	check("0 trials")(w, err)
	s, err := g.Shares(ctx, q, goal, nil, own(g), 64, 1)
	check("no players")(s, err)
	p, err := g.Passage(ctx, q, []int32{goal}, own(g), nil, 1, 1)
	check("0 times for 9 nodes")(p, err)
	early, _ := stat.Uniform(-1, 1)
	p, err = g.Passage(ctx, q, []int32{goal}, own(g), slices.Repeat([]stat.Dist{early}, g.Len()), 1, 1)
	check("times begin at -1")(p, err)
}

// BenchmarkNetwork is the radius of each of a thousand points with ten thousand links, over ten thousand samples.
func BenchmarkNetwork(b *testing.B) {
	r := rand.New(rand.NewPCG(9, 9))
	links := randomNet(r, 1000, 10_000)
	for i := range links {
		links[i].P = 0.05 + 0.3*r.Float64()
	}
	for b.Loop() {
		if _, err := Network(context.Background(), 1000, links, nil, 0, 10_000, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRadii is the radius of each of a hundred starts in a graph with premises that are needed together.
func BenchmarkRadii(b *testing.B) {
	g, q, watch := steps1000(b)
	order := g.Solve(q).Order()
	starts := order[len(order)/4:][:100]
	for b.Loop() {
		if _, err := g.Radii(context.Background(), Query{}, starts, everyNode(g), own(g), 10_000, 1); err != nil {
			b.Fatal(err)
		}
	}
	_ = watch
}

// TestPublishedAttackGraph is the example of Wang and others: two exploits of chance 0.72 and 0.54 lead to a user, and one of
// chance 0.1 from there to root.
func TestPublishedAttackGraph(t *testing.T) {
	g, q := chanceGraph(t, "in", 1, map[[2]string]float64{{"in", "a"}: 0.72, {"in", "b"}: 0.54, {"a", "user"}: 1, {"b", "user"}: 1, {"user", "root"}: 0.1})
	goals, err := g.Lookup("user", "root")
	if err != nil {
		t.Fatal(err)
	}
	got, err := g.Chance(context.Background(), q, goals, own(g), Accuracy{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "user", got[0].Value, 0.8712, 1e-12)
	near(t, "root", got[1].Value, 0.08712, 1e-12)
}

// TestNetworkClosedForms: along a chain each link adds a power of its chance, around a star the leaves are independent.
func TestNetworkClosedForms(t *testing.T) {
	const p, n = 0.7, 8
	var chain, star []Link
	for v := range int32(n - 1) {
		chain = append(chain, Link{v, v + 1, p})
		star = append(star, Link{0, v + 1, p}, Link{v + 1, 0, p})
	}
	mean := func(links []Link, start int) stat.Estimate {
		r, err := Network(context.Background(), n, links, nil, 0, 200_000, 11)
		if err != nil {
			t.Fatal(err)
		}
		return r.Mean(start)
	}
	holds := func(what string, e stat.Estimate, want float64) {
		t.Helper()
		if wide := e.High - e.Low; e.Low-wide > want || e.High+wide < want {
			t.Errorf("%s: %v, want %v", what, e, want)
		}
	}
	holds("head of the chain", mean(chain, 0), (1-math.Pow(p, n))/(1-p))
	holds("end of the chain", mean(chain, n-1), 1)
	holds("middle of the star", mean(star, 0), 1+(n-1)*p)
	holds("leaf of the star", mean(star, 3), 1+p*(1+(n-2)*p))
}

// TestChanceOfOtherNames: other ids, and so other places in the graph and another order of coins, change no exact chance.
func TestChanceOfOtherNames(t *testing.T) {
	for i := range 300 {
		r := rand.New(rand.NewPCG(uint64(i), 58))
		s := randomSample(r, true)
		s.uncertain(r, len(s.nodes))
		g, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		perm := r.Perm(len(s.nodes))
		other := sample{nodes: slices.Clone(s.nodes), edges: s.edges}
		for v := range other.nodes {
			other.nodes[v].ID = fmt.Sprintf("other %02d", perm[v])
		}
		h, err := other.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var q Query
		for _, e := range s.entries {
			q.Entries = append(q.Entries, int32(perm[e]))
		}
		for _, c := range s.closed {
			q.Closed = append(q.Closed, int32(perm[c]))
		}
		x, err1 := g.Chance(context.Background(), s.query(), everyNode(g), own(g), Accuracy{})
		y, err2 := h.Chance(context.Background(), q, everyNode(h), own(h), Accuracy{})
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		for v := range x {
			if math.Abs(x[v].Value-y[perm[v]].Value) > 1e-12 {
				t.Fatalf("sample %d: chance of %d is %v, under another name %v", i, v, x[v].Value, y[perm[v]].Value)
			}
		}
	}
}

// TestSameOnAnyProcessor holds the bits of figures of every sort. It passes as well on 386, and on amd64 with fused
// multiply-add.
func TestSameOnAnyProcessor(t *testing.T) {
	ctx := context.Background()
	var out []byte
	add := func(x any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out = fmt.Append(out, x, "\n")
	}
	g, q, goal := grid(t, 5, 0.1)
	for _, a := range []Accuracy{{}, {Diagram: -1, Trials: 1 << 16}} {
		c, err := g.Chance(ctx, q, []int32{goal, 3}, own(g), a)
		add(c, err)
	}
	split, _, err := newSplitter(newTilt(g, q, goal, own(g), 1)).chance(ctx, Accuracy{Relative: 0.9})
	add(split, err)
	h, hq, stakes, options, draws := manyOptions(t, 500, 800, 12)
	c, err := h.Choices(ctx, hq, stakes, options, draws, 4, 1)
	add(nil, err)
	best, err := c.Best(30, 0)
	add(best, err)
	loss, err := c.Loss(ctx, best.Options)
	add(loss, err)
	d, err := stat.LogNormal90(1, 5)
	add(d, err)
	passages, err := g.Passage(ctx, q, []int32{goal}, slices.Repeat([]float64{0.9}, g.Len()), slices.Repeat([]stat.Dist{d}, g.Len()), 200, 3)
	add(passages, err)
	worth, err := g.Worth(ctx, q, goal, everyNode(g), own(g), 64, 1)
	add(worth, err)
	if got := stat.Stream(string(out)); got != bitsOfFigures {
		t.Errorf("%#x, want %#x", got, uint64(bitsOfFigures))
	}
}

const bitsOfFigures = 0x2c9aa80ae0ec3e3
