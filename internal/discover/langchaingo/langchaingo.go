// Package langchaingo reads programs written with LangChainGo, the LangChain of Go.
//
// It finds agents (one-shot, conversational and of OpenAI's functions) with their executors, chains that answer with a
// model (over documents, a database, a web API or a conversation), tools of the project and of the library, models,
// memory, vector stores that are read, and limits. A chain that asks a model, and a function that does with a prompt of its
// own, is an agent that asks once.
//
// # What it does not do
//
// What passes from one step of a program to the next by its own code is not followed.
package langchaingo

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor finds systems of LangChainGo.
var Extractor = &discover.Extractor{
	Name:    "langchaingo",
	Doc:     "LangChainGo (Go): agents and executors, chains, tools, models, memory, vector stores, limits.",
	Match:   discover.GoCode,
	Imports: []string{"github.com/tmc/langchaingo"},
	Run:     run,
}

const (
	technology = "langchaingo"
	root       = "github.com/tmc/langchaingo/"
)

var (
	agents    = []string{root + "agents.NewOneShotAgent", root + "agents.NewConversationalAgent", root + "agents.NewOpenAIFunctionsAgent"}
	executors = []string{root + "agents.NewExecutor", root + "agents.Initiali*e"}
	chains    = []string{
		root + "chains.NewLLMChain", root + "chains.NewConversation", root + "chains.NewRetrievalQAFromLLM", root + "chains.NewRetrievalQA",
		root + "chains.NewConversationalRetrievalQAFromLLM", root + "chains.NewConversationalRetrievalQA", root + "chains.NewSQLDatabaseChain", root + "chains.NewAPIChain",
		root + "chains.NewLLMMathChain", root + "chains.LoadStuffQA", root + "chains.LoadRefineQA", root + "chains.LoadMapReduceQA",
		root + "chains.LoadStuffSummarization", root + "chains.LoadRefineSummarization", root + "chains.LoadMapReduceSummarization",
	}
	sequences = []string{root + "chains.NewSimpleSequentialChain", root + "chains.NewSequentialChain"}
)

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.kit = &discover.GoKit{Technology: technology, Methods: []string{"Call"}}
	r := p.Code()
	for _, v := range r.Instances(agents...) {
		x.agent(v)
	}
	for _, v := range r.Instances(executors...) {
		x.executor(v)
	}
	for _, v := range r.Instances(chains...) {
		x.chain(v)
	}
	for _, v := range r.Instances(sequences...) {
		x.sequence(v)
	}
	for _, c := range r.CallsTo(root+"chains.Run", root+"chains.Call", root+"chains.Predict") {
		for _, v := range r.Eval(c.Node.Child(2)).Each() {
			if ref, kind := x.actor(v); !ref.IsZero() {
				x.GoEntry(kind, ref, "the program runs it", c.Node.Span())
			}
		}
	}
	x.questions()
	return nil
}

// asking are the calls that put a question to a model.
var asking = []string{root + "llms.GenerateFromSinglePrompt", root + "llms/**.New.Call", root + "llms/**.New.GenerateContent", root + "llms.Model.Call", root + "llms.Model.GenerateContent"}

