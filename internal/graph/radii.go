package graph

import (
	"cmp"
	"context"
	"fmt"
	"math/bits"
	"slices"
	"sync/atomic"

	"fermata/internal/stat"
)

const (
	radiiPoints  = 1 << 14 // of a network of links
	radiiBins    = 1 << 12 // of a start's sizes
	radiiSamples = 1 << 26
)

// Link leads from one point to another, with a chance.
type Link struct {
	From, To int32
	P        float64
}

// Radii says for every start how much falls with it, over many samples.
type Radii struct {
	Samples int
	Most    int // what could fall at most
	step    int // sizes that share a bin
	bins    int
	counts  []uint32 // start·bins + size/step
	sums    []uint64 // of sizes
	squares []uint64
	class   []uint64 // start·classes + class: sums of those of a class
	classes int
}

func newRadii(starts, most, samples, classes int) *Radii {
	r := &Radii{Samples: samples, Most: most, step: most/radiiBins + 1, classes: classes}
	r.bins = most/r.step + 1
	r.counts = make([]uint32, starts*r.bins)
	r.sums, r.squares, r.class = make([]uint64, starts), make([]uint64, starts), make([]uint64, starts*classes)
	return r
}

// Mean returns the mean size of what falls with a start, the start included.
func (r *Radii) Mean(start int) stat.Estimate {
	e := stat.MeanOf(r.Samples, float64(r.sums[start]), float64(r.squares[start]))
	e.High = min(e.High, float64(r.Most))
	return e
}

// MeanOf returns the mean number of those of a class.
func (r *Radii) MeanOf(start, class int) float64 {
	return float64(r.class[start*r.classes+class]) / float64(r.Samples)
}

// Quantile returns the size that is exceeded with chance 1-u at most, to 1 in 4,096 of the largest there can be.
func (r *Radii) Quantile(start int, u float64) int {
	want := float64(u * float64(r.Samples))
	seen := 0
	for i, c := range r.counts[start*r.bins : (start+1)*r.bins] {
		if seen += int(c); float64(seen) >= want {
			return min((i+1)*r.step-1, r.Most)
		}
	}
	return r.Most
}

// Passes returns the chance that at least so many fall, with Wilson's interval. Where sizes share bins the size is rounded up
// to the next bin.
func (r *Radii) Passes(start, size int) stat.Estimate {
	hits := 0
	for i := (size + r.step - 1) / r.step; i < r.bins; i++ {
		hits += int(r.counts[start*r.bins+i])
	}
	low, high := stat.Wilson(hits, r.Samples)
	return stat.Estimate{Value: float64(hits) / float64(r.Samples), Low: low, High: high}
}

