package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSolve(t *testing.T) {
	g, entries, err := Parse([]byte(` {"entries": ["in", "\u0069n"], "edges": [["in","a"],["in","b"],["a","goal"],["b","goal"],["b","goal"],["a","t\"\u00e9"]],
		"nodes": [{"type":"and","id":"goal","cost":1e0}, {"id":"a","type":"or","cost":2.25}, {"id":"b","type":"or","p":0.5},
		{"id":"in","type":"and","cost":-0}, {"id":"t\"é","type":"k-of-n","k":1,"cost":12345678901234567890}, {"id":"far","type":"or"}]}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := g.Solve(Query{Entries: entries}).WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	want := `{"reached":[
{"id":"a","cost":2.25},
{"id":"b","cost":0},
{"id":"goal","cost":3.25},
{"id":"in","cost":0},
{"id":"t\"é","cost":12345678901234567000}
]}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if b, _ := g.Index("b"); g.Node(b) != (Node{ID: "b", Uncertain: true, P: 0.5}) {
		t.Errorf("node b = %+v", g.Node(b))
	}
}

func TestWriteNothing(t *testing.T) {
	g, entries, err := Parse([]byte(`{"nodes":[],"entries":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := g.Solve(Query{Entries: entries}).WriteJSON(&out); err != nil || out.String() != "{\"reached\":[]}\n" {
		t.Errorf("wrote %q, %v", out.String(), err)
	}
}

// failing refuses every byte after the first so many.
type failing int

func (f *failing) Write(b []byte) (int, error) {
	if *f -= failing(len(b)); *f < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

// TestWriteErrors: an error of the writer comes back, from the first piece or a later one.
func TestWriteErrors(t *testing.T) {
	g, q := benchGraph(t, 10_000, 16_000)
	c, err := g.Simulate(t.Context(), q, Sampling{Trials: 64, Always: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []failing{0, 100_000} {
		first, second := room, room
		if err := g.Solve(q).WriteJSON(&first); err != io.ErrClosedPipe {
			t.Errorf("solution with room for %d: %v", room, err)
		}
		if err := c.WriteJSON(&second); err != io.ErrClosedPipe {
			t.Errorf("chances with room for %d: %v", room, err)
		}
	}
}

// TestWriteHostileIDs: what could move a cursor or turn a line round is escaped, and reads back as it was.
func TestWriteHostileIDs(t *testing.T) {
	id := "\x1b[2J\x7f\u009b\u2028\u202e\u2066\u200f\"\\\n é😀"
	got := string(appendString(nil, id))
	want := `"\u001b[2J\u007f\u009b\u2028\u202e\u2066\u200f\"\\\u000a é😀"`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var back string
	if err := json.Unmarshal([]byte(got), &back); err != nil || back != id {
		t.Errorf("reads back as %q, %v", back, err)
	}
}

func TestParseErrors(t *testing.T) {
	node := func(s string) string { return `{"nodes":[{"id":"a","type":"or"},` + "\n  " + s + `],"entries":[]}` }
	for in, want := range map[string]string{
		``:                                       `1:1: expected an object, found the end of the file`,
		`[]`:                                     `1:1: expected an object, found '['`,
		`{}`:                                     `missing key "nodes"`,
		`{"nodes":[]}`:                           `missing key "entries"`,
		`{"nodes":[],"entries":[]} x`:            `1:27: expected the end of the file, found 'x'`,
		`{"nodes":[],"nodes":[]}`:                `1:13: key "nodes" is given twice`,
		`{"node":[]}`:                            `1:2: unknown key "node"`,
		`{"nodes":{}}`:                           `1:10: expected an array for "nodes", found '{'`,
		`{"nodes":[],}`:                          `1:13: a key must be a string, found '}'`,
		`{"nodes":[],"entries":[],"edges":[`:     `1:35: edge 0: expected an array for an edge, found the end of the file`,
		node(`{"id":"b","type":"xor"}`):          `2:20: node 1 ("b"): unknown type "xor", must be or, and or k-of-n`,
		node(`{"type":"or"}`):                    `2:3: node 1: missing "id"`,
		node(`{"id":"b"}`):                       `2:3: node 1 ("b"): missing "type"`,
		node(`{"id":"b","type":"k-of-n"}`):       `2:3: node 1 ("b"): missing "k"`,
		node(`{"id":"b","type":"k-of-n","k":0}`): `2:33: node 1 ("b"): k is 0, must be a whole number of at least 1`,
		node(`{"id":"b","type":"k-of-n","k":1.5}`):                                         `2:33: node 1 ("b"): k is 1.5, must be a whole number of at least 1`,
		node(`{"id":"b","type":"or","k":2}`):                                               `node 1 ("b"): k is 2, but only a k-of-n node has one`,
		node(`{"id":"b","type":"or","cost":-1}`):                                           `node 1 ("b"): cost is -1, must not be negative`,
		node(`{"id":"b","type":"or","cost":1e999}`):                                        `2:32: node 1 ("b"): "cost" is out of range`,
		node(`{"id":"b","type":"or","cost":null}`):                                         `2:32: node 1 ("b"): "cost" must be a number, found 'n'`,
		node(`{"id":"b","type":"or","cost":01}`):                                           `2:32: node 1 ("b"): "cost" is no valid number`,
		node(`{"id":"b","type":"or","p":1.25}`):                                            `node 1 ("b"): p is 1.25, must be from 0 to 1`,
		node(`{"id":"b","type":"or","colour":1}`):                                          `2:25: node 1 ("b"): unknown key "colour"`,
		node(`{"id":"a","type":"or"}`):                                                     `node 1 ("a"): id already used by node 0`,
		node(`{"id":"","type":"or"}`):                                                      `node 1 (""): empty id`,
		node(`{"id":7,"type":"or"}`):                                                       `2:9: node 1: "id" must be a string, found '7'`,
		node(`{"id":"\ud800","type":"or"}`):                                                `2:10: node 1: invalid escape in a string`,
		node("{\"id\":\"é\t\"}"):                                                           `2:11: node 1: control character in a string`,
		node("{\"id\":\"\xff\"}"):                                                          `2:10: not valid UTF-8`,
		`{"nodes":[{"id":"b`:                                                               `1:17: node 0: string without an end`,
		`{"nodes":[],"entries":[],"edges":[["a"]]}`:                                        `1:35: edge 0: must have two ids, ["from", "to"]`,
		`{"nodes":[],"entries":[],"edges":[["a","b","c"]]}`:                                `1:44: edge 0: must have two ids, ["from", "to"]`,
		`{"nodes":[],"entries":[],"edges":[["a","b",1]]}`:                                  `1:44: edge 0: the id must be a string, found '1'`,
		`{"nodes":[{"id":"a","type":"or"}],"entries":["a"],"edges":[["a","a"],["a","b"]]}`: `edge 1: unknown node "b"`,
		`{"nodes":[{"id":"a","type":"or"}],"entries":["a","x"]}`:                           `entry 1: unknown node "x"`,
	} {
		_, _, err := Parse([]byte(in))
		if err == nil || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", in, err, want)
		}
	}
}

func TestBuildErrors(t *testing.T) {
	for want, n := range map[string]Node{
		`node 1 (""): empty id`:                                {},
		`node 1 ("x"): id already used by node 0`:              {ID: "x"},
		`node 1 ("y"): unknown kind 9`:                         {ID: "y", Kind: 9},
		`node 1 ("y"): k is 0, a k-of-n node needs at least 1`: {ID: "y", Kind: KOfN},
		`node 1 ("y"): k is 1, but only a k-of-n node has one`: {ID: "y", Kind: And, K: 1},
		`node 1 ("y"): cost is -0.5, must not be negative`:     {ID: "y", Cost: -0.5},
		`node 1 ("y"): cost is -Inf, must not be negative`:     {ID: "y", Cost: math.Inf(-1)},
		`node 1 ("y"): cost is not a number`:                   {ID: "y", Cost: math.NaN()},
		`node 1 ("y"): p is NaN, must be from 0 to 1`:          {ID: "y", Uncertain: true, P: math.NaN()},
		`node 1 ("y"): p is -0.1, must be from 0 to 1`:         {ID: "y", Uncertain: true, P: -0.1},
		`edge 1: unknown node "z"`:                             {ID: "ok"},
		`edge 2: reference 77 is not of this builder`:          {ID: "z"},
	} {
		var b Builder
		x := b.Node(Node{ID: "x"})
		b.Node(n)
		b.Edge(x, x)
		b.Edge(x, b.Ref("z"))
		b.Edge(x, 77)
		if _, err := b.Build(); err == nil || err.Error() != want {
			t.Errorf("%+v\n got %v\nwant %s", n, err, want)
		}
	}
	if k := uint64(1) << 53; strconv.IntSize == 64 {
		var b Builder
		b.Node(Node{ID: "y", Kind: KOfN, K: int(k)})
		if _, err := b.Build(); err == nil || err.Error() != `node 0 ("y"): k is 9007199254740992, too large` {
			t.Errorf("k of 2^53: %v", err)
		}
	}
	g, err := new(Builder).Build()
	if err != nil || g.Len() != 0 {
		t.Errorf("empty graph: %v", err)
	}
	if _, err := g.Lookup("q"); err == nil || err.Error() != `entry 0: unknown node "q"` {
		t.Errorf("lookup: %v", err)
	}
}

// encode writes a sample as a JSON document in a random layout.
func (s sample) encode(r *rand.Rand) []byte {
	type node struct {
		ID   string  `json:"id"`
		Type string  `json:"type"`
		K    int     `json:"k,omitempty"`
		Cost float64 `json:"cost"`
	}
	var doc struct {
		Edges   [][2]string `json:"edges"`
		Nodes   []node      `json:"nodes"`
		Entries []string    `json:"entries"`
	}
	doc.Entries = []string{}
	for _, n := range s.nodes {
		if math.IsInf(n.Cost, 1) {
			n.Cost = 1.0 / 3
		}
		doc.Nodes = append(doc.Nodes, node{n.ID, n.Kind.String(), n.K, n.Cost})
	}
	for _, i := range r.Perm(len(s.edges)) {
		doc.Edges = append(doc.Edges, [2]string{s.nodes[s.edges[i][0]].ID, s.nodes[s.edges[i][1]].ID})
	}
	if doc.Edges == nil {
		doc.Edges = [][2]string{}
	}
	for _, e := range s.entries {
		doc.Entries = append(doc.Entries, s.nodes[e].ID)
	}
	var out []byte
	var err error
	if r.IntN(2) == 0 {
		out, err = json.Marshal(doc)
	} else {
		out, err = json.MarshalIndent(doc, "", "\t")
	}
	if err != nil {
		panic(err)
	}
	return out
}

// TestParseAgreesWithBuilder reads what the standard encoder wrote and expects the same answers as from a builder.
func TestParseAgreesWithBuilder(t *testing.T) {
	for i := range 2000 {
		r := rand.New(rand.NewPCG(uint64(i), 2))
		s := randomSample(r, i%2 == 1)
		for v := range s.nodes {
			if math.IsInf(s.nodes[v].Cost, 1) {
				s.nodes[v].Cost = 1.0 / 3
			}
		}
		g, entries, err := Parse(s.encode(r))
		if err != nil {
			t.Fatal(err)
		}
		direct, err := s.build(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got, want bytes.Buffer
		if err := g.Solve(Query{Entries: entries}).WriteJSON(&got); err != nil {
			t.Fatal(err)
		}
		if err := direct.Solve(Query{Entries: s.query().Entries}).WriteJSON(&want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Fatalf("sample %d: %s", i, diff)
		}
		if !json.Valid(got.Bytes()) {
			t.Fatalf("sample %d: invalid JSON %s", i, got.Bytes())
		}
	}
}

// TestNumbers compares the fast conversion with the standard one.
func TestNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 100_000 {
		text := fmt.Sprintf("%.*f", r.IntN(18), r.Float64()*math.Pow(10, float64(r.IntN(17))))
		var want float64
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		s := scanner{data: []byte(text)}
		if got, err := s.number("x"); err != nil || got != want {
			t.Fatalf("%s read as %v, want %v (%v)", text, got, want, err)
		}
	}
}

// FuzzParse: whatever is read without an error is valid JSON to the standard decoder too, and solves without a panic to
// output that is valid JSON; and nothing at all makes the reader panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"nodes":[{"id":"a","type":"or"},{"id":"b","type":"k-of-n","k":1,"cost":1.5,"p":0.25}],"edges":[["a","b"]],"entries":["a"]}`))
	f.Add([]byte(`{"entries":["\u00e9\ud83d\ude00\n"],"nodes":[{"type":"and","id":"é😀\n","cost":1e-7}]}`))
	f.Add([]byte(`{"nodes":[{"id":"a","type":"or","cost":1e999}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, entries, err := Parse(data)
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("empty error")
			}
			return
		}
		if !json.Valid(data) {
			t.Errorf("read invalid JSON %q", data)
		}
		var out bytes.Buffer
		s := g.Solve(Query{Entries: entries})
		if err := s.WriteJSON(&out); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("wrote %q, %v", out.Bytes(), err)
		}
		for _, v := range s.Order() {
			s.Chokes(v)
			s.Best(v, 2)
		}
	})
}
