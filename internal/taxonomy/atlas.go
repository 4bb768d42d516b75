package taxonomy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// atlasPrefix begins every id of ATLAS.
const atlasPrefix = "AML."

// maxGist is how many runes of an official description are kept as an entry's sentence.
const maxGist = 240

// readATLAS reads an official ATLAS file that a user gave, as another edition of namespace atlas. It knows the two
// shapes that MITRE publishes: the one of 4.0 to 5.6, with lists inside matrices[0], and format 6, with maps keyed by
// id and one map of typed relationships.
func readATLAS(file *source.File) part {
	r := &atlasReader{reader: reader{file: file}, byID: map[string]*Entry{}, linked: map[linkKey]bool{}}
	tree := syntax.ParseAs(file, syntax.YAML)
	r.troubles = append(r.troubles, tree.Diagnostics...)
	root := tree.Root()
	if root.Is(syntax.Module) {
		root = root.First(syntax.Document).Child(0)
	}
	r.out = &Edition{
		Framework: "atlas", Title: "MITRE ATLAS", Publisher: "MITRE", URL: "https://atlas.mitre.org",
		Names: []string{"atlas", "mitre atlas"}, Sources: []string{file.Path()}, Added: true, file: file,
		entryURL: map[Kind]string{
			Tactic: "https://atlas.mitre.org/tactics/{id}", Technique: "https://atlas.mitre.org/techniques/{id}",
			Mitigation: "https://atlas.mitre.org/mitigations/{id}", CaseStudy: "https://atlas.mitre.org/studies/{id}",
		},
	}
	switch {
	case root.Argument("relationships").Is(syntax.Map) || !root.Argument("format-version").IsZero():
		r.six(root)
	case root.Argument("matrices").Is(syntax.List):
		r.legacy(root)
	case root.Is(syntax.String) && strings.HasSuffix(root.Text(), ".yaml"):
		// ATLAS-latest.yaml is a link, which some systems check out as a text.
		r.say(source.Error, root.Span(), "not-atlas", fmt.Sprintf("this file only names another one, %q", cut(root.Text())), "give that file")
		return part{troubles: r.troubles}
	default:
		r.say(source.Error, root.Span(), "not-atlas", "this is not an ATLAS file: it has neither matrices (5.x) nor format-version and relationships (6.x)",
			"take dist/ATLAS-latest.yaml of mitre-atlas/atlas-data")
		return part{troubles: r.troubles}
	}
	if len(r.out.entries) == 0 {
		r.say(source.Error, root.Span(), "not-atlas", "this ATLAS file has no entries", "")
		return part{troubles: r.troubles}
	}
	if r.out.Name == "" {
		r.say(source.Warning, root.Span(), "missing-field", "this ATLAS file does not say its version", "")
		r.out.Name = "0"
	}
	return part{edition: r.out, troubles: r.troubles}
}

type atlasReader struct {
	reader
	out    *Edition
	byID   map[string]*Entry
	linked map[linkKey]bool
}

type linkKey struct {
	from *Entry
	kind RelationKind
	to   Ref
}

// atlasKind tells by its id what an object is; empty when the id is not one of ATLAS.
func atlasKind(id string) Kind {
	rest, ok := strings.CutPrefix(id, atlasPrefix)
	if !ok {
		return ""
	}
	for _, form := range []struct {
		prefix string
		kind   Kind
	}{{"TA", Tactic}, {"CS", CaseStudy}, {"M", Mitigation}, {"T", Technique}} {
		digits, ok := strings.CutPrefix(rest, form.prefix)
		if !ok {
			continue
		}
		number, sub, isSub := strings.Cut(digits, ".")
		if len(number) == 4 && allDigits(number) && (!isSub || form.kind == Technique && len(sub) == 3 && allDigits(sub)) {
			return form.kind
		}
		return ""
	}
	return ""
}

func allDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// object reads what the two shapes have in common. It gives nil, with a diagnostic, for what cannot be an entry.
func (r *atlasReader) object(n syntax.Node, kind Kind, id string) *Entry {
	if !n.Is(syntax.Map) {
		r.say(source.Error, n.Span(), "bad-object", fmt.Sprintf("a %s must be a map", kind), "")
		return nil
	}
	own, _ := n.Argument("id").Scalar()
	switch {
	case id == "":
		id = own
	case own != "" && own != id:
		r.say(source.Error, n.Argument("id").Span(), "bad-object", fmt.Sprintf("%s stands under the key %s", own, id), "")
		return nil
	}
	if atlasKind(id) != kind {
		r.say(source.Error, n.Span(), "bad-object", fmt.Sprintf("%q is not the id of a %s", cut(id), kind), "")
		return nil
	}
	if r.byID[id] != nil {
		r.say(source.Error, n.Span(), "duplicate-id", id+" stands twice", "")
		return nil
	}
	e := &Entry{Ref: Ref{"atlas", id}, Kind: kind, Edition: r.out.Name, Span: n.Span(), added: true}
	e.Title, _ = n.Argument("name").Scalar()
	if e.Title = strings.TrimSpace(e.Title); e.Title == "" {
		r.say(source.Error, n.Span(), "missing-field", id+" has no name", "")
		return nil
	}
	text, _ := n.Argument("description").Scalar()
	if text == "" {
		text, _ = n.Argument("summary").Scalar()
	}
	e.Gist = firstSentence(text)
	e.URL = pageOf(r.out, kind, id)
	r.detail(e, "type", n, "type", "case-study-type")
	r.date(e, n)
	r.detail(e, "maturity", n, "maturity")
	r.detail(e, "platforms", n, "platforms")
	r.detail(e, "category", n, "categories", "category")
	r.detail(e, "lifecycle", n, "lifecycle-phases", "ml-lifecycle")
	for _, name := range []string{"attack-reference", "ATT&CK-reference"} {
		reference := n.Argument(name)
		if attack, ok := reference.Argument("id").Scalar(); ok {
			e.Details = append(e.Details, Detail{"attack-reference", []string{attack}})
			e.links = append(e.links, link{InAttack, Ref{"attack", attack}, reference.Span()})
		}
	}
	r.byID[id] = e
	r.out.entries = append(r.out.entries, e)
	return e
}

// detail copies a text or list under the first of the names that is there, in lower case where the shipped data is.
func (r *atlasReader) detail(e *Entry, name string, n syntax.Node, from ...string) {
	for _, f := range from {
		value := n.Argument(f)
		if value.IsZero() || value.Is(syntax.Null) {
			continue
		}
		var values []string
		if s, ok := value.Scalar(); ok {
			values = []string{s}
		}
		for c := range value.Children() {
			if s, ok := c.Scalar(); ok {
				values = append(values, s)
			}
		}
		for i, v := range values {
			switch name {
			case "maturity", "type":
				values[i] = strings.ToLower(v)
			case "platforms":
				values[i] = strings.ToLower(strings.TrimSuffix(v, " AI"))
			}
		}
		if len(values) > 0 {
			e.Details = append(e.Details, Detail{name, values})
		}
		return
	}
}

// date keeps as much of a case study's date as the file says is meant.
func (r *atlasReader) date(e *Entry, n syntax.Node) {
	date, _ := n.Argument("date").Scalar()
	granularity, _ := n.Argument("date-granularity").Scalar()
	if date == "" {
		date, _ = n.Argument("incident-date").Scalar()
		granularity, _ = n.Argument("incident-date-granularity").Scalar()
	}
	length := map[string]int{"year": 4, "month": 7}[strings.ToLower(granularity)]
	if length > 0 && len(date) > length {
		date = date[:length]
	}
	if date != "" && e.Kind == CaseStudy {
		e.Details = append(e.Details, Detail{"date", []string{date}})
	}
}

