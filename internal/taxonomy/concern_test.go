package taxonomy_test

import (
	"slices"
	"testing"

	"fermata/internal/taxonomy"
)

// TestConcerns asks as tables in the wild put it.
func TestConcerns(t *testing.T) {
	c := load(t)
	for text, want := range map[string][]string{
		"Prompt injection":                       {"prompt-injection"},
		"API credential theft":                   {"credential-theft"},
		"Log data leakage":                       {"log-leakage"},
		"Leaked API keys in CI logs":             {"credential-theft"},
		"Resource Exhaustion / DoS":              {"resource-exhaustion"},
		"supply chain compromise":                {"supply-chain"},
		"An agent is hijacked":                   {"agent-hijacking"},
		"Evaluation bias":                        {"evaluation-bias"},
		"Memories are poisoned by a second user": {"memory-poisoning"},
		"Container escapes":                      {"container-escape"},
		"The weather":                            nil,
		"One agent's word is the next agent's":   nil,
		"":                                       nil,
	} {
		var got []string
		for _, e := range c.Concerns(text) {
			got = append(got, e.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q names %v, want %v", text, got, want)
		}
	}
}

// TestConcernsCover holds that every threat of the OWASP lists has a concern, and every concern a place in each of the
// frameworks that a matrix has columns for, with a reason.
func TestConcernsCover(t *testing.T) {
	c := load(t)
	for _, namespace := range []string{"owasp-asi", "owasp-agentic", "owasp-mcp"} {
		for _, kind := range []taxonomy.Kind{taxonomy.Threat, taxonomy.Risk} {
			for _, e := range c.List(namespace, kind) {
				if len(c.ConcernsOf(e)) == 0 {
					t.Errorf("%s %s %s has no concern", namespace, e.ID, e.Title)
				}
			}
		}
	}
	for _, k := range c.List("concern", taxonomy.Concern) {
		for _, namespace := range []string{"atlas", "nist-ai-rmf", "iso42001"} {
			same, near := c.Counterparts([]*taxonomy.Entry{k}, namespace)
			if len(same)+len(near) == 0 {
				t.Errorf("concern %s has nothing in %s", k.ID, namespace)
			}
			for _, r := range slices.Concat(same, near) {
				if r.Note == "" || !r.Own() {
					t.Errorf("concern %s to %s has no reason of ours", k.ID, r.Entry.ID)
				}
				if r.Entry.Withdrawn != "" {
					t.Errorf("concern %s: %s is withdrawn since %s", k.ID, r.Entry.ID, r.Entry.Withdrawn)
				}
				switch r.Entry.Kind {
				case taxonomy.Technique, taxonomy.Subcategory, taxonomy.Control:
				default:
					t.Errorf("concern %s: %s is a %s", k.ID, r.Entry.ID, r.Entry.Kind)
				}
			}
		}
	}
}

// TestReasons holds that published relations come before our own, and that both say who.
func TestReasons(t *testing.T) {
	c := load(t)
	own := c.Reasons(c.Lookup("atlas", "AML.T0080"), []*taxonomy.Entry{c.Lookup("owasp-asi", "T1")})
	if len(own) == 0 || !own[0].Own() || own[0].Note == "" {
		t.Errorf("memory poisoning to AML.T0080: %+v", own)
	}
	published := c.Reasons(c.Lookup("atlas", "AML.T0053"), []*taxonomy.Entry{c.Lookup("owasp-agentic", "ASI02")})
	if len(published) < 2 || published[0].Own() || !published[len(published)-1].Own() {
		t.Errorf("ASI02 to AML.T0053: %+v", published)
	}
	if r := c.Reasons(c.Lookup("atlas", "AML.T0105"), []*taxonomy.Entry{c.Lookup("owasp-asi", "T1")}); len(r) > 0 {
		t.Errorf("memory poisoning has nothing to do with an escape to the host: %+v", r)
	}
}
