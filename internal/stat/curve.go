package stat

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Estimate is a figure with its error. If it was computed on lattices the true figure lies from Low to High; if it was
// sampled it does so for 95 of 100 seeds. High may be +Inf where nothing bounds the figure.
type Estimate struct{ Value, Low, High float64 }

// Method says how a curve came about.
type Method string

// The methods.
const (
	Lattice Method = "lattice" // bounds that hold for certain, but for rounding errors of 1e-9
	Sampled Method = "sampled" // intervals at 95 %
)

// Curve is the distribution of a total loss, as far as it is known.
type Curve struct {
	Method Method
	Years  int // drawn, if sampled
	law    law
}

// law is what the ways to hold a distribution have in common.
type law interface {
	mean() Estimate
	exceed(x float64) Estimate
	quantile(u float64) Estimate
	tailMean(u float64) Estimate
}

// Mean returns the expected total.
func (c *Curve) Mean() Estimate { return c.law.mean() }

// Exceed returns the chance of a total above x: the loss-exceedance curve.
func (c *Curve) Exceed(x float64) Estimate {
	if math.IsNaN(x) {
		panic("stat: exceedance of NaN")
	}
	return c.law.exceed(x)
}

// Quantile returns the total that is exceeded with chance 1-u at most, the value at risk. It panics unless 0 < u < 1.
func (c *Curve) Quantile(u float64) Estimate {
	inside(u)
	return c.law.quantile(u)
}

// TailMean returns the mean of the worst 1-u of all years, the tail value at risk. It panics unless 0 < u < 1.
func (c *Curve) TailMean(u float64) Estimate {
	inside(u)
	return c.law.tailMean(u)
}

func inside(u float64) {
	if !(u > 0 && u < 1) {
		panic(fmt.Sprintf("stat: level %v is not between 0 and 1", u))
	}
}

// z95 is the 97.5 % quantile of a standard normal variable.
const z95 = 1.959963984540054

// Wilson returns the 95 % interval of a chance of which hits of n trials are known. Products are rounded one by one, so
// that no processor fuses them with the sums.
func Wilson(hits, n int) (low, high float64) {
	p, size := float64(hits)/float64(n), float64(n)
	zz := float64(z95*z95) / size
	centre := p + float64(zz/2)
	half := float64(z95 * math.Sqrt(float64(p*(1-p))/size+float64(float64(zz/size)/4)))
	low, high = (centre-half)/(1+zz), (centre+half)/(1+zz)
	if hits == 0 {
		low = 0
	}
	if hits == n {
		high = 1
	}
	return max(low, 0), min(high, 1)
}

// Bernstein returns the 95 % interval of Maurer and Pontil for the mean of n independent numbers from 0 to top of which sum
// and sum of squares are known. It assumes nothing about their distribution, so it is wider than one that does.
func Bernstein(n int, sum, squares, top float64) Estimate {
	m := float64(n)
	mean := sum / m
	if n < 2 {
		return Estimate{mean, 0, top}
	}
	variance := max((squares-float64(mean*sum))/(m-1), 0)
	const logTerm = 4.382026634673881 // ln(4/0.05): two sides
	half := math.Sqrt(float64(2*variance*logTerm)/m) + float64(7*top*logTerm)/float64(3*(m-1))
	return Estimate{mean, max(mean-half, 0), min(mean+half, top)}
}

// ranks returns the numbers of the order statistics of n draws, from 1, between which the quantile u lies at 95 %, and that
// of the quantile itself.
func ranks(n int, u float64) (low, at, high int) {
	centre := float64(float64(n) * u)
	half := float64(z95 * math.Sqrt(float64(centre*(1-u))))
	at = min(max(int(math.Ceil(centre)), 1), n)
	low, high = int(math.Floor(centre-half)), int(math.Ceil(centre+half))+1
	return low, at, high
}

// tail puts together the mean of the worst 1-u of n draws: of those above the quantile q the sum and the sum of
// squares of what they exceed it by. The error is that of an average of the excess in a random number of draws.
func tail(n int, u, q, sum, squares float64) Estimate {
	share := float64(float64(n) * (1 - u))
	excess := sum / share
	// Variance of (excess/share-of-n) per draw: E[(X-q)+²] - E[(X-q)+]², over n(1-u)².
	variance := max(squares/float64(n)-float64((sum/float64(n))*(sum/float64(n))), 0)
	half := float64(z95*math.Sqrt(variance/float64(n))) / (1 - u)
	return Estimate{q + excess, max(q, q+excess-half), q + excess + half}
}

// sorted is a law of draws kept in ascending order.
type sorted struct {
	x             []float64
	sum, variance float64
}

// Samples makes a curve of draws of a total, one for each year.
func Samples(x []float64) (*Curve, error) {
	if len(x) == 0 {
		return nil, fmt.Errorf("no draws to make a curve of")
	}
	for i, v := range x {
		if !(v >= 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("draw %d is %v, must be a finite loss of at least 0", i, v)
		}
	}
	s := &sorted{x: slices.Clone(x)}
	slices.SortFunc(s.x, cmp.Compare[float64])
	s.sum = Sum(s.x)
	mean := s.sum / float64(len(x))
	squares := make([]float64, len(x))
	for i, v := range s.x {
		squares[i] = float64((v - mean) * (v - mean))
	}
	s.variance = Sum(squares) / float64(max(len(x)-1, 1))
	return &Curve{Method: Sampled, Years: len(x), law: s}, nil
}

// Sum adds up in the fixed order of a tree, which loses fewer digits than one after the other.
func Sum(x []float64) float64 {
	if len(x) <= 64 {
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		return sum
	}
	half := len(x) / 2
	return Sum(x[:half]) + Sum(x[half:])
}

func (s *sorted) mean() Estimate { return meanOf(len(s.x), s.sum, s.variance) }

// MeanOf returns the mean of n draws of which the sum and the sum of squares are known, with its interval at 95 %.
func MeanOf(n int, sum, squares float64) Estimate {
	size := float64(n)
	return meanOf(n, sum, max(squares-float64(sum*(sum/size)), 0)/max(size-1, 1))
}

func meanOf(n int, sum, variance float64) Estimate {
	mean := sum / float64(n)
	half := float64(z95 * math.Sqrt(variance/float64(n)))
	return Estimate{mean, max(mean-half, 0), mean + half}
}

func (s *sorted) exceed(x float64) Estimate {
	at, _ := slices.BinarySearchFunc(s.x, x, func(e, x float64) int {
		if e <= x {
			return -1
		}
		return 1
	})
	return share(len(s.x)-at, len(s.x))
}

func share(hits, n int) Estimate {
	low, high := Wilson(hits, n)
	return Estimate{float64(hits) / float64(n), low, high}
}

func (s *sorted) quantile(u float64) Estimate {
	low, at, high := ranks(len(s.x), u)
	e := Estimate{Value: s.x[at-1], High: math.Inf(1)}
	if low >= 1 {
		e.Low = s.x[low-1]
	}
	if high <= len(s.x) {
		e.High = s.x[high-1]
	}
	return e
}

func (s *sorted) tailMean(u float64) Estimate {
	q := s.quantile(u).Value
	var excess, squares []float64
	for i := len(s.x) - 1; i >= 0 && s.x[i] > q; i-- {
		d := s.x[i] - q
		excess, squares = append(excess, d), append(squares, float64(d*d))
	}
	return tail(len(s.x), u, q, Sum(excess), Sum(squares))
}
