// Package attack turns findings into attack paths.
//
// A finding is a step that an attacker may take: it needs powers (capabilities over elements and flows) and gives
// others. [Analyse] joins the steps of all findings into one AND/OR graph, puts the controls that guard them in as
// premises, and answers in domain words: which findings are live, blocked or out of reach and why; the cheapest ways
// from each source of harm to each loss; what falls with each agent; which findings and controls are choke points.
//
// # The graph
//
//   - A power is an OR node. The broad scope implies the narrow one, influence implies corrupt, hijack and invoke imply
//     misact.
//   - A step of a finding is an AND node over its needs; its cost is −ln of its most likely chance of success.
//   - A placement of a control is an OR node and a premise of every step that it guards: it fails by itself (a leaf), or
//     it is defeated by a power over what enforces it. The leaf of a blocking control is closed; that of a weakening
//     one costs −ln of what it lets through. One placement is one node, so it counts once however many steps it guards.
//   - A source of harm enters at the powers that it starts with. Sources are asked one by one, and together only for
//     losses that none reaches alone.
//
// # What it does not do
//
// It does not know rules or frameworks, and it does not estimate money or frequency (package risk does). Costs order
// paths; they are not a forecast.
//
// # Guarantees
//
// Output order depends only on ids. A path has no loop and names each finding once. Adding a control never adds a path
// and never brings a finding to life. Whatever a limit cut off is said in [Output.Truncated].
package attack

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

// Control is what the analysis must know of a pattern of the catalogue.
type Control struct {
	ID         string
	Blocks     bool               // it stops a step; otherwise it makes it less likely
	Efficacy   float64            // most likely relative reduction of success, 0 to 1
	DefeatedBy []model.Capability // powers over its enforcer, any of which defeats it
}

// Input is one analysis.
type Input struct {
	System   *model.System // sorted and complete
	Findings []result.Finding
	Own      bool // the findings are for the analysis to fill in: nobody needs them as they were
	Controls map[string]Control
	Trust    model.State       // weakest state that counts; "" means declared
	Accepted map[string]string // finding id → why somebody lives with it
	Limits   Limits
	Workers  int // how many goroutines answer; 0: one per processor

	offers map[spot]bool // placements that may be put in place after the graph is built: see [Harden]
	coins  bool          // each finding's chance is a node of its own: see [Expose]
}

// spot is a control on a place.
type spot struct{ control, on string }

// Limits bound the output. Zero values mean the defaults.
type Limits struct {
	Paths        int // paths in all, worst first; 300
	Alternatives int // ways of one attacker to one loss, for the worst losses; 3
	Ways         int // losses that have more than one way, worst first; 10
	Goals        int // losses that choke points are sought for, worst first; 60
	Blast        int // elements whose blast radius is listed, the widest first; 200
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	set(&l.Paths, 300)
	set(&l.Alternatives, 3)
	set(&l.Ways, 10)
	set(&l.Goals, 60)
	set(&l.Blast, 200)
	return l
}

// Output is what an analysis adds to a result. Findings are those of the input with status, reason and severity.
type Output struct {
	Findings  []result.Finding
	Paths     []result.Path
	Blast     []result.Blast
	Chokes    []result.Choke
	Losses    []Loss   // what is reached, worst first
	Truncated []string // what a limit cut off, one plain sentence each
}

// Loss is an asset that some chain reaches, with the severity of the cheapest.
type Loss struct{ Asset, Severity string }

