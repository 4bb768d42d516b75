package casestudy

import (
	"slices"

	"fermata/internal/result"
)

// Scenario is one of the guide's chains across layers, in the expense case: each step is a finding of a rule that needs
// what the step before gave.
type Scenario struct {
	Name  string
	Start string // the power that it starts from
	Steps []ScenarioStep
	// Why says why no path of the result holds the whole chain; empty where one does.
	Why string
}

// ScenarioStep is one step of a scenario.
type ScenarioStep struct{ Rule, Gains string }

// Scenarios are the guide's six, two of them in two ways.
var Scenarios = []Scenario{
	{Name: "I, an invented rule is stored and approved on", Start: "corrupt@llm", Steps: []ScenarioStep{
		{"model-error-enters", "corrupt@rpa_agent"},
		{"hallucination-stored", "corrupt@vectordb"},
		{"false-record-believed", "corrupt@rpa_agent"},
		{"hallucination-acted-on", "misact@rpa_agent"},
		{"wrong-tool-call", "misact@finance_tool"},
	}, Why: "it passes the agent twice, once when it errs and once, later, when it believes the record, and a path has no loop: it comes out as two, to the store and from the store"},
	{Name: "II, from the framework to the finance interface", Start: "write@framework", Steps: []ScenarioStep{
		{"framework-supply", "execute@host"},
		{"credential-theft", "credential@svc_account"},
		{"stolen-credential-used", "invoke@finance_api"},
	}},
	{Name: "II, over the network that is not divided", Start: "write@framework", Steps: []ScenarioStep{
		{"framework-supply", "execute@host"},
		{"lateral-movement", "invoke@finance_api"},
	}},
	{Name: "III, the shared knowledge base teaches the agents", Start: "corrupt@shared_kb", Steps: []ScenarioStep{
		{"false-record-believed", "corrupt@rpa_agent"},
		{"hallucination-spreads", "corrupt@approval_agent"},
		{"hallucination-spreads", "corrupt@payment_agent"},
		{"hallucination-acted-on", "misact@payment_agent"},
	}, Why: "it takes one agent that errs to lose right payments, so the shortest way does not pass through all three"},
	{Name: "IV, chosen entries disappear", Start: "hijack@rpa_agent", Steps: []ScenarioStep{
		{"tool-misuse", "invoke@finance_tool"},
		{"over-privileged-tool", "credential@svc_account"},
		{"stolen-credential-opens-data", "reach@logs"},
		{"log-tampering", "blind@logs"},
	}},
	{Name: "IV, acts stay within what is normal", Start: "hijack@rpa_agent", Steps: []ScenarioStep{
		{"anomaly-evasion", "deceive@anomaly"},
	}, Why: "a deceived monitor is no loss of its own in the model; it takes a control out of other paths"},
	{Name: "V, one agent floods the other", Start: "corrupt@vectordb", Steps: []ScenarioStep{
		{"false-record-believed", "corrupt@rpa_agent"},
		{"hallucination-acted-on", "misact@rpa_agent"},
		{"agent-floods-agent", "exhaust@approval_agent"},
	}, Why: "the agent floods the other by an error of its own too, which is the shorter way to the same loss"},
	{Name: "VI, injected text chooses the tool", Start: "influence@employee", Steps: []ScenarioStep{
		{"direct-prompt-injection", "hijack@rpa_agent"},
		{"tool-misuse", "invoke@finance_tool"},
	}},
}

// Findings gives the live finding of each step, and the step that has none (-1: all have one).
func (s *Scenario) Findings(r *result.Result) (found []*result.Finding, missing int) {
	has := s.Start
	for n, step := range s.Steps {
		i := slices.IndexFunc(r.Findings, func(f result.Finding) bool {
			return f.Status == result.Live && f.Rule == step.Rule && slices.Contains(f.Requires, has) && slices.Contains(f.Grants, step.Gains)
		})
		if i < 0 {
			return found, n
		}
		found = append(found, &r.Findings[i])
		has = step.Gains
	}
	return found, -1
}

// Path is the worst path of the result that holds the findings in their order; nil when none does.
func (s *Scenario) Path(r *result.Result) *result.Path {
	found, missing := s.Findings(r)
	if missing >= 0 {
		return nil
	}
	for i := range r.Paths {
		n := 0
		for _, hop := range r.Paths[i].Steps {
			if n < len(found) && hop.Finding == found[n].ID {
				n++
			}
		}
		if n == len(found) {
			return &r.Paths[i]
		}
	}
	return nil
}

// Legs cuts a scenario where it comes back to a power that it had before, since a path has no loop. One that does not
// come back is one leg.
func (s *Scenario) Legs() []Scenario {
	leg := Scenario{Name: s.Name, Start: s.Start}
	had := map[string]bool{s.Start: true}
	var legs []Scenario
	for _, step := range s.Steps {
		if had[step.Gains] {
			legs = append(legs, leg)
			start := leg.Steps[len(leg.Steps)-1].Gains
			leg = Scenario{Name: s.Name, Start: start}
			had = map[string]bool{start: true}
		}
		had[step.Gains] = true
		leg.Steps = append(leg.Steps, step)
	}
	return append(legs, leg)
}
