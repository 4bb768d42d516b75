package attack

import (
	"cmp"
	"container/heap"
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

// severity gives each live finding the severity of the worst loss that a chain through it reaches, a grade less when
// the cheapest such chain is unlikely. One that leads to no loss is for information: whoever steers a chat that has no
// tools, no memory and nothing private steers it for themselves.
func (a *analysis) severity(all *graph.Solution, goals []goal) {
	best := make([]int, len(a.out.Findings))
	a.useful = a.towards(all)
	for i := range best {
		best[i] = severityIndex("low")
		if !a.useful.any(all, a.stepsOf[i]) {
			best[i] = severityIndex("info")
		}
	}
	classes := map[int][]goal{}
	for _, g := range goals {
		base := lossSeverity(g.asset.Loss)
		classes[base] = append(classes[base], g)
	}
	cut := false
	for _, t := range a.tiers(all) {
		a.detours = mostDetours
		for base := range result.Severities {
			var reached []goal
			for _, g := range classes[base] {
				if t.Reached(g.node) {
					reached = append(reached, g)
				}
			}
			if len(reached) == 0 {
				continue
			}
			for node, cost := range a.through(t.Solution, reached) {
				if i, ok := a.stepAt(node); ok {
					best[i] = min(best[i], max(severityAt(base, cost), t.gravest))
				}
			}
		}
		cut = cut || a.detours == 0
	}
	if cut {
		a.truncated("the severity of some findings looks at the cheapest ways only")
	}
	for i := range a.out.Findings {
		f := &a.out.Findings[i]
		switch f.Status {
		case result.Live, result.Accepted:
			f.Severity = result.Severities[best[i]]
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

// through gives, for each node that has a part in reaching one of the goals, what the cheapest way to a goal that uses the
// node costs. It goes back from the goals twice: first for what the rest of such a way costs at the least, without the
// node's own part; then, with that, for the dearest point that no way to the node can avoid. Each is a minimum over ways of
// costs that a control can only raise.
//
// A premise of an OR node that itself needs the node would go round in a circle; it counts with what it costs without
// the node, and is passed over when that is not possible.
func (a *analysis) through(all *graph.Solution, goals []goal) map[int32]float64 {
	rest, parts := map[int32]float64{}, map[int32][]part{}
	queue := &wayQueue{}
	lower := func(cost map[int32]float64, node int32, c float64) {
		if old, ok := cost[node]; !ok || c < old {
			cost[node] = c
			heap.Push(queue, way{node, c})
		}
	}
	for _, g := range goals {
		lower(rest, g.node, 0)
	}
	for queue.Len() > 0 {
		w := heap.Pop(queue).(way)
		if w.cost > rest[w.node] {
			continue
		}
		if parts[w.node] == nil {
			parts[w.node] = a.partsOf(all, w.node)
		}
		for _, p := range parts[w.node] {
			lower(rest, p.node, w.cost+p.others)
		}
	}
	cost := map[int32]float64{}
	for _, g := range goals {
		lower(cost, g.node, all.Cost(g.node))
	}
	for queue.Len() > 0 {
		w := heap.Pop(queue).(way)
		if w.cost > cost[w.node] {
			continue
		}
		for _, p := range parts[w.node] {
			lower(cost, p.node, max(w.cost, rest[w.node]+p.others+p.alone))
		}
	}
	return cost
}

// part is a premise of a node.
type part struct {
	node   int32
	others float64 // what the node costs beside it
	alone  float64 // what the premise costs without the node
}

// partsOf lists the reached premises of a node that can have a part in reaching it.
func (a *analysis) partsOf(all *graph.Solution, node int32) []part {
	preds := slices.DeleteFunc(slices.Clone(a.g.Preds(node)), func(p int32) bool { return !all.Reached(p) })
	n := a.g.Node(node)
	need := 1
	switch n.Kind {
	case graph.And:
		need = len(preds)
	case graph.KOfN:
		need = n.K
	}
	cheapest := slices.Clone(preds)
	if need > 1 {
		slices.SortStableFunc(cheapest, func(x, y int32) int { return cmp.Compare(all.Cost(x), all.Cost(y)) })
	}
	out := make([]part, 0, len(preds))
	for _, p := range preds {
		one := part{node: p, others: n.Cost, alone: all.Cost(p)}
		taken := 1
		for _, q := range cheapest {
			if taken == need {
				break
			}
			if q != p {
				one.others += all.Cost(q)
				taken++
			}
		}
		if n.Kind != graph.And && one.alone >= all.Cost(node) {
			if a.detours == 0 {
				continue // told in severity: what is left out can only be graver than it is said to be
			}
			a.detours--
			var ok bool
			if one.alone, ok = all.Without(p, node); !ok {
				continue
			}
		}
		out = append(out, one)
	}
	return out
}

type way struct {
	node int32
	cost float64
}

// wayQueue is a heap of ways, cheapest first, then by node so that the order is the same in every run.
type wayQueue []way

func (q wayQueue) Len() int { return len(q) }
func (q wayQueue) Less(i, j int) bool {
	if q[i].cost != q[j].cost {
		return q[i].cost < q[j].cost
	}
	return q[i].node < q[j].node
}
func (q wayQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *wayQueue) Push(x any)   { *q = append(*q, x.(way)) }
func (q *wayQueue) Pop() any {
	old := *q
	w := old[len(old)-1]
	*q = old[:len(old)-1]
	return w
}
