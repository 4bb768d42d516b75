package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// An entry point is code that somebody outside starts: the handler of a route, of a chat message, of a queue's message.
// Which agents it gives work to is found by following its calls: what they call, and the objects that they are made on
// or are given. Those of them that are agents are known only when all files are read, so linking joins the ends; an
// entry point that reaches no agent leaves nothing behind.

// EntryPoint describes who comes in where.
type EntryPoint struct {
	Channel string      // names the party within the file: "http", "slack"
	Kind    model.Kind  // model.Human or model.External
	Name    string      // the party, for people
	Role    string      // its role (fact "role")
	Label   string      // what it calls: "POST /chat"
	Handler syntax.Node // a function, or any part of a file
	At      source.Span // where that is said
	Check   Check       // how the code asks who calls
	Of      string      // identity of the router or application that it is registered with; "" where that is not known
	Silent  bool        // it takes nothing from whoever calls, who can only start it
}

// Check is how code asks who comes in by some way.
type Check struct {
	Word   string      // yes; no, where it was read and asks nobody, or where its check can be missed; "" is not known
	At     source.Span // what asks, or what passes a check over
	Missed string      // of a check that can be missed: when, as half a sentence
}

// door is what stands before the routes of a router or application, or where a router is put.
type door struct {
	of, on string // on: what it is put on; "" for what only stands before
	below  string // the beginning of the paths that it holds for
	app    bool   // it is an application: nothing stands around it
	path   string // of an application, when fragments are joined: the file that makes it
	check  Check
}

// Serves says that something is an application, which is put on nothing else.
func (p *Pass) Serves(of string) {
	p.fragment.doors = append(p.fragment.doors, door{of: of, app: true})
}

// Guards says what stands before all routes of an application or router, or before those below a path.
func (p *Pass) Guards(of, below string, c Check) {
	p.fragment.doors = append(p.fragment.doors, door{of: of, below: below, check: c})
}

// Mounts says that a router is put on another or on an application, and what stands before it there.
func (p *Pass) Mounts(of, on string, c Check) {
	if of != on {
		p.fragment.doors = append(p.fragment.doors, door{of: of, on: on, check: c})
	}
}

// entry is an entry point and what its code reaches, nearest first.
type entry struct {
	party   *Element
	point   EntryPoint
	reaches []Ref
	soon    int      // how many of them it reaches itself; the rest works in the background
	through []*work  // the code that was followed
	touches []Effect // on stored records, where nobody is asked and the path says whose they are
	fills   []fill   // what may be an index, and is given what comes in
}

// with is what a way in is registered with, or the file that it stands in.
func (e *entry) with() string {
	if e.point.Of != "" {
		return e.point.Of
	}
	return e.party.Ref.path
}

// Enters records an entry point. What a test starts nobody outside does.
func (p *Pass) Enters(e EntryPoint) {
	if source.Scope(p.Path()) == source.ScopeTest {
		return
	}
	party := &Element{Ref: Local(p.Path(), e.Channel), pass: p, slug: e.Channel, model: model.Element{Kind: e.Kind, Name: e.Name}}
	party.Evidence(e.At).Fact("role", e.Role, e.At)
	reaches, soon, through := p.reached(e.Handler)
	touches, fills := p.touched(&e), p.filled(&e, through)
	e.Handler = syntax.Node{} // it would keep its file's tree in memory
	p.fragment.entries = append(p.fragment.entries, entry{party, e, reaches, soon, through, touches, fills})
}

// Bounds of following an entry point.
const (
	deepestEntry = 6
	mostEntered  = 150 // functions
	mostReaches  = 400
)

