package langgraph

import (
	"sort"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// finish finds out what each node of a graph is, once all of the file was read.
func (f *file) finish(g *graph) {
	g.name = f.graphName(g)
	for _, name := range g.order {
		n := g.nodes[name]
		for _, one := range n.value.Each() {
			if one.Is(code.Instance) && one.Ref.Is(toolNodes...) {
				n.tools = append(n.tools, one.Arg("tools", 0))
				continue
			}
			if root := graphRoot(one); root != nil && root.Key() == g.value.Key() {
				continue
			}
			n.inner = append(n.inner, f.agentRefs(one)...)
		}
		if len(n.inner) > 0 || len(n.tools) > 0 {
			continue
		}
		n.deeds = f.look(n.value)
		f.owned(n.deeds)
		if n.deeds.agentic() {
			n.agent = discover.Of(g.ref, name)
		}
		n.human = len(n.deeds.interrupts) > 0
		// A node that only runs one agent is that agent.
		if !n.deeds.agentic() {
			for _, use := range n.deeds.delegates {
				if root := graphRoot(use.value); root != nil && root.Key() == g.value.Key() {
					continue
				}
				n.inner = append(n.inner, f.agentRefs(use.value)...)
			}
		}
		for i, to := range n.deeds.gotos {
			for _, target := range f.names(to) {
				g.edge(name, target, n.deeds.gotoAt[i])
			}
		}
		for _, one := range n.value.Each() {
			if one.Is(code.Function) {
				for _, target := range f.literals(one.Node.First(syntax.Returns).Child(0)) {
					g.edge(name, target, one.Node.First(syntax.Returns))
				}
			}
		}
	}
}

// plain names say nothing about what a graph is for.
var plain = map[string]bool{"": true, "chain": true, "graph": true, "app": true, "workflow": true, "builder": true, "compiled": true, "compiled_graph": true, "graph_builder": true, "g": true, "result": true}

// graphName is what a graph is compiled as, else the variable, class or function that says most about it.
func (f *file) graphName(g *graph) string {
	_, symbol := g.value.Symbol()
	variable, class := lastName(symbol), ""
	for p := g.value.Call.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.ClassDef) {
			class = p.Text()
		}
	}
	for _, name := range []string{g.name, variable, class, enclosing(g.value.Call)} {
		if !plain[name] {
			return name
		}
	}
	for _, name := range []string{g.name, variable} {
		if name != "" {
			return name
		}
	}
	return "graph"
}

// describe says what a graph is: an orchestrator over its agents, and which of them follows which.
func (f *file) describe(g *graph) {
	at := g.value.Call.Span()
	_, symbol := g.value.Symbol()
	e := f.Element(model.Orchestrator, g.ref, g.name, at).Technology(technology).Alias(lastName(symbol))
	for _, d := range g.dead {
		f.Unresolved(d.what, d.why, spotOf(d.at))
	}
	next := map[string][]edge{}
	for _, ed := range g.edges {
		next[ed.from] = append(next[ed.from], ed)
	}
	if g.cyclic(next) {
		e.Fact("loops", model.Yes, at).FactBecause("bounded", model.Yes, stepLimit, at)
	} else {
		e.Fact("loops", model.No, at)
	}
	for _, name := range g.order {
		f.describeNode(g, g.nodes[name], next)
	}
	f.handoffs(g, next)
	f.pausing(g, next)
	f.agreed(g)
	if !g.usesStores() {
		for _, store := range g.stores {
			f.keeps(g.ref, store, store.Node)
		}
	}
	for _, w := range f.code.Writes("checkpointer") {
		if root := graphRoot(w.Target); root != nil && root.Key() == g.value.Key() {
			f.keeps(g.ref, w.Value, w.Node)
		}
	}
}

// spotOf is a call's place. One in a chain of calls begins where the chain does; its own place is that of what it is given.
func spotOf(call syntax.Node) source.Span {
	s := call.Span()
	if callee, given := call.Child(0), call.Child(1); call.Is(syntax.Call) && callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Call) && !given.IsZero() {
		s.Start = given.Span().Start
	}
	return s
}

// covered says that the functions and chains which a step runs ask for it.
func (f *file) covered(agent discover.Ref, d *deeds) {
	for _, def := range d.functions {
		f.StepRuns(agent, discover.Definition(def), discover.Headline(def.Node))
		f.StepRuns(agent, f.OwnerOf(def.Node).Ref, discover.Headline(def.Node))
	}
	for _, n := range d.bodies {
		f.Covers(agent, f.OwnerOf(n).Ref)
	}
	for _, chain := range d.chains {
		f.Covers(agent, discover.Object(chain))
		f.Covers(agent, f.madeChain(chain))
	}
}

