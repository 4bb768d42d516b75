package stat

import (
	"fmt"
	"math"
)

// Loss is something that happens a Poisson number of times a year, Rate on average, and costs Size each time, independently
// of everything else.
type Loss struct {
	Name string // unique among those added up; drawn years depend on it
	Rate float64
	Size Dist
}

// Losses are independent of each other.
type Losses []Loss

// Check returns an error for what is no loss: a rate or a size below 0 or not finite, a name given twice.
func (ls Losses) Check() error {
	names := map[string]bool{}
	for _, l := range ls {
		switch {
		case names[l.Name]:
			return fmt.Errorf("loss %q is given twice", l.Name)
		case !(l.Rate >= 0 && l.Rate <= rateMost):
			return fmt.Errorf("loss %q: the rate is %v, must be from 0 to %v", l.Name, l.Rate, rateMost)
		case l.Size == nil:
			return fmt.Errorf("loss %q has no size", l.Name)
		case !(l.Size.Quantile(0) >= 0):
			return fmt.Errorf("loss %q: sizes begin at %v, must not be negative", l.Name, l.Size.Quantile(0))
		case !(l.Size.Mean() <= math.MaxFloat64):
			return fmt.Errorf("loss %q: the mean size is %v, must be finite", l.Name, l.Size.Mean())
		}
		names[l.Name] = true
	}
	return nil
}

// Mean returns the expected yearly total.
func (ls Losses) Mean() float64 {
	terms := make([]float64, len(ls))
	for i, l := range ls {
		terms[i] = float64(l.Rate * l.Size.Mean())
	}
	return Sum(terms)
}

// Rate returns the expected number of events a year.
func (ls Losses) Rate() float64 {
	terms := make([]float64, len(ls))
	for i, l := range ls {
		terms[i] = l.Rate
	}
	return Sum(terms)
}
