package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// What a change belongs to: by the kind of the element or flow, and for single facts by the fact.
var (
	topicOfKind = map[model.Kind]string{
		model.Tool: "tools", model.Plugin: "tools", model.MCPServer: "tools",
		model.Agent: "orchestration", model.Orchestrator: "orchestration",
		model.Model: "models", model.Prompt: "models",
		model.Memory: "consequence", model.Knowledge: "consequence", model.Datastore: "consequence",
		model.Credential: "authority",
		model.Monitor:    "controls", model.Guardrail: "controls", model.Policy: "controls", model.Reviewer: "controls",
		model.IdentityProvider: "identity", model.Human: "identity",
		model.Runtime: "exposure", model.Service: "exposure", model.External: "exposure",
	}
	topicOfFlow = map[model.FlowKind]string{
		model.ToolCall: "tools", model.ToolResult: "tools", model.Provides: "tools",
		model.Delegation: "orchestration", model.Handoff: "orchestration", model.Message: "orchestration",
		model.CredentialUse: "authority", model.Authorises: "authority", model.Act: "authority",
		model.Approval: "controls", model.Enforces: "controls", model.Monitors: "controls", model.Telemetry: "controls",
		model.Supply: "suppliers", model.Hosts: "exposure", model.Network: "exposure",
		model.PromptFlow: "models", model.Completion: "models",
	} // the others move data: consequence
	topicOfField = map[string]string{
		"broad-permissions": "authority", "privileged": "authority", "signing-key": "authority", "long-lived": "authority",
		"plain-text": "authority", "principal": "authority", "fixed-commands": "authority", "self-modifying": "authority",
		"pinned": "suppliers", "verified-weights": "suppliers", "third-party": "suppliers", "remote-description": "suppliers",
		"auto-update": "suppliers", "signed": "suppliers",
		"authenticated": "identity", "tenant-isolated": "identity", "shared": "identity", "tenant": "identity",
		"loops": "orchestration", "open-delegation": "orchestration", "autonomous": "orchestration", "shared-state": "orchestration",
		"unbounded-context": "orchestration", "decides-by-vote": "orchestration", "replicated": "orchestration",
		"sensitive": "consequence", "personal-data": "consequence", "regulated": "consequence", "persistent": "consequence",
		"consequential": "consequence", "irreversible": "consequence", "holds-secrets": "consequence",
		"exposed": "exposure", "entry": "exposure", "untrusted": "exposure", "untrusted-text": "exposure", "untrusted-output": "exposure",
		"untrusted-writers": "exposure", "open-registration": "exposure", "transport": "exposure", "remote": "exposure", "encrypted": "exposure",
	}
)

// verbs say a flow as a sentence, from its start and from its end.
var verbs = map[model.FlowKind][2]string{
	model.PromptFlow: {"instructs", "instructed by"}, model.Completion: {"answers", "asks"},
	model.ToolCall: {"calls", "called by"}, model.ToolResult: {"returns to", "gets results from"},
	model.Delegation: {"delegates to", "gets work from"}, model.Handoff: {"hands over to", "takes over from"},
	model.Message: {"sends to", "hears from"}, model.Retrieval: {"is searched by", "searches"},
	model.MemoryRead: {"is recalled by", "recalls"}, model.MemoryWrite: {"writes to", "written by"},
	model.Index: {"is indexed into", "indexes"}, model.DataRead: {"is read by", "reads"}, model.DataWrite: {"writes to", "written by"},
	model.Telemetry: {"reports to", "records"}, model.Approval: {"needs the approval of", "approves"},
	model.CredentialUse: {"uses", "used by"}, model.Authorises: {"opens", "opened by"},
	model.Enforces: {"gates", "gated by"}, model.Monitors: {"watches", "watched by"},
	model.Provides: {"offers", "offered by"}, model.Hosts: {"runs", "runs in"}, model.Supply: {"supplies", "supplied by"},
	model.Network: {"can connect to", "can be reached from"}, model.Act: {"acts on", "acted on by"},
}

