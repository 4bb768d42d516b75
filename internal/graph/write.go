package graph

import (
	"bufio"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// WriteJSON writes {"reached":[{"id":…,"cost":…},…]} with the reached nodes in ascending order of their ids, one a line.
func (s *Solution) WriteJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var line []byte
	sep := `{"reached":[`
	for v := range s.cells {
		if s.cells[v].rank < 0 {
			continue
		}
		line = append(line[:0], sep...)
		line = append(line, "\n{\"id\":"...)
		line = appendString(line, s.g.ids[v])
		line = append(line, `,"cost":`...)
		line = appendNumber(line, s.cells[v].cost)
		line = append(line, '}')
		out.Write(line) // a bufio.Writer keeps its first error for Flush
		sep = ","
	}
	if sep != "," {
		out.WriteString(sep)
		out.WriteString("]}\n")
	} else {
		out.WriteString("\n]}\n")
	}
	return out.Flush()
}

// appendNumber writes the shortest decimal that reads back as x; very large and small ones with an exponent.
func appendNumber(b []byte, x float64) []byte {
	if a := math.Abs(x); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(b, x, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, x, 'f', -1, 64)
}

// appendString writes a JSON string. Besides what JSON demands it escapes control characters, line separators and marks of
// writing direction, so that an id can neither speak to a terminal nor change how a line reads.
func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200e && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			b = append(b, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
