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
	guarded := map[spot][]int32{} // steps that a control would guard if it stood there
	for i := range a.out.Findings {
		for _, b := range breaks(&a.out.Findings[i]) {
			if b.Effect == "blocks" {
				p := spot{b.Control, b.On}
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
			i, ok := a.steps[node]
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

// blastWork bounds the nodes looked at for all blast radii together. Where everything reaches everything, their number
// is the square of the system's size.
const blastWork = 1 << 25

// blast assumes one element fallen at a time, and lists what falls with it: first only counted, for all, and then in
// full for the widest.
func (a *analysis) blast(ctx context.Context) error {
	c := newCounter(a)
	type row struct {
		element          *model.Element
		node             int32
		elements, assets int
	}
	var rows []row
	work, counted := 0, 0
	var spread *graph.Spread
	fall := func(node int32) *graph.Spread {
		q := graph.Query{Entries: append(append([]int32(nil), a.leaves...), node), Closed: a.closedLeaves}
		if spread == nil {
			spread = a.g.Spread(q)
		} else {
			spread.Reset(q)
		}
		return spread
	}
	for _, e := range a.in.System.Elements {
		capability, ok := seed[e.Kind]
		if !ok {
			continue
		}
		node, ok := a.power(model.Power{Capability: capability, Scope: model.ScopeAll, On: e.ID})
		if !ok {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if work > blastWork {
			a.truncated(fmt.Sprintf("the blast radius is computed for the first %d elements", counted))
			break
		}
		counted++
		r := row{element: e, node: node}
		r.elements, r.assets = c.count(e, fall(node))
		work += len(spread.Order())
		rows = append(rows, r)
	}
	sort.SliceStable(rows, func(i, j int) bool {
		x, y := &rows[i], &rows[j]
		if x.assets != y.assets {
			return x.assets > y.assets
		}
		if x.elements != y.elements {
			return x.elements > y.elements
		}
		return x.element.ID < y.element.ID
	})
	if most := a.in.Limits.Blast; len(rows) > most {
		a.truncated(fmt.Sprintf("the blast radius is listed for %d of %d elements, the widest first", most, len(rows)))
		rows = rows[:most]
	}
	for _, r := range rows {
		a.out.Blast = append(a.out.Blast, c.list(r.element, fall(r.node)))
	}
	return nil
}

// counter turns what a spread reached into elements and assets. It numbers elements once, so that counting makes no
// strings.
type counter struct {
	a       *analysis
	element []int32            // node → number of the element that falls with it, -1 for none
	assets  map[int32][]string // node → assets that are lost with it
	lost    []int32            // node → how many these are
	seen    []int32            // element → round in which it was seen last
	round   int32
}

func newCounter(a *analysis) *counter {
	c := &counter{a: a, element: make([]int32, a.g.Len()), assets: map[int32][]string{}, lost: make([]int32, a.g.Len()), seen: make([]int32, len(a.in.System.Elements))}
	number := map[string]int32{}
	for i, e := range a.in.System.Elements {
		number[e.ID] = int32(i)
	}
	for i := range c.element {
		c.element[i] = -1
		if p, ok := a.powers[int32(i)]; ok && falls[p.Capability] {
			if n, ok := number[p.On]; ok {
				c.element[i] = n
			}
		}
	}
	for i := range a.in.System.Assets {
		asset := &a.in.System.Assets[i]
		if node, ok := a.power(assetPower(asset)); ok {
			c.assets[node] = append(c.assets[node], asset.ID)
			c.lost[node]++
		}
	}
	return c
}

// each visits the elements that fall, with the node by which each falls first.
func (c *counter) each(source *model.Element, spread *graph.Spread, visit func(number, node int32)) {
	c.round++
	for _, node := range spread.Order() {
		if n := c.element[node]; n >= 0 && c.seen[n] != c.round {
			c.seen[n] = c.round
			if c.a.in.System.Elements[n] != source {
				visit(n, node)
			}
		}
	}
}

func (c *counter) count(source *model.Element, spread *graph.Spread) (elements, assets int) {
	c.each(source, spread, func(int32, int32) { elements++ })
	for _, node := range spread.Order() {
		assets += int(c.lost[node])
	}
	return elements, assets
}

func (c *counter) list(source *model.Element, spread *graph.Spread) result.Blast {
	b := result.Blast{Element: source.ID, Elements: []string{}, ByLayer: map[string]int{}, Assets: []string{}}
	c.each(source, spread, func(number, node int32) {
		e := c.a.in.System.Elements[number]
		b.Elements = append(b.Elements, e.ID)
		b.ByLayer[e.Layer]++
		b.Depth = max(b.Depth, int(spread.Rounds(node)))
	})
	for _, node := range spread.Order() {
		if c.lost[node] > 0 {
			b.Assets = append(b.Assets, c.assets[node]...)
		}
	}
	sort.Strings(b.Elements)
	sort.Strings(b.Assets)
	return b
}
