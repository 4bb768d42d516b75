package code

import (
	"fermata/internal/syntax"
)

// scope is a module, class, function, lambda or comprehension with the names that are bound in it.
type scope struct {
	of    *loaded
	node  syntax.Node
	names map[string][]binding
	stars []syntax.Node // "from x import *" statements, in order
	room  []binding     // where names that are bound once keep their binding
	// outer holds names that "global" or "nonlocal" take from further out.
	outer map[string]bool
}

// bindKind says how a name is bound.
type bindKind uint8

const (
	bindAssign  bindKind = iota // value is the expression, path leads into it
	bindAugment                 // x += value
	bindImport                  // import a.b [as c]: text is the module
	bindFrom                    // from module import name: node is the Alias
	bindDef                     // def or class: node
	bindParam                   // node is the Param
	bindFor                     // value is what is iterated over
	bindWith                    // value is the context manager
	bindExcept
	bindMutate // a statement that changes what the name holds: x.append(…), x[k] = …, x.attr = …
	bindOther
)

// binding is one place where a name gets a value, or the value that it has is changed.
type binding struct {
	kind  bindKind
	node  syntax.Node // the statement (or Param, Alias, CompFor, Walrus)
	value syntax.Node // see bindKind
	path  []int16     // indices into the value, for "a, (b, c) = value"; -1 for a starred target
}

// newScope lists what is bound in a scope's own statements: not in functions inside it, but in its branches and
// loops. It visits only statements, and expressions where a walrus may hide.
func newScope(of *loaded, node syntax.Node) *scope {
	few := bindsAtLeast(node)
	s := &scope{of: of, node: node, names: make(map[string][]binding, few), room: make([]binding, 0, few)}
	switch node.Kind() {
	case syntax.Module, syntax.ClassDef, syntax.FuncDef, syntax.Lambda:
		for c := range node.Children() {
			switch c.Kind() {
			case syntax.Param:
				s.param(c)
			case syntax.Block:
				s.block(c)
			case syntax.Decorator, syntax.Base, syntax.Keyword, syntax.Returns:
			default:
				if node.Is(syntax.Module) {
					s.statement(c)
				} else {
					s.walrus(c)
					s.mutation(c, c) // (tool) => tools.push(tool)
				}
			}
		}
	case syntax.Comp:
		for c := range node.All(syntax.CompFor) {
			s.target(c.Child(0), c, c.Child(1), bindFor, nil)
		}
	}
	if node.Is(syntax.Module) && of.global {
		s.globals()
	}
	if node.Is(syntax.Module) && of.module.language == syntax.Go {
		s.goImports()
	}
	return s
}

// bindsAtLeast is about how many names a scope binds, as its first statements tell, those in branches left aside: room for them is
// made at once.
func bindsAtLeast(node syntax.Node) int {
	count := 0
	for c := range node.Children() {
		switch c.Kind() {
		case syntax.Param, syntax.FuncDef, syntax.ClassDef, syntax.Assign, syntax.AnnAssign:
			count++
		case syntax.Import, syntax.ImportFrom:
			count += c.Count()
		case syntax.Block:
			count += bindsAtLeast(c)
		}
	}
	return count
}

// goImports binds the packages of Go that are imported without a name of their own: to the last part of their path,
// or to what their name may be where that is not it.
func (s *scope) goImports() {
	for round := range 6 {
		for n := range s.node.All(syntax.Import) {
			for a := range n.All(syntax.Alias) {
				if a.Child(0).Is(syntax.Name) {
					continue
				}
				if guesses := packageGuesses(plainPath(a.Text())); round < len(guesses) {
					if _, taken := s.names[guesses[round]]; !taken {
						s.add(guesses[round], binding{kind: bindImport, node: a})
					}
				}
			}
		}
	}
}

// globals adds to a module what functions bind in it by "global x": an agent that is made when the program starts up.
func (s *scope) globals() {
	s.node.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Simple) || !n.TextIs("global") {
			return true
		}
		function := n
		for !function.IsZero() && !function.Is(syntax.FuncDef) {
			function = function.Parent()
		}
		if function.IsZero() {
			return false
		}
		inner := newScope(s.of, function)
		for c := range n.Children() {
			for _, b := range inner.names[c.Text()] {
				if b.kind != bindMutate && b.kind != bindParam {
					s.add(c.Text(), b)
				}
			}
		}
		return false
	})
}

func (s *scope) add(name string, b binding) {
	if name == "" {
		return
	}
	if list, ok := s.names[name]; ok {
		s.names[name] = append(list, b)
		return
	}
	// Most names are bound once: those share blocks.
	if len(s.room) == cap(s.room) {
		s.room = make([]binding, 0, min(64, 4+len(s.names)))
	}
	s.room = append(s.room, b)
	n := len(s.room)
	s.names[name] = s.room[n-1 : n : n]
}

