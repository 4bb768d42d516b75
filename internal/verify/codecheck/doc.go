// Package codecheck looks at code and configuration place by place and says what rules may ask about each.
//
// [Run] goes through the files of a program and gives subjects: calls that are sinks or ask a model or a network,
// functions, classes, literals that look like secrets, and what recipes of images, Compose files, manifests, workflows
// and lists of dependencies say. Values that a model or a stranger controls are followed by package taint; a subject
// says where its value comes from and over which places. Where a subject stands in the body of an element of the model
// (a tool, mostly), it names that element, so that a weakness in code becomes a step of an attack.
//
// Which subjects are wanted is asked first ([Asks]): what no rule visits is not made. A [Preview] looks at files before the
// model is known, so that those in which nothing depends on it need not be read again.
//
// # What it does not do
//
// It judges nothing: whether something is a weakness is said by rules, in rules/code. It knows neither the rule
// language nor severity. A fact that it cannot tell is left out, and counts as unknown.
//
// # Guarantees
//
// The outcome depends on the files and the system only, not on their order or the number of workers. Nothing of what is
// read is run. A file that cannot be looked at to the end is named in [Outcome.Cut].
package codecheck
