package pipeline

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/rules"
)

// twice are the pairs of rules that may take the same step over the same elements, each with the reason why neither can
// stand for both. A report counts such findings as one condition.
var twice = map[[2]string]string{
	{"false-record-believed", "semantic-drift"}:            "a store that agents write can also grow old; provenance mends the one and renewal the other",
	{"agent-impersonation", "tampered-traffic"}:            "a channel may lack a check of the sender, a seal on the message, or both; each is mended by itself",
	{"over-privileged-tool", "unlimited-signing"}:          "a wallet's key can be too broad, and signs whatever it is given even when it is not",
	{"file-write-becomes-code", "unsandboxed-code-exec"}:   "a shell runs code and writes files; fewer paths mend the one and a sandbox both, and of most tools only one is so",
	{"container-has-all-rights", "container-runs-as-root"}: "two settings of a container: either stands without the other, and each is mended by itself",
	{"human-trust-exploited", "reviewer-deceived"}:         "a person may approve what an agent asks and also read what it answers",
}

// repeats gathers pairs of rules that say the same of the same elements, and where that was met first.
type repeats map[[2]string]string

func (m repeats) meet(where string, by map[string][]string) {
	for _, ids := range by {
		slices.Sort(ids)
		for i, a := range ids {
			for _, b := range ids[i+1:] {
				if pair := [2]string{a, b}; m[pair] == "" || where < m[pair] {
					m[pair] = where
				}
			}
		}
	}
}

// steps looks for two rules with findings of the same elements, requirements and grants. A rule about code shows the line
// that makes a step possible, which the model knows by its effect: such rules are held against each other only.
func (m repeats) steps(where string, findings []result.Finding) {
	by := map[string][]string{}
	for i := range findings {
		f := &findings[i]
		if len(f.Steps) == 0 {
			continue
		}
		key := fmt.Sprintf("%q %q %q", f.Elements, f.Requires, f.Grants)
		if f.Code != nil {
			key += fmt.Sprintf(" %q", f.Code.Name)
		}
		if !slices.Contains(by[key], f.Rule) {
			by[key] = append(by[key], f.Rule)
		}
	}
	m.meet(where, by)
}

// conditions looks for two rules without steps that are about the same weakness of the same line, or of the same elements,
// and that the same controls mend.
func (m repeats) conditions(e *Engine, where string, findings []result.Finding) {
	by := map[string][]string{}
	for i := range findings {
		f := &findings[i]
		r := e.rules.Rule(f.Rule)
		if len(f.Steps) > 0 || r == nil {
			continue
		}
		var mends []string
		for _, c := range r.Controls {
			mends = append(mends, c.Control)
		}
		slices.Sort(mends)
		about := fmt.Sprintf("%q", f.Elements)
		if f.Code != nil {
			if len(f.Evidence) == 0 {
				continue
			}
			about = fmt.Sprintf("%s:%d", f.Evidence[0].File, f.Evidence[0].Line)
		}
		for _, cwe := range f.Maps["cwe"] {
			key := fmt.Sprintf("%s %q %s", about, mends, cwe)
			if !slices.Contains(by[key], f.Rule) {
				by[key] = append(by[key], f.Rule)
			}
		}
	}
	m.meet(where, by)
}

// TestNoRuleSaysWhatAnotherSays asks all rules about all examples and fixtures, about every tree that discovery is tested
// with, and about those of -repetition.trees: the second of two rules that say the same would be noise.
func TestNoRuleSaysWhatAnotherSays(t *testing.T) {
	e := shipped(t)
	met := repeats{}
	for _, r := range e.Rules() {
		if r.Code() {
			continue // its examples are no models
		}
		at := path.Join(r.Layer, r.ID, "rule_test.txtar")
		data, err := fs.ReadFile(rules.FS, at)
		if err != nil {
			t.Fatal(err)
		}
		fixture, err := rule.ParseFixture(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range fixture.Files {
			document, troubles := model.Read(source.NewFile(file.Name, file.Content))
			noTrouble(t, troubles)
			assemble := model.Merge
			if file.Complete {
				assemble = model.Assemble
			}
			system, troubles := assemble(nil, document)
			noTrouble(t, troubles)
			outcome, err := rule.Evaluate(context.Background(), e.rules, system, rule.EvaluateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			met.steps(r.ID+"/"+file.Name, outcome.Findings)
			met.conditions(e, r.ID+"/"+file.Name, outcome.Findings)
		}
	}
	for _, name := range examples(t) {
		findings := scanExample(t, e, name).Findings
		met.steps("examples/"+filepath.ToSlash(name), findings)
		met.conditions(e, "examples/"+filepath.ToSlash(name), findings)
	}
	trees := 0
	for where, dir := range discovered(t) {
		r, err := e.Scan(context.Background(), Input{Path: dir, NoDeclared: true, Questions: -1})
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		met.steps(where, r.Findings)
		met.conditions(e, where, r.Findings)
		if len(r.Findings) > 0 {
			trees++
		}
	}
	if trees < 100 {
		t.Errorf("only %d trees of discovery have findings: does the test still read them?", trees)
	}
	for pair, where := range met {
		if twice[pair] == "" {
			t.Errorf("%s and %s say the same of the same elements, in %s", pair[0], pair[1], where)
		}
	}
	for pair := range twice {
		if met[pair] == "" {
			t.Errorf("%s and %s no longer say the same anywhere: take the pair off the list", pair[0], pair[1])
		}
	}
}

var repetitionTrees = flag.String("repetition.trees", "", "a folder whose folders TestNoRuleSaysWhatAnotherSays looks at too")

// discovered gives the trees that discovery is tested with, by their names, each in a folder of its own; and those that
// were asked for.
func discovered(t *testing.T) iter.Seq2[string, string] {
	t.Helper()
	names, err := filepath.Glob("../discover/*/testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := filepath.Glob("../discover/testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(string, string) bool) {
		for _, name := range append(names, corpus...) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range archive.Files {
				at := filepath.Join(dir, filepath.FromSlash(f.Name))
				if strings.HasPrefix(f.Name, "want.") || !filepath.IsLocal(filepath.FromSlash(f.Name)) {
					continue
				}
				if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(at, f.Data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if !yield(filepath.ToSlash(name), dir) {
				return
			}
		}
		if *repetitionTrees == "" {
			return
		}
		entries, err := os.ReadDir(*repetitionTrees)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if entry.IsDir() && !yield(entry.Name(), filepath.Join(*repetitionTrees, entry.Name())) {
				return
			}
		}
	}
}