// reference reads an id of a certain kind out of a node.
func (r *atlasReader) reference(n syntax.Node, kind Kind, what string) (Ref, bool) {
	id, _ := n.Scalar()
	if atlasKind(id) != kind {
		r.say(source.Warning, n.Span(), "bad-reference", fmt.Sprintf("%s names %q, which is not the id of a %s", what, cut(id), kind), "")
		return Ref{}, false
	}
	return Ref{"atlas", id}, true
}

func (r *atlasReader) employ(e *Entry, step Step, at source.Span) {
	e.Steps = append(e.Steps, step)
	r.link(e, link{Employs, step.Technique, at})
}

// link adds a relation once.
func (r *atlasReader) link(e *Entry, l link) {
	k := linkKey{e, l.kind, l.to}
	if !r.linked[k] {
		r.linked[k] = true
		e.links = append(e.links, l)
	}
}

// legacy reads the shape of 4.0 to 5.6.
func (r *atlasReader) legacy(root syntax.Node) {
	r.out.Name, _ = root.Argument("version").Scalar()
	matrix := root.Argument("matrices").Child(0)
	var techniques []syntax.Node
	for _, part := range []struct {
		name string
		kind Kind
		list syntax.Node
	}{
		{"tactics", Tactic, matrix.Argument("tactics")},
		{"techniques", Technique, matrix.Argument("techniques")},
		{"mitigations", Mitigation, matrix.Argument("mitigations")},
		{"case-studies", CaseStudy, root.Argument("case-studies")},
	} {
		if !part.list.Is(syntax.List) {
			r.say(source.Warning, root.Argument("matrices").Span(), "missing-field", "this ATLAS file has no list of "+part.name, "")
			continue
		}
		for n := range part.list.Children() {
			e := r.object(n, part.kind, "")
			if e == nil {
				continue
			}
			switch part.kind {
			case Technique:
				techniques = append(techniques, n)
			case Mitigation:
				for t := range n.Argument("techniques").Children() {
					id := t
					if t.Is(syntax.Map) {
						id = t.Argument("id")
					}
					if to, ok := r.reference(id, Technique, e.ID); ok {
						r.link(e, link{Mitigates, to, id.Span()})
					}
				}
			case CaseStudy:
				for s := range n.Argument("procedure").Children() {
					tactic, ok := r.reference(s.Argument("tactic"), Tactic, e.ID)
					technique, ok2 := r.reference(s.Argument("technique"), Technique, e.ID)
					if ok && ok2 {
						r.employ(e, Step{tactic, technique}, s.Span())
					}
				}
			}
		}
	}
	for _, n := range techniques {
		id, _ := n.Argument("id").Scalar()
		e := r.byID[id]
		parent := n.Argument("subtechnique-of")
		if parent.IsZero() {
			parent = n.Argument("specializes") //nolint:misspell // the word of the format
		}
		tactics := n.Argument("tactics")
		if !parent.IsZero() {
			if to, ok := r.reference(parent, Technique, id); ok {
				r.link(e, link{Parent, to, parent.Span()})
			}
		}
		for t := range tactics.Children() {
			if to, ok := r.reference(t, Tactic, id); ok {
				r.link(e, link{Achieves, to, t.Span()})
			}
		}
	}
	// A sub-technique without tactics serves those of its parent.
	for _, e := range r.out.entries {
		if e.Kind != Technique || slices.ContainsFunc(e.links, func(l link) bool { return l.kind == Achieves }) {
			continue
		}
		for _, l := range e.links {
			if parent := r.byID[l.to.ID]; l.kind == Parent && parent != nil && parent != e {
				for _, p := range parent.links {
					if p.kind == Achieves {
						r.link(e, p)
					}
				}
			}
		}
	}
}

// firstSentence is the beginning of an official description, on one line.
func firstSentence(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if i := strings.Index(text, ". "); i >= 0 {
		text = text[:i+1]
	}
	if utf8.RuneCountInString(text) > maxGist {
		text = string([]rune(text)[:maxGist-1]) + "…"
	}
	return text
}

// cut keeps a foreign text short enough for a message.
func cut(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:39]) + "…"
	}
	return cmp.Or(s, "nothing")
}
