package model_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fermata/internal/model"
	"fermata/internal/source"
)

// TestTables: every word is well formed, stands once, says what it means, and names only what there is.
func TestTables(t *testing.T) {
	word := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	check := func(table, name, doc string) {
		if !word.MatchString(name) || doc == "" || seen[table+" "+name] {
			t.Errorf("%s %q is not a word, has no doc, or stands twice", table, name)
		}
		seen[table+" "+name] = true
	}
	for _, row := range model.Kinds {
		check("kind", string(row.Kind), row.Doc)
		if model.LayerOf(row.Kind) != row.Layer {
			t.Errorf("the layer of %s is not %s", row.Kind, row.Layer)
		}
	}
	kinds := func(of string, list []model.Kind) {
		for i, kind := range list {
			if model.KindNamed(kind) == nil || slices.Contains(list[:i], kind) {
				t.Errorf("%s names the kind %q, which is none or stands twice", of, kind)
			}
		}
	}
	for _, row := range model.FlowKinds {
		check("flow kind", string(row.Kind), row.Doc)
		kinds(string(row.Kind), row.From)
		kinds(string(row.Kind), row.To)
	}
	for what, table := range map[string][]model.Info{"effect": model.Effects, "capability": model.Capabilities, "attacker": model.Attackers} {
		for _, row := range table {
			check(what, row.Name, row.Doc)
		}
	}
	for _, row := range model.Losses {
		check("loss", row.Name, row.Doc)
	}
	for _, row := range model.Facts {
		check(row.On+" fact", row.Name, row.Doc)
		kinds(row.Name, row.Kinds)
		if row.On != "element" && row.On != "flow" || row.On == "flow" && row.Kinds != nil || row.On == "element" && row.Flows != nil {
			t.Errorf("fact %s is asked of what cannot have it", row.Name)
		}
		for _, kind := range row.Flows {
			if model.FlowKindNamed(kind) == nil {
				t.Errorf("fact %s names the flow kind %q, which is none", row.Name, kind)
			}
		}
		if row.Question != "" {
			names := strings.Contains(row.Question, "{name}")
			if row.On == "flow" {
				names = strings.Contains(row.Question, "{from}") && strings.Contains(row.Question, "{to}")
			}
			if !names || !strings.HasSuffix(row.Question, "?") {
				t.Errorf("the question of %s does not name what it is about: %s", row.Name, row.Question)
			}
		}
		for _, value := range row.Values {
			if value == model.Unknown || !word.MatchString(value) {
				t.Errorf("fact %s lists the value %q", row.Name, value)
			}
		}
	}
}

// TestComplete: what completion adds is a valid system, and it adds nothing the second time.
func TestComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySystem(t)
		model.Complete(s, nil)
		if wrong := model.Validate(s); len(wrong) > 0 {
			t.Fatalf("not a valid system:\n%s", lines(wrong))
		}
		once := write(t, s)
		model.Complete(s, nil)
		if diff := cmp.Diff(once, write(t, s)); diff != "" {
			t.Fatalf("the second time it adds (-) or takes (+):\n%s", diff)
		}
	})
}

func TestUnknownControls(t *testing.T) {
	document, diagnostics := model.Read(source.NewFile("fermata.yaml", []byte(`
elements:
  - {id: a, kind: tool, controls: [sandbox, {control: sandbx}]}
flows:
  - {kind: message, from: a, to: a, controls: [limits]}
controls:
  - {control: human-aproval, on: a}
replace:
  - {id: b, controls: [sandbox]}
answers:
  - {question: a.control.limit, answer: yes}
`)))
	want := `error: fermata.yaml:3:55: "sandbx" is not a control (did you mean "sandbox"?)
error: fermata.yaml:5:48: "limits" is not a control
error: fermata.yaml:7:15: "human-aproval" is not a control (did you mean "human-approval"?)
error: fermata.yaml:11:16: "limit" is not a control
`
	got := lines(append(diagnostics, document.UnknownControls([]string{"sandbox", "human-approval"})...))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
