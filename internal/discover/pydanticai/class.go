package pydanticai

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Classes that derive from Agent and bring their own tools or instructions are agents, once for the class: its objects
// differ in nothing that is said here. What other classes of the program derive from stands for those.

// messages are what classes call the method that gives their instructions.
var messages = []string{"get_system_message", "get_system_prompt", "system_prompt", "get_instructions", "instructions"}

// classes describes the agents of the file that are classes.
func (x *pass) classes() {
	for _, def := range x.Code().ClassesOf(agentNames...) {
		if !x.own(def) {
			continue
		}
		ref, name := discover.Definition(def), def.Last()
		at := discover.Headline(def.Node)
		done := x.Subject(ref)
		x.Element(model.Agent, ref, name, at).Technology(technology).Detail(def.Doc())
		for _, method := range messages {
			if m := x.Code().Method(def, method); m != nil {
				x.Prompt(ref, name, x.Code().Returns(m))
				break
			}
		}
		for _, m := range []*code.Value{x.Code().ClassValue(def, "model"), x.Code().ClassValue(def, "model_config").Arg("model", -1)} {
			for _, one := range m.Each() {
				if one.Is(code.String) || one.Is(code.Env) {
					x.models(ref, name, one)
				}
			}
		}
		for _, m := range x.toolMethods(def) {
			tool := x.GiveFunction(x.box, discover.Ref{}, m)
			x.options(tool, m)
			// The decorator is the library's class's own: it takes the function for the agent, and tells no agent of it.
			x.Unresolved("tool "+m.Last()+" of "+name, "the decorator of a tool is called on the class, and on no agent: no model is told of it", discover.Headline(m.Node))
		}
		done()
	}
}

// own tells whether a class is an agent of its own.
func (x *pass) own(def *code.Def) bool {
	if len(x.Code().Heirs(def)) > 0 {
		return false
	}
	for _, method := range messages {
		if x.Code().Method(def, method) != nil {
			return true
		}
	}
	return len(x.toolMethods(def)) > 0
}

// ownClass is the class that stands for an object, which says nothing that the class does not; nil for other objects.
func (x *pass) ownClass(v *code.Value) *code.Def {
	def := v.Ref.Def
	if def == nil || def.Kind != code.ClassDef || !x.own(def) {
		return nil
	}
	for _, key := range []string{"name", "system_prompt", "instructions", "tools", "toolsets"} {
		if n := v.Call.Argument(key); !n.IsZero() {
			return nil
		}
	}
	return def
}

// toolMethods lists the methods of a class, and of those that it derives from, that carry the decorator of a tool.
func (x *pass) toolMethods(def *code.Def) []*code.Def {
	var all []*code.Def
	seen := map[string]bool{}
	var visit func(class *code.Def, depth int)
	visit = func(class *code.Def, depth int) {
		for _, m := range x.Code().Methods(class) {
			for _, d := range x.Code().Decorators(m) {
				if d.Decorator.Is(agentTools...) && !seen[m.Last()] {
					seen[m.Last()] = true
					all = append(all, m)
				}
			}
		}
		for b := range class.Node.All(syntax.Base) {
			e := b.Child(0)
			if e.Is(syntax.Subscript) {
				e = e.Child(0)
			}
			if base := x.Code().Resolve(e).Def; base != nil && base.Kind == code.ClassDef && depth < 6 && !base.Same(class) {
				visit(base, depth+1)
			}
		}
	}
	visit(def, 0)
	return all
}
