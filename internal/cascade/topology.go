package cascade

import (
	"fmt"
	"slices"
)

// Shape is a made-up net: how many agents, and how they are linked.
type Shape struct {
	Topology string  // one of [Topologies]
	Agents   int     //
	Degree   int     // links of an agent: on average for random and scale-free, in the ring of small-world; 0 means 6
	Branch   int     // agents below each agent of a hierarchy; 0 means 3
	Rewire   float64 // share of the links of small-world that lead anywhere
	Models   int     // how many models the agents run on, in turn; 0 means 1
	Seed     uint64  // of the random ones
}

// Topology is a row of [Topologies].
type Topology struct{ Name, Doc string }

// Topologies is what can be made up.
var Topologies = []Topology{
	{"chain", "each agent passes its work to the next, and nothing comes back"},
	{"star", "one agent in the middle exchanges messages with each of the others"},
	{"hierarchy", "each agent exchanges messages with those below it (--branch) and the one above"},
	{"ring", "each agent exchanges messages with its two neighbours"},
	{"mesh", "every agent exchanges messages with every other"},
	{"random", "pairs are linked at random, --degree links for an agent on average"},
	{"small-world", "a ring of near neighbours (--degree), some of whose links lead anywhere (--rewire)"},
	{"scale-free", "newcomers link to who has many links already (--degree on average): few hubs, many leaves"},
}

// explicitMesh is how many links a mesh may have before its meetings are drawn for each agent and not for each link.
const explicitMesh = 2_000_000

