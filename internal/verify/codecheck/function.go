package codecheck

import (
	"regexp"
	"strings"

	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/taint"
)

// function is a function of the file: what the walk through the file noticed about its body, and its subject when
// somebody needs one.
type function struct {
	f  *fileLook
	n  syntax.Node
	id string // "" until it has one
	s  *result.Subject

	seen    bool // the walk comes through the whole body, so that what follows is known when it has ended
	loops   bool // there is a loop without a condition
	excepts bool // there is a handler
	recurs  bool // something like a call of itself is there
	asks    bool // agents are made or run, or a model is asked

	entered, signed, looked bool

	element     string
	kinds       []string
	tool, route bool
}

// function is what is known of a function.
func (f *fileLook) function(n syntax.Node) *function {
	fn := f.functions[n]
	if fn == nil {
		fn = &function{f: f, n: n}
		f.functions[n] = fn
	}
	return fn
}

// name gives the function its id.
func (fn *function) name() {
	if fn.id == "" {
		fn.id = fn.f.id(fn.n, fn.called())
	}
}

func (fn *function) called() string {
	if name := fn.n.Text(); name != "" {
		return name
	}
	return "function"
}

// about is the function's subject.
func (fn *function) about() *result.Subject {
	if fn.s != nil {
		return fn.s
	}
	fn.name()
	fn.s = fn.f.newSubject("function", fn.id)
	fn.s.Late = fn.find
	return fn.s
}

// find finds out a field: see [result.Subject].
func (fn *function) find(field string) {
	s := fn.s
	switch field {
	case "name", "class":
		fn.texts()
	case "kinds", "tool", "route", "element":
		fn.enter()
		s.Kinds = fn.kinds
		s.SetFlag("tool", result.Is(fn.tool))
		s.SetFlag("route", result.Is(fn.route))
	case "async":
		s.SetFlag("async", result.Is(fn.n.Op() == 1))
	case "typed", "takes_dict", "returns_typed", "returns_dict", "documented", "parameters", "free_text", "decorators", "confirms":
		fn.sign()
	case "lines":
		start, end := fn.n.Span().File.Position(int(fn.n.Span().Start)), fn.n.Span().File.Position(int(fn.n.Span().End))
		s.SetNumber("lines", end.Line-start.Line+1)
	case "":
		fn.texts()
		for _, one := range []string{"kinds", "async", "typed", "lines", "calls"} {
			fn.find(one)
		}
		s.Element = fn.owner()
		s.Evidence = []model.Evidence{evidence(fn.head())}
	case "catches", "logs", "checks_path", "asks_person", "calls":
		fn.look()
	default:
		if some, ok := fn.some(field); ok {
			fn.lookFor(field, some)
		}
	}
}

func (fn *function) texts() {
	fn.s.SetText("name", fn.called())
	if class := fn.n.Parent().Parent(); class.Is(syntax.ClassDef) {
		fn.s.SetText("class", class.Text())
	}
}

// head is where the function is declared.
func (fn *function) head() source.Span {
	n := fn.n
	head := n.Span()
	if body := n.Child(-1); body.Is(syntax.Block) {
		head.End = max(head.Start, body.Span().Start)
		for d := range n.All(syntax.Decorator) { // the line that says def, not the decorator's
			head.Start = max(head.Start, d.Span().End)
		}
		for head.Start < head.End && strings.ContainsRune(" \t\r\n@", rune(head.File.Content()[head.Start])) {
			head.Start++
		}
	}
	return head
}

// enter finds out who fills its parameters, and so of which kinds it is.
func (fn *function) enter() {
	if fn.entered {
		return
	}
	fn.entered = true
	kind, element, ok := fn.f.memory.Entry(fn.f.r, fn.n)
	fn.element = element
	fn.tool, fn.route = ok && kind == "tool", ok && kind == "request"
	if !fn.seen {
		fn.look()
	}
	fn.kinds = functionKinds(fn.tool, fn.route, fn.asks)
}

