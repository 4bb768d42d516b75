package rule

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"sort"
	"sync"

	"fermata/internal/source"
)

// Resolver knows the ids of the frameworks in catalog/. The taxonomy is one.
type Resolver interface {
	Has(namespace, id string) bool
	// Suggest gives the nearest id that exists, or a sentence about the id, or "".
	Suggest(namespace, id string) string
}

// Rows knows the rows of the evidence table.
type Rows interface {
	HasRow(id string) bool
}

// Source is a tree of folders of rules (or of controls).
type Source struct {
	FS   fs.FS
	Name string // put before paths in diagnostics: "rules", or the folder that the user named
	// Check compiles every expression at load. Without it a rule is compiled when its kinds occur, which is what
	// makes a short scan short; the rules that ship are all checked by a test.
	Check bool
}

// Options is what rules are checked against. A nil field is not checked.
type Options struct {
	Resolver Resolver
	Rows     Rows
	Controls Controls // the controls that rules may list
}

// Load reads every rule of the sources. A rule that lacks anything, or says anything twice or wrongly, does not load
// and is named in the diagnostics; the others do.
func Load(options Options, sources ...Source) (*Set, []source.Diagnostic) {
	set := &Set{Controls: options.Controls, compiler: &compiler{}}
	var troubles []source.Diagnostic
	asked := map[*Rule]bool{} // rules to compile now
	for _, from := range sources {
		found, diagnostics := loadTree(from, "rule.yaml", func(file *source.File, tree fs.FS, folder string) (*Rule, []source.Diagnostic) {
			return readRule(file, tree, folder, options)
		})
		troubles = append(troubles, diagnostics...)
		for _, r := range found {
			if before := set.find(r.ID); before != nil {
				troubles = append(troubles, source.Diagnostic{
					Severity: source.Error, Code: "duplicate-rule", Span: r.File.Span(0, 0),
					Message: fmt.Sprintf("rule %s exists already in %s", r.ID, before.File.Path()),
					Hint:    "give it an id of its own",
				})
				continue
			}
			set.Rules = append(set.Rules, r)
			if from.Check {
				asked[r] = true
			}
		}
	}
	sort.Slice(set.Rules, func(i, j int) bool { return set.Rules[i].ID < set.Rules[j].ID })
	set.compiler.declare(set.Rules)
	if len(asked) > 0 {
		set.Rules = set.checked(&troubles, asked)
	}
	sortDiagnostics(troubles)
	return set, troubles
}

// find is Rule before the set is sorted.
func (s *Set) find(id string) *Rule {
	for _, r := range s.Rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// checked compiles the rules that are asked for, and drops those that do not compile.
func (s *Set) checked(troubles *[]source.Diagnostic, asked map[*Rule]bool) []*Rule {
	trouble := make([][]source.Diagnostic, len(s.Rules))
	inParallel(len(s.Rules), runtime.GOMAXPROCS(0), func(i int) {
		if asked[s.Rules[i]] {
			trouble[i] = s.compiler.compile(s.Rules[i])
		}
	})
	var kept []*Rule
	for i, r := range s.Rules {
		if len(trouble[i]) > 0 {
			*troubles = append(*troubles, trouble[i]...)
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// LoadControls reads every control of the sources.
func LoadControls(options Options, sources ...Source) (Controls, []source.Diagnostic) {
	var controls Controls
	var troubles []source.Diagnostic
	for _, from := range sources {
		found, diagnostics := loadTree(from, "control.yaml", func(file *source.File, _ fs.FS, folder string) (*Control, []source.Diagnostic) {
			return readControl(file, folder, options)
		})
		controls = append(controls, found...)
		troubles = append(troubles, diagnostics...)
	}
	sort.SliceStable(controls, func(i, j int) bool { return controls[i].ID < controls[j].ID })
	kept := controls[:0]
	for i, c := range controls {
		if i > 0 && controls[i-1].ID == c.ID {
			troubles = append(troubles, source.Diagnostic{
				Severity: source.Error, Code: "duplicate-control", Span: c.File.Span(0, 0),
				Message: fmt.Sprintf("control %s exists already in %s", c.ID, controls[i-1].File.Path()),
			})
			continue
		}
		kept = append(kept, c)
	}
	sortDiagnostics(troubles)
	return kept, troubles
}

// loadTree reads every file of one name in a tree, in parallel, in the order of the paths. A folder name may not be
// used twice within a layer, because it is the id.
func loadTree[T any](from Source, name string, read func(file *source.File, tree fs.FS, folder string) (*T, []source.Diagnostic)) ([]*T, []source.Diagnostic) {
	var files []string
	err := fs.WalkDir(from.FS, ".", func(at string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && entry.Name() == name {
			files = append(files, at)
		}
		return err
	})
	if err != nil {
		return nil, []source.Diagnostic{{
			Severity: source.Error, Code: "cannot-read", Path: from.Name, Message: "cannot read this folder: " + reason(err),
		}}
	}
	sort.Strings(files)
	found := make([]*T, len(files))
	troubles := make([][]source.Diagnostic, len(files))
	inParallel(len(files), runtime.GOMAXPROCS(0), func(i int) {
		shown := path.Join(from.Name, files[i])
		content, err := readFile(from.FS, files[i])
		if err != nil {
			troubles[i] = []source.Diagnostic{{Severity: source.Error, Code: "cannot-read", Path: shown, Message: reason(err)}}
			return
		}
		found[i], troubles[i] = read(source.NewFile(shown, content), from.FS, path.Dir(files[i]))
	})
	var kept []*T
	var all []source.Diagnostic
	for i := range files {
		all = append(all, troubles[i]...)
		if found[i] != nil {
			kept = append(kept, found[i])
		}
	}
	return kept, all
}

// maxFile bounds a rule's file; the largest that ship are a few kilobytes.
const maxFile = 1 << 20

func readFile(tree fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(tree, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, errors.New("the file is larger than 1 MiB")
	}
	return fs.ReadFile(tree, name)
}

// reason is an error without the path that the diagnostic names already.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// inParallel runs work(0) to work(n-1) on a bounded number of workers.
func inParallel(n, workers int, work func(i int)) {
	workers = max(1, min(workers, n))
	if workers == 1 {
		for i := range n {
			work(i)
		}
		return
	}
	next := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

// sortDiagnostics puts diagnostics into the order of files and places.
func sortDiagnostics(all []source.Diagnostic) {
	sort.SliceStable(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		if pa, pb := placeOf(a), placeOf(b); pa != pb {
			return pa < pb
		}
		return a.Span.Start < b.Span.Start
	})
}

func placeOf(d *source.Diagnostic) string {
	if d.Span.File != nil {
		return d.Span.File.Path()
	}
	return d.Path
}
