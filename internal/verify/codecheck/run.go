package codecheck

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/result"
	"fermata/internal/source"
	"fermata/internal/syntax"
	"fermata/internal/verify/taint"
)

// Asks says which subjects are wanted.
type Asks struct {
	Kinds map[string]map[string]bool // sort of subject → kinds
	Names []string                   // patterns of names of calls
}

// wants tells whether any of the kinds of a sort is wanted.
func (a *Asks) wants(sort string, kinds ...string) bool {
	of := a.Kinds[sort]
	for _, k := range kinds {
		if of[k] {
			return true
		}
	}
	return false
}

// Input is what is looked at.
type Input struct {
	Program  *code.Program
	Paths    []string                       // all files, sorted
	Read     func(path string) *source.File // nil for what cannot be read
	System   *model.System                  // whose elements the subjects are part of; may be nil
	Asks     Asks
	Sieve    Sieve                             // which places are of interest; nil: all of those that are asked for
	Preview  *Preview                          // what was seen before, with the same questions and sieve; may be nil
	Workers  int                               // 0: one for each processor
	Progress func(stage string, done, all int) // may be nil
}

// Sieve lets those places go that nobody will say anything about. It is asked by many goroutines.
type Sieve interface {
	Passes(s *result.Subject) bool           // whether a place may be of interest; of a sink, as if nothing reached it
	NeedsSource(kind string) bool            // whether sinks of a kind are of no interest where nothing reaches them
	NeedsOneOf(kind string) ([]string, bool) // flags without any of which functions of a kind are of no interest; false where it takes none
}

// Outcome is what was found to ask about.
type Outcome struct {
	Subjects []*result.Subject // by id; those that the sieve let through
	Places   int               // how many were looked at, with those that it let go
	Files    int               // files that were looked at
	Cut      []string          // files that were not looked at to the end, sorted
	Large    []string          // files that are too large or were made by a program, sorted
	Failed   []string          // files at which the check itself failed, each with the reason; sorted
}

// Bounds of what is looked at.
const (
	mostBytes    = 1 << 20 // of one file of source; a notebook has its pictures in it, and may have eight times as many
	longestLine  = 6000    // of a file that people wrote
	mostElements = 8       // that one place is a subject of
)

// look is one run.
type look struct {
	in     Input
	owners *owners
	memory *taint.Memory
	names  nameIndex
	groups map[syntax.Language]*groups
	lasts  map[syntax.Language]map[string]bool
	begins *starts
	needs  map[string][]string // kinds of functions that are of no interest without one of some flags: see Sieve
}

// seen is what one file gave.
type seen struct {
	subjects []*result.Subject
	places   int // with those that the sieve let go, without sinks
	pending  []*pending
	outcome  *taint.Outcome
	looked   bool
	large    bool
	failure  string
}

// pending is a call whose flows are known when all files are looked at.
type pending struct {
	subject *result.Subject // nil where it is of no interest unless something reaches it
	node    int
	kind    taint.Kind
	id      string
	around  int    // the node of the function around it; -1 at the level of the file
	within  string // that function's id
}

// sinkKey is a sink.
type sinkKey struct {
	file string
	node int
	kind taint.Kind
}

