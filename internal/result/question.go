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
		var names []string
		for _, m := range same[:min(namedAlike, len(same))] {
			names = append(names, elements[m.Subject].Name)
		}
		who := strings.Join(names, ", ")
		if more := len(same) - namedAlike; more > 0 {
			who += fmt.Sprintf(" and %d more", more)
		}
		first := elements[same[0].Subject].Name
		text := strings.Replace(same[0].Text, first, "each of "+who, 1)
		if text == same[0].Text {
			text += " (asked of " + who + ")"
		}
		out = append(out, QuestionGroup{"each:" + same[0].ID, text, same})
	}
	return out
}
