package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"fermata/internal/attack"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/testgen"
)

// Names of the files that people write beside a system.
const (
	ModelFile     = "fermata.yaml"
	DecisionsFile = "fermata.decisions.yaml"
)

// Input is one run.
type Input struct {
	Path       string      // folder, source file, or model file
	Models     []string    // model files besides the tree's own
	NoDeclared bool        // ignore model and decisions files inside the tree
	Decisions  string      // decisions file; "" means the one beside the model, if any
	Evidence   []string    // files of what others found out: tests, scanners, people
	Advisories string      // folder of a database of advisories in the OSV schema; "" for none
	Trust      model.State // weakest state of a control that counts; "" means declared
	AsOf       string      // the day, YYYY-MM-DD, at which expiry is judged
	Scheme     string      // layer scheme; "" means maestro-v1
	Include    []string
	Exclude    []string
	Vendored   bool
	Workers    int                               // 0: one per processor
	Questions  int                               // how many questions are solved under both answers; 0: 8; negative: none
	Progress   func(stage string, done, all int) // may be nil; called from several goroutines, one at a time
}

// DefaultScheme is the layer scheme of OWASP and CSA.
const DefaultScheme = "maestro-v1"

// InputError is trouble with what the user gave; it has been said in diagnostics with places where there are any.
type InputError struct {
	Message     string
	Diagnostics []source.Diagnostic
}

func (e *InputError) Error() string { return e.Message }

// Scan runs every stage. A model file that the user names and that has errors gives an *InputError with the
// diagnostics: a model that was half understood would give findings about another system. One that merely lies in the
// tree is passed over, and the result says that it is incomplete.
func (e *Engine) Scan(ctx context.Context, in Input) (*result.Result, error) {
	s := &scan{engine: e, in: in}
	if err := s.run(ctx); err != nil {
		return nil, err
	}
	return s.r, nil
}

// run goes through every stage.
func (s *scan) run(ctx context.Context) error {
	if s.in.Scheme == "" {
		s.in.Scheme = DefaultScheme
	}
	if s.in.Scheme != DefaultScheme && s.engine.Layers(s.in.Scheme) == nil {
		var names []string
		for _, s := range s.engine.Catalog().Schemes() {
			names = append(names, s.ID)
		}
		return &InputError{Message: fmt.Sprintf("unknown layer scheme %q; there are %s", s.in.Scheme, strings.Join(names, ", "))}
	}
	s.r = newResult(s.in.Scheme)
	if s.in.Trust == "" {
		s.in.Trust = model.DeclaredOnly
	}
	s.r.Trust = string(s.in.Trust)
	if err := s.read(ctx); err != nil {
		return err
	}
	if err := s.analyse(ctx); err != nil {
		return err
	}
	s.finish()
	return nil
}

func newResult(scheme string) *result.Result {
	return &result.Result{
		Schema: result.Schema, Tool: result.Tool{Name: "fermata", Version: Version}, LayerScheme: scheme,
		Findings: []result.Finding{}, Paths: []result.Path{}, Blast: []result.Blast{}, Chokes: []result.Choke{},
		Risks: []result.Risk{}, Questions: []result.Question{}, Diagnostics: []result.Diagnostic{},
		Coverage: result.Coverage{
			Languages: map[string]int{}, Extractors: []result.Extractor{}, Unresolved: []result.Unresolved{},
			Unsupported: []result.Unsupported{}, Declared: []string{}, Files: result.Files{Skipped: []result.Skipped{}},
		},
	}
}

