package taxonomy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fermata/internal/source"
)

// joiner makes a catalog of the files that were read, each by itself.
type joiner struct {
	catalog  *Catalog
	editions []*Edition
	troubles []source.Diagnostic
	loose    int  // dangling references of users' files
	partial  bool // other frameworks were not asked for
}

func (j *joiner) fail(at source.Span, code, message, hint string) {
	j.troubles = append(j.troubles, source.Diagnostic{Severity: source.Error, Code: code, Message: message, Hint: hint, Span: at})
}

func (j *joiner) join() {
	c := j.catalog
	c.byRef, c.byEdition = map[Ref]*Entry{}, map[Ref]map[string]*Entry{}
	c.outgoing, c.incoming = map[*Entry][]Relation{}, map[*Entry][]Relation{}
	groups := map[string][]*Edition{}
	for _, e := range j.editions {
		groups[e.Framework] = append(groups[e.Framework], e)
	}
	for namespace, editions := range groups {
		slices.SortStableFunc(editions, compareEditions)
		newest := editions[len(editions)-1]
		c.frameworks = append(c.frameworks, &Framework{
			Namespace: namespace, Title: newest.Title, Publisher: newest.Publisher, URL: newest.URL, Editions: editions,
		})
	}
	slices.SortFunc(c.frameworks, func(a, b *Framework) int { return strings.Compare(a.Namespace, b.Namespace) })
	for _, f := range c.frameworks {
		j.framework(f)
	}
	for i, e := range c.entries {
		e.order = int32(i)
	}
	for _, e := range c.entries {
		j.resolve(e)
	}
	for _, f := range c.frameworks {
		if versioned(f) {
			j.resolveOlder(f)
		}
	}
	if more := j.loose - maxDangling; more > 0 {
		j.troubles = append(j.troubles, source.Diagnostic{
			Severity: source.Warning, Code: "unknown-id", Message: fmt.Sprintf("%d more references lead nowhere and are left out", more),
		})
	}
	for _, w := range c.crosswalks {
		j.crosswalk(w)
	}
	j.schemes()
	j.cases()
	j.meanings()
}

// compareEditions orders editions of one framework, oldest first: numbers by value, so that 5.6.0 comes before
// 2026.09; a file that the user gave comes after a shipped one of the same name, and so wins.
func compareEditions(a, b *Edition) int {
	added := func(e *Edition) int {
		if e.Added {
			return 1
		}
		return 0
	}
	return cmp.Or(compareIDs(a.Name, b.Name), cmp.Compare(added(a), added(b)))
}

// versioned tells whether a framework's editions are versions of one list; otherwise they are lists beside each other.
func versioned(f *Framework) bool {
	return slices.ContainsFunc(f.Editions, func(e *Edition) bool { return e.Extends != "" || e.Added })
}

// framework joins the editions of one framework.
func (j *joiner) framework(f *Framework) {
	for _, e := range f.Editions {
		j.extend(f, e)
		j.check(e)
	}
	c := j.catalog
	if !versioned(f) {
		for _, e := range f.Editions {
			for _, entry := range e.entries {
				if other := c.byRef[entry.Ref]; other != nil {
					if other.Edition == entry.Edition { // told already
						continue
					}
					j.fail(entry.Span, "duplicate-id", fmt.Sprintf("%s stands in edition %s too", entry.ID, other.Edition), "")
					continue
				}
				c.byRef[entry.Ref] = entry
				c.entries = append(c.entries, entry)
			}
		}
		return
	}
	gists := map[Ref]*Entry{}
	for _, e := range f.Editions {
		for _, entry := range e.entries {
			// A user's official file brings no words of ours; keep them while the entry means the same.
			if old := gists[entry.Ref]; e.Added && old != nil && old.Title == entry.Title {
				entry.Gist = cmp.Or(old.Gist, entry.Gist)
			}
			if !e.Added {
				gists[entry.Ref] = entry
			}
			if c.byEdition[entry.Ref] == nil {
				c.byEdition[entry.Ref] = map[string]*Entry{}
			}
			c.byEdition[entry.Ref][e.Name] = entry
		}
	}
	newest := f.Newest()
	all := slices.Clone(newest.entries)
	for _, entry := range newest.entries {
		c.byRef[entry.Ref] = entry
	}
	// What newer editions dropped stays known, marked with the edition that first lacks it.
	for i := len(f.Editions) - 2; i >= 0; i-- {
		for _, entry := range f.Editions[i].entries {
			if c.byRef[entry.Ref] != nil {
				continue
			}
			gone := *entry
			gone.Withdrawn = f.Editions[i+1].Name
			gone.links = slices.Clone(gone.links)
			for _, e := range f.Editions {
				for _, r := range e.removed {
					if r.id == entry.ID && r.now != "" {
						gone.links = append(gone.links, link{kind: ReplacedBy, to: Ref{f.Namespace, r.now}, span: r.span})
					}
				}
			}
			c.byRef[entry.Ref] = &gone
			all = append(all, &gone)
		}
	}
	var order []Kind
	for _, entry := range all {
		if !slices.Contains(order, entry.Kind) {
			order = append(order, entry.Kind)
		}
	}
	slices.SortStableFunc(all, func(a, b *Entry) int {
		if a.Kind != b.Kind {
			return cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind))
		}
		if a.Kind == Tactic { // the order of the matrix, which is that of the file
			return 0
		}
		return compareIDs(a.ID, b.ID)
	})
	c.entries = append(c.entries, all...)
}

