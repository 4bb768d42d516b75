package graph

import (
	"cmp"
	"math"
	"slices"
)

// hit returns a cheapest set, ascending, that has an element of each of the sets, by branch and bound. Of equally cheap
// ones it returns the first of a fixed order. Sets that share no element, not even by way of others, are hit apart. Each
// branching step takes from budget; when that is used up, proven is false, and bound is below what any hitting set costs.
func hit(sets [][]int32, price map[int32]float64, budget *int) (choice []int32, bound float64, proven bool) {
	proven = true
	for _, part := range apart(irredundant(sets)) {
		h := hitter{budget: budget, best: math.Inf(1)}
		h.load(part, price)
		root := h.disjoint()
		h.greedy()
		if h.best > root {
			h.branch(0)
		}
		for _, e := range h.bestSet {
			choice = append(choice, h.elems[e])
		}
		if *budget <= 0 && h.best > root {
			bound += root
			proven = false
		} else {
			bound += h.best
		}
	}
	slices.Sort(choice)
	return choice, bound, proven
}

// apart divides sets into parts that share no element, in the order of their first sets.
func apart(sets [][]int32) [][][]int32 {
	parent := make([]int, len(sets))
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	first := map[int32]int{}
	for i, set := range sets {
		parent[i] = i
		for _, v := range set {
			if j, ok := first[v]; ok {
				x, y := find(i), find(j)
				parent[max(x, y)] = min(x, y)
			} else {
				first[v] = i
			}
		}
	}
	number := map[int]int{}
	var parts [][][]int32
	for i, set := range sets {
		root := find(i)
		at, ok := number[root]
		if !ok {
			at = len(parts)
			number[root] = at
			parts = append(parts, nil)
		}
		parts[at] = append(parts[at], set)
	}
	return parts
}

type hitter struct {
	elems   []int32 // element → node, ascending
	price   []float64
	sets    [][]int // elements, cheapest first
	in      [][]int // element → sets that have it
	hits    []int   // set → number of chosen elements in it
	barred  []bool  // elements that this branch leaves out
	chosen  []int
	busy    []bool // scratch of disjoint
	best    float64
	bestSet []int
	budget  *int
}

func (h *hitter) load(sets [][]int32, price map[int32]float64) {
	for _, s := range sets {
		h.elems = append(h.elems, s...)
	}
	slices.Sort(h.elems)
	h.elems = slices.Compact(h.elems)
	h.in = make([][]int, len(h.elems))
	h.barred = make([]bool, len(h.elems))
	h.busy = make([]bool, len(h.elems))
	h.hits = make([]int, len(sets))
	for _, v := range h.elems {
		h.price = append(h.price, price[v])
	}
	for i, s := range sets {
		row := make([]int, len(s))
		for j, v := range s {
			row[j], _ = slices.BinarySearch(h.elems, v)
			h.in[row[j]] = append(h.in[row[j]], i)
		}
		h.sets = append(h.sets, row)
	}
	for _, row := range h.sets {
		slices.SortFunc(row, func(x, y int) int {
			return cmp.Or(cmp.Compare(h.price[x], h.price[y]), cmp.Compare(len(h.in[y]), len(h.in[x])), cmp.Compare(x, y))
		})
	}
}

// irredundant leaves out sets that contain another one: hitting the smaller hits them too.
func irredundant(sets [][]int32) [][]int32 {
	sorted := slices.Clone(sets)
	slices.SortStableFunc(sorted, func(x, y []int32) int { return cmp.Or(cmp.Compare(len(x), len(y)), slices.Compare(x, y)) })
	var out [][]int32
	lead := map[int32][]int{} // first element → sets that are kept; a set that is contained begins with one of the container's
	for _, s := range sorted {
		redundant := slices.ContainsFunc(s, func(v int32) bool {
			return slices.ContainsFunc(lead[v], func(i int) bool { return contains(s, out[i]) })
		})
		if !redundant {
			lead[s[0]] = append(lead[s[0]], len(out))
			out = append(out, s)
		}
	}
	return out
}

// contains says whether the ascending set has all elements of the ascending part.
func contains(set, part []int32) bool {
	for _, v := range part {
		i, ok := slices.BinarySearch(set, v)
		if !ok {
			return false
		}
		set = set[i+1:]
	}
	return true
}

// disjoint returns what the open sets cost at least: the sum, over sets that share no element that is not barred, of the
// cheapest element. A set whose elements are all barred costs +Inf.
func (h *hitter) disjoint() float64 {
	clear(h.busy)
	sum := 0.0
	for i, row := range h.sets {
		if h.hits[i] > 0 {
			continue
		}
		least, free := math.Inf(1), true
		for _, e := range row {
			if !h.barred[e] {
				least = min(least, h.price[e])
				free = free && !h.busy[e]
			}
		}
		if math.IsInf(least, 1) {
			return least
		}
		if free {
			sum += least
			for _, e := range row {
				h.busy[e] = h.busy[e] || !h.barred[e]
			}
		}
	}
	return sum
}

// greedy takes the element with the best price per open set again and again, as a first bound from above.
func (h *hitter) greedy() {
	cost := 0.0
	for slices.Contains(h.hits, 0) {
		pick, ratio := -1, math.Inf(1)
		for e := range h.elems {
			open := 0
			for _, i := range h.in[e] {
				if h.hits[i] == 0 {
					open++
				}
			}
			if r := h.price[e] / float64(open); open > 0 && r < ratio {
				pick, ratio = e, r
			}
		}
		h.take(pick, 1)
		cost += h.price[pick]
		h.bestSet = append(h.bestSet, pick)
	}
	for _, e := range h.bestSet {
		h.take(e, -1)
	}
	h.best = cost
}

func (h *hitter) take(e, by int) {
	for _, i := range h.in[e] {
		h.hits[i] += by
	}
}

// branch extends the chosen elements, which cost so much, in every way that can be cheaper than the best.
func (h *hitter) branch(cost float64) {
	if *h.budget <= 0 {
		return
	}
	*h.budget -= 1 + len(h.sets)/64 // each looks at all sets
	if cost+h.disjoint() >= h.best {
		return
	}
	// Take the open set with the fewest elements left: first each of them in turn, then never again in this branch.
	open, fewest := -1, math.MaxInt
	for i, row := range h.sets {
		if h.hits[i] > 0 {
			continue
		}
		n := 0
		for _, e := range row {
			if !h.barred[e] {
				n++
			}
		}
		if n < fewest {
			open, fewest = i, n
		}
	}
	if open < 0 {
		h.best = cost
		h.bestSet = slices.Clone(h.chosen)
		return
	}
	var tried []int
	for _, e := range h.sets[open] {
		if h.barred[e] {
			continue
		}
		h.take(e, 1)
		h.chosen = append(h.chosen, e)
		h.branch(cost + h.price[e])
		h.chosen = h.chosen[:len(h.chosen)-1]
		h.take(e, -1)
		h.barred[e] = true
		tried = append(tried, e)
	}
	for _, e := range tried {
		h.barred[e] = false
	}
}
