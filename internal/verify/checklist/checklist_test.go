package checklist

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fermata/catalog"
	"fermata/controls"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/rules"
)

// TestShipped holds that the lists load, have as many checks as they say, and name rules and layers that exist.
func TestShipped(t *testing.T) {
	lists, troubles := Load(catalog.FS)
	for _, d := range troubles {
		t.Error(d)
	}
	count := map[string]int{}
	for _, l := range lists {
		count[l.ID] = len(l.Checks)
		for _, c := range l.Checks {
			for _, scheme := range []string{"maestro-v1", "securing-mas"} {
				if !strings.Contains("L1 L2 L3 L4 L5 L6 L7", c.Layers[scheme]) || c.Layers[scheme] == "" {
					t.Errorf("%s has no layer of %s", c.ID, scheme)
				}
			}
			for _, r := range c.Rules {
				found, _ := fs.Glob(rules.FS, "*/"+r+"/rule.yaml")
				if len(found) != 1 {
					t.Errorf("%s names the rule %s, which is not there", c.ID, r)
				}
			}
			for _, s := range c.Shows {
				for _, r := range s.Silent {
					if _, err := fs.Stat(rules.FS, "code/"+r+"/rule.yaml"); err != nil {
						t.Errorf("%s names the rule %s as silent, which is no rule about code", c.ID, r)
					}
				}
				for _, id := range s.Control {
					if _, err := fs.Stat(controls.FS, id+"/control.yaml"); err != nil {
						t.Errorf("%s names the control %s, which is not there", c.ID, id)
					}
				}
			}
		}
	}
	if count["maestro"] != 21 || count["plugin"] != 20 || count["twelve-factor"] != 12 {
		t.Errorf("checks: %v", count)
	}
	layers := map[string]int{}
	for _, l := range lists {
		if l.ID == "maestro" {
			for _, c := range l.Checks {
				layers[c.Layers["securing-mas"]]++
			}
		}
	}
	for _, id := range []string{"L1", "L2", "L3", "L4", "L5", "L6", "L7"} {
		if layers[id] != 3 {
			t.Errorf("layer %s of securing-mas has %d checks", id, layers[id])
		}
	}
}

// TestRefused holds what a list may not say.
func TestRefused(t *testing.T) {
	check := "  - {key: a, title: A, layers: {x: L1}, about: [agent], person: p, test: t, %s}\n"
	for _, c := range []struct{ line, want string }{
		{"wrong: 1", "unknown key"},
		{"reach: far", "reach is"},
		{"shows: [{function: {typd: \"yes\"}, all: {typed: \"yes\"}}]", "no flag"},
		{"shows: [{call: [netwrk]}]", "no kind of call"},
		{"shows: [{fact: {typed: \"yes\"}}]", "no fact"},
		{"shows: [{says: x}]", "nothing is said"},
		{"applies: {effects: [fly]}", "no effect"},
		{"applies: {calls: [fly]}", "no kind of call"},
		{"shows: [{about: [plane], control: [timeout]}]", "no kind of element"},
		{"shows: [{file: [env], where: {holds_secret: \"yes\"}, all: {committed: \"no\"}}]", "no flag"},
	} {
		text := "checklist: l\ntitle: T\nchecks:\n" + strings.Replace(check, "%s", c.line, 1)
		_, troubles := Load(fstest.MapFS{"checklist/l.yaml": {Data: []byte(text)}})
		if !slices.ContainsFunc(troubles, func(d source.Diagnostic) bool { return strings.Contains(d.Message, c.want) }) {
			t.Errorf("%s: got %v, want %q", c.line, troubles, c.want)
		}
	}
}

const lists = `checklist: l
title: T
checks:
  - {key: typed, title: A, layers: {x: L1}, about: [tool], person: p, test: t, rules: [bad], shows: [{fact: {typed-input: "yes"}}]}
  - {key: guarded, title: B, layers: {x: L1}, about: [tool], person: p, test: t, shows: [{control: [timeout]}]}
  - {key: net, title: C, layers: {x: L1}, about: [tool], person: p, test: t, applies: {effects: [net-read]}, shows: [{call: [network], argument: [timeout], says: ends}]}
`

func place(line int) []model.Evidence { return []model.Evidence{{File: "t.py", Line: line}} }

