package cascade

import (
	"sort"

	"fermata/internal/model"
)

// Guard is something that stands on an element or flow and lets only a part of each try pass.
type Guard struct {
	On     string
	Passes float64 // 0 to 1
}

// Drawn is the net of a system.
type Drawn struct {
	Net    *Net
	IDs    []string       // of agents, in the order of the net
	Starts []int32        // agents that take in content from outside; empty when none is known to
	Kinds  map[string]int // links by kind
	Used   map[string]int // links on which a factor or a guard counts: ids of Factors, and "guard"
	// Unknown counts pairs of agents that share a tool of which nobody knows whether it keeps what it is given. They are
	// not linked by it.
	Unknown int
	NoModel int // agents of which no model is known; they count as running on one
}

// FromSystem draws the agents of a system that count, and the ways by which the words of one become the input of another:
// messages, delegation and handoffs; stores that one writes and another reads; tools and servers that keep what they are
// given. A person or a model in between ends a way: a model keeps nothing, and what people pass on is not for agents to
// decide.
func FromSystem(s *model.System, counts func(*model.Element) bool, guards []Guard) *Drawn {
	d := &drawing{Drawn: Drawn{Net: &Net{}, Kinds: map[string]int{}, Used: map[string]int{}}, at: map[string]int32{}, elements: map[string]*model.Element{}, out: map[string][]*model.Flow{}, passes: map[string]float64{}}
	for _, e := range s.Elements {
		d.elements[e.ID] = e
		if isAgent(e) && counts(e) {
			d.at[e.ID] = int32(len(d.IDs))
			d.IDs = append(d.IDs, e.ID)
			d.Net.Names = append(d.Net.Names, e.Name)
		}
	}
	for _, g := range guards {
		if _, ok := d.passes[g.On]; !ok {
			d.passes[g.On] = 1
		}
		d.passes[g.On] *= g.Passes
	}
	for _, f := range s.Flows {
		if content[f.Kind] {
			d.out[f.From] = append(d.out[f.From], f)
		}
	}
	n := d.Net
	n.Agents = len(d.IDs)
	n.Open = make([]float64, n.Agents)
	for v, id := range d.IDs {
		n.Open[v] = d.through(id)
	}
	d.models(s)
	d.starts(s)
	for v := range d.IDs {
		d.reach(int32(v))
	}
	n.Order()
	return &d.Drawn
}

type drawing struct {
	Drawn
	at       map[string]int32
	elements map[string]*model.Element
	out      map[string][]*model.Flow // content flows by their beginning
	passes   map[string]float64       // by place
}

// content are the flows along which text moves.
var content = func() map[model.FlowKind]bool {
	set := map[model.FlowKind]bool{}
	for _, k := range model.FlowKinds {
		set[k.Kind] = k.Content && k.Kind != model.Telemetry && k.Kind != model.Approval
	}
	return set
}()

// isAgent says what can be contaminated and pass it on: what acts on words.
func isAgent(e *model.Element) bool {
	return e.Kind == model.Agent || e.Kind == model.Orchestrator || e.Kind == model.External && e.Fact("role").Value == "remote-agent"
}

func (d *drawing) through(place string) float64 {
	if x, ok := d.passes[place]; ok {
		return x
	}
	return 1
}

// models numbers what the agents run on.
func (d *drawing) models(s *model.System) {
	runs := make([]string, d.Net.Agents)
	for _, f := range s.Flows {
		v, ok := d.at[f.From]
		if m := d.elements[f.To]; ok && f.Kind == model.PromptFlow && m != nil && m.Kind == model.Model && (runs[v] == "" || f.To < runs[v]) {
			runs[v] = f.To
		}
	}
	number := map[string]int32{}
	d.Net.Model = make([]int32, d.Net.Agents)
	for v, id := range runs {
		if id == "" {
			d.NoModel++
		}
		m, ok := number[id]
		if !ok && len(number) < maxModels {
			m = int32(len(number))
			number[id] = m
		}
		d.Net.Model[v] = m
	}
	d.Net.Models = max(len(number), 1)
}

