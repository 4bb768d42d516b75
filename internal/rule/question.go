package rule

import (
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// questions merges the open facts of all rules. The number of an unknown names the fact, so merging is by number.
type questions struct {
	x     *index
	rules map[int64][]string // in the order in which rules are added, which is by id
	hangs map[int64]int
}

func newQuestions(x *index) *questions {
	return &questions{x: x, rules: map[int64][]string{}, hangs: map[int64]int{}}
}

// add takes over what one rule waits for.
func (q *questions) add(rule string, waiting map[int64]int) {
	for number, count := range waiting {
		q.rules[number] = append(q.rules[number], rule)
		q.hangs[number] += count
	}
}

// list gives the questions by id. What nobody can be asked (a fact of the older system, a fact without a question) is
// left out.
func (q *questions) list() []Question {
	var all []Question
	for number, rules := range q.rules {
		e, f, info := q.x.lacking(number)
		if info == nil {
			continue
		}
		question := Question{Hangs: q.hangs[number]}
		switch {
		case f != nil:
			question.Question = result.Question{
				ID: f.m.ID + "." + info.path, Text: questionText(info, "", f.from.name(), f.to.name()),
				Subject: f.m.ID, Elements: ends(f),
			}
		default:
			question.Question = result.Question{
				ID: e.m.ID + "." + info.path, Text: questionText(info, e.name(), "", ""),
				Subject: e.m.ID, Elements: []string{e.m.ID},
			}
		}
		if question.Text == "" {
			continue
		}
		question.Fact, question.Values, question.Rules = info.path, info.values(), rules
		all = append(all, question)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}

func ends(f *flow) []string {
	if f.from == f.to {
		return []string{f.from.m.ID}
	}
	pair := []string{f.from.m.ID, f.to.m.ID}
	sort.Strings(pair)
	return pair
}

// questionText fills in who is asked about.
func questionText(info *slotInfo, name, from, to string) string {
	if info.effect != nil {
		return "can " + name + " " + info.effect.Doc + "?"
	}
	text := info.fact.Question
	if from == "" && to == "" {
		return strings.ReplaceAll(text, "{name}", name)
	}
	before, after, found := strings.Cut(text, "{from}")
	// A name may itself look like a place to fill in, so the text is cut once and not replaced twice.
	if !found {
		return strings.ReplaceAll(text, "{to}", to)
	}
	return strings.ReplaceAll(before, "{to}", to) + from + strings.ReplaceAll(after, "{to}", to)
}

// values lists what may be answered.
func (s *slotInfo) values() []string {
	if s.words() {
		return s.fact.Values
	}
	return []string{model.Yes, model.No}
}
