package entrypoint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// decorators are the decorators that make a function a handler.
var decorators = []way{
	{[]string{
		"fastapi.*.get", "fastapi.*.post", "fastapi.*.put", "fastapi.*.patch", "fastapi.*.delete", "fastapi.*.api_route", "fastapi.*.websocket", "fastapi.**.APIRouter.*",
		"flask.*.route", "flask.*.get", "flask.*.post", "flask.*.put", "flask.*.patch", "flask.*.delete", "quart.*.route", "quart.*.post", "quart.*.websocket",
		"sanic.*.get", "sanic.*.post", "sanic.*.put", "sanic.*.route", "sanic.*.websocket", "bottle.route", "bottle.post", "bottle.get", "bottle.Bottle.*",
		"aiohttp.web.RouteTableDef.*", "litestar.get", "litestar.post", "litestar.put", "litestar.websocket*", "starlette.*.route", "robyn.Robyn.*",
		"rest_framework.decorators.api_view", "ninja.*.get", "ninja.*.post", "modal.web_endpoint", "modal.fastapi_endpoint", "modal.asgi_app",
		"azure.functions.FunctionApp.route", "azure.functions.Blueprint.route", "functions_framework.http", "chalice.Chalice.route", "falcon.*",
		"aws_lambda_powertools.event_handler.**.get", "aws_lambda_powertools.event_handler.**.post", "bentoml.api", "bentoml.Service.api", "ray.serve.*.ingress",
	}, web},
	{[]string{"slack_bolt.**.event", "slack_bolt.**.message", "slack_bolt.**.command", "slack_bolt.**.action", "slack_bolt.**.shortcut", "slack_bolt.**.view"}, slack},
	{[]string{"discord.**.event", "discord.**.command", "discord.**.listener", "discord.**.tree.command", "discord.ext.commands.*", "nextcord.**.event", "nextcord.**.command"}, discord},
	{[]string{"telebot.**.message_handler", "aiogram.**.message", "aiogram.**.message_handler", "pyrogram.**.on_message", "telethon.**.on"}, telegram},
	{[]string{"chainlit.on_message", "chainlit.on_chat_start", "chainlit.on_audio_chunk", "mesop.page", "nicegui.ui.page", "solara.component"}, page},
	{[]string{"celery.**.task", "celery.shared_task", "dramatiq.actor", "huey.**.task", "arq.*", "faststream.**.subscriber", "taskiq.**.task", "functions_framework.cloud_event", "azure.functions.FunctionApp.queue_trigger", "azure.functions.FunctionApp.service_bus_*", "azure.functions.FunctionApp.event_grid_trigger"}, queue},
	{[]string{"typer.**.command", "typer.**.callback", "click.command", "click.**.command", "click.group", "invoke.task", "cyclopts.**.command", "cyclopts.**.default"}, terminal},
}

// decorated finds handlers by their decorators.
func (x *pass) decorated() {
	for _, w := range decorators {
		for _, d := range x.Code().DecoratedBy(w.patterns...) {
			x.marked(w.party, d.Def, d.Node, d.Decorator.Last())
		}
	}
	for _, def := range x.Code().Functions() {
		for d := range def.Node.All(syntax.Decorator) {
			if e := d.Child(0); x.onHanded(e) {
				x.marked(web, def, e, e.Child(0).Text())
			}
		}
	}
}

// onHanded tells whether a decorator registers a route with an application that the function around it is handed:
// def routes(app): @app.route("/ask").
func (x *pass) onHanded(decorator syntax.Node) bool {
	callee := decorator.Child(0)
	if !decorator.Is(syntax.Call) || !callee.Is(syntax.Attr) || !callee.Child(0).Is(syntax.Name) || !callee.TextIs("route") && verbOf(strings.ToUpper(callee.Text())) == "" {
		return false
	}
	if ref := x.Code().Resolve(callee.Child(0)); ref.Name != "" || !strings.Contains(ref.Reason, "parameter") {
		return false
	}
	for _, v := range x.Code().Eval(callee.Child(0)).Each() {
		if v.Is(code.Instance) && !v.Call.IsZero() && v.Ref.Is(applications...) {
			return true
		}
	}
	return false
}

// marked records a handler that a decorator makes one.
func (x *pass) marked(who party, def *code.Def, node syntax.Node, verb string) {
	label := ""
	if node.Is(syntax.Call) {
		label, _ = x.Code().Eval(node.Child(1)).Constant()
	}
	if who == web {
		label = strings.TrimSpace(verbOf(strings.ToUpper(verb)) + " " + label)
		if hook(label) {
			who = webhook
		}
	}
	v, of := unread, ""
	if who == web || who == webhook {
		v = x.handled(def, node)
		if node.Is(syntax.Call) {
			of = x.routerOf(node.Child(0))
		}
	}
	x.enter(who, label, def.Node, node.Span(), v, of)
}