// starts finds the agents that take in what others wrote: those that people or other systems talk to, and those that read
// pages, mails or stores that strangers fill.
func (d *drawing) starts(s *model.System) {
	from := map[int32]bool{}
	for _, f := range s.Flows {
		v, ok := d.at[f.To]
		e := d.elements[f.From]
		if !ok || !content[f.Kind] || e == nil || isAgent(e) || f.Origin == model.Assumed {
			continue
		}
		strangers := e.Kind == model.External || e.Kind == model.Human ||
			e.Fact("untrusted-output").Value == model.Yes || e.Fact("untrusted-writers").Value == model.Yes || e.Effect("net-read").Value == model.Yes
		if strangers || f.Fact("untrusted").Value == model.Yes {
			from[v] = true
		}
	}
	for v, id := range d.IDs {
		e := d.elements[id]
		if from[int32(v)] || e.Fact("entry").Value == model.Yes || e.Fact("exposed").Value == model.Yes || e.Kind == model.External {
			d.Starts = append(d.Starts, int32(v))
		}
	}
}

// way is a place that an agent's words have got to. kept says that they lie there, so that whoever reads the place later
// gets them.
type way struct {
	id   string
	kept bool
}

// reach adds the links of one agent: breadth first through what is no agent, so that the shortest way of each kind counts.
func (d *drawing) reach(u int32) {
	type step struct {
		way
		open float64
		kind string
	}
	found := map[int32]map[string]float64{}
	unknown := map[int32]bool{}
	seen := map[way]bool{}
	queue := []step{{way{d.IDs[u], false}, 1, ""}}
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		for _, f := range d.out[at.id] {
			to := d.elements[f.To]
			if to == nil || f.To == d.IDs[u] {
				continue
			}
			open := float64(at.open * d.flow(f))
			if v, ok := d.at[f.To]; ok {
				kind := at.kind
				switch {
				case i == 0:
					kind = direct(f.Kind)
				case !at.kept:
					if d.unknownTool(at.id) {
						unknown[v] = true
					}
					continue // what keeps nothing answers its caller only
				default:
					open *= factor(kind)
				}
				if found[v] == nil {
					found[v] = map[string]float64{}
				}
				found[v][kind] = max(found[v][kind], open)
				continue
			}
			next := step{way{f.To, at.kept}, float64(open * d.through(f.To)), at.kind}
			switch to.Kind {
			case model.Memory, model.Knowledge, model.Datastore, model.Prompt:
				next.kept, next.kind = true, ByMemory
			case model.Tool, model.Plugin, model.MCPServer, model.Service:
				if !next.kept && keeps(to) {
					next.kept, next.kind = true, ByTool
				}
			default:
				continue
			}
			if !seen[next.way] {
				seen[next.way] = true
				queue = append(queue, next)
			}
		}
	}
	d.add(u, found)
	for v := range unknown {
		if found[v] == nil {
			d.Unknown++
		}
	}
}

// add makes links of what was found, in the order of agents and kinds.
func (d *drawing) add(u int32, found map[int32]map[string]float64) {
	for v, kinds := range found {
		names := make([]string, 0, len(kinds))
		for k := range kinds {
			names = append(names, k)
		}
		sort.Strings(names)
		for _, k := range names {
			d.Net.Links = append(d.Net.Links, Link{From: u, To: v, Open: kinds[k]})
			d.Kinds[k]++
		}
	}
}

// flow is what passes along a flow.
func (d *drawing) flow(f *model.Flow) float64 {
	open := d.through(f.ID)
	if open < 1 {
		d.Used["guard"]++
	}
	kind := f.Fact("content").Value
	if kind == "typed" || kind == "reference" {
		d.Used[kind]++
		open *= factor(kind)
	}
	return open
}

// direct is the kind of a link along one flow.
func direct(k model.FlowKind) string {
	switch k {
	case model.Delegation:
		return ByDelegation
	case model.Handoff:
		return ByHandoff
	}
	return ByMessage
}

// lasting are the effects by which a tool leaves something that its next caller may read.
var lasting = []string{"fs-write", "db-write", "code-change"}

// keeps says whether what one caller gives a tool or server can reach the next one.
func keeps(e *model.Element) bool {
	for _, effect := range lasting {
		if e.Effect(effect).Value == model.Yes {
			return true
		}
	}
	return e.Kind == model.Service && e.Fact("shared").Value == model.Yes
}

// unknownTool says that it is open whether a tool keeps anything.
func (d *drawing) unknownTool(id string) bool {
	e := d.elements[id]
	for _, effect := range lasting {
		if e.Effect(effect).Value == model.Unknown {
			return true
		}
	}
	return false
}