// owner is the element whose body the function is, or is inside of; "" for none.
func (fn *function) owner() string {
	fn.enter()
	if fn.element != "" {
		return fn.element
	}
	if e := fn.f.owners.of(fn.f.path, fn.n); e != "" {
		return e
	}
	return fn.f.owners.around(fn.f.path, fn.n)
}

func (fn *function) sign() {
	if !fn.signed {
		fn.signed = true
		fn.f.signature(fn.s, fn.n)
	}
}

// lookFor finds out a fact of the body, which there is no need to look for where nothing of its sort is there.
func (fn *function) lookFor(flag string, some bool) {
	if fn.seen && !some && !fn.looked {
		fn.s.SetFlag(flag, result.No)
		return
	}
	fn.look()
}

// look goes through the body.
func (fn *function) look() {
	if fn.looked {
		return
	}
	fn.looked = true
	b := &body{f: fn.f, s: fn.about(), fn: fn.n, g: fn.f.groups[fn.n.Tree().Language]}
	b.look(fn.n.Child(-1))
	b.conclude()
	fn.asks = fn.asks || b.asksAny
}

// plainTypes are annotations that say nothing about what is inside.
var plainTypes = map[string]bool{
	"dict": true, "Dict": true, "Any": true, "typing.Any": true, "typing.Dict": true, "object": true, "dict[str, Any]": true, "Dict[str, Any]": true,
	"map[string]interface{}": true, "map[string]any": true, "interface{}": true, "any": true, "Mapping": true, "Mapping[str, Any]": true,
	"dict[str, object]": true, "Optional[dict]": true, "dict | None": true,
}

// confirming are names of parameters by which a caller says that somebody agreed.
var confirming = regexp.MustCompile(`^(?:(?:user_|human_|is_|i_)?(?:confirm|confirmed|approved|approve|consent|consented|agreed)(?:_[a-z_]+)?|[a-z_]+_(?:confirmed|approved))$`)

func (f *fileLook) signature(s *result.Subject, n syntax.Node) {
	script := n.Tree().Language == syntax.TypeScript
	method := n.Parent().Parent().Is(syntax.ClassDef)
	typed, dict := true, false
	count, free, i := 0, 0, 0
	confirms := ""
	for p := range n.All(syntax.Param) {
		i++
		if i == 1 && (method && (p.TextIs("self") || p.TextIs("cls")) || n.Tree().Language == syntax.Go && n.Op() == 2) || taint.Ambient(f.r, p) {
			continue
		}
		if p.Text() == "" && p.Op() == 1 && n.Tree().Language != syntax.TypeScript {
			continue
		}
		count++
		a := p.First(syntax.Annotation).Child(0)
		if a.IsZero() {
			typed = false
			if d := p.First(syntax.Default).Child(0); d.Is(syntax.Map) {
				dict = true
			}
			continue
		}
		text := strings.Trim(a.Source(), `"'`)
		dict = dict || plainTypes[text]
		if text == "str" || text == "string" {
			free++
		}
		if confirms == "" && (text == "bool" || text == "boolean") && confirming.MatchString(p.Text()) {
			confirms = p.Text()
		}
	}
	s.SetText("confirms", confirms)
	s.SetNumber("parameters", count)
	s.SetNumber("free_text", free)
	if !script {
		s.SetFlag("typed", result.Is(typed || classSays(n, classTypes)))
		s.SetFlag("takes_dict", result.Is(dict))
		returns := n.First(syntax.Returns).Child(0)
		s.SetFlag("returns_typed", result.Is(!returns.IsZero()))
		s.SetFlag("returns_dict", result.Is(!returns.IsZero() && plainTypes[strings.Trim(returns.Source(), `"'`)]))
	}
	first := n.First(syntax.Block).Child(0)
	if n.Tree().Language == syntax.Python || n.Tree().Language == syntax.Notebook {
		s.SetFlag("documented", result.Is(first.Is(syntax.ExprStmt) && first.Child(0).Is(syntax.String) || classSays(n, classWords) || decoratorSays(n)))
	}
	for d := range n.All(syntax.Decorator) {
		e := d.Child(0)
		if e.Is(syntax.Call) {
			e = e.Child(0)
		}
		c := taint.CalleeOf(f.r, e)
		s.SetList("decorators", append(append(s.Lists["decorators"], c.Name, c.Last), c.Names...))
	}
}

