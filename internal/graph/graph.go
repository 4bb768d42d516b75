package graph

import (
	"fmt"
	"math"
	"sort"
	"sync"
)

// Kind says how many predecessors a node needs.
type Kind uint8

// The kinds of node.
const (
	Or   Kind = iota // one predecessor is enough
	And              // every predecessor is needed; without any, only an entry holds
	KOfN             // at least Node.K different predecessors are needed
)

// String returns the kind as the JSON contract spells it.
func (k Kind) String() string {
	switch k {
	case Or:
		return "or"
	case And:
		return "and"
	case KOfN:
		return "k-of-n"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Node is what a caller says about one node. The zero values mean: an OR node, free, always open.
type Node struct {
	ID   string  // not empty, unique
	Kind Kind    //
	K    int     // for KOfN at least 1, else 0; more than there are predecessors can never be met
	Cost float64 // own cost, at least 0; +Inf closes the node in every query
	// Uncertain says that the node is open only with chance P, independently of all others. Solve and Spread ignore it;
	// Simulate uses it.
	Uncertain bool
	P         float64 // 0 to 1; counts only if Uncertain
}

// Graph is an immutable AND/OR graph. Its nodes are numbered from 0 in ascending order of their ids.
type Graph struct {
	ids     []string
	kind    []Kind
	need    []int32 // predecessors needed; never met if above the in-degree
	cost    []float64
	chance  []float64 // 1 unless uncertain
	place   []int32   // Ref → number
	succOff []uint32
	succ    []int32 // ascending within a node
	predOff []uint32
	pred    []int32 // ascending within a node
	start   []cell  // state of every node before a solve; copied, never changed

	queues *sync.Pool // of *queue: a solve that is done needs its own no longer, and the next one is about as long
}

// Len returns the number of nodes.
func (g *Graph) Len() int { return len(g.ids) }

// Edges returns the number of distinct edges.
func (g *Graph) Edges() int { return len(g.succ) }

// ID returns the id of node v.
func (g *Graph) ID(v int32) string { return g.ids[v] }

// Index returns the number of the node with this id.
func (g *Graph) Index(id string) (int32, bool) {
	i := sort.SearchStrings(g.ids, id)
	return int32(i), i < len(g.ids) && g.ids[i] == id
}

// Lookup returns the numbers of the nodes with these ids, in the order given. It names the first id that the graph
// does not have.
func (g *Graph) Lookup(ids ...string) ([]int32, error) {
	out := make([]int32, 0, len(ids))
	for i, id := range ids {
		v, ok := g.Index(id)
		if !ok {
			return nil, fmt.Errorf("entry %d: unknown node %q", i, id)
		}
		out = append(out, v)
	}
	return out, nil
}

// Place returns the number that the node of a builder's reference has in the graph.
func (g *Graph) Place(r Ref) int32 { return g.place[r] }

// Node returns what was said about node v.
func (g *Graph) Node(v int32) Node {
	n := Node{ID: g.ids[v], Kind: g.kind[v], Cost: g.cost[v], P: g.chance[v], Uncertain: g.chance[v] < 1}
	if n.Kind == KOfN {
		n.K = int(g.need[v])
	}
	return n
}

// Kind returns the kind of node v.
func (g *Graph) Kind(v int32) Kind { return g.kind[v] }

// Preds returns the predecessors of v in ascending order. The caller must not change the slice.
func (g *Graph) Preds(v int32) []int32 { return g.pred[g.predOff[v]:g.predOff[v+1]] }

// Succs returns the successors of v in ascending order. The caller must not change the slice.
func (g *Graph) Succs(v int32) []int32 { return g.succ[g.succOff[v]:g.succOff[v+1]] }

// isClosed says whether the graph itself closes v.
func (g *Graph) isClosed(v int32) bool { return math.IsInf(g.cost[v], 1) }
