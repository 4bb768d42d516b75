// Package model says what a multi-agent system consists of: elements, the flows between them, trust boundaries,
// assets, attackers, and the controls that somebody saw or claimed.
//
// A [System] is what stage 1 makes and every later stage reads. It comes from three origins that are never mixed up:
// what discovery observed in files (with spans), what a person declared in fermata.yaml (with spans), and what was
// assumed so that the picture is whole ([Complete]). A fact is three-valued; unknown is not no.
//
// # Identity
//
// An element's id comes from where it is defined: the path and the symbol of code ("app/team.py:planner"), or the id
// that a written model gives it. A flow's id is its kind and its ends ("tool-call:planner->shell"). Neither holds a
// line number or a counter, so a new element never renames an old one.
//
// # Guarantees
//
// [System.Sort] orders everything by id; [Read] then [Write] gives an equal system; [Merge] does not depend on the
// order of its parts. The tables of kinds, flows, effects, facts and capabilities in this package are the only place
// where those words are defined: the schema, the docs and the rule language are made from them.
//
// # What it does not do
//
// It does not judge. Nothing here knows a threat or a score.
package model

import (
	"maps"
	"slices"
	"sort"
	"strings"
)

// Kind says what an element is; see [Kinds] for the table with layers.
type Kind string

// The element kinds.
const (
	Model            Kind = "model"
	Prompt           Kind = "prompt"
	Memory           Kind = "memory"
	Knowledge        Kind = "knowledge"
	Datastore        Kind = "datastore"
	Agent            Kind = "agent"
	Orchestrator     Kind = "orchestrator"
	Tool             Kind = "tool"
	Plugin           Kind = "plugin"
	MCPServer        Kind = "mcp-server"
	Runtime          Kind = "runtime"
	Service          Kind = "service"
	Credential       Kind = "credential"
	Monitor          Kind = "monitor"
	Reviewer         Kind = "reviewer"
	Guardrail        Kind = "guardrail"
	Policy           Kind = "policy"
	IdentityProvider Kind = "identity-provider"
	Human            Kind = "human"
	External         Kind = "external"
)

// Origin says how something came to be known.
type Origin string

// The origins, from the strongest to the weakest.
const (
	Observed Origin = "observed" // seen in source or configuration, with spans
	Declared Origin = "declared" // said by a person in a model file, with spans
	Assumed  Origin = "assumed"  // filled in so that the picture is whole; always marked, and asked where it matters
)

// The values of a three-valued fact.
const (
	Yes     = "yes"
	No      = "no"
	Unknown = "unknown"
)

// Evidence is a place in a file that shows something. Lines and columns count from 1, columns in code points; the end
// is exclusive. Excerpt has secrets redacted. Evidence without a File is a stated assumption: Excerpt is the reason.
type Evidence struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Col     int    `json:"col,omitempty"`
	EndLine int    `json:"end_line,omitempty"`
	EndCol  int    `json:"end_col,omitempty"`
	Excerpt string `json:"excerpt,omitempty"`
}

// Fact is one answer about an element or a flow: yes, no or unknown for most facts, a word for some ([Facts]).
type Fact struct {
	Value    string     `json:"value"`
	Origin   Origin     `json:"origin"`
	Reason   string     `json:"reason,omitempty"` // why, for what was assumed or inferred
	Evidence []Evidence `json:"evidence,omitempty"`
	Hunch    bool       `json:"hunch,omitempty"` // assumed, and may as well be wrong: what rests on it alone is medium at the most, and it is asked
}

// Element is a node of the data-flow diagram.
type Element struct {
	ID         string          `json:"id"`
	Kind       Kind            `json:"kind"`
	Name       string          `json:"name"`              // for people
	Aliases    []string        `json:"aliases,omitempty"` // short names that also find it, sorted
	Layer      string          `json:"layer"`             // of the layer scheme in use, L1 to L7 by default
	Scope      string          `json:"scope"`             // main, test, example or vendored: what part of the tree it is of
	System     string          `json:"system,omitempty"`  // which of several independent systems in one tree; empty for the only one
	Origin     Origin          `json:"origin"`
	Technology string          `json:"technology,omitempty"` // product or framework, lower case: "openai-agents", "postgres"
	Detail     string          `json:"detail,omitempty"`     // a line for people: a tool's description, a model's name
	Effects    map[string]Fact `json:"effects"`              // by [Effects]; an effect that is missing is unknown on tools, plugins and servers, else no
	Facts      map[string]Fact `json:"facts"`                // by [Facts]; a fact that is missing is unknown
	Evidence   []Evidence      `json:"evidence"`             // where it is defined first, then where it is used
}

