package taxonomy

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// headerKeys are the keys of an edition's file besides its lists.
var headerKeys = []string{
	"framework", "edition", "extends", "scheme", "default", "title", "publisher", "names", "url", "entry-url", "sources",
	"licence", "retrieved", "notes", "documents", "entries", "removed", "meanings", "cases",
}

// edition reads one edition's file.
func (r *reader) edition(root syntax.Node) *Edition {
	e := &Edition{file: r.file}
	for key, value := range root.Pairs() {
		switch key.Text() {
		case "framework":
			e.Framework = r.text(value, "framework")
		case "edition":
			e.Name = r.text(value, "edition")
		case "extends":
			e.Extends, e.extendsAt = r.text(value, "extends"), value.Span()
		case "scheme":
			e.Scheme = r.text(value, "scheme")
		case "default":
			e.Default = r.text(value, "default") == "true"
		case "title":
			e.Title = r.text(value, "title")
		case "publisher":
			e.Publisher = r.text(value, "publisher")
		case "names":
			e.Names = r.texts(value, "names")
		case "url":
			e.URL = r.text(value, "url")
		case "entry-url":
			e.entryURL = map[Kind]string{}
			for k, v := range value.Pairs() {
				e.entryURL[r.kind(k)] = r.text(v, "entry-url")
			}
		case "sources":
			e.Sources = r.texts(value, "sources")
		case "licence":
			e.Licence = r.text(value, "licence")
		case "retrieved":
			e.Retrieved = r.text(value, "retrieved")
		case "notes":
			e.Notes = r.texts(value, "notes")
		case "documents":
			e.documents, e.documentAt = map[string]string{}, map[string]source.Span{}
			for k, v := range value.Pairs() {
				e.documents[k.Text()], e.documentAt[k.Text()] = r.text(v, "a document"), k.Span()
			}
		case "entries", "removed", "meanings", "cases": // below, once the header is known
		default:
			r.unknown(key, "a catalogue file", headerKeys)
		}
	}
	for _, need := range []struct{ name, value string }{
		{"framework", e.Framework},
		{"edition", e.Name},
		{"title", e.Title},
		{"url", e.URL},
		{"licence", e.Licence},
		{"retrieved", e.Retrieved},
		{"sources", strings.Join(e.Sources, "")},
	} {
		if need.value == "" {
			r.fail(r.file.Span(0, 0), "missing-field", "the header has no "+need.name)
		}
	}
	for kindNode, list := range root.Argument("entries").Pairs() {
		kind := r.kind(kindNode)
		for n := range list.Children() {
			e.entries = append(e.entries, r.entry(n, kind, e))
		}
	}
	for n := range root.Argument("removed").Children() {
		row := r.fields(n, "a removed id", "id", "now")
		e.removed = append(e.removed, removal{id: row["id"], now: row["now"], span: n.Span()})
	}
	for n := range root.Argument("meanings").Children() {
		e.uses = append(e.uses, r.use(n, e))
	}
	for n := range root.Argument("cases").Children() {
		e.cases = append(e.cases, r.caseRow(n))
	}
	return e
}

func (r *reader) kind(n syntax.Node) Kind {
	kind := Kind(n.Text())
	if !slices.Contains(kinds, kind) {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		r.unknown(n, "the list of kinds", names)
	}
	return kind
}

// entry reads one line of entries.
func (r *reader) entry(n syntax.Node, kind Kind, edition *Edition) *Entry {
	e := &Entry{Kind: kind, Edition: edition.Name, Span: n.Span()}
	e.Namespace = edition.Framework
	for key, value := range n.Pairs() {
		name := key.Text()
		switch name {
		case "id":
			e.ID = r.text(value, "id")
		case "title":
			e.Title = r.text(value, "title")
		case "gist":
			e.Gist = r.text(value, "gist")
		case "note":
			e.Note = r.text(value, "note")
		case "url":
			e.URL = r.text(value, "url")
		case "aliases":
			e.Aliases = r.texts(value, "aliases")
		case "steps":
			r.steps(e, value)
		default:
			if row, at := relationRow(RelationKind(name)); at < len(relations) && row.kind != MapsTo && row.kind != ReplacedBy {
				r.links(e, row, value)
			} else if slices.Contains(details, name) {
				e.Details = append(e.Details, Detail{Name: name, Values: r.texts(value, name)})
			} else {
				r.unknown(key, "an entry", entryKeys())
			}
		}
	}
	if e.ID == "" {
		r.fail(n.Span(), "missing-field", fmt.Sprintf("this %s has no id", kind))
	}
	slices.SortStableFunc(e.Details, func(a, b Detail) int {
		return slices.Index(details, a.Name) - slices.Index(details, b.Name)
	})
	if e.URL == "" {
		e.URL = pageOf(edition, kind, e.ID)
	}
	return e
}

