package rule

import (
	"fmt"
	"strconv"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// decoder reads one YAML file strictly: every trouble becomes a diagnostic with the place of the key or value.
type decoder struct {
	file     *source.File
	troubles []source.Diagnostic
}

// open parses the file and gives its top map; the zero node when there is none.
func (d *decoder) open(what string) syntax.Node {
	tree := syntax.ParseAs(d.file, syntax.YAML)
	d.troubles = append(d.troubles, tree.Diagnostics...)
	root := tree.Root()
	if !root.Is(syntax.Map) {
		if len(tree.Diagnostics) == 0 {
			d.trouble("not-a-map", d.file.Span(0, 0), "", "%s must be a map of keys", what)
		}
		return syntax.Node{}
	}
	return root
}

func (d *decoder) trouble(code string, at source.Span, hint, format string, args ...any) {
	d.troubles = append(d.troubles, source.Diagnostic{
		Severity: source.Error, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint, Span: at,
	})
}

func (d *decoder) failed() bool {
	for i := range d.troubles {
		if d.troubles[i].Severity == source.Error {
			return true
		}
	}
	return false
}

// key is one key of a map with its value.
type key struct {
	at, value syntax.Node
}

// keys gives a map's keys and values, and refuses a key that is not known.
func (d *decoder) keys(node syntax.Node, what string, known []string) map[string]key {
	found := map[string]key{}
	if !node.Is(syntax.Map) {
		d.trouble("not-a-map", node.Span(), "", "%s must be a map of keys", what)
		return found
	}
	for at, value := range node.Pairs() {
		name, _ := at.Scalar()
		ok := false
		for _, k := range known {
			ok = ok || k == name
		}
		if !ok {
			d.trouble("unknown-key", at.Span(), didYouMean(name, known), "%q is not a key of %s", name, what)
			continue
		}
		if _, twice := found[name]; !twice {
			found[name] = key{at, value}
		}
	}
	return found
}

// text reads a scalar; "" with a diagnostic when the value is something else.
func (d *decoder) text(node syntax.Node, what string) string {
	if node.Is(syntax.Null) {
		d.trouble("empty-value", node.Span(), "", "%s is empty", what)
		return ""
	}
	s, ok := node.Scalar()
	if !ok {
		d.trouble("not-a-text", node.Span(), "", "%s must be a text", what)
		return ""
	}
	if s == "" {
		d.trouble("empty-value", node.Span(), "", "%s is empty", what)
	}
	return s
}

// list reads a list, or one value as a list of one.
func (d *decoder) list(node syntax.Node) []syntax.Node {
	if !node.Is(syntax.List) {
		return []syntax.Node{node}
	}
	var items []syntax.Node
	for item := range node.Children() {
		items = append(items, item)
	}
	return items
}

// texts reads a list of scalars.
func (d *decoder) texts(node syntax.Node, what string) (texts []string, at []syntax.Node) {
	if !node.Is(syntax.List) {
		d.trouble("not-a-list", node.Span(), "", "%s must be a list", what)
		return nil, nil
	}
	for _, item := range d.list(node) {
		texts, at = append(texts, d.text(item, what)), append(at, item)
	}
	return texts, at
}

// kinds reads a list of kinds that all stand in one table.
func (d *decoder) kinds(node syntax.Node, what string, tables ...map[string]bool) []string {
	words, at := d.texts(node, what)
	for i, word := range words {
		known := word == ""
		var choices []string
		for _, table := range tables {
			known = known || table[word]
			for k := range table {
				choices = append(choices, k)
			}
		}
		if !known {
			d.trouble("unknown-kind", at[i].Span(), didYouMean(word, choices), "%q is not a kind that %s may name", word, what)
		}
	}
	return words
}

func (d *decoder) number(node syntax.Node, what string) float64 {
	s, _ := node.Scalar()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !node.Is(syntax.Number) {
		d.trouble("not-a-number", node.Span(), "", "%s must be a number", what)
	}
	return f
}

func (d *decoder) boolean(node syntax.Node, what string) bool {
	if !node.Is(syntax.Bool) {
		d.trouble("not-a-bool", node.Span(), "", "%s must be true or false", what)
	}
	return node.TextIs("true")
}
