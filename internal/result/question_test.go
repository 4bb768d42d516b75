package result

import (
	"testing"

	"fermata/internal/model"
)

// TestQuestionGroups holds that what is asked of several things alike is told with their names, and that those who share one are
// told apart by where they stand.
func TestQuestionGroups(t *testing.T) {
	element := func(id, name, file string, line int) *model.Element {
		return &model.Element{ID: id, Name: name, Kind: model.Datastore, Evidence: []model.Evidence{{File: file, Line: line}}}
	}
	for _, c := range []struct {
		elements []*model.Element
		want     string
	}{
		{[]*model.Element{element("a", "one", "a.py", 1), element("b", "two", "a.py", 2), element("c", "three", "a.py", 3), element("d", "four", "a.py", 4)}, "who reads each of one, two, three and 1 more?"},
		{[]*model.Element{element("a", "store", "a.py", 1), element("b", "store", "a.py", 7), element("c", "other", "b.py", 3)}, "who reads each of store (2: a.py:1, a.py:7), other?"},
		{[]*model.Element{element("a", "store", "a.py", 1), element("b", "store", "a.py", 7), element("c", "store", "a.py", 1)}, "who reads each of store (3: a.py:1, a.py:7)?"},
		{[]*model.Element{element("a", "store", "a.py", 1), element("b", "store", "a.py", 1), element("c", "store", "a.py", 1)}, "who reads each of store (3 of a.py:1)?"},
	} {
		var list []Question
		for _, e := range c.elements {
			list = append(list, Question{ID: e.ID + ".readers", Subject: e.ID, Fact: "readers", Text: "who reads " + e.Name + "?"})
		}
		groups := QuestionGroups(list, &model.System{Elements: c.elements})
		if len(groups) != 1 || groups[0].Text != c.want {
			t.Errorf("it asks %q, want %q", groups[0].Text, c.want)
		}
	}
}
