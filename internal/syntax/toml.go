package syntax

import (
	"bytes"
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"fermata/internal/source"
)

// parseTOML reads TOML into nested Maps: tables, dotted keys and arrays of tables stand where their names say, not
// where the file has them, so that a reader of the tree need not know which way was used. The span of a table reaches
// from its first header to its last value. Dates are Strings.
//
// After a syntax error reading goes on at the next line, or at the line of the error when the value began above it.
func parseTOML(file *source.File, text []byte, start int) *Tree {
	r := &tomlReader{builder: newBuilder(file, TOML, text), text: text, pairs: map[tomlKey]int32{}, headed: map[int32]bool{}}
	root := r.add(0, Map, start, len(text))
	r.table = root
	r.base = start
	r.parser.Reset(text[start:])
	for troubles := 0; troubles < maxTroubles; {
		if r.parser.NextExpression() {
			r.expression(root, r.parser.Expression())
			continue
		}
		err := r.parser.Error()
		if err == nil {
			break
		}
		troubles++
		if !r.resume(err) {
			break
		}
	}
	return r.tree
}

type tomlReader struct {
	*builder
	text   []byte
	parser unstable.Parser
	base   int   // offset of the parser's text in the file's
	table  int32 // the Map that keys are added to
	depth  int
	from   int               // where tables that are made now begin: the bracket of the header, or the first key of a dotted one
	done   int               // offset after the last expression that was read
	pairs  map[tomlKey]int32 // by map and key, the Pair
	headed map[int32]bool    // Maps that have had a header of their own
}

type tomlKey struct {
	table int32
	name  string
}

// resume tells an error and goes to the line after it; false at the end.
func (r *tomlReader) resume(err error) bool {
	at := max(r.done, r.base)
	message := strings.TrimPrefix(err.Error(), "toml: ")
	var trouble *unstable.ParserError
	if errors.As(err, &trouble) {
		message = strings.TrimPrefix(trouble.Message, "toml: ")
		if trouble.Highlight != nil {
			at = max(at, r.base+cap(r.parser.Data())-cap(trouble.Highlight))
		}
	}
	at = min(at, len(r.text))
	r.diagnose(source.Error, "syntax-error", message, at, min(at+1, len(r.text)))
	next := lineEnd(r.text, at) + 1
	// What was begun on a line above and broke on this one may have been unclosed: this line is read for itself.
	if line := bytes.LastIndexByte(r.text[:at], '\n') + 1; line > r.skip(max(r.done, r.base)) {
		next = line
	}
	if next >= len(r.text) {
		return false
	}
	r.base, r.done = next, next
	r.parser.Reset(r.text[next:])
	return true
}

// span is the range of a parser's node in the file.
func (r *tomlReader) span(n *unstable.Node) (int, int) {
	return r.base + int(n.Raw.Offset), r.base + int(n.Raw.Offset+n.Raw.Length)
}

func (r *tomlReader) expression(root int32, n *unstable.Node) {
	switch n.Kind {
	case unstable.Table, unstable.ArrayTable:
		r.header(root, n)
	case unstable.KeyValue:
		r.keyValue(r.table, n)
	}
}

// header goes to the table that a [header] names, making what is not there.
func (r *tomlReader) header(root int32, n *unstable.Node) {
	table := root
	if r.tooLong(n) {
		return
	}
	r.from = -1
	for it := n.Key(); it.Next(); {
		key := it.Node()
		last := it.IsLast()
		start, end := r.span(key)
		if r.from < 0 {
			r.from = r.headerStart(start)
		}
		r.done = end
		if last && n.Kind == unstable.ArrayTable {
			table = r.element(table, key)
		} else {
			table = r.enter(table, key)
		}
		if last && n.Kind == unstable.Table {
			if r.headed[table] {
				from, to := r.span(key)
				r.diagnose(source.Error, "duplicate-key", "table "+string(key.Data)+" has two headers", from, to)
			}
			r.headed[table] = true
		}
	}
	r.table = table
}

// tooLong tells a key of more parts than trees may be deep.
func (r *tomlReader) tooLong(n *unstable.Node) bool {
	parts := 0
	for it := n.Key(); it.Next(); parts++ {
		if parts > MaxDepth {
			start, end := r.span(it.Node())
			r.done = max(r.done, end)
			r.diagnose(source.Error, TooDeep, "a key has too many parts to be read", start, end)
			return true
		}
	}
	return false
}

// enter goes from a table to the table that it has under a key; of an array of tables, the last one.
func (r *tomlReader) enter(table int32, key *unstable.Node) int32 {
	if pair, ok := r.pairs[tomlKey{table, string(key.Data)}]; ok {
		switch value := r.tree.nodes[pair].last; r.tree.nodes[value].kind {
		case Map:
			return value
		case List:
			if last := r.tree.nodes[value].last; last != 0 && r.tree.nodes[last].kind == Map {
				return last
			}
		}
		r.duplicate(key)
	}
	pair := r.pair(table, key)
	start, end := r.span(key)
	return r.add(pair, Map, min(r.from, start), end)
}

// headerStart is the bracket of the header whose first key stands at an offset.
func (r *tomlReader) headerStart(key int) int {
	line := bytes.LastIndexByte(r.text[:key], '\n') + 1
	return max(line, key-len(bytes.TrimLeft(r.text[line:key], " \t")))
}

