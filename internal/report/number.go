package report

import "math"

// expm is e to the cost: the "n" of "1 in n".
func expm(cost float64) float64 { return math.Exp(min(cost, 50)) }

// roundTo keeps one leading digit and a half of it, since no chance here is known better: 10, 15, 20, 30, 50, 80 …
func roundTo(n float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(n)))
	for _, step := range []float64{1, 1.5, 2, 3, 5, 8} {
		if n <= step*unit*1.2 {
			return step * unit
		}
	}
	return 10 * unit
}
