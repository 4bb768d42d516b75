// Package evidence reads what others found out about a system: results of tests, reports of other scanners, and what
// people write down.
//
// [Read] takes one file and knows by its content what it is: a document of this program ([Schema]), JUnit XML, the lines
// of go test -json, or SARIF 2.1.0. It gives a [Document] in neutral words: claims about controls, tests that ran, and
// weaknesses with their place. [Names] says which control of which element a test speaks of.
//
// # Guarantees
//
// Every mistake is a diagnostic with its line. Sizes and counts are bounded, and what was cut off is said. The reader
// never panics, fetches nothing, and expands no entity.
//
// # What it does not do
//
// It does not judge and does not join: what the claims do to a system is up to package pipeline. It takes no word of a
// scanner for a fact of the model.
package evidence

import (
	"bytes"
	"fmt"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Schema names this version of the document that people and this program write.
const Schema = "fermata/evidence/v1"

// Sort says what a file turned out to be.
type Sort string

// The sorts of files.
const (
	Written Sort = "evidence" // a document of this program
	JUnit   Sort = "junit"    // JUnit XML
	GoTest  Sort = "go-test"  // the lines of go test -json
	SARIF   Sort = "sarif"    // SARIF 2.1.0
)

// Document is what one file says.
type Document struct {
	Sort       Sort
	Claims     []Claim    // in the order of the file
	Tests      []Test     // in the order of the file
	Weaknesses []Weakness // in the order of the file
	Dropped    int        // results of a scanner that are none: passed, suppressed, or without a place in a file
	Cut        bool       // there was more than is read
}

// Claim says how far a control is shown.
type Claim struct {
	Control, On string
	State       model.State
	Date        string // YYYY-MM-DD
	By, Note    string
	Span        source.Span
}

// Outcome is how a test ended.
type Outcome string

// The outcomes. A test that broke off has shown nothing about what it was to show.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Broken  Outcome = "broken"
	Skipped Outcome = "skipped"
)

// Test is one test that was run.
type Test struct {
	Name    string // without its class or file
	Class   string // class, file or package
	About   string // control@element, when a property says it
	Outcome Outcome
	Message string // the first line of what a failure says
	Date    string // YYYY-MM-DD, when the file says it
	Span    source.Span
}

// Weakness is what another scanner found.
type Weakness struct {
	Tool, Rule     string
	Title, Message string
	Severity       string   // critical, high, medium, low or info
	CWE            []string // "CWE-78", sorted
	Path           string   // from the root of the tree when it is relative
	Line, Col      int
	EndLine        int
	Span           source.Span // in the report
}

// mostEntries bounds what is read of one file.
const mostEntries = 100_000

// mostBytes bounds a file.
const mostBytes = 64 << 20

// Read reads a file of any sort that it knows.
func Read(file *source.File) (*Document, []source.Diagnostic) {
	r := &reader{file: file}
	if len(file.Content()) > mostBytes {
		r.error(source.Span{}, "too-large", fmt.Sprintf("it has more than %d megabytes", mostBytes>>20), "give a report of fewer results")
		return &Document{}, r.diagnostics
	}
	content := bytes.TrimLeft(bytes.TrimPrefix(file.Content(), []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case len(content) == 0:
		r.error(source.Span{}, "empty", "the file is empty", known)
	case content[0] == '<':
		r.junit()
	case content[0] == '{' && goTestLine(content):
		r.goTest()
	case content[0] == '{':
		r.json()
	default:
		r.error(r.file.Span(0, 0), "unknown-form", "it is no evidence that can be read", known)
	}
	return &r.doc, r.diagnostics
}

const known = "evidence is JUnit XML, the output of go test -json, SARIF, or a document of the schema " + Schema

type reader struct {
	file        *source.File
	doc         Document
	diagnostics []source.Diagnostic
}

func (r *reader) error(at source.Span, code, message, hint string) {
	r.say(source.Error, at, code, message, hint)
}

func (r *reader) say(severity source.Severity, at source.Span, code, message, hint string) {
	d := source.Diagnostic{Severity: severity, Code: code, Message: message, Hint: hint, Span: at}
	if at.IsZero() {
		d.Path = r.file.Path()
	}
	r.diagnostics = append(r.diagnostics, d)
}

// full tells whether as much was read as is read.
func (r *reader) full() bool {
	if len(r.doc.Claims)+len(r.doc.Tests)+len(r.doc.Weaknesses) < mostEntries {
		return false
	}
	if !r.doc.Cut {
		r.doc.Cut = true
		r.say(source.Warning, source.Span{}, "cut-off", fmt.Sprintf("only the first %d entries are read", mostEntries), "give a report of fewer results")
	}
	return true
}

// json reads a JSON document by what it says that it is.
func (r *reader) json() {
	tree := syntax.ParseAs(r.file, syntax.JSON)
	for _, d := range tree.Diagnostics {
		if d.Severity == source.Error {
			r.diagnostics = append(r.diagnostics, d)
		}
	}
	if len(r.diagnostics) > 0 {
		return
	}
	root := tree.Root()
	switch {
	case root.Argument("schema").TextIs(Schema):
		r.written(root)
	case !root.Argument("schema").IsZero():
		at := root.Argument("schema")
		r.error(at.Span(), "unknown-form", fmt.Sprintf("the schema is %q, and evidence is %s", at.Text(), Schema), known)
	case root.Argument("runs").Is(syntax.List):
		r.sarif(root)
	default:
		r.error(root.Span(), "unknown-form", "it is no evidence that can be read", known)
	}
}