// Make builds the net of a shape, with all links of one class. Links go both ways except in a chain.
func (s Shape) Make(class Chance) (*Net, error) {
	if s.Degree == 0 {
		s.Degree = min(6, max(s.Agents-1, 0))
	}
	if s.Branch == 0 {
		s.Branch = 3
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	n := &Net{Agents: s.Agents, Models: max(s.Models, 1), Classes: []Chance{class}}
	if n.Models > 1 {
		n.Model = make([]int32, n.Agents)
		for v := range n.Model {
			n.Model[v] = int32(v % n.Models)
		}
	}
	if s.Topology == "mesh" && s.Agents*(s.Agents-1) > explicitMesh {
		n.Mixed = true
		return n, n.check()
	}
	for _, pair := range s.pairs() {
		n.Links = append(n.Links, Link{From: pair[0], To: pair[1], Open: 1})
		if s.Topology != "chain" {
			n.Links = append(n.Links, Link{From: pair[1], To: pair[0], Open: 1})
		}
	}
	n.Order()
	return n, n.check()
}

// Order puts the links in their order. Equal ones stay as they are: two ways between two agents are two tries.
func (n *Net) Order() {
	slices.SortStableFunc(n.Links, func(x, y Link) int {
		switch {
		case x.From != y.From:
			return int(x.From - y.From)
		case x.To != y.To:
			return int(x.To - y.To)
		}
		return int(x.Class - y.Class)
	})
}

func (s Shape) check() error {
	switch {
	case !slices.ContainsFunc(Topologies, func(t Topology) bool { return t.Name == s.Topology }):
		return fmt.Errorf("unknown topology %q", s.Topology)
	case s.Agents < 2 || s.Agents > MaxAgents:
		return fmt.Errorf("%d agents are not from 2 to %d", s.Agents, MaxAgents)
	case s.Degree < 1 || s.Degree >= s.Agents:
		return fmt.Errorf("an agent cannot have %d links among %d agents", s.Degree, s.Agents)
	case s.Branch < 1:
		return fmt.Errorf("an agent of a hierarchy has at least one below it, and not %d", s.Branch)
	case !share(s.Rewire):
		return fmt.Errorf("the share %v of links that lead anywhere is not from 0 to 1", s.Rewire)
	case s.Models < 0 || s.Models > maxModels:
		return fmt.Errorf("%d models are not from 1 to %d", s.Models, maxModels)
	case s.Topology != "mesh" && s.Agents*s.Degree > MaxLinks:
		return fmt.Errorf("%d agents with %d links each are more links than the %d that can be simulated", s.Agents, s.Degree, MaxLinks)
	case s.Topology == "small-world" && s.Degree%2 == 1:
		return fmt.Errorf("in a small world agents have as many links on one side as on the other: the degree is even, and not %d", s.Degree)
	case s.Topology == "scale-free" && s.Degree%2 == 1:
		return fmt.Errorf("in a scale-free net each newcomer brings half of the degree: it is even, and not %d", s.Degree)
	}
	return nil
}

// drawShape keeps the luck of a net apart from that of what runs on it.
const drawShape uint32 = 15

// pairs are the linked agents, each pair once.
func (s Shape) pairs() [][2]int32 {
	n := int32(s.Agents)
	key := [2]uint32{uint32(s.Seed), uint32(s.Seed >> 32)}
	draw := func(i, try uint32, below int32) int32 {
		return int32(uint64(word(i, try, 0, stream(drawShape, 0), key)) * uint64(below) >> 32)
	}
	var out [][2]int32
	switch s.Topology {
	case "chain", "ring":
		for v := range n - 1 {
			out = append(out, [2]int32{v, v + 1})
		}
		if s.Topology == "ring" && n > 2 {
			out = append(out, [2]int32{0, n - 1})
		}
	case "star":
		for v := int32(1); v < n; v++ {
			out = append(out, [2]int32{0, v})
		}
	case "hierarchy":
		for v := int32(1); v < n; v++ {
			out = append(out, [2]int32{(v - 1) / int32(s.Branch), v})
		}
	case "mesh":
		for u := range n {
			for v := u + 1; v < n; v++ {
				out = append(out, [2]int32{u, v})
			}
		}
	case "random":
		// Exactly half of agents times degree different pairs: whole numbers only, so that every processor draws the same.
		want := min(int(n)*s.Degree/2, int(n)*(int(n)-1)/2)
		had := make(map[[2]int32]bool, want)
		for i := uint32(0); len(out) < want; i++ {
			u, v := draw(i, 0, n), draw(i, 1, n-1)
			if v >= u {
				v++
			}
			if pair := [2]int32{min(u, v), max(u, v)}; !had[pair] {
				had[pair] = true
				out = append(out, pair)
			}
		}
	case "small-world":
		out = s.smallWorld(draw)
	case "scale-free":
		out = s.scaleFree(draw)
	}
	return out
}

// smallWorld is the ring of Watts and Strogatz, whose links are moved at their far end.
func (s Shape) smallWorld(draw func(i, try uint32, below int32) int32) [][2]int32 {
	n := int32(s.Agents)
	had := map[[2]int32]bool{}
	var out [][2]int32
	for d := int32(1); d <= int32(s.Degree/2); d++ {
		for v := range n {
			w := (v + d) % n
			pair := [2]int32{min(v, w), max(v, w)}
			if !had[pair] && v != w {
				had[pair] = true
				out = append(out, pair)
			}
		}
	}
	moved := int32(float64(s.Rewire * (1 << 30)))
	for i, pair := range out {
		if draw(uint32(i), 0, 1<<30) >= moved {
			continue
		}
		for try := uint32(1); try < 32; try++ { // who is linked to all has nowhere to move a link to
			w := draw(uint32(i), try, n)
			next := [2]int32{min(pair[0], w), max(pair[0], w)}
			if w != pair[0] && !had[next] {
				delete(had, pair)
				had[next] = true
				out[i] = next
				break
			}
		}
	}
	return out
}

// scaleFree is the growth of Barabási and Albert: an end of a link drawn at random is an agent drawn by its links.
func (s Shape) scaleFree(draw func(i, try uint32, below int32) int32) [][2]int32 {
	m := int32(max(s.Degree/2, 1))
	var out [][2]int32
	var ends []int32
	add := func(u, v int32) {
		out = append(out, [2]int32{min(u, v), max(u, v)})
		ends = append(ends, u, v)
	}
	for v := int32(1); v <= m; v++ {
		add(0, v)
	}
	try := uint32(0)
	for v := m + 1; v < int32(s.Agents); v++ {
		chosen := make([]int32, 0, m)
		for int32(len(chosen)) < m {
			w := ends[draw(uint32(v), try, int32(len(ends)))]
			try++
			if !slices.Contains(chosen, w) {
				chosen = append(chosen, w)
			}
		}
		for _, w := range chosen {
			add(v, w)
		}
	}
	return out
}
