package providerclient

import (
	"regexp"
	"sync"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// decides is the rule of the package comment.
func (u *unit) decides() bool {
	named := u.named()
	pass := u.def != nil && passing.MatchString(u.def.Last()) && !named
	handles := sync.OnceValue(u.handles)
	executes := sync.OnceValue(func() bool { return handles() && u.carriesOut() })
	looped := false
	for i := range u.calls {
		c := &u.calls[i]
		fed := u.fed(c)
		looped = looped || fed
		if (fed || !pass && executes() && (!u.module || u.answers())) && u.x.hasTools(c) {
			return true
		}
	}
	// Any of the calls will do for the rest, which costs more and is asked where it decides.
	some := func(is func(*call) bool) func() bool {
		return sync.OnceValue(func() bool {
			for i := range u.calls {
				if is(&u.calls[i]) {
					return true
				}
			}
			return false
		})
	}
	instructed, talking, tools := some(u.instructed), some(u.talking), some(u.x.hasTools)
	switch {
	case looped && handles(), some(func(c *call) bool { return u.x.runsOutput(u, c) })():
		return true
	case pass:
		return false
	case u.module:
		return looped && instructed()
	case looped:
		return true
	case named && (tools() || instructed() || executes() || u.tells()):
		return true
	case u.keeps() && (instructed() || u.tells()) && !u.several():
		return true
	}
	return instructed() && talking()
}

// keeps tells whether the unit is a class whose objects keep the model that they ask: with instructions of its own, such
// an object is to its program what an agent is to a framework.
func (u *unit) keeps() bool {
	if u.def == nil || u.def.Kind != code.ClassDef || script(u.def.Node) {
		return false
	}
	for i := range u.calls {
		c := &u.calls[i]
		object := c.node.Child(0)
		for object.Is(syntax.Attr) {
			if itself(object.Child(0)) && c.function.Is(syntax.FuncDef) && u.x.Code().Method(u.def, object.Text()) == nil {
				return true
			}
			object = object.Child(0)
		}
	}
	return false
}

// several tells whether more than one method asks in words of its own: then the object has no one thing to be, and each
// method puts its own question.
func (u *unit) several() bool {
	said := map[string]bool{}
	var one syntax.Node
	for i := range u.calls {
		c := &u.calls[i]
		if !u.inside(c.function) || !u.asksText(c) || discover.Minor(c.function.Text()) || !u.owned(c) {
			continue
		}
		method := u.method(c.function)
		words := u.x.instructions(c)
		if words == nil {
			words = u.sent(c)
		}
		if method == nil || words == nil || said[words.Text] {
			continue
		}
		said[words.Text] = true
		if !one.IsZero() && one != method.def.Node {
			return true
		}
		one = method.def.Node
	}
	return false
}

// ready recognises the names of what makes or holds a prompt that is written beforehand.
var ready = regexp.MustCompile(`(?i)(system|base|default|planner|agent)_?prompt|prompt_?(template|text)|template|_prompt$|PROMPT`)

// tells tells whether the unit writes instructions into what it sends itself, or has somebody write them for it: a
// prompt of one text needs no part for the system.
func (u *unit) tells() bool {
	for i := range u.calls {
		c := &u.calls[i]
		given := discover.HandedTo(c.function)
		for name := range u.x.flowOf(c, c.function).kept {
			if ready.MatchString(name) && !given[name] {
				return true
			}
		}
		for _, m := range c.messages() {
			for _, v := range u.x.Code().Eval(m).Each() {
				if v.Is(code.String) && len(v.Text) > 40 && discover.Directing(v.Text) {
					return true
				}
			}
		}
	}
	return false
}

// answers tells whether results of tools go back to the model.
func (u *unit) answers() bool {
	found := false
	for _, scope := range u.scopes {
		scope.Walk(func(n syntax.Node) bool {
			if found || !u.part(n) {
				return false
			}
			found = n.Is(syntax.String) && (n.TextIs("tool") || n.TextIs("tool_result") || n.TextIs("toolResult") || n.TextIs("function_call_output")) || n.Is(syntax.Pair) && n.Child(0).TextIs("functionResponse")
			return !found
		})
	}
	return found
}

// handles tells whether the unit looks at what tools a model asks for.
func (u *unit) handles() bool {
	found := false
	for _, scope := range u.scopes {
		scope.Walk(func(n syntax.Node) bool {
			if found || !u.part(n) {
				return false
			}
			switch {
			case n.Is(syntax.Attr) && (n.TextIs("tool_calls") || n.TextIs("function_call") || n.TextIs("function_calls") || n.TextIs("functionCalls") || n.TextIs("functionCall") || n.TextIs("toolCalls") || n.TextIs("toolUse")):
				found = true
			case n.Is(syntax.String) && (n.TextIs("tool_use") || n.TextIs("tool_calls") || n.TextIs("toolUse") || n.TextIs("function_call") || n.TextIs("tool_call")):
				found = true
			}
			return !found
		})
	}
	return found
}

// doing are the names of functions that carry out what a model asks for.
var doing = regexp.MustCompile(`(?i)(execute|run|call|invoke|handle|process|dispatch|use|perform|apply|exec)\w*(tool|function|action|command|code|call)|(tool|function|action)s?_?(call|runner|executor|dispatch|handler|run|execut)|^(execute|call_tool|run_tool|dispatch)$`)

// carriesOut tells whether the unit does what the model asks for: it calls something by a name that is not fixed, tells
// names apart, or passes the request to a function for that.
func (u *unit) carriesOut() bool {
	found := false
	for _, scope := range u.scopes {
		scope.Walk(func(n syntax.Node) bool {
			if found || !u.part(n) {
				return false
			}
			if n.Is(syntax.Call) {
				callee := n.Child(0)
				switch {
				case callee.Is(syntax.Subscript) && !callee.Child(1).Is(syntax.String, syntax.Number):
					found = true // TOOLS[name](…)
				case callee.Is(syntax.Call) && (callee.Child(0).TextIs("getattr") || callee.Child(0).TextIs("get")):
					found = true
				case callee.Is(syntax.Name, syntax.Attr) && u.x.carries(callee.Text()):
					found = true
				case callee.Is(syntax.Name) && script(callee):
					found = u.chosen(scope, callee.Text())
				case callee.Is(syntax.Name):
					// function = TOOLS[name]; function(**arguments)
					if n.First(syntax.Spread).Op() == 2 && u.chosen(scope, callee.Text()) {
						found = true
					}
				case callee.Is(syntax.Attr) && n.First(syntax.Spread).Op() == 2 && callee.Child(0).Is(syntax.Name) && u.chosen(scope, callee.Child(0).Text()):
					found = true // tool.run(**arguments)
				}
				return !found
			}
			if n.Is(syntax.Match) && script(n) && discover.AboutName(n.Child(0)) {
				found = true // switch (call.name)
			}
			if n.Is(syntax.If) && len(u.x.NamesAsked(n.Child(0))) > 0 {
				found = true
			}
			if n.Is(syntax.Lambda) && script(n) && len(u.x.NamesAsked(n.Child(-1))) > 0 {
				found = true // calls.find((c) => c.function.name === "search")
			}
			return !found
		})
	}
	return found
}

// carries tells by a function's name that it carries out what a model asks for.
func (x *pass) carries(name string) bool {
	yes, known := x.does[name]
	if !known {
		yes = discover.ToldOfText(x.Pass, "does", name, func() bool { return doing.MatchString(name) && name != "process_response" })
		if x.does == nil {
			x.does = map[string]bool{}
		}
		x.does[name] = yes
	}
	return yes
}

// chosen tells whether a variable is set to something that a name chose.
func (u *unit) chosen(scope syntax.Node, name string) bool {
	found := false
	scope.Walk(func(n syntax.Node) bool {
		if found || !n.Is(syntax.Assign) || !n.Child(0).TextIs(name) {
			return !found
		}
		value := n.Child(-1)
		switch {
		case value.Is(syntax.Subscript):
			found = !value.Child(1).Is(syntax.String, syntax.Number)
		case value.Is(syntax.Call):
			text := value.Child(0).Text()
			found = text == "get" || text == "getattr" || text == "next" || text == "find"
		}
		return !found
	})
	return found
}