// Network computes the radii of all points of a network in which each link carries with its own chance: what is reached
// over the links that carry in a sample. class gives each point a class below classes, nil for none.
//
// In each sample the strongly connected components of the links that carry are found, and what each reaches is put together
// as a set of bits from what the components behind it reach; so all starts together cost little more than one. The random
// numbers depend on the seed, the ends of a link and the sample.
func Network(ctx context.Context, points int, links []Link, class []uint8, classes, samples int, seed uint64) (*Radii, error) {
	switch {
	case points < 1 || points > radiiPoints:
		return nil, fmt.Errorf("%d points are not from 1 to %d", points, radiiPoints)
	case samples < 1 || samples > radiiSamples:
		return nil, fmt.Errorf("%d samples are not from 1 to %d", samples, radiiSamples)
	case class != nil && len(class) != points:
		return nil, fmt.Errorf("%d classes for %d points", len(class), points)
	}
	for i, c := range class {
		if int(c) >= classes {
			return nil, fmt.Errorf("point %d has class %d of %d", i, c, classes)
		}
	}
	if class == nil {
		classes = 0
	}
	net := network{n: points, words: (points + 63) / 64, off: make([]int32, points+1)}
	sorted := slices.Clone(links)
	slices.SortStableFunc(sorted, func(a, b Link) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for i, l := range sorted {
		switch {
		case l.From < 0 || int(l.From) >= points || l.To < 0 || int(l.To) >= points:
			return nil, fmt.Errorf("a link from %d to %d, but there are %d points", l.From, l.To, points)
		case !(l.P >= 0 && l.P <= 1):
			return nil, fmt.Errorf("the link from %d to %d has chance %v, must be from 0 to 1", l.From, l.To, l.P)
		case i > 0 && sorted[i-1].From == l.From && sorted[i-1].To == l.To:
			return nil, fmt.Errorf("the link from %d to %d is given twice", l.From, l.To)
		}
		net.off[l.From+1]++
		net.to = append(net.to, l.To)
		c := coin{stream: spread64(uint64(l.From)<<32 | uint64(l.To))}
		if l.P < 1 {
			c.threshold = threshold(l.P)
		}
		net.coins, net.sure = append(net.coins, c), append(net.sure, l.P == 1)
	}
	for v := range points {
		net.off[v+1] += net.off[v]
	}
	for c := range classes {
		mask := make([]uint64, net.words)
		for v, x := range class {
			if int(x) == c {
				mask[v/64] |= 1 << (v % 64)
			}
		}
		net.masks = append(net.masks, mask)
	}
	r := newRadii(points, points, samples, classes)
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	err := workers(ctx, (samples+63)/64, func() (func(int), func()) {
		w := net.worker()
		own := newRadii(points, 0, samples, classes) // sums; counts go to the shared ones
		return func(b int) {
				for e, c := range net.coins {
					if w.open[e] = ^uint64(0); !net.sure[e] {
						w.open[e] = c.flip(uint64(b), key)
					}
				}
				for lane := range min(64, samples-64*b) {
					w.sample(lane, r, own)
				}
			}, func() {
				r.add(own)
			}
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// spread64 spreads the bits of a number over all 64.
func spread64(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func (r *Radii) add(o *Radii) {
	for i, x := range o.sums {
		r.sums[i] += x
	}
	for i, x := range o.squares {
		r.squares[i] += x
	}
	for i, x := range o.class {
		r.class[i] += x
	}
}

// network is links by where they come from.
type network struct {
	n, words int
	off, to  []int32
	coins    []coin
	sure     []bool
	masks    [][]uint64 // points of each class
}

type netWorker struct {
	*network
	open   []uint64
	index  []int32 // order of discovery + 1; 0 if not yet
	low    []int32
	comp   []int32 // -1 while open
	stack  []int32
	frames []netFrame
	rows   []uint64 // component·words
	size   []int32  // of what a component reaches
	counts []int32  // component·classes
}

type netFrame struct{ node, next int32 }

func (n *network) worker() *netWorker {
	return &netWorker{
		network: n, open: make([]uint64, len(n.to)), index: make([]int32, n.n), low: make([]int32, n.n), comp: make([]int32, n.n),
		rows: make([]uint64, n.n*n.words), size: make([]int32, n.n), counts: make([]int32, n.n*len(n.masks)),
	}
}

// sample finds the components by Tarjan's algorithm, which completes each after all that it reaches.
func (w *netWorker) sample(lane int, shared, own *Radii) {
	clear(w.index)
	for v := range w.comp {
		w.comp[v] = -1
	}
	comps, count := int32(0), int32(0)
	for root := range int32(w.n) {
		if w.index[root] != 0 {
			continue
		}
		count++
		w.index[root], w.low[root] = count, count
		w.stack = append(w.stack, root)
		w.frames = append(w.frames, netFrame{root, w.off[root]})
		for len(w.frames) > 0 {
			f := &w.frames[len(w.frames)-1]
			v := f.node
			if f.next < w.off[v+1] {
				e := f.next
				f.next++
				if w.open[e]>>lane&1 == 0 {
					continue
				}
				u := w.to[e]
				switch {
				case w.index[u] == 0:
					count++
					w.index[u], w.low[u] = count, count
					w.stack = append(w.stack, u)
					w.frames = append(w.frames, netFrame{u, w.off[u]})
				case w.comp[u] < 0:
					w.low[v] = min(w.low[v], w.index[u])
				}
				continue
			}
			w.frames = w.frames[:len(w.frames)-1]
			if len(w.frames) > 0 {
				up := w.frames[len(w.frames)-1].node
				w.low[up] = min(w.low[up], w.low[v])
			}
			if w.low[v] != w.index[v] {
				continue
			}
			at := len(w.stack) - 1
			for w.stack[at] != v {
				at--
			}
			w.complete(comps, w.stack[at:], lane)
			comps++
			w.stack = w.stack[:at]
		}
	}
	k := len(w.masks)
	for v, c := range w.comp {
		size := int(w.size[c])
		atomic.AddUint32(&shared.counts[v*shared.bins+size/shared.step], 1)
		own.sums[v] += uint64(size)
		own.squares[v] += uint64(size) * uint64(size)
		for i, x := range w.counts[int(c)*k : (int(c)+1)*k] {
			own.class[v*k+i] += uint64(x)
		}
	}
}

// complete computes what a component reaches.
func (w *netWorker) complete(c int32, members []int32, lane int) {
	row := w.rows[int(c)*w.words : (int(c)+1)*w.words]
	clear(row)
	for _, v := range members {
		w.comp[v] = c
		row[v>>6] |= 1 << (v & 63)
	}
	for _, v := range members {
		for e := w.off[v]; e < w.off[v+1]; e++ {
			u := w.to[e]
			if w.open[e]>>lane&1 == 0 || row[u>>6]>>(u&63)&1 == 1 {
				continue // what is in the row is there with all it reaches
			}
			for i, x := range w.rows[int(w.comp[u])*w.words : (int(w.comp[u])+1)*w.words] {
				row[i] |= x
			}
		}
	}
	size := 0
	for _, x := range row {
		size += bits.OnesCount64(x)
	}
	w.size[c] = int32(size)
	for k, mask := range w.masks {
		n := 0
		for i, x := range row {
			n += bits.OnesCount64(x & mask[i])
		}
		w.counts[int(c)*len(w.masks)+k] = int32(n)
	}
}

// Radii computes, for each start, how many of the counted nodes hold when the start is an entry besides those of the query and
// every node v is open with chance p[v]. Premises may be needed together, so each start is drawn by itself; all are drawn
// with the same random numbers.
func (g *Graph) Radii(ctx context.Context, q Query, starts, counted []int32, p []float64, samples int, seed uint64) (*Radii, error) {
	if err := g.Check(p); err != nil {
		return nil, err
	}
	if samples < 1 || samples > radiiSamples {
		return nil, fmt.Errorf("%d samples are not from 1 to %d", samples, radiiSamples)
	}
	r := newRadii(len(starts), len(counted), samples, 0)
	err := workers(ctx, len(starts), func() (func(int), func()) {
		out := make([]uint64, len(counted))
		digits := make([]uint64, bits.Len(uint(len(counted))))
		return func(i int) {
			s := g.Sampler(Query{Entries: append(slices.Clone(q.Entries), starts[i]), Closed: q.Closed}, counted)
			for b := range (samples + 63) / 64 {
				s.Block(p, seed, uint64(b), out)
				addLanes(digits, out)
				for lane := range min(64, samples-64*b) {
					size := 0
					for d, x := range digits {
						size |= int(x>>lane&1) << d
					}
					r.counts[i*r.bins+size/r.step]++
					r.sums[i] += uint64(size)
					r.squares[i] += uint64(size) * uint64(size)
				}
			}
		}, func() {}
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// addLanes counts in every lane at once: digit d of the 64 sums lies in digits[d].
func addLanes(digits, words []uint64) {
	clear(digits)
	for _, carry := range words {
		for d := 0; carry != 0; d++ {
			digits[d], carry = digits[d]^carry, digits[d]&carry
		}
	}
}
