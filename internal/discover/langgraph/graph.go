package langgraph

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// builders make a graph.
var builders = []string{
	"langgraph.graph.StateGraph", "langgraph.graph.MessageGraph", "langgraph.graph.Graph", "langgraph.graph.state.StateGraph",
	"langgraph.graph.message.MessageGraph", "langgraph.graph.graph.Graph",
	"@langchain/langgraph*.StateGraph", "@langchain/langgraph*.MessageGraph", "@langchain/langgraph*.Graph",
}

// Names of the graph's own ends.
const (
	start = "__start__"
	end   = "__end__"
)

// graph is a builder with what was said to it.
type graph struct {
	value  *code.Value
	ref    discover.Ref
	name   string
	nodes  map[string]*node
	order  []string
	edges  []edge
	gone   map[[2]string]bool
	dead   []gap
	stores []*code.Value            // long-term memory that it is compiled with
	pauses map[string][]syntax.Node // nodes before or after which it stops for a person
}

// node is a step of a graph.
type node struct {
	name  string
	at    syntax.Node
	value *code.Value
	deeds *deeds
	agent discover.Ref   // the agent that it is; zero for steps that ask no model
	inner []discover.Ref // agents or graphs that stand for it: a prebuilt agent, a subgraph
	tools []*code.Value  // what a tool node runs
	human bool
}

type edge struct {
	from, to string
	at       syntax.Node
}

type gap struct {
	what, why string
	at        syntax.Node
}

// deadTargets is what cannot be told of a conditional edge.
const deadTargets = "the targets of a conditional edge"

func (g *graph) edge(from, to string, at syntax.Node) {
	if from == "" || to == "" || g.gone[[2]string{from, to}] {
		return
	}
	g.gone[[2]string{from, to}] = true
	g.edges = append(g.edges, edge{from, to, at})
}

func (g *graph) add(name string, v *code.Value, at syntax.Node) {
	if name == "" {
		return
	}
	if old := g.nodes[name]; old != nil {
		return
	}
	g.nodes[name] = &node{name: name, at: at, value: v}
	g.order = append(g.order, name)
}

// buildGraphs collects what the file says to each graph that it makes, and describes the graphs.
func (f *file) buildGraphs() {
	byKey := map[string]*graph{}
	for _, v := range f.instances(builders...) {
		g := &graph{value: v, ref: discover.Object(v), nodes: map[string]*node{}, gone: map[[2]string]bool{}, pauses: map[string][]syntax.Node{}}
		byKey[v.Key()] = g
		f.graphs = append(f.graphs, g)
	}
	for _, c := range f.code.Calls() {
		callee := c.Node.Child(0)
		method := verb(callee)
		if !says[method] {
			continue
		}
		for _, round := range f.code.Rounds(c.Node) {
			root := graphRoot(round.Inside(callee.Child(0)))
			if root == nil {
				continue
			}
			switch g := byKey[root.Key()]; {
			case g != nil:
				f.said(g, method, round)
			case method == "compile":
				// The builder comes from another file; what it is compiled with is said here.
				f.compiled(round, discover.Object(root))
			}
		}
	}
	for _, g := range f.graphs {
		f.finish(g)
	}
	for _, g := range f.graphs {
		f.describe(g)
	}
}

// says are the methods of a builder that matter.
var says = map[string]bool{
	"add_node": true, "add_edge": true, "add_conditional_edges": true, "set_entry_point": true, "set_finish_point": true,
	"set_conditional_entry_point": true, "add_sequence": true, "compile": true,
}

// said notes one call on a graph's builder.
func (f *file) said(g *graph, method string, call *code.Value) {
	at := call.Call
	switch method {
	case "add_node":
		if f.scriptNodes(g, call) {
			return
		}
		f.addNode(g, call)
	case "add_edge":
		for _, from := range f.names(call.Arg("start_key", 0)) {
			for _, to := range f.names(call.Arg("end_key", 1)) {
				g.edge(from, to, at)
			}
		}
	case "set_entry_point":
		for _, to := range f.names(call.Arg("key", 0)) {
			g.edge(start, to, at)
		}
	case "set_finish_point":
		for _, from := range f.names(call.Arg("key", 0)) {
			g.edge(from, end, at)
		}
	case "add_conditional_edges":
		sources := f.names(call.Arg("source", 0))
		f.conditional(g, sources, call.Arg("path", 1), call.Arg("path_map", 2), at)
	case "set_conditional_entry_point":
		f.conditional(g, []string{start}, call.Arg("path", 0), call.Arg("path_map", 1), at)
	case "add_sequence":
		f.sequence(g, call)
	case "compile":
		f.pauses(g, call)
	}
}

