package matrix

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

// layerForm is how tables write a layer: "L3 Integration", "Layer 3: Integration".
var layerForm = regexp.MustCompile(`^(?:L|Layer )(\d)\b[\s:.(–-]*([^)]*)\)?$`)

// layerSplit parts the layers of a cell that names several: "L3 Agent Frameworks, L4 Deployment & Infrastructure".
var layerSplit = regexp.MustCompile(`[,;/]\s*(?:and\s+)?`)

// layers judges the columns that name layers: whether the names are those of one scheme, and which. Several schemes have
// different layers under the same short ids, so a table that mixes them says something else than its author means.
func (l *linter) layers() {
	for i, column := range l.columns {
		if column != "maestro" {
			continue
		}
		fits := map[string]int{}
		var cells []layerCell
		for _, row := range l.table.rows {
			if i >= len(row) {
				continue
			}
			for _, part := range layerSplit.Split(row[i].text, -1) {
				m := layerForm.FindStringSubmatch(strings.TrimSpace(part))
				if m == nil {
					continue
				}
				x := layerCell{text: strings.TrimSpace(part), span: row[i].span, id: "L" + m[1], name: strings.TrimSpace(m[2])}
				for _, s := range l.catalog.Schemes() {
					if e := l.catalog.Layer(s.ID, x.id); e != nil && x.name != "" && sameName(e.Title, x.name) {
						x.schemes = append(x.schemes, s.ID)
						fits[s.ID]++
					}
				}
				cells = append(cells, x)
			}
		}
		scheme, most := "", 0
		for _, s := range l.catalog.Schemes() {
			if fits[s.ID] > most {
				scheme, most = s.ID, fits[s.ID]
			}
		}
		l.scheme(l.table.header[i].text, cells, scheme)
	}
}

type layerCell struct {
	text     string
	span     source.Span
	id, name string
	schemes  []string
}

// scheme says once that a column's layers are another scheme's, with the nearest layers of MAESTRO, and of each cell that it
// has a name that its layer has in no scheme.
func (l *linter) scheme(column string, cells []layerCell, scheme string) {
	c := Citation{
		Column: column, ID: scheme, Framework: "maestro", Concerns: []string{}, Editions: []string{scheme}, Candidates: []Candidate{}, Verdict: Ambiguous,
		Message: fmt.Sprintf("the layers are those of the scheme %s; other layers of MAESTRO's own have these numbers", scheme),
	}
	seen := map[string]bool{}
	for _, x := range cells {
		switch {
		case x.name == "" || slices.Contains(x.schemes, taxonomy.SchemeV1):
		case len(x.schemes) == 0:
			unknown := Citation{
				Column: column, ID: x.text, Framework: "maestro", Concerns: []string{}, Editions: []string{}, Candidates: []Candidate{}, Place: x.span,
				Verdict: Unknown, Message: fmt.Sprintf("no scheme of layers has %q as its %s", x.name, x.id),
			}
			if e := l.catalog.Layer(taxonomy.SchemeV1, x.id); e != nil {
				unknown.Candidates = append(unknown.Candidates, Candidate{x.id, e.Title, "the default scheme's " + x.id})
			}
			l.review.Citations = append(l.review.Citations, unknown)
		case !seen[x.id]:
			seen[x.id] = true
			if c.Place.File == nil {
				c.Place = x.span
			}
			for _, near := range l.catalog.NearLayers(scheme, x.id, taxonomy.SchemeV1) {
				c.Candidates = append(c.Candidates, Candidate{taxonomy.ShortID(near), near.Title, fmt.Sprintf("nearest to %s %s there", x.id, x.name)})
			}
		}
	}
	if len(seen) > 0 {
		l.review.Citations = append(l.review.Citations, c)
	}
}

// sameName compares names of layers by their words, in any order: "Monitoring" and "monitoring (logs)" are not one.
func sameName(a, b string) bool {
	return slices.Equal(taxonomy.Stems(a), taxonomy.Stems(b))
}
