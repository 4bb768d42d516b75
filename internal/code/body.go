package code

import (
	"strings"

	"fermata/internal/syntax"
)

// Bounds of what a function is held to do.
const (
	bodyDepth = 5
	bodyCalls = 400
	bodyWalks = 600 // functions walked, again with further parameters that count
)

func (r *Resolver) bodyWalk() *bodyWalk {
	return &bodyWalk{
		r: r, names: map[string]int{}, given: map[syntax.Node]given{}, filled: map[syntax.Node]filling{}, called: map[syntax.Node]bool{},
		trail: new([]passage), complete: true,
	}
}

func (r *Resolver) bodyOf(def *Def) Body {
	b := r.bodyWalk()
	if def != nil {
		start := given{}
		for p := range def.Node.All(syntax.Param) {
			if name := p.Text(); !ambient[name] && !receives(def.Node, p) {
				start[name] = typed(p)
			}
		}
		b.passed(def.Node, syntax.Node{}, nil)
		b.def(def, 0, start)
	}
	return b.body()
}

// bodyAt is [Resolver.BodyAt].
func (r *Resolver) bodyAt(n syntax.Node, more []string) Body {
	b := r.bodyWalk()
	if n.IsZero() {
		return b.body()
	}
	from, outermost := given{}, n
	for _, name := range more {
		from[name] = anything
	}
	for f := n; !f.IsZero(); f = f.Parent() {
		if f.Is(syntax.FuncDef, syntax.Lambda) {
			outermost = f
			for p := range f.All(syntax.Param) {
				if name := p.Text(); name == "" {
					take(p.Child(0), from)
					for name := range session { // execute: async ({ context, runtimeContext }) => …
						delete(from, name)
					}
				} else if !ambient[name] && !receives(f, p) {
					from[name] = typed(p)
				}
			}
		}
	}
	b.block(n, 0, b.r.spread(outermost, from), from)
	return b.body()
}

// receives tells whether a parameter is the receiver of a method of Go.
func receives(function, p syntax.Node) bool {
	return goMethod(function) && function.First(syntax.Param) == p
}

func (b *bodyWalk) body() Body {
	return Body{Calls: b.calls, Unknown: b.unknown, Complete: b.complete && len(b.unknown) == 0}
}

// ambient are the names of parameters that a framework fills in, and not who calls.
var ambient = map[string]bool{
	"self": true, "cls": true, "ctx": true, "context": true, "config": true, "runtime": true, "state": true, "run_manager": true,
	"callback_manager": true, "callbacks": true, "tool_context": true, "run_context": true, "store": true, "session": true, "db": true,
	"runtimeContext": true, "requestContext": true, "runContext": true,
}

// session are the parts of what a framework of JavaScript hands a tool that the model has no part in.
var session = map[string]bool{
	"runtimeContext": true, "requestContext": true, "runContext": true, "experimental_context": true, "tracingContext": true, "abortSignal": true, "toolCallId": true,
}

// given is the names in a function that hold something of what its caller gave, and what they may hold.
type given map[string]Alphabet

// typed is what a parameter may hold by its type, which frameworks hold callers to: a number is no text.
func typed(p syntax.Node) Alphabet {
	e := p.First(syntax.Annotation).Child(0)
	switch {
	case e.Is(syntax.Name) && (e.TextIs("int") || e.TextIs("float") || e.TextIs("bool")):
		return 0
	case e.Is(syntax.Subscript) && e.Child(0).TextIs("Literal"):
		return 0
	}
	return anything
}

// bodyWalk walks a function and the functions of the program that it calls, and keeps track of where the caller's
// arguments go: through assignments, containers, attributes and further calls, without regard to the order of
// statements. It errs on the side of saying that an argument got somewhere.
type bodyWalk struct {
	r        *Resolver
	calls    []Call
	unknown  []Call
	names    map[string]int // callee → its place in calls
	given    map[syntax.Node]given
	filled   map[syntax.Node]filling // parameters of functions that were called
	called   map[syntax.Node]bool    // parameters that are called
	trail    *[]passage              // how it came to functions: see [Call.Words]
	within   syntax.Node             // the function that is walked
	heirs    map[syntax.Node][]*Def  // methods → classes of the objects that inherit them and were called on
	walks    int
	complete bool
}

