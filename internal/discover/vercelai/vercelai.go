// Package vercelai reads programs written with Vercel's AI SDK (the npm package "ai", versions 3 to 6).
//
// # What is an agent
//
// An object of the SDK's agent classes (ToolLoopAgent, Agent) is one. So is the code that calls generateText, streamText,
// generateObject or streamObject: a function, a class with its methods, the handler of a route, a file outside of
// functions. It is said to ask once, unless the model decides on what happens next: it is given tools, which the SDK
// carries out; or it has instructions and a conversation that the code is given or keeps; or it answers the requests of a
// web page with a conversation. A function that calls several of them has them work for it, and is an orchestrator where
// it asks nothing itself. A forced call of one tool is a way to get structured text.
//
// A function that hands on the tools, instructions and words that its callers give stands for what they make of it; where
// none is seen to give words of its own, it is the agent. What the code of a tool asks is the tool's.
//
// # What it finds of an agent
//
// Its models with their providers (openai("gpt-4o"), names of the gateway, models around models, custom providers), its
// instructions, its tools with the effects of their code, tools that the provider runs, MCP servers whose tools are
// spread in, agents that a tool's code asks. Limits of steps and approval of tools are controls.
//
// # What it does not do
//
// Hooks of the user interface (useChat) hold no agent. What a middleware does to a call is not followed. A loop around
// a call without tools is a hand-written agent, see package providerclient.
package vercelai

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds systems of the AI SDK in TypeScript and JavaScript.
var Extractor = &discover.Extractor{
	Name:    "vercelai",
	Doc:     "Vercel AI SDK (TypeScript): agents, calls with tools, models of every provider, approvals, MCP clients.",
	Match:   discover.ScriptCode,
	Imports: []string{"ai", "@ai-sdk/rsc", "@ai-sdk/mcp", "@ai-sdk/provider-utils"},
	Run:     run,
}

const technology = "vercel-ai-sdk"

// Names of the SDK.
var (
	agentClasses = []string{"ai.ToolLoopAgent", "ai.Experimental_Agent", "ai.Agent", "@ai-sdk/workflow.DurableAgent", "@workflow/ai/agent.DurableAgent", "@workflow/ai.DurableAgent"}
	textCalls    = []string{"ai.generateText", "ai.streamText", "ai/rsc.streamUI", "@ai-sdk/rsc.streamUI", "ai.experimental_generateText", "ai.experimental_streamText"}
	otherCalls   = []string{
		"ai.generateObject", "ai.streamObject", "ai.embed", "ai.embedMany", "ai.rerank", "ai.generateImage", "ai.experimental_generateImage",
		"ai.experimental_generateSpeech", "ai.experimental_transcribe",
	}
	mcpClients = []string{"ai.experimental_createMCPClient", "ai.createMCPClient", "@ai-sdk/mcp.createMCPClient", "@ai-sdk/mcp.experimental_createMCPClient"}
	runVerbs   = map[string]bool{"generate": true, "stream": true, "respond": true}
)

func run(p *discover.Pass) error {
	r := p.Code()
	if r == nil {
		return nil
	}
	x := &pass{Pass: p, sheets: map[string]*sheet{}}
	x.tools = &discover.SDKTools{Technology: technology, Other: x.other, Asks: func(fn *code.Value) []discover.Ref { return x.asks(fn.Node, true) }}
	for _, v := range r.Instances(agentClasses...) {
		x.object(v)
	}
	x.calls()
	for _, v := range r.Instances(mcpClients...) {
		x.server(v)
	}
	x.SDKToolsMade(x.tools)
	x.runs()
	for _, c := range r.CallsTo(append(append([]string{}, otherCalls...), textCalls...)...) {
		for _, v := range r.Rounds(c.Node) {
			if m := v.Arg("model", -1); m != nil && x.Once("model:"+v.Key()) {
				x.named(m)
			}
		}
	}
	return nil
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	tools  *discover.SDKTools
	sheets map[string]*sheet // by path, see step.go
}

// named describes a model that code asks without being an agent, where it is known.
func (x *pass) named(m *code.Value) {
	for _, one := range m.Each() {
		if one.Is(code.String) && len(one.Holes) == 0 || x.IsSDKModel(one) && (one.Arg("", 0).Is(code.String) || one.Has("model")) {
			x.SDKModels(one, "a call")
		}
	}
}

