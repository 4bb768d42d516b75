package cascade

import (
	"fmt"
	"math"

	"fermata/internal/graph"
)

// plan is a net under one defence, laid out for simulation: links that carry something, by their beginnings.
type plan struct {
	net    *Net
	course Course
	key    [2]uint32
	off    []int32
	to     []int32
	id     []uint32 // of a link in the net: its luck stays with it whatever else is cut
	kind   []int32  // of kinds
	kinds  []kind
	pool   []int32 // for mixed nets: the segment of each agent; -1 when kept apart
	pools  int
	taken  []int32 // for mixed nets: the kind of what reaches each agent
	clean  float64 // chance of being cleaned in a round
	alarm  float64
	alarms int
}

// kind is what tries have in common: how open the model is to the class, and what of it passes.
type kind struct {
	class, model int32
	open         float64
}

// layOut cuts and thins the links as the defence says.
func layOut(n *Net, c Course, d *Defence) *plan {
	p := &plan{
		net: n, course: c, key: [2]uint32{uint32(c.Seed), uint32(c.Seed >> 32)},
		clean: 1 - float64((1-c.Recovery)*(1-d.Recovery)), alarm: d.Breaker, alarms: max(d.Alarms, 1),
	}
	group := segments(n, d.Segments)
	apart := make([]bool, n.Agents)
	for _, v := range d.Without {
		apart[v] = true
	}
	known := map[kind]int32{}
	intern := func(k kind) int32 {
		i, ok := known[k]
		if !ok {
			i = int32(len(p.kinds))
			known[k] = i
			p.kinds = append(p.kinds, k)
		}
		return i
	}
	passes := float64((1 - d.Authentication) * (1 - d.Tagging))
	covered := d.Coverage
	if covered == 0 {
		covered = 1
	}
	if n.Mixed {
		// Meetings have no links that could carry a defence for good: each is covered by chance.
		open := 1 - float64(covered*(1-passes))
		p.pool, p.taken, p.pools = make([]int32, n.Agents), make([]int32, n.Agents), max(d.Segments, 1)
		for v := range p.pool {
			p.pool[v] = group[v]
			if apart[v] {
				p.pool[v] = -1
			}
			p.taken[v] = intern(kind{0, n.model(v), float64(open * n.open(v))})
		}
		return p
	}
	cover := uint64(math.Round(float64(covered * (1 << 32))))
	p.off = make([]int32, n.Agents+1)
	for i, l := range n.Links {
		if group[l.From] == group[l.To] && !apart[l.From] && !apart[l.To] {
			k := kind{l.Class, n.model(int(l.To)), float64(l.Open * n.open(int(l.To)))}
			if passes < 1 && uint64(word(uint32(i), 0, 0, stream(drawCover, 0), p.key)) < cover {
				k.open *= passes
			}
			if k.open > 0 && l.From != l.To {
				p.to, p.id, p.kind = append(p.to, l.To), append(p.id, uint32(i)), append(p.kind, intern(k))
			}
		}
		p.off[l.From+1] = int32(len(p.to))
	}
	for v := range n.Agents {
		p.off[v+1] = max(p.off[v+1], p.off[v])
	}
	return p
}

func (n *Net) model(v int) int32 {
	if n.Models <= 1 {
		return 0
	}
	return n.Model[v]
}

func (n *Net) open(v int) float64 {
	if n.Open == nil {
		return 1
	}
	return n.Open[v]
}

// segments divides the agents into groups of equal size. Neighbours stay together as far as a walk from the first agent
// along the links goes: that is how an owner would draw the lines.
func segments(n *Net, count int) []int32 {
	group := make([]int32, n.Agents)
	if count <= 1 {
		return group
	}
	order := make([]int32, 0, n.Agents)
	if n.Mixed {
		for v := range n.Agents {
			order = append(order, int32(v))
		}
	} else {
		order = walk(n, order)
	}
	for i, v := range order {
		group[v] = int32(i * count / n.Agents)
	}
	return group
}

