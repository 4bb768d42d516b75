package graph

import (
	"context"
	"fmt"
	"io"
	"math/bits"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"fermata/internal/stat"
)

// Limits of exact enumeration.
const (
	exactNodes = 20      // uncertain nodes that can matter
	exactWork  = 1 << 26 // words computed
	exactSize  = 1 << 16 // nodes of the decision diagrams of all nodes, if there are more combinations than that
)

// defaultTrials is the number of trials if none is asked for; the interval of an even chance is then 0.8 points wide.
const defaultTrials = 1 << 16

// Sampling says how Simulate draws.
type Sampling struct {
	Trials int    // 0 for 65,536; at most 2^38
	Seed   uint64 // the same seed gives the same figures
	// Always asks for sampling even where enumeration is possible.
	Always bool
}

// Chances holds, for every node of a graph, the chance that it holds.
type Chances struct {
	g *Graph
	// Exact says that all combinations of the uncertain nodes were taken account of; else the chances are frequencies in Trials
	// trials drawn under Seed.
	Exact  bool
	Trials int
	Seed   uint64
	P      []float64
	// Low and High bound P: Wilson's interval at 95 % if sampled, P itself if exact or if no chance has part in it.
	Low, High []float64
}

// Simulate computes the chance of each node when every uncertain node is open with its own chance, independently, and
// holds if it is open and enough of its predecessors hold, or it is open and an entry. Shared causes and cycles need no
// special case: each trial is a least fixed point of the whole graph.
//
// With at most 20 uncertain nodes that can matter, and a graph not too large for it, all their combinations are enumerated
// and the chances are exact. With more they are exact too if decision diagrams of all nodes stay small. Otherwise trials are sampled, 64 to a machine word. The random numbers are Philox4x32-10 with
// the seed as key; the counter is the number of the block of 64 trials, the position in the binary expansion of the
// uniform number, and a hash of the node's id. So the result is the same on any number of processors, and two graphs
// under one seed are compared trial by trial.
func (g *Graph) Simulate(ctx context.Context, q Query, o Sampling) (Chances, error) {
	trials := o.Trials
	switch {
	case trials == 0:
		trials = defaultTrials
	case trials < 0 || uint64(trials) > 1<<38:
		return Chances{}, fmt.Errorf("%d trials are not from 1 to 2^38", trials)
	}
	n := g.Len()
	c := Chances{g: g, P: make([]float64, n), Low: make([]float64, n), High: make([]float64, n)}
	p := compile(g, q)
	var err error
	if words := max(len(p.coins), 6); !o.Always && len(p.coins) <= exactNodes && len(p.nodes) <= exactWork>>(words-6) {
		c.Exact = true
		err = p.enumerate(ctx, &c)
	} else if !o.Always && p.decide(&c) {
		c.Exact = true
	} else {
		c.Trials, c.Seed = trials, o.Seed
		err = p.sample(ctx, &c, trials)
	}
	if err != nil {
		return Chances{}, err
	}
	return c, nil
}

// workers runs a job for every number below n on all processors, and stops early if ctx is done. Each goroutine gets its
// own job from begin; its end is called when the goroutine has nothing left to do, one goroutine at a time.
func workers(ctx context.Context, n int, begin func() (job func(i int), end func())) error {
	var (
		next atomic.Int64
		wg   sync.WaitGroup
		mu   sync.Mutex
	)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			job, end := begin()
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				job(i)
			}
			mu.Lock()
			defer mu.Unlock()
			end()
		})
	}
	wg.Wait()
	return ctx.Err()
}

// sample counts in how many trials each slot holds. Counts are whole numbers, so the order of adding does not matter.
func (p *program) sample(ctx context.Context, c *Chances, trials int) error {
	const batch = 16 // blocks a worker takes at a time
	blocks := (trials + 63) / 64
	key := [2]uint32{uint32(c.Seed), uint32(c.Seed >> 32)}
	hits := make([]int, len(p.nodes))
	err := workers(ctx, (blocks+batch-1)/batch, func() (func(int), func()) {
		l := p.lanes()
		own := make([]int, len(p.nodes))
		odds := make([]odds, len(p.coins))
		for i, c := range p.coins {
			odds[i].threshold = c.threshold
		}
		job := func(i int) {
			for block := i * batch; block < min((i+1)*batch, blocks); block++ {
				l.sample(odds, uint64(block), key)
				valid := ^uint64(0)
				if rest := trials - 64*block; rest < 64 {
					valid = 1<<rest - 1
				}
				for slot, x := range l.state {
					own[slot] += bits.OnesCount64(x & valid)
				}
			}
		}
		return job, func() {
			for slot, x := range own {
				hits[slot] += x
			}
		}
	})
	sure := p.sure()
	for slot, v := range p.nodes {
		if sure[slot] {
			c.P[v], c.Low[v], c.High[v] = 1, 1, 1
			continue
		}
		c.P[v] = float64(hits[slot]) / float64(trials)
		c.Low[v], c.High[v] = stat.Wilson(hits[slot], trials)
	}
	return err
}

