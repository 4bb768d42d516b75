package checklist

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
)

// Input is what checks are answered from.
type Input struct {
	Result       *result.Result
	Lists        []*List
	Scheme       string                 // the layer scheme to name layers by
	Layers       map[string]string      // its layers: id → name
	Components   []string               // ids; empty: all of the kinds that the lists ask about
	Scopes       []string               // parts of the tree; empty: as in a report
	Subjects     []*result.Subject      // places in code; nil when the code is not at hand
	Code         bool                   // the code was at hand
	Looks        map[string]*Look       // by rule about code: what it looked at; a rule that failed is not there
	Cut          []string               // files that were not read to the end
	Counts       func(model.State) bool // whether a control in that state counts
	Attestations []result.Attestation
	AsOf         string
}

// Run answers every check of the lists for every component.
func Run(in Input) *result.Checklist {
	a := newAnswerer(in)
	doc := &result.Checklist{
		Schema: result.ChecklistSchema, System: in.Result.System.Name, AsOf: in.AsOf, Scheme: in.Scheme, Code: in.Code,
		Lists: []string{}, Components: []result.Component{}, Checks: []result.Check{}, Answers: []result.Answer{}, Notes: []string{},
	}
	var components []*model.Element
	for _, e := range in.Result.System.Elements {
		if a.component(e) {
			components = append(components, e)
			doc.Components = append(doc.Components, result.Component{ID: e.ID, Kind: e.Kind, Name: e.Name, Evidence: someEvidence(e.Evidence)})
		}
	}
	count := map[result.Verdict]int{}
	known := map[string]bool{}
	whole := false
	for _, l := range in.Lists {
		doc.Lists = append(doc.Lists, l.ID)
		for _, c := range l.Checks {
			known[c.ID] = true
			var answers []result.Answer
			for _, e := range components {
				if slices.Contains(c.About, e.Kind) {
					answers = append(answers, a.answer(c, e))
				}
			}
			if len(answers) == 0 {
				continue
			}
			if c.Whole && len(in.Components) == 0 {
				answers, whole = []result.Answer{a.together(c, answers)}, true
			}
			layer := c.Layers[in.Scheme]
			doc.Checks = append(doc.Checks, result.Check{
				ID: c.ID, Group: c.Group, Layer: layer, LayerName: in.Layers[layer], Title: c.Title, Person: c.Person, Test: c.Test, About: c.About,
			})
			for i := range answers {
				count[answers[i].Verdict]++
			}
			doc.Answers = append(doc.Answers, answers...)
		}
	}
	if whole {
		doc.Components = slices.Insert(doc.Components, 0, result.Component{ID: result.WholeSystem, Kind: result.WholeSystem, Name: in.Result.System.Name, Evidence: []model.Evidence{}})
	}
	for _, v := range result.Verdicts {
		doc.Count = append(doc.Count, result.Counted{Verdict: v, Count: count[v]})
	}
	doc.Notes = append(doc.Notes, a.notes(known)...)
	return doc
}

// answerer holds what all answers look things up in.
type answerer struct {
	in       Input
	scopes   *result.Scopes
	own      map[string][]*result.Subject // element → places that are its own
	byFile   map[string][]*result.Subject // file → places without an element
	recipes  []*result.Subject
	code     map[string][]*result.Finding // file → findings about code without an element
	findings map[string][]*result.Finding // element → findings that name it
	flows    map[string][]*model.Flow     // element → flows from or to it
	controls map[string][]model.Placement // element or flow → controls on it
	provides map[string][]string          // server or plugin → its tools
	read     map[string]bool              // files of code and configuration that were looked at
	calls    map[string]map[string]bool   // file → kinds of calls in it, whoever's they are
}

