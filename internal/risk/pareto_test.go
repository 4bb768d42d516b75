package risk

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"fermata/internal/result"
)

// TestParetoIsNotBeaten: of the sets that a plan lists none is at least as good as another in effort, friction and loss; and
// the plan's own front is among them or beaten by one of them.
func TestParetoIsNotBeaten(t *testing.T) {
	gentle := 0
	for seed := range uint64(20) {
		plan, err := Choose(context.Background(), randomInput(seed, plainNames), Units, 0)
		if err != nil {
			t.Fatal(err)
		}
		beats := func(y, x *result.RiskPoint) bool {
			return y.Effort <= x.Effort && y.Friction <= x.Friction && y.Left <= x.Left+1e-9
		}
		for i := range plan.Pareto {
			for j := range plan.Pareto {
				if i != j && beats(&plan.Pareto[j], &plan.Pareto[i]) {
					t.Errorf("seed %d: %+v is beaten by %+v", seed, plan.Pareto[i], plan.Pareto[j])
				}
			}
		}
		for i := range plan.Front {
			some := false
			for j := range plan.Pareto {
				some = some || beats(&plan.Pareto[j], &plan.Front[i])
			}
			if !some {
				t.Errorf("seed %d: %+v of the front is in no way among %+v", seed, plan.Front[i], plan.Pareto)
			}
		}
		if len(plan.Pareto) > len(plan.Front) {
			gentle++
		}
	}
	if gentle == 0 {
		t.Error("no plan has a set with less friction than those of its front")
	}
}

// TestNamesDoNotChangeRandomSystems: the same system under other names, with its parts put together in another order, has the same
// figures within what sampling leaves; and exactly the same where they are not drawn: chances of paths and of attempts.
func TestNamesDoNotChangeRandomSystems(t *testing.T) {
	compared := 0
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 7))
		other := rng.Perm(1000)
		var chances [2][]float64
		var totals [2]*Output
		for k, name := range []func(string, int) string{plainNames, func(sort string, n int) string { return fmt.Sprintf("%03d %s", other[n+31*len(sort)], sort) }} {
			in := randomInput(seed, name)
			in.Simple, in.Quick, in.Seed = true, false, 1
			in.Trials = 2 * batch * 64 * blocks
			e, err := newEngine(&in)
			if err != nil {
				t.Fatal(err)
			}
			e.extend()
			r := &run{engine: e, now: &scenario{}, bare: &scenario{bare: true}, diagram: diagramNodes}
			if err := r.begin(context.Background()); err != nil {
				t.Fatal(err)
			}
			w := e.worker()
			for n := range 4 {
				d := e.draw(n)
				for _, x := range r.worlds {
					for _, row := range w.reckon(r, n, d, x).perYear {
						chances[k] = append(chances[k], row...)
					}
				}
			}
			if totals[k], err = Compute(context.Background(), in); err != nil {
				t.Fatal(err)
			}
		}
		if len(chances[0]) != len(chances[1]) || len(totals[0].Risks) != len(totals[1].Risks) {
			t.Fatalf("seed %d: other names give other lists", seed)
		}
		for i, x := range chances[0] {
			if y := chances[1][i]; math.Abs(x-y) > 1e-12*max(x, 1) {
				t.Errorf("seed %d: a chance is %g under one name and %g under another", seed, x, y)
			}
		}
		for i := range totals[0].Risks {
			x := &totals[0].Risks[i]
			for j := range totals[1].Risks {
				if y := &totals[1].Risks[j]; y.ID == x.ID {
					compared++
					// Draws are of inputs, whose names are the same; only years are drawn for other names.
					if d := math.Abs(x.Annual.Mean - y.Annual.Mean); d > 1e-9*x.Annual.Mean {
						t.Errorf("seed %d, %s: %g under one name, %g under another", seed, x.ID, x.Annual.Mean, y.Annual.Mean)
					}
					if q, s := x.Quantiles, y.Quantiles; q != nil && math.Abs(q.Tail-s.Tail) > 0.1*q.Tail+1 {
						t.Errorf("seed %d, %s: the worst years cost %g under one name, %g under another", seed, x.ID, q.Tail, s.Tail)
					}
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("%d figures were compared only", compared)
	}
}

// TestHalvedUncertaintyNarrows: with the range of every judged input drawn together to half around its mean, the range of the
// total is narrower on every random system.
func TestHalvedUncertaintyNarrows(t *testing.T) {
	wider, systems := 0, 0
	for seed := range uint64(36) {
		width := func(change func(in *Input)) float64 {
			in := randomInput(seed, plainNames)
			in.Simple, in.Quick, in.Trials = true, false, 4*batch*64*blocks
			if change != nil {
				change(&in)
			}
			out, err := Compute(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Risks) == 0 {
				return 0
			}
			return (out.Risks[0].Annual.High - out.Risks[0].Annual.Low) / out.Risks[0].Annual.Mean
		}
		before := width(nil)
		if before == 0 {
			continue
		}
		systems++
		half := func(r result.Range) result.Range {
			mean := (r.Low + 4*r.Mode + r.High) / 6
			for _, x := range []*float64{&r.Low, &r.Mode, &r.High} {
				*x = mean + (*x-mean)/2
			}
			return r
		}
		all := width(func(in *Input) {
			for name, r := range in.Rules {
				in.Rules[name] = half(r)
			}
			for name, c := range in.Controls {
				c.Efficacy = half(c.Efficacy)
				in.Controls[name] = c
			}
			for i := range in.Given {
				low, high := in.Given[i].Low, in.Given[i].High
				in.Given[i].Low, in.Given[i].High = math.Pow(low, 0.75)*math.Pow(high, 0.25), math.Pow(low, 0.25)*math.Pow(high, 0.75)
			}
		})
		if all >= before {
			wider++
			t.Logf("seed %d: the range is %.3f of the mean, and %.3f where all inputs are known twice as well", seed, before, all)
		}
	}
	if systems < 15 || wider > 0 {
		t.Errorf("of %d systems %d have no narrower range where all inputs are known twice as well", systems, wider)
	}
}
