package mcpserver

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// goToolsIn gives the definitions of tools that a file makes, by itself or through a function of the program that it
// calls with a name.
func goToolsIn(r *code.Resolver) []*code.Value {
	all := r.Instances(goTools...)
	seen := map[string]bool{}
	for _, v := range all {
		seen[v.Key()] = true
	}
	carries := map[string]string{}
	for _, c := range r.Calls() {
		def := c.Callee.Def
		if def == nil || def.Kind != code.FuncDef {
			continue
		}
		field, known := carries[def.ID()]
		if !known {
			field = carriedTool(r, def)
			carries[def.ID()] = field
		}
		if field == "" {
			continue
		}
		for _, v := range r.Eval(c.Node).Each() {
			for _, tool := range v.Arg(field, -1).Each() {
				if isGoTool(tool) && !seen[tool.Key()] && r.ModuleOf(tool.Site()) == r.Module() {
					seen[tool.Key()] = true
					all = append(all, tool)
				}
			}
		}
	}
	return all
}

// carriedTool is the field of the struct that a function returns which holds a tool's definition; "" for other
// functions.
func carriedTool(r *code.Resolver, def *code.Def) string {
	holder := r.ReturnType(def).Def
	if holder == nil || holder.Kind != code.ClassDef {
		return ""
	}
	for field := range holder.Node.First(syntax.Block).All(syntax.AnnAssign) {
		t := field.Child(1).Child(0)
		for t.Is(syntax.Unary) {
			t = t.Child(0)
		}
		if r.Resolve(t).Is(goTools...) {
			return field.Child(0).Text()
		}
	}
	return ""
}

func isGoTool(v *code.Value) bool { return v.Is(code.Instance) && !v.Typed() && v.Ref.Is(goTools...) }

// goToolName is the name that a tool is defined with.
func goToolName(v *code.Value) *code.Value {
	if name := v.Arg("Name", -1); name != nil {
		return name
	}
	if strings.HasPrefix(v.Ref.Last(), "New") {
		return v.Arg("", 0)
	}
	return nil
}

// goToolRef is a tool as everybody names it: by its name in the file where it is made.
func goToolRef(v *code.Value) (ref discover.Ref, name string) {
	s, ok := goToolName(v).Constant()
	if !ok || s == "" || len(s) > 120 {
		return discover.Ref{}, ""
	}
	return discover.Local(fileOf(v.Site(), ""), s), s
}

// goTool describes a tool that is made in this file.
func (x *pass) goTool(v *code.Value) {
	ref, name := goToolRef(v)
	if name == "" {
		// In a factory of the project the names are those that it is called with.
		if n := goToolName(v); n == nil || !n.Is(code.Choice) && !strings.Contains(n.Reason(), "parameter") {
			if len(v.Args()) > 0 {
				x.Unresolved("the name of a tool of an MCP server", discover.WhyNot(n), v.Site().Span())
			}
		}
		return
	}
	if !x.Once("tool:" + ref.Key()) {
		return
	}
	at := v.Site().Span()
	effects, _ := x.goEffects(x.goHandlers(v))
	e := x.Element(model.Tool, ref, name, at).Technology(technology).
		Detail(x.goDescription(v)).Brings(effects)
	x.goSays(e, v)
}

// goDescription is what a tool's definition says that it does.
func (x *pass) goDescription(v *code.Value) string {
	d := v.Arg("Description", -1)
	if d == nil && v.Ref.Last() == "NewToolWithRawSchema" {
		d = v.Arg("", 1)
	}
	for _, option := range v.Args() {
		if option.Value.RefOf().Is(goMarkMCP + ".WithDescription") {
			d = option.Value.Arg("", 0)
		}
	}
	if s := d.Str(); s != "" {
		return s
	}
	if d.Is(code.Instance) || d.Is(code.Unknown) { // translate("KEY", "the text")
		longest := ""
		for c := range d.Node.Children() {
			if c.Is(syntax.String) && len(c.Text()) > len(longest) {
				longest = c.Text()
			}
		}
		return longest
	}
	return ""
}

// goSays reads what a tool says of itself: its schema and its annotations.
func (x *pass) goSays(e *discover.Element, v *code.Value) {
	at := v.Site().Span()
	typed := v.Has("InputSchema") || v.Has("RawInputSchema") || v.Ref.Last() == "NewToolWithRawSchema"
	destructive, open := v.Arg("Annotations", -1).Arg("DestructiveHint", -1), v.Arg("Annotations", -1).Arg("OpenWorldHint", -1)
	for _, option := range v.Args() {
		o := option.Value
		switch last := o.RefOf().Last(); last {
		case "WithString", "WithNumber", "WithBoolean", "WithObject", "WithArray", "WithInputSchema", "WithAny", "WithRawInputSchema":
			typed = true
		case "WithDestructiveHintAnnotation":
			destructive = o.Arg("", 0)
		case "WithOpenWorldHintAnnotation":
			open = o.Arg("", 0)
		case "WithToolAnnotation":
			destructive, open = o.Arg("", 0).Arg("DestructiveHint", -1), o.Arg("", 0).Arg("OpenWorldHint", -1)
		}
	}
	if typed || x.goTyped[e.Ref.Key()] {
		e.Fact("typed-input", model.Yes, at)
	}
	if destructive.Is(code.Bool) && destructive.Text == "true" {
		e.FactBecause("irreversible", model.Yes, "its annotation says that it destroys", destructive.Node.Span())
	}
	if open.Is(code.Bool) && open.Text == "true" {
		e.FactBecause("untrusted-output", model.Yes, "its annotation says that it reaches an open world", open.Node.Span())
	}
}

