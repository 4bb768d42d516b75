package risk

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"fermata/internal/result"
)

// Output is a reckoning.
type Output struct {
	Risks []result.Risk
	Basis *result.RiskBasis
}

// run is one reckoning on its way.
type run struct {
	*engine
	now, bare, plan *scenario
	unbare          bool // nobody asks for the figures without controls
	worlds          []*world
	method          [][]string // by attacker and loss: how its chance is reckoned
	diagram         int        // nodes of a diagram at most
	draws           []*drawn
	current         []*moments
	inherent        []*moments
	planned         []*moments
	years           int
	totals          [3][][]float64 // now, bare, plan; by unit: the years of all draws, draw by draw
	weights         [3][]float64   // what each of these years counts
	row             int            // years of a draw
	seldom          [][]bool       // by world and loss: it has years of its own
	happens         [][]float64    // by draw and unit: share of years with any loss
	over            []float64      // by draw: by how much the years of seldom losses exceed all years
	forced          []forced       // by draw: what worlds were corrected by
	stopped         string
	notes           []string
	steps           []steps // by loss: how many steps one after another bring it about
}

// Compute reckons.
func Compute(ctx context.Context, in Input) (*Output, error) { return compute(ctx, in, diagramNodes) }

// compute is Compute with diagrams of so many nodes at most.
func compute(ctx context.Context, in Input, diagram int) (*Output, error) {
	e, err := newEngine(&in)
	if err != nil {
		return nil, err
	}
	r := &run{engine: e, now: &scenario{}, bare: &scenario{bare: true}, diagram: diagram}
	r.place(in.Planned)
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	if err := r.sample(ctx); err != nil {
		return nil, err
	}
	if err := r.live(ctx); err != nil {
		return nil, err
	}
	if err := r.pass(ctx); err != nil {
		return nil, err
	}
	out := r.output()
	if in.Simple {
		return out, nil
	}
	return out, r.worth(ctx, out.Basis)
}

// begin settles how chances are reckoned.
func (r *run) begin(ctx context.Context) error {
	r.worlds = []*world{{scenario: r.now, moments: &r.current}, {scenario: r.bare, moments: &r.inherent}}
	if r.plan != nil {
		r.worlds = append(r.worlds, &world{scenario: r.plan, moments: &r.planned})
	}
	return r.settleMethods(ctx)
}

// mostBatches is how many are drawn at most.
func (r *run) mostBatches() int {
	if r.in.Trials > 0 {
		return max(r.in.Trials/(batch*64*r.blocks), 2)
	}
	return mostBatches
}

// sample draws batches until the mean is known well enough.
func (r *run) sample(ctx context.Context) error {
	defer r.noteFewDraws()
	defer r.noteForced()
	var done atomic.Int64
	for n := range r.mostBatches() {
		from := len(r.draws)
		if len(r.values) == from { // the first batch may have been drawn to see what is rare
			r.extend()
		}
		grow(&r.draws, batch)
		grow(&r.forced, batch)
		for _, x := range r.worlds {
			grow(x.moments, batch)
		}
		err := each(ctx, batch, func() func(int) {
			w := r.worker()
			return func(i int) {
				n := from + i
				d := r.draw(n)
				r.draws[n] = d
				for k, f := range w.reckonAll(r, n, d) {
					(*r.worlds[k].moments)[n] = r.moments(d, f)
				}
				r.in.Progress.say(int(done.Add(1)), r.mostBatches()*batch)
			}
		})
		if err != nil {
			return err
		}
		if n+1 >= fewest && r.worstError() <= close {
			r.stopped = fmt.Sprintf("it stopped when the mean was known to within %.0f %%", 100*r.worstError()) + r.rareClause()
			return nil
		}
	}
	r.stopped = fmt.Sprintf("it stopped when all trials were used; the mean is known to within %.0f %%", 100*r.worstError()) + r.rareClause()
	return nil
}

// rareClause says how well the mean is known where rare losses leave it less known than draws do: more draws do not help there.
func (r *run) rareClause() string {
	worst := 0.0
	for u := range r.units {
		if m := mean(r.current, func(m *moments) float64 { return m.total[u] }); m > 0 {
			rare, _ := r.rareError(func(_, i int) bool { return r.losses[i].unit == u })
			worst = max(worst, rare/m)
		}
	}
	if worst <= r.worstError() {
		return ""
	}
	return fmt.Sprintf(", but for rare losses, which leave %.0f %%", 100*worst)
}

