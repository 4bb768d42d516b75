package discovertest

import (
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"
	"testing"

	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"

	"github.com/rogpeppe/go-internal/txtar"
)

// rewrite brings the archive's want.model.yaml in line with what was found.
func (c *Case) rewrite(t *testing.T, name string, places map[model.Kind]bool, f found) {
	t.Helper()
	text := []byte(updated(string(c.want), places, f))
	have := false
	for i := range c.archive.Files {
		if c.archive.Files[i].Name == wantFile {
			c.archive.Files[i].Data = text
			have = true
		}
	}
	if !have {
		c.archive.Files = append(c.archive.Files, txtar.File{Name: wantFile, Data: text})
	}
	if err := os.WriteFile(name, txtar.Format(c.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// edit replaces a part of a text.
type edit struct {
	from, to int
	text     string
}

// updated is a want.model.yaml with the entries that were found and those that are listed as missed. It edits the text
// in its place, so that what a person wrote beside an entry stays: details, the order, remarks.
func updated(want string, places map[model.Kind]bool, f found) string {
	root := syntax.Parse(source.NewFile(wantFile, []byte(want))).Root()
	missed, wrong := lineSet(root.Argument("missed")), lineSet(root.Argument("wrong"))
	var edits []edit
	var more strings.Builder // sections that there were not
	for _, section := range []struct {
		name  string
		found []line
	}{
		{"elements", f.lines(f.elements, places)},
		{"flows", f.lines(f.flows, nil)},
		{"controls", controlLines(f.controls)},
		{"unresolved", plain(f.gaps)},
	} {
		left := section.found
		list := root.Argument(section.name)
		kept, end := 0, 0
		for item := range list.Children() {
			text, details := entry(item)
			from, to := lineOf(want, item.Span())
			i := -1
			for k, l := range left {
				if l.text == text || section.name == "unresolved" && strings.Contains(l.text, text) {
					i = k
					break
				}
			}
			if i < 0 && !missed[text] {
				edits = append(edits, edit{from: from, to: to})
				continue
			}
			kept, end = kept+1, to
			if i >= 0 {
				edits = append(edits, left[i].onto(want, item, details)...)
				left = append(left[:i:i], left[i+1:]...)
			}
		}
		var b strings.Builder
		for _, l := range left {
			if !wrong[l.text] {
				b.WriteString("  - " + l.String() + "\n")
			}
		}
		switch {
		case b.Len() == 0:
		case kept > 0:
			edits = append(edits, edit{from: end, to: end, text: b.String()})
		default:
			if !list.IsZero() { // an empty list, or one of which nothing is left
				from, to := keyOf(want, root, section.name)
				edits = append(edits, edit{from: from, to: to})
			}
			more.WriteString(section.name + ":\n" + b.String())
		}
	}
	sort.SliceStable(edits, func(i, k int) bool { return edits[i].from < edits[k].from })
	var out strings.Builder
	at := 0
	for _, e := range edits {
		if e.from < at {
			continue // inside what goes
		}
		out.WriteString(want[at:e.from] + e.text)
		at = e.to
	}
	out.WriteString(want[at:])
	return out.String() + more.String()
}

// line is what was found as an entry: its text, and details that -update keeps up to date. The place is added where it
// is asked for, and kept up to date elsewhere too.
type line struct {
	text    string
	details [][2]string
	placed  bool
}

func (f *found) lines(things map[string]any, places map[model.Kind]bool) []line {
	var lines []line
	for _, text := range sorted(things) {
		l := line{text: text}
		var evidence []model.Evidence
		switch thing := things[text].(type) {
		case *model.Element:
			evidence, l.placed = thing.Evidence, places[thing.Kind]
		case *model.Flow:
			evidence = thing.Evidence
		}
		if len(evidence) > 0 {
			l.details = [][2]string{{"at", place(evidence[0])}}
		}
		lines = append(lines, l)
	}
	return lines
}

func controlLines(controls []control) []line {
	var lines []line
	for _, c := range controls {
		lines = append(lines, line{text: c.line, details: [][2]string{{"state", string(c.state)}, {"at", c.at}}})
	}
	return lines
}

func plain(texts []string) []line {
	var lines []line
	for _, text := range texts {
		lines = append(lines, line{text: text})
	}
	return lines
}

// bare is a text that YAML takes as it stands, within braces too.
var bare = regexp.MustCompile(`^[\w./][\w./ :@()<>=-]*$`)

func quoted(text string) string {
	if bare.MatchString(text) && !strings.Contains(text, ": ") && !strings.HasSuffix(text, ":") && text == strings.TrimSpace(text) {
		return text
	}
	return fmt.Sprintf("%q", text)
}

// String is the entry as YAML.
func (l line) String() string { return quoted(l.text) + l.braces() }

// braces is what the entry says behind its text; "" for nothing.
func (l line) braces() string {
	var parts []string
	for _, d := range l.details {
		if l.says(d[0]) {
			parts = append(parts, d[0]+": "+quoted(d[1]))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": {" + strings.Join(parts, ", ") + "}"
}

// says tells whether a detail is added where an entry does not have it.
func (l line) says(detail string) bool { return detail != "at" || l.placed }

// onto gives the edits by which an entry that a person wrote says the details that are kept up to date.
func (l line) onto(want string, item, details syntax.Node) []edit {
	if details.IsZero() {
		end := int(item.Span().End)
		return []edit{{end, end, l.braces()}}
	}
	var edits []edit
	var added []string
	for _, d := range l.details {
		value := details.Argument(d[0])
		switch {
		case value.IsZero() && l.says(d[0]):
			added = append(added, d[0]+": "+quoted(d[1]))
		case !value.IsZero() && value.Text() != d[1]:
			edits = append(edits, edit{int(value.Span().Start), int(value.Span().End), quoted(d[1])})
		}
	}
	if at := int(details.Span().Start); len(added) > 0 && strings.HasPrefix(want[at:], "{") {
		text := strings.Join(added, ", ")
		if !strings.HasPrefix(want[at:], "{}") {
			text += ", "
		}
		edits = append(edits, edit{at + 1, at + 1, text})
	}
	return edits
}

// lineOf is the whole lines that a part stands on.
func lineOf(text string, s source.Span) (from, to int) {
	from = strings.LastIndexByte(text[:s.Start], '\n') + 1
	if i := strings.IndexByte(text[s.End:], '\n'); i >= 0 {
		return from, int(s.End) + i + 1
	}
	return from, len(text)
}

// keyOf is the whole line of a section's key.
func keyOf(text string, root syntax.Node, name string) (from, to int) {
	for key, value := range root.Pairs() {
		if key.Text() == name {
			from, to = lineOf(text, key.Span())
			if end := value.Span(); value.Is(syntax.List) && int(end.End) > to && value.Child(0).IsZero() {
				_, to = lineOf(text, end)
			}
		}
	}
	return from, to
}
