package discover

import (
	"context"
	"fmt"
	"path"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Options of a run.
type Options struct {
	Extractors []*Extractor
	Workers    int                               // 0: one for each processor
	Progress   func(stage string, done, all int) // may be nil; called by one goroutine at a time

	// Seen is told of each file of source code when its extractors are done and its tree is still at hand, with the kinds of
	// what they described; many goroutines call it. It tells whether it needs nothing of the file later. It may be nil.
	Seen func(program *code.Program, path string, kinds []model.Kind) (all bool)
}

// Outcome is what a run found and what it did not see.
type Outcome struct {
	System      *model.System
	Seen        int            // files listed or passed over one by one
	Parsed      int            // files that at least one extractor read
	Passed      int            // files searched for traces of agents, without any
	Skipped     []source.Skip  // the rest, sorted by path
	Languages   map[string]int // parsed files by language
	Extractors  []Stat         // in the order of Options
	Unresolved  []Gap          // constructs recognised and not resolved, sorted by place
	Unsupported []Unsupported  // agent frameworks recognised and not modelled, sorted by name
	Declared    []string       // files in the tree that claim things: models, decisions
	Diagnostics []source.Diagnostic
	Failed      int // how many times an extractor failed on a file

	// What was read, for whoever looks at the same files again while the root is open.
	Program *code.Program
	Paths   []string                       // all that was listed, sorted
	Untied  []string                       // files of source code that nothing ties to what was found, sorted
	Read    func(path string) *source.File // a listed file; nil when it cannot be had
}

// Stat says what one extractor did.
type Stat struct {
	Name                           string
	Files, Elements, Flows, Failed int
}

// Gap is a construct that was recognised and could not be followed.
type Gap struct {
	What, Why string
	Tools     bool   // behind it somebody may hold or offer tools that stand elsewhere in the program
	System    string // the system of the file that it is in, as [model.Element] names it
	Evidence  model.Evidence
}

// Unsupported is a framework that is imported and that no extractor models.
type Unsupported struct {
	Name     string
	Evidence model.Evidence // the first import, by path
	Files    int
	Paths    []string // those files
}

// mostKept is how many bytes of files stay in memory between searching and reading them.
const mostKept = 48 << 20

// mostImporters is how many importing files are looked at for what they pass to a function.
const mostImporters = 12

// declaredNames are files that make claims about the tree they stand in.
var declaredNames = map[string]bool{"fermata.yaml": true, "fermata.decisions.yaml": true, "fermata.lock.yaml": true}

// run is one run on its way.
type run struct {
	root       *source.Root
	extractors []*Extractor
	entries    map[string]source.Entry
	paths      []string // all listed, sorted
	program    *code.Program
	workers    int
	progress   func(stage string, done, all int)

	projects  func() map[string]bool // folders with a manifest
	imports   [][2]string            // importing and imported file, in the order of paths
	kept      sync.Map               // path → *source.File: searched, to be read once more soon
	keptBytes atomic.Int64           // in all
	told      sync.Map               // see Told
	works     sync.Map               // workKey → *work: what functions use and call

	mu     sync.Mutex
	skips  []source.Skip
	unread map[string]bool
	trees  map[string]*syntax.Tree // configuration files that passes asked for
}

// seen is what searching one file without parsing gave.
type seen struct {
	entry    source.Entry
	language syntax.Language
	read     bool
	wants    wants    // extractors that the file is worth reading for
	imported []string // files of the tree that its imports name
	classes  []string // names of its classes
	bases    []string // names that they derive from
	unknown  []sighting
}

type sighting struct {
	name     string
	mention  string // as imported
	foreign  bool   // found by bytes: no module of the tree can be meant
	manifest bool   // a dependency, no import
	at       model.Evidence
}

// Run discovers the system that the files of a root describe. The error is only about the root or the context.
func Run(ctx context.Context, root *source.Root, options Options) (*Outcome, error) {
	r := &run{
		root: root, extractors: options.Extractors, entries: map[string]source.Entry{}, workers: options.Workers,
		progress: options.Progress, unread: map[string]bool{}, trees: map[string]*syntax.Tree{},
	}
	if r.workers <= 0 {
		r.workers = runtime.GOMAXPROCS(0)
	}
	if len(options.Extractors) > mostExtractors {
		return nil, fmt.Errorf("%d extractors; at most %d fit", len(options.Extractors), mostExtractors)
	}
	entries, skips, err := root.List(ctx)
	if err != nil {
		return nil, err
	}
	r.skips = skips
	out := &Outcome{Languages: map[string]int{}}
	for _, e := range entries {
		r.entries[e.Path] = e
		r.paths = append(r.paths, e.Path)
		if declaredNames[path.Base(e.Path)] {
			out.Declared = append(out.Declared, e.Path)
		}
	}
	sort.Strings(r.paths)
	r.program = code.New(r.paths, r.readFile)
	r.projects = sync.OnceValue(func() map[string]bool { return projectFolders(r.paths) })

	files, err := r.search(ctx)
	if err != nil {
		return nil, err
	}
	r.closure(files)
	r.follow(files)
	fragments, err := r.extract(ctx, files, out, options.Seen)
	if err != nil {
		return nil, err
	}
	r.account(out, files)
	out.Untied = r.untied(files, fragments)
	places(fragments)
	system := r.systems(fragments, r.imports)
	settlePlaces(fragments, system)
	apart(fragments, system)
	r.openListens(fragments, system)
	linked := link(fragments, system)
	out.System = linked.system
	out.Unresolved = append(out.Unresolved, linked.gaps...)
	sortGaps(out)
	r.unsupported(out, files)
	out.Extractors = r.stats(fragments, out.Extractors)
	out.Program, out.Paths, out.Read = r.program, r.paths, r.readFile
	r.forget()
	return out, nil
}

// forget lets go of what only passes asked for: whoever reads files later holds the run.
func (r *run) forget() {
	r.told.Clear()
	r.works.Clear()
	r.trees, r.imports = nil, nil
}

// readFile reads one listed file for the program; nil when it cannot be had.
func (r *run) readFile(name string) *source.File {
	e, ok := r.entries[name]
	if !ok {
		return nil
	}
	if file, ok := r.kept.LoadAndDelete(name); ok {
		return file.(*source.File)
	}
	file, skip := r.root.Read(e)
	if skip != nil {
		r.mu.Lock()
		if !r.unread[name] {
			r.unread[name] = true
			r.skips = append(r.skips, *skip)
		}
		r.mu.Unlock()
		return nil
	}
	return file
}

// textFile reads a listed text file that is small enough to be somebody's instructions; nil when there is none.
func (r *run) textFile(name string) *source.File {
	if e, ok := r.entries[name]; !ok || e.Size > 1<<20 {
		return nil
	}
	return r.readFile(name)
}

func (r *run) exists(name string) bool {
	_, ok := r.entries[name]
	return ok
}

func (r *run) pathsBelow(folder string) []string {
	if folder == "" || folder == "." {
		return r.paths
	}
	folder = strings.TrimSuffix(folder, "/") + "/"
	from := sort.SearchStrings(r.paths, folder)
	to := from
	for to < len(r.paths) && strings.HasPrefix(r.paths[to], folder) {
		to++
	}
	return r.paths[from:to]
}

// readTree is Pass.Read.
func (r *run) readTree(name string) *syntax.Tree {
	if m := r.program.Module(name); m != nil {
		return m.Tree()
	}
	r.mu.Lock()
	tree, ok := r.trees[name]
	r.mu.Unlock()
	if ok {
		return tree
	}
	if file := r.readFile(name); file != nil {
		if tree = (&syntax.Tree{File: file}); r.chartOf(name) == "" {
			tree = syntax.Parse(file)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, ok := r.trees[name]; ok {
		return other
	}
	r.trees[name] = tree
	return tree
}

// parallel calls work for 0 to n-1 on all workers. It stops early when the context does.
func (r *run) parallel(ctx context.Context, stage string, n int, work func(i int)) error {
	var next, done atomic.Int64
	var wait sync.WaitGroup
	var say sync.Mutex
	for range min(r.workers, max(n, 1)) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				work(i)
				if d := int(done.Add(1)); r.progress != nil && (d%64 == 0 || d == n) {
					say.Lock()
					r.progress(stage, d, n)
					say.Unlock()
				}
			}
		}()
	}
	wait.Wait()
	return ctx.Err()
}

