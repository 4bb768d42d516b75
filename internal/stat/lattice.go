package stat

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
)

const (
	latticeBins  = 1 << 16 // if none are asked for
	latticeLeast = 1 << 4
	latticeMost  = 1 << 22
	panjerMost   = 1 << 15 // the recursion is quadratic
	coarse       = 64      // up to this part of the lattice a size is told apart bin by bin, beyond by the same part of itself
	rareSize     = 1e-6    // what happens less often in a year has no bin
	rounding     = 1e-9    // what rounding may make of a chance
	expectsExact = 1e5     // events a year
)

// Exact computes the curve on two lattices with so many bins each, a power of two, 0 for 65,536. On one every size is rounded
// down to a bin, on the other up; beyond the last bin it is the last bin on the one and infinite on the other. Since a total
// rises with every size, the true curve lies between the two. Independent Poisson losses add up to one whose size is a
// mixture of theirs, so the number of losses costs no more than the reading of their distributions.
//
// The total is computed by one Fourier transform there and one back for both lattices. What would wrap around is damped by a
// factor of e^-10 first.
func (ls Losses) Exact(bins int) (*Curve, error) {
	l, err := ls.lattice(bins, latticeMost, expectsExact)
	if err != nil {
		return nil, err
	}
	l.allow += float64(beyond(l.rate, l.high) * Exp(-damp))
	l.low, l.high = compoundPair(l.rate, l.low, l.high)
	return &Curve{Method: Lattice, law: l.finish()}, nil
}

// Panjer computes the same by Panjer's recursion, whose terms are all positive, so that nothing cancels. Its time grows with
// the square of the bins, of which there are 32,768 at most, and it cannot begin if there are more than 700 events a year.
func (ls Losses) Panjer(bins int) (*Curve, error) {
	l, err := ls.lattice(bins, panjerMost, 700)
	if err != nil {
		return nil, err
	}
	l.low, l.high = panjer(l.rate, l.low), panjer(l.rate, l.high)
	return &Curve{Method: Lattice, law: l.finish()}, nil
}

// lattice is a law on the multiples of step. low and high are first the sizes, then the totals, rounded down and up, then
// their sums.
type lattice struct {
	step      float64
	rate      float64
	expect    float64 // of the total, without rounding
	low, high []float64
	allow     float64 // what rounding and wrapping around may make of a chance
}

func (ls Losses) lattice(bins, most int, rateMost float64) (*lattice, error) {
	if err := ls.Check(); err != nil {
		return nil, err
	}
	if bins == 0 {
		bins = min(latticeBins, most)
	}
	if bins < latticeLeast || bins > most || bins&(bins-1) != 0 {
		return nil, fmt.Errorf("%d bins are not a power of two from %d to %d", bins, latticeLeast, most)
	}
	l := &lattice{rate: ls.Rate(), expect: ls.Mean(), low: make([]float64, bins), high: make([]float64, bins), allow: rounding}
	if l.rate > rateMost {
		return nil, fmt.Errorf("%v events a year are too many for this method, at most %v", l.rate, rateMost)
	}
	var live []Loss
	for _, x := range ls {
		if x.Rate == 0 {
			continue
		}
		if _, ok := x.Size.(Cumulative); !ok {
			return nil, fmt.Errorf("loss %q: its size has no distribution function", x.Name)
		}
		live = append(live, x)
	}
	if len(live) == 0 || l.expect == 0 {
		l.rate, l.step = 0, 1
		l.low[0], l.high[0] = 1, 1
		return l, nil
	}
	l.step = reach(live, l.expect) / float64(bins-2)
	if !(l.step > 0) || math.IsInf(l.step*float64(bins), 1) {
		return nil, fmt.Errorf("the sizes of these losses are too far apart to lay them on one lattice")
	}
	l.sizes(live)
	return l, nil
}

