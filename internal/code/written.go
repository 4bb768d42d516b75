package code

import (
	"strings"

	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Written tells whether all that an expression says stands in the code, or is the owner's own: a text, what is put
// together of texts, the clock, an environment variable. No caller, person, file or network has a word in it. It says
// false where it cannot tell. A parameter counts where all calls of its function are seen and what each passes counts.
func (r *Resolver) Written(n syntax.Node) bool {
	return (&writing{r: r}).says(n, 0)
}

// writing follows where the words of one expression come from.
type writing struct {
	r     *Resolver
	given []syntax.Node // functions whose parameters were seen to be given what stands in the code
}

// Bounds of following words.
const (
	deepestWritten = 12
	mostCallers    = 8
)

// speechTypes are endings of the names of classes that hold what is said to a model.
var speechTypes = []string{"Message", "Content", "Part", "Text", "Image", "Msg"}

// ownSources are calls outside the program that answer with what the program was given, with its own settings, or with
// the time.
var ownSources = map[string]bool{
	"builtins.str": true, "builtins.int": true, "builtins.list": true, "builtins.dict": true, "builtins.tuple": true, "builtins.String": true, "builtins.Date": true, "builtins.JSON.stringify": true,
	"textwrap.dedent": true, "inspect.cleandoc": true, "json.dumps": true, "datetime.datetime.now": true, "datetime.datetime.today": true, "datetime.datetime.utcnow": true,
	"datetime.date.today": true, "datetime.timedelta": true, "time.strftime": true, "time.time": true, "uuid.uuid4": true,
	"os.getenv": true, "os.environ.get": true,
}

func (w *writing) all(nodes func(func(syntax.Node) bool), depth int) bool {
	for c := range nodes {
		if !w.says(c, depth+1) {
			return false
		}
	}
	return true
}

func (w *writing) says(n syntax.Node, depth int) bool {
	if n.IsZero() || depth > deepestWritten {
		return false
	}
	switch n.Kind() {
	case syntax.String, syntax.Number, syntax.Bool, syntax.Null:
		return true
	case syntax.FString, syntax.Interp, syntax.List, syntax.Tuple, syntax.Set, syntax.Map, syntax.Binary, syntax.Logic, syntax.Compare, syntax.Unary, syntax.Await, syntax.Keyword, syntax.Pair:
		return w.all(n.Children(), depth)
	case syntax.Cond:
		return w.says(n.Child(1), depth+1) && w.says(n.Child(2), depth+1)
	case syntax.Name:
		return w.name(n, depth)
	case syntax.Attr:
		if object := n.Child(0); object.Is(syntax.Call) {
			return w.says(object, depth+1) // the year of the day
		}
		return w.elsewhere(n, depth)
	case syntax.Subscript:
		return w.r.eval(n, nil).Kind == Env
	case syntax.Call:
		return w.call(n, depth)
	}
	return false
}

func (w *writing) call(n syntax.Node, depth int) bool {
	callee := n.Child(0)
	for c := range n.Children() {
		if c != callee && !w.says(c, depth+1) {
			return false
		}
	}
	ref := w.r.Resolve(callee)
	if ownSources[ref.Name] {
		return true
	}
	if callee.Is(syntax.Attr) && plainMethods[callee.Text()] {
		return w.says(callee.Child(0), depth+1)
	}
	if callee.Is(syntax.Attr) && callee.TextIs("replace") {
		return w.says(callee.Child(0), depth+1)
	}
	if def := ref.Def; def != nil {
		if def.Kind != FuncDef || def.Node.First(syntax.Decorator).Is(syntax.Decorator) {
			return false
		}
		return w.returned(def.Node, depth)
	}
	for _, end := range speechTypes {
		if strings.HasSuffix(ref.Last(), end) {
			return true
		}
	}
	return false
}

// returned tells whether all that a function answers is written, where its arguments are.
func (w *writing) returned(function syntax.Node, depth int) bool {
	for _, f := range w.given {
		if f == function {
			return false
		}
	}
	w.given = append(w.given, function)
	defer func() { w.given = w.given[:len(w.given)-1] }()
	written, answers := true, 0
	function.First(syntax.Block).Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.FuncDef, syntax.ClassDef, syntax.Lambda:
			return false
		case syntax.Yield:
			written = false
		case syntax.Return:
			answers++
			written = written && w.says(n.Child(0), depth+1)
		}
		return written
	})
	return written && answers > 0
}

