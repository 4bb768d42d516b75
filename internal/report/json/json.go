// Package json writes a result as the document that package result describes: every field, in a fixed order.
//
// A result holds text from the scanned tree as it was. So that a terminal that shows the file does not obey it, every
// control and turning character is written as its escape, which reads back as the same text.
package json

import (
	"io"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Format is the whole result, for other programs and for fermata convert.
var Format = report.Format{
	Name: "json", Doc: "the whole result, for programs and for fermata convert", MediaType: "application/json",
	Extensions: []string{".json"}, Write: Write,
}

// Write prints the result with two blanks of indent. Map keys are sorted.
func Write(w io.Writer, r *result.Result, _ report.Options) error { return encode(w, r) }
