package graph

import (
	"context"
	"math/bits"
	"slices"

	"fermata/internal/stat"
)

const (
	tiltBlocks  = 64 // of a pilot run
	tiltRounds  = 6
	tiltMost    = 0.98    // chance under which a node is drawn, unless its own is higher
	tiltPlain   = 8       // of so many blocks one is drawn plainly, so no weight is above this number, and two are tilted
	waysMost    = 1024    // derivations that are forced
	waysTries   = 2000    // cheapest derivations under changed costs
	waysWork    = 1 << 26 // nodes and edges looked at for them
	learnTries  = 400
	learnRounds = 12
	learnClean  = 2 // rounds in a row that show hardly anything new
	learnBlocks = 256
	rareWay     = 1e-4    // of the chance of what is known: what is likelier is looked for where others hold
	learnShare  = 0.002   // of the chance that may rest on derivations that are not known
	tiltPilot   = 1 << 40 // pilots have blocks of their own
)

// tilt draws one goal with other chances than the nodes have. Its trials are a mixture of three sorts: plain ones; tilted ones,
// in which every coin is open with a chance that was found by the cross-entropy method; and forced ones, in which all the
// coins of one derivation are open, drawn among known derivations by their chance, as Karp and Luby count the solutions of a
// formula. The weight of a trial is its own likelihood over that of the whole mixture, so whatever the sorts are the mean is
// right, and where the known derivations are most of what there is the weights hardly differ.
type tilt struct {
	prog   *program
	graph  *Graph // with the costs of this goal's coins
	q      Query
	node   int32
	goal   int32     // its slot
	p, g   []float64 // of each coin: its own chance, and that of tilted trials
	of     []int32   // coin → node
	coin   map[int32]int32
	seed   uint64
	ways   [][]int32 // derivations: coins, ascending
	known  map[string]bool
	learnt int       // rounds of learning
	upTo   []float64 // sums of their chances
}

func newTilt(g *Graph, q Query, goal int32, p []float64, seed uint64) *tilt {
	prog := compileFor(g, q, []int32{goal}, func(v int32) bool { return p[v] < 1 })
	t := &tilt{prog: prog, q: q, node: goal, goal: prog.slots(g, []int32{goal})[0], seed: seed, coin: map[int32]int32{}, known: map[string]bool{}}
	for slot, c := range prog.coinOf {
		if c >= 0 {
			v := prog.nodes[slot]
			t.coin[v] = c
			t.p, t.of = append(t.p, p[v]), append(t.of, v)
		}
	}
	costed := *g
	costed.cost, costed.start = make([]float64, g.Len()), slices.Clone(g.start)
	for v := range costed.start {
		costed.start[v].cost = 0
	}
	t.graph = &costed
	return t
}

// way adds the cheapest derivation that there is when these nodes are closed besides, under the costs that are set, if its
// chance is not below least.
func (t *tilt) way(s *Solution, closed []int32, least float64) bool {
	q := t.q
	q.Closed = slices.Concat(t.q.Closed, closed)
	s.Reset(q)
	d, ok := s.Derivation(t.node)
	if !ok {
		return false
	}
	var coins []int32
	for _, v := range d.Nodes {
		if c, ok := t.coin[v]; ok {
			coins = append(coins, c)
		}
	}
	slices.Sort(coins)
	key := setKey(coins)
	if t.known[key] || t.chanceOf(coins) < least {
		return false
	}
	t.known[key] = true
	t.ways = append(t.ways, coins)
	return true
}

// price sets the costs of the coins: minus the logarithm of their chances, times a number for each.
func (t *tilt) price(times func(coin int) float64) {
	for c, v := range t.of {
		x := float64(-stat.Log(t.p[c]) * times(c))
		t.graph.cost[v], t.graph.start[v].cost = x, x
	}
}