// addNode notes add_node("name", f), add_node(f), and the same in rounds of a loop whose members are not known one by
// one: then names and functions come as alternatives, and pair up if there are as many of each.
func (f *file) addNode(g *graph, call *code.Value) {
	name, action := call.Arg("node", 0), call.Arg("action", 1)
	if action == nil && !name.Is(code.String) {
		for _, one := range name.Each() {
			g.add(f.nodeName(one), one, call.Call)
		}
		return
	}
	names, actions := name.Each(), action.Each()
	if len(names) > 1 && len(names) == len(actions) {
		for i := range names {
			g.add(names[i].Str(), actions[i], call.Call)
		}
		return
	}
	for _, n := range f.names(name) {
		g.add(n, action, call.Call)
	}
	if len(f.names(name)) == 0 {
		why := name.Reason()
		if why == "" {
			why = "its name is computed"
		}
		g.dead = append(g.dead, gap{"a node of a graph", why, call.Call})
		// What it does still counts: it is a node under the name of its function.
		for _, one := range actions {
			if one.Is(code.Function) || one.Is(code.Instance) {
				g.add(f.nodeName(one), one, call.Call)
			}
		}
	}
}

// nodeName is the name that LangGraph gives a node that is added without one.
func (f *file) nodeName(v *code.Value) string {
	switch {
	case v.Is(code.Function) && v.Ref.Def != nil:
		return v.Ref.Def.Last()
	case v.Is(code.Instance):
		if s := v.Arg("name", -1).Str(); s != "" {
			return s
		}
		if v.Ref.Is(toolNodes...) {
			return "tools"
		}
		return v.Ref.Last()
	}
	return ""
}

// names gives the node names that a value can be; START and END are the graph's ends.
func (f *file) names(v *code.Value) []string {
	var all []string
	for _, one := range v.Members() {
		switch one.Kind {
		case code.String:
			if len(one.Holes) == 0 {
				all = append(all, one.Text)
			}
		case code.External:
			switch one.Ref.Last() {
			case "START":
				all = append(all, start)
			case "END":
				all = append(all, end)
			}
		case code.Function:
			if one.Ref.Def != nil {
				all = append(all, one.Ref.Def.Last())
			}
		case code.Instance:
			if one.Ref.Is("langgraph.types.Send", "langgraph.constants.Send", "langgraph.graph.Send", "@langchain/langgraph*.Send") {
				all = append(all, f.names(one.Arg("node", 0))...)
			}
		}
	}
	return all
}

// sequence notes add_sequence([a, ("b", f)]).
func (f *file) sequence(g *graph, call *code.Value) {
	previous := ""
	for _, list := range call.Arg("nodes", 0).Each() {
		for _, one := range list.Items {
			name, action := f.nodeName(one), one
			if one.Is(code.List) && len(one.Items) == 2 {
				name, action = one.Items[0].Str(), one.Items[1]
			}
			g.add(name, action, call.Call)
			if previous != "" {
				g.edge(previous, name, call.Call)
			}
			previous = name
		}
	}
}

// conditional notes where a path function can lead: the mapping says, else the function's own annotation or returns.
func (f *file) conditional(g *graph, sources []string, path, mapping *code.Value, at syntax.Node) {
	var targets []string
	switch {
	case mapping.Is(code.Dict):
		for _, pair := range mapping.Pairs {
			targets = append(targets, f.names(pair.Value)...)
		}
	case mapping != nil && !mapping.Is(code.Null):
		targets = f.names(mapping)
	default:
		targets = f.leads(path)
	}
	if len(targets) == 0 {
		why := "its path function does not say by constants where it leads"
		if reason := path.Reason(); reason != "" {
			why = reason
		}
		g.dead = append(g.dead, gap{deadTargets, why, at})
	}
	for _, from := range sources {
		for _, to := range targets {
			g.edge(from, to, at)
		}
	}
}

