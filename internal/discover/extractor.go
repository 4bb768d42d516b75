package discover

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor describes one framework. It is data, so extractors can be listed without running any.
type Extractor struct {
	Name string // folder name: "openaiagents"
	Doc  string // first sentence is the title

	// Match tells by the name alone whether the extractor wants a file; it is called for every file of the tree.
	// SourceCode is the usual one for code.
	Match func(path string) bool

	// Imports are the dotted names (or module specifiers) whose import marks a source file as worth reading:
	// "agents" means "import agents", "from agents.x import y" and so on. Files that import such a file of the tree,
	// directly or not, are read too. With neither Imports nor Traces every matched file is read.
	Imports []string

	// Traces are texts of which one must be in a file that is worth reading; for configuration files.
	Traces []string

	// Follows says that it reads the files that other extractors read, and none else: who calls a program's routes is of
	// no interest in a program without agents. It needs neither Imports nor Traces.
	Follows bool

	// Beneath are texts, for an extractor that follows: it reads also the files that those files import, directly or
	// through others, if they hold one of the texts.
	Beneath []string

	// Beside, for an extractor with Beneath, tells files that nobody imports, because a framework finds them where they
	// stand: they are read too, if they hold one of the texts, where another file of their project is read.
	Beside func(path string) bool

	// Standalone says that each file that it reads is a system of its own unless something joins it to others, as the
	// exported workflows of a collection are.
	Standalone bool

	// Run is called for each matched file that is worth reading for any extractor, possibly in parallel. Its error
	// marks the file as failed for this extractor and never stops the scan.
	Run func(*Pass) error
}

// SourceCode matches files of the languages that package code resolves.
func SourceCode(path string) bool {
	switch syntax.LanguageOf(path) {
	case syntax.Python, syntax.Notebook, syntax.TypeScript, syntax.Go:
		return true
	}
	return false
}

// PythonCode matches Python files and notebooks.
func PythonCode(path string) bool {
	language := syntax.LanguageOf(path)
	return language == syntax.Python || language == syntax.Notebook
}

// Pass is one extractor on one file, and its whole world: no disk, network or clock; other files only through the
// resolver and [Pass.Read].
type Pass struct {
	extractor *Extractor
	run       *run
	file      *source.File
	tree      *syntax.Tree
	code      *code.Resolver
	fragment  fragment
	subject   Ref   // whom everything is about that is said
	holders   []Ref // who is handed, or offers, the tools that are described
	places    map[[2]int32]model.Evidence
	asked     map[string]bool      // see Once
	seen      map[syntax.Node]bool // see Seen
	declaring *declaring
}

// Once tells whether a key is asked for the first time in this pass: what several places of a file lead to is described
// at the first of them.
func (p *Pass) Once(key string) bool {
	if p.asked[key] {
		return false
	}
	if p.asked == nil {
		p.asked = map[string]bool{}
	}
	p.asked[key] = true
	return true
}

// File is the file that the pass is about.
func (p *Pass) File() *source.File { return p.file }

// Path is its path.
func (p *Pass) Path() string { return p.fragment.path }

// Tree is its syntax tree, shared with other passes on the same file; its root is the zero Node when nothing could be
// read.
func (p *Pass) Tree() *syntax.Tree { return p.tree }

// Code answers questions about names, calls and values from this file's point of view, across files. It is nil for
// files that are not source code.
func (p *Pass) Code() *code.Resolver { return p.code }

// CodeOf answers the same questions from the point of view of another source file, which a configuration names; nil when
// the tree has no such file.
func (p *Pass) CodeOf(path string) *code.Resolver { return p.run.program.Resolver(path) }

// Read gives another listed file of the tree as a syntax tree, such as the YAML that a class names; nil when there is
// no such file. The path is relative to the root.
func (p *Pass) Read(path string) *syntax.Tree { return p.run.readTree(path) }

// Exists tells whether the tree has a file of that path.
func (p *Pass) Exists(path string) bool { return p.run.exists(path) }

// Paths lists the paths of all listed files below a folder ("" for all), sorted.
func (p *Pass) Paths(folder string) []string { return p.run.pathsBelow(folder) }

// ScriptCode matches TypeScript and JavaScript, but files that only declare types.
func ScriptCode(path string) bool {
	return syntax.LanguageOf(path) == syntax.TypeScript && !strings.HasSuffix(path, ".d.ts")
}
