package mastra

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

func (x *pass) isWorkflow(v *code.Value) bool {
	root := v.Root()
	return v.Is(code.Instance) && !v.Typed() && x.made(root, workflowMakers)
}

func (x *pass) workflowRef(v *code.Value) discover.Ref {
	return x.Made(v.Root(), discover.Telling{Name: "id", Position: -1}, discover.Telling{Name: "name", Position: -1})
}

// checks tells whether a workflow is a processor of messages, which stands before or behind an agent.
func (x *pass) checks(v *code.Value) bool {
	return strings.HasPrefix(v.Root().Arg("inputSchema", -1).RefOf().Last(), "ProcessorStep")
}

// unchanged are the methods of zod that add no field to a schema.
var unchanged = map[string]bool{"optional": true, "nullable": true, "nullish": true, "default": true, "describe": true, "strict": true, "readonly": true, "meta": true}

// holdsNothing tells whether a schema of zod is for something without a field that anybody could fill in.
func holdsNothing(schema *code.Value) bool {
	for schema.Is(code.Instance) && schema.Base != nil && unchanged[schema.Ref.Last()] {
		schema = schema.Base
	}
	if !schema.Is(code.Instance) || schema.Typed() {
		return false
	}
	switch schema.Ref.Last() {
	case "object", "strictObject":
		fields := schema.Arg("", 0)
		return fields.Is(code.Dict) && len(fields.Pairs) == 0 && !fields.Open
	case "void", "undefined", "null", "never":
		return true
	}
	return false
}

// chained are the methods by which a workflow is put together.
var chained = map[string]bool{
	"then": true, "branch": true, "parallel": true, "dowhile": true, "dountil": true, "foreach": true, "step": true, "after": true,
	"while": true, "until": true, "if": true, "else": true, "andThen": true,
}

// workflows describes the workflows of the file with what their steps use.
func (x *pass) workflows() {
	for _, v := range x.Code().Instances(workflowMakers...) {
		if v.Base != nil || x.checks(v) {
			continue
		}
		ref := x.workflowRef(v)
		if !x.Once("workflow:" + ref.Key()) {
			continue
		}
		at := v.Call.Span()
		name := x.Title(v, first(v, "name", "id"))
		e := x.Element(model.Orchestrator, ref, name, v.Site().Span(), at).Technology(technology).Detail(v.Arg("description", -1).Str()).
			Alias(x.NameOf(v))
		if schema := v.Root().Arg("inputSchema", -1); holdsNothing(schema) {
			e.FactBecause("entry", model.No, "whoever starts it hands it nothing", schema.Node.Span())
		}
	}
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if !callee.Is(syntax.Attr) || !chained[callee.Text()] {
			continue
		}
		for _, base := range x.Code().Eval(callee.Child(0)).Each() {
			if !x.isWorkflow(base) || x.checks(base) {
				continue
			}
			ref := x.workflowRef(base)
			done := x.Subject(ref)
			for _, v := range x.Code().Rounds(c.Node) {
				for i := range 3 {
					x.steps(ref, v.Arg("", i), c.Node)
				}
			}
			if last := callee.Text(); last == "dowhile" || last == "dountil" {
				x.Element(model.Orchestrator, ref, "").FactBecause("loops", model.Yes, "a condition ends its loop", c.Node.Span())
			}
			done()
		}
	}
}

// steps reads what a link of the chain runs: a step, several, or branches with their conditions.
func (x *pass) steps(workflow discover.Ref, v *code.Value, at syntax.Node) {
	for _, one := range v.Each() {
		switch {
		case one.Is(code.List):
			for _, item := range one.Items {
				x.steps(workflow, item, at)
			}
			if one.Open && len(one.Items) == 0 {
				x.Unresolved("the steps of a workflow", discover.WhyNot(one), one.Node.Span())
			}
		case x.isWorkflow(one):
			x.Flow(model.Delegation, workflow, x.workflowRef(one), one.Node.Span())
		case x.isAgent(one):
			x.Flow(model.Delegation, workflow, x.ref(one), one.Node.Span())
		case x.made(one, stepMakers):
			x.step(workflow, one)
		case x.made(one, toolMakers):
			x.Flow(model.ToolCall, workflow, x.SDKTool(x.tools, "", one).Ref, one.Node.Span())
		case one.Is(code.Unknown):
			x.Unresolved("a step of a workflow", one.Reason(), one.Node.Span())
		}
	}
}

// step reads one step: an agent or tool that is one, or code that uses some.
func (x *pass) step(workflow discover.Ref, v *code.Value) {
	for _, what := range v.Arg("", 0).Each() {
		switch {
		case x.isAgent(what):
			x.Flow(model.Delegation, workflow, x.ref(what), v.Call.Span())
		case x.made(what, toolMakers):
			x.Flow(model.ToolCall, workflow, x.SDKTool(x.tools, "", what).Ref, v.Call.Span())
		}
	}
	for _, fn := range v.Arg("execute", -1).Each() {
		if !fn.Is(code.Function) {
			continue
		}
		used := x.asks(fn)
		for i, agent := range used.agents {
			x.Flow(model.Delegation, workflow, agent, used.at[i])
		}
		if waits := suspends(fn.Node); !waits.IsZero() {
			x.Control("human-approval", workflow, discover.Ref{}, model.Evidenced, waits)
		}
		for _, called := range used.tools {
			x.Flow(model.ToolCall, workflow, called, v.Call.Span())
		}
	}
}

// suspends finds the place where a step waits until somebody lets it go on.
func suspends(fn syntax.Node) (at source.Span) {
	fn.Walk(func(n syntax.Node) bool {
		if at.IsZero() && n.Is(syntax.Call) && n.Child(0).TextIs("suspend") {
			at = n.Span()
		}
		return at.IsZero()
	})
	return at
}