func (b *bodyWalk) def(def *Def, depth int, from given) {
	known, walked := b.given[def.Node]
	if walked && !grows(known, from) {
		return
	}
	if known == nil {
		known = given{}
		b.given[def.Node] = known
	}
	for name, a := range from {
		known[name] |= a
	}
	b.walks++
	if depth > bodyDepth || len(b.calls) > bodyCalls || b.walks > bodyWalks {
		b.complete = false
		return
	}
	if def.Kind == ClassDef {
		for _, m := range b.r.Methods(def) {
			inside := given{}
			for p := range m.Node.All(syntax.Param) {
				if name := p.Text(); !ambient[name] && !receives(m.Node, p) {
					inside[name] = typed(p)
				}
			}
			b.passed(m.Node, syntax.Node{}, nil)
			b.def(m, depth, inside)
		}
		return
	}
	defer func(outer syntax.Node) { b.within = outer }(b.within)
	b.within = def.Node
	b.wrapped(def, depth)
	for block := range def.Node.All(syntax.Block) {
		holds := b.r.spread(block, known)
		b.block(block, depth, holds, known)
	}
	if e := def.Node.Child(-1); def.Node.Is(syntax.Lambda) && !e.Is(syntax.Block) {
		b.block(e, depth, known, known)
	}
}

// passed notes how the walk came to a function.
func (b *bodyWalk) passed(function, call syntax.Node, by *checks) {
	*b.trail = append(*b.trail, passage{function, call, by})
}

func grows(known, more given) bool {
	for name, a := range more {
		if before, ok := known[name]; !ok || a&^before != 0 {
			return true
		}
	}
	return false
}

// spread adds the local names that take over something of what was given.
func (r *Resolver) spread(block syntax.Node, from given) given {
	holds := given{}
	for name, a := range from {
		holds[name] = a
	}
	if len(from) == 0 {
		return holds
	}
	for range 4 { // enough for the longest chain of assignments that reads against the order of the text
		before := len(holds)
		block.Walk(func(n syntax.Node) bool {
			switch n.Kind() {
			case syntax.Assign, syntax.AnnAssign, syntax.AugAssign, syntax.Walrus, syntax.WithItem:
				value := n.Child(-1)
				if n.Is(syntax.WithItem) {
					value = n.Child(0)
				}
				if touches(value, holds) {
					for target := range n.Children() {
						if target != value && !target.Is(syntax.Annotation) {
							take(target, holds)
						}
					}
					if n.Is(syntax.WithItem) && n.Count() > 1 {
						take(n.Child(1), holds)
					}
				}
			case syntax.For, syntax.CompFor:
				if touches(n.Child(1), holds) {
					take(n.Child(0), holds)
				}
			case syntax.Call: // things.append(given) puts it into things
				if callee := n.Child(0); callee.Is(syntax.Attr) && !lookups[callee.Text()] && !asksPart(callee) && argued(n, holds) && !r.brought(callee.Child(0)) {
					take(callee.Child(0), holds)
				}
			}
			return true
		})
		if len(holds) == before {
			break
		}
	}
	return holds
}

// asksPart tells whether a method is one of the object itself, or of a part of it that is asked and not filled: that
// this.search.find(given) is asked something puts nothing into this.endpoint. The object's own methods are walked themselves.
func asksPart(callee syntax.Node) bool {
	root := callee.Child(0)
	for root.Is(syntax.Attr) {
		root = root.Child(0)
	}
	if !root.Is(syntax.Name) || !root.TextIs("self") && !root.TextIs("this") {
		return false
	}
	return callee.Child(0) == root || !fills[callee.Text()]
}

