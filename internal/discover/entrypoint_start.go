package discover

import (
	"fermata/internal/code"
	"fermata/internal/syntax"
)

// callers are the last names of calls that call a function that they are given, now or later: on another thread, after
// the answer, in the next turn of a loop. Calls that only register a function for somebody else are none.
var callers = map[string]bool{
	"add_task": true, "apply_async": true, "call_later": true, "call_soon": true, "call_soon_threadsafe": true, "enqueue": true, "map": true,
	"partial": true, "run_in_executor": true, "run_in_threadpool": true, "run_sync": true, "spawn": true, "start_new_thread": true,
	"start_soon": true, "submit": true, "sync_to_async": true, "to_thread": true, "Process": true, "Thread": true, "Timer": true,
	"nextTick": true, "queueMicrotask": true, "setImmediate": true, "setTimeout": true, "then": true,
}

// deferrers are the names by which a function is called later that is a task of a queue: answer.delay(text).
var deferrers = map[string]bool{"apply_async": true, "delay": true, "delay_on_commit": true, "kiq": true, "send": true}

// setGoing lists the functions of the program that a call starts without calling them where it stands.
func setGoing(r *code.Resolver, call syntax.Node) []*code.Def {
	var found []*code.Def
	callee := call.Child(0)
	name := callee.Text()
	take := func(n syntax.Node) {
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
	if callee.Is(syntax.Name, syntax.Attr) && callers[name] {
		for arg := range call.Children() {
			if arg != callee {
				take(argumentOf(arg))
			}
		}
	}
	return found
}