// extend makes an edition whole that lists only what changed since another one.
func (j *joiner) extend(f *Framework, e *Edition) {
	if e.Extends == "" {
		for _, r := range e.removed {
			j.fail(r.span, "nothing-to-remove", "only an edition that extends another can remove ids", "")
		}
		return
	}
	at := slices.IndexFunc(f.Editions, func(o *Edition) bool { return o.Name == e.Extends && !o.Added })
	if at < 0 || f.Editions[at] == e || compareIDs(e.Extends, e.Name) >= 0 {
		j.fail(e.extendsAt, "unknown-edition", fmt.Sprintf("%s has no older edition %q", f.Namespace, e.Extends), "")
		return
	}
	// The older edition came first in the list, so it is whole by now.
	changes := map[string]*Entry{}
	for _, entry := range e.entries {
		changes[entry.ID] = entry
	}
	known := map[string]bool{}
	whole := make([]*Entry, 0, len(f.Editions[at].entries)+len(e.entries))
	for _, old := range f.Editions[at].entries {
		known[old.ID] = true
		if slices.ContainsFunc(e.removed, func(r removal) bool { return r.id == old.ID }) {
			continue
		}
		if change := changes[old.ID]; change != nil {
			old = merge(old, change)
		}
		whole = append(whole, old)
	}
	for _, r := range e.removed {
		if !known[r.id] {
			j.fail(r.span, "unknown-id", fmt.Sprintf("edition %s has no %s to remove", e.Extends, r.id), "")
		}
	}
	for _, entry := range e.entries {
		if !known[entry.ID] {
			whole = append(whole, entry)
		}
	}
	e.entries = whole
}

// merge lays what an edition changed over what was there.
func merge(old, change *Entry) *Entry {
	e := *old
	e.Edition, e.Span = change.Edition, change.Span
	e.Kind = change.Kind
	e.Title, e.Gist, e.Note = cmp.Or(change.Title, old.Title), cmp.Or(change.Gist, old.Gist), cmp.Or(change.Note, old.Note)
	if change.Steps != nil {
		e.Steps = change.Steps
	}
	e.Details = slices.Clone(old.Details)
	for _, d := range change.Details {
		if i := slices.IndexFunc(e.Details, func(o Detail) bool { return o.Name == d.Name }); i >= 0 {
			e.Details[i] = d
		} else {
			e.Details = append(e.Details, d)
		}
	}
	e.links = nil
	for _, l := range old.links {
		if !slices.ContainsFunc(change.links, func(n link) bool { return n.kind == l.kind }) {
			e.links = append(e.links, l)
		}
	}
	e.links = append(e.links, change.links...)
	return &e
}