// reached lists what code calls, itself and through functions of the program, and the objects that it uses, by how far
// away they are: first the soon ones, that work for whoever waits, then those that work in the background. It also gives
// the code that was followed.
func (p *Pass) reached(start syntax.Node) (found []Ref, soon int, through []*work) {
	type step struct {
		at    codePlace
		depth int
	}
	known := map[string]bool{}
	k := keeper{}
	add := func(r Ref) {
		if !r.IsZero() && !known[r.key] && len(found) < mostReaches {
			known[r.key] = true
			found = append(found, r)
		}
	}
	own := func(r Ref) { // what was found in the tree of this file
		k.ref(&r)
		add(r)
	}
	here := p.placeOf(start)
	queue, seen := []step{{here, 0}}, map[codePlace]bool{here: true}
	if start.Is(syntax.FuncDef) {
		own(Definition(p.code.DefinitionOf(start)))
	}
	if start.Is(syntax.Lambda) && Script(start) { // a constant's function may be an agent under the constant's name
		own(p.OwnerOf(start.Child(-1)).Ref)
		ref, _, _ := p.NamedFunction(start.Child(-1))
		own(ref)
	}
	var later []Ref
	var behind []step // what is started in the background: it goes on when all else is found
	follow := func() {
		for len(queue) > 0 && len(seen) <= mostEntered {
			s := queue[0]
			queue = queue[1:]
			w := p.workOf(s.at, s.depth > 0, start.Is(syntax.Module))
			through = append(through, w)
			for _, r := range w.uses {
				add(r)
			}
			for _, d := range w.calls {
				if s.depth < deepestEntry && !seen[d] && p.SameProgram(d.module.Path) {
					seen[d] = true
					queue = append(queue, step{d, s.depth + 1})
				}
			}
			later = append(later, w.later.uses...)
			for _, d := range w.later.calls {
				behind = append(behind, step{d, s.depth + 1})
			}
		}
	}
	follow()
	soon = len(found)
	for len(behind)+len(later) > 0 {
		for _, r := range later {
			add(r)
		}
		for _, s := range behind {
			if s.depth <= deepestEntry && !seen[s.at] && p.SameProgram(s.at.module.Path) {
				seen[s.at] = true
				queue = append(queue, s)
			}
		}
		later, behind = nil, nil
		follow()
	}
	return found, soon, through
}

// work is what the code of one function uses and calls itself. Many ways in lead to the same functions, from many
// files, so it is found once for the program.
type work struct {
	done
	later done // what it starts in the background
	file  string
	lines [2]int // the first and the last
	fills bool   // some call in it may put something into an index
}

// done is what code uses and calls.
type done struct {
	uses  []Ref
	calls []codePlace // functions of the program, constructors of its classes
}

// holds tells whether some of the places stands in the code.
func (w *work) holds(places []model.Evidence) bool {
	for _, at := range places {
		if at.File == w.file && w.lines[0] <= at.Line && at.Line <= w.lines[1] {
			return true
		}
	}
	return false
}

// codePlace is a node of the program for whoever keeps no tree.
type codePlace struct {
	module *code.Module
	node   int
}

func (p *Pass) placeOf(n syntax.Node) codePlace { return codePlace{p.code.ModuleOf(n), n.Index()} }

type workKey struct {
	at            codePlace
	called, whole bool
}

// workOf finds what a function does; called says that its parameters are somebody's arguments, whole that what a module
// only defines it does not do. A resolver of the function's own file answers, whoever asks first.
func (p *Pass) workOf(at codePlace, called, whole bool) *work {
	key := workKey{at, called, whole}
	if known, ok := p.run.works.Load(key); ok {
		return known.(*work)
	}
	r := p.code
	if at.module != r.Module() {
		r = p.run.program.Resolver(at.module.Path)
	}
	known, _ := p.run.works.LoadOrStore(key, findWork(r, r.Tree().At(at.node), called, whole))
	return known.(*work)
}