// scan is one run on its way.
type scan struct {
	engine    *Engine
	in        Input
	r         *result.Result
	observed  *model.System
	documents []*model.Document
	lying     *model.Document // that of the tree itself; nil when there is none
	accepted  map[string]string
	decided   string // the decisions file, as the result names it
	troubles  []source.Diagnostic
	skipped   []source.Skip
	failed    int
	strange   []string              // files that use a framework that is not modelled
	held      []string              // systems in which somebody may hold tools behind what could not be followed
	idle      map[string]bool       // tools that nobody was found to hold → nothing else in the program speaks of them
	subjects  []*result.Subject     // places in code that rules visit
	wanted    map[string][]string   // sort of subject → kinds that are wanted besides what rules ask for
	looks     map[string]*rule.Look // what rules about code looked at; nil unless more is wanted
	unread    []string              // files of code that were not looked at to the end
	unsifted  bool                  // keep every place in code that is asked for, whatever rules say about it
	attested  []result.Attestation  // what people attest of checks
	carried   []result.Finding      // about code, of a saved result whose code is not at hand
	ingested  []*ingested           // files of evidence
	external  map[string]string     // findings of other scanners → their severities
	testable  *testgen.Found        // what tests could be made of; filled when it is not nil
	tested    *TestResults          // what tests said; filled when it is not nil
}

func (s *scan) progress(stage string, done, all int) {
	if s.in.Progress != nil {
		s.in.Progress(stage, done, all)
	}
}

// read fills the result's system and ledger: discovery, written models, decisions.
func (s *scan) read(ctx context.Context) error {
	info, err := os.Stat(s.in.Path)
	if err != nil {
		return &InputError{Message: fmt.Sprintf("%s: %v", s.in.Path, bare(err))}
	}
	folder := s.in.Path
	if !info.IsDir() {
		folder = filepath.Dir(s.in.Path)
	}
	if err := s.readEvidence(); err != nil {
		return err
	}
	models := append([]string(nil), s.in.Models...)
	alone := !info.IsDir() && isModelName(s.in.Path) && s.looksLikeModel(s.in.Path)
	if alone {
		if s.in.Advisories != "" {
			s.troubles = append(s.troubles, source.Diagnostic{Severity: source.Warning, Code: "nothing-compared", Path: filepath.Base(s.in.Path), Message: "a model fixes no versions, so nothing was compared with advisories", Hint: "scan the tree"})
		}
		models = append(models, s.in.Path)
		s.r.Coverage.Files.Seen, s.r.Coverage.Files.Parsed = 1, 1
	} else if err := s.discover(ctx); err != nil {
		return err
	} else if c := s.r.Coverage.Files; !info.IsDir() && c.Parsed == 0 && (c.Passed == 0 || isYAML(s.in.Path)) {
		// A file that was asked for by name and cannot be read is an error; in a tree it is a line of the ledger. YAML in
		// which nothing speaks of agents can only be meant as a model, however broken it is.
		if c.Passed > 0 || len(c.Skipped) == 1 && c.Skipped[0].Reason == string(source.NoReader) && isModelName(s.in.Path) {
			models = append(models, s.in.Path) // says what is wrong with it as a model
			s.r.Coverage.Files = result.Files{Seen: 1, Parsed: 1, Skipped: []result.Skipped{}}
		} else {
			return s.unreadable()
		}
	}
	if !alone && !s.in.NoDeclared && info.IsDir() {
		if name := filepath.Join(folder, ModelFile); exists(name) {
			s.found(name, folder)
		}
	}
	for _, name := range models {
		if err := s.model(name, folder); err != nil {
			return err
		}
	}
	system, err := s.assemble()
	if err != nil {
		return err
	}
	s.r.System, s.observed = *system, nil // what was seen is part of the system now
	s.withoutSecrets()
	if err := s.shown(); err != nil {
		return err
	}
	s.misplaced()
	if s.r.System.Name == "" {
		if info.IsDir() {
			s.r.System.Name = projectName(folder)
		}
		if s.r.System.Name == "" {
			s.r.System.Name = folderName(s.in.Path)
		}
	}
	return s.decisions(folder)
}

// found reads the model that lies in the tree. It is part of what is scanned, and whoever wrote it must not be able to
// stop the scan: one with mistakes is passed over, and the answer is incomplete.
func (s *scan) found(name, folder string) {
	before, told := len(s.documents), len(s.troubles)
	if err := s.model(name, folder); err != nil {
		s.troubles = s.troubles[:told] // its mistakes are told once, as what it is passed over for
		s.passOver(ModelFile, err)
		return
	}
	s.lying = s.documents[before]
}

