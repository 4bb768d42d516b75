// Package genkit reads programs written with Genkit, for Go and for JavaScript.
//
// A flow, or a function, that asks a model is an agent. With tools, Genkit calls them and asks again until there is an
// answer; without, it is asked once. Prompts that are defined by name with tools are agents too, for which the flows that
// run them are orchestrators. Both the forms of version 1 and those before (ai.Generate, dotprompt) are known. Tools come with the effects of their functions, MCP servers with how they are reached.
//
// # What it does not do
//
// Prompts in files of their own (.prompt) and evaluators are not read: which model such a prompt names is not known. Which
// flow calls which through plain functions is not followed, nor which tools are defined with the Genkit object of which
// MCP server where they stand in other files.
package genkit

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds systems of Genkit.
var Extractor = &discover.Extractor{
	Name:    "genkit",
	Doc:     "Genkit (Go, TypeScript): flows and prompts that ask models, tools, models, MCP servers, retrievers, limits.",
	Match:   func(path string) bool { return discover.GoCode(path) || discover.ScriptCode(path) },
	Imports: []string{"github.com/firebase/genkit/go", "genkit", "@genkit-ai", "genkitx-mcp"},
	Run:     run,
}

const (
	technology = "genkit"
	root       = "github.com/firebase/genkit/go/"
)

var (
	flows     = []string{root + "genkit.DefineFlow", root + "genkit.DefineStreamingFlow"}
	prompts   = []string{root + "genkit.DefinePrompt", root + "genkit.DefineDataPrompt", root + "plugins/dotprompt.Define"}
	generates = []string{
		root + "genkit.Generate", root + "genkit.GenerateText", root + "genkit.GenerateData", root + "genkit.GenerateStream", root + "genkit.GenerateDataStream",
		root + "genkit.GenerateWithRequest", root + "genkit.GenerateOperation", root + "ai.Generate", root + "ai.GenerateText", root + "ai.GenerateData",
	}
)

func run(p *discover.Pass) error {
	if discover.ScriptCode(p.Path()) {
		script(p)
		return nil
	}
	x := &pass{Pass: p}
	x.kit = &discover.GoKit{
		Technology: technology,
		Makers: []discover.GoMaker{
			{Patterns: []string{root + "genkit.DefineTool", root + "genkit.DefineMultipartTool", root + "genkit.DefineToolWithInputSchema"}, Name: 1, Description: 2, Func: 3, Config: -1},
			{Patterns: []string{root + "ai.NewTool", root + "ai.NewMultipartTool"}, Name: 0, Description: 1, Func: 2, Config: -1},
		},
		Servers: []string{root + "plugins/mcp.NewGenkitMCPClient.GetActiveTools", root + "plugins/mcp.NewGenkitMCPClient.*"},
		Other:   x.other,
	}
	r := p.Code()
	for _, v := range r.Instances(prompts...) {
		x.prompt(v)
	}
	for _, c := range r.CallsTo(generates...) {
		for _, v := range r.Rounds(c.Node) {
			x.generate(v, c)
		}
	}
	for _, c := range r.CallsTo(root+"genkit.DefinePrompt.Execute", root+"genkit.LookupPrompt.Execute", root+"genkit.DefineDataPrompt.Execute", root+"plugins/dotprompt.Define.Generate", root+"plugins/dotprompt.Define.GenerateText") {
		x.execute(c)
	}
	for _, c := range r.CallsTo(root + "genkit.Retrieve") {
		x.retrieve(c)
	}
	for _, v := range r.Instances(flows...) {
		x.runs(v)
	}
	for i := range x.kit.Makers {
		for _, v := range r.Instances(x.kit.Makers[i].Patterns...) {
			if !v.Typed() {
				x.GoTools(x.kit, discover.Ref{}, "", v)
			}
		}
	}
	for _, v := range r.Instances(root + "plugins/mcp.NewMCPServer") {
		x.offers(v)
	}
	return nil
}

type pass struct {
	*discover.Pass
	kit *discover.GoKit
}

// owner is the flow whose function a call stands in, else the function.
func (x *pass) owner(n syntax.Node) (ref discover.Ref, name string, at source.Span, flow bool) {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if call := up.Parent(); up.Is(syntax.Lambda) && call.Is(syntax.Call) && x.Code().Resolve(call.Child(0)).Is(flows...) {
			for _, position := range []int{2, 1} { // before version 1 the name came first
				if s := x.Code().Eval(call.Child(position)).Str(); s != "" {
					return discover.Local(x.Path(), "flow", s), s, call.Span(), true
				}
			}
		}
		if up.Is(syntax.FuncDef) {
			def := x.Code().DefinitionOf(up)
			return x.named(def)
		}
	}
	return discover.Ref{}, "", source.Span{}, false
}

