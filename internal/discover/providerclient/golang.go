package providerclient

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Clients of Go. The calls that ask a model, by what stands behind the client.
var goClients = []struct {
	makers   []string // what makes a client, and its type
	calls    []string // methods on it
	provider string
}{
	{[]string{"github.com/openai/openai-go.NewClient", "github.com/openai/openai-go.Client"}, []string{"Chat.Completions.New", "Chat.Completions.NewStreaming", "Responses.New", "Responses.NewStreaming"}, "openai"},
	{[]string{"github.com/sashabaranov/go-openai.NewClient", "github.com/sashabaranov/go-openai.NewClientWithConfig", "github.com/sashabaranov/go-openai.Client"}, []string{"CreateChatCompletion", "CreateChatCompletionStream"}, "openai"},
	{[]string{"github.com/anthropics/anthropic-sdk-go.NewClient", "github.com/anthropics/anthropic-sdk-go.Client"}, []string{"Messages.New", "Messages.NewStreaming", "Beta.Messages.New", "Beta.Messages.NewStreaming"}, "anthropic"},
	{[]string{"google.golang.org/genai.NewClient", "google.golang.org/genai.Client"}, []string{"Models.GenerateContent", "Models.GenerateContentStream"}, "google"},
	{[]string{"github.com/ollama/ollama/api.NewClient", "github.com/ollama/ollama/api.ClientFromEnvironment", "github.com/ollama/ollama/api.Client"}, []string{"Chat", "Generate"}, "ollama"},
}

// goImports are the packages of the clients.
var goImports = []string{
	"github.com/openai/openai-go", "github.com/sashabaranov/go-openai", "github.com/anthropics/anthropic-sdk-go", "google.golang.org/genai", "github.com/ollama/ollama/api",
}

// golang finds the functions of Go that ask a model by hand. A function (with what it calls for its tools) is an agent;
// calls in the methods of one type belong to the method that makes them.
func golang(p *discover.Pass) {
	x := &goPass{Pass: p, seen: map[string]bool{}}
	for _, client := range goClients {
		var patterns []string
		for _, maker := range client.makers {
			for _, call := range client.calls {
				patterns = append(patterns, maker+"."+call)
			}
		}
		for _, c := range p.Code().CallsTo(patterns...) {
			x.asked(c, client.provider)
		}
	}
	x.posted()
}

type goPass struct {
	*discover.Pass
	seen map[string]bool
}

// asked is a call that asks a model.
func (x *goPass) asked(c code.Call, provider string) {
	function, loop := discover.FunctionAndLoop(c.Node)
	if function.IsZero() {
		x.Unresolved("a call of a model", "it stands in no function", c.Node.Span())
		return
	}
	def := x.Code().DefinitionOf(function)
	if x.models(def) || !x.says(function) && x.through(def) {
		return
	}
	ref, name := discover.Definition(def), def.Last()
	defer x.Subject(ref)()
	at := c.Node.Span()
	for _, call := range x.Code().Rounds(c.Node) {
		params := call
		for _, a := range call.Args() {
			if a.Value.Is(code.Instance) && (a.Value.Arg("Model", -1) != nil || a.Value.Arg("Tools", -1) != nil || a.Value.Arg("SystemInstruction", -1) != nil) {
				params = a.Value
			}
		}
		e := x.Element(model.Agent, ref, name, discover.Headline(function), at).Technology(provider + "-client").Detail(def.Doc())
		named := params.Arg("Model", -1)
		if named == nil && provider == "google" {
			named = call.Arg("", 1)
		}
		if named == nil {
			x.Unresolved("the model of "+name, "no argument names it", at)
		} else {
			for _, one := range x.GoModels(named, name) {
				x.UsesModel(ref, one, named.Node.Span())
			}
		}
		for _, key := range []string{"System", "SystemInstruction", "Instructions"} {
			if text := textIn(params.Arg(key, -1), 0); text != nil {
				x.Prompt(ref, name, text)
			}
		}
		x.messages(ref, name, params.Arg("Messages", -1))
		tools := params.Arg("Tools", -1)
		if tools == nil {
			x.actions(ref, def)
			continue
		}
		if !loop.IsZero() && !goTurns(x.Pass, loop, c.Node) {
			e.FactBecause("loops", model.Yes, "it asks again with what the tools gave", loop.Span())
		}
		x.tools(ref, name, tools, function)
	}
}

// goRequests are the types by which the frameworks of Go ask the models that a program brings: ADK, Eino, LangChain,
// Genkit.
var goRequests = []string{"LLMRequest", "schema.Message", "llms.MessageContent", "ai.ModelRequest"}

