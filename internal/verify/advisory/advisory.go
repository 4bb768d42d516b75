// Package advisory finds the packages of a tree for which a flaw is published.
//
// [Locks] reads which versions a lock file or a manifest fixes. [Match] looks these packages up in a database of the Open
// Source Vulnerability schema that the user has on disk: a folder of records (.json) and of archives of records (.zip), as
// its publishers hand them out.
//
// # Guarantees
//
// Nothing is fetched. Sizes and counts are bounded, and what was cut off or could not be read is said. Versions are
// compared by the rules of their registry. The answer is sorted and does not depend on how the records are spread over
// files. The readers never panic on foreign bytes.
//
// # What it does not do
//
// It does not ask whether the flawed part of a package is used: that a version is affected is all that a record says. A
// package that no lock file fixes is not looked up, since nobody knows which version will run.
package advisory

import "fermata/internal/source"

// The registries whose packages are looked up, by the names that the database gives them.
const (
	PyPI = "PyPI"
	NPM  = "npm"
	Go   = "Go"
)

// Package is one version of a package that a file fixes.
type Package struct {
	Ecosystem, Name, Version string
	Span                     source.Span // where the file says so
}

// Record is what is published about one flaw.
type Record struct {
	ID       string
	Aliases  []string // other ids of the same flaw, sorted
	Summary  string
	Severity string   // critical, high, medium or low: by its vector, else in words; "" when it gives neither
	Score    string   // what the vector comes to: "9.8 by CVSS:3.1"; "" when it has none that is sound
	CWE      []string // "CWE-78", sorted
	Fixed    string   // the first version after the package's that has it no more; "" when there is none
	modified string   // when the record was written, which orders several of one id
}

// Known is a package with what is published about it, worst first.
type Known struct {
	Package
	Records []Record
}

// Grade tells what a CVSS vector comes to: its severity, and the score with the version that it is of. ok is false for what
// is no sound vector. Who scores stands elsewhere, so it is handed in.
type Grade func(vector string) (severity, score string, ok bool)

// Database says what was looked at.
type Database struct {
	Records int            // that could be read, or name none of the packages
	Of      map[string]int // how many speak of a registry
	Newest  string         // the day of the newest change to a record that was read whole, YYYY-MM-DD
	Broken  []string       // what could not be read, with the reason; at most ten
	Failed  int            // how many of these there are
}
