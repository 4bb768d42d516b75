package result

// PlanSchema and WhatIfSchema name the versions of the documents of `fermata harden` and `fermata whatif`.
const (
	PlanSchema   = "fermata/plan/v1"
	WhatIfSchema = "fermata/whatif/v1"
)

// Plan is an ordered list of controls to put in place, with what each takes away and what remains.
type Plan struct {
	Schema  string         `json:"schema"` // always [PlanSchema]
	System  string         `json:"system"` // name of the system
	Trust   string         `json:"trust"`  // weakest state of a control that counts
	Goal    string         `json:"goal,omitempty"`
	Budget  float64        `json:"budget,omitempty"` // effort that may be spent; 0: as much as it takes
	Before  Standing       `json:"before"`
	After   Standing       `json:"after"`
	Steps   []Placing      `json:"steps"`
	Effort  float64        `json:"effort"` // of all steps
	Bound   float64        `json:"bound"`  // no set of controls that cuts the same losses costs less than this
	Proven  bool           `json:"proven"` // the steps are a cheapest set that cuts the losses named in them
	Weaken  []Weakening    `json:"weaken"` // what would make the rest less likely, best first
	Remains []Remaining    `json:"remains"`
	Wanted  int            `json:"wanted"`            // losses that the plan aims at
	Cut     int            `json:"cut"`               // those of them that nobody reaches after the plan
	Why     map[string]int `json:"why"`               // losses that remain, counted by reason
	Risk    []RiskChange   `json:"risk,omitempty"`    // what the whole plan does to the expected loss a year, by unit
	ByRisk  *PlanByRisk    `json:"by_risk,omitempty"` // where the plan stands beside one that goes by expected loss; nil where that was not reckoned
	Notes   []string       `json:"notes"`
}

// PlanByRisk is what expected loss says of a plan that goes by ways.
type PlanByRisk struct {
	Unit  string `json:"unit"`  // of the losses that count here
	First Band   `json:"first"` // what the first step of the plan takes away a year, alone
	// Best is the placement that alone takes most away for its effort, and Step at which step the plan has it; 0: at none.
	Best RiskPlacing `json:"best"`
	Step int         `json:"step"`
	Most RiskPlacing `json:"most"` // the placement that alone takes most away, whatever its effort: the first of fermata risk
}

// Standing is what an analysis amounts to.
type Standing struct {
	Live   map[string]int `json:"live"`   // live findings by severity, those that share a cause as one
	Losses map[string]int `json:"losses"` // losses that are reached, by severity
	Ways   int            `json:"ways"`   // pairs of a source of harm and a loss that it reaches, in one way or another
}

// Placing is one step of a plan: a control on a place.
type Placing struct {
	Control  string         `json:"control"`
	On       string         `json:"on"`
	Effort   float64        `json:"effort"`
	Efficacy float64        `json:"efficacy"`          // most likely share of tries that it stops; the plan counts on it to stop all
	Guards   int            `json:"guards"`            // attack steps that it stops
	Instead  []Alternative  `json:"instead,omitempty"` // other placements that stop the same, for the same effort or more
	Losses   []string       `json:"losses"`            // assets that nobody reaches from this step on, sorted
	Ways     int            `json:"ways"`              // ways that it closes, given the steps before
	Findings []string       `json:"findings"`          // findings that are live no longer, sorted
	Live     map[string]int `json:"live"`              // the same by the severity that they had
}

// Alternative is a placement that would stop the same steps as the one that is proposed.
type Alternative struct {
	Break
	Effort   float64 `json:"effort"`
	Efficacy float64 `json:"efficacy"` // most likely share of tries that it stops
}

// Weakening is a control that stops nothing and makes what remains less likely.
type Weakening struct {
	Control string  `json:"control"`
	On      string  `json:"on"`
	Effort  float64 `json:"effort"`
	Losses  int     `json:"losses"` // losses whose cheapest way becomes less likely
	Factor  float64 `json:"factor"` // by how much at most: 2 is half as likely
}

// Why a loss remains after a plan.
const (
	NoControl = "no control cuts it" // a way is left on which the catalogue has no missing control that blocks
	NoBudget  = "budget"             // it takes more effort than is left
	NotAsked  = "not asked"          // the goal of the plan does not hold it
)

// Remaining is a loss that is still reached after a plan.
type Remaining struct {
	Asset    string   `json:"asset"`
	Severity string   `json:"severity"` // after the plan
	Before   string   `json:"before"`   // before it
	Why      string   `json:"why"`
	Way      []string `json:"way"` // findings of a way that is left, in order
}

// WhatIf says what placing controls or taking them away changes.
type WhatIf struct {
	Schema   string          `json:"schema"` // always [WhatIfSchema]
	System   string          `json:"system"`
	Trust    string          `json:"trust"`
	Changes  []Change        `json:"changes"`
	Before   Standing        `json:"before"`
	After    Standing        `json:"after"`
	Losses   []LossChange    `json:"losses"`         // losses whose severity or chance changes, worst before first
	Ways     []WayChange     `json:"ways"`           // ways that go, come, or change in cost
	Findings []FindingChange `json:"findings"`       // findings that change in status or severity, by id
	Blast    []BlastChange   `json:"blast"`          // elements whose fall takes more or less with it, by id
	Risk     []RiskChange    `json:"risk,omitempty"` // what the changes do to the expected loss a year, by unit
	Notes    []string        `json:"notes"`
}

// Change is a control that is placed or taken away.
type Change struct {
	Add     bool   `json:"add"`
	Control string `json:"control"`
	On      string `json:"on"`
	Guards  int    `json:"guards"`         // findings that it guards, or guarded
	Note    string `json:"note,omitempty"` // what is odd about it
}

// LossChange is a loss before and after. A severity is empty where the loss is not reached.
type LossChange struct {
	Asset  string `json:"asset"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// WayChange is the way of a source of harm to a loss before and after. A side is nil where there is no way.
type WayChange struct {
	Attacker string `json:"attacker"`
	Asset    string `json:"asset"`
	Before   *Way   `json:"before" jsonschema:"nullable"` // null: there was no way
	After    *Way   `json:"after" jsonschema:"nullable"`  // null: there is none
}

// Way is the cheapest way of one source of harm to one loss.
type Way struct {
	Severity    string   `json:"severity"`
	Cost        float64  `json:"cost"`
	Probability *float64 `json:"probability,omitempty"` // the chance of one attempt, as that of a [Path]
	Findings    []string `json:"findings"`
}

// FindingChange is a finding before and after.
type FindingChange struct {
	Finding        string `json:"finding"`
	Before         Status `json:"before"`
	After          Status `json:"after"`
	SeverityBefore string `json:"severity_before"`
	SeverityAfter  string `json:"severity_after"`
	Why            string `json:"why,omitempty"` // of the status after
}

// BlastChange is what falls with an element, before and after.
type BlastChange struct {
	Element        string `json:"element"`
	ElementsBefore int    `json:"elements_before"`
	ElementsAfter  int    `json:"elements_after"`
	LossesBefore   int    `json:"losses_before"`
	LossesAfter    int    `json:"losses_after"`
}
