package code

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"sync"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Bounds of looking for what overrides a method.
const (
	mostHeirFiles = 24  // files that are read for one class
	mostNear      = 200 // files, the nearest, that are searched for what fulfils a protocol
	mostOverrides = 8   // methods that one call may mean
	heirLevels    = 3   // how far subclasses of subclasses are followed
)

// Classes finds the names of the classes of a Python file, and the last parts of the names that they derive from, by
// looking at the bytes only, each once, in the order of the text. It may name what stands in a string; what a computed
// base is called it does not know.
func Classes(content []byte) (classes, bases []string) {
	add := func(list []string, name string) []string {
		if name == "" || name == "object" || len(list) >= 256 || slices.Contains(list, name) {
			return list
		}
		return append(list, name)
	}
	for at := 0; ; {
		i := bytes.Index(content[at:], classWord)
		if i < 0 {
			return classes, bases
		}
		i += at
		at = i + len(classWord)
		line := bytes.LastIndexByte(content[:i], '\n') + 1
		if len(bytes.TrimSpace(content[line:i])) > 0 {
			continue
		}
		start := at
		for at < len(content) && isWord(content[at]) {
			at++
		}
		classes = add(classes, string(content[start:at]))
		if at >= len(content) || content[at] != '(' {
			continue
		}
		end := bytes.IndexByte(content[at:min(len(content), at+400)], ')')
		if end < 0 {
			continue
		}
		for _, base := range bytes.Split(content[at+1:at+end], []byte(",")) {
			base, _, _ = bytes.Cut(base, []byte("["))
			base = bytes.TrimSpace(base)
			if bytes.IndexByte(base, '=') < 0 && len(base) < 80 {
				bases = add(bases, string(base[bytes.LastIndexByte(base, '.')+1:]))
			}
		}
	}
}

var classWord = []byte("class ")

// Heirs tells the program in which files classes derive from something of a name, sorted, before any resolver is made.
// It is only needed to follow a call of an interface's method to the classes that implement it.
func (p *Program) Heirs(of map[string][]string) { p.heirs = of }

// Overrides lists the methods that a call of a method may mean besides it, since a subclass in the program has its own:
// by the distance of the subclass's file, the nearest first, then by path. What tests derive is left out.
func (r *Resolver) Overrides(method *Def) []*Def {
	if method == nil || method.Kind != FuncDef || inGo(method.Node) {
		return nil
	}
	return r.remembered(&r.program.overrides, method, (*Resolver).overridesOf)
}

// remembered answers a question about a definition that is asked by many: once for the whole program, by a resolver of
// the definition's own file, so that the answer never depends on who asked first.
func (r *Resolver) remembered(known *sync.Map, def *Def, find func(*Resolver, *Def) []*Def) []*Def {
	key := defPlace{def.Module, def.Node.Index()}
	list, ok := known.Load(key)
	if !ok {
		places := []defPlace{}
		other := r.program.Resolver(def.Module.Path)
		if other.own.tree != nil {
			for _, d := range find(other, other.defOf(other.own.tree.At(key.node))) {
				places = append(places, defPlace{d.Module, d.Node.Index()})
			}
		}
		list, _ = known.LoadOrStore(key, places)
	}
	var found []*Def
	for _, place := range list.([]defPlace) {
		if l := r.load(place.module); l.tree != nil {
			found = append(found, r.defOf(l.tree.At(place.node)))
		}
	}
	return found
}

// defPlace is a definition for whoever has no resolver.
type defPlace struct {
	module *Module
	node   int
}

func (r *Resolver) overridesOf(method *Def) []*Def {
	class := enclosingClass(method.Node)
	if class.IsZero() || method.Node.Parent().Parent() != class {
		return nil
	}
	var found []*Def
	seen := map[syntax.Node]bool{class: true}
	level := []syntax.Node{class}
	for range heirLevels {
		var next []syntax.Node
		for _, k := range level {
			for _, heir := range r.heirsOf(r.defOf(k)) {
				if seen[heir.Node] {
					continue
				}
				seen[heir.Node] = true
				next = append(next, heir.Node)
				if m := r.classOf(heir).method(r, method.Last()); m != nil && len(found) < mostOverrides {
					found = append(found, m)
				}
			}
		}
		level = next
	}
	return found
}

// Heirs lists the classes of the program that derive from a class directly; what tests derive is left out.
func (r *Resolver) Heirs(class *Def) []*Def {
	if class == nil || class.Kind != ClassDef || inGo(class.Node) {
		return nil
	}
	return r.heirsOf(class)
}

// heirsOf lists the classes that derive from a class directly.
func (r *Resolver) heirsOf(def *Def) []*Def {
	return r.remembered(&r.program.heirsOf, def, (*Resolver).derivedFrom)
}