func (s *scope) param(c syntax.Node) {
	if name := c.Text(); name != "" {
		s.add(name, binding{kind: bindParam, node: c})
		return
	}
	// A destructured parameter of JavaScript: its pattern's names are attributes of what is passed.
	for p := range c.Children() {
		if p.Is(syntax.Map, syntax.List, syntax.Tuple) {
			p.Walk(func(n syntax.Node) bool {
				if n.Is(syntax.Name) {
					s.add(n.Text(), binding{kind: bindOther, node: c})
				}
				return true
			})
		}
	}
}

func (s *scope) block(block syntax.Node) {
	for c := range block.Children() {
		s.statement(c)
	}
}

func (s *scope) statement(n syntax.Node) {
	switch n.Kind() {
	case syntax.Block:
		s.block(n)
	case syntax.Import:
		for a := range n.All(syntax.Alias) {
			if local := a.Child(0); local.Is(syntax.Name) {
				s.add(local.Text(), binding{kind: bindImport, node: a})
			} else if s.of.module.language != syntax.Go { // see goImports
				first, _, _ := cut(a.Text())
				s.add(first, binding{kind: bindImport, node: a})
			}
		}
	case syntax.ImportFrom:
		for a := range n.All(syntax.Alias) {
			switch {
			case a.TextIs("*") && a.Child(0).IsZero():
				s.stars = append(s.stars, n)
			case a.Child(0).Is(syntax.Name):
				s.add(a.Child(0).Text(), binding{kind: bindFrom, node: a})
			default:
				s.add(a.Text(), binding{kind: bindFrom, node: a})
			}
		}
	case syntax.FuncDef, syntax.ClassDef:
		if !goMethod(n) {
			s.add(n.Text(), binding{kind: bindDef, node: n})
		}
	case syntax.Export:
		for c := range n.Children() {
			s.statement(c)
		}
	case syntax.Assign:
		value := n.Child(-1)
		count := n.Count()
		i := 0
		for c := range n.Children() {
			if i++; i < count {
				s.target(c, n, value, bindAssign, nil)
			}
		}
		s.walrus(value)
	case syntax.AnnAssign:
		target := n.Child(0)
		value := n.Child(2)
		if value.IsZero() {
			if target.Is(syntax.Name) {
				s.add(target.Text(), binding{kind: bindOther, node: n})
			}
			return
		}
		s.target(target, n, value, bindAssign, nil)
		s.walrus(value)
	case syntax.AugAssign:
		target := n.Child(0)
		if target.Is(syntax.Name) {
			s.add(target.Text(), binding{kind: bindAugment, node: n, value: n.Child(1)})
		} else if root := rootName(target); root != "" {
			s.add(root, binding{kind: bindMutate, node: n})
		}
	case syntax.ExprStmt:
		e := n.Child(0)
		if e.Is(syntax.Await) {
			e = e.Child(0)
		}
		s.mutation(e, n)
		s.walrus(e)
	case syntax.If, syntax.While:
		for c := range n.Children() {
			if c.Is(syntax.Block, syntax.Else) {
				s.statement(c)
			} else {
				s.walrus(c)
			}
		}
	case syntax.Else, syntax.Try, syntax.Finally:
		for c := range n.Children() {
			s.statement(c)
		}
	case syntax.Except:
		s.add(n.Text(), binding{kind: bindExcept, node: n})
		s.statement(n.First(syntax.Block))
	case syntax.For:
		if n.Child(0).Is(syntax.Block) {
			s.statement(n.Child(0))
			return
		}
		s.target(n.Child(0), n, n.Child(1), bindFor, nil)
		for c := range n.Children() {
			if c.Is(syntax.Block, syntax.Else) {
				s.statement(c)
			}
		}
	case syntax.With:
		for c := range n.Children() {
			if c.Is(syntax.WithItem) {
				if target := c.Child(1); !target.IsZero() {
					s.target(target, c, c.Child(0), bindWith, nil)
				}
			} else {
				s.statement(c)
			}
		}
	case syntax.Match:
		if w := n.Child(0); w.Is(syntax.Walrus) && inGo(w) { // switch x := y.(type)
			s.add(w.Child(0).Text(), binding{kind: bindAssign, node: w, value: w.Child(1)})
		}
		for c := range n.All(syntax.Case) {
			s.statement(c.First(syntax.Block))
		}
	case syntax.Simple:
		if n.TextIs("global") || n.TextIs("nonlocal") {
			if s.outer == nil {
				s.outer = map[string]bool{}
			}
			for c := range n.Children() {
				s.outer[c.Text()] = true
			}
		}
	}
}

