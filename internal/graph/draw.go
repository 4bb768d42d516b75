package graph

import "fermata/internal/stat"

// Words returns 256 random bits of Philox4x32-10 as four words: those of the counters (a, b, c, d) and (a, b+1, c, d). It
// is [stat.Philox] twice, at little more than the price of once.
func Words(a, b, c, d uint32, key [2]uint32) (w0, w1, w2, w3 uint64) {
	return stat.PhiloxPair(a, b, b+1, c, d, key)
}

// Wilson returns the 95 % interval of a chance of which hits of n trials are known.
func Wilson(hits, n int) (low, high float64) { return wilson(hits, n) }
