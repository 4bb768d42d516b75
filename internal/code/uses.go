package code

import (
	"slices"

	"fermata/internal/syntax"
)

// What holds an object, or a list, is told by its uses: whoever has it under another name, was given it or keeps it can
// change it, or give it work. Following it forwards from where it is made finds them all, or that they are not all seen.

// Verdict is what a place does with an object that is followed.
type Verdict uint8

// The verdicts.
const (
	Lost Verdict = iota // from here on it is not seen what happens to the object
	Fine                // nothing that matters
	Held                // what the expression gives is, or holds, the object: it is followed further
)

// Uses follows an object.
type Uses struct {
	// Call judges a call on the object, a call of the object itself, or one outside the program that is given it: use is
	// the object as it stands there.
	Call func(call, use syntax.Node) Verdict
	// Read judges an attribute that is read; Set what an attribute or a member is set to, or what is added to it.
	Read func(attr syntax.Node) Verdict
	Set  func(value syntax.Node) bool
	// Flat is said of lists whose members cannot be changed.
	Flat bool

	r     *Resolver
	left  int
	names map[nameIn]bool
	kept  map[nameAt]bool // attributes, by file and name, that were looked for
}

type nameIn struct {
	scope syntax.Node
	name  string
}

// mostUses is how many places are looked at for one object.
const mostUses = 400

// Follow looks at all places at which the value of an expression is used. It is false where one of them loses it, or
// where there are too many.
func (r *Resolver) Follow(n syntax.Node, u *Uses) bool {
	defer r.follows()()
	u.start(r)
	return u.follow(n)
}

func (u *Uses) start(r *Resolver) {
	u.r, u.left, u.names, u.kept = r, mostUses, map[nameIn]bool{}, map[nameAt]bool{}
}

// follow looks at what stands around an expression that gives the object.
func (u *Uses) follow(n syntax.Node) bool {
	if u.left--; u.left < 0 || !u.r.look(1) || inGo(n) {
		return false
	}
	p := n.Parent()
	switch p.Kind() {
	case syntax.ExprStmt, syntax.Interp, syntax.Compare, syntax.If, syntax.While, syntax.Guard, syntax.Slice, syntax.Annotation, syntax.Case, syntax.Decorator, syntax.Simple:
		return true
	case syntax.Match:
		return u.r.at(n).module.language == syntax.TypeScript || !captured(p)
	case syntax.Unary:
		return true
	case syntax.Assign, syntax.AnnAssign:
		if n != p.Child(-1) {
			return n.Is(syntax.Name) || u.Set(p.Child(-1))
		}
		for target := range p.Children() {
			if target != n && !target.Is(syntax.Annotation) && !u.bind(target) {
				return false
			}
		}
		return true
	case syntax.AugAssign:
		if n == p.Child(0) {
			return u.Set(p.Child(1))
		}
		return u.Flat
	case syntax.Walrus:
		if n == p.Child(0) {
			return u.Set(p.Child(1))
		}
		return u.bind(p.Child(0)) && u.follow(p)
	case syntax.Await, syntax.Logic, syntax.List, syntax.Tuple, syntax.Set, syntax.Map:
		return u.follow(p)
	case syntax.Cond:
		return n == p.Child(0) || u.follow(p)
	case syntax.Pair:
		return n == p.Child(0) || u.follow(p.Parent())
	case syntax.Spread, syntax.Binary:
		if u.Flat {
			return true
		}
		if p.Is(syntax.Spread) && p.Parent().Is(syntax.Call) {
			return false
		}
		return u.follow(p)
	case syntax.Subscript:
		if n != p.Child(0) || u.Flat && !isSet(p) {
			return true
		}
		return u.follow(p)
	case syntax.Attr:
		if p.Parent().Is(syntax.Call) && p.Parent().Child(0) == p {
			return u.judged(u.Call(p.Parent(), n), p.Parent())
		}
		if isSet(p) {
			return u.follow(p)
		}
		return u.judged(u.Read(p), p)
	case syntax.Call:
		if n == p.Child(0) {
			return u.judged(u.Call(p, n), p)
		}
		return u.given(p, n, n)
	case syntax.Keyword:
		return p.Parent().Is(syntax.Call) && u.given(p.Parent(), p, n)
	case syntax.For:
		if n == p.Child(0) {
			return u.Set(p.Child(1))
		}
		return u.Flat || u.bind(p.Child(0))
	case syntax.CompFor:
		return n != p.Child(1) || u.Flat || u.bind(p.Child(0))
	case syntax.Comp:
		return u.follow(p)
	case syntax.WithItem:
		return p.Child(1).IsZero() || n == p.Child(1) || u.bind(p.Child(1))
	case syntax.Default:
		return u.bind(p.Parent())
	case syntax.Return:
		return u.returned(outerScope(p))
	case syntax.Export:
		return u.imported(u.r.at(n).module, "default")
	}
	return false
}