// search looks at every file that an extractor could want, without parsing any.
func (r *run) search(ctx context.Context) ([]*seen, error) {
	traces := newTraces(r.extractors)
	files := make([]*seen, len(r.paths))
	err := r.parallel(ctx, "search", len(r.paths), func(i int) {
		name := r.paths[i]
		s := &seen{entry: r.entries[name], language: syntax.LanguageOf(name)}
		files[i] = s
		if declaredNames[path.Base(name)] || !traces.wanted(name) {
			return // what somebody claims is read as a claim, or not at all
		}
		file := r.readFile(name)
		if file == nil {
			return
		}
		s.read = true
		traces.look(s, file, r.program)
		if !s.wants.empty() && r.keptBytes.Add(s.entry.Size) < mostKept {
			r.kept.Store(name, file)
		}
	})
	return files, err
}

// closure adds to the files that have a trace of a framework the source files that import one of them, directly or
// through others: they may call what is defined there.
func (r *run) closure(files []*seen) {
	byPath := make(map[string]*seen, len(files))
	var queue []*seen
	for _, s := range files {
		byPath[s.entry.Path] = s
		if !s.wants.empty() && SourceCode(s.entry.Path) {
			queue = append(queue, s)
		}
	}
	if len(queue) == 0 {
		return
	}
	r.program.Trials(r.trials(files))
	importers, heirs, above := map[string][]*seen{}, map[string][]string{}, map[*seen][]*seen{}
	for _, s := range files {
		for _, name := range s.bases {
			heirs[name] = append(heirs[name], s.entry.Path)
		}
		for _, target := range s.imported {
			importers[target] = append(importers[target], s)
			if other := byPath[target]; other != nil && meet(s.bases, other.classes) {
				above[s] = append(above[s], other)
			}
			r.imports = append(r.imports, [2]string{s.entry.Path, target})
		}
	}
	near := map[string][]string{}
	for target, list := range importers {
		if len(list) > mostImporters {
			near[target] = nil // a module that everybody imports tells nothing by its callers
			continue
		}
		for _, s := range list {
			if source.Scope(s.entry.Path) == source.ScopeTest && source.Scope(target) != source.ScopeTest {
				continue // what tests pass is not what the program passes
			}
			if paths := near[target]; len(paths) == 0 || paths[len(paths)-1] != s.entry.Path {
				near[target] = append(paths, s.entry.Path)
			}
		}
	}
	r.program.Importers(near)
	r.program.Heirs(heirs)
	for len(queue) > 0 {
		s := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, importer := range importers[s.entry.Path] {
			if importer.wants.join(s.wants) {
				queue = append(queue, importer)
			}
		}
		for _, other := range above[s] { // whoever holds something of a base class may hold what derives from it here
			if other.wants.join(s.wants) {
				queue = append(queue, other)
			}
		}
		for _, path := range r.program.Siblings(s.entry.Path) { // what one file of a package declares the others use
			if other := byPath[path]; other != nil && other.wants.join(s.wants) {
				queue = append(queue, other)
			}
		}
	}
}