func verbOf(word string) string {
	switch word {
	case "GET", "POST", "PUT", "PATCH", "DELETE", "WEBSOCKET":
		return word
	}
	return ""
}

// hook tells by a route's path whether programs call it, with what others made happen.
func hook(path string) bool {
	path = strings.ToLower(path)
	for _, word := range []string{"webhook", "/hook", "/events", "/callback", "/telegram", "/whatsapp", "/twilio", "/sms"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

// registrations are calls that are given a handler.
var registrations = []struct {
	way
	name     string // of the argument that is the handler
	position int
	label    int // position of what it is called by; -1 for none
}{
	{way{[]string{"fastapi.*.add_api_route", "fastapi.*.add_api_websocket_route"}, web}, "endpoint", 1, 0},
	{way{[]string{"flask.*.add_url_rule", "quart.*.add_url_rule"}, web}, "view_func", 2, 0},
	{way{[]string{"starlette.routing.Route", "starlette.routing.WebSocketRoute"}, web}, "endpoint", 1, 0},
	{way{[]string{"aiohttp.web.get", "aiohttp.web.post", "aiohttp.web.**.add_post", "aiohttp.web.**.add_get"}, web}, "handler", 1, 0},
	{way{[]string{"aiohttp.web.**.add_route"}, web}, "handler", 2, 1},
	{way{[]string{"django.urls.path", "django.urls.re_path", "django.conf.urls.url"}, web}, "view", 1, 0},
	{way{[]string{"langserve.add_routes"}, web}, "runnable", 1, 2},
	{way{[]string{"agent_framework_ag_ui.add_agent_framework_fastapi_endpoint", "agent_framework.ag_ui.add_agent_framework_fastapi_endpoint"}, web}, "agent", 1, 2},
	{way{[]string{"telegram.ext.MessageHandler", "telegram.ext.CommandHandler"}, telegram}, "callback", 1, -1},
	{way{[]string{"gradio.ChatInterface", "gradio.Interface"}, page}, "fn", 0, -1},
	{way{[]string{"gradio.**.click", "gradio.**.submit", "gradio.**.change", "gradio.**.upload"}, page}, "fn", 0, -1},
	{way{[]string{"fire.Fire"}, terminal}, "component", 0, -1},
	{way{[]string{"pika.**.basic_consume"}, queue}, "on_message_callback", 1, -1},
	{way{[]string{"aio_pika.**.consume"}, queue}, "callback", 0, -1},
	{way{[]string{"google.cloud.pubsub_v1.**.subscribe"}, queue}, "callback", 1, -1},
	{way{[]string{"nats.**.subscribe"}, queue}, "cb", 2, -1},
	{way{[]string{"livekit.agents.cli.run_app", "livekit.agents.WorkerOptions"}, voice}, "entrypoint_fnc", 0, -1},
}

// registered finds handlers that are given to a call.
func (x *pass) registered() {
	for _, r := range registrations {
		for _, c := range x.Code().CallsTo(r.patterns...) {
			who := r.party
			var handler, label syntax.Node
			i := 0
			for arg := range c.Node.Children() {
				switch {
				case arg == c.Node.Child(0):
					continue
				case arg.Is(syntax.Keyword) && arg.Text() == r.name:
					handler = arg.Child(-1)
				case arg.Is(syntax.Keyword) && arg.Text() == "path":
					label = arg.Child(-1)
				case !arg.Is(syntax.Keyword) && i == r.position:
					handler = arg
				case !arg.Is(syntax.Keyword) && i == r.label:
					label = arg
				}
				i++
			}
			said, _ := x.Code().Eval(label).Constant()
			if who == web && hook(said) {
				who = webhook
			}
			v, of := unread, ""
			node := x.handlerOf(handler)
			if node.IsZero() {
				node = c.Node // what is served stands in the call: add_routes(app, chain)
			} else if def := x.Code().DefinitionOf(node); def != nil && (who == web || who == webhook) {
				v = x.handled(def, c.Node)
				of = x.routerOf(c.Node.Child(0))
			}
			x.enter(who, said, node, c.Node.Span(), v, of)
		}
	}
}

// served are classes whose methods are handlers.
var served = []struct {
	way
	methods []string
}{
	{way{[]string{"rest_framework.**.APIView", "rest_framework.**.*ViewSet", "django.views.**.View", "flask.views.MethodView", "flask_restful.Resource", "flask_restx.Resource", "tornado.web.RequestHandler", "starlette.endpoints.HTTPEndpoint"}, web}, []string{"get", "post", "put", "patch", "delete", "create", "update"}},
	{way{[]string{"channels.generic.websocket.*", "tornado.websocket.WebSocketHandler"}, web}, []string{"receive", "receive_json", "on_message"}},
	{way{[]string{"botbuilder.**.ActivityHandler", "botbuilder.**.TeamsActivityHandler"}, teams}, []string{"on_message_activity"}},
	{way{[]string{"discord.Client", "discord.ext.commands.Bot", "discord.ext.commands.Cog"}, discord}, []string{"on_message"}},
	{way{[]string{"http.server.BaseHTTPRequestHandler"}, web}, []string{"do_GET", "do_POST", "do_PUT"}},
}

// methods finds handlers that are methods of a framework's classes, and functions that a platform calls by their name.
func (x *pass) methods() {
	for _, s := range served {
		for _, class := range x.Code().ClassesOf(s.patterns...) {
			for _, name := range s.methods {
				if m := x.Code().Method(class, name); m != nil {
					x.enter(s.party, class.Last()+"."+name, m.Node, m.Node.Span(), seen(x.permitted(class)), "")
				}
			}
		}
	}
	for _, def := range x.Code().Functions() {
		params := def.Params()
		if len(params) != 2 || params[0].Name != "event" || params[1].Name != "context" || strings.Contains(def.Name, ".") {
			continue
		}
		// A configuration may name the handler as it likes. What the program calls itself, or hands to whoever calls it, is none.
		sites, _ := x.Code().Callers(def.Node)
		if len(sites) == 0 && !x.Code().HandedOn(def.Node) || def.Name == "lambda_handler" || def.Name == "handler" {
			x.enter(function, def.Name, def.Node, def.Node.Span(), unread, "")
		}
	}
}

// questions are calls that ask somebody for text where they stand.
var questions = []way{
	{[]string{"streamlit.chat_input", "streamlit.text_input", "streamlit.text_area", "streamlit.file_uploader", "streamlit.**.chat_input", "streamlit.**.text_input", "streamlit.**.text_area", "streamlit.audio_input"}, page},
	{[]string{"builtins.input", "rich.prompt.Prompt.ask", "questionary.**.ask", "prompt_toolkit.prompt", "prompt_toolkit.**.prompt", "prompt_toolkit.**.prompt_async", "argparse.ArgumentParser.parse_args", "argparse.ArgumentParser.parse_known_args"}, terminal},
	{[]string{"imaplib.*.fetch", "imaplib.*.search", "imap_tools.**.fetch", "exchangelib.**"}, mail},
	{[]string{
		"kafka.KafkaConsumer", "confluent_kafka.Consumer", "aiokafka.AIOKafkaConsumer", "pika.**.basic_consume", "boto3.client.receive_message", "google.cloud.pubsub_v1.SubscriberClient.subscribe", "azure.servicebus.**.get_queue_receiver",
		"redis.**.blpop", "redis.**.brpop", "redis.**.xread", "redis.**.xreadgroup", "redis.**.pubsub.listen", "redis.**.pubsub.get_message", "aio_pika.**.consume", "aio_pika.**.iterator", "nats.**.subscribe",
	}, queue},
}

// asked finds the code that asks for text itself: the function around the call, or the module.
func (x *pass) asked() {
	for _, w := range questions {
		seen := map[syntax.Node]bool{}
		for _, c := range x.Code().CallsTo(w.patterns...) {
			if c.Node.Argument("type").TextIs("password") {
				continue // what is typed there is a secret, and nothing to be answered
			}
			around := c.Node
			for up := around.Parent(); !up.IsZero(); up = up.Parent() {
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
}

// checks are words in the names of what asks who calls.
var checks = []string{"auth", "login", "jwt", "token", "api_key", "apikey", "current_user", "verify", "permission", "principal", "session", "credential", "secret", "oauth", "security"}

func checking(name string) bool {
	name = strings.ToLower(name)
	for _, word := range checks {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

func lastOf(n syntax.Node) string {
	if n.Is(syntax.Name, syntax.Attr) {
		return n.Text()
	}
	return ""
}

// permitted is where a view's class says who may call it.
func (x *pass) permitted(class *code.Def) source.Span {
	for _, name := range []string{"permission_classes", "authentication_classes", "decorators", "method_decorators"} {
		if v := x.Code().ClassValue(class, name); v != nil && !v.Node.IsZero() && !strings.Contains(v.Node.Source(), "AllowAny") && len(v.Items) > 0 {
			return v.Node.Span()
		}
	}
	return source.Span{}
}

// signed is where a webhook's handler looks at the signature of what it was sent.
func signed(handler syntax.Node) (at source.Span) {
	handler.Walk(func(n syntax.Node) bool {
		if at.IsZero() && n.Is(syntax.Call) {
			name := strings.ToLower(lastOf(n.Child(0)))
			if strings.Contains(name, "signature") || name == "compare_digest" || name == "construct_event" || strings.Contains(name, "timingsafeequal") {
				at = n.Span()
			}
		}
		return at.IsZero()
	})
	return at
}