// Run looks at every file. The error is the context's.
func Run(ctx context.Context, in Input) (*Outcome, error) {
	l, err := newLook(in)
	if err != nil {
		return nil, err
	}
	files := make([]*seen, len(in.Paths))
	order := l.order()
	if err := l.parallel(ctx, func(i int) { files[order[i]] = l.file(in.Paths[order[i]]) }); err != nil {
		return nil, err
	}
	out := &Outcome{}
	var outcomes []*taint.Outcome
	for i, s := range files {
		if s == nil {
			continue
		}
		if s.looked {
			out.Files++
		}
		if s.large {
			out.Large = append(out.Large, in.Paths[i])
		}
		if s.outcome != nil {
			outcomes = append(outcomes, s.outcome)
			if s.outcome.Cut {
				out.Cut = append(out.Cut, in.Paths[i])
			}
		}
		out.Subjects = append(out.Subjects, s.subjects...)
		out.Places += s.places
	}
	flows := map[sinkKey][]taint.Flow{}
	for _, f := range taint.Merge(outcomes...) {
		key := sinkKey{f.File, f.Node, f.Kind}
		flows[key] = append(flows[key], f)
	}
	if err := l.again(ctx, files, flows); err != nil {
		return nil, err
	}
	for i, s := range files {
		if s == nil {
			continue
		}
		if s.failure != "" { // at the first look or at the second
			out.Failed = append(out.Failed, in.Paths[i]+": "+s.failure)
		}
		for _, p := range s.pending {
			key := sinkKey{in.Paths[i], p.node, p.kind}
			if p.subject == nil {
				out.Places++
				continue
			}
			found := l.flowed(p, flows[key])
			out.Places += len(found)
			out.Subjects = append(out.Subjects, found...)
			delete(flows, key)
		}
	}
	reached := l.messages(flows)
	out.Places += len(reached)
	out.Subjects = append(out.Subjects, reached...)
	sort.SliceStable(out.Subjects, func(i, j int) bool { return out.Subjects[i].ID < out.Subjects[j].ID })
	return out, nil
}

// newLook makes ready to look at files.
func newLook(in Input) (*look, error) {
	l := &look{in: in, owners: newOwners(in.System), names: newNameIndex(in.Asks.Names), begins: &starts{}}
	if in.Preview != nil {
		l.memory = in.Preview.look.memory.For(l.owners.owner)
	} else {
		l.memory = taint.NewMemory(l.owners.owner)
	}
	g, err := callGroups()
	if err != nil {
		return nil, err
	}
	l.groups = g
	l.lasts = map[syntax.Language]map[string]bool{}
	for _, language := range []syntax.Language{syntax.Python, syntax.TypeScript, syntax.Go, syntax.Notebook} {
		l.lasts[language] = taint.Lasts(language)
	}
	l.needs = map[string][]string{}
	for kind := range in.Asks.Kinds["function"] {
		if in.Sieve != nil {
			if flags, ok := in.Sieve.NeedsOneOf(kind); ok {
				l.needs[kind] = flags
			}
		}
	}
	return l, nil
}

// order says in which order files are looked at: those whose trees are still in memory come first, before others take their
// place. What is found does not depend on it.
func (l *look) order() []int {
	var order, others []int
	for i, path := range l.in.Paths {
		if l.in.Program.InMemory(path) {
			order = append(order, i)
		} else {
			others = append(others, i)
		}
	}
	return append(order, others...)
}

// again looks a second time at the files of sinks that were let go, and that something reaches after all.
func (l *look) again(ctx context.Context, files []*seen, flows map[sinkKey][]taint.Flow) error {
	reached := make([]bool, len(files))
	some := false
	for i, s := range files {
		if s == nil {
			continue
		}
		for _, p := range s.pending {
			if p.subject == nil && len(flows[sinkKey{l.in.Paths[i], p.node, p.kind}]) > 0 {
				reached[i], some = true, true
			}
		}
	}
	if !some {
		return nil
	}
	progress := l.in.Progress
	l.in.Progress = nil
	defer func() { l.in.Progress = progress }()
	return l.parallel(ctx, func(i int) {
		if !reached[i] {
			return
		}
		path, s := l.in.Paths[i], files[i]
		defer func() {
			if trouble := recover(); trouble != nil {
				s.failure = fmt.Sprint(trouble)
			}
		}()
		f := l.begin(path, s)
		for _, p := range s.pending {
			if p.subject == nil && len(flows[sinkKey{path, p.node, p.kind}]) > 0 {
				f.sinkAgain(p)
			}
		}
		l.in.Program.Release(path)
	})
}

// parallel calls work for every path on all workers.
func (l *look) parallel(ctx context.Context, work func(i int)) error {
	workers := l.in.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	n := len(l.in.Paths)
	var next, done atomic.Int64
	var wait sync.WaitGroup
	var say sync.Mutex
	for range min(workers, max(n, 1)) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				work(i)
				if d := int(done.Add(1)); l.in.Progress != nil && (d%64 == 0 || d == n) {
					say.Lock()
					l.in.Progress("checking code", d, n)
					say.Unlock()
				}
			}
		}()
	}
	wait.Wait()
	return ctx.Err()
}

