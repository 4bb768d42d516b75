package syntax

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"fermata/internal/source"
)

// maxAliasNodes is how many nodes all aliases of one file together may stand for. Without it a few hundred bytes
// make a tree of thousands of millions of nodes.
const maxAliasNodes = 1 << 18

// parseYAML reads YAML through the nodes of the yaml library, which know where they begin but not where they end:
// ends are found in the text again (see yaml_span.go). Plain scalars follow the core schema of YAML 1.2, so that
// yes, no, on and off are strings.
//
// An alias becomes a copy of what it stands for. The copy's top has the span of the alias, all below keeps the span
// of the anchor's text, because that is where a person would change it. Merge keys ("<<") add the pairs that the map
// does not have itself, after its own.
func parseYAML(file *source.File, text []byte, start int) *Tree {
	r := &yamlReader{builder: newBuilder(file, YAML, text), start: start, anchors: map[*yaml.Node]int32{}}
	documents := r.documents()
	// "---" at the very end begins a document that nobody meant.
	for len(documents) > 1 && isNothing(documents[len(documents)-1]) {
		documents = documents[:len(documents)-1]
	}
	switch len(documents) {
	case 0:
	case 1:
		r.value(0, documents[0], -1)
	default:
		root := r.add(0, Module, start, len(text))
		for _, d := range documents {
			id := r.add(root, Document, 0, 0)
			r.value(id, d, -1)
			r.cover(id)
		}
	}
	return r.tree
}

// isNothing tells a scalar of no characters.
func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 && n.Anchor == ""
}

type yamlReader struct {
	*builder
	start   int // offset of the first byte after a byte order mark
	lines   []int32
	cursor  cursor
	depth   int
	copied  int                  // nodes made for aliases so far
	anchors map[*yaml.Node]int32 // what an anchor's node became, once it is complete
}

// cover sets a node's span to that of its children.
func (r *yamlReader) cover(id int32) {
	n := &r.tree.nodes[id]
	if n.first == 0 {
		return
	}
	n.start, n.end = r.tree.nodes[n.first].start, r.tree.nodes[n.last].end
}

// value makes the node for one YAML node. Indent is the column (from 0) of the block collection around it, -1 at the
// top: a block scalar's text is indented more than that.
func (r *yamlReader) value(parent int32, n *yaml.Node, indent int) int32 {
	if r.depth >= MaxDepth || len(r.tree.nodes) >= MaxNodes {
		start := r.offset(n.Line, n.Column)
		id := r.add(parent, Error, start, start)
		r.diagnose(source.Error, "too-deep", "values are nested too deep, or too many, to be read", start, start)
		return id
	}
	r.depth++
	defer func() { r.depth-- }()
	start := r.offset(n.Line, n.Column)
	var id int32
	switch n.Kind {
	case yaml.AliasNode:
		return r.alias(parent, n, start)
	case yaml.ScalarNode:
		id = r.scalar(parent, n, start, indent)
	case yaml.MappingNode:
		id = r.mapping(parent, n, start)
	case yaml.SequenceNode:
		id = r.sequence(parent, n, start)
	default:
		id = r.add(parent, Null, start, start)
	}
	if n.Anchor != "" {
		r.anchors[n] = id
	}
	return id
}

func (r *yamlReader) mapping(parent int32, n *yaml.Node, start int) int32 {
	open := r.properties(n, start)
	flow := n.Style&yaml.FlowStyle != 0 && open < len(r.tree.text) && r.tree.text[open] == '{'
	if flow {
		start = open
	}
	id := r.add(parent, Map, start, start+1)
	column, end := -1, start
	if len(n.Content) > 0 && !flow {
		column = n.Content[0].Column - 1
		if open != start { // an anchor or a tag stands before the first key
			start = r.offset(n.Content[0].Line, n.Content[0].Column)
			r.tree.nodes[id].start = int32(start)
		}
	}
	merged := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		pair := r.add(id, Pair, 0, 0)
		k := r.value(pair, key, column)
		v := r.value(pair, value, column)
		r.tree.nodes[pair].start = r.tree.nodes[k].start
		r.tree.nodes[pair].end = max(r.tree.nodes[k].end, r.tree.nodes[v].end)
		end = max(end, int(r.tree.nodes[pair].end))
		if key.Tag == "!!merge" {
			merged = true
		}
	}
	if flow {
		end = r.closing(max(end, start+1), '}')
	}
	r.tree.nodes[id].end = int32(max(end, start))
	r.duplicateKeys(id)
	if merged {
		r.merge(id)
	}
	return id
}