func newAnswerer(in Input) *answerer {
	r := in.Result
	a := &answerer{
		in: in, scopes: r.Scopes(in.Scopes), own: map[string][]*result.Subject{}, byFile: map[string][]*result.Subject{},
		code: map[string][]*result.Finding{}, findings: map[string][]*result.Finding{}, flows: map[string][]*model.Flow{},
		controls: map[string][]model.Placement{}, provides: map[string][]string{}, read: map[string]bool{}, calls: map[string]map[string]bool{},
	}
	for _, s := range in.Subjects {
		element := elementOf(s)
		file := ""
		if len(s.Evidence) > 0 {
			file = s.Evidence[0].File
		}
		switch s.On {
		case "file":
			a.read[s.Texts["path"]] = true
		case "call":
			if a.calls[file] == nil {
				a.calls[file] = map[string]bool{}
			}
			for _, k := range s.Kinds {
				a.calls[file][k] = true
			}
		}
		switch {
		case s.On == "file":
			a.recipes = append(a.recipes, s)
		case element != "":
			a.own[element] = append(a.own[element], s)
		default:
			a.byFile[file] = append(a.byFile[file], s)
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		for _, e := range f.Elements {
			a.findings[e] = append(a.findings[e], f)
		}
		if f.Code != nil && len(f.Elements) == 0 && len(f.Evidence) > 0 {
			a.code[f.Evidence[0].File] = append(a.code[f.Evidence[0].File], f)
		}
	}
	for _, f := range r.System.Flows {
		a.flows[f.From] = append(a.flows[f.From], f)
		if f.To != f.From {
			a.flows[f.To] = append(a.flows[f.To], f)
		}
		if f.Kind == model.Provides {
			a.provides[f.From] = append(a.provides[f.From], f.To)
		}
	}
	for _, c := range r.System.Controls {
		a.controls[c.On] = append(a.controls[c.On], c)
	}
	return a
}

// component tells whether checks are asked of an element: one of the kinds of the lists, seen or declared, in a part of the
// tree that counts.
func (a *answerer) component(e *model.Element) bool {
	if len(a.in.Components) > 0 {
		return slices.Contains(a.in.Components, e.ID)
	}
	if e.Origin == model.Assumed || !a.scopes.Has(e.Scope) {
		return false
	}
	for _, l := range a.in.Lists {
		for _, c := range l.Checks {
			if slices.Contains(c.About, e.Kind) {
				return true
			}
		}
	}
	return false
}

// members are a component and what it offers: what is wrong in a tool is wrong in its server.
func (a *answerer) members(e *model.Element) []string {
	return append([]string{e.ID}, a.provides[e.ID]...)
}

// files are those in which a component is defined.
func files(e *model.Element) []string {
	var out []string
	for _, at := range e.Evidence {
		if at.File != "" && !slices.Contains(out, at.File) {
			out = append(out, at.File)
		}
	}
	return out
}

func (a *answerer) answer(c *Check, e *model.Element) result.Answer {
	out := result.Answer{Check: c.ID, Component: e.ID, Grounds: []result.Ground{}}
	against, guarded, open := a.rules(c, e)
	if len(against) == 0 {
		if why, grounds := a.applies(c, e); why != "" {
			out.Verdict, out.Why, out.Grounds = result.NotApplicable, why, grounds
			return out
		}
	}
	var speak []result.Ground
	for i := range c.Shows {
		speak = append(speak, a.show(c, &c.Shows[i], e)...)
	}
	var good []result.Ground
	for _, g := range append(guarded, speak...) {
		switch g.Speaks {
		case "against":
			against = append(against, g)
		case "for":
			good = append(good, g)
		default:
			open = append(open, g)
		}
	}
	attested := a.attested(c, e.ID)
	if len(attested) > 0 && len(against) == 0 {
		good = append(good, attested...)
	}
	if elsewhere := a.anywhere(c, append(against, open...)); len(elsewhere) > 0 {
		open, good = append(append(elsewhere, open...), good...), nil
	}
	switch {
	case len(against) > 0:
		out.Verdict, out.Why = result.Fail, against[0].Says
		if n := len(against) - 1; n > 0 {
			out.Why += fmt.Sprintf(", and %d more", n)
		}
		if len(attested) > 0 {
			out.Why += "; this goes against what " + attested[0].Name + " attests"
		}
		out.Grounds = append(append(against, attested...), good...)
	case len(good) > 0:
		out.Verdict, out.Why, out.Grounds = result.Pass, good[0].Says, slices.Concat(good, open)
	default:
		out.Verdict, out.Why, out.Grounds = result.NeedsPerson, "look at "+c.Person, append(out.Grounds, open...)
		if len(open) > 0 {
			out.Why += "; " + open[0].Says
		}
	}
	return out
}

// mostPlaces is how many places one ground names.
const mostPlaces = 5

func someEvidence(list []model.Evidence) []model.Evidence {
	out := []model.Evidence{}
	for _, e := range list {
		if e.File != "" && len(out) < mostPlaces {
			out = append(out, e)
		}
	}
	return out
}

// rules gives what rules say about a component: against the check, for it where a control stops what was found, and open where
// no way to it is known.
func (a *answerer) rules(c *Check, e *model.Element) (against, guarded, open []result.Ground) {
	seen := map[string]bool{}
	add := func(f *result.Finding) {
		if seen[f.ID] || !a.speaks(c, f) || !a.scopes.Has(a.scopes.OfFinding(f)) {
			return
		}
		seen[f.ID] = true
		g := result.Ground{By: "rule", Name: f.ID, Says: f.Message, Evidence: someEvidence(f.Evidence)}
		switch f.Status {
		case result.Live, result.Condition:
			g.Speaks = "against"
			against = append(against, g)
		case result.Accepted:
			g.Speaks, g.Says = "against", f.Message+" (somebody lives with it: "+f.Why+")"
			against = append(against, g)
		case result.Blocked:
			g.Speaks, g.Says = "for", f.Message+", but it is stopped: "+f.Why
			g.Evidence = append(someEvidence(controlEvidence(f)), g.Evidence...)
			guarded = append(guarded, g)
		default:
			g.Speaks, g.Says = "open", f.Message+", and no way to it is known"
			open = append(open, g)
		}
	}
	for _, id := range a.members(e) {
		for _, f := range a.findings[id] {
			if f.Code != nil || id == e.ID && bound(f, id) {
				add(f)
			}
		}
	}
	if c.Reach != "own" {
		for _, file := range files(e) {
			for _, f := range a.code[file] {
				add(f)
			}
		}
	}
	if c.Reach == "project" {
		for _, file := range slices.Sorted(maps.Keys(a.code)) {
			if around(file, files(e)) {
				for _, f := range a.code[file] {
					if f.Code.On == "file" || f.Code.On == "literal" {
						add(f)
					}
				}
			}
		}
	}
	return against, guarded, open
}

// anywhere gives what rules found anywhere in the tree that keeps a check from passing.
func (a *answerer) anywhere(c *Check, said []result.Ground) []result.Ground {
	var out []result.Ground
	for i := range a.in.Result.Findings {
		f := &a.in.Result.Findings[i]
		if !slices.Contains(c.Anywhere, f.Rule) || f.Status == result.Blocked || f.Status == result.Accepted || !a.scopes.Has(a.scopes.OfFinding(f)) {
			continue
		}
		g := result.Ground{By: "rule", Name: f.ID, Speaks: "open", Says: f.Message, Evidence: someEvidence(f.Evidence)}
		if len(g.Evidence) > 0 {
			g.Says += " (" + g.Evidence[0].File + ")"
		}
		if !slices.ContainsFunc(said, func(o result.Ground) bool { return o.Name == g.Name }) {
			out = append(out, g)
		}
	}
	return out
}

// bound tells whether a finding is about an element, or about a flow from or to it, and does not only name it on the way: an
// agent that goes on without end says nothing of each tool that it calls. What a finding is about stands in its id.
func bound(f *result.Finding, id string) bool {
	_, about, _ := strings.Cut(f.ID, "@")
	about = "," + about + ","
	return strings.Contains(about, ","+id+",") || strings.Contains(about, "->"+id+",") || strings.Contains(about, ":"+id+"->")
}

func controlEvidence(f *result.Finding) []model.Evidence {
	var out []model.Evidence
	for _, c := range f.Controls {
		if c.State != model.Unseen && c.State != model.Absent {
			out = append(out, c.Evidence...)
		}
	}
	return out
}

// speaks tells whether a finding answers a check.
func (a *answerer) speaks(c *Check, f *result.Finding) bool {
	if slices.Contains(c.Rules, f.Rule) {
		return true
	}
	if f.Code == nil {
		return false
	}
	for _, w := range f.Maps["cwe"] {
		if slices.Contains(c.Weaknesses, w) {
			return true
		}
	}
	return false
}

// around tells whether a recipe stands in the folder of one of the files, or above it.
func around(recipe string, files []string) bool {
	dir := path.Dir(recipe)
	for _, f := range files {
		if dir == "." || dir == path.Dir(f) || strings.HasPrefix(f, dir+"/") {
			return true
		}
	}
	return false
}

// applies says why a check does not apply; "" where it does, or where that is not known.
func (a *answerer) applies(c *Check, e *model.Element) (string, []result.Ground) {
	if c.Applies.Tool && e.Kind == model.Agent {
		return "", nil
	}
	ground := func(by, name, why string) (string, []result.Ground) {
		return why, []result.Ground{{By: by, Name: name, Speaks: "for", Says: why, Evidence: someEvidence(e.Evidence)}}
	}
	switch {
	case c.Applies.Takes && a.takesNothing(e):
		return ground("code", "parameters", "it takes no argument")
	case len(c.Applies.Calls) > 0 && a.callsNothing(c.Applies.Calls, e):
		return ground("code", "calls", "nothing in "+some(files(e))+" "+list(kindWords(c.Applies.Calls), "or"))
	case a.hasNoEffect(c, e):
		return ground("fact", "effects", "it does not "+list(effectWords(c.Applies.Effects), "or"))
	}
	return "", nil
}

// kindWords are kinds of calls as sentences say them.
func kindWords(names []string) []string {
	var out []string
	for _, k := range result.SubjectKinds["call"] {
		if slices.Contains(names, k.Name) {
			out = append(out, k.Doc)
		}
	}
	return out
}

// hasNoEffect tells whether a component is seen to have none of the effects that a check is about.
func (a *answerer) hasNoEffect(c *Check, e *model.Element) bool {
	if len(c.Applies.Effects) == 0 {
		return false
	}
	if e.Effect("exec").Value != model.No && e.Fact("fixed-commands").Value != model.Yes {
		return false // what it runs can do anything
	}
	for _, name := range c.Applies.Effects {
		if f := e.Effect(name); f.Value != model.No || f.Origin == model.Assumed && len(f.Evidence) == 0 && f.Reason == "" && !has(e.Effects, name) {
			return false
		}
	}
	return true
}

func has(m map[string]model.Fact, name string) bool { _, ok := m[name]; return ok }

func effectWords(names []string) []string {
	var out []string
	for _, i := range model.Effects {
		if slices.Contains(names, i.Name) {
			out = append(out, i.Doc)
		}
	}
	return out
}

// list joins words: "a, b or c".
func list(words []string, last string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
	return strings.Join(words, "")
}

// attested gives the word of a person that holds today.
func (a *answerer) attested(c *Check, component string) []result.Ground {
	var out []result.Ground
	for _, t := range a.in.Attestations {
		if t.Check != c.ID || t.Component != component || a.in.AsOf != "" && t.Until < a.in.AsOf {
			continue
		}
		out = append(out, result.Ground{
			By: "attestation", Name: t.By, Speaks: "for", Says: fmt.Sprintf("%s attests it until %s: %s", t.By, t.Until, t.Reason), Evidence: someEvidence([]model.Evidence{t.Evidence}),
		})
	}
	return out
}

// notes tells of attestations that say nothing any more.
func (a *answerer) notes(known map[string]bool) []string {
	var out []string
	for _, t := range a.in.Attestations {
		switch {
		case a.in.AsOf != "" && t.Until < a.in.AsOf:
			out = append(out, fmt.Sprintf("what %s attested of %s for %s held until %s", t.By, t.Check, t.Component, t.Until))
		case t.Component != result.WholeSystem && a.in.Result.System.Element(t.Component) == nil:
			out = append(out, fmt.Sprintf("%s attests %s for %s, which is not in the system", t.By, t.Check, t.Component))
		case len(a.in.Components) == 0 && !known[t.Check] && !strings.Contains(t.Check, "/"):
			out = append(out, fmt.Sprintf("%s attests %s for %s, and there is no such check", t.By, t.Check, t.Component))
		}
	}
	sort.Strings(out)
	return out
}
