// Package dspy reads programs written with DSPy.
//
// It finds agents (ReAct, CodeAct, ProgramOfThought, RLM) with their signatures as instructions, their tools and limits,
// and the interpreter of those that act by writing code; modules of the program that put several predictors, agents or
// retrievers together, as orchestrators; models that are configured; retrievers and what they read.
//
// # What it does not do
//
// A predictor that stands on its own, outside of the program's modules, is an agent that asks once; those of a module of
// several are its steps. Which model a module asks is known only where it is
// configured in the module's own file. Optimisers and evaluations are passed over.
package dspy

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds DSPy systems in Python.
var Extractor = &discover.Extractor{
	Name:    "dspy",
	Doc:     "DSPy: ReAct, CodeAct and other agents, modules of several predictors, tools, models, retrievers.",
	Match:   discover.PythonCode,
	Imports: []string{"dspy"},
	Run:     run,
}

const technology = "dspy"

var (
	agentNames     = []string{"dspy.ReAct", "dspy.**.ReAct", "dspy.ReActV2", "dspy.**.ReActV2"}
	coderNames     = []string{"dspy.CodeAct", "dspy.**.CodeAct", "dspy.ProgramOfThought", "dspy.**.ProgramOfThought", "dspy.RLM", "dspy.**.RLM"}
	moduleNames    = []string{"dspy.Module", "dspy.primitives.**.Module", "dspy.primitives.Module"}
	predictorNames = []string{"dspy.Predict", "dspy.ChainOfThought", "dspy.ChainOfThoughtWithHint", "dspy.MultiChainComparison", "dspy.TypedPredictor", "dspy.TypedChainOfThought", "dspy.Refine", "dspy.BestOfN", "dspy.predict.**.Predict", "dspy.predict.**.ChainOfThought"}
	retrieverNames = []string{"dspy.Retrieve", "dspy.ColBERTv2", "dspy.retrievers.*", "dspy.retrieve.**.*RM", "dspy.retrievers.**.*", "dspy.dsp.**.ColBERTv2"}
	configured     = []string{"dspy.configure", "dspy.settings.configure", "dspy.context", "dspy.settings.context", "dspy.dsp.**.configure"}
	serverTools    = []string{"dspy.Tool.from_mcp_tool", "dspy.**.Tool.from_mcp_tool"}
	foreignTools   = []string{"dspy.Tool.from_langchain", "dspy.**.Tool.from_langchain"}
)

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	limits := []discover.Limited{{Control: "iteration-limit", Arg: discover.Telling{Name: "max_iters", Position: -1}}, {Control: "iteration-limit", Arg: discover.Telling{Name: "max_iterations", Position: -1}}}
	x.roster = &discover.Roster{
		Technology: technology,
		Actors: []discover.Actor{
			{Classes: agentNames, Prompt: discover.At("signature", 0), Tools: discover.At("tools", 1), Limits: limits, Loops: "it reasons and calls tools until it finishes", More: x.asks},
			{Classes: coderNames, Prompt: discover.At("signature", 0), Tools: discover.At("tools", 1), Limits: limits, Loops: "it writes code until it has an answer", More: x.coder},
			{Classes: predictorNames, Prompt: discover.At("signature", 0), Accept: x.alone, More: x.question},
			{Classes: moduleNames, Kind: model.Orchestrator, Identity: identity, Accept: func(v *code.Value) bool { return v.Ref.Def != nil && x.composed(v.Ref.Def) }},
		},
		Models: modelClasses,
		Box: discover.Toolbox{
			Wrappers: []discover.Wrapper{{Patterns: []string{"dspy.Tool", "dspy.**.Tool"}, Func: "func", Position: 0, Description: "desc"}},
			Methods:  []string{"forward", "__call__"},
		},
		Verbs:  []string{"forward", "acall", "aforward", "__call__"},
		Called: true,
		Other:  x.other,
		Text:   x.signature,
	}
	x.Prepare(x.roster)
	for _, c := range p.Code().CallsTo(configured...) {
		for _, round := range p.Code().Rounds(c.Node) {
			if lm := round.Arg("lm", -1); lm != nil {
				x.models = append(x.models, lm)
			}
		}
	}
	for _, def := range p.Code().ClassesOf(moduleNames...) {
		x.module(def)
	}
	x.Enlist(x.roster)
	return nil
}

