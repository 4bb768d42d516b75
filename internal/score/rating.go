package score

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"fermata/internal/result"
)

// ratingFactor is a factor of OWASP Risk Rating with the options that its page lists.
type ratingFactor struct {
	key     string
	group   string
	options []int
}

// ratingFactors are those of the page, in its order.
var ratingFactors = []ratingFactor{
	{"skill", "likelihood", []int{1, 3, 5, 6, 9}},
	{"motive", "likelihood", []int{1, 4, 9}},
	{"opportunity", "likelihood", []int{0, 4, 7, 9}},
	{"size", "likelihood", []int{2, 4, 5, 6, 9}},
	{"discovery", "likelihood", []int{1, 3, 7, 9}},
	{"exploit", "likelihood", []int{1, 3, 5, 9}},
	{"awareness", "likelihood", []int{1, 4, 6, 9}},
	{"detection", "likelihood", []int{1, 3, 8, 9}},
	{"confidentiality", "technical", []int{2, 6, 7, 9}},
	{"integrity", "technical", []int{1, 3, 5, 7, 9}},
	{"availability", "technical", []int{1, 5, 7, 9}},
	{"accountability", "technical", []int{1, 7, 9}},
	{"financial", "business", []int{1, 3, 7, 9}},
	{"reputation", "business", []int{1, 4, 5, 9}},
	{"non-compliance", "business", []int{2, 5, 7}},
	{"privacy", "business", []int{3, 5, 7, 9}},
}

var ratingLevels = []Band{{"high", "6"}, {"medium", "3"}, {"low", "0"}}

// ratingNames are the severities of Risk Rating from the least.
var ratingNames = []string{"note", "low", "medium", "high", "critical"}

// ratingTable gives the severity, as a place in ratingNames, by impact and likelihood: low, medium, high.
var ratingTable = [3][3]int{{0, 1, 2}, {1, 2, 3}, {2, 3, 4}}

func ratingPlace(x *big.Rat) int {
	return slices.Index([]string{"low", "medium", "high"}, band(ratingLevels, x))
}

// rated is the outcome of Risk Rating for one choice of factors.
type rated struct {
	likelihood, technical, business *big.Rat // business is nil when it is not given
	severity                        int
}

// rate computes Risk Rating. Values are by key; business impact counts when all four of its factors are given.
func rate(values map[string]int) rated {
	mean := func(group string) *big.Rat {
		sum, n := int64(0), int64(0)
		for _, f := range ratingFactors {
			if f.group != group {
				continue
			}
			v, ok := values[f.key]
			if !ok {
				return nil
			}
			sum, n = sum+int64(v), n+1
		}
		return big.NewRat(sum, n)
	}
	r := rated{likelihood: mean("likelihood"), technical: mean("technical"), business: mean("business")}
	impact := r.business
	if impact == nil {
		impact = r.technical
	}
	r.severity = ratingTable[ratingPlace(impact)][ratingPlace(r.likelihood)]
	return r
}

func (r rated) words() string {
	text := fmt.Sprintf("likelihood %s (%s)", short(r.likelihood), band(ratingLevels, r.likelihood))
	if r.technical != nil {
		text += fmt.Sprintf(", technical impact %s (%s)", short(r.technical), band(ratingLevels, r.technical))
	}
	if r.business != nil {
		text += fmt.Sprintf(", business impact %s (%s), which counts", short(r.business), band(ratingLevels, r.business))
	}
	return text
}

// short prints a mean, which has at most three decimals, in full.
func short(x *big.Rat) string {
	f, _ := x.Float64()
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// ratingScore turns the outcomes at both ends of a range into a score.
func ratingScore(low, high rated) result.Score {
	s := result.Score{
		System: RiskRR, Name: "OWASP Risk Rating", Low: float64(low.severity), High: float64(high.severity),
		BandLow: ratingNames[low.severity], Band: ratingNames[high.severity],
	}
	s.Notes = append(s.Notes, high.words())
	if low.likelihood.Cmp(high.likelihood) != 0 || low.severity != high.severity {
		s.Notes[0] = "at most: " + high.words()
		s.Notes = append(s.Notes, "at least: "+low.words())
	}
	return s
}
