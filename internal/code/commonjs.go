package code

import (
	"slices"

	"fermata/internal/syntax"
)

// Files of CommonJS say what they export by assignments: exports.name = …, module.exports.name = …, module.exports = ….
// Such a statement changes what the name "exports" or "module" holds, and is found among the names of the file.

// isExports tells whether an expression is the object that a file exports.
func isExports(n syntax.Node) bool {
	return n.Is(syntax.Name) && n.TextIs("exports") || n.Is(syntax.Attr) && n.TextIs("exports") && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs("module")
}

// assignedExports lists what a file may give to its exports: to one name of them, or to all where the name is "". The last
// assignment counts that always runs, and those after it that run in some case only; always tells whether there is such one.
func assignedExports(l *loaded, name string) (values []syntax.Node, always bool) {
	var found []syntax.Node // assignments
	for _, holder := range [...]string{"exports", "module"} {
		for _, b := range l.top.names[holder] {
			for n := b.node; b.kind != bindOther && n.Is(syntax.Assign, syntax.Walrus); n = n.Child(-1) { // exports = module.exports = f
				target := n.Child(0)
				if name == "" && isExports(target) && target.Is(syntax.Attr) || name != "" && target.Is(syntax.Attr) && target.TextIs(name) && isExports(target.Child(0)) {
					found = append(found, n)
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b syntax.Node) int { return a.Index() - b.Index() })
	for _, n := range slices.Compact(found) {
		if !inBranch(n) {
			values, always = values[:0], true
		}
		value := n.Child(-1)
		for value.Is(syntax.Walrus) {
			value = value.Child(-1)
		}
		values = append(values, value)
	}
	return values, always
}

// inBranch tells whether a statement of a file runs in some case only.
func inBranch(n syntax.Node) bool {
	for up := n.Parent(); !up.IsZero() && !up.Is(syntax.Module); up = up.Parent() {
		if !up.Is(syntax.ExprStmt, syntax.Assign, syntax.Walrus, syntax.Block) {
			return true
		}
	}
	return false
}

// commonExport is what a file of CommonJS exports under a name; nil where it exports no such thing.
func (r *Resolver) commonExport(l *loaded, name string) *Value {
	named, always := assignedExports(l, name)
	var found []*Value
	for _, value := range named {
		found = append(found, r.eval(value, nil))
	}
	if always {
		return choice(named[len(named)-1], found...)
	}
	wholes, _ := assignedExports(l, "")
	for _, whole := range wholes {
		if name == "default" {
			found = append(found, r.eval(whole, nil))
			continue
		}
		if !whole.Is(syntax.Map) {
			continue
		}
		for key, value := range whole.Pairs() {
			if key.TextIs(name) {
				found = append(found, r.eval(value, nil))
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	return choice(found[len(found)-1].Node, found...)
}

// required is what require gives for a file of CommonJS that exports one thing, such as a class or an object of one, or one of
// several; nil for all others, which are modules.
func (r *Resolver) required(t target) *Value {
	if len(t.modules) == 0 || t.modules[0].language != syntax.TypeScript {
		return nil
	}
	key := memberKey{t.modules[0], "require"}
	l := r.load(t.modules[0])
	if l.tree == nil || r.seeking[key] {
		return nil
	}
	wholes, _ := assignedExports(l, "")
	if !slices.ContainsFunc(wholes, func(whole syntax.Node) bool { return !whole.Is(syntax.Map) }) {
		return nil
	}
	put(&r.seeking, key, true)
	defer delete(r.seeking, key)
	var found []*Value
	for _, whole := range wholes {
		found = append(found, r.eval(whole, nil))
	}
	v := choice(wholes[0], found...)
	if v.Kind == Unknown {
		return nil
	}
	return v.named(t.name)
}
