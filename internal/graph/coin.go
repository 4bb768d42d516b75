package graph

import "fermata/internal/stat"

// coin draws, for the 64 trials of a block, the same event of chance threshold/2^64 per lane. The random words are the
// binary digits of one uniform number per lane, most significant first; digits are drawn until every lane has shown on
// which side of the threshold it lies, which takes about eight of the 64. The digits do not depend on the threshold, so a
// lower chance makes an event in a subset of the trials.
type coin struct {
	threshold uint64
	stream    uint64 // names the event: the hash of the node's id
}

func (c coin) flip(block uint64, key [2]uint32) uint64 { return c.flipIn(^uint64(0), block, key) }

// flipIn draws for some lanes of the block only, which takes fewer digits; the others show nothing.
func (c coin) flipIn(open, block uint64, key [2]uint32) uint64 {
	lo, hi := uint32(c.stream), uint32(c.stream>>32)
	yes := uint64(0)
	if c.threshold == 0 {
		return 0
	}
	t := c.threshold
	for pair := uint32(block>>32) << 6; ; pair += 2 { // a coin looks at 32 counters at most, so blocks above 2^32 have room beside them
		w0, w1, w2, w3 := stat.PhiloxPair(uint32(block), pair, pair+1, lo, hi, key)
		// one is all ones if the digit of the threshold is 1: then a lane with digit 0 is below it. If it is 0, a lane with
		// digit 1 is above it. Lanes with the threshold's own digit stay open. Looking at the end of every digit would cost
		// more than the digits that are read in vain.
		one := uint64(int64(t) >> 63)
		yes |= open & one &^ w0
		open &^= w0 ^ one
		one = uint64(int64(t<<1) >> 63)
		yes |= open & one &^ w1
		open &^= w1 ^ one
		one = uint64(int64(t<<2) >> 63)
		yes |= open & one &^ w2
		open &^= w2 ^ one
		one = uint64(int64(t<<3) >> 63)
		yes |= open & one &^ w3
		open &^= w3 ^ one
		if t <<= 4; open == 0 || t == 0 {
			return yes
		}
	}
}

// threshold is p in units of 2^-64, for p from 0 up to but not including 1.
func threshold(p float64) uint64 { return uint64(p * (1 << 32) * (1 << 32)) }
