package langgraph

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// deepestThrough is how many functions may lie between who says the words and the model.
const deepestThrough = 3

// mostThrough is how many functions of other files are looked at for one file. What a file asks through stands near.
const mostThrough = 60

// through tells what a function of another file asks that only passes on what it is given; nil for other functions.
func (f *file) through(def *code.Def) *parts {
	if def == nil || def.Kind != code.FuncDef || def.Module == f.code.Module() || !passesOn(def.Module) || source.Scope(def.Module.Path) == source.ScopeTest {
		return nil
	}
	return f.passes(def, 0)
}

// asked is what was found out about functions and classes of this file and others.
type asked struct {
	passing map[string]*parts                            // by function: what it passes on, see passes
	calls   map[*code.Module]map[syntax.Node][]code.Call // by file and function: see callsIn
	askers  map[syntax.Node][]asker                      // by class: see askersOf
}

// callsIn lists the calls that a function of this file runs when it is called: what stands in a function within it is run by others.
func (f *file) callsIn(function syntax.Node) []code.Call {
	m := f.code.Module()
	by, known := f.calls[m]
	if !known {
		by = map[syntax.Node][]code.Call{}
		for _, c := range f.code.Calls() {
			n := c.Node.Parent()
			for !n.IsZero() && !n.Is(syntax.FuncDef, syntax.Lambda) {
				n = n.Parent()
			}
			by[n] = append(by[n], c)
		}
		if f.calls == nil {
			f.calls = map[*code.Module]map[syntax.Node][]code.Call{}
		}
		f.calls[m] = by
	}
	return by[function]
}

// there is the work on the file of a definition, of what it asks.
func (f *file) there(def *code.Def) *file {
	if def.Module == f.code.Module() {
		return f
	}
	r := f.CodeOf(def.Module.Path)
	if r == nil {
		return nil
	}
	return &file{Pass: f.Pass, code: r, done: f.done, bodies: f.bodies, asked: f.asked}
}

// passes is through for any function of the program.
func (f *file) passes(def *code.Def, depth int) *parts {
	if def == nil || def.Kind != code.FuncDef || depth > deepestThrough || !passesOn(def.Module) {
		return nil
	}
	if known, ok := f.passing[def.ID()]; ok {
		return known
	}
	there := f.there(def)
	if there == nil || len(f.passing) >= mostThrough {
		return nil
	}
	if f.passing == nil {
		f.passing = map[string]*parts{}
	}
	f.passing[def.ID()] = nil // while it is looked at
	var found *parts
	for _, c := range there.callsIn(def.Node) {
		asks, own := there.asksHere(c.Node)
		if !asks {
			on := there.passes(c.Callee.Def, depth+1)
			if on == nil {
				continue
			}
			own = *on
		}
		if there.worded(own.prompts) || f.OwnWords(def.Node, sent(c.Node)...) {
			return nil // it asks with words of its own
		}
		if found == nil {
			found = &parts{}
		}
		found.models = append(found.models, own.models...)
	}
	f.passing[def.ID()] = found
	return found
}

var langchainWords = source.NewFinder("langchain")

// passesOn tells by the text of a module whether a model of LangChain can be asked in it.
func passesOn(m *code.Module) bool { return m != nil && m.Contains(langchainWords) }

// askingThrough adds the places that ask with words of their own through a function of another file which only passes them on.
func (f *file) askingThrough(find func(syntax.Node) *place) {
	for _, c := range f.code.Calls() {
		def := c.Callee.Def
		if def == nil || def.Kind != code.FuncDef || def.Module == f.code.Module() || !passesOn(def.Module) {
			continue
		}
		p := f.placeOf(c.Node)
		if f.skipped(p, c.Node) || !f.OwnWords(p.function, sent(c.Node)...) {
			continue
		}
		on := f.through(def)
		if on == nil {
			continue
		}
		if p = find(c.Node); p != nil {
			p.owns = true
			p.asks = append(p.asks, c.Node)
			p.parts.models = append(p.parts.models, on.models...)
			p.covers = append(p.covers, discover.Definition(def))
		}
	}
}
