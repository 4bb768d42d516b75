package risk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"

	"fermata/internal/graph"
	"fermata/internal/result"
	"fermata/internal/stat"
)

// Limits of the ways to reckon the chance that an attempt brings a loss about.
const (
	diagramNodes = 1 << 16 // of the diagrams of all losses of an attacker, walked over in every draw
	largeDiagram = 1 << 20 // of those that are walked over in one batch of draws, for what trials hardly meet
	oneDiagram   = 1 << 13 // of those of one loss, where all are too much
	pilotHits    = 8       // a loss that a first batch of trials meets less often is rare
	rareDraws    = 4       // of what is not known at least, in which a rare loss is reckoned with care, where diagrams are too large
	rareWork     = 1 << 30 // nodes times trials of such losses, up to which more draws are taken, but no more than a batch
	ownWork      = 1 << 28 // nodes of a large diagram times draws, up to which it is walked over in every draw
	rareTrials   = 1 << 13 // of each draw
	rareMost     = 8       // losses of an attacker that are, the dearest first
	rareYears    = 8       // of a draw, in each of which a loss happens that the other years meet too seldom
	seldom       = 100     // years with a loss, among all, below which they are too few
)

// world is a way in which the controls stand, with the diagrams for it.
type world struct {
	scenario *scenario
	whole    []*graph.Diagrams   // by attacker: of all losses; nil where they are too large
	single   [][]*graph.Diagrams // by attacker and loss, where they are not made as a whole
	moments  *[]*moments
	own      []map[int]*own // by attacker and loss: large diagrams that are walked over in every draw all the same
	rare     [][][]float64  // by attacker and loss: chances in a few draws, where trials hardly meet it
	width    [][][]float64  // of these, half of the interval that importance sampling or splitting leaves; 0 by diagrams
}

// own is a place among the losses of a diagram that several share.
type own struct {
	d    *graph.Diagrams
	at   int
	size int // losses of the diagram
}

// settleMethods decides for each attacker and loss how its chance is reckoned: exactly where diagrams are small in every
// world, so that worlds differ by their controls alone; else by trials; and where a first batch of these hardly meets the
// loss, with care.
func (r *run) settleMethods(ctx context.Context) error {
	attackers, losses := len(r.in.Attackers), len(r.losses)
	watch := make([]int32, losses)
	for i := range r.losses {
		watch[i] = r.losses[i].node
	}
	for _, w := range r.worlds {
		w.whole, w.single = make([]*graph.Diagrams, attackers), make([][]*graph.Diagrams, attackers)
	}
	if err := each(ctx, attackers*len(r.worlds), func() func(int) {
		return func(n int) {
			w, a := r.worlds[n/attackers], n%attackers
			q := graph.Query{Entries: r.in.Attackers[a].Entries, Closed: r.in.Closed}
			uncertain := r.uncertain(w.scenario)
			if d, ok := r.in.Graph.Diagrams(q, watch, uncertain, r.diagram); ok {
				w.whole[a] = d
				return
			}
			w.single[a] = make([]*graph.Diagrams, losses)
			for i, v := range watch {
				if d, ok := r.in.Graph.Diagrams(q, []int32{v}, uncertain, min(oneDiagram, r.diagram)); ok {
					w.single[a][i] = d
				}
			}
		}
	}); err != nil {
		return err
	}
	r.method = make([][]string, attackers)
	sampled := false
	for a := range attackers {
		r.method[a] = make([]string, losses)
		for _, w := range r.worlds {
			w.own = append(w.own, map[int]*own{})
			w.rare, w.width = append(w.rare, make([][]float64, losses)), append(w.width, make([][]float64, losses))
		}
		for i := range losses {
			r.method[a][i] = result.ByDiagram
			for _, w := range r.worlds {
				if w.whole[a] == nil && w.single[a][i] == nil {
					r.method[a][i], sampled = result.ByTrials, true
				}
			}
		}
	}
	if !sampled {
		return nil
	}
	return r.findRare(ctx)
}

