package syntax

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"fermata/internal/source"
)

// This file changes YAML files that people keep by hand. A file is never written anew from its tree: text is spliced
// in at a node's place, so that comments, order, quotes and blank lines stay as they are. Then the result is read
// again, and refused unless exactly the wanted change is in it.
//
// A path leads from the top value to the place: the key of a map, the number of a list's item from 0, or key=value for
// the item of a list of maps that has that value ("id=planner"). Values are YAML text, with their lines indented
// relative to their own first line.

// AppendItem gives the file's text with an item added at the end of the list at a path. The list is made when it is
// not there, or empty.
func AppendItem(file *source.File, path []string, item string) ([]byte, error) {
	e, err := newEdit(file, item)
	if err != nil {
		return nil, err
	}
	list, missing, err := e.find(path)
	switch {
	case err != nil:
		return nil, err
	case len(missing) > 0 || list.IsZero():
		return e.addMissing(list, missing, true)
	case list.Kind() == Null, list.Kind() == List && list.Count() == 0:
		return e.fill(list, true)
	case list.Kind() != List:
		return nil, fmt.Errorf("%s: %s is not a list", list.Span(), strings.Join(path, "."))
	}
	last := list.Child(-1)
	if e.isFlow(list) {
		return e.finish(e.splice(e.end(last), e.end(last), ", "+flowText(e.value)))
	}
	column := e.column(e.start(list))
	text := e.newline + indentText("- ", e.text, column, e.newline)
	at := e.lineEnd(e.end(last))
	return e.finish(e.splice(at, at, text))
}

// SetKey gives the file's text with a key set to a value. The last part of the path is the key; the map before it,
// and maps around that, are made when they are not there. A value that is there already is replaced.
func SetKey(file *source.File, path []string, value string) ([]byte, error) {
	if len(path) == 0 {
		return nil, fmt.Errorf("%s: no key to set", file.Path())
	}
	e, err := newEdit(file, value)
	if err != nil {
		return nil, err
	}
	node, missing, err := e.find(path)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 || node.IsZero() {
		return e.addMissing(node, missing, false)
	}
	return e.replace(node)
}

// edit is one change of one file.
type edit struct {
	file    *source.File
	tree    *Tree
	content []byte
	text    string // the new value as given, without line ends around it
	value   Node   // the new value, read
	newline string
	step    int // by how much the file indents
}

func newEdit(file *source.File, text string) (*edit, error) {
	tree := ParseAs(file, YAML)
	for _, d := range tree.Diagnostics {
		if d.Severity == source.Error {
			return nil, fmt.Errorf("%s; mend the file first", d)
		}
	}
	if tree.Root().Kind() == Module {
		return nil, fmt.Errorf("%s: holds several documents, so there is no one place to change", file.Path())
	}
	e := &edit{file: file, tree: tree, content: file.Content(), text: strings.Trim(text, "\r\n"), newline: "\n", step: 2}
	value := ParseAs(source.NewFile("value", []byte(e.text+"\n")), YAML)
	for _, d := range value.Diagnostics {
		return nil, fmt.Errorf("the new value is not YAML: %s", d.Message)
	}
	e.value = value.Root()
	if e.value.IsZero() || e.value.Kind() == Module {
		return nil, fmt.Errorf("the new value is not one YAML value")
	}
	if i := bytes.IndexByte(e.content, '\n'); i > 0 && e.content[i-1] == '\r' {
		e.newline = "\r\n"
	}
	return e, nil
}

func (e *edit) start(n Node) int { return int(n.Span().Start) }
func (e *edit) end(n Node) int   { return int(n.Span().End) }

func (e *edit) column(offset int) int {
	return offset - (bytes.LastIndexByte(e.content[:offset], '\n') + 1)
}

// lineEnd is the offset of the end of a line, before its line end.
func (e *edit) lineEnd(offset int) int {
	at := lineEnd(e.content, offset)
	if at > 0 && at > offset && e.content[at-1] == '\r' {
		at--
	}
	return at
}

func (e *edit) isFlow(n Node) bool {
	if at := e.start(n); at < len(e.content) {
		return e.content[at] == '[' || e.content[at] == '{'
	}
	return false
}

// inFlow tells whether a node or one around it is written in brackets.
func (e *edit) inFlow(n Node) bool {
	for ; !n.IsZero(); n = n.Parent() {
		if n.Is(Map, List) && e.isFlow(n) {
			return true
		}
	}
	return false
}