var modelClasses = []discover.ModelClass{
	{Pattern: "dspy.LM", Args: []string{"model"}, Position: 0},
	{Pattern: "dspy.clients.**.LM", Args: []string{"model"}, Position: 0},
	{Pattern: "dspy.OpenAI", Provider: "openai", Args: []string{"model"}, Position: 0},
	{Pattern: "dspy.AzureOpenAI", Provider: "azure", Args: []string{"model"}, Position: -1},
	{Pattern: "dspy.Claude", Provider: "anthropic", Args: []string{"model"}, Position: 0},
	{Pattern: "dspy.OllamaLocal", Provider: "ollama", Args: []string{"model"}, Position: 0},
	{Pattern: "dspy.Google", Provider: "google", Args: []string{"model"}, Position: 0},
}

// pass is the extractor on one file.
type pass struct {
	*discover.Pass
	roster *discover.Roster
	models []*code.Value // what the file configures
}

// identity: a module of the program is its class.
func identity(v *code.Value) discover.Ref { return discover.Definition(v.Ref.Def) }

// asks joins an agent to the models that its file configures.
func (x *pass) asks(a *discover.Acting) { x.configured(a.Ref, a.Name) }

func (x *pass) configured(ref discover.Ref, name string) {
	for _, m := range x.models {
		x.Asks(x.roster, ref, name, m)
	}
}

// alone tells whether a predictor is made outside of modules that put several together.
func (x *pass) alone(v *code.Value) bool {
	if source.Scope(x.Path()) == source.ScopeTest {
		return false
	}
	for up := v.Call.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.ClassDef) {
			def := x.Code().DefinitionOf(up)
			return def != nil && !x.composed(def)
		}
	}
	return true
}

// question says of a predictor that it asks once.
func (x *pass) question(a *discover.Acting) {
	a.OneQuestion(a.Value.Call.Span())
	for up := a.Value.Call.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.ClassDef) {
			a.Alias(up.Text())
		}
	}
	x.asks(a)
}

// coder adds the interpreter that runs the code which an agent writes. The library's own is a WebAssembly sandbox.
func (x *pass) coder(a *discover.Acting) {
	x.asks(a)
	at := a.Value.Call.Span()
	tool := discover.Of(a.Ref, "interpreter")
	x.Element(model.Tool, tool, a.Name+" interpreter", at).Technology(technology).
		Detail("built in: runs the code that the agent writes").
		Effect("exec", model.Yes, "it acts by writing code", at)
	x.Flow(model.ToolCall, a.Ref, tool, at)
	own := a.Value.Arg("interpreter", -1)
	if own == nil || own.Is(code.Null) || own.Ref.Is("dspy.PythonInterpreter", "dspy.**.PythonInterpreter") {
		x.Control("sandbox", tool, discover.Ref{}, model.Evidenced, at)
	}
}

// signature is the instructions that a signature holds: its class's documentation, or what it is made with.
func (x *pass) signature(v *code.Value) *code.Value {
	switch {
	case v.Is(code.Class) && v.Ref.Def != nil:
		return &code.Value{Kind: code.String, Node: v.Ref.Def.Node, Text: v.Ref.Def.Doc()}
	case v.Is(code.Instance) && v.Ref.Is("dspy.Signature", "dspy.**.Signature"):
		if said := v.Arg("instructions", 1); said != nil {
			return said
		}
		return v.Arg("signature", 0)
	}
	return v
}

// part is a call in a class that makes something of the library.
type part struct {
	value *code.Value
	at    source.Span
}