// TestAnswers goes through what makes an answer, and what does not.
func TestAnswers(t *testing.T) {
	loaded, troubles := Load(fstest.MapFS{"checklist/l.yaml": {Data: []byte(lists)}})
	if len(troubles) > 0 {
		t.Fatal(troubles)
	}
	yes := model.Fact{Value: "yes", Origin: model.Observed, Evidence: place(1)}
	call := func(args ...result.Argument) *result.Subject {
		return &result.Subject{On: "call", Kinds: []string{"network"}, ID: "c", Element: "t", Evidence: place(3), Args: args, Texts: map[string]string{"full": "get"}}
	}
	timeout := result.Argument{Name: "timeout", Kind: "number", Text: "3"}
	never := result.Argument{Name: "timeout", Kind: "null"}
	word := result.Attestation{Check: "l/guarded", Component: "t", By: "a team", Until: "2027-01-31", Reason: "seen", Evidence: model.Evidence{File: "d.yaml", Line: 1}}
	for name, c := range map[string]struct {
		facts    map[string]model.Fact
		effects  map[string]model.Fact
		control  model.Placement
		finding  result.Status
		subjects []*result.Subject
		attested []result.Attestation
		asOf     string
		want     [3]result.Verdict // typed, guarded, net
	}{
		"nothing known": {want: [3]result.Verdict{"person", "person", "person"}},
		"seen":          {facts: map[string]model.Fact{"typed-input": yes}, want: [3]result.Verdict{"pass", "person", "person"}},
		"only assumed":  {facts: map[string]model.Fact{"typed-input": {Value: "yes", Origin: model.Assumed, Reason: "r"}}, want: [3]result.Verdict{"person", "person", "person"}},
		"seen not to be": {
			facts: map[string]model.Fact{"typed-input": {Value: "no", Origin: model.Observed, Evidence: place(1)}}, want: [3]result.Verdict{"fail", "person", "person"},
		},
		"found":                     {facts: map[string]model.Fact{"typed-input": yes}, finding: result.Live, want: [3]result.Verdict{"fail", "person", "person"}},
		"found and stopped":         {finding: result.Blocked, want: [3]result.Verdict{"pass", "person", "person"}},
		"found and out of reach":    {finding: result.Unreachable, want: [3]result.Verdict{"person", "person", "person"}},
		"a control":                 {control: model.Placement{Control: "timeout", On: "t", State: model.Evidenced, Origin: model.Observed, Evidence: place(2)}, want: [3]result.Verdict{"person", "pass", "person"}},
		"a control without a place": {control: model.Placement{Control: "timeout", On: "t", State: model.Evidenced}, want: [3]result.Verdict{"person", "person", "person"}},
		"a control refuted":         {control: model.Placement{Control: "timeout", On: "t", State: model.Refuted, Origin: model.Observed, Evidence: place(2)}, attested: []result.Attestation{word}, want: [3]result.Verdict{"person", "fail", "person"}},
		"runs anything":             {effects: map[string]model.Fact{"net-read": {Value: "no", Origin: model.Observed, Evidence: place(1)}, "exec": yes}, want: [3]result.Verdict{"person", "person", "person"}},
		"no network":                {effects: map[string]model.Fact{"exec": {Value: "no", Origin: model.Observed}, "net-read": {Value: "no", Origin: model.Observed, Evidence: place(1)}}, want: [3]result.Verdict{"person", "person", "not-applicable"}},
		"all calls end":             {subjects: []*result.Subject{call(timeout), call(timeout)}, want: [3]result.Verdict{"person", "person", "pass"}},
		"one does not":              {subjects: []*result.Subject{call(timeout), call()}, want: [3]result.Verdict{"person", "person", "person"}},
		"one is told not to":        {subjects: []*result.Subject{call(timeout), call(never)}, want: [3]result.Verdict{"person", "person", "person"}},
		"attested":                  {attested: []result.Attestation{word}, asOf: "2027-01-31", want: [3]result.Verdict{"person", "pass", "person"}},
		"attested too long ago":     {attested: []result.Attestation{word}, asOf: "2027-02-01", want: [3]result.Verdict{"person", "person", "person"}},
	} {
		r := &result.Result{System: model.System{Elements: []*model.Element{{ID: "t", Kind: model.Tool, Scope: "main", Origin: model.Observed, Facts: c.facts, Effects: c.effects, Evidence: place(1)}}}}
		if c.control.Control != "" {
			r.System.Controls = []model.Placement{c.control}
		}
		if c.finding != "" {
			r.Findings = []result.Finding{{ID: "bad@t", Rule: "bad", Message: "it is bad", Status: c.finding, Elements: []string{"t"}, Evidence: place(1)}}
		}
		doc := Run(Input{
			Result: r, Lists: loaded, Scheme: "x", Subjects: c.subjects, Code: true, Attestations: c.attested, AsOf: c.asOf,
			Counts: func(s model.State) bool { return s == model.Evidenced || s == model.DeclaredOnly },
		})
		if len(doc.Answers) != 3 {
			t.Fatalf("%s: %d answers", name, len(doc.Answers))
		}
		for i, want := range c.want {
			got := doc.Answers[i]
			if got.Verdict != want {
				t.Errorf("%s: %s is %s (%s), want %s", name, got.Check, got.Verdict, got.Why, want)
			}
			if got.Verdict == result.Pass && (len(got.Grounds) == 0 || len(got.Grounds[0].Evidence) == 0) {
				t.Errorf("%s: %s passes without evidence", name, got.Check)
			}
		}
	}
}

