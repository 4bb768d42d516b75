package matrix

import (
	"fmt"
	"slices"
	"strings"

	"fermata/internal/source"
	"fermata/internal/taxonomy"
)

// Verdict says how an id fits the row that cites it.
type Verdict string

// The verdicts.
const (
	Right     Verdict = "right"     // it names what the row is about
	Weak      Verdict = "weak"      // it is near, and names something else or more
	Other     Verdict = "other"     // it exists and names another thing
	Group     Verdict = "group"     // it is a heading over entries, and not one of them
	Unknown   Verdict = "unknown"   // it does not exist
	Ambiguous Verdict = "ambiguous" // editions or documents mean different things by it
	Withdrawn Verdict = "withdrawn" // the newest edition does not have it
	Missing   Verdict = "missing"   // nothing is cited where something fits
	Unjudged  Verdict = "unjudged"  // it exists; what the row is about was not recognised
)

// severities of the verdicts that are faults.
var severities = map[Verdict]source.Severity{
	Weak: source.Warning, Other: source.Error, Group: source.Error, Unknown: source.Error, Ambiguous: source.Warning, Withdrawn: source.Warning,
	Missing: source.Warning,
}

// Candidate is an entry that would fit, and why.
type Candidate struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why"`
}

// Citation is one id of a foreign matrix, or its absence, and what is made of it.
type Citation struct {
	Concern    string          `json:"concern"`   // what the row says that it is about
	Concerns   []string        `json:"concerns"`  // the catalogue's words for that; empty when it was not recognised
	Column     string          `json:"column"`    // the header of the column
	ID         string          `json:"id"`        // as it is written; empty when nothing is cited
	Framework  string          `json:"framework"` // namespace
	Title      string          `json:"title"`     // what the id really names
	Editions   []string        `json:"editions"`  // editions of the framework that have the id
	Verdict    Verdict         `json:"verdict"`
	Message    string          `json:"message"`
	Candidates []Candidate     `json:"candidates"`
	Place      source.Span     `json:"-"`
	Where      string          `json:"where"` // file:line:column
	Severity   source.Severity `json:"severity,omitempty"`
}

// Review is what was made of a foreign file.
type Review struct {
	Tables      int                 `json:"tables"` // tables that cite frameworks
	Rows        int                 `json:"rows"`
	Citations   []Citation          `json:"citations"` // in the order of the file
	Diagnostics []source.Diagnostic `json:"-"`
}

// Faults counts the citations that are faults.
func (r *Review) Faults() int {
	n := 0
	for _, c := range r.Citations {
		if c.Severity != "" {
			n++
		}
	}
	return n
}

// Errors counts the citations that are wrong beyond doubt.
func (r *Review) Errors() int {
	n := 0
	for _, c := range r.Citations {
		if c.Severity == source.Error {
			n++
		}
	}
	return n
}

// Statement is what a rule says that a threat is called, and by which ids it goes: it knows its one threat better than what
// is known of a concern in general.
type Statement struct {
	Rule, Title string
	Maps        map[string][]string // framework → ids
}

// Lint reads somebody's matrix and judges every id in it: whether it exists and in which editions, whether it is an entry
// or a heading, and whether it names what its row is about. What a row is about is taken from its own words; where they are
// the title of a rule, the ids that the rule names are right.
func Lint(file *source.File, c *taxonomy.Catalog, rules []Statement) *Review {
	tables, troubles := readTables(file)
	r := &Review{Diagnostics: troubles, Citations: []Citation{}}
	for i := range tables {
		l := linter{catalog: c, table: &tables[i], review: r, rules: rules}
		l.run()
	}
	for i := range r.Citations {
		x := &r.Citations[i]
		x.Severity = severities[x.Verdict]
		x.Where = source.Diagnostic{Span: x.Place}.Where()
	}
	return r
}

// linter judges one table.
type linter struct {
	catalog *taxonomy.Catalog
	table   *table
	review  *Review
	rules   []Statement
	about   int      // column that says what a row is about; -1: none
	columns []string // framework of each column; empty for others
}

func (l *linter) run() {
	cites := false
	for _, h := range l.table.header {
		space := spaceOf(h.text)
		l.columns = append(l.columns, space)
		cites = cites || space != ""
	}
	if !cites && !l.citesAnything() {
		return
	}
	l.about = concernColumn(l.table.header)
	l.review.Tables++
	l.layers()
	for _, row := range l.table.rows {
		l.row(row)
	}
}

// citesAnything tells whether a table without framework columns has ids in its cells.
func (l *linter) citesAnything() bool {
	for _, row := range l.table.rows {
		for _, x := range row {
			if len(mentions(x.text, "")) > 0 {
				return true
			}
		}
	}
	return false
}

