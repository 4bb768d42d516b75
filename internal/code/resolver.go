package code

import (
	"fmt"

	"fermata/internal/syntax"
)

// Resolver looks at a program from one file. It remembers what it found, so one goroutine uses it at a time; make
// one for each file that is looked at, and results never depend on what others asked before.
type Resolver struct {
	program *Program
	module  *Module
	own     *loaded

	scopes   map[syntax.Node]*scope
	loads    map[*syntax.Tree]*loaded
	byModule map[*Module]*loaded
	memo     map[memoKey]*Value
	busy     map[memoKey]bool
	frames   map[frameKey]*frame
	defs     map[syntax.Node]*Def
	classes  map[syntax.Node]*class
	targets  map[targetKey]target
	seeking  map[memberKey]bool
	returns  map[syntax.Node][]syntax.Node
	sites    map[*loaded]map[string][]syntax.Node
	busyAttr map[memoKey]bool
	made     map[syntax.Node][]*Value
	calls    []Call
	indexed  bool
	functs   []syntax.Node
	klasses  []syntax.Node
	writes   []syntax.Node

	depth int
	steps int
}

type memoKey struct {
	node  syntax.Node
	frame *frame
}

// Resolver makes a resolver for one file of the program; nil when the program has no such source file.
func (p *Program) Resolver(path string) *Resolver {
	m := p.Module(path)
	if m == nil {
		return nil
	}
	r := &Resolver{
		program: p, module: m, scopes: map[syntax.Node]*scope{}, loads: map[*syntax.Tree]*loaded{},
		byModule: map[*Module]*loaded{}, memo: map[memoKey]*Value{}, busy: map[memoKey]bool{},
		frames: map[frameKey]*frame{}, classes: map[syntax.Node]*class{}, defs: map[syntax.Node]*Def{},
		targets: map[targetKey]target{}, seeking: map[memberKey]bool{},
		returns: map[syntax.Node][]syntax.Node{}, sites: map[*loaded]map[string][]syntax.Node{}, busyAttr: map[memoKey]bool{}, made: map[syntax.Node][]*Value{},
	}
	r.own = r.load(m)
	return r
}

// Program is the program that the resolver looks at.
func (r *Resolver) Program() *Program { return r.program }

// Module is the file that the resolver looks from.
func (r *Resolver) Module() *Module { return r.module }

// Tree is that file's syntax tree.
func (r *Resolver) Tree() *syntax.Tree { return r.own.tree }

// load keeps every module that this resolver met, so that its nodes stay the same ones.
func (r *Resolver) load(m *Module) *loaded {
	if l := r.byModule[m]; l != nil {
		return l
	}
	l := m.load()
	r.byModule[m] = l
	if l.tree != nil {
		r.loads[l.tree] = l
	}
	return l
}

// at gives the module that a node is of.
func (r *Resolver) at(n syntax.Node) *loaded {
	t := n.Tree()
	if t == r.own.tree {
		return r.own
	}
	if l := r.loads[t]; l != nil {
		return l
	}
	// A node of a tree that another resolver read.
	if t != nil && t.File != nil {
		if m := r.program.Module(t.File.Path()); m != nil {
			l := &loaded{module: m, tree: t}
			l.top = newScope(l, t.Root())
			r.loads[t] = l
			return l
		}
	}
	return r.own
}

// ModuleOf is the module that a node stands in.
func (r *Resolver) ModuleOf(n syntax.Node) *Module { return r.at(n).module }

// scope gives the names of a scope node.
func (r *Resolver) scope(n syntax.Node) *scope {
	if n.Is(syntax.Module) {
		return r.at(n).top
	}
	if s := r.scopes[n]; s != nil {
		return s
	}
	s := newScope(r.at(n), n)
	r.scopes[n] = s
	return s
}

func unknown(n syntax.Node, format string, args ...any) *Value {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &Value{Kind: Unknown, Node: n, Text: format}
}

// Resolve tells what a name, an attribute, a subscripted generic or a callee refers to. For an object it is what made
// it: Resolve(client.chat) on a client made by openai.OpenAI() is openai.OpenAI.chat.
func (r *Resolver) Resolve(n syntax.Node) Ref { return r.refIn(n, nil) }

// Eval tells what an expression is. It never returns nil for an expression; for the zero Node it returns nil.
func (r *Resolver) Eval(n syntax.Node) *Value {
	if n.IsZero() {
		return nil
	}
	r.steps, r.depth = 0, 0
	return r.eval(n, nil)
}
