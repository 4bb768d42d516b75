package code

import (
	"fermata/internal/syntax"
)

// at is what a name may hold at a place, by the checks and assignments that come before it in its function.
func (c *checks) at(name string, at syntax.Node) limit {
	p := at.Parent()
	for !p.IsZero() && !decisive(p) && !at.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef) {
		at, p = p, p.Parent() // within an expression it stays the same
	}
	if at.Tree() != c.tree {
		return unlimited // a variable of another file
	}
	key := c.key(name, at)
	if l := c.known[key]; l != nil {
		return *l
	}
	put(&c.known, key, &unlimited) // in a circle nothing is known
	if p.IsZero() || at.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef) || c.depth > deepestCheck*4 {
		l := unlimited
		if a, ok := c.from[name]; ok {
			l.alphabet = a
		}
		c.known[key] = kept(l)
		return l
	}
	c.depth++
	defer func() { c.depth-- }()
	l := c.at(name, p)
	switch p.Kind() {
	case syntax.If:
		if at.Is(syntax.Block) || at.Is(syntax.Else) {
			l = l.both(c.when(p.Child(0), name, at.Is(syntax.Block), 0))
		}
	case syntax.While:
		if at.Is(syntax.Block) {
			l = l.both(c.when(p.Child(0), name, true, 0))
		}
	case syntax.Cond:
		if at != p.Child(0) {
			l = l.both(c.when(p.Child(0), name, at == p.Child(1), 0))
		}
	case syntax.Logic:
		for operand := range p.Children() {
			if operand == at {
				break
			}
			l = l.both(c.when(operand, name, p.TextIs("and"), 0))
		}
	case syntax.Case:
		if subject := p.Parent().Child(0); at.Is(syntax.Block) && subject.Is(syntax.Name) && subject.TextIs(name) && c.fixedCase(p) {
			l = limit{by: p}
		}
	case syntax.Block, syntax.Module:
		l = c.behind(p, at, name, l)
	}
	if l != unlimited {
		c.known[key] = kept(l)
	}
	return l
}

// decisive tells whether what a name may hold can be another one in one part of a node than in the next.
func decisive(n syntax.Node) bool {
	return n.Is(syntax.If, syntax.While, syntax.Cond, syntax.Logic, syntax.Case, syntax.Block, syntax.Module)
}

// behind is what a name may hold at a statement of a block, by those that come before it. Places are asked about in the
// order of the text, so it goes on from the statement that was asked about last.
func (c *checks) behind(block, at syntax.Node, name string, l limit) limit {
	key := c.key(name, block)
	from, ok := c.reached[key]
	if ok = ok && int(from.at) <= at.Index(); ok {
		l = *from.limit
	}
	for s := range block.Children() {
		if s == at {
			break
		}
		if !ok || s.Index() >= int(from.at) {
			l = c.after(s, name, l)
		}
	}
	put(&c.reached, key, reached{int32(at.Index()), kept(l)})
	return l
}

// fixedCase tells whether a case is for texts that stand in the code.
func (c *checks) fixedCase(n syntax.Node) bool {
	found := false
	for pattern := range n.Children() {
		switch {
		case pattern.Is(syntax.Block, syntax.Guard):
		case pattern.Is(syntax.String, syntax.Number):
			found = true
		default:
			return false
		}
	}
	return found
}

