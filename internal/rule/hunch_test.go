package rule

import (
	"slices"
	"strings"
	"testing"

	"fermata/internal/model"
)

// TestHunch: a fact that is a mere hunch makes a finding whose steps are marked, names itself among its guesses, and is asked.
// What holds without it is no guess. A hunch that only widens leaves the narrow steps sure.
func TestHunch(t *testing.T) {
	const text = "elements:\n  - {id: planner, kind: agent}\n  - {id: orders, kind: tool, effects: {db-read: yes}, facts: {shared: yes}}\n" +
		"flows:\n  - {kind: tool-call, from: planner, to: orders, facts: {principal: own}}\n"
	for _, c := range []struct {
		name, keys string
		doubt      bool     // the fact shared is a hunch
		guesses    int      // how many are named
		steps      []string // of the finding: the first power, and "?" where it is a guess
		questions  []string
	}{
		{
			"a plain assumption", "when: flow.to.facts.shared", false,
			0,
			[]string{"invoke@orders", "invoke:own@orders"},
			nil,
		},
		{
			"a hunch decides", "when: flow.to.facts.shared", true,
			1,
			[]string{"invoke@orders?", "invoke:own@orders?"},
			[]string{"orders.facts.shared"},
		},
		{
			"it holds without the hunch", "when: flow.to.facts.shared || flow.to.effects.db_read", true,
			0,
			[]string{"invoke@orders", "invoke:own@orders"},
			nil,
		},
		{
			"the hunch widens", "widens: flow.to.facts.shared", true,
			1,
			[]string{"invoke@orders?", "invoke@orders", "invoke:own@orders"},
			[]string{"orders.facts.shared"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := system(t, text)
			fact := model.Fact{Value: model.Yes, Origin: model.Assumed, Reason: "its name says so", Hunch: c.doubt}
			s.Element("orders").Facts["shared"] = fact
			keys := "on: flow\nkinds: [tool-call]\nrequires: ['hijack@flow.from']\ngrants: ['invoke@flow.to']\n" + c.keys + "\n"
			if !strings.HasPrefix(c.keys, "when") {
				keys += "when: \"true\"\n"
			}
			o := evaluate(t, load(t, keys), s)
			if len(o.Findings) != 1 {
				t.Fatalf("%d findings, want one", len(o.Findings))
			}
			f := o.Findings[0]
			var steps []string
			for _, step := range f.Steps {
				power := step.Gives[0]
				if step.Guess {
					power += "?"
				}
				steps = append(steps, power)
			}
			if !slices.Equal(steps, c.steps) || len(f.Guesses) != c.guesses {
				t.Errorf("steps %v and guesses %v, want %v and %d", steps, f.Guesses, c.steps, c.guesses)
			}
			if _, questions := ids(o); !slices.Equal(questions, c.questions) {
				t.Errorf("questions %v, want %v", questions, c.questions)
			}
			if got := s.Element("orders").Fact("shared"); got.Value != model.Yes {
				t.Errorf("asking without the hunch changed the system: %v", got)
			}
		})
	}
}
