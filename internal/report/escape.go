package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Shell quotes a word for a shell, so that a command with an id from a hostile tree can be copied and run. A word that no shell
// takes for anything else stays as it is.
func Shell(word string) string {
	word = Plain(word)
	special := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:@+,%=", r))
	}
	if word != "" && word[0] != '-' && strings.IndexFunc(word, special) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// EscapeJSON writes the characters of a JSON document that a terminal obeys as \u escapes: control characters and the
// marks that turn text around. They stand only inside strings, where the escape reads back as the same text; line ends
// between values stay.
func EscapeJSON(document []byte) []byte {
	special := func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }
	var out []byte
	kept := 0 // everything before is in out
	for i := 0; i < len(document); {
		if c := document[i]; c >= ' ' && c < 0x7f || c == '\n' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(document[i:])
		if special(r) {
			out = append(out, document[kept:i]...)
			if r > 0xffff {
				high, low := utf16.EncodeRune(r)
				out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			kept = i + size
		}
		i += size
	}
	if kept == 0 {
		return document
	}
	return append(out, document[kept:]...)
}

// Markdown writes a text so that no Markdown reader takes any of it for markup, a link, a mention or HTML; line ends
// become blanks. What cannot be markup where it stands is left as it is, so that ids stay legible in the source.
func Markdown(text string) string {
	var b strings.Builder
	list := []rune(Plain(text))
	inWord := func(i int) bool { // between letters or digits
		word := func(j int) bool {
			return j >= 0 && j < len(list) && (unicode.IsLetter(list[j]) || unicode.IsDigit(list[j]))
		}
		return word(i-1) && word(i+1)
	}
	for i, r := range list {
		switch {
		case r == '&':
			b.WriteString("&amp;")
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '@':
			b.WriteString("&#64;") // no mention of a person
		case r == '#':
			b.WriteString("&#35;") // no heading, no reference to an issue
		case r == '|':
			b.WriteString("&#124;") // no new cell, in and out of code
		case r == ':' && opens(list[i+1:]):
			b.WriteString("&#58;") // no bare link, no emoji name
		case r == '_' && inWord(i): // emphasis does not begin or end within a word
			b.WriteRune(r)
		case strings.ContainsRune("\\`*_{}[]!~$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return lineStart(b.String())
}

// opens tells whether a colon before this text could begin the rest of a link's scheme or the name of an emoji.
func opens(rest []rune) bool {
	for i, r := range rest {
		switch {
		case r == ':':
			return i > 0
		case r == '/':
			return i == 0
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '+' && r != '-':
			return false
		}
	}
	return false
}

// lineStart keeps the first character of a text from beginning a list, a heading underline or a quotation.
func lineStart(text string) string {
	trimmed := strings.TrimLeft(text, " ")
	if trimmed == "" {
		return trimmed
	}
	if strings.ContainsRune("-+=", rune(trimmed[0])) {
		return "\\" + trimmed
	}
	digits := strings.TrimLeft(trimmed, "0123456789")
	if n := len(trimmed) - len(digits); n > 0 && (digits == "." || strings.HasPrefix(digits, ". ")) {
		return trimmed[:n] + "\\" + digits
	}
	return trimmed
}

// MarkdownCode writes a text as inline code: a plain code span where nothing in it can end the span, the cell of a
// table or be taken for HTML, and otherwise an element whose every doubtful character is an entity.
func MarkdownCode(text string) string {
	text = strings.TrimSpace(Plain(text))
	if text == "" {
		return ""
	}
	if !strings.ContainsAny(text, "`<|\\") {
		return "`" + text + "`"
	}
	var b strings.Builder
	b.WriteString("<code>")
	for _, r := range text {
		if r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" ./,;-+=%", r) {
			fmt.Fprintf(&b, "&#%d;", r)
		} else {
			b.WriteRune(r)
		}
	}
	b.WriteString("</code>")
	return b.String()
}
