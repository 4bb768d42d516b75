// Package langflow reads Langflow flows in their exported form.
//
// A flow is a graph of components. Agent components are agents; a model component is a model where another component
// uses it, and an agent where it answers by itself. Prompts are told to whom they are wired, with what their variables
// are filled with. Components in tool mode are tools of the agent that they are wired to, MCP components are servers,
// chat inputs and webhooks are who gives the flow work. A flow with several agents is an orchestrator of its own.
//
// # What it does not see
//
// The components' code stands in the file; it is looked at only for components that nobody knows and that serve as
// tools. MCP servers that are kept on the Langflow server are named only.
package langflow

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds the agents of Langflow flows.
var Extractor = &discover.Extractor{
	Name:   "langflow",
	Doc:    "Langflow flows. Agents, models, prompts, memory, stores, tools and MCP servers of a flow, who starts it, and credentials in the export.",
	Match:  func(file string) bool { return syntax.LanguageOf(file) == syntax.JSON },
	Traces: []string{"sourceHandle", "genericNode", "tool_mode", "display_name"},
	Run:    run,
}

// mostNodes is how many components of one flow are read.
const mostNodes = 200_000

type node struct {
	id, kind, label string
	data, template  syntax.Node
	tool            bool // in tool mode
	answers         bool // a model that gives text, not itself
	at              source.Span
	box             *discover.Box
	fields          map[string][]*node // what is wired to its fields
	ref             discover.Ref
}

// value is the scalar that a field holds.
func (n *node) value(field string) string {
	return discover.TextAt(n.template, field, "value")
}

func (n *node) field(field string) syntax.Node { return n.template.Argument(field).Argument("value") }

type flow struct {
	*discover.Pass
	canvas *discover.Canvas
	nodes  []*node
	byID   map[string]*node
}

func run(p *discover.Pass) error {
	root := p.Tree().Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	flows := []syntax.Node{root}
	if list := root.Argument("flows"); list.Is(syntax.List) { // a whole project
		flows = flows[:0]
		for item := range list.All(syntax.Map) {
			flows = append(flows, item)
		}
	}
	count := 0
	for i, r := range flows {
		if r.Argument("data").Argument("nodes").Is(syntax.List) && r.Argument("data").Argument("edges").Is(syntax.List) && i < 1000 {
			read(p, r, i)
			count++
		}
	}
	if count > 0 {
		p.BreaksOff("a flow")
		return nil
	}
	if data := root.Argument("data"); strings.Contains(data.Source(), "genericNode") {
		switch nodes, edges := data.Argument("nodes"), data.Argument("edges"); {
		case !data.Is(syntax.Map):
			p.Misshapen("data", data, "a table with nodes and edges")
		case !nodes.Is(syntax.List):
			p.Misshapen("nodes", nodes, "a list of nodes")
		case !edges.Is(syntax.List):
			p.Misshapen("edges", edges, "a list of edges")
		}
	}
	return p.Broken("genericNode")
}

func read(p *discover.Pass, r syntax.Node, number int) {
	f := &flow{Pass: p, byID: map[string]*node{}}
	name := discover.TextAt(r, "name")
	if name == "" {
		name = strings.TrimSuffix(path.Base(p.Path()), path.Ext(p.Path()))
	}
	data := r.Argument("data")
	f.collect(data.Argument("nodes"))
	edges := data.Argument("edges")
	f.modes(edges)
	minds := 0
	for _, n := range f.nodes {
		if n.asks() {
			minds++
		}
	}
	if minds == 0 {
		return
	}
	at := r.Argument("name").Span()
	if at.IsZero() {
		at = data.Argument("nodes").Span()
		at.End = at.Start
	}
	prefix := []string{}
	if number > 0 {
		prefix = append(prefix, name)
	}
	f.canvas = &discover.Canvas{Technology: "langflow", Name: name, Ref: discover.Local(p.Path(), append(prefix, "flow")...), At: at, Whole: minds > 1}
	names := map[string]int{}
	for _, n := range f.nodes {
		names[n.label]++
	}
	for _, n := range f.nodes {
		symbol := n.label
		if names[symbol] > 1 || symbol == "flow" {
			symbol += " " + n.id
		}
		n.ref = discover.Local(p.Path(), append(append([]string(nil), prefix...), symbol)...)
		f.describe(n)
		f.secrets(n)
		f.canvas.Boxes = append(f.canvas.Boxes, n.box)
	}
	f.wires(edges)
	for _, n := range f.nodes {
		if n.box.Role == discover.AgentBox {
			f.texts(n)
		}
	}
	whole := p.Draw(f.canvas)
	for _, n := range f.nodes {
		if n.box.Role != discover.EntryBox {
			continue
		}
		if whole != nil {
			whole.FactBecause("entry", model.Yes, "people or programs start it", n.at)
			continue
		}
		for _, other := range f.nodes {
			if other.box.Role == discover.AgentBox {
				f.Element(model.Agent, other.ref, "").FactBecause("entry", model.Yes, "people or programs start the flow", n.at)
			}
		}
	}
}

