package graph

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// witnesser computes the witnesses of one trial at a time.
type witnesser struct {
	s       *Sampler
	owners  [][]int32
	off, on []uint64 // slot → trials in which it holds with nothing bought, with everything
	free    []uint64 // slot → trials in which it is open though everything is bought
	sets    interner
	family  [][]int32 // slot → numbers of its witnesses, in the trial at hand
	trial   uint32
	whole   bool
	work    int // unions made for the trial at hand
	order   []int32
	mark    []uint32
	merged  []float64
}

func newWitnesser(proto *Sampler, owners [][]int32) *witnesser {
	n := len(proto.l.nodes)
	return &witnesser{
		s: proto.Clone(), owners: owners, off: make([]uint64, n), on: make([]uint64, n), free: make([]uint64, n),
		sets: newInterner(), family: make([][]int32, n), mark: make([]uint32, n),
		merged: make([]float64, proto.g.Len()),
	}
}

func (w *witnesser) block(d Draw, seed, block uint64) {
	w.s.run(d.Off, seed, block)
	copy(w.off, w.s.l.state)
	copy(w.merged, d.Off)
	for v, o := range w.owners {
		if len(o) > 0 {
			w.merged[v] = d.On[v]
		}
	}
	w.s.run(w.merged, seed, block)
	copy(w.on, w.s.l.state)
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	for slot, v := range w.s.l.nodes {
		w.free[slot] = ^uint64(0)
		if len(w.owners[v]) > 0 && w.off[slot] != w.on[slot] {
			w.free[slot] = w.s.coinWord(int32(slot), w.merged[v], block, key)
		}
	}
}

// witnesses returns the witnesses of a slot in a trial in which it holds with nothing bought and not with everything, in a
// fixed order, and whether they are all there are. work is what counts as done already, and so how many are kept.
func (w *witnesser) witnesses(goal int32, lane, work int) ([][]int32, bool) {
	w.trial++
	w.whole, w.work = true, work
	// Slots on which the goal rests and which are open to choice in this trial. Slots stand premises first.
	w.order = append(w.order[:0], goal)
	w.mark[goal] = w.trial
	for i := 0; i < len(w.order); i++ {
		for _, u := range w.s.l.preds(w.order[i]) {
			if w.mark[u] != w.trial && (w.off[u]&^w.on[u])>>lane&1 == 1 {
				w.mark[u] = w.trial
				w.order = append(w.order, u)
			}
		}
	}
	slices.Sort(w.order)
	for _, slot := range w.order {
		w.family[slot] = w.family[slot][:0]
	}
	// A cycle asks for more rounds. Sets that are left out for their number could make them go on for ever.
	for changed, rounds := true, 0; changed; rounds++ {
		changed = false
		back := false
		if rounds > len(w.order)+roundsMore {
			w.whole = false
			break
		}
		for _, slot := range w.order {
			f := w.combine(slot, lane)
			if !slices.Equal(f, w.family[slot]) {
				w.family[slot], changed = f, true
			}
			for _, u := range w.s.l.preds(slot) {
				back = back || u >= slot && w.mark[u] == w.trial
			}
		}
		if !back {
			break
		}
	}
	sets := make([][]int32, len(w.family[goal]))
	for i, id := range w.family[goal] {
		sets[i] = w.sets.list[id]
	}
	slices.SortFunc(sets, compareSets)
	return sets, w.whole
}

func compareSets(x, y []int32) int {
	return cmp.Or(cmp.Compare(len(x), len(y)), slices.Compare(x, y))
}

