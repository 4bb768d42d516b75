package risk

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"sync/atomic"

	"fermata/internal/graph"
	"fermata/internal/result"
	"fermata/internal/stat"
)

// Limits of [Blast].
const (
	blastMost      = 200 // elements whose fall is drawn, in the order of the input
	coalitionsMost = 20
	worthAgents    = 40 // agents that are contained one by one
	shareGoals     = 24 // attackers and losses, in each unit, whose cause is shared out among agents, the dearest first
	shareTrials    = 2048
)

// passes are the shares of all others whose fall is asked about.
var passes = []float64{0.1, 0.5}

// Blast says how far the fall of each element reaches, how agents take each other over, and what each is worth.
//
// The fall of an element is assumed; then every draw of what is not known is tried in 64 trials, in which nobody attacks and
// every step and control is open by chance as in [Compute]. All elements are drawn with the same random numbers.
func Blast(ctx context.Context, in Input) (*result.BlastRisks, error) {
	in.Quick = true
	e, err := newEngine(&in)
	if err != nil {
		return nil, err
	}
	for range quickBatches {
		e.extend()
	}
	b := &blast{engine: e, number: map[string]int{}}
	for n := range len(e.values) {
		b.draws = append(b.draws, e.draw(n))
	}
	for i := range in.Elements {
		b.number[in.Elements[i].ID] = i
		if in.Elements[i].Start >= 0 {
			b.starts = append(b.starts, i)
		}
	}
	b.always = openNodes(&in)
	out := &result.BlastRisks{
		Schema: result.BlastRiskSchema, Attacker: in.Mode, Seed: in.Seed, Draws: len(b.draws), Trials: 64 * len(b.draws), Elements: len(in.Elements),
		Blasts: []result.BlastRisk{}, Coalitions: []result.Coalition{}, Agents: []result.AgentWorth{}, Notes: []string{},
	}
	if len(b.starts) > blastMost {
		out.Notes = append(out.Notes, fmt.Sprintf("of %d elements that can fall first, %d were tried", len(b.starts), blastMost))
		b.starts = b.starts[:blastMost]
	}
	if err := b.radii(ctx, out); err != nil {
		return nil, err
	}
	if err := b.reproduction(ctx, out); err != nil {
		return nil, err
	}
	b.coalitions(out)
	return out, b.worth(ctx, out)
}

// openNodes are the nodes that are open by chance, which every query needs as entries.
func openNodes(in *Input) []int32 {
	var out []int32
	for i := range in.Steps {
		out = append(out, in.Steps[i].Node)
	}
	for i := range in.Together {
		out = append(out, in.Together[i].Node)
	}
	for _, list := range [][]Guard{in.Guards, in.Offers} {
		for i := range list {
			out = append(out, list[i].Node)
		}
	}
	slices.Sort(out)
	return out
}

type blast struct {
	*engine
	draws  []*drawn
	number map[string]int // identifier → index of the element
	starts []int          // elements whose fall is tried
	always []int32
}

func (b *blast) query(more ...int32) graph.Query {
	return graph.Query{Entries: append(slices.Clone(b.always), more...), Closed: b.in.Closed}
}

