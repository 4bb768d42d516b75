package casestudy

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fermata/internal/result"
	"fermata/internal/taxonomy"
)

// entry is a case of two published steps.
func entry() (*taxonomy.Entry, [2]*taxonomy.Entry) {
	return named("AML.CS0001"), [2]*taxonomy.Entry{named("AML.T0051.001"), named("AML.T0053")}
}

func named(id string) *taxonomy.Entry {
	return &taxonomy.Entry{Ref: taxonomy.Ref{Namespace: "atlas", ID: id}}
}

func TestFollow(t *testing.T) {
	id, known := entry()
	techniques := append(known[:], named("AML.T0101"), named("AML.T0102"))
	hit := func(i int, hop, not, why string) Step {
		return Step{Technique: techniques[i], Hop: hop, Not: not, Why: why}
	}
	atlas := func(ids ...string) map[string][]string { return map[string][]string{"atlas": ids} }
	r := &result.Result{
		Findings: []result.Finding{
			{ID: "inject@a", Rule: "inject", Maps: atlas("AML.T0051")},
			{ID: "direct@a", Rule: "direct", Maps: atlas("AML.T0051.000")},
			{ID: "use@b", Rule: "use", Maps: atlas("AML.T0053")},
			{ID: "other@b", Rule: "other", Maps: atlas("AML.T0099")},
			{ID: "late@c", Rule: "late", Maps: atlas("AML.T0101"), Status: result.Live},
			{ID: "far@c", Rule: "far", Maps: atlas("AML.T0102")},
		},
		Paths: []result.Path{{
			ID: "p", Attacker: "user", Goal: result.Goal{Asset: "till"},
			Steps: []result.Hop{{Finding: "direct@a"}, {Finding: "inject@a"}, {Finding: "use@b"}, {Finding: "other@b"}},
		}, {ID: "q", Attacker: "peer", Goal: result.Goal{Asset: "far"}, Steps: []result.Hop{{Finding: "far@c"}}}},
	}
	for name, test := range map[string]struct {
		from  string
		steps []Step
		want  string // part of the error; empty: the path shows the case
	}{
		"in order":                    {"user", []Step{hit(0, "inject", "", ""), hit(1, "use", "", "")}, ""},
		"nobody gets there":           {"peer", []Step{hit(0, "inject", "", "")}, "no path leads from peer to till"},
		"no such hop":                 {"user", []Step{hit(0, "absent", "", "")}, "no hop of absent"},
		"another technique":           {"user", []Step{hit(1, "other", "", "")}, "other is not mapped to AML.T0053"},
		"a sibling without reason":    {"user", []Step{hit(0, "direct", "", "")}, "shows a sibling of AML.T0051.001"},
		"a sibling with reason":       {"user", []Step{hit(0, "direct", "", "it is typed in")}, ""},
		"out of order without reason": {"user", []Step{hit(1, "use", "", ""), hit(0, "inject", "", "")}, "comes before that of an earlier step"},
		"out of order with reason":    {"user", []Step{hit(1, "use", "", ""), hit(0, "inject", "", "it is counted late")}, ""},
		"missing, but shown":          {"user", []Step{hit(1, "", "untold", "nothing tells it")}, "is said to be missing (untold), and use shows it"},
		"untold, but live":            {"user", []Step{hit(2, "", "untold", "nothing tells it")}, "no rule is said to tell it, and late@c does"},
		"another path":                {"user", []Step{hit(3, "", "other-path", "it leads elsewhere")}, ""},
		"another path that is not":    {"user", []Step{hit(2, "", "other-path", "it leads elsewhere")}, "belong to another path, and none shows it"},
	} {
		t.Run(name, func(t *testing.T) {
			c := &Case{Entry: id, From: test.from, To: "till", Steps: test.steps}
			shown, err := c.Follow(r)
			switch {
			case test.want == "" && (err != nil || shown.Path.ID != "p" || len(shown.Hops) != len(test.steps)):
				t.Errorf("got %v, %v", shown, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got error %v, want %q", err, test.want)
			}
		})
	}
}

func TestRemedied(t *testing.T) {
	id, _ := entry()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "fermata.yaml"), []byte("fermata: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := func(cost float64, findings ...string) result.Path {
		p := result.Path{Attacker: "user", Goal: result.Goal{Asset: "till"}, Cost: cost}
		for _, f := range findings {
			p.Steps = append(p.Steps, result.Hop{Finding: f})
		}
		return p
	}
	before := path(1, "a", "b")
	c := &Case{Dir: dir, Entry: id, Remedies: []Remedy{{"sandbox", "shell", "said the account"}}}
	for name, test := range map[string]struct {
		after []result.Path
		want  float64
		err   string
	}{
		"gone":        {nil, 0, ""},
		"another way": {[]result.Path{path(1, "a", "c")}, 0, ""},
		"less likely": {[]result.Path{path(2, "a", "x", "b")}, math.Exp(-2), ""},
		"nothing":     {[]result.Path{path(1, "a", "b")}, 0, "sandbox on shell does nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			effects, err := c.Remedied(&Shown{Path: &before}, func(dir string) (*result.Result, error) {
				text, err := os.ReadFile(filepath.Join(dir, "fermata.yaml"))
				if !strings.Contains(string(text), `{control: sandbox, on: "shell", state: evidenced`) {
					t.Errorf("the remedy does not stand in the copy: %s", text)
				}
				return &result.Result{Paths: test.after}, err
			})
			switch {
			case test.err == "" && (err != nil || effects[0].After != test.want):
				t.Errorf("got %v, %v", effects, err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("got error %v", err)
			}
		})
	}
}

func TestLegs(t *testing.T) {
	s := Scenario{Start: "a", Steps: []ScenarioStep{{"1", "b"}, {"2", "c"}, {"3", "b"}, {"4", "d"}}}
	legs := s.Legs()
	if len(legs) != 2 || legs[0].Start != "a" || len(legs[0].Steps) != 2 || legs[1].Start != "c" || len(legs[1].Steps) != 2 {
		t.Errorf("got %+v", legs)
	}
}
