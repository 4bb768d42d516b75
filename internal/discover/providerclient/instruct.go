package providerclient

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// Where clients and programs put instructions.
var (
	systemArgs   = []string{"system", "instructions", "system_instruction", "systemInstruction", "preamble"}
	passedSystem = []string{"system", "system_prompt", "system_message", "instructions", "sys_prompt", "system_instruction", "system_msg", "systemPrompt", "systemMessage", "systemInstruction"}
	// instructionArgs are both.
	instructionArgs = slices.Concat(systemArgs, passedSystem)
	messageArgs     = []string{"messages", "input", "contents", "prompt", "message", "history", "chat_history"}
)

// instructions is what the model is told to be; nil when nothing is.
func (x *pass) instructions(c *call) *code.Value {
	if c.via != nil {
		for _, name := range passedSystem {
			if v := c.via.Arg(name, -1); v != nil && !v.Is(code.Null) && !v.Is(code.Unknown) {
				return v
			}
		}
		for _, name := range messageArgs {
			if v := systemOf(c.via.Arg(name, -1)); v != nil {
				return v
			}
		}
		for i := range 3 {
			if v := systemOf(c.via.Arg("", i)); v != nil {
				return v
			}
		}
	}
	if v := argument(c.value, systemArgs...); v != nil && !v.Is(code.Null) {
		if v.Is(code.List) { // [{"text": …}]
			for _, item := range v.Items {
				if text := item.Get("text"); text != nil {
					return text
				}
			}
		}
		return v
	}
	if !c.handsMessages() { // what other callers hand over is theirs
		for _, name := range messageArgs {
			if v := systemOf(argument(c.value, name)); v != nil {
				return v
			}
		}
		if v := systemOf(c.value.Arg("", 0)); v != nil {
			return v
		}
	}
	return written(c)
}

// handsMessages tells whether a call that is passed on goes to the client with the messages that it hands over, and no others.
func (c *call) handsMessages() bool {
	if c.via == nil || c.value == nil {
		return false
	}
	for _, name := range messageArgs {
		if sent := discover.Said(c.value.Call, name); sent.Is(syntax.Name) && onlyHanded(sent) {
			return true
		}
	}
	return false
}

// onlyHanded tells whether a variable is what the functions around it are handed, and nothing is added to it.
func onlyHanded(name syntax.Node) bool {
	var inner, outer syntax.Node
	for up := name.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef) {
			if inner.IsZero() {
				inner = up
			}
			outer = up
		}
	}
	if inner.IsZero() || !discover.HandedTo(inner)[name.Text()] {
		return false
	}
	same := true
	outer.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Assign, syntax.AnnAssign, syntax.AugAssign:
			same = same && !rootOf(n.Child(0)).TextIs(name.Text())
		case syntax.Call:
			callee := n.Child(0)
			same = same && !(callee.Is(syntax.Attr) && growing(callee.Text()) && callee.Child(0).TextIs(name.Text()))
		}
		return same
	})
	return same
}

// written is a prompt of one text that says what to do; nil when the call is sent none.
func written(c *call) *code.Value {
	for _, from := range []*code.Value{c.via, c.value} {
		for _, v := range []*code.Value{from.Arg("prompt", -1), from.Arg("", 0), from.Arg("", 1)} {
			for _, one := range v.Each() {
				if one.Is(code.String) && len(one.Text) > 40 && discover.Directing(one.Text) {
					return one
				}
			}
		}
	}
	return nil
}

// systemOf finds the instructions among messages.
func systemOf(messages *code.Value) *code.Value {
	for _, list := range messages.Each() {
		if !list.Is(code.List) {
			continue
		}
		for _, item := range list.Items {
			for _, m := range item.Each() {
				get := func(key string) *code.Value {
					if v := m.Get(key); v != nil {
						return v
					}
					return m.Arg(key, -1)
				}
				switch get("role").Str() {
				case "system", "developer":
					if content := get("content"); content != nil {
						return content
					}
				}
			}
		}
	}
	return nil
}

// instructed tells whether the unit itself gives the model instructions: not whoever calls it.
func (u *unit) instructed(c *call) bool {
	handed := discover.HandedTo(c.function)
	own := func(e syntax.Node) bool {
		return !e.IsZero() && !e.Is(syntax.Null) && !(e.Is(syntax.Name) && handed[e.Text()]) && !(e.Is(syntax.String) && e.TextIs(""))
	}
	for _, name := range instructionArgs {
		if own(discover.Said(c.node, name)) {
			return true
		}
	}
	if c.via != nil && c.through != nil {
		if ref := u.x.Code().Resolve(c.node.Child(0)); ref.Def != nil {
			position := 1
			for _, p := range ref.Def.Params() {
				if p.Name == "self" {
					continue
				}
				for _, name := range passedSystem {
					if p.Name == name && own(c.node.Child(position)) && !c.node.Child(position).Is(syntax.Keyword, syntax.Spread) {
						return true
					}
				}
				position++
			}
		}
	}
	found := false
	for _, scope := range u.scopes {
		scope.Walk(func(n syntax.Node) bool {
			if found || !u.part(n) {
				return false
			}
			if n.Is(syntax.Map) && (n.Argument("role").TextIs("system") || n.Argument("role").TextIs("developer")) && own(n.Argument("content")) {
				found = true
			}
			return !found
		})
	}
	if found {
		return true
	}
	for name := range c.listed() {
		if handed[name] || strings.HasPrefix(name, "self.") {
			continue
		}
		if at := c.nameNode(name); !at.IsZero() && systemOf(u.x.Code().Eval(at)) != nil {
			return true
		}
	}
	if c.via == nil { // what the client, its chat or its configuration was made with
		for _, v := range argument(c.value, "system_instruction", "systemInstruction").Each() {
			if v.Is(code.String) {
				return true
			}
		}
	}
	return false
}

// nameNode is a place in the function where a name is read.
func (c *call) nameNode(name string) syntax.Node {
	var at syntax.Node
	c.function.Walk(func(n syntax.Node) bool {
		if at.IsZero() && n.Is(syntax.Name) && n.TextIs(name) && !(n.Parent().Is(syntax.Assign) && n.Parent().Child(0) == n) {
			at = n
		}
		return at.IsZero()
	})
	return at
}