func grow[T any](list *[]T, n int) { *list = append(*list, make([]T, n)...) }

// worstError is half of the interval of the mean, relative to it, of the unit where that is widest.
func (r *run) worstError() float64 {
	worst := 0.0
	for u := range r.units {
		m := mean(r.current, func(m *moments) float64 { return m.total[u] })
		if m > 0 {
			worst = max(worst, halfWidth(r.current, func(m *moments) float64 { return m.total[u] })/m)
		}
	}
	return worst
}

// mean adds in the order of draws.
func mean(list []*moments, of func(*moments) float64) float64 {
	sum := 0.0
	for _, m := range list {
		sum += of(m)
	}
	return sum / float64(len(list))
}

// student are the 97.5 % quantiles of Student's distribution, by degrees of freedom.
var student = []float64{0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131}

// halfWidth is half of the 95 % interval of a mean, from the spread between batches.
func halfWidth(list []*moments, of func(*moments) float64) float64 {
	n := len(list) / batch
	if n < 2 {
		return 0
	}
	whole, sum := mean(list, of), 0.0
	for b := range n {
		d := mean(list[b*batch:(b+1)*batch], of) - whole
		sum += float64(d * d)
	}
	t := 1.96
	if n-1 < len(student) {
		t = student[n-1]
	}
	return float64(t * math.Sqrt(sum/float64(n-1)/float64(n)))
}

// bandOf is a mean with the middle nine tenths over draws.
func bandOf(list []*moments, of func(*moments) float64) result.Band {
	all := make([]float64, len(list))
	for i, m := range list {
		all[i] = of(m)
	}
	return band(all)
}

func band(list []float64) result.Band {
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	b := result.Band{Mean: sum / float64(len(list))}
	ordered := slices.Clone(list)
	slices.Sort(ordered)
	b.Low, b.High = quantile(ordered, 0.05), quantile(ordered, 0.95)
	return b
}

// weighted are sorted numbers with what they count, the largest first.
type weighted struct {
	x    []float64
	upTo []float64 // of this and of all larger ones
}

// weigh sorts numbers with their weights; those that count nothing are left out.
func weigh(x, weights []float64) weighted {
	order := make([]int, 0, len(x))
	for i := range x {
		if weights[i] > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		switch {
		case x[a] > x[b]:
			return -1
		case x[a] < x[b]:
			return 1
		}
		return a - b
	})
	w, sum := weighted{make([]float64, len(order)), make([]float64, len(order))}, 0.0
	for k, i := range order {
		sum += weights[i]
		w.x[k], w.upTo[k] = x[i], sum
	}
	return w
}

// whole is what all count together.
func (w weighted) whole() float64 {
	if len(w.upTo) == 0 {
		return 0
	}
	return w.upTo[len(w.upTo)-1]
}

// quantile is the least number that is not exceeded with this chance.
func (w weighted) quantile(u float64) float64 {
	if len(w.x) == 0 {
		return 0
	}
	i, _ := slices.BinarySearch(w.upTo, float64((1-u)*w.whole()))
	return w.x[min(i, len(w.x)-1)]
}

// above is the share above an amount.
func (w weighted) above(amount float64) float64 {
	i, _ := slices.BinarySearchFunc(w.x, amount, func(x, amount float64) int {
		if x > amount {
			return -1
		}
		return 1
	})
	if i == 0 {
		return 0
	}
	return w.upTo[i-1] / w.whole()
}

// tail is the mean of the largest share.
func (w weighted) tail(share float64) float64 {
	want, had, sum := float64(share*w.whole()), 0.0, 0.0
	for k, x := range w.x {
		part := min(w.upTo[k], want) - had
		if part <= 0 {
			break
		}
		sum += float64(part * x)
		had += part
	}
	if had == 0 {
		return 0
	}
	return sum / had
}

// quantile of a sorted list.
func quantile(sorted []float64, u float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(u*float64(len(sorted))), len(sorted)-1)]
}
