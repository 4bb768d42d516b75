package taint

import (
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// callee tells what a call calls.
func (w *walk) callee(n syntax.Node) callee {
	c := w.calleeOf(n.Child(0))
	if c.def == nil && c.ref.Nameless() {
		if c.def = w.arrow(n.Child(0)); c.def != nil {
			c.last = c.def.Name
		}
	}
	return c
}

// arrow is the function without a name of its own that an expression refers to, under the name that it has there: JavaScript's
// "export const open = async (path) => …" is called as any other function is.
func (w *walk) arrow(n syntax.Node) *code.Def {
	if n.Tree().Language != syntax.TypeScript || !n.Is(syntax.Name, syntax.Attr) {
		return nil
	}
	v := w.r.Eval(n)
	if !v.Is(code.Function) || !v.Node.Is(syntax.Lambda, syntax.FuncDef) || v.Node.Tree().Language != syntax.TypeScript {
		return nil
	}
	return &code.Def{Kind: code.FuncDef, Name: n.Text(), Module: w.r.ModuleOf(v.Node), Node: v.Node}
}

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
	if popsLast(n, &c) {
		return self.lastly()
	}
	if c.def == nil {
		self, given = stillLast(n, &c, args, self, given)
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
		return w.inside(n, &c, args, self, given, e)
	case c.def != nil && c.def.Kind == code.ClassDef:
		if len(given) == 0 {
			return nil
		}
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
		var quoted map[syntax.Node]bool
		if hit.Kind == logKind {
			quoted = quotedArguments(n)
		}
		for _, a := range hit.Arguments {
			if quoted[a] {
				continue
			}
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
