package mcpserver

import (
	"slices"
	"strings"

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
	type entry struct {
		name, description  string
		value, annotations *code.Value
		at                 syntax.Node
	}
	var entries []entry
	names := map[string]bool{}
	for _, v := range list {
		get := func(key string) *code.Value {
			if got := v.Get(key); got != nil {
				return got
			}
			return v.Arg(key, -1)
		}
		if v.Is(code.Null) {
			continue
		}
		name := get("name").Str()
		if name == "" || len(name) > 120 {
			x.Unresolved("a tool of an MCP server", discover.WhyNot(v), v.Node.Span())
			continue
		}
		node := v.Node
		if node.IsZero() {
			node = at
		}
		if !names[name] {
			names[name] = true
			entries = append(entries, entry{name, get("description").Str(), v, get("annotations"), node})
		}
	}
	if len(list) == 0 {
		x.Unresolved("the tools of an MCP server", "what the handler lists could not be followed", at.Span())
	}
	branches := map[string]*branch{}
	if !answer.IsZero() {
		x.branches(answer, names, branches, 0)
	}
	if len(entries) == 0 { // what is answered for must be offered
		for _, name := range sortedNames(branches) {
			entries = append(entries, entry{name: name, at: branches[name].at})
		}
	}
	for _, t := range entries {
		var effects []discover.Effect
		switch b := branches[t.name]; {
		case b != nil:
			effects = x.effectsOfBranch(b)
		case t.value != nil && len(x.effectsOfObject(t.value)) > 0:
			effects = x.effectsOfObject(t.value)
		case len(entries) == 1 && !answer.IsZero():
			effects = x.EffectsAt(answer)
		}
		e := x.described(servers, t.name, t.description, effects, t.annotations, t.at)
		if t.value != nil && (t.value.Get("inputSchema") != nil || t.value.Has("inputSchema")) {
			e.Fact("typed-input", model.Yes, t.at.Span())
		}
	}
}

// branch is the code that answers for one tool.
type branch struct {
	at    syntax.Node
	nodes []syntax.Node
	defs  []*code.Def
}

func (x *pass) effectsOfBranch(b *branch) []discover.Effect {
	var all [][]discover.Effect
	for _, n := range b.nodes {
		all = append(all, x.EffectsAt(n))
	}
	for _, d := range b.defs {
		all = append(all, x.EffectsOf(d))
	}
	return join(all)
}

func sortedNames(m map[string]*branch) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// branches finds the code that answers for each name. Where the names are not known, they are what the name is
// compared with.
func (x *pass) branches(function syntax.Node, names map[string]bool, found map[string]*branch, depth int) {
	known := func(s string) bool { return s != "" && (len(names) == 0 || names[s]) }
	add := func(name string, at syntax.Node, n syntax.Node, def *code.Def) {
		b := found[name]
		if b == nil {
			b = &branch{at: at}
			found[name] = b
		}
		if !n.IsZero() && !slices.Contains(b.nodes, n) {
			b.nodes = append(b.nodes, n)
		}
		if def != nil {
			b.defs = append(b.defs, def)
		}
	}
	var further []syntax.Node
	function.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.If:
			if len(names) == 0 && depth > 0 {
				return true
			}
			for _, s := range x.compared(n.Child(0)) {
				if known(s) {
					add(s, n.Child(0), n.First(syntax.Block), nil)
				}
			}
		case syntax.Match:
			if len(names) == 0 && (depth > 0 || !aboutName(n.Child(0))) {
				return true
			}
			x.cases(n, func(s string, at, block syntax.Node) {
				if known(s) {
					add(s, at, block, nil)
				}
			})
		case syntax.Subscript:
			x.table(n.Child(0), known, add)
		case syntax.Call:
			callee := n.Child(0)
			if callee.Is(syntax.Attr) && callee.TextIs("get") {
				x.table(callee.Child(0), known, add)
			}
			further = append(further, callee)
		}
		return true
	})
	if len(found) >= len(names) && len(names) > 0 || depth >= 2 {
		return
	}
	for _, callee := range further {
		for _, v := range x.Code().Eval(callee).Each() {
			if v.Is(code.Function) && v.Node.Is(syntax.FuncDef, syntax.Lambda) && v.Node != function {
				x.branches(v.Node, names, found, depth+1)
			}
		}
	}
}

