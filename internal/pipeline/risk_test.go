package pipeline

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
)

// exampleResult is an example as a scan sees it.
func exampleResult(t testing.TB, e *Engine, name string) *result.Result {
	t.Helper()
	r, err := e.Scan(context.Background(), Input{Path: filepath.Join(examplesFolder, name), AsOf: "2026-11-23", Questions: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func riskEngine(t testing.TB) *Engine {
	t.Helper()
	e, _, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func reckon(t testing.TB, e *Engine, r *result.Result, o RiskOptions) *result.Result {
	t.Helper()
	if err := e.Risk(context.Background(), r, o); err != nil {
		t.Fatal(err)
	}
	return r
}

// fewTrials are enough for what does not depend on their number.
const fewTrials = 2 * 64 * 512

// TestRiskIsTheSameOnAnyNumberOfProcessors holds the bytes.
func TestRiskIsTheSameOnAnyNumberOfProcessors(t *testing.T) {
	e := riskEngine(t)
	var first []byte
	for _, n := range []int{1, 2, 8} {
		old := runtime.GOMAXPROCS(n)
		r := reckon(t, e, exampleResult(t, e, "support-desk"), RiskOptions{Seed: 7, Trials: fewTrials})
		runtime.GOMAXPROCS(old)
		got, err := json.Marshal([]any{r.Risks, r.RiskBasis})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		} else if string(first) != string(got) {
			t.Fatalf("risks differ between 1 and %d processors", n)
		}
	}
	if strings.Contains(string(first), "NaN") {
		t.Error("a figure is no number")
	}
}

// TestControlsNeverRaiseRisk: with controls nothing is dearer than without, and in no part of what is not known.
func TestControlsNeverRaiseRisk(t *testing.T) {
	e := riskEngine(t)
	for _, name := range []string{"support-desk", "mcp-hardened"} {
		r := reckon(t, e, exampleResult(t, e, name), RiskOptions{Seed: 1, Trials: fewTrials})
		some := false
		for i := range r.Risks {
			x := &r.Risks[i]
			some = some || x.Annual.Mean < x.Inherent.Mean
			if x.Annual.Mean > x.Inherent.Mean || x.Annual.High > x.Inherent.High {
				t.Errorf("%s: %s is %v with controls and %v without", name, x.ID, x.Annual, x.Inherent)
			}
			last := 1.0
			for _, p := range x.Curve {
				if p.Chance.Mean > p.Inherent+1e-12 {
					t.Errorf("%s: a year above %g has the chance %g with controls and %g without", name, p.Loss, p.Chance.Mean, p.Inherent)
				}
				if p.Chance.Mean > last {
					t.Errorf("%s: the curve of %s rises at %g", name, x.ID, p.Loss)
				}
				last = p.Chance.Mean
			}
		}
		for _, c := range r.RiskBasis.Controls {
			if c.Cut < 0 || c.Low < 0 {
				t.Errorf("%s: %s on %s takes away %g (from %g)", name, c.Control, c.On, c.Cut, c.Low)
			}
		}
		for _, s := range r.RiskBasis.Steps {
			if s.Never > s.Always {
				t.Errorf("%s: %s costs %g if it never succeeds and %g if it always does", name, s.Finding, s.Never, s.Always)
			}
		}
		if strings.HasSuffix(name, "-hardened") && !some {
			t.Errorf("%s: no control takes anything away", name)
		}
	}
}

// TestPartsOfRiskAddUp: attackers, layers and losses are three ways to cut the same sum.
func TestPartsOfRiskAddUp(t *testing.T) {
	e := riskEngine(t)
	r := reckon(t, e, exampleResult(t, e, "eliza-os"), RiskOptions{Seed: 1, Trials: fewTrials, Simple: true})
	sums := map[string]float64{}
	for i := range r.Risks {
		sums[r.Risks[i].Of+" "+r.Risks[i].Unit] += r.Risks[i].Annual.Mean
	}
	for key, sum := range sums {
		_, unit, _ := strings.Cut(key, " ")
		if whole := sums["total "+unit]; sum < 0.999999*whole || sum > 1.000001*whole {
			t.Errorf("%s adds up to %g, the total is %g", key, sum, whole)
		}
	}
	if len(sums) != 8 { // four sorts in two units
		t.Errorf("sums are %v", sums)
	}
}

// TestLessUncertaintyNarrowsRisk: an input that is known better makes the band narrower, and what it was no longer moves
// anything.
func TestLessUncertaintyNarrowsRisk(t *testing.T) {
	e := riskEngine(t)
	width := func(given ...model.RiskInput) (float64, *result.Result) {
		r := exampleResult(t, e, "support-desk")
		r.System.Risk = given
		reckon(t, e, r, RiskOptions{Seed: 3, Trials: fewTrials})
		return r.Risks[0].Annual.High - r.Risks[0].Annual.Low, r
	}
	before, r := width()
	worst := r.RiskBasis.Drivers[0].Input
	of, name, _ := strings.Cut(worst, ":")
	var value result.Band
	for _, q := range r.RiskBasis.Inputs {
		if q.ID == worst {
			value = q.Value
		}
	}
	narrow := model.RiskInput{Of: of, Name: name, Reason: "measured"}
	quarter := (value.High - value.Low) / 8
	narrow.Low, narrow.Mode, narrow.High = value.Mean-quarter, value.Mean, value.Mean+quarter
	narrow.Low = max(narrow.Low, 0.5*value.Mean)
	after, r := width(narrow)
	if after >= before {
		t.Errorf("with %s known to within a quarter the band is %g wide, before %g", worst, after, before)
	}
	if r.RiskBasis.Drivers[0].Input == worst {
		t.Errorf("%s still moves the mean most", worst)
	}
}

// TestSeedsAgreeWithinTheirError: what sampling leaves is about as large as it is said to be.
func TestSeedsAgreeWithinTheirError(t *testing.T) {
	e := riskEngine(t)
	apart := 0
	const seeds = 5
	var totals [seeds]result.Risk
	for seed := range uint64(seeds) {
		r := reckon(t, e, exampleResult(t, e, "rpa-expense"), RiskOptions{Seed: seed + 1, Trials: 2 * fewTrials, Simple: true})
		totals[seed] = r.Risks[0]
	}
	for i := range totals {
		for j := range i {
			d := totals[i].Annual.Mean - totals[j].Annual.Mean
			if max(d, -d) > totals[i].Error+totals[j].Error {
				apart++
			}
		}
	}
	if apart > 1 { // of 10 pairs whose intervals at 95 % should nearly always meet
		t.Errorf("%d of 10 pairs of seeds are further apart than their stated errors", apart)
	}
}

// TestNamesDoNotChangeRisk: coins are drawn for ids, so that other names give other draws of the same system: figures agree
// within what sampling leaves.
func TestNamesDoNotChangeRisk(t *testing.T) {
	const shop = `fermata: 1
name: shop
elements:
  - {id: assistant, kind: agent, facts: {entry: yes}}
  - {id: pay, kind: tool, effects: {money: yes}}
  - {id: customer, kind: human}
flows:
  - {kind: prompt, from: customer, to: assistant}
  - {kind: tool-call, from: assistant, to: pay}
assets:
  - {id: till, element: pay, capability: invoke, loss: money, low: 100, high: 900, currency: EUR}
`
	e := riskEngine(t)
	totals := func(text string) map[string]result.Risk {
		name := filepath.Join(t.TempDir(), "model.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := e.Scan(context.Background(), Input{Path: name, AsOf: "2026-11-23", Questions: -1})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]result.Risk{}
		for _, x := range reckon(t, e, r, RiskOptions{Seed: 1, Trials: 2 * fewTrials, Simple: true}).Risks {
			if x.Of == result.RiskTotal || x.Of == result.RiskAttacker {
				out[x.Of+" "+x.Name+" "+x.Unit] = x
			}
		}
		return out
	}
	before := totals(shop)
	after := totals(strings.NewReplacer("assistant", "zebra", "pay", "alpha", "customer", "mid", "till", "box").Replace(shop))
	if len(before) == 0 || len(before) != len(after) {
		t.Fatalf("%d figures before, %d after", len(before), len(after))
	}
	for key, x := range before {
		y, ok := after[key]
		if d := max(x.Annual.Mean-y.Annual.Mean, y.Annual.Mean-x.Annual.Mean); !ok || d > 2*(x.Error+y.Error) {
			t.Errorf("%s: %g ± %g under one name, %g ± %g under another", key, x.Annual.Mean, x.Error, y.Annual.Mean, y.Error)
		}
	}
}

func BenchmarkRisk(b *testing.B) {
	e := riskEngine(b)
	for _, name := range []string{"eliza-os", "support-desk"} {
		r := exampleResult(b, e, name)
		b.Run(name, func(b *testing.B) {
			for range b.N {
				reckon(b, e, r, RiskOptions{Seed: 1})
			}
		})
	}
}

// guardedShop is a system whose agents stand behind filters that a path gets past.
func guardedShop(t *testing.T, e *Engine) *result.Result {
	t.Helper()
	name := filepath.Join(t.TempDir(), "model.yaml")
	const text = `fermata: 1
name: shop
elements:
  - {id: front, kind: agent, facts: {entry: yes}, controls: [{control: input-guardrail, state: declared}]}
  - {id: back, kind: agent, controls: [{control: input-guardrail, state: evidenced}]}
  - {id: pay, kind: tool, effects: {money: yes}}
  - {id: customer, kind: human}
flows:
  - {kind: prompt, from: customer, to: front}
  - {kind: delegation, from: front, to: back}
  - {kind: tool-call, from: back, to: pay}
`
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := e.Scan(context.Background(), Input{Path: name, AsOf: "2026-11-23", Questions: -1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestPathsHaveChances: every path of a scan has a chance, which is not above that of its loss within an attempt. The chance of
// the loss is taken from a reckoning in which everybody tries as good as once a year and each loss repeats.
func TestPathsHaveChances(t *testing.T) {
	e := riskEngine(t)
	past := 0
	for _, name := range []string{"support-desk", "mcp", "rpa-expense", ""} {
		var r *result.Result
		if name == "" {
			r = guardedShop(t, e)
		} else {
			r = exampleResult(t, e, name)
		}
		best := map[string]float64{}
		for i := range r.Paths {
			p := &r.Paths[i]
			if p.Probability == nil || *p.Probability <= 0 || *p.Probability > 1 {
				t.Errorf("%s: path %s has no chance", name, p.ID)
				continue
			}
			past += len(p.Passes)
			if !strings.Contains(p.Attacker, "+") {
				key := p.Attacker + " " + p.Goal.Asset
				best[key] = max(best[key], *p.Probability)
			}
		}
		r.System.Risk = nil
		for i := range r.System.Assets {
			r.System.Assets[i].Low, r.System.Assets[i].High, r.System.Assets[i].Currency = 0, 0, ""
			r.System.Risk = append(r.System.Risk, model.RiskInput{Of: model.LossOf, Name: r.System.Assets[i].ID, Low: 1, High: 1, Repeats: 1000, Reason: "test"})
		}
		for _, a := range r.System.Attackers {
			r.System.Risk = append(r.System.Risk, model.RiskInput{Of: model.AttemptsOf, Name: a.ID, Low: 1, High: 1, Reason: "test"})
		}
		reckon(t, e, r, RiskOptions{Seed: 5, Trials: fewTrials, Simple: true})
		for i := range r.Risks {
			x := &r.Risks[i]
			if x.Of != result.RiskAsset {
				continue
			}
			for _, part := range x.By { // one try a year at a unit each: the loss a year is the chance
				if most := best[part.Name+" "+x.Name]; most > part.Annual+2*x.Error+0.01 {
					t.Errorf("%s: a path of %s to %s has the chance %g, and the loss %g", name, part.Name, x.Name, most, part.Annual)
				}
			}
		}
	}
	if past == 0 {
		t.Error("no path gets past a control: the chances of controls are not tested")
	}
}