func (f *flow) collect(list syntax.Node) {
	for item := range list.All(syntax.Map) {
		data := item.Argument("data")
		n := &node{id: discover.TextAt(item, "id"), kind: discover.TextAt(data, "type"), data: data.Argument("node"), fields: map[string][]*node{}, box: &discover.Box{}}
		if n.id == "" || n.kind == "" || !n.data.Is(syntax.Map) || f.byID[n.id] != nil {
			continue
		}
		if len(f.nodes) >= mostNodes {
			f.Unresolved("the nodes of the flow", "there are more than are read", item.Span())
			return
		}
		n.template = n.data.Argument("template")
		if n.label = discover.TextAt(n.data, "display_name"); n.label == "" {
			n.label = n.kind
		}
		n.at = data.Argument("type").Span()
		n.tool = n.data.Argument("tool_mode").TextIs("true")
		n.box.Name, n.box.At = n.label, n.at
		f.nodes = append(f.nodes, n)
		f.byID[n.id] = n
	}
}

// ends gives the components at the ends of a wire, the output that it leaves and the field that it enters.
func (f *flow) ends(e syntax.Node) (from, to *node, output, field string) {
	from, to = f.byID[discover.TextAt(e, "source")], f.byID[discover.TextAt(e, "target")]
	return from, to, discover.TextAt(e, "data", "sourceHandle", "name"), discover.TextAt(e, "data", "targetHandle", "fieldName")
}

// modes finds which components serve as tools and which models answer by themselves.
func (f *flow) modes(edges syntax.Node) {
	for e := range edges.All(syntax.Map) {
		from, _, output, field := f.ends(e)
		if from == nil {
			continue
		}
		if output == "component_as_tool" || output == "api_build_tool" || field == "tools" {
			from.tool = true
		}
		if output == "text_output" || output == "text" {
			from.answers = true
		}
	}
}

func (n *node) is(kinds ...string) bool {
	for _, k := range kinds {
		if n.kind == k || n.kind == k+"Component" {
			return true
		}
	}
	return false
}

// languageModel tells whether a component is a language model.
func (n *node) languageModel() bool {
	return n.is("LanguageModel") || (strings.HasSuffix(n.kind, "Model") || strings.HasSuffix(n.kind, "ModelComponent")) && !n.is("EmbeddingModel")
}

// asks tells whether a component is an agent or asks a model by itself.
func (n *node) asks() bool {
	return strings.HasSuffix(strings.TrimSuffix(n.kind, "Component"), "Agent") || n.languageModel() && n.answers || n.one()
}

// one tells whether a component asks a model once for what it does.
func (n *node) one() bool {
	return n.is("StructuredOutput", "BatchRun", "SmartFunction", "Smart Transform", "LLMRouter", "LLMSelector", "LLMChain", "ConversationChain", "RetrievalQA", "SQLGenerator")
}

// wires joins the boxes.
func (f *flow) wires(edges syntax.Node) {
	for e := range edges.All(syntax.Map) {
		from, to, _, field := f.ends(e)
		if from == nil || to == nil {
			continue
		}
		to.fields[field] = append(to.fields[field], from)
		switch {
		case from.tool || from.box.Role == discover.ModelBox || from.box.Role == discover.MemoryBox && field == "memory" && to.box.Role == discover.AgentBox:
			to.box.Uses = append(to.box.Uses, from.box)
		case from.box.Role == discover.KnowledgeBox && strings.Contains(strings.ToLower(field), "vector"):
			to.box.Uses = append(to.box.Uses, from.box)
		default:
			if to.box.Role == discover.KnowledgeBox {
				if strings.Contains(field, "ingest") || field == "input_df" {
					to.box.Fills = true
				} else {
					to.box.Reads = true
				}
			}
			from.box.Next = append(from.box.Next, to.box)
		}
	}
}

var hole = regexp.MustCompile(`(?:^|[^{])\{([A-Za-z_][0-9A-Za-z_ ]{0,60})\}`)

// texts collects what an agent is told: the text in its own fields, and the prompts that are wired to them.
func (f *flow) texts(n *node) {
	for _, key := range []string{"system_prompt", "system_message"} {
		if v := n.field(key); v.Is(syntax.String) && strings.TrimSpace(v.Text()) != "" && len(n.fields[key]) == 0 {
			n.box.Texts = append(n.box.Texts, discover.BoxText{Text: v.Text(), At: v.Span()})
		}
	}
	for _, key := range []string{"system_prompt", "system_message", "input_value", "prompt"} {
		for _, from := range n.fields[key] {
			if v := from.field("template"); strings.HasPrefix(from.kind, "Prompt") && v.Is(syntax.String) && strings.TrimSpace(v.Text()) != "" {
				n.box.Texts = append(n.box.Texts, from.filled(v))
			}
		}
	}
}

// filled is a prompt's text with what its variables are filled with; a variable whose value stands in the file is no
// hole.
func (n *node) filled(v syntax.Node) discover.BoxText {
	t := discover.BoxText{Text: v.Text(), At: v.Span()}
	for _, m := range hole.FindAllStringSubmatch(t.Text, 64) {
		switch from := n.fields[m[1]]; {
		case len(from) > 0:
			t.Holes = append(t.Holes, discover.TextHole{Name: m[1], From: from[0].box})
		case n.value(m[1]) == "" && !n.template.Argument(m[1]).IsZero():
			t.Holes = append(t.Holes, discover.TextHole{Name: m[1], From: &discover.Box{}})
		}
	}
	return t
}
