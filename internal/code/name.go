package code

import (
	"fermata/internal/syntax"
)

// name follows a name through the scopes around it.
func (r *Resolver) name(n syntax.Node, f *frame) *Value {
	name := n.Text()
	first := true
	for s := scopeOf(n); ; s = scopeOf(s) {
		if !s.Is(syntax.ClassDef) || first {
			sc := r.scope(s)
			if bindings, ok := sc.names[name]; ok && !sc.outer[name] && binds(bindings) {
				use := syntax.Node{}
				if first {
					use = n
				}
				if v := r.bound(sc, name, use, f); v != nil {
					return v
				}
			}
			if s.Is(syntax.Module) {
				for i := len(sc.stars) - 1; i >= 0; i-- {
					star := sc.stars[i]
					t := r.importTarget(sc.of.module, star.Op(), star.Text())
					if v := r.member(t, name, 0); v != nil {
						return v.named(t.name + "." + name)
					}
				}
			}
		}
		if s.Is(syntax.Module) {
			break
		}
		if !s.Is(syntax.Comp) {
			first = false
		}
	}
	if v := r.special(n, name, f); v != nil {
		return v
	}
	if builtins[name] {
		return &Value{Kind: External, Node: n, Ref: Ref{Name: "builtins." + name}}
	}
	// One star import of a library is the likeliest origin of a name that is defined nowhere.
	l := r.at(n)
	for i := len(l.top.stars) - 1; i >= 0; i-- {
		star := l.top.stars[i]
		t := r.importTarget(l.module, star.Op(), star.Text())
		if len(t.modules) == 0 && t.folder == "" && len(l.top.stars) == 1 {
			return &Value{Kind: External, Node: n, Ref: Ref{Name: t.name + "." + name}}
		}
	}
	return unknown(n, "%s is not defined in what was read", name)
}

// binds tells whether at least one of the bindings gives a value; changes alone do not make a name local.
func binds(bindings []binding) bool {
	for i := range bindings {
		if bindings[i].kind != bindMutate {
			return true
		}
	}
	return false
}

// special knows names that the language itself defines.
func (r *Resolver) special(n syntax.Node, name string, f *frame) *Value {
	switch name {
	case "__file__":
		return &Value{Kind: String, Node: n, Text: r.at(n).module.Path}
	case "__name__":
		return &Value{Kind: String, Node: n, Text: r.at(n).module.Name}
	case "this":
		for g := f; g != nil; g = g.lexical {
			if v, ok := g.value("this"); ok {
				return v
			}
		}
		if k := enclosingClass(n); !k.IsZero() {
			return r.selfOf(k, n, f)
		}
	case "undefined":
		return &Value{Kind: Null, Node: n}
	}
	return nil
}

// bound is the value of a name in a scope as seen from use; the zero Node for a use elsewhere, which sees what stands
// at the end. Branches give alternatives. Nil when nothing useful is bound.
func (r *Resolver) bound(s *scope, name string, use syntax.Node, f *frame) *Value {
	bindings := s.names[name]
	var reaching []*binding
	for i := len(bindings) - 1; i >= 0; i-- {
		b := &bindings[i]
		if b.kind == bindMutate || b.kind == bindAugment || b.kind == bindOther && len(reaching) > 0 {
			continue
		}
		if !use.IsZero() && !r.reaches(b, use) {
			continue
		}
		if len(reaching) >= 16 {
			break
		}
		reaching = append(reaching, b)
		if unconditional(b.node, s.node, use) {
			break
		}
	}
	if len(reaching) == 0 && !use.IsZero() {
		// Used before it is set in the order of the text: a loop, or a notebook's cells. The first will do.
		for i := range bindings {
			if b := &bindings[i]; b.kind != bindMutate && b.kind != bindAugment && !within(use, b.node) {
				reaching = append(reaching, b)
				break
			}
		}
	}
	var values []*Value
	for i := len(reaching) - 1; i >= 0; i-- {
		v := r.binding(s, name, reaching[i], f)
		if v == nil {
			continue
		}
		values = append(values, r.changed(s, bindings, reaching[i], v, use, f))
	}
	if len(values) == 0 {
		return nil
	}
	return choice(use, values...)
}

