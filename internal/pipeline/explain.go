package pipeline

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/taxonomy"
)

// Explanation is an answer to "what is this and why", as a heading and sections. Texts are plain.
type Explanation struct {
	Kind     string // finding, path, element, question, rule, control, entry
	ID       string
	Title    string
	Sections []Section
}

// Section is one part of an explanation: paragraphs, then items, then code.
type Section struct {
	Heading string
	Text    []string
	Items   []string
	Code    []Listing
}

// Listing is code to be shown as it is.
type Listing struct {
	Head, Language string
	Lines          []string
}

func (x *Explanation) section(heading string, text []string, items []string) {
	var kept []string
	for _, t := range text {
		if t = strings.TrimSpace(t); t != "" {
			kept = append(kept, t)
		}
	}
	if len(kept) > 0 || len(items) > 0 {
		x.Sections = append(x.Sections, Section{Heading: heading, Text: kept, Items: items})
	}
}

// Explain answers about a finding, path, element, question or asset of a result (which may be nil), or a rule, a
// control or an id of the catalogues. An id that several documents use with other meanings gives several answers. The
// error for something unknown says what is near.
func (e *Engine) Explain(query string, r *result.Result) ([]Explanation, error) {
	query = strings.TrimSpace(query)
	if r != nil {
		v := newView(r)
		if x := e.explainResult(query, v); x != nil {
			return x, nil
		}
	}
	if x := explainCheck(query); x != nil {
		return x, nil
	}
	if rl := e.rules.Rule(query); rl != nil {
		return []Explanation{e.explainRule(rl, r)}, nil
	}
	if c := e.rules.Controls.Get(query); c != nil {
		return []Explanation{e.controlPage(c, "", r)}, nil
	}
	if isRow.MatchString(query) {
		if x, ok := e.explainRow(query); ok {
			return []Explanation{x}, nil
		}
	}
	answer := e.Catalog().Resolve(query)
	if len(answer.Matches) > 0 {
		var out []Explanation
		for _, m := range answer.Matches {
			out = append(out, e.explainEntry(m.Entry, answer, r))
		}
		return out, nil
	}
	return nil, e.unknown(query, r, answer)
}

