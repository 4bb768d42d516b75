package attack

import (
	"fmt"
	"sort"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// chokes finds what alone cuts every way to a loss: a finding that would have to go, or a control that would have to
// stand. Only what lies on the cheapest way can be one, so only that is tried.
func (a *analysis) chokes(all *graph.Solution, goals []goal) {
	if len(goals) > a.in.Limits.Goals {
		a.truncated(fmt.Sprintf("choke points are sought for %d of %d losses, "+worstFirst, a.in.Limits.Goals, len(goals)))
		goals = pick(goals, a.room(a.in.Limits.Goals, goals))
	}
	guarded := map[spot][]int32{} // steps that a control would guard if it stood there
	for i := range a.out.Findings {
		for _, c := range a.out.Findings[i].Controls {
			if c.Effect == "blocks" && missed(c.State) {
				p := spot{c.Control, c.On}
				guarded[p] = append(guarded[p], a.stepsOf[i]...)
			}
		}
	}
	findings, controls := map[int][]string{}, map[spot][]string{}
	for _, g := range goals {
		d, ok := all.Derivation(g.node)
		if !ok {
			continue
		}
		triedFinding, triedPlace := map[int]bool{}, map[spot]bool{}
		for _, node := range d.Nodes {
			i, ok := a.stepAt(node)
			if !ok || triedFinding[i] {
				continue
			}
			triedFinding[i] = true
			if _, reached := all.Without(g.node, a.stepsOf[i]...); !reached {
				findings[i] = append(findings[i], g.asset.ID)
			}
			for _, b := range breaks(&a.out.Findings[i]) {
				p := spot{b.Control, b.On}
				if b.Effect != "blocks" || triedPlace[p] {
					continue
				}
				triedPlace[p] = true
				if _, reached := all.Without(g.node, guarded[p]...); !reached {
					controls[p] = append(controls[p], g.asset.ID)
				}
			}
		}
	}
	for i, ids := range findings {
		a.out.Chokes = append(a.out.Chokes, result.Choke{Finding: a.out.Findings[i].ID, Goals: dedupe(sorted(ids))})
	}
	for p, ids := range controls {
		a.out.Chokes = append(a.out.Chokes, result.Choke{Control: p.control, On: p.on, Goals: dedupe(sorted(ids))})
	}
	place := map[string]int{} // losses are listed worst first
	for i, g := range goals {
		place[g.asset.ID] = i
	}
	// What a choke point ends is weighed by how grave it is: one way to run code counts more than three to stop a service.
	weight := func(c *result.Choke) int {
		sum := 0
		for _, id := range c.Goals {
			sum += gravity[goals[place[id]].severity]
		}
		return sum
	}
	worst := func(c *result.Choke) int {
		least := len(goals)
		for _, id := range c.Goals {
			least = min(least, place[id])
		}
		return least
	}
	sort.Slice(a.out.Chokes, func(i, j int) bool {
		x, y := &a.out.Chokes[i], &a.out.Chokes[j]
		if wx, wy := weight(x), weight(y); wx != wy {
			return wx > wy
		}
		if wx, wy := worst(x), worst(y); wx != wy {
			return wx < wy
		}
		if x.Control != y.Control {
			return x.Control < y.Control
		}
		if x.On != y.On {
			return x.On < y.On
		}
		return x.Finding < y.Finding
	})
}

// gravity is what a loss weighs by its severity, as an index into result.Severities.
var gravity = []int{27, 9, 3, 1, 0}

func sorted(s []string) []string {
	sort.Strings(s)
	return s
}

// falls says which powers over an element mean that it has fallen, and not only been touched.
var falls = map[model.Capability]bool{
	model.Hijack: true, model.Invoke: true, model.Execute: true, model.ReadCap: true, model.WriteCap: true,
	model.UseCred: true, model.Impersonate: true, model.Exhaust: true, model.Blind: true, model.Deceive: true,
}

// seed is the power that the fall of an element of a kind gives.
var seed = map[model.Kind]model.Capability{
	model.Agent: model.Hijack, model.Orchestrator: model.Hijack, model.MCPServer: model.Hijack, model.Plugin: model.Hijack,
	model.Runtime: model.Execute,
}

// turns finds the power that an element gives when it falls. An outside party does not fall, it turns: who delivers
// something, or runs a list of partners, writes it otherwise, and a remote agent sends what it likes.
func (a *analysis) turns(e *model.Element) (int32, bool) {
	capability, ok := seed[e.Kind]
	if e.Kind == model.External {
		capability, ok = model.WriteCap, true
		if e.Fact("role").Value == "remote-agent" {
			capability = model.Influence
		}
	}
	if !ok {
		return 0, false
	}
	return a.power(model.Power{Capability: capability, Scope: model.ScopeAll, On: e.ID})
}
