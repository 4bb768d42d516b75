package discover

import (
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// RunSites says how the programs of a framework run their agents.
type RunSites struct {
	Calls   []string // names of the calls that run an agent
	Direct  []string // classes whose objects are run by calling them: agent("hello")
	Tools   []string // decorators that make a function a tool, or a check, of an agent
	Box     *Toolbox // whose functions that were given as tools count like decorated ones; may be nil
	Starts  func(run *code.Value) []Started
	Reading func(s Started, run *code.Value) // reads what the call says of the run; may be nil
}

// Started is an agent, or an orchestrator of agents, that a call runs.
type Started struct {
	Ref  Ref
	Kind model.Kind
}

// Runs looks at the places where agents are run: an agent that code runs is an entry, a function that runs several is
// an orchestrator, and a tool that runs one passes it what the tool was told.
func (p *Pass) Runs(s *RunSites) {
	type conductor struct {
		owner  owner
		agents []Ref
		at     []source.Span
		seen   map[string]bool
	}
	var conductors []*conductor
	byID := map[string]*conductor{}
	for _, c := range p.runCalls(s) {
		for _, run := range p.CallAs(c.Node) {
			agents := s.Starts(run)
			if len(agents) == 0 {
				continue
			}
			by := p.ownerOf(c.Node, s)
			for _, agent := range agents {
				if s.Reading != nil {
					s.Reading(agent, run)
				}
				if by.tool {
					p.Flow(model.Message, by.ref, agent.Ref, c.Node.Span())
					continue
				}
				p.Ran(p.Element(agent.Kind, agent.Ref, ""), c.Node)
				if by.ref.IsZero() || p.PassedIn(c.Node) {
					continue // a function that runs what it is given conducts nothing
				}
				k := byID[by.ref.Key()]
				if k == nil {
					k = &conductor{owner: by, seen: map[string]bool{}}
					byID[by.ref.Key()] = k
					conductors = append(conductors, k)
				}
				if !k.seen[agent.Ref.Key()] {
					k.seen[agent.Ref.Key()] = true
					k.agents = append(k.agents, agent.Ref)
					k.at = append(k.at, c.Node.Span())
				}
			}
		}
	}
	for _, k := range conductors {
		if len(k.agents) < 2 {
			continue // it only starts an agent
		}
		p.Element(model.Orchestrator, k.owner.ref, k.owner.name, Headline(k.owner.at)).Technology(k.owner.language).Detail(k.owner.doc)
		for i, agent := range k.agents {
			p.Flow(model.Delegation, k.owner.ref, agent, k.at[i])
		}
	}
}

// PassedIn tells whether what a call runs is a parameter of the function around it, or of one further out.
func (p *Pass) PassedIn(call syntax.Node) bool {
	names := map[string]bool{}
	if callee := call.Child(0); callee.Is(syntax.Attr) && callee.Child(0).Is(syntax.Name) {
		names[callee.Child(0).Text()] = true
	}
	for arg := range call.Children() {
		switch {
		case arg.Is(syntax.Name) && arg != call.Child(0):
			names[arg.Text()] = true
		case arg.Is(syntax.Keyword) && arg.Child(-1).Is(syntax.Name):
			names[arg.Child(-1).Text()] = true
		}
	}
	for up := call.Parent(); !up.IsZero(); up = up.Parent() {
		if !up.Is(syntax.FuncDef) {
			continue
		}
		for param := range up.All(syntax.Param) {
			if names[param.Text()] && p.holdsAgent(call, param.Text()) {
				return true
			}
			delete(names, param.Text())
		}
	}
	return false
}

// holdsAgent tells whether a name that a call uses stands for objects that callers made.
func (p *Pass) holdsAgent(call syntax.Node, name string) (yes bool) {
	call.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Name) && n.TextIs(name) {
			for _, v := range p.code.Eval(n).Each() {
				yes = yes || v.Is(code.Instance) && !v.Call.IsZero()
			}
		}
		return !yes
	})
	return yes
}

// runCalls lists the calls of the file that may run an agent.
func (p *Pass) runCalls(s *RunSites) []code.Call {
	found := p.MethodCalls(s.Calls...)
	if len(s.Direct) == 0 {
		return found
	}
	for _, c := range p.code.CallsTo(s.Direct...) {
		if p.direct(s, c.Node, c.Callee) {
			found = append(found, c)
		}
	}
	return found
}

// direct tells whether a call calls an object, and does not make one.
func (p *Pass) direct(s *RunSites, call syntax.Node, callee code.Ref) bool {
	if len(s.Direct) == 0 || !call.Child(0).Is(syntax.Name, syntax.Attr) || !p.code.Derives(callee, s.Direct...) {
		return false
	}
	for _, v := range p.code.Eval(call.Child(0)).Each() {
		if v.Is(code.Instance) {
			return true
		}
	}
	return false
}

