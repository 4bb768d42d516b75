package attack

import (
	"cmp"
	"math"
	"slices"

	"fermata/internal/graph"
	"fermata/internal/result"
)

// Severity is one measure: the class of the worst loss, less by how unlikely the cheapest chain is. The cost of a chain is
// that of the search, which counts a step once for each premise that rests on it. So a control, which only adds a premise or
// takes a way away, makes no chain cheaper and no severity graver. What defeats a control gets a part in what it guards: a
// finding that deceives an approver matters where there is one. Such a finding may rise when the control is placed, and
// never above what the guarded step was without it.
//
// Where a step is shared, its chain is graded as less likely than the chance that is printed with the path, in which each
// step counts once. With that chance a control could turn the search to a way with more sharing and look as if it did harm.

// Severity falls one grade when the most likely chance of the chain is below likely, and two below unlikely. The class
// of loss alone would call every far-fetched chain critical. What only a person reaches whose being there is assumed is
// high at the most, and what only a guessed link reaches is medium.
const (
	likely   = 0.02
	unlikely = 0.002
)

func severityAt(base int, cost float64) int {
	cost = math.Round(cost*1e9) / 1e9 // sums of the same numbers in another order are the same
	switch p := chance(cost); {
	case p < unlikely:
		base += 2
	case p < likely:
		base++
	}
	return min(base, severityIndex("low"))
}

// mostDetours bounds how often it is asked whether a premise has a way that does not lead round in a circle. Where all
// agents speak to all others, each has thousands of premises.
const mostDetours = 20_000

// grading is what the findings may be as grave as, by the ways of one tier.
type grading struct {
	best []int // finding → index into result.Severities
	cut  bool  // some ways were not looked at
}

// grade finds the worst loss behind each finding, a grade less when the cheapest chain to it is unlikely, on the ways of
// one tier. Tiers may be graded at the same time.
func (a *analysis) grade(t tier, goals []goal) grading {
	out := grading{best: make([]int, len(a.out.Findings))}
	for i := range out.best {
		out.best[i] = severityIndex("info")
	}
	classes := make([][]goal, len(result.Severities))
	for _, g := range goals {
		if t.Reached(g.node) {
			base := lossSeverity(g.asset.Loss)
			classes[base] = append(classes[base], g)
		}
	}
	b := a.backwards(t.Solution)
	for base, reached := range classes {
		if len(reached) == 0 {
			continue
		}
		for _, node := range b.through(reached) {
			if i, ok := a.stepAt(node); ok {
				out.best[i] = min(out.best[i], max(severityAt(base, b.cost[node]), t.gravest))
			}
		}
	}
	out.cut = b.detours == 0
	return out
}

// severity gives each live finding the severity of the worst loss that a chain through it reaches, a grade less when
// the cheapest such chain is unlikely. One that leads to no loss is for information: whoever steers a chat that has no
// tools, no memory and nothing private steers it for themselves.
func (a *analysis) severity(all *graph.Solution, gradings []grading) {
	cut := false
	for _, g := range gradings {
		cut = cut || g.cut
	}
	if cut {
		a.truncated("the severity of some findings looks at the cheapest ways only")
	}
	for i := range a.out.Findings {
		f := &a.out.Findings[i]
		switch f.Status {
		case result.Live, result.Accepted:
			best := severityIndex("low")
			if !a.useful.any(all, a.stepsOf[i]) {
				best = severityIndex("info")
			}
			for _, g := range gradings {
				best = min(best, g.best[i])
			}
			f.Severity = result.Severities[best]
		case result.Condition:
			if f.Severity == "" {
				f.Severity = "low"
			}
			if len(f.Guesses) > 0 {
				f.Severity = result.Severities[max(severityIndex(f.Severity), severityIndex("medium"))]
			}
		default:
			f.Severity = "info"
		}
	}
}

// backwards goes back from losses over a solution.
type backwards struct {
	g       *graph.Graph
	all     *graph.Solution // with what-ifs of its own
	detours int             // left to ask
	queue   wayQueue

	rest, cost []float64 // by node, of the way back at hand; +Inf where it did not come
	met        []int32   // nodes to which it came
	premises   []premises
	parts      []part

	preds, dearer []int32   // of partsOf, used anew each time
	alone         []float64 // the same
}

// premises are those of a node that were looked up.
type premises struct {
	from, to int32 // in parts
	detours  int32 // that it took to find them
	known    bool
}

func (a *analysis) backwards(all *graph.Solution) *backwards {
	n := a.g.Len()
	b := &backwards{g: a.g, all: all.Twin(), detours: mostDetours, rest: make([]float64, n), cost: make([]float64, n), premises: make([]premises, n)}
	for v := range n {
		b.rest[v], b.cost[v] = math.Inf(1), math.Inf(1)
	}
	return b
}

// lower notes a cheaper way to a node.
func (b *backwards) lower(cost []float64, node int32, c float64) {
	if c < cost[node] {
		cost[node] = c
		b.queue.push(way{node, c})
	}
}