func (f *file) describeNode(g *graph, n *node, next map[string][]edge) {
	at := spotOf(n.at)
	for _, inner := range n.inner {
		f.Flow(model.Delegation, g.ref, inner, at).Label(n.name)
	}
	if n.deeds == nil || !n.deeds.agentic() {
		if n.deeds != nil {
			// A step that asks no model can still read and write for the graph, or for the steps that it leaves what it found to.
			readers := g.readers(n, next)
			for _, k := range n.deeds.retrieves {
				f.retrieval(k.value, g.ref, k.at)
			}
			for _, to := range readers {
				f.lookedUp(n, to)
			}
			for _, s := range n.deeds.stores {
				f.remembers(g.ref, s)
			}
			for _, t := range n.deeds.runsTools {
				f.giveTools(g.ref, g.name, t.value)
			}
		}
		maybe, _ := f.stands(n)
		for _, one := range maybe {
			f.Flow(model.Delegation, g.ref, one, at).IfDescribed(model.Agent).Label(n.name)
		}
		switch {
		case n.value.Is(code.Unknown):
			f.UnresolvedTools("what node "+n.name+" of "+g.name+" does", n.value.Reason(), at)
		case n.value.Is(code.External):
			f.UnresolvedTools("what node "+n.name+" of "+g.name+" does", n.value.Ref.Name+" is not in what was read", at)
		}
		return
	}
	e := f.Element(model.Agent, n.agent, n.name, at).Technology(technology)
	for i, def := range n.deeds.functions {
		if i == 0 {
			e.Evidence(def.Node.Span()).Alias(def.Last()).Detail(def.Doc())
		}
	}
	e.Evidence(first(n.deeds.asks).Span())
	if !n.deeds.goesRound() {
		e.FactBecause("loops", model.No, "it asks the model once each time that the graph comes to it; "+stepLimit, first(n.deeds.asks).Span())
	}
	f.covered(n.agent, n.deeds)
	f.describeDeeds(n.agent, n.name, n.deeds, g.toolsAfter(n.name, next))
	f.lookedUp(n, n.agent)
	for _, s := range n.deeds.stores {
		if s.value.Typed() {
			// LangGraph passes the store that the graph was compiled with.
			for _, store := range g.stores {
				f.remembers(n.agent, storeUse{store, s.write, s.at})
			}
		}
	}
	for _, use := range n.deeds.delegates {
		if root := graphRoot(use.value); root != nil && root.Key() == g.value.Key() {
			continue
		}
		for _, to := range f.agentRefs(use.value) {
			f.Flow(model.Delegation, n.agent, to, use.at.Span())
		}
	}
	f.Flow(model.Delegation, g.ref, n.agent, at).Label(n.name)
}

// usesStores tells whether steps that are agents read or write the store that the graph was compiled with: then it is
// theirs, and the graph only hands it to them.
func (g *graph) usesStores() bool {
	for _, name := range g.order {
		if n := g.nodes[name]; n.deeds != nil && n.deeds.agentic() && len(n.deeds.stores) > 0 {
			return true
		}
	}
	return false
}

// toolsAfter gives what the tool nodes that follow a node run.
func (g *graph) toolsAfter(name string, next map[string][]edge) []*code.Value {
	var all []*code.Value
	for _, ed := range next[name] {
		if n := g.nodes[ed.to]; n != nil {
			all = append(all, n.tools...)
		}
	}
	return all
}

// ends gives the agents that stand for a node.
func (n *node) ends() []discover.Ref {
	if n == nil {
		return nil
	}
	if !n.agent.IsZero() {
		return []discover.Ref{n.agent}
	}
	return n.inner
}