// uncertain are the nodes that are open by chance under a scenario.
func (r *run) uncertain(s *scenario) []int32 {
	var out []int32
	for i := range r.in.Steps {
		out = append(out, r.in.Steps[i].Node)
	}
	for i := range r.in.Guards {
		if !s.bare && !s.gone[i] {
			out = append(out, r.in.Guards[i].Node)
		}
	}
	for i := range r.in.Offers {
		if s.placed[i] {
			out = append(out, r.in.Offers[i].Node)
		}
	}
	if !s.bare || len(s.placed) > 0 {
		for i := range r.in.Together {
			out = append(out, r.in.Together[i].Node)
		}
	}
	return out
}

// findRare reckons with care what a first batch of trials hardly meets. What costs too much stays with trials, and a note says
// so.
func (r *run) findRare(ctx context.Context) error {
	r.extend()
	var pairs []pair
	for _, x := range r.worlds {
		hits := make([][][]int, batch)
		if err := each(ctx, batch, func() func(int) {
			w := r.worker()
			return func(n int) {
				d := r.draw(n)
				for a := range r.in.Attackers {
					r.chances(w.p, d, x.scenario, r.calm(a))
					hits[n] = append(hits[n], w.hits(r, a, n))
				}
			}
		}); err != nil {
			return err
		}
		for a := range r.in.Attackers {
			reach := r.in.Graph.Spread(graph.Query{Entries: r.in.Attackers[a].Entries, Closed: r.in.Closed})
			for i := range r.losses {
				sum := 0
				for n := range hits {
					sum += hits[n][a][i]
				}
				if r.method[a][i] == result.ByTrials && sum < pilotHits && reach.Reached(r.losses[i].node) {
					pairs = append(pairs, pair{x, a, i})
				}
			}
		}
	}
	left, err := r.rareByDiagram(ctx, pairs)
	if err != nil || len(left) == 0 {
		return err
	}
	return r.rareByWeights(ctx, left)
}

// noteFewDraws says on how few draws the ranges of the losses rest that are not reckoned in every draw.
func (r *run) noteFewDraws() {
	few := map[int]int{} // draws → losses
	for i := range r.losses {
		least := 0
		for a := range r.method {
			if n := len(r.worlds[0].rare[a][i]); n > 0 && n < len(r.draws) && (least == 0 || n < least) {
				least = n
			}
		}
		if least > 0 {
			few[least]++
		}
	}
	for _, n := range slices.Sorted(maps.Keys(few)) {
		r.notes = append(r.notes, fmt.Sprintf("the chance of rare losses (%d) was reckoned in %d draws only and used over again beside the rates and sizes of the other draws, so as far as it goes their ranges rest on %d draws", few[n], n, n))
	}
}

// pair is an attacker and a loss in a world.
type pair struct {
	x    *world
	a, i int
}

// careful notes that a pair is reckoned apart.
func (r *run) careful(p pair, draws int) {
	p.x.rare[p.a][p.i], p.x.width[p.a][p.i] = make([]float64, draws), make([]float64, draws)
	if p.x.scenario == r.now {
		r.method[p.a][p.i] = result.ByRare
	}
}

// rareByDiagram reckons pairs by diagrams that are too large to be walked over in every draw, and returns those for which even
// they do not suffice.
func (r *run) rareByDiagram(ctx context.Context, pairs []pair) (left []pair, err error) {
	type part struct {
		x *world
		a int
	}
	byPart := map[part][]pair{}
	var parts []part
	for _, p := range pairs {
		k := part{p.x, p.a}
		if byPart[k] == nil {
			parts = append(parts, k)
		}
		byPart[k] = append(byPart[k], p)
	}
	for _, k := range parts {
		var watch []int32
		for _, p := range byPart[k] {
			watch = append(watch, r.losses[p.i].node)
		}
		q := graph.Query{Entries: r.in.Attackers[k.a].Entries, Closed: r.in.Closed}
		d, ok := r.in.Graph.Diagrams(q, watch, r.uncertain(k.x.scenario), min(largeDiagram, 16*r.diagram))
		if !ok {
			left = append(left, byPart[k]...)
			continue
		}
		if d.Size() <= ownWork/(r.mostBatches()*batch) {
			for at, p := range byPart[k] {
				p.x.own[p.a][p.i] = &own{d, at, len(watch)}
				if p.x.scenario == r.now {
					r.method[p.a][p.i] = result.ByRare
				}
			}
			continue
		}
		for _, p := range byPart[k] {
			r.careful(p, batch)
		}
		if err := each(ctx, batch, func() func(int) {
			w, row := r.worker(), make([]float64, len(watch))
			return func(n int) {
				r.chances(w.p, r.draw(n), k.x.scenario, r.calm(k.a))
				w.all = d.Chances(w.p, w.all, row)
				for at, p := range byPart[k] {
					k.x.rare[p.a][p.i][n] = row[at]
				}
			}
		}); err != nil {
			return nil, err
		}
	}
	return left, nil
}

