package taint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// callee tells what a call calls.
func (w *walk) callee(n syntax.Node) callee { return w.calleeOf(n.Child(0)) }

// calleeOf tells what a name or attribute refers to, in the words of the tables.
func (w *walk) calleeOf(n syntax.Node) callee { return calleeOf(w.r, n) }

func calleeOf(r *code.Resolver, n syntax.Node) callee {
	ref := r.Resolve(n)
	c := callee{ref: ref, def: ref.Def, name: plainName(ref.Name)}
	for _, other := range ref.Names {
		c.names = append(c.names, plainName(other))
	}
	if ref.Name == "" {
		c.name, c.receiver = written(n)
	}
	c.last = c.name[strings.LastIndexByte(c.name, '.')+1:]
	return c
}

// plainName is a resolved name as the tables write it.
func plainName(name string) string {
	name = strings.TrimPrefix(name, "node:")
	return strings.TrimPrefix(name, "builtins.")
}

// written is what stands there of a callee that could not be followed: "?." and what stands behind its first name.
func written(n syntax.Node) (name, receiver string) {
	var parts []string
	object := syntax.Node{}
	for n.Is(syntax.Attr, syntax.Call, syntax.Subscript, syntax.Await) {
		if n.Is(syntax.Attr) {
			parts = append(parts, n.Text())
			if object.IsZero() {
				object = n.Child(0)
			}
		}
		n = n.Child(0)
	}
	if len(parts) == 0 {
		if n.Is(syntax.Name) {
			return n.Text(), ""
		}
		return "?", ""
	}
	switch {
	case object.Is(syntax.Name, syntax.Attr):
		receiver = object.Text()
	case object.Is(syntax.Call):
		receiver = callText(object)
	}
	var b strings.Builder
	b.WriteString("?")
	for i := len(parts) - 1; i >= 0; i-- {
		if i == len(parts)-1 && n.Is(syntax.Name) && (n.TextIs("self") || n.TextIs("this")) && len(parts) > 1 {
			continue
		}
		b.WriteByte('.')
		b.WriteString(parts[i])
	}
	return b.String(), receiver
}

// holds tells whether the conditions of an entry hold for a call. What is not known counts as not there for "when", and
// for "unless" too: a sink is one unless something is seen that says otherwise.
func (w *walk) holds(n syntax.Node, e *entry) bool { return holds(w.r, n, e) }

func holds(r *code.Resolver, n syntax.Node, e *entry) bool {
	for _, c := range e.when {
		if !c.met(r, n) {
			return false
		}
	}
	for _, c := range e.unless {
		if c.met(r, n) {
			return false
		}
	}
	return true
}

func (c *condition) met(r *code.Resolver, n syntax.Node) bool {
	arg := argumentAt(n, argument{c.place, c.name})
	if c.place < 0 {
		arg = argumentAt(n, argument{-1, c.name})
	}
	for _, word := range c.is {
		switch {
		case word == "absent":
			if arg.IsZero() {
				return true
			}
		case word == "given":
			if !arg.IsZero() {
				return true
			}
		case !arg.IsZero():
			if s, ok := r.Eval(arg).Constant(); ok && strings.EqualFold(s, word) {
				return true
			}
		}
	}
	if len(c.names) > 0 && !arg.IsZero() {
		if ref := r.Resolve(arg); ref.Is(c.names...) {
			return true
		}
		if arg.Is(syntax.Call) && r.Resolve(arg.Child(0)).Is(c.names...) {
			return true
		}
	}
	return false
}

// argumentAt finds an argument of a call; JavaScript's options in a last object count as keywords.
func argumentAt(n syntax.Node, a argument) syntax.Node {
	if a.name != "" {
		if v := n.Argument(a.name); !v.IsZero() {
			return v
		}
		if n.Tree().Language == syntax.TypeScript {
			for c := range n.Children() {
				if c.Is(syntax.Map) {
					if v := c.Argument(a.name); !v.IsZero() {
						return v
					}
				}
			}
		}
	}
	if a.place < 0 {
		return syntax.Node{}
	}
	i := -1
	for c := range n.Children() {
		if i >= 0 && c.Is(syntax.Keyword) {
			continue
		}
		if i == a.place {
			if c.Is(syntax.Spread) {
				return c.Child(0)
			}
			return c
		}
		i++
	}
	return syntax.Node{}
}

