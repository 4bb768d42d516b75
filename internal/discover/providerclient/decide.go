package providerclient

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// toolArgs are what clients call the tools that a model is given.
var toolArgs = []string{"tools", "functions", "toolConfig", "tool_config"}

// passedTools are what the program's own functions call them.
var passedTools = []string{"tools", "functions", "tool_schemas", "available_tools", "tool_defs", "tool_definitions"}

// toolValues gives the tools that a call is made with; none when it has none.
func (x *pass) toolValues(c *call) []*code.Value {
	var all []*code.Value
	if c.via != nil {
		for _, name := range passedTools {
			if v := c.via.Arg(name, -1); full(v) {
				all = append(all, v)
			}
		}
	}
	if v := argument(c.value, toolArgs...); v != nil && full(v) {
		all = append(all, v)
	}
	return all
}

// full tells whether a value may hold something.
func full(v *code.Value) bool {
	if v == nil {
		return false
	}
	for _, one := range v.Each() {
		switch {
		case one.Is(code.Null), one.Is(code.Bool), one.Is(code.List) && len(one.Items) == 0 && !one.Open, one.Ref.Last() == "NOT_GIVEN", one.Ref.Last() == "Omit":
		default:
			return true
		}
	}
	return false
}

// given tells whether the model is given tools. What a function is handed and hands on counts where it is called.
func (x *pass) given(c *call) bool {
	if c.via == nil {
		return len(x.toolValues(c)) > 0
	}
	for _, name := range passedTools {
		if full(c.via.Arg(name, -1)) {
			return true
		}
	}
	v := argument(c.value, toolArgs...)
	return full(v) && !v.Is(code.Unknown)
}

// forced tells whether the one tool is asked for by name: that is a way to get structured text.
func (x *pass) forced(c *call) bool {
	for _, v := range argument(c.value, "tool_choice", "function_call", "toolChoice").Each() {
		if v.Get("function").Get("name") != nil || v.Get("name") != nil {
			return true
		}
	}
	return false
}

// Where clients and programs put instructions.
var (
	systemArgs   = []string{"system", "instructions", "system_instruction", "preamble"}
	passedSystem = []string{"system", "system_prompt", "system_message", "instructions", "sys_prompt", "system_instruction", "system_msg"}
	messageArgs  = []string{"messages", "input", "contents", "prompt", "message", "history", "chat_history"}
)

// instructions is what the model is told to be; nil when nothing is.
func (x *pass) instructions(c *call) *code.Value {
	if c.via != nil {
		for _, name := range passedSystem {
			if v := c.via.Arg(name, -1); v != nil && !v.Is(code.Null) && !v.Is(code.Unknown) {
				return v
			}
		}
		for _, name := range messageArgs {
			if v := systemOf(c.via.Arg(name, -1)); v != nil {
				return v
			}
		}
		for i := range 3 {
			if v := systemOf(c.via.Arg("", i)); v != nil {
				return v
			}
		}
	}
	if v := argument(c.value, systemArgs...); v != nil && !v.Is(code.Null) {
		if v.Is(code.List) { // [{"text": …}]
			for _, item := range v.Items {
				if text := item.Get("text"); text != nil {
					return text
				}
			}
		}
		return v
	}
	for _, name := range messageArgs {
		if v := systemOf(argument(c.value, name)); v != nil {
			return v
		}
	}
	return nil
}

// systemOf finds the instructions among messages.
func systemOf(messages *code.Value) *code.Value {
	for _, list := range messages.Each() {
		if !list.Is(code.List) {
			continue
		}
		for _, item := range list.Items {
			for _, m := range item.Each() {
				get := func(key string) *code.Value {
					if v := m.Get(key); v != nil {
						return v
					}
					return m.Arg(key, -1)
				}
				switch get("role").Str() {
				case "system", "developer":
					if content := get("content"); content != nil {
						return content
					}
				}
			}
		}
	}
	return nil
}

