package stat

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

func curve(tb testing.TB) func(c *Curve, err error) *Curve {
	return func(c *Curve, err error) *Curve {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return c
	}
}

// scenarios makes so many losses of every sort.
func scenarios(tb testing.TB, n int) Losses {
	ok := must(tb)
	r := rand.New(rand.NewPCG(uint64(n), 3))
	var out Losses
	for i := range n {
		low := Exp(8 + float64(2*r.Float64()))
		var d Dist
		switch i % 4 {
		case 0, 1:
			d = ok(LogNormal90(low, low*(5+20*r.Float64())))
		case 2:
			d = ok(PERT(low/2, low, low*10))
		default:
			d = ok(Gamma(0.5+3*r.Float64(), 1/low))
		}
		out = append(out, Loss{Name: fmt.Sprintf("loss %d", i), Rate: 0.01 + r.Float64(), Size: d})
	}
	return out
}

var tails = []float64{0.5, 0.9, 0.95, 0.99, 0.999}

// TestFourierIsTransform compares the transform and sine and cosine with other implementations.
func TestFourierIsTransform(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		x := (r.Float64() - 0.5) * math.Pow(10, float64(r.IntN(8)))
		s, c := sincos(x)
		if math.Abs(s-math.Sin(x)) > 1e-15 || math.Abs(c-math.Cos(x)) > 1e-15 {
			t.Fatalf("sincos(%v) = %v, %v, want %v, %v", x, s, c, math.Sin(x), math.Cos(x))
		}
	}
	for _, n := range []int{2, 8, 1024} {
		re, im, in := make([]float64, n), make([]float64, n), make([]complex128, n)
		for i := range re {
			re[i], im[i] = r.NormFloat64(), r.NormFloat64()
			in[i] = complex(re[i], im[i])
		}
		newTransformer(n).forward(re, im)
		for i, want := range fourier.NewCmplxFFT(n).Coefficients(nil, in) {
			if cmplx.Abs(complex(re[i], im[i])-want) > 1e-12 {
				t.Fatalf("length %d, coefficient %d is %v %v, want %v", n, i, re[i], im[i], want)
			}
		}
	}
}

// TestPanjerAgainstFourier: two methods that share the lattices only have the same curve, within what is allowed for rounding.
func TestPanjerAgainstFourier(t *testing.T) {
	for i, ls := range []Losses{scenarios(t, 1), scenarios(t, 2), scenarios(t, 7), scenarios(t, 40)} {
		a, err := ls.lattice(1<<12, latticeMost, expectsExact)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := ls.lattice(1<<12, latticeMost, expectsExact)
		allow := rounding + beyond(a.rate, a.high)*Exp(-damp)
		if allow > 1e-8 {
			t.Errorf("%d: %v may wrap around", i, allow)
		}
		a.low, a.high = compoundPair(a.rate, a.low, a.high)
		b.low, b.high = panjer(b.rate, b.low), panjer(b.rate, b.high)
		a.finish()
		b.finish()
		for k := range a.low {
			if math.Abs(a.low[k]-b.low[k]) > rounding || math.Abs(a.high[k]-b.high[k]) > rounding || a.low[k] < a.high[k]-rounding {
				t.Fatalf("%d: up to bin %d lie %v to %v, by recursion %v to %v", i, k, a.low[k], a.high[k], b.low[k], b.high[k])
			}
		}
	}
}

