package result_test

import (
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
)

// What was not followed is told once where it is the same in several places, tests are counted apart, and what somebody answered is
// open no more.
func TestGaps(t *testing.T) {
	at := func(file string, line int) model.Evidence { return model.Evidence{File: file, Line: line, Col: 1} }
	r := &result.Result{}
	r.System.Elements = []*model.Element{{ID: "a", Kind: model.Agent, Facts: map[string]model.Fact{
		model.UnseenTools: {Value: model.No, Evidence: []model.Evidence{at("a.py", 4)}},
	}}}
	r.Coverage.Unresolved = []result.Unresolved{
		{What: "entrance /one", Why: "no agent was found", Evidence: at("web.py", 1)},
		{What: "the agent that is run", Why: "it is a parameter", Evidence: at("run.py", 2)},
		{What: "entrance /two", Why: "no agent was found", Evidence: at("web.py", 3)},
		{What: "the tools of a", Why: "the loop is not known", Evidence: at("a.py", 4)},
		{What: "the agent that is run", Why: "only its type is known", Evidence: at("run.py", 5)},
		{What: "the agent that is run", Why: "it is a parameter", Evidence: at("tests/test_run.py", 6)},
	}
	gaps, all, settled, elsewhere := r.Gaps(r.Scopes([]string{"main"}))
	if all != 5 || settled != 1 || elsewhere != 1 {
		t.Errorf("all %d, settled %d, elsewhere %d", all, settled, elsewhere)
	}
	want := []string{
		"no agent was found: entrance /one; entrance /two",
		"the agent that is run: it is a parameter; only its type is known",
		"the tools of a: the loop is not known (answered)",
	}
	if len(gaps) != len(want) {
		t.Fatalf("%d gaps, want %d", len(gaps), len(want))
	}
	for i := range gaps {
		if got := gaps[i].Text(3); got != want[i] {
			t.Errorf("gap %d: %q, want %q", i, got, want[i])
		}
	}
	if got := r.OpenGaps(r.Scopes([]string{"main"})); got != 4 {
		t.Errorf("%d gaps are open, want 4", got)
	}
}