func (r *yamlReader) sequence(parent int32, n *yaml.Node, start int) int32 {
	open := r.properties(n, start)
	flow := n.Style&yaml.FlowStyle != 0 && open < len(r.tree.text) && r.tree.text[open] == '['
	if flow || open < len(r.tree.text) && r.tree.text[open] == '-' {
		start = open
	}
	id := r.add(parent, List, start, start+1)
	column := -1
	if !flow {
		column = r.column(start)
	}
	end := start + 1
	for _, item := range n.Content {
		v := r.value(id, item, column)
		end = max(end, int(r.tree.nodes[v].end))
	}
	if flow {
		end = r.closing(end, ']')
	}
	r.tree.nodes[id].end = int32(min(end, len(r.tree.text)))
	return id
}

// alias copies what the alias stands for.
func (r *yamlReader) alias(parent int32, n *yaml.Node, start int) int32 {
	end := min(start+1+len(n.Value), len(r.tree.text))
	target, complete := r.anchors[n.Alias]
	if !complete {
		r.diagnose(source.Error, "recursive-alias", "alias *"+n.Value+" stands inside the value that it names", start, end)
		return r.add(parent, Null, start, end)
	}
	id, ok := r.clone(parent, target, n.Value, start, end)
	if !ok {
		return r.add(parent, Null, start, end)
	}
	r.tree.nodes[id].start, r.tree.nodes[id].end = int32(start), int32(end)
	return id
}

// clone copies the run of nodes that top begins under a new parent.
func (r *yamlReader) clone(parent, top int32, name string, start, end int) (int32, bool) {
	last := r.runEnd(top)
	count := int(last - top)
	if r.copied+count > maxAliasNodes || len(r.tree.nodes)+count > MaxNodes {
		if r.copied <= maxAliasNodes {
			r.diagnose(source.Error, "alias-limit", "aliases of this file stand for too many values; *"+name+" and what follows are left out", start, end)
		}
		r.copied = maxAliasNodes + 1
		return 0, false
	}
	r.copied += count
	shift := int32(len(r.tree.nodes)) - top
	for id := top; id < last; id++ {
		n := r.tree.nodes[id]
		for _, link := range []*int32{&n.first, &n.last, &n.next, &n.parent} {
			if *link != 0 {
				*link += shift
			}
		}
		r.tree.nodes = append(r.tree.nodes, n)
	}
	id := top + shift
	r.tree.nodes[id].next = 0
	r.attach(parent, id)
	return id, true
}

// runEnd is the id after the last node below top. Nodes are made depth first, so a node and all below it are one run.
func (r *yamlReader) runEnd(top int32) int32 {
	for last := top; ; {
		n := &r.tree.nodes[last]
		if n.last == 0 {
			return last + 1
		}
		last = n.last
	}
}

// merge adds to the map the pairs of the maps that its merge keys name, unless it has the key already.
func (r *yamlReader) merge(id int32) {
	var sources []int32
	for pair := r.tree.nodes[id].first; pair != 0; pair = r.tree.nodes[pair].next {
		if !(Node{r.tree, r.tree.nodes[pair].first}).TextIs("<<") {
			continue
		}
		switch value := r.tree.nodes[r.tree.nodes[pair].first].next; r.tree.nodes[value].kind {
		case Map:
			sources = append(sources, value)
		case List:
			for item := r.tree.nodes[value].first; item != 0; item = r.tree.nodes[item].next {
				if r.tree.nodes[item].kind == Map {
					sources = append(sources, item)
				}
			}
		default:
			n := r.tree.nodes[value]
			r.diagnose(source.Error, "merge-key", "a merge key (<<) needs a map or a list of maps", int(n.start), int(n.end))
		}
	}
	r.unlinkMerges(id)
	have := map[string]bool{}
	for pair := r.tree.nodes[id].first; pair != 0; pair = r.tree.nodes[pair].next {
		have[Node{r.tree, r.tree.nodes[pair].first}.Text()] = true
	}
	for _, from := range sources {
		for pair := r.tree.nodes[from].first; pair != 0; pair = r.tree.nodes[pair].next {
			name := Node{r.tree, r.tree.nodes[pair].first}.Text()
			if have[name] {
				continue
			}
			have[name] = true
			n := r.tree.nodes[pair]
			if _, ok := r.clone(id, pair, "<<", int(n.start), int(n.end)); !ok {
				return
			}
		}
	}
}

// unlinkMerges takes the merge keys out of a map: what they named stands there as pairs of its own.
func (r *yamlReader) unlinkMerges(id int32) {
	nodes := r.tree.nodes
	before := int32(0)
	for pair := nodes[id].first; pair != 0; pair = nodes[pair].next {
		if key := nodes[pair].first; (Node{r.tree, key}).TextIs("<<") && nodes[nodes[key].next].kind != Null {
			if before == 0 {
				nodes[id].first = nodes[pair].next
			} else {
				nodes[before].next = nodes[pair].next
			}
			if nodes[id].last == pair {
				nodes[id].last = before
			}
			continue
		}
		before = pair
	}
}