// reach returns a total that is exceeded once in a million years or so: a single size that is, all others at their mean, and
// six standard deviations of what is smaller.
func reach(ls []Loss, expect float64) float64 {
	total := 0.0
	for _, x := range ls {
		total += x.Rate
	}
	often := min(rareSize, float64(1e-3*total))
	above := func(size float64) float64 {
		sum := 0.0
		for _, x := range ls {
			sum += float64(x.Rate * (1 - x.Size.(Cumulative).CDF(size)))
		}
		return sum
	}
	high := 0.0
	for _, x := range ls {
		if most := x.Size.Quantile(1); !math.IsInf(most, 1) {
			high = max(high, most)
			continue
		}
		high = max(high, x.Size.Quantile(1-1e-15))
	}
	low := 0.0
	for range 40 {
		if middle := float64(0.5 * (low + high)); above(middle) > often {
			low = middle
		} else {
			high = middle
		}
	}
	return high + expect + float64(6*math.Sqrt(float64(high*expect)))
}

// edges are the bins at whose ends sizes are told apart.
func edges(bins int) []int {
	var out []int
	for k := 0; k < bins-1; k += 1 + k/max(bins/coarse, 1) {
		out = append(out, k)
	}
	return append(out, bins-1)
}

// sizes lays the mixture of all sizes on both lattices.
func (l *lattice) sizes(ls []Loss) {
	cuts := edges(len(l.low))
	rows := make([][]float64, len(ls))
	var wg sync.WaitGroup
	turn := make(chan int, len(ls))
	for i := range ls {
		turn <- i
	}
	close(turn)
	for range min(runtime.GOMAXPROCS(0), len(ls)) {
		wg.Go(func() {
			for i := range turn {
				d, row := ls[i].Size.(Cumulative), make([]float64, len(cuts))
				for j, k := range cuts {
					row[j] = d.CDF(float64(float64(k) * l.step))
				}
				rows[i] = row
			}
		})
	}
	wg.Wait()
	for i, x := range ls {
		weight := x.Rate / l.rate
		before := 0.0
		for j, k := range cuts {
			m := float64(weight * max(rows[i][j]-before, 0))
			before = max(before, rows[i][j])
			l.high[k] += m
			l.low[cuts[max(j-1, 0)]] += m
		}
		l.low[len(l.low)-1] += float64(weight * (1 - before))
	}
}

// finish turns chances of totals into those of a total up to each bin.
func (l *lattice) finish() *lattice {
	for _, p := range [][]float64{l.low, l.high} {
		sum := 0.0
		for i, x := range p {
			sum += max(x, 0)
			p[i] = min(sum, 1)
		}
	}
	return l
}

// panjer returns the chances of the total of a Poisson number of sizes: p(k) = rate/k · Σ j·f(j)·p(k-j).
func panjer(rate float64, f []float64) []float64 {
	p, jf := make([]float64, len(f)), make([]float64, len(f))
	for j, x := range f {
		jf[j] = float64(float64(j) * x)
	}
	p[0] = Exp(-float64(rate * (1 - f[0])))
	last := 0 // beyond, no size
	for j, x := range f {
		if x > 0 {
			last = j
		}
	}
	for k := 1; k < len(p); k++ {
		sum := 0.0
		for j := 1; j <= min(k, last); j++ {
			sum += float64(jf[j] * p[k-j])
		}
		p[k] = float64(rate*sum) / float64(k)
	}
	return p
}

// damp is the exponent by which what wraps around is damped.
const damp = 10.0

// beyond bounds the chance that a total of such sizes does not lie on the lattice, by Chernoff's inequality.
func beyond(rate float64, f []float64) float64 {
	least := 0.0
	for _, c := range []float64{1, 3, 10, 30} {
		moment := 0.0
		for k, x := range f {
			if x > 0 {
				moment += float64(x * expm1(float64(c*(float64(k)/float64(len(f))))))
			}
		}
		least = min(least, float64(rate*moment)-c)
	}
	return Exp(least)
}

