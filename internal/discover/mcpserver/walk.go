package mcpserver

import (
	"fmt"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/syntax"
)

// Bounds of following a server through the functions that it is given to.
const (
	deepest     = 6
	mostWalked  = 600
	mostOptions = 24 // functions that one call may be of
)

type walkKey struct {
	server string
	node   syntax.Node
	names  string
	calls  string // see running
}

// running is a function as it runs for one call: what its parameters are beside the server is what that call passes, so
// that a helper which goes over the modules it is given finds those of the call that is followed. The zero value is a
// function of which nobody asks who calls it.
type running struct {
	function *code.Value
	calls    string // the calls that lead there
}

// eval tells what an expression of the function is.
func (in running) eval(x *pass, n syntax.Node) *code.Value {
	if in.function == nil {
		return x.Code().Eval(n)
	}
	return in.function.Inside(n)
}

// run is a function that is given a server by a call of what runs. A call that passes the server alone tells no more.
func (in running) run(fn *code.Value, call syntax.Node) running {
	if !call.Is(syntax.Call) || call.Count() < 3 {
		return running{}
	}
	s := call.Span()
	return running{function: fn.Called(call, in.function), calls: fmt.Sprintf("%s %s:%d", in.calls, fileOf(call, ""), s.Start)}
}

// called goes through the calls of the file: what is registered on a server, which functions are given one, what runs.
func (x *pass) called() {
	for _, c := range x.Code().Calls() {
		callee := c.Node.Child(0)
		if callee.Is(syntax.Attr) && interesting[callee.Text()] {
			if refs, typed := x.servers(x.holder(callee)); len(refs) > 0 || typed {
				x.method(refs, c.Node, callee.Text(), running{})
				continue
			}
			if callee.TextIs("registerTool") && c.Node.Child(1).Is(syntax.String) && x.givenByNobody(callee.Child(0)) {
				x.method(nil, c.Node, callee.Text(), running{})
				continue
			}
		}
		x.handed(c)
	}
}

// givenByNobody tells whether a name is a parameter of JavaScript that no call which is seen passes anything for: a
// module that is loaded by its path registers its tools on whatever server it is given. The file imports an SDK, so what
// has registerTool is a server; types are not kept.
func (x *pass) givenByNobody(n syntax.Node) bool {
	if !x.script() || !n.Is(syntax.Name) || !x.Code().Eval(n).Is(code.Unknown) {
		return false
	}
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.FuncDef, syntax.Lambda) {
			continue
		}
		for p := range up.All(syntax.Param) {
			if p.TextIs(n.Text()) {
				return true
			}
		}
	}
	return false
}

// holder is the expression of the server in a call of one of its methods: server in server.tool(…), and in
// server.server.setRequestHandler(…), where the second is the low-level server inside of the first.
func (x *pass) holder(callee syntax.Node) syntax.Node {
	object := callee.Child(0)
	if object.Is(syntax.Attr) && (object.TextIs("server") || object.TextIs("_mcp_server")) {
		if refs, _ := x.servers(object); len(refs) == 0 {
			return object.Child(0)
		}
	}
	return object
}

// handed follows a function of the program that is given a server.
func (x *pass) handed(c code.Call) {
	if ref := c.Callee; ref.Def == nil && ref.Name != "" && !ref.Nameless() {
		return // it is no function of the program
	}
	var given []discover.Ref
	position, at := 0, syntax.Node{}
	for a := range c.Node.Children() {
		if a == c.Node.Child(0) {
			continue
		}
		e := a
		if a.Is(syntax.Keyword) {
			e = a.Child(0)
		}
		if e.Is(syntax.Name, syntax.Attr) {
			if refs, _ := x.servers(e); len(refs) > 0 {
				given, at = refs, a
				break
			}
		}
		if e.Is(syntax.Map) && x.script() { // f({ server, options })
			for pair := range e.All(syntax.Pair) {
				if v := pair.Child(1); v.Is(syntax.Name, syntax.Attr) {
					if refs, _ := x.servers(v); len(refs) > 0 {
						for _, ref := range refs {
							x.follow(ref, x.Code().Eval(c.Node.Child(0)), c.Node, binding{position: position, key: pair.Child(0).Text()}, running{}, 0)
						}
					}
				}
			}
		}
		position++
	}
	if len(given) == 0 {
		return
	}
	b := binding{position: position}
	if at.Is(syntax.Keyword) {
		b = binding{keyword: at.Text()}
	}
	callee := x.Code().Eval(c.Node.Child(0))
	for _, ref := range given {
		x.follow(ref, callee, c.Node, b, running{}, 0)
	}
}

// binding says which parameter of a function a server is given as.
type binding struct {
	position int
	keyword  string
	key      string // of an object of options
}

// follow looks for registrations in the functions that the callee of a call may be; the call stands in what runs.
func (x *pass) follow(server discover.Ref, callee *code.Value, call syntax.Node, b binding, in running, depth int) {
	for i, v := range callee.Each() {
		if i >= mostOptions || depth > deepest {
			return
		}
		switch {
		case v.Is(code.Class) && v.Ref.Def != nil:
			for _, name := range []string{"__init__", "constructor"} {
				if init := x.Code().Method(v.Ref.Def, name); init != nil {
					x.constructor(server, v.Ref.Def, init, b, depth)
					break
				}
			}
		case v.Is(code.Function) && v.Node.Is(syntax.FuncDef, syntax.Lambda):
			method := v.Self() != nil && !v.Node.Is(syntax.Lambda)
			if names := x.parameter(v.Node, b, method); len(names) > 0 {
				x.walk(server, v.Node, names, in.run(v, call), depth)
			}
		}
	}
}

