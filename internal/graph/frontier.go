package graph

// item is a node that waits to be settled at a known cost.
type item struct {
	cost float64
	node int32
}

func (a item) before(b item) bool {
	return a.cost < b.cost || (a.cost == b.cost && a.node < b.node)
}

// frontier is a 4-ary min-heap by cost, then node. Four children share a cache line, which halves the depth of a binary
// heap for little more work per level.
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