// after is what a name may hold behind a statement, when it held what before says.
func (c *checks) after(s syntax.Node, name string, before limit) limit {
	switch s.Kind() {
	case syntax.Assign, syntax.AnnAssign, syntax.AugAssign:
		return c.assigned(s, name, before)
	case syntax.If:
		then, other := s.First(syntax.Block), s.First(syntax.Else)
		leaves, otherLeaves := leaves(then), leaves(other)
		l := before
		switch {
		case leaves && !otherLeaves:
			l = l.both(c.when(s.Child(0), name, false, 0))
			return c.inside(other, name, l)
		case otherLeaves && !leaves:
			l = l.both(c.when(s.Child(0), name, true, 0))
			return c.inside(then, name, l)
		}
		return c.inside(s, name, l)
	case syntax.Try:
		for e := range s.All(syntax.Except) {
			if !leaves(e.First(syntax.Block)) {
				return c.inside(s, name, before)
			}
		}
		l := before
		for inner := range s.First(syntax.Block).Children() {
			l = c.after(inner, name, l)
		}
		return l
	case syntax.With:
		l := before
		for inner := range s.First(syntax.Block).Children() {
			l = c.after(inner, name, l)
		}
		return l
	case syntax.For:
		return c.inside(s, name, before).both(c.loop(s, name))
	case syntax.Simple:
		if s.TextIs("assert") {
			return before.both(c.when(s.Child(0), name, true, 0))
		}
	case syntax.ExprStmt:
		call := s.Child(0)
		if call.Is(syntax.Await) {
			call = call.Child(0)
		}
		if fillsName(call) {
			return c.assigned(call, name, before)
		}
		if call.Is(syntax.Call) && call.Child(0).TextIs("relative_to") && c.about(call.Child(0).Child(0), name) {
			return before.both(limit{anything &^ (Slashes | Start), call})
		}
		if call.Is(syntax.Call) { // validate(name), which leaves by an exception
			if def, param := c.helper(call, name); !def.IsZero() && c.depth < deepestCheck {
				if body := def.First(syntax.Block); !body.IsZero() && raises(body) {
					return before.both(c.end(def, body, param))
				}
			}
		}
	case syntax.FuncDef, syntax.ClassDef:
		return before
	case syntax.While:
		return c.inside(s, name, before)
	}
	return before
}

// inside joins what assignments within a statement, which may run or not, make of a name.
func (c *checks) inside(s syntax.Node, name string, before limit) limit {
	l := before
	for _, n := range c.r.assignmentsIn(s) {
		if targets(n, name) {
			l = l.either(c.assigned(n, name, before))
		}
	}
	return l
}

// assignmentsIn lists the assignments within a statement, and calls that fill what a name holds; those of functions in it are
// left out. Many names are looked for in each statement, so they are found once.
func (r *Resolver) assignmentsIn(s syntax.Node) []syntax.Node {
	found, ok := r.assignments[s]
	if !ok {
		s.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Assign, syntax.AnnAssign, syntax.AugAssign) || fillsName(n) {
				found = append(found, n)
			}
			return !n.Is(syntax.FuncDef, syntax.Lambda, syntax.ClassDef)
		})
		put(&r.assignments, s, found)
	}
	return found
}

// fillsName tells whether a node is a call that puts something into what a name holds: words.append(word).
func fillsName(n syntax.Node) bool {
	return n.Is(syntax.Call) && n.Child(0).Is(syntax.Attr) && n.Child(0).Child(0).Is(syntax.Name) && fills[n.Child(0).Text()]
}

func targets(assign syntax.Node, name string) bool {
	if assign.Is(syntax.Call) {
		return assign.Child(0).Child(0).TextIs(name)
	}
	value := assign.Child(-1)
	for t := range assign.Children() {
		if t != value && t.Is(syntax.Name, syntax.Tuple, syntax.List, syntax.Map) && takes(t, name) {
			return true
		}
	}
	return false
}

// takes tells whether [take] would note a name.
func takes(target syntax.Node, name string) bool {
	switch target.Kind() {
	case syntax.Name:
		return target.TextIs(name)
	case syntax.Attr, syntax.Subscript:
		return takes(target.Child(0), name)
	case syntax.Tuple, syntax.List, syntax.Spread, syntax.Map:
		for c := range target.Children() {
			if takes(c, name) {
				return true
			}
		}
	case syntax.Pair:
		return takes(target.Child(1), name)
	}
	return false
}

