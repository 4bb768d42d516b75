package code

import "fermata/internal/syntax"

// mostAnswers is how many parts of decorators are looked at for what is put around one function.
const mostAnswers = 300

// wrapping is what decorators put around a function: the functions of the program that run in its place.
type wrapping struct {
	b     *bodyWalk
	scope map[syntax.Node]*answering
	seen  map[pending]bool // each part of a decorator is looked at once, since decorators may lead to each other in many ways
	order []*Def
	found map[syntax.Node]given // functions to walk → the parameters that callers of the function fill in
}

// pending is a part of a decorator, whose answer is called so many times before it is a function that runs for the decorated one.
type pending struct {
	part  syntax.Node
	calls int
}

// answering is what a function makes and answers with.
type answering struct {
	made      map[string][]syntax.Node // functions
	set       map[string][]syntax.Node // what names are set to
	applied   map[string]bool          // functions that it makes and answers with a call of: decorators themselves
	answers   []syntax.Node
	givesBack bool // one of its own parameters
}

// wrapped follows what decorators of the program put around a function. The function that they are given is the one that is
// walked already.
func (b *bodyWalk) wrapped(def *Def, depth int) {
	if !def.Node.First(syntax.Decorator).Is(syntax.Decorator) {
		return
	}
	w := &wrapping{b: b, scope: map[syntax.Node]*answering{}, seen: map[pending]bool{}, found: map[syntax.Node]given{}}
	for d := range def.Node.All(syntax.Decorator) {
		calls := 0
		if d.Child(0).Is(syntax.Call) {
			calls = 1
		}
		v := w.eval(decoratorName(d))
		switch by := v.Ref.Def; {
		case by == nil || by.Node == def.Node:
		case by.Kind == FuncDef:
			w.result(by, by.Node, calls)
		case by.Kind == ClassDef && v.Kind == Class:
			w.object(by, calls)
		case by.Kind == ClassDef && v.Kind == Instance:
			w.object(by, calls+1)
		}
	}
	for _, around := range w.order {
		b.passed(around.Node, syntax.Node{}, nil)
		b.def(around, depth+1, w.found[around.Node])
	}
	b.complete = b.complete && len(w.seen) <= mostAnswers
}

func (w *wrapping) eval(n syntax.Node) *Value {
	defer w.b.r.cheaply()()
	v := w.b.r.eval(n, nil)
	return &Value{Kind: v.Kind, Ref: refOf(v)}
}

// once tells whether a part is looked at for the first time, and there is room for it.
func (w *wrapping) once(part syntax.Node, calls int) bool {
	if w.seen[pending{part, calls}] || len(w.seen) > mostAnswers {
		return false
	}
	w.seen[pending{part, calls}] = true
	return len(w.seen) <= mostAnswers
}

// result looks at what a function answers with. Def is the function of the program that it stands in.
func (w *wrapping) result(def *Def, f syntax.Node, calls int) {
	if !w.once(f, calls) {
		return
	}
	if calls == 0 { // it is called with the function that is decorated
		for p := range f.All(syntax.Param) {
			if w.b.filled[p] == nobody {
				w.b.filled[p] = sure
			}
		}
	}
	for _, answer := range w.in(f).answers {
		w.value(def, f, answer, calls)
	}
}

// called notes a function that runs in place of the decorated one, or looks at what it answers with.
func (w *wrapping) called(def *Def, f syntax.Node, calls int) {
	if calls > 0 {
		w.result(def, f, calls-1)
		return
	}
	from := w.found[def.Node]
	if from == nil {
		from = given{}
		w.found[def.Node] = from
		w.order = append(w.order, def)
	}
	for p := range f.All(syntax.Param) {
		if !p.TextIs("self") {
			from[p.Text()] = anything
		}
	}
}

// object looks at what calling an object of a class does. Objects that cannot be called, such as a framework's tools, are left
// to the framework: it knows how the function is called.
func (w *wrapping) object(class *Def, calls int) {
	if m := w.b.r.method(class, "__call__"); m != nil {
		w.called(m, m.Node, calls)
	}
}

// value looks at what an expression of a function stands for.
func (w *wrapping) value(def *Def, f, e syntax.Node, calls int) {
	if !w.once(e, calls) {
		return
	}
	switch e.Kind() {
	case syntax.Cond:
		w.value(def, f, e.Child(1), calls)
		w.value(def, f, e.Child(2), calls)
	case syntax.Logic:
		for c := range e.Children() {
			w.value(def, f, c, calls)
		}
	case syntax.Lambda:
		w.called(def, e, calls)
	case syntax.Name, syntax.Attr:
		if w.local(def, f, e, calls) {
			return
		}
		v := w.eval(e)
		switch to := v.Ref.Def; {
		case to == nil || calls == 0 && to.Node == def.Node: // partial(decorator): it is called once more
		case to.Kind == FuncDef:
			w.called(to, to.Node, calls)
		case to.Kind == ClassDef && v.Kind == Instance:
			w.object(to, calls)
		}
	case syntax.Call:
		w.answer(def, f, e, calls)
	}
}

