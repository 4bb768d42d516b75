// Package matrix is the table in which people put threats beside the frameworks that name them: a row a threat, with
// ATLAS technique, MAESTRO layer, NIST subcategory, ISO control, OWASP ids, severity, control and status.
//
// [Build] makes such a table of a result; [Matrix.Write] prints it. [Lint] reads anybody's table and says which ids do not
// exist, which name another thing than the row is about, which are headings and not entries, and which editions they are of.
// Both rest on the same relations of the catalogue: what is published first, and this project's own map, marked as such, with
// a reason for each.
//
// # What it does not do
//
// It finds no threats and judges no severity: rows come from findings. It reads Markdown and CSV, no spreadsheets.
//
// # Guarantees
//
// Rows are sorted by severity, then status, then name. Every id in a table made here resolves. Text from the scanned system
// is escaped for the format, and no cell begins a formula. A foreign file is bounded in rows, cells and the length of a cell;
// what is not looked at is said.
package matrix

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/taxonomy"
)

// By says what a row is about.
type By string

// The kinds of rows.
const (
	ByThreat  By = "threat"  // a rule that found something, with all it was found on
	ByElement By = "element" // an element, with all that was found on it
	ByFinding By = "finding" // one finding
)

// Bys lists the kinds of rows, the default first.
var Bys = []string{string(ByThreat), string(ByElement), string(ByFinding)}

// Options say which rows a matrix has.
type Options struct {
	By  By   // empty: by threat
	All bool // also what is blocked, unreachable or accepted
}

// ID is an id of a framework in a row.
type ID struct {
	Namespace string `json:"namespace"`
	ID        string `json:"id"`
	Title     string `json:"title"`
	Own       bool   `json:"own"` // the relation to the row's threat is this project's and not published
	Why       string `json:"why"` // why it stands here
}

// Row is a line of the matrix.
type Row struct {
	Concern  string   `json:"concern"` // the threat, the element or the finding's sentence
	Where    []string `json:"where"`   // names of elements, or of threats in a row about an element
	Layers   []string `json:"layers"`  // "L3 Agent Frameworks"
	OWASP    []ID     `json:"owasp"`
	Atlas    []ID     `json:"atlas"`
	NIST     []ID     `json:"nist"`
	ISO      []ID     `json:"iso"`
	Severity string   `json:"severity"`
	Control  string   `json:"control"` // what guards it, or what would
	Status   string   `json:"status"`
	Evidence string   `json:"evidence"` // file:line, or what was assumed or declared
}

// Matrix is the whole table.
type Matrix struct {
	System string `json:"system"`
	Rows   []Row  `json:"rows"`
	Left   int    `json:"left"` // findings that are not in it for their status
}

// owaspSpaces are the OWASP lists, the threats that others lists' entries are related to first.
var owaspSpaces = []string{"owasp-asi", "owasp-agentic", "owasp-llm", "owasp-mcp"}

// Build makes a matrix of a result.
func Build(r *result.Result, c *taxonomy.Catalog, o Options) *Matrix {
	b := builder{result: r, catalog: c, elements: map[string]*model.Element{}, patterns: map[string]string{}, reasons: map[string]map[string]ID{}}
	for _, e := range r.System.Elements {
		b.elements[e.ID] = e
	}
	for _, p := range r.Patterns {
		b.patterns[p.ID] = p.Title
	}
	m := &Matrix{System: r.System.Name, Rows: []Row{}}
	groups := map[string][]*result.Finding{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !o.All && f.Status != result.Live && f.Status != result.Condition {
			m.Left++
			continue
		}
		for _, key := range b.keys(f, o.By) {
			groups[key] = append(groups[key], f)
		}
	}
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		m.Rows = append(m.Rows, b.row(k, groups[k], o.By))
	}
	slices.SortStableFunc(m.Rows, func(a, x Row) int {
		return cmp.Or(cmp.Compare(severityRank(a.Severity), severityRank(x.Severity)), strings.Compare(statusWord(a.Status), statusWord(x.Status)),
			strings.Compare(a.Concern, x.Concern))
	})
	return m
}

func severityRank(s string) int {
	if i := slices.Index(result.Severities, s); i >= 0 {
		return i
	}
	return len(result.Severities)
}

