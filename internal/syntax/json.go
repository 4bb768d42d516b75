package syntax

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf8"

	"fermata/internal/source"
)

// jsonReader reads JSON, with comments and trailing commas wherever they stand, because the configuration files of
// editors and agents have both. It is our own because a library stops at the first error; this one passes over what
// it cannot read, up to the next comma or bracket of the same level, and goes on.
type jsonReader struct {
	*builder
	text    []byte
	pos     int
	open    []byte // the closing brackets that are waited for
	loose   bool   // JSON5: single quotes, names as keys, hexadecimal numbers
	trouble int    // syntax errors so far
	last    int    // offset of the last one: one is enough for one place
	comma   bool   // a comma was read already by a list that turned out not to be closed
}

// maxTroubles is how many syntax errors of one file are worth saying; a file with more is not what its name says.
const maxTroubles = 20

func parseJSON(file *source.File, text []byte, start int) *Tree {
	r := &jsonReader{
		builder: newBuilder(file, JSON, nil), text: text, pos: start,
		loose: strings.EqualFold(path.Ext(file.Path()), ".json5"),
	}
	r.tree.text = text
	// A pair and its key for each colon, a value for each comma, and the brackets: one allocation instead of many.
	count := func(c byte) int { return bytes.Count(text, []byte{c}) }
	r.tree.nodes = make([]node, 0, min(2*count(':')+count(',')+count('{')+count('[')+8, MaxNodes))
	r.space()
	if r.pos >= len(r.text) {
		r.complain("the file holds no JSON value", start, start)
		return r.tree
	}
	r.value(0)
	r.space()
	if r.pos < len(r.text) {
		r.complain("something stands after the end of the JSON value", r.pos, r.pos+1)
	}
	return r.tree
}

func (r *jsonReader) complain(message string, start, end int) {
	if r.trouble > 0 && r.last == start {
		return
	}
	r.last = start
	r.trouble++
	if r.trouble <= maxTroubles {
		r.diagnose(source.Error, "syntax-error", message, start, min(end, len(r.text)))
	}
}

// space passes over white space and comments.
func (r *jsonReader) space() {
	text, pos := r.text, r.pos
	for pos < len(text) {
		switch c := text[pos]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
			pos++
		case c == '/' && pos+1 < len(text) && text[pos+1] == '/':
			if end := bytes.IndexByte(text[pos:], '\n'); end >= 0 {
				pos += end
			} else {
				pos = len(text)
			}
		case c == '/' && pos+1 < len(text) && text[pos+1] == '*':
			if end := bytes.Index(text[pos+2:], []byte("*/")); end >= 0 {
				pos += end + 4
			} else {
				r.complain("a comment is not closed", pos, pos+2)
				pos = len(text)
			}
		case c == 0xC2 && pos+1 < len(text) && text[pos+1] == 0xA0: // no-break space, pasted from a page
			pos += 2
		default:
			r.pos = pos
			return
		}
	}
	r.pos = pos
}

// value reads one value under parent and tells whether there was one. It always moves on, except before a comma, a
// closing bracket or the end.
func (r *jsonReader) value(parent int32) bool {
	if len(r.tree.nodes) >= MaxNodes {
		r.complain("the file has more values than are read", r.pos, r.pos+1)
		r.pos = len(r.text)
		return false
	}
	start := r.pos
	switch c := r.text[start]; {
	case c == '{':
		r.object(parent)
	case c == '[':
		r.array(parent)
	case c == '"':
		r.str(parent)
	case c == '\'':
		if !r.loose {
			r.complain("a text must stand in double quotes", start, start+1)
		}
		r.str(parent)
	case c == ',' || c == ']' || c == '}':
		r.complain("a value is missing", start, start+1)
		return false
	default:
		return r.word(parent)
	}
	return true
}

// word reads a number, true, false, null, or what should have been quoted.
func (r *jsonReader) word(parent int32) bool {
	start, pos := r.pos, r.pos
	for pos < len(r.text) && isJSONWord(r.text[pos]) {
		pos++
	}
	if pos == start {
		_, size := utf8.DecodeRune(r.text[start:])
		r.complain("this character starts no value", start, start+size)
		r.recover()
		return false
	}
	r.pos = pos
	word := r.text[start:pos]
	kind := String
	switch first := word[0]; {
	case string(word) == "true" || string(word) == "false":
		kind = Bool
	case string(word) == "null":
		kind = Null
	case isJSONNumber(word), r.loose && (first == '+' || first == '.' || first == '-' || first >= '0' && first <= '9' || string(word) == "NaN" || string(word) == "Infinity"):
		kind = Number
	default:
		r.complain("a text must stand in double quotes", start, pos)
	}
	id := r.add(parent, kind, start, pos)
	r.setText(id, start, pos)
	return true
}

func isJSONWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' ||
		c == '_' || c == '$' || c >= 0x80
}

