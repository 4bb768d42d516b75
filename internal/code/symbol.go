package code

import (
	"slices"
	"strconv"
	"strings"

	"fermata/internal/syntax"
)

// Site is the expression that a person would point at as the place where the object is made: the constructing call,
// or the outermost factory call that matters.
func (v *Value) Site() syntax.Node {
	if v == nil {
		return syntax.Node{}
	}
	if v.Kind != Instance || v.Call.IsZero() || v.in == nil {
		return v.Node
	}
	site, _ := v.in.siteOf(v.Call, v.frame)
	return site
}

// siteOf goes out along the calls that matter. It collects what tells the rounds of loops apart.
func (r *Resolver) siteOf(n syntax.Node, f *frame) (syntax.Node, []string) {
	var rounds []string
	for range 4 * maxCalls {
		f = r.trim(n, f)
		if f == nil {
			return n, rounds
		}
		if f.site.IsZero() {
			if name := roundName(f); name != "" {
				rounds = append(rounds, name)
			}
			f = f.lexical
			// What is left matters only through the round.
			continue
		}
		if heir := r.heir(f); !heir.IsZero() {
			return heir, rounds
		}
		if self := r.holder(f); self != nil {
			n, f = self.Call, self.frame
			continue
		}
		n, f = f.site, f.caller
	}
	return n, rounds
}

// roundName names a round of a loop by what it is about, else by its number. A first round that is about something
// unknown has no name: it stands for all that the loop may meet.
func roundName(f *frame) string {
	best, open := "", false
	var names []string
	for i := range f.bound.slots.list {
		names = append(names, f.bound.slots.list[i].name)
	}
	slices.Sort(names)
	for _, name := range names {
		v := f.bound.seen(name)
		open = open || v.Is(Unknown)
		if s, ok := v.Constant(); ok {
			best = s
			break
		}
		for _, key := range [...]string{"name", "id", "key", "role", "title"} {
			if s, ok := v.Get(key).Constant(); ok {
				best = s
				break
			}
		}
		if best != "" {
			break
		}
	}
	if best == "" && (!open || f.round > 0) {
		best = strconv.Itoa(f.round + 1)
	}
	return best
}

// Symbol is where the object is made, as a path and the name that holds it there: a variable with what it is inside
// of ("planner", "main.agent", "Team.planner"), a dictionary's entry ("agents.writer"), the function that returns it.
// The symbol is "" for an object that no name holds.
func (v *Value) Symbol() (path, symbol string) {
	if v == nil {
		return "", ""
	}
	if v.Ref.Def != nil && (v.Kind == Function || v.Kind == Class) {
		return v.Ref.Def.Module.Path, v.Ref.Def.Name
	}
	r := v.in
	n := v.Node
	var rounds []string
	if v.Kind == Instance && r != nil && !v.Call.IsZero() {
		n, rounds = r.siteOf(v.Call, v.frame)
	}
	if n.IsZero() {
		return "", ""
	}
	if t := n.Tree(); t != nil && t.File != nil {
		path = t.File.Path()
	}
	switch {
	case n.Is(syntax.ClassDef):
		symbol = qualified(n)
	case superCallOf(n) && v.Call != n:
		symbol = qualified(enclosingClass(n))
	default:
		symbol = symbolOf(n)
	}
	for i := len(rounds) - 1; i >= 0; i-- {
		if symbol == "" {
			symbol = holderOf(n)
		}
		symbol = strings.TrimPrefix(symbol+"."+rounds[i], ".")
	}
	return path, symbol
}

