package report

import (
	"fmt"

	"fermata/internal/result"
)

// CodeLines says what rules about code looked at and what they could not see; nothing where they were not asked.
func CodeLines(c *result.CodeCoverage) []string {
	if c == nil {
		return nil
	}
	lines := []string{fmt.Sprintf("Rules about code looked at %s in %s.", Plural(c.Places, "place", "places"), Plural(c.Files, "file", "files"))}
	if c.Untied > 0 {
		lines = append(lines, fmt.Sprintf("%s not looked at: there are many, and no import ties them to anything that was found. A checklist looks at them, too.", Plural(c.Untied, "file was", "files were")))
	}
	if c.Undecided > 0 {
		lines = append(lines, fmt.Sprintf("%s: a value could not be followed, or was checked in a way that could not be judged.", Plural(c.Undecided, "question about code stayed open", "questions about code stayed open")))
	}
	for _, name := range c.Cut {
		lines = append(lines, name+" was too much work to follow to the end.")
	}
	if len(c.Generated) > 0 {
		lines = append(lines, fmt.Sprintf("Code that a program wrote, or that is too large, was not looked at, such as %s.", c.Generated[0]))
	}
	return lines
}
