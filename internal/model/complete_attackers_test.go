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
		newCompletion(s, nil).attackers()
		got := slices.ContainsFunc(s.Attackers, func(a Attacker) bool {
			return a.ID == "supplier" && slices.ContainsFunc(a.Starts, func(x Start) bool { return x.Capability == "write@list" })
		})
		if got != test.want {
			t.Errorf("%s: the supplier starts there: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestLooseFlow: a flow to somebody whom completion assumes has both ends from then on.
func TestLooseFlow(t *testing.T) {
	s := &System{
		Elements: []*Element{{ID: "planner", Kind: Agent}},
		Flows:    []*Flow{{ID: FlowID(Completion, "planner", AssumedUser), Kind: Completion, From: "planner", To: AssumedUser}},
	}
	Complete(s, nil)
	if !slices.ContainsFunc(s.Assets, func(a Asset) bool { return a.Element == AssumedUser && a.Capability == Deceive }) {
		t.Errorf("nobody relies on the answer of the flow that was there before the person: %v", s.Assets)
	}
}

// TestOwnMachineIsNoWayIn: what asks nobody is a way in for anybody, unless it is listened for on the machine's own address.
func TestOwnMachineIsNoWayIn(t *testing.T) {
	for _, test := range []struct {
		remote string
		want   bool
	}{{Unknown, true}, {Yes, true}, {No, false}} {
		s := &System{
			Elements: []*Element{{ID: "caller", Kind: Human, Origin: Observed}, {ID: "desk", Kind: Agent, Origin: Observed}},
			Flows: []*Flow{{ID: "f", Kind: PromptFlow, From: "caller", To: "desk", Origin: Observed, Facts: map[string]Fact{
				"authenticated": {Value: No, Origin: Observed}, "remote": {Value: test.remote, Origin: Observed},
			}}},
		}
		Complete(s, nil)
		came := slices.ContainsFunc(s.Attackers, func(a Attacker) bool { return a.ID == "outsider" })
		exposed := s.Element("desk").Fact("exposed").Value
		if came != test.want || (exposed == Yes) != test.want {
			t.Errorf("remote %s: outsiders come: %v, want %v; exposed: %s", test.remote, came, test.want, exposed)
		}
	}
}
