package stat

import "testing"

func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = ^uint32(0)
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		if got := Philox(c.counter, c.key); got != c.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
		w0, w1, w2, w3 := PhiloxPair(c.counter[0], c.counter[1], 7, c.counter[2], c.counter[3], c.key)
		w := [4]uint64{w0, w1, w2, w3}
		second := Philox([4]uint32{c.counter[0], 7, c.counter[2], c.counter[3]}, c.key)
		for i, want := range [4]uint64{
			uint64(c.want[1])<<32 | uint64(c.want[0]), uint64(c.want[3])<<32 | uint64(c.want[2]),
			uint64(second[1])<<32 | uint64(second[0]), uint64(second[3])<<32 | uint64(second[2]),
		} {
			if w[i] != want {
				t.Errorf("PhiloxPair(%x) word %d = %x, want %x", c.counter, i, w[i], want)
			}
		}
	}
}
