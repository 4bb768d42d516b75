// Package score computes the scores of published scoring systems, each with its inputs.
//
// A scoring system is a formula that somebody else published. This package holds six of them as data and functions:
// OWASP AIVSS in three editions, CVSS v4.0, OWASP Risk Rating and the likelihood × consequence matrix. It answers two
// questions: what a given vector or given inputs score ([Vector], [Given]), and what a finding of a result scores
// ([Deriver]), where every input comes from a fact of the model, with the reason and the place where it was seen.
//
// # Three values
//
// A fact that nobody knows gives an input two or more possible values, and the score becomes a range: the lowest and
// the highest score over all combinations. A range always contains both answers, and narrows when the fact is told.
// What a control does is no fact of this kind: one that nobody saw does not count, as everywhere else.
//
// # Arithmetic
//
// The AIVSS formulas and the means of OWASP Risk Rating are computed with exact fractions and rounded once, half up.
// CVSS is computed by a library, which is imported here and nowhere else. Nothing depends on the order of a map or on
// the processor.
//
// # What it does not do
//
// Scores order findings by somebody's convention; they are no chance and no money. Package attack grades severity, and
// package risk estimates. No score ever changes a status, a severity or a gate.
package score

import (
	"math/big"
	"strings"
)

// System is a published scoring system in one edition.
type System struct {
	ID      string // what --system takes
	Title   string
	Edition string   // version and date
	State   string   // what its publisher says of it: latest public release, superseded, draft
	Source  string   // where it is published
	Formula []string // one line each
	Bands   []Band   // from the worst; nil where the result is a word
	Derived string   // what a derivation from a model can and cannot say
	Notes   []string // known anomalies
}

// Band is a named part of a scale.
type Band struct {
	Name string
	Low  string // the least score of the band, in the digits that the system prints
}

// The ids of the systems.
const (
	AIVSS08 = "aivss-0.8"
	AIVSS05 = "aivss-0.5"
	AIVSS09 = "aivss-0.9-draft"
	CVSS40  = "cvss-4.0"
	RiskRR  = "owasp-rr"
	Matrix  = "matrix"
)

// Default is the system that is used when none is named.
const Default = AIVSS08

var cvssBands = []Band{{"critical", "9.0"}, {"high", "7.0"}, {"medium", "4.0"}, {"low", "0.1"}, {"none", "0.0"}}

