package pipeline

import (
	"context"
	"slices"
	"testing"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
)

// TestThreatsWithoutAnAttacker holds that what nobody means is live when nobody means any: in one of the guide's cases each
// of these threats is reached by mishap alone, by what models and stores get wrong.
func TestThreatsWithoutAnAttacker(t *testing.T) {
	e := shipped(t)
	reached := map[string]bool{}
	for _, folder := range cases {
		r := scanExample(t, e, folder)
		system := r.System
		system.Attackers = slices.DeleteFunc(slices.Clone(system.Attackers), func(a model.Attacker) bool { return a.ID != "mishap" })
		if len(system.Attackers) != 1 {
			t.Fatalf("%s: no mishap", folder)
		}
		out, err := attack.Analyse(context.Background(), attack.Input{System: &system, Findings: r.Findings, Controls: e.controls})
		if err != nil {
			t.Fatal(err)
		}
		for i := range out.Findings {
			if f := &out.Findings[i]; f.Status == result.Live {
				for _, id := range f.Maps["owasp-asi"] {
					reached[id] = true
				}
			}
		}
	}
	for _, id := range []string{"T5", "T7", "MAS-T16", "MAS-T17", "MAS-T21", "MAS-T26", "MAS-T32", "MAS-T33", "MAS-T41"} {
		if !reached[id] {
			t.Errorf("%s is not live through mishap", id)
		}
	}
	if reached["T9"] {
		t.Error("mishap is said to impersonate")
	}
}
