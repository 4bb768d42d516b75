package graph

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON of a known shape without building values in between; on large graphs the general decoder of the
// standard library takes several times as long as everything else. It is as strict as RFC 8259: valid UTF-8, no lone
// surrogates, no leading zeros, no trailing commas.
type scanner struct {
	data []byte
	pos  int
	buf  []byte // holds the last string that had escapes
}

// fault is an error at a byte position.
type fault struct {
	line, col int // counted from 1, columns in characters
	text      string
}

func (f *fault) Error() string { return fmt.Sprintf("%d:%d: %s", f.line, f.col, f.text) }

func (s *scanner) fault(at int, format string, args ...any) error {
	before := s.data[:at]
	return &fault{
		line: 1 + bytes.Count(before, []byte{'\n'}),
		col:  1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
		text: fmt.Sprintf(format, args...),
	}
}

// within says in which part of the document an error is; the position stays in front.
func within(part string, err error) error {
	var f *fault
	if !errors.As(err, &f) {
		return fmt.Errorf("%s: %w", part, err)
	}
	return &fault{f.line, f.col, part + ": " + f.text}
}

// found names what stands at the current position, for an error.
func (s *scanner) found() string {
	if s.pos >= len(s.data) {
		return "the end of the file"
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return strconv.QuoteRune(r)
}

// validText refuses invalid UTF-8 once for the whole input, so that nothing later has to look.
func (s *scanner) validText() error {
	if utf8.Valid(s.data) {
		return nil
	}
	for at := 0; ; {
		r, size := utf8.DecodeRune(s.data[at:])
		if r == utf8.RuneError && size == 1 {
			return s.fault(at, "not valid UTF-8")
		}
		at += size
	}
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek skips space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) expect(c byte, what string) error {
	if s.peek() != c || s.pos >= len(s.data) {
		return s.fault(s.pos, "expected %s, found %s", what, s.found())
	}
	s.pos++
	return nil
}

// object reads an object and calls field with each key and its position; field reads the value.
func (s *scanner) object(field func(key []byte, at int) error) error {
	if err := s.expect('{', "an object"); err != nil {
		return err
	}
	for first := true; ; first = false {
		if first && s.peek() == '}' {
			break
		}
		s.space()
		at := s.pos
		key, err := s.text("a key")
		if err != nil {
			return err
		}
		if err := s.expect(':', `":"`); err != nil {
			return err
		}
		s.space()
		if err := field(key, at); err != nil {
			return err
		}
		if c := s.peek(); c == '}' {
			break
		} else if c != ',' {
			return s.fault(s.pos, `expected "," or "}", found %s`, s.found())
		}
		s.pos++
	}
	s.pos++
	return nil
}

// array reads an array and calls element with each position in it; element reads the value.
func (s *scanner) array(what string, element func(i int) error) error {
	if s.peek() != '[' {
		return s.fault(s.pos, "expected an array for %s, found %s", what, s.found())
	}
	s.pos++
	for i := 0; ; i++ {
		if i == 0 && s.peek() == ']' {
			break
		}
		s.space()
		if err := element(i); err != nil {
			return err
		}
		if c := s.peek(); c == ']' {
			break
		} else if c != ',' {
			return s.fault(s.pos, `expected "," or "]", found %s`, s.found())
		}
		s.pos++
	}
	s.pos++
	return nil
}

// text reads a string. The slice is valid until the next call.
func (s *scanner) text(what string) ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.fault(s.pos, "%s must be a string, found %s", what, s.found())
	}
	begin := s.pos + 1
	for i := begin; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return s.data[begin:i], nil
		case c == '\\':
			return s.escaped(begin, i)
		case c < ' ':
			return nil, s.fault(i, "control character in a string")
		}
	}
	return nil, s.fault(begin-1, "string without an end")
}

// escaped goes on with a string whose first backslash is at i.
func (s *scanner) escaped(begin, i int) ([]byte, error) {
	s.buf = append(s.buf[:0], s.data[begin:i]...)
	for i < len(s.data) {
		c := s.data[i]
		switch {
		case c == '"':
			s.pos = i + 1
			return s.buf, nil
		case c < ' ':
			return nil, s.fault(i, "control character in a string")
		case c != '\\':
			s.buf = append(s.buf, c)
			i++
			continue
		}
		if i+1 >= len(s.data) {
			break
		}
		plain := bytes.IndexByte([]byte(`"\/bfnrt`), s.data[i+1])
		if plain >= 0 {
			s.buf = append(s.buf, "\"\\/\b\f\n\r\t"[plain])
			i += 2
			continue
		}
		r, size := s.unicode(i)
		if size == 0 {
			return nil, s.fault(i, "invalid escape in a string")
		}
		s.buf = utf8.AppendRune(s.buf, r)
		i += size
	}
	return nil, s.fault(begin-1, "string without an end")
}

// unicode reads \uXXXX, or two of them for a character outside the basic plane. Size 0 means that it is none.
func (s *scanner) unicode(i int) (rune, int) {
	hex := func(i int) rune {
		if i+6 > len(s.data) || s.data[i] != '\\' || s.data[i+1] != 'u' {
			return -1
		}
		r := rune(0)
		for _, c := range s.data[i+2 : i+6] {
			switch {
			case '0' <= c && c <= '9':
				r = r<<4 | rune(c-'0')
			case 'a' <= c|0x20 && c|0x20 <= 'f':
				r = r<<4 | rune(c|0x20-'a'+10)
			default:
				return -1
			}
		}
		return r
	}
	r := hex(i)
	if r < 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if r = utf16.DecodeRune(r, hex(i+6)); r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

// powers of ten that a float64 holds exactly.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// number reads a number. Up to 15 digits without an exponent are converted exactly by one division; the rest is left to
// the standard library.
func (s *scanner) number(what string) (float64, error) {
	s.space()
	begin := s.pos
	i := begin
	digits := func() (n int) {
		for i < len(s.data) && '0' <= s.data[i] && s.data[i] <= '9' {
			i++
			n++
		}
		return n
	}
	is := func(c byte) bool { return i < len(s.data) && s.data[i] == c }
	if is('-') {
		i++
	}
	whole := i
	if digits() == 0 {
		return 0, s.fault(begin, "%s must be a number, found %s", what, s.found())
	}
	bad := s.data[whole] == '0' && i-whole > 1
	point := i
	if is('.') {
		i++
		bad = digits() == 0 || bad
	}
	end := i
	if is('e') || is('E') {
		i++
		if is('+') || is('-') {
			i++
		}
		bad = digits() == 0 || bad
	}
	if bad {
		return 0, s.fault(begin, "%s is no valid number", what)
	}
	s.pos = i
	if i == end && end-whole <= len(powers) {
		m, frac := uint64(0), max(end-point-1, 0)
		for _, c := range s.data[whole:end] {
			if c != '.' {
				m = m*10 + uint64(c-'0')
			}
		}
		x := float64(m) / powers[frac]
		if whole > begin {
			x = -x
		}
		return x, nil
	}
	x, err := strconv.ParseFloat(string(s.data[begin:i]), 64)
	if err != nil || math.IsInf(x, 0) {
		return 0, s.fault(begin, "%s is out of range", what)
	}
	return x, nil
}