// likely lists derivations that are the cheapest under costs changed at random.
func (t *tilt) likely(ctx context.Context) {
	t.price(func(int) float64 { return 1 })
	s := t.graph.Solve(t.q)
	t.way(s, nil, 0)
	size := t.graph.Len() + t.graph.Edges()
	old := 0
	for try := range min(waysTries, waysWork/size+1) {
		if old > waysTries/8 || len(t.ways) >= waysMost || ctx.Err() != nil {
			return
		}
		t.price(func(c int) float64 {
			u, _ := stat.Uniforms(t.seed, t.prog.coins[c].stream, tiltPilot*62+uint64(try))
			return 0.5 + u
		})
		old++
		if t.way(s, nil, 0) {
			old = 0
		}
	}
}

// learn adds derivations of trials that rest on none that is known, drawn under chances g, and returns which share of the
// goal's chance such trials were by their weights.
func (t *tilt) learn(ctx context.Context, g []float64) (share float64) {
	t.price(func(int) float64 { return 1 })
	s := t.graph.Solve(t.q)
	open, closed := t.logs(g)
	l, b := t.prog.lanes(), oneBlock{open: make([]uint64, len(g))}
	tries := min(learnTries, waysWork/(t.graph.Len()+t.graph.Edges())+1)
	t.learnt++
	all, unknown := 0.0, 0.0
	more, sum := tries, t.sum()
	for i := 0; i < learnBlocks && ctx.Err() == nil; i++ {
		t.block(l, &b, g, tiltPilot*63+uint64(t.learnt*learnBlocks+i), nil)
		b.ratios(open, closed)
		var count [64]int32
		t.count(&b, &count)
		for x := b.hit; x != 0; x &= x - 1 {
			lane := bits.TrailingZeros64(x)
			w := stat.Exp(b.log[lane])
			all += w
			if count[lane] > 0 {
				if more > 0 && len(t.ways) < waysMost {
					more--
					t.other(s, &b, lane, float64(rareWay*sum))
				}
				continue
			}
			unknown += w
			if tries == 0 || len(t.ways) >= waysMost {
				continue
			}
			var shut []int32
			for c, o := range b.open {
				if o>>lane&1 == 0 {
					shut = append(shut, t.of[c])
				}
			}
			tries--
			t.way(s, shut, 0)
		}
	}
	if all == 0 {
		return 0
	}
	return unknown / all
}

// study learns under several chances until what is not known hardly counts under any of them, and reports whether it came to
// that.
func (t *tilt) study(ctx context.Context) bool {
	broad := make([][]float64, 0, 4)
	for _, power := range []float64{0.6, 0.4, 0.25} {
		g := make([]float64, len(t.p))
		for c, p := range t.p {
			g[c] = max(min(stat.Exp(float64(power*stat.Log(p))), tiltMost), p)
		}
		broad = append(broad, g)
	}
	broad = append(broad, t.g)
	clean := 0
	for range learnRounds {
		worst := 0.0
		for _, g := range broad {
			worst = max(worst, t.learn(ctx, g))
		}
		if len(t.ways) >= waysMost || ctx.Err() != nil {
			return false
		}
		if worst >= learnShare {
			clean = 0
		} else if clean++; clean == learnClean {
			return true
		}
	}
	return false
}

// count counts for each trial the known derivations that hold in it.
func (t *tilt) count(b *oneBlock, count *[64]int32) {
	for _, way := range t.ways {
		x := b.hit
		for _, c := range way {
			if x &= b.open[c]; x == 0 {
				break
			}
		}
		for ; x != 0; x &= x - 1 {
			count[bits.TrailingZeros64(x)]++
		}
	}
}

// sum adds up the chances of the known derivations.
func (t *tilt) sum() float64 {
	total := 0.0
	t.upTo = t.upTo[:0]
	for _, way := range t.ways {
		total += t.chanceOf(way)
		t.upTo = append(t.upTo, total)
	}
	return total
}

func (t *tilt) chanceOf(way []int32) float64 {
	log := 0.0
	for _, c := range way {
		log += stat.Log(t.p[c])
	}
	return stat.Exp(log)
}

