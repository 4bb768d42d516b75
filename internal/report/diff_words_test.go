package report

import (
	"testing"

	"fermata/internal/model"
	"fermata/internal/result"
)

// TestWordsOnly tells a change of a description from one of a fact, which is the likelier cause of a threat.
func TestWordsOnly(t *testing.T) {
	for _, test := range []struct {
		how    model.How
		fields []model.FieldChange
		want   bool
	}{
		{model.Changed, []model.FieldChange{{Field: "detail"}}, true},
		{model.Changed, []model.FieldChange{{Field: "detail"}, {Field: "facts.pinned"}}, false},
		{model.Added, nil, false},
	} {
		if got := wordsOnly(&result.DiffChange{How: test.how, Fields: test.fields}); got != test.want {
			t.Errorf("%s %v: %v, want %v", test.how, test.fields, got, test.want)
		}
	}
}
