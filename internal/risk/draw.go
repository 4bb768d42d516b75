package risk

import (
	"context"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/stat"
)

// Sizes. They are part of what a figure means, and the same on every machine.
const (
	batch        = 64 // draws of one Latin hypercube
	fewest       = 4  // batches
	quickBatches = 2  // batches of a comparison
	mostBatches  = 16
	blocks       = 8    // of 64 trials, for each attacker in each draw
	quickBlocks  = 4    //
	years        = 400  // in each draw
	close        = 0.05 // half width of the interval of the mean, relative to it, at which sampling stops
)

// scenario is a way in which the controls stand.
type scenario struct {
	bare   bool         // no control stands
	placed map[int]bool // offers that are placed, by index
	gone   map[int]bool // guards that are taken away, by index
	never  map[int]bool // steps that never succeed
	always map[int]bool // steps that always do
	closed []int32      // nodes that never hold
}

// engine holds what all scenarios share.
type engine struct {
	in      *Input
	q       *quantities
	losses  []loss
	events  [][]int     // losses that are names of one event, the dearest first
	success []*Quantity // of each step
	guards  []*Quantity // efficacy of each guard
	offers  []*Quantity
	common  []*Quantity // efficacy of each control that fails together
	shares  []*Quantity // how much of its failing that is
	rates   []*Quantity // of each attacker
	units   []string

	guardKind, offerKind []int // which of Input.Together is of their control

	base   []*graph.Sampler // of each attacker
	blocks int              // of each attacker in a draw, where figures are to be exact
	values [][]float64      // by draw: a number for each quantity of q.list, between 0 and 1
}

// loss is a loss with what it costs.
type loss struct {
	*Loss
	size    *Quantity
	unit    int // -1 of a name that stands for its own chance alone; see [engine.settleEvents]
	repeats int
	node    int32 // that it, or a dearer name of the same event, is lost
	dearer  int   // the next dearer name of the same event; -1: none
	own     int   // the entry that is watched for this name alone
}

func newEngine(in *Input) (*engine, error) {
	q, err := settle(in)
	if err != nil {
		return nil, err
	}
	e := &engine{in: in, q: q, blocks: blocks}
	if in.Quick {
		e.blocks = quickBlocks
	}
	for i := range in.Steps {
		e.success = append(e.success, q.byID[model.SuccessOf+":"+in.Steps[i].Rule])
	}
	for i := range in.Guards {
		e.guards = append(e.guards, q.byID[model.EfficacyOf+":"+in.Guards[i].Control])
	}
	for i := range in.Offers {
		e.offers = append(e.offers, q.byID[model.EfficacyOf+":"+in.Offers[i].Control])
	}
	for i := range in.Together {
		e.common = append(e.common, q.byID[model.EfficacyOf+":"+in.Together[i].Control])
		e.shares = append(e.shares, q.byID[model.TogetherOf+":"+in.Together[i].Control])
	}
	for i := range in.Attackers {
		e.rates = append(e.rates, q.byID[model.AttemptsOf+":"+in.Attackers[i].ID])
	}
	kind := func(g *Guard) int {
		return slices.IndexFunc(in.Together, func(t Together) bool { return t.Control == g.Control })
	}
	for i := range in.Guards {
		e.guardKind = append(e.guardKind, kind(&in.Guards[i]))
	}
	for i := range in.Offers {
		e.offerKind = append(e.offerKind, kind(&in.Offers[i]))
	}
	var watch []int32
	for i := range in.Losses {
		l := &in.Losses[i]
		name, _, _, unit, repeats, _, _ := q.money(l)
		if in.Currency != "" && unit != in.Currency {
			continue
		}
		at := slices.Index(e.units, unit)
		if at < 0 {
			e.units = append(e.units, unit)
		}
		e.losses = append(e.losses, loss{l, q.byID[model.LossOf+":"+name], 0, repeats, l.Node, -1, len(e.losses)})
	}
	slices.Sort(e.units)
	for i := range e.losses {
		l := &e.losses[i]
		l.unit = slices.Index(e.units, l.size.Unit)
	}
	if err := e.settleEvents(); err != nil {
		return nil, err
	}
	for i := range e.losses {
		watch = append(watch, e.losses[i].node)
	}
	for i := range in.Attackers {
		e.base = append(e.base, in.Graph.Sampler(graph.Query{Entries: in.Attackers[i].Entries, Closed: in.Closed}, watch))
	}
	return e, nil
}

// extend makes the draws of the next batch: a Latin hypercube, in which each quantity takes one value of each of so many
// equally likely parts of its distribution.
func (e *engine) extend() {
	at := uint64(len(e.values) / batch)
	for range batch {
		e.values = append(e.values, make([]float64, len(e.q.list)))
	}
	fresh := e.values[len(e.values)-batch:]
	type key struct {
		u  float64
		at int
	}
	for i, quantity := range e.q.list {
		var keys [batch]key
		var within [batch]float64
		for j := range batch {
			u, v := stat.Uniforms(e.in.Seed, quantity.stream, at*batch+uint64(j))
			keys[j], within[j] = key{u, j}, v
		}
		slices.SortFunc(keys[:], func(a, b key) int {
			if a.u < b.u {
				return -1
			}
			return 1
		})
		for rank, k := range keys {
			fresh[k.at][i] = (float64(rank) + within[k.at]) / batch
		}
	}
}