// TestKnownCompound: what has a closed form. A Poisson number of exponential sizes has P(S=0) = e^-rate and a known variance;
// sizes of one known amount make a Poisson variable.
func TestKnownCompound(t *testing.T) {
	ok, cv := must(t), curve(t)
	c := cv(Losses{{"a", 2.5, ok(Gamma(1, 0.5))}}.Exact(0))
	zero := c.Exceed(0)
	if want := 1 - math.Exp(-2.5); zero.Low > want+1e-12 || zero.High < want-1e-12 || zero.High-zero.Low > 1e-2 {
		t.Errorf("some loss has chance %v, want %v", zero, want)
	}
	// The curve of exponential sizes: Σ Poisson(n) · P(Gamma(n) > x), another way round.
	for _, x := range []float64{1, 5, 12, 30} {
		want := 0.0
		p := math.Exp(-2.5)
		for n := 1; n < 60; n++ {
			p *= 2.5 / float64(n)
			want += p * (1 - ok(Gamma(float64(n), 0.5)).(Cumulative).CDF(x))
		}
		if e := c.Exceed(x); e.Low > want+1e-12 || e.High < want-1e-12 || e.High-e.Low > 0.003 {
			t.Errorf("above %v: %v, want %v", x, e, want)
		}
	}
	count := ok(Poisson(3)).(Cumulative)
	c = cv(Losses{{"a", 3, ok(Point(10))}}.Exact(0))
	for k := range 8 {
		x := float64(10*k) + 5
		want := 1 - count.CDF(float64(k))
		if e := c.Exceed(x); e.Low > want || e.High < want || e.High-e.Low > 1e-6 {
			t.Errorf("above %v: %v, want %v", x, e, want)
		}
	}
}

// moments are the mean and the variance of a total: rate·E[X] and rate·E[X²].
func moments(ls Losses) (mean, variance float64) {
	for _, l := range ls {
		const n = 200_000
		for i := range n {
			x := l.Size.Quantile((float64(i) + 0.5) / n)
			mean += l.Rate * x / n
			variance += l.Rate * x * x / n
		}
	}
	return mean, variance
}

// TestSamplingAgainstExact: drawn years have the mean and the variance that theory gives, and their intervals hold the
// quantiles, tail means and exceedances that the lattices enclose.
func TestSamplingAgainstExact(t *testing.T) {
	inside, all := 0, 0
	for i := range 30 {
		ls := scenarios(t, 1+i%3)
		sampled := curve(t)(ls.Years(context.Background(), 40_000, uint64(i)))
		exact := curve(t)(ls.Exact(0))
		check := func(s, e Estimate) {
			all++
			if s.Low <= e.High && e.Low <= s.High {
				inside++
			}
		}
		check(sampled.Mean(), exact.Mean())
		for _, u := range tails {
			check(sampled.Quantile(u), exact.Quantile(u))
			check(sampled.TailMean(u), exact.TailMean(u))
			check(sampled.Exceed(exact.Quantile(u).Value), exact.Exceed(exact.Quantile(u).Value))
			if e := exact.TailMean(u); e.Low < exact.Quantile(u).Low || e.High < e.Low || e.High > e.Low*1.05 && u < 0.995 || e.High > e.Low*1.3 {
				t.Errorf("tail mean at %v is %v, quantile %v", u, e, exact.Quantile(u))
			}
			if e := exact.Quantile(u); e.High-e.Low > 0.01*e.Value+0.01*exact.Mean().Value {
				t.Errorf("quantile %v is %v, mean %v", u, e, exact.Mean().Value)
			}
		}
	}
	if rate := float64(inside) / float64(all); rate < 0.92 {
		t.Errorf("%d of %d intervals hold the figure: %.3f, want about 0.95", inside, all, rate)
	}
	ls := scenarios(t, 3)
	h := curve(t)(ls.Years(context.Background(), 1_000_000, 9)).law.(*histogram)
	mean, variance := moments(ls)
	near(t, "mean", h.sum/1e6, mean, 5*math.Sqrt(variance/1e6)/mean)
	near(t, "variance", h.squares/1e6-h.sum/1e6*h.sum/1e6, variance, 0.05)
}