// mutation is a call that changes what a name holds.
func (s *scope) mutation(call, statement syntax.Node) {
	if !call.Is(syntax.Call) || !call.Child(0).Is(syntax.Attr) {
		return
	}
	switch call.Child(0).Text() {
	case "append", "extend", "insert", "add", "update", "push", "setdefault", "appendleft":
	case "set": // of JavaScript's Map
		if s.of.module.language != syntax.TypeScript {
			return
		}
	default:
		return
	}
	if root := rootName(call.Child(0)); root != "" {
		s.add(root, binding{kind: bindMutate, node: statement})
	}
}

// target binds the names of an assignment's left side.
func (s *scope) target(t, statement, value syntax.Node, kind bindKind, path []int16) {
	switch t.Kind() {
	case syntax.Name:
		s.add(t.Text(), binding{kind: kind, node: statement, value: value, path: path})
	case syntax.Tuple, syntax.List:
		i := int16(0)
		for c := range t.Children() {
			if c.Is(syntax.Spread) {
				s.target(c.Child(0), statement, value, kind, append(path[:len(path):len(path)], -1))
			} else {
				s.target(c, statement, value, kind, append(path[:len(path):len(path)], i))
			}
			i++
		}
	case syntax.Attr, syntax.Subscript:
		if root := rootName(t); root != "" {
			s.add(root, binding{kind: bindMutate, node: statement, value: value})
		}
	case syntax.Map: // JavaScript: const { a, b: c } = value
		for pair := range t.All(syntax.Pair) {
			if name := pair.Child(1); name.Is(syntax.Name) {
				if kind == bindFor { // for (const { a } of list): each round binds it
					s.add(name.Text(), binding{kind: bindFor, node: statement, value: value, path: []int16{-2}})
					continue
				}
				s.add(name.Text(), binding{kind: bindOther, node: statement, value: pair.Child(0)})
			}
		}
	}
}

// walrus binds the targets of ":=" inside an expression. Most expressions have none: they are leaves or short, and
// trees that hold no ":=" at all are not searched.
func (s *scope) walrus(e syntax.Node) {
	if e.IsZero() || !s.of.walrus {
		return
	}
	e.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Lambda:
			return false
		case syntax.Walrus:
			s.add(n.Child(0).Text(), binding{kind: bindAssign, node: n, value: n.Child(1)})
		}
		return true
	})
}

// rootName is the name that an attribute or subscript chain starts from; "" when it starts from something else.
func rootName(n syntax.Node) string {
	for n.Is(syntax.Attr, syntax.Subscript) {
		n = n.Child(0)
	}
	if n.Is(syntax.Name) {
		return n.Text()
	}
	return ""
}

// scopeOf gives the innermost node above n that is a scope of its own. A decorator, default or base of a definition
// belongs to the scope around it.
func scopeOf(n syntax.Node) syntax.Node {
	child := n
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		switch p.Kind() {
		case syntax.Module:
			return p
		case syntax.FuncDef:
			if child.Is(syntax.Block, syntax.Param) && !insideDefault(n, child) {
				return p
			}
		case syntax.ClassDef:
			if child.Is(syntax.Block) {
				return p
			}
		case syntax.Lambda:
			if !insideDefault(n, child) {
				return p
			}
		case syntax.Comp:
			// The first iterated expression is evaluated outside; nobody minds that it sees the targets too,
			// unless it is called the same.
			if first := p.First(syntax.CompFor); child != first || !within(n, first.Child(1)) {
				return p
			}
		}
		child = p
	}
	return n.Tree().Root()
}

// outerScope is the innermost scope around n that is not a comprehension.
func outerScope(n syntax.Node) syntax.Node {
	s := scopeOf(n)
	for s.Is(syntax.Comp) {
		s = scopeOf(s)
	}
	return s
}

// insideDefault tells whether n is in the default or annotation of the parameter.
func insideDefault(n, param syntax.Node) bool {
	if !param.Is(syntax.Param) {
		return false
	}
	for c := range param.Children() {
		if within(n, c) {
			return true
		}
	}
	return false
}

// within tells whether n is top or below it.
func within(n, top syntax.Node) bool {
	for ; !n.IsZero(); n = n.Parent() {
		if n == top {
			return true
		}
	}
	return false
}

// cut splits a dotted name at its first dot.
func cut(name string) (first, rest string, more bool) {
	for i := 0; i < len(name); i++ {
		if name[i] == '.' {
			return name[:i], name[i+1:], true
		}
	}
	return name, "", false
}
