package taint

import (
	"strings"
	"sync"
	"sync/atomic"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// Bounds of one walk.
const (
	depthOfCalls = 3       // functions of the program inside each other that a mark is followed through
	mostMarks    = 6       // marks of one value
	mostSteps    = 12      // places between source and sink
	surely       = 8       // places after which something is too likely to have been mistaken
	mostWork     = 600_000 // expressions looked at for one file
	mostFlows    = 4_000   // of one file
)

// Source is where a value comes from that somebody else controls.
type Source struct {
	Kind    string // one of SourceKinds
	Name    string // the parameter, or the call
	Element string // id of the model's element whose body takes it in; "" when none is known
	At      source.Span
}

// Place is a place on the way from source to sink.
type Place struct {
	At   source.Span
	What string // "argument url", "passed to fetch", "requests.get(url)"
}

// Flow is a marked value that reaches a sink.
type Flow struct {
	Kind   Kind
	Source Source
	Path   []Place // source first, sink last
	Doubt  bool    // something on the way may have made it safe
	File   string  // where the sink stands
	Node   int     // number of the sink's node in its tree
	Around string  // qualified name of the definition around the sink
	Call   bool    // the sink is a call, and no message or write to an attribute
}

// Outcome is what one file gave.
type Outcome struct {
	Flows []Flow // in the order of sinks, kinds and sources
	Cut   bool   // a bound was met, of work or of flows: there may be more
}

// Owner tells which element of the model a function is the body of, and what kind of source its parameters are; ok is
// false for a function that nobody outside gives anything.
type Owner func(path string, function syntax.Node) (kind, element string, ok bool)

// Memory keeps summaries of functions between the files of one program. It may be used by many goroutines.
type Memory struct {
	owner     Owner
	summaries sync.Map     // summaryKey → *summary
	mutes     *sync.Map    // summaryKey → bool: see mute
	every     bool         // for tests: functions that are idle are gone through, too
	passed    atomic.Int64 // idle functions that were passed over
}

// NewMemory makes the memory of one program; owner may be nil.
func NewMemory(owner Owner) *Memory {
	if owner == nil {
		owner = func(string, syntax.Node) (string, string, bool) { return "", "", false }
	}
	return &Memory{owner: owner, mutes: new(sync.Map)}
}

// For is the memory of the same program for another owner. What no owner has a say in is shared.
func (m *Memory) For(owner Owner) *Memory {
	other := NewMemory(owner)
	other.mutes = m.mutes
	return other
}

// walk goes through one file, or through one function that is summarised.
type walk struct {
	mem      *Memory
	r        *code.Resolver
	t        *table
	depth    int
	work     *int
	out      *[]Flow
	types    map[string]*code.Def // what class a parameter is of
	fn       syntax.Node          // the function at hand
	rets     marks
	sum      *summary             // nil outside summaries
	elem     string               // element whose body this is
	named    map[syntax.Node]bool // functions given by name that were gone through
	skip     int                  // arguments of the call at hand that stand before those of the function that it calls
	alias    map[string]bool      // names that imports of the file give to what has another name
	verdicts map[string][]string  // names that hold the answer of a check → what was checked
	oks      map[string]string    // Go: of "_, ok := allowed[x]", what ok says is there
}

// Walk looks at one file.
func (m *Memory) Walk(r *code.Resolver) *Outcome {
	tree := r.Tree()
	if tree == nil {
		return &Outcome{}
	}
	t := tableOf(tree.Language)
	if t == nil {
		return &Outcome{}
	}
	work := mostWork
	var flows []Flow
	w := &walk{mem: m, r: r, t: t, depth: depthOfCalls, work: &work, out: &flows, alias: Aliases(tree)}
	w.exec(tree.Root(), env{})
	return &Outcome{Flows: best(flows), Cut: work <= 0 || len(flows) >= mostFlows}
}

// spent counts work; true when the bound is met.
func (w *walk) spent() bool {
	*w.work--
	return *w.work <= 0
}

// flow notes that a marked value reaches a sink.
func (w *walk) flow(n syntax.Node, k Kind, v marks, what string) {
	ofFile := k == pathKind && touchesFile(n)
	for _, m := range v {
		if m.clean&k.mask() != 0 || m.nowhere(k) || ofFile && m.last {
			continue
		}
		trace := m.trace.then(n.Span(), what)
		if w.sum != nil {
			if m.param > 0 {
				w.sum.flow(reached{k, m.param, m.clean, m.doubt, m.named, m.loose, ofFile, trace, w.r.ModuleOf(n).Path, n.Index(), around(n), n.Is(syntax.Call)})
			}
			continue // a source inside is met when its own file is walked
		}
		if m.src == nil {
			continue
		}
		m.doubt = m.doubt || trace.n > surely
		w.emit(Flow{Kind: k, Source: *m.src, Path: trace.places(), Doubt: m.doubt, File: w.r.ModuleOf(n).Path, Node: n.Index(), Around: around(n), Call: n.Is(syntax.Call)})
	}
}

// around is the qualified name of the definition around a place; "" at the level of the file.
func around(n syntax.Node) string {
	name := ""
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef, syntax.ClassDef) && p.Text() != "" {
			if name != "" {
				name = "." + name
			}
			name = p.Text() + name
		}
	}
	return name
}

