package taint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// entry goes through a function whose parameters a stranger fills.
func (w *walk) entry(f syntax.Node, s *entry, at syntax.Node, e env) {
	_, element, _ := w.mem.owner(w.r.ModuleOf(f).Path, f)
	w.seeded(f, s.source, element, at, s.param, e)
}

// seeded goes through a function whose parameters are a source.
func (w *walk) seeded(f syntax.Node, kind, element string, at syntax.Node, only []string, e env) {
	saved, fn, types, rets, verdicts := w.elem, w.fn, w.types, w.rets, w.verdicts
	w.verdicts = nil
	w.elem, w.fn, w.types = element, f, map[string]*code.Def{}
	inside := e.copy()
	i := 0
	for p := range f.All(syntax.Param) {
		v := w.seed(p, i, kind, element, at, only)
		w.parameter(p, v, inside)
		if p.Text() == "" {
			w.renamed(p, inside)
		}
		w.unsafeParts(p, at, inside)
		i++
	}
	if body := f.Child(-1); body.Is(syntax.Block) {
		w.exec(body, inside)
	} else if !body.Is(syntax.Param) && f.Is(syntax.Lambda) {
		w.eval(body, inside)
	}
	w.elem, w.fn, w.types, w.rets, w.verdicts = saved, fn, types, rets, verdicts
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
	return marks{{src: s, clean: clean, file: kind == "request" && isUpload(annotation), trace: (*step)(nil).then(span, SourceDoc(kind)+": "+shown)}}
}

// renamed names the sources of what a parameter is taken apart into after its parts: ({ path, depth }) => … is told as path.
func (w *walk) renamed(p syntax.Node, e env) {
	p.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Annotation, syntax.Default) {
			return false
		}
		if n.Is(syntax.Name) {
			if v := e[n.Text()]; len(v) > 0 {
				own := append(marks(nil), v...)
				for i := range own {
					if own[i].src != nil {
						s := *own[i].src
						s.Name = n.Text()
						own[i].src, own[i].trace = &s, (*step)(nil).then(s.At, SourceDoc(s.Kind)+": "+s.Name)
					}
				}
				e[n.Text()] = own
			}
		}
		return true
	})
}

// isUpload tells whether a parameter is declared to be a file that was sent.
func isUpload(annotation syntax.Node) bool {
	if annotation.IsZero() {
		return false
	}
	for _, word := range identifiers.FindAllString(annotation.Source(), -1) {
		switch word[strings.LastIndexByte(word, '.')+1:] {
		case "UploadFile", "FileStorage", "UploadedFile":
			return true
		}
	}
	return false
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
			delete(e, key)
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
	if !w.mem.every && w.idle(n, e) {
		w.mem.passed.Add(1)
		return
	}
	saved, fn, types, rets, verdicts := w.elem, w.fn, w.types, w.rets, w.verdicts
	w.verdicts = nil
	if element != "" {
		w.elem = element
	}
	w.fn, w.types = n, map[string]*code.Def{}
	inside := e.copy()
	for p := range n.All(syntax.Param) {
		w.parameter(p, nil, inside)
		if a := p.First(syntax.Annotation).Child(0); !a.IsZero() && !w.plainType(a) {
			w.typed(p, a, inside)
		}
	}
	w.exec(n.Child(-1), inside)
	w.elem, w.fn, w.types, w.rets, w.verdicts = saved, fn, types, rets, verdicts
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
	if !e.marked() {
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
		if !w.summarises(c.def) {
			return
		}
		found := false
		w.eachArgument(n, c.def, func(i int, arg syntax.Node) {
			if p := pathText(arg); p != "" && len(e[p]) > 0 {
				if s := w.summary(c.def); s != nil && s.exits && s.atExit[i+1] != 0 && s.kept(i) {
					found = true
					w.apply([]cleaned{{path: p, for_: s.atExit[i+1]}}, e)
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

// inside follows a call into a function of the program. One that is given nothing marked, and takes in nothing by itself,
// need not be gone through.
func (w *walk) inside(n syntax.Node, c *callee, args map[syntax.Node]marks, self, given marks, e env) marks {
	if len(self)+len(given) == 0 && !w.mem.every && w.mute(c.def, w.depth) {
		return nil
	}
	s := w.summary(c.def)
	if s == nil {
		out := self
		for _, a := range argumentsOf(n, nil) {
			out = union(out, args[a])
		}
		return out.loosed().doubted() // too deep to look: it may hold what it was given
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
			m.named = m.named || f.named
			if m.last = m.last && !f.loose; m.clean&f.kind.mask() != 0 || m.nowhere(f.kind) || f.ofFile && m.last {
				continue
			}
			m.trace = m.trace.then(n.Span(), what).after(f.trace)
			if w.sum != nil {
				if m.param > 0 {
					w.sum.flow(reached{f.kind, m.param, m.clean, m.doubt, m.named, m.loose || f.loose, f.ofFile, m.trace, f.file, f.node, f.where, f.call})
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
			m.named, m.file = m.named || r.named, m.file || r.file
			m.last, m.loose = r.last || m.last && !r.loose, m.loose || r.loose
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
