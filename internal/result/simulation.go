package result

// SimulationSchema names the version of the document of `fermata simulate`.
const SimulationSchema = "fermata/simulation/v1"

// Simulation says how contamination spreads over the agents of a system, or of a net that was made up.
type Simulation struct {
	Schema      string        `json:"schema"`           // always [SimulationSchema]
	System      string        `json:"system,omitempty"` // name of the system; empty for a made-up net
	Net         SimulatedNet  `json:"net"`
	Technique   string        `json:"technique"` // what spreads; "own" when the chance was given
	Seed        uint64        `json:"seed"`
	Runs        int           `json:"runs"`
	Rounds      int           `json:"rounds"`
	First       int           `json:"first"`              // agents contaminated at the beginning of a run
	Starts      []string      `json:"starts"`             // ids of the agents among which these are drawn; empty: all
	Recovery    float64       `json:"recovery,omitempty"` // chance that a contaminated agent is cleaned in a round
	Relapse     bool          `json:"relapse,omitempty"`  // a cleaned agent can be contaminated again
	Measure     string        `json:"measure"`            // ever: agents contaminated at any time; now: those that are at the time, with relapse
	Inputs      []Input       `json:"inputs"`
	Variants    []Variant     `json:"variants"` // the system as it is first, then with defences
	Agents      []Contagion   `json:"agents"`   // as the system is, most likely contaminated first; at most 1,000 of them
	Containment []Containment `json:"containment"`
	Notes       []string      `json:"notes"`
}

// SimulatedNet is who could contaminate whom.
type SimulatedNet struct {
	Topology string         `json:"topology,omitempty"` // empty for a system
	Agents   int            `json:"agents"`
	Links    int            `json:"links"`           // directed; of a mesh too large to list, the pairs that meet
	Kinds    map[string]int `json:"kinds,omitempty"` // links of a system by kind
	Models   int            `json:"models"`          // how many models the agents run on
}

// Input is a number that a simulation rests on, and where it comes from.
type Input struct {
	Name     string   `json:"name"`
	Low      float64  `json:"low"`  // 5 % of the draws lie below; equal to High when it is one number
	Mean     float64  `json:"mean"` //
	High     float64  `json:"high"` // 95 % of the draws lie below
	Evidence []string `json:"evidence,omitempty"`
	Basis    string   `json:"basis"` // evidence, judgement or given
	Note     string   `json:"note,omitempty"`
}

// Variant is the spread under one set of defences.
type Variant struct {
	Name   string       `json:"name"`
	Curve  []CurvePoint `json:"curve"`
	Final  Amount       `json:"final"` // agents at the end of the last round
	Cross  []Crossing   `json:"cross"`
	Growth Enclosed     `json:"growth"` // agents that one contaminated agent contaminates in its first round, on the whole
	// Reproduction is the same until it is cleaned or cut off; absent when nothing does that.
	Reproduction *Enclosed `json:"reproduction,omitempty"`
	// Saved is how many agents fewer are contaminated than in the first variant, run by run under the same luck.
	Saved *Difference `json:"saved,omitempty"`
}

// CurvePoint is one round.
type CurvePoint struct {
	Round     int     `json:"round"`
	Mean      float64 `json:"mean"`
	P5        int     `json:"p5"`
	P50       int     `json:"p50"`
	P95       int     `json:"p95"`
	Spreading float64 `json:"spreading"` // mean number of agents that pass it on
}

// Amount is a number of agents over the runs.
type Amount struct {
	Mean float64 `json:"mean"`
	P5   int     `json:"p5"`
	P50  int     `json:"p50"`
	P95  int     `json:"p95"`
}

// Crossing is a share of the agents, and how it was reached.
type Crossing struct {
	Share  float64 `json:"share"`
	Agents int     `json:"agents"`
	Chance float64 `json:"chance"`
	Low    float64 `json:"low"` // 95 % interval of the chance, by Wilson: what few runs leave open, not what the inputs do
	High   float64 `json:"high"`
	P5     int     `json:"p5"` // rounds until then among the runs that got there; 0 when none did
	P50    int     `json:"p50"`
	P95    int     `json:"p95"`
}

// Enclosed is a number between two bounds that are certain.
type Enclosed struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Difference is a mean difference with its 95 % interval.
type Difference struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Contagion is one agent's part.
type Contagion struct {
	Agent  string  `json:"agent"`
	Chance float64 `json:"chance"` // share of the runs in which it is contaminated
	Round  float64 `json:"round"`  // mean round of that, when it is; 0 when it never is
	Passes float64 `json:"passes"` // how many others take it from this agent first, in a run
}

// Containment is what keeping one agent apart saves.
type Containment struct {
	Agent string     `json:"agent"`
	Saved Difference `json:"saved"` // contaminated agents fewer, this one included
}
