package model

import (
	"io"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Write writes a system as fermata.yaml, so that [Read] gives an equal system: all of it but origins and evidence,
// which a file cannot claim. The same system gives the same bytes.
func Write(w io.Writer, s *System) error {
	var b strings.Builder
	b.WriteString("fermata: 1\n")
	if s.Name != "" {
		b.WriteString("name: " + scalarText(s.Name) + "\n")
	}
	controls := map[string][]Placement{}
	for _, c := range s.Controls {
		controls[c.On] = append(controls[c.On], c)
	}
	section(&b, "elements", byKind(s.Elements), func(e *Element) yamlMap { return elementYAML(e, controls[e.ID]) })
	section(&b, "flows", s.Flows, func(f *Flow) yamlMap { return flowYAML(f, controls[f.ID]) })
	section(&b, "boundaries", s.Boundaries, boundaryYAML)
	section(&b, "assets", s.Assets, assetYAML)
	section(&b, "attackers", s.Attackers, attackerYAML)
	writeRisk(&b, s.Risk)
	_, err := io.WriteString(w, b.String())
	return err
}

// byKind orders elements as the table of kinds does, so that a person finds agents with agents.
func byKind(elements []*Element) []*Element {
	rank := make(map[Kind]int, len(Kinds))
	for i, row := range Kinds {
		rank[row.Kind] = i
	}
	list := slices.Clone(elements)
	sort.SliceStable(list, func(i, j int) bool {
		if a, b := rank[list[i].Kind], rank[list[j].Kind]; a != b {
			return a < b
		}
		return list[i].ID < list[j].ID
	})
	return list
}

// section writes one list of the file, with an empty line before it; nothing when it has no items.
func section[T any](b *strings.Builder, name string, list []T, item func(T) yamlMap) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n" + name + ":\n")
	for _, x := range list {
		writeItem(b, item(x), 2)
	}
}

func elementYAML(e *Element, controls []Placement) yamlMap {
	m := yamlMap{{"id", scalarText(e.ID)}, {"kind", string(e.Kind)}}
	if e.Name != e.ID {
		m.text("name", e.Name)
	}
	if e.Layer != LayerOf(e.Kind) {
		m.text("layer", e.Layer)
	}
	if e.Scope != "main" {
		m.text("scope", e.Scope)
	}
	m.text("system", e.System)
	m.text("technology", e.Technology)
	m.text("detail", e.Detail)
	var aliases yamlList
	for _, alias := range e.Aliases {
		aliases = append(aliases, scalarText(alias))
	}
	m.list("aliases", aliases)
	m.facts("effects", "effect", e.Effects)
	m.facts("facts", "element", e.Facts)
	m.list("controls", controlsYAML(controls))
	return m
}

func flowYAML(f *Flow, controls []Placement) yamlMap {
	m := yamlMap{{"kind", string(f.Kind)}, {"from", scalarText(f.From)}, {"to", scalarText(f.To)}}
	m.text("label", f.Label)
	m.facts("facts", "flow", f.Facts)
	m.list("controls", controlsYAML(controls))
	return m
}

func boundaryYAML(b Boundary) yamlMap {
	m := yamlMap{{"id", scalarText(b.ID)}}
	if b.Name != b.ID {
		m.text("name", b.Name)
	}
	members := yamlList{}
	for _, id := range b.Members {
		members = append(members, scalarText(id))
	}
	return append(m, yamlPair{"members", members})
}

func assetYAML(a Asset) yamlMap {
	m := yamlMap{{"id", scalarText(a.ID)}}
	if a.Name != a.ID {
		m.text("name", a.Name)
	}
	m = append(m, yamlPair{"element", scalarText(a.Element)}, yamlPair{"capability", string(a.Capability)})
	m.text("scope", a.Scope)
	m = append(m, yamlPair{"loss", a.Loss})
	if a.High > 0 {
		if a.Low > 0 {
			m = append(m, yamlPair{"low", strconv.FormatFloat(a.Low, 'f', -1, 64)})
		}
		m = append(m, yamlPair{"high", strconv.FormatFloat(a.High, 'f', -1, 64)})
	}
	m.text("currency", a.Currency)
	m.text("event", a.Event)
	m.text("reason", a.Reason)
	return m
}

func attackerYAML(a Attacker) yamlMap {
	m := yamlMap{{"id", scalarText(a.ID)}}
	m.text("reason", a.Reason)
	starts := yamlList{}
	for _, s := range a.Starts {
		if s.Reason == a.Reason {
			starts = append(starts, scalarText(s.Capability))
			continue
		}
		start := yamlMap{{"power", scalarText(s.Capability)}}
		start.text("reason", s.Reason)
		starts = append(starts, start)
	}
	return append(m, yamlPair{"starts", starts})
}

