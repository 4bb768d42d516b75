package attack

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"fermata/internal/graph"
	"fermata/internal/model"
	"fermata/internal/result"
)

const (
	// blastWork bounds the nodes looked at for all blast radii together.
	blastWork = 1 << 25
	// nearby bounds the nodes looked at to find which elements fall with one element for certain.
	nearby = 512
)

// radius is an element assumed fallen, and how much falls with it.
type radius struct {
	element          *model.Element
	node             int32
	elements, assets int

	next   []int32 // radii whose elements fall with this one for certain, as far as looked
	inner  int32   // one of them, which is computed before; -1 for none
	outer  []int32 // radii that have this one as their inner
	chain  int     // how many inner ones there are
	closed bool    // inner is settled
}

// blast assumes one element fallen at a time, and lists what falls with it: first only counted, for all, and then in
// full for the widest.
func (a *analysis) blast(ctx context.Context) error {
	c := newCounter(a)
	var rows []radius
	for _, e := range a.in.System.Elements {
		if node, ok := a.turns(e); ok {
			rows = append(rows, radius{element: e, node: node, inner: -1})
		}
	}
	if len(rows) == 0 {
		return ctx.Err()
	}
	spread := a.g.Spread(graph.Query{Entries: a.leaves, Closed: a.closedLeaves})
	counted, err := c.measure(ctx, spread, rows)
	if err != nil {
		return err
	}
	all := len(counted)
	counted = slices.DeleteFunc(counted, func(r *radius) bool {
		return r.element.Kind == model.External && r.elements == 0 && r.assets == 0 // it turns, and nobody minds
	})
	if all < len(rows) {
		a.truncated(fmt.Sprintf("the blast radius is computed for %d of %d elements", all, len(rows)))
	}
	sort.Slice(counted, func(i, j int) bool {
		x, y := counted[i], counted[j]
		if x.assets != y.assets {
			return x.assets > y.assets
		}
		if x.elements != y.elements {
			return x.elements > y.elements
		}
		return x.element.ID < y.element.ID
	})
	if most := a.in.Limits.Blast; len(counted) > most {
		a.truncated(fmt.Sprintf("the blast radius is listed for %d of %d elements, the widest first, the main code before other parts of the tree", most, len(counted)))
		counted = pick(counted, shared(most, len(counted), func(i int) bool { return a.least(mainScope, counted[i].element.ID) == mainScope }))
	}
	for _, r := range counted {
		spread.Reset(graph.Query{Entries: append(slices.Clone(a.leaves), r.node), Closed: a.closedLeaves})
		a.out.Blast = append(a.out.Blast, c.list(r.element, spread))
	}
	return nil
}

// nest finds for each radius another one that lies within it for certain: from its node leads a way on which each node
// lacks only the premise before it. What falls with the outer element is then what falls with the inner one and what
// the outer one adds, so a chain of agents that reach each other costs what the longest reaches and not the sum.
func (c *counter) nest(spread *graph.Spread, rows []radius) {
	row, seen := make([]int32, c.a.g.Len()), make([]int32, c.a.g.Len())
	for i := range rows {
		row[rows[i].node] = int32(i) + 1
	}
	var list []int32
	for i := range rows {
		list = append(list[:0], rows[i].node)
		seen[rows[i].node] = int32(i) + 1
		for at := 0; at < len(list) && len(list) < nearby; at++ {
			for _, w := range c.a.g.Succs(list[at]) {
				if seen[w] == int32(i)+1 || !spread.Follows(w) {
					continue
				}
				seen[w] = int32(i) + 1
				if n := row[w]; n > 0 {
					rows[i].next = append(rows[i].next, n-1)
				} else {
					list = append(list, w)
				}
			}
		}
	}
	// Depth first, so that those within come before; where they reach each other in a ring, one of them begins.
	begun := make([]bool, len(rows))
	var visit func(i int32)
	visit = func(i int32) {
		begun[i] = true
		r := &rows[i]
		for _, n := range r.next {
			if !begun[n] {
				visit(n)
			}
			if in := &rows[n]; in.closed && in.chain >= r.chain {
				r.inner, r.chain = n, in.chain+1
			}
		}
		r.closed = true
		if r.inner >= 0 {
			rows[r.inner].outer = append(rows[r.inner].outer, i)
		}
	}
	for i := range rows {
		if !begun[i] {
			visit(int32(i))
		}
	}
}

