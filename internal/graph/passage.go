package graph

import (
	"context"
	"fmt"
	"math"
	"slices"

	"fermata/internal/stat"
)

// Passages says for each watched node when it first holds, over many trials.
type Passages struct {
	Trials int
	times  [][]float64 // of each watched node, ascending; +Inf where it never holds
}

// By returns the chance that watched node i holds by time t.
func (p *Passages) By(i int, t float64) stat.Estimate {
	n, _ := slices.BinarySearchFunc(p.times[i], t, func(e, t float64) int {
		if e <= t {
			return -1
		}
		return 1
	})
	low, high := stat.Wilson(n, p.Trials)
	return stat.Estimate{Value: float64(n) / float64(p.Trials), Low: low, High: high}
}

// Ever returns the chance that watched node i holds at some time.
func (p *Passages) Ever(i int) stat.Estimate { return p.By(i, math.MaxFloat64) }

// Quantile returns the time by which watched node i holds in a share u of the trials; +Inf if it holds in fewer. It panics unless
// 0 < u < 1.
func (p *Passages) Quantile(i int, u float64) float64 {
	if !(u > 0 && u < 1) {
		panic(fmt.Sprintf("graph: level %v is not between 0 and 1", u))
	}
	return p.times[i][min(int(math.Ceil(float64(u*float64(p.Trials))))-1, p.Trials-1)]
}

// Passage draws when nodes first hold, if every node v is open with chance p[v] and takes a time drawn from times[v] from when
// enough of its predecessors hold; nil is no time. An OR node waits for its first predecessor, an AND node for its last, a
// k-of-n node for its k-th. The random numbers depend on the seed, the node's id and the trial alone.
func (g *Graph) Passage(ctx context.Context, q Query, watch []int32, p []float64, times []stat.Dist, trials int, seed uint64) (*Passages, error) {
	if err := g.Check(p); err != nil {
		return nil, err
	}
	switch {
	case len(times) != g.Len():
		return nil, fmt.Errorf("%d times for %d nodes", len(times), g.Len())
	case trials < 1 || trials > 1<<26:
		return nil, fmt.Errorf("%d trials are not from 1 to 2^26", trials)
	}
	for v, d := range times {
		if d != nil && !(d.Quantile(0) >= 0) {
			return nil, fmt.Errorf("node %q: its times begin at %v, must not be negative", g.ids[v], d.Quantile(0))
		}
	}
	s := g.Solve(q)
	matters := restsOn(s, watch)
	out := &Passages{Trials: trials, times: make([][]float64, len(watch))}
	for i := range out.times {
		out.times[i] = make([]float64, trials)
	}
	stream := make([]uint64, g.Len())
	for v := range stream {
		stream[v] = stat.Stream(g.ids[v])
	}
	const batch = 64
	err := workers(ctx, (trials+batch-1)/batch, func() (func(int), func()) {
		need, at := make([]int32, g.Len()), make([]float64, g.Len())
		var heap frontier
		one := func(trial int) {
			for v := range need {
				need[v], at[v] = g.start[v].need, math.Inf(1)
				if !matters[v] {
					need[v] = 0
				}
			}
			start := func(v int32, t float64) {
				need[v] = 0
				u, w := stat.Uniforms(seed, stream[v], uint64(trial))
				if u >= p[v] {
					return
				}
				if times[v] != nil {
					t += times[v].Quantile(w)
				}
				heap.push(wait(t, v))
			}
			for _, v := range q.Closed {
				need[v] = 0
			}
			for _, v := range q.Entries {
				if need[v] > 0 || matters[v] && s.isEntry(v) && math.IsInf(at[v], 1) {
					if at[v] = math.MaxFloat64; s.Reached(v) { // no entry is started twice
						start(v, 0)
					}
				}
			}
			for _, v := range q.Entries {
				at[v] = math.Inf(1)
			}
			for len(heap) > 0 {
				top := heap.pop()
				at[top.node] = top.cost()
				for _, w := range g.Succs(top.node) {
					if need[w] > 0 {
						if need[w]--; need[w] == 0 {
							start(w, top.cost())
						}
					}
				}
			}
			for i, v := range watch {
				out.times[i][trial] = at[v]
			}
		}
		return func(b int) {
			for trial := b * batch; trial < min((b+1)*batch, trials); trial++ {
				one(trial)
			}
		}, func() {}
	})
	if err != nil {
		return nil, err
	}
	for _, t := range out.times {
		slices.Sort(t)
	}
	return out, nil
}
