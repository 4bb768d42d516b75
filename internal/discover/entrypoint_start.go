package discover

import (
	"regexp"
	"slices"
	"strings"

	"fermata/internal/code"
	"fermata/internal/syntax"
)

// callers are the last names of calls that call a function that they are given, now or later: on another thread, after
// the answer, in the next turn of a loop. Calls that only register a function for somebody else are none.
var callers = map[string]bool{
	"add_task": true, "apply_async": true, "call_later": true, "call_soon": true, "call_soon_threadsafe": true, "enqueue": true, "map": true,
	"run_in_executor": true, "run_in_threadpool": true, "run_sync": true, "spawn": true, "start_new_thread": true,
	"start_soon": true, "submit": true, "sync_to_async": true, "to_thread": true, "Process": true, "Thread": true, "Timer": true,
	"nextTick": true, "queueMicrotask": true, "setImmediate": true, "setTimeout": true, "then": true,
}

// deferrers are the names by which a function is called later that is a task of a queue: answer.delay(text).
var deferrers = map[string]bool{"apply_async": true, "delay": true, "delay_on_commit": true, "kiq": true, "send": true}

// begun are the calls among them that make an object, which calls the function only when it is started.
var begun = map[string]bool{"Process": true, "Thread": true, "Timer": true}

// afterwards are the calls among them, and deferrers, that run what they are given when the answer is sent, or in another process.
var afterwards = map[string]bool{"add_task": true, "apply_async": true, "delay": true, "delay_on_commit": true, "enqueue": true, "kiq": true, "send": true}

// beside are calls that run what they are given beside the code that calls them, which may wait for it.
var beside = map[string]bool{
	"call_later": true, "call_soon": true, "call_soon_threadsafe": true, "create_task": true, "ensure_future": true, "run_in_executor": true, "spawn": true,
	"start_new_thread": true, "start_soon": true, "submit": true, "Process": true, "Thread": true, "Timer": true,
	"nextTick": true, "queueMicrotask": true, "setImmediate": true, "setTimeout": true,
}

// waiting is written where a function waits for what it started, or hands on what comes of it bit by bit.
var waiting = regexp.MustCompile(`(?i)\byield\b|\bgather\b|\.(?:join|result|wait)\(|wait_for|stream|eventsource|queue|channel|<-|promise|waitgroup|as_completed`)

// answersNobody tells whether what a call starts has no part in the answer of the code that it stands in: it runs after that
// answer or elsewhere, or beside it, and nobody waits for it.
func answersNobody(r *code.Resolver, call syntax.Node, waiting waiters) bool {
	callee := call.Child(0)
	name := callee.Text()
	if !callee.Is(syntax.Name, syntax.Attr) || call.Count() == 1 || !afterwards[name] && !beside[name] || ownFunction(r, callee) {
		return call.Parent().Is(syntax.Simple) && call.Parent().TextIs("go") && !waiting.forCall(call)
	}
	if afterwards[name] && (name != "send" || callee.Is(syntax.Attr) && r.Resolve(callee.Child(0)).Def != nil) {
		return !call.Parent().Is(syntax.Await, syntax.Attr) && !fetched(call, ".get(", ".wait(", ".collect(")
	}
	return beside[name] && (call.Parent().Is(syntax.ExprStmt, syntax.Assign, syntax.AnnAssign) || begun[name]) && !waiting.forCall(call)
}

// waiters remembers of functions whether they wait for anything that runs beside them.
type waiters map[syntax.Node]bool

// mostReread is how long a function may be, in bytes, to be searched again for each call in it. A longer one is taken to
// wait for what it starts, and to start what it makes.
const mostReread = 64 << 10

// forCall tells whether the function around a call waits for anything that runs beside it.
func (w waiters) forCall(call syntax.Node) bool {
	around := enclosing(call)
	waits, known := w[around]
	if !known {
		waits = tooLong(around) || waiting.MatchString(around.Source())
		w[around] = waits
	}
	return waits || call.Parent().Is(syntax.Assign) && strings.Contains(around.Source(), "await "+call.Parent().Child(0).Source())
}

func tooLong(n syntax.Node) bool { return int(n.Span().End-n.Span().Start) > mostReread }

// fetched tells whether what a call gives is kept under a name, behind which one of the words stands in the same function.
func fetched(call syntax.Node, words ...string) bool {
	kept := call.Parent()
	if !kept.Is(syntax.Assign, syntax.AnnAssign) || !kept.Child(0).Is(syntax.Name) {
		return false
	}
	around := enclosing(call).Source()
	return tooLong(enclosing(call)) || slices.ContainsFunc(words, func(word string) bool { return strings.Contains(around, kept.Child(0).Text()+word) })
}

// ownFunction tells whether the program defines what is called: it says itself what it does with what it is given.
func ownFunction(r *code.Resolver, callee syntax.Node) bool {
	d := r.Resolve(callee).Def
	return d != nil && d.Kind != code.VarDef
}

// starts tells whether a thread that a call makes is started: in the chain, or under the name that it is bound to in the
// same function (in its class, for an attribute). One that is put in a list is started where anything is.
func starts(made syntax.Node) bool {
	up := made.Parent()
	if up.Is(syntax.Attr) {
		return up.TextIs("start")
	}
	bound := ""
	if up.Is(syntax.Assign, syntax.AnnAssign, syntax.Walrus) && up.Child(0).Is(syntax.Name, syntax.Attr) {
		bound = up.Child(0).Source()
	}
	around := up
	for ; !around.Parent().IsZero(); around = around.Parent() {
		if around.Is(syntax.ClassDef) || around.Is(syntax.FuncDef, syntax.Lambda) && !up.Child(0).Is(syntax.Attr) {
			break
		}
	}
	found := tooLong(around)
	around.Walk(func(n syntax.Node) bool {
		if n.Is(syntax.Attr) && n.TextIs("start") && n.Parent().Is(syntax.Call) && n.Parent().Child(0) == n {
			found = found || bound == "" || n.Child(0).Source() == bound
		}
		return !found
	})
	return found
}

// setGoing lists the functions of the program that a call starts without calling them where it stands.
func setGoing(r *code.Resolver, call syntax.Node) []*code.Def {
	var found []*code.Def
	callee := call.Child(0)
	name := callee.Text()
	take := func(n syntax.Node) {
		if n.Is(syntax.Call) && n.Child(0).TextIs("partial") { // with what it is given before
			n = n.Child(1)
		}
		if !n.Is(syntax.Name, syntax.Attr) {
			return
		}
		if d := r.Resolve(n).Def; d != nil && d.Kind == code.FuncDef {
			found = append(found, d)
		}
	}
	if callee.Is(syntax.Attr) && deferrers[name] {
		take(callee.Child(0))
	}
	if callee.Is(syntax.Name, syntax.Attr) && callers[name] && !ownFunction(r, callee) && (!begun[name] || starts(call)) {
		for arg := range call.Children() {
			if arg != callee {
				take(argumentOf(arg))
			}
		}
	}
	return found
}
