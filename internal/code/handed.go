package code

import (
	"slices"

	"fermata/internal/syntax"
)

// Handed is the call that a call of Python stands for which has a function called elsewhere: to_thread(ask, text) is ask(text).
type Handed struct {
	Callee syntax.Node // the argument that names what is called
	Call   *Value      // the call as one of that: [Value.Arg] tells what it is handed
	Gives  *Value      // what the function gives; nil when it is none of the program
}

// handers are the last names of calls that have the function called which they are given, and where that stands.
var handers = map[string]int{"to_thread": 0, "run_in_threadpool": 0, "run_sync": 0, "submit": 0, "run_in_executor": 1}

// Handed tells what a call has called. What partial() bound counts as handed over, too.
func (r *Resolver) Handed(call syntax.Node) (h Handed, ok bool) {
	name := call.Child(0)
	first, ok := handers[name.Text()]
	if !ok || !name.Is(syntax.Name, syntax.Attr) || r.at(call).module.language != syntax.Python {
		return Handed{}, false
	}
	callee, bound := call.Child(first+1), syntax.Node{}
	if callee.Is(syntax.Call) && callee.Child(0).TextIs("partial") {
		callee, bound = callee.Child(1), callee
	}
	if !callee.Is(syntax.Name, syntax.Attr) {
		return Handed{}, false
	}
	r.start()
	fn := r.eval(callee, nil)
	var functions []*Value
	outside := false
	for one := range fn.alternatives() {
		if one.Kind == Function {
			functions = append(functions, one)
		}
		outside = outside || one.Kind == External
	}
	if len(functions) == 0 && !outside && (name.TextIs("submit") || name.TextIs("run_sync")) {
		return Handed{}, false // others have methods of these names, which are given other things
	}
	given := append(r.extrasOf(bound, 1), r.extrasOf(call, first+1)...)
	h.Callee = callee
	h.Call = &Value{Kind: Instance, Node: call, Call: call, Ref: refOf(fn), in: r, more: &more{extra: given, whole: true}}
	var gives []*Value
	for _, one := range functions {
		if v := r.callWith(one, given, call, nil); v != nil {
			gives = append(gives, v)
		}
	}
	if len(gives) > 0 {
		h.Gives = choice(call, gives...)
	}
	return h, true
}

// extrasOf lists what a call is given after some first arguments by position.
func (r *Resolver) extrasOf(call syntax.Node, first int) (all []extra) {
	if call.IsZero() {
		return nil
	}
	a := r.arguments(call, nil, nil)
	for i := first; i < len(a.positional); i++ {
		all = append(all, extra{"", a.at(i)})
	}
	for _, k := range a.keyword.list {
		all = append(all, extra{k.name, a.named(k.name)})
	}
	return all
}

// handedCall is what a call gives that calls the function that it is given, on another thread, with what comes after it;
// nil when no function of the program is given. Of an executor's call the executor comes first.
func (r *Resolver) handedCall(n syntax.Node, f *frame, executor bool) *Value {
	a := r.arguments(n, f, nil)
	first := 0
	if executor {
		first = 1
	}
	if len(a.positional) <= first || !a.at(first).Is(Function) {
		return nil
	}
	var given []extra
	for i := first + 1; i < len(a.positional); i++ {
		given = append(given, extra{"", a.at(i)})
	}
	for _, k := range a.keyword.list {
		given = append(given, extra{k.name, a.named(k.name)})
	}
	return r.callWith(a.at(first), given, n, f)
}

// callWith is what a function gives that is called with what it is given elsewhere than at a call of it.
func (r *Resolver) callWith(fn *Value, given []extra, at syntax.Node, f *frame) *Value {
	run := *fn
	run.more = &more{extra: append(slices.Clip(fn.extras()), given...), whole: true}
	return run.called(r, at, f)
}
