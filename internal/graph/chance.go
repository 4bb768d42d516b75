package graph

import (
	"context"
	"fmt"
	"math/bits"
	"slices"

	"fermata/internal/stat"
)

// Method says how a chance was computed.
type Method string

// The methods of [Graph.Chance].
const (
	Exact   Method = "exact"   // by a decision diagram; the interval is the figure
	Sampled Method = "sampled" // as a frequency of trials; Wilson's interval at 95 %
	Tilted  Method = "tilted"  // by importance sampling: trials in which steps succeed more often, weighted; a normal interval at 95 %
	Split   Method = "split"   // by splitting: runs that lower the chances level by level; a normal interval at 95 % over the runs
)

// Accuracy says what is asked of [Graph.Chance]. The zero values stand for defaults.
type Accuracy struct {
	Relative float64 // half the width of the interval as a share of the chance at which drawing stops; 0 for 0.05
	Trials   int     // at most so many for each goal; 0 for 2^20
	Seed     uint64
	Diagram  int // nodes of a decision diagram at most; 0 for 2^19, less than 0 for no diagram
}

// Chance is the chance that a goal holds.
type Chance struct {
	stat.Estimate
	Method Method
	Trials int
	// Stopped says what ended the drawing: "width" if the interval was narrow enough, "trials" if there were no more; it is
	// empty if exact.
	Stopped string
}

const (
	chanceTrials  = 1 << 20
	chanceDiagram = 1 << 19
	firstTrials   = 1 << 14
	rareHits      = 32 // a goal that was hit less often in the first eighth of the trials is rare
)

// Chance computes the chance of each goal when every node v is open with chance p[v].
//
// What a goal cannot rest on and what is always open or never is left out first. Then all goals together, or else each apart,
// are given a binary decision diagram over the nodes that remain; its size is bounded by work, and where it suffices the
// chance is exact, however many uncertain nodes there are. Other goals are sampled, by trials that double in number until
// each interval is narrow enough or the trials are used up. Goals that hardly ever hold are drawn so that their derivations
// are open, and weighted, if the likely derivations can be listed; else by splitting. If that costs too much as well, what
// the trials showed stands.
//
// Stopping when an interval is narrow makes it a little too narrow on average; doubling keeps that below a point of the 95.
func (g *Graph) Chance(ctx context.Context, q Query, goals []int32, p []float64, a Accuracy) ([]Chance, error) {
	if err := g.Check(p); err != nil {
		return nil, err
	}
	if a.Relative == 0 {
		a.Relative = 0.05
	}
	if a.Trials == 0 {
		a.Trials = chanceTrials
	}
	if a.Diagram == 0 {
		a.Diagram = chanceDiagram
	}
	switch {
	case !(a.Relative > 0 && a.Relative < 1):
		return nil, fmt.Errorf("a relative width of %v is not between 0 and 1", a.Relative)
	case a.Trials < 64 || uint64(a.Trials) > 1<<38:
		return nil, fmt.Errorf("%d trials are not from 64 to 2^38", a.Trials)
	}
	open := Query{Entries: q.Entries, Closed: slices.Clone(q.Closed)}
	for v, x := range p {
		if x == 0 {
			open.Closed = append(open.Closed, int32(v))
		}
	}
	out := make([]Chance, len(goals))
	done := make([]bool, len(goals))
	most := g.Spread(open)
	for i, v := range goals {
		if !most.Reached(v) { // out of reach even with everything open
			out[i], done[i] = Chance{Method: Exact}, true
		}
	}
	if a.Diagram > 0 && len(goals) > 0 {
		var whole []int
		for i := range goals {
			if !done[i] {
				whole = append(whole, i)
			}
		}
		if !g.exact(open, goals, whole, p, a.Diagram, out, done) && len(whole) > 1 {
			for i := range whole {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				g.exact(open, goals, whole[i:i+1], p, a.Diagram/8, out, done)
			}
		}
	}
	var rest []int
	for i := range goals {
		if !done[i] {
			rest = append(rest, i)
		}
	}
	if len(rest) == 0 {
		return out, ctx.Err()
	}
	rare, err := g.draw(ctx, open, goals, rest, p, a, out)
	if err != nil {
		return nil, err
	}
	for _, i := range rare {
		t := newTilt(g, open, goals[i], p, a.Seed)
		c, ok, err := t.chance(ctx, a)
		if err == nil && !ok {
			c, ok, err = newSplitter(t).chance(ctx, a)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			out[i] = c
		}
	}
	return out, nil
}

// exact fills in the chances of some goals, if their diagram is not too large.
func (g *Graph) exact(q Query, goals []int32, which []int, p []float64, limit int, out []Chance, done []bool) bool {
	some := make([]int32, len(which))
	for i, w := range which {
		some[i] = goals[w]
	}
	prog := compileFor(g, q, some, func(v int32) bool { return p[v] < 1 })
	slot := prog.slots(g, some)
	at, n := prog.coinOrder(slot, func(i int32) bool { return prog.coinOf[i] >= 0 })
	d, of, ok := prog.diagrams(limit, at)
	if !ok {
		return false
	}
	chance := make([]float64, n)
	for i, c := range at {
		if c >= 0 {
			chance[c] = p[prog.nodes[i]]
		}
	}
	all := d.chances(chance)
	for i, w := range which {
		x := 0.0
		if slot[i] >= 0 {
			x = min(max(all[of[slot[i]]], 0), 1)
		}
		out[w] = Chance{Estimate: stat.Estimate{Value: x, Low: x, High: x}, Method: Exact}
		done[w] = true
	}
	return true
}

// slots returns the slots of nodes, -1 for those that the program does not have.
func (p *program) slots(g *Graph, nodes []int32) []int32 {
	at := make([]int32, g.Len())
	for slot, v := range p.nodes {
		at[v] = int32(slot) + 1
	}
	out := make([]int32, len(nodes))
	for i, v := range nodes {
		out[i] = at[v] - 1
	}
	return out
}

// draw samples goals and returns those that hold too seldom for it.
func (g *Graph) draw(ctx context.Context, q Query, goals []int32, which []int, p []float64, a Accuracy, out []Chance) (rare []int, err error) {
	some := make([]int32, len(which))
	for i, w := range which {
		some[i] = goals[w]
	}
	proto := g.Sampler(q, some)
	hits := make([]int, len(some))
	most := (a.Trials + 63) / 64
	for from, to := 0, min(firstTrials/64, most); ; from, to = to, min(2*to, most) {
		err := workers(ctx, to-from, func() (func(int), func()) {
			s, words, own := proto.Clone(), make([]uint64, len(some)), make([]int, len(some))
			return func(b int) {
					s.Block(p, a.Seed, uint64(from+b), words)
					for i, x := range words {
						own[i] += bits.OnesCount64(x)
					}
				}, func() {
					for i, x := range own {
						hits[i] += x
					}
				}
		})
		if err != nil {
			return nil, err
		}
		trials := 64 * to
		narrow := true
		rare = rare[:0]
		for i, n := range hits {
			c := Chance{Method: Sampled, Trials: trials, Stopped: "width"}
			c.Value = float64(n) / float64(trials)
			c.Low, c.High = stat.Wilson(n, trials)
			if n == 0 || c.High-c.Low > float64(2*a.Relative*c.Value) {
				c.Stopped = "trials"
				if n < rareHits && to >= most/8 {
					rare = append(rare, which[i])
				} else {
					narrow = false
				}
			}
			out[which[i]] = c
		}
		if narrow || to == most {
			return rare, nil
		}
	}
}
