package syntax

import (
	"bytes"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// The yaml library gives the line and column (in characters, from 1) where a node begins, and nothing about where it
// ends. This file turns the one into offsets and finds the other.

// cursor remembers the last position that was turned into an offset. Nodes come in the order of the text, so the next
// one is nearly always further on the same line: without this a file of one long line costs the square of its length.
type cursor struct {
	line, column, offset int
}

// lineBreak is the length of the line end at text[i], 0 when there is none. The library counts the line ends of YAML
// 1.1, so we have to.
func lineBreak(text []byte, i int) int {
	switch text[i] {
	case '\n':
		return 1
	case '\r':
		if i+1 < len(text) && text[i+1] == '\n' {
			return 2
		}
		return 1
	case 0xC2:
		if i+1 < len(text) && text[i+1] == 0x85 {
			return 2
		}
	case 0xE2:
		if i+2 < len(text) && text[i+1] == 0x80 && (text[i+2] == 0xA8 || text[i+2] == 0xA9) {
			return 3
		}
	}
	return 0
}

// lineStart is the offset of a line's first byte.
func (r *yamlReader) lineStart(line int) int {
	if r.lines == nil {
		r.lines = append(make([]int32, 0, len(r.tree.text)/24+2), int32(r.start))
		for i := r.start; i < len(r.tree.text); {
			if n := lineBreak(r.tree.text, i); n > 0 {
				i += n
				r.lines = append(r.lines, int32(i))
			} else {
				i++
			}
		}
	}
	if line < 1 {
		return r.start
	}
	if line > len(r.lines) {
		return len(r.tree.text)
	}
	return int(r.lines[line-1])
}

// offset is the byte at a line and column.
func (r *yamlReader) offset(line, column int) int {
	c := &r.cursor
	if c.line != line || c.column > column {
		*c = cursor{line: line, column: 1, offset: r.lineStart(line)}
	}
	for ; c.column < column && c.offset < len(r.tree.text); c.column++ {
		if r.tree.text[c.offset] < utf8.RuneSelf {
			c.offset++
			continue
		}
		_, size := utf8.DecodeRune(r.tree.text[c.offset:])
		c.offset += size
	}
	return c.offset
}

// column is the column (in bytes, from 0) of an offset; only for indentation, which is of spaces.
func (r *yamlReader) column(offset int) int {
	return offset - max(r.start, bytes.LastIndexByte(r.tree.text[:offset], '\n')+1)
}

// properties passes over the anchor and tag before a node's own text.
func (r *yamlReader) properties(n *yaml.Node, start int) int {
	if n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 {
		return start
	}
	text := r.tree.text
	last := start
	for i := start; i < len(text); {
		switch c := text[i]; {
		case c == '&' || c == '!':
			for i < len(text) && !isYAMLSpace(text[i]) && (c == '!' || !isFlowIndicator(text[i])) && (i == last || !isFlowIndicator(text[i])) {
				if c == '!' && text[i] == '<' {
					if j := bytes.IndexByte(text[i:], '>'); j >= 0 {
						i += j
					}
				}
				i++
			}
			last = i
		case isYAMLSpace(c):
			i++
		case c == '#':
			i = lineEnd(text, i)
		default:
			if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&quotedStyles == 0 {
				return last // an empty value: what follows belongs to another node
			}
			return i
		}
	}
	return last
}

func isYAMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isFlowIndicator(c byte) bool { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}' }

// lineEnd is the offset of the line end at or after i.
func lineEnd(text []byte, i int) int {
	if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}

// closing is the offset after the bracket that closes a flow collection whose last child ends at from; from itself
// when it is not there.
func (r *yamlReader) closing(from int, bracket byte) int {
	text := r.tree.text
	for i := from; i < len(text); {
		switch c := text[i]; {
		case c == bracket:
			return i + 1
		case isYAMLSpace(c) || c == ',' || c == ':' || c == '?':
			i++
		case c == '#':
			i = lineEnd(text, i)
		default:
			return from
		}
	}
	return from
}

// scalarEnd finds the end of a scalar in the text.
func (r *yamlReader) scalarEnd(n *yaml.Node, start, indent int) int {
	text := r.tree.text
	if start >= len(text) {
		return len(text)
	}
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		for i := start + 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(text)
	case n.Style&yaml.SingleQuotedStyle != 0:
		for i := start + 1; i < len(text); i++ {
			if text[i] == '\'' {
				if i+1 == len(text) || text[i+1] != '\'' {
					return i + 1
				}
				i++
			}
		}
		return len(text)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return blockScalarEnd(text, start, indent)
	}
	return plainEnd(text, start, n.Value)
}

// plainEnd matches a plain scalar with its text. A plain scalar has no escapes; only white space differs, because
// line ends are folded.
func plainEnd(text []byte, start int, value string) int {
	pos := start
	for i := 0; i < len(value); {
		if c := value[i]; c == ' ' || c == '\t' || c == '\n' {
			for i < len(value) && (value[i] == ' ' || value[i] == '\t' || value[i] == '\n') {
				i++
			}
			for pos < len(text) && (text[pos] == ' ' || text[pos] == '\t' || lineBreak(text, pos) > 0) {
				pos += max(1, lineBreak(text, pos))
			}
			continue
		}
		if pos >= len(text) || text[pos] != value[i] {
			return pos
		}
		pos++
		i++
	}
	return pos
}

// blockScalarEnd finds the end of a literal or folded scalar: the last line that is indented enough and not empty.
func blockScalarEnd(text []byte, start, indent int) int {
	header := lineEnd(text, start)
	content := -1
	for _, c := range text[start:header] {
		if c >= '1' && c <= '9' {
			content = max(indent, 0) + int(c-'0')
		}
		if c == ' ' || c == '#' {
			break
		}
	}
	end := header
	if end > start && text[end-1] == '\r' {
		end--
	}
	for at := header + 1; at < len(text); {
		next := lineEnd(text, at)
		line := bytes.TrimRight(text[at:next], "\r")
		spaces := len(line) - len(bytes.TrimLeft(line, " "))
		if spaces < len(line) {
			if content < 0 {
				content = spaces
				if spaces <= indent {
					return end
				}
			}
			if spaces < content {
				return end
			}
			if content == 0 && (bytes.HasPrefix(line, []byte("---")) || bytes.HasPrefix(line, []byte("..."))) {
				return end
			}
			end = at + len(line)
		}
		at = next + 1
	}
	return end
}
