package model

import (
	"sort"
	"strings"
	"unicode/utf8"

	"fermata/internal/source"
)

// maxExcerpt is how many code points of a line evidence shows.
const maxExcerpt = 160

// places turns spans of one file into evidence. A model that a program wrote may be one line of megabytes, and each of
// its elements needs a place: so the code points of long lines are counted once, and not from the line's start each
// time.
type places struct {
	file  *source.File
	lines []int32 // offset of each line's first byte
	marks []int32 // code points before each block of the file
}

// markEvery is the size of a block, in bytes.
const markEvery = 1024

func newPlaces(file *source.File) *places {
	content := file.Content()
	p := &places{file: file, lines: []int32{0}, marks: make([]int32, 0, len(content)/markEvery+1)}
	count := int32(0)
	for i, c := range content {
		if i%markEvery == 0 {
			p.marks = append(p.marks, count)
		}
		if c == '\n' {
			p.lines = append(p.lines, int32(i)+1)
		}
		if utf8.RuneStart(c) {
			count++
		}
	}
	return p
}

// line is the index of the line that an offset is in.
func (p *places) line(offset int32) int {
	return sort.Search(len(p.lines), func(i int) bool { return p.lines[i] > offset }) - 1
}

// runes counts the code points before an offset of the file.
func (p *places) runes(offset int32) int32 {
	if len(p.marks) == 0 {
		return 0
	}
	block := min(int(offset)/markEvery, len(p.marks)-1)
	count := p.marks[block]
	for _, c := range p.file.Content()[block*markEvery : offset] {
		if utf8.RuneStart(c) {
			count++
		}
	}
	return count
}

// position is [source.File.Position].
func (p *places) position(offset int32) source.Position {
	offset = max(0, min(offset, int32(len(p.file.Content()))))
	line := p.line(offset)
	start := p.lines[line]
	if offset-start < markEvery {
		return source.Position{Line: line + 1, Col: utf8.RuneCount(p.file.Content()[start:offset]) + 1}
	}
	return source.Position{Line: line + 1, Col: int(p.runes(offset)-p.runes(start)) + 1}
}

// evidence makes evidence of a span of the file.
func (p *places) evidence(at source.Span) []Evidence {
	if at.IsZero() {
		return nil
	}
	start, end := p.position(at.Start), p.position(at.End)
	return []Evidence{{
		File: p.file.Path(), Line: start.Line, Col: start.Col, EndLine: end.Line, EndCol: end.Col,
		Excerpt: p.excerpt(at, start.Line-1),
	}}
}

// excerpt is the line that a span begins in, or what follows its start when that is far into a long line.
func (p *places) excerpt(at source.Span, line int) string {
	from, to := p.lines[line], int32(len(p.file.Content()))
	if line+1 < len(p.lines) {
		to = p.lines[line+1]
	}
	if at.Start-from > maxExcerpt {
		from = at.Start
	}
	to = min(to, from+4*maxExcerpt)
	text := strings.TrimSpace(strings.ToValidUTF8(p.file.Text(int(from), int(to)), "\uFFFD"))
	if r := []rune(text); len(r) > maxExcerpt {
		text = string(r[:maxExcerpt-1]) + "…"
	}
	return text
}
