package pipeline

import (
	"io/fs"
	"regexp"
	"strings"
	"sync"

	"fermata/catalog"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// evidenceFile is the table of published success rates and control efficacies.
const evidenceFile = "evidence/attack_success.yaml"

// table reads the evidence table once: rows by id.
var table = sync.OnceValue(func() map[string]syntax.Node {
	content, err := fs.ReadFile(catalog.FS, evidenceFile)
	if err != nil {
		return nil // it is part of the program; a test reads it
	}
	rows := map[string]syntax.Node{}
	tree := syntax.ParseAs(source.NewFile(evidenceFile, content), syntax.YAML)
	for row := range tree.Root().Argument("rows").Children() {
		rows[row.Argument("id").Text()] = row
	}
	return rows
})

// Rows gives the ids of the evidence table's rows.
func (e *Engine) Rows() map[string]bool {
	ids := map[string]bool{}
	for id := range table() {
		ids[id] = true
	}
	return ids
}

// isRow has the form of a row's id.
var isRow = regexp.MustCompile(`^C\d{3}$`)

// measured are the keys of a row that say what was measured, in the order in which they are told.
var measured = []string{"metric", "value", "range", "successes", "n", "baseline_without_defence", "defence", "conditions", "note"}

// explainRow tells a row of the evidence table: what was measured, by whom, and what relies on it.
func (e *Engine) explainRow(id string) (Explanation, bool) {
	row, ok := table()[id]
	if !ok {
		return Explanation{}, false
	}
	x := Explanation{Kind: "evidence", ID: "evidence " + id, Title: row.Argument("technique").Text()}
	var facts []string
	for _, key := range measured {
		if n := row.Argument(key); !n.IsZero() && n.Text() != "" {
			facts = append(facts, strings.ReplaceAll(key, "_", " ")+": "+n.Text())
		}
	}
	x.section("What was measured", nil, facts)
	from := row.Argument("source")
	var where []string
	for _, key := range []string{"title", "year", "link"} {
		if n := from.Argument(key); !n.IsZero() {
			where = append(where, n.Text())
		}
	}
	x.section("Where", nil, where)
	if row.Argument("seen").TextIs("secondary") {
		x.section("How sure", []string{"The value was read in a text that quotes the source, not in the source itself."}, nil)
	}
	x.section("What relies on it", nil, e.rowUses(id))
	return x, true
}