// compoundPair does the same by Fourier transform, for two distributions of sizes at once: one is the real part of what is
// transformed, the other the imaginary.
func compoundPair(rate float64, f, g []float64) (p, q []float64) {
	n := len(f)
	re, im := make([]float64, n), make([]float64, n)
	for k := range f {
		w := Exp(-damp * (float64(k) / float64(n)))
		re[k], im[k] = float64(f[k]*w), float64(g[k]*w)
	}
	t := newTransformer(n)
	t.forward(re, im)
	for k := 0; k <= n/2; k++ {
		j := (n - k) & (n - 1)
		// The transforms of f and g, from their sum's values at k and -k; those at -k are their conjugates.
		fRe, fIm := float64(0.5*(re[k]+re[j])), float64(0.5*(im[k]-im[j]))
		gRe, gIm := float64(0.5*(im[k]+im[j])), float64(0.5*(re[j]-re[k]))
		fRe, fIm = compound(rate, fRe, fIm)
		gRe, gIm = compound(rate, gRe, gIm)
		re[k], im[k] = fRe-gIm, fIm+gRe
		re[j], im[j] = fRe+gIm, gRe-fIm
	}
	t.forward(im, re) // the inverse, but for the factor
	for k := range re {
		w := Exp(damp*(float64(k)/float64(n))) / float64(n)
		re[k] = float64(re[k] * w)
		im[k] = float64(im[k] * w)
	}
	return re, im
}

// compound returns e^(rate·(z-1)).
func compound(rate, zRe, zIm float64) (re, im float64) {
	size := Exp(float64(rate * (zRe - 1)))
	s, c := sincos(float64(rate * zIm))
	return float64(size * c), float64(size * s)
}

func (l *lattice) mean() Estimate { return Estimate{l.expect, l.expect, l.expect} }

func (l *lattice) exceed(x float64) Estimate {
	if x < 0 {
		return Estimate{1, 1, 1}
	}
	at := math.Floor(x / l.step)
	low := 0.0
	if at < float64(len(l.low)-1) { // the last bin of low holds what lies beyond it
		low = max(1-l.low[int(at)]-l.allow, 0)
	}
	high := min(1-l.high[int(min(at, float64(len(l.high)-1)))]+l.allow, 1)
	return Estimate{float64(0.5 * (low + high)), low, high}
}

func (l *lattice) quantile(u float64) Estimate {
	first := func(sums []float64, u float64) float64 {
		at, _ := slices.BinarySearch(sums, u)
		if at == len(sums) {
			return math.Inf(1)
		}
		return float64(float64(at) * l.step)
	}
	low, high := first(l.low, u-l.allow), first(l.high, u+l.allow)
	if math.IsInf(low, 1) {
		low = float64(float64(len(l.low)-1) * l.step)
	}
	value := float64(0.5 * (low + high))
	if math.IsInf(high, 1) {
		value = low
	}
	return Estimate{value, low, high}
}

// tailMean goes by the mean of all years, which is known, less that of the better ones, which the lattices enclose.
func (l *lattice) tailMean(u float64) Estimate {
	body := func(sums []float64, u float64) float64 {
		total, before := 0.0, 0.0
		for k, s := range sums {
			p := min(s, u) - before
			if p > 0 {
				total += float64(p * float64(float64(k)*l.step))
				before = min(s, u)
			}
			if s >= u {
				return total
			}
		}
		return total + float64((u-before)*float64(float64(len(sums)-1)*l.step))
	}
	// Rounding may shift a chance from one end of the lattice to the other.
	allow := float64(l.allow * float64(float64(len(l.low))*l.step))
	q := l.quantile(u)
	low := q.Low
	if l.high[len(l.high)-1] >= u { // else some of the better years are beyond the lattice
		low = max(low, (l.expect-body(l.high, u)-allow)/(1-u))
	}
	high := (l.expect - body(l.low, u) + allow) / (1 - u)
	return Estimate{float64(0.5 * (low + high)), low, high}
}
