package syntax

import (
	"bytes"
	"unicode/utf8"
)

// stringToken reads a string that begins at start and whose quote stands at open.
func (p *pyLexer) stringToken(start, open int, flags uint8) {
	text, quote := p.text, p.text[open]
	p.start = start
	if open+2 < len(text) && text[open+1] == quote && text[open+2] == quote {
		p.tripleToken(open+3, quote, flags)
		return
	}
	for i := open + 1; i < len(text); i++ {
		switch text[i] {
		case quote:
			p.kind, p.end, p.pos, p.flags, p.content, p.tail = pyString, i+1, i+1, flags, open+1, 1
			return
		case '\\':
			flags |= pyEscaped
			i++
			if i+1 < len(text) && text[i] == '\r' && text[i+1] == '\n' {
				i++
			}
		case '\n', '\r':
			p.unterminated(i, i)
			return
		}
	}
	p.unterminated(len(text), len(text))
}

// tripleToken reads a triple-quoted string from its first byte of content. It goes by jumps: doc strings are a good
// part of all text.
func (p *pyLexer) tripleToken(body int, quote byte, flags uint8) {
	text, i := p.text, body
	near := -1 // the next quote at or after i, when known
	for {
		if near < i {
			n := bytes.IndexByte(text[i:], quote)
			if n < 0 {
				break
			}
			near = i + n
		}
		if n := bytes.IndexByte(text[i:near], '\\'); n >= 0 {
			flags |= pyEscaped
			i += n + 2
			if i > len(text) {
				break
			}
			continue
		}
		if near+2 < len(text) && text[near+1] == quote && text[near+2] == quote {
			p.kind, p.end, p.pos, p.flags, p.content, p.tail = pyString, near+3, near+3, flags, body, 3
			return
		}
		i = near + 1
	}
	p.unterminated(body, len(text))
}

// unterminated fails at the string that begins at p.start; scanned is how far its end was looked for.
func (p *pyLexer) unterminated(end, scanned int) {
	start := p.start
	p.end, p.pos = end, scanned
	p.bad("this string is not closed", start, end)
}

// fstring begins an f-string; its pieces are the tokens that follow.
func (p *pyLexer) fstring(start, open int, flags uint8) {
	text, quote := p.text, p.text[open]
	mode := pyMode{quote: quote, raw: flags&pyRaw != 0, literal: true}
	p.kind, p.start, p.flags = pyFStart, start, flags
	p.end = open + 1
	if open+2 < len(text) && text[open+1] == quote && text[open+2] == quote {
		mode.triple = true
		p.end = open + 3
	}
	p.pos = p.end
	p.push(mode)
}

func (p *pyLexer) push(mode pyMode) {
	if len(p.modes) >= maxFStringDepth {
		p.bad("f-strings nest too deep", p.start, p.end)
		p.broken.limit = true
		return
	}
	p.modes = append(p.modes, mode)
}

// nextLiteral goes to the next piece of an f-string: literal text, the beginning of a field, or the end; or of a
// format specification, which ends with its field.
func (p *pyLexer) nextLiteral() {
	m := &p.modes[len(p.modes)-1]
	text, i := p.text, p.pos
	p.start, p.flags = i, 0
	if m.raw {
		p.flags = pyRaw
	}
	for ; i < len(text); i++ {
		switch c := text[i]; c {
		case '{':
			if !m.field && i+1 < len(text) && text[i+1] == '{' {
				p.flags |= pyDoubled
				i++
				continue
			}
			if i > p.start {
				p.middle(i)
				return
			}
			p.depth++
			p.kind, p.end, p.pos = pyOpenBrace, i+1, i+1
			p.push(pyMode{quote: m.quote, triple: m.triple, raw: m.raw, field: true, depth: p.depth})
			return
		case '}':
			if !m.field && i+1 < len(text) && text[i+1] == '}' {
				p.flags |= pyDoubled
				i++
				continue
			}
			if i > p.start {
				p.middle(i)
				return
			}
			if !m.field {
				p.pos = i + 1
				p.bad("a single \"}\" in an f-string", i, i+1)
				return
			}
			p.depth--
			p.kind, p.end, p.pos = pyCloseBrace, i+1, i+1
			p.modes = p.modes[:len(p.modes)-1]
			return
		case '\\':
			p.flags |= pyEscaped
			if i+1 < len(text) && text[i+1] != '{' && text[i+1] != '}' {
				i++
				if text[i] == 'N' && !m.raw && i+1 < len(text) && text[i+1] == '{' {
					// \N{NAME}: its braces are not a field's.
					for i < len(text) && text[i] != '}' && text[i] != '\n' && text[i] != m.quote {
						i++
					}
					if i < len(text) && text[i] != '}' {
						i--
					}
				} else if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
					i++
				}
			}
		case '\n', '\r':
			if !m.triple {
				p.openLiteral(i, m.field)
				return
			}
		case m.quote:
			if m.triple && (i+2 >= len(text) || text[i+1] != c || text[i+2] != c) {
				continue
			}
			if m.field {
				p.openLiteral(i, true)
				return
			}
			if i > p.start {
				p.middle(i)
				return
			}
			size := 1
			if m.triple {
				size = 3
			}
			p.kind, p.end, p.pos = pyFEnd, i+size, i+size
			p.modes = p.modes[:len(p.modes)-1]
			return
		}
	}
	p.openLiteral(len(text), m.field)
}

