package providerclient

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// handed is what the program hands to an object that it makes: by arguments, options, fields, and what it does with the
// object and with what it hands in afterwards, all within the function that makes it.
type handed struct {
	pass            *goPass
	variable        string // that holds the object
	name            string
	prompts, models []*code.Value
	tools           []givenTool

	scope syntax.Node     // the function
	names map[string]bool // variables that were looked at
}

// givenTool is a tool with the call that has it made.
type givenTool struct {
	value *code.Value
	at    syntax.Node
}

// mostHanded is how deep expressions and functions are followed for what is handed in.
const mostHanded = 6

// from looks at a call that makes the object.
func (h *handed) from(call syntax.Node) {
	h.scope, _ = discover.FunctionAndLoop(call)
	h.call(call, 0)
	kept := call.Parent()
	for kept.Is(syntax.Unary, syntax.Tuple) {
		kept = kept.Parent()
	}
	if kept.Is(syntax.Assign, syntax.AnnAssign) && kept.Child(0) != call {
		target := kept.Child(0)
		if target.Is(syntax.Tuple) {
			target = target.Child(0)
		}
		if target.Is(syntax.Name) {
			h.variable = target.Text()
			h.kept(h.variable, 0)
		}
	}
}

// call looks at what a call is given, under the words by which it is given it.
func (h *handed) call(call syntax.Node, depth int) {
	callee := call.Child(0)
	var params []code.Param
	if def := h.pass.Code().Resolve(callee).Def; def != nil && def.Kind == code.FuncDef {
		params = def.Params()
		if def.Node.Op() == goMethodOp && len(params) > 0 {
			params = params[1:]
		}
	}
	position := 0
	for a := range call.Children() {
		if a == callee {
			continue
		}
		word, value := callee.Text(), a
		if a.Is(syntax.Keyword) {
			word, value = a.Text(), a.Child(0)
		} else if position < len(params) && call.Count() > 2 {
			word = params[position].Name
		}
		position++
		h.setting(word, value)
		h.look(value, depth+1)
	}
}

// setting takes an argument that tells the agent what to do, what it is called, or which model it asks.
func (h *handed) setting(word string, n syntax.Node) {
	word = strings.ToLower(word)
	for _, v := range h.pass.Code().Eval(n).Each() {
		if v.Is(code.Instance) && v.Ref.Name == "flag.String" { // what holds unless whoever starts it says otherwise
			v = v.Arg("", 1)
		}
		text := v.Str()
		switch {
		case strings.Contains(word, "system"), strings.Contains(word, "instruction"), strings.Contains(word, "prompt"), strings.Contains(word, "persona"):
			if discover.Wording(text) {
				h.prompts = append(h.prompts, v)
			}
		case strings.HasSuffix(word, "model"), strings.HasSuffix(word, "modelname"), strings.HasSuffix(word, "modelid"):
			if v.Is(code.Env) || v.Is(code.String) && text != "" {
				h.models = append(h.models, v)
			}
		case word == "name", word == "withname", word == "agentname":
			if text != "" && len(text) < 60 {
				h.name = text
			}
		}
	}
}

// look finds the tools in an expression.
func (h *handed) look(n syntax.Node, depth int) {
	if n.IsZero() || depth > mostHanded {
		return
	}
	switch n.Kind() {
	case syntax.Name:
		h.kept(n.Text(), depth)
	case syntax.Call:
		if h.tool(n) {
			return
		}
		h.call(n, depth)
		h.within(n, depth)
	case syntax.Lambda, syntax.FuncDef, syntax.Attr:
	default:
		for c := range n.Children() {
			h.look(c, depth+1)
		}
	}
}

// tool takes what a call makes, where that is a tool.
func (h *handed) tool(call syntax.Node) bool {
	found := false
	for _, v := range h.pass.Code().Eval(call).Each() {
		if h.pass.isTool(v) {
			found = true
			if !slices.ContainsFunc(h.tools, func(t givenTool) bool { return t.value.Key() == v.Key() }) {
				h.tools = append(h.tools, givenTool{v, call})
			}
		}
	}
	return found
}

// within looks for tools that a function of the program makes and puts into what it gives: a registry, or a list.
func (h *handed) within(call syntax.Node, depth int) {
	def := h.pass.Code().Resolve(call.Child(0)).Def
	if def == nil || def.Kind != code.FuncDef || depth > 3 {
		return
	}
	def.Node.Walk(func(n syntax.Node) bool {
		return !n.Is(syntax.Call) || !h.tool(n)
	})
}

// kept looks at what the function puts into a variable, and at what it hands to its methods.
func (h *handed) kept(name string, depth int) {
	if h.names[name] || h.scope.IsZero() {
		return
	}
	h.names[name] = true
	h.scope.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Assign, syntax.AnnAssign):
			target := n.Child(0)
			targets := []syntax.Node{target}
			if target.Is(syntax.Tuple) {
				targets = slices.Collect(target.Children())
			}
			if slices.ContainsFunc(targets, func(t syntax.Node) bool { return t.Is(syntax.Name) && t.TextIs(name) }) {
				h.look(n.Child(-1), depth+1)
			}
		case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).Child(0).Is(syntax.Name) && n.Child(0).Child(0).TextIs(name):
			h.call(n, depth+1)
		}
		return true
	})
}
