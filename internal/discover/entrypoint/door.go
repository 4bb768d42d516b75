package entrypoint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// applications are what routes are registered with in the end: nothing of the program stands around them.
var applications = []string{
	"fastapi.FastAPI", "fastapi.applications.FastAPI", "flask.Flask", "quart.Quart", "aiohttp.web.Application", "starlette.applications.Starlette", "sanic.Sanic", "bottle.Bottle", "litestar.Litestar",
	"express", "express.default", "hono.Hono", "hono.quick.Hono", "hono.tiny.Hono", "fastify", "fastify.default", "fastify.Fastify", "polka", "koa", "elysia.Elysia", "elysia.default",
}

// worst joins what stands one behind the other before the answer: one that asks is enough, and one that may ask leaves
// it open.
func worst(list ...verdict) verdict {
	var found verdict
	for _, v := range list {
		if v.asking > found.asking && (v.asking == asks || found.asking != maybeAsks) || v.asking == maybeAsks && found.asking == canBeMissed {
			found = v
		}
	}
	return found
}

// check is a verdict as discovery has it.
func (v verdict) check() discover.Check {
	switch v.asking {
	case asks:
		return discover.Check{Word: model.Yes, At: v.at}
	case canBeMissed:
		return discover.Check{Word: model.No, At: v.at, Missed: v.why}
	case asksNobody:
		return discover.Check{Word: model.No}
	}
	return discover.Check{}
}

// doors records what stands before the routes of applications and routers, and which routers are put on which.
func (x *pass) doors() {
	for _, app := range x.Code().Instances(applications...) {
		x.Serves(app.Key())
	}
	for _, app := range x.Code().Instances(append([]string{"fastapi.APIRouter", "fastapi.routing.APIRouter"}, applications...)...) {
		for _, name := range []string{"dependencies", "middleware", "middlewares"} {
			if given := app.Arg(name, -1); given != nil {
				x.guards(app.Key(), "", x.listed(given.Node))
			}
		}
	}
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		x.handed(c)
		if !callee.Is(syntax.Attr) {
			continue
		}
		switch callee.Text() {
		case "add_middleware", "before_request", "before_serving", "register_middleware":
			for _, key := range x.keys(callee.Child(0)) {
				x.guards(key, "", x.gate(argument(c.Node, 1)))
			}
		case "append", "extend", "insert": // of aiohttp: app.middlewares.append(…)
			if list := callee.Child(0); list.Is(syntax.Attr) && list.TextIs("middlewares") {
				for _, key := range x.keys(list.Child(0)) {
					x.guards(key, "", x.listed(argument(c.Node, c.Node.Count()-1)))
				}
			}
		case "include_router", "mount", "register_blueprint", "route", "add_subapp", "blueprint":
			x.mounted(c, callee)
		case "use", "addHook", "register", "onBeforeHandle", "derive", "resolve":
			if discoverScript(c.Node) {
				x.used(c, callee)
			}
		case "all": // app.all("*", …) stands before what comes after it
			if first := c.Node.Child(1); discoverScript(c.Node) && first.Is(syntax.String) && strings.HasSuffix(first.Text(), "*") {
				x.used(c, callee)
			}
		}
	}
	x.wrapped()
	for _, def := range x.Code().Functions() {
		for d := range def.Node.All(syntax.Decorator) {
			callee := d.Child(0)
			if callee.Is(syntax.Call) {
				callee = callee.Child(0)
			}
			if !callee.Is(syntax.Attr) {
				continue
			}
			switch callee.Text() {
			case "middleware", "before_request", "on_request":
				for _, key := range x.keys(callee.Child(0)) {
					x.guards(key, "", x.judge(def.Node, true))
				}
			}
		}
	}
}

// keys are the identities of the applications or routers that an expression is.
func (x *pass) keys(n syntax.Node) []string {
	var found []string
	for _, v := range x.Code().Eval(n).Each() {
		if v.Is(code.Instance) && !v.Call.IsZero() {
			found = append(found, chainOf(v).Key())
		}
	}
	return found
}

// chained are routers whose methods give the router itself: new Elysia().use(cors()).post("/chat", …).
var chained = []string{"elysia.Elysia", "elysia.default", "hono.Hono", "hono.quick.Hono", "hono.tiny.Hono"}

// chainOf is what a chain of a router's own methods began with.
func chainOf(v *code.Value) *code.Value {
	first := v
	for first.Base != nil && first.Base.Is(code.Instance) {
		first = first.Base
	}
	if first != v && first.Ref.Is(chained...) {
		return first
	}
	return v
}

// guards records what stands before the routes of an application below a path.
func (x *pass) guards(of, below string, v verdict) {
	if v.asking != asksNobody {
		x.Guards(of, below, v.check())
	}
}

