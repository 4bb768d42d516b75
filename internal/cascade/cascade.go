// Package cascade simulates how contamination spreads over the agents of a system, round by round.
//
// A [Net] holds agents and the links by which one agent's words become another's input. In each round every contaminated
// agent tries each of its links once; a try succeeds with the chance of the link's class ([Chance]), lowered by what stands
// on the link and by what guards the receiver. Contaminated agents may be cleaned (for good, or only until the next time),
// and agents that raise alarms may be cut off. [Simulate] repeats this many times and returns the curve of the spread, its
// size, the time to a threshold and the chance of passing it.
//
// # Chance and what is not known
//
// How open an agent is to a technique is not known, only its range. So the chance of a class is a distribution, and each
// run draws it once for every model that agents run on: agents of one model share their luck in a run, and the second try
// at an agent tells little that the first did not. Treating tries as independent would let every attack succeed in time,
// which measurements contradict.
//
// # Random numbers
//
// They are Philox4x32-10 with the seed as key. The counter names the run, the round, the link or agent, and what is drawn.
// So the figures do not depend on the number of processors; and two simulations that differ in a defence, a chance or a
// removed agent are compared run by run with the same luck, which makes differences far surer than either figure.
// 64 runs share a machine word: a link is tried in all of them at once.
//
// # What it does not do
//
// It knows no rules and no controls: [FromSystem] turns elements and flows into agents and links, and the caller says what
// guards them. A round is a turn of the agents and no time of day. An agent that is cut off by a breaker was contaminated
// before; breakers that trip on clean agents are not simulated.
//
// # Guarantees
//
// The same net, course and seed give the same outcome on any number of processors. Counts are whole numbers; every sum of
// fractions has a fixed order.
package cascade

import (
	"fmt"
	"math"
)

// Limits of what is simulated.
const (
	MaxAgents = 1_000_000
	MaxLinks  = 20_000_000
	MaxRuns   = 100_000
	MaxRounds = 10_000
	maxCells  = 20_000_000 // runs times rounds: each is a count that is kept
	maxAlarms = 15
	maxModels = 1024
)

// Net is who can contaminate whom.
type Net struct {
	Agents  int
	Names   []string  // of agents; nil for made-up nets
	Model   []int32   // the model that each agent runs on, from 0; nil: all on one
	Models  int       // how many models; 0 means 1
	Open    []float64 // what of each try reaches an agent past its guards, 0 to 1; nil: all
	Links   []Link    // in ascending order of From, To and Class; their place is their identity
	Mixed   bool      // every agent meets every other in every round: Links is empty, and all meetings are of class 0
	Classes []Chance
}

// Link is a way from one agent to another.
type Link struct {
	From, To int32
	Class    int32   // of Net.Classes
	Open     float64 // what of each try passes what stands on the link, 0 to 1
}

// check refuses what cannot be simulated.
func (n *Net) check() error {
	switch {
	case n.Agents < 1:
		return fmt.Errorf("there is no agent to contaminate")
	case n.Agents > MaxAgents:
		return fmt.Errorf("%d agents are more than the %d that can be simulated", n.Agents, MaxAgents)
	case len(n.Links) > MaxLinks:
		return fmt.Errorf("%d links are more than the %d that can be simulated", len(n.Links), MaxLinks)
	case n.Models > maxModels:
		return fmt.Errorf("%d models are more than the %d that can be told apart", n.Models, maxModels)
	case n.Models > 1 && len(n.Model) != n.Agents:
		return fmt.Errorf("the model of %d agents is known, and there are %d", len(n.Model), n.Agents)
	}
	for i, l := range n.Links {
		if l.From < 0 || int(l.From) >= n.Agents || l.To < 0 || int(l.To) >= n.Agents || l.Class < 0 || int(l.Class) >= len(n.Classes) || !share(l.Open) {
			return fmt.Errorf("link %d is not between two agents of the net", i)
		}
	}
	return nil
}

// share says whether x lies from 0 to 1, and is a number.
func share(x float64) bool { return x >= 0 && x <= 1 }

// Course is how a simulation runs.
type Course struct {
	Runs       int       // how often; 0 means 1,000
	Rounds     int       // how long at most; 0 means 20
	Seed       uint64    //
	First      int       // contaminated agents at the beginning of a run; 0 means 1
	Starts     []int32   // among which these are drawn anew for each run; nil: all agents
	Recovery   float64   // chance that a contaminated agent is clean after a round
	Relapse    bool      // a cleaned agent can be contaminated again; otherwise it is immune
	Thresholds []float64 // shares of the agents that count as a cascade; nil: 10 % and 50 %, or all where the first are as many
}

