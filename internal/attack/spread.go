package attack

import (
	"context"
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
		a.truncated(fmt.Sprintf("choke points are sought for %d of %d losses, the worst first", a.in.Limits.Goals, len(goals)))
		goals = goals[:a.in.Limits.Goals]
	}
	type place struct{ control, on string }
	guarded := map[place][]int32{} // steps that a control would guard if it stood there
	for i := range a.out.Findings {
		for _, b := range breaks(&a.out.Findings[i]) {
			if b.Effect == "blocks" {
				p := place{b.Control, b.On}
				guarded[p] = append(guarded[p], a.stepsOf[i]...)
			}
		}
	}
	findings, controls := map[int][]string{}, map[place][]string{}
	for _, g := range goals {
		d, ok := all.Derivation(g.node)
		if !ok {
			continue
		}
		triedFinding, triedPlace := map[int]bool{}, map[place]bool{}
		for _, node := range d.Nodes {
			i, ok := a.steps[node]
			if !ok || triedFinding[i] {
				continue
			}
			triedFinding[i] = true
			if _, reached := all.Without(g.node, a.stepsOf[i]...); !reached {
				findings[i] = append(findings[i], g.asset.ID)
			}
			for _, b := range breaks(&a.out.Findings[i]) {
				p := place{b.Control, b.On}
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
	sort.Slice(a.out.Chokes, func(i, j int) bool {
		x, y := &a.out.Chokes[i], &a.out.Chokes[j]
		if len(x.Goals) != len(y.Goals) {
			return len(x.Goals) > len(y.Goals)
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

// blast assumes one element fallen, and lists what falls with it.
func (a *analysis) blast(ctx context.Context) error {
	assets := map[int32][]string{}
	for i := range a.in.System.Assets {
		asset := &a.in.System.Assets[i]
		if node, ok := a.power(assetPower(asset)); ok {
			assets[node] = append(assets[node], asset.ID)
		}
	}
	var spread *graph.Spread
	count := 0
	for _, e := range a.in.System.Elements {
		capability, ok := seed[e.Kind]
		if !ok {
			continue
		}
		node, ok := a.power(model.Power{Capability: capability, Scope: model.ScopeAll, On: e.ID})
		if !ok {
			continue
		}
		if count++; count > a.in.Limits.Blast {
			a.truncated(fmt.Sprintf("the blast radius is computed for the first %d elements", a.in.Limits.Blast))
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		q := graph.Query{Entries: append(append([]int32(nil), a.leaves...), node), Closed: a.closedLeaves}
		if spread == nil {
			spread = a.g.Spread(q)
		} else {
			spread.Reset(q)
		}
		a.out.Blast = append(a.out.Blast, a.fallen(e, spread, assets))
	}
	sort.Slice(a.out.Blast, func(i, j int) bool {
		x, y := &a.out.Blast[i], &a.out.Blast[j]
		if len(x.Assets) != len(y.Assets) {
			return len(x.Assets) > len(y.Assets)
		}
		if len(x.Elements) != len(y.Elements) {
			return len(x.Elements) > len(y.Elements)
		}
		return x.Element < y.Element
	})
	return nil
}

func (a *analysis) fallen(e *model.Element, spread *graph.Spread, assets map[int32][]string) result.Blast {
	b := result.Blast{Element: e.ID, Elements: []string{}, ByLayer: map[string]int{}, Assets: []string{}}
	seen := map[string]bool{e.ID: true}
	for _, node := range spread.Order() {
		b.Assets = append(b.Assets, assets[node]...)
		p, ok := a.powers[node]
		if !ok || !falls[p.Capability] || seen[p.On] || a.byElement[p.On] == nil {
			continue
		}
		seen[p.On] = true
		b.Elements = append(b.Elements, p.On)
		b.ByLayer[a.byElement[p.On].Layer]++
		b.Depth = max(b.Depth, int(spread.Rounds(node)))
	}
	sort.Strings(b.Elements)
	sort.Strings(b.Assets)
	return b
}
