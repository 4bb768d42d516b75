package graph

import "slices"

// Arc is an entry of a non-negative matrix: how much of To each unit of From brings about.
type Arc struct {
	From, To int32
	Weight   float64
}

// Bounds encloses a number.
type Bounds struct {
	Low, High float64
}

// radiusRounds ends the iteration of a component whose bounds come no nearer.
const radiusRounds = 4000

// Radius encloses the spectral radius of the non-negative n by n matrix whose entries are the arcs, equal ones added up. It
// is the number by which repeated steps along the arcs multiply: the reproduction number of a next-generation matrix.
//
// The radius of a matrix is the largest of those of its strongly connected components, and a component without a cycle has
// none. In each component the bounds are those of Collatz and Wielandt: for any positive vector x the radius lies between
// the least and the greatest of (Ax)_i/x_i. They hold at every step of the iteration, which only draws them together, so
// stopping early gives a wider answer and no wrong one. Half of the largest row sum is added along the diagonal meanwhile,
// without which a component with a period, such as a star, would never settle. Sums run in the order of the arcs' ends.
func Radius(n int, arcs []Arc) Bounds {
	list := slices.Clone(arcs)
	list = slices.DeleteFunc(list, func(a Arc) bool { return !(a.Weight > 0) })
	slices.SortFunc(list, func(x, y Arc) int {
		switch {
		case x.From != y.From:
			return int(x.From - y.From)
		case x.To != y.To:
			return int(x.To - y.To)
		case x.Weight < y.Weight:
			return -1
		case x.Weight > y.Weight:
			return 1
		}
		return 0
	})
	off := make([]int32, n+1)
	for _, a := range list {
		off[a.From+1]++
	}
	for v := range n {
		off[v+1] += off[v]
	}
	var out Bounds
	place := make([]int32, n) // within its component
	in := make([]int32, n)    // number of the component, from 1
	for i, c := range circles(off, list) {
		for k, v := range c {
			place[v], in[v] = int32(k), int32(i+1)
		}
		b := perron(c, off, list, place, in)
		out.Low, out.High = max(out.Low, b.Low), max(out.High, b.High)
	}
	return out
}

// perron encloses the radius of one strongly connected component.
func perron(c []int32, off []int32, list []Arc, place, in []int32) Bounds {
	type entry struct {
		to     int32
		weight float64
	}
	own := in[c[0]]
	rows := make([]int32, len(c)+1)
	var entries []entry
	shift := 0.0
	for k, v := range c {
		sum := 0.0
		for _, a := range list[off[v]:off[v+1]] {
			if in[a.To] == own {
				entries = append(entries, entry{place[a.To], a.Weight})
				sum += a.Weight
			}
		}
		rows[k+1] = int32(len(entries))
		shift = max(shift, sum/2)
	}
	if len(entries) == 0 {
		return Bounds{}
	}
	x, next := make([]float64, len(c)), make([]float64, len(c))
	for i := range x {
		x[i] = 1
	}
	best := Bounds{0, 2 * shift}
	for range radiusRounds {
		low, high, most := 0.0, 0.0, 0.0
		for i := range x {
			y := float64(shift * x[i])
			for _, e := range entries[rows[i]:rows[i+1]] {
				y += float64(e.weight * x[e.to])
			}
			next[i] = y
			ratio := y/x[i] - shift
			if i == 0 || ratio < low {
				low = ratio
			}
			if i == 0 || ratio > high {
				high = ratio
			}
			most = max(most, y)
		}
		best.Low, best.High = max(best.Low, low), min(best.High, high)
		if best.High-best.Low <= 1e-9*best.High {
			break
		}
		for i := range x {
			x[i] = max(next[i]/most, 1e-300) // any positive vector will do
		}
	}
	// Rounding may put the ends the wrong way round where they meet.
	return Bounds{min(best.Low, best.High), max(best.Low, best.High)}
}

// circles returns the strongly connected components that hold a cycle, each in ascending order.
func circles(off []int32, list []Arc) [][]int32 {
	roots := make([]int32, len(off)-1)
	for i := range roots {
		roots[i] = int32(i)
	}
	all := strong(len(roots), roots, func(v, i int32) (int32, bool) {
		if off[v]+i >= off[v+1] {
			return 0, false
		}
		return list[off[v]+i].To, true
	})
	own := func(v int32) bool {
		return slices.ContainsFunc(list[off[v]:off[v+1]], func(a Arc) bool { return a.To == v })
	}
	all = slices.DeleteFunc(all, func(c []int32) bool { return len(c) == 1 && !own(c[0]) })
	for _, c := range all {
		slices.Sort(c)
	}
	return all
}
