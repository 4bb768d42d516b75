package pipeline

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"fermata/controls"
	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/rules"
)

// shipped is an engine with the rules that ship, everything about them checked: types, ids of frameworks, rows of
// evidence, controls.
func shipped(t testing.TB) *Engine {
	t.Helper()
	e, troubles, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	noTrouble(t, troubles)
	check := rule.Options{Resolver: resolver{e.Catalog()}, Rows: rows(e.Rows())}
	loaded, troubles := rule.LoadControls(check, rule.Source{FS: controls.FS, Name: "controls"})
	noTrouble(t, troubles)
	check.Controls = loaded
	set, troubles := rule.Load(check, rule.Source{FS: rules.FS, Name: "rules", Check: true})
	noTrouble(t, troubles)
	e.rules = set
	return e
}

func noTrouble(t testing.TB, troubles []source.Diagnostic) {
	t.Helper()
	for _, d := range troubles {
		t.Error(d)
	}
	if t.Failed() {
		t.FailNow()
	}
}

// TestRuleFixtures asks each rule about its own examples. Every finding and question must be wanted on its line with
// its status, and every want must be met. A rule that is never live, or never silent, has examples that show too little.
func TestRuleFixtures(t *testing.T) {
	e := shipped(t)
	for _, r := range e.Rules() {
		if r.Code() {
			continue // see TestCodeRuleFixtures
		}
		t.Run(r.ID, func(t *testing.T) {
			alone := only(t, e, r)
			at := path.Join(r.Layer, r.ID, "rule_test.txtar")
			data, err := fs.ReadFile(rules.FS, at)
			if err != nil {
				t.Fatal(err)
			}
			fixture, err := rule.ParseFixture(data)
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			fires, silent := false, false
			for _, file := range fixture.Files {
				system, findings, questions := askFixture(t, e, alone, file)
				for _, difference := range file.Check(system, findings, questions, true) {
					t.Errorf("%s: %s", at, difference)
				}
				for i := range findings {
					fires = fires || findings[i].Status == result.Live || findings[i].Status == result.Condition
				}
				silent = silent || len(findings)+len(questions) == 0
			}
			if !fires {
				t.Errorf("%s: the rule is live in no file", at)
			}
			if !silent {
				t.Errorf("%s: there is no file in which the rule stays silent", at)
			}
		})
	}
}

// only is the set of one shipped rule: questions of several rules are asked as one, so the others must not be there.
func only(t *testing.T, e *Engine, r *rule.Rule) *rule.Set {
	t.Helper()
	tree := fstest.MapFS{}
	for _, name := range []string{"rule.yaml", "rule_test.txtar"} {
		at := path.Join(r.Layer, r.ID, name)
		data, err := fs.ReadFile(rules.FS, at)
		if err != nil {
			t.Fatal(err)
		}
		tree[at] = &fstest.MapFile{Data: data}
	}
	set, troubles := rule.Load(rule.Options{Controls: e.Controls()}, rule.Source{FS: tree, Name: "rules", Check: true})
	noTrouble(t, troubles)
	return set
}

