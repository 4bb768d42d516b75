package providerclient

import (
	"maps"
	"slices"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// In Go an answer in words becomes a struct of the program: the function that asks gives a decision, and its callers
// switch over the action that the decision names. What is done for each is a tool, see [pass.actions].

// actions reports what the callers of a function that asks do for the actions that its answer names.
func (x *goPass) actions(agent discover.Ref, def *code.Def) {
	decision := x.decision(def)
	if decision == nil {
		return
	}
	sites, _ := x.Code().Callers(def.Node)
	seen := map[syntax.Node]bool{}
	for _, site := range sites {
		outer, _ := discover.FunctionAndLoop(site)
		if outer.IsZero() || seen[outer] {
			continue
		}
		seen[outer] = true
		names := map[string]bool{}
		x.actionsNamed(outer, decision, names, 0)
		if len(names) < 2 {
			continue
		}
		answers := x.Dispatch(outer, names)
		for _, name := range slices.Sorted(maps.Keys(answers)) {
			a := answers[name]
			effects := x.Effects(a)
			if len(effects) > 0 && !slices.ContainsFunc(effects, func(e discover.Effect) bool { return e.Value != model.No }) {
				continue // it only ends the loop, or says so
			}
			path := x.Path()
			if t := a.At.Tree(); t != nil && t.File != nil {
				path = t.File.Path()
			}
			ref := discover.Local(path, name)
			x.Element(model.Tool, ref, name, a.At.Span()).Technology("function-calling").
				Detail("what the code does when the model's answer names it").Brings(effects)
			x.Flow(model.ToolCall, agent, ref, a.At.Span())
		}
	}
}

// decision is the struct of the program that a function gives, if need be beside an error, which names an action; nil
// where it gives none.
func (x *goPass) decision(def *code.Def) *code.Def {
	given := def.Node.First(syntax.Returns).Child(0)
	all := []syntax.Node{given}
	if given.Is(syntax.Tuple) {
		all = slices.Collect(given.Children())
	}
	for _, t := range all {
		for t.Is(syntax.Unary) {
			t = t.Child(0)
		}
		if class := x.Code().Resolve(t).Def; class != nil && class.Kind == code.ClassDef && namesAction(class) {
			return class
		}
	}
	return nil
}

// namesAction tells whether a struct has a field that names what is to be done.
func namesAction(class *code.Def) bool {
	for field := range class.Node.First(syntax.Block).All(syntax.AnnAssign) {
		if name := field.Child(0); discover.AboutName(name) && !name.TextIs("Name") {
			return true
		}
	}
	return false
}

// actionsNamed collects the texts with which a function, or one that it hands a decision to, compares what that names.
func (x *goPass) actionsNamed(function syntax.Node, decision *code.Def, names map[string]bool, depth int) {
	function.Walk(func(n syntax.Node) bool {
		switch {
		case n.Is(syntax.Match) && n.Child(0).Is(syntax.Attr) && discover.AboutName(n.Child(0)) && x.decides(n.Child(0).Child(0), decision):
			for one := range n.All(syntax.Case) {
				for pattern := range one.Children() {
					if v := x.Code().Eval(pattern); !pattern.Is(syntax.Block) && v.Is(code.String) {
						names[v.Text] = true
					}
				}
			}
		case n.Is(syntax.Call) && depth < furthestAction:
			def := x.Code().Resolve(n.Child(0)).Def
			if def == nil || def.Kind != code.FuncDef {
				return true
			}
			for a := range n.Children() {
				if a.Is(syntax.Name) && a != n.Child(0) && x.decides(a, decision) {
					x.actionsNamed(def.Node, decision, names, depth+1)
					break
				}
			}
		}
		return true
	})
}

// decides tells whether an expression is a decision of a type.
func (x *goPass) decides(n syntax.Node, decision *code.Def) bool {
	return slices.ContainsFunc(x.Code().Eval(n).Each(), func(v *code.Value) bool {
		return v.Is(code.Instance) && v.Ref.Def != nil && v.Ref.Def.Same(decision)
	})
}
