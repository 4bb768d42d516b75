package syntax

import "bytes"

// pyMode says how the text inside an f-string is read just now. Modes nest as f-strings and their fields do.
type pyMode struct {
	quote   byte
	triple  bool
	raw     bool
	literal bool // literal text; otherwise the expression of a field
	field   bool // a field or its format specification, begun by "{"
	depth   int  // open brackets inside of which the field's own ":" "!" and "}" stand
}

// maxFStringDepth bounds f-strings within fields of f-strings; CPython's bound is 150.
const maxFStringDepth = 150

// Flags of a string token, and one of a name.
const (
	pyRaw      uint8 = 1 << iota
	pyBytes          // b"…"
	pyEscaped        // holds a backslash
	pyTemplate       // t"…"
	pyDoubled        // an f-string's "{{" or "}}"
	pyFolded         // of a name: written with characters that Python reads as others
)

// pyPart marks bytes that continue a name.
var pyPart = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
	}
	return table
}()

// pyLexer cuts Python text into tokens, one at a time, on the way of the parser: there is no list of tokens.
type pyLexer struct {
	text   []byte
	hasCR  bool // the text holds carriage returns somewhere
	opaque bool // the text is not UTF-8: bytes above 0x7f are taken as Latin-1 letters

	// The current token.
	kind       pyToken
	start, end int
	flags      uint8 // of a string or name
	content    int   // a string's first byte after prefix and quote
	tail       int   // length of its closing quote

	pos     int  // where the next token is looked for
	before  int  // end of the token before, for the end of nodes
	depth   int  // open brackets: inside of them lines do not end
	fresh   bool // at the start of a logical line
	column  int  // indentation of the current logical line; tabs go to multiples of eight
	modes   []pyMode
	broken  pyFailure // what is wrong with a pyBroken
	failure pyFailure
}

// pyFailure is the first syntax error of the statement at hand. While it stands every token is pyFail, so that all
// rules come to their end by themselves.
type pyFailure struct {
	is         bool
	limit      bool // a limit was reached, rather than a rule broken
	message    string
	start, end int
	char       byte // the first byte of the token that did not fit
}

// bad makes a pyBroken the current token. That is no failure yet: it may stand in the line behind the statement at
// hand, and only the rule that meets it fails.
func (p *pyLexer) bad(message string, start, end int) {
	p.kind, p.broken = pyBroken, pyFailure{message: message, start: start, end: end}
}

// fail notes a syntax error; only the first counts.
func (p *pyLexer) fail(message string, start, end int) {
	if p.failure.is {
		return
	}
	if p.kind == pyBroken {
		p.failure = p.broken
	} else {
		p.failure = pyFailure{message: message, start: start, end: end}
	}
	p.failure.is = true
	if p.failure.start < len(p.text) {
		p.failure.char = p.text[p.failure.start]
	}
	p.kind = pyFail
}

// next goes to the next token.
func (p *pyLexer) next() {
	if p.failure.is || p.kind == pyBroken {
		return
	}
	p.before = p.end
	if len(p.modes) != 0 && p.modes[len(p.modes)-1].literal {
		p.nextLiteral()
		return
	}
	if p.fresh {
		p.indentation()
	}
	text, i := p.text, p.pos
	for {
		for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\f') {
			i++
		}
		if i >= len(text) {
			p.start, p.pos, p.kind = i, i, pyEOF
			p.end = p.before
			return
		}
		c := text[i]
		if pyPart[c] {
			if c <= '9' {
				p.number(i)
			} else {
				p.name(i)
			}
			return
		}
		switch c {
		case '\n', '\r':
			if p.depth > 0 {
				i++
				continue
			}
			p.kind, p.start, p.end, p.fresh = pyNewline, i, p.before, true
			p.pos = p.afterNewline(i)
			return
		case '#':
			i = p.lineEnd(i)
			continue
		case '\\':
			if i+1 < len(text) && (text[i+1] == '\n' || text[i+1] == '\r') {
				i = p.afterNewline(i + 1)
				continue
			}
			p.start, p.end, p.pos = i, i+1, i+1
			p.bad("unexpected character after a line continuation", i, i+1)
			return
		case '"', '\'':
			p.stringToken(i, i, 0)
			return
		}
		p.operator(i, c)
		return
	}
}

