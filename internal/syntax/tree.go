// Package syntax reads source and configuration text into one small tree.
//
// Python, TypeScript, JavaScript and Go source, notebooks, YAML, JSON (with comments) and TOML all become a [Tree]
// of [Node]s with the same kinds: a call is a call and a map is a map, whatever language wrote it. What Fermata asks
// of code (names, calls, arguments, classes, literals) needs no more, and an extractor that understands one
// language's shape is most of the way to the next.
//
// # Guarantees
//
// A reader never panics and never runs what it reads. It recovers at the next statement: a broken statement becomes
// an [Error] node and a diagnostic, and the rest of the file stands. Depth and size are bounded ([Limits]). Nodes
// carry byte spans of the file that a person would open (for a notebook: of the .ipynb, not of the cell).
//
// # What it does not do
//
// It does not resolve names (package code does) and it keeps no comments, types of TypeScript, or formatting.
// This is the only package that imports parser libraries.
package syntax

import (
	"iter"
	"unsafe"

	"fermata/internal/source"
)

// Language says how a file was read.
type Language string

// The languages. The empty Language is a file that no reader takes.
const (
	Python     Language = "python"
	TypeScript Language = "typescript" // also JavaScript, TSX and JSX: one reader
	Go         Language = "go"
	YAML       Language = "yaml"
	JSON       Language = "json"
	TOML       Language = "toml"
	Notebook   Language = "notebook" // the Python of an .ipynb's code cells
)

// Kind says what a node is. The comment of each kind gives its children in order; "?" is optional, "*" any number.
// What [Node.Text] returns is named too.
type Kind uint8

// Statements.
const (
	Invalid    Kind = iota
	Module          // statement*; the root of source code
	Block           // statement*
	Import          // Alias*; Python "import a, b as c"; Go; JS side-effect import
	ImportFrom      // Alias*; Text: module ("" for "from . import x"); Op: number of leading dots
	Alias           // Name? (local name when it differs); Text: imported name, "*" for all, "default" in JS
	FuncDef         // Decorator*, Param*, Returns?, Block; Text: name; Op: 1 async, 2 a method of Go, whose first Param is its receiver, 3 a getter of JavaScript
	ClassDef        // Decorator*, Base*, Keyword*, Block; Text: name
	Decorator       // expression
	Base            // expression: one base class
	Param           // Annotation?, Default?; Text: name; Op: 1 for *args, 2 for **kwargs; Python's bare "*" has Op 1 and Text ""; a JS destructured parameter has Text "" and a pattern child
	Returns         // expression: return annotation
	Annotation      // expression
	Default         // expression
	Return          // expression?
	Assign          // target expression+, value expression (last); JS const/let/var too, and Op 1 where it declares nothing
	AnnAssign       // target, Annotation, value?
	AugAssign       // target, value; Text: operator without "="
	ExprStmt        // expression
	If              // condition, Block, Else?
	Else            // Block, or one If
	For             // target, iterated expression, Block, Else?; Op: 1 async; a C-style loop has no target and iterates Null
	While           // condition, Block, Else?
	With            // WithItem*, Block; Op: 1 async
	WithItem        // expression, target?
	Try             // Block, Except*, Else?, Finally?
	Except          // expression?, Block; Text: bound name; Op: 1 for "except*"
	Finally         // Block
	Raise           // expression*; JS throw
	Match           // subject, Case*; JS and Go switch too
	Case            // pattern expression*, Guard?, Block
	Guard           // expression
	Simple          // Text: "pass", "break", "continue", "global", "nonlocal", "del", "assert", "type" …; children: its expressions
	Export          // declaration, or Alias* of an export list; Text: module of a re-export; Op: 1 default
	Error           // a statement that could not be read; no children
	TypeParam       // Annotation?, Default?; Text: name; Op: 1 for *Ts, 2 for **P; a child of FuncDef, ClassDef or a Simple "type"
)

