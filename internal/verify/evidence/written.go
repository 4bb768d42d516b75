package evidence

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// File is the document as it is written: [Schema] is made from it.
type File struct {
	Schema   string  `json:"schema"`   // always fermata/evidence/v1
	Evidence []Entry `json:"evidence"` // what is known of controls
}

// Entry says how far one control is shown in one place.
type Entry struct {
	Control string `json:"control"`        // id of the control; fermata controls lists them
	On      string `json:"on"`             // the element or flow that it stands on
	State   string `json:"state"`          // absent, declared, evidenced, tested, attested or refuted
	Date    string `json:"date,omitempty"` // the day of the test or of the attestation, YYYY-MM-DD
	By      string `json:"by,omitempty"`   // the test, or who attests it
	Note    string `json:"note,omitempty"` // what else there is to say
}

// Write gives the bytes of a document, entries by control and place.
func Write(entries []Entry) ([]byte, error) {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b Entry) int {
		return strings.Compare(a.Control+"\x00"+a.On, b.Control+"\x00"+b.On)
	})
	if sorted == nil {
		sorted = []Entry{}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(File{Schema: Schema, Evidence: sorted})
	return out.Bytes(), err
}

var (
	fileKeys  = []string{"schema", "evidence"}
	entryKeys = []string{"control", "on", "state", "date", "by", "note"}
	states    = []string{"absent", "declared", "evidenced", "tested", "attested", "refuted"}
)

// IsDay tells whether a text is a day of the calendar in the form YYYY-MM-DD.
func IsDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

// written reads a document of this program. An entry with a mistake counts for nothing.
func (r *reader) written(root syntax.Node) {
	r.doc.Sort = Written
	for pair := range root.All(syntax.Pair) {
		if key := pair.Child(0); !slices.Contains(fileKeys, key.Text()) {
			r.error(key.Span(), "unknown-key", fmt.Sprintf("unknown key %q", key.Text()), near(key.Text(), fileKeys))
		}
	}
	list := root.Argument("evidence")
	if !list.Is(syntax.List) {
		at := root
		if !list.IsZero() {
			at = list
		}
		r.error(at.Span(), "missing-key", "it has no list of evidence", `add "evidence": [...]`)
		return
	}
	for item := range list.Children() {
		if r.full() {
			return
		}
		if c, ok := r.claim(item); ok {
			r.doc.Claims = append(r.doc.Claims, c)
		}
	}
}

func (r *reader) claim(item syntax.Node) (Claim, bool) {
	before := len(r.diagnostics)
	c := Claim{Span: item.Span()}
	if !item.Is(syntax.Map) {
		r.error(item.Span(), "wrong-type", "an entry is an object", "write control, on and state")
		return c, false
	}
	state := ""
	texts := map[string]*string{"control": &c.Control, "on": &c.On, "state": &state, "date": &c.Date, "by": &c.By, "note": &c.Note}
	given := map[string]syntax.Node{}
	for pair := range item.All(syntax.Pair) {
		key, value := pair.Child(0), pair.Child(1)
		into, ok := texts[key.Text()]
		_, twice := given[key.Text()]
		switch {
		case !ok:
			r.error(key.Span(), "unknown-key", fmt.Sprintf("unknown key %q in an entry", key.Text()), near(key.Text(), entryKeys))
		case twice:
			r.error(key.Span(), "duplicate-key", fmt.Sprintf("%s is given twice", key.Text()), "keep one of them")
		case !value.Is(syntax.String):
			r.error(value.Span(), "wrong-type", fmt.Sprintf("%s is a text", key.Text()), "")
		default:
			*into, given[key.Text()] = value.Text(), value
		}
	}
	for _, key := range []string{"control", "on", "state"} {
		if *texts[key] == "" {
			r.error(item.Span(), "missing-key", "an entry without "+key, "say control, on and state")
		}
	}
	if c.State = model.State(state); state != "" && !slices.Contains(states, state) {
		r.error(given["state"].Span(), "unknown-value", fmt.Sprintf("unknown state %q", state), near(state, states))
	}
	switch {
	case c.Date != "" && !IsDay(c.Date):
		r.error(given["date"].Span(), "wrong-type", fmt.Sprintf("%q is not a day", c.Date), "write it as 2027-01-31")
	case c.Date == "" && (c.State == model.Tested || c.State == model.Attested || c.State == model.Refuted):
		r.error(item.Span(), "missing-key", fmt.Sprintf("the state %s needs the day on which that was so", state), `add "date": "YYYY-MM-DD"`)
	}
	if c.By == "" && (c.State == model.Tested || c.State == model.Attested) {
		r.error(item.Span(), "missing-key", fmt.Sprintf("the state %s needs what shows it", state), `add "by": the test, or who attests it`)
	}
	return c, len(r.diagnostics) == before
}

func near(word string, list []string) string {
	if one := source.Suggest(word, list); one != "" {
		return "did you mean " + one + "?"
	}
	return "there are " + strings.Join(list, ", ")
}
