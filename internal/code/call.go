package code

import (
	"fermata/internal/syntax"
)

// call is what a call gives.
func (r *Resolver) call(n syntax.Node, f *frame) *Value {
	if inGo(n) {
		if v := r.goConversion(n, f); v != nil {
			return v
		}
	}
	callee := r.eval(n.Child(0), f)
	return callee.called(r, n, f)
}

// called is the value of calling v at a call.
func (v *Value) called(r *Resolver, n syntax.Node, f *frame) *Value {
	switch v.Kind {
	case Choice:
		var all []*Value
		for _, one := range v.Items {
			switch one.Kind {
			case Null, Unknown, String, Number, Bool:
				continue // not what is called
			}
			if len(all) < 8 {
				all = append(all, one.called(r, n, f))
			}
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
		return &Value{Kind: Instance, Node: n, Call: n, Ref: v.Ref, Base: v.Base, in: r, frame: f.at(n), extra: v.extra}
	case Class:
		if r.isEnum(v) {
			return unknown(n, "a member of %s that is chosen when the program runs", v.Ref.Last())
		}
		return &Value{Kind: Instance, Node: n, Call: n, Ref: v.Ref, in: r, frame: f.at(n), extra: v.extra}
	case Function:
		return r.run(v, n, f)
	case Instance:
		// An object that is called: a class of the program with __call__, or an outside object.
		if m := r.attribute(v, "__call__", n); m.Kind == Function {
			return r.run(m, n, f)
		}
		return &Value{Kind: Instance, Node: n, Call: n, Ref: v.Ref, Base: v, in: r, frame: f.at(n)}
	case Unknown:
		return unknown(n, "what is called could not be followed: %s", v.Text)
	case Package:
		return unknown(n, "a module is called")
	}
	return unknown(n, "it is computed")
}

// run calls a function of the program: what it returns, with its parameters bound to the arguments.
func (r *Resolver) run(fn *Value, n syntax.Node, f *frame) *Value {
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
	g := r.enter(function, fn.frame.at(function), n, f.at(n), func() passing { return r.bind(fn, n, f) })
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
	var values []*Value
	for _, e := range r.returnsOf(function) {
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

// arguments are a call's arguments with spreads opened up.
type arguments struct {
	positional []*Value
	keyword    map[string]*Value
	open       bool // a spread that could not be followed may hold more
}

func (r *Resolver) arguments(n syntax.Node, f *frame, extras []extra) arguments {
	return r.argumentsBy(n, f, extras, r.eval)
}

// argumentsBy is arguments with plain arguments looked at by eval.
func (r *Resolver) argumentsBy(n syntax.Node, f *frame, extras []extra, eval func(syntax.Node, *frame) *Value) arguments {
	var a arguments
	set := func(name string, v *Value) {
		if a.keyword == nil {
			a.keyword = map[string]*Value{}
		}
		a.keyword[name] = v
	}
	for _, e := range extras {
		if e.name == "" {
			a.positional = append(a.positional, e.value)
		} else {
			set(e.name, e.value)
		}
	}
	first := true
	for c := range n.Children() {
		if first {
			first = false
			continue
		}
		switch {
		case c.Is(syntax.Keyword):
			set(c.Text(), eval(c.Child(0), f))
		case c.Is(syntax.Spread) && c.Op() == 2:
			v := r.eval(c.Child(0), f)
			if v.Kind != Dict {
				if v.Kind != Null {
					a.open = true
				}
				continue
			}
			for _, pair := range v.Pairs {
				if s, ok := pair.Key.Constant(); ok {
					set(s, pair.Value)
				}
			}
			a.open = a.open || v.Open
		case c.Is(syntax.Spread):
			v := r.eval(c.Child(0), f)
			if v.Kind == List {
				a.positional = append(a.positional, v.Items...)
			}
			a.open = a.open || v.Kind != List || v.Open
		default:
			a.positional = append(a.positional, eval(c, f))
		}
	}
	return a
}

// bind gives a function's parameters their values for one call. Plain arguments are bound unseen: most are never
// asked for.
func (r *Resolver) bind(fn *Value, n syntax.Node, f *frame) passing {
	params := r.params(fn.Node)
	if len(params) == 0 && fn.self == nil {
		return passing{} // whatever it is given, nobody can ask for it
	}
	var a arguments
	if n.Is(syntax.Call) {
		a = r.argumentsBy(n, f, fn.extra, r.later)
	}
	bound := make(map[string]*Value, min(len(params), len(a.positional)+len(a.keyword)+1))
	given := passing{values: bound}
	if !a.open {
		given.defaults, given.in, given.frame = r.defaults(fn.Node, params), r, fn.frame
	}
	if fn.self != nil && r.at(fn.Node).module.language == syntax.TypeScript {
		bound["this"] = fn.self
	} else if fn.self != nil && len(params) > 0 && params[0].Rest == 0 {
		bound[params[0].Name] = fn.self
		params = params[1:]
	}
	position := 0
	for _, p := range params {
		switch {
		case p.Rest == 1:
			rest := &Value{Kind: List, Node: n, Open: a.open}
			if position < len(a.positional) {
				for _, v := range a.positional[position:] {
					rest.Items = append(rest.Items, r.seen(v))
				}
				position = len(a.positional)
			}
			bound[p.Name] = rest
		case p.Rest == 2:
			rest := &Value{Kind: Dict, Node: n, Open: a.open}
			for c := range n.Children() { // in the order of the text
				if c.Is(syntax.Keyword) && !hasParam(params, c.Text()) {
					rest.Pairs = append(rest.Pairs, Entry{&Value{Kind: String, Node: c, Text: c.Text()}, r.seen(a.keyword[c.Text()])})
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
			bound[p.Name] = rest
		case !p.pattern.IsZero():
			if position < len(a.positional) {
				bindTarget(p.pattern, r.seen(a.positional[position]), bound)
				position++
			}
		default:
			if v, ok := a.keyword[p.Name]; ok {
				bound[p.Name] = v
			} else if position < len(a.positional) {
				bound[p.Name] = a.positional[position]
				position++
			}
		}
	}
	return given
}

// passing is what a function's parameters are for one call. Of those that the call passes nothing for, the default is
// looked at when somebody asks.
type passing struct {
	values   map[string]*Value
	defaults map[string]syntax.Node
	in       *Resolver
	frame    *frame // of the defaults
}

// value is what a parameter is.
func (p *passing) value(name string) (*Value, bool) {
	v, ok := p.values[name]
	switch {
	case ok && v != nil && v.Kind == pending:
		v = v.in.eval(v.Node, v.frame)
		p.values[name] = v
	case !ok:
		var n syntax.Node
		if n, ok = p.defaults[name]; ok {
			v = p.in.eval(n, p.frame)
			p.values[name] = v
		}
	}
	return v, ok
}

// seen is an argument that is looked at now.
func (r *Resolver) seen(v *Value) *Value {
	if v != nil && v.Kind == pending {
		return r.eval(v.Node, v.frame)
	}
	return v
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
