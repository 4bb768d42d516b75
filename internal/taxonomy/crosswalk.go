package taxonomy

import (
	"fmt"
	"slices"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Crosswalk is a document that relates entries of frameworks to each other.
type Crosswalk struct {
	ID         string
	Provenance string // the letter by which the project's notes call the document
	Title      string
	URL        string
	Licence    string
	Retrieved  string
	Quality    string // how far to trust it, in one phrase
	Notes      []string
	Published  []Published // crosswalks that the document only lists

	maps []crosswalkMap
	file *source.File
}

// Published is a crosswalk that exists but that the catalogue does not hold.
type Published struct {
	From, To, By, Date string
	Level              string // how fine it is: function, category, subcategory; empty when not known
}

type crosswalkMap struct {
	from, to string
	note     string
	rows     []crosswalkRow
}

type crosswalkRow struct {
	id      string
	why     string // the reason of this row; empty where a document gives none
	targets []crosswalkTarget
	span    source.Span
}

type crosswalkTarget struct {
	id       string
	strength Strength
	span     source.Span
}

// Crosswalks lists the crosswalks by id.
func (c *Catalog) Crosswalks() []*Crosswalk { return c.crosswalks }

var crosswalkKeys = []string{
	"crosswalk", "provenance", "title", "url", "licence", "retrieved", "quality", "notes", "maps", "published",
}

// crosswalk reads one crosswalk's file.
func (r *reader) crosswalk(root syntax.Node) *Crosswalk {
	c := &Crosswalk{file: r.file}
	for key, value := range root.Pairs() {
		switch key.Text() {
		case "crosswalk":
			c.ID = r.text(value, "crosswalk")
		case "provenance":
			c.Provenance = r.text(value, "provenance")
		case "title":
			c.Title = r.text(value, "title")
		case "url":
			c.URL = r.text(value, "url")
		case "licence":
			c.Licence = r.text(value, "licence")
		case "retrieved":
			c.Retrieved = r.text(value, "retrieved")
		case "quality":
			c.Quality = r.text(value, "quality")
		case "notes":
			c.Notes = r.texts(value, "notes")
		case "maps":
			for n := range value.Children() {
				c.maps = append(c.maps, r.crosswalkMap(n))
			}
		case "published":
			for n := range value.Children() {
				row := r.fields(n, "a published crosswalk", "from", "to", "by", "date", "level")
				c.Published = append(c.Published, Published{row["from"], row["to"], row["by"], row["date"], row["level"]})
			}
		default:
			r.unknown(key, "a crosswalk", crosswalkKeys)
		}
	}
	for _, need := range []struct{ name, value string }{
		{"id", c.ID}, {"provenance", c.Provenance}, {"title", c.Title}, {"quality", c.Quality},
	} {
		if need.value == "" {
			r.fail(r.file.Span(0, 0), "missing-field", "the header has no "+need.name)
		}
	}
	return c
}

func (r *reader) crosswalkMap(n syntax.Node) crosswalkMap {
	var m crosswalkMap
	for key, value := range n.Pairs() {
		switch key.Text() {
		case "from":
			m.from = r.text(value, "from")
		case "to":
			m.to = r.text(value, "to")
		case "note":
			m.note = r.text(value, "note")
		case "rows":
			for row := range value.Children() {
				m.rows = append(m.rows, r.crosswalkRow(row))
			}
		default:
			r.unknown(key, "a map of a crosswalk", []string{"from", "to", "note", "rows"})
		}
	}
	if m.from == "" || m.to == "" {
		r.fail(n.Span(), "missing-field", "a map of a crosswalk needs from and to")
	}
	return m
}

func (r *reader) crosswalkRow(n syntax.Node) crosswalkRow {
	row := crosswalkRow{span: n.Span()}
	for key, value := range n.Pairs() {
		if key.TextIs("id") {
			row.id = r.text(value, "id")
			row.span = value.Span()
			continue
		}
		if key.TextIs("why") {
			row.why = r.text(value, "why")
			continue
		}
		strength := Strength(key.Text())
		if !slices.Contains(strengths, strength) {
			names := make([]string, len(strengths))
			for i, s := range strengths {
				names[i] = string(s)
			}
			r.unknown(key, "a row of a crosswalk", names)
			continue
		}
		for item := range value.Children() {
			row.targets = append(row.targets, crosswalkTarget{r.text(item, key.Text()), strength, item.Span()})
		}
	}
	if row.id == "" {
		r.fail(n.Span(), "missing-field", fmt.Sprintf("a row of crosswalk %s has no id", r.file.Path()))
	}
	return row
}