// Systems lists the systems, the default first.
var Systems = []System{
	{
		ID: AIVSS08, Title: "OWASP AIVSS", Edition: "0.8, 2026-03-19", State: "latest public release",
		Source: "https://aivss.owasp.org",
		Formula: []string{
			"AARS = (10 - CVSS_Base) x (Factor_Sum / 10) x ThM",
			"AIVSS = (CVSS_Base + AARS) x Mitigation_Factor, rounded half up to one decimal, once",
			"CVSS_Base: CVSS v4.0 base score; Factor_Sum: ten factors of 0, 0.5 or 1",
			"ThM: attacked 1.00, poc 0.97 (default), unreported 0.50; Mitigation_Factor: none 1.00, partial 0.83, strong 0.67",
		},
		Bands:   cvssBands,
		Derived: "the CVSS base vector, the ten factors from facts of the agents on the way, the mitigation factor from the states of the finding's controls; ThM is chosen",
		Notes: []string{
			"with a mitigation factor below 1 the score can fall below the CVSS base score; the draft of 0.9 repairs this by applying it to AARS only",
		},
	},
	{
		ID: AIVSS05, Title: "OWASP AIVSS", Edition: "0.5, 2025", State: "superseded by 0.8",
		Source: "https://github.com/OWASP/www-project-artificial-intelligence-vulnerability-scoring-system",
		Formula: []string{
			"AARS = sum of ten factors of 0, 0.5 or 1",
			"AIVSS = ((CVSS_Base + AARS) / 2) x ThM, rounded half up to one decimal, once",
			"ThM: attacked 1.00, poc 0.97 (default), unreported 0.91",
		},
		Bands:   cvssBands,
		Derived: "as 0.8, with the factors of that edition (memory use and goal-driven planning in place of natural language and persistence)",
		Notes: []string{
			"in seven of the ten published examples the printed factors do not add up to the printed AARS; the scores follow from the printed AARS",
			"a system without agentic factors scores at most half its CVSS base score",
		},
	},
	{
		ID: AIVSS09, Title: "OWASP AIVSS", Edition: "0.9 draft, 2026", State: "draft, not frozen",
		Source: "https://aivss.owasp.org",
		Formula: []string{
			"Mode 1 (normative): AIVSS = CVSS-BTE, whatever the class",
			"Mode 2 (provisional): class A1 lifts EQ4 of the CVSS MacroVector by one, A2 also EQ1; the interpolation distance is kept",
			"class A2: AP:L, or LC:D or I with CP:C, or LC:D with SR:R; A1: any of the four above benign; A0: LC:N/CP:N/AP:N/SR:U or absent",
			"AIVSS-P = 100 x geometric mean of S/10, BI, REACH and L",
		},
		Bands:   cvssBands,
		Derived: "CVSS-BTE only (Mode 1). The AI metrics are read from a vector that is given and never derived: the draft's definitions of their letters are not settled",
		Notes: []string{
			"a plain CVSS reader refuses a vector with the AI metrics; they are split off first",
			"the candidate calculator of 1.0 adds to the score for TD, and this draft does not",
		},
	},
	{
		ID: CVSS40, Title: "CVSS", Edition: "4.0, 2023-11-01", State: "current",
		Source: "https://www.first.org/cvss/v4-0/",
		Formula: []string{
			"six equivalence classes give a MacroVector with a score in a table; the distance to its worst vector is interpolated",
			"named CVSS-B, -BT, -BE or -BTE by the groups that the vector has",
		},
		Bands:   cvssBands,
		Derived: "the base vector; exploit maturity (E) is chosen; environmental metrics are read from a vector that is given",
		Notes:   []string{"an attack that nobody makes (a mishap) has no CVSS score"},
	},
	{
		ID: RiskRR, Title: "OWASP Risk Rating", Edition: "methodology page, 2026-11", State: "current",
		Source: "https://owasp.org/www-community/OWASP_Risk_Rating_Methodology",
		Formula: []string{
			"likelihood = mean of eight factors, impact = mean of four, each 0 to 9",
			"0 to below 3 low, 3 to below 6 medium, 6 to 9 high; severity from the two by a table; business impact counts where it is given",
		},
		Derived: "opportunity and size from who attacks, detection and accountability from monitors, technical impact from what is lost; the rest is open, and a file of inputs closes it",
		Notes:   []string{"the page's own example uses values that are not among its options; scale: any allows them"},
	},
	{
		ID: Matrix, Title: "Likelihood × consequence matrix", Edition: "ISO/IEC 23894:2023 wording, four by four", State: "convention",
		Source: "https://www.iso.org/standard/77304.html",
		Formula: []string{
			"level of risk from the likelihood (unlikely, possible, likely, very likely) and the consequence (low to critical) by a table",
			"effective risk = level (1 to 4) x (1 - implementation status of the best control: 0, 0.5 or 1)",
		},
		Derived: "likelihood from the chance of the cheapest way, consequence from the class of loss, implementation status from control states",
		Notes:   []string{"the same level can stand for very different pairs; the matrix orders nothing within a level"},
	},
}

// Find gives a system by id; nil when there is none.
func Find(id string) *System {
	for i := range Systems {
		if Systems[i].ID == id {
			return &Systems[i]
		}
	}
	return nil
}

// IDs lists the ids of the systems, the default first.
func IDs() []string {
	var out []string
	for i := range Systems {
		out = append(out, Systems[i].ID)
	}
	return out
}

// band names the part of a scale that a score falls in.
func band(bands []Band, score *big.Rat) string {
	for _, b := range bands {
		if score.Cmp(rat(b.Low)) >= 0 {
			return b.Name
		}
	}
	return bands[len(bands)-1].Name
}

// rat reads a decimal of a table of this package.
func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("score: " + text + " is no number")
	}
	return r
}

// decimal reads a number that somebody gave: digits with at most one point, no exponent, no sign.
func decimal(text string) (*big.Rat, bool) {
	if text == "" || len(text) > 20 || strings.Trim(text, "0123456789.") != "" || strings.Count(text, ".") > 1 || strings.Trim(text, ".") == "" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// halfUp rounds a number that is not negative to a number of decimals, halves upwards.
func halfUp(x *big.Rat, decimals int) *big.Rat {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	y := new(big.Rat).Mul(x, new(big.Rat).SetInt(scale))
	y.Add(y, big.NewRat(1, 2))
	whole := new(big.Int).Quo(y.Num(), y.Denom())
	return new(big.Rat).SetFrac(whole, scale)
}

// number is a rounded score as the nearest float, which prints as the same digits.
func number(x *big.Rat) float64 {
	f, _ := x.Float64()
	return f
}