// radii tries the fall of each element.
func (b *blast) radii(ctx context.Context, out *result.BlastRisks) error {
	var watch []int32
	at := make([][]int, len(b.in.Elements)) // element → places of its nodes
	for i := range b.in.Elements {
		for _, v := range b.in.Elements[i].Falls {
			at[i] = append(at[i], len(watch))
			watch = append(watch, v)
		}
	}
	first := len(watch)
	for i := range b.losses {
		watch = append(watch, b.losses[i].node)
	}
	rows := make([]result.BlastRisk, len(b.starts))
	var done atomic.Int64
	err := each(ctx, len(b.starts), func() func(int) {
		p, words := make([]float64, b.in.Graph.Len()), make([]uint64, len(watch))
		return func(k int) {
			start := b.starts[k]
			s := b.in.Graph.Sampler(b.query(b.in.Elements[start].Start), watch)
			sizes, stakes := []float64{}, make([][]float64, len(b.units))
			byLayer, crown := map[string]int{}, 0
			for n, d := range b.draws {
				b.chances(p, d, &scenario{}, false)
				s.Block(p, b.in.Seed, uint64(n), words)
				var size [64]int
				for i := range at {
					if i == start {
						continue
					}
					any := uint64(0)
					for _, w := range at[i] {
						any |= words[w]
					}
					byLayer[b.in.Elements[i].Layer] += bits.OnesCount64(any)
					for ; any != 0; any &= any - 1 {
						size[bits.TrailingZeros64(any)]++
					}
				}
				stake := make([][64]float64, len(b.units))
				critical := uint64(0)
				for i := range b.losses {
					l := &b.losses[i]
					if l.unit < 0 {
						continue
					}
					word := words[first+i]
					if l.Severity == "critical" {
						critical |= words[first+l.own]
					}
					if l.dearer >= 0 {
						word &^= words[first+l.dearer]
					}
					for x := word; x != 0; x &= x - 1 {
						stake[l.unit][bits.TrailingZeros64(x)] += d.typical(l, i)
					}
				}
				crown += bits.OnesCount64(critical)
				for lane := range 64 {
					sizes = append(sizes, float64(size[lane]))
					for u := range stake {
						stakes[u] = append(stakes[u], stake[u][lane])
					}
				}
			}
			rows[k] = b.row(start, sizes, stakes, byLayer, crown)
			b.in.Progress.say(int(done.Add(1)), len(b.starts))
		}
	})
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(x result.BlastRisk) bool { return x.Others.Mean == 0 && len(x.Stake) == 0 })
	slices.SortFunc(rows, func(x, y result.BlastRisk) int {
		for _, unit := range b.moneyFirst() {
			if c := cmp.Compare(meanIn(&y, unit), meanIn(&x, unit)); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(y.Others.Mean, x.Others.Mean), cmp.Compare(x.Element, y.Element))
	})
	out.Blasts = append(out.Blasts, rows...)
	return nil
}

// moneyFirst are the units, currencies before ordinal units.
func (b *blast) moneyFirst() []string {
	s := Sketch{}
	for _, unit := range b.units {
		s[unit] = nil
	}
	return s.Units()
}

func meanIn(x *result.BlastRisk, unit string) float64 {
	for _, s := range x.Stake {
		if s.Unit == unit {
			return s.Mean
		}
	}
	return 0
}

func (b *blast) row(start int, sizes []float64, stakes [][]float64, byLayer map[string]int, crown int) result.BlastRisk {
	trials := len(sizes)
	x := result.BlastRisk{
		Element: b.in.Elements[start].ID, Others: sizesOf(sizes), ByLayer: map[string]float64{}, Stake: []result.Stake{}, Passes: []result.Passing{},
		Crown: float64(crown) / float64(trials),
	}
	for layer, n := range byLayer {
		if n > 0 {
			x.ByLayer[layer] = float64(n) / float64(trials)
		}
	}
	for _, unit := range b.moneyFirst() {
		if list := stakes[slices.Index(b.units, unit)]; slices.Max(list) > 0 {
			x.Stake = append(x.Stake, result.Stake{Unit: unit, Sizes: sizesOf(list)})
		}
	}
	others := float64(len(b.in.Elements) - 1)
	for _, share := range passes {
		hits := 0
		for _, n := range sizes {
			if others > 0 && n >= float64(share*others) {
				hits++
			}
		}
		low, high := stat.Wilson(hits, trials)
		x.Passes = append(x.Passes, result.Passing{Share: share, Chance: float64(hits) / float64(trials), Low: low, High: high})
	}
	return x
}

func sizesOf(list []float64) result.Sizes {
	x := band(list)
	ordered := slices.Clone(list)
	slices.Sort(ordered)
	return result.Sizes{Mean: x.Mean, P50: quantile(ordered, 0.5), P95: quantile(ordered, 0.95)}
}