// find goes down a path. Missing is the rest of it that is not there; node is then the last one that is.
func (e *edit) find(path []string) (node Node, missing []string, err error) {
	node = e.tree.Root()
	for i, part := range path {
		var next Node
		switch node.Kind() {
		case Map:
			next = node.Argument(part)
		case List:
			if next = listItem(node, part); next.IsZero() {
				return Node{}, nil, fmt.Errorf("%s: the list has no item %s", node.Span(), part)
			}
		case Null, Invalid:
			return node, path[i:], nil
		default:
			return Node{}, nil, fmt.Errorf("%s: %s is neither a map nor a list", node.Span(), strings.Join(path[:i], "."))
		}
		if next.IsZero() {
			return node, path[i:], nil
		}
		inside, around := next.Span(), node.Span()
		if inside.Start < around.Start || inside.End > around.End {
			return Node{}, nil, fmt.Errorf("%s: %s comes from an alias; change it where it is written", next.Span(), part)
		}
		node = next
		if node.Is(Map, List) && e.start(node) < len(e.content) && e.content[e.start(node)] == '*' {
			return Node{}, nil, fmt.Errorf("%s: %s is an alias; change it where it is written", node.Span(), part)
		}
	}
	return node, nil, nil
}

// listItem is the item that a part of a path names.
func listItem(list Node, part string) Node {
	if key, value, ok := strings.Cut(part, "="); ok {
		for item := range list.Children() {
			if item.Argument(key).TextIs(value) {
				return item
			}
		}
		return Node{}
	}
	if i, err := strconv.Atoi(part); err == nil && i >= 0 {
		return list.Child(i)
	}
	return Node{}
}

// splice is the content with a range replaced.
func (e *edit) splice(from, to int, text string) []byte {
	out := make([]byte, 0, len(e.content)+len(text))
	out = append(out, e.content[:from]...)
	out = append(out, text...)
	return append(out, e.content[to:]...)
}

// indentText puts a prefix before the first line of a text and as many spaces before the rest, all at a column.
func indentText(prefix, text string, column int, newline string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	margin := strings.Repeat(" ", column)
	hang := strings.Repeat(" ", len(prefix))
	for i, line := range lines {
		switch {
		case i == 0:
			lines[i] = margin + prefix + line
		case strings.TrimSpace(line) == "":
			lines[i] = ""
		default:
			lines[i] = margin + hang + line
		}
	}
	return strings.Join(lines, newline)
}

// isInline tells a value that may stand on the line of its key.
func (e *edit) isInline() bool {
	block := e.value.Is(Map, List) && e.text[0] != '[' && e.text[0] != '{'
	return !block && !strings.ContainsAny(e.text, "\n") || !block && (e.text[0] == '|' || e.text[0] == '>')
}

// after is the text that follows "key:" at a column: the value on the same line, or below.
func (e *edit) after(column int) string {
	if e.isInline() {
		return " " + strings.TrimLeft(indentText("", e.text, column+e.step, e.newline), " ")
	}
	return e.newline + indentText("", e.text, column+e.step, e.newline)
}

// entry is "key: value" at a column, through all missing keys; item makes the value the only item of a list.
func (e *edit) entry(keys []string, column int, item bool) string {
	var b strings.Builder
	for i, key := range keys {
		if i > 0 {
			b.WriteString(e.newline)
		}
		b.WriteString(strings.Repeat(" ", column) + scalarText(key) + ":")
		if i < len(keys)-1 {
			column += e.step
		}
	}
	if item {
		b.WriteString(e.newline + indentText("- ", e.text, column+e.step, e.newline))
	} else {
		b.WriteString(e.after(column))
	}
	return b.String()
}

