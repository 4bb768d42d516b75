package syntax

import (
	"fmt"
	"strconv"
	"strings"

	"fermata/internal/source"
)

// finish reads the changed text again and refuses it unless the new value is in it, once more than before, and all
// that was there is there still (but for the one value that was replaced).
func (e *edit) finish(content []byte) ([]byte, error) {
	tree := ParseAs(source.NewFile(e.file.Path(), content), YAML)
	for _, d := range tree.Diagnostics {
		if d.Severity == source.Error {
			return nil, fmt.Errorf("%s: the change cannot be made without breaking the file (%s)", e.file.Path(), d.Message)
		}
	}
	if differences(e.tree.Root(), tree.Root(), e.value) != 1 {
		// A text block at the end of a file lacks its last line end.
		if len(content) > 0 && content[len(content)-1] != '\n' {
			return e.finish(append(content, e.newline...))
		}
		return nil, fmt.Errorf("%s: the change cannot be made in this place without changing something else", e.file.Path())
	}
	return content, nil
}

// unlike is how many differences are too many to count on.
const unlike = 1 << 20

// differences counts the places where after has the new value and before has something else, or nothing. Any other
// difference is far too many.
func differences(before, after, value Node) int {
	if equalValue(before, after) {
		return 0
	}
	if equalValue(after, value) && !before.Is(Map, List) {
		return 1
	}
	switch {
	case before.Kind() == Map && after.Kind() == Map && before.Count() > 0:
		count := 0
		old := before.Child(0)
		n := 0
		for pair := range after.All(Pair) {
			if n < before.Count() {
				if !equalValue(old.Child(0), pair.Child(0)) {
					return unlike
				}
				count += differences(old.Child(1), pair.Child(1), value)
				old = Node{old.tree, old.tree.nodes[old.id].next}
			} else {
				count += added(pair.Child(1), value)
			}
			n++
		}
		if n < before.Count() {
			return unlike
		}
		if count != 1 && equalValue(after, value) {
			return 1
		}
		return count
	case before.Kind() == List && after.Kind() == List && before.Count() > 0:
		if equalValue(after, value) {
			return 1
		}
		count := 0
		items := before.Count()
		for i := range after.Count() {
			if i < items {
				count += differences(before.Child(i), after.Child(i), value)
			} else {
				count += added(after.Child(i), value)
			}
		}
		if after.Count() < items {
			return unlike
		}
		return count
	case before.Is(Null, Invalid), before.Is(Map, List) && before.Count() == 0:
		return added(after, value)
	}
	if equalValue(after, value) {
		return 1
	}
	return unlike
}

// added is 1 when a node that was not there before is the new value, inside of nothing but maps and lists of one.
func added(after, value Node) int {
	for {
		switch {
		case equalValue(after, value):
			return 1
		case after.Kind() == Map && after.Count() == 1:
			after = after.Child(0).Child(1)
		case after.Kind() == List && after.Count() == 1:
			after = after.Child(0)
		default:
			return unlike
		}
	}
}

// equalValue compares what two nodes say, not how they are written.
func equalValue(a, b Node) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case Map, List, Pair, Document, Module:
		next := b.tree.nodes[b.id].first
		for child := range a.Children() {
			if next == 0 || !equalValue(child, Node{b.tree, next}) {
				return false
			}
			next = b.tree.nodes[next].next
		}
		return next == 0
	case Null, Invalid:
		return true
	}
	return a.Text() == b.Text()
}

// flowText writes a value on one line.
func flowText(n Node) string {
	switch n.Kind() {
	case Map:
		var parts []string
		for key, value := range n.Pairs() {
			parts = append(parts, flowText(key)+": "+flowText(value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case List:
		var parts []string
		for item := range n.Children() {
			parts = append(parts, flowText(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case String:
		return scalarText(n.Text())
	case Null:
		return "null"
	}
	return n.Text()
}

func flowEntry(keys []string, value Node, item bool) string {
	text := flowText(value)
	if item {
		text = "[" + text + "]"
	}
	for i := len(keys) - 1; i >= 0; i-- {
		text = scalarText(keys[i]) + ": " + text
		if i > 0 {
			text = "{" + text + "}"
		}
	}
	return text
}

// scalarText writes a string as plain as YAML allows anywhere, also within brackets.
func scalarText(s string) string {
	plain := s != "" && plainKind(s) == String && strings.TrimSpace(s) == s && s != "<<" && s != "---" && s != "..."
	for i, c := range s {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '/' || c == '.' || c > 0x2029 && c < 0xD800:
		case (c == '-' || c == ' ' || c == '@' || c == '=' || c == '+' || c == '(' || c == ')' || c == '~') && i > 0:
		default:
			plain = false
		}
	}
	if plain {
		return s
	}
	return strconv.Quote(strings.ToValidUTF8(s, "\uFFFD"))
}