// reproduction encloses the spectral radius of the matrix that says how likely each agent takes over each other one directly:
// with all others closed, so that nothing goes by way of a third. The enclosing of Collatz and Wielandt is applied to the
// lower ends of the intervals of all chances and to the upper ones.
func (b *blast) reproduction(ctx context.Context, out *result.BlastRisks) error {
	var agents []int
	for _, i := range b.starts {
		if b.in.Elements[i].Agent {
			agents = append(agents, i)
		}
	}
	low, high := make([][]graph.Arc, len(agents)), make([][]graph.Arc, len(agents))
	err := each(ctx, len(agents), func() func(int) {
		p := make([]float64, b.in.Graph.Len())
		return func(k int) {
			q := b.query(b.in.Elements[agents[k]].Start)
			q.Closed = slices.Clone(q.Closed)
			var watch []int32
			owner := []int{}
			for j, i := range agents {
				if j == k {
					continue
				}
				node := b.in.Elements[i].Start
				q.Closed = append(q.Closed, node)
				for _, v := range b.in.Graph.Preds(node) {
					watch, owner = append(watch, v), append(owner, j)
				}
			}
			s, words, hits := b.in.Graph.Sampler(q, watch), make([]uint64, len(watch)), make([]int, len(agents))
			for n, d := range b.draws {
				b.chances(p, d, &scenario{}, false)
				s.Block(p, b.in.Seed, uint64(n), words)
				any := make([]uint64, len(agents))
				for w, x := range words {
					any[owner[w]] |= x
				}
				for j, x := range any {
					hits[j] += bits.OnesCount64(x)
				}
			}
			// A pair that trials never met is not impossible: its chance is at most the upper end for no hit, unless it is out
			// of reach even if every step works.
			spread, possible := b.in.Graph.Spread(q), make([]bool, len(agents))
			for w, v := range watch {
				possible[owner[w]] = possible[owner[w]] || spread.Reached(v)
			}
			for j, n := range hits {
				if n == 0 && !possible[j] {
					continue
				}
				from, to := stat.Wilson(n, 64*len(b.draws))
				low[k] = append(low[k], graph.Arc{From: int32(k), To: int32(j), Weight: from})
				high[k] = append(high[k], graph.Arc{From: int32(k), To: int32(j), Weight: to})
			}
		}
	})
	if err != nil {
		return err
	}
	out.Reproduction = result.Reproduction{Agents: len(agents), Low: graph.Radius(len(agents), slices.Concat(low...)).Low, High: graph.Radius(len(agents), slices.Concat(high...)).High}
	return nil
}

// coalitions finds for the critical losses a smallest set of agents whose fall brings them about.
func (b *blast) coalitions(out *result.BlastRisks) {
	q := b.query()
	q.Closed = slices.Clone(q.Closed)
	blocks := map[string]bool{}
	for i := range b.in.Guards {
		if g := &b.in.Guards[i]; b.in.Controls[g.Control].Blocks {
			blocks[g.Control] = true
			q.Closed = append(q.Closed, g.Node)
		}
	}
	for _, t := range b.in.Together {
		if blocks[t.Control] {
			q.Closed = append(q.Closed, t.Node) // what stands holds; what could be placed is open by itself
		}
	}
	var from []graph.Removable
	at := map[int32]string{}
	for _, i := range b.starts {
		if b.in.Elements[i].Agent {
			node := b.in.Elements[i].Start
			from, at[node] = append(from, graph.Removable{Node: node, Cost: 1}), b.in.Elements[i].ID
		}
	}
	for i := range b.losses {
		l := &b.losses[i]
		if l.Severity != "critical" || l.unit < 0 {
			continue
		}
		if len(out.Coalitions) == coalitionsMost {
			out.Notes = append(out.Notes, fmt.Sprintf("smallest sets of agents were sought for %d losses only", coalitionsMost))
			break
		}
		c := b.in.Graph.Coalition(q, l.Node, from)
		if !c.Possible || len(c.Nodes) == 0 {
			continue
		}
		x := result.Coalition{Asset: l.Asset, Elements: []string{}, Least: c.Bound}
		for _, v := range c.Nodes {
			x.Elements = append(x.Elements, at[v])
		}
		slices.Sort(x.Elements)
		out.Coalitions = append(out.Coalitions, x)
	}
	slices.SortStableFunc(out.Coalitions, func(x, y result.Coalition) int {
		return cmp.Or(cmp.Compare(len(x.Elements), len(y.Elements)), cmp.Compare(x.Asset, y.Asset))
	})
}

