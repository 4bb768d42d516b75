// Package stat is the arithmetic of chance: distributions, sums of random numbers of losses, intervals, random numbers.
//
// A [Dist] is a distribution of which the mean is known and every quantile; a quantile at a uniform number is a draw. The
// constructors refuse numbers that make no distribution. [Uniforms] gives uniform numbers that depend on a seed, a stream
// and an index alone, so that any worker can compute any of them.
//
// # Losses
//
// [Losses] happen a Poisson number of times a year and cost a random amount each time. Their yearly total is computed in
// three ways that check each other: [Losses.Exact] by Fourier transform on two lattices, one that rounds every loss down and
// one that rounds it up, so that the true curve lies between; [Losses.Panjer] by recursion on the same lattices, slower and of
// positive terms only; [Losses.Years] by drawing years. All answer with a [Curve]. What shares causes is no sum of
// independent losses: it is drawn by the caller, and [Samples] makes a Curve of the totals.
//
// # What it does not do
//
// It knows no words of the domain. It does not fit distributions to data. It knows no graphs.
//
// # Guarantees
//
// The same bits on every processor. The functions of package math are written for each processor anew, and a compiler
// may fuse a product with a sum, so exponentials, logarithms and what rests on them are computed here, in a stated order,
// each product rounded by an explicit conversion. Square roots, scaling and rounding are exact everywhere and come from math.
// Work is divided into parts of fixed size, and parts are added in their order, so the number of workers changes nothing.
//
// Nothing returns NaN: a number that makes no sense is an error where it comes in.
package stat
