package result

// Band is a mean with the middle nine tenths of what is not known about it: the chance that happens is in the mean, and
// what better knowledge could narrow is in Low and High.
type Band struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// What a [Risk] is of.
const (
	RiskTotal    = "total"
	RiskAsset    = "asset"
	RiskAttacker = "attacker"
	RiskLayer    = "layer"
)

// How the chance that an attempt brings a loss about is reckoned, given the inputs.
const (
	ByDiagram = "exact"  // by decision diagrams: no error
	ByTrials  = "trials" // as a frequency of trials
	ByRare    = "rare"   // by importance sampling or splitting in some of the draws, because trials hardly meet it
)

// Risk is what one thing is expected to cost a year. Amounts are in Unit: a currency of three letters, or "units" where
// nobody said what a loss costs. Different units are never added.
type Risk struct {
	ID        string       `json:"id"`   // total:EUR, asset:till@EUR …
	Of        string       `json:"of"`   // total, asset, attacker or layer
	Name      string       `json:"name"` // asset id, attacker, layer; empty for a total
	Unit      string       `json:"unit"`
	Annual    Band         `json:"annual"`              // expected loss a year with the controls that stand
	Inherent  Band         `json:"inherent"`            // the same without any control
	Planned   *Band        `json:"planned,omitempty"`   // the same with the plan of harden carried out
	Chance    Band         `json:"chance"`              // that it happens at least once within a year
	Case      *Band        `json:"case,omitempty"`      // of an asset: what one loss costs
	Repeats   int          `json:"repeats,omitempty"`   // of an asset: how often a year it can happen
	Event     string       `json:"event,omitempty"`     // of an asset: the event that the model names for it
	Dearer    []string     `json:"dearer,omitempty"`    // of an asset: dearer names of the same event; Annual counts cases in which none of these is lost, Chance all
	Method    string       `json:"method,omitempty"`    // of an asset: how the chance of an attempt was reckoned: exact, trials or rare, joined by "+" where attackers differ
	Error     float64      `json:"error"`               // half of the 95 % interval of Annual.Mean that sampling leaves, by all methods that have a part in it
	Errors    []ErrorPart  `json:"errors,omitempty"`    // what Error is made of, where rare losses are in the figure: the root of the sum of their squares
	Passage   *Passage     `json:"passage,omitempty"`   // of an asset: how far away it is, in steps and in time
	Quantiles *Quantiles   `json:"quantiles,omitempty"` // of a total: the year's loss
	Curve     []Exceedance `json:"curve,omitempty"`     // of a total: chance that a year's loss is greater
	By        []Part       `json:"by,omitempty"`        // of an asset: attackers; of the others: assets; largest first
}

// What leaves an error; see [ErrorPart].
const (
	ErrorOfDraws = "draws" // the spread between batches of draws, with the trials in them
	ErrorOfRare  = "rare"  // what few draws leave, and importance sampling or splitting within them
)

// ErrorPart is what one method leaves open of a mean.
type ErrorPart struct {
	Method string  `json:"method"` // draws or rare
	Draws  int     `json:"draws"`  // on how many draws it rests
	Error  float64 `json:"error"`  // half of the 95 % interval
}

// Passage says how far away a loss is. Steps are attack steps that must succeed one after another: what happens side by side counts once.
type Passage struct {
	Fewest int `json:"fewest"` // steps on the shortest way, if every step succeeds and every control fails
	P50    int `json:"p50"`    // half of the attempts that bring it about take at most so many steps; 0 with Met 0
	P95    int `json:"p95"`    // and all but one of twenty so many
	Met    int `json:"met"`    // trials that brought it about, on which P50 and P95 rest; 0 where too few did
	// Half of systems like this have had it after HalfAfter years, and one in twenty after TwentiethAfter, if nothing changes; 0 where it never comes.
	HalfAfter      float64 `json:"half_after"`
	TwentiethAfter float64 `json:"twentieth_after"`
}

// Quantiles say which loss a year stays below in so many of a hundred cases, and Tail what the worst five of a hundred
// years cost on average.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Tail float64 `json:"tail"`
}

// Exceedance is the chance that a year's loss is above an amount, with the controls that stand, and without any.
type Exceedance struct {
	Loss     float64  `json:"loss"`
	Chance   Band     `json:"chance"`
	Inherent float64  `json:"inherent"`
	Planned  *float64 `json:"planned,omitempty"`
}

// Part is what one thing has of another's expected loss.
type Part struct {
	Name   string  `json:"name"`
	Annual float64 `json:"annual"`
	Share  float64 `json:"share"`
}

// RiskBasis says how risks were reckoned, from which numbers, and what moves them.
type RiskBasis struct {
	Attacker string         `json:"attacker"` // static or adaptive
	Trust    string         `json:"trust"`
	Seed     uint64         `json:"seed"`
	Draws    int            `json:"draws"`   // of what is not known
	Trials   int            `json:"trials"`  // of each attacker in each draw
	Years    int            `json:"years"`   // in each draw
	Stopped  string         `json:"stopped"` // the rule that ended the sampling
	Inputs   []RiskQuantity `json:"inputs"`  // by id
	Drivers  []RiskDriver   `json:"drivers"` // inputs whose not being known moves the mean most, worst first
	Controls []RiskControl  `json:"controls"`
	Steps    []RiskStep     `json:"steps"`
	Plan     []Break        `json:"plan,omitempty"` // placements that Planned counts with
	Notes    []string       `json:"notes"`
}