// worth contains agents one by one, and shares the expected loss out among them.
func (b *blast) worth(ctx context.Context, out *result.BlastRisks) error {
	var agents []int
	for _, x := range out.Blasts { // most at stake first
		if i := b.number[x.Element]; b.in.Elements[i].Agent {
			agents = append(agents, i)
		}
	}
	if len(agents) > worthAgents {
		out.Notes = append(out.Notes, fmt.Sprintf("of %d agents the %d with most at stake were contained one by one", len(agents), worthAgents))
		agents = agents[:worthAgents]
	}
	if len(agents) == 0 {
		return ctx.Err()
	}
	now, n := make([]*moments, len(b.draws)), len(b.draws)
	contained := make([][]*moments, len(agents))
	for k := range contained {
		contained[k] = make([]*moments, n)
	}
	err := each(ctx, n, func() func(int) {
		w := b.worker()
		return func(at int) {
			d := b.draws[at]
			now[at] = b.moments(d, w.sample(at, d, &scenario{}, false))
			for k, i := range agents {
				s := &scenario{closed: b.in.Elements[i].Falls}
				contained[k][at] = b.moments(d, w.sample(at, d, s, false))
			}
		}
	})
	if err != nil {
		return err
	}
	shares, err := b.shares(ctx, agents, now, out)
	if err != nil {
		return err
	}
	for u, unit := range b.units {
		annual := mean(now, func(m *moments) float64 { return m.total[u] })
		for k, i := range agents {
			cut := make([]float64, n)
			for at := range cut {
				cut[at] = now[at].total[u] - contained[k][at].total[u]
			}
			if x := (result.AgentWorth{Element: b.in.Elements[i].ID, Unit: unit, Annual: annual, Cut: band(cut), Share: shares[k][u]}); x.Cut.Mean > 0 || x.Share > 0 {
				out.Agents = append(out.Agents, x)
			}
		}
	}
	order := b.moneyFirst()
	slices.SortStableFunc(out.Agents, func(x, y result.AgentWorth) int {
		return cmp.Or(cmp.Compare(slices.Index(order, x.Unit), slices.Index(order, y.Unit)), cmp.Compare(y.Cut.Mean, x.Cut.Mean), cmp.Compare(x.Element, y.Element))
	})
	return nil
}

// shares gives each agent its Shapley share of the expected loss in each unit: agents take part or are contained, and the
// share of one is the chance that a loss comes about with it, when all join in an order drawn at random. What comes about
// without any agent is nobody's. It is reckoned at the mean of every input, for the dearest losses.
func (b *blast) shares(ctx context.Context, agents []int, now []*moments, out *result.BlastRisks) ([][]float64, error) {
	shares := make([][]float64, len(agents))
	for k := range shares {
		shares[k] = make([]float64, len(b.units))
	}
	type goal struct {
		a, i int // attacker and loss
		cost float64
	}
	var goals []goal
	for a := range b.in.Attackers {
		for i := range b.losses {
			if x := mean(now, func(m *moments) float64 { return m.by[a][i] }); x > 0 {
				goals = append(goals, goal{a, i, x})
			}
		}
	}
	slices.SortStableFunc(goals, func(x, y goal) int { return cmp.Compare(y.cost, x.cost) })
	taken, left, whole := make([]int, len(b.units)), make([]float64, len(b.units)), make([]float64, len(b.units))
	goals = slices.DeleteFunc(goals, func(g goal) bool {
		u := b.losses[g.i].unit
		whole[u] += g.cost
		if taken[u]++; taken[u] <= shareGoals {
			return false
		}
		left[u] += g.cost
		return true
	})
	players := make([][]int32, len(agents))
	for k, i := range agents {
		players[k] = b.in.Elements[i].Falls
	}
	means := map[*Quantity]float64{}
	for _, q := range b.q.list {
		means[q] = q.Dist.Mean()
	}
	d := b.at(func(q *Quantity) float64 { return means[q] }, func(q *Quantity) float64 { return means[q] })
	p := make([]float64, b.in.Graph.Len())
	b.chances(p, d, &scenario{}, false)
	for _, g := range goals {
		q := graph.Query{Entries: b.in.Attackers[g.a].Entries, Closed: b.in.Closed}
		u := b.losses[g.i].unit
		// The chance with all agents, in the very trials that give the shares, so that these add up to no more than the whole.
		s, word, together := b.in.Graph.Sampler(q, []int32{b.losses[g.i].node}), []uint64{0}, 0
		for block := range shareTrials / 64 {
			s.Block(p, b.in.Seed, uint64(block), word)
			together += bits.OnesCount64(word[0])
		}
		if together == 0 {
			left[u] += g.cost
			continue
		}
		list, err := b.in.Graph.Shares(ctx, q, b.losses[g.i].node, players, p, shareTrials, b.in.Seed)
		if err != nil {
			return nil, err
		}
		for k := range agents {
			shares[k][u] += float64(g.cost * list[k].Value * shareTrials / float64(together))
		}
	}
	for u, unit := range b.units {
		if left[u] > float64(0.01*whole[u]) {
			out.Notes = append(out.Notes, fmt.Sprintf("shares leave %s of the expected loss in %s out: small losses beyond the dearest, and what their trials did not meet", percent(left[u]/whole[u]), unit))
		}
	}
	for u := range b.units {
		if annual := mean(now, func(m *moments) float64 { return m.total[u] }); annual > 0 {
			for k := range shares {
				shares[k][u] /= annual
			}
		}
	}
	return shares, nil
}