// uses are the agents that a part of the program runs, and where, and the tools that it calls.
type uses struct {
	agents []discover.Ref
	at     []source.Span
	tools  []discover.Ref
}

// asks finds what a function uses.
func (x *pass) asks(fn *code.Value) uses {
	var u uses
	seen := map[string]bool{}
	fn.Node.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) || !n.Child(0).Is(syntax.Attr) {
			return true
		}
		callee := n.Child(0)
		switch {
		case runVerbs[callee.Text()]:
			for _, agent := range x.agentsAt(callee.Child(0), fn) {
				if !seen[agent.Key()] {
					seen[agent.Key()] = true
					u.agents = append(u.agents, agent)
					u.at = append(u.at, n.Span())
				}
			}
		case callee.TextIs("execute"):
			for _, v := range x.within(fn, callee.Child(0)).Each() {
				if x.made(v, toolMakers) {
					if ref := x.SDKTool(x.tools, "", v).Ref; !seen[ref.Key()] {
						seen[ref.Key()] = true
						u.tools = append(u.tools, ref)
					}
				}
			}
		}
		return true
	})
	return u
}

// within evaluates an expression of a function, with what its maker is given where that is known.
func (x *pass) within(fn *code.Value, n syntax.Node) *code.Value {
	if fn != nil && fn.Ref.Name != "" {
		return fn.Inside(n)
	}
	return x.Code().Eval(n)
}

// agentsAt names the agents that an expression may be, in a function where one is given: objects, and those that are
// asked for by key.
func (x *pass) agentsAt(n syntax.Node, fn *code.Value) []discover.Ref {
	eval := func(n syntax.Node) *code.Value { return x.within(fn, n) }
	var all []discover.Ref
	for _, v := range eval(n).Each() {
		if x.isAgent(v) {
			all = append(all, x.ref(v))
		}
	}
	if len(all) > 0 {
		return all
	}
	ask := x.asking(n, fn, 0)
	if ask.IsZero() {
		return nil
	}
	key := eval(ask.Child(1))
	for _, one := range key.Each() {
		text, fixed := one.Constant()
		if !fixed {
			x.Unresolved("an agent that is asked for by name", discover.WhyNot(one), ask.Span())
			continue
		}
		found := x.registered(text, eval(ask.Child(0).Child(0)))
		if found.IsZero() {
			x.Unresolved("the agent "+text, "no Mastra object near it knows the name", ask.Span())
			continue
		}
		all = append(all, found)
	}
	return all
}

// asking finds the call getAgent("…") behind an expression: itself, or what the variable of that name is set to.
func (x *pass) asking(n syntax.Node, fn *code.Value, depth int) syntax.Node {
	switch {
	case n.Is(syntax.Await, syntax.Logic):
		return x.asking(n.Child(0), fn, depth)
	case n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && (n.Child(0).TextIs("getAgent") || n.Child(0).TextIs("getAgentById")):
		return n
	case n.Is(syntax.Name) && depth < 2:
		scope := n
		for up := n.Parent(); !up.IsZero(); up = up.Parent() {
			scope = up
			if fn != nil && up == fn.Node {
				break
			}
		}
		var found syntax.Node
		scope.Walk(func(a syntax.Node) bool {
			if found.IsZero() && a.Is(syntax.Assign) && a.Child(0).Is(syntax.Name) && a.Child(0).TextIs(n.Text()) {
				found = x.asking(a.Child(-1), fn, depth+1)
			}
			return found.IsZero()
		})
		return found
	}
	return syntax.Node{}
}

// registered finds an agent by the key under which a Mastra object knows it, or by its id.
func (x *pass) registered(key string, on *code.Value) discover.Ref {
	var objects []*code.Value
	for _, one := range on.Each() {
		if x.made(one, mastraClasses) {
			objects = append(objects, one)
		}
	}
	if len(objects) == 0 {
		objects = x.nearest()
	}
	for _, object := range objects {
		agents := object.Arg("agents", -1)
		for _, one := range agents.Get(key).Each() {
			if x.isAgent(one) {
				return x.ref(one)
			}
		}
		var byID discover.Ref
		x.each(agents, func(_ source.Span, one *code.Value) {
			if x.isAgent(one) && (one.Arg("id", -1).Str() == key || one.Arg("name", -1).Str() == key) {
				byID = x.ref(one)
			}
		})
		if !byID.IsZero() {
			return byID
		}
	}
	return discover.Ref{}
}

// nearest gives the Mastra objects of the nearest file that makes one.
func (x *pass) nearest() []*code.Value {
	if x.known != nil {
		return x.known
	}
	x.known = []*code.Value{}
	for dir := path.Dir(x.Path()); ; dir = path.Dir(dir) {
		for _, name := range []string{"index.ts", "mastra/index.ts", "src/mastra/index.ts", "mastra.ts", "index.js", "mastra/index.js", "src/mastra/index.js"} {
			file := strings.TrimPrefix(path.Join(dir, name), "/")
			module := x.Code().Program().Module(file)
			if module == nil || module.Tree() == nil {
				continue
			}
			module.Tree().Root().Walk(func(n syntax.Node) bool {
				if n.Is(syntax.Call) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs("Mastra") {
					for _, v := range x.Code().Eval(n).Each() {
						if x.made(v, mastraClasses) {
							x.known = append(x.known, v)
						}
					}
				}
				return true
			})
			if len(x.known) > 0 {
				return x.known
			}
		}
		if dir == "." || dir == "/" {
			return x.known
		}
	}
}