func (w *walk) emit(f Flow) {
	if len(*w.out) < mostFlows {
		*w.out = append(*w.out, f)
	}
}

// exec goes through the statements of a block. It tells whether control never comes to its end.
func (w *walk) exec(block syntax.Node, e env) bool {
	left := false
	for s := range block.Children() {
		if w.statement(s, e) {
			left = true
			// What stands behind is not reached, but definitions there are.
			if !block.Is(syntax.Module) {
				break
			}
		}
	}
	return left
}

func (w *walk) statement(n syntax.Node, e env) (leaves bool) {
	if w.spent() {
		return true
	}
	switch n.Kind() {
	case syntax.FuncDef:
		w.define(n, e)
	case syntax.ClassDef:
		w.class(n, e)
	case syntax.Export:
		for c := range n.Children() {
			if w.statement(c, e) {
				return true
			}
		}
	case syntax.Block, syntax.Module:
		return w.exec(n, e)
	case syntax.ExprStmt:
		w.eval(n.Child(0), e)
		return w.ends(n.Child(0))
	case syntax.Assign:
		w.assign(n, e)
	case syntax.AnnAssign:
		if n.Count() > 2 {
			w.bind(n.Child(0), w.eval(n.Child(-1), e), n, e)
		}
	case syntax.AugAssign:
		v := w.eval(n.Child(-1), e)
		if len(v) > 0 {
			if old := w.eval(n.Child(0), e); len(old) == 0 {
				v = v.cleaned(w.prefixed(n.Child(0)))
			}
			e.add(pathText(n.Child(0)), v.through(n.Span(), "added to "+short(n.Child(0))))
		}
	case syntax.Return:
		v := w.eval(n.Child(0), e)
		w.rets = union(w.rets, v)
		if w.sum != nil {
			w.sum.exit(w, n.Child(0), e)
		}
		return true
	case syntax.Raise:
		for c := range n.Children() {
			w.eval(c, e)
		}
		return true
	case syntax.Simple:
		if n.TextIs("assert") {
			w.eval(n.Child(0), e)
			w.apply(w.guard(n.Child(0), e, true), e)
			return false
		}
		for c := range n.Children() {
			if c.Is(syntax.Block) {
				w.exec(c, e)
			} else {
				w.eval(c, e)
			}
		}
		return n.TextIs("break") || n.TextIs("continue")
	case syntax.If:
		return w.branch(n, e)
	case syntax.For:
		v := w.eval(n.Child(1), e)
		w.bind(n.Child(0), v, n.Child(0), e)
		w.loop(n, e)
	case syntax.While:
		w.eval(n.Child(0), e)
		w.loop(n, e)
	case syntax.With:
		for c := range n.Children() {
			if c.Is(syntax.WithItem) {
				v := w.eval(c.Child(0), e)
				if c.Count() > 1 {
					w.bind(c.Child(1), v, c, e)
				}
			}
		}
		return w.exec(n.Child(-1), e)
	case syntax.Try:
		return w.try(n, e)
	case syntax.Match:
		return w.match(n, e)
	case syntax.Import, syntax.ImportFrom, syntax.Error, syntax.Alias:
	default:
		if n.Kind() >= syntax.Name {
			w.eval(n, e)
			return false
		}
		for c := range n.Children() {
			if w.statement(c, e) {
				return true
			}
		}
	}
	return false
}