// argumentsOf are the named arguments of a call, or all of them.
func argumentsOf(n syntax.Node, which []argument) []syntax.Node {
	var all []syntax.Node
	if len(which) == 0 {
		first := true
		for c := range n.Children() {
			if first {
				first = false
				continue
			}
			if c.Is(syntax.Keyword, syntax.Spread) {
				c = c.Child(0)
			}
			all = append(all, c)
		}
		return all
	}
	for _, a := range which {
		if v := argumentAt(n, a); !v.IsZero() {
			all = append(all, v)
		}
	}
	return all
}

// call goes through a call: what it is given, what it does with it, what it answers.
func (w *walk) call(n syntax.Node, e env) marks {
	if n.Op() == 2 && n.Tree().Language == syntax.Go { // T{…}
		var v marks
		for c := range n.Children() {
			v = union(v, w.eval(c, e))
		}
		return v
	}
	var self marks
	object := n.Child(0)
	if object.Is(syntax.Attr) {
		object = object.Child(0)
		self = w.eval(object, e)
	} else {
		if !object.Is(syntax.Name) {
			w.eval(object, e)
		}
		object = syntax.Node{}
	}
	var given marks
	args := map[syntax.Node]marks{}
	var functions []syntax.Node
	first := true
	for a := range n.Children() {
		if first {
			first = false
			continue
		}
		v := a
		if a.Is(syntax.Keyword, syntax.Spread) {
			v = a.Child(0)
		}
		if v.Is(syntax.Lambda, syntax.FuncDef) {
			functions = append(functions, v)
			continue
		}
		m := w.eval(a, e)
		args[v] = m
		given = union(given, m)
	}
	if len(self)+len(given) == 0 && !w.telling(n.Child(0)) {
		for _, f := range functions {
			w.handedOn(f, e)
		}
		return nil
	}
	c := w.callee(n)
	if len(self)+len(given) > 0 {
		w.sinks(n, &c, args, self, e)
	}
	w.handed(n, &c, functions, args, self, given, e)

	var out marks
	if s := w.t.sources.first(&c); s != nil && holds(w.r, n, s) {
		return w.marked(s.source, short(n.Child(0))+"()", n)
	}
	if len(self)+len(given) == 0 && (c.def == nil || w.depth == depthOfCalls && w.sum == nil && c.def.Kind != code.FuncDef) {
		return nil
	}
	if s := w.t.sanitisers.first(&c); s != nil && holds(w.r, n, s) {
		if s.clean == everything {
			return nil
		}
		return union(given, self).cleaned(s.clean)
	}
	if narrows(n, &c) {
		return nil
	}
	switch c.last {
	case "realpath", "abspath", "normpath", "resolve", "Clean", "Abs", "Join", "normalize", "basename", "EvalSymlinks":
		if c.def == nil {
			return union(self, given).plainly()
		}
	case "join": // of JavaScript's path, which takes dots away
		if n.Tree().Language == syntax.TypeScript && strings.Contains(c.name, "path.") {
			return given.plainly()
		}
	}
	w.raises(n, &c, e)
	switch {
	case c.def != nil && c.def.Kind == code.FuncDef:
		return w.inside(n, &c, args, self, e)
	case c.def != nil && c.def.Kind == code.ClassDef:
		if init := w.r.Method(c.def, "__init__"); init != nil {
			w.made(n, init, args, e)
		}
		return given
	}
	if c.last == "to_thread" || c.last == "run_in_executor" || c.last == "run_sync" {
		return w.elsewhere(n, &c, args, self, e)
	}
	if w.t.mutators[c.last] && !object.IsZero() && len(given) > 0 {
		e.add(pathText(object), given.cleaned(commandMask).through(n.Span(), "put into "+short(object)))
	}
	if w.t.deaf[c.last] {
		return nil
	}
	out = self
	switch {
	case w.t.carriers.first(&c) != nil:
		if c.last == "format" && object.Is(syntax.String) {
			before, _, _ := strings.Cut(object.Text(), "{")
			if hostFixed(before) {
				given = given.cleaned(urlMask)
			}
		}
		if c.last == "Sprintf" || c.last == "Errorf" {
			if s, ok := argumentAt(n, argument{place: 0}).Scalar(); ok {
				before, _, _ := strings.Cut(s, "%")
				if hostFixed(before) {
					given = given.cleaned(urlMask)
				}
			}
		}
		out = union(out, given)
	case n.Op() == 1 || c.last != "" && c.last[0] >= 'A' && c.last[0] <= 'Z' && n.Tree().Language == syntax.Python:
		out = union(out, given) // an object holds what it is made of
	}
	if w.checks(c.last) && len(given) > 0 {
		return union(out, given).doubted()
	}
	return out
}

