package discover

import (
	"regexp"
	"slices"

	"fermata/internal/code"
	"fermata/internal/source"
	"fermata/internal/syntax"
)

// approving are words by which a class says that it asks for leave.
var approving = regexp.MustCompile(`(?i)approv|human.?review|pending.?confirm|confirmation`)

// runVerbs are names of methods that run a tool.
var runVerbs = []string{"run", "_run", "arun", "_arun", "invoke", "ainvoke", "call", "acall", "forward", "execute", "_execute", "func", "coroutine", "__call__"}

// Withholds tells of a tool of the program's own class that is made around others whether it only asks for leave: it runs
// none of them itself, and files what it is told for somebody who does. The span is that of what it does instead.
func (p *Pass) Withholds(v *code.Value, methods ...string) source.Span {
	def := v.Ref.Def
	if def == nil || def.Kind != code.ClassDef {
		return source.Span{}
	}
	for _, name := range methods {
		work := p.code.Method(def, name)
		if work == nil {
			continue
		}
		if !approving.MatchString(def.Last()+" "+work.Node.Source()) || p.runsWhatItHolds(work.Node, 0) {
			return source.Span{}
		}
		return Headline(work.Node)
	}
	return source.Span{}
}

// runsWhatItHolds tells whether code may run an object of the one that it is a method of, itself or through a function
// that it hands such an object to.
func (p *Pass) runsWhatItHolds(function syntax.Node, depth int) (runs bool) {
	function.Walk(func(n syntax.Node) bool {
		if !n.Is(syntax.Call) || runs {
			return !runs
		}
		callee := n.Child(0)
		if callee.Is(syntax.Attr) && (slices.Contains(runVerbs, callee.Text()) || depth == 0 && itself(callee.Child(0)) && p.code.Resolve(callee).Def == nil) {
			runs = true // self.inner.run(…), self.inner(…)
			return false
		}
		for arg := range n.Children() {
			arg = argumentOf(arg)
			if arg == callee || !arg.Is(syntax.Attr) || !itself(arg.Child(0)) || !p.holdsObject(arg) {
				continue
			}
			to := p.code.Resolve(callee).Def
			if to == nil || to.Kind != code.FuncDef || depth > 2 || p.runsWhatItHolds(to.Node, depth+1) {
				runs = true
			}
		}
		return !runs
	})
	return runs
}

// held are parts of names of attributes that hold something that can be run.
var held = regexp.MustCompile(`(?i)tool|inner|wrapped|delegate|target|base|func|call`)

// holdsObject tells whether an attribute may hold an object that can be run.
func (p *Pass) holdsObject(attr syntax.Node) bool {
	for _, v := range p.code.Eval(attr).Each() {
		if v.Is(code.Instance) || v.Is(code.Function) || v.Is(code.Unknown) && held.MatchString(attr.Text()) {
			return true
		}
	}
	return false
}
