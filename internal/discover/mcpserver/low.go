package mcpserver

import (
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Low-level servers list their tools in one handler and answer for all of them in another, which tells by the name
// what to do: a match or switch, a chain of ifs, a table of functions.

// requestHandler is setRequestHandler(ListToolsRequestSchema, …).
func (x *pass) requestHandler(servers []discover.Ref, call syntax.Node) {
	for _, fn := range x.Code().Eval(call.Child(2)).Each() {
		if !fn.Is(code.Function) {
			continue
		}
		switch requestOf(call) {
		case "tools/list":
			x.listed(servers, x.results(fn.Node, "tools"), x.handlerNear(call, "tools/call"), call)
		case "resources/list":
			for _, v := range x.results(fn.Node, "resources") {
				x.listedResource(servers, v)
			}
		case "prompts/list":
			for _, v := range x.results(fn.Node, "prompts") {
				x.listedPrompt(servers, v)
			}
		}
	}
}

// requestOf is the request that a handler is set for.
func requestOf(call syntax.Node) string {
	schema := call.Child(1)
	text := schema.Text()
	if !schema.Is(syntax.String, syntax.Name, syntax.Attr) {
		return ""
	}
	switch text {
	case "ListToolsRequestSchema":
		return "tools/list"
	case "CallToolRequestSchema":
		return "tools/call"
	case "ListResourcesRequestSchema":
		return "resources/list"
	case "ListPromptsRequestSchema":
		return "prompts/list"
	}
	return text
}

// results gives what functions return under a key.
func (x *pass) results(function syntax.Node, key string) []*code.Value {
	var all []*code.Value
	take := func(n syntax.Node) {
		for _, v := range x.Code().Eval(n).Each() {
			all = append(all, entriesOf(v.Get(key))...)
		}
	}
	if body := function.Child(-1); function.Is(syntax.Lambda) && !body.Is(syntax.Block) {
		take(body)
		return all
	}
	function.First(syntax.Block).Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef) {
			return false
		}
		if n.Is(syntax.Return) {
			take(n.Child(0))
		}
		return true
	})
	return all
}

// entriesOf gives the entries of a list, which may be dictionaries.
func entriesOf(v *code.Value) []*code.Value {
	var all []*code.Value
	for _, one := range v.Each() {
		if !one.Is(code.List) {
			all = append(all, one)
			continue
		}
		for _, item := range one.Items {
			if item.Is(code.List) {
				all = append(all, entriesOf(item)...)
			} else {
				all = append(all, item.Each()...)
			}
		}
	}
	return all
}

// handlerNear finds the function that answers calls, from the smallest surroundings of the handler that lists.
func (x *pass) handlerNear(from syntax.Node, request string) syntax.Node {
	for scope := from.Parent(); !scope.IsZero(); scope = scope.Parent() {
		if !scope.Is(syntax.Block, syntax.Module, syntax.ClassDef, syntax.FuncDef) {
			continue
		}
		var found syntax.Node
		scope.Walk(func(n syntax.Node) bool {
			switch {
			case !found.IsZero():
				return false
			case n.Is(syntax.FuncDef):
				for d := range n.All(syntax.Decorator) {
					e := d.Child(0)
					if e.Is(syntax.Call) {
						e = e.Child(0)
					}
					if e.Is(syntax.Attr) && e.TextIs(request) {
						found = n
					}
				}
			case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).TextIs("setRequestHandler") && requestOf(n) == request:
				if fn := x.Code().Eval(n.Child(2)); fn.Is(code.Function) {
					found = fn.Node
				}
			}
			return found.IsZero()
		})
		if !found.IsZero() {
			return found
		}
	}
	return syntax.Node{}
}

// listed describes the tools that a handler lists.
func (x *pass) listed(servers []discover.Ref, list []*code.Value, answer, at syntax.Node) {
	defer x.ToolsOf(servers...)()
	type entry struct {
		name, description  string
		value, annotations *code.Value
		at                 syntax.Node
	}
	var entries []entry
	type gap struct {
		what, why string
		at        syntax.Node
	}
	var gaps []gap
	names := map[string]bool{}
	for _, v := range list {
		get := func(key string) *code.Value { return memberOf(v, key) }
		if v.Is(code.Null) {
			continue
		}
		name := get("name").Str()
		if name == "" || len(name) > 120 {
			gaps = append(gaps, gap{"a tool of an MCP server", discover.WhyNot(v), v.Node})
			continue
		}
		node, value := v.Node, v
		if of := v.Of(); len(x.effectsOfObject(v)) == 0 && x.acts(of) { // [spec.to_tool() for spec in specs]
			node, value = of.Node, of
		}
		if node.IsZero() {
			node = at
		}
		if !names[name] {
			names[name] = true
			entries = append(entries, entry{name, get("description").Str(), value, get("annotations"), node})
		}
	}
	if len(list) == 0 {
		gaps = append(gaps, gap{"the tools of an MCP server", "what the handler lists could not be followed", at})
	}
	if len(gaps) > 0 && !x.catalog(servers, at) {
		for _, g := range gaps {
			x.UnresolvedTools(g.what, g.why, g.at.Span())
		}
	}
	var branches map[string]*discover.Answer
	if !answer.IsZero() {
		branches = x.Dispatch(answer, names)
	}
	if len(entries) == 0 { // what is answered for must be offered
		for _, name := range sortedNames(branches) {
			entries = append(entries, entry{name: name, at: branches[name].At})
		}
	}
	for _, t := range entries {
		var effects []discover.Effect
		switch b := branches[t.name]; {
		case b != nil:
			effects = x.Effects(b)
		case t.value != nil && len(x.effectsOfObject(t.value)) > 0:
			effects = x.effectsOfObject(t.value)
		case len(entries) == 1 && !answer.IsZero():
			effects = x.EffectsAt(answer)
		}
		e := x.described(servers, t.name, t.description, effects, t.annotations, t.at)
		if t.value != nil && memberOf(t.value, "inputSchema") != nil {
			e.Fact("typed-input", model.Yes, t.at.Span())
		}
	}
}

func sortedNames(m map[string]*discover.Answer) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// listedResource is an entry of what a low-level server lists to read.
func (x *pass) listedResource(servers []discover.Ref, v *code.Value) {
	get := func(key string) string {
		if got := v.Get(key); got != nil {
			return got.Str()
		}
		return v.Arg(key, -1).Str()
	}
	name, uri := get("name"), get("uri")
	if name == "" {
		name = uri
	}
	if name != "" {
		x.resource(servers, discover.Local(fileOf(v.Node, x.Path()), "resource", name), name, uri, get("description"), v.Node.Span())
	}
}

func (x *pass) listedPrompt(servers []discover.Ref, v *code.Value) {
	get := func(key string) string {
		if got := v.Get(key); got != nil {
			return got.Str()
		}
		return v.Arg(key, -1).Str()
	}
	if name := get("name"); name != "" {
		x.prompt(servers, discover.Local(fileOf(v.Node, x.Path()), "prompt", name), name, get("description"), v.Node.Span())
	}
}
