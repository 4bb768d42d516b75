package source

import "testing"

// TestSuggest: a slip of the pen is mended, the beginning of a name or of a word in it is completed, and what is neither is left alone.
func TestSuggest(t *testing.T) {
	names := []string{"support agent", "send_mail", "mail tool", "planner", "src/agents/triage.py:triage", "level-1", "level-2", "lite-v1:0"}
	for word, want := range map[string]string{
		"planer": "planner", "PLANNER": "planner", "supp": "support agent", "agent": "support agent", "triage": "src/agents/triage.py:triage",
		"mail": "mail tool", "send": "send_mail", "ort": "", "triaeg": "src/agents/triage.py:triage", "lev": "", "pl": "", "zebra": "", "x": "",
	} {
		if got := Suggest(word, names); got != want {
			t.Errorf("%q suggests %q, want %q", word, got, want)
		}
	}
}
