// Package graph answers questions about AND/OR graphs: what is reached from given entries, how cheaply, along
// which derivations, what would cut them, and with which chance.
//
// A [Builder] collects nodes and edges, [Builder.Build] freezes them into a [Graph]. An edge runs from a premise to
// what it supports. A node holds when enough of its predecessors hold: one for [Or], all for [And], at least K for
// [KOfN]; or when it is an entry of the [Query]. What is reached is the least fixed point of these conditions, so a
// cycle never holds itself up, and a node without predecessors is reached only as an entry.
//
// # Costs
//
// Each node has an own cost of at least 0. An entry costs its own cost; an OR node its own plus the cheapest
// predecessor; an AND node its own plus all predecessors; a k-of-n node its own plus the k cheapest. A premise that
// two steps share is paid by both, as in any superior function: counting it once is the Steiner problem, which is
// NP-hard. [Derivation.Once] gives the sum with each node counted once for the derivation that was found. An own cost
// of +Inf closes a node for good. A finite sum too large for a float64 stops at the largest one, so every reached node
// has a finite cost.
//
// # Questions
//
// [Graph.Solve] computes all cheapest costs in one run of Knuth's generalisation of Dijkstra's algorithm: each node
// enters the heap once, when its last needed predecessor is settled. [Graph.Spread] computes reach alone, in rounds.
// The methods of [Solution] answer what follows for one goal: [Solution.Derivation], [Solution.Without] (what if these
// nodes were closed), [Solution.Chokes], [Solution.Best] (the k best derivations) and [Solution.Cut] (a cheapest set of
// nodes that cuts goals off). They recompute only the nodes whose cheapest derivation used a closed one.
// [Graph.Grow] computes reach that grows as closed nodes are opened one by one. [Graph.Simulate] gives the chance of each
// node when nodes are open at random, [Graph.Chance] that of a few goals, exactly where a diagram suffices and with care where
// they are rare; a [Sampler] hands out the trials themselves. [Network] and [Graph.Radii] say how much falls with each start,
// [Graph.Passage] when; [Graph.Worth] and [Graph.Shares] how much depends on a node or a player, and [Graph.Coalition] which few
// starts suffice together. [Graph.Choices] finds which of many options, bought within a budget, leave the least expected
// loss. [Parse] reads a graph from JSON.
//
// # What it does not do
//
// It knows no words of the domain: what a node stands for is the caller's business. It has no negation; a condition
// that must not hold is a closed node of a query. Per-node noisy-OR formulas are absent on purpose: they forget that
// two causes may share a third.
//
// # Guarantees
//
// Nodes are numbered in the order of their ids and equal costs are settled in that order, so results do not depend on
// the order of insertion, on map order or on the number of processors. Sums run in ascending order of their terms.
// A Graph is immutable and may be shared; a Solution and a Spread have scratch space and belong to one goroutine.
// Every search that could grow without bound has a stated limit and says when it met it.
package graph
