// Package mastra reads programs written with Mastra, the TypeScript framework.
//
// It finds agents, their instructions, models, tools (createTool, tools of the AI SDK, MCP clients, workspaces), the
// agents and workflows that an agent may hand work to, memories, processors that check what goes in and comes out;
// workflows with the agents, tools and workflows that their steps use; MCP servers; and the Mastra object, whose server
// offers what is registered with it.
//
// # Names
//
// A step asks an agent by the key under which the Mastra object knows it: mastra.getAgent("writer"). The key is looked
// up in the Mastra object that the code holds, else in the nearest one: that of the file's own folder, or of a folder
// around it.
//
// # What it does not do
//
// A processor counts as a guardrail where its name says that it checks, or where its code can stop the run; one that only
// shortens or reformats messages is none. Scorers judge answers after the fact and are not modelled.
package mastra

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds Mastra systems in TypeScript and JavaScript.
var Extractor = &discover.Extractor{
	Name:    "mastra",
	Doc:     "Mastra (TypeScript): agents, tools, workflows, networks, memory, processors, MCP clients and servers.",
	Match:   discover.ScriptCode,
	Imports: []string{"@mastra"},
	Run:     run,
}

const technology = "mastra"

// Names of the framework. Its classes come from the package itself or from one of its parts.
var (
	agentClasses   = []string{"@mastra/core.Agent", "@mastra/core/agent.Agent"}
	networkClasses = []string{"@mastra/core/network.AgentNetwork", "@mastra/core/network/vNext.NewAgentNetwork", "@mastra/core.AgentNetwork"}
	toolMakers     = []string{"@mastra/core.createTool", "@mastra/core/tools.createTool", "@mastra/core/tools.Tool", "@mastra/core.Tool"}
	workflowMakers = []string{
		"@mastra/core/workflows.createWorkflow", "@mastra/core.createWorkflow", "@mastra/core/workflows/vNext.createWorkflow", "@mastra/inngest.init.createWorkflow",
		"@mastra/core/workflows.Workflow", "@mastra/core.Workflow", "@mastra/core/workflows/legacy.LegacyWorkflow",
	}
	stepMakers = []string{
		"@mastra/core/workflows.createStep", "@mastra/core.createStep", "@mastra/core/workflows/vNext.createStep", "@mastra/inngest.init.createStep",
		"@mastra/core/workflows.Step", "@mastra/core.Step", "@mastra/core/workflows/legacy.LegacyStep",
	}
	mastraClasses = []string{"@mastra/core.Mastra", "@mastra/core/mastra.Mastra"}
	memoryClasses = []string{"@mastra/memory.Memory", "@mastra/core/memory.MockMemory"}
	clientClasses = []string{"@mastra/mcp.MCPClient", "@mastra/mcp.MCPConfiguration", "@mastra/mcp.MastraMCPClient"}
	serverClasses = []string{"@mastra/mcp.MCPServer"}
	runVerbs      = map[string]bool{
		"generate": true, "stream": true, "generateLegacy": true, "streamLegacy": true, "generateVNext": true, "streamVNext": true,
		"network": true, "loop": true, "loopStream": true,
	}
)

func run(p *discover.Pass) error {
	r := p.Code()
	if r == nil {
		return nil
	}
	x := &pass{Pass: p}
	x.tools = &discover.SDKTools{Technology: technology, Makers: toolMakers, Other: x.other, Asks: func(fn *code.Value) []discover.Ref { return x.asks(fn).agents }}
	for _, v := range r.Instances(agentClasses...) {
		x.agent(v)
	}
	for _, v := range r.Instances(networkClasses...) {
		x.agent(v)
	}
	x.SDKToolsMade(x.tools)
	x.workflows()
	for _, v := range r.Instances(mastraClasses...) {
		x.registry(v)
	}
	for _, v := range r.Instances(serverClasses...) {
		x.server(v)
	}
	for _, v := range r.Instances(clientClasses...) {
		x.client(v)
	}
	x.runs()
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	tools *discover.SDKTools
	known []*code.Value // the nearest Mastra objects; nil when they were not looked for
}

// made tells whether a value is an object of one of the classes itself, not something that it gave.
func (x *pass) made(v *code.Value, classes []string) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Base == nil && x.Code().Derives(v.Ref, classes...)
}

func (x *pass) isAgent(v *code.Value) bool {
	return x.made(v, agentClasses) || x.made(v, networkClasses)
}

// ref names an agent. Calls of a factory that say nothing about the agent make one agent.
func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Name: "id", Position: -1}, discover.Telling{Name: "name", Position: -1},
		discover.Telling{Name: "instructions", Position: -1}, discover.Telling{Name: "tools", Position: -1})
}

