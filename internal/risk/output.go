package risk

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/stat"
)

// output puts everything into the form of a result.
func (r *run) output() *Output {
	out := &Output{Risks: []result.Risk{}, Basis: &result.RiskBasis{
		Attacker: r.in.Mode, Seed: r.in.Seed, Draws: len(r.draws), Trials: 64 * r.blocks, Years: r.years, Stopped: r.stopped,
		Inputs: []result.RiskQuantity{}, Drivers: []result.RiskDriver{}, Controls: []result.RiskControl{}, Steps: []result.RiskStep{}, Notes: []string{},
	}}
	var totals, assets, attackers, layers []result.Risk
	for u, unit := range r.units {
		whole := r.risk(result.RiskTotal, "", unit, func(m *moments) float64 { return m.total[u] }, func(_, i int) bool { return r.losses[i].unit == u })
		if whole.Inherent.Mean == 0 {
			continue
		}
		r.total(&whole, u)
		totals = append(totals, whole)
		assets = append(assets, r.assets(u)...)
		attackers = append(attackers, r.attackers(u)...)
		for _, layer := range r.layers(u) {
			x := r.risk(result.RiskLayer, layer, unit, func(m *moments) float64 { return r.sumLayer(m, layer, u) }, func(_, i int) bool { return r.losses[i].unit == u && r.losses[i].Layer == layer })
			if x.Inherent.Mean > 0 {
				layers = append(layers, x)
			}
		}
	}
	for _, list := range [][]result.Risk{totals, assets, attackers, layers} {
		sort.SliceStable(list, func(i, j int) bool { return dearer(&list[i], &list[j]) })
		out.Risks = append(out.Risks, list...)
	}
	counts := r.counting()
	for _, q := range r.q.list {
		if q.Of == model.TogetherOf && !counts[q] {
			continue // of a control that stands nowhere
		}
		out.Basis.Inputs = append(out.Basis.Inputs, q.told())
		if q.Warn != "" {
			out.Basis.Notes = append(out.Basis.Notes, q.Warn)
		}
	}
	out.Basis.Notes = append(out.Basis.Notes, r.notes...)
	return out
}

// dearer orders risks: money before units, then the dearest first.
func dearer(a, b *result.Risk) bool {
	switch {
	case (a.Unit == Units) != (b.Unit == Units):
		return b.Unit == Units
	case a.Unit != b.Unit:
		return a.Unit < b.Unit
	case a.Annual.Mean != b.Annual.Mean:
		return a.Annual.Mean > b.Annual.Mean
	case a.Inherent.Mean != b.Inherent.Mean:
		return a.Inherent.Mean > b.Inherent.Mean
	}
	return a.ID < b.ID
}

// risk is what all sorts of risks have in common; counts tells which attackers and losses are in the figure.
func (r *run) risk(of, name, unit string, value func(*moments) float64, counts func(attacker, loss int) bool) result.Risk {
	id := of + ":" + unit
	if name != "" {
		id = of + ":" + name
		if len(r.units) > 1 && of != result.RiskAsset {
			id += ":" + unit // an attacker and a layer have one for each unit
		}
	}
	x := result.Risk{
		ID: id, Of: of, Name: name, Unit: unit, Annual: bandOf(r.current, value), Error: halfWidth(r.current, value), Inherent: bandOf(r.inherent, value),
	}
	if rare, draws := r.rareError(counts); rare > 0 {
		x.Errors = []result.ErrorPart{{Method: result.ErrorOfDraws, Draws: len(r.draws), Error: x.Error}, {Method: result.ErrorOfRare, Draws: draws, Error: rare}}
		x.Error = sqrtSum(x.Error, rare)
	}
	if r.plan != nil {
		planned := bandOf(r.planned, value)
		x.Planned = &planned
	}
	return x
}

func (r *run) assets(u int) []result.Risk {
	var out []result.Risk
	for i := range r.losses {
		l := &r.losses[i]
		if l.unit != u {
			continue
		}
		x := r.risk(result.RiskAsset, l.Asset, r.units[u], func(m *moments) float64 { return m.asset[i] }, func(_, j int) bool { return j == i })
		if mean(r.inherent, func(m *moments) float64 { return m.once[l.own] }) == 0 {
			continue
		}
		x.Event, x.Dearer, x.Passage = l.Event, r.dearerNames(i), r.passageOf(i)
		x.Chance = bandOf(r.current, func(m *moments) float64 { return m.once[l.own] })
		one := l.size.Range()
		if l.size.Chance > 0 {
			one = result.Band{Mean: float64(one.Mean * caseMean(l.size.Chance)), Low: l.size.low, High: l.size.high}
		}
		x.Case, x.Repeats, x.Method = &one, l.repeats, r.methodOf(i)
		for a := range r.in.Attackers {
			x.By = append(x.By, result.Part{Name: r.in.Attackers[a].ID, Annual: mean(r.current, func(m *moments) float64 { return m.by[a][i] })})
		}
		x.By = shares(x.By)
		out = append(out, x)
	}
	return out
}

func (r *run) attackers(u int) []result.Risk {
	var out []result.Risk
	for a := range r.in.Attackers {
		x := r.risk(result.RiskAttacker, r.in.Attackers[a].ID, r.units[u], func(m *moments) float64 { return r.sumBy(m, a, u) }, func(b, i int) bool { return b == a && r.losses[i].unit == u })
		if x.Inherent.Mean == 0 {
			continue
		}
		for i := range r.losses {
			if r.losses[i].unit == u {
				x.By = append(x.By, result.Part{Name: r.losses[i].Asset, Annual: mean(r.current, func(m *moments) float64 { return m.by[a][i] })})
			}
		}
		x.By = shares(x.By)
		out = append(out, x)
	}
	return out
}

