// Package casestudy holds published attacks beside the paths that Fermata finds in written models of them.
//
// A case is a folder of examples/atlas: fermata.yaml is the system as the public account has it, README.md tells what
// happened, and chain.yaml lists the steps that ATLAS published, in their order. Each step names the hop of the path
// that shows it (by the hop's rule), or says by a word of [Nots] and one sentence why no hop can. [Read] refuses a chain
// that is not the catalogue's; [Case.Follow] finds the one path of a result, from the stated source of harm to the stated
// loss, that holds the hops in order; [Case.Remedied] asks what a control of the case's remedy does to that path.
//
// It is not in the binary: the tests of package pipeline hold the cases by it, and the generator writes
// docs/case-studies.md from it.
package casestudy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/taxonomy"
)

// Folder is where the cases stand, from the root of the repository.
const Folder = "examples/atlas"

// chainFile is the file of a case's folder that holds its steps.
const chainFile = "chain.yaml"

// The reasons that say something of the rest of the result, which is checked.
const (
	untold    = "untold"
	otherPath = "other-path"
)

// Nots are the reasons why no hop of a path shows a step, with what each means.
var Nots = []struct{ Word, Doc string }{
	{"outside", "it happens away from the system: looking around, getting and placing material"},
	{"start", "it is what the source of harm begins with"},
	{"wording", "it is how a text is worded; any text that enters is taken to be able to do that"},
	{"loss", "it is what the path ends in, and not a step of it"},
	{untold, "no finding tells it apart from the steps beside it"},
	{otherPath, "it belongs to another path of the same system"},
	{"left-out", "the model leaves that part out"},
}

// Case is a case study with its chain.
type Case struct {
	Dir      string // its folder
	Entry    *taxonomy.Entry
	From     string // the source of harm
	To       string // the asset that is lost
	Remedies []Remedy
	Steps    []Step
}

// Remedy is a control that the public account names as a remedy.
type Remedy struct {
	Control, On string
	Why         string // who did or advised it
}

// Step is a published step of the case.
type Step struct {
	Tactic, Technique *taxonomy.Entry
	Now               []string // what has taken the technique's place, where ATLAS dropped it
	Hop               string   // the rule of the hop that shows it; empty when none does
	Not               string   // a word of Nots when none does
	Why               string
}

// Load reads every case of a folder, by the ids of the catalogue.
func Load(dir string, catalog *taxonomy.Catalog) ([]*Case, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read the cases: %w", err)
	}
	var out []*Case
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		c, err := Read(filepath.Join(dir, e.Name()), catalog)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Entry.ID < out[j].Entry.ID })
	for i := 1; i < len(out); i++ {
		if out[i].Entry == out[i-1].Entry {
			return nil, fmt.Errorf("%s and %s are the same case", out[i-1].Dir, out[i].Dir)
		}
	}
	return out, nil
}

// Read reads the case of one folder. What is wrong in the chain is one error with the place of the first fault.
func Read(dir string, catalog *taxonomy.Catalog) (*Case, error) {
	file, err := source.ReadNamed(context.Background(), filepath.Join(dir, chainFile))
	if err != nil {
		return nil, fmt.Errorf("read a chain: %w", err)
	}
	r := &reader{catalog: catalog, out: &Case{Dir: dir}}
	tree := syntax.ParseAs(file, syntax.YAML)
	for _, d := range tree.Diagnostics {
		r.fail(d.Span, "%s", d.Message)
	}
	r.chain(tree.Root())
	if r.err == nil && !strings.HasPrefix(filepath.Base(dir), strings.ToLower(strings.TrimPrefix(r.out.Entry.ID, "AML."))+"-") {
		r.fail(file.Span(0, 0), "the folder of %s begins with %s-", r.out.Entry.ID, strings.ToLower(strings.TrimPrefix(r.out.Entry.ID, "AML.")))
	}
	return r.out, r.err
}

type reader struct {
	catalog *taxonomy.Catalog
	out     *Case
	err     error
}

