package dify

import (
	"encoding/json"
	"regexp"
	"sort"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// node is one node of a workflow's graph.
type node struct {
	id, kind, title string
	parent          string
	data            syntax.Node
	at              source.Span
	box             *discover.Box
	out             bool // something is wired to come after it
}

// mostNodes is how many nodes of one graph are read.
const mostNodes = 200_000

func (a *app) workflow() {
	flow := a.root.Argument("workflow")
	graph := flow.Argument("graph")
	titles := map[string]int{}
	for item := range graph.Argument("nodes").All(syntax.Map) {
		data := item.Argument("data")
		n := &node{id: discover.TextAt(item, "id"), kind: discover.TextAt(data, "type"), title: discover.TextAt(data, "title"), parent: discover.TextAt(item, "parentId"), data: data}
		if n.id == "" || n.kind == "" || a.byID[n.id] != nil {
			continue
		}
		if len(a.nodes) >= mostNodes {
			a.Unresolved("the nodes of the graph", "there are more than are read", item.Span())
			break
		}
		if n.title == "" {
			n.title = n.kind
		}
		n.at = data.Argument("title").Span()
		if n.at.IsZero() {
			n.at = data.Argument("type").Span()
		}
		titles[n.title]++
		n.box = &discover.Box{Name: n.title, At: n.at}
		a.nodes = append(a.nodes, n)
		a.byID[n.id] = n
	}
	thinks := false
	for _, n := range a.nodes {
		thinks = thinks || n.asks()
	}
	if !thinks {
		return
	}
	a.canvas = &discover.Canvas{Technology: "dify", Name: a.name, Ref: a.local("app"), At: a.at, Whole: true}
	for _, n := range a.nodes {
		name := n.title
		if titles[name] > 1 || name == "app" || name == "user" || name == "conversation" {
			name += " " + n.id
		}
		a.describe(n, a.local(name))
	}
	a.wires(graph.Argument("edges"))
	for _, n := range a.nodes {
		a.canvas.Boxes = append(a.canvas.Boxes, n.box)
		if n.asks() {
			a.instructions(n)
		}
	}
	if a.talk != nil {
		a.canvas.Boxes = append(a.canvas.Boxes, a.talk)
	}
	whole := a.Draw(a.canvas).Detail(discover.TextAt(a.root.Argument("app"), "description"))
	if a.start != nil {
		whole.FactBecause("entry", model.Yes, "people or programs start it", a.start.At)
	}
	a.moderation(flow.Argument("features").Argument("sensitive_word_avoidance"), a.canvas.Ref)
	a.secrets(flow.Argument("environment_variables"), a.canvas.Ref)
}

// wires joins the boxes; what is inside an iteration or loop goes on where that goes on.
func (a *app) wires(edges syntax.Node) {
	for e := range edges.All(syntax.Map) {
		from, to := a.byID[discover.TextAt(e, "source")], a.byID[discover.TextAt(e, "target")]
		if from != nil && to != nil {
			from.box.Next = append(from.box.Next, to.box)
			from.out = true
		}
	}
	after := map[string][]*discover.Box{}
	for _, n := range a.nodes {
		if n.kind == "iteration" || n.kind == "loop" {
			after[n.id] = n.box.Next
		}
	}
	for _, n := range a.nodes {
		if start := a.byID[discover.TextAt(n.data, "start_node_id")]; start != nil {
			n.box.Next = append(n.box.Next, start.box)
		}
		if n.parent != "" && !n.out {
			n.box.Next = append(n.box.Next, after[n.parent]...)
		}
	}
}

func (n *node) asks() bool {
	switch n.kind {
	case "llm", "agent", "question-classifier", "parameter-extractor":
		return true
	}
	return false
}

func (a *app) describe(n *node, ref discover.Ref) {
	b := n.box
	switch n.kind {
	case "start":
		*b = *a.user(n.at)
		b.Answers = true
		a.start = b
	case "trigger-webhook", "trigger-plugin":
		b.Role, b.Ref, b.Untrusted = discover.EntryBox, ref, true
		a.Element(model.External, ref, n.title, n.at).Technology("dify").Fact("role", "caller", n.at)
		a.start = b
	case "llm", "question-classifier", "parameter-extractor":
		b.Role, b.Ref = discover.AgentBox, ref
		a.Element(model.Agent, ref, n.title, n.at).Technology("dify").Detail(discover.TextAt(n.data, "desc")).
			FactBecause("loops", model.No, "the node asks its model once", n.at)
		a.asks(ref, n.data.Argument("model"))
		if n.data.Argument("memory").Is(syntax.Map) {
			b.Uses = append(b.Uses, a.conversation(n.data.Argument("memory").Span()))
		}
		if n.kind != "llm" || n.data.Argument("structured_output_enabled").TextIs("true") {
			a.Control("structured-output", ref, discover.Ref{}, model.Evidenced, n.at)
		}
	case "agent":
		a.agent(n, ref)
	case "knowledge-retrieval":
		a.retrieval(n, ref)
	case "tool":
		if box := a.toolOf(n.data, n.at); box != nil {
			*b = *box
		}
	case "http-request":
		at := n.data.Argument("url").Span()
		if at.IsZero() {
			at = n.at
		}
		b.Role, b.Ref = discover.ToolBox, ref
		b.Untrusted = a.Element(model.Tool, ref, n.title, n.at).Technology("http").Request(discover.TextAt(n.data, "method"), discover.TextAt(n.data, "url"), at)
		a.key(n, ref)
	case "code":
		v := n.data.Argument("code")
		if effects := discover.ScriptEffects(v.Text(), v.Span()); v.Is(syntax.String) && len(effects) > 0 {
			b.Role, b.Ref = discover.ToolBox, ref
			e := a.Element(model.Tool, ref, n.title, n.at).Technology("dify").Detail("code that stands in the workflow")
			b.Untrusted = e.Script(v.Text(), v.Span())
		}
	case "human-input":
		b.Role, b.Ref = discover.ReviewerBox, ref
		a.Element(model.Reviewer, ref, n.title, n.at).Technology("dify").Detail("is asked, and the workflow waits for the answer")
	}
}

// key describes the credential that a request carries.
func (a *app) key(n *node, tool discover.Ref) {
	v := n.data.Argument("authorization").Argument("config").Argument("api_key")
	if value := v.Text(); v.Is(syntax.String) && value != "" {
		ref := discover.Of(tool, "api-key")
		e := a.Element(model.Credential, ref, n.title+" key", v.Span())
		if strings.Contains(value, "{{#") || discover.Placeholder(value) || strings.Trim(value, "*") == "" {
			e.FactBecause("plain-text", model.No, "the request takes it from a variable", v.Span())
		} else {
			e.FactBecause("plain-text", model.Yes, "its value stands in the file", v.Span())
		}
		a.Flow(model.CredentialUse, tool, ref, v.Span())
	}
}

func (a *app) agent(n *node, ref discover.Ref) {
	b := n.box
	b.Role, b.Ref = discover.AgentBox, ref
	a.Element(model.Agent, ref, n.title, n.at).Technology("dify").Detail(discover.TextAt(n.data, "desc")).Fact("loops", model.Yes, n.at)
	params := n.data.Argument("agent_parameters")
	a.asks(ref, params.Argument("model").Argument("value"))
	b.Uses = append(b.Uses, a.tools(params.Argument("tools").Argument("value"))...)
	for _, key := range []string{"maximum_iterations", "max_iterations"} {
		if limit := params.Argument(key).Argument("value"); limit.Is(syntax.Number) {
			a.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, limit.Span())
		}
	}
	if n.data.Argument("memory").Is(syntax.Map) {
		b.Uses = append(b.Uses, a.conversation(n.data.Argument("memory").Span()))
	}
	for key, value := range params.Pairs() {
		if strings.Contains(key.Text(), "mcp") {
			b.Uses = append(b.Uses, a.servers(n, value.Argument("value"))...)
		}
	}
}

