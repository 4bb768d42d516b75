package cascade

import (
	"math"

	"fermata/internal/stat"
)

// What is drawn: the last word of the counter begins with it.
const (
	drawLink uint32 = iota + 1
	drawMeeting
	drawRecovery
	drawAlarm
	drawStart
	drawModel
	drawCover
)

// stream is the last word of a counter: what is drawn, and in which round.
func stream(what uint32, round int) uint32 { return what<<24 | uint32(round) }

// odds are the chances of one event in 64 runs, turned so that word i holds binary digit i of all of them, the most
// significant first.
type odds struct {
	digit [32]uint64
	sure  uint64 // runs in which the chance is 1
	never uint64 // runs in which it is 0
}

// turn makes odds of the chances of 64 runs.
func turn(chances *[64]float64) (o odds) {
	for lane, p := range chances {
		t := uint64(math.Round(float64(p * (1 << 32))))
		switch {
		case t >= 1<<32:
			o.sure |= 1 << lane
			continue
		case t == 0:
			o.never |= 1 << lane
			continue
		}
		for i := range o.digit {
			o.digit[i] |= (t >> (31 - i) & 1) << lane
		}
	}
	return o
}

// same are odds that do not differ between runs.
func same(p float64) odds {
	var chances [64]float64
	for i := range chances {
		chances[i] = p
	}
	return turn(&chances)
}

// toss says in which of the wanted runs of a block an event happens. The random words are the binary digits of a uniform
// number for each run. They do not depend on the odds, so lower odds give an event in fewer of the same runs. Digits are
// drawn until each wanted run has shown on which side of its chance the number lies.
func (o *odds) toss(want uint64, block, id, last uint32, key [2]uint32) uint64 {
	yes, open := want&o.sure, want&^(o.sure|o.never)
	for i := uint32(0); open != 0 && i < 32; i += 4 {
		w0, w1, w2, w3 := stat.PhiloxPair(block, i/2, i/2+1, id, last, key)
		d := o.digit[i : i+4 : i+4]
		yes |= open & d[0] &^ w0
		open &^= w0 ^ d[0]
		yes |= open & d[1] &^ w1
		open &^= w1 ^ d[1]
		yes |= open & d[2] &^ w2
		open &^= w2 ^ d[2]
		yes |= open & d[3] &^ w3
		open &^= w3 ^ d[3]
	}
	return yes
}

// word is one random number of 32 bits.
func word(a, b, c, last uint32, key [2]uint32) uint32 {
	return stat.Philox([4]uint32{a, b, c, last}, key)[0]
}

// power is x to the n by repeated squaring: products only, which every processor rounds alike.
func power(x float64, n int32) float64 {
	out := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			out *= x
		}
		x *= x
	}
	return out
}
