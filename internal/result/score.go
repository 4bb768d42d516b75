package result

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"fermata/internal/model"
)

// ScoresSchema names the version of the document of `fermata score`.
const ScoresSchema = "fermata/scores/v1"

// Scores is what a scoring system says of the findings of a system, or of inputs that somebody gave.
type Scores struct {
	Schema   string          `json:"schema"`           // always [ScoresSchema]
	System   string          `json:"system,omitempty"` // name of the system that was analysed; empty for inputs that were given
	Scoring  Scoring         `json:"scoring"`
	Findings []ScoredFinding `json:"findings"`        // worst first
	Given    []Score         `json:"given,omitempty"` // for inputs that somebody gave
	Unscored []Unscored      `json:"unscored"`        // by reason
}

// Scoring says by what was scored.
type Scoring struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Edition string   `json:"edition"`
	State   string   `json:"state"`
	Source  string   `json:"source"`
	Formula []string `json:"formula"`
	Threat  string   `json:"threat,omitempty"` // what was taken to be known about exploits, where the system asks
}

// ScoredFinding is a finding with its score.
type ScoredFinding struct {
	Finding  string `json:"finding"`
	Message  string `json:"message"`
	Status   Status `json:"status"`
	Severity string `json:"severity"`        // as the analysis grades it, to compare
	Alike    int    `json:"alike,omitempty"` // further findings of the same cause that are not listed
	Score    Score  `json:"score"`
}

// Unscored counts findings that a system has no score for.
type Unscored struct {
	Reason   string   `json:"reason"`
	Findings []string `json:"findings"` // sorted
}

// Score is what a published scoring system says, with what it was computed from. Where an input is not known it is a
// range.
type Score struct {
	System    string       `json:"system"`               // id of the scoring system with its edition
	Name      string       `json:"name"`                 // what the number is called: "CVSS-B", "AIVSS"
	Low       float64      `json:"low"`                  // the least score that the inputs allow; where the answer is a word, its place in the scale
	High      float64      `json:"high"`                 // the highest
	BandLow   string       `json:"band_low"`             // the band of Low
	Band      string       `json:"band"`                 // the band of High
	Vector    string       `json:"vector,omitempty"`     // the CVSS vector behind High, where there is one
	VectorLow string       `json:"vector_low,omitempty"` // the CVSS vector behind Low, where it is another
	Source    string       `json:"source,omitempty"`     // the source of harm whose way is scored; empty for inputs that were given
	Loss      string       `json:"loss,omitempty"`       // id of the asset at the end of that way
	Path      string       `json:"path,omitempty"`       // id of the path that is scored, when it is listed
	Inputs    []ScoreInput `json:"inputs"`               // in the order of the system
	Notes     []string     `json:"notes,omitempty"`      // the arithmetic, and anomalies that show
}

// ScoreInput is one input of a score: its least and its highest value, equal when it is known, and where it comes from.
type ScoreInput struct {
	Name     string           `json:"name"`
	Meaning  string           `json:"meaning,omitempty"`
	Low      string           `json:"low"`              // the value that scores least
	High     string           `json:"high"`             // the value that scores most
	Reason   string           `json:"reason,omitempty"` // one sentence: which fact of which element says so
	Origin   string           `json:"origin"`           // observed, declared or assumed as in the model; unknown; unseen for what nobody saw; judgement; derived from other inputs; given; or the state of a control
	On       string           `json:"on,omitempty"`     // the element, flow or finding that decides
	Fact     string           `json:"fact,omitempty"`   // the fact of it, whose answer would narrow the range
	Evidence []model.Evidence `json:"evidence,omitempty"`
}

// wordScores are the scoring systems whose answer is a word; Low and High of a score are places in their scale.
var wordScores = []string{"owasp-rr", "matrix"}

// Value is a score for people: "8.7 high", "6.9 to 8.7, medium to high", "medium to high".
func (s *Score) Value() string {
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

// Label is the name of a score with its edition, where the name alone does not say it.
func (s *Score) Label() string {
	switch s.System {
	case "aivss-0.8", "aivss-0.5":
		return s.Name + " " + strings.TrimPrefix(s.System, "aivss-")
	case "matrix":
		return "Matrix"
	}
	return s.Name
}

func tenths(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// Vectors are the vectors behind a score: none, one, or those of both ends of a range, the highest first.
func (s *Score) Vectors() []string {
	switch {
	case s.Vector == "":
		return nil
	case s.VectorLow == "":
		return []string{s.Vector}
	}
	return []string{s.Vector, s.VectorLow}
}

// Range is the value of an input: "0.5", or "0.5 to 1.0" while it is not known.
func (in *ScoreInput) Range() string {
	if in.Low == in.High {
		return in.High
	}
	return in.Low + " to " + in.High
}

// Why says where an input comes from: its meaning, the reason, and the first place where it was seen.
func (in *ScoreInput) Why() string {
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
