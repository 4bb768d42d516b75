package openaiagents

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// scriptTools are the calls of the TypeScript SDK that make a tool of a function.
var scriptTools = []string{"@openai/agents*.tool"}

// scriptTool describes tool({name, description, parameters, execute}).
func (x *pass) scriptTool(agent discover.Ref, v *code.Value) discover.Ref {
	ref := toolRef(x.Pass, v)
	run := v.Arg("execute", -1)
	if !x.Once("tool:" + ref.Key()) {
		return ref
	}
	name := v.Arg("name", -1).Str()
	if name == "" {
		if name = x.NameOf(v); run.Is(code.Function) && run.Ref.Def != nil {
			name = run.Ref.Def.Last()
		}
	}
	e := x.ScriptTool(discover.ScriptTool{
		Ref: ref, Name: name, Description: v.Arg("description", -1).Str(), Run: run, Input: v.Arg("parameters", -1),
		Technology: technology, At: v.Call.Span(),
	})
	if strict := v.Arg("strict", -1); strict.Is(code.Bool) && strict.Text == "false" {
		e.FactBecause("typed-input", model.No, "strict mode is off", strict.Node.Span())
	}
	if run == nil || run.Is(code.Unknown) {
		x.Unresolved("what "+name+" does", reason(run), v.Call.Span())
	}
	x.approval(ref, v)
	x.Limit("timeout", ref, v.Arg("timeout_ms", -1))
	x.checks(ref, name, v.Arg("input_guardrails", -1), "input-guardrail")
	x.checks(ref, name, v.Arg("output_guardrails", -1), "output-guardrail")
	return ref
}

func toolRef(p *discover.Pass, v *code.Value) discover.Ref {
	return p.Made(v, discover.Telling{Name: "name", Position: -1}, discover.Telling{Name: "description", Position: -1})
}

// scriptCheck puts a guardrail, which is an object with a name and a function, before or behind an agent.
func (x *pass) scriptCheck(agent discover.Ref, name string, v *code.Value, control string) {
	get := func(key string) *code.Value {
		if v.Is(code.Instance) { // defineToolInputGuardrail({…})
			return v.Arg(key, -1)
		}
		return v.Get(key)
	}
	run := get("execute")
	if run == nil {
		run = get("run")
	}
	if run == nil || !v.Is(code.Dict) && !v.Is(code.Instance) {
		x.Unresolved("a guardrail of "+name, reason(v), v.Node.Span())
		return
	}
	ref := discover.Object(v)
	if x.Once("guardrail:" + ref.Key()) {
		label := get("name").Str()
		if label == "" {
			label = "guardrail"
		}
		e := x.Element(model.Guardrail, ref, label, v.Node.Span()).Technology(technology)
		x.asksModel(e, run)
	}
	x.Flow(model.Enforces, ref, agent, v.Node.Span())
	x.Control(control, agent, ref, model.Evidenced, v.Node.Span())
}

// asksModel tells whether a guardrail's function asks a model.
func (x *pass) asksModel(e *discover.Element, run *code.Value) {
	if !run.Is(code.Function) {
		return
	}
	body := x.Code().BodyAt(run.Node)
	if run.Ref.Def != nil {
		body = x.Code().BodyOf(run.Ref.Def)
	}
	for _, c := range body.Calls {
		if c.Callee.Is(runNames...) || isModelCall(c.Callee.Name) || strings.HasPrefix(c.Callee.Name, "ai.generate") {
			e.FactBecause("model-based", model.Yes, "it asks a model", c.Node.Span())
			return
		}
	}
	if body.Complete {
		e.FactBecause("model-based", model.No, "its code asks no model", run.Node.Span())
	}
}

// scriptModel describes the model that an object stands for: a class of the SDK around a client, or a provider's object
// of the AI SDK, with or without an adapter around it.
func (x *pass) scriptModel(v *code.Value, provider string, depth int) discover.Ref {
	if depth > 4 || v.Typed() {
		return discover.Ref{}
	}
	if _, rest, ok := strings.Cut(v.Ref.Name, "@ai-sdk/"); ok {
		provider, _, _ = strings.Cut(rest, ".")
	}
	if p := x.clientProvider(v.Arg("", 0)); p != "" {
		provider = p
	}
	for _, a := range v.Args() {
		for _, one := range a.Value.Each() {
			switch {
			case one.Is(code.String) || one.Is(code.Env):
				if ref := x.Model(one, provider); !ref.IsZero() {
					return ref
				}
			case one.Is(code.Instance):
				if ref := x.scriptModel(one, provider, depth+1); !ref.IsZero() {
					return ref
				}
			}
		}
	}
	if depth == 0 {
		x.Unresolved("the model of an agent", "no model is named by "+v.Ref.Name, v.Node.Span())
	}
	return discover.Ref{}
}

// scriptOwner is whose code a call stands in: a tool's function, a guardrail's, else the outermost function with a
// name.
func (x *pass) scriptOwner(n syntax.Node) owner {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.Map) || up.Argument("execute").IsZero() {
			continue
		}
		if call := up.Parent(); call.Is(syntax.Call) && x.Code().Resolve(call.Child(0)).Is(scriptTools...) {
			return owner{ref: toolRef(x.Pass, x.Code().Eval(call)), kind: "tool", at: call}
		}
		if !up.Argument("name").IsZero() {
			return owner{ref: discover.Object(x.Code().Eval(up)), kind: "guardrail", at: up}
		}
	}
	ref, name, at := x.NamedFunction(n)
	if ref.IsZero() {
		return owner{}
	}
	return owner{ref: ref, name: name, language: "javascript", kind: "code", at: at}
}
