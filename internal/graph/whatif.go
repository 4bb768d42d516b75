package graph

import (
	"math"
	"slices"
)

// patch answers a solved query again with a few more nodes closed. Only nodes whose cheapest derivation rests on a closed
// one can change; they are settled anew, with the unchanged neighbours at their border as fixed prices. The answer is the
// one a full solve gives, to the last bit, because sums are formed in the same order.
type patch struct {
	at       []repair
	epoch    uint32
	cone     []uint32 // nodes that can matter for a goal have coneOf here
	coneOf   uint32   // 0 if no cone is set
	affected []int32
	heap     frontier
	work     int // edges looked at since the patch was made
}

// repair is what a patch knows about a node; it counts only if epoch is the current one.
type repair struct {
	cost    float64
	need    int32
	rank    int32
	trigger int32
	epoch   uint32
	state   repairState
	wanted  bool // of an affected node: its cost is asked for
}

type repairState uint8

const (
	border repairState = iota // unchanged, a premise of an affected node
	affected
	removed
)

func (s *Solution) patched() *patch {
	if s.patch == nil {
		s.patch = &patch{at: make([]repair, s.g.Len())}
	}
	return s.patch
}

// focus restricts what follows to nodes from which goal can be supported; a patch need not look at the others.
func (s *Solution) focus(goal int32) {
	p := s.patched()
	if p.cone == nil {
		p.cone = make([]uint32, s.g.Len())
	}
	p.coneOf = p.nextEpoch()
	p.cone[goal] = p.coneOf
	list := p.affected[:0]
	list = append(list, goal)
	for i := 0; i < len(list); i++ {
		preds := s.g.Preds(list[i])
		p.work += len(preds)
		for _, u := range preds {
			if p.cone[u] != p.coneOf && s.Reached(u) {
				p.cone[u] = p.coneOf
				list = append(list, u)
			}
		}
	}
	p.affected = list
}

// focusNear is focus for derivations that cost little more than the cheapest: it takes in the nodes in the order of what a
// derivation with that node costs at least more than the cheapest one, until there are so many. It returns the extra cost up
// to which no derivation leaves the focus, +Inf if the focus holds all there is.
//
// Going back from a node to a premise costs nothing extra if the node needs the premise anyway, and else what the premise is
// dearer than the dearest one now in use. So the least extra cost is the length of a shortest path from the goal.
func (s *Solution) focusNear(goal int32, atLeast int) (extra float64) {
	p := s.patched()
	if p.cone == nil {
		p.cone = make([]uint32, s.g.Len())
	}
	p.coneOf = p.nextEpoch()
	h := p.heap[:0]
	h.push(wait(0, goal))
	extra = math.Inf(1)
	for count := 0; len(h) > 0; {
		top := h.pop()
		v, far := top.node, top.cost()
		if p.cone[v] == p.coneOf {
			continue
		}
		// The margin is for rounding: costs and extra costs are added up in different orders.
		if far > extra+float64(1e-9*(s.cells[goal].cost+extra)) {
			p.heap = h
			return extra
		}
		p.cone[v] = p.coneOf
		if count++; count == atLeast {
			extra = far
		}
		if s.isEntry(v) {
			continue
		}
		dearest := s.cells[s.order[s.cells[v].trigger()]].cost
		preds := s.g.Preds(v)
		p.work += len(preds)
		for _, u := range preds {
			if p.cone[u] == p.coneOf || !s.Reached(u) {
				continue
			}
			more := 0.0
			if s.g.kind[v] != And {
				more = max(s.cells[u].cost-dearest, 0)
			}
			h.push(wait(far+more, u))
		}
	}
	p.heap = h
	return math.Inf(1)
}

// nextEpoch invalidates all marks. Epochs start anew when the counter overflows.
func (p *patch) nextEpoch() uint32 {
	if p.epoch == math.MaxUint32 {
		clear(p.at)
		clear(p.cone)
		p.epoch, p.coneOf = 0, 0
	}
	p.epoch++
	return p.epoch
}

// without returns the cost of goal when closed are closed too, and false if it is not reached at a cost of at most limit.
func (s *Solution) without(goal int32, closed []int32, limit float64) (float64, bool) {
	s.disturb(closed)
	p := s.patch
	c := &p.at[goal]
	switch {
	case c.epoch != p.epoch:
		return s.cells[goal].cost, s.Reached(goal)
	case c.state == removed:
		return math.Inf(1), false
	}
	c.wanted = true
	if s.resettle(1, limit) > 0 {
		return math.Inf(1), false
	}
	return c.cost, true
}

// disturb begins a patch: it marks the reached nodes that closing these takes away, and those that may change with them.
func (s *Solution) disturb(closed []int32) {
	g, p := s.g, s.patched()
	epoch := p.nextEpoch()
	list := p.affected[:0]
	for _, v := range closed {
		if s.Reached(v) && (p.coneOf == 0 || p.cone[v] == p.coneOf) && p.at[v].epoch != epoch {
			s.enter(v, removed)
			list = append(list, v)
		}
	}
	for i := 0; i < len(list); i++ {
		u := list[i]
		succs := g.Succs(u)
		p.work += len(succs)
		for _, w := range succs {
			if p.at[w].epoch != epoch && s.Reached(w) && s.uses(w, u) && (p.coneOf == 0 || p.cone[w] == p.coneOf) {
				s.enter(w, affected)
				list = append(list, w)
			}
		}
	}
	p.affected = list
}

