package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
)

// waiting is a question with what decides when it is solved.
type waiting struct {
	question *rule.Question
	aside    bool // it is about what is seldom meant
	hangs    int  // more where a path leads
	later    bool // others about its fact come before
	leads    bool // what it asks decides what else there is to ask
}

// solvingOrder puts the questions into the order in which they are solved: those that most findings wait for first.
func (s *scan) solvingOrder(questions []rule.Question) []waiting {
	aside, near := s.aside(), s.nearPaths()
	order := make([]waiting, len(questions))
	for i := range questions {
		q := &questions[i]
		order[i] = waiting{
			leads:    q.Fact == toolsFact && !aside(q.Subject),
			question: q, aside: aside(q.Subject) || model.Seldom[strings.TrimPrefix(q.Fact, "facts.")],
			hangs: q.Hangs * near(&q.Question),
		}
	}
	slices.SortStableFunc(order, func(a, b waiting) int {
		return cmp.Or(after(a.aside, b.aside), after(!a.leads, !b.leads), cmp.Compare(b.hangs, a.hangs))
	})
	varied(order)
	return order
}

// after compares two of which one may have to come after the other.
func after(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// perFact is how many questions about one fact come before the first ones about others: on a large tree fifty agents
// lack the same fact, and what else is open would never be weighed.
const perFact = 3

// varied moves questions about a fact that has been asked often enough behind the others. Within both parts the order
// stays.
func varied(order []waiting) {
	asked := map[string]int{}
	for i := range order {
		fact := order[i].question.Fact
		asked[fact]++
		order[i].later = asked[fact] > perFact
	}
	slices.SortStableFunc(order, func(a, b waiting) int {
		return cmp.Or(after(a.aside, b.aside), after(a.later, b.later))
	})
}

// nearPaths tells whether a question is about something that a listed path leads through: there an answer is most likely to
// change what is live.
func (s *scan) nearPaths() func(*result.Question) int {
	findings := map[string]*result.Finding{} // the steps of paths, few of all
	for i := range s.r.Paths {
		for _, h := range s.r.Paths[i].Steps {
			findings[h.Finding] = nil
		}
	}
	for i := range s.r.Findings {
		f := &s.r.Findings[i]
		if _, ok := findings[f.ID]; ok {
			findings[f.ID] = f
		}
	}
	on := map[string]bool{}
	for i := range s.r.Paths {
		for _, h := range s.r.Paths[i].Steps {
			if f := findings[h.Finding]; f != nil {
				f = s.r.At(&h, f)
				for _, id := range append(slices.Clone(f.Elements), f.Flows...) {
					on[id] = true
				}
			}
		}
	}
	return func(q *result.Question) int {
		if on[q.Subject] || slices.ContainsFunc(q.Elements, func(id string) bool { return on[id] }) {
			return nearPath
		}
		return 1
	}
}

// aside tells of the id of an element or flow whether it lies outside the main part of a tree that has one: who asks about a
// system does not mean its tests.
func (s *scan) aside() func(id string) bool {
	system := &s.r.System
	outside := func(e *model.Element) bool { return e != nil && e.Scope != "" && e.Scope != "main" }
	if !slices.ContainsFunc(system.Elements, func(e *model.Element) bool { return !outside(e) && e.Origin != model.Assumed }) {
		return func(string) bool { return false }
	}
	return func(id string) bool {
		if e := system.Element(id); e != nil {
			return outside(e)
		}
		f := system.Flow(id)
		return f != nil && (outside(system.Element(f.From)) || outside(system.Element(f.To)))
	}
}

// toolsFact is what a question asks that wants the tools of an agent or server.
const toolsFact = "tools"

// toolQuestions asks which tools those have whose tools could not be followed. No rule waits for it: of a tool that is not in
// the picture no rule knows.
func (s *scan) toolQuestions() []rule.Question {
	var out []rule.Question
	for _, e := range s.r.System.Elements {
		if !model.HasUnseenTools(e) {
			continue
		}
		has := "have"
		if e.Kind == model.MCPServer {
			has = "offer"
		}
		values := make([]string, 0, len(model.Effects)+1)
		for _, effect := range model.Effects {
			values = append(values, effect.Name)
		}
		out = append(out, rule.Question{Question: result.Question{
			ID: e.ID + "." + toolsFact, Text: "which tools does " + orID(e) + " " + has + "?", Subject: e.ID, Fact: toolsFact,
			Values: append(values, "none"), Elements: []string{e.ID}, Rules: []string{},
		}})
	}
	return out
}

func orID(e *model.Element) string {
	if e.Name == "" {
		return e.ID
	}
	return e.Name
}
