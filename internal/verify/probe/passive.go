package probe

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// said is one text that a server hands to models and people.
type said struct{ tool, where, text string }

// texts are all of them, in order.
func (l *Listing) texts() []said {
	list := []said{{"", "the instructions of the server", l.Instructions}, {"", "the name of the server", l.Title}}
	for _, t := range l.Tools {
		list = append(list, said{t.Name, "the name", t.Name}, said{t.Name, "the title", t.Title}, said{t.Name, "the description", t.Description})
		for _, part := range []struct {
			where  string
			schema any
		}{{"the schema", t.Schema}, {"the output schema", t.Output}, {"the annotations", plain(t.Annotations)}} {
			for _, s := range stringsOf(part.schema, nil) {
				list = append(list, said{t.Name, part.where, s})
			}
		}
	}
	for _, i := range append(append([]Item(nil), l.Prompts...), l.Resources...) {
		for _, s := range []string{i.Name, i.Title, i.Description} {
			list = append(list, said{"", fmt.Sprintf("the %s %s", i.Kind, i.Name), s})
		}
	}
	return list
}

// stringsOf are the keys and strings of a JSON value, in order.
func stringsOf(v any, out []string) []string {
	switch v := v.(type) {
	case string:
		return append(out, v)
	case []any:
		for _, item := range v {
			out = stringsOf(item, out)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = stringsOf(v[key], append(out, key))
		}
	}
	return out
}

// hidden tells whether people do not see a character, or see the text around it in another order. What belongs to
// signs and to scripts that need it (a joiner between two letters or emoji, a selector behind one) is seen.
func hidden(before, r, after rune) bool {
	switch {
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // turns of direction
		return true
	case r >= 0xe0000 && r <= 0xe007f: // tag characters, but for flags of regions, which begin with a black flag
		return before != 0x1f3f4 && !(before >= 0xe0000 && before <= 0xe007f)
	case r >= 0xe0100 && r <= 0xe01ef: // selectors by which any bytes can be written behind one letter
		return !unicode.Is(unicode.Han, before)
	case r == 0x200d, r == 0x200c: // joiners
		return !joins(before) || !joins(after)
	case r == 0x200b, r >= 0x2060 && r <= 0x2064, r >= 0x206a && r <= 0x206f, r == 0x180e, r == 0xfeff, r == 0x00ad, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0:
		return true
	case r == 0x200e, r == 0x200f: // direction of one place: needed beside scripts from right to left
		return !unicode.In(before, unicode.Hebrew, unicode.Arabic) && !unicode.In(after, unicode.Hebrew, unicode.Arabic)
	case r < ' ' && r != '\n' && r != '\t' && r != '\r', r == 0x7f, r >= 0x80 && r < 0xa0:
		return true
	}
	return false
}

// joins tells whether a joiner has work to do beside a character.
func joins(r rune) bool {
	return r >= 0x2190 || r > 0x024f && unicode.IsLetter(r) || unicode.Is(unicode.M, r)
}

// concealed counts hidden characters and shows the first with what stands around it.
func concealed(text string) (count int, excerpt string) {
	runes := []rune(text)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return 0
		}
		return runes[i]
	}
	first := -1
	for i, r := range runes {
		if hidden(at(i-1), r, at(i+1)) {
			if count++; first < 0 {
				first = i
			}
		}
	}
	if count == 0 {
		return 0, ""
	}
	return count, visible(string(runes[max(0, first-30):min(len(runes), first+60)]))
}

// visible writes characters that are not seen as their numbers.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == utf8.RuneError:
			b.WriteString(`\u{fffd}`)
		case r == '\n', r == '\t', r >= ' ' && r < 0x7f, r >= 0xa1 && unicode.IsPrint(r) && !invisible(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%04x}`, r)
		}
	}
	return b.String()
}

func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || r >= 0xe0100 && r <= 0xe01ef || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0
}

// order is a way to tell a model what to do that no description needs.
type order struct {
	what string
	*regexp.Regexp
}

var orders = []order{
	{"it sets other instructions aside", regexp.MustCompile(`(?i)\b(ignore|disregard|forget|override)\b.{0,30}\b(previous|prior|above|earlier|other|all|any|your)\b.{0,30}\b(instructions?|rules?|guidelines?|prompts?|directions?)\b`)},
	{"it speaks as the system", regexp.MustCompile(`(?i)<\s*/?\s*(important|system|secret|hidden|instructions?|admin)\s*>|\[\s*(system|inst)\s*\]|<\|im_start\|>|\bnew system prompt\b`)},
	{"it keeps something from the user", regexp.MustCompile(`(?i)\b(do not|don't|never|without)\b.{0,25}\b(tell|tells|mention|inform|informing|reveal|show|notify|notifying|telling|mentioning|asking|alert)\b.{0,25}\b(the )?users?\b|\bhide (this|it) from\b`)},
	{"it asks for secrets or files of the user", regexp.MustCompile(`(?i)(~|\$HOME|/home/|/root)?/?\.(ssh|aws|gnupg|kube|netrc|npmrc)\b|\bid_(rsa|ed25519)\b|\bmcp\.json\b|\b(read|open|cat|include|send|attach|paste|provide|pass)\b.{0,40}(\.env\b|\b(private key|api keys?|passwords?|credentials|access tokens?|system prompt|conversation history|chat history|environment variables)\b)`)},
	{"it sends content to an address", regexp.MustCompile(`(?i)\b(send|post|forward|upload|exfiltrate|transmit|append)\b.{0,60}\bhttps?://`)},
	{"it decides about other tools", regexp.MustCompile(`(?i)\b(before|after|when|whenever|instead of)\b.{0,20}\b(using|calling|invoking|running|use of|every|any|each)\b.{0,30}\b(other|another|any|all|every)\b.{0,20}\btools?\b|\b(do not|don't|never) (use|call) (the |any )?other\b.{0,30}\btools?\b|\binstead of (the )?(other|built-in|existing)\b.{0,20}\btools?\b`)},
}

