package vercelai

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Entries by which a program's own table of agents says who they are.
var (
	rolePrompts = []string{"systemPrompt", "system", "instructions", "prompt", "systemMessage", "persona"}
	roleTools   = []string{"tools", "allowedTools", "toolNames", "availableTools"}
)

// roles gives the agents that a call has a function play: it is given an entry of the program's own table of agents
// (or any of them), and asks a model, itself or by another function. They are described with what the entries say.
func (x *pass) roles(r *code.Resolver, call syntax.Node, player *unit) []discover.Ref {
	asker := player.asker(0)
	if asker == nil {
		return nil
	}
	var all []discover.Ref
	for a := range call.Children() {
		if a == call.Child(0) || !a.Is(syntax.Name, syntax.Subscript, syntax.Attr, syntax.Call) {
			continue
		}
		for _, v := range r.Eval(a).Each() {
			name := v.Get("name").Str()
			if !v.Is(code.Dict) || name == "" || !v.Node.Is(syntax.Map) {
				continue
			}
			if prompt := given(v, rolePrompts); prompt.Is(code.String) {
				all = append(all, x.role(v, name, prompt, asker))
			}
		}
	}
	return all
}

// asker is the unit that asks the model when this one is called; nil when none does.
func (u *unit) asker(depth int) *unit {
	if u == nil || depth > mostFar || len(u.own) > 0 {
		return u
	}
	for _, s := range u.after {
		if found := s.unit.asker(depth + 1); found != nil && len(found.own) > 0 {
			return found
		}
	}
	return nil
}

func given(v *code.Value, names []string) *code.Value {
	for _, n := range names {
		if got := v.Get(n); got != nil {
			return got
		}
	}
	return nil
}

// role describes an agent that is an entry of a table.
func (x *pass) role(v *code.Value, name string, prompt *code.Value, asker *unit) discover.Ref {
	ref := discover.Object(v)
	if !x.Once("role:" + ref.Key()) {
		return ref
	}
	defer x.Subject(ref)()
	x.Element(model.Agent, ref, name, v.Get("name").Node.Span()).Technology(technology).Detail(v.Get("description").Str())
	x.Prompt(ref, name, prompt)
	own := v.Get("model")
	for _, call := range asker.own {
		m := call.Arg("model", -1)
		if own != nil && !own.Is(code.Null) {
			m = own
		}
		for _, one := range x.SDKModels(m, name) {
			x.UsesModel(ref, one, call.Call.Span())
		}
		tools := given(v, roleTools)
		if !tools.Is(code.List) {
			x.GiveSDK(x.tools, ref, name, tools)
			continue
		}
		for _, key := range tools.Items { // by the names under which the asker's tools are known
			for _, held := range call.Arg("tools", -1).Each() {
				if tool := held.Get(key.Str()); tool != nil && key.Is(code.String) {
					x.GiveSDKNamed(x.tools, ref, name, key, tool)
				} else if !key.Is(code.String) {
					x.GiveSDK(x.tools, ref, name, key)
				}
			}
		}
	}
	return ref
}

// played tells whether a call has a function play entries of a table of agents, which are the agents then; or hands on
// the instructions that it is given for that.
func (x *pass) played(call syntax.Node) bool {
	for _, fn := range x.called(x.Code(), call) {
		if len(x.roles(x.Code(), call, x.unitOf(fn, 0))) > 0 {
			return true
		}
	}
	for _, name := range rolePrompts {
		n := discover.Said(call, name)
		if !n.Is(syntax.Attr) {
			continue
		}
		for n.Is(syntax.Attr) {
			n = n.Child(0)
		}
		if x.param(n) {
			return true
		}
	}
	return false
}
