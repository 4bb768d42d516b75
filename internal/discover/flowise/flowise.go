// Package flowise reads Flowise flows: chatflows, and both generations of agentflows.
//
// In a chatflow an edge hands one node to another (a model to an agent, a store to a chain), and whoever chats speaks to
// the agents and chains that nothing else uses. In an agentflow edges are the order of steps: the flow is an
// orchestrator, its agent, model and condition-agent nodes are agents, and tool, request and function nodes are tools
// that it calls. The second generation of agentflows has no nodes for models and tools: they stand in an agent's inputs.
//
// # Which files
//
// The shape decides: a list of nodes that carry data with a name and a category, and a list of edges.
//
// # What it does not see
//
// Custom tools, document stores and other flows are kept on the server and named by an id only; who may open a flow is
// not in an export.
package flowise

import (
	"path"
	"regexp"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds the agents of Flowise flows.
var Extractor = &discover.Extractor{
	Name:   "flowise",
	Doc:    "Flowise flows. Agents, chains, supervisors and workers, models, memory, stores, tools and MCP servers of chatflows and agentflows, moderation and approvals.",
	Match:  func(file string) bool { return syntax.LanguageOf(file) == syntax.JSON },
	Traces: []string{"baseClasses", "inputAnchors", "Agentflow", ".data.instance}}"},
	Run:    run,
}

// mostNodes is how many nodes of one flow are read.
const mostNodes = 200_000

// node is one node of a flow.
type node struct {
	id, name, category string
	label, parent      string
	inputs             syntax.Node
	at                 source.Span
	box                *discover.Box
	entered            bool // some step comes before it
	used               bool // handed to another node
}

type flow struct {
	*discover.Pass
	canvas   *discover.Canvas
	nodes    []*node
	byID     map[string]*node
	start    *discover.Box
	talk     *discover.Box
	approved map[string]source.Span // tools that a person is asked for, by the key of their Ref
}

func run(p *discover.Pass) error {
	root := p.Tree().Root()
	for root.Is(syntax.Module, syntax.Document) {
		root = root.Child(0)
	}
	for _, r := range []syntax.Node{root, root.Argument("flowData"), root.Argument("chatflow")} {
		if r.Argument("nodes").Is(syntax.List) && r.Argument("edges").Is(syntax.List) {
			read(p, root, r)
			p.BreaksOff("a flow")
			return nil
		}
		if strings.Contains(r.Argument("nodes").Source(), "inputAnchors") || r.Argument("nodes").Is(syntax.List) && strings.Contains(r.Argument("nodes").Source(), "baseClasses") {
			if !r.Argument("nodes").Is(syntax.List) {
				p.Misshapen("nodes", r.Argument("nodes"), "a list of nodes")
			}
			if !r.Argument("edges").Is(syntax.List) {
				p.Misshapen("edges", r.Argument("edges"), "a list of edges")
			}
		}
	}
	return p.Broken("inputAnchors", ".data.instance}}")
}

func read(p *discover.Pass, root, r syntax.Node) {
	f := &flow{Pass: p, byID: map[string]*node{}, approved: map[string]source.Span{}}
	stepped := false
	names := map[string]int{}
	for item := range r.Argument("nodes").All(syntax.Map) {
		data := item.Argument("data")
		n := &node{
			id: discover.TextAt(item, "id"), name: discover.TextAt(data, "name"), category: discover.TextAt(data, "category"),
			label: discover.TextAt(data, "label"), parent: discover.TextAt(item, "parentNode"), inputs: data.Argument("inputs"),
		}
		if n.id == "" || n.name == "" || n.category == "" || strings.HasPrefix(n.name, "stickyNote") || f.byID[n.id] != nil {
			continue
		}
		if len(f.nodes) >= mostNodes {
			f.Unresolved("the nodes of the flow", "there are more than are read", item.Span())
			break
		}
		for _, key := range []string{"agentName", "workerName", "supervisorName", "llmNodeName", "conditionAgentName", "chainName", "toolNodeName"} {
			if own := strings.TrimSpace(discover.TextAt(n.inputs, key)); own != "" {
				n.label = own
			}
		}
		if n.label == "" {
			n.label = n.name
		}
		n.at = data.Argument("name").Span()
		stepped = stepped || n.category == "Agent Flows" || n.category == "Sequential Agents"
		names[n.label]++
		f.nodes = append(f.nodes, n)
		f.byID[n.id] = n
	}
	if !f.thinks() {
		return
	}
	title := discover.TextAt(root, "name")
	if title == "" {
		title = strings.TrimSuffix(path.Base(p.Path()), path.Ext(p.Path()))
	}
	at := r.Argument("nodes").Span()
	at.End = at.Start
	f.canvas = &discover.Canvas{Technology: "flowise", Name: title, Ref: f.local("flow"), At: at, Whole: stepped}
	for _, n := range f.nodes {
		n.box = &discover.Box{Name: n.label, At: n.at}
		symbol := n.label
		if names[symbol] > 1 || symbol == "flow" || symbol == "user" || symbol == "conversation" {
			symbol += " " + n.id
		}
		f.describe(n, f.local(symbol))
		f.canvas.Boxes = append(f.canvas.Boxes, n.box)
	}
	f.wires(r.Argument("edges"))
	f.inherit()
	f.begin()
	for _, n := range f.nodes {
		if n.box.Role == discover.AgentBox {
			f.texts(n)
		}
	}
	if whole := p.Draw(f.canvas); whole != nil && f.start != nil {
		whole.FactBecause("entry", model.Yes, "people use the flow", f.start.At)
	}
	for _, n := range f.nodes {
		for _, u := range n.box.Uses {
			if at, ok := f.approved[u.Ref.Key()]; ok && n.box.Role == discover.AgentBox {
				f.Control("human-approval", discover.FlowRef(model.ToolCall, n.box.Ref, u.Ref), discover.Ref{}, model.Evidenced, at)
			}
		}
	}
}

func (f *flow) local(names ...string) discover.Ref { return discover.Local(f.Path(), names...) }

func (f *flow) thinks() bool {
	for _, n := range f.nodes {
		if n.asks() {
			return true
		}
	}
	return false
}

func (n *node) is(names ...string) bool {
	for _, name := range names {
		if n.name == name {
			return true
		}
	}
	return false
}

// asks tells whether a node is an agent or asks a model by itself.
func (n *node) asks() bool {
	switch n.category {
	case "Agents", "Chains", "Engine", "Multi Agents":
		return true
	case "Sequential Agents":
		return n.is("seqAgent", "seqLLMNode", "seqConditionAgent")
	case "Agent Flows":
		return n.is("agentAgentflow", "llmAgentflow", "conditionAgentAgentflow")
	}
	return false
}

// wires joins the boxes. An edge either is a step or hands a node to another.
func (f *flow) wires(edges syntax.Node) {
	for e := range edges.All(syntax.Map) {
		from, to := f.byID[discover.TextAt(e, "source")], f.byID[discover.TextAt(e, "target")]
		if from == nil || to == nil {
			continue
		}
		handle := discover.TextAt(e, "targetHandle")
		switch {
		case from.category == "Agent Flows" || strings.Contains(handle, "-input-sequentialNode-") || strings.Contains(handle, "-input-llmNode-"):
			from.box.Next = append(from.box.Next, to.box)
			to.entered = true
			if to.is("seqToolNode") {
				from.box.Uses = append(from.box.Uses, to.box)
			}
		case strings.Contains(handle, "-input-supervisor-"):
			from.box.Uses = append(from.box.Uses, to.box)
			to.used = true
		case from.box.Role == discover.AgentBox && to.category == "Prompts": // the answer of one chain is written into the next one's prompt
			from.box.Next = append(from.box.Next, to.box)
			from.used, to.entered = true, true
			to.box.Uses = append(to.box.Uses, from.box)
		case from.category == "Output Parsers" && to.box.Role == discover.AgentBox:
			f.Control("structured-output", to.box.Ref, discover.Ref{}, model.Evidenced, from.at)
		case from.category == "Document Loaders" || from.box.Role == discover.EntryBox:
			if to.box.Role == discover.KnowledgeBox {
				to.box.Fills = true
				from.box.Next = append(from.box.Next, to.box)
			}
		case from.category == "Prompts" && to.box.Role == discover.AgentBox:
			from.box.Next = append(from.box.Next, to.box)
			to.entered = to.entered || from.entered
			f.template(from, to)
		default:
			to.box.Uses = append(to.box.Uses, from.box)
			from.used = true
		}
	}
	for _, n := range f.nodes {
		id, _, _ := strings.Cut(discover.TextAt(n.inputs, "loopBackToNode"), "-")
		if back := f.byID[id]; back != nil {
			n.box.Next = append(n.box.Next, back.box)
		}
		if name := discover.TextAt(n.inputs, "loopToName"); name != "" {
			for _, other := range f.nodes {
				if other.label == name && other.category == "Sequential Agents" {
					n.box.Next = append(n.box.Next, other.box)
					break
				}
			}
		}
		if parent := f.byID[n.parent]; parent != nil && !n.entered {
			parent.box.Next = append(parent.box.Next, n.box)
			n.entered = true
		}
	}
}

// inherit gives the models of a start node or a supervisor to those that have none of their own.
func (f *flow) inherit() {
	var start, boss *node
	for _, n := range f.nodes {
		switch {
		case n.is("seqStart"):
			start = n
		case n.is("supervisor"):
			boss = n
		}
	}
	for _, n := range f.nodes {
		from := start
		if n.is("worker") {
			from = boss
		}
		if from == nil || n.box.Role != discover.AgentBox || n == from || n.category != from.category {
			continue
		}
		own := false
		for _, u := range n.box.Uses {
			own = own || u.Role == discover.ModelBox
		}
		for _, u := range from.box.Uses {
			if u.Role == discover.ModelBox && !own || u.Role == discover.MemoryBox && from == start {
				n.box.Uses = append(n.box.Uses, u)
			}
		}
	}
}

// begin puts the person who chats before the agents that nothing else starts or uses.
func (f *flow) begin() {
	if f.start == nil {
		f.start = f.user(f.canvas.At)
		f.canvas.Boxes = append(f.canvas.Boxes, f.start)
	}
	for _, n := range f.nodes {
		if n.box.Role == discover.AgentBox && !n.entered && !n.used {
			f.start.Next = append(f.start.Next, n.box)
			if !f.canvas.Whole {
				f.Element(model.Agent, n.box.Ref, "").FactBecause("entry", model.Yes, "people use the flow", n.at)
			}
		}
	}
}

func (f *flow) user(at source.Span) *discover.Box {
	b := &discover.Box{Role: discover.EntryBox, Ref: f.local("user"), Name: "user", At: at, Untrusted: true, Answers: true}
	f.Element(model.Human, b.Ref, "user", at).Technology("flowise").Fact("role", "user", at)
	return b
}

// remembers is what a flow keeps of its conversation.
func (f *flow) remembers(at source.Span) *discover.Box {
	if f.talk == nil {
		f.talk = &discover.Box{Role: discover.MemoryBox, Ref: f.local("conversation"), Name: "conversation", At: at}
		f.Element(model.Memory, f.talk.Ref, "conversation", at).Technology("flowise").
			FactBecause("persistent", model.Yes, "conversations are kept in the server's database", at).
			FactBecause("per-conversation", model.Yes, "each conversation has its own", at)
		f.canvas.Boxes = append(f.canvas.Boxes, f.talk)
	}
	return f.talk
}

var (
	tags   = regexp.MustCompile(`<[^<>]{1,300}>`)
	double = regexp.MustCompile(`\{\{\s*([$A-Za-z_][$0-9A-Za-z_.\-]{0,120})\s*\}\}`)
	single = regexp.MustCompile(`(?:^|[^{])\{([A-Za-z_][0-9A-Za-z_]{0,60})\}`)
)

// mostHole is how many variables of one text are looked at.
const mostHole = 64

// plain is a text without the markup of the editor.
func plain(s string) string {
	if !strings.Contains(s, "<") {
		return s
	}
	return strings.TrimSpace(tags.ReplaceAllString(strings.ReplaceAll(s, "</p>", "\n"), ""))
}

// text is a text with what is written into it.
func (f *flow) text(v syntax.Node) discover.BoxText {
	t := discover.BoxText{Text: plain(v.Text()), At: v.Span()}
	for _, m := range double.FindAllStringSubmatch(t.Text, mostHole) {
		hole := discover.TextHole{Name: m[1]}
		first, _, _ := strings.Cut(m[1], ".")
		switch {
		case m[1] == "question" || m[1] == "chat_history" || m[1] == "file_attachment" || strings.HasPrefix(m[1], "$form"):
			hole.From = f.start
		case strings.HasPrefix(m[1], "$flow.state"), m[1] == "output", strings.HasPrefix(m[1], "$iteration"):
		case f.byID[first] != nil:
			hole.From = f.byID[first].box
		default:
			continue // the clock, a variable of the server
		}
		t.Holes = append(t.Holes, hole)
	}
	return t
}

// texts collects what an agent is told.
func (f *flow) texts(n *node) {
	add := func(v syntax.Node) {
		if v.Is(syntax.String) && strings.TrimSpace(plain(v.Text())) != "" {
			n.box.Texts = append(n.box.Texts, f.text(v))
		}
	}
	for _, key := range []string{
		"systemMessage", "systemMessagePrompt", "workerPrompt", "supervisorPrompt", "agentInstructions", "conditionAgentInstructions",
		"rephrasePrompt", "responsePrompt", "customPrompt", "humanMessagePrompt",
	} {
		add(n.inputs.Argument(key))
	}
	for _, key := range []string{"agentMessages", "llmMessages"} {
		for m := range n.inputs.Argument(key).All(syntax.Map) {
			add(m.Argument("content"))
		}
	}
	for _, key := range []string{"agentUserMessage", "llmUserMessage"} {
		v := n.inputs.Argument(key)
		if s := strings.TrimSpace(plain(v.Text())); !(strings.HasPrefix(s, "{{") && strings.HasSuffix(s, "}}") && strings.Count(s, "{{") == 1) {
			add(v)
		}
	}
}

// template gives a chain the text of a prompt node. What its variables are filled with stands beside it; what does not,
// is what the person says.
func (f *flow) template(from, to *node) {
	values := discover.TextAt(from.inputs, "promptValues")
	for _, key := range []string{"template", "systemMessagePrompt", "humanMessagePrompt", "suffix", "prefix"} {
		v := from.inputs.Argument(key)
		if !v.Is(syntax.String) || strings.TrimSpace(v.Text()) == "" || bareHole(v.Text()) {
			continue
		}
		t := f.text(v)
		for _, m := range single.FindAllStringSubmatch(t.Text, mostHole) {
			hole := discover.TextHole{Name: m[1]}
			if at := strings.Index(values, `"`+m[1]+`"`); at >= 0 {
				_, rest, _ := strings.Cut(values[at:], ":")
				rest, _, _ = strings.Cut(rest, `,"`)
				if !strings.Contains(rest, "{{") {
					continue
				}
			}
			t.Holes = append(t.Holes, hole)
		}
		to.box.Texts = append(to.box.Texts, t)
	}
}

func bareHole(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") && strings.Count(s, "{") == strings.Count(s, "}") && !strings.ContainsAny(s, " \n")
}
