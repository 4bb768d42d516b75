package graph

import (
	"context"
	"math/rand/v2"
	"testing"
)

// BenchmarkReachSets is how much each of 8,000 points reaches over 32,000 links, all of them certain: exact reach sets of every node, with
// cycles.
func BenchmarkReachSets(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 8))
	links := randomNet(r, 8000, 32_000)
	for i := range links {
		links[i].P = 1
	}
	for b.Loop() {
		if _, err := Network(context.Background(), 8000, links, nil, 0, 1, 1); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReachEach asks a graph of 2,000 AND and OR nodes what each of them reaches as the only thing that falls, beside what is open anyway.
func BenchmarkReachEach(b *testing.B) {
	g, q, _ := steps1000(b)
	entries := append([]int32{}, q.Entries...)
	s := g.Spread(q)
	for b.Loop() {
		for v := range int32(g.Len()) {
			s.Reset(Query{Entries: append(entries[:len(q.Entries):len(q.Entries)], v), Closed: q.Closed})
		}
	}
}
