package genkit

import (
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Genkit for JavaScript says the same as for Go by methods of one object: const ai = genkit({…}); ai.defineFlow({name},
// async (input) => …). Before version 1 they were functions of packages of their own.

// method lists the names of one of Genkit's methods.
func method(names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, "genkit*.genkit."+n, "genkit*.Genkit."+n, "@genkit-ai/*."+n, "@genkit-ai/*/*."+n)
	}
	return all
}

var (
	kits          = []string{"genkit*.genkit", "genkit*.Genkit", "@genkit-ai/*.configureGenkit"}
	scriptFlows   = method("defineFlow", "defineStreamingFlow")
	scriptTools   = append(method("defineTool", "dynamicTool"), "genkit*.tool", "genkit*.dynamicTool")
	scriptPrompts = method("definePrompt", "defineDotprompt")
	promptFiles   = method("prompt")
	scriptAsks    = method("generate", "generateStream")
	scriptChats   = method("chat")
	mcpClients    = []string{"genkitx-mcp.mcpClient", "@genkit-ai/mcp.mcpClient", "@genkit-ai/mcp.createMcpClient", "@genkit-ai/mcp.defineMcpClient"}
	mcpHosts      = []string{"@genkit-ai/mcp.createMcpHost", "@genkit-ai/mcp.defineMcpHost", "@genkit-ai/mcp.createMcpManager"}
	mcpServers    = []string{"genkitx-mcp.mcpServer", "@genkit-ai/mcp.mcpServer", "@genkit-ai/mcp.createMcpServer"}
)

// script reads a file of JavaScript.
func script(p *discover.Pass) {
	x := &scriptPass{Pass: p, asked: map[string]bool{}}
	r := p.Code()
	for _, v := range r.Instances(scriptTools...) {
		x.tool(v)
	}
	for _, v := range r.Instances(append(slices.Clone(mcpClients), mcpHosts...)...) {
		x.servers(v)
	}
	for _, v := range r.Instances(mcpServers...) {
		x.offers(v)
	}
	for _, v := range r.Instances(scriptPrompts...) {
		x.prompt(v)
	}
	for _, c := range r.CallsTo(append(slices.Clone(scriptAsks), scriptChats...)...) {
		if c.Callee.Def == nil {
			x.generate(c)
		}
	}
	for _, c := range r.CallsTo(slices.Concat(scriptPrompts, promptFiles, after(scriptPrompts, "stream", "generate"), after(promptFiles, "stream", "generate"))...) {
		x.runsPrompt(c)
	}
	for _, c := range r.CallsTo(append(slices.Clone(scriptFlows), "@genkit-ai/flow.runFlow")...) {
		x.runsFlow(c)
	}
	for _, c := range r.CallsTo(method("retrieve")...) {
		x.retrieve(c)
	}
}

// after lists methods of what calls give.
func after(calls []string, methods ...string) []string {
	var all []string
	for _, c := range calls {
		for _, m := range methods {
			all = append(all, c+"."+m)
		}
	}
	return all
}

type scriptPass struct {
	*discover.Pass
	asked map[string]bool // keys of what asks a model
}

// asker is what a call belongs to.
type asker struct {
	ref          discover.Ref
	name         string
	at           source.Span
	flow, isTool bool
	function     syntax.Node
}

// askerOf is the flow or tool whose function a call stands in, else the function or file.
func (x *scriptPass) askerOf(n syntax.Node) asker {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		call := up.Parent()
		if !up.Is(syntax.Lambda, syntax.FuncDef) || !call.Is(syntax.Call) || up == call.Child(0) {
			continue
		}
		for _, v := range x.Code().Eval(call).Each() {
			switch {
			case made(v, scriptFlows):
				return asker{discover.Object(v), x.Title(v, named(v)), call.Span(), true, false, up}
			case made(v, scriptTools):
				return asker{discover.Object(v), x.Title(v, named(v)), call.Span(), false, true, up}
			}
		}
	}
	o := x.OwnerOf(n)
	return asker{o.Ref, o.Name, o.At, false, false, o.Node}
}

// made tells whether a value is what one of the calls makes, not what that gave when it was called.
func made(v *code.Value, calls []string) bool {
	return v.Is(code.Instance) && !v.Typed() && v.Ref.Is(calls...) && !(v.Base.Is(code.Instance) && v.Base.Ref.Is(calls...))
}

