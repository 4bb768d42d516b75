package graph

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"sync/atomic"

	"fermata/internal/stat"
)

// Limits of [Graph.Choices].
const (
	optionsMost   = 1000
	witnessesMost = 16  // kept for one node in one trial
	witnessesFew  = 4   // if that took many unions of sets
	unionsMany    = 200 // then few are kept
	unionsMost    = 800 // then one
	roundsMore    = 8   // rounds around cycles, besides one for each node
)

// Stake is a node that should not hold, and what it costs if it does.
type Stake struct {
	Node int32
	Loss float64 // at least 0
}

// Option is something that can be bought: its nodes are then open with the chances [Draw.On].
type Option struct {
	Nodes []int32
	Cost  float64 // at least 0
}

// Draw gives every node its chance to be open: Off if none of its options is bought, On if one is. Off is not below On. A
// node that belongs to no option has the chance Off.
type Draw struct{ Off, On []float64 }

// Choices knows, for a fixed set of trials, which losses each set of options leaves. What the trials share is drawn once, so
// sets are compared trial by trial.
//
// In each trial and for each stake, some options suffice or not. Where all of them together do not prevent the loss, or it
// does not come about anyway, nothing is to be chosen. Else the loss comes by one or more witnesses: sets of options that
// were all left out. The witnesses of a trial are computed from premises to what they support, as sets; trials with the
// same witnesses are one. So the choice is one among sets. Where a trial has many witnesses some are kept, and when a choice
// turns out to be wrong about it by the graph, one more is added. Choices belong to one goroutine.
type Choices struct {
	g        *Graph
	q        Query
	stakes   []Stake
	options  []Option
	draws    []Draw
	blocks   int
	seed     uint64
	sure     float64 // expected loss that no option prevents
	cases    []trialCase
	complete bool
	proto    *Sampler
	owners   [][]int32
}

// refine adds a witness to each case that these options leave by the graph though they were bought in all witnesses that are
// known of it, and returns how many there were.
func (c *Choices) refine(ctx context.Context, bought []bool) (int, error) {
	byBlock := map[int][]int{}
	var blocks []int
	for k := range c.cases {
		x := &c.cases[k]
		if x.open == nil || slices.ContainsFunc(x.witnesses, func(set []int32) bool {
			return !slices.ContainsFunc(set, func(o int32) bool { return bought[o] })
		}) {
			continue
		}
		if byBlock[x.open.block] == nil {
			blocks = append(blocks, x.open.block)
		}
		byBlock[x.open.block] = append(byBlock[x.open.block], k)
	}
	var added atomic.Int64
	err := workers(ctx, len(blocks), func() (func(int), func()) {
		w := newWitnesser(c.proto, c.owners)
		return func(i int) {
			b := blocks[i]
			w.block(c.mix(c.draws[b%len(c.draws)], bought), c.seed, uint64(b))
			for _, k := range byBlock[b] {
				x := &c.cases[k]
				slot := w.s.watch[x.open.stake]
				if (w.off[slot]&^w.on[slot])>>x.open.lane&1 == 0 {
					continue
				}
				sets, _ := w.witnesses(slot, x.open.lane, unionsMost+1)
				x.witnesses = append(x.witnesses, sets...)
				added.Add(1)
			}
		}, func() {}
	})
	return int(added.Load()), err
}

// mix returns a draw in which these options are bought from the start.
func (c *Choices) mix(d Draw, bought []bool) Draw {
	off := slices.Clone(d.Off)
	for o, yes := range bought {
		if yes {
			for _, v := range c.options[o].Nodes {
				off[v] = d.On[v]
			}
		}
	}
	return Draw{off, d.On}
}

// trialCase is what trials with the same witnesses have in common.
type trialCase struct {
	weight    float64 // share of the trials times loss
	witnesses [][]int32
	open      *openTrial // if there may be more witnesses
}

// openTrial is a trial and a stake of which not all witnesses are known. It is a case by itself.
type openTrial struct {
	block, lane, stake int
	sets               [][]int32
}

// Choices draws so many blocks of 64 trials; block b has the chances of draw b modulo the number of draws. It returns an
// error for stakes, options and draws that make no sense, and for more than a thousand options.
func (g *Graph) Choices(ctx context.Context, q Query, stakes []Stake, options []Option, draws []Draw, blocks int, seed uint64) (*Choices, error) {
	return g.choices(ctx, q, stakes, options, draws, blocks, seed, 0)
}

