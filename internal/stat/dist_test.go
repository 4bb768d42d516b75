package stat

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

func must(tb testing.TB) func(d Dist, err error) Dist {
	return func(d Dist, err error) Dist {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return d
	}
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*max(math.Abs(want), 1e-300)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

// TestElementary compares with package math, which is right to a bit but not the same everywhere.
func TestElementary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20_000 {
		x := r.NormFloat64() * math.Pow(10, float64(r.IntN(5)-2))
		near(t, fmt.Sprintf("Exp(%v)", x), Exp(x), math.Exp(x), 4e-16)
		y := math.Exp(x)
		if y > 0 && !math.IsInf(y, 0) {
			if got, want := Log(y), math.Log(y); math.Abs(got-want) > 4e-16*max(math.Abs(want), 1e-3) {
				t.Errorf("Log(%v) = %v, want %v", y, got, want)
			}
		}
		if x > -1 {
			near(t, fmt.Sprintf("log1p(%v)", x), log1p(x), math.Log1p(x), 1e-15)
		}
		near(t, fmt.Sprintf("expm1(%v)", x), expm1(x), math.Expm1(x), 2e-15)
		near(t, fmt.Sprintf("normalUpper(%v)", x), normalUpper(x), 0.5*math.Erfc(x/math.Sqrt2), 4e-14)
		if x > 0 {
			want, _ := math.Lgamma(x)
			if got := lnGamma(x); math.Abs(got-want) > 1e-14*max(math.Abs(want), 1) {
				t.Errorf("lnGamma(%v) = %v, want %v", x, got, want)
			}
		}
	}
	for _, x := range []float64{-745.2, -745, -710, -1e-320, 0, 709.7} {
		near(t, fmt.Sprintf("Exp(%v)", x), Exp(x), math.Exp(x), 1e-15)
	}
	for x, want := range map[float64]float64{5e-324: -744.4400719213812, 1e-310: -713.8013788281542, math.MaxFloat64: 709.782712893384, 1: 0} {
		near(t, fmt.Sprintf("Log(%v)", x), Log(x), want, 1e-15) // math.Log of Go 1.26 on amd64 is wrong for the first two
	}
	if !math.IsInf(Exp(710), 1) || !math.IsInf(Log(0), -1) || !math.IsNaN(Log(-1)) {
		t.Error("ends are wrong")
	}
}

func TestNormalQuantile(t *testing.T) {
	for _, u := range []float64{1e-300, 1e-20, 1e-8, 0.01, 0.07, 0.2, 0.5, 0.6, 0.95, 0.999, 1 - 1e-12} {
		near(t, fmt.Sprintf("quantile of %v", u), NormalQuantile(u), distuv.UnitNormal.Quantile(u), 1e-13)
		if u < 0.5 {
			near(t, "there and back", normalUpper(-NormalQuantile(u)), u, 1e-12)
		}
	}
	if !math.IsInf(NormalQuantile(0), -1) || !math.IsInf(NormalQuantile(1), 1) || NormalQuantile(0.5) != 0 {
		t.Error("ends or middle are wrong")
	}
	near(t, "95 %", NormalQuantile(0.95), z90, 1e-15)
}

var levels = []float64{1e-9, 1e-4, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.99, 0.9999, 1 - 1e-9}

// TestAgainstGonum compares quantiles, distribution functions and means with another implementation.
func TestAgainstGonum(t *testing.T) {
	ok := must(t)
	for _, ab := range [][2]float64{{1, 1}, {0.5, 0.5}, {0.05, 3}, {2, 5}, {30, 4}, {400, 900}, {1e4, 10}, {0.3, 80}} {
		d := ok(Beta(ab[0], ab[1]))
		near(t, "mean", d.Mean(), distuv.Beta{Alpha: ab[0], Beta: ab[1]}.Mean(), 1e-14)
		for _, u := range levels {
			x := d.Quantile(u)
			if x > 1e-200 && x < 1-1e-10 {
				near(t, fmt.Sprintf("I of beta%v quantile %v", ab, u), mathext.RegIncBeta(ab[0], ab[1], x), u, 1e-7) // gonum itself is right to 1e-8 for large shapes
				near(t, fmt.Sprintf("CDF of beta%v at %v", ab, x), d.(Cumulative).CDF(x), mathext.RegIncBeta(ab[0], ab[1], x), 1e-10)
			}
		}
	}
	for _, sr := range [][2]float64{{1, 1}, {0.5, 2}, {0.01, 1}, {3, 0.1}, {50, 7}, {2000, 1}} {
		d := ok(Gamma(sr[0], sr[1]))
		for _, u := range levels {
			x := d.Quantile(u)
			if x > 1e-200 {
				near(t, fmt.Sprintf("P of gamma%v quantile %v", sr, u), mathext.GammaIncReg(sr[0], x*sr[1]), u, 1e-9)
			}
		}
	}
	for _, rate := range []float64{0.01, 0.8, 7, 300} {
		d, g := ok(Poisson(rate)), distuv.Poisson{Lambda: rate}
		for k := range 400 {
			near(t, fmt.Sprintf("poisson(%v) up to %d", rate, k), d.(Cumulative).CDF(float64(k)), g.CDF(float64(k)), 1e-10)
		}
		for _, u := range levels {
			k := d.Quantile(u)
			if g.CDF(k) < u-1e-12 || k > 0 && g.CDF(k-1) >= u+1e-12 {
				t.Errorf("poisson(%v): quantile of %v is %v", rate, u, k)
			}
		}
	}
	d, g := ok(LogNormal(1.5, 0.7)), distuv.LogNormal{Mu: 1.5, Sigma: 0.7}
	near(t, "lognormal mean", d.Mean(), g.Mean(), 1e-14)
	for _, u := range levels {
		near(t, "lognormal quantile", d.Quantile(u), g.Quantile(u), 1e-12)
		near(t, "lognormal CDF", d.(Cumulative).CDF(d.Quantile(u)), u, 1e-10)
	}
}