// named is the name that something is given: as an option, or before version 1 as a text.
func named(v *code.Value) *code.Value {
	if name := v.Arg("name", -1); name != nil {
		return name
	}
	return v.Arg("", 0)
}

// tool describes a tool with the effects of its function.
func (x *scriptPass) tool(v *code.Value) discover.Ref {
	ref := discover.Object(v)
	if !made(v, scriptTools) || !x.Once("tool:"+ref.Key()) {
		return ref
	}
	effects, _ := x.EffectsOfFunctions(v.Arg("", 1))
	at := v.Call.Span()
	e := x.Element(model.Tool, ref, x.Title(v, named(v)), v.Site().Span(), at).Technology(technology).Alias(x.NameOf(v)).
		Detail(v.Arg("", 0).Get("description").Str()).Effects(effects)
	if v.Arg("", 0).Get("inputSchema") != nil {
		e.Fact("typed-input", model.Yes, at)
	}
	return ref
}

// described says that something asks a model, and returns what was said.
func (x *scriptPass) described(who asker, at source.Span) *discover.Element {
	e := x.Element(model.Agent, who.ref, who.name, who.at, at).Technology(technology)
	if who.flow {
		e.FactBecause("entry", model.Yes, "flows are what a program of Genkit serves", who.at)
	}
	x.asked[who.ref.Key()] = true
	return e
}

// generate is a call that asks a model.
func (x *scriptPass) generate(c code.Call) {
	who := x.askerOf(c.Node)
	if who.isTool {
		return // a tool that asks a model is a tool
	}
	if source.Scope(x.Path()) == source.ScopeTest {
		return
	}
	for _, v := range x.CallAs(c.Node) {
		if p := v.Arg("", 0); made(p, scriptPrompts) {
			x.Element(model.Agent, discover.Object(p), "").FactBecause("entry", model.Yes, "the program talks to it", c.Node.Span())
			continue
		}
		if !who.flow && v.Arg("tools", -1) == nil && v.Arg("system", -1) == nil && !x.OwnWords(who.function, c.Node.Child(1)) {
			continue // it passes on what it is given
		}
		done := x.Subject(who.ref)
		x.options(x.described(who, c.Node.Span()), who, v, c.Node, nil)
		done()
	}
}

// options reads what a call of a model, or a prompt, is given.
func (x *scriptPass) options(e *discover.Element, who asker, v *code.Value, call syntax.Node, more *code.Value) {
	option := func(name string) *code.Value {
		if got := more.Get(name); got != nil {
			return got
		}
		return v.Arg(name, -1)
	}
	at := call.Span()
	if tools := option("tools"); tools != nil {
		e.FactBecause("loops", model.Yes, "tools are called until the model gives an answer", at)
		x.give(who.ref, who.name, tools, x.kitOf(call))
	} else {
		e.FactBecause("loops", model.No, "it has no tools: the model is asked once", at)
	}
	if m := option("model"); m != nil {
		x.models(who.ref, who.name, m)
	} else {
		x.usual(who, call)
	}
	if system := option("system"); system != nil {
		x.Prompt(who.ref, who.name, system)
	} else if text := firstOf(option("prompt"), v.Arg("", 0)); text.Is(code.String) && discover.Wording(text.Text) {
		x.Prompt(who.ref, who.name, text)
	}
	x.Limit("iteration-limit", who.ref, option("maxTurns"))
}

// usual is the model that Genkit was set up with.
func (x *scriptPass) usual(who asker, call syntax.Node) {
	for _, kit := range x.kitOf(call) {
		if m := kit.Arg("model", -1); m != nil {
			x.models(who.ref, who.name, m)
		}
	}
}

// kitOf is Genkit's object, of which a call is a method.
func (x *scriptPass) kitOf(call syntax.Node) []*code.Value {
	var all []*code.Value
	for _, v := range x.Code().Eval(call.Child(0).Child(0)).Each() {
		if made(v, kits) {
			all = append(all, v)
		}
	}
	return all
}