// drawn are the values of one draw.
type drawn struct {
	success, calm      []float64 // of each step
	guard, offer       []float64 // efficacy
	calmGuard          []float64
	common, calmCommon []float64 // chance that all placements of a control fail at once
	calmOffer          []float64
	rate               []float64
	size               []float64 // typical cost of each loss
}

func (e *engine) draw(n int) *drawn {
	at := map[*Quantity]float64{}
	for i, q := range e.q.list {
		at[q] = e.values[n][i]
	}
	value := func(q *Quantity) float64 { return q.Dist.Quantile(at[q]) }
	calm := func(q *Quantity) float64 { return q.Calm.Quantile(at[q]) }
	return e.at(value, calm)
}

// only leaves out of the draws the offers that no scenario places: to give a quantity its value is dear.
func (e *engine) only(offers []int) {
	for i := range e.offers {
		if !slices.Contains(offers, i) {
			e.offers[i] = nil
		}
	}
}

// at gives every input its value, those of the offers that nobody tries left out. Calm is asked only of what is otherwise against
// those who never adapt.
func (e *engine) at(value, calm func(*Quantity) float64) *drawn {
	plain, calmMemo := map[*Quantity]float64{}, map[*Quantity]float64{}
	memo := plain
	all := func(list []*Quantity, memo map[*Quantity]float64, f func(*Quantity) float64) []float64 {
		out := make([]float64, len(list))
		for i, q := range list {
			if q == nil {
				continue
			}
			memo, f := memo, f
			if q.Calm == nil {
				memo, f = plain, value
			}
			x, ok := memo[q]
			if !ok {
				x = f(q)
				memo[q] = x
			}
			out[i] = x
		}
		return out
	}
	d := &drawn{success: all(e.success, memo, value), guard: all(e.guards, memo, value), offer: all(e.offers, memo, value), rate: all(e.rates, memo, value)}
	d.calm, d.calmGuard, d.calmOffer = all(e.success, calmMemo, calm), all(e.guards, calmMemo, calm), all(e.offers, calmMemo, calm)
	d.common, d.calmCommon = all(e.common, memo, value), all(e.common, calmMemo, calm)
	for i, share := range all(e.shares, memo, value) {
		d.common[i], d.calmCommon[i] = float64(share*(1-d.common[i])), float64(share*(1-d.calmCommon[i]))
	}
	sizes := make([]*Quantity, len(e.losses))
	for i := range e.losses {
		sizes[i] = e.losses[i].size
	}
	d.size = all(sizes, memo, value)
	e.boundSizes(d.size)
	return d
}

// chances fills the chances of all nodes for one attacker under a scenario.
func (e *engine) chances(p []float64, d *drawn, s *scenario, calm bool) {
	for i := range p {
		p[i] = 1
	}
	success, guard, offer, common := d.success, d.guard, d.offer, d.common
	if calm {
		success, guard, offer, common = d.calm, d.calmGuard, d.calmOffer, d.calmCommon
	}
	for i := range e.in.Together {
		p[e.in.Together[i].Node] = common[i]
	}
	for i := range e.in.Steps {
		x := success[i]
		switch {
		case s.never[i]:
			x = 0
		case s.always[i]:
			x = 1
		}
		p[e.in.Steps[i].Node] = x
	}
	for _, v := range s.closed {
		p[v] = 0
	}
	for i := range e.in.Guards {
		if !s.bare && !s.gone[i] {
			p[e.in.Guards[i].Node] = alone(guard[i], e.in.Guards[i].Believed, common, e.guardKind[i])
		}
	}
	for i := range e.in.Offers {
		if s.placed[i] {
			p[e.in.Offers[i].Node] = alone(offer[i], e.in.Offers[i].Believed, common, e.offerKind[i])
		}
	}
}

// alone is the chance that a placement fails by itself, so that it fails with the chance that its efficacy leaves, if all
// placements of its control fail at once with another. What befalls all alike does not depend on which placements there are,
// nor on how well they are shown: else a further one would set those that stand apart from each other, and could raise a risk.
func alone(efficacy, believed float64, common []float64, kind int) float64 {
	fails := 1 - float64(efficacy*believed)
	if kind < 0 {
		return fails // it shares its failing with nothing
	}
	if common[kind] >= 1 {
		return 1
	}
	return min(max((fails-common[kind])/(1-common[kind]), 0), 1)
}

// Mishap is the source of harm that is nobody: it tries nothing, so there is nothing for it to adapt.
const Mishap = "mishap"

// calm tells of a source of harm that it never adapts, whatever attackers are taken to do.
func (e *engine) calm(attacker int) bool { return e.in.Attackers[attacker].ID == Mishap }