// all returns one of each distribution and of each shape that is computed in another way.
func all(tb testing.TB) []Dist {
	ok := must(tb)
	return []Dist{
		ok(Point(3)), ok(Uniform(-1, 4)), ok(Beta(0.2, 7)), ok(Beta(0.5, 0.5)), ok(Beta(12, 3)), ok(PERT(1, 2, 9)), ok(PERT(0, 0, 1)),
		ok(PERT(-3, 5, 5)), ok(LogitNormal(-2, 0.4)), ok(LogitNormal(0.3, 3)), ok(LogNormal90(1, 10)), ok(LogNormal(0, 2)),
		ok(Gamma(0.3, 2)), ok(Gamma(40, 3)), ok(Poisson(0.4)), ok(Poisson(90)),
	}
}

// TestDistributions holds what every distribution promises: quantiles that do not fall, that invert the distribution function,
// and a mean that is the mean of the quantiles.
func TestDistributions(t *testing.T) {
	for _, d := range all(t) {
		name := fmt.Sprintf("%T%v", d, d)
		last, sum := math.Inf(-1), 0.0
		const n = 100_000
		for i := range n {
			u := (float64(i) + 0.5) / n
			x := d.Quantile(u)
			if x < last || math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%s: quantile of %v is %v after %v", name, u, x, last)
			}
			last = x
			sum += x
			if c := d.(Cumulative).CDF(x); c < u-1e-9 {
				t.Fatalf("%s: below its quantile of %v lies %v", name, u, c)
			}
		}
		if d.Mean() < 0 && sum > 0 || math.Abs(sum/n-d.Mean()) > 3e-3*math.Abs(d.Mean()) {
			t.Errorf("%s: mean %v, of the quantiles %v", name, d.Mean(), sum/n)
		}
		if lo, hi := d.Quantile(0), d.Quantile(1); lo > d.Quantile(1e-6) || hi < last || math.IsNaN(lo) || math.IsNaN(hi) {
			t.Errorf("%s: ends %v and %v", name, lo, hi)
		}
	}
}

// TestPublishedFigures are those of riskquant: frequency 0.1 with a loss of 1 to 10, and a loss of 635,000 to 19,000,000.
func TestPublishedFigures(t *testing.T) {
	ok := must(t)
	near(t, "annual loss", 0.1*ok(LogNormal90(1, 10)).Mean(), 0.4040012826945718, 1e-14)
	near(t, "mean", ok(LogNormal90(635_000, 19_000_000)).Mean(), 5922706.83351131, 1e-14)
	d := ok(LogNormal90(635_000, 19_000_000))
	near(t, "5 %", d.Quantile(0.05), 635_000, 1e-12)
	near(t, "95 %", d.Quantile(0.95), 19_000_000, 1e-12)
	near(t, "pert mean", ok(PERT(2, 5, 14)).Mean(), (2+4*5+14)/6.0, 1e-15)
}

func TestImpossible(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	check := func(want string) func(d Dist, err error) {
		return func(d Dist, err error) {
			t.Helper()
			if err == nil || d != nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, %v; want an error with %q", d, err, want)
			}
		}
	}
	check("the number is NaN")(Point(nan))
	check("high is +Inf")(Uniform(0, inf))
	check("low 2 is above high 1")(Uniform(2, 1))
	check("too wide")(Uniform(-math.MaxFloat64, math.MaxFloat64))
	check("mode 5 is not from 1 to 3")(PERT(1, 5, 3))
	check("low 3 is above high 1")(PERT(3, 2, 1))
	check("a is 0")(Beta(0, 1))
	check("b is -1")(Beta(1, -1))
	check("b is NaN")(Beta(1, nan))
	check("sigma is -1")(LogitNormal(0, -1))
	check("mu is 1000")(LogitNormal(1000, 1))
	check("low is 0")(LogNormal90(0, 1))
	check("low 2 is above high 1")(LogNormal90(2, 1))
	check("sigma is -2")(LogNormal(0, -2))
	check("too large")(LogNormal(699, 3))
	check("shape is 0")(Gamma(0, 1))
	check("rate is 0")(Gamma(1, 0))
	check("the rate is -1")(Poisson(-1))
	check("the rate is +Inf")(Poisson(inf))
}

// TestSameBits holds the bits of many figures. The same test passes on 32 and 64 bits and on processors that fuse products
// with sums, where package math gives others.
func TestSameBits(t *testing.T) {
	h := fnv.New64a()
	for _, d := range all(t) {
		fmt.Fprintf(h, "%x ", math.Float64bits(d.Mean()))
		for i := range uint64(200) {
			u, v := Uniforms(7, Stream("bits"), i)
			fmt.Fprintf(h, "%x ", math.Float64bits(d.Quantile(u)))
			fmt.Fprintf(h, "%x ", math.Float64bits(d.(Cumulative).CDF(d.Quantile(v))))
		}
	}
	if got := h.Sum64(); got != bitsOfDistributions {
		t.Errorf("%#x, want %#x", got, uint64(bitsOfDistributions))
	}
}

const bitsOfDistributions = 0x9d4bfec38d7359eb

func BenchmarkQuantile(b *testing.B) {
	for _, d := range all(b) {
		b.Run(strings.TrimPrefix(fmt.Sprintf("%T", d), "stat."), func(b *testing.B) {
			i := uint64(0)
			for b.Loop() {
				u, v := Uniforms(7, 1, i)
				d.Quantile(u)
				d.Quantile(v)
				i++
			}
		})
	}
}
