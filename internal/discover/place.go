package discover

import (
	"maps"
	"path"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// What agents run in, what they are built from and which keys lie beside them stands in files that know nothing of
// agents: images, deployments, manifests. Most such files of most trees have nothing to do with an agent. So whoever
// reads one says where in the tree it matters, as a [Place]; what is said of the place counts only where some agent or
// tool server was found there.

// Place is a part of the tree that something outside the code is about.
type Place struct {
	Ref     Ref      // what is about that part, such as the container that is built from it
	Group   Ref      // may be zero; a group counts when one of its places does
	Like    Ref      // may be zero: the place of a pattern, whose folders and files count when there are none here
	Folders []string // "." for all of the tree
	Files   []string // go before folders

	// Flow is what goes from Ref to each thing that was found: Hosts or Supply; "" for none. The innermost place of a
	// kind has what is there.
	Flow       model.FlowKind
	Facts      map[string]string // of those flows
	Controls   []string          // seen on those flows
	Technology []string          // Supply: only what is made with one of these
	At         source.Span
}

// Place says where in the tree something matters. What is said of its Ref, and what is said while [Pass.Subject] is
// its Ref or Group, counts only where an agent, a tool or a tool server of the same part (main, tests, examples) is
// there.
func (p *Pass) Place(place Place) {
	p.fragment.places = append(p.fragment.places, &place)
}

// found is something that a place may be about.
type found struct {
	ref        Ref
	kind       model.Kind
	technology string
	runs       bool // it runs in a process of the owner's
	inCode     bool // some program makes it
	fetched    bool // its program is fetched by itself when it starts: no manifest of the tree delivers that
	scope      string
}

// places drops what is said of places where nothing is, and puts what was found into its innermost places.
func places(fragments []fragment) {
	var all []*situated
	index := map[string]*situated{}
	for i := range fragments {
		for _, p := range fragments[i].places {
			x := &situated{Place: p, fragment: &fragments[i], scope: source.Scope(fragments[i].path)}
			all = append(all, x)
			if index[p.Ref.key] == nil {
				index[p.Ref.key] = x
			}
		}
	}
	if len(all) == 0 {
		return
	}
	for _, x := range all {
		if like := index[x.Like.key]; like != nil && like != x && len(x.Folders)+len(x.Files) == 0 {
			x.folders, x.files = like.Folders, like.Files
		} else {
			x.folders, x.files = x.Folders, x.Files
		}
	}
	holds := map[string]bool{} // keys of places and groups
	depths := make([]int, len(all))
	for _, f := range inPlaces(fragments) {
		best := map[model.FlowKind]int{}
		for i, x := range all {
			depths[i] = x.depth(f)
			if depths[i] > best[x.Flow] {
				best[x.Flow] = depths[i]
			}
		}
		for i, x := range all {
			depth := depths[i]
			if depth == 0 {
				continue
			}
			if x.Flow != "" && depth < best[x.Flow] {
				continue
			}
			holds[x.Ref.key], holds[x.Group.key] = true, true
			x.fragment.near = append(x.fragment.near, f.ref.path)
			if x.Flow != "" {
				flow := x.flow(f)
				x.fragment.flows = append(x.fragment.flows, flow)
				for _, id := range x.Controls {
					x.fragment.controls = append(x.fragment.controls, control{id: id, on: flow.Ref(), state: model.Evidenced, at: []source.Span{x.At}, about: x.Ref.key})
				}
			}
		}
	}
	for _, x := range all { // what is deployed is what it is built from
		if like := index[x.Like.key]; like != nil && holds[x.Ref.key] {
			holds[like.Ref.key], holds[like.Group.key] = true, true
			like.fragment.near = append(like.fragment.near, x.fragment.near...)
		}
	}
	gone := map[string]bool{}
	for _, x := range all {
		for _, key := range []string{x.Ref.key, x.Group.key} {
			if key != "" && !holds[key] {
				gone[key] = true
			}
		}
	}
	for i := range fragments {
		fragments[i].drop(gone)
	}
}

// situated is a place with where it was said and what it covers.
type situated struct {
	*Place
	fragment       *fragment
	folders, files []string
	scope          string
	said           *Flow // what every flow of the place says
}

// depth says how closely a place is about something: 0 for not at all.
func (x *situated) depth(f found) int {
	if f.scope != x.scope {
		return 0
	}
	switch x.Flow {
	case model.Hosts:
		if !f.runs || !f.inCode {
			return 0
		}
	case model.Supply:
		fits := f.kind == model.Agent || f.kind == model.Orchestrator || f.kind == model.MCPServer
		if !fits || !f.runs || f.fetched || !contains(x.Technology, f.technology) {
			return 0
		}
	}
	depth := 0
	for _, file := range x.files {
		if file == f.ref.path {
			return 1 << 20
		}
	}
	for _, folder := range x.folders {
		switch folder = path.Clean(folder); {
		case folder == ".":
			depth = max(depth, 1)
		case folder == f.ref.path || strings.HasPrefix(f.ref.path, folder+"/"):
			depth = max(depth, 2+strings.Count(folder, "/"))
		}
	}
	return depth
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func (x *situated) flow(f found) *Flow {
	if x.said == nil {
		x.said = &Flow{pass: &Pass{}}
		x.said.Evidence(x.At)
		for _, name := range slices.Sorted(maps.Keys(x.Facts)) {
			x.said.Fact(name, x.Facts[name], x.At)
		}
	}
	flow := &Flow{kind: x.Flow, from: x.Ref, to: f.ref, pass: x.said.pass, about: x.Ref.key}
	flow.evidence = slices.Clone(x.said.evidence)
	flow.facts = slices.Clone(x.said.facts)
	return flow
}

// settlePlaces gives what is said of places the system of what is there, where that is one.
func settlePlaces(fragments []fragment, system map[string]string) {
	for i := range fragments {
		f := &fragments[i]
		if system == nil || len(f.near) == 0 || system[f.path] != "" {
			continue
		}
		name := system[f.near[0]]
		for _, file := range f.near {
			if system[file] != name {
				name = ""
				break
			}
		}
		if name != "" {
			system[f.path] = name
		}
	}
}

// drop forgets what is said of places that are gone.
func (f *fragment) drop(gone map[string]bool) {
	if len(gone) == 0 {
		return
	}
	f.elements = slices.DeleteFunc(f.elements, func(e *Element) bool { return gone[e.about] || gone[e.Ref.key] })
	f.flows = slices.DeleteFunc(f.flows, func(w *Flow) bool { return gone[w.about] || gone[w.from.key] || gone[w.to.key] })
	f.controls = slices.DeleteFunc(f.controls, func(c control) bool { return gone[c.about] || gone[c.on.key] })
	f.unresolved = slices.DeleteFunc(f.unresolved, func(g gap) bool { return gone[g.about] })
}

// inPlaces lists what places can be about: agents and what runs with them, defined in files of the tree. A client on
// somebody's desk and what only it calls run there, whatever else is in the tree.
func inPlaces(fragments []fragment) []found {
	desk := map[string]bool{}
	offered, provided := map[string]bool{}, map[string]bool{}
	patterns := map[string]bool{}  // where objects of a pattern are known, they run where they are made, not where it is written
	calls := map[string][]string{} // callee → callers
	for i := range fragments {
		for _, o := range fragments[i].offers {
			offered[o.ref.key] = true
		}
		for _, e := range fragments[i].elements {
			if e.model.Kind == model.MCPServer && e.Ref.more().template != "" {
				patterns[e.Ref.more().template] = true
			}
		}
		for _, f := range fragments[i].flows {
			switch {
			case f.kind == model.PromptFlow && f.from.key == OwnerOfMachine.key:
				desk[f.to.key] = true
			case f.kind == model.Provides:
				provided[f.to.key] = true
			case f.kind == model.ToolCall:
				calls[f.to.key] = append(calls[f.to.key], f.from.key)
			}
		}
	}
	onDesk := func(key string) bool {
		if desk[key] {
			return true
		}
		for _, caller := range calls[key] {
			if !desk[caller] {
				return false
			}
		}
		return len(calls[key]) > 0 && !offered[key]
	}
	index := map[string]int{}
	var list []found
	for i := range fragments {
		for _, e := range fragments[i].elements {
			if definedAt(e.Ref) == "" || e.remark() || patterns[e.Ref.key] || len(fragments[i].places) > 0 {
				continue
			}
			inCode := SourceCode(fragments[i].path) || SourceCode(e.Ref.path)
			if k, ok := index[e.Ref.key]; ok {
				if list[k].technology == "" {
					list[k].technology = e.model.Technology
				}
				list[k].inCode = list[k].inCode || inCode
				continue
			}
			f := found{inCode: inCode, scope: e.pass.scopeOf(e.Ref.path), ref: e.Ref, kind: e.model.Kind, technology: e.model.Technology}
			third := e.facts.yes("third-party")
			transport, _ := e.facts.get("transport")
			switch e.model.Kind {
			case model.Agent, model.Orchestrator:
				f.runs = !third
			case model.Tool, model.Plugin, model.Guardrail:
				_, elsewhere := e.facts.get("provider") // one of a model's provider runs with that provider
				f.runs = !provided[e.Ref.key] && !elsewhere
			case model.MCPServer:
				more := e.Ref.more()
				_, f.fetched = e.facts.get("program")
				f.runs = offered[e.Ref.key] || more.template != "" && offered[more.template] || transport.Value == "stdio"
			default:
				continue
			}
			if onDesk(e.Ref.key) || strings.HasPrefix(e.Ref.path, ".") || strings.Contains(e.Ref.path, "/.") {
				continue
			}
			index[e.Ref.key] = len(list)
			list = append(list, f)
		}
	}
	slices.SortFunc(list, func(a, b found) int { return strings.Compare(a.ref.key, b.ref.key) }) // each key is there once
	return list
}

// OwnerOfMachine names the person at whose desk a client runs.
var OwnerOfMachine = Named(model.Human, "owner of the machine")
