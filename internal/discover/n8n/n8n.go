// Package n8n reads exports of n8n workflows.
//
// An export is a JSON file with a list of nodes and a table of connections. The workflow itself decides which node is
// next, so it is an orchestrator; its agent nodes and chains are agents, the nodes wired to them by ai_ connections are
// their models, memories, stores and tools. A plain request to a model's interface is an agent too, one that asks once.
// Of the plain nodes on the way, those for databases and shared tables are stores that the workflow reads or changes, and
// others that reach something outside are tools. The drawing decides what these do: somebody calls one only where an
// expression fills somebody's output into what it acts on (an address, a file, a recipient), and not only into what it says.
// What starts it (a webhook, a chat, a mailbox) is a person or outside party, with whether it is
// checked who sends.
//
// # Which files
//
// The shape decides: nodes whose type is of an n8n package, and connections. An export that was saved without an ending is
// read when it begins as JSON does. A workflow without any agent, chain or MCP
// server is nobody's agent and says nothing. Nodes that are switched off, and notes, are left out.
//
// # What it does not see
//
// What a script between two nodes makes of what passes, other than a command or a query: its code decides. A sub-workflow
// that is not in the tree, community nodes that nobody described, and what credentials open: an export
// holds only their names.
package n8n

import (
	"path"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds agents in n8n workflows.
var Extractor = &discover.Extractor{
	Name:   "n8n",
	Doc:    "n8n workflow exports. Agents, chains, models, memories, stores and tools of a workflow, what starts it and whether that is authenticated, approvals.",
	Match:  func(file string) bool { return syntax.LanguageOf(file) == syntax.JSON || syntax.SavedBare(file) },
	Traces: []string{"n8n-nodes-langchain", "n8n-nodes-base.openAi", "n8n-nodes-mcp", "chat/completions", "/v1/messages", "/v1/responses", ":generateContent", "/api/generate"},
	Run:    run,
}

const langchain = "@n8n/n8n-nodes-langchain."

// mostWorkflows is how many workflows of one file are read.
const mostWorkflows = 2000

func run(p *discover.Pass) error {
	if p.Tree().Language != syntax.JSON {
		return nil // a script or a note without an ending
	}
	count := 0
	each(p.Tree().Root(), 0, func(w syntax.Node) {
		if count++; count == mostWorkflows+1 {
			p.Unresolved("workflows", "the file holds more workflows than are read", w.Span())
		}
		if count <= mostWorkflows {
			read(p, w, count)
		}
	})
	if count > 0 {
		p.BreaksOff("a workflow")
		return nil
	}
	misshapen(p, p.Tree().Root(), 0)
	return p.Broken("n8n-nodes-langchain", "n8n-nodes-base.", "n8n-nodes-mcp")
}

// misshapen looks for what would be a workflow if its parts had the shape of one.
func misshapen(p *discover.Pass, n syntax.Node, depth int) {
	switch {
	case depth > 3:
	case n.Is(syntax.Module, syntax.Document):
		for c := range n.Children() {
			misshapen(p, c, depth+1)
		}
	case n.Is(syntax.Map):
		nodes, connections := n.Argument("nodes"), n.Argument("connections")
		if nodes.IsZero() || connections.IsZero() || !strings.Contains(nodes.Source(), "n8n-nodes") {
			return
		}
		if !nodes.Is(syntax.List) {
			p.Misshapen("nodes", nodes, "a list of nodes")
		}
		if !connections.Is(syntax.Map) {
			p.Misshapen("connections", connections, "a table of connections")
		}
	}
}

// each finds the workflows of a file: one, a list, or either under a key.
func each(n syntax.Node, depth int, visit func(syntax.Node)) {
	switch {
	case depth > 3:
	case n.Is(syntax.Module, syntax.Document, syntax.List):
		for c := range n.Children() {
			each(c, depth+1, visit)
		}
	case isWorkflow(n):
		visit(n)
	case n.Is(syntax.Map):
		for key, value := range n.Pairs() {
			switch key.Text() {
			case "workflow", "workflows", "data", "template":
				each(value, depth+1, visit)
			}
		}
	}
}

func isWorkflow(n syntax.Node) bool {
	if !n.Is(syntax.Map) || !n.Argument("connections").Is(syntax.Map) {
		return false
	}
	for item := range n.Argument("nodes").All(syntax.Map) {
		if kind := item.Argument("type"); kind.Is(syntax.String) && strings.Contains(kind.Text(), "n8n-nodes") {
			return true
		}
	}
	return false
}

// node is one node of a workflow.
type node struct {
	syntax.Node
	name    string
	kind    string // without its package: "gmail", "agent"
	ai      bool   // of the package for agents
	handed  bool   // wired to others as a tool
	params  syntax.Node
	box     *discover.Box
	element *discover.Element
	at      source.Span
}

// param is a parameter's text; a resource locator counts by its value.
func (n *node) param(keys ...string) string { return text(n.params, keys...) }

func text(n syntax.Node, keys ...string) string {
	for _, k := range keys {
		n = n.Argument(k)
	}
	if n.Is(syntax.Map) {
		n = n.Argument("value")
	}
	s, _ := n.Scalar()
	return s
}

// workflow is one workflow being read.
type workflow struct {
	*discover.Pass
	canvas *discover.Canvas
	root   syntax.Node
	prefix []string // before the names of nodes, where a file holds several workflows
	nodes  []*node
	byName map[string]*node
	timed  source.Span // a schedule that starts it
	failed source.Span // an error of another workflow that starts it
	open   source.Span // an entry that anybody can use
	shut   source.Span // one that only some can
}

func read(p *discover.Pass, root syntax.Node, number int) {
	name := text(root, "name")
	if name == "" {
		name = strings.TrimSuffix(path.Base(p.Path()), path.Ext(p.Path()))
	}
	w := &workflow{Pass: p, root: root, byName: map[string]*node{}}
	if number > 1 {
		w.prefix = []string{name}
	}
	at := root.Argument("name").Span()
	if at.IsZero() {
		at = root.Argument("nodes").Span()
		at.End = at.Start
	}
	w.canvas = &discover.Canvas{Technology: "n8n", Name: name, Ref: w.local("workflow"), At: at, Whole: true}
	w.collect()
	w.handed()
	if !w.thinks() {
		return
	}
	for _, n := range w.nodes {
		w.describe(n)
		w.canvas.Boxes = append(w.canvas.Boxes, n.box)
	}
	w.wire()
	w.holes()
	w.given()
	e := p.Draw(w.canvas)
	w.started(e)
	if id := text(root, "id"); id != "" {
		p.SameAs(called(id), w.canvas.Ref)
	}
}

// called names a workflow by the id under which others call it.
func called(id string) discover.Ref { return discover.Local("n8n", "workflow", id) }

func (w *workflow) local(name ...string) discover.Ref {
	return discover.Local(w.Path(), append(append([]string(nil), w.prefix...), name...)...)
}

func (w *workflow) collect() {
	for item := range w.root.Argument("nodes").All(syntax.Map) {
		full := text(item, "type")
		kind := full[strings.LastIndexByte(full, '.')+1:]
		if full == "" || kind == "stickyNote" || item.Argument("disabled").TextIs("true") {
			continue
		}
		n := &node{Node: item, name: text(item, "name"), kind: kind, ai: strings.HasPrefix(full, langchain), params: item.Argument("parameters")}
		if n.name == "" {
			n.name = kind
		}
		n.at = item.Argument("name").Span()
		if n.at.IsZero() {
			n.at = item.Argument("type").Span()
		}
		n.box = &discover.Box{Name: n.name, At: n.at}
		if w.byName[n.name] != nil {
			continue // names tell nodes apart; the editor does not allow two
		}
		w.nodes = append(w.nodes, n)
		w.byName[n.name] = n
	}
}

// targets visits the ends of all wires.
func (w *workflow) targets(visit func(from *node, wire string, to *node)) {
	for key, outputs := range w.root.Argument("connections").Pairs() {
		from := w.byName[key.Text()]
		if from == nil {
			continue
		}
		for wire, ports := range outputs.Pairs() {
			for port := range ports.Children() {
				for end := range port.All(syntax.Map) {
					if to := w.byName[text(end, "node")]; to != nil {
						visit(from, wire.Text(), to)
					}
				}
			}
		}
	}
}

// handed marks the nodes that are given to others as tools.
func (w *workflow) handed() {
	w.targets(func(from *node, wire string, _ *node) {
		if wire == "ai_tool" {
			from.handed = true
		}
	})
}

// thinks tells whether any node asks a model or offers tools to one.
func (w *workflow) thinks() bool {
	for _, n := range w.nodes {
		if n.asks() || n.handed || n.is("mcpTrigger") {
			return true
		}
	}
	return false
}

func (n *node) is(kinds ...string) bool {
	for _, k := range kinds {
		if n.kind == k {
			return true
		}
	}
	return false
}

// wire joins the boxes.
func (w *workflow) wire() {
	w.targets(func(from *node, wire string, to *node) {
		if strings.HasPrefix(wire, "ai_") {
			if wire == "ai_outputParser" && to.element != nil && to.box.Role == discover.AgentBox {
				w.Control("structured-output", to.box.Ref, discover.Ref{}, model.Evidenced, from.at)
			}
			to.box.Uses = append(to.box.Uses, from.box)
			return
		}
		from.box.Next = append(from.box.Next, to.box)
	})
}

// started says of the workflow what its entries are.
func (w *workflow) started(e *discover.Element) {
	switch {
	case !w.open.IsZero():
		e.FactBecause("entry", model.Yes, "people or other systems start it", w.open)
		e.FactBecause("exposed", model.Yes, "nothing checks who starts it", w.open)
	case !w.shut.IsZero():
		e.FactBecause("entry", model.Yes, "people or other systems start it", w.shut)
	}
	if !w.timed.IsZero() {
		e.FactBecause("autonomous", model.Yes, "it starts by itself", w.timed)
		if w.open.IsZero() && w.shut.IsZero() {
			e.FactBecause("entry", model.No, "only a clock starts it", w.timed)
		}
	} else if !w.failed.IsZero() && w.open.IsZero() && w.shut.IsZero() {
		e.FactBecause("autonomous", model.Yes, "it starts when another workflow fails", w.failed)
		e.FactBecause("entry", model.No, "only the failure of another workflow starts it", w.failed)
	}
}
