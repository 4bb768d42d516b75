package result

import (
	"slices"
	"strings"

	"fermata/internal/model"
)

// ScopeNames are the parts of a tree, the most serious first. What has no scope is of the first.
var ScopeNames = []string{"main", "example", "test", "vendored"}

// Scopes are the parts of a tree that count for an answer: what reports show, what a gate judges and what a plan hardens.
type Scopes struct {
	of       map[string]*model.Element
	all      []*model.Flow
	flows    map[string]*model.Flow // of all, made when somebody asks for what is no element
	shown    map[string]bool
	findings []Finding
	told     []string // of the findings, by place; "" until somebody asks
}

// Scopes says which parts of the tree count: those asked for, or main, or all of them when main has nothing.
func (r *Result) Scopes(asked []string) *Scopes {
	s := &Scopes{
		of: make(map[string]*model.Element, len(r.System.Elements)), all: r.System.Flows, shown: map[string]bool{},
		findings: r.Findings, told: make([]string, len(r.Findings)),
	}
	for _, e := range r.System.Elements {
		s.of[e.ID] = e
	}
	switch {
	case len(asked) > 0:
	case slices.Contains(r.Parts(), ScopeNames[0]):
		asked = ScopeNames[:1]
	default:
		asked = ScopeNames
	}
	for _, name := range asked {
		s.shown[name] = true
	}
	return s
}

func scopeRank(scope string) int {
	switch scope {
	case "", ScopeNames[0]:
		return 0 // of nearly all, and asked of every element of every finding
	}
	return max(slices.Index(ScopeNames, scope), 0)
}

// Has tells whether a part of the tree counts. What has no scope is of main.
func (s *Scopes) Has(scope string) bool {
	if scope == "" {
		scope = ScopeNames[0]
	}
	return s.shown[scope]
}

// Of is the least serious part of the tree among elements and flows.
func (s *Scopes) Of(ids ...string) string {
	worst := 0
	for _, id := range ids {
		if e := s.of[id]; e != nil {
			worst = max(worst, scopeRank(e.Scope))
		} else if f := s.flow(id); f != nil {
			worst = max(worst, scopeRank(s.Of(f.From, f.To)))
		}
	}
	return ScopeNames[worst]
}

// flow finds a flow by id; nil when there is none. Most of what is asked for are elements, so flows are filed when one is.
func (s *Scopes) flow(id string) *model.Flow {
	if s.flows == nil {
		s.flows = make(map[string]*model.Flow, len(s.all))
		for _, f := range s.all {
			s.flows[f.ID] = f
		}
	}
	return s.flows[id]
}

// Asks tells whether a question counts: by what it is about, or, where it is about several things, by any of them.
func (s *Scopes) Asks(q *Question) bool {
	if s.of[q.Subject] != nil || s.flow(q.Subject) != nil || len(q.Elements) == 0 {
		return s.Has(s.Of(q.Subject))
	}
	return slices.ContainsFunc(q.Elements, func(id string) bool { return s.Has(s.Of(id)) })
}

// Scopes says which parts of two trees count: those asked for, or main, or all of them when neither has anything in main.
func (d *Diff) Scopes(asked []string) *Scopes {
	s := &Scopes{shown: map[string]bool{}}
	if len(asked) == 0 {
		if asked = ScopeNames; slices.Contains(d.Parts, ScopeNames[0]) {
			asked = ScopeNames[:1]
		}
	}
	for _, name := range asked {
		s.shown[name] = true
	}
	return s
}