// instructed tells whether the unit itself gives the model instructions: not whoever calls it.
func (u *unit) instructed(c *call) bool {
	handed := map[string]bool{}
	for p := range c.function.All(syntax.Param) {
		handed[p.Text()] = true
	}
	own := func(e syntax.Node) bool {
		return !e.IsZero() && !e.Is(syntax.Null) && !(e.Is(syntax.Name) && handed[e.Text()]) && !(e.Is(syntax.String) && e.TextIs(""))
	}
	for _, name := range append(append([]string{}, systemArgs...), passedSystem...) {
		if own(c.node.Argument(name)) {
			return true
		}
	}
	if c.via != nil && c.through != nil {
		if ref := u.x.Code().Resolve(c.node.Child(0)); ref.Def != nil {
			position := 1
			for _, p := range ref.Def.Params() {
				if p.Name == "self" {
					continue
				}
				for _, name := range passedSystem {
					if p.Name == name && own(c.node.Child(position)) && !c.node.Child(position).Is(syntax.Keyword, syntax.Spread) {
						return true
					}
				}
				position++
			}
		}
	}
	found := false
	for _, scope := range u.scopes {
		scope.Walk(func(n syntax.Node) bool {
			if found || u.module && n.Is(syntax.FuncDef, syntax.ClassDef) {
				return false
			}
			if n.Is(syntax.Map) && (n.Argument("role").TextIs("system") || n.Argument("role").TextIs("developer")) && own(n.Argument("content")) {
				found = true
			}
			return !found
		})
	}
	if found {
		return true
	}
	for name := range c.listed() {
		if handed[name] || strings.HasPrefix(name, "self.") {
			continue
		}
		if at := c.nameNode(name); !at.IsZero() && systemOf(u.x.Code().Eval(at)) != nil {
			return true
		}
	}
	if c.via == nil { // what the client, its chat or its configuration was made with
		for _, v := range argument(c.value, "system_instruction").Each() {
			if v.Is(code.String) {
				return true
			}
		}
	}
	return false
}

// nameNode is a place in the function where a name is read.
func (c *call) nameNode(name string) syntax.Node {
	var at syntax.Node
	c.function.Walk(func(n syntax.Node) bool {
		if at.IsZero() && n.Is(syntax.Name) && n.TextIs(name) && !(n.Parent().Is(syntax.Assign) && n.Parent().Child(0) == n) {
			at = n
		}
		return at.IsZero()
	})
	return at
}

// listed are the variables whose messages are among those that are sent: lists that are joined, copied, added one by
// one. What is only written into the text of a message is not.
func (c *call) listed() map[string]bool {
	names := map[string]bool{}
	var add func(n syntax.Node)
	add = func(n syntax.Node) {
		switch n.Kind() {
		case syntax.Name:
			names[n.Text()] = true
		case syntax.Attr:
			if n.Child(0).TextIs("self") {
				names["self."+n.Text()] = true
			} else if n.Child(0).TextIs("session_state") || n.Child(0).Child(0).TextIs("st") {
				names["session_state."+n.Text()] = true
			}
		case syntax.Binary:
			add(n.Child(0))
			add(n.Child(1))
		case syntax.List:
			for s := range n.All(syntax.Spread) {
				add(s.Child(0))
			}
		case syntax.Comp:
			add(n.First(syntax.CompFor).Child(1))
		case syntax.Call:
			if callee := n.Child(0); callee.Is(syntax.Attr) { // history.copy(), self.history.messages()
				if callee.Child(0).Is(syntax.Name, syntax.Attr) {
					add(callee.Child(0))
				}
			} else if callee.Is(syntax.Name) && (callee.TextIs("list") || callee.TextIs("deepcopy")) {
				add(n.Child(1))
			}
		case syntax.Subscript:
			add(n.Child(0))
		case syntax.Cond:
			add(n.Child(1))
			add(n.Child(2))
		case syntax.Logic:
			for e := range n.Children() {
				add(e)
			}
		}
	}
	for _, m := range c.messages() {
		add(m)
	}
	for range maxSpread {
		before := len(names)
		c.function.Walk(func(n syntax.Node) bool {
			switch n.Kind() {
			case syntax.Assign, syntax.AnnAssign, syntax.AugAssign:
				if t := n.Child(0); t.Is(syntax.Name) && names[t.Text()] && !inside(c.node, n) {
					add(n.Child(-1))
				}
			case syntax.Call:
				callee := n.Child(0)
				if callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Name) && names[callee.Child(0).Text()] {
					switch callee.Text() {
					case "extend":
						add(n.Child(1))
					case "append": // for m in history: messages.append(m)
						for p := n.Parent(); !p.IsZero() && p != c.function; p = p.Parent() {
							if p.Is(syntax.For) && !p.Child(1).Is(syntax.Call) {
								add(p.Child(1))
								break
							}
						}
					}
				}
			}
			return true
		})
		if len(names) == before {
			break
		}
	}
	return names
}

