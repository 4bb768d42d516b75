package taint

import (
	"strings"

	"fermata/internal/syntax"
)

// A value in quotes, with its line breaks written out, begins no new line of a log. Python has it done by the form of the
// text: {x!r} and {x=} in a formatted one, %r in one whose fields are counted.

var logKind = kindNamed("log")

// quotedField tells whether a field of a formatted text shows its value as repr() does.
func quotedField(n syntax.Node) bool {
	if n.Tree().Language == syntax.TypeScript || n.Child(0).IsZero() {
		return false
	}
	text, from := n.Source(), int(n.Child(0).Span().End-n.Span().Start)
	if from < 0 || from >= len(text) {
		return false
	}
	rest := strings.TrimLeft(text[from:], " \t\n)")
	shows, debug := strings.CutPrefix(rest, "=")
	shows = strings.TrimLeft(shows, " \t\n")
	if to, converted := strings.CutPrefix(shows, "!"); converted {
		to = strings.TrimLeft(to, " \t\n")
		return strings.HasPrefix(to, "r") || strings.HasPrefix(to, "a")
	}
	return debug && strings.HasPrefix(shows, "}")
}

// quotedPlaces tells of a text with counted fields, by place, which show their value as repr() does. Of a text whose fields
// have names, or whose width is a value of its own, nothing is said.
func quotedPlaces(format string) []bool {
	var quoted []bool
	for {
		_, rest, found := strings.Cut(format, "%")
		if !found {
			return quoted
		}
		i := strings.IndexFunc(rest, func(c rune) bool { return !strings.ContainsRune("-+ #0123456789.hlL", c) })
		if i < 0 || rest[i] == '*' || rest[i] == '(' {
			return nil
		}
		if rest[i] != '%' {
			quoted = append(quoted, rest[i] == 'r' || rest[i] == 'a')
		}
		format = rest[i+1:]
	}
}

// quotedArguments are the arguments of a call of a logger that its text shows in quotes.
func quotedArguments(n syntax.Node) map[syntax.Node]bool {
	if n.Tree().Language == syntax.TypeScript {
		return nil
	}
	var places []bool
	var all map[syntax.Node]bool
	read, i := false, 0
	for a := range n.Children() {
		switch {
		case a == n.Child(0):
		case a.Is(syntax.Spread):
			return all
		case read && !a.Is(syntax.Keyword):
			if i < len(places) && places[i] {
				if all == nil {
					all = map[syntax.Node]bool{}
				}
				all[a] = true
			}
			i++
		case a.Is(syntax.String):
			places, read = quotedPlaces(a.Text()), true
		}
	}
	return all
}

// quotedOperands are the marks of what stands behind the % of a text, without those that it shows in quotes.
func (w *walk) quotedOperands(format string, right syntax.Node, v marks, e env) marks {
	places := quotedPlaces(format)
	if len(v) == 0 || len(places) == 0 {
		return v
	}
	if !right.Is(syntax.Tuple) {
		if len(places) == 1 && places[0] {
			return v.cleaned(logKind.mask())
		}
		return v
	}
	if right.Count() != len(places) {
		return v
	}
	var out marks
	i := 0
	for c := range right.Children() {
		one := w.quietly(c, e)
		if places[i] {
			one = one.cleaned(logKind.mask())
		}
		out, i = union(out, one), i+1
	}
	return out
}
