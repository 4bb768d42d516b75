package code

import (
	"slices"

	"fermata/internal/syntax"
)

// call is what a call gives.
func (r *Resolver) call(n syntax.Node, f *frame) *Value {
	if inGo(n) {
		if v := r.goConversion(n, f); v != nil {
			return v
		}
	}
	if v := r.loadedBy(n); v != nil {
		return v
	}
	callee := r.eval(n.Child(0), f)
	return callee.called(r, n, f)
}

// loadedBy is the module that JavaScript's import("./name") gives; nil for all other calls, and where the name is no text that
// stands there. What a file of CommonJS exports as a whole is the module's "default" here, as it is for a statement.
func (r *Resolver) loadedBy(n syntax.Node) *Value {
	if callee := n.Child(0); !callee.Is(syntax.Name) || !callee.TextIs("import") || !n.Child(1).Is(syntax.String) {
		return nil
	}
	return r.packageValue(r.importTarget(r.at(n).module, 0, n.Child(1).Text()))
}

// called is the value of calling v at a call.
func (v *Value) called(r *Resolver, n syntax.Node, f *frame) *Value {
	switch v.Kind {
	case Choice:
		var all []*Value
		for i, one := range v.Items {
			switch one.Kind {
			case Null, Unknown, String, Number, Bool:
				continue // not what is called
			}
			if len(all) >= 8 {
				break
			}
			if nth := v.sharing(i); nth > 0 {
				all = append(all, r.runFor(one, n, f, nth))
				continue
			}
			all = append(all, one.taking(i).called(r, n, f))
		}
		if len(all) == 0 {
			return unknown(n, "what is called could not be followed")
		}
		return choice(n, all...)
	case External:
		if known := r.builtin(v, n, f); known != nil {
			return known
		}
		if callee := n.Child(0); callee.Is(syntax.Attr) && callee.TextIs("get") && n.Is(syntax.Call) && n.Child(1).Is(syntax.String) {
			if object := chain(callee.Child(0)); object != "" {
				if got := r.held(object+"["+n.Child(1).Text()+"]", n); got != nil {
					return got
				}
			}
		}
		return &Value{Kind: Instance, Node: n, Call: n, Ref: v.Ref, Base: v.Base, in: r, frame: f.at(n), more: v.more}
	case Class:
		if r.isEnum(v) {
			return unknown(n, "a member of %s that is chosen when the program runs", v.Ref.Last())
		}
		return &Value{Kind: Instance, Node: n, Call: n, Ref: v.Ref, in: r, frame: f.at(n), more: v.more}
	case Function:
		return r.run(v, n, f)
	case Instance:
		// An object that is called: a class of the program with __call__, or an outside object.
		if made := r.provided(v, n); made != nil {
			return made
		}
		if m := r.attribute(v, "__call__", n); m.Kind == Function {
			return r.run(m, n, f)
		}
		ref := v.Ref
		if last := ref.Last(); v.Base == nil && last != "" && last[0] >= 'A' && last[0] <= 'Z' {
			ref = ref.dot("__call__") // an object of an outside class, and no second one
		}
		return &Value{Kind: Instance, Node: n, Call: n, Ref: ref, Base: v, in: r, frame: f.at(n)}
	case Unknown:
		return unknown(n, "what is called could not be followed: %s", v.Text)
	case Package:
		return unknown(n, "a module is called")
	}
	return unknown(n, "it is computed")
}

// run calls a function of the program: what it returns, with its parameters bound to the arguments.
func (r *Resolver) run(fn *Value, n syntax.Node, f *frame) *Value { return r.runFor(fn, n, f, 0) }

// sharing counts the alternatives before one that are the same method of other objects.
func (v *Value) sharing(i int) (nth int) {
	one := v.Items[i]
	if one.Kind != Function || one.self == nil {
		return 0
	}
	for _, other := range v.Items[:i] {
		if other.Kind == Function && other.Node == one.Node {
			nth++
		}
	}
	return nth
}

