package vercelai

import (
	"bytes"
	"path"
	"strings"

	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// asking are the calls that ask a model for a text or an object.
var asking = append([]string{"ai.generateObject", "ai.streamObject"}, textCalls...)

// askingWords are the texts of which one is in every file that asks.
var askingWords = [][]byte{[]byte("generateText"), []byte("streamText"), []byte("generateObject"), []byte("streamObject"), []byte("streamUI")}

// sheet is what the functions of one file do about models.
type sheet struct {
	r     *code.Resolver
	units map[string]*unit
	list  []*unit // in the order of the text
	known bool    // what they call was looked at
}

// unit is a function (or class) that asks a model, or that may call some that do.
type unit struct {
	owner discover.Owner
	own   []*code.Value // its calls of models
	after []step        // functions that it calls
	agent bool          // its model decides
}

// step is a unit that another one calls.
type step struct {
	ref  discover.Ref
	unit *unit // nil for an object of an agent class
	at   syntax.Node
}

// mostFar is how many files a chain of steps is followed through.
const mostFar = 4

// sheetOf reads a file of the program; nil when nothing in it asks a model.
func (x *pass) sheetOf(m *code.Module) *sheet {
	if s, ok := x.sheets[m.Path]; ok {
		return s
	}
	x.sheets[m.Path] = nil // while it is being read
	s := &sheet{units: map[string]*unit{}}
	if m == x.Code().Module() {
		s.r = x.Code()
	} else if !asks(m) {
		return nil
	} else if s.r = x.CodeOf(m.Path); s.r == nil {
		return nil
	}
	for _, c := range s.r.CallsTo(asking...) {
		if x.inTool(c.Node) {
			continue
		}
		owner := x.OwnerOf(c.Node)
		if rounds := s.r.Rounds(c.Node); len(rounds) > 0 {
			u := s.unit(owner)
			u.own = append(u.own, rounds[0])
			u.agent = u.agent || c.Callee.Is(textCalls...) && x.decides(rounds[0], owner)
		}
	}
	x.sheets[m.Path] = s
	return s
}

func asks(m *code.Module) bool {
	tree := m.Tree()
	if tree == nil || tree.File == nil {
		return false
	}
	for _, w := range askingWords {
		if bytes.Contains(tree.File.Content(), w) {
			return true
		}
	}
	return false
}

func (s *sheet) unit(owner discover.Owner) *unit {
	u := s.units[owner.Ref.Key()]
	if u == nil {
		u = &unit{owner: owner}
		s.units[owner.Ref.Key()] = u
		s.list = append(s.list, u)
	}
	return u
}

// follow finds what the functions of a file call.
func (x *pass) follow(s *sheet, far int) {
	if s.known || far > mostFar {
		return
	}
	s.known = true
	for _, c := range s.r.Calls() {
		if x.inTool(c.Node) {
			continue
		}
		var owner discover.Owner
		add := func(ref discover.Ref, to *unit) {
			if owner.Ref.IsZero() {
				owner = x.OwnerOf(c.Node)
			}
			if owner.Node.IsZero() || ref.Key() == owner.Ref.Key() {
				return
			}
			u := s.unit(owner)
			for _, have := range u.after {
				if have.ref.Key() == ref.Key() {
					return
				}
			}
			u.after = append(u.after, step{ref, to, c.Node})
		}
		callee := c.Node.Child(0)
		if callee.Is(syntax.Attr) && runVerbs[callee.Text()] {
			for _, v := range s.r.Eval(callee.Child(0)).Each() {
				if x.isAgent(v) {
					add(x.ref(v), nil)
				}
			}
		}
		for _, fn := range x.called(s.r, c.Node) {
			if to := x.unitOf(fn, far); to != nil {
				roles := x.roles(s.r, c.Node, to)
				for _, ref := range roles {
					add(ref, nil)
				}
				if len(roles) == 0 {
					add(to.owner.Ref, to)
				}
			}
		}
	}
}

// starts are the methods by which a job of a task queue is started: job.triggerAndWait(…).
var starts = map[string]bool{"trigger": true, "triggerAndWait": true, "batchTrigger": true, "batchTriggerAndWait": true, "invoke": true, "run": true, "execute": true}

// called gives the functions of the program that a call runs: the one that it names, those that it hands to something
// that calls them (map), the one that a job was made of.
func (x *pass) called(r *code.Resolver, call syntax.Node) []syntax.Node {
	var all []syntax.Node
	functions := func(v *code.Value) {
		for _, one := range v.Each() {
			if one.Is(code.Function) && !within(call, one.Node) {
				all = append(all, one.Node)
			}
		}
	}
	callee := call.Child(0)
	switch {
	case callee.Is(syntax.Name):
		functions(r.Eval(callee))
	case callee.Is(syntax.Attr) && starts[callee.Text()]:
		for _, v := range r.Eval(callee.Child(0)).Each() {
			if v.Is(code.Instance) && !v.Typed() && v.Ref.Def == nil {
				functions(first(v, "run", "handler", "execute", "fn"))
				functions(v.Arg("", 1))
				functions(v.Arg("", 2))
			}
		}
	case callee.Is(syntax.Attr):
		if def := r.Resolve(callee).Def; def != nil && def.Kind == code.FuncDef {
			all = append(all, def.Node)
		}
	}
	for a := range call.Children() {
		if a != callee && a.Is(syntax.Name) {
			functions(r.Eval(a))
		}
	}
	return all
}

// unitOf is the unit that a function belongs to, if it has to do with models.
func (x *pass) unitOf(function syntax.Node, far int) *unit {
	tree := function.Tree()
	if tree == nil || tree.File == nil {
		return nil
	}
	m := x.Code().Program().Module(tree.File.Path())
	if m == nil {
		return nil
	}
	s := x.sheetOf(m)
	if s == nil {
		return nil
	}
	x.follow(s, far+1)
	owner := x.OwnerOf(function)
	if owner.Node.IsZero() {
		return nil
	}
	if s.r == x.Code() {
		return s.unit(owner)
	}
	return s.units[owner.Ref.Key()]
}

// role is what a unit is among others: "" for nothing, an agent, or an orchestrator.
func (u *unit) role(depth int) model.Kind {
	if depth > mostFar {
		return ""
	}
	switch {
	case u.agent, len(u.own) > 0:
		return model.Agent
	case len(u.steps(depth+1)) > 1:
		return model.Orchestrator
	}
	return ""
}

// steps are the units among what it calls that ask a model themselves, or have others do so.
func (u *unit) steps(depth int) []step {
	var all []step
	for _, s := range u.after {
		if s.unit == nil || len(s.unit.own) > 0 || s.unit.role(depth) != "" {
			all = append(all, s)
		}
	}
	return all
}

// work describes the functions of the file that put a question to a model: each is an agent, and whoever calls several
// of them has them work for it. A function that only passes on what it is given stands for those that give it words of
// their own; where none is seen to, it is the agent.
func (x *pass) work() {
	if source.Scope(x.Path()) == source.ScopeTest {
		return
	}
	s := x.sheetOf(x.Code().Module())
	if s == nil {
		return
	}
	x.follow(s, 0)
	for _, u := range append([]*unit{}, s.list...) {
		kind := u.role(0)
		passes := x.through(u)
		if len(passes) > 0 && !u.agent {
			kind = model.Agent
		}
		if kind == "" || kind == model.Orchestrator && drawn(x.Path()) {
			continue
		}
		ref := u.owner.Ref
		if kind == model.Orchestrator {
			e := x.Element(kind, ref, u.owner.Name, u.owner.At).Technology(technology).Alias(u.owner.Symbol)
			if u.owner.Def != nil {
				e.Detail(u.owner.Def.Doc())
			}
		} else if !u.agent {
			x.step(u)
		}
		for _, p := range passes {
			x.Covers(ref, p.unit.owner.Ref)
			for _, v := range p.unit.own {
				if m := v.Arg("model", -1); m != nil {
					for _, one := range x.SDKModels(m, u.owner.Name) {
						x.UsesModel(ref, one, p.at.Span())
					}
				}
			}
		}
		for _, next := range u.steps(0) {
			if next.unit != nil && !next.unit.agent && len(next.unit.own) > 0 {
				x.step(next.unit)
			}
			x.Flow(model.Delegation, ref, next.ref, next.at.Span())
		}
	}
}

// through gives the calls by which a unit has a function ask with the unit's own words that only passes on what it is
// given.
func (x *pass) through(u *unit) []step {
	var all []step
	for _, s := range u.after {
		if s.unit != nil && !s.unit.agent && len(s.unit.own) > 0 && !x.worded(s.unit) && u != s.unit {
			var sent []syntax.Node
			for a := range s.at.Children() {
				if a != s.at.Child(0) {
					sent = append(sent, a)
				}
			}
			if x.OwnWords(u.owner.Node, sent...) {
				all = append(all, s)
			}
		}
	}
	return all
}

// worded tells whether a unit asks with words of its own.
func (x *pass) worded(u *unit) bool {
	function := u.owner.Node
	if function.IsZero() && len(u.own) > 0 {
		function = u.own[0].Call.Tree().Root()
	}
	for _, v := range u.own {
		for _, name := range []string{"system", "instructions", "prompt", "messages"} {
			n := discover.Said(v.Call, name)
			if discover.Spoken(n) || x.OwnWords(function, n) {
				return true
			}
		}
	}
	return false
}

// drawn tells whether a file draws a page: what its parts do for the user is no work in steps.
func drawn(file string) bool {
	ext := path.Ext(file)
	return ext == ".tsx" || ext == ".jsx" || strings.HasSuffix(file, ".vue.ts")
}

// step describes a function that asks a model once each time that it is called.
func (x *pass) step(u *unit) {
	ref, name := u.owner.Ref, u.owner.Name
	if !x.Once("step:" + ref.Key()) {
		return
	}
	defer x.Subject(ref)()
	e := x.Element(model.Agent, ref, name, u.owner.At).Technology(technology).Alias(u.owner.Symbol)
	if u.owner.Def != nil {
		e.Detail(u.owner.Def.Doc())
	}
	e.OneQuestion(u.owner.At)
	for _, v := range u.own {
		at := v.Call.Span()
		e.Evidence(at)
		if first(v, "system", "instructions") == nil && systemOf(v.Arg("messages", -1)) == nil {
			if said := v.Arg("prompt", -1); said.Is(code.String) {
				x.Prompt(ref, name, said)
			}
		}
		x.parts(ref, name, v)
	}
	own := make([]syntax.Node, len(u.own))
	for i, v := range u.own {
		own[i] = v.Call
	}
	x.FixedRequests(e, own...)
	if handler(u.owner.Symbol) {
		e.Fact("entry", model.Yes, u.owner.At)
	}
}