// pageOf fills an edition's pattern for the address of an entry's own page.
func pageOf(edition *Edition, kind Kind, id string) string {
	pattern, ok := edition.entryURL[kind]
	if !ok {
		return edition.URL
	}
	number := id[strings.LastIndexByte(id, '-')+1:]
	return strings.NewReplacer("{id}", id, "{number}", number, "{path}", strings.ReplaceAll(id, ".", "/")).Replace(pattern)
}

func entryKeys() []string {
	keys := append([]string{"id", "title", "gist", "note", "url", "aliases"}, details...)
	for _, row := range relations {
		if row.kind != MapsTo && row.kind != ReplacedBy {
			keys = append(keys, string(row.kind))
		}
	}
	return keys
}

// links reads the references under one relation's key.
func (r *reader) links(e *Entry, row relationInfo, value syntax.Node) {
	namespace := row.namespace
	if namespace == "" {
		namespace = e.Namespace
	}
	items := []syntax.Node{value}
	if value.Is(syntax.List) {
		items = items[:0]
		for c := range value.Children() {
			items = append(items, c)
		}
	}
	for _, item := range items {
		e.links = append(e.links, link{kind: row.kind, to: refIn(r.text(item, string(row.kind)), namespace), span: item.Span()})
	}
}

// refIn reads a reference: an id in the given namespace, or namespace/id.
func refIn(text, namespace string) Ref {
	if other, id, ok := strings.Cut(text, "/"); ok {
		return Ref{other, id}
	}
	return Ref{namespace, text}
}

// steps reads a case study's steps, written tactic/technique without the prefix that all ids of ATLAS share.
func (r *reader) steps(e *Entry, value syntax.Node) {
	seen := map[Ref]bool{}
	for c := range value.Children() {
		tactic, technique, ok := strings.Cut(r.text(c, "a step"), "/")
		if !ok {
			r.fail(c.Span(), "bad-step", "a step is a tactic, a slash and a technique")
			continue
		}
		step := Step{Ref{e.Namespace, atlasPrefix + tactic}, Ref{e.Namespace, atlasPrefix + technique}}
		e.Steps = append(e.Steps, step)
		if !seen[step.Technique] {
			seen[step.Technique] = true
			e.links = append(e.links, link{kind: Employs, to: step.Technique, span: c.Span()})
		}
	}
}

// fields reads a flat map of texts with known keys, of which the first is required.
func (r *reader) fields(n syntax.Node, what string, known ...string) map[string]string {
	row := map[string]string{}
	for key, value := range n.Pairs() {
		if !slices.Contains(known, key.Text()) {
			r.unknown(key, what, known)
			continue
		}
		row[key.Text()] = r.text(value, key.Text())
	}
	if row[known[0]] == "" {
		r.fail(n.Span(), "missing-field", what+" has no "+known[0])
	}
	return row
}

// use reads one line of meanings.
func (r *reader) use(n syntax.Node, e *Edition) use {
	row := r.fields(n, "a meaning", "id", "document", "means", "title", "note")
	u := use{Meaning: Meaning{ID: row["id"], Title: row["title"], Note: row["note"]}, span: n.Span()}
	document, ok := e.documents[row["document"]]
	if !ok {
		r.fail(n.Argument("document").Span(), "unknown-document", fmt.Sprintf("no document %q is named in the header", row["document"]))
	}
	u.Documents = []string{document}
	u.namespace = e.Framework
	if means := row["means"]; means != "" {
		u.ref = refIn(means, e.Framework)
	} else if u.Title == "" {
		r.fail(n.Span(), "missing-field", "a meaning needs means or title")
	}
	return u
}

// caseRow reads one line of cases.
func (r *reader) caseRow(n syntax.Node) caseRow {
	row := caseRow{span: n.Span()}
	for key, value := range n.Pairs() {
		switch key.Text() {
		case "case":
			row.id = r.text(value, "case")
		case "layer":
			row.layer = r.text(value, "layer")
		case "threats":
			row.threats = r.texts(value, "threats")
		case "note":
			row.note = r.text(value, "note")
		default:
			r.unknown(key, "a row of cases", []string{"case", "layer", "threats", "note"})
		}
	}
	return row
}
