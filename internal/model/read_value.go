package model

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// required is the field of a key that must be there.
func (r *reader) required(m openMap, name string) (field, bool) {
	f, ok := m.field(name)
	if !ok {
		r.error(m.node, "missing-key", fmt.Sprintf("%s needs the key %s", m.info.what, name), "add "+name+": …")
	}
	return f, ok
}

// scalar is the text of a field that holds one value.
func (r *reader) scalar(f field) (string, bool) {
	text, ok := f.value.Scalar()
	text = strings.TrimSpace(text)
	switch {
	case f.value.Is(syntax.Null), ok && text == "":
		r.error(f.key, "no-value", fmt.Sprintf("%s has no value", f.name), "write one, or leave the key out")
		return "", false
	case !ok:
		r.error(f.value, "wrong-type", fmt.Sprintf("%s must be one value, not %s", f.name, describe(f.value)), "")
		return "", false
	}
	return text, true
}

// text is the text of an optional field; "" when it is not there.
func (r *reader) text(m openMap, name string) string {
	if f, ok := m.field(name); ok {
		text, _ := r.scalar(f)
		return text
	}
	return ""
}

// ref is a field that names something.
func (r *reader) ref(m openMap, name string) (Ref, bool) {
	f, ok := m.field(name)
	if !ok {
		return Ref{}, false
	}
	text, ok := r.scalar(f)
	return Ref{text, f.value.Span()}, ok
}

// requiredRef is a field that names something and must be there.
func (r *reader) requiredRef(m openMap, name string) (Ref, bool) {
	if _, ok := r.required(m, name); !ok {
		return Ref{}, false
	}
	return r.ref(m, name)
}

// refOf is an item of a list that names something.
func (r *reader) refOf(n syntax.Node, list string) (Ref, bool) {
	text, ok := n.Scalar()
	if text = strings.TrimSpace(text); !ok || text == "" {
		r.error(n, "wrong-type", fmt.Sprintf("an item of %s must be an id, not %s", list, describe(n)), "")
		return Ref{}, false
	}
	return Ref{text, n.Span()}, true
}

// word is a field that must be one of a table's words. Noun says what the words are, with its article: "an element
// kind".
func (r *reader) word(m openMap, name, noun string, table []string) (string, bool) {
	f, ok := m.field(name)
	if !ok {
		return "", false
	}
	text, ok := r.scalar(f)
	if !ok {
		return "", false
	}
	for _, w := range table {
		if w == text {
			return text, true
		}
	}
	r.error(f.value, "unknown-word", fmt.Sprintf("%s is not %s", quote(text), noun), near(text, table))
	return "", false
}

// requiredWord is a word that must be there.
func (r *reader) requiredWord(m openMap, name, noun string, table []string) (string, bool) {
	if _, ok := r.required(m, name); !ok {
		return "", false
	}
	return r.word(m, name, noun, table)
}

// number is an amount: finite, not negative.
func (r *reader) number(m openMap, name string) (amount float64, given bool) {
	f, ok := m.field(name)
	if !ok {
		return 0, false
	}
	if _, ok := r.scalar(f); !ok {
		return 0, false
	}
	if !f.value.Is(syntax.Number) {
		r.error(f.value, "wrong-type", fmt.Sprintf("%s must be a number, not %s", name, describe(f.value)), "write it without quotes, separators or a currency sign")
		return 0, false
	}
	amount, err := strconv.ParseFloat(f.value.Text(), 64)
	if whole, wholeErr := strconv.ParseInt(f.value.Text(), 0, 64); err != nil && wholeErr == nil {
		amount, err = float64(whole), nil // 0x10, 0o17
	}
	switch {
	case math.IsNaN(amount):
		r.error(f.value, "bad-range", fmt.Sprintf("%s is %s, which is no number", name, f.value.Text()), "write the number, or leave the key out where nobody knows it")
	case err != nil || amount >= maxAmount:
		r.error(f.value, "bad-range", fmt.Sprintf("%s must be a number below 10,000,000,000,000,000", name), "")
	case amount < 0:
		r.error(f.value, "bad-range", fmt.Sprintf("%s must not be negative", name), "write what a loss costs as a positive number")
	default:
		return amount, true
	}
	return 0, false
}

// texts is an optional list of texts.
func (r *reader) texts(m openMap, name string) []string {
	var list []string
	r.each(m, name, func(n syntax.Node) {
		text, ok := n.Scalar()
		if text = strings.TrimSpace(text); !ok || text == "" {
			r.error(n, "wrong-type", fmt.Sprintf("an item of %s must be a word, not %s", name, describe(n)), "")
			return
		}
		list = append(list, text)
	})
	return list
}

// factTable says what may stand in a map of facts or effects.
type factTable struct {
	key    string          // of the map: "facts" or "effects"
	noun   string          // "a fact of a flow"
	names  []string        // all that exist
	likely func() []string // those to name in a hint when nothing is near
	allows func(name, value string) (ok bool, words []string)
}

// facts reads effects or facts: a map from a name of the table to a value, or to {value, reason}.
func (r *reader) facts(m openMap, table factTable) []said {
	f, ok := m.field(table.key)
	if !ok || f.value.Is(syntax.Null) {
		return nil
	}
	if !f.value.Is(syntax.Map) {
		r.error(f.value, "wrong-type", fmt.Sprintf("%s must be a map such as {%s: yes}, not %s", table.key, table.names[0], describe(f.value)), "")
		return nil
	}
	var list []said
	for k, v := range f.value.Pairs() {
		name := k.Text()
		if name == "<<" && v.Is(syntax.Map, syntax.List) {
			continue // a merge key: what it brings follows as pairs
		}
		if !slices.Contains(table.names, name) {
			hint := hintNear(name, table.names)
			if hint == "" {
				hint = "write one of " + words(table.likely(), "or")
			}
			r.error(k, "unknown-word", fmt.Sprintf("%s is not %s", quote(name), table.noun), hint)
			continue
		}
		if slices.ContainsFunc(list, func(s said) bool { return s.name == name }) {
			continue // package syntax has said so
		}
		if s, ok := r.fact(name, k, v, table.allows); ok {
			list = append(list, s)
		}
	}
	return list
}

