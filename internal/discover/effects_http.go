package discover

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// possibly marks an effect that a call may have, where nothing in the code says whether it does: it is neither yes nor no.
const possibly = "?"

// httpClients are the libraries by which programs speak HTTP with methods named after HTTP's own.
var httpClients = []string{"requests", "httpx", "aiohttp", "urllib3", "http.client", "axios", "got", "ky", "superagent"}

// httpVerb splits a name such as httpx.AsyncClient.post.json into the request (post) and what is done with the answer
// (json); false for names that are no request.
func httpVerb(name string) (verb, after string, ok bool) {
	for _, client := range httpClients {
		rest, is := strings.CutPrefix(name, client+".")
		if !is {
			continue
		}
		for rest != "" {
			var part string
			part, rest, _ = strings.Cut(rest, ".")
			switch part {
			case "post", "put", "patch", "delete", "request", "stream":
				return part, rest, true
			case "get", "head", "options", "interceptors":
				return "", "", false
			}
		}
	}
	return "", "", false
}

// httpEffects tells what a request does: whoever sends one also gets an answer, and reads it unless it is thrown away.
// False for calls that are no request, and for those that only read, which the tables know.
func httpEffects(r *code.Resolver, c code.Call, name string) ([]string, bool) {
	verb, after, ok := httpVerb(name)
	switch {
	case !ok:
		return nil, false
	case after != "": // a method of the answer
		if idleAnswer[after[strings.LastIndexByte(after, '.')+1:]] {
			return nil, true
		}
		return []string{"net-read"}, true
	case verb != "request" && verb != "stream":
		return sending(c.Node), true
	}
	method := c.Node.Argument("method")
	if first := c.Node.Child(1); method.IsZero() && !first.Is(syntax.Keyword, syntax.Spread) {
		method = first
	}
	if r.Eval(method).Is(code.Dict) { // axios.request({method, url})
		return configEffects(r, c, method), true
	}
	methods, fixed := methodsIn(r, c, method)
	return methodEffects(methods, fixed && !slices.Contains(methods, ""), c.Node), true
}

// methodsIn lists the methods that a request may be made with: those that the calls of a helper pass for it, or the one text
// that it is.
func methodsIn(r *code.Resolver, c code.Call, method syntax.Node) (methods []string, fixed bool) {
	if methods, fixed = c.Texts(method); fixed {
		return methods, true
	}
	text, fixed := r.Eval(method).Constant()
	return []string{text}, fixed
}

// configEffects is methodEffects for the options that JavaScript's clients take, whose method is GET unless they say.
func configEffects(r *code.Resolver, c code.Call, config syntax.Node) []string {
	if methods, fixed := c.Field(config, "method"); fixed {
		return methodEffects(methods, true, c.Node)
	}
	options := r.Eval(config)
	method := options.Get("method")
	if method == nil && options.Is(code.Dict) && !options.Open {
		return []string{"net-read"}
	}
	text, fixed := method.Constant()
	return methodEffects([]string{text}, fixed, c.Node)
}

// methodEffects tells by the methods of a request whether it sends. One that is only known when the program runs may; one
// that is left out is GET.
func methodEffects(methods []string, fixed bool, call syntax.Node) []string {
	if !fixed {
		return []string{"net-read", "net-write" + possibly}
	}
	reads, sends := false, false
	for _, method := range methods {
		switch strings.ToUpper(method) {
		case "", "GET", "HEAD", "OPTIONS":
			reads = true
		default:
			sends = true
		}
	}
	switch {
	case !sends:
		return []string{"net-read"}
	case reads:
		return []string{"net-read", "net-write"}
	}
	return sending(call)
}

// sending gives the effects of a request that sends: it also reads where its answer is used.
func sending(call syntax.Node) []string {
	if answerUsed(call) {
		return []string{"net-read", "net-write"}
	}
	return []string{"net-write"}
}

// idleAnswer are what one asks of an answer without reading what it says.
var idleAnswer = map[string]bool{
	"raise_for_status": true, "status_code": true, "status": true, "ok": true, "is_success": true, "is_error": true, "close": true,
	"aclose": true, "statusText": true, "reason": true, "reason_phrase": true, "elapsed": true, "release": true,
	"then": true, "catch": true, "finally": true, "StatusCode": true, "Status": true, "Close": true,
}

// answerUsed tells whether the program takes what a request returns for more than whether it went well.
func answerUsed(n syntax.Node) bool {
	for {
		up := n.Parent()
		switch up.Kind() {
		case syntax.ExprStmt:
			return false
		case syntax.Await:
		case syntax.Unary:
			if !up.TextIs("void") {
				return true
			}
		case syntax.Attr:
			call := up.Parent()
			calls := call.Is(syntax.Call) && call.Child(0) == up
			switch name := up.Text(); {
			case calls && (name == "catch" || name == "finally" || name == "raise_for_status"),
				calls && name == "then" && ignores(call.Child(1)),
				calls && (name == "send" || name == "set" || name == "query" || name == "timeout"): // superagent builds its requests so
				up = call
			case idleAnswer[name] && name != "then":
				return false
			default:
				return true
			}
		case syntax.WithItem:
			return up.Count() > 1 && nameUsed(up.Child(1))
		case syntax.Assign, syntax.AnnAssign, syntax.Walrus:
			target := up.Child(0)
			if target.Is(syntax.Tuple, syntax.List) && target.Count() > 0 { // Go: resp, err := http.Post(…)
				target = target.Child(0)
			}
			return up.Is(syntax.Walrus) || up.Is(syntax.Assign) && up.Count() > 2 && !inGo(up) || nameUsed(target)
		default:
			return true
		}
		n = up
	}
}