// TestSamplesIsHistogram: the same draws as a list and in bins give the same figures to a thousandth.
func TestSamplesIsHistogram(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	x := make([]float64, 20_001)
	h := &histogram{n: len(x)}
	for i := range x {
		if r.IntN(3) > 0 {
			x[i] = math.Exp(3 * r.NormFloat64())
		}
	}
	h.sum, h.squares = h.count(x)
	a, b := curve(t)(Samples(x)), &Curve{Method: Sampled, Years: len(x), law: h}
	same := func(what string, p, q Estimate) {
		t.Helper()
		for _, v := range [][2]float64{{p.Value, q.Value}, {p.Low, q.Low}, {p.High, q.High}} {
			if math.Abs(v[0]-v[1]) > 5e-3*math.Abs(v[0]) {
				t.Errorf("%s: %v of the list, %v of the bins", what, p, q)
				return
			}
		}
	}
	same("mean", a.Mean(), b.Mean())
	for _, u := range append(tails, 0.1, 0.3334) {
		same(fmt.Sprint("quantile ", u), a.Quantile(u), b.Quantile(u))
		same(fmt.Sprint("tail mean ", u), a.TailMean(u), b.TailMean(u))
	}
	for _, at := range []float64{0, 0.01, 1, 100} {
		same(fmt.Sprint("above ", at), a.Exceed(at), b.Exceed(at))
	}
}

// TestCheaperYears: under one seed, a lower rate or a size that is lower at every level makes no year dearer.
func TestCheaperYears(t *testing.T) {
	ok := must(t)
	key := [2]uint32{4, 0}
	a, b, c := make([]float64, 5001), make([]float64, 5001), make([]float64, 5001)
	for _, rate := range []float64{0.3, 6, 90} {
		dear := newDrawer(Loss{"x", rate, ok(LogNormal90(10, 100))})
		rare := newDrawer(Loss{"x", rate * 0.7, ok(LogNormal90(10, 100))})
		small := newDrawer(Loss{"x", rate, ok(LogNormal90(9, 90))})
		clear(a)
		clear(b)
		clear(c)
		dear.add(a, 0, key)
		rare.add(b, 0, key)
		small.add(c, 0, key)
		differ := 0
		for i := range a {
			if b[i] > a[i] || c[i] > a[i] {
				t.Fatalf("year %d costs %v, rarer %v, smaller %v", i, a[i], b[i], c[i])
			}
			if b[i] < a[i] {
				differ++
			}
		}
		if differ == 0 {
			t.Error("a lower rate changes nothing")
		}
	}
}

func describe(tb testing.TB, c *Curve) string {
	var out bytes.Buffer
	fmt.Fprintln(&out, c.Method, c.Years, c.Mean())
	for _, u := range tails {
		fmt.Fprintln(&out, u, c.Quantile(u), c.TailMean(u), c.Exceed(c.Quantile(u).Value))
	}
	return out.String()
}

// TestSameBytes: curves are the same to the last bit on any number of processors, and for another seed within the interval.
func TestSameBytes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	ls := scenarios(t, 8)
	run := func() string {
		return describe(t, curve(t)(ls.Years(context.Background(), 100_001, 42))) + describe(t, curve(t)(ls.Exact(1<<12))) +
			describe(t, curve(t)(ls.Panjer(1<<10)))
	}
	runtime.GOMAXPROCS(1)
	want := run()
	for _, n := range []int{2, 8} {
		runtime.GOMAXPROCS(n)
		if got := run(); got != want {
			t.Errorf("on %d processors\n%s\nwant\n%s", n, got, want)
		}
	}
	if got := Stream(want); got != bitsOfCurves {
		t.Errorf("%#x, want %#x\n%s", got, uint64(bitsOfCurves), want)
	}
}

const bitsOfCurves = 0x362a53aa91feef9

// TestIntervals: the stated rate of the intervals, by drawing anew.
func TestIntervals(t *testing.T) {
	ls := scenarios(t, 1)
	ls[0].Rate = 2
	exact := curve(t)(ls.Exact(0))
	const runs = 400
	var held [3]int
	bernstein := 0
	for i := range uint64(runs) {
		c := curve(t)(ls.Years(context.Background(), 2000, i))
		for j, u := range []float64{0.5, 0.9, 0.95} {
			if q, e := c.Quantile(u), exact.Quantile(u); q.Low <= e.High && e.Low <= q.High {
				held[j]++
			}
		}
		r := rand.New(rand.NewPCG(i, 1))
		sum, squares := 0.0, 0.0
		for range 100 {
			x := r.Float64()
			x *= x
			sum += x
			squares += x * x
		}
		if b := Bernstein(100, sum, squares, 1); b.Low <= 1.0/3 && b.High >= 1.0/3 {
			bernstein++
		}
	}
	for j, n := range held {
		if rate := float64(n) / runs; rate < 0.92 || rate > 0.99 {
			t.Errorf("interval %d holds at a rate of %.3f, want 0.95", j, rate)
		}
	}
	if bernstein < runs*95/100 {
		t.Errorf("Bernstein's interval holds in %d of %d", bernstein, runs)
	}
}

