package source

import "fmt"

// Severity of a diagnostic: how much of the answer it costs.
type Severity string

// The severities. An error costs the thing it is about (a file, a rule); a warning costs nothing but should be
// read; a note explains.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// Diagnostic is trouble with an input, for the person who can mend it: what, where, and what to do next.
type Diagnostic struct {
	Severity Severity
	Code     string // kebab-case and stable, for example "unknown-key"
	Message  string // one plain sentence without a full stop
	Hint     string // what to do next; empty when there is nothing to add
	Span     Span   // zero when the trouble has no place in a file
	Path     string // the file, when there is no span (it could not be read, say)
}

// Where is the place as people read it, or "" when there is none.
func (d Diagnostic) Where() string {
	if !d.Span.IsZero() {
		return d.Span.String()
	}
	return d.Path
}

// String is the diagnostic on one line.
func (d Diagnostic) String() string {
	text := d.Message
	if where := d.Where(); where != "" {
		text = where + ": " + text
	}
	if d.Hint != "" {
		text = fmt.Sprintf("%s (%s)", text, d.Hint)
	}
	return text
}
