package code

import (
	"strings"

	"fermata/internal/syntax"
)

// Written tells whether all that an expression says stands in the code, or is the owner's own: a text, what is put
// together of texts, the clock, an environment variable. No caller, person, file or network has a word in it. It says
// false where it cannot tell. A parameter counts where all calls of its function are seen and what each passes counts.
func (r *Resolver) Written(n syntax.Node) bool {
	w := &writing{r: r, kept: map[nameIn]bool{}}
	for p := n.Parent(); p.Is(syntax.Keyword, syntax.Call); p = p.Parent() {
		if p.Is(syntax.Call) {
			w.asks = p.Child(0).Text()
			break
		}
	}
	defer r.follows()()
	return w.says(n, 0)
}

// writing follows where the words of one expression come from.
type writing struct {
	r     *Resolver
	asks  string          // the name of what is called with them: it changes nothing
	given []giving        // functions that are looked at for one call of theirs, whose arguments are written
	kept  map[nameIn]bool // names whose lists were seen to be left alone, or are being looked at
}

// giving is a function and the call of it that is looked at.
type giving struct{ function, site syntax.Node }

// of gives the call for which a function is looked at; the zero Node where it is not.
func (w *writing) of(function syntax.Node) syntax.Node {
	for _, g := range w.given {
		if g.function == function {
			return g.site
		}
	}
	return syntax.Node{}
}

// Bounds of following words.
const (
	deepestWritten = 12
	mostCallers    = 8
)

// speechTypes are endings of the names of classes that hold what is said to a model.
var speechTypes = []string{"Message", "Content", "Part", "Text", "Image", "Msg"}

// fetched are names of arguments that say where something is read from: what is read does not stand in the code.
var fetched = map[string]bool{"url": true, "uri": true, "path": true, "file": true, "filename": true, "filepath": true, "file_path": true, "image_url": true, "file_id": true, "src": true, "source": true}

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
	if n.IsZero() || depth > deepestWritten || !w.r.look(1) {
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
	if callee.Is(syntax.Attr) && (plainMethods[callee.Text()] || callee.TextIs("replace")) {
		return w.says(callee.Child(0), depth+1)
	}
	if def := ref.Def; def != nil {
		if def.Kind != FuncDef || len(ref.Names) > 0 && w.several(callee) || def.Node.First(syntax.Decorator).Is(syntax.Decorator) {
			return false
		}
		if !enclosingClass(def.Node).IsZero() && len(w.r.Overrides(def)) > 0 {
			return false
		}
		return w.returned(def.Node, n, depth)
	}
	return w.r.holdsText(n, ref)
}

// several tells whether a callee may be one of several functions.
func (w *writing) several(callee syntax.Node) bool { return len(w.r.eval(callee, nil).Each()) > 1 }

// holdsText tells whether a call makes an object, of a class from outside the program, that holds the text that it is
// given. Only the name says so: it begins with a capital letter, and is imported, not asked of an object.
func (r *Resolver) holdsText(n syntax.Node, ref Ref) bool {
	name := ref.Last()
	if n.Count() < 2 || name == "" || name[0] < 'A' || name[0] > 'Z' {
		return false
	}
	callee := n.Child(0)
	if r.at(n).module.language == syntax.TypeScript && n.Op() != 1 {
		return false
	}
	for callee.Is(syntax.Attr) {
		callee = callee.Child(0)
	}
	if _, bindings := r.meaning(callee); !callee.Is(syntax.Name) || len(bindings) == 0 || bindings[0].kind != bindFrom && bindings[0].kind != bindImport {
		return false
	}
	read := strings.HasSuffix(name, "Image")
	for c := range n.Children() {
		if c.Is(syntax.Keyword) {
			if fetched[c.Text()] {
				return false
			}
			read = false
		}
		if c.Is(syntax.Map) {
			for pair := range c.All(syntax.Pair) {
				if fetched[pair.Child(0).Text()] {
					return false
				}
			}
		}
	}
	for _, end := range speechTypes {
		if strings.HasSuffix(name, end) {
			return !read
		}
	}
	return false
}