// Expressions. Map, Pair, List, String, Number, Bool and Null are also what YAML, JSON and TOML files are made of.
const (
	Name      Kind = iota + 64 // Text: identifier
	Attr                       // object; Text: attribute name
	Call                       // callee, then arguments: expression | Keyword | Spread; JS "new" has Op 1, a composite literal of Go Op 2; JSX elements are calls with Keyword props
	Keyword                    // value; Text: argument name
	Spread                     // expression; Op: 1 for "*"/"...", 2 for "**"
	Subscript                  // object, index expression (a Tuple when several)
	Slice                      // lower?, upper?, step? (Null where missing)
	String                     // Text: decoded value (implicit concatenation joined); Op: 1 bytes
	FString                    // String and Interp in order; JS template literals too; Op: 1 a Python t-string
	Interp                     // expression, then an Interp for each field of its format specification
	Number                     // Text: as written
	Bool                       // Text: "true" or "false"
	Null                       // None, null, undefined, nil
	Ellipsis
	List         // expression*
	Tuple        // expression*
	Set          // expression*
	Map          // Pair | Spread; JS objects, Go composite literals with keys
	Pair         // key, value; JS methods and shorthand are Pairs too
	Binary       // left, right; Text: operator
	Unary        // operand; Text: operator
	Compare      // operand, operand+; Text: operators joined by a space
	Logic        // operand+; Text: "and" or "or" (also && and ||, ??)
	Lambda       // Param*, Block or expression; arrow and function expressions too; Op: 1 async
	Cond         // condition, then, else
	Await        // expression
	Yield        // expression?; Op: 1 "yield from"
	Comp         // element (or Pair), CompFor*; Text: "list", "set", "map", "generator"
	CompFor      // target, iterated expression, condition*; Op: 1 async
	Walrus       // target Name, value; in a Case also "value as name"
	ClassPattern // in a Case: class expression, then pattern | Keyword; not a call
	Document     // one YAML document each: the root of a configuration file is Document* in a Module when there are several, else the value itself
)

// Tree is one file read. Its nodes live in one slice, so a tree of a large file costs few allocations.
type Tree struct {
	File        *source.File
	Language    Language
	Diagnostics []source.Diagnostic // what could not be read, with spans

	nodes    []node
	text     []byte    // what text ranges point into: the file's content, or a notebook's joined cells
	strings  []string  // decoded texts that are not a range of text
	segments []segment // notebook only: where runs of text came from in the file
}

// node is 36 bytes; links are indices into Tree.nodes, 0 (the root) standing for "none".
type node struct {
	kind                      Kind
	op                        uint8
	parent, first, last, next int32
	start, end                int32
	textStart, textEnd        int32 // textEnd < 0: strings[textStart]
}

// segment says that text[text:] up to the next segment came from the file at offset file; scale 0 runs are escapes,
// whose every byte came from that one place.
type segment struct {
	text, file int32
	escape     bool
}

// Node is a place in a tree; the zero Node is "no such node" and answers every question with nothing.
type Node struct {
	tree *Tree
	id   int32
}

// Root is the module (source) or the top value (configuration); the zero Node for an empty tree.
func (t *Tree) Root() Node {
	if t == nil || len(t.nodes) == 0 {
		return Node{}
	}
	return Node{t, 0}
}

// Len is the number of nodes.
func (t *Tree) Len() int { return len(t.nodes) }

// CountOf is how many nodes of a kind the tree has.
func (t *Tree) CountOf(kind Kind) int {
	if t == nil {
		return 0
	}
	count := 0
	for i := range t.nodes {
		if t.nodes[i].kind == kind {
			count++
		}
	}
	return count
}

// At gives the node with an index from [Node.Index].
func (t *Tree) At(index int) Node {
	if index < 0 || index >= len(t.nodes) {
		return Node{}
	}
	return Node{t, int32(index)}
}

// Index is the node's number in its tree, in the order of the text.
func (n Node) Index() int { return int(n.id) }

// IsZero tells whether there is no such node.
func (n Node) IsZero() bool { return n.tree == nil }

// Tree is the tree that the node is of.
func (n Node) Tree() *Tree { return n.tree }

// Kind is what the node is; Invalid for the zero Node.
func (n Node) Kind() Kind {
	if n.tree == nil {
		return Invalid
	}
	return n.tree.nodes[n.id].kind
}

// Is tells whether the node is of one of the kinds.
func (n Node) Is(kinds ...Kind) bool {
	own := n.Kind()
	for _, k := range kinds {
		if own == k {
			return true
		}
	}
	return false
}

// Op is the small number that some kinds carry; see their comments.
func (n Node) Op() int {
	if n.tree == nil {
		return 0
	}
	return int(n.tree.nodes[n.id].op)
}

