package result

import (
	"testing"

	"fermata/internal/model"
)

// twoParts is a system with a worse agent among its examples than in its main code.
func twoParts(main string) *Result {
	return &Result{
		System: model.System{
			Elements: []*model.Element{
				{ID: "a", Kind: model.Agent, Scope: main, Origin: model.Observed},
				{ID: "host", Kind: model.Runtime, Scope: "main", Origin: model.Assumed},
				{ID: "x", Kind: model.Agent, Scope: "example", Origin: model.Observed},
			},
			Flows:  []*model.Flow{{ID: "f", From: "a", To: "x"}},
			Assets: []model.Asset{{ID: "of-a", Element: "a"}, {ID: "of-x", Element: "x"}},
		},
		Findings: []Finding{
			{ID: "one", Status: Live, Severity: "medium", Elements: []string{"a"}},
			{ID: "two", Status: Live, Severity: "critical", Elements: []string{"a", "x"}},
			{ID: "three", Status: Live, Severity: "info", Elements: []string{"x"}},
			{ID: "four", Status: Blocked, Severity: "high", Elements: []string{"x"}},
		},
		Paths: []Path{{ID: "p", Scope: "example"}, {ID: "q", Scope: "main"}},
		Blast: []Blast{{Element: "a"}, {Element: "x"}},
		Chokes: []Choke{
			{Control: "c", On: "a", Goals: []string{"of-a", "of-x"}},
			{Control: "c", On: "f", Goals: []string{"of-a"}},
			{Finding: "two", Goals: []string{"of-a"}},
			{Control: "d", On: "a", Goals: []string{"of-x"}},
		},
	}
}

func TestWithin(t *testing.T) {
	r := twoParts("main")
	s := r.Scopes(nil)
	in := r.Within(s)
	if len(in.Findings) != 1 || in.Findings[0].ID != "one" || len(in.Paths) != 1 || in.Paths[0].ID != "q" || len(in.Blast) != 1 {
		t.Errorf("main holds %v, %v, %v", in.Findings, in.Paths, in.Blast)
	}
	if len(in.Chokes) != 1 || in.Chokes[0].On != "a" || len(in.Chokes[0].Goals) != 1 {
		t.Errorf("choke points of main: %v", in.Chokes)
	}
	if len(r.Findings) != 4 || len(r.Chokes[0].Goals) != 2 {
		t.Error("the result itself was changed")
	}
	left := r.Left(s, "low")
	if left.Agents != 1 || left.Findings != 1 || left.Paths != 1 || left.Option() != "--scope example" {
		t.Errorf("left out of main: %+v", left)
	}
	if left := r.Left(s, "info"); left.Findings != 2 {
		t.Errorf("left out of main with what is harmless: %+v", left)
	}
	if in := r.Within(r.Scopes([]string{"example"})); len(in.Findings) != 3 || len(in.Paths) != 1 || in.Paths[0].ID != "p" {
		t.Errorf("examples hold %v, %v", in.Findings, in.Paths)
	}
}

// A finding about several things one by one is of the most serious part of the tree that any of them is of, and never of a
// more serious one than the rest of it.
func TestScopeOfEach(t *testing.T) {
	r := twoParts("main")
	s := r.Scopes(nil)
	for _, c := range []struct {
		elements, each []string
		want           string
	}{
		{[]string{"a", "host", "x"}, []string{"a", "x"}, "main"},
		{[]string{"host", "x"}, []string{"x"}, "example"},
		{[]string{"a", "x"}, []string{"a"}, "example"},
		{[]string{"a", "host", "x"}, nil, "example"},
	} {
		if got := s.OfFinding(&Finding{Elements: c.elements, Each: c.each}); got != c.want {
			t.Errorf("%q, %q one by one: %s, want %s", c.elements, c.each, got, c.want)
		}
	}
}

// Where main has nothing that was seen or declared, everything counts: a repository of examples is its examples.
func TestEmptyMain(t *testing.T) {
	r := twoParts("test")
	s := r.Scopes(nil)
	if in := r.Within(s); len(in.Findings) != 4 || len(in.Paths) != 2 {
		t.Errorf("without main code: %v, %v", in.Findings, in.Paths)
	}
	if left := r.Left(s, "info"); len(left.Scopes) != 0 {
		t.Errorf("left out: %+v", left)
	}
}