func (x *pass) agent(v *code.Value) {
	ref := x.ref(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	name := x.Title(v, first(v, "name", "id"))
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Detail(v.Arg("description", -1).Str()).
		Alias(v.Arg("id", -1).Str(), x.NameOf(v))
	x.Prompt(ref, name, instructions(v.Arg("instructions", -1)))
	if m := v.Arg("model", -1); m != nil {
		for _, one := range x.SDKModels(m, name) {
			x.UsesModel(ref, one, m.Node.Span())
		}
	}
	x.GiveSDK(x.tools, ref, name, v.Arg("tools", -1))
	x.workspace(ref, name, v.Arg("workspace", -1))
	x.browser(ref, v.Arg("browser", -1))
	x.helpers(ref, name, v)
	given := at
	if n := discover.Said(v.Call, "memory"); !n.IsZero() {
		given = n.Span()
	}
	x.remembers(ref, name, v.Arg("memory", -1), given)
	x.processors(ref, name, v.Arg("inputProcessors", -1), "input-guardrail")
	x.processors(ref, name, v.Arg("outputProcessors", -1), "output-guardrail")
	x.limits(e, ref, v)
}

// first is the first of some options that is given.
func first(v *code.Value, names ...string) *code.Value {
	for _, n := range names {
		if got := v.Arg(n, -1); got != nil && !got.Is(code.Null) {
			return got
		}
	}
	return nil
}

// instructions are text, messages, or a function that makes one of these.
func instructions(v *code.Value) *code.Value {
	if v.Is(code.Dict) {
		return v.Get("content")
	}
	return v
}

// limits says what ends an agent's run.
func (x *pass) limits(e *discover.Element, ref discover.Ref, v *code.Value) {
	for _, key := range []string{"defaultOptions", "defaultGenerateOptions", "defaultStreamOptions", "defaultVNextStreamOptions", "defaultNetworkOptions", "defaultGenerateOptionsLegacy"} {
		options := v.Arg(key, -1)
		if steps := options.Get("maxSteps"); steps != nil {
			x.Limit("iteration-limit", ref, steps)
			e.FactBecause("loops", model.Yes, "the model is asked again with what its tools returned", steps.Node.Span())
		}
		x.Switch("human-approval", ref, options.Get("requireToolApproval"))
	}
}

// helpers records the agents and workflows that an agent may hand work to.
func (x *pass) helpers(ref discover.Ref, name string, v *code.Value) {
	for _, key := range []string{"agents", "workflows"} {
		x.each(v.Arg(key, -1), func(at source.Span, one *code.Value) {
			switch {
			case x.isAgent(one):
				x.Flow(model.Delegation, ref, x.ref(one), at)
			case x.isWorkflow(one):
				x.Flow(model.Delegation, ref, x.workflowRef(one), at)
			case one.Is(code.Instance) && one.Ref.Def == nil && !one.Typed() && one.Base == nil:
				x.peer(ref, one, at)
			default:
				x.Unresolved("one of the "+key+" of "+name, discover.WhyNot(one), one.Node.Span())
			}
		})
	}
}

// each goes through the entries of an object or list, or of what a function makes.
func (x *pass) each(v *code.Value, do func(at source.Span, one *code.Value)) {
	for _, one := range v.Each() {
		switch one.Kind {
		case code.Dict:
			for _, pair := range one.Pairs {
				for _, value := range pair.Value.Each() {
					do(pair.Key.Node.Span(), value)
				}
			}
			for _, more := range one.Items {
				do(more.Node.Span(), more)
			}
		case code.List:
			for _, item := range one.Items {
				for _, value := range item.Each() {
					do(item.Node.Span(), value)
				}
			}
		case code.Function:
			for _, made := range one.Returned().Each() {
				if !made.Is(code.Function) {
					x.each(made, do)
				}
			}
		case code.Null, code.Bool:
		default:
			do(one.Node.Span(), one)
		}
	}
}

// peer is an agent of somebody else: one that is reached by A2A or another protocol.
func (x *pass) peer(ref discover.Ref, v *code.Value, at source.Span) {
	other := discover.Object(v)
	name := x.Title(v, first(v, "name", "id"))
	e := x.Element(model.External, other, name, v.Call.Span()).Technology("a2a").Fact("role", "agent", v.Call.Span())
	if url := first(v, "url", "agentCardUrl", "cardUrl", "baseUrl"); url.Str() != "" {
		e.Detail("reached at " + url.Str())
	}
	x.Flow(model.Message, ref, other, at)
}

// registry describes what a Mastra object offers: its server answers for each agent that is registered.
func (x *pass) registry(v *code.Value) {
	x.each(v.Arg("agents", -1), func(at source.Span, one *code.Value) {
		if x.isAgent(one) {
			x.Element(model.Agent, x.ref(one), "").FactBecause("entry", model.Yes, "Mastra's server answers for each agent that is registered", at)
		}
	})
}

// runs records the agents that code runs, outside of tools and steps: they are entries.
func (x *pass) runs() {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !runVerbs[callee.Text()] || x.inside(c.Node) {
			continue
		}
		for _, agent := range x.agentsAt(callee.Child(0), nil) {
			x.Ran(x.Element(model.Agent, agent, ""), c.Node)
			for _, v := range x.Code().Rounds(c.Node) {
				x.GiveSDK(x.tools, agent, "an agent", v.Arg("toolsets", -1))
			}
		}
	}
}

// inside tells whether a place is in the code of a tool or step.
func (x *pass) inside(n syntax.Node) bool {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.Pair) && up.Child(0).TextIs("execute") {
			if call := up.Parent().Parent(); call.Is(syntax.Call) && x.Code().Derives(x.Code().Resolve(call.Child(0)), append(append([]string{}, toolMakers...), stepMakers...)...) {
				return true
			}
		}
	}
	return false
}