// check holds what is true of a whole edition: titles are there and ids stand once.
func (j *joiner) check(e *Edition) {
	seen := make(map[string]bool, len(e.entries))
	for _, entry := range e.entries {
		if entry.Title == "" {
			switch {
			case titleless[entry.Kind] && entry.Gist != "":
				entry.Title, entry.Gist = strings.TrimSuffix(entry.Gist, "."), ""
			case entry.Kind == Action && len(entry.links) > 0:
				n := strings.TrimLeft(entry.ID[strings.LastIndexByte(entry.ID, '-')+1:], "0")
				entry.Title = fmt.Sprintf("Suggested action %s for %s", n, entry.links[0].to.ID)
			default:
				j.fail(entry.Span, "missing-field", fmt.Sprintf("%s %s has no title", entry.Kind, entry.ID), "")
			}
		}
		if seen[entry.ID] {
			j.fail(entry.Span, "duplicate-id", fmt.Sprintf("%s stands twice in edition %s", entry.ID, e.Name), "")
		}
		seen[entry.ID] = true
	}
}

// resolve turns an entry's references into relations of both ends.
func (j *joiner) resolve(e *Entry) {
	c := j.catalog
	var list []Relation
	for _, l := range e.links {
		to := c.byRef[l.to]
		if to == nil {
			j.dangling(e, l)
			continue
		}
		list = append(list, Relation{Kind: l.kind, Entry: to})
		c.incoming[to] = append(c.incoming[to], Relation{Kind: l.kind, Entry: e, Backward: true})
	}
	if list != nil {
		c.outgoing[e] = list
	}
	for _, s := range e.Steps {
		if c.byRef[s.Tactic] == nil {
			j.dangling(e, link{kind: Employs, to: s.Tactic, span: e.Span})
		}
	}
}

// resolveOlder checks the references of entries that only an older edition still shows.
func (j *joiner) resolveOlder(f *Framework) {
	for _, edition := range f.Editions {
		for _, e := range edition.entries {
			if j.catalog.byRef[e.Ref] == e {
				continue
			}
			for _, l := range e.links {
				if j.catalog.byRef[l.to] == nil {
					j.dangling(e, l)
				}
			}
		}
	}
}

// maxDangling bounds how many dangling references of one user's file are told one by one.
const maxDangling = 20

// dangling reports a reference that leads nowhere. In a user's file it costs that relation only: the file is somebody
// else's, and refers to an ATT&CK of which the catalogue holds a part.
func (j *joiner) dangling(e *Entry, l link) {
	if !e.added {
		j.unresolved(l.span, e.ID, l.to)
		return
	}
	if l.kind == InAttack {
		return
	}
	if j.loose++; j.loose > maxDangling {
		return
	}
	j.troubles = append(j.troubles, source.Diagnostic{
		Severity: source.Warning, Code: "unknown-id", Span: l.span,
		Message: fmt.Sprintf("%s refers to %s, which the file does not define; the relation is left out", e.ID, l.to.ID),
	})
}

func (j *joiner) unresolved(at source.Span, from string, to Ref) {
	if j.partial && j.catalog.Framework(to.Namespace) == nil {
		return
	}
	var ids []string
	for _, e := range j.catalog.entries {
		if e.Namespace == to.Namespace {
			ids = append(ids, e.ID)
		}
	}
	hint := ""
	if len(ids) == 0 {
		hint = "no framework has this name"
	} else if near := source.Suggest(to.ID, ids); near != "" {
		hint = fmt.Sprintf("did you mean %q", near)
	}
	j.fail(at, "unknown-id", fmt.Sprintf("%s refers to %s, which the catalogue does not hold", from, to), hint)
}

// crosswalk resolves the rows of one crosswalk.
func (j *joiner) crosswalk(w *Crosswalk) {
	c := j.catalog
	for i := range w.maps {
		m := &w.maps[i]
		for _, row := range m.rows {
			from := c.byRef[Ref{m.from, row.id}]
			if from == nil {
				j.unresolved(row.span, "crosswalk "+w.ID, Ref{m.from, row.id})
				continue
			}
			note := cmp.Or(row.why, m.note)
			for _, t := range row.targets {
				to := c.byRef[Ref{m.to, t.id}]
				if to == nil {
					j.unresolved(t.span, row.id, Ref{m.to, t.id})
					continue
				}
				c.outgoing[from] = append(c.outgoing[from], Relation{Kind: MapsTo, Entry: to, Strength: t.strength, Note: note, Crosswalk: w})
				c.incoming[to] = append(c.incoming[to], Relation{Kind: MapsTo, Entry: from, Backward: true, Strength: t.strength, Note: note, Crosswalk: w})
			}
		}
	}
	w.maps = nil
}