// Analyse builds the graph and answers. It stops early with the context's error.
func Analyse(ctx context.Context, in Input) (*Output, error) {
	in.Limits = in.Limits.withDefaults()
	if in.Trust == "" {
		in.Trust = model.DeclaredOnly
	}
	a, err := build(in)
	if err != nil {
		return nil, fmt.Errorf("build attack graph: %w", err)
	}
	a.out.Findings = in.Findings
	if !in.Own {
		a.out.Findings = slices.Clone(in.Findings)
	}
	a.guess()
	var all, open *graph.Solution
	inParallel(in.Workers,
		func() { all = a.g.Solve(graph.Query{Entries: a.entries(a.everybody()), Closed: a.closedLeaves}) },
		// The same question with every blocking control out of the way tells blocked from unreachable.
		func() { open = a.g.Solve(graph.Query{Entries: a.entries(a.everybody())}) },
		func() { a.surely(nil) },
	)
	goals := a.goals(all)
	for _, g := range goals {
		a.out.Losses = append(a.out.Losses, Loss{g.asset.ID, result.Severities[g.severity]})
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// What follows reads the solutions and writes each what nothing else looks at meanwhile. The dearest come first.
	tiers := a.tiers(all)
	gradings := make([]grading, len(tiers))
	var failed [2]error
	var work []func()
	for i := range tiers {
		work = append(work, func() { gradings[i] = a.grade(tiers[i], goals) })
	}
	inParallel(in.Workers, append(work,
		func() { failed[0] = a.paths(ctx, all, goals) },
		func() { failed[1] = a.blast(ctx) },
		func() { a.chokes(all.Twin(), goals) },
		func() {
			a.useful = a.towards(all)
			a.status(all, open)
			a.group(all)
		},
	)...)
	if err := cmp.Or(failed[0], failed[1]); err != nil {
		return nil, err
	}
	a.severity(all, gradings)
	a.already()
	sort.Strings(a.out.Truncated)
	out := a.out // and not a part of a, with which the graph would live on
	return &out, nil
}

// inParallel does pieces of work on so many goroutines (0: one per processor), each piece once.
func inParallel(workers int, work ...func()) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int32
	run := func() {
		for i := int(next.Add(1)) - 1; i < len(work); i = int(next.Add(1)) - 1 {
			work[i]()
		}
	}
	var group sync.WaitGroup
	for range min(workers, len(work)) - 1 {
		group.Go(run)
	}
	run()
	group.Wait()
}

// chance is what a cost stands for.
func chance(cost float64) float64 { return math.Exp(-cost) }

// goal is an asset with its power in the graph.
type goal struct {
	asset    *model.Asset
	node     int32
	cost     float64
	severity int // index into result.Severities, by class of loss and cost
}

// goals lists the losses that are reached, worst first.
func (a *analysis) goals(all *graph.Solution) []goal {
	var out []goal
	for i := range a.in.System.Assets {
		asset := &a.in.System.Assets[i]
		node, ok := a.power(assetPower(asset))
		if !ok || !all.Reached(node) {
			continue
		}
		cost, base, severity := all.Cost(node), lossSeverity(asset.Loss), severityIndex("low")
		for _, t := range a.tiers(all) {
			if t.Reached(node) {
				severity = min(severity, max(severityAt(base, t.Cost(node)), t.gravest))
			}
		}
		out = append(out, goal{asset, node, cost, severity})
	}
	sort.Slice(out, func(i, j int) bool {
		x, y := out[i], out[j]
		if x.severity != y.severity {
			return x.severity < y.severity
		}
		if x.cost != y.cost {
			return x.cost < y.cost
		}
		return x.asset.ID < y.asset.ID
	})
	return out
}

func assetPower(asset *model.Asset) model.Power {
	scope := model.ScopeAll
	if asset.Scope == model.ScopeOwn {
		scope = model.ScopeOwn
	}
	return model.Power{Capability: asset.Capability, Scope: scope, On: asset.Element}
}

// lossSeverity is the grade of a class of loss, as an index into result.Severities.
func lossSeverity(loss string) int {
	for _, l := range model.Losses {
		if l.Name == loss {
			return severityIndex(l.Severity)
		}
	}
	return severityIndex("medium")
}

func severityIndex(name string) int {
	for i, s := range result.Severities {
		if s == name {
			return i
		}
	}
	return len(result.Severities) - 1
}
