package providerclient

import (
	"maps"
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// Some agents have no tools that the provider knows of: they tell the model in words to name an action, and the code does
// what the answer names. What it does for each name is a tool.

// actions reports what the code does for the actions that the answers of a unit name. One that does nothing to anything
// outside, such as to end the loop, is none; nor is one that asks a model again. It gives where they are told apart.
func (x *pass) actions(u *unit, agent discover.Ref) (at []syntax.Node) {
	for i := range u.calls {
		c := &u.calls[i]
		if x.given(c) {
			continue
		}
		names := map[string]bool{}
		if said := x.flowOf(c, c.function).said; len(said) > 0 {
			from := x.from(c.function, c.node)
			from.said = said
			x.actionsNamed(from, names)
		}
		if len(names) < 2 {
			continue
		}
		answers := x.Dispatch(c.function, names)
		for _, name := range slices.Sorted(maps.Keys(answers)) {
			a := answers[name]
			effects := x.Effects(a, u.answersHeld()...)
			if !slices.ContainsFunc(effects, func(e discover.Effect) bool { return e.Value == model.Yes }) || x.asksAgain(a) {
				continue
			}
			var ref discover.Ref
			if def := x.soleFunction(a); def != nil {
				ref = x.FunctionTool(def, name, "", technology).Ref
			} else {
				ref = discover.Local(x.Path(), name)
				x.Element(model.Tool, ref, name, a.At.Span()).Technology(technology).
					Detail("what the code does when the model's answer names it").Brings(effects)
			}
			x.Flow(model.ToolCall, agent, ref, a.At.Span())
			at = append(at, a.At)
		}
	}
	return at
}

// furthestAction is how many functions an answer is followed into: as far as the code for a name is looked for.
const furthestAction = 2

// actionsNamed collects the texts with which a function, or one that it hands the answer to, compares a name that comes of
// what the model said. What else the same condition asks about the answer says nothing of the name.
func (x *pass) actionsNamed(from *coming, names map[string]bool) {
	if from.within.read[from] {
		return
	}
	from.within.read[from] = true
	from.function.Walk(func(n syntax.Node) bool {
		if !from.step() {
			return false
		}
		switch {
		case n.Is(syntax.If):
			for _, name := range x.NamesAskedOf(n.Child(0), from.is) {
				names[name] = true
			}
		case n.Is(syntax.Match) && discover.AboutName(n.Child(0)) && from.is(n.Child(0)):
			for one := range n.All(syntax.Case) {
				if pattern := x.Code().Eval(one.Child(0)); pattern.Is(code.String) {
					names[pattern.Text] = true
				}
			}
		case n.Is(syntax.Call) && from.depth < furthestAction:
			def := x.called(n).Def
			if def == nil || def.Kind != code.FuncDef {
				return true
			}
			if handed := handedAs(n, def, from.is); len(handed) > 0 {
				x.actionsNamed(from.into(def.Node, handed), names)
			}
		}
		return true
	})
}

// handedAs are the parameters as which a function is handed what comes of an answer.
func handedAs(call syntax.Node, def *code.Def, comes func(syntax.Node) bool) map[string]bool {
	handed := map[string]bool{}
	params := def.Params()
	if len(params) > 0 && (params[0].Name == "self" || params[0].Name == "cls") {
		params = params[1:]
	}
	position := 0
	for a := range call.Children() {
		switch {
		case a == call.Child(0):
			continue
		case a.Is(syntax.Keyword):
			if comes(a.Child(0)) {
				handed[a.Text()] = true
			}
		case position < len(params) && comes(a):
			handed[params[position].Name] = true
		}
		position++
	}
	return handed
}

// asksAgain tells whether code that answers for a name asks a model itself.
func (x *pass) asksAgain(a *discover.Answer) bool {
	asks := func(n syntax.Node) bool {
		found := false
		n.Walk(func(m syntax.Node) bool {
			if m.Is(syntax.Call) && !found {
				_, found = x.isModelCall(m)
			}
			return !found
		})
		return found
	}
	if def := x.soleFunction(a); def != nil {
		if other := x.unit(def); other != nil && len(other.calls) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(a.Nodes, asks)
}
