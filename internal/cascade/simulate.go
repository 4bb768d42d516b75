package cascade

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"fermata/internal/stat"
)

// Simulate runs a net under a defence. The outcome depends on the arguments alone, not on the number of processors. An
// error is trouble with the arguments, in one plain sentence, or that of a context that ended.
func Simulate(ctx context.Context, n *Net, c Course, d Defence) (*Outcome, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	c, err := c.Filled(n)
	if err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	p := layOut(n, c, &d)
	r, err := p.run(ctx)
	if err != nil {
		return nil, err
	}
	o := r.outcome(p)
	o.Growth = p.growth(false)
	if p.clean > 0 || p.alarm > 0 {
		over := p.growth(true)
		o.Reproduction = &over
	}
	return o, nil
}

// raw are the counts of all runs.
type raw struct {
	rounds, runs         int
	count                []int32 // round by round, run by run
	now                  []int   // by round, over all runs
	fallen, when, passed []int
}

// run spreads the blocks over the processors. Every count is whole and has its own place, so the order does not matter.
func (p *plan) run(ctx context.Context) (*raw, error) {
	c := p.course
	r := &raw{
		rounds: c.Rounds, runs: c.Runs, count: make([]int32, (c.Rounds+1)*c.Runs), now: make([]int, c.Rounds+1),
		fallen: make([]int, p.net.Agents), when: make([]int, p.net.Agents), passed: make([]int, p.net.Agents),
	}
	blocks := (c.Runs + 63) / 64
	tables, err := p.net.tables()
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range min(blocks, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			l := newLanes(p, tables)
			now := make([]int, c.Rounds+1)
			for b := int(next.Add(1)) - 1; b < blocks && ctx.Err() == nil; b = int(next.Add(1)) - 1 {
				lanesUsed := min(64, c.Runs-64*b)
				valid := ^uint64(0) >> (64 - lanesUsed)
				l.block(uint32(b), valid, func(round int, count, spreading *[64]int32) {
					copy(r.count[round*c.Runs+64*b:], count[:lanesUsed])
					for _, x := range spreading[:lanesUsed] {
						now[round] += int(x)
					}
				})
			}
			mu.Lock()
			defer mu.Unlock()
			for i, x := range now {
				r.now[i] += x
			}
			for v := range r.fallen {
				r.fallen[v] += l.fallen[v]
				r.when[v] += l.when[v]
				r.passed[v] += l.passed[v]
			}
		})
	}
	wg.Wait()
	return r, ctx.Err()
}

// outcome makes figures of the counts.
func (r *raw) outcome(p *plan) *Outcome {
	o := &Outcome{Runs: r.runs, Fallen: r.fallen, When: r.when, Passed: r.passed}
	for round := range r.rounds + 1 {
		o.Curve = append(o.Curve, Point{
			Round: round, Spread: spreadOf(r.count[round*r.runs : (round+1)*r.runs]),
			Now: float64(r.now[round]) / float64(r.runs),
		})
	}
	o.Sizes = slices.Clone(r.count[r.rounds*r.runs:])
	o.Final = o.Curve[r.rounds].Spread
	for _, part := range p.course.Thresholds {
		x := Cross{Share: part, Agents: size(p.net.Agents, part)}
		var when []int32
		for run := range r.runs {
			for round := range r.rounds + 1 {
				if int(r.count[round*r.runs+run]) >= x.Agents {
					when = append(when, int32(round))
					break
				}
			}
		}
		x.Passed = len(when)
		x.Chance = float64(x.Passed) / float64(r.runs)
		x.Low, x.High = stat.Wilson(x.Passed, r.runs)
		if len(when) > 0 {
			s := spreadOf(when)
			x.P5, x.P50, x.P95 = s.P5, s.P50, s.P95
		}
		o.Cross = append(o.Cross, x)
	}
	return o
}

// spreadOf sums up the counts of runs. Percentiles are counts that occurred: the least that so many runs do not exceed.
func spreadOf(counts []int32) Spread {
	sorted := slices.Clone(counts)
	slices.Sort(sorted)
	sum, squares := 0, 0
	for _, x := range sorted {
		sum += int(x)
		squares += int(x) * int(x)
	}
	n := len(sorted)
	at := func(percent int) int { return int(sorted[max((n*percent+99)/100, 1)-1]) }
	s := Spread{Mean: float64(sum) / float64(n), P5: at(5), P50: at(50), P95: at(95)}
	if n > 1 {
		variance := (float64(squares) - float64(s.Mean*float64(sum))) / float64(n-1)
		s.StandardError = math.Sqrt(max(variance, 0) / float64(n))
	}
	return s
}
