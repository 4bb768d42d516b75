package rule

import (
	"context"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

// root is the repository, seen from this package.
var root = os.DirFS("../..")

func sub(t testing.TB, folder string) fs.FS {
	t.Helper()
	tree, err := fs.Sub(root, folder)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// shipped loads the rules and controls that ship, everything checked.
func shipped(t testing.TB) *Set {
	t.Helper()
	catalog, troubles := taxonomy.Load(sub(t, "catalog"))
	noTrouble(t, troubles)
	options := Options{Resolver: resolver{catalog}, Rows: evidenceRows(t)}
	controls, troubles := LoadControls(options, Source{FS: sub(t, "controls"), Name: "controls"})
	noTrouble(t, troubles)
	options.Controls = controls
	set, troubles := Load(options, Source{FS: sub(t, "rules"), Name: "rules", Check: true})
	noTrouble(t, troubles)
	return set
}

func noTrouble(t testing.TB, troubles []source.Diagnostic) {
	t.Helper()
	for _, d := range troubles {
		if d.Severity == source.Error {
			t.Error(d)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// rows are the ids of the evidence table, read as the table is written: "- id: C001".
type rows map[string]bool

func (r rows) HasRow(id string) bool { return r[id] }

func evidenceRows(t testing.TB) rows {
	t.Helper()
	data, err := fs.ReadFile(root, "catalog/evidence/attack_success.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := rows{}
	for line := range strings.Lines(string(data)) {
		if id, ok := strings.CutPrefix(strings.TrimSpace(line), "- id: "); ok {
			all[id] = true
		}
	}
	if len(all) < 200 {
		t.Fatalf("the evidence table has only %d rows", len(all))
	}
	return all
}

// TestShippedFixtures asks each rule about its own examples. Statuses need the whole pipeline and are tested there; a
// want with a status is met here by the finding.
func TestShippedFixtures(t *testing.T) {
	set := shipped(t)
	if len(set.Rules) == 0 {
		t.Fatal("no rules ship")
	}
	for _, r := range set.Rules {
		if r.Code() {
			continue // examples of code need somebody who reads code: see pipeline
		}
		t.Run(r.ID, func(t *testing.T) {
			at := path.Join("rules", r.Layer, r.ID, "rule_test.txtar")
			data, err := fs.ReadFile(root, at)
			if err != nil {
				t.Fatal(err)
			}
			fixture, err := ParseFixture(data)
			if err != nil {
				t.Fatal(err)
			}
			only := &Set{Rules: []*Rule{r}, Controls: set.Controls, compiler: set.compiler}
			hits := 0
			for _, file := range fixture.Files {
				hits += checkFixtureFile(t, only, file)
			}
			if hits == 0 {
				t.Errorf("%s: no file expects a finding", at)
			}
		})
	}
}

// checkFixtureFile compares what a rule says about one file with what is wanted, and counts the findings.
func checkFixtureFile(t *testing.T, set *Set, file FixtureFile) int {
	t.Helper()
	system, troubles := model.ReadSystem(source.NewFile(file.Name, file.Content))
	noTrouble(t, troubles)
	if file.Complete {
		model.Complete(system, nil)
	}
	var options EvaluateOptions
	if file.Old != nil {
		options.Old, troubles = model.ReadSystem(source.NewFile(file.OldName(), file.Old))
		noTrouble(t, troubles)
	}
	outcome, err := Evaluate(context.Background(), set, system, options)
	if err != nil {
		t.Fatal(err)
	}
	for _, failure := range outcome.Failed {
		t.Errorf("%s: rule %s failed: %s", file.Name, failure.Rule, failure.Reason)
	}
	var questions []result.Question
	for _, q := range outcome.Questions {
		questions = append(questions, q.Question)
	}
	for _, difference := range file.Check(system, outcome.Findings, questions, false) {
		t.Error(difference)
	}
	return len(outcome.Findings)
}

// resolver makes the catalogue answer for the ids of rules and controls.
type resolver struct{ catalog *taxonomy.Catalog }

// Has tells whether the framework has the entry.
func (r resolver) Has(namespace, id string) bool { return r.catalog.Lookup(namespace, id) != nil }

// Suggest gives the nearest entry of the framework.
func (r resolver) Suggest(namespace, id string) string {
	framework := r.catalog.Framework(namespace)
	if framework == nil {
		var all []string
		for _, f := range r.catalog.Frameworks() {
			all = append(all, f.Namespace)
		}
		return didYouMean(namespace, all)
	}
	answer := r.catalog.Resolve(id)
	for _, m := range answer.Matches {
		if m.Entry.Namespace == namespace {
			return m.Entry.ID
		}
	}
	for _, e := range answer.Nearest {
		if e.Namespace == namespace {
			return e.ID
		}
	}
	return ""
}

// TestToldByKnownRules holds that a condition names rules that exist and are steps: only these can be live.
func TestToldByKnownRules(t *testing.T) {
	set := shipped(t)
	named := 0
	for _, r := range set.Rules {
		for _, id := range r.ToldBy {
			named++
			if other := set.Rule(id); other == nil || len(other.Requires) == 0 {
				t.Errorf("%s is told by %s, which is no step", r.ID, id)
			}
		}
	}
	if named == 0 {
		t.Error("no rule is told by another")
	}
}