func (r *Resolver) derivedFrom(def *Def) []*Def {
	own := r.at(def.Node).module
	paths := append([]string(nil), r.program.heirs[def.Last()]...)
	sort.SliceStable(paths, func(i, j int) bool { return shared(paths[i], own.Path) > shared(paths[j], own.Path) })
	if len(paths) > mostHeirFiles {
		paths = paths[:mostHeirFiles]
	}
	var found []*Def
	for _, name := range paths {
		m := r.program.modules[name]
		if m == nil || m.Scope() != source.ScopeMain && m.Scope() != own.Scope() {
			continue
		}
		l := r.load(m)
		if l.tree == nil {
			continue
		}
		l.tree.Root().Walk(func(n syntax.Node) bool {
			if n.Is(syntax.ClassDef) && derivesByName(n, def.Last()) {
				heir := r.defOf(n)
				for _, base := range r.classOf(heir).bases {
					if base.Def.Same(def) {
						found = append(found, heir)
						break
					}
				}
			}
			return !n.Is(syntax.FuncDef)
		})
	}
	return append(found, r.fulfilling(def)...)
}

// fulfilling lists the classes that have each method of a protocol without deriving from it: what is typed as the protocol may be
// one of them. A protocol of one method is met by too much.
func (r *Resolver) fulfilling(def *Def) []*Def {
	if !r.protocol(def) {
		return nil
	}
	var methods []string
	longest := ""
	for m := range def.Node.First(syntax.Block).All(syntax.FuncDef) {
		if name := m.Text(); !strings.HasPrefix(name, "__") {
			if methods = append(methods, name); len(name) > len(longest) {
				longest = name
			}
		}
	}
	if len(methods) < 2 {
		return nil
	}
	own := r.at(def.Node).module
	words := source.NewFinder("def " + longest + "(")
	var paths []string
	for name, m := range r.program.modules {
		if strings.HasSuffix(name, ".py") && (m.Scope() == source.ScopeMain || m.Scope() == own.Scope()) {
			paths = append(paths, name)
		}
	}
	sort.Strings(paths)
	sort.SliceStable(paths, func(i, j int) bool { return shared(paths[i], own.Path) > shared(paths[j], own.Path) })
	paths = slices.DeleteFunc(paths[:min(len(paths), mostNear)], func(name string) bool {
		return !r.program.modules[name].Contains(words)
	})
	paths = paths[:min(len(paths), mostHeirFiles)]
	var found []*Def
	for _, name := range paths {
		l := r.load(r.program.modules[name])
		if l.tree == nil {
			continue
		}
		for n := range l.tree.Root().All(syntax.ClassDef) {
			if n == def.Node {
				continue
			}
			class := r.classOf(r.defOf(n))
			meets := func(method string) bool { return class.method(r, method) != nil }
			if !slices.ContainsFunc(methods, func(m string) bool { return !meets(m) }) {
				found = append(found, r.defOf(n))
			}
		}
	}
	return found
}

// protocol tells whether a class only says what others have.
func (r *Resolver) protocol(class *Def) bool {
	return slices.ContainsFunc(r.OutsideBases(class), func(base string) bool {
		return base == "typing.Protocol" || base == "typing_extensions.Protocol"
	})
}

// ofProtocol tells whether a method is a protocol's: what has it need not say so.
func (r *Resolver) ofProtocol(method *Def) bool {
	class := enclosingClass(method.Node)
	return !class.IsZero() && !inGo(method.Node) && r.protocol(r.defOf(class))
}

func derivesByName(class syntax.Node, name string) bool {
	for b := range class.All(syntax.Base) {
		e := b.Child(0)
		if e.Is(syntax.Subscript) {
			e = e.Child(0)
		}
		if e.Is(syntax.Name, syntax.Attr) && e.TextIs(name) {
			return true
		}
	}
	return false
}

// Interface tells whether a method is one that subclasses are meant to override: it says nothing itself, or its class is
// an abstract one or a protocol.
func (r *Resolver) Interface(method *Def) bool {
	if Asks(method) {
		return true
	}
	class := enclosingClass(method.Node)
	if class.IsZero() || inGo(method.Node) {
		return false
	}
	for _, base := range r.OutsideBases(r.defOf(class)) {
		switch base {
		case "abc.ABC", "typing.Protocol", "typing_extensions.Protocol":
			return true
		}
	}
	return false
}

// Asks tells whether a method of Python says only what those that override it do: it is decorated as abstract, or has
// no body to speak of.
func Asks(method *Def) bool {
	if method == nil || method.Kind != FuncDef {
		return false
	}
	if hasDecorator(method.Node, "abstractmethod") {
		return true
	}
	block := method.Node.First(syntax.Block)
	for c := range block.Children() {
		switch {
		case c.Is(syntax.Simple) && c.TextIs("pass"), c.Is(syntax.ExprStmt) && c.Child(0).Is(syntax.String, syntax.Ellipsis):
		case c.Is(syntax.Raise) && strings.Contains(c.Source(), "NotImplemented"):
		default:
			return false
		}
	}
	return !block.IsZero()
}