// fills are methods that put what they are given into what they are called on.
var fills = map[string]bool{
	"append": true, "extend": true, "insert": true, "add": true, "push": true, "unshift": true, "set": true, "put": true, "update": true, "write": true,
	"appendleft": true, "setdefault": true, "concat": true, "assign": true, "merge": true, "enqueue": true,
}

// brought tells whether a name is one that the file imports: nothing is put into it by a call.
func (r *Resolver) brought(n syntax.Node) bool {
	for n.Is(syntax.Attr) {
		n = n.Child(0)
	}
	if !n.Is(syntax.Name) || inGo(n) {
		return false
	}
	if bindings, ok := r.scope(outerScope(n)).names[n.Text()]; ok && binds(bindings) {
		return bindings[0].kind == bindImport || bindings[0].kind == bindFrom
	}
	bindings, ok := r.at(n).top.names[n.Text()]
	return ok && len(bindings) > 0 && (bindings[0].kind == bindImport || bindings[0].kind == bindFrom)
}

// take notes the names that a target binds; an attribute or item of a name counts for the name.
func take(target syntax.Node, holds given) {
	switch target.Kind() {
	case syntax.Name:
		holds[target.Text()] = anything
	case syntax.Attr, syntax.Subscript:
		take(target.Child(0), holds)
	case syntax.Tuple, syntax.List, syntax.Spread, syntax.Map:
		for c := range target.Children() {
			take(c, holds)
		}
	case syntax.Pair: // JavaScript: const { key: name } = given
		take(target.Child(1), holds)
	}
}

// touches tells whether an expression reads one of the names.
func touches(n syntax.Node, holds given) bool {
	found := false
	n.Walk(func(c syntax.Node) bool {
		if c.Is(syntax.Name) {
			_, held := holds[c.Text()]
			found = found || held
		}
		return !found
	})
	return found
}

// argued tells whether one of a call's arguments does.
func argued(call syntax.Node, holds given) bool {
	first := true
	for c := range call.Children() {
		if !first && touches(c, holds) {
			return true
		}
		first = false
	}
	return false
}

// block walks a part of a function: holds is what takes part in what its caller gave, from what that was.
func (b *bodyWalk) block(block syntax.Node, depth int, holds, from given) {
	c := b.r.checks(block, holds, from)
	c.trail = b.trail
	who := whoAsks{holds: holds}
	block.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) || len(b.calls) > bodyCalls {
			return true
		}
		callee := n.Child(0)
		v := b.meant(b.callee(callee), n)
		ref := refOf(v)
		parameter := parameterOf(callee)
		b.called[parameter] = true
		call := Call{Node: n, Callee: ref, Value: v, Driven: touches(n, holds), Depth: depth, Own: who.in(n)}
		call.Bound = call.Own || call.Driven && ref.Name != "" && ref.Def == nil && who.bound(n)
		if call.Driven && ref.Name != "" {
			call.checks = c
		}
		b.callbacks(n, ref.Def, depth, call.Driven)
		if b.filled[parameter] == doubt { // who calls this function passes something else, too
			b.unknown = append(b.unknown, call)
		}
		if b.filled[parameter] == sure { // what calls pass for it was walked where they stand
			return true
		}
		b.follow(call, v, ref, block, c)
		if parameter.IsZero() {
			b.others(call, v, ref, block, c)
		}
		return true
	})
}

