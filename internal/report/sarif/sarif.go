// Package sarif writes a result as SARIF 2.1.0, for code hosts, editors and other tools that read findings.
//
// # What becomes what
//
// A rule with a finding is a rule of the tool, with its help, its place in other frameworks as tags and as taxa, and a
// security-severity of its worst finding: its CVSS score where the scan was asked for it, else the middle of its grade. A finding is a result at its first line of evidence:
//
//   - live: kind fail, with a level by its severity;
//   - condition: of the code kind fail, as it is so whoever comes; else kind review, because a person has to judge it, and level
//     none, as the standard asks of what is no failure;
//   - accepted: kind fail and suppressed, with the reason of whoever accepted it;
//   - blocked and unreachable: left out, because readers of SARIF show every result as trouble; with Options.All they
//     are of kind informational, with the reason. The run's properties count what was left out.
//
// The worst path through a finding is its code flow: a place for each hop. A finding about a value that somebody controls has
// the way of that value through the code as a code flow, too. Open questions, gaps of the reading and
// diagnostics are notifications of the invocation, which is unsuccessful when a part of the analysis failed.
//
// # Places
//
// Files are relative to the base SRCROOT. Columns count code points. A finding that no line shows stands where one of
// its elements is defined, and says so; one of which everything is assumed has a logical location only.
//
// # What it does not do
//
// It keeps neither the system nor the attack graph: a SARIF file cannot be converted back.
package sarif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"

	"fermata/internal/model"
	"fermata/internal/report"
	"fermata/internal/result"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

// Format is SARIF 2.1.0.
var Format = report.Format{
	Name: "sarif", Doc: "SARIF 2.1.0, for code hosts and editors", MediaType: "application/sarif+json", Extensions: []string{".sarif", ".sarif.json"}, Write: Write,
}

const (
	schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	root   = "SRCROOT"
)

// Write prints the report. Keys are sorted.
func Write(w io.Writer, r *result.Result, o report.Options) error {
	log := sarif.NewReport()
	log.Schema = schema
	log.AddRun(newRun(r, o))
	content, err := json.Marshal(log)
	if err != nil {
		return err
	}
	var document any
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return err
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", " ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(prune(document, "")); err != nil {
		return err
	}
	_, err = w.Write(report.EscapeJSON(b.Bytes()))
	return err
}

// prune drops what says nothing: null, empty lists and maps, and −1, which the standard writes for a number that is
// not there. An empty list of results stays: it says that nothing was found, where none says that nothing was sought.
func prune(value any, key string) any {
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			if inner = prune(inner, k); inner == nil {
				delete(v, k)
			} else {
				v[k] = inner
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i], "")
		}
		if len(v) == 0 && key != "results" {
			return nil
		}
	case json.Number:
		if v == "-1" {
			return nil
		}
	}
	return value
}

// writer builds one run.
type writer struct {
	v     *report.View
	r     *result.Result
	run   *sarif.Run
	rules map[string]int          // index of a rule in the driver, by id
	worst map[string]*result.Path // the first path through a finding, by its id
	taxa  map[string]map[string]int
	files map[string]bool
}

func newRun(r *result.Result, o report.Options) *sarif.Run {
	w := &writer{v: report.NewView(r), r: r, run: sarif.NewRun(), rules: map[string]int{}, worst: map[string]*result.Path{}, files: map[string]bool{}}
	scopes := w.v.Scopes(o)
	for i := range r.Paths {
		if !scopes[r.Paths[i].Scope] {
			continue // a result must not be told by a way through code that is not shown
		}
		for _, h := range r.Paths[i].Steps {
			if w.worst[h.Finding] == nil {
				w.worst[h.Finding] = &r.Paths[i]
			}
		}
	}
	w.run.WithColumnKind("unicodeCodePoints")
	w.run.OriginalUriBaseIds = map[string]sarif.ArtifactLocation{root: *sarif.NewArtifactLocation().WithDescription(message("the scanned tree"))}
	w.run.Taxonomies = w.taxonomies()
	w.run.Tool = sarif.NewTool().WithDriver(w.driver())
	left := w.results(o)
	w.run.AddInvocation(w.invocation())
	w.run.Properties = w.properties(left)
	for _, file := range slices.Sorted(maps.Keys(w.files)) {
		w.run.Artifacts = append(w.run.Artifacts, sarif.NewArtifact().WithLocation(fileOf(file))) //nolint:misspell // the standard spells it so
	}
	return w.run
}