// returned tells whether all that a function answers to a call is written, where the call's arguments are.
func (w *writing) returned(function, site syntax.Node, depth int) bool {
	if !w.of(function).IsZero() {
		return false
	}
	method := !enclosingClass(function).IsZero()
	given := map[syntax.Node]bool{}
	for arg := range site.Children() {
		if arg != site.Child(0) {
			given[w.r.parameterFor(site, arg, function, method)] = true
		}
	}
	for param := range function.All(syntax.Param) {
		if d := param.First(syntax.Default).Child(0); !d.IsZero() && !given[param] && !w.says(d, depth+1) {
			return false
		}
	}
	w.given = append(w.given, giving{function, site})
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

// name looks a name up in the scopes around it: what it is bound to must be written, everywhere, and nobody may change
// it where that is not seen.
func (w *writing) name(n syntax.Node, depth int) bool {
	sc, bindings := w.r.meaning(n)
	return sc != nil && w.bindings(sc, n.Text(), bindings, n, depth)
}

// bindings looks at all that is bound to a name in a scope, as n uses it.
func (w *writing) bindings(sc *scope, name string, bindings []binding, n syntax.Node, depth int) bool {
	if len(bindings) == 0 {
		return false
	}
	for i := range bindings {
		if !w.bound(sc, &bindings[i], n, depth) {
			return false
		}
	}
	if sc.node.Is(syntax.Module) && sc.of.module.language != syntax.TypeScript && w.r.setElsewhere(sc.of, name) {
		return false
	}
	if w.lasting(bindings, depth) {
		return true
	}
	key := nameIn{sc.node, name}
	if w.kept[key] {
		return true
	}
	w.kept[key] = true
	u := w.uses(depth)
	u.Flat = true
	for i := range bindings {
		u.Flat = u.Flat && w.flat(bindings[i].value, depth)
	}
	u.start(w.r)
	return u.name(sc, name)
}

// bound tells whether what a binding binds is written.
func (w *writing) bound(sc *scope, b *binding, n syntax.Node, depth int) bool {
	switch b.kind {
	case bindAssign:
		return !within(n, b.node) && w.says(b.value, depth+1)
	case bindAugment, bindFor:
		return w.says(b.value, depth+1)
	case bindFrom:
		statement := b.node.Parent()
		return w.member(w.r.importTarget(sc.of.module, statement.Op(), statement.Text()), b.node.Text(), n, depth)
	case bindParam:
		function := b.node.Parent()
		return !w.of(function).IsZero() || w.passed(function, b.node, depth)
	case bindMutate:
		return true // how it is changed is told by its uses
	}
	return false
}

// lasting tells whether all that a name is bound to are texts and the like, which nobody can change.
func (w *writing) lasting(bindings []binding, depth int) bool {
	for i := range bindings {
		switch b := &bindings[i]; b.kind {
		case bindAssign:
			if !w.lasts(b.value, depth+1) {
				return false
			}
		case bindAugment:
		case bindFor:
			if !w.flat(b.value, depth+1) {
				return false
			}
		case bindFrom: // it was looked at where it stands
		case bindParam:
			if !w.lastingArgument(b.node, depth) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// lasts tells whether nobody can change what an expression gives.
func (w *writing) lasts(n syntax.Node, depth int) bool {
	if depth > deepestWritten {
		return false
	}
	switch n.Kind() {
	case syntax.String, syntax.FString, syntax.Number, syntax.Bool, syntax.Null, syntax.Compare, syntax.Unary, syntax.Subscript, syntax.Attr:
		return true // of members only an environment variable is written, of attributes a part of a date
	case syntax.Tuple, syntax.Logic:
		for c := range n.Children() {
			if !w.lasts(c, depth+1) {
				return false
			}
		}
		return true
	case syntax.Cond:
		return w.lasts(n.Child(1), depth+1) && w.lasts(n.Child(2), depth+1)
	case syntax.Binary:
		return w.lasts(n.Child(0), depth+1) || w.lasts(n.Child(1), depth+1)
	case syntax.Await:
		return w.lasts(n.Child(0), depth+1)
	case syntax.Name:
		_, bindings := w.r.meaning(n)
		return len(bindings) > 0 && w.lasting(bindings, depth+1)
	case syntax.Call:
		callee := n.Child(0)
		if name := w.r.Resolve(callee).Name; ownSources[name] {
			return name != "builtins.list" && name != "builtins.dict" && name != "builtins.tuple"
		}
		if def := w.r.Resolve(callee).Def; def != nil && def.Kind == FuncDef {
			return w.answersText(def.Node, depth)
		}
		return callee.Is(syntax.Attr) && (callee.TextIs("replace") || plainMethods[callee.Text()]) && w.lasts(callee.Child(0), depth+1)
	}
	return false
}

// answersText tells whether all that a function answers lasts.
func (w *writing) answersText(function syntax.Node, depth int) bool {
	last := true
	function.First(syntax.Block).Walk(func(n syntax.Node) bool {
		if n.Is(syntax.FuncDef, syntax.ClassDef, syntax.Lambda) {
			return false
		}
		if n.Is(syntax.Return) {
			last = last && w.lasts(n.Child(0), depth+1)
		}
		return last
	})
	return last
}

// lastingArgument tells whether all that a parameter is given lasts.
func (w *writing) lastingArgument(param syntax.Node, depth int) bool {
	function := param.Parent()
	sites := []syntax.Node{w.of(function)}
	if sites[0].IsZero() {
		sites, _ = w.r.callers(function)
	}
	for _, site := range sites {
		given := argumentFor(site, function, param)
		if given.IsZero() {
			given = param.First(syntax.Default).Child(0)
		}
		if !w.lasts(given, depth+1) {
			return false
		}
	}
	return true
}

// flat tells whether the members of a list, as far as it says them, are such that nobody can change them.
func (w *writing) flat(n syntax.Node, depth int) bool {
	switch n.Kind() {
	case syntax.List, syntax.Tuple, syntax.Set:
		for c := range n.Children() {
			if !w.lasts(c, depth+1) {
				return false
			}
		}
		return true
	case syntax.Map:
		for c := range n.Children() {
			if !c.Is(syntax.Pair) || !w.lasts(c.Child(1), depth+1) {
				return false
			}
		}
		return true
	case syntax.Name:
		_, bindings := w.r.meaning(n)
		for i := range bindings {
			if b := &bindings[i]; depth > deepestWritten || b.kind != bindAssign || len(b.path) > 0 || !w.flat(b.value, depth+1) {
				return false
			}
		}
		return len(bindings) > 0
	case syntax.Call:
		if callee := n.Child(0); callee.Is(syntax.Attr) && plainMethods[callee.Text()] {
			return w.flat(callee.Child(0), depth+1)
		}
	}
	return w.lasts(n, depth)
}

// looks are calls that only look at what they are given, by the last parts of their names.
var looks = map[string]bool{
	"print": true, "len": true, "str": true, "repr": true, "isinstance": true, "type": true, "any": true, "all": true, "bool": true, "id": true, "hasattr": true, "sum": true, "max": true, "min": true,
	"dumps": true, "stringify": true, "log": true, "info": true, "debug": true, "warning": true, "warn": true, "error": true, "pprint": true, "isArray": true,
}

// copies are calls that give another list with the same members.
var copies = map[string]bool{"list": true, "dict": true, "tuple": true, "set": true, "sorted": true, "reversed": true, "enumerate": true, "zip": true, "iter": true, "filter": true}

// uses says what may be done with a list of what is written, so that it is so still.
func (w *writing) uses(depth int) *Uses {
	u := &Uses{Set: func(value syntax.Node) bool { return w.says(value, depth+1) }}
	u.Read = func(attr syntax.Node) Verdict {
		if attr.TextIs("length") {
			return Fine
		}
		return Held
	}
	u.Call = func(call, use syntax.Node) Verdict {
		callee := call.Child(0)
		method := callee.Is(syntax.Attr) && within(use, callee)
		if !method && callee != use && callee.TextIs(w.asks) {
			return Fine // whom it is for
		}
		if callee == use {
			return Lost
		}
		for c := range call.Children() {
			if c != callee && !within(use, c) && !w.says(c, depth+1) {
				return Lost
			}
		}
		name := callee.Text()
		switch {
		case method && (plainMethods[name] || lookups[name] || name == "insert" || name == "add" || name == "update" || name == "remove" || name == "clear" || name == "reverse" || name == "copy" || name == "appendleft" || name == "popleft" || name == "shift" || name == "at"):
			if u.Flat {
				return Fine
			}
			return Held
		case method:
		case looks[name]:
			return Fine
		case copies[name]:
			if u.Flat {
				return Fine
			}
			return Held
		case callee.Is(syntax.Attr) && plainMethods[name]: // ", ".join(parts), others.extend(parts)
			if u.Flat {
				return Fine
			}
		case w.r.holdsText(call, w.r.Resolve(callee)):
			return Held
		}
		return Lost
	}
	return u
}

// elsewhere looks at what an attribute of a module is set to.
func (w *writing) elsewhere(n syntax.Node, depth int) bool {
	v := w.r.eval(n.Child(0), nil)
	if v.Kind == Package && v.more != nil && v.more.pkg != nil {
		return w.member(*v.more.pkg, n.Text(), n, depth)
	}
	return w.r.eval(n, nil).Kind == Env
}

// member looks at what a name of a module of the program is bound to.
func (w *writing) member(t target, name string, n syntax.Node, depth int) bool {
	if len(t.modules) != 1 || depth > deepestWritten {
		return false
	}
	l := w.r.load(t.modules[0])
	if l.tree == nil {
		return false
	}
	return w.bindings(l.top, name, w.r.bindings(l.top, name), n, depth+1)
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
