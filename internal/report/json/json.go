// Package json writes a result as the document that package result describes: every field, in a fixed order.
package json

import (
	"encoding/json"
	"io"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Format is the whole result, for other programs and for fermata convert.
var Format = report.Format{
	Name: "json", Doc: "the whole result, for programs and for fermata convert", MediaType: "application/json",
	Extensions: []string{".json"}, Write: Write,
}

// Write prints the result with two blanks of indent. Map keys are sorted by the encoder.
func Write(w io.Writer, r *result.Result, _ report.Options) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}
