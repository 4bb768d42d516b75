package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/rule"
	"fermata/internal/source"
)

// LoadResult reads a saved result. The error is one plain sentence.
func LoadResult(ctx context.Context, name string) (*result.Result, error) {
	file, err := readFile(name)
	if err != nil {
		return nil, &InputError{Message: err.Error()}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := newResult("")
	r.Schema = "" // it has to say its own
	if bytes.Contains(file.Content()[:min(len(file.Content()), 400)], []byte(`"`+result.DiffSchema+`"`)) {
		return nil, &InputError{Message: name + " is a comparison, not a saved result; fermata scan -o writes one"}
	}
	decoder := json.NewDecoder(bytes.NewReader(file.Content()))
	if err := decoder.Decode(r); err != nil {
		return nil, &InputError{Message: fmt.Sprintf("%s is not a saved result: %s", name, jsonTrouble(file, err))}
	}
	if r.Schema == "" {
		return nil, &InputError{Message: name + " is not a saved result: it does not say its schema; fermata scan -o FILE.json writes one"}
	}
	if r.Schema != result.Schema {
		return nil, &InputError{Message: fmt.Sprintf("%s has the schema %q, and this program reads %s; write it anew with fermata scan -o", name, r.Schema, result.Schema)}
	}
	if r.System.Name == "" {
		r.System.Name = unnamed
	}
	for _, e := range r.System.Elements {
		if e == nil {
			return nil, &InputError{Message: name + " is not a saved result: an element is null"}
		}
	}
	for _, f := range r.System.Flows {
		if f == nil {
			return nil, &InputError{Message: name + " is not a saved result: a flow is null"}
		}
	}
	if lacks := lacking(file.Content()); len(lacks) > 0 {
		return nil, &InputError{Message: fmt.Sprintf("%s is not a saved result: it has no %s", name, strings.Join(lacks, ", "))}
	}
	return r, nil
}

// parts are what every result has, full or empty. A document without them would read as a system in which nothing was
// found.
var parts = []string{"tool", "system", "findings", "paths", "questions", "coverage"}

// lacking names the parts that a document with the schema of a result lacks. What is no JSON object is told elsewhere.
func lacking(content []byte) []string {
	var document map[string]json.RawMessage
	if json.Unmarshal(content, &document) != nil || string(document["schema"]) != `"`+result.Schema+`"` {
		return nil
	}
	var lacks []string
	for _, part := range parts {
		if value := document[part]; len(value) == 0 || string(value) == "null" {
			lacks = append(lacks, part)
		}
	}
	return lacks
}

// jsonTrouble says where JSON is wrong.
func jsonTrouble(file *source.File, err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		p := file.Position(int(syntax.Offset) - 1)
		return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Col, syntax.Error())
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Sprintf("it is a JSON %s, and a result is an object", kind.Value)
	case errors.As(err, &kind):
		p := file.Position(int(kind.Offset) - 1)
		return fmt.Sprintf("line %d: %s is a %s", p.Line, kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	return err.Error()
}

// IsResult tells by name and first bytes whether a file is a saved result, so that a command can take either a tree or
// a result.
func IsResult(name string) bool {
	if !strings.HasSuffix(strings.ToLower(name), ".json") {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 400)
	n, _ := io.ReadFull(f, head)
	return bytes.Contains(head[:n], []byte(`"fermata/result/`)) || bytes.Contains(head[:n], []byte(`"`+result.DiffSchema+`"`))
}

// WriteAside writes a file as a whole or not at all: beside it first, then by renaming. A file that was there keeps its
// permissions, and is not replaced when it may not be written; a link stays a link, and a device or pipe is written to.
func WriteAside(name string, write func(io.Writer) error) error {
	if err := writeAside(name, write); err != nil {
		return fmt.Errorf("write %s: %w", name, bare(err))
	}
	return nil
}

func writeAside(name string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	mode := os.FileMode(0o644) // a report is for whom the folder is for
	if info, err := os.Stat(name); err == nil {
		switch mode = info.Mode().Perm(); {
		case info.IsDir():
			return errors.New("it is a folder")
		case !info.Mode().IsRegular():
			f, err := os.OpenFile(name, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			return errors.Join(write(f), f.Close())
		case mode&0o200 == 0:
			return errors.New("it may only be read")
		}
	}
	dir, base := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, "."+base+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // does nothing after the renaming
	if err := errors.Join(write(f), f.Chmod(mode), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// Validate reads a written model and says what is wrong with it; an *InputError when it cannot be used. A fermata.yaml
// may correct and complete what its folder holds, so it is read together with that.
func (e *Engine) Validate(ctx context.Context, name string) ([]result.Diagnostic, *model.System, error) {
	if _, err := readFile(name); err != nil {
		return nil, nil, &InputError{Message: err.Error()}
	}
	s := &scan{engine: e, in: Input{Path: filepath.Dir(name), Models: []string{name}, NoDeclared: true}, r: newResult(DefaultScheme)}
	if filepath.Base(name) != ModelFile {
		s.in.Path, s.in.Models = name, nil
	}
	if err := s.read(ctx); err != nil {
		return nil, nil, err
	}
	if wrong := s.engine.riskNames(&s.r.System); len(wrong) > 0 {
		return nil, nil, &InputError{Message: name + " has mistakes", Diagnostics: wrong}
	}
	var said []result.Diagnostic
	for _, d := range s.troubles {
		for _, document := range s.documents {
			if !d.Span.IsZero() && d.Span.File == document.File {
				said = append(said, plain(d))
			}
		}
	}
	return append(said, s.r.Diagnostics...), &s.r.System, nil
}

// Init writes a commented model file from a result.
func Init(w io.Writer, r *result.Result) error {
	var questions []model.Question
	for _, q := range r.Questions {
		questions = append(questions, model.Question{ID: q.ID, Text: q.Text, Values: q.Values})
	}
	return model.Init(w, &r.System, questions)
}

// Accept adds a decision to a decisions file (made when it is not there) and returns what would be written. The
// finding must be one of the result's; a decision about it that still holds on the day is kept.
func Accept(r *result.Result, name, day string, d rule.Decision) ([]byte, error) {
	d.Finding = r.FindingID(d.Finding)
	if !slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.ID == d.Finding }) {
		return nil, noFinding(r, d.Finding)
	}
	if strings.TrimSpace(d.Reason) == "" {
		return nil, &InputError{Message: "a decision needs a reason: --reason '…'"}
	}
	if d.Until != "" && !rule.IsDay(d.Until) {
		return nil, &InputError{Message: fmt.Sprintf("%q is not a day; write it as 2027-01-31", d.Until)}
	}
	if !d.Holds(day) {
		return nil, &InputError{Message: fmt.Sprintf("a decision until %s would not hold on %s", d.Until, day)}
	}
	old := []byte(nil)
	if exists(name) {
		file, err := readFile(name)
		if err != nil {
			return nil, &InputError{Message: err.Error()}
		}
		decisions, diagnostics := rule.ReadDecisions(file)
		if failed := errorsOf(diagnostics); len(failed) > 0 {
			return nil, &InputError{Message: name + " has mistakes; mend them first", Diagnostics: failed}
		}
		for _, had := range decisions {
			if had.Finding == d.Finding && had.Holds(day) {
				return nil, &InputError{Message: fmt.Sprintf("%s already holds a decision about %s", name, d.Finding)}
			}
		}
		old = file.Content()
	}
	content, err := rule.AppendDecision(old, d)
	if err != nil {
		return nil, &InputError{Message: fmt.Sprintf("%s: %v", name, err)}
	}
	return content, nil
}

// Graph is an attack graph of anybody's.
type Graph struct {
	graph   *graph.Graph
	entries []int32
}

// LoadGraph reads an attack graph in the JSON form of `fermata graph`.
func LoadGraph(name string) (*Graph, error) {
	file, err := readFile(name)
	if err != nil {
		return nil, &InputError{Message: err.Error()}
	}
	g, entries, err := graph.Parse(file.Content())
	if err != nil {
		return nil, &InputError{Message: fmt.Sprintf("%s: %v", name, err)}
	}
	return &Graph{g, entries}, nil
}

// Solve writes what is reached and how cheaply, as JSON.
func (g *Graph) Solve(w io.Writer) error {
	return g.graph.Solve(graph.Query{Entries: g.entries}).WriteJSON(w)
}

// Reached visits the reached nodes by id with their costs.
func (g *Graph) Reached(visit func(id string, cost float64)) {
	s := g.graph.Solve(graph.Query{Entries: g.entries})
	for v := range int32(g.graph.Len()) {
		if s.Reached(v) {
			visit(g.graph.ID(v), s.Cost(v))
		}
	}
}

// Chances are the chances of a graph's nodes.
type Chances struct {
	Exact  bool // all combinations were enumerated; else they are frequencies in Trials
	Trials int
	graph  *graph.Graph
	got    graph.Chances
}

// Simulate computes the chance of each node.
func (g *Graph) Simulate(ctx context.Context, trials int, seed uint64) (*Chances, error) {
	got, err := g.graph.Simulate(ctx, graph.Query{Entries: g.entries}, graph.Sampling{Trials: trials, Seed: seed})
	if err != nil {
		return nil, &InputError{Message: err.Error()}
	}
	return &Chances{Exact: got.Exact, Trials: got.Trials, graph: g.graph, got: got}, nil
}

// WriteJSON writes the chances as JSON.
func (c *Chances) WriteJSON(w io.Writer) error { return c.got.WriteJSON(w) }

// Each visits the nodes by id with their chances and the bounds of these.
func (c *Chances) Each(visit func(id string, p, low, high float64)) {
	for v := range int32(c.graph.Len()) {
		visit(c.graph.ID(v), c.got.P[v], c.got.Low[v], c.got.High[v])
	}
}

// Decision is what somebody decided about a finding.
type Decision = rule.Decision
