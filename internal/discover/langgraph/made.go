package langgraph

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// wrapped is Tool(name=…, func=…), StructuredTool.from_function(…) or tool(function): a tool made from a function.
func (f *file) wrapped(v *code.Value) []toolRef {
	if each := f.wrappedEach(v); len(each) > 1 {
		return each
	}
	r := f.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "description", Position: -1}, discover.Telling{Name: "func", Position: 0}, discover.Telling{Name: "coroutine", Position: -1})
	var function *code.Value
	for _, key := range []string{"func", "coroutine", "name_or_callable"} {
		if function = v.Arg(key, -1); function != nil {
			break
		}
	}
	name, description := v.Arg("name", -1), v.Arg("description", -1)
	positional := v.Args()
	for i, a := range positional {
		if a.Key.Str() != "" {
			break
		}
		switch {
		case a.Value.Is(code.Function) && function == nil:
			function = a.Value
		case a.Value.Is(code.String) && name == nil && i == 0:
			name = a.Value
		case a.Value.Is(code.String) && description == nil:
			description = a.Value
		}
	}
	title := name.Str()
	for _, w := range f.code.Writes("name") {
		if w.Target.Key() == v.Key() && w.Value.Str() != "" {
			title = w.Value.Str()
		}
	}
	if title == "" && function.Is(code.Function) && function.Ref.Def != nil {
		title = function.Ref.Def.Last()
	}
	if title == "" {
		_, symbol := v.Symbol()
		title = lastName(symbol)
	}
	if title == "" {
		title = "tool"
	}
	e := f.Element(model.Tool, r, title, v.Call.Span()).Technology("langchain")
	if _, symbol := v.Symbol(); symbol != "" && r.Key() == discover.Object(v).Key() {
		e.Alias(lastName(symbol))
	}
	e.Detail(description.Str())
	if schema := v.Arg("schema", -1); schema != nil && discover.Script(v.Call) {
		e.Fact("typed-input", model.Yes, schema.Node.Span())
	}
	switch {
	case function.Is(code.Function) && function.Ref.Def != nil:
		e.Evidence(function.Ref.Def.Node.Span()).Alias(function.Ref.Def.Last()).Effects(f.EffectsOf(function.Ref.Def))
		f.toolBody(r, function.Ref.Def)
		if description == nil {
			e.Detail(function.Ref.Def.Doc())
		}
	case function.Is(code.Function): // JavaScript mostly gives no name to it
		f.ScriptTool(discover.ScriptTool{Ref: r, Name: title, Run: function, Technology: "langchain", At: v.Call.Span()})
		f.toolDeeds(r, f.look(function))
	case function != nil:
		// A method of something outside: search.run of a search wrapper is what that product does.
		f.toolFrom(e, function)
	}
	return []toolRef{{ref: r}}
}

// wrappedEach are the tools of JavaScript that one call makes of objects which describe them: each of those that the name
// is taken from is a tool, with the function that stands in it.
func (f *file) wrappedEach(v *code.Value) (all []toolRef) {
	name := discover.Said(v.Call, "name")
	if !discover.Script(v.Call) || !name.Is(syntax.Attr) || !v.Arg("name", -1).Is(code.Choice) {
		return nil
	}
	for _, one := range v.Inside(name.Child(0)).Each() {
		title, ok := one.Get(name.Text()).Constant()
		if !one.Is(code.Dict) || !ok || title == "" {
			return nil // one that is not known stands for the others
		}
		var run *code.Value
		for _, pair := range one.Pairs {
			if pair.Value.Is(code.Function) && run == nil {
				run = pair.Value
			}
		}
		if run == nil {
			return nil
		}
		ref := discover.Local(one.Node.Span().File.Path(), title)
		all = append(all, toolRef{ref: ref})
		f.ScriptTool(discover.ScriptTool{
			Ref: ref, Name: title, Description: one.Get("description").Str(), Run: run, Input: one.Get("schema"),
			Technology: "langchain", At: one.Node.Span(),
		})
		f.toolDeeds(ref, f.look(run))
	}
	return all
}

// toolFrom says what a tool does whose function is a method of a product: func=search.run.
func (f *file) toolFrom(e *discover.Element, function *code.Value) {
	object := function.Root()
	if info := productOf(object.Ref); info.Name != "" {
		e.Effects(info.List(function.Node.Span()))
		return
	}
	var p parts
	f.take(&p, object, 0)
	if base := function.Base; base != nil {
		f.take(&p, base, 0)
	}
	for _, a := range p.agents {
		for _, r := range f.agentRefs(a) {
			f.Flow(model.PromptFlow, e.Ref, r, function.Node.Span())
		}
	}
	for _, k := range p.knowledge {
		f.retrieval(k, e.Ref, function.Node)
	}
}

