// Package json writes a result as the document that package result describes: every field, in a fixed order.
//
// A result holds text from the scanned tree as it was. So that a terminal that shows the file does not obey it, every
// control and turning character is written as its escape, which reads back as the same text.
package json

import (
	"bytes"
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
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return err
	}
	_, err := w.Write(report.EscapeJSON(b.Bytes()))
	return err
}