// file looks at one file. A bug of ours costs the file, not the run.
func (l *look) file(path string) (s *seen) {
	s = &seen{}
	defer func() {
		if trouble := recover(); trouble != nil {
			s = &seen{failure: fmt.Sprint(trouble)}
		}
	}()
	if source.Scope(path) == source.ScopeVendored {
		return nil
	}
	if s := l.in.Preview.of(path, l.owners); s != nil {
		return s
	}
	if m := l.in.Program.Module(path); m != nil {
		l.source(path, s)
		return s
	}
	l.config(path, s)
	s.places = len(s.subjects)
	return s
}

// source looks at a file of source code.
func (l *look) source(path string, s *seen) {
	r := l.in.Program.Later(path)
	if r == nil || r.Tree() == nil || r.Tree().File == nil {
		return
	}
	tree := r.Tree()
	if large(tree) {
		s.large = true
		l.in.Program.Release(path)
		return
	}
	s.looked = true
	f := l.begin(path, s)
	s.outcome = l.memory.Walk(f.r)
	f.walk(tree.Root())
	f.settle()
	l.in.Program.Release(path)
}

// large tells whether a file is too large to be looked at, or was made by a program.
func large(tree *syntax.Tree) bool {
	content := tree.File.Content()
	return len(content) > 8*mostBytes || tree.Language != syntax.Notebook && (len(content) > mostBytes || generated(content))
}

// begin makes ready to look at a file of source code.
func (l *look) begin(path string, s *seen) *fileLook {
	r := l.in.Program.Later(path)
	tree := r.Tree()
	f := &fileLook{
		look: l, r: r, path: path, scope: l.in.Program.Scope(path), seen: s, functions: map[syntax.Node]*function{}, used: map[string]int{},
		symbols: map[syntax.Node]string{}, alias: taint.Aliases(tree), lasts: l.lasts[tree.Language], shows: map[string]bool{},
	}
	f.file = f.fileSubject(tree)
	return f
}

// generated tells a file that a program wrote: a line longer than anybody types, or a head that says so.
func generated(content []byte) bool {
	head := content[:min(len(content), 400)]
	if bytes.Contains(head, []byte("Code generated")) || bytes.Contains(head, []byte("@generated")) || bytes.Contains(head, []byte("DO NOT EDIT")) {
		return true
	}
	for len(content) > longestLine {
		i := bytes.IndexByte(content[:longestLine], '\n')
		if i < 0 {
			return true
		}
		content = content[bytes.LastIndexByte(content[:longestLine], '\n')+1:]
	}
	return false
}

// fileLook is one file of source code on its way.
type fileLook struct {
	*look
	r         *code.Resolver
	path      string
	scope     string
	file      *result.Subject
	seen      *seen
	functions map[syntax.Node]*function
	used      map[string]int         // how often an id was given
	symbols   map[syntax.Node]string // of definitions: see symbolAround
	alias     map[string]bool        // local names of imports that have another name
	lasts     map[string]bool        // last parts of the names of sinks
	shows     map[string]bool        // see body.shows
	signed    int                    // see refused
	idled     int                    // see idle
}

// walk visits the tree once and makes the subjects that are asked for.
func (f *fileLook) walk(root syntax.Node) {
	if f.in.Asks.wants("file", "source") {
		f.add(f.file)
	}
	wantsClass, wantsSecret := len(f.in.Asks.Kinds["class"]) > 0, f.in.Asks.wants("literal", "secret", "address")
	wantsSigning := f.in.Asks.wants("literal", "signing-key")
	wantsFunction := len(f.in.Asks.Kinds["function"]) > 0
	var functions []*function
	root.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Call:
			f.call(n)
		case syntax.FuncDef:
			functions = append(functions, f.function(n))
		case syntax.ClassDef:
			if wantsClass {
				f.class(n)
			}
		case syntax.String:
			if wantsSecret {
				f.literal(n)
			}
			if wantsSigning {
				f.signing(n)
			}
		case syntax.While, syntax.For:
			if open(n) {
				if fn := f.bodyAround(n); fn != nil {
					fn.loops = true
				}
			}
		case syntax.Except:
			if fn := f.bodyAround(n); fn != nil {
				fn.excepts = true
			}
		}
		return true
	})
	if !wantsFunction {
		return
	}
	for _, fn := range functions {
		fn.seen = true
		fn.name()
		fn.enter()
		switch {
		case !slices.ContainsFunc(fn.kinds, func(k string) bool { return f.in.Asks.Kinds["function"][k] }):
		case fn.plain():
			f.seen.places++
		default:
			s := fn.about()
			fn.find("kinds")
			f.add(s)
		}
	}
}