// listed joins what a list of dependencies or middlewares asks.
func (x *pass) listed(n syntax.Node) verdict {
	items := []syntax.Node{n}
	if n.Is(syntax.List, syntax.Tuple) {
		items = nil
		for item := range n.Children() {
			items = append(items, item)
		}
	} else if v := x.Code().Eval(n); v.Is(code.List) {
		items = nil
		for _, item := range v.Items {
			items = append(items, item.Node)
		}
	}
	var found []verdict
	for _, item := range items {
		if item.Is(syntax.Call) {
			switch lastOf(item.Child(0)) {
			case "Depends", "Middleware":
				made := lastOf(item.Child(0))
				item = argument(item, 1)
				if fn := x.handlerOf(item); made == "Depends" && !fn.IsZero() && x.onlyAnswers(fn) {
					continue // nobody sees its answer
				}
			case "Security":
				found = append(found, verdict{asking: asks, at: item.Span()})
				continue
			}
		}
		found = append(found, x.gate(item))
	}
	return worst(found...)
}

// argument is an argument of a call by its place, under a name or not.
func argument(n syntax.Node, i int) syntax.Node { return argumentOf(n.Child(i)) }

// mounted records a router that is put on another or on an application.
func (x *pass) mounted(c code.Call, callee syntax.Node) {
	on := x.keys(callee.Child(0))
	if len(on) == 0 {
		return
	}
	var before verdict
	if list := c.Node.Argument("dependencies"); !list.IsZero() {
		before = x.listed(list)
	}
	for arg := range c.Node.Children() {
		if arg == callee {
			continue
		}
		for _, router := range x.keys(argumentOf(arg)) {
			for _, key := range on {
				x.Mounts(router, key, before.check())
			}
		}
	}
}

// used records what JavaScript puts before routes, app.use("/api", auth, router), and where routers are put.
func (x *pass) used(c code.Call, callee syntax.Node) {
	on := x.keys(callee.Child(0))
	if len(on) == 0 {
		return
	}
	below, first := "", true
	var routers []string
	var found []verdict
	for arg := range c.Node.Children() {
		if arg == callee {
			continue
		}
		if text, ok := x.Code().Eval(arg).Constant(); ok && first {
			first = false
			if text = strings.TrimRight(text, "*/"); !callee.TextIs("addHook") {
				below = text
			} else if text == "onSend" || text == "onResponse" || text == "onClose" || text == "onReady" || text == "onError" {
				return
			}
			continue
		}
		first = false
		if arg.Is(syntax.Map) {
			continue // options
		}
		v := x.Code().Eval(arg)
		if router := x.keys(arg); len(router) > 0 && x.router(v) {
			routers = append(routers, router...)
			continue
		}
		if arg.Is(syntax.Lambda) {
			if count(arg, syntax.Param) > 3 {
				continue // answers errors
			}
			found = append(found, x.judge(arg, true))
			continue
		}
		found = append(found, x.gate(arg))
	}
	before := worst(found...)
	for _, key := range on {
		if len(routers) == 0 {
			x.guards(key, below, before)
		}
		for _, router := range routers {
			x.Mounts(router, key, before.check())
		}
	}
}

// router tells whether a value is something that routes are registered with.
func (x *pass) router(v *code.Value) bool {
	for _, one := range v.Each() {
		if one.Is(code.Instance) && (one.Ref.Is(applications...) || one.Ref.Is("express.Router", "hono.**", "@koa/router**", "koa-router**", "fastify.**", "express.default.Router", "elysia.**")) {
			return true
		}
	}
	return false
}

func count(n syntax.Node, kind syntax.Kind) int {
	i := 0
	for range n.All(kind) {
		i++
	}
	return i
}

// routerOf is the identity of what a route is registered with, where it is one thing.
func (x *pass) routerOf(callee syntax.Node) string {
	if keys := x.keys(callee.Child(0)); callee.Is(syntax.Attr) && len(keys) == 1 {
		return keys[0]
	}
	return ""
}

// handled is how a handler of Python and what stands before it at its definition ask who calls.
func (x *pass) handled(def *code.Def, decorator syntax.Node) verdict {
	found := []verdict{x.judge(def.Node, false)}
	for _, d := range x.Code().Decorators(def) {
		if d.Node == decorator || d.Decorator.Is("fastapi.**", "flask.**", "starlette.**", "slowapi.**", "functools.**", "aiohttp.**") && !checking(d.Node.Source()) {
			continue
		}
		if callee := d.Node.Child(0); d.Node.Is(syntax.Call) && callee.Is(syntax.Attr) && verbOf(strings.ToUpper(callee.Text())) != "" {
			continue // another route of the same handler
		}
		found = append(found, x.gate(d.Node))
	}
	if decorator.Is(syntax.Call) {
		if list := decorator.Argument("dependencies"); !list.IsZero() {
			found = append(found, x.listed(list))
		}
		if callee := decorator.Child(0); callee.Is(syntax.Attr) {
			for _, router := range x.Code().Eval(callee.Child(0)).Each() {
				if list := router.Arg("dependencies", -1); list != nil {
					found = append(found, x.listed(list.Node))
				}
			}
		}
	}
	return worst(found...)
}
