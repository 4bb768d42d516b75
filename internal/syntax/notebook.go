package syntax

import (
	"strings"

	"fermata/internal/source"
)

// parseNotebook reads the Python of a Jupyter notebook's code cells, in their order, as one module. Segments lead
// every place of that text back to the bytes of the .ipynb, through the escapes of JSON.
//
// A notebook of another language gives an empty tree and a note. A cell that another program runs (%%bash, %%html, …)
// is left out; one that %%writefile writes to a Python file is read like the rest, because it is part of the program.
func parseNotebook(file *source.File, text []byte, start int) *Tree {
	parsed := parseJSON(file, text, start)
	root := parsed.Root()
	if root.Kind() != Map {
		return &Tree{File: file, Language: Notebook, Diagnostics: append(parsed.Diagnostics, source.Diagnostic{
			Severity: source.Error, Code: "not-a-notebook", Span: file.Span(start, start),
			Message: "the file is not a notebook: it holds no JSON object", Hint: "save it again from Jupyter",
		})}
	}
	if language := notebookLanguage(root); language != "" && !strings.HasPrefix(strings.ToLower(language), "python") {
		return &Tree{File: file, Language: Notebook, Diagnostics: []source.Diagnostic{{
			Severity: source.Note, Code: "notebook-language", Span: root.Argument("metadata").Span(),
			Message: "the notebook's cells are " + language + ", which no reader takes",
		}}}
	}
	j := &cellJoiner{text: text}
	for cell := range notebookCells(root) {
		j.cell(cell)
	}
	tree := parsePython(file, Notebook, j.joined, j.segments)
	tree.Diagnostics = append(parsed.Diagnostics, tree.Diagnostics...)
	return tree
}

// notebookLanguage is what the notebook says about its kernel; "" when it says nothing.
func notebookLanguage(root Node) string {
	metadata := root.Argument("metadata")
	if s := metadata.Argument("kernelspec").Argument("language").Text(); s != "" {
		return s
	}
	if s := metadata.Argument("language_info").Argument("name").Text(); s != "" {
		return s
	}
	return metadata.Argument("kernelspec").Argument("name").Text()
}

// notebookCells visits the sources of code cells: of format 4, or in the worksheets of format 3.
func notebookCells(root Node) func(func(Node) bool) {
	return func(yield func(Node) bool) {
		visit := func(cells Node) bool {
			for cell := range cells.Children() {
				if cell.Argument("cell_type").Text() != "code" {
					continue
				}
				source := cell.Argument("source")
				if source.IsZero() {
					source = cell.Argument("input")
				}
				if !yield(source) {
					return false
				}
			}
			return true
		}
		if !visit(root.Argument("cells")) {
			return
		}
		for sheet := range root.Argument("worksheets").Children() {
			if !visit(sheet.Argument("cells")) {
				return
			}
		}
	}
}

// cellJoiner joins the decoded sources of cells and remembers where each byte came from.
type cellJoiner struct {
	text     []byte
	joined   []byte
	segments []segment
}

// cell adds one cell's source: a text, or a list of texts.
func (j *cellJoiner) cell(source Node) {
	before, segmentsBefore := len(j.joined), len(j.segments)
	switch source.Kind() {
	case String:
		j.add(source)
	case List:
		for part := range source.All(String) {
			j.add(part)
		}
	}
	if len(j.joined) == before {
		return
	}
	if isForeignCell(string(j.joined[before:])) {
		j.joined, j.segments = j.joined[:before], j.segments[:segmentsBefore]
		return
	}
	if j.joined[len(j.joined)-1] != '\n' {
		// A statement must not go on in the next cell. The line end has no byte in the file: it is taken to be the
		// quote that ends the source, where add has put a segment.
		j.joined = append(j.joined, '\n')
	}
}

// add appends one JSON text, decoded.
func (j *cellJoiner) add(n Node) {
	span := n.Span()
	at, end := int(span.Start)+1, int(span.End)
	if end > at && j.text[end-1] == j.text[span.Start] {
		end--
	}
	run := true // the next literal byte begins a segment
	for at < end {
		c := j.text[at]
		if c == '\\' {
			if r, size := decodeJSONEscape(j.text[at:end]); size > 0 {
				j.segments = append(j.segments, segment{text: int32(len(j.joined)), file: int32(at), escape: true})
				if r >= 0 {
					j.joined = append(j.joined, string(r)...)
				}
				at += size
				run = true
				continue
			}
		}
		if run {
			j.segments = append(j.segments, segment{text: int32(len(j.joined)), file: int32(at)})
			run = false
		}
		j.joined = append(j.joined, c)
		at++
	}
	// The closing quote, so that a range which ends with an escape has an end.
	j.segments = append(j.segments, segment{text: int32(len(j.joined)), file: int32(end), escape: true})
}

// isForeignCell tells by its first line whether a cell is for another program than Python.
func isForeignCell(cell string) bool {
	first, _, _ := strings.Cut(strings.TrimLeft(cell, " \t\r\n"), "\n")
	magic, ok := strings.CutPrefix(first, "%%")
	if !ok {
		return false
	}
	words := strings.Fields(magic)
	if len(words) == 0 {
		return false
	}
	switch words[0] {
	case "time", "timeit", "capture", "prun", "python", "python3", "pypy", "debug":
		return false
	case "writefile", "file":
		return !strings.HasSuffix(words[len(words)-1], ".py")
	}
	return true
}