// questions describes the functions that ask a model without chain or agent.
func (x *pass) questions() {
	if source.Scope(x.Path()) == source.ScopeTest {
		return
	}
	for _, c := range x.Code().CallsTo(asking...) {
		var function syntax.Node
		for up := c.Node.Parent(); !up.IsZero(); up = up.Parent() {
			if up.Is(syntax.FuncDef) {
				function = up
			}
		}
		def := x.Code().DefinitionOf(function)
		if def == nil || def.Last() == "Call" || discover.Minor(def.Last()) {
			continue // a tool of the program
		}
		var sent []syntax.Node
		for a := range c.Node.Children() {
			if a != c.Node.Child(0) {
				sent = append(sent, a)
			}
		}
		if !x.OwnWords(function, sent...) && function.Count() > 1 && !strings.EqualFold(def.Last(), "main") {
			continue // it passes on what it is given
		}
		ref, name, at := discover.Definition(def), x.OwnerOf(function).Name, c.Node.Span()
		done := x.Subject(ref)
		x.Element(model.Agent, ref, name, discover.Headline(function), at).Technology(technology).Detail(def.Doc()).OneQuestion(at)
		m := x.Code().Eval(c.Node.Child(0).Child(0))
		if c.Callee.Is(root + "llms.GenerateFromSinglePrompt") {
			m = x.Code().Eval(c.Node.Child(2))
		}
		x.model(ref, name, m)
		for _, n := range sent {
			if text := x.Code().Eval(n); text.Is(code.String) && discover.Wording(text.Text) {
				x.Prompt(ref, name, text)
				break
			}
		}
		done()
	}
}

type pass struct {
	*discover.Pass
	kit *discover.GoKit
}

// actor names an agent, chain or sequence; an executor is the agent that it runs.
func (x *pass) actor(v *code.Value) (discover.Ref, model.Kind) {
	if !v.Is(code.Instance) || v.Typed() {
		return discover.Ref{}, ""
	}
	switch {
	case v.Ref.Is(root + "agents.NewExecutor"):
		for _, one := range v.Arg("", 0).Each() {
			if ref, kind := x.actor(one); !ref.IsZero() {
				return ref, kind
			}
		}
		return discover.Ref{}, ""
	case v.Ref.Is(agents...), v.Ref.Is(root + "agents.Initiali*e"):
		return discover.Object(v), model.Agent
	case v.Ref.Is(chains...):
		return discover.Object(v), model.Agent
	case v.Ref.Is(sequences...):
		return discover.Object(v), model.Orchestrator
	}
	return discover.Ref{}, ""
}

// agent describes an agent: its model, then its tools.
func (x *pass) agent(v *code.Value) {
	ref := discover.Object(v)
	if v.Typed() || !x.Once(ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name, at := x.NameOf(v), v.Call.Span()
	x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).
		FactBecause("loops", model.Yes, "the executor calls it until it gives a final answer", at)
	x.model(ref, name, v.Arg("", 0))
	x.GiveGo(x.kit, ref, name, v.Arg("", 1))
	x.options(ref, name, v)
}

// executor runs an agent; an older function makes the agent too.
func (x *pass) executor(v *code.Value) {
	ref, _ := x.actor(v)
	if ref.IsZero() {
		if !v.Typed() {
			x.Unresolved("the agent of an executor", discover.WhyNot(v.Arg("", 0)), v.Call.Span())
		}
		return
	}
	if v.Ref.Is(root+"agents.Initiali*e") && x.Once(ref.Key()) {
		name, at := x.NameOf(v), v.Call.Span()
		x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).
			FactBecause("loops", model.Yes, "the executor calls it until it gives a final answer", at)
		x.model(ref, name, v.Arg("", 0))
		x.GiveGo(x.kit, ref, name, v.Arg("", 1))
	}
	x.options(ref, "agent", v)
}

func (x *pass) model(ref discover.Ref, name string, m *code.Value) {
	if m == nil {
		return
	}
	for _, one := range x.GoModels(m, name) {
		x.UsesModel(ref, one, m.Node.Span())
	}
}

// options reads what is given besides model and tools: limits, memory, the text before the question.
func (x *pass) options(ref discover.Ref, name string, v *code.Value) {
	for _, a := range v.Args() {
		o := a.Value
		switch o.RefOf().Last() {
		case "WithMaxIterations":
			x.GoLimit("iteration-limit", ref, o.Arg("", 0))
		case "WithMemory":
			x.remembers(ref, o.Arg("", 0))
		case "WithPromptPrefix", "NewSystemMessage", "WithSystemMessage":
			x.Prompt(ref, name, o.Arg("", 0))
		}
	}
}

