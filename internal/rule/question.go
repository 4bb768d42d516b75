package rule

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
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
	made := make([]Question, 0, len(q.rules)) // a question is large: they are ordered and joined by where they are
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
		made = append(made, question)
	}
	all := make([]*Question, len(made))
	for i := range made {
		all[i] = &made[i]
	}
	byID := func(a, b *Question) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(all, byID)
	all = q.together(gather(all))
	slices.SortStableFunc(all, byID)
	if len(all) == 0 {
		return nil
	}
	out := make([]Question, len(all))
	for i, one := range all {
		out[i] = *one
	}
	return out
}

// mostNames is how many elements a question about several spells out.
const mostNames = 5

// together asks once, for each system, what would be asked of several elements or flows in the same words. The first of
// them stays the subject, so that the question has a place. The questions must be sorted.
func (q *questions) together(all []*Question) []*Question {
	group := map[string][]int{}
	key := func(i int) string {
		fact := strings.TrimPrefix(all[i].Fact, "facts.")
		if all[i].Fact == fact || model.Together[fact] == "" {
			return ""
		}
		return model.TogetherID(q.x.elements[q.x.byID[all[i].Elements[0]]].m.System) + "." + all[i].Fact
	}
	for i := range all {
		if k := key(i); k != "" {
			group[k] = append(group[k], i)
		}
	}
	out := all[:0:0]
	for i := range all {
		k := key(i)
		same := group[k]
		if k == "" || len(same) < 2 {
			out = append(out, all[i])
			continue
		}
		if same[0] != i {
			continue
		}
		one := *all[i]
		one.ID, one.Elements, one.Rules = k, nil, nil
		var names, elements, rules unique[string]
		for _, j := range same {
			names.add(q.subjectName(all[j].Subject))
			for _, e := range all[j].Elements {
				elements.add(e)
			}
			for _, r := range all[j].Rules {
				rules.add(r)
			}
			if j != i {
				one.Hangs += all[j].Hangs
			}
		}
		listed := names.list
		if len(listed) > mostNames {
			listed = append(listed[:mostNames:mostNames], strconv.Itoa(len(listed)-mostNames)+" more")
		}
		one.Text = strings.ReplaceAll(model.Together[strings.TrimPrefix(one.Fact, "facts.")], "{names}", strings.Join(listed, ", "))
		one.Elements, one.Rules = elements.list, rules.list
		sort.Strings(one.Elements)
		sort.Strings(one.Rules)
		out = append(out, &one)
	}
	return out
}

// subjectName is what people call the element or flow of a question.
func (q *questions) subjectName(id string) string {
	if n, ok := q.x.byID[id]; ok {
		return q.x.elements[n].name()
	}
	if n := sort.Search(len(q.x.flows), func(i int) bool { return q.x.flows[i].m.ID >= id }); n < len(q.x.flows) {
		return q.x.flows[n].from.name() + " to " + q.x.flows[n].to.name()
	}
	return id
}

// manyEffects is how many open effects of one element are asked in one question instead of one by one: nobody who does
// not know a tool wants to be asked a dozen times what it can do.
const manyEffects = 3

// manyWords is how many effects a question spells out.
const manyWords = 5

// gather joins the open effects of an element into one question. The questions must be sorted.
func gather(all []*Question) []*Question {
	open := map[string][]int{}
	for i := range all {
		if strings.HasPrefix(all[i].Fact, "effects.") {
			open[all[i].Subject] = append(open[all[i].Subject], i)
		}
	}
	out := all[:0:0]
	for i := range all {
		if !strings.HasPrefix(all[i].Fact, "effects.") || len(open[all[i].Subject]) < manyEffects {
			out = append(out, all[i])
			continue
		}
		same := open[all[i].Subject]
		if same[0] != i {
			continue // it is part of the first one's
		}
		q := *all[i]
		var docs, values []string
		rules := map[string]bool{}
		for _, j := range same {
			name := strings.TrimPrefix(all[j].Fact, "effects.")
			values = append(values, name)
			for _, e := range model.Effects {
				if e.Name == name {
					docs = append(docs, e.Doc)
				}
			}
			for _, r := range all[j].Rules {
				rules[r] = true
			}
			q.Hangs = max(q.Hangs, all[j].Hangs)
		}
		q.ID, q.Fact = q.Subject+".effects", "effects"
		name := strings.TrimSuffix(strings.TrimPrefix(all[i].Text, "can "), " "+docs[0]+"?")
		q.Text = "which of these can " + name + " do: " + strings.Join(docs, "; ") + "?"
		if len(values) > manyWords {
			q.Text = "what can " + name + " do outside itself: run code, use files, records or the network, send messages, move money …?"
		}
		values = append(values, "none")
		q.Values = values
		q.Rules = nil
		for r := range rules {
			q.Rules = append(q.Rules, r)
		}
		sort.Strings(q.Rules)
		out = append(out, &q)
	}
	return out
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
