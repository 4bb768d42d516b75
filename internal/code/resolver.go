package code

import (
	"fmt"
	"strings"

	"fermata/internal/syntax"
)

// Resolver looks at a program from one file. It remembers what it found, so one goroutine uses it at a time; make
// one for each file that is looked at, and results never depend on what others asked before.
type Resolver struct {
	program *Program
	module  *Module
	own     *loaded

	lastTree  *syntax.Tree
	last      *loaded
	lastScope *scope // the one that was asked about last
	loads     map[*syntax.Tree]*loaded
	byModule  map[*Module]*loaded
	memos     map[*syntax.Tree]*[2]memo // what expressions of other files refer to, and are, by node
	memoTree  *syntax.Tree              // the tree that was asked about last
	memo      *[2]memo
	cheap     []*valueChunk // what expressions of the own file refer to, by node
	full      []*valueChunk // what expressions of the own file are, outside any frame, by node
	room      []valueChunk  // for both
	imports   map[importKey]*Value
	known     map[syntax.Node]*Value // definitions as values, outside any frame
	busy      map[memoKey]bool
	busyAttr  map[memoKey]bool
	frames    frames // of calls that nothing is known around
	classes   map[syntax.Node]*class
	selves    map[syntax.Node]*string // keys of what methods of a class call self
	seeking   map[memberKey]bool
	filledBy  map[syntax.Node][]filler // see fillers
	filling   map[syntax.Node]bool     // those that are being looked for

	overridden map[overrideKey]bool // see readsOverridden
	asked      *arguments           // see argumentsOnce
	askedAt    memoKey

	indexed    bool
	importList []Import // see ImportsOf
	calls      []Call
	functs     []syntax.Node
	klasses    []syntax.Node
	writes     []syntax.Node

	same       []sameCalls // see byCallee
	nextSame   []int32
	attributed map[string][]int32 // see callsByAttribute

	called, made, built, handedOn, derived, decoratedBy *heads // see head.go
	decorated                                           []decoration

	// refOnly is the cheap way of looking: only what things refer to matters, so calls are not followed with their
	// arguments, and what other modules' functions give is asked of the program's summaries. It is linear in the
	// size of the code that is looked at.
	refOnly bool
	brief   bool // made for one summary: no tables
	later   bool // see Later
	level   int  // how many modules deep summaries may still go
	depth   int
	steps   int         // for the question at hand
	cut     syntax.Node // see Cut
	total   int         // for all questions

	following int                    // questions of Follow and Written that are being answered, inside each other
	looked    int                    // places looked at for the outermost of them
	lookedAll int                    // and for all of them
	callSites map[syntax.Node]called // see callers

	assignments map[syntax.Node][]syntax.Node          // see assignmentsIn
	writtenOut  map[syntax.Node]map[string]syntax.Node // see objectsIn
}

// importKey is an import: the cheap way of looking sees less of an object that another module makes.
type importKey struct {
	node    syntax.Node
	refOnly bool
}

type memoKey struct {
	node    syntax.Node
	frame   *frame
	refOnly bool
}

// Resolver makes a resolver for one file of the program; nil when the program has no such source file.
func (p *Program) Resolver(path string) *Resolver {
	m := p.Module(path)
	if m == nil {
		return nil
	}
	r := &Resolver{program: p, module: m, level: summaryLevels}
	r.own = m.load()
	return r
}

// Later makes a resolver for a file that others looked at before: what the file's calls call is not followed again.
func (p *Program) Later(path string) *Resolver {
	r := p.Resolver(path)
	if r != nil {
		r.later = true
	}
	return r
}

// put sets a key of a table that is made when it is first needed: most resolvers need few of theirs.
func put[K comparable, V any](table *map[K]V, key K, value V) {
	if *table == nil {
		*table = map[K]V{}
	}
	(*table)[key] = value
}

// Program is the program that the resolver looks at.
func (r *Resolver) Program() *Program { return r.program }

// Module is the file that the resolver looks from.
func (r *Resolver) Module() *Module { return r.module }

// Tree is that file's syntax tree.
func (r *Resolver) Tree() *syntax.Tree { return r.own.tree }

// load keeps every module that this resolver met, so that its nodes stay the same ones.
func (r *Resolver) load(m *Module) *loaded {
	if m == r.module {
		return r.own
	}
	if l := r.byModule[m]; l != nil {
		return l
	}
	l := m.load()
	put(&r.byModule, m, l)
	if l.tree != nil {
		put(&r.loads, l.tree, l)
	}
	return l
}

// at gives the module that a node is of.
func (r *Resolver) at(n syntax.Node) *loaded {
	t := n.Tree()
	if t == r.own.tree {
		return r.own
	}
	if t == r.lastTree {
		return r.last
	}
	if l := r.loads[t]; l != nil {
		r.lastTree, r.last = t, l
		return l
	}
	// A node of a tree that another resolver read.
	if t != nil && t.File != nil {
		if m := r.program.Module(t.File.Path()); m != nil {
			l := &loaded{module: m, tree: t}
			l.top = newScope(l, t.Root())
			put(&r.loads, t, l)
			return l
		}
	}
	return r.own
}

// ModuleOf is the module that a node stands in.
func (r *Resolver) ModuleOf(n syntax.Node) *Module { return r.at(n).module }

// unknown is what could not be followed, with the reason, into which texts are set.
func unknown(n syntax.Node, reason string, texts ...string) *Value {
	if len(texts) == 1 { // as it is nearly always
		if before, after, ok := strings.Cut(reason, "%s"); ok {
			return &Value{Kind: Unknown, Node: n, Text: before + texts[0] + after}
		}
	}
	if len(texts) > 0 {
		all := make([]any, len(texts))
		for i, text := range texts {
			all[i] = text
		}
		reason = fmt.Sprintf(reason, all...)
	}
	return &Value{Kind: Unknown, Node: n, Text: reason}
}

// Resolve tells what a name, an attribute, a subscripted generic or a callee refers to. For an object it is what made
// it: Resolve(client.chat) on a client made by openai.OpenAI() is openai.OpenAI.chat.
func (r *Resolver) Resolve(n syntax.Node) Ref {
	if r.depth == 0 && !r.brief && (r.later || n.Tree() != r.own.tree) {
		if ref, ok := r.calledElsewhere(n); ok {
			return ref
		}
	}
	r.start()
	return r.refIn(n)
}

// Eval tells what an expression is. It never returns nil for an expression; for the zero Node it returns nil.
func (r *Resolver) Eval(n syntax.Node) *Value {
	if n.IsZero() {
		return nil
	}
	r.start()
	return r.eval(n, nil)
}

// Cut is the first expression that was not followed because its question had taken too much work; the zero Node where
// there was none. What is not known then may be missing without a trace: a list of tools ends there.
func (r *Resolver) Cut() syntax.Node { return r.cut }

// start begins a new question, unless one is being answered.
func (r *Resolver) start() {
	if r.depth == 0 {
		r.total += r.steps
		r.steps = 0
	}
}

// cheaply looks only at what things refer to until the function that it returns is called.
func (r *Resolver) cheaply() (done func()) {
	before := r.refOnly
	r.refOnly = true
	return func() { r.refOnly = before }
}

// refIn is what an expression refers to when nobody says with what the function around it is called.
func (r *Resolver) refIn(n syntax.Node) Ref {
	if n.IsZero() {
		return Ref{}
	}
	defer r.cheaply()()
	return refOf(r.eval(n, nil))
}