// isAgent tells whether a value is an object of an agent class.
func (x *pass) isAgent(v *code.Value) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Base == nil && x.Code().Derives(v.Ref, agentClasses...)
}

// ref names an agent object.
func (x *pass) ref(v *code.Value) discover.Ref {
	return x.Made(v, discover.Telling{Name: "id", Position: -1}, discover.Telling{Name: "instructions", Position: -1},
		discover.Telling{Name: "system", Position: -1}, discover.Telling{Name: "tools", Position: -1})
}

// object describes an agent that a class of the SDK makes.
func (x *pass) object(v *code.Value) {
	ref := x.ref(v)
	if !x.Once("agent:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	at := v.Call.Span()
	name := x.Title(v, first(v, "id", "name"))
	if name == v.Ref.Last() {
		name = x.OwnerOf(v.Site()).Name
	}
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Alias(x.NameOf(v)).Detail(v.Arg("description", -1).Str())
	given := x.parts(ref, name, v)
	if given > 0 {
		x.steps(e, ref, first(v, "stopWhen", "maxSteps"), "the SDK ends each run after twenty steps, unless it is told otherwise", at)
	}
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

// parts reports what an agent is made with, and returns how many tools that are.
func (x *pass) parts(ref discover.Ref, name string, v *code.Value) int {
	at := v.Call.Span()
	if prompt := first(v, "instructions", "system"); prompt != nil {
		x.Prompt(ref, name, prompt)
	} else if system := systemOf(v.Arg("messages", -1)); system != nil {
		x.Prompt(ref, name, system)
	}
	if m := v.Arg("model", -1); m != nil {
		for _, one := range x.SDKModels(m, name) {
			x.UsesModel(ref, one, at)
		}
	}
	if timeout := first(v, "abortSignal", "timeout"); timeout.Is(code.Instance) && timeout.Ref.Is("builtins.AbortSignal.timeout") || timeout.Is(code.Number) {
		x.Control("timeout", ref, discover.Ref{}, model.Evidenced, timeout.Node.Span())
	}
	if forced(v) {
		return 0 // a way to get structured text
	}
	return x.GiveSDK(x.tools, ref, name, v.Arg("tools", -1))
}

// systemOf finds the instructions among messages.
func systemOf(messages *code.Value) *code.Value {
	for _, list := range messages.Each() {
		for _, m := range list.Items {
			if m.Is(code.Dict) && m.Get("role").Str() == "system" {
				return m.Get("content")
			}
		}
	}
	return nil
}

// steps says what ends an agent's run.
func (x *pass) steps(e *discover.Element, ref discover.Ref, limit *code.Value, otherwise string, at source.Span) {
	if limit == nil {
		e.FactBecause("loops", model.No, otherwise, at)
		return
	}
	counted := false
	for _, one := range members(limit) {
		switch {
		case one.Is(code.Number):
			counted = true
		case one.Is(code.Instance) && (one.Ref.Last() == "stepCountIs" || one.Ref.Last() == "isStepCount"):
			counted = true
		}
	}
	if counted {
		e.FactBecause("loops", model.Yes, "the model is asked again with what its tools returned", limit.Node.Span())
		x.Control("iteration-limit", ref, discover.Ref{}, model.Evidenced, limit.Node.Span())
		return
	}
	e.FactBecause("loops", model.Yes, "what ends it is decided when the program runs", limit.Node.Span())
}

// members are the alternatives of a value and the items of a list.
func members(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, one := range v.Each() {
		if one.Is(code.List) {
			for _, item := range one.Items {
				all = append(all, item.Each()...)
			}
			continue
		}
		all = append(all, one)
	}
	return all
}

// runs records the agent objects that code runs: they are entries.
func (x *pass) runs() {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !runVerbs[callee.Text()] {
			continue
		}
		for _, v := range x.Code().Eval(callee.Child(0)).Each() {
			if x.isAgent(v) && !x.inTool(c.Node) {
				x.Ran(x.Element(model.Agent, x.ref(v), ""), c.Node)
			}
		}
	}
}

// inTool tells whether a place is in the code of a tool.
func (x *pass) inTool(n syntax.Node) bool {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.Pair) && up.Child(0).TextIs("execute") && !discover.Said(up.Parent().Parent(), "execute").IsZero() {
			if ref := x.Code().Resolve(up.Parent().Parent().Child(0)); ref.Last() == "tool" || ref.Last() == "dynamicTool" || ref.Last() == "createTool" {
				return true
			}
		}
	}
	return false
}
