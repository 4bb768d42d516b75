package graph

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"fermata/internal/stat"
)

// Worth says how much depends on one node: the chance of a goal with the node open and with the node closed, and what follows.
type Worth struct {
	Node         int32
	Open, Closed float64
	// Birnbaum is the chance that the goal depends on this node alone, all others being as they are: Open less Closed.
	Birnbaum stat.Estimate
	// FussellVesely is the share of the goal's chance that closing the node takes away; 0 if the goal has none.
	FussellVesely float64
	// Achievement is by which factor opening the node raises the chance, Reduction by which closing it lowers it: +Inf where
	// something comes of nothing, 1 where nothing does.
	Achievement, Reduction float64
	Method                 Method
}

// worthWork bounds the exact way: nodes of the diagram times nodes asked for.
const worthWork = 1 << 28

// Worth computes the importance measures of nodes for a goal when every node v is open with chance p[v], by a diagram where its
// size permits, else in so many trials, in which the goal is computed with each node open and closed in turn.
func (g *Graph) Worth(ctx context.Context, q Query, goal int32, nodes []int32, p []float64, trials int, seed uint64) ([]Worth, error) {
	if err := g.Check(p); err != nil {
		return nil, err
	}
	if trials < 1 || uint64(trials) > 1<<38 {
		return nil, fmt.Errorf("%d trials are not from 1 to 2^38", trials)
	}
	asked := make([]bool, g.Len())
	for _, v := range nodes {
		asked[v] = true
	}
	prog := compileFor(g, q, []int32{goal}, func(v int32) bool { return p[v] < 1 || asked[v] })
	at := prog.slots(g, nodes)
	goalSlot := prog.slots(g, []int32{goal})[0]
	out := make([]Worth, len(nodes))
	if goalSlot < 0 {
		for i, v := range nodes {
			out[i] = worth(v, 0, 0, stat.Estimate{}, 0, Exact)
		}
		return out, nil
	}
	order, n := prog.coinOrder([]int32{goalSlot}, func(i int32) bool { return prog.coinOf[i] >= 0 })
	if d, of, ok := prog.diagrams(min(chanceDiagram, worthWork/(len(nodes)+1)), order); ok {
		chance := make([]float64, n)
		for i, c := range order {
			if c >= 0 {
				chance[c] = p[prog.nodes[i]]
			}
		}
		whole := d.chances(chance)[of[goalSlot]]
		for i, v := range nodes {
			open, closed := whole, whole
			if at[i] >= 0 {
				c := order[at[i]]
				own := chance[c]
				chance[c] = 1
				open = d.chances(chance)[of[goalSlot]]
				chance[c] = 0
				closed = d.chances(chance)[of[goalSlot]]
				chance[c] = own
			}
			b := max(open-closed, 0)
			out[i] = worth(v, open, closed, stat.Estimate{Value: b, Low: b, High: b}, whole, Exact)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	blocks := (trials + 63) / 64
	hits := 0
	open, closed := make([]int, len(nodes)), make([]int, len(nodes))
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	err := workers(ctx, blocks, func() (func(int), func()) {
		l, words := prog.lanes(), make([]uint64, len(prog.coins))
		ownHits, ownOpen, ownClosed := 0, make([]int, len(nodes)), make([]int, len(nodes))
		return func(b int) {
				valid := ^uint64(0)
				if rest := trials - 64*b; rest < 64 {
					valid = 1<<rest - 1
				}
				for slot, c := range prog.coinOf {
					if c < 0 {
						continue
					}
					if words[c] = ^uint64(0); p[prog.nodes[slot]] < 1 {
						words[c] = coin{threshold(p[prog.nodes[slot]]), prog.coins[c].stream}.flip(uint64(b), key)
					}
				}
				run := func() int {
					l.run(func(c int32) uint64 { return words[c] })
					return bits.OnesCount64(l.state[goalSlot] & valid)
				}
				whole := run()
				ownHits += whole
				for i, slot := range at {
					if slot < 0 {
						ownOpen[i] += whole
						ownClosed[i] += whole
						continue
					}
					c := prog.coinOf[slot]
					keep := words[c]
					words[c] = ^uint64(0)
					ownOpen[i] += run()
					words[c] = 0
					ownClosed[i] += run()
					words[c] = keep
				}
			}, func() {
				hits += ownHits
				for i := range at {
					open[i] += ownOpen[i]
					closed[i] += ownClosed[i]
				}
			}
	})
	if err != nil {
		return nil, err
	}
	size := float64(trials)
	for i, v := range nodes {
		// What holds with the node open and not with it closed is counted by the difference, since opening adds only.
		low, high := stat.Wilson(open[i]-closed[i], trials)
		b := stat.Estimate{Value: float64(open[i]-closed[i]) / size, Low: low, High: high}
		out[i] = worth(v, float64(open[i])/size, float64(closed[i])/size, b, float64(hits)/size, Sampled)
	}
	return out, nil
}

func worth(v int32, open, closed float64, birnbaum stat.Estimate, whole float64, m Method) Worth {
	w := Worth{Node: v, Open: open, Closed: closed, Birnbaum: birnbaum, Achievement: ratio(open, whole), Reduction: ratio(whole, closed), Method: m}
	if whole > 0 {
		w.FussellVesely = max(whole-closed, 0) / whole
	}
	return w
}

func ratio(x, y float64) float64 {
	switch {
	case y > 0:
		return x / y
	case x > 0:
		return math.Inf(1)
	}
	return 1
}

// Shares divides the chance of a goal among players. A player has nodes, which are open with their chance p if the player takes
// part and closed if not; a node of several players needs one of them. The share of a player is the Shapley value: the chance
// to be the one with whom the goal comes about, when all players join in an order drawn at random. The shares add up to the
// chance with all of them less that with none.
//
// Every trial has an order and an outcome of its own, and exactly one player in it makes the goal hold, or none: the one is
// found by halving the order, in 64 trials at a time.
func (g *Graph) Shares(ctx context.Context, q Query, goal int32, players [][]int32, p []float64, trials int, seed uint64) ([]stat.Estimate, error) {
	if err := g.Check(p); err != nil {
		return nil, err
	}
	if trials < 64 || uint64(trials) > 1<<38 {
		return nil, fmt.Errorf("%d trials are not from 64 to 2^38", trials)
	}
	if len(players) == 0 {
		return nil, errors.New("there are no players")
	}
	owners := make([][]int32, g.Len())
	for i, nodes := range players {
		for _, v := range nodes {
			owners[v] = append(owners[v], int32(i))
		}
	}
	blocks := (trials + 63) / 64
	wins := make([]int, len(players))
	proto := g.Sampler(q, []int32{goal})
	err := workers(ctx, blocks, func() (func(int), func()) {
		d := dealer{s: proto.Clone(), owners: owners, p: p, place: make([][]int32, 64), order: make([][]int32, 64), in: make([]uint64, len(players))}
		own := make([]int, len(players))
		return func(b int) { d.block(own, seed, uint64(b)) }, func() {
			for i, x := range own {
				wins[i] += x
			}
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([]stat.Estimate, len(players))
	for i, n := range wins {
		low, high := stat.Wilson(n, 64*blocks)
		out[i] = stat.Estimate{Value: float64(n) / float64(64*blocks), Low: low, High: high}
	}
	return out, nil
}

// dealer finds the deciding players of a block of trials.
type dealer struct {
	s      *Sampler
	owners [][]int32
	p      []float64
	order  [][]int32 // trial → players in their order
	place  [][]int32 // trial → player → place
	in     []uint64  // player → trials in which it has joined
}

func (d *dealer) block(wins []int, seed, block uint64) {
	n := len(d.in)
	type drawn struct {
		at     uint64
		player int32
	}
	keys := make([]drawn, n)
	// One word a player and trial: the order of the words is the order of joining.
	words := make([]uint64, 64*n)
	for i := range n {
		for lane := 0; lane < 64; lane += 2 {
			u := stat.Philox([4]uint32{uint32(block), uint32(block>>32)<<6 | uint32(lane/2), uint32(i), 0x5AA9}, [2]uint32{uint32(seed), uint32(seed >> 32)})
			words[lane*n+i] = uint64(u[1])<<32 | uint64(u[0])
			words[(lane+1)*n+i] = uint64(u[3])<<32 | uint64(u[2])
		}
	}
	for lane := range 64 {
		for i := range n {
			keys[i] = drawn{words[lane*n+i], int32(i)}
		}
		slices.SortFunc(keys, func(a, b drawn) int {
			switch {
			case a.at < b.at:
				return -1
			case a.at > b.at:
				return 1
			}
			return int(a.player - b.player)
		})
		if d.order[lane] == nil {
			d.order[lane], d.place[lane] = make([]int32, n), make([]int32, n)
		}
		for at, k := range keys {
			d.order[lane][at], d.place[lane][k.player] = k.player, int32(at)
		}
	}
	var low, high [64]int // the goal does not hold with the first low players, and does with the first high
	for lane := range high {
		high[lane] = n
	}
	open := d.holds(high, seed, block) &^ d.holds(low, seed, block)
	for more := open != 0; more; {
		more = false
		var middle [64]int
		for x := open; x != 0; x &= x - 1 {
			lane := bits.TrailingZeros64(x)
			middle[lane] = (low[lane] + high[lane]) / 2
		}
		holds := d.holds(middle, seed, block)
		for x := open; x != 0; x &= x - 1 {
			lane := bits.TrailingZeros64(x)
			if high[lane]-low[lane] == 1 {
				continue
			}
			if holds>>lane&1 == 1 {
				high[lane] = middle[lane]
			} else {
				low[lane] = middle[lane]
			}
			more = more || high[lane]-low[lane] > 1
		}
	}
	for x := open; x != 0; x &= x - 1 {
		lane := bits.TrailingZeros64(x)
		wins[d.order[lane][high[lane]-1]]++
	}
}

// holds returns the trials in which the goal holds with the first players of each order.
func (d *dealer) holds(first [64]int, seed, block uint64) uint64 {
	clear(d.in)
	for lane, n := range first {
		for _, i := range d.order[lane][:n] {
			d.in[i] |= 1 << lane
		}
	}
	l := d.s.l
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	l.run(func(c int32) uint64 {
		v := l.nodes[c]
		x := d.s.coinWord(c, d.p[v], block, key)
		if own := d.owners[v]; len(own) > 0 {
			any := uint64(0)
			for _, i := range own {
				any |= d.in[i]
			}
			x &= any
		}
		return x
	})
	if slot := d.s.watch[0]; slot >= 0 {
		return l.state[slot]
	}
	return 0
}

// Coalition returns a cheapest set of nodes that together, as entries besides those of the query, reach the goal; Possible is
// false if not even all of them do. It is the dual of [Solution.Cut]: a set that does not reach the goal, and to which no
// further node can be added without reaching it, shows that one of the others is needed.
func (g *Graph) Coalition(q Query, goal int32, from []Removable) Cut {
	price := map[int32]float64{}
	var nodes []int32
	for _, r := range from {
		if p, twice := price[r.Node]; r.Cost >= 0 && !math.IsInf(r.Cost, 1) && (!twice || r.Cost < p) {
			if !twice {
				nodes = append(nodes, r.Node)
			}
			price[r.Node] = r.Cost
		}
	}
	slices.Sort(nodes)
	s := g.Spread(q)
	reach := func(set []int32) bool {
		s.Reset(Query{Entries: slices.Concat(q.Entries, set), Closed: q.Closed})
		return s.Reached(goal)
	}
	c := Cut{}
	if !reach(nodes) {
		return c
	}
	c.Possible = true
	if reach(nil) {
		return c
	}
	c.Nodes, c.Cost = nodes, sumOf(nodes, price)
	budget := cutBranches
	for range cutRounds {
		choice, bound, proven := hit(c.Proof, price, &budget)
		c.Bound = max(c.Bound, min(bound, c.Cost))
		if reach(choice) {
			if cost := sumOf(choice, price); cost <= c.Cost {
				c.Nodes, c.Cost = choice, cost
			}
			if proven {
				c.Bound = c.Cost
			}
			return c
		}
		if budget <= 0 {
			return c
		}
		// Add what can be added, the dearest first, so that the constraint is about the cheap ones.
		rest := slices.DeleteFunc(slices.Clone(nodes), func(v int32) bool { return slices.Contains(choice, v) })
		slices.SortStableFunc(rest, func(a, b int32) int {
			switch {
			case price[a] > price[b]:
				return -1
			case price[a] < price[b]:
				return 1
			}
			return int(a - b)
		})
		var needed []int32
		for _, v := range rest {
			c.Work += len(s.Push(v))
			if s.Reached(goal) {
				s.Pop()
				needed = append(needed, v)
			}
		}
		slices.Sort(needed)
		c.Proof = append(c.Proof, needed)
	}
	return c
}

func sumOf(set []int32, price map[int32]float64) float64 {
	sum := 0.0
	for _, v := range set {
		sum += price[v]
	}
	return sum
}
