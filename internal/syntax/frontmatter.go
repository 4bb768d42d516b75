package syntax

import (
	"bytes"
	"strings"

	"fermata/internal/source"
)

// Frontmatter reads the head of a Markdown file: the lines between a first line "---" and the next. The tree's root is
// a Map, the zero Node when the file has no head; body is where the text begins behind it.
//
// The programs that read such heads take what strict YAML refuses ("description: Use this when: ..."), so a head that
// is no YAML is read entry by entry, and an entry that is none line by line: a key at the margin has the rest of its
// line, the indented lines below it or their items as its value.
func Frontmatter(file *source.File) (tree *Tree, body int) {
	tree = &Tree{File: file, Language: YAML}
	if len(file.Content()) > 1<<24 {
		return tree, 0
	}
	text, start, _ := cleanText(file)
	if start < 0 {
		return tree, 0
	}
	first, ok := fence(text[start:])
	if !ok {
		return tree, start
	}
	from := start + first
	end, after := -1, 0
	for at := from; at < len(text); {
		line := text[at:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		if n, ok := fence(line); ok {
			end, after = at, at+n
			break
		}
		at += len(line)
	}
	if end < 0 {
		return tree, start
	}
	strict := parseYAML(file, text[:end], from)
	if len(strict.Diagnostics) == 0 && strict.Root().Is(Map) {
		return strict, after
	}
	return looseHead(file, text[:end], from), after
}

// fence tells whether a text begins with a line "---", and how long that line is.
func fence(text []byte) (length int, ok bool) {
	line := text
	length = len(text)
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		line, length = text[:i], i+1
	}
	return length, string(bytes.TrimRight(line, " \t\r")) == "---"
}

// graft copies a node of another tree, which must be of the same text, below a node.
func (b *builder) graft(parent int32, n Node) {
	o := n.tree.nodes[n.id]
	id := b.add(parent, o.kind, int(o.start), int(o.end))
	b.tree.nodes[id].op = o.op
	if o.textEnd < 0 {
		b.setString(id, n.Text())
	} else {
		b.setText(id, int(o.textStart), int(o.textEnd))
	}
	for c := range n.Children() {
		b.graft(id, c)
	}
}

// entryEnd is where the entry ends that begins at an offset: before the next line with something at its margin.
func entryEnd(text []byte, from int) int {
	for at := from; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return len(text)
		}
		if at += i + 1; at >= len(text) {
			return len(text)
		}
		if c := text[at]; c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '-' && c != '#' {
			return at
		}
	}
}

// looseHead reads a head entry by entry.
func looseHead(file *source.File, text []byte, from int) *Tree {
	b := newBuilder(file, YAML, text)
	root := b.add(0, Map, from, len(text))
	pair, value := int32(0), int32(0) // the entry that further lines belong to
	for at := from; at < len(text) && len(b.tree.nodes) < MaxNodes/2; {
		line := text[at:]
		next := len(text)
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line, next = line[:i], at+i+1
		}
		line = bytes.TrimRight(line, " \t\r")
		start := at
		at = next
		bare := bytes.TrimLeft(line, " \t")
		offset := start + len(line) - len(bare)
		switch {
		case len(bare) == 0, bare[0] == '#' && len(bare) == len(line):
			continue
		case len(bare) < len(line) || bytes.HasPrefix(bare, []byte("- ")):
			if pair == 0 {
				continue
			}
			value = b.further(pair, value, bare, offset)
			b.tree.nodes[pair].end = int32(start + len(line))
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || bytes.ContainsAny(line[:colon], " \t{[") {
			continue
		}
		end := entryEnd(text, start)
		if strict := parseYAML(file, text[:end], start); end > next && len(strict.Diagnostics) == 0 && strict.Root().Is(Map) && strict.Root().Count() == 1 {
			b.graft(root, strict.Root().Child(0))
			pair, at = 0, end
			continue
		}
		pair = b.add(root, Pair, start, start+len(line))
		key := b.add(pair, String, start, start+colon)
		b.setText(key, start, start+colon)
		rest := bytes.TrimLeft(line[colon+1:], " \t")
		value = b.add(pair, String, start+len(line)-len(rest), start+len(line))
		b.setString(value, headText(string(rest)))
	}
	return b.tree
}

// further adds an indented line to an entry's value: an item of a list, or more of its text.
func (b *builder) further(pair, value int32, bare []byte, offset int) int32 {
	item, isItem := bytes.CutPrefix(bare, []byte("- "))
	n := &b.tree.nodes[value]
	switch {
	case isItem && n.kind == String && (Node{b.tree, value}).TextIs(""):
		n.kind = List
	case !isItem && n.kind == String:
		text := strings.TrimSpace(Node{b.tree, value}.Text() + "\n" + string(bare))
		b.tree.nodes[value].end = int32(offset + len(bare))
		b.setString(value, text)
		return value
	}
	if isItem && b.tree.nodes[value].kind == List {
		item = bytes.TrimSpace(item)
		from := offset + len(bare) - len(item)
		id := b.add(value, String, from, from+len(item))
		b.setString(id, headText(string(item)))
		b.tree.nodes[value].end = int32(from + len(item))
	}
	return value
}

// headText is a value of one line without quotes; the sign of a text over several lines is none of it.
func headText(s string) string {
	s = strings.TrimSpace(s)
	switch s {
	case "|", ">", "|-", ">-", "|+", ">+":
		return ""
	}
	if len(s) > 1 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}
