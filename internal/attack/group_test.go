package attack

import (
	"context"
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
)

// TestGroup holds what counts as one condition: findings that a rule says are about the same, that say the same words of
// the same line, that take the same step, and that only follow from another.
func TestGroup(t *testing.T) {
	step := func(needs, gives string) []result.Step {
		return []result.Step{{Needs: []result.Need{{Powers: []string{needs}, K: 1}}, Gives: []string{gives}}}
	}
	half := &result.Range{Low: 0.5, Mode: 0.5, High: 0.5}
	line := []model.Evidence{{File: "app.py", Line: 3, Col: 1}}
	findings := []result.Finding{
		{ID: "asks@a", Group: "asks@agent", Steps: step("influence@user", "hijack@agent"), Success: half},
		{ID: "asks@b", Group: "asks@agent", Steps: step("influence@user", "hijack@agent"), Success: half, Elements: []string{"agent", "user"}},
		{ID: "runs@x", Rule: "runs", Message: "it runs", Group: "runs@x", Evidence: line, Steps: step("hijack@agent", "execute@host"), Success: half, Elements: []string{"x"}},
		{ID: "runs@y", Rule: "runs", Message: "it runs", Group: "runs@y", Evidence: line, Steps: step("hijack@agent", "execute@host"), Success: half, Elements: []string{"y"}},
		{ID: "same@x", Rule: "same", Message: "the same", Group: "same@x", Steps: step("hijack@agent", "execute@host"), Success: half, Elements: []string{"x"}},
		{ID: "takes@other", Group: "takes@other", Follows: true, Steps: step("execute@host", "hijack@other"), Success: half, Elements: []string{"other"}},
		{ID: "takes@third", Group: "takes@third", Follows: true, Steps: step("hijack@other", "hijack@third"), Success: half, Elements: []string{"third"}},
		{ID: "enters@tool", Group: "enters@tool", Follows: true, Steps: step("influence@page", "influence@tool"), Success: half, Elements: []string{"tool"}},
		{ID: "reads@agent", Group: "reads@agent", Steps: step("influence@tool", "hijack@agent"), Success: half, Elements: []string{"agent", "tool"}},
		{ID: "far@off", Group: "far@off", Follows: true, Steps: step("execute@moon", "hijack@far"), Success: half, Elements: []string{"far"}},
	}
	for i := range findings {
		f := &findings[i]
		for _, s := range f.Steps {
			f.Requires, f.Grants = s.Needs[0].Powers, s.Gives
		}
	}
	system := &model.System{Attackers: []model.Attacker{{ID: "user", Starts: []model.Start{
		{Capability: "influence@user"}, {Capability: "influence@page"},
	}}}}
	out, err := Analyse(context.Background(), Input{System: system, Findings: findings})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"asks@a": "asks@agent", "asks@b": "asks@agent", "runs@x": "runs@x", "runs@y": "runs@x", "same@x": "runs@x",
		"takes@other": "runs@x", "takes@third": "runs@x", "enters@tool": "reads@agent", "reads@agent": "reads@agent", "far@off": "far@off",
	}
	for _, f := range out.Findings {
		if f.Group != want[f.ID] {
			t.Errorf("%s is in group %s, not %s", f.ID, f.Group, want[f.ID])
		}
	}
}
