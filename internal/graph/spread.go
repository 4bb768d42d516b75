package graph

// Spread says what falls from a set of entries and after how many rounds, whatever it costs. The counters follow
// Dowling and Gallier: each edge is looked at once. A Spread that is reset touches only what the last query touched, so
// asking for every node of a large graph in turn costs no more than what each of them reaches.
type Spread struct {
	g      *Graph
	need   []int32
	rounds []int32
	order  []int32 // reached nodes in order of settling
	dirty  []int32 // nodes whose counter moved
	shut   []int32
	next   []int32
	pushed []pushed
}

// pushed is what a Push has to give back.
type pushed struct {
	order, dirty int // how long these were
	node, need   int32
}

// Spread computes plain reach. It panics if the query has a number that is not of the graph.
func (g *Graph) Spread(q Query) *Spread {
	s := &Spread{g: g}
	s.Reset(q)
	return s
}

// Reset computes another query of the same graph and reuses the memory. Slices got before are no longer valid.
func (s *Spread) Reset(q Query) {
	g := s.g
	if s.need == nil {
		s.need = make([]int32, g.Len())
		s.rounds = make([]int32, g.Len())
		for v := range s.need {
			s.need[v], s.rounds[v] = g.start[v].need, unreached
		}
	}
	for _, list := range [][]int32{s.order, s.dirty, s.shut} {
		for _, v := range list {
			s.need[v], s.rounds[v] = g.start[v].need, unreached
		}
	}
	s.pushed = s.pushed[:0]
	s.dirty, s.shut = s.dirty[:0], append(s.shut[:0], q.Closed...)
	for _, v := range q.Closed {
		s.need[v], s.rounds[v] = 0, shut
	}
	order, next := s.order[:0], s.next[:0]
	for _, v := range q.Entries {
		if s.rounds[v] == unreached && !g.isClosed(v) {
			s.need[v], s.rounds[v] = 0, 0
			order = append(order, v)
		}
	}
	// The queue holds one round; AND nodes completed in it begin the next one.
	for i, round := 0, int32(0); ; {
		for ; i < len(order); i++ {
			for _, w := range g.Succs(order[i]) {
				if s.need[w] <= 0 {
					continue
				}
				s.dirty = append(s.dirty, w)
				if s.need[w]--; s.need[w] > 0 {
					continue
				}
				if g.kind[w] == And {
					s.rounds[w] = round + 1
					next = append(next, w)
				} else {
					s.rounds[w] = round
					order = append(order, w)
				}
			}
		}
		if len(next) == 0 {
			break
		}
		order, next = append(order, next...), next[:0]
		round++
	}
	s.order, s.next = order, next
}

// Reached says whether v falls.
func (s *Spread) Reached(v int32) bool { return s.rounds[v] >= 0 }

// Rounds returns the smallest number of AND nodes on top of each other that v needs: 0 for an entry and what follows
// from entries without any AND node, -1 if v does not fall. In one round every AND node fires whose premises hold.
func (s *Spread) Rounds(v int32) int32 { return max(s.rounds[v], unreached) }

// Order returns the fallen nodes in ascending order of their rounds. The caller must not change the slice.
func (s *Spread) Order() []int32 { return s.order }

// Push lets v fall too and returns what falls besides what had fallen, until the next call that changes the Spread. It
// costs what falls newly. Rounds are not known of what a Push adds. [Spread.Pop] takes it back.
func (s *Spread) Push(v int32) []int32 {
	from := len(s.order)
	s.pushed = append(s.pushed, pushed{order: from, dirty: len(s.dirty), node: v, need: s.need[v]})
	if s.rounds[v] == unreached && !s.g.isClosed(v) {
		s.need[v], s.rounds[v] = 0, 0
		s.order = append(s.order, v)
	}
	for i := from; i < len(s.order); i++ {
		for _, w := range s.g.Succs(s.order[i]) {
			if s.need[w] <= 0 {
				continue
			}
			s.dirty = append(s.dirty, w)
			if s.need[w]--; s.need[w] == 0 {
				s.rounds[w] = 0
				s.order = append(s.order, w)
			}
		}
	}
	return s.order[from:]
}

// Pop takes back the last Push that was not taken back, and returns what no longer falls.
func (s *Spread) Pop() []int32 {
	last := s.pushed[len(s.pushed)-1]
	s.pushed = s.pushed[:len(s.pushed)-1]
	for _, w := range s.dirty[last.dirty:] {
		s.need[w]++
	}
	s.need[last.node] = last.need
	gone := s.order[last.order:]
	for _, v := range gone {
		s.rounds[v] = unreached
	}
	s.dirty, s.order = s.dirty[:last.dirty], s.order[:last.order]
	return gone
}

// Follows says whether v, which has not fallen, falls as soon as any one more of its premises does.
func (s *Spread) Follows(v int32) bool { return s.need[v] == 1 && s.rounds[v] == unreached }
