package mcpserver

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// checking are the names under which a server is made with a check of who calls.
var checking = []string{"auth", "token_verifier", "auth_server_provider", "auth_provider", "auth_config"}

// guarded tells whether a server is made or run with something that may ask who calls.
func guarded(v *code.Value) bool {
	for _, key := range append([]string{"middleware", "middlewares"}, checking...) {
		if a := v.Arg(key, -1); a != nil && !a.Is(code.Null) {
			return true
		}
	}
	return false
}

// described are what is set on a server, or on its settings, and says nothing of who may call it.
var described = map[string]bool{
	"name": true, "title": true, "version": true, "instructions": true, "description": true, "website_url": true, "icons": true,
	"host": true, "port": true, "debug": true, "log_level": true, "json_response": true, "stateless_http": true, "mount_path": true,
	"sse_path": true, "message_path": true, "streamable_http_path": true, "warn_on_duplicate_tools": true,
	"warn_on_duplicate_resources": true, "warn_on_duplicate_prompts": true, "dependencies": true, "lifespan": true,
	"settings": true, "state": true, "tools": true, "resources": true, "prompts": true,
	"transport_security": true, // which names of this machine a browser may use
}

// addingVerbs are how the names of methods begin that put something on a server, and addingWords what is in others.
var (
	addingVerbs = []string{"set", "add", "use", "with", "enable", "enforce", "require", "configure", "install", "apply", "protect", "secure", "register"}
	addingWords = []string{"auth", "middleware", "guard", "verif"}
)

// adds tells by its name whether a method may put something on a server.
func adds(method string) bool {
	name := strings.ToLower(method)
	for _, verb := range addingVerbs {
		if rest, ok := strings.CutPrefix(name, verb); ok && (rest == "" || rest[0] == '_' || 'a' <= rest[0] && rest[0] <= 'z') {
			return true
		}
	}
	for _, word := range addingWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// offering are those of them that offer something.
var offering = regexp.MustCompile(`(?i)tool|resource|prompt|template|route|request_?handler|notification|capabilit|transform|extension|completion|provider|log`)

// barred says of the file's servers before which of them something may stand that asks who calls: what is set on them or
// put on them, and functions that are given one and cannot be read.
func (x *pass) barred() {
	if x.script() {
		return // only what listens by itself is open, and that is Python
	}
	x.Tree().Root().Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.List, syntax.Map: // what goes over the list may do anything with them
			if !n.Parent().Is(syntax.List, syntax.Map) {
				x.barAll(n)
			}
		case syntax.Assign:
			if base, attr := setOf(n.Child(0)); attr != "" && !described[attr] {
				refs, _ := x.servers(base)
				for _, ref := range refs {
					x.set(ref, attr, n)
				}
			}
		}
		return true
	})
	refuses := false
	for _, c := range x.Code().Calls() {
		refuses = refuses || looksAtCaller[c.Callee.Last()]
		x.barredBy(c)
	}
	if refuses {
		x.barAll(x.Tree().Root())
	}
}

// barredBy says of the servers that a call is given, or that it puts something on, that something may ask who calls.
func (x *pass) barredBy(c code.Call) {
	callee := c.Node.Child(0)
	if callee.Is(syntax.Attr) {
		if puts(callee, c.Callee) {
			x.bar(callee.Child(0))
		}
		if interesting[callee.Text()] {
			return
		}
	}
	if c.Callee.Def != nil {
		return // what the function does is read
	}
	asked := false
	for a := range c.Node.Children() {
		e := argumentOf(a)
		if a == callee || !e.Is(syntax.Name, syntax.Attr) {
			continue
		}
		if !asked && !unseen(callee, c.Callee) {
			return // it is known, no matter what it is given
		}
		asked = true
		x.bar(e)
	}
}

// bar says of the servers that an expression may be that something may ask who calls.
func (x *pass) bar(n syntax.Node) {
	refs, _ := x.servers(n)
	for _, ref := range refs {
		x.Bars(ref)
	}
}

// looksAtCaller are the functions by which what a server offers learns who calls: it may refuse by itself.
var looksAtCaller = map[string]bool{"get_http_headers": true, "get_http_request": true, "get_access_token": true}

// barAll says of all servers that part of a file names that something may ask who calls.
func (x *pass) barAll(part syntax.Node) {
	part.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name) && (part.Is(syntax.List, syntax.Map) || n.Parent().Is(syntax.Attr, syntax.Assign)) {
			x.bar(n)
		}
		return true
	})
}

// setOf is what an assignment sets something on, and under which name: mcp in mcp.auth = … and in mcp.settings.auth = ….
func setOf(to syntax.Node) (base syntax.Node, attr string) {
	if !to.Is(syntax.Attr) {
		return syntax.Node{}, ""
	}
	base = to.Child(0)
	if base.Is(syntax.Attr) && (base.TextIs("settings") || base.TextIs("_mcp_server")) {
		base = base.Child(0)
	}
	return base, to.Text()
}

// set is the setting of something on a server: a check that it might have been made with as well, or something that is
// not known and may be one.
func (x *pass) set(ref discover.Ref, attr string, n syntax.Node) {
	if described[attr] {
		return
	}
	v := x.Code().Eval(n.Child(-1))
	if v.Is(code.Null) {
		return
	}
	x.Bars(ref)
	if n.Child(0).Child(0).TextIs("settings") || !slices.Contains(checking, attr) || v.Is(code.Unknown) || v.Is(code.Choice) {
		return
	}
	x.checked(x.Element(model.MCPServer, ref, ""), n.Child(-1).Span())
}

// checked says that a server has a check of who calls.
func (x *pass) checked(e *discover.Element, at source.Span) {
	x.Control("access-control", e.Ref, discover.Ref{}, model.Evidenced, at)
	e.FactBecause("exposed", model.No, "it is made with a check of who calls", at)
}

// puts tells whether a method puts something on a server that may ask who calls; a method of the program is read itself.
func puts(callee syntax.Node, method code.Ref) bool {
	if method.Def != nil || interesting[callee.Text()] {
		return false
	}
	name := callee.Text()
	return adds(name) && (!offering.MatchString(name) || discover.MayAsk(name))
}

// unseen tells whether a function that is given a server may put something before it, and cannot be read.
func unseen(callee syntax.Node, function code.Ref) bool {
	return function.Def == nil && !discover.LeavesOpen(function, callee)
}

// argumentOf is the expression that an argument gives.
func argumentOf(n syntax.Node) syntax.Node {
	if n.Is(syntax.Keyword) {
		return n.Child(-1)
	}
	return n
}
