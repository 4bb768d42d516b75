package entrypoint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// An application is handed to functions that put something before its routes: secure(app). Those of the program are read,
// with what they hand it on to. Of one that stands nowhere in the program it is not known, whatever it is called, unless
// it is a library's that is known to ask nobody.

// deepestHanded is through how many functions an application is followed.
const deepestHanded = 4

// handed follows the applications that a call is given.
func (x *pass) handed(c code.Call) {
	callee := c.Node.Child(0)
	if callee.Is(syntax.Attr) && placing[callee.Text()] {
		return
	}
	position := -1
	for arg := range c.Node.Children() {
		position++
		e := argumentOf(arg)
		if position > 0 && e.Is(syntax.Tuple, syntax.List) {
			x.amongOthers(c.Node, e)
			continue
		}
		if position == 0 || !e.Is(syntax.Name, syntax.Attr) {
			continue
		}
		ref := x.Code().Resolve(e)
		if !ref.Is(applications...) && (ref.Name != "" || !strings.Contains(ref.Reason, "parameter")) {
			continue // most are something else, and that is cheap to ask
		}
		for _, v := range x.Code().Eval(e).Each() {
			if v.Is(code.Instance) && !v.Call.IsZero() && v.Ref.Is(applications...) {
				x.given(c.Node, arg, position, chainOf(v).Key(), 0)
			}
		}
	}
}

// amongOthers says of the applications in a list that is handed on, to a thread or to a function, that what is done with
// them is not seen.
func (x *pass) amongOthers(call, list syntax.Node) {
	for e := range list.Children() {
		if !e.Is(syntax.Name, syntax.Attr) || !x.Code().Resolve(e).Is(applications...) {
			continue
		}
		for _, v := range x.Code().Eval(e).Each() {
			if v.Is(code.Instance) && !v.Call.IsZero() && v.Ref.Is(applications...) {
				x.guards(chainOf(v).Key(), "", verdict{asking: maybeAsks, at: call.Span()})
			}
		}
	}
}

// placing are methods that put an application on another: see mounted and used.
var placing = map[string]bool{
	"include_router": true, "mount": true, "register_blueprint": true, "route": true, "add_subapp": true, "blueprint": true, "use": true, "register": true,
}

// given says what a call does with the application that it is given in one place.
func (x *pass) given(call, arg syntax.Node, position int, key string, depth int) {
	callee := call.Child(0)
	ref := x.Code().Resolve(callee)
	def := ref.Def
	switch {
	case def == nil || def.Kind == code.VarDef:
		if !discover.LeavesOpen(ref, callee) {
			x.guards(key, "", verdict{asking: maybeAsks, at: call.Span()})
		}
		return
	case depth > deepestHanded:
		x.guards(key, "", verdict{asking: maybeAsks, at: call.Span()})
		return
	case def.Kind != code.ClassDef:
		if name := paramOf(def, arg, position-1); name != "" {
			x.prepared(def.Node, name, key, depth)
		} else {
			x.guards(key, "", verdict{asking: maybeAsks, at: call.Span()})
		}
		return
	}
	if fn := x.called(def); !fn.IsZero() { // it stands around the application
		x.guards(key, "", x.judge(fn, true))
	}
	init := x.Code().Method(def, "__init__")
	if init == nil {
		init = x.Code().Method(def, "constructor")
	}
	if init == nil {
		return
	}
	name := paramOf(init, arg, position-1)
	if name == "" {
		x.guards(key, "", verdict{asking: maybeAsks, at: call.Span()})
		return
	}
	x.prepared(init.Node, name, key, depth)
	for n := range init.Node.All(syntax.Block) {
		for statement := range n.All(syntax.Assign) {
			if to := statement.Child(0); to.Is(syntax.Attr) && statement.Child(-1).Is(syntax.Name) && statement.Child(-1).TextIs(name) {
				for _, m := range x.Code().Methods(def) {
					x.prepared(m.Node, to.Source(), key, depth)
				}
			}
		}
	}
}

// paramOf is the name under which a function knows an argument; self is no argument. One that it knows among others has
// none.
func paramOf(def *code.Def, arg syntax.Node, position int) string {
	params := def.Params()
	if arg.Is(syntax.Keyword) {
		for _, p := range params {
			if p.Rest == 0 && p.Name == arg.Text() {
				return p.Name
			}
		}
		return ""
	}
	if len(params) > 0 && (params[0].Name == "self" || params[0].Name == "cls") {
		position++
	}
	if position < 0 || position >= len(params) || params[position].Rest != 0 {
		return ""
	}
	return params[position].Name
}

// prepared reads what a function puts before the routes of the application that it is given under a name.
func (x *pass) prepared(fn syntax.Node, name, key string, depth int) {
	is := func(n syntax.Node) bool { return n.Is(syntax.Name, syntax.Attr) && n.Source() == name }
	of := func(callee syntax.Node) bool { return callee.Is(syntax.Attr) && is(callee.Child(0)) }
	fn.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Call:
			callee := n.Child(0)
			if of(callee) {
				switch callee.Text() {
				case "add_middleware", "before_request", "before_serving", "register_middleware":
					x.guards(key, "", x.gate(argument(n, 1)))
				case "use", "addHook", "register", "onBeforeHandle", "derive", "resolve":
					x.guards(key, "", x.gate(argument(n, n.Count()-1)))
				}
				return true
			}
			if callee.Is(syntax.Attr) && placing[callee.Text()] {
				return true
			}
			position := -1
			for arg := range n.Children() {
				if position++; position > 0 && is(argumentOf(arg)) {
					x.given(n, arg, position, key, depth+1)
				}
			}
		case syntax.Decorator:
			callee := n.Child(0)
			if callee.Is(syntax.Call) {
				callee = callee.Child(0)
			}
			if of(callee) && (callee.TextIs("middleware") || callee.TextIs("before_request")) {
				x.guards(key, "", x.judge(n.Parent(), true))
			}
		}
		return true
	})
}

// wrapped are applications that something is put around: app.wsgi_app = Check(app.wsgi_app).
func (x *pass) wrapped() {
	for _, n := range x.Code().Sets("wsgi_app", "asgi_app", "middleware_stack") {
		for _, key := range x.keys(n.Child(0).Child(0)) {
			x.guards(key, "", x.gate(n.Child(-1)))
		}
	}
}
