package result

import "fermata/internal/model"

// DiffSchema names this version of the document that compares two systems.
const DiffSchema = "fermata/diff/v1"

// Diff is what changed from an older system to a newer one, and what that does to its threats. Both were analysed with
// the same rules. Every list is sorted: worst first where a severity is known, then by how and id. The comparison the
// other way round has the same lists with added for removed and live for died; only Arose has a direction.
type Diff struct {
	Schema      string            `json:"schema"` // always [DiffSchema]
	Tool        Tool              `json:"tool"`   // Failed counts what failed on either side: above 0 the answer is incomplete
	AsOf        string            `json:"as_of,omitempty"`
	Trust       string            `json:"trust"` // weakest state of a control that counts
	Old         DiffSide          `json:"old"`
	New         DiffSide          `json:"new"`
	Parts       []string          `json:"parts"`      // parts of the tree in which either side has anything, in the order of [ScopeNames]
	Renames     []Rename          `json:"renames"`    // what is the same thing under another id
	Ambiguous   []model.Ambiguous `json:"ambiguous"`  // what may be a new name, and for which of several is not clear; listed as gone and new
	Topics      []DiffTopic       `json:"topics"`     // those with changes, in the order of [DiffTopics]
	Live        []ThreatChange    `json:"live"`       // threats that are live now and were not
	Died        []ThreatChange    `json:"died"`       // threats that were live and are not
	Shifted     []ThreatChange    `json:"shifted"`    // live before and now, with another severity
	Conditions  []ThreatChange    `json:"conditions"` // conditions that came (from is empty) or went (to is empty)
	Arose       []ThreatChange    `json:"arose"`      // what the rules about change say of it
	Unchanged   Unchanged         `json:"unchanged"`
	Diagnostics []Diagnostic      `json:"diagnostics"` // errors of either side
}

// Empty tells whether nothing changed.
func (d *Diff) Empty() bool {
	return len(d.Renames)+len(d.Ambiguous)+len(d.Topics)+len(d.Live)+len(d.Died)+len(d.Shifted)+len(d.Conditions)+len(d.Arose) == 0
}

// DiffSide is one of the two systems.
type DiffSide struct {
	Name     string         `json:"name"`
	Elements int            `json:"elements"`
	Flows    int            `json:"flows"`
	Live     map[string]int `json:"live"` // live findings by severity
	// Threats counts live findings of one condition once, with their worst severity: by part of the tree, then by severity.
	Threats map[string]map[string]int `json:"threats"`
}

// Rename is one thing under two ids.
type Rename struct {
	Kind  model.Kind `json:"kind"`
	Old   string     `json:"old"`
	New   string     `json:"new"`
	Name  string     `json:"name"` // in the new system
	By    string     `json:"by"`   // what shows that it is the same
	Scope string     `json:"scope"`
}

// DiffTopics are what changes are sorted under, with their headings, in the order in which they are read.
var DiffTopics = []struct{ ID, Title string }{
	{"authority", "authority: effects, credentials, whose rights apply"},
	{"tools", "tools"},
	{"identity", "identity: who is who, who checks"},
	{"orchestration", "orchestration: agents, delegation, limits"},
	{"consequence", "consequence: what can be lost, what data is held"},
	{"models", "models and prompts"},
	{"suppliers", "suppliers and pins"},
	{"controls", "controls and oversight"},
	{"exposure", "exposure: ways in, where it runs"},
}

// DiffTopic is the changes of one topic.
type DiffTopic struct {
	Topic   string       `json:"topic"` // an id of [DiffTopics]
	Changes []DiffChange `json:"changes"`
}

// DiffChange is one part of the system that was added, removed or changed.
type DiffChange struct {
	How      model.How           `json:"how"`
	Part     string              `json:"part"` // element, flow, boundary, asset, attacker or control
	ID       string              `json:"id"`   // in the new system; in the old one for what was removed
	Was      string              `json:"was,omitempty"`
	Kind     string              `json:"kind,omitempty"` // of an element or flow; the class of an asset's loss; a control's id
	Text     string              `json:"text"`           // for people
	Fields   []model.FieldChange `json:"fields,omitempty"`
	With     []string            `json:"with,omitempty"`     // flows that came or went with an element
	Severity string              `json:"severity,omitempty"` // of the worst threat that became live, or died, by it
	Follows  bool                `json:"follows,omitempty"`  // it follows from other changes, or was assumed on both sides
	Scope    string              `json:"scope"`              // main, test, example or vendored
	Evidence []model.Evidence    `json:"evidence"`           // in the files of the side that has it
}

// ThreatChange is a finding that is not what it was.
type ThreatChange struct {
	Finding  string              `json:"finding"`         // its id; in the old system where it went
	Was      string              `json:"was,omitempty"`   // its id in the old system, where that is another
	Group    string              `json:"group,omitempty"` // the condition that it counts with, on the side where it is live; the id of its first finding
	Rule     string              `json:"rule"`
	Title    string              `json:"title"`
	Message  string              `json:"message"`
	Severity string              `json:"severity"`         // now; before, where it went
	Before   string              `json:"before,omitempty"` // the severity before, where it is another
	From     Status              `json:"from"`             // empty: it did not apply
	To       Status              `json:"to"`               // empty: it no longer applies
	Why      string              `json:"why,omitempty"`    // why it is not live on the side where it is not
	Layers   []string            `json:"layers"`
	Maps     map[string][]string `json:"maps"`
	Elements []string            `json:"elements"`
	Flows    []string            `json:"flows"`
	Evidence []model.Evidence    `json:"evidence"`
	Scope    string              `json:"scope"`
	Path     *ChangedPath        `json:"path,omitempty"`
	Because  []ChangeRef         `json:"because"` // the changes that it rests on
}

// Condition names what a change of a finding counts with: near copies of one mistake are one change.
func (c *ThreatChange) Condition() string {
	if c.Group != "" {
		return c.Group
	}
	return c.Finding
}

// ChangeRef names a change.
type ChangeRef struct {
	Part string `json:"part"`
	ID   string `json:"id"`
}

// ChangedPath is a path through a threat that became live or died, from the side where it is live.
type ChangedPath struct {
	ID       string       `json:"id"`
	Attacker string       `json:"attacker"`
	Goal     Goal         `json:"goal"`
	Loss     string       `json:"loss"` // the goal for people
	Severity string       `json:"severity"`
	Steps    []ChangedHop `json:"steps"`
}

// ChangedHop is one step of such a path.
type ChangedHop struct {
	Finding string      `json:"finding"`
	Message string      `json:"message"`
	How     model.How   `json:"how,omitempty"` // added: it was not live before; removed: it is not live now; empty: it is on both sides
	Because []ChangeRef `json:"because,omitempty"`
}

// Unchanged counts what is as it was.
type Unchanged struct {
	Elements int `json:"elements"`
	Flows    int `json:"flows"`
	Controls int `json:"controls"`
	Live     int `json:"live"` // threats
	Blocked  int `json:"blocked"`
	Other    int `json:"other"` // findings that are a condition, accepted or out of reach on both sides, or none of it live
}