// assemble puts what was seen and what was written together. Where the tree's own model does not go with the rest, it
// is passed over.
func (s *scan) assemble() (*model.System, error) {
	system, diagnostics := model.Assemble(s.observed, s.documents...)
	failed := errorsOf(diagnostics)
	if len(failed) > 0 && s.lying != nil {
		s.passOver(ModelFile, &InputError{Message: mistakes(ModelFile, failed), Diagnostics: failed})
		s.documents = slices.DeleteFunc(s.documents, func(d *model.Document) bool { return d == s.lying })
		s.lying = nil
		return s.assemble()
	}
	s.troubles = append(s.troubles, diagnostics...)
	if len(failed) > 0 {
		return nil, &InputError{Message: mistakes("the model", failed), Diagnostics: failed}
	}
	return system, nil
}

// passOver tells of a file of the tree that cannot be used.
func (s *scan) passOver(name string, err error) {
	s.failed++
	s.r.Diagnostics = append(s.r.Diagnostics, result.Diagnostic{
		Severity: "error", Code: "passed-over", File: name, Message: "the file has mistakes and is passed over",
		Hint: "mend it, or leave it out with --no-declared",
	})
	var input *InputError
	if !errors.As(err, &input) || len(input.Diagnostics) == 0 {
		s.r.Diagnostics[len(s.r.Diagnostics)-1].Message = err.Error()
		return
	}
	for _, d := range input.Diagnostics {
		said := plain(d)
		said.File = name // from the root, as everywhere in a result
		s.r.Diagnostics = append(s.r.Diagnostics, said)
	}
}

// unreadable says why the one file that was asked for was not read.
func (s *scan) unreadable() error {
	message := s.in.Path + " cannot be read"
	for _, skip := range s.skipped {
		if skip.Reason == source.NoReader {
			return &InputError{Message: fmt.Sprintf("nothing reads files such as %s", s.in.Path)}
		}
		message += ": " + skip.Why()
	}
	return &InputError{Message: message}
}