// choices is Choices with what counts as work done for each trial before it begins; the more, the fewer witnesses are kept.
func (g *Graph) choices(ctx context.Context, q Query, stakes []Stake, options []Option, draws []Draw, blocks int, seed uint64, work int) (*Choices, error) {
	if err := g.checkChoices(stakes, options, draws, blocks); err != nil {
		return nil, err
	}
	c := &Choices{g: g, q: q, stakes: stakes, options: options, draws: draws, blocks: blocks, seed: seed, complete: true}
	goals := make([]int32, len(stakes))
	for i, s := range stakes {
		goals[i] = s.Node
	}
	proto := g.Sampler(q, goals)
	owners := make([][]int32, g.Len())
	for i, o := range options {
		for _, v := range o.Nodes {
			if !slices.Contains(owners[v], int32(i)) {
				owners[v] = append(owners[v], int32(i))
			}
		}
	}
	type found struct {
		sure  []int // by stake
		cases map[string]int
		open  []*openTrial
	}
	all := make([]found, blocks)
	err := workers(ctx, blocks, func() (func(int), func()) {
		w := newWitnesser(proto, owners)
		job := func(b int) {
			f := found{sure: make([]int, len(stakes)), cases: map[string]int{}}
			d := draws[b%len(draws)]
			w.block(d, seed, uint64(b))
			for i := range stakes {
				slot := w.s.watch[i]
				if slot < 0 {
					continue
				}
				f.sure[i] += bits.OnesCount64(w.on[slot])
				for x := w.off[slot] &^ w.on[slot]; x != 0; x &= x - 1 {
					lane := bits.TrailingZeros64(x)
					if sets, whole := w.witnesses(slot, lane, work); whole {
						f.cases[caseKey(sets, i)]++
					} else {
						f.open = append(f.open, &openTrial{b, lane, i, sets})
					}
				}
			}
			all[b] = f
		}
		return job, func() {}
	})
	if err != nil {
		return nil, err
	}
	trials := float64(64 * blocks)
	sure, counts := make([]int, len(stakes)), map[string]int{}
	for _, f := range all {
		for i, n := range f.sure {
			sure[i] += n
		}
		for key, n := range f.cases {
			counts[key] += n
		}
	}
	for i, n := range sure {
		c.sure += float64(stakes[i].Loss * (float64(n) / trials))
	}
	keys := make([]string, 0, len(counts))
	for key := range counts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	last := ""
	for _, key := range keys {
		sets, stake := readCase(key)
		weight := float64(stakes[stake].Loss * (float64(counts[key]) / trials))
		body := key[:len(key)-4]
		switch {
		case weight == 0:
		case len(c.cases) > 0 && body == last:
			c.cases[len(c.cases)-1].weight += weight
		default:
			c.cases = append(c.cases, trialCase{weight, sets, nil})
			last = body
		}
	}
	for _, f := range all {
		for _, o := range f.open {
			if w := stakes[o.stake].Loss / trials; w > 0 {
				c.cases = append(c.cases, trialCase{w, o.sets, o})
				c.complete = false
			}
		}
	}
	c.proto, c.owners = proto, owners
	return c, nil
}

func (g *Graph) checkChoices(stakes []Stake, options []Option, draws []Draw, blocks int) error {
	node := func(v int32) bool { return v >= 0 && int(v) < g.Len() }
	for i, s := range stakes {
		switch {
		case !node(s.Node):
			return fmt.Errorf("stake %d: there is no node %d", i, s.Node)
		case !(s.Loss >= 0) || math.IsInf(s.Loss, 1):
			return fmt.Errorf("stake %d (%q): the loss is %v, must be a finite number of at least 0", i, g.ids[s.Node], s.Loss)
		}
	}
	if len(options) > optionsMost {
		return fmt.Errorf("%d options are too many to choose from, at most %d", len(options), optionsMost)
	}
	owned := make([]bool, g.Len())
	for i, o := range options {
		if !(o.Cost >= 0) || math.IsInf(o.Cost, 1) {
			return fmt.Errorf("option %d: the cost is %v, must be a finite number of at least 0", i, o.Cost)
		}
		for _, v := range o.Nodes {
			if !node(v) {
				return fmt.Errorf("option %d: there is no node %d", i, v)
			}
			owned[v] = true
		}
	}
	if len(draws) == 0 {
		return errors.New("there are no chances to draw from")
	}
	for i, d := range draws {
		for _, p := range [][]float64{d.Off, d.On} {
			if err := g.Check(p); err != nil {
				return fmt.Errorf("draw %d: %w", i, err)
			}
		}
		for v, own := range owned {
			if own && d.On[v] > d.Off[v] {
				return fmt.Errorf("draw %d: node %q is open with chance %v with an option and %v without", i, g.ids[v], d.On[v], d.Off[v])
			}
		}
	}
	if blocks < 1 || blocks > 1<<24 {
		return fmt.Errorf("%d blocks are not from 1 to 2^24", blocks)
	}
	return nil
}

// Loss returns the expected loss if these options are bought, with its interval at 95 % over the trials. It goes by the graph
// and not by witnesses.
func (c *Choices) Loss(ctx context.Context, bought []int) (stat.Estimate, error) {
	type part struct{ sum, squares float64 }
	parts := make([]part, c.blocks)
	goals := make([]int32, len(c.stakes))
	for i, s := range c.stakes {
		goals[i] = s.Node
	}
	proto := c.g.Sampler(c.q, goals)
	set := make([]bool, len(c.options))
	for _, o := range bought {
		set[o] = true
	}
	mixed := make([][]float64, len(c.draws))
	for i, d := range c.draws {
		mixed[i] = c.mix(d, set).Off
	}
	err := workers(ctx, c.blocks, func() (func(int), func()) {
		s, out := proto.Clone(), make([]uint64, len(goals))
		return func(b int) {
			s.Block(mixed[b%len(mixed)], c.seed, uint64(b), out)
			for lane := range 64 {
				x := 0.0
				for i, w := range out {
					if w>>lane&1 == 1 {
						x += c.stakes[i].Loss
					}
				}
				parts[b].sum += x
				parts[b].squares += float64(x * x)
			}
		}, func() {}
	})
	if err != nil {
		return stat.Estimate{}, err
	}
	sums, squares := make([]float64, c.blocks), make([]float64, c.blocks)
	for b, p := range parts {
		sums[b], squares[b] = p.sum, p.squares
	}
	return stat.MeanOf(64*c.blocks, stat.Sum(sums), stat.Sum(squares)), nil
}
