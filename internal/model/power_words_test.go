package model_test

import (
	"strings"
	"testing"

	"fermata/internal/model"
)

// Every capability is said as what somebody can do; the words of the model stand in no report.
func TestPowersHaveWords(t *testing.T) {
	for _, c := range model.Capabilities {
		p := model.Power{Capability: model.Capability(c.Name), Scope: model.ScopeOwn, On: "x"}
		words := p.Words("planner")
		if strings.Contains(words, " over planner") || !strings.Contains(words, "planner") || !strings.HasSuffix(words, ", in their own sessions") {
			t.Errorf("%s: %q", c.Name, words)
		}
	}
}
