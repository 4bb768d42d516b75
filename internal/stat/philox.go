package stat

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

// PhiloxPair returns the words of two counters that differ in the second place only, as 64-bit words. The two chains of
// multiplications overlap, which takes little longer than one.
func PhiloxPair(a, b0, b1, c, d uint32, key [2]uint32) (w0, w1, w2, w3 uint64) {
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

// Uniforms returns two independent numbers, strictly between 0 and 1 and uniform there, for a seed, a stream and an index.
// They depend on these three alone.
func Uniforms(seed, stream, index uint64) (u, v float64) {
	r := Philox([4]uint32{uint32(index), uint32(index >> 32), uint32(stream), uint32(stream >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
	return uniform(uint64(r[1])<<32 | uint64(r[0])), uniform(uint64(r[3])<<32 | uint64(r[2]))
}

// uniform takes the upper 52 bits and stays half a step away from both ends.
func uniform(bits uint64) float64 { return (float64(bits>>12) + 0.5) * (1.0 / (1 << 52)) }

// Stream makes the number of a stream from a name.
func Stream(name string) uint64 {
	h := uint64(0xcbf29ce484222325) // FNV-1a
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9 // spread the last bytes over all bits
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