// isSet tells whether a name, an attribute or a member is set where it stands.
func isSet(n syntax.Node) bool {
	child := n
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.Tuple, syntax.List, syntax.Pair, syntax.Map, syntax.Spread:
			child = p
			continue
		case syntax.Assign:
			return child != p.Child(-1)
		case syntax.AnnAssign, syntax.AugAssign, syntax.Walrus, syntax.For, syntax.CompFor:
			return child == p.Child(0)
		case syntax.WithItem:
			return child == p.Child(1)
		case syntax.Param:
			return true
		}
		return false
	}
	return false
}

func (u *Uses) judged(v Verdict, n syntax.Node) bool {
	return v == Fine || v == Held && u.follow(n)
}

// bind follows what an object is bound to.
func (u *Uses) bind(target syntax.Node) bool {
	switch target.Kind() {
	case syntax.Name:
		sc, _ := u.r.meaning(target)
		return sc != nil && u.name(sc, target.Text())
	case syntax.Param:
		return target.Op() == 0 && u.name(u.r.scope(target.Parent()), target.Text())
	case syntax.Tuple, syntax.List:
		for c := range target.Children() {
			if !u.bind(c) {
				return false
			}
		}
		return true
	case syntax.Attr:
		if root := target.Child(0); root.TextIs("self") || root.TextIs("this") {
			return u.attribute(u.r.at(target).module, target.Text())
		}
	}
	return false
}

// load reads a file to look through it, which counts; nil where that is too much, or it cannot be read.
func (u *Uses) load(path string) *loaded {
	if u.left -= 10; u.left < 0 || !u.r.look(10) {
		return nil
	}
	l := u.r.load(u.r.program.modules[path])
	if l.tree == nil {
		return nil
	}
	return l
}

// attribute follows what an object keeps: by the name of the attribute, in its own file and those that import it, since
// whose attribute it is often cannot be told. Files that these import may be handed the object that keeps it.
func (u *Uses) attribute(home *Module, name string) bool {
	at := nameAt{home, name}
	if u.kept[at] {
		return true
	}
	u.kept[at] = true
	paths, all := u.r.users(home)
	if !all {
		return false
	}
	for i := 0; i < len(paths); i++ {
		l := u.load(paths[i])
		if l == nil || u.r.unnamed(l, home, name) {
			return false
		}
		for _, use := range l.mentions(name) {
			if use.Is(syntax.Attr) && (!isSet(use) || use.Parent().Is(syntax.AugAssign)) && !u.follow(use) {
				return false
			}
		}
		for _, m := range u.r.below(l) {
			if !slices.Contains(paths, m.Path) {
				paths = append(paths, m.Path)
			}
		}
	}
	return true
}

// name follows all uses of a name that a scope binds.
func (u *Uses) name(sc *scope, name string) bool {
	key := nameIn{sc.node, name}
	if u.names[key] {
		return true
	}
	u.names[key] = true
	if !u.within(sc, name) || sc.node.Is(syntax.ClassDef) && !u.attribute(sc.of.module, name) {
		return false
	}
	if !sc.node.Is(syntax.Module) {
		return true
	}
	return !u.r.reached(sc.of, sc.of.module, name) && u.imported(sc.of.module, name)
}

// within follows the uses of a name of a scope in its own file.
func (u *Uses) within(sc *scope, name string) bool {
	for _, c := range u.r.mentionsIn(sc, name) {
		switch {
		case c.Parent().Is(syntax.Alias):
		case c.Is(syntax.Name):
			if isSet(c) && !c.Parent().Is(syntax.AugAssign) {
				continue
			}
			if m, _ := u.r.meaning(c); m != nil && m.node == sc.node && !u.follow(c) {
				return false
			}
		case c.Is(syntax.Alias) && c.Parent().Is(syntax.Export):
			exported := name
			if as := c.Child(0); as.Is(syntax.Name) {
				exported = as.Text()
			}
			if !u.imported(sc.of.module, exported) {
				return false
			}
		}
	}
	return !u.r.tired()
}

