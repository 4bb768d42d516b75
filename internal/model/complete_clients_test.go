package model

import "testing"

// A tool server that nobody in the tree calls gets a client of its own, which its owner speaks to; one that an agent calls,
// one of another party, one of the tests and one that offers nothing get none.
func TestClients(t *testing.T) {
	server := func(id, scope, party string) *Element {
		return &Element{ID: id, Kind: MCPServer, Scope: scope, Origin: Observed, Facts: map[string]Fact{"third-party": {Value: party}, "transport": {Value: "stdio"}}}
	}
	tool := func(id string) *Element { return &Element{ID: id, Kind: Tool, Origin: Observed} }
	flow := func(kind FlowKind, from, to string) *Flow {
		return &Flow{ID: FlowID(kind, from, to), Kind: kind, From: from, To: to, Origin: Observed}
	}
	s := &System{
		Elements: []*Element{
			server("alone", "main", No), server("called", "main", No), server("other", "main", Yes), server("tested", "test", No), server("empty", "main", No),
			tool("a"), tool("b"), tool("c"), tool("d"), tool("e"),
			{ID: "agent", Kind: Agent, Origin: Observed},
		},
		Flows: []*Flow{
			flow(Provides, "alone", "a"), flow(Provides, "alone", "e"), flow(Provides, "called", "b"), flow(Provides, "other", "c"), flow(Provides, "tested", "d"),
			flow(ToolCall, "agent", "b"),
		},
	}
	Complete(s, nil)
	var clients, calls []string
	for _, e := range s.Elements {
		if connects(e) {
			clients = append(clients, e.ID)
		}
	}
	asked := false
	for _, f := range s.Flows {
		if f.Kind == ToolCall && f.Origin == Assumed {
			calls = append(calls, f.To)
		}
		asked = asked || f.Kind == PromptFlow && f.From == AssumedOwner && f.To == AssumedClient+"alone"
	}
	if len(clients) != 1 || clients[0] != AssumedClient+"alone" {
		t.Errorf("clients: %q, want one of alone", clients)
	}
	if len(calls) != 2 || calls[0] != "a" || calls[1] != "e" {
		t.Errorf("it calls %q, want a and e", calls)
	}
	if !asked {
		t.Error("nobody speaks to the client")
	}
	if f := hostOf(s, "alone"); f != AssumedDesk {
		t.Errorf("a server that its client starts runs on %q", f)
	}
	if f := hostOf(s, "called"); f != AssumedHost {
		t.Errorf("a server that an agent calls runs on %q", f)
	}
	before := len(s.Elements) + len(s.Flows)
	Complete(s, nil)
	if after := len(s.Elements) + len(s.Flows); after != before {
		t.Errorf("completed again it has %d elements and flows, not %d", after, before)
	}
}

func hostOf(s *System, id string) string {
	for _, f := range s.Flows {
		if f.Kind == Hosts && f.To == id {
			return f.From
		}
	}
	return ""
}
