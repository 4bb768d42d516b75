package graph

import (
	"fmt"
	"slices"
)

// WithAny returns the graph with a further OR node for each list of nodes, which holds when one of these holds, and the numbers of
// the new nodes in the order of the lists. The nodes that were there keep their numbers and their random numbers: the new ids come after all
// others. What is drawn of other nodes is the same in both graphs.
func (g *Graph) WithAny(lists [][]int32) (*Graph, []int32, error) {
	var b Builder
	b.grow(g.Len()+len(lists), g.Edges()+len(lists))
	refs := make([]Ref, g.Len())
	for v := range refs {
		refs[v] = b.Node(g.Node(int32(v)))
	}
	for v := range refs {
		for _, w := range g.Succs(int32(v)) {
			b.Edge(refs[v], refs[w])
		}
	}
	last := ""
	if g.Len() > 0 {
		last = g.ids[g.Len()-1]
	}
	added := make([]Ref, len(lists))
	for i, list := range lists {
		added[i] = b.Node(Node{ID: fmt.Sprintf("%s~%08d", last, i), Kind: Or})
		for _, v := range list {
			if v < 0 || int(v) >= g.Len() {
				return nil, nil, fmt.Errorf("list %d: no node has the number %d", i, v)
			}
			b.Edge(refs[v], added[i])
		}
	}
	out, err := b.Build()
	if err != nil {
		return nil, nil, err
	}
	nodes := make([]int32, len(added))
	for i, r := range added {
		nodes[i] = out.Place(r)
	}
	if !slices.IsSorted(nodes) {
		return nil, nil, fmt.Errorf("%d lists are too many", len(lists))
	}
	return out, nodes, nil
}
