package syntax

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fermata/internal/source"
)

// The Python reader takes Python 3.8 to 3.14: one pass over the bytes, a lexer that makes one token at a time, and
// recursive descent with operator strengths. It asks what CPython's parser asks of the shape of a program, and
// nothing of its meaning: "f() = 1" or "return" outside of a function is a tree like any other.
//
// Broken statements. A rule that does not fit notes one failure, and from then on every token is pyFail, so that all
// rules come to their end. The innermost statement (or the header or clause of a compound one) then gives up its
// nodes, becomes an Error, and the reader looks for the next line that begins a statement: see recover.

// pyParser is the Python reader on one text.
type pyParser struct {
	pyLexer
	tree     *builder
	nodes    []node
	most     int // how many nodes there may be
	level    int // how deep rules are within rules
	notebook bool
	full     bool // most nodes are made: nothing more is read

	// The statement at hand, or the clause of it (such as "elif …:") that would become an Error.
	clauseStart, clauseMark int  // its first byte, its first node
	clauseLast              int  // the first byte of its last line so far, when it has several that were read well
	kept                    bool // the statement up to the clause stands and stays
	keptEnd                 int

	flattened bool // the header above was lost, so that deeper lines that follow are no news
	reached   int  // how far any look ahead went
	spent     int  // bytes that were read more than once because of errors
	errors    int
	buffer    []byte
}

// Decoded texts that many nodes share; their places in Tree.strings.
const (
	pyTextTrue int32 = iota
	pyTextFalse
	pyTextNotIn
	pyTextIsNot
	pyTextList
	pyTextSet
	pyTextMap
	pyTextGenerator
)

// maxPythonErrors is how many broken statements of one file are told one by one. All of them become Error nodes.
const maxPythonErrors = 100

// parsePython reads Python text: a file's, or a notebook's joined cells with the segments that lead back to the file.
func parsePython(file *source.File, language Language, text []byte, segments []segment) *Tree {
	return parsePythonUpTo(MaxNodes, file, language, text, segments)
}

func parsePythonUpTo(most int, file *source.File, language Language, text []byte, segments []segment) *Tree {
	p := &pyParser{
		tree:     &builder{tree: &Tree{File: file, Language: language, text: text, segments: segments}},
		most:     most,
		notebook: language == Notebook,
	}
	p.read()
	return p.tree.tree
}

// nodeBlocks are for nodes that are being gathered; those of unusually large files are not kept.
var nodeBlocks sync.Pool

const mostHandedOn = 1 << 16

// read reads the tree's text into its nodes.
func (p *pyParser) read() {
	tree := p.tree.tree
	p.text = tree.text
	p.hasCR = bytes.IndexByte(p.text, '\r') >= 0
	p.opaque = !utf8.Valid(p.text)
	if p.opaque {
		p.checkEncoding()
	}
	tree.strings = []string{"true", "false", "not in", "is not", "list", "set", "map", "generator"}
	// Nodes are gathered in a block that readers hand on, since trees are kept and should be no larger than they are.
	block, _ := nodeBlocks.Get().(*[]node)
	if block == nil {
		block = new([]node)
	}
	p.nodes = slices.Grow((*block)[:0], len(p.text)/9+16)
	root := p.node(Module, 0, len(p.text))
	p.begin()
	p.statements(root, 0)
	tree.nodes = slices.Clone(p.nodes)
	if *block = p.nodes; cap(p.nodes) <= mostHandedOn {
		nodeBlocks.Put(block)
	}
	p.nodes = nil
	if p.errors > maxPythonErrors {
		p.tree.diagnose(source.Error, "syntax-error",
			fmt.Sprintf("%d more statements of this file could not be read", p.errors-maxPythonErrors), 0, 0)
	}
}

// begin goes to the first token.
func (p *pyParser) begin() {
	if bytes.HasPrefix(p.text, []byte("\xef\xbb\xbf")) {
		p.pos, p.end = 3, 3
	}
	p.fresh = true
	p.kind = pyNewline
	p.next()
}

