package model

import (
	"slices"
	"testing"
)

func TestBoundariesOfHostsServersAndProviders(t *testing.T) {
	yes := func() map[string]Fact { return map[string]Fact{"third-party": {Value: Yes, Origin: Declared}} }
	s := &System{
		Elements: []*Element{
			{ID: "agent", Kind: Agent},
			{ID: "box", Kind: Runtime, Origin: Observed},
			{ID: "tool", Kind: Tool},
			{ID: "files", Kind: MCPServer, Facts: map[string]Fact{"transport": {Value: "stdio"}}},
			{ID: "read", Kind: Tool},
			{ID: "gpt", Kind: Model, Facts: yes()},
			{ID: "notes", Kind: Datastore},
		},
		Flows: []*Flow{
			{ID: "1", Kind: Hosts, From: "box", To: "agent"},
			{ID: "2", Kind: Hosts, From: "box", To: "tool"},
			{ID: "3", Kind: Provides, From: "files", To: "read"},
		},
	}
	s.Elements[5].Facts["provider"] = Fact{Value: "openai"}
	Complete(s, nil)
	want := map[string][]string{
		"runs-in:box":     {"agent", "box", "tool"},
		"served-by:files": {"files", "read"},
		"run-by:openai":   {"gpt"},
	}
	for id, members := range want {
		i := slices.IndexFunc(s.Boundaries, func(b Boundary) bool { return b.ID == id })
		if i < 0 {
			t.Errorf("no boundary %s", id)
		} else if got := s.Boundaries[i].Members; !slices.Equal(got, members) {
			t.Errorf("%s holds %v, want %v", id, got, members)
		}
	}
	if i := slices.IndexFunc(s.Boundaries, func(b Boundary) bool { return b.ID == "assumed:owner" }); i < 0 || slices.Contains(s.Boundaries[i].Members, "gpt") {
		t.Error("what the owner runs does not hold what a provider runs")
	}
	drawn := &System{Elements: []*Element{{ID: "agent", Kind: Agent}}, Boundaries: []Boundary{{ID: "mine", Members: []string{"agent"}}}}
	Complete(drawn, nil)
	if len(drawn.Boundaries) != 1 {
		t.Errorf("boundaries that a person drew are not added to: %v", drawn.Boundaries)
	}
}

// TestProvidersOfSystems holds that people read a provider's name, also where each program of a tree has a boundary of
// its own around it.
func TestProvidersOfSystems(t *testing.T) {
	hosted := func(id, system string) *Element {
		return &Element{ID: id, Kind: Model, Name: "gpt", System: system, Facts: map[string]Fact{"third-party": {Value: Yes}, "provider": {Value: "openai"}}}
	}
	s := &System{Elements: []*Element{hosted("one", "apps/one"), hosted("two", "apps/two")}}
	Complete(s, nil)
	found := 0
	for _, b := range s.Boundaries {
		if b.Name == "what openai runs" {
			found++
		}
	}
	if found != 2 {
		t.Errorf("%d boundaries of openai in %v", found, s.Boundaries)
	}
}

// TestOwnerAtTheDesk: who speaks to an agent on a machine of their own gains nothing by it; an agent that serves others
// too runs where they reach it.
func TestOwnerAtTheDesk(t *testing.T) {
	owner := map[string]Fact{"role": {Value: "owner", Origin: Observed}}
	visitor := map[string]Fact{"role": {Value: "user", Origin: Observed}}
	s := &System{
		Elements: []*Element{
			{ID: "cli", Kind: Agent, Origin: Observed},
			{ID: "site", Kind: Agent, Origin: Observed},
			{ID: "me", Kind: Human, Origin: Observed, Facts: owner},
			{ID: "visitor", Kind: Human, Origin: Observed, Facts: visitor},
		},
		Flows: []*Flow{
			{ID: FlowID(PromptFlow, "me", "cli"), Kind: PromptFlow, From: "me", To: "cli", Origin: Observed},
			{ID: FlowID(PromptFlow, "me", "site"), Kind: PromptFlow, From: "me", To: "site", Origin: Observed},
			{ID: FlowID(PromptFlow, "visitor", "site"), Kind: PromptFlow, From: "visitor", To: "site", Origin: Observed},
		},
	}
	Complete(s, nil)
	host := map[string]string{}
	for _, f := range s.Flows {
		if f.Kind == Hosts {
			host[f.To] = f.From
		}
		if f.From == AssumedUser {
			t.Errorf("nobody is assumed beside those who were seen: %s", f.ID)
		}
	}
	if host["cli"] != AssumedDesk || host["site"] != AssumedHost {
		t.Errorf("cli runs on %s, site on %s", host["cli"], host["site"])
	}
	for _, a := range s.Attackers {
		for _, start := range a.Starts {
			if start.Capability == "influence:own@me" || start.Capability == "influence@me" {
				t.Errorf("%s starts with the owner", a.ID)
			}
		}
	}
}

