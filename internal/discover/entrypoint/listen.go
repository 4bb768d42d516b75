package entrypoint

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

var (
	// servers start to listen; the host is their argument of that name, and nothing is said of one that names none.
	servers = []string{
		"uvicorn.run", "uvicorn.Config", "uvicorn.config.Config", "hypercorn.run", "waitress.serve", "aiohttp.web.run_app",
		"flask.**.run", "quart.**.run", "sanic.**.run", "bottle.run", "bottle.**.run",
	}
	// ownAddresses are reached from the machine itself only.
	ownAddresses = map[string]bool{"127.0.0.1": true, "localhost": true, "::1": true, "[::1]": true}
)

// listens reads on which addresses the file begins to listen.
func (x *pass) listens() {
	if discover.Script(x.Tree().Root()) {
		for _, c := range x.Code().CallsLike("http.**.listen", "express.**.listen") {
			callee := c.Node.Child(0)
			if !callee.Is(syntax.Attr) || !callee.TextIs("listen") {
				continue
			}
			host := c.Node.Child(2)
			if options := c.Node.Child(1); options.Is(syntax.Map) {
				if host = options.Argument("host"); host.IsZero() {
					host = options.Argument("hostname")
				}
			}
			x.Listens(x.own(host), c.Node.Span())
		}
		return
	}
	for _, c := range x.Code().CallsTo(servers...) {
		elsewhere := !c.Node.Argument("uds").IsZero() || !c.Node.Argument("fd").IsZero() // something else listens, and hands on
		x.Listens(!elsewhere && x.own(c.Node.Argument("host")), c.Node.Span())
	}
}

// own tells whether an expression can only be an address that the machine alone reaches. It has to stand in the code, at the
// call or under a name that nothing else is bound to: a setting, an option or a caller may have another.
func (x *pass) own(host syntax.Node) bool {
	if host.IsZero() || !x.Code().Written(host) {
		return false
	}
	for _, v := range x.Code().Eval(host).Each() {
		if text, ok := v.Constant(); !ok || !v.Is(code.String) || !ownAddresses[text] {
			return false
		}
	}
	return true
}
