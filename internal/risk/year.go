package risk

import (
	"context"
	"fmt"
	"slices"

	"fermata/internal/stat"
)

// yearWork bounds how many attempts are looked at when years are drawn.
const yearWork = 1 << 27

// live draws years in every draw: how often each attacker tries, which trials those attempts are, and what the losses cost.
// The years with and without controls are the same years, so that a control never makes one dearer.
func (r *run) live(ctx context.Context) error {
	n := len(r.draws)
	work := 0.0
	for _, q := range r.rates {
		work += q.Dist.Mean() + 2
	}
	r.years = years
	if total := work * float64(n*r.years); total > yearWork {
		r.years = max(int(float64(r.years)*yearWork/total), 20)
		r.notes = append(r.notes, fmt.Sprintf("attempts are so many that only %d years were drawn in each draw", r.years))
	}
	r.row = r.years + rareYears
	for k := range r.worlds {
		for range r.units {
			r.totals[k] = append(r.totals[k], make([]float64, n*r.row))
		}
		r.weights[k] = make([]float64, n*r.row)
		r.seldom = append(r.seldom, r.seldomLosses(r.worlds[k]))
	}
	r.happens, r.over = make([][]float64, n), make([]float64, n)
	if err := each(ctx, n, func() func(int) {
		w := r.worker()
		return func(i int) { w.live(r, i) }
	}); err != nil {
		return err
	}
	if most := slices.Max(r.over); most > 1e-9 {
		r.notes = append(r.notes, fmt.Sprintf("losses that have years of their own take more than all years in some draws, by up to %s; what the other years hold is left out there", percent(most)))
	}
	return nil
}

// harmful lists for each attacker the trials in which it brings about some loss. With the trials of a world without controls
// these are the only attempts that can bring one about at all.
func (w *worker) harmful(f *frequencies) [][]int32 {
	out := make([][]int32, len(f.trials))
	width := len(w.e.losses)
	for a, words := range f.trials {
		for b := range w.e.blocks {
			any := uint64(0)
			for _, x := range words[b*width : (b+1)*width] {
				any |= x
			}
			for t := range 64 {
				if any>>t&1 == 1 {
					out[a] = append(out[a], int32(64*b+t))
				}
			}
		}
	}
	return out
}

// attempt is one try of an attacker: which of its trials it turns out to be.
type attempt struct{ attacker, trial int }

// live draws the years of one draw. Losses that these years would meet too seldom are left out of them in each world, and a few
// years more are drawn in which one of them happens; all count by how likely they are.
func (w *worker) live(r *run, n int) {
	d := r.draws[n]
	var trials []*frequencies
	for _, x := range r.worlds {
		trials = append(trials, w.sample(n, d, x.scenario, true))
	}
	harmful := w.harmful(trials[1])
	attempts := make([]stat.Dist, len(r.in.Attackers))
	for a := range r.in.Attackers {
		rate := d.rate[a] * float64(len(harmful[a])) / float64(64*r.blocks)
		attempts[a], _ = stat.Poisson(rate) // a rate is a finite number of at least 0
	}
	patterns, counts, plain := make([][][]bool, len(r.worlds)), make([][]float64, len(r.worlds)), make([]float64, len(r.worlds))
	var often []*frequencies
	if slices.ContainsFunc(r.seldom, func(list []bool) bool { return slices.Contains(list, true) }) {
		often = w.reckonAll(r, n, d)
	}
	for k := range r.worlds {
		if often != nil {
			patterns[k], counts[k] = w.rareAttempts(r, n, d, k, often[k])
		}
		plain[k] = 1
		for _, c := range counts[k] {
			plain[k] -= c
		}
		r.over[n] = max(r.over[n], -plain[k])
		plain[k] = max(plain[k], 0)
	}
	count := make([]int, len(r.losses))
	r.happens[n] = make([]float64, len(r.units))
	var tried []attempt
	total := func(k, year, slot int, weight float64) {
		at := n*r.row + slot
		r.weights[k][at] = weight
		for i, times := range count {
			if times == 0 {
				continue
			}
			l := &r.losses[i]
			if l.unit < 0 {
				continue
			}
			times = min(times, l.repeats)
			if l.dearer >= 0 {
				times = max(times-min(count[l.dearer], l.repeats), 0) // of one event the dearest cases count
			}
			sum := 0.0
			for c := range times {
				sum += w.cost(l, i, d.size[i], uint64(year)<<10|uint64(c))
			}
			r.totals[k][l.unit][at] += sum
		}
		if k > 0 {
			return
		}
		for u := range r.units {
			if r.totals[0][u][at] > 0 {
				r.happens[n][u] += weight
			}
		}
	}
	for y := range r.years {
		year := n*r.years + y
		tried = tried[:0]
		for a, list := range harmful {
			if len(list) == 0 || d.rate[a] == 0 {
				continue
			}
			u, _ := stat.Uniforms(r.in.Seed, r.rates[a].stream^1, uint64(year))
			for k := range int(attempts[a].Quantile(u)) {
				v, _ := stat.Uniforms(r.in.Seed, r.rates[a].stream^2, uint64(year)<<20|uint64(k))
				tried = append(tried, attempt{a, int(list[min(int(v*float64(len(list))), len(list)-1)])})
			}
		}
		for k := range r.worlds {
			clear(count)
			for _, t := range tried {
				w.bring(r, trials[k], t, r.seldom[k], count)
			}
			total(k, year, y, plain[k]/float64(r.years))
			if y >= len(patterns[k]) {
				continue
			}
			for i, happens := range patterns[k][y] { // the same year once more, with such an attempt besides
				if happens {
					count[i]++
				}
			}
			total(k, year, r.years+y, counts[k][y])
		}
	}
}

// bring counts what an attempt brings about, unless that is one of the losses which have years of their own.
func (w *worker) bring(r *run, f *frequencies, t attempt, seldom []bool, count []int) {
	words := f.trials[t.attacker][t.trial/64*len(r.losses) : (t.trial/64+1)*len(r.losses)]
	for i, x := range words {
		if seldom[i] && x>>(t.trial%64)&1 == 1 {
			return
		}
	}
	for i, x := range words {
		count[i] += int(x >> (t.trial % 64) & 1)
	}
}

// cost is what one case of a loss costs.
func (w *worker) cost(l *loss, at int, typical float64, index uint64) float64 {
	if l.size.Chance == 0 {
		return typical
	}
	u, _ := stat.Uniforms(w.e.in.Seed, l.size.stream+3+uint64(at), index)
	return float64(typical * stat.Exp(float64(l.size.Chance*stat.NormalQuantile(u))))
}