// boring are functions of the languages that say nothing about where a value comes from.
var boring = map[string]bool{
	"print": true, "len": true, "str": true, "range": true, "int": true, "list": true, "dict": true, "isinstance": true, "super": true, "set": true, "getattr": true, "hasattr": true,
	"enumerate": true, "zip": true, "sorted": true, "max": true, "min": true, "sum": true, "float": true, "bool": true, "tuple": true, "type": true, "any": true, "all": true, "map": true,
}

// telling tells whether a call may say something although nothing marked is given to it: by its name, which is looked at
// before the name is resolved, since most calls of most files have nothing to do with any table.
func (w *walk) telling(n syntax.Node) bool {
	switch n.Kind() {
	case syntax.Name:
		name := n.Text()
		return w.t.lasts()[name] || w.alias[name] || w.sum != nil && !boring[name] || name != "" && name[0] >= 'a' && name[0] <= 'z' && !boring[name]
	case syntax.Attr:
		if w.t.lasts()[n.Text()] {
			return true
		}
		object := n.Child(0)
		return object.Is(syntax.Name) && (object.TextIs("self") || object.TextIs("this") || object.TextIs("cls"))
	}
	return true
}

// Aliases are the names that the imports of a file give to what has another name elsewhere.
func Aliases(tree *syntax.Tree) map[string]bool {
	names := map[string]bool{}
	tree.Root().Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Alias) {
			if local := n.First(syntax.Name); !local.IsZero() {
				names[local.Text()] = true
			}
			return false
		}
		return n.Kind() < syntax.Name
	})
	return names
}

// handedOn goes through a function that is given to something of no concern.
func (w *walk) handedOn(f syntax.Node, e env) {
	if kind, element, ok := w.mem.owner(w.r.ModuleOf(f).Path, f); ok {
		w.seeded(f, kind, element, f, nil, e)
		return
	}
	if f.Is(syntax.FuncDef) {
		w.define(f, e)
		return
	}
	w.lambda(f, e, nil)
}

// Lasts are the last parts of the names of all calls that are sinks in a language.
func Lasts(l syntax.Language) map[string]bool {
	all := map[string]bool{}
	if t := tableOf(l); t != nil {
		for last := range t.sinks.byLast {
			all[last] = true
		}
	}
	return all
}

// sinks notes marked values in the arguments that a call must not get from outside.
func (w *walk) sinks(n syntax.Node, c *callee, args map[syntax.Node]marks, self marks, e env) {
	for _, hit := range sinksOf(w.r, w.t, n, c) {
		for _, a := range hit.Arguments {
			if v, ok := args[a]; ok {
				w.flow(n, hit.Kind, v, short(n))
			} else {
				w.flow(n, hit.Kind, w.quietly(a, e), short(n))
			}
		}
		if hit.self {
			w.flow(n, hit.Kind, self, short(n))
		}
	}
}

// quietly evaluates a part of an argument a second time without noting anything.
func (w *walk) quietly(n syntax.Node, e env) marks {
	if w.sum != nil {
		saved := w.sum.flows
		v := w.eval(n, e)
		w.sum.flows = saved
		return v
	}
	saved := w.out
	w.out = new([]Flow)
	v := w.eval(n, e)
	w.out = saved
	return v
}