// fail keeps the first fault.
func (r *reader) fail(at source.Span, format string, args ...any) {
	if r.err == nil {
		place := ""
		if at.File != nil {
			p := at.File.Position(int(at.Start))
			place = fmt.Sprintf("%s:%d:%d: ", at.File.Path(), p.Line, p.Col)
		}
		r.err = fmt.Errorf("%s%s", place, fmt.Sprintf(format, args...))
	}
}

// keys gives the texts and nodes of a map, and refuses other keys than the known ones.
func (r *reader) keys(n syntax.Node, what string, known ...string) map[string]syntax.Node {
	out := map[string]syntax.Node{}
	if !n.Is(syntax.Map) {
		r.fail(n.Span(), "%s must be a map of keys", what)
	}
	for key, value := range n.Pairs() {
		name, _ := key.Scalar()
		if !slices.Contains(known, name) {
			r.fail(key.Span(), "%q is not a key of %s; the keys are %s", name, what, strings.Join(known, ", "))
		}
		out[name] = value
	}
	return out
}

// text gives a value that has to be there.
func (r *reader) text(n, owner syntax.Node, what string) string {
	s, ok := n.Scalar()
	if !ok || strings.TrimSpace(s) == "" {
		at := n.Span()
		if n.IsZero() {
			at = owner.Span()
		}
		r.fail(at, "%s is missing", what)
	}
	return s
}

func (r *reader) chain(root syntax.Node) {
	keys := r.keys(root, "a chain", "case", "from", "to", "remedies", "steps")
	id := r.text(keys["case"], root, "case")
	r.out.From, r.out.To = r.text(keys["from"], root, "from"), r.text(keys["to"], root, "to")
	if r.err != nil {
		return
	}
	if r.out.Entry = r.catalog.Lookup("atlas", id); r.out.Entry == nil || len(r.out.Entry.Steps) == 0 {
		r.fail(keys["case"].Span(), "the catalogue knows no steps of %s", id)
		return
	}
	for n := range keys["remedies"].Children() {
		k := r.keys(n, "a remedy", "control", "on", "why")
		r.out.Remedies = append(r.out.Remedies, Remedy{r.text(k["control"], n, "control"), r.text(k["on"], n, "on"), r.text(k["why"], n, "why")})
	}
	if len(r.out.Remedies) == 0 {
		r.fail(root.Span(), "no remedy is named")
	}
	published := r.out.Entry.Steps
	for n := range keys["steps"].Children() {
		i := len(r.out.Steps)
		if i == len(published) {
			r.fail(n.Span(), "%s has only %d steps", id, len(published))
			return
		}
		r.step(n, published[i])
	}
	if len(r.out.Steps) < len(published) {
		r.fail(root.Span(), "%s has %d steps, and %d are listed", id, len(published), len(r.out.Steps))
	}
}

func (r *reader) step(n syntax.Node, published taxonomy.Step) {
	k := r.keys(n, "a step", "technique", "hop", "not", "why")
	s := Step{
		Tactic:    r.catalog.Lookup(published.Tactic.Namespace, published.Tactic.ID),
		Technique: r.catalog.Lookup(published.Technique.Namespace, published.Technique.ID),
	}
	if id := r.text(k["technique"], n, "technique"); id != published.Technique.ID {
		r.fail(k["technique"].Span(), "step %d is %s, not %s", len(r.out.Steps)+1, published.Technique.ID, id)
	}
	if s.Tactic == nil || s.Technique == nil {
		r.fail(n.Span(), "the catalogue lacks %s or %s", published.Tactic, published.Technique)
		return
	}
	s.Now = successors(r.catalog, s.Technique)
	s.Hop, _ = k["hop"].Scalar()
	s.Not, _ = k["not"].Scalar()
	s.Why, _ = k["why"].Scalar()
	switch {
	case (s.Hop == "") == (s.Not == ""):
		r.fail(n.Span(), "a step has a hop, or a word for why it has not")
	case s.Not != "" && !slices.ContainsFunc(Nots, func(w struct{ Word, Doc string }) bool { return w.Word == s.Not }):
		r.fail(k["not"].Span(), "%q is none of the reasons why no hop shows a step", s.Not)
	case s.Not != "" && s.Why == "":
		r.fail(n.Span(), "%q needs a sentence on this step: why", s.Not)
	}
	r.out.Steps = append(r.out.Steps, s)
}