func (r *run) sumBy(m *moments, attacker, unit int) float64 {
	sum := 0.0
	for i, x := range m.by[attacker] {
		if r.losses[i].unit == unit {
			sum += x
		}
	}
	return sum
}

func (r *run) sumLayer(m *moments, layer string, unit int) float64 {
	sum := 0.0
	for i, x := range m.asset {
		if r.losses[i].unit == unit && r.losses[i].Layer == layer {
			sum += x
		}
	}
	return sum
}

func (r *run) layers(unit int) []string {
	var out []string
	for i := range r.losses {
		if r.losses[i].unit == unit && !slices.Contains(out, r.losses[i].Layer) {
			out = append(out, r.losses[i].Layer)
		}
	}
	slices.Sort(out)
	return out
}

// methodOf names how the chance of a loss within an attempt was reckoned, for the attackers who bring it about.
func (r *run) methodOf(i int) string {
	var list []string
	for a := range r.method {
		m := r.method[a][i]
		if mean(r.inherent, func(m *moments) float64 { return m.by[a][i] }) > 0 && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	slices.Sort(list)
	return strings.Join(list, "+")
}

// shares fills in shares and sorts, largest first; what is nothing is left out.
func shares(parts []result.Part) []result.Part {
	sum := 0.0
	for _, p := range parts {
		sum += p.Annual
	}
	parts = slices.DeleteFunc(parts, func(p result.Part) bool { return p.Annual == 0 })
	for i := range parts {
		parts[i].Share = parts[i].Annual / sum
	}
	slices.SortStableFunc(parts, func(a, b result.Part) int {
		switch {
		case a.Annual > b.Annual:
			return -1
		case a.Annual < b.Annual:
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return parts
}

// points is how many amounts a curve has.
const points = 24

// total fills in what only whole years show.
func (r *run) total(x *result.Risk, u int) {
	happens := make([]float64, len(r.happens))
	for i := range r.happens {
		happens[i] = r.happens[i][u]
	}
	x.Chance = band(happens)
	all, bare := weigh(r.totals[0][u], r.weights[0]), weigh(r.totals[1][u], r.weights[1])
	x.Quantiles = &result.Quantiles{P50: all.quantile(0.5), P90: all.quantile(0.9), P95: all.quantile(0.95), P99: all.quantile(0.99), Tail: all.tail(0.05)}
	var plan weighted
	if r.plan != nil {
		plan = weigh(r.totals[2][u], r.weights[2])
	}
	perDraw := make([]weighted, len(r.draws))
	for n := range perDraw {
		perDraw[n] = weigh(r.totals[0][u][n*r.row:(n+1)*r.row], r.weights[0][n*r.row:(n+1)*r.row])
	}
	chances := make([]float64, len(perDraw))
	raised, lowered := 0.0, 0.0
	for _, amount := range amounts(bare, all) {
		p := result.Exceedance{Loss: amount, Inherent: bare.above(amount)}
		for n := range perDraw {
			chances[n] = perDraw[n].above(amount)
		}
		p.Chance = band(chances)
		// Seldom losses have years of their own in each world, so the two are no longer the same years; that controls only take
		// away is known all the same.
		raised = max(raised, beyond(p.Chance.Mean, p.Inherent))
		p.Inherent = max(p.Inherent, p.Chance.Mean)
		if r.plan != nil {
			chance := plan.above(amount)
			lowered = max(lowered, beyond(chance, p.Chance.Mean))
			chance = min(chance, p.Chance.Mean)
			p.Planned = &chance
		}
		x.Curve = append(x.Curve, p)
	}
	if raised > 0 {
		r.notes = append(r.notes, fmt.Sprintf("the curve without controls in %s lay below the one with them, by up to %s of years, as years are drawn; it was raised to that one", r.units[u], percent(raised)))
	}
	if lowered > 0 {
		r.notes = append(r.notes, fmt.Sprintf("the curve under the plan in %s lay above the present one, by up to %s of years, as years are drawn; it was lowered to that one", r.units[u], percent(lowered)))
	}
}

// beyond is by how much a chance lies above another, or 0 where two digits do not show it.
func beyond(x, y float64) float64 {
	if x-y <= float64(0.005*x) {
		return 0
	}
	return x - y
}

// amounts are round ones, evenly spread over the orders of magnitude between a small loss and a rare one: one year in a
// thousand with a loss is dearer, or, where losses are so seldom that they have years of their own, one in ten million years.
func amounts(bare, now weighted) []float64 {
	some := bare.above(0)
	if some == 0 {
		return nil
	}
	low, high := bare.quantile(1-float64(0.98*some)), bare.quantile(1-float64(0.001*some))
	if now.whole() > 0 && len(now.x) > 0 && now.upTo[0] < now.whole()*1e-6 {
		high = max(high, now.quantile(1-1e-7))
	}
	var out []float64
	step := (stat.Log(high) - stat.Log(low)) / (points - 1)
	for i := range points {
		x := round(stat.Exp(stat.Log(low) + float64(float64(i)*step)))
		if len(out) == 0 || x > out[len(out)-1] {
			out = append(out, x)
		}
	}
	return out
}

// round keeps two digits.
func round(x float64) float64 {
	unit := 1.0
	for x/unit >= 100 {
		unit *= 10
	}
	for x/unit < 10 {
		unit /= 10
	}
	return float64(math.Round(x/unit) * unit)
}
