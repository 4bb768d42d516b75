package mcpserver

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// goRunners are functions that run a server, with its place among the arguments and the transport.
var goRunners = map[string]struct {
	position  int
	transport string
}{
	goMark + ".ServeStdio":                   {0, "stdio"},
	goMark + ".NewStdioServer":               {0, "stdio"},
	goMark + ".NewSSEServer":                 {0, "sse"},
	goMark + ".NewStreamableHTTPServer":      {0, "http"},
	goOfficial + ".NewStreamableHTTPHandler": {0, "http"},
	goOfficial + ".NewSSEHandler":            {0, "sse"},
}

// goTransport is the transport that a value of an SDK is.
func goTransport(v *code.Value) string {
	found := ""
	for _, one := range v.Each() {
		last := one.RefOf().Last()
		word := ""
		switch {
		case strings.Contains(last, "Stdio"):
			word = "stdio"
		case strings.Contains(last, "Logging"), strings.Contains(last, "InMemory"):
			continue
		case strings.Contains(last, "Streamable"):
			word = "http"
		case strings.Contains(last, "SSE"):
			word = "sse"
		}
		if found != "" && found != word {
			return ""
		}
		found = word
	}
	return found
}

// goRan records how a server is run.
func (x *pass) goRan(servers []discover.Ref, call syntax.Node, transport string) {
	for _, ref := range servers {
		x.tie(ref, call, discover.Running)
		x.goPackage(ref, call, discover.Running)
		if x.transports[ref.Key()] == nil {
			x.order = append(x.order, ref)
		}
		x.transports[ref.Key()] = append(x.transports[ref.Key()], said{transport, call.Span()})
	}
}

// goRuns is a call of a function that runs a server, or that guards one.
func (x *pass) goRuns(c code.Call) {
	if how, ok := goRunners[c.Callee.Name]; ok {
		x.goRan(x.goServed(c.Node.Child(1+how.position)), c.Node, how.transport)
		return
	}
	if c.Callee.Is("github.com/modelcontextprotocol/go-sdk/auth.RequireBearerToken") {
		// It wraps the handler of the servers that the same file serves.
		for _, other := range x.Code().Calls() {
			how, ok := goRunners[other.Callee.Name]
			if !ok || how.transport == "stdio" {
				continue
			}
			for _, ref := range x.goServed(other.Node.Child(1 + how.position)) {
				x.Control("access-control", ref, discover.Ref{}, model.Evidenced, c.Node.Span())
				x.Element(model.MCPServer, ref, "").FactBecause("exposed", model.No, "its handler checks a bearer token", c.Node.Span())
			}
		}
	}
}

// goServed are the servers that an argument is, or that a function gives for each request.
func (x *pass) goServed(n syntax.Node) []discover.Ref {
	if refs, _ := x.goServersAt(n); len(refs) > 0 {
		return refs
	}
	var refs []discover.Ref
	for _, fn := range x.Code().Eval(n).Each() {
		if !fn.Is(code.Function) {
			continue
		}
		fn.Node.Walk(func(m syntax.Node) bool {
			if m.Is(syntax.Return) {
				got, _ := x.goServersAt(m.Child(0))
				refs = append(refs, got...)
			}
			return true
		})
	}
	return refs
}
