package score

import (
	"fmt"
	"math/big"
	"slices"

	"fermata/internal/result"
)

// The words of the matrix, from the least.
var (
	likelihoods  = []string{"unlikely", "possible", "likely", "very likely"}
	consequences = []string{"low", "medium", "high", "critical"}
)

// riskLevels gives the level of risk, as a place in consequences, by consequence and likelihood.
var riskLevels = [4][4]int{
	{0, 0, 1, 1}, // low
	{0, 1, 2, 2}, // medium
	{1, 2, 3, 3}, // high
	{2, 3, 3, 3}, // critical
}

// statuses are the states of implementation of a control, as the matrix counts them.
var statuses = []level{{"none", "0.0"}, {"partial", "0.5"}, {"full", "1.0"}}

// matrixScore reads the matrix, and what remains after the best control.
func matrixScore(likelihood, consequence, status string) result.Score {
	at := riskLevels[slices.Index(consequences, consequence)][slices.Index(likelihoods, likelihood)]
	s := result.Score{
		System: Matrix, Name: "level of risk", Low: float64(at + 1), High: float64(at + 1), BandLow: consequences[at], Band: consequences[at],
	}
	if done, ok := valueOf(statuses, status); ok {
		left := new(big.Rat).Mul(big.NewRat(int64(at+1), 1), new(big.Rat).Sub(rat("1"), done))
		s.Notes = append(s.Notes, fmt.Sprintf("effective risk %s of 4: level %d with implementation %s", left.FloatString(1), at+1, status))
	}
	return s
}