func (l *linter) row(row []cell) {
	l.review.Rows++
	about, at := "", source.Span{}
	if l.about >= 0 && l.about < len(row) {
		about, at = row[l.about].text, row[l.about].span
	}
	said := l.statements(row)
	concerns := l.concerns(about, row, said)
	for i, x := range row {
		if l.table.provenance() && i > 0 {
			break // the words behind an id say who relates it to what, and cite nothing
		}
		if i >= len(l.table.header) || i == l.about || strings.Contains(strings.ToLower(l.table.header[i].text), "provenance") {
			continue
		}
		column := l.columns[i]
		found := mentions(x.text, column)
		if len(found) == 0 && column == "atlas" && nothing(x.text) {
			if len(said) > 0 { // the rule was given none, since none fits
				continue
			}
			if missing := l.missing(about, concerns, column, i, x, at); missing != nil {
				l.review.Citations = append(l.review.Citations, *missing)
			}
			continue
		}
		for _, m := range found {
			if m.namespaces[0] == "maestro" {
				continue
			}
			l.review.Citations = append(l.review.Citations, l.citation(about, concerns, said, i, x, m))
		}
	}
}

// provenance tells whether a table is the one of a matrix made here that says where ids come from.
func (t *table) provenance() bool {
	return slices.EqualFunc(t.header, provenanceHeader, func(c cell, name string) bool { return c.text == name })
}

