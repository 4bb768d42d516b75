package graph

import (
	"math"
	"testing"
)

// TestRadius holds bounds against closed forms: a star's radius is the root of its rays, a ring's twice its weight, a
// chain's nothing, and of two parts the larger counts.
func TestRadius(t *testing.T) {
	star := func(rays int, w float64) (arcs []Arc) {
		for i := 1; i <= rays; i++ {
			arcs = append(arcs, Arc{0, int32(i), w}, Arc{int32(i), 0, w})
		}
		return arcs
	}
	ring := func(n int, w float64) (arcs []Arc) {
		for i := range n {
			arcs = append(arcs, Arc{int32(i), int32((i + 1) % n), w}, Arc{int32((i + 1) % n), int32(i), w})
		}
		return arcs
	}
	var full []Arc
	for i := range int32(7) {
		for j := range int32(7) {
			if i != j {
				full = append(full, Arc{i, j, 0.5})
			}
		}
	}
	for _, c := range []struct {
		name string
		n    int
		arcs []Arc
		want float64
	}{
		{"nothing", 3, nil, 0},
		{"chain", 4, []Arc{{0, 1, 9}, {1, 2, 9}, {2, 3, 9}}, 0},
		{"loop", 1, []Arc{{0, 0, 0.25}}, 0.25},
		{"one arc in two parts", 1, []Arc{{0, 0, 0.125}, {0, 0, 0.125}}, 0.25},
		{"pair with a period", 2, []Arc{{0, 1, 4}, {1, 0, 9}}, 6},
		{"star", 101, star(100, 0.3), 3},
		{"ring", 50, ring(50, 0.4), 0.8},
		{"complete", 7, full, 3},
		{"a weak loop before a strong one", 4, []Arc{{0, 1, 1}, {1, 0, 1}, {1, 2, 1}, {2, 3, 2}, {3, 2, 2}}, 2},
	} {
		b := Radius(c.n, c.arcs)
		if b.Low > b.High || c.want < b.Low-1e-12 || c.want > b.High+1e-12 || b.High-b.Low > 1e-6 {
			t.Errorf("%s: %v, want %v", c.name, b, c.want)
		}
	}
}

// TestRadiusEncloses holds that the bounds stay true where the iteration is slow: a path with returns, whose radius is
// 2·cos(π/(n+1)).
func TestRadiusEncloses(t *testing.T) {
	const n = 2000
	var arcs []Arc
	for i := range int32(n - 1) {
		arcs = append(arcs, Arc{i, i + 1, 1}, Arc{i + 1, i, 1})
	}
	want := 2 * math.Cos(math.Pi/(n+1))
	if b := Radius(n, arcs); want < b.Low || want > b.High {
		t.Errorf("%v does not hold %v", b, want)
	}
}