// rareByWeights reckons the dearest pairs by importance sampling or splitting, in a few draws.
func (r *run) rareByWeights(ctx context.Context, pairs []pair) error {
	worth := func(p pair) float64 {
		if r.losses[p.i].unit < 0 {
			return 0 // nothing is counted by it
		}
		return float64(r.rates[p.a].Dist.Mean() * r.losses[p.i].size.mean())
	}
	slices.SortStableFunc(pairs, func(p, q pair) int {
		return cmp.Or(cmp.Compare(worth(q), worth(p)), cmp.Compare(p.a, q.a), cmp.Compare(p.i, q.i))
	})
	groups := 0
	for k, p := range pairs {
		if k == 0 || p.a != pairs[k-1].a || p.i != pairs[k-1].i {
			groups++
		}
		if groups > rareMost {
			r.notes = append(r.notes, fmt.Sprintf("trials hardly meet some losses of small chance; %d of them, the cheapest, were not reckoned with more care, and may be off by any factor", len(pairs)-k))
			pairs = pairs[:k]
			break
		}
	}
	draws := min(max(rareWork/(r.in.Graph.Len()*rareTrials*max(len(pairs), 1)), rareDraws), batch)
	for _, p := range pairs {
		r.careful(p, draws)
	}
	q := make([]float64, r.in.Graph.Len())
	for n := range draws {
		d := r.draw(n)
		for _, p := range pairs {
			r.chances(q, d, p.x.scenario, r.calm(p.a))
			c, err := r.in.Graph.Chance(ctx, graph.Query{Entries: r.in.Attackers[p.a].Entries, Closed: r.in.Closed}, []int32{r.losses[p.i].node}, q, graph.Accuracy{Relative: 0.2, Trials: rareTrials, Seed: r.in.Seed, Diagram: -1})
			if err != nil {
				return err
			}
			p.x.rare[p.a][p.i][n], p.x.width[p.a][p.i][n] = c[0].Value, 0.5*(c[0].High-c[0].Low)
		}
	}
	return nil
}

// rareError is half of the 95 % interval that few draws and the sampling in them leave to the mean of what rare losses cost a year, and in how
// few draws that was. The chances of several losses are of the same draws, so what they leave is added.
func (r *run) rareError(counts func(a, i int) bool) (half float64, draws int) {
	for a, row := range r.worlds[0].rare {
		for i, chances := range row {
			k := len(chances)
			if r.losses[i].unit < 0 || k < 2 || k >= len(r.draws) || !counts(a, i) {
				continue
			}
			if draws == 0 || k < draws {
				draws = k
			}
			sum, within := 0.0, 0.0
			for n, c := range chances {
				sum += c
				within += float64(r.worlds[0].width[a][i][n] * r.worlds[0].width[a][i][n])
			}
			center, square := sum/float64(k), 0.0
			for _, c := range chances {
				square += float64((c - center) * (c - center))
			}
			t := 1.96
			if k-1 < len(student) {
				t = student[k-1]
			}
			// What sampling leaves is in the spread between draws, too, but for few of them by luck.
			left := max(float64(t*math.Sqrt(square/float64(k-1)/float64(k))), math.Sqrt(within)/float64(k))
			worth := 0.0
			for _, d := range r.draws {
				worth += float64(d.rate[a] * d.typical(&r.losses[i], i))
			}
			half += float64(left * worth / float64(len(r.draws)))
		}
	}
	return half, draws
}

