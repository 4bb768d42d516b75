package model

import "slices"

// Finder finds the elements and flows of a system by what people call them.
type Finder struct {
	x     *index
	flows map[string]*Flow
}

// NewFinder prepares a system for questions.
func NewFinder(s *System) *Finder {
	f := &Finder{x: newIndex(s.Elements), flows: make(map[string]*Flow, len(s.Flows))}
	for _, flow := range s.Flows {
		f.flows[flow.ID] = flow
	}
	return f
}

// Find gives the id of the element or flow that a word means; several when it may mean several, none when nothing has it.
func (f *Finder) Find(word string) []string {
	ids, ok := f.x.element(word)
	if ok || len(ids) > 1 {
		return ids
	}
	if flow := f.x.flow(word, f.flows); flow != "" {
		return []string{flow}
	}
	return nil
}

// Nearest is a word that finds something and is like another; "" when there is none.
func (f *Finder) Nearest(word string) string {
	if len(f.x.words()) > 10_000 {
		return "" // comparing takes longer than the answer is worth
	}
	return suggest(word, f.x.words())
}

// Show puts what somebody showed about a control beside what is known of it. A control that failed or is not there
// stays nowhere: what was seen of it is no longer believed. One that holds is known as well as the better of both says.
// The system is in order afterwards.
func (s *System) Show(p Placement) {
	found := false
	for i := range s.Controls {
		old := &s.Controls[i]
		if old.Control != p.Control || old.On != p.On {
			continue
		}
		found = true
		holds, held := ranks[p.State] > ranks[Unseen], ranks[old.State] > ranks[Unseen]
		if holds && held && ranks[old.State] > ranks[p.State] {
			old.Evidence = slices.Concat(old.Evidence, p.Evidence)
			continue
		}
		merged := p
		if merged.By == "" {
			merged.By = old.By
		}
		if old.State != p.State {
			merged.Reason = joined(p.Reason, string(old.Origin)+" "+string(old.State)+" before")
		}
		merged.Evidence = slices.Concat(p.Evidence, old.Evidence)
		*old = merged
	}
	if !found {
		s.Controls = append(s.Controls, p)
	}
	s.Sort()
}
