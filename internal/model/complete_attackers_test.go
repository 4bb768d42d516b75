package model

import (
	"slices"
	"testing"
)

// TestListsOfPartners gives the supplier the list by which an agent finds others, and no page or list that a tool reads.
func TestListsOfPartners(t *testing.T) {
	for _, test := range []struct {
		name, role string
		kind       FlowKind
		reader     Kind
		want       bool
	}{
		{"a registry that an agent reads", "registry", DataRead, Agent, true},
		{"a marketplace that offers an orchestrator its partners", "marketplace", Provides, Orchestrator, true},
		{"a page that an agent reads", "site", DataRead, Agent, false},
		{"a marketplace that a tool searches", "marketplace", DataRead, Tool, false},
		{"a registry that an agent writes to", "registry", Message, Agent, false},
	} {
		s := &System{
			Elements: []*Element{
				{ID: "list", Kind: External, Facts: map[string]Fact{"role": {Value: test.role, Origin: Declared}}},
				{ID: "reader", Kind: test.reader},
			},
			Flows: []*Flow{{ID: "f", Kind: test.kind, From: "list", To: "reader"}},
		}
		c := &completion{s: s, elements: map[string]*Element{"list": s.Elements[0], "reader": s.Elements[1]}}
		c.attackers()
		got := slices.ContainsFunc(s.Attackers, func(a Attacker) bool {
			return a.ID == "supplier" && slices.ContainsFunc(a.Starts, func(x Start) bool { return x.Capability == "write@list" })
		})
		if got != test.want {
			t.Errorf("%s: the supplier starts there: %v, want %v", test.name, got, test.want)
		}
	}
}
