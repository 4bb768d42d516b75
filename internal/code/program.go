package code

import (
	"bytes"
	"container/list"
	"path"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Limits of evaluation. They are generous for code that people write and stop code that is written to hang a reader.
const (
	maxDepth  = 120     // nested evaluations
	maxCalls  = 8       // calls of the program's functions inside each other
	maxSteps  = 20_000  // expressions evaluated for one question
	maxTotal  = 400_000 // expressions evaluated by one resolver
	maxItems  = 512     // members of a list that is unrolled
	maxUnroll = 64      // rounds of a loop over a literal list
	maxText   = 1 << 16 // bytes of a string that is put together

	// keepNodes is how many syntax nodes stay in memory besides those in use; a tree that is dropped is read again
	// when it is asked for, which costs less than keeping every tree of a large repository.
	keepNodes = 800_000
)

// Program is a set of source files that belong together. It reads a file when somebody asks about it.
type Program struct {
	read     func(path string) *source.File
	modules  map[string]*Module   // by path
	folders  map[string]bool      // every folder that holds source files
	projects map[string]bool      // every folder with the manifest of a Python project
	tails    map[string][]*Module // by last part of the dotted name
	paths    []string             // sorted
	firsts   map[string]bool      // names of all folders and modules

	roots    map[string][]string  // Go: folders of go.mod files by module path
	rootIn   map[string]string    // Go: the other way round
	packages map[string][]*Module // Go: files by folder, without tests
	contents sync.Map             // Go: folder → *goPackage

	manifests     []string // package.json and tsconfig.json
	manifestsOnce sync.Once
	workspace     *workspace // see workspaces

	importers map[string][]string // see Importers
	heirs     map[string][]string // see Heirs

	importedOnce sync.Once
	imported     map[string][]string // the importers the other way round

	stems     map[string]bool          // paths of all folders and of all modules without ending
	endings   table[string, []*Module] // by dotted name
	overrides sync.Map                 // defPlace → []defPlace: see Overrides
	heirsOf   sync.Map                 // defPlace → []defPlace: see Heirs
	called    sync.Map                 // *Module → elsewhere
	questions questions                // see question
	configs   sync.Map                 // path → syntax.Node, the top of a configuration file

	others   map[string]bool // files that are not source code and may be configuration
	dataOnce sync.Once
	data     []string // others, sorted: see dataBelow
	contains sync.Map // containsKey → bool

	mu   sync.Mutex
	kept int
	live list.List // modules with a tree in memory, that which was asked for last in front
}

// Module is one source file of a program.
type Module struct {
	Path    string // as reports show it
	Name    string // dotted: "app.tools" for app/tools.py, "app" for app/__init__.py; TypeScript: the path without ending; Go: the import path of its package
	Package bool   // __init__.py, or index.ts

	program  *Program
	language syntax.Language
	scope    string
	order    int // position among all paths, for keys

	once   *sync.Once
	loaded *loaded
	living *list.Element // in the program's list of modules with a tree

	found   atomic.Pointer[found]  // see told
	imports *table[string, target] // of all files of its folder: see absoluteTarget
}

// found is what all resolvers found out about what stands in a file, by the numbers of its nodes.
type found struct {
	summaries table[summaryKey, *summary]
	given     table[summaryKey, []string] // see madeHeads
	lineages  table[int, []string]
	made      table[int, *callees]
	makings   table[int, *making]
	handings  table[string, *handedOn] // by name
	targets   table[targetKey, target] // see importTarget
}

// told is what was found out about the file. Most files of a tree are never asked about.
func (m *Module) told() *found {
	if f := m.found.Load(); f != nil {
		return f
	}
	return first(&m.found, new(found))
}

// loaded is what reading a module gives. It says the same as long as it lives, so whoever holds it may go on when it is
// dropped.
type loaded struct {
	module   *Module
	tree     *syntax.Tree
	top      *scope
	nodes    int
	walrus   bool // the file has ":=" somewhere
	global   bool // the file has "global" somewhere
	nonlocal bool // the file has "nonlocal" somewhere

	// What follows from the syntax alone is found once and shared by all resolvers.
	mu     sync.Mutex
	sites  *sites
	puts   map[string][]syntax.Node // what is put into outside objects: see putsOf
	filled map[int]changes          // what functions change of the names of a scope, by its node: see filledElsewhere
	makes  map[string]bool          // names that may be those of functions: see mayCall

	outwardOnce sync.Once
	set         map[string][]binding // see outward

	setsOnce sync.Once
	sets     map[string]bool // see setsByName

	mentionsOnce sync.Once
	mentioned    map[string][]syntax.Node // see mentions
	froms        []syntax.Node            // see mentions
	imports      []syntax.Node            // see mentions

	textsOnce sync.Once
	texts     byText // see textual

	literals literals

	partsOnce sync.Once
	parts     []part // in the order of the text: see partOf

	calledOnce sync.Once
	called     elsewhere // for other files: see calledElsewhere
}

// New makes a program of the files with these paths. Read gives a file's content, nil when it cannot be had; it must
// allow concurrent calls. Of paths that are not source code only the manifests of projects matter.
func New(paths []string, read func(path string) *source.File) *Program {
	p := &Program{
		read: read, modules: map[string]*Module{}, folders: map[string]bool{"": true},
		tails:    map[string][]*Module{},
		projects: map[string]bool{}, firsts: map[string]bool{}, stems: map[string]bool{},
		others: map[string]bool{},
		roots:  map[string][]string{}, rootIn: map[string]string{}, packages: map[string][]*Module{},
	}
	for _, name := range paths {
		switch path.Base(name) {
		case "pyproject.toml", "setup.py", "setup.cfg":
			p.projects[path.Dir(name)] = true
		case "go.mod":
			p.goRoot(name)
		case "package.json", "tsconfig.json", "tsconfig.base.json", "jsconfig.json":
			p.manifests = append(p.manifests, name)
		}
		switch language := syntax.LanguageOf(name); language {
		case syntax.Python, syntax.Notebook, syntax.TypeScript, syntax.Go:
			if _, twice := p.modules[name]; !twice {
				p.modules[name] = &Module{Path: name, program: p, language: language, once: new(sync.Once)}
				p.paths = append(p.paths, name)
			}
		case syntax.JSON, syntax.YAML, syntax.TOML:
			p.others[name] = true
		}
	}
	folders := map[string]*table[string, target]{}
	sort.Strings(p.manifests)
	sort.Strings(p.paths)
	for i, name := range p.paths {
		m := p.modules[name]
		m.order = i
		if m.imports = folders[path.Dir(name)]; m.imports == nil {
			m.imports = new(table[string, target])
			folders[path.Dir(name)] = m.imports
		}
		m.scope = source.Scope(name)
		m.Name, m.Package = dotted(name, m.language)
		for dir := path.Dir(name); dir != "." && dir != "/" && !p.folders[dir]; dir = path.Dir(dir) {
			p.folders[dir] = true
			p.stems[dir] = true
			p.firsts[path.Base(dir)] = true
		}
		p.stems[strings.TrimSuffix(name, path.Ext(name))] = true
		p.firsts[strings.TrimSuffix(path.Base(name), path.Ext(name))] = true
		if m.language == syntax.Go {
			p.goFile(m)
		}
		if m.language == syntax.Python {
			last := m.Name[strings.LastIndexByte(m.Name, '.')+1:]
			p.tails[last] = append(p.tails[last], m)
		}
	}
	return p
}

// dotted is a module's full name by its path.
func dotted(name string, language syntax.Language) (string, bool) {
	stem := strings.TrimSuffix(name, path.Ext(name))
	if language == syntax.TypeScript {
		return stem, path.Base(stem) == "index"
	}
	if language == syntax.Python && path.Base(stem) == "__init__" {
		return strings.ReplaceAll(path.Dir(stem), "/", "."), true
	}
	return strings.ReplaceAll(stem, "/", "."), false
}

// Importers tells the program which files import a file, sorted, before any resolver is made. It is only needed to
// follow parameters to callers in other files. A file that is there with none has more than can be looked at.
func (p *Program) Importers(of map[string][]string) { p.importers = of }

// Trials tells the program which files try something out, though only their content and who imports them says so, before
// any resolver is made.
func (p *Program) Trials(paths []string) {
	for _, path := range paths {
		if m := p.modules[path]; m != nil {
			m.scope = source.ScopeTest
		}
	}
}

// Scope tells what part of the tree a file belongs to: see [source.Scope] and [Program.Trials].
func (p *Program) Scope(path string) string {
	if m := p.modules[path]; m != nil {
		return m.scope
	}
	return source.Scope(path)
}

// Module finds a module by the path of its file; nil when the program has no such source file.
func (p *Program) Module(path string) *Module { return p.modules[path] }

// Paths lists the program's source files, sorted.
func (p *Program) Paths() []string { return p.paths }

// Scope tells what part of the tree the module belongs to: see [Program.Scope].
func (m *Module) Scope() string { return m.scope }

// Tree is the module's syntax tree; nil when its file cannot be read.
func (m *Module) Tree() *syntax.Tree { return m.load().tree }

// Contains tells whether the text of the module has one of a finder's needles. It is found once for each finder.
func (m *Module) Contains(f *source.Finder) bool {
	key := containsKey{m, f}
	if known, ok := m.program.contains.Load(key); ok {
		return known.(bool)
	}
	tree := m.Tree()
	known := tree != nil && tree.File != nil && f.ContainsAny(tree.File.Content())
	m.program.contains.Store(key, known)
	return known
}

type containsKey struct {
	module *Module
	finder *source.Finder
}

// load reads the module, or gives what is still in memory.
func (m *Module) load() *loaded {
	p := m.program
	p.mu.Lock()
	if l := m.loaded; l != nil {
		p.live.MoveToFront(m.living)
		p.mu.Unlock()
		return l
	}
	once := m.once
	p.mu.Unlock()

	once.Do(func() {
		l := m.parse()
		p.mu.Lock()
		defer p.mu.Unlock()
		if m.loaded == nil { // another may have read it after it was dropped
			m.loaded = l
			m.living = p.live.PushFront(m)
			p.kept += l.nodes
			p.evict(m)
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.loaded != nil {
		return m.loaded
	}
	// It was dropped between once.Do and here, which only a very small budget can do: keep a private copy.
	m.once = new(sync.Once)
	return m.parse()
}

// parse reads the module's file. A file that cannot be read makes a module without anything in it.
func (m *Module) parse() *loaded {
	l := &loaded{module: m}
	if file := m.program.read(m.Path); file != nil {
		l.tree = syntax.ParseAs(file, m.language)
		l.nodes = l.tree.Len()
		l.walrus = m.language != syntax.TypeScript && m.language != syntax.Go && bytes.Contains(file.Content(), []byte(":="))
		l.global = m.language != syntax.TypeScript && m.language != syntax.Go && bytes.Contains(file.Content(), []byte("global "))
		l.nonlocal = m.language != syntax.TypeScript && m.language != syntax.Go && bytes.Contains(file.Content(), []byte("nonlocal "))
	}
	l.top = newScope(l, l.tree.Root())
	return l
}

// InMemory tells whether a file's tree is at hand at the moment.
func (p *Program) InMemory(path string) bool {
	m := p.modules[path]
	if m == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return m.loaded != nil
}

// Release says that nobody will ask about a file soon: its tree goes before those that are still in use.
func (p *Program) Release(path string) {
	m := p.modules[path]
	if m == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.loaded != nil {
		p.drop(m)
	}
}

// Forget says that hardly anybody will ask about a file at all: what others would be told of its calls goes, too, and is found again
// where somebody asks.
func (p *Program) Forget(path string) {
	if m := p.modules[path]; m != nil {
		p.called.Delete(m)
	}
}

// drop forgets a tree. The caller holds mu.
func (p *Program) drop(m *Module) {
	p.kept -= m.loaded.nodes
	p.live.Remove(m.living)
	m.loaded, m.living = nil, nil
	m.once = new(sync.Once)
}

// evict drops the trees that were not used for the longest time until the budget holds. The caller holds mu.
func (p *Program) evict(but *Module) {
	for p.kept > keepNodes && p.live.Len() > 1 {
		oldest := p.live.Back()
		if oldest.Value == but {
			oldest = oldest.Prev()
		}
		p.drop(oldest.Value.(*Module))
	}
}
