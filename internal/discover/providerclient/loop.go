package providerclient

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

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
			if _, ok := cStyle(p); ok && child.Is(syntax.Block) {
				return p
			}
			over := p.Child(1)
			if child != over && over.Is(syntax.Call) && (over.Child(0).TextIs("range") || over.Child(0).TextIs("count") || over.Child(0).TextIs("trange")) {
				return p
			}
		}
		if p == function || p.Is(syntax.FuncDef) || p.Is(syntax.Lambda) && (!script(p) || named(p)) {
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
	f := u.x.flowOf(c, c.function)
	if loop := loopOf(c.node, c.function); !loop.IsZero() {
		if len(f.said) == 0 {
			return false
		}
		if f.grows(u, loop, c) || sends(c.node.Child(0).Text()) && touchesLater(c, f) {
			return true
		}
		previous := discover.Said(c.node, "previous_response_id")
		return !previous.IsZero() && !previous.Is(syntax.Null)
	}
	if u.recursive(c) && f.grows(u, c.function, c) {
		return true
	}
	// A method that asks, called in a loop of another.
	if u.def == nil || u.def.Kind != code.ClassDef || !u.loopsOver(c) {
		return false
	}
	for _, scope := range u.scopes {
		if f.grows(u, scope, c) || anySelf(f.kept) && u.remembers(scope, f.kept) {
			return true
		}
	}
	return u.repeats(c)
}

// repeats tells whether a loop of the class hands what one of its methods said to the next round.
func (u *unit) repeats(c *call) bool {
	asking := u.asking(c)
	for _, s := range u.selfCalls() {
		if !asking[s.name] {
			continue
		}
		function := functionOf(s.node, s.scope)
		if loop := loopOf(s.node, function); !loop.IsZero() {
			turn := call{node: s.node, function: function, via: c.value}
			f := u.x.flowOf(&turn, function)
			if len(f.said) > 0 && f.grows(u, loop, &turn) {
				return true
			}
		}
	}
	return false
}

// selfCall is a call of a method of the unit's own.
type selfCall struct {
	node, scope syntax.Node
	name        string
	in          string // the method that it stands in; "" outside of methods
}

// selfCalls lists the calls of methods of the unit's own, in the order of the text.
func (u *unit) selfCalls() []selfCall {
	if u.listed {
		return u.own
	}
	u.listed = true
	for _, scope := range u.scopes {
		block := scope.First(syntax.Block)
		scope.Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.Call) || !n.Child(0).Is(syntax.Attr) || !itself(n.Child(0).Child(0)) {
				return true
			}
			s := selfCall{node: n, scope: scope, name: n.Child(0).Text()}
			for m := n.Parent(); m != scope && !m.IsZero(); m = m.Parent() {
				if m.Is(syntax.FuncDef) && m.Parent() == block {
					s.in = m.Text()
				}
			}
			u.own = append(u.own, s)
			return true
		})
	}
	return u.own
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
			if callee := n.Child(0); callee.Is(syntax.Name) || callee.Is(syntax.Attr) && itself(callee.Child(0)) {
				found = true
			}
		}
		return !found
	})
	return found
}

// remembers tells whether a class adds to one of the attributes that are sent.
func (u *unit) remembers(scope syntax.Node, kept map[string]bool) bool {
	for _, g := range u.growthsIn(scope) {
		if g.kind != syntax.Call || !g.node.Child(0).Is(syntax.Attr) {
			continue
		}
		own := map[string]bool{}
		mentioned(g.node.Child(0).Child(0), own)
		for name := range own {
			if strings.HasPrefix(name, "self.") && kept[name] {
				return true
			}
		}
	}
	return false
}

// loopsOver tells whether a loop of the class calls the method that asks.
func (u *unit) loopsOver(c *call) bool {
	if !c.function.Is(syntax.FuncDef) {
		return false
	}
	asking := u.asking(c)
	for _, s := range u.selfCalls() {
		if asking[s.name] && !loopOf(s.node, functionOf(s.node, s.scope)).IsZero() {
			return true
		}
	}
	return false
}

// asking are the methods that ask through the method of a call.
func (u *unit) asking(c *call) map[string]bool {
	method := c.function.Text()
	if known, ok := u.through[method]; ok {
		return known
	}
	asking := map[string]bool{method: true}
	for range 3 { // methods that call such a method
		before := len(asking)
		for _, s := range u.selfCalls() {
			if s.in != "" && asking[s.name] {
				asking[s.in] = true
			}
		}
		if len(asking) == before {
			break
		}
	}
	if u.through == nil {
		u.through = map[string]map[string]bool{}
	}
	u.through[method] = asking
	return asking
}
