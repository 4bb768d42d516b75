package discover_test

import (
	"fmt"
	"strings"
	"testing"

	"fermata/internal/discover"
)

// TestDeclarationOfManyParts holds that looking through what a model is told beside ends where lists hold each other many times
// and names are set to each other, and that what is more than is looked at is not said to stand in the code.
func TestDeclarationOfManyParts(t *testing.T) {
	lists := func(innermost string) string {
		text := "t9 = " + innermost + "\n"
		for i := 8; i >= 0; i-- {
			text += fmt.Sprintf("t%d = [%s]\n", i, strings.Repeat(fmt.Sprintf("t%d, ", i+1), 40))
		}
		return text
	}
	ask := func(tools string) string { return " toy.ask(messages='hello', tools=" + tools + ")\n" }
	for _, test := range []struct {
		name, top, body string
		want            bool
	}{
		{"lists of lists", lists("[Tool('a')]"), ask("t0"), true},
		{"lists of lists, with something else at the end", lists("[toy.fetch()]"), ask("t0"), false},
		{"names set to each other", "", strings.Repeat(" x=y\n y=z\n z=x\n", 300) + ask("[x]"), false},
		{"names set to each other, one of them handed on", "", strings.Repeat(" x=y\n y=z\n z=x\n", 300) + " z=given\n" + ask("[x]"), false},
		{"more than is looked at", "", ask("[" + strings.Repeat("1, ", 30000) + "]"), false},
		{"many parts", "", ask("[" + strings.Repeat("'a', ", 5000) + "]"), true},
	} {
		var got []bool
		extractor := &discover.Extractor{
			Name: "fixed", Doc: "Asks about one call.", Match: discover.PythonCode, Imports: []string{"toy"},
			Run: func(p *discover.Pass) error {
				for _, c := range p.Code().Calls() {
					if c.Callee.Name == "toy.ask" {
						got = append(got, p.FixedRequest(c.Node))
					}
				}
				return nil
			},
		}
		scan(t, "-- a.py --\nimport toy\nfrom nowhere import Tool\n"+test.top+"def go(given):\n"+test.body, extractor)
		if len(got) != 1 || got[0] != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
