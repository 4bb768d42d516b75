package providerclient

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// What differs in JavaScript: functions often have no name but that of the constant that holds them, arguments stand in
// an object of options, an object's own parts are reached through "this", and what is awaited runs inside of callbacks.

// script tells whether a node is of JavaScript or TypeScript.
func script(n syntax.Node) bool {
	t := n.Tree()
	return t != nil && t.Language == syntax.TypeScript
}

// itself tells whether an expression is the object that a method is of.
func itself(n syntax.Node) bool {
	return n.Is(syntax.Name) && (n.TextIs("self") || n.TextIs("this"))
}

// named tells whether a function without a name is held by something that has one.
func named(n syntax.Node) bool {
	return n.Parent().Is(syntax.Assign, syntax.AnnAssign, syntax.Pair, syntax.Export)
}

// part tells whether a node of a scope belongs to the unit: what stands in functions is no part of the file itself.
func (u *unit) part(n syntax.Node) bool {
	if !u.module {
		return true
	}
	return !n.Is(syntax.FuncDef, syntax.ClassDef) && !(n.Is(syntax.Lambda) && script(n) && n.Child(-1).Is(syntax.Block))
}

// definition is a function, or a class without a name, that a constant of JavaScript holds, as a definition; nil for others.
func (x *pass) definition(n syntax.Node) *code.Def {
	if d := x.lambdas[n]; d != nil {
		return d
	}
	if !script(n) || !n.Is(syntax.Lambda, syntax.ClassDef) {
		return nil
	}
	o := x.OwnerOf(n)
	d := &code.Def{Kind: code.FuncDef, Name: o.Symbol, Module: x.Code().ModuleOf(n), Node: n}
	if n.Is(syntax.ClassDef) {
		d.Kind = code.ClassDef
	}
	if x.lambdas == nil {
		x.lambdas = map[syntax.Node]*code.Def{}
	}
	x.lambdas[n] = d
	return d
}

// called is the function or class of the program that a call calls.
func (x *pass) called(call syntax.Node) code.Ref {
	callee := call.Child(0)
	ref := x.Code().Resolve(callee)
	if ref.Def != nil || !script(call) || !callee.Is(syntax.Name, syntax.Attr) || !ref.Nameless() {
		return ref
	}
	for _, v := range x.Code().Eval(callee).Each() {
		if v.Is(code.Function) && v.Node.Is(syntax.Lambda) {
			return code.Ref{Name: "lambda", Def: x.definition(v.Node)}
		}
	}
	return ref
}

// callee is the function of the program that a listed call calls.
func (x *pass) callee(c code.Call) *code.Def {
	if c.Callee.Def == nil && c.Node.Child(0).Is(syntax.Name) && c.Callee.Nameless() && script(c.Node) {
		return x.called(c.Node).Def
	}
	return c.Callee.Def
}

// scriptUnit is unit for JavaScript.
func (x *pass) scriptUnit(n syntax.Node) *unit {
	o := x.OwnerOf(n)
	if o.Node.IsZero() {
		return nil
	}
	key := o.Ref.Key()
	if u := x.units[key]; u != nil {
		return u
	}
	def := o.Def
	if def == nil {
		def = x.definition(o.Node)
	}
	u := &unit{x: x, key: key, def: def, owner: o, scopes: []syntax.Node{o.Node}}
	x.units[key] = u
	if def.Kind == code.ClassDef {
		u.inherit(o.Node, 0)
	}
	return u
}

// scriptOwn lists the units of a file of JavaScript.
func (x *pass) scriptOwn(root syntax.Node) {
	seen := map[string]bool{}
	root.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.FuncDef, syntax.ClassDef, syntax.Lambda) {
			return true
		}
		if n.Is(syntax.Lambda) && !n.Child(-1).Is(syntax.Block) && !named(n) {
			return true // x => x.y
		}
		if u := x.scriptUnit(n); u != nil && !seen[u.key] {
			seen[u.key] = true
			x.list = append(x.list, u)
		}
		return false
	})
}

// requested tells whether a function takes a variable from a request that it answers: const { history } = req.body.
func requested(function syntax.Node, name string) bool {
	found := false
	function.Walk(func(n syntax.Node) bool {
		if found || !n.Is(syntax.Assign) {
			return !found
		}
		target, value := map[string]bool{}, n.Child(-1)
		mentioned(n.Child(0), target)
		if !target[name] {
			return true
		}
		value.Walk(func(v syntax.Node) bool {
			found = found || v.Is(syntax.Attr) && (v.TextIs("body") || v.TextIs("json") || v.TextIs("query") || v.TextIs("params"))
			return !found
		})
		return !found
	})
	return found
}

