package rule

import (
	"fmt"
	"strings"
	"testing"
)

// many is a system in which all agents think with one model and answer to one of them.
func many(agents int, boss, model string) string {
	var elements, flows strings.Builder
	for i := range agents {
		fmt.Fprintf(&elements, "  - {id: a%03d, kind: agent}\n", i)
		fmt.Fprintf(&flows, "  - {kind: prompt, from: a%03d, to: gpt}\n  - {kind: completion, from: gpt, to: a%03d}\n  - {kind: message, from: a%03d, to: boss}\n", i, i, i)
	}
	return "elements:\n  - {id: boss, kind: orchestrator" + boss + "}\n  - {id: gpt, kind: model" + model + "}\n" + elements.String() + "flows:\n" + flows.String()
}

// TestGrowth fixes that rules about what many agents share grow with the agents, and not with their square, and that they find and ask
// the same as one by one.
func TestGrowth(t *testing.T) {
	const agents = 200
	learns := "on: flow\nkinds: [completion]\nbind:\n  - {name: feed, kinds: [prompt], to: flow.from, when: feed.to.facts.learns, set: 1}\nwhen: \"true\"\n"
	votes := "on: pair\nkinds: [agent]\nshare: {kinds: [completion], of: [model]}\nbind:\n" +
		"  - {name: first, kinds: [message], from: a}\n  - {name: second, kinds: [message], from: b, to: first.to}\nwhen: first.to.facts.decides_by_vote\n"
	alone := "on: pair\nkinds: [agent]\nshare: {kinds: [completion], of: [model]}\nwhen: a.name == b.name || b.facts.loops && b.id == 'a007'\n"
	cases := []struct {
		name, rule, boss, model  string
		findings, hangs, visited int
	}{
		{"no", learns, "", ", facts: {learns: no}", 0, 0, 3 * agents},
		{"yes", learns, "", ", facts: {learns: yes}", agents, 0, 3 * agents},
		{"not known", learns, "", "", 0, agents, 3 * agents},
		{"nobody votes", votes, ", facts: {decides-by-vote: no}", "", 0, 0, 3 * agents},
		{"all vote", votes, ", facts: {decides-by-vote: yes}", "", agents * (agents - 1) / 2, 0, 4 * agents * agents},
		{"it is not known whether they vote", votes, "", "", 0, agents * (agents - 1) / 2, 4 * agents * agents},
		{"the second decides", alone, "", "", 0, 7, 8 * agents * agents},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := evaluate(t, load(t, c.rule), system(t, many(agents, c.boss, c.model)))
			hangs := 0
			for _, q := range o.Questions {
				hangs += q.Hangs
			}
			if len(o.Findings) != c.findings || hangs != c.hangs || o.Stats[0].Visited > c.visited {
				t.Errorf("%d findings, %d wait, %d visits", len(o.Findings), hangs, o.Stats[0].Visited)
			}
		})
	}
}