const silentLists = `checklist: l
title: T
checks:
  - {key: seen, title: A, layers: {x: L1}, about: [tool], person: p, test: t, shows: [{silent: [bad], says: none is bad}]}
  - {key: read, title: B, layers: {x: L1}, about: [tool], person: p, test: t, reach: file, shows: [{silent: [key], read: true, says: no key}]}
  - {key: both, title: C, layers: {x: L1}, about: [tool], person: p, test: t, shows: [{call: [log], flag: {tainted: "no"}, silent: [bad], says: harmless}]}
  - {key: logs, title: D, layers: {x: L1}, about: [tool], person: p, test: t, applies: {calls: [log]}}
  - {key: takes, title: E, layers: {x: L1}, about: [tool], person: p, test: t, applies: {takes: true}}
`

// TestSilent holds when the silence of a rule shows something: it has looked at a place of the component, or the files were
// read to the end, and everything that it asks was known.
func TestSilent(t *testing.T) {
	loaded, troubles := Load(fstest.MapFS{"checklist/l.yaml": {Data: []byte(silentLists)}})
	if len(troubles) > 0 {
		t.Fatal(troubles)
	}
	file := &result.Subject{On: "file", Kinds: []string{"source"}, ID: "t.py", Place: "t.py", Texts: map[string]string{"path": "t.py"}, Evidence: place(1)}
	function := func(parameters int) *result.Subject {
		return &result.Subject{On: "function", Kinds: []string{"function"}, ID: "f", Place: "f", Element: "t", Evidence: place(2), Flags: map[string]result.Truth{"tool": result.Yes}, Numbers: map[string]int{"parameters": parameters}}
	}
	logging := func(tainted result.Truth) *result.Subject {
		return &result.Subject{On: "call", Kinds: []string{"log"}, ID: "c", Place: "c", Element: "t", Evidence: place(3), Flags: map[string]result.Truth{"tainted": tainted}, Texts: map[string]string{"full": "info"}}
	}
	other := &result.Subject{On: "function", Kinds: []string{"function"}, ID: "g", Place: "g", Element: "other", Evidence: place(9)}
	const person, pass, none = result.NeedsPerson, result.Pass, result.NotApplicable
	for name, c := range map[string]struct {
		subjects []*result.Subject
		looks    map[string]*Look
		cut      []string
		noCode   bool
		found    string // a rule that found something
		want     [5]result.Verdict
	}{
		"nothing at hand": {noCode: true, want: [5]result.Verdict{person, person, person, person, person}},
		"looked": {
			subjects: []*result.Subject{file, function(1), logging(result.No)},
			looks:    map[string]*Look{"bad": {Passed: []*result.Subject{function(1)}}, "key": {}}, want: [5]result.Verdict{pass, pass, pass, person, person},
		},
		"looked, and something reaches the log": {
			subjects: []*result.Subject{file, function(1), logging(result.Yes)},
			looks:    map[string]*Look{"bad": {Passed: []*result.Subject{function(1)}}, "key": {}}, want: [5]result.Verdict{pass, pass, person, person, person},
		},
		"looked at something else only": {
			subjects: []*result.Subject{file, logging(result.No)}, looks: map[string]*Look{"bad": {Passed: []*result.Subject{other}}, "key": {}},
			want: [5]result.Verdict{person, pass, person, person, person},
		},
		"not known at one place": {
			subjects: []*result.Subject{file, logging(result.No)},
			looks:    map[string]*Look{"bad": {Passed: []*result.Subject{function(1)}, Open: []*result.Subject{logging(result.No)}}, "key": {}},
			want:     [5]result.Verdict{person, pass, person, person, person},
		},
		"the rules failed": {
			subjects: []*result.Subject{file, function(1), logging(result.No)}, looks: map[string]*Look{},
			want: [5]result.Verdict{person, person, person, person, person},
		},
		"not read to the end": {
			subjects: []*result.Subject{file, function(0)}, looks: map[string]*Look{"bad": {Passed: []*result.Subject{function(0)}}, "key": {}}, cut: []string{"t.py"},
			want: [5]result.Verdict{pass, person, person, person, none},
		},
		"not read at all": {
			looks: map[string]*Look{"bad": {}, "key": {}}, want: [5]result.Verdict{person, person, person, person, person},
		},
		"it logs nothing and takes nothing": {
			subjects: []*result.Subject{file, function(0)}, looks: map[string]*Look{"bad": {}, "key": {}},
			want: [5]result.Verdict{person, pass, person, none, none},
		},
		"one of the rules spoke": {
			subjects: []*result.Subject{file, function(1), logging(result.No)}, found: "bad",
			looks: map[string]*Look{"bad": {Passed: []*result.Subject{function(1)}}, "key": {}}, want: [5]result.Verdict{person, pass, person, person, person},
		},
	} {
		r := &result.Result{System: model.System{Elements: []*model.Element{{ID: "t", Kind: model.Tool, Scope: "main", Origin: model.Observed, Evidence: place(1)}}}}
		if c.found != "" {
			r.Findings = []result.Finding{{ID: c.found + "@t", Rule: c.found, Status: result.Live, Elements: []string{"t"}, Evidence: place(3)}}
		}
		doc := Run(Input{
			Result: r, Lists: loaded, Scheme: "x", Subjects: c.subjects, Code: !c.noCode, Looks: c.looks, Cut: c.cut,
			Counts: func(model.State) bool { return true },
		})
		for i, want := range c.want {
			got := doc.Answers[i]
			if got.Verdict != want {
				t.Errorf("%s: %s is %s (%s), want %s", name, got.Check, got.Verdict, got.Why, want)
			}
			if got.Verdict == pass && (len(got.Grounds) == 0 || len(got.Grounds[0].Evidence) == 0) {
				t.Errorf("%s: %s passes without evidence", name, got.Check)
			}
		}
	}
}

