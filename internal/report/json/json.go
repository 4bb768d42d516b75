// Package json writes a result as the document that package result describes: every field, in a fixed order.
//
// A result holds text from the scanned tree as it was. So that a terminal that shows the file does not obey it, every
// control and turning character is written as its escape, which reads back as the same text.
package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"

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
	_, err := w.Write(escape(b.Bytes()))
	return err
}

// escape writes what a terminal obeys as \u escapes. Such characters stand only inside strings; the line ends that the
// encoder makes stay.
func escape(document []byte) []byte {
	special := func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }
	i := bytes.IndexFunc(document, special)
	if i < 0 {
		return document
	}
	out := append(make([]byte, 0, len(document)+64), document[:i]...)
	for _, r := range string(document[i:]) {
		switch {
		case !special(r):
			out = append(out, string(r)...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}
