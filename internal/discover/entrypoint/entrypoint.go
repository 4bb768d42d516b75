// Package entrypoint reads where work comes in: routes of web frameworks, handlers of chat channels, pages that ask for
// text, messages of queues and mail, and the command line.
//
// It only says which code somebody outside starts, and who; package discover follows that code's calls to the agents
// that they reach. Somebody who calls a route or writes in a channel is a person with the role "user", or "public" where
// a channel is open to everybody; what a webhook or a queue delivers is an outside party; who runs a program on a
// terminal is its owner: that person may do on the machine whatever the program does, and has nothing to gain by it. What
// the program reads for them, others may have written.
//
// # How callers are asked
//
// What stands before a handler is read: decorators, dependencies, middlewares of its router and of each router and
// application that this is put on, and the handler with what it calls. A handler "asks" where something refuses callers or
// compares what proves who they are; it asks nobody only where all of that was read and none of it does. A check that
// can be missed is found by playing the code through with nothing configured, and with nothing sent: where no way through
// it comes to what asks, it is passed over.
//
// # Ways in without an agent
//
// A route that reads or changes stored records by itself is told of where its path says that they are what people told an
// agent or what an agent works on, and where everything before it was read and asks nobody; of webhooks it is told where
// they write. For that the files below those that other extractors read are read too, if they name a web framework, or what
// brings messages: a worker may be made with the agent that it asks, and know nothing of it.
//
// # What it does not do
//
// A login that is asked for outside the program (a gateway, a private network) is not seen. Routes that are registered by
// names in configuration are not followed, and neither are the settings of Django: of those nothing is said.
package entrypoint