// Parts is into how many groups the agents fall that no link joins, in either direction.
func (n *Net) Parts() int {
	if n.Mixed {
		return 1
	}
	root := make([]int32, n.Agents)
	for v := range root {
		root[v] = int32(v)
	}
	find := func(v int32) int32 {
		for root[v] != v {
			root[v] = root[root[v]]
			v = root[v]
		}
		return v
	}
	parts := n.Agents
	for _, l := range n.Links {
		if a, b := find(l.From), find(l.To); a != b {
			root[a] = b
			parts--
		}
	}
	return parts
}

// walk orders the agents breadth first along links in either direction.
func walk(n *Net, order []int32) []int32 {
	off := make([]int32, n.Agents+1)
	for _, l := range n.Links {
		off[l.From+1]++
		off[l.To+1]++
	}
	for v := range n.Agents {
		off[v+1] += off[v]
	}
	ends := make([]int32, off[n.Agents])
	at := append([]int32(nil), off[:n.Agents]...)
	for _, l := range n.Links {
		ends[at[l.From]], ends[at[l.To]] = l.To, l.From
		at[l.From]++
		at[l.To]++
	}
	seen := make([]bool, n.Agents)
	for root := range int32(n.Agents) {
		if seen[root] {
			continue
		}
		seen[root] = true
		order = append(order, root)
		for i := len(order) - 1; i < len(order); i++ {
			v := order[i]
			for _, w := range ends[off[v]:off[v+1]] {
				if !seen[w] {
					seen[w] = true
					order = append(order, w)
				}
			}
		}
	}
	return order
}

// tables are the quantiles of the classes.
func (n *Net) tables() ([][]float64, error) {
	out := make([][]float64, len(n.Classes))
	for i, c := range n.Classes {
		var err error
		if out[i], err = c.table(); err != nil {
			return nil, fmt.Errorf("chance %d: %w", i, err)
		}
	}
	return out, nil
}

// growth encloses the number of agents that one contaminated agent contaminates in its first round, in a spread that has
// found its course: the spectral radius of the chances. lifetime gives the chance of contaminating before being cleaned or
// cut off, and the radius is then the reproduction number.
func (p *plan) growth(lifetime bool) Interval {
	weight := make([]float64, len(p.kinds))
	for i, k := range p.kinds {
		weight[i] = float64(p.net.Classes[k.class].Mean() * k.open)
		if lifetime {
			weight[i] = p.ever(weight[i])
		}
	}
	if p.pool != nil {
		return p.mixedGrowth(weight)
	}
	arcs := make([]graph.Arc, 0, len(p.to))
	for v := range p.net.Agents {
		for i := p.off[v]; i < p.off[v+1]; i++ {
			arcs = append(arcs, graph.Arc{From: int32(v), To: p.to[i], Weight: weight[p.kind[i]]})
		}
	}
	b := graph.Radius(p.net.Agents, arcs)
	return Interval{b.Low, b.High}
}

// mixedGrowth encloses the radius of a matrix whose rows are all the same but for the diagonal, which is empty: it lies
// between the sum of the row without its greatest and without its least.
func (p *plan) mixedGrowth(weight []float64) Interval {
	var out Interval
	for pool := range int32(p.pools) {
		count := make([]int, len(weight))
		for v, at := range p.pool {
			if at == pool {
				count[p.taken[v]]++
			}
		}
		sum, least, most := 0.0, math.Inf(1), 0.0
		for i, c := range count {
			if c > 0 {
				sum += float64(float64(c) * weight[i])
				least, most = min(least, weight[i]), max(most, weight[i])
			}
		}
		if most > 0 {
			out.Low, out.High = max(out.Low, sum-most), max(out.High, sum-least)
		}
	}
	return out
}

// ever is the chance that tries of chance x, one a round, succeed before the agent is cleaned or cut off. In a round the
// try comes first, then cleaning, then the alarm; fails[k] is the chance that none succeeds with k alarms to go.
func (p *plan) ever(x float64) float64 {
	z := 1 - x
	if p.clean == 0 && p.alarm == 0 {
		if x > 0 {
			return 1
		}
		return 0
	}
	stay := 1 - p.clean
	fails := 1.0
	for range p.alarms {
		if p.alarm == 0 {
			fails = 0 // no alarm is ever raised: only cleaning ends it
		}
		top := float64(z * (p.clean + float64(stay*float64(p.alarm*fails))))
		fails = top / (1 - float64(z*float64(stay*(1-p.alarm))))
	}
	return 1 - fails
}
