package graph

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"testing"
)

// layered makes a synthetic graph of about n nodes and m edges: layers of a few hundred nodes, premises mostly in the
// layers just before, one edge in twenty leading back, so that there are cycles of every length. Half of the nodes are OR,
// most others AND. All of the first layer are entries. Edges are spread so that AND nodes have few premises, as in attack
// graphs.
func layered(n, m int) (*Builder, []Ref) {
	r := rand.New(rand.NewPCG(uint64(n), uint64(m)))
	width := max(min(n/20, 400), 4)
	b := new(Builder)
	refs := make([]Ref, n)
	kinds := make([]Kind, n)
	for i := range n {
		nd := Node{ID: fmt.Sprintf("node/%d", i), Cost: float64(1+r.IntN(1024)) / 256}
		if i >= width {
			switch x := r.IntN(20); {
			case x < 8:
				nd.Kind = And
			case x == 8:
				nd.Kind, nd.K = KOfN, 2
			}
		}
		kinds[i] = nd.Kind
		refs[i] = b.Node(nd)
	}
	edge := func(i int) {
		from := max(i/width*width-1-r.IntN(2*width), 0)
		if r.IntN(20) == 0 && kinds[i] == Or {
			from = r.IntN(n)
		}
		b.Edge(refs[from], refs[i])
	}
	edges := 0
	for i := width; i < n; i++ {
		edge(i)
		edges++
		if kinds[i] == KOfN {
			edge(i)
			edges++
		}
	}
	for ; edges < m; edges++ {
		i := width + r.IntN(n-width)
		if kinds[i] == And && r.IntN(3) > 0 {
			i = width + r.IntN(n-width)
		}
		edge(i)
	}
	return b, refs[:width]
}

var benchSizes = []struct {
	name         string
	nodes, edges int
}{
	{"1k", 1_000, 1_600}, {"10k", 10_000, 16_000}, {"160k", 160_000, 250_000}, {"1M", 1_000_000, 4_000_000},
}

func benchGraph(tb testing.TB, nodes, edges int) (*Graph, Query) {
	b, first := layered(nodes, edges)
	g, err := b.Build()
	if err != nil {
		tb.Fatal(err)
	}
	var q Query
	for _, r := range first {
		q.Entries = append(q.Entries, g.Place(r))
	}
	return g, q
}

func BenchmarkSolve(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			g, q := benchGraph(b, size.nodes, size.edges)
			s := g.Solve(q)
			for b.Loop() {
				s.Reset(q)
			}
			b.ReportMetric(float64(len(s.Order())), "reached")
		})
	}
}

// BenchmarkSolvePart is a graph of which an attacker reaches a part, as is the rule.
func BenchmarkSolvePart(b *testing.B) {
	g, q := benchGraph(b, 160_000, 250_000)
	s := g.Solve(q)
	// Close one node in eight at random; what lies behind AND nodes thins out layer by layer.
	r := rand.New(rand.NewPCG(1, 1))
	for v := range int32(g.Len()) {
		if r.IntN(50) < 6 {
			q.Closed = append(q.Closed, v)
		}
	}
	for b.Loop() {
		s.Reset(q)
	}
	b.ReportMetric(float64(len(s.Order())), "reached")
}

func BenchmarkSpread(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			g, q := benchGraph(b, size.nodes, size.edges)
			s := g.Spread(q)
			for b.Loop() {
				s.Reset(q)
			}
		})
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			builder, _ := layered(size.nodes, size.edges)
			for b.Loop() {
				if _, err := builder.Build(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// document writes a graph as Parse reads it.
func document(g *Graph, entries []int32) []byte {
	out := []byte(`{"nodes":[`)
	for v := range int32(g.Len()) {
		if v > 0 {
			out = append(out, ",\n"...)
		}
		n := g.Node(v)
		out = append(out, `{"id":`...)
		out = appendString(out, n.ID)
		out = append(out, `,"type":"`...)
		out = append(out, n.Kind.String()...)
		out = append(out, '"')
		if n.K > 0 {
			out = append(out, `,"k":`...)
			out = strconv.AppendInt(out, int64(n.K), 10)
		}
		out = append(out, `,"cost":`...)
		out = appendNumber(out, n.Cost)
		if n.Uncertain {
			out = append(out, `,"p":`...)
			out = appendNumber(out, n.P)
		}
		out = append(out, '}')
	}
	sep := `],"edges":[`
	for v := range int32(g.Len()) {
		for _, w := range g.Succs(v) {
			out = append(out, sep...)
			out = append(out, '[')
			out = appendString(out, g.ID(v))
			out = append(out, ',')
			out = appendString(out, g.ID(w))
			out = append(out, ']')
			sep = ",\n"
		}
	}
	if g.Edges() == 0 {
		out = append(out, sep...)
	}
	sep = `],"entries":[`
	for _, v := range entries {
		out = append(out, sep...)
		out = appendString(out, g.ID(v))
		sep = ","
	}
	if len(entries) == 0 {
		out = append(out, sep...)
	}
	return append(out, "]}\n"...)
}

func BenchmarkParse(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			g, q := benchGraph(b, size.nodes, size.edges)
			data := document(g, q.Entries)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Parse(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	g, q := benchGraph(b, 160_000, 250_000)
	s := g.Solve(q)
	for b.Loop() {
		if err := s.WriteJSON(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBest(b *testing.B) {
	for _, size := range benchSizes[:3] {
		b.Run(size.name, func(b *testing.B) {
			g, q := benchGraph(b, size.nodes, size.edges)
			s := g.Solve(q)
			goal := s.Order()[len(s.Order())*3/4]
			var r Ranking
			for b.Loop() {
				r = s.Best(goal, 5)
			}
			b.ReportMetric(float64(len(r.Derivations)), "found")
			b.ReportMetric(float64(len(r.Derivations[0].Nodes)), "nodes")
		})
	}
}

func BenchmarkChokes(b *testing.B) {
	g, q := benchGraph(b, 160_000, 250_000)
	s := g.Solve(q)
	goal := s.Order()[len(s.Order())*3/4]
	for b.Loop() {
		s.Chokes(goal)
	}
}
