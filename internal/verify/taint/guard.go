package taint

import (
	"regexp"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// cleaned is what a test says about a name.
type cleaned struct {
	path  string
	for_  mask
	doubt bool // it was tested in a way that could not be judged
	begin bool // what it begins with was tested, which says something of a path that was resolved only
	plain bool // it holds no dots that lead upwards
}

// apply notes what a test said.
func (w *walk) apply(found []cleaned, e env) {
	for _, c := range found {
		if _, known := e[c.path]; !known { // a part of something that is marked as a whole
			for up := c.path; strings.Contains(up, "."); {
				up = up[:strings.LastIndexByte(up, '.')]
				if v := e[up]; len(v) > 0 {
					e[c.path] = v
					break
				}
			}
		}
		for path, v := range e {
			if len(v) == 0 || path != c.path && !strings.HasPrefix(path, c.path+".") {
				continue
			}
			if c.doubt {
				v = v.doubted()
			}
			if c.plain {
				v = v.plainly()
			}
			if c.begin {
				v = v.begun(c.for_)
			} else {
				v = v.cleaned(c.for_)
			}
			e[path] = v
			if len(e[path]) == 0 && !strings.Contains(path, ".") {
				delete(e, path)
			}
		}
	}
}

// begun is what a test of the beginning leaves: a path with dots in it leads elsewhere than it begins.
func (ms marks) begun(for_ mask) marks {
	k, _ := kindOf("path")
	out := make(marks, 0, len(ms))
	for _, m := range ms {
		if m.plain {
			m.clean |= for_
		} else {
			m.clean |= for_ &^ k.mask()
		}
		out = append(out, m)
	}
	return out
}

// guard tells what is safe where a condition has the given answer.
func (w *walk) guard(n syntax.Node, e env, answer bool) []cleaned {
	if !e.marked() || w.spent() { // what nobody marked need not be safe
		return nil
	}
	switch n.Kind() {
	case syntax.Await:
		return w.guard(n.Child(0), e, answer)
	case syntax.Unary:
		if n.TextIs("not") || n.TextIs("!") {
			return w.guard(n.Child(0), e, !answer)
		}
	case syntax.Logic:
		both := n.TextIs("and") || n.TextIs("&&")
		if both != answer { // one of them answered so, and nobody knows which
			return w.common(n, e, answer)
		}
		var all []cleaned
		for c := range n.Children() {
			all = append(all, w.guard(c, e, answer)...)
		}
		return all
	case syntax.Binary: // Go's && and || where they are no Logic
		if n.TextIs("&&") && answer || n.TextIs("||") && !answer {
			return append(w.guard(n.Child(0), e, answer), w.guard(n.Child(1), e, answer)...)
		}
		if n.Count() == 2 && comparison[n.Text()] {
			return w.compared(n.Child(0), n.Child(1), n.Text(), e, answer)
		}
	case syntax.Compare:
		if n.Count() == 2 {
			return w.compared(n.Child(0), n.Child(1), n.Text(), e, answer)
		}
	case syntax.Name:
		if p := w.oks[n.Text()]; answer && p != "" {
			return []cleaned{{path: p, for_: everything}}
		}
		return append(w.verdict(n.Text()), w.nothing(n, e, answer)...)
	case syntax.Attr: // checked.ok
		if n.Child(0).Is(syntax.Name) {
			return append(w.verdict(n.Child(0).Text()), w.nothing(n, e, answer)...)
		}
		return w.nothing(n, e, answer)
	case syntax.Subscript: // allowed[x]
		if p := pathText(n.Child(1)); answer && p != "" && len(e[p]) > 0 && len(w.quiet(n.Child(0), e)) == 0 {
			return []cleaned{{path: p, for_: everything}}
		}
	case syntax.Call:
		return w.tested(n, e, answer)
	case syntax.Walrus:
		return w.guard(n.Child(1), e, answer)
	}
	return nil
}

// nothing is what a value that counts as no says: there is no text in it.
func (w *walk) nothing(n syntax.Node, e env, answer bool) []cleaned {
	if p := pathText(n); !answer && p != "" && len(e[p]) > 0 {
		return []cleaned{{path: p, for_: everything}}
	}
	return nil
}

// common is what every part of a condition says, whichever of them decided.
func (w *walk) common(n syntax.Node, e env, answer bool) []cleaned {
	var kept []cleaned
	first := true
	for c := range n.Children() {
		found := w.guard(c, e, answer)
		if first {
			kept, first = found, false
			continue
		}
		var both []cleaned
		for _, a := range kept {
			for _, b := range found {
				if a.path == b.path {
					both = append(both, cleaned{path: a.path, for_: a.for_ & b.for_, doubt: a.doubt || b.doubt, begin: a.begin || b.begin, plain: a.plain && b.plain})
				}
			}
		}
		kept = both
	}
	return kept
}

var comparison = map[string]bool{"==": true, "!=": true, "===": true, "!==": true}

// quiet is eval for a look at an expression that is evaluated elsewhere: nothing is noted.
func (w *walk) quiet(n syntax.Node, e env) marks {
	switch n.Kind() {
	case syntax.Name, syntax.Attr, syntax.Subscript:
		if p := pathText(n); p != "" {
			if v, ok := e[p]; ok {
				return v
			}
		}
		if n.Is(syntax.Attr, syntax.Subscript) {
			return w.quiet(n.Child(0), e)
		}
	case syntax.List, syntax.Set, syntax.Tuple, syntax.Call:
		var v marks
		for c := range n.Children() {
			v = union(v, w.quiet(c, e))
		}
		return v
	}
	return nil
}

func (w *walk) compared(left, right syntax.Node, op string, e env, answer bool) []cleaned {
	if s, ok := left.Scalar(); ok && strings.HasPrefix(s, "..") && (op == "in" && !answer || op == "not in" && answer) {
		if p := subjectOf(right); p != "" {
			return []cleaned{{path: p, plain: true}}
		}
	}
	if left.Is(syntax.Name, syntax.Attr) && right.Is(syntax.Null) {
		if found := w.verdict(left.Text()); found != nil && left.Is(syntax.Name) {
			return found
		}
		switch op {
		case "is", "==", "===":
			return w.nothing(left, e, !answer)
		case "is not", "!=", "!==":
			return w.nothing(left, e, answer)
		}
	}
	positive := op == "in" || op == "==" || op == "===" || op == "is"
	negative := op == "not in" || op == "!=" || op == "!==" || op == "is not"
	if !positive && !negative || positive != answer {
		return nil
	}
	// Equal to something that nobody outside controls, or a member of it.
	clean := func(of, with syntax.Node) []cleaned {
		p := subjectOf(of)
		if p == "" || len(e[p]) == 0 && len(w.quiet(of, e)) == 0 || len(w.quiet(with, e)) > 0 || with.Is(syntax.Null) {
			return nil
		}
		if pathText(of) != "" {
			return []cleaned{{path: p, for_: everything}}
		}
		// A part of it is fixed: the host of an address, the ending of a name, the first word of a command.
		call := of
		for !call.IsZero() && !call.Is(syntax.Call) {
			call = call.Child(0)
		}
		for_, known := partOf(callText(call))
		return []cleaned{{path: p, for_: for_, doubt: !known}}
	}
	if found := clean(left, right); found != nil {
		return found
	}
	if op != "in" && op != "not in" {
		return clean(right, left)
	}
	return nil
}

// subjectOf is the name that a test is about: x of x, x.lower(), urlparse(x).hostname, type(x).
func subjectOf(n syntax.Node) string {
	if p := pathText(n); p != "" {
		return p
	}
	switch n.Kind() {
	case syntax.Attr:
		if n.Child(0).Is(syntax.Call) {
			return subjectOf(n.Child(0))
		}
	case syntax.Call:
		if callee := n.Child(0); callee.Is(syntax.Attr) && n.Count() == 1 {
			return subjectOf(callee.Child(0))
		}
		if n.Count() >= 2 && !n.Child(1).Is(syntax.Keyword, syntax.Spread) {
			return subjectOf(n.Child(1))
		}
	case syntax.Subscript:
		return subjectOf(n.Child(0))
	}
	return ""
}

func callText(n syntax.Node) string {
	switch n.Kind() {
	case syntax.Call:
		return callText(n.Child(0))
	case syntax.Attr, syntax.Name:
		return n.Text()
	}
	return ""
}

// partOf is for what a value is safe when a part of it that a call gives is fixed.
func partOf(call string) (m mask, known bool) {
	add := func(names ...string) {
		for _, name := range names {
			k, _ := kindOf(name)
			m |= k.mask()
		}
	}
	switch call {
	case "type", "typeof", "lower", "upper", "strip", "casefold", "toLowerCase", "toUpperCase", "trim", "ToLower", "ToUpper", "TrimSpace", "str", "String":
		return everything, true
	case "split", "shlex", "Fields", "partition":
		add("command")
	case "urlparse", "urlsplit", "hostname", "netloc", "URL", "Hostname", "Parse":
		add("url")
	case "commonpath", "resolve", "realpath", "dirname", "parent", "Dir", "Clean":
		add("path")
	case "len", "splitext", "suffix", "extname", "Ext":
	default:
		return 0, false
	}
	return m, true
}

// tested is what a call's answer says about its arguments.
func (w *walk) tested(n syntax.Node, e env, answer bool) []cleaned {
	c := w.callee(n)
	var found []cleaned
	switch c.last { // of any of them, or of all
	case "any", "all":
		if inner := n.Child(1); inner.Is(syntax.Comp) {
			return w.members(inner, c.last == "all", e, answer)
		}
	case "some", "every":
		if inner := n.Child(1); inner.Is(syntax.Lambda) && !inner.Child(-1).Is(syntax.Block) {
			return w.guard(inner.Child(-1), e, answer)
		}
	}
	w.t.guards.each(&c, func(g *entry) {
		if !g.returns || !w.holds(n, g) {
			return
		}
		if !answer {
			return
		}
		for _, of := range w.guarded(n, g) {
			if p := subjectOf(of); p != "" {
				found = append(found, cleaned{path: p, for_: g.clean, begin: g.begin})
			}
		}
	})
	if len(found) > 0 || !answer {
		return found
	}
	checks := w.checks(c.last)
	if c.def != nil && c.def.Kind == code.FuncDef {
		if s := w.summary(c.def); s != nil {
			w.eachArgument(n, c.def, func(i int, arg syntax.Node) {
				if m := s.truth(i); m != 0 {
					if p := pathText(arg); p != "" {
						found = append(found, cleaned{path: p, for_: m})
					}
				}
			})
		}
	}
	if len(found) == 0 && checks {
		for a := range n.Children() {
			if p := pathText(a); p != "" && a != n.Child(0) {
				found = append(found, cleaned{path: p, doubt: true})
			}
		}
	}
	return found
}

// members is what a test of all members of something, or of any, says. Where all letters of a text are safe, the text is.
func (w *walk) members(comp syntax.Node, all bool, e env, answer bool) []cleaned {
	over := comp.First(syntax.CompFor)
	target, whole := over.Child(0), pathText(over.Child(1))
	inside := e
	if v := w.quiet(over.Child(1), e); len(v) > 0 && target.Is(syntax.Name) {
		inside = e.copy()
		inside[target.Text()] = v
	}
	found := w.guard(comp.Child(0), inside, answer)
	var kept []cleaned
	for _, c := range found {
		if target.Is(syntax.Name) && c.path == target.Text() {
			if !all || !answer || whole == "" {
				continue
			}
			c.path = whole
		}
		kept = append(kept, c)
	}
	return kept
}

// guarded are the expressions that a guard tests.
func (w *walk) guarded(n syntax.Node, g *entry) []syntax.Node {
	if g.self {
		if callee := n.Child(0); callee.Is(syntax.Attr) {
			return []syntax.Node{callee.Child(0)}
		}
		return nil
	}
	return argumentsOf(n, g.args)
}

// checks tells whether a function's name says that it checks what it is given.
func (w *walk) checks(last string) bool {
	low := strings.ToLower(strings.TrimLeft(last, "_"))
	for _, word := range w.t.checks {
		if strings.HasPrefix(low, word) {
			return true
		}
	}
	return false
}

var identifiers = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_.]*`)

// wrappers are words around a type that do not change what it holds.
var wrappers = map[string]bool{
	"Optional": true, "Union": true, "None": true, "list": true, "List": true, "Annotated": true, "Sequence": true, "tuple": true, "Tuple": true,
	"typing.Optional": true, "typing.Union": true, "typing.Annotated": true, "typing.List": true, "set": true, "Set": true, "undefined": true, "null": true,
}

// safeType tells whether values of an annotated type hold no text that somebody could choose.
func (w *walk) safeType(annotation syntax.Node) bool {
	if annotation.IsZero() {
		return false
	}
	text := annotation.Source()
	if s, ok := annotation.Scalar(); ok {
		text = s
	}
	if strings.HasPrefix(text, "Literal[") || strings.Contains(text, ".Literal[") || strings.Contains(text, "[Literal[") {
		return true
	}
	if i := strings.IndexByte(text, '('); i > 0 {
		text = text[:i]
		if j := strings.LastIndexByte(text, ','); j > 0 { // Annotated[int, Field(
			text = text[:j]
		}
	}
	safe := false
	for _, word := range identifiers.FindAllString(text, -1) {
		if wrappers[word] {
			continue
		}
		if !w.safeWord(word) {
			if !w.enumeration(annotation, word) {
				return false
			}
		}
		safe = true
	}
	return safe
}

func (w *walk) safeWord(word string) bool {
	for _, s := range w.t.safeTypes {
		if s == word || strings.HasSuffix(word, "."+s) {
			return true
		}
	}
	return false
}

// enumeration tells whether a name in an annotation is an Enum of the program.
func (w *walk) enumeration(annotation syntax.Node, word string) bool {
	found := false
	annotation.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name, syntax.Attr) && n.Source() == word {
			found = found || w.r.Derives(w.r.Resolve(n), "enum.Enum", "enum.IntEnum", "enum.StrEnum")
			return false
		}
		return true
	})
	return found
}

// judged keeps what a check by its name was asked about, where its answer gets a name: error = validate(x), ok := allowed(x).
// Whoever tests that name later has tested the value, in a way that could not be judged.
func (w *walk) judged(n, value syntax.Node, e env) {
	if value.Is(syntax.Await) {
		value = value.Child(0)
	}
	var names []string
	if target := n.Child(0); target.Is(syntax.Name) {
		names = []string{target.Text()}
	} else if target.Is(syntax.Tuple) { // ok, why = check(x)
		for part := range target.Children() {
			if part.Is(syntax.Name) {
				names = append(names, part.Text())
			}
		}
	}
	for _, name := range names {
		delete(w.verdicts, name)
	}
	if len(names) == 0 || !value.Is(syntax.Call) {
		return
	}
	var about []string
	for a := range value.Children() {
		if a == value.Child(0) {
			continue
		}
		if a.Is(syntax.Keyword) {
			a = a.Child(0)
		}
		if p := pathText(a); p != "" && len(e[p]) > 0 {
			about = append(about, p)
		}
	}
	if len(about) == 0 || !w.checks(callText(value)) && !w.checks(w.callee(value).last) {
		return
	}
	if w.verdicts == nil {
		w.verdicts = map[string][]string{}
	}
	for _, name := range names {
		w.verdicts[name] = about
	}
}

// verdict is what a test of such a name says.
func (w *walk) verdict(name string) []cleaned {
	var out []cleaned
	for _, p := range w.verdicts[name] {
		out = append(out, cleaned{path: p, doubt: true})
	}
	return out
}