// models tells whether a method is of a type that is a framework's model: whoever asks that model is the agent.
func (x *goPass) models(def *code.Def) bool {
	owner, _, method := strings.Cut(def.Name, ".")
	if !method {
		return false
	}
	for _, other := range x.Code().Functions() {
		if !strings.HasPrefix(other.Name, owner+".") {
			continue
		}
		switch other.Last() {
		case "GenerateContent", "Generate", "Stream", "Call", "GenerateContentStream":
		default:
			continue
		}
		for _, param := range other.Params() {
			if !param.Annotation.IsZero() && slices.ContainsFunc(goRequests, func(t string) bool { return strings.Contains(textOf(param.Annotation), t) }) {
				return true
			}
		}
	}
	return false
}

// textOf is a piece of the program as it is written.
func textOf(n syntax.Node) string {
	s := n.Span()
	return s.File.Text(int(s.Start), int(s.End))
}

// messages finds the instructions among the messages.
func (x *goPass) messages(ref discover.Ref, name string, list *code.Value) {
	for _, m := range items(list) {
		if m.Is(code.Dict) && m.Get("Role").Str() == "system" { // a struct of the project's own
			x.Prompt(ref, name, m.Get("Content"))
		}
	}
	for _, m := range list.Members() {
		if !m.Is(code.Instance) {
			continue
		}
		role := m.Arg("Role", -1)
		if strings.Contains(m.Ref.Last(), "System") || strings.Contains(m.Ref.Last(), "Developer") {
			if text := textIn(m, 0); text != nil {
				x.Prompt(ref, name, text)
			}
		} else if role != nil && (role.Str() == "system" || strings.HasSuffix(role.RefOf().Last(), "System")) {
			x.Prompt(ref, name, m.Arg("Content", -1))
		}
	}
}

// textIn is the first text in what a message or block is made with.
func textIn(v *code.Value, depth int) *code.Value {
	if depth > 4 {
		return nil
	}
	for _, one := range v.Members() {
		switch {
		case one.Is(code.String):
			return one
		case one.Is(code.Instance) && !one.Typed():
			for _, key := range []string{"Text", "Content", "Parts"} {
				if got := textIn(one.Arg(key, -1), depth+1); got != nil {
					return got
				}
			}
			if got := textIn(one.Arg("", 0), depth+1); got != nil {
				return got
			}
		case one.Is(code.Dict):
			if got := textIn(one.Get("Text"), depth+1); got != nil {
				return got
			}
		}
	}
	return nil
}

// tools describes the functions that the model may ask for: by name in what it is told, in effect by the code that
// answers for each name.
func (x *goPass) tools(agent discover.Ref, name string, list *code.Value, function syntax.Node) {
	defer x.ToolsOf(agent)()
	type tool struct {
		name, description string
		node              syntax.Node
	}
	var all []tool
	names := map[string]bool{}
	for _, v := range items(list) {
		found := false
		described(v, 0, func(label, description string, n syntax.Node) {
			found = true
			if !names[label] {
				names[label] = true
				all = append(all, tool{label, description, n})
			}
		})
		if !found {
			x.UnresolvedTools("a tool of "+name, discover.WhyNot(v), v.Node.Span())
		}
	}
	if len(all) == 0 {
		return
	}
	answers := x.Dispatch(function, names)
	for _, t := range all {
		path := x.Path()
		if tree := t.node.Tree(); tree != nil && tree.File != nil {
			path = tree.File.Path()
		}
		ref := discover.Local(path, t.name)
		x.Element(model.Tool, ref, t.name, t.node.Span()).Technology("function-calling").Detail(t.description).Effects(x.Effects(answers[t.name])).
			Fact("typed-input", model.Yes, t.node.Span())
		x.Flow(model.ToolCall, agent, ref, t.node.Span())
	}
}

// items are the members of a list, of which some may be structs without a name of their own.
func items(v *code.Value) []*code.Value {
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

// described finds the definitions of functions in a value: what has a name and, beside it, a description or schema.
func described(v *code.Value, depth int, found func(name, description string, n syntax.Node)) {
	if depth > 5 {
		return
	}
	for _, one := range items(v) {
		get := func(key string) *code.Value {
			if one.Is(code.Dict) {
				if got := one.Get(strings.ToLower(key)); got != nil { // what is sent as it stands
					return got
				}
				return one.Get(key)
			}
			return one.Arg(key, -1)
		}
		if !one.Is(code.Instance) && !one.Is(code.Dict) || one.Typed() {
			continue
		}
		name, ok := get("Name").Constant()
		schema := slices.ContainsFunc([]string{"Description", "Parameters", "InputSchema", "ParametersJsonSchema"}, func(key string) bool { return get(key) != nil })
		if ok && name != "" && schema {
			n := one.Node
			if !one.Call.IsZero() {
				n = one.Call
			}
			found(name, get("Description").Str(), n)
			continue
		}
		if one.Is(code.Dict) {
			for _, pair := range one.Pairs {
				described(pair.Value, depth+1, found)
			}
			continue
		}
		for _, a := range one.Args() {
			described(a.Value, depth+1, found)
		}
	}
}