// enter takes a node into the patch at hand.
func (s *Solution) enter(v int32, st repairState) {
	s.patch.at[v] = repair{epoch: s.patch.epoch, state: st, rank: unreached, cost: s.g.cost[v], need: s.g.need[v]}
}

// resettle settles the affected nodes anew, cheapest first, until as many as are wanted are settled. It returns how many of
// these are not reached at a cost of at most limit.
func (s *Solution) resettle(wanted int, limit float64) int {
	g, p := s.g, s.patch
	epoch := p.epoch
	h := p.heap[:0]
	for _, v := range p.affected {
		if p.at[v].state == removed {
			continue
		}
		preds := g.Preds(v)
		p.work += len(preds)
		for _, u := range preds {
			if p.at[u].epoch != epoch && s.Reached(u) && (p.coneOf == 0 || p.cone[u] == p.coneOf) {
				s.enter(u, border)
				h.push(wait(s.cells[u].cost, u))
			}
		}
	}
	for rank := int32(0); len(h) > 0; rank++ {
		top := h.pop()
		if top.cost() > limit {
			break
		}
		p.at[top.node].rank = rank
		if p.at[top.node].wanted {
			if wanted--; wanted == 0 {
				break
			}
		}
		succs := g.Succs(top.node)
		p.work += len(succs)
		for _, w := range succs {
			c := &p.at[w]
			if c.epoch != epoch || c.state != affected || c.need <= 0 {
				continue
			}
			c.cost += top.cost()
			if c.need--; c.need == 0 {
				c.cost = min(c.cost, math.MaxFloat64)
				c.trigger = rank
				h.push(wait(c.cost, w))
			}
		}
	}
	p.heap = h
	return wanted
}

// used returns the nodes of the cheapest derivation of goal that the last call of without found, in no special order.
func (s *Solution) used(goal int32) []int32 {
	p := s.patch
	seen := map[int32]bool{goal: true}
	list := []int32{goal}
	for i := 0; i < len(list); i++ {
		v := list[i]
		for _, u := range s.g.Preds(v) {
			uses := false
			if c := &p.at[v]; c.epoch == p.epoch && c.state == affected {
				x := &p.at[u]
				uses = x.epoch == p.epoch && x.rank >= 0 && x.rank <= c.trigger
			} else {
				uses = s.uses(v, u)
			}
			if uses && !seen[u] {
				seen[u] = true
				list = append(list, u)
			}
		}
	}
	return list
}

// steps returns the AND nodes among those, ascending.
func (s *Solution) steps(goal int32) []int32 {
	var out []int32
	for _, v := range s.used(goal) {
		if s.g.kind[v] == And {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}

// Without returns the cost of goal if further nodes were closed, and false if that cuts the goal off. It costs about as
// much as the part of the graph that rests on those nodes.
func (s *Solution) Without(goal int32, closed ...int32) (float64, bool) {
	if !s.Reached(goal) {
		return math.Inf(1), false
	}
	s.patched().coneOf = 0
	return s.without(goal, closed, math.Inf(1))
}

// WithoutEach appends to costs what each of the goals would cost if one more node were closed, +Inf for those that this cuts
// off. It is [Solution.Without] for each of them, at the cost of about one.
func (s *Solution) WithoutEach(costs []float64, goals []int32, closed int32) []float64 {
	s.patched().coneOf = 0
	s.disturb([]int32{closed})
	p, wanted := s.patch, 0
	for _, v := range goals {
		if c := &p.at[v]; c.epoch == p.epoch && c.state == affected && !c.wanted {
			c.wanted = true
			wanted++
		}
	}
	if wanted > 0 {
		s.resettle(wanted, math.Inf(1))
	}
	for _, v := range goals {
		cost := math.Inf(1)
		switch c := &p.at[v]; {
		case c.epoch != p.epoch || c.state == border:
			cost = s.Cost(v)
		case c.rank >= 0:
			cost = c.cost
		}
		costs = append(costs, cost)
	}
	return costs
}

// Twin returns a solution with the same answers whose what-ifs have a memory of their own, so that both may be asked at the
// same time. It holds until the solution is reset.
func (s *Solution) Twin() *Solution { return &Solution{g: s.g, cells: s.cells, order: s.order} }

// Chokes returns the nodes other than goal that every derivation of goal needs, in ascending order: closing any one of
// them cuts the goal off. It is empty for an entry and for a goal that is not reached. Only nodes of the cheapest
// derivation can be choke points, so only those are tried.
func (s *Solution) Chokes(goal int32) []int32 {
	d, ok := s.Derivation(goal)
	if !ok {
		return nil
	}
	s.focus(goal)
	var out []int32
	for _, v := range d.Nodes[:len(d.Nodes)-1] {
		if _, ok := s.without(goal, []int32{v}, math.Inf(1)); !ok {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out
}