func findWork(r *code.Resolver, node syntax.Node, called, whole bool) *work {
	w := &work{file: r.Module().Path}
	w.lines[0], w.lines[1] = lines(node.Span())
	k := keeper{}
	var started []source.Span // what stands in calls that start something in the background
	to := &w.done
	add := func(ref Ref) {
		k.ref(&ref)
		to.uses = append(to.uses, ref)
	}
	// A function uses the same few objects again and again: each is told once, and what it was made with looked at once.
	known, opened := map[*code.Value]*done{}, map[*code.Value]bool{}
	use := func(v *code.Value, passed bool) {
		var given []code.Entry
		for _, one := range v.Each() {
			if one.Is(code.Instance) && one.Ref.Def == nil && one.Base == nil && !opened[one] {
				opened[one] = true
				given = append(given, one.Args()...)
			}
			for ; one.Is(code.Instance); one = one.Base {
				if known[one] == nil || known[one] != to && to == &w.done {
					known[one] = to
					add(Object(one))
					if d := one.Ref.Def; d != nil && d.Kind == code.ClassDef {
						add(Definition(d))
					}
				}
				if passed { // an answer that a caller brought was asked for there, and by that caller only
					break
				}
			}
		}
		// What a library makes of an agent, to run or to serve it, acts by that agent.
		for _, arg := range given {
			for _, one := range arg.Value.Each() {
				if one.Is(code.Instance) {
					add(Object(one))
				}
			}
		}
	}
	waiting := waiters{}
	given := map[string]bool{} // what callers pass, many of them perhaps: what this one passes was seen there
	if called {
		for param := range node.All(syntax.Param) {
			given[param.Text()] = param.Text() != "self"
		}
	}
	passed := passedOn(node, given)
	look := func(n syntax.Node) {
		if n.Is(syntax.Name, syntax.Attr, syntax.Call, syntax.Await, syntax.Subscript) && !given[rootName(n)] && !r.Plain(n) {
			use(r.Eval(n), passed[rootName(n)])
		}
	}
	if called && node.Is(syntax.Lambda) && Script(node) { // it may be an agent under the name of what holds it
		if o := ownerOf(r, w.file, node); o.Node == node {
			add(o.Ref)
		}
	}
	calls := func(n syntax.Node) {
		if at := (codePlace{r.ModuleOf(n), n.Index()}); !slices.Contains(to.calls, at) {
			to.calls = append(to.calls, at)
		}
	}
	node.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.ClassDef) && n != node && whole {
			return false
		}
		if !n.Is(syntax.Call) {
			return true
		}
		callee := n.Child(0)
		w.fills = w.fills || mayFill(n)
		to = &w.done
		if inside(started, n) {
			to = &w.later
		}
		if callee.Is(syntax.Attr) {
			look(callee.Child(0))
		} else {
			look(callee) // an object that is called
		}
		if answersNobody(r, n, waiting) {
			started = append(started, n.Span())
			to = &w.later
		}
		for arg := range n.Children() {
			if arg != callee && !onlyRead(r, n, arg) {
				look(argumentOf(arg))
			}
		}
		for _, d := range setGoing(r, n) {
			add(Definition(d))
			calls(d.Node)
		}
		ref := r.Resolve(callee)
		d := ref.Def
		if d == nil || d.Kind == code.VarDef {
			if d == nil && ref.Nameless() && callee.Is(syntax.Name, syntax.Attr) && Script(n) {
				for _, v := range r.Eval(callee).Each() {
					if v.Is(code.Function) && v.Node.Is(syntax.Lambda) && !holds(node, v.Node) {
						calls(v.Node)
					}
				}
			}
			if d == nil && ref.Name == "" && strings.Contains(ref.Reason, "parameter") {
				for _, v := range handedFunctions(r, callee) {
					add(Definition(v.Ref.Def))
					calls(v.Node)
				}
			}
			return true
		}
		add(Definition(d))
		if d.Kind == code.ClassDef {
			if d = r.Method(d, "__init__"); d == nil {
				return true
			}
		}
		calls(d.Node)
		return true
	})
	return w
}

// inside tells whether a node stands in one of the spans of its file.
func inside(spans []source.Span, n syntax.Node) bool {
	for _, s := range spans {
		if at := n.Span(); s.Start <= at.Start && at.End <= s.End {
			return true
		}
	}
	return false
}