// statusWord orders statuses: what is open first.
func statusWord(status string) string {
	if strings.HasPrefix(status, "live") {
		return ""
	}
	return status
}

type builder struct {
	result   *result.Result
	catalog  *taxonomy.Catalog
	elements map[string]*model.Element
	patterns map[string]string
	reasons  map[string]map[string]ID // by rule, what was found for it: rules are few and findings many
}

// keys says which rows a finding belongs to.
func (b *builder) keys(f *result.Finding, by By) []string {
	switch by {
	case ByFinding:
		return []string{f.ID}
	case ByElement:
		if core := f.Core(); len(core) > 0 {
			return core[:1] // the element that the rule visits; the others are its neighbours
		}
		return []string{""}
	}
	return []string{f.Rule + "\x00" + string(f.Status)}
}

func (b *builder) row(key string, list []*result.Finding, by By) Row {
	worst := list[0]
	for _, f := range list[1:] {
		if severityRank(f.Severity) < severityRank(worst.Severity) {
			worst = f
		}
	}
	row := Row{Concern: worst.Title, Severity: worst.Severity}
	var layers []string
	for _, f := range list {
		for _, l := range f.Layers {
			if !slices.Contains(layers, l) {
				layers = append(layers, l)
			}
		}
		switch by {
		case ByElement:
			row.Where = appendOnce(row.Where, f.Title)
		default:
			for _, id := range f.Core()[:min(1, len(f.Core()))] {
				row.Where = appendOnce(row.Where, b.name(id))
			}
		}
		for _, ns := range owaspSpaces {
			row.OWASP = b.add(row.OWASP, f, ns)
		}
		row.Atlas = b.add(row.Atlas, f, "atlas")
		row.NIST = b.add(row.NIST, f, "nist-ai-rmf")
		row.ISO = b.add(row.ISO, f, "iso42001")
	}
	slices.Sort(layers)
	for _, l := range layers {
		row.Layers = append(row.Layers, b.layer(l))
	}
	switch by {
	case ByElement:
		row.Concern = b.name(key)
	case ByFinding:
		row.Concern = worst.Message
	}
	row.Status = status(list)
	row.Control = b.control(list)
	row.Evidence = evidence(worst, list)
	return row
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

func (b *builder) name(id string) string {
	if e := b.elements[id]; e != nil {
		return e.Name
	}
	return id
}

func (b *builder) layer(id string) string {
	for _, l := range b.result.Layers {
		if l.ID == id {
			return l.ID + " " + l.Name
		}
	}
	if id == taxonomy.CrossLayer {
		return "cross-layer"
	}
	return id
}

// status counts what stands behind a row: "live (3)".
func status(list []*result.Finding) string {
	count := map[result.Status]int{}
	for _, f := range list {
		count[f.Status]++
	}
	var parts []string
	for _, s := range []result.Status{result.Live, result.Condition, result.Accepted, result.Blocked, result.Unreachable} {
		switch n := count[s]; {
		case n == 1 && len(list) == 1:
			parts = append(parts, string(s))
		case n > 0:
			parts = append(parts, fmt.Sprintf("%s (%d)", s, n))
		}
	}
	return strings.Join(parts, ", ")
}

// control says what guards the findings, or what would: the pattern that most of them name, one that blocks before one that
// weakens.
func (b *builder) control(list []*result.Finding) string {
	placed, wanted := map[string]string{}, map[string]int{}
	for _, f := range list {
		seen := map[string]bool{}
		for _, c := range f.Controls {
			switch {
			case c.State != model.Unseen && c.State != model.Absent && c.State != model.Refuted:
				placed[c.Control] = string(c.State)
			case !seen[c.Control]:
				seen[c.Control] = true
				wanted[c.Control] += 2
				if c.Effect == "blocks" {
					wanted[c.Control]++
				}
			}
		}
	}
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(placed)) {
		parts = append(parts, fmt.Sprintf("%s (%s)", b.pattern(id), placed[id]))
	}
	best := ""
	for _, id := range slices.Sorted(maps.Keys(wanted)) {
		if _, has := placed[id]; !has && (best == "" || wanted[id] > wanted[best]) {
			best = id
		}
	}
	if best != "" {
		parts = append(parts, "to add: "+b.pattern(best))
	}
	return strings.Join(parts, "; ")
}