// product describes an object of a library's tool class. Objects of one class in one file are one tool unless they
// have variables of their own.
func (f *file) product(v *code.Value, info discover.ProductInfo) discover.Ref {
	at := v.Node
	if !v.Call.IsZero() {
		at = v.Call
	}
	path, symbol := v.Symbol()
	if path == "" {
		path = f.Path()
	}
	class := v.Ref.Last()
	if v.Root().Ref.Last() != "" {
		class = v.Root().Ref.Last()
	}
	ref := discover.Object(v)
	if symbol == "" {
		ref = discover.Local(path, class)
	}
	name := v.Arg("name", -1).Str()
	if name == "" {
		name = class
	}
	kind := model.Tool
	if info.Kind == model.MCPServer {
		kind = info.Kind
	}
	e := f.Element(kind, ref, name, at.Span()).Technology("langchain").Alias(class, lastName(symbol)).Effects(info.List(at.Span()))
	if info.Technology != "" {
		e.Technology(info.Technology)
	}
	if info.Doc != "" {
		e.Detail(info.Doc)
	}
	for _, fact := range []string{"untrusted-output", "fixed-addresses", "sensitive", "third-party", "irreversible"} {
		e.FactBecause(fact, info.Facts[fact], "what is known of "+class, at.Span())
	}
	return ref
}

// serverTool is a tool that the model's provider runs, given as a dictionary: {"type": "web_search"}.
func (f *file) serverTool(v *code.Value) []toolRef {
	kind := v.Get("type").Str()
	if kind == "" {
		return nil
	}
	name := v.Get("name").Str()
	if kind == "function" {
		if name == "" {
			name = v.Get("function").Get("name").Str()
		}
		ref := discover.Local(f.Path(), name)
		f.Element(model.Tool, ref, name, v.Node.Span()).Technology("langchain").Detail(v.Get("function").Get("description").Str())
		return []toolRef{{ref: ref}}
	}
	ref := discover.Local(f.Path(), kind)
	e := f.Element(model.Tool, ref, kind, v.Node.Span()).Technology("langchain")
	if h, ok := discover.Hosted(kind); ok {
		e.Hosted(h, v.Node.Span())
	} else {
		e.Fact("third-party", model.Yes, v.Node.Span())
	}
	return []toolRef{{ref: ref}}
}

// memoryTool is a tool of langmem by which an agent reads or writes long-term memory.
func (f *file) memoryTool(v *code.Value) []toolRef {
	r := discover.Object(v)
	at := v.Call.Span()
	memory := discover.Of(r, "memory")
	write := v.Ref.Last() == "create_manage_memory_tool"
	name := "search_memory"
	if write {
		name = "manage_memory"
	}
	e := f.Element(model.Tool, r, name, at).Technology("langmem")
	for _, none := range []string{"exec", "fs-read", "fs-write", "net-read", "net-write", "message-send", "money", "code-change", "identity-admin", "physical"} {
		e.Effect(none, model.No, "a memory tool only reads and writes memory", at)
	}
	f.Element(model.Memory, memory, "long-term memory", at).Technology("langmem").Fact("persistent", model.Yes, at)
	if write {
		f.Flow(model.MemoryWrite, r, memory, at)
	}
	f.Flow(model.MemoryRead, memory, r, at)
	return []toolRef{{ref: r}}
}

// loadable are the names that load_tools takes, with the class that each stands for.
var loadable = map[string]string{
	"terminal": "ShellTool", "python_repl": "PythonREPLTool", "requests_all": "RequestsToolkit", "requests_get": "RequestsGetTool", "requests_post": "RequestsPostTool",
	"serpapi": "SerpAPIWrapper", "google-serper": "GoogleSerperRun", "google-search": "GoogleSearchRun", "searx-search": "SearxSearchRun", "bing-search": "BingSearchRun",
	"ddg-search": "DuckDuckGoSearchRun", "searchapi": "SearchAPIRun", "wikipedia": "WikipediaQueryRun", "arxiv": "ArxivQueryRun", "pubmed": "PubmedQueryRun",
	"wolfram-alpha": "WolframAlphaQueryRun", "openweathermap-api": "OpenWeatherMapQueryRun", "human": "HumanInputRun", "graphql": "BaseGraphQLTool",
	"dalle-image-generator": "OpenAIDALLEImageGenerationTool", "stackexchange": "StackExchangeTool", "reddit_search": "RedditSearchRun",
}

// loaded is load_tools(["wikipedia", "terminal"]): tools by the names that LangChain knows them by.
func (f *file) loaded(v *code.Value) []toolRef {
	var all []toolRef
	for _, item := range v.Arg("tool_names", 0).Members() {
		name := item.Str()
		if name == "" {
			f.UnresolvedTools("a tool that is loaded by name", item.Reason(), item.Node.Span())
			continue
		}
		at := item.Node.Span()
		ref := discover.Local(f.Path(), name)
		e := f.Element(model.Tool, ref, name, at).Technology("langchain")
		if info, ok := discover.ProductNamed("langchain_community.tools." + loadable[name]); ok {
			e.Effects(info.List(at)).Detail(info.Doc)
			for _, fact := range []string{"untrusted-output", "fixed-addresses", "sensitive", "third-party", "irreversible"} {
				e.FactBecause(fact, info.Facts[fact], "what is known of "+name, at)
			}
		}
		all = append(all, toolRef{ref: ref})
	}
	return all
}