func controlsYAML(controls []Placement) yamlList {
	var list yamlList
	for _, c := range controls {
		if c.State == DeclaredOnly && c.By == "" && c.Reason == "" && c.Shown == "" && c.Date == "" {
			list = append(list, scalarText(c.Control))
			continue
		}
		m := yamlMap{{"control", scalarText(c.Control)}}
		if c.State != DeclaredOnly {
			m.text("state", string(c.State))
		}
		m.text("by", c.By)
		m.text("reason", c.Reason)
		m.text("evidence", c.Shown)
		m.text("date", c.Date)
		list = append(list, m)
	}
	return list
}

// A YAML value to be written is a string (a scalar as it is to stand), a yamlList or a yamlMap.
type (
	yamlList []any
	yamlMap  []yamlPair
	yamlPair struct {
		key   string
		value any
	}
)

// text adds a text unless it is empty.
func (m *yamlMap) text(key, value string) {
	if value != "" {
		*m = append(*m, yamlPair{key, scalarText(value)})
	}
}

// list adds a list unless it is empty.
func (m *yamlMap) list(key string, list yamlList) {
	if len(list) > 0 {
		*m = append(*m, yamlPair{key, list})
	}
}

// facts adds effects, or facts of an element or flow, in the order of their names, unless there are none.
func (m *yamlMap) facts(key, on string, facts map[string]Fact) {
	if len(facts) == 0 {
		return
	}
	var inner yamlMap
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		fact := facts[name]
		value := scalarText(fact.Value)
		if info := FactNamed(on, name); (info == nil || info.Values == nil) && (fact.Value == Yes || fact.Value == No) {
			value = fact.Value
		}
		if fact.Reason == "" {
			inner = append(inner, yamlPair{name, value})
			continue
		}
		inner = append(inner, yamlPair{name, yamlMap{{"value", value}, {"reason", scalarText(fact.Reason)}}})
	}
	*m = append(*m, yamlPair{key, inner})
}

// maxWidth is the width up to which a value stands on one line.
const maxWidth = 110

// writeItem writes a map as an item of a list: on one line when it fits.
func writeItem(b *strings.Builder, m yamlMap, indent int) {
	pad := strings.Repeat(" ", indent)
	if line := flowText(m); indent+2+len(line) <= maxWidth {
		b.WriteString(pad + "- " + line + "\n")
		return
	}
	for i, p := range m {
		lead := "  "
		if i == 0 {
			lead = "- "
		}
		b.WriteString(pad + lead + p.key + ":")
		writeValue(b, p.value, indent+2, len(p.key)+1)
	}
}

// writeValue writes what stands behind a key: on the same line when it fits.
func writeValue(b *strings.Builder, value any, indent, used int) {
	line := flowText(value)
	_, isText := value.(string)
	if isText || indent+used+1+len(line) <= maxWidth {
		b.WriteString(" " + line + "\n")
		return
	}
	b.WriteString("\n")
	pad := strings.Repeat(" ", indent+2)
	switch v := value.(type) {
	case yamlMap:
		for _, p := range v {
			b.WriteString(pad + p.key + ":")
			writeValue(b, p.value, indent+2, len(p.key)+1)
		}
	case yamlList:
		for _, item := range v {
			if m, ok := item.(yamlMap); ok {
				writeItem(b, m, indent+2)
				continue
			}
			b.WriteString(pad + "- " + flowText(item) + "\n")
		}
	}
}

// flowText is a value on one line.
func flowText(value any) string {
	switch v := value.(type) {
	case yamlMap:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = p.key + ": " + flowText(p.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yamlList:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = flowText(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return value.(string)
}

// scalarText writes a text so that every reader of YAML takes it as that text: bare when it is plainly a word,
// quoted otherwise.
func scalarText(text string) string {
	if isWord(text) {
		return text
	}
	// The escapes of Go are escapes of YAML's double quotes too.
	return strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
}

// isWord tells whether a text may stand bare. It is stricter than YAML, for the sake of readers and of people.
func isWord(text string) bool {
	switch strings.ToLower(text) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		return false // some readers take them for something else than text
	}
	for i := range len(text) {
		c := text[i]
		switch {
		case isLetter(c), c == '_':
		case i > 0 && (c >= '0' && c <= '9' || c == '/' || c == '.' || c == '-' || c == '+' || c == '(' || c == ')'):
		case i > 0 && (c == ':' || c == '@' || c == '>' || c == '=') && i+1 < len(text) && isLetter(text[i+1]):
		case i > 0 && c == ' ' && i+1 < len(text) && text[i+1] != ' ' && text[i+1] != '#':
		default:
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
