package pipeline

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"fermata/internal/result"
)

// TestEveryThreatIsAnsweredFor: no threat of the lists is passed over in silence. Each has a rule that expresses it, or a
// reason why none can and a question that leads to it.
func TestEveryThreatIsAnsweredFor(t *testing.T) {
	lists, err := shipped(t).Coverage()
	if err != nil {
		t.Fatal(err)
	}
	threats := 0
	for _, list := range lists {
		for _, c := range list.Threats {
			threats++
			if len(c.Rules) == 0 && c.Reason == "" {
				t.Errorf("%s: %s (%s) has neither a rule nor a reason", list.Title, c.Entry.ID, c.Entry.Title)
			}
		}
	}
	// The lists are OWASP's, the guide's, CSA's and the playbook's; a list that shrinks has lost its way to the catalogue.
	if threats < 180 {
		t.Errorf("only %d threats are answered for", threats)
	}
}

// TestTogetherWhatNoneReachesAlone: a step that needs two captured voters, or the one who acts and the one who checks, is
// out of reach for who holds one of them, and live for who holds both.
func TestTogetherWhatNoneReachesAlone(t *testing.T) {
	e := shipped(t)
	const world = `fermata: 1
elements:
  - {id: board, kind: orchestrator, facts: {decides-by-vote: yes, third-party: yes}}
  - {id: a, kind: agent, facts: {third-party: yes}}
  - {id: b, kind: agent, facts: {third-party: yes}}
  - {id: c, kind: agent, facts: {third-party: yes}}
  - {id: pay, kind: service}
flows:
  - {kind: approval, from: a, to: c}
  - {kind: message, from: a, to: board, facts: {content: typed}, controls: [{control: structured-output, state: evidenced}]}
  - {kind: message, from: b, to: board, facts: {content: typed}, controls: [{control: structured-output, state: evidenced}]}
  - {kind: message, from: c, to: board, facts: {content: typed}, controls: [{control: structured-output, state: evidenced}]}
  - {kind: tool-call, from: a, to: pay}
  - {kind: enforces, from: b, to: pay}
attackers:
  - {id: peer, starts: [%s]}
  - {id: mishap, starts: []}
  - {id: user, starts: []}
  - {id: insider, starts: []}
  - {id: supplier, starts: []}
`
	for _, c := range []struct {
		starts string
		want   result.Status
	}{
		{"hijack@a", result.Unreachable},
		{"hijack@b", result.Unreachable},
		{"hijack@a, hijack@b", result.Live},
	} {
		at := filepath.Join(t.TempDir(), "fermata.yaml")
		if err := os.WriteFile(at, fmt.Appendf(nil, world, c.starts), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := e.Scan(context.Background(), Input{Path: at, Questions: -1})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]result.Status{}
		for _, f := range r.Findings {
			seen[f.Rule] = f.Status
		}
		for _, id := range []string{"votes-captured-together", "maker-and-checker-collude"} {
			if seen[id] != c.want {
				t.Errorf("with %s: %s is %q, want %s", c.starts, id, seen[id], c.want)
			}
		}
	}
}
