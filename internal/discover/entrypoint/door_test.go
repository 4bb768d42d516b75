package entrypoint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fermata/internal/discover/discovertest"
	"fermata/internal/discover/openaiagents"
	"fermata/internal/model"
)

// checked is what is said of how a program's only way in asks who calls.
func checked(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := discovertest.Scan(t, dir, Extractor, openaiagents.Extractor)
	for _, f := range out.System.Flows {
		if f.Kind == model.PromptFlow && f.Label != "" {
			if v := f.Facts["authenticated"].Value; v != "" {
				return v
			}
			return model.Unknown
		}
	}
	t.Fatalf("no way in was found among %d flows", len(out.System.Flows))
	return ""
}

const head = `from agents import Agent, Runner
from fastapi import FastAPI, Header, HTTPException, Request

app = FastAPI()
clerk = Agent(name="clerk", model="gpt-4o")
`

const scriptHead = `import express from "express";
import { Agent, run } from "@openai/agents";

const app = express();
const clerk = new Agent({ name: "clerk", model: "gpt-4o" });
`

// TestSigned holds which ways of looking at a delivery's signature count as a check: those that senders publish. That one is
// read or noted is none; one that is given to what cannot be read is perhaps looked at there.
func TestSigned(t *testing.T) {
	python := func(imports, body string) map[string]string {
		return map[string]string{"main.py": imports + "\n" + head + `

@app.post("/webhook/desk")
async def desk(request: Request, x_sender_signature: str = Header(default="")):
    body = await request.body()
` + "    " + strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n    ") + "\n    return await Runner.run(clerk, body.decode())\n"}
	}
	script := func(imports, before, body string) map[string]string {
		return map[string]string{
			"package.json": `{"name": "desk", "dependencies": {"express": "5", "@openai/agents": "1"}}`,
			"app.js":       imports + "\n" + scriptHead + `app.post("/webhook/desk", ` + before + `async (req, res) => {` + "\n" + body + "\n  res.send(await run(clerk, req.body.text));\n});\n",
		}
	}
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"twilio", python("from twilio.request_validator import RequestValidator", `
given = request.headers.get("X-Twilio-Signature", "")
if not RequestValidator("token").validate(str(request.url), await request.form(), given):
    return ""`), model.Yes},
		{"twilio, whatever the class is", python("", `
if not RequestValidator("token").validate(str(request.url), await request.form(), request.headers["X-Twilio-Signature"]):
    return ""`), model.Yes},
		{"twilio, noted", python("import logging", `
given = request.headers.get("X-Twilio-Signature", "")
logging.info("signed %s", str(given))`), model.No},
		{"validated without the signature", python("", `
if not Schema("order").validate(body):
    return ""`), model.No},
		{"stripe", python("import stripe", `stripe.Webhook.construct_event(body, request.headers["stripe-signature"], "secret")`), model.Yes},
		{"stripe, only parsed", python("import stripe", `stripe.Event.construct_from(body, "key")`), model.No},
		{"slack", python("from slack_sdk.signature import SignatureVerifier", `
if not SignatureVerifier("secret").is_valid(body, request.headers["x-slack-request-timestamp"], request.headers["x-slack-signature"]):
    return ""`), model.Yes},
		{"bolt", python("from bolt import bolt\nfrom slack_bolt.adapter.fastapi import SlackRequestHandler", `await SlackRequestHandler(bolt).handle(request)`), model.Yes},
		{"svix", python("from svix.webhooks import Webhook", `Webhook("whsec").verify(body, request.headers)`), model.Yes},
		{"svix, unwrapped", python("from standardwebhooks import Webhook", `order = client.webhooks.unwrap(body, request.headers)`), model.Unknown},
		{"headers printed", python("", `print(request.headers)`), model.No},
		{"discord", python("from nacl.signing import VerifyKey", `VerifyKey(b"key").verify(body, bytes.fromhex(x_sender_signature))`), model.Yes},
		{"github", python("import hashlib, hmac", `
mine = "sha256=" + hmac.new(b"key", body, hashlib.sha256).hexdigest()
if not hmac.compare_digest(mine, request.headers.get("X-Hub-Signature-256", "")):
    raise HTTPException(403)`), model.Yes},
		{"github, compared as text", python("import hashlib, hmac", `
mine = "sha256=" + hmac.new(b"key", body, hashlib.sha256).hexdigest()
theirs = request.headers.get("X-Hub-Signature-256", "").strip()
if mine != theirs:
    return ""`), model.Yes},
		{"github, computed only", python("import hashlib, hmac", `mine = "sha256=" + hmac.new(b"key", body, hashlib.sha256).hexdigest()`), model.No},
		{"telegram", python("", `
given = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
if given != "secret":
    return ""`), model.Yes},
		{"telegram, another header", python("", `
given = request.headers.get("User-Agent")
if given != "telegram":
    return ""`), model.No},
		{"line", python("from linebot import WebhookHandler", `WebhookHandler("secret").handle(body.decode(), request.headers["X-Line-Signature"])`), model.Yes},
		{"given on", python("from elsewhere import inbox", `inbox.take(body, request.headers.get("X-Sender-Signature"))`), model.Unknown},
		{"given on as a parameter", python("from elsewhere import inbox", `inbox.take(body, x_sender_signature)`), model.Unknown},
		{"body given on", python("from elsewhere import inbox", `inbox.take(body)`), model.No},
		{"another header given on", python("from elsewhere import inbox", `inbox.take(body, request.headers.get("X-Topic"))`), model.No},
		{"given on by a function", func() map[string]string {
			files := python("from elsewhere import fits", `
if not comes_from(body, request.headers.get("X-Sender-Signature")):
    return ""`)
			files["main.py"] += "\n\ndef comes_from(body, signature):\n    return fits(body, signature)\n"
			return files
		}(), model.Unknown},
		{"twilio's middleware", script(`import twilio from "twilio";`, "twilio.webhook(), ", ""), model.Yes},
		{"twilio's middleware, off", script(`import twilio from "twilio";`, "twilio.webhook({ validate: false }), ", ""), model.Unknown},
		{"twilio's request", script(`import twilio from "twilio";`, "", `if (!twilio.validateExpressRequest(req, "token")) return res.send("");`), model.Yes},
		{"shopify", script(`import crypto from "crypto";`, "", `const mine = crypto.createHmac("sha256", "key").update(req.rawBody).digest("base64");
  if (!shopify.auth.safeCompare(mine, req.headers["x-shopify-hmac-sha256"])) return res.send("");`), model.Yes},
		{"linear", script(`import { LinearWebhookClient } from "@linear/sdk/webhooks";`, "", `const event = new LinearWebhookClient("secret").parseData(req.rawBody, req.get("linear-signature"));`), model.Yes},
		{"script, noted", script("", "", `console.log(req.headers["x-twilio-signature"]);`), model.No},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := checked(t, c.files); got != c.want {
				t.Errorf("authenticated is %s, want %s", got, c.want)
			}
		})
	}
}

