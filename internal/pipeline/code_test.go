package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/rules"
)

// TestCodeRuleFixtures scans the examples of each rule about code, all files of a fixture as one tree. Every finding of the
// rule must be wanted on its line, and every want must be met; a rule needs an example that it passes over.
func TestCodeRuleFixtures(t *testing.T) {
	e := shipped(t)
	for _, r := range e.Rules() {
		if !r.Code() {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			checkCodeFixture(t, e, only(t, e, r), codeFixture(t, r))
		})
	}
}

// checkCodeFixture compares what a rule about code finds in its examples with what they want.
func checkCodeFixture(t *testing.T, e *Engine, set *rule.Set, fixture *rule.Fixture) {
	t.Helper()
	found := scanFixture(t, e, set, fixture)
	fires, silent := false, false
	for i := range fixture.Files {
		file := &fixture.Files[i]
		here := slices.DeleteFunc(slices.Clone(found), func(f result.Finding) bool { return f.Evidence[0].File != file.Name })
		for _, difference := range file.Check(nil, here, nil, false) {
			t.Error(difference)
		}
		fires, silent = fires || len(here) > 0, silent || len(here) == 0
		for _, f := range here {
			if len(f.Elements) == 0 && len(f.Steps) > 0 {
				t.Errorf("%s: a step of no element", f.ID)
			}
		}
	}
	if !fires {
		t.Error("the rule finds something in no file")
	}
	if !silent {
		t.Error("there is no file that the rule passes over")
	}
}

// TestNewCodeRule holds that the rule about code that make new-rule writes finds what its example wants.
func TestNewCodeRule(t *testing.T) {
	e := shipped(t)
	files, err := rule.Scaffold("code", "trial-rule")
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{}
	for name, data := range files {
		tree[name] = &fstest.MapFile{Data: data}
	}
	set, troubles := rule.Load(rule.Options{Resolver: resolver{e.Catalog()}, Rows: rows(e.Rows()), Controls: e.Controls()}, rule.Source{FS: tree, Name: "rules", Check: true})
	noTrouble(t, troubles)
	fixture, err := rule.ParseFixture(files["code/trial-rule/rule_test.txtar"])
	if err != nil {
		t.Fatal(err)
	}
	checkCodeFixture(t, e, set, fixture)
}

// codeFixture reads the examples of a rule about code.
func codeFixture(t testing.TB, r *rule.Rule) *rule.Fixture {
	t.Helper()
	at := path.Join(r.Layer, r.ID, "rule_test.txtar")
	data, err := fs.ReadFile(rules.FS, at)
	if err != nil {
		t.Fatal(err)
	}
	fixture, err := rule.ParseFixture(data)
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	return fixture
}

// scanFixture gives what one set of rules finds in the files of a fixture.
func scanFixture(t testing.TB, e *Engine, set *rule.Set, fixture *rule.Fixture) []result.Finding {
	t.Helper()
	dir := t.TempDir()
	for _, file := range fixture.Files {
		name := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, file.Content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	alone := &Engine{options: e.options, rules: set, controls: e.controls, extractors: e.extractors, catalog: e.Catalog()}
	alone.catalogOnce.Do(func() {})
	r, err := alone.Scan(context.Background(), Input{Path: dir, Questions: -1, Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diagnostics {
		if d.Severity == "error" {
			t.Errorf("%s:%d: %s", d.File, d.Line, d.Message)
		}
	}
	return r.Findings
}

// TestCodeFindingsShowTheWay holds that a finding about a value that somebody controls says over which places it came, from
// its source to its sink.
func TestCodeFindingsShowTheWay(t *testing.T) {
	e := shipped(t)
	ways := 0
	for _, r := range e.Rules() {
		if !r.Code() || !strings.Contains(r.When, "tainted") {
			continue
		}
		for _, f := range scanFixture(t, e, only(t, e, r), codeFixture(t, r)) {
			if f.Code.Source == "" {
				continue
			}
			ways++
			if len(f.Code.Trail) < 2 {
				t.Errorf("%s: a way of %d places", f.ID, len(f.Code.Trail))
				continue
			}
			if last := f.Code.Trail[len(f.Code.Trail)-1].Evidence; last.File != f.Evidence[0].File || last.Line < f.Evidence[0].Line {
				t.Errorf("%s: the way ends at %s:%d and not at %s:%d", f.ID, last.File, last.Line, f.Evidence[0].File, f.Evidence[0].Line)
			}
		}
	}
	if ways == 0 {
		t.Error("no example shows a way")
	}
}

// TestFileFindingsCiteTheirLine holds that a finding about a file that shows a line does not cite the file's first line beside it.
func TestFileFindingsCiteTheirLine(t *testing.T) {
	e := shipped(t)
	for _, r := range e.Rules() {
		if r.On != "file" {
			continue
		}
		for _, f := range scanFixture(t, e, only(t, e, r), codeFixture(t, r)) {
			for _, at := range f.Evidence[1:] {
				if at.Line == at.EndLine && at.Col == at.EndCol {
					t.Errorf("%s: %s:%d shows nothing", f.ID, at.File, at.Line)
				}
			}
		}
	}
}

// everyExample writes the examples of all rules about code into one tree.
func everyExample(t testing.TB, e *Engine) string {
	t.Helper()
	dir := t.TempDir()
	for _, r := range e.Rules() {
		if !r.Code() {
			continue
		}
		for _, file := range codeFixture(t, r).Files {
			name := filepath.Join(dir, r.ID, filepath.FromSlash(file.Name))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, file.Content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// TestSieveLosesNothing holds that a scan in which places of no interest are let go says the same, byte for byte, as one that
// keeps every place.
func TestSieveLosesNothing(t *testing.T) {
	e := shipped(t)
	dir := everyExample(t, e)
	var said [2][]byte
	var kept [2]int
	for i, unsifted := range []bool{false, true} {
		s := &scan{engine: e, in: Input{Path: dir, Questions: -1}, unsifted: unsifted}
		if err := s.run(context.Background()); err != nil {
			t.Fatal(err)
		}
		var err error
		if said[i], err = json.Marshal(s.r); err != nil {
			t.Fatal(err)
		}
		kept[i] = len(s.subjects)
	}
	if !bytes.Equal(said[0], said[1]) {
		t.Error("the results differ")
	}
	if kept[0] >= kept[1] {
		t.Errorf("%d of %d places are kept", kept[0], kept[1])
	}
}

// TestCodeChecksAgree holds that the answer depends neither on the number of workers nor on what was asked before.
func TestCodeChecksAgree(t *testing.T) {
	e := shipped(t)
	dir := everyExample(t, e)
	var said []string
	for _, workers := range []int{1, 4, 4} {
		r, err := e.Scan(context.Background(), Input{Path: dir, Questions: -1, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Code != nil {
				fmt.Fprintf(&b, "%s %s %s %v\n", f.ID, f.Status, f.Message, f.Code.Trail)
			}
		}
		said = append(said, b.String())
	}
	if said[0] == "" || said[0] != said[1] || said[1] != said[2] {
		t.Error("the findings about code differ")
	}
}
