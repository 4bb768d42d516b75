// Package risk turns the attack graph into numbers: how likely each loss is within a year, what it costs, and what drives
// it. It is stage 4.
//
// # One semantics
//
// An attempt of an attacker opens each step of the graph with its chance of success and each standing control with its
// chance to fail, and takes the least fixed point from what the attacker starts with. Every figure is a functional of that
// one random graph: shared causes and cycles need no special case, and nothing is multiplied along a path. Chances of
// attempts at one step are the same for all attempts of a draw, so that repeats are correlated: a system that withstood ten
// attempts will more likely withstand the next.
//
// # Two kinds of not knowing
//
// What we do not know (how well an attack works here, how good a control is, how often somebody tries, what a loss costs)
// is a [Quantity] with a distribution. Each draw takes one value of every quantity; within a draw trials and years are
// chance. Means are over both; the bands around them are over draws, and say what better knowledge could narrow. Draws come
// in batches, each a Latin hypercube; the spread between batches is the sampling error and decides when to stop.
//
// # Methods
//
// Within a draw the chance that an attempt brings a loss about is exact where [graph.Graph.Diagrams] are small, in every world
// alike so that worlds differ by their controls alone; else the frequency of trials; and what these hardly meet is reckoned
// with care, in every draw where that can be afforded, else in a few, as a note says. Years are drawn from trials. Losses that hardly a year would hold have years of their own: attempts
// drawn on the condition that one of them happens, which count by how likely that is.
//
// Placements of one control share a chance to fail at once, which does not depend on which placements there are.
//
// # Guarantees
//
// The same input gives the same bytes on any number of processors. Random numbers depend on the seed and on what they are
// drawn for, so two scenarios under one seed differ by what was changed and by nothing else; a control that is added never
// raises the mean of any draw. Where estimates of rare losses or a curve had to be held to that by force, a note says so and by how much.
//
// Losses that are names of one event are counted once; see event.go.
//
// # What it does not do
//
// It knows no rule language and reads no files: the graph and the rows of evidence come in neutral form. Losses that only
// several attackers together bring about are not counted, nor is what a loss makes its owner do, beyond putting an end to it
// (see [Loss].Repeats). Amounts in different currencies are never added.
package risk