// named is a function, or the flow that a function by name is the body of.
func (x *pass) named(def *code.Def) (ref discover.Ref, name string, at source.Span, flow bool) {
	for _, c := range x.Code().CallsTo(flows...) {
		if fn := x.Code().Eval(c.Node.Child(3)); fn.Is(code.Function) && def.Same(fn.Ref.Def) {
			if s := x.Code().Eval(c.Node.Child(2)).Str(); s != "" {
				return discover.Local(x.Path(), "flow", s), s, c.Node.Span(), true
			}
		}
	}
	return discover.Definition(def), def.Last(), discover.Headline(def.Node), false
}

// asks describes what asks a model, by the options of the call.
func (x *pass) asks(ref discover.Ref, name string, at source.Span, flow bool, v *code.Value) {
	defer x.Subject(ref)()
	e := x.Element(model.Agent, ref, name, at).Technology(technology)
	if x.acts(v) {
		e.FactBecause("loops", model.Yes, "tools are called until the model gives an answer", v.Call.Span())
	} else {
		e.FactBecause("loops", model.No, "it has no tools: the model is asked once", v.Call.Span())
	}
	if flow {
		e.FactBecause("entry", model.Yes, "flows are what a program of Genkit serves", at)
	}
	named := false
	if config := v.Arg("", 2); v.Ref.Is(root + "plugins/dotprompt.Define") {
		named = config.Arg("Model", -1) != nil
		for _, one := range x.GoModels(config.Arg("Model", -1), name) {
			x.UsesModel(ref, one, config.Node.Span())
		}
		x.GiveGo(x.kit, ref, name, config.Arg("Tools", -1))
	}
	if m := v.Arg("", 1); v.Ref.Is(root+"ai.Generate", root+"ai.GenerateText", root+"ai.GenerateData") && m.Is(code.Instance) && goodModel(m) {
		named = true
		for _, one := range x.GoModels(m, name) {
			x.UsesModel(ref, one, m.Node.Span())
		}
	}
	for _, a := range v.Args() {
		o := a.Value
		switch ref2 := o.RefOf(); {
		case ref2.Is(root+"ai.WithModel", root+"ai.WithModelName"):
			named = true
			for _, one := range x.GoModels(o.Arg("", 0), name) {
				x.UsesModel(ref, one, o.Node.Span())
			}
		case ref2.Is(root + "ai.WithTools"):
			for _, t := range o.Args() {
				x.GiveGo(x.kit, ref, name, t.Value)
			}
		case ref2.Is(root + "ai.WithSystem"):
			x.Prompt(ref, name, o.Arg("", 0))
		case ref2.Is(root + "ai.WithMaxTurns"):
			x.GoLimit("iteration-limit", ref, o.Arg("", 0))
		}
	}
	if !named {
		x.usual(ref, v)
	}
}

// goodModel tells whether an argument is a model, not an option.
func goodModel(v *code.Value) bool { return !strings.HasPrefix(v.Ref.Last(), "With") }

// usual is the model that Genkit was set up with.
func (x *pass) usual(ref discover.Ref, v *code.Value) {
	for position := range 2 {
		for _, g := range v.Arg("", position).Each() {
			if !g.Is(code.Instance) || g.Typed() || !g.Ref.Is(root+"genkit.Init") {
				continue
			}
			for _, a := range g.Args() {
				if a.Value.RefOf().Is(root + "genkit.WithDefaultModel") {
					x.UsesModel(ref, x.Model(a.Value.Arg("", 0), ""), v.Call.Span())
				}
			}
		}
	}
}

func (x *pass) generate(v *code.Value, c code.Call) {
	ref, name, at, flow := x.owner(c.Node)
	if ref.IsZero() {
		x.Unresolved("a call of a model", "it stands in no function", c.Node.Span())
		return
	}
	x.asks(ref, name, at, flow, v)
}

// prompt describes a prompt that is defined by name: an agent where it has tools.
func (x *pass) prompt(v *code.Value) {
	if v.Typed() {
		return
	}
	ref := discover.Object(v)
	said := v.Arg("", 1)
	if v.Ref.Is(root + "plugins/dotprompt.Define") {
		said = v.Arg("", 0)
	}
	name := x.Title(v, said)
	if !x.Once(ref.Key()) {
		return
	}
	if x.acts(v) {
		x.asks(ref, name, v.Call.Span(), false, v)
		return
	}
	x.Element(model.Prompt, ref, name, v.Site().Span(), v.Call.Span()).Technology(technology)
}