// messages are the expressions that a call sends.
func (c *call) messages() []syntax.Node {
	var all []syntax.Node
	for a := range c.node.Children() {
		switch {
		case a == c.node.Child(0):
			if s := c.node.Child(0); s.Is(syntax.Attr) && strings.HasPrefix(s.Text(), "send_message") {
				all = append(all, s.Child(0)) // the chat keeps what was said
			}
		case a.Is(syntax.Keyword):
			switch a.Text() {
			case "model", "tools", "functions", "temperature", "max_tokens", "tool_choice", "system", "stream", "modelId", "client", "timeout":
			default:
				all = append(all, a.Child(0))
			}
		default:
			all = append(all, a)
		}
	}
	return all
}

// flow says in what a function keeps the conversation, and which names hold what the model said.
type flow struct {
	kept map[string]bool // "messages", "self.history"
	said map[string]bool
}

// maxSpread bounds how often assignments are followed.
const maxSpread = 4

// flowOf follows a call's messages back, and its answer on, through the assignments of a function.
func (c *call) flowOf(function syntax.Node) flow {
	f := flow{kept: map[string]bool{}, said: map[string]bool{}}
	for _, m := range c.messages() {
		mentioned(m, f.kept)
	}
	for p := c.node.Parent(); !p.IsZero() && p != function; p = p.Parent() {
		switch p.Kind() {
		case syntax.Assign, syntax.AnnAssign, syntax.AugAssign:
			mentioned(p.Child(0), f.said)
		case syntax.WithItem:
			mentioned(p.Child(1), f.said)
		case syntax.For:
			mentioned(p.Child(0), f.said)
		case syntax.Block, syntax.FuncDef:
		default:
			continue
		}
		break
	}
	for range maxSpread {
		before := len(f.kept) + len(f.said)
		function.Walk(func(n syntax.Node) bool {
			switch n.Kind() {
			case syntax.Assign, syntax.AnnAssign:
				value := n.Child(-1)
				for t := range n.Children() {
					if t == value || t.Is(syntax.Annotation) {
						continue
					}
					if touchesAny(t, f.kept) && !inside(c.node, value) {
						mentioned(value, f.kept)
					}
					if touchesAny(value, f.said) {
						mentioned(t, f.said)
					}
				}
			case syntax.For, syntax.CompFor:
				if touchesAny(n.Child(1), f.said) {
					mentioned(n.Child(0), f.said)
				}
			}
			return true
		})
		if len(f.kept)+len(f.said) == before {
			break
		}
	}
	return f
}

// mentioned adds the variables of an expression: names, and attributes of self and of session state.
func mentioned(n syntax.Node, into map[string]bool) {
	n.Walk(func(c syntax.Node) bool {
		switch {
		case c.Is(syntax.Attr) && c.Child(0).Is(syntax.Name) && (c.Child(0).TextIs("self") || c.Child(0).TextIs("session_state")):
			into["self."+c.Text()] = true
			return false
		case c.Is(syntax.Attr) && c.Child(0).Is(syntax.Attr) && c.Child(0).TextIs("session_state"):
			into["session_state."+c.Text()] = true
			return false
		case c.Is(syntax.Name):
			switch c.Text() {
			case "self", "cls", "str", "len", "json", "list", "dict", "print", "isinstance", "range", "client", "os":
			default:
				into[c.Text()] = true
			}
		}
		return true
	})
}

func touchesAny(n syntax.Node, names map[string]bool) bool {
	own := map[string]bool{}
	mentioned(n, own)
	for name := range own {
		if names[name] {
			return true
		}
	}
	return false
}

func inside(n, top syntax.Node) bool {
	for ; !n.IsZero(); n = n.Parent() {
		if n == top {
			return true
		}
	}
	return false
}

// growing are the methods by which a conversation grows.
var growing = regexp.MustCompile(`^(append|extend|insert|add|push|record|update|save|store)`)