// ends tells whether a call never returns, such as sys.exit().
func (w *walk) ends(n syntax.Node) bool {
	if !n.Is(syntax.Call) {
		return false
	}
	c := w.callee(n)
	return w.t.ends.first(&c) != nil
}

func (w *walk) branch(n syntax.Node, e env) bool {
	condition := n.Child(0)
	w.eval(condition, e)
	yes, no := e.copy(), e.copy()
	w.apply(w.guard(condition, e, true), yes)
	w.apply(w.guard(condition, e, false), no)
	first := w.exec(n.First(syntax.Block), yes)
	second := false
	if other := n.First(syntax.Else); !other.IsZero() {
		if inner := other.Child(0); inner.Is(syntax.Block) {
			second = w.exec(inner, no)
		} else {
			second = w.statement(inner, no)
		}
	}
	clear(e)
	switch {
	case first && second:
		e.join(yes).join(no)
		return true
	case first:
		e.join(no)
	case second:
		e.join(yes)
	default:
		e.join(yes).join(no)
	}
	return false
}

// loop goes through a body twice: what a round leaves behind is there in the next.
func (w *walk) loop(n syntax.Node, e env) {
	for range 2 {
		inside := e.copy()
		w.exec(n.First(syntax.Block), inside)
		e.join(inside)
		if len(inside) == 0 {
			break
		}
	}
	if other := n.First(syntax.Else); !other.IsZero() {
		w.exec(other.Child(0), e)
	}
}

func (w *walk) try(n syntax.Node, e env) bool {
	before := e.copy()
	left := w.exec(n.Child(0), e)
	after := e.copy()
	failed := before.join(e)
	all, handlers := left, false
	for c := range n.Children() {
		switch c.Kind() {
		case syntax.Except:
			handlers = true
			h := failed.copy()
			if !w.exec(c.Child(-1), h) {
				if all {
					clear(after)
				}
				after.join(h)
				all = false
			}
		case syntax.Else:
			if w.exec(c.Child(0), after) {
				all = all || !handlers
			}
		}
	}
	clear(e)
	e.join(after)
	if last := n.First(syntax.Finally); !last.IsZero() {
		if w.exec(last.Child(0), e) {
			return true
		}
	}
	return all
}

func (w *walk) match(n syntax.Node, e env) bool {
	w.eval(n.Child(0), e)
	subject := pathText(n.Child(0))
	var ends []env
	all, open := true, true
	for c := range n.All(syntax.Case) {
		inside := e.copy()
		fixed := false
		for p := range c.Children() {
			switch {
			case p.Is(syntax.String, syntax.Number, syntax.Bool):
				fixed = true
			case p.Is(syntax.Name) && !p.TextIs("_"):
				w.bind(p, w.eval(n.Child(0), e), p, inside)
			}
		}
		if fixed && subject != "" && len(inside[subject]) > 0 {
			inside[subject] = nil
		}
		if c.Count() == 1 || c.Child(0).TextIs("_") {
			open = false
		}
		if !w.exec(c.Child(-1), inside) {
			ends = append(ends, inside)
			all = false
		}
	}
	if open || len(ends) == 0 && !all {
		all = false
		ends = append(ends, e.copy())
	}
	if all {
		return true
	}
	clear(e)
	for _, end := range ends {
		e.join(end)
	}
	return false
}

func (w *walk) class(n syntax.Node, e env) {
	for c := range n.Children() {
		if c.Is(syntax.Block) {
			for s := range c.Children() {
				w.statement(s, e.copy())
			}
		}
	}
}