// handoffs joins each agent to the agents that follow it, through steps that are none.
func (f *file) handoffs(g *graph, next map[string][]edge) {
	for _, name := range g.order {
		from, open := f.stands(g.nodes[name])
		if len(from) == 0 {
			continue
		}
		choice := f.onlyChooses(g.nodes[name])
		seen := map[string]bool{name: true}
		queue := append([]edge{}, next[name]...)
		for len(queue) > 0 {
			ed := queue[0]
			queue = queue[1:]
			if seen[ed.to] {
				continue
			}
			seen[ed.to] = true
			target := g.nodes[ed.to]
			if target == nil {
				continue
			}
			to, maybe := f.stands(target)
			for _, a := range from {
				for _, b := range to {
					if a.Key() == b.Key() {
						continue
					}
					flow := f.Flow(model.Handoff, a, b, spotOf(ed.at))
					if open || maybe {
						flow.IfDescribed(model.Agent)
					}
					if choice {
						flow.Fact("content", "typed", g.nodes[name].value.Node.Span()) // which route, and no word of the model
					}
				}
			}
			if len(to) == 0 || maybe {
				queue = append(queue, next[ed.to]...)
			}
		}
	}
}

// stands gives the agents that stand for a node. Where none is seen here, it is the functions that the node runs, and open whether
// they are agents: who reads clients that are written by hand knows.
func (f *file) stands(n *node) (refs []discover.Ref, open bool) {
	if refs = n.ends(); len(refs) > 0 || n == nil || n.deeds == nil || n.deeds.agentic() {
		return refs, false
	}
	for i, def := range n.deeds.functions {
		if i == mostMaybe {
			break
		}
		refs = append(refs, discover.Definition(def))
	}
	return refs, true
}

// mostMaybe is how many functions of a node are asked whether they are agents.
const mostMaybe = 4

// cyclic tells whether a node can follow itself.
func (g *graph) cyclic(next map[string][]edge) bool {
	state := map[string]int{}
	var visit func(string) bool
	visit = func(name string) bool {
		switch state[name] {
		case 1:
			return true
		case 2:
			return false
		}
		state[name] = 1
		for _, ed := range next[name] {
			if visit(ed.to) {
				return true
			}
		}
		state[name] = 2
		return false
	}
	for _, name := range g.order {
		if visit(name) {
			return true
		}
	}
	return false
}

// pausing places human approval where the graph stops for a person.
func (f *file) pausing(g *graph, next map[string][]edge) {
	var places []syntax.Node
	// A person who is asked stands before something: that is where the control goes.
	type gate struct {
		on discover.Ref
		at syntax.Node
	}
	var gates []gate
	names := make([]string, 0, len(g.pauses))
	for name := range g.pauses {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		n := g.nodes[name]
		for _, at := range g.pauses[name] {
			places = append(places, at)
			if n == nil {
				continue
			}
			for _, to := range n.ends() {
				gates = append(gates, gate{discover.FlowRef(model.Delegation, g.ref, to), at})
			}
			for _, flow := range f.callsThrough(g, n, name, next) {
				gates = append(gates, gate{flow, at})
			}
		}
	}
	for _, name := range g.order {
		n := g.nodes[name]
		if n.deeds == nil || len(n.deeds.interrupts) == 0 {
			continue
		}
		at := n.deeds.interrupts[0]
		places = append(places, at)
		if n.deeds.agentic() {
			continue // it asks a person something; whether that is an approval of what follows, code does not say
		}
		for _, ed := range next[name] {
			if !f.onlyAsked(g, ed.to) {
				continue
			}
			for _, to := range g.nodes[ed.to].ends() {
				gates = append(gates, gate{discover.FlowRef(model.Delegation, g.ref, to), at})
			}
			if then := g.nodes[ed.to]; then != nil && len(then.tools) > 0 {
				for _, flow := range f.callsThrough(g, then, name, next) {
					gates = append(gates, gate{flow, at})
				}
			}
		}
	}
	if len(places) == 0 {
		return
	}
	reviewer := f.reviewer(g.ref, places[0])
	f.Flow(model.Approval, g.ref, reviewer, places[0].Span())
	for _, gate := range gates {
		f.Control("human-approval", gate.on, reviewer, model.Evidenced, gate.at.Span())
	}
}

// callsThrough gives the tool-call flows that a tool node carries out: from the agents that lead to it (or to the step
// that leads to it) to its tools.
func (f *file) callsThrough(g *graph, tools *node, entry string, next map[string][]edge) []discover.Ref {
	var flows []discover.Ref
	for _, before := range g.order {
		for _, ed := range next[before] {
			if ed.to != entry && ed.to != tools.name {
				continue
			}
			for _, agent := range g.nodes[before].ends() {
				for _, list := range tools.tools {
					for _, v := range list.Members() {
						for _, t := range f.toolRefs(v) {
							flows = append(flows, discover.FlowRef(model.ToolCall, agent, t.ref))
						}
					}
				}
			}
		}
	}
	return flows
}
