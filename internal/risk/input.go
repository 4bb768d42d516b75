package risk

import (
	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// The attackers that a reckoning may assume.
const (
	Static   = "static"   // uses attacks that are known, as they are
	Adaptive = "adaptive" // changes and repeats an attack until it works
)

// Units is what stands for a currency where nobody said what a loss costs.
const Units = "units"

// Input is one reckoning.
type Input struct {
	Graph     *graph.Graph
	Steps     []Step
	Guards    []Guard // controls that stand
	Offers    []Guard // controls that could be placed
	Together  []Together
	Attackers []Attacker
	Losses    []Loss
	Elements  []Element // only for [Blast]
	Closed    []int32   // nodes that are never open
	Rules     map[string]result.Range
	Controls  map[string]Control
	Rows      []Row
	Given     []model.RiskInput // numbers of the user's own
	Mode      string            // Static or Adaptive
	Seed      uint64
	Trials    int      // most trials of each attacker; 0: the default
	Currency  string   // only losses in this currency or units; empty: all
	Planned   []string // "control@on" of offers that the plan places; nil: no plan
	Simple    bool     // figures only, without what drives them
	Quick     bool     // few draws: for comparisons
	Progress  Progress // told how much is done; may be nil
}

// Progress is told how much of a piece of work is done. It is called from several goroutines.
type Progress func(done, all int)

func (p Progress) say(done, all int) {
	if p != nil {
		p(done, all)
	}
}

// Step is the chance of one finding.
type Step struct {
	Node    int32
	Finding string
	Rule    string
	Weight  float64 // how much leads through it, to choose what is looked at first
}

// Guard is the failing of one placement of a control.
type Guard struct {
	Node        int32
	Control, On string
	State       string
	Believed    float64 // share of the efficacy that the state is worth
	Guards      []int32 // indexes of the steps that it guards
	Effort      float64 // of an offer
	Friction    float64 // what it costs the people who use the system, of an offer
}

// Together is the failing of all placements of a control at once.
type Together struct {
	Node    int32
	Control string
}

func (g *Guard) id() string { return g.Control + "@" + g.On }

// Attacker is a source of harm with what holds when it makes an attempt.
type Attacker struct {
	ID      string
	Node    int32 // from which it starts
	Entries []int32
}

// Loss is an asset.
type Loss struct {
	Asset     string
	Class     string
	Severity  string // of the class
	Layer     string
	On        string // the element that it is lost with
	Power     string // the capability on it that is the loss
	Event     string // name of the event that it is one name of; empty: none was given
	Node      int32
	Low, High float64 // as the model says; both 0: nobody said
	Currency  string
}

// Element is something that can fall.
type Element struct {
	ID    string
	Layer string
	Agent bool
	Start int32   // the node of its fall; -1 where nobody assumes one
	Falls []int32 // the nodes any of which means that it has fallen
}

// Control is what is known of a control of the catalogue.
type Control struct {
	Efficacy result.Range
	Blocks   bool
	Adaptive []string // rows that were measured on attackers who adapt to it
}

// Row is a row of the evidence table.
type Row struct {
	ID, Kind, Technique, Metric, Defence, Conditions, Note string
	Value                                                  float64
	HasValue                                               bool    // the value is a number
	N                                                      float64 // trials; 0: not said
	Baseline                                               float64
	HasBaseline                                            bool
	Adaptive                                               bool // measured on attackers who adapt
	Title, Link                                            string
	Year                                                   int
	Seen                                                   string
}
