package attack

import (
	"slices"
	"strings"

	"fermata/internal/graph"
	"fermata/internal/model"
)

// guess notes what is known of nobody: that somebody gives an agent work is assumed where code does not show who does, and
// so is that who publishes what runs here would turn against its users. What is reached without them is asked apart, because
// a guess alone makes nothing critical. The same holds for the agents that are assumed to connect to a tool server.
func (a *analysis) guess() {
	a.standIns = nil
	for node := range a.at {
		if a.standsIn(int32(node)) {
			a.standIns = append(a.standIns, int32(node))
		}
	}
	// What a developer's client starts on the developer's machine: who takes over its publisher gets that machine. It is to be
	// pinned as an image or a package is, and weighs no more. What runs with the service is another matter.
	host := map[string]string{}
	for _, f := range a.in.System.Flows {
		if f.Kind == model.Hosts && host[f.To] == "" {
			host[f.To] = f.From
		}
	}
	onlyDesk := map[string]bool{}
	observed := map[string]bool{} // what delivers something that was seen
	for _, f := range a.in.System.Flows {
		if to := a.byElement[f.To]; f.Kind == model.Supply && to != nil && to.Origin == model.Observed {
			at := host[f.To]
			onlyDesk[f.From] = (!observed[f.From] || onlyDesk[f.From]) && (at == model.AssumedDesk || strings.HasPrefix(at, model.AssumedDesk+":"))
			observed[f.From] = true
		}
	}
	for _, id := range a.everybody() {
		for _, node := range a.starts[id] {
			e := a.byElement[a.powerOf(node).On]
			if e == nil || e.Origin != model.Assumed || e.Kind != model.Human && !(id == "supplier" && observed[e.ID]) {
				continue
			}
			if e.Kind != model.Human && onlyDesk[e.ID] {
				a.remote[node] = true
				continue
			}
			if a.guessed == nil {
				a.guessed = map[int32]bool{}
			}
			a.guessed[node] = true
		}
	}
}

// standsIn tells whether a node is a power over an agent that is assumed to connect to a tool server.
func (a *analysis) standsIn(node int32) bool {
	p, ok := a.powerAt(node)
	return ok && strings.HasPrefix(p.On, model.AssumedClient)
}

// tier is a solution that rests on fewer guesses than another, with the gravest severity that its ways may have.
type tier struct {
	*graph.Solution
	gravest int
}

// surely solves without what is guessed, with more leaves closed. A way on which each link was seen or declared is as grave
// as its loss; that of a person, or through a client, who is only assumed is high at the most, and one with a guessed link medium.
func (a *analysis) surely(closed []int32) {
	a.surer, a.gravest = nil, 0
	closed = slices.Concat(a.closedLeaves, closed, a.guesses)
	var near, sure []int32
	for _, node := range a.entries(a.everybody()) {
		if a.remote[node] {
			continue
		}
		if near = append(near, node); !a.guessed[node] {
			sure = append(sure, node)
		}
	}
	if a.guessed != nil || len(a.standIns) > 0 {
		a.surer = append(a.surer, tier{a.g.Solve(graph.Query{Entries: sure, Closed: slices.Concat(closed, a.standIns)}), a.gravest})
		a.gravest = severityIndex("high")
	}
	if len(a.guesses) > 0 || len(a.remote) > 0 {
		a.surer = append(a.surer, tier{a.g.Solve(graph.Query{Entries: near, Closed: closed}), a.gravest})
		a.gravest = severityIndex("medium")
	}
}

// tiers are the surer solutions and the one with all guesses.
func (a *analysis) tiers(all *graph.Solution) []tier {
	return append(slices.Clone(a.surer), tier{all, a.gravest})
}