// commanded finds the first order in a text.
func commanded(text string) (what, excerpt string) {
	flat := strings.Join(strings.Fields(text), " ")
	for _, o := range orders {
		if at := o.FindStringIndex(flat); at != nil {
			from, to := max(0, at[0]-40), min(len(flat), at[1]+60)
			return o.what, visible(strings.ToValidUTF8(flat[from:to], ""))
		}
	}
	return "", ""
}

// passive looks at what a server says about itself.
func (r *run) passive(l *Listing) {
	for _, s := range l.texts() {
		if n, excerpt := concealed(s.text); n > 0 {
			r.add("hidden-unicode", s.tool, fmt.Sprintf("%s %s hidden", s.where, plural(n, "holds a character that is", "holds %d characters that are")), exchange(listOf(s), excerpt))
		}
		if what, excerpt := commanded(s.text); what != "" {
			r.add("instruction-in-description", s.tool, what+", in "+s.where, exchange(listOf(s), excerpt))
		}
	}
	count := map[string]int{}
	var vague, wide []string // one finding for all tools: nearly every server has some
	var vagueShown, wideShown string
	for i := range l.Tools {
		t := &l.Tools[i]
		if count[t.Name]++; count[t.Name] == 2 {
			r.add("duplicate-tool", t.Name, "it is listed more than once", exchange("tools/list", text(map[string]any{"name": t.Name, "description": t.Description})))
		}
		if why := contradicts(t); why != "" {
			r.add("annotation-contradicts", t.Name, why, exchange("tools/list", text(map[string]any{"name": t.Name, "description": t.Description, "annotations": t.Annotations})))
		}
		untyped, unbounded := loose(t.Schema)
		if len(untyped) > 0 {
			vague = append(vague, t.Name+" ("+short(untyped)+")")
			first(&vagueShown, t)
		}
		if len(unbounded) > 0 {
			wide = append(wide, t.Name+" ("+short(unbounded)+")")
			first(&wideShown, t)
		}
	}
	if len(vague) > 0 {
		r.add("untyped-parameter", "", of(vague, len(l.Tools)), exchange("tools/list", vagueShown))
	}
	if len(wide) > 0 {
		r.add("unbounded-parameter", "", of(wide, len(l.Tools)), exchange("tools/list", wideShown))
	}
}

// first keeps the schema of the first tool that something is about.
func first(shown *string, t *Tool) {
	if *shown == "" {
		*shown = text(map[string]any{"name": t.Name, "inputSchema": t.Schema})
	}
}

func of(list []string, all int) string {
	return fmt.Sprintf("%d of %s: %s", len(list), plural(all, "1 tool", "%d tools"), short(list))
}

func listOf(s said) string {
	if s.tool != "" {
		return "tools/list"
	}
	if strings.HasPrefix(s.where, "the prompt") {
		return "prompts/list"
	}
	if strings.HasPrefix(s.where, "the resource") {
		return "resources/list"
	}
	return "initialize" //nolint:misspell // the protocol spells it so
}