// isJSONNumber checks the grammar of RFC 8259.
func isJSONNumber(w []byte) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(w) && w[i] >= '0' && w[i] <= '9' {
			i++
		}
		return i > from
	}
	if w[0] == '-' {
		i++
	}
	if i < len(w) && w[i] == '0' {
		i++
	} else if !digits() {
		return false
	}
	if i < len(w) && w[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(w) && (w[i] == 'e' || w[i] == 'E') {
		i++
		if i < len(w) && (w[i] == '+' || w[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(w)
}

// recover goes to the next comma or closing bracket of this level, or to the end.
func (r *jsonReader) recover() {
	level := 0
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; c {
		case '"':
			_, end, _ := scanJSONString(r.text, r.pos)
			r.pos = end
			continue
		case '{', '[':
			level++
		case '}', ']':
			if level == 0 {
				return
			}
			level--
		case ',':
			if level == 0 {
				return
			}
		}
		r.pos++
	}
}

// enter opens a map or list; false when it is nested too deep, and then all of it was passed over.
func (r *jsonReader) enter(parent int32, kind Kind, closing byte) (int32, bool) {
	id := r.add(parent, kind, r.pos, r.pos+1)
	if len(r.open) >= MaxDepth {
		start := r.pos
		r.tree.nodes[id].kind = Error
		r.pos++
		for r.recover(); r.pos < len(r.text) && r.text[r.pos] == ','; r.recover() {
			r.pos++
		}
		r.pos = min(r.pos+1, len(r.text))
		r.tree.nodes[id].end = int32(r.pos)
		r.diagnose(source.Error, TooDeep, "values are nested too deep to be read", start, start+1)
		return id, false
	}
	r.open = append(r.open, closing)
	r.pos++
	return id, true
}

// leave closes the map or list that began at start.
func (r *jsonReader) leave(id int32, start int) {
	closing := r.open[len(r.open)-1]
	r.open = r.open[:len(r.open)-1]
	if r.pos < len(r.text) && r.text[r.pos] == closing {
		r.pos++
	} else {
		r.complain("this bracket is not closed", start, start+1)
	}
	r.tree.nodes[id].end = int32(r.pos)
}

// separator reads what stands before a member. False means that the map or list ends here: at its bracket, at the
// bracket of one around it (this one was not closed), or at the end.
func (r *jsonReader) separator(first bool) bool {
	comma := first || r.comma
	r.comma = false
	for {
		r.space()
		if r.pos >= len(r.text) {
			return false
		}
		switch c := r.text[r.pos]; c {
		case ',':
			if comma {
				r.complain("a value is missing before this comma", r.pos, r.pos+1)
			}
			comma = true
			r.pos++
		case ']', '}':
			if bytes.IndexByte(r.open, c) >= 0 {
				return false
			}
			r.complain("this bracket closes nothing", r.pos, r.pos+1)
			r.pos++
		default:
			if !comma {
				r.complain("a comma is missing", r.pos, r.pos+1)
			}
			return true
		}
	}
}

func (r *jsonReader) array(parent int32) {
	start := r.pos
	id, ok := r.enter(parent, List, ']')
	if !ok {
		return
	}
	for first := true; r.separator(first); first = false {
		before := r.tree.nodes[id].last
		member := r.pos
		if !r.value(id) || r.text[member] != '"' {
			continue
		}
		// A colon after a text says that the list was not closed and the map around it goes on.
		if r.space(); r.pos < len(r.text) && r.text[r.pos] == ':' && bytes.IndexByte(r.open, '}') >= 0 {
			r.detachLast(id, before)
			r.pos, r.comma = member, true
			break
		}
	}
	r.leave(id, start)
}

// detachLast takes away the last child of a list; before is the one that stood before it, or 0.
func (r *jsonReader) detachLast(id, before int32) {
	r.tree.nodes[id].last = before
	if before == 0 {
		r.tree.nodes[id].first = 0
	} else {
		r.tree.nodes[before].next = 0
	}
}

func (r *jsonReader) object(parent int32) {
	start := r.pos
	id, ok := r.enter(parent, Map, '}')
	if !ok {
		return
	}
	for first := true; r.separator(first); first = false {
		r.member(id)
	}
	r.leave(id, start)
	r.duplicateKeys(id)
}

// member reads one key and value; a broken one is passed over.
func (r *jsonReader) member(parent int32) {
	start := r.pos
	switch c := r.text[start]; {
	case c == '"' || c == '\'' || isJSONWord(c):
	default:
		r.complain("a key must stand in double quotes", start, start+1)
		r.recover()
		return
	}
	pair := r.add(parent, Pair, start, start)
	switch c := r.text[start]; {
	case c == '"':
		r.str(pair)
	case c == '\'':
		if !r.loose {
			r.complain("a key must stand in double quotes", start, start+1)
		}
		r.str(pair)
	default:
		for r.pos < len(r.text) && isJSONWord(r.text[r.pos]) {
			r.pos++
		}
		if !r.loose {
			r.complain("a key must stand in double quotes", start, r.pos)
		}
		r.setText(r.add(pair, String, start, r.pos), start, r.pos)
	}
	end := r.pos
	r.space()
	next := byte(',')
	if r.pos < len(r.text) {
		next = r.text[r.pos]
	}
	if next == ':' {
		r.pos++
		r.space()
		next = ','
		if r.pos < len(r.text) {
			next = r.text[r.pos]
		}
	} else if next != '"' && next != ',' && next != '}' && next != ']' {
		r.complain("a colon is missing", r.pos, r.pos+1)
	} else {
		next = ','
	}
	if next != ',' && next != '}' && next != ']' {
		if r.value(pair) {
			r.tree.nodes[pair].end = int32(r.pos)
			return
		}
	} else {
		r.complain("a key has no value", start, end)
	}
	// Every Pair has a value, so that readers of the tree need not ask.
	r.add(pair, Null, end, end)
	r.tree.nodes[pair].end = int32(end)
}
