package langgraph

import (
	"fermata/internal/code"
	"fermata/internal/discover"
	"fermata/internal/model"
	"fermata/internal/syntax"
)

// personas describes the classes whose base asks a model with words that the class says: each is an agent.
func (f *file) personas() {
	for class := range f.Tree().Root().All(syntax.ClassDef) {
		said := discover.Sayings(class)
		if len(said) == 0 {
			continue
		}
		def := f.code.DefinitionOf(class)
		if def == nil {
			continue
		}
		call, words, asks := f.inherited(f.code, class, said, 0)
		if call.IsZero() || !f.Once("persona:"+def.ID()) {
			continue
		}
		ref := discover.Definition(def)
		done := f.Subject(ref)
		f.Element(model.Agent, ref, def.Last(), discover.Headline(class), call.Span()).Technology("langchain").OneQuestion(call.Span()).Detail(def.Doc())
		f.Prompt(ref, def.Last(), f.code.Eval(words))
		f.describeDeeds(ref, def.Last(), &deeds{parts: parts{models: asks.models}, asks: []syntax.Node{call}}, nil)
		done()
	}
}

// deepestBase is how many classes up a base is looked for.
const deepestBase = 3

// inherited finds, in the classes of the program that a class derives from, the call by which a method that speaks of one of the
// class's sayings asks a model; a zero Node where there is none.
func (f *file) inherited(r *code.Resolver, class syntax.Node, said map[string]syntax.Node, depth int) (call, words syntax.Node, asks parts) {
	if depth > deepestBase {
		return
	}
	for b := range class.All(syntax.Base) {
		base := r.Resolve(b.Child(0)).Def
		if base == nil || base.Kind != code.ClassDef || base.Node == class {
			continue
		}
		there := f.there(base)
		if there == nil {
			continue
		}
		for _, one := range there.askersOf(base) {
			if words = speaksOf(one.method, said); !words.IsZero() {
				return one.call, words, one.asks
			}
		}
		if call, words, asks = f.inherited(there.code, base.Node, said, depth+1); !call.IsZero() {
			return call, words, asks
		}
	}
	return syntax.Node{}, syntax.Node{}, parts{}
}

// asker is a method that asks a model, by itself or through what passes its words on.
type asker struct {
	method, call syntax.Node
	asks         parts
}

// askersOf lists the methods of a class of this file that ask a model, each with the first call that does.
func (f *file) askersOf(class *code.Def) []asker {
	if known, ok := f.askers[class.Node]; ok {
		return known
	}
	var all []asker
	for method := range class.Node.First(syntax.Block).All(syntax.FuncDef) {
		for _, c := range f.callsIn(method) {
			asks, own := f.asksHere(c.Node)
			for _, def := range f.called(c) {
				if asks {
					break
				}
				if on := f.passes(def, 0); on != nil {
					asks, own = true, *on
				}
			}
			if asks {
				all = append(all, asker{method, c.Node, own})
				break
			}
		}
	}
	if f.askers == nil {
		f.askers = map[syntax.Node][]asker{}
	}
	f.askers[class.Node] = all
	return all
}

// called gives the functions of the program that a call may run: the one that it names, or, where that is an interface's, those
// of the objects that the callee may be.
func (f *file) called(c code.Call) []*code.Def {
	callee := c.Node.Child(0)
	if def := c.Callee.Def; def != nil && (!callee.Is(syntax.Attr) || def.Kind != code.FuncDef || !f.code.Interface(def)) {
		return []*code.Def{def}
	}
	var all []*code.Def
	if callee.Is(syntax.Attr) {
		for _, v := range f.code.Eval(callee).Each() {
			if v.Is(code.Function) && v.Ref.Def != nil {
				all = append(all, v.Ref.Def)
			}
		}
	}
	return all
}

// speaksOf gives the saying of which a method of a base speaks: self.prompt().
func speaksOf(method syntax.Node, said map[string]syntax.Node) (words syntax.Node) {
	method.Walk(func(n syntax.Node) bool {
		if words.IsZero() && n.Is(syntax.Attr) && n.Child(0).Is(syntax.Name) && n.Child(0).TextIs("self") {
			words = said[n.Text()]
		}
		return words.IsZero()
	})
	return words
}