// parts lists the predictors, agents, retrievers and modules that a class makes.
func (x *pass) parts(def *code.Def) (agents, predictors, retrievers []part) {
	r := x.Code()
	def.Node.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) {
			return true
		}
		ref := r.Resolve(n.Child(0))
		one := func(list *[]part) { *list = append(*list, part{r.Eval(n), n.Span()}) }
		switch {
		case ref.Name == "" || n.Child(0).TextIs("__init__") || x.made(n.Child(0)):
		case r.Derives(ref, agentNames...), r.Derives(ref, coderNames...):
			one(&agents)
		case r.Derives(ref, predictorNames...):
			one(&predictors)
		case r.Derives(ref, retrieverNames...):
			one(&retrievers)
		case ref.Def != nil && ref.Def.Kind == code.ClassDef && !ref.Def.Same(def) && r.Derives(ref, moduleNames...):
			one(&agents)
		}
		return true
	})
	return agents, predictors, retrievers
}

// made tells whether what is called is an object: self.draft(question=…) makes nothing.
func (x *pass) made(callee syntax.Node) bool {
	for _, one := range x.Code().Eval(callee).Each() {
		if one.Is(code.Instance) {
			return true
		}
	}
	return false
}

// composed tells whether a class of the program is more than one question to a model.
func (x *pass) composed(def *code.Def) bool {
	if def.Kind != code.ClassDef || strings.HasPrefix(def.Module.Name, "dspy.") {
		return false
	}
	agents, predictors, retrievers := x.parts(def)
	return len(agents) > 0 || len(predictors) > 1 || len(predictors) > 0 && len(retrievers) > 0
}

// module describes a module of the program.
func (x *pass) module(def *code.Def) {
	ref := discover.Definition(def)
	if !x.composed(def) || !x.roster.Once("actor:"+ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	x.Element(model.Orchestrator, ref, def.Last(), discover.Headline(def.Node)).Technology(technology).Detail(def.Doc())
	agents, predictors, retrievers := x.parts(def)
	for _, a := range agents {
		for _, one := range a.value.Each() {
			if to, _ := x.ActorOf(x.roster, one); !to.IsZero() {
				x.Flow(model.Delegation, ref, to, a.at)
			}
		}
	}
	if len(predictors) > 0 {
		x.configured(ref, def.Last())
	}
	for _, r := range retrievers {
		if one := r.value; one.Is(code.Instance) && !one.Typed() {
			store := discover.Object(one)
			e := x.Element(model.Knowledge, store, x.NameOf(one), r.at).Technology(technology).Alias(one.Ref.Last())
			if url := one.Arg("url", -1).Str(); url != "" {
				e.Detail("reached at "+url).FactBecause("remote", model.Yes, "it is reached over the network", r.at)
			}
			x.Flow(model.Retrieval, store, ref, r.at)
		}
	}
}

// other knows the tools that come from elsewhere: of an MCP session, of LangChain, a module that is called.
func (x *pass) other(agent discover.Ref, name string, v *code.Value) ([]discover.Ref, bool) {
	if !v.Is(code.Instance) || v.Typed() {
		if v.Is(code.Function) && v.Self() != nil { // agent.forward
			if to, _ := x.ActorOf(x.roster, v.Self()); !to.IsZero() {
				x.Flow(model.Delegation, agent, to, v.Node.Span())
				return nil, true
			}
		}
		return nil, false
	}
	switch {
	case v.Ref.Is(serverTools...):
		session := v.Arg("session", 0)
		if !session.Is(code.Instance) || session.Typed() {
			x.Unresolved("an MCP server of "+name, discover.WhyNot(session), v.Node.Span())
			return nil, true
		}
		return []discover.Ref{x.ServerOf(x.roster, session.Root())}, true
	case v.Ref.Is(foreignTools...):
		return x.Tools(&x.roster.Box, agent, name, v.Arg("tool", 0)), true
	case v.Ref.Is(predictorNames...):
		return nil, true // a question to the agent's own model
	}
	return nil, false
}