func (b *builder) pattern(id string) string {
	if title := b.patterns[id]; title != "" {
		return title
	}
	return id
}

// evidence is the first place in a file that shows a row, of its worst finding if it has one.
func evidence(worst *result.Finding, list []*result.Finding) string {
	for _, f := range append([]*result.Finding{worst}, list...) {
		for _, e := range f.Evidence {
			if e.File != "" {
				return fmt.Sprintf("%s:%d", e.File, e.Line)
			}
		}
	}
	if len(worst.Assumes) > 0 {
		return "assumed: " + worst.Assumes[0]
	}
	return "declared"
}

// enough bounds how many of our own ids stand in a cell of a row whose rule names none.
const enough = 3

// add adds a finding's ids of a framework. Where its rule names none of NIST's or ISO's, those that our own map relates to
// its threats come.
func (b *builder) add(list []ID, f *result.Finding, namespace string) []ID {
	have := func(id string) bool {
		return slices.ContainsFunc(list, func(o ID) bool { return o.Namespace == namespace && o.ID == id })
	}
	threats := Threats(b.catalog, f.Maps)
	for _, id := range f.Maps[namespace] {
		if !have(id) {
			list = append(list, b.id(f, namespace, id, threats))
		}
	}
	if len(f.Maps[namespace]) > 0 || slices.Contains(owaspSpaces, namespace) {
		return list
	}
	var concerns []*taxonomy.Entry
	for _, t := range threats {
		for _, k := range b.catalog.ConcernsOf(t) {
			if !slices.Contains(concerns, k) {
				concerns = append(concerns, k)
			}
		}
	}
	same, _ := b.catalog.Counterparts(concerns[:min(1, len(concerns))], namespace)
	for _, r := range same[:min(enough, len(same))] {
		if !have(r.Entry.ID) {
			list = append(list, ID{namespace, r.Entry.ID, b.catalog.FullTitle(r.Entry), true, r.Note})
		}
	}
	return list
}

// Threats are the entries of the OWASP lists among the ids of a rule or finding.
func Threats(c *taxonomy.Catalog, maps map[string][]string) []*taxonomy.Entry {
	var out []*taxonomy.Entry
	for _, ns := range owaspSpaces {
		for _, id := range maps[ns] {
			if e := c.Lookup(ns, id); e != nil {
				out = append(out, e)
			}
		}
	}
	return out
}

// id says of an id that a rule names why it stands there.
func (b *builder) id(f *result.Finding, namespace, id string, threats []*taxonomy.Entry) ID {
	key := namespace + "/" + id
	if known, ok := b.reasons[f.Rule][key]; ok {
		return known
	}
	out := ID{Namespace: namespace, ID: id, Own: true}
	if e := b.catalog.Lookup(namespace, id); e != nil {
		out.Title = b.catalog.FullTitle(e)
		out.Own, out.Why = Provenance(b.catalog, e, threats)
	}
	if out.Why == "" {
		out.Why = fmt.Sprintf("the rule %s describes it", f.Rule)
	}
	if b.reasons[f.Rule] == nil {
		b.reasons[f.Rule] = map[string]ID{}
	}
	b.reasons[f.Rule][key] = out
	return out
}

// Provenance says who relates an entry to threats: a published crosswalk, a framework's own file, or this project, with the
// reason. The reason is empty when nobody does: then only the rule that names both says so.
func Provenance(c *taxonomy.Catalog, e *taxonomy.Entry, threats []*taxonomy.Entry) (own bool, why string) {
	if slices.Contains(owaspSpaces, e.Namespace) {
		return true, "" // which threat a rule is about is the rule's own statement
	}
	reasons := c.Reasons(e, threats)
	if len(reasons) == 0 {
		return true, ""
	}
	r := reasons[0]
	switch {
	case r.Own():
		return true, r.Note
	case r.Crosswalk != nil:
		return false, fmt.Sprintf("published for %s: %s", r.Of.ID, r.Crosswalk.Title)
	}
	return false, fmt.Sprintf("published for %s in its own list", r.Of.ID)
}
