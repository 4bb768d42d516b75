package cascade

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func judged(t *testing.T, low, mode, high float64) Chance {
	t.Helper()
	c, err := Judged(low, mode, high)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSameOnAnyProcessors holds that the outcome is the same, bit for bit, on 1, 2 and 8 processors, and another under
// another seed.
func TestSameOnAnyProcessors(t *testing.T) {
	for _, s := range []Shape{{Topology: "scale-free", Agents: 300, Models: 3, Seed: 1}, {Topology: "mesh", Agents: 1500}} {
		n := made(t, s, judged(t, 0, 0.002, 0.4))
		c := Course{Runs: 333, Rounds: 20, Seed: 9, Recovery: 0.2, Relapse: true, First: 2}
		d := Defence{Authentication: 0.5, Coverage: 0.4, Segments: 3, Breaker: 0.2, Alarms: 2}
		var first *Outcome
		for _, procs := range []int{1, 2, 8} {
			old := runtime.GOMAXPROCS(procs)
			o := run(t, n, c, d)
			runtime.GOMAXPROCS(old)
			if first == nil {
				first = o
			} else if !reflect.DeepEqual(first, o) {
				t.Errorf("%s: %d processors give another outcome than 1", s.Topology, procs)
			}
		}
		c.Seed++
		if o := run(t, n, c, d); reflect.DeepEqual(first.Sizes, o.Sizes) {
			t.Errorf("%s: another seed gives the same", s.Topology)
		}
	}
}

// TestDefencesOnlyHelp holds, run by run, that where nothing recovers no defence lets a spread grow: what a defence lets
// through is part of what went through without it.
func TestDefencesOnlyHelp(t *testing.T) {
	for _, topology := range Topologies {
		n := made(t, Shape{Topology: topology.Name, Agents: 80, Degree: 4, Rewire: 0.1, Models: 2, Seed: 3}, judged(t, 0.001, 0.01, 0.2))
		c := Course{Runs: 640, Rounds: 8, Seed: 11}
		bare := run(t, n, c, Defence{})
		for _, d := range []Defence{
			{Authentication: 0.77},
			{Tagging: 0.5, Coverage: 0.3},
			{Segments: 4},
			{Breaker: 0.3},
			{Breaker: 0.5, Alarms: 3},
			{Recovery: 0.2},
			{Without: []int32{0, 5}},
			{Authentication: 0.2, Segments: 2, Breaker: 0.1},
		} {
			o := run(t, n, c, d)
			for i, x := range o.Sizes {
				if x > bare.Sizes[i] {
					t.Fatalf("%s, %+v: run %d reaches %d agents, and %d without", topology.Name, d, i, x, bare.Sizes[i])
				}
			}
			if o.Final.Mean >= bare.Final.Mean {
				t.Errorf("%s, %+v: mean %v, without %v", topology.Name, d, o.Final.Mean, bare.Final.Mean)
			}
			if o.Growth.High > bare.Growth.High+1e-9 {
				t.Errorf("%s, %+v: growth %v, without %v", topology.Name, d, o.Growth, bare.Growth)
			}
		}
		// A defence of nothing is no defence, and one that stops everything leaves who was first.
		if o := run(t, n, c, Defence{Segments: 1, Alarms: 3}); !reflect.DeepEqual(o.Sizes, bare.Sizes) {
			t.Errorf("%s: an empty defence changes something", topology.Name)
		}
		if o := run(t, n, c, Defence{Authentication: 1}); o.Final.Mean != 1 {
			t.Errorf("%s: a complete defence lets %v fall", topology.Name, o.Final.Mean)
		}
	}
}

// TestMoreDefenceHelpsMore holds that efficacy and coverage count run by run.
func TestMoreDefenceHelpsMore(t *testing.T) {
	n := made(t, Shape{Topology: "random", Agents: 200, Seed: 5}, judged(t, 0.05, 0.2, 0.6))
	c := Course{Runs: 320, Rounds: 6, Seed: 12}
	for name, at := range map[string]func(float64) Defence{
		"efficacy": func(x float64) Defence { return Defence{Authentication: x} },
		"coverage": func(x float64) Defence { return Defence{Authentication: 0.9, Coverage: x} },
	} {
		last := run(t, n, c, Defence{}).Sizes
		for _, x := range []float64{0.1, 0.4, 0.7, 1} {
			next := run(t, n, c, at(x)).Sizes
			for i := range next {
				if next[i] > last[i] {
					t.Fatalf("%s %v: run %d grows from %d to %d", name, x, i, last[i], next[i])
				}
			}
			last = next
		}
	}
}

// TestSegmentsHold holds that nothing leaves a segment: a spread is at most as large as the segments where it began.
func TestSegmentsHold(t *testing.T) {
	for _, agents := range []int{100, 2000} { // by links and mixed
		n := made(t, Shape{Topology: "mesh", Agents: agents}, fixed(t, 1))
		o := run(t, n, Course{Runs: 64, Rounds: 5, Seed: 13}, Defence{Segments: 4})
		if o.Final.P5 != agents/4 || o.Final.P95 != agents/4 {
			t.Errorf("%d agents: %+v", agents, o.Final)
		}
	}
}

// TestAlarms holds the time until an agent is cut off against what alarms in rounds give: a star whose middle tries each
// leaf in every round until its third alarm. What passes before is the chance of the closed form behind the reproduction
// number.
func TestAlarms(t *testing.T) {
	const p, agents = 0.05, 41
	n := made(t, Shape{Topology: "star", Agents: agents}, fixed(t, p))
	for alarms := 1; alarms <= 4; alarms++ {
		d := Defence{Breaker: 0.4, Alarms: alarms}
		c := Course{Runs: 20000, Rounds: 80, Seed: 14, Starts: []int32{0}}
		plan := layOut(n, c, &d)
		near(t, fmt.Sprint(alarms, " alarms"), run(t, n, c, d).Final, 1+(agents-1)*plan.ever(p))
	}
	d := Defence{Recovery: 0.25}
	c := Course{Runs: 20000, Rounds: 80, Seed: 15, Starts: []int32{0}}
	near(t, "cleaned", run(t, n, c, d).Final, 1+(agents-1)*p/(p+0.25-p*0.25))
}

// TestCurve holds what every curve must be: it starts with the first agents, never falls without relapse, and ends as the
// final size says; thresholds are those of the curve.
func TestCurve(t *testing.T) {
	n := made(t, Shape{Topology: "small-world", Agents: 100, Degree: 4, Rewire: 0.2, Seed: 2}, judged(t, 0, 0.1, 0.3))
	o := run(t, n, Course{Runs: 1000, Rounds: 30, Seed: 16, First: 3, Thresholds: []float64{0.03, 0.1, 0.5, 1}}, Defence{})
	if len(o.Curve) != 31 || o.Curve[0].Mean != 3 || o.Curve[0].P95 != 3 {
		t.Fatalf("it begins with %+v", o.Curve[0])
	}
	for i, p := range o.Curve[1:] {
		if q := o.Curve[i]; p.Mean < q.Mean || p.P5 < q.P5 || p.P50 < q.P50 || p.P95 < q.P95 || p.P5 > p.P50 || p.P50 > p.P95 {
			t.Errorf("round %d: %+v after %+v", p.Round, p, q)
		}
	}
	if c := o.Cross[0]; c.Passed != 1000 || c.P95 != 0 {
		t.Errorf("the threshold of the first agents: %+v", c)
	}
	sum := 0
	for v, x := range o.Fallen {
		sum += x
		if o.When[v] > 30*x {
			t.Errorf("agent %d falls after the end", v)
		}
	}
	if math.Abs(float64(sum)/1000-o.Final.Mean) > 1e-9 {
		t.Errorf("agents fall %d times, and the size is %v", sum, o.Final.Mean)
	}
	passed := 0
	for _, x := range o.Passed {
		passed += x
	}
	if passed != sum-3000 {
		t.Errorf("%d contaminations were passed on, %d happened", passed, sum-3000)
	}
	for i := 1; i < len(o.Cross); i++ {
		if o.Cross[i].Passed > o.Cross[i-1].Passed {
			t.Errorf("a higher threshold is passed more often: %+v", o.Cross)
		}
	}
}

// TestChances holds the quantiles of chances: means and known medians.
func TestChances(t *testing.T) {
	for _, c := range []struct {
		chance       Chance
		mean, median float64
	}{
		{fixed(t, 0.3), 0.3, 0.3},
		{Chance{0, 1, 1, 1}, 0.5, 0.5},
		{Chance{0, 1, 2, 1}, 2.0 / 3, math.Sqrt(0.5)},
		{Chance{0, 1, 1, 5}, 1.0 / 6, 1 - math.Pow(0.5, 0.2)},
		{Chance{0, 1, 0.1, 0.9}, 0.1, math.NaN()},
		{judged(t, 0.2, 0.5, 0.8), 0.5, 0.5},
		{judged(t, 0.2, 0.2, 0.8), 0.3, math.NaN()},
	} {
		sum := 0.0
		last := c.chance.Low
		table, err := c.chance.table()
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range table {
			sum += x
			if x < last || x > c.chance.High {
				t.Fatalf("%+v: %v after %v", c.chance, x, last)
			}
			last = x
		}
		if mean := sum / steps; math.Abs(mean-c.mean) > 2e-3 || math.Abs(c.chance.Mean()-c.mean) > 1e-12 {
			t.Errorf("%+v: means %v and %v, want %v", c.chance, mean, c.chance.Mean(), c.mean)
		}
		if m := c.chance.Quantile(0.5); math.Abs(m-c.median) > 2e-3 {
			t.Errorf("%+v: median %v, want %v", c.chance, m, c.median)
		}
	}
}

// TestTopologies holds the numbers of links, that every agent is linked, and that equal seeds make equal nets.
func TestTopologies(t *testing.T) {
	for _, c := range []struct {
		shape Shape
		links int
	}{
		{Shape{Topology: "chain", Agents: 10}, 9},
		{Shape{Topology: "star", Agents: 10}, 18},
		{Shape{Topology: "hierarchy", Agents: 13, Branch: 3}, 24},
		{Shape{Topology: "ring", Agents: 10}, 20},
		{Shape{Topology: "ring", Agents: 2}, 2},
		{Shape{Topology: "mesh", Agents: 10}, 90},
		{Shape{Topology: "random", Agents: 1000, Degree: 6}, 6000},
		{Shape{Topology: "random", Agents: 4, Degree: 3}, 12},
		{Shape{Topology: "small-world", Agents: 1000, Degree: 6, Rewire: 0.3}, 6000},
		{Shape{Topology: "small-world", Agents: 7, Degree: 6, Rewire: 1}, 42},
		{Shape{Topology: "scale-free", Agents: 1000, Degree: 6}, 2 * (3 + 996*3)},
	} {
		n := made(t, c.shape, fixed(t, 0.5))
		if len(n.Links) != c.links {
			t.Errorf("%+v: %d links, want %d", c.shape, len(n.Links), c.links)
		}
		seen := map[[2]int32]bool{}
		for _, l := range n.Links {
			if l.From == l.To || seen[[2]int32{l.From, l.To}] {
				t.Errorf("%+v: link %v twice or to itself", c.shape, l)
			}
			seen[[2]int32{l.From, l.To}] = true
		}
		if !reflect.DeepEqual(n, made(t, c.shape, fixed(t, 0.5))) {
			t.Errorf("%+v: two nets of one seed differ", c.shape)
		}
		c.shape.Seed = 77
		if other := made(t, c.shape, fixed(t, 0.5)); strings.Contains("random scale-free", c.shape.Topology) && c.shape.Agents > 10 == reflect.DeepEqual(n, other) {
			t.Errorf("%+v: the seed does not count", c.shape)
		}
	}
	// The hubs of a scale-free net hold far more than their share.
	n := made(t, Shape{Topology: "scale-free", Agents: 3000, Degree: 4, Seed: 1}, fixed(t, 0.5))
	degree := make([]int, n.Agents)
	most := 0
	for _, l := range n.Links {
		degree[l.From]++
		most = max(most, degree[l.From])
	}
	if most < 60 {
		t.Errorf("the greatest hub has %d links", most)
	}
}

// TestRefused holds that what cannot be is refused in a plain sentence, and never clamped.
func TestRefused(t *testing.T) {
	n := made(t, Shape{Topology: "ring", Agents: 5}, fixed(t, 0.5))
	nan := math.NaN()
	for _, c := range []struct {
		course  Course
		defence Defence
		want    string
	}{
		{Course{Runs: -1}, Defence{}, "-1 runs"},
		{Course{Runs: MaxRuns + 1}, Defence{}, "runs are not from 1"},
		{Course{Rounds: MaxRounds + 1}, Defence{}, "rounds are not from 1"},
		{Course{Runs: MaxRuns, Rounds: MaxRounds}, Defence{}, "can be kept"},
		{Course{First: 6}, Defence{}, "6 agents cannot be the first among the 5"},
		{Course{Recovery: 1.5}, Defence{}, "1.5"},
		{Course{Recovery: nan}, Defence{}, "NaN"},
		{Course{Thresholds: []float64{0}}, Defence{}, "threshold 0"},
		{Course{Thresholds: []float64{nan}}, Defence{}, "threshold NaN"},
		{Course{Starts: []int32{5}}, Defence{}, "agent 5"},
		{Course{}, Defence{Authentication: -0.1}, "authentication is a share from 0 to 1, and not -0.1"},
		{Course{}, Defence{Breaker: nan}, "breaker"},
		{Course{}, Defence{Segments: -2}, "segments are at least 1"},
		{Course{}, Defence{Alarms: 16}, "alarms are from 1 to 15"},
	} {
		if _, err := Simulate(t.Context(), n, c.course, c.defence); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v %+v: %v, want %q", c.course, c.defence, err, c.want)
		}
	}
	for _, s := range []Shape{
		{Topology: "torus", Agents: 5},
		{Topology: "ring", Agents: 1},
		{Topology: "ring", Agents: MaxAgents + 1},
		{Topology: "random", Agents: 5, Degree: 5},
		{Topology: "random", Agents: 5, Degree: -1},
		{Topology: "small-world", Agents: 9, Degree: 3},
		{Topology: "scale-free", Agents: 9, Degree: 3},
		{Topology: "small-world", Agents: 9, Degree: 2, Rewire: nan},
		{Topology: "hierarchy", Agents: 9, Branch: -1},
		{Topology: "ring", Agents: 5, Models: -3},
		{Topology: "random", Agents: 900000, Degree: 100},
	} {
		if _, err := s.Make(Chance{}); err == nil {
			t.Errorf("%+v is made", s)
		}
	}
	for _, err := range []error{
		second(Fixed(1.1)), second(Fixed(nan)), second(Judged(0.5, 0.4, 0.6)), second(Judged(0, 0.4, nan)), second(Measured(0, 5)), second(Measured(0.5, 0)),
	} {
		if err == nil {
			t.Error("an impossible chance is taken")
		}
	}
	if _, err := Simulate(t.Context(), &Net{Agents: 2, Links: []Link{{From: 0, To: 2}}, Classes: []Chance{{}}}, Course{}, Defence{}); err == nil {
		t.Error("a link to nowhere is taken")
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Simulate(ctx, n, Course{}, Defence{}); err == nil {
		t.Error("it goes on after it is stopped")
	}
}

func second(_ Chance, err error) error { return err }