// parameter gives the names that a function knows its argument by.
func (x *pass) parameter(function syntax.Node, b binding, method bool) []string {
	position := 0
	python := function.Tree().Language != syntax.TypeScript
	for p := range function.All(syntax.Param) {
		if method && python {
			method = false
			continue // self
		}
		if b.keyword != "" {
			if p.TextIs(b.keyword) {
				return []string{b.keyword}
			}
			continue
		}
		if position < b.position && p.Op() == 0 {
			position++
			continue
		}
		if b.key == "" {
			if p.Text() == "" {
				return nil
			}
			return []string{p.Text()}
		}
		if p.Text() != "" { // options.server
			return []string{p.Text() + "." + b.key}
		}
		for pair := range p.First(syntax.Map).All(syntax.Pair) {
			if pair.Child(0).TextIs(b.key) && pair.Child(1).Is(syntax.Name) {
				return []string{pair.Child(1).Text()}
			}
		}
		return nil
	}
	return nil
}

// constructor follows a server that an object is made with: into the constructor and, where it is kept as an
// attribute, into the methods.
func (x *pass) constructor(server discover.Ref, class, init *code.Def, b binding, depth int) {
	names := x.parameter(init.Node, b, true)
	if len(names) == 0 {
		return
	}
	x.walk(server, init.Node, names, running{}, depth)
	var kept []string
	init.Node.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Assign) && n.Child(0).Is(syntax.Attr) && n.Child(-1).Source() == names[0] {
			kept = append(kept, n.Child(0).Source())
		}
		return true
	})
	if len(kept) == 0 && init.Node.Tree().Language == syntax.TypeScript {
		kept = []string{"this." + names[0]} // constructor(private server: McpServer)
	}
	if len(kept) > 0 {
		for _, m := range x.Code().Methods(class) {
			x.walk(server, m.Node, kept, running{}, depth)
		}
	}
}

// inside looks through the methods of a class of servers, whose objects register tools on themselves.
func (x *pass) inside(server discover.Ref, class *code.Def) {
	for _, m := range x.Code().Methods(class) {
		self := "this"
		if m.Node.Tree().Language != syntax.TypeScript {
			self = m.Node.First(syntax.Param).Text()
		}
		if self != "" {
			x.walk(server, m.Node, []string{self}, running{}, 1)
		}
	}
}

// walk looks through a function for what is done with a server that it knows by some names.
func (x *pass) walk(server discover.Ref, function syntax.Node, names []string, in running, depth int) {
	key := walkKey{server.Key(), function, strings.Join(names, " "), in.calls}
	if x.walked[key] || len(x.walked) > mostWalked || depth > deepest {
		return
	}
	x.walked[key] = true
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	is := func(n syntax.Node) bool {
		if !n.Is(syntax.Name, syntax.Attr) {
			return false
		}
		s := n.Source()
		return known[s] || known[strings.TrimSuffix(s, ".server")] || known[strings.TrimSuffix(s, "!")]
	}
	servers := []discover.Ref{server}
	function.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.FuncDef:
			for d := range n.All(syntax.Decorator) {
				e := d.Child(0)
				callee := e
				if e.Is(syntax.Call) {
					callee = e.Child(0)
				}
				if callee.Is(syntax.Attr) && is(callee.Child(0)) {
					x.decorator(servers, x.Code().DefinitionOf(n), e, callee.Text())
				}
			}
		case syntax.Assign:
			t := n.Child(0)
			if t.Is(syntax.Name) && is(n.Child(-1)) {
				known[t.Text()] = true
			}
			if base, attr := setOf(t); is(base) {
				x.set(server, attr, n)
			}
		case syntax.Call:
			callee := n.Child(0)
			if callee.Is(syntax.Attr) && interesting[callee.Text()] && is(callee.Child(0)) {
				if !n.Parent().Is(syntax.Decorator) {
					x.method(servers, n, callee.Text(), in)
				}
				return true
			}
			if callee.Is(syntax.Attr) && is(callee.Child(0)) && puts(callee, x.Code().Resolve(callee)) {
				x.Bars(server)
			}
			position := 0
			for a := range n.Children() {
				if a == callee {
					continue
				}
				if is(argumentOf(a)) && unseen(callee, x.Code().Resolve(callee)) {
					x.Bars(server)
				}
				switch {
				case a.Is(syntax.Keyword) && is(a.Child(0)):
					x.follow(server, in.eval(x, callee), n, binding{keyword: a.Text()}, in, depth+1)
				case is(a):
					what := in.eval(x, callee)
					x.follow(server, what, n, binding{position: position}, in, depth+1)
					if callee.Is(syntax.Attr) && what.Is(code.Unknown) {
						x.loads(server, n, binding{position: position}, depth+1)
					}
				case a.Is(syntax.Map):
					for pair := range a.All(syntax.Pair) {
						if is(pair.Child(1)) {
							x.follow(server, in.eval(x, callee), n, binding{position: position, key: pair.Child(0).Text()}, in, depth+1)
						}
					}
				}
				position++
			}
		}
		return true
	})
}

// handlers finds servers that a wrapper makes and gives to a function.
func (x *pass) handlers() {
	for _, c := range x.Code().CallsTo(handlerNames...) {
		v := x.Code().Eval(c.Node)
		if !v.Is(code.Instance) {
			continue
		}
		ref := discover.Object(v)
		x.handlerServer(ref, c.Node)
		for _, fn := range x.Code().Eval(c.Node.Child(1)).Each() {
			x.follow(ref, fn, syntax.Node{}, binding{}, running{}, 0)
		}
	}
}
