package risk

import (
	"context"
	"slices"

	"fermata/internal/result"
)

// What stands beside another answer is reckoned as [Compute] does it, so that both say the same number of the same thing: by
// the same draws, and as exactly. Only what nobody asks for there is left out: years, and what drives the loss.

// reckoned is a run up to its means, of which the figures without controls are left out. Beside what is planned, the first of
// the offers can be tried.
func reckoned(ctx context.Context, in *Input, tried bool) (*run, error) {
	e, err := newEngine(in)
	if err != nil {
		return nil, err
	}
	r := &run{engine: e, now: &scenario{}, bare: &scenario{bare: true}, unbare: true, diagram: diagramNodes}
	r.place(in.Planned)
	var offers []int
	if tried {
		offers = r.first(in.Offers, mostControls)
	}
	if r.plan != nil {
		for i := range r.plan.placed {
			offers = append(offers, i)
		}
	}
	e.only(offers)
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	return r, r.sample(ctx)
}

// place makes a scenario of planned offers ("control@on"); there is none without any.
func (r *run) place(planned []string) {
	if planned == nil {
		return
	}
	r.plan = &scenario{placed: map[int]bool{}}
	for i := range r.in.Offers {
		if slices.Contains(planned, r.in.Offers[i].id()) {
			r.plan.placed[i] = true
		}
	}
}

// Means gives the expected loss a year in each draw, as [Compute] has it.
func Means(ctx context.Context, in Input) (Sketch, error) {
	r, err := reckoned(ctx, &in, false)
	if err != nil {
		return nil, err
	}
	out := Sketch{}
	for u, unit := range r.units {
		out[unit] = totals(r.current, u)
	}
	return out, nil
}

func totals(list []*moments, u int) []float64 {
	out := make([]float64, len(list))
	for i, m := range list {
		out[i] = m.total[u]
	}
	return out
}

// Beside says what expected loss says of the placements of a plan ("control@on"): what all of them do to it, what the first
// does alone, and which placement alone takes most away, for its effort and whatever that is. Nothing is told where no loss is
// expected in the unit.
func Beside(ctx context.Context, in Input, unit string, plan []string) ([]result.RiskChange, *result.PlanByRisk, error) {
	if len(plan) == 0 {
		return nil, nil, nil
	}
	in.Planned = plan
	r, err := reckoned(ctx, &in, true)
	if err != nil {
		return nil, nil, err
	}
	u := slices.Index(r.units, unit)
	if u < 0 || mean(r.current, func(m *moments) float64 { return m.total[u] }) == 0 {
		return nil, nil, nil
	}
	offers := r.first(in.Offers, mostControls)
	first := slices.IndexFunc(in.Offers, func(g Guard) bool { return g.id() == plan[0] })
	if first >= 0 && !slices.Contains(offers, first) {
		offers = append(offers, first)
	}
	if len(offers) == 0 {
		return nil, nil, nil
	}
	var scenarios []*scenario
	for _, o := range offers {
		scenarios = append(scenarios, &scenario{placed: map[int]bool{o: true}})
	}
	c, err := r.besides(ctx, scenarios)
	if err != nil {
		return nil, nil, err
	}
	now, scale := c.now(u)
	placing := make([]result.RiskPlacing, len(offers))
	for i, o := range offers {
		g, b := &in.Offers[o], c.less(i, u)
		b = result.Band{Mean: scale * b.Mean, Low: scale * b.Low, High: scale * b.High}
		placing[i] = result.RiskPlacing{Control: g.Control, On: g.On, Effort: g.Effort, Friction: g.Friction, Cut: b, After: float64(scale*now) - b.Mean}
	}
	// The first of equals is that of fermata risk: by control, then by place.
	slices.SortStableFunc(placing, func(a, b result.RiskPlacing) int {
		return byCut(a.Cut.Mean, b.Cut.Mean, a.Control, b.Control, a.On, b.On)
	})
	out := &result.PlanByRisk{Unit: unit, Best: placing[0], Most: placing[0]}
	for _, p := range placing {
		if p.Control+"@"+p.On == plan[0] {
			out.First = p.Cut
		}
		if p.Cut.Mean/max(p.Effort, 1e-9) > out.Best.Cut.Mean/max(out.Best.Effort, 1e-9) {
			out.Best = p
		}
	}
	out.Step = slices.Index(plan, out.Best.Control+"@"+out.Best.On) + 1
	before, after := Sketch{unit: totals(r.current, u)}, Sketch{unit: totals(r.planned, u)}
	return Change(before, after), out, nil
}
