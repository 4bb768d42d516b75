package pipeline

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/rules"
)

// twice are the pairs of rules that may take the same step over the same elements, each with the reason why neither can
// stand for both. A report counts such findings as one condition.
var twice = map[[2]string]string{
	{"false-record-believed", "semantic-drift"}:    "a store that agents write can also grow old; provenance mends the one and renewal the other",
	{"agent-impersonation", "tampered-traffic"}:    "a channel may lack a check of the sender, a seal on the message, or both; each is mended by itself",
	{"over-privileged-tool", "unlimited-signing"}:  "a wallet's key can be too broad, and signs whatever it is given even when it is not",
	{"human-trust-exploited", "reviewer-deceived"}: "a person may approve what an agent asks and also read what it answers",
}

// TestNoRuleSaysWhatAnotherSays asks all rules about all examples and fixtures, and looks for two rules with findings of
// the same elements, requirements and grants: the second one would be noise.
func TestNoRuleSaysWhatAnotherSays(t *testing.T) {
	e := shipped(t)
	met := map[[2]string]string{}
	look := func(where string, findings []result.Finding) {
		by := map[string][]string{}
		for i := range findings {
			f := &findings[i]
			if len(f.Steps) == 0 {
				continue
			}
			if f.Code != nil {
				continue // it shows the line of code that makes a step possible, which the model knows by its effect
			}
			key := fmt.Sprintf("%q %q %q", f.Elements, f.Requires, f.Grants)
			if !slices.Contains(by[key], f.Rule) {
				by[key] = append(by[key], f.Rule)
			}
		}
		for _, ids := range by {
			slices.Sort(ids)
			for i, a := range ids {
				for _, b := range ids[i+1:] {
					if pair := [2]string{a, b}; met[pair] == "" || where < met[pair] {
						met[pair] = where
					}
				}
			}
		}
	}
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
			look(r.ID+"/"+file.Name, outcome.Findings)
		}
	}
	for _, name := range examples(t) {
		look("examples/"+filepath.ToSlash(name), scanExample(t, e, name).Findings)
	}
	for pair, where := range met {
		if twice[pair] == "" {
			t.Errorf("%s and %s say the same step of the same elements, in %s", pair[0], pair[1], where)
		}
	}
	for pair := range twice {
		if met[pair] == "" {
			t.Errorf("%s and %s no longer say the same anywhere: take the pair off the list", pair[0], pair[1])
		}
	}
}
