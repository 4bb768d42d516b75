package pipeline

import "testing"

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
