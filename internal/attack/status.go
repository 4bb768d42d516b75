package attack

import (
	"container/heap"
	"fmt"
	"math"
	"sort"
	"strings"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// status says of each finding whether a chain reaches it, and if not, what stands in the way.
func (a *analysis) status(all *graph.Solution) {
	// The same question with every blocking control out of the way tells blocked from unreachable.
	open := a.g.Solve(graph.Query{Entries: a.entries(a.everybody())})
	for i := range a.out.Findings {
		f := &a.out.Findings[i]
		if len(a.stepsOf[i]) == 0 {
			f.Status, f.Why = result.Condition, ""
			if names := a.endedBy(all, i); len(names) > 0 {
				f.Status, f.Why = result.Blocked, "ended by "+strings.Join(names, ", ")
			}
			continue
		}
		switch {
		case a.anyReached(all, i):
			f.Status = result.Live
			if why, ok := a.in.Accepted[f.ID]; ok {
				f.Status, f.Why = result.Accepted, why
			}
		case a.anyReached(open, i):
			f.Status, f.Why = result.Blocked, a.blockedBy(open, i)
		default:
			f.Status, f.Why = result.Unreachable, a.missing(open, i)
		}
	}
}

// endedBy names the controls that end a condition, where they stand and nobody defeats them. A leaf that fails by itself
// is no defeat: a condition is there or not, and has no chance.
func (a *analysis) endedBy(all *graph.Solution, condition int) []string {
	var names []string
	for _, guard := range a.heldBy[condition] {
		name, defeated := "", false
		for _, p := range a.g.Preds(guard) {
			if leaf, ok := a.leafControl[p]; ok {
				name = leaf
			} else {
				defeated = defeated || all.Reached(p)
			}
		}
		if !defeated {
			control, on, _ := strings.Cut(name, "@")
			names = append(names, control+" on "+a.name(on))
		}
	}
	sort.Strings(names)
	return dedupe(names)
}

// nodeSet is a set of nodes of the graph.
type nodeSet map[int32]bool

// any tells whether one of the nodes that are reached is in the set.
func (s nodeSet) any(all *graph.Solution, nodes []int32) bool {
	for _, n := range nodes {
		if all.Reached(n) && s[n] {
			return true
		}
	}
	return false
}

// towards gathers the reached nodes from which a reached loss can be reached.
func (a *analysis) towards(all *graph.Solution) nodeSet {
	seen := nodeSet{}
	var queue []int32
	visit := func(node int32) {
		if all.Reached(node) && !seen[node] {
			seen[node] = true
			queue = append(queue, node)
		}
	}
	for i := range a.in.System.Assets {
		if node, ok := a.power(assetPower(&a.in.System.Assets[i])); ok {
			visit(node)
		}
	}
	for len(queue) > 0 {
		node := queue[0]
		queue = queue[1:]
		for _, p := range a.g.Preds(node) {
			visit(p)
		}
	}
	return seen
}

func (a *analysis) anyReached(s *graph.Solution, finding int) bool {
	for _, node := range a.stepsOf[finding] {
		if s.Reached(node) {
			return true
		}
	}
	return false
}

// blockedBy names the blocking controls on the cheapest way that there would be.
func (a *analysis) blockedBy(open *graph.Solution, finding int) string {
	closed := map[int32]bool{}
	for _, leaf := range a.closedLeaves {
		closed[leaf] = true
	}
	var names []string
	for _, node := range a.stepsOf[finding] {
		d, ok := open.Derivation(node)
		if !ok {
			continue
		}
		for _, n := range d.Nodes {
			if closed[n] {
				control, on, _ := strings.Cut(a.leafControl[n], "@")
				names = append(names, control+" on "+a.name(on))
			}
		}
		break
	}
	sort.Strings(names)
	return "blocked by " + strings.Join(dedupe(names), ", ")
}

// missing names the first power that nobody gains even if every control failed.
func (a *analysis) missing(open *graph.Solution, finding int) string {
	f := &a.out.Findings[finding]
	for _, need := range f.Steps[len(f.Steps)-1].Needs { // the narrow scope asks for the least
		reached := 0
		for _, text := range need.Powers {
			p, err := model.ParsePower(text)
			if err != nil {
				continue
			}
			if node, ok := a.power(p); ok && open.Reached(node) {
				reached++
			}
		}
		if reached < max(1, need.K) {
			p, _ := model.ParsePower(need.Powers[0])
			return fmt.Sprintf("no source of harm gains %s over %s", p.Capability, a.name(p.On))
		}
	}
	return "no source of harm gains all that it needs together"
}

// name is an element or flow for people.
func (a *analysis) name(id string) string {
	if e, ok := a.byElement[id]; ok {
		return e.Name
	}
	if f, ok := a.byFlow[id]; ok {
		return fmt.Sprintf("the %s from %s to %s", f.Kind, a.name(f.From), a.name(f.To))
	}
	return id
}

func dedupe(sorted []string) []string {
	out := sorted[:0]
	for i, s := range sorted {
		if i == 0 || s != sorted[i-1] {
			out = append(out, s)
		}
	}
	return out
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
	a.detours = mostDetours
	defer func() {
		if a.detours == 0 {
			a.truncated("the severity of some findings looks at the cheapest ways only")
		}
	}()
	for base := range result.Severities {
		if len(classes[base]) == 0 {
			continue
		}
		for node, cost := range a.through(all, classes[base]) {
			if i, ok := a.steps[node]; ok {
				best[i] = min(best[i], severityAt(base, cost))
			}
		}
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
		default:
			f.Severity = "info"
		}
	}
}

// through gives, for each node that has a part in reaching one of the goals, the cost of the cheapest way found to a
// goal that uses the node. Walking back from the goals, a premise of a step costs what the step's way costs; another
// premise of an OR node costs the difference more. A premise that itself needs the node would go round in a circle and
// is passed over.
func (a *analysis) through(all *graph.Solution, goals []goal) map[int32]float64 {
	cost := map[int32]float64{}
	queue := &wayQueue{}
	push := func(node int32, c float64) {
		if old, ok := cost[node]; !ok || c < old {
			cost[node] = c
			heap.Push(queue, way{node, c})
		}
	}
	for _, g := range goals {
		push(g.node, g.cost)
	}
	for queue.Len() > 0 {
		w := heap.Pop(queue).(way)
		if w.cost > cost[w.node] {
			continue
		}
		own := a.g.Node(w.node).Cost
		for _, p := range a.g.Preds(w.node) {
			if !all.Reached(p) {
				continue
			}
			if a.g.Kind(w.node) == graph.And {
				push(p, w.cost)
				continue
			}
			pc := all.Cost(p)
			if pc >= all.Cost(w.node) {
				if a.detours == 0 {
					continue // told in severity: what is left out can only be graver than it is said to be
				}
				a.detours--
				without, ok := all.Without(p, w.node)
				if !ok {
					continue
				}
				pc = without
			}
			push(p, w.cost+max(0, pc+own-all.Cost(w.node)))
		}
	}
	for node, c := range cost {
		if math.IsInf(c, 1) {
			delete(cost, node)
		}
	}
	return cost
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