// follow goes into what a call calls, or keeps the call.
func (b *bodyWalk) follow(call Call, v *Value, ref Ref, block syntax.Node, c *checks) {
	n := call.Node
	switch {
	case n.Op() == 2 && inGo(n): // T{…} does nothing
	case v.Kind == Function && abstract(v.Node):
		b.unknown = append(b.unknown, call)
	case ref.Def != nil && ref.Def.Kind == FuncDef:
		b.passed(ref.Def.Node, n, c)
		b.def(ref.Def, call.Depth+1, b.inherited(v, ref.Def, c.handed(n, ref.Def)))
		b.ownMethods(call, ref.Def, c)
		if Asks(ref.Def) { // an interface's method: what its subclasses do
			meant := b.r.Overrides(ref.Def)
			for _, m := range meant {
				b.passed(m.Node, n, c)
				b.def(m, call.Depth+1, c.handed(n, m))
			}
			if len(meant) == 0 || b.r.ofProtocol(ref.Def) { // there may be others
				b.unknown = append(b.unknown, call)
			}
		}
	case ref.Def != nil && ref.Def.Kind == ClassDef:
		if init := b.r.method(ref.Def, "__init__"); init != nil {
			from := c.handed(n, init)
			if len(from) > 0 {
				from["self"] = anything
			}
			b.passed(init.Node, n, c)
			b.def(init, call.Depth+1, from)
		}
		b.made(call, ref.Def, c)
		for _, name := range b.r.OutsideBases(ref.Def) {
			if name != "builtins.object" {
				b.outside(Call{Node: n, Callee: Ref{Name: name}, Value: v, Driven: call.Driven, Depth: call.Depth, Own: call.Own, Bound: call.Bound, more: call.Given()})
			}
		}
	case v.Kind == Function && v.Node.Is(syntax.Lambda) && !within(v.Node, block): // const helper = (x) => …
		def := &Def{Kind: FuncDef, Name: "lambda", Module: b.r.at(v.Node).module, Node: v.Node}
		b.passed(def.Node, n, c)
		b.def(def, call.Depth+1, c.handed(n, def))
	case ref.Name != "" && ref.Name != "lambda":
		b.outside(call)
	case v.Kind == Function: // a lambda or local function: its body stands here too
	case harmless(n):
	default:
		b.unknown = append(b.unknown, call)
	}
}

// ofOwn tells whether a callee is what the object itself holds. Each object of a class holds a function of its own there, and
// which one is meant depends on the object.
func ofOwn(callee syntax.Node) bool {
	return callee.Is(syntax.Attr) && (callee.Child(0).TextIs("self") || callee.Child(0).TextIs("this"))
}

// callee finds what a call calls.
func (b *bodyWalk) callee(n syntax.Node) *Value {
	v := b.r.glance(n)
	if v.Kind == Unknown && v.Ref.Name == "" { // what the function's callers pass, and what is in it, may tell
		if whole := b.r.eval(n, nil); whole.Kind != Unknown {
			return whole
		}
	}
	return v
}

// handed gives the parameters of a function that a call fills with something of what was given, and what that may hold.
func (c *checks) handed(call syntax.Node, def *Def) given {
	out := given{}
	var params []syntax.Node
	for p := range def.Node.All(syntax.Param) {
		params = append(params, p)
	}
	give := func(p string, e syntax.Node) {
		if l, held := c.of(e); held {
			out[p] |= l.alphabet
			for pair := range c.r.objectOf(call, e).All(syntax.Pair) {
				if _, held := c.of(pair.Child(-1)); !held && pair.Child(0).Is(syntax.Name, syntax.String) {
					out[codes(p, pair.Child(0).Text())] = 0
				}
			}
		}
	}
	callee := call.Child(0)
	if len(params) > 0 && (params[0].TextIs("self") || params[0].TextIs("cls") || receives(def.Node, params[0])) {
		if callee.Is(syntax.Attr) {
			give(params[0].Text(), callee.Child(0))
		}
		params = params[1:]
	}
	place, first := 0, true
	for a := range call.Children() {
		if first {
			first = false
			continue
		}
		switch {
		case a.Is(syntax.Keyword):
			give(a.Text(), a)
		case a.Is(syntax.Spread):
			for _, p := range params {
				give(p.Text(), a)
			}
		default:
			if place < len(params) {
				give(params[place].Text(), a)
			}
			if place < len(params)-1 || (place < len(params) && params[place].Op() == 0) {
				place++
			}
		}
	}
	return out
}

