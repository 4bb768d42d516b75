package risk

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// chainInput is a way of two steps, each of which brings about a loss; every input is known.
func chainInput(events ...string) Input {
	var b graph.Builder
	in := Input{Rules: map[string]result.Range{"step": {Low: 0.5, Mode: 0.5, High: 0.5}}, Controls: map[string]Control{}, Seed: 3, Mode: Static}
	source := b.Node(graph.Node{ID: "source", Kind: graph.And})
	at, refs := source, []graph.Ref{source}
	var coins, steps []graph.Ref
	for i := range 2 {
		coin, step := b.Node(graph.Node{ID: fmt.Sprint("chance", i), Kind: graph.And}), b.Node(graph.Node{ID: fmt.Sprint("step", i), Kind: graph.And})
		b.Edge(coin, step)
		b.Edge(at, step)
		at, coins, steps, refs = step, append(coins, coin), append(steps, step), append(refs, coin)
	}
	g, err := b.Build()
	if err != nil {
		panic(err)
	}
	in.Graph = g
	for i, c := range coins {
		in.Steps = append(in.Steps, Step{Node: g.Place(c), Finding: fmt.Sprint(i), Rule: "step"})
	}
	var entries []int32
	for _, r := range refs {
		entries = append(entries, g.Place(r))
	}
	in.Attackers = []Attacker{{"outsider", g.Place(source), entries}}
	in.Losses = []Loss{
		{Asset: "calls", Class: "money", On: "wallet", Power: "invoke", Severity: "critical", Node: g.Place(steps[0]), Low: 100, High: 100, Currency: "EUR"},
		{Asset: "funds", Class: "money", On: "wallet", Power: "credential", Severity: "critical", Node: g.Place(steps[1]), Low: 1000, High: 1000, Currency: "EUR"},
	}
	for i, e := range events {
		in.Losses[i].Event = e
	}
	in.Given = []model.RiskInput{{Of: model.AttemptsOf, Name: "outsider", Low: 2, High: 2, Reason: "test"}}
	return in
}

// TestOneEventCountsOnce: two names of one event cost what the dearer costs where both fall, and the cheaper only where it falls alone; the
// chance of each name is its own. That holds for the mean and for the years that are drawn.
func TestOneEventCountsOnce(t *testing.T) {
	both, some := 1-math.Exp(-2*0.25), 1-math.Exp(-2*0.5) // funds within a year; calls
	once := 1000*both + 100*(some-both)
	for _, c := range []struct {
		what  string
		in    Input
		total float64
		after int // dearer names of the cheaper loss
	}{
		{"one class on one element", chainInput(), once, 1},
		{"one event that the model names", func() Input {
			in := chainInput("wallet", "wallet")
			in.Losses[0].On, in.Losses[0].Class = "elsewhere", "decision"
			return in
		}(), once, 1},
		{"two events", chainInput("one", "another"), 1000*both + 100*some, 0},
		{"two elements", func() Input {
			in := chainInput()
			in.Losses[0].On = "elsewhere"
			return in
		}(), 1000*both + 100*some, 0},
		{"two things that one power takes", func() Input {
			in := chainInput()
			in.Losses[0].Power = "credential"
			return in
		}(), 1000*both + 100*some, 0},
		{"two currencies", func() Input {
			in := chainInput("wallet", "wallet")
			in.Losses[0].Currency, in.Currency = "USD", "EUR"
			return in
		}(), 1000 * both, 0},
	} {
		for _, diagram := range []int{diagramNodes, 1} {
			near := 1e-9
			if diagram == 1 {
				near = 0.03 // trials
			}
			out, err := compute(context.Background(), c.in, diagram)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for i := range out.Risks {
				x := &out.Risks[i]
				switch {
				case x.Of == result.RiskTotal:
					if math.Abs(x.Annual.Mean-c.total) > near*c.total {
						t.Errorf("%s: %g a year, want %g", c.what, x.Annual.Mean, c.total)
					}
					above := 0.0
					for _, p := range x.Curve {
						if p.Loss > 100 && p.Loss < 1000 {
							above = p.Chance.Mean
						}
					}
					if above != 0 && math.Abs(above-both) > 0.03 {
						t.Errorf("%s: the curve puts more than the cheaper loss at %g, want %g", c.what, above, both)
					}
				case x.Of == result.RiskAsset:
					sum += x.Annual.Mean
					want := both
					if x.Name == "calls" {
						want = some
						if len(x.Dearer) != c.after {
							t.Errorf("%s: dearer names are %v, want %d", c.what, x.Dearer, c.after)
						}
					}
					if math.Abs(x.Chance.Mean-want) > max(near, 1e-9) {
						t.Errorf("%s: %s happens in %g of years, want %g", c.what, x.Name, x.Chance.Mean, want)
					}
				}
			}
			if math.Abs(sum-c.total) > 2*near*c.total {
				t.Errorf("%s: the losses add up to %g, want %g", c.what, sum, c.total)
			}
		}
	}
}