// servers describes the MCP servers that an agent node names: an address, or a table of servers as JSON text.
func (a *app) servers(n *node, v syntax.Node) []*discover.Box {
	if !v.Is(syntax.String) {
		return nil
	}
	var boxes []*discover.Box
	add := func(name, url string) {
		ref := a.local("mcp", name)
		a.MCP(discover.MCPServer{Ref: ref, Name: name, URL: url, At: v.Span()})
		boxes = append(boxes, &discover.Box{Role: discover.ServerBox, Ref: ref, Name: name, At: v.Span(), Untrusted: true})
	}
	value := strings.TrimSpace(v.Text())
	switch {
	case strings.HasPrefix(value, "http"):
		add(n.title+" MCP", value)
	case strings.HasPrefix(value, "{") && len(value) < 1<<16:
		type server struct {
			URL string `json:"url"`
		}
		var table map[string]json.RawMessage
		if json.Unmarshal([]byte(value), &table) != nil {
			a.Unresolved("MCP servers of "+n.title, "the table of servers is not JSON", v.Span())
			return nil
		}
		if inner, ok := table["mcpServers"]; ok {
			table = nil
			_ = json.Unmarshal(inner, &table) // no table: no servers
		}
		var names []string
		for name := range table {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			var s server
			if json.Unmarshal(table[name], &s) == nil && s.URL != "" {
				add(name, s.URL)
			}
		}
	}
	return boxes
}

func (a *app) retrieval(n *node, ref discover.Ref) {
	b := n.box
	var ids []syntax.Node
	for id := range n.data.Argument("dataset_ids").All(syntax.String) {
		ids = append(ids, id)
	}
	if len(ids) == 1 {
		*b = *a.dataset(ids[0].Text(), n.at)
		a.Element(model.Knowledge, b.Ref, "").Alias(n.title)
	} else {
		b.Role, b.Ref = discover.KnowledgeBox, ref
		a.Element(model.Knowledge, ref, n.title, n.at).Technology("dify").Fact("persistent", model.Yes, n.at)
	}
	b.Reads = true
}

