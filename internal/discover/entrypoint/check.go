package entrypoint

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// How a piece of code asks who calls, from the strongest word to the weakest. Code that is not known to ask nobody may
// ask somebody: only what was read to the end counts as asking nobody.
type asking uint8

const (
	asksNobody  asking = iota // it was read, and nothing in it asks
	maybeAsks                 // something in it may ask, and could not be read
	canBeMissed               // it asks, and lets everybody through where nothing is configured or nothing is sent
	asks                      // it asks
)

// verdict is what a piece of code was found to do, with the place that shows it.
type verdict struct {
	asking asking
	at     source.Span // what asks; of a check that can be missed, where it is passed over
	why    string      // of a check that can be missed: when
}

// Words for when a check is passed over.
const (
	unset  = "nothing is configured"
	unsent = "what it looks at is not sent"
)

// sureCalls are names of calls that ask who calls, wherever they are defined. Lower case.
var sureCalls = regexp.MustCompile(`compare_?digest|timing_?safe|safe_?(?:compare|equal)|constant_?time|construct_?event|is_valid_request|validate_?(?:(?:express_?|incoming_?)?request(?:_?with_?body)?|token|signature|webhook|api_?key|secret|auth|jwt)$|signature|get_?server_?session|(?:^|_|get_?)current_?user|(?:require|ensure|enforce|assert)_?(?:auth|login|logged|admin|token|api_?key|session|user$)|verify_?(?:token|jwt|request|webhook|secret|api|key|auth|firebase|id_?token|access|session|user|password)|verifyidtoken|jwt_?verify|authenticate|check_?(?:auth|token|api_?key|secret|password|hmac)|login_required|getuser$|^currentuser$|^auth$|^verify$|getsession$|get_?user_?from`)

// likelyCalls are names of calls that may ask who calls. Lower case.
var likelyCalls = regexp.MustCompile(`verif|auth|permission|allowed|is_?admin|owner|login|token|secret|api_?key|credential|hmac|whitelist|allow_?list|guard|protect|session|trusted`)

// otherCalls are names that hold such a word and ask nobody: what signs in somewhere else, counts tokens, opens sessions
// of a database.
var otherCalls = regexp.MustCompile(`token_?(?:count|usage|limit|s$)|count_?tokens|num_?tokens|max_?tokens|(?:^|_)(?:session_?local|async_?session|session_?maker|client_?session|db_?session|get_?db|get_?session_?id|create_?session|new_?session|session_?service)|create_?(?:access_?)?token|sign_?token|generate_?token|author$|authors|set_?signature|create_?signature|sign(?:ed)?_?url|signature\b.*inspect|inspect|authorization_?url|authorize_?url`)

// secretNames are the last part of names of what proves who somebody is.
var secretNames = regexp.MustCompile(`(?i)(?:secret|token|api_?key|apikey|signature|sig|password|passwd|digest|hmac|credential|authorization|auth|auth_?header|bearer|key_?hash|x_?key)s?$`)

// credentialHeaders are names of headers and cookies that prove who somebody is.
var credentialHeaders = regexp.MustCompile(`(?i)auth|sign|token|key|secret|cookie|session|hmac|digest|credential`)

// harmless are names of what frameworks put before all routes and that asks nobody. Lower case, without marks.
var harmless = regexp.MustCompile(`^(?:cors|corsmiddleware|gzip|gzipmiddleware|trustedhost|trustedhostmiddleware|httpsredirectmiddleware|sessionmiddleware|proxyheadersmiddleware|correlationidmiddleware|requestidmiddleware|sentryasgimiddleware|opentelemetrymiddleware|prometheusmiddleware|slowapimiddleware|brotlimiddleware|helmet|morgan|compression|json|urlencoded|raw|text|static|cookieparser|bodyparser|ratelimit|ratelimiter|slowdown|session|expresssession|cookiesession|createproxymiddleware|proxy|pinohttp|pino|logger|expresswinston|responsetime|timeout|favicon|methodoverride|multer|swaggerui|serve|setup|secureheaders|prettyjson|requestid|timing|etag|poweredby|trimtrailingslash|logger|expresswinstonlogger|expresslogger|i18n|expressws|nocache|hpp|flash|formbody|multipart|websocket|swagger|servestatic|staticfiles|notfound|errorhandler)$`)