// afterNewline is the offset behind the line break at i.
func (p *pyLexer) afterNewline(i int) int {
	if p.text[i] == '\r' && i+1 < len(p.text) && p.text[i+1] == '\n' {
		return i + 2
	}
	return i + 1
}

// lineEnd is the offset of the next line break at or after i, or the end of the text.
func (p *pyLexer) lineEnd(i int) int {
	if p.hasCR {
		for i < len(p.text) && p.text[i] != '\n' && p.text[i] != '\r' {
			i++
		}
		return i
	}
	if n := bytes.IndexByte(p.text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(p.text)
}

// indentation passes over blank lines and comments to the next logical line and measures it.
func (p *pyLexer) indentation() {
	p.fresh = false
	text, i, column := p.text, p.pos, 0
	for i < len(text) {
		switch text[i] {
		case ' ':
			column++
		case '\t':
			column = column&^7 + 8
		case '\f', '\n', '\r':
			column = 0
		case '#':
			i = p.lineEnd(i)
			column = 0
			continue
		default:
			p.pos, p.column = i, column
			return
		}
		i++
	}
	p.pos, p.column = i, 0
}

// operator reads an operator or a bracket.
func (p *pyLexer) operator(i int, c byte) {
	text := p.text
	var second, third byte
	if i+1 < len(text) {
		second = text[i+1]
	}
	if i+2 < len(text) {
		third = text[i+2]
	}
	kind, size := pyUnknown, 1
	// augmented takes the operator of n bytes, or with "=" behind it the statement's.
	augmented := func(plain pyToken, n int, after byte) {
		kind, size = plain, n
		if after == '=' {
			kind, size = pyAug, n+1
		}
	}
	switch c {
	case '(':
		kind = pyOpenParen
		p.depth++
	case '[':
		kind = pyOpenBracket
		p.depth++
	case '{':
		kind = pyOpenBrace
		p.depth++
	case ')':
		kind = pyCloseParen
		p.depth--
	case ']':
		kind = pyCloseBracket
		p.depth--
	case '}':
		kind = pyCloseBrace
		if p.inField() {
			p.modes = p.modes[:len(p.modes)-1]
		}
		p.depth--
	case ',':
		kind = pyComma
	case ';':
		kind = pySemicolon
	case ':':
		switch {
		case p.inField():
			kind = pyColon
			p.modes[len(p.modes)-1].literal = true
		case second == '=':
			kind, size = pyWalrus, 2
		default:
			kind = pyColon
		}
	case '.':
		switch {
		case second == '.' && third == '.':
			kind, size = pyEllipsis, 3
		case second >= '0' && second <= '9':
			p.number(i)
			return
		default:
			kind = pyDot
		}
	case '=':
		kind = pyAssign
		if second == '=' {
			kind, size = pyRelation, 2
		}
	case '!':
		kind = pyBang
		if second == '=' {
			kind, size = pyRelation, 2
		}
	case '<':
		switch second {
		case '<':
			augmented(pyShift, 2, third)
		case '=', '>':
			kind, size = pyRelation, 2
		default:
			kind = pyRelation
		}
	case '>':
		switch second {
		case '>':
			augmented(pyShift, 2, third)
		case '=':
			kind, size = pyRelation, 2
		default:
			kind = pyRelation
		}
	case '-':
		if second == '>' {
			kind, size = pyArrow, 2
		} else {
			augmented(pyMinus, 1, second)
		}
	case '+':
		augmented(pyPlus, 1, second)
	case '*':
		if second == '*' {
			augmented(pyStarStar, 2, third)
		} else {
			augmented(pyStar, 1, second)
		}
	case '/':
		if second == '/' {
			augmented(pySlash, 2, third)
		} else {
			augmented(pySlash, 1, second)
		}
	case '%':
		augmented(pyPercent, 1, second)
	case '&':
		augmented(pyAmpersand, 1, second)
	case '|':
		augmented(pyPipe, 1, second)
	case '^':
		augmented(pyCaret, 1, second)
	case '@':
		augmented(pyAt, 1, second)
	case '~':
		kind = pyTilde
	}
	p.kind, p.start, p.end, p.pos = kind, i, i+size, i+size
}

// inField tells whether the next token stands directly in a field of an f-string, not in brackets inside of it.
func (p *pyLexer) inField() bool {
	if len(p.modes) == 0 {
		return false
	}
	m := &p.modes[len(p.modes)-1]
	return m.field && m.depth == p.depth
}
