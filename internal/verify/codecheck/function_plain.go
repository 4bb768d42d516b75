package codecheck

// Nearly all functions are of no interest to any rule, and what the walk through the file noticed tells so.

// some tells whether there is something in the body without which a fact of it is no, as far as the walk has come; false for
// facts that rest on nothing of the sort.
func (fn *function) some(flag string) (some, ok bool) {
	switch flag {
	case "endless_loop", "open_loop", "asks_model_in_loop", "grows_in_loop", "retries_forever":
		return fn.loops, true
	case "swallows", "leaks_errors":
		return fn.excepts, true
	case "recursive", "depth_limited":
		return fn.recurs, true
	}
	return false, false
}

// plain tells, when the walk has come through the whole body, that no rule says anything about the function: it lacks what
// all of them are about.
func (fn *function) plain() bool {
	if fn.looked {
		return false
	}
	for _, kind := range fn.kinds {
		flags, ok := fn.f.needs[kind]
		if !ok && fn.f.in.Asks.Kinds["function"][kind] {
			return false
		}
		for _, flag := range flags {
			if some, ok := fn.some(flag); some || !ok {
				return false
			}
		}
	}
	return true
}

// functionKinds are the words of the index for a function. Nearly all are of one kind.
func functionKinds(tool, route, agent bool) []string {
	if !tool && !route && !agent {
		return justFunction
	}
	kinds := []string{"function"}
	for _, k := range []struct {
		is   bool
		name string
	}{{tool, "tool"}, {route, "route"}, {agent, "agent"}} {
		if k.is {
			kinds = append(kinds, k.name)
		}
	}
	return kinds
}

var justFunction = []string{"function"}