// Hit is a kind of sink that a call is, with the arguments that count.
type Hit struct {
	Kind      Kind
	Arguments []syntax.Node

	self bool
}

// SinksOf tells which kinds of sink a call is.
func SinksOf(r *code.Resolver, n syntax.Node) []Hit {
	t := tableOf(n.Tree().Language)
	if t == nil {
		return nil
	}
	c := calleeOf(r, n.Child(0))
	return sinksOf(r, t, n, &c)
}

func sinksOf(r *code.Resolver, t *table, n syntax.Node, c *callee) []Hit {
	var hits []Hit
	seen := map[Kind]bool{}
	add := func(h Hit) {
		if len(h.Arguments) == 0 && !h.self {
			return
		}
		if !seen[h.Kind] {
			seen[h.Kind] = true
			hits = append(hits, h)
		}
	}
	t.sinks.each(c, func(s *entry) {
		if !holds(r, n, s) {
			return
		}
		var found []syntax.Node
		if !s.self || len(s.args) > 0 {
			found = argumentsOf(n, s.args)
		}
		if s.argv {
			argv(r, t, s, found, n, add)
			return
		}
		add(Hit{Kind: s.kind, Arguments: found, self: s.self})
	})
	return hits
}

// argv tells what the program and arguments of a started program are: a shell's command line, another program's
// arguments, or the program itself.
func argv(r *code.Resolver, t *table, s *entry, found []syntax.Node, n syntax.Node, add func(Hit)) {
	if len(found) == 0 {
		return
	}
	parts := found
	if found[0].Is(syntax.List, syntax.Tuple) {
		parts = nil
		for c := range found[0].Children() {
			parts = append(parts, c)
		}
	} else if len(s.args) == 1 && n.Tree().Language == syntax.Python {
		if v := r.Eval(found[0]); v.Is(code.List) && len(v.Items) > 0 && !v.Items[0].Node.IsZero() {
			if program, ok := v.Items[0].Constant(); ok {
				kind := "argument"
				if t.interprets[baseName(program)] {
					for _, item := range v.Items[1:] {
						if handsOver([]syntax.Node{item.Node}) {
							kind = "shell"
						}
					}
				}
				add(Hit{Kind: kindNamed(kind), Arguments: found})
				return
			}
		}
		add(Hit{Kind: kindNamed("command"), Arguments: found})
		return
	} else if len(found) > 1 && found[1].Is(syntax.List) { // execFile(program, [arguments])
		parts = []syntax.Node{found[0]}
		for c := range found[1].Children() {
			parts = append(parts, c)
		}
	}
	if len(parts) == 0 {
		return
	}
	program, fixed := parts[0].Scalar()
	switch {
	case !fixed:
		add(Hit{Kind: kindNamed("command"), Arguments: parts[:1]})
		add(Hit{Kind: kindNamed("argument"), Arguments: parts[1:]})
	case t.interprets[baseName(program)]:
		if handsOver(parts[1:]) {
			add(Hit{Kind: kindNamed("shell"), Arguments: parts[1:]})
			return
		}
		add(Hit{Kind: kindNamed("argument"), Arguments: parts[1:]})
	default:
		add(Hit{Kind: kindNamed("argument"), Arguments: parts[1:]})
	}
}

