package syntax

import (
	"fmt"
	"sort"

	"fermata/internal/source"
)

// Limits of every reader. They stop hostile input; no file that a person wrote comes near them.
const (
	// MaxDepth is how deep nodes may nest; deeper input becomes an Error node and a diagnostic.
	MaxDepth = 400
	// MaxNodes is how many nodes one file may make; the rest of the file is then cut off with a diagnostic.
	MaxNodes = 8 << 20
)

// builder makes a Tree. Readers open a node, add what is below it, and close it; or wrap nodes that already stand
// (the left operand of a binary operator, say).
type builder struct {
	tree *Tree
}

func newBuilder(file *source.File, language Language, text []byte) *builder {
	// About one node for eight bytes of ordinary source: one allocation for most files.
	return &builder{tree: &Tree{File: file, Language: language, text: text, nodes: make([]node, 0, len(text)/8+16)}}
}

// add makes a node under parent and returns its id; the first node made is the root, whatever parent says.
func (b *builder) add(parent int32, kind Kind, start, end int) int32 {
	id := int32(len(b.tree.nodes))
	b.tree.nodes = append(b.tree.nodes, node{kind: kind, start: int32(start), end: int32(end)})
	if id != 0 {
		b.attach(parent, id)
	}
	return id
}

// attach puts a node last under parent.
func (b *builder) attach(parent, id int32) {
	p := &b.tree.nodes[parent]
	if p.last == 0 {
		p.first = id
	} else {
		b.tree.nodes[p.last].next = id
	}
	p.last = id
	b.tree.nodes[id].parent = parent
}

// setText gives the node a range of the text as its Text.
func (b *builder) setText(id int32, start, end int) {
	b.tree.nodes[id].textStart, b.tree.nodes[id].textEnd = int32(start), int32(end)
}

// setString gives the node a decoded Text.
func (b *builder) setString(id int32, s string) {
	b.tree.nodes[id].textStart, b.tree.nodes[id].textEnd = int32(len(b.tree.strings)), -1
	b.tree.strings = append(b.tree.strings, s)
}

// diagnose records trouble at a range of the text.
func (b *builder) diagnose(severity source.Severity, code, message string, start, end int) {
	t := b.tree
	s, e := int32(start), int32(end)
	if t.segments != nil {
		s, e = t.fileOffset(s), t.fileEnd(e)
	}
	t.Diagnostics = append(t.Diagnostics, source.Diagnostic{
		Severity: severity, Code: code, Message: message,
		Span: source.Span{File: t.File, Start: s, End: max(s, e)},
	})
}

// bound says which bound a reader came to: that of depth, or that of size.
func bound(what string, depth int) string {
	if depth >= MaxDepth {
		return fmt.Sprintf("%s nested deeper than %d levels: what is deeper is not read", what, MaxDepth)
	}
	return fmt.Sprintf("%s more than %d parts long: what comes after is not read", what, MaxNodes)
}

// fileOffset maps an offset of the joined text of a notebook to the file.
func (t *Tree) fileOffset(offset int32) int32 {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].text > offset }) - 1
	if i < 0 {
		return 0
	}
	s := t.segments[i]
	if s.escape {
		return s.file
	}
	return s.file + offset - s.text
}

// fileEnd maps an offset that ends a range. At the border of two segments it belongs to the first: the text between
// them in the file is not part of the range.
func (t *Tree) fileEnd(offset int32) int32 {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].text >= offset }) - 1
	if i < 0 {
		return t.fileOffset(offset)
	}
	s := t.segments[i]
	if !s.escape {
		return s.file + offset - s.text
	}
	// An escape ends where the next segment begins.
	if i+1 < len(t.segments) {
		return t.segments[i+1].file
	}
	return s.file
}