// TestAnywhere holds that a check that passes by its own files does not where the rule that it names found something in
// another one, and that what is blocked there, or another rule's, changes nothing.
func TestAnywhere(t *testing.T) {
	loaded, troubles := Load(fstest.MapFS{"checklist/l.yaml": {Data: []byte(`checklist: l
title: T
checks:
  - {key: keys, title: A, layers: {x: L1}, about: [tool], reach: file, anywhere: [signs], person: it, test: t, shows: [{control: [secret-store]}]}
`)}})
	if len(troubles) > 0 {
		t.Fatal(troubles)
	}
	for name, c := range map[string]struct {
		found result.Finding
		want  result.Verdict
		why   string
	}{
		"found":        {result.Finding{Rule: "signs", Status: result.Condition}, result.NeedsPerson, "look at it; a word signs (settings.py)"},
		"blocked":      {result.Finding{Rule: "signs", Status: result.Blocked}, result.Pass, "the control secret-store is evidenced"},
		"another rule": {result.Finding{Rule: "other", Status: result.Condition}, result.Pass, "the control secret-store is evidenced"},
	} {
		c.found.ID, c.found.Message, c.found.Evidence = c.found.Rule+"@settings.py", "a word signs", []model.Evidence{{File: "settings.py", Line: 3}}
		r := &result.Result{Findings: []result.Finding{c.found}, System: model.System{
			Elements: []*model.Element{{ID: "a", Kind: model.Tool, Scope: "main", Origin: model.Observed, Evidence: place(1)}},
			Controls: []model.Placement{{Control: "secret-store", On: "a", State: model.Evidenced, Origin: model.Observed, Evidence: place(2)}},
		}}
		doc := Run(Input{Result: r, Lists: loaded, Scheme: "x", Counts: func(model.State) bool { return true }})
		if got := doc.Answers[0]; got.Verdict != c.want || got.Why != c.why {
			t.Errorf("%s: %s (%s), want %s (%s)", name, got.Verdict, got.Why, c.want, c.why)
		}
	}
}

