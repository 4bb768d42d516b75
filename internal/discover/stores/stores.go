// Package stores reads where programs open databases, caches and indexes of vectors by their products' own clients,
// whatever the program puts around them.
//
// A store is the same wherever its address is: a file, a variable of the environment, a host. Without one it is the
// store of the class that opens it, or of the file. Which tools read and write it is said where the tools are described.
//
// # What it does not do
//
// Stores that a framework opens itself (its own memory, its vector stores) are described with that framework. What tables
// or collections hold is not read. Files that a program writes without a database are none.
package stores

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
)

// Extractor finds stores that programs with agents open.
var Extractor = &discover.Extractor{
	Name:    "stores",
	Doc:     "Databases, caches and vector indexes that a program with agents opens by their own clients (Python, TypeScript), and which tools use them.",
	Match:   discover.PythonOrScript,
	Follows: true,
	Beneath: discover.StoreModules(),
	Run:     run,
}

func run(p *discover.Pass) error {
	if source.Scope(p.Path()) == source.ScopeTest {
		return nil // what a test opens is not the program's
	}
	for _, c := range p.Code().Calls() {
		if !discover.Opens(c.Callee) {
			continue
		}
		for _, one := range p.Code().Eval(c.Node).Each() {
			if one.Is(code.Instance) && one.Call == c.Node {
				describe(p, one)
			}
		}
	}
	return nil
}

// fileClients open a file on the machine, whatever they are given.
var fileClients = []string{"sqlite3.connect", "aiosqlite.connect", "better-sqlite3.default", "node:sqlite.DatabaseSync", "bun:sqlite.Database"}

func describe(p *discover.Pass, v *code.Value) {
	s, ok := p.StoreOf(v)
	if !ok {
		return
	}
	e := p.Element(s.Kind, s.Ref, s.Name, s.At).Technology(s.Technology).Alias(s.Aliases...)
	switch s.Kept {
	case model.Yes:
		e.FactBecause("persistent", model.Yes, "it outlives the program", s.At)
	case model.No:
		e.FactBecause("persistent", model.No, "it is kept in the program's memory only", s.At).
			FactBecause("exposed", model.No, "it is kept in the program's memory only", s.At)
	}
	if s.Kept != model.No && v.Ref.Is(fileClients...) {
		e.FactBecause("exposed", model.No, "it is a file that the program opens: nothing listens for it", s.At)
	}
	if s.Hosted {
		e.FactBecause("third-party", model.Yes, "a service of another party keeps it", s.At)
	}
}