// reaches tells whether a binding can have happened before a use in the same scope.
func (r *Resolver) reaches(b *binding, use syntax.Node) bool {
	if b.kind == bindParam {
		return true
	}
	if within(use, b.node) {
		// A loop's target is bound in its body, a comprehension's everywhere in it, a with's after the item.
		switch {
		case b.kind == bindFor:
			return !within(use, b.value)
		case b.kind == bindWith, b.kind == bindExcept:
			return !within(use, b.value)
		}
		return false
	}
	if b.node.Is(syntax.CompFor) {
		return true
	}
	return start(b.node) < start(use) && !apart(b.node, use)
}

func start(n syntax.Node) int32 { return n.Span().Start }

// apart tells whether two places are in branches of one statement of which only one runs.
func apart(a, b syntax.Node) bool {
	child := a
	for p := a.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.If:
			if within(b, p) {
				other := branchOf(b, p)
				return other != child && child.Is(syntax.Block, syntax.Else) && other.Is(syntax.Block, syntax.Else)
			}
		case syntax.Match:
			if within(b, p) {
				other := branchOf(b, p)
				return other != child && child.Is(syntax.Case) && other.Is(syntax.Case)
			}
		case syntax.FuncDef, syntax.Module, syntax.ClassDef:
			return false
		}
		child = p
	}
	return false
}

// branchOf is the child of p that n is in.
func branchOf(n, p syntax.Node) syntax.Node {
	for q := n.Parent(); !q.IsZero(); q = q.Parent() {
		if q == p {
			return n
		}
		n = q
	}
	return syntax.Node{}
}

// unconditional tells whether a binding is sure to have happened where use stands (or at the end of the scope).
func unconditional(b, scope, use syntax.Node) bool {
	child := b
	for p := b.Parent(); !p.IsZero() && p != scope; p = p.Parent() {
		switch p.Kind() {
		case syntax.If:
			if child.Is(syntax.Block, syntax.Else) && !isMainGuard(p) && !within2(use, child) {
				return false
			}
		case syntax.Except, syntax.Case, syntax.For, syntax.While:
			if !within2(use, child) {
				return false
			}
		case syntax.Try:
			// The body of a try is what is meant to happen; but an import that may fail has its alternative.
			if child.Is(syntax.Else) || b.Is(syntax.Alias) && !within2(use, child) {
				return false
			}
		}
		child = p
	}
	return true
}

func within2(use, top syntax.Node) bool { return !use.IsZero() && within(use, top) }

// isMainGuard recognises if __name__ == "__main__".
func isMainGuard(n syntax.Node) bool {
	c := n.Child(0)
	return c.Is(syntax.Compare) && c.Child(0).TextIs("__name__")
}

// binding is the value that one binding gives.
func (r *Resolver) binding(s *scope, name string, b *binding, f *frame) *Value {
	switch b.kind {
	case bindImport, bindFrom:
		if v := r.imports[b.node]; v != nil {
			return v
		}
		v := r.importBinding(s, b)
		if len(r.seeking) == 0 { // not while modules that import each other are searched
			r.imports[b.node] = v
		}
		return v
	case bindDef:
		return r.definition(b.node, f)
	case bindParam:
		if g := f.of(s.node); g != nil {
			if v, ok := g.value(name); ok {
				return v
			}
		}
		return r.parameter(s, b.node, f)
	case bindFor:
		loop := b.node
		if loop.Is(syntax.CompFor) {
			loop = loop.Parent()
			if g := f.of(b.node); g != nil {
				if v, ok := g.value(name); ok {
					return v
				}
			}
		}
		if g := f.of(loop); g != nil {
			if v, ok := g.value(name); ok {
				return v
			}
		}
		return r.loopVariable(b, f)
	case bindWith:
		return r.part(r.entered(b.value, f), b.path, b.node)
	case bindExcept:
		return unknown(b.node, "it is an exception")
	case bindAssign:
		return r.part(r.eval(b.value, f), b.path, b.value)
	case bindOther:
		if !b.value.IsZero() { // JavaScript: const { key: name } = value
			return r.attribute(r.eval(b.node.Child(-1), f), b.value.Text(), b.node)
		}
		if b.node.Is(syntax.AnnAssign) {
			if v := r.typed(b.node.Child(1).Child(0), b.node); v != nil {
				return v
			}
			return unknown(b.node, "only its type is said")
		}
		return unknown(b.node, "it is part of a parameter")
	}
	return nil
}

