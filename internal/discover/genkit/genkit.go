// Package genkit reads programs written with Genkit for Go.
//
// A flow, or a function, that asks a model is an agent. With tools, Genkit calls them and asks again until there is an
// answer; without, it is asked once. Prompts that are defined by name with tools are agents too, for which the flows that
// run them are orchestrators. Both the forms of version 1 and those before (ai.Generate, dotprompt) are known. Tools come with the effects of their functions, MCP servers with how they are reached.
//
// # What it does not do
//
// Prompts in files of their own (.prompt) and evaluators are not read. Which flow calls which through plain functions is
// not followed.
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
	Doc:     "Genkit (Go): flows and prompts that ask models, tools, models, MCP servers, retrievers, limits.",
	Match:   discover.GoCode,
	Imports: []string{"github.com/firebase/genkit/go"},
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
	x := &pass{Pass: p}
	x.kit = &discover.GoKit{
		Technology: technology,
		Makers: []discover.GoMaker{
			{Patterns: []string{root + "genkit.DefineTool", root + "genkit.DefineMultipartTool", root + "genkit.DefineToolWithInputSchema"}, Name: 1, Description: 2, Func: 3, Config: -1},
			{Patterns: []string{root + "ai.NewTool", root + "ai.NewMultipartTool"}, Name: 0, Description: 1, Func: 2, Config: -1},
		},
		Servers: []string{root + "plugins/mcp.NewGenkitMCPClient.GetActiveTools", root + "plugins/mcp.NewGenkitMCPClient.*", root + "plugins/mcp.NewMCPManager.GetActiveTools", root + "plugins/mcp.NewMCPHost.GetActiveTools"},
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