// systemSide is one of the two systems, as the changes of its parts are told.
type systemSide struct {
	s        *model.System
	names    map[string]int // how many elements go by a name
	gone     map[string]bool
	folded   map[string][]*model.Flow // flows that came or went with an element, by its id
	guards   map[string][]string      // controls that stand on it or on one of those flows
	controls map[string]*model.Placement
}

func newSystemSide(s *model.System, changes model.Changes, how model.How) *systemSide {
	side := &systemSide{s: s, names: map[string]int{}, gone: map[string]bool{}, folded: map[string][]*model.Flow{}, guards: map[string][]string{}, controls: map[string]*model.Placement{}}
	for _, e := range s.Elements {
		side.names[e.Name]++
	}
	for _, c := range changes.Elements {
		if c.How == how {
			side.gone[c.ID] = true
		}
	}
	for i := range s.Controls {
		c := &s.Controls[i]
		id := c.Control + "@" + c.On
		if c.By != "" {
			id += "/" + c.By
		}
		side.controls[id] = c
	}
	return side
}

// name is an element for people, with its file where another goes by its name.
func (s *systemSide) name(id string) string {
	e := s.s.Element(id)
	if e == nil {
		if f := s.s.Flow(id); f != nil {
			return fmt.Sprintf("the %s from %s to %s", f.Kind, s.name(f.From), s.name(f.To))
		}
		return id
	}
	if s.names[e.Name] > 1 {
		for _, at := range e.Evidence {
			if at.File != "" {
				return e.Name + " (" + at.File + ")"
			}
		}
	}
	return e.Name
}

// sentence says a flow.
func (s *systemSide) sentence(f *model.Flow) string {
	v, ok := verbs[f.Kind]
	if !ok {
		return fmt.Sprintf("%s from %s to %s", f.Kind, s.name(f.From), s.name(f.To))
	}
	return s.name(f.From) + " " + v[0] + " " + s.name(f.To)
}

// around says what a new or gone element has to do with others: "called by planner; uses API_KEY".
func (s *systemSide) around(id string) string {
	by := map[string][]string{}
	var order []string
	calls := map[string]bool{}
	for _, f := range s.folded[id] {
		if f.Kind == model.ToolCall || f.Kind == model.Completion {
			calls[f.From+"\x00"+f.To] = true
		}
	}
	for _, f := range s.folded[id] {
		if f.Origin == model.Assumed || (f.Kind == model.ToolResult || f.Kind == model.PromptFlow) && calls[f.To+"\x00"+f.From] {
			continue // said by its counterpart
		}
		verb, other := verbs[f.Kind][0], f.To
		if f.To == id {
			verb, other = verbs[f.Kind][1], f.From
		}
		if by[verb] == nil {
			order = append(order, verb)
		}
		if name := s.name(other); !slices.Contains(by[verb], name) {
			by[verb] = append(by[verb], name)
		}
	}
	var parts []string
	for _, verb := range order {
		names := by[verb]
		if len(names) > 4 {
			names = append(names[:3:3], fmt.Sprintf("%d more", len(names)-3))
		}
		parts = append(parts, verb+" "+strings.Join(names, ", "))
	}
	if guards := s.guards[id]; len(guards) > 0 {
		slices.Sort(guards)
		parts = append(parts, "with "+strings.Join(slices.Compact(guards), ", "))
	}
	return strings.Join(parts, "; ")
}