// Parts lists the parts of the tree in which anything was found or written, in the order of ScopeNames.
func (r *Result) Parts() []string {
	has := map[string]bool{}
	for _, e := range r.System.Elements {
		if e.Origin != model.Assumed {
			has[ScopeNames[scopeRank(e.Scope)]] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(ScopeNames), func(name string) bool { return !has[name] })
}

// OfFinding is the part of the tree that a finding belongs to: that of its file for one about code, else that of its elements.
// Of what its step gives powers over one by one the most serious counts.
func (s *Scopes) OfFinding(f *Finding) string {
	scope := s.Of(f.Core()...)
	if len(f.Each) > 0 {
		best := len(ScopeNames)
		for _, id := range f.Each {
			best = min(best, scopeRank(s.Of(id)))
		}
		scope = ScopeNames[max(scopeRank(scope), best)]
	}
	if f.Code != nil && scopeRank(f.Code.Scope) > scopeRank(scope) {
		return f.Code.Scope
	}
	return scope
}

// Finding is OfFinding of a finding of the result by its place, found out once: each section of a report asks for it.
func (s *Scopes) Finding(i int) string {
	if s.told[i] == "" {
		s.told[i] = s.OfFinding(&s.findings[i])
	}
	return s.told[i]
}

// Within is the result with only the findings, paths, blast radii, choke points and questions of the parts that count, which are
// the result's own. The system is whole, so that names stay what they are.
func (r *Result) Within(s *Scopes) *Result {
	out := *r
	out.Findings, out.Paths, out.Blast = []Finding{}, []Path{}, []Blast{}
	kept := 0
	for i := range r.Findings {
		if s.Has(s.Finding(i)) {
			kept++
		}
	}
	out.Findings = slices.Grow(out.Findings, kept) // a finding is large, and moved only once
	for i := range r.Findings {
		if s.Has(s.Finding(i)) {
			out.Findings = append(out.Findings, r.Findings[i])
		}
	}
	out.Questions = []Question{}
	for i := range r.Questions {
		if s.Asks(&r.Questions[i]) {
			out.Questions = append(out.Questions, r.Questions[i])
		}
	}
	for i := range r.Paths {
		if s.Has(r.Paths[i].Scope) {
			out.Paths = append(out.Paths, r.Paths[i])
		}
	}
	for i := range r.Blast {
		if s.Has(s.Of(r.Blast[i].Element)) {
			out.Blast = append(out.Blast, r.Blast[i])
		}
	}
	out.Chokes = r.ChokesWithin(s)
	return &out
}

// ChokesWithin are the choke points of the parts that count, which are the result's own, each with the losses of those parts.
func (r *Result) ChokesWithin(s *Scopes) []Choke {
	out := []Choke{}
	owner := map[string]string{}
	for i := range r.System.Assets {
		owner[r.System.Assets[i].ID] = r.System.Assets[i].Element
	}
	ends := map[string]bool{} // findings that are choke points
	for i := range r.Chokes {
		ends[r.Chokes[i].Finding] = true
	}
	elsewhere := map[string]bool{} // those of them that lie in other parts
	for i := range r.Findings {
		if id := r.Findings[i].ID; ends[id] && !s.Has(s.Finding(i)) {
			elsewhere[id] = true
		}
	}
	for _, c := range r.Chokes {
		if !s.Has(s.Of(c.On)) || elsewhere[c.Finding] {
			continue
		}
		c.Goals = slices.DeleteFunc(slices.Clone(c.Goals), func(id string) bool { return !s.Has(s.Of(owner[id])) })
		if len(c.Goals) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// Left counts what is left out because its part of the tree does not count.
type Left struct {
	Agents    int
	Findings  int // those that share a cause as one
	Paths     int
	Questions int      // only where they are asked for: see [Result.LeftUnasked]
	Scopes    []string // the parts that have any of it, in the order of ScopeNames
}

// Gated tells whether a gate counts a finding: a step that an attacker can take, or a condition, which is so whoever comes.
func (f *Finding) Gated() bool { return f.Status == Live || f.Status == Condition }

// Left counts the agents, the live findings at or above a severity, and the paths that are left out.
func (r *Result) Left(s *Scopes, severity string) Left {
	var out Left
	in, told := map[string]bool{}, map[string]bool{}
	for _, e := range r.System.Elements {
		if e.Kind == model.Agent && e.Origin != model.Assumed && !s.Has(e.Scope) {
			out.Agents++
			in[s.Of(e.ID)] = true
		}
	}
	at := slices.Index(Severities, severity)
	for i := range r.Findings {
		f := &r.Findings[i]
		if scope := s.Finding(i); f.Gated() && !s.Has(scope) && slices.Index(Severities, f.Severity) <= at {
			if key := f.Condition(); !told[key] {
				told[key] = true
				out.Findings++
			}
			in[scope] = true
		}
	}
	for i := range r.Paths {
		if !s.Has(r.Paths[i].Scope) {
			out.Paths++
			in[r.Paths[i].Scope] = true
		}
	}
	for _, name := range ScopeNames {
		if in[name] {
			out.Scopes = append(out.Scopes, name)
		}
	}
	return out
}

// LeftUnasked counts the questions that are left out.
func (r *Result) LeftUnasked(s *Scopes) Left {
	var out Left
	in := map[string]bool{}
	for i := range r.Questions {
		if q := &r.Questions[i]; !s.Asks(q) {
			out.Questions++
			for _, id := range append([]string{q.Subject}, q.Elements...) {
				if scope := s.Of(id); !s.Has(scope) {
					in[scope] = true
				}
			}
		}
	}
	out.Scopes = slices.DeleteFunc(slices.Clone(ScopeNames), func(name string) bool { return !in[name] })
	return out
}

// Option is what to type to see what is left out.
func (l Left) Option() string { return "--scope " + strings.Join(l.Scopes, ",") }