// acts tells whether a prompt has tools.
func (x *pass) acts(v *code.Value) bool {
	for _, a := range v.Args() {
		if a.Value.RefOf().Is(root+"ai.WithTools") || len(a.Value.Arg("Tools", -1).Members()) > 0 {
			return true
		}
	}
	return false
}

// execute joins a prompt to the flow that runs it.
func (x *pass) execute(c code.Call) {
	ref, name, at, flow := x.owner(c.Node)
	if ref.IsZero() {
		return
	}
	for _, p := range x.Code().Eval(c.Node.Child(0).Child(0)).Each() {
		if p.Is(code.Instance) && !p.Typed() && p.Ref.Is(root+"genkit.LookupPrompt") {
			x.lookedUp(ref, name, at, flow, p, c)
			continue
		}
		if !p.Is(code.Instance) || p.Typed() || !p.Ref.Is(prompts...) {
			continue
		}
		kind := model.Agent
		if x.acts(p) {
			kind = model.Orchestrator
		}
		e := x.Element(kind, ref, name, at).Technology(technology)
		if flow {
			e.FactBecause("entry", model.Yes, "flows are what a program of Genkit serves", at)
		}
		if kind == model.Orchestrator {
			x.Flow(model.Delegation, ref, discover.Object(p), c.Node.Span())
			continue
		}
		x.Flow(model.PromptFlow, discover.Object(p), ref, c.Node.Span())
		if m := p.Arg("", 2).Arg("Model", -1); m != nil { // dotprompt.Config
			for _, one := range x.GoModels(m, name) {
				x.UsesModel(ref, one, c.Node.Span())
			}
		}
		for _, a := range p.Args() {
			if a.Value.RefOf().Is(root+"ai.WithModel", root+"ai.WithModelName") {
				for _, one := range x.GoModels(a.Value.Arg("", 0), name) {
					x.UsesModel(ref, one, c.Node.Span())
				}
			}
		}
	}
}

// lookedUp is a flow that runs a prompt of a file, or one that is defined elsewhere, by its name.
func (x *pass) lookedUp(ref discover.Ref, name string, at source.Span, flow bool, p *code.Value, c code.Call) {
	defer x.Subject(ref)()
	e := x.Element(model.Agent, ref, name, at).Technology(technology)
	if flow {
		e.FactBecause("entry", model.Yes, "flows are what a program of Genkit serves", at)
	}
	prompt := discover.Object(p)
	x.Element(model.Prompt, prompt, x.Title(p, p.Arg("", 1)), p.Call.Span()).Technology(technology)
	x.Flow(model.PromptFlow, prompt, ref, c.Node.Span())
	for _, v := range x.Code().Rounds(c.Node) {
		for _, a := range v.Args() {
			if a.Value.RefOf().Is(root+"ai.WithModel", root+"ai.WithModelName") {
				for _, one := range x.GoModels(a.Value.Arg("", 0), name) {
					x.UsesModel(ref, one, c.Node.Span())
				}
				return
			}
		}
	}
	x.Unresolved("the model of "+name, "its prompt is looked up by name, and prompts in files of their own are not read", c.Node.Span())
}

// flowOf names the flow that a value is; the zero Ref when it is none.
func flowOf(v *code.Value) (ref discover.Ref, name string, body *code.Value) {
	if !v.Is(code.Instance) || v.Typed() || !v.Ref.Is(flows...) {
		return discover.Ref{}, "", nil
	}
	for _, position := range []int{1, 0} { // before version 1 the name came first
		if s := v.Arg("", position).Str(); s != "" {
			return discover.Local(v.Call.Tree().File.Path(), "flow", s), s, v.Arg("", position+1)
		}
	}
	return discover.Ref{}, "", nil
}