// collect turns the differences of the model into changes under topics.
func (x *differ) collect(changes model.Changes) {
	was := newSystemSide(&x.old.System, changes, model.Removed)
	is := newSystemSide(&x.now.System, changes, model.Added)
	sideFor := func(how model.How) *systemSide {
		if how == model.Removed {
			return was
		}
		return is
	}
	var flows []model.Change
	for _, c := range changes.Flows {
		side := sideFor(c.How)
		f := side.s.Flow(c.ID)
		if f == nil || c.How == model.Changed {
			flows = append(flows, c)
			continue
		}
		with := false
		for _, end := range []string{f.From, f.To} {
			if side.gone[end] {
				side.folded[end] = append(side.folded[end], f)
				with = true
			}
		}
		if !with {
			flows = append(flows, c)
		}
	}
	for _, side := range []*systemSide{was, is} {
		for _, p := range side.s.Controls {
			if p.State == model.Absent || p.State == model.Unseen || p.State == model.Refuted {
				continue
			}
			ends := []string{p.On}
			if f := side.s.Flow(p.On); f != nil {
				ends = []string{f.From, f.To}
			}
			for _, id := range ends {
				if side.gone[id] {
					side.guards[id] = append(side.guards[id], p.Control)
				}
			}
		}
	}
	for _, c := range changes.Elements {
		x.element(c, was, is)
	}
	for _, c := range flows {
		x.flow(c, was, is)
	}
	for _, c := range changes.Controls {
		x.control(c, sideFor(c.How))
	}
	for _, c := range changes.Assets {
		x.asset(c, sideFor(c.How))
	}
	for _, c := range changes.Attackers {
		x.attacker(c, was, is)
	}
	for _, c := range changes.Boundaries {
		x.boundary(c, was, is)
	}
	x.d.Unchanged.Elements = len(x.now.System.Elements) - count(changes.Elements, model.Removed)
	x.d.Unchanged.Flows = len(x.now.System.Flows) - count(changes.Flows, model.Removed)
	x.d.Unchanged.Controls = len(x.now.System.Controls) - count(changes.Controls, model.Removed)
}

// count counts changes of what the newer system has.
func count(changes []model.Change, other model.How) int {
	n := 0
	for _, c := range changes {
		if c.How != other && (c.How == model.Added || len(c.Fields) > 0) {
			n++
		}
	}
	return n
}

// add puts a change under a topic, to be found by the ids that it touches.
func (x *differ) add(topic string, c *result.DiffChange, touches ...string) {
	if c.Scope == "" {
		c.Scope = "main"
	}
	if len(c.Evidence) > 3 {
		c.Evidence = c.Evidence[:3]
	}
	c.Evidence = nonNil(c.Evidence)
	x.topics[topic] = append(x.topics[topic], c)
	for _, id := range touches {
		if id == "" {
			continue
		}
		x.touching[id] = append(x.touching[id], c)
		if was := x.back[id]; was != "" && was != id && c.How == model.Changed {
			x.touching[was] = append(x.touching[was], c)
		}
	}
}

func (x *differ) element(c model.Change, was, is *systemSide) {
	side := is
	if c.How == model.Removed {
		side = was
	}
	e := side.s.Element(c.ID)
	if e == nil {
		return
	}
	if c.How != model.Changed {
		text := fmt.Sprintf("%s %s", e.Kind, side.name(c.ID))
		var parts []string
		for _, effect := range model.Effects {
			if e.Effects[effect.Name].Value == model.Yes {
				parts = append(parts, effect.Doc)
			}
		}
		if len(parts) > 0 {
			parts = []string{"can " + strings.Join(parts, ", ")}
		}
		if around := side.around(c.ID); around != "" {
			parts = append(parts, around)
		}
		if len(parts) > 0 {
			text += ": " + strings.Join(parts, "; ")
		}
		change := &result.DiffChange{
			How: c.How, Part: "element", ID: c.ID, Kind: string(e.Kind), Text: text, Fields: c.Fields,
			Follows: e.Origin == model.Assumed, Scope: e.Scope, Evidence: e.Evidence,
		}
		touches := []string{c.ID}
		for _, f := range side.folded[c.ID] {
			change.With = append(change.With, f.ID)
			touches = append(touches, f.ID)
		}
		slices.Sort(change.With)
		x.add(elementTopic(e), change, touches...)
		return
	}
	old := was.s.Element(cmp.Or(c.Was, c.ID))
	for _, part := range x.split(c, elementTopic(e), old, e) {
		text := fieldsText(fmt.Sprintf("%s %s", e.Kind, is.name(c.ID)), part.fields)
		x.add(part.topic, &result.DiffChange{
			How: c.How, Part: "element", ID: c.ID, Was: c.Was, Kind: string(e.Kind), Text: text, Fields: part.fields,
			Follows: part.assumed || e.Origin == model.Assumed, Scope: e.Scope, Evidence: e.Evidence,
		}, c.ID)
	}
}

