package graph

import (
	"bytes"
	"fmt"
	"math"
)

// Parse reads a graph and its entries from JSON:
//
//	{"nodes":   [{"id": "a", "type": "or|and|k-of-n", "k": 2, "cost": 1.5, "p": 0.5}, …],
//	 "edges":   [["from", "to"], …],
//	 "entries": ["a", …]}
//
// A node needs "id" and "type"; "k" belongs to k-of-n nodes and is needed there; "cost" is 0 if absent; a node with "p" is
// open only with that chance. "edges" may be absent. An edge given twice counts once. Keys may come in any order; unknown
// and repeated keys, unknown types, missing ids and edges or entries that name no node are errors. An error is one
// sentence; it begins with line:column where there is one to point at, and names the node, edge or entry by its position,
// counted from 0.
func Parse(data []byte) (*Graph, []int32, error) {
	p := parser{scanner: scanner{data: data}}
	if err := p.document(); err != nil {
		return nil, nil, err
	}
	g, err := p.b.Build()
	if err != nil {
		return nil, nil, err
	}
	entries := make([]int32, len(p.entries))
	for i, r := range p.entries {
		if entries[i] = g.Place(r); entries[i] < 0 {
			return nil, nil, fmt.Errorf("entry %d: unknown node %q", i, p.b.names.bytes(int32(r)))
		}
	}
	return g, entries, nil
}

// parser reads the document in one pass, straight into a builder. What it knows of the current node or edge lies in the
// parser and not in closures, which would be made anew for every one of a million edges.
type parser struct {
	scanner
	b       Builder
	entries []Ref

	seen keys // of the current node
	node Node // without its id
	ref  Ref  // of the id of the current node, -1 if there was none yet
	ends [2]Ref
}

func (p *parser) document() error {
	if err := p.validText(); err != nil {
		return err
	}
	// Every node has a brace and every edge a bracket; counting them costs little and saves most of the growing.
	p.b.grow(bytes.Count(p.data, []byte{'{'}), bytes.Count(p.data, []byte{'['}))
	var seen keys
	nodeField, edgeEnd := p.nodeField, p.edgeEnd
	err := p.object(func(key []byte, at int) error {
		k, err := seen.add(p, key, at, "nodes", "edges", "entries")
		if err != nil {
			return err
		}
		switch k {
		case 0:
			return p.array(`"nodes"`, func(i int) error { return p.readNode(i, nodeField) })
		case 1:
			return p.array(`"edges"`, func(i int) error { return p.readEdge(i, edgeEnd) })
		default:
			return p.array(`"entries"`, p.readEntry)
		}
	})
	if err != nil {
		return err
	}
	if p.space(); p.pos < len(p.data) {
		return p.fault(p.pos, "expected the end of the file, found %s", p.found())
	}
	for i, name := range []string{"nodes", "edges", "entries"} {
		if seen&(1<<i) == 0 && name != "edges" {
			return fmt.Errorf("missing key %q", name)
		}
	}
	return nil
}

func (p *parser) readEntry(i int) error {
	id, err := p.text("the id")
	if err != nil {
		return within(fmt.Sprintf("entry %d", i), err)
	}
	p.entries = append(p.entries, Ref(p.b.names.intern(id)))
	return nil
}

func (p *parser) readNode(i int, field func([]byte, int) error) error {
	p.seen, p.node, p.ref = 0, Node{}, -1
	begin := p.pos
	err := p.object(field)
	switch {
	case err == nil && p.seen&1 == 0:
		err = p.fault(begin, `missing "id"`)
	case err == nil && p.seen&2 == 0:
		err = p.fault(begin, `missing "type"`)
	case err == nil && p.node.Kind == KOfN && p.node.K == 0:
		err = p.fault(begin, `missing "k"`)
	}
	if err != nil {
		if p.ref >= 0 {
			return within(fmt.Sprintf("node %d (%q)", i, p.b.names.bytes(int32(p.ref))), err)
		}
		return within(fmt.Sprintf("node %d", i), err)
	}
	p.b.describe(p.ref, p.node)
	return p.b.err
}

func (p *parser) nodeField(key []byte, at int) error {
	k, err := p.seen.add(p, key, at, "id", "type", "k", "cost", "p")
	if err != nil {
		return err
	}
	begin := p.pos
	switch k {
	case 0:
		id, err := p.text(`"id"`)
		if err != nil {
			return err
		}
		p.ref = Ref(p.b.names.intern(id))
	case 1:
		name, err := p.text(`"type"`)
		if err != nil {
			return err
		}
		switch string(name) {
		case "or":
			p.node.Kind = Or
		case "and":
			p.node.Kind = And
		case "k-of-n":
			p.node.Kind = KOfN
		default:
			return p.fault(begin, "unknown type %q, must be or, and or k-of-n", name)
		}
	case 2:
		x, err := p.number(`"k"`)
		if err != nil {
			return err
		}
		if x != math.Trunc(x) || x < 1 || x > math.MaxInt32 {
			return p.fault(begin, "k is %v, must be a whole number of at least 1", x)
		}
		p.node.K = int(x)
	case 3:
		p.node.Cost, err = p.number(`"cost"`)
	case 4:
		p.node.Uncertain = true
		p.node.P, err = p.number(`"p"`)
	}
	return err
}

func (p *parser) readEdge(i int, end func(int) error) error {
	begin := p.pos
	p.ends = [2]Ref{-1, -1}
	err := p.array("an edge", end)
	if err == nil && p.ends[1] < 0 {
		err = p.fault(begin, `must have two ids, ["from", "to"]`)
	}
	if err != nil {
		return within(fmt.Sprintf("edge %d", i), err)
	}
	p.b.Edge(p.ends[0], p.ends[1])
	return nil
}

func (p *parser) edgeEnd(j int) error {
	begin := p.pos
	id, err := p.text("the id")
	switch {
	case err != nil:
		return err
	case j > 1:
		return p.fault(begin, `must have two ids, ["from", "to"]`)
	}
	p.ends[j] = Ref(p.b.names.intern(id))
	return nil
}

// keys is the set of keys seen in one object, by their position in the list of known ones.
type keys uint8

func (k *keys) add(p *parser, key []byte, at int, known ...string) (int, error) {
	for i, name := range known {
		if string(key) == name {
			if *k&(1<<i) != 0 {
				return 0, p.fault(at, "key %q is given twice", key)
			}
			*k |= 1 << i
			return i, nil
		}
	}
	return 0, p.fault(at, "unknown key %q", key)
}