// Flow is a directed exchange: content or power moves from From to To, as [FlowKinds] says for its kind.
type Flow struct {
	ID       string          `json:"id"` // kind:from->to
	Kind     FlowKind        `json:"kind"`
	From     string          `json:"from"`
	To       string          `json:"to"`
	Label    string          `json:"label,omitempty"` // a word for people, such as a handoff's name
	Facts    map[string]Fact `json:"facts"`
	Origin   Origin          `json:"origin"`
	Evidence []Evidence      `json:"evidence"`
}

// Boundary is a line where the level of trust changes; its members are inside it.
type Boundary struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Members  []string   `json:"members"` // element ids, sorted
	Origin   Origin     `json:"origin"`
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Asset says which capability in the wrong hands is a loss, and what it costs.
type Asset struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"` // what is lost, for people: "files on the host"
	Element    string     `json:"element"`
	Capability Capability `json:"capability"`      // the capability on Element that is the loss
	Scope      string     `json:"scope,omitempty"` // "own" when harm to the attacker's own session already is the loss; empty means all
	Loss       string     `json:"loss"`            // class of loss, of [Losses]
	Low        float64    `json:"low,omitempty"`   // what the loss costs at the least; 0 with High 0 means nobody said
	High       float64    `json:"high,omitempty"`  // and at the most, in Currency
	Currency   string     `json:"currency,omitempty"`
	Event      string     `json:"event,omitempty"` // what this is one name of: assets of one event that one attempt takes count once, at the dearest
	Origin     Origin     `json:"origin"`
	Reason     string     `json:"reason,omitempty"` // why it counts as an asset, when assumed
	Evidence   []Evidence `json:"evidence,omitempty"`
}

// Attacker is a source of harm with what it starts from.
type Attacker struct {
	ID       string     `json:"id"`               // one of [Attackers]
	Starts   []Start    `json:"starts,omitempty"` // sorted
	Origin   Origin     `json:"origin"`
	Reason   string     `json:"reason,omitempty"` // why, when a person said what it starts from
	Evidence []Evidence `json:"evidence,omitempty"`
}

// Start is a capability that an attacker has to begin with, and why.
type Start struct {
	Capability string `json:"capability"` // in the form of [Power.String]
	Reason     string `json:"reason"`
}

// Placement is a control on an element or flow, with how well its presence is known.
type Placement struct {
	Control  string     `json:"control"`      // id of a folder of controls/
	On       string     `json:"on"`           // element or flow id
	By       string     `json:"by,omitempty"` // the element that enforces it: a reviewer, guardrail, policy …; who defeats that defeats the control
	State    State      `json:"state"`
	Origin   Origin     `json:"origin"`
	Reason   string     `json:"reason,omitempty"`
	Shown    string     `json:"shown,omitempty"` // what shows a tested or attested state: a report, or who attests it
	Date     string     `json:"date,omitempty"`  // the day of that, YYYY-MM-DD
	Evidence []Evidence `json:"evidence,omitempty"`
}

// State says how far a control's presence is shown.
type State string

// The states of a control, from nothing known to shown by a test; refuted means that a test failed.
const (
	Unseen       State = "unseen"
	Absent       State = "absent"
	DeclaredOnly State = "declared"
	Evidenced    State = "evidenced"
	Tested       State = "tested"
	Attested     State = "attested"
	Refuted      State = "refuted"
)

// States lists the states of a control in order.
var States = []State{Unseen, Absent, DeclaredOnly, Evidenced, Tested, Attested, Refuted}

// System is one model of a system.
type System struct {
	Name       string      `json:"name"`
	Elements   []*Element  `json:"elements"`
	Flows      []*Flow     `json:"flows"`
	Boundaries []Boundary  `json:"boundaries"`
	Assets     []Asset     `json:"assets"`
	Attackers  []Attacker  `json:"attackers"`
	Controls   []Placement `json:"controls"`
	Risk       []RiskInput `json:"risk,omitempty"` // numbers that a person gave for risk, by Of and Name
}

// What a [RiskInput] is about.
const (
	AttemptsOf = "attempts" // of an attacker, a year
	SuccessOf  = "success"  // of an attempt at a rule's step, 0 to 1
	EfficacyOf = "efficacy" // of a control, 0 to 1
	TogetherOf = "together" // of a control: share of its failing that befalls every placement of it alike, 0 to 1
	LossOf     = "loss"     // of an asset or a class of loss, in Currency or units
)