// combine puts together the witnesses of a slot from those of its premises.
func (w *witnesser) combine(slot int32, lane int) []int32 {
	l := w.s.l
	var out []int32
	need := int(l.need[slot])
	preds := l.preds(slot)
	switch l.op[slot] {
	case always:
		out = []int32{w.sets.empty}
	case some:
		for _, u := range preds {
			switch {
			case w.mark[u] == w.trial:
				out = append(out, w.family[u]...)
			case w.on[u]>>lane&1 == 1:
				out = append(out, w.sets.empty)
			}
		}
	default:
		// at[j]: witnesses that j premises hold; premises that hold anyway count first.
		if l.op[slot] == every {
			need = len(preds)
		}
		for _, u := range preds {
			if w.on[u]>>lane&1 == 1 {
				need--
			}
		}
		need = max(need, 0)
		at := make([][]int32, need+1)
		at[0] = []int32{w.sets.empty}
		for _, u := range preds {
			if w.mark[u] != w.trial {
				continue
			}
			for j := need; j > 0; j-- {
				at[j] = w.least(append(at[j], w.product(at[j-1], w.family[u])...))
			}
		}
		out = at[need]
	}
	if v := l.nodes[slot]; w.free[slot]>>lane&1 == 0 {
		own := w.sets.intern(w.owners[v])
		for i, id := range out {
			out[i] = w.sets.union(id, own)
		}
	}
	return w.least(out)
}

func (w *witnesser) product(x, y []int32) []int32 {
	var out []int32
	for _, a := range x {
		for _, b := range y {
			out = append(out, w.sets.union(a, b))
			w.work++
		}
	}
	return out
}

// least keeps the sets that contain no other, smallest first, and no more than the limit.
func (w *witnesser) least(ids []int32) []int32 {
	slices.SortFunc(ids, func(a, b int32) int { return compareSets(w.sets.list[a], w.sets.list[b]) })
	ids = slices.Compact(ids)
	most := witnessesMost
	switch {
	case w.work > unionsMost:
		most = 1
	case w.work > unionsMany:
		most = witnessesFew
	}
	var out []int32
next:
	for _, id := range ids {
		for _, small := range out {
			w.work++
			if w.sets.union(small, id) == id {
				continue next
			}
		}
		if len(out) == most {
			w.whole = false
			break
		}
		out = append(out, id)
	}
	return out
}

// interner gives sets numbers, so that equal sets are one and unions are remembered.
type interner struct {
	list   [][]int32
	number map[string]int32
	unions map[[2]int32]int32
	empty  int32
}

func newInterner() interner {
	in := interner{number: map[string]int32{}, unions: map[[2]int32]int32{}}
	in.empty = in.intern(nil)
	return in
}

func (in *interner) intern(set []int32) int32 {
	key := setKey(set)
	if id, ok := in.number[key]; ok {
		return id
	}
	id := int32(len(in.list))
	in.number[key] = id
	in.list = append(in.list, set)
	return id
}

func (in *interner) union(a, b int32) int32 {
	if a == b || b == in.empty {
		return a
	}
	if a == in.empty {
		return b
	}
	if a > b {
		a, b = b, a
	}
	key := [2]int32{a, b}
	if id, ok := in.unions[key]; ok {
		return id
	}
	both := slices.Concat(in.list[a], in.list[b])
	slices.Sort(both)
	id := in.intern(slices.Compact(both))
	in.unions[key] = id
	return id
}

// caseKey writes sets of options and the number of a stake, such that equal sets have equal keys but for the last 4 bytes.
func caseKey(sets [][]int32, stake int) string {
	var b []byte
	for _, set := range sets {
		b = binary.BigEndian.AppendUint16(b, uint16(len(set)))
		for _, o := range set {
			b = binary.BigEndian.AppendUint16(b, uint16(o))
		}
	}
	return string(binary.BigEndian.AppendUint32(b, uint32(stake)))
}

func readCase(key string) (sets [][]int32, stake int) {
	b := []byte(key)
	body := b[:len(b)-4]
	for len(body) > 0 {
		n := int(binary.BigEndian.Uint16(body))
		set := make([]int32, n)
		for i := range set {
			set[i] = int32(binary.BigEndian.Uint16(body[2+2*i:]))
		}
		sets, body = append(sets, set), body[2+2*n:]
	}
	return sets, int(binary.BigEndian.Uint32(b[len(b)-4:]))
}