// name looks a name up in the scopes around it: what it is bound to must be written, everywhere.
func (w *writing) name(n syntax.Node, depth int) bool {
	name, first := n.Text(), true
	for s := scopeOf(n); !s.IsZero(); s = scopeOf(s) {
		if !s.Is(syntax.ClassDef) || first {
			sc := w.r.scope(s)
			if bindings, ok := sc.names[name]; ok && !sc.outer[name] && binds(bindings) {
				for i := range bindings {
					if !w.bound(&bindings[i], n, depth) {
						return false
					}
				}
				return true
			}
		}
		if s.Is(syntax.Module) {
			return false
		}
		if !s.Is(syntax.Comp) {
			first = false
		}
	}
	return false
}

func (w *writing) bound(b *binding, n syntax.Node, depth int) bool {
	switch b.kind {
	case bindAssign:
		return !within(n, b.node) && w.says(b.value, depth+1)
	case bindAugment, bindFor:
		return w.says(b.value, depth+1)
	case bindFrom:
		return w.elsewhere(n, depth)
	case bindParam:
		function := b.node.Parent()
		for _, f := range w.given {
			if f == function {
				return true
			}
		}
		return w.passed(function, b.node, depth)
	case bindMutate:
		e := b.node.Child(0)
		if e.Is(syntax.Call) && b.node.Is(syntax.ExprStmt) {
			for c := range e.Children() {
				if c != e.Child(0) && !w.says(c, depth+1) {
					return false
				}
			}
			return true
		}
	}
	return false
}

// elsewhere looks at what an imported name, or an attribute of a module, was set to.
func (w *writing) elsewhere(n syntax.Node, depth int) bool {
	v := w.r.eval(n, nil)
	if v.Kind == Env {
		return true
	}
	if v.Kind != String && v.Kind != List && v.Kind != Dict || v.Node.IsZero() || v.Node == n || !scopeOf(v.Node).Is(syntax.Module) || v.Node.Parent().Is(syntax.Call, syntax.Keyword) {
		return false
	}
	return w.says(v.Node, depth+1)
}

// passed tells whether all calls of a function are seen, and pass for a parameter what is written. What only tests
// call may be called with anything.
func (w *writing) passed(function, param syntax.Node, depth int) bool {
	if !function.Is(syntax.FuncDef) || param.Op() != 0 || function.First(syntax.Decorator).Is(syntax.Decorator) || !enclosingClass(function).IsZero() || inGo(function) {
		return false
	}
	callers, all := w.r.callers(function)
	if !all || len(callers) == 0 {
		return false
	}
	for _, site := range callers {
		given := argumentFor(site, function, param)
		if given.IsZero() {
			given = param.First(syntax.Default).Child(0)
		}
		if !w.says(given, depth+1) {
			return false
		}
	}
	return true
}

// argumentFor is what a call gives for a parameter of a plain function; the zero Node where it gives nothing, or where
// that cannot be told.
func argumentFor(site, function, param syntax.Node) syntax.Node {
	if site.First(syntax.Spread).Is(syntax.Spread) {
		return site.First(syntax.Spread) // never written
	}
	if got := site.Argument(param.Text()); !got.IsZero() {
		return got
	}
	position := 1
	for p := range function.All(syntax.Param) {
		if p == param {
			break
		}
		position++
	}
	if got := site.Child(position); !got.Is(syntax.Keyword) {
		return got
	}
	return syntax.Node{}
}

// callers lists the calls of a function of the program outside tests, and tells whether they are all that use it.
func (r *Resolver) callers(function syntax.Node) (sites []syntax.Node, all bool) {
	home := r.at(function).module
	paths := append([]string{home.Path}, r.program.importers[home.Path]...)
	all = true
	for _, path := range paths {
		l := r.load(r.program.modules[path])
		if l.tree == nil || source.Scope(path) == source.ScopeTest && source.Scope(home.Path) != source.ScopeTest {
			continue
		}
		l.tree.Root().Walk(func(n syntax.Node) bool {
			if !n.Is(syntax.Name, syntax.Attr) || !n.TextIs(function.Text()) || n.Parent().Is(syntax.Alias) {
				return all
			}
			v := r.eval(n, nil)
			here := false
			for _, one := range v.Each() {
				here = here || one.Kind == Function && one.Node == function
			}
			if site := n.Parent(); here && site.Is(syntax.Call) && site.Child(0) == n {
				sites = append(sites, site)
			} else if here {
				all = false
			}
			return all
		})
		if len(sites) > mostCallers {
			return nil, false
		}
	}
	return sites, all
}
