package providerclient

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// conductors describes code that is no agent and asks several.
func (x *pass) conductors() {
	if source.Scope(x.Path()) == source.ScopeTest {
		return
	}
	for _, u := range x.own() {
		if u.agent || u.module {
			continue
		}
		u.judge()
		var agents []*unit
		seen := map[string]bool{}
		for _, d := range u.delegates {
			if !seen[d.to.key] {
				seen[d.to.key] = true
				agents = append(agents, d.to)
			}
		}
		if len(agents) < 2 {
			continue
		}
		ref := discover.Definition(u.def)
		x.Element(model.Orchestrator, ref, u.name(), u.at()).Technology("python").Detail(u.def.Doc())
		for _, d := range u.delegates {
			x.Flow(model.Delegation, ref, d.to.ref(), d.at.Span())
		}
	}
}

// Arguments by which objects of a program's own agent class are told apart.
var (
	nameArgs   = []string{"name", "agent_name", "agentName", "role"}
	modelArgs  = []string{"model", "model_name", "llm", "model_id"}
	promptArgs = []string{"system_prompt", "system", "instructions", "system_message", "prompt", "backstory", "sys_prompt", "persona", "systemPrompt", "systemMessage"}
)

// objects describes the agents that are made of a class of the program.
func (x *pass) objects() {
	if source.Scope(x.Path()) != source.ScopeMain {
		return
	}
	for _, c := range x.Code().Calls() {
		def := c.Callee.Def
		if def == nil || def.Kind != code.ClassDef || c.Node.Count() < 2 {
			continue
		}
		u := x.unit(def)
		if u == nil || u.def == nil || !u.def.Same(def) || !u.named() && !tells(c.Node) || !u.judge() {
			continue
		}
		for _, v := range x.Code().Eval(c.Node).Each() {
			if v.Is(code.Instance) && v.Call == c.Node {
				x.object(u, v)
			}
		}
	}
}

// tells tells whether a constructing call says something that agents are told apart by.
func tells(call syntax.Node) bool {
	for _, names := range [][]string{promptArgs, passedTools} {
		for _, n := range names {
			if !discover.Said(call, n).IsZero() {
				return true
			}
		}
	}
	return false
}

func (x *pass) object(u *unit, v *code.Value) {
	made := x.constructor(u.def)
	first := func(names []string) *code.Value {
		for _, n := range names {
			at, ok := made[n]
			position := at.position
			if !ok {
				if _, open := made["**"]; made != nil && !open {
					continue // not something that it is made with
				}
				position = -1
			}
			if got := v.Arg(n, position); got != nil && !got.Is(code.Null) {
				return got
			}
		}
		return nil
	}
	label, prompt, tools := first(nameArgs), first(promptArgs), first(passedTools)
	if label.Str() == "" && prompt.Str() == "" && !full(tools) {
		return // it says nothing that the class does not
	}
	ref := discover.InstanceOf(discover.Object(v), discover.Definition(u.def))
	defer x.Subject(ref)()
	at := v.Call.Span()
	name := x.Title(v, label)
	e := x.Element(model.Agent, ref, name, v.Site().Span(), at).Technology(technology).Alias(u.def.Last()).Detail(u.def.Doc())
	own := said{prompt: prompt, model: first(modelArgs)}
	if own.model == nil {
		for _, n := range modelArgs {
			if p, ok := made[n]; ok && !p.fallback.IsZero() {
				own.model = x.Code().Eval(p.fallback)
			}
		}
	}
	if !own.model.Is(code.String) && !own.model.Is(code.Env) {
		own.model = nil
	}
	x.parts(u, e, ref, name, own)
	if full(tools) && !tools.Is(code.Unknown) {
		var list []schema
		seen := map[string]bool{}
		for _, s := range x.schemas(tools, name, 0) {
			if !seen[s.name] {
				seen[s.name] = true
				list = append(list, s)
			}
		}
		x.give(u, ref, list)
	}
}

// parameter is what a constructor takes.
type parameter struct {
	position int
	fallback syntax.Node
}

// constructor lists what a class's constructor takes, without self.
func (x *pass) constructor(class *code.Def) map[string]parameter {
	init := x.Code().Method(class, "__init__")
	if init == nil && script(class.Node) {
		init = x.Code().Method(class, "constructor")
		if init == nil {
			return nil
		}
		made := map[string]parameter{"**": {position: -1}} // an object of options holds anything
		for i, p := range init.Params() {
			if p.Name != "" && p.Rest == 0 {
				made[p.Name] = parameter{i, p.Default}
			}
		}
		return made
	}
	if init == nil {
		return nil
	}
	made := map[string]parameter{}
	for i, p := range init.Params() {
		if p.Rest == 2 {
			made["**"] = parameter{position: -1}
		}
		if i > 0 && p.Rest == 0 {
			made[p.Name] = parameter{i - 1, p.Default}
		}
	}
	return made
}