// filled tells whether the tools are a part of the object that other code of its class sets: this.tools = …
func (c *call) filled() bool {
	n := discover.Said(c.node, "tools")
	if !n.Is(syntax.Attr) || !itself(n.Child(0)) || !script(n) {
		return false
	}
	class := n.Parent()
	for !class.IsZero() && !class.Is(syntax.ClassDef) {
		class = class.Parent()
	}
	found := false
	class.Walk(func(a syntax.Node) bool {
		if a.Is(syntax.Assign) && a.Child(0).Is(syntax.Attr) && a.Child(0).TextIs(n.Text()) && itself(a.Child(0).Child(0)) {
			found = found || !(a.Child(-1).Is(syntax.List) && a.Child(-1).Count() == 0)
		}
		return !found
	})
	return found
}

// options are the expressions that an object of options gives, but those that hold no messages.
func options(n syntax.Node, add func(syntax.Node)) {
	switch {
	case n.Is(syntax.Map):
		for c := range n.Children() {
			if c.Is(syntax.Pair) {
				switch c.Child(0).Text() {
				case "model", "tools", "functions", "temperature", "max_tokens", "maxTokens", "tool_choice", "toolChoice", "system", "stream", "modelId", "method",
					"headers", "signal", "toolConfig", "inferenceConfig", "systemInstruction", "response_format":
				case "body", "config":
					options(c.Child(1), add)
				default:
					add(c.Child(1))
				}
			} else if c.Is(syntax.Spread) {
				add(c.Child(0))
			}
		}
	case n.Is(syntax.Call) && (n.Op() == 1 || n.Child(0).TextIs("stringify")): // new ConverseCommand({…}), JSON.stringify({…})
		first := true
		for a := range n.Children() {
			if !first {
				options(a, add)
			}
			first = false
		}
	default:
		add(n)
	}
}

// cStyle tells whether a loop is for (…; …; …), and gives what stands between its brackets.
func cStyle(loop syntax.Node) (head string, ok bool) {
	if !loop.Is(syntax.For) || !loop.Child(0).Is(syntax.Null) || !loop.Child(1).Is(syntax.Block) || !script(loop) {
		return "", false
	}
	s := loop.Span()
	return s.File.Text(int(s.Start), int(loop.Child(1).Span().Start)), true
}

// carried gives the command or body that a call of JavaScript carries its options in.
func carried(v *code.Value) *code.Value {
	if v == nil || v.Call.IsZero() || !script(v.Call) {
		return nil
	}
	switch v.Ref.Last() {
	case "send": // client.send(new ConverseCommand({…}))
		if command := v.Arg("", 0); command.Is(code.Instance) {
			return command
		}
	case "fetch", "default", "post", "request":
		body := v.Arg("body", -1)
		if body == nil {
			body = v.Arg("data", -1)
		}
		if body.Is(code.Instance) && body.Ref.Last() == "stringify" {
			body = body.Arg("", 0)
		}
		return body
	}
	return nil
}

// command tells whether what is sent is a question to a model.
func (x *pass) command(call syntax.Node) bool {
	switch x.Code().Eval(call.Child(1)).RefOf().Last() {
	case "ConverseCommand", "ConverseStreamCommand", "InvokeModelCommand", "InvokeModelWithResponseStreamCommand":
		return true
	}
	return false
}

// from is an entry of an object, or an argument of what made it.
func from(v *code.Value, name string) *code.Value {
	if v.Is(code.Dict) {
		return v.Get(name)
	}
	return v.Arg(name, -1)
}

// scriptImports are the clients' packages.
var scriptImports = []string{
	"@anthropic-ai/sdk", "@anthropic-ai/bedrock-sdk", "@anthropic-ai/vertex-sdk", "@google/genai", "@google/generative-ai", "@google-cloud/vertexai",
	"cohere-ai", "groq-sdk", "@mistralai/mistralai", "together-ai", "@aws-sdk/client-bedrock-runtime", "@azure/openai", "@azure-rest/ai-inference",
	"portkey-ai", "@cerebras/cerebras_cloud_sdk", "@huggingface/inference", "openai-edge", "@openrouter/sdk",
}

// scriptSpecifiers are the same as they stand in a file.
func scriptSpecifiers() []string {
	var all []string
	for _, name := range append([]string{"openai", "ollama"}, scriptImports...) {
		for _, quote := range []string{`"`, `'`} {
			all = append(all, "from "+quote+name, "require("+quote+name, "import("+quote+name)
		}
	}
	return all
}

// scriptTraces are the texts of files of JavaScript that ask a model which was handed to them, under an interface that the
// parser does not keep: they import nothing that has a client.
var scriptTraces = []string{
	"this.llm.", "this.llmClient.", "this.llmProvider.", "this.modelClient.", "this.aiClient.", "this.aiProvider.",
	"model.createResponse(", "model.generate(", "model.complete(", "model.chat(", "llm.createResponse(", "llm.generate(", "llm.complete(", "llm.chat(", "llm.invoke(",
	"provider.createResponse(", "provider.generate(", "provider.complete(", "provider.chat(", "llmClient.", "modelClient.", "aiClient.",
}