// leads gives the names that a path function can return.
func (f *file) leads(path *code.Value) []string {
	var targets []string
	for _, one := range path.Each() {
		switch {
		case one.Is(code.External) && (one.Ref.Last() == "tools_condition" || one.Ref.Last() == "toolsCondition"):
			targets = append(targets, "tools", end)
		case one.Is(code.Function):
			targets = append(targets, f.returned(one)...)
		}
	}
	return targets
}

func (f *file) returned(function *code.Value) []string {
	n := function.Node
	if n.Is(syntax.Lambda) && !n.Child(-1).Is(syntax.Block) {
		return f.names(function.Inside(n.Child(-1)))
	}
	if names := f.literals(n.First(syntax.Returns).Child(0)); len(names) > 0 {
		return names
	}
	var names []string
	for block := range n.All(syntax.Block) {
		block.Walk(func(c syntax.Node) bool {
			switch c.Kind() {
			case syntax.FuncDef, syntax.ClassDef, syntax.Lambda:
				return false
			case syntax.Return:
				v := function.Inside(c.Child(0))
				names = append(names, f.names(v)...)
			}
			return true
		})
	}
	return names
}

// literals reads Literal["a", "b"], list[Send], Command[Literal["a"]] and unions of them.
func (f *file) literals(annotation syntax.Node) []string {
	var names []string
	annotation.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Subscript) {
			return true
		}
		head := n.Child(0)
		if !head.TextIs("Literal") {
			return true
		}
		n.Child(1).Walk(func(c syntax.Node) bool {
			switch {
			case c.Is(syntax.String):
				names = append(names, c.Text())
			case c.Is(syntax.Name, syntax.Attr):
				names = append(names, f.names(f.code.Eval(c))...)
				return false
			}
			return true
		})
		return false
	})
	return names
}

// pauses notes where a compiled graph stops for a person, and what it is called.
func (f *file) pauses(g *graph, call *code.Value) {
	if s := call.Arg("name", -1).Str(); s != "" {
		g.name = s
	} else if path, symbol := call.Symbol(); g.name == "" && path == f.Path() {
		g.name = lastName(symbol)
	}
	for _, key := range []string{"interrupt_before", "interrupt_after"} {
		list := call.Arg(key, -1)
		for _, name := range f.names(list) {
			g.pauses[name] = append(g.pauses[name], list.Node)
		}
	}
	keys := []string{"checkpointer", "store"}
	if store := call.Arg("store", -1); store != nil {
		g.stores = append(g.stores, store)
		keys = keys[:1] // whose it is, its nodes say
	}
	f.compiled(call, g.ref, keys...)
}

// compiled notes the memory that a graph is compiled with.
func (f *file) compiled(call *code.Value, ref discover.Ref, keys ...string) {
	if len(keys) == 0 {
		keys = []string{"checkpointer", "store"}
	}
	for _, key := range keys {
		if memory := call.Arg(key, -1); memory != nil {
			f.keeps(ref, memory, call.Call)
		}
	}
}

// interruptsOf notes interrupt_before=["tools"] of a prebuilt agent: a person is asked before tools run.
func (f *file) interruptsOf(v *code.Value, agent discover.Ref) {
	for _, key := range []string{"interrupt_before", "interrupt_after"} {
		list := v.Arg(key, -1)
		for _, name := range f.names(list) {
			if name != "tools" {
				continue
			}
			reviewer := f.reviewer(agent, list.Node)
			f.Flow(model.Approval, agent, reviewer, list.Node.Span())
			if m := makerOf(v); m != nil {
				for _, t := range v.Arg(m.tools.name, m.tools.position).Members() {
					for _, tool := range f.toolRefs(t) {
						if !tool.agent {
							f.Control("human-approval", discover.FlowRef(model.ToolCall, agent, tool.ref), reviewer, model.Evidenced, list.Node.Span())
						}
					}
				}
			}
		}
	}
}
