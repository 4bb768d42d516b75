package result

import (
	"strings"

	"fermata/internal/model"
)

// CappedWords says why a path is less grave than its loss and its chance make it, and what would lift that: "It would be critical, but
// rests on what is only assumed: …". Name gives an element's or flow's name. It is "" where nothing holds it.
func (p *Path) CappedWords(r *Result, name func(id string) string) string {
	if p.Capped == nil {
		return ""
	}
	var what []string
	add := func(text string) {
		for _, had := range what {
			if had == text {
				return
			}
		}
		what = append(what, text)
	}
	for _, id := range p.Capped.Elements {
		e := elementOf(r, id)
		switch {
		case e == nil || e.Kind != model.Human:
			add("that " + name(id) + " turns against whom it serves (" + id + ")")
		case len(e.Evidence) > 0 && e.Evidence[0].Excerpt != "":
			add(e.Evidence[0].Excerpt + " (" + id + ")")
		default:
			add("that there is " + name(id) + " (" + id + ")")
		}
	}
	for i := range r.Findings {
		for _, id := range p.Capped.Findings {
			if f := &r.Findings[i]; f.ID == id {
				for _, guess := range f.Guesses {
					add(guessed(guess, name))
				}
			}
		}
	}
	return "It would be " + p.Capped.Severity + ", but rests on what is only assumed: " + strings.Join(what, "; ") + ". What fermata.yaml says, the element by this id or the fact, counts in full."
}

// guessed is a guess of a finding without its reason, with a name for the id that it begins with: "facts.beyond-own: yes of search".
func guessed(text string, name func(id string) string) string {
	for _, of := range []string{" facts.", " effects."} {
		if id, fact, ok := strings.Cut(text, of); ok {
			fact, _, _ = strings.Cut(fact, " (")
			return of[1:] + fact + " of " + name(id)
		}
	}
	return text
}

func elementOf(r *Result, id string) *model.Element {
	for _, e := range r.System.Elements {
		if e.ID == id {
			return e
		}
	}
	return nil
}