func (r *Resolver) importBinding(s *scope, b *binding) *Value {
	if b.kind == bindFrom {
		statement := b.node.Parent()
		t := r.importTarget(s.of.module, statement.Op(), statement.Text())
		if s.of.module.language == syntax.TypeScript {
			return r.scriptImport(t, b.node)
		}
		return r.imported(t, b.node.Text())
	}
	text := b.node.Text()
	if s.of.module.language == syntax.Python || s.of.module.language == syntax.Notebook {
		if b.node.Child(0).IsZero() {
			// import a.b.c binds a
			text, _, _ = cut(text)
		}
	}
	return r.packageValue(r.importTarget(s.of.module, 0, text))
}

// definition is a function or class as a value.
func (r *Resolver) definition(n syntax.Node, f *frame) *Value {
	def := r.defOf(n)
	kind := Function
	if n.Is(syntax.ClassDef) {
		kind = Class
	}
	f = f.at(n)
	if v := r.known[n]; v != nil && f == nil {
		return v
	}
	v := &Value{Kind: kind, Node: n, Ref: Ref{Name: def.Module.Name + "." + def.Name, Def: def}, in: r, frame: f}
	if f == nil {
		r.known[n] = v
	}
	return v
}

// defOf is the definition that a FuncDef or ClassDef makes.
func (r *Resolver) defOf(n syntax.Node) *Def {
	if d := r.defs[n]; d != nil {
		return d
	}
	kind := FuncDef
	if n.Is(syntax.ClassDef) {
		kind = ClassDef
	}
	d := &Def{Kind: kind, Name: qualified(n), Module: r.at(n).module, Node: n}
	r.defs[n] = d
	return d
}

// qualified is the name of a definition with the names of what it is inside of.
func qualified(n syntax.Node) string {
	name := n.Text()
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef, syntax.ClassDef) {
			name = p.Text() + "." + name
		}
	}
	return name
}

// part follows a path into a value: a, (b, c) = value.
func (r *Resolver) part(v *Value, path []int16, n syntax.Node) *Value {
	for _, i := range path {
		switch {
		case v.Kind == List && i >= 0 && int(i) < len(v.Items) && !v.Open:
			v = v.Items[i]
		case v.Kind == Choice:
			var all []*Value
			for _, one := range v.Items {
				if one.Kind == List && i >= 0 && int(i) < len(one.Items) {
					all = append(all, one.Items[i])
				}
			}
			if len(all) == 0 {
				return unknown(n, "it is part of something that is not known")
			}
			v = choice(n, all...)
		case v.Kind == Instance:
			return v // a part of what an outside call answers keeps its name
		default:
			return unknown(n, "it is part of something that is not known")
		}
	}
	return v
}

