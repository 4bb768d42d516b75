package providerclient

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// A model that is given no tools can still be told of some in its instructions, and answer with the name of one: the code
// looks the name up in a table of functions or objects, or goes through a list of objects for the one of that name.

// work is one of several things that a name tells apart.
type work struct {
	name  string
	does  *code.Def // the function or method that does it
	class *code.Def // of what is an object
}

// inWords tells whether a model can have tools of which only its instructions tell: no call says a word of tools, and an
// object of the class is not made with its own.
func (x *pass) inWords(u *unit, own said) bool {
	for i := range u.calls {
		c := &u.calls[i]
		for _, name := range slices.Concat(toolArgs, passedTools) {
			if !discover.Said(c.node, name).IsZero() || c.value.Arg(name, -1) != nil {
				return false
			}
		}
	}
	if own == (said{}) || u.def == nil || u.def.Kind != code.ClassDef {
		return true
	}
	made := x.constructor(u.def)
	return !slices.ContainsFunc(passedTools, func(name string) bool { _, takes := made[name]; return takes })
}

// chosen describes the tools that an agent which is given none takes by their names, and tells where it does.
func (x *pass) chosen(u *unit, agent discover.Ref) (at []syntax.Node) {
	for _, scope := range u.scopes {
		if script(scope) {
			continue
		}
		scope.Walk(func(n syntax.Node) bool {
			if !u.part(n) {
				return false
			}
			all := x.choices(n)
			for _, w := range all {
				x.Flow(model.ToolCall, agent, x.toolOf(w), n.Span())
			}
			if len(all) > 0 {
				at = append(at, n)
			}
			return true
		})
	}
	return at
}

// toolOf describes one of them. A class that derives from a framework's tool is that tool.
func (x *pass) toolOf(w work) discover.Ref {
	if w.class == nil {
		return x.FunctionTool(w.does, w.name, "", technology).Ref
	}
	if x.frameworkTool(w.class) {
		ref := discover.Definition(w.class)
		x.Element(model.Tool, ref, w.name, discover.Headline(w.class.Node))
		return ref
	}
	return x.FunctionTool(w.does, w.name, w.class.Doc(), technology).Ref
}

func (x *pass) frameworkTool(class *code.Def) bool {
	return slices.ContainsFunc(x.Code().OutsideBases(class), func(base string) bool { return strings.HasSuffix(base, "Tool") })
}

// choices are what a node takes one of by the name of what is asked for: TOOLS[name], TOOLS.get(name), for t in tools: if
// t.name == name.
func (x *pass) choices(n syntax.Node) []work {
	switch n.Kind() {
	case syntax.Subscript:
		if asksFor(n.Child(1)) {
			return x.tableOf(n.Child(0))
		}
	case syntax.Call:
		if callee := n.Child(0); callee.Is(syntax.Attr) && callee.TextIs("get") && asksFor(n.Child(1)) {
			return x.tableOf(callee.Child(0))
		}
	case syntax.For, syntax.CompFor:
		if one := n.Child(0); one.Is(syntax.Name) && comparesName(n, one.Text()) {
			return x.objectsOf(n.Child(1))
		}
	}
	return nil
}

// asksFor tells whether an expression is the name of what is asked for. A command is what a person types.
func asksFor(n syntax.Node) bool {
	return !n.IsZero() && !n.TextIs("command") && !n.TextIs("method") && discover.AboutName(n)
}

// comparesName tells whether a loop compares the name of each one with the name of what is asked for.
func comparesName(loop syntax.Node, one string) bool {
	found := false
	loop.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Compare) && n.TextIs("==") {
			for _, pair := range [][2]syntax.Node{{n.Child(0), n.Child(1)}, {n.Child(1), n.Child(0)}} {
				its := pair[0]
				found = found || its.Is(syntax.Attr) && its.TextIs("name") && its.Child(0).Is(syntax.Name) && its.Child(0).TextIs(one) && asksFor(pair[1])
			}
		}
		return !found
	})
	return found
}

// tableOf lists what a table has by name: functions and objects of the program, and nothing else.
func (x *pass) tableOf(table syntax.Node) []work {
	if !table.Is(syntax.Name, syntax.Attr) {
		return nil
	}
	var all []work
	for _, v := range x.Code().Eval(table).Each() {
		for _, pair := range v.Entries() {
			name, ok := pair.Key.Constant()
			w := x.workOf(pair.Value)
			if !ok || w.does == nil {
				return nil
			}
			w.name = name
			all = append(all, w)
		}
	}
	return all
}

// objectsOf lists the objects of a list, each of which has a name.
func (x *pass) objectsOf(list syntax.Node) []work {
	var all []work
	for _, v := range x.Code().Eval(list).Each() {
		if !v.Is(code.List) {
			continue
		}
		for _, item := range v.Items {
			w := x.workOf(item)
			if w.class == nil {
				return nil
			}
			if w.name = x.Code().ClassValue(w.class, "name").Str(); w.name == "" {
				return nil
			}
			all = append(all, w)
		}
	}
	return all
}

// workOf is a function of the program, or an object of a class that does one thing and is neither an agent nor what a
// model is reached through.
func (x *pass) workOf(v *code.Value) work {
	def := v.RefOf().Def
	switch {
	case def == nil:
	case v.Is(code.Function) && def.Kind == code.FuncDef:
		return work{does: def}
	case v.Is(code.Instance) && def.Kind == code.ClassDef && !v.Typed() && !passing.MatchString(def.Last()):
		if other := x.unit(def); other == nil || calledAgent(def.Last()) || other.judge() || len(other.calls) > 0 {
			break
		}
		if does := x.worker(def); does != nil {
			return work{does: does, class: def}
		}
	}
	return work{}
}
