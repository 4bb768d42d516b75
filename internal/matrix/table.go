package matrix

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"fermata/internal/source"
)

// What a table may have; what goes beyond is said in a diagnostic and left out.
const (
	maxRows  = 20_000 // of all tables of a file together
	maxCells = 64     // of a row
	maxCell  = 4_096  // bytes of a cell that are looked at
)

// cell is one field of a table and where it stands.
type cell struct {
	text string
	span source.Span
}

// table is a header and its rows.
type table struct {
	header []cell
	rows   [][]cell
}

// readTables reads the tables of a Markdown, CSV or TSV file. Markdown may hold several.
func readTables(file *source.File) ([]table, []source.Diagnostic) {
	switch strings.ToLower(path.Ext(file.Path())) {
	case ".csv":
		return readCSV(file, ',')
	case ".tsv", ".tab":
		return readCSV(file, '\t')
	}
	return readMarkdown(file)
}

// readCSV reads comma- or tab-separated values, as RFC 4180 has them. A broken row costs that row only.
func readCSV(file *source.File, comma rune) ([]table, []source.Diagnostic) {
	var troubles []source.Diagnostic
	content := bytes.TrimPrefix(file.Content(), []byte("\xef\xbb\xbf"))
	shift := len(file.Content()) - len(content)
	lines := lineStarts(content)
	r := csv.NewReader(bytes.NewReader(content))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = comma, -1, true, comma == ','
	var t table
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			at := shift
			var broken *csv.ParseError
			if errors.As(err, &broken) && broken.Line-1 < len(lines) && broken.Line > 0 {
				at += lines[broken.Line-1]
			}
			troubles = append(troubles, source.Diagnostic{
				Severity: source.Error, Code: "bad-row", Message: "this row cannot be read: " + strings.TrimPrefix(err.Error(), "parse error on "),
				Hint: "put quotation marks around a field that holds them, and double those inside", Span: file.Span(at, at),
			})
			if len(troubles) > 20 {
				break
			}
			continue
		}
		row := make([]cell, 0, min(len(record), maxCells))
		for i, text := range record[:min(len(record), maxCells)] {
			line, column := r.FieldPos(i)
			at := shift + lines[min(line, len(lines))-1] + column - 1
			row = append(row, cell{strings.TrimSpace(cut(text)), file.Span(at, at+len(text))})
		}
		if t.header == nil {
			t.header = row
			continue
		}
		if len(t.rows) == maxRows {
			troubles = append(troubles, tooMany(row[0].span))
			break
		}
		t.rows = append(t.rows, row)
	}
	if t.header == nil {
		return nil, troubles
	}
	return []table{t}, troubles
}

func tooMany(at source.Span) source.Diagnostic {
	return source.Diagnostic{
		Severity: source.Warning, Code: "too-many-rows", Message: fmt.Sprintf("only the first %d rows are looked at", maxRows),
		Hint: "split the file", Span: at,
	}
}

func cut(text string) string { return text[:min(len(text), maxCell)] }

func lineStarts(content []byte) []int {
	out := []int{0}
	for i, b := range content {
		if b == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

// readMarkdown finds tables as GitHub has them: a row of cells between bars, and under it a row of dashes.
func readMarkdown(file *source.File) ([]table, []source.Diagnostic) {
	var tables []table
	var troubles []source.Diagnostic
	content := file.Content()
	starts := lineStarts(content)
	line := func(i int) (text string, at int) {
		end := len(content)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		return strings.TrimRight(string(content[starts[i]:end]), "\r\n"), starts[i]
	}
	rows, fenced := 0, false
	for i := 0; i < len(starts); i++ {
		text, at := line(i)
		if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fenced = !fenced
			continue
		}
		if fenced || i+1 == len(starts) || !strings.Contains(text, "|") {
			continue
		}
		header := splitRow(file, text, at)
		if under, _ := line(i + 1); !isRule(under, len(header)) {
			continue
		}
		t := table{header: header}
		for i += 2; i < len(starts); i++ {
			text, at = line(i)
			if !strings.Contains(text, "|") {
				i--
				break
			}
			if rows == maxRows {
				return append(tables, t), append(troubles, tooMany(file.Span(at, at)))
			}
			t.rows = append(t.rows, splitRow(file, text, at))
			rows++
		}
		tables = append(tables, t)
	}
	return tables, troubles
}

// isRule tells whether a line is the row of dashes under a header of n cells.
func isRule(text string, n int) bool {
	text = strings.Trim(strings.TrimSpace(text), "|")
	cells := strings.Split(text, "|")
	if len(cells) != n {
		return false
	}
	for _, c := range cells {
		c = strings.TrimSpace(c)
		dashes := strings.TrimSuffix(strings.TrimPrefix(c, ":"), ":")
		if dashes == "" || strings.Trim(dashes, "-") != "" {
			return false
		}
	}
	return true
}

// splitRow splits a line at its bars; a bar behind a backslash is text.
func splitRow(file *source.File, text string, at int) []cell {
	start, end := 0, len(text)
	for start < end && (text[start] == ' ' || text[start] == '\t') {
		start++
	}
	if start < end && text[start] == '|' {
		start++
	}
	for end > start && (text[end-1] == ' ' || text[end-1] == '\t') {
		end--
	}
	if end > start && text[end-1] == '|' && (end < 2 || text[end-2] != '\\') {
		end--
	}
	var row []cell
	from := start
	for i := start; i <= end && len(row) < maxCells; i++ {
		if i < end && (text[i] != '|' || i > 0 && text[i-1] == '\\') {
			continue
		}
		raw := text[from:i]
		trimmed := strings.TrimSpace(raw)
		lead := strings.Index(raw, trimmed)
		row = append(row, cell{
			plain(cut(trimmed)), file.Span(at+from+lead, at+from+lead+len(trimmed)),
		})
		from = i + 1
	}
	return row
}

// plain takes the marks of emphasis and code out of a cell, and turns breaks into spaces.
func plain(text string) string {
	return strings.TrimSpace(strings.NewReplacer("**", "", "__", "", "`", "", `\|`, "|", "<br>", " ", "<br/>", " ", "<br />", " ", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(text))
}
