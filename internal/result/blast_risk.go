package result

// BlastRiskSchema names the version of [BlastRisks].
const BlastRiskSchema = "fermata/blast-risk/v1"

// BlastRisks says how far the fall of each element reaches by chance, how agents take each other over, and which agents
// matter most. All of it is under the controls that stand.
type BlastRisks struct {
	Schema       string       `json:"schema"` // always [BlastRiskSchema]
	System       string       `json:"system"`
	Trust        string       `json:"trust"`
	Attacker     string       `json:"attacker"`
	Seed         uint64       `json:"seed"`
	Draws        int          `json:"draws"`    // of what is not known
	Trials       int          `json:"trials"`   // of each element's fall, over all draws
	Elements     int          `json:"elements"` // that can fall at all
	Blasts       []BlastRisk  `json:"blasts"`   // most at stake first
	Reproduction Reproduction `json:"reproduction"`
	Coalitions   []Coalition  `json:"coalitions"` // for the losses of the worst grade that agents can bring about, smallest first
	Agents       []AgentWorth `json:"agents"`     // what containing each takes away, most first
	Notes        []string     `json:"notes"`
}

// BlastRisk is what falls if one element has fallen.
type BlastRisk struct {
	Element string             `json:"element"`
	Others  Sizes              `json:"others"`   // how many others fall
	ByLayer map[string]float64 `json:"by_layer"` // mean number of others in each layer
	Stake   []Stake            `json:"stake"`    // what is lost then, in each unit
	Passes  []Passing          `json:"passes"`   // chance that a share of all others falls
	Crown   float64            `json:"crown"`    // chance that a loss of the grade critical follows
}

// Sizes are a mean and how much is not exceeded in a half and in nineteen of twenty cases.
type Sizes struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
}

// Stake is what the losses that follow cost in one unit, chances of what a case costs included.
type Stake struct {
	Unit string `json:"unit"`
	Sizes
}

// Passing is the chance that at least a share of the others falls, with the 95 % interval that trials leave.
type Passing struct {
	Share  float64 `json:"share"`
	Chance float64 `json:"chance"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Reproduction is how many further agents one that has fallen takes over directly, as the growth rate of repeated steps: the
// spectral radius of the matrix of chances. Below 1 a spread dies out by itself. Low and High enclose it, the 95 % intervals of
// the chances included; a pair that no trial met counts in High, unless it is out of reach even if every step works.
type Reproduction struct {
	Agents int     `json:"agents"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Coalition is a smallest set of elements that together bring a loss about, if every attack step works and every blocking
// control holds.
type Coalition struct {
	Asset    string   `json:"asset"`
	Elements []string `json:"elements"`
	Least    float64  `json:"least"` // no smaller set than this suffices; equal to their number where proven
}

// AgentWorth is what an agent has of the expected loss a year in one unit.
type AgentWorth struct {
	Element string  `json:"element"`
	Unit    string  `json:"unit"`
	Annual  float64 `json:"annual"` // expected loss a year as it is
	Cut     Band    `json:"cut"`    // what is taken away if the agent never falls: the worth of containing it
	Share   float64 `json:"share"`  // its share of the loss among all agents and none, by Shapley; 0 where it was not reckoned
}
