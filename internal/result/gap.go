package result

import (
	"fmt"
	"strings"

	"fermata/internal/model"
	"fermata/internal/source"
)

// Gap is a construct that was recognised and not followed, or several that differ in one thing only: what they are, or why.
type Gap struct {
	What    string // of all of them; "" where they differ in it
	Why     string // the same; "" where they differ in that
	Settled bool   // somebody answered what it holds
	Each    []*Unresolved
}

// Gaps gathers what was not followed in the parts of the tree that count, in the order of the first of each gap, and says how
// many constructs those are, how many of them somebody answered, and how many lie elsewhere. What is the same in several
// places is told once.
func (r *Result) Gaps(s *Scopes) (gaps []Gap, all, settled, elsewhere int) {
	answered := r.settled()
	var list []*Unresolved
	var done []bool
	whats, whys := map[string]int{}, map[string]int{}
	for i := range r.Coverage.Unresolved {
		u := &r.Coverage.Unresolved[i]
		if !s.Has(source.Scope(u.Evidence.File)) {
			elsewhere++
			continue
		}
		list, done = append(list, u), append(done, answered[i])
		if answered[i] {
			settled++
			continue
		}
		whats[u.What]++
		whys[u.Why]++
	}
	at := map[string]int{}
	for i, u := range list {
		g := Gap{What: u.What, Why: u.Why, Settled: done[i]}
		key := fmt.Sprintf("%v\x00%s\x00%s", done[i], u.What, u.Why)
		switch {
		case done[i]:
		case whats[u.What] > 1:
			g.Why, key = "", "what\x00"+u.What
		case whys[u.Why] > 1:
			g.What, key = "", "why\x00"+u.Why
		}
		n, known := at[key]
		if !known {
			n = len(gaps)
			at[key] = n
			gaps = append(gaps, g)
		}
		gaps[n].Each = append(gaps[n].Each, u)
	}
	return gaps, len(list), settled, elsewhere
}

// OpenGaps counts the constructs in the parts of the tree that count which were not followed and about which nobody answered.
func (r *Result) OpenGaps(s *Scopes) int {
	_, all, settled, _ := r.Gaps(s)
	return all - settled
}

// Text says what was not followed, and why, without places. Of what differs the first few are named.
func (g *Gap) Text(most int) string {
	text := g.What + ": " + g.Why
	switch {
	case g.What == "":
		text = g.Why + ": " + g.names(most, func(u *Unresolved) string { return u.What })
	case g.Why == "":
		text = g.What + ": " + g.names(most, func(u *Unresolved) string { return u.Why })
	}
	if g.Settled {
		text += " (answered)"
	}
	return text
}

// names lists what the parts of a gap differ in, each once.
func (g *Gap) names(most int, of func(*Unresolved) string) string {
	var names []string
	seen := map[string]bool{}
	for _, u := range g.Each {
		if name := of(u); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most:most], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, "; ")
}

// settled tells of each construct that was not followed whether somebody answered what it holds: that of the tools that it
// hands over.
func (r *Result) settled() []bool {
	type place struct {
		file      string
		line, col int
	}
	answered := map[place]bool{}
	for _, e := range r.System.Elements {
		fact, known := e.Facts[model.UnseenTools]
		if !known || fact.Value == model.Yes {
			continue
		}
		for _, at := range fact.Evidence {
			answered[place{at.File, at.Line, at.Col}] = true
		}
	}
	out := make([]bool, len(r.Coverage.Unresolved))
	for i := range r.Coverage.Unresolved {
		at := &r.Coverage.Unresolved[i].Evidence
		out[i] = at.File != "" && answered[place{at.File, at.Line, at.Col}]
	}
	return out
}
