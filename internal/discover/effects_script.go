package discover

import (
	"slices"
	"strings"
	"sync"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// scriptTable is effects-javascript.yaml: the names of JavaScript's modules mean other things than Python's.
var scriptTable = sync.OnceValue(func() map[string][]string { return readEffects("effects-javascript.yaml") })

// scriptName is a name without the spellings by which JavaScript imports one module in several ways.
func scriptName(name string) string {
	name = strings.TrimPrefix(name, "node:")
	return strings.ReplaceAll(name, ".default", "")
}

// scriptTextMethods are methods of texts and dates that no library's own objects have.
var scriptTextMethods = map[string]bool{
	"trim": true, "trimStart": true, "trimEnd": true, "toLowerCase": true, "toUpperCase": true, "startsWith": true, "endsWith": true, "padStart": true, "padEnd": true,
	"charAt": true, "charCodeAt": true, "codePointAt": true, "substring": true, "split": true, "localeCompare": true, "toFixed": true, "toISOString": true,
}

// ofText tells whether a call works on a text that a library gave: row.name.trim() asks no database.
func ofText(name string) bool {
	i := strings.LastIndexByte(name, '.')
	return i >= 0 && strings.IndexByte(name[:i], '.') > 0 && scriptTextMethods[name[i+1:]]
}

// scriptEffects gives what a call of JavaScript to an outside function does; false when the table does not know it.
func scriptEffects(r *code.Resolver, c code.Call) ([]string, bool) {
	for _, raw := range append([]string{c.Callee.Name}, c.Callee.Names...) {
		name := scriptName(raw)
		switch {
		case ofText(name):
			return nil, true
		case name == "builtins.fetch" || name == "node-fetch" || name == "cross-fetch" || name == "undici.fetch":
			return fetchEffects(r, c)
		case strings.HasPrefix(name, "builtins.fetch.") || strings.HasPrefix(name, "node-fetch."): // what came back is read
			return nil, true
		case strings.HasPrefix(name, "util.promisify"):
			if c.Value == nil {
				continue
			}
			// const run = promisify(exec): calling run is calling exec.
			for v := c.Value; v != nil; v = v.Base {
				if inner := v.Arg("", 0); inner != nil && v.Ref.Last() == "promisify" {
					if effects, ok := prefixIn(scriptTable(), scriptName(inner.Ref.Name)); ok {
						return effects, true
					}
				}
			}
			return nil, name == "util.promisify" && c.Node.Child(0).TextIs("promisify")
		case name == "undici.request":
			return fetchEffects(r, c)
		case name == "axios" || name == "axios.create" && !c.Node.Child(0).TextIs("create"): // axios(config), axios(url, config)
			options := c.Node.Child(1)
			if second := c.Node.Child(2); !second.IsZero() {
				options = second
			} else if r.Eval(options).Is(code.String) {
				return []string{"net-read"}, true
			}
			return delivered(r, c.Node, configEffects(r, c, options)), true
		case asksServer(name):
			return []string{"net-read"}, false
		case name == "builtins.Function" || strings.HasPrefix(name, "builtins.Function."):
			return madeFunction(c)
		}
		if effects, ok := httpEffects(r, c, name); ok {
			return delivered(r, c.Node, effects), true
		}
		if effects, ok := prefixIn(scriptTable(), name); ok {
			return refineClient(r, c, name, refineScriptStore(r, c, name, effects)), true
		}
	}
	return nil, false
}

// madeFunction tells what new Function(…) and calls of what it made do. One of a text that stands in the code is a function
// like any other, whose text was not read: by return import(name) programs load a module that their compiler must not see.
func madeFunction(c code.Call) ([]string, bool) {
	if callee := c.Node.Child(0); callee.Is(syntax.Name) && callee.TextIs("Function") {
		if spelled(c.Node) {
			return nil, true
		}
		return []string{"exec"}, true
	}
	for v := c.Value; v != nil; v = v.Base {
		if v.Is(code.Instance) && v.Ref.Name == "builtins.Function" && v.Call.Child(0).TextIs("Function") {
			if spelled(v.Call) {
				return nil, false
			}
			break
		}
	}
	if name := scriptName(c.Callee.Name); name == "builtins.Function" || strings.HasSuffix(name, ".call") || strings.HasSuffix(name, ".apply") {
		return []string{"exec"}, true
	}
	return nil, false // a part of what the function gave back
}

// spelled tells whether all arguments of a call are texts that stand there.
func spelled(call syntax.Node) bool {
	first := true
	for a := range call.Children() {
		if !first && !a.Is(syntax.String) {
			return false
		}
		first = false
	}
	return true
}

// refineScriptStore is refineStore with the words of JavaScript's drivers.
func refineScriptStore(r *code.Resolver, c code.Call, name string, effects []string) []string {
	if len(effects) != 1 || effects[0] != "db-read" {
		return effects
	}
	switch last := name[strings.LastIndexByte(name, '.')+1:]; last {
	case "insertOne", "insertMany", "updateOne", "updateMany", "deleteOne", "deleteMany", "replaceOne", "bulkWrite",
		"findOneAndUpdate", "findOneAndDelete", "findByIdAndUpdate", "findByIdAndDelete", "create", "createMany", "destroy",
		"update", "upsertMany", "hSet", "lPush", "rPush", "sAdd", "del", "setex", "setEx":
		return []string{"db-write"}
	case "Pool", "createClient", "createPool", "createConnection", "end", "disconnect", "quit":
		return nil
	case "exec", "prepare", "queryRaw", "$queryRaw", "$executeRaw":
		if statement := r.Eval(c.Node.Child(1)); statement.Is(code.String) {
			return refineStore(r, c, "x.query", effects)
		}
		return []string{"db-read", "db-write"} // the statement is made when the program runs: either
	}
	return refineStore(r, c, name, effects)
}

// fetchEffects tells by the method of fetch(url, {method}) whether it also sends.
func fetchEffects(r *code.Resolver, c code.Call) ([]string, bool) {
	options := c.Node.Child(2)
	if options.IsZero() {
		return []string{"net-read"}, true
	}
	methods, fixed := c.Field(options, "method")
	if !fixed {
		v := r.Eval(options)
		method := v.Get("method")
		if method == nil && v.Is(code.Dict) && !v.Open {
			return []string{"net-read"}, true
		}
		var text string
		text, fixed = method.Constant()
		methods = []string{text}
	}
	effects := methodEffects(methods, fixed, c.Node)
	if slices.Contains(effects, "net-write") {
		return delivered(r, c.Node, []string{"net-read", "net-write"}), true
	}
	return effects, true
}

// EffectsAt is [Pass.EffectsOf] for a function without a name, or for the part of a function that answers one request.
// Given are variables that hold what is asked for, besides what the functions around it are given.
func (p *Pass) EffectsAt(n syntax.Node, given ...string) []Effect {
	if p.code == nil || n.IsZero() {
		return nil
	}
	return effectsIn(p.code, p.code.BodyAt(n, given...))
}

// EffectsOfFunction is [Pass.EffectsAt] for a function as a value. What it only hands on to a part of what it closes over,
// as (args) => tool.execute(args) does in a loop over tools, does what that part does.
func (p *Pass) EffectsOfFunction(fn *code.Value) []Effect {
	own := p.EffectsAt(fn.Node)
	if !fn.Node.Is(syntax.Lambda) || p.code == nil {
		return own
	}
	body := fn.Node.Child(-1)
	for body.Is(syntax.Block) && body.Count() == 1 || body.Is(syntax.Return, syntax.Await, syntax.ExprStmt) {
		body = body.Child(0)
	}
	if callee := body.Child(0); body.Is(syntax.Call) && callee.Is(syntax.Attr, syntax.Name) && p.code.Resolve(callee).Name == "" {
		var all [][]Effect
		for _, one := range fn.Inside(callee).Each() {
			if !one.Is(code.Function) {
				return own
			}
			all = append(all, p.EffectsAt(one.Node))
		}
		if len(all) > 0 {
			return JoinEffects(all)
		}
	}
	return own
}