// add keeps a place that was asked for, unless nobody will say anything about it.
func (f *fileLook) add(s *result.Subject) {
	f.seen.places++
	if f.in.Sieve == nil || f.in.Sieve.Passes(s) {
		f.seen.subjects = append(f.seen.subjects, s)
	}
}

// settle finds out the rest about what is kept, while the tree is at hand.
func (f *fileLook) settle() {
	for _, s := range f.seen.subjects {
		s.Settle()
	}
	for _, p := range f.seen.pending {
		p.subject.Settle()
	}
}

// id makes an id from where something stands and what it is; the second of the same kind in a place has a number.
func (f *fileLook) id(at syntax.Node, what string) string {
	return numbered(f.symbolAround(at)+what, f.used)
}

// numbered is an id that is given once: after the first, with a number.
func numbered(id string, used map[string]int) string {
	used[id]++
	if n := used[id]; n > 1 {
		id += fmt.Sprintf("~%d", n)
	}
	return id
}

// symbolAround is how ids begin in the definition around a place: with the path and its qualified name.
func (f *fileLook) symbolAround(n syntax.Node) string {
	around := syntax.Node{}
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef, syntax.ClassDef) {
			around = p
			break
		}
	}
	begin, ok := f.symbols[around]
	if !ok {
		begin = f.path + ":"
		if !around.IsZero() {
			if in := qualified(around); in != "" {
				begin += in + "."
			}
		}
		f.symbols[around] = begin
	}
	return begin
}

// qualified is a definition's name with what it is inside of.
func qualified(n syntax.Node) string {
	name := n.Text()
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef, syntax.ClassDef) && p.Text() != "" {
			name = p.Text() + "." + name
		}
	}
	return name
}

// newSubject begins a subject with an id that was made for it.
func (f *fileLook) newSubject(on, id string) *result.Subject {
	return &result.Subject{On: on, ID: id, Place: id, Scope: f.scope, File: f.file}
}

// fileSubject is the file itself.
func (f *fileLook) fileSubject(tree *syntax.Tree) *result.Subject {
	s := &result.Subject{
		On: "file", Kinds: []string{"source"}, ID: f.path, Place: f.path, Scope: f.scope,
		Texts: map[string]string{"path": f.path, "base": f.path[strings.LastIndexByte(f.path, '/')+1:]},
	}
	listed := false
	s.Late = func(field string) {
		if field == "" {
			s.Evidence = []model.Evidence{model.EvidenceAt(tree.File.Span(0, min(1, len(tree.File.Content()))))}
		}
		if (field == "" || field == "imports") && !listed {
			listed = true
			s.SetList("imports", f.imports())
		}
	}
	return s
}

// imports are the names that the file imports, each once.
func (f *fileLook) imports() []string {
	var all []string
	seen := map[string]bool{}
	for _, i := range f.r.ImportsOf() {
		if !seen[i.Name] {
			seen[i.Name] = true
			all = append(all, i.Name)
		}
	}
	return all
}

// around is the function around a place; nil at the level of the file.
func (f *fileLook) around(n syntax.Node) *function {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			fn := f.function(p)
			fn.name()
			return fn
		}
	}
	return nil
}

// bodyAround is the function in whose own body a place stands, and not in that of a class or function inside it.
func (f *fileLook) bodyAround(n syntax.Node) *function {
	for p := n.Parent(); !p.IsZero(); n, p = p, p.Parent() {
		switch p.Kind() {
		case syntax.FuncDef:
			if p.Child(-1) == n {
				return f.function(p)
			}
			return nil
		case syntax.ClassDef:
			return nil
		}
	}
	return nil
}
