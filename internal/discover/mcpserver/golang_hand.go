package mcpserver

import (
	"path"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// A program of Go that answers the protocol itself has a type whose method compares the request with those of the
// protocol. Its tools are what the answer lists, or what other packages hand to a method of the type that keeps a tool's
// definition beside the function that runs it.

// goByHand describes the server that a file is by answering both requests itself. One of which no tool is seen may be
// part of a library, and is left out.
func (x *pass) goByHand() {
	lists, calls := x.answers(listRequest), x.answers(callRequest)
	if len(lists) == 0 || len(calls) == 0 {
		return
	}
	var list []*code.Value
	for _, n := range lists {
		list = append(list, x.toolsIn(n)...)
	}
	class := x.goReceiver(calls[0])
	makers := x.goMakers(class)
	registered := x.goRegistered(class, makers)
	if len(list) == 0 && len(registered) == 0 {
		return
	}
	ref := discover.Local(x.Path(), "mcp-server")
	at := calls[0]
	e := x.Element(model.MCPServer, ref, x.goHandName(class), at.Span()).Technology(technology).
		FactBecause("third-party", model.No, "its source is in the tree", at.Span())
	for _, site := range makers {
		e.Evidence(site.Span())
		x.tie(ref, site, discover.Held)
		x.goPackage(ref, site, discover.Held)
	}
	servers := []discover.Ref{ref}
	if len(list) > 0 {
		x.listed(servers, list, at, lists[0])
	}
	for _, v := range registered {
		x.goHandTool(servers, v)
	}
}

// goReceiver is the type whose method a node stands in; nil where it is none of the program.
func (x *pass) goReceiver(n syntax.Node) *code.Def {
	for !n.IsZero() && !n.Is(syntax.FuncDef) {
		n = n.Parent()
	}
	def := x.Code().DefinitionOf(n)
	if def == nil || n.Op() != goMethod || len(def.Params()) == 0 {
		return nil
	}
	return x.goTypeOf(def.Params()[0].Annotation)
}

// goMethod is what the tree says of a function of Go that has a receiver, which is its first parameter.
const goMethod = 2

// goTypeOf is the type of the program that an annotation names, by itself or by a pointer.
func (x *pass) goTypeOf(t syntax.Node) *code.Def {
	for t.Is(syntax.Unary) {
		t = t.Child(0)
	}
	if def := x.Code().Resolve(t).Def; def != nil && def.Kind == code.ClassDef {
		return def
	}
	return nil
}

// goRegistered are the calls that hand a tool to a server of a type, in the files that the programs which make one reach:
// the methods which take the tool's definition keep it. A definition has a name and a schema.
func (x *pass) goRegistered(class *code.Def, makers []syntax.Node) (calls []*code.Value) {
	var methods []*code.Def
	if class != nil {
		for _, method := range x.Code().Methods(class) {
			if x.goTakesTool(method) {
				methods = append(methods, method)
			}
		}
	}
	if len(methods) == 0 {
		return nil
	}
	for _, file := range x.goAround(makers) {
		r := x.Code()
		if file != x.Path() {
			r = x.Code().Program().Resolver(file)
		}
		for _, c := range r.Calls() {
			if slices.ContainsFunc(methods, func(m *code.Def) bool { return c.Callee.Def != nil && m.Same(c.Callee.Def) }) {
				calls = append(calls, x.Code().Rounds(c.Node)...)
			}
		}
	}
	return calls
}

// goAround are the files of Go that those which make a server reach, with the server's own.
func (x *pass) goAround(makers []syntax.Node) (files []string) {
	for _, start := range append([]syntax.Node{x.Tree().Root()}, makers...) {
		entry := fileOf(start, x.Path())
		for _, beside := range append([]string{entry}, x.Code().Program().Siblings(entry)...) {
			for _, file := range x.Reached(beside, mostModules) {
				if syntax.LanguageOf(file) == syntax.Go && source.Scope(file) == source.Scope(x.Path()) && !slices.Contains(files, file) {
					files = append(files, file)
				}
			}
		}
	}
	return files
}

// goTakesTool tells whether a method is given the definition of a tool.
func (x *pass) goTakesTool(method *code.Def) bool {
	for i, p := range method.Params() {
		if i > 0 && x.goDefines(x.goTypeOf(p.Annotation)) {
			return true
		}
	}
	return false
}

// goDefines tells whether a struct has what the protocol says of a tool: its name and its schema.
func (x *pass) goDefines(class *code.Def) bool {
	if class == nil {
		return false
	}
	name, schema := false, false
	for field := range class.Node.First(syntax.Block).All(syntax.AnnAssign) {
		switch strings.ToLower(field.Child(0).Text()) {
		case "name":
			name = true
		case "inputschema", "schema", "parameters":
			schema = true
		}
	}
	return name && schema
}

// goHandTool describes a tool that a call hands to a server, with what the functions beside it do.
func (x *pass) goHandTool(servers []discover.Ref, v *code.Value) {
	for _, a := range v.Args() {
		if !a.Value.Is(code.Instance) || !x.goDefines(a.Value.RefOf().Def) {
			continue
		}
		name, ok := memberOf(a.Value, "name").Constant()
		if !ok || name == "" {
			x.UnresolvedTools("a tool of an MCP server", discover.WhyNot(memberOf(a.Value, "name")), v.Call.Span())
			return
		}
		var all [][]discover.Effect
		for _, other := range v.Args() {
			if effects, ok := x.EffectsOfFunctions(other.Value); ok {
				all = append(all, effects)
			}
		}
		x.described(servers, name, memberOf(a.Value, "description").Str(), discover.JoinEffects(all), nil, v.Call).
			Fact("typed-input", model.Yes, v.Call.Span())
		return
	}
	x.UnresolvedTools("a tool of an MCP server", discover.WhyNot(v), v.Call.Span())
}

// goMakers are the places where the program makes a server of a type: the calls of the functions that give one.
func (x *pass) goMakers(class *code.Def) (sites []syntax.Node) {
	if class == nil {
		return nil
	}
	for _, def := range x.Code().Functions() {
		if x.goGives(def, class) {
			at, _ := x.Code().Callers(def.Node)
			sites = append(sites, at...)
		}
	}
	return sites
}

// goGives tells whether a function gives an object of a type, if need be beside an error.
func (x *pass) goGives(def, class *code.Def) bool {
	given := def.Node.First(syntax.Returns).Child(0)
	all := []syntax.Node{given}
	if given.Is(syntax.Tuple) {
		all = slices.Collect(given.Children())
	}
	return slices.ContainsFunc(all, func(t syntax.Node) bool {
		got := x.goTypeOf(t)
		return got != nil && got.Same(class)
	})
}

// goHandName is what a server of Go is called that is written by hand: its type's name, unless that only says that it is a
// server, then the nearest part of its package's path that says more.
func (x *pass) goHandName(class *code.Def) string {
	if class != nil && !plainNames[strings.ToLower(class.Last())] {
		return class.Last()
	}
	for name := x.Code().Module().Name; name != "" && name != "."; name = path.Dir(name) {
		if last := path.Base(name); !plainNames[last] {
			return last
		}
	}
	return strings.TrimSuffix(path.Base(x.Path()), path.Ext(x.Path()))
}

// plainNames are names of types and packages that say no more than what a server is.
var plainNames = map[string]bool{
	"server": true, "mcpserver": true, "mcp": true, "handler": true, "main": true, "internal": true, "pkg": true, "cmd": true, "src": true,
}

// memberOf is an entry of an object or a field of a struct, by its name in JavaScript; Go's begins with a capital.
func memberOf(v *code.Value, name string) *code.Value {
	for _, key := range []string{name, strings.ToUpper(name[:1]) + name[1:]} {
		if got := v.Get(key); got != nil {
			return got
		}
		if got := v.Arg(key, -1); got != nil {
			return got
		}
	}
	return nil
}
