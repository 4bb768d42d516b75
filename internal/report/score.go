package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// wordScores are the scoring systems whose answer is a word; Low and High of a score are places in their scale.
var wordScores = []string{"owasp-rr", "matrix"}

// ScoreValue is a score for people: "8.7 high", "6.9 to 8.7, medium to high", "medium to high".
func ScoreValue(s *result.Score) string {
	words := s.Band
	if s.BandLow != s.Band {
		words = s.BandLow + " to " + s.Band
	}
	if slices.Contains(wordScores, s.System) {
		return words
	}
	if s.Low == s.High {
		return tenths(s.High) + " " + words
	}
	return tenths(s.Low) + " to " + tenths(s.High) + ", " + words
}

func tenths(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// ScoreVectors are the vectors behind a score: none, one, or those of both ends of a range, the highest first.
func ScoreVectors(s *result.Score) []string {
	switch {
	case s.Vector == "":
		return nil
	case s.VectorLow == "":
		return []string{s.Vector}
	}
	return []string{s.Vector, s.VectorLow}
}

// ScoreRange is the value of an input: "0.5", or "0.5 to 1.0" while it is not known.
func ScoreRange(in *result.ScoreInput) string {
	if in.Low == in.High {
		return in.High
	}
	return in.Low + " to " + in.High
}

// ScoreReason says where an input comes from: its meaning, the reason, and the first place where it was seen.
func ScoreReason(in *result.ScoreInput) string {
	var parts []string
	for _, text := range []string{in.Meaning, in.Reason} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	text := strings.Join(parts, ": ")
	switch in.Origin {
	case "", "given", "derived", string(model.Observed):
	case "unknown", "unseen", "judgement":
		if !strings.Contains(text, in.Origin) {
			text = strings.TrimSpace(text + " (" + in.Origin + ")")
		}
	default:
		text = strings.TrimSpace(text + " (" + in.Origin + ")")
	}
	for _, e := range in.Evidence {
		if e.File != "" {
			return text + fmt.Sprintf("  [%s:%d]", e.File, e.Line)
		}
	}
	return text
}

// Cell keeps a spreadsheet from reading a text as a formula, and a terminal from obeying it.
func Cell(text string) string {
	text = Plain(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}