// results adds the findings to show and counts the others: by status, or by the part of the tree.
func (w *writer) results(o report.Options) map[string]int {
	left := map[string]int{}
	scopes := w.v.Scopes(o)
	for i := range w.r.Findings {
		f := &w.r.Findings[i]
		scope := w.v.FindingScope(f)
		switch {
		case !scopes[scope]:
			left["in "+scope+" code"]++
		case (f.Status == result.Blocked || f.Status == result.Unreachable) && !o.All:
			left[string(f.Status)]++
		default:
			w.run.AddResult(w.result(f, scope))
		}
	}
	if o.Baseline != nil {
		w.since(o)
	}
	return left
}

// since says of each result whether the baseline had it, and adds what the baseline had and this run has not. What
// was blocked or out of reach counts as not there: a finding is new when its control is gone.
func (w *writer) since(o report.Options) {
	old := &writer{v: report.NewView(o.Baseline), r: o.Baseline, run: w.run, rules: w.rules, worst: map[string]*result.Path{}, files: w.files}
	scopes := old.v.Scopes(o)
	had, shown := map[string]*result.Finding{}, map[string]bool{}
	for i := range o.Baseline.Findings {
		if f := &o.Baseline.Findings[i]; f.Status != result.Blocked && f.Status != result.Unreachable {
			had[f.ID] = f
		}
	}
	for _, out := range w.run.Results {
		id := out.PartialFingerprints["fermataFinding/v1"]
		before, now := had[id], w.v.Finding(id)
		shown[id] = true
		switch {
		case before == nil:
			out.WithBaselineState("new")
		case before.Severity != now.Severity || before.Status != now.Status || before.Message != now.Message:
			out.WithBaselineState("updated")
		default:
			out.WithBaselineState("unchanged")
		}
	}
	for i := range o.Baseline.Findings {
		f := &o.Baseline.Findings[i]
		if scope := old.v.FindingScope(f); had[f.ID] != nil && !shown[f.ID] && scopes[scope] {
			out := old.result(f, scope)
			out.WithBaselineState("absent")
			w.run.AddResult(out)
		}
	}
}

func (w *writer) result(f *result.Finding, scope string) *sarif.Result {
	out := sarif.NewResult().WithRuleID(text(f.Rule)).WithMessage(w.message(f))
	if i, ok := w.rules[f.Rule]; ok {
		out.WithRuleIndex(i)
	}
	out.Level = level(f.Severity)
	switch f.Status {
	case result.Condition:
		if f.Code != nil {
			break // it stands in the code, whoever comes
		}
		out.Kind, out.Level = "review", sarif.LevelNone
	case result.Blocked, result.Unreachable:
		out.Kind, out.Level = "informational", sarif.LevelNone
	case result.Accepted:
		out.AddSuppression(sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(text(f.Why)))
	}
	out.PartialFingerprints = map[string]string{"fermataFinding/v1": f.ID}
	out.AddLocation(w.location(f))
	out.RelatedLocations = w.related(f)
	if p := w.worst[f.ID]; p != nil {
		out.AddCodeFlow(w.flow(p))
	}
	if f.Code != nil && len(f.Code.Trail) > 0 {
		out.AddCodeFlow(w.trail(f))
	}
	properties := map[string]any{
		"finding": f.ID, "status": text(string(f.Status)), "severity": text(f.Severity), "layers": texts(f.Layers), "scope": text(scope),
		"why": text(f.Why), "assumes": texts(f.Assumes), "controls": w.controls(f),
	}
	for i := range f.Scores {
		s := &f.Scores[i]
		properties["score/"+text(s.System)] = text(s.Value())
		if vectors := s.Vectors(); len(vectors) > 0 {
			properties["vector/"+text(s.System)] = texts(vectors)
		}
	}
	out.Properties = bag(properties)
	return out
}

func (w *writer) message(f *result.Finding) *sarif.Message {
	words := w.v.Message(f) + "."
	switch f.Status {
	case result.Blocked, result.Unreachable:
		words += " " + report.Capital(string(f.Status)) + ": " + f.Why + "."
	case result.Live:
		if p := w.worst[f.ID]; p != nil {
			words += " " + w.v.PathTitle(p) + " this way."
		}
	}
	return message(words)
}

func (w *writer) controls(f *result.Finding) []string {
	var out []string
	for _, c := range f.Controls {
		out = append(out, text(fmt.Sprintf("%s on %s: %s, %s", c.Control, w.v.Name(c.On), c.State, c.Effect)))
	}
	return out
}

