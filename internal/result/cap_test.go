package result

import (
	"testing"

	"fermata/internal/model"
)

// TestCappedWords holds that a path which is held at a severity says by what, and how that is lifted.
func TestCappedWords(t *testing.T) {
	r := &Result{Findings: []Finding{{ID: "f", Guesses: []string{"find facts.beyond-own: yes (nothing says that this ends)"}}}}
	r.System.Elements = []*model.Element{
		{ID: "assumed:user", Kind: model.Human, Evidence: []model.Evidence{{Excerpt: "somebody gives the agents work, and nothing says who"}}},
		{ID: "assumed:publisher:x", Kind: model.External},
	}
	name := func(id string) string { return "the " + id }
	const end = ". What fermata.yaml says, the element by this id or the fact, counts in full."
	for want, c := range map[string]*Cap{
		"": nil,
		"It would be critical, but rests on what is only assumed: somebody gives the agents work, and nothing says who (assumed:user)" + end:                                {Severity: "critical", Elements: []string{"assumed:user"}},
		"It would be high, but rests on what is only assumed: that the assumed:publisher:x turns against whom it serves (assumed:publisher:x)" + end:                        {Severity: "high", Elements: []string{"assumed:publisher:x"}},
		"It would be high, but rests on what is only assumed: somebody gives the agents work, and nothing says who (assumed:user); facts.beyond-own: yes of the find" + end: {Severity: "high", Elements: []string{"assumed:user"}, Findings: []string{"f", "f"}},
	} {
		if got := (&Path{Capped: c}).CappedWords(r, name); got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
}
