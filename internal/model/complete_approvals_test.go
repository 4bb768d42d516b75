package model

import "testing"

// TestIdleApprovals doubts a place for approvals where no tool does anything that could wait for one.
func TestIdleApprovals(t *testing.T) {
	no := map[string]Fact{}
	for _, name := range worthAsking {
		no[name] = Fact{Value: No, Origin: Observed}
	}
	for _, test := range []struct {
		name    string
		effects map[string]Fact
		doubted bool
	}{
		{"a tool that does nothing", no, true},
		{"a tool of which nothing is known", nil, false},
	} {
		s := &System{Elements: []*Element{
			{ID: "door", Kind: Service, Origin: Observed, Facts: map[string]Fact{"role": {Value: "approvals", Origin: Observed}}},
			{ID: "tool", Kind: Tool, Origin: Observed, Effects: test.effects, Facts: map[string]Fact{}},
		}}
		c := &completion{s: s}
		c.idleApprovals()
		if got := s.Elements[0].Fact("role"); got.Hunch != test.doubted || got.Value != "approvals" {
			t.Errorf("%s: role %+v", test.name, got)
		}
	}
}
