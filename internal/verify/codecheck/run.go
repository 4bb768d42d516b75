package codecheck

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
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
	Workers  int                               // 0: one for each processor
	Progress func(stage string, done, all int) // may be nil
}

// Outcome is what was found to ask about.
type Outcome struct {
	Subjects []*result.Subject // by id
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
}

// seen is what one file gave.
type seen struct {
	subjects []*result.Subject
	pending  []*pending
	outcome  *taint.Outcome
	looked   bool
	large    bool
	failure  string
}

// pending is a call whose flows are known when all files are looked at.
type pending struct {
	subject *result.Subject
	node    int
	kind    taint.Kind
}

// Run looks at every file. The error is the context's.
func Run(ctx context.Context, in Input) (*Outcome, error) {
	l := &look{in: in, owners: newOwners(in.System), names: newNameIndex(in.Asks.Names)}
	l.memory = taint.NewMemory(l.owners.owner)
	g, err := callGroups()
	if err != nil {
		return nil, err
	}
	l.groups = g
	l.lasts = map[syntax.Language]map[string]bool{}
	for _, language := range []syntax.Language{syntax.Python, syntax.TypeScript, syntax.Go, syntax.Notebook} {
		l.lasts[language] = taint.Lasts(language)
	}
	files := make([]*seen, len(in.Paths))
	if err := l.parallel(ctx, func(i int) { files[i] = l.file(in.Paths[i]) }); err != nil {
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
		if s.failure != "" {
			out.Failed = append(out.Failed, in.Paths[i]+": "+s.failure)
		}
		if s.outcome != nil {
			outcomes = append(outcomes, s.outcome)
			if s.outcome.Cut {
				out.Cut = append(out.Cut, in.Paths[i])
			}
		}
		out.Subjects = append(out.Subjects, s.subjects...)
	}
	flows := map[string][]taint.Flow{}
	for _, f := range taint.Merge(outcomes...) {
		key := fmt.Sprintf("%s\x00%d\x00%d", f.File, f.Node, f.Kind)
		flows[key] = append(flows[key], f)
	}
	for i, s := range files {
		if s == nil {
			continue
		}
		for _, p := range s.pending {
			key := fmt.Sprintf("%s\x00%d\x00%d", in.Paths[i], p.node, p.kind)
			out.Subjects = append(out.Subjects, l.flowed(p, flows[key])...)
			delete(flows, key)
		}
	}
	out.Subjects = append(out.Subjects, l.messages(flows)...)
	sort.SliceStable(out.Subjects, func(i, j int) bool { return out.Subjects[i].ID < out.Subjects[j].ID })
	return out, nil
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
	if m := l.in.Program.Module(path); m != nil {
		l.source(path, s)
		return s
	}
	l.config(path, s)
	return s
}

// source looks at a file of source code.
func (l *look) source(path string, s *seen) {
	r := l.in.Program.Resolver(path)
	if r == nil || r.Tree() == nil || r.Tree().File == nil {
		return
	}
	tree := r.Tree()
	content := tree.File.Content()
	if len(content) > 8*mostBytes || tree.Language != syntax.Notebook && (len(content) > mostBytes || generated(content)) {
		s.large = true
		l.in.Program.Release(path)
		return
	}
	s.looked = true
	f := &fileLook{look: l, r: r, path: path, scope: source.Scope(path), seen: s, functions: map[syntax.Node]*result.Subject{}, used: map[string]int{}, alias: taint.Aliases(tree), lasts: l.lasts[tree.Language]}
	f.file = f.fileSubject(tree)
	f.outcome()
	f.walk(tree.Root())
	l.in.Program.Release(path)
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
	functions map[syntax.Node]*result.Subject
	used      map[string]int  // how often an id was given
	alias     map[string]bool // local names of imports that have another name
	lasts     map[string]bool // last parts of the names of sinks
}

func (f *fileLook) outcome() {
	f.seen.outcome = f.memory.Walk(f.r)
}

// walk visits the tree once and makes the subjects that are asked for.
func (f *fileLook) walk(root syntax.Node) {
	if f.in.Asks.wants("file", "source") {
		f.add(f.file)
	}
	wantsClass, wantsSecret := len(f.in.Asks.Kinds["class"]) > 0, f.in.Asks.wants("literal", "secret", "address")
	var functions []syntax.Node
	root.Walk(func(n syntax.Node) bool {
		switch n.Kind() {
		case syntax.Call:
			f.call(n)
		case syntax.FuncDef:
			functions = append(functions, n)
		case syntax.ClassDef:
			if wantsClass {
				f.class(n)
			}
		case syntax.String:
			if wantsSecret {
				f.literal(n)
			}
		}
		return true
	})
	if len(f.in.Asks.Kinds["function"]) == 0 {
		return
	}
	for _, n := range functions {
		if s := f.function(n); s != nil && len(s.Kinds) > 0 {
			for _, k := range s.Kinds {
				if f.in.Asks.Kinds["function"][k] {
					f.add(s)
					break
				}
			}
		}
	}
}

func (f *fileLook) add(s *result.Subject) { f.seen.subjects = append(f.seen.subjects, s) }

// id makes an id from where something stands and what it is; the second of the same kind in a place has a number.
func (f *fileLook) id(at syntax.Node, what string) string {
	id := f.path + ":"
	if in := symbolAround(at); in != "" {
		id += in + "."
	}
	id += what
	f.used[id]++
	if n := f.used[id]; n > 1 {
		id += fmt.Sprintf("~%d", n)
	}
	return id
}

// symbolAround is the qualified name of the definition around a place.
func symbolAround(n syntax.Node) string {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef, syntax.ClassDef) {
			return qualified(p)
		}
	}
	return ""
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

// newSubject begins a subject at a place.
func (f *fileLook) newSubject(on string, at syntax.Node, what string) *result.Subject {
	s := &result.Subject{
		On: on, ID: f.id(at, what), Scope: f.scope, File: f.file,
		Flags: map[string]result.Truth{}, Texts: map[string]string{}, Numbers: map[string]int{}, Lists: map[string][]string{},
	}
	s.Place = s.ID
	s.Evidence = []model.Evidence{model.EvidenceAt(at.Span())}
	return s
}

// fileSubject is the file itself.
func (f *fileLook) fileSubject(tree *syntax.Tree) *result.Subject {
	s := &result.Subject{
		On: "file", Kinds: []string{"source"}, ID: f.path, Place: f.path, Scope: f.scope,
		Flags: map[string]result.Truth{}, Texts: map[string]string{"path": f.path, "base": f.path[strings.LastIndexByte(f.path, '/')+1:]},
		Numbers: map[string]int{}, Lists: map[string][]string{},
	}
	s.Evidence = []model.Evidence{model.EvidenceAt(tree.File.Span(0, min(1, len(tree.File.Content()))))}
	seen := map[string]bool{}
	for _, i := range f.r.ImportsOf() {
		if !seen[i.Name] {
			seen[i.Name] = true
			s.Lists["imports"] = append(s.Lists["imports"], i.Name)
		}
	}
	return s
}

// around is the function around a place; nil at the level of the file.
func (f *fileLook) around(n syntax.Node) *result.Subject {
	for p := n.Parent(); !p.IsZero(); p = p.Parent() {
		if p.Is(syntax.FuncDef) {
			return f.function(p)
		}
	}
	return nil
}
