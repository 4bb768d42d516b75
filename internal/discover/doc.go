// Package discover reads a tree of files and says what multi-agent system it holds.
//
// [Run] lists the files of a root, searches each for traces of agents (imports of known frameworks, words of known
// configurations), reads those that have any, and gives each to the extractors that take it. An [Extractor] is one
// framework, in a folder of its own; it sees one file at a time through a [Pass], asks the resolver of package code
// what the file says, and reports elements, flows and controls with spans. When all files are done the fragments are
// linked into one model: what was seen twice becomes one element, and references by name find what they name.
//
// # Identity
//
// Extractors never make ids. They name things by a [Ref]: an object of the code ([Object]), a definition
// ([Definition]), a thing that is shared by its name in the whole tree ([Named]), or an entry of a file ([Local]).
// Two passes that name the same thing mean the same element, whatever the files and the order; a reference that
// nothing defines is counted as unresolved.
//
// # Guarantees
//
// Output depends on the files' paths and bytes only. An extractor that fails or panics on a file is named in the
// outcome and costs that file's fragment, not the scan. Extractors do no I/O. Every file that was listed is counted
// exactly once: parsed, passed or skipped.
//
// # What it does not do
//
// It does not guess what nobody wrote: completing the picture is package model's task, and judging it that of rules.
package discover