// tools describes the tools that an agent is given, those that are switched on.
func (a *app) tools(list syntax.Node) []*discover.Box {
	var boxes []*discover.Box
	for item := range list.All(syntax.Map) {
		if item.Argument("enabled").TextIs("false") {
			continue
		}
		at := item.Argument("tool_name").Span()
		if at.IsZero() {
			at = item.Span()
		}
		if b := a.toolOf(item, at); b != nil {
			boxes = append(boxes, b)
		}
	}
	return boxes
}

// toolOf describes a tool by its provider and name. The same tool in two places is one.
func (a *app) toolOf(n syntax.Node, at source.Span) *discover.Box {
	by := discover.TextAt(n, "provider_name")
	if by == "" {
		by = discover.TextAt(n, "provider_id")
	}
	name, kind := discover.TextAt(n, "tool_name"), discover.TextAt(n, "provider_type")
	if kind == "" {
		kind = discover.TextAt(n, "type")
	}
	label := name
	if label == "" {
		label = discover.TextAt(n, "tool_label")
	}
	if label == "" {
		return nil
	}
	vendor := by[strings.LastIndexByte(by, '/')+1:]
	if kind == "mcp" {
		ref := a.local("mcp", vendor)
		a.MCP(discover.MCPServer{Ref: ref, Name: vendor, At: at})
		return &discover.Box{Role: discover.ServerBox, Ref: ref, Name: vendor, At: at, Untrusted: true}
	}
	b := &discover.Box{Role: discover.ToolBox, Ref: a.local("tool", vendor, label), Name: label, At: at}
	e := a.Element(model.Tool, b.Ref, label, at)
	switch d := discover.TextAt(n, "tool_description"); {
	case d != "":
		e.Detail(d)
	default:
		e.Detail(discover.TextAt(n, "extra", "description"))
	}
	info, known := discover.ProductNamed("dify:" + vendor)
	switch {
	case known:
		e.Product(info, at)
		b.Untrusted = info.Facts["untrusted-output"] == model.Yes
	case kind == "workflow":
		e.Technology("dify").FactBecause("third-party", model.No, "it is another application of the server", at)
	case kind == "api":
		e.Technology("openapi").Effect("net-read", model.Yes, "it calls an interface over HTTP", at)
	default:
		e.Technology("dify").FactBecause("third-party", model.Yes, "it comes from the plugin "+by, at)
	}
	return b
}

// variable is a reference to another node's output.
var variable = regexp.MustCompile(`\{\{#([0-9A-Za-z_-]{1,80})((?:\.[0-9A-Za-z_-]{1,80}){0,8})#\}\}|\{\{\s*([A-Za-z_][0-9A-Za-z_]{0,60})\s*\}\}`)

// mostHoles is how many variables of one text are looked at.
const mostHoles = 64

// instructions collects what a node tells its model, except for what somebody says to it.
func (a *app) instructions(n *node) {
	add := func(v syntax.Node) {
		if v.Is(syntax.String) && strings.TrimSpace(v.Text()) != "" && !bare(v.Text()) {
			n.box.Texts = append(n.box.Texts, a.text(v))
		}
	}
	template := n.data.Argument("prompt_template")
	if template.Is(syntax.Map) {
		add(template.Argument("text"))
	}
	for m := range template.All(syntax.Map) {
		if !m.Argument("jinja2_text").IsZero() && discover.TextAt(m, "edition_type") == "jinja2" {
			add(m.Argument("jinja2_text"))
			continue
		}
		add(m.Argument("text"))
	}
	add(n.data.Argument("instruction"))
	if n.data.Argument("instruction").IsZero() {
		add(n.data.Argument("instructions"))
	}
	params := n.data.Argument("agent_parameters")
	add(params.Argument("instruction").Argument("value"))
	add(params.Argument("query").Argument("value"))
}

// bare tells whether a text is one variable and nothing else.
func bare(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasPrefix(s, "{{#") && strings.HasSuffix(s, "#}}") && strings.Count(s, "{{#") == 1
}

func (a *app) text(v syntax.Node) discover.BoxText {
	t := discover.BoxText{Text: v.Text(), At: v.Span()}
	for _, m := range variable.FindAllStringSubmatch(t.Text, mostHoles) {
		hole := discover.TextHole{Name: m[1] + m[2]}
		switch from := a.byID[m[1]]; {
		case m[3] != "": // a form's field in a chat application, a template's variable in a node
			hole.Name = m[3]
			if a.mode != "workflow" && a.mode != "advanced-chat" {
				hole.From = a.start
			}
		case m[1] == "env":
			continue
		case m[1] == "sys":
			if m[2] != ".query" && m[2] != ".files" {
				continue
			}
			hole.From = a.start
		case m[1] == "conversation", m[1] == "context", m[1] == "histories", m[1] == "query":
		case from != nil:
			hole.From = from.box
		default:
			continue
		}
		t.Holes = append(t.Holes, hole)
	}
	return t
}