// runs joins a flow to those that it runs and to what it looks things up in, which it may have been handed by what made it.
func (x *pass) runs(v *code.Value) {
	ref, _, body := flowOf(v)
	if ref.IsZero() || !body.Is(code.Function) {
		return
	}
	body.Node.Walk(func(n syntax.Node) bool {
		callee := n.Child(0)
		if !n.Is(syntax.Call) || !callee.Is(syntax.Attr) {
			return true
		}
		switch callee.Text() {
		case "Run", "Stream":
			for _, one := range body.Inside(callee.Child(0)).Each() {
				if to, _, _ := flowOf(one); !to.IsZero() && to.Key() != ref.Key() {
					x.Flow(model.Delegation, ref, to, n.Span()).IfDescribed()
				}
			}
		case "Retrieve":
			for _, one := range body.Inside(callee.Child(0)).Each() {
				if store := x.store(one); !store.IsZero() {
					x.Flow(model.Retrieval, store, ref, n.Span()).IfDescribed()
				}
			}
		case "Index":
			for _, one := range body.Inside(n.Child(-1)).Each() {
				if store := x.store(one); !store.IsZero() {
					x.Flow(model.Index, ref, store, n.Span()).IfDescribed()
				}
			}
		}
		return true
	})
}

// store describes what a plugin looks documents up in; the zero Ref when a value is none.
func (x *pass) store(v *code.Value) discover.Ref {
	if !v.Is(code.Instance) || v.Typed() || !v.Ref.Is(root+"plugins/**.DefineRetriever", root+"plugins/**.Retriever") {
		return discover.Ref{}
	}
	name := v.Arg("", 1).Str()
	if name == "" {
		name = x.NameOf(v)
	}
	ref := discover.Local(v.Call.Tree().File.Path(), "knowledge", name)
	x.Element(model.Knowledge, ref, name, v.Call.Span()).Technology(technology)
	return ref
}

// offers describes an MCP server of the program's own: it offers every tool that is defined with its Genkit object.
func (x *pass) offers(v *code.Value) {
	ref := discover.Object(v)
	if v.Typed() || !x.Once("offers:"+ref.Key()) {
		return
	}
	at, name := v.Call.Span(), x.Title(v, discover.GoArg(v, "Name"))
	x.Element(model.MCPServer, ref, name, at).Technology("mcp").FactBecause("third-party", model.No, "its source is in the tree", at)
	defer x.ToolsOf(ref)()
	x.UnresolvedTools("the tools of MCP server "+name, "it offers every tool that is defined with its Genkit object", at)
}

// retrieve is a flow that looks things up.
func (x *pass) retrieve(c code.Call) {
	ref, _, _, _ := x.owner(c.Node)
	for _, v := range x.Code().Rounds(c.Node) {
		for _, a := range v.Args() {
			if !a.Value.RefOf().Is(root + "ai.WithRetriever") {
				continue
			}
			for _, one := range a.Value.Arg("", 0).Each() {
				if !ref.IsZero() && one.Is(code.Instance) && !one.Typed() {
					knowledge := discover.Object(one)
					x.Element(model.Knowledge, knowledge, x.NameOf(one), one.Call.Span()).Technology(technology)
					x.Flow(model.Retrieval, knowledge, ref, c.Node.Span())
				}
			}
		}
	}
}

// other knows tools by name, and prompts as tools.
func (x *pass) other(agent discover.Ref, name string, v *code.Value) (called []discover.Ref, mine bool) {
	switch {
	case v.Is(code.Instance) && !v.Typed() && v.Ref.Is(root+"plugins/mcp.NewMCPManager.GetActiveTools", root+"plugins/mcp.NewMCPHost.GetActiveTools"):
		return x.host(name, v), true
	case v.Is(code.Instance) && v.Ref.Is(root+"ai.ToolName"):
		if s := v.Arg("", 0).Str(); s != "" {
			x.UnresolvedTools("the tool "+s+" of "+name, "it is looked up by name when the program runs", v.Node.Span())
		}
		return nil, true
	case v.Is(code.Instance) && !v.Typed() && strings.HasSuffix(v.Ref.Last(), "LookupTool"):
		x.UnresolvedTools("the tool "+v.Arg("", 1).Str()+" of "+name, "it is looked up by name when the program runs", v.Node.Span())
		return nil, true
	}
	return nil, false
}

// host describes the MCP servers that a host of several was made with.
func (x *pass) host(name string, v *code.Value) []discover.Ref {
	var all []discover.Ref
	for _, h := range v.Base.Each() {
		for _, one := range discover.GoArg(h, "MCPServers").Members() {
			server := discover.GoArg(one, "Name")
			if !one.Is(code.Instance) && !one.Is(code.Dict) || server.Str() == "" {
				continue
			}
			ref := discover.Of(discover.Object(h), server.Str())
			x.GoServer(ref, server.Str(), one)
			all = append(all, ref)
		}
	}
	if len(all) == 0 {
		ref := discover.Object(v)
		x.GoServer(ref, x.NameOf(v), v)
		return []discover.Ref{ref}
	}
	return all
}