// loopVariable is any of the members that a loop goes over.
func (r *Resolver) loopVariable(b *binding, f *frame) *Value {
	v := r.eval(b.value, f)
	members, _ := r.iterate(b.value, f)
	if len(members) > 0 {
		var all []*Value
		for _, m := range members {
			all = append(all, r.part(m, b.path, b.node))
		}
		return choice(b.node, all...)
	}
	if v.Kind == Instance { // something an outside call answers, one of its members
		return v
	}
	if v.Kind == Unknown {
		return unknown(b.node, "the loop goes over something that is not known: %s", v.Text)
	}
	return unknown(b.node, "the loop goes over something that is not known")
}

// changed applies what happens to a value between its binding and its use: lists and dictionaries that grow.
func (r *Resolver) changed(s *scope, bindings []binding, from *binding, v *Value, use syntax.Node, f *frame) *Value {
	if v.Kind != List && v.Kind != Dict && v.Kind != String {
		return v
	}
	var grown *Value
	for i := range bindings {
		b := &bindings[i]
		if b.kind != bindMutate && b.kind != bindAugment {
			continue
		}
		if from.kind != bindParam && start(b.node) < start(from.node) || !use.IsZero() && (start(b.node) >= start(use) || within(use, b.node) || apart(b.node, use)) {
			continue
		}
		if from.kind != bindParam && apart(b.node, from.node) {
			continue
		}
		if grown == nil {
			c := *v
			c.Items = v.Items[:len(v.Items):len(v.Items)]
			c.Pairs = v.Pairs[:len(v.Pairs):len(v.Pairs)]
			grown = &c
		}
		for _, g := range r.unroll(b.node, s.node, f) {
			r.change(grown, b, g)
		}
	}
	if grown == nil {
		return v
	}
	return grown
}

// unroll gives the frames of the rounds of the loops that a statement is in, up to a scope.
func (r *Resolver) unroll(n, scope syntax.Node, f *frame) []*frame {
	var loops []syntax.Node
	child := n
	for p := n.Parent(); !p.IsZero() && p != scope; p = p.Parent() {
		if p.Is(syntax.For) && child.Is(syntax.Block) && p.Child(0) != child && f.of(p) == nil {
			loops = append(loops, p)
		}
		if p.Is(syntax.Comp) && f.of(p) == nil {
			loops = append(loops, p)
		}
		if p.Is(syntax.FuncDef, syntax.ClassDef) {
			break
		}
		child = p
	}
	frames := []*frame{f.at(n)}
	for i := len(loops) - 1; i >= 0; i-- {
		clause := loops[i]
		if clause.Is(syntax.Comp) {
			clause = clause.First(syntax.CompFor)
		}
		var next []*frame
		for _, g := range frames {
			more, _ := r.rounds(loops[i], clause, g)
			next = append(next, more...)
		}
		if len(next) > maxUnroll {
			next = next[:maxUnroll]
		}
		frames = next
	}
	return frames
}