// codes is the mark, among what a function was given, of a field of a parameter that the code itself filled in. It is no name.
func codes(param, field string) string { return "\x00" + param + "." + field }

// objectOf is the object that an argument writes out, or that a variable of the function was set to; the zero Node for others.
func (r *Resolver) objectOf(call, e syntax.Node) syntax.Node {
	if e.Is(syntax.Keyword) {
		e = e.Child(-1)
	}
	if !e.Is(syntax.Name) {
		if e.Is(syntax.Map) {
			return e
		}
		return syntax.Node{}
	}
	for up := call; !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef, syntax.Lambda) {
			return r.objectsIn(up)[e.Text()]
		}
	}
	return syntax.Node{}
}

// objectsIn gives the objects that a function writes out and sets variables to, the first of each variable.
func (r *Resolver) objectsIn(function syntax.Node) map[string]syntax.Node {
	found, ok := r.writtenOut[function]
	if !ok {
		function.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Assign, syntax.AnnAssign) && n.Child(-1).Is(syntax.Map) {
				if name := n.Child(0).Text(); found[name].IsZero() {
					put(&found, name, n.Child(-1))
				}
			}
			return true
		})
		put(&r.writtenOut, function, found)
	}
	return found
}

// outside keeps a call: each callee once, and the one that the caller's arguments reach before others.
func (b *bodyWalk) outside(call Call) {
	if at, ok := b.names[call.Callee.Name]; ok && !modal(call.Callee.Name) {
		old := &b.calls[at]
		call.Own, old.Own = call.Own && old.Own, call.Own && old.Own
		call.Bound, old.Bound = (call.Bound || !call.Driven) && (old.Bound || !old.Driven), (call.Bound || !call.Driven) && (old.Bound || !old.Driven)
		if call.Driven && (!old.Driven || old.Given() != anything && call.Given()&^old.Given() != 0) {
			call.more |= old.Given()
			*old = call
		}
		return
	}
	for i := range b.calls {
		if c := &b.calls[i]; c.Node == call.Node && c.Driven == call.Driven && c.Callee.Name == call.Callee.Name { // a modal call in a function that is walked again
			c.checks = call.checks // more of it is given now
			return
		}
	}
	b.names[call.Callee.Name] = len(b.calls)
	b.calls = append(b.calls, call)
}

// modal names are calls whose arguments decide what they do, so that each of them counts.
func modal(name string) bool {
	switch name {
	case "net/http.NewRequest", "net/http.NewRequestWithContext", "os.OpenFile":
		return true
	case "builtins.open", "io.open", "pathlib.Path.open", "aiofiles.open", "requests.request", "httpx.request", "builtins.fetch", "util.promisify":
		return true
	}
	for _, starter := range []string{"subprocess.", "asyncio.create_subprocess_", "asyncio.subprocess.", "os/exec.", "child_process.", "node:child_process.", "execa"} {
		if strings.HasPrefix(name, starter) { // which program it starts, and with what
			return true
		}
	}
	for _, client := range []string{"requests.", "httpx.", "aiohttp.", "axios", "got.", "ky.", "net/http.", "superagent."} {
		if strings.HasPrefix(name, client) { // whether a request reads depends on what becomes of its answer
			switch name[strings.LastIndexByte(name, '.')+1:] {
			case "post", "put", "patch", "delete", "stream", "axios", "create", "Post", "PostForm":
				return true
			}
		}
	}
	switch name[strings.LastIndexByte(name, '.')+1:] {
	case "writeFile", "writeFileSync", "appendFile", "appendFileSync", "createWriteStream", "outputFile", "outputFileSync", "write_text", "write_bytes", "WriteFile":
		return true // which file it writes
	}
	return len(name) > 8 && (name[len(name)-8:] == ".execute" || name[len(name)-8:] == ".request")
}
