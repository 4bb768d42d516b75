package syntax

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a quoted text.
func (r *jsonReader) str(parent int32) {
	start := r.pos
	plain, end, closed := scanJSONString(r.text, start)
	if !closed {
		r.complain("a text is not closed on its line", start, start+1)
	}
	r.pos = end
	id := r.add(parent, String, start, end)
	inner := end
	if closed {
		inner--
	}
	if plain {
		r.setText(id, start+1, inner)
		return
	}
	value, bad := decodeJSONString(r.text, start+1, inner)
	if bad >= 0 {
		r.complain("this escape is not of JSON", bad, bad+2)
	}
	r.setString(id, value)
}

// scanJSONString finds the end of the text whose quote stands at start. Plain means that it has no escapes.
func scanJSONString(text []byte, start int) (plain bool, end int, closed bool) {
	quote := text[start]
	plain = true
	for i := start + 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return plain, i + 1, true
		case c == '\\':
			plain = false
			i++
		case c == '\n':
			return plain, i, false
		}
	}
	return plain, len(text), false
}

// decodeJSONString decodes escapes in text[start:end]; bad is the offset of the first wrong escape, or -1.
func decodeJSONString(text []byte, start, end int) (value string, bad int) {
	out := make([]byte, 0, end-start)
	bad = -1
	for i := start; i < end; {
		c := text[i]
		if c != '\\' {
			out = append(out, c)
			i++
			continue
		}
		decoded, size := decodeJSONEscape(text[i:end])
		if size == 0 {
			if bad < 0 {
				bad = i
			}
			out = append(out, c)
			i++
			continue
		}
		if decoded >= 0 {
			out = utf8.AppendRune(out, decoded)
		}
		i += size
	}
	return string(out), bad
}

// decodeJSONEscape decodes the escape at the start of s, which is a backslash; size 0 when it is none, and a negative
// rune when it decodes to nothing (an escaped line end).
func decodeJSONEscape(s []byte) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/', '\'':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case '\n':
		return -1, 2
	case 'u':
		first, ok := hex4(s[2:])
		if !ok {
			return 0, 0
		}
		if !utf16.IsSurrogate(first) {
			return first, 6
		}
		if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			if second, ok := hex4(s[8:]); ok {
				if pair := utf16.DecodeRune(first, second); pair != utf8.RuneError {
					return pair, 12
				}
			}
		}
		return utf8.RuneError, 6
	}
	return 0, 0
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[:4]), 16, 16)
	return rune(n), err == nil
}
