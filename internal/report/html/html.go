// Package html prints a result as one page that needs nothing else: no script, no font, no picture from anywhere.
//
// It tells what the text report tells and adds what a page can carry: the system drawn by layer, each of the worst
// paths as a ladder with the lines of code, and the long tail folded away. It is made to be sent to somebody: light
// and dark, narrow and wide, on paper, and for people who listen to it.
//
// # Safety
//
// The scanned tree is hostile. All text goes through html/template or an escaping writer; control characters and marks
// that turn text around are taken out of the finished page; a policy in its head forbids everything but its own style.
//
// # What is left out
//
// The diagram draws at most 64 elements, those on the worst paths first; lists are cut where a reader would stop. Both
// say by how much; Options.All writes the lists whole.
package html

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"

	"fermata/internal/report"
	"fermata/internal/result"
)

// Format is the HTML report.
var Format = report.Format{
	Name: "html", Doc: "one page with a diagram, without script", MediaType: "text/html", Extensions: []string{".html", ".htm"}, Write: Write,
}

//go:embed page.tmpl
var source string

//go:embed style.css
var style string

// How much the page shows; with Options.All everything is shown.
const (
	topPaths  = report.ToldPaths
	openPaths = 3 // the others are folded
	topNodes  = 64
	topPlaces = 40 // findings of one rule
	topRows   = 40 // of other lists
	topBlast  = 12
)

// Write prints the page.
func Write(w io.Writer, r *result.Result, o report.Options) error {
	page, err := template.New("page").Parse(source)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, newPage(r, o)); err != nil {
		return err
	}
	_, err = w.Write(clean(b.Bytes()))
	return err
}

// clean takes out of the finished page what is never markup of ours: control characters and turning marks that stood
// in text.
func clean(page []byte) []byte {
	lines := bytes.Split(page, []byte("\n"))
	for i, line := range lines {
		lines[i] = bytes.TrimRight([]byte(report.Plain(string(line))), " ")
	}
	return bytes.Join(lines, []byte("\n"))
}
