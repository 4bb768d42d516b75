package matrix

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/xuri/excelize/v2"
)

// Formats lists the formats, the default first.
var Formats = []string{"md", "csv", "xlsx"}

// columns are the heads of a matrix. The last column of a spreadsheet says where ids come from.
var columns = []string{"Threat", "Where", "MAESTRO", "OWASP", "ATLAS", "NIST AI RMF", "ISO 42001", "Severity", "Control", "Status", "Evidence"}

// Write prints the matrix in a format.
func (m *Matrix) Write(w io.Writer, format string) error {
	switch format {
	case "md":
		return m.markdown(w)
	case "csv":
		return m.csv(w)
	case "xlsx":
		return m.xlsx(w)
	}
	return fmt.Errorf("matrix: no format %q", format)
}

// shown bounds how many names stand in one cell.
const shown = 4

func some(list []string) string {
	if len(list) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:shown], ", "), len(list)-shown)
	}
	return strings.Join(list, ", ")
}

// own marks an id whose relation to the row's threat nobody else publishes.
const own = "*"

func ids(list []ID, titles bool) string {
	parts := make([]string, 0, len(list))
	for _, x := range list {
		text := x.ID
		if titles && x.Title != "" && x.Namespace == "atlas" {
			text += " " + x.Title
		}
		if x.Own && !slices.Contains(owaspSpaces, x.Namespace) {
			text += own
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func (r Row) cells() []string {
	return []string{
		r.Concern, some(r.Where), strings.Join(r.Layers, ", "), ids(r.OWASP, false), ids(r.Atlas, true), ids(r.NIST, false), ids(r.ISO, false),
		r.Severity, r.Control, r.Status, r.Evidence,
	}
}

// provenance is an id of the matrix, said once.
type provenance struct{ id, title, who, why string }

// provenanceHeader is over the table that says where ids come from.
var provenanceHeader = []string{"Id", "Title", "Who says so", "Why"}

// provenances lists the ids of the frameworks that our own map or others' relate to threats, in the order of the columns.
func (m *Matrix) provenances() []provenance {
	var out []provenance
	seen := map[string]bool{}
	for _, pick := range []func(Row) []ID{
		func(r Row) []ID { return r.Atlas }, func(r Row) []ID { return r.NIST }, func(r Row) []ID { return r.ISO },
	} {
		var part []provenance
		for _, r := range m.Rows {
			for _, x := range pick(r) {
				p := provenance{x.ID, x.Title, "published", x.Why}
				if x.Own {
					p.who = "ours"
				}
				if key := p.id + "\x00" + p.why; !seen[key] {
					seen[key] = true
					part = append(part, p)
				}
			}
		}
		slices.SortStableFunc(part, func(a, b provenance) int { return strings.Compare(a.id+"\x00"+a.why, b.id+"\x00"+b.why) })
		out = append(out, part...)
	}
	return out
}

// escape makes text of the scanned system harmless in a table of Markdown.
var escape = strings.NewReplacer("|", `\|`, "\\", `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", "&lt;", ">", "&gt;", "[", `\[`, "]", `\]`, "&", "&amp;")

func (m *Matrix) markdown(w io.Writer) error {
	var b strings.Builder
	title := "Threat matrix"
	if m.System != "" {
		title += ": " + escape.Replace(clean(m.System))
	}
	fmt.Fprintf(&b, "# %s\n\n", title)
	if len(m.Rows) == 0 {
		b.WriteString("No threat is live.\n")
	} else {
		writeTable(&b, columns, m.Rows, func(r Row) []string { return r.cells() })
		fmt.Fprintf(&b, "\n%s the relation is this project's own; nobody publishes one.\n", `\*`)
	}
	if m.Left > 0 {
		what := "findings that are"
		if m.Left == 1 {
			what = "finding that is"
		}
		fmt.Fprintf(&b, "\nLeft out: %d %s blocked, unreachable or accepted (--all shows them).\n", m.Left, what)
	}
	if list := m.provenances(); len(list) > 0 {
		b.WriteString("\n## Where the ids come from\n\n")
		writeTable(&b, provenanceHeader, list, func(p provenance) []string { return []string{p.id, p.title, p.who, p.why} })
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTable[T any](b *strings.Builder, header []string, rows []T, cells func(T) []string) {
	line := func(list []string) {
		b.WriteString("|")
		for _, c := range list {
			b.WriteString(" " + c + " |")
		}
		b.WriteString("\n")
	}
	line(header)
	line(slices.Repeat([]string{"---"}, len(header)))
	for _, r := range rows {
		list := cells(r)
		for i := range list {
			list[i] = escape.Replace(clean(list[i]))
		}
		line(list)
	}
}

// clean takes line breaks and control characters out of text.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d', r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, text)
}

// harmless keeps a spreadsheet from reading a cell as a formula.
func harmless(text string) string {
	text = clean(text)
	if text != "" && strings.ContainsRune("=+-@", rune(text[0])) {
		return "'" + text
	}
	return text
}

// sheet is the matrix as rows of text: columns and, at the end, why each id stands there.
func (m *Matrix) sheet() [][]string {
	out := [][]string{append(slices.Clone(columns), "Provenance")}
	for _, r := range m.Rows {
		var why []string
		for _, list := range [][]ID{r.Atlas, r.NIST, r.ISO} {
			for _, x := range list {
				who := "published"
				if x.Own {
					who = "ours"
				}
				why = append(why, fmt.Sprintf("%s (%s): %s", x.ID, who, x.Why))
			}
		}
		cells := append(r.cells(), strings.Join(why, "; "))
		for i := range cells {
			cells[i] = harmless(cells[i])
		}
		out = append(out, cells)
	}
	return out
}

func (m *Matrix) csv(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.WriteAll(m.sheet()); err != nil {
		return err
	}
	return c.Error()
}

// widths are those of the columns of a spreadsheet, in characters.
var widths = []float64{38, 30, 24, 22, 34, 20, 16, 10, 38, 14, 30, 60}

func (m *Matrix) xlsx(w io.Writer) error {
	f := excelize.NewFile()
	defer f.Close()
	const matrix, ids = "Matrix", "Ids"
	if err := f.SetSheetName("Sheet1", matrix); err != nil {
		return err
	}
	if err := fill(f, matrix, m.sheet(), widths); err != nil {
		return err
	}
	if _, err := f.NewSheet(ids); err != nil {
		return err
	}
	rows := [][]string{{"Id", "Title", "Who says so", "Why"}}
	for _, p := range m.provenances() {
		rows = append(rows, []string{p.id, p.title, p.who, harmless(p.why)})
	}
	if err := fill(f, ids, rows, []float64{16, 44, 14, 90}); err != nil {
		return err
	}
	_, err := f.WriteTo(w)
	return err
}

// fill writes rows into a sheet with a bold head that stays in view, and a filter.
func fill(f *excelize.File, sheet string, rows [][]string, widths []float64) error {
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8ECF1"}}})
	if err != nil {
		return err
	}
	body, err := f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return err
	}
	for i, row := range rows {
		for j, text := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return err
			}
			if err := f.SetCellStr(sheet, at, text); err != nil {
				return err
			}
		}
	}
	for j, width := range widths {
		name, err := excelize.ColumnNumberToName(j + 1)
		if err != nil {
			return err
		}
		if err := f.SetColWidth(sheet, name, name, width); err != nil {
			return err
		}
	}
	last, err := excelize.CoordinatesToCellName(len(widths), len(rows))
	if err != nil {
		return err
	}
	if len(rows) > 1 {
		if err := f.SetCellStyle(sheet, "A2", last, body); err != nil {
			return err
		}
		if err := f.AutoFilter(sheet, "A1:"+last, nil); err != nil {
			return err
		}
	}
	end, err := excelize.CoordinatesToCellName(len(widths), 1)
	if err != nil {
		return err
	}
	if err := f.SetCellStyle(sheet, "A1", end, head); err != nil {
		return err
	}
	return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}