// TestBesideTheDesk: what a client on the desk starts runs there too, also what its agents share among each other; what
// something elsewhere calls as well does not.
func TestBesideTheDesk(t *testing.T) {
	s := &System{Elements: []*Element{
		{ID: "me", Kind: Human, Origin: Observed, Facts: map[string]Fact{"role": {Value: "owner", Origin: Observed}}},
		{ID: "visitor", Kind: Human, Origin: Observed, Facts: map[string]Fact{"role": {Value: "user", Origin: Observed}}},
	}}
	for id, kind := range map[string]Kind{"cli": Agent, "helper": Agent, "other": Agent, "shell": Tool, "shared": Tool, "guard": Guardrail, "site": Agent} {
		s.Elements = append(s.Elements, &Element{ID: id, Kind: kind, Origin: Observed})
	}
	for _, f := range []struct {
		kind     FlowKind
		from, to string
	}{
		{PromptFlow, "me", "cli"},
		{PromptFlow, "visitor", "site"},
		{Delegation, "cli", "helper"},
		{Delegation, "helper", "other"},
		{Delegation, "other", "helper"},
		{ToolCall, "cli", "shell"},
		{ToolCall, "other", "shell"},
		{ToolCall, "helper", "shared"},
		{ToolCall, "site", "shared"},
		{Enforces, "guard", "cli"},
	} {
		s.Flows = append(s.Flows, &Flow{ID: FlowID(f.kind, f.from, f.to), Kind: f.kind, From: f.from, To: f.to, Origin: Observed})
	}
	Complete(s, nil)
	host := map[string]string{}
	for _, f := range s.Flows {
		if f.Kind == Hosts {
			host[f.To] = f.From
		}
	}
	for id, want := range map[string]string{"cli": AssumedDesk, "helper": AssumedDesk, "other": AssumedDesk, "shell": AssumedDesk, "guard": AssumedDesk, "shared": AssumedHost, "site": AssumedHost} {
		if host[id] != want {
			t.Errorf("%s runs on %s, want %s", id, host[id], want)
		}
	}
}

// TestServedTools: the owner's tool server that is called over a network runs in a process of its own, also where no agent
// holds it; one that its user starts runs with the agents, and one of another party on no machine of the owner's.
func TestServedTools(t *testing.T) {
	s := &System{}
	server := func(id, transport, thirdParty string) {
		s.Elements = append(s.Elements, &Element{ID: id, Kind: MCPServer, Origin: Observed, Facts: map[string]Fact{
			"transport": {Value: transport, Origin: Observed}, "third-party": {Value: thirdParty, Origin: Observed},
		}})
	}
	server("open", "http", No)
	server("started", "stdio", No)
	server("bought", "http", Yes)
	server("nobodys", "http", Unknown)
	server("inside", "in-process", No)
	Complete(s, nil)
	Complete(s, nil) // and not twice
	host := map[string]string{}
	for _, f := range s.Flows {
		if f.Kind == Hosts {
			if f.Origin != Assumed || host[f.To] != "" {
				t.Errorf("%s is %s, and %q runs it too", f.ID, f.Origin, host[f.To])
			}
			host[f.To] = f.From
		}
	}
	for id, want := range map[string]string{"open": AssumedPort, "started": AssumedHost, "bought": "", "nobodys": "", "inside": ""} {
		if host[id] != want {
			t.Errorf("%s runs on %q, want %q", id, host[id], want)
		}
	}
	for _, a := range s.Attackers {
		if a.ID == "outsider" {
			t.Errorf("strangers start with %v", a.Starts)
		}
	}
}