// frequencies are how often a year each attacker brings about each loss, in one draw.
type frequencies struct {
	perYear [][]float64 // attacker, loss
	trials  [][]uint64  // attacker: block by block, the trials of each loss; kept only where years are drawn
}

// worker computes draws on one goroutine.
type worker struct {
	e        *engine
	samplers []*graph.Sampler
	p        []float64
	out      []uint64
	all      []float64 // chances of the nodes of a diagram
}

func (e *engine) worker() *worker {
	w := &worker{e: e, p: make([]float64, e.in.Graph.Len()), out: make([]uint64, len(e.losses))}
	for _, s := range e.base {
		w.samplers = append(w.samplers, s.Clone())
	}
	return w
}

// sample tries every attacker in draw n under a scenario.
func (w *worker) sample(n int, d *drawn, s *scenario, keep bool) *frequencies {
	return w.try(n, d, s, w.e.blocks, keep)
}

// try is sample with so many blocks of trials. Fewer blocks are the first ones of more.
func (w *worker) try(n int, d *drawn, s *scenario, number int, keep bool) *frequencies {
	f := &frequencies{}
	for a := range w.e.in.Attackers {
		var trials []uint64
		var kept *[]uint64
		if keep {
			kept = &trials
		}
		f.perYear = append(f.perYear, w.tryOne(a, n, d, s, number, kept))
		f.trials = append(f.trials, trials)
	}
	return f
}

// tryOne tries one attacker: how often a year they bring about each loss. The trials are kept where somebody wants them.
func (w *worker) tryOne(a, n int, d *drawn, s *scenario, number int, kept *[]uint64) []float64 {
	e := w.e
	e.chances(w.p, d, s, e.calm(a))
	hits := make([]float64, len(e.losses))
	for b := range number {
		w.samplers[a].Block(w.p, e.in.Seed, uint64(n*blocks+b), w.out)
		for i, x := range w.out {
			hits[i] += float64(bits.OnesCount64(x))
		}
		if kept != nil {
			*kept = append(*kept, w.out...)
		}
	}
	for i := range hits {
		hits[i] = float64(d.rate[a]*hits[i]) / float64(64*number)
	}
	return hits
}

// moments are what a draw amounts to, without drawing years.
type moments struct {
	total []float64   // by unit
	asset []float64   // by loss
	once  []float64   // chance that the loss happens within a year
	rate  []float64   // how often a year it does
	by    [][]float64 // attacker, loss: what each is worth
}

func (e *engine) moments(d *drawn, f *frequencies) *moments {
	m := &moments{total: make([]float64, len(e.units)), asset: make([]float64, len(e.losses)), once: make([]float64, len(e.losses)), rate: make([]float64, len(e.losses))}
	for range e.in.Attackers {
		m.by = append(m.by, make([]float64, len(e.losses)))
	}
	for i := range e.losses {
		l := &e.losses[i]
		rate := 0.0
		for a := range f.perYear {
			rate += f.perYear[a][i]
		}
		if rate == 0 {
			continue
		}
		m.rate[i], m.once[i] = rate, 1-stat.Exp(-rate)
		if l.unit < 0 {
			continue
		}
		times, above := capped(rate, l.repeats), 0.0
		if l.dearer >= 0 {
			for a := range f.perYear {
				above += f.perYear[a][l.dearer]
			}
			times = max(times-capped(above, l.repeats), 0) // cases in which a dearer name falls are counted there
		}
		m.asset[i] = float64(times * d.typical(l, i))
		m.total[l.unit] += m.asset[i]
		if rate -= above; rate <= 0 {
			continue
		}
		for a := range f.perYear {
			m.by[a][i] = m.asset[i] * e.alone(f.perYear[a], i) / rate
		}
	}
	return m
}

// caseMean is the mean of a lognormal factor with median 1.
func caseMean(sigma float64) float64 { return stat.Exp(0.5 * float64(sigma*sigma)) }

// capped is the mean of the smaller of a Poisson number and a bound.
func capped(rate float64, bound int) float64 {
	// The sum over k = 0 … bound−1 of the chance that the number is greater than k.
	mean, term, below := 0.0, stat.Exp(-rate), 0.0
	if bound == 1 {
		return 1 - term
	}
	for k := range bound {
		below += term
		mean += max(1-below, 0)
		term = term * rate / float64(k+1)
	}
	return min(mean, rate) // where the smallest terms are too small to be held
}

// each runs a job for every number below n on all processors.
func each(ctx context.Context, n int, begin func() func(i int)) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			job := begin()
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				job(i)
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// UnitsOf lists the currencies in which losses are counted, and units, sorted.
func UnitsOf(in *Input) []string {
	q := &quantities{in: in, given: map[string]model.RiskInput{}}
	for _, g := range in.Given {
		q.given[g.Of+":"+g.Name] = g
	}
	var out []string
	for i := range in.Losses {
		if _, _, _, unit, _, _, _ := q.money(&in.Losses[i]); !slices.Contains(out, unit) {
			out = append(out, unit)
		}
	}
	slices.Sort(out)
	return out
}