// TestWhole holds how the answers for components become one for the system, and that a named component has its own.
func TestWhole(t *testing.T) {
	loaded, troubles := Load(fstest.MapFS{"checklist/l.yaml": {Data: []byte(`checklist: l
title: T
checks:
  - {key: guarded, title: A, layers: {x: L1}, about: [tool], of: system, person: it, test: t, shows: [{control: [timeout]}]}
  - {key: agents, title: B, layers: {x: L1}, about: [agent], person: p, test: t}
`)}})
	if len(troubles) > 0 {
		t.Fatal(troubles)
	}
	word := result.Attestation{Check: "l/guarded", Component: result.WholeSystem, By: "a team", Until: "2027-01-31", Reason: "seen", Evidence: model.Evidence{File: "d.yaml", Line: 1}}
	placed := func(on string, state model.State) model.Placement {
		return model.Placement{Control: "timeout", On: on, State: state, Origin: model.Observed, Evidence: place(2)}
	}
	for name, c := range map[string]struct {
		controls []model.Placement
		attested []result.Attestation
		want     result.Verdict
		why      string
	}{
		"open":             {want: result.NeedsPerson, why: "look at it"},
		"shown of one":     {controls: []model.Placement{placed("a", model.Evidenced)}, want: result.NeedsPerson, why: "look at it; it is shown of 1, and not of b"},
		"shown of both":    {controls: []model.Placement{placed("a", model.Evidenced), placed("b", model.Evidenced)}, want: result.Pass, why: "the control timeout is evidenced"},
		"against one":      {controls: []model.Placement{placed("a", model.Evidenced), placed("b", model.Refuted)}, want: result.Fail, why: "b: a test refuted the control timeout"},
		"attested":         {attested: []result.Attestation{word}, want: result.Pass, why: "a team attests it until 2027-01-31: seen"},
		"attested against": {controls: []model.Placement{placed("b", model.Refuted)}, attested: []result.Attestation{word}, want: result.Fail, why: "b: a test refuted the control timeout; this goes against what a team attests"},
	} {
		r := &result.Result{System: model.System{
			Elements: []*model.Element{{ID: "a", Kind: model.Tool, Scope: "main", Origin: model.Observed, Evidence: place(1)}, {ID: "b", Kind: model.Tool, Scope: "main", Origin: model.Observed, Evidence: place(4)}},
			Controls: c.controls,
		}}
		in := Input{Result: r, Lists: loaded, Scheme: "x", Attestations: c.attested, Counts: func(model.State) bool { return true }}
		doc := Run(in)
		if len(doc.Answers) != 1 || doc.Answers[0].Component != result.WholeSystem || doc.Answers[0].Verdict != c.want || doc.Answers[0].Why != c.why {
			t.Errorf("%s: %+v, want %s: %s", name, doc.Answers, c.want, c.why)
		}
		if len(doc.Checks) != 1 || len(doc.Components) != 3 || doc.Components[0].ID != result.WholeSystem || len(doc.Notes) != 0 {
			t.Errorf("%s: %d checks asked of %v; %v", name, len(doc.Checks), doc.Components, doc.Notes)
		}
		in.Components = []string{"b"}
		if doc := Run(in); len(doc.Answers) != 1 || doc.Answers[0].Component != "b" {
			t.Errorf("%s: of b alone: %+v", name, doc.Answers)
		}
	}
}