// other looks in a trial for a derivation besides those that are known and hold in it: it closes a coin of each, another one in
// each trial.
func (t *tilt) other(s *Solution, b *oneBlock, lane int, least float64) {
	var shut []int32
	closed := make([]bool, len(b.open))
	for c, o := range b.open {
		if o>>lane&1 == 0 {
			closed[c] = true
			shut = append(shut, t.of[c])
		}
	}
	for k, way := range t.ways {
		if len(way) == 0 || slices.ContainsFunc(way, func(c int32) bool { return closed[c] }) {
			continue
		}
		c := way[spread64(uint64(t.learnt)<<32|uint64(lane)<<16|uint64(k))%uint64(len(way))]
		closed[c] = true
		shut = append(shut, t.of[c])
	}
	t.way(s, shut, least)
}

// force draws a derivation for each trial of a block and marks its coins.
func (t *tilt) force(force []uint64, block uint64) {
	clear(force)
	stream := stat.Stream("derivation")
	for lane := 0; lane < 64; lane += 2 {
		u, v := stat.Uniforms(t.seed, stream, block<<5|uint64(lane/2))
		for i, x := range [2]float64{u, v} {
			at, _ := slices.BinarySearch(t.upTo, float64(x*t.upTo[len(t.upTo)-1]))
			for _, c := range t.ways[min(at, len(t.ways)-1)] {
				force[c] |= 1 << (lane + i)
			}
		}
	}
}

// oneBlock is a block of trials: in which the goal holds, in which each coin is open, and the logarithm of how much likelier the
// trial was under the coins' own chances than as it was drawn, for the trials in which the goal holds.
type oneBlock struct {
	hit  uint64
	open []uint64
	log  [64]float64
}

func (t *tilt) block(l *lanes, b *oneBlock, g []float64, block uint64, force []uint64) {
	key := [2]uint32{uint32(t.seed), uint32(t.seed >> 32)}
	for c := range b.open {
		b.open[c] = coin{threshold(g[c]), t.prog.coins[c].stream}.flip(block, key)
		if force != nil {
			b.open[c] |= force[c]
		}
	}
	l.run(func(c int32) uint64 { return b.open[c] })
	b.hit = l.state[t.goal]
}

// ratios computes b.log for chances g: logs of what an open and a closed coin say are given.
func (b *oneBlock) ratios(open, closed []float64) {
	base := 0.0
	for _, x := range closed {
		base += x
	}
	for i := range b.log {
		b.log[i] = base
	}
	for c, x := range b.open {
		d := open[c] - closed[c]
		if d == 0 {
			continue
		}
		for x &= b.hit; x != 0; x &= x - 1 {
			b.log[bits.TrailingZeros64(x)] += d
		}
	}
}

func (t *tilt) logs(g []float64) (open, closed []float64) {
	open, closed = make([]float64, len(g)), make([]float64, len(g))
	for c := range g {
		if g[c] != t.p[c] {
			open[c] = stat.Log(t.p[c]) - stat.Log(g[c])
			closed[c] = stat.Log(1-t.p[c]) - stat.Log(1-g[c])
		}
	}
	return open, closed
}

// pilot draws blocks under chances g and returns the number of hits and the chances under which coins are open given a hit.
func (t *tilt) pilot(ctx context.Context, g []float64, round int) (hits int, given []float64, err error) {
	open, closed := t.logs(g)
	type part struct {
		hits   int
		weight float64
		open   []float64
	}
	parts := make([]part, tiltBlocks)
	err = workers(ctx, tiltBlocks, func() (func(int), func()) {
		l, b := t.prog.lanes(), oneBlock{open: make([]uint64, len(g))}
		return func(i int) {
			t.block(l, &b, g, tiltPilot*uint64(round+1)+uint64(i), nil)
			b.ratios(open, closed)
			x := part{hits: bits.OnesCount64(b.hit), open: make([]float64, len(g))}
			var w [64]float64
			for h := b.hit; h != 0; h &= h - 1 {
				lane := bits.TrailingZeros64(h)
				w[lane] = stat.Exp(b.log[lane])
				x.weight += w[lane]
			}
			for c, o := range b.open {
				for o &= b.hit; o != 0; o &= o - 1 {
					x.open[c] += w[bits.TrailingZeros64(o)]
				}
			}
			parts[i] = x
		}, func() {}
	})
	if err != nil {
		return 0, nil, err
	}
	given = make([]float64, len(g))
	weight := 0.0
	for _, x := range parts {
		hits += x.hits
		weight += x.weight
		for c, o := range x.open {
			given[c] += o
		}
	}
	for c := range given {
		if weight > 0 {
			given[c] /= weight
		}
	}
	return hits, given, nil
}