// addMissing adds keys that are not there to the map at node, or to a file without a value.
func (e *edit) addMissing(node Node, missing []string, item bool) ([]byte, error) {
	for _, key := range missing {
		if strings.Contains(key, "=") {
			return nil, fmt.Errorf("%s: there is no list with an item %s", e.file.Path(), key)
		}
	}
	switch {
	case node.IsZero(): // an empty file, or one of comments
		text := e.entry(missing, 0, item)
		if len(missing) == 0 {
			text = indentText("- ", e.text, 0, e.newline)
		}
		if n := len(e.content); n > 0 && e.content[n-1] != '\n' {
			text = e.newline + text
		}
		return e.finish(e.splice(len(e.content), len(e.content), text+e.newline))
	case node.Kind() == Null:
		return e.under(node, func(column int) string { return e.entry(missing, column, item) })
	case node.Kind() != Map:
		return nil, fmt.Errorf("%s: not a map, so it cannot have a key %s", node.Span(), missing[0])
	case e.isFlow(node):
		if node.Count() == 0 && !e.inFlow(node.Parent()) {
			return e.under(node, func(column int) string { return e.entry(missing, column, item) })
		}
		text := flowEntry(missing, e.value, item)
		if node.Count() == 0 {
			return e.finish(e.splice(e.start(node)+1, e.start(node)+1, text))
		}
		at := e.end(node.Child(-1))
		return e.finish(e.splice(at, at, ", "+text))
	}
	first, last := node.Child(0), e.lastOwn(node)
	at := e.lineEnd(e.end(last))
	return e.finish(e.splice(at, at, e.newline+e.entry(missing, e.column(e.start(first)), item)))
}

// lastOwn is the last pair of a map that stands in it, and was not merged from elsewhere.
func (e *edit) lastOwn(node Node) Node {
	last := node.Child(0)
	for pair := range node.All(Pair) {
		if e.end(pair) <= e.end(node) && e.end(pair) > e.end(last) {
			last = pair
		}
	}
	return last
}

// fill puts the new value into an empty value: nothing, or empty brackets.
func (e *edit) fill(node Node, item bool) ([]byte, error) {
	if e.inFlow(node.Parent()) {
		text := flowText(e.value)
		if item {
			text = "[" + text + "]"
		}
		return e.finish(e.splice(e.start(node), e.end(node), text))
	}
	return e.under(node, func(column int) string { return indentText("- ", e.text, column, e.newline) })
}

// under puts a block below the key of an empty value; a comment on the key's line stays there.
func (e *edit) under(node Node, block func(column int) string) ([]byte, error) {
	from, to := e.start(node), e.end(node)
	column := 0
	if pair := node.Parent(); pair.Kind() == Pair {
		column = e.column(e.start(pair)) + e.step
	} else if !pair.IsZero() {
		return nil, fmt.Errorf("%s: only an empty value under a key can be filled", node.Span())
	}
	for from > 0 && from < to && e.content[from-1] == ' ' {
		from--
	}
	at := e.lineEnd(to)
	rest := string(e.content[to:at])
	text := rest + e.newline + block(column)
	if node.Parent().IsZero() {
		text = strings.TrimPrefix(text, e.newline)
	}
	return e.finish(e.splice(from, at, text))
}

// replace puts the new value in the place of another.
func (e *edit) replace(node Node) ([]byte, error) {
	pair := node.Parent()
	if pair.Kind() != Pair || e.inFlow(pair.Parent()) {
		text := flowText(e.value)
		if pair.Kind() != Pair && !e.inFlow(pair) {
			return nil, fmt.Errorf("%s: only the value of a key can be replaced", node.Span())
		}
		if e.start(node) == e.end(node) {
			text = " " + text
		}
		return e.finish(e.splice(e.start(node), e.end(node), text))
	}
	key := pair.Child(0)
	colon := e.end(key)
	for colon < len(e.content) && e.content[colon] != ':' {
		colon++
	}
	colon = min(colon+1, len(e.content))
	from := colon
	comment := ""
	if start := e.start(node); start > e.lineEnd(colon) {
		// The old value stands below its key: a comment on the key's line goes behind the new value.
		if line := strings.TrimSpace(string(e.content[colon:e.lineEnd(colon)])); strings.HasPrefix(line, "#") {
			comment = "  " + line
		}
	}
	text := e.after(e.column(e.start(pair)))
	if comment != "" {
		first, rest, more := strings.Cut(text, e.newline)
		text = first + comment
		if more {
			text += e.newline + rest
		}
	}
	if !e.isInline() && e.start(node) <= e.lineEnd(colon) {
		// The new value goes below; what stood behind the old one is a comment, and stays on the line.
		end := e.lineEnd(e.end(node))
		return e.finish(e.splice(from, end, string(bytes.TrimRight(e.content[e.end(node):end], " \t"))+text))
	}
	return e.finish(e.splice(from, e.end(node), text))
}
