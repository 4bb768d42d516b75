package risk

import (
	"context"
	"math"

	"fermata/internal/graph"
	"fermata/internal/result"
	"fermata/internal/stat"
)

// Sizes of the look at how far away losses are.
const (
	passageDraws  = 16
	passageTrials = 256 // of each attacker in each of these draws
	passageMet    = 8   // trials that must have brought a loss about before shares of them are told
	passageWork   = 1 << 26
	farSteps      = 64 // steps one after another that are told apart
	mostYears     = 1e9
)

// steps are how many steps one after another bring a loss about.
type steps struct {
	fewest int
	met    int
	upTo   [farSteps + 1]float64 // how often a year it comes about in at most so many
}

// pass draws how many steps one after another each loss takes: every step that is a matter of chance takes one, an AND waits for the last of
// what it needs and an OR for the first.
func (r *run) pass(ctx context.Context) error {
	if r.in.Simple || len(r.losses) == 0 || len(r.draws) == 0 {
		return nil
	}
	one, err := stat.Point(1)
	if err != nil {
		return err
	}
	g := r.in.Graph
	times, sure := make([]stat.Dist, g.Len()), make([]float64, g.Len())
	for i := range r.in.Steps { // what hangs on a step's chance takes the time: the chance itself waits for nothing
		for _, v := range g.Succs(r.in.Steps[i].Node) {
			times[v] = one
		}
	}
	for v := range sure {
		sure[v] = 1
	}
	watch := make([]int32, len(r.losses))
	for i := range r.losses {
		watch[i] = r.losses[i].Node
	}
	r.steps = make([]steps, len(r.losses))
	for i := range r.steps {
		r.steps[i].fewest = -1
	}
	draws := min(passageDraws, len(r.draws))
	trials := min(passageTrials, max(passageWork/max(g.Len()*draws*len(r.in.Attackers), 1), 16))
	p := make([]float64, g.Len())
	for a := range r.in.Attackers {
		q := graph.Query{Entries: r.in.Attackers[a].Entries, Closed: r.in.Closed}
		least, err := g.Passage(ctx, q, watch, sure, times, 1, r.in.Seed)
		if err != nil {
			return err
		}
		for i := range r.steps {
			if t := least.Quantile(i, 0.5); !math.IsInf(t, 1) && (r.steps[i].fewest < 0 || int(t) < r.steps[i].fewest) {
				r.steps[i].fewest = int(t)
			}
		}
		for n := range draws {
			d := r.draws[n]
			if d.rate[a] == 0 {
				continue
			}
			r.chances(p, d, r.now, r.calm(a))
			list, err := g.Passage(ctx, q, watch, p, times, trials, r.in.Seed+uint64(n)<<32)
			if err != nil {
				return err
			}
			for i := range r.steps {
				ever := list.Ever(i).Value
				if ever == 0 {
					continue
				}
				s := &r.steps[i]
				s.met += int(math.Round(float64(ever * float64(trials))))
				for k := range s.upTo {
					x := ever
					if k < farSteps {
						x = list.By(i, float64(k)).Value
					}
					s.upTo[k] += float64(d.rate[a] * x)
				}
			}
		}
	}
	return nil
}

// passageOf tells how far away a loss is.
func (r *run) passageOf(i int) *result.Passage {
	if r.steps == nil || r.steps[i].fewest < 0 {
		return nil
	}
	s := &r.steps[i]
	out := &result.Passage{Fewest: s.fewest}
	if s.met >= passageMet {
		share := func(u float64) int {
			for k, x := range s.upTo {
				if x >= float64(u*s.upTo[farSteps]) {
					return k
				}
			}
			return farSteps
		}
		out.Met, out.P50, out.P95 = s.met, share(0.5), share(0.95)
	}
	out.HalfAfter, out.TwentiethAfter = r.after(i, 0.5), r.after(i, 0.05)
	return out
}

// after is the time in years after which a share of systems has had a loss: each has the rate of one draw, and keeps it.
func (r *run) after(i int, share float64) float64 {
	own := r.losses[i].own
	had := func(t float64) float64 {
		return mean(r.current, func(m *moments) float64 { return 1 - stat.Exp(-float64(m.rate[own]*t)) })
	}
	if had(mostYears) < share {
		return 0
	}
	low, high := -20.0, stat.Log(mostYears) // of the logarithm
	for range 40 {
		if middle := 0.5 * (low + high); had(stat.Exp(middle)) < share {
			low = middle
		} else {
			high = middle
		}
	}
	return stat.Exp(high)
}
