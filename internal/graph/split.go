package graph

import (
	"context"
	"math/bits"

	"fermata/internal/stat"
)

const (
	splitPool   = 512     // particles of a run, a multiple of 64
	splitLevels = 400     // at most
	splitRuns   = 16      // at first; doubled until the interval is narrow enough
	splitMost   = 256     // at most
	splitWork   = 1 << 29 // slots computed, 64 trials each, over all runs
)

// splitter computes the chance of a rare goal by splitting. At level t a coin of chance p is open with chance p^(1-t): always at
// level 1, as it is at level 0. A run begins with a pool of particles, each a uniform number for every coin, and lowers the
// level step by step. At each step the share of the particles in which the goal still holds is noted, the others are
// replaced by copies of those, and every coin of every particle is drawn anew under the condition that the goal holds at this
// level. The product of the shares has the chance as its mean, whatever the levels are, and runs are independent, so
// their spread gives an interval that does not rest on knowing derivations.
type splitter struct {
	*tilt
	log []float64 // of each coin's chance
}

// pool is one run's particles.
type pool struct {
	l    *lanes
	u    [][]float64 // coin → particle → number
	open [][]uint64  // coin → particles in which it is open
	hit  []uint64
	now  int // the word at hand
	work int
}

func (t *splitter) pool() *pool {
	n := len(t.p)
	p := &pool{l: t.prog.lanes(), u: make([][]float64, n), open: make([][]uint64, n), hit: make([]uint64, splitPool/64)}
	for c := range n {
		p.u[c], p.open[c] = make([]float64, splitPool), make([]uint64, splitPool/64)
	}
	return p
}

// at returns the chance of a coin at a level.
func (t *splitter) at(c int, level float64) float64 {
	return stat.Exp(float64(t.log[c] * (1 - level)))
}

// reach computes in which particles the goal holds at a level, and their number.
func (t *splitter) reach(p *pool, level float64) int {
	for c, u := range p.u {
		chance := t.at(c, level)
		open := p.open[c]
		clear(open)
		for i, x := range u {
			if x < chance {
				open[i>>6] |= 1 << (i & 63)
			}
		}
	}
	hits := 0
	for p.now = range p.hit {
		p.hit[p.now] = t.word(p)
		hits += bits.OnesCount64(p.hit[p.now])
	}
	return hits
}

func (t *splitter) word(p *pool) uint64 {
	p.work += len(p.l.nodes)
	p.l.run(func(c int32) uint64 { return p.open[c][p.now] })
	return p.l.state[t.goal]
}

// uniforms are numbers for two particles, by run, step and coin.
func (t *splitter) uniforms(run, step, coin, pair int) (float64, float64) {
	return stat.Uniforms(t.seed, t.prog.coins[coin].stream+uint64(run+1)<<20, tiltPilot*61+uint64(step)<<16+uint64(pair))
}

// step goes to the next level: the particles that do not hold there are replaced, and all are drawn anew.
func (t *splitter) step(p *pool, run, step int, level float64) {
	var alive, gone []int
	for i := range splitPool {
		if p.hit[i>>6]>>(i&63)&1 == 1 {
			alive = append(alive, i)
		} else {
			gone = append(gone, i)
		}
	}
	// Who is copied is drawn, for each in turn.
	for k, i := range gone {
		x, _ := stat.Uniforms(t.seed, stat.Stream("copy")+uint64(run+1)<<20, tiltPilot*61+uint64(step)<<16+uint64(k))
		from := alive[int(x*float64(len(alive)))]
		for c := range p.u {
			p.u[c][i] = p.u[c][from]
			p.open[c][i>>6] = p.open[c][i>>6]&^(1<<(i&63)) | p.open[c][from>>6]>>(from&63)&1<<(i&63)
		}
	}
	for c := range p.u {
		chance := t.at(c, level)
		for p.now = range p.hit {
			free := ^uint64(0)
			if p.open[c][p.now] != 0 {
				p.open[c][p.now] = 0
				free = t.word(p)
			}
			open := uint64(0)
			for lane := 0; lane < 64; lane += 2 {
				i := 64*p.now + lane
				a, b := t.uniforms(run, step, c, i/2)
				for j, x := range [2]float64{a, b} {
					if free>>(lane+j)&1 == 0 {
						x = float64(x * chance)
					}
					p.u[c][i+j] = x
					if x < chance {
						open |= 1 << (lane + j)
					}
				}
			}
			p.open[c][p.now] = open | ^free
		}
	}
}

func (t *splitter) start(p *pool, run int) {
	for c := range p.u {
		for i := 0; i < splitPool; i += 2 {
			p.u[c][i], p.u[c][i+1] = t.uniforms(run, 0, c, i/2)
		}
	}
}

// levels finds levels at each of which about every third particle of the level before still holds. It reports false if that
// does not come to an end.
func (t *splitter) levels(ctx context.Context) ([]float64, int, bool) {
	p := t.pool()
	t.start(p, 0)
	var out []float64
	now := 1.0
	for len(out) < splitLevels && ctx.Err() == nil {
		if t.reach(p, 0) >= splitPool/4 {
			return append(out, 0), p.work, true
		}
		low, high := 0.0, now
		for range 20 {
			middle := float64(0.5 * (low + high))
			if t.reach(p, middle) >= splitPool/3 {
				high = middle
			} else {
				low = middle
			}
		}
		if high >= now || t.reach(p, high) == 0 {
			return nil, p.work, false
		}
		now = high
		out = append(out, now)
		t.step(p, 0, len(out), now)
	}
	return nil, p.work, false
}

// chance runs until the interval is narrow enough. It reports false if no levels were found or a run would cost too much.
func (t *splitter) chance(ctx context.Context, a Accuracy) (Chance, bool, error) {
	levels, work, ok := t.levels(ctx)
	if err := ctx.Err(); err != nil || !ok || work > splitWork/splitRuns/2 {
		return Chance{}, false, err
	}
	most := min(splitMost, max(splitWork/max(work, 1), splitRuns))
	var found []float64
	for {
		from := len(found)
		to := min(max(2*from, splitRuns), most)
		found = append(found, make([]float64, to-from)...)
		err := workers(ctx, to-from, func() (func(int), func()) {
			p := t.pool()
			return func(i int) {
				run := from + i + 1
				t.start(p, run)
				product := 1.0
				for k, level := range levels {
					hits := t.reach(p, level)
					if product *= float64(hits) / splitPool; hits == 0 {
						break
					}
					if k+1 < len(levels) {
						t.step(p, run, k+1, level)
					}
				}
				found[run-1] = product
			}, func() {}
		})
		if err != nil {
			return Chance{}, false, err
		}
		squares := make([]float64, len(found))
		for i, x := range found {
			squares[i] = float64(x * x)
		}
		c := Chance{Estimate: stat.MeanOf(len(found), stat.Sum(found), stat.Sum(squares)), Method: Split, Trials: len(found) * splitPool, Stopped: "width"}
		if c.Value == 0 {
			return Chance{}, false, nil
		}
		c.High = min(c.High, 1)
		if c.High-c.Low <= float64(2*a.Relative*c.Value) {
			return c, true, nil
		}
		if to == most {
			c.Stopped = "trials"
			return c, true, nil
		}
	}
}

func newSplitter(t *tilt) *splitter {
	s := &splitter{tilt: t}
	for _, p := range t.p {
		s.log = append(s.log, stat.Log(p))
	}
	return s
}
