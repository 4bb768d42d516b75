package graph

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestPushIsAFreshSpread: what falls after some pushes is what a fresh spread with these entries says, and taking them
// back leaves nothing behind.
func TestPushIsAFreshSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := drawSample(t)
		g := mustBuild(t, s)
		q := s.query()
		spread := g.Spread(q)
		same := func(entries []int32) {
			fresh := g.Spread(Query{Entries: entries, Closed: q.Closed})
			for v := range int32(g.Len()) {
				if spread.Reached(v) != fresh.Reached(v) || spread.Follows(v) != fresh.Follows(v) {
					t.Fatalf("node %d after entries %v: reached %v, want %v", v, entries, spread.Reached(v), fresh.Reached(v))
				}
			}
			if len(spread.Order()) != len(fresh.Order()) {
				t.Fatalf("%d nodes fall, want %d", len(spread.Order()), len(fresh.Order()))
			}
		}
		entries := slices.Clone(q.Entries)
		for range 12 {
			if more := len(entries) - len(q.Entries); more == 0 || r.IntN(3) > 0 {
				v := int32(r.IntN(g.Len()))
				before := len(spread.Order())
				if added := spread.Push(v); len(added) != len(spread.Order())-before {
					t.Fatalf("push told of %d nodes, %d were added", len(added), len(spread.Order())-before)
				}
				entries = append(entries, v)
			} else {
				spread.Pop()
				entries = entries[:len(entries)-1]
			}
			same(entries)
		}
	})
}
