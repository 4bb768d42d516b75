package syntax

import (
	"bytes"
	"slices"
)

// maxJSNesting bounds what esbuild's recursion may meet. Its frames are large: at this depth of the worst construct
// the stack is well below the 1 GB at which Go gives up, and no file that a person wrote comes near.
const maxJSNesting = 4000

// jsTooDeep is the offset of the first place that is nested too deep, or -1.
func jsTooDeep(text []byte) int {
	s := jsScan{text: text}
	for s.next() {
		if s.total() > maxJSNesting || len(s.open) > MaxDepth {
			return s.pos - 1
		}
	}
	return -1
}

// jsScan goes over the text with just enough understanding of texts, comments, templates and regular expressions to
// follow brackets. It also counts, between the places where a statement or an element of a list must end, what makes
// a parser or a visitor of its tree recurse without a bracket: prefix operators, conditionals, arrows, "else if",
// chains of calls and members. It counts too much rather than too little.
type jsScan struct {
	text []byte
	pos  int
	jsLevel
	open []jsOpen

	prev      byte   // the last character that was not white space or a comment; 'a' for words, '"' for texts
	word      []byte // the last word, when prev is 'a'
	condition bool   // prev is the parenthesis that closes the condition of an if, while, for or with
	line      bool   // a line ended since prev
}

// jsLevel is what is counted between two brackets. The parts end at different places.
type jsLevel struct {
	inside   int // at the bracket
	depth    int // on top of that, up to a comma or the end of the statement
	chain    int // of one operand: calls, members, templates
	types    int // open parameters of types, up to the end of the statement
	elses    int // of one chain of "else if"
	elements int // of JSX, up to their closing tags
}

func (l *jsLevel) total() int { return l.inside + l.depth + l.chain + l.types + l.elses + l.elements }

// end is the end of a statement.
func (l *jsLevel) end() { l.depth, l.chain, l.types = 0, 0, 0 }

// jsOpen is an open bracket, and what was counted outside of it.
type jsOpen struct {
	at        int
	closer    byte
	outside   jsLevel
	condition bool
}

func (s *jsScan) push(closer byte) {
	o := jsOpen{at: s.pos, closer: closer}
	if s.afterOperand() {
		s.chain++ // a call or an index
	} else if closer == ')' && s.prev == 'a' {
		switch string(s.word) {
		case "if", "while", "for", "with":
			o.condition = true
		}
	}
	o.outside = s.jsLevel
	s.open = append(s.open, o)
	s.jsLevel = jsLevel{inside: s.total() + 1}
}

// pop closes the nearest bracket of the kind, if it is near: a miscount must not spread over the file.
func (s *jsScan) pop(closer byte) {
	for i := len(s.open) - 1; i >= 0 && i >= len(s.open)-3; i-- {
		if s.open[i].closer == closer {
			s.jsLevel, s.condition = s.open[i].outside, s.open[i].condition
			s.open = s.open[:i]
			return
		}
	}
}

// jsOperators are words after which an operand follows, so that a slash begins a regular expression and a line end
// ends nothing.
var jsOperators = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range []string{
		"typeof", "void", "delete", "await", "yield", "new", "if", "for", "while", "do", "else", "with", "return",
		"case", "throw", "in", "of", "instanceof", "as", "is", "satisfies", "extends", "keyof", "infer", "readonly",
		"unique", "async", "abstract", "const", "let", "var", "export", "default", "import", "from", "class", "static",
		"public", "private", "protected", "declare", "type", "interface", "namespace", "enum", "asserts",
	} {
		words[w] = true
	}
	return words
}()

// afterOperand tells whether an operand has just ended, so that what follows continues it or is infix.
func (s *jsScan) afterOperand() bool {
	switch s.prev {
	case 'a':
		return !jsOperators[string(s.word)]
	case ')':
		return !s.condition
	case '"', ']', '}':
		return true
	}
	return false
}

