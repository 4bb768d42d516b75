package providerclient

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/discover"
	"fermata/internal/syntax"
)

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
			if itself(n.Child(0)) {
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
					case "push", "unshift":
						for s := range n.All(syntax.Spread) {
							add(s.Child(0))
						}
						fallthrough
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

// sends recognises the methods by which a chat, which keeps what was said, is sent a message.
func sends(method string) bool {
	return strings.HasPrefix(method, "send_message") || strings.HasPrefix(method, "sendMessage")
}

// messages are the expressions that a call sends.
func (c *call) messages() []syntax.Node {
	var all []syntax.Node
	for a := range c.node.Children() {
		switch {
		case a == c.node.Child(0):
			if s := c.node.Child(0); s.Is(syntax.Attr) && sends(s.Text()) {
				all = append(all, s.Child(0)) // the chat keeps what was said
			}
		case a.Is(syntax.Keyword):
			switch a.Text() {
			case "model", "tools", "functions", "temperature", "max_tokens", "tool_choice", "system", "stream", "modelId", "client", "timeout":
			default:
				all = append(all, a.Child(0))
			}
		case script(a):
			options(a, func(n syntax.Node) { all = append(all, n) })
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

type flowKey struct{ call, function syntax.Node }

// flowOf follows a call's messages back, and its answer on, through the assignments of a function. Nobody changes what
// it gives.
func (x *pass) flowOf(c *call, function syntax.Node) flow {
	key := flowKey{c.node, function}
	f, known := x.flows[key]
	if !known {
		f = c.flowOf(function)
		if x.flows == nil {
			x.flows = map[flowKey]flow{}
		}
		x.flows[key] = f
	}
	return f
}

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
	eachMentioned(n, func(of, name string) bool {
		into[of+name] = true
		return true
	})
}

// eachMentioned gives the variables of an expression, each with what it is an attribute of, until yield has enough.
func eachMentioned(n syntax.Node, yield func(of, name string) bool) {
	more := true
	n.Walk(func(c syntax.Node) bool {
		switch {
		case !more:
			return false
		case c.Is(syntax.Attr):
			switch object := c.Child(0); {
			case object.Is(syntax.Name) && (itself(object) || object.TextIs("session_state")):
				more = yield("self.", c.Text())
				return false
			case object.Is(syntax.Attr) && object.TextIs("session_state"):
				more = yield("session_state.", c.Text())
				return false
			}
		case c.Is(syntax.Name):
			switch c.Text() {
			case "self", "cls", "str", "len", "json", "list", "dict", "print", "isinstance", "range", "client", "os":
			default:
				more = yield("", c.Text())
			}
		}
		return more
	})
}

// touchesAny tells whether an expression holds one of the variables.
func touchesAny(n syntax.Node, names map[string]bool) bool {
	found := false
	if len(names) > 0 {
		eachMentioned(n, func(of, name string) bool {
			if of != "" {
				name = of + name
			}
			found = names[name]
			return !found
		})
	}
	return found
}

func inside(n, top syntax.Node) bool {
	if n.Tree() != top.Tree() {
		return false
	}
	for ; !n.IsZero(); n = n.Parent() {
		if n == top {
			return true
		}
	}
	return false
}

// growing tells by the name of a method whether a conversation grows by it.
func growing(method string) bool {
	for _, verb := range [...]string{"append", "extend", "insert", "add", "push", "record", "update", "save", "store"} {
		if strings.HasPrefix(method, verb) {
			return true
		}
	}
	return false
}

// growth is a place where a conversation may grow: a call of a method that adds something, or an assignment.
type growth struct {
	node syntax.Node
	kind syntax.Kind
}

// growthsIn lists the places of a scope where a conversation may grow, in the order of the text. Each call of a model asks
// about the same scopes, whole classes mostly.
func (u *unit) growthsIn(scope syntax.Node) []growth {
	all, known := u.growths[scope]
	if !known {
		scope.Walk(func(n syntax.Node) bool {
			switch kind := n.Kind(); kind {
			case syntax.Call:
				if growing(n.Child(0).Text()) {
					all = append(all, growth{n, kind})
				}
			case syntax.AugAssign, syntax.Assign:
				all = append(all, growth{n, kind})
			}
			return true
		})
		if u.growths == nil {
			u.growths = map[syntax.Node][]growth{}
		}
		u.growths[scope] = all
	}
	return all
}

// grows tells whether what the model said is added to the conversation somewhere in a scope.
func (f flow) grows(u *unit, scope syntax.Node, c *call) bool {
	if len(f.said) == 0 && c.via == nil {
		return false
	}
	for _, g := range u.growthsIn(scope) {
		if f.growsAt(g, c) {
			return true
		}
	}
	return false
}

func (f flow) growsAt(g growth, c *call) bool {
	n := g.node
	switch g.kind {
	case syntax.Call:
		if n == c.node {
			return false
		}
		callee := n.Child(0)
		into, says := false, false
		if callee.Is(syntax.Attr) {
			into = touchesAny(callee.Child(0), f.kept) || itself(callee.Child(0)) && anySelf(f.kept)
		}
		for a := range n.Children() {
			if a == callee {
				continue
			}
			says = says || touchesAny(a, f.said)
			into = into || callee.Is(syntax.Name) && (touchesAny(a, f.kept) || script(callee) && keeping.MatchString(callee.Text()))
		}
		// Results of tools are added as well; they come from what the model said.
		return into && says
	case syntax.AugAssign:
		return touchesAny(rootOf(n.Child(0)), f.kept) && touchesAny(n.Child(1), f.said)
	}
	value := n.Child(-1)
	if inside(c.node, value) { // text, history = ask(prompt, history)
		for t := range n.Children() {
			if t != value && c.via != nil && touchesAny(t, f.kept) {
				return true
			}
		}
		return false
	}
	return touchesAny(rootOf(n.Child(0)), f.kept) && touchesAny(value, f.said)
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

// answersHeld are the variables that hold what the model said.
func (u *unit) answersHeld() []string {
	if u == nil {
		return nil
	}
	var names []string
	for i := range u.calls {
		for name := range u.x.flowOf(&u.calls[i], u.calls[i].function).said {
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
		case c.function.Is(syntax.FuncDef, syntax.Lambda) && keeping.MatchString(name):
			if discover.HandedTo(c.function)[name] || script(c.node) && requested(c.function, name) {
				return true
			}
		}
	}
	// A chat that outlives the call keeps what was said.
	if callee := c.node.Child(0); sends(callee.Text()) && c.via == nil {
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
