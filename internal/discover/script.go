package discover

import (
	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// The frameworks of JavaScript say with objects of options what those of Python say with keywords and decorators. The
// arguments are asked for by the same names ("max_turns" finds maxTurns too); what differs is here.

// Script tells whether a node is of JavaScript or TypeScript.
func Script(n syntax.Node) bool {
	t := n.Tree()
	return t != nil && t.Language == syntax.TypeScript
}

// PythonOrScript matches Python, notebooks, TypeScript and JavaScript.
func PythonOrScript(path string) bool {
	return PythonCode(path) || syntax.LanguageOf(path) == syntax.TypeScript
}

// ScriptTool is a tool as JavaScript makes one: a name, a description, a schema and a function that mostly has no name.
type ScriptTool struct {
	Ref         Ref
	Name        string
	Description string
	Run         *code.Value // the function that does the work
	Input       *code.Value // the schema of what it is given; nil when there is none
	Technology  string
	At          source.Span
}

// ScriptTool describes a tool of JavaScript, with the effects of its function's body.
func (p *Pass) ScriptTool(t ScriptTool) *Element {
	e := p.Element(model.Tool, t.Ref, t.Name, t.At).Technology(t.Technology).Detail(t.Description)
	e.Effects(p.EffectsOfValue(t.Run))
	if t.Input.Is(code.Dict) || t.Input.Is(code.Instance) {
		e.Fact("typed-input", model.Yes, t.Input.Node.Span())
	}
	p.contentFacts(e)
	return e
}

// EffectsOfValue is [Pass.EffectsOf] for a function value, which may have no name.
func (p *Pass) EffectsOfValue(fn *code.Value) []Effect {
	for _, one := range fn.Each() {
		switch {
		case !one.Is(code.Function):
		case one.Ref.Def != nil:
			return p.EffectsOf(one.Ref.Def)
		default:
			return p.EffectsOfFunction(one)
		}
	}
	return nil
}

// scriptWrapped is a tool that a call of JavaScript makes of a function.
func (p *Pass) scriptWrapped(t *Toolbox, agent Ref, v *code.Value, w Wrapper) Ref {
	ref := p.Made(v, Telling{Name: "name", Position: -1}, Telling{Name: "description", Position: -1})
	fn := v.Arg(w.Func, w.Position)
	if first := v.Arg("", 0); fn == nil && first.Is(code.Function) {
		fn = first // tool(f, { name })
	}
	label := plainWord(v.Arg(orElse(w.Name, "name"), -1).Str())
	if label == "" {
		label = p.NameOf(v)
	}
	var input *code.Value
	for _, key := range []string{"parameters", "schema", "input_schema"} {
		if input = v.Arg(key, -1); input != nil {
			break
		}
	}
	p.ScriptTool(ScriptTool{
		Ref: ref, Name: label, Description: v.Arg(orElse(w.Description, "description"), -1).Str(), Run: fn, Input: input,
		Technology: t.Technology, At: v.Call.Span(),
	})
	for _, one := range fn.Each() {
		if one.Is(code.Function) {
			if one.Ref.Def != nil {
				if t.given == nil {
					t.given = map[string]bool{}
				}
				t.given[one.Ref.Def.ID()] = true
			}
			p.asksFrom(t, agent, ref, one.Node)
		}
	}
	return ref
}

// asksFrom joins a tool to the agents that the code of its function runs, and whoever holds the tool with them.
func (p *Pass) asksFrom(t *Toolbox, agent, tool Ref, function syntax.Node) {
	if t.Sites == nil {
		return
	}
	for _, other := range p.StartedAt(function, t.Sites) {
		p.Flow(model.Message, tool, other, Headline(function))
		if !agent.IsZero() && agent.Key() != other.Key() {
			p.Flow(model.Delegation, agent, other, Headline(function))
		}
	}
}

// NamedFunction is the outermost function or class around a node that has a name, which in JavaScript may be the name
// of the constant that holds it; the zero Ref when there is none.
func (p *Pass) NamedFunction(n syntax.Node) (ref Ref, name string, at syntax.Node) {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		switch {
		case up.Is(syntax.FuncDef, syntax.ClassDef):
			if def := p.code.DefinitionOf(up); def != nil {
				ref, name, at = Definition(def), def.Last(), up
			}
		case up.Is(syntax.Lambda) && up.Parent().Is(syntax.Assign) && up.Parent().Child(0).Is(syntax.Name):
			name = up.Parent().Child(0).Text()
			ref, at = Local(p.Path(), name), up.Parent()
		}
	}
	return ref, name, at
}