func short(list []string) string {
	if len(list) > 5 {
		return strings.Join(list[:5], ", ") + fmt.Sprintf(" and %d more", len(list)-5)
	}
	return strings.Join(list, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// loose lists parameters of a schema without a type, and those with a type and no bounds.
func loose(schema any) (untyped, unbounded []string) {
	s, ok := schema.(map[string]any)
	if !ok {
		return []string{"the whole input"}, nil
	}
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		p, ok := properties[name].(map[string]any)
		if !ok || len(p) == 0 {
			untyped = append(untyped, name)
			continue
		}
		has := func(words ...string) bool {
			for _, w := range words {
				if _, ok := p[w]; ok {
					return true
				}
			}
			return false
		}
		switch p["type"] {
		case nil:
			if !has("enum", "const", "anyOf", "oneOf", "allOf", "$ref") {
				untyped = append(untyped, name)
			}
		case "string":
			if !has("enum", "const", "maxLength", "pattern", "format") {
				unbounded = append(unbounded, name)
			}
		case "integer", "number":
			if !has("enum", "const", "maximum", "exclusiveMaximum") {
				unbounded = append(unbounded, name)
			}
		case "array":
			if !has("enum", "const", "maxItems") {
				unbounded = append(unbounded, name)
			}
		}
	}
	return untyped, unbounded
}

// The words by which tools are judged. A word that both kinds of tools use stands in neither list.
var (
	changing = words("write writes create creates delete deletes remove removes update updates insert upsert set put patch edit edits modify move rename append add adds send sends post publish upload pay pays payment transfer refund purchase buy order charge withdraw deposit mint exec execute executes run runs eval shell command bash terminal spawn kill stop start restart deploy install uninstall drop truncate commit push merge approve grant revoke invite click type press navigate submit book cancel schedule enable disable toggle trigger store save saves clear reset import mkdir chmod gzip simulate")
	altering = words("write writes create creates delete deletes remove removes update updates insert upsert edit edits modify move rename send sends post publish upload pay pays payment transfer refund purchase buy order withdraw deposit mint exec execute executes eval shell deploy install uninstall drop truncate approve grant revoke kill")
	reading  = words("get gets list lists read reads search find fetch query show view describe lookup look count check status info stat echo print ping help explain compare diff calculate compute sum convert format parse validate summarize summarise translate tree browse") //nolint:misspell // both spellings
)

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// split takes a name apart: read_file, readFile, read-file.
func split(name string) []string {
	var out []string
	word := ""
	end := func() {
		if word != "" {
			out = append(out, strings.ToLower(word))
		}
		word = ""
	}
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r):
			end()
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			end()
		}
		lower = unicode.IsLower(r)
		word += string(r)
	}
	end()
	return out
}

// verb finds a word of the set in a tool's name, or as the first word of its description.
func verb(t *Tool, set map[string]bool) (word, where string) {
	for _, w := range split(t.Name) {
		if set[w] {
			return w, "its name"
		}
	}
	if first := strings.Fields(t.Description); len(first) > 0 {
		if w := strings.ToLower(strings.Trim(first[0], ".,:;!")); set[w] {
			return w, "its description"
		}
	}
	return "", ""
}

// The effects of a tool.
const (
	reads   = "reads"
	changes = "changes"
	unknown = "unknown"
)

// effect judges whether a tool may change something. The word of a name counts more than an annotation, which is the
// server's own claim.
func effect(t *Tool) (kind, why string) {
	if w, where := verb(t, changing); w != "" {
		return changes, fmt.Sprintf("%q in %s", w, where)
	}
	if yes, _ := t.Annotations["destructiveHint"].(bool); yes {
		return changes, "destructiveHint is true"
	}
	if yes, _ := t.Annotations["readOnlyHint"].(bool); yes {
		return reads, "readOnlyHint is true, and no word says otherwise"
	}
	if w, where := verb(t, reading); w != "" {
		return reads, fmt.Sprintf("%q in %s", w, where)
	}
	return unknown, "nothing says what it does; taken for a tool that changes something"
}

// contradicts says how annotations and words of a tool disagree; empty when they do not.
func contradicts(t *Tool) string {
	readOnly, _ := t.Annotations["readOnlyHint"].(bool)
	destructive, said := t.Annotations["destructiveHint"].(bool)
	if w, where := verb(t, altering); w != "" && readOnly {
		if r, _ := verb(t, reading); r == "" {
			return fmt.Sprintf("readOnlyHint is true, and %s says %q", where, w)
		}
	}
	if readOnly && said && destructive {
		return "readOnlyHint and destructiveHint are both true"
	}
	if w, where := verb(t, words("delete deletes remove removes drop truncate kill uninstall revoke wipe erase")); w != "" && said && !destructive {
		return fmt.Sprintf("destructiveHint is false, and %s says %q", where, w)
	}
	return ""
}

// compare finds what differs between two lists of one session.
func (r *run) compare(before, after *Listing) {
	was, is := byName(before.Tools), byName(after.Tools)
	for _, name := range slices.Sorted(maps.Keys(was)) {
		now, ok := is[name]
		switch {
		case !ok:
			r.add("list-changes", name, "the second list does not have it", exchange("tools/list", text(plain(was[name]))))
		case text(plain(was[name])) != text(plain(now)):
			r.add("list-changes", name, "the second list says otherwise: "+strings.Join(differs(was[name], now), ", "), exchange("tools/list", text(plain(now))))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if _, ok := was[name]; !ok {
			r.add("list-changes", name, "only the second list has it", exchange("tools/list", text(plain(is[name]))))
		}
	}
}

func byName(tools []Tool) map[string]*Tool {
	out := map[string]*Tool{}
	for i := range tools {
		if out[tools[i].Name] == nil {
			out[tools[i].Name] = &tools[i]
		}
	}
	return out
}

// differs names the parts in which two tools of one name are not the same.
func differs(a, b *Tool) []string {
	var out []string
	if a.Description != b.Description || a.Title != b.Title {
		out = append(out, "description")
	}
	if text(a.Schema) != text(b.Schema) || text(a.Output) != text(b.Output) {
		out = append(out, "schema")
	}
	if text(plain(a.Annotations)) != text(plain(b.Annotations)) {
		out = append(out, "annotations")
	}
	return out
}