func (p *pyLexer) middle(end int) {
	p.kind, p.end, p.pos, p.content, p.tail = pyFMiddle, end, end, p.start, 0
}

func (p *pyLexer) openLiteral(at int, field bool) {
	p.end, p.pos = at, at
	if field {
		p.bad("this f-string's field is not closed", p.start, at)
		return
	}
	p.bad("this f-string is not closed", p.start, at)
}

// decode appends what a string token's text stands for.
func (p *pyLexer) decode(out []byte, s []byte, flags uint8) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && flags&pyRaw == 0 && i+1 < len(s):
			var used int
			out, used = decodeEscape(out, s[i+1:], flags&pyBytes != 0)
			i += used
		case c == '\r':
			// Python reads every line break as "\n".
			out = append(out, '\n')
			if i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
		case (c == '{' || c == '}') && flags&pyDoubled != 0 && i+1 < len(s) && s[i+1] == c:
			out = append(out, c)
			i++
		case c >= utf8.RuneSelf && p.opaque && flags&pyBytes == 0:
			out = utf8.AppendRune(out, rune(c))
		default:
			out = append(out, c)
		}
	}
	return out
}

// decodeEscape appends what the escape after a backslash stands for and tells how many bytes it took. An escape
// that Python does not know, or that names a character by its Unicode name, stays as written.
func decodeEscape(out, s []byte, isBytes bool) ([]byte, int) {
	switch c := s[0]; c {
	case '\n':
		return out, 1
	case '\r':
		if len(s) > 1 && s[1] == '\n' {
			return out, 2
		}
		return out, 1
	case '\\', '\'', '"':
		return append(out, c), 1
	case 'a':
		return append(out, '\a'), 1
	case 'b':
		return append(out, '\b'), 1
	case 'f':
		return append(out, '\f'), 1
	case 'n':
		return append(out, '\n'), 1
	case 'r':
		return append(out, '\r'), 1
	case 't':
		return append(out, '\t'), 1
	case 'v':
		return append(out, '\v'), 1
	case '0', '1', '2', '3', '4', '5', '6', '7':
		value, n := rune(0), 0
		for n < 3 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
			value = value*8 + rune(s[n]-'0')
			n++
		}
		return appendCode(out, value, isBytes), n
	case 'x':
		if value, ok := hexValue(s[1:], 2); ok {
			return appendCode(out, value, isBytes), 3
		}
	case 'u':
		if value, ok := hexValue(s[1:], 4); ok && !isBytes {
			return appendCode(out, value, false), 5
		}
	case 'U':
		if value, ok := hexValue(s[1:], 8); ok && !isBytes {
			return appendCode(out, value, false), 9
		}
	}
	return append(out, '\\'), 0
}

// appendCode appends a code point, or in bytes the byte. Half a surrogate pair becomes U+FFFD.
func appendCode(out []byte, value rune, isBytes bool) []byte {
	if isBytes {
		return append(out, byte(value))
	}
	return utf8.AppendRune(out, value)
}

func hexValue(s []byte, digits int) (rune, bool) {
	if len(s) < digits {
		return 0, false
	}
	value := rune(0)
	for _, c := range s[:digits] {
		switch {
		case c >= '0' && c <= '9':
			value = value<<4 | rune(c-'0')
		case pyHex(c):
			value = value<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return value, true
}
