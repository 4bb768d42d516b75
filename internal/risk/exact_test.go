package risk

import (
	"context"
	"fmt"
	"math"
	"testing"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// rareInput is a system in which one loss is common and small and another takes ten steps more and costs a fortune. Half of
// the long way is behind a control.
func rareInput() Input {
	var b graph.Builder
	in := Input{Rules: map[string]result.Range{"step": {Low: 0.1, Mode: 0.1, High: 0.1}, "first": {Low: 0.3, Mode: 0.3, High: 0.3}}, Controls: map[string]Control{"wall": {Efficacy: result.Range{Low: 0.9, Mode: 0.9, High: 0.9}}}, Seed: 3, Simple: true}
	source := b.Node(graph.Node{ID: "source", Kind: graph.And})
	together, fails := b.Node(graph.Node{ID: "together", Kind: graph.And}), b.Node(graph.Node{ID: "fails", Kind: graph.And})
	guard := b.Node(graph.Node{ID: "guard", Kind: graph.Or})
	b.Edge(together, guard)
	b.Edge(fails, guard)
	at, refs := source, []graph.Ref{source, together, fails}
	var coins, steps []graph.Ref
	for i := range 6 {
		coin, step := b.Node(graph.Node{ID: fmt.Sprint("chance", i), Kind: graph.And}), b.Node(graph.Node{ID: fmt.Sprint("step", i), Kind: graph.And})
		b.Edge(coin, step)
		b.Edge(at, step)
		if i == 3 {
			b.Edge(guard, step)
		}
		at, coins, steps, refs = step, append(coins, coin), append(steps, step), append(refs, coin)
	}
	g, err := b.Build()
	if err != nil {
		panic(err)
	}
	in.Graph = g
	for i, c := range coins {
		rule := "step"
		if i == 0 {
			rule = "first"
		}
		in.Steps = append(in.Steps, Step{Node: g.Place(c), Finding: fmt.Sprint(i), Rule: rule})
	}
	in.Guards = []Guard{{Node: g.Place(fails), Control: "wall", On: "x", Believed: 1}}
	in.Together = []Together{{g.Place(together), "wall"}}
	var entries []int32
	for _, r := range refs {
		entries = append(entries, g.Place(r))
	}
	in.Attackers = []Attacker{{"outsider", g.Place(source), entries}}
	in.Losses = []Loss{
		{Asset: "small", Class: "records", Node: g.Place(steps[0]), Low: 100, High: 100, Currency: "EUR"},
		{Asset: "fortune", Class: "money", Node: g.Place(steps[5]), Low: 1e9, High: 1e9, Currency: "EUR"},
	}
	in.Given = []model.RiskInput{{Of: model.AttemptsOf, Name: "outsider", Low: 1, High: 1, Reason: "test"}}
	return in
}

// TestSeldomLossesAreInTheTail: a loss of one in three million attempts has its chance in the mean and in the curve alike,
// whether it is reckoned by diagrams or, where these are refused, by importance sampling.
func TestSeldomLossesAreInTheTail(t *testing.T) {
	const chance = 0.3 * 1e-5 * 0.1 // of the fortune within an attempt
	for _, c := range []struct {
		diagram int
		method  string
		near    float64
	}{{diagramNodes, result.ByDiagram, 1e-9}, {1, result.ByRare, 0.1}} {
		out, err := compute(context.Background(), rareInput(), c.diagram)
		if err != nil {
			t.Fatal(err)
		}
		once := 1 - math.Exp(-chance)
		for i := range out.Risks {
			x := &out.Risks[i]
			switch {
			case x.Of == result.RiskAsset && x.Name == "fortune":
				if x.Method != c.method {
					t.Errorf("the fortune is reckoned by %q, want %q", x.Method, c.method)
				}
				if want := once * 1e9; math.Abs(x.Annual.Mean-want) > c.near*want {
					t.Errorf("%s: the fortune costs %g a year, want %g", c.method, x.Annual.Mean, want)
				}
				if want := 10 * once * 1e9; math.Abs(x.Inherent.Mean-want) > 0.35*want && c.method == result.ByRare || math.Abs(x.Inherent.Mean-want) > 1e-4*want && c.method == result.ByDiagram {
					t.Errorf("%s: without the control the fortune costs %g a year, want %g", c.method, x.Inherent.Mean, want)
				}
			case x.Of == result.RiskTotal:
				above := 0.0
				for _, p := range x.Curve {
					if p.Loss >= 1e5 && p.Loss < 1e9 {
						above = p.Chance.Mean
						if p.Inherent < p.Chance.Mean {
							t.Errorf("%s: above %g with chance %g, and %g without control", c.method, p.Loss, p.Chance.Mean, p.Inherent)
						}
					}
				}
				if math.Abs(above-once) > max(c.near, 1e-6)*once {
					t.Errorf("%s: the curve puts a fortune at %g, want %g as the mean has it", c.method, above, once)
				}
				if want := x.Annual.Mean; math.Abs(x.Quantiles.Tail*0.05-want) > 0.02*want+30 {
					t.Errorf("%s: the worst twentieth of years holds %g of the %g a year", c.method, x.Quantiles.Tail*0.05, want)
				}
			}
		}
	}
}

// TestMethodsAgree: on random systems figures by diagrams lie within the errors of figures by trials.
func TestMethodsAgree(t *testing.T) {
	apart, compared := 0, 0
	for seed := range uint64(12) {
		var got [2]*Output
		for k, diagram := range []int{diagramNodes, 1} {
			in := randomInput(seed, plainNames)
			in.Simple, in.Quick, in.Trials = true, false, 4*batch*64*blocks
			out, err := compute(context.Background(), in, diagram)
			if err != nil {
				t.Fatal(err)
			}
			got[k] = out
		}
		for i := range got[0].Risks {
			x := &got[0].Risks[i]
			for j := range got[1].Risks {
				y := &got[1].Risks[j]
				if x.ID != y.ID || x.Of != result.RiskAsset {
					continue
				}
				compared++
				// Both take the same draws, so they differ by trials alone; a trial of a rate of 3 has a deviation below 1.5.
				if d := math.Abs(x.Annual.Mean - y.Annual.Mean); d > 0.03*x.Annual.Mean+4*x.Case.Mean*math.Sqrt(x.Annual.Mean/x.Case.Mean/(4*batch*64*blocks)*3) {
					apart++
					t.Logf("seed %d, %s: %g by diagrams, %g by trials", seed, x.ID, x.Annual.Mean, y.Annual.Mean)
				}
			}
		}
	}
	if compared < 10 || apart > compared/20 {
		t.Errorf("%d of %d figures differ by more than trials explain", apart, compared)
	}
}
