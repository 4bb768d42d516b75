package mcpserver

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// mostModules is how many modules are searched for the tools of a registry.
const mostModules = 400

// catalog describes the tools that stand as objects in the modules that a registering file imports; false when there
// are none.
func (x *pass) catalog(servers []discover.Ref, from syntax.Node) bool {
	file := fileOf(from, x.Path())
	if syntax.LanguageOf(file) != syntax.TypeScript || len(servers) == 0 || source.Scope(file) != source.ScopeMain {
		return false
	}
	key := "catalog:" + file + ":" + servers[0].Key()
	if !x.Once(key) {
		return x.done[key+":found"]
	}
	found := false
	for _, path := range x.Reached(file, mostModules) {
		if syntax.LanguageOf(path) != syntax.TypeScript || source.Scope(path) != source.ScopeMain {
			continue
		}
		x.Read(path).Root().Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.Map) {
				return true
			}
			function, ok := toolShaped(n)
			if !ok {
				return true
			}
			name := x.Code().Eval(n.Argument("name")).Str()
			if name == "" || len(name) > 100 {
				return true
			}
			var annotations *code.Value
			if a := n.Argument("annotations"); !a.IsZero() {
				annotations = x.Code().Eval(a)
			}
			found = true
			x.described(servers, name, x.Code().Eval(n.Argument("description")).Str(), x.EffectsAt(function), annotations, n)
			return false
		})
	}
	if found {
		x.done[key+":found"] = true
	}
	return found
}

// toolShaped tells whether an object describes a tool, and gives the function that it runs.
func toolShaped(n syntax.Node) (function syntax.Node, ok bool) {
	if n.Argument("name").IsZero() || n.Argument("description").IsZero() {
		return function, false
	}
	schema := false
	for _, key := range []string{"inputSchema", "parameters", "schema", "paramsSchema", "argsSchema", "input", "input_schema"} {
		schema = schema || !n.Argument(key).IsZero()
	}
	if !schema {
		return function, false
	}
	for _, key := range handlerKeys {
		if f := n.Argument(key); f.Is(syntax.Lambda, syntax.FuncDef) {
			return f, true
		}
	}
	return function, false
}
