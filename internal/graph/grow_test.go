package graph

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestGrow opens closed nodes by lot, and takes some openings back: what is reached is at all times what a spread from the
// beginning reaches.
func TestGrow(t *testing.T) {
	g, q := benchGraph(t, 400, 700)
	r := rand.New(rand.NewPCG(3, 14))
	for range 60 {
		closed := []int32{}
		for v := range int32(g.Len()) {
			if r.IntN(6) == 0 {
				closed = append(closed, v)
			}
		}
		grow := g.Grow(Query{Entries: q.Entries, Closed: closed})
		for len(closed) > 0 {
			at := r.IntN(len(closed))
			before := slices.Clone(grow.state)
			added := slices.Clone(grow.Open(closed[at]))
			for _, v := range added {
				if before[v] == grown || !grow.Reached(v) {
					t.Fatalf("node %d is said to be reached by an opening", v)
				}
			}
			if r.IntN(3) == 0 {
				grow.Undo()
				if !slices.Equal(before, grow.state) {
					t.Fatal("taking an opening back leaves something behind")
				}
				continue
			}
			closed = slices.Delete(closed, at, at+1)
			want := g.Spread(Query{Entries: q.Entries, Closed: closed})
			for v := range int32(g.Len()) {
				if want.Reached(v) != grow.Reached(v) {
					t.Fatalf("node %d: reached %v, want %v", v, grow.Reached(v), want.Reached(v))
				}
			}
		}
	}
}