// measure counts what falls with each of the rows, inner ones first, and returns those that it came to before the
// limit. The spread holds what falls without any of them.
func (c *counter) measure(ctx context.Context, spread *graph.Spread, rows []radius) ([]*radius, error) {
	c.nest(spread, rows)
	held := make([]int32, len(c.seen)) // element → fallen nodes by which it falls
	elements, assets, work := 0, 0, 0
	add := func(nodes []int32) {
		work += len(nodes)
		for _, node := range nodes {
			assets += int(c.lost[node])
			if n := c.element[node]; n >= 0 {
				if held[n]++; held[n] == 1 {
					elements++
				}
			}
		}
	}
	remove := func(nodes []int32) {
		for _, node := range nodes {
			assets -= int(c.lost[node])
			if n := c.element[node]; n >= 0 {
				if held[n]--; held[n] == 0 {
					elements--
				}
			}
		}
	}
	add(spread.Order())
	var counted []*radius
	var visit func(i int32) error
	visit = func(i int32) error {
		if err := ctx.Err(); err != nil || work > blastWork {
			return err
		}
		r := &rows[i]
		add(spread.Push(r.node))
		r.elements, r.assets = elements, assets
		if n, ok := c.number[r.element.ID]; ok && held[n] > 0 {
			r.elements--
		}
		counted = append(counted, r)
		for _, n := range r.outer {
			if err := visit(n); err != nil {
				return err
			}
		}
		remove(spread.Pop())
		return nil
	}
	for i := range rows {
		if rows[i].inner < 0 {
			if err := visit(int32(i)); err != nil {
				return nil, err
			}
		}
	}
	return counted, nil
}

// counter turns what a spread reached into elements and assets. It numbers elements once, so that counting makes no
// strings.
type counter struct {
	a       *analysis
	element []int32            // node → number of the element that falls with it, -1 for none
	number  map[string]int32   // identifier → number of the element
	byID    []int32            // numbers of elements in order of their identifiers
	assets  map[int32][]string // node → assets that are lost with it
	lost    []int32            // node → how many these are
	seen    []int32            // element → round in which it was seen last
	round   int32
}

func newCounter(a *analysis) *counter {
	all := a.in.System.Elements
	c := &counter{
		a: a, element: make([]int32, a.g.Len()), number: make(map[string]int32, len(all)), byID: make([]int32, len(all)),
		assets: map[int32][]string{}, lost: make([]int32, a.g.Len()), seen: make([]int32, len(all)),
	}
	for i, e := range all {
		c.number[e.ID], c.byID[i] = int32(i), int32(i)
	}
	sort.SliceStable(c.byID, func(i, j int) bool { return all[c.byID[i]].ID < all[c.byID[j]].ID })
	for i := range c.element {
		c.element[i] = -1
		if p, ok := a.powerAt(int32(i)); ok && falls[p.Capability] {
			if n, ok := c.number[p.On]; ok {
				c.element[i] = n
			}
		}
	}
	for i := range a.in.System.Assets {
		asset := &a.in.System.Assets[i]
		if node, ok := a.power(assetPower(asset)); ok {
			c.assets[node] = append(c.assets[node], asset.ID)
			c.lost[node]++
		}
	}
	return c
}

// list tells in full what a spread reached.
func (c *counter) list(source *model.Element, spread *graph.Spread) result.Blast {
	b := result.Blast{Element: source.ID, Elements: []string{}, ByLayer: map[string]int{}, Assets: []string{}}
	c.round++
	found := 0
	for _, node := range spread.Order() { // an element falls by its first node
		if n := c.element[node]; n >= 0 && c.seen[n] != c.round {
			c.seen[n] = c.round
			if c.a.in.System.Elements[n] != source {
				found++
				b.Depth = max(b.Depth, int(spread.Rounds(node)))
			}
		}
		if c.lost[node] > 0 {
			b.Assets = append(b.Assets, c.assets[node]...)
		}
	}
	b.Elements = slices.Grow(b.Elements, found)
	for _, n := range c.byID {
		if e := c.a.in.System.Elements[n]; c.seen[n] == c.round && e != source {
			b.Elements = append(b.Elements, e.ID)
			b.ByLayer[e.Layer]++
		}
	}
	sort.Strings(b.Assets)
	return b
}
