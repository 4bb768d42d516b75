package risk

import (
	"math"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/stat"
)

// TestChancesOfWays holds the chance of a path against a mean over many draws, and against what is known by hand.
func TestChancesOfWays(t *testing.T) {
	in := Input{
		Rules:    map[string]result.Range{"a": {Low: 0.1, Mode: 0.5, High: 0.9}, "sure": {Low: 1, Mode: 1, High: 1}, "half": {Low: 0.5, Mode: 0.5, High: 0.5}},
		Controls: map[string]Control{"filter": {Efficacy: result.Range{Low: 0.2, Mode: 0.6, High: 0.9}}, "known": {Efficacy: result.Range{Low: 0.8, Mode: 0.8, High: 0.8}}},
		Given:    []model.RiskInput{{Of: model.TogetherOf, Name: "known", Low: 0.5, Mode: 0.5, High: 0.5, Reason: "test"}},
	}
	ways := []Way{
		{Rules: []string{"sure", "half", "half"}},
		{Rules: []string{"half"}, Passes: []Passed{{"known", 0.6}}},
		{Rules: []string{"sure"}, Passes: []Passed{{"known", 0.6}, {"known", 1}}},
		{Rules: []string{"a", "a", "half"}},
		{Rules: []string{"a", "half", "a"}, Passes: []Passed{{"filter", 0.8}, {"filter", 0.6}}},
		{},
	}
	got, err := Chances(in, ways)
	if err != nil {
		t.Fatal(err)
	}
	// 0.1 of all attempts pass both known filters at once; the rest passes one with (0.52-0.1)/0.9 and the other with 0.1/0.9.
	for i, want := range []float64{0.25, 0.5 * (1 - 0.48), 0.1 + 0.9*(0.42/0.9)*(0.1/0.9)} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("way %d has the chance %g, want %g", i, got[i], want)
		}
	}
	if got[3] <= 0.5*0.25 {
		t.Errorf("two steps of one rule have the chance %g, no more than if they were strangers", got[3])
	}
	if got[5] != 1 {
		t.Errorf("a way without steps has the chance %g", got[5])
	}
	q, err := settle(&Input{Rules: in.Rules, Controls: in.Controls, Mode: Static, Together: []Together{{0, "filter"}}, Steps: []Step{{Rule: "a"}}})
	if err != nil {
		t.Fatal(err)
	}
	sum, n := 0.0, 200000
	for i := range n {
		u, v := stat.Uniforms(1, 2, uint64(i))
		w, _ := stat.Uniforms(1, 3, uint64(i))
		a, e, s := q.byID["success:a"].Dist.Quantile(u), q.byID["efficacy:filter"].Dist.Quantile(v), q.byID["together:filter"].Dist.Quantile(w)
		c := s * (1 - e)
		sum += a * a * 0.5 * (c + (1-e*0.8-c)*(1-e*0.6-c)/(1-c))
	}
	if mean := sum / float64(n); math.Abs(mean-got[4]) > 0.01*mean {
		t.Errorf("the way past two filters has the chance %g, in draws %g", got[4], mean)
	}
}