// runFor runs a function for a call that may mean the same method of several objects, which are counted from 0: what it
// gives is each object's own.
func (r *Resolver) runFor(fn *Value, n syntax.Node, f *frame, nth int) *Value {
	function := fn.Node
	if !function.Is(syntax.FuncDef, syntax.Lambda) {
		return unknown(n, "it is computed")
	}
	if r.refOnly {
		return r.summarised(fn, n)
	}
	if f.depth() >= maxCalls {
		return unknown(n, "functions call each other too deeply")
	}
	if f.running(function) || fn.frame.running(function) {
		return unknown(n, "%s calls itself", fn.Ref.Last())
	}
	g := r.enterKey(frameKey{function, fn.frame.at(function), f.at(n), n, nth}, func() passing { return r.bind(fn, n, f) })
	return r.result(function, g, n)
}

// result is what a function returns (or, for a context manager or fixture, yields) in a frame.
func (r *Resolver) result(function syntax.Node, g *frame, n syntax.Node) *Value {
	if function.Is(syntax.Lambda) {
		body := function.Child(-1)
		if !body.Is(syntax.Block) {
			return r.eval(body, g)
		}
	}
	exits := r.returnsOf(function)
	if streams(function, exits) {
		return unknown(n, "it gives many things, one after the other")
	}
	var values []*Value
	for _, e := range exits {
		values = append(values, r.eval(e, g))
	}
	if abstract(function) {
		return r.promised(function, n)
	}
	if len(values) == 0 {
		return &Value{Kind: Null, Node: n}
	}
	if inGo(function) {
		return r.goResult(function, choice(n, values...), n)
	}
	return choice(n, values...)
}

// mostYields is at how many places a function may yield and still be held to give what it yields.
const mostYields = 3

// streams tells whether a function reports on its way: it yields at many places, and nothing around it says that what it
// yields is one thing, as a decorator does of a context manager. A library that streams its events yields them through
// ten such functions behind each other, of which no caller learns what it has.
func streams(function syntax.Node, exits []syntax.Node) bool {
	yields := 0
	for _, e := range exits {
		if e.Parent().Is(syntax.Yield) {
			yields++
		}
	}
	return yields > mostYields && function.First(syntax.Decorator).IsZero()
}

// arguments are a call's arguments with spreads opened up.
type arguments struct {
	positional []slot
	keyword    slots
	open       bool // a spread that could not be followed may hold more

	in    *Resolver
	frame *frame // of those that nobody has looked at
}

// arguments lists what a call is given.
func (r *Resolver) arguments(n syntax.Node, f *frame, extras []extra) arguments {
	return r.argumentsBy(n, f, extras, r.eval)
}

// unseen lists the same without looking at plain arguments: most are never asked for.
func (r *Resolver) unseen(n syntax.Node, f *frame, extras []extra) arguments {
	return r.argumentsBy(n, f, extras, func(syntax.Node, *frame) *Value { return nil })
}

func (r *Resolver) argumentsBy(n syntax.Node, f *frame, extras []extra, eval func(syntax.Node, *frame) *Value) arguments {
	a := arguments{in: r, frame: f}
	for _, e := range extras {
		if e.name == "" {
			a.positional = append(a.positional, slot{value: e.value})
		} else {
			a.keyword.set(e.name, e.value, syntax.Node{})
		}
	}
	named := 0
	for range n.All(syntax.Keyword) {
		named++
	}
	if plain := n.Count() - 1 - named; plain > 0 {
		a.positional = slices.Grow(a.positional, plain)
	}
	a.keyword.list = slices.Grow(a.keyword.list, named)
	first := true
	for c := range n.Children() {
		if first {
			first = false
			continue
		}
		switch {
		case c.Is(syntax.Keyword):
			e := c.Child(0)
			v := eval(e, f)
			if v == nil && e.IsZero() {
				v = r.eval(e, f)
			}
			a.keyword.set(c.Text(), v, e)
		case c.Is(syntax.Spread) && c.Op() == 2:
			v := r.eval(c.Child(0), f)
			if v.Kind != Dict {
				if v.Kind != Null {
					a.open = true
				}
				continue
			}
			a.keyword.list = slices.Grow(a.keyword.list, len(v.Pairs))
			for _, pair := range v.Pairs {
				if s, ok := pair.Key.Constant(); ok {
					a.keyword.set(s, pair.Value, syntax.Node{})
				}
			}
			a.open = a.open || v.Open
		case c.Is(syntax.Spread):
			v := r.eval(c.Child(0), f)
			if v.Kind == List {
				for _, item := range v.Items {
					a.positional = append(a.positional, slot{value: item})
				}
			}
			a.open = a.open || v.Kind != List || v.Open
		default:
			a.positional = append(a.positional, slot{value: eval(c, f), node: c})
		}
	}
	return a
}