// follow adds the extractors that read what others read.
func (r *run) follow(files []*seen) {
	for i, x := range r.extractors {
		if !x.Follows {
			continue
		}
		for _, s := range files {
			if !s.wants.empty() && x.Match(s.entry.Path) {
				s.wants.add(i)
			}
		}
	}
	read := map[string]bool{} // before any of them looks beneath: what one finds there, the next looks at, too
	for _, s := range files {
		if !s.wants.empty() {
			read[s.entry.Path] = true
		}
	}
	for i, x := range r.extractors {
		if len(x.Beneath) > 0 {
			r.beneath(files, read, i, x)
		}
	}
}

// farBeneath is how many imports, one behind the other, lie between a file that is read and one beneath it.
const farBeneath = 4

// beneath adds an extractor to the files below those that are read, and to those that another has found there.
func (r *run) beneath(files []*seen, read map[string]bool, index int, x *Extractor) {
	byPath := make(map[string]*seen, len(files))
	reached := map[string]bool{}
	var level, found []string
	for _, s := range files {
		byPath[s.entry.Path] = s
		if s.wants.empty() {
			continue
		}
		reached[s.entry.Path] = true
		level = append(level, s.entry.Path)
		if !read[s.entry.Path] && x.Match(s.entry.Path) {
			found = append(found, s.entry.Path)
		}
	}
	if len(level) == 0 {
		return
	}
	imports := map[string][]string{}
	for _, pair := range r.imports {
		imports[pair[0]] = append(imports[pair[0]], pair[1])
	}
	words := source.NewFinder(x.Beneath...)
	for _, name := range found { // by one that looked before
		if file := r.readFile(name); file != nil && words.ContainsAny(file.Content()) {
			byPath[name].wants.add(index)
		}
	}
	if x.Beside != nil {
		peopled := map[string]bool{} // projects
		for _, name := range level {
			if source.Scope(name) == source.ScopeMain {
				peopled[r.projectOf(name)] = true
			}
		}
		for _, s := range files {
			if name := s.entry.Path; s.wants.empty() && x.Beside(name) && source.Scope(name) == source.ScopeMain && peopled[r.projectOf(name)] {
				if file := r.readFile(name); file != nil && words.ContainsAny(file.Content()) {
					s.wants.add(index)
				}
			}
		}
	}
	for range farBeneath {
		var next []string
		for _, name := range level {
			for _, target := range imports[name] {
				s := byPath[target]
				if reached[target] || s == nil || !x.Match(target) || source.Scope(target) != source.ScopeMain {
					continue
				}
				reached[target] = true
				next = append(next, target)
				if file := r.readFile(target); file != nil && words.ContainsAny(file.Content()) {
					s.wants.add(index)
				}
			}
		}
		level = next
	}
}

