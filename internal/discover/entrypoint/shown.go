package entrypoint

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// Senders of webhooks publish libraries that look at the signature of what they deliver. Most of their calls are told by
// their names (see sureCalls). These are not; and whoever hands the signature to a call that is not known has it looked
// at, perhaps.

// receivers are calls of libraries that refuse what is not signed.
var receivers = []string{
	"twilio.**.RequestValidator.validate", "twilio.RequestValidator.validate", "slack_sdk.signature.**.is_valid", "slack_bolt.**.SlackRequestHandler.handle", "slack_bolt.**.AsyncSlackRequestHandler.handle",
	"linebot.**.WebhookHandler.handle", "linebot.**.WebhookParser.parse", "linebot.WebhookHandler.handle", "linebot.WebhookParser.parse",
	"livekit.**.WebhookReceiver.receive", "livekit-server-sdk.WebhookReceiver.receive", "openai.**.webhooks.unwrap", "@linear/sdk/webhooks.**.parseData", "@linear/sdk.**.parseData", "@polar-sh/sdk/webhooks.validateEvent",
}

// checkers make what stands before a handler and refuses what is not signed.
var checkers = []string{"twilio.webhook", "twilio.default.webhook", "@line/bot-sdk.middleware", "@line/bot-sdk.default.middleware", "@octokit/webhooks.createNodeMiddleware"}

// proofParams are names of parameters by which a function is given what proves who sent something.
var proofParams = regexp.MustCompile(`(?i)(?:signature|^sig|auth_?header|secret_?token)$`)

// validating are names of calls that look at what they are given to prove who sent it.
var validating = regexp.MustCompile(`^(?:is_?)?valid|^verif|^check_?(?:sign|hmac|webhook)`)

// bare are calls that work on a text, or note it, and decide nothing.
var bare = []string{"builtins.**", "logging.**", "re.**", "json.**", "base64.**", "hashlib.**", "hmac.new", "binascii.**", "urllib.parse.**", "loguru.**", "structlog.**", "console.**", "JSON.**", "Buffer.**", "String", "Number", "Boolean"}

// bareNames are last names of such calls on objects that could not be followed, and of what adds to an answer.
var bareNames = regexp.MustCompile(`^(?:print|log|info|warn|warning|error|debug|exception|trace|append|push|add|get|set|has|split|join|replace|strip|trim|encode|decode|lower|upper|startswith|endswith|includes|update|digest|hexdigest|from|concat|format|test|match|stringify|parse|setheader|header|send|json|dict|keys|entries)$`)

// shown looks at a call that is not followed and is given what proves who somebody is.
func (s *scene) shown(n syntax.Node, name string) {
	callee := n.Child(0)
	ref := s.Code().Resolve(callee)
	if ref.Is(receivers...) || callee.Is(syntax.Attr) && lastOf(callee.Child(0)) == "authenticate" && name == "webhook" { // shopify.authenticate.webhook(request)
		s.ask(n)
		return
	}
	if ref.Is(bare...) || bareNames.MatchString(name) || ref.Def != nil && ref.Def.Kind != code.VarDef && ref.Def.Kind != code.FuncDef {
		return
	}
	for arg := range n.Children() {
		if arg == callee {
			continue
		}
		e := argumentOf(arg)
		all := e.Is(syntax.Attr) && e.TextIs("headers")
		switch {
		case !all && !s.proof(e):
		case validating.MatchString(name):
			s.ask(n)
		case !all || strings.Contains(strings.ToLower(callee.Source()), "hook"):
			s.may(n)
		}
	}
}

// proof tells whether an expression is what a request shows to prove who sent it.
func (s *scene) proof(e syntax.Node) bool {
	if !e.Is(syntax.Name) {
		return s.credential(e)
	}
	if s.proofs[e.Text()] {
		return true
	}
	for _, v := range s.locals[e.Text()] {
		found := s.credential(v)
		v.Walk(func(n syntax.Node) bool { // request.headers.get("X-Signature", "").strip()
			found = found || n.Is(syntax.Call, syntax.Subscript, syntax.Attr) && s.credential(n)
			return !found && !n.Is(syntax.FuncDef, syntax.Lambda)
		})
		if found {
			return true
		}
	}
	return false
}