// decide computes all chances by decision diagrams, or reports false if they grow too large.
func (p *program) decide(c *Chances) bool {
	var last []int32 // from the last slot back, so that walks begin where most is behind
	for slot := int32(len(p.nodes)) - 1; slot >= 0; slot-- {
		last = append(last, slot)
	}
	at, n := p.coinOrder(last, func(i int32) bool { return p.coinOf[i] >= 0 })
	d, of, ok := p.diagrams(exactSize, at)
	if !ok {
		return false
	}
	chance := make([]float64, n)
	for slot, coin := range at {
		if coin >= 0 {
			chance[coin] = c.g.chance[p.nodes[slot]]
		}
	}
	all := d.chances(chance)
	for slot, v := range p.nodes {
		x := min(max(all[of[slot]], 0), 1)
		c.P[v], c.Low[v], c.High[v] = x, x, x
	}
	return true
}

// sure returns the slots that hold even with every uncertain node closed.
func (p *program) sure() []bool {
	l := p.lanes()
	l.run(func(int32) uint64 { return 0 })
	out := make([]bool, len(l.state))
	for i, x := range l.state {
		out[i] = x != 0
	}
	return out
}

// enumerate adds up the weights of all combinations in which a slot holds. The first six coins differ between the lanes of
// a word, the others between words. Sums have a fixed shape whatever the number of workers: words of a stretch in order,
// then the stretches in order.
func (p *program) enumerate(ctx context.Context, c *Chances) error {
	inWord := min(len(p.coins), 6)
	words := 1 << (len(p.coins) - inWord)
	lanesUsed := 1 << inWord
	chance := make([]float64, len(p.coins))
	for slot, coin := range p.coinOf {
		if coin >= 0 {
			chance[coin] = c.g.chance[p.nodes[slot]]
		}
	}
	// weight[b][x] is the weight of the lanes of byte b that are set in x.
	var weight [8][256]float64
	for b := range weight {
		for x := range weight[b] {
			for lane := 8 * b; lane < min(8*b+8, lanesUsed); lane++ {
				if x>>(lane-8*b)&1 == 1 {
					weight[b][x] += combination(chance[:inWord], lane)
				}
			}
		}
	}
	patterns := [6]uint64{
		0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0, 0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000,
	}
	stretch := max(words/64, 1)
	sums := make([][]float64, words/stretch)
	err := workers(ctx, len(sums), func() (func(int), func()) {
		l := p.lanes()
		job := func(i int) {
			sum := make([]float64, len(p.nodes))
			for word := i * stretch; word < (i+1)*stretch; word++ {
				outer := combination(chance[inWord:], word)
				l.run(func(coin int32) uint64 {
					if coin < 6 {
						return patterns[coin]
					}
					return -(uint64(word) >> (coin - 6) & 1)
				})
				for slot, x := range l.state {
					inner := 0.0
					for b := 0; x != 0; b, x = b+1, x>>8 {
						inner += weight[b][x&255]
					}
					sum[slot] += float64(outer * inner)
				}
			}
			sums[i] = sum
		}
		return job, func() {}
	})
	if err != nil {
		return err
	}
	sure := p.sure()
	for slot, v := range p.nodes {
		x := 0.0
		for _, sum := range sums {
			x += sum[slot]
		}
		if x = min(x, 1); sure[slot] {
			x = 1
		}
		c.P[v], c.Low[v], c.High[v] = x, x, x
	}
	return nil
}

// combination returns the chance that exactly the coins whose bits are set are open.
func combination(chance []float64, set int) float64 {
	w := 1.0
	for i, p := range chance {
		if set>>i&1 == 1 {
			w *= p
		} else {
			w *= 1 - p
		}
	}
	return w
}

// WriteJSON writes {"method":"exact"|"sampled","trials":…,"seed":…,"nodes":[{"id":…,"p":…,"low":…,"high":…},…]} with all
// nodes in ascending order of their ids, one a line. Trials and seed are absent if exact.
func (c Chances) WriteJSON(w io.Writer) error {
	out := sink{w: w}
	if c.Exact {
		out.buf = append(out.buf, `{"method":"exact"`...)
	} else {
		out.buf = append(out.buf, `{"method":"sampled","trials":`...)
		out.buf = strconv.AppendInt(out.buf, int64(c.Trials), 10)
		out.buf = append(out.buf, `,"seed":`...)
		out.buf = strconv.AppendUint(out.buf, c.Seed, 10)
	}
	out.buf = append(out.buf, `,"nodes":[`...)
	sep, end := "\n", "]}\n"
	for v, p := range c.P {
		out.buf = append(out.buf, sep...)
		out.buf = append(out.buf, `{"id":`...)
		out.buf = appendString(out.buf, c.g.ids[v])
		out.buf = append(out.buf, `,"p":`...)
		out.buf = appendNumber(out.buf, p)
		out.buf = append(out.buf, `,"low":`...)
		out.buf = appendNumber(out.buf, c.Low[v])
		out.buf = append(out.buf, `,"high":`...)
		out.buf = appendNumber(out.buf, c.High[v])
		out.buf = append(out.buf, '}')
		sep, end = ",\n", "\n]}\n"
		if err := out.pass(pieces); err != nil {
			return err
		}
	}
	out.buf = append(out.buf, end...)
	return out.pass(0)
}
