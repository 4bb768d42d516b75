package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fermata/internal/result"
)

// TestApprovalHoldsWhatItSays: what weakens an approval is a way past the approval, and none to the tool. Where a person
// stands before a call, the call is out of reach unless the yes is for ever or for something else; where nobody does,
// such a yes makes no second way to what is open anyhow.
func TestApprovalHoldsWhatItSays(t *testing.T) {
	e := shipped(t)
	const world = `fermata: 1
elements:
  - {id: clerk, kind: agent, facts: {entry: yes}}
  - {id: lead, kind: reviewer, facts: {shared: yes, sees-agent-text: no}}
  - {id: pay, kind: tool, effects: {money: yes, exec: no, fs-read: no, fs-write: no, net-read: no, net-write: no, db-read: no, db-write: no, message-send: no, code-change: no, identity-admin: no, physical: no}}
  - {id: customer, kind: human}
flows:
  - {kind: prompt, from: customer, to: clerk}
  - {kind: approval, from: clerk, to: lead, facts: {%s}, controls: [{control: reviewer-load-limit, state: evidenced}]}
  - {kind: tool-call, from: clerk, to: pay, facts: {principal: own}, controls: [%s]}
`
	const gate = "{control: human-approval, by: lead, state: evidenced}"
	for _, c := range []struct {
		facts, controls string
		misused         result.Status
		past            string // the rule by which the worst way to the money passes the approval
	}{
		{"standing: no, bound-to-act: yes", gate, result.Blocked, ""},
		{"standing: yes, bound-to-act: yes", gate, result.Live, "standing-approval-reused"},
		{"standing: no, bound-to-act: no", gate, result.Live, "approved-act-changes"},
		{"standing: yes, bound-to-act: no", "", result.Live, ""},
	} {
		t.Run(c.facts+" "+c.controls, func(t *testing.T) {
			at := filepath.Join(t.TempDir(), "fermata.yaml")
			if err := os.WriteFile(at, fmt.Appendf(nil, world, c.facts, c.controls), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := e.Scan(context.Background(), Input{Path: at, Questions: -1})
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(r.Findings, func(f result.Finding) bool { return f.Rule == "tool-misuse" })
			if i < 0 || r.Findings[i].Status != c.misused {
				t.Fatalf("tool-misuse is not %s", c.misused)
			}
			ruleOf := map[string]string{}
			for i := range r.Findings {
				ruleOf[r.Findings[i].ID] = r.Findings[i].Rule
			}
			passed := ""
			for _, p := range r.Paths {
				if p.Goal.Element != "pay" || p.Goal.Capability != "invoke" {
					continue
				}
				for _, s := range p.Steps {
					if id := ruleOf[s.Finding]; id == "standing-approval-reused" || id == "approved-act-changes" {
						passed = id
					}
				}
			}
			if passed != c.past {
				t.Errorf("the approval is passed by %q, want %q", passed, c.past)
			}
		})
	}
}