// meet tells whether two lists have a name in common.
func meet(a, b []string) bool {
	for _, name := range a {
		if slices.Contains(b, name) {
			return true
		}
	}
	return false
}

// extract runs the extractors over the files that are worth reading.
func (r *run) extract(ctx context.Context, files []*seen, out *Outcome, tell func(*code.Program, string, []model.Kind) bool) ([]fragment, error) {
	var work []*seen
	for _, s := range files {
		if !s.wants.empty() {
			work = append(work, s)
		}
	}
	type answer struct {
		fragments   []fragment
		diagnostics []source.Diagnostic
		failed      []string
		read        bool
	}
	answers := make([]answer, len(work))
	imported := make(map[string]bool, len(r.imports))
	for _, pair := range r.imports {
		imported[pair[1]] = true
	}
	err := r.parallel(ctx, "read", len(work), func(i int) {
		a := &answers[i]
		name := work[i].entry.Path
		var resolver *code.Resolver
		var tree *syntax.Tree
		if SourceCode(name) {
			resolver = r.program.Resolver(name)
			tree = resolver.Tree()
		} else {
			tree = r.readTree(name)
		}
		if tree == nil {
			return
		}
		a.read = true
		a.diagnostics = slices.Clone(tree.Diagnostics)
		for k, x := range r.extractors {
			if !work[i].wants.has(k) || !x.Match(name) {
				continue
			}
			p := &Pass{extractor: x, run: r, file: tree.File, tree: tree, code: resolver}
			p.fragment = fragment{extractor: x.Name, path: name}
			whole := resolver == nil || resolver.Cut().IsZero()
			trouble := runPass(x, p)
			if whole && resolver != nil && !resolver.Cut().IsZero() {
				p.UnresolvedTools("what is put together here", "it takes too much work to follow, and what depends on it may be missing", resolver.Cut().Span())
			}
			a.diagnostics = append(a.diagnostics, p.fragment.diagnostics...)
			p.fragment.diagnostics = nil
			p.fragment.keep()
			*p = Pass{extractor: x, run: r, fragment: p.fragment} // what was found lives on, what it was found with need not
			if trouble != "" {
				a.failed = append(a.failed, x.Name)
				a.diagnostics = append(a.diagnostics, source.Diagnostic{
					Severity: source.Error, Code: "extractor-failed", Path: name,
					Message: fmt.Sprintf("extractor %s failed on this file: %s", x.Name, trouble),
					Hint:    "what the file says to this extractor is missing from the result",
				})
				continue
			}
			if !p.fragment.empty() { // most extractors have nothing to say of most files
				a.fragments = append(a.fragments, p.fragment)
			}
		}
		if tell != nil && resolver != nil && tell(r.program, name, kindsOf(a.fragments)) && !imported[name] {
			r.program.Forget(name)
		}
		if !imported[name] { // no other file leads here again; libraries stay in memory longer
			r.program.Release(name)
		}
	})
	if err != nil {
		return nil, err
	}
	failed := map[string]int{}
	var fragments []fragment
	for i, a := range answers {
		if !a.read {
			work[i].wants = wants{}
		}
		fragments = append(fragments, a.fragments...)
		out.Diagnostics = append(out.Diagnostics, a.diagnostics...)
		for _, name := range a.failed {
			failed[name]++
			out.Failed++
		}
	}
	for _, x := range r.extractors {
		out.Extractors = append(out.Extractors, Stat{Name: x.Name, Failed: failed[x.Name]})
	}
	return fragments, nil
}

// kindsOf are the kinds of all elements that are described.
func kindsOf(fragments []fragment) []model.Kind {
	var kinds []model.Kind
	for i := range fragments {
		for _, e := range fragments[i].elements {
			if !slices.Contains(kinds, e.model.Kind) {
				kinds = append(kinds, e.model.Kind)
			}
		}
	}
	return kinds
}

// runPass runs one extractor on one file; a panic costs that file only.
func runPass(x *Extractor, p *Pass) (trouble string) {
	defer func() {
		if caught := recover(); caught != nil {
			trouble = fmt.Sprint(caught)
		}
	}()
	if err := x.Run(p); err != nil {
		return err.Error()
	}
	return ""
}