// Filled gives the course with defaults in the places that say nothing, and refuses what makes no sense for the net.
func (c Course) Filled(n *Net) (Course, error) {
	if c.Runs == 0 {
		c.Runs = 1000
	}
	if c.Rounds == 0 {
		c.Rounds = 20
	}
	if c.First == 0 {
		c.First = 1
	}
	if c.Thresholds == nil {
		for _, part := range []float64{0.1, 0.5} {
			if size(n.Agents, part) > c.First {
				c.Thresholds = append(c.Thresholds, part)
			}
		}
		if len(c.Thresholds) == 0 {
			c.Thresholds = []float64{1}
		}
	}
	starts := len(c.Starts)
	if c.Starts == nil {
		starts = n.Agents
	}
	switch {
	case c.Runs < 1 || c.Runs > MaxRuns:
		return c, fmt.Errorf("%d runs are not from 1 to %d", c.Runs, MaxRuns)
	case c.Rounds < 1 || c.Rounds > MaxRounds:
		return c, fmt.Errorf("%d rounds are not from 1 to %d", c.Rounds, MaxRounds)
	case c.Runs*c.Rounds > maxCells:
		return c, fmt.Errorf("%d runs of %d rounds are more than the %d rounds that can be kept", c.Runs, c.Rounds, maxCells)
	case c.First < 0 || c.First > starts:
		return c, fmt.Errorf("%d agents cannot be the first among the %d where it may begin", c.First, starts)
	case !share(c.Recovery):
		return c, fmt.Errorf("the chance %v of being cleaned is not from 0 to 1", c.Recovery)
	}
	for _, t := range c.Thresholds {
		if !(t > 0 && t <= 1) {
			return c, fmt.Errorf("the threshold %v is not a share above 0 and up to 1", t)
		}
	}
	for _, s := range c.Starts {
		if s < 0 || int(s) >= n.Agents {
			return c, fmt.Errorf("agent %d, from which contamination starts, is not of the net", s)
		}
	}
	return c, nil
}

// Defence is what stands against a spread besides what the net itself says. The zero value is nothing.
type Defence struct {
	Authentication float64 // share of tries that authenticated messages stop
	Tagging        float64 // share of tries that messages stop which say which agent wrote them
	Coverage       float64 // share of the links that carry these two; 0 means all
	Segments       int     // groups between which links are cut; 0 and 1 mean none
	Breaker        float64 // chance that a contaminated agent raises an alarm in a round
	Alarms         int     // alarms after which an agent is cut off; 0 means 1
	Recovery       float64 // chance that a contaminated agent is cleaned in a round, besides that of the course
	Without        []int32 // agents that are kept apart: they take nothing in and pass nothing on
}

// None says that nothing is defended.
func (d *Defence) None() bool {
	return d.Authentication == 0 && d.Tagging == 0 && d.Segments <= 1 && d.Breaker == 0 && d.Recovery == 0 && len(d.Without) == 0
}

// Check refuses what makes no sense.
func (d *Defence) Check() error {
	for _, x := range []struct {
		name  string
		value float64
	}{{"authentication", d.Authentication}, {"tagging", d.Tagging}, {"coverage", d.Coverage}, {"breaker", d.Breaker}, {"recovery", d.Recovery}} {
		if !share(x.value) {
			return fmt.Errorf("%s is a share from 0 to 1, and not %v", x.name, x.value)
		}
	}
	switch {
	case d.Segments < 0:
		return fmt.Errorf("segments are at least 1, and not %d", d.Segments)
	case d.Alarms < 0 || d.Alarms > maxAlarms:
		return fmt.Errorf("alarms are from 1 to %d, and not %d", maxAlarms, d.Alarms)
	}
	return nil
}

// Outcome is what a simulation showed.
type Outcome struct {
	Runs   int
	Curve  []Point  // by round, from 0
	Final  Spread   // agents ever contaminated; with relapse those that are at the end
	Cross  []Cross  // in the order of the thresholds
	Fallen []int    // by agent: runs in which it was contaminated
	When   []int    // by agent: sum of the rounds in which it was contaminated first
	Passed []int    // by agent: how many others took it from this one first
	Sizes  []int32  // by run: what Final is made of
	Growth Interval // agents that one contaminated agent contaminates in its first round, in a large enough spread: a spectral radius
	// Reproduction is the same for as long as it stays contaminated; nil when nothing ever cleans or cuts off.
	Reproduction *Interval
}

// Interval encloses a number.
type Interval struct{ Low, High float64 }

// Spread is a number of agents over the runs.
type Spread struct {
	Mean          float64
	P5, P50, P95  int
	StandardError float64 // of the mean
}

// Point is a round of the curve.
type Point struct {
	Round int
	Spread
	Now float64 // mean number of agents that are contaminated and pass it on in this round
}

// Cross is how a threshold was passed.
type Cross struct {
	Share        float64
	Agents       int // the least number of agents that is the share
	Passed       int // runs that reached it
	Chance       float64
	Low, High    float64 // 95 % interval of the chance
	P5, P50, P95 int     // rounds until then, among runs that passed; 0 when none did
}

// size is the least number of agents that makes a share. Products that are whole up to rounding count as whole.
func size(agents int, part float64) int {
	return max(1, int(math.Ceil(float64(float64(agents)*part)-1e-9)))
}
