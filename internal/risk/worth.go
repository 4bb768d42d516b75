package risk

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"
	"strings"

	"fermata/internal/result"
)

// How much is looked at.
const (
	fifths       = 5
	mostControls = 24 // that stand, and as many that could
	mostSteps    = 12
	worthDraws   = 2 * batch
	driverLeast  = 0.01
	driverSure   = 4.0 // standard deviations by which a share must stand out of what chance alone gives
)

// worth fills in what moves the mean: inputs, controls and steps.
func (r *run) worth(ctx context.Context, basis *result.RiskBasis) error {
	for u, unit := range r.units {
		if whole := mean(r.current, func(m *moments) float64 { return m.total[u] }); whole > 0 {
			r.drivers(basis, u, unit)
		}
	}
	sort.SliceStable(basis.Drivers, func(i, j int) bool {
		a, b := &basis.Drivers[i], &basis.Drivers[j]
		if a.Share != b.Share {
			return a.Share > b.Share
		}
		return a.Input < b.Input
	})
	return r.compare(ctx, basis)
}

// drivers ranks inputs: in the draws at hand, how the mean moves with each.
func (r *run) drivers(basis *result.RiskBasis, u int, unit string) {
	n := len(r.draws)
	whole := mean(r.current, func(m *moments) float64 { return m.total[u] })
	variance := 0.0
	for _, m := range r.current {
		d := m.total[u] - whole
		variance += float64(d * d)
	}
	if variance == 0 {
		return
	}
	order, counts := make([]int, n), r.counting()
	for i, q := range r.q.list {
		if !counts[q] || q.Dist.Quantile(0.05) == q.Dist.Quantile(0.95) {
			continue // it has no part in it, or it is known
		}
		for k := range order {
			order[k] = k
		}
		slices.SortFunc(order, func(a, b int) int {
			switch x, y := r.values[a][i], r.values[b][i]; {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		var fifth [fifths]float64
		explained := 0.0
		for k := range fifths {
			part := order[k*n/fifths : (k+1)*n/fifths]
			for _, at := range part {
				fifth[k] += r.current[at].total[u]
			}
			fifth[k] /= float64(len(part))
			d := fifth[k] - whole
			explained += float64(float64(len(part)) * float64(d*d))
		}
		// Means of few draws differ by chance, too; that much is taken off. What is left must stand out of its scatter,
		// which is that of a chi-squared number with as many degrees: among a hundred inputs some would be listed by luck.
		degrees := float64(fifths - 1)
		share := explained/variance - degrees/float64(n-1)
		if share < max(driverLeast, driverSure*math.Sqrt(2*degrees)/float64(n-1)) {
			continue
		}
		basis.Drivers = append(basis.Drivers, result.RiskDriver{Input: q.ID, Unit: unit, Low: fifth[0], High: fifth[fifths-1], Share: share})
	}
}

// counting are the quantities on which the present figures rest: not those of controls that could be placed.
func (r *run) counting() map[*Quantity]bool {
	out := map[*Quantity]bool{}
	for _, list := range [][]*Quantity{r.success, r.guards, r.rates} {
		for _, q := range list {
			out[q] = true
		}
	}
	stand := map[string]bool{}
	for i := range r.in.Guards {
		stand[r.in.Guards[i].Control] = true
	}
	for i := range r.in.Together {
		if stand[r.in.Together[i].Control] {
			out[r.shares[i]] = true
		}
	}
	for i := range r.losses {
		out[r.losses[i].size] = true
	}
	return out
}

// compare tries the controls that stand, those that could, and the steps, each alone and under the same random numbers.
func (r *run) compare(ctx context.Context, basis *result.RiskBasis) error {
	if mean(r.inherent, func(m *moments) float64 {
		sum := 0.0
		for _, x := range m.total {
			sum += x
		}
		return sum
	}) == 0 {
		return nil
	}
	type try struct {
		s    *scenario
		tell func(u int, low, mean, high, now float64)
	}
	var tries []try
	guards, offers, steps := r.first(r.in.Guards, mostControls), r.first(r.in.Offers, mostControls), r.firstSteps()
	control := func(g *Guard, stands bool) func(int, float64, float64, float64, float64) {
		return func(u int, low, mean, high, now float64) {
			if mean == 0 && low == 0 && high == 0 {
				return
			}
			c := result.RiskControl{Control: g.Control, On: g.On, Stands: stands, Unit: r.units[u], Annual: now - mean, Cut: mean, Low: low, High: high, Effort: g.Effort}
			if stands {
				c.Cut, c.Low, c.High = -mean, -high, -low
			}
			basis.Controls = append(basis.Controls, c)
		}
	}
	for _, i := range guards {
		tries = append(tries, try{&scenario{gone: map[int]bool{i: true}}, control(&r.in.Guards[i], true)})
	}
	for _, i := range offers {
		tries = append(tries, try{&scenario{placed: map[int]bool{i: true}}, control(&r.in.Offers[i], false)})
	}
	var scenarios []*scenario
	for _, t := range tries {
		scenarios = append(scenarios, t.s)
	}
	for _, i := range steps {
		scenarios = append(scenarios, &scenario{never: map[int]bool{i: true}}, &scenario{always: map[int]bool{i: true}})
	}
	c, err := r.besides(ctx, scenarios)
	if err != nil {
		return err
	}
	for u, unit := range r.units {
		now, scale := c.now(u)
		for i, t := range tries {
			b := c.less(i, u)
			t.tell(u, scale*b.Low, scale*b.Mean, scale*b.High, scale*now)
		}
		for k, i := range steps {
			never, always := c.less(len(tries)+2*k, u).Mean, c.less(len(tries)+2*k+1, u).Mean
			if never != 0 || always != 0 {
				basis.Steps = append(basis.Steps, result.RiskStep{Finding: r.in.Steps[i].Finding, Unit: unit, Never: scale * (now - never), Always: scale * (now - always)})
			}
		}
	}
	sort.SliceStable(basis.Controls, func(i, j int) bool {
		a, b := &basis.Controls[i], &basis.Controls[j]
		if a.Stands != b.Stands {
			return a.Stands
		}
		return byCut(a.Cut, b.Cut, a.Control, b.Control, a.On, b.On) < 0
	})
	sort.SliceStable(basis.Steps, func(i, j int) bool {
		a, b := &basis.Steps[i], &basis.Steps[j]
		if a.Never != b.Never {
			return a.Never < b.Never
		}
		return a.Finding < b.Finding
	})
	return nil
}

// byCut orders placements: those that take most away first, then by control and place.
func byCut(cutA, cutB float64, controlA, controlB, onA, onB string) int {
	return cmp.Or(cmp.Compare(cutB, cutA), strings.Compare(controlA, controlB), strings.Compare(onA, onB))
}

// comparison is what scenarios come to beside the present one, in the first draws and under the same random numbers.
type comparison struct {
	r       *run
	changed [][][]float64 // scenario, draw, unit; the present one is the last
}

// besides tries scenarios beside the present one.
func (r *run) besides(ctx context.Context, scenarios []*scenario) (*comparison, error) {
	scenarios = append(scenarios, r.now)
	n := min(worthDraws, len(r.draws))
	changed := make([][][]float64, len(scenarios))
	for i := range changed {
		changed[i] = make([][]float64, n)
	}
	rests := r.rests()
	return &comparison{r, changed}, each(ctx, n, func() func(int) {
		w := r.worker()
		return func(at int) {
			d := r.draws[at]
			now := w.try(at, d, r.now, quickBlocks, false)
			for i, s := range scenarios {
				changed[i][at] = r.moments(d, w.tryBeside(at, d, s, now, rests)).total
			}
		}
	})
}

// rests tells for each attacker on which nodes what they bring about can rest.
func (r *run) rests() [][]bool {
	out := make([][]bool, len(r.base))
	for a, s := range r.base {
		out[a] = make([]bool, r.in.Graph.Len())
		for _, v := range s.Nodes() {
			out[a][v] = true
		}
	}
	return out
}

// tryBeside is try for a scenario that differs from the present one: attackers for whom it makes no difference are not tried again.
func (w *worker) tryBeside(n int, d *drawn, s *scenario, now *frequencies, rests [][]bool) *frequencies {
	f := &frequencies{}
	for a := range rests {
		if w.e.differs(s, rests[a]) {
			f.perYear = append(f.perYear, w.tryOne(a, n, d, s, quickBlocks, nil))
		} else {
			f.perYear = append(f.perYear, now.perYear[a])
		}
	}
	return f
}

// differs tells whether a scenario sets the chance of any of some nodes otherwise than the present one does.
func (e *engine) differs(s *scenario, nodes []bool) bool {
	if s.bare {
		return true
	}
	for i := range s.placed {
		if nodes[e.in.Offers[i].Node] {
			return true
		}
	}
	for i := range s.gone {
		if nodes[e.in.Guards[i].Node] {
			return true
		}
	}
	for _, steps := range []map[int]bool{s.never, s.always} {
		for i := range steps {
			if nodes[e.in.Steps[i].Node] {
				return true
			}
		}
	}
	return slices.ContainsFunc(s.closed, func(v int32) bool { return nodes[v] })
}

// now is the present expected loss in these draws, and what makes the mean of all draws of it: the draws at hand stand for all.
func (c *comparison) now(u int) (now, scale float64) {
	last := c.changed[len(c.changed)-1]
	for at := range last {
		now += last[at][u] / float64(len(last))
	}
	if now > 0 {
		scale = mean(c.r.current, func(m *moments) float64 { return m.total[u] }) / now
	}
	return now, scale
}

// less is what a scenario takes away, before it is scaled.
func (c *comparison) less(i, u int) result.Band {
	last := c.changed[len(c.changed)-1]
	all := make([]float64, len(last))
	for at := range last {
		all[at] = last[at][u] - c.changed[i][at][u]
	}
	return band(all)
}

// first chooses the placements that are tried: those on the steps that most leads through.
func (r *run) first(list []Guard, most int) []int {
	weight := make([]float64, len(list))
	for i := range list {
		for _, step := range list[i].Guards {
			weight[i] += r.in.Steps[step].Weight
		}
	}
	return top(len(list), most, func(a, b int) int {
		if weight[a] != weight[b] {
			if weight[a] > weight[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(list[a].id(), list[b].id())
	})
}

func (r *run) firstSteps() []int {
	return top(len(r.in.Steps), mostSteps, func(a, b int) int {
		x, y := &r.in.Steps[a], &r.in.Steps[b]
		if x.Weight != y.Weight {
			if x.Weight > y.Weight {
				return -1
			}
			return 1
		}
		return strings.Compare(x.Finding, y.Finding)
	})
}

// top sorts numbers and keeps the first ones.
func top(n, most int, compare func(a, b int) int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	slices.SortFunc(list, compare)
	return list[:min(n, most)]
}
