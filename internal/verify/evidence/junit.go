package evidence

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"fermata/internal/source"
)

// mostDepth bounds how deep elements of XML may be nested.
const mostDepth = 64

// aboutProperty is the property of a test case that says which control of which element it is about.
const aboutProperty = "fermata"

// junit reads the test cases of JUnit XML, whichever runner wrote it.
func (r *reader) junit() {
	r.doc.Sort = JUnit
	content := r.file.Content()
	decoder := xml.NewDecoder(bytes.NewReader(content))
	decoder.CharsetReader = func(label string, input io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the encoding %s is not read; write UTF-8", label)
	}
	var open []string
	var dates []string // of the suites around
	var test *Test
	said := false // the failure has no message attribute, and its text is to come
	for {
		before := int(decoder.InputOffset())
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			r.error(r.at(int(decoder.InputOffset())), "bad-xml", "it is no XML that can be read: "+xmlTrouble(err), "write the report anew")
			r.doc.Tests = nil
			return
		}
		switch t := token.(type) {
		case xml.StartElement:
			name := t.Name.Local
			if len(open) == 0 && name != "testsuites" && name != "testsuite" {
				r.error(r.at(before), "unknown-form", fmt.Sprintf("its first element is %s, and a report of tests begins with testsuites or testsuite", name), known)
				return
			}
			if open = append(open, name); len(open) > mostDepth {
				r.error(r.at(before), "too-deep", fmt.Sprintf("elements are nested more than %d deep", mostDepth), "write the report anew")
				r.doc.Tests = nil
				return
			}
			date := dayOf(attribute(t, "timestamp"))
			if date == "" && len(dates) > 0 {
				date = dates[len(dates)-1]
			}
			dates = append(dates, date)
			said = false
			switch name {
			case "testcase":
				if r.full() {
					return
				}
				class := attribute(t, "classname")
				if class == "" {
					class = attribute(t, "file")
				}
				test = &Test{Name: attribute(t, "name"), Class: class, Outcome: Passed, Date: date, Span: r.at(before)}
			case "failure", "error", "skipped":
				if test == nil {
					break
				}
				outcome := map[string]Outcome{"failure": Failed, "error": Broken, "skipped": Skipped}[name]
				if test.Outcome != Failed { // one failed assertion is enough, whatever else went wrong
					test.Outcome, test.Message = outcome, firstLine(attribute(t, "message"))
				}
				said = test.Message == ""
			case "property":
				if test != nil && attribute(t, "name") == aboutProperty {
					test.About = attribute(t, "value")
				}
			}
		case xml.CharData:
			if said && test != nil && test.Message == "" {
				test.Message = firstLine(string(t))
			}
		case xml.EndElement:
			if t.Name.Local == "testcase" && test != nil {
				r.doc.Tests = append(r.doc.Tests, *test)
				test = nil
			}
			open, dates, said = open[:len(open)-1], dates[:len(dates)-1], false
		}
	}
	if len(r.doc.Tests) == 0 {
		r.say(source.Warning, source.Span{}, "no-tests", "no test was run", "")
	}
}

// at is the place that begins at an offset.
func (r *reader) at(offset int) source.Span {
	offset = min(offset, len(r.file.Content()))
	return r.file.Span(offset, offset)
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func xmlTrouble(err error) string {
	var wrong *xml.SyntaxError
	if errors.As(err, &wrong) {
		return wrong.Msg
	}
	return strings.TrimPrefix(err.Error(), "xml: ")
}

// dayOf is the day of a time stamp; "" when there is none.
func dayOf(stamp string) string {
	if len(stamp) >= 10 && IsDay(stamp[:10]) {
		return stamp[:10]
	}
	return ""
}

// mostMessage bounds what is kept of a message.
const mostMessage = 300

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	runes := []rune(source.Redact(strings.TrimSpace(strings.ToValidUTF8(line, ""))))
	return string(runes[:min(len(runes), mostMessage)])
}

// goTestEvent is a line of go test -json.
type goTestEvent struct {
	Time    string
	Action  string
	Package string
	Test    string
	Output  string
}

// goTestLine tells whether content begins with a line of go test -json.
func goTestLine(content []byte) bool {
	line, _, _ := bytes.Cut(content, []byte("\n"))
	var e goTestEvent
	return json.Unmarshal(line, &e) == nil && e.Action != "" && (e.Package != "" || e.Time != "" || strings.HasPrefix(e.Action, "build-"))
}

// goTest reads what go test -json prints: it has no other report.
func (r *reader) goTest() {
	r.doc.Sort = GoTest
	content, offset := r.file.Content(), 0
	messages := map[string]string{}
	for offset < len(content) {
		end := bytes.IndexByte(content[offset:], '\n')
		if end < 0 {
			end = len(content) - offset
		}
		line, start := bytes.TrimSpace(content[offset:offset+end]), offset
		offset += end + 1
		if len(line) == 0 {
			continue
		}
		var e goTestEvent
		if err := json.Unmarshal(line, &e); err != nil {
			r.error(r.at(start), "bad-json", "a line is no JSON object", "give the output of go test -json alone")
			r.doc.Tests = nil
			return
		}
		if e.Test == "" {
			continue
		}
		key := e.Package + "\x00" + e.Test
		outcome, ended := map[string]Outcome{"pass": Passed, "fail": Failed, "skip": Skipped}[e.Action]
		if e.Action == "output" && messages[key] == "" {
			if text := strings.TrimSpace(e.Output); text != "" && !strings.HasPrefix(text, "===") && !strings.HasPrefix(text, "---") {
				messages[key] = firstLine(text)
			}
		}
		if !ended {
			continue
		}
		if r.full() {
			return
		}
		t := Test{Name: e.Test, Class: e.Package, Outcome: outcome, Date: dayOf(e.Time), Span: r.at(start)}
		if outcome != Passed {
			t.Message = messages[key]
		}
		if strings.HasPrefix(t.Message, "panic:") {
			t.Outcome = Broken // it has shown nothing
		}
		r.doc.Tests = append(r.doc.Tests, t)
	}
	if len(r.doc.Tests) == 0 {
		r.say(source.Warning, source.Span{}, "no-tests", "no test was run", "")
	}
}