func TestLossesRefuse(t *testing.T) {
	ok := must(t)
	one := ok(Point(1))
	for want, ls := range map[string]Losses{
		`loss "a": the rate is -1`:                  {{"a", -1, one}},
		`loss "a": the rate is NaN`:                 {{"a", math.NaN(), one}},
		`loss "a": the rate is +Inf`:                {{"a", math.Inf(1), one}},
		`loss "a" is given twice`:                   {{"a", 1, one}, {"a", 1, one}},
		`loss "a" has no size`:                      {{"a", 1, nil}},
		`loss "a": sizes begin at -2`:               {{"a", 1, ok(Uniform(-2, 1))}},
		`200000 events a year are too many to draw`: {{"a", 2e5, one}},
	} {
		if _, err := ls.Years(context.Background(), 10, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("years: %v, want %q", err, want)
		}
		if _, err := ls.Exact(64); err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(want, " to draw")) {
			t.Errorf("exact: %v, want %q", err, want)
		}
	}
	ls := Losses{{"a", 1, one}}
	for _, n := range []int{-1, 0} {
		if _, err := ls.Years(context.Background(), n, 1); err == nil {
			t.Errorf("%d years are drawn", n)
		}
	}
	for _, n := range []int{-1, 3, 8, 1 << 23} {
		if _, err := ls.Exact(n); err == nil {
			t.Errorf("%d bins are accepted", n)
		}
	}
	for _, x := range [][]float64{nil, {1, -1}, {math.NaN()}, {math.Inf(1)}} {
		if _, err := Samples(x); err == nil {
			t.Errorf("%v makes a curve", x)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := ls.Years(ctx, 100, 1); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	for _, none := range []Losses{nil, {{"a", 0, one}}, {{"a", 3, ok(Point(0))}}} {
		for _, c := range []*Curve{curve(t)(none.Exact(0)), curve(t)(none.Years(context.Background(), 1000, 1))} {
			if m, q, e := c.Mean(), c.Quantile(0.99), c.Exceed(0); m != (Estimate{}) || q.Value != 0 || e.Value > 1e-8 {
				t.Errorf("no loss has mean %v, quantile %v, exceedance %v", m, q, e)
			}
		}
	}
}

func TestWilson(t *testing.T) {
	for _, c := range []struct {
		hits, n   int
		low, high float64
	}{{0, 10, 0, 0.2775327998628892}, {10, 10, 0.7224672001371108, 1}, {5, 10, 0.236593090512564, 0.763406909487436}} {
		low, high := Wilson(c.hits, c.n)
		near(t, "low", low, c.low, 1e-12)
		near(t, "high", high, c.high, 1e-12)
	}
}

// BenchmarkYears draws ten million years of one loss: Poisson(0.8) events of lognormal size.
func BenchmarkYears(b *testing.B) {
	d := must(b)(LogNormal90(1e4, 1e6))
	b.ReportAllocs()
	for b.Loop() {
		c := curve(b)(Losses{{"a", 0.8, d}}.Years(context.Background(), 10_000_000, 1))
		for _, u := range tails {
			c.Quantile(u)
			c.TailMean(u)
		}
	}
}

func BenchmarkExact(b *testing.B) {
	ls := scenarios(b, 100)
	for b.Loop() {
		c := curve(b)(ls.Exact(0))
		for _, u := range tails {
			c.Quantile(u)
			c.TailMean(u)
		}
	}
}

func BenchmarkPanjer(b *testing.B) {
	ls := scenarios(b, 100)
	for b.Loop() {
		curve(b)(ls.Panjer(1 << 12))
	}
}