func (w *walk) assign(n syntax.Node, e env) {
	value := n.Child(-1)
	if t := n.Child(0); t.Is(syntax.Tuple) && t.Count() == 2 && value.Is(syntax.Subscript) && t.Child(1).Is(syntax.Name) {
		if w.oks == nil {
			w.oks = map[string]string{}
		}
		w.oks[t.Child(1).Text()] = pathText(value.Child(1))
	}
	v := w.eval(value, e)
	w.judged(n, value, e)
	last := n.Count() - 1
	i := 0
	for t := range n.Children() {
		if i == last {
			break
		}
		i++
		if t.Is(syntax.Tuple, syntax.List) && value.Is(syntax.Tuple, syntax.List) && t.Count() == value.Count() {
			k := 0
			for part := range t.Children() {
				w.bind(part, w.eval(value.Child(k), e), n, e)
				k++
			}
			continue
		}
		w.bind(t, v, n, e)
		if p := pathText(t); p != "" && value.Is(syntax.Map) && len(v) > 0 {
			for pair := range value.All(syntax.Pair) {
				if key, ok := keyText(pair.Child(0)); ok {
					e[p+"."+key] = w.eval(pair.Child(1), e)
				}
			}
		}
	}
}

// bind puts a value into a target.
func (w *walk) bind(target syntax.Node, v marks, at syntax.Node, e env) {
	switch target.Kind() {
	case syntax.Name:
		if len(v) > 0 && at.Is(syntax.Assign, syntax.AnnAssign, syntax.For, syntax.WithItem) {
			v = v.through(lineOf(at), "assigned to "+target.Text())
		}
		e.set(target.Text(), v)
		delete(w.types, target.Text())
		if w.sum != nil {
			w.sum.rebound[target.Text()] = true
		}
	case syntax.Attr, syntax.Subscript:
		if target.Is(syntax.Attr) {
			w.written(target, v, at)
		}
		if p := pathText(target); p != "" {
			e.set(p, v)
			if len(v) > 0 {
				e.add(p, v)
			}
		} else if len(v) > 0 {
			e.add(pathText(target.Child(0)), v)
		}
	case syntax.Tuple, syntax.List, syntax.Spread, syntax.WithItem:
		for c := range target.Children() {
			w.bind(c, v, at, e)
		}
	case syntax.Map:
		for c := range target.Children() {
			w.bind(c, v, at, e)
		}
	case syntax.Pair:
		w.bind(target.Child(1), v, at, e)
	case syntax.Assign: // a pattern with a default
		w.bind(target.Child(0), v, at, e)
	}
}

// written notes writes to attributes that are sinks, such as innerHTML.
func (w *walk) written(target syntax.Node, v marks, at syntax.Node) {
	if len(v) == 0 {
		return
	}
	c := callee{name: "?." + target.Text(), last: target.Text()}
	w.t.writes.each(&c, func(e *entry) { w.flow(at, e.kind, v, short(target)) })
}

// lineOf is the place of a statement's first line: a whole block is no place on a way.
func lineOf(n syntax.Node) source.Span {
	if n.Is(syntax.For, syntax.WithItem) {
		return n.Child(0).Span()
	}
	return n.Span()
}

// pathText is a name, attribute or item with a fixed key as text; "" for anything else.
func pathText(n syntax.Node) string {
	switch n.Kind() {
	case syntax.Name:
		return n.Text()
	case syntax.Attr:
		if p := pathText(n.Child(0)); p != "" {
			return p + "." + n.Text()
		}
	case syntax.Subscript:
		if key, ok := keyText(n.Child(1)); ok {
			if p := pathText(n.Child(0)); p != "" {
				return p + "." + key
			}
		}
	case syntax.Unary:
		if n.TextIs("&") || n.TextIs("*") {
			return pathText(n.Child(0))
		}
	case syntax.Await:
		return pathText(n.Child(0))
	}
	return ""
}

func keyText(n syntax.Node) (string, bool) {
	switch n.Kind() {
	case syntax.String, syntax.Number:
		return n.Text(), true
	case syntax.Name:
		if n.Parent().Is(syntax.Pair) && n.Tree().Language == syntax.TypeScript {
			return n.Text(), true
		}
	}
	return "", false
}

// short is an expression for people.
func short(n syntax.Node) string {
	s := strings.Join(strings.Fields(n.Source()), " ")
	if r := []rune(s); len(r) > 60 {
		return string(r[:59]) + "…"
	}
	return s
}
