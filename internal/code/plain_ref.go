package code

import (
	"fermata/internal/syntax"
)

// Most calls of most files are of a name that one import statement brings, or of an attribute of such a name, and lead
// out of the program: os.path.join, json.dumps. What these refer to is said without making values of them.

// plainRef is what an expression of the resolver's file refers to, where an import of something outside the program, or
// the language itself, says so; false where it has to be evaluated.
func (r *Resolver) plainRef(n syntax.Node) (Ref, bool) {
	switch n.Kind() {
	case syntax.Name:
		v := r.outsideName(n)
		if v == nil {
			return Ref{}, false
		}
		return v.Ref, true
	case syntax.Attr:
		object, ok := r.plainRef(n.Child(0))
		if !ok || object.Name == "builtins.process.env" || object.Name == "Deno.env" {
			return Ref{}, false
		}
		if !isCallee(n) && len(r.putsOf(r.own)) > 0 && len(r.putsOf(r.own)[slotOf(n)]) > 0 {
			return Ref{}, false // see held
		}
		return object.dot(n.Text()), true
	}
	return Ref{}, false
}

// outsideName is the value of a name that one import brings from outside the program and that was evaluated before;
// nil for others.
func (r *Resolver) outsideName(n syntax.Node) *Value {
	name := n.Text()
	first := true
	for s := scopeOf(n); ; s = scopeOf(s) {
		module := s.Is(syntax.Module)
		if !s.Is(syntax.ClassDef) || first {
			sc := r.scope(s)
			if bindings, ok := sc.names[name]; ok {
				if !module || len(bindings) != 1 || bindings[0].kind != bindImport && bindings[0].kind != bindFrom || within(n, bindings[0].node) {
					return nil
				}
				if v := r.imports[bindings[0].node]; v != nil && v.Kind == External {
					return v
				}
				return nil
			}
		}
		if module {
			return nil
		}
		if !s.Is(syntax.Comp) {
			first = false
		}
	}
}