// grows tells whether what the model said is added to the conversation somewhere in a scope.
func (f flow) grows(scope syntax.Node, c *call) bool {
	found := false
	scope.Walk(func(n syntax.Node) bool {
		if found {
			return false
		}
		switch n.Kind() {
		case syntax.Call:
			if n == c.node {
				return true
			}
			callee := n.Child(0)
			if !growing.MatchString(callee.Text()) {
				return true
			}
			into, says := false, false
			if callee.Is(syntax.Attr) {
				into = touchesAny(callee.Child(0), f.kept) || callee.Child(0).TextIs("self") && anySelf(f.kept)
			}
			for a := range n.Children() {
				if a == callee {
					continue
				}
				says = says || touchesAny(a, f.said)
				into = into || callee.Is(syntax.Name) && touchesAny(a, f.kept)
			}
			// Results of tools are added as well; they come from what the model said.
			found = into && says
		case syntax.AugAssign:
			found = touchesAny(rootOf(n.Child(0)), f.kept) && touchesAny(n.Child(1), f.said)
		case syntax.Assign:
			value := n.Child(-1)
			if inside(c.node, value) { // text, history = ask(prompt, history)
				for t := range n.Children() {
					if t != value && c.via != nil && touchesAny(t, f.kept) {
						found = true
					}
				}
				return true
			}
			found = touchesAny(rootOf(n.Child(0)), f.kept) && touchesAny(value, f.said)
		}
		return !found
	})
	return found
}

// rootOf is what an assignment changes: x of x[i].
func rootOf(n syntax.Node) syntax.Node {
	for n.Is(syntax.Subscript) {
		n = n.Child(0)
	}
	return n
}

func anySelf(names map[string]bool) bool {
	for name := range names {
		if strings.HasPrefix(name, "self.") {
			return true
		}
	}
	return false
}

// loopOf is the innermost loop around a node that goes round for its own sake: while, or for over a range. A loop over
// things asks once for each.
func loopOf(n, function syntax.Node) syntax.Node {
	child := n
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.While:
			if p.Child(0) != child && !continuing(p.Child(0)) {
				return p
			}
		case syntax.For:
			over := p.Child(1)
			if child != over && over.Is(syntax.Call) && (over.Child(0).TextIs("range") || over.Child(0).TextIs("count") || over.Child(0).TextIs("trange")) {
				return p
			}
		}
		if p == function || p.Is(syntax.FuncDef, syntax.Lambda) {
			break
		}
		child = p
	}
	return syntax.Node{}
}

// continuing recognises loops that only ask for the rest of an answer that was cut, and those that work through a queue.
func continuing(condition syntax.Node) bool {
	found := false
	condition.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.String) && (n.TextIs("length") || n.TextIs("max_tokens") || n.TextIs("pause_turn")) || n.Is(syntax.Attr) && n.TextIs("empty") {
			found = true
		}
		return !found
	})
	return found
}

// fed tells whether a call is repeated with what the model said before.
func (u *unit) fed(c *call) bool {
	f := c.flowOf(c.function)
	if loop := loopOf(c.node, c.function); !loop.IsZero() {
		if len(f.said) == 0 {
			return false
		}
		if f.grows(loop, c) || strings.HasPrefix(c.node.Child(0).Text(), "send_message") && touchesLater(c, f) {
			return true
		}
		return !c.node.Argument("previous_response_id").IsZero() && !c.node.Argument("previous_response_id").Is(syntax.Null)
	}
	if u.recursive(c) && f.grows(c.function, c) {
		return true
	}
	// A method that asks, called in a loop of another.
	if u.def == nil || u.def.Kind != code.ClassDef || !u.loopsOver(c) {
		return false
	}
	for _, scope := range u.scopes {
		if f.grows(scope, c) || anySelf(f.kept) && u.remembers(scope, f.kept) {
			return true
		}
	}
	return u.repeats(c)
}

// repeats tells whether a loop of the class hands what one of its methods said to the next round.
func (u *unit) repeats(c *call) bool {
	asking := u.asking(c)
	found := false
	for _, scope := range u.scopes {
		scope.Walk(func(n syntax.Node) bool {
			if found || !n.Is(syntax.Call) || !n.Child(0).Is(syntax.Attr) || !n.Child(0).Child(0).TextIs("self") || !asking[n.Child(0).Text()] {
				return !found
			}
			function := functionOf(n, scope)
			if loop := loopOf(n, function); !loop.IsZero() {
				turn := call{node: n, function: function, via: c.value}
				f := turn.flowOf(function)
				found = len(f.said) > 0 && f.grows(loop, &turn)
			}
			return !found
		})
	}
	return found
}

