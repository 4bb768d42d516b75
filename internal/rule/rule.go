package rule

import (
	"sort"
	"sync"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
)

// On says what a rule visits.
type On string

// What a rule may visit.
const (
	OnElement On = "element"
	OnFlow    On = "flow"
	OnPair    On = "pair"
	OnCycle   On = "cycle"
	OnChange  On = "change"

	// Places in code and configuration.
	OnCall     On = "call"
	OnFunction On = "function"
	OnClass    On = "class"
	OnLiteral  On = "literal"
	OnFile     On = "file"
)

var onWords = []string{
	string(OnElement), string(OnFlow), string(OnPair), string(OnCycle), string(OnChange),
	string(OnCall), string(OnFunction), string(OnClass), string(OnLiteral), string(OnFile),
}

// Rule is one detector, as its folder says. Texts are plain; nothing in a rule is markup.
type Rule struct {
	ID, Title, Since string
	Layer            string // folder of the layer: "l3-agent-frameworks", "cross-layer"
	On               On
	Kinds            []string // element or flow kinds that are visited, or kinds of places in code
	Names            []string // on: call only: patterns of names of calls that are visited too
	From, To         []string // element kinds of a visited flow's ends; empty: any
	Of               []string // on: cycle only: element kinds of the members
	Share            *Share   // on: pair only
	Binds            []Bind
	When, Widens     string
	Message          string
	Success          *result.Range // nil for conditions
	Requires, Grants []string
	About            []string            // paths: findings about the same are one condition; empty: about all that is bound
	Follows          bool                // it only carries on what other findings bring about
	ToldBy           []string            // rules by whose live findings a condition is told already
	Maps             map[string][]string // framework → ids
	Controls         []ControlUse
	ControlsWhy      string // why no control is listed
	Severity         string // of a condition; of a rule about code, where no way to it is known
	Doc              string
	Avoid, Prefer    string
	FalsePositives   string
	File             *source.File // rule.yaml

	names    names // what expressions may name: the subject and single binds
	paths    names // what powers and messages may name: sets too
	when     *expression
	widens   *expression
	bindWhen []*expression // by bind; nil without a when
	requires []power
	grants   []power
	about    []dotted
	message  template
	uses     []controlUse
	layers   []string

	compiled sync.Once // guards what follows and the programs of the expressions
	troubles []source.Diagnostic
}

// Condition tells whether the rule is reported only and is never on a path.
func (r *Rule) Condition() bool { return len(r.Requires) == 0 && len(r.Grants) == 0 }

// Share is what the two elements of a pair have in common.
type Share struct {
	Kinds []string // flow kinds that join each of them to the neighbour
	Of    []string // element kinds of the neighbour
}

// Bind is a named flow (or all such flows, as a set) at an element that is bound already.
type Bind struct {
	Name               string
	Kinds              []string // flow kinds
	From, To           string   // paths of elements bound already; at least one is given
	FromKinds, ToKinds []string
	When               string
	Set                int  // 0: one match at a time; else all matches at once, of which powers need this many
	Each               bool // all matches at once, and the step gives its powers over every one of them: one finding
	Absent             bool // the rule applies only if there is no such flow
	Relayed            bool // the flow may also begin at whoever passes on what the element at From says

	from, to dotted
}

// ControlUse is a control that a rule lists.
type ControlUse struct {
	Control string
	On      []string // paths where it counts; empty: on everything bound
	Ends    bool     // of a condition: where it stands, the condition is not there any more
}

type controlUse struct {
	control *Control
	on      []dotted
	effect  string // the control's own, or that it ends the condition
}

// Set is the rules and controls of one run, sorted by id.
type Set struct {
	Rules    []*Rule
	Controls Controls

	compiler *compiler
}

// Alone is a set of one rule of the set.
func (s *Set) Alone(r *Rule) *Set {
	return &Set{Rules: []*Rule{r}, Controls: s.Controls, compiler: s.compiler}
}

// Only is the rules of a set that visit one kind of thing.
func (s *Set) Only(on On) *Set {
	some := &Set{Controls: s.Controls, compiler: s.compiler}
	for _, r := range s.Rules {
		if r.On == on {
			some.Rules = append(some.Rules, r)
		}
	}
	return some
}

// Rule finds a rule by id; nil when there is none.
func (s *Set) Rule(id string) *Rule {
	i := sort.Search(len(s.Rules), func(i int) bool { return s.Rules[i].ID >= id })
	if i < len(s.Rules) && s.Rules[i].ID == id {
		return s.Rules[i]
	}
	return nil
}

// Control is a defensive pattern: one folder of controls/. What an analysis needs of it stands here, the rest in its
// [Pattern].
type Control struct {
	ID, Title, Gist string
	Effect          string             // EffectBlocks or EffectWeakens
	Efficacy        result.Range       // by how much it lowers the chance of success, relatively
	DefeatedBy      []model.Capability // capabilities over what enforces it, any of which defeats it
	Where           []string           // element and flow kinds that it may stand on, best place first
	Maps            map[string][]string
	Doc             string       // what counts as it and what does not
	File            *source.File // control.yaml
}

// What a control does to the steps it guards, and to a condition.
const (
	EffectBlocks  = "blocks"
	EffectWeakens = "weakens"
	EffectEnds    = "ends" // of a condition, where the rule says so
)

// StandsOn tells whether the control may stand on an element or flow kind.
func (c *Control) StandsOn(kind string) bool {
	for _, k := range c.Where {
		if k == kind {
			return true
		}
	}
	return false
}

// Controls is the catalogue of controls, sorted by id.
type Controls []*Control

// Get finds a control by id; nil when there is none.
func (c Controls) Get(id string) *Control {
	i := sort.Search(len(c), func(i int) bool { return c[i].ID >= id })
	if i < len(c) && c[i].ID == id {
		return c[i]
	}
	return nil
}

func (c Controls) ids() []string {
	ids := make([]string, len(c))
	for i := range c {
		ids[i] = c[i].ID
	}
	return ids
}