// explainExternal tells of what another scanner or an advisory says: by the id of the finding, by that of the scanner's rule
// (external:TOOL/RULE, TOOL/RULE or RULE), or by an id that an advisory's message names, such as a CVE id.
func (e *Engine) explainExternal(query string, v *view) []Explanation {
	short := strings.TrimPrefix(query, externalRule)
	var exact, named []Explanation
	for i := range v.r.Findings {
		f := &v.r.Findings[i]
		rest, ok := strings.CutPrefix(f.Rule, externalRule)
		if !ok {
			continue
		}
		_, name, _ := strings.Cut(rest, "/")
		switch {
		case rest == short || name == short || f.ID == externalRule+short:
			exact = append(exact, e.explainFinding(f, v))
		case advisoryID.MatchString(path.Base(short)) && slices.Contains(advisoryID.FindAllString(f.Message, -1), path.Base(short)):
			named = append(named, e.explainFinding(f, v))
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return named
}

// advisoryID is the form of an advisory's id: GHSA-…, CVE-2026-1234, PYSEC-2026-1.
var advisoryID = regexp.MustCompile(`\b[A-Z][A-Z0-9]+(-[A-Za-z0-9]+){2,}\b`)

// evidenceID is the form of the id of a row of the evidence.
var evidenceID = regexp.MustCompile(`^C[0-9]+$`)

func (e *Engine) unknown(query string, r *result.Result, answer taxonomy.Answer) error {
	if strings.HasPrefix(query, externalRule) {
		return &AskError{fmt.Sprintf("nothing in this system is reported as %s", query), "give the result in which it stands, or the tree with --osv FOLDER or --evidence FILE"}
	}
	if id, ok := strings.CutPrefix(query, scoreQuery); ok {
		if r == nil {
			return &AskError{"a score needs a system", "fermata explain score:FINDING PATH"}
		}
		return noFinding(r, id)
	}
	names := checkNames()
	for _, rl := range e.rules.Rules {
		names = append(names, rl.ID)
	}
	for _, c := range e.rules.Controls {
		names = append(names, c.ID)
	}
	if evidenceID.MatchString(query) {
		return &AskError{fmt.Sprintf("no row of the evidence is called %q", query), "fermata evidence lists them"}
	}
	if r != nil {
		v := newView(r)
		if ids := v.called(query); len(ids) > 1 {
			return v.ambiguous(query, ids)
		}
		for i := range r.Findings {
			names = append(names, r.Findings[i].ID, r.Findings[i].Handle())
		}
		for i := range r.Paths {
			names = append(names, r.Paths[i].ID, r.Paths[i].Handle())
		}
		for i := range r.Questions {
			names = append(names, r.Questions[i].ID)
		}
		for _, el := range r.System.Elements {
			names = append(names, append([]string{el.ID, el.Name}, el.Aliases...)...)
		}
	}
	if result.IsHandle(query) {
		return &AskError{fmt.Sprintf("nothing in this system goes by %s", query), "a short id stands for one finding or path, and changes when what it is about does; fermata paths lists those of today"}
	}
	message := fmt.Sprintf("nothing is called %q", query)
	otherwise := "give the id of a finding, path, element, question, rule, control or framework entry"
	if len(answer.Nearest) > 0 {
		otherwise = fmt.Sprintf("did you mean %s %s?", answer.Nearest[0].ID, answer.Nearest[0].Title)
	}
	return notCalled(message, query, names, otherwise)
}

// view finds things in a result by id.
type view struct {
	r        *result.Result
	findings map[string]*result.Finding
	elements map[string]*model.Element
	flows    map[string]*model.Flow
	aliases  map[string][]string
}

func newView(r *result.Result) *view {
	v := &view{r, map[string]*result.Finding{}, map[string]*model.Element{}, map[string]*model.Flow{}, map[string][]string{}}
	for i := range r.Findings {
		v.findings[r.Findings[i].ID] = &r.Findings[i]
	}
	for _, el := range r.System.Elements {
		v.elements[el.ID] = el
		for _, name := range append([]string{el.Name}, el.Aliases...) {
			v.aliases[name] = append(v.aliases[name], el.ID)
		}
	}
	for _, f := range r.System.Flows {
		v.flows[f.ID] = f
	}
	return v
}

// name is an element or flow for people.
func (v *view) name(id string) string {
	if el, ok := v.elements[id]; ok {
		return el.Name
	}
	if f, ok := v.flows[id]; ok {
		return fmt.Sprintf("the %s from %s to %s", f.Kind, v.name(f.From), v.name(f.To))
	}
	return id
}

// element resolves an id, alias or name to one element; nil when there is none or several.
func (v *view) element(query string) *model.Element {
	if el, ok := v.elements[query]; ok {
		return el
	}
	if ids := v.called(query); len(ids) == 1 {
		return v.elements[ids[0]]
	}
	return nil
}

// Element resolves an id, alias or name of a result's element.
func Element(r *result.Result, query string) (*model.Element, error) {
	v := newView(r)
	if el := v.element(query); el != nil {
		return el, nil
	}
	if ids := v.called(query); len(ids) > 1 {
		return nil, v.ambiguous(query, ids)
	}
	var names []string
	for name := range v.aliases {
		names = append(names, name)
	}
	for id := range v.elements {
		names = append(names, id)
	}
	return nil, notCalled(fmt.Sprintf("no element is called %q", query), query, names, "fermata blast PATH lists the agents, servers and runtimes with their ids; fermata scan PATH -f json all elements")
}

// explainHandle tells what goes by a short name.
func (e *Engine) explainHandle(query string, v *view) []Explanation {
	var out []Explanation
	for i := range v.r.Findings {
		if f := &v.r.Findings[i]; f.Handle() == query {
			out = append(out, e.explainFinding(f, v))
		}
	}
	for i := range v.r.Paths {
		if p := &v.r.Paths[i]; p.Handle() == query {
			out = append(out, e.explainPath(p, v))
		}
	}
	return out
}

func (e *Engine) explainResult(query string, v *view) []Explanation {
	if id, ok := strings.CutPrefix(query, scoreQuery); ok {
		return explainScore(id, v)
	}
	if f, ok := v.findings[query]; ok {
		return []Explanation{e.explainFinding(f, v)}
	}
	if result.IsHandle(query) {
		return e.explainHandle(query, v)
	}
	for i := range v.r.Paths {
		if v.r.Paths[i].ID == query {
			return []Explanation{e.explainPath(&v.r.Paths[i], v)}
		}
	}
	for i := range v.r.Questions {
		if v.r.Questions[i].ID == query {
			return []Explanation{explainQuestion(&v.r.Questions[i], v)}
		}
	}
	if x := e.explainExternal(query, v); x != nil {
		return x
	}
	if e.rules.Rule(query) != nil || e.rules.Controls.Get(query) != nil {
		return nil // a rule's id is asked for more often than an element of the same name
	}
	if el := v.element(query); el != nil {
		return []Explanation{e.explainElement(el, v)}
	}
	return nil
}