// passages are words by which a database, a setting or a service is handed to a handler: a dependency that asks nobody.
var passages = regexp.MustCompile(`(?:^|_)(?:db|database|session|sessionlocal|settings|config|service|services|client|repo|repository|store|cache|redis|engine|manager|agent|graph|model|llm|logger|request|pagination|params|background|bus|queue|context|registry|runner|orchestrator)s?$`)

// rejections are statuses that say to a caller that nobody knows him.
func rejects(n syntax.Node) bool { return n.Is(syntax.Number) && (n.TextIs("401") || n.TextIs("403")) }

// rejecting are parts of names of errors and answers that say it.
var rejecting = regexp.MustCompile(`(?i)unauthori[sz]ed|forbidden|permissiondenied|notauthenticated|authenticationfailed|autherror|authenticationerror|HTTP_40[13]`)

// word is what the name of a call says.
type word struct {
	sure    bool // it asks who calls, wherever it is defined
	may     bool // it may ask
	likely  bool // it may ask, and hands over nothing that handlers need
	other   bool // it asks nobody, though it sounds so
	rejects bool // it says to a caller that nobody knows him
}

// wordOf tells what the name of a call says, as [callName] gives it. A repository has a few names for all its calls.
func (x *pass) wordOf(name string) word {
	return discover.ToldOfText(x.Pass, "entrypoint", name, func() word {
		other := otherCalls.MatchString(name)
		may := !other && likelyCalls.MatchString(name)
		return word{
			sure: !other && sureCalls.MatchString(name), other: other, rejects: rejecting.MatchString(name),
			may: may, likely: may && !passages.MatchString(name),
		}
	})
}

// call is a call's last name, in lower case and without underscores at its beginning.
func callName(n syntax.Node) string {
	callee := n.Child(0)
	if callee.Is(syntax.Call) { // requireRole("admin")(handler)
		callee = callee.Child(0)
	}
	return strings.TrimLeft(strings.ToLower(callee.Text()), "_")
}

// header is the name of the header or cookie that an expression reads of a request; "" for others.
func (x *pass) header(n syntax.Node) string {
	switch n.Kind() {
	case syntax.Call:
		callee := n.Child(0)
		if !callee.Is(syntax.Attr) {
			return ""
		}
		switch callee.Text() {
		case "get", "header", "getHeader", "get_header", "getlist":
		default:
			return ""
		}
		object := strings.ToLower(callee.Child(0).Source())
		key, ok := x.Code().Eval(n.Child(1)).Constant()
		if !ok || callee.TextIs("get") && !strings.Contains(object, "headers") && !strings.Contains(object, "cookies") && !strings.HasSuffix(object, "meta") && !(object == "req" || object == "request" || object == "ctx") {
			return ""
		}
		return key
	case syntax.Subscript:
		if object := strings.ToLower(n.Child(0).Source()); strings.HasSuffix(object, "headers") || strings.HasSuffix(object, "cookies") || strings.HasSuffix(object, ".meta") {
			key, _ := x.Code().Eval(n.Child(1)).Constant()
			return key
		}
	case syntax.Attr:
		if object := strings.ToLower(n.Child(0).Source()); strings.HasSuffix(object, "headers") || strings.HasSuffix(object, "cookies") {
			return n.Text()
		}
	}
	return ""
}

// credential tells whether an expression reads a header or cookie that proves who somebody is.
func (x *pass) credential(n syntax.Node) bool {
	h := x.header(n)
	return h != "" && credentialHeaders.MatchString(h)
}

// body is what a function does: its block, or the expression of an arrow function.
func bodyOf(fn syntax.Node) syntax.Node {
	if block := fn.First(syntax.Block); !block.IsZero() {
		return block
	}
	if fn.Is(syntax.Lambda) {
		return fn.Child(-1)
	}
	return syntax.Node{}
}