// askFixture gives what one rule says about one file. Whatever its findings need is given to an attacker, so that a
// finding is live unless a control stands in the way.
func askFixture(t *testing.T, e *Engine, set *rule.Set, file rule.FixtureFile) (*model.System, []result.Finding, []result.Question) {
	t.Helper()
	assemble := model.Merge
	if file.Complete {
		assemble = model.Assemble
	}
	read := func(name string, content []byte) *model.System {
		document, troubles := model.Read(source.NewFile(name, content))
		noTrouble(t, troubles)
		system, troubles := assemble(nil, document)
		noTrouble(t, troubles)
		return system
	}
	system := read(file.Name, file.Content)
	var options rule.EvaluateOptions
	if file.Old != nil {
		options.Old = read(file.OldName(), file.Old)
	}
	outcome, err := rule.Evaluate(context.Background(), set, system, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range outcome.Failed {
		t.Fatalf("%s: the rule failed: %s", file.Name, failure.Reason)
	}
	entry := map[string]bool{}
	for _, f := range outcome.Findings {
		for _, step := range f.Steps {
			for _, need := range step.Needs {
				for _, power := range need.Powers {
					entry[power] = true
				}
			}
		}
	}
	everything := model.Attacker{ID: "outsider", Origin: model.Declared}
	for power := range entry {
		everything.Starts = append(everything.Starts, model.Start{Capability: power, Reason: "the fixture gives it"})
	}
	sort.Slice(everything.Starts, func(i, j int) bool { return everything.Starts[i].Capability < everything.Starts[j].Capability })
	system.Attackers = []model.Attacker{everything}
	out, err := attack.Analyse(context.Background(), attack.Input{System: system, Findings: outcome.Findings, Controls: e.controls})
	if err != nil {
		t.Fatal(err)
	}
	var questions []result.Question
	for _, q := range outcome.Questions {
		questions = append(questions, q.Question)
	}
	return system, out.Findings, questions
}

// coreThreats are the threats of OWASP's taxonomy (1.0, and the two that 1.1 added) that every system of agents is asked
// about.
var coreThreats = []string{
	"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T13", "T14", "T15", "TM11-T16", "TM11-T17",
}

// fewest says how many rules each layer has at the least.
var fewest = map[string]int{
	"l1-foundation-models": 4, "l2-data-operations": 4, "l3-agent-frameworks": 4, "l4-deployment-infrastructure": 4,
	"l5-evaluation-observability": 4, "l6-security-compliance": 4, "l7-agent-ecosystem": 4, "cross-layer": 20, "lifecycle": 20,
}

// TestRulesCoverTheThreats holds that no layer and no core threat is without rules.
func TestRulesCoverTheThreats(t *testing.T) {
	e := shipped(t)
	layers, threats := map[string]int{}, map[string]int{}
	for _, r := range e.Rules() {
		layers[r.Layer]++
		for _, id := range r.Maps["owasp-asi"] {
			threats[id]++
		}
	}
	for layer, least := range fewest {
		if layers[layer] < least {
			t.Errorf("%s has %d rules, fewer than %d", layer, layers[layer], least)
		}
	}
	if n := len(e.Rules()); n < 145 {
		t.Errorf("only %d rules ship", n)
	}
	for _, id := range coreThreats {
		if threats[id] == 0 {
			t.Errorf("no rule is about %s", id)
		}
	}
}

// TestRulesNameTheirLayer holds that a rule in the folder of a layer is mapped to that layer.
func TestRulesNameTheirLayer(t *testing.T) {
	for _, r := range shipped(t).Rules() {
		layer := strings.ToUpper(r.Layer[:2])
		if layer[0] == 'L' && layer[1] >= '1' && layer[1] <= '7' && !slices.Contains(r.Maps["maestro"], layer) {
			t.Errorf("%s stands in %s and is mapped to %v", r.ID, r.Layer, r.Maps["maestro"])
		}
	}
}

// TestBlockingControlsAreShown holds that a rule which lists a control that blocks shows in its examples that it does.
func TestBlockingControlsAreShown(t *testing.T) {
	e := shipped(t)
	for _, r := range e.Rules() {
		blocks := false
		for _, use := range r.Controls {
			blocks = blocks || e.controls[use.Control].Blocks
		}
		if !blocks || r.Condition() || r.Code() {
			continue
		}
		data, err := fs.ReadFile(rules.FS, path.Join(r.Layer, r.ID, "rule_test.txtar"))
		if err != nil {
			t.Fatal(err)
		}
		fixture, err := rule.ParseFixture(data)
		if err != nil {
			t.Fatal(err)
		}
		shown := false
		for _, file := range fixture.Files {
			for _, want := range file.Wants {
				shown = shown || want.Status == string(result.Blocked)
			}
		}
		if !shown {
			t.Errorf("%s lists a control that blocks, and no example shows it", r.ID)
		}
	}
}
