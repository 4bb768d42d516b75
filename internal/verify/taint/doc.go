// Package taint follows what a model or a stranger controls through code to the calls that it must not decide.
//
// A [Walk] goes through one file in the order of its statements. Sources (the parameters of tools, answers of models,
// messages of other agents, retrieved text, requests) mark values; assignments, containers, formatted texts and calls
// carry the marks on; a call of the tables' sinks (a shell, an evaluation, a statement of a database, a path, an
// address, a prompt …) that gets a marked argument is a [Flow], with the places between source and sink. Functions of
// the program are summarised where they are called, in whatever file they stand, to a bounded depth. What the tables
// in table/ say is data: which calls and parameters are sources, which arguments are sinks, what makes a text safe for
// which of them.
//
// # What makes a value safe
//
// A mark remembers for which kinds of sink the value was made safe: by a call (shlex.quote for a shell), by a type
// (an int is safe everywhere), by a test whose other branch leaves (a name that is looked up in a fixed list), by being
// only the end of a text whose beginning is fixed (an address with a fixed host). A function whose name says that it
// checks, and that could not be judged, leaves a doubt: the flow is then neither found nor excluded.
//
// # What it does not do
//
// It does not follow values through attributes of objects from one method to another, through globals that functions
// change, or through queues and files. It does not know which calls happen. What it does not follow is not found; it
// claims nothing about it.
//
// # Guarantees
//
// What is found in a file depends on the files only, and neither on the order in which files are asked about nor on
// the number of goroutines: a function is summarised for a depth, and deeper summaries never use shallower ones. Work
// is bounded per file; [Outcome.Cut] says when the bound was met.
package taint
