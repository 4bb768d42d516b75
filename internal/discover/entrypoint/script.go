package entrypoint

import (
	"path"
	"strconv"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// scriptWays are calls of JavaScript whose last argument is a handler, or whose arguments are.
var scriptWays = []way{
	{[]string{
		"express.**.get", "express.**.post", "express.**.put", "express.**.patch", "express.**.delete", "express.**.all", "express.Router.*",
		"hono.Hono.get", "hono.Hono.post", "hono.Hono.put", "hono.Hono.all", "hono.**.get", "hono.**.post", "fastify.**.get", "fastify.**.post", "fastify.**.put", "fastify.**.route",
		"koa-router.**.get", "koa-router.**.post", "@koa/router.**.post", "@koa/router.**.get", "elysia.**.post", "elysia.**.get", "restify.**.post", "polka.**.post",
		"builtins.Deno.serve", "builtins.Bun.serve", "http.createServer", "node:http.createServer", "ws.**.on", "socket.io.**.on",
	}, web},
	{[]string{"@slack/bolt.**.message", "@slack/bolt.**.event", "@slack/bolt.**.command", "@slack/bolt.**.action"}, slack},
	{[]string{"discord.js.**.on", "discord.js.**.once"}, discord},
	{[]string{"telegraf.**.on", "telegraf.**.command", "telegraf.**.hears", "grammy.**.on", "grammy.**.command", "node-telegram-bot-api.**.on", "node-telegram-bot-api.**.onText"}, telegram},
	{[]string{"whatsapp-web.js.**.on", "@whiskeysockets/baileys.**.on"}, whatsapp},
	{[]string{"bullmq.Worker", "kafkajs.**.run", "amqplib.**.consume"}, queue},
	{[]string{"commander.**.action", "yargs.**.command", "cac.**.action"}, terminal},
}

// scriptQuestions are calls of JavaScript that ask for text where they stand.
var scriptQuestions = []way{
	{[]string{"readline.**.question", "node:readline.**.question", "node:readline/promises.**.question", "readline/promises.**.question", "inquirer.prompt", "@inquirer/prompts.*", "prompts", "@clack/prompts.text", "builtins.prompt", "ink-text-input*", "ink-text-input.**", "ink.useInput"}, terminal},
}

// lone are calls that serve one function, which answers everything.
var lone = map[string]bool{"createServer": true, "serve": true}

// script reads JavaScript.
func (x *pass) script() {
	for _, w := range scriptWays {
		for _, c := range x.Code().CallsTo(w.patterns...) {
			who, label := w.party, ""
			var handlers []syntax.Node
			var before []verdict
			i := 0
			for arg := range c.Node.Children() {
				if arg == c.Node.Child(0) {
					continue
				}
				if i == 0 {
					label, _ = x.Code().Eval(arg).Constant()
				}
				i++
				if arg.Is(syntax.Map) { // fastify.route({handler}), Bun.serve({fetch})
					for key, value := range arg.Pairs() {
						switch key.Text() {
						case "handler", "fetch", "eachMessage", "run":
							handlers = append(handlers, value)
						case "preHandler", "onRequest", "preValidation":
							before = append(before, x.listed(value))
						}
					}
					continue
				}
				if node := x.handlerOf(arg); !node.IsZero() {
					if who == web && !arg.Is(syntax.Lambda) && i < c.Node.Count()-1 {
						v := x.gate(arg) // app.post("/chat", requireAuth, handler)
						before = append(before, v)
						if v.asking != asksNobody {
							continue
						}
					}
					handlers = append(handlers, node)
				} else if i > 1 && !arg.Is(syntax.String) {
					if i < c.Node.Count()-1 {
						before = append(before, x.gate(arg))
					} else if checking(arg.Source()) {
						before = append(before, verdict{asking: asks, at: arg.Span()}) // withAuth(handler)
					}
				}
			}
			of := ""
			if who == web {
				if hook(label) {
					who = webhook
				}
				label = strings.TrimSpace(verbOf(strings.ToUpper(c.Callee.Last())) + " " + label)
				of = x.routerOf(c.Node.Child(0))
				if lone[c.Callee.Last()] {
					of = "server:" + x.Path() + ":" + strconv.Itoa(c.Node.Index())
					x.Serves(of)
				}
			}
			for _, h := range handlers {
				v := unread
				if who == web || who == webhook {
					v = worst(append(before, x.judge(h, false))...)
				}
				x.enter(who, label, h, placeOf(c.Node), v, of)
			}
		}
	}
	for _, w := range scriptQuestions {
		seen := map[syntax.Node]bool{}
		for _, c := range x.Code().CallsTo(w.patterns...) {
			around := c.Node
			for up := c.Node.Parent(); !up.IsZero(); up = up.Parent() {
				if up.Is(syntax.FuncDef, syntax.Module) {
					around = up
					break
				}
			}
			if !seen[around] {
				seen[around] = true
				x.enter(w.party, c.Callee.Last(), around, c.Node.Span(), unread, "")
			}
		}
	}
	x.byName()
	x.nest()
}

// placeOf is where a route is registered: of a chain of routes, which is one expression, the path of this one.
func placeOf(call syntax.Node) source.Span {
	if callee := call.Child(0); callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Call) && call.Count() > 1 {
		return call.Child(1).Span()
	}
	return call.Span()
}

