package graph

import "slices"

// strong returns the strongly connected components that hang on the roots, each component after those that it leads to, by
// Tarjan's algorithm with a stack of its own. next gives the i-th neighbour of a node, -1 for one to leave out, and false
// after the last. Nodes within a component stand in the order of discovery.
func strong(n int, roots []int32, next func(v, i int32) (int32, bool)) [][]int32 {
	type frame struct{ node, next int32 }
	var (
		out    [][]int32
		index  = make([]int32, n) // order of discovery + 1
		low    = make([]int32, n)
		done   = make([]bool, n)
		stack  []int32
		frames []frame
		count  int32
	)
	open := func(v int32) {
		count++
		index[v], low[v] = count, count
		stack = append(stack, v)
		frames = append(frames, frame{node: v})
	}
	for _, root := range roots {
		if index[root] != 0 {
			continue
		}
		open(root)
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			v := f.node
			if u, ok := next(v, f.next); ok {
				f.next++
				switch {
				case u < 0 || done[u]:
				case index[u] == 0:
					open(u)
				default:
					low[v] = min(low[v], index[u])
				}
				continue
			}
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				up := frames[len(frames)-1].node
				low[up] = min(low[up], low[v])
			}
			if low[v] != index[v] {
				continue
			}
			at := len(stack) - 1
			for stack[at] != v {
				at--
			}
			c := slices.Clone(stack[at:])
			stack = stack[:at]
			for _, u := range c {
				done[u] = true
			}
			out = append(out, c)
		}
	}
	return out
}