// argumentsOnce is arguments for questions from outside, which ask for one argument of a call after another.
func (r *Resolver) argumentsOnce(n syntax.Node, f *frame, extras []extra) *arguments {
	key := memoKey{n, f, r.refOnly}
	if len(extras) > 0 || r.depth > 0 {
		return new(r.unseen(n, f, extras))
	}
	if r.asked == nil || r.askedAt != key {
		r.asked, r.askedAt = new(r.unseen(n, f, extras)), key
	}
	return r.asked
}

// at is the positional argument of a number.
func (a *arguments) at(i int) *Value { return a.positional[i].look(a.in, a.frame) }

// named is the argument of a name; nil where there is none.
func (a *arguments) named(name string) *Value {
	if i := a.keyword.find(name); i >= 0 {
		return a.keyword.list[i].look(a.in, a.frame)
	}
	return nil
}

// bind gives a function's parameters their values for one call.
func (r *Resolver) bind(fn *Value, n syntax.Node, f *frame) passing {
	params := r.params(fn.Node)
	if len(params) == 0 && fn.self == nil {
		return passing{} // whatever it is given, nobody can ask for it
	}
	var a arguments
	switch {
	case fn.more != nil && fn.more.whole:
		a = r.unseen(syntax.Node{}, f, fn.extras())
	case n.Is(syntax.Call):
		a = r.unseen(n, f, fn.extras())
	}
	given := passing{in: r, from: f}
	given.slots.grow(min(len(params), len(a.positional)+len(a.keyword.list)+1))
	if !a.open {
		given.defaults, given.frame = r.defaults(fn.Node, params), fn.frame
	}
	if fn.self != nil && r.at(fn.Node).module.language == syntax.TypeScript {
		given.slots.set("this", fn.self, syntax.Node{})
	} else if fn.self != nil && len(params) > 0 && params[0].Rest == 0 {
		given.slots.set(params[0].Name, fn.self, syntax.Node{})
		params = params[1:]
	}
	position := 0
	for _, p := range params {
		switch {
		case p.Rest == 1:
			rest := &Value{Kind: List, Node: n, Open: a.open}
			for ; position < len(a.positional); position++ {
				rest.Items = append(rest.Items, a.at(position))
			}
			given.slots.set(p.Name, rest, syntax.Node{})
		case p.Rest == 2:
			rest := &Value{Kind: Dict, Node: n, Open: a.open}
			for c := range n.Children() { // in the order of the text
				if c.Is(syntax.Keyword) && !hasParam(params, c.Text()) {
					rest.Pairs = append(rest.Pairs, Entry{&Value{Kind: String, Node: c, Text: c.Text()}, a.named(c.Text())})
				} else if c.Is(syntax.Spread) && c.Op() == 2 {
					if v := r.eval(c.Child(0), f); v.Kind == Dict {
						for _, pair := range v.Pairs {
							if s, ok := pair.Key.Constant(); ok && !hasParam(params, s) {
								rest.Pairs = append(rest.Pairs, pair)
							}
						}
					}
				}
			}
			given.slots.set(p.Name, rest, syntax.Node{})
		case !p.pattern.IsZero():
			if position < len(a.positional) {
				bindTarget(p.pattern, a.at(position), &given.slots)
				position++
			}
		default:
			if i := a.keyword.find(p.Name); i >= 0 {
				given.slots.set(p.Name, a.keyword.list[i].value, a.keyword.list[i].node)
			} else if position < len(a.positional) {
				given.slots.set(p.Name, a.positional[position].value, a.positional[position].node)
				position++
			}
		}
	}
	return given
}