// Plain scalars of the core schema.
var (
	yamlInt   = regexp.MustCompile(`^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$`)
	yamlFloat = regexp.MustCompile(`^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

// plainKind tells what a scalar without quotes is.
func plainKind(s string) Kind {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		return Bool
	}
	if c := s[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
		if yamlInt.MatchString(s) || yamlFloat.MatchString(s) {
			return Number
		}
	}
	return String
}

const quotedStyles = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

func (r *yamlReader) scalar(parent int32, n *yaml.Node, start, indent int) int32 {
	kind := String
	if n.Style&quotedStyles == 0 {
		kind = plainKind(n.Value)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		switch n.Tag {
		case "!!str", "!!binary", "!!timestamp":
			kind = String
		case "!!int", "!!float":
			kind = Number
		case "!!bool":
			kind = Bool
		case "!!null":
			kind = Null
		}
	}
	start = r.properties(n, start)
	end := r.scalarEnd(n, start, indent)
	id := r.add(parent, kind, start, end)
	value := n.Value
	if kind == Bool {
		value = strings.ToLower(value)
	}
	from, to := start, end
	if n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 && to-from >= 2 {
		from, to = from+1, to-1
	}
	if string(r.tree.text[from:to]) == value {
		r.setText(id, from, to)
	} else {
		r.setString(id, value)
	}
	return id
}

// rereadBudget is how many bytes of a file may be read again because of syntax errors: recovery must not make a large
// or hostile file expensive.
func rereadBudget(size int) int { return 4<<20 + size }

// documents reads the text with the library. At a syntax error it blanks out as little as it can and reads again,
// so that one bad line costs that line and what hangs below it; each error becomes a diagnostic.
func (r *yamlReader) documents() []*yaml.Node {
	text := r.tree.text[r.start:]
	budget := rereadBudget(len(text))
	documents, trouble := decodeYAML(text)
	for tries := 0; trouble != nil; tries++ {
		r.report(trouble)
		if tries == maxTroubles/2 || budget < len(text) {
			break
		}
		var best yamlAttempt
		for _, region := range r.suspects(text, trouble) {
			attempt := yamlAttempt{text: blank(text, region[0], region[1])}
			attempt.documents, attempt.trouble = decodeYAML(attempt.text)
			budget -= len(text)
			if attempt.reaches() > trouble.line {
				best = attempt
				break
			}
			if budget < 0 {
				break
			}
		}
		if best.text == nil {
			break
		}
		text, documents, trouble = best.text, best.documents, best.trouble
	}
	return documents
}

type yamlAttempt struct {
	text      []byte
	documents []*yaml.Node
	trouble   *yamlTrouble
}

// reaches is the line to which the attempt could read.
func (a yamlAttempt) reaches() int {
	if a.trouble == nil {
		return 1 << 30
	}
	return a.trouble.line
}

// yamlTrouble is the library's error, cut down to what we use.
type yamlTrouble struct {
	message               string
	line, column          int // from 1
	contextLine, contextC int // where the broken construct began; 0 when not known
}

func decodeYAML(text []byte) (documents []*yaml.Node, trouble *yamlTrouble) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			trouble := &yamlTrouble{message: err.Error(), line: 1, column: 1}
			var load *yaml.LoadError
			if errors.As(err, &load) {
				trouble.message = load.Message
				if load.Mark.Line > 0 {
					trouble.line, trouble.column = load.Mark.Line, max(1, load.Mark.Column)
				} else if load.Mark.Index > 0 && load.Mark.Index <= len(text) {
					trouble.line = bytes.Count(text[:load.Mark.Index], []byte("\n")) + 1
					trouble.column = utf8.RuneCount(text[bytes.LastIndexByte(text[:load.Mark.Index], '\n')+1:load.Mark.Index]) + 1
				}
				if load.ContextMark.Line > 0 {
					trouble.contextLine, trouble.contextC = load.ContextMark.Line, load.ContextMark.Column
				}
			}
			return documents, trouble
		}
		if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
			documents = append(documents, document.Content[0])
		}
	}
}

// suspects are the ranges of text to try without, the likeliest and smallest first.
func (r *yamlReader) suspects(text []byte, t *yamlTrouble) [][2]int {
	var found [][2]int
	add := func(from, to int) {
		if from < to && !slices.Contains(found, [2]int{from, to}) {
			found = append(found, [2]int{from, to})
		}
	}
	at := r.lineStart(t.line) - r.start
	if name, ok := unknownAnchor(t.message); ok {
		from := r.offset(t.line, t.column) - r.start
		add(from, min(from+1+len(name), len(text)))
	}
	context := at
	if t.contextLine > 0 && t.contextLine <= t.line {
		context = r.lineStart(t.contextLine) - r.start
	}
	// A bracket or quote that is not closed shows itself far below; the line that opened it is the bad one.
	if strings.Contains(t.message, "expected ',' or") || strings.Contains(t.message, "unexpected end of stream") {
		add(context, blockEnd(text, context))
	}
	add(at, blockEnd(text, at))
	add(context, blockEnd(text, context))
	add(context, blockEnd(text, at))
	rest := len(text)
	if i := bytes.Index(text[min(at, len(text)):], []byte("\n---")); i >= 0 {
		rest = min(at, len(text)) + i
	}
	add(at, rest)
	add(context, rest)
	return found
}

func unknownAnchor(message string) (string, bool) {
	rest, ok := strings.CutPrefix(message, "unknown anchor '")
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, "'")
	return name, true
}

// blockEnd is the end of the line at offset at and of the lines below it that are indented more: what hangs below a
// bad line must not be read as if it hung below another.
func blockEnd(text []byte, at int) int {
	indent := -1
	for at < len(text) {
		end := len(text)
		if i := bytes.IndexByte(text[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := text[at:end]
		own := len(line) - len(bytes.TrimLeft(line, " \t"))
		if len(bytes.TrimSpace(line)) > 0 {
			if indent < 0 {
				indent = own
			} else if own <= indent {
				return at
			}
		} else if indent < 0 {
			return end
		}
		at = end
	}
	return at
}

// blank copies text with a range replaced by spaces; line ends stay, so that lines keep their numbers.
func blank(text []byte, from, to int) []byte {
	out := bytes.Clone(text)
	for i := from; i < to; i++ {
		if out[i] != '\n' && out[i] != '\r' {
			out[i] = ' '
		}
	}
	return out
}

// report says a syntax error in plain words.
func (r *yamlReader) report(t *yamlTrouble) {
	line, column := t.line, t.column
	message, hint := t.message, ""
	at := func() byte {
		if o := r.offset(line, column); o < len(r.tree.text) {
			return r.tree.text[o]
		}
		return 0
	}
	context := func() {
		if t.contextLine > 0 {
			line, column = t.contextLine, t.contextC
		}
	}
	code := "syntax-error"
	switch {
	case strings.HasPrefix(message, "unknown anchor"):
		name, _ := unknownAnchor(message)
		code, message, hint = "unknown-anchor", "alias *"+name+" names no anchor", "write &"+name+" before the value it should repeat"
	case strings.Contains(message, "mapping values are not allowed"):
		message, hint = "a second \": \" stands where only text can", "put the value in quotes, or indent the line as a key of its own"
	case strings.Contains(message, "expected ',' or ']'"):
		context()
		message, hint = "this list is not closed, or a comma is missing", "close it with ]"
	case strings.Contains(message, "expected ',' or '}'"):
		context()
		message, hint = "this map is not closed, or a comma is missing", "close it with }"
	case strings.Contains(message, "cannot start any token") && at() == '\t', strings.Contains(message, "tab character"):
		message, hint = "a tab stands where YAML wants spaces", "indent with spaces"
	case strings.Contains(message, "cannot start any token"):
		message, hint = "a value cannot begin with "+strconv.QuoteRune(rune(at())), "put the value in quotes"
	case strings.Contains(message, "did not find expected key"):
		message, hint = "this line is not indented like its neighbours, or a bracket is closed that was never opened", "align it with the keys above"
	case strings.Contains(message, "expected '-' indicator"):
		message, hint = "a list goes on here, but this line is no item", "begin it with \"- \" or indent it like the key above the list"
	case strings.Contains(message, "could not find expected ':'"):
		message, hint = "this line is neither a key nor part of a value", "write \"key: value\", or indent it as part of the text above"
	case strings.Contains(message, "unexpected end of stream"):
		context()
		message, hint = "this quoted text is not closed", "close the quote"
	case strings.Contains(message, "block sequence entries are not allowed"):
		message, hint = "a list item cannot begin here", "put it on a line of its own, below the key"
	case strings.Contains(message, "control characters"):
		message = "a control character stands in the text"
	case strings.Contains(message, "did not find expected <document start>"):
		message, hint = "something stands after the end of the value", "separate documents with a line of ---"
	}
	offset := r.offset(line, column)
	end := offset
	for end < len(r.tree.text) && r.tree.text[end] != '\n' && r.tree.text[end] != '\r' {
		end++
	}
	r.diagnose(source.Error, code, message, offset, max(offset, end))
	r.tree.Diagnostics[len(r.tree.Diagnostics)-1].Hint = hint
}
