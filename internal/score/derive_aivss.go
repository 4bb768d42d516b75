package score

import (
	"fmt"
	"slices"

	"fermata/internal/model"
)

// agents lists the agents on a way, in the order in which it meets them. Where it meets none, those that use what it
// meets: their nature decides what a tampered tool or store can do.
func (d *Deriver) agents(w *way) []*model.Element {
	var out []*model.Element
	add := func(id string) {
		if e := d.elements[id]; e != nil && isAgent(e) && !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	for _, f := range w.steps() {
		for _, id := range f.Elements {
			add(id)
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, f := range w.steps() {
		for _, id := range f.Elements {
			for _, fl := range d.to[id] {
				if fl.Kind == model.ToolCall {
					add(fl.From)
				}
			}
			for _, fl := range d.from[id] {
				if fl.Kind == model.Hosts || fl.Kind == model.Completion {
					add(fl.To)
				}
			}
		}
	}
	return out
}

// Levels of a factor, in halves.
const (
	absent = 0
	partly = 1
	wholly = 2
)

// factor derives one factor: the worst of the agents on the way.
func (d *Deriver) factor(key string, agents []*model.Element) value {
	judge := map[string]func(*model.Element) value{
		"autonomy": d.autonomy, "tools": d.tools, "language": d.language, "context": d.context, "non-determinism": d.nonDeterminism,
		"opacity": d.opacity, "persistence": d.persistence, "memory": d.memory, "identity": d.identity, "multi-agent": d.multiAgent,
		"self-mod": d.selfModification, "planning": d.planning,
	}[key]
	if len(agents) == 0 {
		return known(absent, judgement, "no agent is on the way")
	}
	out := judge(agents[0])
	for _, a := range agents[1:] {
		out = worse(out, judge(a))
	}
	return out
}

func about(e *model.Element, at int, origin, reason string, evidence []model.Evidence) value {
	return value{low: at, high: at, origin: origin, on: e.ID, reason: reason, evidence: evidence}
}

// autonomy: a person starts each step; bounded; open-ended.
func (d *Deriver) autonomy(a *model.Element) value {
	own := d.ofElement(a, "autonomous", wholly, absent)
	loops, bounded := a.Fact("loops"), a.Fact("bounded")
	switch {
	case own.high == absent:
	case loops.Value == model.No:
		own.high, own.low = partly, min(own.low, partly)
		own.reason += ", and " + d.says(a.ID, "loops", loops)
	case bounded.Value == model.Yes:
		own.high, own.low = partly, min(own.low, partly)
		own.reason += ", and " + d.says(a.ID, "bounded", bounded)
	case loops.Value == model.Unknown, bounded.Value != model.No:
		own.low = min(own.low, partly)
		own.reason += ", and whether its rounds end by themselves is not known"
		if own.origin != unknown {
			own.origin, own.fact = unknown, "facts.loops"
			if loops.Value == model.Yes {
				own.fact = "facts.bounded"
			}
		}
	}
	for _, fl := range d.to[a.ID] {
		from := d.elements[fl.From]
		if (fl.Kind == model.Delegation || fl.Kind == model.Handoff) && from != nil && isAgent(from) {
			// No person starts its steps, whatever else is known.
			return worse(own, about(a, partly, string(fl.Origin), fmt.Sprintf("%s is given work by %s", a.Name, from.Name), fl.Evidence))
		}
	}
	return own
}

// mild effects read; the others act.
var mildEffects = []string{"fs-read", "db-read", "net-read"}

// tools: none; reads or closed arguments; acts with free arguments.
func (d *Deriver) tools(a *model.Element) value {
	out := about(a, absent, string(model.Observed), fmt.Sprintf("%s calls no tool that was found", a.Name), a.Evidence)
	out.origin = unseen
	if f := a.Fact(model.UnseenTools); f.Value == model.Yes {
		out = about(a, absent, unknown, fmt.Sprintf("%s has tools that could not be followed", a.Name), f.Evidence)
		out.high, out.fact = wholly, "facts."+model.UnseenTools
	}
	for _, fl := range d.from[a.ID] {
		tool := d.elements[fl.To]
		if fl.Kind != model.ToolCall || tool == nil {
			continue
		}
		v := about(tool, partly, string(fl.Origin), fmt.Sprintf("%s calls %s, which reads or does little", a.Name, tool.Name), fl.Evidence)
		for _, info := range model.Effects {
			if slices.Contains(mildEffects, info.Name) {
				continue
			}
			f := tool.Effect(info.Name)
			e := judged(tool.ID, "effects."+info.Name, f, wholly, partly, fmt.Sprintf("%s can %s through %s: %s", a.Name, info.Doc, tool.Name, f.Value))
			v = worse(v, e)
		}
		if v.high == wholly && tool.Kind == model.Tool {
			switch closed := d.ofElement(tool, "fixed-commands", partly, wholly); {
			case closed.high == partly:
				v = closed
			case closed.low == partly && v.low == wholly:
				v.low, v.origin, v.fact = partly, unknown, closed.fact
				v.reason += ", and " + closed.reason
			}
		}
		out = worse(out, v)
	}
	return out
}

// talk are the flows by which an agent is spoken to.
var talk = []model.FlowKind{model.PromptFlow, model.Message, model.Delegation, model.Handoff, model.Completion}

// language: none; closed input; free text.
func (d *Deriver) language(a *model.Element) value {
	out := about(a, partly, judgement, fmt.Sprintf("%s is a model with instructions", a.Name), a.Evidence)
	for _, fl := range d.to[a.ID] {
		from := d.elements[fl.From]
		if !slices.Contains(talk, fl.Kind) || from == nil || from.Kind == model.Prompt || from.Kind == model.Model {
			continue
		}
		f := fl.Fact("content")
		v := value{on: fl.ID, fact: "facts.content", origin: string(f.Origin), evidence: f.Evidence, reason: d.says(fl.ID, "content", f)}
		switch f.Value {
		case "free-text":
			v.low, v.high = wholly, wholly
		case "typed", "reference":
			v.low, v.high = partly, partly
		default:
			v.low, v.high, v.origin = partly, wholly, unknown
		}
		out = worse(out, v)
	}
	return out
}

// context: none; curated; open to what strangers write.
func (d *Deriver) context(a *model.Element) value {
	out := about(a, absent, unseen, fmt.Sprintf("%s reads nothing that was found", a.Name), a.Evidence)
	for _, fl := range d.to[a.ID] {
		from := d.elements[fl.From]
		if from == nil {
			continue
		}
		switch fl.Kind {
		case model.ToolResult:
			out = worse(out, d.ofElement(from, "untrusted-output", wholly, partly))
		case model.Retrieval, model.MemoryRead, model.DataRead:
			switch from.Kind {
			case model.External:
				out = worse(out, about(from, wholly, string(fl.Origin), fmt.Sprintf("%s reads from %s, outside", a.Name, from.Name), fl.Evidence))
			case model.Memory, model.Knowledge, model.Datastore:
				out = worse(out, d.ofElement(from, "untrusted-writers", wholly, partly))
			default:
				out = worse(out, about(from, partly, string(fl.Origin), fmt.Sprintf("%s reads from %s", a.Name, from.Name), fl.Evidence))
			}
		}
	}
	return out
}

// nonDeterminism: checked at both ends; at one; at none.
func (d *Deriver) nonDeterminism(a *model.Element) value {
	// Places count the ends that are not checked.
	in, out := value{origin: unseen, reason: fmt.Sprintf("nobody was found who speaks to %s", a.Name)}, value{}
	spoken, acts := false, false
	for _, fl := range d.to[a.ID] {
		from := d.elements[fl.From]
		if !slices.Contains(talk, fl.Kind) || from == nil || from.Kind == model.Prompt || from.Kind == model.Model {
			continue
		}
		f := fl.Fact("content")
		v := value{on: fl.ID, fact: "facts.content", origin: string(f.Origin), evidence: f.Evidence, reason: d.says(fl.ID, "content", f)}
		switch f.Value {
		case "free-text":
			v.low, v.high = 1, 1
		case "typed", "reference":
		default:
			v.high, v.origin = 1, unknown
		}
		if spoken {
			v = worse(in, v)
		}
		in, spoken = v, true
	}
	if !spoken {
		in.low, in.high = 1, 1
	}
	for _, fl := range d.from[a.ID] {
		tool := d.elements[fl.To]
		if fl.Kind != model.ToolCall || tool == nil {
			continue
		}
		v := d.ofElement(tool, "typed-input", 0, 1)
		if acts {
			v = worse(out, v)
		}
		out, acts = v, true
	}
	if !acts {
		out = value{low: 1, high: 1, origin: unseen, on: a.ID, reason: fmt.Sprintf("nothing was found that checks what %s says", a.Name)}
	}
	both := out
	if in.high > out.high {
		both = in
	}
	both.reason = in.reason + "; " + out.reason
	both.low, both.high = in.low+out.low, in.high+out.high
	if in.origin == unknown || out.origin == unknown {
		both.origin = unknown
		if out.origin != unknown {
			both.on, both.fact = in.on, in.fact
		} else {
			both.on, both.fact = out.on, out.fact
		}
	}
	return both
}

// opacity: recorded in full; in part; not at all. A monitor that nobody saw does not count.
func (d *Deriver) opacity(a *model.Element) value {
	out := about(a, wholly, unseen, fmt.Sprintf("nothing was found that records what %s does", a.Name), a.Evidence)
	watch := func(m *model.Element) {
		if m != nil && m.Kind == model.Monitor {
			out = harder(out, d.ofElement(m, "complete", absent, partly))
		}
	}
	for _, fl := range d.from[a.ID] {
		if fl.Kind == model.Telemetry {
			watch(d.elements[fl.To])
		}
	}
	for _, fl := range d.to[a.ID] {
		if fl.Kind == model.Monitors {
			watch(d.elements[fl.From])
		}
	}
	for _, c := range d.r.System.Controls {
		if c.On != a.ID || c.Control != "complete-audit-log" {
			continue
		}
		v := value{on: a.ID, fact: "control." + c.Control, origin: string(c.State), evidence: c.Evidence, reason: fmt.Sprintf("%s on %s is %s", c.Control, a.Name, c.State)}
		switch c.State {
		case model.Evidenced, model.Tested, model.Attested:
			out = harder(out, v)
		case model.DeclaredOnly:
			v.high = wholly
			out = harder(out, v)
		}
	}
	return out
}

// persistence: none; read only, or one session; written across sessions.
func (d *Deriver) persistence(a *model.Element) value {
	out := about(a, absent, unseen, fmt.Sprintf("%s has no memory that was found", a.Name), a.Evidence)
	for _, fl := range append(slices.Clone(d.to[a.ID]), d.from[a.ID]...) {
		switch fl.Kind {
		case model.MemoryRead:
			out = worse(out, about(a, partly, string(fl.Origin), fmt.Sprintf("%s reads %s", a.Name, d.name(fl.From)), fl.Evidence))
		case model.MemoryWrite:
			if store := d.elements[fl.To]; store != nil {
				out = worse(out, d.ofElement(store, "persistent", wholly, partly))
			}
		}
	}
	return out
}

// memory is the factor of 0.5: as persistence, and what is retrieved counts as read.
func (d *Deriver) memory(a *model.Element) value {
	out := d.persistence(a)
	for _, fl := range d.to[a.ID] {
		if fl.Kind == model.Retrieval {
			out = worse(out, about(a, partly, string(fl.Origin), fmt.Sprintf("%s retrieves from %s", a.Name, d.name(fl.From)), fl.Evidence))
		}
	}
	return out
}

// identity: fixed; delegated by who asks; chosen freely.
func (d *Deriver) identity(a *model.Element) value {
	out := about(a, absent, unseen, fmt.Sprintf("%s acts under one identity, as far as was found", a.Name), a.Evidence)
	for _, fl := range d.from[a.ID] {
		tool := d.elements[fl.To]
		if fl.Kind != model.ToolCall || tool == nil {
			continue
		}
		f := fl.Fact("principal")
		v := value{on: fl.ID, fact: "facts.principal", origin: string(f.Origin), evidence: f.Evidence, reason: d.says(fl.ID, "principal", f)}
		switch f.Value {
		case "caller":
			v.low, v.high = partly, partly
		case "own":
		default:
			v.high, v.origin = partly, unknown
		}
		out = worse(out, v)
		e := tool.Effect("identity-admin")
		out = worse(out, judged(tool.ID, "effects.identity-admin", e, wholly, absent, fmt.Sprintf("%s can change accounts and rights through %s: %s", a.Name, tool.Name, e.Value)))
	}
	return out
}

// multiAgent: alone; fixed partners; partners chosen at run time.
func (d *Deriver) multiAgent(a *model.Element) value {
	out := d.ofElement(a, "open-delegation", wholly, absent)
	for _, fl := range append(slices.Clone(d.from[a.ID]), d.to[a.ID]...) {
		other := d.elements[fl.To]
		if fl.To == a.ID {
			other = d.elements[fl.From]
		}
		if other == nil || other == a {
			continue
		}
		remote := other.Kind == model.External && other.Fact("role").Value == "remote-agent"
		switch fl.Kind {
		case model.Delegation, model.Handoff, model.Message, model.Completion, model.PromptFlow:
			if !isAgent(other) && !remote {
				continue
			}
			out = worse(out, about(a, partly, string(fl.Origin), fmt.Sprintf("%s works with %s", a.Name, other.Name), fl.Evidence))
			if other.Kind == model.External || other.Kind == model.Orchestrator {
				out = worse(out, d.ofElement(other, "open-registration", wholly, absent))
			}
		}
	}
	return out
}

// selfModification: none; memory or session; instructions, tools or code.
func (d *Deriver) selfModification(a *model.Element) value {
	out := d.ofElement(a, "self-modifying", wholly, absent)
	for _, fl := range d.from[a.ID] {
		to := d.elements[fl.To]
		if to == nil {
			continue
		}
		switch {
		case fl.Kind == model.MemoryWrite:
			out = worse(out, about(a, partly, string(fl.Origin), fmt.Sprintf("%s writes %s, which it reads again", a.Name, to.Name), fl.Evidence))
		case fl.Kind == model.DataWrite && to.Kind == model.Prompt:
			out = worse(out, about(a, wholly, string(fl.Origin), fmt.Sprintf("%s writes instructions: %s", a.Name, to.Name), fl.Evidence))
		}
	}
	return out
}

// planning is the factor of 0.5: a single step; one agent plans; several plan.
func (d *Deriver) planning(a *model.Element) value {
	out := d.ofElement(a, "loops", partly, absent)
	for _, fl := range d.from[a.ID] {
		if (fl.Kind == model.Delegation || fl.Kind == model.Handoff) && d.elements[fl.To] != nil && isAgent(d.elements[fl.To]) {
			out = worse(out, about(a, wholly, string(fl.Origin), fmt.Sprintf("%s gives work to %s", a.Name, d.name(fl.To)), fl.Evidence))
		}
	}
	return out
}
