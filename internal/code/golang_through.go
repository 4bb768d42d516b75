package code

import (
	"bytes"
	"slices"
	"strings"

	"fermata/internal/syntax"
)

// Bounds of looking for calls by a name in the files of Go.
const (
	mostScanned = 4_000 // files whose text is looked through
	mostThrough = 64    // files that are read
)

// Through lists the calls, outside tests, of a method of an interface of Go for which a method of the program answers: those
// of its name on something that is declared as an interface which its type has all methods of. In the order of paths and
// text.
func (r *Resolver) Through(method *Def) (sites []syntax.Node) {
	if method == nil || method.Kind != FuncDef || !goMethod(method.Node) {
		return nil
	}
	has := r.methodsOf(method)
	r.goCalls("."+method.Last()+"(", method.Last(), func(callee, site syntax.Node) {
		for _, one := range r.eval(callee, nil).Each() {
			if one.Kind == Function && (abstract(one.Node) && answers(one.Node, has) || one.Node == method.Node && r.throughInterface(callee.Child(0))) {
				sites = append(sites, site)
				return
			}
		}
	})
	return sites
}

// throughInterface tells whether a field or parameter is declared as an interface of the program.
func (r *Resolver) throughInterface(n syntax.Node) bool {
	var types []syntax.Node
	switch n.Kind() {
	case syntax.Attr:
		for _, v := range r.eval(n.Child(0), nil).Each() {
			if v.Kind != Instance || v.Ref.Def == nil {
				continue
			}
			for field := range v.Ref.Def.Node.First(syntax.Block).All(syntax.AnnAssign) {
				if field.Child(0).TextIs(n.Text()) {
					types = append(types, field.Child(1).Child(0))
				}
			}
		}
	case syntax.Name:
		for up := n.Parent(); !up.IsZero(); up = up.Parent() {
			for p := range up.All(syntax.Param) {
				if p.TextIs(n.Text()) {
					types = append(types, p.First(syntax.Annotation).Child(0))
				}
			}
		}
	}
	return slices.ContainsFunc(types, func(t syntax.Node) bool {
		def := r.Resolve(t).Def
		return def != nil && def.Kind == ClassDef && !def.Node.First(syntax.Block).First(syntax.FuncDef).IsZero()
	})
}

// GoSites lists the calls of a function of Go outside tests, in the order of paths and text. Unlike [Resolver.Callers] it
// tells those that it sees where not all uses are known, and those of examples, which see the program from outside.
func (r *Resolver) GoSites(function *Def) (sites []syntax.Node) {
	if function == nil || function.Kind != FuncDef || !inGo(function.Node) {
		return nil
	}
	name := function.Module.Name + "." + function.Name
	r.goCalls(function.Last()+"(", function.Last(), func(callee, site syntax.Node) {
		if ref := r.Resolve(callee); ref.Def.Same(function) || ref.Name == name {
			sites = append(sites, site)
		}
	})
	return sites
}

// goCalls visits the calls by a name in the files of Go that hold a text.
func (r *Resolver) goCalls(text, name string, visit func(callee, site syntax.Node)) {
	defer r.follows()()
	scanned, read := 0, 0
	for _, path := range r.program.paths {
		m := r.program.modules[path]
		if m == nil || m.language != syntax.Go || strings.HasSuffix(path, "_test.go") {
			continue
		}
		if scanned++; scanned > mostScanned {
			return
		}
		if file := r.program.read(path); file == nil || !bytes.Contains(file.Content(), []byte(text)) {
			continue
		}
		if read++; read > mostThrough {
			return
		}
		l := r.load(m)
		if l.tree == nil {
			continue
		}
		for _, callee := range l.mentions(name) {
			if site := callee.Parent(); site.Is(syntax.Call) && site.Child(0) == callee && r.look(1) {
				visit(callee, site)
			}
		}
	}
}

// methodsOf are the names of the methods of the type that a method is of.
func (r *Resolver) methodsOf(method *Def) (names []string) {
	for _, m := range r.program.declared(folderOf(method.Module.Path)).methods[receiverType(method.Node)] {
		names = append(names, m.name)
	}
	return names
}

// answers tells whether a type with some methods has all those of the interface that a method is asked for by.
func answers(asked syntax.Node, has []string) bool {
	for m := range asked.Parent().All(syntax.FuncDef) {
		if !slices.Contains(has, m.Text()) {
			return false
		}
	}
	return true
}