// table is a dictionary of functions by name.
func (x *pass) table(object syntax.Node, known func(string) bool, add func(string, syntax.Node, syntax.Node, *code.Def)) {
	if !object.Is(syntax.Name, syntax.Attr, syntax.Map) {
		return
	}
	for _, v := range x.Code().Eval(object).Each() {
		if !v.Is(code.Dict) {
			continue
		}
		for _, pair := range v.Pairs {
			key, ok := pair.Key.Constant()
			if !ok || !known(key) {
				continue
			}
			for _, fn := range pair.Value.Each() {
				switch {
				case fn.Is(code.Function) && fn.Ref.Def != nil:
					add(key, pair.Value.Node, syntax.Node{}, fn.Ref.Def)
				case fn.Is(code.Function):
					add(key, pair.Value.Node, fn.Node, nil)
				case fn.Is(code.Instance) && fn.Ref.Def != nil && fn.Ref.Def.Kind == code.ClassDef:
					add(key, pair.Value.Node, syntax.Node{}, fn.Ref.Def)
				}
			}
		}
	}
}

// compared lists the texts that a condition compares a name with.
func (x *pass) compared(condition syntax.Node) []string {
	var all []string
	condition.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Lambda) {
			return false
		}
		if !n.Is(syntax.Compare) {
			return true
		}
		switch n.Text() {
		case "==", "===", "in", "is":
		default:
			return true
		}
		about := false
		var texts []string
		for c := range n.Children() {
			v := x.Code().Eval(c)
			if s, ok := v.Constant(); ok && v.Is(code.String) {
				texts = append(texts, s)
				continue
			}
			if v.Is(code.List) {
				for _, item := range v.Items {
					if s, ok := item.Constant(); ok {
						texts = append(texts, s)
					}
				}
				continue
			}
			about = about || aboutName(c)
		}
		if about {
			all = append(all, texts...)
		}
		return true
	})
	return all
}

// aboutName tells whether an expression is the name of what is asked for.
func aboutName(n syntax.Node) bool {
	if !n.Is(syntax.Name, syntax.Attr) {
		return false
	}
	switch strings.ToLower(strings.ReplaceAll(n.Text(), "_", "")) {
	case "name", "toolname", "tool", "functionname", "fnname", "funcname", "action", "method", "command":
		return true
	}
	return false
}

// cases goes through the cases of a match or switch; a case without statements of its own falls through to the next.
func (x *pass) cases(match syntax.Node, each func(name string, at, block syntax.Node)) {
	type waiting struct {
		name string
		at   syntax.Node
	}
	var pending []waiting
	for c := range match.All(syntax.Case) {
		block := c.First(syntax.Block)
		for p := range c.Children() {
			if p == block || p.Is(syntax.Guard) {
				continue
			}
			for _, n := range alternatives(p) {
				if s, ok := x.Code().Eval(n).Constant(); ok {
					pending = append(pending, waiting{s, n})
				}
			}
		}
		if block.Count() == 0 && match.Tree().Language == syntax.TypeScript {
			continue
		}
		for _, w := range pending {
			each(w.name, w.at, block)
		}
		pending = nil
	}
}

// alternatives are the patterns of case a | b.
func alternatives(n syntax.Node) []syntax.Node {
	if n.Is(syntax.Binary) && n.TextIs("|") {
		return append(alternatives(n.Child(0)), alternatives(n.Child(1))...)
	}
	return []syntax.Node{n}
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
