package model

import "testing"

func TestWhoIsHandedOverToAnswers(t *testing.T) {
	s := &System{
		Elements: []*Element{
			{ID: "page", Kind: Human, Origin: Observed},
			{ID: "triage", Kind: Agent},
			{ID: "orders", Kind: Agent},
			{ID: "refunds", Kind: Agent},
			{ID: "graph", Kind: Orchestrator},
			{ID: "first", Kind: Agent},
			{ID: "second", Kind: Agent},
		},
		Flows: []*Flow{
			{Kind: PromptFlow, From: "page", To: "triage"},
			{Kind: Completion, From: "triage", To: "page"},
			{Kind: Handoff, From: "triage", To: "orders"},
			{Kind: Handoff, From: "orders", To: "refunds"},
			{Kind: Handoff, From: "refunds", To: "triage"},
			{Kind: PromptFlow, From: "page", To: "graph"},
			{Kind: Completion, From: "graph", To: "page"},
			{Kind: Delegation, From: "graph", To: "first"},
			{Kind: Delegation, From: "graph", To: "second"},
			{Kind: Handoff, From: "first", To: "second"},
			{Kind: Completion, From: "first", To: "page"}, // it says something on its way
		},
	}
	for _, f := range s.Flows {
		f.ID, f.Origin = FlowID(f.Kind, f.From, f.To), Observed
	}
	removed := FlowID(Completion, "refunds", "page")
	for _, except := range []map[string]bool{nil, {removed: true}} {
		done := &System{Elements: s.Elements, Flows: append([]*Flow(nil), s.Flows...)}
		Complete(done, except)
		got := map[string]Origin{}
		for _, f := range done.Flows {
			if f.Kind == Completion && f.To == "page" {
				got[f.From] = f.Origin
			}
		}
		want := map[string]Origin{"triage": Observed, "graph": Observed, "orders": Observed, "refunds": Observed, "first": Observed}
		if except != nil {
			delete(want, "refunds")
		}
		if len(got) != len(want) {
			t.Errorf("page is answered by %v, want %v", got, want)
		}
		for from, origin := range want {
			if got[from] != origin {
				t.Errorf("the answer of %s is %q, want %q", from, got[from], origin)
			}
		}
	}
}
