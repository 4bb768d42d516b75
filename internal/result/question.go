package result

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/model"
)

// How many questions a scan solves again under each answer: more in a system of few elements.
const (
	defaultSolved = 8
	smallSystem   = 100
	smallSolved   = 3 * defaultSolved
)

// SolvedInScan is how many questions a scan of so many elements solves again, those of one make as one.
func SolvedInScan(elements int) int {
	if elements < smallSystem {
		return smallSolved
	}
	return defaultSolved
}

// QuestionGroup is a question, or several that ask the same of things of one make: whoever knows the answer for one of them
// mostly knows it for all.
type QuestionGroup struct {
	ID        string // of the question; "each:" and the id of the first when there are several
	Text      string
	Questions []*Question // by id
}

// fewAlike is how many questions of one make are still asked one by one.
const fewAlike = 2

// namedAlike is how many of a group's elements are named.
const namedAlike = 3

// QuestionGroups joins questions that ask the same fact of elements of one kind, system, technology and provider, for the
// same rules. The order is that of the first of each group.
func QuestionGroups(list []Question, system *model.System) []QuestionGroup {
	provider := map[string]string{}
	for _, f := range system.Flows {
		if f.Kind == model.Provides && provider[f.To] == "" {
			provider[f.To] = f.From
		}
	}
	elements := map[string]*model.Element{}
	for _, e := range system.Elements {
		elements[e.ID] = e
	}
	key := func(q *Question) string {
		e := elements[q.Subject]
		if e == nil || !strings.HasPrefix(q.ID, q.Subject+".") {
			return ""
		}
		return strings.Join([]string{q.Fact, string(e.Kind), e.System, e.Scope, e.Technology, provider[e.ID], strings.Join(q.Values, ","), strings.Join(q.Rules, ",")}, "\x00")
	}
	alike := map[string][]*Question{}
	for i := range list {
		if k := key(&list[i]); k != "" {
			alike[k] = append(alike[k], &list[i])
		}
	}
	var out []QuestionGroup
	done := map[string]bool{}
	for i := range list {
		q := &list[i]
		k := key(q)
		same := alike[k]
		if len(same) <= fewAlike {
			out = append(out, QuestionGroup{q.ID, q.Text, []*Question{q}})
			continue
		}
		if done[k] {
			continue
		}
		done[k] = true
		same = slices.Clone(same)
		slices.SortFunc(same, func(x, y *Question) int { return strings.Compare(x.ID, y.ID) })
		var subjects []*model.Element
		for _, m := range same {
			subjects = append(subjects, elements[m.Subject])
		}
		who := namesOf(subjects)
		first := elements[same[0].Subject].Name
		text := strings.Replace(same[0].Text, first, "each of "+who, 1)
		if text == same[0].Text {
			text += " (asked of " + who + ")"
		}
		out = append(out, QuestionGroup{"each:" + same[0].ID, text, same})
	}
	return out
}

// namesOf names the first of some elements. Those that share a name are named once, with where they stand.
func namesOf(elements []*model.Element) string {
	places := map[string][]string{} // by name
	var names []string
	for _, e := range elements {
		if places[e.Name] == nil {
			names = append(names, e.Name)
		}
		places[e.Name] = append(places[e.Name], placeOf(e))
	}
	more := len(elements)
	var parts []string
	for _, name := range names[:min(namedAlike, len(names))] {
		at := places[name]
		more -= len(at)
		if len(at) > 1 {
			name = fmt.Sprintf("%s (%s)", name, firstOf(at))
		}
		parts = append(parts, name)
	}
	text := strings.Join(parts, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// firstOf counts places and lists the first of them: "4: a.py:1, a.py:2, b.py:1 and 1 more", or "4 of a.py:1".
func firstOf(places []string) string {
	n := len(places)
	var distinct []string
	for _, at := range places {
		if !slices.Contains(distinct, at) {
			distinct = append(distinct, at)
		}
	}
	if places = distinct; len(places) == 1 {
		return fmt.Sprintf("%d of %s", n, places[0])
	}
	text := strings.Join(places[:min(namedAlike, len(places))], ", ")
	if more := len(places) - namedAlike; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%d: %s", n, text)
}

// placeOf is the first line of code that shows an element, else its id.
func placeOf(e *model.Element) string {
	for _, at := range e.Evidence {
		switch {
		case at.File != "" && at.Line > 0:
			return fmt.Sprintf("%s:%d", at.File, at.Line)
		case at.File != "":
			return at.File
		}
	}
	return e.ID
}