// change applies one statement to a growing value.
func (r *Resolver) change(v *Value, b *binding, f *frame) {
	n := b.node
	switch n.Kind() {
	case syntax.AugAssign:
		if n.Child(0).Is(syntax.Name) {
			added := r.eval(n.Child(1), f)
			switch v.Kind {
			case List:
				if added.Kind == Unknown {
					v.Open, v.Text = true, added.Text
				} else {
					v.extend(added)
				}
			case Dict:
				v.update(added)
			case String:
				sum := r.plus(n, v, added)
				v.Text, v.Holes = sum.Text, sum.Holes
			}
		} else if sub := n.Child(0); v.Kind == Dict && sub.Is(syntax.Subscript) {
			v.Open = true
		}
	case syntax.Assign, syntax.AnnAssign:
		for c := range n.Children() {
			if c.Is(syntax.Subscript) && c.Child(0).Is(syntax.Name) && c != n.Child(-1) {
				switch v.Kind {
				case Dict:
					v.Pairs = append(v.Pairs, Entry{r.eval(c.Child(1), f), r.eval(n.Child(-1), f)})
				case List:
					v.Items = append(v.Items, r.eval(n.Child(-1), f))
				}
			}
		}
	case syntax.ExprStmt:
		call := n.Child(0)
		if call.Is(syntax.Await) {
			call = call.Child(0)
		}
		if !call.Child(0).Child(0).Is(syntax.Name) {
			return // x.y.append(…) changes what x.y holds, not x
		}
		argument := r.eval(call.Child(1), f)
		switch method := call.Child(0).Text(); method {
		case "append", "add", "appendleft", "push":
			if v.Kind == List {
				for c := range call.Children() {
					if c != call.Child(0) && !c.Is(syntax.Keyword) {
						v.Items = append(v.Items, r.eval(c, f))
					}
				}
			}
		case "insert":
			if v.Kind == List {
				v.Items = append(v.Items, r.eval(call.Child(2), f))
			}
		case "extend":
			if v.Kind == List {
				if argument.Kind == Unknown {
					v.Open, v.Text = true, argument.Text
				} else {
					v.extend(argument)
				}
			}
		case "update":
			if v.Kind == Dict {
				if first := call.Child(1); !first.Is(syntax.Keyword) {
					v.update(argument)
				}
				for k, value := range call.Pairs() {
					v.Pairs = append(v.Pairs, Entry{&Value{Kind: String, Node: k, Text: k.Text()}, r.eval(value, f)})
				}
			}
		case "setdefault":
			if v.Kind == Dict {
				v.Pairs = append(v.Pairs, Entry{argument, r.eval(call.Child(2), f)})
			}
		}
	}
}

// builtins are the names that Python defines and that matter here: what they do is known or harmless.
var builtins = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range []string{
		"abs", "aiter", "all", "anext", "any", "ascii", "bin", "bool", "breakpoint", "bytearray", "bytes", "callable", "chr",
		"classmethod", "compile", "complex", "delattr", "dict", "dir", "divmod", "enumerate", "eval", "exec", "filter", "float",
		"format", "frozenset", "getattr", "globals", "hasattr", "hash", "help", "hex", "id", "input", "int", "isinstance",
		"issubclass", "iter", "len", "list", "locals", "map", "max", "memoryview", "min", "next", "object", "oct", "open", "ord",
		"pow", "print", "property", "range", "repr", "reversed", "round", "set", "setattr", "slice", "sorted", "staticmethod",
		"str", "sum", "super", "tuple", "type", "vars", "zip", "__import__",
		"Exception", "BaseException", "ValueError", "TypeError", "KeyError", "IndexError", "RuntimeError", "OSError", "IOError",
		"FileNotFoundError", "PermissionError", "ConnectionError", "TimeoutError", "NotImplementedError", "StopIteration",
		"AttributeError", "ImportError", "ZeroDivisionError", "UnicodeDecodeError", "KeyboardInterrupt", "SystemExit",
		"AssertionError", "LookupError", "ArithmeticError", "InterruptedError", "StopAsyncIteration", "GeneratorExit",
		"ModuleNotFoundError", "NameError", "OverflowError", "RecursionError", "ReferenceError", "SyntaxError", "UnicodeError",
		"Warning", "DeprecationWarning", "UserWarning", "FileExistsError", "IsADirectoryError", "NotADirectoryError",
		"BrokenPipeError", "ConnectionRefusedError", "ConnectionResetError", "ProcessLookupError", "ChildProcessError",
		// JavaScript
		"JSON", "Math", "Object", "Array", "Promise", "console", "process", "fetch", "Date", "Number", "String", "Boolean",
		"RegExp", "Error", "Map", "Set", "Buffer", "setTimeout", "clearTimeout", "setInterval", "URL", "URLSearchParams",
		"encodeURIComponent", "decodeURIComponent", "parseInt", "parseFloat", "require", "structuredClone", "Symbol",
		"AbortController", "AbortSignal", "TextEncoder", "TextDecoder", "Headers", "Request", "Response", "FormData", "crypto",
	} {
		all[name] = true
	}
	return all
}()