import (
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Extractor reads the ways into a program.
var Extractor = &discover.Extractor{
	Name:    "entrypoint",
	Doc:     "Ways into a program (Python, TypeScript, Go): routes of web frameworks, chat channels, pages, queues, mail and the command line, with the agents that they reach.",
	Match:   func(path string) bool { return discover.PythonOrScript(path) || discover.GoCode(path) },
	Follows: true,
	Beneath: []string{
		"fastapi", "flask", "starlette", "aiohttp", "express", "hono", "elysia", "fastify", "koa", "NextResponse", "NextRequest", "new Response(", "Response.json(",
		"aio_pika", "import pika", "aiokafka", "bullmq", "amqplib", "slack_bolt", "@slack/bolt", "telegram.ext", "aiogram", "telebot", "telegraf", "grammy", "import discord", "discord.js",
	},
	Beside: nextRoute,
	Run:    run,
}

// nextRoute tells the route files of Next.js, which nobody imports.
func nextRoute(file string) bool {
	base := strings.TrimSuffix(path.Base(file), path.Ext(file))
	return base == "route" && strings.Contains("/"+file, "/app/") || strings.Contains("/"+file, "/pages/api/")
}

type pass struct {
	*discover.Pass
	verdicts map[judged]verdict
	parts    map[partKey]part
}

func run(p *discover.Pass) error {
	x := &pass{Pass: p}
	x.listens()
	switch p.Tree().Language {
	case syntax.TypeScript:
		x.doors()
		x.script()
		return nil
	case syntax.Go:
		x.golang()
		return nil
	}
	x.doors()
	x.decorated()
	x.registered()
	x.methods()
	x.asked()
	return nil
}

// party is who comes in by a channel.
type party struct {
	channel string
	kind    model.Kind
	name    string
	role    string
}

// The parties that channels bring in.
var (
	web      = party{"http", model.Human, "HTTP caller", "user"}
	webhook  = party{"webhook", model.External, "webhook sender", "site"}
	queue    = party{"queue", model.External, "queue sender", "queue"}
	mail     = party{"mailbox", model.External, "mail sender", "mailbox"}
	slack    = party{"slack", model.Human, "Slack user", "user"}
	teams    = party{"teams", model.Human, "Teams user", "user"}
	discord  = party{"discord", model.Human, "Discord user", "public"}
	telegram = party{"telegram", model.Human, "Telegram user", "public"}
	whatsapp = party{"whatsapp", model.Human, "WhatsApp user", "public"}
	page     = party{"page", model.Human, "page visitor", "user"}
	voice    = party{"voice", model.Human, "voice caller", "user"}
	function = party{"function", model.Human, "function caller", "user"}
	terminal = party{"terminal", model.Human, "terminal user", "owner"}
)

// way is a name of a framework by which code becomes a way in.
type way struct {
	patterns []string
	party    party
}

// enter records one way in, with how it asks who comes and what it is registered with.
func (x *pass) enter(who party, label string, handler syntax.Node, at source.Span, v verdict, of string) {
	if who == terminal {
		v = verdict{asking: asks, at: at}
	}
	x.Enters(discover.EntryPoint{
		Channel: who.channel, Kind: who.kind, Name: who.name, Role: who.role, Label: label, Handler: handler, At: at, Check: v.check(), Of: of,
		Silent: (who == web || who == webhook) && x.takesNothing(label, handler),
	})
}

// takesNothing tells whether a route gives its handler nothing that the caller chose, now or by another route before: no
// parameter of the function or of the path, where that is the only way in which a framework hands anything over, and nothing
// of the module that changes while it runs.
func (x *pass) takesNothing(label string, handler syntax.Node) bool {
	if !handler.Is(syntax.FuncDef) || !handler.First(syntax.Param).IsZero() || strings.ContainsAny(label, "{<:*[") || strings.HasPrefix(label, "WEBSOCKET") {
		return false
	}
	byParameters := false
	for _, d := range x.Code().Decorators(x.Code().DefinitionOf(handler)) {
		byParameters = byParameters || d.Decorator.Is("fastapi.**")
	}
	nothing, own := byParameters, map[string]bool{} // names that the handler binds itself
	bind := func(target syntax.Node) {
		target.Walk(func(n syntax.Node) bool {
			own[n.Text()] = own[n.Text()] || n.Is(syntax.Name)
			return n.Is(syntax.Name, syntax.Tuple, syntax.List)
		})
	}
	handler.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Assign, syntax.AnnAssign, syntax.For, syntax.CompFor, syntax.Walrus:
			bind(n.Child(0))
		case syntax.WithItem:
			bind(n.Child(1))
		}
		return true
	})
	handler.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name, syntax.Attr) && asksFor[strings.ToLower(n.Text())] {
			nothing = false
		}
		if nothing && n.Is(syntax.Name) && !own[n.Text()] && n.Parent().Is(syntax.Call, syntax.Attr, syntax.Subscript, syntax.For, syntax.Interp, syntax.Return, syntax.Keyword, syntax.CompFor) {
			for _, v := range x.Code().Eval(n).Each() {
				nothing = nothing && !v.Is(code.List) && !v.Is(code.Dict) && !v.Is(code.Null)
			}
		}
		return nothing
	})
	return nothing
}

// asksFor are names by which code has what a program was sent without being handed it.
var asksFor = map[string]bool{
	"request": true, "req": true, "websocket": true, "session": true, "cookies": true, "headers": true, "current_request": true, "context": true,
}

// unread is the verdict on a way in whose surroundings are not read.
var unread = verdict{asking: maybeAsks}

// seen is the verdict of a place that asks, or that nothing was read.
func seen(at source.Span) verdict {
	if at.IsZero() {
		return unread
	}
	return verdict{asking: asks, at: at}
}

// handlerOf is the function that an expression names or is.
func (x *pass) handlerOf(n syntax.Node) (node syntax.Node) {
	if n.Is(syntax.Lambda) {
		return n
	}
	for _, v := range x.Code().Eval(n).Each() {
		if v.Is(code.Function) {
			if v.Ref.Def != nil {
				return v.Ref.Def.Node
			}
			return v.Node
		}
	}
	return syntax.Node{}
}
