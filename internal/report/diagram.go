package report

import (
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Diagram is as much of a system as fits on one picture: elements by layer and what moves between them.
type Diagram struct {
	Lanes   []Lane   // every layer of the scheme in its order, then others that elements name
	Edges   []Edge   // by ends
	LeftOut []string // elements in scope that did not fit, counted by kind: "12 tools"
}

// Lane is a layer with its elements, by id.
type Lane struct {
	Layer result.Layer
	Nodes []Node
	More  int // elements of the layer that did not fit
}

// Node is an element of a diagram.
type Node struct {
	Element  *model.Element
	Severity string // of the worst shown path that it is on; empty when it is on none
	Where    string // the name of its file, with the line where need be, when another element goes by its name
}

// Edge joins two elements of a diagram by all flows between them. It is named after and points along the flow that says
// most: one of a path, else a call rather than its result.
type Edge struct {
	From, To string
	Label    string
	Both     bool   // content or power moves both ways
	Crosses  bool   // one end is inside a trust boundary and the other is not
	Severity string // of the worst shown path that uses one of the flows; empty when none does
	Flows    []string
}

// answers are the flows that only answer another, which then names the edge.
var answers = map[model.FlowKind]bool{model.Completion: true, model.ToolResult: true, model.MemoryRead: true}

// structural flows say where things stand rather than what moves; drawn between everything they would hide the rest, so
// they are drawn only where a path uses them.
var structural = map[model.FlowKind]bool{model.Hosts: true, model.Network: true}

// Diagram picks what to draw: all elements in the shown scopes, or, when there are more than most, those on the paths
// first, then agents, then what most flows join to them, and prompts last.
func (v *View) Diagram(o Options, paths []*result.Path, most int) Diagram {
	onPath := v.onPaths(paths)
	scopes := v.Scopes(o)
	var all []*model.Element
	for _, e := range v.Result.System.Elements {
		if scopes[e.Scope] {
			all = append(all, e)
		}
	}
	chosen := v.choose(all, onPath, most)
	d := Diagram{Edges: v.edges(chosen, onPath)}
	lanes := append([]result.Layer(nil), v.Result.Layers...)
	at := map[string]int{}
	for i, l := range lanes {
		at[l.ID] = i
	}
	nodes := make([][]Node, len(lanes))
	left, more := map[model.Kind]int{}, map[string]int{}
	for _, e := range all {
		if !chosen[e.ID] {
			left[e.Kind]++
			more[e.Layer]++
			continue
		}
		i, known := at[e.Layer]
		if !known {
			i = len(lanes)
			at[e.Layer] = i
			lanes, nodes = append(lanes, result.Layer{ID: e.Layer, Name: e.Layer}), append(nodes, nil)
		}
		nodes[i] = append(nodes[i], Node{e, onPath[e.ID], nearName(v.places[e.ID])})
	}
	for i, l := range lanes {
		d.Lanes = append(d.Lanes, Lane{l, nodes[i], more[l.ID]})
	}
	for _, w := range kindWords {
		if n := left[w.kind]; n > 0 {
			d.LeftOut = append(d.LeftOut, Plural(n, w.one, w.many))
		}
	}
	return d
}

// onPaths gives the severity of the worst path through each element and flow; the paths are worst first.
func (v *View) onPaths(paths []*result.Path) map[string]string {
	on := map[string]string{}
	mark := func(id, severity string) {
		if _, seen := on[id]; !seen {
			on[id] = severity
		}
	}
	for _, p := range paths {
		for _, h := range p.Steps {
			f := v.Step(&h)
			if f == nil {
				continue
			}
			for _, id := range f.Elements {
				mark(id, p.Severity)
			}
			for _, id := range f.Flows {
				mark(id, p.Severity)
				if flow := v.Flow(id); flow != nil {
					mark(flow.From, p.Severity)
					mark(flow.To, p.Severity)
				}
			}
		}
		mark(p.Goal.Element, p.Severity)
	}
	return on
}

func (v *View) choose(all []*model.Element, onPath map[string]string, most int) map[string]bool {
	degree := map[string]int{}
	for _, f := range v.Result.System.Flows {
		degree[f.From]++
		degree[f.To]++
	}
	class := func(e *model.Element) int {
		switch {
		case onPath[e.ID] != "":
			return Rank(onPath[e.ID])
		case e.Kind == model.Agent || e.Kind == model.Orchestrator:
			return len(result.Severities)
		case e.Kind == model.Prompt: // an agent's instructions say little in a picture
			return len(result.Severities) + 2
		}
		return len(result.Severities) + 1
	}
	order := append([]*model.Element(nil), all...)
	sort.SliceStable(order, func(i, j int) bool {
		a, b := order[i], order[j]
		if ca, cb := class(a), class(b); ca != cb {
			return ca < cb
		}
		if degree[a.ID] != degree[b.ID] {
			return degree[a.ID] > degree[b.ID]
		}
		return a.ID < b.ID
	})
	chosen := map[string]bool{}
	for _, e := range order[:min(most, len(order))] {
		chosen[e.ID] = true
	}
	return chosen
}

func (v *View) edges(chosen map[string]bool, onPath map[string]string) []Edge {
	type pair struct{ a, b string }
	byPair := map[pair][]*model.Flow{}
	var order []pair
	for _, f := range v.Result.System.Flows {
		if !chosen[f.From] || !chosen[f.To] || f.From == f.To || structural[f.Kind] && onPath[f.ID] == "" {
			continue
		}
		key := pair{f.From, f.To}
		if key.a > key.b {
			key.a, key.b = key.b, key.a
		}
		if byPair[key] == nil {
			order = append(order, key)
		}
		byPair[key] = append(byPair[key], f)
	}
	crosses := v.crossing()
	out := make([]Edge, 0, len(order))
	for _, key := range order {
		flows := byPair[key]
		main := flows[0]
		for _, f := range flows {
			if better(f, main, onPath) {
				main = f
			}
		}
		e := Edge{From: main.From, To: main.To, Label: string(main.Kind), Crosses: crosses(main.From, main.To)}
		for _, f := range flows {
			e.Flows = append(e.Flows, f.ID)
			e.Both = e.Both || f.From != main.From
			if s := onPath[f.ID]; s != "" && (e.Severity == "" || Rank(s) < Rank(e.Severity)) {
				e.Severity = s
			}
		}
		out = append(out, e)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].From != out[j].From {
			return out[i].From < out[j].From
		}
		return out[i].To < out[j].To
	})
	return out
}

// better says whether a flow names an edge better than another: one that a path uses, and then one that is no answer.
func better(f, than *model.Flow, onPath map[string]string) bool {
	if a, b := Rank(onPath[f.ID]), Rank(onPath[than.ID]); a != b {
		return a < b
	}
	return answers[than.Kind] && !answers[f.Kind]
}

// crossing answers whether some trust boundary holds exactly one of two elements.
func (v *View) crossing() func(a, b string) bool {
	inside := make([]map[string]bool, 0, len(v.Result.System.Boundaries))
	for i := range v.Result.System.Boundaries {
		members := map[string]bool{}
		for _, id := range v.Result.System.Boundaries[i].Members {
			members[id] = true
		}
		inside = append(inside, members)
	}
	return func(a, b string) bool {
		for _, members := range inside {
			if members[a] != members[b] {
				return true
			}
		}
		return false
	}
}

// nearName is the last part of a place: what a box has room for.
func nearName(place string) string { return place[strings.LastIndexByte(place, '/')+1:] }