// symbolOf is the name that an expression's value is given.
func symbolOf(n syntax.Node) string {
	child := n
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.Await, syntax.Cond, syntax.Logic, syntax.Interp, syntax.Walrus:
			if p.Is(syntax.Walrus) {
				return qualify(p, p.Child(0).Text())
			}
		case syntax.Attr: // x = Agent(…).bind(…)
		case syntax.Call:
			if p.Child(0) != child {
				return ""
			}
		case syntax.Assign:
			if t := p.Child(0); child == p.Child(-1) {
				return targetSymbol(p, t)
			}
			return ""
		case syntax.AnnAssign:
			return targetSymbol(p, p.Child(0))
		case syntax.WithItem:
			return targetSymbol(p, p.Child(1))
		case syntax.Return:
			return inside(p)
		case syntax.Tuple: // Go: return x, nil
			if !inGo(p) || !p.Parent().Is(syntax.Return) || p.Child(0) != child {
				return ""
			}
		case syntax.Pair:
			key, ok := p.Child(0).Scalar()
			if p.Child(0).Is(syntax.Name) && p.Tree().Language == syntax.TypeScript {
				key, ok = p.Child(0).Text(), true
			}
			if !ok || p.Child(1) != child {
				return ""
			}
			if outer := symbolOf(p.Parent()); outer != "" {
				return outer + "." + key
			}
			return ""
		case syntax.Export:
			return qualify(p, "default")
		case syntax.Lambda:
			return symbolOf(p)
		default:
			return ""
		}
		child = p
	}
	return ""
}

// holderOf is the name of the list or dictionary that a loop or comprehension fills with an expression's value, else
// what it is inside of.
func holderOf(n syntax.Node) string {
	child := n
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.Comp, syntax.List, syntax.Tuple, syntax.Pair, syntax.Await:
			if symbol := symbolOf(p); symbol != "" {
				return symbol
			}
		case syntax.Call:
			if callee := p.Child(0); callee != child && callee.Is(syntax.Attr) {
				if root := chain(callee.Child(0)); root != "" {
					return qualify(p, strings.TrimPrefix(root, "self."))
				}
			}
		case syntax.Assign:
			if t := p.Child(0); t.Is(syntax.Subscript) {
				if root := chain(t.Child(0)); root != "" {
					return qualify(p, strings.TrimPrefix(root, "self."))
				}
			}
			return inside(n)
		case syntax.Block, syntax.Module:
			return inside(n)
		}
		child = p
	}
	return inside(n)
}

func targetSymbol(statement, t syntax.Node) string {
	switch t.Kind() {
	case syntax.Tuple: // Go: x, err := …
		if first := t.Child(0); inGo(t) && first.Is(syntax.Name, syntax.Attr) && !first.TextIs("_") {
			return targetSymbol(statement, first)
		}
	case syntax.Name:
		return qualify(statement, t.Text())
	case syntax.Attr:
		object := t.Child(0)
		if m := goMethodAround(statement); !m.IsZero() && object.Is(syntax.Name) && object.Text() == m.First(syntax.Param).Text() {
			return receiverType(m) + "." + t.Text()
		}
		if object.Is(syntax.Name) && (object.TextIs("self") || object.TextIs("cls") || object.TextIs("this")) {
			if k := enclosingClass(statement); !k.IsZero() {
				return qualified(k) + "." + t.Text()
			}
		}
		if root := chain(t); root != "" {
			return qualify(statement, root)
		}
	case syntax.Subscript:
		if key, ok := t.Child(1).Scalar(); ok {
			if root := chain(t.Child(0)); root != "" {
				return qualify(statement, strings.TrimPrefix(root, "self.")+"."+key)
			}
		}
	}
	return ""
}

// chain is a.b.c as written; "" when it is not only names.
func chain(n syntax.Node) string {
	switch {
	case n.Is(syntax.Name):
		return n.Text()
	case n.Is(syntax.Attr):
		if root := chain(n.Child(0)); root != "" {
			return root + "." + n.Text()
		}
	}
	return ""
}

// qualify puts the names of the functions and classes around a place before a name.
func qualify(n syntax.Node, name string) string {
	if outer := inside(n); outer != "" {
		return outer + "." + name
	}
	return name
}

// inside is the qualified name of the innermost definition around a place; "" at module level.
func inside(n syntax.Node) string {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef, syntax.ClassDef) {
			return qualified(p)
		}
	}
	return ""
}
