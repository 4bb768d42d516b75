package syntax

import (
	"bytes"
	"regexp"
)

// esbuild drops types. Of a parameter or field that is written with a plain type (client: ApiClient, store?: db.Store |
// null) the name of the type is read from the text again: often nothing else says whose methods are called on it. Types
// that are put together, and those of the language itself, say nothing of that kind and are left out.

// annotation adds the type that stands behind a name that ends at an offset.
func (r *jsReader) annotation(parent int32, at int) {
	if !jsIsTyped(r.tree.File.Path()) {
		return
	}
	i := r.blank(at)
	if i < len(r.text) && (r.text[i] == '?' || r.text[i] == '!') {
		i = r.blank(i + 1)
	}
	if i >= len(r.text) || r.text[i] != ':' {
		return
	}
	start := r.blank(i + 1)
	end := r.wordEnd(int32(start))
	first := end
	if end < len(r.text) && r.text[end] == '.' {
		end = r.wordEnd(int32(end + 1))
	}
	if !isJSName(string(r.text[start:first])) || end == first+1 || jsOwnType[string(r.text[start:end])] || !r.endsType(end) {
		return
	}
	id := r.add(parent, Annotation, start, end)
	if first < end {
		id = r.add(id, Attr, start, end)
		r.setText(id, first+1, end)
	}
	r.setText(r.add(id, Name, start, first), start, first)
}

// endsType tells whether a type ends at an offset, or goes on with no more than that there may be nothing.
func (r *jsReader) endsType(at int) bool {
	i := r.blank(at)
	for i < len(r.text) && r.text[i] == '|' {
		i = r.blank(i + 1)
		end := r.wordEnd(int32(i))
		if word := string(r.text[i:end]); word != "null" && word != "undefined" {
			return false
		}
		i = r.blank(end)
	}
	return i >= len(r.text) || bytes.IndexByte([]byte(",)=;}"), r.text[i]) >= 0 && !bytes.HasPrefix(r.text[i:], []byte("=>")) ||
		bytes.IndexByte(r.text[at:i], '\n') >= 0 && (isJSWord(r.text[i]) || r.text[i] == '@' || r.text[i] == '/')
}

// blank is the offset of what follows white space.
func (r *jsReader) blank(at int) int {
	for at < len(r.text) && bytes.IndexByte([]byte(" \t\r\n"), r.text[at]) >= 0 {
		at++
	}
	return at
}

// jsTypeItem is a name that an import takes only as a type: import { make, type Store as Kept } from "…".
var jsTypeItem = regexp.MustCompile(`[{,]\s*type\s+([\w$]+)(?:\s+as\s+([\w$]+))?\s*[,}]`)

// typeItems adds the types among the names that an import statement takes, which esbuild leaves out.
func (r *jsReader) typeItems(id int32, start, end int) {
	if !jsIsTyped(r.tree.File.Path()) || start < 0 || end > len(r.text) || !bytes.Contains(r.text[start:max(start, end)], []byte("type")) {
		return
	}
	for start < end {
		m := jsTypeItem.FindSubmatchIndex(r.text[start:end])
		if m == nil {
			return
		}
		from, to := start+m[2], start+m[3]
		if m[4] < 0 && string(r.text[from:to]) == "as" { // import { type as as kind }: too clever to be met
			return
		}
		alias := r.add(id, Alias, from, to)
		r.setText(alias, from, to)
		if m[4] >= 0 {
			r.tree.nodes[alias].end = int32(start + m[5])
			r.setText(r.add(alias, Name, start+m[4], start+m[5]), start+m[4], start+m[5])
		}
		start += m[1] - 1 // the comma may stand before the next
	}
}

// jsOwnType are types of the language that name no class.
var jsOwnType = map[string]bool{
	"any": true, "unknown": true, "never": true, "void": true, "object": true, "string": true, "number": true, "boolean": true, "bigint": true, "symbol": true,
	"null": true, "undefined": true, "this": true, "typeof": true, "keyof": true, "readonly": true, "unique": true, "asserts": true, "infer": true, "new": true, "true": true, "false": true,
}
