package code

import (
	"strings"

	"fermata/internal/syntax"
)

// Containers of objects make what is asked of them by a class. What a program registers under the class may be of another.

// contained is the object that a container gives for a class; nil where the program registers something else under it.
func (r *Resolver) contained(class *Value, n syntax.Node) *Value {
	if class.Ref.Def != nil && r.registeredFor(class.Ref.Def) {
		return nil
	}
	return &Value{Kind: Instance, Node: n, Ref: class.Ref, in: r}
}

// registeredFor tells whether a file that knows a class registers something else under it. Where not all such files are
// known, a class that others derive from may be so.
func (r *Resolver) registeredFor(class *Def) bool {
	home := r.at(class.Node).module
	paths, all := r.users(home)
	if !all {
		return len(r.heirsOf(class)) > 0
	}
	for _, path := range paths {
		l := r.load(r.program.modules[path])
		if l.tree == nil {
			continue
		}
		for _, name := range append(r.importedAs(l, nameAt{home, class.Last()}), class.Last()) {
			for _, mention := range l.mentions(name) {
				if registers(mention) {
					return true
				}
			}
		}
	}
	return false
}

// registers tells whether a name stands where a container is told what to give for it, other than an object of itself:
// register(Name, {useClass: Other}), bind(Name).to(Other), {provide: Name, useValue: other}.
func registers(name syntax.Node) bool {
	same := func(n syntax.Node) bool { return n.Is(syntax.Name, syntax.Attr) && n.TextIs(name.Text()) }
	up := name.Parent()
	switch {
	case up.Is(syntax.Call) && up.Child(1) == name && up.Child(0).Is(syntax.Name, syntax.Attr):
		last := up.Child(0).Text()
		if last != "set" && last != "bind" && last != "rebind" && !strings.HasPrefix(last, "register") {
			return false
		}
		to := up.Child(2)
		if to.IsZero() { // bind(Name).to(Other); registerSingleton(Name) and bind(Name).toSelf() name no other
			next := up.Parent()
			return strings.HasSuffix(last, "bind") && next.Is(syntax.Attr) && !next.TextIs("toSelf") &&
				!(next.Parent().Is(syntax.Call) && same(next.Parent().Child(1)))
		}
		return !same(to) && !givesClass(to, same)
	case up.Is(syntax.Returns) && hasDecorator(up.Parent(), "provider"): // what the method makes is not asked
		return true
	case up.Is(syntax.Pair) && up.Child(1) == name && up.Parent().Is(syntax.Map):
		key := up.Child(0)
		return (key.TextIs("provide") || key.TextIs("token") || key.TextIs("id")) && !givesClass(up.Parent(), same)
	}
	return false
}

// givesClass tells whether a provider, as an object literal, says that an object of the class itself is given.
func givesClass(provider syntax.Node, same func(syntax.Node) bool) bool {
	for key, value := range provider.Pairs() {
		if (key.TextIs("useClass") || key.TextIs("type")) && same(value) {
			return true
		}
	}
	return false
}

// otherGiven tells whether what a container hands to the constructor of a class that it makes may be another object than
// the parameter's type says: the program registers something else under it.
func (r *Resolver) otherGiven(param syntax.Node, v *Value) bool {
	function := param.Parent()
	class := enclosingClass(function)
	made := function.TextIs("constructor") && !class.First(syntax.Decorator).IsZero() || function.TextIs("__init__") && hasDecorator(function, "inject")
	return made && v.Is(Instance) && v.Ref.Def != nil && v.Ref.Def.Kind == ClassDef && r.registeredFor(v.Ref.Def)
}

// Providers of a declarative container make an object of the class that they are given, and are asked by being called, or by a
// parameter whose default is Provide[…].
var (
	classProviders = []string{"dependency_injector.providers.Singleton", "dependency_injector.providers.Factory", "dependency_injector.providers.ThreadSafeSingleton", "dependency_injector.providers.ThreadLocalSingleton", "dependency_injector.providers.ContextLocalSingleton", "dependency_injector.providers.Resource"}
	providedBy     = []string{"dependency_injector.wiring.Provide", "dependency_injector.wiring.Closing"}
)

// provided is the object that a provider makes; nil for all other values.
func (r *Resolver) provided(provider *Value, n syntax.Node) *Value {
	if provider.Base != nil || !strings.HasPrefix(provider.Ref.Name, "dependency_injector.") || !provider.Is(Instance) || !provider.Ref.Is(classProviders...) {
		return nil
	}
	if class := provider.Arg("provides", 0); class.Is(Class) && class.Ref.Def != nil {
		return &Value{Kind: Instance, Node: n, Ref: class.Ref, in: r}
	}
	return nil
}

// wired is what Provide[Container.service] gives; nil where that is not how a default is written.
func (r *Resolver) wired(given syntax.Node) *Value {
	if !given.Is(syntax.Subscript) || !given.Child(0).Is(syntax.Name, syntax.Attr) || !given.Child(0).TextIs("Provide") && !given.Child(0).TextIs("Closing") || !r.refIn(given.Child(0)).Is(providedBy...) {
		return nil
	}
	if inner := r.wired(given.Child(1)); inner != nil {
		return inner
	}
	return r.provided(r.eval(given.Child(1), nil), given)
}