// imported follows a name of a module into the files that import it.
func (u *Uses) imported(home *Module, name string) bool {
	paths, all := u.r.users(home)
	if !all {
		return false
	}
	for _, path := range paths[1:] {
		l := u.load(path)
		if l == nil {
			return false
		}
		if u.r.reached(l, home, name) {
			return false
		}
		for _, n := range l.fromStatements() {
			if !slices.Contains(u.r.fromTarget(l, n).modules, home) {
				continue
			}
			for a := range n.All(syntax.Alias) {
				local := name
				if as := a.Child(0); as.Is(syntax.Name) {
					local = as.Text()
				}
				switch {
				case !a.TextIs(name) && !(a.TextIs("*") && a.Child(0).IsZero()):
				case n.Is(syntax.Export):
					if !u.imported(l.module, local) {
						return false
					}
				case !u.name(u.r.scope(outerScope(n)), local):
					return false
				}
			}
		}
		for _, n := range l.mentions(name) {
			if !n.Is(syntax.Attr) || isSet(n) && !n.Parent().Is(syntax.AugAssign) {
				continue
			}
			object := n.Child(0)
			if !object.Is(syntax.Name, syntax.Attr) || object.TextIs("self") || object.TextIs("this") {
				continue
			}
			if !u.r.look(1) {
				return false
			}
			if v := u.r.eval(object, nil); v.Kind == Package && v.more != nil && v.more.pkg != nil && slices.Contains(v.more.pkg.modules, home) && !u.follow(n) {
				return false
			}
		}
	}
	return !u.r.tired()
}

// returned follows what a function answers to those who call it.
func (u *Uses) returned(function syntax.Node) bool {
	if !function.Is(syntax.FuncDef) || !u.r.passesOn(function) {
		return false
	}
	key := nameIn{function, ""}
	if u.names[key] {
		return true
	}
	u.names[key] = true
	sites, all := u.r.callers(function)
	if !all {
		return false
	}
	for _, site := range sites {
		if !u.follow(site) {
			return false
		}
	}
	return true
}

// passesOn tells whether the decorators of a function let through what it answers.
func (r *Resolver) passesOn(function syntax.Node) bool {
	for d := range function.All(syntax.Decorator) {
		if ref := r.refIn(decoratorName(d)); !ref.Is("crewai.project.*", "crewai.project.**.*", "functools.cache", "functools.lru_cache", "builtins.staticmethod", "builtins.classmethod") {
			return false
		}
	}
	return true
}

func decoratorName(d syntax.Node) syntax.Node {
	if e := d.Child(0); !e.Is(syntax.Call) {
		return e
	}
	return d.Child(0).Child(0)
}

// given follows an argument of a call: into the function that is called, or as the call is judged.
func (u *Uses) given(call, argument, use syntax.Node) bool {
	def := u.r.refIn(call.Child(0)).Def
	if def == nil || def.Kind == VarDef {
		return u.judged(u.Call(call, use), call)
	}
	if call.First(syntax.Spread).Is(syntax.Spread) {
		return false
	}
	method := !enclosingClass(def.Node).IsZero()
	if def.Kind == ClassDef {
		if def = u.r.Method(def, "__init__"); def == nil {
			return false
		}
		method = true
	}
	if method && def.Kind == FuncDef && len(u.r.Overrides(def)) > 0 {
		return false
	}
	param := u.r.parameterFor(call, argument, def.Node, method)
	return !param.IsZero() && u.bind(param)
}

// parameterFor is the parameter of a function that an argument is given for; the zero Node where that cannot be told.
func (r *Resolver) parameterFor(call, argument, function syntax.Node, method bool) syntax.Node {
	position := 0
	if method && r.at(function).module.language != syntax.TypeScript && !hasDecorator(function, "staticmethod") {
		position = 1
	}
	if !argument.Is(syntax.Keyword) {
		for c := range call.Children() {
			if c == argument {
				break
			}
			if c != call.Child(0) {
				position++
			}
		}
	}
	i := 0
	for p := range function.All(syntax.Param) {
		if p.Op() != 0 {
			if !argument.Is(syntax.Keyword) {
				return syntax.Node{}
			}
			continue
		}
		if argument.Is(syntax.Keyword) && p.TextIs(argument.Text()) || !argument.Is(syntax.Keyword) && i == position {
			return p
		}
		i++
	}
	return syntax.Node{}
}
