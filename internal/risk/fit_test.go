package risk

import (
	"math"
	"testing"
)

// dojo are the undefended rows C001 to C021 of the evidence table: successes and trials.
var dojo = [][2]float64{
	{354, 629},
	{300, 629},
	{213, 629},
	{180, 629},
	{180, 629},
	{171, 629},
	{168, 629},
	{161, 629},
	{219, 949},
	{107, 629},
	{107, 629},
	{134, 949},
	{77, 629},
	{71, 629},
	{65, 629},
	{57, 629},
	{47, 949},
	{28, 629},
	{22, 629},
	{21, 629},
	{7, 629},
}

// TestFitAgreesWithPublishedPool holds the fit against a pool of the same rows that was made elsewhere: mean 0.16, nine in
// ten settings between 0.05 and 0.44.
func TestFitAgreesWithPublishedPool(t *testing.T) {
	var studies []Study
	for _, d := range dojo {
		studies = append(studies, Study{"", d[0] / d[1], d[1] / designEffect})
	}
	mean, low, high := Fit(studies).Interval()
	for _, c := range []struct {
		name            string
		got, want, near float64
	}{{"mean", mean, 0.16, 0.02}, {"low", low, 0.05, 0.02}, {"high", high, 0.44, 0.05}} {
		if math.Abs(c.got-c.want) > c.near {
			t.Errorf("%s is %.3f, want about %.2f", c.name, c.got, c.want)
		}
	}
}

// TestFewStudiesKeepTheUsualSpread: three studies that agree do not show that settings do.
func TestFewStudiesKeepTheUsualSpread(t *testing.T) {
	three := Fit([]Study{{"", 0.9, 100}, {"", 0.91, 100}, {"", 0.9, 100}})
	if three.Spread < 0.5 {
		t.Errorf("the spread is %.2f, want at least half of the usual one", three.Spread)
	}
	many := make([]Study, 60)
	for i := range many {
		many[i] = Study{"", 0.9, 100}
	}
	if sixty := Fit(many); sixty.Spread > 0.3 {
		t.Errorf("sixty studies that agree leave a spread of %.2f, want less than 0.3", sixty.Spread)
	}
}

// TestFitOfNever: none of n trials is no proof of never, and more trials say more.
func TestFitOfNever(t *testing.T) {
	few, _, _ := Fit([]Study{{"", 0, 4}, {"", 0, 4}}).Interval()
	many, _, _ := Fit([]Study{{"", 0, 400}, {"", 0, 400}}).Interval()
	if !(0 < many && many < few && few < 0.3) {
		t.Errorf("means are %.4f of few trials and %.4f of many", few, many)
	}
}

func TestRowsMeasureWhatTheySay(t *testing.T) {
	row := func(kind, metric string, value float64, baseline float64, adaptive bool) *Row {
		return &Row{ID: "X", Kind: kind, Metric: metric, Value: value, HasValue: true, Baseline: baseline, HasBaseline: baseline > 0, Adaptive: adaptive}
	}
	for _, c := range []struct {
		row               *Row
		success, efficacy float64 // −1: the row does not say
	}{
		{row("attack", "targeted ASR", 0.48, 0, false), 0.48, -1},
		{row("control", "residual ASR", 0.12, 0.48, false), 0.48, 0.75},
		{row("control", "residual ASR", 0.6, 0.48, false), 0.48, 0}, // it made things worse, which counts as no help
		{row("control", "residual ASR", 0.9, 0, true), 0.9, 0.1},
		{row("control", "residual ASR", 0, 0, false), -1, -1},
		{row("control", "block rate", 0.7, 0, false), 0.3, 0.7},
		{row("detector", "recall (1-FNR), mean over six datasets", 0.25, 0, false), 0.75, 0.25},
		{row("control", "miss rate (1-recall)", 0.17, 0, false), 0.17, 0.83},
		{row("human", "approval rate", 0.93, 0, false), 0.93, 0.07},
		{row("prevalence", "share", 0.4, 0, false), -1, -1},
		{row("attack", "increase in coalition advantage", 0.185, 0, false), -1, -1},
		{row("attack", "poisoned documents needed", 250, 0, false), -1, -1},
		{row("propagation", "drop in task performance", 0.3, 0, false), -1, -1},
		{row("attack", "ASR (maximum over seven models)", 0.88, 0, false), -1, -1},
	} {
		check := func(what string, s Study, ok bool, want float64) {
			if got := s.Share; ok != (want >= 0) || ok && math.Abs(got-want) > 1e-9 {
				t.Errorf("%s of %s %q %g: %g, %v; want %g", what, c.row.Kind, c.row.Metric, c.row.Value, got, ok, want)
			}
		}
		s, ok := c.row.Success()
		check("success", s, ok, c.success)
		s, ok = c.row.Efficacy()
		check("efficacy", s, ok, c.efficacy)
	}
}
