package syntax

import (
	"regexp"
	"strings"

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
		r.diagnose(source.Error, TooDeep, bound("values are", r.depth), start, start)
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
			r.diagnose(source.Error, AliasLimit, "aliases of this file stand for too many values; *"+name+" and what follows are left out", start, end)
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
