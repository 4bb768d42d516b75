package cascade

import (
	"fmt"
	"math"
)

// Chance is how likely one try is to succeed: a beta distribution between two ends. A single number is a chance whose ends
// are equal.
type Chance struct {
	Low, High float64 // nothing lies outside
	A, B      float64 // the shape between them
}

// Fixed is a chance that is known.
func Fixed(p float64) (Chance, error) {
	if !share(p) {
		return Chance{}, fmt.Errorf("%v is no chance: a chance is from 0 to 1", p)
	}
	return Chance{Low: p, High: p, A: 1, B: 1}, nil
}

// Judged is a chance of which somebody says the least, the most likely and the greatest value (PERT).
func Judged(low, mode, high float64) (Chance, error) {
	switch {
	case !share(low) || !share(mode) || !share(high):
		return Chance{}, fmt.Errorf("%v, %v, %v are no chances: a chance is from 0 to 1", low, mode, high)
	case low > mode || mode > high:
		return Chance{}, fmt.Errorf("%v, %v, %v do not ascend: they are the least, the most likely and the greatest chance", low, mode, high)
	case low == high:
		return Fixed(mode)
	}
	width := high - low
	return Chance{Low: low, High: high, A: 1 + 4*(mode-low)/width, B: 1 + 4*(high-mode)/width}, nil
}

// Measured is a chance that was seen as a share of n tries, of which as many count as if they were independent as n says.
func Measured(mean, n float64) (Chance, error) {
	if !(mean > 0 && mean < 1) || !(n > 0) || math.IsInf(n, 0) {
		return Chance{}, fmt.Errorf("a share of %v in %v tries is no chance that can be fitted", mean, n)
	}
	return Chance{Low: 0, High: 1, A: float64(mean * n), B: float64((1 - mean) * n)}, nil
}

// Mean is the chance of a single try.
func (c Chance) Mean() float64 {
	return c.Low + float64((c.High-c.Low)*(c.A/(c.A+c.B)))
}

// steps is how finely a chance is drawn: each of so many equally likely pieces by its middle.
const steps = 1024

// table lists the quantiles in the middle of equally likely pieces. They are rounded, so that processors which round the
// functions inside differently give the same.
func (c Chance) table() []float64 {
	out := make([]float64, steps)
	low := 0.0
	for i := range out {
		if c.Low == c.High {
			out[i] = c.Low
			continue
		}
		u := (float64(i) + 0.5) / steps
		a, b := low, 1.0
		for range 40 {
			if m := (a + b) / 2; betaCDF(c.A, c.B, m) < u {
				a = m
			} else {
				b = m
			}
		}
		low = a
		out[i] = c.Low + float64((c.High-c.Low)*(math.Round((a+b)/2*(1<<24))/(1<<24)))
	}
	return out
}

// Quantile is the value below which a share u of the draws lies, as finely as they are drawn.
func (c Chance) Quantile(u float64) float64 {
	return c.table()[min(max(int(u*steps), 0), steps-1)]
}

// betaCDF is the regularised incomplete beta function, by its continued fraction (Lentz's method).
func betaCDF(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	}
	if x > (a+1)/(a+b+2) {
		return 1 - betaCDF(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+float64(a*math.Log(x))+float64(b*math.Log1p(-x))) / a
	const tiny = 1e-300
	f, c, d := 1.0, 1.0, 0.0
	for i := range 300 {
		m := float64(i / 2)
		var number float64
		switch {
		case i == 0:
			number = 1
		case i%2 == 0:
			number = float64(m*(b-m)*x) / float64((a+2*m-1)*(a+2*m))
		default:
			number = -float64((a+m)*(a+b+m)*x) / float64((a+2*m)*(a+2*m+1))
		}
		if d = 1 + float64(number*d); math.Abs(d) < tiny {
			d = tiny
		}
		d = 1 / d
		if c = 1 + number/c; math.Abs(c) < tiny {
			c = tiny
		}
		f *= float64(c * d)
		if math.Abs(1-float64(c*d)) < 1e-12 {
			break
		}
	}
	return float64(front * (f - 1))
}