// node makes a node that is attached later.
func (p *pyParser) node(kind Kind, start, end int) int32 {
	id := len(p.nodes)
	if id >= p.most && !p.failure.is {
		p.fail("the file makes too large a tree; the rest of it is left out", p.start, p.end)
		p.failure.limit, p.full = true, true
	}
	return p.append(kind, start, end)
}

// append makes a node without a look at how many there are.
func (p *pyParser) append(kind Kind, start, end int) int32 {
	p.nodes = append(p.nodes, node{kind: kind, start: int32(start), end: int32(end)})
	return int32(len(p.nodes) - 1)
}

// wrap makes a node around one that stands already and was not attached yet.
func (p *pyParser) wrap(kind Kind, start int, child int32) int32 {
	id := p.node(kind, start, p.before)
	n := &p.nodes[id]
	n.first, n.last = child, child
	p.nodes[child].parent = id
	return id
}

// attach puts a node last under parent.
func (p *pyParser) attach(parent, id int32) {
	n := &p.nodes[parent]
	if n.last == 0 {
		n.first = id
	} else {
		p.nodes[n.last].next = id
	}
	n.last = id
	p.nodes[id].parent = parent
}

// finish ends a node after the last token taken.
func (p *pyParser) finish(id int32) int32 {
	p.nodes[id].end = int32(p.before)
	return id
}

// setText gives a node a range of the text as its Text.
func (p *pyParser) setText(id int32, start, end int) {
	p.nodes[id].textStart, p.nodes[id].textEnd = int32(start), int32(end)
}

// setShared gives a node one of the shared texts.
func (p *pyParser) setShared(id, shared int32) {
	p.nodes[id].textStart, p.nodes[id].textEnd = shared, -1
}

// setString gives a node a text of its own.
func (p *pyParser) setString(id int32, s string) {
	p.nodes[id].textStart, p.nodes[id].textEnd = int32(len(p.tree.tree.strings)), -1
	p.tree.tree.strings = append(p.tree.tree.strings, s)
}

// take makes a node with Text of the current token and goes on.
func (p *pyParser) take(kind Kind) int32 {
	id := p.node(kind, p.start, p.end)
	p.setToken(id)
	p.next()
	return id
}

// setToken gives a node the current token as its Text; a name as Python reads it, for in full-width or mathematical
// letters "eval" is the same name.
func (p *pyParser) setToken(id int32) {
	if p.kind == pyName && p.flags != 0 {
		p.setString(id, string(norm.NFKC.Bytes(p.text[p.start:p.end])))
		return
	}
	p.setText(id, p.start, p.end)
}

// word tells whether the current token is a certain name: Python's soft keywords are names elsewhere.
func (p *pyParser) word(s string) bool {
	return p.kind == pyName && string(p.text[p.start:p.end]) == s
}

// expect takes a token that must stand here.
func (p *pyParser) expect(kind pyToken, what string) bool {
	if p.kind != kind {
		p.unexpected("expected " + what)
		return false
	}
	p.next()
	return true
}

// unexpected fails at the current token.
func (p *pyParser) unexpected(message string) {
	if p.failure.is {
		return
	}
	if p.errors >= maxPythonErrors {
		p.fail("", p.start, max(p.start, p.end)) // nobody will read it
		return
	}
	switch p.kind {
	case pyEOF:
		message += ", but the file ends"
	case pyNewline:
		message += ", but the line ends"
	default:
		message += fmt.Sprintf(", not %q", clip(p.text[p.start:p.end]))
	}
	p.fail(message, p.start, max(p.start, p.end))
}

// clip shortens a token for a message.
func clip(s []byte) string {
	if len(s) > 20 {
		s = append(bytes.ToValidUTF8(s[:20], nil), "…"...)
	}
	return string(s)
}