// TestHanded holds what is known of an application that is handed to a function: whatever cannot be read may put a check
// before its routes, libraries that are known to put none leave it open, and functions of the program are read.
func TestHanded(t *testing.T) {
	for _, c := range []struct {
		name, imports, before string
		want                  string
	}{
		{"nothing", "", "", model.No},
		{"another's function", "from lib import ready", "ready(app)", model.Unknown},
		{"another's function, by name", "from lib import ready", "ready(number=1, application=app)", model.Unknown},
		{"not given", "from lib import ready", "ready(clerk)", model.No},
		{"another's object", "from lib import Desk", "Desk().dress(app)", model.Unknown},
		{"origins of browsers", "from flask_cors import CORS", "CORS(app)", model.No},
		{"served", "import uvicorn", "uvicorn.run(app)", model.No},
		{"watched", "from prometheus_fastapi_instrumentator import Instrumentator", "Instrumentator().instrument(app).expose(app)", model.No},
		{"printed", "", "print(app)", model.No},
		{"read, and it asks nobody", "import own", "own.plain(app)", model.No},
		{"read, and it asks", "import own", "own.asking(app)", model.Yes},
		{"read, and it asks two functions on", "import own", "own.further(app)", model.Yes},
		{"read, and it hands it on", "import own", "own.onward(app)", model.Unknown},
		{"an object that asks", "import own", "own.Door(app).shut()", model.Yes},
		{"an object that asks nobody", "import own", "own.Sign(app)", model.No},
		{"something around it", "import own", "app.asgi_app = own.Wall(app.asgi_app)", model.Yes},
		{"something around it that cannot be read", "from lib import Wall", "app.asgi_app = Wall(app.asgi_app)", model.Unknown},
		{"something else set", "from lib import Wall", "app.title = Wall(app.title)", model.No},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{
				"main.py": c.imports + "\n" + head + c.before + "\n\n\n@app.post(\"/ask\")\nasync def ask(text: str):\n    return await Runner.run(clerk, text)\n",
				"own.py": `from fastapi import HTTPException
from lib import ready


def plain(app):
    app.title = "desk"


def asking(app):
    @app.middleware("http")
    async def known(request, call_next):
        if request.headers.get("x-key") != "key":
            raise HTTPException(401)
        return await call_next(request)


def further(app):
    asking(app)


def onward(app):
    ready(app)


class Door:
    def __init__(self, app):
        self.app = app

    def shut(self):
        self.app.add_middleware(Wall)


class Sign:
    def __init__(self, app):
        self.app = app

    def shown(self):
        return self.app.title


class Wall:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if dict(scope["headers"]).get(b"x-key") != b"key":
            raise HTTPException(401)
        await self.app(scope, receive, send)
`,
			}
			if got := checked(t, files); got != c.want {
				t.Errorf("authenticated is %s, want %s", got, c.want)
			}
		})
	}
}