// prompt describes a prompt that is defined by name: an agent where it has tools, or says what it is for.
func (x *scriptPass) prompt(v *code.Value) {
	ref := discover.Object(v)
	if !made(v, scriptPrompts) || !x.Once("prompt:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	who := asker{ref: ref, name: x.Title(v, named(v)), at: v.Call.Span()}
	if !acts(v) {
		x.Element(model.Prompt, ref, who.name, v.Site().Span(), who.at).Technology(technology)
		return
	}
	e := x.Element(model.Agent, ref, who.name, v.Site().Span(), who.at).Technology(technology).Alias(x.NameOf(v)).Detail(v.Arg("", 0).Get("description").Str())
	x.options(e, who, v, v.Call, v.Arg("", 0))
	if text := v.Arg("", 1); text.Is(code.String) {
		x.Prompt(ref, who.name, text)
	}
}

// acts tells whether a prompt is an agent.
func acts(v *code.Value) bool {
	options := v.Arg("", 0)
	return options.Get("tools") != nil || options.Get("description") != nil
}

// runsPrompt joins a prompt to what runs it by calling it.
func (x *scriptPass) runsPrompt(c code.Call) {
	callee := c.Node.Child(0)
	object := x.Code().Eval(callee)
	if callee.Is(syntax.Attr) && !made(first(object), append(slices.Clone(scriptPrompts), promptFiles...)) {
		object = x.Code().Eval(callee.Child(0)) // prompt.stream(…)
	}
	who := x.askerOf(c.Node)
	for _, p := range object.Each() {
		file := made(p, promptFiles)
		if !file && !made(p, scriptPrompts) || p.Call == c.Node || who.isTool {
			continue
		}
		prompt, at := discover.Object(p), c.Node.Span()
		if !file && acts(p) {
			if who.flow {
				e := x.Element(model.Orchestrator, who.ref, who.name, who.at).Technology(technology)
				e.FactBecause("entry", model.Yes, "flows are what a program of Genkit serves", who.at)
			}
			x.Flow(model.Delegation, who.ref, prompt, at).IfDescribed()
			continue
		}
		done := x.Subject(who.ref)
		e := x.described(who, at)
		given, from := x.Code().Eval(c.Node.Child(2)), p.Arg("", 0)
		for _, options := range []*code.Value{given, from} {
			if tools := options.Get("tools"); tools != nil {
				e.FactBecause("loops", model.Yes, "tools are called until the model gives an answer", at)
				x.give(who.ref, who.name, tools, x.kitOf(p.Call))
			}
		}
		switch m := firstOf(given.Get("model"), from.Get("model")); {
		case m != nil:
			x.models(who.ref, who.name, m)
		case file:
			x.Element(model.Prompt, prompt, x.Title(p, from), p.Call.Span()).Technology(technology)
			x.Unresolved("the model of "+who.name, "its prompt is a file of its own, which is not read", at)
		default:
			x.usual(who, p.Call)
		}
		x.Flow(model.PromptFlow, prompt, who.ref, at)
		done()
	}
}

// runsFlow joins a flow to the one that calls it.
func (x *scriptPass) runsFlow(c code.Call) {
	callee := x.Code().Eval(c.Node.Child(0))
	if c.Callee.Is("@genkit-ai/flow.runFlow") {
		callee = x.Code().Eval(c.Node.Child(1))
	}
	who := x.askerOf(c.Node)
	for _, flow := range callee.Each() {
		if !made(flow, scriptFlows) || flow.Call == c.Node || !who.flow {
			continue
		}
		if !x.asked[who.ref.Key()] {
			x.Element(model.Orchestrator, who.ref, who.name, who.at).Technology(technology).
				FactBecause("entry", model.Yes, "flows are what a program of Genkit serves", who.at)
		}
		x.Flow(model.Delegation, who.ref, discover.Object(flow), c.Node.Span()).IfDescribed()
	}
}

// retrieve is a flow that looks things up.
func (x *scriptPass) retrieve(c code.Call) {
	who := x.askerOf(c.Node)
	for _, v := range x.CallAs(c.Node) {
		for _, one := range v.Arg("retriever", -1).Each() {
			if one.Is(code.Instance) && !one.Typed() {
				knowledge := discover.Object(one)
				x.Element(model.Knowledge, knowledge, x.Title(one, named(one)), one.Call.Span()).Technology(technology)
				x.Flow(model.Retrieval, knowledge, who.ref, c.Node.Span()).IfDescribed()
			}
		}
	}
}

func first(v *code.Value) *code.Value {
	if all := v.Each(); len(all) > 0 {
		return all[0]
	}
	return nil
}

// firstOf is the first value that is there.
func firstOf(values ...*code.Value) *code.Value {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