// through finds, for each node that has a part in reaching one of the goals, what the cheapest way to a goal that uses the
// node costs; it returns these nodes, and leaves the costs in b.cost. It goes back from the goals twice: first for what the
// rest of such a way costs at the least, without the node's own part; then, with that, for the dearest point that no way to
// the node can avoid. Each is a minimum over ways of costs that a control can only raise.
//
// A premise of an OR node that itself needs the node would go round in a circle; it counts with what it costs without
// the node, and is passed over when that is not possible.
func (b *backwards) through(goals []goal) []int32 {
	for _, v := range b.met {
		b.rest[v], b.cost[v] = math.Inf(1), math.Inf(1)
	}
	b.met = b.met[:0]
	for _, g := range goals {
		b.lower(b.rest, g.node, 0)
	}
	for len(b.queue) > 0 {
		w := b.queue.pop()
		if w.cost > b.rest[w.node] {
			continue
		}
		b.met = append(b.met, w.node)
		for _, p := range b.partsOf(w.node) {
			b.lower(b.rest, p.node, w.cost+p.others)
		}
	}
	for _, g := range goals {
		b.lower(b.cost, g.node, b.all.Cost(g.node))
	}
	for len(b.queue) > 0 {
		w := b.queue.pop()
		if w.cost > b.cost[w.node] {
			continue
		}
		for _, p := range b.parts[b.premises[w.node].from:b.premises[w.node].to] {
			b.lower(b.cost, p.node, max(w.cost, b.rest[w.node]+p.others+p.alone))
		}
	}
	return b.met
}

// part is a premise of a node.
type part struct {
	node   int32
	others float64 // what the node costs beside it
	alone  float64 // what the premise costs without the node
}

// partsOf lists the reached premises of a node that can have a part in reaching it. They are looked up once, and what that
// takes counts each time, so that the bound does not depend on what was asked before.
func (b *backwards) partsOf(node int32) []part {
	known := &b.premises[node]
	if known.known && b.detours >= int(known.detours) {
		b.detours -= int(known.detours)
		return b.parts[known.from:known.to]
	}
	n, own := b.g.Node(node), b.all.Cost(node)
	b.preds, b.dearer = b.preds[:0], b.dearer[:0]
	for _, p := range b.g.Preds(node) {
		if b.all.Reached(p) {
			b.preds = append(b.preds, p)
		}
	}
	need := 1
	switch n.Kind {
	case graph.And:
		need = len(b.preds)
	case graph.KOfN:
		need = n.K
	}
	cheapest := b.preds
	if need > 1 {
		cheapest = slices.Clone(b.preds)
		slices.SortStableFunc(cheapest, func(x, y int32) int { return cmp.Compare(b.all.Cost(x), b.all.Cost(y)) })
	}
	if n.Kind != graph.And {
		for _, p := range b.preds {
			if b.all.Cost(p) >= own && len(b.dearer) < b.detours {
				b.dearer = append(b.dearer, p)
			}
		}
	}
	b.alone = b.alone[:0]
	if len(b.dearer) > 0 {
		b.alone = b.all.WithoutEach(b.alone, b.dearer, node)
	}
	*known = premises{from: int32(len(b.parts)), detours: int32(len(b.dearer)), known: true}
	b.detours -= len(b.dearer)
	asked := 0
	for _, p := range b.preds {
		one := part{node: p, others: n.Cost, alone: b.all.Cost(p)}
		taken := 1
		for _, q := range cheapest {
			if taken == need {
				break
			}
			if q != p {
				one.others += b.all.Cost(q)
				taken++
			}
		}
		if n.Kind != graph.And && one.alone >= own {
			if asked == len(b.dearer) {
				continue // told in severity: what is left out can only be graver than it is said to be
			}
			one.alone = b.alone[asked]
			if asked++; math.IsInf(one.alone, 1) {
				continue
			}
		}
		b.parts = append(b.parts, one)
	}
	known.to = int32(len(b.parts))
	return b.parts[known.from:known.to]
}

type way struct {
	node int32
	cost float64
}

func (w way) before(o way) bool { return w.cost < o.cost || w.cost == o.cost && w.node < o.node }

// wayQueue is a heap of ways, cheapest first, then by node so that the order is the same in every run.
type wayQueue []way

func (q *wayQueue) push(w way) {
	s := append(*q, w)
	*q = s
	i := len(s) - 1
	for ; i > 0 && w.before(s[(i-1)/2]); i = (i - 1) / 2 {
		s[i] = s[(i-1)/2]
	}
	s[i] = w
}

func (q *wayQueue) pop() way {
	s := *q
	top, last := s[0], s[len(s)-1]
	s = s[:len(s)-1]
	*q = s
	for i := 0; len(s) > 0; {
		child := 2*i + 1
		if child+1 < len(s) && s[child+1].before(s[child]) {
			child++
		}
		if child >= len(s) || !s[child].before(last) {
			s[i] = last
			break
		}
		s[i] = s[child]
		i = child
	}
	return top
}
