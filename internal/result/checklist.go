package result

import "fermata/internal/model"

// ChecklistSchema names the version of the document of `fermata checklist`.
const ChecklistSchema = "fermata/checklist/v1"

// WholeSystem is the id and kind of the component that stands for the system, of which some checks are asked once.
const WholeSystem = "system"

// Verdict is how a check was answered.
type Verdict string

// The verdicts. Nothing passes without evidence: what could not be shown either way needs a person.
const (
	Pass          Verdict = "pass"
	Fail          Verdict = "fail"
	NotApplicable Verdict = "not-applicable"
	NeedsPerson   Verdict = "person"
)

// Verdicts are the verdicts, the worst first.
var Verdicts = []Verdict{Fail, NeedsPerson, Pass, NotApplicable}

// Checklist is a list of checks with an answer for each component.
type Checklist struct {
	Schema     string      `json:"schema"` // always [ChecklistSchema]
	System     string      `json:"system"`
	AsOf       string      `json:"as_of,omitempty"` // the day at which attestations were judged
	Scheme     string      `json:"layer_scheme"`
	Lists      []string    `json:"lists"`      // ids of the lists, in the order asked for
	Code       bool        `json:"code"`       // the code was at hand; without it no check that reads code can pass
	Components []Component `json:"components"` // the system first where checks are asked of it, then by id
	Checks     []Check     `json:"checks"`     // those that were asked, in the order of the lists
	Answers    []Answer    `json:"answers"`    // by check, then by component; what is not asked of a component's kind has none
	Count      []Counted   `json:"count"`      // by verdict, the worst first
	Notes      []string    `json:"notes"`      // attestations that no longer hold or speak of nothing
}

// Component is an element that checks are asked of.
type Component struct {
	ID       string           `json:"id"`
	Kind     model.Kind       `json:"kind"`
	Name     string           `json:"name"`
	Evidence []model.Evidence `json:"evidence"`
}

// Check is one line of a list.
type Check struct {
	ID        string       `json:"id"` // list/key, stable
	Group     string       `json:"group"`
	Layer     string       `json:"layer"` // of the scheme in use; empty where the list knows none
	LayerName string       `json:"layer_name,omitempty"`
	Title     string       `json:"title"`
	Person    string       `json:"person"` // what a person has to look at where nothing shows the answer
	Test      string       `json:"test"`   // a test that would show it
	About     []model.Kind `json:"about"`
}

// Answer is what one check gave for one component.
type Answer struct {
	Check     string   `json:"check"`
	Component string   `json:"component"`
	Verdict   Verdict  `json:"verdict"`
	Why       string   `json:"why"`
	Grounds   []Ground `json:"grounds"` // what stands behind it, what decides first
}

// Ground is one thing that stands behind an answer.
type Ground struct {
	By       string           `json:"by"`     // rule, code, fact, control, flow, attestation
	Name     string           `json:"name"`   // id of the rule or finding, control, fact …
	Speaks   string           `json:"speaks"` // for, against or open
	Says     string           `json:"says"`
	Evidence []model.Evidence `json:"evidence"`
}

// Counted is a number of answers.
type Counted struct {
	Verdict Verdict `json:"verdict"`
	Count   int     `json:"count"`
}

// Attestation is somebody's word that a check holds for a component, which counts until its last day.
type Attestation struct {
	Check     string
	Component string
	By        string
	Until     string // the last day, YYYY-MM-DD
	Reason    string
	Evidence  model.Evidence // where it is written
}
