package syntax

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// name reads a name, a keyword, or a string with a prefix.
func (p *pyLexer) name(start int) {
	text, i := p.text, start
	var high byte
	for i < len(text) && pyPart[text[i]] {
		high |= text[i]
		i++
	}
	if i < len(text) && i-start <= 2 && (text[i] == '"' || text[i] == '\'') {
		if flags, f, ok := pyPrefix(text[start:i]); ok {
			if f {
				p.fstring(start, i, flags)
			} else {
				p.stringToken(start, i, flags)
			}
			return
		}
	}
	p.kind, p.start, p.end, p.pos, p.flags = pyName, start, i, i, 0
	if high >= utf8.RuneSelf {
		if !p.opaque {
			p.checkName()
		}
		return
	}
	p.kind = pyKeyword(text[start:i])
}

// checkName looks at a name that is not plain ASCII. It cuts it off at the first character that no name may hold, such
// as a typographic quote, and marks it when Python takes it for another one.
func (p *pyLexer) checkName() {
	for i := p.start; i < p.end; {
		r, size := utf8.DecodeRune(p.text[i:p.end])
		if r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.In(r, unicode.Nl, unicode.Other_ID_Start,
			unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue) {
			if i == p.start {
				p.kind, i = pyUnknown, i+size
			} else {
				p.kind = pyKeyword(p.text[p.start:i])
			}
			p.end, p.pos = i, i
			return
		}
		i += size
	}
	if !norm.NFKC.IsNormal(p.text[p.start:p.end]) {
		p.flags = pyFolded
	}
}

// pyPrefix reads the letters before a string's quote.
func pyPrefix(letters []byte) (flags uint8, f, ok bool) {
	seen := 0
	for _, c := range letters {
		switch c | 0x20 {
		case 'r':
			flags |= pyRaw
			seen |= 1
		case 'b':
			flags |= pyBytes
			seen |= 2
		case 'f':
			f = true
			seen |= 4
		case 't':
			f = true
			flags |= pyTemplate
			seen |= 8
		case 'u':
			seen |= 16
		default:
			return 0, false, false
		}
	}
	if len(letters) == 2 {
		// "r" goes with "b", "f" and "t"; nothing else pairs.
		return flags, f, seen == 3 || seen == 5 || seen == 9
	}
	return flags, f, true
}

// number reads a number. It is generous about what is not one (0777, 1__0): such a file runs nowhere.
func (p *pyLexer) number(start int) {
	text, i := p.text, start
	if text[i] == '0' && i+1 < len(text) {
		switch text[i+1] | 0x20 {
		case 'x':
			i += 2
			for i < len(text) && (pyHex(text[i]) || text[i] == '_') {
				i++
			}
		case 'o', 'b':
			i += 2
			for i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] == '_') {
				i++
			}
		}
	}
	if i == start {
		i = p.digits(i)
		if i < len(text) && text[i] == '.' {
			i = p.digits(i + 1)
		}
		if i+1 < len(text) && text[i]|0x20 == 'e' {
			j := i + 1
			if (text[j] == '+' || text[j] == '-') && j+1 < len(text) {
				j++
			}
			if text[j] >= '0' && text[j] <= '9' {
				i = p.digits(j)
			}
		}
		if i < len(text) && text[i]|0x20 == 'j' {
			i++
		}
	}
	p.kind, p.start, p.end, p.pos = pyNumber, start, i, i
}

func (p *pyLexer) digits(i int) int {
	for i < len(p.text) && (p.text[i] >= '0' && p.text[i] <= '9' || p.text[i] == '_') {
		i++
	}
	return i
}

func pyHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}