func elementTopic(e *model.Element) string {
	if role := e.Facts["role"].Value; e.Kind == model.External && (role == "package" || role == "registry" || role == "marketplace") {
		return "suppliers"
	}
	return cmp.Or(topicOfKind[e.Kind], "exposure")
}

// shownText is how much of a long text a change shows, in characters.
const shownText = 60

func flowTopic(s *model.System, f *model.Flow) string {
	if f.Kind == model.PromptFlow || f.Kind == model.Completion {
		for _, end := range []string{f.From, f.To} {
			if e := s.Element(end); e != nil && (e.Kind == model.Human || e.Kind == model.External) {
				return "exposure" // a way in, or who is answered
			}
		}
	}
	return cmp.Or(topicOfFlow[f.Kind], "consequence")
}

func (x *differ) flow(c model.Change, was, is *systemSide) {
	side := is
	if c.How == model.Removed {
		side = was
	}
	f := side.s.Flow(c.ID)
	if f == nil {
		return
	}
	scope := scopeOf(side.s, []string{f.From, f.To})
	if c.How != model.Changed {
		answered := f.Kind == model.ToolResult && side.s.Flow(model.FlowID(model.ToolCall, f.To, f.From)) != nil ||
			f.Kind == model.PromptFlow && side.s.Flow(model.FlowID(model.Completion, f.To, f.From)) != nil
		x.add(flowTopic(side.s, f), &result.DiffChange{
			How: c.How, Part: "flow", ID: c.ID, Kind: string(f.Kind), Text: side.sentence(f), Fields: c.Fields,
			Follows: f.Origin == model.Assumed || answered, Scope: scope, Evidence: f.Evidence,
		}, c.ID)
		return
	}
	old := was.s.Flow(cmp.Or(c.Was, c.ID))
	byTopic := map[string]*fieldsOf{}
	for _, field := range c.Fields {
		part := fieldsOf{topic: flowTopic(side.s, f)}
		if name, ok := strings.CutPrefix(field.Field, "facts."); ok {
			part.topic = cmp.Or(topicOfField[name], part.topic)
			part.assumed = assumedOn(old.Facts, f.Facts, name)
		}
		put(byTopic, part, field)
	}
	for _, part := range parted(byTopic) {
		x.add(part.topic, &result.DiffChange{
			How: c.How, Part: "flow", ID: c.ID, Was: c.Was, Kind: string(f.Kind), Text: fieldsText(side.sentence(f), part.fields), Fields: part.fields,
			Follows: part.assumed || f.Origin == model.Assumed, Scope: scope, Evidence: f.Evidence,
		}, c.ID)
	}
}

func (x *differ) control(c model.Change, side *systemSide) {
	p := side.controls[c.ID]
	if p == nil {
		return
	}
	text := fmt.Sprintf("%s on %s", p.Control, side.name(p.On))
	if p.By != "" {
		text += " by " + side.name(p.By)
	}
	ends := []string{p.On}
	if f := side.s.Flow(p.On); f != nil {
		ends = []string{f.From, f.To}
	}
	if len(c.Fields) == 1 && c.How == model.Changed {
		text += ": " + weaker(c.Fields[0].Old, c.Fields[0].New)
	} else {
		text += " (" + string(p.State) + ")"
	}
	with := slices.ContainsFunc(ends, func(id string) bool { return side.gone[id] }) // it came or went with its place
	x.add("controls", &result.DiffChange{
		How: c.How, Part: "control", ID: c.ID, Kind: p.Control, Text: text, Fields: c.Fields,
		Follows: with, Scope: scopeOf(side.s, ends), Evidence: p.Evidence,
	}, p.On, p.By)
}