// find looks for chances under which the goal is hit often and weights differ little.
func (t *tilt) find(ctx context.Context) (bool, error) {
	t.g = slices.Clone(t.p)
	found := false
	round := 0
	for power := 1.0; power > 0.01 && !found; power /= 2 {
		for c, p := range t.p {
			t.g[c] = max(min(stat.Exp(float64(power*stat.Log(p))), tiltMost), p)
		}
		hits, _, err := t.pilot(ctx, t.g, round)
		if err != nil {
			return false, err
		}
		round++
		found = hits >= 4*tiltBlocks
	}
	if !found {
		return false, nil
	}
	for range tiltRounds {
		hits, given, err := t.pilot(ctx, t.g, round)
		if err != nil {
			return false, err
		}
		round++
		if hits == 0 {
			break
		}
		for c, p := range t.p {
			smooth := float64(0.8*given[c]) + float64(0.2*t.g[c])
			t.g[c] = max(min(smooth, tiltMost), p)
		}
	}
	t.likely(ctx)
	if !t.study(ctx) { // what is not known may be most of what there is, and no weight would show it
		return false, ctx.Err()
	}
	t.sum()
	return t.upTo[len(t.upTo)-1] > 0, ctx.Err() // 0 if all are below what a number can hold
}

// chance draws until the interval is narrow enough. It reports false if the goal was never hit, however the coins were tilted.
func (t *tilt) chance(ctx context.Context, a Accuracy) (Chance, bool, error) {
	ok, err := t.find(ctx)
	if !ok || err != nil {
		return Chance{}, false, err
	}
	open, closed := t.logs(t.g)
	var sums, squares []float64
	most := max(a.Trials/64/tiltPlain*tiltPlain, tiltPlain)
	for to := min(max(firstTrials/64, tiltPlain), most); ; to = min(2*to, most) {
		from := len(sums)
		sums, squares = append(sums, make([]float64, to-from)...), append(squares, make([]float64, to-from)...)
		err := workers(ctx, to-from, func() (func(int), func()) {
			l, b, force := t.prog.lanes(), oneBlock{open: make([]uint64, len(t.g))}, make([]uint64, len(t.g))
			return func(i int) {
				i += from
				switch i % tiltPlain {
				case 0:
					t.block(l, &b, t.p, uint64(i), nil)
				case 1, 2:
					t.block(l, &b, t.g, uint64(i), nil)
				default:
					t.force(force, uint64(i))
					t.block(l, &b, t.p, uint64(i), force)
				}
				b.ratios(open, closed)
				var count [64]int32
				t.count(&b, &count)
				for h := b.hit; h != 0; h &= h - 1 {
					lane := bits.TrailingZeros64(h)
					const plain, tilted, forced = 1.0 / tiltPlain, 2.0 / tiltPlain, 5.0 / tiltPlain
					mixture := plain + float64(tilted*stat.Exp(-b.log[lane])) + float64(forced*(float64(count[lane])/t.upTo[len(t.upTo)-1]))
					w := 1 / mixture
					sums[i] += w
					squares[i] += float64(w * w)
				}
			}, func() {}
		})
		if err != nil {
			return Chance{}, false, err
		}
		c := Chance{Estimate: stat.MeanOf(64*to, stat.Sum(sums), stat.Sum(squares)), Method: Tilted, Trials: 64 * to, Stopped: "width"}
		if c.High = min(c.High, 1); c.Value > 0 && c.High-c.Low <= float64(2*a.Relative*c.Value) {
			return c, true, nil
		}
		if to == most {
			c.Stopped = "trials"
			return c, true, nil
		}
	}
}
