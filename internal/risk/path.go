package risk

import (
	"maps"
	"slices"

	"fermata/internal/stat"
)

// Way is a path by what it hangs on.
type Way struct {
	Rules  []string // of each of its steps
	Passes []Passed // controls that stand in its way and that it gets past because they fail
}

// Passed is a control that fails, and how much of its efficacy counts.
type Passed struct {
	Control  string
	Believed float64
}

// Chances gives for each way the chance that one attempt goes all along it: every step works and every control that it passes
// fails. It is the mean over what is not known, where steps of one rule share one chance and placements of one control fail
// together in part. That somebody makes an attempt is not in it.
//
// Quantities are independent of each other, so the mean is a product of the means of what each is raised to; those are sums
// over equal parts of the distributions, and nothing is drawn.
func Chances(in Input, ways []Way) ([]float64, error) {
	q, err := settle(&Input{Rules: in.Rules, Controls: in.Controls, Rows: in.Rows, Given: in.Given, Mode: in.Mode})
	if err != nil {
		return nil, err
	}
	powers := map[string][]float64{} // rule → mean of its chance to the power of 1, 2, …
	power := func(rule string, k int) (float64, error) {
		for len(powers[rule]) < k {
			success, err := q.success(rule)
			if err != nil {
				return 0, err
			}
			n := len(powers[rule]) + 1
			mean := success.Dist.Mean()
			if n > 1 {
				mean = meanOf(func(u float64) float64 {
					x, product := success.Dist.Quantile(u), 1.0
					for range n {
						product *= x
					}
					return product
				})
			}
			powers[rule] = append(powers[rule], mean)
		}
		return powers[rule][k-1], nil
	}
	out := make([]float64, len(ways))
	for i, w := range ways {
		x := 1.0
		times, believed := map[string]int{}, map[string][]float64{}
		for _, rule := range w.Rules {
			times[rule]++
		}
		for _, p := range w.Passes {
			believed[p.Control] = append(believed[p.Control], p.Believed)
		}
		for _, rule := range slices.Sorted(maps.Keys(times)) {
			f, err := power(rule, times[rule])
			if err != nil {
				return nil, err
			}
			x *= f
		}
		for _, control := range slices.Sorted(maps.Keys(believed)) {
			f, err := q.allFail(control, believed[control])
			if err != nil {
				return nil, err
			}
			x *= f
		}
		out[i] = x
	}
	return out, nil
}

// allFail is the chance that all these placements of a control fail in one attempt.
func (q *quantities) allFail(control string, believed []float64) (float64, error) {
	efficacy, err := q.efficacy(control)
	if err != nil {
		return 0, err
	}
	if len(believed) == 1 {
		return 1 - float64(efficacy.Dist.Mean()*believed[0]), nil
	}
	share, err := q.together(control)
	if err != nil {
		return 0, err
	}
	slices.Sort(believed)
	const parts = 40
	var shares, terms []float64
	for i := range parts {
		shares = append(shares, share.Dist.Quantile((float64(i)+0.5)/parts))
	}
	for i := range parts {
		e := efficacy.Dist.Quantile((float64(i) + 0.5) / parts)
		for _, s := range shares {
			common := []float64{float64(s * (1 - e))}
			rest := 1 - common[0]
			for _, b := range believed {
				rest *= alone(e, b, common, 0)
			}
			terms = append(terms, common[0]+rest)
		}
	}
	return stat.Sum(terms) / (parts * parts), nil
}
