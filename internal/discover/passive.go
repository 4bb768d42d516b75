package discover

import (
	"regexp"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// passive are functions of libraries that are given an application or a server and put nothing before it that asks who
// calls: what serves it, tests it, watches it, describes it, and what lets browsers of other places call it.
var passive = []string{
	"builtins.**", "typing.**", "logging.**", "asyncio.**", "threading.**", "inspect.**", "contextlib.**", "functools.**", "nest_asyncio.**", "webbrowser.**", "pytest.**",
	// what serves it
	"uvicorn.**", "hypercorn.**", "gunicorn.**", "waitress.**", "granian.**", "daphne.**", "werkzeug.**", "mangum.**", "a2wsgi.**", "asgiref.**", "modal.**", "ray.**", "bentoml.**",
	"aiohttp.web.**", "starlette.routing.**", "starlette.staticfiles.**", "fastapi.staticfiles.**", "starlette.middleware.cors.**", "fastapi.middleware.cors.**",
	"socketio.**", "flask_socketio.**", "gevent.**", "eventlet.**",
	"http.createServer", "https.createServer", "http.Server", "node:http.**", "node:https.**", "http2.**", "express-ws.**", "serverless-http.**", "@vendia/serverless-express.**",
	"@hono/node-server.**", "hono/vercel.**", "hono/aws-lambda.**", "hono/cloudflare-pages.**", "socket.io.**", "ws.**", "vite-express.**", "console.**",
	// what tests it
	"fastapi.testclient.**", "starlette.testclient.**", "httpx.**", "asgi_lifespan.**", "aiohttp.test_utils.**", "supertest.**", "hono/testing.**", "light-my-request.**",
	// what watches it
	"prometheus_fastapi_instrumentator.**", "prometheus_client.**", "starlette_exporter.**", "opentelemetry.**", "logfire.**", "sentry_sdk.**", "ddtrace.**", "elasticapm.**", "newrelic.**", "langfuse.**",
	"@sentry/**",
	// what it works with
	"flask_cors.**", "aiohttp_cors.**", "sanic_cors.**", "quart_cors.**", "cors.**", "flask_compress.**", "flask_sqlalchemy.**", "flask_migrate.**", "flask_marshmallow.**", "flask_caching.**", "flask_mail.**",
	"flask_session.**", "aiohttp_session.**", "flask_limiter.**", "slowapi.**", "flask_talisman.**", "flask_bootstrap.**", "fastapi_pagination.**", "tortoise.**",
	"flask_jwt_extended.JWTManager", // offers decorators; the routes that bear none it leaves as they are
	// what describes it, or builds more upon it
	"flasgger.**", "flask_restful.**", "flask_restx.**", "flask_smorest.**", "flask_swagger_ui.**", "fastapi.openapi.**", "scalar_fastapi.**", "swagger-ui-express.**",
	"fastapi_mcp.**", "gradio.**", "nicegui.**", "chainlit.**", "langserve.**", "agent_framework_ag_ui.**", "agent_framework.ag_ui.**", "ag_ui*.**", "copilotkit.**",
}

// served are the SDKs of the servers themselves: of them what is named as a check may be one.
var served = []string{"mcp.**", "fastmcp.**"}

// mayAsk are words in the names of what may ask who calls.
var mayAsk = regexp.MustCompile(`(?i)auth|login|token|secret|guard|protect|secur|verif|permission|access|middleware|polic`)

// MayAsk tells whether by its name something may ask who calls.
func MayAsk(name string) bool { return mayAsk.MatchString(name) }

// LeavesOpen tells whether a function that stands in no file of the program, and that is given an application or server, is
// known to put nothing before it that asks who calls. Of others, whatever they are called, that is not known.
func LeavesOpen(ref code.Ref, callee syntax.Node) bool {
	switch {
	case ref.Is("builtins.setattr", "builtins.vars", "builtins.map"):
		return false
	case ref.Is(served...):
		return !mayAsk.MatchString(ref.Name)
	}
	return ref.Is(passive...) || ref.Name == "" && callee.Is(syntax.Name) && callee.TextIs("print")
}
