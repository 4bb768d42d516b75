package graph

import (
	"math"
	"math/bits"
)

// item is a node that waits to be settled at a known cost.
type item struct {
	key  uint64 // the bits of the cost; costs are not negative, so they are ordered alike
	node int32
}

func (a item) before(b item) bool {
	return a.key < b.key || (a.key == b.key && a.node < b.node)
}

func (a item) cost() float64 { return math.Float64frombits(a.key) }

func wait(cost float64, node int32) item { return item{math.Float64bits(cost), node} }

// frontier is a min-heap by cost, then node. It is 4-ary: four children share a cache line, which halves the depth for
// little more work per level.
type frontier []item

func (h *frontier) push(it item) {
	*h = append(*h, it)
	s := *h
	i := len(s) - 1
	for i > 0 {
		up := (i - 1) / 4
		if !it.before(s[up]) {
			break
		}
		s[i] = s[up]
		i = up
	}
	s[i] = it
}

func (h *frontier) pop() item {
	s := *h
	top := s[0]
	n := len(s) - 1
	last := s[n]
	s = s[:n]
	*h = s
	if n == 0 {
		return top
	}
	i := 0
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		best := child
		for c := child + 1; c < min(child+4, n); c++ {
			if s[c].before(s[best]) {
				best = c
			}
		}
		if !s[best].before(last) {
			break
		}
		s[i] = s[best]
		i = best
	}
	s[i] = last
	return top
}

// queue is a frontier for many items whose smallest cost never falls, as in a solve. Only the items below a limit are in
// the heap, so that it stays in the nearest cache; the others lie unsorted in buckets by the highest bit in which their
// cost differs from a base, as in a radix heap. Costs are not negative, so their bits are ordered as they are.
type queue struct {
	near  frontier
	limit uint64 // costs below are in near
	base  uint64 // no cost in the buckets is below
	used  uint64 // bit j: bucket j is not empty
	far   [64][]item
	known uint64 // costs below were handed out as fresh
	fresh []item // what the last pop brought near, for a look ahead; mostly empty
}

const (
	fewItems  = 8  // a bucket of so many is heaped and not split further
	someItems = 32 // a bucket of so many is handed out as fresh
)

func (q *queue) reset() {
	q.near = q.near[:0]
	for ; q.used != 0; q.used &= q.used - 1 {
		j := bits.TrailingZeros64(q.used)
		q.far[j] = q.far[j][:0]
	}
	q.limit, q.base, q.known, q.fresh = 0, 0, 0, nil
}

func (q *queue) push(it item) {
	if it.key >= q.limit {
		j := bits.Len64(it.key^q.base) & 63
		q.far[j] = append(q.far[j], it)
		q.used |= 1 << j
		return
	}
	q.near.push(it)
}

// pop removes the first item, and reports false if there is none.
func (q *queue) pop() (item, bool) {
	q.fresh = q.fresh[:0]
	for len(q.near) == 0 {
		if q.used == 0 {
			return item{}, false
		}
		j := bits.TrailingZeros64(q.used)
		bucket := q.far[j]
		q.used &^= 1 << j
		q.far[j] = bucket[:0]
		// All costs of this bucket agree with the base above bit j; the others are larger.
		end := (q.base | (1<<j - 1)) + 1
		if len(bucket) <= someItems && end > q.known {
			q.known, q.fresh = end, bucket
		}
		if len(bucket) <= fewItems {
			q.limit, q.base = end, end-1
			for _, it := range bucket {
				q.near.push(it)
			}
			continue
		}
		least := bucket[0].key
		for _, it := range bucket {
			least = min(least, it.key)
		}
		q.base = least
		q.limit = q.base + 1
		for _, it := range bucket {
			q.push(it) // to the heap or to a bucket below j
		}
	}
	return q.near.pop(), true
}