// body looks at what a function does itself.
type body struct {
	f       *fileLook
	s       *result.Subject
	fn      syntax.Node
	g       *groups
	asksAny bool
	self    syntax.Node // a call of itself
	names   map[string]bool
	loops   []syntax.Node // without a condition
}

func (b *body) flag(name string, at syntax.Node) {
	if b.s.Flags[name] == result.Yes {
		return
	}
	b.s.SetFlag(name, result.Yes)
	if !at.IsZero() {
		if b.s.Spots == nil {
			b.s.Spots = map[string]evidenceT{}
		}
		b.s.Spots[name] = evidence(firstLine(at))
	}
}

// look visits the body once; functions inside have subjects of their own.
func (b *body) look(block syntax.Node) {
	for _, name := range []string{"recursive", "depth_limited", "endless_loop", "open_loop", "asks_model_in_loop", "grows_in_loop", "swallows", "leaks_errors", "catches", "logs", "retries_forever", "checks_path", "asks_person"} {
		b.s.SetFlag(name, result.No)
	}
	b.names = map[string]bool{}
	block.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.FuncDef, syntax.ClassDef:
			return false
		case syntax.Call:
			b.call(n)
		case syntax.While, syntax.For:
			if open(n) {
				b.loops = append(b.loops, n)
			}
		case syntax.Try:
			if !n.First(syntax.Except).IsZero() {
				b.flag("catches", syntax.Node{})
			}
		case syntax.Except:
			b.except(n)
		}
		return true
	})
}

func (b *body) call(n syntax.Node) {
	last := n.Child(0).Text()
	if last != b.fn.Text() && !b.f.telling(n.Child(0)) && !b.f.showing(last) {
		return
	}
	c := taint.CalleeOf(b.f.r, n.Child(0))
	b.s.SetList("calls", append(b.s.Lists["calls"], c.Name))
	if itself(&c, n, b.fn) {
		if b.self.IsZero() {
			b.self = n
		}
	}
	for _, kind := range b.kinds(&c) {
		if kind == "model" || kind == "agent" {
			b.asksAny = true
		}
	}
	switch {
	case c.Is("input") || called(c.Last, "confirm", "approve", "approval") || c.Last == "prompt" && n.Tree().Language == syntax.TypeScript:
		b.flag("asks_person", n)
	case c.Last == "is_relative_to" || c.Last == "commonpath" || c.Last == "realpath" || c.Last == "HasPrefix" || c.Last == "startsWith" || c.Last == "relative_to":
		b.flag("checks_path", n)
	}
	switch c.Last {
	case "info", "warning", "error", "exception", "debug", "Printf", "Println", "warn":
		b.flag("logs", n)
	}
}

// itself tells whether a call in a function calls the function.
func itself(c *taint.Callee, call, function syntax.Node) bool {
	return c.Def != nil && c.Def.Node == function || c.Def == nil && c.Name == "?."+function.Text() && strings.HasPrefix(call.Child(0).Source(), "self.")
}

// showing is shows, which the same names are asked again and again.
func (f *fileLook) showing(last string) bool {
	known, ok := f.shows[last]
	if !ok {
		known = shows(last)
		f.shows[last] = known
	}
	return known
}

// shows tells whether a call's name alone shows something that is asked of a function.
func shows(last string) bool {
	switch last {
	case "is_relative_to", "commonpath", "realpath", "HasPrefix", "startsWith", "relative_to", "info", "warning", "error", "exception", "debug", "Printf", "Println", "warn", "input", "prompt":
		return true
	}
	return called(last, "confirm", "approve", "approval")
}

