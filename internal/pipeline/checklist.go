package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fermata/catalog"
	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/verify/checklist"
)

// Attestation is somebody's word that a check holds.
type Attestation = result.Attestation

// ChecklistNames are the lists of checks, the default first.
var ChecklistNames = []string{"maestro", "plugin", "twelve-factor"}

// checklistSchemes are the layer schemes that every check is placed in.
var checklistSchemes = []string{DefaultScheme, "securing-mas"}

// Checked is a system with what checks are answered from.
type Checked struct {
	Result   *result.Result
	subjects []*result.Subject
	attested []result.Attestation
	looks    map[string]*checklist.Look
	unread   []string // files that were not looked at to the end
	code     bool
}

// ChecklistAsk says which checks are asked, and of what.
type ChecklistAsk struct {
	Lists      []string // of [ChecklistNames]; empty: all
	Scheme     string   // layer scheme; empty: maestro-v1
	Components []string // words that name elements; empty: all of the kinds that checks are about
	Scopes     []string
}

// lists loads lists of checks.
func (e *Engine) lists(ids []string) ([]*checklist.List, error) {
	all, troubles := checklist.Load(catalog.FS)
	if len(troubles) > 0 {
		return nil, &InputError{Message: "the lists of checks have mistakes", Diagnostics: troubles}
	}
	if len(ids) == 0 {
		ids = ChecklistNames
	}
	var out []*checklist.List
	for _, id := range ids {
		for _, l := range all {
			if l.ID == id {
				out = append(out, l)
			}
		}
	}
	return out, nil
}

// Check analyses a tree and keeps what checks are answered from, the places in its code among it.
func (e *Engine) Check(ctx context.Context, in Input) (*Checked, error) {
	lists, err := e.lists(nil)
	if err != nil {
		return nil, err
	}
	s := &scan{engine: e, in: in, wanted: checklist.Kinds(lists)}
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	c := &Checked{Result: s.r, subjects: s.subjects, attested: s.attested, code: s.r.Coverage.Code != nil, unread: s.unread, looks: map[string]*checklist.Look{}}
	for id, look := range s.looks {
		c.looks[id] = &checklist.Look{Passed: look.Passed, Open: look.Open}
	}
	return c, nil
}

// CheckSaved answers checks from a saved result: the code is not at hand, so what only code can show needs a person.
func CheckSaved(r *result.Result) *Checked { return &Checked{Result: r} }

// Checklist answers checks.
func (e *Engine) Checklist(c *Checked, ask ChecklistAsk) (*result.Checklist, error) {
	if ask.Scheme == "" {
		ask.Scheme = DefaultScheme
	}
	if !slices.Contains(checklistSchemes, ask.Scheme) {
		return nil, &InputError{Message: fmt.Sprintf("checks are placed in the layers of %s, not of %q", strings.Join(checklistSchemes, " and "), ask.Scheme)}
	}
	lists, err := e.lists(ask.Lists)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, name := range ask.Components {
		el, err := component(c.Result, name, func(k model.Kind) bool { return asksOf(lists, k) })
		if err != nil {
			return nil, err
		}
		if !asksOf(lists, el.Kind) {
			return nil, &InputError{Message: fmt.Sprintf("no check of %s is about %s such as %s", strings.Join(listIDs(lists), ", "), article(string(el.Kind)), el.ID)}
		}
		ids = append(ids, el.ID)
	}
	return checklist.Run(checklist.Input{
		Result: c.Result, Lists: lists, Scheme: ask.Scheme, Layers: e.Layers(ask.Scheme), Components: ids, Scopes: ask.Scopes,
		Subjects: c.subjects, Code: c.code, Looks: c.looks, Cut: c.unread, Attestations: c.attested, AsOf: c.Result.AsOf,
		Counts: func(s model.State) bool { return attack.Counts(s, model.State(c.Result.Trust)) },
	}), nil
}

func listIDs(lists []*checklist.List) []string {
	var ids []string
	for _, l := range lists {
		ids = append(ids, l.ID)
	}
	return ids
}

func asksOf(lists []*checklist.List, kind model.Kind) bool {
	for _, l := range lists {
		for _, c := range l.Checks {
			if slices.Contains(c.About, kind) {
				return true
			}
		}
	}
	return false
}