// next goes over one token or one stretch of white space; false at the end.
func (s *jsScan) next() bool {
	text := s.text
	if s.pos >= len(text) {
		return false
	}
	c := text[s.pos]
	follows := func(b byte) bool { return s.pos+1 < len(text) && text[s.pos+1] == b }
	switch c {
	case '\n', '\r':
		s.line = true
		s.pos++
		return true
	case ' ', '\t':
		s.pos++
		return true
	case '(':
		s.push(')')
	case '[':
		s.push(']')
	case '{':
		s.push('}')
	case ')', ']':
		s.condition = false
		s.pop(c)
	case '}':
		if n := len(s.open); n > 0 && s.open[n-1].closer == '`' {
			s.jsLevel = s.open[n-1].outside
			s.open = s.open[:n-1]
			s.pos++
			s.template()
			return true
		}
		s.pop(c)
	case ',':
		s.depth, s.chain = 0, 0
	case ';':
		s.end()
	case '"', '\'':
		for s.pos++; s.pos < len(text) && text[s.pos] != c && text[s.pos] != '\n'; s.pos++ {
			if text[s.pos] == '\\' {
				s.pos++
			}
		}
		c = '"'
	case '`':
		if s.afterOperand() {
			s.chain++
		}
		s.pos++
		s.template()
		return true
	case '/':
		switch {
		case follows('/'):
			s.pos = lineEnd(text, s.pos)
			return true
		case follows('*'):
			if end := bytes.Index(text[s.pos+2:], []byte("*/")); end >= 0 {
				s.pos += end + 4
			} else {
				s.pos = len(text)
			}
			return true
		case !s.afterOperand() && s.prev != '<' && !follows('>'):
			s.regexp()
			return true
		}
	case '!', '~', '@', ':', '=':
		if c == '!' && s.afterOperand() {
			s.chain++
		} else {
			s.depth, s.chain = s.depth+1, 0
		}
	case '.':
		s.chain++
	case '?':
		if !follows('.') {
			s.depth, s.chain = s.depth+1, 0
		}
	case '<':
		s.angle()
	case '>':
		switch {
		case s.prev == '/' && s.elements > 0:
			s.elements--
		case s.prev != '=' && s.types > 0:
			s.types--
		}
	case '+', '-', '*', '&', '|', '^', '%':
		if !s.afterOperand() {
			s.depth++
		}
		s.chain = 0
	case '\\':
		s.pos++
	default:
		if isJSWord(c) {
			s.name()
			return true
		}
	}
	s.prev, s.line = c, false
	s.pos++
	return true
}

// angle counts a "<": of a type's parameters, of a cast, or of an element.
func (s *jsScan) angle() {
	next := byte(' ')
	if s.pos+1 < len(s.text) {
		next = s.text[s.pos+1]
	}
	operand := s.afterOperand()
	switch {
	case next == '/':
		s.elements = max(0, s.elements-1)
	case next == ' ' || next == '=':
	default:
		if !operand {
			s.depth++
		} else {
			s.types++
		}
		if (next == '>' || isJSWord(next)) && (!operand || s.elements > 0) {
			s.elements++
		}
	}
}

// name goes over a name, keyword or number.
func (s *jsScan) name() {
	start := s.pos
	for s.pos < len(s.text) && isJSWord(s.text[s.pos]) {
		s.pos++
	}
	word := s.text[start:s.pos]
	// A line that ends after an operand, with a word to follow, is the end of a statement, except before words that
	// stand between operands.
	infix := slices.Contains([]string{"in", "of", "instanceof", "as", "is", "satisfies", "extends", "else"}, string(word))
	if s.line && s.afterOperand() && !infix {
		s.end()
	}
	if string(word) == "else" {
		s.elses++
	} else if s.prev == ';' || s.prev == '}' {
		s.elses = 0
	}
	switch string(word) {
	case "var", "return", "case", "export", "throw", "break", "continue": // only statements begin with these
		if s.prev != '.' {
			s.end()
		}
	case "typeof", "void", "delete", "await", "yield", "new", "if", "for", "while", "do", "else", "with", "keyof",
		"infer", "readonly", "unique", "async", "extends", "abstract", "asserts", "class":
		s.depth++
	}
	s.prev, s.word, s.line = 'a', word, false
}

// regexp goes over a regular expression; when it does not end on its line it was none.
func (s *jsScan) regexp() {
	s.prev, s.line = '"', false
	class := false
	for i := s.pos + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\n':
			s.pos++
			s.prev = '/'
			return
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '/':
			if !class {
				s.pos = i + 1
				return
			}
		}
	}
	s.pos++
	s.prev = '/'
}

// template goes over the text of a template up to its end or to the next "${".
func (s *jsScan) template() {
	for s.pos < len(s.text) {
		switch s.text[s.pos] {
		case '\\':
			s.pos++
		case '`':
			s.pos++
			s.prev, s.line = '"', false
			return
		case '$':
			if s.pos+1 < len(s.text) && s.text[s.pos+1] == '{' {
				s.pos++
				s.prev = '{'
				s.push('`')
				s.pos++
				return
			}
		}
		s.pos++
	}
}
