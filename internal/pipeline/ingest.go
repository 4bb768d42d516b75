package pipeline

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/internal/verify/codecheck"
	"fermata/internal/verify/evidence"
)

// ingested is one file of evidence on its way.
type ingested struct {
	*evidence.Document
	name   string // as the user wrote it
	ledger result.Ingested
	spots  []spot // of its weaknesses
}

// spot is where a weakness stands in the tree.
type spot struct {
	found bool
	path  string
	codecheck.Spot
}

// readEvidence reads the files that the user named. A mistake in one ends the run: half a report of tests would show
// what the whole one may not.
func (s *scan) readEvidence() error {
	for _, name := range s.in.Evidence {
		file, err := readFile(name)
		if err != nil {
			return &InputError{Message: err.Error()}
		}
		document, diagnostics := evidence.Read(file)
		if len(errorsOf(diagnostics)) > 0 {
			_, diagnostics = evidence.Read(source.NewFile(filepath.ToSlash(name), file.Content())) // a person wants the path from where they stand
			failed := errorsOf(diagnostics)
			return &InputError{Message: mistakes(filepath.ToSlash(name), failed), Diagnostics: failed}
		}
		s.troubles = append(s.troubles, diagnostics...)
		s.ingested = append(s.ingested, &ingested{Document: document, name: name, ledger: result.Ingested{
			File: file.Path(), Sort: string(document.Sort), Dropped: document.Dropped,
			Read: len(document.Claims) + len(document.Tests) + len(document.Weaknesses) + document.Dropped,
		}})
	}
	return nil
}

// locate finds the lines that scanners name, while the tree is open.
func (s *scan) locate(o *discover.Outcome) {
	if !slices.ContainsFunc(s.ingested, func(in *ingested) bool { return len(in.Weaknesses) > 0 }) {
		return
	}
	locator := codecheck.NewLocator(o.System, o.Read)
	paths := newTails(s.in.Path, o.Paths)
	for _, in := range s.ingested {
		in.spots = make([]spot, len(in.Weaknesses))
		for i := range in.Weaknesses {
			w := &in.Weaknesses[i]
			path := paths.find(w.Path)
			if path == "" {
				continue
			}
			at, ok := locator.At(path, w.Line)
			in.spots[i] = spot{found: ok, path: path, Spot: at}
		}
	}
}

// tails finds the files of a tree that other programs call by other paths: from the root of a repository, or from that
// of another machine.
type tails struct {
	root   string
	paths  map[string]bool
	byBase map[string][]string
}

func newTails(root string, paths []string) *tails {
	t := &tails{paths: make(map[string]bool, len(paths)), byBase: map[string][]string{}}
	if abs, err := filepath.Abs(root); err == nil {
		t.root = filepath.ToSlash(abs) + "/"
	}
	for _, p := range paths {
		t.paths[p] = true
		base := p[strings.LastIndexByte(p, '/')+1:]
		t.byBase[base] = append(t.byBase[base], p)
	}
	return t
}

// find gives the path from the root of the tree; "" when the file is not of the tree, or may be several.
func (t *tails) find(name string) string {
	name = strings.TrimPrefix(name, t.root)
	if t.paths[name] {
		return name
	}
	best, tied := "", false
	for _, p := range t.byBase[name[strings.LastIndexByte(name, '/')+1:]] {
		// One is the end of the other: the scanner stood above or below the root of the tree.
		if !strings.HasSuffix(name, "/"+p) && (strings.HasPrefix(name, "/") || !strings.HasSuffix(p, "/"+name)) {
			continue
		}
		switch {
		case best == "" || len(p) > len(best) && strings.HasSuffix(name, "/"+p):
			best, tied = p, false
		case !strings.HasSuffix(name, "/"+best):
			tied = true
		}
	}
	if tied {
		return ""
	}
	return best
}

// word is what one piece of evidence says of a control in a place.
type word struct {
	placement model.Placement
	rank      int
}

// strength orders what is said on one day: a failure is not made good by something that passed beside it.
var strength = map[model.State]int{
	model.Refuted: 6, model.Absent: 5, model.Tested: 4, model.Attested: 3, model.Evidenced: 2, model.DeclaredOnly: 1,
}