// arguments is what a call is given, all of it together.
func (c *checks) arguments(call syntax.Node) (all limit) {
	for i := 1; i < call.Count(); i++ {
		if l, held := c.of(call.Child(i)); held {
			all = all.either(l)
		}
	}
	return all
}

// assigned is what a name may hold behind an assignment.
func (c *checks) assigned(s syntax.Node, name string, before limit) limit {
	if !targets(s, name) {
		return before
	}
	if s.Is(syntax.Call) {
		return before.either(c.arguments(s))
	}
	l, held := c.of(s.Child(-1))
	if !held {
		l = limit{}
	}
	if s.Is(syntax.AugAssign) {
		l.alphabet &^= Start
		return before.either(l)
	}
	return l
}

// leaves tells whether a block never comes to its end.
func leaves(block syntax.Node) bool {
	if block.Is(syntax.Else) {
		inner := block.Child(0)
		return inner.Is(syntax.Block) && leaves(inner) || inner.Is(syntax.If) && leavesIf(inner)
	}
	switch last := block.Child(-1); last.Kind() {
	case syntax.Return, syntax.Raise:
		return true
	case syntax.Simple:
		return last.TextIs("break") || last.TextIs("continue")
	case syntax.If:
		return leavesIf(last)
	case syntax.ExprStmt:
		switch call := last.Child(0); call.Child(0).Source() {
		case "sys.exit", "exit", "quit", "process.exit", "os._exit", "panic", "log.Fatal", "log.Fatalf":
			return call.Is(syntax.Call)
		}
	}
	return false
}

func leavesIf(n syntax.Node) bool {
	return leaves(n.First(syntax.Block)) && leaves(n.First(syntax.Else))
}

func raises(body syntax.Node) bool {
	found := false
	body.Walk(func(n syntax.Node) bool {
		found = found || n.Is(syntax.Raise)
		return !found && !n.Is(syntax.FuncDef, syntax.Lambda)
	})
	return found
}

// loop reads a loop over the characters of a text, or over the parts of a parsed expression, that leaves at the first
// that is not allowed.
func (c *checks) loop(s syntax.Node, name string) limit {
	item, over, body := s.Child(0), s.Child(1), s.First(syntax.Block)
	if !item.Is(syntax.Name) {
		return unlimited
	}
	parts := false
	if over.Is(syntax.Call) && over.Child(0).TextIs("walk") && over.Child(0).Child(0).TextIs("ast") {
		over, parts = over.Child(1), true
	}
	extra, ok := c.subject(over, name)
	if !ok {
		return unlimited
	}
	l := unlimited
	for inner := range body.Children() {
		if !inner.Is(syntax.If) || !leaves(inner.First(syntax.Block)) || inner.First(syntax.Block).Child(-1).Is(syntax.Simple) {
			continue
		}
		if parts {
			if c.plainParts(inner.Child(0), item.Text()) {
				l = l.both(limit{Marks | Slashes, inner})
			}
			continue
		}
		m := c.letter(inner.Child(0), item.Text(), false)
		m.alphabet |= extra
		l = l.both(m)
	}
	return l
}

// plainParts tells whether "not isinstance(part, …)" refuses whatever calls or looks into something.
func (c *checks) plainParts(cond syntax.Node, item string) bool {
	if !cond.Is(syntax.Unary) || !cond.TextIs("not") {
		return false
	}
	call := cond.Child(0)
	if !call.Is(syntax.Call) || !call.Child(0).TextIs("isinstance") || !call.Child(1).TextIs(item) {
		return false
	}
	list := call.Child(2)
	if b := c.r.once(list); list.Is(syntax.Name) && !b.IsZero() {
		list = b
	}
	if !list.Is(syntax.Tuple, syntax.List, syntax.Set) || list.Count() == 0 {
		return false
	}
	for part := range list.Children() {
		if !part.Is(syntax.Attr) {
			return false
		}
		switch part.Text() {
		case "Attribute", "Call", "Name", "Lambda", "AST", "expr", "stmt", "Import":
			return false
		}
	}
	return true
}