// slot is what a name is bound to: a value, or the expression that gives it, which nobody has looked at.
type slot struct {
	name  string
	value *Value
	node  syntax.Node
}

// look is the value; the frame is that of the expression.
func (s *slot) look(r *Resolver, f *frame) *Value {
	if s.value == nil && !s.node.IsZero() {
		s.value = r.eval(s.node, f)
	}
	return s.value
}

// slots are names with what they are bound to, in the order in which they were first bound. Nearly always there are a
// few, which are found by going through them.
type slots struct {
	list  []slot
	place map[string]int // of many
}

// manySlots is how many names are gone through one by one.
const manySlots = 24

func (s *slots) grow(n int) { s.list = make([]slot, 0, n) }

// find is where a name stands; -1 when it is not bound.
func (s *slots) find(name string) int {
	if s.place != nil {
		if i, ok := s.place[name]; ok {
			return i
		}
		return -1
	}
	for i := range s.list {
		if s.list[i].name == name {
			return i
		}
	}
	return -1
}

// set binds a name anew.
func (s *slots) set(name string, v *Value, n syntax.Node) {
	if i := s.find(name); i >= 0 {
		s.list[i].value, s.list[i].node = v, n
		return
	}
	s.list = append(s.list, slot{name, v, n})
	switch {
	case s.place != nil:
		s.place[name] = len(s.list) - 1
	case len(s.list) > manySlots:
		s.place = make(map[string]int, 2*len(s.list))
		for i := range s.list {
			s.place[s.list[i].name] = i
		}
	}
}

// passing is what a function's parameters are for one call. Of those that the call passes nothing for, the default is
// looked at when somebody asks.
type passing struct {
	slots    slots
	in       *Resolver
	from     *frame // of what the call passes
	defaults map[string]syntax.Node
	frame    *frame // of the defaults
}

// value is what a parameter is.
func (p *passing) value(name string) (*Value, bool) {
	if i := p.slots.find(name); i >= 0 {
		if s := &p.slots.list[i]; s.value != nil || s.node.IsZero() {
			return s.value, true
		}
		v := p.in.eval(p.slots.list[i].node, p.from)
		p.slots.list[i].value = v // the list may be another one by now
		return v, true
	}
	n, ok := p.defaults[name]
	if !ok {
		return nil, false
	}
	v := p.in.eval(n, p.frame)
	p.slots.set(name, v, syntax.Node{})
	return v, true
}

// seen is what a parameter is that somebody has looked at; nil for others.
func (p *passing) seen(name string) *Value {
	if i := p.slots.find(name); i >= 0 {
		return p.slots.list[i].value
	}
	return nil
}

func hasParam(params []Param, name string) bool {
	for _, p := range params {
		if p.Name == name && p.Rest == 0 {
			return true
		}
	}
	return false
}

// entered is what "with v as x" gives x.
func (r *Resolver) entered(n syntax.Node, f *frame) *Value {
	v := r.eval(n, f)
	if v.Kind == Instance && v.Ref.Def != nil {
		for _, name := range [...]string{"__enter__", "__aenter__"} {
			if m := r.attribute(v, name, n); m.Kind == Function {
				if got := r.run(m, n, f); got.Kind != Null && got.Kind != Unknown {
					return got
				}
			}
		}
	}
	return v
}

func hasDecorator(function syntax.Node, name string) bool {
	for d := range function.All(syntax.Decorator) {
		e := d.Child(0)
		if e.Is(syntax.Call) {
			e = e.Child(0)
		}
		if e.Is(syntax.Name, syntax.Attr) && e.TextIs(name) {
			return true
		}
	}
	return false
}

// enclosingClass is the class whose body a node stands in, through its methods.
func enclosingClass(n syntax.Node) syntax.Node {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.ClassDef) {
			return p
		}
	}
	return syntax.Node{}
}
