package rule

import (
	"unicode/utf8"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// scalarMap gives, for each byte of a YAML scalar's decoded text (and one past the end), the offset in the file where
// it was written. Indentation, folded line breaks, quotes and escapes are what the two differ by, and all of them only
// add bytes to the file; so the decoded bytes are found in the written ones in order, and white space matches any.
func scalarMap(node syntax.Node) []int32 {
	span := node.Span()
	text := node.Text()
	written := span.Text()
	offsets := make([]int32, len(text)+1)
	at := 0
	// The header of a block scalar ("|", ">-") is not part of the text.
	if len(written) > 0 && (written[0] == '|' || written[0] == '>') {
		for at < len(written) && written[at] != '\n' {
			at++
		}
	}
	for i := range len(text) {
		if b := text[i]; blank(b) {
			offsets[i] = span.Start + int32(at)
			if at < len(written) && blank(written[at]) {
				at++
			}
			continue
		}
		for at < len(written) && written[at] != text[i] {
			at++
		}
		offsets[i] = span.Start + int32(min(at, len(written)))
		if at < len(written) {
			at++
		}
	}
	offsets[len(text)] = span.Start + int32(min(at, len(written)))
	return offsets
}

func blank(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// scalarSpan is the place in the file of the decoded bytes [start, end) of a scalar.
func scalarSpan(file *source.File, offsets []int32, start, end int) source.Span {
	last := len(offsets) - 1
	start, end = max(0, min(start, last)), max(0, min(end, last))
	from := offsets[start]
	to := from + 1
	if end > start {
		to = offsets[end-1] + 1
	}
	return source.Span{File: file, Start: from, End: max(to, from)}
}

// wordSpan is the place of one word at an offset of a scalar's text: up to the end of the identifier that begins there.
func wordSpan(file *source.File, offsets []int32, text string, start int) source.Span {
	end := start
	for end < len(text) && (text[end] == '_' || text[end] == '-' || text[end] >= '0' && text[end] <= '9' ||
		text[end] >= 'a' && text[end] <= 'z' || text[end] >= 'A' && text[end] <= 'Z') {
		end++
	}
	if end == start && start < len(text) {
		_, size := utf8.DecodeRuneInString(text[start:])
		end += size
	}
	return scalarSpan(file, offsets, start, end)
}