// component finds the element that a word names; where several have the name, the only one that checks are about.
func component(r *result.Result, name string, about func(model.Kind) bool) (*model.Element, error) {
	el, err := Element(r, name)
	if err == nil {
		return el, nil
	}
	v := newView(r)
	var found []*model.Element
	for _, id := range v.called(name) {
		if other := v.element(id); other != nil && about(other.Kind) {
			found = append(found, other)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return nil, err
}

// check finds a check by its id, or by its key where only one list has it.
func (e *Engine) check(id string) (*checklist.Check, error) {
	lists, err := e.lists(nil)
	if err != nil {
		return nil, err
	}
	var ids []string
	var found []*checklist.Check
	for _, l := range lists {
		for _, c := range l.Checks {
			ids = append(ids, c.ID)
			if c.ID == id || strings.TrimPrefix(c.ID, l.ID+"/") == id {
				found = append(found, c)
			}
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return nil, notCalled(fmt.Sprintf("no check is called %q", id), id, ids, "fermata checklist COMPONENT lists them")
}

// Attest adds somebody's word to a decisions file (made when it is not there) and returns what would be written, with the
// attestation as it stands there.
func (e *Engine) Attest(r *result.Result, name, day string, t Attestation) ([]byte, Attestation, error) {
	c, err := e.check(t.Check)
	if err != nil {
		return nil, t, err
	}
	t.Check = c.ID
	if !c.Whole || t.Component != result.WholeSystem {
		el, err := component(r, t.Component, func(k model.Kind) bool { return slices.Contains(c.About, k) })
		if err != nil {
			return nil, t, err
		}
		if !slices.Contains(c.About, el.Kind) {
			return nil, t, &InputError{Message: fmt.Sprintf("the check %s is not about %s such as %s", c.ID, article(string(el.Kind)), el.ID)}
		}
		t.Component = el.ID
	}
	if t.Until < day {
		return nil, t, &InputError{Message: fmt.Sprintf("an attestation until %s would not hold on %s", t.Until, day)}
	}
	var old []byte
	if exists(name) {
		file, err := readFile(name)
		if err != nil {
			return nil, t, &InputError{Message: err.Error()}
		}
		_, had, diagnostics := rule.ReadDecisionsFile(file)
		if failed := errorsOf(diagnostics); len(failed) > 0 {
			return nil, t, &InputError{Message: name + " has mistakes; mend them first", Diagnostics: failed}
		}
		for _, h := range had {
			if h.Check == t.Check && h.Component == t.Component && h.Until >= day {
				return nil, t, &InputError{Message: fmt.Sprintf("%s already holds an attestation of %s for %s, by %s until %s", name, t.Check, t.Component, h.By, h.Until)}
			}
		}
		old = file.Content()
	}
	content, err := rule.AppendAttestation(old, t)
	if err != nil {
		return nil, t, &InputError{Message: fmt.Sprintf("%s: %v", name, err)}
	}
	return content, t, nil
}

// Looked counts the places in code of a component that checks were answered from, by sort: calls, functions.
func (c *Checked) Looked(id string) map[string]int {
	out := map[string]int{}
	for _, s := range c.subjects {
		element := s.Element
		if element == "" && s.Function != nil {
			element = s.Function.Element
		}
		if element == id {
			out[s.On]++
		}
	}
	return out
}

// About is a result with only the findings, paths and questions of one element.
func About(r *result.Result, id string) *result.Result {
	out := *r
	out.Findings, out.Paths, out.Questions = []result.Finding{}, []result.Path{}, []result.Question{}
	of := map[string]bool{}
	for i := range r.Findings {
		if slices.Contains(r.Findings[i].Elements, id) || standsIn(r, &r.Findings[i], id) {
			of[r.Findings[i].ID] = true
			out.Findings = append(out.Findings, r.Findings[i])
		}
	}
	for i := range r.Paths {
		if slices.ContainsFunc(r.Paths[i].Steps, func(h result.Hop) bool { return of[h.Finding] }) {
			out.Paths = append(out.Paths, r.Paths[i])
		}
	}
	for _, q := range r.Questions {
		if slices.Contains(q.Elements, id) {
			out.Questions = append(out.Questions, q)
		}
	}
	return &out
}

// standsIn tells whether a finding about a place in code that is on no element stands in the file where an element is made.
func standsIn(r *result.Result, f *result.Finding, id string) bool {
	el := r.System.Element(id)
	if el == nil || f.Code == nil || len(f.Elements) > 0 {
		return false
	}
	return slices.ContainsFunc(f.Evidence, func(e model.Evidence) bool {
		return e.File != "" && slices.ContainsFunc(el.Evidence, func(x model.Evidence) bool { return x.File == e.File })
	})
}

// article puts the indefinite article before a word.
func article(word string) string {
	if word != "" && strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}