// local looks at what a name of the function, or of one around it, stands for, and tells whether it is one.
func (w *wrapping) local(def *Def, f, name syntax.Node, calls int) bool {
	if !name.Is(syntax.Name) {
		return false
	}
	for ; !f.IsZero(); f = f.Parent() {
		if !f.Is(syntax.FuncDef, syntax.Lambda) {
			continue
		}
		in := w.in(f)
		for _, made := range in.made[name.Text()] {
			if calls == 0 && in.applied[name.Text()] { // return decorate, return decorate(function): it may be called first or not
				w.called(def, made, 1)
			} else {
				w.called(def, made, calls)
			}
		}
		for _, value := range in.set[name.Text()] {
			w.value(def, f, value, calls)
		}
		own := len(in.made[name.Text()]) > 0 || len(in.set[name.Text()]) > 0
		for p := range f.All(syntax.Param) {
			own = own || p.TextIs(name.Text())
		}
		if own {
			return true
		}
	}
	return false
}

// answer looks at what a call answers with.
func (w *wrapping) answer(def *Def, f, call syntax.Node, calls int) {
	callee := call.Child(0)
	if callee.Is(syntax.Call) { // wraps(function)(inner), other(setting)(function)
		if calls < 2 {
			w.value(def, f, callee, calls+1)
		}
		w.arguments(def, f, call, calls)
		return
	}
	for up := f; callee.Is(syntax.Name) && !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.FuncDef, syntax.Lambda) || len(w.in(up).made[callee.Text()]) == 0 {
			continue
		}
		for _, made := range w.in(up).made[callee.Text()] {
			w.result(def, made, calls)
			if w.in(made).givesBack {
				w.arguments(def, f, call, calls)
			}
		}
		return
	}
	v := w.eval(callee)
	last := callee.Text()
	switch to := v.Ref.Def; {
	case to != nil && to.Kind == FuncDef:
		w.result(to, to.Node, calls)
		if w.in(to.Node).givesBack {
			w.arguments(def, f, call, calls)
		}
	case to != nil && to.Kind == ClassDef && v.Kind == Class:
		w.object(to, calls)
	case last == "partial":
		w.value(def, f, call.Child(1), calls)
	case last != "" && (last[0] < 'A' || last[0] > 'Z'): // update_wrapper(inner, function), cast(T, inner)
		w.arguments(def, f, call, calls)
	}
}

// arguments looks at the functions made here that a call is given and may answer with.
func (w *wrapping) arguments(def *Def, f, call syntax.Node, calls int) {
	for i := 1; i < call.Count(); i++ {
		arg := call.Child(i)
		if arg.Is(syntax.Keyword) {
			arg = arg.Child(0)
		}
		if arg.Is(syntax.Lambda, syntax.Call) {
			w.value(def, f, arg, calls)
		} else if w.once(arg, calls) {
			w.local(def, f, arg, calls)
		}
	}
}

// in is what a function makes and answers with itself.
func (w *wrapping) in(f syntax.Node) *answering {
	in := w.scope[f]
	if in != nil {
		return in
	}
	in = &answering{made: map[string][]syntax.Node{}, set: map[string][]syntax.Node{}, applied: map[string]bool{}}
	w.scope[f] = in
	if f.Is(syntax.Lambda) {
		in.answers = append(in.answers, f.Child(-1))
	}
	f.First(syntax.Block).Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.FuncDef:
			in.made[n.Text()] = append(in.made[n.Text()], n)
			return false
		case syntax.ClassDef, syntax.Lambda:
			return false
		case syntax.Return:
			in.answers = append(in.answers, n.Child(0))
		case syntax.Assign, syntax.AnnAssign:
			if target := n.Child(0); target.Is(syntax.Name) {
				in.set[target.Text()] = append(in.set[target.Text()], n.Child(-1))
			}
			return !n.Child(-1).Is(syntax.Lambda)
		}
		return true
	})
	for _, answer := range in.answers {
		if callee := answer.Child(0); answer.Is(syntax.Call) && len(in.made[callee.Text()]) > 0 {
			in.applied[callee.Text()] = true
		}
		for p := range f.All(syntax.Param) {
			in.givesBack = in.givesBack || answer.Is(syntax.Name) && answer.TextIs(p.Text())
		}
	}
	return in
}