// handedFunctions are the functions of Python that an object was made with and calls: self.answer(text). A class whose objects
// are each made with another says nothing about one of them.
func handedFunctions(r *code.Resolver, callee syntax.Node) (all []*code.Value) {
	if !callee.Is(syntax.Attr) || !callee.Child(0).TextIs("self") || !callee.Child(0).Is(syntax.Name) {
		return nil
	}
	for _, v := range r.Eval(callee).Each() {
		if v.Is(code.Function) && v.Node.Is(syntax.FuncDef) && v.Ref.Def != nil {
			all = append(all, v)
		}
	}
	if len(all) > mostHanded {
		return nil
	}
	return all
}

// mostHanded is how many functions the objects of a class may be made with.
const mostHanded = 3

// holds tells whether a node stands within another.
func holds(outer, n syntax.Node) bool {
	for ; !n.IsZero(); n = n.Parent() {
		if n == outer {
			return true
		}
	}
	return false
}

// passedOn are the names in a function that hold nothing but parts of what its callers gave it.
func passedOn(function syntax.Node, given map[string]bool) map[string]bool {
	bound := map[string][]string{} // name → what it is made of
	bind := func(target, value syntax.Node) {
		target.Walk(func(n syntax.Node) bool {
			if n.Is(syntax.Name) {
				bound[n.Text()] = append(bound[n.Text()], madeOf(value)...)
			}
			return n.Is(syntax.Name, syntax.Tuple, syntax.List)
		})
	}
	if len(given) > 0 {
		function.Walk(func(n syntax.Node) bool {
			switch n.Kind() {
			case syntax.For, syntax.CompFor:
				bind(n.Child(0), n.Child(1))
			case syntax.Assign, syntax.AnnAssign:
				for target := range n.Children() {
					if target != n.Child(-1) && !target.Is(syntax.Annotation) {
						bind(target, n.Child(-1))
					}
				}
			case syntax.WithItem, syntax.Walrus, syntax.AugAssign:
				n.Walk(func(c syntax.Node) bool {
					if c.Is(syntax.Name) {
						bound[c.Text()] = append(bound[c.Text()], "")
					}
					return true
				})
			}
			return true
		})
	}
	passed := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for name, of := range bound {
			if !passed[name] && slices.ContainsFunc(of, func(o string) bool { return given[o] || passed[o] }) &&
				!slices.ContainsFunc(of, func(o string) bool { return o != name && !given[o] && !passed[o] }) {
				passed[name], changed = true, true
			}
		}
	}
	return passed
}

// madeOf lists the names that a value is of: of the functions that only write a value down, what they are given.
func madeOf(n syntax.Node) []string {
	switch n.Kind() {
	case syntax.Cond:
		return append(madeOf(n.Child(1)), madeOf(n.Child(2))...)
	case syntax.Logic:
		var all []string
		for c := range n.Children() {
			all = append(all, madeOf(c)...)
		}
		return all
	case syntax.Call:
		if callee := n.Child(0); callee.Is(syntax.Name) && n.Count() == 2 && (callee.TextIs("str") || callee.TextIs("list") || callee.TextIs("enumerate") || callee.TextIs("sorted")) {
			return madeOf(n.Child(1))
		}
	}
	return []string{rootName(n)}
}

// SameProgram tells whether a file may be of the program that the pass's file is of: of the same project and part of
// the tree. A library that stands in the tree too is not followed into; what it does with an agent is its own affair.
func (p *Pass) SameProgram(file string) bool {
	here := p.Path()
	return file == here || source.Scope(file) == source.Scope(here) && p.run.projectOf(file) == p.run.projectOf(here)
}

// rootName is the name that an expression of attributes and calls begins with; "" for others.
func rootName(n syntax.Node) string {
	for n.Is(syntax.Attr, syntax.Call, syntax.Subscript, syntax.Await) {
		n = n.Child(0)
	}
	if n.Is(syntax.Name) {
		return n.Text()
	}
	return ""
}

// argumentOf is the expression that an argument gives.
func argumentOf(n syntax.Node) syntax.Node {
	if n.Is(syntax.Keyword) {
		return n.Child(-1)
	}
	return n
}

// lines are the first and the last line of a place.
func lines(s source.Span) (first, last int) {
	if s.IsZero() {
		return 0, 0
	}
	return s.File.Position(int(s.Start)).Line, s.File.Position(int(s.End)).Line
}