// goNeighbours notes what stands beside each definition of a tool.
func (x *pass) goNeighbours() {
	x.goTyped = map[string]bool{}
	eachBeside(x.Code(), x.Tree().Root(), func(v *code.Value, n syntax.Node) {
		x.goBeside[v.Key()] = append(x.goBeside[v.Key()], n)
		if n.Is(syntax.Call) && x.Code().Resolve(n.Child(0)).Is(goOfficial+".AddTool") { // its schema is its type's
			if ref, name := goToolRef(v); name != "" {
				x.goTyped[ref.Key()] = true
			}
		}
	})
}

// eachBeside calls yield with each definition of a tool in a part of the program, and the call, tuple or struct that it
// stands in.
func eachBeside(r *code.Resolver, part syntax.Node, yield func(tool *code.Value, n syntax.Node)) {
	part.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call, syntax.Tuple, syntax.Map) {
			return true
		}
		for c := range n.Children() {
			e := valueIn(c)
			if n.Is(syntax.Call) && c == n.Child(0) || !e.Is(syntax.Name, syntax.Attr, syntax.Call, syntax.Unary) {
				continue
			}
			if !r.Resolve(e).Is(goTools...) {
				continue
			}
			for _, v := range r.Eval(e).Members() {
				if isGoTool(v) {
					yield(v, n)
				}
			}
		}
		return true
	})
}

// valueIn is the expression of an argument or of a pair.
func valueIn(n syntax.Node) syntax.Node {
	switch {
	case n.Is(syntax.Keyword):
		return n.Child(0)
	case n.Is(syntax.Pair):
		return n.Child(1)
	}
	return n
}

// goHandlers gives the expressions that may answer for a tool.
func (x *pass) goHandlers(v *code.Value) []syntax.Node {
	var all []syntax.Node
	take := func(n syntax.Node) {
		for c := range n.Children() {
			if n.Is(syntax.Call) && c == n.Child(0) {
				continue
			}
			if e := valueIn(c); e != v.Call {
				all = append(all, e)
			}
		}
	}
	for _, n := range x.goBeside[v.Key()] {
		take(n)
	}
	if site := v.Site(); site != v.Call { // the project's own constructor
		take(site)
		all = append(all, x.goMadeWith(v)...)
	}
	return all
}

// goMadeWith gives the functions that the project's own constructor of a tool writes beside the definition: they answer,
// and what the constructor is given only helps them.
func (x *pass) goMadeWith(v *code.Value) []syntax.Node {
	function, _ := discover.FunctionAndLoop(v.Call)
	r := x.CodeOf(fileOf(v.Call, ""))
	if function.IsZero() || r == nil {
		return nil
	}
	var all []syntax.Node
	eachBeside(r, function, func(tool *code.Value, n syntax.Node) {
		if tool.Call != v.Call {
			return
		}
		for c := range n.Children() {
			if e := valueIn(c); e.Is(syntax.Lambda) {
				all = append(all, e)
			}
		}
	})
	return all
}

// goEffects is what the functions among some expressions do; false when there is none that is in the program. What stands
// for several functions, as the handler does in a loop over all tools, says nothing where another expression is just one.
func (x *pass) goEffects(expressions []syntax.Node) ([]discover.Effect, bool) {
	var one, several [][]discover.Effect
	for _, e := range expressions {
		if !e.Is(syntax.Name, syntax.Attr, syntax.Lambda, syntax.Call) {
			continue
		}
		if e.Is(syntax.Lambda) {
			one = append(one, x.EffectsAt(e))
			continue
		}
		v := x.Code().Eval(e)
		if effects, ok := x.EffectsOfFunctions(v); ok && len(discover.FunctionsIn(v)) > 1 {
			several = append(several, effects)
		} else if ok {
			one = append(one, effects)
		}
		if e.Is(syntax.Call) && !isGoTool(v) { // withLogging(handler)
			for c := range e.Children() {
				if c == e.Child(0) || !c.Is(syntax.Name, syntax.Attr, syntax.Lambda, syntax.Call) { // withLogging(read(store)), too
					continue
				}
				if inner := x.Code().Eval(c); inner.Is(code.Function) {
					if effects, ok := x.EffectsOfFunctions(inner); ok {
						one = append(one, effects)
					}
				}
			}
		}
	}
	if len(one) == 0 {
		one = several
	}
	return discover.JoinEffects(one), len(one) > 0
}