// shown puts what the evidence says of controls into the system.
func (s *scan) shown() error {
	if len(s.ingested) == 0 {
		return nil
	}
	x := newShowing(s)
	for _, in := range s.ingested {
		for i := range in.Claims {
			x.claim(in, &in.Claims[i])
		}
		for i := range in.Tests {
			x.test(in, &in.Tests[i])
		}
	}
	if len(x.failed) > 0 {
		return &InputError{Message: mistakes("the evidence", x.failed), Diagnostics: x.failed}
	}
	for _, key := range slices.Sorted(maps.Keys(x.words)) {
		p := decide(x.words[key], x.broken[key])
		s.r.System.Show(p)
		if s.tested != nil {
			s.tested.Controls = append(s.tested.Controls, p)
		}
	}
	s.r.AsOf = s.in.AsOf
	return nil
}

// showing gathers what is said of each control in each place.
type showing struct {
	s        *scan
	finder   *model.Finder
	names    *evidence.Names
	controls map[string]bool
	words    map[string][]word
	broken   map[string]bool // tests broke off there: nothing is shown to hold
	failed   []source.Diagnostic
}

func newShowing(s *scan) *showing {
	x := &showing{s: s, finder: model.NewFinder(&s.r.System), controls: map[string]bool{}, words: map[string][]word{}, broken: map[string]bool{}}
	ids := s.engine.controlIDs()
	for _, id := range ids {
		x.controls[id] = true
	}
	var places []string
	for _, e := range s.r.System.Elements {
		places = append(places, e.ID)
	}
	for _, f := range s.r.System.Flows {
		places = append(places, f.ID)
	}
	x.names = evidence.NewNames(ids, places)
	return x
}

// place finds the one element or flow that a word means.
func (x *showing) place(on string) (id string, d source.Diagnostic) {
	ids := x.finder.Find(on)
	switch len(ids) {
	case 1:
		return ids[0], d
	case 0:
		d.Code, d.Message = "unknown-element", fmt.Sprintf("%q is not an element or flow of this model", on)
		if near := x.finder.Nearest(on); near != "" {
			d.Hint = fmt.Sprintf("did you mean %q?", near)
		}
	default:
		d.Code, d.Message, d.Hint = "ambiguous-name", fmt.Sprintf("%q may mean %s", on, strings.Join(ids[:min(len(ids), 4)], " or ")), "write the full id"
	}
	return "", d
}

// named is a place in the file under the name that the user wrote.
func (in *ingested) named(at source.Span) source.Span {
	at.File = source.NewFile(filepath.ToSlash(in.name), at.File.Content())
	return at
}

// claim takes what a person wrote. A name that means nothing is their mistake.
func (x *showing) claim(in *ingested, c *evidence.Claim) {
	if !x.controls[c.Control] {
		hint := "fermata controls lists them"
		if near := source.Suggest(c.Control, slices.Sorted(maps.Keys(x.controls))); near != "" {
			hint = "did you mean " + near + "?"
		}
		x.failed = append(x.failed, source.Diagnostic{
			Severity: source.Error, Code: "unknown-control", Message: fmt.Sprintf("%q is not a control", c.Control), Hint: hint, Span: in.named(c.Span),
		})
		return
	}
	id, d := x.place(c.On)
	if id == "" {
		d.Severity, d.Span = source.Error, in.named(c.Span)
		x.failed = append(x.failed, d)
		return
	}
	in.ledger.Used++
	in.ledger.Joined++
	x.add(model.Placement{
		Control: c.Control, On: id, State: c.State, Origin: model.Declared, Reason: c.Note, Shown: c.By, Date: c.Date,
		Evidence: []model.Evidence{model.EvidenceAt(c.Span)},
	})
}

// test takes a test that was run. Code moves on, and a test of what is gone does no harm: that is a warning.
func (x *showing) test(in *ingested, t *evidence.Test) {
	control, elements, ok := x.names.About(t)
	if !ok {
		x.s.tested.tell(t, "", "its name says no control")
		return
	}
	in.ledger.Used++
	about := "" // control@element, once both are known
	warn := func(d source.Diagnostic) {
		x.s.tested.tell(t, about, d.Message)
		d.Severity, d.Span = source.Warning, t.Span
		d.Message = "the test " + t.Name + " counts for nothing: " + d.Message
		x.s.troubles = append(x.s.troubles, d)
	}
	if !x.controls[control] {
		warn(source.Diagnostic{Code: "unknown-control", Message: fmt.Sprintf("%q is not a control", control)})
		return
	}
	if len(elements) > 1 {
		warn(source.Diagnostic{
			Code: "ambiguous-name", Message: "its name may mean " + strings.Join(elements[:min(len(elements), 4)], " or "),
			Hint: "say [control@element] in its name, or give it the property fermata",
		})
		return
	}
	id, d := x.place(elements[0])
	if id == "" {
		warn(d)
		return
	}
	in.ledger.Joined++
	about = control + "@" + id
	p := model.Placement{Control: control, On: id, Origin: model.Declared, Shown: shownBy(t), Date: t.Date, Evidence: []model.Evidence{model.EvidenceAt(t.Span)}}
	if p.Date == "" {
		p.Date = x.s.in.AsOf
	}
	switch t.Outcome {
	case evidence.Passed:
		p.State = model.Tested
	case evidence.Failed:
		p.State, p.Reason = model.Refuted, t.Message
	case evidence.Broken:
		x.broken[about] = true
		warn(source.Diagnostic{Code: "test-broke-off", Message: "it broke off before it could show anything", Hint: t.Message})
		return
	default: // skipped: nothing was asked
		x.s.tested.tell(t, about, "")
		return
	}
	x.s.tested.tell(t, about, "")
	x.add(p)
}

