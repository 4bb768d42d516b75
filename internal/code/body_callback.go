package code

import "fermata/internal/syntax"

// filling is what calls that were followed pass for a parameter that is called.
type filling int

const (
	nobody filling = iota
	sure           // functions that are known
	doubt          // something else, too
)

// callbacks follows the functions that a call is given, since whatever is called will call them: to_thread(run, command),
// map(load, paths), retry(fn). Functions without a name are walked where they stand.
func (b *bodyWalk) callbacks(call syntax.Node, to *Def, depth int, driven bool) {
	for i := 1; i < call.Count(); i++ {
		arg, name := call.Child(i), ""
		if arg.Is(syntax.Keyword) {
			arg, name = arg.Child(0), arg.Text()
		}
		known := arg.Is(syntax.Lambda)
		if arg.Is(syntax.Name, syntax.Attr) && (runners[call.Child(0).Text()] || b.r.at(arg).mayCall(arg.Text())) {
			done := b.r.cheaply()
			v := b.r.eval(arg, nil)
			done()
			if known = v.Kind == Function; known && v.Ref.Def != nil && v.Ref.Def.Kind == FuncDef {
				from := given{}
				for p := range v.Ref.Def.Node.All(syntax.Param) {
					if driven && p.Text() != "" && !ambient[p.Text()] && !receives(v.Ref.Def.Node, p) {
						from[p.Text()] = typed(p)
					}
				}
				b.passed(v.Ref.Def.Node, syntax.Node{}, nil)
				b.def(v.Ref.Def, depth+1, from)
			}
			if v.Kind == External && runners[call.Child(0).Text()] && v.Ref.Def == nil {
				b.outside(Call{Node: call, Callee: v.Ref, Value: v, Driven: driven, Depth: depth, more: anything})
			}
		}
		if to == nil || to.Kind != FuncDef {
			continue
		}
		if p := passedTo(to.Node, name, i-1); !p.IsZero() {
			if known && b.filled[p] != doubt {
				b.filled[p] = sure
			} else {
				b.filled[p] = doubt
				b.complete = b.complete && !b.called[p] // it was walked when nothing was in doubt
			}
		}
	}
}

// runners are the last names of calls that call a function of any library that they are given.
var runners = map[string]bool{
	"to_thread": true, "run_in_executor": true, "submit": true, "run_in_threadpool": true, "run_sync": true, "sync_to_async": true, "partial": true, "Thread": true,
	"map": true, "apply_async": true, "call_soon": true, "call_later": true, "promisify": true,
}

// mayCall tells whether a name may be that of a function that the file makes or imports. Most arguments are no functions,
// and need not be followed to know that.
func (l *loaded) mayCall(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.makes == nil {
		l.makes = map[string]bool{}
		l.tree.Root().Walk(func(n syntax.Node) bool {
			switch n.Kind() {
			case syntax.FuncDef:
				l.makes[n.Text()] = true
			case syntax.Lambda:
				l.makes[n.Parent().Child(0).Text()] = true
			case syntax.Alias:
				as := n.Child(0)
				if as.IsZero() {
					as = n
				}
				l.makes[as.Text()] = true
			}
			return true
		})
	}
	return l.makes[name]
}

// passedTo is the parameter of a function that an argument with a name or in a position is for; the zero Node when it is
// none of them alone.
func passedTo(function syntax.Node, name string, position int) syntax.Node {
	for p := range function.All(syntax.Param) {
		if p.TextIs("self") || p.TextIs("cls") || receives(function, p) {
			continue
		}
		if name != "" && p.TextIs(name) || name == "" && position == 0 {
			if p.Op() != 0 {
				return syntax.Node{}
			}
			return p
		}
		position--
	}
	return syntax.Node{}
}

// parameterOf is the parameter that a name stands for; the zero Node when it is the name of something else.
func parameterOf(name syntax.Node) syntax.Node {
	if !name.Is(syntax.Name) {
		return syntax.Node{}
	}
	for f := name.Parent(); !f.IsZero(); f = f.Parent() {
		if !f.Is(syntax.FuncDef, syntax.Lambda) {
			continue
		}
		for p := range f.All(syntax.Param) {
			if p.TextIs(name.Text()) {
				return p
			}
		}
	}
	return syntax.Node{}
}
