package code

import "fermata/internal/syntax"

// Files of CommonJS say what they export by assignments: exports.name = …, module.exports.name = …, module.exports = ….
// Such a statement changes what the name "exports" or "module" holds, and is found among the names of the file.

// isExports tells whether an expression is the object that a file exports.
func isExports(n syntax.Node) bool {
	return n.Is(syntax.Name) && n.TextIs("exports") || n.Is(syntax.Attr) && n.TextIs("exports") && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs("module")
}

// assignedExport is what the last assignment of a file gives to its exports: to one name of them, or to all where the name
// is "".
func assignedExport(l *loaded, name string) (value syntax.Node) {
	for _, holder := range [...]string{"exports", "module"} {
		for _, b := range l.top.names[holder] {
			for n := b.node; b.kind != bindOther && n.Is(syntax.Assign, syntax.Walrus); n = n.Child(-1) { // exports = module.exports = f
				target := n.Child(0)
				if name == "" && isExports(target) && target.Is(syntax.Attr) || name != "" && target.Is(syntax.Attr) && target.TextIs(name) && isExports(target.Child(0)) {
					value = n.Child(-1)
				}
			}
		}
	}
	for value.Is(syntax.Walrus) {
		value = value.Child(-1)
	}
	return value
}

// commonExport is what a file of CommonJS exports under a name; nil where it exports no such thing.
func (r *Resolver) commonExport(l *loaded, name string) *Value {
	if value := assignedExport(l, name); !value.IsZero() {
		return r.eval(value, nil)
	}
	whole := assignedExport(l, "")
	switch {
	case whole.IsZero():
		return nil
	case name == "default":
		return r.eval(whole, nil)
	}
	if whole.Is(syntax.Map) {
		for key, value := range whole.Pairs() {
			if key.TextIs(name) {
				return r.eval(value, nil)
			}
		}
	}
	return nil
}

// required is what require gives for a file of CommonJS that exports one thing, such as a class or an object of one; nil
// for all others, which are modules.
func (r *Resolver) required(t target) *Value {
	if len(t.modules) == 0 || t.modules[0].language != syntax.TypeScript {
		return nil
	}
	key := memberKey{t.modules[0], "require"}
	l := r.load(t.modules[0])
	if l.tree == nil || r.seeking[key] {
		return nil
	}
	whole := assignedExport(l, "")
	if whole.IsZero() || whole.Is(syntax.Map) {
		return nil
	}
	put(&r.seeking, key, true)
	defer delete(r.seeking, key)
	v := r.eval(whole, nil)
	if v.Kind == Unknown {
		return nil
	}
	return v.named(t.name)
}
