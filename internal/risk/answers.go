package risk

import (
	"slices"

	"fermata/internal/result"
)

// Answers compares the sketches of a system under each answer to a question, in every unit of any of them. Sketches are of the
// same draws, so that answers differ by what they change and by nothing else.
//
// Share is how much of the variance of the expected loss the question explains, if every answer is as likely as any other:
// the variance of the answers' means, over that of all their draws together. The two parts of a variance add up, so the
// share lies between 0 and 1, which widths of ranges would not promise.
func Answers(now Sketch, names []string, under []Sketch) []result.QuestionRisk {
	all := Sketch{}
	for _, s := range append([]Sketch{now}, under...) {
		for unit, list := range s {
			all[unit] = make([]float64, len(list))
		}
	}
	var out []result.QuestionRisk
	for _, unit := range all.Units() {
		x := result.QuestionRisk{Unit: unit, Now: band(inUnit(now, unit, len(all[unit]))), Answers: []result.AnswerRisk{}}
		var means, draws []float64
		low, high := 0, 0
		for i, s := range under {
			list := inUnit(s, unit, len(all[unit]))
			b := band(list)
			x.Answers = append(x.Answers, result.AnswerRisk{Answer: names[i], Annual: b})
			means = append(means, b.Mean)
			draws = append(draws, list...)
			if b.Mean < means[low] {
				low = i
			}
			if b.Mean > means[high] {
				high = i
			}
		}
		if len(under) > 0 {
			dear, cheap := inUnit(under[high], unit, len(all[unit])), inUnit(under[low], unit, len(all[unit]))
			apart := slices.Clone(dear)
			for i := range apart {
				apart[i] -= cheap[i]
			}
			x.Difference = band(apart)
			if whole := variance(draws); whole > 0 {
				x.Share = min(variance(means)/whole, 1)
			}
		}
		out = append(out, x)
	}
	return out
}

// inUnit gives the draws of a sketch in a unit; a system in which nothing is lost in it loses nothing.
func inUnit(s Sketch, unit string, n int) []float64 {
	if list := s[unit]; list != nil {
		return list
	}
	return make([]float64, n)
}

func variance(list []float64) float64 {
	mean := 0.0
	for _, x := range list {
		mean += x
	}
	mean /= float64(len(list))
	sum := 0.0
	for _, x := range list {
		sum += float64((x - mean) * (x - mean))
	}
	return sum / float64(len(list))
}