func (b *body) kinds(c *taint.Callee) []string {
	if b.g == nil {
		return nil
	}
	return b.g.of(c)
}

// open tells whether a loop has no condition.
func open(n syntax.Node) bool {
	if n.Is(syntax.While) {
		c := n.Child(0)
		return c.Is(syntax.Bool) && c.TextIs("true") || c.Is(syntax.Number) && !c.TextIs("0")
	}
	return false // a loop of three parts has its condition among its statements
}

// loop is what stands inside a loop, without the functions in it.
type loop struct {
	exits, counts, asks, person, waits, shrinks bool
	catches                                     bool // an except goes on
	leavesTry                                   bool
	grows                                       syntax.Node
	grown                                       string
	call                                        syntax.Node
}

func (b *body) loop(n syntax.Node) loop {
	var l loop
	steps, compared := map[string]bool{}, map[string]bool{}
	block := n.First(syntax.Block)
	shrunk := map[string]bool{}
	block.Walk(func(c syntax.Node) bool {
		switch c.Kind() {
		case syntax.FuncDef, syntax.ClassDef, syntax.Lambda:
			return false
		case syntax.Return:
			l.exits = true
			if inTry(c, n) {
				l.leavesTry = true
			}
		case syntax.Raise:
			if !inTry(c, n) {
				l.exits = true
			}
		case syntax.Simple:
			if c.TextIs("break") && loopOf(c) == n {
				l.exits = true
				if inTry(c, n) {
					l.leavesTry = true
				}
			}
			if c.TextIs("del") {
				c.Walk(func(x syntax.Node) bool { shrunk[x.Text()] = true; return true })
			}
		case syntax.AugAssign:
			steps[c.Child(0).Source()] = true
		case syntax.Assign:
			if v := c.Child(-1); v.Is(syntax.Binary) && v.Child(0).Source() == c.Child(0).Source() {
				steps[c.Child(0).Source()] = true
			}
			shrunk[c.Child(0).Source()] = true // it is replaced now and then
		case syntax.Unary:
			if c.TextIs("++") || c.TextIs("--") {
				steps[c.Child(0).Source()] = true
			}
		case syntax.Compare, syntax.Binary:
			for side := range c.Children() {
				compared[side.Source()] = true
			}
		case syntax.Yield:
			l.waits = true
		case syntax.Except:
			l.catches = l.catches || goesOn(c)
		case syntax.Call:
			callee := taint.Callee{Last: c.Child(0).Text()}
			if b.f.telling(c.Child(0)) {
				callee = taint.CalleeOf(b.f.r, c.Child(0))
			}
			for _, kind := range b.kinds(&callee) {
				if kind == "model" || kind == "agent" {
					l.asks = true
					l.call = c
				}
			}
			switch callee.Last {
			case "input", "ask", "prompt", "question", "chat_input", "confirm", "readline", "ReadString", "Scan", "receive_text", "receive_json", "recv", "accept", "get", "poll", "listen", "receive", "readLine", "get_nowait", "blpop", "wait", "Accept", "sleep", "Sleep", "select", "read", "next", "__anext__", "anext", "Recv", "xread", "Read", "getch", "run_forever":
				l.waits = true
				if callee.Last == "input" || callee.Last == "ask" || callee.Last == "prompt" || callee.Last == "confirm" || callee.Last == "question" || callee.Last == "readline" || callee.Last == "ReadString" || callee.Last == "Scan" || callee.Last == "receive_text" || callee.Last == "receive_json" || callee.Last == "receive" {
					l.person = true
				}
			case "append", "push", "add", "extend":
				if object := c.Child(0).Child(0); c.Child(0).Is(syntax.Attr) && l.grows.IsZero() {
					l.grows, l.grown = c, object.Source()
				}
			case "pop", "popleft", "clear", "shift", "splice", "remove", "truncate":
				if c.Child(0).Is(syntax.Attr) {
					shrunk[c.Child(0).Child(0).Source()] = true
				}
			case "exit", "_exit", "abort", "Exit", "Fatal":
				l.exits = true
			}
		}
		return true
	})
	for name := range steps {
		l.counts = l.counts || compared[name]
	}
	l.shrinks = shrunk[l.grown]
	return l
}

