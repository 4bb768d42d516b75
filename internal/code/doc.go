// Package code says what a program's source says: what a name refers to, what a value is, what is called.
//
// A [Program] is a set of source files that are read when they are asked for. A [Resolver] looks at the program from
// one file: [Resolver.Resolve] tells what a name, attribute or callee refers to, [Resolver.Eval] what an expression
// is, and [Resolver.CallsTo], [Resolver.Instances], [Resolver.DecoratedBy] and [Resolver.ClassesOf] find the places
// that an extractor cares about. Extractors are written in qualified names ("agents.Agent",
// "langgraph.graph.StateGraph.add_node") and never in the spelling of one file.
//
// # Names
//
// A dotted name is the name by which code outside its module would import it. What is not in the program (a library)
// is an external name; calls on the way are left out, so that client.chat.completions.create on a client made by
// openai.OpenAI() is "openai.OpenAI.chat.completions.create", whatever the variable is called. What is in the program
// has a [Def] as well, and keeps the names it was imported by, so that a library's own repository reads like any
// other. For TypeScript the module specifier takes the place of the module: "@openai/agents.Agent".
//
// # Values
//
// Evaluation is lazy and never runs anything: literals, names across modules, lists and dictionaries built up in
// steps, f-strings with their holes, branches ([Choice]), calls of the program's own functions with their arguments
// bound (bounded), attributes of instances, classes and their bases, loops over literal lists. A call to something
// outside is an [Instance] of what was called; its arguments are evaluated when asked for. What cannot be followed is
// [Unknown] with a reason: nothing is guessed.
//
// # Identity
//
// Two expressions that reach the same constructing call are the same object and have the same [Value.Key]. A factory
// called twice with different arguments makes two objects, told apart by where it is called. [Value.Symbol] is the
// name a person would use: the variable, attribute or function that holds it.
//
// # Guarantees
//
// A Program may be used by many goroutines; a Resolver by one. Results depend on the files only, never on the order
// in which they are asked for or on the number of goroutines. Depth and work are bounded ([Limits]).
package code
