package attack

import (
	"fmt"
	"slices"

	"fermata/internal/graph"
	"fermata/internal/model"
)

// Scene is the attack graph in neutral form, for who reckons with chances: which nodes are open by chance, and what each
// stands for. Whatever is not named here is always open.
//
// A trial of one attempt opens each step, each failing control and each offer at random and takes the least fixed point from
// the attacker's entries. Both steps of a finding, in the whole and in the attacker's own part, hang on one node: an attempt
// that works works in both.
type Scene struct {
	Graph     *graph.Graph
	Steps     []SceneStep
	Guards    []SceneGuard // controls that stand and count: open when the control fails
	Offers    []SceneGuard // controls that could be placed: open as long as they are not
	Together  []SceneTogether
	Attackers []SceneAttacker
	Losses    []SceneLoss
	Elements  []SceneElement
	Closed    []int32 // nodes that chance has no use for
}

// SceneStep is a finding's chance.
type SceneStep struct {
	Node    int32
	Finding int // index into the findings of the input
}

// SceneGuard is the failing of one placement of a control.
type SceneGuard struct {
	Node        int32
	Control, On string
	State       model.State // evidenced for an offer
	Blocks      bool
}

// SceneTogether is the failing of all placements of a control at once, those on offer among them.
type SceneTogether struct {
	Node    int32
	Control string
}

// SceneAttacker is a source of harm with all that holds from the outset when it makes an attempt.
type SceneAttacker struct {
	ID      string
	Node    int32   // from which it starts
	Entries []int32 // Node, and what is open by chance
}

// SceneElement is an element that can fall.
type SceneElement struct {
	Element *model.Element
	Start   int32   // the node of its fall, where one is assumed; -1 for an element that only falls with others
	Falls   []int32 // the nodes any of which means that it has fallen
}

// SceneLoss is an asset with the node that stands for its loss.
type SceneLoss struct {
	Asset int // index into the system's assets
	Node  int32
}

// Expose builds the attack graph for chances. Every list is sorted by what it is about. Offers that would guard nothing are
// left out.
func Expose(in Input, offers []Offer) (*Scene, error) {
	if in.Trust == "" {
		in.Trust = model.DeclaredOnly
	}
	in.coins, in.offers = true, map[spot]bool{}
	for _, o := range offers {
		in.offers[spot{o.Control, o.On}] = true
	}
	a, err := build(in)
	if err != nil {
		return nil, fmt.Errorf("build attack graph: %w", err)
	}
	s := &Scene{Graph: a.g, Closed: slices.Clone(a.despite)}
	always := a.entries(nil)
	for v := range int32(a.g.Len()) { // nodes are in the order of their ids
		if finding, ok := a.coins[v]; ok {
			s.Steps = append(s.Steps, SceneStep{v, finding})
			always = append(always, v)
		}
		if control, ok := a.shared[v]; ok {
			s.Together = append(s.Together, SceneTogether{v, control})
			always = append(always, v)
		}
		if p, ok := a.placedLeaf[v]; ok {
			s.Guards = append(s.Guards, SceneGuard{v, p.control, p.on, p.state, in.Controls[p.control].Blocks})
		}
	}
	for _, o := range offers {
		if node, ok := a.offered[spot{o.Control, o.On}]; ok {
			s.Offers = append(s.Offers, SceneGuard{node, o.Control, o.On, model.Evidenced, in.Controls[o.Control].Blocks})
		}
	}
	slices.Sort(always)
	for _, attacker := range in.System.Attackers {
		s.Attackers = append(s.Attackers, SceneAttacker{attacker.ID, a.source[attacker.ID], append(slices.Clone(always), a.source[attacker.ID])})
	}
	for i := range in.System.Assets {
		if node, ok := a.power(assetPower(&in.System.Assets[i])); ok {
			s.Losses = append(s.Losses, SceneLoss{i, node})
		}
	}
	fallen := map[string][]int32{}
	for v := range int32(a.g.Len()) {
		if p, ok := a.powerAt(v); ok && falls[p.Capability] {
			fallen[p.On] = append(fallen[p.On], v)
		}
	}
	for _, e := range in.System.Elements {
		x := SceneElement{Element: e, Start: -1, Falls: fallen[e.ID]}
		if capability, ok := seed[e.Kind]; ok {
			if node, ok := a.power(model.Power{Capability: capability, Scope: model.ScopeAll, On: e.ID}); ok {
				x.Start = node
			}
		}
		if len(x.Falls) > 0 {
			s.Elements = append(s.Elements, x)
		}
	}
	slices.Sort(s.Closed)
	return s, nil
}
