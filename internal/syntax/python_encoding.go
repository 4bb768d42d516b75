package syntax

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"fermata/internal/source"
)

// pyCookie is the comment in one of the first two lines that says a file's encoding (PEP 263).
var pyCookie = regexp.MustCompile(`\A(?:[ \t\f]*(?:#.*)?(?:\r\n?|\n))?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)

// checkEncoding tells what a file whose bytes are not UTF-8 costs. Bytes above 0x7f are read as Latin-1: right for
// files that say so, and harmless for the rest, since only comments and literals differ.
func (p *pyParser) checkEncoding() {
	at := 0
	for at < len(p.text) {
		r, size := utf8.DecodeRune(p.text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	found := pyCookie.FindSubmatch(p.text[:min(len(p.text), 1000)])
	if found == nil {
		p.tree.diagnose(source.Warning, "encoding", "the file is not valid UTF-8 from here on and says no other encoding; it is read as Latin-1",
			at, at+1)
		return
	}
	name := strings.ReplaceAll(strings.ToLower(string(found[1])), "_", "-")
	switch name {
	case "latin-1", "latin1", "iso-8859-1", "iso8859-1", "iso-latin-1", "l1":
	case "utf-8", "utf8":
		p.tree.diagnose(source.Warning, "encoding", "the file is not valid UTF-8 from here on, though it says so; it is read as Latin-1",
			at, at+1)
	default:
		p.tree.diagnose(source.Note, "encoding", "text outside of ASCII is read as Latin-1, not as "+name, at, at+1)
	}
}
