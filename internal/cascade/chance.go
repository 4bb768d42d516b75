package cascade

import (
	"fmt"
	"math"

	"fermata/internal/stat"
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

// table lists the quantiles in the middle of equally likely pieces.
func (c Chance) table() ([]float64, error) {
	out := make([]float64, steps)
	if c.Low == c.High {
		for i := range out {
			out[i] = c.Low
		}
		return out, nil
	}
	d, err := stat.Beta(c.A, c.B)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i] = c.Low + float64((c.High-c.Low)*d.Quantile((float64(i)+0.5)/steps))
	}
	return out, nil
}

// Quantile is the value below which a share u of the draws lies. It is for showing, not for drawing.
func (c Chance) Quantile(u float64) float64 {
	if c.Low == c.High {
		return c.Low
	}
	d, err := stat.Beta(c.A, c.B)
	if err != nil {
		return c.Mean()
	}
	return c.Low + float64((c.High-c.Low)*d.Quantile(u))
}