// touchesLater tells whether what a chat is sent comes from what it said.
func touchesLater(c *call, f flow) bool {
	for a := range c.node.Children() {
		if a != c.node.Child(0) && touchesAny(a, f.said) {
			return true
		}
	}
	return false
}

// recursive tells whether the function that asks calls itself.
func (u *unit) recursive(c *call) bool {
	if !c.function.Is(syntax.FuncDef) {
		return false
	}
	found := false
	c.function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) && n.Child(0).TextIs(c.function.Text()) {
			if callee := n.Child(0); callee.Is(syntax.Name) || callee.Is(syntax.Attr) && callee.Child(0).TextIs("self") {
				found = true
			}
		}
		return !found
	})
	return found
}

// remembers tells whether a class adds to one of the attributes that are sent.
func (u *unit) remembers(scope syntax.Node, kept map[string]bool) bool {
	found := false
	scope.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && growing.MatchString(n.Child(0).Text()) {
			own := map[string]bool{}
			mentioned(n.Child(0).Child(0), own)
			for name := range own {
				found = found || strings.HasPrefix(name, "self.") && kept[name]
			}
		}
		return !found
	})
	return found
}

// loopsOver tells whether a loop of the class calls the method that asks.
func (u *unit) loopsOver(c *call) bool {
	if !c.function.Is(syntax.FuncDef) {
		return false
	}
	asking := u.asking(c)
	found := false
	for _, scope := range u.scopes {
		scope.Walk(func(n syntax.Node) bool {
			if !found && n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).Child(0).TextIs("self") && asking[n.Child(0).Text()] {
				found = !loopOf(n, functionOf(n, scope)).IsZero()
			}
			return !found
		})
	}
	return found
}

// asking are the methods that ask through the method of a call.
func (u *unit) asking(c *call) map[string]bool {
	asking := map[string]bool{c.function.Text(): true}
	for range 3 { // methods that call such a method
		for _, scope := range u.scopes {
			for m := range scope.First(syntax.Block).All(syntax.FuncDef) {
				m.Walk(func(n syntax.Node) bool {
					if n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).Child(0).TextIs("self") && asking[n.Child(0).Text()] {
						asking[m.Text()] = true
					}
					return true
				})
			}
		}
	}
	return asking
}

// answersHeld are the variables that hold what the model said.
func (u *unit) answersHeld() []string {
	if u == nil {
		return nil
	}
	var names []string
	for i := range u.calls {
		for name := range u.calls[i].flowOf(u.calls[i].function).said {
			if !strings.Contains(name, ".") {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// keeping are names of what holds a conversation.
var keeping = regexp.MustCompile(`(?i)(history|messages|msgs|conversation|transcript|chat|thread)`)

// talking tells whether the call is one turn of a conversation: the history that the function is given goes in, or
// the object keeps one.
func (u *unit) talking(c *call) bool {
	for name := range c.listed() {
		switch {
		case strings.HasPrefix(name, "session_state."):
			return true
		case strings.HasPrefix(name, "self."):
			if !keeping.MatchString(name) {
				continue
			}
			for _, scope := range u.scopes {
				if u.remembers(scope, map[string]bool{name: true}) {
					return true
				}
			}
		case c.function.Is(syntax.FuncDef) && keeping.MatchString(name):
			for p := range c.function.All(syntax.Param) {
				if p.TextIs(name) {
					return true
				}
			}
		}
	}
	// A chat that outlives the call keeps what was said.
	if callee := c.node.Child(0); strings.HasPrefix(callee.Text(), "send_message") && c.via == nil {
		chat := callee.Child(0)
		return chat.Is(syntax.Attr) || c.function.Is(syntax.FuncDef) && chat.Is(syntax.Name) && u.x.outer(c.function, chat.Text())
	}
	return false
}

// outer tells whether a function reads a variable that it does not set.
func (x *pass) outer(function syntax.Node, name string) bool {
	set := false
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign) && n.Child(0).TextIs(name) || n.Is(syntax.Param) && n.TextIs(name) {
			set = true
		}
		return !set
	})
	return !set
}