// hits counts the trials of an attacker in draw n in which each loss happens, under the chances that the worker holds.
func (w *worker) hits(r *run, a, n int) []int {
	out := make([]int, len(r.losses))
	for b := range r.blocks {
		w.samplers[a].Block(w.p, r.in.Seed, uint64(n*blocks+b), w.out)
		for i, x := range w.out {
			out[i] += bits.OnesCount64(x)
		}
	}
	return out
}

// forced is by how much a draw's worlds were corrected, so that controls never raise it: what rare losses cost a year without controls was
// raised to what they cost with them, and under the plan lowered to that.
type forced struct{ raised, lowered []float64 } // by unit

// reckonAll reckons every world in draw n. Controls only take away, so a loss that is reckoned less well in one world than in another
// (rare in one of them) is corrected where its estimates contradict that: never so that the present figures change.
func (w *worker) reckonAll(r *run, n int, d *drawn) []*frequencies {
	out := make([]*frequencies, len(r.worlds))
	for k, x := range r.worlds {
		if x.scenario.bare && r.unbare {
			out[k] = out[0] // nobody asks for it
			continue
		}
		out[k] = w.reckon(r, n, d, x)
	}
	was := forced{make([]float64, len(r.units)), make([]float64, len(r.units))}
	for a, row := range out[0].perYear {
		for i, now := range row {
			l := &r.losses[i]
			correct := func(k int, by float64, sum []float64) {
				if by <= 0 {
					return
				}
				if l.unit >= 0 {
					sum[l.unit] += float64(by * d.typical(l, i))
				}
				out[k].perYear[a][i] = now
			}
			correct(1, now-out[1].perYear[a][i], was.raised)
			if len(out) > 2 {
				correct(2, out[2].perYear[a][i]-now, was.lowered)
			}
		}
	}
	if r.forced != nil {
		r.forced[n] = was
	}
	return out
}

// noteForced says how far worlds were corrected.
func (r *run) noteForced() {
	for u, unit := range r.units {
		for _, c := range []struct {
			of   func(*forced) []float64
			list []*moments
			text string
		}{
			{func(f *forced) []float64 { return f.raised }, r.inherent, "without controls the chance of rare losses came out below the one with them in some draws, and was raised to that one"},
			{func(f *forced) []float64 { return f.lowered }, r.planned, "under the plan the chance of rare losses came out above the present one in some draws, and was lowered to that one"},
		} {
			sum := 0.0
			for i := range r.forced {
				if list := c.of(&r.forced[i]); list != nil {
					sum += list[u]
				}
			}
			whole := 0.0
			if len(c.list) > 0 {
				whole = float64(mean(c.list, func(m *moments) float64 { return m.total[u] }) * float64(len(c.list)))
			}
			if whole > 0 && sum > 1e-9*whole { // less is rounding
				r.notes = append(r.notes, fmt.Sprintf("%s, as no control raises a risk: %s of the expected loss in %s", c.text, result.Share(sum/whole), unit))
			}
		}
	}
}

// reckon gives how often a year each attacker brings about each loss in draw n of a world, by the methods that were settled.
func (w *worker) reckon(r *run, n int, d *drawn, x *world) *frequencies {
	f := &frequencies{}
	for a := range r.in.Attackers {
		r.chances(w.p, d, x.scenario, r.calm(a))
		row := make([]float64, len(r.losses))
		w.exact(r, a, x, row)
		var hits []int
		var walked *graph.Diagrams
		var large []float64
		for i := range row {
			switch {
			case r.method[a][i] == result.ByDiagram:
			case x.own[a][i] != nil:
				o := x.own[a][i]
				if o.d != walked {
					walked, large = o.d, make([]float64, o.size)
					w.all = o.d.Chances(w.p, w.all, large)
				}
				row[i] = large[o.at]
			case x.rare[a][i] != nil:
				row[i] = x.rare[a][i][n%len(x.rare[a][i])]
			default:
				if hits == nil {
					hits = w.hits(r, a, n)
				}
				row[i] = float64(hits[i]) / float64(64*r.blocks)
			}
			row[i] = float64(d.rate[a] * row[i])
		}
		f.perYear = append(f.perYear, row)
	}
	return f
}

