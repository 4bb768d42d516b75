// Package providerclient reads agents that are written by hand in Python, TypeScript or JavaScript, around the client of a
// model's provider.
//
// # What is an agent
//
// A place where the program asks a model with a prompt of its own is one, with or without tools, loop or memory: a function,
// a method, a class that does nothing else, a file outside of functions. A class with all its methods is one where the
// model decides on what happens next:
//
//   - it is given tools, and the code carries out what it asks for, or asks it again with the result;
//   - it is asked again in a loop, with what it said before (repeating after an error, or one question for each item
//     of a list, is no such loop);
//   - what it says is run as code, or as a query whose text it wrote;
//   - it has instructions and a conversation: the history that the code is given, or keeps, goes in with each message;
//   - the code calls itself an agent, and gives it instructions or tools, or hands work on to agents;
//   - it is a class whose objects keep the model, made by them or handed in, and tell it what to do in words of their own:
//     in one way, for methods that each have words of their own put a question each.
//
// Whatever else asks puts one question, and is said to: it does not loop. Functions that only pass a question on to a
// provider belong to whoever calls them with words of their own: a call of such a function is a call of the model, in
// whatever file. Where nobody is seen to call them, they stand for those who do. So does a call of an interface's method
// that such classes implement, and of a method of something handed in, as far as somebody in the program hands it in. A
// function that hands instructions of its own to an agent of the program is an agent too. A class that is called a provider
// or the like is the model for those who ask through it, where the name of the model is handed in as well. A forced call
// of one tool is a way to get structured text. An abstract class that other classes inherit from, or a class of which
// objects are made with their own names, tools or instructions, stands for those. Functions that are tools of a framework
// or steps of its graphs, and classes that are a framework's model, are theirs. Vectors, pictures, sound, and seeing
// whether a model answers are no agents.
//
// # What it finds of an agent
//
// Its models, its instructions, its tools: schemas of every provider, functions given as they are, tools that the
// provider runs. A schema is joined with the function that answers for its name, wherever the code tells names apart
// (see [discover.Pass.Dispatch]), and has its effects. Code that runs what the model says is a tool as well. Loops have
// a limit where the code shows one. Agents that call agents delegate to them.
//
// # What it does not do
//
// Clients of other languages, and models that a framework asks, are for other extractors. Of models for vectors no more
// than the name is told. What a file does outside of functions is taken for a trial where the file has other agents. Which
// model a program takes from a catalogue of its own, such as a JSON file, is not known.
package providerclient

