package pipeline

import (
	"fmt"
	"strings"

	"fermata/internal/result"
	"fermata/internal/source"
)

// AskError is a question that makes no sense as it was put: a name that nothing has, or a value that does not fit, with what
// would. Input that is wrong is an [InputError].
type AskError struct{ Message, Hint string }

func (e *AskError) Error() string { return e.Message }

// notCalled refuses a name that none of the names is, with the nearest of them, or what to do where none is near.
func notCalled(message, name string, names []string, otherwise string) error {
	if near := source.Suggest(name, names); near != "" {
		otherwise = "did you mean " + near + "?"
	}
	return &AskError{message, otherwise}
}

// noFinding refuses the id of a finding that a result does not have.
func noFinding(r *result.Result, id string) error {
	var names, ofRule []string
	for i := range r.Findings {
		f := &r.Findings[i]
		if names = append(names, f.ID, f.Handle()); f.Rule == id {
			ofRule = append(ofRule, f.ID)
		}
	}
	const most = 3
	if n := len(ofRule); n > 0 {
		hint := "its findings here: " + strings.Join(firstDistinct(ofRule, most), ", ")
		if n > most {
			hint += fmt.Sprintf(" and %d more", n-most)
		}
		return &AskError{fmt.Sprintf("%s is a rule, and not one finding", id), hint}
	}
	return notCalled(fmt.Sprintf("no finding is called %q", id), id, names, "fermata scan PATH -f json lists them under findings; fermata paths names those of the ways")
}
