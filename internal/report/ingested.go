package report

import (
	"fmt"

	"fermata/internal/result"
)

// ingestedSorts are the sorts of evidence, and what one of them holds, for people.
var ingestedSorts = map[string][2]string{
	"evidence": {"entry", "entries"}, "junit": {"test", "tests"}, "go-test": {"test", "tests"}, "sarif": {"result", "results"},
	"osv": {"advisory", "advisories"},
}

// Ingested says what became of a file of evidence.
func Ingested(in *result.Ingested) string {
	what, known := ingestedSorts[in.Sort]
	if !known {
		what = [2]string{"entry", "entries"}
	}
	switch in.Sort {
	case "osv":
		return fmt.Sprintf("%s read; %s of this tree named in them", Plural(in.Read, what[0], what[1]), Plural(in.Used, "version", "versions"))
	case "sarif":
		text := fmt.Sprintf("%s read, %d on lines of this tree, %d of them about elements of the model", Plural(in.Read, what[0], what[1]), in.Used, in.Joined)
		if in.Dropped > 0 {
			text += fmt.Sprintf("; %d passed, suppressed or without a place", in.Dropped)
		}
		return text
	}
	return fmt.Sprintf("%s read, %d about controls, %d of them on elements or flows of the model", Plural(in.Read, what[0], what[1]), in.Used, in.Joined)
}
