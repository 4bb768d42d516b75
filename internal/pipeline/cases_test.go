package pipeline

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fermata/internal/result"
)

// cases are the folders of the guide's case studies, by the ids of the catalogue.
var cases = map[string]string{"CASE-rpa": "rpa-expense", "CASE-eliza": "eliza-os", "CASE-mcp": "mcp"}

func scanExample(t *testing.T, e *Engine, name string) *result.Result {
	t.Helper()
	r, err := e.Scan(context.Background(), Input{Path: filepath.Join("..", "..", "examples", name), Questions: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Diagnostics {
		t.Errorf("%s: %s", name, d.Message)
	}
	return r
}

// TestCases: every threat that the guide names for a case is found in the model of the case (live, or a condition where
// it can only be one), and nothing at all is live in the hardened twin. In both, no fact
// is left to ask.
func TestCases(t *testing.T) {
	e := shipped(t)
	seen := 0
	for _, c := range e.Catalog().Cases() {
		seen++
		t.Run(c.Entry.ID, func(t *testing.T) {
			folder := cases[c.Entry.ID]
			open, hard := scanExample(t, e, folder), scanExample(t, e, folder+"-hardened")
			for _, row := range c.Rows {
				for _, threat := range row.Threats {
					if !slices.ContainsFunc(open.Findings, func(f result.Finding) bool {
						return (f.Status == result.Live || f.Status == result.Condition) && slices.Contains(f.Maps["owasp-asi"], threat.ID)
					}) {
						t.Errorf("%s (%s) is not found in %s", threat.ID, threat.Title, folder)
					}
				}
			}
			for _, f := range hard.Findings {
				if f.Status == result.Live {
					t.Errorf("%s-hardened: live: %s: %s", folder, f.ID, f.Message)
				}
			}
			for _, r := range []*result.Result{open, hard} {
				for _, q := range r.Questions {
					if !strings.HasPrefix(q.Fact, "control.") {
						t.Errorf("%s: open question: %s", r.System.Name, q.Text)
					}
				}
			}
		})
	}
	if seen != len(cases) {
		t.Errorf("the catalogue has %d cases, the examples %d", seen, len(cases))
	}
}

// TestScenarios follows the guide's six chains across layers through the live findings of the expense case: each step
// is a finding of a rule that needs what the step before gave.
func TestScenarios(t *testing.T) {
	r := scanExample(t, shipped(t), "rpa-expense")
	type step struct{ rule, gains string }
	for name, chain := range map[string]struct {
		start string
		steps []step
	}{
		"I, an invented rule is stored and approved on": {"corrupt@llm", []step{
			{"model-error-enters", "corrupt@rpa_agent"},
			{"hallucination-stored", "corrupt@vectordb"},
			{"false-record-believed", "corrupt@rpa_agent"},
			{"hallucination-acted-on", "misact@rpa_agent"},
			{"wrong-tool-call", "misact@finance_tool"},
		}},
		"II, from the framework to the finance interface": {"write@framework", []step{
			{"framework-supply", "execute@host"}, {"credential-theft", "credential@svc_account"}, {"stolen-credential-used", "invoke@finance_api"},
		}},
		"II, over the network that is not divided": {"write@framework", []step{
			{"framework-supply", "execute@host"}, {"lateral-movement", "invoke@finance_api"},
		}},
		"III, the shared knowledge base teaches the agents": {"corrupt@shared_kb", []step{
			{"false-record-believed", "corrupt@rpa_agent"},
			{"hallucination-spreads", "corrupt@approval_agent"},
			{"hallucination-spreads", "corrupt@payment_agent"},
			{"hallucination-acted-on", "misact@payment_agent"},
		}},
		"IV, chosen entries disappear": {"hijack@rpa_agent", []step{
			{"tool-misuse", "invoke@finance_tool"},
			{"over-privileged-tool", "credential@svc_account"},
			{"stolen-credential-opens-data", "reach@logs"},
			{"log-tampering", "blind@logs"},
		}},
		"IV, acts stay within what is normal": {"hijack@rpa_agent", []step{{"anomaly-evasion", "deceive@anomaly"}}},
		"V, one agent floods the other": {"corrupt@vectordb", []step{
			{"false-record-believed", "corrupt@rpa_agent"}, {"hallucination-acted-on", "misact@rpa_agent"}, {"agent-floods-agent", "exhaust@approval_agent"},
		}},
		"VI, injected text chooses the tool": {"influence@employee", []step{
			{"direct-prompt-injection", "hijack@rpa_agent"}, {"tool-misuse", "invoke@finance_tool"},
		}},
	} {
		has := chain.start
		for _, s := range chain.steps {
			if !slices.ContainsFunc(r.Findings, func(f result.Finding) bool {
				return f.Status == result.Live && f.Rule == s.rule && slices.Contains(f.Requires, has) && slices.Contains(f.Grants, s.gains)
			}) {
				t.Errorf("scenario %s: no live finding of %s leads from %s to %s", name, s.rule, has, s.gains)
			}
			has = s.gains
		}
	}
}