// weaker says which way the state of a control went.
func weaker(old, now string) string {
	rank := func(s string) int {
		if s == string(model.Refuted) {
			return -1
		}
		return slices.Index(model.States, model.State(s))
	}
	way := "stronger"
	if rank(now) < rank(old) {
		way = "weaker"
	}
	return fmt.Sprintf("%s: %s → %s", way, old, now)
}

func (x *differ) asset(c model.Change, side *systemSide) {
	i := slices.IndexFunc(side.s.Assets, func(a model.Asset) bool { return a.ID == c.ID })
	if i < 0 {
		return
	}
	a := &side.s.Assets[i]
	text := a.Name
	if at := side.name(a.Element); !strings.Contains(text, at) {
		text += " at " + at
	}
	text = fmt.Sprintf("loss of %s: %s", a.Loss, text)
	if c.How == model.Changed {
		fields := slices.DeleteFunc(slices.Clone(c.Fields), func(f model.FieldChange) bool { return f.Field == "name" && a.Origin == model.Assumed })
		if len(fields) == 0 {
			return
		}
		c.Fields, text = fields, fieldsText(text, fields)
	}
	x.add("consequence", &result.DiffChange{
		How: c.How, Part: "asset", ID: c.ID, Kind: a.Loss, Text: text, Fields: c.Fields,
		Follows: a.Origin == model.Assumed && !side.gone[a.Element] && c.How == model.Changed, Scope: scopeOf(side.s, []string{a.Element}), Evidence: a.Evidence,
	})
}

// attacker tells what a source of harm starts with. Starts on what came or went are told there.
func (x *differ) attacker(c model.Change, was, is *systemSide) {
	var gained, lost []string
	for _, f := range c.Fields {
		had, has := strings.Fields(f.Old), strings.Fields(f.New)
		for _, power := range has {
			if p, err := model.ParsePower(power); err == nil && !slices.Contains(had, power) && !is.gone[p.On] {
				gained = append(gained, fmt.Sprintf("%s over %s", p.Capability, is.name(p.On)))
			}
		}
		for _, power := range had {
			if p, err := model.ParsePower(power); err == nil && !slices.Contains(has, power) && !was.gone[p.On] {
				lost = append(lost, fmt.Sprintf("%s over %s", p.Capability, is.name(p.On)))
			}
		}
	}
	text := c.ID
	if len(gained) > 0 {
		text += " starts with " + strings.Join(gained, ", ")
	}
	if len(lost) > 0 {
		text += " no longer starts with " + strings.Join(lost, ", ")
	}
	x.add("exposure", &result.DiffChange{
		How: c.How, Part: "attacker", ID: c.ID, Text: text, Fields: c.Fields, Follows: len(gained)+len(lost) == 0,
	}, "attacker "+c.ID)
}

// boundary tells what stands on another side of a line. What came or went is told there.
func (x *differ) boundary(c model.Change, was, is *systemSide) {
	side := is
	if c.How == model.Removed {
		side = was
	}
	i := slices.IndexFunc(side.s.Boundaries, func(b model.Boundary) bool { return b.ID == c.ID })
	if i < 0 {
		return
	}
	b := &side.s.Boundaries[i]
	text, assumed := "trust boundary "+b.Name, b.Origin == model.Assumed
	if c.How == model.Changed {
		var in, out []string
		for _, f := range c.Fields {
			if f.Field != "members" {
				continue
			}
			had, has := strings.Fields(f.Old), strings.Fields(f.New)
			for _, id := range has {
				if !slices.Contains(had, id) && !is.gone[id] {
					in = append(in, is.name(id))
				}
			}
			for _, id := range had {
				if !slices.Contains(has, id) && !was.gone[id] {
					out = append(out, is.name(id))
				}
			}
		}
		if len(in) > 0 {
			text += " now holds " + strings.Join(in, ", ")
		}
		if len(out) > 0 {
			text += " no longer holds " + strings.Join(out, ", ")
		}
		assumed = len(in)+len(out) == 0
	}
	x.add("exposure", &result.DiffChange{
		How: c.How, Part: "boundary", ID: c.ID, Text: text, Fields: c.Fields, Follows: assumed, Evidence: b.Evidence,
	})
}