func shownBy(t *evidence.Test) string {
	if t.Class == "" {
		return t.Name
	}
	return t.Class + " " + t.Name
}

func (x *showing) add(p model.Placement) {
	key := p.Control + "@" + p.On
	x.words[key] = append(x.words[key], word{p, strength[p.State]})
}

// decide takes the latest word; of one day, the worst. Tests that passed show a control only if none beside them broke off.
func decide(words []word, broken bool) model.Placement {
	sort.SliceStable(words, func(i, j int) bool {
		a, b := words[i].placement, words[j].placement
		if a.Date != b.Date {
			return a.Date > b.Date
		}
		return words[i].rank > words[j].rank
	})
	best := words[0].placement
	alike := 0
	for _, w := range words {
		if w.placement.State == best.State && w.placement.Date == best.Date {
			if alike++; alike > 1 {
				best.Evidence = append(slices.Clone(best.Evidence), w.placement.Evidence...)
			}
		}
	}
	if alike > 1 {
		best.Shown += fmt.Sprintf(" and %d more", alike-1)
	}
	const mostEvidence = 12
	best.Evidence = best.Evidence[:min(len(best.Evidence), mostEvidence)]
	if best.State == model.Tested && broken {
		best.State, best.Reason = model.DeclaredOnly, "a test of it broke off"
	}
	return best
}

// fromOutside adds what other scanners found, each as a condition at its line; as a step of an attack where a rule of ours
// about the same weakness says what it takes and gives, and the element is known.
func (s *scan) fromOutside(ctx context.Context, outcome *rule.Outcome) error {
	s.external = map[string]string{}
	used := map[string]int{}
	finder := model.NewFinder(&s.r.System)
	for _, in := range s.ingested {
		for i := range in.Weaknesses {
			if at := in.spots; i >= len(at) || !at[i].found {
				continue
			}
			in.ledger.Used++
			f, err := s.foreign(ctx, finder, &in.Weaknesses[i], &in.spots[i], outcome.Findings)
			if err != nil {
				return err
			}
			if len(f.Elements) > 0 {
				in.ledger.Joined++
			}
			if used[f.ID]++; used[f.ID] > 1 {
				f.ID = fmt.Sprintf("%s~%d", f.ID, used[f.ID])
			}
			s.external[f.ID] = f.Severity
			outcome.Findings = append(outcome.Findings, f)
		}
		s.r.Coverage.Evidence = append(s.r.Coverage.Evidence, in.ledger)
		if left := len(in.Weaknesses) - in.ledger.Used; in.Sort == evidence.SARIF && left > 0 {
			s.r.Diagnostics = append(s.r.Diagnostics, result.Diagnostic{
				Severity: "note", Code: "not-of-this-tree", File: in.ledger.File,
				Message: plural(left, "result names a file or line", "results name files or lines") + " that this tree does not have",
			})
		}
	}
	sort.SliceStable(outcome.Findings, func(i, j int) bool { return outcome.Findings[i].ID < outcome.Findings[j].ID })
	return nil
}