// exact fills in the chances that diagrams give, under the chances that the worker holds.
func (w *worker) exact(r *run, a int, x *world, row []float64) {
	if x.whole[a] != nil && !slices.ContainsFunc(r.method[a], func(m string) bool { return m != result.ByDiagram }) {
		w.all = x.whole[a].Chances(w.p, w.all, row)
		return
	}
	one := []float64{0}
	var whole []float64
	for i := range row {
		switch {
		case r.method[a][i] != result.ByDiagram:
		case x.whole[a] != nil:
			if whole == nil {
				whole = make([]float64, len(row))
				w.all = x.whole[a].Chances(w.p, w.all, whole)
			}
			row[i] = whole[i]
		default:
			w.all = x.single[a][i].Chances(w.p, w.all, one)
			row[i] = one[0]
		}
	}
}

// seldomLosses are the losses of a world that too few of its years would hold: they are given years of their own.
func (r *run) seldomLosses(x *world) []bool {
	out := make([]bool, len(r.losses))
	for i := range out {
		once := mean(*x.moments, func(m *moments) float64 { return m.once[i] })
		out[i] = r.losses[i].unit >= 0 && once > 0 && float64(once*float64(r.years*len(r.draws))) < seldom
	}
	return out
}

// rareAttempts draws so many attempts in which one of the seldom losses happens, and what each of them counts: all together
// the number of such attempts in a year. pattern says which losses happen in each. Where no diagram holds all losses of the
// attacker nobody knows what else happens in such an attempt, and it counts for the one loss alone.
func (w *worker) rareAttempts(r *run, n int, d *drawn, k int, f *frequencies) (patterns [][]bool, counts []float64) {
	x, seldom := r.worlds[k], r.seldom[k]
	if !slices.Contains(seldom, true) {
		return nil, nil
	}
	type part struct {
		a, i int
		upTo float64
	}
	var parts []part
	sum := 0.0
	for a, row := range f.perYear {
		for i, rate := range row {
			if d := r.losses[i].dearer; d >= 0 && seldom[d] && x.whole[a] == nil {
				rate = max(rate-row[d], 0) // the attempts of the dearer name are drawn for that one
			}
			if seldom[i] && rate > 0 && r.losses[i].unit >= 0 {
				sum += rate
				parts = append(parts, part{a, i, sum})
			}
		}
	}
	if sum == 0 {
		return nil, nil
	}
	last := -1
	row := make([]float64, len(r.losses))
	for s := range rareYears {
		u, _ := stat.Uniforms(r.in.Seed, seldomStream, uint64(n)<<8|uint64(s))
		u = (float64(s) + u) / rareYears // strata: parts are in the order of attackers
		at := 0
		for at < len(parts)-1 && float64(u*sum) >= parts[at].upTo {
			at++
		}
		p := parts[at]
		pattern := make([]bool, len(r.losses))
		if x.whole[p.a] != nil {
			if last != p.a {
				r.chances(w.p, d, x.scenario, r.calm(p.a))
				w.all = x.whole[p.a].Chances(w.p, w.all, row)
				last = p.a
			}
			if !x.whole[p.a].Given(w.p, w.all, p.i, func(v int32) float64 {
				u, _ := stat.Uniforms(r.in.Seed, seldomStream+1+uint64(v), uint64(n)<<8|uint64(s))
				return u
			}, pattern) {
				clear(pattern)
			}
		}
		pattern[p.i] = true
		several := 0
		for i, happens := range pattern {
			if happens && seldom[i] && f.perYear[p.a][i] > 0 && r.losses[i].unit >= 0 {
				several++
			}
		}
		patterns = append(patterns, pattern)
		counts = append(counts, sum/rareYears/float64(max(several, 1))) // an attempt with several of them is drawn as often
	}
	return patterns, counts
}

// seldomStream is where the random numbers of such attempts are.
const seldomStream = 0x5e1d << 40
