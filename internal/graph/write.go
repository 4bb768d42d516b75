package graph

import (
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// sink collects bytes and hands them on in large pieces. It keeps the first error.
type sink struct {
	w   io.Writer
	buf []byte
	err error
}

// pass hands the bytes on if there are at least so many.
func (s *sink) pass(atLeast int) error {
	if len(s.buf) >= atLeast {
		if s.err == nil {
			_, s.err = s.w.Write(s.buf)
		}
		s.buf = s.buf[:0]
	}
	return s.err
}

const pieces = 1 << 16

// WriteJSON writes {"reached":[{"id":…,"cost":…},…]} with the reached nodes in ascending order of their ids, one a line.
func (s *Solution) WriteJSON(w io.Writer) error {
	out := sink{w: w}
	out.buf = append(out.buf, `{"reached":[`...)
	sep, end := "\n", "]}\n"
	for v := range s.cells {
		if s.cells[v].rank < 0 {
			continue
		}
		out.buf = append(out.buf, sep...)
		out.buf = append(out.buf, `{"id":`...)
		out.buf = appendString(out.buf, s.g.ids[v])
		out.buf = append(out.buf, `,"cost":`...)
		out.buf = appendNumber(out.buf, s.cells[v].cost)
		out.buf = append(out.buf, '}')
		sep, end = ",\n", "\n]}\n"
		if err := out.pass(pieces); err != nil {
			return err
		}
	}
	out.buf = append(out.buf, end...)
	return out.pass(0)
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