// foreign makes a finding of what a scanner says.
func (s *scan) foreign(ctx context.Context, finder *model.Finder, w *evidence.Weakness, at *spot, ours []result.Finding) (result.Finding, error) {
	place := at.path
	if at.Symbol != "" {
		place += ":" + at.Symbol
	}
	f := result.Finding{
		Rule: externalRule + w.Tool + "/" + w.Rule, Title: w.Title, Message: w.Message, Status: result.Condition, Severity: w.Severity,
		Layers: []string{}, Maps: map[string][]string{}, Elements: []string{}, Flows: []string{}, Evidence: []model.Evidence{at.Excerpt},
		Requires: []string{}, Grants: []string{}, Controls: []result.Control{},
		Code: &result.Code{On: "call", Scope: scopeAt(at.path), Name: w.Rule},
	}
	f.ID = f.Rule + "@" + place
	switch {
	case w.Tool == osvSort:
		f.Maps, f.Layers = knownFlaw(w.CWE), slices.Clone(supplied["maestro"])
	case len(w.CWE) > 0:
		f.Maps["cwe"] = w.CWE
	}
	if at.Element != "" {
		if ids := finder.Find(at.Element); len(ids) == 1 {
			f.Elements, f.Code.Element = ids, ids[0]
			if e := s.r.System.Element(ids[0]); e != nil && e.Layer != "" {
				f.Layers = []string{e.Layer}
			}
		}
	}
	var alike []*rule.Rule
	for _, r := range s.engine.rules.Rules {
		if r.On == rule.OnCall && len(r.Grants) > 0 && sharesWeakness(r.Maps["cwe"], w.CWE) {
			alike = append(alike, r)
		}
	}
	for i := range ours {
		o := &ours[i]
		same := slices.ContainsFunc(alike, func(r *rule.Rule) bool { return r.ID == o.Rule })
		if same && len(o.Evidence) > 0 && o.Evidence[0].File == at.path && o.Evidence[0].Line == w.Line {
			f.Group, f.Follows = o.Group, true // the same mistake, told twice
			return f, nil
		}
	}
	for _, r := range alike {
		if f.Code.Element == "" {
			break
		}
		like, err := s.like(ctx, r, w, at, &f)
		if err != nil || like {
			return f, err
		}
	}
	return f, nil
}

// like gives a finding the steps of a rule of ours about the same weakness. The rule is asked about a place of which the
// scanner says what the rule would look for; what the scanner does not say is stated as assumed.
func (s *scan) like(ctx context.Context, r *rule.Rule, w *evidence.Weakness, at *spot, f *result.Finding) (bool, error) {
	subject := &result.Subject{
		On: "call", Kinds: r.Kinds, ID: f.ID, Place: f.ID, Scope: f.Code.Scope, Element: f.Code.Element, Evidence: f.Evidence,
		Flags: map[string]result.Truth{"tainted": result.Yes, "constant": result.No},
		Texts: map[string]string{"name": w.Rule, "full": w.Rule, "text": at.Excerpt.Excerpt, "source": "tool", "source_name": f.Code.Element, "source_text": "what a caller sends", "sink": w.Title},
	}
	outcome, err := rule.Evaluate(ctx, s.engine.rules.Alone(r), &s.r.System, rule.EvaluateOptions{Workers: 1, Subjects: []*result.Subject{subject}})
	if err != nil || len(outcome.Findings) != 1 || len(outcome.Findings[0].Steps) == 0 {
		return false, err
	}
	o := &outcome.Findings[0]
	f.Steps, f.Requires, f.Grants, f.Controls, f.Success, f.Layers, f.Elements = o.Steps, o.Requires, o.Grants, o.Controls, o.Success, o.Layers, o.Elements
	for _, space := range slices.Sorted(maps.Keys(o.Maps)) {
		if space != "cwe" {
			f.Maps[space] = o.Maps[space]
		}
	}
	f.Assumes = append(slices.Clone(o.Assumes), fmt.Sprintf("%s reports the weakness; that a caller of %s decides the value, and what that gives, is taken from the rule %s", w.Tool, at.Element, r.ID))
	return true, nil
}

func sharesWeakness(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}

// externalRule begins the id of every rule that another scanner has.
const externalRule = "external:"

// foreignRules are the rules of other scanners that findings name.
func (s *scan) foreignRules(used map[string]bool) []result.Rule {
	var out []result.Rule
	seen := map[string]bool{}
	for _, in := range s.ingested {
		for i := range in.Weaknesses {
			w := &in.Weaknesses[i]
			id := externalRule + w.Tool + "/" + w.Rule
			if !used[id] || seen[id] {
				continue
			}
			seen[id] = true
			r := result.Rule{ID: id, Title: w.Title, Doc: "Reported by " + w.Tool + ", under the name " + w.Rule + "; this program has not checked it.", Maps: map[string][]string{}}
			switch {
			case w.Tool == osvSort:
				r.Maps = knownFlaw(w.CWE)
				r.Doc = "An advisory in the database that was given; whether the flawed part is used has not been checked."
			case len(w.CWE) > 0:
				r.Maps["cwe"] = w.CWE
			}
			out = append(out, r)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}