import (
	"path"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// imports are the clients' modules, and traces the texts of files that ask a model without one.
var (
	imports = []string{
		"openai", "anthropic", "google.genai", "google.generativeai", "vertexai.generative_models", "litellm", "ollama", "mistralai",
		"cohere", "groq", "together", "cerebras", "huggingface_hub", "boto3", "aioboto3", "azure.ai.inference", "portkey_ai", "aisuite",
		"llama_cpp", "vllm", "mlx_lm", "ctransformers", "gpt4all", "transformers", "llama_index.llms",
	}
	traces = []string{"/chat/completions", "/v1/messages", "://api.openai.com", "://api.anthropic.com", "/api/chat", "/api/generate", ":generateContent", `"role": "system"`, `role="system"`, `"role": "user"`, `'role': 'user'`, ".chat.completions.create(", "model_client.create(", "llm_client.create(", "self.llm.", "self._llm.", "self.llm_client.", "self.llm_provider."}
)

func matches(path string) bool {
	return discover.PythonCode(path) || discover.ScriptCode(path) || discover.GoCode(path)
}

// Extractor finds hand-written agents in Python, TypeScript, JavaScript and Go.
var Extractor = &discover.Extractor{
	Name:    "providerclient",
	Doc:     "Hand-written agents (Python, TypeScript, Go): loops and functions around the clients of OpenAI, Anthropic, Google, LiteLLM, Ollama, Bedrock and others.",
	Match:   matches,
	Imports: append(append(append([]string{}, imports...), scriptImports...), goImports...),
	Traces:  append(append([]string{}, traces...), scriptTraces...),
	Run:     run,
}

const technology = "provider-client"

func run(p *discover.Pass) error {
	r := p.Code()
	if r == nil {
		return nil
	}
	if discover.GoCode(p.Path()) {
		golang(p)
		return nil
	}
	x := &pass{Pass: p, units: map[string]*unit{}, models: map[string]bool{}}
	if !x.concerned() {
		return nil
	}
	for _, u := range x.own() {
		if u.judge() {
			x.describe(u)
		}
		for _, m := range u.methods {
			x.Covers(u.ref(), m.ref()) // where the class is a framework's agent
			x.describe(m)
		}
	}
	x.conductors()
	x.objects()
	x.uses()
	x.doors()
	x.embeddings()
	return nil
}

// pass is the extractor on one file.
type pass struct {
	abroad  int                   // units of other files that were looked at
	clients map[*code.Module]bool // see asks
	locals  map[*code.Module]bool // see local
	tellers map[*code.Module]bool // see instructing
	*discover.Pass
	units     map[string]*unit                    // by definition
	list      []*unit                             // of this file, in the order of the text
	models    map[string]bool                     // models that were described
	verbs     map[string]bool                     // see asksByName
	aliases   map[string]bool                     // names that imports give to something else
	lambdas   map[syntax.Node]*code.Def           // functions that constants of JavaScript hold
	flows     map[flowKey]flow                    // see flowOf
	setting   map[syntax.Node]map[string][]setter // see setters
	comings   int                                 // see mostComing
	inherited int                                 // see mostInherited
	does      map[string]bool                     // by name: see carriesOut

	fromServers bool // the tools at hand are those of MCP servers: see served
}

// concerned tells whether the file can hold an agent: it has a client itself, or calls functions of a module that has
// one. Most of the files that reach a client do so through a framework.
func (x *pass) concerned() bool {
	if x.asks(x.Code().Module()) {
		return true
	}
	for _, c := range x.Code().Calls() {
		if d := x.callee(c); d != nil && d.Kind != code.VarDef && x.asks(d.Module) {
			return true
		}
		if x.putsQuestion(c.Node.Child(0)) {
			return true
		}
		if h, ok := x.Code().Handed(c.Node); ok {
			if d := x.Code().Resolve(h.Callee).Def; d != nil && d.Kind != code.VarDef && x.asks(d.Module) || x.putsQuestion(h.Callee) {
				return true
			}
		}
	}
	return x.bornToAsk()
}

// asks tells by the text of a module whether a client can be asked in it.
func (x *pass) asks(m *code.Module) bool {
	return x.contains(&x.clients, m, clients())
}

// contains is [code.Module.Contains], with what it gave remembered: each call asks the same of the same few files.
func (x *pass) contains(known *map[*code.Module]bool, m *code.Module, words *source.Finder) bool {
	if m == nil {
		return false
	}
	yes, ok := (*known)[m]
	if !ok {
		yes = m.Contains(words)
		if *known == nil {
			*known = map[*code.Module]bool{}
		}
		(*known)[m] = yes
	}
	return yes
}

// clients finds the traces of clients in a module's text.
var clients = sync.OnceValue(func() *source.Finder {
	words := append([]string{"from google import genai", "from llama_index.llms", ".completions.create", ".messages.create", ".generate_content", ".converse("}, traces...) // clients that are passed in, too
	for _, name := range imports {
		words = append(words, "import "+name, "from "+name)
	}
	words = append(words, scriptSpecifiers()...)
	words = append(words, ".generateContent", ".sendMessage(", "ConverseCommand", "InvokeModelCommand")
	return source.NewFinder(words...)
})

// own lists the units of the file: its classes and functions, and the file itself for what stands outside of them.
func (x *pass) own() []*unit {
	if x.list != nil {
		return x.list
	}
	root := x.Tree().Root()
	if script(root) {
		x.scriptOwn(root)
		x.list = append(x.list, &unit{x: x, key: "module", scopes: []syntax.Node{root}, module: true})
		return x.list
	}
	var visit func(n syntax.Node)
	visit = func(n syntax.Node) {
		for c := range n.Children() {
			switch c.Kind() {
			case syntax.FuncDef, syntax.ClassDef:
				if u := x.unit(x.Code().DefinitionOf(c)); u != nil {
					x.list = append(x.list, u)
				}
			case syntax.If, syntax.Else, syntax.Try, syntax.Except, syntax.Finally, syntax.With, syntax.Block, syntax.For, syntax.While:
				visit(c)
			}
		}
	}
	visit(root)
	x.list = append(x.list, &unit{x: x, key: "module", scopes: []syntax.Node{root}, module: true})
	return x.list
}

// unit gives the unit that a definition belongs to: the outermost class or function around it.
func (x *pass) unit(def *code.Def) *unit {
	if def == nil {
		return nil
	}
	if script(def.Node) {
		return x.scriptUnit(def.Node)
	}
	node := def.Node
	for n := node.Parent(); !n.IsZero(); n = n.Parent() {
		if n.Is(syntax.FuncDef, syntax.ClassDef) {
			node = n
		}
	}
	if !node.Is(syntax.FuncDef, syntax.ClassDef) {
		return nil
	}
	if node != def.Node {
		def = x.Code().DefinitionOf(node)
	}
	key := def.ID()
	if u := x.units[key]; u != nil {
		return u
	}
	u := &unit{x: x, key: key, def: def, scopes: []syntax.Node{node}}
	x.units[key] = u
	if def.Kind == code.ClassDef {
		u.inherit(node, 0)
	}
	return u
}

// inherit adds the classes of the program that a class derives from: their methods are its own.
func (u *unit) inherit(class syntax.Node, depth int) {
	if depth > 4 {
		return
	}
	for b := range class.All(syntax.Base) {
		ref := u.x.Code().Resolve(b.Child(0))
		if ref.Def != nil && ref.Def.Kind == code.ClassDef && ref.Def.Node != class {
			u.scopes = append(u.scopes, ref.Def.Node)
			u.bases = append(u.bases, ref.Def)
			u.inherit(ref.Def.Node, depth+1)
		}
	}
}

// ref names the agent that a unit is.
func (u *unit) ref() discover.Ref {
	if u.module {
		return discover.Local(u.x.Path(), "agent")
	}
	if u.owner.Def == nil && !u.owner.Ref.IsZero() {
		return u.owner.Ref
	}
	ref := discover.Definition(u.def)
	for _, base := range u.bases {
		if u.x.abstract(base) {
			return discover.InstanceOf(ref, discover.Definition(base))
		}
	}
	return ref
}

// abstract tells whether a class is there to be inherited from only.
func (x *pass) abstract(def *code.Def) bool {
	last := def.Last()
	if strings.HasPrefix(last, "Base") || strings.HasPrefix(last, "Abstract") || strings.HasSuffix(last, "Base") || strings.HasSuffix(last, "Mixin") {
		return true
	}
	for b := range def.Node.All(syntax.Base) { // what derives from an abstract class need not be one
		if x.Code().Resolve(b.Child(0)).Is("abc.ABC", "typing.Protocol") {
			return true
		}
	}
	return discover.Unfinished(def.Node)
}

// name is what people call it; a function that is called main has the name of its file.
func (u *unit) name() string {
	stem := strings.TrimSuffix(path.Base(u.x.Path()), path.Ext(u.x.Path()))
	if u.module {
		return stem
	}
	if u.owner.Name != "" {
		return u.owner.Name
	}
	switch last := u.def.Last(); last {
	case "main", "run", "_main", "cli", "loop", "app", "start":
		stem = strings.TrimSuffix(path.Base(u.def.Module.Path), path.Ext(u.def.Module.Path))
		if stem == "__main__" || stem == "__init__" || stem == "main" || stem == "app" {
			if dir := path.Base(path.Dir(u.def.Module.Path)); dir != "." && dir != "src" {
				return dir
			}
			return last
		}
		return stem
	default:
		return last
	}
}

// at is where it begins.
func (u *unit) at() source.Span {
	if !u.owner.At.IsZero() {
		return u.owner.At
	}
	if !u.module {
		return discover.Headline(u.def.Node)
	}
	if len(u.calls) > 0 {
		return u.calls[0].node.Span()
	}
	return source.Span{}
}

// describe reports an agent.
func (x *pass) describe(u *unit) {
	ref, name := u.ref(), u.name()
	defer x.Subject(ref)()
	e := x.Element(model.Agent, ref, name, u.at()).Technology(technology)
	for _, c := range u.calls {
		e.Evidence(c.node.Span())
	}
	if u.def != nil {
		e.Detail(u.def.Doc()).Alias(u.def.Last())
	}
	if u.asker != nil {
		e.Alias(u.asker.Last())
	}
	for _, c := range u.calls {
		x.Covers(ref, c.door)
		if c.function.Is(syntax.FuncDef) && x.Once("retrieves:"+ref.Key()+c.function.Span().String()) {
			x.Retrieves(ref, x.Code().DefinitionOf(c.function))
		}
	}
	x.standsFor(u, ref)
	x.asksFixed(u, e)
	x.fetched(u, ref)
	if u.single {
		e.OneQuestion()
		if !u.asksOn() {
			e.OneQuestion(u.calls[0].node.Span())
		}
		x.question(u, ref, name)
		return
	}
	x.parts(u, e, ref, name, said{})
}

// asksFixed says of what calls models itself, and nothing that asks for it, whether all that it asks stands in the code.
func (x *pass) asksFixed(u *unit, e *discover.Element) {
	var calls []syntax.Node
	for i := range u.calls {
		c := &u.calls[i]
		if c.via != nil || c.through != nil || c.asked != nil || !c.door.IsZero() {
			return
		}
		calls = append(calls, c.node)
	}
	if len(u.delegates) == 0 {
		x.FixedRequests(e, calls...)
	}
}

// question describes the models and the prompt of what puts one question.
func (x *pass) question(u *unit, ref discover.Ref, name string) {
	for _, c := range u.calls {
		x.model(ref, c)
		if !u.owns || !u.words.IsZero() {
			continue
		}
		if x.instructions(&c) != nil {
			x.prompt(ref, name, c)
		} else if v := u.sent(&c); v != nil {
			x.Prompt(ref, name, v)
		}
	}
	if !u.words.IsZero() {
		x.Prompt(ref, name, x.Code().Eval(u.words))
	}
	x.providers(u, ref, name)
	x.executed(u, ref, name, x.actions(u, ref))
	for _, d := range u.delegates {
		x.Flow(model.Delegation, ref, d.to.ref(), d.at.Span())
	}
}

// said is what an object of an agent class is made with; it goes before what the class says.
type said struct {
	prompt, model *code.Value
}

// parts reports what an agent has.
func (x *pass) parts(u *unit, e *discover.Element, ref discover.Ref, name string, own said) {
	if own.prompt == nil && !u.words.IsZero() {
		own.prompt = x.Code().Eval(u.words)
	}
	if own.prompt != nil {
		x.Prompt(ref, name, own.prompt)
	}
	if own.model != nil {
		x.UsesModel(ref, x.Model(own.model, ""), own.model.Node.Span())
	}
	for _, c := range u.calls {
		if own.model == nil {
			x.model(ref, c)
		}
		if own.prompt == nil {
			x.prompt(ref, name, c)
		}
	}
	given := x.tools(u, ref, name)
	var chosen []syntax.Node
	if given == 0 && x.inWords(u, own) {
		chosen = x.chosen(u, ref)
		given = len(chosen)
	}
	if given == 0 {
		chosen = x.actions(u, ref)
	}
	x.executed(u, ref, name, chosen)
	x.loops(u, e, ref, given)
	for _, d := range u.delegates {
		x.Flow(model.Delegation, ref, d.to.ref(), d.at.Span())
	}
}
