package langgraph

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// LangGraph.js and LangChain.js say the same as their elders in Python, in another spelling: addConditionalEdges for
// add_conditional_edges, options for keywords. The tables of this package list the names of both.

// scriptMakers are the rows of the table of agents for JavaScript. The first that fits counts.
var scriptMakers = []maker{
	{[]string{"@langchain/langgraph*.createReactAgent"}, arg{"llm", -1}, arg{"tools", -1}, []string{"prompt", "state_modifier", "message_modifier"}},
	{[]string{"langchain.createAgent", "langchain/agents.createAgent"}, arg{"model", -1}, arg{"tools", -1}, []string{"system_prompt", "prompt"}},
	{[]string{"deepagents.createDeepAgent"}, arg{"model", -1}, arg{"tools", -1}, []string{"system_prompt", "instructions"}},
	{[]string{"@langchain/langgraph-supervisor.createSupervisor"}, arg{"llm", -1}, arg{"tools", -1}, []string{"prompt"}},
	{[]string{"@langchain/langgraph-swarm.createSwarm"}, arg{"llm", -1}, arg{"tools", -1}, nil},
	{[]string{"langchain/agents.create*Agent", "@langchain/classic/agents.create*Agent", "langchain/agents/*.create*Agent", "@langchain/classic/agents/*.create*Agent"}, arg{"llm", -1}, arg{"tools", -1}, []string{"prompt"}},
	{[]string{"langchain/agents.initializeAgentExecutor*", "@langchain/classic/agents.initializeAgentExecutor*"}, arg{"llm", 1}, arg{"tools", 0}, nil},
}

var (
	supervisors = []string{"langgraph_supervisor.**", "@langchain/langgraph-supervisor.**"}
	swarms      = []string{"langgraph_swarm.**", "@langchain/langgraph-swarm.**"}
)

// verb is the method that a callee names, as Python spells it; "" when it names none.
func verb(callee syntax.Node) string {
	if !callee.Is(syntax.Attr) {
		return ""
	}
	if !discover.Script(callee) {
		return callee.Text()
	}
	return snake(callee.Text())
}

// snake is addNode as Python writes it: add_node.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// scriptNodes notes what only JavaScript's addNode takes: several nodes as an object or as pairs, and the nodes that one
// may go to. It tells whether nothing is left to note.
func (f *file) scriptNodes(g *graph, call *code.Value) bool {
	if !discover.Script(call.Call) {
		return false
	}
	if options := call.Arg("", 2); options.Is(code.Dict) {
		for _, from := range f.names(call.Arg("", 0)) {
			for _, to := range f.names(options.Get("ends")) {
				g.edge(from, to, call.Call)
			}
		}
	}
	first := call.Arg("", 0)
	switch {
	case first.Is(code.Dict):
		for _, pair := range first.Pairs {
			g.add(pair.Key.Str(), pair.Value, call.Call)
		}
		return true
	case first.Is(code.List):
		for _, pair := range first.Items {
			if pair.Is(code.List) && len(pair.Items) > 1 {
				g.add(pair.Items[0].Str(), pair.Items[1], call.Call)
			}
		}
		return true
	}
	return false
}

// spoken notes the instructions among the messages that a model is asked with: { role: "system", content }.
func (w *looker) spoken(n syntax.Node, eval func(syntax.Node) *code.Value) {
	if !discover.Script(n) {
		return
	}
	for _, one := range eval(n.Child(1)).Each() {
		if !one.Is(code.List) {
			continue
		}
		for _, item := range one.Items {
			if role := item.Get("role").Str(); role == "system" || role == "developer" {
				w.d.prompts = append(w.d.prompts, item.Get("content"))
			}
		}
	}
}

// scriptEntrypointNames are the functions that make such a one.
var scriptEntrypointNames = []string{"@langchain/langgraph*.entrypoint"}

// scriptEntrypoints describes the functional style: entrypoint({ name }, async (input) => …).
func (f *file) scriptEntrypoints() {
	for _, v := range f.instances(scriptEntrypointNames...) {
		function := v.Arg("", 1)
		if !function.Is(code.Function) {
			continue
		}
		name := v.Arg("name", -1).Str()
		if options := v.Arg("", 0); name == "" {
			name = options.Str()
		}
		if _, symbol := v.Symbol(); name == "" {
			name = lastName(symbol)
		}
		does := f.look(function)
		f.owned(does)
		ref, at := discover.Object(v), v.Call.Span()
		if !does.agentic() {
			f.Element(model.Orchestrator, ref, name, at).Technology(technology)
			for _, use := range does.delegates {
				for _, to := range f.agentRefs(use.value) {
					f.Flow(model.Delegation, ref, to, use.at.Span())
				}
			}
		} else {
			f.Element(model.Agent, ref, name, at).Technology(technology)
			f.describeDeeds(ref, name, does, nil)
		}
		f.compiled(v, ref)
	}
}

// scriptLoose describes the function around a call of bindTools when it runs a loop of its own: see looseAgents.
func (f *file) scriptLoose(call syntax.Node) {
	var function, holder syntax.Node
	for up := call.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef) || up.Is(syntax.Lambda) && up.Parent().Is(syntax.Assign) && up.Parent().Child(0).Is(syntax.Name) {
			function, holder = up, up.Parent()
			break
		}
	}
	if function.IsZero() || f.isStep(function) {
		return
	}
	var does *deeds
	var ref discover.Ref
	name, at, doc := "", function, ""
	if def := f.code.DefinitionOf(function); def != nil {
		if f.done[def.ID()] {
			return
		}
		does, ref, name, doc = f.lookAt(def), discover.Definition(def), def.Last(), def.Doc()
	} else {
		if f.bodies[function] {
			return
		}
		name, at = holder.Child(0).Text(), holder
		does, ref = f.look(f.code.Eval(function)), discover.Local(f.Path(), name)
	}
	if len(does.tools) == 0 || !does.agentic() || !f.hasTools(does) || !slices.ContainsFunc(does.asks, func(n syntax.Node) bool { return !f.isStep(n) }) {
		return
	}
	f.owned(does)
	f.Element(model.Agent, ref, name, discover.Headline(at), first(does.asks).Span()).Technology("langchain").Detail(doc)
	f.describeDeeds(ref, name, does, nil)
}

// isStep tells whether a place is in a function that is given the state of a graph, or in a tool's: such are told elsewhere.
func (f *file) isStep(place syntax.Node) bool {
	for up := place; !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.Lambda) {
			for param := range up.All(syntax.Param) {
				if param.TextIs("state") {
					return true
				}
			}
		}
		if up.Is(syntax.Call) && f.code.Resolve(up.Child(0)).Is(append(append([]string{}, toolDecorators...), toolMakers...)...) {
			return true
		}
	}
	return false
}