// Text is the name, operator or decoded literal that the node's kind promises. It may be a part of the file's content,
// which then stays in memory with it: whoever keeps a text longer than the tree clones it.
func (n Node) Text() string {
	if n.tree == nil {
		return ""
	}
	d := &n.tree.nodes[n.id]
	if d.textEnd < 0 {
		return n.tree.strings[d.textStart]
	}
	if d.textStart >= d.textEnd {
		return ""
	}
	// Nobody changes the content of a file, so no copy is needed. Names are asked for millions of times.
	return unsafe.String(&n.tree.text[d.textStart], d.textEnd-d.textStart)
}

// TextIs compares Text with s without allocating.
func (n Node) TextIs(s string) bool {
	if n.tree == nil {
		return s == ""
	}
	d := &n.tree.nodes[n.id]
	if d.textEnd < 0 {
		return n.tree.strings[d.textStart] == s
	}
	return string(n.tree.text[d.textStart:d.textEnd]) == s
}

// Span is the bytes of the file that the node covers.
func (n Node) Span() source.Span {
	if n.tree == nil {
		return source.Span{}
	}
	d := &n.tree.nodes[n.id]
	start, end := d.start, d.end
	if n.tree.segments != nil {
		start, end = n.tree.fileOffset(start), n.tree.fileEnd(end)
	}
	return source.Span{File: n.tree.File, Start: start, End: max(start, end)}
}

// Source is the node's text as written (for a notebook: decoded from its cell).
func (n Node) Source() string {
	if n.tree == nil {
		return ""
	}
	d := &n.tree.nodes[n.id]
	return string(n.tree.text[d.start:max(d.start, d.end)])
}

// Parent is the node above, or the zero Node at the root.
func (n Node) Parent() Node {
	if n.tree == nil || n.id == 0 {
		return Node{}
	}
	return Node{n.tree, n.tree.nodes[n.id].parent}
}

// Children visits the nodes directly below, in the order of the text.
func (n Node) Children() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.tree == nil {
			return
		}
		for id := n.tree.nodes[n.id].first; id != 0; id = n.tree.nodes[id].next {
			if !yield(Node{n.tree, id}) {
				return
			}
		}
	}
}

// Child is the i-th child from 0; a negative i counts from the end.
func (n Node) Child(i int) Node {
	if n.tree == nil {
		return Node{}
	}
	if i == -1 {
		if last := n.tree.nodes[n.id].last; last != 0 {
			return Node{n.tree, last}
		}
		return Node{}
	}
	if i < 0 {
		i += n.Count()
	}
	id := n.tree.nodes[n.id].first
	for ; id != 0 && i > 0; i-- {
		id = n.tree.nodes[id].next
	}
	if id == 0 || i < 0 {
		return Node{}
	}
	return Node{n.tree, id}
}

// Count is the number of children.
func (n Node) Count() int {
	count := 0
	for range n.Children() {
		count++
	}
	return count
}

// First is the first child of a kind.
func (n Node) First(kind Kind) Node {
	for c := range n.Children() {
		if c.Kind() == kind {
			return c
		}
	}
	return Node{}
}

// All visits the children of a kind.
func (n Node) All(kind Kind) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := range n.Children() {
			if c.Kind() == kind && !yield(c) {
				return
			}
		}
	}
}

// Argument is the value of a call's keyword argument, or of a map's pair with that literal key; the zero Node when
// there is none.
func (n Node) Argument(name string) Node {
	for c := range n.Children() {
		switch c.Kind() {
		case Keyword:
			if c.TextIs(name) {
				return c.Child(0)
			}
		case Pair:
			if key := c.Child(0); key.Is(String, Name, Number) && key.TextIs(name) {
				return c.Child(1)
			}
		}
	}
	return Node{}
}

// Walk visits the node and all below it, parents first, until visit says false for a subtree (its children are then
// passed over).
func (n Node) Walk(visit func(Node) bool) {
	if n.tree == nil {
		return
	}
	// Trees can be deep; an explicit stack keeps hostile nesting off the goroutine's.
	id, top := n.id, n.id
	for {
		if visit(Node{n.tree, id}) && n.tree.nodes[id].first != 0 {
			id = n.tree.nodes[id].first
			continue
		}
		for {
			if id == top {
				return
			}
			if next := n.tree.nodes[id].next; next != 0 {
				id = next
				break
			}
			id = n.tree.nodes[id].parent
		}
	}
}