// TestAnswered holds that what a route depends on, and that only says yes or no, asks nobody where nobody looks at what it says.
func TestAnswered(t *testing.T) {
	for _, c := range []struct {
		name, check, route, params, body string
		want                             string
	}{
		{"not looked at", "return x_key == KEY", "", ", known: bool = Depends(verify_key)", "", model.No},
		{"not looked at, for the route", "return hmac.compare_digest(x_key, KEY)", ", dependencies=[Depends(verify_key)]", "", "", model.No},
		{"not looked at, two ways out", "if x_key == KEY:\n        return True\n    return False", "", ", known: bool = Depends(verify_key)", "", model.No},
		{"looked at", "return x_key == KEY", "", ", known: bool = Depends(verify_key)", "if not known:\n        return None", model.Yes},
		{"it raises", "if x_key != KEY:\n        raise HTTPException(401)\n    return True", "", ", known: bool = Depends(verify_key)", "", model.Yes},
		{"it raises, for the route", "if x_key != KEY:\n        raise HTTPException(401)\n    return True", ", dependencies=[Depends(verify_key)]", "", "", model.Yes},
		{"what it calls may raise", "return check(x_key) == KEY", "", ", known: bool = Depends(verify_key)", "", model.Unknown},
		{"it gives whom it knows", "return users.get(x_key)", ", dependencies=[Depends(verify_key)]", "", "", model.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"main.py": "import hmac\nimport os\n\nfrom fastapi import Depends\nfrom lib import check, users\n" + head + `
KEY = os.environ["KEY"]


def verify_key(x_key: str = Header("")):
    ` + c.check + `


@app.post("/ask"` + c.route + `)
async def ask(text: str` + c.params + `):
    ` + c.body + `
    return await Runner.run(clerk, text)
`}
			if got := checked(t, files); got != c.want {
				t.Errorf("authenticated is %s, want %s", got, c.want)
			}
		})
	}
}