// element adds a table to the array of tables that a table has under a key.
func (r *tomlReader) element(table int32, key *unstable.Node) int32 {
	start, end := r.span(key)
	list := int32(0)
	if pair, ok := r.pairs[tomlKey{table, string(key.Data)}]; ok {
		if value := r.tree.nodes[pair].last; r.tree.nodes[value].kind == List {
			list = value
		} else {
			r.duplicate(key)
		}
	}
	if list == 0 {
		list = r.add(r.pair(table, key), List, start, end)
	}
	id := r.add(list, Map, min(r.from, start), end)
	r.extend(id, end)
	return id
}

// pair adds a key to a table; the caller adds the value.
func (r *tomlReader) pair(table int32, key *unstable.Node) int32 {
	start, end := r.span(key)
	pair := r.add(table, Pair, start, end)
	name := r.add(pair, String, start, end)
	if string(r.text[start:end]) == string(key.Data) {
		r.setText(name, start, end)
	} else {
		r.setString(name, string(key.Data))
	}
	r.pairs[tomlKey{table, string(key.Data)}] = pair
	return pair
}

func (r *tomlReader) duplicate(key *unstable.Node) {
	start, end := r.span(key)
	r.diagnose(source.Error, "duplicate-key", "key "+string(key.Data)+" stands twice in this table", start, end)
}

// keyValue adds "a.b = value" to a table.
func (r *tomlReader) keyValue(table int32, n *unstable.Node) {
	if r.tooLong(n) {
		return
	}
	for it := n.Key(); it.Next(); {
		key := it.Node()
		r.from = len(r.text)
		if !it.IsLast() {
			table = r.enter(table, key)
			continue
		}
		if _, twice := r.pairs[tomlKey{table, string(key.Data)}]; twice {
			r.duplicate(key)
		}
		pair := r.pair(table, key)
		_, keyEnd := r.span(key)
		r.value(pair, n.Value(), keyEnd)
		r.extend(pair, int(r.tree.nodes[r.tree.nodes[pair].last].end))
		r.done = int(r.tree.nodes[pair].end)
	}
}

// extend moves the end of a node, and of those around it, to an offset.
func (r *tomlReader) extend(id int32, end int) {
	for id != 0 {
		n := &r.tree.nodes[id]
		n.end = max(n.end, int32(end))
		id = n.parent
	}
}

// value adds a value to its Pair or List. From is an offset before it: the parser does not say where brackets stand.
func (r *tomlReader) value(parent int32, n *unstable.Node, from int) int32 {
	start, end := r.span(n)
	if r.depth >= MaxDepth || len(r.tree.nodes) >= MaxNodes {
		r.diagnose(source.Error, TooDeep, bound("values are", r.depth), from, from)
		return r.add(parent, Error, from, from)
	}
	r.depth++
	defer func() { r.depth-- }()
	switch n.Kind {
	case unstable.Array:
		start = r.bracket(from, '[')
		id := r.add(parent, List, start, start+1)
		at := start + 1
		for it := n.Children(); it.Next(); {
			if it.Node().Kind == unstable.Comment {
				continue
			}
			v := r.value(id, it.Node(), at)
			at = int(r.tree.nodes[v].end)
		}
		r.tree.nodes[id].end = int32(r.closeBracket(at, ']'))
		return id
	case unstable.InlineTable:
		start = r.bracket(from, '{')
		id := r.add(parent, Map, start, start+1)
		at := start + 1
		for it := n.Children(); it.Next(); {
			if it.Node().Kind == unstable.KeyValue {
				r.keyValue(id, it.Node())
				if last := r.tree.nodes[id].last; last != 0 {
					at = max(at, int(r.tree.nodes[last].end))
				}
			}
		}
		r.tree.nodes[id].end = int32(r.closeBracket(at, '}'))
		return id
	case unstable.String:
		id := r.add(parent, String, start, end)
		if i := bytes.Index(r.text[start:end], n.Data); i >= 0 && bytes.IndexByte(r.text[start:end], '\\') < 0 {
			r.setText(id, start+i, start+i+len(n.Data))
		} else {
			r.setString(id, string(n.Data))
		}
		return id
	}
	kind := String
	switch n.Kind {
	case unstable.Bool:
		kind = Bool
	case unstable.Integer, unstable.Float:
		kind = Number
	}
	if n.Raw.Length == 0 { // some kinds have their text only as data
		start = r.skip(from)
		end = min(start+len(n.Data), len(r.text))
	}
	id := r.add(parent, kind, start, end)
	r.setText(id, start, end)
	return id
}

// skip passes over white space, comments and what stands between a key and its value or between values.
func (r *tomlReader) skip(at int) int {
	for at < len(r.text) {
		switch r.text[at] {
		case ' ', '\t', '\n', '\r', ',', '=':
			at++
		case '#':
			at = lineEnd(r.text, at)
		default:
			return at
		}
	}
	return at
}

func (r *tomlReader) bracket(from int, open byte) int {
	if at := r.skip(from); at < len(r.text) && r.text[at] == open {
		return at
	}
	return min(from, len(r.text))
}

func (r *tomlReader) closeBracket(from int, closing byte) int {
	if at := r.skip(from); at < len(r.text) && r.text[at] == closing {
		return at + 1
	}
	return min(from, len(r.text))
}
