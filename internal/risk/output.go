package risk

import (
	"math"
	"slices"
	"sort"
	"strings"

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
		whole := r.risk(result.RiskTotal, "", unit, func(m *moments) float64 { return m.total[u] })
		if whole.Inherent.Mean == 0 {
			continue
		}
		r.total(&whole, u)
		totals = append(totals, whole)
		assets = append(assets, r.assets(u)...)
		attackers = append(attackers, r.attackers(u)...)
		for _, layer := range r.layers(u) {
			x := r.risk(result.RiskLayer, layer, unit, func(m *moments) float64 { return r.sumLayer(m, layer, u) })
			if x.Inherent.Mean > 0 {
				layers = append(layers, x)
			}
		}
	}
	for _, list := range [][]result.Risk{totals, assets, attackers, layers} {
		sort.SliceStable(list, func(i, j int) bool { return dearer(&list[i], &list[j]) })
		out.Risks = append(out.Risks, list...)
	}
	for _, q := range r.q.list {
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

// risk is what all sorts of risks have in common.
func (r *run) risk(of, name, unit string, value func(*moments) float64) result.Risk {
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
		x := r.risk(result.RiskAsset, l.Asset, r.units[u], func(m *moments) float64 { return m.asset[i] })
		if x.Inherent.Mean == 0 {
			continue
		}
		x.Chance = bandOf(r.current, func(m *moments) float64 { return m.once[i] })
		one := l.size.Range()
		if l.size.Chance > 0 {
			one = result.Band{Mean: float64(one.Mean * caseMean(l.size.Chance)), Low: l.size.low, High: l.size.high}
		}
		x.Case, x.Repeats = &one, l.repeats
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
		x := r.risk(result.RiskAttacker, r.in.Attackers[a].ID, r.units[u], func(m *moments) float64 { return r.sumBy(m, a, u) })
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
	all, bare := ordered(r.totals[0][u]), ordered(r.totals[1][u])
	x.Quantiles = &result.Quantiles{P50: quantile(all, 0.5), P90: quantile(all, 0.9), P95: quantile(all, 0.95), P99: quantile(all, 0.99)}
	worst := all[int(0.95*float64(len(all))):]
	for _, y := range worst {
		x.Quantiles.Tail += y
	}
	x.Quantiles.Tail /= float64(len(worst))
	var plan []float64
	if r.plan != nil {
		plan = ordered(r.totals[2][u])
	}
	perDraw := make([][]float64, len(r.draws))
	for n := range perDraw {
		perDraw[n] = ordered(r.totals[0][u][n*r.years : (n+1)*r.years])
	}
	chances := make([]float64, len(perDraw))
	for _, amount := range amounts(bare) {
		p := result.Exceedance{Loss: amount, Inherent: above(bare, amount)}
		for n := range perDraw {
			chances[n] = above(perDraw[n], amount)
		}
		p.Chance = band(chances)
		if plan != nil {
			chance := above(plan, amount)
			p.Planned = &chance
		}
		x.Curve = append(x.Curve, p)
	}
}

func ordered(list []float64) []float64 {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// amounts are round ones, evenly spread over the orders of magnitude between a small loss and a rare one.
func amounts(years []float64) []float64 {
	first := sort.SearchFloat64s(years, math.SmallestNonzeroFloat64)
	if first == len(years) {
		return nil
	}
	low, high := quantile(years[first:], 0.02), quantile(years[first:], 0.999)
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
