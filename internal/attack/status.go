package attack

import (
	"fmt"
	"sort"
	"strings"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// status says of each finding whether a chain reaches it, and if not, what stands in the way: open is what would be reached
// if every blocking control failed.
func (a *analysis) status(all, open *graph.Solution) {
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