// remembers records the conversation that an agent or chain keeps.
func (x *pass) remembers(ref discover.Ref, v *code.Value) {
	for _, one := range v.Each() {
		if !one.Is(code.Instance) || one.Typed() || !strings.HasPrefix(one.Ref.Name, root+"memory") {
			continue
		}
		memory := discover.Object(one)
		e := x.Element(model.Memory, memory, x.NameOf(one), one.Call.Span()).Technology(technology)
		if strings.Contains(one.Ref.Name, root+"memory.New") && !hasOption(one, "WithChatHistory") {
			e.FactBecause("persistent", model.No, "it is kept in the process", one.Call.Span())
		} else {
			e.FactBecause("persistent", model.Yes, "it is kept in a store", one.Call.Span())
		}
		x.Remembers(ref, memory, one.Node.Span())
	}
}

func hasOption(v *code.Value, name string) bool {
	for _, a := range v.Args() {
		if a.Value.RefOf().Last() == name {
			return true
		}
	}
	return false
}

// chain describes a chain that answers with a model.
func (x *pass) chain(v *code.Value) {
	ref := discover.Object(v)
	if v.Typed() || !x.Once(ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	name, at := x.NameOf(v), v.Call.Span()
	x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Alias(v.Ref.Last()).OneQuestion(at)
	for i, a := range v.Args() {
		switch one := a.Value; {
		case i == 0 && !strings.HasSuffix(v.Ref.Last(), "RetrievalQA"):
			x.model(ref, name, one)
		case one.RefOf().Is(root+"prompts.NewPromptTemplate", root+"prompts.NewChatPromptTemplate"):
			if text := one.Arg("", 0); text.Is(code.String) {
				x.Prompt(ref, name, text)
			}
		case strings.HasPrefix(one.RefOf().Name, root+"memory"):
			x.remembers(ref, one)
		case one.RefOf().Is(root + "vectorstores.ToRetriever"):
			x.retriever(ref, one)
		}
	}
	switch v.Ref.Last() {
	case "NewSQLDatabaseChain":
		db := discover.Of(ref, "database")
		x.Element(model.Datastore, db, "database of "+name, at).Technology("sql")
		x.Flow(model.DataRead, db, ref, at)
		x.Flow(model.DataWrite, ref, db, at).Label("statements that the model writes")
	case "NewAPIChain":
		api := discover.Of(ref, "api")
		x.Element(model.External, api, "web API of "+name, at)
		x.Flow(model.DataRead, api, ref, at)
	}
}

// retriever is the vector store that a chain looks things up in.
func (x *pass) retriever(ref discover.Ref, v *code.Value) {
	store := v.Arg("", 0)
	for _, one := range store.Each() {
		if !one.Is(code.Instance) || one.Typed() {
			x.Unresolved("a vector store", discover.WhyNot(one), v.Call.Span())
			continue
		}
		knowledge := discover.Object(one)
		tail := strings.TrimPrefix(one.Ref.Name, root+"vectorstores/")
		kind, _, _ := strings.Cut(tail, ".")
		x.Element(model.Knowledge, knowledge, x.NameOf(one), one.Call.Span()).Technology(kind)
		x.Flow(model.Retrieval, knowledge, ref, v.Call.Span())
	}
}

// sequence gives turns to chains.
func (x *pass) sequence(v *code.Value) {
	ref := discover.Object(v)
	if v.Typed() || !x.Once(ref.Key()) {
		return
	}
	x.Element(model.Orchestrator, ref, x.NameOf(v), v.Site().Span(), v.Call.Span()).Technology(technology)
	var before discover.Ref // what it answers is what the next one is asked
	for _, one := range v.Arg("", 0).Members() {
		to, _ := x.actor(one)
		if to.IsZero() {
			x.Unresolved("a chain of "+x.NameOf(v), discover.WhyNot(one), one.Node.Span())
			continue
		}
		x.Flow(model.Delegation, ref, to, v.Call.Span())
		x.Flow(model.Message, before, to, v.Call.Span())
		before = to
	}
}