// fact reads the value of one fact.
func (r *reader) fact(name string, key, value syntax.Node, allows func(name, value string) (bool, []string)) (said, bool) {
	reason := ""
	if value.Is(syntax.Map) {
		inner, _ := r.open(value, &factMap)
		f, ok := r.required(inner, "value")
		if !ok {
			return said{}, false
		}
		reason = r.text(inner, "reason")
		value = f.value
	}
	text, ok := r.scalar(field{name, key, value})
	if !ok {
		return said{}, false
	}
	if _, want := allows(name, text); want != nil {
		text = truth(value, text)
	}
	if ok, want := allows(name, text); !ok {
		r.error(value, "bad-value", fmt.Sprintf("%s must be %s, not %s", name, words(want, "or"), quote(text)), hintNear(text, want))
		return said{}, false
	}
	at := key.Span()
	at.End = max(at.End, value.Span().End)
	if value.Span().Start < at.Start { // an alias: its value stands elsewhere
		at = key.Span()
	}
	return said{name, Fact{Value: text, Origin: Declared, Reason: reason, Evidence: evidenceOf(at)}, key.Span(), value.Span()}, true
}

// truth lets true and false stand for yes and no, because tools that rewrite YAML make them of each other.
func truth(n syntax.Node, text string) string {
	if n.Is(syntax.Bool) {
		if text == "true" {
			return Yes
		}
		return No
	}
	return text
}

// effectTable and the two below are what the maps may hold.
var effectTable = factTable{
	"effects", "an effect", effectNames, func() []string { return effectNames },
	func(_, value string) (bool, []string) { return slices.Contains(factValues, value), factValues },
}

// elementFactTable is for elements of a kind; "" when that is not known.
func elementFactTable(kind Kind) factTable {
	return factTable{"facts", "a fact of an element", elementFacts, func() []string {
		var list []string
		for _, row := range Facts {
			if row.On == "element" && (kind == "" || row.Asks(kind)) {
				list = append(list, row.Name)
			}
		}
		return list
	}, allowsFact("element")}
}

func flowFactTable(kind FlowKind) factTable {
	return factTable{"facts", "a fact of a flow", flowFacts, func() []string {
		var list []string
		for _, row := range Facts {
			if row.On == "flow" && row.AsksFlow(kind) {
				list = append(list, row.Name)
			}
		}
		return list
	}, allowsFact("flow")}
}

func allowsFact(on string) func(name, value string) (bool, []string) {
	return func(name, value string) (bool, []string) {
		info := FactNamed(on, name)
		return info.Allows(value), info.words()
	}
}

// words lists what a fact's value may be; nil when it is any text.
func (f *FactInfo) words() []string {
	switch {
	case f.Values == nil:
		return factValues
	case len(f.Values) == 0:
		return nil
	}
	return append(append([]string(nil), f.Values...), Unknown)
}

// day checks a date.
func (r *reader) day(m openMap, name string) string {
	text := r.text(m, name)
	if text == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		f, _ := m.field(name)
		r.error(f.value, "bad-value", fmt.Sprintf("%s must be a day such as 2026-01-31, not %s", name, quote(text)), "")
		return ""
	}
	return text
}

// near is the hint for a misspelt word: the word that was meant, or all of them when that is not plain.
func near(word string, table []string) string {
	if hint := hintNear(word, table); hint != "" {
		return hint
	}
	return "write one of " + words(table, "or")
}

// hintNear is the hint for a misspelt word when it is plain which was meant.
func hintNear(word string, table []string) string {
	if near := suggest(word, table); near != "" {
		return "did you mean " + quote(near) + "?"
	}
	return ""
}

// suggest is [source.Suggest] for words that a person may have written.
func suggest(word string, table []string) string {
	if len(word) > 200 {
		return ""
	}
	return source.Suggest(word, table)
}

// describe says what a node is, for "not …".
func describe(n syntax.Node) string {
	switch n.Kind() {
	case syntax.Map:
		return "a map"
	case syntax.List:
		return "a list"
	case syntax.Null:
		return "nothing"
	case syntax.Number:
		return "the number " + n.Text()
	case syntax.Bool:
		return n.Text()
	case syntax.String:
		if text := strings.TrimSpace(n.Text()); text != "" {
			return quote(text)
		}
		return "an empty text"
	}
	return "what stands here"
}

// quote puts a word of the file into a message: short, on one line, without control characters.
func quote(text string) string {
	const most = 60
	runes := []rune(strings.ToValidUTF8(text, "\uFFFD"))
	if len(runes) > most {
		runes = append(runes[:most-1:most-1], '…')
	}
	for i, c := range runes {
		if !unicode.IsPrint(c) {
			runes[i] = '\uFFFD'
		}
	}
	return `"` + string(runes) + `"`
}

// words joins words as people do: "a, b or c".
func words(list []string, conjunction string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " " + conjunction + " " + list[len(list)-1]
}

// article puts a or an before a word.
func article(word string) string {
	if strings.HasPrefix(word, "mcp") || word != "" && strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}
