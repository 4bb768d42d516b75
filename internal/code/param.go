package code

import (
	"slices"
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// parameter is what a parameter is when no call is being followed: what the calls in its own file pass, else its
// default, else its annotated type.
func (r *Resolver) parameter(s *scope, p syntax.Node, f *frame) *Value {
	function := p.Parent()
	name := p.Text()
	if goMethod(function) && function.First(syntax.Param) == p {
		if v := r.eval(p.First(syntax.Annotation).Child(0), nil); v.Kind == Class && v.Ref.Def != nil {
			return r.selfOf(v.Ref.Def.Node, p, f)
		}
		return unknown(p, "it is of the type %s", receiverType(function))
	}
	if function.Is(syntax.FuncDef) && s.of.module.language != syntax.TypeScript {
		if k := enclosingClass(function); k == function.Parent().Parent() && !k.IsZero() && function.First(syntax.Param) == p && !hasDecorator(function, "staticmethod") {
			if hasDecorator(function, "classmethod") || function.TextIs("__new__") || function.TextIs("__init_subclass__") {
				return r.definition(k, f)
			}
			return r.selfOf(k, p, f)
		}
	}
	if p.Op() != 0 {
		if p.Op() == 1 {
			return &Value{Kind: List, Node: p, Open: true, Text: "parameter *" + name}
		}
		return &Value{Kind: Dict, Node: p, Open: true, Text: "parameter **" + name}
	}
	var values []*Value
	switch {
	case function.Is(syntax.FuncDef):
		values = append(r.passed(s, function, name), r.kept(s, function, p)...)
	case inGo(function) && variableOf(function) != "":
		values = r.passedAtAll(r.sitesOf(s.of, variableOf(function)), function, name)
	}
	if v := r.injected(p, f); v != nil {
		return choice(p, append(values, v)...)
	}
	if d := p.First(syntax.Default).Child(0); !d.IsZero() {
		if v := r.eval(d, f); v.Kind != Null || len(values) == 0 {
			if v.Kind == Null {
				if t := r.typed(p.First(syntax.Annotation).Child(0), p); t != nil && t.Kind == Instance {
					return t
				}
			}
			if v.Kind == Instance && v.Ref.Is("typer.Option", "typer.Argument", "fastapi.Query", "fastapi.Body", "fastapi.Form", "fastapi.Header", "click.option") {
				v = v.Arg("default", 0) // the parameter's default is what the framework is told
			}
			if v != nil {
				values = append(values, v)
			}
		}
	}
	if len(values) == 0 && !inGo(function) {
		values = r.handedOver(function, p)
	}
	if len(values) > 0 {
		return choice(p, values...)
	}
	if v := r.typed(p.First(syntax.Annotation).Child(0), p); v != nil {
		if r.otherGiven(p, v) {
			return unknown(p, "what a container gives for %s is registered elsewhere", v.Ref.Last())
		}
		return v
	}
	return unknown(p, "it is the parameter %s of %s", name, function.Text())
}

// passed lists what calls in the function's own file, or else in the files that import it, pass for a parameter. A function
// of its own file that hands on what it is not given itself, as those do that only make an object, says nothing, and what it
// hands on of a type says no more than the type.
func (r *Resolver) passed(s *scope, function syntax.Node, name string) []*Value {
	called := function.Text()
	if called == "__init__" || called == "constructor" {
		called = enclosingClass(function).Text()
	}
	sites := r.sitesOf(s.of, called)
	values := r.passedAtAll(sites, function, name)
	if anyKnown(values) || len(sites) > mostPassing || r.refOnly || r.brief {
		return values
	}
	files := append(r.siblings(s.of.module), r.program.importers[s.of.module.Path]...)
	if called != function.Text() {
		files = append(files, r.importersOfPackages(s.of.module, called)...)
	}
	sites = nil
	for _, path := range files {
		if l := r.load(r.program.modules[path]); l.tree != nil {
			sites = append(sites, r.sitesOf(l, called)...)
		}
	}
	if others := r.passedAtAll(sites, function, name); len(others) > 0 {
		return others
	}
	return values
}

// variableOf is the variable that a function without a name is bound to where it stands: reg in reg := func(…) {…}.
func variableOf(function syntax.Node) string {
	if held := function.Parent(); held.Is(syntax.Assign) && held.Child(0).Is(syntax.Name) && held.Child(-1) == function && held.Count() == 2 {
		return held.Child(0).Text()
	}
	return ""
}

// mostPassing is how many calls are looked at for what they pass.
const mostPassing = 8

// anyKnown tells whether some value is more than nothing, or than the type that a parameter is said to have.
func anyKnown(values []*Value) bool {
	return slices.ContainsFunc(values, func(v *Value) bool { return v.Kind != Null && !v.Typed() })
}

// importersOfPackages lists the files that import a package which hands on a class of a module: they hand its objects what
// these keep. What examples hand them is not what the program does.
func (r *Resolver) importersOfPackages(m *Module, class string) (paths []string) {
	if m.language != syntax.Python {
		return nil
	}
	near := r.program.importers[m.Path]
	for _, path := range near {
		hands := r.program.modules[path]
		if hands == nil || !hands.Package || path == m.Path {
			continue
		}
		if l := r.load(hands); l.tree == nil || len(l.mentions(class)) == 0 {
			continue
		}
		for _, next := range r.program.importers[path] {
			if next != m.Path && !slices.Contains(near, next) && !slices.Contains(paths, next) && source.Scope(next) == m.scope && len(paths) < mostAbove {
				paths = append(paths, next)
			}
		}
	}
	return paths
}

// passedAtAll lists what calls pass for a parameter, as far as it is known.
func (r *Resolver) passedAtAll(sites []syntax.Node, function syntax.Node, name string) []*Value {
	if len(sites) == 0 || len(sites) > mostPassing {
		return nil
	}
	var values []*Value
	key := memoKey{function, nil, r.refOnly}
	if r.busy[key] {
		return nil
	}
	put(&r.busy, key, true)
	defer delete(r.busy, key)
	var open *Value // what some call passes, and nobody knows
	for _, site := range sites {
		callee := r.eval(site.Child(0), nil)
		for _, one := range callee.Each() {
			if one.Kind == Class {
				if init := r.method(one.Ref.Def, "__init__"); init != nil {
					one = &Value{Kind: Function, Node: init.Node, self: &Value{Kind: Unknown, Text: "self"}, in: r}
				}
			}
			if one.Kind != Function || one.Node != function {
				continue
			}
			switch v := r.passedAt(one, site, function, name); {
			case v == nil:
			case v.Kind == Unknown:
				open = v
			default:
				values = append(values, v)
			}
		}
	}
	if open != nil && slices.ContainsFunc(values, func(v *Value) bool { return v.Kind == List }) {
		values = append(values, open) // a list that is not the only one may hold less than another
	}
	return values
}

// kept lists the functions and classes that stand under a decorator which gives back what it is given: it is there to keep
// them somewhere, as registries do.
func (r *Resolver) kept(s *scope, function, param syntax.Node) []*Value {
	if r.refOnly || r.brief || s.of.module.language == syntax.TypeScript || inGo(function) || !r.givesBack(function, param) {
		return nil
	}
	var at []syntax.Node
	at = append(at, r.decoratorsOf(s.of, function.Text())...)
	for _, path := range r.program.importers[s.of.module.Path] {
		if l := r.load(r.program.modules[path]); l.tree != nil {
			at = append(at, r.decoratorsOf(l, function.Text())...)
		}
	}
	if len(at) == 0 || len(at) > mostSites {
		return nil
	}
	key := memoKey{param, nil, r.refOnly}
	if r.busy[key] {
		return nil
	}
	put(&r.busy, key, true)
	defer delete(r.busy, key)
	var values []*Value
	for _, d := range at {
		if on := d.Parent(); on.Is(syntax.FuncDef, syntax.ClassDef) {
			for _, one := range r.eval(d.Child(0), nil).Each() {
				if one.Kind == Function && one.Node == function {
					values = append(values, r.definition(on, nil))
					break
				}
			}
		}
	}
	return values
}

// givesBack tells whether a function gives back nothing but its first parameter, which is the one asked about.
func (r *Resolver) givesBack(function, param syntax.Node) bool {
	first := function.First(syntax.Param)
	if first != param && !enclosingClass(function).IsZero() && !hasDecorator(function, "staticmethod") {
		for p := range function.All(syntax.Param) {
			if p != first {
				first = p
				break
			}
		}
	}
	exits := r.returnsOf(function)
	for _, e := range exits {
		if !e.Is(syntax.Name) || !e.TextIs(param.Text()) {
			return false
		}
	}
	return first == param && len(exits) > 0
}

// passedAt is what one call passes for a parameter; nil when it passes nothing.
func (r *Resolver) passedAt(fn *Value, site, function syntax.Node, name string) *Value {
	if got := site.Argument(name); !got.IsZero() {
		return r.eval(got, nil)
	}
	position, spread := 0, false
	for c := range site.All(syntax.Spread) {
		_ = c
		spread = true
	}
	if spread || len(fn.extras()) > 0 {
		given := r.bind(fn, site, nil)
		if v, _ := given.value(name); v != nil {
			return v
		}
		return nil
	}
	bound := fn.self != nil && r.at(function).module.language != syntax.TypeScript
	for p := range function.All(syntax.Param) {
		if bound {
			bound = false
			continue
		}
		if p.Op() != 0 {
			return nil
		}
		if p.TextIs(name) {
			break
		}
		position++
	}
	for c := range site.Children() {
		if c == site.Child(0) || c.Is(syntax.Keyword) {
			continue
		}
		if position == 0 {
			return r.eval(c, nil)
		}
		position--
	}
	return nil
}

// typed is an object of which only the annotation is known; nil when the annotation says nothing useful.
func (r *Resolver) typed(annotation, at syntax.Node) *Value {
	for range 4 {
		switch annotation.Kind() {
		case syntax.Unary: // Go: *T
			annotation = annotation.Child(0)
			continue
		case syntax.Subscript:
			switch last(r.refIn(annotation.Child(0))) {
			case "Optional", "Annotated", "Final", "ClassVar", "Required", "NotRequired", "Union", "Awaitable":
				annotation = annotation.Child(1)
				if annotation.Is(syntax.Tuple) {
					annotation = annotation.Child(0)
				}
				continue
			}
		case syntax.Binary:
			if annotation.Child(0).Is(syntax.Null) {
				annotation = annotation.Child(1)
			} else {
				annotation = annotation.Child(0)
			}
			continue
		}
		break
	}
	var ref Ref
	switch annotation.Kind() {
	case syntax.Name, syntax.Attr, syntax.Subscript:
		if ref = r.refIn(annotation); ref.Is("typing.Annotated", "typing_extensions.Annotated") {
			ref = r.refIn(r.remarked(annotation)) // a name for a type with remarks is that type
		}
	case syntax.String:
		// A forward reference: a plain or dotted name that the file knows.
		if text := strings.TrimSpace(annotation.Text()); isDotted(text) {
			first, rest, more := cut(text)
			l := r.at(annotation)
			if _, ok := l.top.names[first]; ok {
				if v := r.bound(l.top, first, syntax.Node{}, nil); v != nil {
					for more {
						first, rest, more = cut(rest)
						v = r.attribute(v, first, annotation)
					}
					ref = refOf(v)
				}
			}
		}
	}
	if ref.Name == "" || at.Tree().Language == syntax.TypeScript && saysNothing(ref) {
		return nil
	}
	switch ref.Name {
	case "typing.Any", "builtins.object", "typing.Callable", "collections.abc.Callable":
		return nil
	}
	if strings.HasPrefix(ref.Name, "builtins.") || strings.HasPrefix(ref.Name, "typing.") {
		return &Value{Kind: Unknown, Node: at, Text: "it is a parameter", Ref: ref}
	}
	if ref.Def != nil && ref.Def.Kind != ClassDef {
		return nil
	}
	return &Value{Kind: Instance, Node: at, Ref: ref, in: r}
}

// remarked is the type of Annotated[type, …] that a name stands for; the zero Node where that could not be followed.
func (r *Resolver) remarked(name syntax.Node) syntax.Node {
	whole := r.eval(name, nil).Node.Parent()
	if !whole.Is(syntax.Subscript) || !whole.Child(1).Is(syntax.Tuple) {
		return syntax.Node{}
	}
	return whole.Child(1).Child(0)
}

// saysNothing tells of a type of TypeScript that no class of it is known: it is an interface or an alias of the project, which
// are not kept, a parameter of types, or a type of the language.
func saysNothing(ref Ref) bool {
	return ref.Def == nil && (ref.Name[0] == '.' || ref.Name[0] == '/' || strings.HasPrefix(ref.Name, "builtins.") || strings.HasPrefix(ref.Name, "@/") || strings.HasPrefix(ref.Name, "~/"))
}

func last(ref Ref) string { return ref.Last() }

func isDotted(s string) bool {
	for _, c := range s {
		if c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return s != ""
}