// routeVerbs are what the functions of a route file are called.
var routeVerbs = map[string]bool{"GET": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true}

// byName reads files that a framework serves because of where they stand: route.ts of an app folder, pages/api, and
// the functions of a file with the directive "use server".
func (x *pass) byName() {
	file := x.Path()
	base := strings.TrimSuffix(path.Base(file), path.Ext(file))
	routes := base == "route" || strings.HasPrefix(base, "+server") || strings.Contains(file, "/routes/") && strings.Contains(file, "api")
	pages := strings.Contains("/"+file, "/pages/api/") || strings.Contains("/"+file, "/server/api/")
	first := x.Tree().Root().Child(0)
	actions := first.Is(syntax.ExprStmt) && first.Child(0).Is(syntax.String) && first.Child(0).TextIs("use server")
	if !routes && !pages && !actions {
		return
	}
	label := strings.TrimSuffix(path.Dir(file), "/")
	if i := strings.LastIndex(label, "app/"); i >= 0 {
		label = label[i+len("app"):]
	}
	who := web
	if hook("/" + file) {
		who = webhook
	}
	of := ""
	if base == "route" || strings.Contains("/"+file, "/pages/api/") {
		of = x.nextApp()
	}
	enter := func(name string, handler syntax.Node, at source.Span) {
		if !handler.IsZero() {
			v := x.judge(handler, false)
			if !handler.Is(syntax.FuncDef, syntax.Lambda) { // GET = handlers.GET, POST = withAuth(…)
				v = seen(guarded(handler))
			}
			x.enter(who, strings.TrimSpace(verbOf(name)+" "+label), handler, at, v, of)
		}
	}
	for n := range x.Tree().Root().Children() {
		n.Walk(func(c syntax.Node) bool {
			switch {
			case c.Is(syntax.FuncDef):
				if name := c.Text(); routes && routeVerbs[name] || actions || pages && (name == "handler" || n.Is(syntax.FuncDef)) {
					enter(c.Text(), c, c.Span())
				}
				return false
			case c.Is(syntax.Assign) && routeVerbs[c.Child(0).Text()] && routes:
				handler := x.handlerOf(c.Child(-1))
				if handler.IsZero() {
					handler = c.Child(-1)
				}
				enter(c.Child(0).Text(), handler, c.Span())
				return false
			case c.Is(syntax.Call) && (lastOf(c.Child(0)) == "defineEventHandler" || lastOf(c.Child(0)) == "eventHandler"):
				enter("", x.handlerOf(c.Child(1)), c.Span())
				return false
			}
			return !c.Is(syntax.Lambda)
		})
	}
}

// middlewares are files by which Next.js puts something before all routes.
var middlewares = []string{"middleware.ts", "middleware.js", "proxy.ts", "proxy.js"}

// nextApp records the application that a route file of Next.js is of, with what stands before its routes.
func (x *pass) nextApp() string {
	root := x.Path()
	for _, folder := range []string{"app/", "pages/"} {
		if i := strings.Index("/"+root, "/"+folder); i >= 0 {
			root = root[:i]
		}
	}
	key := "next:" + root
	x.Serves(key)
	for _, folder := range []string{root, strings.TrimSuffix(root, "src/")} {
		for _, name := range middlewares {
			if tree := x.Read(folder + name); tree != nil && x.Once(folder+name) {
				if found := tree.Root(); checking(found.Source()) {
					x.Guards(key, "", verdict{asking: maybeAsks}.check()) // its matcher says for which
				}
			}
		}
	}
	return key
}

// guarded is where a handler itself asks who calls.
func guarded(handler syntax.Node) (at source.Span) {
	handler.Walk(func(n syntax.Node) bool {
		if at.IsZero() && n.Is(syntax.Call) {
			name := lastOf(n.Child(0))
			if sureCalls.MatchString(strings.ToLower(name)) || strings.HasPrefix(name, "with") && checking(name) {
				at = n.Span()
			}
			switch name {
			case "auth", "getServerSession", "getSession", "currentUser", "getUser", "getToken", "requireAuth", "verifyToken", "verifyJwt", "validateApiKey", "constructEvent", "timingSafeEqual":
				at = n.Span()
			}
		}
		return at.IsZero()
	})
	return at
}

// nest reads the controllers of NestJS: methods with @Post and the like.
func (x *pass) nest() {
	for _, d := range x.Code().DecoratedBy("@nestjs/common.Get", "@nestjs/common.Post", "@nestjs/common.Put", "@nestjs/common.Patch", "@nestjs/common.Delete", "@nestjs/common.All", "@nestjs/common.Sse") {
		label := ""
		if d.Node.Is(syntax.Call) {
			label, _ = x.Code().Eval(d.Node.Child(1)).Constant()
		}
		var checked source.Span
		decorated := x.Code().Decorators(d.Def)
		for up := d.Def.Node.Parent(); !up.IsZero(); up = up.Parent() {
			if up.Is(syntax.ClassDef) {
				decorated = append(decorated, x.Code().Decorators(x.Code().DefinitionOf(up))...)
				break
			}
		}
		for _, other := range decorated {
			if other.Decorator.Last() == "UseGuards" {
				checked = other.Node.Span()
			}
		}
		x.enter(web, strings.TrimSpace(verbOf(strings.ToUpper(d.Decorator.Last()))+" "+label), d.Def.Node, d.Node.Span(), seen(checked), "")
	}
}
