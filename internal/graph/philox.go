package graph

import "math/bits"

// Constants of Philox4x32 (Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", 2011).
const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
)

// Philox is the counter-based generator Philox4x32-10: four random words that depend on the counter and the key alone.
// Whoever needs the numbers of a counter computes them, in any order, on any processor, and gets the same.
func Philox(counter [4]uint32, key [2]uint32) [4]uint32 {
	c0, c1, c2, c3 := counter[0], counter[1], counter[2], counter[3]
	k0, k1 := key[0], key[1]
	for range 10 {
		h0, l0 := bits.Mul32(philoxM0, c0)
		h1, l1 := bits.Mul32(philoxM1, c2)
		c0, c1, c2, c3 = h1^c1^k0, l1, h0^c3^k1, l0
		k0 += philoxW0
		k1 += philoxW1
	}
	return [4]uint32{c0, c1, c2, c3}
}

// philoxPair returns the words of two counters that differ in the second place only, as 64-bit words. The two chains of
// multiplications overlap, which takes little longer than one.
func philoxPair(a, b0, b1, c, d uint32, key [2]uint32) (w0, w1, w2, w3 uint64) {
	x0, x1, x2, x3 := a, b0, c, d
	y0, y1, y2, y3 := a, b1, c, d
	k0, k1 := key[0], key[1]
	for range 10 {
		p0, p1 := uint64(x0)*philoxM0, uint64(x2)*philoxM1
		q0, q1 := uint64(y0)*philoxM0, uint64(y2)*philoxM1
		x0, x1, x2, x3 = uint32(p1>>32)^x1^k0, uint32(p1), uint32(p0>>32)^x3^k1, uint32(p0)
		y0, y1, y2, y3 = uint32(q1>>32)^y1^k0, uint32(q1), uint32(q0>>32)^y3^k1, uint32(q0)
		k0 += philoxW0
		k1 += philoxW1
	}
	return uint64(x1)<<32 | uint64(x0), uint64(x3)<<32 | uint64(x2), uint64(y1)<<32 | uint64(y0), uint64(y3)<<32 | uint64(y2)
}

// coin draws, for the 64 trials of a block, the same event of chance threshold/2^64 per lane. The random words are the
// binary digits of one uniform number per lane, most significant first; digits are drawn until every lane has shown on
// which side of the threshold it lies, which takes about eight of the 64. The digits do not depend on the threshold, so a
// lower chance makes an event in a subset of the trials.
type coin struct {
	threshold uint64
	stream    uint64 // names the event: the hash of the node's id
}

func (c coin) flip(block uint32, key [2]uint32) uint64 {
	lo, hi := uint32(c.stream), uint32(c.stream>>32)
	yes, open := uint64(0), ^uint64(0)
	t := c.threshold
	for pair := uint32(0); ; pair += 2 {
		w0, w1, w2, w3 := philoxPair(block, pair, pair+1, lo, hi, key)
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

// newCoin makes the coin of a node. The stream depends on the id alone, so a node keeps its luck when the graph around it
// changes, and two graphs compared under one seed differ by their structure only.
func newCoin(id string, p float64) coin {
	h := uint64(0xcbf29ce484222325) // FNV-1a
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 0x100000001b3
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9 // spread the last bytes over all bits
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return coin{threshold: uint64(p * (1 << 32) * (1 << 32)), stream: h ^ h>>31}
}