// inner is the function that a decorator or a maker of middleware gives back: that one is called for each request.
func inner(fn syntax.Node) syntax.Node {
	found := syntax.Node{}
	named := map[string]syntax.Node{}
	body := bodyOf(fn)
	if body.Is(syntax.Lambda) {
		return body
	}
	for statement := range body.Children() {
		switch {
		case statement.Is(syntax.FuncDef):
			named[statement.Text()] = statement
		case statement.Is(syntax.Assign) && statement.Child(-1).Is(syntax.Lambda):
			named[statement.Child(0).Text()] = statement.Child(-1)
		case statement.Is(syntax.Return):
			switch value := statement.Child(0); {
			case value.Is(syntax.Lambda):
				found = value
			case value.Is(syntax.Name):
				found = named[value.Text()]
			}
		}
	}
	return found
}

// gate judges what stands before a handler: a dependency, a decorator, a middleware.
func (x *pass) gate(n syntax.Node) verdict {
	callee := n
	if n.Is(syntax.Call) {
		callee = n.Child(0)
	}
	name := strings.ToLower(callee.Text())
	for _, v := range x.Code().Eval(callee).Each() {
		var fn syntax.Node
		switch {
		case v.Is(code.Function) && v.Ref.Def != nil:
			fn = v.Ref.Def.Node
		case v.Is(code.Function):
			fn = v.Node
		case v.Is(code.Class) && v.Ref.Def != nil:
			fn = x.called(v.Ref.Def)
		case v.Is(code.Instance) && v.Ref.Def != nil && v.Ref.Def.Kind == code.ClassDef:
			fn = x.called(v.Ref.Def)
		case v.Is(code.Instance) && v.Call == n: // made by a library
		}
		if fn.IsZero() || bodyOf(fn).IsZero() {
			continue
		}
		if made := inner(fn); !made.IsZero() {
			fn = made
		}
		found := x.judge(fn, true)
		if found.asking == asksNobody && x.wordOf(name).likely {
			found = verdict{asking: maybeAsks, at: n.Span()} // by its name it asks, and nothing that was read does
		}
		if found.at.IsZero() {
			found.at = n.Span()
		}
		if found.asking == asks {
			found.at = n.Span()
		}
		return found
	}
	plain := strings.NewReplacer("_", "", "-", "").Replace(name)
	switch {
	case n.Is(syntax.Call) && x.Code().Resolve(callee).Is(checkers...) && x.Code().Eval(n.Child(1)).Get("validate").Str() != "false":
		return verdict{asking: asks, at: n.Span()}
	case checking(name) && !harmless.MatchString(plain) && !otherCalls.MatchString(name): // what it is given says nothing
		return verdict{asking: asks, at: n.Span()}
	case harmless.MatchString(plain) || passages.MatchString(name):
		return verdict{}
	}
	return verdict{asking: maybeAsks, at: n.Span()}
}

// called is the method of a class that is called for each request.
func (x *pass) called(class *code.Def) syntax.Node {
	for _, name := range []string{"dispatch", "__call__", "canActivate", "use", "process_request"} {
		if m := x.Code().Method(class, name); m != nil && m.Node.Is(syntax.FuncDef) {
			return m.Node
		}
	}
	return syntax.Node{}
}

// judge reads a function that is called for a request and says how it asks who calls. Of a gate the answer lets
// through; a handler answers the request itself.
func (x *pass) judge(fn syntax.Node, gate bool) verdict {
	key := judged{fn, gate}
	if v, ok := x.verdicts[key]; ok {
		return v
	}
	if x.verdicts == nil {
		x.verdicts = map[judged]verdict{}
	}
	x.verdicts[key] = verdict{asking: maybeAsks} // while it is being read, and in a circle
	v := x.read(fn, gate)
	x.verdicts[key] = v
	return v
}

type judged struct {
	fn   syntax.Node
	gate bool
}

func (x *pass) read(fn syntax.Node, gate bool) verdict {
	all := x.play(fn, gate, scenarioAny)
	switch {
	case all.asks.IsZero() && all.maybe.IsZero():
		return verdict{}
	case all.asks.IsZero():
		return verdict{asking: maybeAsks, at: all.maybe}
	}
	for _, s := range []scenario{scenarioUnset, scenarioUnsent} {
		if found := x.play(fn, gate, s); found.asks.IsZero() && found.maybe.IsZero() && !found.skipped.IsZero() {
			return verdict{asking: canBeMissed, at: found.skipped, why: s.why()}
		}
	}
	return verdict{asking: asks, at: all.asks}
}
