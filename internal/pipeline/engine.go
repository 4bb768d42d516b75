// Package pipeline is where the stages meet: files to model, model to findings, findings to paths, all of it into one
// result.
//
// An [Engine] holds what does not depend on the system under analysis: rules, controls, catalogues. [Engine.Scan] runs
// every stage over a folder, a file or a written model. [Engine.Explain], [Engine.Accept] and the rest answer what a
// person asks afterwards. Faces call this package and print.
//
// # Guarantees
//
// The same input gives the same result, byte for byte, whatever the order of files and the number of cores. A stage
// that fails in part says so in the result (Tool.Failed, diagnostics), and the rest stands. Nothing here reads the
// clock: the day at which expiry is judged is an input.
//
// # What it does not do
//
// It prints nothing and knows no formats.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"
	"sync"

	"fermata/catalog"
	"fermata/controls"
	"fermata/internal/attack"
	"fermata/internal/discover"
	"fermata/internal/discover/all"
	"fermata/internal/model"
	"fermata/internal/rule"
	"fermata/internal/source"
	"fermata/internal/taxonomy"
	"fermata/rules"
)

// Version is the version of the program; the build may set it.
var Version = "0.1.0-dev"

// Options say which rules and catalogues an engine uses besides those that ship.
type Options struct {
	Rules    []string // folders with more rules
	Catalogs []string // official ATLAS files to add
}

// Engine holds rules, controls and catalogues. It may be used by many goroutines.
type Engine struct {
	options    Options
	rules      *rule.Set
	controls   map[string]attack.Control
	extractors []*discover.Extractor

	costly sync.Map // by control: what it costs, once somebody asked

	catalogOnce     sync.Once
	catalog         *taxonomy.Catalog
	catalogTroubles []source.Diagnostic
}

// New loads the rules and controls. Diagnostics are trouble with rules of the user's own (a shipped one that does not
// load is a defect that the tests find); an error means that a named folder or file cannot be read.
func New(options Options) (*Engine, []source.Diagnostic, error) {
	e := &Engine{options: options, extractors: all.Extractors()}
	sources := []rule.Source{{FS: rules.FS, Name: "rules"}}
	check := rule.Options{}
	for _, dir := range options.Rules {
		if err := rulesIn(dir); err != nil {
			return nil, nil, err
		}
		sources = append(sources, rule.Source{FS: os.DirFS(dir), Name: dir, Check: true})
	}
	if len(options.Rules) > 0 {
		check.Resolver = resolver{e.Catalog()}
		check.Rows = rows(e.Rows())
	}
	loaded, troubles := rule.LoadControls(check, rule.Source{FS: controls.FS, Name: "controls"})
	check.Controls = loaded
	set, more := rule.Load(check, sources...)
	e.rules = set
	e.controls = map[string]attack.Control{}
	for _, c := range loaded {
		e.controls[c.ID] = attack.Control{
			ID: c.ID, Blocks: c.Effect == rule.EffectBlocks, Efficacy: c.Efficacy.Mode, DefeatedBy: c.DefeatedBy,
		}
	}
	for _, file := range options.Catalogs {
		if _, err := os.Stat(file); err != nil {
			return nil, nil, &InputError{Message: fmt.Sprintf("catalog %s: %v", file, bare(err))}
		}
	}
	return e, append(troubles, more...), nil
}

// rulesIn refuses a folder without rules: whoever names one expects its rules to be asked.
func rulesIn(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return &InputError{Message: fmt.Sprintf("rules %s: %v", dir, bare(err))}
	case !info.IsDir():
		return &InputError{Message: fmt.Sprintf("rules %s: not a folder", dir)}
	}
	found := false
	err = fs.WalkDir(os.DirFS(dir), ".", func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "rule.yaml" {
			found = true
			return fs.SkipAll
		}
		return err
	})
	if err == nil && !found {
		return &InputError{Message: fmt.Sprintf("rules %s: no rule is there; a rule is a file LAYER/ID/rule.yaml in that folder", dir)}
	}
	return nil // a folder that cannot be read is told by the loader, with its path
}

// bare is what the operating system said, without the path that the caller says.
func bare(err error) error {
	var pe *os.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}

// Rules is the set of rules, sorted by id.
func (e *Engine) Rules() []*rule.Rule { return e.rules.Rules }

// Controls is the catalogue of controls, sorted by id.
func (e *Engine) Controls() rule.Controls { return e.rules.Controls }

// Catalog is the catalogues, loaded at the first question about them: a scan needs none.
func (e *Engine) Catalog() *taxonomy.Catalog {
	e.catalogOnce.Do(func() {
		var official []*source.File
		for _, name := range e.options.Catalogs {
			file, err := readFile(name)
			if err != nil {
				e.catalogTroubles = append(e.catalogTroubles, source.Diagnostic{
					Severity: source.Error, Code: "unreadable", Message: err.Error(), Path: name,
				})
				continue
			}
			official = append(official, file)
		}
		var troubles []source.Diagnostic
		e.catalog, troubles = taxonomy.Load(catalog.FS, official...)
		e.catalogTroubles = append(e.catalogTroubles, troubles...)
	})
	return e.catalog
}

// CatalogTroubles is what was wrong with catalogues that the user added.
func (e *Engine) CatalogTroubles() []source.Diagnostic {
	e.Catalog()
	return e.catalogTroubles
}

// resolver lets rules ask the taxonomy.
type resolver struct{ catalog *taxonomy.Catalog }

func (r resolver) Has(namespace, id string) bool { return r.catalog.Lookup(namespace, id) != nil }

func (r resolver) Suggest(namespace, id string) string {
	var ids []string
	for _, entry := range r.catalog.List(namespace, "") {
		ids = append(ids, entry.ID)
	}
	return source.Suggest(id, ids)
}

// rows lets rules ask for rows of the evidence table.
type rows map[string]bool

func (r rows) HasRow(id string) bool { return r[id] }

// readFile reads one file that the user named.
func readFile(name string) (*source.File, error) { return source.ReadNamed(context.Background(), name) }

// Layers gives the layer names of a scheme by id, for reports; nil when there is no such scheme.
func (e *Engine) Layers(scheme string) map[string]string {
	s := e.Catalog().Scheme(scheme)
	if s == nil {
		return nil
	}
	out := map[string]string{}
	for _, l := range s.Layers {
		out[taxonomy.ShortID(l)] = l.Title
	}
	return out
}

// trusts are the states that --trust may name, weakest first.
var trusts = []model.State{model.DeclaredOnly, model.Evidenced, model.Tested}

// Trust reads the name of a level of trust.
func Trust(name string) (model.State, error) {
	for _, s := range trusts {
		if string(s) == name {
			return s, nil
		}
	}
	return "", fmt.Errorf("unknown trust %q; say declared, evidenced or tested", name)
}

// RulesByLayer is the rules in the order of their layers, then by id.
func (e *Engine) RulesByLayer() []*rule.Rule {
	out := append([]*rule.Rule(nil), e.rules.Rules...)
	sort.SliceStable(out, func(i, j int) bool { return layerOrder(out[i].Layer) < layerOrder(out[j].Layer) })
	return out
}

// layerOrder puts the seven layers first, in order, and what crosses them after.
func layerOrder(folder string) string {
	if strings.HasPrefix(folder, "l") && len(folder) > 1 && folder[1] >= '1' && folder[1] <= '9' {
		return folder
	}
	return "x" + folder
}