// TestControlsNeverRaiseRiskOfEvents is TestControlsNeverRaiseRiskOfRandomSystems where all losses are names of one event, of different costs
// that are not known: placing a control never raises the expected loss of a draw, and the event never costs more than its losses apart.
func TestControlsNeverRaiseRiskOfEvents(t *testing.T) {
	lowered, less := 0, 0
	for seed := range uint64(40) {
		apart := randomInput(seed, plainNames)
		apart.Mode = Static
		for i := range apart.Losses {
			apart.Losses[i].Low, apart.Losses[i].High, apart.Losses[i].Currency = 10, 100*float64(i+1), "EUR"
		}
		in := apart
		in.Losses = append([]Loss{}, apart.Losses...)
		for i := range in.Losses {
			in.Losses[i].Event = "all"
		}
		e, err := newEngine(&in)
		if err != nil {
			t.Fatal(err)
		}
		f, err := newEngine(&apart)
		if err != nil {
			t.Fatal(err)
		}
		e.extend()
		f.extend()
		w, v := e.worker(), f.worker()
		for n := range 8 {
			d, placed := e.draw(n), map[int]bool{}
			last := e.moments(d, w.sample(n, d, &scenario{bare: true}, false)).total[0]
			for i := -1; i < len(in.Offers); i++ {
				if i >= 0 {
					placed[i] = true
				}
				now := e.moments(d, w.sample(n, d, &scenario{placed: placed}, false)).total[0]
				if now > last*(1+1e-12) {
					t.Fatalf("seed %d, draw %d: placement %d raises the expected loss from %g to %g", seed, n, i, last, now)
				}
				if now < last {
					lowered++
				}
				last = now
				d2 := f.draw(n)
				if whole := f.moments(d2, v.sample(n, d2, &scenario{placed: placed}, false)).total[0]; now > whole*(1+1e-12) {
					t.Fatalf("seed %d, draw %d: as one event they cost %g, apart %g", seed, n, now, whole)
				} else if now < whole {
					less++
				}
			}
		}
	}
	if lowered < 50 || less < 50 {
		t.Errorf("controls took something away %d times and events counted less than their losses %d times: the systems test nothing", lowered, less)
	}
}

// TestPassage: the far loss of a chain takes two steps in every attempt that brings it about, and half of such systems have it when its rate
// says so.
func TestPassage(t *testing.T) {
	out, err := compute(context.Background(), chainInput(), diagramNodes)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i := range out.Risks {
		x := &out.Risks[i]
		if x.Of != result.RiskAsset {
			continue
		}
		seen++
		steps, rate := 1, 2*0.5
		if x.Name == "funds" {
			steps, rate = 2, 2*0.25
		}
		p := x.Passage
		if p == nil || p.Fewest != steps || p.P50 != steps || p.P95 != steps || p.Met < 500 {
			t.Fatalf("%s is %+v, want %d steps away", x.Name, p, steps)
		}
		if want := math.Ln2 / rate; math.Abs(p.HalfAfter-want) > 1e-6*want {
			t.Errorf("half have %s after %g years, want %g", x.Name, p.HalfAfter, want)
		}
		if want := -math.Log(0.95) / rate; math.Abs(p.TwentiethAfter-want) > 1e-6*want {
			t.Errorf("one in twenty has %s after %g years, want %g", x.Name, p.TwentiethAfter, want)
		}
	}
	if seen != 2 {
		t.Errorf("%d losses, want 2", seen)
	}
}

// TestErrorsOfRareLosses: where a loss is reckoned by importance sampling in a few draws, its error says so, and holds the truth.
func TestErrorsOfRareLosses(t *testing.T) {
	const truth = 0.3 * 1e-5 * 0.1 * 1e9 // of the fortune of rareInput
	out, err := compute(context.Background(), rareInput(), 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := false
	for i := range out.Risks {
		x := &out.Risks[i]
		if x.Of != result.RiskAsset || x.Name != "fortune" {
			continue
		}
		seen = true
		if len(x.Errors) != 2 || x.Errors[1].Method != result.ErrorOfRare || x.Errors[1].Draws < 2 || x.Errors[1].Error <= 0 || x.Error < x.Errors[1].Error {
			t.Errorf("the error is %g, made of %+v", x.Error, x.Errors)
		}
		if math.Abs(x.Annual.Mean-truth) > 1.5*x.Error {
			t.Errorf("the fortune costs %g a year with an error of %g, want %g", x.Annual.Mean, x.Error, truth)
		}
	}
	if !seen {
		t.Error("no fortune")
	}
}

// TestNoDrawIsRaisedByControls: where what rare losses cost without controls comes out below what they cost with them, the draw is corrected,
// and a note says by how much. Importance sampling takes the same random numbers in both worlds, so that seldom happens by itself; here the
// present figures are spoiled.
func TestNoDrawIsRaisedByControls(t *testing.T) {
	for _, spoil := range []float64{1, 0.01} {
		in := rareInput()
		in.Trials, in.Mode = 2*batch*64*blocks, Static
		e, err := newEngine(&in)
		if err != nil {
			t.Fatal(err)
		}
		r := &run{engine: e, now: &scenario{}, bare: &scenario{bare: true}, diagram: 1}
		if err := r.begin(context.Background()); err != nil {
			t.Fatal(err)
		}
		for n := range r.worlds[0].rare[0][1] {
			r.worlds[0].rare[0][1][n] /= spoil
		}
		if err := r.sample(context.Background()); err != nil {
			t.Fatal(err)
		}
		raised := 0.0
		for n := range r.draws {
			if now, bare := r.current[n].total[0], r.inherent[n].total[0]; now > bare*(1+1e-12) {
				t.Fatalf("draw %d: the loss is %g without controls and %g now", n, bare, now)
			}
			raised += r.forced[n].raised[0]
		}
		noted := slices.ContainsFunc(r.notes, func(n string) bool { return strings.Contains(n, "was raised to that one") })
		if want := spoil < 1; noted != want || (raised > 0) != want {
			t.Errorf("spoiled to %g: %g was raised, and the notes are %q", spoil, raised, r.notes)
		}
	}
}