// location is where a finding stands.
func (w *writer) location(f *result.Finding) *sarif.Location {
	at := sarif.NewLocation()
	if ev, near, ok := w.v.Seen(f); ok {
		at = w.place(ev)
		if near {
			at.WithMessage(message("no line shows the finding itself; this is what it is about"))
		}
	}
	// One name is enough to find it; the finding's id in the properties has all.
	if ids := append(append([]string(nil), f.Elements...), f.Flows...); len(ids) > 0 {
		name := sarif.NewLogicalLocation().WithFullyQualifiedName(text(ids[0])).WithName(text(w.v.Name(ids[0])))
		if e := w.v.Element(ids[0]); e != nil {
			name.WithKind(text(string(e.Kind)))
		}
		at.AddLogicalLocation(name)
	}
	return at
}

func (w *writer) place(ev model.Evidence) *sarif.Location {
	w.files[ev.File] = true
	physical := sarif.NewPhysicalLocation().WithArtifactLocation(fileOf(ev.File))
	if ev.Line > 0 {
		region := sarif.NewRegion().WithStartLine(ev.Line)
		if ev.Col > 0 {
			region.WithStartColumn(ev.Col)
		}
		if ev.EndLine > ev.Line || ev.EndLine == ev.Line && ev.EndCol >= ev.Col && ev.Col > 0 {
			region.WithEndLine(ev.EndLine)
			if ev.EndCol > 0 {
				region.WithEndColumn(ev.EndCol)
			}
		}
		physical.WithRegion(region)
	}
	return sarif.NewLocation().WithPhysicalLocation(physical)
}

// related lists the other places that show a finding, with the line that stands there.
func (w *writer) related(f *result.Finding) []*sarif.Location {
	first, near, ok := w.v.Seen(f)
	seen := map[model.Evidence]bool{}
	if ok && !near {
		seen[first] = true
	}
	out := []*sarif.Location{}
	for _, ev := range f.Evidence {
		if ev.File == "" || seen[ev] {
			continue
		}
		seen[ev] = true
		at := w.place(ev)
		if ev.Excerpt != "" {
			at.WithMessage(message(ev.Excerpt))
		}
		out = append(out, at)
	}
	return out
}

// flow is a path as a code flow.
func (w *writer) flow(p *result.Path) *sarif.CodeFlow {
	thread := sarif.NewThreadFlow()
	for i, h := range p.Steps {
		f := w.v.Step(&h)
		if f == nil {
			continue
		}
		at := w.location(f)
		words := h.Layer + ": " + f.Message
		for _, power := range h.Gains {
			words += "; then " + w.v.Power(power)
		}
		at.WithMessage(message(words))
		hop := sarif.NewThreadFlowLocation().WithLocation(at).WithExecutionOrder(i + 1).WithNestingLevel(0)
		if i == len(p.Steps)-1 {
			hop.WithImportance("essential")
		}
		thread.AddLocation(hop)
	}
	words := w.v.PathTitle(p) + ", " + report.PathChance(p) + " per attempt"
	for _, s := range p.Start {
		words += "; start: " + w.v.Power(s.Power) + ": " + s.Reason
	}
	return sarif.NewCodeFlow().WithMessage(message(words)).AddThreadFlow(thread)
}

// trail is the way of a value through code, from who controls it to what it decides.
func (w *writer) trail(f *result.Finding) *sarif.CodeFlow {
	thread := sarif.NewThreadFlow()
	for i, t := range f.Code.Trail {
		hop := sarif.NewThreadFlowLocation().WithLocation(w.place(t.Evidence).WithMessage(message(t.What))).WithExecutionOrder(i + 1).WithNestingLevel(0)
		if i == 0 || i == len(f.Code.Trail)-1 {
			hop.WithImportance("essential")
		}
		thread.AddLocation(hop)
	}
	return sarif.NewCodeFlow().WithMessage(message("how the value gets there")).AddThreadFlow(thread)
}

// fileOf is a file of the scanned tree.
func fileOf(file string) *sarif.ArtifactLocation {
	return sarif.NewArtifactLocation().WithURI((&url.URL{Path: file}).String()).WithURIBaseID(root)
}

// level is a severity in the words of the standard.
func level(severity string) string {
	switch severity {
	case "critical", "high":
		return sarif.LevelError
	case "medium":
		return sarif.LevelWarning
	}
	return sarif.LevelNote
}