func exists(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func isModelName(name string) bool {
	return isYAML(name) || strings.EqualFold(filepath.Ext(name), ".json")
}

func isYAML(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".yaml" || ext == ".yml"
}

// looksLikeModel tells a written model from other YAML by its first level of keys.
func (s *scan) looksLikeModel(name string) bool {
	file, err := readFile(name)
	if err != nil {
		return false
	}
	if base := filepath.Base(name); base == ModelFile || strings.HasSuffix(base, ".fermata.yaml") {
		return true
	}
	root := syntax.ParseAs(file, syntax.YAML).Root()
	return !root.Argument("elements").IsZero() || !root.Argument("fermata").IsZero()
}

// model reads one written model. Its errors end the run.
func (s *scan) model(name, folder string) error {
	file, err := readFile(name)
	if err != nil {
		return &InputError{Message: err.Error()}
	}
	if rel, err := filepath.Rel(folder, name); err == nil && !strings.HasPrefix(rel, "..") {
		file = source.NewFile(filepath.ToSlash(rel), file.Content())
	}
	document, diagnostics := model.Read(file)
	s.troubles = append(s.troubles, diagnostics...)
	if len(errorsOf(diagnostics)) > 0 {
		// A result has paths from its root; a person who mends a file wants the path from where they stand.
		file = source.NewFile(filepath.ToSlash(name), file.Content())
		_, diagnostics = model.Read(file)
		failed := errorsOf(diagnostics)
		return &InputError{Message: mistakes(file.Path(), failed), Diagnostics: failed}
	}
	if unknown := document.UnknownControls(s.engine.controlIDs()); len(unknown) > 0 {
		return &InputError{Message: file.Path() + " names controls that the catalogue does not have", Diagnostics: unknown}
	}
	s.documents = append(s.documents, document)
	return nil
}

// mistakes says how many there are. All of a model's mistakes are in the file that its first one is in, unless several
// models are read together.
func mistakes(what string, failed []source.Diagnostic) string {
	for i, d := range failed {
		if d.Span.IsZero() || (i > 0 && d.Span.File != failed[0].Span.File) {
			break
		}
		if i == len(failed)-1 {
			what = d.Span.File.Path()
		}
	}
	return what + " has " + plural(len(failed), "mistake", "mistakes")
}

// withoutSecrets takes keys and passwords out of the texts that come from files: what a prompt or a docstring says.
func (s *scan) withoutSecrets() {
	for _, e := range s.r.System.Elements {
		e.Name, e.Detail = source.Redact(e.Name), source.Redact(e.Detail)
		for i, alias := range e.Aliases {
			e.Aliases[i] = source.Redact(alias)
		}
	}
}

func errorsOf(diagnostics []source.Diagnostic) []source.Diagnostic {
	var out []source.Diagnostic
	for _, d := range diagnostics {
		if d.Severity == source.Error {
			out = append(out, d)
		}
	}
	return out
}

// decisions reads what was decided about findings and keeps what still holds.
func (s *scan) decisions(folder string) error {
	name := s.in.Decisions
	if name == "" {
		name = filepath.Join(folder, DecisionsFile)
		if s.in.NoDeclared || !exists(name) {
			return nil
		}
	}
	file, err := readFile(name)
	if err != nil {
		if s.in.Decisions == "" {
			s.passOver(DecisionsFile, err)
			return nil
		}
		return &InputError{Message: err.Error()}
	}
	s.decided = filepath.Base(name)
	file = source.NewFile(s.decided, file.Content())
	decisions, attested, diagnostics := rule.ReadDecisionsFile(file)
	if failed := errorsOf(diagnostics); len(failed) > 0 {
		wrong := &InputError{Message: name + " has mistakes", Diagnostics: failed}
		if s.in.Decisions == "" {
			s.passOver(DecisionsFile, wrong)
			return nil
		}
		return wrong
	}
	s.troubles = append(s.troubles, diagnostics...)
	s.r.AsOf, s.attested = s.in.AsOf, attested
	s.accepted = map[string]string{}
	for _, d := range decisions {
		if d.Treatment != "accept" {
			continue
		}
		if !d.Holds(s.in.AsOf) {
			s.troubles = append(s.troubles, source.Diagnostic{
				Severity: source.Warning, Code: "expired", Span: d.Span,
				Message: fmt.Sprintf("the decision about %s held until %s", d.Finding, d.Until), Hint: "renew it or treat the finding",
			})
			continue
		}
		if d.Until == "" {
			s.troubles = append(s.troubles, source.Diagnostic{
				Severity: source.Warning, Code: "no-last-day", Span: d.Span,
				Message: fmt.Sprintf("the decision about %s has no last day, so nobody will look at it again", d.Finding), Hint: "add until: YYYY-MM-DD",
			})
		}
		s.accepted[d.Finding] = d.Reason
	}
	return nil
}

// analyse runs stages 2 and 3 and ranks the questions.
func (s *scan) analyse(ctx context.Context) error {
	s.progress("asking rules", 0, 1)
	outcome, err := rule.Evaluate(ctx, s.engine.rules, &s.r.System, rule.EvaluateOptions{Workers: s.in.Workers, Subjects: s.subjects, Looks: len(s.wanted) > 0})
	if err != nil {
		return err
	}
	s.looks = outcome.Looks
	s.undecided(outcome)
	if err := s.fromOutside(ctx, outcome); err != nil {
		return err
	}
	outcome.Findings = s.withCarried(outcome.Findings)
	s.r.Tool.Rules = len(s.engine.rules.Rules)
	for _, f := range outcome.Failed {
		s.failed++
		s.r.Diagnostics = append(s.r.Diagnostics, result.Diagnostic{
			Severity: "error", Code: "rule-failed", Message: fmt.Sprintf("rule %s stopped: %s", f.Rule, f.Reason),
			Hint: "what it had found until then is kept; the rest is not known",
		})
	}
	s.progress("finding paths", 0, 1)
	out, err := attack.Analyse(ctx, attack.Input{
		System: &s.r.System, Findings: outcome.Findings, Own: true, Controls: s.engine.controls, Trust: s.in.Trust, Accepted: s.accepted, Workers: s.in.Workers,
	})
	if err != nil {
		return err
	}
	outcome.Findings = nil // those of the answer take their place
	if err := s.engine.pathChances(&s.r.System, out); err != nil {
		return err
	}
	s.unreached(out)
	s.glossary(out)
	s.r.Findings, s.r.Paths, s.r.Blast, s.r.Chokes = nonNil(out.Findings), nonNil(out.Paths), nonNil(out.Blast), nonNil(out.Chokes)
	for _, t := range out.Truncated {
		s.r.Diagnostics = append(s.r.Diagnostics, result.Diagnostic{Severity: "note", Code: "cut-off", Message: t})
	}
	known := map[string]bool{}
	for i := range s.r.Findings {
		f := &s.r.Findings[i]
		known[f.ID] = true
		if reason, ok := s.accepted[f.ID]; ok && f.Status == result.Condition {
			f.Status, f.Why = result.Accepted, reason // the attack graph does not know conditions
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.accepted)) {
		if !known[id] {
			s.r.Diagnostics = append(s.r.Diagnostics, result.Diagnostic{
				Severity: "note", Code: "decided-and-gone", Message: "a decision speaks of a finding that is no longer made: " + id, File: s.decided,
			})
		}
	}
	return s.rank(ctx, outcome.Questions, out.Losses)
}

// glossary keeps what the rules and controls of this result say, so that it can be read without them.
func (s *scan) glossary(out *attack.Output) {
	rulesUsed, controlsUsed := map[string]bool{}, map[string]bool{}
	for i := range out.Findings {
		rulesUsed[out.Findings[i].Rule] = true
		for _, c := range out.Findings[i].Controls {
			controlsUsed[c.Control] = true
		}
	}
	s.r.Rules, s.r.Patterns = []result.Rule{}, []result.Pattern{}
	for _, r := range s.engine.rules.Rules {
		if rulesUsed[r.ID] {
			s.r.Rules = append(s.r.Rules, result.Rule{
				ID: r.ID, Title: r.Title, Doc: strings.TrimSpace(r.Doc), Avoid: strings.TrimSpace(r.Avoid),
				Prefer: strings.TrimSpace(r.Prefer), FalsePositives: strings.TrimSpace(r.FalsePositives), Maps: r.Maps,
			})
		}
	}
	s.r.Rules = append(s.r.Rules, s.foreignRules(rulesUsed)...)
	for _, c := range s.engine.rules.Controls {
		if controlsUsed[c.ID] {
			s.r.Patterns = append(s.r.Patterns, result.Pattern{ID: c.ID, Title: c.Title, Gist: c.Gist, Effect: c.Effect})
		}
	}
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// finish settles what comes last: layer names, diagnostics, counts.
func (s *scan) finish() {
	if s.in.Scheme != DefaultScheme {
		s.relayer()
	}
	for _, d := range s.troubles {
		s.r.Diagnostics = append(s.r.Diagnostics, plain(d))
	}
	sort.SliceStable(s.r.Diagnostics, func(i, j int) bool {
		a, b := &s.r.Diagnostics[i], &s.r.Diagnostics[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		if a.Col != b.Col {
			return a.Col < b.Col
		}
		return a.Message < b.Message
	})
	s.r.Tool.Failed = s.failed
	s.layers()
	if s.r.System.Name == "" {
		s.r.System.Name = unnamed
	}
}

// unnamed is the name of a system that nobody named.
const unnamed = "unnamed system"

func plain(d source.Diagnostic) result.Diagnostic {
	out := result.Diagnostic{Severity: string(d.Severity), Code: d.Code, Message: d.Message, Hint: d.Hint, File: d.Path}
	if !d.Span.IsZero() {
		p := d.Span.File.Position(int(d.Span.Start))
		out.File, out.Line, out.Col = d.Span.File.Path(), p.Line, p.Col
	}
	return out
}