// RiskInput is a number that a person gave in place of the program's own, with the reason. It is a range, rows of the
// evidence table to fit one to, or the word of another input to take its numbers.
type RiskInput struct {
	Of       string     `json:"of"`   // attempts, success, efficacy, together or loss
	Name     string     `json:"name"` // attacker, rule, control, asset id or class of loss
	Low      float64    `json:"low,omitempty"`
	Mode     float64    `json:"mode,omitempty"` // of success, efficacy and together
	High     float64    `json:"high,omitempty"`
	Currency string     `json:"currency,omitempty"` // of a loss; empty: ordinal units
	Repeats  int        `json:"repeats,omitempty"`  // of a loss; 0: once a year
	Rows     []string   `json:"rows,omitempty"`     // evidence rows, in place of a range
	Like     string     `json:"like,omitempty"`     // name of an input of the same sort, in place of a range
	Reason   string     `json:"reason"`
	Evidence []Evidence `json:"evidence,omitempty"`
}

// FlowID is the id of a flow of a kind between two elements.
func FlowID(kind FlowKind, from, to string) string { return string(kind) + ":" + from + "->" + to }

// Fact gives an element's fact, unknown when nobody said.
func (e *Element) Fact(name string) Fact { return factOf(e.Facts, name) }

// Effect gives an element's effect. What has effects at all (tools, plugins, MCP servers) is unknown until seen;
// other elements have none.
func (e *Element) Effect(name string) Fact {
	if f, ok := e.Effects[name]; ok {
		return f
	}
	if e.Kind == Tool || e.Kind == Plugin || e.Kind == MCPServer {
		return Fact{Value: Unknown, Origin: Assumed}
	}
	return Fact{Value: No, Origin: Assumed}
}

// Fact gives a flow's fact, unknown when nobody said.
func (f *Flow) Fact(name string) Fact { return factOf(f.Facts, name) }

func factOf(facts map[string]Fact, name string) Fact {
	if f, ok := facts[name]; ok {
		return f
	}
	return Fact{Value: Unknown, Origin: Assumed}
}

// Element finds an element by id; nil when there is none. The system must be sorted.
func (s *System) Element(id string) *Element {
	i := sort.Search(len(s.Elements), func(i int) bool { return s.Elements[i].ID >= id })
	if i < len(s.Elements) && s.Elements[i].ID == id {
		return s.Elements[i]
	}
	return nil
}

// Flow finds a flow by id; nil when there is none. The system must be sorted.
func (s *System) Flow(id string) *Flow {
	i := sort.Search(len(s.Flows), func(i int) bool { return s.Flows[i].ID >= id })
	if i < len(s.Flows) && s.Flows[i].ID == id {
		return s.Flows[i]
	}
	return nil
}

// Sort orders every list by id, which is the order of every output.
func (s *System) Sort() {
	sortOnce(s.Elements, func(a, b *Element) int { return strings.Compare(a.ID, b.ID) })
	sortOnce(s.Flows, func(a, b *Flow) int { return strings.Compare(a.ID, b.ID) })
	sort.SliceStable(s.Boundaries, func(i, j int) bool { return s.Boundaries[i].ID < s.Boundaries[j].ID })
	sort.SliceStable(s.Assets, func(i, j int) bool { return s.Assets[i].ID < s.Assets[j].ID })
	sort.SliceStable(s.Attackers, func(i, j int) bool { return s.Attackers[i].ID < s.Attackers[j].ID })
	sort.SliceStable(s.Controls, func(i, j int) bool {
		a, b := &s.Controls[i], &s.Controls[j]
		if a.Control != b.Control {
			return a.Control < b.Control
		}
		if a.On != b.On {
			return a.On < b.On
		}
		return a.By < b.By
	})
	sort.SliceStable(s.Risk, func(i, j int) bool {
		a, b := &s.Risk[i], &s.Risk[j]
		return a.Of < b.Of || a.Of == b.Of && a.Name < b.Name
	})
}

// sortOnce sorts what is not in order yet: a system is put in order after each step that may add to it.
func sortOnce[T any](list []T, compare func(a, b T) int) {
	if !slices.IsSortedFunc(list, compare) {
		slices.SortStableFunc(list, compare)
	}
}

// Clone gives a copy whose elements, flows and their facts may be changed without changing the original. Evidence is
// shared.
func (s *System) Clone() *System {
	c := *s
	c.Elements = make([]*Element, len(s.Elements))
	for i, e := range s.Elements {
		copied := *e
		copied.Effects, copied.Facts = maps.Clone(e.Effects), maps.Clone(e.Facts)
		c.Elements[i] = &copied
	}
	c.Flows = make([]*Flow, len(s.Flows))
	for i, f := range s.Flows {
		copied := *f
		copied.Facts = maps.Clone(f.Facts)
		c.Flows[i] = &copied
	}
	c.Boundaries = slices.Clone(s.Boundaries)
	c.Assets = slices.Clone(s.Assets)
	c.Attackers = slices.Clone(s.Attackers)
	c.Controls = slices.Clone(s.Controls)
	c.Risk = slices.Clone(s.Risk)
	return &c
}