// inTry tells whether a place stands in the tried part of a try inside the loop.
func inTry(n, top syntax.Node) bool {
	child := n
	for p := n.Parent(); !p.IsZero() && child != top; p = p.Parent() {
		if p.Is(syntax.Try) && p.Child(0) == child && !p.First(syntax.Except).IsZero() {
			return true
		}
		child = p
	}
	return false
}

// loopOf is the innermost loop or switch around a place.
func loopOf(n syntax.Node) syntax.Node {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.For, syntax.While) {
			return p
		}
		if p.Is(syntax.Match) && p.Tree().Language != syntax.Python {
			return p
		}
	}
	return syntax.Node{}
}

// goesOn tells whether a handler neither leaves the loop nor raises.
func goesOn(n syntax.Node) bool {
	leaves := false
	n.Child(-1).Walk(func(c syntax.Node) bool {
		if c.Is(syntax.Raise, syntax.Return) || c.Is(syntax.Simple) && c.TextIs("break") {
			leaves = true
		}
		if c.Is(syntax.Call) {
			switch lastOf(c) {
			case "exit", "_exit", "abort":
				leaves = true
			}
		}
		return !leaves
	})
	return !leaves
}

func lastOf(call syntax.Node) string { return call.Child(0).Text() }

func (b *body) conclude() {
	for _, n := range b.loops {
		l := b.loop(n)
		if !l.exits && !l.waits {
			b.flag("endless_loop", n)
		}
		if !l.counts {
			b.flag("open_loop", n)
			if l.asks && !l.person {
				b.flag("asks_model_in_loop", n)
			}
			if !l.grows.IsZero() && !l.shrinks && !l.person && l.asks {
				b.flag("grows_in_loop", l.grows)
			}
			if l.catches && l.leavesTry {
				b.flag("retries_forever", n)
			}
		}
	}
	if !b.self.IsZero() {
		b.flag("recursive", b.self)
		for p := range b.fn.All(syntax.Param) {
			if called(p.Text(), "depth", "level", "max", "limit", "remaining", "count", "retries", "attempt", "step", "visited", "seen", "budget", "n", "i") && (len(p.Text()) > 2 || p.Text() == "n" || p.Text() == "i") {
				b.flag("depth_limited", syntax.Node{})
			}
		}
	}
}

// except looks at one handler.
func (b *body) except(n syntax.Node) {
	kind := n.Child(0)
	wide := n.Count() == 1 || kind.Is(syntax.Name) && (kind.TextIs("Exception") || kind.TextIs("BaseException")) || n.Tree().Language == syntax.TypeScript
	block := n.Child(-1)
	empty := true
	for s := range block.Children() {
		if !(s.Is(syntax.Simple) && (s.TextIs("pass") || s.TextIs("continue"))) && !(s.Is(syntax.ExprStmt) && s.Child(0).Is(syntax.Ellipsis, syntax.String)) {
			empty = false
		}
	}
	if wide && empty {
		b.flag("swallows", n)
	}
	name := n.Text()
	block.Walk(func(c syntax.Node) bool {
		if !c.Is(syntax.Return, syntax.Raise) {
			return true
		}
		leak := false
		c.Walk(func(x syntax.Node) bool {
			if x.Is(syntax.Call) && (lastOf(x) == "format_exc" || lastOf(x) == "print_exc" || lastOf(x) == "format_exception") {
				leak = true
			}
			if x.Is(syntax.Attr) && x.TextIs("stack") && name != "" && x.Child(0).TextIs(name) {
				leak = true
			}
			return true
		})
		if leak {
			b.flag("leaks_errors", c)
		}
		return true
	})
}