// MethodCalls lists the calls of the file whose callee has a name of the patterns, or at least the last part of one as
// an attribute: in a library's own repository, and on a subclass that overrides the method, the callee goes by another
// name. Whoever asks looks at the object that the call is on.
func (p *Pass) MethodCalls(patterns ...string) []code.Call { return p.code.CallsLike(patterns...) }

// verbsOf lists the last parts of patterns, each once: many patterns have few.
func verbsOf(patterns []string) []string {
	var verbs []string
	for _, p := range patterns {
		if verb := p[strings.LastIndexByte(p, '.')+1:]; !slices.Contains(verbs, verb) {
			verbs = append(verbs, verb)
		}
	}
	return verbs
}

// CallAs gives a call as values with its arguments and, as their base, the object that it is a method of; once for each
// round of the loops over known lists around it. The call itself is not followed: in a library's own repository that
// would lead into the library.
func (p *Pass) CallAs(call syntax.Node) []*code.Value {
	rounds := p.code.Rounds(call)
	for _, run := range rounds {
		if object := run.Inside(call.Child(0)); object.Is(code.Instance) && !object.Typed() {
			run.Base = object // the object itself is called
			continue
		}
		if run.Base == nil && call.Child(0).Is(syntax.Attr) {
			if base := run.Inside(call.Child(0).Child(0)); !base.Is(code.Unknown) {
				run.Base = base
			}
		}
	}
	return rounds
}

// owner is the definition whose code runs an agent; its ref is zero at module level.
type owner struct {
	ref       Ref
	name, doc string
	language  string
	at        syntax.Node
	tool      bool // it is a tool's function
}

// ownerOf is whose code a node is: a tool's function, else the class of a method, else the outermost function.
func (p *Pass) ownerOf(n syntax.Node, s *RunSites) owner {
	if Script(n) {
		return p.scriptOwner(n, s)
	}
	var outermost syntax.Node
	of := func(def *code.Def, tool bool) owner {
		return owner{Definition(def), def.Last(), def.Doc(), "python", def.Node, tool}
	}
	for up := n.Parent(); !up.IsZero(); up = up.Parent() {
		if up.Is(syntax.FuncDef) {
			def := p.code.DefinitionOf(up)
			if s.Box != nil && s.Box.given[def.ID()] {
				return of(def, true)
			}
			for _, d := range p.code.Decorators(def) {
				if d.Decorator.Is(s.Tools...) {
					return of(def, true)
				}
			}
			outermost = up
		}
		if up.Is(syntax.ClassDef) {
			outermost = up
		}
	}
	if outermost.IsZero() {
		return owner{}
	}
	return of(p.code.DefinitionOf(outermost), false)
}

// scriptOwner is ownerOf in JavaScript, where a tool's function is an argument of the call that makes the tool.
func (p *Pass) scriptOwner(n syntax.Node, s *RunSites) owner {
	if s.Box != nil {
		for up := n.Parent(); !up.IsZero(); up = up.Parent() {
			if !up.Is(syntax.Call) {
				continue
			}
			callee := p.code.Resolve(up.Child(0))
			for _, w := range s.Box.Wrappers {
				if callee.Is(w.Patterns...) {
					return owner{ref: p.Made(p.code.Eval(up), Telling{Name: "name", Position: -1}, Telling{Name: "description", Position: -1}), at: up, tool: true}
				}
			}
		}
	}
	ref, name, at := p.NamedFunction(n)
	return owner{ref: ref, name: name, language: "javascript", at: at}
}

// StartedIn gives the calls within a function of the program that run an agent, as what Starts makes of them: a plain
// function that serves as a tool may ask another agent.
func (p *Pass) StartedIn(def *code.Def, s *RunSites) []Ref {
	if def == nil || def.Kind != code.FuncDef {
		return nil
	}
	return p.StartedAt(def.Node, s)
}

// StartedAt is StartedIn for any part of the program.
func (p *Pass) StartedAt(function syntax.Node, s *RunSites) []Ref {
	var all []Ref
	seen, verbs := map[string]bool{}, verbsOf(s.Calls)
	function.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Call) {
			callee := n.Child(0)
			if ref := p.code.Resolve(callee); callee.Is(syntax.Attr) && slices.Contains(verbs, callee.Text()) || p.code.Derives(ref, s.Calls...) || p.direct(s, n, ref) {
				for _, run := range p.CallAs(n) {
					for _, agent := range s.Starts(run) {
						if !seen[agent.Ref.Key()] {
							seen[agent.Ref.Key()] = true
							all = append(all, agent.Ref)
						}
					}
				}
			}
		}
		return true
	})
	return all
}
