package report

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"fermata/internal/result"
)

// A path is one sequence of steps. A way is a source of harm and a loss that it reaches, by however many paths: that is what
// plans and lists count.

// ShownPaths is how many ways a short report shows, ToldPaths how many any report does.
const (
	ShownPaths = 5
	ToldPaths  = 10
)

// TopPaths picks the paths to show: the worst of each kind of loss, then of each source of harm and kind of loss, then of
// each source and loss, then other paths between the same two; what is picked comes in the result's order, worst first. A loss
// of low severity waits until the others have been told in full. Of paths of one course the first is picked: see
// [View.Likewise] for the others. A report that shows fewer shows the first of the same ones, so that a number means the same
// path in all of them.
func (v *View) TopPaths(o Options, most int) []*result.Path {
	scopes := v.Scopes(o)
	var classes [4][]*result.Path
	place := map[*result.Path]int{}
	seenLoss, seenKind, seenEnds, seenSteps := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range v.Result.Paths {
		p := &v.Result.Paths[i]
		if !scopes[p.Scope] {
			continue
		}
		kind := p.Attacker + ">" + p.Goal.Loss
		steps := v.course(p)
		if seenSteps[steps] {
			continue
		}
		class, ends := 3, p.Attacker+">"+p.Goal.Asset
		switch {
		case !seenLoss[p.Goal.Loss] && Rank(p.Severity) < Rank("low"):
			class = 0
		case !seenKind[kind]:
			class = 1
		case !seenEnds[ends]:
			class = 2
		}
		classes[class] = append(classes[class], p)
		place[p] = i
		seenLoss[p.Goal.Loss], seenKind[kind], seenEnds[ends], seenSteps[steps] = true, true, true, true
	}
	picked := slices.Concat(classes[:]...)
	if !o.All && len(picked) > max(most, ToldPaths) {
		picked = picked[:max(most, ToldPaths)]
	}
	sort.Slice(picked, func(i, j int) bool { return place[picked[i]] < place[picked[j]] })
	if !o.All && len(picked) > most {
		picked = picked[:most]
	}
	return picked
}

// Capped says why a path is less grave than its loss and its chance make it, and what lifts that; "" where it is not.
func (v *View) Capped(p *result.Path) string { return p.CappedWords(v.Result, v.Name) }

// course is what a path does without what it does it to: who begins, and the rules of its steps.
func (v *View) course(p *result.Path) string {
	rules := make([]string, 0, len(p.Steps)+1)
	rules = append(rules, p.Attacker)
	for _, h := range p.Steps {
		if f := v.findings[h.Finding]; f != nil {
			rules = append(rules, f.Rule)
		}
	}
	return strings.Join(rules, ">")
}

// wayOf is the way that a path is of.
func wayOf(p *result.Path) string { return p.Attacker + ">" + p.Goal.Asset }

// mostLikewise is how many losses Likewise names of one path.
const mostLikewise = 3

// Likewise says of each path that is told which other losses its course reaches: "right use of refund (medium)". So no way is
// passed over in silence because a graver one goes the same course. A way is named once, and not where it is told by itself.
func (v *View) Likewise(o Options, told []*result.Path) map[*result.Path]string {
	seen, first := map[string]bool{}, map[string]*result.Path{}
	for _, p := range told {
		seen[wayOf(p)] = true
		if course := v.course(p); first[course] == nil {
			first[course] = p
		}
	}
	others := map[*result.Path][]*result.Path{}
	scopes := v.Scopes(o)
	for i := range v.Result.Paths {
		p := &v.Result.Paths[i]
		if !scopes[p.Scope] || seen[wayOf(p)] {
			continue
		}
		if of := first[v.course(p)]; of != nil {
			seen[wayOf(p)] = true
			others[of] = append(others[of], p)
		}
	}
	out := map[*result.Path]string{}
	for of, list := range others {
		out[of] = v.losses(list)
	}
	return out
}

// losses names the losses of some paths with their severities.
func (v *View) losses(list []*result.Path) string {
	type loss struct{ severity, name string }
	times := map[loss]int{} // of several that nothing tells apart
	var order []loss
	for _, p := range list {
		l := loss{p.Severity, v.Asset(p.Goal.Asset)}
		if times[l] == 0 {
			order = append(order, l)
		}
		times[l]++
	}
	names, rest := map[string][]string{}, len(list)
	for _, l := range order[:min(len(order), mostLikewise)] {
		name := l.name
		if n := times[l]; n > 1 {
			name = fmt.Sprintf("%s (%d of that name)", name, n)
		}
		names[l.severity] = append(names[l.severity], name)
		rest -= times[l]
	}
	var parts []string
	for _, severity := range result.Severities {
		if len(names[severity]) > 0 {
			parts = append(parts, Sentence(names[severity])+" ("+severity+")")
		}
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("%d more", rest))
	}
	return strings.Join(parts, "; ")
}

// PathCount counts the paths of the parts of the tree that are shown.
func (v *View) PathCount(o Options) int {
	p, n := v.part(o), 0
	for i := range v.Result.Paths {
		if p.scopes.Has(v.Result.Paths[i].Scope) {
			n++
		}
	}
	return n
}

// WayCount counts the ways of the parts of the tree that are shown, as plans and lists of ways do.
func (v *View) WayCount(o Options) int {
	scopes, ways := v.Scopes(o), map[string]bool{}
	for i := range v.Result.Paths {
		if p := &v.Result.Paths[i]; scopes[p.Scope] {
			ways[wayOf(p)] = true
		}
	}
	return len(ways)
}

// Untold says, behind a list of paths, how many ways there are in all and how to see them. It is "" where each path is told.
func (v *View) Untold(o Options, told int) string {
	paths := v.PathCount(o)
	if told >= paths {
		return ""
	}
	ways := v.WayCount(o)
	return fmt.Sprintf("In all %s from a source of harm to a loss, by %s: fermata paths lists the ways, and with --all each path.",
		Plural(ways, "way leads", "ways lead"), Plural(paths, "path", "paths"))
}