// statements finds the rules whose titles stand in a row: in a cell alone, or one after the other where a row is about an
// element and lists its threats.
func (l *linter) statements(row []cell) []*Statement {
	var out []*Statement
	for _, x := range row {
		for _, part := range append([]string{x.text}, strings.Split(x.text, ", ")...) {
			for i := range l.rules {
				if s := &l.rules[i]; strings.EqualFold(strings.TrimSpace(part), s.Title) && !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// concerns finds what a row is about: by the threats of a rule whose title it has, by the ids that its words hold, else by
// the words; and by the threats of the OWASP lists that it cites, where those are about the same or nothing else says what
// is meant. A number that names another threat than the words do is a mistake to be told, and not a second meaning.
func (l *linter) concerns(about string, row []cell, said []*Statement) []*taxonomy.Entry {
	var out []*taxonomy.Entry
	add := func(list []*taxonomy.Entry) {
		for _, k := range list {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	for _, s := range said {
		for _, t := range Threats(l.catalog, s.Maps) {
			add(l.catalog.ConcernsOf(t))
		}
	}
	for _, m := range mentions(about, "") {
		for _, e := range lookup(l.catalog, m.text, m.namespaces) {
			add(l.catalog.ConcernsOf(e))
		}
	}
	if len(out) == 0 {
		out = l.catalog.Concerns(about)
	}
	known := slices.Clone(out)
	for i, x := range row {
		if i >= len(l.columns) || !strings.HasPrefix(l.columns[i], "owasp-") {
			continue
		}
		for _, m := range mentions(x.text, l.columns[i]) {
			if !slices.Contains(owaspSpaces, m.namespaces[0]) {
				continue
			}
			for _, e := range lookup(l.catalog, m.text, m.namespaces) {
				cited := l.catalog.ConcernsOf(e)
				if len(known) == 0 || slices.ContainsFunc(cited, func(k *taxonomy.Entry) bool { return slices.Contains(known, k) }) {
					add(cited)
				}
			}
		}
	}
	return out
}

// nothing tells whether a cell says that there is nothing to cite.
func nothing(text string) bool {
	switch strings.ToLower(strings.Trim(text, " -–—.()*")) {
	case "", "n/a", "na", "none", "tbd", "todo", "?", "no mapping", "not mapped", "no technique", "no direct mapping":
		return true
	}
	return false
}

func names(list []*taxonomy.Entry) []string {
	out := make([]string, 0, len(list))
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

func (l *linter) missing(about string, concerns []*taxonomy.Entry, column string, i int, x cell, at source.Span) *Citation {
	candidates := l.candidates(concerns, column, nil)
	if len(candidates) == 0 {
		return nil
	}
	place := x.span
	if x.text == "" {
		place = at
	}
	return &Citation{
		Concern: about, Concerns: names(concerns), Column: l.table.header[i].text, Framework: column, Editions: []string{}, Verdict: Missing,
		Message: fmt.Sprintf("nothing is cited for %q, though %s", about, have(len(candidates))), Candidates: candidates, Place: place,
	}
}

func have(n int) string {
	if n == 1 {
		return "an entry fits"
	}
	return fmt.Sprintf("%d entries fit", n)
}

// most bounds how many candidates are listed.
const most = 5

// candidates lists what would fit in a framework, without what is cited already: by our own map for what it has columns
// for, else what the concern's published entries are.
func (l *linter) candidates(concerns []*taxonomy.Entry, namespace string, cited []*taxonomy.Entry) []Candidate {
	out := []Candidate{}
	same, _ := l.catalog.Counterparts(concerns, namespace)
	for _, r := range same {
		if !slices.Contains(cited, r.Entry) && len(out) < most {
			out = append(out, Candidate{r.Entry.ID, l.catalog.FullTitle(r.Entry), r.Note})
		}
	}
	for _, k := range concerns {
		for _, e := range l.catalog.Related(k, taxonomy.OfThreat, namespace) {
			if !slices.Contains(cited, e) && len(out) < most {
				out = append(out, Candidate{e.ID, l.catalog.FullTitle(e), "it names the same concern"})
			}
		}
	}
	return out
}

func (l *linter) citation(about string, concerns []*taxonomy.Entry, said []*Statement, i int, x cell, m mention) Citation {
	c := Citation{
		Concern: about, Concerns: names(concerns), Column: l.table.header[i].text, ID: m.text, Framework: m.namespaces[0],
		Editions: []string{}, Candidates: []Candidate{}, Place: placeOf(x, m),
	}
	entries := lookup(l.catalog, m.text, m.namespaces)
	if len(entries) == 0 {
		c.Verdict = Unknown
		c.Message = fmt.Sprintf("%s does not exist in %s", m.text, l.framework(m.namespaces[0]))
		c.Candidates = l.candidates(concerns, m.namespaces[0], nil)
		if near := l.catalog.Suggest(m.namespaces[0], m.text); near != "" && len(c.Candidates) == 0 {
			if e := l.catalog.Lookup(m.namespaces[0], near); e != nil {
				c.Candidates = []Candidate{{near, l.catalog.FullTitle(e), "its id is nearest to what is written"}}
			}
		}
		return c
	}
	e := entries[0]
	c.Framework, c.Title, c.Editions = e.Namespace, l.catalog.FullTitle(e), l.editions(e)
	switch {
	case len(entries) > 1:
		c.Verdict = Ambiguous
		var each []string
		for _, o := range entries {
			each = append(each, fmt.Sprintf("%s is %q", o.ID, o.Title))
			c.Candidates = append(c.Candidates, Candidate{o.ID, l.catalog.FullTitle(o), "one of the things that are meant by it"})
		}
		c.Title = ""
		c.Message = fmt.Sprintf("%s could be any of %d: %s", m.text, len(entries), strings.Join(each, "; "))
		return c
	case e.Withdrawn != "":
		c.Verdict = Withdrawn
		c.Message = fmt.Sprintf("%s (%s) is not in edition %s any more", e.ID, c.Title, e.Withdrawn)
		for _, now := range l.catalog.Related(e, taxonomy.ReplacedBy, e.Namespace) {
			c.Candidates = append(c.Candidates, Candidate{now.ID, l.catalog.FullTitle(now), "it replaces " + e.ID})
		}
		return c
	}
	if word := heading(e); word != "" {
		c.Verdict = Group
		c.Message = fmt.Sprintf("%s (%s) is %s over other entries, and none itself", e.ID, c.Title, word)
		c.Candidates = l.candidates(concerns, e.Namespace, entries)
		return c
	}
	for _, s := range said {
		if slices.Contains(s.Maps[e.Namespace], e.ID) {
			c.Verdict = Right
			c.Message = fmt.Sprintf("%s is %q, as the rule %s names it", e.ID, c.Title, s.Rule)
			return c
		}
	}
	l.judge(&c, e, about, concerns)
	return c
}

func placeOf(x cell, m mention) source.Span {
	s := x.span
	if s.File == nil {
		return s
	}
	if at := strings.Index(s.File.Text(int(s.Start), int(s.End)), m.text); at >= 0 {
		return s.File.Span(int(s.Start)+at, int(s.Start)+at+len(m.text))
	}
	return s
}

func (l *linter) framework(namespace string) string {
	if f := l.catalog.Framework(namespace); f != nil {
		return f.Title
	}
	return namespace
}

// editions lists the editions of a framework that have an entry.
func (l *linter) editions(e *taxonomy.Entry) []string {
	out := []string{}
	if f := l.catalog.Framework(e.Namespace); f != nil {
		for _, ed := range f.Editions {
			if l.catalog.Edition(e.Namespace, ed.Name, e.ID) != nil {
				out = append(out, ed.Name)
			}
		}
	}
	return out
}

// heading says in words that an entry is a heading over entries; empty when it is not.
func heading(e *taxonomy.Entry) string {
	switch e.Kind {
	case taxonomy.Group, taxonomy.Domain, taxonomy.Annex, taxonomy.Class:
		return "a group"
	case taxonomy.Category:
		return "a category"
	case taxonomy.Function:
		return "a function"
	case taxonomy.Objective:
		return "an objective"
	case taxonomy.Tactic:
		return "a tactic"
	case taxonomy.Clause:
		return "a clause"
	}
	return ""
}

// generic are stems that say nothing about what a threat is, since half of the titles have them.
var generic = taxonomy.Stems("ai agent agentic api model data system service llm tool attack threat security risk use user access application via process management information control exploit compromise")

// judge says whether an entry names what the row is about.
func (l *linter) judge(c *Citation, e *taxonomy.Entry, about string, concerns []*taxonomy.Entry) {
	same, near := l.catalog.Counterparts(concerns, e.Namespace)
	family := func(list []taxonomy.Reason) bool {
		return slices.ContainsFunc(list, func(r taxonomy.Reason) bool {
			return r.Entry == e || slices.Contains(l.catalog.Related(e, taxonomy.Parent, e.Namespace), r.Entry)
		})
	}
	threats := slices.ContainsFunc(concerns, func(k *taxonomy.Entry) bool {
		return slices.ContainsFunc(l.catalog.Related(k, taxonomy.OfThreat, e.Namespace), func(o *taxonomy.Entry) bool {
			return o == e || sameName(o.Title, e.Title) // lists of two years name one risk
		})
	})
	// Where our own map has nothing to say (lists of other years, weaknesses), what is published decides.
	published := l.published(e, concerns)
	// An entry of a list of threats that names another concern is related to this one at most; what is one technique of
	// attack in both counts as one.
	apart, neighbours := l.apart(e, concerns)
	switch {
	case sameName(about, e.Title), sameName(about, c.Title), family(same), threats, published && len(same)+len(near) == 0 && !apart:
		c.Verdict = Right
		c.Message = fmt.Sprintf("%s is %q", e.ID, c.Title)
	case family(near), published, neighbours:
		c.Verdict = Weak
		c.Message = fmt.Sprintf("%s is %q: near to %q, and something else", e.ID, c.Title, about)
		c.Candidates = l.candidates(concerns, e.Namespace, []*taxonomy.Entry{e})
	case sharesWords(about, e):
		c.Verdict = Weak
		if len(concerns) == 0 {
			c.Verdict = Right
		}
		c.Message = fmt.Sprintf("%s is %q, which shares words with %q", e.ID, c.Title, about)
		if c.Verdict == Weak {
			c.Candidates = l.candidates(concerns, e.Namespace, []*taxonomy.Entry{e})
		}
	case len(concerns) == 0:
		c.Verdict = Unjudged
		c.Message = fmt.Sprintf("%s is %q; what %q is about was not recognised", e.ID, c.Title, about)
	case len(l.candidates(concerns, e.Namespace, nil)) == 0:
		c.Verdict = Unjudged
		c.Message = fmt.Sprintf("%s is %q; nothing in %s is known to fit %q", e.ID, c.Title, l.framework(e.Namespace), about)
	default:
		c.Verdict = Other
		c.Message = fmt.Sprintf("%s is %q and not %q", e.ID, c.Title, about)
		c.Candidates = l.candidates(concerns, e.Namespace, []*taxonomy.Entry{e})
	}
}

// published tells whether a published crosswalk relates an entry to a threat that names one of the concerns.
func (l *linter) published(e *taxonomy.Entry, concerns []*taxonomy.Entry) bool {
	for _, k := range concerns {
		for _, r := range l.catalog.Relations(k) {
			if r.Kind != taxonomy.OfThreat {
				continue
			}
			for _, why := range l.catalog.Reasons(e, []*taxonomy.Entry{r.Entry}) {
				if why.Crosswalk != nil && !why.Own() {
					return true
				}
			}
		}
	}
	return false
}

// apart tells whether an entry names other concerns than a row, none of which is done by a technique that ATLAS has for the
// row's too; and whether they are neighbours at least, with a technique that is near to one and the other.
func (l *linter) apart(e *taxonomy.Entry, concerns []*taxonomy.Entry) (apart, neighbours bool) {
	named := l.catalog.ConcernsOf(e)
	if len(named) == 0 || len(concerns) == 0 {
		return false, false
	}
	common := func(a, b []taxonomy.Reason) bool {
		return slices.ContainsFunc(a, func(x taxonomy.Reason) bool {
			return slices.ContainsFunc(b, func(y taxonomy.Reason) bool { return x.Entry == y.Entry })
		})
	}
	same, near := l.catalog.Counterparts(concerns, "atlas")
	theirs, theirNear := l.catalog.Counterparts(named, "atlas")
	return !common(same, theirs), common(same, theirNear) || common(near, theirs)
}

// sharesWords tells whether a row and an entry have a word in common that says something.
func sharesWords(about string, e *taxonomy.Entry) bool {
	theirs := taxonomy.Stems(e.Title + " " + e.Gist)
	for _, s := range taxonomy.Stems(about) {
		if _, ok := slices.BinarySearch(theirs, s); ok && !slices.Contains(generic, s) {
			return true
		}
	}
	return false
}