// RiskQuantity is an input that nobody knows exactly.
type RiskQuantity struct {
	ID    string   `json:"id"` // sort and name: success:tool-misuse
	Of    string   `json:"of"` // attempts, success, efficacy or loss
	Name  string   `json:"name"`
	Unit  string   `json:"unit,omitempty"`
	Value Band     `json:"value"`
	Basis string   `json:"basis"`          // fitted, judgement or given
	Rows  []string `json:"rows,omitempty"` // evidence rows that it rests on
	Text  string   `json:"text"`
}

// RiskDriver is what one input alone does to the expected loss a year: its mean where the input lies in its lowest fifth,
// and in its highest.
type RiskDriver struct {
	Input string  `json:"input"`
	Unit  string  `json:"unit"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Share float64 `json:"share"` // of what is not known about the mean, how much this input explains alone
}

// RiskControl is what a control on a place does to the expected loss a year.
type RiskControl struct {
	Control string  `json:"control"`
	On      string  `json:"on"`
	Stands  bool    `json:"stands"` // else it could be placed
	Unit    string  `json:"unit"`
	Annual  float64 `json:"annual"` // expected loss without it if it stands, with it if not
	Cut     float64 `json:"cut"`    // what it takes away
	Low     float64 `json:"low"`    // the middle nine tenths of that
	High    float64 `json:"high"`
	Effort  float64 `json:"effort,omitempty"`
}

// RiskStep is what one finding does to the expected loss a year.
type RiskStep struct {
	Finding string  `json:"finding"`
	Unit    string  `json:"unit"`
	Never   float64 `json:"never"`  // expected loss if the step never succeeded: what it is worth to mend it
	Always  float64 `json:"always"` // if it always did: what it is worth that it does not
}

// RiskChange is what a change does to the expected loss a year in one unit, against the same attempts.
type RiskChange struct {
	Unit   string `json:"unit"`
	Before Band   `json:"before"`
	After  Band   `json:"after"`
	Cut    Band   `json:"cut"` // what it takes away; below 0 where it adds
}

// QuestionRisk is what the answers to a question do to the expected loss a year in one unit, against the same attempts.
type QuestionRisk struct {
	Unit       string       `json:"unit"`
	Now        Band         `json:"now"` // as long as it is open
	Answers    []AnswerRisk `json:"answers"`
	Difference Band         `json:"difference"` // between the dearest answer and the cheapest, draw by draw
	Share      float64      `json:"share"`      // how much of the variance the answer takes away, if every answer is as likely
}

// AnswerRisk is the expected loss a year under one answer.
type AnswerRisk struct {
	Answer string `json:"answer"`
	Annual Band   `json:"annual"`
}

// RiskPlanSchema names the version of [RiskPlan].
const RiskPlanSchema = "fermata/risk-plan/v1"

// RiskPlan is a set of controls that leaves the least expected loss a year for its effort.
type RiskPlan struct {
	Schema   string        `json:"schema"` // always [RiskPlanSchema]
	System   string        `json:"system"`
	Trust    string        `json:"trust"`
	Unit     string        `json:"unit"`             // in which losses are counted: a currency, or units
	Budget   float64       `json:"budget,omitempty"` // effort that may be spent; 0: while a further step is worth its effort
	Attacker string        `json:"attacker"`
	Seed     uint64        `json:"seed"`
	Before   Band          `json:"before"` // expected loss a year
	After    Band          `json:"after"`
	Effort   float64       `json:"effort"`
	Steps    []RiskPlacing `json:"steps"`  // in the order of what they are worth for their effort
	Proven   bool          `json:"proven"` // in the trials drawn, no set for this effort leaves less
	Gap      float64       `json:"gap"`    // share of the present loss by which a better set could be better at most
	Front    []RiskPoint   `json:"front"`  // the best for every effort, cheapest first
	Friction float64       `json:"friction"`
	// Pareto are sets that were found of which none is better in effort, friction and loss at once, by effort, then friction.
	Pareto []RiskPoint `json:"pareto"`
	Draws  int         `json:"draws"`          // of what is not known, on which every figure of the plan rests
	Trials int         `json:"trials"`         // of each attacker in each draw
	Ways   *RiskWays   `json:"ways,omitempty"` // what planning by ways begins with, where that differs; nil where it does not
	Notes  []string    `json:"notes"`
}

// RiskPlacing is a control of a [RiskPlan].
type RiskPlacing struct {
	Control  string   `json:"control"`
	On       string   `json:"on"`
	Effort   float64  `json:"effort"`
	Friction float64  `json:"friction"`         // what it costs those who use the system: 0 (none) to 3 (high)
	Breaks   []string `json:"breaks,omitempty"` // what of the useful work it breaks, as the catalogue says
	Cut      Band     `json:"cut"`              // what it takes away, given the steps before
	After    float64  `json:"after"`            // expected loss a year from then on
}

// RiskWays is how a plan that cuts ways off begins otherwise than one that takes expected loss away.
type RiskWays struct {
	Control string `json:"control"`
	On      string `json:"on"`
	Step    int    `json:"step"` // at which the plan by risk has it; 0: not at all
}

// RiskPoint is the best that an effort buys.
type RiskPoint struct {
	Effort   float64 `json:"effort"`
	Friction float64 `json:"friction"`
	Controls int     `json:"controls"`
	Left     float64 `json:"left"` // share of Before, from the same draws and counted as After is; 0 where no trial met a loss
	Proven   bool    `json:"proven"`
}