// ignores tells whether a function takes no parameter.
func ignores(f syntax.Node) bool { return f.Is(syntax.Lambda) && f.First(syntax.Param).IsZero() }

func inGo(n syntax.Node) bool { return n.Tree() != nil && n.Tree().Language == syntax.Go }

// nameUsed tells whether the function around a name asks it for more than whether a request went well.
func nameUsed(name syntax.Node) bool {
	if !name.Is(syntax.Name) {
		return true
	}
	if name.TextIs("_") {
		return false
	}
	around := name
	for !around.Parent().IsZero() && !around.Is(syntax.FuncDef, syntax.Lambda) {
		around = around.Parent()
	}
	used := false
	around.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name) && n.Text() == name.Text() && !bound(n) {
			up := n.Parent()
			if up.Is(syntax.Attr) && up.TextIs("Body") && up.Parent().Is(syntax.Attr) { // Go: resp.Body.Close()
				up = up.Parent()
			}
			used = used || (!up.Is(syntax.Attr) || !idleAnswer[up.Text()]) && !logged(n)
		}
		return !used
	})
	return used
}

// logs are methods by which a program writes a line of its log, and shapes what may stand around a name in such a line.
var (
	logs   = map[string]bool{"debug": true, "info": true, "warning": true, "warn": true, "error": true, "exception": true, "critical": true}
	logger = regexp.MustCompile(`(?i)(^|[._])(log|logger|logging)$`)
	shapes = map[string]bool{"str": true, "repr": true, "len": true, "bool": true, "type": true}
)

// logged tells whether a name stands in a line of the log and goes nowhere else: the log is no part of what is returned.
func logged(n syntax.Node) bool {
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		switch {
		case up.Is(syntax.Call) && up.Parent().Is(syntax.ExprStmt):
			callee := up.Child(0)
			return callee.Is(syntax.Attr) && logs[callee.Text()] && logger.MatchString(strings.TrimSuffix(callee.Child(0).Source(), "()"))
		case up.Is(syntax.Call) && !(up.Child(0).Is(syntax.Name) && shapes[up.Child(0).Text()]), up.Is(syntax.ExprStmt, syntax.Return, syntax.Assign, syntax.Block):
			return false
		}
	}
	return false
}

// bound tells whether a name is written to and not read.
func bound(n syntax.Node) bool {
	up := n.Parent()
	if up.Is(syntax.Tuple, syntax.List) && up.Parent().Is(syntax.Assign) {
		n, up = up, up.Parent()
	}
	switch up.Kind() {
	case syntax.Assign, syntax.AugAssign:
		return up.Child(-1) != n
	case syntax.AnnAssign, syntax.Walrus:
		return up.Child(0) == n
	case syntax.WithItem:
		return up.Child(0) != n
	}
	return false
}

// urllibEffects tells whether a request of urllib sends: it does when it is given data, or a method that says so.
func urllibEffects(r *code.Resolver, call syntax.Node) []string {
	if method := call.Argument("method"); !method.IsZero() {
		text, fixed := r.Eval(method).Constant()
		switch strings.ToUpper(text) {
		case "GET", "HEAD", "OPTIONS":
			return []string{"net-read"}
		}
		if !fixed {
			return []string{"net-read", "net-write" + possibly}
		}
		return []string{"net-read", "net-write"}
	}
	data := call.Argument("data")
	if second := call.Child(2); data.IsZero() && !second.Is(syntax.Keyword, syntax.Spread) {
		data = second
	}
	if data.IsZero() || data.Is(syntax.Null) {
		return []string{"net-read"}
	}
	return []string{"net-read", "net-write"}
}

// asksServer tells whether a call has an MCP server do or tell something: the answer is read from outside, and what else
// the server does is its own affair.
func asksServer(name string) bool {
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "call_tool", "read_resource", "get_prompt", "callTool", "readResource", "getPrompt", "CallTool", "ReadResource", "GetPrompt":
	default:
		return false
	}
	for _, client := range []string{
		"mcp.ClientSession.", "mcp.client.", "fastmcp.Client.", "fastmcp.client.", "@modelcontextprotocol/sdk/client",
		"@modelcontextprotocol/client", "github.com/modelcontextprotocol/go-sdk/mcp.Client", "github.com/modelcontextprotocol/go-sdk/mcp.NewClient",
		"github.com/mark3labs/mcp-go/client.",
	} {
		if strings.HasPrefix(name, client) {
			return true
		}
	}
	return false
}