// baseName is a program's name without its folder.
func baseName(program string) string {
	return strings.TrimSuffix(program[strings.LastIndexAny(program, `/\`)+1:], ".exe")
}

// handsOver tells whether an interpreter is given text to run: -c, -e, /c.
func handsOver(parts []syntax.Node) bool {
	for _, p := range parts {
		if s, ok := p.Scalar(); ok {
			switch s {
			case "-c", "-lc", "-ec", "-e", "/c", "/C", "-Command", "-command", "--eval", "-p":
				return true
			}
		}
	}
	return false
}

func kindNamed(name string) Kind {
	k, _ := kindOf(name)
	return k
}

// handed goes through functions that a call is given: some are given what a stranger controls, others what the call
// itself was given.
func (w *walk) handed(n syntax.Node, c *callee, functions []syntax.Node, args map[syntax.Node]marks, self, given marks, e env) {
	callback := w.t.callbacks.first(c)
	if callback != nil && !holds(w.r, n, callback) {
		callback = nil
	}
	for _, f := range functions {
		if callback != nil {
			w.entry(f, callback, n, e)
			continue
		}
		if kind, element, ok := w.mem.owner(w.r.ModuleOf(f).Path, f); ok {
			w.seeded(f, kind, element, n, nil, e)
			continue
		}
		if f.Is(syntax.FuncDef) {
			w.define(f, e)
			continue
		}
		w.lambda(f, e, func(syntax.Node, int) marks { return union(self, given) })
	}
	if callback == nil || w.sum != nil {
		return
	}
	// A function that is given by its name.
	for _, a := range argumentsOf(n, nil) {
		if !a.Is(syntax.Name, syntax.Attr) {
			continue
		}
		if ref := w.r.Resolve(a); ref.Def != nil && ref.Def.Kind == code.FuncDef && !w.named[ref.Def.ID()] {
			if w.named == nil {
				w.named = map[string]bool{}
			}
			w.named[ref.Def.ID()] = true
			w.entry(ref.Def.Node, callback, n, env{})
		}
	}
}

// entry goes through a function whose parameters a stranger fills.
func (w *walk) entry(f syntax.Node, s *entry, at syntax.Node, e env) {
	_, element, _ := w.mem.owner(w.r.ModuleOf(f).Path, f)
	w.seeded(f, s.source, element, at, s.param, e)
}

// seeded goes through a function whose parameters are a source.
func (w *walk) seeded(f syntax.Node, kind, element string, at syntax.Node, only []string, e env) {
	saved, fn, types, rets := w.elem, w.fn, w.types, w.rets
	w.elem, w.fn, w.types = element, f, map[string]*code.Def{}
	inside := e.copy()
	i := 0
	for p := range f.All(syntax.Param) {
		v := w.seed(p, i, kind, element, at, only)
		w.parameter(p, v, inside)
		w.unsafeParts(p, at, inside)
		i++
	}
	if body := f.Child(-1); body.Is(syntax.Block) {
		w.exec(body, inside)
	} else if !body.Is(syntax.Param) && f.Is(syntax.Lambda) {
		w.eval(body, inside)
	}
	w.elem, w.fn, w.types, w.rets = saved, fn, types, rets
}

// seed is the mark of a parameter that a stranger fills; nothing for what a framework fills in and for types that
// hold no text.
func (w *walk) seed(p syntax.Node, i int, kind, element string, at syntax.Node, only []string) marks {
	name := p.Text()
	annotation := p.First(syntax.Annotation).Child(0)
	if w.t.ambient[name] || w.safeType(annotation) || w.ambientType(annotation) || w.injected(p) {
		return nil
	}
	if len(only) > 0 {
		fits := false
		for _, o := range only {
			place, isPlace := number(o)
			fits = fits || o == name || isPlace && place == i
		}
		if !fits {
			return nil
		}
	}
	if !annotation.IsZero() && w.types != nil {
		if ref := w.r.Resolve(annotation); ref.Def != nil && ref.Def.Kind == code.ClassDef {
			w.types[name] = ref.Def
		}
	}
	shown := name
	if shown == "" {
		shown = short(p)
	}
	span := p.Span()
	s := &Source{Kind: kind, Name: shown, Element: element, At: span}
	clean := mask(0)
	if kind == "request" && inAddress(at, name) {
		k, _ := kindOf("path")
		clean = k.mask() // a part of an address holds no slash
	}
	return marks{{src: s, clean: clean, trace: (*step)(nil).then(span, SourceDoc(kind)+": "+shown)}}
}

// inAddress tells whether a route's address has a part with the parameter's name: "/items/{name}".
func inAddress(function syntax.Node, name string) bool {
	for d := range function.All(syntax.Decorator) {
		call := d.Child(0)
		if !call.Is(syntax.Call) {
			continue
		}
		if s := call.Child(1); s.Is(syntax.String) && (strings.Contains(s.Text(), "{"+name+"}") || strings.Contains(s.Text(), "<"+name+">")) {
			return true
		}
	}
	return false
}

// ambientType tells parameters that frameworks fill in by their type.
func (w *walk) ambientType(annotation syntax.Node) bool {
	if annotation.IsZero() {
		return false
	}
	for _, word := range identifiers.FindAllString(annotation.Source(), -1) {
		if w.t.ambient[word[strings.LastIndexByte(word, '.')+1:]] {
			return true
		}
	}
	return false
}

// injected tells whether a framework fills a parameter in: Depends(…) and the like.
func (w *walk) injected(p syntax.Node) bool {
	d := p.First(syntax.Default).Child(0)
	return d.Is(syntax.Call) && w.t.ambient[callText(d)]
}

// unsafeParts clears what a schema beside a callback says to be no free text: z.number(), z.enum([…]).
func (w *walk) unsafeParts(p, call syntax.Node, e env) {
	if !call.Is(syntax.Call) || call.Tree().Language != syntax.TypeScript {
		return
	}
	call.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Lambda, syntax.FuncDef) {
			return false
		}
		if !n.Is(syntax.Pair) {
			return true
		}
		key, ok := keyText(n.Child(0))
		if !ok || !w.closedSchema(n.Child(1)) {
			return true
		}
		if p.Text() == "" { // ({a, b}) => …
			for path := range e {
				if path == key {
					delete(e, path)
				}
			}
			return true
		}
		e[p.Text()+"."+key] = nil
		return true
	})
}

// closedSchema tells whether a schema leaves no free text.
func (w *walk) closedSchema(n syntax.Node) bool {
	for c := n; c.Is(syntax.Call, syntax.Attr); c = c.Child(0) {
		if c.Is(syntax.Attr) {
			switch c.Text() {
			case "number", "boolean", "enum", "nativeEnum", "literal", "uuid", "int", "date", "bigint", "regex", "datetime":
				return true
			}
		}
	}
	return false
}

// define goes through a function where it is defined.
func (w *walk) define(n syntax.Node, e env) {
	for d := range n.All(syntax.Decorator) {
		w.eval(d.Child(0), e)
	}
	if w.sum != nil {
		return // a function inside one that is summarised is looked at where it is called
	}
	kind, element, only, ok := w.enters(n)
	if ok {
		w.seeded(n, kind, element, n, only, e)
		return
	}
	saved, fn, types, rets := w.elem, w.fn, w.types, w.rets
	if element != "" {
		w.elem = element
	}
	w.fn, w.types = n, map[string]*code.Def{}
	inside := e.copy()
	for p := range n.All(syntax.Param) {
		w.parameter(p, nil, inside)
		if a := p.First(syntax.Annotation).Child(0); !a.IsZero() {
			w.typed(p, a, inside)
		}
	}
	w.exec(n.Child(-1), inside)
	w.elem, w.fn, w.types, w.rets = saved, fn, types, rets
}

// enters tells whether somebody outside fills a function's parameters.
func (w *walk) enters(n syntax.Node) (kind, element string, only []string, ok bool) {
	kind, element, ok = w.mem.owner(w.r.ModuleOf(n).Path, n)
	if !ok {
		if s := w.decorated(n); s != nil {
			kind, only, ok = s.source, s.param, true
		}
	}
	if !ok {
		kind, only, ok = w.inherited(n)
	}
	return kind, element, only, ok
}

// Entry tells whether somebody outside fills a function's parameters, who, and of which element it is the body.
func (m *Memory) Entry(r *code.Resolver, function syntax.Node) (kind, element string, ok bool) {
	t := tableOf(function.Tree().Language)
	if t == nil {
		return "", "", false
	}
	w := &walk{mem: m, r: r, t: t}
	kind, element, _, ok = w.enters(function)
	return kind, element, ok
}

// Ambient tells whether a framework fills in a parameter, and not who calls.
func Ambient(r *code.Resolver, p syntax.Node) bool {
	t := tableOf(p.Tree().Language)
	w := &walk{r: r, t: t}
	return t == nil || t.ambient[p.Text()] || w.ambientType(p.First(syntax.Annotation).Child(0)) || w.injected(p)
}

// typed marks a parameter whose type alone says that a stranger fills it: *http.Request, fastapi.Request.
func (w *walk) typed(p, annotation syntax.Node, e env) {
	for annotation.Is(syntax.Unary) {
		annotation = annotation.Child(0)
	}
	c := w.calleeOf(annotation)
	w.t.values.each(&c, func(s *entry) {
		e.set(p.Text(), w.marked(s.source, p.Text(), p))
	})
}

// decorated gives the source that a function's decorators say it is.
func (w *walk) decorated(n syntax.Node) *entry {
	for d := range n.All(syntax.Decorator) {
		expr := d.Child(0)
		if expr.Is(syntax.Call) {
			expr = expr.Child(0)
		}
		c := w.calleeOf(expr)
		if s := w.t.decorators.first(&c); s != nil {
			return s
		}
	}
	return nil
}

// inherited gives the source that a method is by the class that its own derives from.
func (w *walk) inherited(n syntax.Node) (kind string, only []string, ok bool) {
	class := n.Parent().Parent()
	if !class.Is(syntax.ClassDef) || len(w.t.bases) == 0 || n.Tree() != w.r.Tree() {
		return "", nil, false
	}
	for _, b := range w.t.bases {
		method := false
		for _, m := range b.entry.field {
			method = method || n.TextIs(m)
		}
		if !method {
			continue
		}
		for base := range class.All(syntax.Base) {
			if w.r.Derives(w.r.Resolve(base.Child(0)), b.pattern) {
				return b.entry.source, b.entry.param, true
			}
		}
	}
	return "", nil, false
}

// raises notes what a call that raises where something is wrong leaves safe.
func (w *walk) raises(n syntax.Node, c *callee, e env) {
	if len(e) == 0 {
		return
	}
	w.t.guards.each(c, func(g *entry) {
		if g.returns {
			return
		}
		for _, of := range w.guarded(n, g) {
			if p := subjectOf(of); p != "" {
				w.apply([]cleaned{{path: p, for_: g.clean}}, e)
			}
		}
	})
	if c.def != nil && c.def.Kind == code.FuncDef {
		s := w.summary(c.def)
		if s == nil {
			return
		}
		found := false
		w.eachArgument(n, c.def, func(i int, arg syntax.Node) {
			if p := pathText(arg); p != "" && s.exits {
				if m := s.atExit[i+1]; m != 0 && len(e[p]) > 0 && s.kept(i) {
					found = true
					w.apply([]cleaned{{path: p, for_: m}}, e)
				}
			}
		})
		if found {
			return
		}
	}
	if w.checks(c.last) && n.Parent().Is(syntax.ExprStmt, syntax.Await) {
		for _, a := range argumentsOf(n, nil) {
			if p := pathText(a); p != "" {
				w.apply([]cleaned{{path: p, doubt: true}}, e)
			}
		}
	}
}

// kept tells whether a parameter's name was never given another value: only then do tests of it say something about
// what the caller holds.
func (s *summary) kept(param int) bool { return param < len(s.params) && !s.rebound[s.params[param]] }

// narrows tells whether a call takes everything out of a text but what a class of characters names.
func narrows(n syntax.Node, c *callee) bool {
	switch c.last {
	case "sub", "replace", "replaceAll", "ReplaceAllString":
	default:
		return false
	}
	pattern := argumentAt(n, argument{place: 0})
	if c.last == "ReplaceAllString" {
		pattern = n.Child(0).Child(0)
	}
	text, ok := pattern.Scalar()
	text = strings.TrimPrefix(text, "/")
	return ok && strings.HasPrefix(text, "[^")
}

// elsewhere follows a function that is given to another thread together with its arguments.
func (w *walk) elsewhere(n syntax.Node, c *callee, args map[syntax.Node]marks, self marks, e env) marks {
	skip := 1
	if c.last == "run_in_executor" {
		skip = 2
	}
	f := argumentAt(n, argument{place: skip - 1})
	if f.Is(syntax.Name, syntax.Attr) {
		if ref := w.r.Resolve(f); ref.Def != nil && ref.Def.Kind == code.FuncDef {
			if s := w.summary(ref.Def); s != nil {
				saved := w.skip
				w.skip = skip
				defer func() { w.skip = saved }()
				return w.through(n, ref.Def, s, args, self, w.checks(ref.Last()), e)
			}
		}
	}
	var out marks
	for _, a := range argumentsOf(n, nil) {
		out = union(out, args[a])
	}
	return out.doubted()
}

// inside follows a call into a function of the program.
func (w *walk) inside(n syntax.Node, c *callee, args map[syntax.Node]marks, self marks, e env) marks {
	s := w.summary(c.def)
	if s == nil {
		out := self
		for _, a := range argumentsOf(n, nil) {
			out = union(out, args[a])
		}
		return out.doubted() // too deep to look: it may hold what it was given
	}
	return w.through(n, c.def, s, args, self, w.checks(c.last), e)
}

// made follows the making of an object into its constructor.
func (w *walk) made(n syntax.Node, init *code.Def, args map[syntax.Node]marks, e env) {
	if s := w.summary(init); s != nil {
		w.through(n, init, s, args, nil, false, e)
	}
}

// through puts what a function is given in the place of its parameters.
func (w *walk) through(n syntax.Node, def *code.Def, s *summary, args map[syntax.Node]marks, self marks, check bool, e env) marks {
	held := map[int]marks{}
	w.eachArgument(n, def, func(i int, arg syntax.Node) {
		v, ok := args[arg]
		if !ok {
			if callee := n.Child(0); callee.Is(syntax.Attr) && callee.Child(0) == arg {
				v = self
			} else {
				v = w.quiet(arg, e)
			}
		}
		held[i+1] = union(held[i+1], v)
	})
	what := "passed to " + def.Last()
	for i := range s.flows {
		f := &s.flows[i]
		for _, m := range held[f.param] {
			m.clean |= f.clean
			m.doubt = m.doubt || f.doubt
			if m.clean&f.kind.mask() != 0 {
				continue
			}
			m.trace = m.trace.then(n.Span(), what).after(f.trace)
			if w.sum != nil {
				if m.param > 0 {
					w.sum.flow(reached{f.kind, m.param, m.clean, m.doubt, m.trace, f.file, f.node, f.where, f.call})
				}
				continue
			}
			if m.src != nil {
				m.doubt = m.doubt || m.trace.n > surely
				w.emit(Flow{Kind: f.kind, Source: *m.src, Path: m.trace.places(), Doubt: m.doubt, File: f.file, Node: f.node, Around: f.where, Call: f.call})
			}
		}
	}
	var out marks
	for _, r := range s.returns {
		if r.param == 0 {
			r.trace = r.trace.then(n.Span(), "returned by "+def.Last())
			out = union(out, marks{r})
			continue
		}
		for _, m := range held[r.param] {
			m.clean |= r.clean
			m.doubt = m.doubt || r.doubt || check
			if m.clean == everything {
				continue
			}
			m.trace = m.trace.then(n.Span(), "through "+def.Last())
			out = union(out, marks{m})
		}
	}
	return out
}

// Callee is what a call calls, as the tables name it.
type Callee struct {
	Name  string   // resolved; "?." and what was written where it could not be followed
	Names []string // further names
	Last  string   // the last part of the name
	Def   *code.Def

	inner callee
}

// CalleeOf tells what an expression in the place of a callee refers to.
func CalleeOf(r *code.Resolver, n syntax.Node) Callee {
	c := calleeOf(r, n)
	return Callee{Name: c.name, Names: c.names, Last: c.last, Def: c.def, inner: c}
}

// Is tells whether the callee matches a pattern. "?.run" matches what could not be followed, "?agent.run" only on an
// object whose name is agent or ends in it.
func (c *Callee) Is(pattern string) bool {
	e := &entry{}
	if rest, ok := strings.CutPrefix(pattern, "?"); ok && !strings.HasPrefix(rest, ".") {
		object, method, _ := strings.Cut(rest, ".")
		e.receiver, pattern = []string{object}, "?."+method
		if i := strings.LastIndexByte(method, '.'); i >= 0 { // ?client.chat.create: the first name is the object's
			e.receiver = nil
		}
	}
	return c.inner.fits(row{pattern, e})
}
