// Package source holds files, spans and diagnostics: the bottom of every other package's vocabulary.
//
// A [File] is the bytes of one input with the path that reports may show (relative to the scanned root, with
// slashes). A [Span] is a half-open range of bytes in one file. Everything that Fermata claims about a system ends
// in spans, so spans are made when bytes are read and are never guessed later.
//
// # Coordinate systems
//
// Inside the program a position is a byte offset. People, editors and result files see lines and columns, both
// counted from 1; a column counts Unicode code points, because that is what a person counts. Editors that speak LSP
// count UTF-16 units from 0; [File.UTF16] converts. Nothing else does arithmetic on positions.
//
// # Reading
//
// This is the only package that opens input files ([Root]). Input is hostile: a root bounds the size of a file, the
// number of files, the depth of folders and the number of bytes in all, and never follows a link out of itself. What
// is passed over is said ([Skip]), never silently dropped.
package source

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

// File is one input with its content. The content is never changed after [NewFile].
type File struct {
	path    string
	content []byte

	once  sync.Once
	lines []int32 // offset of each line's first byte; made at the first question about lines
	runes []int32 // code points before each block of the content: a minified file is one line of a megabyte
}

// block is how many bytes a column's count looks at, at the most twice.
const block = 1 << 10

// NewFile makes a file from bytes. Path is what reports show: relative, with slashes.
func NewFile(path string, content []byte) *File { return &File{path: path, content: content} }

// Path is the file's path as reports show it.
func (f *File) Path() string { return f.path }

// Content is the file's bytes; callers must not change them.
func (f *File) Content() []byte { return f.content }

// Text is the source text of a range of bytes; out-of-range ends are cut to the file.
func (f *File) Text(start, end int) string {
	start, end = clamp(start, len(f.content)), clamp(end, len(f.content))
	if end < start {
		return ""
	}
	return string(f.content[start:end])
}

// Span makes a span of this file.
func (f *File) Span(start, end int) Span { return Span{File: f, Start: int32(start), End: int32(end)} }

func clamp(n, most int) int { return max(0, min(n, most)) }

// index makes the tables of lines and code points. Most files are never asked about a place, so it waits for the
// first question; files are shared between goroutines.
func (f *File) index() {
	f.once.Do(func() {
		f.lines = lineOffsets(f.content)
		f.runes = make([]int32, 0, len(f.content)/block+1)
		count := 0
		for start := 0; start < len(f.content); start += block {
			f.runes = append(f.runes, int32(count))
			count += runeStarts(f.content[start:min(start+block, len(f.content))])
		}
	})
}

// runeStarts counts code points by their first bytes; a byte that is no UTF-8 counts as one, as an editor shows it.
func runeStarts(b []byte) int {
	n := 0
	for _, c := range b {
		if c&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

// runesBefore counts the code points that begin before an offset.
func (f *File) runesBefore(offset int) int {
	if len(f.runes) == 0 {
		return 0
	}
	i := min(offset/block, len(f.runes)-1)
	return int(f.runes[i]) + runeStarts(f.content[i*block:offset])
}

// Position is a line and a column, both from 1; the column counts code points.
type Position struct {
	Line int
	Col  int
}

// Position turns a byte offset into a line and column.
func (f *File) Position(offset int) Position {
	f.index()
	offset = clamp(offset, len(f.content))
	line := sort.Search(len(f.lines), func(i int) bool { return int(f.lines[i]) > offset }) - 1
	return Position{Line: line + 1, Col: f.runesBefore(offset) - f.runesBefore(int(f.lines[line])) + 1}
}

// UTF16 turns a byte offset into the zero-based line and UTF-16 column that editors use.
func (f *File) UTF16(offset int) (line, character int) {
	f.index()
	offset = clamp(offset, len(f.content))
	line = sort.Search(len(f.lines), func(i int) bool { return int(f.lines[i]) > offset }) - 1
	for _, r := range string(f.content[f.lines[line]:offset]) {
		character++
		if r > 0xffff {
			character++
		}
	}
	return line, character
}

// Offset turns a line and column (from 1) back into a byte offset; positions past an end are cut to it.
func (f *File) Offset(p Position) int {
	f.index()
	if p.Line < 1 {
		return 0
	}
	if p.Line > len(f.lines) {
		return len(f.content)
	}
	offset := int(f.lines[p.Line-1])
	for col := 1; col < p.Col && offset < len(f.content) && f.content[offset] != '\n'; col++ {
		_, size := utf8.DecodeRune(f.content[offset:])
		offset += size
	}
	return offset
}

// Span is a half-open range of bytes [Start, End) in one file. The zero Span says "no place".
type Span struct {
	File  *File
	Start int32
	End   int32
}

// IsZero tells whether the span names no place.
func (s Span) IsZero() bool { return s.File == nil }

// Text is the source text that the span covers.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Text(int(s.Start), int(s.End))
}

// String is file:line:col, the form that people click on.
func (s Span) String() string {
	if s.File == nil {
		return "-"
	}
	p := s.File.Position(int(s.Start))
	return fmt.Sprintf("%s:%d:%d", s.File.path, p.Line, p.Col)
}

// Excerpt is the first line of the span's text, trimmed and cut to most runes, for evidence. Secrets are not
// redacted here: see [Redact].
func (s Span) Excerpt(most int) string {
	if s.File == nil {
		return ""
	}
	s.File.index()
	start := sort.Search(len(s.File.lines), func(i int) bool { return s.File.lines[i] > s.Start }) - 1
	from := int(s.File.lines[start])
	to := len(s.File.content)
	if start+1 < len(s.File.lines) {
		to = int(s.File.lines[start+1])
	}
	// A line of a megabyte is not an excerpt: begin near the span instead.
	if int(s.Start)-from > most {
		from = int(s.Start)
	}
	to = min(to, from+4*most)
	text := strings.TrimSpace(strings.ToValidUTF8(string(s.File.content[from:to]), "\uFFFD"))
	if len(text) > most { // bytes: few excerpts are near it
		if r := []rune(text); len(r) > most {
			text = string(r[:most-1]) + "…"
		}
	}
	return text
}
