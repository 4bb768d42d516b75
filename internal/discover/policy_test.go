package discover_test

import (
	"strings"
	"testing"

	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// TestPolicyOfManyNames holds that judging a function ends where its names lead back to each other, and that a function that
// is more than is judged is not said to let everything pass.
func TestPolicyOfManyNames(t *testing.T) {
	circle := strings.Repeat(" x=y\n y=z\n z=w\n w=x\n", 300)
	for _, test := range []struct {
		name, body string
		want       discover.Policy
	}{
		{"a circle of names refuses by presence", circle + " if x:\n  raise E\n", discover.Policy{Why: discover.WhyNoPolicy}},
		{"a circle of names with a comparison in it", " w=path == base\n" + circle + " if x:\n  raise E\n", discover.Policy{Counts: true}},
		{"the answer is one of a circle", circle + " return x\n", discover.Policy{}},
		{"the answer comes of other code", " w=ask(path)\n" + circle + " return x\n", discover.Policy{Why: discover.WhyElsewhere}},
		{"many places that refuse", circle + strings.Repeat(" if x:\n  raise E\n", 200), discover.Policy{Why: discover.WhyNoPolicy}},
		{"more than is judged", strings.Repeat(" x=y\n", 4000) + " if x:\n  raise E\n", discover.Policy{Why: discover.WhyUnread}},
		{"more than is judged, elsewhere", " if long(x):\n  raise E\n", discover.Policy{Why: discover.WhyUnread}},
	} {
		var got []discover.Policy
		judge := &discover.Extractor{
			Name: "judge", Doc: "Judges one function.", Match: discover.PythonCode, Imports: []string{"toy"},
			Run: func(p *discover.Pass) error {
				for def := range p.Tree().Root().All(syntax.FuncDef) {
					if def.TextIs("judge") {
						got = append(got, p.PolicyOf(def, func(n syntax.Node) bool { return n.Is(syntax.Raise) }))
					}
				}
				return nil
			},
		}
		long := "def long(x):\n" + strings.Repeat(" x=y\n", 4000) + " return x\n"
		scan(t, "-- a.py --\nimport toy\n"+long+"def judge(x, path, base):\n"+test.body, judge)
		if len(got) != 1 || got[0].Counts != test.want.Counts || got[0].Why != test.want.Why {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}
